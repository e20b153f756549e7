//! Changes that were not accepted, with the reason: nothing that somebody saved is thrown away.

use actix_web::HttpRequest;
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::hub::Reason;
use sync_protocol::ids::ChangeHash;
use sync_protocol::wire::Verdict;
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::{TambonPath, cut, id, page_limit, place, query};
use super::auth::{CARE, Office};
use super::conflicts::people;
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::views::time;
use crate::clock::Micros;
use crate::store::StoreError;
use crate::store::quarantine::{self, Quarantined};
use crate::sync::Retried;

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct QuarantineQuery {
    /// What an earlier page gave as `next`.
    after: Option<String>,
    /// Changes on a page, 1 to 1000; 100 unless said.
    limit: Option<usize>,
    /// Whether the bytes are given too.
    bytes: Option<bool>,
}

/// A page of changes that were not accepted, in the order in which they came.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuarantinePage {
    /// Code of the tambon.
    tambon: String,
    /// The changes.
    changes: Vec<QuarantinedView>,
    /// What to ask for as `after`; null on the last page.
    next: Option<String>,
}

/// A change that was not accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuarantinedView {
    /// Its hash, 64 hexadecimal digits.
    hash: String,
    /// The household that the device named.
    household_id: String,
    /// The village that the device named.
    village: String,
    /// Id of the device that sent it.
    device_id: String,
    /// Who carries that device.
    person: Option<String>,
    /// Stable name of the reason.
    reason: &'static str,
    /// Why, and what to do, in English.
    reason_en: String,
    /// Why, and what to do, in Thai.
    reason_th: String,
    /// When it came first.
    received_at: String,
    /// How many bytes it has.
    size_bytes: usize,
    /// The bytes, in base64, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

/// Changes that were not accepted: from whom, when, why and what to do.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/quarantine",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), QuarantineQuery),
    responses(
        (status = 200, body = QuarantinePage),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<QuarantinePage>, Problem> {
    let wanted: QuarantineQuery = query(&request)?;
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let limit = page_limit(wanted.limit)?;
    let with_bytes = wanted.bytes.unwrap_or(false);
    let after = place(wanted.after.as_deref(), |text| {
        let (at, hash) = text.split_once('.')?;
        Some((Micros(at.parse().ok()?), hash.parse::<ChangeHash>().ok()?))
    })?;
    app.block(move |app| {
        let (found, people) = office.read_personal(
            app,
            tambon,
            "quarantine.read",
            |(found, _): &(Vec<Quarantined>, _)| found.len().min(limit),
            |conn| -> Result<_, StoreError> {
                Ok((quarantine::page(conn, tambon, after, limit + 1)?, people(conn, tambon)?))
            },
        )?;
        let (found, more) = cut(found, limit);
        let next = found.last().filter(|_| more).map(|last| format!("{}.{}", last.received_at.0, last.hash));
        let view = |change: Quarantined| QuarantinedView {
            hash: change.hash.to_string(),
            household_id: change.household.to_string(),
            village: change.village.to_string(),
            person: people.get(&change.device.to_string()).cloned(),
            device_id: change.device.to_string(),
            reason: change.reason.name(),
            reason_en: change.reason.english(),
            reason_th: change.reason.thai(),
            received_at: time(change.received_at),
            size_bytes: change.bytes.len(),
            bytes: with_bytes.then(|| BASE64.encode(&change.bytes)),
        };
        Ok(ok(QuarantinePage {
            tambon: tambon.to_string(),
            changes: found.into_iter().map(view).collect(),
            next,
        }))
    })
    .await
}

/// What became of a change that was judged anew.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RetryView {
    /// Its hash, 64 hexadecimal digits.
    hash: String,
    /// `accepted` or `known`: it is in no quarantine any more. `quarantined`, `waiting` or `actor-conflict`: it
    /// stays.
    verdict: &'static str,
    /// Stable name of the reason why it stays.
    reason: Option<&'static str>,
    /// Why it stays, and what to do, in English.
    reason_en: Option<String>,
    /// Why it stays, and what to do, in Thai.
    reason_th: Option<String>,
    /// Hashes of the changes that it waits for.
    missing: Vec<String>,
}

/// Judges a change that was not accepted anew, e.g. after what it depends on came.
///
/// Whoever asks answers for the village: a change from outside its sender's villages is taken.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/quarantine/{change}/retry",
    tag = "coordinators",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("change" = String, Path, description = "Hash of the change, 64 hexadecimal digits"),
    ),
    responses(
        (status = 200, body = RetryView),
        (status = "4XX", description = "malformed-id, unknown-change, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn retry(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<RetryView>, Problem> {
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let hash: ChangeHash = id(request.match_info().query("change"))?;
    let line = office.line(app.clock.now(), "quarantine.retry", &hash, &json!({}))?;
    let desk = office.desk(&app, tambon, line)?;
    let retried = app.block(move |app| Ok(app.hub.retry(desk, hash)?)).await?;
    let Retried { verdict, reason, missing } =
        retried.ok_or_else(|| Problem::UnknownChange(hash.to_string()))?;
    Ok(ok(RetryView {
        hash: hash.to_string(),
        verdict: match verdict {
            Verdict::Accepted => "accepted",
            Verdict::Known => "known",
            Verdict::Waiting => "waiting",
            Verdict::ActorConflict => "actor-conflict",
            Verdict::Quarantined => "quarantined",
        },
        reason: reason.map(Reason::name),
        reason_en: reason.map(Reason::english),
        reason_th: reason.map(Reason::thai),
        missing: missing.iter().map(ToString::to_string).collect(),
    }))
}
