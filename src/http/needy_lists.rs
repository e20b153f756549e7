//! Needy lists: drafted from what was computed, decided by people, approved for good.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode};
use utoipa::{IntoParams, ToSchema};

use super::app::{App, AppState};
use super::area_path::{TambonPath, hex_id, query};
use super::assessments::Reason;
use super::auth::{LISTS, Office};
use super::body::{self, Body};
use super::credentials::random;
use super::export::{Export, File, Format, TableFile, stamp};
use super::listing::{Column, columns, known, listing, mark, moo, number, reasons, tier, word};
use super::planning_problem::{Kind, PlanningError, PlanningProblem};
use super::problem::{Problem, ProblemBody};
use super::reply::{Compression, Json, ok};
use super::views::time;
use crate::clock::Micros;
use crate::papers::Listing;
use crate::planning::allocation::By;
use crate::planning::annex::Cell;
use crate::planning::needy_list::{
    Act, Assessed, Basis, COLUMNS, Event, Line, NeedyList, Opening, Proposal, Refusal, Standing,
};
use crate::planning::told::{Language, Told};
use crate::projection::HouseholdRow;
use crate::store::needy_lists::{self, Entry, ListId, Version};
use crate::store::{Conn, StoreError, Tx, audit, read_model, scoring, tambons};

/// Assessments that are read at a time for a draft.
const AT_ONCE: usize = 2_000;
/// Decisions that one request may bring.
const ACTS_MAX: usize = 1_000;
/// Bytes of a request with decisions.
const DECISIONS_BYTES_MAX: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoQuery {}

/// How a list is to be drafted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    /// Which score decides within a tier: `need` unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    by: By,
}

/// The lists of a tambon.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NeedyLists {
    /// Code of the tambon.
    tambon: String,
    /// Every version of every list, the newest first.
    lists: Vec<NeedyListVersion>,
}

/// A version of a list, without its lines.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NeedyListVersion {
    /// Id of the list; its versions share it.
    list_id: String,
    /// From 1.
    pub(super) version: u32,
    /// `draft`, `field_check`, `forum`, `approved`, `handed_over` or `superseded`.
    state: String,
    /// Number of the last decision.
    revision: u64,
    /// Households that stand on it.
    standing: u32,
    /// Who drafted it.
    drafted_by: String,
    /// When.
    drafted_at: String,
    /// Hash of its content, once it was approved.
    pub(super) sha256: Option<String>,
}

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VersionQuery {
    /// The version; the last unless said.
    version: Option<u32>,
}

/// A version of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NeedyListView {
    /// Which, and how far it is.
    #[serde(flatten)]
    pub(super) version: NeedyListVersion,
    /// Which score decided within a tier.
    #[schema(value_type = String)]
    by: By,
    /// Version of the thresholds of scores.
    pub(super) parameters: String,
    /// Place in the tambon's log up to which answers are in it.
    pub(super) as_of_seq: u64,
    /// The version whose place it took.
    replaces: Option<u32>,
    /// Village forums that were held.
    forums: Vec<ForumView>,
    /// When it was approved, by whom, and until when a household may appeal.
    approval: Option<ApprovalView>,
    /// Households that have to be looked at before it can be approved.
    check_queue: usize,
    /// The lines that stand, first place first; then those that were taken out.
    pub(super) lines: Vec<LineView>,
}

/// A village forum.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ForumView {
    /// Code of the village; null for one of the whole tambon.
    village: Option<String>,
    /// When it was held.
    held_on: String,
    /// How many came.
    villagers: u32,
}

/// An approval.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApprovalView {
    /// Who.
    by: String,
    /// When.
    at: String,
    /// The last day for an appeal.
    appeals_until: String,
}

