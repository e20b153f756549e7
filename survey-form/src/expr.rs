//! Expressions: the XPath of ODK, parsed once into a small tree whose references are field ids.
//!
//! [`parse`] reads what a cell holds; an [`Evaluator`] gives the value of the tree for one row of a
//! household, which it sees through a [`World`]. What XPath leaves open is as ODK's engines do it:
//!
//! - a field without an answer, or not relevant, is an empty text;
//! - a date is the number of days since 1970-01-01 where a number is wanted, a date with a time that
//!   number with its fraction, both by the clock of the interview: `today()` is whole everywhere;
//! - several nodes compare if any of them does; no node is an empty text;
//! - `sum`, `min` and `max` leave empty answers out.

mod calendar;
mod chance;
mod closest;
mod error;
mod evaluate;
mod function;
mod functions;
mod json;
mod outline;
mod parser;
mod path;
mod pattern;
mod reading;
mod template;
mod token;
mod value;

pub use calendar::{Moment, Zone};
pub use error::{ExprError, ExprErrorKind, RegexFault};
pub use evaluate::{EvaluationFault, Evaluator, RowIndex, TableRows, World};
pub use function::Function;
pub use outline::{Node, Outline, Scope};
pub use pattern::Patterns;
pub use template::{is_dynamic_default, parse_template};
pub use value::Value;

pub use chance::Chance;
pub(crate) use chance::shuffled;
pub(crate) use closest::closest;
pub(crate) use evaluate::ItemRef;
pub(crate) use value::number_text;

use crate::model::FieldId;
use light::Set;

/// An expression with its references resolved.
///
/// As JSON a number or a text is itself, and everything else an array that begins with what it is:
/// `["if",["<",["$",4],18],"child","adult"]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// An operator or function with its arguments. Operators that are equal and follow each other
    /// are one call: `a + b + c` has three arguments, taken from the left.
    Call(Function, Vec<Expr>),
    /// A field's answer, or its answers in several rows.
    Field(FieldPath),
    /// Choices of a list or rows of a table.
    Items(Box<Items>),
    /// Within the test of [`Items`]: a column of the item that is tested.
    Column(String),
    /// A path that leads nowhere: no node. Read with a warning.
    Nothing,
}

/// A field, and which of its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldPath {
    /// The field, group or repeat.
    pub field: FieldId,
    /// What is known of the row before the path begins. Repeats further in run over all their rows.
    pub anchor: Anchor,
    /// Which nodes are kept, from the outside in.
    pub tests: Vec<Test>,
}

/// Where a [`FieldPath`] begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// At the household.
    Household,
    /// At the row of this repeat in which the expression stands.
    Here(FieldId),
    /// At the row of this repeat in which the node lies that a [`Test`] is about.
    Tested(FieldId),
    /// At the household as it was saved last.
    LastSaved,
}

/// A predicate.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// The field, group or repeat on the way whose nodes are tested.
    pub step: FieldId,
    /// Kept where true; a number keeps the node at that position.
    pub keep: Expr,
}

/// Choices of a list or rows of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Items {
    /// Where they come from.
    pub source: ItemSource,
    /// The predicates, in order.
    pub tests: Vec<Expr>,
    /// The column whose cells are meant; `None` for the items themselves.
    pub column: Option<String>,
}

/// Where [`Items`] come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemSource {
    /// A list of the choices sheet.
    List(String),
    /// A table from outside.
    Table(String),
}

/// Reads an expression as a cell holds it.
///
/// # Errors
///
/// What cannot be read, with its place in `text` and what to write instead.
pub fn parse(text: &str, scope: &Scope<'_>) -> Result<Expr, ExprError> {
    match parse_with_warnings(text, scope)? {
        (expr, warnings) if warnings.is_empty() => Ok(expr),
        (_, mut warnings) => Err(warnings.swap_remove(0)),
    }
}

/// As [`parse`]; but a path that leads nowhere (a name that no field has, written without `${ }`, a
/// column that a list lacks, a file that the form does not name) stands for no node, as it does in ODK, and is given as a warning.
///
/// # Errors
///
/// What cannot be read at all.
pub fn parse_with_warnings(text: &str, scope: &Scope<'_>) -> Result<(Expr, Vec<ExprError>), ExprError> {
    parser::parse(text, scope)
}

impl Expr {
    /// Calls `visit` with this expression and every one in it.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::Number(_) | Self::Text(_) | Self::Column(_) | Self::Nothing => {}
            Self::Call(_, arguments) => arguments.iter().for_each(|argument| argument.walk(visit)),
            Self::Field(path) => path.tests.iter().for_each(|test| test.keep.walk(visit)),
            Self::Items(items) => items.tests.iter().for_each(|test| test.walk(visit)),
        }
    }

    /// The fields that it names, each once.
    #[must_use]
    pub fn fields(&self) -> Set<FieldId> {
        let mut found = Set::new();
        self.walk(&mut |expr| {
            if let Self::Field(path) = expr {
                found.insert(path.field);
                found.extend(path.tests.iter().map(|test| test.step));
            }
        });
        found
    }

    /// The tables from outside that it reads, each once: of `instance()` and of `pulldata()`.
    #[must_use]
    pub fn tables(&self) -> Set<&str> {
        let mut found = Set::new();
        self.walk(&mut |expr| match expr {
            Self::Items(items) => {
                if let ItemSource::Table(name) = &items.source {
                    found.insert(name.as_str());
                }
            }
            Self::Call(Function::Pulldata, arguments) => {
                if let Some(Self::Text(name)) = arguments.first() {
                    found.insert(name.as_str());
                }
            }
            _ => {}
        });
        found
    }

    /// Whether it stands for nodes rather than for a value.
    pub(crate) fn is_path(&self) -> bool {
        match self {
            Self::Field(_) | Self::Items(_) | Self::Nothing => true,
            Self::Call(Function::Union | Function::Randomize, _) => true,
            Self::Number(_) | Self::Text(_) | Self::Call(..) | Self::Column(_) => false,
        }
    }
}
