//! Forms for tests, written as lines, and households, written as entries.
//!
//! ```text
//! integer age; constraint: . <= 120; required: true()
//! begin group house; relevant: ${age} > 17
//! select_one colours roof; label: The roof of ${name}
//! end
//! begin repeat member; count: ${size}
//! text name
//! end
//! ```

// Each test file uses the part that it needs.
#![allow(dead_code)]

pub(crate) mod cases;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use survey_form::engine::{Context, Entry, Plan, RowId, Session};
use survey_form::expr::{Expr, Node, Outline, Scope, Zone, is_dynamic_default, parse, parse_template};
use survey_form::model::{
    Choice, ChoiceList, ChoiceSource, Field, FieldId, Form, Initial, Kind, Metadata, Range, Shuffle, Table,
    Template, Text,
};
use survey_form::value::Scalar;

/// 2024-03-05T10:30 in Thailand.
pub(crate) const NOW_MS: i64 = 1_709_609_400_000;
pub(crate) const THAILAND: Zone = Zone(420);

/// A choices list: columns beyond name and label, then each choice as name, label and cells.
pub(crate) type ListLines<'a> = (&'a str, &'a [&'a str], &'a [&'a [&'a str]]);

/// The form that these lines describe.
pub(crate) fn form(lines: &str, lists: &[ListLines<'_>], tables: &[&str]) -> Form {
    let mut made = Form { id: "test".into(), languages: vec!["default".into()], ..Form::default() };
    for (name, columns, choices) in lists {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        let choices = choices.iter().map(|cells| choice(cells)).collect();
        made.lists.insert((*name).to_owned(), ChoiceList { columns, choices });
    }
    for table in tables {
        made.tables.insert((*table).to_owned(), Table { file: format!("{table}.csv") });
    }
    let rows = survey_rows(lines, &mut made);
    let outline = outline(&made);
    for (id, columns) in (0..).map(FieldId).zip(rows) {
        fill(&mut made, &outline, id, &columns);
    }
    made
}

/// What expressions of a form may refer to.
pub(crate) fn outline(form: &Form) -> Outline {
    let nodes = form.fields.iter().map(|field| Node {
        name: field.name.clone(),
        parent: field.parent,
        is_repeat: field.kind == Kind::Repeat,
        is_select: field.kind.choices().is_some(),
    });
    let lists = form.lists.iter().map(|(name, list)| (name.clone(), list.columns.iter().cloned().collect()));
    Outline::new(nodes.collect(), lists.collect(), form.tables.keys().cloned().collect::<BTreeSet<_>>())
}

fn choice(cells: &[&str]) -> Choice {
    let mut label = Text::default();
    label.set(0, Template::plain(cells[1]));
    let rest = cells[2..].iter().map(|cell| (*cell).to_owned()).collect();
    Choice { name: cells[0].into(), label, cells: rest, ..Choice::default() }
}

/// Adds the fields; gives the columns of each.
fn survey_rows<'a>(lines: &'a str, made: &mut Form) -> Vec<BTreeMap<&'a str, &'a str>> {
    let mut rows = Vec::new();
    let mut around: Vec<FieldId> = Vec::new();
    for (number, line) in (2..).zip(lines.lines().filter(|line| !line.trim().is_empty())) {
        let mut cells = line.trim().split(';').map(str::trim);
        let words: Vec<&str> = cells.next().unwrap_or_default().split_whitespace().collect();
        if words[0] == "end" {
            around.pop();
            continue;
        }
        let id = FieldId(made.fields.len() as u32);
        let (kind, name) = kind(&words, made);
        let is_container = kind.is_container();
        made.fields.push(Field {
            name: name.into(),
            kind,
            parent: around.last().copied(),
            row: number,
            ..Field::default()
        });
        if is_container {
            around.push(id);
        }
        rows.push(cells.map(|cell| cell.split_once(':').expect("column: cell")).collect());
    }
    rows
}

fn kind<'a>(words: &[&'a str], made: &Form) -> (Kind, &'a str) {
    let source = |list: &str| match list.strip_prefix("${") {
        Some(name) => {
            let name = name.trim_end_matches('}');
            let (id, _) = made.ids().find(|(_, field)| field.name == name).expect("a field before");
            ChoiceSource::Rows(id)
        }
        None if made.tables.contains_key(list) => {
            ChoiceSource::Table { table: list.into(), value: "name".into(), label: "label".into() }
        }
        None => ChoiceSource::List(list.into()),
    };
    match *words {
        ["begin", "group", name] => (Kind::Group, name),
        ["begin", "repeat", name] => (Kind::Repeat, name),
        ["select_one", list, name] => (Kind::SelectOne(source(list)), name),
        ["select_multiple", list, name] => (Kind::SelectMultiple(source(list)), name),
        ["rank", list, name] => (Kind::Rank(source(list)), name),
        ["range", name] => (Kind::Range(Range { start: 0.0, end: 10.0, step: 1.0 }), name),
        ["today", name] => (Kind::Metadata(Metadata::Today), name),
        ["start", name] => (Kind::Metadata(Metadata::Start), name),
        ["end_time", name] => (Kind::Metadata(Metadata::End), name),
        [kind, name] => (serde_json::from_value(kind.into()).expect("a kind"), name),
        _ => panic!("not a row: {words:?}"),
    }
}

