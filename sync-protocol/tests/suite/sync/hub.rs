//! A hub in memory: what PROTOCOL.md says of a hub, without a database, and slow where a real one
//! is fast.

use std::collections::{BTreeMap, BTreeSet};

use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use sha2::{Digest as _, Sha256};
use sync_protocol::change::{Action, Change, Refusal};
use sync_protocol::cursor::{Chain, Cursor, EntryKind};
use sync_protocol::digest::Digest;
use sync_protocol::frame::{FRAME_VERSION, Frame, Held, frame_content, frame_name};
use sync_protocol::hub::{Exchange, Reason, differing, exchange};
use sync_protocol::ids::{ChangeHash, DeviceId, HouseholdId, ShortHash, VillageCode};
use sync_protocol::registers::{Judgement, Registers};
use sync_protocol::snapshot;
use sync_protocol::wire::{
    Answer, ENTRY_OVERHEAD_BYTES, Entry, Fate, FrameRef, Have, Note, PushGroup, Reply, Request, ShortHashes,
    Standing, Verdict, VillageDigest,
};

/// A clone of it is its backup.
#[derive(Clone)]
pub(crate) struct Hub {
    epoch: [u8; 8],
    log: Vec<Logged>,
    pub(crate) households: BTreeMap<HouseholdId, Kept>,
    pub(crate) quarantine: BTreeMap<ChangeHash, (Reason, Vec<u8>)>,
    devices: BTreeMap<DeviceId, BTreeSet<VillageCode>>,
    pub(crate) frames: BTreeMap<[u8; 32], Vec<u8>>,
    plan: Vec<(VillageCode, FrameRef)>,
    planned_at: usize,
    /// A limit that can be met in a short test.
    rows_max: usize,
}

#[derive(Clone)]
struct Logged {
    kind: EntryKind,
    household: HouseholdId,
    village: VillageCode,
    payload: Vec<u8>,
    hash: [u8; 32],
    chain: Chain,
}

/// A household of the hub.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) village: VillageCode,
    pub(crate) state: KeptState,
    pub(crate) registers: Registers,
    /// In order of arrival.
    pub(crate) changes: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum KeptState {
    Live,
    Folded(HouseholdId),
    Erased,
}

impl Hub {
    pub(crate) fn new(epoch: u8, rows_max: usize) -> Self {
        Self {
            epoch: [epoch; 8],
            log: Vec::new(),
            households: BTreeMap::new(),
            quarantine: BTreeMap::new(),
            devices: BTreeMap::new(),
            frames: BTreeMap::new(),
            plan: Vec::new(),
            planned_at: 0,
            rows_max,
        }
    }

    pub(crate) fn enrol(&mut self, device: DeviceId, villages: &BTreeSet<VillageCode>) {
        self.devices.insert(device, villages.clone());
    }

    /// Goes back to a backup, as a new life of its log.
    pub(crate) fn restore(&mut self, backup: &Self, epoch: u8) {
        *self = Self { epoch: [epoch; 8], devices: self.devices.clone(), ..backup.clone() };
    }

    /// The household in which this one goes on.
    pub(crate) fn goes_on(&self, household: HouseholdId) -> HouseholdId {
        match self.households.get(&household).map(|kept| kept.state) {
            Some(KeptState::Folded(into)) => self.goes_on(into),
            _ => household,
        }
    }

    pub(crate) fn live(&self, village: VillageCode) -> Vec<(HouseholdId, Vec<ChangeHash>)> {
        let live = self.households.iter();
        live.filter(|(_, kept)| kept.state == KeptState::Live && kept.village == village)
            .map(|(household, kept)| (*household, kept.registers.heads().to_vec()))
            .collect()
    }

