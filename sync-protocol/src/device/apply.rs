//! What a device does to its storage: its own edits, and what a reply brings.

use light::{Map, Set};

use super::{Mark, Outgoing, Presence, Stored};
use crate::change::Edit;
use crate::document::{Document, DocumentError, Held, Made, Parted};
use crate::hub::Reason;
use crate::ids::{ActorId, ChangeHash, DeviceId, HouseholdId, VillageCode};

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
    /// Puts a change at the end of the outbox, unless it is there already.
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
        /// What they build on that lies there too, whoever sent it.
        quarantined: Vec<ChangeHash>,
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
    /// The hub holds it as a household of its own: what made it go was undone when the hub was
    /// restored from a backup.
    Revive {
        /// The household.
        household: HouseholdId,
        /// Where it is.
        village: VillageCode,
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
    let mut desk = Desk { storage, random, touched: Map::new() };
    for task in tasks {
        match task {
            Task::Accepted { household, changes } => desk.accepted(*household, changes)?,
            Task::Refused { household, changes, quarantined } => {
                desk.refused(*household, changes, quarantined)?;
            }
            Task::Renew { household, change } => desk.renew(*household, *change)?,
            Task::Integrate { household, village, changes } => {
                desk.integrate(*household, *village, changes)?;
            }
            Task::Adopt { household, village, document } => desk.adopt(*household, *village, document)?,
            Task::Fold { household, into } => desk.fold(*household, *into)?,
            Task::Move { household, to, stays } => desk.moved(*household, *to, *stays)?,
            Task::Revive { household, village } => desk.revive(*household, *village)?,
            Task::Erase { household } => desk.erase(*household)?,
            Task::Confirm => desk.storage.confirm()?,
            Task::SaveState(state) => desk.storage.save_state(state)?,
        }
    }
    let touched = std::mem::take(&mut desk.touched);
    touched.into_iter().map(|(household, fault)| outcome(desk.storage, household, fault)).collect()
}

