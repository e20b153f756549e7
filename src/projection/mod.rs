//! From a household's registers to the rows of the read model: pure, no I/O.
//!
//! ```
//! use samruat::projection::{AllAnswers, Form, project};
//! use sync_protocol::ids::HouseholdId;
//! use sync_protocol::value::{ScalarRef, Shown};
//!
//! let form = Form::built_in();
//! let shown = |key, value| Shown { row: None, key, value, conflict: false };
//! let registers = [shown("bicycles", ScalarRef::Int(2)), shown("house_no", ScalarRef::Str("๑๒/๓"))];
//! let projection = project(form, HouseholdId([7; 16]), &registers);
//!
//! assert_eq!(projection.household.house_no.as_deref(), Some("12/3"));
//! let answers = projection.household.all_answers(form)?;
//! assert_eq!(serde_json::to_string(&answers)?, r#"{"house_no":"12/3","bicycles":2}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! What an answer should be is the [`Form`]'s business; what it is instead, an [`AnswerFault`]
//! says. Nothing is dropped: columns and `answers` of a row together are all its answers.

pub mod answers;
mod assess;
mod check;
mod columns;
pub mod deidentify;
pub mod duplicates;
pub mod form;
mod json;
mod limits;
pub mod names;
mod project;
pub mod rows;
pub mod visits;
pub mod vocabulary;

pub use answers::{AllAnswers, Answers};
pub use assess::{Assessed, assess, facts};
pub use form::Form;
pub use project::{ROW_HEAD, project, project_rows};
pub use rows::{AnswerFault, FaultReason, HouseholdRow, MemberRow, NeedRow, OtherRow, Projection, VisitRow};
