//! Answers that are not what their question asks for.

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sync_protocol::ids::HouseholdId;
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::{TambonPath, cut, page_limit, place, query};
use super::auth::{CARE, Office};
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use crate::store::read_model::{self, Fault};

/// Which faults.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FaultsQuery {
    /// What an earlier page gave as `next`.
    after: Option<String>,
    /// Faults on a page, 1 to 1000; 100 unless said.
    limit: Option<usize>,
}

/// A page of faults, by household.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FaultsPage {
    /// Code of the tambon.
    tambon: String,
    /// The faults.
    faults: Vec<FaultView>,
    /// What to ask for as `after`; null on the last page.
    next: Option<String>,
}

/// An answer that is not what its question asks for. It is kept and shown all the same.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FaultView {
    /// Id of the household.
    household_id: String,
    /// Id of its row, if the question is about a row.
    row_id: Option<String>,
    /// Name of the question, or `question/choice`.
    question: String,
    /// Stable name of what is wrong.
    reason: &'static str,
    /// What is wrong, in English.
    reason_en: &'static str,
    /// What is wrong, in Thai.
    reason_th: &'static str,
    /// Whether the answer is used all the same.
    warning: bool,
    /// The answer as it was given.
    #[schema(value_type = Value)]
    value: Value,
}

/// Answers that are not what their question asks for: to be looked at with the volunteer.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/faults",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), FaultsQuery),
    responses(
        (status = 200, body = FaultsPage),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<FaultsPage>, Problem> {
    let wanted: FaultsQuery = query(&request)?;
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let limit = page_limit(wanted.limit)?;
    let after = place(wanted.after.as_deref(), |text| {
        let (household, position) = text.split_once('.')?;
        Some((household.parse::<HouseholdId>().ok()?, position.parse().ok()?))
    })?;
    app.block(move |app| {
        let found = office.read_personal(
            app,
            tambon,
            "faults.read",
            |found: &Vec<Fault>| found.len().min(limit),
            |conn| read_model::faults(conn, tambon, after, limit + 1),
        )?;
        let (found, more) = cut(found, limit);
        let next = found.last().filter(|_| more).map(|last| format!("{}.{}", last.household, last.position));
        let faults = found.into_iter().map(view).collect();
        Ok(ok(FaultsPage { tambon: tambon.to_string(), faults, next }))
    })
    .await
}

fn view(Fault { household, fault, .. }: Fault) -> FaultView {
    FaultView {
        household_id: household.to_string(),
        row_id: fault.row.map(|row| row.to_string()),
        question: fault.question,
        reason: fault.reason.code(),
        reason_en: fault.reason.text_en(),
        reason_th: fault.reason.text_th(),
        warning: fault.reason.is_warning(),
        value: serde_json::from_str(&fault.value).unwrap_or(Value::String(fault.value)),
    }
}
