//! What a screen shows of the open household: pages, questions, who wrote what. In the words of the app's
//! interface.

use light::{Map, Set};

use serde::Serialize;
use survey_form::engine::{OpenChoice, Problem, RowId as FormRow, Session};
use survey_form::fault::Tongue;
use survey_form::model::{ChoiceSource, Field, FieldId, Form, Kind};
use survey_form::typed;
use survey_form::value::Scalar;
use sync_protocol::ids::DeviceId;

use crate::draft::row_id;
use crate::fault::Fault;
use crate::forms::{Forms, plain};
use crate::open::{Around, Asked, Open, names};
use crate::outline::{Content, PagePlan};
use crate::view::{Live, form_scalar};

/// How far a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PageState {
    /// Something is to be answered yet.
    Empty,
    /// Answered.
    Answered,
    /// An answer does not hold.
    Problem,
    /// Two people disagree.
    Conflict,
}

/// A page of an interview.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PageHead {
    key: String,
    form: String,
    section: String,
    title: String,
    kind: &'static str,
    row: Option<String>,
    state: PageState,
}

/// A page with all that is on it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    #[serde(flatten)]
    head: PageHead,
    nodes: Vec<Node>,
    rows: Option<Rows>,
    previous: Option<String>,
    next: Option<String>,
    up: Option<String>,
    place: usize,
    count: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Rows {
    field: u32,
    parent: Option<String>,
    heads: Vec<RowHead>,
    free: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct RowHead {
    row: String,
    title: String,
    state: PageState,
    first: String,
}

/// A question on a page.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    field: u32,
    row: Option<String>,
    key: String,
    kind: &'static str,
    label: String,
    hint: String,
    guidance: String,
    required: bool,
    read_only: bool,
    value: Scalar,
    shown: String,
    problem: Option<Told>,
    choices: Vec<Choice>,
    format: Option<String>,
    appearance: String,
    range: Option<Range>,
    written: Option<Written>,
    conflict: Option<Vec<Side>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Told {
    text: String,
    hard: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Choice {
    name: String,
    label: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Range {
    start: f64,
    end: f64,
    step: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Written {
    person: String,
    mine: bool,
    at: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Side {
    #[serde(flatten)]
    written: Written,
    value: Scalar,
    shown: String,
}

/// A household but its row of the list, its duplicates and its consent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interview {
    outline: Vec<PageHead>,
    resume: String,
    writers: Vec<Writer>,
    problems: Vec<ProblemLine>,
    conflicts: Vec<Disputed>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Writer {
    #[serde(flatten)]
    written: Written,
    answers: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ProblemLine {
    page: String,
    label: String,
    text: String,
    hard: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Disputed {
    page: String,
    node: Node,
}

/// Where something stands: a page, in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    asked: usize,
    page: FieldId,
    row: Option<FormRow>,
    /// The row that `row` lies in, and the repeat that it is of.
    above: Option<(Option<FormRow>, FieldId)>,
}

/// Looks at an open household.
pub struct Screen<'a> {
    open: &'a Open,
    forms: &'a Forms,
    around: &'a Around,
    people: &'a Map<DeviceId, String>,
}

impl<'a> Screen<'a> {
    /// A look at `open`; `people` carry the devices that wrote.
    #[must_use]
    pub fn new(
        open: &'a Open,
        forms: &'a Forms,
        around: &'a Around,
        people: &'a Map<DeviceId, String>,
    ) -> Self {
        Self { open, forms, around, people }
    }

    fn asked(&self, at: usize) -> &'a Asked {
        &self.open.asked[at]
    }

    fn form(&self, at: usize) -> &'a Form {
        self.forms.0[self.asked(at).form].form()
    }

    fn plan_of(&self, place: &Place) -> Option<&'a PagePlan> {
        self.forms.0[self.asked(place.asked).form].outline.find(place.page).map(|(_, plan)| plan)
    }

    /// Every page that is asked now, in order.
    fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for at in 0..self.open.asked.len() {
            self.collect(at, None, None, None, &mut places);
        }
        places
    }

    fn collect(
        &self,
        at: usize,
        scope: Option<FieldId>,
        row: Option<FormRow>,
        above: Option<(Option<FormRow>, FieldId)>,
        places: &mut Vec<Place>,
    ) {
        let asked = self.asked(at);
        for page in self.forms.0[asked.form].outline.pages(scope) {
            if !is_asked(&asked.session, page, row) {
                continue;
            }
            places.push(Place { asked: at, page: page.id, row, above });
            if let Content::Rows(repeat) = page.content {
                for child in asked.session.row_ids(row, repeat).unwrap_or_default() {
                    self.collect(at, Some(repeat), Some(child), Some((row, repeat)), places);
                }
            }
        }
    }

    /// A page's key: form, page, row.
    fn key(&self, place: &Place) -> String {
        let row = place.row.map_or_else(|| "-".to_owned(), |row| row.to_string());
        format!("{}/{}/{row}", self.form(place.asked).id, place.page.0)
    }

    /// The first page in a row of the repeat with this number.
    ///
    /// # Errors
    /// `internal` where the row has none.
    pub fn first_in_row(&self, repeat: u32, row: FormRow) -> Result<String, Fault> {
        let (at, _) = self.open.field(repeat)?;
        let places = self.places();
        let first = places.iter().find(|place| place.asked == at && place.row == Some(row));
        first.map(|place| self.key(place)).ok_or_else(|| Fault::internal("the row has no page"))
    }

    /// A page by its key. One that is not asked any more gives the nearest one before it that is.
    ///
    /// # Errors
    /// `internal` where nothing is asked at all.
    pub fn page(&self, key: &str) -> Result<Page, Fault> {
        let places = self.places();
        let at = places.iter().position(|place| self.key(place) == key);
        let at = at.or_else(|| self.before(&places, key)).unwrap_or(0);
        let place = places.get(at).ok_or_else(|| Fault::internal("no form asks anything here"))?;
        let plan = self.plan_of(place).ok_or_else(|| Fault::internal("there is no such page"))?;
        let level: Vec<&Place> = places.iter().filter(|other| other.row == place.row).collect();
        let here = level.iter().position(|other| *other == place).unwrap_or(0);
        let up = place.above.map(|(row, repeat)| {
            let above =
                |other: &&Place| other.asked == place.asked && other.page == repeat && other.row == row;
            places.iter().find(above).map(|above| self.key(above)).unwrap_or_default()
        });
        let following = level.get(here + 1).map(|next| self.key(next));
        let leaves = following.is_none();
        let nodes = match &plan.content {
            Content::Questions(fields) => {
                let shown =
                    fields.iter().filter(|id| is_relevant(&self.asked(place.asked).session, place.row, **id));
                shown.map(|id| self.node(place.asked, place.row, *id)).collect()
            }
            Content::Rows(_) => Vec::new(),
        };
        Ok(Page {
            head: self.head(place, plan),
            nodes,
            rows: self.rows(place, plan, &places),
            previous: here.checked_sub(1).map(|before| self.key(level[before])).or_else(|| up.clone()),
            next: following.or_else(|| up.clone()),
            up: up.filter(|_| leaves),
            place: at + 1,
            count: places.len(),
        })
    }

    /// The last page before one that is not asked now.
    fn before(&self, places: &[Place], key: &str) -> Option<usize> {
        let mut parts = key.rsplitn(3, '/');
        let row = parts.next()?;
        let page: u32 = parts.next()?.parse().ok()?;
        let form = parts.next()?;
        let row = FormRow::read(row);
        let is_before =
            |place: &Place| self.form(place.asked).id == form && place.row == row && place.page.0 <= page;
        places.iter().rposition(is_before)
    }

    /// All that is asked, and what is to be looked at.
    #[must_use]
    pub fn interview(&self) -> Interview {
        let places = self.places();
        let heads: Vec<(PageHead, bool)> = places
            .iter()
            .filter_map(|place| {
                let plan = self.plan_of(place)?;
                Some((self.head(place, plan), self.wants(place, plan)))
            })
            .collect();
        let wanting = heads.iter().find(|(head, wants)| *wants && head.state == PageState::Empty);
        let empty = || heads.iter().find(|(head, _)| head.state == PageState::Empty);
        let resume = wanting.or_else(empty).or_else(|| heads.first()).map(|(head, _)| head.key.clone());
        Interview {
            resume: resume.unwrap_or_default(),
            writers: self.writers(),
            problems: self.problems(&places),
            conflicts: self.disputed(&places),
            outline: heads.into_iter().map(|(head, _)| head).collect(),
        }
    }

    fn head(&self, place: &Place, plan: &PagePlan) -> PageHead {
        let asked = self.asked(place.asked);
        let form = self.form(place.asked);
        let language = crate::forms::language(form, self.around.tongue);
        let label = |id: FieldId, row: Option<FormRow>| {
            let label = asked.session.label(row, id).or_else(|_| asked.session.label(None, id));
            label.unwrap_or_else(|_| plain(&form.field(id).label, language))
        };
        let section = plan.section.filter(|id| form.field(*id).kind.is_container());
        let section = section.map_or_else(|| plain(&form.title, language), |id| label(id, None));
        let title = match (&plan.content, plan.titled) {
            (_, Some(group)) if !label(group, place.row).is_empty() => label(group, place.row),
            (Content::Rows(repeat), _) => label(*repeat, place.row),
            (Content::Questions(fields), _) => {
                let questions = fields.iter().filter(|id| form.field(**id).kind != Kind::Note);
                let first = questions.chain(fields).find(|id| is_relevant(&asked.session, place.row, **id));
                first.map_or_else(String::new, |id| label(*id, place.row))
            }
        };
        PageHead {
            key: self.key(place),
            form: form.id.clone(),
            section,
            title,
            kind: if matches!(plan.content, Content::Rows(_)) { "rows" } else { "questions" },
            row: place.row.map(|row| row.to_string()),
            state: self.state(place.asked, place.row, plan),
        }
    }

    /// Whether the form wants an answer on a page that is not there.
    fn wants(&self, place: &Place, plan: &PagePlan) -> bool {
        let session = &self.asked(place.asked).session;
        let Content::Questions(fields) = &plan.content else { return false };
        let lacks =
            |id: &FieldId| session.problem(place.row, *id).is_ok_and(|it| it == Some(Problem::Required));
        fields.iter().any(|id| is_relevant(session, place.row, *id) && lacks(id))
    }

    fn state(&self, at: usize, row: Option<FormRow>, plan: &PagePlan) -> PageState {
        let session = &self.asked(at).session;
        match &plan.content {
            Content::Questions(fields) => self.state_of(at, row, fields),
            Content::Rows(repeat) => {
                let rows = session.row_ids(row, *repeat).unwrap_or_default();
                let worst = rows.iter().map(|row| self.row_state(at, *repeat, *row)).max();
                match worst {
                    None => PageState::Empty,
                    Some(worst) => worst.max(PageState::Answered),
                }
            }
        }
    }

    fn row_state(&self, at: usize, repeat: FieldId, row: FormRow) -> PageState {
        let asked = self.asked(at);
        let pages = self.forms.0[asked.form].outline.pages(Some(repeat));
        let pages = pages.iter().filter(|page| is_asked(&asked.session, page, Some(row)));
        let mut states: Vec<(PageState, bool)> = Vec::new();
        for page in pages {
            let place = Place { asked: at, page: page.id, row: Some(row), above: None };
            states.push((self.state(at, Some(row), page), self.wants(&place, page)));
        }
        let worst = states.iter().map(|(state, _)| *state).max().unwrap_or(PageState::Empty);
        let lacks = states.iter().any(|(state, wants)| *wants && *state == PageState::Empty);
        if worst == PageState::Answered && lacks { PageState::Empty } else { worst }
    }

    fn state_of(&self, at: usize, row: Option<FormRow>, fields: &[FieldId]) -> PageState {
        let session = &self.asked(at).session;
        let form = self.form(at);
        let (mut any, mut answered, mut lacks, mut problem) = (false, false, false, false);
        for id in fields.iter().filter(|id| is_relevant(session, row, **id)) {
            if !self.open.conflicts_of(row, form, *id).is_empty() {
                return PageState::Conflict;
            }
            let Ok(state) = session.state(row, *id) else { continue };
            if form.field(*id).kind == Kind::Note || state.read_only {
                continue;
            }
            any = true;
            answered |= !state.value.is_empty();
            lacks |= state.problem == Some(Problem::Required);
            problem |= state.problem.is_some_and(|problem| problem != Problem::Required);
        }
        match () {
            () if problem => PageState::Problem,
            () if !any || (answered && !lacks) => PageState::Answered,
            () => PageState::Empty,
        }
    }

    fn rows(&self, place: &Place, plan: &PagePlan, places: &[Place]) -> Option<Rows> {
        let Content::Rows(repeat) = plan.content else { return None };
        let session = &self.asked(place.asked).session;
        let heads = session.row_ids(place.row, repeat).unwrap_or_default().into_iter().zip(1_usize..);
        let heads = heads.map(|(row, number)| {
            let first = places.iter().find(|at| at.asked == place.asked && at.row == Some(row));
            RowHead {
                row: row.to_string(),
                title: self.row_title(place, repeat, row, number),
                state: self.row_state(place.asked, repeat, row),
                first: first.map(|place| self.key(place)).unwrap_or_default(),
            }
        });
        Some(Rows {
            field: self.open.number(place.asked, repeat),
            parent: place.row.map(|row| row.to_string()),
            heads: heads.collect(),
            free: session.is_free(repeat),
        })
    }

    /// A row is called by its first answers: by one where that is a text, else by two.
    fn row_title(&self, place: &Place, repeat: FieldId, row: FormRow, number: usize) -> String {
        let (session, form) = (&self.asked(place.asked).session, self.form(place.asked));
        let mut said: Vec<String> = Vec::new();
        for (id, field) in form.ids().filter(|(id, _)| form.scope_of(*id) == Some(repeat)) {
            let is_file =
                matches!(field.kind, Kind::Image | Kind::Audio | Kind::Video | Kind::File | Kind::Signature);
            let is_question = field.kind.is_stored() && field.calculation.is_none() && !is_file;
            if !is_question || !is_relevant(session, Some(row), id) {
                continue;
            }
            let shown = self.shown(session, Some(row), id, field);
            if shown.is_empty() {
                continue;
            }
            said.push(shown);
            if said.len() == 2 || matches!(field.kind, Kind::Text) {
                break;
            }
        }
        if said.is_empty() {
            let label = session.label(place.row, repeat).unwrap_or_default();
            return format!("{label} {number}");
        }
        said.join(" · ")
    }

    fn shown(&self, session: &Session, row: Option<FormRow>, id: FieldId, field: &Field) -> String {
        let value = session.state(row, id).map(|state| state.value).unwrap_or_default();
        let choices = session.choices(row, id).unwrap_or_default();
        self.told(field, &choices, &value)
    }

    fn told(&self, field: &Field, choices: &[OpenChoice], value: &Scalar) -> String {
        match (&field.kind, value, self.around.tongue) {
            (Kind::Date, Scalar::Str(date), Tongue::English) => {
                english_date(date).unwrap_or_else(|| date.clone())
            }
            _ => typed::shown(field, choices, value),
        }
    }

    fn node(&self, at: usize, row: Option<FormRow>, id: FieldId) -> Node {
        let session = &self.asked(at).session;
        let form = self.form(at);
        let field = form.field(id);
        let state = session.state(row, id).ok();
        let choices = session.choices(row, id).unwrap_or_default();
        let value = state.as_ref().map(|state| state.value.clone()).unwrap_or_default();
        let problem = state.as_ref().and_then(|state| state.problem.clone());
        let problem = problem.filter(|problem| *problem != Problem::Required);
        Node {
            field: self.open.number(at, id),
            row: row.map(|row| row.to_string()),
            key: field.key().to_owned(),
            kind: kind(&field.kind),
            label: or_name(session.label(row, id).unwrap_or_default(), field),
            hint: session.hint(row, id).unwrap_or_default(),
            guidance: session.text(row, id, &field.guidance).unwrap_or_default(),
            required: state.as_ref().is_some_and(|state| state.required),
            read_only: state.as_ref().is_none_or(|state| state.read_only),
            shown: self.told(field, &choices, &value),
            problem: problem.map(|problem| self.problem(session, row, id, &problem)),
            format: field.extra.get("format").cloned(),
            appearance: field.appearance.clone(),
            range: match &field.kind {
                Kind::Range(range) => Some(Range { start: range.start, end: range.end, step: range.step }),
                _ => None,
            },
            written: self.written(row, field, form),
            conflict: self.sides(session, row, id, form, &choices),
            value,
            choices: choices
                .into_iter()
                .map(|choice| Choice { name: choice.name, label: choice.label })
                .collect(),
        }
    }

    fn problem(&self, session: &Session, row: Option<FormRow>, id: FieldId, problem: &Problem) -> Told {
        let said = session.message(row, id, problem).unwrap_or_default();
        let text = if said.is_empty() { problem.told(self.around.tongue) } else { said };
        Told { text, hard: !matches!(problem, Problem::SoftConstraint) }
    }

    fn person(&self, device: DeviceId) -> String {
        match self.people.get(&device) {
            _ if device == self.around.device => self.around.person.clone(),
            Some(person) => person.clone(),
            None => device.to_string(),
        }
    }

    fn by(&self, device: DeviceId, at: i64) -> Written {
        Written { person: self.person(device), mine: device == self.around.device, at }
    }

    /// Who wrote the answer, the last of several.
    fn written(&self, row: Option<FormRow>, field: &Field, form: &Form) -> Option<Written> {
        let row = row.map(row_id);
        let mut last: Option<(i64, DeviceId)> = None;
        for key in keys(field, form) {
            let put = match self.open.draft.get(row, &key) {
                Some(put) => Some((put.time_ms, self.around.device)),
                None => self.open.view.live(row, &key).last().map(|live| (live.time_ms, live.device)),
            };
            last = last.max(put);
        }
        last.map(|(at, device)| self.by(device, at))
    }

    /// Both sides of a conflict, the one that is shown first.
    fn sides(
        &self,
        session: &Session,
        row: Option<FormRow>,
        id: FieldId,
        form: &Form,
        choices: &[OpenChoice],
    ) -> Option<Vec<Side>> {
        let disputed = self.open.conflicts_of(row, form, id);
        if disputed.is_empty() {
            return None;
        }
        let field = form.field(id);
        let live = |key: &String| self.open.view.live(row.map(row_id), key);
        let sides: Vec<(Scalar, Live)> = if let Kind::SelectMultiple(_) = field.kind {
            // Each who put something into a disputed choice has ticked the others as they are now.
            let kept = session.stored(row, id).unwrap_or_default();
            let all: Vec<(String, Vec<Live>)> = disputed.iter().map(|key| (key.clone(), live(key))).collect();
            let mut devices: Map<DeviceId, Live> = Map::new();
            for put in all.iter().flat_map(|(_, live)| live) {
                devices.insert(put.device, put.clone());
            }
            let value = |device: DeviceId| {
                let mut ticked: Set<&str> = names(&kept).into_iter().collect();
                for (key, live) in &all {
                    let Some((_, choice)) = key.split_once('/') else { continue };
                    match live.iter().rfind(|put| put.device == device).map(|put| &put.value) {
                        Some(sync_protocol::value::Scalar::Bool(true)) => _ = ticked.insert(choice),
                        Some(_) => _ = ticked.remove(choice),
                        None => {}
                    }
                }
                let order = |name: &&str| choices.iter().position(|choice| choice.name == **name);
                let mut ticked: Vec<&str> = ticked.into_iter().collect();
                light::sort_by_key(&mut ticked, order);
                if ticked.is_empty() { Scalar::Null } else { Scalar::Str(ticked.join(" ")) }
            };
            devices.into_iter().map(|(device, live)| (value(device), live)).collect()
        } else {
            let puts = disputed.iter().flat_map(live).rev();
            puts.map(|put| (form_scalar(&put.value), put)).collect()
        };
        let mut seen: Vec<Side> = Vec::new();
        for (value, live) in sides {
            if !seen.iter().any(|side| side.value == value) {
                let shown = self.told(field, choices, &value);
                seen.push(Side { written: self.by(live.device, live.time_ms), value, shown });
            }
        }
        Some(seen)
    }

    /// Who wrote how much, latest first.
    fn writers(&self) -> Vec<Writer> {
        let mut by_device: Map<DeviceId, (i64, u32)> = Map::new();
        let mut count = |device: DeviceId, at: i64| {
            let (last, answers) = by_device.entry(device).or_insert((i64::MIN, 0));
            *last = at.max(*last);
            *answers += 1;
        };
        let is_answer = |key: &str| !matches!(key, "group" | "parent" | "deleted");
        for (row, key, device, at) in self.open.view.written() {
            if is_answer(&key) && self.open.draft.get(row, &key).is_none() {
                count(device, at);
            }
        }
        for ((_, key), put) in self.open.draft.puts() {
            if is_answer(key) {
                count(self.around.device, put.time_ms);
            }
        }
        let mut writers: Vec<Writer> = by_device
            .into_iter()
            .map(|(device, (at, answers))| Writer { written: self.by(device, at), answers })
            .collect();
        light::sort_by_key(&mut writers, |writer| std::cmp::Reverse(writer.written.at));
        writers
    }

    fn place_of<'p>(
        &self,
        places: &'p [Place],
        at: usize,
        row: Option<FormRow>,
        field: FieldId,
    ) -> Option<&'p Place> {
        let outline = &self.forms.0[self.asked(at).form].outline;
        let page = outline.page_of(field)?.id;
        places.iter().find(|place| place.asked == at && place.page == page && place.row == row)
    }

    fn problems(&self, places: &[Place]) -> Vec<ProblemLine> {
        let mut lines = Vec::new();
        for (at, asked) in self.open.asked.iter().enumerate().filter(|(_, asked)| asked.is_begun) {
            for finding in asked.session.check_all() {
                let Some(place) = self.place_of(places, at, finding.row, finding.field) else { continue };
                let told = self.problem(&asked.session, finding.row, finding.field, &finding.problem);
                let label = asked.session.label(finding.row, finding.field).unwrap_or_default();
                lines.push(ProblemLine {
                    page: self.key(place),
                    label: or_name(label, self.form(at).field(finding.field)),
                    text: told.text,
                    hard: told.hard,
                });
            }
        }
        lines
    }

    fn disputed(&self, places: &[Place]) -> Vec<Disputed> {
        let mut disputed = Vec::new();
        for place in places {
            let Some(PagePlan { content: Content::Questions(fields), .. }) = self.plan_of(place) else {
                continue;
            };
            let form = self.form(place.asked);
            for id in fields {
                if !self.open.conflicts_of(place.row, form, *id).is_empty() {
                    let node = self.node(place.asked, place.row, *id);
                    disputed.push(Disputed { page: self.key(place), node });
                }
            }
        }
        disputed
    }
}

