//! Workbooks: bytes of an .xlsx or .xls to sheets of cells, each with the text that its author sees.
//!
//! The bytes come from outside. Everything that a workbook can claim about itself is bounded before
//! something is reserved for it (`limits.rs`), so that a bomb or garbage costs a refusal and no more.

mod biff;
mod compound;
mod package;
mod shown;

use crate::fault::{Fault, Place, Severity};
use crate::fault::{FaultKind, Limit, SheetFault};
use crate::limits::{
    CELL_BYTES_MAX, SHEET_COLUMNS_MAX, SHEET_ROWS_MAX, WORKBOOK_BYTES_MAX, WORKBOOK_CELLS_MAX,
    WORKBOOK_SHEETS_MAX, WORKBOOK_TEXT_BYTES_MAX,
};

/// The sheets of a spreadsheet file, in the order of its tabs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workbook {
    /// Worksheets; charts are left out.
    pub sheets: Vec<Sheet>,
}

/// One worksheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// As on its tab.
    pub name: String,
    /// Rows that hold something, from top to bottom.
    pub rows: Vec<Row>,
}

/// One row of a sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// From 1, as the spreadsheet counts.
    pub number: u32,
    /// Cells that hold something, from left to right.
    pub cells: Vec<Cell>,
}

/// One cell that holds something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// From 1: A is 1.
    pub column: u32,
    /// Without white space around it. Whole numbers have no `.0`, dates are ISO 8601, booleans are
    /// `TRUE` and `FALSE`, a formula is its last result.
    pub text: String,
}

/// Reads a workbook, whichever of the two formats it has.
///
/// # Errors
///
/// Where it is none, is protected by a password, or is larger than the limits.
pub fn read(bytes: &[u8]) -> Result<Workbook, Box<Fault>> {
    let refused = |place, kind| Box::new(Fault { place, severity: Severity::Error, kind });
    if bytes.len() > WORKBOOK_BYTES_MAX {
        return Err(refused(Place::default(), Limit::FileBytes.reached()));
    }
    let mut sheets = Gathered::default();
    let outcome = if bytes.starts_with(b"PK") {
        package::read(bytes, &mut sheets)
    } else if bytes.starts_with(&compound::SIGNATURE) {
        biff::read(bytes, &mut sheets)
    } else {
        Err(Refusal::new(SheetFault::NotAWorkbook))
    };
    match outcome {
        Ok(()) => Ok(sheets.finish()),
        Err(Refusal { sheet, row, column, kind }) => {
            let place = Place { sheet, row, column, header: String::new() };
            Err(refused(place, FaultKind::Sheet(kind)))
        }
    }
}

/// Why a workbook is not read, and where; as [`Fault`], but only of a workbook.
struct Refusal {
    sheet: String,
    row: u32,
    column: u32,
    kind: SheetFault,
}

impl Refusal {
    fn new(kind: SheetFault) -> Self {
        Self { sheet: String::new(), row: 0, column: 0, kind }
    }

    fn limit(limit: Limit) -> Self {
        Self::new(SheetFault::TooMuch(limit))
    }
}

impl Limit {
    fn reached(self) -> FaultKind {
        FaultKind::Sheet(SheetFault::TooMuch(self))
    }
}

/// Sheets while they are read, within the limits that hold for all of them together.
#[derive(Default)]
struct Gathered {
    sheets: Vec<Sheet>,
    cells: usize,
    text_bytes: usize,
}

impl Gathered {
    /// Begins the next sheet.
    fn sheet(&mut self, name: String) -> Result<(), Refusal> {
        if self.sheets.len() >= WORKBOOK_SHEETS_MAX {
            return Err(Refusal::limit(Limit::Sheets));
        }
        self.sheets.push(Sheet { name, rows: Vec::new() });
        Ok(())
    }

    /// Takes a cell of the sheet that was begun last. `row` and `column` are from 0. Cells may come in
    /// any order; of two at one place the later one counts.
    fn cell(&mut self, row: u32, column: u32, text: &str) -> Result<(), Refusal> {
        let text = trimmed(text);
        let Some(sheet) = self.sheets.last_mut().filter(|_| !text.is_empty()) else { return Ok(()) };
        let limit = if row >= SHEET_ROWS_MAX {
            Some(Limit::Rows)
        } else if column >= SHEET_COLUMNS_MAX {
            Some(Limit::Columns)
        } else if text.len() > CELL_BYTES_MAX {
            Some(Limit::CellBytes)
        } else if self.cells >= WORKBOOK_CELLS_MAX {
            Some(Limit::Cells)
        } else if self.text_bytes + text.len() > WORKBOOK_TEXT_BYTES_MAX {
            Some(Limit::TextBytes)
        } else {
            None
        };
        if let Some(limit) = limit {
            let (row, column) = (row.saturating_add(1), column.saturating_add(1));
            return Err(Refusal { sheet: sheet.name.clone(), row, column, ..Refusal::limit(limit) });
        }
        self.cells += 1;
        self.text_bytes += text.len();
        let cell = Cell { column: column + 1, text: text.replace('\u{a0}', " ") };
        match sheet.rows.last_mut() {
            Some(last) if last.number == row + 1 => last.cells.push(cell),
            _ => sheet.rows.push(Row { number: row + 1, cells: vec![cell] }),
        }
        Ok(())
    }

    fn finish(mut self) -> Workbook {
        for sheet in &mut self.sheets {
            sheet.put_in_order();
        }
        Workbook { sheets: self.sheets }
    }
}

impl Sheet {
    /// Rows downwards and each once, their cells from left to right and each once.
    fn put_in_order(&mut self) {
        if !self.rows.is_sorted_by(|above, below| above.number < below.number) {
            self.rows.sort_by_key(|row| row.number);
            self.rows.dedup_by(|below, above| {
                let is_same = below.number == above.number;
                if is_same {
                    above.cells.append(&mut below.cells);
                }
                is_same
            });
        }
        for row in &mut self.rows {
            if row.cells.is_sorted_by(|left, right| left.column < right.column) {
                continue;
            }
            row.cells.sort_by_key(|cell| cell.column);
            row.cells.dedup_by(|right, left| {
                let is_same = right.column == left.column;
                if is_same {
                    std::mem::swap(left, right);
                }
                is_same
            });
        }
    }
}

/// Without white space and what is not seen around it.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{feff}'))
}
