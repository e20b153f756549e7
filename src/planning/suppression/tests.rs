//! What is shown, against a search for another table that shows the same.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const FREE: Keep = Keep { row_totals: false, column_totals: false };

fn shown_grid(counts: &[Vec<u32>], keep: Keep) -> ShownGrid {
    grid(counts, keep).unwrap()
}

#[test]
fn a_small_count_takes_the_smallest_other_with_it() {
    let shown = parts(&[31, 3, 12, 0]);
    assert_eq!((shown.parts, shown.total), (vec![Some(31), None, None, Some(0)], Some(46)));
    let both_small = parts(&[31, 3, 4]);
    assert_eq!((both_small.parts, both_small.total), (vec![Some(31), None, None], Some(38)));
}

#[test]
fn two_that_can_only_be_one_each_take_a_third() {
    let shown = parts(&[40, 1, 1, 7]);
    assert_eq!(shown.parts, [Some(40), None, None, None]);
    assert_eq!(shown.total, Some(49));
}

#[test]
fn a_small_count_alone_takes_its_total() {
    let alone = parts(&[3, 0, 0]);
    assert_eq!((alone.parts, alone.total), (vec![None, Some(0), Some(0)], None));
    let empty = parts(&[]);
    assert_eq!((empty.parts, empty.total), (vec![], Some(0)));
    let nothing_small = parts(&[5, 0, 9]);
    assert_eq!((nothing_small.parts, nothing_small.total), (vec![Some(5), Some(0), Some(9)], Some(14)));
}

#[test]
fn a_table_hides_the_corners_of_a_rectangle() {
    let shown = shown_grid(&[vec![2, 20, 30], vec![40, 50, 60], vec![70, 11, 90]], FREE);
    assert_eq!(
        shown.cells,
        [vec![None, None, Some(30)], vec![Some(40), Some(50), Some(60)], vec![None, None, Some(90)],]
    );
    assert_eq!(shown.total, Some(373));
    assert!(shown.row_totals.iter().chain(&shown.column_totals).all(Option::is_some));
}

#[test]
fn complements_are_hidden_and_known_totals_stay() {
    // Households with and without a deprivation, by village; everybody knows how many there are.
    let keep = Keep { row_totals: true, column_totals: false };
    let shown = shown_grid(&[vec![97, 3], vec![40, 60], vec![50, 51]], keep);
    assert_eq!(shown.cells[0], [None, None], "97 of 100 would tell of 3");
    assert_eq!(shown.row_totals, [Some(100), Some(100), Some(101)]);
}

#[test]
fn a_known_total_is_hidden_where_nothing_else_helps() {
    let keep = Keep { row_totals: true, column_totals: true };
    let shown = shown_grid(&[vec![1, 1, 1, 1, 1]], keep);
    assert_eq!(shown.row_totals, [None]);
    assert_eq!(shown.total, None);
}

#[test]
fn rows_of_different_lengths_are_no_table() {
    let ragged = grid(&[vec![1, 2], vec![1]], FREE);
    assert_eq!(ragged, Err(Ragged { row: 2, cells: 1, first: 2 }));
    let empty = shown_grid(&[], FREE);
    assert_eq!((empty.total, empty.cells.len()), (Some(0), 0));
}

/// What a table shows of itself, cells and totals in one grid: the last row and column are the totals.
fn with_totals(shown: &ShownGrid) -> Vec<Vec<Option<u64>>> {
    let mut rows = shown.cells.clone();
    for (row, total) in rows.iter_mut().zip(&shown.row_totals) {
        row.push(*total);
    }
    let mut last = shown.column_totals.clone();
    last.push(shown.total);
    rows.push(last);
    rows
}

fn true_totals(counts: &[Vec<u32>]) -> Vec<Vec<i64>> {
    let mut rows: Vec<Vec<i64>> =
        counts.iter().map(|row| row.iter().map(|count| i64::from(*count)).collect()).collect();
    add_totals(&mut rows);
    rows
}

fn add_totals(rows: &mut Vec<Vec<i64>>) {
    for row in rows.iter_mut() {
        row.push(row.iter().sum());
    }
    let columns = rows.first().map_or(0, Vec::len);
    rows.push((0..columns).map(|at| rows.iter().map(|row| row[at]).sum()).collect());
}

/// The hidden places of which no other table that shows the same has another count. Tables that differ by
/// one in some cells are enough: where there is another, one of these is as well.
fn determined(counts: &[Vec<u32>], shown: &[Vec<Option<u64>>]) -> Vec<(usize, usize)> {
    let own = true_totals(counts);
    let columns = counts[0].len();
    let places = |rows: usize, columns: usize| (0..rows).flat_map(move |r| (0..columns).map(move |c| (r, c)));
    let hidden: Vec<(usize, usize)> =
        places(counts.len(), columns).filter(|(r, c)| shown[*r][*c].is_none()).collect();
    let mut open: Vec<(usize, usize)> =
        places(own.len(), own[0].len()).filter(|(r, c)| shown[*r][*c].is_none()).collect();
    for code in 0..3_u32.pow(u32::try_from(hidden.len()).unwrap()) {
        let mut other: Vec<Vec<i64>> =
            own[..counts.len()].iter().map(|row| row[..columns].to_vec()).collect();
        let mut code = code;
        for (r, c) in &hidden {
            other[*r][*c] += i64::from(code % 3) - 1;
            code /= 3;
        }
        add_totals(&mut other);
        let shows_the_same = places(own.len(), own[0].len()).all(|(r, c)| match shown[r][c] {
            Some(count) => i64::try_from(count) == Ok(other[r][c]),
            None => other[r][c] >= 1,
        });
        if shows_the_same {
            open.retain(|(r, c)| other[*r][*c] == own[*r][*c]);
        }
    }
    open
}

