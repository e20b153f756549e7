//! The household that is open: its document, its draft, and a form session for each form that holds in
//! its village. What one form writes the others read.

use light::{Map, Set};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use survey_form::engine::{Context, Edit, Entry, Outcome, RowId as FormRow, Session};
use survey_form::expr::Moment;
use survey_form::fault::Tongue;
use survey_form::model::{FieldId, Form, Kind, Metadata};
use survey_form::typed::{self, THAILAND};
use survey_form::value::Scalar;
use sync_protocol::device::Stored;
use sync_protocol::ids::{DeviceId, HouseholdId, RowId, VillageCode};

use crate::call::Chance;
use crate::draft::{Draft, row_id};
use crate::facts::Facts;
use crate::fault::Fault;
use crate::forms::{Forms, Ready, language};
use crate::view::View;

/// Fields of one form, in the numbers that screens know.
const FIELDS_OF_A_FORM: u32 = 1 << 16;

/// What is around an interview.
#[derive(Debug, Clone)]
pub struct Around {
    /// The device's clock, Unix milliseconds.
    pub now_ms: i64,
    /// What is spoken.
    pub tongue: Tongue,
    /// This device.
    pub device: DeviceId,
    /// Who carries it.
    pub person: String,
}

impl Around {
    /// The day in Thailand, `YYYY-MM-DD`.
    #[must_use]
    pub fn today(&self) -> String {
        Moment::of_utc(self.now_ms, THAILAND).map_or_else(String::new, |now| now.day().text())
    }
}

/// A form at work on the open household.
#[derive(Debug)]
pub struct Asked {
    /// Its place among the device's forms.
    pub form: usize,
    /// The form at work.
    pub session: Session,
    /// Whether anything is answered that this form asks and none before it.
    pub is_begun: bool,
    /// What the engine wrote by itself (defaults, first values): kept back until a person answers.
    pending: Vec<Edit>,
}

/// The household that is open.
#[derive(Debug)]
pub struct Open {
    /// Its id.
    pub household: HouseholdId,
    /// The village that it lies in.
    pub village: VillageCode,
    /// Its document.
    pub view: View,
    /// What was answered since.
    pub draft: Draft,
    /// The forms that hold there, the household form first.
    pub asked: Vec<Asked>,
    /// Registers of the document whose values differ.
    conflicts: Set<(Option<RowId>, String)>,
}

impl Open {
    /// Opens a household; `stored` is `None` for one that lies in a draft alone.
    ///
    /// # Errors
    /// `internal` where its document cannot be read.
    pub fn new(
        household: HouseholdId,
        stored: Option<&Stored>,
        draft: Draft,
        forms: &Forms,
        around: &Around,
        chance: &mut Chance,
    ) -> Result<Self, Fault> {
        let view = View::of(stored.map_or(&[], |stored| stored.document.as_slice()))?;
        let village = stored.map_or(draft.village, |stored| stored.village);
        let mut entries = view.entries();
        entries.extend(draft.entries());
        let answered: Set<(Option<&str>, &str)> = answered(&entries);
        let mut asked = Vec::new();
        let mut before: Set<(Option<String>, String)> = Set::new();
        for (place, ready) in forms.of_village(village) {
            let form = ready.form();
            let own: Set<_> = asks(form).difference(&before).cloned().collect();
            let is_begun =
                own.iter().any(|(group, key)| answered.contains(&(group.as_deref(), key.as_str())));
            before.extend(own);
            let mut session =
                Session::new(ready.plan.clone(), context(ready, household, around), entries.clone());
            let outcome = if is_begun { session.resume() } else { session.begin() };
            let pending = follow(&mut session, outcome, chance);
            asked.push(Asked { form: place, session, is_begun, pending });
        }
        let conflicts = view.conflicts();
        Ok(Self { household, village, view, draft, asked, conflicts })
    }

