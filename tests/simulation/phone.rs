//! A simulated phone: the real device machine over storage in memory.

use std::collections::BTreeSet;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use sync_protocol::change::Edit;
use sync_protocol::device::memory::Memory;
use sync_protocol::device::{EditFailed, Presence, Report, Scope, Session, Step, carry_out, edit};
use sync_protocol::document::Document;
use sync_protocol::ids::{DeviceId, HouseholdId, VillageCode};

use crate::hub::{Enrolled, Hub};

/// What the network does to one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Deliver,
    /// The hub never hears of it.
    LoseRequest,
    /// The hub does it, and the phone never hears of it.
    LoseReply,
    /// The hub gets it twice; the phone hears the second answer.
    Double,
    /// The request arrives cut short.
    CutRequest,
    /// The reply arrives cut short.
    CutReply,
    /// The hub dies while it writes, at this statement of the transaction.
    HubDies(u32),
    /// The phone dies before it stores what the reply brought.
    PhoneDies,
}

/// How a sync ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Whole(Report),
    /// Broken off by the network or a crash; the next sync goes on from there.
    Broken,
}

#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) enrolled: Enrolled,
    pub(crate) memory: Memory,
    /// Added to the world's clock.
    pub(crate) skew_ms: i64,
    drawn: u64,
    /// Distinguishes the randomness of clones, as two phones' random sources would be distinct.
    pub(crate) body: u64,
}

impl Phone {
    pub(crate) fn new(enrolled: Enrolled, body: u64, skew_ms: i64) -> Self {
        Self { enrolled, memory: Memory::default(), skew_ms, drawn: 0, body }
    }

    pub(crate) fn device(&self) -> DeviceId {
        self.enrolled.device
    }

    pub(crate) fn villages(&self) -> BTreeSet<VillageCode> {
        self.enrolled.villages.clone()
    }

    fn random(&mut self) -> impl FnMut() -> [u8; 8] + use<> {
        use sha2::{Digest, Sha256};
        self.drawn += 1;
        let (body, drawn) = (self.body, self.drawn);
        let mut count = 0_u64;
        move || {
            count += 1;
            let hash = Sha256::new()
                .chain_update(body.to_be_bytes())
                .chain_update(drawn.to_be_bytes())
                .chain_update(count.to_be_bytes())
                .finalize();
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&hash[..8]);
            bytes
        }
    }

    /// Makes one change; a crash in the middle leaves the storage as it was.
    pub(crate) fn edit(
        &mut self,
        household: HouseholdId,
        village: VillageCode,
        time_ms: i64,
        edits: &[Edit],
        dies: bool,
    ) -> Option<HouseholdId> {
        let mut random = self.random();
        let mut memory = self.memory.clone();
        let place = (household, village);
        match edit(&mut memory, self.device(), &mut random, place, time_ms + self.skew_ms, edits) {
            Ok((household, _)) if !dies => {
                self.memory = memory;
                Some(household)
            }
            Ok(_) | Err(EditFailed::Gone(_)) => None,
            Err(error) => panic!("an edit was refused: {error}"),
        }
    }

    pub(crate) fn here(&self) -> Vec<HouseholdId> {
        let here = self.memory.households.iter().filter(|(_, stored)| stored.presence == Presence::Here);
        here.map(|(household, _)| *household).collect()
    }

    pub(crate) fn document(&self, household: HouseholdId) -> Document {
        let stored = &self.memory.households[&household];
        if stored.document.is_empty() { Document::new() } else { Document::load(&stored.document).unwrap() }
    }

    /// One sync; `fate` decides what happens to each exchange.
    pub(crate) fn sync(&mut self, hub: &mut Hub, budget_bytes: u32, fate: &mut dyn FnMut() -> Fate) -> Ended {
        let scope = Scope { villages: self.villages(), budget_bytes };
        let mut session = Session::new(
            scope,
            self.memory.state(),
            self.memory.live(),
            self.memory.away(),
            self.memory.all_unsent(),
        );
        let mut steps = 0;
        loop {
            steps += 1;
            assert!(steps < 20_000, "a sync does not end: {:?}", session.report());
            match session.step() {
                Step::Post(body) => {
                    let Some(reply) = self.exchange(hub, &body, fate()) else { return Ended::Broken };
                    if let Err(error) = session.posted(&reply) {
                        assert!(reply.len() < 4 || error.to_string().contains("cannot be read"), "{error}");
                        return Ended::Broken;
                    }
                }
                Step::Fetch(frame) => match (fate(), hub.frame(&self.enrolled, &frame)) {
                    (Fate::Deliver | Fate::Double | Fate::HubDies(_), Some(bytes)) => {
                        session.fetched(&bytes).unwrap()
                    }
                    (Fate::Deliver | Fate::Double | Fate::HubDies(_), None) => session.frame_is_gone(),
                    _ => return Ended::Broken,
                },
                Step::Apply(tasks) => {
                    let mut random = self.random();
                    let mut memory = self.memory.clone();
                    let outcomes =
                        carry_out(&tasks, &mut memory, &mut random).unwrap_or_else(|never| match never {});
                    if fate() == Fate::PhoneDies {
                        return Ended::Broken;
                    }
                    self.memory = memory;
                    session.applied(outcomes);
                }
                Step::Read(households) => {
                    let stored = households.into_iter().filter_map(|household| {
                        let stored = self.memory.households.get(&household)?;
                        (!stored.document.is_empty()).then(|| (household, stored.document.clone()))
                    });
                    session.read(stored.collect());
                }
                Step::Done => return Ended::Whole(session.report().clone()),
            }
        }
    }

    fn exchange(&self, hub: &mut Hub, body: &[u8], fate: Fate) -> Option<Vec<u8>> {
        match fate {
            Fate::Deliver | Fate::PhoneDies => hub.sync(&self.enrolled, body),
            Fate::LoseRequest => None,
            Fate::LoseReply => {
                hub.sync(&self.enrolled, body);
                None
            }
            Fate::Double => {
                hub.sync(&self.enrolled, body)?;
                hub.sync(&self.enrolled, body)
            }
            Fate::CutRequest => {
                assert_eq!(
                    hub.sync(&self.enrolled, &body[..body.len() - 1]),
                    None,
                    "a cut request was taken"
                );
                None
            }
            Fate::CutReply => {
                let reply = hub.sync(&self.enrolled, body)?;
                Some(reply[..reply.len() - 1].to_vec())
            }
            Fate::HubDies(statement) => {
                hub.sync_and_die(&self.enrolled, body, statement);
                None
            }
        }
    }
}

/// A fate, mostly a good one. `badness` is out of 100.
pub(crate) fn draw_fate(rng: &mut ChaCha8Rng, badness: u32) -> Fate {
    if rng.random_range(0..100) >= badness {
        return Fate::Deliver;
    }
    match rng.random_range(0..7) {
        0 => Fate::LoseRequest,
        1 => Fate::LoseReply,
        2 => Fate::Double,
        3 => Fate::CutRequest,
        4 => Fate::CutReply,
        5 => Fate::HubDies(rng.random_range(0..60)),
        _ => Fate::PhoneDies,
    }
}
