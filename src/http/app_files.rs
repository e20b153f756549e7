//! The volunteer's app and the office's pages: the files that the program holds since it was built, or those of a
//! folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use actix_web::http::StatusCode;
use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ContentEncoding,
    ETAG, Encoding, HeaderName, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::app::App;
use super::named_bytes::has_already;
use super::problem::{Problem, ProblemBody};
use super::welcome;

/// What `build.rs` found: path, bytes, bytes in Brotli form.
type EmbeddedFile = (&'static str, &'static [u8], Option<&'static [u8]>);
const EMBEDDED: &[EmbeddedFile] = include!(concat!(env!("OUT_DIR"), "/app_files.rs"));

const INDEX: &str = "index.html";
/// Below here a name holds the hash of what it names.
const ASSETS: &str = "assets/";
/// Below here is what the office's page consists of; a name other than the page's holds the hash of what it names.
const OFFICE: &str = "office/";
const OFFICE_INDEX: &str = "office/index.html";

/// What the app's pages and its worker may do: load what is this hub's, compile its own core, show pictures
/// that were just taken; nothing else.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

const OTHER_HEADERS: [(HeaderName, &str); 2] = [
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Where the files of the app are.
pub enum AppFiles {
    /// In the program; none where it was built without the app.
    Embedded(BTreeMap<&'static str, AppFile>),
    /// In a folder, read anew for each request, for whoever changes the app.
    Folder(PathBuf),
}

/// A file of the app.
#[derive(Clone)]
pub struct AppFile {
    bytes: Bytes,
    brotli: Option<Bytes>,
    /// Names the bytes.
    tag: String,
}

impl AppFiles {
    /// The files of this folder, or else those that the program holds.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        folder.map_or_else(
            || {
                let file = |(path, bytes, brotli): &EmbeddedFile| {
                    (*path, AppFile::new(Bytes::from_static(bytes), brotli.map(Bytes::from_static)))
                };
                Self::Embedded(EMBEDDED.iter().map(file).collect())
            },
            Self::Folder,
        )
    }

    /// The file of this path, if there is one.
    fn find(&self, path: &str) -> Result<Option<AppFile>, Problem> {
        match self {
            Self::Embedded(files) => Ok(files.get(path).cloned()),
            Self::Folder(folder) => {
                let brotli = read(&folder.join(format!("{path}.br")))?;
                Ok(read(&folder.join(path))?.map(|bytes| AppFile::new(bytes, brotli)))
            }
        }
    }
}

impl AppFile {
    fn new(bytes: Bytes, brotli: Option<Bytes>) -> Self {
        let mut tag = HEXLOWER.encode(&Sha256::digest(&bytes));
        tag.truncate(32);
        Self { bytes, brotli, tag }
    }

    /// The reply with this file, in Brotli form where there is one and the client takes it.
    fn reply(self, request: &HttpRequest, path: &str) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        let is_hashed = path.starts_with(ASSETS) || (path.starts_with(OFFICE) && path != OFFICE_INDEX);
        let cached = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        response
            .insert_header((CACHE_CONTROL, cached))
            .insert_header((VARY, "Accept-Encoding"))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY));
        for header in OTHER_HEADERS {
            response.insert_header(header);
        }
        let brotli = self.brotli.filter(|_| takes_brotli(request));
        let etag =
            if brotli.is_some() { format!("\"{}-br\"", self.tag) } else { format!("\"{}\"", self.tag) };
        response.insert_header((ETAG, etag.as_str()));
        if has_already(request, &etag) {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        response.insert_header((CONTENT_TYPE, content_type(path)));
        if brotli.is_some() {
            response.insert_header((CONTENT_ENCODING, "br"));
        }
        response.body(brotli.unwrap_or(self.bytes))
    }
}

/// The volunteer's app; where the program was built without it, a page that says what this is.
#[utoipa::path(get, path = "/", tag = "app", responses((status = 200, body = String, content_type = "text/html")))]
pub(super) async fn page(app: App, request: HttpRequest) -> Result<HttpResponse, Problem> {
    match find(app, INDEX).await? {
        Some(file) => Ok(file.reply(&request, INDEX)),
        None => Ok(welcome::page()),
    }
}

