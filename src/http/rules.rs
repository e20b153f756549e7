//! The thresholds of programmes' rules: sets with a version, and which of them is in force in a tambon.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::TambonCode;
use utoipa::ToSchema;

use super::app::App;
use super::area_path::{TambonPath, query};
use super::auth::{CARE, Office};
use super::body;
use super::planning_problem::{Kind, PlanningError, PlanningProblem};
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::views::time;
use crate::area::Area;
use crate::planning::programme::RuleParameters;
use crate::planning::told::Told;
use crate::store::api_keys::Role;
use crate::store::rules::{self, RuleSet};
use crate::store::{Conn, StoreError, Tx, audit, tambons};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoQuery {}

/// The sets of thresholds of rules that there are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleSetList {
    /// The sets, the one built in first.
    parameters: Vec<RuleSetView>,
}

/// A set of thresholds of rules.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleSetView {
    /// Names the set; matches and allocations name it too.
    version: String,
    /// The thresholds.
    #[serde(flatten)]
    thresholds: RuleThresholds,
    /// Who made it; null for the set that is built in.
    made_by: Option<String>,
    /// When.
    made_at: Option<String>,
}

/// Thresholds of programmes' rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleThresholds {
    /// For so many years after help with the house there is no other (Baan Por Piang). 0 to 50.
    aid_years: i64,
    /// So many days after an event a household is housed for the time being. 1 to 365.
    event_days: i64,
    /// Whether floods and storms count as fires, evictions and collapses do.
    floods_and_storms: bool,
    /// Above this income per person and year, in baht, Baan Por Piang is not for a household. 0 to 10,000,000.
    income_line: i64,
    /// A settlement has at least so many households. 1 to 10,000.
    settlement_households: i64,
    /// The canals of the canal-side programme, without the word คลอง. At most 100.
    canals: Vec<String>,
    /// From this age on somebody is an elder. 40 to 100.
    elder_age: i64,
}

/// Which set is to be in force in a tambon.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleChoice {
    /// Version of the set.
    version: String,
}

impl RuleThresholds {
    fn of(parameters: &RuleParameters) -> Self {
        Self {
            aid_years: parameters.aid_years,
            event_days: parameters.event_days,
            floods_and_storms: parameters.floods_and_storms,
            income_line: parameters.income_line,
            settlement_households: parameters.settlement_households,
            canals: parameters.canals.clone(),
            elder_age: parameters.elder_age,
        }
    }

    /// The parameters, if each lies where a rule can be judged by it.
    fn checked(self) -> Result<RuleParameters, PlanningProblem> {
        let parameters = RuleParameters {
            aid_years: self.aid_years,
            event_days: self.event_days,
            floods_and_storms: self.floods_and_storms,
            income_line: self.income_line,
            settlement_households: self.settlement_households,
            canals: self.canals.iter().map(|canal| canal.trim().to_owned()).collect(),
            elder_age: self.elder_age,
            ..RuleParameters::default()
        };
        let faults = parameters.faults();
        let Some((name, Told { th, en })) = faults.first().cloned() else { return Ok(parameters) };
        let all: Vec<serde_json::Value> = faults
            .iter()
            .map(|(name, told)| json!({ "parameter": name, "th": told.th, "en": told.en }))
            .collect();
        Err(PlanningProblem::new(Kind::OutOfRange, en, th).with(json!({ "parameter": name, "faults": all })))
    }
}

impl RuleSetView {
    /// The set that is in force in a tambon.
    ///
    /// # Errors
    /// The database's own.
    pub(super) fn in_force(conn: &mut Conn, tambon: TambonCode) -> Result<Self, StoreError> {
        let (_, number) = tambons::thresholds(conn, tambon)?;
        let made = rules::all(conn)?;
        let set = made.iter().find(|set| Some(set.number) == number);
        Ok(set.map_or_else(Self::built_in, Self::of))
    }

