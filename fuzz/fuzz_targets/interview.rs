//! Whatever form an author writes and whatever a volunteer answers: compiling ends with a form or with
//! faults, the form can be run, and a session that kept up shows what one shows that is opened anew.
//!
//! `cargo +nightly fuzz run interview fuzz/corpus/interview tests/fixtures/forms`
//!
//! An input is text as in `tests/fixtures/forms`: a line is a row, `|` stands between cells, a first cell
//! that is not empty begins a sheet, and the sheet `values` has the answers, by question, with `;` between
//! them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::sync::Arc;
use survey_form::engine::{Context, Edit, Entry, Finding, Outcome, Plan, Problem, RowId, Session, State};
use survey_form::fault::{Severity, Tongue};
use survey_form::model::{FieldId, Form, Kind};
use survey_form::value::Scalar;
use survey_form::workbook::{Cell, Row, Sheet, Workbook};
use survey_form::xlsform::compile_workbook;

/// 2024-03-05T10:30 in Thailand.
const NOW_MS: i64 = 1_709_609_400_000;
/// Rows that the interviewer makes, so that an input costs milliseconds.
const ROWS_MAX: u128 = 24;
/// What is answered where `values` says nothing; chosen by place, so that an input says all.
const ANSWERS: [&str; 8] =
    ["1", "ก", "-2.5", "2024-02-29", "a b", "", "18.79 98.98 300 5", "99999999999999999999"];

fuzz_target!(|text: &str| {
    let (workbook, values) = sheets(text);
    let compiled = compile_workbook(&workbook, "fuzz");
    let is_refused = compiled.faults.iter().any(|fault| fault.severity == Severity::Error);
    assert_eq!(compiled.form.is_none(), is_refused);
    for fault in &compiled.faults {
        assert!(!fault.kind.told(Tongue::Thai).is_empty() && !fault.kind.told(Tongue::English).is_empty());
    }
    let Some(form) = compiled.form else { return };
    let json = serde_json::to_string(&form).expect("a form is JSON");
    assert_eq!(serde_json::from_str::<Form>(&json).expect("its own JSON"), form);
    let plan = Arc::new(Plan::new(form).expect("what was compiled can be run"));

    let mut interview = Interview::begin(plan.clone());
    for round in 0..2 {
        interview.answer_all(&values, round);
        interview.add_rows();
    }
    interview.delete_a_row();
    let outcome = interview.session.end();
    interview.follow(outcome);

    let anew = Session::new(plan, context(), interview.document.entries());
    let (kept_up, anew) = (shown(&interview.session), shown(&anew));
    // Where evaluating was given up, it depends on what was evaluated before.
    let given_up = |shown: &Shown| shown.1.iter().any(|f| matches!(f.problem, Problem::Unevaluated(_)));
    if !given_up(&kept_up) && !given_up(&anew) {
        assert_eq!(kept_up, anew);
    }
});

/// The sheets that the text describes, and the answers by the question's name.
fn sheets(text: &str) -> (Workbook, BTreeMap<&str, Vec<&str>>) {
    let mut workbook = Workbook::default();
    let mut values = BTreeMap::new();
    let mut in_values = false;
    for line in text.lines() {
        let line = line.trim_start_matches('|');
        let Some((first, rest)) = line.split_once('|') else { continue };
        let first = first.trim();
        if !first.is_empty() {
            in_values = first == "values";
            if !in_values {
                workbook.sheets.push(Sheet { name: first.to_owned(), rows: Vec::new() });
            }
        }
        if in_values {
            if let Some((name, answers)) = rest.split_once('|') {
                let answers = answers.trim_end_matches('|').split(';').map(str::trim).collect();
                values.insert(name.trim(), answers);
            }
        } else if let Some(sheet) = workbook.sheets.last_mut() {
            let cells = (1..)
                .zip(rest.split('|'))
                .map(|(column, text)| Cell { column, text: text.trim().to_owned() });
            let cells: Vec<_> = cells.filter(|cell| !cell.text.is_empty()).collect();
            let number = sheet.rows.last().map_or(1, |row| row.number + 1);
            if !cells.is_empty() {
                sheet.rows.push(Row { number, cells });
            }
        }
    }
    (workbook, values)
}

fn context() -> Context {
    Context { now_ms: NOW_MS, seed: [7; 32], ..Context::default() }
}

/// An interview and the document that its edits make.
struct Interview {
    session: Session,
    document: Document,
    rows_made: u128,
}

impl Interview {
    fn begin(plan: Arc<Plan>) -> Self {
        let session = Session::new(plan, context(), []);
        let mut interview = Self { session, document: Document::default(), rows_made: 0 };
        let outcome = interview.session.begin();
        interview.follow(outcome);
        interview
    }