    /// Answers a request of `device`.
    pub(crate) fn answer(&mut self, device: DeviceId, body: &[u8]) -> Vec<u8> {
        let request = Request::from_body(body).expect("a device sends requests");
        assert_eq!(request.to_body(), body);
        let scope = self.devices[&device].clone();
        let mut verdicts = Vec::new();
        let mut notes = Vec::new();
        let mut pushed = BTreeSet::new();
        for group in &request.push {
            for bytes in &group.changes {
                let index = verdicts.len() as u32;
                pushed.insert(ChangeHash(hash_of(bytes)));
                match self.take(&scope, group, bytes) {
                    Judged::Plain(verdict) => verdicts.push(verdict as u8),
                    Judged::Waiting(missing) => {
                        verdicts.push(Verdict::Waiting as u8);
                        notes.push(Note { index, reason: 0, missing });
                    }
                    Judged::Quarantined(reason, missing) => {
                        verdicts.push(Verdict::Quarantined as u8);
                        notes.push(Note { index, reason: reason.code(), missing });
                    }
                }
            }
        }
        let mut reply = Reply {
            verdicts,
            notes,
            entries: Vec::new(),
            cursor: self.cursor_at(self.log.len()),
            standing: Standing::Unknown,
            digests: scope.iter().map(|village| self.digest(*village)).collect(),
            frames: Vec::new(),
            differing: Vec::new(),
            answers: Vec::new(),
            time_ms: 1_763_800_000_000,
            forms: None,
        };
        match request.cursor {
            None => {
                reply.standing = Standing::First;
                reply.cursor = self.cursor_at(self.planned_at);
                let in_scope = self.plan.iter().filter(|(village, _)| scope.contains(village));
                reply.frames = in_scope.map(|(_, frame)| *frame).collect();
            }
            Some(cursor) if usize::try_from(cursor.seq).is_ok_and(|seq| self.knows(cursor, seq)) => {
                self.read_log(cursor.seq as usize, &scope, &pushed, request.budget(), &mut reply);
            }
            Some(_) => {}
        }
        for theirs in request.buckets.iter().filter(|theirs| scope.contains(&theirs.village)) {
            reply.differing.push(differing(&theirs.buckets, theirs.village, &self.live(theirs.village)));
        }
        let mut room = request.budget();
        for have in &request.have {
            reply.answers.push(self.compare(&scope, have, request.budget(), &mut room));
        }
        let body = reply.to_body();
        assert_eq!(Reply::from_body(&body).expect("a hub sends replies"), reply);
        body
    }

    fn knows(&self, cursor: Cursor, seq: usize) -> bool {
        seq <= self.log.len() && cursor == self.cursor_at(seq)
    }

    fn cursor_at(&self, seq: usize) -> Cursor {
        let chain = seq.checked_sub(1).map_or(Chain::default(), |last| self.log[last].chain);
        Cursor { epoch: self.epoch, seq: seq as u64, chain: chain.short() }
    }

    pub(crate) fn digest(&self, village: VillageCode) -> VillageDigest {
        let live = self.live(village);
        let sum = live.iter().fold(Digest::default(), |sum, (id, heads)| sum.plus(Digest::of(*id, heads)));
        VillageDigest { village, digest: sum }
    }

    fn append(&mut self, kind: EntryKind, household: HouseholdId, village: VillageCode, payload: Vec<u8>) {
        let hash =
            if kind == EntryKind::Change { hash_of(&payload) } else { Sha256::digest(&payload).into() };
        let before = self.log.last().map_or(Chain::default(), |last| last.chain);
        let chain = before.after(kind, household, village, &hash);
        self.log.push(Logged { kind, household, village, payload, hash, chain });
    }

    fn take(&mut self, scope: &BTreeSet<VillageCode>, group: &PushGroup, bytes: &[u8]) -> Judged {
        let change = match Change::read(bytes) {
            Ok(change) => change,
            Err(refusal) => {
                return self.keep_apart(ChangeHash(hash_of(bytes)), Reason::Refused(refusal), bytes);
            }
        };
        let household = self.goes_on(group.household);
        let kept = self.households.get(&household);
        if kept.is_some_and(|kept| kept.registers.contains(&change.hash())) {
            return Judged::Plain(Verdict::Known);
        }
        let village = kept.map_or(group.village, |kept| kept.village);
        if kept.is_some_and(|kept| kept.state == KeptState::Erased) {
            return Judged::Quarantined(Reason::HouseholdErased, Vec::new());
        }
        if !self.devices.contains_key(&change.actor().device()) {
            return self.keep_apart(change.hash(), Reason::UnknownDevice, bytes);
        }
        if !scope.contains(&village) {
            return self.keep_apart(change.hash(), Reason::OutsideScope, bytes);
        }
        // This sender may send what another one might not: it is asked for that first.
        let barred =
            |dep: &&ChangeHash| self.quarantine.get(dep).is_some_and(|it| it.0 != Reason::OutsideScope);
        let barred: Vec<ChangeHash> = change.deps().iter().filter(barred).copied().collect();
        if !barred.is_empty() {
            self.keep_apart(change.hash(), Reason::DependencyQuarantined, bytes);
            return Judged::Quarantined(Reason::DependencyQuarantined, barred);
        }
        let mut registers = kept.map_or_else(Registers::genesis, |kept| kept.registers.clone());
        let rows = change.ops().filter(|op| matches!(op.action, Action::MakeRow(_))).count();
        if registers.rows().len() + rows > self.rows_max {
            return self.keep_apart(change.hash(), Reason::Refused(Refusal::TooManyRows), bytes);
        }
        match registers.merge(&change, self.log.len() as u64 + 1) {
            Ok(_) => {}
            Err(Judgement::Waiting { missing }) => return Judged::Waiting(missing),
            Err(Judgement::ActorConflict) => return Judged::Plain(Verdict::ActorConflict),
            Err(Judgement::Refused(refusal)) => {
                return self.keep_apart(change.hash(), Reason::Refused(refusal), bytes);
            }
            Err(other) => panic!("merge says {other:?}"),
        }
        let kept = self.households.entry(household).or_insert_with(|| Kept {
            village,
            state: KeptState::Live,
            registers: Registers::genesis(),
            changes: Vec::new(),
        });
        kept.registers = registers;
        kept.changes.push(bytes.to_vec());
        self.quarantine.remove(&change.hash());
        self.append(EntryKind::Change, household, village, bytes.to_vec());
        Judged::Plain(Verdict::Accepted)
    }

