//! Changes that were not accepted: kept with the reason, so that a person can look and nothing that
//! somebody saved is lost.

use diesel::prelude::*;
use sha2::{Digest, Sha256};
use sync_protocol::hub::Reason;
use sync_protocol::ids::{ChangeHash, DeviceId, HouseholdId, TambonCode, VillageCode};

use super::columns::{bytes_from, limit, tambon_column, village_column, village_from};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::quarantine;
use crate::clock::Micros;

/// A change that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// See [`hash_of`].
    pub hash: ChangeHash,
    /// The village that the device named.
    pub village: VillageCode,
    /// The household that the device named.
    pub household: HouseholdId,
    /// The device that sent it.
    pub device: DeviceId,
    /// Why it is here.
    pub reason: Reason,
    /// When it came first.
    pub received_at: Micros,
    /// What came.
    pub bytes: Vec<u8>,
}

/// The hash that these bytes would have as a change, whether or not they are one: SHA-256 of what
/// follows the first 8 bytes (magic and checksum).
#[must_use]
pub fn hash_of(bytes: &[u8]) -> ChangeHash {
    ChangeHash(Sha256::digest(bytes.get(8..).unwrap_or(bytes)).into())
}

/// Keeps a change, unless it is kept already.
///
/// # Errors
/// The database's own.
pub fn keep(tx: &mut Tx<'_>, tambon: TambonCode, change: &Quarantined) -> Result<(), StoreError> {
    let insert = diesel::insert_into(quarantine::table)
        .values((
            quarantine::tambon_code.eq(tambon_column(tambon)),
            quarantine::hash.eq(change.hash.0.as_slice()),
            quarantine::village_code.eq(village_column(change.village)),
            quarantine::household_id.eq(change.household.0.as_slice()),
            quarantine::device_id.eq(change.device.0.as_slice()),
            quarantine::reason.eq(i16::from(change.reason.code())),
            quarantine::received_at.eq(change.received_at.0),
            quarantine::bytes.eq(&change.bytes),
        ))
        .on_conflict_do_nothing();
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// Whether a change with this hash is kept.
///
/// # Errors
/// The database's own.
pub fn contains(conn: &mut Conn, tambon: TambonCode, hash: ChangeHash) -> Result<bool, StoreError> {
    let query = quarantine::table
        .filter(quarantine::tambon_code.eq(tambon_column(tambon)))
        .filter(quarantine::hash.eq(hash.0.as_slice()))
        .select(quarantine::reason);
    let reason: Option<i16> = each!(conn, |c| query.get_result(c).optional())?;
    Ok(reason.is_some())
}

/// Lets go of a change, because it was accepted after all or a person decided so; whether it was there.
///
/// # Errors
/// The database's own.
pub fn release(tx: &mut Tx<'_>, tambon: TambonCode, hash: ChangeHash) -> Result<bool, StoreError> {
    let delete = diesel::delete(quarantine::table)
        .filter(quarantine::tambon_code.eq(tambon_column(tambon)))
        .filter(quarantine::hash.eq(hash.0.as_slice()));
    Ok(each!(&mut **tx, |c| delete.execute(c))? > 0)
}

/// Forgets what is kept of an erased household.
///
/// # Errors
/// The database's own.
pub fn forget(tx: &mut Tx<'_>, tambon: TambonCode, household: HouseholdId) -> Result<(), StoreError> {
    let delete = diesel::delete(quarantine::table)
        .filter(quarantine::tambon_code.eq(tambon_column(tambon)))
        .filter(quarantine::household_id.eq(household.0.as_slice()));
    each!(&mut **tx, |c| delete.execute(c))?;
    Ok(())
}

type Columns = (Vec<u8>, i32, Vec<u8>, Vec<u8>, i16, i64, Vec<u8>);

fn from_columns(
    (hash, village, household, device, reason, received_at, bytes): Columns,
) -> Result<Quarantined, StoreError> {
    let known = u8::try_from(reason).ok().and_then(Reason::from_code);
    Ok(Quarantined {
        hash: ChangeHash(bytes_from("a change hash", &hash)?),
        village: village_from(village)?,
        household: HouseholdId(bytes_from("a household id", &household)?),
        device: DeviceId(bytes_from("a device id", &device)?),
        reason: known.ok_or_else(|| StoreError::Corrupt(format!("unknown quarantine reason {reason}")))?,
        received_at: Micros(received_at),
        bytes,
    })
}

/// The change with this hash, if it is kept.
///
/// # Errors
/// The database's own.
pub fn find(
    conn: &mut Conn,
    tambon: TambonCode,
    hash: ChangeHash,
) -> Result<Option<Quarantined>, StoreError> {
    let query = quarantine::table
        .filter(quarantine::tambon_code.eq(tambon_column(tambon)))
        .filter(quarantine::hash.eq(hash.0.as_slice()))
        .select((
            quarantine::hash,
            quarantine::village_code,
            quarantine::household_id,
            quarantine::device_id,
            quarantine::reason,
            quarantine::received_at,
            quarantine::bytes,
        ));
    let row: Option<Columns> = each!(conn, |c| query.get_result(c).optional())?;
    row.map(from_columns).transpose()
}

/// Changes of a tambon in the order in which they came: at most `count`, after the one named.
///
/// # Errors
/// The database's own.
pub fn page(
    conn: &mut Conn,
    tambon: TambonCode,
    after: Option<(Micros, ChangeHash)>,
    count: usize,
) -> Result<Vec<Quarantined>, StoreError> {
    let (at, hash) = after.map_or((i64::MIN, Vec::new()), |(at, hash)| (at.0, hash.0.to_vec()));
    let query = quarantine::table
        .filter(quarantine::tambon_code.eq(tambon_column(tambon)))
        .filter(quarantine::received_at.ge(at))
        .filter(quarantine::received_at.gt(at).or(quarantine::hash.gt(hash)))
        .order((quarantine::received_at, quarantine::hash))
        .limit(limit(count))
        .select((
            quarantine::hash,
            quarantine::village_code,
            quarantine::household_id,
            quarantine::device_id,
            quarantine::reason,
            quarantine::received_at,
            quarantine::bytes,
        ));
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(from_columns).collect()
}

/// Whether no change of a tambon is kept.
///
/// # Errors
/// The database's own.
pub fn is_empty(conn: &mut Conn, tambon: TambonCode) -> Result<bool, StoreError> {
    let query = quarantine::table
        .filter(quarantine::tambon_code.eq(tambon_column(tambon)))
        .select(quarantine::reason)
        .limit(1);
    let reason: Option<i16> = each!(conn, |c| query.get_result(c).optional())?;
    Ok(reason.is_none())
}

/// How many changes of a tambon are kept.
///
/// # Errors
/// The database's own.
pub fn count(conn: &mut Conn, tambon: TambonCode) -> Result<u64, StoreError> {
    let query = quarantine::table.filter(quarantine::tambon_code.eq(tambon_column(tambon))).count();
    let count: i64 = each!(conn, |c| query.get_result(c))?;
    super::columns::seq_from(count)
}
