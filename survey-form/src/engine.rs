//! The engine: a form at work on one household.
//!
//! A [`Plan`] is made once for a form; a [`Session`] runs it over a household's answers, which the caller
//! gives as [`Entry`]s in the order in which rows came to be. Every operation gives an [`Outcome`]: the
//! [`Edit`]s that become a change, and which fields look different now.
//!
//! ```text
//! let plan = Arc::new(Plan::new(form)?);
//! let mut session = Session::new(plan, context, entries);
//! session.begin();                          // a new household: defaults; `resume` for one that exists
//! let outcome = session.put(None, field, Scalar::Int(4))?;
//! save(outcome.edits);
//! draw(outcome.touched);                    // session.state(row, field), session.label(row, field) …
//! session.check_all()                       // what does not hold, after a merge too
//! ```
//!
//! What is derived (relevance, calculations) is never among the edits. A calculation becomes an answer
//! only where ODK stores what it gave: with a `trigger`, and in `once(…)`.

mod answers;
mod check;
mod compute;
mod graph;
mod plan;
mod questions;
mod rows;
mod session;
mod sound;

pub use check::{Finding, Problem};
pub(crate) use plan::ChoiceValues;
pub use plan::Plan;
pub use questions::{OpenChoice, State};
pub use session::{Refusal, Session};
pub(crate) use sound::expressions;

use crate::expr::{TableRows, Zone};
use crate::model::{FieldId, Metadata};
use crate::value::Scalar;
use light::digits::{self, BASE32};
use light::{Map, Set};
use std::fmt;
use std::sync::Arc;

/// A row's id in the household document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub [u8; 16]);

impl RowId {
    /// From its text: 26 characters of 0-9 and a-v.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        digits::decode(text, BASE32).map(Self)
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&digits::encode(&self.0, BASE32))
    }
}

/// One register of a household document, as every replica shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The row it lies in; `None` for the household's own answers.
    pub row: Option<RowId>,
    /// A question's key, `question/choice`, or in a row `group`, `deleted` or `parent`.
    pub key: String,
    /// The answer.
    pub value: Scalar,
}

/// What is around an interview.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Milliseconds from 1970-01-01T00:00 UTC.
    pub now_ms: i64,
    /// Minutes that the clock of the interview is ahead of UTC.
    pub zone: Zone,
    /// Place of the language in the form's list.
    pub language: usize,
    /// Where chance begins. Of the household rather than of the device, so that all replicas draw the
    /// same.
    pub seed: [u8; 32],
    /// Tables that the form names, by instance name.
    pub tables: Arc<Map<String, TableRows>>,
    /// What the device knows of itself and of who is signed in.
    pub device: Map<Metadata, String>,
    /// The household that was saved last on this device, for `${last-saved#…}`.
    pub last_saved: Option<Vec<Entry>>,
}

/// A step of a change to the household document.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Writes an answer; null clears it.
    Put {
        /// The row; `None` for the household's own answers.
        row: Option<RowId>,
        /// A question's key, or `question/choice`.
        key: String,
        /// The answer.
        value: Scalar,
    },
    /// Makes a row, with its `group` and, where it lies in another row, its `parent`.
    NewRow {
        /// Its id, which nothing else has.
        row: RowId,
        /// The key of its repeat.
        group: String,
        /// The row that it lies in.
        parent: Option<RowId>,
    },
    /// Hides a row.
    DeleteRow {
        /// Its id.
        row: RowId,
    },
}

/// What an operation led to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// What to write, in order.
    pub edits: Vec<Edit>,
    /// Fields whose value, relevance, validity, choices or texts may look different now.
    pub touched: Set<(Option<RowId>, FieldId)>,
    /// Rows that a `repeat_count` asks for and that are not there: make them by
    /// [`Session::new_row`], each with an id of its own.
    pub wanted: Vec<WantedRows>,
}

/// Rows that a `repeat_count` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedRows {
    /// Of which repeat.
    pub repeat: FieldId,
    /// In which row.
    pub parent: Option<RowId>,
    /// How many more.
    pub count: usize,
}
