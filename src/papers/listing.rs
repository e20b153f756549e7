//! One table as a file of its own: a list of households, counts of areas, a board of targets.

use std::io;

use super::csv::{SOURCE, table_csv};
use super::xlsx::{Book, XlsxError};
use crate::planning::annex::Table;
use crate::planning::told::{Language, Told};

/// A table and what is stamped on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The table, with small counts hidden already where they have to be.
    pub table: Table,
    /// Where it comes from, line by line: what is told, and what it is.
    pub stamp: Vec<(Told, Told)>,
    /// The codes of its columns, that of the rows' names first; empty where columns have none.
    pub codes: Vec<String>,
}

impl Listing {
    /// As CSV, as [`csv()`](super::csv()) writes it: in Thai unless said. Columns are headed by their codes, where they
    /// have some and no language is asked for: programs read these, which no translation alters.
    ///
    /// # Errors
    /// None while there is memory and the rows have a cell for each column.
    pub fn csv(&self, language: Option<Language>) -> io::Result<Vec<u8>> {
        let words = language.unwrap_or_default();
        let by_code = language.is_none() && !self.codes.is_empty();
        let (mut headings, mut last) = (headings(&self.table, words), Told::new(SOURCE.0, SOURCE.1));
        if by_code {
            headings.clone_from(&self.codes);
            last = Told::new("stamp", "stamp");
        }
        table_csv(&self.table, (&headings, last.words(words)), &one_line(&self.stamp, words), words)
    }

    /// As a workbook of one sheet, as [`Book`] writes it.
    ///
    /// # Errors
    /// Where a text is too long for a cell.
    pub fn xlsx(&self, language: Option<Language>) -> Result<Vec<u8>, XlsxError> {
        let mut book = Book::new(language);
        book.add(self)?;
        book.bytes()
    }
}

/// What the columns are called, that of the rows' names first.
pub(super) fn headings(table: &Table, language: Language) -> Vec<String> {
    let names = table.columns.iter().map(|column| &column.name);
    [&table.row_heading].into_iter().chain(names).map(|name| name.words(language).to_owned()).collect()
}

/// A stamp in one line.
pub(super) fn one_line(lines: &[(Told, Told)], language: Language) -> String {
    let told = lines.iter().map(|(what, is)| format!("{}: {}", what.words(language), is.words(language)));
    told.collect::<Vec<_>>().join(" · ")
}
