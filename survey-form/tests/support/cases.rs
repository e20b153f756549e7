//! The cases of `tests/fixtures/forms/expressions.json`: what an expression is worth in a household.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;
use survey_form::engine::{Entry, RowId};
use survey_form::expr::TableRows;
use survey_form::model::Form;
use survey_form::value::Scalar;

/// All cases, and the form and tables that they share.
#[derive(Deserialize)]
pub(crate) struct Cases {
    survey: Vec<String>,
    lists: BTreeMap<String, List>,
    pub(crate) tables: BTreeMap<String, Rows>,
    pub(crate) groups: Vec<Group>,
}

#[derive(Deserialize)]
struct List {
    columns: Vec<String>,
    choices: Vec<Vec<String>>,
}

/// A table from outside.
#[derive(Deserialize)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// Cases in one household.
#[derive(Deserialize)]
pub(crate) struct Group {
    pub(crate) about: String,
    #[serde(default)]
    answers: BTreeMap<String, Scalar>,
    #[serde(default)]
    members: Vec<BTreeMap<String, Scalar>>,
    /// From 1: the member in whose row the expression stands; 0 is the household.
    #[serde(default)]
    stands_in: usize,
    /// Expression and value; null is no answer.
    pub(crate) cases: Vec<(String, Json)>,
}

/// The question that each expression calculates.
pub(crate) const RESULT: &str = "result";

impl Cases {
    pub(crate) fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/forms/expressions.json");
        serde_json::from_slice(&std::fs::read(path).expect("the cases")).expect("cases")
    }

    /// The form in which `expression` stands.
    pub(crate) fn form(&self, group: &Group, expression: &str) -> Form {
        let mut lines = self.survey.clone();
        let result = format!("calculate {RESULT}; calculation: {}", expression.replace(';', "\u{1}"));
        let end = lines.iter().position(|line| line == "end").expect("the end of the repeat");
        lines.insert(if group.stands_in == 0 { lines.len() } else { end }, result);
        let lists: Vec<_> = self.lists.iter().map(|(name, list)| (name, refs(&list.columns), list)).collect();
        let choices: Vec<Vec<Vec<&str>>> =
            lists.iter().map(|(_, _, list)| list.choices.iter().map(|cells| refs(cells)).collect()).collect();
        let choices: Vec<Vec<&[&str]>> =
            choices.iter().map(|list| list.iter().map(Vec::as_slice).collect()).collect();
        let lists: Vec<super::ListLines<'_>> = lists
            .iter()
            .zip(&choices)
            .map(|((name, columns, _), choices)| (name.as_str(), columns.as_slice(), choices.as_slice()))
            .collect();
        let tables: Vec<&str> = self.tables.keys().map(String::as_str).collect();
        super::form(&lines.join("\n"), &lists, &tables)
    }

    pub(crate) fn tables(&self) -> BTreeMap<String, TableRows> {
        let tables = self.tables.iter();
        tables
            .map(|(name, table)| (name.clone(), TableRows::new(table.columns.clone(), table.rows.clone())))
            .collect()
    }

    /// The household that was saved last.
    pub(crate) fn last_saved() -> Vec<Entry> {
        vec![super::entry(None, "name", "ก่อนหน้า")]
    }
}

impl Group {
    /// The row in which the expression stands.
    pub(crate) fn row(&self) -> Option<RowId> {
        (self.stands_in > 0).then(|| super::row(self.stands_in as u8))
    }

    /// The household.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let answers = self.answers.iter();
        let mut entries: Vec<Entry> =
            answers.map(|(key, value)| Entry { row: None, key: key.clone(), value: value.clone() }).collect();
        for (number, member) in (1..).zip(&self.members) {
            let answers: Vec<_> = member.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
            entries.extend(super::member(number, "member", &answers));
        }
        entries
    }
}

fn refs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
