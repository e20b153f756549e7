//! Devices, and the one-time codes by which they are enrolled.

use diesel::prelude::*;
use sync_protocol::ids::{DeviceId, TambonCode, VillageCode};

use super::columns::{bytes_from, limit, tambon_column, tambon_from, villages_column, villages_from};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::{devices, enrolment_codes};
use crate::clock::Micros;

/// A volunteer's phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The tambon that it belongs to.
    pub tambon: TambonCode,
    /// Its id: the first half of its actors.
    pub id: DeviceId,
    /// SHA-256 of its token's secret.
    pub token_hash: [u8; 32],
    /// Who carries it.
    pub person: String,
    /// Its scope.
    pub villages: Vec<VillageCode>,
    /// Since when.
    pub enrolled_at: Micros,
    /// When it last sent changes.
    pub pushed_at: Option<Micros>,
    /// When its token was revoked; its changes are taken all the same if another device brings them.
    pub revoked_at: Option<Micros>,
}

impl Device {
    /// Whether the village lies in its scope.
    #[must_use]
    pub fn sees(&self, village: VillageCode) -> bool {
        self.villages.contains(&village)
    }
}

type Columns = (i32, Vec<u8>, Vec<u8>, String, String, i64, Option<i64>, Option<i64>);

const COLUMNS: (
    devices::tambon_code,
    devices::device_id,
    devices::token_hash,
    devices::person,
    devices::villages,
    devices::enrolled_at,
    devices::pushed_at,
    devices::revoked_at,
) = (
    devices::tambon_code,
    devices::device_id,
    devices::token_hash,
    devices::person,
    devices::villages,
    devices::enrolled_at,
    devices::pushed_at,
    devices::revoked_at,
);

fn from_columns(
    (tambon, id, token_hash, person, villages, enrolled_at, pushed_at, revoked_at): Columns,
) -> Result<Device, StoreError> {
    Ok(Device {
        tambon: tambon_from(tambon)?,
        id: DeviceId(bytes_from("a device id", &id)?),
        token_hash: bytes_from("a token's hash", &token_hash)?,
        person,
        villages: villages_from(&villages)?,
        enrolled_at: Micros(enrolled_at),
        pushed_at: pushed_at.map(Micros),
        revoked_at: revoked_at.map(Micros),
    })
}

