//! A form at work on one household.

use crate::engine::compute::Stale;
use crate::engine::graph::{Part, PartKind};
use crate::engine::plan::Plan;
use crate::engine::rows::{Rows, Stored};
use crate::engine::{Context, Edit, Entry, Outcome, RowId, WantedRows, answers};
use crate::expr::{Evaluator, Moment, Patterns, RowIndex, Value};
use crate::limits::TRIGGERED_MAX;
use crate::model::{FieldId, Initial, Kind, Metadata};
use crate::value::Scalar;
use light::{Map, Set};
use std::cell::Cell;
use std::sync::Arc;

/// A form at work on one household.
#[derive(Debug)]
pub struct Session {
    pub(super) plan: Arc<Plan>,
    pub(super) context: Context,
    pub(super) rows: Rows,
    pub(super) last_saved: Option<Box<Session>>,
    pub(super) patterns: Patterns,
    /// The field of a row whose relevance or value is being found out.
    pub(super) looks_at: Cell<Option<(FieldId, RowIndex)>>,
    /// Steps that evaluations have taken since the last change.
    pub(super) steps: Cell<u64>,
}

/// Why an operation is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No row has this id, or it is hidden.
    #[error("there is no such row")]
    NoRow,
    /// A row has this id already.
    #[error("there is such a row already")]
    RowExists,
    /// The field does not lie in that row.
    #[error("the field does not lie in that row")]
    NotInRow,
    /// The field is a group or a note, or its value is derived.
    #[error("the field cannot be answered")]
    NotAnswerable,
    /// The field is no repeat.
    #[error("the field is not a repeat")]
    NotARepeat,
}

impl Session {
    /// A session over a household's entries, none for a new household. Rows keep the order in which they
    /// first appear. Evaluates everything and changes nothing.
    #[must_use]
    pub fn new(plan: Arc<Plan>, mut context: Context, entries: impl IntoIterator<Item = Entry>) -> Self {
        let last_saved = context.last_saved.take().map(|saved| {
            let context = Context { last_saved: None, ..context.clone() };
            Box::new(Self::new(plan.clone(), context, saved))
        });
        let rows = Rows::read(&plan, entries);
        let mut session = Self {
            plan,
            context,
            rows,
            last_saved,
            patterns: Patterns::default(),
            looks_at: Cell::new(None),
            steps: Cell::new(0),
        };
        session.compute_all();
        session
    }

    /// The plan that it runs.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Begins the interview of a new household: writes defaults and what the device knows.
    pub fn begin(&mut self) -> Outcome {
        let mut work = Work::default();
        self.write_initial(RowIndex::HOUSEHOLD, &mut work);
        self.settle(work)
    }

    /// Goes on with the interview of a household that is there already.
    pub fn resume(&mut self) -> Outcome {
        self.settle(Work::default())
    }

    /// Ends the interview: writes when it did.
    pub fn end(&mut self) -> Outcome {
        let mut work = Work::default();
        let plan = self.plan.clone();
        for (id, field) in plan.form().ids() {
            if field.kind == Kind::Metadata(Metadata::End) && plan.scope(id).is_none() {
                let now = self.moment().map_or(Scalar::Null, |now| Scalar::Str(now.text()));
                self.write(id, RowIndex::HOUSEHOLD, now, &mut work);
            }
        }
        self.settle(work)
    }

    /// Answers a field: null clears it, and a select_multiple or rank takes the names with spaces between.
    /// An answer that is not valid is kept as well; [`Session::problem`] says what is wrong with it.
    ///
    /// # Errors
    ///
    /// Where there is no such field in that row, or it cannot be answered.
    pub fn put(&mut self, row: Option<RowId>, field: FieldId, answer: Scalar) -> Result<Outcome, Refusal> {
        let index = self.index(row)?;
        let plan = self.plan.clone();
        let known = plan.form().fields.get(field.index()).ok_or(Refusal::NotInRow)?;
        if plan.scope(field) != self.rows.get(index).repeat {
            return Err(Refusal::NotInRow);
        }
        if !Plan::is_stored(known) {
            return Err(Refusal::NotAnswerable);
        }
        let mut work = Work::default();
        self.write(field, index, answer, &mut work);
        Ok(self.settle(work))
    }