/// A household on a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LineView {
    /// The place that was decided, from 1; null for one that was taken out.
    pub(super) place: Option<u32>,
    /// The place that was computed; null for one that people brought in.
    computed_place: Option<u32>,
    /// Id of the household.
    pub(super) household_id: String,
    /// Code of its village.
    pub(super) village: String,
    /// House number.
    pub(super) house_no: Option<String>,
    /// Name of the head of the household.
    pub(super) head_name: Option<String>,
    /// 1 to 4; null for one that people brought in, as all that was computed.
    pub(super) tier: Option<u8>,
    /// Need score.
    pub(super) need: Option<u8>,
    /// The most that it can be.
    need_max: Option<u8>,
    /// Housing score.
    pub(super) housing: Option<u8>,
    /// Known flags of those that apply, in hundredths.
    completeness: Option<u8>,
    /// Income per person and year, baht.
    income_per_person: Option<i64>,
    /// Official lists do not see it.
    missed: bool,
    /// Why it is on the list.
    pub(super) reasons: Vec<Reason>,
    /// `computed`, `confirmed`, `moved`, `restored`, `added` or `removed`.
    standing: &'static str,
    /// The written reason of the last decision that had one.
    reason: String,
    /// Whether it is in the check queue.
    to_check: bool,
    /// What a field check found: `in_need`, `not_in_need`, `not_reached`.
    finding: Option<&'static str>,
    /// Its note.
    note: Option<String>,
}

/// Decisions on a list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decisions {
    /// The version that was looked at.
    version: u32,
    /// The revision that was looked at: if somebody decided something since, nothing is done.
    on_revision: u64,
    /// What is decided, in order: all of it or nothing. Each has `act` and what belongs to it:
    /// `start_field_check`; `check` (household, finding, note); `open_forum`; `hold_forum` (village, held_on,
    /// villagers); `confirm` (household); `move` (household, place, reason); `remove`, `restore` (household,
    /// reason); `add` (household, village, place, reason); `approve`; `hand_over` (to; recipient:
    /// `welfare_fund`, `tambon_council`, `lao`, `msdhs` or `codi`); `appeal` (household,
    /// village, accepted, reason).
    #[schema(value_type = Vec<Object>)]
    decisions: Vec<Act>,
}

/// What became of decisions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Decided {
    /// The list as it is now; the next version, if an appeal opened one.
    #[serde(flatten)]
    version: NeedyListVersion,
}

/// What happened to a version, in order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventList {
    /// The events.
    events: Vec<EventView>,
}

/// Something that happened to a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct EventView {
    /// From 1.
    number: u64,
    /// Who.
    by: String,
    /// When.
    at: String,
    /// What, with what belongs to it.
    #[schema(value_type = Object)]
    act: Act,
    /// What happened, in Thai.
    th: String,
    /// The same in English.
    en: String,
}

impl NeedyListVersion {
    fn of(version: &Version) -> Self {
        Self {
            list_id: HEXLOWER.encode(&version.list),
            version: version.number,
            state: version.state.clone(),
            revision: version.revision,
            standing: version.standing,
            drafted_by: version.drafted_by.clone(),
            drafted_at: time(version.drafted_at),
            sha256: version.sha256.clone(),
        }
    }
}

impl EventView {
    fn of(event: &Event) -> Self {
        let told = event.told();
        Self {
            number: event.number,
            by: event.by.clone(),
            at: time(event.at),
            act: event.act.clone(),
            th: told.th,
            en: told.en,
        }
    }
}

pub(super) fn unknown_list() -> PlanningProblem {
    PlanningProblem::new(
        Kind::UnknownList,
        "this tambon has no such list or version; GET …/needy-lists lists those that there are",
        "ตำบลนี้ไม่มีบัญชีหรือฉบับนี้ กรุณาเลือกจากรายการบัญชี",
    )
}

fn refused(refusal: &Refusal) -> PlanningProblem {
    let told = refusal.told();
    match refusal {
        Refusal::Stale { now, since, .. } => {
            let since: Vec<EventView> = since.iter().map(EventView::of).collect();
            PlanningProblem::new(Kind::StaleDecision, told.en, told.th)
                .with(json!({ "revision": now, "since": since }))
        }
        _ => PlanningProblem::new(Kind::DecisionRefused, told.en, told.th),
    }
}

/// The list that an address names.
pub(super) fn list_id(request: &HttpRequest) -> Result<ListId, Problem> {
    list_id_of(request.match_info().query("list"))
}

/// The list of this id.
///
/// # Errors
/// `unknown-list`.
pub(super) fn list_id_of(text: &str) -> Result<ListId, Problem> {
    hex_id(text).ok_or_else(|| unknown_list().into())
}

