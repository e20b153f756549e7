//! Counts of areas and of what lies in them, from the country down, and rows of them side by side with their sum.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sync_protocol::ids::{TambonCode, VillageCode};

use super::indicators::{Counts, indicator_count};
use crate::area::Area;

/// What is shown of an area, by place of the indicator; `None` is hidden.
pub type Shown = Vec<Option<u32>>;

/// What is shown of several areas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollup {
    /// For each area, in their order.
    pub rows: Vec<Shown>,
    /// For all of them together.
    pub total: Shown,
}

/// The counts of every tambon, of the areas around them and of the villages in some of them.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    counts: BTreeMap<Area, Counts>,
    children: BTreeMap<Area, BTreeSet<Area>>,
}

impl Tree {
    /// The tree of these tambons.
    pub fn of(tambons: impl IntoIterator<Item = (TambonCode, Counts)>) -> Self {
        let mut tree = Self::default();
        tree.counts.insert(Area::COUNTRY, Counts::default());
        for (tambon, counts) in tambons {
            tree.counts.entry(tambon.into()).or_default().merge(&counts);
        }
        for digits in [6, 4, 2] {
            let mut sums: BTreeMap<Area, Counts> = BTreeMap::new();
            for (area, counts) in tree.counts.iter().filter(|(area, _)| area.digits() == digits) {
                if let Some(around) = around(*area) {
                    sums.entry(around).or_default().merge(counts);
                    tree.children.entry(around).or_default().insert(*area);
                }
            }
            tree.counts.extend(sums);
        }
        tree
    }

    /// The tambons, by code.
    pub fn tambons(&self) -> impl Iterator<Item = TambonCode> {
        self.counts
            .keys()
            .filter(|area| area.digits() == 6)
            .filter_map(|area| TambonCode::try_from(area.code()).ok())
    }

    /// Adds the villages of a tambon, all of them.
    pub fn open(&mut self, villages: impl IntoIterator<Item = (VillageCode, Counts)>) {
        for (village, counts) in villages {
            let village = Area::from(village);
            self.children.entry(village.shortened(6)).or_default().insert(village);
            self.counts.insert(village, counts);
        }
    }

    /// Every area that is known, by code.
    #[cfg(test)]
    pub(super) fn areas(&self) -> impl Iterator<Item = Area> {
        self.counts.keys().copied()
    }

    /// Whether the villages of a tambon are there.
    #[must_use]
    pub fn is_open(&self, tambon: TambonCode) -> bool {
        self.children.contains_key(&tambon.into())
    }

    /// What is next smaller in an area, by code.
    pub fn children(&self, area: Area) -> impl Iterator<Item = Area> {
        self.children.get(&area).into_iter().flatten().copied()
    }

    /// The counts of an area; `None` if nothing is known of it.
    #[must_use]
    pub fn counts(&self, area: Area) -> Option<&Counts> {
        self.counts.get(&area)
    }

    /// The sum of the counts of areas of which none lies in another.
    #[must_use]
    pub fn sum(&self, areas: &BTreeSet<Area>) -> Counts {
        let mut sum = Counts::default();
        areas.iter().filter_map(|area| self.counts.get(area)).for_each(|counts| sum.merge(counts));
        sum
    }

    /// The same areas in as few as possible: an area of which the counts are known in place of all that lie in it.
    #[must_use]
    pub fn joined(&self, areas: &BTreeSet<Area>) -> BTreeSet<Area> {
        let mut joined: BTreeSet<Area> =
            areas.iter().copied().filter(|area| self.counts.contains_key(area)).collect();
        for digits in [8, 6, 4, 2] {
            let own = joined.iter().filter(|area| area.digits() == digits);
            let parents: BTreeSet<Area> = own.filter_map(|area| around(*area)).collect();
            for parent in parents {
                let is_known = self.counts.contains_key(&parent);
                if is_known && self.children(parent).all(|child| joined.contains(&child)) {
                    self.children(parent).for_each(|child| {
                        joined.remove(&child);
                    });
                    joined.insert(parent);
                }
            }
        }
        joined
    }
}

/// The next larger area around an area.
pub(super) fn around(area: Area) -> Option<Area> {
    (area != Area::COUNTRY).then(|| area.shortened(area.digits() - 2))
}

/// All of these counts.
#[must_use]
pub fn open(counts: &Counts) -> Shown {
    (0..indicator_count()).map(|place| Some(counts.at(place))).collect()
}
