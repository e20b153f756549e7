//! What planners are shown of areas: decided once for each, and the same in every table, file, feed and annex.
//!
//! The country is judged by itself, and the areas in an area as a table whose totals are the counts of that area:
//!
//! 1. Below what is hidden everything is hidden, zeros too. Where the number of assessed households is hidden, so is
//!    everything that parts them.
//! 2. Among the rest small counts are hidden, and what would tell them beside the totals
//!    ([`super::suppression`]).
//! 3. Of other sets of areas, as groups are, a sum is shown only if it follows from what is shown anyway.
//!
//! So every table of every level and group together tells no more than the tables of the tree, and of those no hidden
//! count above zero follows. One that was hidden in the second step can be one more or one less together with others
//! of its table, so that all totals of the table stay ([`super::suppression`]): in each row that this changes, two
//! hidden counts change against each other, or the only one of a column that stands by itself. Below such a row
//! both columns are hidden altogether, and the same change fits there: in a row of which there is one to take from
//! the one and give to the other, and so on down. A count that was hidden in the first step changes so with what is
//! above it, or against another row. (A table all of which is hidden in the second step holds a small count with
//! another in its row, and another in its column; whoever is counted there may be of the other row, or column.)
//!
//! Each block of indicators that parts the assessed is one table with them, any other indicator is one by itself.
//! How many households there are, and what came of visits, is no secret; of an area without any nothing is hidden.

use std::collections::{BTreeMap, BTreeSet};

use need_score::Flag;

use super::indicators::{BLOCKS, Block, Counts, indicator_count};
use super::rollup::{Rollup, Shown, Tree, around, open};
use super::suppression::{SHOWN_MIN, grid, parts};
use crate::area::Area;

/// Blocks whose indicators part the assessed households: with their number one could be told from the others.
const PARTS_OF_ASSESSED: [&str; 5] = ["tier", "fund", "tenure", "housing", "worst_part"];

/// Counts as somebody may see them.
pub struct Veil {
    tree: Tree,
    /// Whether anything is hidden.
    hides: bool,
    /// The indicators that are asked for; of others nothing is shown.
    asked: Vec<bool>,
    judged: Judged,
    /// What is hidden of each area of which it was asked.
    decided: BTreeMap<Area, Hidden>,
}

/// What is hidden of an area: a place for each indicator, and one for each table with parts of the assessed, for
/// those who are of none of the parts.
type Hidden = Vec<bool>;

/// The tables.
struct Judged {
    /// Place of the number of assessed households.
    assessed: usize,
    /// Places of indicators that stand by themselves.
    alone: Vec<usize>,
    /// Places of indicators that part the assessed.
    parting: Vec<Vec<usize>>,
}

impl Judged {
    /// The tables that it takes to judge these indicators.
    fn of(asked: &[bool]) -> Self {
        let mut judged = Self::all();
        judged.alone.retain(|place| asked[*place] || *place == judged.assessed);
        judged.parting.retain(|table| table.iter().any(|place| asked[*place]));
        judged
    }

    fn all() -> Self {
        let place = |block: &str, code: &str| Block::named(block).and_then(|block| block.place(code, None));
        let (mut alone, mut parting) = (Vec::new(), Vec::new());
        for block in BLOCKS {
            let places = block.indicators().map(|(place, ..)| place);
            match block.name {
                "coverage" | "flag_no" | "flag_unknown" => {}
                // A flag is known to hold, known not to, not known, or does not apply.
                "flag" => parting.extend(Flag::ALL.iter().map(|flag| -> Vec<usize> {
                    let blocks = ["flag", "flag_no", "flag_unknown"];
                    blocks.into_iter().filter_map(|block| place(block, flag.name())).collect()
                })),
                name if PARTS_OF_ASSESSED.contains(&name) => parting.push(places.collect()),
                _ => alone.extend(places),
            }
        }
        Self { assessed: place("households", "assessed").unwrap_or_default(), alone, parting }
    }

