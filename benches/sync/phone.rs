//! A phone for measurements: the real machine and real HTTP, with its storage in memory.

use std::collections::BTreeSet;

use samruat::client::{Hub as Client, Traffic, Transport};
use samruat::samples::{Chance, Sample, SampleVillage, household, surveyed_household, villages_of_aranyik};
use sync_protocol::change::Edit;
use sync_protocol::device::memory::Memory;
use sync_protocol::device::{Report, Scope, Session, Step, carry_out, edit};
use sync_protocol::ids::{DeviceId, HouseholdId, RowId, VillageCode};
use sync_protocol::value::Scalar;

use crate::hub::Hub;

pub(crate) struct Phone {
    pub(crate) memory: Memory,
    client: Client,
    device: DeviceId,
    villages: BTreeSet<VillageCode>,
    chance: Chance,
    now_ms: i64,
}

/// What one sync took.
#[derive(Debug, Clone)]
pub(crate) struct Took {
    pub(crate) report: Report,
    pub(crate) traffic: Traffic,
}

impl Phone {
    pub(crate) fn enrol(hub: &Hub, villages: &[VillageCode], seed: u64) -> Self {
        let list: Vec<String> = villages.iter().map(ToString::to_string).collect();
        let enrolment =
            Client::new(&hub.url, None).unwrap().enrol(&hub.code(&list.join(",")), &[7; 16]).unwrap();
        Self {
            memory: Memory::default(),
            client: Client::new(&hub.url, Some(enrolment.token)).unwrap(),
            device: enrolment.device.parse().unwrap(),
            villages: villages.iter().copied().collect(),
            chance: Chance::new(seed),
            now_ms: 1_763_800_000_000,
        }
    }

    /// The same phone at another address, e.g. the floor's.
    pub(crate) fn redirected(&self, url: &str) -> Client {
        let mut client = Client::new(url, None).unwrap();
        client.get("/livez").unwrap();
        client
    }

    fn change(&mut self, household: HouseholdId, village: VillageCode, edits: &[Edit]) {
        self.now_ms += 60_000;
        let chance = &mut self.chance;
        let mut random = || chance.bits().to_be_bytes();
        edit(&mut self.memory, self.device, &mut random, (household, village), self.now_ms, edits).unwrap();
    }

    /// Registers a made-up household in one change.
    pub(crate) fn register(&mut self, sample: &Sample) -> HouseholdId {
        let household = HouseholdId(self.sixteen());
        let put =
            |row, (key, value): &(String, Scalar)| Edit::Put { row, key: key.clone(), value: value.clone() };
        let mut edits: Vec<Edit> = sample.answers.iter().map(|answer| put(None, answer)).collect();
        for (group, answers) in &sample.rows {
            let row = RowId(self.sixteen());
            edits.push(Edit::MakeRow(row));
            edits.push(put(Some(row), &("group".to_owned(), Scalar::Str((*group).to_owned()))));
            edits.extend(answers.iter().map(|answer| put(Some(row), answer)));
        }
        self.change(household, sample.village, &edits);
        household
    }

    fn sixteen(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.chance.bits().to_be_bytes());
        bytes[8..].copy_from_slice(&self.chance.bits().to_be_bytes());
        bytes
    }

    /// Three answers of a revisit, as one change: 3 operations.
    pub(crate) fn revisit(&mut self, household: HouseholdId) {
        let village = self.memory.households[&household].village;
        let grade = self.chance.below(4).to_string();
        let number = self.chance.below(100_000);
        let edits = [
            ("roof_condition", Scalar::Str(grade)),
            ("income_year", Scalar::Int(i64::from(number))),
            ("landmark", Scalar::Str(format!("ใกล้ศาลา {number}"))),
        ];
        let edits = edits.map(|(key, value)| Edit::Put { row: None, key: key.to_owned(), value });
        self.change(household, village, &edits);
    }

    pub(crate) fn sync(&mut self) -> Took {
        let before = self.client.traffic();
        let scope = Scope { villages: self.villages.clone(), budget_bytes: 1024 * 1024 };
        let mut session = Session::new(
            scope,
            self.memory.state(),
            self.memory.live(),
            self.memory.away(),
            self.memory.all_unsent(),
        );
        loop {
            match session.step() {
                Step::Post(body) => session.posted(&self.client.sync(&body).unwrap()).unwrap(),
                Step::Fetch(frame) => {
                    let bytes = self.client.frame(&frame, 0, u64::from(frame.bytes)).unwrap();
                    session.fetched(&bytes).unwrap();
                }
                Step::Apply(tasks) => {
                    let chance = &mut self.chance;
                    let mut random = || chance.bits().to_be_bytes();
                    let outcomes = carry_out(&tasks, &mut self.memory, &mut random);
                    session.applied(outcomes.unwrap_or_else(|never| match never {}));
                }
                Step::Read(_) => panic!("nothing is to be reconciled"),
                Step::Done => break,
            }
        }
        let after = self.client.traffic();
        let traffic = Traffic {
            up_bytes: after.up_bytes - before.up_bytes,
            down_bytes: after.down_bytes - before.down_bytes,
        };
        let report = session.report().clone();
        assert_eq!(report.equal, Some(true), "{report:?}");
        Took { report, traffic }
    }

    pub(crate) fn households(&self) -> Vec<HouseholdId> {
        self.memory.live().into_keys().collect()
    }
}

/// The twelve villages of the tambon.
pub(crate) fn villages() -> [SampleVillage; 12] {
    villages_of_aranyik()
}

/// `count` made-up households over the tambon's villages.
pub(crate) fn samples(count: u16, seed: u64) -> Vec<Sample> {
    let mut chance = Chance::new(seed);
    let villages = villages();
    (0..count)
        .map(|number| household(&villages[usize::from(number) % 12], number / 12 + 1, &mut chance))
        .collect()
}

/// One that was surveyed completely.
pub(crate) fn surveyed(number: u16, chance: &mut Chance) -> Sample {
    surveyed_household(&villages()[usize::from(number) % 12], number / 12 + 1, chance)
}

impl Phone {
    /// Pushes everything and keeps nothing: for filling a hub with more than a phone would hold.
    pub(crate) fn push_and_forget(&mut self) {
        let unsent = self.memory.all_unsent();
        let mut request = sync_protocol::wire::Request::at(None, 1_024);
        for outgoing in &unsent {
            let group = sync_protocol::wire::PushGroup {
                household: outgoing.household,
                village: outgoing.village,
                changes: vec![outgoing.bytes.clone().into()],
            };
            request.push.push(group);
        }
        // A cursor that the hub does not know: it answers without making frames.
        request.cursor = Some(sync_protocol::cursor::Cursor { epoch: [0; 8], seq: 0, chain: [0; 8] });
        let reply =
            sync_protocol::wire::Reply::from_body(&self.client.sync(&request.to_body()).unwrap()).unwrap();
        assert!(reply.verdicts.iter().all(|verdict| *verdict == 0), "{:?}", reply.notes);
        self.memory = Memory::default();
    }
}

impl Phone {
    /// Sends a body as it is.
    pub(crate) fn post(&mut self, body: &[u8]) -> Vec<u8> {
        self.client.sync(body).unwrap()
    }
}
