//! Small counts hidden from planners, and what they could be computed from.
//!
//! A count of 1 to 4 people or households could tell of somebody. It is hidden; and because parts add up to
//! totals that are shown, so are further counts, as few and as small as will do, until no hidden one follows
//! from those that are shown. A zero is shown: it tells of nobody. (In a small table they are the fewest; in a
//! large one nearly so, because to find the fewest would take too long.)
//!
//! ```
//! use samruat::planning::suppression::parts;
//!
//! let shown = parts(&[31, 3, 12, 0]);
//! assert_eq!((shown.parts, shown.total), (vec![Some(31), None, None, Some(0)], Some(46)));
//! ```
//!
//! Who reads the table knows the sums, that nothing hidden is a zero, and this rule. So a hidden count is
//! safe only if another table of whole numbers, with nothing hidden below 1, shows the same and differs in
//! that count: two hidden villages that share 2 households would both be known to have 1.
//!
//! A table is judged by itself. Where a count stands in two tables, as the total of one and a part of the
//! other, or where a share is shown beside it, it has to be hidden in both. To show how many of a known
//! number a count is, make a [`grid`] of the count and the rest: the complement is protected then as well.

mod circulation;

use circulation::{Arc, hidden};

/// The smallest count above zero that is shown.
pub const SHOWN_MIN: u64 = 5;

/// Parts and their total; `None` is hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownParts {
    /// In the order of the counts.
    pub parts: Vec<Option<u64>>,
    /// What they add up to.
    pub total: Option<u64>,
}

/// A table with its totals; `None` is hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownGrid {
    /// Rows of cells, in the order of the counts.
    pub cells: Vec<Vec<Option<u64>>>,
    /// What each row adds up to.
    pub row_totals: Vec<Option<u64>>,
    /// What each column adds up to.
    pub column_totals: Vec<Option<u64>>,
    /// What all of it adds up to.
    pub total: Option<u64>,
}

/// Which totals are shown whenever anything else can be hidden instead: those that readers have anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// Those of the rows, e.g. the households of each village.
    pub row_totals: bool,
    /// That of the whole table, and those of its columns.
    pub column_totals: bool,
}

/// Rows of different lengths are no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("row {row} has {cells} cells, and the first has {first}")]
pub struct Ragged {
    /// The row, from 1.
    pub row: usize,
    /// Its cells.
    pub cells: usize,
    /// Those of the first.
    pub first: usize,
}

/// Hides small counts among parts that add up to a total, e.g. one column of villages.
#[must_use]
pub fn parts(counts: &[u32]) -> ShownParts {
    let total = counts.iter().copied().map(u64::from).sum();
    let arc = |count: &u32| Arc { from: 0, to: 1, count: u64::from(*count), keep: false };
    let mut arcs: Vec<Arc> = counts.iter().map(arc).collect();
    arcs.push(Arc { from: 1, to: 0, count: total, keep: false });
    let mut shown = shown(2, &arcs);
    let total = shown.pop().flatten();
    ShownParts { parts: shown, total }
}

/// Hides small counts in a table whose rows and columns both add up to totals that are shown beside it.
///
/// # Errors
/// [`Ragged`].
pub fn grid(counts: &[Vec<u32>], keep: Keep) -> Result<ShownGrid, Ragged> {
    let columns = counts.first().map_or(0, Vec::len);
    for (row, cells) in (1..).zip(counts) {
        if cells.len() != columns {
            return Err(Ragged { row, cells: cells.len(), first: columns });
        }
    }
    let sum = |cells: &mut dyn Iterator<Item = u32>| cells.map(u64::from).sum::<u64>();
    let (source, sink) = (0, 1);
    let (row, column) = (|at: usize| 2 + at, |at: usize| 2 + counts.len() + at);
    let mut arcs = Vec::new();
    for (at, cells) in counts.iter().enumerate() {
        let total = sum(&mut cells.iter().copied());
        arcs.push(Arc { from: source, to: row(at), count: total, keep: keep.row_totals });
    }
    for at in 0..columns {
        let total = sum(&mut counts.iter().map(|cells| cells[at]));
        arcs.push(Arc { from: column(at), to: sink, count: total, keep: keep.column_totals });
    }
    let total = sum(&mut counts.iter().flatten().copied());
    arcs.push(Arc { from: sink, to: source, count: total, keep: keep.column_totals });
    for (from, cells) in counts.iter().enumerate() {
        for (to, count) in cells.iter().enumerate() {
            arcs.push(Arc { from: row(from), to: column(to), count: u64::from(*count), keep: false });
        }
    }
    let mut shown = shown(2 + counts.len() + columns, &arcs).into_iter();
    let row_totals = shown.by_ref().take(counts.len()).collect();
    let column_totals = shown.by_ref().take(columns).collect();
    let total = shown.next().flatten();
    let cells = counts.iter().map(|_| shown.by_ref().take(columns).collect()).collect();
    Ok(ShownGrid { cells, row_totals, column_totals, total })
}

fn shown(nodes: usize, arcs: &[Arc]) -> Vec<Option<u64>> {
    let hidden = hidden(nodes, arcs);
    arcs.iter().zip(hidden).map(|(arc, hidden)| (!hidden).then_some(arc.count)).collect()
}

#[cfg(test)]
mod tests;
