//! Forms: spreadsheets in, models out.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::json;
use survey_form::limits::WORKBOOK_BYTES_MAX;
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::{cut, page_limit, place, query};
use super::auth::{CARE, Office, Reader};
use super::body::Body;
use super::form_views::{FormReport, VersionView};
use super::named_bytes::{has_already, named_text, tag};
use super::problem::{Problem, ProblemBody, shortened};
use super::reply::{Compression, Effort, Json, Packed, ok};
use crate::forms::{self, Author, read_hash};
use crate::store::forms::FormHash;
use crate::store::{Conn, StoreError};
use sync_protocol::ids::TambonCode;

/// The media type of .xlsx.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The media type of .xls.
const XLS: &str = "application/vnd.ms-excel";
/// What a workbook may be sent as.
const WORKBOOK_TYPES: [&str; 3] = [XLSX, XLS, "application/octet-stream"];
/// Characters of the name that a form without an id gets.
const NAME_CHARS_MAX: usize = 60;

/// How a workbook is added.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AddQuery {
    /// Whether to look only: `true` adds nothing.
    dry_run: Option<bool>,
    /// The id of the form where the settings sheet has none: the file's name without its ending.
    name: Option<String>,
}

/// Which versions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FormsQuery {
    /// What an earlier page gave as `next`.
    after: Option<String>,
    /// Versions on a page, 1 to 1000; 100 unless said.
    limit: Option<usize>,
}

/// A page of versions: the built-in form, then by form and by when they were added.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FormsPage {
    /// The versions.
    forms: Vec<VersionView>,
    /// What to ask for as `after`; null on the last page.
    next: Option<String>,
}

/// Adds a form from its workbook, or says what it would make.
///
/// The body is an XLSForm, .xlsx or .xls, of at most 16 MiB. What is wrong is told by sheet, row and
/// column in Thai and English; what differs from the version before, with what that does to answers
/// already collected. A version is named by the hash of its meaning: the same form again changes nothing.
/// It holds nowhere before it is published.
#[utoipa::path(
    post,
    path = "/api/v1/forms",
    tag = "coordinators",
    params(AddQuery),
    request_body(content = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    responses(
        (status = 200, description = "Looked at, or there already", body = FormReport),
        (status = 201, description = "Added", body = FormReport),
        (status = "4XX", description = "form-refused (with `faults`), form-too-large, body-too-large, unsupported-media-type, malformed-query, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn add(
    app: App,
    office: Office,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<FormReport>, Problem> {
    let wanted: AddQuery = query(&request)?;
    office.has_role(CARE)?;
    let body = Body::read_one_of(&request, payload, &WORKBOOK_TYPES, WORKBOOK_BYTES_MAX).await?;
    let name: String = wanted.name.unwrap_or_default().chars().take(NAME_CHARS_MAX).collect();
    let name = if name.trim().is_empty() { "form".to_owned() } else { name };
    let dry_run = wanted.dry_run.unwrap_or(false);
    app.block(move |app| {
        let workbook = body.inflate()?;
        let examined = forms::examine(&app.database, &workbook, &name)?;
        if dry_run {
            return Ok(ok(FormReport::of(&examined, true, false)));
        }
        let (actor, now) = (office.actor(), app.clock.now());
        // The version itself says who added it; a key of one tambon leaves a line in its audit log as well.
        let tambon = office.area.shortened(6);
        let tambon = TambonCode::try_from(tambon.code()).ok().filter(|_| tambon.digits() == 6);
        let subject = examined.form.as_ref().map(survey_form::model::Form::hash).unwrap_or_default();
        let line = office.line(now, "form.add", &subject, &json!({ "name": name }))?;
        let author = Author { name: &actor, now };
        let added =
            forms::add(&app.database, &examined, &workbook, &author, tambon.map(|code| (code, line)))?;
        let status = if added.is_new { StatusCode::CREATED } else { StatusCode::OK };
        Ok(Json(status, FormReport::of(&examined, false, added.is_new)))
    })
    .await
}

/// The versions of forms that this hub has.
#[utoipa::path(
    get,
    path = "/api/v1/forms",
    tag = "planners",
    params(FormsQuery),
    responses(
        (status = 200, body = FormsPage),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    _office: Office,
    request: HttpRequest,
) -> Result<Json<FormsPage>, Problem> {
    let wanted: FormsQuery = query(&request)?;
    let limit = page_limit(wanted.limit)?;
    let after = place(wanted.after.as_deref(), read_hash)?;
    app.block(move |app| {
        let found = app.database.read(|conn: &mut Conn| forms::page(conn, after.as_ref(), limit + 1))?;
        let (found, more) = cut(found, limit);
        let forms: Vec<VersionView> = found.iter().map(VersionView::of).collect();
        let next = forms.last().filter(|_| more).map(|last| last.hash.clone());
        Ok(ok(FormsPage { forms, next }))
    })
    .await
}

/// The model of a version: what phones run.
///
/// It never changes: keep it by its hash. Devices fetch what `/api/v1/published-forms` names.
#[utoipa::path(
    get,
    path = "/api/v1/forms/{hash}",
    tag = "devices",
    params(("hash" = String, Path, description = "Hash of the version, 64 hexadecimal digits")),
    responses(
        (status = 200, description = "The form: fields, choices, parsed expressions", body = Object),
        (status = 304, description = "The client has it already"),
        (status = "4XX", description = "unknown-form, missing-credentials, wrong-token, device-revoked, wrong-api-key, api-key-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("device_token" = []), ("api_key" = [])),
)]
pub(super) async fn get(app: App, reader: Reader, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let hash = hash(&request)?;
    let name = forms::hash_text(&hash);
    let is_known = has_already(&request, &tag(&name));
    let compression = Compression::of(&request);
    let packed = app
        .block(move |app| {
            reader.check(app)?;
            let model = app.database.read(|conn: &mut Conn| forms::model(conn, &hash))?;
            let model = model.ok_or_else(|| Problem::UnknownForm(forms::hash_text(&hash)))?;
            if is_known {
                return Ok(None);
            }
            Packed::new(model.into_bytes(), compression, Effort::Thorough).map(Some)
        })
        .await?;
    named_text(&name, "application/json", packed)
}

/// The workbook that a version was made from, as it was uploaded.
#[utoipa::path(
    get,
    path = "/api/v1/forms/{hash}/workbook",
    tag = "coordinators",
    params(("hash" = String, Path, description = "Hash of the version, 64 hexadecimal digits")),
    responses(
        (status = 200, description = "The file", content(
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (Vec<u8> = "application/vnd.ms-excel"),
        )),
        (status = "4XX", description = "unknown-form, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn workbook(
    app: App,
    office: Office,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    office.has_role(CARE)?;
    let hash = hash(&request)?;
    let found = app.read(move |conn| -> Result<_, StoreError> { forms::workbook(conn, &hash) }).await?;
    let bytes = found.ok_or_else(|| Problem::UnknownForm(forms::hash_text(&hash)))?;
    // An .xlsx is a ZIP, an .xls is not.
    let (kind, ending) = if bytes.starts_with(b"PK") { (XLSX, "xlsx") } else { (XLS, "xls") };
    let name = forms::hash_text(&hash)[..12].to_owned();
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"form-{name}.{ending}\"")))
        .body(bytes))
}

/// The hash in the address.
fn hash(request: &HttpRequest) -> Result<FormHash, Problem> {
    let text = request.match_info().query("hash");
    read_hash(text).ok_or_else(|| Problem::UnknownForm(shortened(text).into_owned()))
}