    fn keep_apart(&mut self, hash: ChangeHash, reason: Reason, bytes: &[u8]) -> Judged {
        self.quarantine.insert(hash, (reason, bytes.to_vec()));
        Judged::Quarantined(reason, Vec::new())
    }

    /// The log of these villages after the first `start` entries, as far as the budget reaches.
    /// What the same request pushed is left out: its sender has it.
    fn read_log(
        &self,
        start: usize,
        scope: &BTreeSet<VillageCode>,
        pushed: &BTreeSet<ChangeHash>,
        budget: usize,
        reply: &mut Reply,
    ) {
        let mut room = budget;
        let mut read = start;
        for logged in &self.log[start..] {
            let is_change = logged.kind == EntryKind::Change;
            let own = is_change && pushed.contains(&ChangeHash(logged.hash));
            let erased = is_change && self.households[&logged.household].state == KeptState::Erased;
            if scope.contains(&logged.village) && !own && !erased {
                let bytes = logged.payload.len() + ENTRY_OVERHEAD_BYTES;
                if bytes > room && !reply.entries.is_empty() {
                    break;
                }
                room = room.saturating_sub(bytes);
                push_entry(&mut reply.entries, logged);
            }
            read += 1;
        }
        reply.cursor = self.cursor_at(read);
        reply.standing = if read == self.log.len() { Standing::Complete } else { Standing::More };
    }

    /// The answer to what a device holds; only the first change of all may be over the budget.
    fn compare(&self, scope: &BTreeSet<VillageCode>, have: &Have, budget: usize, room: &mut usize) -> Answer {
        let Have { household, changes } = have;
        let kept = self.households.get(household);
        let ours: Vec<ShortHash> = kept
            .into_iter()
            .flat_map(|kept| kept.registers.changes())
            .map(|change| change.hash.short())
            .collect();
        let Exchange { lacks, want } = exchange(changes, &ours);
        let answer = |fate, want| Answer { household: *household, fate, changes: Vec::new(), want };
        let Some(kept) = kept else { return answer(Fate::Unknown, want) };
        match kept.state {
            KeptState::Erased => answer(Fate::Erased, ShortHashes::default()),
            KeptState::Folded(_) => {
                answer(Fate::Folded { into: self.goes_on(*household) }, ShortHashes::default())
            }
            KeptState::Live if !scope.contains(&kept.village) => {
                answer(Fate::Moved { to: kept.village }, want)
            }
            KeptState::Live => {
                let mut answer = answer(Fate::Live { village: kept.village }, want);
                for position in lacks {
                    let bytes = &kept.changes[position];
                    if bytes.len() > *room && *room < budget {
                        break;
                    }
                    *room = room.saturating_sub(bytes.len());
                    answer.changes.push(bytes.clone().into());
                }
                answer
            }
        }
    }

    /// Folds one household into another, as a coordinator would; whether it could be done.
    pub(crate) fn fold(&mut self, household: HouseholdId, into: HouseholdId) -> bool {
        let is_live = |id| self.households.get(&id).is_some_and(|kept: &Kept| kept.state == KeptState::Live);
        if household == into || !is_live(household) || !is_live(into) {
            return false;
        }
        let from = self.households[&household].clone();
        let mut target = self.households[&into].clone();
        let mut fresh = Vec::new();
        for bytes in &from.changes {
            let change = Change::read(bytes).expect("it was read before");
            match target.registers.merge(&change, (self.log.len() + fresh.len()) as u64 + 1) {
                Ok(_) => fresh.push(bytes.clone()),
                Err(Judgement::Known) => {}
                Err(_) => return false,
            }
        }
        for bytes in fresh {
            target.changes.push(bytes.clone());
            self.append(EntryKind::Change, into, target.village, bytes);
        }
        self.households.insert(into, target);
        self.append(EntryKind::Folded, household, from.village, into.0.to_vec());
        self.set(household, KeptState::Folded(into));
        true
    }

