//! What plans count, area by area: the same definitions at every level, from a village to the country.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::TambonCode;
use utoipa::{IntoParams, ToSchema};

use super::annex::choice;
use super::app::{App, AppState};
use super::area_path::query;
use super::auth::Office;
use super::export::{Export, File, Format, stamp};
use super::problem::{Problem, ProblemBody, shortened};
use super::reply::{Compression, ok};
use crate::area::{Area, Areas};
use crate::papers::Listing;
use crate::planning::annex::{Cell, Column, Row, Table};
use crate::planning::indicator_words;
use crate::planning::indicators::{BLOCKS, Block, Counts, Unit};
use crate::planning::rollup::Rollup;
use crate::planning::suppression::SHOWN_MIN;
use crate::planning::told::{Language, Told};
use crate::store::api_keys::Role;
use crate::store::villages::{self, Places};
use crate::store::{Conn, StoreError, tambons};

/// By which areas to count, and what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct IndicatorsQuery {
    /// Which areas the rows are: `village` (of a tambon), `tambon`, `amphoe` or `province`; the next smaller
    /// unless said.
    level: Option<Level>,
    /// Only these blocks of indicators, with commas between, e.g. `dimension,flag`; all unless said.
    blocks: Option<String>,
    /// Whether each row tells where its area is, for a map: villages, or the tambons of an amphoe or a province.
    #[serde(default)]
    middles: bool,
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    purpose: Option<String>,
    /// Language of a file: `th` unless said.
    lang: Option<Language>,
}

/// How large an area is.
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
}

impl Level {
    pub(super) const ALL: [Self; 4] = [Self::Province, Self::Amphoe, Self::Tambon, Self::Village];

    pub(super) fn digits(self) -> u8 {
        2 * (self as u8 + 1)
    }
}

/// A table of counts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IndicatorsTable {
    /// Code of the area; `TH` for the country.
    area: String,
    /// Its name in Thai.
    name_th: String,
    /// Its name in English.
    name_en: String,
    /// Which areas the rows are.
    level: Level,
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
    /// Its code.
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
/// Kept up by every write: a tambon's villages, or the tambons, amphoes or provinces of any area. The
/// definitions are the same at each level.
#[utoipa::path(
    get,
    path = "/api/v1/areas/{area}/indicators",
    tag = "planners",
    params(("area" = String, Path, description = "Code of the area, 2, 4 or 6 digits, or TH"), IndicatorsQuery),
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
    let table = counted(&app, &office, &asked, &request).await?;
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
        (status = 200, description = "The file", content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
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
    let table = counted(&app, &office, &asked, request).await?;
    let area = known_area(app.areas, &table.area)?;
    let compression = Compression::of(request);
    app.block(move |app| {
        export.note(app, &office, area, "indicators.export", json!({ "level": table.level }))?;
        let listing = in_columns(app, area, &table);
        export.table(&format!("indicators-{area}"), &listing, asked.lang.unwrap_or_default(), compression)
    })
    .await
}

/// A row for each area, a column for each indicator.
fn in_columns(app: &AppState, area: Area, table: &IndicatorsTable) -> Listing {
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
    let heading = |view: &IndicatorView| Column { name: Told::new(&*view.name, &*view.name) };
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
        stamp: stamp::of_area(app, area),
    }
}

