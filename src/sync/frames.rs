//! Frames for first syncs: made off the hot path, when a village has none or too much has happened
//! since.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use sync_protocol::cursor::Cursor;
use sync_protocol::frame::{FRAME_VERSION, Frame, Held, frame_content, frame_name};
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};
use sync_protocol::limits::{FRAME_BYTES_AIM, FRAME_INFLATED_BYTES_MAX};
use sync_protocol::snapshot;
use sync_protocol::wire::FrameRef;

use super::error::SyncError;
use super::household::{Knowledge, decode};
use super::pull::chain_at;
use crate::clock::Micros;
use crate::store::devices::Device;
use crate::store::documents::{self, State};
use crate::store::frames::FrameSet;
use crate::store::tambons::Tambon;
use crate::store::{Conn, Database, StoreError, changes, frames, tambons};

/// A device that would read this share of its frames' bytes from the log again is given new ones.
/// The log is raw here and compressed on its way, to a quarter or a half; so at most an eighth is
/// wasted, and what a change costs in new frames is bounded by what it is long.
const LOG_SHARE: usize = 4;
/// Less of the log than this is not worth new frames.
const LOG_BYTES_MIN: usize = 16 * 1024;
/// Entries of one village after which its frames are old, however short they are.
const LOG_ENTRIES_MAX: usize = 500;
/// Households that are read at a time.
const PAGE: usize = 64;
/// How much smaller households become, as a rule: what is aimed at before it is known.
const SHRINKS_BY: usize = 6;
/// Zstandard's level: a frame is made once and fetched often.
const LEVEL: i32 = 17;

/// A device's first sync: what to fetch, and where to read the log on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) frames: Vec<FrameRef>,
    pub(super) cursor: Cursor,
}

/// Makes frames for those villages of the device that need new ones. `making` lets one thread do so
/// at a time: a season begins with many first syncs at once.
pub(super) fn prepare(
    database: &Database,
    device: &Device,
    knowledge: &Knowledge,
    now: Micros,
    making: &Mutex<()>,
) -> Result<(), SyncError> {
    if database.read(|conn| outdated(conn, device))?.is_none() {
        return Ok(());
    }
    let _one_at_a_time = making.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in &device.villages {
        let made = database.read(|conn| {
            let tambon =
                tambons::find(conn, device.tambon)?.ok_or(SyncError::UnknownTambon(device.tambon))?;
            let Some(village) = outdated(conn, device)? else { return Ok(None) };
            Ok::<_, SyncError>(Some((village, tambon.last_seq, build(conn, village, knowledge)?)))
        })?;
        let Some((village, seq, files)) = made else { break };
        database.write(move |tx| {
            // Another process may have made some meanwhile.
            tambons::lock(tx, village.tambon())?;
            let newer = current(tx, village)?.is_some_and(|set| set.seq >= seq);
            if newer { Ok(()) } else { frames::replace(tx, village, seq, &files, now) }
        })?;
    }
    Ok(())
}

fn villages(device: &Device) -> impl Iterator<Item = VillageCode> {
    device.villages.iter().copied().filter(|village| village.tambon() == device.tambon)
}

/// The newest frames of a village, if devices of today can read them.
fn current(conn: &mut Conn, village: VillageCode) -> Result<Option<FrameSet>, StoreError> {
    Ok(frames::newest(conn, village)?.filter(|set| set.version == FRAME_VERSION))
}

/// The place in the log up to which frames made at `seq` tell all of a village; `None` if to its end.
fn place(conn: &mut Conn, village: VillageCode, seq: u64) -> Result<Option<u64>, StoreError> {
    let next = changes::places_in_village(conn, village, seq, 1)?;
    Ok(next.first().map(|next| next - 1))
}

/// A village of the device that needs new frames: one that has none, or the one that makes the
/// device read so much of the log, of whichever villages, that it costs more than it is worth.
fn outdated(conn: &mut Conn, device: &Device) -> Result<Option<VillageCode>, StoreError> {
    let mut oldest: Option<(u64, VillageCode)> = None;
    let mut frames_bytes = 0;
    for village in villages(device) {
        let Some(set) = current(conn, village)? else {
            if place(conn, village, 0)?.is_some() {
                return Ok(Some(village));
            }
            continue;
        };
        frames_bytes += set.frames.iter().map(|frame| frame.bytes as usize).sum::<usize>();
        if let Some(place) = place(conn, village, set.seq)? {
            oldest = Some(oldest.map_or((place, village), |oldest| oldest.min((place, village))));
        }
    }
    let Some((after, village)) = oldest else { return Ok(None) };
    let mut room = (frames_bytes / LOG_SHARE).max(LOG_BYTES_MIN);
    for of in villages(device) {
        let lengths = changes::lengths_in_village(conn, of, after, LOG_ENTRIES_MAX)?;
        let bytes: usize = lengths.iter().sum();
        if lengths.len() == LOG_ENTRIES_MAX || bytes > room {
            return Ok(Some(village));
        }
        room -= bytes;
    }
    Ok(None)
}

