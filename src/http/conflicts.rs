//! Answers on which people disagree, for a coordinator to settle or to have settled.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpRequest;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sync_protocol::ids::{HouseholdId, RowId, TambonCode, VillageCode};
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::{TambonPath, cut, id, page_limit, place, query};
use super::auth::{CARE, Office};
use super::body;
use super::problem::{Problem, ProblemBody, shortened};
use super::reply::{Json, ok};
use super::views::time;
use crate::clock::Micros;
use crate::projection::form::{Choice, Field};
use crate::projection::{Form, HouseholdRow};
use crate::store::conflicts::{self, Candidate, Conflict, Settlement};
use crate::store::{Conn, StoreError, devices, read_model};
use crate::sync::{self, Settling};

/// Which conflicts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ConflictsQuery {
    /// Whether only those that nobody has settled: `true` unless said.
    open: Option<bool>,
    /// What an earlier page gave as `next`.
    after: Option<String>,
    /// Conflicts on a page, 1 to 1000; 100 unless said.
    limit: Option<usize>,
}

/// A page of conflicts, in the order in which they arose.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConflictsPage {
    /// Code of the tambon.
    tambon: String,
    /// The conflicts.
    conflicts: Vec<ConflictView>,
    /// What to ask for as `after`; null on the last page.
    next: Option<String>,
}

/// An answer on which people disagree, or did.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConflictView {
    /// Id of the household.
    household_id: String,
    /// Id of its row, if the question is about a row.
    row_id: Option<String>,
    /// Code of its village; null once it is part of another.
    village: Option<String>,
    /// Its house number.
    house_no: Option<String>,
    /// Name of its head.
    head_name: Option<String>,
    /// Name of the question, or `question/choice`.
    question: String,
    /// The question in Thai.
    label_th: Option<String>,
    /// The question in English.
    label_en: Option<String>,
    /// When it arose.
    arisen_at: String,
    /// Every value that took part; the last one is shown until it is settled.
    values: Vec<ConflictValue>,
    /// How it was settled; null while it is open.
    settled: Option<Settled>,
}

/// One of the values, and where it comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConflictValue {
    /// The value.
    #[schema(value_type = Value)]
    value: Value,
    /// What the value is called in Thai, if it is a choice.
    label_th: Option<String>,
    /// What the value is called in English, if it is a choice.
    label_en: Option<String>,
    /// Id of the device that wrote it.
    device_id: String,
    /// Who carries that device.
    person: Option<String>,
    /// When, by that device's clock.
    written_at: String,
    /// When the hub took it.
    received_at: String,
}

/// How a conflict was settled.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Settled {
    /// When the hub took the change that settled it.
    at: String,
    /// Id of the device that wrote that; null if the household was folded instead.
    device_id: Option<String>,
    /// Who carries that device.
    person: Option<String>,
    /// The value that stands.
    #[schema(value_type = Option<Value>)]
    value: Option<Value>,
}

/// Answers on which people disagree: every value, who wrote it and when.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/conflicts",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), ConflictsQuery),
    responses(
        (status = 200, body = ConflictsPage),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<ConflictsPage>, Problem> {
    let wanted: ConflictsQuery = query(&request)?;
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let limit = page_limit(wanted.limit)?;
    let open = wanted.open.unwrap_or(true);
    let after = place(wanted.after.as_deref(), |text| {
        let (seq, position) = text.split_once('.')?;
        Some((seq.parse().ok()?, position.parse().ok()?))
    })?;
    app.block(move |app| {
        let (found, people, dwellings) = office.read_personal(
            app,
            tambon,
            "conflicts.read",
            |(found, ..): &(Vec<Conflict>, _, _)| found.len().min(limit),
            |conn| -> Result<_, StoreError> {
                let found = conflicts::page(conn, tambon, open, after, limit + 1)?;
                let ids: BTreeSet<HouseholdId> = found.iter().map(|conflict| conflict.household).collect();
                let ids: Vec<HouseholdId> = ids.into_iter().collect();
                let dwellings = read_model::households_by_id(conn, tambon, &ids)?;
                Ok((found, people(conn, tambon)?, dwellings))
            },
        )?;
        let (found, more) = cut(found, limit);
        let next = found.last().filter(|_| more).map(|last| format!("{}.{}", last.arisen_seq, last.position));
        let conflicts =
            found.into_iter().map(|conflict| view(conflict, app.form, &people, &dwellings)).collect();
        Ok(ok(ConflictsPage { tambon: tambon.to_string(), conflicts, next }))
    })
    .await
}

/// How a conflict is to be settled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settle {
    /// Id of the household.
    household_id: String,
    /// Id of its row, if the question is about a row.
    row_id: Option<String>,
    /// Name of the question.
    question: String,
    /// The value that is to stand: one of those in conflict, or another that the question takes; null for none.
    #[schema(value_type = Value)]
    value: Value,
}

/// A conflict that was settled.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SettledView {
    /// Hash of the change that settled it, 64 hexadecimal digits.
    change: String,
}

