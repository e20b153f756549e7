//! What is shown of small trees and groups, against a search for other counts that show the same everywhere.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use proptest::prelude::*;
use sync_protocol::ids::TambonCode;

use super::*;

fn area(code: &str) -> Area {
    code.parse().unwrap()
}

fn place(block: &str, code: &str) -> usize {
    Block::named(block).unwrap().place(code, None).unwrap()
}

/// A tree of villages.
fn tree(villages: &[(u32, Counts)]) -> Tree {
    let tambon = |village: u32| TambonCode::try_from(village / 100).unwrap();
    let mut tree = Tree::of(villages.iter().map(|(village, counts)| (tambon(*village), counts.clone())));
    tree.open(villages.iter().map(|(village, counts)| ((*village).try_into().unwrap(), counts.clone())));
    tree
}

fn deprived(count: u32) -> Counts {
    Counts::default().with("coverage", "done", 100).with("dimension", "health", count)
}

/// What is shown of areas' deprivation of health.
fn health(veil: &mut Veil, areas: &str) -> Option<u32> {
    let areas = areas.split(' ').map(area).collect();
    veil.shown(&areas)[place("dimension", "health")]
}

#[test]
fn no_level_tells_what_another_hides() {
    let villages = [(65010101, 3), (65010102, 9), (65010201, 20), (65010202, 20), (65020101, 30)];
    let mut veil = Veil::of_all(tree(&villages.map(|(code, count)| (code, deprived(count)))), true);
    assert_eq!(health(&mut veil, "65"), Some(82));
    assert_eq!((health(&mut veil, "650101"), health(&mut veil, "650102")), (Some(12), Some(40)));
    assert_eq!((health(&mut veil, "65010101"), health(&mut veil, "65010102")), (None, None));

    let villages = [(65010101, 3), (65010102, 0), (65010201, 20), (65010202, 21), (65020101, 30)];
    let mut veil = Veil::of_all(tree(&villages.map(|(code, count)| (code, deprived(count)))), true);
    assert_eq!(health(&mut veil, "6501"), Some(44));
    assert_eq!((health(&mut veil, "650101"), health(&mut veil, "650102")), (None, None));
    for village in ["65010101", "65010102", "65010201", "65010202"] {
        assert_eq!(health(&mut veil, village), None, "{village}: below what is hidden everything is");
    }
    assert_eq!(health(&mut veil, "65020101"), Some(30));

    let empty = (65010202, Counts::default());
    let villages = [(65010101, deprived(3)), (65010201, deprived(20)), empty, (65020101, deprived(30))];
    let mut veil = Veil::of_all(tree(&villages), true);
    assert_eq!(health(&mut veil, "65010201"), None, "the only village of its tambon with households");
    assert_eq!(health(&mut veil, "65010202"), Some(0), "nobody lives there");
}

#[test]
fn a_group_tells_only_what_follows_anyway() {
    let villages =
        [(65010101, 3), (65010102, 9), (65010103, 7), (65010201, 20), (65010202, 21), (65020101, 2)];
    let mut veil = Veil::of_all(tree(&villages.map(|(code, count)| (code, deprived(count)))), true);
    assert_eq!((health(&mut veil, "6501"), health(&mut veil, "6502")), (None, None), "2 of 62");
    assert_eq!(health(&mut veil, "6501 6502"), Some(62), "all that is hidden of the province");
    let villages =
        [(65010101, 3), (65010102, 9), (65010103, 7), (65010201, 20), (65010202, 21), (65020101, 50)];
    let mut veil = Veil::of_all(tree(&villages.map(|(code, count)| (code, deprived(count)))), true);
    assert_eq!(health(&mut veil, "65010102"), Some(9));
    assert_eq!(health(&mut veil, "65010101 65010102"), None, "3 and 7 are hidden");
    assert_eq!(health(&mut veil, "65010101 65010103"), Some(10), "both that are hidden");
    assert_eq!(health(&mut veil, "65010101 65010103 650102 6502"), Some(101));
    assert_eq!(health(&mut veil, "65010101 65010102 65010103"), Some(19), "the tambon");
    assert_eq!(health(&mut veil, "65010199"), Some(0), "nobody lives there");
}

#[test]
fn a_sum_that_is_small_is_hidden_though_it_follows() {
    let villages = [(65010101, 1), (65010102, 2), (65010103, 40)];
    let mut veil = Veil::of_all(tree(&villages.map(|(code, count)| (code, deprived(count)))), true);
    assert_eq!(health(&mut veil, "65010103"), Some(40));
    assert_eq!(health(&mut veil, "65010101 65010102"), None);
}

