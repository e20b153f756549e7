//! An answer as a household document holds it.

use serde::{Deserialize, Serialize};

/// One scalar. As JSON it is the scalar itself: `null`, `true`, `3`, `2.5`, `"text"`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Never answered, or the answer was cleared.
    #[default]
    Null,
    /// One choice of a select_multiple.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite decimal.
    F64(f64),
    /// A text, a choice's name, a date, a time, a point, or the name of a blob.
    Str(String),
}

impl Scalar {
    /// Whether nothing is answered: null or an empty text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Str(text) => text.is_empty(),
            Self::Bool(_) | Self::Int(_) | Self::F64(_) => false,
        }
    }
}
