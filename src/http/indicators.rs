//! What plans count, area by area: the same definitions at every level, from a village to the country.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::TambonCode;
use utoipa::{IntoParams, ToSchema};

use super::annex::choice;
use super::app::App;
use super::area_path::query;
use super::auth::Office;
use super::export::{Export, File, Format, TableFile};
use super::problem::{Problem, ProblemBody};
use super::reply::{Compression, ok};
use super::scope::{Scope, written};
use crate::area::{Area, Areas};
use crate::papers::{self, Listing};
use crate::planning::annex::{Cell, Column, Row, Table};
use crate::planning::fiscal::show_moment;
use crate::planning::groups::{AreaGroup, Groups, Part};
use crate::planning::indicator_words;
use crate::planning::indicators::{BLOCKS, Block, Unit};
use crate::planning::region::Region;
use crate::planning::rollup::Tree;
use crate::planning::suppression::SHOWN_MIN;
use crate::planning::told::{Language, Told};
use crate::planning::veil::Veil;
use crate::store::api_keys::Role;
use crate::store::villages::{self, Places};
use crate::store::{Conn, StoreError, area_groups, tambons};

/// By which areas to count, and what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct IndicatorsQuery {
    /// Which areas the rows are: `village` (of a tambon, or of a group), `tambon`, `amphoe` or `province`; the next
    /// smaller unless said. Of an area that a group has in part, that part is the row.
    level: Option<Level>,
    /// Rows are the groups of this tree that lie wholly in the area, e.g. `cluster`.
    tree: Option<String>,
    /// Only these blocks of indicators, with commas between, e.g. `dimension,flag`; all unless said.
    blocks: Option<String>,
    /// Whether each row tells where its area is, for a map: villages, or the tambons of an amphoe or a province.
    #[serde(default)]
    middles: bool,
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    purpose: Option<String>,
    /// Language of a file: `th` unless said. The headings of CSV are codes unless it is said.
    lang: Option<Language>,
}

/// What the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// Two digits.
    Province,
    /// Four.
    Amphoe,
    /// Six.
    Tambon,
    /// Eight.
    Village,
    /// Groups of a tree.
    Group,
}

impl Level {
    /// From the largest to the smallest.
    pub(super) const SIZES: [Self; 4] = [Self::Province, Self::Amphoe, Self::Tambon, Self::Village];

    pub(super) fn digits(self) -> u8 {
        2 * (self as u8 + 1)
    }
}

/// Tambons of a group whose villages are counted one by one.
const VILLAGES_OF_TAMBONS_MAX: usize = 50;

/// A table of counts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IndicatorsTable {
    /// Code of the area; `TH` for the country, `group:` with tree and code for a group.
    area: String,
    /// Its name in Thai.
    name_th: String,
    /// Its name in English.
    name_en: String,
    /// What the rows are.
    level: Level,
    /// The tree whose groups they are.
    tree: Option<String>,
    /// Counts of 1 to 4 are hidden from planners, and others by which they could be found: null.
    hidden_below: Option<u64>,
    /// Every block of indicators, also those that were not asked for.
    blocks: Vec<BlockView>,
    /// What is counted, in the order of the counts of a row.
    indicators: Vec<IndicatorView>,
    /// The areas, by code.
    rows: Vec<IndicatorsRow>,
    /// All of them together.
    total: Vec<Option<u32>>,
}

/// Indicators that belong together.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BlockView {
    /// Its name, the first part of its indicators' names.
    name: &'static str,
    /// What is counted: `households`, `people` or `needs`.
    unit: &'static str,
    /// What it is called.
    #[schema(value_type = Object)]
    words: Told,
}

/// Something that is counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct IndicatorView {
    /// Its name: that of its block and its codes, with points between.
    name: String,
    /// `households`, `people` or `needs`.
    unit: &'static str,
    /// What its codes are called, one or two.
    #[schema(value_type = Vec<Object>)]
    words: Vec<Told>,
}