#[test]
fn where_few_were_assessed_nothing_parts_them() {
    let assessed = |tiers: [u32; 2]| {
        let counts = Counts::default().with("coverage", "done", 60);
        let counts = counts.with("households", "assessed", tiers.iter().sum());
        counts.with("tier", "1", tiers[0]).with("tier", "4", tiers[1])
    };
    let villages =
        [(65010101, assessed([0, 3])), (65010102, assessed([0, 40])), (65010103, assessed([0, 50]))];
    let mut veil = Veil::of_all(tree(&villages), true);
    let mut shown = |code: &str| {
        let shown = veil.shown(&BTreeSet::from([area(code)]));
        [place("households", "assessed"), place("tier", "1"), place("tier", "4"), place("coverage", "done")]
            .map(|place| shown[place])
    };
    assert_eq!(shown("65010101"), [None, None, None, Some(60)], "zeros would tell that all are of one tier");
    assert_eq!(shown("65010102"), [None, None, None, Some(60)]);
    assert_eq!(shown("65010103"), [Some(50), Some(0), Some(50), Some(60)]);
    assert_eq!(shown("650101"), [Some(93), Some(0), Some(93), Some(180)]);
}

#[test]
fn what_is_not_asked_for_changes_nothing_of_what_is() {
    let counted = |few: u32| {
        let counts = Counts::default().with("coverage", "done", 60).with("households", "assessed", 40 + few);
        let counts = counts.with("tier", "1", few).with("tier", "4", 40).with("fund", "all", 40 + few);
        counts.with("flag", "L1", few).with("flag_no", "L1", 40)
    };
    let villages = [(65010101, counted(3)), (65010102, counted(9)), (65010201, counted(20))];
    let sets = ["65", "650101", "65010101", "65010102", "650102"].map(|code| BTreeSet::from([area(code)]));
    let mut all = Veil::of_all(tree(&villages), true);
    for block in BLOCKS {
        let places: Vec<usize> = block.indicators().map(|(place, ..)| place).collect();
        let mut one = Veil::new(tree(&villages), true, places.iter().copied());
        for set in &sets {
            let (all, one) = (all.shown(set), one.shown(set));
            for at in 0..indicator_count() {
                let expected = if places.contains(&at) { all[at] } else { None };
                assert_eq!(one[at], expected, "{} at {at} of {set:?}", block.name);
            }
        }
    }
}

/// What is asked of villages, and what is asked about together: columns of whatever stands by itself, or all that
/// parts the assessed.
struct Columns {
    places: Vec<usize>,
    /// Which columns make the assessed, once for each table.
    tables: Vec<Vec<usize>>,
}

impl Columns {
    fn alone() -> Self {
        Self { places: vec![place("dimension", "health")], tables: Vec::new() }
    }

    fn parting() -> Self {
        let places = [("tier", "1"), ("tier", "2"), ("tier", "3"), ("fund", "all"), ("fund", "none")];
        Self { places: places.map(|(b, c)| place(b, c)).into(), tables: vec![vec![0, 1, 2], vec![3, 4]] }
    }
}

/// How much each column of an area is more or less than it is.
type Change = Vec<i8>;

/// Looks for other counts of all areas that show the same: those that differ by one at most.
struct Search<'a> {
    veil: Veil,
    columns: &'a Columns,
    groups: &'a [BTreeSet<Area>],
}

