//! What two households have in common that look like one, and what a person said of them.

use diesel::prelude::*;
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};

use super::columns::{bytes_from, limit, tambon_column, village_from};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::{duplicate_decisions, households, members};
use crate::clock::Micros;

/// What tells one house from another.
#[derive(Debug, Clone, PartialEq)]
pub struct Traits {
    /// The household.
    pub household: HouseholdId,
    /// The village that it belongs to.
    pub village: VillageCode,
    /// House number.
    pub house_no: Option<String>,
    /// Latitude and longitude in degrees.
    pub point: Option<(f64, f64)>,
}

/// The traits of a tambon's households by id: at most `count`, after `after`.
///
/// # Errors
/// The database's own.
pub fn traits(
    conn: &mut Conn,
    tambon: TambonCode,
    after: Option<HouseholdId>,
    count: usize,
) -> Result<Vec<Traits>, StoreError> {
    type Columns = (Vec<u8>, i32, Option<String>, Option<f64>, Option<f64>);
    let after = after.map_or_else(Vec::new, |household| household.0.to_vec());
    let query = households::table
        .filter(households::tambon_code.eq(tambon_column(tambon)))
        .filter(households::household_id.gt(after))
        .order(households::household_id)
        .limit(limit(count))
        .select((
            households::household_id,
            households::village_code,
            households::house_no,
            households::lat,
            households::lon,
        ));
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(household, village, house_no, lat, lon)| {
            Ok(Traits {
                household: HouseholdId(bytes_from("a household id", &household)?),
                village: village_from(village)?,
                house_no,
                point: lat.zip(lon),
            })
        })
        .collect()
}

/// Citizen ids that occur in several households of the tambon, with those households.
///
/// # Errors
/// The database's own.
pub fn shared_citizens(
    conn: &mut Conn,
    tambon: TambonCode,
) -> Result<Vec<(String, Vec<HouseholdId>)>, StoreError> {
    let query = members::table
        .filter(members::tambon_code.eq(tambon_column(tambon)))
        .filter(members::citizen_id.is_not_null())
        .order((members::citizen_id, members::household_id))
        .select((members::citizen_id.assume_not_null(), members::household_id))
        .distinct();
    let rows: Vec<(String, Vec<u8>)> = each!(conn, |c| query.load(c))?;
    let mut shared: Vec<(String, Vec<HouseholdId>)> = Vec::new();
    for (citizen, household) in rows {
        let household = HouseholdId(bytes_from("a household id", &household)?);
        match shared.last_mut() {
            Some((last, households)) if *last == citizen => households.push(household),
            _ => {
                shared.pop_if(|(_, households)| households.len() < 2);
                shared.push((citizen, vec![household]));
            }
        }
    }
    shared.pop_if(|(_, households)| households.len() < 2);
    Ok(shared)
}

/// What a person said of two households.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The household with the lesser id.
    pub one: HouseholdId,
    /// The other.
    pub other: HouseholdId,
    /// Whether they are one.
    pub same: bool,
    /// Who said so.
    pub decided_by: String,
    /// When.
    pub decided_at: Micros,
}

/// Writes down a decision in place of an earlier one on the same two households.
///
/// # Errors
/// The database's own.
pub fn decide(tx: &mut Tx<'_>, tambon: TambonCode, decision: &Decision) -> Result<(), StoreError> {
    let (one, other) = (decision.one.min(decision.other), decision.one.max(decision.other));
    let delete = diesel::delete(duplicate_decisions::table)
        .filter(duplicate_decisions::tambon_code.eq(tambon_column(tambon)))
        .filter(duplicate_decisions::household_a.eq(one.0.as_slice()))
        .filter(duplicate_decisions::household_b.eq(other.0.as_slice()));
    each!(&mut **tx, |c| delete.execute(c))?;
    let insert = diesel::insert_into(duplicate_decisions::table).values((
        duplicate_decisions::tambon_code.eq(tambon_column(tambon)),
        duplicate_decisions::household_a.eq(one.0.as_slice()),
        duplicate_decisions::household_b.eq(other.0.as_slice()),
        duplicate_decisions::same.eq(decision.same),
        duplicate_decisions::decided_by.eq(&decision.decided_by),
        duplicate_decisions::decided_at.eq(decision.decided_at.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// Every decision of a tambon.
///
/// # Errors
/// The database's own.
pub fn decisions(conn: &mut Conn, tambon: TambonCode) -> Result<Vec<Decision>, StoreError> {
    type Columns = (Vec<u8>, Vec<u8>, bool, String, i64);
    let query = duplicate_decisions::table
        .filter(duplicate_decisions::tambon_code.eq(tambon_column(tambon)))
        .order((duplicate_decisions::household_a, duplicate_decisions::household_b))
        .select((
            duplicate_decisions::household_a,
            duplicate_decisions::household_b,
            duplicate_decisions::same,
            duplicate_decisions::decided_by,
            duplicate_decisions::decided_at,
        ));
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(one, other, same, decided_by, decided_at)| {
            Ok(Decision {
                one: HouseholdId(bytes_from("a household id", &one)?),
                other: HouseholdId(bytes_from("a household id", &other)?),
                same,
                decided_by,
                decided_at: Micros(decided_at),
            })
        })
        .collect()
}