/// The counts of an area.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IndicatorsRow {
    /// Its code; of a group as `group:cluster/north-upper-1`.
    area: String,
    /// Its name in Thai; of a village, if a roster told it.
    name_th: Option<String>,
    /// Its name in English.
    name_en: Option<String>,
    /// The middle of its houses, if that was asked for; null where fewer than five have a point.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Middle>)]
    middle: Option<Option<Middle>>,
    /// The counts, in the order of the indicators.
    counts: Vec<Option<u32>>,
}

/// Where the middle of an area's houses is, to about a hundred metres.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct Middle {
    /// Latitude, degrees of WGS 84.
    lat: f64,
    /// Longitude.
    lon: f64,
}

/// What plans count, area by area.
///
/// Kept up by every write: a tambon's villages, or the tambons, amphoes or provinces of any area or group, or the
/// groups of a tree. The definitions are the same at each level, and so is what is hidden from planners: of an area the
/// same in every table, and of a group whatever does not follow from what is shown of its areas.
#[utoipa::path(
    get,
    path = "/api/v1/areas/{area}/indicators",
    tag = "planners",
    params(("area" = String, Path, description = "Code of the area, 2, 4 or 6 digits, TH, or a group: group:cluster/north-upper-1"), IndicatorsQuery),
    responses(
        (status = 200, body = IndicatorsTable),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn show(app: App, office: Office, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked: IndicatorsQuery = query(&request)?;
    let format = Format::accepted(&request, Format::OF_TABLES);
    if format != Format::Json {
        return Ok(counted_file(app, office, asked, format, &request).await?.respond_to(&request));
    }
    let table = counted(&app, &office, asked, &request).await?;
    Ok(ok(table).respond_to(&request))
}

/// What plans count, area by area, as a file: `csv` or `xlsx`.
#[utoipa::path(
    get,
    path = "/api/v1/areas/{area}/indicators.{format}",
    tag = "planners",
    params(
        ("area" = String, Path, description = "Code of the area, 2, 4 or 6 digits, or TH"),
        ("format" = String, Path, description = "csv or xlsx"),
        IndicatorsQuery,
    ),
    responses(
        TableFile,
        (status = "4XX", description = "malformed-query, no-purpose, not-found, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn file(app: App, office: Office, request: HttpRequest) -> Result<File, Problem> {
    let format = Format::of_address(&request, Format::OF_TABLES)?;
    let asked: IndicatorsQuery = query(&request)?;
    counted_file(app, office, asked, format, &request).await
}

async fn counted_file(
    app: App,
    office: Office,
    asked: IndicatorsQuery,
    format: Format,
    request: &HttpRequest,
) -> Result<File, Problem> {
    let export = Export::new(&office, format, asked.purpose.as_deref())?;
    let language = asked.lang;
    let table = counted(&app, &office, asked, request).await?;
    let compression = Compression::of(request);
    app.block(move |app| {
        let about = json!({ "area": table.area, "level": table.level });
        export.note(app, &office, office.area, "indicators.export", about)?;
        let listing = in_columns(&table, show_moment(app.clock.now()));
        let area = table.area.replace([':', '/'], "-");
        export.table(&format!("indicators-{area}"), &listing, language, compression)
    })
    .await
}

/// A row for each area, a column for each indicator.
fn in_columns(table: &IndicatorsTable, as_of: Told) -> Listing {
    let cells = |counts: &[Option<u32>]| -> Vec<Cell> {
        counts.iter().map(|count| count.map_or(Cell::Hidden, Cell::Count)).collect()
    };
    let row = |row: &IndicatorsRow| {
        let named = |name: &Option<String>| {
            name.as_ref().map_or_else(|| row.area.clone(), |name| format!("{} {name}", row.area))
        };
        Row {
            name: Told::new(named(&row.name_th), named(&row.name_en)),
            is_total: false,
            cells: cells(&row.counts),
        }
    };
    let total = Row { name: Told::new("รวม", "Total"), is_total: true, cells: cells(&table.total) };
    let blocks: BTreeMap<&str, &Told> = table.blocks.iter().map(|block| (block.name, &block.words)).collect();
    let heading = |view: &IndicatorView| {
        let block = view.name.split('.').next().and_then(|name| blocks.get(name).copied());
        let (th, en): (Vec<&str>, Vec<&str>) =
            block.into_iter().chain(&view.words).map(|told| (&*told.th, &*told.en)).unzip();
        Column { name: Told::new(th.join(" · "), en.join(" · ")) }
    };
    let codes = ["area".to_owned()].into_iter().chain(table.indicators.iter().map(|view| view.name.clone()));
    Listing {
        table: Table {
            number: 0,
            name: "indicators".to_owned(),
            title: Told::new(format!("ตัวชี้วัด {}", table.name_th), format!("Indicators of {}", table.name_en)),
            row_heading: Told::new("พื้นที่", "Area"),
            columns: table.indicators.iter().map(heading).collect(),
            rows: table.rows.iter().map(row).chain([total]).collect(),
            note: None,
        },
        stamp: vec![
            (
                Told::new("พื้นที่", "Area"),
                Told::new(
                    format!("{} ({})", table.name_th, table.area),
                    format!("{} ({})", table.name_en, table.area),
                ),
            ),
            (Told::new("ข้อมูล ณ วันที่", "As of"), as_of),
        ],
        codes: codes.collect(),
    }
}

async fn counted(
    app: &App,
    office: &Office,
    asked: IndicatorsQuery,
    request: &HttpRequest,
) -> Result<IndicatorsTable, Problem> {
    let area = written(request);
    let places = places(asked.blocks.as_deref())?;
    let hides = office.role == Role::Planner;
    let office = office.clone();
    app.block(move |app| {
        let groups = app.database.read(area_groups::all)?;
        let scope = Scope::find(app.areas, &groups, &area)?;
        if matches!(&scope, Scope::Area(area) if area.digits() == 8) {
            return Err(Problem::UnknownArea { code: area, successors: Vec::new() });
        }
        scope.within(&office)?;
        let by = rows_by(&scope, &asked, &groups)?;
        let mapped = if asked.middles { Some(mapped(&scope, &by)?) } else { None };
        let read = |conn: &mut Conn| {
            let Some((rows, tree)) = count(conn, &scope, &by)? else { return Ok(None) };
            let names = village_names(conn, &rows)?;
            Ok::<_, StoreError>(Some((rows, tree, names)))
        };
        let (rows, tree, names) = app.database.read(read)?.ok_or_else(|| {
            let what = format!("villages are counted in {VILLAGES_OF_TAMBONS_MAX} tambons at a time");
            Problem::MalformedQuery(what)
        })?;
        let veil = Veil::new(tree, hides, places.iter().map(|(place, _)| *place));
        let mut table = table(app.areas, &scope, &by, (&rows, veil), &names, &places);
        if let Some((area, level)) = mapped {
            let middles = app.database.read(|conn| middles(conn, area, level))?;
            for row in &mut table.rows {
                row.middle = Some(middles.get(&row.area).copied());
            }
        }
        Ok(table)
    })
    .await
}

/// What makes a row.
enum By<'a> {
    /// An area of so many digits.
    Level(Level),
    /// A group of this tree.
    Tree(String, Vec<&'a AreaGroup>),
}

/// What a row is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum RowKey {
    Area(Area),
    /// A place among the groups of the tree.
    Group(usize),
}

fn rows_by<'a>(scope: &Scope, asked: &IndicatorsQuery, groups: &'a Groups) -> Result<By<'a>, Problem> {
    let wrong = |what: &str| Problem::MalformedQuery(what.to_owned());
    match (&asked.tree, asked.level) {
        (Some(tree), None | Some(Level::Group)) => {
            if !groups.trees().contains(tree) {
                let known = groups.trees().into_iter().collect::<Vec<_>>().join(", ");
                return Err(wrong(&format!("tree is one of {known}")));
            }
            let own = groups.all().filter(|group| group.name.tree == *tree && scope.has(group));
            Ok(By::Tree(tree.clone(), own.collect()))
        }
        (Some(_), Some(_)) => Err(wrong("rows are areas of a level or groups of a tree, not both")),
        (None, Some(Level::Group)) => Err(wrong("rows that are groups need a tree, e.g. tree=cluster")),
        (None, level) => level_of(scope, level).map(By::Level),
    }
}

