//! Who asks: a device by its token, an office by its API key or by the cookie of somebody who signed in; and
//! what they may do.

use std::collections::BTreeMap;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use data_encoding::BASE64;
use futures_util::future::{LocalBoxFuture, Ready, ready};
use sha2::{Digest, Sha256};
use sync_protocol::ids::{DeviceId, TambonCode};

use super::app::{App, AppState};
use super::credentials::{ApiKeyText, DeviceToken, NoChance, random};
use super::problem::Problem;
use super::session;
use crate::area::Area;
use crate::clock::Micros;
use crate::store::api_keys::{self, ApiKey, Role};
use crate::store::audit::{self, AuditEntry};
use crate::store::devices::{self, Device};
use crate::store::people::{Person, Session};
use crate::store::{Conn, StoreError, Tx, TxError};
use crate::sync::Desk;

/// The token of the request.
fn bearer(request: &HttpRequest) -> Result<&str, Problem> {
    let header = request.headers().get(AUTHORIZATION).ok_or(Problem::MissingCredentials)?;
    let (scheme, token) =
        header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Problem::MissingCredentials)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Problem::MissingCredentials) }
}

/// The API key of the request: as a token, or as the password of a program that knows nothing else, e.g. Excel.
fn api_key(request: &HttpRequest) -> Result<Result<ApiKeyText, Problem>, Problem> {
    let read = |text: &str| ApiKeyText::read(text).ok_or(Problem::WrongApiKey);
    let header = request.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok());
    match header.and_then(|header| header.split_once(' ')) {
        Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
            let pair =
                BASE64.decode(pair.trim().as_bytes()).ok().and_then(|pair| String::from_utf8(pair).ok());
            let pair = pair.ok_or(Problem::MissingCredentials)?;
            Ok(read(pair.split_once(':').map_or("", |(_, password)| password)))
        }
        _ => bearer(request).map(read),
    }
}

/// A device's token, read but not looked up: that is the first thing to do on the blocking thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bearer(DeviceToken);

impl Bearer {
    /// The device, if the token is right and was not revoked.
    ///
    /// # Errors
    /// [`Problem::WrongToken`], [`Problem::DeviceRevoked`], the database's own.
    pub(super) fn device(&self, app: &AppState) -> Result<Device, Problem> {
        let (tambon, id) = (self.0.tambon, self.0.device);
        let device = app.database.read(|conn| devices::find(conn, tambon, id))?;
        let device =
            device.filter(|device| self.0.secret.is(&device.token_hash)).ok_or(Problem::WrongToken)?;
        if device.revoked_at.is_some() { Err(Problem::DeviceRevoked) } else { Ok(device) }
    }
}

impl FromRequest for Bearer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(bearer(request).and_then(|token| DeviceToken::read(token).map(Self).ok_or(Problem::WrongToken)))
    }
}

/// An office: a program with its API key, or a person who signed in.
#[derive(Debug, Clone)]
pub(super) struct Office {
    /// What it may do.
    pub role: Role,
    /// Where.
    pub area: Area,
    holder: Holder,
}

/// Who of the office it is.
#[derive(Debug, Clone)]
enum Holder {
    /// A program: the id of its key, and what the key is called.
    Key(String, String),
    /// A person.
    Person(Session),
}

/// What volunteers read where somebody of the office wrote a value.
const OFFICE: &str = "สำนักงาน";

/// Roles that look after devices and what they send.
pub(super) const CARE: &[Role] = &[Role::Coordinator, Role::Admin];

/// Roles that draw up lists of needs.
pub(super) const LISTS: &[Role] = &[Role::Fund, Role::Coordinator, Role::Admin];

impl Office {
    fn of_key(key: ApiKey) -> Self {
        Self { role: key.role, area: key.area, holder: Holder::Key(key.id, key.label) }
    }

    /// A person who signed in.
    pub(super) fn of_person(person: &Person, session: Session) -> Self {
        Self { role: person.role, area: person.area, holder: Holder::Person(session) }
    }

