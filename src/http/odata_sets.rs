//! What report builders may read by OData: households, members and needs without anything that points to a person,
//! and what plans count. Each set is read group by group: a tambon's rows, or the areas within an area.

use std::cell::RefCell;
use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use sync_protocol::ids::{HouseholdId, RowId, TambonCode, VillageCode};

use super::app::AppState;
use super::auth::Office;
use super::indicators::{self, Level};
use super::views::Eye;
use crate::area::Area;
use crate::odata::{EntitySet, Kind, Options, Property, Value};
use crate::planning::indicators::{BLOCKS, Block, Unit};
use crate::planning::veil::Veil;
use crate::projection::form::{AnswerKind, Field, Form, HOUSEHOLD, PdpaClass};
use crate::projection::{MemberRow, NeedRow, deidentify};
use crate::store::api_keys::Role;
use crate::store::read_model::{self, Row};
use crate::store::{Conn, StoreError, tambons, villages};

/// Households that are read at a time.
const AT_ONCE: usize = 1_000;

/// What there is to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Households,
    Members,
    Needs,
    Counts,
}

/// A row with its key, by which the rows of a group are ordered.
pub(super) type Keyed = (String, Vec<Value>);

/// What an office may read of it.
pub(super) struct Reader {
    pub(super) source: Source,
    pub(super) set: EntitySet,
    area: Area,
    hides: bool,
    eye: Eye,
    /// What is counted, as of when its groups were asked for, and of which blocks.
    counted: RefCell<Option<(Veil, Vec<&'static Block>)>>,
}

impl Source {
    pub(super) const ALL: [Self; 4] = [Self::Households, Self::Members, Self::Needs, Self::Counts];

    /// Its columns.
    pub(super) fn set(self) -> EntitySet {
        let place = || [("Id", Kind::Text), ("Tambon", Kind::Text), ("Village", Kind::Text)];
        let properties = |columns: &[(&str, Kind)]| -> Vec<Property> {
            columns.iter().map(|(name, kind)| Property::new(name, *kind)).collect()
        };
        match self {
            Self::Households => {
                let mut columns = properties(&place());
                columns.extend(properties(&[
                    ("visit_outcome", Kind::Text),
                    ("visit_date", Kind::Date),
                    ("income_band", Kind::Text),
                ]));
                columns.extend(questions().map(|field| Property::new(&field.name, kind(field))));
                EntitySet { name: "Households", entity: "Household", properties: columns }
            }
            Self::Members => {
                let columns = [&place()[..], &[("age_band", Kind::Text)]].concat();
                EntitySet { name: "Members", entity: "Member", properties: properties(&columns) }
            }
            Self::Needs => {
                let columns = [&place()[..], &[("need_urgency", Kind::Text)]].concat();
                EntitySet { name: "Needs", entity: "Need", properties: properties(&columns) }
            }
            Self::Counts => EntitySet {
                name: "Counts",
                entity: "Count",
                properties: properties(&[
                    ("Id", Kind::Text),
                    ("Area", Kind::Text),
                    ("Level", Kind::Text),
                    ("NameTh", Kind::Text),
                    ("NameEn", Kind::Text),
                    ("Block", Kind::Text),
                    ("Code", Kind::Text),
                    ("Second", Kind::Text),
                    ("Unit", Kind::Text),
                    ("Count", Kind::Int),
                ]),
            },
        }
    }
}

/// The questions of a household whose answers point to nobody.
fn questions() -> impl Iterator<Item = &'static Field> {
    let is_open = |field: &&Field| {
        let is_place = matches!(field.name.as_str(), "tambon_code" | "moo");
        field.pdpa == PdpaClass::NotPersonal && field.kind != AnswerKind::Text && !is_place
    };
    Form::built_in().fields_of(HOUSEHOLD).filter(is_open)
}

fn kind(field: &Field) -> Kind {
    match field.kind {
        AnswerKind::Integer => Kind::Int,
        AnswerKind::Decimal => Kind::Double,
        AnswerKind::Date => Kind::Date,
        _ => Kind::Text,
    }
}

/// An answer as a cell: several choices are joined.
fn cell(kind: Kind, value: Option<&serde_json::Value>) -> Value {
    use serde_json::Value as Json;
    match (kind, value) {
        (Kind::Int, Some(Json::Number(number))) => number.as_i64().map_or(Value::Null, Value::Int),
        (Kind::Double, Some(Json::Number(number))) => number.as_f64().map_or(Value::Null, Value::Double),
        (Kind::Text | Kind::Date, Some(Json::String(text))) => Value::text(text),
        (Kind::Text, Some(Json::Array(several))) => {
            let codes: Vec<&str> = several.iter().filter_map(Json::as_str).collect();
            Value::Text(codes.join(";"))
        }
        _ => Value::Null,
    }
}

impl Reader {
    pub(super) fn new(source: Source, office: &Office, app: &AppState) -> Self {
        Self {
            source,
            set: source.set(),
            area: office.area,
            hides: office.role == Role::Planner,
            eye: Eye::as_planner(office, app),
            counted: RefCell::new(None),
        }
    }