    /// The household moves: its old village is told so, its new one gets all of its changes.
    pub(crate) fn move_to(&mut self, household: HouseholdId, village: VillageCode) {
        let Some(kept) = self.households.get(&household).filter(|kept| kept.state == KeptState::Live) else {
            return;
        };
        let kept = kept.clone();
        if kept.village == village {
            return;
        }
        self.append(EntryKind::Moved, household, kept.village, village.get().to_be_bytes().to_vec());
        for bytes in kept.changes {
            self.append(EntryKind::Change, household, village, bytes);
        }
        self.households.get_mut(&household).expect("it is there").village = village;
    }

    /// The household's members asked to be forgotten: changes, frames and all.
    pub(crate) fn erase(&mut self, household: HouseholdId) {
        let Some(kept) = self.households.get(&household).filter(|kept| kept.state == KeptState::Live) else {
            return;
        };
        let village = kept.village;
        self.set(household, KeptState::Erased);
        self.append(EntryKind::Erased, household, village, Vec::new());
        if !self.plan.is_empty() {
            self.make_frames();
        }
    }

    fn set(&mut self, household: HouseholdId, state: KeptState) {
        let kept = self.households.get_mut(&household).expect("it is there");
        *kept = Kept { village: kept.village, state, registers: Registers::genesis(), changes: Vec::new() };
    }

    /// Makes the frames of a first sync anew; the old ones are gone.
    pub(crate) fn make_frames(&mut self) {
        (self.frames, self.plan, self.planned_at) = (BTreeMap::new(), Vec::new(), self.log.len());
        let mut by_village: BTreeMap<VillageCode, Vec<(HouseholdId, Held)>> = BTreeMap::new();
        for (household, kept) in &self.households {
            if kept.state == KeptState::Live {
                let held = if kept.changes.len() < 3 {
                    Held::Changes(kept.changes.clone())
                } else {
                    Held::Document(snapshot::make(&kept.changes).expect("a hub's changes apply"))
                };
                by_village.entry(kept.village).or_default().push((*household, held));
            }
        }
        for (village, households) in by_village {
            for few in households.chunks(3) {
                let file = frame_file(&Frame { village, households: few.to_vec() });
                let name = frame_name(&file);
                self.plan.push((village, name));
                self.frames.insert(name.sha256, file);
            }
        }
    }
}

enum Judged {
    Plain(Verdict),
    Waiting(Vec<ChangeHash>),
    Quarantined(Reason, Vec<ChangeHash>),
}

/// A frame's file, compressed without C.
pub(crate) fn frame_file(frame: &Frame) -> Vec<u8> {
    let mut file = vec![FRAME_VERSION];
    let content = frame_content(frame).expect("documents and changes").concat();
    file.extend(compress_to_vec(content.as_slice(), CompressionLevel::Fastest));
    file
}

/// A change's hash, or the name of what is none.
fn hash_of(bytes: &[u8]) -> [u8; 32] {
    Change::read(bytes).map_or_else(|_| Sha256::digest(bytes).into(), |change| change.hash().0)
}

fn push_entry(entries: &mut Vec<Entry>, logged: &Logged) {
    let (household, village) = (logged.household, logged.village);
    let number = || u32::from_be_bytes(logged.payload[..].try_into().expect("a village"));
    match logged.kind {
        EntryKind::Change => match entries.last_mut() {
            Some(Entry::Changes { household: last, village: at, changes })
                if (*last, *at) == (household, village) =>
            {
                changes.push(logged.payload.clone().into());
            }
            _ => entries.push(Entry::Changes {
                household,
                village,
                changes: vec![logged.payload.clone().into()],
            }),
        },
        EntryKind::Folded => {
            let into = HouseholdId::try_from(&logged.payload[..]).expect("a household");
            entries.push(Entry::Folded { household, village, into });
        }
        EntryKind::Moved => {
            let to = VillageCode::try_from(number()).expect("a village");
            entries.push(Entry::Moved { household, village, to });
        }
        EntryKind::Erased => entries.push(Entry::Erased { household, village }),
    }
}
