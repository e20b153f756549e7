//! What is shown, against a search for another table that shows the same.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// Which cells are hidden where every row and column has a total that is shown.
fn plain(counts: &[Vec<u32>]) -> Vec<Vec<bool>> {
    grid(counts, &[], &[])
}

#[test]
fn a_small_count_takes_the_smallest_other_with_it() {
    assert_eq!(parts(&[31, 3, 12, 0]), [false, true, true, false]);
    assert_eq!(parts(&[31, 3, 4]), [false, true, true]);
}

#[test]
fn two_that_can_only_be_one_each_take_a_third() {
    assert_eq!(parts(&[40, 1, 1, 7]), [false, true, true, true]);
}

#[test]
fn where_nothing_is_small_nothing_is_hidden() {
    assert_eq!(parts(&[5, 0, 9]), [false; 3]);
    assert_eq!(parts(&[]), [false; 0]);
    assert_eq!(plain(&[vec![5, 0], vec![0, 5]]), [[false; 2]; 2]);
    assert_eq!(plain(&[]), Vec::<Vec<bool>>::new());
}

#[test]
fn a_table_that_cannot_be_made_safe_tells_only_its_totals() {
    assert_eq!(parts(&[1, 1, 1, 1, 1, 0]), [true; 6], "one each would be told");
    assert_eq!(plain(&[vec![1, 1, 1, 1, 1, 0], vec![4, 4, 4, 4, 4, 9]]), [[true; 6]; 2]);
}

#[test]
fn a_table_hides_the_corners_of_a_rectangle() {
    let hidden = plain(&[vec![2, 20, 30], vec![40, 50, 60], vec![70, 11, 90]]);
    assert_eq!(hidden, [[true, true, false], [false; 3], [true, true, false]]);
}

#[test]
fn complements_are_hidden() {
    // Households with and without a deprivation, by village; everybody knows how many there are.
    let hidden = plain(&[vec![97, 3], vec![40, 60], vec![50, 51]]);
    assert_eq!(hidden[0], [true, true], "97 of 100 would tell of 3");
    assert_eq!(hidden.concat().iter().filter(|hidden| **hidden).count(), 4);
}

#[test]
fn what_is_hidden_in_any_case_protects_as_well() {
    let counts = [vec![3, 40], vec![30, 50], vec![20, 60]];
    assert_eq!(plain(&counts), [[true, true], [false, false], [true, true]]);
    let second_row = grid(&counts, &[false, true, false], &[]);
    assert_eq!(second_row, [[true, true], [true, true], [false, false]]);
    let second_column = grid(&counts, &[], &[false, true]);
    assert_eq!(second_column, [[true, true], [false, true], [true, true]]);
}

/// The places of counts above zero that are hidden here, not in any case, and of which no other table that shows the
/// same and adds up to the same totals has another count, with nothing hidden here below `least`. Tables that differ
/// by one in some cells are enough: where there is another, one of these is as well.
fn determined(
    counts: &[Vec<u32>],
    hidden: &[Vec<bool>],
    given: &[Vec<bool>],
    least: i64,
) -> Vec<(usize, usize)> {
    let places = || (0..counts.len()).flat_map(|r| (0..counts[0].len()).map(move |c| (r, c)));
    let open: Vec<(usize, usize)> = places().filter(|(r, c)| hidden[*r][*c]).collect();
    let is_judged = |r: usize, c: usize| !given[r][c] && counts[r][c] > 0;
    let mut determined: Vec<_> = open.iter().copied().filter(|(r, c)| is_judged(*r, *c)).collect();
    let (mut rows, mut columns) = (vec![0; counts.len()], vec![0; counts[0].len()]);
    for code in 0..3_u32.pow(u32::try_from(open.len()).unwrap()) {
        rows.fill(0);
        columns.fill(0);
        let mut rest = code;
        let mut fits = true;
        let mut changed = Vec::new();
        for (r, c) in &open {
            let change = i64::from(rest % 3) - 1;
            rest /= 3;
            rows[*r] += change;
            columns[*c] += change;
            let least = if given[*r][*c] { 0 } else { least };
            fits &= i64::from(counts[*r][*c]) + change >= least;
            if change != 0 {
                changed.push((*r, *c));
            }
        }
        if fits && rows.iter().chain(&columns).all(|sum| *sum == 0) {
            determined.retain(|place| !changed.contains(place));
        }
    }
    determined
}

/// Tables with the rows and columns of which nothing is shown: those of small totals, and some others.
#[derive(Debug, Clone)]
struct Case {
    counts: Vec<Vec<u32>>,
    rows: Vec<bool>,
    columns: Vec<bool>,
}

