//! Random histories: phones that edit, sync over a bad network, are restored and cloned; a hub that
//! folds, moves, erases, refuses and is restored. When all have synced in peace, all hold the same,
//! and no answer is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sync_protocol::change::{Action, Change, Edit};
use sync_protocol::device::{Mark, Presence, State};
use sync_protocol::document::Document;
use sync_protocol::ids::{HouseholdId, RowId};
use sync_protocol::value::Scalar;

use super::hub::{Hub, KeptState};
use super::phone::{Mishap, Phone, put, village};

/// Histories in each run of the tests; SAMRUAT_HISTORIES asks for more, SAMRUAT_SEED for one.
const HISTORIES: u64 = 250;
/// What happens in one history.
const EVENTS: usize = 60;
/// Syncs of each phone after which all must be in step.
const PEACEFUL_ROUNDS: usize = 6;
const ROWS_MAX: usize = 4;

#[test]
fn all_replicas_agree_after_any_history_and_no_answer_is_lost() {
    if let Ok(seed) = std::env::var("SAMRUAT_SEED") {
        return History::new(seed.parse().expect("a seed")).run(true);
    }
    let histories =
        std::env::var("SAMRUAT_HISTORIES").map_or(HISTORIES, |count| count.parse().expect("a count"));
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= histories {
                        return;
                    }
                    let outcome = std::panic::catch_unwind(|| History::new(seed).run(false));
                    assert!(
                        outcome.is_ok(),
                        "replay with SAMRUAT_SEED={seed} cargo test -p sync-protocol histories"
                    );
                }
            });
        }
    });
}