    /// The groups in which rows lie that can fit, in their order.
    pub(super) fn groups(&self, conn: &mut Conn, options: &Options) -> Result<Vec<Area>, StoreError> {
        let served = tambons::all(conn)?.into_iter().map(|tambon| Area::from(tambon.code));
        let served: Vec<Area> =
            served.filter(|tambon| self.area.covers(*tambon) || tambon.covers(self.area)).collect();
        let equals = |name: &str| {
            let place = self.set.place(name)?;
            options.filter.as_ref()?.equals(place)
        };
        if self.source != Source::Counts {
            let within = |code: Option<&str>, tambon: Area| {
                code.is_none_or(|code| code.parse().is_ok_and(|area: Area| tambon.covers(area)))
            };
            let fits =
                |tambon: &Area| within(equals("Tambon"), *tambon) && within(equals("Village"), *tambon);
            return Ok(served.into_iter().filter(fits).collect());
        }
        let asked = blocks(equals("Block"));
        let places = asked.iter().flat_map(|block| block.indicators().map(|(place, ..)| place));
        self.counted.replace(Some((Veil::new(indicators::tree(conn)?, self.hides, places), asked)));
        let mut groups: Vec<Area> = served
            .iter()
            .flat_map(|tambon| [0, 2, 4, 6].map(|digits| around(*tambon, digits)))
            .filter(|area| self.area.covers(*area))
            .collect();
        groups.sort_unstable_by_key(|area| (area.digits(), area.code()));
        groups.dedup();
        if let Some(level) = equals("Level") {
            // The rows of a group are one level below it; only the first has itself, too.
            let is_of =
                |at: usize, area: &Area| at == 0 || below(*area).is_some_and(|found| name(found) == level);
            groups = groups
                .iter()
                .enumerate()
                .filter(|(at, area)| is_of(*at, area))
                .map(|(_, area)| *area)
                .collect();
        }
        if let Some(code) = equals("Area") {
            let asked: Option<Area> = code.parse().ok();
            let holds = |group: &Area| asked.is_some_and(|asked| group.covers(asked));
            groups.retain(holds);
        }
        Ok(groups)
    }

    /// The rows of a group, by key.
    pub(super) fn rows(
        &self,
        conn: &mut Conn,
        app: &AppState,
        group: Area,
    ) -> Result<Vec<Keyed>, StoreError> {
        let mut rows = match (self.source, TambonCode::try_from(group.code())) {
            (Source::Counts, _) => self.counts(conn, app, group)?,
            (Source::Households, Ok(tambon)) => self.households(conn, tambon)?,
            (Source::Members, Ok(tambon)) => self.members(conn, app, tambon)?,
            (Source::Needs, Ok(tambon)) => self.needs(conn, tambon)?,
            (_, Err(_)) => Vec::new(),
        };
        rows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(rows)
    }

    /// How many households there are in a group, by the sums of its villages.
    pub(super) fn households_in(&self, conn: &mut Conn, group: Area) -> Result<usize, StoreError> {
        let Ok(tambon) = TambonCode::try_from(group.code()) else { return Ok(0) };
        let seen = villages::all(conn, tambon)?.into_iter().filter(|(village, _)| self.sees(*village));
        Ok(seen.map(|(_, sums)| usize::try_from(sums.households).unwrap_or(0)).sum())
    }

    fn sees(&self, village: VillageCode) -> bool {
        self.area.covers(village.into())
    }

    /// The key and the first columns of what lies in a village.
    fn placed(id: &HouseholdId, tambon: TambonCode, village: VillageCode, rest: Vec<Value>) -> Keyed {
        let id = id.to_string();
        let place = [Value::text(&*id), Value::text(tambon.to_string()), Value::text(village.to_string())];
        (id, place.into_iter().chain(rest).collect())
    }

    fn households(&self, conn: &mut Conn, tambon: TambonCode) -> Result<Vec<Keyed>, StoreError> {
        let mut keyed = Vec::new();
        each_page(conn, tambon, |_, page| {
            for (village, row) in page.iter().filter(|(village, _)| self.sees(*village)) {
                let seen = deidentify::household(row, *village, Form::built_in())
                    .map_err(|error| StoreError::Corrupt(format!("a household's answers: {error}")))?;
                let columns = self.set.properties.iter().skip(3);
                let rest = columns.map(|column| cell(column.kind, seen.get(&column.name))).collect();
                keyed.push(Self::placed(&self.eye.name(row.household), tambon, *village, rest));
            }
            Ok(())
        })?;
        Ok(keyed)
    }

    fn members(&self, conn: &mut Conn, app: &AppState, tambon: TambonCode) -> Result<Vec<Keyed>, StoreError> {
        let year_be = crate::planning::fiscal::day_in_thailand(app.clock.now()).year() + 543;
        self.rows_of(conn, tambon, |row: &MemberRow, village| {
            (row.row, cell(Kind::Text, deidentify::member(row, village, year_be).get("age_band")))
        })
    }

