//! What does not hold in merged households: each device satisfied the form, and the union does not.
//!
//! Computed when it is asked for, over the registers as they are; nothing of it is stored, and nothing
//! of it runs while a device pushes.

mod involved;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use survey_form::compare::Address;
use survey_form::engine::{self, Context, Finding, Plan, Problem, RowId as FormRow, Session};
use survey_form::expr::Zone;
use survey_form::fault::Tongue;
use survey_form::model::{ChoiceSource, Field, Form};
use survey_form::value::Scalar;
use sync_protocol::ids::{DeviceId, HouseholdId, RowId, TambonCode, VillageCode};
use sync_protocol::registers::Registers;
use sync_protocol::value::ScalarRef;

pub use involved::Touch;

use super::catalogue::{self, Holding};
use super::error::FormsError;
use super::tables::{Tables, tables_of};
use super::words::{Words, english, thai};
use crate::clock::{Micros, Stopwatch};
use crate::store::documents::{self, Document, State};
use crate::store::forms::FormHash;
use crate::store::{Conn, changes, devices};
use crate::sync::vocabulary;

/// What is told of one household.
const FINDINGS_MAX: usize = 200;
/// What a page tells of all its households, about: it ends with the household that reaches it.
const PAGE_FINDINGS_MAX: usize = 1_000;
/// After this a page ends, however few households it looked at.
const PAGE_TIME_MAX: Duration = Duration::from_secs(3);
/// Minutes that Thailand is ahead of UTC.
const THAILAND: Zone = Zone(420);

/// A household in which something does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsound {
    /// The household.
    pub household: HouseholdId,
    /// Its village.
    pub village: VillageCode,
    /// What does not hold, in the order of the forms, of their sheets and of the rows.
    pub findings: Vec<Unheld>,
    /// Whether there is more than is told.
    pub is_cut: bool,
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Unheld {
    /// The form: its id and hash.
    pub form: (String, FormHash),
    /// Where the answer lies.
    pub at: Address,
    /// In which row.
    pub row: Option<RowId>,
    /// What is asked there.
    pub label: Words,
    /// What does not hold.
    pub problem: Problem,
    /// What the form says to that, or what the program says where the form is silent.
    pub message: Words,
    /// The answers that decide it, with who gave them: the field's own first.
    pub touched: Vec<Touch>,
}

/// A page of households that were looked at.
#[derive(Debug, Default)]
pub struct Page {
    /// Those in which something does not hold.
    pub unsound: Vec<Unsound>,
    /// How many were looked at.
    pub examined: usize,
    /// The last one that was looked at, if there are more.
    pub next: Option<HouseholdId>,
}

/// Which findings are wanted.
pub type Wanted<'a> = &'a dyn Fn(&Problem) -> bool;

/// Evaluates the forms that hold over at most `count` households of a tambon, by id, after `after`. Ends
/// early when there is much to tell, or it took long.
///
/// # Errors
/// [`FormsError::Registers`], [`FormsError::Model`], or the database's own.
pub fn page(
    conn: &mut Conn,
    tambon: TambonCode,
    village: Option<VillageCode>,
    (after, count): (Option<HouseholdId>, usize),
    wanted: Wanted<'_>,
    now: Micros,
) -> Result<Page, FormsError> {
    let started = Stopwatch::start();
    let mut examiner = Examiner::new(conn, tambon, now)?;
    let mut documents = documents::page(conn, tambon, after, count + 1)?;
    let mut more = documents.len() > count;
    documents.truncate(count);
    let mut page = Page::default();
    let mut last = None;
    for document in documents {
        let told: usize = page.unsound.iter().map(|unsound| unsound.findings.len()).sum();
        if page.examined > 0 && (told >= PAGE_FINDINGS_MAX || started.elapsed() > PAGE_TIME_MAX) {
            more = true;
            break;
        }
        last = Some(document.household);
        page.examined += 1;
        if document.state == State::Live && village.is_none_or(|village| village == document.village) {
            page.unsound.extend(examiner.examine(conn, &document, wanted)?);
        }
    }
    page.next = last.filter(|_| more);
    examiner.name_people(conn, &mut page.unsound)?;
    Ok(page)
}

/// Evaluates the forms that hold over one household; `None` if the hub has no such household that goes on.
///
/// # Errors
/// [`FormsError::Registers`], [`FormsError::Model`], or the database's own.
pub fn of_household(
    conn: &mut Conn,
    tambon: TambonCode,
    household: HouseholdId,
    now: Micros,
) -> Result<Option<Unsound>, FormsError> {
    let Some(document) = documents::find(conn, tambon, household)? else { return Ok(None) };
    if document.state != State::Live {
        return Ok(None);
    }
    let mut examiner = Examiner::new(conn, tambon, now)?;
    let sound = Unsound { household, village: document.village, findings: Vec::new(), is_cut: false };
    let mut found = vec![examiner.examine(conn, &document, &|_| true)?.unwrap_or(sound)];
    examiner.name_people(conn, &mut found)?;
    Ok(found.pop())
}

