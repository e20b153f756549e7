//! The household's own row of the read model.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Double, Integer, Nullable, SmallInt, Text};
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};

use crate::projection::names::NameKeys;
use crate::projection::rows::HouseholdRow;
use crate::store::columns::{bytes_from, limit, tambon_column, village_column, village_from};
use crate::store::conn::{Conn, Tx, each};
use crate::store::error::StoreError;
use crate::store::schema::households;

/// Declares the columns that a household's row has beside its keys and the answered village.
macro_rules! household_columns {
    ($($field:ident: $ty:ty => $sql:ty),+ $(,)?) => {
        /// `NAMED`: whether the name of the head may be another than the one that is there. To set the columns of
        /// an index costs a look at the index, whatever they are set to.
        #[derive(Debug)]
        struct Upsert<'a, const NAMED: bool> {
            tambon_code: i32,
            village_code: i32,
            answered_village: Option<i32>,
            row: &'a HouseholdRow,
        }

        impl<const NAMED: bool> diesel::query_builder::QueryId for Upsert<'_, NAMED> {
            type QueryId = Upsert<'static, NAMED>;
        }

        impl<C, const NAMED: bool> RunQueryDsl<C> for Upsert<'_, NAMED> {}

        household_columns!(@fragment diesel::sqlite::Sqlite; $($field => $sql),+);
        household_columns!(@fragment diesel::pg::Pg; $($field => $sql),+);

        #[derive(Queryable)]
        struct Record {
            household_id: Vec<u8>,
            village_code: i32,
            answered_village: Option<i32>,
            head_given_key: Option<Vec<u8>>,
            head_family_key: Option<Vec<u8>>,
            $($field: $ty,)+
        }

        impl Record {
            fn into_row(self) -> Result<(VillageCode, HouseholdRow), StoreError> {
                let row = HouseholdRow {
                    household: HouseholdId(bytes_from("a household id", &self.household_id)?),
                    village: self.answered_village.map(village_from).transpose()?,
                    head_keys: NameKeys { given: self.head_given_key, family: self.head_family_key },
                    $($field: self.$field,)+
                };
                Ok((village_from(self.village_code)?, row))
            }
        }

        macro_rules! columns {
            () => {
                (
                    households::household_id,
                    households::village_code,
                    households::answered_village,
                    households::head_given_key,
                    households::head_family_key,
                    $(households::$field,)+
                )
            };
        }
    };
    (@fragment $backend:ty; $($field:ident => $sql:ty),+) => {
        impl<const NAMED: bool> diesel::query_builder::QueryFragment<$backend> for Upsert<'_, NAMED> {
            fn walk_ast<'b>(&'b self, mut out: diesel::query_builder::AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                out.push_sql(concat!(
                    "INSERT INTO households (tambon_code, household_id, village_code, answered_village, head_given_key, \
                     head_family_key",
                    $(", ", stringify!($field),)+ ") VALUES (",
                ));
                out.push_bind_param::<Integer, _>(&self.tambon_code)?;
                out.push_sql(", ");
                out.push_bind_param::<Binary, _>(self.row.household.0.as_slice())?;
                out.push_sql(", ");
                out.push_bind_param::<Integer, _>(&self.village_code)?;
                out.push_sql(", ");
                out.push_bind_param::<Nullable<Integer>, _>(&self.answered_village)?;
                out.push_sql(", ");
                out.push_bind_param::<Nullable<Binary>, _>(&self.row.head_keys.given)?;
                out.push_sql(", ");
                out.push_bind_param::<Nullable<Binary>, _>(&self.row.head_keys.family)?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<$sql, _>(&self.row.$field)?;
                )+
                out.push_sql(concat!(
                    ") ON CONFLICT (tambon_code, household_id) DO UPDATE SET village_code = excluded.village_code, \
                     answered_village = excluded.answered_village",
                    $(", ", stringify!($field), " = excluded.", stringify!($field),)+
                ));
                if NAMED {
                    out.push_sql(", head_given_key = excluded.head_given_key, head_family_key = excluded.head_family_key");
                }
                Ok(())
            }

            // Its text never changes; to find that out diesel would walk it at each execution.
            fn is_safe_to_cache_prepared(&self, _: &$backend) -> QueryResult<bool> {
                Ok(true)
            }
        }
    };
}

