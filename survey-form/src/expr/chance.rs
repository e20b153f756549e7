//! Chance that repeats itself: from a seed, so that every replica draws the same.

use sha2::{Digest, Sha256};

/// Draws for one expression of one row.
#[derive(Debug, Clone)]
pub struct Chance {
    state: [u8; 32],
}

impl Chance {
    /// From the seed of the household, and what tells this draw from all others.
    #[must_use]
    pub fn new(seed: &[u8; 32], field: &str, row: &[u8; 16]) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed);
        hash.update(row);
        hash.update(field);
        Self { state: hash.finalize().into() }
    }

    /// 32 bytes that nobody can tell from random ones without the seed.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        let drawn = Sha256::new().chain_update(self.state).chain_update([0]).finalize().into();
        self.state = Sha256::new().chain_update(self.state).chain_update([1]).finalize().into();
        drawn
    }

    /// From 0 up to, but not including, 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(crate) fn unit(&mut self) -> f64 {
        let bytes = self.bytes();
        let mut first = [0; 8];
        first.copy_from_slice(&bytes[..8]);
        (u64::from_be_bytes(first) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

const MODULUS: i64 = 2_147_483_647;
const MULTIPLIER: i64 = 16_807;

/// Shuffles as ODK does: Fisher-Yates from the inside out, with the generator of Park and Miller.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "31 bits fit, and the place is below the length"
)]
pub(crate) fn shuffled<T: Clone>(items: &[T], seed: i64) -> Vec<T> {
    let mut state = seed % MODULUS;
    if state <= 0 {
        state += MODULUS - 1;
    }
    let mut order: Vec<T> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        state = state * MULTIPLIER % MODULUS;
        let unit = (state - 1) as f64 / (MODULUS - 1) as f64;
        let place = (unit * (index + 1) as f64).floor() as usize;
        if place >= index {
            order.push(item.clone());
        } else {
            let moved = std::mem::replace(&mut order[place], item.clone());
            order.push(moved);
        }
    }
    order
}

/// The seed that a text without a number in it is: as ODK hashes it.
pub(crate) fn hashed_seed(text: &str) -> i64 {
    if text.is_empty() {
        return 0;
    }
    let hash: [u8; 32] = Sha256::digest(text).into();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_keeps_everything_and_repeats_itself() {
        let items: Vec<u32> = (0..50).collect();
        let order = shuffled(&items, 42);
        assert_eq!(order, shuffled(&items, 42));
        assert_ne!(order, shuffled(&items, 43));
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, items);
    }

    #[test]
    fn a_draw_depends_on_seed_field_and_row() {
        let draw = |seed, field, row| Chance::new(&[seed; 32], field, &[row; 16]).unit();
        assert_eq!(draw(1, "a", 2), draw(1, "a", 2));
        let others = [draw(2, "a", 2), draw(1, "b", 2), draw(1, "a", 3)];
        assert!(others.iter().all(|other| *other != draw(1, "a", 2)));
        assert!((0.0..1.0).contains(&draw(1, "a", 2)));
    }
}
