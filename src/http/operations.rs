//! For whoever runs the hub: is it alive, is it ready, what does it count.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;

use super::app::App;
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};

/// A database that takes longer than this to answer is slow.
const SLOW: Duration = Duration::from_millis(500);
/// A database that takes longer than this does not answer.
const DEAD: Duration = Duration::from_secs(5);

/// That the hub runs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Alive {
    /// `alive`.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
}

/// Whether the hub can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// `ready`, or `degraded`: it works, and somebody should look.
    status: &'static str,
    /// The version of the program.
    version: &'static str,
    /// `sqlite` or `postgres`.
    database: &'static str,
    /// The last migration that the database has.
    schema: String,
    /// Requests that could still go to work at once.
    free_places: usize,
    /// Why it is degraded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<&'static str>,
}

/// Whether the program runs. Asks nothing of anything else.
#[utoipa::path(get, path = "/livez", tag = "operations", responses((status = 200, body = Alive)))]
pub(super) async fn livez() -> Json<Alive> {
    ok(Alive { status: "alive", version: env!("CARGO_PKG_VERSION") })
}

/// Whether the hub can do its work.
///
/// A hub that is slow, or that has much to do, is degraded and still ready: if a load balancer took
/// away every hub whose database is slow, there would be none.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    responses(
        (status = 200, body = Readiness),
        (status = 503, description = "not-ready: it is being stopped, or its database does not answer", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn readyz(app: App) -> Result<Json<Readiness>, Problem> {
    if app.is_draining() {
        return Err(Problem::NotReady("it is being stopped"));
    }
    let watch = crate::clock::Stopwatch::start();
    let schema = tokio::time::timeout(DEAD, app.block(|app| Ok(app.database.schema_version()?))).await;
    let mut reasons = Vec::new();
    let schema = match schema {
        Ok(Ok(schema)) => schema,
        Ok(Err(Problem::Busy(cause))) if app.free_places() == 0 => {
            tracing::warn!(cause, "the hub has no place free");
            reasons.push("every place is taken");
            String::new()
        }
        Ok(Err(problem)) => {
            tracing::warn!(cause = problem.cause(), "the hub is not ready");
            return Err(Problem::NotReady("its database does not answer"));
        }
        Err(_) => return Err(Problem::NotReady("its database does not answer")),
    };
    if watch.elapsed() > SLOW {
        reasons.push("the database is slow");
    }
    let status = if reasons.is_empty() { "ready" } else { "degraded" };
    let database = match app.database.url() {
        crate::store::DatabaseUrl::Sqlite(_) => "sqlite",
        crate::store::DatabaseUrl::Postgres(_) => "postgres",
    };
    let free_places = app.free_places();
    Ok(ok(Readiness { status, version: env!("CARGO_PKG_VERSION"), database, schema, free_places, reasons }))
}

/// What the hub counts, for Prometheus. No label names a household, a person or a device.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn metrics(app: App) -> HttpResponse {
    let text = app.metrics.render(app.free_places(), app.started.elapsed());
    HttpResponse::build(StatusCode::OK)
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(text)
}

/// This API as an OpenAPI document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "operations", responses((status = 200, body = Object)))]
pub(super) async fn openapi(request: HttpRequest) -> HttpResponse {
    ok(super::openapi::document()).respond_to(&request)
}