household_columns! {
    house_no: Option<String> => Nullable<Text>,
    house_code: Option<String> => Nullable<Text>,
    head_name: Option<String> => Nullable<Text>,
    lat: Option<f64> => Nullable<Double>,
    lon: Option<f64> => Nullable<Double>,
    household_size: Option<i16> => Nullable<SmallInt>,
    income_year: Option<i32> => Nullable<Integer>,
    tenure: Option<String> => Nullable<Text>,
    eviction_risk: Option<i16> => Nullable<SmallInt>,
    roof_condition: Option<i16> => Nullable<SmallInt>,
    wall_condition: Option<i16> => Nullable<SmallInt>,
    floor_condition: Option<i16> => Nullable<SmallInt>,
    structure_condition: Option<i16> => Nullable<SmallInt>,
    toilet: Option<String> => Nullable<Text>,
    drinking_water: Option<String> => Nullable<Text>,
    water_enough: Option<String> => Nullable<Text>,
    sleeping_rooms: Option<i16> => Nullable<SmallInt>,
    visit_outcome: Option<String> => Nullable<Text>,
    visit_date: Option<String> => Nullable<Text>,
    consent_given: Option<String> => Nullable<Text>,
    plan_consent: Option<bool> => Nullable<Bool>,
    members: i16 => SmallInt,
    needs: i16 => SmallInt,
    conflicts: i16 => SmallInt,
    answers: String => Text,
}

/// Writes a household's row, whether it is there or not; `village` is the one that it belongs to. `is_named` unless
/// the head has the name that is there.
///
/// # Errors
/// The database's own.
pub fn upsert_household(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    village: VillageCode,
    row: &HouseholdRow,
    is_named: bool,
) -> Result<(), StoreError> {
    let (tambon_code, village_code) = (tambon_column(tambon), village_column(village));
    let answered_village = row.village.map(village_column);
    if is_named {
        let statement = Upsert::<true> { tambon_code, village_code, answered_village, row };
        each!(&mut **tx, |c| statement.execute(c))?;
    } else {
        let statement = Upsert::<false> { tambon_code, village_code, answered_village, row };
        each!(&mut **tx, |c| statement.execute(c))?;
    }
    Ok(())
}

/// Takes away the row of one household, or all of the tambon.
///
/// # Errors
/// The database's own.
pub fn delete_households(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    household: Option<HouseholdId>,
) -> Result<(), StoreError> {
    let all = diesel::delete(households::table).filter(households::tambon_code.eq(tambon_column(tambon)));
    match household {
        Some(household) => {
            let one = all.filter(households::household_id.eq(household.0.as_slice()));
            each!(&mut **tx, |c| one.execute(c))?;
        }
        None => {
            each!(&mut **tx, |c| all.execute(c))?;
        }
    }
    Ok(())
}

/// Ids after one, up to and with another; without bounds where none is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The id before the first.
    pub after: Option<HouseholdId>,
    /// The last.
    pub last: Option<HouseholdId>,
}

impl From<Option<HouseholdId>> for Span {
    fn from(after: Option<HouseholdId>) -> Self {
        Self { after, last: None }
    }
}

impl Span {
    /// As the column has them.
    fn bounds(self) -> (Vec<u8>, Vec<u8>) {
        let bytes = |id: HouseholdId| id.0.to_vec();
        (self.after.map_or_else(Vec::new, bytes), self.last.map_or_else(|| vec![u8::MAX; 16], bytes))
    }
}

/// The rows of a tambon's households with the villages that they belong to, by id: at most `count`
/// of `span`; of one village alone if it is named.
///
/// # Errors
/// The database's own.
pub fn households(
    conn: &mut Conn,
    tambon: TambonCode,
    village: Option<VillageCode>,
    span: impl Into<Span>,
    count: usize,
) -> Result<Vec<(VillageCode, HouseholdRow)>, StoreError> {
    let (after, last) = span.into().bounds();
    let query = households::table
        .filter(households::tambon_code.eq(tambon_column(tambon)))
        .filter(households::household_id.gt(after))
        .filter(households::household_id.le(last))
        .order(households::household_id)
        .limit(limit(count))
        .select(columns!());
    let records: Vec<Record> = match village {
        Some(village) => {
            let query = query.filter(households::village_code.eq(village_column(village)));
            each!(conn, |c| query.load(c))?
        }
        None => each!(conn, |c| query.load(c))?,
    };
    records.into_iter().map(Record::into_row).collect()
}

