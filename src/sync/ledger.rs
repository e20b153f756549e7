//! The tambon's log and the sums of its villages, while one transaction writes to them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sha2::{Digest as _, Sha256};
use sync_protocol::cursor::EntryKind;
use sync_protocol::digest::Digest;
use sync_protocol::ids::{ChangeHash, DeviceId, HouseholdId, TambonCode, VillageCode};

use super::error::SyncError;
use crate::clock::Micros;
use crate::store::changes::NewEntry;
use crate::store::documents::Tally;
use crate::store::tambons::Tambon;
use crate::store::villages::Sums;
use crate::store::{StoreError, Tx, changes, tambons, villages};

/// Holds the tambon's row for the transaction. What it was told is written by [`Ledger::close`].
pub(super) struct Ledger {
    tambon: Tambon,
    begun_at: u64,
    /// On whose behalf entries are appended, and when.
    device: DeviceId,
    now: Micros,
    sums: BTreeMap<VillageCode, Sums>,
}

impl Ledger {
    /// Locks the tambon.
    pub(super) fn open(
        tx: &mut Tx<'_>,
        tambon: TambonCode,
        device: DeviceId,
        now: Micros,
    ) -> Result<Self, SyncError> {
        let tambon = tambons::lock(tx, tambon)?.ok_or(SyncError::UnknownTambon(tambon))?;
        Ok(Self { begun_at: tambon.last_seq, tambon, device, now, sums: BTreeMap::new() })
    }

    pub(super) fn tambon(&self) -> TambonCode {
        self.tambon.code
    }

    pub(super) fn now(&self) -> Micros {
        self.now
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
    ) -> Result<(), StoreError> {
        self.sums_of(tx, village)?.add(term, tally);
        Ok(())
    }

    /// Takes a live household out of its village's sums.
    pub(super) fn take(
        &mut self,
        tx: &mut Tx<'_>,
        village: VillageCode,
        term: Digest,
        tally: &Tally,
    ) -> Result<(), StoreError> {
        self.sums_of(tx, village)?.take(term, tally);
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
        if self.tambon.last_seq != self.begun_at {
            tambons::advance(tx, &self.tambon)?;
        }
        Ok(self.tambon)
    }
}