fn level_of(scope: &Scope, asked: Option<Level>) -> Result<Level, Problem> {
    let area = match scope {
        Scope::Area(area) => *area,
        // Its own areas are the rows, unless said.
        Scope::Group(group) => {
            let smallest = group.areas.iter().map(|area| area.digits()).max().unwrap_or(2);
            let level = Level::SIZES.into_iter().find(|level| level.digits() == smallest);
            return Ok(asked.or(level).unwrap_or(Level::Tambon));
        }
    };
    let next = Level::SIZES.into_iter().find(|level| level.digits() > area.digits());
    let level = asked.or(next).unwrap_or(Level::Village);
    if level.digits() <= area.digits() {
        return Err(Problem::MalformedQuery("level has to be smaller than the area itself".to_owned()));
    }
    if level == Level::Village && area.digits() != 6 {
        return Err(Problem::MalformedQuery("villages are counted in one tambon at a time".to_owned()));
    }
    Ok(level)
}

/// The places of the indicators of these blocks.
fn places(blocks: Option<&str>) -> Result<Vec<(usize, IndicatorView)>, Problem> {
    let named = |name: &str| {
        Block::named(name).ok_or_else(|| {
            let known: Vec<&str> = BLOCKS.iter().map(|block| block.name).collect();
            Problem::MalformedQuery(format!("blocks are among {}", known.join(", ")))
        })
    };
    let blocks: Vec<&Block> = match blocks {
        None => BLOCKS.iter().collect(),
        Some(names) => names.split(',').map(|name| named(name.trim())).collect::<Result<_, _>>()?,
    };
    let views = blocks.into_iter().flat_map(|block| {
        block.indicators().map(move |(place, code, second)| {
            let words = indicator_words::indicator(block, code, second, &choice);
            let second = second.map(|second| format!(".{second}")).unwrap_or_default();
            (
                place,
                IndicatorView { name: format!("{}.{code}{second}", block.name), unit: unit(block), words },
            )
        })
    });
    Ok(views.collect())
}

