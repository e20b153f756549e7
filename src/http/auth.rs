//! Who asks: a device by its token, an office by its API key; and what they may do.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::{LocalBoxFuture, Ready, ready};
use sync_protocol::ids::TambonCode;

use super::app::{App, AppState};
use super::credentials::{ApiKeyText, DeviceToken, random};
use super::problem::Problem;
use crate::area::Area;
use crate::clock::Micros;
use crate::store::api_keys::{self, ApiKey, Role};
use crate::store::audit::{self, AuditEntry};
use crate::store::devices::{self, Device};
use crate::store::{Conn, Tx, TxError};

/// The token of the request.
fn bearer(request: &HttpRequest) -> Result<&str, Problem> {
    let header = request.headers().get(AUTHORIZATION).ok_or(Problem::MissingCredentials)?;
    let (scheme, token) =
        header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Problem::MissingCredentials)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Problem::MissingCredentials) }
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

/// An office: the key that was shown.
#[derive(Debug, Clone)]
pub(super) struct Office {
    /// Its key.
    pub key: ApiKey,
}

/// Roles that look after devices and what they send.
pub(super) const CARE: &[Role] = &[Role::Coordinator, Role::Admin];

/// Roles that draw up lists of needs.
pub(super) const LISTS: &[Role] = &[Role::Fund, Role::Coordinator, Role::Admin];

impl Office {
    /// Refuses a role that is not among these.
    ///
    /// # Errors
    /// [`Problem::RoleNotSufficient`].
    pub(super) fn has_role(&self, roles: &'static [Role]) -> Result<(), Problem> {
        if roles.contains(&self.key.role) {
            return Ok(());
        }
        let needed = roles.first().map_or("another role", |role| role.name());
        Err(Problem::RoleNotSufficient { role: self.key.role.name(), needed })
    }

    /// Refuses an area that is not within the key's.
    ///
    /// # Errors
    /// [`Problem::OutsideArea`].
    pub(super) fn covers(&self, area: impl Into<Area>) -> Result<(), Problem> {
        let area = area.into();
        if self.key.area.covers(area) {
            return Ok(());
        }
        Err(Problem::OutsideArea { area: area.to_string(), allowed: self.key.area.to_string() })
    }

    /// How it is called in the audit log.
    #[must_use]
    pub(super) fn actor(&self) -> String {
        format!("key:{}", self.key.id)
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
        let details = serde_json::json!({ "role": self.key.role.name(), "count": count(&found) });
        let line = self.line(app.clock.now(), action, &tambon, &details)?;
        app.database.write(move |tx: &mut Tx<'_>| audit::append(tx, tambon, &line))?;
        Ok(found)
    }
}

impl FromRequest for Office {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let shown = bearer(request).and_then(|token| ApiKeyText::read(token).ok_or(Problem::WrongApiKey));
        let app = request.app_data::<App>().cloned();
        Box::pin(async move {
            let shown = shown?;
            let app = app.ok_or_else(|| Problem::Internal("the server has no state".to_owned()))?;
            let id = shown.id.clone();
            let key = app.read(move |conn| api_keys::find(conn, &id)).await?;
            let key = key.filter(|key| shown.secret.is(&key.secret_hash)).ok_or(Problem::WrongApiKey)?;
            if key.revoked_at.is_some() { Err(Problem::ApiKeyRevoked) } else { Ok(Self { key }) }
        })
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
            match device? {
                Some(bearer) => Ok(Self::Device(bearer)),
                None => office.await.map(Self::Office),
            }
        })
    }
}