/// The lists of a tambon, every version of them.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/needy-lists",
    tag = "lists",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    responses(
        (status = 200, body = NeedyLists),
        (status = "4XX", description = "missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<NeedyLists>, Problem> {
    let NoQuery {} = query(&request)?;
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let versions = app.read(move |conn: &mut Conn| needy_lists::all(conn, tambon)).await?;
    Ok(ok(NeedyLists {
        tambon: tambon.to_string(),
        lists: versions.iter().map(NeedyListVersion::of).collect(),
    }))
}

/// Drafts a list from the households as they are now, in the order of need.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/needy-lists",
    tag = "lists",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = Draft,
    responses(
        (status = 201, body = NeedyListVersion),
        (status = "4XX", description = "malformed-json, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn draft(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<NeedyListVersion>, Problem> {
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let Draft { by } = body::json(&request, payload).await?;
    let now = app.clock.now();
    let id: ListId = random().map_err(|error| Problem::Internal(error.to_string()))?;
    let line = office.line(now, "needy-list.draft", &tambon, &json!({ "list": HEXLOWER.encode(&id) }))?;
    let drafted_by = office.actor();
    app.block(move |app| {
        let opening = app.database.read(|conn| opening(conn, tambon, by))?;
        let opening = opening.ok_or_else(|| Problem::TambonNotServed(tambon.to_string()))?;
        let version = versioned(id, &NeedyList::new(opening.clone()), drafted_by, now);
        let (text, kept) = (opening.to_json(), version.clone());
        app.database.write(move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
            needy_lists::insert(tx, tambon, &kept, &text)?;
            audit::append(tx, tambon, &line)
        })?;
        Ok(Json(StatusCode::CREATED, NeedyListVersion::of(&version)))
    })
    .await
}

/// What is kept of a list beside its opening and events.
fn versioned(id: ListId, list: &NeedyList, drafted_by: String, drafted_at: Micros) -> Version {
    Version {
        list: id,
        number: list.opening().version,
        drafted_by,
        drafted_at,
        state: list.state().name().to_owned(),
        revision: list.revision(),
        standing: u32::try_from(list.standing().len()).unwrap_or(u32::MAX),
        sha256: list.approval().map(|_| list.seal().sha256),
    }
}

/// The opening of a list of the households as they are now; `None` where the hub does not serve the tambon.
fn opening(conn: &mut Conn, tambon: TambonCode, by: By) -> Result<Option<Opening>, StoreError> {
    let Some(served) = tambons::find(conn, tambon)? else { return Ok(None) };
    let parameters = scoring::find(conn, served.scoring)?.version;
    let basis = Basis { as_of: served.cursor(), parameters, by };
    let mut households = Vec::new();
    let mut after = None;
    loop {
        let page = read_model::in_order(conn, tambon, by, after, AT_ONCE)?;
        let is_last = page.len() < AT_ONCE;
        after = page.last().map(|last| (last.assessment.rank_by(by), last.household));
        households.extend(page.into_iter().map(|read| Assessed {
            household: read.household,
            village: read.village,
            assessment: read.assessment,
        }));
        if is_last {
            return Ok(Some(Opening::draft(tambon, basis, households)));
        }
    }
}

/// A list as its events left it.
///
/// # Errors
/// The database's own.
pub(super) fn replayed(
    conn: &mut Conn,
    tambon: TambonCode,
    id: ListId,
    number: Option<u32>,
) -> Result<Option<(Version, NeedyList)>, StoreError> {
    let corrupt = |what: String| StoreError::Corrupt(format!("needy list {}: {what}", HEXLOWER.encode(&id)));
    let Some((version, opening)) = needy_lists::find(conn, tambon, id, number)? else { return Ok(None) };
    let opening = Opening::from_json(&opening).map_err(|error| corrupt(error.to_string()))?;
    let entries = needy_lists::entries(conn, tambon, id, version.number)?;
    let event = |entry: Entry| {
        let act = serde_json::from_str(&entry.act).map_err(|error| corrupt(error.to_string()))?;
        Ok(Event { number: entry.number, by: entry.by, at: entry.at, act })
    };
    let events: Vec<Event> = entries.into_iter().map(event).collect::<Result<_, StoreError>>()?;
    let list = NeedyList::replay(opening, &events).map_err(|refusal| corrupt(refusal.to_string()))?;
    Ok(Some((version, list)))
}

/// A version of a list, with names and reasons.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/needy-lists/{list}",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("list" = String, Path, description = "Id of the list"),
        VersionQuery,
    ),
    responses(
        (status = 200, body = NeedyListView),
        (status = "4XX", description = "malformed-query, unknown-list, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn show(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<NeedyListView>, Problem> {
    let VersionQuery { version } = query(&request)?;
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let id = list_id(&request)?;
    app.block(move |app| {
        let read = |conn: &mut Conn| -> Result<_, StoreError> {
            let Some((version, list)) = replayed(conn, tambon, id, version)? else { return Ok(None) };
            Ok(Some(view(conn, tambon, &version, &list)?))
        };
        let count = |view: &Option<NeedyListView>| view.as_ref().map_or(0, |view| view.lines.len());
        let view = office.read_personal(app, tambon, "needy-list.read", count, read)?;
        Ok(ok(view.ok_or_else(unknown_list)?))
    })
    .await
}

pub(super) fn view(
    conn: &mut Conn,
    tambon: TambonCode,
    version: &Version,
    list: &NeedyList,
) -> Result<NeedyListView, StoreError> {
    let lines: Vec<(Option<u32>, &Line)> = (1..)
        .zip(list.standing())
        .map(|(place, line)| (Some(place), line))
        .chain(list.removed().map(|line| (None, line)))
        .collect();
    let mut rows: BTreeMap<HouseholdId, HouseholdRow> = BTreeMap::new();
    let ids: Vec<HouseholdId> = lines.iter().map(|(_, line)| line.household).collect();
    for ids in ids.chunks(AT_ONCE) {
        let page = read_model::households_by_id(conn, tambon, ids)?;
        rows.extend(page.into_iter().map(|(_, row)| (row.household, row)));
    }
    let opening = list.opening();
    Ok(NeedyListView {
        version: NeedyListVersion::of(version),
        by: opening.basis.by,
        parameters: opening.basis.parameters.clone(),
        as_of_seq: opening.basis.as_of.seq,
        replaces: opening.replaces.as_ref().map(|(version, _)| *version),
        forums: list
            .forums()
            .iter()
            .map(|(village, forum)| ForumView {
                village: village.map(|village| village.to_string()),
                held_on: forum.held_on.to_string(),
                villagers: forum.villagers,
            })
            .collect(),
        approval: list.approval().map(|approval| ApprovalView {
            by: approval.by.clone(),
            at: time(approval.at),
            appeals_until: approval.appeals_until.to_string(),
        }),
        check_queue: list.check_queue().count(),
        lines: lines
            .into_iter()
            .map(|(place, line)| line_view(place, line, rows.get(&line.household)))
            .collect(),
    })
}

fn line_view(place: Option<u32>, line: &Line, row: Option<&HouseholdRow>) -> LineView {
    let computed = line.computed.as_ref();
    LineView {
        place,
        computed_place: computed.map(|it| it.place),
        household_id: line.household.to_string(),
        village: line.village.to_string(),
        house_no: row.and_then(|row| row.house_no.clone()),
        head_name: row.and_then(|row| row.head_name.clone()),
        tier: computed.map(|it| it.tier as u8),
        need: computed.map(|it| it.need),
        need_max: computed.map(|it| it.need_max),
        housing: computed.map(|it| it.housing),
        completeness: computed.map(|it| it.completeness),
        income_per_person: computed.and_then(|it| it.income_per_person),
        missed: computed.is_some_and(|it| it.missed),
        reasons: computed.map_or_else(Vec::new, |it| it.deprived.iter().copied().map(Reason::of).collect()),
        standing: line.standing.name(),
        reason: line.reason.clone(),
        to_check: line.is_open(),
        finding: line.checked.as_ref().map(|(finding, _)| finding.name()),
        note: line.checked.as_ref().map(|(_, note)| note.clone()),
    }
}

/// Decides on a list: all that is sent, or nothing.
///
/// Each decision is kept with who made it and when. If somebody decided something since the revision that was
/// looked at, nothing is done and the problem tells what. An accepted appeal opens the next version.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/needy-lists/{list}/decisions",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("list" = String, Path, description = "Id of the list"),
    ),
    request_body = Decisions,
    responses(
        (status = 200, body = Decided),
        (status = "4XX", description = "malformed-json, unknown-list, stale-decision, decision-refused, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn decide(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<Decided>, Problem> {
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let id = list_id(&request)?;
    let body = Body::read(&request, payload, "application/json", DECISIONS_BYTES_MAX).await?;
    let decisions: Decisions = body.json()?;
    if !(1..=ACTS_MAX).contains(&decisions.decisions.len()) {
        return Err(Problem::MalformedJson(format!("decisions holds 1 to {ACTS_MAX} at a time")));
    }
    let (by, now) = (office.actor(), app.clock.now());
    let details = json!({ "list": HEXLOWER.encode(&id), "decisions": decisions.decisions.len() });
    let line = office.line(now, "needy-list.decide", &tambon, &details)?;
    app.block(move |app| {
        let version = app.database.write(move |tx: &mut Tx<'_>| -> Result<Version, PlanningError> {
            let version = apply(tx, tambon, id, &decisions, &by, now)?;
            audit::append(tx, tambon, &line)?;
            Ok(version)
        })?;
        Ok(ok(Decided { version: NeedyListVersion::of(&version) }))
    })
    .await
}

