//! The questions that the worker asks, and who answers them.

use light::{Map, Set};

use serde::Serialize;
use survey_form::engine::RowId as FormRow;
use survey_form::fault::Tongue;
use survey_form::thai::{NO_HOUSE_NUMBER, house_code, house_number};
use survey_form::value::Scalar;
use sync_protocol::change::{Action, Change};
use sync_protocol::device::{Mark, Presence};
use sync_protocol::hub::Reason;
use sync_protocol::ids::{DeviceId, HouseCode, HouseholdId, VillageCode};
use sync_protocol::value::Scalar as DocumentScalar;

use crate::ask::{Ask, FormAsked};
use crate::bundle::{self, Taken};
use crate::call::{Chance, Question, Told, encode};
use crate::desk::{Desk, Settled, Write};
use crate::draft::Draft;
use crate::fault::Fault;
use crate::forms::{Forms, Ready, language, plain};
use crate::list::{self, Row};
use crate::open::{Around, Open};
use crate::practice;
use crate::records::{self, OutgoingRecord};
use crate::screen::{Interview, Screen};
use crate::sync::Sync;
use crate::view::form_scalar;

/// Everything of one device.
#[derive(Debug, Default)]
pub struct Phone {
    desk: Desk,
    forms: Forms,
    people: Map<DeviceId, String>,
    person: String,
    villages: Set<VillageCode>,
    english: bool,
    open: Option<Open>,
    sync: Option<Sync>,
    /// Whether the household is closed once what is staged is written.
    closing: bool,
    /// Villages whose index has newer facts than the storage.
    unwritten: Set<VillageCode>,
    /// Whether a device wrote here that has no name yet.
    strangers: bool,
}

/// What a transaction led to.
#[derive(Debug, Serialize)]
struct SettledTold {
    /// Households that left the list.
    gone: Vec<String>,
    /// Those of them of which nothing is to be kept.
    erased: Vec<String>,
    /// Households whose documents are others now.
    touched: Vec<String>,
    /// The household that was open is not here any more.
    closed: Option<Closed>,
    /// The household that is open has another document.
    reopened: bool,
}

#[derive(Debug, Serialize)]
struct Closed {
    id: String,
    into: Option<String>,
}

#[derive(Debug, Serialize)]
struct Refreshed {
    left: usize,
    changed: Vec<Row>,
    strangers: bool,
}

#[derive(Debug, Serialize)]
struct Bundled {
    changes: usize,
}

#[derive(Debug, Serialize)]
struct Counts {
    unsent: usize,
    refused: usize,
    drafts: usize,
    households: usize,
    stale: usize,
}

#[derive(Debug, Serialize)]
struct Registered {
    id: String,
    existed: bool,
}

#[derive(Debug, Serialize)]
struct RowMade {
    row: String,
    first: String,
}

#[derive(Debug, Serialize)]
struct RefusedChange {
    household: String,
    name: String,
    reason: &'static str,
    answers: Vec<RefusedAnswer>,
}

#[derive(Debug, Serialize)]
struct RefusedAnswer {
    label: String,
    shown: String,
}

#[derive(Debug, Serialize)]
struct HouseholdTold {
    row: Row,
    #[serde(flatten)]
    interview: Interview,
    duplicates: Vec<Row>,
    consent: Option<String>,
}

impl Phone {
    /// Answers the bytes of a question; see [`call`](crate::call).
    pub fn answer(&mut self, question: &[u8]) -> Vec<u8> {
        let answer = match Question::read(question) {
            Some(question) => self.told(&question),
            None => Err(Fault::internal("the question ends too early")),
        };
        encode(answer)
    }

