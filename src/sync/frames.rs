//! Frames for first syncs: made off the hot path, by Automerge, when a village has none or too much
//! has happened since.

use std::sync::{Mutex, PoisonError};

use sync_protocol::cursor::Cursor;
use sync_protocol::document::Document;
use sync_protocol::frame::{FRAME_VERSION, FrameDocument, frame_content, frame_name};
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};
use sync_protocol::limits::{FRAME_BYTES_AIM, FRAME_INFLATED_BYTES_MAX};
use sync_protocol::wire::FrameRef;

use super::error::SyncError;
use super::household::{Knowledge, decode};
use super::pull::chain_at;
use crate::clock::Micros;
use crate::store::devices::Device;
use crate::store::documents::{self, State};
use crate::store::tambons::Tambon;
use crate::store::{Conn, Database, StoreError, changes, frames, tambons};

/// Entries of a village after which its frames are made anew: reading them costs a device more.
const STALE_ENTRIES: usize = 500;
/// Documents that are read at a time.
const PAGE: usize = 64;
/// How much smaller documents become, at the least: what is aimed at before it is known.
const SHRINKS_AT_LEAST: usize = 3;
/// Zstandard's level: a frame is made once and fetched often.
const LEVEL: i32 = 12;

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
    for village in device.villages.iter().copied().filter(|village| village.tambon() == device.tambon) {
        if !database.read(|conn| is_stale(conn, village))? {
            continue;
        }
        let _one_at_a_time = making.lock().unwrap_or_else(PoisonError::into_inner);
        let made = database.read(|conn| {
            let tambon =
                tambons::find(conn, device.tambon)?.ok_or(SyncError::UnknownTambon(device.tambon))?;
            if !is_stale(conn, village)? {
                return Ok(None);
            }
            Ok::<_, SyncError>(Some((tambon.last_seq, build(conn, village, knowledge)?)))
        })?;
        if let Some((seq, files)) = made {
            database.write(move |tx| {
                // Another process may have made some meanwhile.
                tambons::lock(tx, village.tambon())?;
                let newer = frames::newest(tx, village)?.is_some_and(|set| set.seq >= seq);
                if newer { Ok(()) } else { frames::replace(tx, village, seq, &files, now) }
            })?;
        }
    }
    Ok(())
}

fn is_stale(conn: &mut Conn, village: VillageCode) -> Result<bool, StoreError> {
    match frames::newest(conn, village)? {
        None => Ok(!changes::places_in_village(conn, village, 0, 1)?.is_empty()),
        Some(set) => {
            let since = changes::places_in_village(conn, village, set.seq, STALE_ENTRIES)?;
            Ok(since.len() == STALE_ENTRIES)
        }
    }
}

/// The frames of the device's villages, and the place in the log of the oldest of them.
pub(super) fn plan(conn: &mut Conn, tambon: &Tambon, device: &Device) -> Result<Plan, SyncError> {
    let mut frames_to_fetch = Vec::new();
    let mut seq = tambon.last_seq;
    for village in device.villages.iter().filter(|village| village.tambon() == tambon.code) {
        match frames::newest(conn, *village)? {
            Some(set) => {
                seq = seq.min(set.seq);
                frames_to_fetch.extend(set.frames);
            }
            // Without frames the log tells it all.
            None if changes::places_in_village(conn, *village, 0, 1)?.is_empty() => {}
            None => seq = 0,
        }
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
    let mut held: Vec<FrameDocument> = Vec::new();
    let mut bytes = 0;
    // What the last frame showed of how well these documents compress.
    let mut aim = FRAME_BYTES_AIM * SHRINKS_AT_LEAST;
    let mut after = 0;
    loop {
        let page = documents::of_village(conn, village, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.created_seq;
        for stored in page.iter().filter(|stored| stored.state == State::Live) {
            let places: Vec<u64> =
                decode(stored, knowledge)?.changes().map(|change| change.log_seq).collect();
            let document = document(conn, village.tambon(), stored.household, &places)?;
            if bytes + document.len() > aim.min(FRAME_INFLATED_BYTES_MAX / 2) && !held.is_empty() {
                let file = compress(&held)?;
                aim = (bytes * FRAME_BYTES_AIM / file.1.len().max(1)).max(FRAME_BYTES_AIM);
                files.push(file);
                held.clear();
                bytes = 0;
            }
            bytes += document.len();
            held.push(FrameDocument { household: stored.household, village, document: document.into() });
        }
    }
    if !held.is_empty() {
        files.push(compress(&held)?);
    }
    Ok(files)
}

/// One household's document, from its changes in the log.
pub(super) fn document(
    conn: &mut Conn,
    tambon: TambonCode,
    household: HouseholdId,
    places: &[u64],
) -> Result<Vec<u8>, SyncError> {
    let mut document = Document::new();
    for places in places.chunks(changes::PLACES_AT_ONCE) {
        let entries = changes::at(conn, tambon, places)?;
        let payloads: Vec<&[u8]> = entries.iter().map(|entry| entry.payload.as_slice()).collect();
        document.apply(&payloads).map_err(|error| SyncError::Log {
            seq: entries.first().map_or(0, |entry| entry.seq),
            reason: format!("household {household}: {error}"),
        })?;
    }
    Ok(document.save())
}

fn compress(documents: &[FrameDocument]) -> Result<(FrameRef, Vec<u8>), SyncError> {
    let content = frame_content(documents);
    let compressed = zstd::bulk::compress(&content, LEVEL)
        .map_err(|error| StoreError::Corrupt(format!("a frame could not be compressed: {error}")))?;
    let mut file = Vec::with_capacity(compressed.len() + 1);
    file.push(FRAME_VERSION);
    file.extend(compressed);
    Ok((frame_name(&file), file))
}
