//! Signing in to the office's pages, and out: a password for a cookie.
//!
//! The cookie is 32 random bytes; the hub keeps their SHA-256. A session ends after an hour without a request,
//! after twelve hours whatever happens, and when it is ended; see `Config`.

use actix_web::http::StatusCode;
use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN, SET_COOKIE};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use sync_protocol::ids::TambonCode;
use utoipa::ToSchema;

use super::app::{App, AppState};
use super::auth::Office;
use super::body;
use super::credentials::{SecretHash, SessionText, random};
use super::passwords;
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::views::time;
use crate::area::Area;
use crate::store::audit::{self, AuditEntry};
use crate::store::people::{self, Person, Session};
use crate::store::{StoreError, tambons};

const COOKIE: &str = "samruat_session";
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// A session is noted as in use at most this often.
const SEEN_EVERY_SECONDS: i64 = 60;

/// Who signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// Their name.
    name: String,
    /// Their password.
    password: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionView {
    /// Their name; null for an API key.
    name: Option<String>,
    /// What they may do: `planner`, `fund`, `coordinator`, `admin`.
    role: &'static str,
    /// Where: the code of an area, or `TH`.
    area: String,
    /// The area's name in Thai.
    area_th: String,
    /// The area's name in English.
    area_en: String,
    /// The tambons of the area that this hub serves.
    tambons: Vec<ServedTambon>,
    /// Until when at most, if there is a request every hour; null for an API key.
    expires_at: Option<String>,
}

/// A tambon that the hub serves.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServedTambon {
    /// Its code.
    code: String,
    /// Its name in Thai.
    name_th: String,
    /// Its name in English.
    name_en: String,
    /// The amphoe's name in Thai.
    amphoe_th: String,
    /// The amphoe's name in English.
    amphoe_en: String,
    /// The province's name in Thai.
    province_th: String,
    /// The province's name in English.
    province_en: String,
}