fn apply(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    id: ListId,
    decisions: &Decisions,
    by: &str,
    now: Micros,
) -> Result<Version, PlanningError> {
    // The tambon's row orders those who decide at once.
    tambons::lock(tx, tambon)?;
    let found = replayed(tx, tambon, id, Some(decisions.version))?;
    let (kept, mut list) = found.ok_or_else(unknown_list)?;
    let mut on_revision = decisions.on_revision;
    for act in &decisions.decisions {
        if matches!(act, Act::HandOver { recipient: None, .. }) {
            return Err(refused(&Refusal::NoRecipient).into());
        }
        let proposal = Proposal { by: by.to_owned(), at: now, on_revision, act: act.clone() };
        let event = list.judge(proposal).map_err(|refusal| refused(&refusal))?;
        let act = serde_json::to_string(&event.act)
            .map_err(|error| StoreError::Corrupt(format!("a decision is not JSON: {error}")))?;
        let entry = Entry { number: event.number, by: event.by.clone(), at: event.at, act };
        needy_lists::append(tx, tambon, id, kept.number, &entry)?;
        list.apply(event);
        on_revision = list.revision();
    }
    let version = versioned(id, &list, kept.drafted_by, kept.drafted_at);
    needy_lists::note(tx, tambon, &version)?;
    let Some(opening) = list.reopened() else { return Ok(version) };
    let next = versioned(id, &NeedyList::new(opening.clone()), by.to_owned(), now);
    needy_lists::insert(tx, tambon, &next, &opening.to_json())?;
    Ok(next)
}