/// The rows of these households, by id; those that are not there are left out.
///
/// # Errors
/// The database's own.
pub fn households_by_id(
    conn: &mut Conn,
    tambon: TambonCode,
    ids: &[HouseholdId],
) -> Result<Vec<(VillageCode, HouseholdRow)>, StoreError> {
    let ids: Vec<&[u8]> = ids.iter().map(HouseholdId::as_bytes).collect();
    let query = households::table
        .filter(households::tambon_code.eq(tambon_column(tambon)))
        .filter(households::household_id.eq_any(ids))
        .order(households::household_id)
        .select(columns!());
    let records: Vec<Record> = each!(conn, |c| query.load(c))?;
    records.into_iter().map(Record::into_row).collect()
}

/// Where a household is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct House {
    /// The household.
    pub household: HouseholdId,
    /// Its village.
    pub village: VillageCode,
    /// House number.
    pub house_no: Option<String>,
}

type HouseRow = (Vec<u8>, i32, Option<String>);

/// Where the households of a tambon are, by id, as [`households`] gives them.
///
/// # Errors
/// The database's own.
pub fn houses(
    conn: &mut Conn,
    tambon: TambonCode,
    village: Option<VillageCode>,
    span: impl Into<Span>,
    count: usize,
) -> Result<Vec<House>, StoreError> {
    let (after, last) = span.into().bounds();
    let query = households::table
        .filter(households::tambon_code.eq(tambon_column(tambon)))
        .filter(households::household_id.gt(after))
        .filter(households::household_id.le(last))
        .order(households::household_id)
        .limit(limit(count))
        .select((households::household_id, households::village_code, households::house_no));
    let rows: Vec<HouseRow> = match village {
        Some(village) => {
            let query = query.filter(households::village_code.eq(village_column(village)));
            each!(conn, |c| query.load(c))?
        }
        None => each!(conn, |c| query.load(c))?,
    };
    let house = |(id, village, house_no): HouseRow| {
        let household = HouseholdId(bytes_from("a household id", &id)?);
        Ok(House { household, village: village_from(village)?, house_no })
    };
    rows.into_iter().map(house).collect()
}

/// The `nth` household of a tambon after one, by id, from 1; of one village alone if it is named. `None` where there are
/// fewer.
///
/// # Errors
/// The database's own.
pub fn nth_household(
    conn: &mut Conn,
    tambon: TambonCode,
    village: Option<VillageCode>,
    after: Option<HouseholdId>,
    nth: usize,
) -> Result<Option<HouseholdId>, StoreError> {
    let (after, _) = Span::from(after).bounds();
    let query = households::table
        .filter(households::tambon_code.eq(tambon_column(tambon)))
        .filter(households::household_id.gt(after))
        .order(households::household_id)
        .limit(1)
        .offset(limit(nth.saturating_sub(1)))
        .select(households::household_id);
    let id: Option<Vec<u8>> = match village {
        Some(village) => {
            let query = query.filter(households::village_code.eq(village_column(village)));
            each!(conn, |c| query.first(c).optional())?
        }
        None => each!(conn, |c| query.first(c).optional())?,
    };
    id.map(|id| Ok(HouseholdId(bytes_from("a household id", &id)?))).transpose()
}

/// What tells one house from another in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// House number.
    pub house_no: Option<String>,
    /// Name of the head of the household.
    pub head_name: Option<String>,
    /// People listed.
    pub members: i16,
}

type HeadRow = (Vec<u8>, Option<String>, Option<String>, i16);

/// The heads of these households; those that are not there are left out.
///
/// # Errors
/// The database's own; [`StoreError::Corrupt`] for an id that is none.
pub fn heads_by_id(
    conn: &mut Conn,
    tambon: TambonCode,
    ids: &[HouseholdId],
) -> Result<BTreeMap<HouseholdId, Head>, StoreError> {
    let ids: Vec<&[u8]> = ids.iter().map(HouseholdId::as_bytes).collect();
    let query = households::table
        .filter(households::tambon_code.eq(tambon_column(tambon)))
        .filter(households::household_id.eq_any(ids))
        .select((households::household_id, households::house_no, households::head_name, households::members));
    let rows: Vec<HeadRow> = each!(conn, |c| query.load(c))?;
    let head = |(id, house_no, head_name, members): HeadRow| {
        Ok((HouseholdId(bytes_from("a household id", &id)?), Head { house_no, head_name, members }))
    };
    rows.into_iter().map(head).collect()
}
