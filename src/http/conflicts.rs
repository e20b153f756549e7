//! Answers on which people disagree, for a coordinator to have settled.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sync_protocol::ids::TambonCode;
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::{TambonPath, cut, page_limit, place, query};
use super::auth::{CARE, Office};
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::views::time;
use crate::clock::Micros;
use crate::projection::Form;
use crate::store::conflicts::{self, Candidate, Conflict};
use crate::store::{Conn, StoreError, devices};

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
    /// Name of the question.
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
        let (found, people) = office.read_personal(
            app,
            tambon,
            "conflicts.read",
            |(found, _): &(Vec<Conflict>, _)| found.len().min(limit),
            |conn| -> Result<_, StoreError> {
                Ok((conflicts::page(conn, tambon, open, after, limit + 1)?, people(conn, tambon)?))
            },
        )?;
        let (found, more) = cut(found, limit);
        let next = found.last().filter(|_| more).map(|last| format!("{}.{}", last.arisen_seq, last.position));
        let conflicts = found.into_iter().map(|conflict| view(conflict, app.form, &people)).collect();
        Ok(ok(ConflictsPage { tambon: tambon.to_string(), conflicts, next }))
    })
    .await
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

fn view(conflict: Conflict, form: &Form, people: &BTreeMap<String, String>) -> ConflictView {
    let name = conflict.question.split('/').next().unwrap_or_default();
    let field = form.field(name);
    let person = |device: &str| people.get(device).cloned();
    let value = |candidate: Candidate| ConflictValue {
        person: person(&candidate.device),
        written_at: time(Micros(candidate.written_at_ms.saturating_mul(1_000))),
        received_at: time(Micros(candidate.received_at)),
        value: candidate.value,
        device_id: candidate.device,
    };
    ConflictView {
        household_id: conflict.household.to_string(),
        row_id: conflict.row.map(|row| row.to_string()),
        label_th: field.map(|field| field.label_th.clone()),
        label_en: field.map(|field| field.label_en.clone()),
        arisen_at: time(conflict.arisen_at),
        values: conflict.candidates.into_iter().map(value).collect(),
        settled: conflict.settled.map(|settled| {
            let device_id = settled.by.map(|device| device.to_string());
            let person = device_id.as_deref().and_then(person);
            Settled { at: time(settled.at), device_id, person, value: settled.value }
        }),
        question: conflict.question,
    }
}