    /// The parts of the assessed of an area in a table, and those of none of them.
    fn cells(&self, counts: &Counts, table: &[usize]) -> Vec<u32> {
        let mut cells: Vec<u32> = table.iter().map(|place| counts.at(*place)).collect();
        cells.push(counts.at(self.assessed).saturating_sub(cells.iter().sum()));
        cells
    }

    /// Each table with the places of what is hidden of it.
    fn parting(&self) -> impl Iterator<Item = (&[usize], Vec<usize>)> {
        let rests = indicator_count()..;
        self.parting.iter().zip(rests).map(|(table, rest)| {
            let places = table.iter().copied().chain([rest]).collect();
            (table.as_slice(), places)
        })
    }

    fn nothing(&self) -> Hidden {
        vec![false; indicator_count() + self.parting.len()]
    }

    /// What is hidden of the country.
    fn first(&self, counts: &Counts) -> Hidden {
        let mut hidden = self.nothing();
        for place in &self.alone {
            hidden[*place] = is_small(counts.at(*place));
        }
        for (table, places) in self.parting() {
            let cells = self.cells(counts, table);
            let judged = if hidden[self.assessed] { vec![true; cells.len()] } else { parts(&cells) };
            places.iter().zip(judged).for_each(|(place, is_hidden)| hidden[*place] = is_hidden);
        }
        hidden
    }

    /// What is hidden of the areas in an area of which `above` is hidden.
    fn below(&self, above: &Hidden, areas: &[&Counts]) -> Vec<Hidden> {
        let mut all = vec![self.nothing(); areas.len()];
        for place in &self.alone {
            let counts: Vec<u32> = areas.iter().map(|area| area.at(*place)).collect();
            let judged = if above[*place] { vec![true; areas.len()] } else { parts(&counts) };
            all.iter_mut().zip(judged).for_each(|(hidden, is_hidden)| hidden[*place] = is_hidden);
        }
        let rows: Vec<bool> = all.iter().map(|hidden| hidden[self.assessed]).collect();
        for (table, places) in self.parting() {
            let cells: Vec<Vec<u32>> = areas.iter().map(|area| self.cells(area, table)).collect();
            let columns: Vec<bool> = places.iter().map(|place| above[*place]).collect();
            for (hidden, judged) in all.iter_mut().zip(grid(&cells, &rows, &columns)) {
                places.iter().zip(judged).for_each(|(place, is_hidden)| hidden[*place] = is_hidden);
            }
        }
        all
    }
}

fn is_small(count: u32) -> bool {
    (1..SHOWN_MIN).contains(&u64::from(count))
}

impl Veil {
    /// The counts of this tree, with small ones hidden if it `hides`. Of indicators that are not `asked` for nothing
    /// is shown, and none is judged.
    #[must_use]
    pub fn new(tree: Tree, hides: bool, asked: impl IntoIterator<Item = usize>) -> Self {
        let mut places = vec![false; indicator_count()];
        asked.into_iter().for_each(|place| places[place] = true);
        Self { tree, hides, judged: Judged::of(&places), asked: places, decided: BTreeMap::new() }
    }

    /// The same with every indicator.
    #[must_use]
    pub fn of_all(tree: Tree, hides: bool) -> Self {
        Self::new(tree, hides, 0..indicator_count())
    }

    /// Whether small counts are hidden.
    #[must_use]
    pub fn hides(&self) -> bool {
        self.hides
    }

    /// The counts themselves.
    pub fn tree(&mut self) -> &mut Tree {
        &mut self.tree
    }

    /// Sets of areas side by side, none of which lies in another.
    pub fn rollup(&mut self, rows: &[&BTreeSet<Area>]) -> Rollup {
        let all = rows.iter().copied().flatten().copied().collect();
        Rollup { rows: rows.iter().map(|areas| self.shown(areas)).collect(), total: self.shown(&all) }
    }

