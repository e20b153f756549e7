//! Photos: sent piece by piece by the resumable-upload protocol tus 1.0.0, and given to those who may see them.

use std::time::Duration;

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, LOCATION};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, rt};
use data_encoding::{BASE64, HEXLOWER};
use futures_util::StreamExt;
use sync_protocol::ids::TambonCode;

use super::app::App;
use super::area_path::TambonPath;
use super::auth::{Bearer, Office};
use super::credentials::random;
use super::named_bytes::named_bytes;
use super::problem::{Problem, ProblemBody};
use crate::clock::Micros;
use crate::photos::{Offer, PHOTO_BYTES_MAX, UPLOAD_DAYS, content_type};
use crate::store::api_keys::Role;
use crate::store::photos::{Photo, PhotoHash, Upload};
use crate::store::{Tx, audit};

/// What the addresses of uploads begin with.
pub(super) const ROUTES: &str = "/api/v1/photos";
/// Says in which version of tus is spoken; on every answer here.
pub(super) const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
/// The version of tus.
pub(super) const TUS_VERSION: &str = "1.0.0";

const UPLOAD_LENGTH: &str = "upload-length";
const UPLOAD_OFFSET: &str = "upload-offset";
const UPLOAD_METADATA: &str = "upload-metadata";
const UPLOAD_EXPIRES: &str = "upload-expires";
const PIECE: &str = "application/offset+octet-stream";
const KIND_CHARS_MAX: usize = 16;

/// Roles that see photos. A photo shows a home and perhaps a face: planners see none.
const SEEING: &[Role] = &[Role::Fund, Role::Coordinator, Role::Admin];

/// What is spoken here, for a client of tus.
#[utoipa::path(options, path = "/api/v1/photos", tag = "devices", responses(
    (status = 204, description = "Tus-Version, Tus-Max-Size and Tus-Extension say it", headers(
        ("Tus-Version" = String), ("Tus-Max-Size" = u32), ("Tus-Extension" = String),
    )),
))]
pub(super) async fn options() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header(("tus-version", TUS_VERSION))
        .insert_header(("tus-max-size", PHOTO_BYTES_MAX.to_string()))
        .insert_header(("tus-extension", "creation,expiration"))
        .finish()
}

/// Offer a photo.
///
/// The answer says where its bytes go (`Location`) and how many are here already (`Upload-Offset`): all of
/// them where the hub has the photo. A photo that the device began to send before is gone on with; so an offer
/// whose answer was lost can be made again. Unfinished uploads are kept for seven days.
#[utoipa::path(
    post,
    path = "/api/v1/photos",
    tag = "devices",
    params(
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Length" = u32, Header, description = "The photo's length, at most 524288"),
        ("Upload-Metadata" = String, Header, description = "`sha256` and its 64 hexadecimal digits in Base64; `kind` and what it shows, `photo` or `signature`, in Base64; with a comma between"),
    ),
    responses(
        (status = 201, description = "Send the rest there", headers(
            ("Location" = String), ("Upload-Offset" = u32), ("Upload-Expires" = String),
        )),
        (status = "4XX", description = "malformed-upload, unknown-upload-version, photo-too-large, photo-erased, too-many-uploads, too-many-requests, missing-credentials, wrong-token, device-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("device_token" = [])),
)]
pub(super) async fn offer(app: App, bearer: Bearer, request: HttpRequest) -> Result<HttpResponse, Problem> {
    speaks_tus(&request)?;
    let offer = read_offer(&request)?;
    let id = random().map_err(|error| Problem::Internal(error.to_string()))?;
    let upload = app
        .block(move |app| {
            let device = bearer.device(app)?;
            app.count_upload_request(device.id)?;
            Ok(app.photos.offer(&app.database, &device, &offer, id, app.clock.now())?)
        })
        .await?;
    let mut response = HttpResponse::Created();
    response
        .insert_header((LOCATION, format!("{ROUTES}/uploads/{}", HEXLOWER.encode(&upload.id))))
        .insert_header((UPLOAD_OFFSET, upload.received.to_string()));
    if upload.received < upload.bytes {
        response.insert_header((UPLOAD_EXPIRES, expires(&upload)));
    }
    Ok(response.finish())
}

