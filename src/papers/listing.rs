//! One table as a file of its own: a list of households, counts of areas, a board of targets.

use std::io;

use super::csv::table_csv;
use super::xlsx::{XlsxError, table_xlsx};
use crate::planning::annex::Table;
use crate::planning::told::{Language, Told};

/// A table and what is stamped on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The table, with small counts hidden already where they have to be.
    pub table: Table,
    /// Where it comes from, line by line: what is told, and what it is.
    pub stamp: Vec<(Told, Told)>,
}

impl Listing {
    /// As CSV, as [`csv()`](super::csv()) writes it.
    ///
    /// # Errors
    /// None while there is memory and the rows have a cell for each column.
    pub fn csv(&self, language: Language) -> io::Result<Vec<u8>> {
        table_csv(&self.table, &self.stamped(language), language)
    }

    /// As a workbook of one sheet.
    ///
    /// # Errors
    /// Where a text is too long for a cell.
    pub fn xlsx(&self, language: Language) -> Result<Vec<u8>, XlsxError> {
        table_xlsx(&self.table, &self.stamped(language), language)
    }

    fn stamped(&self, language: Language) -> String {
        one_line(&self.stamp, language)
    }
}

/// A stamp in one line.
pub(super) fn one_line(lines: &[(Told, Told)], language: Language) -> String {
    let told = lines.iter().map(|(what, is)| format!("{}: {}", what.words(language), is.words(language)));
    told.collect::<Vec<_>>().join(" · ")
}
