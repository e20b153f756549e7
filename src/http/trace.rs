//! Around every request: an id, a line in the log, a count, headers of caution. Neither the log nor
//! the metrics hold addresses, queries, tokens, or anything of a body.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError};
use data_encoding::HEXLOWER;

use super::app::App;
use super::credentials::random;
use super::photos;
use super::problem::{PROBLEM_JSON, Problem};
use crate::clock::Stopwatch;

/// The header that names a request in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps every request.
///
/// # Errors
/// Those of a service that makes no response of its own error; none of this server's is one.
pub(super) async fn trace(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let watch = Stopwatch::start();
    let id = request_id(request.headers());
    let method = request.method().clone();
    let app = request.app_data::<App>().cloned();
    // A handler's error is a response by now; and the router needs the request for itself alone.
    let mut response = next.call(request).await?.map_into_boxed_body();
    let cause = explain(&mut response);
    let route = response.request().match_pattern().unwrap_or_else(|| "none".to_owned());
    let status = response.status().as_u16();
    let took = watch.elapsed();
    let took_ms = took.as_secs_f64() * 1_000.0;
    match cause {
        Some(cause) if status == 500 => {
            tracing::error!(id, %method, route, status, took_ms, cause, "request")
        }
        Some(cause) => tracing::warn!(id, %method, route, status, took_ms, cause, "request"),
        None => tracing::info!(id, %method, route, status, took_ms, "request"),
    }
    if let Some(app) = app {
        app.metrics.answered(&route, status, took);
    }
    caution(response.headers_mut());
    if route.starts_with(photos::ROUTES) {
        response.headers_mut().insert(photos::TUS_RESUMABLE, HeaderValue::from_static(photos::TUS_VERSION));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    Ok(response)
}

/// Makes a problem of an error that the framework answered by itself. Gives what is for the log.
fn explain(response: &mut ServiceResponse<BoxBody>) -> Option<String> {
    let known = response.response().error().and_then(|error| error.as_error::<Problem>());
    if let Some(problem) = known {
        return problem.cause().map(str::to_owned);
    }
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON);
    if !is_error || is_problem {
        return None;
    }
    let cause = response.response().error().map(ToString::to_string);
    let problem = Problem::of_status(status);
    *response.response_mut() = problem.error_response();
    cause.or_else(|| problem.cause().map(str::to_owned))
}

/// The id that a proxy gave, if it looks like one, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_id = |id: &&str| {
        (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    match given.filter(is_id) {
        Some(given) => given.to_owned(),
        None => random::<8>().map_or_else(|_| "no-chance".to_owned(), |bytes| HEXLOWER.encode(&bytes)),
    }
}

/// Headers that a browser is told what not to do by; what a handler said itself stands.
fn caution(headers: &mut HeaderMap) {
    let cautious = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in cautious {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}