    /// The facts that the list shows.
    #[must_use]
    pub fn facts(&self, today: &str) -> Facts {
        let mut entries = self.view.entries();
        entries.extend(self.draft.entries());
        let mut facts = Facts::of(&entries, today);
        let open = self.conflicts.iter().filter(|(row, key)| self.draft.get(*row, key).is_none());
        let questions: Set<_> =
            open.map(|(row, key)| (*row, key.split('/').next().unwrap_or_default())).collect();
        facts.conflicts = u32::try_from(questions.len()).unwrap_or(u32::MAX);
        let is_done = facts.state == crate::facts::VisitState::Done;
        let begun = self.asked.iter().filter(|asked| asked.is_begun);
        let problems = begun
            .flat_map(|asked| asked.session.check_all())
            .filter(|finding| is_done || finding.problem != survey_form::engine::Problem::Required);
        facts.problems = u32::try_from(problems.count()).unwrap_or(u32::MAX);
        facts
    }

    /// The form of the number that screens know, with the field in it.
    ///
    /// # Errors
    /// `internal` where no such form is asked here.
    pub fn field(&self, number: u32) -> Result<(usize, FieldId), Fault> {
        let form = (number / FIELDS_OF_A_FORM) as usize;
        let at = self.asked.iter().position(|asked| asked.form == form);
        let at = at.ok_or_else(|| Fault::internal("no such form is asked here"))?;
        let field = FieldId(number % FIELDS_OF_A_FORM);
        let is_there = field.index() < self.asked[at].session.plan().form().fields.len();
        if is_there { Ok((at, field)) } else { Err(Fault::internal("there is no such field")) }
    }

    /// The number by which screens know a field.
    #[must_use]
    pub fn number(&self, asked: usize, field: FieldId) -> u32 {
        let form = u32::try_from(self.asked[asked].form).unwrap_or(0);
        form * FIELDS_OF_A_FORM + field.0
    }

    /// The registers of a question whose values differ, unless they were settled in the draft.
    #[must_use]
    pub fn conflicts_of(&self, row: Option<FormRow>, form: &Form, field: FieldId) -> Vec<String> {
        let field = form.field(field);
        let row = row.map(row_id);
        let is_of_field = |key: &str| match &field.kind {
            Kind::SelectMultiple(_) => {
                key.strip_prefix(field.key()).is_some_and(|rest| rest.starts_with('/'))
            }
            _ => key == field.key(),
        };
        let from = (row, field.key().to_owned());
        let near =
            self.conflicts.range(from..).take_while(|(of, key)| *of == row && key.starts_with(field.key()));
        let open = near.filter(|(row, key)| is_of_field(key) && self.draft.get(*row, key).is_none());
        open.map(|(_, key)| key.clone()).collect()
    }

    /// Answers a question with a value, or with what a person typed. A text that cannot be read is kept as
    /// it was typed, and the form says that it does not hold.
    ///
    /// # Errors
    /// `too-long`; `internal` where there is no such question.
    pub fn answer(
        &mut self,
        number: u32,
        row: Option<FormRow>,
        value: Scalar,
        around: &Around,
        chance: &mut Chance,
    ) -> Result<(), Fault> {
        let (at, field) = self.field(number)?;
        let plan = self.asked[at].session.plan().clone();
        let form = plan.form();
        let scalar = self.read(at, row, field, value, around);
        let disputed = self.conflicts_of(row, form, field);
        let session = &mut self.asked[at].session;
        session.set_now(around.now_ms);
        let outcome = session.put(row, field, scalar).map_err(Fault::internal)?;
        let mut edits = follow(session, outcome, chance);
        let kept = session.stored(row, field).map_err(Fault::internal)?;
        // What settles a conflict is written even where it is what was shown.
        for key in disputed {
            let is_written = |edit: &Edit| matches!(edit, Edit::Put { row: of, key: put, .. } if *of == row && *put == key);
            if !edits.iter().any(is_written) {
                let value = match key
                    .split_once('/')
                    .filter(|_| matches!(form.field(field).kind, Kind::SelectMultiple(_)))
                {
                    Some((_, choice)) => Scalar::Bool(names(&kept).contains(&choice)),
                    None => kept.clone(),
                };
                edits.push(Edit::Put { row, key, value });
            }
        }
        self.take(at, edits, around.now_ms)
    }