fn outcome<S: Storage>(
    storage: &mut S,
    household: HouseholdId,
    fault: Option<DocumentError>,
) -> Result<Outcome, S::Error> {
    let now = match storage.load(household)? {
        Some(stored) if stored.is_live() => Some((stored.village, stored.heads)),
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
    let mut desk = Desk { storage, random, touched: Map::new() };
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

/// The storage and chance, while tasks are done.
struct Desk<'a, S> {
    storage: &'a mut S,
    random: &'a mut dyn FnMut() -> [u8; 8],
    /// The households that were written, each with what could not be taken.
    touched: Map<HouseholdId, Option<DocumentError>>,
}

impl<S: Storage> Desk<'_, S> {
    /// The household that goes on where this one went, itself if it went nowhere.
    fn current(&mut self, household: HouseholdId) -> Result<(HouseholdId, Option<Stored>), S::Error> {
        let mut at = household;
        let mut seen = Set::new();
        loop {
            match self.storage.load(at)? {
                Some(Stored { presence: Presence::Folded(into), .. }) if seen.insert(at) => at = into,
                stored => return Ok((at, stored)),
            }
        }
    }

    fn save(&mut self, household: HouseholdId, stored: &Stored) -> Result<(), S::Error> {
        self.touched.entry(household).or_default();
        self.storage.save(household, stored)
    }

    fn close(
        &mut self,
        household: HouseholdId,
        mut stored: Stored,
        document: Document,
    ) -> Result<(), S::Error> {
        stored.heads = document.heads();
        stored.document = document.save();
        self.save(household, &stored)
    }

    fn fault(&mut self, household: HouseholdId, error: DocumentError) {
        self.touched.entry(household).or_default().get_or_insert(error);
    }

    fn put(&mut self, household: HouseholdId, village: VillageCode, made: &Made) -> Result<(), S::Error> {
        self.storage.put_outgoing(&Outgoing {
            household,
            village,
            hash: made.hash,
            bytes: made.bytes.clone(),
        })
    }

    fn accepted(&mut self, household: HouseholdId, changes: &[ChangeHash]) -> Result<(), S::Error> {
        for change in changes {
            self.storage.mark(household, change, Mark::Accepted)?;
        }
        self.let_go(household)
    }

    /// Takes refused changes out of the document, and what they build on that was refused before.
    /// What was refused only because it builds on such a change is made anew without it.
    fn refused(
        &mut self,
        household: HouseholdId,
        changes: &[(ChangeHash, u8)],
        quarantined: &[ChangeHash],
    ) -> Result<(), S::Error> {
        let reasons = Map::from_iter(changes.iter().copied());
        self.keep_refused(household, &reasons)?;
        for (hash, reason) in &reasons {
            // Of an erased household nothing is kept, here neither.
            let erased = *reason == Reason::HouseholdErased.code();
            let mark = if erased { Mark::Replaced } else { Mark::Refused(*reason) };
            self.storage.mark(household, hash, mark)?;
        }
        let gone = Set::from_iter(reasons.keys().chain(quarantined).copied());
        self.take_out(household, &gone, &|hash, orphaned| match reasons.get(hash) {
            Some(reason) if *reason == Reason::DependencyQuarantined.code() => orphaned,
            Some(_) => false,
            None => !quarantined.contains(hash),
        })?;
        self.let_go(household)
    }

    /// What the hub had asked for lies in no outbox: it is put there, or it would be nowhere here once
    /// it is out of the document.
    fn keep_refused(
        &mut self,
        household: HouseholdId,
        refused: &Map<ChangeHash, u8>,
    ) -> Result<(), S::Error> {
        let (_, Some(stored)) = self.current(household)? else { return Ok(()) };
        let Ok(document) = open(&stored) else { return Ok(()) };
        for held in document.changes().into_iter().filter(|held| refused.contains_key(&held.hash)) {
            let village = stored.village;
            self.storage.put_outgoing(&Outgoing {
                household,
                village,
                hash: held.hash,
                bytes: held.bytes,
            })?;
        }
        Ok(())
    }

    fn renew(&mut self, household: HouseholdId, change: ChangeHash) -> Result<(), S::Error> {
        self.take_out(household, &Set::from_iter([change]), &|_, _| true)
    }

    /// Takes changes out of a document and makes them, and what builds on them, anew where
    /// `is_anew` says so of a change, told whether it builds on one that is gone. A stored document
    /// that cannot be read is left alone: its bytes may still be mended by hand.
    fn take_out(
        &mut self,
        household: HouseholdId,
        changes: &Set<ChangeHash>,
        is_anew: &dyn Fn(&ChangeHash, bool) -> bool,
    ) -> Result<(), S::Error> {
        let (household, Some(mut stored)) = self.current(household)? else { return Ok(()) };
        if stored.document.is_empty() {
            return Ok(());
        }
        match open(&stored).and_then(|document| document.without(changes)) {
            Ok(parted) if parted.taken.is_empty() => Ok(()),
            Ok(parted) => {
                let document = self.make_anew(household, &mut stored, parted, is_anew)?;
                self.close(household, stored, document)
            }
            Err(error) => {
                self.fault(household, error);
                Ok(())
            }
        }
    }

    /// Puts edits that lost their change into the document again, under new actors. Each is made
    /// where it was made first, upon what its change built on, so that it is still concurrent with
    /// what its author had not seen, and overwrites none of it.
    fn make_anew(
        &mut self,
        household: HouseholdId,
        stored: &mut Stored,
        Parted { mut rest, taken }: Parted,
        is_anew: &dyn Fn(&ChangeHash, bool) -> bool,
    ) -> Result<Document, S::Error> {
        // What stands in the place of a change that is gone.
        let mut instead: Map<ChangeHash, Set<ChangeHash>> = Map::new();
        let mut actors: Map<ActorId, ActorId> = Map::new();
        let authors = Set::from_iter(taken.iter().map(|(held, _)| held.actor));
        for (held, edits) in taken {
            let orphaned = held.deps.iter().any(|dep| instead.contains_key(dep));
            let place =
                |dep: &ChangeHash| instead.get(dep).cloned().unwrap_or_else(|| Set::from_iter([*dep]));
            let mut heads: Set<ChangeHash> = Set::from_iter(held.deps.iter().flat_map(place));
            if is_anew(&held.hash, orphaned) {
                let actor = *actors
                    .entry(held.actor)
                    .or_insert_with(|| ActorId::new(held.actor.device(), (self.random)()));
                // An edit that cannot be made again leaves its change in the outbox, to be looked at.
                if let Some(Anew { made, whole }) = anew(&mut rest, &heads, actor, &held, edits) {
                    let builds_on_lost = Mark::Refused(Reason::DependencyQuarantined.code());
                    let mark = if whole { Mark::Replaced } else { builds_on_lost };
                    self.storage.mark(household, &held.hash, mark)?;
                    if let Some(made) = &made {
                        self.put(household, stored.village, made)?;
                        heads = Set::from_iter([made.hash]);
                    }
                }
            }
            instead.insert(held.hash, heads);
        }
        // The numbers of an actor whose changes were taken out are not given again: a quarantined
        // change may be let in yet.
        if let Some(actor) = stored.actor.filter(|actor| authors.contains(actor)) {
            stored.actor = actors.get(&actor).copied();
        }
        Ok(rest)
    }

    fn integrate(
        &mut self,
        household: HouseholdId,
        village: VillageCode,
        changes: &[Vec<u8>],
    ) -> Result<(), S::Error> {
        let (household, stored) = self.current(household)?;
        let mut stored = stored.unwrap_or_else(|| fresh(village));
        stored.village = village;
        stored.presence = Presence::Here;
        let mut document = match open(&stored) {
            Ok(document) => document,
            Err(error) => {
                self.fault(household, error);
                return Ok(());
            }
        };
        if let Err(error) = document.apply(changes) {
            document = self.apply_around(household, &mut stored, document, changes, error)?;
        }
        self.close(household, stored, document)
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
        error: DocumentError,
    ) -> Result<Document, S::Error> {
        if let DocumentError::ActorConflict { actor, .. } = error {
            let unsent = Set::from_iter(self.storage.unsent(household)?.iter().map(|out| out.hash));
            let held = document.changes().into_iter();
            let ours = held.filter(|held| held.actor == actor && unsent.contains(&held.hash));
            let ours = Set::from_iter(ours.map(|held| held.hash));
            if !ours.is_empty()
                && let Ok(parted) = document.without(&ours)
            {
                document = self.make_anew(household, stored, parted, &|_, _| true)?;
            }
        }
        for change in changes {
            if let Err(error) = document.apply(std::slice::from_ref(change)) {
                self.fault(household, error);
            }
        }
        Ok(document)
    }

    fn adopt(&mut self, household: HouseholdId, village: VillageCode, bytes: &[u8]) -> Result<(), S::Error> {
        let document = match Document::load(bytes) {
            Ok(document) => document,
            Err(error) => {
                self.fault(household, error);
                return Ok(());
            }
        };
        match self.current(household)? {
            (_, Some(stored)) if !stored.document.is_empty() => {
                let changes: Vec<Vec<u8>> = document.changes().into_iter().map(|held| held.bytes).collect();
                self.integrate(household, village, &changes)
            }
            (household, _) => self.close(household, fresh(village), document),
        }
    }

    /// Moves what this device knows of `household` into `into`; what is unsent goes along.
    fn fold(&mut self, household: HouseholdId, into: HouseholdId) -> Result<(), S::Error> {
        let Some(mut stored) = self.storage.load(household)?.filter(|_| household != into) else {
            return Ok(());
        };
        let (mut at, mut target) = self.current(into)?;
        if at == household {
            // Here it went the other way, before the hub was restored from a backup.
            self.revive(into, stored.village)?;
            (at, target) = (into, self.storage.load(into)?);
        }
        let into = at;
        if !stored.document.is_empty() {
            let document = match open(&stored) {
                Ok(document) => document,
                Err(error) => {
                    self.fault(household, error);
                    return Ok(());
                }
            };
            let village = target.as_ref().map_or(stored.village, |target| target.village);
            let presence = target.map_or(Presence::Here, |target| target.presence);
            if matches!(presence, Presence::Here | Presence::Moved(_)) {
                let changes: Vec<Vec<u8>> = document.changes().into_iter().map(|held| held.bytes).collect();
                self.integrate(into, village, &changes)?;
                self.inherit(into, presence, stored.actor)?;
            }
            for outgoing in self.storage.unsent(household)? {
                self.storage.mark(household, &outgoing.hash, Mark::Replaced)?;
                self.storage.put_outgoing(&Outgoing { household: into, village, ..outgoing })?;
            }
            self.touched.entry(into).or_default();
            self.let_go(into)?;
        }
        self.leave(household, &mut stored, Presence::Folded(into))
    }

    /// A household that took another in was written here if that one was, and is where it was before.
    fn inherit(
        &mut self,
        into: HouseholdId,
        presence: Presence,
        actor: Option<ActorId>,
    ) -> Result<(), S::Error> {
        match self.storage.load(into)? {
            Some(mut stored) => {
                stored.actor = stored.actor.or(actor);
                stored.presence = presence;
                self.save(into, &stored)
            }
            None => Ok(()),
        }
    }

    /// The household is no more on this device.
    fn leave(
        &mut self,
        household: HouseholdId,
        stored: &mut Stored,
        presence: Presence,
    ) -> Result<(), S::Error> {
        stored.presence = presence;
        stored.actor = None;
        stored.document.clear();
        stored.heads.clear();
        self.save(household, stored)
    }

    /// What is unsent is sent before the household is let go: the hub knows where it went.
    fn moved(&mut self, household: HouseholdId, to: VillageCode, stays: bool) -> Result<(), S::Error> {
        let Some(mut stored) = self.storage.load(household)? else { return Ok(()) };
        if stored.presence != Presence::Here {
            return Ok(());
        }
        if stays {
            stored.village = to;
        } else {
            stored.presence = Presence::Moved(to);
        }
        self.save(household, &stored)?;
        self.let_go(household)
    }

    /// Deletes the document of a household that moved away, once nothing of it is left to send. What
    /// was written here is kept, unseen: a hub that is restored from a backup may have lost it, and no
    /// other device need ever have had it.
    fn let_go(&mut self, household: HouseholdId) -> Result<(), S::Error> {
        match self.storage.load(household)? {
            Some(mut stored)
                if matches!(stored.presence, Presence::Moved(_))
                    && stored.actor.is_none()
                    && !stored.document.is_empty()
                    && self.storage.unsent(household)?.is_empty() =>
            {
                let presence = stored.presence;
                self.leave(household, &mut stored, presence)
            }
            _ => Ok(()),
        }
    }

    fn revive(&mut self, household: HouseholdId, village: VillageCode) -> Result<(), S::Error> {
        match self.storage.load(household)? {
            Some(mut stored) if stored.presence != Presence::Here => {
                (stored.presence, stored.village) = (Presence::Here, village);
                self.save(household, &stored)
            }
            _ => Ok(()),
        }
    }

    fn erase(&mut self, household: HouseholdId) -> Result<(), S::Error> {
        for outgoing in self.storage.unsent(household)? {
            self.storage.mark(household, &outgoing.hash, Mark::Replaced)?;
        }
        match self.storage.load(household)? {
            Some(mut stored) => self.leave(household, &mut stored, Presence::Erased),
            None => Ok(()),
        }
    }
}