/// Settles a conflict: the value becomes a change like any other and reaches every phone.
///
/// It is written by a device of the office that nobody carries. Where nothing is in conflict any more nothing is
/// written, and the problem says who settled it.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/conflicts/settle",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = Settle,
    responses(
        (status = 200, body = SettledView),
        (status = "4XX", description = "malformed-json, malformed-id, unknown-household, not-in-conflict, answer-refused, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn settle(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<SettledView>, Problem> {
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let Settle { household_id, row_id, question, value } = body::json(&request, payload).await?;
    let household: HouseholdId = id(&household_id)?;
    let row: Option<RowId> = row_id.as_deref().map(id).transpose()?;
    let details = json!({ "row": row.map(|row| row.to_string()), "question": shortened(&question) });
    let line = office.line(app.clock.now(), "conflict.settle", &household, &details)?;
    let desk = office.desk(&app, tambon, line)?;
    let settling = Settling { household, row, question, value };
    app.block(move |app| match app.hub.settle(desk, settling)? {
        sync::Settled::By(change) => Ok(ok(SettledView { change: change.to_string() })),
        sync::Settled::Unfit(why) => Err(Problem::AnswerRefused(why)),
        sync::Settled::NotInConflict(None) => {
            Err(Problem::NotInConflict { settled: None, detail: NEVER.to_owned() })
        }
        sync::Settled::NotInConflict(Some(settlement)) => {
            let people = app.database.read(|conn| people(conn, tambon))?;
            Err(settled_before(settlement, &people))
        }
    })
    .await
}

const NEVER: &str = "nothing is in conflict there";

/// The problem of whoever comes second.
fn settled_before(settlement: Settlement, people: &BTreeMap<String, String>) -> Problem {
    let settled = settled_view(settlement, people);
    let by = settled.person.as_deref().or(settled.device_id.as_deref()).unwrap_or("a merge of households");
    let detail = format!("it was settled at {} by {by}", settled.at);
    Problem::NotInConflict { settled: serde_json::to_value(&settled).ok(), detail }
}

fn settled_view(settlement: Settlement, people: &BTreeMap<String, String>) -> Settled {
    let device_id = settlement.by.map(|device| device.to_string());
    let person = device_id.as_ref().and_then(|device| people.get(device).cloned());
    Settled { at: time(settlement.at), device_id, person, value: settlement.value }
}

/// Who carries each device of a tambon, by the device's id.
pub(super) fn people(conn: &mut Conn, tambon: TambonCode) -> Result<BTreeMap<String, String>, StoreError> {
    const AT_ONCE: usize = 500;
    let mut people = BTreeMap::new();
    let mut after = None;
    loop {
        let page = devices::page(conn, tambon, after, AT_ONCE)?;
        after = page.last().map(|device| device.id);
        let is_last = page.len() < AT_ONCE;
        people.extend(page.into_iter().map(|device| (device.id.to_string(), device.person)));
        if is_last {
            return Ok(people);
        }
    }
}

fn view(
    conflict: Conflict,
    form: &Form,
    people: &BTreeMap<String, String>,
    dwellings: &[(VillageCode, HouseholdRow)],
) -> ConflictView {
    let (name, choice) = match conflict.question.split_once('/') {
        Some((name, choice)) => (name, Some(choice)),
        None => (conflict.question.as_str(), None),
    };
    let field = form.field(name);
    let called = |code: &str| field?.choices.iter().find(|choice| choice.code == code);
    let labels = |label: fn(&Field) -> &str, of: fn(&Choice) -> &str| {
        let question = label(field?);
        Some(match choice.and_then(called) {
            Some(choice) => format!("{question}: {}", of(choice)),
            None => question.to_owned(),
        })
    };
    let value = |candidate: Candidate| {
        let choice = candidate.value.as_str().and_then(called);
        ConflictValue {
            label_th: choice.map(|choice| choice.th.clone()),
            label_en: choice.map(|choice| choice.en.clone()),
            person: people.get(&candidate.device).cloned(),
            written_at: time(Micros(candidate.written_at_ms.saturating_mul(1_000))),
            received_at: time(Micros(candidate.received_at)),
            value: candidate.value,
            device_id: candidate.device,
        }
    };
    let dwelling = dwellings.iter().find(|(_, row)| row.household == conflict.household);
    ConflictView {
        household_id: conflict.household.to_string(),
        row_id: conflict.row.map(|row| row.to_string()),
        village: dwelling.map(|(village, _)| village.to_string()),
        house_no: dwelling.and_then(|(_, row)| row.house_no.clone()),
        head_name: dwelling.and_then(|(_, row)| row.head_name.clone()),
        label_th: labels(|field| &field.label_th, |choice| &choice.th),
        label_en: labels(|field| &field.label_en, |choice| &choice.en),
        arisen_at: time(conflict.arisen_at),
        values: conflict.candidates.into_iter().map(value).collect(),
        settled: conflict.settled.map(|settled| settled_view(settled, people)),
        question: conflict.question,
    }
}
