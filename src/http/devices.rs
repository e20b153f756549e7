//! The volunteers' devices of a tambon: who carries which, one-time codes for new ones, and taking a
//! lost one's token away.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use qrcode::QrCode;
use qrcode::render::svg::Color;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::{DeviceId, TambonCode, VillageCode};
use sync_protocol::limits::SCOPE_VILLAGES_MAX;
use utoipa::{IntoParams, ToSchema};

use super::app::{App, AppState};
use super::area_path::{TambonPath, cut, id, known_village, page_limit, place, query};
use super::auth::{CARE, Office};
use super::body;
use super::credentials::{EnrolmentCode, random};
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::views::time;
use crate::store::audit::{self, AuditEntry};
use crate::store::devices::{self, Device};
use crate::store::{StoreError, tambons};

/// Characters of a person's name.
const NAME_CHARS_MAX: usize = 80;
/// Bytes of a hub's address.
const HUB_BYTES_MAX: usize = 200;
/// Days for which a code can be made valid.
const DAYS_MAX: u16 = 60;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Which devices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DevicesQuery {
    /// What an earlier page gave as `next`.
    after: Option<String>,
    /// Devices on a page, 1 to 1000; 100 unless said.
    limit: Option<usize>,
}

/// A page of devices, by id.
#[derive(Debug, Serialize, ToSchema)]
pub struct DevicesPage {
    /// Code of the tambon.
    tambon: String,
    /// The devices.
    devices: Vec<DeviceView>,
    /// What to ask for as `after`; null on the last page.
    next: Option<String>,
}

/// A volunteer's device.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceView {
    /// Its id, 16 hexadecimal digits.
    device_id: String,
    /// Who carries it.
    person: String,
    /// Codes of the villages that it syncs.
    villages: Vec<String>,
    /// Since when.
    enrolled_at: String,
    /// When it last sent changes.
    pushed_at: Option<String>,
    /// When it was revoked; null while it may sync.
    revoked_at: Option<String>,
}

/// Whom a new device is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnrolment {
    /// The volunteer's name, up to 80 characters.
    person: String,
    /// Codes of the villages that the device may sync, all of this tambon.
    villages: Vec<String>,
    /// For how many days the code is valid, 1 to 60; 7 unless said.
    days: Option<u16>,
    /// The hub's address as a phone reaches it, e.g. `https://survey.example`; then the answer has a QR code.
    hub: Option<String>,
}

/// A one-time code.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolmentView {
    /// The code, e.g. `650117-7KM2P-XQ4RT`. It is shown once.
    pub code: String,
    /// Whom the device is for.
    pub person: String,
    /// Code of the tambon.
    pub tambon: String,
    /// Codes of the villages that the device may sync.
    pub villages: Vec<String>,
    /// Until when the code can be used.
    pub expires_at: String,
    /// A QR code as an SVG picture: the hub's address with the code. Only where that address was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_svg: Option<String>,
}

/// The devices of a tambon, revoked ones included.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/devices",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), DevicesQuery),
    responses(
        (status = 200, body = DevicesPage),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<DevicesPage>, Problem> {
    let wanted: DevicesQuery = query(&request)?;
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let limit = page_limit(wanted.limit)?;
    let after = place(wanted.after.as_deref(), |text| text.parse::<DeviceId>().ok())?;
    app.block(move |app| {
        let count = |found: &Vec<Device>| found.len().min(limit);
        let read = |conn: &mut _| devices::page(conn, tambon, after, limit + 1);
        let found = office.read_personal(app, tambon, "devices.read", count, read)?;
        let (found, more) = cut(found, limit);
        let next = found.last().filter(|_| more).map(|last| last.id.to_string());
        let devices = found.into_iter().map(view).collect();
        Ok(ok(DevicesPage { tambon: tambon.to_string(), devices, next }))
    })
    .await
}

/// Takes a device's token away at once: for a phone that is lost. What it had sent stays.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/devices/{device}/revoke",
    tag = "coordinators",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("device" = String, Path, description = "Id of the device, 16 hexadecimal digits"),
    ),
    responses(
        (status = 200, description = "It is revoked, now or since before", body = DeviceView),
        (status = "4XX", description = "malformed-id, unknown-device, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn revoke(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<DeviceView>, Problem> {
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let device: DeviceId = id(request.match_info().query("device"))?;
    let now = app.clock.now();
    let line = office.line(now, "device.revoke", &device, &json!({}))?;
    let found = app
        .block(move |app| {
            Ok(app.database.write(move |tx| {
                if devices::revoke(tx, tambon, device, now)? {
                    audit::append(tx, tambon, &line)?;
                }
                devices::find(tx, tambon, device)
            })?)
        })
        .await?;
    found.map(|device| ok(view(device))).ok_or_else(|| Problem::UnknownDevice(device.to_string()))
}

/// Makes a one-time code with which a volunteer's device enrols itself.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/enrolments",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = NewEnrolment,
    responses(
        (status = 201, body = EnrolmentView),
        (status = "4XX", description = "malformed-json, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn enrol(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<EnrolmentView>, Problem> {
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let wanted: NewEnrolment = body::json(&request, payload).await?;
    let person = person_name(&wanted.person)?;
    let villages = villages(&app, tambon, &wanted.villages)?;
    let days = wanted.days.unwrap_or(app.config.enrolment_days);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::MalformedJson(format!("days is 1 to {DAYS_MAX}")));
    }
    let hub = wanted.hub.as_deref().map(hub_address).transpose()?;
    let actor = office.actor();
    let mut view = app.block(move |app| issue(app, tambon, person, villages, days, &actor)).await?;
    view.qr_svg = hub.map(|hub| qr_svg(&format!("{hub}/#code={}", view.code))).transpose()?;
    Ok(Json(StatusCode::CREATED, view))
}