/// How much of a photo is here.
#[utoipa::path(
    head,
    path = "/api/v1/photos/uploads/{upload}",
    tag = "devices",
    params(
        ("upload" = String, Path, description = "As `Location` named it"),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
    ),
    responses(
        (status = 200, description = "Go on from Upload-Offset", headers(
            ("Upload-Offset" = u32), ("Upload-Length" = u32), ("Upload-Expires" = String),
        )),
        (status = "4XX", description = "unknown-upload (also one that is finished: offer the photo again to learn that the hub has it), unknown-upload-version, missing-credentials, wrong-token, device-revoked"),
    ),
    security(("device_token" = [])),
)]
pub(super) async fn stand(app: App, bearer: Bearer, request: HttpRequest) -> Result<HttpResponse, Problem> {
    speaks_tus(&request)?;
    let id = upload_id(&request);
    let upload = app
        .block(move |app| {
            let device = bearer.device(app)?;
            app.count_upload_request(device.id)?;
            Ok(app.photos.upload(&app.database, &device, &id?, app.clock.now())?)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((UPLOAD_OFFSET, upload.received.to_string()))
        .insert_header((UPLOAD_LENGTH, upload.bytes.to_string()))
        .insert_header((UPLOAD_EXPIRES, expires(&upload)))
        .finish())
}

/// Send the next bytes of a photo.
///
/// What arrived before the line broke is kept. When the photo is whole it is checked: its SHA-256, and that it
/// is a JPEG, PNG or WebP; if it is not, the upload is forgotten.
#[utoipa::path(
    patch,
    path = "/api/v1/photos/uploads/{upload}",
    tag = "devices",
    params(
        ("upload" = String, Path, description = "As `Location` named it"),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Offset" = u32, Header, description = "How many bytes are there already"),
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "They arrived; the photo is whole where Upload-Offset is its length", headers(("Upload-Offset" = u32))),
        (status = "4XX", description = "malformed-upload, unknown-upload, unknown-upload-version, wrong-offset, photo-too-large, photo-mismatch, not-a-photo, photo-erased, too-many-requests, truncated-body, request-timeout, unsupported-media-type, unsupported-encoding, missing-credentials, wrong-token, device-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("device_token" = [])),
)]
pub(super) async fn append(
    app: App,
    bearer: Bearer,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    speaks_tus(&request)?;
    is_piece(&request)?;
    let offset = number(&request, UPLOAD_OFFSET)?;
    let id = upload_id(&request);
    let (device, upload) = app
        .block(move |app| {
            let device = bearer.device(app)?;
            app.count_upload_request(device.id)?;
            let upload = app.photos.upload(&app.database, &device, &id?, app.clock.now())?;
            if upload.received == offset {
                Ok((device, upload))
            } else {
                Err(Problem::WrongOffset { received: upload.received })
            }
        })
        .await?;
    let room = (upload.bytes - upload.received) as usize;
    // In a task of its own: it goes on when the connection, and with it this handler, is gone.
    let task = rt::spawn(async move {
        let (bytes, ended) = arriving(payload, room, app.config.body_idle).await;
        if let Err(Problem::PhotoTooLarge { .. }) = ended {
            return Err(Problem::PhotoTooLarge { limit_bytes: upload.bytes });
        }
        let append = move |app: &App| {
            let now = app.clock.now();
            Ok(app.photos.append(&app.database, &device, &upload.id, offset, &bytes, now)?)
        };
        let received = app.block(append).await?;
        ended.map(|()| received)
    });
    let received = task.await.map_err(|_| Problem::Internal("an upload's task panicked".to_owned()))??;
    Ok(HttpResponse::NoContent().insert_header((UPLOAD_OFFSET, received.to_string())).finish())
}

