//! What a phone needs of std and of well-known crates, in a fraction of the bytes that it would download.
//!
//! [`Map`] and [`Set`] are std's B-trees, [`sort_by`] is std's sort, [`read_number`] is std's reader. Compiled
//! for wasm they are those of [`sorted`] and [`number`]: a B-tree weighs some ten thousand bytes for each type
//! of key and value, a sorted vector some hundred. Both are compiled everywhere, and tests see to it that they
//! do the same.
//!
//! What a sorted vector does slowly is taking in a key before others, which move up by one place. So where
//! there can be thousands, either keys come in ascending or an entry is small, its value boxed if need be:
//! taking in 5,000 entries of 24 bytes in any order moves 150 MB in all. [`Map::append`] moves each entry once.

pub mod digits;
pub mod json;
pub mod number;
pub mod sorted;

#[cfg(not(target_arch = "wasm32"))]
pub use std::collections::{BTreeMap as Map, BTreeSet as Set};

#[cfg(target_arch = "wasm32")]
pub use {
    number::read_number,
    sorted::{Map, Set, sort_by},
};

/// Sorts; what compares as equal keeps its order.
#[cfg(not(target_arch = "wasm32"))]
pub fn sort_by<T>(items: &mut [T], compare: impl FnMut(&T, &T) -> std::cmp::Ordering) {
    items.sort_by(compare);
}

/// As [`sort_by`], in the ascending order of what `key` gives.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    sort_by(items, |one, other| key(one).cmp(&key(other)));
}

/// As [`sort_by`], in the ascending order of the items.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Reads a number: the nearest double, the even one of two that are as near. Also `inf`, `infinity` and `nan`.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn read_number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// Capital letters as small ones: those of ASCII and of Western Europe. Thai has none.
#[must_use]
pub fn lowercase(text: &str) -> String {
    let lower = |letter: char| match letter {
        'A'..='Z' | 'À'..='Ö' | 'Ø'..='Þ' => char::from(letter as u8 + 32),
        _ => letter,
    };
    text.chars().map(lower).collect()
}
