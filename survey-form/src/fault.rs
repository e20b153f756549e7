//! What is wrong with a form, by cell, in Thai and English.

mod sheet;
mod table;

pub use sheet::{Expected, Instead, Limit, SheetFault};
pub use table::{FileKind, TableFault};

use crate::expr::ExprError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The language in which a fault is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tongue {
    /// ไทย
    Thai,
    /// English
    English,
}

/// Something wrong with a workbook, with the form that it makes, or with a table that the form reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// Whether the form is refused for it.
    pub severity: Severity,
    /// What.
    pub kind: FaultKind,
}

/// A cell, a row (`column` 0), a sheet (`row` 0 as well) or the workbook (`sheet` empty as well).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Name of the sheet; of a table the name of its file.
    pub sheet: String,
    /// From 1, as the spreadsheet counts.
    pub row: u32,
    /// From 1: A is 1.
    pub column: u32,
    /// Header of the column, where it has one.
    pub header: String,
}

/// Whether a form can be used in spite of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The form is refused.
    Error,
    /// The form works, but something in it is not done as written.
    Warning,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// An expression cannot be read.
    Expression(ExprError),
    /// Calculations need each other's values: the fields' names, in the order of the ring.
    Cycle(Vec<String>),
    /// A model that no workbook makes: a reference in this field leads out of it. It was damaged on its
    /// way.
    Unsound(String),
    /// The workbook or one of its cells is not as a form needs it.
    Sheet(SheetFault),
    /// A table from outside is not as the form needs it.
    Table(TableFault),
}

impl FaultKind {
    /// What is wrong and what to write instead, in one or two sentences.
    #[must_use]
    pub fn told(&self, tongue: Tongue) -> String {
        match self {
            Self::Expression(error) => error.told(tongue),
            Self::Sheet(fault) => fault.told(tongue),
            Self::Table(fault) => fault.told(tongue),
            Self::Unsound(name) => match tongue {
                Tongue::Thai => format!("แบบฟอร์มเสียหายที่ {name} ให้ดาวน์โหลดใหม่"),
                Tongue::English => format!("the form is damaged at {name}; download it again"),
            },
            Self::Cycle(names) => {
                let ring = names.iter().chain(names.first()).map(|name| format!("${{{name}}}"));
                let ring = ring.collect::<Vec<_>>().join(" → ");
                match tongue {
                    Tongue::Thai => format!("สูตรอ้างถึงกันเป็นวง: {ring} ให้ตัดการอ้างอิงอย่างน้อยหนึ่งจุดออก"),
                    Tongue::English => {
                        format!(
                            "these need each other's values: {ring}; take at least one of the references out"
                        )
                    }
                }
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.sheet)?;
        match (self.row, self.column) {
            (0, 0) => Ok(()),
            (row, 0) => write!(out, "!{row}"),
            (0, column) => write!(out, "!{}", letters(column)),
            (row, column) => write!(out, "!{}{row}", letters(column)),
        }
    }
}

/// The letters that a spreadsheet gives a column, from 1: A, B … Z, AA.
pub(crate) fn letters(mut column: u32) -> String {
    let mut letters = Vec::new();
    while column > 0 {
        column -= 1;
        letters.push(char::from(b'A' + (column % 26) as u8));
        column /= 26;
    }
    letters.iter().rev().collect()
}
