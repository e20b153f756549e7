//! Frames: the files of a first sync, kept until newer ones take their place.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer};
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
    /// The version of their form, the first byte of each.
    pub version: u8,
    /// Their names, in order.
    pub frames: Vec<FrameRef>,
}

/// Place in the log, time, version, name and length of a frame.
type Columns = (i64, i64, Vec<u8>, Vec<u8>, i32);

/// The newest frames of a village, if it ever had any.
///
/// # Errors
/// The database's own.
pub fn newest(conn: &mut Conn, village: VillageCode) -> Result<Option<FrameSet>, StoreError> {
    let query = frames::table
        .filter(frames::tambon_code.eq(tambon_column(village.tambon())))
        .filter(frames::village_code.eq(village_column(village)))
        .order((frames::seq.desc(), frames::position))
        .select((frames::seq, frames::created_at, substr(frames::bytes, 1, 1), frames::sha256, frames::size));
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    let Some(&(newest, created_at, ref version, ..)) = rows.first() else { return Ok(None) };
    let [version] = bytes_from("a frame's version", version)?;
    let frames = rows.iter().take_while(|(seq, ..)| *seq == newest).map(|(.., sha256, size)| {
        Ok(FrameRef { sha256: bytes_from("a frame's name", sha256)?, bytes: size.unsigned_abs() })
    });
    let frames = frames.collect::<Result<_, StoreError>>()?;
    Ok(Some(FrameSet { seq: seq_from(newest)?, created_at: Micros(created_at), version, frames }))
}

diesel::define_sql_function! {
    /// A part of a column: from which byte on (the first is 1), how many.
    fn substr(bytes: Binary, from: Integer, count: Integer) -> Binary;
}

/// How long frames are kept after newer ones took their place: a device with a slow line may be at them.
const KEPT_MICROS: i64 = 60 * 60 * 1_000_000;

/// Keeps the frames of a village. Those in whose place newer ones have been for an hour are let go.
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
    let query = of_village.order(frames::seq).select((frames::seq, frames::created_at)).distinct();
    let sets: Vec<(i64, i64)> = each!(&mut **tx, |c| query.load(c))?;
    let replaced_at = |at: usize| sets.get(at + 1).map_or(now.0, |(_, created_at)| *created_at);
    let is_wanted = |at: usize| now.0.saturating_sub(replaced_at(at)) < KEPT_MICROS;
    for (at, (old, _)) in sets.iter().enumerate() {
        if *old == seq_column(seq) || !is_wanted(at) {
            let delete = diesel::delete(of_village).filter(frames::seq.eq(*old));
            each!(&mut **tx, |c| delete.execute(c))?;
        }
    }
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

/// Lets go of all frames of a village, also of those that a device may be at: it asks for a new plan.
///
/// # Errors
/// The database's own.
pub fn clear_village(tx: &mut Tx<'_>, village: VillageCode) -> Result<(), StoreError> {
    let of = frames::table
        .filter(frames::tambon_code.eq(tambon_column(village.tambon())))
        .filter(frames::village_code.eq(village_column(village)));
    let delete = diesel::delete(of);
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
