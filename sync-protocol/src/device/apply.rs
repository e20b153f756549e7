//! What a device does to its storage: its own edits, and what a reply brings.

use std::collections::{BTreeMap, BTreeSet};

use super::{Mark, Outgoing, Presence, Stored};
use crate::change::Edit;
use crate::document::{Document, DocumentError, Held, Made, Parted};
use crate::genesis;
use crate::ids::{ActorId, ChangeHash, DeviceId, HouseholdId, RowId, VillageCode};

/// A device's storage, inside one transaction: all of it happens or nothing.
pub trait Storage {
    /// Why the storage failed; the transaction is to be rolled back.
    type Error;

    /// Reads a household.
    ///
    /// # Errors
    /// When the storage fails.
    fn load(&mut self, household: HouseholdId) -> Result<Option<Stored>, Self::Error>;
    /// Writes a household.
    ///
    /// # Errors
    /// When the storage fails.
    fn save(&mut self, household: HouseholdId, stored: &Stored) -> Result<(), Self::Error>;
    /// The household's changes that the hub has not accepted yet, in the order in which they were put.
    ///
    /// # Errors
    /// When the storage fails.
    fn unsent(&mut self, household: HouseholdId) -> Result<Vec<Outgoing>, Self::Error>;
    /// Puts a change at the end of the outbox.
    ///
    /// # Errors
    /// When the storage fails.
    fn put_outgoing(&mut self, outgoing: &Outgoing) -> Result<(), Self::Error>;
    /// Marks a change of the outbox; one that is not there is passed over.
    ///
    /// # Errors
    /// When the storage fails.
    fn mark(&mut self, household: HouseholdId, hash: &ChangeHash, mark: Mark) -> Result<(), Self::Error>;
    /// Forgets the changes that are marked as accepted: both sides were seen to hold the same.
    ///
    /// # Errors
    /// When the storage fails.
    fn confirm(&mut self) -> Result<(), Self::Error>;
    /// Writes what [`Session::new`](super::Session::new) is to be given next time.
    ///
    /// # Errors
    /// When the storage fails.
    fn save_state(&mut self, state: &[u8]) -> Result<(), Self::Error>;
}

/// One thing to do to the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// The hub has these outgoing changes.
    Accepted {
        /// Their household.
        household: HouseholdId,
        /// Their hashes.
        changes: Vec<ChangeHash>,
    },
    /// The hub put these outgoing changes into quarantine: take them out of the document, so that
    /// what is edited next does not build on them.
    Refused {
        /// Their household.
        household: HouseholdId,
        /// Their hashes, each with the code of the reason.
        changes: Vec<(ChangeHash, u8)>,
    },
    /// The hub holds another change with this one's actor and number: make its edits, and those
    /// that build on it, anew under a new actor.
    Renew {
        /// Its household.
        household: HouseholdId,
        /// Its hash.
        change: ChangeHash,
    },
    /// Changes from the hub.
    Integrate {
        /// Their household.
        household: HouseholdId,
        /// Its village.
        village: VillageCode,
        /// Raw bytes, each after those that it depends on.
        changes: Vec<Vec<u8>>,
    },
    /// A whole document from a frame.
    Adopt {
        /// Its household.
        household: HouseholdId,
        /// Its village.
        village: VillageCode,
        /// Its bytes.
        document: Vec<u8>,
    },
    /// A household went into another.
    Fold {
        /// The household that is no more.
        household: HouseholdId,
        /// The household that goes on.
        into: HouseholdId,
    },
    /// A household is in another village.
    Move {
        /// The household.
        household: HouseholdId,
        /// Where it is.
        to: VillageCode,
        /// Whether the device's scope holds that village.
        stays: bool,
    },
    /// A household was erased.
    Erase {
        /// The household.
        household: HouseholdId,
    },
    /// Both sides hold the same: forget what was accepted.
    Confirm,
    /// Remember this.
    SaveState(Vec<u8>),
}

/// What a household is like after the tasks that touched it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The household.
    pub household: HouseholdId,
    /// Its village and heads, or `None` when it is not one of the device's any more.
    pub now: Option<(VillageCode, Vec<ChangeHash>)>,
    /// All of its changes that are still to be sent, in order.
    pub unsent: Vec<Outgoing>,
    /// A change that the hub sent and that could not be taken; reconciliation will ask for it again.
    pub fault: Option<DocumentError>,
}