    /// What is shown of areas together, none of which lies in another: of those that are hidden a sum only where they
    /// are all that is hidden beside what is shown of the area around them.
    pub fn shown(&mut self, areas: &BTreeSet<Area>) -> Shown {
        let areas = self.tree.joined(areas);
        let sum = self.tree.sum(&areas);
        let mut shown = open(&sum);
        shown.iter_mut().zip(&self.asked).filter(|(_, asked)| !**asked).for_each(|(count, _)| *count = None);
        if !self.hides {
            return shown;
        }
        let mut families: BTreeMap<Area, Vec<Area>> = BTreeMap::new();
        for area in &areas {
            match around(*area) {
                Some(parent) => families.entry(parent).or_default().push(*area),
                None => hide(&mut shown, self.hidden(*area)),
            }
        }
        for (parent, own) in &families {
            let others: Vec<Area> =
                self.tree.children(*parent).filter(|area| !areas.contains(area)).collect();
            let hidden = self.hidden_any(own);
            let untold = [self.hidden(*parent).clone(), self.hidden_any(&others)];
            for (place, count) in shown.iter_mut().enumerate() {
                if hidden[place] && (untold.iter().any(|of| of[place]) || is_small(sum.at(place))) {
                    *count = None;
                }
            }
        }
        shown
    }

    /// What is hidden of one or the other of these areas.
    fn hidden_any(&mut self, areas: &[Area]) -> Hidden {
        let mut any = self.judged.nothing();
        for area in areas {
            any.iter_mut().zip(self.hidden(*area)).for_each(|(any, hidden)| *any |= hidden);
        }
        any
    }

    /// What is hidden of an area of the tree.
    fn hidden(&mut self, area: Area) -> &Hidden {
        if !self.decided.contains_key(&area) {
            self.decide(area);
        }
        self.decided.entry(area).or_insert_with(|| self.judged.nothing())
    }

    /// Decides what is hidden of an area and of those beside it.
    fn decide(&mut self, area: Area) {
        let Some(parent) = around(area) else {
            let hidden = self.tree.counts(area).map(|counts| self.judged.first(counts));
            self.decided.extend(hidden.map(|hidden| (area, hidden)));
            return;
        };
        let above = self.hidden(parent).clone();
        let known = self.tree.children(parent).filter_map(|area| Some((area, self.tree.counts(area)?)));
        let (areas, counts): (Vec<Area>, Vec<&Counts>) = known.filter(|(_, it)| !it.is_zero()).unzip();
        let hidden = self.judged.below(&above, &counts);
        self.decided.extend(areas.into_iter().zip(hidden));
    }
}

fn hide(shown: &mut Shown, hidden: &Hidden) {
    shown.iter_mut().zip(hidden).filter(|(_, hidden)| **hidden).for_each(|(count, _)| *count = None);
}

/// Villages of a tambon, the only one that there is.
#[cfg(test)]
pub(crate) fn of_villages(counts: &[&Counts], hides: bool) -> Rollup {
    use sync_protocol::ids::{TambonCode, VillageCode};

    let village = |moo: usize| VillageCode::try_from(65_011_700 + u32::try_from(moo).unwrap_or(99)).ok();
    let villages: Vec<VillageCode> = (1..=counts.len()).filter_map(village).collect();
    let mut all = Counts::default();
    counts.iter().for_each(|counts| all.merge(counts));
    let mut tree = Tree::of(TambonCode::try_from(650_117).ok().map(|tambon| (tambon, all)));
    tree.open(villages.iter().copied().zip(counts.iter().map(|counts| (*counts).clone())));
    let sets: Vec<BTreeSet<Area>> =
        villages.into_iter().map(|village| BTreeSet::from([village.into()])).collect();
    Veil::of_all(tree, hides).rollup(&sets.iter().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests;
