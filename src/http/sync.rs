//! The sync of a device: its changes up, the hub's down, in one request.

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use sync_protocol::limits::REQUEST_BYTES_MAX;
use sync_protocol::wire::{Request, Standing};

use super::app::App;
use super::auth::Bearer;
use super::body::Body;
use super::problem::{Problem, ProblemBody};
use super::reply::{Compression, Effort, Packed};
use crate::sync::SyncError;

/// The media type of the protocol's messages.
pub(super) const SYNC_MEDIA_TYPE: &str = "application/vnd.samruat.sync+cbor";

/// Sends what is new, receives what is new.
///
/// The bodies are the messages of the sync protocol (`sync-protocol/PROTOCOL.md`): a version byte, then
/// CBOR. A change that cannot be taken gets its own verdict and does not hinder the others, and a
/// cursor of another log is answered with the standing `unknown`, so that the two reconcile; the
/// problems below are those of whole requests. Sending a request again is harmless.
#[utoipa::path(
    post,
    path = "/api/v1/sync",
    tag = "devices",
    request_body(content = Vec<u8>, content_type = "application/vnd.samruat.sync+cbor", description = "At most 1 MiB, as sent and inflated; Content-Encoding gzip or zstd"),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/vnd.samruat.sync+cbor"),
        (status = "4XX", description = "missing-credentials, wrong-token, device-revoked, unsupported-media-type, unsupported-encoding, malformed-encoding, body-too-large, truncated-body, malformed-message, message-over-limit, unknown-version", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("device_token" = [])),
)]
pub(super) async fn sync(
    app: App,
    bearer: Bearer,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = Body::read(&request, payload, SYNC_MEDIA_TYPE, REQUEST_BYTES_MAX).await?;
    let compression = Compression::of(&request);
    let packed = app
        .block(move |app| {
            let device = bearer.device(app)?;
            let up_bytes = body.sent_bytes();
            let message = Request::from_body(&body.inflate()?)?;
            let reply = app.hub.sync(&device, message)?;
            app.metrics.judged(&reply.verdicts);
            if reply.standing == Standing::Unknown {
                app.metrics.cursor_reset();
            }
            let packed = Packed::new(reply.to_body(), compression, Effort::Thorough)?;
            app.metrics.synced(up_bytes, packed.sent_bytes());
            Ok(packed)
        })
        .await?;
    Ok(packed.response(StatusCode::OK, SYNC_MEDIA_TYPE))
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Store(error) => error.into(),
            SyncError::UnknownTambon(tambon) => Self::TambonNotServed(tambon.to_string()),
            SyncError::UnknownHousehold(household) => Self::UnknownHousehold(household.to_string()),
            SyncError::Unfoldable(reason) => Self::MergeRefused(reason),
            SyncError::Registers { .. } | SyncError::Log { .. } => Self::Internal(error.to_string()),
        }
    }
}
