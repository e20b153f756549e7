//! An interview on survey-form, told in the words of an interviewer: which questions there are, what
//! is wrong with their answers, which choices are open. The tests compare it with what other engines
//! tell, and what it tells natively with what it tells in wasm.

pub mod abi;
mod interview;
mod state;

pub use interview::{Interview, Question};
pub use state::{Answer, Node, State, Step};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use survey_form::model::Form;

/// One whole interview, as JSON.
#[derive(Serialize, Deserialize)]
pub struct Script {
    /// The form.
    pub form: Form,
    /// Files beside it, by name.
    pub files: BTreeMap<String, String>,
    /// When it takes place, milliseconds since 1970.
    pub now_ms: i64,
    /// How far its clock is ahead of UTC.
    pub zone_minutes: i16,
    /// What the interviewer does.
    pub steps: Vec<Step>,
}

/// Runs a [`Script`]; gives the states, the first one before any step, as JSON.
#[must_use]
pub fn tell(script: &[u8]) -> Vec<u8> {
    let script: Script = match serde_json::from_slice(script) {
        Ok(script) => script,
        Err(fault) => return fault.to_string().into_bytes(),
    };
    let mut interview = Interview::start(&script.form, &script.files, script.now_ms, script.zone_minutes);
    let mut states = vec![interview.state()];
    for step in &script.steps {
        interview.take(step);
        states.push(interview.state());
    }
    serde_json::to_vec(&states).unwrap_or_default()
}
