//! Conflicts: registers that hold several different values. Each is written down when it arises,
//! because the write that settles it removes it from the document, and kept for good.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use sync_protocol::ids::{DeviceId, HouseholdId, RowId, TambonCode};

use super::columns::{bytes_from, limit, seq_column, seq_from, tambon_column};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::conflicts;
use crate::clock::Micros;

/// One of the values that a register holds, and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The value.
    pub value: serde_json::Value,
    /// The device that wrote it, in hexadecimal digits.
    pub device: String,
    /// When that device says that it was written: Unix milliseconds.
    pub written_at_ms: i64,
    /// When the hub took it: microseconds.
    pub received_at: i64,
    /// Place of its change in the log.
    pub seq: u64,
}

/// How a conflict was settled.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// Place in the log of the change that settled it.
    pub seq: u64,
    /// When the hub took that.
    pub at: Micros,
    /// The device that wrote it; `None` if the household was folded instead.
    pub by: Option<DeviceId>,
    /// The value that stands.
    pub value: Option<serde_json::Value>,
}

/// A register with several different values, now or once.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// Place in the log of the change that made it.
    pub arisen_seq: u64,
    /// Its number among the conflicts that this change made.
    pub position: u32,
    /// The household.
    pub household: HouseholdId,
    /// The row; `None` for the household's own answers.
    pub row: Option<RowId>,
    /// The question.
    pub question: String,
    /// When the hub took the change that made it.
    pub arisen_at: Micros,
    /// Every value that took part, the one that is shown last.
    pub candidates: Vec<Candidate>,
    /// How it was settled; `None` while it is open.
    pub settled: Option<Settlement>,
}

fn row_column(row: Option<RowId>) -> Vec<u8> {
    row.map_or_else(Vec::new, |row| row.0.to_vec())
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn from_json<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("a conflict's values: {error}")))
}