/// Makes a code, keeps its hash, and writes down who made it.
fn issue(
    app: &AppState,
    tambon: TambonCode,
    person: String,
    villages: Vec<VillageCode>,
    days: u16,
    actor: &str,
) -> Result<EnrolmentView, Problem> {
    issue_code(&app.database, app.clock.now(), tambon, person, villages, days, actor).map_err(Problem::from)
}

/// Why no code could be made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Chance.
    #[error(transparent)]
    NoChance(#[from] super::credentials::NoChance),
}

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Store(error) => error.into(),
            IssueError::NoChance(error) => Self::Internal(error.to_string()),
        }
    }
}

/// Makes a one-time code for a device of these villages of a tambon; the hub serves the tambon from
/// now on. `actor` is who asked for it, for the audit log.
///
/// # Errors
/// [`IssueError`].
pub fn issue_code(
    database: &crate::store::Database,
    now: crate::clock::Micros,
    tambon: TambonCode,
    person: String,
    villages: Vec<VillageCode>,
    days: u16,
    actor: &str,
) -> Result<EnrolmentView, IssueError> {
    let code = EnrolmentCode::draw(tambon)?;
    let kept = devices::EnrolmentCode {
        code_hash: code.hash().0,
        tambon,
        person,
        villages,
        created_at: now,
        expires_at: now.plus_seconds(i64::from(days) * DAY_SECONDS),
    };
    let codes: Vec<String> = kept.villages.iter().map(ToString::to_string).collect();
    let line = AuditEntry {
        at: now,
        id: random()?,
        actor: actor.to_owned(),
        action: "enrolment.issue".to_owned(),
        subject: tambon.to_string(),
        details: json!({ "villages": codes, "days": days }).to_string(),
    };
    let epoch = random()?;
    let view = EnrolmentView {
        code: code.text().to_owned(),
        person: kept.person.clone(),
        tambon: tambon.to_string(),
        villages: codes,
        expires_at: time(kept.expires_at),
        qr_svg: None,
    };
    database.write(move |tx| -> Result<(), StoreError> {
        tambons::ensure(tx, tambon, epoch, now)?;
        devices::issue_code(tx, &kept)?;
        audit::append(tx, tambon, &line)
    })?;
    Ok(view)
}

/// The hub's address as it may stand in a QR code.
fn hub_address(text: &str) -> Result<String, Problem> {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'?' | b'"' | b'<'));
    if !is_web || !is_plain || text.len() > HUB_BYTES_MAX {
        return Err(Problem::MalformedJson("hub is an address: https://… or http://…".to_owned()));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A QR code with a quiet zone around it, which a printed sheet needs as well.
fn qr_svg(text: &str) -> Result<String, Problem> {
    let code = QrCode::new(text).map_err(|error| Problem::Internal(format!("a QR code: {error}")))?;
    Ok(code.render::<Color<'_>>().min_dimensions(240, 240).build())
}

/// The name of a person, as it may be written.
fn person_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Problem::MalformedJson(format!(
            "person has 1 to {NAME_CHARS_MAX} characters on one line"
        )));
    }
    Ok(name.to_owned())
}

/// Villages of this tambon, each once and in order; there are such villages.
///
/// # Errors
/// [`Problem::MalformedJson`], [`Problem::UnknownArea`], [`Problem::OutsideArea`].
pub(super) fn villages(
    app: &AppState,
    tambon: TambonCode,
    codes: &[String],
) -> Result<Vec<VillageCode>, Problem> {
    if codes.is_empty() || codes.len() > SCOPE_VILLAGES_MAX {
        return Err(Problem::MalformedJson(format!("villages has 1 to {SCOPE_VILLAGES_MAX} codes")));
    }
    let mut villages = Vec::with_capacity(codes.len());
    for code in codes {
        let village = known_village(app.areas, code)?;
        if village.tambon() != tambon {
            return Err(Problem::OutsideArea { area: village.to_string(), allowed: tambon.to_string() });
        }
        if !villages.contains(&village) {
            villages.push(village);
        }
    }
    villages.sort_unstable();
    Ok(villages)
}

fn view(device: Device) -> DeviceView {
    DeviceView {
        device_id: device.id.to_string(),
        person: device.person,
        villages: device.villages.iter().map(ToString::to_string).collect(),
        enrolled_at: time(device.enrolled_at),
        pushed_at: device.pushed_at.map(time),
        revoked_at: device.revoked_at.map(time),
    }
}