/// Signs a person in: gives a cookie, which is all that the office's pages need from then on.
///
/// A name that there is not gets the same answer as a wrong password, after as long. Few attempts are allowed
/// from one address and with one name.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    tag = "office",
    request_body = SignIn,
    responses(
        (status = 200, body = SessionView, headers(("set-cookie" = String, description = "samruat_session=…"))),
        (status = "4XX", description = "malformed-json, wrong-sign-in, too-many-attempts, cross-site", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn sign_in(
    app: App,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    if is_foreign(request.headers()) {
        return Err(Problem::CrossSite);
    }
    let SignIn { name, password } = body::json(&request, payload).await?;
    let name = person_name(&name).ok_or(Problem::WrongSignIn)?;
    app.attempt_sign_in(&request, &name)?;
    let _place = app.password_place().await?;
    let (token, text) = SessionText::draw().map_err(|error| Problem::Internal(error.to_string()))?;
    let line_id = random().map_err(|error| Problem::Internal(error.to_string()))?;
    let view = app.block(move |app| begin(app, &name, &password, token, line_id)).await?;
    let mut response = ok(view).respond_to(&request).map_into_boxed_body();
    put_cookie(&app, &mut response, &text, app.config.session_max.as_secs())?;
    Ok(response)
}

/// Checks the password and keeps a session.
fn begin(
    app: &AppState,
    name: &str,
    password: &str,
    token: SecretHash,
    line_id: [u8; 8],
) -> Result<SessionView, Problem> {
    let person = app.database.read(|conn| people::find(conn, name))?;
    let kept = person.as_ref().map(|person| person.password_hash.as_str());
    let proved = passwords::verify(password, kept).map_err(|error| Problem::Internal(error.to_string()))?;
    let person = person.filter(|_| proved).ok_or(Problem::WrongSignIn)?;
    let now = app.clock.now();
    let session = Session { token_hash: token.0, person: person.name.clone(), begun_at: now, seen_at: now };
    let oldest = now.plus_seconds(-seconds(app.config.session_max));
    let office = Office::of_person(&person, session.clone());
    let line = home(person.area).map(|tambon| {
        let line = AuditEntry {
            at: now,
            id: line_id,
            actor: office.actor(),
            action: "session.begin".to_owned(),
            subject: tambon.to_string(),
            details: "{}".to_owned(),
        };
        (tambon, line)
    });
    let (name, checked) = (person.name.clone(), person.password_hash.clone());
    let begun = app.database.write(move |tx| -> Result<bool, StoreError> {
        // Whoever was removed, or got another password, meanwhile.
        if people::find(tx, &name)?.is_none_or(|person| person.password_hash != checked) {
            return Ok(false);
        }
        people::begin(tx, &session, oldest)?;
        if let Some((tambon, line)) = &line {
            audit::append(tx, *tambon, line)?;
        }
        Ok(true)
    })?;
    if begun { view(app, &office) } else { Err(Problem::WrongSignIn) }
}

/// Who is signed in, and for which tambons.
#[utoipa::path(
    get,
    path = "/api/v1/session",
    tag = "office",
    responses(
        (status = 200, body = SessionView),
        (status = "4XX", description = "missing-credentials, signed-out, wrong-api-key, api-key-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = []), ("session" = [])),
)]
pub(super) async fn show(app: App, office: Office) -> Result<Json<SessionView>, Problem> {
    app.block(move |app| Ok(ok(view(app, &office)?))).await
}

/// Signs out: the cookie is worth nothing from then on.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    tag = "office",
    responses(
        (status = 204, description = "Signed out"),
        (status = "4XX", description = "missing-credentials, signed-out, cross-site", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("session" = [])),
)]
pub(super) async fn sign_out(app: App, office: Office) -> Result<HttpResponse, Problem> {
    if let Some(token) = office.session() {
        app.block(move |app| Ok(app.database.write(move |tx| people::end(tx, token))?)).await?;
    }
    let mut response = HttpResponse::build(StatusCode::NO_CONTENT).finish();
    put_cookie(&app, &mut response, "", 0)?;
    Ok(response)
}

fn view(app: &AppState, office: &Office) -> Result<SessionView, Problem> {
    let served = app.database.read(tambons::all)?;
    let within = served.into_iter().filter(|tambon| office.area.covers(tambon.code.into()));
    let tambons = within.filter_map(|tambon| app.areas.place(tambon.code)).map(|place| ServedTambon {
        code: place.tambon.area.to_string(),
        name_th: place.tambon.th.to_owned(),
        name_en: place.tambon.en.to_owned(),
        amphoe_th: place.amphoe.th.to_owned(),
        amphoe_en: place.amphoe.en.to_owned(),
        province_th: place.province.th.to_owned(),
        province_en: place.province.en.to_owned(),
    });
    let (area_th, area_en) = match app.areas.get(office.area.shortened(6)) {
        Some(name) => (name.th, name.en),
        None => ("ประเทศไทย", "Thailand"),
    };
    Ok(SessionView {
        name: office.person().map(str::to_owned),
        role: office.role.name(),
        area: office.area.to_string(),
        area_th: area_th.to_owned(),
        area_en: area_en.to_owned(),
        tambons: tambons.collect(),
        expires_at: office.begun_at().map(|at| time(at.plus_seconds(seconds(app.config.session_max)))),
    })
}

/// The session of the request's cookie, read but not looked up.
pub(super) fn shown(request: &HttpRequest) -> Option<SecretHash> {
    let cookies = request.headers().get_all("cookie").filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    SessionText::read(value)
}

/// Who is signed in by this cookie.
///
/// # Errors
/// [`Problem::SignedOut`], the database's own.
pub(super) fn resume(app: &AppState, token: SecretHash) -> Result<(Person, Session), Problem> {
    let now = app.clock.now();
    let found = app.database.read(|conn| people::session(conn, token.0))?;
    let (session, person) = found.ok_or(Problem::SignedOut)?;
    let ends = session.begun_at.plus_seconds(seconds(app.config.session_max));
    let sleeps = session.seen_at.plus_seconds(seconds(app.config.session_idle));
    if now >= ends || now >= sleeps {
        app.database.write(move |tx| people::end(tx, token.0))?;
        return Err(Problem::SignedOut);
    }
    if now >= session.seen_at.plus_seconds(SEEN_EVERY_SECONDS) {
        app.database.write(move |tx| people::note_seen(tx, token.0, now))?;
    }
    Ok((person, session))
}

/// Refuses a request that would change something and was not made by a page of this hub: a cookie comes along
/// whoever made it.
///
/// # Errors
/// [`Problem::CrossSite`].
pub(super) fn refuse_foreign(request: &HttpRequest) -> Result<(), Problem> {
    let headers = request.headers();
    let says = headers.contains_key(&FETCH_SITE) || headers.contains_key(ORIGIN);
    let is_safe = request.method().is_safe();
    if is_safe || (says && !is_foreign(headers)) { Ok(()) } else { Err(Problem::CrossSite) }
}

/// Whether the browser says that another site's page made the request. `Sec-Fetch-Site` decides where it is
/// given; older browsers tell the origin, whose scheme a hub behind a proxy cannot know.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text(&FETCH_SITE), text(&ORIGIN)) {
        (Some(site), _) => site != "same-origin",
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_none() || host != text(&HOST)
        }
        (None, None) => false,
    }
}

/// The cookie goes over plain HTTP only to a hub that nobody else can listen to.
fn put_cookie(app: &AppState, response: &mut HttpResponse, text: &str, seconds: u64) -> Result<(), Problem> {
    let is_private = app.config.listen.ip().is_loopback() && !app.config.behind_proxy;
    let secure = if is_private { "" } else { "; Secure" };
    let cookie = format!("{COOKIE}={text}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    let value = cookie.parse().map_err(|_| Problem::Internal("the cookie is no header".to_owned()))?;
    response.headers_mut().insert(SET_COOKIE, value);
    Ok(())
}

/// Characters of a name that a person signs in with.
const NAME_CHARS_MAX: usize = 80;

/// A person's name as it is kept: without blanks around it, and one blank where there are several. `None` if it
/// can be nobody's.
#[must_use]
pub fn person_name(typed: &str) -> Option<String> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    (fits && !name.chars().any(char::is_control)).then_some(name)
}

/// The tambon in whose audit log something about a person of this area belongs, where there is one.
#[must_use]
pub fn home(area: Area) -> Option<TambonCode> {
    if area.digits() < 6 { None } else { TambonCode::try_from(area.shortened(6).code()).ok() }
}

fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