    fn told(&mut self, question: &Question<'_>) -> Result<Told, Fault> {
        let ask = Ask::read(question.head).ok_or_else(|| Fault::internal("there is no such question"))?;
        let mut chance = Chance::new(question.seed);
        let now_ms = question.now_ms;
        match ask {
            Ask::Enrolled { device, person, villages } => {
                *self = Self { english: self.english, ..Self::default() };
                self.desk.device = Some(device.parse().map_err(Fault::internal)?);
                self.person = person;
                self.villages = read_villages(&villages)?;
                Ok(Told::default())
            }
            Ask::Language { english } => {
                self.english = english;
                self.reopen(now_ms, &mut chance)?;
                Ok(Told::default())
            }
            Ask::Forms { forms } => self.take_forms(forms, question, &mut chance),
            Ask::People { people } => {
                let people = people.into_iter().filter_map(|(id, name)| Some((id.parse().ok()?, name)));
                self.people = people.collect();
                self.strangers = false;
                Ok(Told::default())
            }
            Ask::TakeIndex { keys } => {
                for (key, bytes) in keys.iter().zip(&question.parts) {
                    let village = key.parse().map_err(Fault::internal)?;
                    self.desk.index.take(village, bytes).ok_or_else(|| damaged("index"))?;
                }
                Ok(Told::default())
            }
            Ask::TakeOutbox { keys } => {
                for (key, bytes) in keys.iter().zip(&question.parts) {
                    let record: OutgoingRecord = records::read(bytes).ok_or_else(|| damaged("outbox"))?;
                    let position = key.parse().map_err(Fault::internal)?;
                    self.desk.outbox.insert(position, std::sync::Arc::new(record.into()));
                }
                Ok(Told::default())
            }
            Ask::TakeDrafts { keys } => {
                for (key, bytes) in keys.iter().zip(&question.parts) {
                    let draft = Draft::read(bytes).ok_or_else(|| damaged("draft"))?;
                    self.desk.drafts.insert(read_household(key)?, draft);
                }
                Ok(Told::default())
            }
            Ask::TakeState {} => {
                self.desk.state = question.part(0).to_vec();
                Ok(Told::default())
            }
            Ask::Lend { households } => {
                for (household, bytes) in households.iter().zip(&question.parts) {
                    self.desk.lend(read_household(household)?, bytes)?;
                }
                Ok(Told::default())
            }
            Ask::Settle { ok } => self.settle(ok, now_ms, &mut chance),
            Ask::Commit {} => self.commit(&mut chance),
            Ask::Counts {} => Ok(Told::of(&self.counts())),
            Ask::Rows { at_once } => self.rows(at_once),
            Ask::Top { rows } => Ok(Told::of(&list::top(&self.desk, rows))),
            Ask::Search { text } => {
                let found = list::search(&self.desk.index, &text);
                Ok(Told::of(&found.iter().map(ToString::to_string).collect::<Vec<_>>()))
            }
            Ask::Refresh { limit } => self.refresh(limit, now_ms, &mut chance),
            Ask::Refused {} => Ok(Told::of(&self.refused())),
            Ask::Register { village, house_number, house_code, family } => {
                let house = House { village, house_number, house_code, family };
                self.register(&house, now_ms, &mut chance)
            }
            Ask::Open { household } => self.open(read_household(&household)?, now_ms, &mut chance),
            Ask::Close {} => self.close(&mut chance),
            Ask::Household {} => self.household(now_ms),
            Ask::Page { key } => self.page(&key, now_ms),
            Ask::Answer { page, row, field, value } => {
                let around = self.around(now_ms)?;
                let row = read_row(row.as_deref())?;
                let answered = self.opened()?.answer(field, row, value, &around, &mut chance);
                self.keep(answered, now_ms, &mut chance)?;
                let page = self.look(&around, |screen| screen.page(&page))?;
                Ok(Told::of(&page).with(self.draft_writes()?))
            }
            Ask::AddRow { field, parent } => {
                let parent = read_row(parent.as_deref())?;
                let made = self.opened()?.add_row(field, parent, now_ms, &mut chance);
                let row = self.keep(made, now_ms, &mut chance)?;
                self.row_made(field, row, now_ms)
            }
            Ask::DeleteRow { row } => {
                let row = read_row(Some(&row))?.ok_or_else(|| Fault::internal("no row"))?;
                let deleted = self.opened()?.delete_row(row, now_ms, &mut chance);
                self.keep(deleted, now_ms, &mut chance)?;
                let told = self.household(now_ms)?;
                Ok(told.with(self.draft_writes()?))
            }
            Ask::Visit {} => {
                let around = self.around(now_ms)?;
                let made = self.opened()?.visit(&around, &mut chance);
                let (field, row) = self.keep(made, now_ms, &mut chance)?;
                self.row_made(field, row, now_ms)
            }
            Ask::BundleExport {} => {
                let device = self.around(now_ms)?.device;
                let Some((content, changes)) = bundle::export(&self.desk, device, now_ms) else {
                    return Ok(Told::of(&Bundled { changes: 0 }));
                };
                let mut told = Told::of(&Bundled { changes });
                told.parts.push(content);
                Ok(told)
            }
            Ask::BundleImport {} => {
                let taken = Taken::read(question.part(0), &self.villages)?;
                let (changes, writes) = taken.take_in(&mut self.desk, &mut chance)?;
                Ok(Told::of(&Bundled { changes }).with(writes))
            }
            Ask::Unsent {} => {
                let unsent = self.desk.unsent();
                Ok(Told::of(&unsent.iter().map(|outgoing| outgoing.hash.to_string()).collect::<Vec<_>>()))
            }
            Ask::Practise {} => {
                let around = self.around(now_ms)?;
                let writes = practice::fill(&mut self.desk, &self.forms, &around, &mut chance)?;
                Ok(Told::default().with(writes))
            }
            Ask::SyncBegin { budget } => {
                self.sync = Some(Sync::begin(&self.desk, self.villages.clone(), budget));
                Ok(Told::default())
            }
            Ask::SyncStep {} => {
                let sync = self.sync.as_mut().ok_or_else(no_sync)?;
                sync.step(&mut self.desk, &mut chance)
            }
            Ask::SyncPosted {} => {
                self.sync.as_mut().ok_or_else(no_sync)?.posted(question.part(0))?;
                Ok(Told::default())
            }
            Ask::SyncFetched { gone } => {
                let file = Some(question.part(0)).filter(|_| !gone);
                self.sync.as_mut().ok_or_else(no_sync)?.fetched(file)?;
                Ok(Told::default())
            }
            Ask::SyncEnd {} => {
                self.sync = None;
                Ok(Told::default())
            }
        }
    }

