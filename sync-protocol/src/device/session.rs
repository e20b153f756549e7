//! One sync, from the first request until nothing is left to say.

use light::{Map, Set};
use std::collections::VecDeque;

use super::{FramePlan, Outcome, Outgoing, State, Task};
use crate::cursor::Cursor;
use crate::digest::{Buckets, Digest, bucket};
use crate::document::Document;
use crate::frame::{Frame, FrameError, Held, read_frame};
use crate::ids::{ChangeHash, HouseholdId, ShortHash, VillageCode};
use crate::limits;
use crate::wire::{
    Answer, ENTRY_OVERHEAD_BYTES, Entry, Fate, Fingerprint, FrameRef, Have, PushGroup, Reply, Request,
    ShortHashes, Standing, Verdict, VillageBuckets, VillageDiffering, VillageDigest, WireError,
};

/// Replies in a row that may bring nothing before a session leaves the rest to the next one: telling
/// of a difference takes three (digests, buckets, changes held) before anything moves.
const IDLE_REPLIES_MAX: u32 = 5;
/// Reconciliations in one session: each brings as much as a budget has room for.
const RECONCILIATIONS_MAX: u32 = 100;
/// Households that moved away and are offered to a hub with another log in one request.
const OFFERED_AT_ONCE: usize = 64;
/// Bytes of hashes that one request spends on telling what the device holds.
const HAVE_BYTES_MAX: usize = 64 * 1024;

/// What a session is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The villages that the device is enrolled for.
    pub villages: Set<VillageCode>,
    /// Bytes that a request may push and a reply may bring.
    pub budget_bytes: u32,
}

/// What the shell is to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this body to `/api/v1/sync`; give the reply's body to [`Session::posted`].
    Post(Vec<u8>),
    /// Get this frame; give its bytes to [`Session::fetched`], or call [`Session::frame_is_gone`]
    /// when the hub has it no more.
    Fetch(FrameRef),
    /// Carry out these tasks in one transaction ([`carry_out`](super::carry_out)); give the outcomes
    /// to [`Session::applied`].
    Apply(Vec<Task>),
    /// Read these households' documents; give those that there are to [`Session::read`].
    Read(Vec<HouseholdId>),
    /// Nothing is left to do.
    Done,
}

/// Why a session ends early. What was applied stays applied; the next session goes on from there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The reply is not one of this protocol.
    #[error("the hub's reply cannot be read: {0}")]
    Wire(#[from] WireError),
    /// A frame is not what its name promises.
    #[error("a frame of the first sync cannot be read: {0}")]
    Frame(#[from] FrameError),
    /// The reply does not fit the request.
    #[error("the hub's reply does not fit the request: {0}")]
    Unfit(&'static str),
}

/// What a session did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Requests sent.
    pub requests: u32,
    /// Frames fetched.
    pub frames: u32,
    /// Changes that the hub accepted.
    pub accepted: u32,
    /// Changes that the hub had already.
    pub known: u32,
    /// Changes whose edits were made anew under another actor.
    pub renewed: u32,
    /// Changes that the hub put into quarantine: household, hash, code of the reason.
    pub refused: Vec<(HouseholdId, ChangeHash, u8)>,
    /// Changes that wait at the end for others, which are not here either.
    pub waiting: u32,
    /// Changes that came down.
    pub received: u32,
    /// Whether both sides were seen to hold the same at the end; `None` when it was not compared.
    pub equal: Option<bool>,
    /// Households compared one by one because digests differed.
    pub reconciled: u32,
    /// The hub's clock at the last reply, Unix milliseconds.
    pub hub_time_ms: i64,
    /// What the last reply said of the forms that are published in the tambon, if it said anything.
    pub forms: Option<Fingerprint>,
}

/// What the device does about digests that differ.
#[derive(Debug, Clone, PartialEq, Default)]
enum Reconcile {
    #[default]
    Nothing,
    /// Send the bucket digests of these villages.
    Buckets(Vec<VillageCode>),
    /// Read these households, then tell what the device holds of them.
    Households(Vec<HouseholdId>),
    /// Tell that the device holds this.
    Have(Vec<Have>),
}

/// The documents that a session asked for, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reading {
    /// To tell which changes they hold.
    Have,
    /// To push these of their changes.
    Push(Map<HouseholdId, Set<ShortHash>>),
}

