//! Tables from outside that forms read: added by coordinators, fetched by devices.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;
use survey_form::limits::TABLE_BYTES_MAX;
use sync_protocol::ids::TambonCode;
use utoipa::IntoParams;

use super::app::App;
use super::area_path::query;
use super::auth::{CARE, Office, Reader};
use super::body::Body;
use super::form_views::TableReport;
use super::named_bytes::{has_already, named_text, tag};
use super::problem::{Problem, ProblemBody, shortened};
use super::reply::{Compression, Effort, Json, Packed};
use crate::forms::{self, Author, hash_text, read_hash};
use crate::store::{Conn, StoreError, tables};

/// What a table may be sent as: a Windows with Excel calls it the last.
const TABLE_TYPES: [&str; 3] = ["text/csv", "application/octet-stream", "application/vnd.ms-excel"];

/// How a table is added.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PutQuery {
    /// Whether to look only: `true` adds nothing.
    dry_run: Option<bool>,
}

/// Adds a table from outside that a version of a form reads, or says what is wrong with it.
///
/// The body is a CSV file in UTF-8 of at most 4 MiB, its columns named in the first row. What is wrong is
/// told by row and column in Thai and English; a column that the form names has to be there. It takes the
/// place of the file before, also where the form holds: devices fetch it with their forms. Then every tambon
/// in which the form holds has to lie in the area of the key. Other forms, and other versions, keep theirs.
#[utoipa::path(
    put,
    path = "/api/v1/forms/{hash}/tables/{name}",
    tag = "coordinators",
    params(
        ("hash" = String, Path, description = "Hash of the version, 64 hexadecimal digits"),
        ("name" = String, Path, description = "The table as the form names it: `villages`, or its file, `villages.csv`"),
        PutQuery,
    ),
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, description = "Looked at, or the same as before", body = TableReport),
        (status = 201, description = "Added", body = TableReport),
        (status = "4XX", description = "table-refused (with `faults`), unknown-table, unknown-form, outside-area, body-too-large, unsupported-media-type, malformed-query, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn put(
    app: App,
    office: Office,
    path: Path<(String, String)>,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<TableReport>, Problem> {
    let wanted: PutQuery = query(&request)?;
    office.has_role(CARE)?;
    let (hash, name) = path.into_inner();
    let hash = read_hash(&hash).ok_or_else(|| Problem::UnknownForm(shortened(&hash).into_owned()))?;
    let body = Body::read_one_of(&request, payload, &TABLE_TYPES, TABLE_BYTES_MAX).await?;
    let dry_run = wanted.dry_run.unwrap_or(false);
    app.block(move |app| {
        let content = body.inflate()?;
        let examined = forms::examine_table(&app.database, &hash, &name, &content)?;
        if dry_run {
            return Ok(Json(StatusCode::OK, TableReport::of(&examined, true, false)));
        }
        let (actor, now) = (office.actor(), app.clock.now());
        let home = office.area.shortened(6);
        let home = TambonCode::try_from(home.code()).ok().filter(|_| home.digits() == 6);
        let details = json!({ "form": examined.version.form_id, "table": examined.table.needed.name,
                              "sha256": hash_text(&examined.sha256) });
        let line = office.line(now, "form.table", &hash_text(&hash), &details)?;
        let author = Author { name: &actor, now };
        let area = (Some(office.area), home);
        let is_new = forms::add_table(&app.database, &examined, &content, &author, area, &line)?;
        let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
        Ok(Json(status, TableReport::of(&examined, false, is_new)))
    })
    .await
}

/// A table, by the SHA-256 of its bytes: the CSV file as it was added.
///
/// It never changes: keep it by its hash. Devices fetch what `/api/v1/published-forms` names, and get the
/// tables of forms that hold in their villages; offices, any.
#[utoipa::path(
    get,
    path = "/api/v1/tables/{sha256}",
    tag = "devices",
    params(("sha256" = String, Path, description = "64 hexadecimal digits, as the list of forms gives them")),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/csv"),
        (status = 304, description = "The client has it already"),
        (status = "4XX", description = "unknown-table, missing-credentials, wrong-token, device-revoked, wrong-api-key, api-key-revoked, role-not-sufficient", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("device_token" = []), ("api_key" = [])),
)]
pub(super) async fn get(app: App, reader: Reader, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let name = request.match_info().query("sha256").to_owned();
    let is_known = has_already(&request, &tag(&name));
    let compression = Compression::of(&request);
    if let Reader::Office(office) = &reader {
        office.has_role(CARE)?;
    }
    let wanted = name.clone();
    let packed = app
        .block(move |app| {
            let device = reader.check(app)?;
            let unknown = || Problem::UnknownTable(format!("there is no table {} here", shortened(&wanted)));
            let sha256 = read_hash(&wanted).ok_or_else(unknown)?;
            let content = app.database.read(|conn: &mut Conn| -> Result<_, StoreError> {
                match &device {
                    Some(device) => forms::table_for(conn, device, &sha256),
                    None => tables::content(conn, &sha256),
                }
            })?;
            let content = content.ok_or_else(unknown)?;
            if is_known { Ok(None) } else { Packed::new(content, compression, Effort::Thorough).map(Some) }
        })
        .await?;
    named_text(&name, "text/csv; charset=utf-8", packed)
}