impl Search<'_> {
    fn is_hidden(&mut self, area: Area, place: usize) -> bool {
        self.veil.hidden(area)[place]
    }

    /// The least that a hidden count is known to be: 1, unless it may be a zero.
    fn least(&mut self, area: Area, place: usize, table: &[usize]) -> i64 {
        let assessed = self.veil.judged.assessed;
        let parts = !table.is_empty();
        let Some(parent) = around(area) else { return i64::from(!(parts && self.is_hidden(area, assessed))) };
        if self.is_hidden(parent, place) || parts && self.is_hidden(area, assessed) {
            return 0;
        }
        let table = if parts { table } else { &[place] };
        let siblings = self.veil.tree.children(parent);
        let siblings = siblings.filter(|area| !self.veil.tree.counts(*area).unwrap().is_zero());
        let cells: Vec<(Area, usize)> =
            siblings.flat_map(|area| table.iter().map(move |place| (area, *place))).collect();
        i64::from(!cells.into_iter().all(|(area, place)| self.is_hidden(area, place)))
    }

    /// Which changes of an area would show the same of it.
    fn allowed(&mut self, area: Area) -> Vec<[i8; 2]> {
        let places = self.columns.places.clone();
        let table_of = |at: usize| {
            let table = self.columns.tables.iter().find(|table| table.contains(&at));
            table.map_or_else(Vec::new, |table| table.iter().map(|at| places[*at]).collect())
        };
        let tables: Vec<Vec<usize>> = (0..places.len()).map(table_of).collect();
        let mut allowed = Vec::new();
        for (place, table) in
            places.iter().zip(&tables).chain([(&self.veil.judged.assessed.clone(), &Vec::new())])
        {
            let count = i64::from(self.veil.tree.counts(area).unwrap().at(*place));
            allowed.push(if self.is_hidden(area, *place) {
                let least = self.least(area, *place, table);
                [if count > least { -1 } else { 0 }, 1]
            } else {
                [0, 0]
            });
        }
        allowed
    }

    fn fits(&self, change: &[i8], allowed: &[[i8; 2]]) -> bool {
        let columns = self.columns.places.len();
        let within = |change: i8, [least, most]: [i8; 2]| (least..=most).contains(&change);
        let cells = change[..columns].iter().zip(allowed).all(|(change, allowed)| within(*change, *allowed));
        let sums: Vec<i8> =
            self.columns.tables.iter().map(|table| table.iter().map(|at| change[*at]).sum()).collect();
        cells && sums.iter().all(|sum| *sum == sums[0] && within(*sum, allowed[columns]))
    }

    /// All changes of an area with what lies in it, each that is found with those of the groups.
    fn changes(&mut self, area: Area, found: &mut BTreeMap<Area, HashSet<Change>>) -> HashSet<Change> {
        let allowed = self.allowed(area);
        let children: Vec<Area> = self.veil.tree.children(area).collect();
        let columns = self.columns.places.len();
        let all: HashSet<Change> = if children.is_empty() {
            let mut all = vec![Vec::new()];
            for [least, most] in &allowed[..columns] {
                let longer = |change: &Change| {
                    (*least..=*most).map(|it| [&change[..], &[it]].concat()).collect::<Vec<_>>()
                };
                all = all.iter().flat_map(longer).collect();
            }
            let in_group = |change: Change| {
                let groups =
                    self.groups.iter().map(|group| if group.contains(&area) { change[0] } else { 0 });
                [change.clone(), groups.collect()].concat()
            };
            all.into_iter().map(in_group).collect()
        } else {
            let each: Vec<HashSet<Change>> =
                children.iter().map(|child| self.changes(*child, found)).collect();
            sums(&each)
        };
        let all: HashSet<Change> = all.into_iter().filter(|change| self.fits(change, &allowed)).collect();
        found.insert(area, all.clone());
        all
    }

    /// Keeps of the changes of areas those that go with changes of everything else.
    fn keep(&self, area: Area, found: &mut BTreeMap<Area, HashSet<Change>>) {
        let children: Vec<Area> = self.veil.tree.children(area).collect();
        let whole = found[&area].clone();
        let each: Vec<HashSet<Change>> = children.iter().map(|child| found[child].clone()).collect();
        for (at, child) in children.iter().enumerate() {
            let others = [&each[..at], &each[at + 1..]].concat();
            let others = sums(&others);
            found.get_mut(child).unwrap().retain(|own| {
                others.is_empty() && whole.contains(own)
                    || others.iter().any(|other| whole.contains(&sum(own, other)))
            });
            self.keep(*child, found);
        }
    }
}

fn sum(one: &[i8], other: &[i8]) -> Change {
    one.iter().zip(other).map(|(one, other)| one + other).collect()
}

/// Sums of one change of each; empty of none.
fn sums(each: &[HashSet<Change>]) -> HashSet<Change> {
    let Some((first, rest)) = each.split_first() else { return HashSet::new() };
    rest.iter().fold(first.clone(), |sums, next| {
        let pairs = sums.iter().flat_map(|one| next.iter().map(move |other| sum(one, other)));
        pairs.filter(|change| change.iter().all(|it| (-2..=2).contains(it))).collect()
    })
}

/// The hidden counts above zero which no other counts that show the same differ in.
fn pinned(tree: Tree, columns: &Columns) -> Vec<(Area, usize)> {
    let mut search = Search { veil: Veil::of_all(tree, true), columns, groups: &[] };
    let mut found = BTreeMap::new();
    search.changes(Area::COUNTRY, &mut found);
    search.keep(Area::COUNTRY, &mut found);
    let mut pinned = Vec::new();
    for (area, changes) in found {
        for (at, place) in columns.places.iter().enumerate() {
            let is_counted = search.veil.tree.counts(area).unwrap().at(*place) > 0;
            if is_counted && search.is_hidden(area, *place) && changes.iter().all(|change| change[at] == 0) {
                pinned.push((area, *place));
            }
        }
        let assessed = search.veil.judged.assessed;
        if let Some(table) = columns.tables.first()
            && search.is_hidden(area, assessed)
            && search.veil.tree.counts(area).unwrap().at(assessed) > 0
            && changes.iter().all(|change| table.iter().map(|at| change[*at]).sum::<i8>() == 0)
        {
            pinned.push((area, assessed));
        }
    }
    pinned
}

