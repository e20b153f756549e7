//! Projects of a tambon's plan.

use actix_web::HttpRequest;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::TambonCode;
use utoipa::ToSchema;

use super::app::App;
use super::area_path::{TambonPath, query};
use super::auth::Office;
use super::body;
use super::planning_problem::{Kind, PlanningError, PlanningProblem};
use super::problem::{Problem, ProblemBody};
use super::programmes::{YearQuery, year_or_now};
use super::reply::{Json, ok};
use super::views::time;
use crate::planning::fiscal::FiscalYear;
use crate::planning::projects::{PROJECTS_MAX, Project};
use crate::store::projects::{self, ProjectList};
use crate::store::{Conn, StoreError, audit, tambons};

/// The projects of a fiscal year's plan.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectsView {
    /// Code of the tambon.
    tambon: String,
    /// Fiscal year (พ.ศ.).
    fiscal_year: i16,
    /// How many times the list was written; 0 where it never was.
    revision: i32,
    /// Who wrote it last, and when.
    made_by: Option<String>,
    /// When.
    made_at: Option<String>,
    /// The projects, in their order.
    projects: Vec<Project>,
}

/// A list that takes the place of the one that was looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectsWritten {
    /// Fiscal year (พ.ศ.); the one that it is unless said.
    fiscal_year: Option<i64>,
    /// The revision that was looked at: if somebody wrote another since, nothing is done.
    on_revision: i32,
    /// All projects, in their order.
    projects: Vec<Project>,
}

fn view(tambon: TambonCode, year: FiscalYear, list: Option<ProjectList>) -> Result<ProjectsView, StoreError> {
    let (tambon, fiscal_year) = (tambon.to_string(), year.be());
    let Some(list) = list else {
        return Ok(ProjectsView {
            tambon,
            fiscal_year,
            revision: 0,
            made_by: None,
            made_at: None,
            projects: Vec::new(),
        });
    };
    Ok(ProjectsView {
        tambon,
        fiscal_year,
        revision: list.revision,
        projects: read(&list)?,
        made_by: Some(list.made_by),
        made_at: Some(time(list.made_at)),
    })
}

fn read(list: &ProjectList) -> Result<Vec<Project>, StoreError> {
    let wrong = |error| StoreError::Corrupt(format!("revision {} of projects: {error}", list.revision));
    serde_json::from_str(&list.projects).map_err(wrong)
}

/// The projects that count of a fiscal year.
///
/// # Errors
/// The database's own.
pub(super) fn of_year(
    conn: &mut Conn,
    tambon: TambonCode,
    year: FiscalYear,
) -> Result<Vec<Project>, StoreError> {
    let list = projects::last(conn, tambon, year.be())?;
    list.map_or_else(|| Ok(Vec::new()), |list| read(&list))
}

/// The projects of a fiscal year's plan: table 13 of its annex.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/projects",
    tag = "planners",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), YearQuery),
    responses(
        (status = 200, body = ProjectsView),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn show(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<ProjectsView>, Problem> {
    let year = query::<YearQuery>(&request)?.year(&app)?;
    office.covers(tambon)?;
    let read = move |conn: &mut Conn| view(tambon, year, projects::last(conn, tambon, year.be())?);
    Ok(ok(app.read(read).await?))
}

/// Writes the whole list in place of the one that was looked at. What was written before is kept.
#[utoipa::path(
    put,
    path = "/api/v1/tambons/{tambon}/projects",
    tag = "planners",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = ProjectsWritten,
    responses(
        (status = 200, body = ProjectsView),
        (status = "4XX", description = "malformed-json, malformed-query, out-of-range, stale-decision, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn put(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<ProjectsView>, Problem> {
    office.covers(tambon)?;
    let written: ProjectsWritten = body::json(&request, payload).await?;
    let year = year_or_now(written.fiscal_year, &app)?;
    if written.projects.len() > PROJECTS_MAX {
        return Err(PlanningProblem::new(
            Kind::OutOfRange,
            format!("a plan has at most {PROJECTS_MAX} projects"),
            format!("แผนหนึ่งปีมีได้ไม่เกิน {PROJECTS_MAX} โครงการ"),
        )
        .into());
    }
    for (row, project) in (1..).zip(&written.projects) {
        if let Some(told) = project.fault() {
            let (en, th) = (format!("project {row}: {}", told.en), format!("โครงการที่ {row}: {}", told.th));
            return Err(PlanningProblem::new(Kind::OutOfRange, en, th).with(json!({ "row": row })).into());
        }
    }
    let text =
        serde_json::to_string(&written.projects).map_err(|error| Problem::Internal(error.to_string()))?;
    let (made_by, made_at) = (office.actor(), app.clock.now());
    let details = json!({ "fiscal_year": year.be(), "projects": written.projects.len() });
    let line = office.line(made_at, "projects.write", &tambon, &details)?;
    let on_revision = written.on_revision;
    app.block(move |app| {
        if app.database.read(|conn| tambons::find(conn, tambon))?.is_none() {
            return Err(Problem::TambonNotServed(tambon.to_string()));
        }
        let list = app.database.write(move |tx| -> Result<ProjectList, PlanningError> {
            // The tambon's row orders those who write at once.
            tambons::lock(tx, tambon)?;
            let last = projects::last(tx, tambon, year.be())?;
            let revision = last.as_ref().map_or(0, |list| list.revision);
            if revision != on_revision {
                let by = last.map_or_else(String::new, |list| list.made_by);
                return Err(PlanningProblem::written_since(&by, revision).into());
            }
            let list = ProjectList {
                revision: revision + 1,
                projects: text.clone(),
                made_by: made_by.clone(),
                made_at,
            };
            projects::insert(tx, tambon, year.be(), &list)?;
            audit::append(tx, tambon, &line)?;
            Ok(list)
        })?;
        Ok(ok(view(tambon, year, Some(list))?))
    })
    .await
}