/// What happened to a version of a list: who decided what, when and why.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/needy-lists/{list}/events",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("list" = String, Path, description = "Id of the list"),
        VersionQuery,
    ),
    responses(
        (status = 200, body = EventList),
        (status = "4XX", description = "malformed-query, unknown-list, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn events(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<EventList>, Problem> {
    let VersionQuery { version } = query(&request)?;
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let id = list_id(&request)?;
    let found = app.read(move |conn: &mut Conn| replayed(conn, tambon, id, version)).await?;
    let (_, list) = found.ok_or_else(unknown_list)?;
    Ok(ok(EventList { events: list.events().iter().map(EventView::of).collect() }))
}

/// A version of a list as it is sealed: CSV, from whose rows anyone can compute its hash.
///
/// `tail -n +2 list.csv | tr -d '\r' | LC_ALL=C sort | sha256sum` gives the `sha256` of an approved list. It
/// names no person.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/needy-lists/{list}/sealed.csv",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("list" = String, Path, description = "Id of the list"),
        FileQuery,
    ),
    responses(
        (status = 200, description = "UTF-8 with BOM", body = String, content_type = "text/csv"),
        (status = "4XX", description = "malformed-query, no-purpose, unknown-list, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn sealed(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<File, Problem> {
    let FileQuery { version, purpose, lang: _ } = query(&request)?;
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let id = list_id(&request)?;
    let export = Export::new(&office, Format::Csv, purpose.as_deref())?;
    let compression = Compression::of(&request);
    app.block(move |app| {
        let found = app.database.read(|conn| replayed(conn, tambon, id, version))?;
        let (version, list) = found.ok_or_else(unknown_list)?;
        let about = json!({ "list": HEXLOWER.encode(&id), "version": version.number, "sealed": true });
        export.note(app, &office, tambon, "needy-list.export", about)?;
        let mut text = format!("\u{feff}{}\r\n", COLUMNS.join(","));
        for row in list.seal().rows {
            text.push_str(&row);
            text.push_str("\r\n");
        }
        export.file(&format!("needy-list-{tambon}-{}-sealed", version.number), text.into_bytes(), compression)
    })
    .await
}

/// Which version a file holds.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FileQuery {
    /// The version; the last unless said.
    version: Option<u32>,
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    purpose: Option<String>,
    /// Language of a file: `th` unless said.
    lang: Option<Language>,
}

