//! The log of a tambon: the truth. Entries are appended and never altered, but that an erased household's
//! changes lose their bytes.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, SmallInt};
use sync_protocol::cursor::{Chain, EntryKind};
use sync_protocol::ids::{ChangeHash, DeviceId, HouseholdId, TambonCode, VillageCode};

use super::columns::{bytes_from, limit, seq_column, seq_from, tambon_column, village_column, village_from};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::changes;
use super::statement::statement;
use crate::clock::Micros;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place.
    pub seq: u64,
    /// The village in whose scope it lies.
    pub village: VillageCode,
    /// The household that it is about.
    pub household: HouseholdId,
    /// What it says.
    pub kind: EntryKind,
    /// The change's hash; of another kind the SHA-256 of its payload.
    pub hash: ChangeHash,
    /// The device that brought it.
    pub device: DeviceId,
    /// When the hub took it.
    pub received_at: Micros,
    /// The change chunk as it was received, or what [`EntryKind`] says. A change without bytes is of a
    /// household that was erased.
    pub payload: Vec<u8>,
}

impl LogEntry {
    /// Whether it is a change that was forgotten with its household.
    #[must_use]
    pub fn is_forgotten(&self) -> bool {
        self.kind == EntryKind::Change && self.payload.is_empty()
    }
}

statement! {
    Append = "INSERT INTO changes (tambon_code, seq, village_code, household_id, kind, hash, chain, device_id, \
              received_at, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    tambon_code: i32 => Integer,
    seq: i64 => BigInt,
    village_code: i32 => Integer,
    household_id: &'a [u8] => Binary,
    kind: i16 => SmallInt,
    hash: &'a [u8] => Binary,
    chain: &'a [u8] => Binary,
    device_id: &'a [u8] => Binary,
    received_at: i64 => BigInt,
    payload: &'a [u8] => Binary,
}

/// What is appended; the log gives it its place.
#[derive(Debug, Clone, Copy)]
pub struct NewEntry<'a> {
    /// See [`LogEntry::village`].
    pub village: VillageCode,
    /// See [`LogEntry::household`].
    pub household: HouseholdId,
    /// See [`LogEntry::kind`].
    pub kind: EntryKind,
    /// See [`LogEntry::hash`].
    pub hash: ChangeHash,
    /// See [`LogEntry::device`].
    pub device: DeviceId,
    /// See [`LogEntry::received_at`].
    pub received_at: Micros,
    /// See [`LogEntry::payload`].
    pub payload: &'a [u8],
}

/// Appends one entry as number `seq`, at which the running hash of the log is `chain`.
///
/// # Errors
/// The database's own.
pub fn append(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    seq: u64,
    chain: &Chain,
    entry: &NewEntry<'_>,
) -> Result<(), StoreError> {
    let statement = Append {
        tambon_code: tambon_column(tambon),
        seq: seq_column(seq),
        village_code: village_column(entry.village),
        household_id: &entry.household.0,
        kind: i16::from(entry.kind as u8),
        hash: &entry.hash.0,
        chain: &chain.short(),
        device_id: &entry.device.0,
        received_at: entry.received_at.0,
        payload: entry.payload,
    };
    statement.execute(tx).map(drop)
}

type Columns = (i64, i32, Vec<u8>, i16, Vec<u8>, Vec<u8>, i64, Vec<u8>);

const COLUMNS: (
    changes::seq,
    changes::village_code,
    changes::household_id,
    changes::kind,
    changes::hash,
    changes::device_id,
    changes::received_at,
    changes::payload,
) = (
    changes::seq,
    changes::village_code,
    changes::household_id,
    changes::kind,
    changes::hash,
    changes::device_id,
    changes::received_at,
    changes::payload,
);

