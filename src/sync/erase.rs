//! Erasing: a household is forgotten, at its members' request. Of what it said nothing is kept, of the log
//! only that there was something: places and hashes, so that cursors and the running hash stay true.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use sync_protocol::change::{Action, Change};
use sync_protocol::cursor::EntryKind;
use sync_protocol::ids::{DeviceId, HouseholdId, TambonCode, VillageCode};
use sync_protocol::value::ScalarRef;

use super::error::SyncError;
use super::household::{Household, Knowledge};
use super::ledger::Ledger;
use crate::clock::Micros;
use crate::store::documents::{self, State};
use crate::store::photos::PhotoHash;
use crate::store::{Tx, changes, frames, photos, quarantine, read_model};

/// Erasing is done by a person of the office, not by a device.
const OFFICE: DeviceId = DeviceId([0; 8]);
/// Entries that are read at a time.
const PAGE: usize = 256;
/// What an answer that names a photo begins with.
const PHOTO_PREFIX: &str = "sha256:";

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Erased {
    /// The household that lived on, and those that had been folded into it; none if it was erased before.
    pub households: Vec<HouseholdId>,
    /// Photos that only it showed: their bytes are to be removed.
    pub photos: Vec<PhotoHash>,
}

/// What the log says of one household.
#[derive(Default)]
struct Said {
    villages: BTreeSet<VillageCode>,
    photos: BTreeSet<PhotoHash>,
}

/// Erases the household that `household` is, or became one with, and all that were folded into it.
pub(super) fn erase(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    household: HouseholdId,
    knowledge: &Knowledge,
    now: Micros,
) -> Result<Erased, SyncError> {
    let mut ledger = Ledger::open(tx, tambon, OFFICE, now)?;
    let found = Household::resolve(tx, tambon, household, knowledge)?;
    let (target, _) = found.ok_or(SyncError::UnknownHousehold(household))?;
    if target.document.state == State::Erased {
        return Ok(Erased::default());
    }
    let households = with_aliases(tx, tambon, target.id())?;
    let mut said = Said::default();
    for id in &households {
        said.read(tx, tambon, *id)?;
        erase_one(tx, &mut ledger, *id, knowledge)?;
    }
    for village in &said.villages {
        frames::clear_village(tx, *village)?;
    }
    let mut gone = Vec::new();
    for photo in said.photos {
        // A photo may show two houses.
        let text = format!("{PHOTO_PREFIX}{}", HEXLOWER.encode(&photo));
        if !read_model::mentions(tx, tambon, &text)? {
            photos::erase(tx, tambon, &photo, now)?;
            gone.push(photo);
        }
    }
    ledger.close(tx)?;
    Ok(Erased { households, photos: gone })
}

/// The household and all that were folded into it, over whichever others.
fn with_aliases(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    target: HouseholdId,
) -> Result<Vec<HouseholdId>, SyncError> {
    let mut all = vec![target];
    let mut at = 0;
    while let Some(into) = all.get(at).copied() {
        all.extend(documents::folded_into(tx, tambon, into)?);
        at += 1;
    }
    Ok(all)
}

fn erase_one(
    tx: &mut Tx<'_>,
    ledger: &mut Ledger,
    id: HouseholdId,
    knowledge: &Knowledge,
) -> Result<(), SyncError> {
    let tambon = ledger.tambon();
    let household = Household::load(tx, tambon, id, knowledge)?;
    let mut household = household.ok_or(SyncError::UnknownHousehold(id))?;
    changes::forget(tx, tambon, id)?;
    quarantine::forget(tx, tambon, id)?;
    // A device that saw it in another village may keep a copy.
    let here = household.document.village;
    let mut villages = changes::villages_of(tx, tambon, id)?;
    villages.retain(|village| *village != here);
    for village in villages.into_iter().chain([here]) {
        ledger.append_event(tx, id, village, EntryKind::Erased, &[])?;
    }
    household.erase(ledger.next_seq() - 1, ledger.now());
    let projection = household.project(knowledge);
    household.save(tx, ledger, knowledge, &projection)
}

impl Said {
    /// Reads what the log says of a household, before it is forgotten.
    fn read(&mut self, tx: &mut Tx<'_>, tambon: TambonCode, id: HouseholdId) -> Result<(), SyncError> {
        let mut read_to = 0;
        loop {
            let page = changes::of_household(tx, tambon, id, read_to, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            read_to = last.seq;
            for entry in &page {
                self.villages.insert(entry.village);
                if let (EntryKind::Change, Ok(change)) = (entry.kind, Change::read(&entry.payload)) {
                    self.photos.extend(photos_in(&change));
                }
            }
        }
    }
}

/// The photos that a change names.
fn photos_in<'a>(change: &'a Change<'_>) -> impl Iterator<Item = PhotoHash> + 'a {
    change.ops().filter_map(|op| match op.action {
        Action::Put(ScalarRef::Str(text)) => {
            HEXLOWER.decode(text.strip_prefix(PHOTO_PREFIX)?.as_bytes()).ok()?.try_into().ok()
        }
        _ => None,
    })
}