    fn built_in() -> Self {
        let parameters = RuleParameters::default();
        let thresholds = RuleThresholds::of(&parameters);
        Self { version: parameters.version, thresholds, made_by: None, made_at: None }
    }

    fn of(set: &RuleSet) -> Self {
        Self {
            version: set.parameters.version.clone(),
            thresholds: RuleThresholds::of(&set.parameters),
            made_by: Some(set.made_by.clone()),
            made_at: Some(time(set.made_at)),
        }
    }
}

/// The sets of thresholds of programmes' rules that there are.
#[utoipa::path(
    get,
    path = "/api/v1/rule-parameters",
    tag = "lists",
    responses(
        (status = 200, body = RuleSetList),
        (status = "4XX", description = "missing-credentials, wrong-api-key, api-key-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    _office: Office,
    request: HttpRequest,
) -> Result<Json<RuleSetList>, Problem> {
    let NoQuery {} = query(&request)?;
    let made = app.read(|conn: &mut Conn| rules::all(conn)).await?;
    let parameters = std::iter::once(RuleSetView::built_in()).chain(made.iter().map(RuleSetView::of));
    Ok(ok(RuleSetList { parameters: parameters.collect() }))
}

/// Keeps a new set of thresholds of rules. A set is never altered: what was allocated by it stays explained.
#[utoipa::path(
    post,
    path = "/api/v1/rule-parameters",
    tag = "lists",
    request_body = RuleThresholds,
    responses(
        (status = 201, body = RuleSetView),
        (status = "4XX", description = "malformed-json, out-of-range, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn add(
    app: App,
    office: Office,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<RuleSetView>, Problem> {
    office.has_role(&[Role::Admin])?;
    let asked = body::json::<RuleThresholds>(&request, payload).await?;
    let line = office.line(app.clock.now(), "rules.add", &Area::COUNTRY, &json!(asked))?;
    let parameters = asked.checked()?;
    let (by, now) = (office.actor(), app.clock.now());
    app.block(move |app| {
        let set = app.database.write(move |tx| -> Result<RuleSet, StoreError> {
            audit::append(tx, Area::COUNTRY, &line)?;
            rules::add(tx, &parameters, &by, now)
        })?;
        Ok(Json(StatusCode::CREATED, RuleSetView::of(&set)))
    })
    .await
}

/// Puts a set of thresholds in force in a tambon: who matches from now on, and what is allocated. What was allocated
/// stays as it is.
#[utoipa::path(
    put,
    path = "/api/v1/tambons/{tambon}/rule-parameters",
    tag = "lists",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = RuleChoice,
    responses(
        (status = 200, body = RuleSetView),
        (status = "4XX", description = "malformed-json, unknown-rules, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn choose(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<RuleSetView>, Problem> {
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let RuleChoice { version } = body::json(&request, payload).await?;
    let line =
        office.line(app.clock.now(), "rules.choose", &tambon, &json!({ "version": version.clone() }))?;
    app.block(move |app| {
        let set = app.database.write(move |tx: &mut Tx<'_>| -> Result<_, PlanningError> {
            let made = rules::all(tx)?;
            let (number, view) = match made.iter().find(|set| set.parameters.version == version) {
                Some(set) => (set.number, RuleSetView::of(set)),
                None if version == "1" => (1, RuleSetView::built_in()),
                None => return Err(unknown().into()),
            };
            if tambons::lock(tx, tambon)?.is_none() {
                return Ok(None);
            }
            tambons::set_rules(tx, tambon, number)?;
            audit::append(tx, tambon, &line)?;
            Ok(Some(view))
        })?;
        Ok(ok(set.ok_or_else(|| Problem::TambonNotServed(tambon.to_string()))?))
    })
    .await
}

fn unknown() -> PlanningProblem {
    PlanningProblem::new(
        Kind::UnknownRules,
        "there is no such version; GET /api/v1/rule-parameters lists those that there are",
        "ไม่มีเกณฑ์รุ่นนี้ ดูรุ่นที่มีได้ที่ GET /api/v1/rule-parameters",
    )
}