async fn counted(
    app: &App,
    office: &Office,
    asked: &IndicatorsQuery,
    request: &HttpRequest,
) -> Result<IndicatorsTable, Problem> {
    let area = known_area(app.areas, request.match_info().query("area"))?;
    office.covers(area)?;
    let level = level(area, asked.level)?;
    let with_middles = asked.middles;
    if with_middles && !(level == Level::Village || (level == Level::Tambon && area != Area::COUNTRY)) {
        let what =
            "middles are those of the villages of a tambon, or of the tambons of an amphoe or a province";
        return Err(Problem::MalformedQuery(what.to_owned()));
    }
    let places = places(asked.blocks.as_deref())?;
    let hides = office.role == Role::Planner;
    app.block(move |app| {
        let rows = app.database.read(|conn| rows(conn, area, level))?;
        let names = app.database.read(|conn| names(conn, app.areas, area, level))?;
        let mut table = table(app.areas, area, level, rows, &names, &places, hides);
        if with_middles {
            let middles = app.database.read(|conn| middles(conn, area, level))?;
            for row in &mut table.rows {
                row.middle = Some(middles.get(&row.area).copied());
            }
        }
        Ok(table)
    })
    .await
}

/// The area of this code, which is not a village.
///
/// # Errors
/// [`Problem::UnknownArea`].
pub(super) fn known_area(areas: &Areas, code: &str) -> Result<Area, Problem> {
    let area = code.parse::<Area>().ok().filter(|area| area.digits() <= 6);
    match area {
        Some(area) if areas.contains(area) => Ok(area),
        area => Err(Problem::UnknownArea {
            code: shortened(code).into_owned(),
            successors: area
                .map_or(&[][..], |area| areas.successors(area))
                .iter()
                .map(ToString::to_string)
                .collect(),
        }),
    }
}

fn level(area: Area, asked: Option<Level>) -> Result<Level, Problem> {
    let next = Level::ALL.into_iter().find(|level| level.digits() > area.digits());
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

/// The counts of the areas of this level in an area, by code.
pub(super) fn rows(conn: &mut Conn, area: Area, level: Level) -> Result<BTreeMap<Area, Counts>, StoreError> {
    let mut rows: BTreeMap<Area, Counts> = BTreeMap::new();
    if let (Level::Village, Ok(tambon)) = (level, TambonCode::try_from(area.code())) {
        for (village, sums) in villages::all(conn, tambon)? {
            rows.insert(village.into(), sums.counts);
        }
        return Ok(rows);
    }
    for (tambon, counts) in tambons::counts(conn)? {
        let tambon = Area::from(tambon);
        if area.covers(tambon) {
            let row = rows.entry(tambon.shortened(level.digits())).or_default();
            row.merge(&counts.unwrap_or_default());
        }
    }
    Ok(rows)
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
    let rounded = |degrees: f64| (degrees * 1e3).round() / 1e3;
    #[expect(clippy::cast_precision_loss, reason = "houses of a province are few")]
    let middle = |(area, (houses, lats, lons)): (Area, (u64, f64, f64))| {
        let houses = houses as f64;
        (area.to_string(), Middle { lat: rounded(lats / houses), lon: rounded(lons / houses) })
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

fn table(
    areas: &Areas,
    area: Area,
    level: Level,
    rows: BTreeMap<Area, Counts>,
    names: &BTreeMap<Area, String>,
    places: &[(usize, IndicatorView)],
    hides: bool,
) -> IndicatorsTable {
    let counts: Vec<&Counts> = rows.values().collect();
    let shown = if hides { Rollup::for_planners(&counts) } else { Rollup::open(&counts) };
    let pick = |row: &[Option<u32>]| places.iter().map(|(place, _)| row[*place]).collect();
    let row = |(row, counts): (&Area, &Vec<Option<u32>>)| {
        let named = areas.get(*row);
        IndicatorsRow {
            area: row.to_string(),
            name_th: named.map(|named| named.th.to_owned()).or_else(|| names.get(row).cloned()),
            name_en: named.map(|named| named.en.to_owned()),
            middle: None,
            counts: pick(counts),
        }
    };
    let (name_th, name_en) = match areas.get(area) {
        Some(named) => (named.th, named.en),
        None => ("ประเทศไทย", "Thailand"),
    };
    IndicatorsTable {
        area: area.to_string(),
        name_th: name_th.to_owned(),
        name_en: name_en.to_owned(),
        level,
        hidden_below: hides.then_some(SHOWN_MIN),
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
