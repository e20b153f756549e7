//! Phones that sync with a hub in the same process, by the device's own machine.

use std::collections::{BTreeMap, BTreeSet};

use samruat::clock::{Clock, Micros};
use samruat::store::devices::{self, Device};
use samruat::store::{Database, tambons};
use samruat::sync::Hub;
use sync_protocol::change::Edit;
use sync_protocol::device::memory::Memory;
use sync_protocol::device::{Report, Scope, Session, Step, carry_out, edit};
use sync_protocol::document::Document;
use sync_protocol::ids::{DeviceId, HouseholdId, RowId, TambonCode, VillageCode};
use sync_protocol::value::Scalar;
use sync_protocol::wire::{PushGroup, Request, Verdict};

pub(super) const START: Micros = Micros(1_763_800_000_000_000);

pub(super) fn tambon() -> TambonCode {
    "650117".parse().unwrap()
}

pub(super) fn village(moo: u8) -> VillageCode {
    VillageCode::new(tambon(), moo)
}

/// A hub that serves the tambon, on this database.
pub(super) fn hub(database: Database) -> Hub {
    database.write(|tx| tambons::ensure(tx, tambon(), [9; 8], START)).unwrap();
    Hub::new(database, Clock::fixed(START)).unwrap()
}

/// A phone that is enrolled.
pub(super) struct Phone {
    pub(super) device: Device,
    pub(super) memory: Memory,
    drawn: u64,
    time_ms: i64,
}

pub(super) fn put(key: &str, value: impl Into<Value>) -> Edit {
    Edit::Put { row: None, key: key.to_owned(), value: value.into().0 }
}

pub(super) fn put_in(row: RowId, key: &str, value: impl Into<Value>) -> Edit {
    Edit::Put { row: Some(row), key: key.to_owned(), value: value.into().0 }
}

/// A value, from what a test writes.
pub(super) struct Value(Scalar);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(Scalar::Str(text.to_owned()))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self(Scalar::Int(number))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self(Scalar::Bool(value))
    }
}

impl Phone {
    pub(super) fn enrol(hub: &Hub, number: u8, villages: &[VillageCode]) -> Self {
        let device = Device {
            tambon: tambon(),
            id: DeviceId([number; 8]),
            token_hash: [number; 32],
            person: format!("อาสาสมัคร {number}"),
            villages: villages.to_vec(),
            enrolled_at: START,
            pushed_at: None,
            revoked_at: None,
        };
        let row = device.clone();
        hub.database().write(move |tx| devices::enrol(tx, &row)).unwrap();
        Self {
            device,
            memory: Memory::default(),
            drawn: u64::from(number) << 32,
            time_ms: START.millis() + i64::from(number),
        }
    }

    pub(super) fn edit(
        &mut self,
        household: HouseholdId,
        village: VillageCode,
        edits: &[Edit],
    ) -> HouseholdId {
        self.time_ms += 60_000;
        let drawn = &mut self.drawn;
        let mut random = || {
            *drawn += 1;
            drawn.to_be_bytes()
        };
        let place = (household, village);
        edit(&mut self.memory, self.device.id, &mut random, place, self.time_ms, edits).unwrap().0
    }

    /// The groups that a request would push now.
    pub(super) fn groups(&self) -> Vec<PushGroup> {
        let mut groups: Vec<PushGroup> = Vec::new();
        for outgoing in self.memory.all_unsent() {
            let bytes = outgoing.bytes.into();
            match groups.last_mut() {
                Some(group) if group.household == outgoing.household => group.changes.push(bytes),
                _ => groups.push(PushGroup {
                    household: outgoing.household,
                    village: outgoing.village,
                    changes: vec![bytes],
                }),
            }
        }
        groups
    }

    /// Pushes what is unsent without taking notice of the answer.
    pub(super) fn push(&self, hub: &Hub) -> Vec<Verdict> {
        hub.push(&self.device, self.groups()).unwrap().verdicts
    }

    pub(super) fn sync(&mut self, hub: &Hub) -> Report {
        self.sync_with_budget(hub, 32 * 1024)
    }

    pub(super) fn sync_with_budget(&mut self, hub: &Hub, budget_bytes: u32) -> Report {
        let villages: BTreeSet<VillageCode> = self.device.villages.iter().copied().collect();
        let scope = Scope { villages, budget_bytes };
        let mut session = Session::new(
            scope,
            self.memory.state(),
            self.memory.live(),
            self.memory.away(),
            self.memory.all_unsent(),
        );
        for _ in 0..10_000 {
            match session.step() {
                Step::Post(body) => {
                    let reply = hub.sync(&self.device, Request::from_body(&body).unwrap()).unwrap();
                    session.posted(&reply.to_body()).unwrap();
                }
                Step::Fetch(frame) => match hub.frame(&self.device, &frame.sha256).unwrap() {
                    Some(bytes) => session.fetched(&bytes).unwrap(),
                    None => session.frame_is_gone(),
                },
                Step::Apply(tasks) => {
                    let drawn = &mut self.drawn;
                    let mut random = || {
                        *drawn += 1;
                        drawn.to_be_bytes()
                    };
                    session.applied(carry_out(&tasks, &mut self.memory, &mut random).unwrap());
                }
                Step::Read(households) => {
                    let stored = households.into_iter().filter_map(|household| {
                        Some((household, self.memory.households.get(&household)?.document.clone()))
                    });
                    session.read(stored.filter(|(_, document)| !document.is_empty()).collect());
                }
                Step::Done => return session.report().clone(),
            }
        }
        panic!("a sync does not end: {:?}", session.report());
    }

    /// What the phone shows of a household: its own answers.
    pub(super) fn shows(&self, household: HouseholdId) -> BTreeMap<String, Scalar> {
        let document = Document::load(&self.memory.households[&household].document).unwrap();
        let own = document.answers().into_iter().filter(|answer| answer.row.is_none());
        own.map(|answer| (answer.key, answer.value)).collect()
    }

    pub(super) fn holds(&self, household: HouseholdId) -> bool {
        self.memory.live().contains_key(&household)
    }
}

/// Fails unless everything in the hub agrees.
#[track_caller]
pub(super) fn assert_sound(hub: &Hub) {
    assert_eq!(hub.verify(tambon(), |_, _| {}).unwrap(), []);
}