/// What a reply's verdicts say of one household.
#[derive(Debug, Default)]
struct Told {
    accepted: Vec<ChangeHash>,
    /// Each with the code of the reason.
    refused: Vec<(ChangeHash, u8)>,
    /// What refused changes build on.
    quarantined: Set<ChangeHash>,
    renew: Vec<ChangeHash>,
    /// What waiting changes wait for.
    missing: Set<ShortHash>,
}

impl Told {
    fn tasks(self, household: HouseholdId) -> impl Iterator<Item = Task> {
        let quarantined = self.quarantined.into_iter().collect();
        let accepted = Task::Accepted { household, changes: self.accepted };
        let refused = Task::Refused { household, changes: self.refused, quarantined };
        let said = |task: &Task| match task {
            Task::Accepted { changes, .. } => !changes.is_empty(),
            Task::Refused { changes, .. } => !changes.is_empty(),
            _ => true,
        };
        let renew = self.renew.into_iter().map(move |change| Task::Renew { household, change });
        [accepted, refused].into_iter().chain(renew).filter(said)
    }
}

/// One sync. See the [module's](super) first page for the loop that drives it.
#[derive(Debug)]
pub struct Session {
    scope: Scope,
    state: State,
    households: Map<HouseholdId, (VillageCode, Vec<ChangeHash>)>,
    /// Households that moved away and are kept: no digest tells whether the hub has them.
    away: Vec<HouseholdId>,
    /// Changes that the hub asked for, then our own new ones.
    wanted: VecDeque<Outgoing>,
    unsent: VecDeque<Outgoing>,
    /// What the last request pushed, in its order.
    pushed: Vec<Outgoing>,
    /// What the hub asked for and was given: it is not given twice.
    given: Set<(HouseholdId, ShortHash)>,
    /// Pushed changes that wait for others.
    waiting: Map<HouseholdId, Set<ChangeHash>>,
    reconcile: Reconcile,
    reading: Option<Reading>,
    tasks: Vec<Task>,
    /// What is to be decided once `tasks` are applied.
    after: Option<After>,
    /// Whether anything went up or came down since the last reply was weighed.
    moved: bool,
    /// Replies in a row that brought nothing.
    idle_replies: u32,
    reconciliations: u32,
    done: bool,
    report: Report,
}

/// The parts of a reply that are weighed when its changes are in the documents.
#[derive(Debug)]
struct After {
    cursor: Cursor,
    standing: Standing,
    digests: Vec<VillageDigest>,
    differing: Vec<VillageDiffering>,
    asked_buckets: bool,
    /// Whether the reply answered what the device holds: then what it changes here counts.
    answered: bool,
}

impl Session {
    /// A session of a device whose live households have these villages and heads, which keeps `away`
    /// of those that moved away ([`Stored::is_kept_away`](super::Stored::is_kept_away)), and whose
    /// outbox holds `unsent`, each change after those that it depends on.
    #[must_use]
    pub fn new(
        scope: Scope,
        state: State,
        households: Map<HouseholdId, (VillageCode, Vec<ChangeHash>)>,
        away: Vec<HouseholdId>,
        unsent: Vec<Outgoing>,
    ) -> Self {
        Self {
            scope,
            state,
            households,
            away,
            wanted: VecDeque::new(),
            unsent: unsent.into(),
            pushed: Vec::new(),
            given: Set::new(),
            waiting: Map::new(),
            reconcile: Reconcile::default(),
            reading: None,
            tasks: Vec::new(),
            after: None,
            moved: false,
            idle_replies: 0,
            reconciliations: 0,
            done: false,
            report: Report::default(),
        }
    }

    /// What was done so far.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Changes that are still to be pushed.
    #[must_use]
    pub fn left_to_push(&self) -> usize {
        self.wanted.len() + self.unsent.len()
    }

    /// The frames of a first sync: how many are done, how many there are.
    #[must_use]
    pub fn frames(&self) -> Option<(u32, usize)> {
        self.state.plan.as_ref().map(|plan| (plan.done, plan.frames.len()))
    }

