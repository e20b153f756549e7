//! What must be true, kept apart from how it is done.

use std::collections::{BTreeMap, BTreeSet};

use sync_protocol::ids::HouseholdId;

/// One value that somebody saved: it is found again in the end, or its loss is excused.
#[derive(Debug, Clone)]
struct Saved {
    body: u64,
    household: HouseholdId,
    value: String,
    excused: bool,
}

/// Every value that was ever saved. Each is unique, so finding it is proof.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    saved: Vec<Saved>,
    /// Households that were made one with another, each with one of those.
    folded: Vec<(HouseholdId, HouseholdId)>,
    /// Households that were erased, and those that were ever one with them.
    erased: BTreeSet<HouseholdId>,
}

impl Oracle {
    /// Phone `body` said that this value is saved.
    pub(crate) fn saved(&mut self, body: u64, household: HouseholdId, value: String) {
        self.saved.push(Saved { body, household, value, excused: false });
    }

    /// One household went into another.
    pub(crate) fn folded(&mut self, from: HouseholdId, into: HouseholdId) {
        self.folded.push((from, into));
        self.spread();
    }

    /// A household was erased: what was and will be saved of it is not looked for.
    pub(crate) fn erased(&mut self, household: HouseholdId) {
        self.erased.insert(household);
        self.spread();
    }

    /// Whoever was ever one with an erased household is forgotten with it, in whatever order that happened,
    /// for a hub that is restored does it again in another.
    fn spread(&mut self) {
        let mut known = 0;
        while known != self.erased.len() {
            known = self.erased.len();
            for (one, other) in &self.folded {
                if self.erased.contains(one) || self.erased.contains(other) {
                    self.erased.extend([*one, *other]);
                }
            }
        }
    }

    /// How many values this phone has saved.
    pub(crate) fn count_of(&self, body: u64) -> usize {
        self.saved.iter().filter(|saved| saved.body == body).count()
    }

    /// The phone's storage was put back to when it had saved `count` values. What it saved since and
    /// no one else has is gone with the storage: no protocol can bring that back.
    pub(crate) fn storage_put_back(&mut self, body: u64, count: usize) {
        for saved in self.saved.iter_mut().filter(|saved| saved.body == body).skip(count) {
            saved.excused = true;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.saved.len()
    }

    /// Every value is in one of these byte strings.
    pub(crate) fn all_found(&self, places: &[Vec<u8>]) -> Result<(), String> {
        let words: BTreeSet<&[u8]> = places.iter().flat_map(|bytes| markers(bytes)).collect();
        for saved in
            self.saved.iter().filter(|saved| !saved.excused && !self.erased.contains(&saved.household))
        {
            if !words.contains(saved.value.as_bytes()) {
                return Err(format!("{} of phone {} is nowhere", saved.value, saved.body));
            }
        }
        Ok(())
    }
}

/// A marker is `«`, digits, `»`: nothing else in a change looks like it.
pub(crate) fn marker(number: u64) -> String {
    format!("«{number}»")
}

fn markers(bytes: &[u8]) -> Vec<&[u8]> {
    let (open, close) = ("«".as_bytes(), "»".as_bytes());
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = find(&bytes[at..], open).map(|offset| at + offset) {
        let Some(end) = find(&bytes[start..], close).map(|offset| start + offset + close.len()) else {
            break;
        };
        found.push(&bytes[start..end]);
        at = start + open.len();
    }
    found
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Where two maps differ, for a message that a person can use.
pub(crate) fn difference<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    left: &BTreeMap<K, V>,
    right: &BTreeMap<K, V>,
) -> Option<String> {
    let keys: BTreeSet<&K> = left.keys().chain(right.keys()).collect();
    let differing = keys.into_iter().find(|key| left.get(key) != right.get(key))?;
    Some(format!("{differing:?}: {:?} against {:?}", left.get(differing), right.get(differing)))
}
