//! A table of an annex, whatever it is written as.

use serde::{Deserialize, Serialize};

use super::{Source, VillageCounts};
use crate::planning::indicators::Counts;
use crate::planning::suppression::{self, Keep};
use crate::planning::told::Told;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// So many.
    Count(u32),
    /// So many, but too few to be told.
    Hidden,
    /// Not known.
    Missing,
    /// Baht.
    Baht(u64),
    /// Tenths of a percent.
    PerMille(u32),
    /// More, or fewer, than before.
    Change(i64),
    /// Words.
    Text(Told),
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// What it is called.
    pub name: Told,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What it is called.
    pub name: Told,
    /// Whether it sums up the others.
    pub is_total: bool,
    /// A cell for each column.
    pub cells: Vec<Cell>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Which of the fourteen it is, or is part of.
    pub number: u8,
    /// Its name in data.
    pub name: String,
    /// Its title.
    pub title: Told,
    /// What the rows are.
    pub row_heading: Told,
    /// The columns, beside that of the rows' names.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What a reader has to know.
    pub note: Option<Told>,
}

/// A column of counts: what it is called, and how its count is read.
pub(super) struct Counted {
    pub(super) name: Told,
    pub(super) read: Box<dyn Fn(&Counts) -> u32>,
}

impl Counted {
    /// The count of an indicator of one axis.
    pub(super) fn of(name: Told, block: &'static str, code: &'static str) -> Self {
        Self { name, read: Box::new(move |counts| counts.get(block, code, None)) }
    }
}

/// A text in both languages.
pub(super) fn told(th: &str, en: &str) -> Told {
    Told::new(th, en)
}

/// The word for a sum.
pub(super) fn total_name() -> Told {
    told("รวม", "Total")
}

impl Table {
    /// An empty table.
    pub(super) fn new(number: u8, name: &str, title: Told, row_heading: Told) -> Self {
        let (columns, rows) = (Vec::new(), Vec::new());
        Self { number, name: name.to_owned(), title, row_heading, columns, rows, note: None }
    }

    /// A row for each village and one for all of them. `parts` says whether the columns part a whole, so that
    /// one could be told from the others.
    pub(super) fn by_village(mut self, source: &Source<'_>, columns: &[Counted], parts: bool) -> Self {
        let count = |village: &VillageCounts| -> Vec<u32> {
            columns.iter().map(|column| (column.read)(&village.counts)).collect()
        };
        let names: Vec<Told> = source.villages.iter().map(|village| village.name.clone()).collect();
        let counts: Vec<Vec<u32>> = source.villages.iter().map(count).collect();
        self.columns.extend(columns.iter().map(|column| Column { name: column.name.clone() }));
        self.fill(names, counts, source.hides, parts);
        self
    }

    /// A row for each of one axis, a column for each of the other, and sums of the rows.
    pub(super) fn crossed(
        mut self,
        source: &Source<'_>,
        rows: Vec<Told>,
        columns: Vec<Told>,
        counts: Vec<Vec<u32>>,
    ) -> Self {
        self.columns = columns.into_iter().map(|name| Column { name }).collect();
        self.fill(rows, counts, source.hides, true);
        self
    }

    /// Adds rows of counts and their sums, hidden as they have to be.
    fn fill(&mut self, names: Vec<Told>, counts: Vec<Vec<u32>>, hides: bool, parts: bool) {
        let width = self.columns.len();
        let sums: Vec<u32> = (0..width).map(|at| counts.iter().map(|row| row[at]).sum()).collect();
        let shown: Vec<Vec<Option<u32>>> = if hides {
            hidden(&counts, width, parts)
        } else {
            counts.iter().chain([&sums]).map(|row| row.iter().copied().map(Some).collect()).collect()
        };
        let cells =
            |row: Vec<Option<u32>>| row.into_iter().map(|cell| cell.map_or(Cell::Hidden, Cell::Count));
        let last = names.len();
        for (at, (name, row)) in names.into_iter().chain([total_name()]).zip(shown).enumerate() {
            self.rows.push(Row { name, is_total: at == last, cells: cells(row).collect() });
        }
    }

    /// Adds after each count its share of the row's first count.
    pub(super) fn with_rates(mut self) -> Self {
        let columns = std::mem::take(&mut self.columns);
        for (at, column) in columns.into_iter().enumerate() {
            let rate = Told::new(format!("{} (%)", column.name.th), format!("{} (%)", column.name.en));
            self.columns.push(column);
            if at > 0 {
                self.columns.push(Column { name: rate });
            }
        }
        for row in &mut self.rows {
            let cells = std::mem::take(&mut row.cells);
            let whole = cells.first().cloned();
            for (at, cell) in cells.into_iter().enumerate() {
                let rate = share(&cell, whole.as_ref());
                row.cells.push(cell);
                if at > 0 {
                    row.cells.push(rate);
                }
            }
        }
        self
    }

    /// With a note.
    pub(super) fn noted(self, th: &str, en: &str) -> Self {
        Self { note: Some(told(th, en)), ..self }
    }
}

/// The share of a count in another, to tenths of a percent, halves up.
pub(super) fn share(part: &Cell, whole: Option<&Cell>) -> Cell {
    match (part, whole) {
        (Cell::Hidden, _) | (_, Some(Cell::Hidden)) => Cell::Hidden,
        (Cell::Count(part), Some(Cell::Count(whole))) if *whole > 0 => {
            let tenths = (u64::from(*part) * 2_000 + u64::from(*whole)) / (2 * u64::from(*whole));
            Cell::PerMille(u32::try_from(tenths).unwrap_or(u32::MAX))
        }
        _ => Cell::Missing,
    }
}

/// Rows and their sums as planners see them. Where columns part a whole, the sums of rows are known, too.
fn hidden(counts: &[Vec<u32>], width: usize, parts: bool) -> Vec<Vec<Option<u32>>> {
    let narrow = |cell: &Option<u64>| cell.and_then(|cell| u32::try_from(cell).ok());
    if parts && let Ok(grid) = suppression::grid(counts, Keep { row_totals: true, column_totals: true }) {
        let rows = grid.cells.iter().chain([&grid.column_totals]);
        return rows.map(|row| row.iter().map(narrow).collect()).collect();
    }
    let column = |at: usize| {
        let counts: Vec<u32> = counts.iter().map(|row| row[at]).collect();
        suppression::parts(&counts)
    };
    let columns: Vec<_> = (0..width).map(column).collect();
    let row = |at: usize| columns.iter().map(|column| narrow(&column.parts[at])).collect();
    let total = columns.iter().map(|column| narrow(&column.total)).collect();
    (0..counts.len()).map(row).chain([total]).collect()
}
