//! A phone: a device's machine with its storage in memory, a network that may lose what it carries
//! and a storage that may fail before it has kept it.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sync_protocol::change::Edit;
use sync_protocol::device::memory::Memory;
use sync_protocol::device::{EditFailed, Report, Scope, Session, SessionError, Step, carry_out, edit};
use sync_protocol::document::{Document, DocumentError, EditError};
use sync_protocol::ids::{ChangeHash, DeviceId, HouseholdId, VillageCode};
use sync_protocol::value::Scalar;
use sync_protocol::wire::FrameRef;

use super::hub::Hub;

/// Steps after which a session is taken to be endless.
const STEPS_MAX: u32 = 3_000;

#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) memory: Memory,
    pub(crate) device: DeviceId,
    pub(crate) villages: BTreeSet<VillageCode>,
    pub(crate) budget_bytes: u32,
    pub(crate) rng: ChaCha8Rng,
    pub(crate) time_ms: i64,
}

/// What befalls one step of a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    None,
    /// The request does not reach the hub.
    RequestLost,
    /// The hub does what it was asked, and its reply does not come back.
    ReplyLost,
    /// The device is switched off before its storage has kept what the reply brought.
    Crash,
}

/// Why a sync ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stopped {
    Mishap(Mishap),
    Session(SessionError),
}

/// What a phone syncs with.
pub(crate) trait Counterpart {
    /// Answers a request.
    fn post(&mut self, device: DeviceId, body: &[u8]) -> Vec<u8>;
    /// A frame's file, if it is still there.
    fn frame(&mut self, name: &FrameRef) -> Option<Vec<u8>>;
}

impl Counterpart for Hub {
    fn post(&mut self, device: DeviceId, body: &[u8]) -> Vec<u8> {
        self.answer(device, body)
    }

    fn frame(&mut self, name: &FrameRef) -> Option<Vec<u8>> {
        self.frames.get(&name.sha256).cloned()
    }
}

pub(crate) fn village(moo: u8) -> VillageCode {
    VillageCode::new("650117".parse().expect("อรัญญิก"), moo)
}

pub(crate) fn put(key: &str, value: &str) -> Edit {
    Edit::Put { row: None, key: key.to_owned(), value: Scalar::Str(value.to_owned()) }
}

impl Phone {
    /// A phone that is enrolled at the hub for these villages.
    pub(crate) fn enrol(hub: &mut Hub, number: u8, villages: &[u8]) -> Self {
        let villages = villages.iter().map(|moo| village(*moo)).collect();
        let device = DeviceId([number; 8]);
        hub.enrol(device, &villages);
        Self {
            memory: Memory::default(),
            device,
            villages,
            budget_bytes: 256 * 1024,
            rng: ChaCha8Rng::seed_from_u64(u64::from(number)),
            time_ms: 1_763_800_000_000,
        }
    }

    /// A phone with another one's storage, or with its own of an earlier day.
    pub(crate) fn with_storage_of(&self, other: &Self, seed: u64) -> Self {
        Self { memory: other.memory.clone(), rng: ChaCha8Rng::seed_from_u64(seed), ..self.clone() }
    }

    /// Makes one change, if there is something to say and the household is still here.
    pub(crate) fn try_edit(
        &mut self,
        household: HouseholdId,
        village: VillageCode,
        edits: &[Edit],
    ) -> Option<ChangeHash> {
        self.time_ms += 60_000;
        let before = self.memory.clone();
        let mut random = || self.rng.random();
        let place = (household, village);
        match edit(&mut self.memory, self.device, &mut random, place, self.time_ms, edits) {
            Ok((_, made)) => made.map(|made| made.hash),
            Err(EditFailed::Gone(_) | EditFailed::Document(DocumentError::Edit(EditError::NoRow(_)))) => {
                self.memory = before;
                None
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Makes one change.
    pub(crate) fn edit(&mut self, household: HouseholdId, edits: &[Edit]) -> ChangeHash {
        let village = *self.villages.first().expect("a village");
        self.try_edit(household, village, edits).expect("there is something to say")
    }

    /// Syncs over a good network.
    pub(crate) fn sync(&mut self, hub: &mut dyn Counterpart) -> Report {
        self.sync_over(hub, &mut || Mishap::None).expect("an honest hub")
    }

    /// Syncs over a network on which a mishap befalls the `n`-th step of the session, from 1.
    pub(crate) fn sync_with(&mut self, hub: &mut dyn Counterpart, n: u32, mishap: Mishap) -> Stopped {
        let mut at = 0;
        let stopped = self.sync_over(hub, &mut || {
            at += 1;
            if at == n { mishap } else { Mishap::None }
        });
        stopped.expect_err("the mishap")
    }

    /// Syncs; `network` tells what befalls each step.
    pub(crate) fn sync_over(
        &mut self,
        hub: &mut dyn Counterpart,
        network: &mut dyn FnMut() -> Mishap,
    ) -> Result<Report, Stopped> {
        let scope = Scope { villages: self.villages.clone(), budget_bytes: self.budget_bytes };
        let memory = &self.memory;
        let mut session =
            Session::new(scope, memory.state(), memory.live(), memory.away(), memory.all_unsent());
        for _ in 0..STEPS_MAX {
            let step = session.step();
            let mishap = if step == Step::Done { Mishap::None } else { network() };
            if mishap == Mishap::RequestLost {
                return Err(Stopped::Mishap(mishap));
            }
            match step {
                Step::Post(body) => {
                    let reply = hub.post(self.device, &body);
                    if mishap == Mishap::ReplyLost {
                        return Err(Stopped::Mishap(mishap));
                    }
                    session.posted(&reply).map_err(Stopped::Session)?;
                }
                Step::Fetch(frame) => match hub.frame(&frame) {
                    Some(file) => session.fetched(&file).map_err(Stopped::Session)?,
                    None => session.frame_is_gone(),
                },
                Step::Apply(_) if mishap != Mishap::None => return Err(Stopped::Mishap(mishap)),
                Step::Apply(tasks) => {
                    let Ok(outcomes) = carry_out(&tasks, &mut self.memory, &mut || self.rng.random());
                    session.applied(outcomes);
                }
                Step::Read(households) => {
                    let document =
                        |id: &HouseholdId| Some((*id, self.memory.households.get(id)?.document.clone()));
                    session.read(
                        households
                            .iter()
                            .filter_map(document)
                            .filter(|(_, bytes)| !bytes.is_empty())
                            .collect(),
                    );
                }
                Step::Done => return Ok(session.report().clone()),
            }
        }
        panic!("the session does not end");
    }

    /// What a household shows, by row and key.
    pub(crate) fn shows(&self, household: HouseholdId) -> BTreeMap<String, Scalar> {
        let answers = self.document(household).answers();
        answers
            .into_iter()
            .filter(|answer| answer.row.is_none())
            .map(|answer| (answer.key, answer.value))
            .collect()
    }

    pub(crate) fn document(&self, household: HouseholdId) -> Document {
        Document::load(&self.memory.households[&household].document).expect("a stored document")
    }
}
