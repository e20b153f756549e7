//! An interview on survey-form, told in the words of an interviewer: which questions there are, what
//! is wrong with their answers, which choices are open. The tests compare it with what other engines
//! tell, and what it tells natively with what it tells in wasm.

pub mod abi;
mod glance;
mod interview;
mod state;

pub use interview::{Interview, Question};
pub use state::{Answer, Node, State, Step};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use survey_form::model::Form;

pub use glance::{Glance, Register, TableText};

/// What can be asked, as JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A whole interview.
    Interview(Box<Script>),
    /// One field of a household that is there already.
    Glance(Box<Glance>),
}

/// One whole interview.
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

/// Answers an [`Asked`]: an interview by its states, the first one before any step, a glance by what
/// the engine knows of the field. What cannot be read is answered with why.
#[must_use]
pub fn tell(asked: &[u8]) -> Vec<u8> {
    match serde_json::from_slice(asked) {
        Ok(Asked::Interview(script)) => serde_json::to_vec(&script.states()).unwrap_or_default(),
        Ok(Asked::Glance(glance)) => glance.tell().into_bytes(),
        Err(fault) => fault.to_string().into_bytes(),
    }
}

impl Script {
    fn states(&self) -> Vec<State> {
        let mut interview = Interview::start(&self.form, &self.files, self.now_ms, self.zone_minutes);
        let mut states = vec![interview.state()];
        for step in &self.steps {
            interview.take(step);
            states.push(interview.state());
        }
        states
    }
}