    /// What to do next. What comes of it is to be given back before the next step is asked for.
    pub fn step(&mut self) -> Step {
        if !self.tasks.is_empty() {
            return Step::Apply(std::mem::take(&mut self.tasks));
        }
        if self.done {
            return Step::Done;
        }
        if let Some(frame) = self.next_frame() {
            return Step::Fetch(frame);
        }
        match (&self.reading, &self.reconcile) {
            (Some(Reading::Push(wanted)), _) => Step::Read(wanted.keys().copied().collect()),
            (Some(Reading::Have), Reconcile::Households(households)) => Step::Read(households.clone()),
            _ => Step::Post(self.request().to_body()),
        }
    }

    fn next_frame(&self) -> Option<FrameRef> {
        let plan = self.state.plan.as_ref()?;
        plan.frames.get(usize::try_from(plan.done).ok()?).copied()
    }

    fn request(&mut self) -> Request {
        let mut request = Request::at(self.state.cursor, self.scope.budget_bytes);
        let mut room =
            usize::try_from(self.scope.budget_bytes).unwrap_or(usize::MAX).min(limits::REQUEST_BYTES_MAX / 2);
        match &self.reconcile {
            Reconcile::Buckets(villages) => {
                request.buckets = villages.iter().map(|village| self.buckets(*village)).collect();
            }
            Reconcile::Have(have) => request.have.clone_from(have),
            Reconcile::Nothing | Reconcile::Households(_) => {}
        }
        self.pushed.clear();
        for outgoing in self.wanted.iter().chain(&self.unsent) {
            let bytes = outgoing.bytes.len() + ENTRY_OVERHEAD_BYTES;
            let full = bytes > room && !self.pushed.is_empty();
            if full || self.pushed.len() == limits::REQUEST_CHANGES_MAX {
                break;
            }
            room = room.saturating_sub(bytes);
            match request.push.last_mut() {
                Some(group) if group.household == outgoing.household => {
                    group.changes.push(outgoing.bytes.clone().into())
                }
                _ => request.push.push(PushGroup {
                    household: outgoing.household,
                    village: outgoing.village,
                    changes: vec![outgoing.bytes.clone().into()],
                }),
            }
            self.pushed.push(outgoing.clone());
        }
        request
    }

    fn buckets(&self, village: VillageCode) -> VillageBuckets {
        let live = self.households.iter().filter(|(_, (at, _))| *at == village);
        VillageBuckets { village, buckets: Buckets::of(live.map(|(id, (_, heads))| (*id, heads.as_slice()))) }
    }

    /// The hub's reply to the last [`Step::Post`].
    ///
    /// # Errors
    /// [`SessionError`] when it is not a reply to that request; the session is over.
    pub fn posted(&mut self, body: &[u8]) -> Result<(), SessionError> {
        let reply = Reply::from_body(body)?;
        self.report.requests += 1;
        self.report.hub_time_ms = reply.time_ms;
        self.report.forms = reply.forms;
        self.take_verdicts(&reply)?;
        // A log is read forwards, or it is read in vain.
        let ahead = self.state.cursor.is_none_or(|cursor| cursor.seq < reply.cursor.seq);
        self.moved |= ahead && !reply.entries.is_empty();
        let answered = !reply.answers.is_empty();
        for entry in reply.entries {
            self.take_entry(entry);
        }
        for answer in reply.answers {
            self.take_answer(answer);
        }
        match reply.standing {
            Standing::Complete | Standing::More => self.state.cursor = Some(reply.cursor),
            Standing::First => {
                self.state = State {
                    cursor: None,
                    plan: Some(FramePlan { frames: reply.frames, done: 0, cursor: reply.cursor }),
                };
                self.end_of_plan();
            }
            Standing::Unknown => {}
        }
        self.tasks.push(Task::SaveState(self.state.to_bytes()));
        let asked_buckets = matches!(self.reconcile, Reconcile::Buckets(_));
        self.reconcile = Reconcile::Nothing;
        self.after = Some(After {
            cursor: reply.cursor,
            standing: reply.standing,
            digests: reply.digests,
            differing: reply.differing,
            asked_buckets,
            answered,
        });
        Ok(())
    }

