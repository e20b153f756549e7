//! Cells of a CSV file that spreadsheets open as they were meant: UTF-8, and no text is run as a formula.

use std::io;

/// Excel takes a file without it for the code page of the machine.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// A spreadsheet takes a text that begins with one of these for a formula, and runs it. An apostrophe
/// before it says that it is a text (OWASP, CSV Injection).
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// What stands in a cell.
pub(crate) enum Cell {
    /// What somebody wrote, or could have.
    Text(String),
    /// A number of ours or of a question that asks for one.
    Number(String),
}

impl Cell {
    pub(crate) fn empty() -> Self {
        Self::Text(String::new())
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
        }
    }
}

/// What is written for a cell.
pub(crate) fn defused(cell: Cell) -> String {
    match cell {
        Cell::Text(text) if text.starts_with(FORMULA_STARTS) => format!("'{text}"),
        Cell::Text(text) | Cell::Number(text) => text,
    }
}

/// Writes rows after `start`, with the line endings of RFC 4180.
pub(crate) fn writer(start: Vec<u8>) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(start)
}

/// All that was written.
pub(crate) fn finish(writer: csv::Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_a_formula() {
        for evil in ["=1+1", "+66812345678", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝cmd"] {
            assert_eq!(defused(Cell::Text(evil.to_owned())), format!("'{evil}"));
        }
        assert_eq!(defused(Cell::Text("12/3".to_owned())), "12/3");
        assert_eq!(defused(Cell::Number("-1".to_owned())), "-1");
    }
}