    /// Makes a row of `repeat` in `parent` (`None`: the household), after all others, with its defaults.
    /// The caller draws the id by chance.
    ///
    /// # Errors
    ///
    /// Where there is no such parent, or the id is taken.
    pub fn new_row(&mut self, repeat: FieldId, parent: Option<RowId>, id: RowId) -> Result<Outcome, Refusal> {
        let index = self.index(parent)?;
        let plan = self.plan.clone();
        let field = plan.form().fields.get(repeat.index()).ok_or(Refusal::NotARepeat)?;
        if field.kind != Kind::Repeat {
            return Err(Refusal::NotARepeat);
        }
        if plan.scope(repeat) != self.rows.get(index).repeat {
            return Err(Refusal::NotInRow);
        }
        if self.rows.index_of(id).is_some() {
            return Err(Refusal::RowExists);
        }
        let row = self.rows.add(&plan, id, repeat, index);
        self.rows.get_mut(index).children.entry(repeat).or_default().push(row);
        let mut work = Work::default();
        work.edits.push(Edit::NewRow { row: id, group: field.key().to_owned(), parent });
        self.mark(&mut work.stale, Part::new(repeat, PartKind::Value), index);
        self.mark_row(&mut work.stale, row);
        self.catch_up_on(&mut work);
        self.write_initial(row, &mut work);
        Ok(self.settle(work))
    }

    /// Hides a row.
    ///
    /// # Errors
    ///
    /// Where there is no such row.
    pub fn delete_row(&mut self, id: RowId) -> Result<Outcome, Refusal> {
        let index = self.index(Some(id))?;
        let plan = self.plan.clone();
        self.rows.get_mut(index).gone = true;
        let (parent, repeat) = (self.rows.get(index).parent, self.rows.get(index).repeat);
        let mut work = Work::default();
        work.edits.push(Edit::DeleteRow { row: id });
        self.rows.arrange(&plan);
        if let Some(repeat) = repeat {
            self.mark(&mut work.stale, Part::new(repeat, PartKind::Value), parent);
        }
        Ok(self.settle(work))
    }

    /// Takes in what other devices wrote meanwhile. Nothing is triggered by it, and nothing written.
    pub fn merge(&mut self, entries: impl IntoIterator<Item = Entry>) -> Outcome {
        let plan = self.plan.clone();
        let (changed, moved) = self.rows.merge(&plan, entries);
        if moved {
            // Rows came or went: everything is evaluated again, and all may look different.
            self.compute_all();
            let rows = plan.form().ids().flat_map(|(id, _)| {
                let rows = self.rows.under(&plan, RowIndex::HOUSEHOLD, plan.scope(id));
                rows.into_iter().map(move |row| (row, id))
            });
            let touched = self.with_ids(rows);
            return Outcome { edits: Vec::new(), touched, wanted: self.wanted() };
        }
        let mut stale = Stale::default();
        for (field, row) in changed {
            self.mark(&mut stale, Part::new(field, PartKind::Answer), row);
        }
        let touched = self.catch_up(stale);
        let touched = self.with_ids(touched.shown);
        Outcome { edits: Vec::new(), touched, wanted: self.wanted() }
    }

    /// Shows texts in another language, by its place in the form's list; all may look different.
    pub fn set_language(&mut self, language: usize) {
        self.context.language = language;
        // Labels can be part of a calculation.
        self.compute_all();
    }

    /// Sets the clock, for an interview that goes on.
    pub fn set_now(&mut self, now_ms: i64) {
        self.context.now_ms = now_ms;
    }

