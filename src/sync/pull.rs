//! The way down: the log after a device's cursor, as far as its budget reaches.

use std::collections::BTreeSet;

use sync_protocol::cursor::{Cursor, EntryKind};
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};
use sync_protocol::wire::{ENTRY_OVERHEAD_BYTES, Entry};

use super::error::SyncError;
use crate::store::changes::LogEntry;
use crate::store::tambons::Tambon;
use crate::store::{Conn, changes};

/// Part of the log on its way down.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pulled {
    pub(super) entries: Vec<Entry>,
    /// Where the device is once it has taken them.
    pub(super) cursor: Cursor,
    /// Whether that is the end of the log.
    pub(super) is_complete: bool,
}

/// Whether the log knows this cursor.
pub(super) fn knows(conn: &mut Conn, tambon: &Tambon, cursor: &Cursor) -> Result<bool, SyncError> {
    if cursor.epoch != tambon.epoch || cursor.seq > tambon.last_seq {
        return Ok(false);
    }
    Ok(cursor.chain == chain_at(conn, tambon.code, cursor.seq)?)
}

/// The running hash at a place of the log.
pub(super) fn chain_at(conn: &mut Conn, tambon: TambonCode, seq: u64) -> Result<[u8; 8], SyncError> {
    if seq == 0 {
        return Ok([0; 8]);
    }
    let missing = || SyncError::Log { seq, reason: "it is missing".to_owned() };
    changes::chain_at(conn, tambon, seq)?.ok_or_else(missing)
}

/// Places that are looked up in a village at a time.
const PLACES_MAX: usize = 1_024;

/// The entries of these villages after `after`, without those at `own` places, which the device has.
pub(super) fn pull(
    conn: &mut Conn,
    tambon: &Tambon,
    villages: &[VillageCode],
    after: u64,
    own: &BTreeSet<u64>,
    budget: usize,
) -> Result<Pulled, SyncError> {
    let mut taken = Taken { entries: Vec::new(), room: budget, last_kind: None };
    let mut read_to = after;
    loop {
        let (mut places, known_to) = places(conn, tambon, villages, read_to)?;
        places.retain(|place| !own.contains(place));
        for places in places.chunks(changes::PLACES_AT_ONCE) {
            for entry in changes::at(conn, tambon.code, places)? {
                let seq = entry.seq;
                if !taken.take(entry)? {
                    let chain = chain_at(conn, tambon.code, read_to)?;
                    let cursor = Cursor { epoch: tambon.epoch, seq: read_to, chain };
                    return Ok(Pulled { entries: taken.entries, cursor, is_complete: false });
                }
                read_to = seq;
            }
        }
        if known_to == tambon.last_seq {
            return Ok(Pulled { entries: taken.entries, cursor: tambon.cursor(), is_complete: true });
        }
        read_to = known_to;
    }
}

/// The places of the villages' entries after `after`, in order, and the place up to which these are all.
fn places(
    conn: &mut Conn,
    tambon: &Tambon,
    villages: &[VillageCode],
    after: u64,
) -> Result<(Vec<u64>, u64), SyncError> {
    let mut all = Vec::new();
    let mut known_to = tambon.last_seq;
    if after >= known_to {
        return Ok((all, known_to));
    }
    for village in villages.iter().filter(|village| village.tambon() == tambon.code) {
        let places = changes::places_in_village(conn, *village, after, PLACES_MAX)?;
        if places.len() == PLACES_MAX {
            known_to = known_to.min(places.last().copied().unwrap_or(after));
        }
        all.extend(places);
    }
    all.retain(|place| *place <= known_to);
    all.sort_unstable();
    Ok((all, known_to))
}

/// What the budget had room for.
struct Taken {
    entries: Vec<Entry>,
    room: usize,
    /// The household and village of the last entry, if it holds changes that more can be added to.
    last_kind: Option<(HouseholdId, VillageCode)>,
}

impl Taken {
    /// Takes an entry, if there is room or nothing was taken yet.
    fn take(&mut self, entry: LogEntry) -> Result<bool, SyncError> {
        if entry.is_forgotten() {
            return Ok(true);
        }
        let joins =
            entry.kind == EntryKind::Change && self.last_kind == Some((entry.household, entry.village));
        let bytes = entry.payload.len() + if joins { 0 } else { ENTRY_OVERHEAD_BYTES };
        if bytes > self.room && !self.entries.is_empty() {
            return Ok(false);
        }
        self.room = self.room.saturating_sub(bytes);
        let LogEntry { household, village, .. } = entry;
        match (entry.kind, self.entries.last_mut()) {
            (EntryKind::Change, Some(Entry::Changes { changes, .. })) if joins => {
                changes.push(entry.payload.into());
            }
            (EntryKind::Change, _) => {
                let changes = vec![entry.payload.into()];
                self.entries.push(Entry::Changes { household, village, changes });
            }
            (EntryKind::Folded, _) => {
                let into = folded_into(&entry)?;
                self.entries.push(Entry::Folded { household, village, into });
            }
            (EntryKind::Moved, _) => {
                let to = moved_to(&entry)?;
                self.entries.push(Entry::Moved { household, village, to });
            }
            (EntryKind::Erased, _) => self.entries.push(Entry::Erased { household, village }),
        }
        self.last_kind = (entry.kind == EntryKind::Change).then_some((household, village));
        Ok(true)
    }
}

/// The household that an entry says another was folded into.
pub(super) fn folded_into(entry: &LogEntry) -> Result<HouseholdId, SyncError> {
    HouseholdId::try_from(entry.payload.as_slice()).map_err(|error| malformed(entry, &error))
}

/// The village that an entry says a household moved to.
pub(super) fn moved_to(entry: &LogEntry) -> Result<VillageCode, SyncError> {
    let bytes: [u8; 4] = entry.payload.as_slice().try_into().map_err(|error| malformed(entry, &error))?;
    VillageCode::try_from(u32::from_be_bytes(bytes)).map_err(|error| malformed(entry, &error))
}

fn malformed(entry: &LogEntry, error: &dyn std::fmt::Display) -> SyncError {
    SyncError::Log { seq: entry.seq, reason: error.to_string() }
}