/// The office's page; it is one page, whatever it shows.
#[utoipa::path(
    get,
    path = "/office",
    tag = "app",
    responses(
        (status = 200, body = String, content_type = "text/html"),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "not-found: the program was built without it", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn office_page(app: App, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let file = find(app, OFFICE_INDEX).await?.ok_or(Problem::NotFound)?;
    Ok(file.reply(&request, OFFICE_INDEX))
}

/// A file of the office's page: script or style.
#[utoipa::path(
    get,
    path = "/office/{file}",
    tag = "app",
    params(("file" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The file; in Brotli form where the client takes it", content(
            (Vec<u8> = "text/javascript"), (Vec<u8> = "text/css"), (Vec<u8> = "image/svg+xml"),
        )),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "not-found", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn office_file(app: App, request: HttpRequest) -> Result<HttpResponse, Problem> {
    named(app, &request, OFFICE).await
}

/// A file of the app whose name holds its hash: script, style, core, font, icon.
#[utoipa::path(
    get,
    path = "/assets/{file}",
    tag = "app",
    params(("file" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The file; in Brotli form where the client takes it", content(
            (Vec<u8> = "text/javascript"), (Vec<u8> = "text/css"), (Vec<u8> = "application/wasm"),
            (Vec<u8> = "font/woff2"), (Vec<u8> = "image/png"), (Vec<u8> = "image/svg+xml"),
        )),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "not-found", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn asset(app: App, request: HttpRequest) -> Result<HttpResponse, Problem> {
    named(app, &request, ASSETS).await
}

/// A file of the app that keeps its name: the service worker, the manifest.
#[utoipa::path(
    get,
    path = "/{file}",
    tag = "app",
    params(("file" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The file; in Brotli form where the client takes it", content(
            (Vec<u8> = "text/javascript"), (Vec<u8> = "text/html"), (Vec<u8> = "application/manifest+json"),
            (Vec<u8> = "image/png"), (Vec<u8> = "image/svg+xml"),
        )),
        (status = 304, description = "The client has it already"),
        (status = 404, description = "not-found", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn file(app: App, request: HttpRequest) -> Result<HttpResponse, Problem> {
    named(app, &request, "").await
}

/// The reply with the file that the address names below `folder`.
async fn named(app: App, request: &HttpRequest, folder: &str) -> Result<HttpResponse, Problem> {
    let name = request.match_info().query("file");
    if !is_name(name) {
        return Err(Problem::NotFound);
    }
    let path = format!("{folder}{name}");
    let file = find(app, &path).await?.ok_or(Problem::NotFound)?;
    Ok(file.reply(request, &path))
}

async fn find(app: App, path: &str) -> Result<Option<AppFile>, Problem> {
    if let AppFiles::Embedded(_) = app.app_files {
        return app.app_files.find(path);
    }
    let path = path.to_owned();
    app.block(move |app| app.app_files.find(&path)).await
}

/// Whether this can be the name of a file of the app, and leads nowhere else.
fn is_name(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !name.is_empty() && !name.starts_with('.') && !name.ends_with(".br") && name.bytes().all(is_plain)
}

fn read(path: &Path) -> Result<Option<Bytes>, Problem> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes.into())),
        Err(error) if path.exists() && !path.is_dir() => {
            Err(Problem::Internal(format!("a file of the app cannot be read: {error}")))
        }
        Err(_) => Ok(None),
    }
}

fn takes_brotli(request: &HttpRequest) -> bool {
    let known = [Encoding::brotli(), Encoding::identity()];
    let accepted = request.get_header::<AcceptEncoding>();
    let best = accepted.and_then(|accepted| accepted.negotiate(known.iter()));
    matches!(best, Some(Encoding::Known(ContentEncoding::Brotli)))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("webmanifest") => "application/manifest+json",
        Some("json" | "map") => "application/json",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for good in ["sw.js", "manifest.webmanifest", "core-0a1b2c3d.wasm", "a_b"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "..", ".env", "a/b", "a\\b", "a%2fb", "sw.js.br", "ก.js"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    /// Holds whatever the program was built with; without the app there is nothing to look at.
    #[test]
    fn what_is_embedded_can_be_served() {
        for (path, bytes, brotli) in EMBEDDED {
            let name = path.trim_start_matches(ASSETS).trim_start_matches(OFFICE);
            assert!(is_name(name), "{path} has no address");
            assert_ne!(content_type(path), "application/octet-stream", "{path} is of no known type");
            assert!(brotli.is_none_or(|brotli| brotli.len() < bytes.len()), "{path} grew by being packed");
        }
        assert!(EMBEDDED.is_empty() || EMBEDDED.iter().any(|(path, ..)| *path == INDEX));
    }
}
