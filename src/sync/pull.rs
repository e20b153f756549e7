//! The way down: the log after a device's cursor, the digests, and what two sides that reconcile
//! have to give each other. One consistent view of the database answers all of it.

use std::collections::{BTreeMap, BTreeSet};

use sync_protocol::cursor::{Cursor, EntryKind};
use sync_protocol::hub::{differing, exchange};
use sync_protocol::ids::{ChangeHash, HouseholdId, ShortHash, TambonCode, VillageCode};
use sync_protocol::wire::{
    Answer, ENTRY_OVERHEAD_BYTES, Entry, Fate, FrameRef, Have, Request, Standing, VillageDiffering,
    VillageDigest,
};

use super::error::SyncError;
use super::household::{Knowledge, decode};
use crate::store::changes::{self, LogEntry, PLACES_AT_ONCE};
use crate::store::documents::{self, State};
use crate::store::tambons::{self, Tambon};
use crate::store::{Conn, StoreError, villages};

/// Documents that are read at once when a village's heads are collected.
const DOCUMENTS_AT_ONCE: usize = 256;

/// What a reply brings down.
#[derive(Debug)]
pub(super) struct Down {
    pub(super) entries: Vec<Entry>,
    pub(super) cursor: Cursor,
    pub(super) standing: Standing,
    pub(super) digests: Vec<VillageDigest>,
    pub(super) frames: Vec<FrameRef>,
    pub(super) differing: Vec<VillageDiffering>,
    pub(super) answers: Vec<Answer>,
}

/// The frames of a first sync, and the place in the log from which to read on.
#[derive(Debug, Clone)]
pub(super) struct First {
    pub(super) seq: u64,
    pub(super) frames: Vec<FrameRef>,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) tambon: TambonCode,
    pub(super) villages: &'a BTreeSet<VillageCode>,
    pub(super) knowledge: &'a Knowledge,
}

/// Answers everything of a request but its pushes; `pushed` are the changes that came up with it and
/// need not go down again. `first` is there when the request has no cursor.
pub(super) fn pull(
    conn: &mut Conn,
    asker: Asker<'_>,
    request: &Request,
    pushed: &BTreeSet<ChangeHash>,
    first: Option<First>,
) -> Result<Down, SyncError> {
    let tambon = tambons::find(conn, asker.tambon)?.ok_or_else(|| missing("the tambon's log"))?;
    let mut down = Down {
        entries: Vec::new(),
        cursor: tambon.cursor(),
        standing: Standing::Unknown,
        digests: digests(conn, asker.villages)?,
        frames: Vec::new(),
        differing: Vec::new(),
        answers: Vec::new(),
    };
    let mut room = Room(request.budget());
    match (request.cursor, first) {
        (Some(cursor), _) if is_of_this_log(conn, &tambon, &cursor)? => {
            (down.entries, down.cursor, down.standing) =
                entries(conn, asker.villages, &tambon, cursor.seq, pushed, &mut room)?;
        }
        (None, Some(first)) => {
            down.cursor =
                Cursor { seq: first.seq, chain: chain_at(conn, asker.tambon, first.seq)?, ..tambon.cursor() };
            down.standing = Standing::First;
            down.frames = first.frames;
        }
        _ => {}
    }
    for asked in &request.buckets {
        if asker.villages.contains(&asked.village) {
            let ours = heads_of(conn, asker.knowledge, asked.village)?;
            down.differing.push(differing(&asked.buckets, asked.village, &ours));
        }
    }
    for have in &request.have {
        down.answers.push(answer(conn, asker, have, &mut room)?);
    }
    Ok(down)
}

/// Bytes that are left of the budget. What is first always fits: otherwise nothing would ever move.
struct Room(usize);

impl Room {
    fn is_full(&self) -> bool {
        self.0 == 0
    }

    fn take(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes);
    }
}

fn missing(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} is not there"))
}

fn digests(conn: &mut Conn, scope: &BTreeSet<VillageCode>) -> Result<Vec<VillageDigest>, StoreError> {
    scope
        .iter()
        .map(|village| {
            Ok(VillageDigest { village: *village, digest: villages::sums(conn, *village)?.digest })
        })
        .collect()
}

fn is_of_this_log(conn: &mut Conn, tambon: &Tambon, cursor: &Cursor) -> Result<bool, StoreError> {
    if cursor.epoch != tambon.epoch || cursor.seq > tambon.last_seq {
        return Ok(false);
    }
    Ok(match cursor.seq {
        0 => cursor.chain == [0; 8],
        seq => changes::chain_at(conn, tambon.code, seq)? == Some(cursor.chain),
    })
}

fn chain_at(conn: &mut Conn, tambon: TambonCode, seq: u64) -> Result<[u8; 8], StoreError> {
    match seq {
        0 => Ok([0; 8]),
        seq => changes::chain_at(conn, tambon, seq)?.ok_or_else(|| missing("an entry of the log")),
    }
}

