//! Values as registers and documents show them.

use crate::ids::RowId;

/// An answer: one scalar.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// The answer was cleared.
    Null,
    /// Yes or no; also one choice of a select_multiple (`hazards/flood`).
    Bool(bool),
    /// A signed whole number.
    Int(i64),
    /// An unsigned whole number.
    Uint(u64),
    /// A finite decimal.
    F64(f64),
    /// A text, a choice's code, a date, a point or a blob's name.
    Str(String),
}

/// A [`Scalar`] borrowed from where it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScalarRef<'a> {
    /// See [`Scalar::Null`].
    Null,
    /// See [`Scalar::Bool`].
    Bool(bool),
    /// See [`Scalar::Int`].
    Int(i64),
    /// See [`Scalar::Uint`].
    Uint(u64),
    /// See [`Scalar::F64`].
    F64(f64),
    /// See [`Scalar::Str`].
    Str(&'a str),
}

impl ScalarRef<'_> {
    /// The same value, owned.
    #[must_use]
    pub fn to_owned(self) -> Scalar {
        match self {
            Self::Null => Scalar::Null,
            Self::Bool(value) => Scalar::Bool(value),
            Self::Int(value) => Scalar::Int(value),
            Self::Uint(value) => Scalar::Uint(value),
            Self::F64(value) => Scalar::F64(value),
            Self::Str(value) => Scalar::Str(value.to_owned()),
        }
    }
}

impl Scalar {
    /// The same value, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> ScalarRef<'_> {
        match self {
            Self::Null => ScalarRef::Null,
            Self::Bool(value) => ScalarRef::Bool(*value),
            Self::Int(value) => ScalarRef::Int(*value),
            Self::Uint(value) => ScalarRef::Uint(*value),
            Self::F64(value) => ScalarRef::F64(*value),
            Self::Str(value) => ScalarRef::Str(value),
        }
    }
}

/// One register as every replica shows it: its winning value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown<'a> {
    /// The row it lies in; `None` for the household's own answers.
    pub row: Option<RowId>,
    /// Question name, or `question/choice` of a select_multiple; in a row also `group` and `deleted`.
    pub key: &'a str,
    /// The value that wins: of the operation with the greatest (counter, actor).
    pub value: ScalarRef<'a>,
    /// Whether live values differ: a conflict that a person has to settle.
    pub conflict: bool,
}