fn unit(block: &Block) -> &'static str {
    match block.unit {
        Unit::Households => "households",
        Unit::People => "people",
        Unit::Needs => "needs",
    }
}

/// What is counted in every tambon and around it.
pub(super) fn tree(conn: &mut Conn) -> Result<Tree, StoreError> {
    let counts = tambons::counts(conn)?.into_iter();
    Ok(Tree::of(counts.map(|(tambon, counts)| (tambon, counts.unwrap_or_default()))))
}

/// Adds the villages of a tambon.
pub(super) fn open(conn: &mut Conn, tree: &mut Tree, tambon: TambonCode) -> Result<(), StoreError> {
    if !tree.is_open(tambon) {
        let villages = villages::all(conn, tambon)?.into_iter();
        tree.open(villages.map(|(village, sums)| (village, sums.counts)));
    }
    Ok(())
}

/// Where the areas of this level are. The middle of a few houses would tell where they are: it is not told.
fn middles(conn: &mut Conn, area: Area, level: Level) -> Result<BTreeMap<String, Middle>, StoreError> {
    let mut sums: BTreeMap<Area, (u64, f64, f64)> = BTreeMap::new();
    for tambon in tambons::all(conn)?.into_iter().map(|tambon| tambon.code) {
        if !area.covers(tambon.into()) {
            continue;
        }
        for Places { village, houses, middle: (lat, lon) } in villages::places(conn, tambon)? {
            let (sum, lats, lons) = sums.entry(Area::from(village).shortened(level.digits())).or_default();
            #[expect(clippy::cast_precision_loss, reason = "houses of a village are few")]
            let weight = houses as f64;
            (*sum, *lats, *lons) = (*sum + houses, *lats + lat * weight, *lons + lon * weight);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "houses of a province are few")]
    let middle = |(area, (houses, lats, lons)): (Area, (u64, f64, f64))| {
        let houses = houses as f64;
        let papers::Middle { lat, lon } = papers::Middle { lat: lats / houses, lon: lons / houses }.rounded();
        (area.to_string(), Middle { lat, lon })
    };
    Ok(sums.into_iter().filter(|(_, (houses, ..))| *houses >= SHOWN_MIN).map(middle).collect())
}

