//! Names of households for those who may not know which they are.
//!
//! A household's id can be derived from its house code, so it would tell a planner which house it is.
//! A planner is given the id enciphered instead: the same for the same household, so that lists can be
//! read page by page and kept up to date, but another for each API key, so that two offices cannot put
//! their lists together.
//!
//! The cipher is a Feistel network over the two halves of the id, with SHA-256 over a secret of this
//! hub's database as the round function (Luby and Rackoff, 1988: four rounds; these are eight).

use sha2::{Digest, Sha256};
use sync_protocol::ids::HouseholdId;

const ROUNDS: u8 = 8;

/// Enciphers the ids of households for one API key.
#[derive(Clone)]
pub(super) struct Pseudonyms {
    secret: [u8; 32],
}

impl Pseudonyms {
    /// The pseudonyms for the key with this id, in a hub with this secret.
    #[must_use]
    pub(super) fn new(hub_secret: &str, key_id: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"samruat/pseudonym/1\0");
        hash.update(hub_secret);
        hash.update([0]);
        hash.update(key_id);
        Self { secret: hash.finalize().into() }
    }

    /// The pseudonym of a household.
    #[must_use]
    pub(super) fn hide(&self, household: HouseholdId) -> HouseholdId {
        let (mut left, mut right) = halves(household);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.scramble(round, right));
        }
        whole(left, right)
    }

    /// The household of a pseudonym.
    #[must_use]
    pub(super) fn reveal(&self, pseudonym: HouseholdId) -> HouseholdId {
        let (mut left, mut right) = halves(pseudonym);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.scramble(round, left), left);
        }
        whole(left, right)
    }

    fn scramble(&self, round: u8, half: u64) -> u64 {
        let mut hash = Sha256::new();
        hash.update(self.secret);
        hash.update([round]);
        hash.update(half.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        halves_of(&digest).0
    }
}

fn halves(id: HouseholdId) -> (u64, u64) {
    halves_of(&id.0)
}

fn halves_of(bytes: &[u8]) -> (u64, u64) {
    let half = |from: usize| bytes[from..from + 8].iter().fold(0, |half, byte| half << 8 | u64::from(*byte));
    (half(0), half(8))
}

fn whole(left: u64, right: u64) -> HouseholdId {
    HouseholdId(((u128::from(left) << 64) | u128::from(right)).to_be_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_pseudonym_leads_back_only_for_its_own_key() {
        let (office, other) = (Pseudonyms::new("secret", "aa"), Pseudonyms::new("secret", "bb"));
        let elsewhere = Pseudonyms::new("another", "aa");
        let ids = (0..=255).map(|n| HouseholdId([n; 16]));
        let mut hidden = BTreeSet::new();
        for id in ids {
            assert_eq!(office.reveal(office.hide(id)), id);
            assert_ne!(office.hide(id), id);
            assert_ne!(office.hide(id), other.hide(id));
            assert_ne!(office.hide(id), elsewhere.hide(id));
            hidden.insert(office.hide(id));
        }
        assert_eq!(hidden.len(), 256);
    }
}
