//! Everything but the log, made anew from the log.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sync_protocol::change::Change;
use sync_protocol::cursor::EntryKind;
use sync_protocol::ids::{DeviceId, HouseholdId, TambonCode};
use sync_protocol::registers::Judgement;

use super::error::SyncError;
use super::household::{Household, Knowledge};
use super::ledger::Ledger;
use super::pull::{folded_into, moved_to};
use crate::clock::Micros;
use crate::store::changes::LogEntry;
use crate::store::{Tx, changes, conflicts, documents, read_model, tambons, villages};

/// Entries that are replayed before what they made is written: memory is bounded by them.
const PAGE: usize = 1_000;

/// Replays a tambon's log: documents, rows, sums and conflicts are made anew. `progress` is told how
/// far it has come and how far it is to go.
pub(super) fn rebuild(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    knowledge: &Knowledge,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), SyncError> {
    let mut ledger = Ledger::open(tx, tambon, DeviceId([0; 8]), Micros(0))?;
    read_model::clear(tx, tambon, None)?;
    conflicts::clear(tx, tambon)?;
    documents::clear(tx, tambon)?;
    villages::clear(tx, tambon)?;
    ledger.count_anew(tx)?;
    let end = ledger.next_seq() - 1;
    let mut read_to = 0;
    loop {
        let page = changes::page(tx, tambon, read_to, PAGE)?;
        let Some(last) = page.last() else { break };
        read_to = last.seq;
        let mut households: BTreeMap<HouseholdId, Household> = BTreeMap::new();
        for entry in &page {
            let household = match households.entry(entry.household) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let stored = Household::load(tx, tambon, entry.household, knowledge)?;
                    place.insert(stored.unwrap_or_else(|| Household::new(entry.household, entry.village)))
                }
            };
            replay(household, entry)?;
        }
        for household in households.into_values().filter(Household::is_changed) {
            let projection = household.project(knowledge);
            household.save(tx, &mut ledger, knowledge, &projection)?;
        }
        progress(read_to, end);
    }
    ledger.close(tx)?;
    Ok(tambons::set_rows_version(tx, tambon)?)
}

fn replay(household: &mut Household, entry: &LogEntry) -> Result<(), SyncError> {
    let fault = |reason: String| SyncError::Log { seq: entry.seq, reason };
    match entry.kind {
        EntryKind::Change if entry.is_forgotten() => household.pass_over(entry.seq, entry.received_at),
        EntryKind::Change => {
            let change = Change::read(&entry.payload).map_err(|refusal| fault(refusal.to_string()))?;
            match household.merge(&change, entry.seq, entry.received_at) {
                // Known: it was appended once more for the village that the household came to.
                Ok(()) | Err(Judgement::Known) => {}
                Err(judgement) => return Err(fault(format!("{judgement:?}"))),
            }
        }
        EntryKind::Folded => household.fold_into(folded_into(entry)?, entry.seq, entry.received_at),
        EntryKind::Moved => household.move_to(moved_to(entry)?, entry.seq, entry.received_at),
        EntryKind::Erased => household.erase(entry.seq, entry.received_at),
    }
    Ok(())
}