/// Names of villages, as far as a roster told them.
pub(super) fn names(
    conn: &mut Conn,
    areas: &Areas,
    area: Area,
    level: Level,
) -> Result<BTreeMap<Area, String>, StoreError> {
    let tambon = TambonCode::try_from(area.code()).ok().filter(|_| level == Level::Village);
    let Some(tambon) = tambon.filter(|_| areas.contains(area)) else { return Ok(BTreeMap::new()) };
    let expected = villages::expected(conn, tambon)?;
    let named = |expected: villages::Expected| Some((expected.village.into(), expected.name_th?));
    Ok(expected.into_iter().filter_map(named).collect())
}

/// The area and the level of rows of which it is told where they are.
fn mapped(scope: &Scope, by: &By<'_>) -> Result<(Area, Level), Problem> {
    match (scope, by) {
        (Scope::Area(area), By::Level(level))
            if *level == Level::Village || (*level == Level::Tambon && *area != Area::COUNTRY) =>
        {
            Ok((*area, *level))
        }
        _ => {
            let what =
                "middles are those of the villages of a tambon, or of the tambons of an amphoe or a province";
            Err(Problem::MalformedQuery(what.to_owned()))
        }
    }
}

/// The areas of which each row is the sum.
type Rows = BTreeMap<RowKey, BTreeSet<Area>>;

/// The rows of what is in `scope`, and their counts; `None` where those are villages of too many tambons.
fn count(conn: &mut Conn, scope: &Scope, by: &By<'_>) -> Result<Option<(Rows, Tree)>, StoreError> {
    let mut tree = tree(conn)?;
    let tambons: Vec<TambonCode> = tree.tambons().collect();
    let rows = match by {
        By::Tree(_, groups) => Some(rows_of_groups(conn, groups, &tambons, &mut tree)?),
        By::Level(level) => rows_of_level(conn, scope, *level, &tambons, &mut tree)?,
    };
    Ok(rows.map(|rows| (rows, tree)))
}

fn rows_of_groups(
    conn: &mut Conn,
    groups: &[&AreaGroup],
    tambons: &[TambonCode],
    tree: &mut Tree,
) -> Result<Rows, StoreError> {
    let mut rows: Rows = (0..groups.len()).map(|at| (RowKey::Group(at), BTreeSet::new())).collect();
    // Groups of a tree have nothing in common: a tambon is asked for among those that may have some of it.
    let mut around: BTreeMap<Area, BTreeSet<usize>> = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        group.areas.iter().for_each(|area| {
            around.entry(area.shortened(6)).or_default().insert(at);
        });
    }
    for tambon in tambons {
        let area = Area::from(*tambon);
        let near = [2, 4, 6].into_iter().filter_map(|digits| around.get(&area.shortened(digits)));
        let near: BTreeSet<usize> = near.flatten().copied().collect();
        for at in near {
            let part = groups[at].part_of(*tambon);
            let areas = areas_of(conn, *tambon, part, tree)?;
            rows.entry(RowKey::Group(at)).or_default().extend(areas);
        }
    }
    Ok(rows)
}