fn fill(made: &mut Form, outline: &Outline, id: FieldId, columns: &BTreeMap<&str, &str>) {
    let kind = made.field(id).kind.clone();
    let scope = Scope { outline, at: Some(id), filtered: None };
    let expr = |text: &str| -> Option<Expr> {
        Some(parse(text, &scope).unwrap_or_else(|error| panic!("{text}: {error}")))
    };
    let text = |text: &str| {
        let mut made = Text::default();
        made.set(0, parse_template(text.trim(), &scope).expect("a template"));
        made
    };
    let field = &mut made.fields[id.index()];
    for (column, cell) in columns {
        let cell = &cell.replace("\u{1}", ";");
        match *column {
            "relevant" => field.relevant = expr(cell),
            "required" => field.required = expr(cell),
            "constraint" => field.constraint = expr(cell),
            "calculation" => field.calculation = expr(cell),
            "read_only" => field.read_only = expr(cell),
            "count" => field.repeat_count = expr(cell),
            "default" if is_dynamic_default(cell, &kind) => field.default = expr(cell).map(Initial::Dynamic),
            "default" => field.default = Some(Initial::Value(Scalar::Str(cell.trim().into()))),
            "shuffle" => field.shuffle = expr(cell).map(Shuffle::Seeded),
            "filter" => {
                let scope = Scope { filtered: kind.choices(), ..scope };
                field.choice_filter =
                    Some(parse(cell, &scope).unwrap_or_else(|error| panic!("{cell}: {error}")));
            }
            "trigger" => {
                let Some(Expr::Field(path)) = expr(cell) else { panic!("a trigger names a field") };
                field.trigger.push(path.field);
            }
            "label" => field.label = text(cell),
            "message" => field.constraint_message = text(cell),
            column => panic!("no column {column}"),
        }
    }
}

pub(crate) fn plan(lines: &str, lists: &[ListLines<'_>]) -> Arc<Plan> {
    Arc::new(Plan::new(form(lines, lists, &[])).expect("no rings"))
}

pub(crate) fn context() -> Context {
    Context { now_ms: NOW_MS, zone: THAILAND, seed: [7; 32], ..Context::default() }
}

pub(crate) fn session(lines: &str, entries: Vec<Entry>) -> Session {
    Session::new(plan(lines, &[]), context(), entries)
}

pub(crate) fn row(number: u8) -> RowId {
    RowId([number; 16])
}

pub(crate) fn entry(row: Option<RowId>, key: &str, value: impl Into<Given>) -> Entry {
    Entry { row, key: key.into(), value: value.into().0 }
}

/// An answer as a test writes it.
pub(crate) struct Given(Scalar);

impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Self(Scalar::Str(text.into()))
    }
}

impl From<i64> for Given {
    fn from(number: i64) -> Self {
        Self(Scalar::Int(number))
    }
}

impl From<bool> for Given {
    fn from(truth: bool) -> Self {
        Self(Scalar::Bool(truth))
    }
}

/// A row of a repeat in the household, with its answers.
pub(crate) fn member(number: u8, group: &str, answers: &[(&str, Scalar)]) -> Vec<Entry> {
    let id = Some(row(number));
    let answers =
        answers.iter().map(|(key, value)| Entry { row: id, key: (*key).into(), value: value.clone() });
    std::iter::once(entry(id, "group", group)).chain(answers).collect()
}

pub(crate) fn field(session: &Session, name: &str) -> FieldId {
    let form = session.plan().form();
    form.ids().find(|(_, field)| field.name == name).map(|(id, _)| id).expect("a field of this name")
}

pub(crate) fn value(session: &Session, row: Option<RowId>, name: &str) -> Scalar {
    session.state(row, field(session, name)).expect("a field of that row").value
}