    /// The name of the person; `None` for a program.
    pub(super) fn person(&self) -> Option<&str> {
        match &self.holder {
            Holder::Key(..) => None,
            Holder::Person(session) => Some(&session.person),
        }
    }

    /// What the key of a program is called; `None` for a person, or where it has no name.
    pub(super) fn key_label(&self) -> Option<&str> {
        match &self.holder {
            Holder::Key(_, label) => Some(label.as_str()).filter(|label| !label.is_empty()),
            Holder::Person(_) => None,
        }
    }

    /// The session, as it is kept, of somebody who signed in.
    pub(super) fn session(&self) -> Option<[u8; 32]> {
        match &self.holder {
            Holder::Key(..) => None,
            Holder::Person(session) => Some(session.token_hash),
        }
    }

    /// When the person signed in.
    pub(super) fn begun_at(&self) -> Option<Micros> {
        match &self.holder {
            Holder::Key(..) => None,
            Holder::Person(session) => Some(session.begun_at),
        }
    }

    /// Refuses a role that is not among these.
    ///
    /// # Errors
    /// [`Problem::RoleNotSufficient`].
    pub(super) fn has_role(&self, roles: &'static [Role]) -> Result<(), Problem> {
        if roles.contains(&self.role) {
            return Ok(());
        }
        let needed = roles.first().map_or("another role", |role| role.name());
        Err(Problem::RoleNotSufficient { role: self.role.name(), needed })
    }

    /// Refuses an area that is not within its own.
    ///
    /// # Errors
    /// [`Problem::OutsideArea`].
    pub(super) fn covers(&self, area: impl Into<Area>) -> Result<(), Problem> {
        let area = area.into();
        if self.area.covers(area) {
            return Ok(());
        }
        Err(Problem::OutsideArea { area: area.to_string(), allowed: self.area.to_string() })
    }

    /// How it is called in the audit log.
    #[must_use]
    pub(super) fn actor(&self) -> String {
        match &self.holder {
            Holder::Key(id, _) => format!("key:{id}"),
            Holder::Person(session) => format!("person:{}", session.person),
        }
    }

    /// Under which device it writes into households of this tambon: one for each of the office, so that a value
    /// tells whose it is.
    ///
    /// # Errors
    /// [`Problem::Internal`] if there is no chance to be had.
    pub(super) fn desk(&self, app: &AppState, tambon: TambonCode, line: AuditEntry) -> Result<Desk, Problem> {
        let no_chance = |error: NoChance| Problem::Internal(error.to_string());
        let called = match &self.holder {
            Holder::Key(_, label) => label.as_str(),
            Holder::Person(session) => session.person.as_str(),
        };
        let person = if called.is_empty() { OFFICE.to_owned() } else { format!("{OFFICE} ({called})") };
        let hash = Sha256::new().chain_update(b"samruat office device\0").chain_update(&app.secret);
        let hash = hash.chain_update(tambon.to_string()).chain_update(self.actor()).finalize();
        let mut device = [0; 8];
        device.copy_from_slice(&hash[..8]);
        let drawn = (random().map_err(no_chance)?, random().map_err(no_chance)?);
        Ok(Desk { tambon, device: DeviceId(device), person, drawn, line })
    }

    /// What its pseudonyms of households are made with: others for each office.
    pub(super) fn pseudonym_key(&self) -> String {
        match &self.holder {
            Holder::Key(id, _) => id.clone(),
            Holder::Person(_) => self.actor(),
        }
    }

    /// A line for the audit log: what was done, on what, and how much of it; never what it said.
    ///
    /// # Errors
    /// [`Problem::Internal`] if there is no chance to be had.
    pub(super) fn line(
        &self,
        now: Micros,
        action: &str,
        subject: &impl ToString,
        details: &serde_json::Value,
    ) -> Result<AuditEntry, Problem> {
        Ok(AuditEntry {
            at: now,
            id: random().map_err(|error| Problem::Internal(error.to_string()))?,
            actor: self.actor(),
            action: action.to_owned(),
            subject: subject.to_string(),
            details: details.to_string(),
        })
    }