fn from_columns(
    (seq, village, household, kind, hash, device, received_at, payload): Columns,
) -> Result<LogEntry, StoreError> {
    let kind = u8::try_from(kind).ok().and_then(|kind| EntryKind::try_from(kind).ok());
    Ok(LogEntry {
        seq: seq_from(seq)?,
        village: village_from(village)?,
        household: HouseholdId(bytes_from("a household id", &household)?),
        kind: kind.ok_or_else(|| StoreError::Corrupt(format!("log entry {seq} is of an unknown kind")))?,
        hash: ChangeHash(bytes_from("a change hash", &hash)?),
        device: DeviceId(bytes_from("a device id", &device)?),
        received_at: Micros(received_at),
        payload,
    })
}

/// The first 8 bytes of the running hash at entry `seq`, if there is such an entry.
///
/// # Errors
/// The database's own.
pub fn chain_at(conn: &mut Conn, tambon: TambonCode, seq: u64) -> Result<Option<[u8; 8]>, StoreError> {
    let query = changes::table
        .filter(changes::tambon_code.eq(tambon_column(tambon)))
        .filter(changes::seq.eq(seq_column(seq)))
        .select(changes::chain);
    let chain: Option<Vec<u8>> = each!(conn, |c| query.first(c).optional())?;
    chain.map(|chain| bytes_from("a chain", &chain)).transpose()
}

/// The entries after `after`, in order, at most `count`.
///
/// # Errors
/// The database's own.
pub fn page(
    conn: &mut Conn,
    tambon: TambonCode,
    after: u64,
    count: usize,
) -> Result<Vec<LogEntry>, StoreError> {
    let query = changes::table
        .filter(changes::tambon_code.eq(tambon_column(tambon)))
        .filter(changes::seq.gt(seq_column(after)))
        .order(changes::seq)
        .limit(limit(count))
        .select(COLUMNS);
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(from_columns).collect()
}

/// As [`page`], with the running hash's first bytes: for whoever verifies the log.
///
/// # Errors
/// The database's own.
pub fn page_with_chain(
    conn: &mut Conn,
    tambon: TambonCode,
    after: u64,
    count: usize,
) -> Result<Vec<(LogEntry, [u8; 8])>, StoreError> {
    let query = changes::table
        .filter(changes::tambon_code.eq(tambon_column(tambon)))
        .filter(changes::seq.gt(seq_column(after)))
        .order(changes::seq)
        .limit(limit(count))
        .select((COLUMNS, changes::chain));
    let rows: Vec<(Columns, Vec<u8>)> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(columns, chain)| Ok((from_columns(columns)?, bytes_from("a chain", &chain)?)))
        .collect()
}

/// Places of a village's entries after `after`, in order, at most `count`. Reads the index alone.
///
/// # Errors
/// The database's own.
pub fn places_in_village(
    conn: &mut Conn,
    village: VillageCode,
    after: u64,
    count: usize,
) -> Result<Vec<u64>, StoreError> {
    let query = changes::table
        .filter(changes::tambon_code.eq(tambon_column(village.tambon())))
        .filter(changes::village_code.eq(village_column(village)))
        .filter(changes::seq.gt(seq_column(after)))
        .order(changes::seq)
        .limit(limit(count))
        .select(changes::seq);
    let places: Vec<i64> = each!(conn, |c| query.load(c))?;
    places.into_iter().map(seq_from).collect()
}

diesel::define_sql_function! {
    /// Bytes of a column.
    fn length(bytes: Binary) -> Integer;
}

/// How many bytes each of a village's entries after `after` is long, in order, at most `count`.
///
/// # Errors
/// The database's own.
pub fn lengths_in_village(
    conn: &mut Conn,
    village: VillageCode,
    after: u64,
    count: usize,
) -> Result<Vec<usize>, StoreError> {
    let query = changes::table
        .filter(changes::tambon_code.eq(tambon_column(village.tambon())))
        .filter(changes::village_code.eq(village_column(village)))
        .filter(changes::seq.gt(seq_column(after)))
        .order(changes::seq)
        .limit(limit(count))
        .select(length(changes::payload));
    let lengths: Vec<i32> = each!(conn, |c| query.load(c))?;
    Ok(lengths.into_iter().map(|length| length.unsigned_abs() as usize).collect())
}

