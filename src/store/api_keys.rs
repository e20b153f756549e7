//! Keys of the office's own programs: each with a role and an area.

use diesel::prelude::*;

use super::columns::bytes_from;
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::api_keys;
use crate::area::Area;
use crate::clock::Micros;

/// What the holder of a key may do, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads what names nobody.
    Planner,
    /// Reads names and needs.
    Fund,
    /// Also devices, conflicts, quarantine, duplicates.
    Coordinator,
    /// Everything.
    Admin,
}

impl Role {
    /// Every role with its name.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Planner, "planner"),
        (Self::Fund, "fund"),
        (Self::Coordinator, "coordinator"),
        (Self::Admin, "admin"),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(role, _)| *role == self).map_or("", |(_, name)| name)
    }

    /// The role with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
    }
}

/// A key, as the hub keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public part.
    pub id: String,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// What it allows.
    pub role: Role,
    /// Where: this province, amphoe, tambon or village.
    pub area: Area,
    /// What a person called it.
    pub label: String,
    /// When it was made.
    pub created_at: Micros,
    /// When it was revoked.
    pub revoked_at: Option<Micros>,
}

/// Keeps a new key.
///
/// # Errors
/// The database's own.
pub fn insert(tx: &mut Tx<'_>, key: &ApiKey) -> Result<(), StoreError> {
    let insert = diesel::insert_into(api_keys::table).values((
        api_keys::key_id.eq(&key.id),
        api_keys::secret_hash.eq(key.secret_hash.as_slice()),
        api_keys::role.eq(key.role.name()),
        api_keys::area.eq(key.area.to_string()),
        api_keys::label.eq(&key.label),
        api_keys::created_at.eq(key.created_at.0),
        api_keys::revoked_at.eq(key.revoked_at.map(|at| at.0)),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

type Columns = (String, Vec<u8>, String, String, String, i64, Option<i64>);

fn from_columns(
    (id, secret_hash, role, area, label, created_at, revoked_at): Columns,
) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        secret_hash: bytes_from("a key's hash", &secret_hash)?,
        role: Role::from_name(&role).ok_or_else(|| StoreError::Corrupt(format!("unknown role {role:?}")))?,
        area: area.parse().map_err(|_| StoreError::Corrupt(format!("{area:?} is not an area")))?,
        id,
        label,
        created_at: Micros(created_at),
        revoked_at: revoked_at.map(Micros),
    })
}

/// One key, revoked or not.
///
/// # Errors
/// The database's own.
pub fn find(conn: &mut Conn, id: &str) -> Result<Option<ApiKey>, StoreError> {
    let query = api_keys::table.filter(api_keys::key_id.eq(id));
    let row: Option<Columns> = each!(conn, |c| query.get_result(c).optional())?;
    row.map(from_columns).transpose()
}

/// Every key, revoked ones included, by the time at which it was made.
///
/// # Errors
/// The database's own.
pub fn all(conn: &mut Conn) -> Result<Vec<ApiKey>, StoreError> {
    let query = api_keys::table.order((api_keys::created_at, api_keys::key_id));
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(from_columns).collect()
}

/// Revokes a key; whether there was one to revoke.
///
/// # Errors
/// The database's own.
pub fn revoke(tx: &mut Tx<'_>, id: &str, now: Micros) -> Result<bool, StoreError> {
    let update = diesel::update(api_keys::table)
        .filter(api_keys::key_id.eq(id))
        .filter(api_keys::revoked_at.is_null())
        .set(api_keys::revoked_at.eq(now.0));
    Ok(each!(&mut **tx, |c| update.execute(c))? > 0)
}
