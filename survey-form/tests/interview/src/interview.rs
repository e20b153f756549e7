//! An interviewer at work with the engine: adds the rows that are asked for, takes back answers whose
//! choice has closed, and looks at everything.

use std::collections::BTreeMap;
use std::sync::Arc;

use survey_form::engine::{Context, Outcome, Plan, Problem, RowId, Session};
use survey_form::expr::{TableRows, Zone};
use survey_form::model::{Field, FieldId, Form, Kind};
use survey_form::value::Scalar;

use crate::state::{Answer, Node, State, Step};

/// An interview that is going on.
pub struct Interview {
    plan: Arc<Plan>,
    session: Session,
    rows_made: u128,
    /// Answers with a choice that has closed, as they were given.
    held: BTreeMap<(Option<RowId>, FieldId), String>,
}

/// A question that can be answered at the moment.
pub struct Question<'a> {
    /// Where it is in the [`State`].
    pub reference: String,
    /// What it asks.
    pub field: &'a Field,
}

/// Something that is seen: a field, in a row.
#[derive(Clone, Copy)]
struct Place {
    row: Option<RowId>,
    field: FieldId,
}

impl Interview {
    /// Begins an interview: defaults are there, and one row of every repeat in which rows are added by
    /// hand, as ODK begins. `files` are tables beside the form, `now_ms` is UTC.
    ///
    /// # Panics
    ///
    /// Where the form's calculations go in a circle.
    #[must_use]
    pub fn start(form: &Form, files: &BTreeMap<String, String>, now_ms: i64, zone_minutes: i16) -> Self {
        let plan = Arc::new(Plan::new(form.clone()).expect("the form can be run"));
        let tables = files.iter().map(|(name, text)| {
            let instance = name.split_once('.').map_or(name.as_str(), |(instance, _)| instance);
            (instance.to_owned(), table(text))
        });
        let context = Context {
            now_ms,
            zone: Zone(zone_minutes),
            language: form.default_language,
            tables: Arc::new(tables.collect()),
            ..Context::default()
        };
        let session = Session::new(plan.clone(), context, []);
        let mut interview = Self { plan, session, rows_made: 0, held: BTreeMap::new() };
        let begun = interview.session.begin();
        interview.follow(begun);
        interview.first_rows(None, None);
        interview
    }

    /// Does what an interviewer does. A step that names nothing that is there does nothing.
    pub fn take(&mut self, step: &Step) {
        let outcome = match step {
            Step::Set { set, value } => {
                let Some(place) = self.places().remove(set) else { return };
                let answer = match value {
                    None => Scalar::Null,
                    Some(Answer::One(text)) => Scalar::Str(text.clone()),
                    Some(Answer::Many(names)) => Scalar::Str(names.join(" ")),
                };
                self.held.remove(&(place.row, place.field));
                self.session.put(place.row, place.field, answer)
            }
            Step::Add { add } => {
                let Some(place) = self.places().remove(add) else { return };
                let id = self.next_row_id();
                self.session.new_row(place.field, place.row, id)
            }
            Step::Remove { remove, index } => {
                let Some(place) = self.places().remove(remove) else { return };
                let rows = self.session.row_ids(place.row, place.field).unwrap_or_default();
                let Some(row) = rows.get(*index) else { return };
                self.session.delete_row(*row)
            }
        };
        self.follow(outcome.unwrap_or_default());
        self.hold_closed_choices();
        self.delete_surplus_rows();
    }