    fn tongue(&self) -> Tongue {
        if self.english { Tongue::English } else { Tongue::Thai }
    }

    fn around(&self, now_ms: i64) -> Result<Around, Fault> {
        let device = self.desk.device.ok_or_else(|| Fault::internal("no device is enrolled"))?;
        Ok(Around { now_ms, tongue: self.tongue(), device, person: self.person.clone() })
    }

    fn opened(&mut self) -> Result<&mut Open, Fault> {
        self.open.as_mut().ok_or_else(|| Fault::internal("no household is open"))
    }

    fn take_forms(
        &mut self,
        asked: Vec<FormAsked>,
        question: &Question<'_>,
        chance: &mut Chance,
    ) -> Result<Told, Fault> {
        let mut parts = question.parts.iter().copied();
        let (mut forms, mut unreadable) = (Vec::new(), Vec::new());
        for FormAsked { villages, tables } in asked {
            let model = parts.next().unwrap_or_default();
            let files = tables.into_iter().zip(parts.by_ref()).collect();
            // One form that cannot be run is no reason to ask none, or to keep anybody out.
            match Ready::read(model, read_villages(&villages)?, &files) {
                Ok(ready) => forms.push(ready),
                Err(fault) => unreadable.push(fault.detail),
            }
        }
        self.forms = Forms(forms);
        self.reopen(question.now_ms, chance)?;
        Ok(Told::of(&unreadable))
    }

    /// What a part of the open household said; where it refused, the household is as it was before.
    fn keep<T>(&mut self, result: Result<T, Fault>, now_ms: i64, chance: &mut Chance) -> Result<T, Fault> {
        if result.is_err() {
            self.reopen(now_ms, chance)?;
        }
        result
    }

    /// Opens the household that is open anew, from what is stored of it.
    fn reopen(&mut self, now_ms: i64, chance: &mut Chance) -> Result<(), Fault> {
        let Some(open) = &self.open else { return Ok(()) };
        let (household, village) = (open.household, open.village);
        self.open_with(household, village, now_ms, chance)
    }

    fn open_with(
        &mut self,
        household: HouseholdId,
        village: VillageCode,
        now_ms: i64,
        chance: &mut Chance,
    ) -> Result<(), Fault> {
        let around = self.around(now_ms)?;
        let stored = self.desk.household(household)?;
        let draft = self.desk.drafts.get(&household).cloned().unwrap_or_else(|| Draft::new(village));
        self.open = Some(Open::new(household, stored.as_ref(), draft, &self.forms, &around, chance)?);
        Ok(())
    }

    fn open(&mut self, household: HouseholdId, now_ms: i64, chance: &mut Chance) -> Result<Told, Fault> {
        let household = self.desk.index.current(household);
        if self.open.as_ref().is_some_and(|open| open.household == household) {
            return self.household(now_ms);
        }
        if self.open.is_some() {
            return Err(Fault::internal("another household is open"));
        }
        let village = match (self.desk.index.0.get(&household), self.desk.drafts.get(&household)) {
            (Some(entry), _) if entry.presence == Presence::Here => entry.village,
            (None, Some(draft)) => draft.village,
            _ => return Err(Fault::of("household-gone")),
        };
        self.open_with(household, village, now_ms, chance)?;
        self.household(now_ms)
    }

