//! Where forms hold: published to villages by coordinators, asked for by devices.

use actix_web::HttpRequest;
use actix_web::web::{Path, Payload};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::VillageCode;
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::{TambonPath, cut, page_limit, place, query};
use super::auth::{Bearer, CARE, Office};
use super::body;
use super::credentials::random;
use super::devices::villages;
use super::enrol::{DeviceVillage, villages_of};
use super::form_views::VersionView;
use super::problem::{Problem, ProblemBody, shortened};
use super::reply::{Json, ok};
use super::views::time;
use crate::forms::{self, Author, FormsError, hash_text, read_hash};
use crate::store::forms::{self as stored, Publication};
use crate::store::{Conn, StoreError, tambons};

/// Which publications.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PublicationsQuery {
    /// What an earlier page gave as `next`.
    after: Option<String>,
    /// Publications on a page, 1 to 1000; 100 unless said.
    limit: Option<usize>,
}

/// What holds where, and what held.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PublicationsPage {
    /// Code of the tambon.
    tambon: String,
    /// The form that holds in every village where no version of it was published.
    built_in: VersionView,
    /// Publications by village and form, the last of each is the one that holds unless it was retired.
    publications: Vec<PublicationView>,
    /// What to ask for as `after`; null on the last page.
    next: Option<String>,
}

/// That a version holds in a village, or held.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PublicationView {
    /// Code of the village.
    village: String,
    /// The form.
    form_id: String,
    /// Hash of the version.
    hash: String,
    /// When it was published.
    published_at: String,
    /// By whom.
    published_by: String,
    /// When it was retired, or another version followed; null while it holds.
    retired_at: Option<String>,
    /// By whom.
    retired_by: Option<String>,
}

/// What is published where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPublication {
    /// Hash of the version.
    hash: String,
    /// Codes of the villages, all of this tambon.
    villages: Vec<String>,
}

/// What was published or retired.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PublicationReport {
    /// Code of the tambon.
    tambon: String,
    /// The form.
    form_id: String,
    /// Hash of the version that holds now; null where the form was retired.
    hash: Option<String>,
    /// Codes of the villages in which that is new.
    changed: Vec<String>,
}

/// Where a form is retired.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RetireQuery {
    /// Codes of villages with commas between; all in which it holds unless said.
    villages: Option<String>,
}

/// What a device is to know of its villages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviceForms {
    /// The forms that hold in any of them.
    forms: Vec<DeviceForm>,
    /// The villages, with what rosters say of them.
    villages: Vec<DeviceVillage>,
    /// What is published in its tambon and expected of its villages, 16 hexadecimal digits: a device that keeps
    /// it knows by the one of a sync when to ask again.
    fingerprint: String,
}

/// A form of a device.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviceForm {
    /// The version.
    #[serde(flatten)]
    version: VersionView,
    /// The villages of the device in which it holds.
    villages: Vec<String>,
}