    /// Keeps the edits, and makes the rows that a `repeat_count` wants.
    fn follow(&mut self, mut outcome: Outcome) {
        loop {
            self.document.apply(&outcome.edits);
            let Some(wanted) = outcome.wanted.first() else { return };
            let (repeat, parent) = (wanted.repeat, wanted.parent);
            let Some(id) = self.next_row() else { return };
            outcome = self.session.new_row(repeat, parent, id).expect("the row is wanted");
        }
    }

    fn next_row(&mut self) -> Option<RowId> {
        self.rows_made += 1;
        (self.rows_made <= ROWS_MAX).then(|| RowId(self.rows_made.to_be_bytes()))
    }

    fn answer_all(&mut self, values: &BTreeMap<&str, Vec<&str>>, round: usize) {
        for (place, (row, id)) in places(&self.session).into_iter().enumerate() {
            let plan = self.session.plan().clone();
            let pool = values.get(plan.form().field(id).name.as_str()).map_or(&ANSWERS[..], Vec::as_slice);
            let answer = pool[(place + round * 3) % pool.len()];
            let answer = match (answer.parse(), answer.parse::<f64>()) {
                (Ok(whole), _) => Scalar::Int(whole),
                (_, Ok(number)) if number.is_finite() => Scalar::F64(number),
                _ => Scalar::Str(answer.to_owned()),
            };
            if let Ok(outcome) = self.session.put(row, id, answer) {
                self.follow(outcome);
            }
        }
    }

    /// One more row in each repeat of each row that is there.
    fn add_rows(&mut self) {
        for (row, id) in places(&self.session) {
            if self.session.plan().form().field(id).kind == Kind::Repeat && self.session.is_free(id) {
                let Some(new) = self.next_row() else { return };
                let outcome = self.session.new_row(id, row, new).expect("the repeat lies there");
                self.follow(outcome);
            }
        }
    }

    fn delete_a_row(&mut self) {
        let row = places(&self.session).into_iter().find_map(|(row, _)| row);
        if let Some(row) = row {
            let outcome = self.session.delete_row(row).expect("the row is there");
            self.follow(outcome);
        }
    }
}

/// Registers by row, rows in the order in which they came to be.
#[derive(Default)]
struct Document {
    order: Vec<RowId>,
    registers: BTreeMap<(Option<RowId>, String), Scalar>,
}

impl Document {
    fn apply(&mut self, edits: &[Edit]) {
        for edit in edits {
            match edit.clone() {
                Edit::Put { row, key, value } => _ = self.registers.insert((row, key), value),
                Edit::NewRow { row, group, parent } => {
                    self.order.push(row);
                    self.registers.insert((Some(row), "group".into()), Scalar::Str(group));
                    if let Some(parent) = parent {
                        self.registers.insert((Some(row), "parent".into()), Scalar::Str(parent.to_string()));
                    }
                }
                Edit::DeleteRow { row } => {
                    self.registers.insert((Some(row), "deleted".into()), Scalar::Bool(true));
                }
            }
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let rows = std::iter::once(None).chain(self.order.iter().copied().map(Some));
        rows.flat_map(|row| {
            let of_row = self.registers.iter().filter(move |((its_row, _), _)| *its_row == row);
            of_row.map(|((row, key), value)| Entry { row: *row, key: key.clone(), value: value.clone() })
        })
        .collect()
    }
}

/// Every field in every row that is there.
fn places(session: &Session) -> Vec<(Option<RowId>, FieldId)> {
    let form = session.plan().form();
    let mut rows = vec![(None, None)];
    let mut places = Vec::new();
    let mut next = 0;
    while let Some((row, scope)) = rows.get(next).copied() {
        for (id, field) in form.ids().filter(|(id, _)| form.scope_of(*id) == scope) {
            places.push((row, id));
            if field.kind == Kind::Repeat {
                let inner = session.row_ids(row, id).expect("a row that is there");
                rows.extend(inner.into_iter().map(|row| (Some(row), Some(id))));
            }
        }
        next += 1;
    }
    places
}

/// What an interviewer sees: by place the state, the label and the open choices; and what does not hold.
type Shown = (BTreeMap<(Option<RowId>, FieldId), (State, String, Vec<String>)>, Vec<Finding>);

fn shown(session: &Session) -> Shown {
    let look = |(row, id)| {
        let state = session.state(row, id).expect("the place is there");
        let label = session.label(row, id).expect("the place is there");
        let choices = session.choices(row, id).expect("the place is there");
        ((row, id), (state, label, choices.into_iter().map(|choice| choice.name).collect()))
    };
    (places(session).into_iter().map(look).collect(), session.check_all())
}