/// The entries at these places, in order; places that do not exist are left out.
///
/// # Errors
/// The database's own.
pub fn at(conn: &mut Conn, tambon: TambonCode, places: &[u64]) -> Result<Vec<LogEntry>, StoreError> {
    let mut entries = Vec::with_capacity(places.len());
    for places in places.chunks(PLACES_AT_ONCE) {
        let places: Vec<i64> = places.iter().copied().map(seq_column).collect();
        let query = changes::table
            .filter(changes::tambon_code.eq(tambon_column(tambon)))
            .filter(changes::seq.eq_any(places))
            .order(changes::seq)
            .select(COLUMNS);
        let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
        for row in rows {
            entries.push(from_columns(row)?);
        }
    }
    Ok(entries)
}

/// The entries about one household after `after`, in order, at most `count`.
///
/// # Errors
/// The database's own.
pub fn of_household(
    conn: &mut Conn,
    tambon: TambonCode,
    household: HouseholdId,
    after: u64,
    count: usize,
) -> Result<Vec<LogEntry>, StoreError> {
    let query = changes::table
        .filter(changes::tambon_code.eq(tambon_column(tambon)))
        .filter(changes::household_id.eq(household.0.as_slice()))
        .filter(changes::seq.gt(seq_column(after)))
        .order(changes::seq)
        .limit(limit(count))
        .select(COLUMNS);
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(from_columns).collect()
}

/// The villages in whose scope something about a household was logged.
///
/// # Errors
/// The database's own.
pub fn villages_of(
    conn: &mut Conn,
    tambon: TambonCode,
    household: HouseholdId,
) -> Result<Vec<VillageCode>, StoreError> {
    let query = changes::table
        .filter(changes::tambon_code.eq(tambon_column(tambon)))
        .filter(changes::household_id.eq(household.0.as_slice()))
        .order(changes::village_code)
        .select(changes::village_code)
        .distinct();
    let villages: Vec<i32> = each!(conn, |c| query.load(c))?;
    villages.into_iter().map(village_from).collect()
}

/// Forgets what the changes of an erased household said: their bytes become empty, their places, hashes and
/// the running hash stay. The only time that an entry is altered.
///
/// # Errors
/// The database's own.
pub fn forget(tx: &mut Tx<'_>, tambon: TambonCode, household: HouseholdId) -> Result<(), StoreError> {
    let of = changes::table
        .filter(changes::tambon_code.eq(tambon_column(tambon)))
        .filter(changes::household_id.eq(household.0.as_slice()))
        .filter(changes::kind.eq(i16::from(EntryKind::Change as u8)));
    let update = diesel::update(of).set(changes::payload.eq(Vec::new()));
    each!(&mut **tx, |c| update.execute(c))?;
    Ok(())
}

/// Entries that [`at`] asks for in one statement.
pub const PLACES_AT_ONCE: usize = 128;

/// One household that changed, with the place of its last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// The household.
    pub household: HouseholdId,
    /// Place of its last entry within what was asked for.
    pub seq: u64,
}

/// Which households the log names after `after`, each once, by the place of its last entry; reads
/// at most `count` entries. Gives also the place up to which it read.
///
/// # Errors
/// The database's own.
pub fn households_touched(
    conn: &mut Conn,
    tambon: TambonCode,
    after: u64,
    count: usize,
) -> Result<(Vec<Touched>, u64), StoreError> {
    let query = changes::table
        .filter(changes::tambon_code.eq(tambon_column(tambon)))
        .filter(changes::seq.gt(seq_column(after)))
        .order(changes::seq)
        .limit(limit(count))
        .select((changes::seq, changes::household_id));
    let rows: Vec<(i64, Vec<u8>)> = each!(conn, |c| query.load(c))?;
    let mut last_of = std::collections::BTreeMap::new();
    let mut read_to = after;
    for (seq, household) in rows {
        read_to = seq_from(seq)?;
        last_of.insert(HouseholdId(bytes_from("a household id", &household)?), read_to);
    }
    let mut touched: Vec<Touched> =
        last_of.into_iter().map(|(household, seq)| Touched { household, seq }).collect();
    touched.sort_unstable_by_key(|touched| touched.seq);
    Ok((touched, read_to))
}
