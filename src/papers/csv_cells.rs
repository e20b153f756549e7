//! Cells of a CSV file that spreadsheets open as they were meant: UTF-8, and no text is run as a formula.

use std::borrow::Cow;
use std::io;

/// Excel takes a file without it for the code page of the machine.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// A spreadsheet takes a text that begins with one of these for a formula, and runs it. An apostrophe
/// before it says that it is a text (OWASP, CSV Injection).
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// What stands in a cell.
pub(crate) enum Cell<'a> {
    /// What somebody wrote, or could have.
    Text(Cow<'a, str>),
    /// A number of ours or of a question that asks for one.
    Number(Cow<'a, str>),
}

impl<'a> Cell<'a> {
    pub(crate) fn empty() -> Self {
        Self::Text("".into())
    }

    pub(crate) fn of_text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn of_number(number: impl ToString) -> Self {
        Self::Number(number.to_string().into())
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
        }
    }
}

/// What is written for a cell.
pub(crate) fn defused(cell: Cell<'_>) -> Cow<'_, [u8]> {
    let text = match cell {
        Cell::Text(text) if text.starts_with(FORMULA_STARTS) => format!("'{text}").into(),
        Cell::Text(text) | Cell::Number(text) => text,
    };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
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
            assert_eq!(*defused(Cell::of_text(evil)), *format!("'{evil}").as_bytes());
        }
        assert_eq!(*defused(Cell::of_text("12/3")), *b"12/3");
        assert_eq!(*defused(Cell::of_number(-1)), *b"-1");
    }
}
