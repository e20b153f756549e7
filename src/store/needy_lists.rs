//! Needy lists: what each version began with, and what happened to it.

use diesel::prelude::*;
use sync_protocol::ids::TambonCode;

use super::columns::{bytes_from, seq_column, seq_from, tambon_column};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::{needy_list_events as events, needy_lists as lists};
use crate::clock::Micros;

/// Tells a list from others of its tambon; its versions share it.
pub type ListId = [u8; 16];

/// What the overview of lists shows of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The list.
    pub list: ListId,
    /// From 1.
    pub number: u32,
    /// Who drafted it.
    pub drafted_by: String,
    /// When.
    pub drafted_at: Micros,
    /// Name of the state that it is in.
    pub state: String,
    /// Number of its last event.
    pub revision: u64,
    /// Households that stand on it.
    pub standing: u32,
    /// Hash of its content, once it was approved.
    pub sha256: Option<String>,
}

/// Something that happened to a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From 1.
    pub number: u64,
    /// Who.
    pub by: String,
    /// When.
    pub at: Micros,
    /// What: JSON.
    pub act: String,
}

/// Keeps a new version with what it begins with, as JSON.
///
/// # Errors
/// The database's own.
pub fn insert(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    version: &Version,
    opening: &str,
) -> Result<(), StoreError> {
    let insert = diesel::insert_into(lists::table).values((
        lists::tambon_code.eq(tambon_column(tambon)),
        lists::list_id.eq(version.list.as_slice()),
        lists::version.eq(version.number.cast_signed()),
        lists::opening.eq(opening),
        lists::drafted_by.eq(&version.drafted_by),
        lists::drafted_at.eq(version.drafted_at.0),
        lists::state.eq(&version.state),
        lists::revision.eq(seq_column(version.revision)),
        lists::standing.eq(version.standing.cast_signed()),
        lists::sha256.eq(&version.sha256),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// Writes down how far a version is.
///
/// # Errors
/// The database's own.
pub fn note(tx: &mut Tx<'_>, tambon: TambonCode, version: &Version) -> Result<(), StoreError> {
    let update = diesel::update(lists::table)
        .filter(lists::tambon_code.eq(tambon_column(tambon)))
        .filter(lists::list_id.eq(version.list.as_slice()))
        .filter(lists::version.eq(version.number.cast_signed()))
        .set((
            lists::state.eq(&version.state),
            lists::revision.eq(seq_column(version.revision)),
            lists::standing.eq(version.standing.cast_signed()),
            lists::sha256.eq(&version.sha256),
        ));
    each!(&mut **tx, |c| update.execute(c))?;
    Ok(())
}

type Columns = (Vec<u8>, i32, String, i64, String, i64, i32, Option<String>);

fn from_columns(
    (list, number, drafted_by, drafted_at, state, revision, standing, sha256): Columns,
) -> Result<Version, StoreError> {
    Ok(Version {
        list: bytes_from("a list's id", &list)?,
        number: number.unsigned_abs(),
        drafted_by,
        drafted_at: Micros(drafted_at),
        state,
        revision: seq_from(revision)?,
        standing: standing.unsigned_abs(),
        sha256,
    })
}

/// The columns of an overview.
macro_rules! columns {
    () => {
        (
            lists::list_id,
            lists::version,
            lists::drafted_by,
            lists::drafted_at,
            lists::state,
            lists::revision,
            lists::standing,
            lists::sha256,
        )
    };
}

/// Every version of every list of a tambon, the newest draft first.
///
/// # Errors
/// The database's own.
pub fn all(conn: &mut Conn, tambon: TambonCode) -> Result<Vec<Version>, StoreError> {
    let query = lists::table
        .filter(lists::tambon_code.eq(tambon_column(tambon)))
        .order((lists::drafted_at.desc(), lists::list_id, lists::version.desc()))
        .select(columns!());
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(from_columns).collect()
}

/// A version, the last unless one is named, with what it began with.
///
/// # Errors
/// The database's own.
pub fn find(
    conn: &mut Conn,
    tambon: TambonCode,
    list: ListId,
    number: Option<u32>,
) -> Result<Option<(Version, String)>, StoreError> {
    let query = lists::table
        .filter(lists::tambon_code.eq(tambon_column(tambon)))
        .filter(lists::list_id.eq(list.as_slice()))
        .filter(lists::version.le(number.map_or(i32::MAX, u32::cast_signed)))
        .order(lists::version.desc())
        .select((columns!(), lists::opening));
    let row: Option<(Columns, String)> = each!(conn, |c| query.first(c).optional())?;
    let Some((row, opening)) = row else { return Ok(None) };
    let version = from_columns(row)?;
    let is_asked_for = number.is_none_or(|number| number == version.number);
    Ok(is_asked_for.then_some((version, opening)))
}

/// Adds what happened to a version.
///
/// # Errors
/// The database's own.
pub fn append(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    list: ListId,
    version: u32,
    entry: &Entry,
) -> Result<(), StoreError> {
    let insert = diesel::insert_into(events::table).values((
        events::tambon_code.eq(tambon_column(tambon)),
        events::list_id.eq(list.as_slice()),
        events::version.eq(version.cast_signed()),
        events::number.eq(seq_column(entry.number)),
        events::made_by.eq(&entry.by),
        events::made_at.eq(entry.at.0),
        events::act.eq(&entry.act),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// What happened to a version, in order.
///
/// # Errors
/// The database's own.
pub fn entries(
    conn: &mut Conn,
    tambon: TambonCode,
    list: ListId,
    version: u32,
) -> Result<Vec<Entry>, StoreError> {
    let query = events::table
        .filter(events::tambon_code.eq(tambon_column(tambon)))
        .filter(events::list_id.eq(list.as_slice()))
        .filter(events::version.eq(version.cast_signed()))
        .order(events::number)
        .select((events::number, events::made_by, events::made_at, events::act));
    let rows: Vec<(i64, String, i64, String)> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(number, by, at, act)| Ok(Entry { number: seq_from(number)?, by, at: Micros(at), act }))
        .collect()
}
