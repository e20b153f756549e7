//! The tambon's log and the sums of its villages, while one transaction writes to them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use need_score::Parameters;
use sha2::{Digest as _, Sha256};
use sync_protocol::cursor::EntryKind;
use sync_protocol::digest::Digest;
use sync_protocol::ids::{ChangeHash, DeviceId, HouseholdId, TambonCode, VillageCode};

use super::error::SyncError;
use crate::clock::Micros;
use crate::planning::indicators::{Counts, Share};
use crate::store::changes::NewEntry;
use crate::store::documents::Tally;
use crate::store::tambons::Tambon;
use crate::store::villages::Sums;
use crate::store::{StoreError, Tx, changes, scoring, tambons, villages};

/// Holds the tambon's row for the transaction. What it was told is written by [`Ledger::close`].
pub(super) struct Ledger {
    tambon: Tambon,
    begun_at: u64,
    /// On whose behalf entries are appended, and when.
    device: DeviceId,
    now: Micros,
    sums: BTreeMap<VillageCode, Sums>,
    /// What plans count in the tambon.
    counts: Counts,
    is_counted_anew: bool,
    scoring: Parameters,
}

impl Ledger {
    /// Locks the tambon.
    pub(super) fn open(
        tx: &mut Tx<'_>,
        tambon: TambonCode,
        device: DeviceId,
        now: Micros,
    ) -> Result<Self, SyncError> {
        let locked = tambons::lock_with_counts(tx, tambon)?;
        let (tambon, counts) = locked.ok_or(SyncError::UnknownTambon(tambon))?;
        let scoring = scoring::find(tx, tambon.scoring)?;
        let begun_at = tambon.last_seq;
        Ok(Self {
            begun_at,
            tambon,
            device,
            now,
            sums: BTreeMap::new(),
            counts,
            is_counted_anew: false,
            scoring,
        })
    }

    pub(super) fn tambon(&self) -> TambonCode {
        self.tambon.code
    }

    pub(super) fn now(&self) -> Micros {
        self.now
    }

    /// The thresholds of scores.
    pub(super) fn scoring(&self) -> &Parameters {
        &self.scoring
    }

    /// Begins to count what plans count anew: in the tambon and in each of its villages.
    pub(super) fn count_anew(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        self.counts = Counts::default();
        self.is_counted_anew = true;
        for (village, sums) in villages::all(tx, self.tambon.code)? {
            self.sums.insert(village, Sums { counts: Counts::default(), ..sums });
        }
        Ok(())
    }

    /// Adds what a household adds to what plans count.
    pub(super) fn count(
        &mut self,
        tx: &mut Tx<'_>,
        village: VillageCode,
        share: &Share,
    ) -> Result<(), StoreError> {
        self.sums_of(tx, village)?.counts.add(share);
        self.counts.add(share);
        Ok(())
    }

    /// Takes other thresholds of scores; every household is to be assessed anew.
    pub(super) fn set_scoring(&mut self, tx: &mut Tx<'_>, number: i32) -> Result<(), StoreError> {
        self.scoring = scoring::find(tx, Some(number))?;
        tambons::set_scoring(tx, self.tambon.code, number)
    }

    /// The place of the entry that is appended next.
    pub(super) fn next_seq(&self) -> u64 {
        self.tambon.last_seq + 1
    }

    /// Appends a change.
    pub(super) fn append_change(
        &mut self,
        tx: &mut Tx<'_>,
        household: HouseholdId,
        village: VillageCode,
        hash: ChangeHash,
        payload: &[u8],
    ) -> Result<(), StoreError> {
        let (device, received_at) = (self.device, self.now);
        let kind = EntryKind::Change;
        self.append(tx, &NewEntry { village, household, kind, hash, device, received_at, payload })
    }

    /// Appends what happened to a household.
    pub(super) fn append_event(
        &mut self,
        tx: &mut Tx<'_>,
        household: HouseholdId,
        village: VillageCode,
        kind: EntryKind,
        payload: &[u8],
    ) -> Result<(), StoreError> {
        let hash = ChangeHash(Sha256::digest(payload).into());
        let (device, received_at) = (self.device, self.now);
        self.append(tx, &NewEntry { village, household, kind, hash, device, received_at, payload })
    }

    /// Appends an entry, which may be of another device and time.
    pub(super) fn append(&mut self, tx: &mut Tx<'_>, entry: &NewEntry<'_>) -> Result<(), StoreError> {
        self.tambon.chain =
            self.tambon.chain.after(entry.kind, entry.household, entry.village, &entry.hash.0);
        self.tambon.last_seq += 1;
        changes::append(tx, self.tambon.code, self.tambon.last_seq, &self.tambon.chain, entry)
    }

    /// Adds a live household to its village's sums.
    pub(super) fn add(
        &mut self,
        tx: &mut Tx<'_>,
        village: VillageCode,
        term: Digest,
        tally: &Tally,
        share: &Share,
    ) -> Result<(), StoreError> {
        self.sums_of(tx, village)?.add(term, tally, share);
        self.counts.add(share);
        Ok(())
    }

    /// Takes a live household out of its village's sums.
    pub(super) fn take(
        &mut self,
        tx: &mut Tx<'_>,
        village: VillageCode,
        term: Digest,
        tally: &Tally,
        share: &Share,
    ) -> Result<(), StoreError> {
        self.sums_of(tx, village)?.take(term, tally, share);
        self.counts.take(share);
        Ok(())
    }

    fn sums_of(&mut self, tx: &mut Tx<'_>, village: VillageCode) -> Result<&mut Sums, StoreError> {
        match self.sums.entry(village) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(villages::sums(tx, village)?)),
        }
    }

    /// Writes the sums and where the log ends.
    pub(super) fn close(self, tx: &mut Tx<'_>) -> Result<Tambon, StoreError> {
        for (village, sums) in &self.sums {
            villages::save(tx, *village, sums)?;
        }
        if self.tambon.last_seq != self.begun_at || self.is_counted_anew {
            tambons::advance(tx, &self.tambon, &self.counts)?;
        }
        Ok(self.tambon)
    }
}
