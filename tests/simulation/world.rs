//! The world: what can happen, and what must then be true.

use std::collections::BTreeMap;
use std::fmt;

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sync_protocol::change::Edit;
use sync_protocol::ids::{HouseCode, HouseholdId, RowId, VillageCode};
use sync_protocol::value::Scalar;

use crate::hub::{Backup, Hub};
use crate::oracle::{Oracle, difference, marker};
use crate::phone::{Ended, Fate, Phone, draw_fate};

const VILLAGES: [&str; 2] = ["65011704", "65011705"];
/// Houses that more than one phone may register.
const SHARED_HOUSES: u32 = 4;
const QUESTIONS: [&str; 5] = ["head_name", "landmark", "community_name", "phone", "q_of_a_later_form"];
const GROUPS: [(&str, &str); 4] =
    [("member", "m_name"), ("need", "need_text"), ("visit", "note"), ("note", "text")];

/// What all runs together did.
#[derive(Debug, Default, Clone)]
pub(crate) struct Totals {
    steps: u64,
    edits: u64,
    syncs_whole: u64,
    syncs_broken: u64,
    renewed: u64,
    reconciled: u64,
    refused: u64,
    hub_restores: u64,
    folds: u64,
    erasures: u64,
}

impl Totals {
    pub(crate) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.edits += other.edits;
        self.syncs_whole += other.syncs_whole;
        self.syncs_broken += other.syncs_broken;
        self.renewed += other.renewed;
        self.reconciled += other.reconciled;
        self.refused += other.refused;
        self.hub_restores += other.hub_restores;
        self.folds += other.folds;
        self.erasures += other.erasures;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} steps, {} edits, {} syncs whole and {} broken off, {} changes made anew, {} refused, \
             {} households reconciled, {} hubs restored, {} folds, {} erasures",
            self.steps,
            self.edits,
            self.syncs_whole,
            self.syncs_broken,
            self.renewed,
            self.refused,
            self.reconciled,
            self.hub_restores,
            self.folds,
            self.erasures
        )
    }
}

struct World {
    rng: ChaCha8Rng,
    told: bool,
    now_ms: i64,
    hub: Hub,
    hub_backup: Option<Backup>,
    phones: Vec<Phone>,
    /// For each phone, an older copy of it, with how many values it had saved by then.
    phone_backups: BTreeMap<usize, (Phone, usize)>,
    oracle: Oracle,
    next_marker: u64,
    next_body: u64,
    totals: Totals,
}

/// Runs one seed to its end.
pub(crate) fn run(seed: u64, told: bool) -> Totals {
    let mut world = World::new(seed, told);
    let steps = world.rng.random_range(30..90);
    for _ in 0..steps {
        world.totals.steps += 1;
        world.step();
        world.hub.keeps_what_it_accepted();
    }
    world.heal();
    world.totals.clone()
}

