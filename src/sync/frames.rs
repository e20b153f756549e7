//! Frames: the documents of a village, compressed together, for a device's first sync.
//!
//! They are made when a first sync asks for them and there are none, or only old ones; never while a
//! push waits. Automerge makes the documents from the log, so a frame also proves that it can.

use std::collections::BTreeSet;

use sync_protocol::document::Document;
use sync_protocol::frame::{FRAME_VERSION, FrameDocument, frame_content, frame_name};
use sync_protocol::ids::{TambonCode, VillageCode};
use sync_protocol::limits::FRAME_BYTES_AIM;
use sync_protocol::registers::Registers;
use sync_protocol::wire::FrameRef;

use super::error::SyncError;
use super::household::{Knowledge, decode};
use super::pull::First;
use crate::clock::Micros;
use crate::store::changes::{self, PLACES_AT_ONCE};
use crate::store::documents::{self, State};
use crate::store::{Conn, Database, StoreError, frames, tambons};

/// Frames are made anew once the village's log has grown by so many entries since.
const STALE_ENTRIES: usize = 256;
/// Compression that is worth its time: a frame is made once and fetched by many.
const ZSTD_LEVEL: i32 = 19;
/// Uncompressed bytes that usually make a frame of the size aimed at.
const CONTENT_BYTES: usize = FRAME_BYTES_AIM * 8;
/// Documents that are read at once.
const DOCUMENTS_AT_ONCE: usize = 64;

/// The frames with which a device of this scope begins; makes those that are missing or old.
pub(super) fn first(
    database: &Database,
    tambon: TambonCode,
    villages: &BTreeSet<VillageCode>,
    knowledge: &Knowledge,
    now: Micros,
) -> Result<First, SyncError> {
    let mut first = First { seq: u64::MAX, frames: Vec::new() };
    for village in villages {
        let (seq, names) = match database.read(|conn| fresh(conn, *village))? {
            Some(set) => set,
            None => make(database, *village, knowledge, now)?,
        };
        first.seq = first.seq.min(seq);
        first.frames.extend(names);
    }
    let last = database.read(|conn| tambons::find(conn, tambon))?.map_or(0, |tambon| tambon.last_seq);
    first.seq = first.seq.min(last);
    Ok(first)
}

/// The village's frames, if they are not too old.
fn fresh(conn: &mut Conn, village: VillageCode) -> Result<Option<(u64, Vec<FrameRef>)>, StoreError> {
    let Some(set) = frames::newest(conn, village)? else { return Ok(None) };
    let since = changes::places_in_village(conn, village, set.seq, STALE_ENTRIES)?;
    Ok((since.len() < STALE_ENTRIES).then_some((set.seq, set.frames)))
}

fn make(
    database: &Database,
    village: VillageCode,
    knowledge: &Knowledge,
    now: Micros,
) -> Result<(u64, Vec<FrameRef>), SyncError> {
    let (seq, files) = database.read(|conn| build(conn, village, knowledge))?;
    let names = files.iter().map(|(name, _)| *name).collect();
    if !files.is_empty() {
        database.write(move |tx| frames::replace(tx, village, seq, &files, now))?;
    }
    Ok((seq, names))
}

type Files = Vec<(FrameRef, Vec<u8>)>;

/// All frames of a village, and the place in the log that they show.
fn build(conn: &mut Conn, village: VillageCode, knowledge: &Knowledge) -> Result<(u64, Files), SyncError> {
    let tambon = tambons::find(conn, village.tambon())?;
    let seq = tambon.map_or(0, |tambon| tambon.last_seq);
    let mut files = Vec::new();
    let mut content: Vec<FrameDocument> = Vec::new();
    let mut bytes = 0;
    let mut after = 0;
    loop {
        let page = documents::of_village(conn, village, after, DOCUMENTS_AT_ONCE)?;
        let Some(last) = page.last() else { break };
        after = last.created_seq;
        for stored in page.iter().filter(|document| document.state == State::Live) {
            let registers = decode(stored, knowledge)?;
            let document = document(conn, village.tambon(), &registers)?.save();
            if bytes > 0 && bytes + document.len() > CONTENT_BYTES {
                files.push(compress(&std::mem::take(&mut content)));
                bytes = 0;
            }
            bytes += document.len();
            content.push(FrameDocument { household: stored.household, village, document: document.into() });
        }
    }
    if !content.is_empty() {
        files.push(compress(&content));
    }
    Ok((seq, files))
}

fn compress(documents: &[FrameDocument]) -> (FrameRef, Vec<u8>) {
    let mut file = vec![FRAME_VERSION];
    let compressed = zstd::bulk::compress(&frame_content(documents), ZSTD_LEVEL);
    file.extend(compressed.expect("Zstandard compresses whatever is in memory"));
    (frame_name(&file), file)
}

/// A household's document, from its changes in the log.
pub(super) fn document(
    conn: &mut Conn,
    tambon: TambonCode,
    registers: &Registers,
) -> Result<Document, SyncError> {
    let mut places: Vec<u64> = registers.changes().map(|change| change.log_seq).collect();
    places.sort_unstable();
    let mut document = Document::new();
    let mut payloads = Vec::with_capacity(places.len());
    for places in places.chunks(PLACES_AT_ONCE) {
        payloads.extend(changes::at(conn, tambon, places)?.into_iter().map(|entry| entry.payload));
    }
    let last = places.last().copied().unwrap_or(0);
    document.apply(&payloads).map_err(|error| SyncError::Log { seq: last, reason: error.to_string() })?;
    Ok(document)
}
