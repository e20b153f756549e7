//! Frames: the files of a first sync, kept until newer ones take their place.

use diesel::prelude::*;
use sync_protocol::ids::{TambonCode, VillageCode};
use sync_protocol::wire::FrameRef;

use super::columns::{bytes_from, seq_column, seq_from, tambon_column, village_column};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::frames;
use crate::clock::Micros;

/// The frames of one village, as of one place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameSet {
    /// The place in the log at which they were made.
    pub seq: u64,
    /// When.
    pub created_at: Micros,
    /// Their names, in order.
    pub frames: Vec<FrameRef>,
}

/// The newest frames of a village, if it ever had any.
///
/// # Errors
/// The database's own.
pub fn newest(conn: &mut Conn, village: VillageCode) -> Result<Option<FrameSet>, StoreError> {
    let query = frames::table
        .filter(frames::tambon_code.eq(tambon_column(village.tambon())))
        .filter(frames::village_code.eq(village_column(village)))
        .order((frames::seq.desc(), frames::position))
        .select((frames::seq, frames::created_at, frames::sha256, frames::size));
    let rows: Vec<(i64, i64, Vec<u8>, i32)> = each!(conn, |c| query.load(c))?;
    let Some(&(newest, created_at, ..)) = rows.first() else { return Ok(None) };
    let frames = rows.iter().take_while(|(seq, ..)| *seq == newest).map(|(_, _, sha256, size)| {
        Ok(FrameRef { sha256: bytes_from("a frame's name", sha256)?, bytes: size.unsigned_abs() })
    });
    let frames = frames.collect::<Result<_, StoreError>>()?;
    Ok(Some(FrameSet { seq: seq_from(newest)?, created_at: Micros(created_at), frames }))
}

/// Keeps the frames of a village. Those made before the ones that are newest now are let go: a device
/// that fetches the newest may still be at it.
///
/// # Errors
/// The database's own.
pub fn replace(
    tx: &mut Tx<'_>,
    village: VillageCode,
    seq: u64,
    files: &[(FrameRef, Vec<u8>)],
    now: Micros,
) -> Result<(), StoreError> {
    let of_village = frames::table
        .filter(frames::tambon_code.eq(tambon_column(village.tambon())))
        .filter(frames::village_code.eq(village_column(village)));
    let keep_from = newest(tx, village)?.map_or(seq, |set| if set.seq == seq { seq + 1 } else { set.seq });
    let old = diesel::delete(of_village).filter(frames::seq.lt(seq_column(keep_from)));
    each!(&mut **tx, |c| old.execute(c))?;
    for (position, (name, bytes)) in (0_i32..).zip(files) {
        let insert = diesel::insert_into(frames::table).values((
            frames::tambon_code.eq(tambon_column(village.tambon())),
            frames::village_code.eq(village_column(village)),
            frames::position.eq(position),
            frames::seq.eq(seq_column(seq)),
            frames::sha256.eq(name.sha256.as_slice()),
            frames::size.eq(i32::try_from(name.bytes).unwrap_or(i32::MAX)),
            frames::created_at.eq(now.0),
            frames::bytes.eq(bytes),
        ));
        each!(&mut **tx, |c| insert.execute(c))?;
    }
    Ok(())
}

/// Lets go of all frames of a tambon: after a restore they name places of another log.
///
/// # Errors
/// The database's own.
pub fn clear(tx: &mut Tx<'_>, tambon: TambonCode) -> Result<(), StoreError> {
    let delete = diesel::delete(frames::table.filter(frames::tambon_code.eq(tambon_column(tambon))));
    each!(&mut **tx, |c| delete.execute(c))?;
    Ok(())
}

/// A frame by its name, with the village that it is of.
///
/// # Errors
/// The database's own.
pub fn find(
    conn: &mut Conn,
    tambon: TambonCode,
    sha256: &[u8; 32],
) -> Result<Option<(VillageCode, Vec<u8>)>, StoreError> {
    let query = frames::table
        .filter(frames::tambon_code.eq(tambon_column(tambon)))
        .filter(frames::sha256.eq(sha256.as_slice()))
        .select((frames::village_code, frames::bytes));
    let row: Option<(i32, Vec<u8>)> = each!(conn, |c| query.first(c).optional())?;
    row.map(|(village, bytes)| Ok((super::columns::village_from(village)?, bytes))).transpose()
}