/// Carries out the tasks, in order, in one storage transaction. `random` draws the 8 bytes of a new
/// actor. Returns an [`Outcome`] for each household that was touched.
///
/// # Errors
/// When the storage fails; then the transaction is to be rolled back and nothing has happened.
pub fn carry_out<S: Storage>(
    tasks: &[Task],
    storage: &mut S,
    random: &mut dyn FnMut() -> [u8; 8],
) -> Result<Vec<Outcome>, S::Error> {
    let mut touched: BTreeMap<HouseholdId, Option<DocumentError>> = BTreeMap::new();
    for task in tasks {
        let mut desk = Desk { storage, random };
        match task {
            Task::Accepted { household, changes } => {
                for change in changes {
                    desk.storage.mark(*household, change, Mark::Accepted)?;
                }
            }
            Task::Refused { household, changes } => {
                desk.refuse(*household, changes)?;
                touched.entry(*household).or_default();
            }
            Task::Renew { household, change } => {
                desk.renew(*household, &BTreeSet::from([*change]))?;
                touched.entry(*household).or_default();
            }
            Task::Integrate { household, village, changes } => {
                let fault = desk.integrate(*household, *village, changes)?;
                let slot = touched.entry(*household).or_default();
                *slot = fault.or(slot.take());
            }
            Task::Adopt { household, village, document } => {
                let fault = desk.adopt(*household, *village, document)?;
                touched.insert(*household, fault);
            }
            Task::Fold { household, into } => {
                let fault = desk.fold(*household, *into)?;
                touched.entry(*household).or_default();
                touched.insert(*into, fault);
            }
            Task::Move { household, to, stays } => {
                desk.moved(*household, *to, *stays)?;
                touched.entry(*household).or_default();
            }
            Task::Erase { household } => {
                desk.erase(*household)?;
                touched.entry(*household).or_default();
            }
            Task::Confirm => desk.storage.confirm()?,
            Task::SaveState(state) => desk.storage.save_state(state)?,
        }
    }
    touched.into_iter().map(|(household, fault)| outcome(storage, household, fault)).collect()
}

fn outcome<S: Storage>(
    storage: &mut S,
    household: HouseholdId,
    fault: Option<DocumentError>,
) -> Result<Outcome, S::Error> {
    let now = match storage.load(household)? {
        Some(stored) if stored.presence == Presence::Here && stored.heads != [genesis::hash()] => {
            Some((stored.village, stored.heads))
        }
        _ => None,
    };
    Ok(Outcome { household, now, unsent: storage.unsent(household)?, fault })
}

/// Why an edit was not made; the storage is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditFailed<E> {
    /// The storage failed.
    #[error(transparent)]
    Storage(E),
    /// The edits cannot be made.
    #[error(transparent)]
    Document(DocumentError),
    /// The household is not one of this device's any more.
    #[error("household {0} is not on this device any more")]
    Gone(HouseholdId),
}

impl<E> From<E> for EditFailed<E> {
    fn from(error: E) -> Self {
        Self::Storage(error)
    }
}

/// Makes one change of `edits` in a household, which is registered in `village` if it is new here,
/// and puts it into the outbox. Returns the household that was edited (another one where `household`
/// went into it) and the change, or `None` for the change when the document says all of it already.
///
/// # Errors
/// [`EditFailed`]; then the transaction is to be rolled back and nothing has happened.
pub fn edit<S: Storage>(
    storage: &mut S,
    device: DeviceId,
    random: &mut dyn FnMut() -> [u8; 8],
    (household, village): (HouseholdId, VillageCode),
    time_ms: i64,
    edits: &[Edit],
) -> Result<(HouseholdId, Option<Made>), EditFailed<S::Error>> {
    let mut desk = Desk { storage, random };
    let (household, stored) = desk.current(household)?;
    let mut stored = stored.unwrap_or_else(|| fresh(village));
    if stored.presence != Presence::Here {
        return Err(EditFailed::Gone(household));
    }
    let mut document = open(&stored).map_err(EditFailed::Document)?;
    let actor = *stored.actor.get_or_insert_with(|| ActorId::new(device, (desk.random)()));
    let made = document.edit(actor, time_ms, edits).map_err(EditFailed::Document)?;
    if let Some(made) = &made {
        desk.put(household, stored.village, made)?;
    }
    desk.close(household, stored, document)?;
    Ok((household, made))
}

fn fresh(village: VillageCode) -> Stored {
    Stored { village, actor: None, document: Vec::new(), heads: Vec::new(), presence: Presence::Here }
}