    pub(super) fn index(&self, row: Option<RowId>) -> Result<RowIndex, Refusal> {
        let Some(id) = row else { return Ok(RowIndex::HOUSEHOLD) };
        self.rows.index_of(id).filter(|index| !self.rows.is_gone(*index)).ok_or(Refusal::NoRow)
    }

    fn moment(&self) -> Option<Moment> {
        Moment::of_utc(self.context.now_ms, self.context.zone)
    }

    /// Writes an answer, if it is another, and marks what it makes different.
    fn write(&mut self, id: FieldId, row: RowIndex, answer: Scalar, work: &mut Work) {
        let plan = self.plan.clone();
        let field = plan.form().field(id);
        let row_id = self.rows.get(row).id;
        let cell = self.rows.cell_mut(&plan, id, row);
        let before = work.edits.len();
        match &mut cell.stored {
            Stored::Scalar(stored) => {
                let answer = answers::fitted(&field.kind, answer);
                let is_same = *stored == answer || (stored.is_empty() && answer.is_empty());
                if !is_same {
                    *stored = answer.clone();
                    work.edits.push(Edit::Put { row: row_id, key: field.key().to_owned(), value: answer });
                }
            }
            Stored::Choices(stored) => {
                let text = Value::from(&answer).text().into_owned();
                let ticked: Vec<&str> = text.split_whitespace().collect();
                let mut names = Set::new();
                names.extend(stored.keys().cloned());
                names.extend(ticked.iter().map(|name| (*name).to_owned()));
                for name in names {
                    let is_ticked = ticked.contains(&name.as_str());
                    if stored.insert(name.clone(), is_ticked).unwrap_or(false) != is_ticked {
                        let key = format!("{}/{name}", field.key());
                        work.edits.push(Edit::Put { row: row_id, key, value: Scalar::Bool(is_ticked) });
                    }
                }
            }
        }
        if work.edits.len() > before {
            self.mark(&mut work.stale, Part::new(id, PartKind::Answer), row);
        }
    }

    /// Writes the defaults of a row, in the order of the sheet, and what the device knows.
    fn write_initial(&mut self, row: RowIndex, work: &mut Work) {
        let plan = self.plan.clone();
        for id in plan.cells(self.rows.get(row).repeat) {
            let field = plan.form().field(*id);
            if !Plan::is_stored(field) || !self.rows.cell(&plan, *id, row).stored.is_empty() {
                continue;
            }
            let initial = match (&field.default, &field.kind) {
                (Some(Initial::Value(value)), _) => value.clone(),
                (Some(Initial::Dynamic(expr)), kind) => {
                    let value = Evaluator::new(self, Some(*id), row).value(expr).unwrap_or(Value::EMPTY);
                    answers::scalar(&answers::typed(kind, value, self.context.zone))
                }
                (None, Kind::Metadata(known)) => self.known(*known),
                (None, _) => continue,
            };
            if !initial.is_empty() {
                self.write(*id, row, initial, work);
                self.catch_up_on(work);
            }
        }
    }

    /// What the device knows.
    fn known(&self, metadata: Metadata) -> Scalar {
        match metadata {
            Metadata::Start => self.moment().map_or(Scalar::Null, |now| Scalar::Str(now.text())),
            Metadata::Today => self.moment().map_or(Scalar::Null, |now| Scalar::Str(now.day().text())),
            Metadata::End => Scalar::Null,
            other => self.context.device.get(&other).map_or(Scalar::Null, |text| Scalar::Str(text.clone())),
        }
    }

    /// The same with the ids of rows. Collecting would sort first, which costs a phone more code than it
    /// saves time.
    fn with_ids(
        &self,
        touched: impl IntoIterator<Item = (RowIndex, FieldId)>,
    ) -> Set<(Option<RowId>, FieldId)> {
        let mut named = Set::new();
        named.extend(touched.into_iter().map(|(row, id)| (self.rows.get(row).id, id)));
        named
    }