/// A change that was made anew.
struct Anew {
    /// `None` when the document says all of it already.
    made: Option<Made>,
    /// Whether nothing had to be left out.
    whole: bool,
}

/// Makes `edits` again in the document, upon these heads. Rows that are there already are not made
/// twice, and answers in rows that are gone have nowhere to go.
fn anew(
    document: &mut Document,
    heads: &Set<ChangeHash>,
    actor: ActorId,
    held: &Held,
    mut edits: Vec<Edit>,
) -> Option<Anew> {
    let mut base = document.at(heads)?;
    let mut rows = Set::from_iter(base.rows());
    let makes = |edit: &Edit| matches!(edit, Edit::MakeRow(row) if !rows.contains(row));
    let elsewhere = document.rows();
    if edits.iter().any(|edit| makes(edit) && matches!(edit, Edit::MakeRow(row) if elsewhere.contains(row))) {
        base = document.clone();
        rows.extend(elsewhere);
    }
    let all = edits.len();
    let mut remade = 0;
    edits.retain(|edit| match edit {
        Edit::MakeRow(row) => {
            remade += usize::from(rows.contains(row));
            rows.insert(*row)
        }
        Edit::Put { row, .. } => row.is_none_or(|row| rows.contains(&row)),
    });
    let whole = edits.len() + remade == all;
    let made = base.edit(actor, held.time_ms, &edits).ok()?;
    if let Some(made) = &made {
        document.apply(std::slice::from_ref(&made.bytes)).ok()?;
    }
    Some(Anew { made, whole })
}
