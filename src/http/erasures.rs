//! Erasing a household at its members' request: a coordinator's decision, with its reason written down.

use actix_web::HttpRequest;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode};
use utoipa::ToSchema;

use super::app::App;
use super::area_path::{TambonPath, id};
use super::auth::{CARE, Office};
use super::body;
use super::credentials::{NoChance, random};
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use crate::clock::Micros;
use crate::photos::{PhotoError, Photos};
use crate::store::audit::AuditEntry;
use crate::store::{StoreError, erasure};
use crate::sync::{Hub, SyncError};

/// Characters of a reason.
const REASON_CHARS_MAX: usize = 500;

/// Why a household is erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureRequest {
    /// Who asked for it and on what ground, 1 to 500 characters. It stays in the audit log: name no one of
    /// the household.
    reason: String,
}

/// What was erased.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureView {
    /// The household.
    pub household: String,
    /// Documents that were erased: it, and what had been merged into it; 0 if it was erased before.
    pub documents: usize,
    /// Photos that were erased with it.
    pub photos: usize,
}

/// Erases a household, for good.
///
/// Its answers go from the read model, the log, the first syncs' files and the quarantine, its photos from
/// their store; devices delete their copies at their next sync, and what they send later of it is refused.
/// That it was erased stays. Backups still hold it, and so does a hub that is restored from one: erase it there
/// again. Erasing what is erased does nothing.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/households/{household}/erasure",
    tag = "coordinators",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("household" = String, Path, description = "Id of the household, 26 characters"),
    ),
    request_body = ErasureRequest,
    responses(
        (status = 200, body = ErasureView),
        (status = "4XX", description = "malformed-json, malformed-id, unknown-household, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn erase(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<ErasureView>, Problem> {
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let household: HouseholdId = id(request.match_info().query("household"))?;
    let ErasureRequest { reason } = body::json(&request, payload).await?;
    let reason = checked_reason(&reason).map_err(Problem::MalformedJson)?;
    let (actor, now) = (office.actor(), app.clock.now());
    let erased = app
        .block(move |app| {
            Ok(erase_household(&app.hub, &app.photos, tambon, household, &reason, &actor, now)?)
        })
        .await?;
    Ok(ok(erased))
}

/// A reason that says something, without what surrounds it.
///
/// # Errors
/// What is wrong with it.
pub fn checked_reason(reason: &str) -> Result<String, String> {
    let reason = reason.trim();
    let is_one =
        (1..=REASON_CHARS_MAX).contains(&reason.chars().count()) && !reason.chars().any(char::is_control);
    if is_one {
        Ok(reason.to_owned())
    } else {
        Err(format!("a reason has 1 to {REASON_CHARS_MAX} characters on one line"))
    }
}

/// Why a household was not erased.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// It cannot be.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The database's own.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is erased, but bytes of its photos are left: erase it again.
    #[error("the household is erased, but not all of its photos: {0}; erase it again")]
    Photos(#[from] PhotoError),
    /// Chance.
    #[error(transparent)]
    NoChance(#[from] NoChance),
}

impl From<ErasureError> for Problem {
    fn from(error: ErasureError) -> Self {
        match error {
            ErasureError::Sync(error) => error.into(),
            ErasureError::Store(error) => error.into(),
            ErasureError::Photos(error) => error.into(),
            ErasureError::NoChance(error) => Self::Internal(error.to_string()),
        }
    }
}

/// Erases a household and writes down who asked for it and why.
///
/// # Errors
/// [`ErasureError`]; then nothing was changed, or only bytes of photos and free parts of the file are left, which
/// go when it is erased once more.
pub fn erase_household(
    hub: &Hub,
    photos: &Photos,
    tambon: TambonCode,
    household: HouseholdId,
    reason: &str,
    actor: &str,
    now: Micros,
) -> Result<ErasureView, ErasureError> {
    let line = AuditEntry {
        at: now,
        id: random()?,
        actor: actor.to_owned(),
        action: "household.erase".to_owned(),
        subject: household.to_string(),
        details: json!({ "reason": reason }).to_string(),
    };
    let erased = hub.erase(tambon, household, line)?;
    // Also of what was erased before: an object store may have been away.
    photos.remove_erased(hub.database(), tambon, now)?;
    erasure::overwrite_what_went(hub.database())?;
    let view = ErasureView {
        household: household.to_string(),
        documents: erased.households.len(),
        photos: erased.photos.len(),
    };
    Ok(view)
}