/// A form, made ready to be evaluated.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Its hash.
    pub hash: FormHash,
    /// The form.
    pub plan: Arc<Plan>,
    /// The tables that it reads.
    pub tables: Tables,
}

/// The forms of a tambon, each made ready once.
struct Examiner {
    tambon: TambonCode,
    holding: Holding,
    ready: BTreeMap<FormHash, Ready>,
    now: Micros,
}

impl Examiner {
    fn new(conn: &mut Conn, tambon: TambonCode, now: Micros) -> Result<Self, FormsError> {
        Ok(Self { tambon, holding: catalogue::holding(conn, tambon)?, ready: BTreeMap::new(), now })
    }

    fn ready(&mut self, conn: &mut Conn, hash: &FormHash) -> Result<Ready, FormsError> {
        if let Some(ready) = self.ready.get(hash) {
            return Ok(ready.clone());
        }
        let form = catalogue::load(conn, hash)?;
        let tables = tables_of(conn, hash, &form)?;
        let id = form.id.clone();
        let plan = Plan::new(form)
            .map_err(|_| FormsError::Model(id, "its calculations need each other".to_owned()))?;
        let ready = Ready { hash: *hash, plan: Arc::new(plan), tables };
        self.ready.insert(*hash, ready.clone());
        Ok(ready)
    }

    fn examine(
        &mut self,
        conn: &mut Conn,
        document: &Document,
        wanted: Wanted<'_>,
    ) -> Result<Option<Unsound>, FormsError> {
        let household = document.household;
        let registers = Registers::decode(&document.registers, &vocabulary())
            .map_err(|corrupt| FormsError::Registers { household, corrupt })?;
        let mut forms = Vec::new();
        for hash in self.holding.in_village(document.village) {
            forms.push(self.ready(conn, &hash)?);
        }
        let mut findings = unheld_of_all(&forms, &registers, household, wanted, self.now);
        let is_cut = findings.len() > FINDINGS_MAX;
        findings.truncate(FINDINGS_MAX);
        let unsound = Unsound { household, village: document.village, findings, is_cut };
        Ok(Some(unsound).filter(|unsound| !unsound.findings.is_empty()))
    }

    /// Writes down when the hub took each answer, and who carried the device that gave it.
    fn name_people(&self, conn: &mut Conn, unsound: &mut [Unsound]) -> Result<(), FormsError> {
        let mut touched: Vec<&mut Touch> = unsound
            .iter_mut()
            .flat_map(|unsound| &mut unsound.findings)
            .flat_map(|unheld| &mut unheld.touched)
            .collect();
        let places: BTreeSet<u64> = touched.iter().map(|touch| touch.seq).collect();
        let places: Vec<u64> = places.into_iter().collect();
        let mut entries = BTreeMap::new();
        for entry in changes::at(conn, self.tambon, &places)? {
            let change = sync_protocol::change::Change::read(&entry.payload).ok();
            let written_at_ms = change.map_or(0, |change| change.time_ms());
            entries.insert(entry.seq, (entry.received_at, written_at_ms));
        }
        let mut people: BTreeMap<DeviceId, Option<String>> = BTreeMap::new();
        for touch in &mut touched {
            (touch.received_at, touch.written_at_ms) =
                entries.get(&touch.seq).copied().unwrap_or((Micros(0), 0));
            touch.person = match people.entry(touch.device) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(place) => {
                    let device = devices::find(conn, self.tambon, touch.device)?;
                    place.insert(device.map(|device| device.person)).clone()
                }
            };
        }
        Ok(())
    }
}

/// What does not hold in a household of these forms, those that hold in its village, as far as they were
/// begun there: form by form, as [`unheld`] gives it.
#[must_use]
pub fn unheld_of_all(
    forms: &[Ready],
    registers: &Registers,
    household: HouseholdId,
    wanted: Wanted<'_>,
    now: Micros,
) -> Vec<Unheld> {
    let answered = answered(registers);
    let mut findings = Vec::new();
    for ready in forms {
        let others = forms.iter().filter(|other| other.hash != ready.hash).map(|other| other.plan.form());
        if is_begun(ready.plan.form(), others, &answered) {
            findings.extend(unheld(ready, registers, household, wanted, now));
        }
    }
    findings
}