/// The frames of the device's villages, and the place in the log of the oldest of them.
pub(super) fn plan(conn: &mut Conn, tambon: &Tambon, device: &Device) -> Result<Plan, SyncError> {
    let mut frames_to_fetch = Vec::new();
    let mut seq = tambon.last_seq;
    for village in villages(device) {
        // Without frames the log tells it all.
        let set = current(conn, village)?;
        let made_at = set.as_ref().map_or(0, |set| set.seq);
        seq = seq.min(place(conn, village, made_at)?.unwrap_or(seq));
        frames_to_fetch.extend(set.into_iter().flat_map(|set| set.frames));
    }
    let chain = chain_at(conn, tambon.code, seq)?;
    Ok(Plan { frames: frames_to_fetch, cursor: Cursor { epoch: tambon.epoch, seq, chain } })
}

/// The files of a village's frames, in order of its households' arrival.
fn build(
    conn: &mut Conn,
    village: VillageCode,
    knowledge: &Knowledge,
) -> Result<Vec<(FrameRef, Vec<u8>)>, SyncError> {
    let mut files = Vec::new();
    let mut frame = Frame { village, households: Vec::new() };
    let mut bytes = 0;
    // What the last frame showed of how well these households compress.
    let mut aim = FRAME_BYTES_AIM * SHRINKS_BY;
    let mut after = 0;
    loop {
        let page = documents::of_village(conn, village, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.created_seq;
        for stored in page.iter().filter(|stored| stored.state == State::Live) {
            let places: Vec<u64> =
                decode(stored, knowledge)?.changes().map(|change| change.log_seq).collect();
            let held = held(conn, village.tambon(), stored.household, places)?;
            if bytes + held.len_bytes() > aim.min(FRAME_INFLATED_BYTES_MAX / 2)
                && !frame.households.is_empty()
            {
                let file = compress(&frame)?;
                aim = (bytes * FRAME_BYTES_AIM / file.1.len().max(1)).max(FRAME_BYTES_AIM);
                files.push(file);
                frame.households.clear();
                bytes = 0;
            }
            bytes += held.len_bytes();
            frame.households.push((stored.household, held));
        }
    }
    // A village that has no household left has an empty frame: nobody need read its log.
    if !frame.households.is_empty() || files.is_empty() {
        files.push(compress(&frame)?);
    }
    Ok(files)
}

/// One household as a frame holds it: as its changes, or as a snapshot where that is shorter and its
/// reader gives these changes back.
fn held(
    conn: &mut Conn,
    tambon: TambonCode,
    household: HouseholdId,
    mut places: Vec<u64>,
) -> Result<Held, SyncError> {
    places.sort_unstable();
    let entries = changes::at(conn, tambon, &places)?;
    let is_missing = |place: &&u64| entries.binary_search_by_key(*place, |entry| entry.seq).is_err();
    if let Some(place) = places.iter().find(is_missing) {
        let reason = format!("household {household}: its change is missing");
        return Err(SyncError::Log { seq: *place, reason });
    }
    let changes: Vec<Vec<u8>> = entries.into_iter().map(|entry| entry.payload).collect();
    if changes.len() == 1 {
        return Ok(Held::Changes(changes));
    }
    let snapshot = snapshot::make(&changes).map(Held::Document);
    let changes = Held::Changes(changes);
    let is_shorter = |snapshot: &Held| places.is_empty() || snapshot.len_bytes() <= changes.len_bytes();
    Ok(snapshot.ok().filter(is_shorter).unwrap_or(changes))
}

fn compress(frame: &Frame) -> Result<(FrameRef, Vec<u8>), SyncError> {
    let failed = |error: &dyn std::fmt::Display| {
        SyncError::from(StoreError::Corrupt(format!("a frame could not be made: {error}")))
    };
    let content = frame_content(frame).map_err(|error| failed(&error))?;
    let file = compressed(&content).map_err(|error| failed(&error))?;
    Ok((frame_name(&file), file))
}

/// A frame's file. Each piece of its content begins a new block, with a code of its own.
fn compressed(content: &[Vec<u8>]) -> std::io::Result<Vec<u8>> {
    let mut encoder = zstd::stream::write::Encoder::new(vec![FRAME_VERSION], LEVEL)?;
    // Tables no larger than what is to be compressed.
    encoder.set_pledged_src_size(Some(content.iter().map(|piece| piece.len() as u64).sum()))?;
    for piece in content {
        encoder.write_all(piece)?;
        encoder.flush()?;
    }
    encoder.finish()
}