    fn take_verdicts(&mut self, reply: &Reply) -> Result<(), SessionError> {
        let pushed = std::mem::take(&mut self.pushed);
        if reply.verdicts.len() != pushed.len() {
            return Err(SessionError::Unfit("it has another number of verdicts"));
        }
        let notes = reply.notes.iter().filter_map(|note| Some((usize::try_from(note.index).ok()?, note)));
        let notes = Map::from_iter(notes);
        let mut told: Map<HouseholdId, Told> = Map::new();
        let mut done: Set<(HouseholdId, ChangeHash)> = Set::new();
        self.waiting.clear();
        for (index, (outgoing, verdict)) in pushed.into_iter().zip(&reply.verdicts).enumerate() {
            let verdict =
                Verdict::try_from(*verdict).map_err(|_| SessionError::Unfit("it has an unknown verdict"))?;
            let Outgoing { household, hash, .. } = outgoing;
            let told = told.entry(household).or_default();
            let missing = notes.get(&index).into_iter().flat_map(|note| &note.missing);
            match verdict {
                Verdict::Accepted | Verdict::Known => {
                    let fresh = verdict == Verdict::Accepted;
                    self.report.accepted += u32::from(fresh);
                    self.report.known += u32::from(!fresh);
                    told.accepted.push(hash);
                }
                Verdict::Quarantined => {
                    let reason = notes.get(&index).map_or(0, |note| note.reason);
                    self.report.refused.push((household, hash, reason));
                    told.refused.push((hash, reason));
                    told.quarantined.extend(missing);
                }
                Verdict::ActorConflict => {
                    self.report.renewed += 1;
                    told.renew.push(hash);
                }
                Verdict::Waiting => {
                    self.waiting.entry(household).or_default().insert(hash);
                    told.missing.extend(missing.map(ChangeHash::short));
                }
            }
            // What is made anew has to be sent yet, and could be told the same for ever.
            self.moved |= !matches!(verdict, Verdict::ActorConflict | Verdict::Waiting);
            if verdict != Verdict::Waiting {
                done.insert((household, hash));
            }
        }
        let pending = |outgoing: &Outgoing| !done.contains(&(outgoing.household, outgoing.hash));
        self.wanted.retain(pending);
        self.unsent.retain(pending);
        for (household, told) in told {
            if self.waiting.contains_key(&household) {
                self.want(household, told.missing.clone());
            }
            self.tasks.extend(told.tasks(household));
        }
        Ok(())
    }

    /// Changes to be read from a document and pushed.
    fn want(&mut self, household: HouseholdId, hashes: Set<ShortHash>) {
        if let Some(Reading::Push(wanted)) = &mut self.reading {
            wanted.entry(household).or_default().extend(hashes);
        } else {
            self.reading = Some(Reading::Push(Map::from_iter([(household, hashes)])));
        }
    }

    fn take_entry(&mut self, entry: Entry) {
        match entry {
            Entry::Changes { household, village, changes } => {
                self.integrate(household, village, changes.into_iter().map(Vec::from).collect());
            }
            Entry::Folded { household, into, .. } => self.tasks.push(Task::Fold { household, into }),
            Entry::Moved { household, to, .. } => self.moved_to(household, to),
            Entry::Erased { household, .. } => self.tasks.push(Task::Erase { household }),
        }
    }

    fn integrate(&mut self, household: HouseholdId, village: VillageCode, changes: Vec<Vec<u8>>) {
        self.report.received += u32::try_from(changes.len()).unwrap_or(u32::MAX);
        self.tasks.push(Task::Integrate { household, village, changes });
    }

    fn moved_to(&mut self, household: HouseholdId, to: VillageCode) {
        let stays = self.scope.villages.contains(&to);
        self.tasks.push(Task::Move { household, to, stays });
    }

    fn take_answer(&mut self, answer: Answer) {
        let Answer { household, fate, changes, want } = answer;
        let want = Set::from_iter(want.iter().filter(|hash| !self.given.contains(&(household, *hash))));
        match fate {
            Fate::Live { village } => {
                match self.households.get(&household) {
                    Some((known, _)) if *known == village => {}
                    Some(_) => self.moved_to(household, village),
                    None => self.tasks.push(Task::Revive { household, village }),
                }
                if !changes.is_empty() {
                    self.integrate(household, village, changes.into_iter().map(Vec::from).collect());
                }
            }
            Fate::Unknown => {}
            Fate::Folded { into } => self.tasks.push(Task::Fold { household, into }),
            // What only this device holds goes up before the household is let go.
            Fate::Moved { to } if want.is_empty() => self.moved_to(household, to),
            Fate::Moved { .. } => {}
            Fate::Erased => self.tasks.push(Task::Erase { household }),
        }
        if !want.is_empty() {
            self.want(household, want);
        }
    }