/// Writes down a conflict that arose.
///
/// # Errors
/// The database's own.
pub fn open(tx: &mut Tx<'_>, tambon: TambonCode, conflict: &Conflict) -> Result<(), StoreError> {
    let insert = diesel::insert_into(conflicts::table).values((
        conflicts::tambon_code.eq(tambon_column(tambon)),
        conflicts::arisen_seq.eq(seq_column(conflict.arisen_seq)),
        conflicts::position.eq(i32::try_from(conflict.position).unwrap_or(i32::MAX)),
        conflicts::household_id.eq(conflict.household.0.as_slice()),
        conflicts::row_id.eq(row_column(conflict.row)),
        conflicts::question.eq(&conflict.question),
        conflicts::arisen_at.eq(conflict.arisen_at.0),
        conflicts::candidates.eq(json(&conflict.candidates)?),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// Writes a conflict's candidates and settlement in place of those that are there.
///
/// # Errors
/// The database's own.
pub fn update(tx: &mut Tx<'_>, tambon: TambonCode, conflict: &Conflict) -> Result<(), StoreError> {
    let settled = conflict.settled.as_ref();
    let value = settled.and_then(|settled| settled.value.as_ref()).map(json).transpose()?;
    let update = diesel::update(conflicts::table)
        .filter(conflicts::tambon_code.eq(tambon_column(tambon)))
        .filter(conflicts::arisen_seq.eq(seq_column(conflict.arisen_seq)))
        .filter(conflicts::position.eq(i32::try_from(conflict.position).unwrap_or(i32::MAX)))
        .set((
            conflicts::candidates.eq(json(&conflict.candidates)?),
            conflicts::settled_seq.eq(settled.map(|settled| seq_column(settled.seq))),
            conflicts::settled_at.eq(settled.map(|settled| settled.at.0)),
            conflicts::settled_by.eq(settled.and_then(|settled| settled.by).map(|by| by.0.to_vec())),
            conflicts::settled_value.eq(value),
        ));
    each!(&mut **tx, |c| update.execute(c))?;
    Ok(())
}

/// Forgets the conflicts of a tambon, before they are rebuilt from its log.
///
/// # Errors
/// The database's own.
pub fn clear(tx: &mut Tx<'_>, tambon: TambonCode) -> Result<(), StoreError> {
    let delete = diesel::delete(conflicts::table.filter(conflicts::tambon_code.eq(tambon_column(tambon))));
    each!(&mut **tx, |c| delete.execute(c))?;
    Ok(())
}

/// Forgets the conflicts of an erased household: they hold its answers.
///
/// # Errors
/// The database's own.
pub fn forget(tx: &mut Tx<'_>, tambon: TambonCode, household: HouseholdId) -> Result<(), StoreError> {
    let of = conflicts::table
        .filter(conflicts::tambon_code.eq(tambon_column(tambon)))
        .filter(conflicts::household_id.eq(household.0.as_slice()));
    let delete = diesel::delete(of);
    each!(&mut **tx, |c| delete.execute(c))?;
    Ok(())
}

#[derive(Queryable)]
struct Record {
    arisen_seq: i64,
    position: i32,
    household_id: Vec<u8>,
    row_id: Vec<u8>,
    question: String,
    arisen_at: i64,
    candidates: String,
    settled_seq: Option<i64>,
    settled_at: Option<i64>,
    settled_by: Option<Vec<u8>>,
    settled_value: Option<String>,
}

impl TryFrom<Record> for Conflict {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, StoreError> {
        let row = match record.row_id.as_slice() {
            [] => None,
            row => Some(RowId(bytes_from("a row id", row)?)),
        };
        let settled = match (record.settled_seq, record.settled_at) {
            (Some(seq), Some(at)) => Some(Settlement {
                seq: seq_from(seq)?,
                at: Micros(at),
                by: record.settled_by.map(|by| bytes_from("a device id", &by)).transpose()?.map(DeviceId),
                value: record.settled_value.as_deref().map(from_json).transpose()?,
            }),
            _ => None,
        };
        Ok(Self {
            arisen_seq: seq_from(record.arisen_seq)?,
            position: record.position.unsigned_abs(),
            household: HouseholdId(bytes_from("a household id", &record.household_id)?),
            row,
            question: record.question,
            arisen_at: Micros(record.arisen_at),
            candidates: from_json(&record.candidates)?,
            settled,
        })
    }
}

macro_rules! columns {
    () => {
        (
            conflicts::arisen_seq,
            conflicts::position,
            conflicts::household_id,
            conflicts::row_id,
            conflicts::question,
            conflicts::arisen_at,
            conflicts::candidates,
            conflicts::settled_seq,
            conflicts::settled_at,
            conflicts::settled_by,
            conflicts::settled_value,
        )
    };
}

/// Every conflict of one household, in the order in which they arose.
///
/// # Errors
/// The database's own.
pub fn of_household(
    conn: &mut Conn,
    tambon: TambonCode,
    household: HouseholdId,
) -> Result<Vec<Conflict>, StoreError> {
    let query = conflicts::table
        .filter(conflicts::tambon_code.eq(tambon_column(tambon)))
        .filter(conflicts::household_id.eq(household.0.as_slice()))
        .order((conflicts::arisen_seq, conflicts::position))
        .select(columns!());
    let records: Vec<Record> = each!(conn, |c| query.load(c))?;
    records.into_iter().map(Conflict::try_from).collect()
}

/// Conflicts of a tambon in the order in which they arose: at most `count`, after the one named;
/// those that were settled too, unless only `open` ones are asked for.
///
/// # Errors
/// The database's own.
pub fn page(
    conn: &mut Conn,
    tambon: TambonCode,
    open: bool,
    after: Option<(u64, u32)>,
    count: usize,
) -> Result<Vec<Conflict>, StoreError> {
    let (seq, position) = after
        .map_or((-1, -1), |(seq, position)| (seq_column(seq), i32::try_from(position).unwrap_or(i32::MAX)));
    let query = conflicts::table
        .filter(conflicts::tambon_code.eq(tambon_column(tambon)))
        .filter(conflicts::arisen_seq.ge(seq))
        .filter(conflicts::arisen_seq.gt(seq).or(conflicts::position.gt(position)))
        .order((conflicts::arisen_seq, conflicts::position))
        .limit(limit(count))
        .select(columns!());
    let records: Vec<Record> = if open {
        let query = query.filter(conflicts::settled_seq.is_null());
        each!(conn, |c| query.load(c))?
    } else {
        each!(conn, |c| query.load(c))?
    };
    records.into_iter().map(Conflict::try_from).collect()
}