    fn needs(&self, conn: &mut Conn, tambon: TambonCode) -> Result<Vec<Keyed>, StoreError> {
        self.rows_of(conn, tambon, |row: &NeedRow, village| {
            (row.row, cell(Kind::Text, deidentify::need(row, village).get("need_urgency")))
        })
    }

    /// The rows of households. Their ids are enciphered and they come in the order of that, so that nothing tells
    /// which of them belong together.
    fn rows_of<R: Row>(
        &self,
        conn: &mut Conn,
        tambon: TambonCode,
        read: impl Fn(&R, VillageCode) -> (RowId, Value),
    ) -> Result<Vec<Keyed>, StoreError> {
        let mut keyed = Vec::new();
        each_page(conn, tambon, |conn, page| {
            let open: Vec<(HouseholdId, VillageCode)> = page
                .iter()
                .filter(|(village, row)| self.sees(*village) && !row.is_withheld())
                .map(|(village, row)| (row.household, *village))
                .collect();
            let ids: Vec<HouseholdId> = open.iter().map(|(id, _)| *id).collect();
            for (household, row) in R::of(conn, tambon, &ids)? {
                let Ok(at) = open.binary_search_by(|(id, _)| id.cmp(&household)) else { continue };
                let (id, value) = read(&row, open[at].1);
                let id = self.eye.name(of_both(household, id));
                keyed.push(Self::placed(&id, tambon, open[at].1, vec![value]));
            }
            Ok(())
        })?;
        Ok(keyed)
    }

    fn counts(&self, conn: &mut Conn, app: &AppState, group: Area) -> Result<Vec<Keyed>, StoreError> {
        let Some(level) = below(group) else { return Ok(Vec::new()) };
        let mut counted = self.counted.borrow_mut();
        let Some((veil, blocks)) = counted.as_mut() else { return Ok(Vec::new()) };
        if let Ok(tambon) = TambonCode::try_from(group.code()) {
            indicators::open(conn, veil.tree(), tambon)?;
        }
        let names = indicators::names(conn, app.areas, group, level)?;
        let mut keyed = Vec::new();
        let mut add = |area: Area, level: &str, counts: &[Option<u32>]| {
            let named = app.areas.get(area).map(|named| (named.th.to_owned(), named.en.to_owned()));
            let named = named.or_else(|| names.get(&area).map(|name| (name.clone(), name.clone())));
            let (th, en) = named.unwrap_or_default();
            for block in &*blocks {
                let unit = match block.unit {
                    Unit::Households => "households",
                    Unit::People => "people",
                    Unit::Needs => "needs",
                };
                for (place, code, second) in block.indicators() {
                    let id = format!("{area}.{place:03}");
                    keyed.push((
                        id.clone(),
                        vec![
                            Value::Text(id),
                            Value::text(area.to_string()),
                            Value::text(level),
                            Value::text(&*th),
                            Value::text(&*en),
                            Value::text(block.name),
                            Value::text(code),
                            second.map_or(Value::Null, Value::text),
                            Value::text(unit),
                            counts[place].map_or(Value::Null, |count| Value::Int(count.into())),
                        ],
                    ));
                }
            }
        };
        let areas: Vec<Area> = veil.tree().children(group).filter(|area| self.area.covers(*area)).collect();
        for area in areas {
            add(area, name(level), &veil.shown(&BTreeSet::from([area])));
        }
        if group == self.area {
            let own = Level::SIZES.into_iter().find(|level| level.digits() == group.digits());
            add(group, own.map_or("country", name), &veil.shown(&BTreeSet::from([group])));
        }
        Ok(keyed)
    }
}

/// The blocks that can fit: this one, or all.
fn blocks(named: Option<&str>) -> Vec<&'static Block> {
    BLOCKS.iter().filter(|block| named.is_none_or(|name| block.name == name)).collect()
}

/// An id for a row, which is its own only within its household.
fn of_both(household: HouseholdId, row: RowId) -> HouseholdId {
    let hash = Sha256::new().chain_update(household.0).chain_update(row.0).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    HouseholdId(id)
}

/// Reads the households of a tambon page by page.
fn each_page(
    conn: &mut Conn,
    tambon: TambonCode,
    mut take: impl FnMut(&mut Conn, &[(VillageCode, crate::projection::HouseholdRow)]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = read_model::households(conn, tambon, None, after, AT_ONCE)?;
        after = page.last().map(|(_, row)| row.household);
        take(conn, &page)?;
        if page.len() < AT_ONCE {
            return Ok(());
        }
    }
}

fn around(area: Area, digits: u8) -> Area {
    if digits == 0 { Area::COUNTRY } else { area.shortened(digits) }
}

fn below(area: Area) -> Option<Level> {
    Level::SIZES.into_iter().find(|level| level.digits() > area.digits())
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Province => "province",
        Level::Amphoe => "amphoe",
        Level::Tambon => "tambon",
        Level::Village => "village",
        Level::Group => "group",
    }
}