/// A version of a list with names and reasons, as a file: `csv` or `xlsx`.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/needy-lists/{list}/list.{format}",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("list" = String, Path, description = "Id of the list"),
        ("format" = String, Path, description = "csv or xlsx"),
        FileQuery,
    ),
    responses(
        TableFile,
        (status = "4XX", description = "malformed-query, no-purpose, not-found, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area, unknown-list", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn file(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<File, Problem> {
    let format = Format::of_address(&request, Format::OF_TABLES)?;
    let FileQuery { version, purpose, lang } = query(&request)?;
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let id = list_id(&request)?;
    let export = Export::new(&office, format, purpose.as_deref())?;
    let compression = Compression::of(&request);
    app.block(move |app| {
        let read = |conn: &mut Conn| -> Result<_, StoreError> {
            let Some((version, list)) = replayed(conn, tambon, id, version)? else { return Ok(None) };
            Ok(Some(view(conn, tambon, &version, &list)?))
        };
        let view = app.database.read(read)?.ok_or_else(unknown_list)?;
        let NeedyListVersion { list_id, version, .. } = &view.version;
        let about = json!({ "list": list_id, "version": version, "count": view.lines.len() });
        export.note(app, &office, tambon, "needy-list.export", about)?;
        let name = format!("needy-list-{tambon}-{version}");
        export.table(&name, &in_columns(app, tambon, &view), lang, compression)
    })
    .await
}

/// A row for each household that stands or was taken out, its place first.
fn in_columns(app: &AppState, tambon: TambonCode, view: &NeedyListView) -> Listing {
    const COLUMNS: &[Column<LineView>] = columns! {
        "หมู่บ้าน", "Village" => |it| moo(&it.village);
        "บ้านเลขที่", "House" => |it| known(it.house_no.clone());
        "หัวหน้าครัวเรือน", "Head of the household" => |it| known(it.head_name.clone());
        "ระดับ", "Tier" => |it| tier(it.tier);
        "เหตุผล", "Reasons" => |it| reasons(&it.reasons);
        "คะแนนความต้องการ", "Need score" => |it| number(it.need);
        "คะแนนบ้าน", "Housing score" => |it| number(it.housing);
        "รายได้ต่อคนต่อปี (บาท)", "Income per person and year (baht)" => |it| number(it.income_per_person);
        "ตกหล่น", "Missed by official lists" => |it| mark(it.missed);
        "ลำดับที่คำนวณ", "Computed place" => |it| number(it.computed_place);
        "มติ", "Decided" => |it| Cell::Text(Standing::told(it.standing));
        "เหตุผลของมติ", "Why" => |it| word(&*it.reason);
        "ต้องตรวจเพิ่ม", "To be checked" => |it| mark(it.to_check);
        "ผลการตรวจ", "Note of the check" => |it| known(it.note.clone());
        "รหัสครัวเรือน", "Household id" => |it| word(&*it.household_id);
    };
    let NeedyListVersion { version, sha256, .. } = &view.version;
    let title = Told::new(format!("บัญชีผู้เดือดร้อน ฉบับที่ {version}"), format!("Needy list, version {version}"));
    let mut stamp = stamp::of_tambon(app, tambon, view.as_of_seq, &view.parameters);
    if let Some(hash) = sha256 {
        stamp.push((Told::new("SHA-256", "SHA-256"), Told::new(&**hash, &**hash)));
    }
    let first = |it: &LineView| {
        let place = it.place.map_or_else(|| "–".to_owned(), |place| place.to_string());
        Told::new(place.clone(), place)
    };
    listing("needy-list", title, stamp, (Told::new("ลำดับ", "Place"), first), COLUMNS, &view.lines)
}
