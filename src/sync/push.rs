//! The way up: changes into the log, the registers and the read model, in one write transaction.

use std::collections::{BTreeMap, BTreeSet};

use sync_protocol::change::Change;
use sync_protocol::cursor::EntryKind;
use sync_protocol::hub::Reason;
use sync_protocol::ids::{ChangeHash, DeviceId, HouseholdId, VillageCode};
use sync_protocol::registers::Judgement;
use sync_protocol::wire::{Note, PushGroup, Verdict};

use super::error::SyncError;
use super::household::{Household, Knowledge, append_again};
use super::ledger::Ledger;
use crate::clock::Micros;
use crate::store::Tx;
use crate::store::devices::{self, Device};
use crate::store::documents::State;
use crate::store::quarantine::{self, Quarantined};

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pushed {
    /// One for each change, in the order in which they were pushed.
    pub verdicts: Vec<Verdict>,
    /// What there is to say about some of them.
    pub notes: Vec<Note>,
    /// Where in the log those lie that the hub has now, under the household that the device named.
    pub places: BTreeSet<u64>,
}

/// A push on its way.
struct Push<'a> {
    device: &'a Device,
    knowledge: &'a Knowledge,
    ledger: Ledger,
    /// Households by the id under which they live on.
    households: BTreeMap<HouseholdId, Household>,
    /// Whether an actor's device is enrolled in the tambon.
    authors: BTreeMap<DeviceId, bool>,
    /// Whether something of the tambon lies in quarantine; mostly nothing does.
    has_quarantine: bool,
    result: Pushed,
}

/// Takes a device's changes.
pub(super) fn push(
    tx: &mut Tx<'_>,
    device: &Device,
    groups: &[PushGroup],
    knowledge: &Knowledge,
    now: Micros,
) -> Result<Pushed, SyncError> {
    let ledger = Ledger::open(tx, device.tambon, device.id, now)?;
    let has_quarantine = !quarantine::is_empty(tx, device.tambon)?;
    let mut push = Push {
        device,
        knowledge,
        ledger,
        households: BTreeMap::new(),
        authors: BTreeMap::from([(device.id, true)]),
        has_quarantine,
        result: Pushed::default(),
    };
    for group in groups {
        push.take_group(tx, group)?;
    }
    push.finish(tx)
}