    /// Stages the change that the draft becomes, and closes the household when that is written.
    fn close(&mut self, chance: &mut Chance) -> Result<Told, Fault> {
        let Some(open) = &self.open else { return Ok(Told::default()) };
        let household = open.household;
        if !self.desk.drafts.contains_key(&household) {
            self.open = None;
            self.desk.give_back(|_| false);
            return Ok(Told::default());
        }
        self.desk.all_at_hand([household])?;
        let mut sheet = self.desk.sheet();
        sheet.commit_draft(household, chance)?;
        let done = sheet.done();
        let writes = self.desk.stage(done, None);
        self.closing = true;
        Ok(Told::default().with(writes))
    }

    /// Stages the changes that all drafts become.
    fn commit(&mut self, chance: &mut Chance) -> Result<Told, Fault> {
        let households: Vec<HouseholdId> = self.desk.drafts.keys().copied().collect();
        if households.is_empty() {
            return Ok(Told::default());
        }
        self.desk.all_at_hand(households.iter().copied())?;
        let mut sheet = self.desk.sheet();
        for household in households {
            sheet.commit_draft(household, chance)?;
        }
        let done = sheet.done();
        let writes = self.desk.stage(done, None);
        Ok(Told::default().with(writes))
    }

    fn settle(&mut self, ok: bool, now_ms: i64, chance: &mut Chance) -> Result<Told, Fault> {
        let Settled { touched, gone, erased, outcomes } = self.desk.settle(ok);
        let closing = std::mem::take(&mut self.closing) && ok;
        match (outcomes, &mut self.sync) {
            (Some(outcomes), Some(sync)) if ok => sync.applied(outcomes),
            _ => {}
        }
        let mut closed = None;
        let mut reopened = false;
        if let Some(open) = &self.open {
            let household = open.household;
            let entry = self.desk.index.0.get(&household);
            if entry.is_some_and(|entry| !entry.is_here()) {
                let into = Some(self.desk.index.current(household)).filter(|into| *into != household);
                closed = Some(Closed { id: household.to_string(), into: into.map(|into| into.to_string()) });
                self.open = None;
            } else if closing {
                self.open = None;
            } else if !ok || touched.contains(&household) {
                reopened = ok;
                self.reopen(now_ms, chance)?;
            }
        }
        if ok {
            let open = self.open.as_ref().map(|open| open.household);
            let index = &self.desk.index;
            let stale: Set<HouseholdId> = index.stale().collect();
            self.desk.give_back(|household| Some(household) == open || stale.contains(&household));
        }
        Ok(Told::of(&SettledTold {
            gone: gone.iter().map(ToString::to_string).collect(),
            erased: erased.iter().map(ToString::to_string).collect(),
            touched: touched.iter().map(ToString::to_string).collect(),
            closed,
            reopened,
        }))
    }

    fn counts(&self) -> Counts {
        let of = |wanted: fn(Option<Mark>) -> bool| {
            self.desk.outbox.values().filter(|posted| wanted(posted.mark)).count()
        };
        Counts {
            unsent: of(|mark| mark.is_none()) + self.desk.drafts.len(),
            refused: of(|mark| matches!(mark, Some(Mark::Refused(_)))),
            drafts: self.desk.drafts.len(),
            households: self.desk.index.0.values().filter(|entry| entry.is_here()).count(),
            stale: self.desk.index.stale().count(),
        }
    }

    fn rows(&self, at_once: usize) -> Result<Told, Fault> {
        let rows = list::rows(&self.desk, None);
        // As bytes: the screen reads them itself, also where there is none.
        let mut told = Told::default();
        for rows in rows.chunks(at_once.max(1)) {
            told.parts.push(serde_json::to_vec(rows).map_err(Fault::internal)?);
        }
        if rows.is_empty() {
            told.parts.push(b"[]".to_vec());
        }
        Ok(told)
    }

