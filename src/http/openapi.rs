//! The API as an OpenAPI document, made from the handlers themselves.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
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
    let schemas = document.components.take().map(|components| components.schemas).unwrap_or_default();
    let mut components = ComponentsBuilder::new()
        .security_scheme("api_key", bearer("Made by `samruat api-key`: smr_k_…"))
        .security_scheme("device_token", bearer("Given to a device when it enrols: smr_d_…"))
        .build();
    components.schemas = schemas;
    document.components = Some(components);
    document.tags = Some(
        [
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

const DESCRIPTION: &str = "\
A hub of Samruat: volunteers' devices sync households to it, planners read the merge.\n\n\
Every refusal is a problem (RFC 9457, `application/problem+json`) whose `type` is stable, with a title \
in English and in Thai. Lists come in pages: ask with `after` set to the `next` of the page before. Times \
are RFC 3339 in UTC. Bodies are compressed by `Accept-Encoding` (zstd, gzip).";
