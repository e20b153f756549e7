//! The thresholds of scores: sets with a version, and which of them a tambon is scored by.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use need_score::Parameters;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::app::{App, AppState};
use super::area_path::{TambonPath, query};
use super::auth::{CARE, Office};
use super::body;
use super::planning_problem::{Kind, PlanningProblem};
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::views::time;
use crate::area::Area;
use crate::store::api_keys::Role;
use crate::store::scoring::{self, Scoring};
use crate::store::{Conn, StoreError, audit, tambons};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoQuery {}

/// The sets of thresholds that there are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScoringList {
    /// The sets, the one built in first.
    parameters: Vec<ScoringView>,
}

/// A set of thresholds.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScoringView {
    /// Names the set; a score names it too.
    version: String,
    /// The thresholds.
    #[serde(flatten)]
    thresholds: Thresholds,
    /// Who made it; null for the set that is built in.
    made_by: Option<String>,
    /// When.
    made_at: Option<String>,
}

/// Thresholds of the flags and tiers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Thresholds {
    /// Below this income per person and year, in baht, a household is deprived of income.
    income_line: i64,
    /// Above this income per person and year, in baht, the welfare card is not for it.
    card_income_line: i64,
    /// More persons than this to a sleeping room are crowded.
    overcrowd: f64,
    /// From this need score on, of 1, a household is severely deprived.
    severe_cutoff: f64,
    /// The year (พ.ศ.) from which ages are counted where a visit has no date.
    year_be: i64,
}

/// Which set a tambon is to be scored by.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScoringChoice {
    /// Version of the set.
    version: String,
}

/// What came of scoring anew.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rescored {
    /// Code of the tambon.
    tambon: String,
    /// Version of the set that it is scored by now.
    version: String,
    /// How many households were scored.
    households: usize,
}

impl Thresholds {
    fn of(parameters: &Parameters) -> Self {
        Self {
            income_line: parameters.income_line,
            card_income_line: parameters.card_income_line,
            overcrowd: parameters.overcrowd,
            severe_cutoff: parameters.severe_cutoff,
            year_be: parameters.year_be,
        }
    }

    /// The parameters, if each lies where something can be scored by it.
    fn checked(&self) -> Result<Parameters, PlanningProblem> {
        const BAHT_MAX: f64 = 10_000_000.0;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53, or refused")]
        let ranges = [
            ("income_line", self.income_line as f64, 0.0, BAHT_MAX),
            ("card_income_line", self.card_income_line as f64, 0.0, BAHT_MAX),
            ("overcrowd", self.overcrowd, 1.0, 20.0),
            ("severe_cutoff", self.severe_cutoff, 0.01, 1.0),
            ("year_be", self.year_be as f64, 2_500.0, 2_700.0),
        ];
        for (name, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                return Err(PlanningProblem::new(
                    Kind::OutOfRange,
                    format!("{name} is {value}; it has to be {least} to {most}"),
                    format!("{name} เป็น {value} ต้องอยู่ระหว่าง {least} ถึง {most}"),
                )
                .with(json!({ "parameter": name, "least": least, "most": most })));
            }
        }
        Ok(Parameters {
            version: String::new(),
            income_line: self.income_line,
            card_income_line: self.card_income_line,
            overcrowd: self.overcrowd,
            severe_cutoff: self.severe_cutoff,
            year_be: self.year_be,
        })
    }
}

impl ScoringView {
    fn built_in() -> Self {
        let parameters = Parameters::default();
        let thresholds = Thresholds::of(&parameters);
        Self { version: parameters.version, thresholds, made_by: None, made_at: None }
    }

    fn of(set: &Scoring) -> Self {
        Self {
            version: set.parameters.version.clone(),
            thresholds: Thresholds::of(&set.parameters),
            made_by: Some(set.made_by.clone()),
            made_at: Some(time(set.made_at)),
        }
    }
}

/// The sets of thresholds that there are.
#[utoipa::path(
    get,
    path = "/api/v1/scoring",
    tag = "lists",
    responses(
        (status = 200, body = ScoringList),
        (status = "4XX", description = "missing-credentials, wrong-api-key, api-key-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    _office: Office,
    request: HttpRequest,
) -> Result<Json<ScoringList>, Problem> {
    let NoQuery {} = query(&request)?;
    let made = app.read(|conn: &mut Conn| scoring::all(conn)).await?;
    let parameters = std::iter::once(ScoringView::built_in()).chain(made.iter().map(ScoringView::of));
    Ok(ok(ScoringList { parameters: parameters.collect() }))
}

/// Keeps a new set of thresholds. A set is never altered: what was scored by it stays explained.
#[utoipa::path(
    post,
    path = "/api/v1/scoring",
    tag = "lists",
    request_body = Thresholds,
    responses(
        (status = 201, body = ScoringView),
        (status = "4XX", description = "malformed-json, out-of-range, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn add(
    app: App,
    office: Office,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<ScoringView>, Problem> {
    office.has_role(&[Role::Admin])?;
    let asked = body::json::<Thresholds>(&request, payload).await?;
    let line = office.line(app.clock.now(), "scoring.add", &Area::COUNTRY, &json!(asked))?;
    let parameters = asked.checked()?;
    let (by, now) = (office.actor(), app.clock.now());
    app.block(move |app| {
        let set = app.database.write(move |tx| -> Result<Scoring, StoreError> {
            audit::append(tx, Area::COUNTRY, &line)?;
            scoring::add(tx, &parameters, &by, now)
        })?;
        Ok(Json(StatusCode::CREATED, ScoringView::of(&set)))
    })
    .await
}

/// The number of a set of thresholds by its version.
///
/// # Errors
/// `unknown-scoring`, or the database's own.
pub(super) fn number(app: &AppState, version: &str) -> Result<i32, Problem> {
    let made = app.database.read(scoring::all)?;
    let is_known = |number: &i32| *number == 1 || made.iter().any(|set| set.number == *number);
    version.parse::<i32>().ok().filter(is_known).ok_or_else(|| {
        PlanningProblem::new(
            Kind::UnknownScoring,
            "there is no such version; GET /api/v1/scoring lists those that there are",
            "ไม่มีเกณฑ์รุ่นนี้ ดูรุ่นที่มีได้ที่ GET /api/v1/scoring",
        )
        .into()
    })
}

/// Scores a tambon's households by another set of thresholds, all of them at once.
#[utoipa::path(
    put,
    path = "/api/v1/tambons/{tambon}/scoring",
    tag = "lists",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = ScoringChoice,
    responses(
        (status = 200, body = Rescored),
        (status = "4XX", description = "malformed-json, unknown-scoring, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn choose(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<Rescored>, Problem> {
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let ScoringChoice { version } = body::json(&request, payload).await?;
    let line =
        office.line(app.clock.now(), "scoring.choose", &tambon, &json!({ "version": version.clone() }))?;
    app.block(move |app| {
        let number = number(app, &version)?;
        if app.database.read(|conn| tambons::find(conn, tambon))?.is_none() {
            return Err(Problem::TambonNotServed(tambon.to_string()));
        }
        let households = app.hub.rescore(tambon, number, line)?;
        Ok(ok(Rescored { tambon: tambon.to_string(), version, households }))
    })
    .await
}
