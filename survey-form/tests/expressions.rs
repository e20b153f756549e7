//! What expressions are worth: cases as data (`tests/fixtures/forms/expressions.json`), which the same
//! engine is also tried with as WebAssembly.

mod support;

use serde_json::Value as Json;
use std::sync::Arc;
use support::cases::{Cases, Group, RESULT};
use support::{context, field};
use survey_form::engine::{Plan, Session};
use survey_form::model::Form;

#[test]
fn expressions_are_worth_what_the_cases_say() {
    let cases = Cases::read();
    let mut faults = Vec::new();
    let mut count = 0;
    for group in &cases.groups {
        for (expression, expected) in &group.cases {
            count += 1;
            let got = evaluated(&cases, group, expression);
            if got != *expected {
                faults
                    .push(format!("{}: {expression}\n  expected {expected}\n  got      {got}", group.about));
            }
        }
    }
    assert!(count > 300, "{count} cases");
    assert!(faults.is_empty(), "{} of {count} cases:\n{}", faults.len(), faults.join("\n"));
}

fn evaluated(cases: &Cases, group: &Group, expression: &str) -> Json {
    let form = cases.form(group, expression);
    // What a phone gets is the model as JSON: it must mean the same.
    let json = serde_json::to_string(&form).expect("a model");
    let read = serde_json::from_str(&json).expect("the same model");
    assert_eq!(form, read, "{json}");
    assert_eq!(Form::read(json.as_bytes()), Some(form), "{json}");
    let plan = Arc::new(Plan::new(read).expect("no rings"));
    let mut context = context();
    context.tables = Arc::new(cases.tables());
    context.last_saved = Some(Cases::last_saved());
    let session = Session::new(plan, context, group.entries());
    let state = session.state(group.row(), field(&session, RESULT)).expect("the result");
    match state.problem {
        Some(problem) => Json::String(format!("{problem:?}")),
        None => serde_json::to_value(state.value).expect("a scalar"),
    }
}
