//! Digests: the proof that two replicas of a village hold the same documents.
//!
//! A digest is a sum over households, so that one household's change is a subtraction and an
//! addition, and a whole village costs 16 bytes in every reply. Where two digests differ, digests of
//! [`BUCKETS`](crate::limits::BUCKETS) buckets tell which few households to look at.

use minicbor::{Decode, Decoder, Encode, Encoder};
use sha2::{Digest as _, Sha256};

use crate::ids::{ChangeHash, HouseholdId};
use crate::limits::BUCKETS;

/// Sum, modulo 2¹²⁸, of one number for each live household: the first 16 bytes, little endian, of
/// SHA-256 over `samruat/digest/1`, a zero byte, the household id and its heads in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Digest(pub u128);

impl Digest {
    /// The term of one household; `heads` in ascending order.
    #[must_use]
    pub fn of(household: HouseholdId, heads: &[ChangeHash]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"samruat/digest/1\0");
        hash.update(household.0);
        for head in heads {
            hash.update(head.0);
        }
        let bytes: [u8; 32] = hash.finalize().into();
        let mut term = [0; 16];
        term.copy_from_slice(&bytes[..16]);
        Self(u128::from_le_bytes(term))
    }

    /// The digest with one more household's term.
    #[must_use]
    pub fn plus(self, term: Self) -> Self {
        Self(self.0.wrapping_add(term.0))
    }

    /// The digest without a household's term.
    #[must_use]
    pub fn minus(self, term: Self) -> Self {
        Self(self.0.wrapping_sub(term.0))
    }

    /// 16 bytes, little endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    /// Reads [`Digest::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }
}

impl<C> Encode<C> for Digest {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.to_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Digest {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?.try_into().map_err(|_| minicbor::decode::Error::message("not a digest"))?;
        Ok(Self::from_bytes(bytes))
    }
}

/// The bucket of a household: the first byte of SHA-256 over `samruat/bucket/1`, a zero byte and
/// the household id, modulo [`BUCKETS`].
#[must_use]
pub fn bucket(household: HouseholdId) -> usize {
    let mut hash = Sha256::new();
    hash.update(b"samruat/bucket/1\0");
    hash.update(household.0);
    usize::from(hash.finalize()[0]) % BUCKETS
}

/// The digests of a village's buckets, as they travel: the low 8 bytes of each bucket's digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets(pub [u64; BUCKETS]);

impl Buckets {
    /// The digests of these live households of one village; heads in ascending order.
    pub fn of<'a>(households: impl IntoIterator<Item = (HouseholdId, &'a [ChangeHash])>) -> Self {
        let mut buckets = [0_u64; BUCKETS];
        for (household, heads) in households {
            let slot = &mut buckets[bucket(household)];
            #[expect(clippy::cast_possible_truncation, reason = "the low 8 bytes are what is meant")]
            let term = Digest::of(household, heads).0 as u64;
            *slot = slot.wrapping_add(term);
        }
        Self(buckets)
    }

    /// The buckets in which `self` and `other` differ.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Vec<usize> {
        (0..BUCKETS).filter(|bucket| self.0[*bucket] != other.0[*bucket]).collect()
    }
}

impl<C> Encode<C> for Buckets {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|bucket| bucket.to_le_bytes()).collect();
        e.bytes(&bytes)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Buckets {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        if bytes.len() != BUCKETS * 8 {
            return Err(minicbor::decode::Error::message("not the digests of a village's buckets"));
        }
        let mut buckets = [0; BUCKETS];
        for (bucket, bytes) in buckets.iter_mut().zip(bytes.chunks_exact(8)) {
            let mut number = [0; 8];
            number.copy_from_slice(bytes);
            *bucket = u64::from_le_bytes(number);
        }
        Ok(Self(buckets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_forgets_order_and_undoes() {
        let one = Digest::of(HouseholdId([1; 16]), &[ChangeHash([2; 32])]);
        let two = Digest::of(HouseholdId([2; 16]), &[ChangeHash([2; 32])]);
        assert_ne!(one, two);
        assert_eq!(one.plus(two), two.plus(one));
        assert_eq!(one.plus(two).minus(one), two);
        assert_eq!(Digest::from_bytes(one.to_bytes()), one);
    }

    #[test]
    fn buckets_point_at_the_household_that_differs() {
        let heads = [ChangeHash([2; 32])];
        let households: Vec<HouseholdId> = (0..200_u8).map(|n| HouseholdId([n; 16])).collect();
        let here = Buckets::of(households.iter().map(|id| (*id, heads.as_slice())));
        let there = Buckets::of(households.iter().skip(1).map(|id| (*id, heads.as_slice())));
        assert_eq!(here.differing(&there), [bucket(households[0])]);
        assert!(here.differing(&here).is_empty());
    }
}