    fn read(
        &self,
        at: usize,
        row: Option<FormRow>,
        field: FieldId,
        value: Scalar,
        around: &Around,
    ) -> Scalar {
        let session = &self.asked[at].session;
        let known = session.plan().form().field(field);
        match (&known.kind, value) {
            (Kind::Acknowledge, Scalar::Bool(yes)) => {
                if yes {
                    Scalar::Str("OK".to_owned())
                } else {
                    Scalar::Null
                }
            }
            (Kind::SelectOne(_) | Kind::SelectMultiple(_) | Kind::Rank(_), value) => value,
            (_, Scalar::Str(text)) if text.trim().is_empty() => Scalar::Null,
            (_, Scalar::Str(text)) => {
                let choices = session.choices(row, field).unwrap_or_default();
                typed::read(known, &choices, &text, &around.today()).unwrap_or(Scalar::Str(text))
            }
            (_, value) => value,
        }
    }

    /// Adds a row to a repeat.
    ///
    /// # Errors
    /// `internal` where there is no such repeat.
    pub fn add_row(
        &mut self,
        number: u32,
        parent: Option<FormRow>,
        now_ms: i64,
        chance: &mut Chance,
    ) -> Result<FormRow, Fault> {
        let (at, repeat) = self.field(number)?;
        let row = FormRow(chance.sixteen());
        let session = &mut self.asked[at].session;
        session.set_now(now_ms);
        let outcome = session.new_row(repeat, parent, row).map_err(Fault::internal)?;
        let edits = follow(session, outcome, chance);
        self.take(at, edits, now_ms)?;
        Ok(row)
    }

    /// Hides a row.
    ///
    /// # Errors
    /// `internal` where there is no such row.
    pub fn delete_row(&mut self, row: FormRow, now_ms: i64, chance: &mut Chance) -> Result<(), Fault> {
        for at in 0..self.asked.len() {
            let session = &mut self.asked[at].session;
            session.set_now(now_ms);
            if let Ok(outcome) = session.delete_row(row) {
                let edits = follow(session, outcome, chance);
                return self.take(at, edits, now_ms);
            }
        }
        Err(Fault::internal("there is no such row"))
    }

    /// The repeat for visits, and the question for the day of one.
    fn visits(&self) -> Option<(usize, FieldId, FieldId)> {
        self.asked.iter().enumerate().find_map(|(at, asked)| {
            let form = asked.session.plan().form();
            let keyed = |key: &str| {
                let mut ids = form.ids().filter(|(_, field)| field.key() == key);
                ids.next().map(|(id, _)| id)
            };
            let repeat = keyed("visit").filter(|id| form.field(*id).kind == Kind::Repeat)?;
            let date = keyed("visit_date").filter(|id| form.scope_of(*id) == Some(repeat))?;
            Some((at, repeat, date))
        })
    }

    /// The row of today's visit by whoever carries the device, made where there is none yet; with its
    /// repeat's number.
    ///
    /// # Errors
    /// `internal` where no form asks of visits.
    pub fn visit(&mut self, around: &Around, chance: &mut Chance) -> Result<(u32, FormRow), Fault> {
        let (at, repeat, date) = self.visits().ok_or_else(|| Fault::internal("no form asks of visits"))?;
        let today = around.today();
        let session = &self.asked[at].session;
        let is_today = |row: &FormRow| {
            session.stored(Some(*row), date).is_ok_and(|value| value == Scalar::Str(today.clone()))
                && self.is_mine(*row, "visit_date", around.device)
        };
        let rows = session.row_ids(None, repeat).unwrap_or_default();
        let number = self.number(at, repeat);
        if let Some(row) = rows.into_iter().rfind(is_today) {
            return Ok((number, row));
        }
        let row = self.add_row(number, None, around.now_ms, chance)?;
        self.answer(self.number(at, date), Some(row), Scalar::Str(today), around, chance)?;
        Ok((number, row))
    }

    fn is_mine(&self, row: FormRow, key: &str, device: DeviceId) -> bool {
        let row = Some(row_id(row));
        self.draft.get(row, key).is_some()
            || self.view.live(row, key).last().is_some_and(|live| live.device == device)
    }

