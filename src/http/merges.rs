//! Merging two households that are one: a coordinator's decision.

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
use crate::store::audit::{self, AuditEntry};
use crate::store::documents::{self, Document, State};
use crate::store::{Database, StoreError};
use crate::sync::{Hub, SyncError};

/// Two households that are one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRequest {
    /// The household that becomes part of the other.
    from: String,
    /// The household that goes on.
    into: String,
}

/// A merge that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergeView {
    /// The household that became part of the other.
    pub from: String,
    /// The household that goes on.
    pub into: String,
}

/// Merges one household into another, for good.
///
/// Nothing is lost: answers that differ become conflicts, and what a device that knows only the old
/// one sends later goes to the one that goes on. Merging what is merged already does nothing.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/merges",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = MergeRequest,
    responses(
        (status = 200, body = MergeView),
        (status = "4XX", description = "malformed-json, malformed-id, unknown-household, merge-refused, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn merge(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<MergeView>, Problem> {
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let MergeRequest { from, into } = body::json(&request, payload).await?;
    let (from, into): (HouseholdId, HouseholdId) = (id(&from)?, id(&into)?);
    let (actor, now) = (office.actor(), app.clock.now());
    let merged =
        app.block(move |app| Ok(merge_households(&app.hub, tambon, from, into, &actor, now)?)).await?;
    Ok(ok(merged))
}

/// Why two households were not merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They cannot be.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// They are one already: one is the other.
    #[error("a household cannot be merged into itself")]
    Same,
    /// Chance.
    #[error(transparent)]
    NoChance(#[from] NoChance),
}

impl From<MergeError> for Problem {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::Sync(error) => error.into(),
            MergeError::Same => Self::MergeRefused(error.to_string()),
            MergeError::NoChance(error) => Self::Internal(error.to_string()),
        }
    }
}

/// Merges `from` into `into` and writes down who asked for it.
///
/// # Errors
/// [`MergeError`]; then nothing was changed.
pub fn merge_households(
    hub: &Hub,
    tambon: TambonCode,
    from: HouseholdId,
    into: HouseholdId,
    actor: &str,
    now: Micros,
) -> Result<MergeView, MergeError> {
    if from == into {
        return Err(MergeError::Same);
    }
    let line = AuditEntry {
        at: now,
        id: random()?,
        actor: actor.to_owned(),
        action: "households.merge".to_owned(),
        subject: into.to_string(),
        details: json!({ "from": from.to_string() }).to_string(),
    };
    let before = stored(hub.database(), tambon, from)?;
    hub.fold(tambon, from, into)?;
    // Folding twice does nothing, and is written down once.
    if before.is_some_and(|document| document.state == State::Live) {
        hub.database().write(move |tx| audit::append(tx, tambon, &line)).map_err(SyncError::from)?;
    }
    let goes_on = match stored(hub.database(), tambon, from)?.map(|document| document.state) {
        Some(State::Folded { into }) => into,
        _ => into,
    };
    Ok(MergeView { from: from.to_string(), into: goes_on.to_string() })
}

fn stored(
    database: &Database,
    tambon: TambonCode,
    household: HouseholdId,
) -> Result<Option<Document>, SyncError> {
    let read = |conn: &mut _| -> Result<_, StoreError> { documents::find(conn, tambon, household) };
    Ok(database.read(read)?)
}
