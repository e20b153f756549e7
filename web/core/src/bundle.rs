//! Bundles: unsent changes that travel in a file, and what a phone does with those of a colleague.

use light::{Map, Set};

use minicbor::{Decode, Encode};
use sync_protocol::change::Change;
use sync_protocol::device::{Outgoing, Presence, Storage, Task, carry_out};
use sync_protocol::document::Document;
use sync_protocol::ids::{ChangeHash, DeviceId, HouseholdId, TambonCode, VillageCode};
use sync_protocol::wire::PushGroup;

use crate::call::Chance;
use crate::desk::{Desk, Write};
use crate::fault::Fault;
use crate::records;

/// Which bundles are spoken here.
const VERSION: u8 = 1;

/// What is sealed in a bundle.
#[derive(Debug, Encode, Decode)]
struct Bundle {
    #[n(0)]
    version: u8,
    #[n(1)]
    tambon: TambonCode,
    #[n(2)]
    device: DeviceId,
    /// When it was made, by that device's clock: Unix milliseconds.
    #[n(3)]
    time_ms: i64,
    #[n(4)]
    push: Vec<PushGroup>,
}

/// All changes that the hub has not acknowledged, and how many they are. `None` where there is none.
#[must_use]
pub fn export(desk: &Desk, device: DeviceId, now_ms: i64) -> Option<(Vec<u8>, usize)> {
    let unsent = desk.unsent();
    let tambon = unsent.first()?.village.tambon();
    let count = unsent.len();
    let mut push: Vec<PushGroup> = Vec::new();
    for outgoing in unsent {
        match push.last_mut().filter(|group| group.household == outgoing.household) {
            Some(group) => group.changes.push(outgoing.bytes.into()),
            None => push.push(PushGroup {
                household: outgoing.household,
                village: outgoing.village,
                changes: vec![outgoing.bytes.into()],
            }),
        }
    }
    let bundle = Bundle { version: VERSION, tambon, device, time_ms: now_ms, push };
    Some((records::bytes(&bundle), count))
}

/// A bundle that was read.
#[derive(Debug)]
pub struct Taken {
    groups: Vec<PushGroup>,
}

impl Taken {
    /// Reads a bundle; changes of villages that are not this device's are left out.
    ///
    /// # Errors
    /// `not-a-bundle`, `app-too-old`, `bundle-of-another-tambon`.
    pub fn read(bytes: &[u8], villages: &Set<VillageCode>) -> Result<Self, Fault> {
        let bundle: Bundle = records::read(bytes).ok_or_else(|| Fault::of("not-a-bundle"))?;
        if bundle.version != VERSION {
            return Err(Fault::of("app-too-old"));
        }
        if villages.first().is_some_and(|village| village.tambon() != bundle.tambon) {
            return Err(Fault::of("bundle-of-another-tambon"));
        }
        let mut groups = bundle.push;
        groups.retain(|group| villages.contains(&group.village));
        // Nothing is taken of a bundle that holds what is no change.
        let changes = groups.iter().flat_map(|group| &group.changes);
        for change in changes {
            Change::read(change).map_err(|_| Fault::of("not-a-bundle"))?;
        }
        Ok(Self { groups })
    }

    /// The households that it is about.
    pub fn households(&self) -> impl Iterator<Item = HouseholdId> {
        self.groups.iter().map(|group| group.household)
    }

    /// Takes the changes into the documents and into the outbox, so that either phone sends them; gives how
    /// many were new. A change whose dependencies are not here goes into the outbox alone: the hub has them,
    /// and gives it back with them.
    ///
    /// # Errors
    /// `need`.
    pub fn take_in(&self, desk: &mut Desk, chance: &mut Chance) -> Result<(usize, Vec<Write>), Fault> {
        let current: Map<HouseholdId, HouseholdId> =
            self.households().map(|household| (household, desk.index.current(household))).collect();
        let at: Set<HouseholdId> = current.values().copied().collect();
        let drafts: Vec<HouseholdId> =
            desk.drafts.keys().copied().filter(|id| at.contains(&desk.index.current(*id))).collect();
        desk.all_at_hand(self.households().chain(drafts.iter().copied()))?;
        let known = self.known(desk, &current)?;
        let mut sheet = desk.sheet();
        for household in drafts {
            sheet.commit_draft(household, chance)?;
        }
        let mut count = 0;
        let mut tasks = Vec::new();
        for group in &self.groups {
            let household = current[&group.household];
            let entry = desk.index.0.get(&household);
            if entry.is_some_and(|entry| entry.presence == Presence::Erased) {
                continue;
            }
            let village = entry.map_or(group.village, |entry| entry.village);
            let mut fresh: Vec<Vec<u8>> = Vec::new();
            for bytes in &group.changes {
                let Ok(change) = Change::read(bytes) else { continue };
                if known.contains(&(household, change.hash())) {
                    continue;
                }
                fresh.push(bytes.to_vec());
                sheet.put_outgoing(&Outgoing {
                    household,
                    village,
                    hash: change.hash(),
                    bytes: bytes.to_vec(),
                })?;
            }
            count += fresh.len();
            // Of a household that moved away nothing is shown here, but the hub takes it.
            let is_here = desk.index.0.get(&household).is_none_or(|entry| entry.is_here());
            if !fresh.is_empty() && is_here {
                tasks.push(Task::Integrate { household, village, changes: fresh });
            }
        }
        carry_out(&tasks, &mut sheet, &mut || chance.eight())?;
        let done = sheet.done();
        Ok((count, desk.stage(done, None)))
    }

    /// Changes of the bundle that this device has already, in a document or in its outbox.
    fn known(
        &self,
        desk: &Desk,
        current: &Map<HouseholdId, HouseholdId>,
    ) -> Result<Set<(HouseholdId, ChangeHash)>, Fault> {
        let mut known: Set<_> =
            desk.outbox.values().map(|posted| (posted.outgoing.household, posted.outgoing.hash)).collect();
        for household in current.values() {
            let stored = desk.household(*household)?;
            let Some(stored) = stored.filter(|stored| !stored.document.is_empty()) else { continue };
            let document = Document::load(&stored.document).map_err(Fault::internal)?;
            known.extend(document.changes().into_iter().map(|held| (*household, held.hash)));
        }
        Ok(known)
    }
}