/// A photo of the device's tambon, or a part of it, by the SHA-256 of its bytes.
#[utoipa::path(
    get,
    path = "/api/v1/photos/{sha256}",
    tag = "devices",
    params(
        ("sha256" = String, Path, description = "64 hexadecimal digits, as an answer holds them after `sha256:`"),
        ("Range" = Option<String>, Header, description = "One range of bytes: `bytes=0-32767`"),
    ),
    responses(
        (status = 200, description = "All of it", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"),
        )),
        (status = 206, description = "The part that was asked for", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"),
        )),
        (status = 304, description = "The client has it already"),
        (status = "4XX", description = "unknown-photo, range-not-satisfiable, missing-credentials, wrong-token, device-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("device_token" = [])),
)]
pub(super) async fn of_device(
    app: App,
    bearer: Bearer,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let name = photo_hash(&request);
    let found = app
        .block(move |app| {
            let device = bearer.device(app)?;
            found(app, device.tambon, &name?)
        })
        .await?;
    given(&request, found)
}

/// A photo of a tambon, or a part of it, by the SHA-256 of its bytes, for funds and coordinators.
///
/// Who looked at it is written down.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/photos/{sha256}",
    tag = "planners",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("sha256" = String, Path, description = "64 hexadecimal digits, as an answer holds them after `sha256:`"),
        ("Range" = Option<String>, Header, description = "One range of bytes: `bytes=0-32767`"),
    ),
    responses(
        (status = 200, description = "All of it", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"),
        )),
        (status = 206, description = "The part that was asked for", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"),
        )),
        (status = 304, description = "The client has it already"),
        (status = "4XX", description = "unknown-photo, range-not-satisfiable, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn of_office(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    office.has_role(SEEING)?;
    office.covers(tambon)?;
    let name = photo_hash(&request);
    let found = app
        .block(move |app| {
            let photo = found(app, tambon, &name?)?;
            let details = serde_json::json!({ "role": office.role.name() });
            let subject = format!("sha256:{}", HEXLOWER.encode(&photo.0.sha256));
            let line = office.line(app.clock.now(), "photo.read", &subject, &details)?;
            app.database.write(move |tx: &mut Tx<'_>| audit::append(tx, tambon, &line))?;
            Ok(photo)
        })
        .await?;
    given(&request, found)
}

fn found(app: &App, tambon: TambonCode, sha256: &PhotoHash) -> Result<(Photo, Vec<u8>), Problem> {
    app.photos.find(&app.database, tambon, sha256, app.clock.now())?.ok_or(Problem::UnknownPhoto)
}

fn given(request: &HttpRequest, (photo, bytes): (Photo, Vec<u8>)) -> Result<HttpResponse, Problem> {
    named_bytes(request, &HEXLOWER.encode(&photo.sha256), content_type(photo.media), bytes)
}

/// Reads what arrives, up to `room` bytes, and how it ended; what came before a broken line is given too.
async fn arriving(mut payload: Payload, room: usize, idle: Duration) -> (Vec<u8>, Result<(), Problem>) {
    let mut bytes = Vec::new();
    loop {
        match tokio::time::timeout(idle, payload.next()).await {
            Err(_) => return (bytes, Err(Problem::RequestTimeout)),
            Ok(None) => return (bytes, Ok(())),
            Ok(Some(Err(_))) => return (bytes, Err(Problem::TruncatedBody)),
            Ok(Some(Ok(piece))) if bytes.len() + piece.len() > room => {
                return (Vec::new(), Err(Problem::PhotoTooLarge { limit_bytes: PHOTO_BYTES_MAX }));
            }
            Ok(Some(Ok(piece))) => bytes.extend_from_slice(&piece),
        }
    }
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

fn speaks_tus(request: &HttpRequest) -> Result<(), Problem> {
    let version = header(request, TUS_RESUMABLE.as_str());
    if version == Some(TUS_VERSION) { Ok(()) } else { Err(Problem::UnknownUploadVersion) }
}

fn is_piece(request: &HttpRequest) -> Result<(), Problem> {
    let kind = header(request, CONTENT_TYPE.as_str()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(PIECE) {
        return Err(Problem::UnsupportedMediaType { expected: PIECE });
    }
    let encoding = header(request, CONTENT_ENCODING.as_str()).unwrap_or("identity");
    if encoding.eq_ignore_ascii_case("identity") { Ok(()) } else { Err(Problem::UnsupportedEncoding) }
}

fn number(request: &HttpRequest, name: &'static str) -> Result<u32, Problem> {
    let value = header(request, name).unwrap_or_default();
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err(Problem::MalformedUpload(format!("the header {name} has to hold a number of bytes")));
    }
    Ok(value.parse().unwrap_or(u32::MAX))
}

fn read_offer(request: &HttpRequest) -> Result<Offer, Problem> {
    let bytes = number(request, UPLOAD_LENGTH)?;
    if bytes == 0 {
        return Err(Problem::MalformedUpload("a photo has some bytes".to_owned()));
    }
    let told = metadata(header(request, UPLOAD_METADATA).unwrap_or_default());
    let value = |wanted: &str| told.iter().find(|(key, _)| *key == wanted).map(|(_, value)| value.as_slice());
    let sha256 = value("sha256").and_then(hash_of_digits).ok_or_else(|| {
        Problem::MalformedUpload(
            "Upload-Metadata has to hold sha256: 64 hexadecimal digits, in Base64".to_owned(),
        )
    })?;
    let kind = value("kind").map_or(Some("photo"), |kind| std::str::from_utf8(kind).ok());
    let is_word = |kind: &&str| {
        (1..=KIND_CHARS_MAX).contains(&kind.len())
            && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    let kind = kind.filter(is_word).ok_or_else(|| {
        Problem::MalformedUpload(format!("the kind has 1 to {KIND_CHARS_MAX} letters a to z or _, in Base64"))
    })?;
    Ok(Offer { sha256, bytes, kind: kind.to_owned() })
}

/// Keys and values of an `Upload-Metadata` header; a value that is not Base64 is left out.
fn metadata(header: &str) -> Vec<(&str, Vec<u8>)> {
    let pairs = header.split(',').filter_map(|pair| pair.trim().split_once(' '));
    pairs.filter_map(|(key, value)| Some((key, BASE64.decode(value.trim().as_bytes()).ok()?))).collect()
}

fn hash_of_digits(digits: &[u8]) -> Option<PhotoHash> {
    HEXLOWER.decode(digits).ok()?.try_into().ok()
}

fn photo_hash(request: &HttpRequest) -> Result<PhotoHash, Problem> {
    hash_of_digits(request.match_info().query("sha256").as_bytes()).ok_or(Problem::UnknownPhoto)
}

fn upload_id(request: &HttpRequest) -> Result<[u8; 16], Problem> {
    let id = HEXLOWER.decode(request.match_info().query("upload").as_bytes()).ok();
    id.and_then(|id| id.try_into().ok()).ok_or(Problem::UnknownUpload)
}

/// When an upload is forgotten, as HTTP writes a time.
fn expires(upload: &Upload) -> String {
    let Micros(at) = upload.created_at.plus_seconds(UPLOAD_DAYS * 24 * 60 * 60);
    let at = jiff::Timestamp::from_microsecond(at).unwrap_or_default();
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_keys_and_values_in_base64() {
        let told = metadata("sha256 YWI=,kind c2lnbmF0dXJl, broken ***,alone");
        assert_eq!(told, [("sha256", b"ab".to_vec()), ("kind", b"signature".to_vec())]);
        assert_eq!(metadata(""), []);
    }

    #[test]
    fn an_upload_expires_seven_days_after_it_began() {
        let upload = Upload {
            id: [0; 16],
            device: sync_protocol::ids::DeviceId([0; 8]),
            sha256: [0; 32],
            kind: "photo".to_owned(),
            bytes: 1,
            received: 0,
            created_at: Micros(1_763_800_000_000_000),
        };
        assert_eq!(expires(&upload), "Sat, 29 Nov 2025 08:26:40 GMT");
    }
}
