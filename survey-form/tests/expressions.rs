//! What expressions are worth: cases as data (`tests/fixtures/forms/expressions.json`), which the same
//! engine is also tried with as WebAssembly.

mod support;

use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use support::{context, field, form, row};
use survey_form::engine::{Entry, Plan, Session};
use survey_form::expr::TableRows;
use survey_form::value::Scalar;

#[derive(Deserialize)]
struct Cases {
    survey: Vec<String>,
    lists: BTreeMap<String, List>,
    tables: BTreeMap<String, Rows>,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct List {
    columns: Vec<String>,
    choices: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Rows {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Group {
    about: String,
    #[serde(default)]
    answers: BTreeMap<String, Scalar>,
    #[serde(default)]
    members: Vec<BTreeMap<String, Scalar>>,
    /// From 1: the member in whose row the expression stands; 0 is the household.
    #[serde(default)]
    stands_in: usize,
    /// Expression and value; null is no answer.
    cases: Vec<(String, Json)>,
}

#[test]
fn expressions_are_worth_what_the_cases_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/forms/expressions.json");
    let cases: Cases = serde_json::from_slice(&std::fs::read(path).expect("the cases")).expect("cases");
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
    let mut lines = cases.survey.clone();
    let result = format!("calculate result; calculation: {}", expression.replace(';', "\u{1}"));
    let end = lines.iter().position(|line| line == "end").expect("the end of the repeat");
    lines.insert(if group.stands_in == 0 { lines.len() } else { end }, result);
    let lists: Vec<_> = cases.lists.iter().map(|(name, list)| (name, refs(&list.columns), list)).collect();
    let choices: Vec<Vec<Vec<&str>>> =
        lists.iter().map(|(_, _, list)| list.choices.iter().map(|cells| refs(cells)).collect()).collect();
    let choices: Vec<Vec<&[&str]>> =
        choices.iter().map(|list| list.iter().map(Vec::as_slice).collect()).collect();
    let lists: Vec<support::ListLines<'_>> = lists
        .iter()
        .zip(&choices)
        .map(|((name, columns, _), choices)| (name.as_str(), columns.as_slice(), choices.as_slice()))
        .collect();
    let tables: Vec<&str> = cases.tables.keys().map(String::as_str).collect();
    let form = form(&lines.join("\n"), &lists, &tables);
    // What a phone gets is the model as JSON: it must mean the same.
    let json = serde_json::to_string(&form).expect("a model");
    let read = serde_json::from_str(&json).expect("the same model");
    assert_eq!(form, read, "{json}");
    let plan = Arc::new(Plan::new(read).expect("no rings"));
    let tables = cases
        .tables
        .iter()
        .map(|(name, table)| (name.clone(), TableRows::new(table.columns.clone(), table.rows.clone())));
    let mut context = context();
    context.tables = Arc::new(tables.collect());
    context.last_saved = Some(vec![support::entry(None, "name", "ก่อนหน้า")]);
    let session = Session::new(plan, context, entries(group));
    let at = (group.stands_in > 0).then(|| row(group.stands_in as u8));
    let state = session.state(at, field(&session, "result")).expect("the result");
    match state.problem {
        Some(problem) => Json::String(format!("{problem:?}")),
        None => serde_json::to_value(state.value).expect("a scalar"),
    }
}

fn refs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn entries(group: &Group) -> Vec<Entry> {
    let answers = group.answers.iter();
    let mut entries: Vec<Entry> =
        answers.map(|(key, value)| Entry { row: None, key: key.clone(), value: value.clone() }).collect();
    for (number, member) in (1..).zip(&group.members) {
        let answers: Vec<_> = member.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        entries.extend(support::member(number, "member", &answers));
    }
    entries
}
