//! A device enrols itself by its one-time code; later it asks who wrote what it received.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize};
use sync_protocol::ids::{DeviceId, VillageCode};
use utoipa::ToSchema;

use super::app::App;
use super::auth::Bearer;
use super::body;
use super::conflicts::people;
use super::credentials::{ATTEMPT_BYTES, EnrolmentCode, Secret, random};
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use crate::store::audit::{self, AuditEntry};
use crate::store::devices::{self, Device, Redeemed};
use crate::store::villages::{self, Expected};
use crate::store::{Conn, StoreError};

/// What a device shows to be enrolled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EnrolRequest {
    /// The code, e.g. `650117-7KM2P-XQ4RT`, as a person types it.
    code: String,
    /// 32 hexadecimal digits that the device drew for this enrolment and keeps until it has its token.
    /// When the answer was lost it shows the code and these again, and gets the same answer. Without
    /// them a code can be shown once only.
    attempt: Option<String>,
}

/// What a device is from now on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Enrolled {
    /// Its id, 16 hexadecimal digits: the first half of its actors.
    device: String,
    /// What it shows from now on. It is given to nobody else.
    token: String,
    /// Who carries it.
    person: String,
    /// Code of the tambon.
    tambon: String,
    /// The tambon's name in Thai.
    tambon_th: String,
    /// The tambon's name in English.
    tambon_en: String,
    /// The villages that it may sync.
    villages: Vec<DeviceVillage>,
}

/// A village that a device may sync.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviceVillage {
    /// Code of the village.
    code: String,
    /// Number of the village in its tambon (หมู่ที่).
    moo: u8,
    /// Its name, if a roster told it.
    name_th: Option<String>,
    /// Houses that it should have, if a roster told it.
    expected: Option<u32>,
}

/// The villages of a device, with what rosters say of them.
///
/// # Errors
/// The database's own.
pub(super) fn villages_of(conn: &mut Conn, device: &Device) -> Result<Vec<DeviceVillage>, StoreError> {
    let mut expected: BTreeMap<VillageCode, Expected> = villages::expected(conn, device.tambon)?
        .into_iter()
        .map(|expected| (expected.village, expected))
        .collect();
    let villages = device.villages.iter().map(|village| {
        let expected = expected.remove(village);
        DeviceVillage {
            code: village.to_string(),
            moo: village.moo(),
            expected: expected.as_ref().map(|expected| expected.houses),
            name_th: expected.and_then(|expected| expected.name_th),
        }
    });
    Ok(villages.collect())
}

/// Enrols a device by its one-time code.
///
/// Few attempts are allowed from one address. A code that was used or has expired says so only to
/// whoever has all of it.
#[utoipa::path(
    post,
    path = "/api/v1/enrol",
    tag = "devices",
    request_body = EnrolRequest,
    responses(
        (status = 201, body = Enrolled),
        (status = "4XX", description = "malformed-json, malformed-id, wrong-code, code-used, code-expired, too-many-attempts", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn enrol(
    app: App,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<Enrolled>, Problem> {
    app.attempt_enrolment(&request)?;
    let shown: EnrolRequest = body::json(&request, payload).await?;
    let code = EnrolmentCode::read(&shown.code).ok_or(Problem::WrongCode)?;
    let no_chance = |error: super::credentials::NoChance| Problem::Internal(error.to_string());
    let secret = match shown.attempt.as_deref().map(read_attempt) {
        Some(attempt) => Secret::of_attempt(&code, &attempt?),
        None => Secret::draw().map_err(no_chance)?,
    };
    let id = DeviceId(random().map_err(no_chance)?);
    let line_id = random().map_err(no_chance)?;
    let (code_hash, token_hash, now) = (code.hash().0, secret.hash().0, app.clock.now());
    let (redeemed, villages) = app
        .block(move |app| {
            let redeemed = app.database.write(move |tx| -> Result<_, StoreError> {
                let redeemed = devices::redeem_code(tx, code_hash, id, token_hash, now)?;
                if let Redeemed::Enrolled(device) = &redeemed {
                    audit::append(tx, device.tambon, &line(device, line_id))?;
                }
                Ok(redeemed)
            })?;
            let villages = match &redeemed {
                Redeemed::Enrolled(device) | Redeemed::Again(device) => {
                    app.database.read(|conn| villages_of(conn, device))?
                }
                _ => Vec::new(),
            };
            Ok((redeemed, villages))
        })
        .await?;
    let device = match redeemed {
        Redeemed::Enrolled(device) | Redeemed::Again(device) => device,
        Redeemed::Unknown => return Err(Problem::WrongCode),
        Redeemed::Used => return Err(Problem::CodeUsed),
        Redeemed::Expired => return Err(Problem::CodeExpired),
    };
    let name = app.areas.get(device.tambon.into());
    let enrolled = Enrolled {
        device: device.id.to_string(),
        token: secret.device_token(device.tambon, device.id),
        person: device.person.clone(),
        tambon: device.tambon.to_string(),
        tambon_th: name.map_or("", |name| name.th).to_owned(),
        tambon_en: name.map_or("", |name| name.en).to_owned(),
        villages,
    };
    Ok(Json(StatusCode::CREATED, enrolled))
}

fn read_attempt(hex: &str) -> Result<[u8; ATTEMPT_BYTES], Problem> {
    let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Problem::MalformedId("an attempt is 32 hexadecimal digits".to_owned()))
}

fn line(device: &Device, id: [u8; 8]) -> AuditEntry {
    AuditEntry {
        at: device.enrolled_at,
        id,
        actor: format!("device:{}", device.id),
        action: "device.enrol".to_owned(),
        subject: device.id.to_string(),
        details: "{}".to_owned(),
    }
}

/// Who carries each device of the tambon: an object, device id to name. A device shows by it who
/// wrote the values that are in conflict.
#[utoipa::path(
    get,
    path = "/api/v1/people",
    tag = "devices",
    responses(
        (status = 200, body = BTreeMap<String, String>),
        (status = "4XX", description = "missing-credentials, wrong-token, device-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("device_token" = [])),
)]
pub(super) async fn list_people(app: App, bearer: Bearer) -> Result<Json<BTreeMap<String, String>>, Problem> {
    app.block(move |app| {
        let device = bearer.device(app)?;
        Ok(ok(app.database.read(|conn| people(conn, device.tambon))?))
    })
    .await
}