fn is_relevant(session: &Session, row: Option<FormRow>, id: FieldId) -> bool {
    session.state(row, id).is_ok_and(|state| state.relevant)
}

/// Whether a page is asked: one of its questions is, or what it shows is to be seen.
fn is_asked(session: &Session, page: &PagePlan, row: Option<FormRow>) -> bool {
    match &page.content {
        Content::Rows(repeat) => is_relevant(session, row, *repeat),
        Content::Questions(fields) => {
            let form = session.plan().form();
            let questions = || fields.iter().filter(|id| form.field(**id).kind != Kind::Note);
            let mut telling: Vec<FieldId> = questions().copied().collect();
            if telling.is_empty() {
                telling.clone_from(fields);
            }
            telling.iter().any(|id| is_relevant(session, row, *id))
        }
    }
}

/// The registers of a question.
fn keys(field: &Field, form: &Form) -> Vec<String> {
    match &field.kind {
        Kind::SelectMultiple(ChoiceSource::List(list)) => {
            let choices = form.lists.get(list).into_iter().flat_map(|list| &list.choices);
            choices.map(|choice| format!("{}/{}", field.key(), choice.name)).collect()
        }
        _ => vec![field.key().to_owned()],
    }
}

fn or_name(label: String, field: &Field) -> String {
    if label.is_empty() { field.name.clone() } else { label }
}

/// `2026-03-05` as `5 March 2026`.
fn english_date(iso: &str) -> Option<String> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = iso.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some(format!("{} {month} {year}", day.parse::<u8>().ok()?))
}

fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Group | Kind::Repeat | Kind::Note => "note",
        Kind::Text | Kind::Hidden | Kind::Metadata(_) => "text",
        Kind::Integer => "integer",
        Kind::Decimal => "decimal",
        Kind::Range(_) => "range",
        Kind::SelectOne(_) => "select_one",
        Kind::SelectMultiple(_) => "select_multiple",
        Kind::Rank(_) => "rank",
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::DateTime => "date_time",
        Kind::Geopoint => "geopoint",
        Kind::Geotrace => "geotrace",
        Kind::Geoshape => "geoshape",
        Kind::Barcode => "barcode",
        Kind::Image => "image",
        Kind::Audio => "audio",
        Kind::Video => "video",
        Kind::File => "file",
        Kind::Signature => "signature",
        Kind::Acknowledge => "acknowledge",
        Kind::Calculate => "calculate",
    }
}