fn rows_of_level(
    conn: &mut Conn,
    scope: &Scope,
    level: Level,
    tambons: &[TambonCode],
    tree: &mut Tree,
) -> Result<Option<Rows>, StoreError> {
    let (mut rows, mut opened) = (Rows::new(), 0);
    for tambon in tambons {
        let mut areas = match (scope, scope.part_of(*tambon)) {
            (_, Part::None) => continue,
            // All of the row lies in the area.
            (Scope::Area(_), Part::Whole) if level.digits() < 6 => {
                vec![Area::from(*tambon).shortened(level.digits())]
            }
            (_, part) => areas_of(conn, *tambon, part, tree)?,
        };
        if level == Level::Village {
            if opened == VILLAGES_OF_TAMBONS_MAX {
                return Ok(None);
            }
            opened += 1;
            open(conn, tree, *tambon)?;
            if areas.first() == Some(&Area::from(*tambon)) {
                areas = tree.children(Area::from(*tambon)).collect();
            }
        }
        for area in areas {
            rows.entry(RowKey::Area(area.shortened(level.digits()))).or_default().insert(area);
        }
    }
    Ok(Some(rows))
}

/// A part of a tambon as areas that are in the tree then: itself, or villages with households.
fn areas_of(
    conn: &mut Conn,
    tambon: TambonCode,
    part: Part,
    tree: &mut Tree,
) -> Result<Vec<Area>, StoreError> {
    let villages = match part {
        Part::None => return Ok(Vec::new()),
        Part::Whole => return Ok(vec![tambon.into()]),
        Part::Villages(villages) => villages,
    };
    open(conn, tree, tambon)?;
    Ok(villages.into_iter().map(Area::from).filter(|village| tree.counts(*village).is_some()).collect())
}

/// Names of the villages that are rows, as far as a roster told them.
fn village_names(conn: &mut Conn, rows: &Rows) -> Result<BTreeMap<Area, String>, StoreError> {
    let tambons: BTreeSet<TambonCode> = rows
        .keys()
        .filter_map(|row| match row {
            RowKey::Area(area) if area.digits() == 8 => TambonCode::try_from(area.shortened(6).code()).ok(),
            _ => None,
        })
        .collect();
    let mut names = BTreeMap::new();
    for tambon in tambons {
        let named = |expected: villages::Expected| Some((expected.village.into(), expected.name_th?));
        names.extend(villages::expected(conn, tambon)?.into_iter().filter_map(named));
    }
    Ok(names)
}

fn table(
    areas: &Areas,
    scope: &Scope,
    by: &By<'_>,
    (rows, mut veil): (&Rows, Veil),
    names: &BTreeMap<Area, String>,
    places: &[(usize, IndicatorView)],
) -> IndicatorsTable {
    let sets: Vec<&BTreeSet<Area>> = rows.values().collect();
    let shown = veil.rollup(&sets);
    let pick = |row: &[Option<u32>]| places.iter().map(|(place, _)| row[*place]).collect();
    let row = |(row, counts): (&RowKey, &Vec<Option<u32>>)| match (row, by) {
        (RowKey::Group(at), By::Tree(_, groups)) => IndicatorsRow {
            area: Region::Group(groups[*at].name.clone()).to_string(),
            name_th: Some(groups[*at].name_th.clone()),
            name_en: Some(groups[*at].name_en.clone()),
            middle: None,
            counts: pick(counts),
        },
        (RowKey::Area(area), _) => {
            let named = areas.get(*area);
            IndicatorsRow {
                area: area.to_string(),
                name_th: named.map(|named| named.th.to_owned()).or_else(|| names.get(area).cloned()),
                name_en: named.map(|named| named.en.to_owned()),
                middle: None,
                counts: pick(counts),
            }
        }
        (RowKey::Group(_), By::Level(_)) => unreachable!("groups are rows of a tree"),
    };
    let (name_th, name_en) = scope.names(areas);
    let (level, tree) = match by {
        By::Level(level) => (*level, None),
        By::Tree(tree, _) => (Level::Group, Some(tree.clone())),
    };
    IndicatorsTable {
        area: scope.code(),
        name_th,
        name_en,
        level,
        tree,
        hidden_below: veil.hides().then_some(SHOWN_MIN),
        blocks: BLOCKS
            .iter()
            .map(|block| BlockView {
                name: block.name,
                unit: unit(block),
                words: indicator_words::block(block),
            })
            .collect(),
        indicators: places.iter().map(|(_, view)| view.clone()).collect(),
        rows: rows.keys().zip(&shown.rows).map(row).collect(),
        total: pick(&shown.total),
    }
}