    /// What can be answered.
    #[must_use]
    pub fn questions(&self) -> Vec<Question<'_>> {
        let mut questions = Vec::new();
        for (reference, place) in self.places() {
            let field = self.plan.form().field(place.field);
            let state = self.session.state(place.row, place.field);
            let is_answered =
                !matches!(field.kind, Kind::Hidden | Kind::Metadata(_)) && field.kind.is_stored();
            if is_answered && state.is_ok_and(|state| state.relevant && !state.read_only) {
                questions.push(Question { reference, field });
            }
        }
        questions
    }

    /// Everything that is seen. What lies in a group or repeat that is not relevant is left out.
    #[must_use]
    pub fn state(&self) -> State {
        let mut state = State::new();
        for (reference, place) in self.places() {
            let node = self.node(place);
            for number in 1..=node.rows.unwrap_or_default() {
                let row = Node { kind: "repeat-instance".to_owned(), rows: None, ..node.clone() };
                state.insert(format!("{reference}[{number}]"), row);
            }
            state.insert(reference, node);
        }
        state
    }

    fn node(&self, place: Place) -> Node {
        let Place { row, field: id } = place;
        let field = self.plan.form().field(id);
        let state = self.session.state(row, id).expect("the place is there");
        let label = self.session.label(row, id).ok().filter(|label| !label.is_empty());
        let mut node = Node { relevant: state.relevant, label, ..Node::default() };
        match field.kind {
            Kind::Group => node.kind = "group".to_owned(),
            Kind::Repeat => {
                let free = self.session.is_free(id);
                node.kind =
                    if free { "repeat-range:uncontrolled" } else { "repeat-range:controlled" }.to_owned();
                node.rows = Some(self.session.row_ids(row, id).map_or(0, |rows| rows.len()));
            }
            _ => {
                node.kind = "question".to_owned();
                node.required = Some(state.required);
                node.fault = state.problem.map(|problem| match problem {
                    Problem::Required => "required".to_owned(),
                    Problem::Constraint => "constraint".to_owned(),
                    other => format!("{other:?}"),
                });
                node.value = Some(text(&state.value));
                node.choices = field.kind.choices().map(|_| self.choices(place));
            }
        }
        node
    }

    fn choices(&self, place: Place) -> Vec<(String, Option<String>)> {
        let open = self.session.choices(place.row, place.field).unwrap_or_default();
        open.into_iter().map(|choice| (choice.name, Some(choice.label))).collect()
    }

    /// Everything that is seen, by reference.
    fn places(&self) -> BTreeMap<String, Place> {
        let mut places = BTreeMap::new();
        self.places_in(None, None, "/data", &mut places);
        places
    }

    fn places_in(
        &self,
        parent: Option<FieldId>,
        row: Option<RowId>,
        path: &str,
        places: &mut BTreeMap<String, Place>,
    ) {
        for (id, field) in self.plan.form().ids().filter(|(_, field)| field.parent == parent) {
            let reference = format!("{path}/{}", field.name);
            let place = Place { row, field: id };
            places.insert(reference.clone(), place);
            let relevant = self.session.state(row, id).is_ok_and(|state| state.relevant);
            match field.kind {
                Kind::Group if relevant => self.places_in(Some(id), row, &reference, places),
                Kind::Repeat if relevant => {
                    let rows = self.session.row_ids(row, id).unwrap_or_default();
                    for (number, child) in (1..).zip(rows) {
                        self.places_in(Some(id), Some(child), &format!("{reference}[{number}]"), places);
                    }
                }
                _ => {}
            }
        }
    }

    /// One row in each repeat of `scope` in `row`, and in those rows likewise.
    fn first_rows(&mut self, scope: Option<FieldId>, row: Option<RowId>) {
        let plan = self.plan.clone();
        for (repeat, field) in plan.form().ids() {
            if field.kind != Kind::Repeat || plan.form().scope_of(repeat) != scope {
                continue;
            }
            if self.session.is_free(repeat) {
                let id = self.next_row_id();
                let outcome = self.session.new_row(repeat, row, id).unwrap_or_default();
                self.follow(outcome);
                self.first_rows(Some(repeat), Some(id));
            }
        }
    }

    /// Adds the rows that a `repeat_count` wants.
    fn follow(&mut self, mut outcome: Outcome) {
        while let Some(wanted) = outcome.wanted.first() {
            let (repeat, parent) = (wanted.repeat, wanted.parent);
            let id = self.next_row_id();
            outcome = self.session.new_row(repeat, parent, id).unwrap_or_default();
        }
    }

    /// Our engine keeps an answer whose choice has closed, and says so; the engine of ODK Web Forms has
    /// no such answer while the choice is closed, and has it again when it opens. So does this
    /// interviewer.
    fn hold_closed_choices(&mut self) {
        // Each answer opens or closes the choices of others: as often as there are questions is enough.
        for _ in 0..self.plan.form().fields.len() {
            for finding in self.session.check_all() {
                if let Problem::ClosedChoice(_) = finding.problem {
                    let given = text(&self.session.stored(finding.row, finding.field).unwrap_or_default());
                    self.held.entry((finding.row, finding.field)).or_insert(given);
                }
            }
            let mut settled = true;
            for ((row, field), given) in self.held.clone() {
                let Ok(open) = self.session.choices(row, field) else { continue };
                let is_open = |name: &&str| open.iter().any(|choice| choice.name == **name);
                let left = given.split(' ').filter(is_open).collect::<Vec<_>>().join(" ");
                if left == given {
                    self.held.remove(&(row, field));
                }
                if text(&self.session.stored(row, field).unwrap_or_default()) != left {
                    settled = false;
                    let outcome = self.session.put(row, field, Scalar::Str(left)).unwrap_or_default();
                    self.follow(outcome);
                }
            }
            if settled {
                return;
            }
        }
    }

    /// Our engine keeps a row beyond what `repeat_count` gives, and says so; the other engine has none.
    fn delete_surplus_rows(&mut self) {
        let surplus = |problem: &Problem| matches!(problem, Problem::SurplusRow);
        while let Some(finding) = self.session.check_all().into_iter().find(|f| surplus(&f.problem)) {
            let Some(row) = finding.row else { return };
            let outcome = self.session.delete_row(row).unwrap_or_default();
            self.follow(outcome);
        }
    }

    /// Ids count up, so that an interview is the same each time.
    fn next_row_id(&mut self) -> RowId {
        self.rows_made += 1;
        RowId(self.rows_made.to_be_bytes())
    }
}

/// A value as XPath writes it.
fn text(value: &Scalar) -> String {
    match value {
        Scalar::Null => String::new(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Int(number) => number.to_string(),
        Scalar::F64(number) => number.to_string(),
        Scalar::Str(text) => text.clone(),
    }
}

fn table(text: &str) -> TableRows {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let columns = reader.headers().map(|row| row.iter().map(str::to_owned).collect()).unwrap_or_default();
    let rows = reader.records().filter_map(Result::ok).map(|row| row.iter().map(str::to_owned).collect());
    TableRows::new(columns, rows.collect())
}