    /// Reads what is personal, and writes down who read how much of it. Without the line in the audit
    /// log nothing is given.
    ///
    /// # Errors
    /// The database's own.
    pub(super) fn read_personal<T, E: TxError>(
        &self,
        app: &AppState,
        tambon: TambonCode,
        action: &str,
        count: impl FnOnce(&T) -> usize,
        read: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, Problem>
    where
        Problem: From<E>,
    {
        let found = app.database.read(read)?;
        let details = serde_json::json!({ "role": self.role.name(), "count": count(&found) });
        let line = self.line(app.clock.now(), action, &tambon, &details)?;
        app.database.write(move |tx: &mut Tx<'_>| audit::append(tx, tambon, &line))?;
        Ok(found)
    }

    /// Writes down how much of each tambon somebody read that is personal. Without these lines nothing is given.
    ///
    /// # Errors
    /// The database's own.
    pub(super) fn note_read(
        &self,
        app: &AppState,
        action: &str,
        counts: &BTreeMap<TambonCode, usize>,
    ) -> Result<(), Problem> {
        let line = |(tambon, count): (&TambonCode, &usize)| {
            let details = serde_json::json!({ "role": self.role.name(), "count": count });
            Ok((*tambon, self.line(app.clock.now(), action, tambon, &details)?))
        };
        let lines: Vec<(TambonCode, AuditEntry)> = counts.iter().map(line).collect::<Result<_, Problem>>()?;
        if lines.is_empty() {
            return Ok(());
        }
        Ok(app.database.write(move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
            lines.iter().try_for_each(|(tambon, line)| audit::append(tx, *tambon, line))
        })?)
    }
}

impl FromRequest for Office {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = api_key(request);
        let cookie = session::shown(request);
        let foreign = session::refuse_foreign(request);
        let app = request.app_data::<App>().cloned();
        Box::pin(async move {
            let app = app.ok_or_else(|| Problem::Internal("the server has no state".to_owned()))?;
            match (token, cookie) {
                (Ok(key), _) => Self::by_key(&app, key?).await,
                (Err(_), Some(cookie)) => {
                    foreign?;
                    let (person, session) = app.block(move |app| session::resume(app, cookie)).await?;
                    Ok(Self::of_person(&person, session))
                }
                (Err(missing), None) => Err(missing),
            }
        })
    }
}

impl Office {
    async fn by_key(app: &App, shown: ApiKeyText) -> Result<Self, Problem> {
        let id = shown.id.clone();
        let key = app.read(move |conn| api_keys::find(conn, &id)).await?;
        let key = key.filter(|key| shown.secret.is(&key.secret_hash)).ok_or(Problem::WrongApiKey)?;
        if key.revoked_at.is_some() { Err(Problem::ApiKeyRevoked) } else { Ok(Self::of_key(key)) }
    }
}

/// Either of them, where both may read.
pub(super) enum Reader {
    /// A device, not looked up yet.
    Device(Bearer),
    /// An office.
    Office(Office),
}

impl Reader {
    /// Refuses a device whose token is wrong or was revoked, and gives it otherwise; an office was looked
    /// up already.
    ///
    /// # Errors
    /// Those of [`Bearer::device`].
    pub(super) fn check(&self, app: &AppState) -> Result<Option<Device>, Problem> {
        match self {
            Self::Device(bearer) => bearer.device(app).map(Some),
            Self::Office(_) => Ok(None),
        }
    }
}

impl FromRequest for Reader {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let device = bearer(request).map(|token| DeviceToken::read(token).map(Bearer));
        let office = Office::from_request(request, payload);
        Box::pin(async move {
            match device {
                Ok(Some(bearer)) => Ok(Self::Device(bearer)),
                Ok(None) | Err(_) => office.await.map(Self::Office),
            }
        })
    }
}