/// The fewest places beyond the small ones that have to be hidden.
fn fewest_further(counts: &[Vec<u32>]) -> usize {
    let own = true_totals(counts);
    let size = own[0].len();
    let all: Vec<(usize, usize)> = (0..own.len()).flat_map(|r| (0..size).map(move |c| (r, c))).collect();
    let candidates: Vec<(usize, usize)> = all.into_iter().filter(|(r, c)| own[*r][*c] >= 5).collect();
    let mut masks: Vec<u32> = (0..1_u32 << candidates.len()).collect();
    masks.sort_by_key(|mask| mask.count_ones());
    let is_enough = |mask: &u32| {
        let mut shown: Vec<Vec<Option<u64>>> = own
            .iter()
            .map(|row| {
                row.iter().map(|it| u64::try_from(*it).ok().filter(|it| !(1..5).contains(it))).collect()
            })
            .collect();
        for (at, (r, c)) in candidates.iter().enumerate() {
            if mask >> at & 1 == 1 {
                shown[*r][*c] = None;
            }
        }
        determined(counts, &shown).is_empty()
    };
    masks.into_iter().find(is_enough).unwrap().count_ones() as usize
}

fn counts(
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
) -> impl Strategy<Value = Vec<Vec<u32>>> {
    let count = prop_oneof![Just(0_u32), 1_u32..3, 1_u32..12, 5_u32..90];
    (rows, columns).prop_flat_map(move |(rows, columns)| {
        proptest::collection::vec(proptest::collection::vec(count.clone(), columns), rows)
    })
}

proptest! {
    #[test]
    fn no_hidden_count_follows_from_what_is_shown(
        counts in counts(1..4, 1..4), row_totals: bool, column_totals: bool,
    ) {
        let shown = with_totals(&shown_grid(&counts, Keep { row_totals, column_totals }));
        prop_assert_eq!(determined(&counts, &shown), []);
        for (row, own) in shown.iter().zip(true_totals(&counts)) {
            for (shown, own) in row.iter().zip(own) {
                prop_assert!(!(1..5).contains(&own) || shown.is_none(), "a small count is hidden");
                prop_assert!(own != 0 || *shown == Some(0), "a zero is shown");
                prop_assert!(shown.is_none_or(|shown| i64::try_from(shown) == Ok(own)), "and nothing altered");
            }
        }
    }

    #[test]
    fn no_part_follows_from_the_others(
        counts in proptest::collection::vec(prop_oneof![Just(0_u32), 1_u32..9, 5_u32..90], 1..8),
    ) {
        let shown = parts(&counts);
        let hidden: Vec<i64> =
            counts.iter().zip(&shown.parts).filter(|(_, it)| it.is_none()).map(|(it, _)| i64::from(*it)).collect();
        let mut open = vec![true; hidden.len()];
        let mut total_is_open = shown.total.is_none();
        for code in 0..3_u32.pow(u32::try_from(hidden.len()).unwrap()) {
            let changes: Vec<i64> =
                (0..).zip(&hidden).map(|(at, _)| i64::from(code / 3_u32.pow(at) % 3) - 1).collect();
            let change: i64 = changes.iter().sum();
            let nothing_is_zero = hidden.iter().zip(&changes).all(|(count, change)| count + change >= 1);
            if nothing_is_zero && (change == 0 || shown.total.is_none()) {
                open.iter_mut().zip(&changes).for_each(|(open, change)| *open &= *change == 0);
                total_is_open &= change == 0;
            }
        }
        prop_assert!(!open.contains(&true) && !total_is_open, "{:?}", shown);
        prop_assert!(counts.iter().zip(&shown.parts).all(|(own, it)| !(1..5).contains(own) || it.is_none()));
    }
}

proptest! {
        #[test]
    fn no_more_is_hidden_than_has_to_be(counts in counts(2..3, 2..4)) {
        let shown = with_totals(&shown_grid(&counts, FREE));
        let further = shown.iter().zip(true_totals(&counts)).flat_map(|(row, own)| row.clone().into_iter().zip(own));
        let further = further.filter(|(shown, own)| shown.is_none() && *own >= 5).count();
        let fewest = fewest_further(&counts);
        prop_assert!(further <= fewest, "{further} where {fewest} would do");
    }
}

/// A table of the size of an annex: villages by needs.
#[test]
fn a_large_table_is_safe_as_well() {
    let counts: Vec<Vec<u32>> = (0..25_u32)
        .map(|row| (0..17_u32).map(|column| (row * 31 + column * 17 + row * column) % 23).collect())
        .collect();
    let shown = shown_grid(&counts, FREE);
    let cells = shown.cells.iter().flatten();
    let hidden = cells.clone().filter(|cell| cell.is_none()).count();
    let small = counts.iter().flatten().filter(|count| (1..5).contains(*count)).count();
    assert!(small > 60 && hidden >= small && hidden < small + 20, "{hidden} hidden for {small}");
    for row in &shown.cells {
        assert_ne!(row.iter().filter(|cell| cell.is_none()).count(), 1, "one alone follows from its row");
    }
}
