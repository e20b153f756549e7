//! Why an expression cannot be read, and what to write instead.

use crate::fault::Tongue;

/// Why an expression cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub struct ExprError {
    /// First byte of the expression's text that is at fault.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// What is wrong.
    pub kind: ExprErrorKind,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ExprErrorKind {
    /// There is nothing to read.
    Empty,
}

impl ExprError {
    /// What is wrong and what to write instead.
    #[must_use]
    pub fn told(&self, tongue: Tongue) -> String {
        match (tongue, &self.kind) {
            (Tongue::Thai, ExprErrorKind::Empty) => "สูตรว่างเปล่า".to_owned(),
            (Tongue::English, ExprErrorKind::Empty) => "the expression is empty".to_owned(),
        }
    }
}
