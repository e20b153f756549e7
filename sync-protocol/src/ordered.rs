//! Sets and maps, filled one by one.
//!
//! `collect` sorts first, which brings a sort of some kilobytes for each type of item; a phone has to
//! fetch every one of them.

use std::collections::{BTreeMap, BTreeSet};

/// The set of these items.
pub(crate) fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}

/// The map of these entries; of two with one key the later.
pub(crate) fn map<K: Ord, V>(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(entries);
    map
}