/// Codes of villages in one or two provinces with few amphoes and tambons.
fn villages() -> impl Strategy<Value = BTreeSet<u32>> {
    let level = |most: u32| 1..=most;
    proptest::collection::btree_set((level(2), level(2), level(2), level(4)), 1..12).prop_map(|places| {
        let code = |(province, amphoe, tambon, village)| {
            (((10 + province) * 100 + amphoe) * 100 + tambon) * 100 + village
        };
        places.into_iter().map(code).collect()
    })
}

fn count() -> impl Strategy<Value = u32> {
    prop_oneof![2 => Just(0_u32), 2 => Just(1), 3 => 1_u32..5, 1 => 5_u32..9]
}

fn counts_alone() -> impl Strategy<Value = Vec<(u32, Counts)>> {
    villages().prop_flat_map(|villages| {
        let counts = proptest::collection::vec(count(), villages.len());
        counts
            .prop_map(move |counts| villages.iter().copied().zip(counts.into_iter().map(deprived)).collect())
    })
}

fn counts_parting() -> impl Strategy<Value = Vec<(u32, Counts)>> {
    villages().prop_flat_map(|villages| {
        let counts = proptest::collection::vec((count(), count(), count(), 0_u32..20), villages.len());
        counts.prop_map(move |counts| {
            let counted = |(one, two, three, fund): (u32, u32, u32, u32)| {
                let assessed = one + two + three;
                let counts =
                    Counts::default().with("coverage", "done", 20).with("households", "assessed", assessed);
                let counts = counts.with("tier", "1", one).with("tier", "2", two).with("tier", "3", three);
                let all = fund.min(assessed);
                counts.with("fund", "all", all).with("fund", "none", assessed - all)
            };
            villages.iter().copied().zip(counts.into_iter().map(counted)).collect()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_hidden_count_follows_from_the_tables_of_all_levels(counts in counts_alone()) {
        prop_assert_eq!(pinned(tree(&counts), &Columns::alone()), []);
    }

    #[test]
    fn nothing_is_shown_altered_or_small(counts in counts_parting()) {
        let tree = tree(&counts);
        let areas: Vec<Area> = tree.areas().collect();
        let mut veil = Veil::of_all(tree.clone(), true);
        for area in areas {
            let counts = tree.counts(area).unwrap();
            for (place, shown) in veil.shown(&BTreeSet::from([area])).into_iter().enumerate() {
                let block = BLOCKS.iter().find(|block| block.indicators().any(|(it, ..)| it == place)).unwrap();
                let own = counts.at(place);
                prop_assert!(shown.is_none_or(|shown| shown == own && (!is_small(shown) || block.name == "coverage")));
            }
        }
    }

    /// Every group shows a sum, or hides it; what it shows is the same whatever the hidden counts are.
    #[test]
    fn sums_of_groups_tell_nothing_further(
        counts in counts_alone(),
        picks in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 12), 1..4),
    ) {
        let groups: Vec<BTreeSet<Area>> = picks.iter().map(|picks| {
            let picked = counts.iter().zip(picks).filter(|(_, pick)| **pick);
            picked.map(|((village, _), _)| area(&village.to_string())).collect()
        }).collect();
        let columns = Columns::alone();
        let mut search = Search { veil: Veil::of_all(tree(&counts), true), columns: &columns, groups: &groups };
        let changes = search.changes(Area::COUNTRY, &mut BTreeMap::new());
        for (at, group) in groups.iter().enumerate() {
            let own = search.veil.tree.sum(group).at(columns.places[0]);
            let shown = search.veil.shown(group)[columns.places[0]];
            prop_assert!(shown.is_none_or(|shown| shown == own && !is_small(shown)));
            let follows = changes.iter().all(|change| change[1 + at] == 0);
            prop_assert!(shown.is_none() || follows, "{:?} of {:?}", group, own);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_part_of_the_assessed_follows_from_the_tables_of_all_levels(counts in counts_parting()) {
        prop_assert_eq!(pinned(tree(&counts), &Columns::parting()), []);
    }
}