    /// Reads the facts of some households off their documents. They are written when none is left.
    fn refresh(&mut self, limit: usize, now_ms: i64, chance: &mut Chance) -> Result<Told, Fault> {
        let households: Vec<HouseholdId> = self.desk.index.stale().take(limit).collect();
        self.desk.all_at_hand(households.iter().copied())?;
        let around = self.around(now_ms)?;
        for household in &households {
            let stored = self.desk.household(*household)?;
            let village = stored.as_ref().map(|stored| stored.village);
            let Some(village) = village else { continue };
            let read =
                Open::new(*household, stored.as_ref(), Draft::new(village), &self.forms, &around, chance);
            let facts = read.as_ref().map(|open| open.facts(&around.today())).ok();
            if let Ok(open) = &read {
                let known = |device: &DeviceId| *device == around.device || self.people.contains_key(device);
                self.strangers |= !open.view.writers().iter().all(known);
            }
            if let Some(entry) = self.desk.index.0.get_mut(household) {
                entry.is_stale = false;
                entry.facts = facts.unwrap_or_else(|| entry.facts.clone());
                self.unwritten.insert(village);
            }
        }
        let open = self.open.as_ref().map(|open| open.household);
        let left = self.desk.index.stale().count();
        let mut writes: Vec<Write> = Vec::new();
        if left == 0 {
            writes = self.desk.index_writes(&std::mem::take(&mut self.unwritten));
            self.desk.give_back(|household| Some(household) == open);
        } else {
            let done: Set<HouseholdId> = households.iter().copied().collect();
            self.desk.give_back(|household| Some(household) == open || !done.contains(&household));
        }
        let changed = list::rows(&self.desk, Some(&households));
        Ok(Told::of(&Refreshed { left, changed, strangers: self.strangers }).with(writes))
    }

    fn refused(&self) -> Vec<RefusedChange> {
        let refused = self.desk.outbox.values().filter_map(|posted| match posted.mark {
            Some(Mark::Refused(reason)) => Some((&posted.outgoing, reason)),
            _ => None,
        });
        let told = refused.map(|(outgoing, reason)| RefusedChange {
            household: outgoing.household.to_string(),
            name: self
                .desk
                .index
                .0
                .get(&outgoing.household)
                .map_or_else(String::new, |it| it.facts.name.clone()),
            reason: Reason::from_code(reason).map_or("unknown", Reason::name),
            answers: self.said(&outgoing.bytes),
        });
        told.collect()
    }

    /// What a change says, in words.
    fn said(&self, change: &[u8]) -> Vec<RefusedAnswer> {
        let Ok(change) = Change::read(change) else { return Vec::new() };
        let mut said = Vec::new();
        for op in change.ops() {
            let Action::Put(value) = op.action else { continue };
            let value = value.to_owned();
            let Some((form, field)) = self.forms.asking(op.key) else { continue };
            let language = language(form, self.tongue());
            let choices: Vec<_> = match field.kind.choices() {
                Some(survey_form::model::ChoiceSource::List(list)) => form
                    .lists
                    .get(list)
                    .into_iter()
                    .flat_map(|list| &list.choices)
                    .map(|choice| survey_form::engine::OpenChoice {
                        name: choice.name.clone(),
                        label: plain(&choice.label, language),
                    })
                    .collect(),
                _ => Vec::new(),
            };
            let value = match (op.key.split_once('/'), value) {
                (Some((_, choice)), DocumentScalar::Bool(true)) => Scalar::Str(choice.to_owned()),
                (_, value) => form_scalar(&value),
            };
            let label = plain(&field.label, language);
            said.push(RefusedAnswer {
                label: if label.is_empty() { field.name.clone() } else { label },
                shown: survey_form::typed::shown(field, &choices, &value),
            });
        }
        said
    }

    fn register(&mut self, house: &House, now_ms: i64, chance: &mut Chance) -> Result<Told, Fault> {
        let village: VillageCode = house.village.parse().map_err(Fault::internal)?;
        let code =
            house.house_code.as_deref().map(|text| house_code(text).unwrap_or_else(|| text.to_owned()));
        let code: Option<HouseCode> = code.map(|code| code.parse()).transpose().map_err(Fault::internal)?;
        let household = match &code {
            Some(code) => HouseholdId::derived(code, house.family.max(1)),
            None => fresh_household(now_ms, chance),
        };
        let at = self.desk.index.current(household);
        if self.desk.index.0.get(&at).is_some_and(|entry| entry.is_here())
            || self.desk.drafts.contains_key(&at)
        {
            return Ok(Told::of(&Registered { id: at.to_string(), existed: true }));
        }
        if self.open.is_some() {
            return Err(Fault::internal("another household is open"));
        }
        let text = house.house_number.trim();
        let number = match text {
            "" => NO_HOUSE_NUMBER.to_owned(),
            text => house_number(text).map_or_else(|| text.to_owned(), |number| number.into_owned()),
        };
        let mut draft = Draft::new(village);
        let mut put = |key: &str, value: DocumentScalar| draft.put(None, key, value, now_ms);
        put("tambon_code", DocumentScalar::Str(village.tambon().to_string()));
        put("moo", DocumentScalar::Int(i64::from(village.moo())));
        put("house_no", DocumentScalar::Str(number));
        if let Some(code) = code {
            put("house_code", DocumentScalar::Str(code.to_string()));
        }
        let around = self.around(now_ms)?;
        let mut open = Open::new(household, None, draft, &self.forms, &around, chance)?;
        open.begin(now_ms)?;
        self.open = Some(open);
        let told = Told::of(&Registered { id: household.to_string(), existed: false });
        Ok(told.with(self.draft_writes()?))
    }