    /// Writes down what the engine of one form said, and tells the other forms.
    fn take(&mut self, at: usize, edits: Vec<Edit>, now_ms: i64) -> Result<(), Fault> {
        if edits.is_empty() {
            return Ok(());
        }
        let asked = &mut self.asked[at];
        let mut all = std::mem::take(&mut asked.pending);
        all.extend(edits);
        let entries: Vec<Entry> = all.iter().flat_map(entries_of).collect();
        self.draft.add(all, now_ms)?;
        self.asked[at].is_begun = true;
        for (_, other) in self.asked.iter_mut().enumerate().filter(|(other, _)| *other != at) {
            other.session.merge(entries.iter().cloned());
        }
        Ok(())
    }

    /// Writes down what forms put into a household that is new.
    ///
    /// # Errors
    /// As [`Draft::add`].
    pub fn begin(&mut self, now_ms: i64) -> Result<(), Fault> {
        for asked in &mut self.asked {
            if asked.is_begun {
                self.draft.add(std::mem::take(&mut asked.pending), now_ms)?;
            }
        }
        Ok(())
    }
}

/// Rows that a `repeat_count` asks for are made; gives all edits.
fn follow(session: &mut Session, mut outcome: Outcome, chance: &mut Chance) -> Vec<Edit> {
    let mut edits = std::mem::take(&mut outcome.edits);
    while let Some(wanted) = outcome.wanted.first() {
        let (repeat, parent) = (wanted.repeat, wanted.parent);
        match session.new_row(repeat, parent, FormRow(chance.sixteen())) {
            Ok(mut next) => {
                edits.append(&mut next.edits);
                outcome = next;
            }
            Err(_) => break,
        }
    }
    edits
}

fn entries_of(edit: &Edit) -> Vec<Entry> {
    let entry = |row: Option<FormRow>, key: &str, value: Scalar| Entry { row, key: key.to_owned(), value };
    match edit {
        Edit::Put { row, key, value } => vec![entry(*row, key, value.clone())],
        Edit::NewRow { row, group, parent } => {
            let mut entries = vec![entry(Some(*row), "group", Scalar::Str(group.clone()))];
            entries.extend(parent.map(|parent| entry(Some(*row), "parent", Scalar::Str(parent.to_string()))));
            entries
        }
        Edit::DeleteRow { row } => vec![entry(Some(*row), "deleted", Scalar::Bool(true))],
    }
}

/// The ticked choices of a select_multiple's value.
#[must_use]
pub fn names(value: &Scalar) -> Vec<&str> {
    match value {
        Scalar::Str(text) => text.split_whitespace().collect(),
        _ => Vec::new(),
    }
}

fn context(ready: &Ready, household: HouseholdId, around: &Around) -> Context {
    let device =
        [(Metadata::DeviceId, around.device.to_string()), (Metadata::Username, around.person.clone())];
    Context {
        now_ms: around.now_ms,
        zone: THAILAND,
        language: language(ready.form(), around.tongue),
        // Of the household, so that every replica draws the same.
        seed: Sha256::digest(household.as_bytes()).into(),
        tables: Arc::clone(&ready.tables),
        device: device.into_iter().collect(),
        ..Context::default()
    }
}

/// Where something is answered: the row's group, `None` in the household itself, and the question.
fn answered(entries: &[Entry]) -> Set<(Option<&str>, &str)> {
    let mut groups: Map<FormRow, &str> = Map::new();
    for entry in entries {
        if let (Some(row), "group", Scalar::Str(group)) = (entry.row, entry.key.as_str(), &entry.value) {
            groups.insert(row, group);
        }
    }
    let given = entries.iter().filter(|entry| entry.value != Scalar::Null);
    given
        .filter_map(|entry| {
            let group = match entry.row {
                None => None,
                Some(row) => Some(*groups.get(&row)?),
            };
            Some((group, entry.key.split('/').next().unwrap_or_default()))
        })
        .collect()
}

/// What a form asks, in the same words.
fn asks(form: &Form) -> Set<(Option<String>, String)> {
    let stored = form.ids().filter(|(_, field)| field.kind.is_stored());
    let place = |(id, field): (FieldId, &survey_form::model::Field)| {
        let group = form.scope_of(id).map(|repeat| form.field(repeat).key().to_owned());
        (group, field.key().to_owned())
    };
    stored.map(place).collect()
}