fn open(stored: &Stored) -> Result<Document, DocumentError> {
    if stored.document.is_empty() { Ok(Document::new()) } else { Document::load(&stored.document) }
}

/// The storage and chance, while one task is done.
struct Desk<'a, S> {
    storage: &'a mut S,
    random: &'a mut dyn FnMut() -> [u8; 8],
}

impl<S: Storage> Desk<'_, S> {
    /// The household that goes on where this one went, itself if it went nowhere.
    fn current(&mut self, household: HouseholdId) -> Result<(HouseholdId, Option<Stored>), S::Error> {
        let mut at = household;
        let mut seen = BTreeSet::new();
        loop {
            match self.storage.load(at)? {
                Some(Stored { presence: Presence::Folded(into), .. }) if seen.insert(at) => at = into,
                stored => return Ok((at, stored)),
            }
        }
    }

    fn close(
        &mut self,
        household: HouseholdId,
        mut stored: Stored,
        mut document: Document,
    ) -> Result<(), S::Error> {
        stored.heads = document.heads();
        stored.document = document.save();
        self.storage.save(household, &stored)
    }

    fn put(&mut self, household: HouseholdId, village: VillageCode, made: &Made) -> Result<(), S::Error> {
        self.storage.put_outgoing(&Outgoing {
            household,
            village,
            hash: made.hash,
            bytes: made.bytes.clone(),
        })
    }

    /// A stored document that cannot be read is left alone: its bytes may still be mended by hand.
    fn integrate(
        &mut self,
        household: HouseholdId,
        village: VillageCode,
        changes: &[Vec<u8>],
    ) -> Result<Option<DocumentError>, S::Error> {
        let (household, stored) = self.current(household)?;
        let mut stored = stored.unwrap_or_else(|| fresh(village));
        if stored.presence == Presence::Erased {
            return Ok(None);
        }
        stored.village = village;
        stored.presence = Presence::Here;
        let mut document = match open(&stored) {
            Ok(document) => document,
            Err(error) => return Ok(Some(error)),
        };
        let mut fault = None;
        if let Err(error) = document.apply(changes) {
            document = self.apply_around(household, &mut stored, document, changes, &mut fault, error)?;
        }
        self.close(household, stored, document)?;
        Ok(fault)
    }

    /// What cannot be applied at once: a change with the actor and number of one of ours that the
    /// hub has not seen (this storage was restored or cloned) makes ours give way and be made anew;
    /// of other faults, what stands before the faulty change is kept.
    fn apply_around(
        &mut self,
        household: HouseholdId,
        stored: &mut Stored,
        mut document: Document,
        changes: &[Vec<u8>],
        fault: &mut Option<DocumentError>,
        error: DocumentError,
    ) -> Result<Document, S::Error> {
        if let DocumentError::ActorConflict { actor, .. } = error {
            let unsent: BTreeSet<ChangeHash> =
                self.storage.unsent(household)?.iter().map(|out| out.hash).collect();
            let ours = document
                .changes()
                .into_iter()
                .filter(|held| held.actor == actor && unsent.contains(&held.hash));
            let ours: BTreeSet<ChangeHash> = ours.map(|held| held.hash).collect();
            if !ours.is_empty() {
                let Parted { mut rest, taken } = document.without(&ours);
                if let Err(error) = rest.apply(changes) {
                    *fault = Some(error);
                }
                return self.make_anew(household, stored, rest, taken);
            }
        }
        for change in changes {
            if let Err(error) = document.apply(std::slice::from_ref(change)) {
                fault.get_or_insert(error);
            }
        }
        Ok(document)
    }

    /// Puts edits that lost their change into the document again, under a new actor. Rows that are
    /// there already are not made twice, and answers in rows that are gone have nowhere to go.
    fn make_anew(
        &mut self,
        household: HouseholdId,
        stored: &mut Stored,
        mut document: Document,
        taken: Vec<(Held, Vec<Edit>)>,
    ) -> Result<Document, S::Error> {
        let mut rows: BTreeSet<RowId> = document.rows().into_iter().collect();
        for (held, mut edits) in taken {
            edits.retain(|edit| match edit {
                Edit::MakeRow(row) => rows.insert(*row),
                Edit::Put { row, .. } => row.is_none_or(|row| rows.contains(&row)),
            });
            let actor = match stored.actor {
                Some(actor) if actor != held.actor => actor,
                _ => ActorId::new(held.actor.device(), (self.random)()),
            };
            stored.actor = Some(actor);
            // An edit that cannot be made again leaves its change in the outbox, to be looked at.
            if let Ok(made) = document.edit(actor, held.time_ms, &edits) {
                self.storage.mark(household, &held.hash, Mark::Replaced)?;
                if let Some(made) = &made {
                    self.put(household, stored.village, made)?;
                }
            }
        }
        Ok(document)
    }

    fn renew(&mut self, household: HouseholdId, changes: &BTreeSet<ChangeHash>) -> Result<(), S::Error> {
        let (household, Some(mut stored)) = self.current(household)? else { return Ok(()) };
        let Ok(mut document) = open(&stored) else { return Ok(()) };
        let Parted { rest, taken } = document.without(changes);
        if taken.is_empty() {
            return Ok(());
        }
        let document = self.make_anew(household, &mut stored, rest, taken)?;
        self.close(household, stored, document)
    }

    fn refuse(&mut self, household: HouseholdId, changes: &[(ChangeHash, u8)]) -> Result<(), S::Error> {
        let refused: BTreeMap<ChangeHash, u8> = changes.iter().copied().collect();
        for (hash, reason) in changes {
            self.storage.mark(household, hash, Mark::Refused(*reason))?;
        }
        let (household, Some(mut stored)) = self.current(household)? else { return Ok(()) };
        let Ok(mut document) = open(&stored) else { return Ok(()) };
        let Parted { rest, mut taken } = document.without(&refused.keys().copied().collect());
        taken.retain(|(held, _)| !refused.contains_key(&held.hash));
        let document = self.make_anew(household, &mut stored, rest, taken)?;
        self.close(household, stored, document)
    }

    fn adopt(
        &mut self,
        household: HouseholdId,
        village: VillageCode,
        bytes: &[u8],
    ) -> Result<Option<DocumentError>, S::Error> {
        let mut document = match Document::load(bytes) {
            Ok(document) => document,
            Err(error) => return Ok(Some(error)),
        };
        match self.current(household)? {
            (_, Some(stored)) if !stored.document.is_empty() => {
                let changes: Vec<Vec<u8>> = document.changes().into_iter().map(|held| held.bytes).collect();
                self.integrate(household, village, &changes)
            }
            (household, _) => {
                let stored = Stored { heads: document.heads(), document: bytes.to_vec(), ..fresh(village) };
                self.storage.save(household, &stored)?;
                Ok(None)
            }
        }
    }

    /// Moves what this device knows of `household` into `into`; what is unsent goes along.
    fn fold(&mut self, household: HouseholdId, into: HouseholdId) -> Result<Option<DocumentError>, S::Error> {
        let Some(mut stored) = self.storage.load(household)? else { return Ok(None) };
        let mut fault = None;
        if !stored.document.is_empty() {
            let mut document = match open(&stored) {
                Ok(document) => document,
                Err(error) => return Ok(Some(error)),
            };
            let village = match self.storage.load(into)? {
                Some(target) => target.village,
                None => stored.village,
            };
            let changes: Vec<Vec<u8>> = document.changes().into_iter().map(|held| held.bytes).collect();
            fault = self.integrate(into, village, &changes)?;
            for outgoing in self.storage.unsent(household)? {
                self.storage.mark(household, &outgoing.hash, Mark::Replaced)?;
                self.storage.put_outgoing(&Outgoing { household: into, village, ..outgoing })?;
            }
        }
        stored.presence = Presence::Folded(into);
        stored.document.clear();
        stored.heads.clear();
        self.storage.save(household, &stored)?;
        Ok(fault)
    }

    /// What is unsent stays in the outbox: the hub knows where the household went.
    fn moved(&mut self, household: HouseholdId, to: VillageCode, stays: bool) -> Result<(), S::Error> {
        let Some(mut stored) = self.storage.load(household)? else { return Ok(()) };
        if stored.presence != Presence::Here {
            return Ok(());
        }
        if stays {
            stored.village = to;
        } else {
            stored.presence = Presence::Moved(to);
            if self.storage.unsent(household)?.is_empty() {
                stored.document.clear();
                stored.heads.clear();
            }
        }
        self.storage.save(household, &stored)
    }

    fn erase(&mut self, household: HouseholdId) -> Result<(), S::Error> {
        for outgoing in self.storage.unsent(household)? {
            self.storage.mark(household, &outgoing.hash, Mark::Replaced)?;
        }
        let Some(mut stored) = self.storage.load(household)? else { return Ok(()) };
        stored.presence = Presence::Erased;
        stored.document.clear();
        stored.heads.clear();
        self.storage.save(household, &stored)
    }
}