    /// The bytes of the frame of the last [`Step::Fetch`].
    ///
    /// # Errors
    /// [`SessionError::Frame`] when they are not that frame; the session is over.
    pub fn fetched(&mut self, file: &[u8]) -> Result<(), SessionError> {
        let name = self.next_frame().ok_or(SessionError::Unfit("no frame was asked for"))?;
        let Frame { village, households } = read_frame(&name, file)?;
        self.report.frames += 1;
        self.tasks.extend(households.into_iter().map(|(household, held)| match held {
            Held::Document(document) => Task::Adopt { household, village, document },
            Held::Changes(changes) => Task::Integrate { household, village, changes },
        }));
        if let Some(plan) = &mut self.state.plan {
            plan.done += 1;
        }
        self.end_of_plan();
        self.tasks.push(Task::SaveState(self.state.to_bytes()));
        Ok(())
    }

    /// The hub has the frame of the last [`Step::Fetch`] no more: ask for a new plan.
    pub fn frame_is_gone(&mut self) {
        self.state = State::default();
        self.idle_replies += 1;
    }

    fn end_of_plan(&mut self) {
        if self.next_frame().is_none()
            && let Some(plan) = self.state.plan.take()
        {
            self.state.cursor = Some(plan.cursor);
        }
    }

    /// The tasks of the last [`Step::Apply`] were carried out, with these outcomes.
    pub fn applied(&mut self, outcomes: Vec<Outcome>) {
        let answered = self.after.as_ref().is_some_and(|after| after.answered);
        for outcome in outcomes {
            let now = outcome.now.clone();
            let before = match outcome.now {
                Some(now) => self.households.insert(outcome.household, now),
                None => self.households.remove(&outcome.household),
            };
            self.moved |= answered && before != now;
            self.unsent.retain(|outgoing| outgoing.household != outcome.household);
            self.unsent.extend(outcome.unsent);
        }
        if let Some(after) = self.after.take() {
            self.decide(after);
        }
    }

    /// What is left to do when a reply is applied.
    fn decide(&mut self, after: After) {
        self.idle_replies = if std::mem::take(&mut self.moved) { 0 } else { self.idle_replies + 1 };
        let more = after.standing == Standing::More || after.standing == Standing::First;
        let sendable = !self.unsent.is_empty() || !self.wanted.is_empty() || self.reading.is_some();
        if self.idle_replies > IDLE_REPLIES_MAX {
            self.finish(if more || sendable { None } else { Some(false) });
            return;
        }
        if more || sendable {
            return;
        }
        if after.standing == Standing::Unknown && !self.away.is_empty() {
            let rest = self.away.split_off(self.away.len().min(OFFERED_AT_ONCE));
            let offered = std::mem::replace(&mut self.away, rest);
            self.ask_about(offered);
            return;
        }
        let differs = |theirs: &&VillageDigest| self.digest(theirs.village) != theirs.digest;
        let differing: Vec<VillageCode> =
            after.digests.iter().filter(differs).map(|theirs| theirs.village).collect();
        if differing.is_empty() {
            self.state.cursor = Some(after.cursor);
            self.tasks = vec![Task::Confirm, Task::SaveState(self.state.to_bytes())];
            self.finish(Some(true));
        } else if after.asked_buckets {
            self.compare(&after.differing);
        } else if self.reconciliations == RECONCILIATIONS_MAX {
            self.finish(Some(false));
        } else {
            self.reconciliations += 1;
            self.reconcile = Reconcile::Buckets(differing);
        }
    }

    fn finish(&mut self, equal: Option<bool>) {
        self.report.equal = equal;
        self.done = true;
    }

    fn digest(&self, village: VillageCode) -> Digest {
        let live = self.households.iter().filter(|(_, (at, _))| *at == village);
        live.fold(Digest::default(), |sum, (household, (_, heads))| sum.plus(Digest::of(*household, heads)))
    }