/// What does not hold of one form in a household. The people and times of the answers
/// are for the caller to fill in, from the places that the registers have for changes. At most one more
/// than is told.
#[must_use]
pub fn unheld(
    Ready { hash, plan, tables }: &Ready,
    registers: &Registers,
    household: HouseholdId,
    wanted: Wanted<'_>,
    now: Micros,
) -> Vec<Unheld> {
    let form = plan.form();
    let context = Context {
        now_ms: now.millis(),
        zone: THAILAND,
        language: thai(form),
        seed: Sha256::digest(household.as_bytes()).into(),
        tables: Arc::clone(tables),
        ..Context::default()
    };
    let mut session = Session::new(Arc::clone(plan), context, entries(registers));
    let mut found = session.check_all();
    found.retain(|finding| wanted(&finding.problem) && !lacks_its_table(form, tables, finding));
    found.truncate(FINDINGS_MAX + 1);
    let told: Vec<(String, String)> = found.iter().map(|finding| said(&session, finding)).collect();
    if !found.is_empty() {
        session.set_language(english(form));
    }
    let pairs = found.into_iter().zip(told);
    pairs
        .map(|(finding, (label, message))| {
            let (label_en, message_en) = said(&session, &finding);
            let field = form.field(finding.field);
            let or_told = |message: String, tongue| {
                if message.is_empty() { finding.problem.told(tongue) } else { message }
            };
            Unheld {
                form: (form.id.clone(), *hash),
                at: Address::of(form, finding.field),
                row: finding.row.map(|row| RowId(row.0)),
                label: Words { th: or_name(label, field), en: or_name(label_en, field) },
                message: Words {
                    th: or_told(message, Tongue::Thai),
                    en: or_told(message_en, Tongue::English),
                },
                touched: involved::touched(form, registers, &finding),
                problem: finding.problem,
            }
        })
        .collect()
}

fn or_name(label: String, field: &Field) -> String {
    if label.is_empty() { field.name.clone() } else { label }
}

/// The label of a finding's field, and what the form says to the finding, in the session's language.
fn said(session: &Session, finding: &Finding) -> (String, String) {
    let label = session.label(finding.row, finding.field).or_else(|_| session.label(None, finding.field));
    let message = session.message(finding.row, finding.field, &finding.problem);
    (label.unwrap_or_default(), message.unwrap_or_default())
}

/// Whether the choices come from a table that is not here: then nothing can be said of them.
fn lacks_its_table(form: &Form, tables: &Tables, finding: &Finding) -> bool {
    let is_of_choices = matches!(finding.problem, Problem::UnknownChoice(_) | Problem::ClosedChoice(_));
    let source = form.field(finding.field).kind.choices();
    is_of_choices && matches!(source, Some(ChoiceSource::Table { table, .. }) if !tables.contains_key(table))
}

/// Where something was answered: group and key.
fn answered(registers: &Registers) -> BTreeSet<(String, String)> {
    let shown = registers.shown();
    let groups: BTreeMap<RowId, &str> = shown
        .iter()
        .filter_map(|register| match (register.row, register.key, register.value) {
            (Some(row), "group", ScalarRef::Str(group)) => Some((row, group)),
            _ => None,
        })
        .collect();
    let answers = shown.iter().filter(|register| register.value != ScalarRef::Null);
    let place = |register: &sync_protocol::value::Shown<'_>| {
        let group = register.row.map_or(Some(""), |row| groups.get(&row).copied())?;
        let key = register.key.split('/').next().unwrap_or_default();
        Some((group.to_owned(), key.to_owned()))
    };
    answers.filter_map(place).collect()
}

/// Whether the interview of a form was begun in a household: something is answered that no other form
/// there asks; or anything at all, where the form asks nothing of its own.
fn is_begun<'a>(
    form: &Form,
    others: impl Iterator<Item = &'a Form>,
    answered: &BTreeSet<(String, String)>,
) -> bool {
    let asked = |form: &Form| -> BTreeSet<(String, String)> {
        let stored = form.ids().filter(|(_, field)| field.kind.is_stored());
        let addresses = stored.map(|(id, _)| Address::of(form, id));
        addresses.map(|Address { group, key }| (group, key)).collect()
    };
    let elsewhere: BTreeSet<(String, String)> = others.flat_map(asked).collect();
    let asked = asked(form);
    let own: BTreeSet<_> = asked.difference(&elsewhere).cloned().collect();
    let telling = if own.is_empty() { asked } else { own };
    telling.iter().any(|place| answered.contains(place))
}

/// A household as the engine takes it: rows in the order of the operations that made them.
fn entries(registers: &Registers) -> Vec<engine::Entry> {
    let shown = registers.shown();
    let entry = |register: &sync_protocol::value::Shown<'_>| engine::Entry {
        row: register.row.map(|row| FormRow(row.0)),
        key: register.key.to_owned(),
        value: scalar(register.value),
    };
    let mut rows: BTreeMap<RowId, Vec<engine::Entry>> = BTreeMap::new();
    let mut entries = Vec::with_capacity(shown.len());
    for register in &shown {
        match register.row {
            None => entries.push(entry(register)),
            Some(row) => rows.entry(row).or_default().push(entry(register)),
        }
    }
    entries.extend(registers.rows_by_making().iter().filter_map(|row| rows.remove(row)).flatten());
    entries
}

#[expect(clippy::cast_precision_loss, reason = "no form asks for such numbers")]
fn scalar(value: ScalarRef<'_>) -> Scalar {
    match value {
        ScalarRef::Null => Scalar::Null,
        ScalarRef::Bool(value) => Scalar::Bool(value),
        ScalarRef::Int(value) => Scalar::Int(value),
        ScalarRef::Uint(value) => i64::try_from(value).map_or(Scalar::F64(value as f64), Scalar::Int),
        ScalarRef::F64(value) => Scalar::F64(value),
        ScalarRef::Str(value) => Scalar::Str(value.to_owned()),
    }
}