    fn catch_up_on(&mut self, work: &mut Work) {
        let touched = self.catch_up(std::mem::take(&mut work.stale));
        work.touched.extend(touched.shown);
        work.changed.extend(touched.values);
    }

    /// Evaluates what is stale, does what that triggers, and keeps what is to be kept.
    fn settle(&mut self, mut work: Work) -> Outcome {
        let mut triggered = Map::new();
        loop {
            self.catch_up_on(&mut work);
            self.keep_first_values(&mut work);
            let changed = std::mem::take(&mut work.changed);
            let targets = self.targets(&changed);
            for (id, row) in targets {
                let times = triggered.entry((id, row)).or_insert(0);
                *times += 1;
                if *times <= TRIGGERED_MAX {
                    self.trigger(id, row, &mut work);
                }
            }
            if work.stale.is_empty() && work.changed.is_empty() {
                break;
            }
        }
        let touched = self.with_ids(work.touched);
        Outcome { edits: work.edits, touched, wanted: self.wanted() }
    }

    /// The fields, and their rows, that these changes trigger.
    fn targets(&self, changed: &Set<(RowIndex, FieldId)>) -> Set<(FieldId, RowIndex)> {
        let mut targets = Set::new();
        for (row, id) in changed {
            for target in self.plan.triggered(*id) {
                let scope = self.plan.scope(*target);
                // In the same row as far as the two share one.
                let shared = std::iter::successors(Some(*row), |row| {
                    (*row != RowIndex::HOUSEHOLD).then(|| self.rows.get(*row).parent)
                });
                let root = shared
                    .into_iter()
                    .find(|row| !self.rows.under(&self.plan, *row, scope).is_empty())
                    .unwrap_or(RowIndex::HOUSEHOLD);
                let rows = self.rows.under(&self.plan, root, scope);
                targets.extend(rows.into_iter().map(|row| (*target, row)));
            }
        }
        targets
    }

    /// Writes what a triggered calculation gives; one without clears the field.
    fn trigger(&mut self, id: FieldId, row: RowIndex, work: &mut Work) {
        let plan = self.plan.clone();
        let field = plan.form().field(id);
        let value = match &field.calculation {
            Some(expr) => self.value_of(expr, id, row).unwrap_or(Value::EMPTY),
            None => Value::EMPTY,
        };
        let answer = answers::scalar(&answers::typed(&field.kind, value, self.context.zone));
        self.write(id, row, answer, work);
    }

    /// Writes the first values of `once(…)`.
    fn keep_first_values(&mut self, work: &mut Work) {
        let plan = self.plan.clone();
        for id in plan.kept() {
            for row in self.rows.under(&plan, RowIndex::HOUSEHOLD, plan.scope(*id)) {
                let cell = self.rows.cell(&plan, *id, row);
                if cell.stored.is_empty() && !cell.value.is_empty() {
                    let answer = answers::scalar(&cell.value);
                    self.write(*id, row, answer, work);
                }
            }
        }
    }

    fn wanted(&self) -> Vec<WantedRows> {
        let mut wanted = Vec::new();
        for repeat in self.plan.counted() {
            for row in self.rows.under(&self.plan, RowIndex::HOUSEHOLD, self.plan.scope(*repeat)) {
                let row = self.rows.get(row);
                let asked = row.asked.get(repeat).copied().unwrap_or(0);
                let there = row.children.get(repeat).map_or(0, Vec::len);
                if asked > there {
                    wanted.push(WantedRows { repeat: *repeat, parent: row.id, count: asked - there });
                }
            }
        }
        wanted
    }
}

/// What an operation has done so far.
#[derive(Debug, Default)]
struct Work {
    stale: Stale,
    edits: Vec<Edit>,
    touched: Set<(RowIndex, FieldId)>,
    /// Values that changed and may trigger something yet.
    changed: Set<(RowIndex, FieldId)>,
}
