//! Folding: two documents that are one household become one. Nothing is lost, and edits that arrive
//! later for the old one go to the one that goes on.

use sync_protocol::change::Change;
use sync_protocol::cursor::EntryKind;
use sync_protocol::ids::{DeviceId, HouseholdId, TambonCode};
use sync_protocol::registers::Judgement;

use super::error::SyncError;
use super::household::{Household, Knowledge};
use super::ledger::Ledger;
use crate::clock::Micros;
use crate::store::documents::State;
use crate::store::{Tx, changes};

/// A fold is done by a person of the office, not by a device.
const OFFICE: DeviceId = DeviceId([0; 8]);

/// Makes `from` an alias of `into`: its changes are appended to `into`'s log and registers.
///
/// Folding what is folded already, into the same household, does nothing.
pub(super) fn fold(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    from: HouseholdId,
    into: HouseholdId,
    knowledge: &Knowledge,
    now: Micros,
) -> Result<(), SyncError> {
    let mut ledger = Ledger::open(tx, tambon, OFFICE, now)?;
    let find = |tx: &mut Tx<'_>, household| {
        let found = Household::resolve(tx, tambon, household, knowledge)?;
        let live = found.map(|(household, _)| household).filter(|found| found.document.state == State::Live);
        live.ok_or(SyncError::UnknownHousehold(household))
    };
    let mut from = find(tx, from)?;
    let mut into = find(tx, into)?;
    if from.id() == into.id() {
        return Ok(());
    }
    let places: Vec<u64> = from.registers.changes().map(|change| change.log_seq).collect();
    for places in places.chunks(changes::PLACES_AT_ONCE) {
        for entry in changes::at(tx, tambon, places)? {
            take_over(tx, &mut ledger, &mut into, &entry)?;
        }
    }
    let seq = ledger.next_seq();
    let target = into.id();
    ledger.append_event(tx, from.id(), from.document.village, EntryKind::Folded, &target.0)?;
    from.fold_into(target, seq, now);
    let projection = from.project(knowledge);
    from.save(tx, &mut ledger, knowledge, &projection)?;
    if into.is_changed() {
        let projection = into.project(knowledge);
        into.save(tx, &mut ledger, knowledge, &projection)?;
    }
    ledger.close(tx)?;
    Ok(())
}

/// Merges one change of another household, as that household's device brought it.
fn take_over(
    tx: &mut Tx<'_>,
    ledger: &mut Ledger,
    into: &mut Household,
    entry: &changes::LogEntry,
) -> Result<(), SyncError> {
    let fault = |reason: String| SyncError::Log { seq: entry.seq, reason };
    let change = Change::read(&entry.payload).map_err(|refusal| fault(refusal.to_string()))?;
    match into.merge(&change, ledger.next_seq(), entry.received_at) {
        Ok(()) => {
            let appended = changes::NewEntry {
                village: into.document.village,
                household: into.id(),
                kind: EntryKind::Change,
                hash: entry.hash,
                device: entry.device,
                received_at: entry.received_at,
                payload: &entry.payload,
            };
            Ok(ledger.append(tx, &appended)?)
        }
        Err(Judgement::Known | Judgement::Ready) => Ok(()),
        Err(Judgement::Refused(refusal)) => Err(SyncError::Unfoldable(refusal.to_string())),
        Err(Judgement::ActorConflict) => {
            Err(SyncError::Unfoldable("one device wrote both under the same actor".to_owned()))
        }
        Err(Judgement::Waiting { .. }) => Err(fault("it depends on changes that come later".to_owned())),
    }
}