    /// Which households differ, now that the buckets are known in which some do.
    fn compare(&mut self, differing: &[VillageDiffering]) {
        let mut households = Set::new();
        for village in differing {
            let is_told =
                |household| village.buckets.iter().any(|told| usize::from(*told) == bucket(household));
            let there = self.households.iter().filter(|(_, (at, _))| *at == village.village);
            let told = there.filter(|(household, _)| is_told(**household));
            let mut ours: Map<HouseholdId, Set<ShortHash>> =
                Map::from_iter(told.map(|(household, (_, heads))| {
                    (*household, Set::from_iter(heads.iter().map(ChangeHash::short)))
                }));
            for theirs in &village.households {
                if ours.remove(&theirs.household) != Some(Set::from_iter(theirs.heads.iter())) {
                    households.insert(theirs.household);
                }
            }
            households.extend(ours.into_keys());
        }
        if households.is_empty() {
            self.finish(Some(false));
            return;
        }
        self.ask_about(households.into_iter().take(limits::REQUEST_HOUSEHOLDS_MAX).collect());
    }

    /// Tells next what the device holds of these households.
    fn ask_about(&mut self, households: Vec<HouseholdId>) {
        self.report.reconciled += u32::try_from(households.len()).unwrap_or(u32::MAX);
        self.reconcile = Reconcile::Households(households);
        self.reading = Some(Reading::Have);
    }

    /// The documents of the last [`Step::Read`]; one that is not there, or cannot be read, is left out.
    pub fn read(&mut self, documents: Vec<(HouseholdId, Vec<u8>)>) {
        let read = |(household, bytes): (_, Vec<u8>)| Some((household, Document::load(&bytes).ok()?));
        let documents = Map::from_iter(documents.into_iter().filter_map(read));
        match self.reading.take() {
            Some(Reading::Have) => {
                let Reconcile::Households(households) = std::mem::take(&mut self.reconcile) else { return };
                self.reconcile = Reconcile::Have(have(&households, &documents));
            }
            Some(Reading::Push(wanted)) => self.push_wanted(&wanted, &documents),
            None => {}
        }
    }

    /// Puts the wanted changes that are here before what is to be sent already: that may wait for
    /// them. What waits for a change that is not here either stays in the outbox until another sync.
    fn push_wanted(
        &mut self,
        wanted: &Map<HouseholdId, Set<ShortHash>>,
        documents: &Map<HouseholdId, Document>,
    ) {
        let mut found = VecDeque::new();
        for (household, hashes) in wanted {
            let village = self.households.get(household).map(|(village, _)| *village);
            let Some(village) = village.or_else(|| self.scope.villages.first().copied()) else { continue };
            let before = found.len();
            for held in documents.get(household).map(Document::changes).unwrap_or_default() {
                let short = held.hash.short();
                if hashes.contains(&short) && self.given.insert((*household, short)) {
                    let (household, hash) = (*household, held.hash);
                    found.push_back(Outgoing { household, village, hash, bytes: held.bytes });
                }
            }
            if found.len() == before {
                self.set_aside(*household);
            }
        }
        let queued = Set::from_iter(found.iter().map(|outgoing| (outgoing.household, outgoing.hash)));
        let elsewhere = |outgoing: &Outgoing| !queued.contains(&(outgoing.household, outgoing.hash));
        self.wanted.retain(elsewhere);
        self.unsent.retain(elsewhere);
        self.moved |= !found.is_empty();
        found.append(&mut self.wanted);
        self.wanted = found;
    }

    fn set_aside(&mut self, household: HouseholdId) {
        let Some(waiting) = self.waiting.remove(&household) else { return };
        let others =
            |outgoing: &Outgoing| outgoing.household != household || !waiting.contains(&outgoing.hash);
        self.wanted.retain(others);
        self.unsent.retain(others);
        self.report.waiting += u32::try_from(waiting.len()).unwrap_or(u32::MAX);
    }
}

/// What the device holds of these households, as far as one request has room for it.
fn have(households: &[HouseholdId], documents: &Map<HouseholdId, Document>) -> Vec<Have> {
    let mut room = HAVE_BYTES_MAX;
    let mut list: Vec<Have> = Vec::new();
    for household in households {
        let changes: ShortHashes = match documents.get(household) {
            Some(document) => document.changes().iter().map(|held| held.hash.short()).collect(),
            None => ShortHashes::default(),
        };
        let bytes = changes.len() * 8 + ENTRY_OVERHEAD_BYTES;
        if bytes > room && !list.is_empty() {
            break;
        }
        room = room.saturating_sub(bytes);
        list.push(Have { household: *household, changes });
    }
    list
}
