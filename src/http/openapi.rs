//! The API as an OpenAPI document, made from the handlers themselves.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi as Document};

/// The document.
#[must_use]
pub fn document() -> Document {
    let mut document = super::routes::described();
    document.info = InfoBuilder::new()
        .title("Samruat")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(
            LicenseBuilder::new()
                .name(env!("CARGO_PKG_LICENSE"))
                .identifier(Some(env!("CARGO_PKG_LICENSE")))
                .build(),
        ))
        .build();
    let bearer = |text: &str| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(text)).build();
        SecurityScheme::Http(scheme)
    };
    let cookie = ApiKeyValue::with_description(
        "samruat_session",
        "Given to whoever signs in. What changes something also has to come from the hub's own pages: Sec-Fetch-Site: \
         same-origin, or the same Origin",
    );
    // Whoever signed in may do by the cookie what their role may do by a key.
    let by_key = SecurityRequirement::new("api_key", [""; 0]);
    let by_cookie = SecurityRequirement::new("session", [""; 0]);
    let operations = document.paths.paths.values_mut().flat_map(operations_of);
    for security in operations.filter_map(|operation| operation.security.as_mut()) {
        if security.contains(&by_key) && !security.contains(&by_cookie) {
            security.push(by_cookie.clone());
        }
    }
    let schemas = document.components.take().map(|components| components.schemas).unwrap_or_default();
    let mut components = ComponentsBuilder::new()
        .security_scheme("api_key", bearer("Made by `samruat api-key`: smr_k_…"))
        .security_scheme("device_token", bearer("Given to a device when it enrols: smr_d_…"))
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
        .build();
    components.schemas = schemas;
    document.components = Some(components);
    document.tags = Some(
        [
            ("office", "Signing in to the office's pages"),
            ("planners", "Reading what was surveyed, by API key"),
            ("coordinators", "Looking after devices and what they send, by API key"),
            ("devices", "For volunteers' devices"),
            ("app", "The volunteers' app itself"),
            ("operations", "For whoever runs the hub"),
        ]
        .map(|(name, text)| TagBuilder::new().name(name).description(Some(text)).build())
        .to_vec(),
    );
    document
}

fn operations_of(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, head, options, .. } = path;
    [get, put, post, delete, patch, head, options].into_iter().flatten()
}

const DESCRIPTION: &str = "\
A hub of Samruat: volunteers' devices sync households to it, planners read the merge.\n\n\
Every refusal is a problem (RFC 9457, `application/problem+json`) whose `type` is stable, with a title \
in English and in Thai. Lists come in pages: ask with `after` set to the `next` of the page before. Times \
are RFC 3339 in UTC. Bodies are compressed by `Accept-Encoding` (zstd, gzip).";
