//! Snapshots: what a plan cites, frozen for good.

use diesel::prelude::*;
use sync_protocol::ids::TambonCode;

use super::columns::{bytes_from, tambon_column};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::snapshots;
use crate::clock::Micros;

/// Tells a snapshot from others of its tambon.
pub type SnapshotId = [u8; 16];

/// A snapshot, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its id.
    pub id: SnapshotId,
    /// What people call it.
    pub title: String,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Micros,
}

/// Keeps a snapshot with its content.
///
/// # Errors
/// The database's own.
pub fn insert(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    snapshot: &Snapshot,
    content: &str,
) -> Result<(), StoreError> {
    let insert = diesel::insert_into(snapshots::table).values((
        snapshots::tambon_code.eq(tambon_column(tambon)),
        snapshots::snapshot_id.eq(snapshot.id.as_slice()),
        snapshots::title.eq(&snapshot.title),
        snapshots::content.eq(content),
        snapshots::sha256.eq(&snapshot.sha256),
        snapshots::made_by.eq(&snapshot.made_by),
        snapshots::made_at.eq(snapshot.made_at.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

type Columns = (Vec<u8>, String, String, String, i64);

fn from_columns((id, title, sha256, made_by, made_at): Columns) -> Result<Snapshot, StoreError> {
    let id = bytes_from("a snapshot's id", &id)?;
    Ok(Snapshot { id, title, sha256, made_by, made_at: Micros(made_at) })
}

/// The snapshots of a tambon, the newest first.
///
/// # Errors
/// The database's own.
pub fn all(conn: &mut Conn, tambon: TambonCode) -> Result<Vec<Snapshot>, StoreError> {
    let query = snapshots::table
        .filter(snapshots::tambon_code.eq(tambon_column(tambon)))
        .order((snapshots::made_at.desc(), snapshots::snapshot_id))
        .select((
            snapshots::snapshot_id,
            snapshots::title,
            snapshots::sha256,
            snapshots::made_by,
            snapshots::made_at,
        ));
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(from_columns).collect()
}

/// One of them, with its content.
///
/// # Errors
/// The database's own.
pub fn find(
    conn: &mut Conn,
    tambon: TambonCode,
    id: SnapshotId,
) -> Result<Option<(Snapshot, String)>, StoreError> {
    let query = snapshots::table
        .filter(snapshots::tambon_code.eq(tambon_column(tambon)))
        .filter(snapshots::snapshot_id.eq(id.as_slice()))
        .select((
            (
                snapshots::snapshot_id,
                snapshots::title,
                snapshots::sha256,
                snapshots::made_by,
                snapshots::made_at,
            ),
            snapshots::content,
        ));
    let row: Option<(Columns, String)> = each!(conn, |c| query.first(c).optional())?;
    row.map(|(row, content)| Ok((from_columns(row)?, content))).transpose()
}