/// Where forms hold in a tambon, and held.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/forms",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), PublicationsQuery),
    responses(
        (status = 200, body = PublicationsPage),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<PublicationsPage>, Problem> {
    let wanted: PublicationsQuery = query(&request)?;
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let limit = page_limit(wanted.limit)?;
    // A form's id may hold anything: it stands last.
    let after = place(wanted.after.as_deref(), |text| {
        let mut parts = text.splitn(3, '.');
        let (village, number) = (parts.next()?.parse::<VillageCode>().ok()?, parts.next()?.parse().ok()?);
        Some((village, parts.next()?.to_owned(), number))
    })?;
    app.block(move |app| {
        let read = |conn: &mut Conn| stored::history(conn, tambon, after.as_ref(), limit + 1);
        let (found, more) = cut(app.database.read(read)?, limit);
        let last = found.last().filter(|_| more);
        let next = last.map(|last| format!("{}.{}.{}", last.village, last.number, last.form_id));
        let publications = found.into_iter().map(view).collect();
        let built_in = VersionView::of_about(&forms::built_in().version());
        Ok(ok(PublicationsPage { tambon: tambon.to_string(), built_in, publications, next }))
    })
    .await
}

/// Publishes a version of a form in villages of a tambon.
///
/// It takes the place of the version of the same form that holds there. Refused where a table that it reads
/// was not added yet, and where one of its keys
/// means something else in another form that holds in the tambon: there, a key means one thing.
#[utoipa::path(
    put,
    path = "/api/v1/tambons/{tambon}/forms/{form_id}",
    tag = "coordinators",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("form_id" = String, Path, description = "The form's id"),
    ),
    request_body = NewPublication,
    responses(
        (status = 200, description = "It holds there, now or since before", body = PublicationReport),
        (status = "4XX", description = "form-tables-missing (with `tables`), form-clashes (with `clashes`), unknown-form, malformed-json, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn publish(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    path: Path<(String, String)>,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<PublicationReport>, Problem> {
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let (_, form_id) = path.into_inner();
    let wanted: NewPublication = body::json(&request, payload).await?;
    let unknown = || Problem::UnknownForm(shortened(&wanted.hash).into_owned());
    let hash = read_hash(&wanted.hash).ok_or_else(unknown)?;
    let villages = villages(&app, tambon, &wanted.villages)?;
    let (actor, now) = (office.actor(), app.clock.now());
    let codes: Vec<String> = villages.iter().map(ToString::to_string).collect();
    let details = json!({ "form": form_id, "villages": codes });
    let line = office.line(now, "form.publish", &hash_text(&hash), &details)?;
    let epoch = random().map_err(|error| Problem::Internal(error.to_string()))?;
    app.block(move |app| {
        let found = app.database.read(|conn: &mut Conn| forms::find(conn, &hash))?;
        if found.is_none_or(|version| version.about.form_id != form_id) {
            return Err(Problem::UnknownForm(format!("{form_id} {}", hash_text(&hash))));
        }
        let author = Author { name: &actor, now };
        let published = forms::publish(&app.database, &hash, &villages, &author, (epoch, line))?;
        Ok(ok(PublicationReport {
            tambon: tambon.to_string(),
            form_id,
            hash: Some(hash_text(&hash)),
            changed: published.changed.iter().map(ToString::to_string).collect(),
        }))
    })
    .await
}

/// Retires a form in villages of a tambon: devices no longer ask it. Answers stay.
#[utoipa::path(
    delete,
    path = "/api/v1/tambons/{tambon}/forms/{form_id}",
    tag = "coordinators",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("form_id" = String, Path, description = "The form's id"),
        RetireQuery,
    ),
    responses(
        (status = 200, body = PublicationReport),
        (status = "4XX", description = "form-not-published, malformed-query, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn retire(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<Json<PublicationReport>, Problem> {
    let wanted: RetireQuery = query(&request)?;
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let (_, form_id) = path.into_inner();
    let named = wanted.villages.as_deref().map(|codes| {
        let codes: Vec<String> = codes.split(',').map(|code| code.trim().to_owned()).collect();
        villages(&app, tambon, &codes)
    });
    let named = named.transpose()?;
    app.block(move |app| {
        let villages = match named {
            Some(villages) => villages,
            None => app.database.read(|conn: &mut Conn| -> Result<_, StoreError> {
                let holding = forms::holding(conn, tambon)?;
                let of_form = holding.publications().iter().filter(|it| it.form_id == form_id);
                Ok(of_form.map(|publication| publication.village).collect())
            })?,
        };
        if villages.is_empty() {
            return Err(FormsError::NotPublished(form_id).into());
        }
        let (actor, now) = (office.actor(), app.clock.now());
        let codes: Vec<String> = villages.iter().map(ToString::to_string).collect();
        let line = office.line(now, "form.retire", &form_id, &json!({ "villages": codes }))?;
        let changed = forms::retire(&app.database, &form_id, &villages, &Author { name: &actor, now }, line)?;
        let changed = changed.iter().map(ToString::to_string).collect();
        Ok(ok(PublicationReport { tambon: tambon.to_string(), form_id, hash: None, changed }))
    })
    .await
}

/// The forms that hold in the villages of this device, and the villages themselves.
///
/// Ask when a sync gave another fingerprint than this did the last time. Fetch by `/api/v1/forms/{hash}` the
/// forms that the device has not, by `/api/v1/tables/{sha256}` the tables that they read, and keep those that it
/// has: answers given with a version that no longer holds stay.
#[utoipa::path(
    get,
    path = "/api/v1/published-forms",
    tag = "devices",
    responses(
        (status = 200, body = DeviceForms),
        (status = "4XX", description = "missing-credentials, wrong-token, device-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("device_token" = [])),
)]
pub(super) async fn of_device(app: App, bearer: Bearer) -> Result<Json<DeviceForms>, Problem> {
    app.block(move |app| {
        let device = bearer.device(app)?;
        let read = |conn: &mut Conn| -> Result<DeviceForms, FormsError> {
            let villages = villages_of(conn, &device)?;
            let tambon = tambons::find(conn, device.tambon)?;
            let fingerprint = tambon.and_then(|tambon| tambon.forms).unwrap_or_default();
            let holding = forms::holding(conn, device.tambon)?;
            let mut found = Vec::new();
            for (hash, villages) in holding.in_villages(&device.villages) {
                let Some(version) = forms::find(conn, &hash)? else { continue };
                let villages = villages.iter().map(ToString::to_string).collect();
                found.push(DeviceForm { version: VersionView::of(&version), villages });
            }
            Ok(DeviceForms { forms: found, villages, fingerprint: HEXLOWER.encode(&fingerprint.0) })
        };
        Ok(ok(app.database.read(read)?))
    })
    .await
}

fn view(publication: Publication) -> PublicationView {
    let (retired_at, retired_by) = publication.retired.unzip();
    PublicationView {
        village: publication.village.to_string(),
        form_id: publication.form_id,
        hash: hash_text(&publication.hash),
        published_at: time(publication.published_at),
        published_by: publication.published_by,
        retired_at: retired_at.map(time),
        retired_by,
    }
}