/// Enrols a device.
///
/// # Errors
/// The database's own.
pub fn enrol(tx: &mut Tx<'_>, device: &Device) -> Result<(), StoreError> {
    let insert = diesel::insert_into(devices::table).values((
        devices::tambon_code.eq(tambon_column(device.tambon)),
        devices::device_id.eq(device.id.0.as_slice()),
        devices::token_hash.eq(device.token_hash.as_slice()),
        devices::person.eq(&device.person),
        devices::villages.eq(villages_column(&device.villages)),
        devices::enrolled_at.eq(device.enrolled_at.0),
        devices::pushed_at.eq(device.pushed_at.map(|at| at.0)),
        devices::revoked_at.eq(device.revoked_at.map(|at| at.0)),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// One device, revoked or not.
///
/// # Errors
/// The database's own.
pub fn find(conn: &mut Conn, tambon: TambonCode, id: DeviceId) -> Result<Option<Device>, StoreError> {
    let query = devices::table
        .filter(devices::tambon_code.eq(tambon_column(tambon)))
        .filter(devices::device_id.eq(id.0.as_slice()))
        .select(COLUMNS);
    let row: Option<Columns> = each!(conn, |c| query.get_result(c).optional())?;
    row.map(from_columns).transpose()
}

/// The devices of a tambon by id: at most `count`, after `after`.
///
/// # Errors
/// The database's own.
pub fn page(
    conn: &mut Conn,
    tambon: TambonCode,
    after: Option<DeviceId>,
    count: usize,
) -> Result<Vec<Device>, StoreError> {
    let after = after.map_or_else(Vec::new, |id| id.0.to_vec());
    let query = devices::table
        .filter(devices::tambon_code.eq(tambon_column(tambon)))
        .filter(devices::device_id.gt(after))
        .order(devices::device_id)
        .limit(limit(count))
        .select(COLUMNS);
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(from_columns).collect()
}

/// Notes when a device last sent changes.
///
/// # Errors
/// The database's own.
pub fn note_push(tx: &mut Tx<'_>, tambon: TambonCode, id: DeviceId, now: Micros) -> Result<(), StoreError> {
    super::statement::statement! {
        NotePush = "UPDATE devices SET pushed_at = ? WHERE tambon_code = ? AND device_id = ?";
        pushed_at: i64 => diesel::sql_types::BigInt,
        tambon_code: i32 => diesel::sql_types::Integer,
        device_id: &'a [u8] => diesel::sql_types::Binary,
    }
    let statement = NotePush { pushed_at: now.0, tambon_code: tambon_column(tambon), device_id: &id.0 };
    statement.execute(tx).map(drop)
}

/// Takes a device's token away; whether there was one to take.
///
/// # Errors
/// The database's own.
pub fn revoke(tx: &mut Tx<'_>, tambon: TambonCode, id: DeviceId, now: Micros) -> Result<bool, StoreError> {
    let update = diesel::update(devices::table)
        .filter(devices::tambon_code.eq(tambon_column(tambon)))
        .filter(devices::device_id.eq(id.0.as_slice()))
        .filter(devices::revoked_at.is_null())
        .set(devices::revoked_at.eq(now.0));
    Ok(each!(&mut **tx, |c| update.execute(c))? > 0)
}

/// Gives a device another scope; whether there is such a device.
///
/// # Errors
/// The database's own.
pub fn set_villages(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    id: DeviceId,
    villages: &[VillageCode],
) -> Result<bool, StoreError> {
    let update = diesel::update(devices::table)
        .filter(devices::tambon_code.eq(tambon_column(tambon)))
        .filter(devices::device_id.eq(id.0.as_slice()))
        .set(devices::villages.eq(villages_column(villages)));
    Ok(each!(&mut **tx, |c| update.execute(c))? > 0)
}

/// A one-time code, as the hub keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentCode {
    /// SHA-256 of the code.
    pub code_hash: [u8; 32],
    /// The tambon of the device.
    pub tambon: TambonCode,
    /// Who will carry the device.
    pub person: String,
    /// Its scope.
    pub villages: Vec<VillageCode>,
    /// When the code was made.
    pub created_at: Micros,
    /// Until when it can be used.
    pub expires_at: Micros,
}

/// What became of a code that was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// The device is enrolled.
    Enrolled(Device),
    /// The same device was enrolled by it before, and asks again.
    Again(Device),
    /// There is no such code.
    Unknown,
    /// It was used before.
    Used,
    /// Its time is over.
    Expired,
}

/// Keeps a new code.
///
/// # Errors
/// The database's own.
pub fn issue_code(tx: &mut Tx<'_>, code: &EnrolmentCode) -> Result<(), StoreError> {
    let insert = diesel::insert_into(enrolment_codes::table).values((
        enrolment_codes::code_hash.eq(code.code_hash.as_slice()),
        enrolment_codes::tambon_code.eq(tambon_column(code.tambon)),
        enrolment_codes::person.eq(&code.person),
        enrolment_codes::villages.eq(villages_column(&code.villages)),
        enrolment_codes::created_at.eq(code.created_at.0),
        enrolment_codes::expires_at.eq(code.expires_at.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// Enrols a device by its code. `id` and the secret behind `token_hash` are drawn by the caller; a
/// device that shows the code again is known by its token, and keeps its id.
///
/// # Errors
/// The database's own.
pub fn redeem_code(
    tx: &mut Tx<'_>,
    code_hash: [u8; 32],
    id: DeviceId,
    token_hash: [u8; 32],
    now: Micros,
) -> Result<Redeemed, StoreError> {
    let query = enrolment_codes::table.filter(enrolment_codes::code_hash.eq(code_hash.as_slice())).select((
        enrolment_codes::tambon_code,
        enrolment_codes::person,
        enrolment_codes::villages,
        enrolment_codes::expires_at,
    ));
    let row: Option<(i32, String, String, i64)> = each!(&mut **tx, |c| query.get_result(c).optional())?;
    let Some((tambon, person, villages, expires_at)) = row else {
        return Ok(Redeemed::Unknown);
    };
    let tambon = tambon_from(tambon)?;
    if let Some(device) = redeemed_by(tx, code_hash, tambon)?
        && device.token_hash == token_hash
        && device.revoked_at.is_none()
    {
        return Ok(Redeemed::Again(device));
    }
    if now.0 >= expires_at {
        return Ok(Redeemed::Expired);
    }
    // The condition decides between two devices that present the code at the same time.
    let take = diesel::update(enrolment_codes::table)
        .filter(enrolment_codes::code_hash.eq(code_hash.as_slice()))
        .filter(enrolment_codes::used_at.is_null())
        .set((enrolment_codes::used_at.eq(now.0), enrolment_codes::used_by.eq(id.0.as_slice())));
    if each!(&mut **tx, |c| take.execute(c))? == 0 {
        return Ok(Redeemed::Used);
    }
    let device = Device {
        tambon,
        id,
        token_hash,
        person,
        villages: villages_from(&villages)?,
        enrolled_at: now,
        pushed_at: None,
        revoked_at: None,
    };
    enrol(tx, &device)?;
    Ok(Redeemed::Enrolled(device))
}

/// The device that a code enrolled.
fn redeemed_by(
    conn: &mut Conn,
    code_hash: [u8; 32],
    tambon: TambonCode,
) -> Result<Option<Device>, StoreError> {
    let query = enrolment_codes::table
        .filter(enrolment_codes::code_hash.eq(code_hash.as_slice()))
        .select(enrolment_codes::used_by);
    let id: Option<Vec<u8>> = each!(conn, |c| query.get_result(c).optional())?.flatten();
    let Some(id) = id else { return Ok(None) };
    find(conn, tambon, DeviceId(bytes_from("a device id", &id)?))
}