impl Push<'_> {
    fn take_group(&mut self, tx: &mut Tx<'_>, group: &PushGroup) -> Result<(), SyncError> {
        let target = self.find(tx, group)?;
        for bytes in &group.changes {
            match target {
                Ok(id) => self.take_change(tx, id, group, bytes)?,
                Err(reason) => self.quarantine(tx, group, bytes, reason)?,
            }
        }
        Ok(())
    }

    /// The id under which the group's household lives on, its household loaded; or why no change of
    /// the group can be taken.
    ///
    /// A household that moved away stays open to the village that it left, and one that was folded to
    /// the village of its old self, so that what was written there before the news arrived is not lost.
    fn find(&mut self, tx: &mut Tx<'_>, group: &PushGroup) -> Result<Result<HouseholdId, Reason>, SyncError> {
        let mut asked_village = None;
        if !self.households.contains_key(&group.household) {
            let found = Household::resolve(tx, self.ledger.tambon(), group.household, self.knowledge)?;
            let (household, village) =
                found.unwrap_or_else(|| (Household::new(group.household, group.village), group.village));
            asked_village = Some((household.id(), village));
            // Another group of this push may have changed it already.
            self.households.entry(household.id()).or_insert(household);
        }
        let id = asked_village.map_or(group.household, |(id, _)| id);
        let Some(household) = self.households.get(&id) else { return Ok(Err(Reason::OutsideScope)) };
        let places = [
            Some(household.document.village),
            household.document.moved_from,
            asked_village.map(|(_, village)| village),
        ];
        if household.document.state == State::Erased {
            Ok(Err(Reason::HouseholdErased))
        } else if places.into_iter().flatten().any(|village| self.device.sees(village)) {
            Ok(Ok(id))
        } else {
            if !household.is_stored() {
                // Its village decides only once it is there.
                self.households.remove(&id);
            }
            Ok(Err(Reason::OutsideScope))
        }
    }

    fn take_change(
        &mut self,
        tx: &mut Tx<'_>,
        id: HouseholdId,
        group: &PushGroup,
        bytes: &[u8],
    ) -> Result<(), SyncError> {
        let change = match Change::read(bytes) {
            Ok(change) => change,
            Err(refusal) => return self.quarantine(tx, group, bytes, Reason::Refused(refusal)),
        };
        if !self.is_enrolled(tx, change.actor().device())? {
            return self.quarantine(tx, group, bytes, Reason::UnknownDevice);
        }
        let Some(household) = self.households.get_mut(&id) else { return Ok(()) };
        match household.merge(&change, self.ledger.next_seq(), self.ledger.now()) {
            Ok(()) => {
                let village = household.document.village;
                if id == group.household {
                    self.result.places.insert(self.ledger.next_seq());
                }
                self.ledger.append_change(tx, id, village, change.hash(), bytes)?;
                if self.has_quarantine {
                    // What kept it there before, e.g. the device's scope, is settled.
                    quarantine::release(tx, self.ledger.tambon(), change.hash())?;
                }
                self.result.verdicts.push(Verdict::Accepted);
                Ok(())
            }
            Err(Judgement::Known | Judgement::Ready) => {
                if id == group.household {
                    self.result.places.extend(household.registers.log_seq_of(&change.hash()));
                }
                self.result.verdicts.push(Verdict::Known);
                Ok(())
            }
            Err(Judgement::Waiting { missing }) => self.wait(tx, group, bytes, missing),
            Err(Judgement::ActorConflict) => {
                self.result.verdicts.push(Verdict::ActorConflict);
                Ok(())
            }
            Err(Judgement::Refused(refusal)) => self.quarantine(tx, group, bytes, Reason::Refused(refusal)),
        }
    }

    /// A change that builds on others that are not here: they may come, unless they were refused.
    fn wait(
        &mut self,
        tx: &mut Tx<'_>,
        group: &PushGroup,
        bytes: &[u8],
        missing: Vec<ChangeHash>,
    ) -> Result<(), SyncError> {
        for hash in &missing {
            if quarantine::contains(tx, self.ledger.tambon(), *hash)? {
                return self.quarantine(tx, group, bytes, Reason::DependencyQuarantined);
            }
        }
        self.note(0, missing);
        self.result.verdicts.push(Verdict::Waiting);
        Ok(())
    }

    fn quarantine(
        &mut self,
        tx: &mut Tx<'_>,
        group: &PushGroup,
        bytes: &[u8],
        reason: Reason,
    ) -> Result<(), SyncError> {
        let change = Quarantined {
            hash: quarantine::hash_of(bytes),
            village: group.village,
            household: group.household,
            device: self.device.id,
            reason,
            received_at: self.ledger.now(),
            bytes: bytes.to_vec(),
        };
        // Of an erased household nothing is kept.
        if reason != Reason::HouseholdErased {
            quarantine::keep(tx, self.ledger.tambon(), &change)?;
            self.has_quarantine = true;
        }
        self.note(reason.code(), Vec::new());
        self.result.verdicts.push(Verdict::Quarantined);
        Ok(())
    }

    /// A word on the change whose verdict comes next.
    fn note(&mut self, reason: u8, missing: Vec<ChangeHash>) {
        let index = u32::try_from(self.result.verdicts.len()).unwrap_or(u32::MAX);
        self.result.notes.push(Note { index, reason, missing });
    }

    fn is_enrolled(&mut self, tx: &mut Tx<'_>, author: DeviceId) -> Result<bool, SyncError> {
        if let Some(known) = self.authors.get(&author) {
            return Ok(*known);
        }
        let enrolled = devices::find(tx, self.ledger.tambon(), author)?.is_some();
        self.authors.insert(author, enrolled);
        Ok(enrolled)
    }

    fn finish(mut self, tx: &mut Tx<'_>) -> Result<Pushed, SyncError> {
        let households = std::mem::take(&mut self.households);
        for household in households.into_values().filter(Household::is_changed) {
            save(tx, &mut self.ledger, household, self.knowledge)?;
        }
        devices::note_push(tx, self.ledger.tambon(), self.device.id, self.ledger.now())?;
        self.ledger.close(tx)?;
        Ok(self.result)
    }
}

/// Saves a household after changes were merged into it, in the village that it has now.
pub(super) fn save(
    tx: &mut Tx<'_>,
    ledger: &mut Ledger,
    mut household: Household,
    knowledge: &Knowledge,
) -> Result<(), SyncError> {
    let projection = household.project(knowledge);
    if let Some(village) = household.destination(&projection.household) {
        relocate(tx, ledger, &mut household, village)?;
    }
    household.save(tx, ledger, knowledge, &projection)
}

/// Puts a household into another village: out of the scope of one, into that of the other.
fn relocate(
    tx: &mut Tx<'_>,
    ledger: &mut Ledger,
    household: &mut Household,
    village: VillageCode,
) -> Result<(), SyncError> {
    let left = household.document.village;
    let seq = ledger.next_seq();
    let payload = village.get().to_be_bytes();
    ledger.append_event(tx, household.id(), left, EntryKind::Moved, &payload)?;
    household.move_to(village, seq, ledger.now());
    append_again(tx, ledger, household)
}