impl World {
    fn new(seed: u64, told: bool) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let now_ms = 1_763_800_000_000;
        let mut hub = Hub::new(seed, now_ms);
        let villages: Vec<VillageCode> = VILLAGES.iter().map(|code| code.parse().unwrap()).collect();
        let scopes = [vec![villages[0]], villages.clone(), villages.clone(), vec![villages[1]]];
        let phones = scopes.into_iter().enumerate().map(|(body, scope)| {
            let skew_ms = if rng.random_bool(0.3) { rng.random_range(-400_000_000..400_000_000) } else { 0 };
            Phone::new(hub.enrol(scope, now_ms), body as u64, skew_ms)
        });
        let phones: Vec<Phone> = phones.collect();
        let next_body = phones.len() as u64;
        Self {
            rng,
            told,
            now_ms,
            hub,
            hub_backup: None,
            phones,
            phone_backups: BTreeMap::new(),
            oracle: Oracle::default(),
            next_marker: 0,
            next_body,
            totals: Totals::default(),
        }
    }

    fn tell(&self, what: impl FnOnce() -> String) {
        if self.told {
            println!("{:>5}  {}", self.totals.steps, what());
        }
    }

    fn step(&mut self) {
        self.now_ms += self.rng.random_range(1_000..3_600_000);
        self.hub.set_time(self.now_ms);
        let phone = self.rng.random_range(0..self.phones.len());
        match self.rng.random_range(0..100) {
            0..34 => self.edit(phone),
            34..44 => self.register(phone),
            44..76 => self.sync(phone),
            76..79 => self.back_up_hub(),
            79..81 => self.restore_hub(),
            81..84 => self.back_up_phone(phone),
            84..86 => self.restore_phone(phone),
            86..87 => self.clone_phone(phone),
            87..90 => self.fold(),
            90..93 => self.move_household(phone),
            93..95 => self.send_rubbish(phone),
            95..96 => self.speak_another_version(phone),
            96..97 => self.erase(),
            _ => self.hub.verify(),
        }
    }

    fn marked(&mut self) -> String {
        self.next_marker += 1;
        marker(self.next_marker)
    }

    fn put(row: Option<RowId>, key: &str, value: impl Into<String>) -> Edit {
        Edit::Put { row, key: key.to_owned(), value: Scalar::Str(value.into()) }
    }

    fn write(
        &mut self,
        phone: usize,
        household: HouseholdId,
        village: VillageCode,
        edits: Vec<Edit>,
        marks: Vec<String>,
    ) {
        let dies = self.rng.random_bool(0.05);
        let written = self.phones[phone].edit(household, village, self.now_ms, &edits, dies);
        self.tell(|| {
            format!("phone {phone} edits {household} {marks:?}{}", if dies { " and dies" } else { "" })
        });
        if written.is_some() {
            self.totals.edits += 1;
            let body = self.phones[phone].body;
            for mark in marks {
                self.oracle.saved(body, household, mark);
            }
        }
    }

    fn some_household(&mut self, phone: usize) -> Option<(HouseholdId, VillageCode)> {
        let here = self.phones[phone].here();
        if here.is_empty() {
            return None;
        }
        let household = here[self.rng.random_range(0..here.len())];
        Some((household, self.phones[phone].memory.households[&household].village))
    }

    fn edit(&mut self, phone: usize) {
        let Some((household, village)) = self.some_household(phone) else { return self.register(phone) };
        let rows = self.phones[phone].document(household).rows();
        let (mut edits, mut marks) = (Vec::new(), Vec::new());
        for _ in 0..self.rng.random_range(1..4) {
            let mark = self.marked();
            match self.rng.random_range(0..10) {
                0..5 => {
                    let question = QUESTIONS[self.rng.random_range(0..QUESTIONS.len())];
                    edits.push(Self::put(None, question, mark.clone()));
                }
                5..7 if !rows.is_empty() => {
                    let row = rows[self.rng.random_range(0..rows.len())];
                    let (_, question) = GROUPS[self.rng.random_range(0..GROUPS.len())];
                    edits.push(Self::put(Some(row), question, mark.clone()));
                    if self.rng.random_bool(0.1) {
                        edits.push(Edit::Put {
                            row: Some(row),
                            key: "deleted".into(),
                            value: Scalar::Bool(true),
                        });
                    }
                }
                7 => {
                    let on = self.rng.random_bool(0.5);
                    edits.push(Edit::Put { row: None, key: "hazards/flood".into(), value: Scalar::Bool(on) });
                    edits.push(Self::put(None, "landmark", mark.clone()));
                }
                8 => {
                    let question = QUESTIONS[self.rng.random_range(0..QUESTIONS.len())];
                    edits.push(Self::put(None, "landmark", mark.clone()));
                    if question != "landmark" {
                        edits.push(Edit::Put { row: None, key: question.into(), value: Scalar::Null });
                    }
                }
                _ => {
                    let row = RowId(self.rng.random());
                    let (group, question) = GROUPS[self.rng.random_range(0..GROUPS.len())];
                    edits.push(Edit::MakeRow(row));
                    edits.push(Self::put(Some(row), "group", group));
                    edits.push(Self::put(Some(row), question, mark.clone()));
                }
            }
            marks.push(mark);
        }
        self.write(phone, household, village, edits, marks);
    }

    fn register(&mut self, phone: usize) {
        let villages: Vec<VillageCode> = self.phones[phone].villages().into_iter().collect();
        let village = villages[self.rng.random_range(0..villages.len())];
        let (household, number) = if self.rng.random_bool(0.6) {
            let number = self.rng.random_range(1..=SHARED_HOUSES);
            let code: HouseCode = format!("6501{number:07}").parse().unwrap();
            (HouseholdId::derived(&code, 1), number)
        } else {
            (HouseholdId(self.rng.random()), self.rng.random_range(1..400))
        };
        let mark = self.marked();
        let edits = vec![
            Self::put(None, "tambon_code", village.tambon().to_string()),
            Edit::Put { row: None, key: "moo".into(), value: Scalar::Int(i64::from(village.moo())) },
            Self::put(None, "house_no", number.to_string()),
            Self::put(None, "head_name", mark.clone()),
        ];
        self.write(phone, household, village, edits, vec![mark]);
    }

    fn move_household(&mut self, phone: usize) {
        let Some((household, village)) = self.some_household(phone) else { return };
        let to: VillageCode = VILLAGES[self.rng.random_range(0..VILLAGES.len())].parse().unwrap();
        let moo = Edit::Put { row: None, key: "moo".into(), value: Scalar::Int(i64::from(to.moo())) };
        self.write(phone, household, village, vec![moo], Vec::new());
    }

    fn sync(&mut self, phone: usize) {
        let badness = [0, 0, 15, 50][self.rng.random_range(0..4)];
        let budget_bytes = [1_024, 4_096, 262_144][self.rng.random_range(0..3)];
        let rng = &mut self.rng;
        let ended = self.phones[phone].sync(&mut self.hub, budget_bytes, &mut || draw_fate(rng, badness));
        self.count(&ended);
        self.tell(|| format!("phone {phone} syncs: {ended:?}"));
    }

    fn count(&mut self, ended: &Ended) {
        match ended {
            Ended::Broken => self.totals.syncs_broken += 1,
            Ended::Whole(report) => {
                self.totals.syncs_whole += 1;
                self.totals.renewed += u64::from(report.renewed);
                self.totals.reconciled += u64::from(report.reconciled);
                self.totals.refused += report.refused.len() as u64;
            }
        }
    }

    fn back_up_hub(&mut self) {
        self.hub_backup = Some(self.hub.back_up());
        self.tell(|| "the hub is backed up".to_owned());
    }

    fn restore_hub(&mut self) {
        let Some(backup) = &self.hub_backup else { return };
        // An operator may forget to say that it is a restore: the chain notices all the same.
        let told_so = self.rng.random_bool(0.5);
        self.hub.restore(backup, told_so);
        self.totals.hub_restores += 1;
        self.tell(|| format!("the hub is restored from its backup, new epoch: {told_so}"));
    }

    fn back_up_phone(&mut self, phone: usize) {
        let count = self.oracle.count_of(self.phones[phone].body);
        self.phone_backups.insert(phone, (self.phones[phone].clone(), count));
        self.tell(|| format!("phone {phone} is backed up"));
    }

    fn restore_phone(&mut self, phone: usize) {
        let Some((backup, count)) = self.phone_backups.get(&phone) else { return };
        let body = self.phones[phone].body;
        self.oracle.storage_put_back(body, *count);
        let memory = backup.memory.clone();
        self.phones[phone].memory = memory;
        self.tell(|| format!("phone {phone} is restored from its backup"));
    }

    /// The same storage in two phones: same device, same token, same actors.
    fn clone_phone(&mut self, phone: usize) {
        if self.phones.len() == 6 {
            return;
        }
        let mut clone = self.phones[phone].clone();
        clone.body = self.next_body;
        self.next_body += 1;
        self.tell(|| format!("phone {phone} is cloned as phone {}", self.phones.len()));
        self.phones.push(clone);
    }

    fn fold(&mut self) {
        let households: Vec<HouseholdId> = self.hub.live().into_keys().collect();
        if households.len() < 2 {
            return;
        }
        let from = households[self.rng.random_range(0..households.len())];
        let into = households[self.rng.random_range(0..households.len())];
        if from != into {
            self.hub.fold(from, into);
            self.oracle.folded(from, into);
            self.totals.folds += 1;
            self.tell(|| format!("{from} is folded into {into}"));
        }
    }

    fn erase(&mut self) {
        let households: Vec<HouseholdId> = self.hub.live().into_keys().collect();
        if households.is_empty() {
            return;
        }
        let household = households[self.rng.random_range(0..households.len())];
        for id in self.hub.erase(household) {
            self.oracle.erased(id);
        }
        self.totals.erasures += 1;
        self.tell(|| format!("{household} is erased"));
    }

    fn send_rubbish(&mut self, phone: usize) {
        let before = self.hub.live();
        let mut body: Vec<u8> = (0..self.rng.random_range(0..300)).map(|_| self.rng.random()).collect();
        if let Some(first) = body.first_mut() {
            *first = 1;
        }
        self.hub.sync(&self.phones[phone].enrolled.clone(), &body);
        assert_eq!(before, self.hub.live(), "rubbish changed the hub");
        self.tell(|| "rubbish arrives at the hub".to_owned());
    }

    fn speak_another_version(&mut self, phone: usize) {
        let mut body = sync_protocol::wire::Request::at(None, 4_096).to_body();
        body[0] = 99;
        let answer = self.hub.sync(&self.phones[phone].enrolled.clone(), &body);
        assert_eq!(answer, None, "a version that is not spoken here was answered");
    }

    /// The network heals. Everyone syncs until nothing moves; then everything is equal.
    fn heal(&mut self) {
        let mut quiet = 0;
        for round in 0..40 {
            let mut moved = false;
            for phone in 0..self.phones.len() {
                let ended = self.phones[phone].sync(&mut self.hub, 262_144, &mut || Fate::Deliver);
                self.count(&ended);
                self.tell(|| format!("healing {round}: phone {phone}: {ended:?}"));
                let Ended::Whole(report) = ended else { panic!("a sync over a good network broke off") };
                moved |= report.accepted + report.received + report.renewed > 0 || report.equal != Some(true);
            }
            quiet = if moved { 0 } else { quiet + 1 };
            if quiet == 2 {
                break;
            }
        }
        assert_eq!(quiet, 2, "the replicas do not come to rest");
        self.hub.verify();
        self.everything_is_equal();
        self.nothing_is_missing();
    }

    fn everything_is_equal(&mut self) {
        let hub = self.hub.live();
        for (number, phone) in self.phones.iter().enumerate() {
            let scope = phone.villages();
            let theirs: BTreeMap<_, _> = hub
                .iter()
                .filter(|(_, (village, _))| scope.contains(village))
                .map(|(id, at)| (*id, at.clone()))
                .collect();
            let ours = phone.memory.live();
            assert_eq!(
                difference(&ours, &theirs),
                None,
                "phone {number} and the hub hold different households"
            );
            assert!(phone.memory.all_unsent().is_empty(), "phone {number} has something left to send");
            for household in ours.keys() {
                let document = phone.document(*household);
                let mut shown: Vec<_> = document.answers();
                shown.sort_by(|a, b| (a.row, &a.key).cmp(&(b.row, &b.key)));
                assert_eq!(shown, self.hub.shown(*household), "phone {number} shows {household} otherwise");
            }
        }
    }

    fn nothing_is_missing(&mut self) {
        let mut places = self.hub.all_payloads();
        for phone in &self.phones {
            places.extend(phone.memory.outbox.iter().map(|(outgoing, _)| outgoing.bytes.clone()));
        }
        self.oracle.all_found(&places).unwrap();
        self.tell(|| format!("all {} values are there", self.oracle.len()));
    }
}
