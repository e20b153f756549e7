//! When digests differ: which households, and what each side lacks of them.

use std::collections::BTreeSet;

use sync_protocol::hub::{differing, exchange};
use sync_protocol::ids::{ChangeHash, HouseholdId, ShortHash, VillageCode};
use sync_protocol::wire::{Answer, ENTRY_OVERHEAD_BYTES, Fate, Have, VillageBuckets, VillageDiffering};

use super::error::SyncError;
use super::household::{Knowledge, decode};
use crate::store::devices::Device;
use crate::store::documents::{self, State};
use crate::store::{Conn, changes};

/// Documents that are read at a time.
const PAGE: usize = 256;

/// The live households of a village with their heads.
pub(super) fn heads_of(
    conn: &mut Conn,
    village: VillageCode,
    knowledge: &Knowledge,
) -> Result<Vec<(HouseholdId, Vec<ChangeHash>)>, SyncError> {
    let mut heads = Vec::new();
    let mut after = 0;
    loop {
        let page = documents::of_village(conn, village, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(heads) };
        after = last.created_seq;
        for document in page.iter().filter(|document| document.state == State::Live) {
            heads.push((document.household, decode(document, knowledge)?.heads().to_vec()));
        }
    }
}

/// The first round: where the device's buckets differ.
pub(super) fn compare(
    conn: &mut Conn,
    device: &Device,
    asked: &[VillageBuckets],
    knowledge: &Knowledge,
) -> Result<Vec<VillageDiffering>, SyncError> {
    asked
        .iter()
        .filter(|asked| device.sees(asked.village))
        .map(|asked| {
            let ours = heads_of(conn, asked.village, knowledge)?;
            Ok(differing(&asked.buckets, asked.village, &ours))
        })
        .collect()
}

/// The second round: what the device lacks of each household that it names, and what the hub lacks.
/// Gives the part of the budget that is left.
pub(super) fn answer(
    conn: &mut Conn,
    device: &Device,
    asked: &[Have],
    budget: usize,
    knowledge: &Knowledge,
) -> Result<(Vec<Answer>, usize), SyncError> {
    let mut room = budget;
    let mut answers = Vec::with_capacity(asked.len());
    for have in asked {
        let mut answer = answer_one(conn, device, have, knowledge)?;
        room = room.saturating_sub(ENTRY_OVERHEAD_BYTES);
        if let Fate::Live { .. } = answer.1 {
            let is_first = answers.is_empty();
            let changes = lacking(conn, device, &answer.2, &mut room, is_first)?;
            answer.0.changes = changes.into_iter().map(Into::into).collect();
        }
        answers.push(answer.0);
    }
    Ok((answers, room))
}

/// An answer without its changes, what it says, and where those changes lie in the log.
fn answer_one(
    conn: &mut Conn,
    device: &Device,
    have: &Have,
    knowledge: &Knowledge,
) -> Result<(Answer, Fate, Vec<u64>), SyncError> {
    let household = have.household;
    let (fate, lacks, want) = match documents::find(conn, device.tambon, household)? {
        None => (Fate::Unknown, Vec::new(), have.changes.clone()),
        Some(document) => match document.state {
            State::Erased => (Fate::Erased, Vec::new(), std::iter::empty().collect()),
            State::Folded { into } => (Fate::Folded { into }, Vec::new(), std::iter::empty().collect()),
            State::Live => {
                let registers = decode(&document, knowledge)?;
                let ours: Vec<ShortHash> = registers.changes().map(|change| change.hash.short()).collect();
                let exchange = exchange(&have.changes, &ours);
                let lacks: BTreeSet<usize> = exchange.lacks.into_iter().collect();
                let places = registers.changes().enumerate().filter(|(at, _)| lacks.contains(at));
                let places = places.map(|(_, change)| change.log_seq).collect();
                if device.sees(document.village) {
                    (Fate::Live { village: document.village }, places, exchange.want)
                } else {
                    (Fate::Moved { to: document.village }, Vec::new(), exchange.want)
                }
            }
        },
    };
    Ok((Answer { household, fate, changes: Vec::new(), want }, fate, lacks))
}

/// The changes at these places, from the first on, as far as there is room.
fn lacking(
    conn: &mut Conn,
    device: &Device,
    places: &[u64],
    room: &mut usize,
    is_first: bool,
) -> Result<Vec<Vec<u8>>, SyncError> {
    let mut taken = Vec::new();
    for places in places.chunks(changes::PLACES_AT_ONCE) {
        for entry in changes::at(conn, device.tambon, places)? {
            let must = is_first && taken.is_empty();
            if entry.payload.len() > *room && !must {
                return Ok(taken);
            }
            *room = room.saturating_sub(entry.payload.len());
            taken.push(entry.payload);
        }
    }
    Ok(taken)
}
