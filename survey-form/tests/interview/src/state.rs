//! What an interviewer does and sees. References are XPath, as `/data/member[2]/age`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One thing that an interviewer does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Step {
    /// Answers a question, or clears its answer.
    Set {
        /// The question.
        set: String,
        /// What is answered.
        value: Option<Answer>,
    },
    /// Adds a row at the end of a repeat.
    Add {
        /// The repeat.
        add: String,
    },
    /// Removes a row.
    Remove {
        /// The repeat.
        remove: String,
        /// The row's place, from 0.
        index: usize,
    },
}

/// An answer; several of a select_multiple and of a rank.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// As it is written.
    One(String),
    /// Names of choices.
    Many(Vec<String>),
}

/// Everything that an interviewer sees, by reference.
pub type State = BTreeMap<String, Node>;

/// One question, group, repeat or row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// `group`, `repeat-range:uncontrolled`, `repeat-range:controlled`, `repeat-instance`, or a question.
    pub kind: String,
    /// Whether it is asked.
    pub relevant: bool,
    /// Whether it must be answered; of questions.
    pub required: Option<bool>,
    /// `constraint` or `required` where that does not hold.
    pub fault: Option<String>,
    /// The answer as XPath's text; of questions.
    pub value: Option<String>,
    /// Open choices: stored name and label.
    pub choices: Option<Vec<(String, Option<String>)>>,
    /// What is shown.
    pub label: Option<String>,
    /// How many rows a repeat has.
    pub rows: Option<usize>,
}
