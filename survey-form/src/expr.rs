//! Expressions: the XPath of ODK, parsed once into a small tree whose references are field ids.

mod error;
mod outline;

pub use error::{ExprError, ExprErrorKind};
pub use outline::{Node, Outline, Scope};

use crate::model::Template;
use serde::{Deserialize, Serialize};

/// An expression with its references resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Expr {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// Reads an expression as a cell holds it.
///
/// # Errors
///
/// What cannot be read, with its place in `text` and what to write instead.
pub fn parse(text: &str, scope: &Scope<'_>) -> Result<Expr, ExprError> {
    let _ = scope;
    Err(ExprError { start: 0, end: text.len(), kind: ExprErrorKind::Empty })
}

/// Reads a label or message: text with `${name}` in it.
///
/// # Errors
///
/// As [`parse`].
pub fn parse_template(text: &str, scope: &Scope<'_>) -> Result<Template, ExprError> {
    let _ = scope;
    Ok(Template::plain(text))
}

/// Whether a default is an expression rather than an answer as written, by the rule of pyxform.
#[must_use]
pub fn is_dynamic_default(text: &str) -> bool {
    let _ = text;
    false
}