    /// Stages the draft of the open household.
    fn draft_writes(&mut self) -> Result<Vec<Write>, Fault> {
        let open = self.open.as_ref().ok_or_else(|| Fault::internal("no household is open"))?;
        let stored = self.desk.drafts.get(&open.household);
        if open.draft.is_empty() && stored.is_none() || stored == Some(&open.draft) {
            return Ok(Vec::new());
        }
        let mut sheet = self.desk.sheet();
        sheet.put_draft(open.household, open.draft.clone());
        let done = sheet.done();
        Ok(self.desk.stage(done, None))
    }

    fn look<T>(&self, around: &Around, at: impl FnOnce(&Screen<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let open = self.open.as_ref().ok_or_else(|| Fault::internal("no household is open"))?;
        at(&Screen::new(open, &self.forms, around, &self.people))
    }

    fn row_made(&mut self, field: u32, row: FormRow, now_ms: i64) -> Result<Told, Fault> {
        let around = self.around(now_ms)?;
        let first = self.look(&around, |screen| screen.first_in_row(field, row))?;
        let writes = self.draft_writes()?;
        Ok(Told::of(&RowMade { row: row.to_string(), first }).with(writes))
    }

    fn page(&self, key: &str, now_ms: i64) -> Result<Told, Fault> {
        let around = self.around(now_ms)?;
        Ok(Told::of(&self.look(&around, |screen| screen.page(key))?))
    }

    fn household(&self, now_ms: i64) -> Result<Told, Fault> {
        let around = self.around(now_ms)?;
        let open = self.open.as_ref().ok_or_else(|| Fault::internal("no household is open"))?;
        let facts = open.facts(&around.today());
        let unsent = list::unsent(&self.desk).get(&open.household).copied().unwrap_or(0);
        let duplicates = list::duplicates_of(&self.desk.index, open.household);
        let interview = self.look(&around, |screen| Ok(screen.interview()))?;
        Ok(Told::of(&HouseholdTold {
            row: Row::of(open.household, open.village, &facts, unsent, &duplicates),
            interview,
            duplicates: list::rows(&self.desk, Some(&duplicates)),
            consent: facts.consent,
        }))
    }
}

/// A household that is not on the list.
struct House {
    village: String,
    house_number: String,
    house_code: Option<String>,
    family: u8,
}

fn no_sync() -> Fault {
    Fault::internal("no sync is going on")
}

fn damaged(what: &str) -> Fault {
    Fault { code: "storage-lost", detail: format!("the stored {what} is damaged"), need: Vec::new() }
}

fn read_household(text: &str) -> Result<HouseholdId, Fault> {
    text.parse().map_err(Fault::internal)
}

fn read_row(text: Option<&str>) -> Result<Option<FormRow>, Fault> {
    match text {
        None => Ok(None),
        Some(text) => FormRow::read(text).map(Some).ok_or_else(|| Fault::internal("that is not a row's id")),
    }
}

fn read_villages(codes: &[String]) -> Result<Set<VillageCode>, Fault> {
    codes.iter().map(|code| code.parse().map_err(Fault::internal)).collect()
}

/// UUID version 7: ids that are made later sort later, which keeps them together in a database.
fn fresh_household(now_ms: i64, chance: &mut Chance) -> HouseholdId {
    let mut bytes = chance.sixteen();
    let millis = u64::try_from(now_ms).unwrap_or(0).to_be_bytes();
    bytes[..6].copy_from_slice(&millis[2..]);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    HouseholdId(bytes)
}
