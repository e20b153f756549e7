//! Why a question is not answered.

use std::fmt;

use serde::Serialize;
use sync_protocol::ids::HouseholdId;

/// Why a question is not answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// A code of the app's interface, or `need`.
    pub code: &'static str,
    /// For a report.
    pub detail: String,
    /// With `need`: the households whose stored bytes are to be lent before the question is asked again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub need: Vec<String>,
}

impl Fault {
    /// A fault of the program.
    #[must_use]
    pub fn internal(detail: impl fmt::Display) -> Self {
        Self { code: "internal", detail: detail.to_string(), need: Vec::new() }
    }

    /// A fault with a code of its own.
    #[must_use]
    pub fn of(code: &'static str) -> Self {
        Self { code, ..Self::default() }
    }

    /// Documents are wanted first.
    #[must_use]
    pub fn need(households: impl IntoIterator<Item = HouseholdId>) -> Self {
        let need = households.into_iter().map(|household| household.to_string()).collect();
        Self { code: "need", need, ..Self::default() }
    }
}
