//! Small counts hidden in one table, and what they could be computed from.
//!
//! A count of 1 to 4 people or households could tell of somebody. It is hidden; and because parts add up to
//! totals that are known, so are further counts, as few and as small as will do, until no hidden one follows
//! from those that are shown. A zero is shown: it tells of nobody. (In a small table they are the fewest; in a
//! large one nearly so, because to find the fewest would take too long.)
//!
//! ```
//! use samruat::planning::suppression::parts;
//!
//! assert_eq!(parts(&[31, 3, 12, 0]), [false, true, true, false], "12 as well, or the total would tell the 3");
//! assert_eq!(parts(&[5, 0, 9]), [false; 3]);
//! ```
//!
//! Who reads the table knows the sums and that nothing hidden is a zero. So a hidden count is safe only if
//! another table of whole numbers, with nothing hidden below 1, shows the same and differs in that count: two
//! hidden villages that share 2 households would both be known to have 1.
//!
//! Totals are given, and shown: a table is never made safe by hiding one of them. Five households in five
//! villages, one in each, cannot be made safe so; then all of the table is hidden, zeros too, and it tells
//! nothing but its total. How tables whose totals are counts of other tables fit together is in [`super::veil`].

mod circulation;

use circulation::{Arc, hidden};

/// The smallest count above zero that is shown.
pub const SHOWN_MIN: u64 = 5;

/// Which of the parts of a total are hidden, e.g. of one column of villages. The total is known: it is 0, or no
/// less than [`SHOWN_MIN`].
#[must_use]
pub fn parts(counts: &[u32]) -> Vec<bool> {
    let arcs: Vec<Arc> =
        counts.iter().map(|count| Arc { from: 0, to: 1, count: u64::from(*count), given: false }).collect();
    hidden(2, &arcs).unwrap_or_else(|| vec![true; counts.len()])
}

/// Which cells of a table are hidden whose rows and columns both add up to known totals, but for those rows and
/// columns of which nothing is shown: `rows` and `columns` say which those are.
#[must_use]
pub fn grid(counts: &[Vec<u32>], rows: &[bool], columns: &[bool]) -> Vec<Vec<bool>> {
    let is_given =
        |row: usize, column: usize| rows.get(row) == Some(&true) || columns.get(column) == Some(&true);
    let mut arcs = Vec::new();
    for (row, cells) in counts.iter().enumerate() {
        for (column, count) in cells.iter().enumerate() {
            let given = is_given(row, column);
            arcs.push(Arc { from: row, to: counts.len() + column, count: u64::from(*count), given });
        }
    }
    let width = counts.iter().map(Vec::len).max().unwrap_or(0);
    let hidden = hidden(counts.len() + width, &arcs).unwrap_or_else(|| vec![true; arcs.len()]);
    let mut hidden = hidden.into_iter();
    counts.iter().map(|cells| hidden.by_ref().take(cells.len()).collect()).collect()
}

#[cfg(test)]
mod tests;