impl Case {
    fn given(&self) -> Vec<Vec<bool>> {
        self.rows.iter().map(|row| self.columns.iter().map(|column| *row || *column).collect()).collect()
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let count = prop_oneof![Just(0_u32), 1_u32..3, 1_u32..12, 5_u32..90];
    let flags = proptest::collection::vec(proptest::bool::weighted(0.15), 6);
    (1_usize..4, 1_usize..4, flags).prop_flat_map(move |(rows, columns, flags)| {
        let counts = proptest::collection::vec(proptest::collection::vec(count.clone(), columns), rows);
        counts.prop_map(move |counts| {
            let is_small = |sum: u32| (1..5).contains(&sum);
            let of_row = |(row, flag): (&Vec<u32>, &bool)| *flag || is_small(row.iter().sum());
            let of_column =
                |(at, flag): (usize, &bool)| *flag || is_small(counts.iter().map(|row| row[at]).sum());
            let rows = counts.iter().zip(&flags).map(of_row).collect();
            let columns = (0..counts[0].len()).zip(&flags[3..]).map(of_column).collect();
            Case { counts, rows, columns }
        })
    })
}

proptest! {
    #[test]
    fn no_hidden_count_follows_from_what_is_shown(case in cases()) {
        let hidden = grid(&case.counts, &case.rows, &case.columns);
        let given = case.given();
        let blank = hidden.iter().flatten().all(|hidden| *hidden);
        prop_assert_eq!(determined(&case.counts, &hidden, &given, i64::from(!blank)), []);
        for (r, row) in case.counts.iter().enumerate() {
            for (c, count) in row.iter().enumerate() {
                prop_assert!(!(given[r][c] || (1..5).contains(count)) || hidden[r][c], "a small count is hidden");
                prop_assert!(*count != 0 || !hidden[r][c] || blank || given[r][c], "a zero is shown");
            }
        }
    }

    #[test]
    fn no_part_follows_from_the_others(
        counts in proptest::collection::vec(prop_oneof![Just(0_u32), 1_u32..3, 1_u32..9, 5_u32..90], 1..8),
    ) {
        prop_assume!(counts.iter().sum::<u32>() >= 5);
        let hidden = parts(&counts);
        let blank = hidden.iter().all(|hidden| *hidden);
        let own: Vec<u32> = counts.iter().zip(&hidden).filter(|(_, hidden)| **hidden).map(|(own, _)| *own).collect();
        // One more here is one less there.
        let could_fall = |at: usize| own[at] > u32::from(!blank);
        for at in (0..own.len()).filter(|at| own[*at] > 0) {
            let others = (0..own.len()).filter(|other| *other != at);
            let is_open = others.clone().any(could_fall) || could_fall(at) && others.count() > 0;
            prop_assert!(is_open, "{:?} {:?}", counts, hidden);
        }
        prop_assert!(counts.iter().zip(&hidden).all(|(own, hidden)| !(1..5).contains(own) || *hidden));
    }

    #[test]
    fn no_more_is_hidden_than_has_to_be(case in cases()) {
        let hidden = grid(&case.counts, &case.rows, &case.columns);
        let given = case.given();
        let further: Vec<(usize, usize)> = (0..given.len())
            .flat_map(|r| (0..given[0].len()).map(move |c| (r, c)))
            .filter(|(r, c)| !given[*r][*c] && case.counts[*r][*c] >= 5)
            .collect();
        let needed: Vec<Vec<bool>> = case.counts.iter().zip(&given).map(|(row, given)| {
            row.iter().zip(given).map(|(count, given)| *given || (1..5).contains(count)).collect()
        }).collect();
        let mut masks: Vec<u32> = (0..1_u32 << further.len()).collect();
        masks.sort_by_key(|mask| mask.count_ones());
        let fewest = masks.into_iter().find(|mask| {
            let mut tried = needed.clone();
            for (at, (r, c)) in further.iter().enumerate() {
                tried[*r][*c] |= mask >> at & 1 == 1;
            }
            determined(&case.counts, &tried, &given, 1).is_empty()
        });
        let own = further.iter().filter(|(r, c)| hidden[*r][*c]).count();
        let all = hidden.iter().flatten().all(|hidden| *hidden);
        prop_assert!(all || fewest.is_some_and(|fewest| own <= fewest.count_ones() as usize));
        prop_assert!(!all || fewest.is_none_or(|fewest| fewest.count_ones() as usize >= own));
    }
}

/// A table of the size of an annex: villages by needs.
#[test]
fn a_large_table_is_safe_as_well() {
    let counts: Vec<Vec<u32>> = (0..25_u32)
        .map(|row| (0..17_u32).map(|column| (row * 31 + column * 17 + row * column) % 23).collect())
        .collect();
    let cells = plain(&counts);
    let hidden = cells.iter().flatten().filter(|cell| **cell).count();
    let small = counts.iter().flatten().filter(|count| (1..5).contains(*count)).count();
    assert!(small > 60 && hidden >= small && hidden < small + 20, "{hidden} hidden for {small}");
    for row in &cells {
        assert_ne!(row.iter().filter(|cell| **cell).count(), 1, "one alone follows from its row");
    }
}
