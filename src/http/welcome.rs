//! What a person sees who opens the address of a hub that was built without the volunteer's app.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use data_encoding::BASE64;
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("welcome.html");

/// A page that says what this is, and how the app comes here.
pub(super) fn page() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_SECURITY_POLICY, policy()))
        .body(PAGE)
}

/// Nothing but the page's own style, named by its hash.
fn policy() -> String {
    let style = PAGE
        .split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"))
        .map_or("", |(style, _)| style);
    let hash = BASE64.encode(&Sha256::digest(style));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
