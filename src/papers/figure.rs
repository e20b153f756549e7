//! What is drawn of a table, whatever it is drawn with: only counts that are shown.

use crate::planning::annex::{Cell, Table};
use crate::planning::told::Told;

/// How a table is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bar for each row.
    Plain,
    /// A bar for each row, put together from the columns.
    Stacked,
    /// A group of bars for each row.
    Grouped,
    /// Two columns back to back, ages from below.
    Pyramid,
}

/// A drawing of some columns of a table.
pub(super) struct Figure {
    pub(super) kind: Kind,
    /// Which of the table's columns.
    pub(super) columns: Vec<usize>,
    /// Which of the table's rows; they follow each other.
    pub(super) rows: std::ops::Range<usize>,
    /// Of the columns, in their order, and again from the first.
    pub(super) colours: [Colour; 5],
}

/// A colour, and what is written on it; they differ by 7:1 and more.
pub(super) type Colour = (&'static str, &'static str);

const RED: Colour = ("#7a1212", "#ffffff");
const AMBER: Colour = ("#e3b04b", "#1a1a1a");
const BLUE: Colour = ("#0b4f6c", "#ffffff");
const SKY: Colour = ("#9fc5d8", "#1a1a1a");
const GREY: Colour = ("#3f5560", "#ffffff");

/// Colours of series in their order: what presses most comes first.
const FROM_PRESSING: [Colour; 5] = [RED, AMBER, BLUE, SKY, GREY];
/// What is worst comes last, but for what is not known.
const TO_WORST: [Colour; 5] = [SKY, BLUE, AMBER, RED, GREY];
/// Where the order says nothing.
const ANY: [Colour; 5] = [BLUE, RED, AMBER, SKY, GREY];

impl Figure {
    /// The drawing of a table, if there is one and it would show anything.
    pub(super) fn of(table: &Table) -> Option<Self> {
        let all = 0..table.columns.len();
        let (kind, columns): (Kind, Vec<usize>) = match table.name.as_str() {
            "people" => (Kind::Pyramid, vec![0, 1]),
            "dimension" => (Kind::Grouped, all.skip(1).step_by(2).collect()),
            "flag" | "barrier" | "fund_benefit" => (Kind::Plain, vec![0]),
            "need" | "worst_part" | "fund" => (Kind::Stacked, all.collect()),
            _ => return None,
        };
        let last = table.rows.iter().rposition(|row| !row.is_total)?;
        let colours = match table.name.as_str() {
            "need" => FROM_PRESSING,
            "worst_part" | "fund" => TO_WORST,
            _ => ANY,
        };
        let figure = Self { kind, columns, rows: 0..last + 1, colours };
        let shows =
            |row: usize| figure.columns.iter().any(|column| figure.count(table, row, *column) > Some(0));
        figure.rows.clone().any(shows).then_some(figure)
    }

    /// A count that is shown.
    pub(super) fn count(&self, table: &Table, row: usize, column: usize) -> Option<u32> {
        match table.rows.get(row)?.cells.get(column)? {
            Cell::Count(count) => Some(*count),
            _ => None,
        }
    }

    /// What it draws of some rows: their names, and a count for each column.
    pub(super) fn drawn<'a>(
        &self,
        table: &'a Table,
        rows: impl Iterator<Item = usize>,
    ) -> Vec<(&'a Told, Vec<Option<u32>>)> {
        let counts = |row| self.columns.iter().map(|column| self.count(table, row, *column)).collect();
        rows.map(|row| (&table.rows[row].name, counts(row))).collect()
    }
}
