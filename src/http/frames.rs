//! Frames: the files of a first sync, which never change and can be fetched piece by piece.

use actix_web::{HttpRequest, HttpResponse};
use sync_protocol::ids::ChangeHash;

use super::app::App;
use super::auth::Bearer;
use super::named_bytes::named_bytes;
use super::problem::{Problem, ProblemBody};

/// A frame, or a part of it, by the SHA-256 of its bytes.
#[utoipa::path(
    get,
    path = "/api/v1/frames/{sha256}",
    tag = "devices",
    params(
        ("sha256" = String, Path, description = "64 hexadecimal digits, as a sync gave them"),
        ("Range" = Option<String>, Header, description = "One range of bytes: `bytes=0-32767`"),
    ),
    responses(
        (status = 200, description = "All of it", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "The part that was asked for", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "The client has it already"),
        (status = "4XX", description = "unknown-frame, range-not-satisfiable, missing-credentials, wrong-token, device-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("device_token" = [])),
)]
pub(super) async fn get(app: App, bearer: Bearer, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let name = request.match_info().query("sha256").parse::<ChangeHash>();
    let bytes = app
        .block(move |app| {
            let device = bearer.device(app)?;
            let name = name.map_err(|_| Problem::UnknownFrame)?;
            app.hub.frame(&device, &name.0)?.ok_or(Problem::UnknownFrame)
        })
        .await?;
    let name = request.match_info().query("sha256");
    named_bytes(&request, name, "application/octet-stream", bytes)
}
