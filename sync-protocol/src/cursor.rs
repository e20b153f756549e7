//! Cursors: how far a device has read a tambon's log, with the proof that it is this log.
//!
//! A hub that was restored from an older backup gives the same sequence numbers to other changes.
//! A number alone would then skip them in silence. So a cursor also carries the log's epoch, drawn
//! anew at every restore, and the first bytes of a running hash over all entries up to the number:
//! the hub looks up what it has there, and says so when it differs.

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::ids::{HouseholdId, VillageCode};

/// Running hash of a log: of its n-th entry, over all entries up to it. Before the first: zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Chain(pub [u8; 32]);

impl Chain {
    /// The chain after one more entry: SHA-256 over this chain, the entry's kind, household,
    /// village (4 bytes, big endian) and the SHA-256 of its payload (a change's own hash).
    #[must_use]
    pub fn after(
        &self,
        kind: EntryKind,
        household: HouseholdId,
        village: VillageCode,
        payload: &[u8; 32],
    ) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update([kind as u8]);
        hash.update(household.0);
        hash.update(village.get().to_be_bytes());
        hash.update(payload);
        Self(hash.finalize().into())
    }

    /// The 8 bytes that travel in a cursor and lie beside each entry.
    #[must_use]
    pub fn short(&self) -> [u8; 8] {
        let mut short = [0; 8];
        short.copy_from_slice(&self.0[..8]);
        short
    }
}

/// What a log entry says of its household; the number is stored and hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum EntryKind {
    /// One more change.
    Change = 1,
    /// The household is one with another; its changes are in that one now. Payload: 16 bytes of its id.
    Folded = 2,
    /// The household left this village. Payload: the village it went to, 4 bytes, big endian.
    Moved = 3,
    /// The household was erased: every copy is to be deleted. Payload: empty.
    Erased = 4,
}

impl TryFrom<u8> for EntryKind {
    type Error = u8;

    fn try_from(number: u8) -> Result<Self, u8> {
        match number {
            1 => Ok(Self::Change),
            2 => Ok(Self::Folded),
            3 => Ok(Self::Moved),
            4 => Ok(Self::Erased),
            other => Err(other),
        }
    }
}

/// A place in a tambon's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Cursor {
    /// Which life of the log: random, drawn when the tambon is made and after every restore.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub epoch: [u8; 8],
    /// Sequence number of the last entry read; 0 before the first.
    #[n(1)]
    pub seq: u64,
    /// [`Chain::short`] of that entry; zeros before the first.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub chain: [u8; 8],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_depends_on_every_part_of_every_entry() {
        let village: VillageCode = "65011704".parse().expect("a village");
        let other: VillageCode = "65011705".parse().expect("a village");
        let start = Chain::default();
        let chains = [
            start.after(EntryKind::Change, HouseholdId([1; 16]), village, &[2; 32]),
            start.after(EntryKind::Folded, HouseholdId([1; 16]), village, &[2; 32]),
            start.after(EntryKind::Change, HouseholdId([3; 16]), village, &[2; 32]),
            start.after(EntryKind::Change, HouseholdId([1; 16]), other, &[2; 32]),
            start.after(EntryKind::Change, HouseholdId([1; 16]), village, &[4; 32]),
            Chain([9; 32]).after(EntryKind::Change, HouseholdId([1; 16]), village, &[2; 32]),
        ];
        let distinct: std::collections::BTreeSet<_> = chains.iter().map(|chain| chain.0).collect();
        assert_eq!(distinct.len(), chains.len());
    }
}