struct History {
    rng: ChaCha8Rng,
    hub: Hub,
    hub_backup: Hub,
    phones: Vec<Phone>,
    phone_backup: Option<(usize, Phone)>,
    /// Keys that were put once each, with the household into which they were put.
    said: BTreeMap<String, HouseholdId>,
    /// Every fold, also those that a restore has undone: what went along stays where it went.
    folds: BTreeSet<(HouseholdId, HouseholdId)>,
    epoch: u8,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut hub = Hub::new(1, ROWS_MAX);
        let scopes: [&[u8]; 4] = [&[4, 5], &[4, 5, 6], &[4], &[5, 6]];
        let count = rng.random_range(2..=4);
        let phones = (0..count).map(|n| {
            let budget_bytes = *[1024, 4096, 256 * 1024].choose(&mut rng).expect("a budget");
            Phone { budget_bytes, ..Phone::enrol(&mut hub, n as u8 + 1, scopes[n]) }
        });
        let phones = phones.collect();
        let hub_backup = hub.clone();
        Self {
            rng,
            hub,
            hub_backup,
            phones,
            phone_backup: None,
            said: BTreeMap::new(),
            folds: BTreeSet::new(),
            epoch: 1,
        }
    }

    /// With `watched`, looks after each event whether an answer was lost: slow, and to the point.
    fn run(mut self, watched: bool) {
        for event in 0..EVENTS {
            self.happen(event);
            if watched {
                let before = self.said.clone();
                self.forget_what_is_nowhere();
                for (key, household) in before {
                    let excused = self.is_erased(household) || self.said.contains_key(&key);
                    assert!(excused, "event {event} lost {key} of {household}");
                }
            }
        }
        self.make_peace();
        self.assert_equal();
        self.assert_nothing_lost();
    }

    /// Whether the household, or one that it was ever folded into, was erased.
    fn is_erased(&self, household: HouseholdId) -> bool {
        let (mut open, mut seen) = (vec![household], BTreeSet::new());
        while let Some(at) = open.pop() {
            if self.hub.households.get(&at).is_some_and(|kept| kept.state == KeptState::Erased) {
                return true;
            }
            if seen.insert(at) {
                open.extend(self.folds.iter().filter(|(from, _)| *from == at).map(|(_, into)| *into));
            }
        }
        false
    }

    fn happen(&mut self, event: usize) {
        let phone = self.rng.random_range(0..self.phones.len());
        match self.rng.random_range(0..100) {
            0..45 => self.edit(phone, event),
            45..80 => self.sync(phone),
            80..83 => {
                let (one, other) = (self.household(), self.household());
                if self.hub.fold(one, other) {
                    self.folds.insert((one, other));
                }
            }
            83..86 => {
                let (household, to) = (self.household(), village(self.rng.random_range(4..=6)));
                self.hub.move_to(household, to);
            }
            86 => {
                let household = self.household();
                self.hub.erase(household);
            }
            87..90 => self.hub.make_frames(),
            90..92 => self.hub_backup = self.hub.clone(),
            92 => {
                self.epoch += 1;
                self.hub.restore(&self.hub_backup, self.epoch);
                self.forget_what_is_nowhere();
            }
            93..95 => self.phone_backup = Some((phone, self.phones[phone].clone())),
            95 => self.restore_phone(),
            96 => self.clone_phone(phone),
            // What a phone remembers of the hub cannot be read any more.
            97 => self.phones[phone].memory.state = State::default().to_bytes(),
            _ => {
                self.hub.make_frames();
                self.phones[phone].memory.state.clear();
            }
        }
    }

    fn household(&mut self) -> HouseholdId {
        HouseholdId([self.rng.random_range(1..=7); 16])
    }

    fn edit(&mut self, phone: usize, event: usize) {
        let household = self.household();
        let phone = &mut self.phones[phone];
        let rng = &mut self.rng;
        let villages: Vec<_> = phone.villages.iter().copied().collect();
        let key = format!("remark/{event}");
        let mut edits = vec![put(&key, "มาเยี่ยมแล้ว")];
        for _ in 0..rng.random_range(0..3) {
            let number = ["0812345678", "0898765432", "055123456"].choose(rng).expect("a number");
            edits.push(put(["phone", "head_name", "roof"].choose(rng).expect("a question"), number));
        }
        if rng.random_bool(0.2) {
            let row = RowId(rng.random());
            let name = Scalar::Str("มาลี ใจดี".into());
            edits.push(Edit::MakeRow(row));
            edits.push(Edit::Put { row: Some(row), key: "m_name".into(), value: name });
        }
        let shown = phone.memory.households.get(&household).filter(|stored| stored.is_live());
        let shown = shown.map(|stored| Document::load(&stored.document).expect("a stored document"));
        if let Some(document) = shown {
            // In a row that is there; and, where answers are in conflict, the one that is shown.
            if let Some(row) = document.rows().choose(rng) {
                let age = Scalar::Int(rng.random_range(0..100));
                edits.push(Edit::Put { row: Some(*row), key: "m_age".into(), value: age });
            }
            if let Some(answer) = document.answers().into_iter().find(|answer| answer.conflict) {
                let at_rest =
                    !edits.iter().any(|edit| matches!(edit, Edit::Put { key, .. } if *key == answer.key));
                if at_rest && rng.random_bool(0.5) {
                    edits.push(Edit::Put { row: answer.row, key: answer.key, value: answer.value });
                }
            }
        }
        let place = *villages.choose(rng).expect("a village");
        if phone.try_edit(household, place, &edits).is_some() {
            self.said.insert(key, household);
        }
    }

    fn sync(&mut self, phone: usize) {
        let rng = &mut self.rng;
        let mut network = || match rng.random_range(0..30) {
            0 => Mishap::RequestLost,
            1 => Mishap::ReplyLost,
            2 => Mishap::Crash,
            _ => Mishap::None,
        };
        // It may break off; it may find that nothing is left to do. It may not fail.
        let result = self.phones[phone].sync_over(&mut self.hub, &mut network);
        assert!(!matches!(result, Err(super::phone::Stopped::Session(_))), "{result:?}");
    }

    fn restore_phone(&mut self) {
        if let Some((phone, backup)) = &self.phone_backup {
            let seed = self.rng.random();
            self.phones[*phone] = self.phones[*phone].with_storage_of(backup, seed);
            self.forget_what_is_nowhere();
        }
    }

    fn clone_phone(&mut self, phone: usize) {
        if self.phones.len() < 6 {
            let seed = self.rng.random();
            let clone = self.phones[phone].with_storage_of(&self.phones[phone], seed);
            self.phones.push(clone);
        }
    }

    /// What only a storage held that was restored is lost; nobody can ask for it.
    fn forget_what_is_nowhere(&mut self) {
        let mut somewhere = BTreeSet::new();
        let mut note = |bytes: &[u8]| somewhere.extend(keys(bytes));
        for kept in self.hub.households.values() {
            kept.changes.iter().for_each(|bytes| note(bytes));
        }
        self.hub.quarantine.values().for_each(|(_, bytes)| note(bytes));
        for phone in &self.phones {
            let kept = phone.memory.outbox.iter().filter(|(_, mark)| *mark != Some(Mark::Accepted));
            kept.for_each(|(outgoing, _)| note(&outgoing.bytes));
            for stored in phone.memory.households.values().filter(|stored| !stored.document.is_empty()) {
                let document = Document::load(&stored.document).expect("a stored document");
                document.changes().iter().for_each(|held| note(&held.bytes));
            }
        }
        self.said.retain(|key, _| somewhere.contains(key));
    }

    fn make_peace(&mut self) {
        for _ in 0..PEACEFUL_ROUNDS {
            let reports: Vec<_> = self.phones.iter_mut().map(|phone| phone.sync(&mut self.hub)).collect();
            if reports
                .iter()
                .all(|report| report.equal == Some(true) && report.accepted + report.received == 0)
            {
                return;
            }
        }
        panic!("no peace after {PEACEFUL_ROUNDS} rounds");
    }

    fn assert_equal(&mut self) {
        for phone in &mut self.phones {
            assert!(phone.memory.outbox.iter().all(|(_, mark)| matches!(mark, Some(Mark::Refused(_)))));
            let live = phone.memory.live();
            for moo in &phone.villages {
                let ours: Vec<_> = live.iter().filter(|(_, (at, _))| at == moo).collect();
                let ours: Vec<_> = ours.into_iter().map(|(id, (_, heads))| (*id, heads.clone())).collect();
                assert_eq!(ours, self.hub.live(*moo));
            }
            for (household, (at, _)) in live {
                assert!(phone.villages.contains(&at), "{household} lies outside of the scope");
                let registers = &self.hub.households[&household].registers;
                let answers = phone.document(household).answers();
                let shown: Vec<_> = answers.iter().map(|answer| answer.as_shown()).collect();
                assert_eq!(shown, registers.shown());
            }
            for stored in phone.memory.households.values() {
                // A copy stays behind, unseen, only of what was written on this phone.
                let kept = stored.is_kept_away() && stored.actor.is_some();
                assert!(stored.presence == Presence::Here || stored.document.is_empty() || kept);
            }
        }
    }

    /// Every answer is in its household, or in the one that this went into, or in quarantine, or
    /// kept as refused by a phone, or erased.
    fn assert_nothing_lost(&self) {
        let quarantined: BTreeSet<String> =
            self.hub.quarantine.values().flat_map(|(_, bytes)| keys(bytes)).collect();
        let refused: BTreeSet<String> = self
            .phones
            .iter()
            .flat_map(|phone| &phone.memory.outbox)
            .flat_map(|(outgoing, _)| keys(&outgoing.bytes))
            .collect();
        for (key, household) in &self.said {
            let mut kept = self.hub.households.values();
            let there = kept.any(|kept| kept.registers.register(None, key).is_some());
            let apart = quarantined.contains(key) || refused.contains(key);
            assert!(there || apart || self.is_erased(*household), "{key} of {household} is lost");
        }
    }
}

/// The answers that a change puts.
fn keys(bytes: &[u8]) -> Vec<String> {
    let Ok(change) = Change::read(bytes) else { return Vec::new() };
    change.ops().filter(|op| matches!(op.action, Action::Put(_))).map(|op| op.key.to_owned()).collect()
}
