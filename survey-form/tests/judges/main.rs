//! Whether survey-form means what others mean by the same forms.
//!
//! Generated interviews over the forms of `tests/fixtures/forms` run on our engine and on the engine
//! of ODK Web Forms, over the XForm that pyxform makes of the same workbook; after every answer both
//! tell everything that an interviewer sees. What our engine tells, it tells in wasm, too.
//!
//! `JUDGE_SEEDS=40..41 JUDGE_FORM=dates cargo test -p survey-form --test judges` runs a part of it,
//! with every disagreement in full.

use survey_form::model::Form;
use survey_form::xlsform;

mod compare;
mod corpus;
mod intended;
mod interviewer;
mod odk;
#[path = "../support/mod.rs"]
mod support;
mod wasm;

/// The clock that all interviews go by, and how far it is ahead of UTC. (Elsewhere the other engine counts a
/// day from its local midnight in days of UTC, so that no date is a whole number.)
const TIME_ZONE: &str = "UTC";
const ZONE_MINUTES: i16 = 0;

/// When they take place: 2024-06-01T08:10:00Z.
const NOW_MS: i64 = 1_717_229_400_000;

/// The form in a workbook, and what is wrong with it.
fn compiled(workbook: &[u8]) -> (Option<Form>, String) {
    let compiled = xlsform::compile(workbook, "data");
    let faults: Vec<String> = compiled.faults.iter().map(|fault| format!("{fault:?}")).collect();
    (compiled.form, faults.join("\n"))
}
