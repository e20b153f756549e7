//! A table of an annex, whatever it is written as.

use serde::{Deserialize, Serialize};

use super::{Source, shown};
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

/// Reads a count out of what is shown of an area.
type Read = Box<dyn Fn(&[Option<u32>]) -> Option<u32>>;

/// A column of counts: what it is called, and how it is read from what is shown of an area.
pub(super) struct Counted {
    pub(super) name: Told,
    pub(super) read: Read,
}

impl Counted {
    /// The count of an indicator of one axis.
    pub(super) fn of(name: Told, block: &'static str, code: &'static str) -> Self {
        Self { name, read: Box::new(move |counts| shown(counts, block, code, None)) }
    }
}

impl Cell {
    /// A count, or that it is hidden.
    pub(super) fn of(count: Option<u32>) -> Self {
        count.map_or(Self::Hidden, Self::Count)
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

    /// A row for each village and one for all of them.
    pub(super) fn by_village(mut self, source: &Source<'_>, columns: &[Counted]) -> Self {
        self.columns = columns.iter().map(|column| Column { name: column.name.clone() }).collect();
        let row = |name: Told, is_total: bool, counts: &[Option<u32>]| {
            let cells = columns.iter().map(|column| Cell::of((column.read)(counts))).collect();
            Row { name, is_total, cells }
        };
        let villages = source.villages.iter().zip(&source.rollup.rows);
        self.rows = villages.map(|(village, counts)| row(village.name.clone(), false, counts)).collect();
        self.rows.push(row(total_name(), true, &source.rollup.total));
        self
    }

    /// A row for each of one axis, a column for each of the other.
    pub(super) fn crossed(
        mut self,
        rows: impl IntoIterator<Item = Told>,
        columns: impl IntoIterator<Item = Told>,
        counts: Vec<Vec<Option<u32>>>,
    ) -> Self {
        self.columns = columns.into_iter().map(|name| Column { name }).collect();
        let row = |(name, counts): (Told, Vec<Option<u32>>)| {
            let cells = counts.into_iter().map(Cell::of).collect();
            Row { name, is_total: false, cells }
        };
        self.rows = rows.into_iter().zip(counts).map(row).collect();
        self
    }

    /// With a last row of sums; where something of a column is hidden its sum is, too.
    pub(super) fn with_sums(mut self) -> Self {
        let count = |cell: &Cell| if let Cell::Count(count) = cell { Some(*count) } else { None };
        let sum = |at: usize| self.rows.iter().map(|row| row.cells.get(at).and_then(count)).sum();
        let cells = (0..self.columns.len()).map(|at| Cell::of(sum(at))).collect();
        self.rows.push(Row { name: total_name(), is_total: true, cells });
        self
    }

    /// With the rows of the greatest first count first, and those of which it is hidden last: their order
    /// would tell it.
    pub(super) fn by_first_count(mut self) -> Self {
        self.rows.sort_by_key(|row| match row.cells.first() {
            Some(Cell::Count(count)) => (0, std::cmp::Reverse(*count)),
            _ => (1, std::cmp::Reverse(0)),
        });
        self
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