/// The log after `after`, as far as there is room: its entries, the place reached, and whether that
/// is the end.
fn entries(
    conn: &mut Conn,
    scope: &BTreeSet<VillageCode>,
    tambon: &Tambon,
    after: u64,
    pushed: &BTreeSet<ChangeHash>,
    room: &mut Room,
) -> Result<(Vec<Entry>, Cursor, Standing), SyncError> {
    let mut list: Vec<Entry> = Vec::new();
    let mut reached = after;
    loop {
        let places = places_after(conn, scope, reached)?;
        if places.is_empty() {
            return Ok((list, tambon.cursor(), Standing::Complete));
        }
        for entry in changes::at(conn, tambon.code, &places)? {
            if room.is_full() {
                let chain = chain_at(conn, tambon.code, reached)?;
                return Ok((list, Cursor { seq: reached, chain, ..tambon.cursor() }, Standing::More));
            }
            reached = entry.seq;
            if !pushed.contains(&entry.hash) {
                append(&mut list, entry, room)?;
            }
        }
    }
}

/// The next places in the log, over all villages of the scope.
fn places_after(conn: &mut Conn, scope: &BTreeSet<VillageCode>, after: u64) -> Result<Vec<u64>, StoreError> {
    let mut places = Vec::new();
    for village in scope {
        places.extend(changes::places_in_village(conn, *village, after, PLACES_AT_ONCE)?);
    }
    places.sort_unstable();
    places.truncate(PLACES_AT_ONCE);
    Ok(places)
}

fn append(list: &mut Vec<Entry>, entry: LogEntry, room: &mut Room) -> Result<(), SyncError> {
    let LogEntry { household, village, kind, payload, .. } = entry;
    room.take(payload.len());
    if kind == EntryKind::Change
        && let Some(Entry::Changes { household: last, village: at, changes }) = list.last_mut()
        && *last == household
        && *at == village
    {
        changes.push(payload.into());
        return Ok(());
    }
    room.take(ENTRY_OVERHEAD_BYTES);
    list.push(match kind {
        EntryKind::Change => Entry::Changes { household, village, changes: vec![payload.into()] },
        EntryKind::Folded => {
            let into =
                HouseholdId::try_from(payload.as_slice()).map_err(|_| missing("where a household went"))?;
            Entry::Folded { household, village, into }
        }
        EntryKind::Moved => Entry::Moved { household, village, to: village_from(&payload)? },
        EntryKind::Erased => Entry::Erased { household, village },
    });
    Ok(())
}

fn village_from(payload: &[u8]) -> Result<VillageCode, StoreError> {
    let number =
        payload.try_into().map(u32::from_be_bytes).map_err(|_| missing("where a household moved"))?;
    VillageCode::try_from(number).map_err(|_| missing("where a household moved"))
}

/// The live households of a village with their heads.
fn heads_of(
    conn: &mut Conn,
    knowledge: &Knowledge,
    village: VillageCode,
) -> Result<Vec<(HouseholdId, Vec<ChangeHash>)>, SyncError> {
    let mut heads = Vec::new();
    let mut after = 0;
    loop {
        let page = documents::of_village(conn, village, after, DOCUMENTS_AT_ONCE)?;
        let Some(last) = page.last() else { return Ok(heads) };
        after = last.created_seq;
        for document in page.iter().filter(|document| document.state == State::Live) {
            let registers = decode(document, knowledge)?;
            heads.push((document.household, registers.heads().to_vec()));
        }
    }
}

/// What the hub says to the changes that a device holds of one household.
fn answer(conn: &mut Conn, asker: Asker<'_>, have: &Have, room: &mut Room) -> Result<Answer, SyncError> {
    let household = have.household;
    let mut answer =
        Answer { household, fate: Fate::Unknown, changes: Vec::new(), want: have.changes.clone() };
    let Some(document) = documents::find(conn, asker.tambon, household)? else { return Ok(answer) };
    answer.want = [].into_iter().collect();
    answer.fate = match document.state {
        State::Folded { into } => Fate::Folded { into },
        State::Erased => Fate::Erased,
        State::Live if !asker.villages.contains(&document.village) => Fate::Moved { to: document.village },
        State::Live => Fate::Live { village: document.village },
    };
    if matches!(answer.fate, Fate::Live { .. }) {
        let registers = decode(&document, asker.knowledge)?;
        let (ours, places): (Vec<ShortHash>, Vec<u64>) =
            registers.changes().map(|change| (change.hash.short(), change.log_seq)).unzip();
        let exchange = exchange(&have.changes, &ours);
        answer.want = exchange.want;
        let lacking: Vec<u64> = exchange.lacks.iter().map(|position| places[*position]).collect();
        answer.changes = payloads(conn, asker.tambon, &lacking, room)?;
    }
    Ok(answer)
}

/// The changes at these places, in this order, as far as there is room.
fn payloads(
    conn: &mut Conn,
    tambon: TambonCode,
    places: &[u64],
    room: &mut Room,
) -> Result<Vec<minicbor::bytes::ByteVec>, SyncError> {
    let mut list = Vec::new();
    for places in places.chunks(PLACES_AT_ONCE) {
        let mut found: BTreeMap<u64, LogEntry> =
            changes::at(conn, tambon, places)?.into_iter().map(|entry| (entry.seq, entry)).collect();
        for place in places {
            if room.is_full() {
                return Ok(list);
            }
            let entry = found.remove(place).ok_or_else(|| missing("an entry of the log"))?;
            room.take(entry.payload.len() + ENTRY_OVERHEAD_BYTES);
            list.push(entry.payload.into());
        }
    }
    Ok(list)
}
