//! A sheet as a table: its header, and lines of cells under it.

use super::sink::Sink;
use crate::fault::{Place, SheetFault};
use crate::workbook::{Row, Sheet};
use std::collections::BTreeSet;

/// Empty rows in a row after which a sheet ends, as for pyxform.
const EMPTY_ROWS_MAX: u32 = 60;

/// A sheet whose first filled row is its header.
pub(super) struct Grid<'a> {
    sheet: &'a Sheet,
}

impl<'a> Grid<'a> {
    pub(super) fn of(sheet: &'a Sheet) -> Self {
        Self { sheet }
    }

    /// The name of the sheet.
    pub(super) fn name(&self) -> &'a str {
        &self.sheet.name
    }

    /// The row of headers.
    pub(super) fn header(&self) -> Option<&'a Row> {
        self.sheet.rows.first()
    }

    /// The rows under the header that hold something, down to where only stray cells lie.
    pub(super) fn rows(&self) -> impl Iterator<Item = &'a Row> {
        let mut above = self.header().map_or(0, |row| row.number);
        self.sheet.rows.iter().skip(1).take_while(move |row| {
            let gap = row.number - std::mem::replace(&mut above, row.number);
            gap <= EMPTY_ROWS_MAX + 1
        })
    }

    /// Tells of rows so far below the others that they are not read.
    pub(super) fn tell_stray(&self, sink: &mut Sink) {
        if let Some(row) = self.sheet.rows.get(1 + self.rows().count()) {
            let place = Place { sheet: self.sheet.name.clone(), row: row.number, ..Place::default() };
            sink.warning(place, SheetFault::StrayRow { gap: EMPTY_ROWS_MAX });
        }
    }
}

/// What the columns of a sheet mean.
pub(super) struct Columns<M> {
    /// The name of the sheet.
    pub(super) sheet: String,
    /// The row of headers, from 1.
    pub(super) header_row: u32,
    /// From left to right.
    pub(super) columns: Vec<Column<M>>,
}

/// One column.
pub(super) struct Column<M> {
    /// From 1.
    pub(super) number: u32,
    /// As the author wrote it.
    pub(super) header: String,
    /// What it is for.
    pub(super) means: M,
}

impl<M> Columns<M> {
    /// A row as a place.
    pub(super) fn row(&self, row: u32) -> Place {
        Place { sheet: self.sheet.clone(), row, ..Place::default() }
    }

    /// A cell as a place.
    pub(super) fn cell(&self, row: u32, column: &Column<M>) -> Place {
        Place { sheet: self.sheet.clone(), row, column: column.number, header: column.header.clone() }
    }

    /// Tells of a cell in a column without any header, once for each column.
    pub(super) fn tell_unheaded(
        &self,
        grid: &Grid<'_>,
        row: u32,
        column: u32,
        told: &mut BTreeSet<u32>,
        sink: &mut Sink,
    ) {
        let has_header = grid.header().is_some_and(|row| row.cells.iter().any(|cell| cell.column == column));
        if !has_header && told.insert(column) {
            let place = Place { sheet: self.sheet.clone(), row, column, header: String::new() };
            sink.warning(place, SheetFault::NoHeader);
        }
    }

    /// The header of a column as a place.
    pub(super) fn header(&self, column: &Column<M>) -> Place {
        self.cell(self.header_row, column)
    }
}

/// The cells of one row that lie in known columns.
#[derive(Clone)]
pub(super) struct Line {
    /// From 1.
    pub(super) row: u32,
    /// Place in [`Columns::columns`] and text, from left to right.
    pub(super) cells: Vec<(usize, String)>,
}

impl Line {
    /// The cell of the column that means this, with its column.
    pub(super) fn get<'a, M: PartialEq>(
        &'a self,
        columns: &'a Columns<M>,
        means: &M,
    ) -> Option<(&'a str, &'a Column<M>)> {
        let cells = self.cells.iter().map(|(index, text)| (text.as_str(), &columns.columns[*index]));
        cells.into_iter().find(|(_, column)| column.means == *means)
    }

    /// Every cell with its column.
    pub(super) fn each<'a, M>(
        &'a self,
        columns: &'a Columns<M>,
    ) -> impl Iterator<Item = (&'a str, &'a Column<M>)> {
        self.cells.iter().map(|(index, text)| (text.as_str(), &columns.columns[*index]))
    }
}

/// Whether a cell shows that the spreadsheet's own formula failed.
pub(super) fn is_failed_formula(text: &str) -> bool {
    matches!(text, "#NULL!" | "#DIV/0!" | "#VALUE!" | "#REF!" | "#NAME?" | "#NUM!" | "#N/A" | "#GETTING_DATA")
}

/// A text whose curled quotes, which spreadsheets make while typing, are straight again.
pub(super) fn straight_quotes(text: &str) -> String {
    if !text.contains(['\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}']) {
        return text.to_owned();
    }
    text.replace(['\u{2018}', '\u{2019}'], "'").replace(['\u{201c}', '\u{201d}'], "\"")
}
