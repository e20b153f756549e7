//! What the office knows of the settlements of a tambon, which programmes ask for and no volunteer does.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::{TambonCode, VillageCode};
use utoipa::ToSchema;

use super::app::App;
use super::area_path::TambonPath;
use super::auth::{LISTS, Office};
use super::body;
use super::households::scope;
use super::planning_problem::{Kind, PlanningError, PlanningProblem};
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::views::time;
use crate::planning::programme::Settlement;
use crate::store::settlements::{self, SettlementList};
use crate::store::{Conn, StoreError, audit, tambons, villages};

/// The settlements of a tambon.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SettlementsView {
    /// Code of the tambon.
    tambon: String,
    /// How many times the list was written; 0 where it never was.
    revision: i32,
    /// Who wrote it last.
    made_by: Option<String>,
    /// When.
    made_at: Option<String>,
    /// Every village that has households, by code, with what is known of its settlement.
    settlements: Vec<SettlementView>,
}

/// The settlement of a village.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SettlementView {
    /// Code of the village, 8 digits.
    village: String,
    /// Households that were recorded in the village.
    recorded: i32,
    /// Households of the settlement, 0 where houses stand alone; null where nobody told.
    households: Option<u32>,
    /// Whether they save together.
    saves_together: Option<bool>,
    /// The canal that it lies at, without the word คลอง.
    canal: Option<String>,
}

/// A list that takes the place of the one that was looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettlementsWritten {
    /// The revision that was looked at: if somebody wrote another since, nothing is done.
    on_revision: i32,
    /// The settlements of which something is known.
    settlements: Vec<SettlementWritten>,
}

/// The settlement of a village.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettlementWritten {
    /// Code of the village, 8 digits.
    village: String,
    /// Its households, at most 100,000; 0 where houses stand alone. Null where nobody told.
    households: Option<u32>,
    /// Whether they save together.
    saves_together: Option<bool>,
    /// The canal that it lies at, at most 100 characters.
    canal: Option<String>,
}

fn view(conn: &mut Conn, tambon: TambonCode) -> Result<SettlementsView, StoreError> {
    let list = settlements::last(conn, tambon)?;
    let mut known = list.as_ref().map(|list| list.settlements.clone()).unwrap_or_default();
    let mut rows: Vec<SettlementView> = Vec::new();
    let mut add = |village: VillageCode, recorded: i32, settlement: Settlement| {
        let Settlement { households, saves_together, canal } = settlement;
        rows.push(SettlementView {
            village: village.to_string(),
            recorded,
            households,
            saves_together,
            canal,
        });
    };
    for (village, sums) in villages::all(conn, tambon)? {
        add(village, sums.households, known.remove(&village).unwrap_or_default());
    }
    known.into_iter().for_each(|(village, settlement)| add(village, 0, settlement));
    rows.sort_by(|one, other| one.village.cmp(&other.village));
    Ok(SettlementsView {
        tambon: tambon.to_string(),
        revision: list.as_ref().map_or(0, |list| list.revision),
        made_at: list.as_ref().map(|list| time(list.made_at)),
        made_by: list.map(|list| list.made_by),
        settlements: rows,
    })
}

/// What is known of the settlements of a tambon, village by village.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/settlements",
    tag = "lists",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    responses(
        (status = 200, body = SettlementsView),
        (status = "4XX", description = "missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn show(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
) -> Result<Json<SettlementsView>, Problem> {
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    Ok(ok(app.read(move |conn: &mut Conn| view(conn, tambon)).await?))
}

/// Writes the whole list in place of the one that was looked at. What was written before is kept.
///
/// Whoever is asked for by a programme afterwards is judged by it; what was allocated stays as it is.
#[utoipa::path(
    put,
    path = "/api/v1/tambons/{tambon}/settlements",
    tag = "lists",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = SettlementsWritten,
    responses(
        (status = 200, body = SettlementsView),
        (status = "4XX", description = "malformed-json, malformed-query, out-of-range, stale-decision, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn put(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<SettlementsView>, Problem> {
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let SettlementsWritten { on_revision, settlements } = body::json(&request, payload).await?;
    let mut known = BTreeMap::new();
    for SettlementWritten { village, households, saves_together, canal } in settlements {
        let Some(code) = scope(&app, &office, tambon, Some(&village))? else { continue };
        let settlement = Settlement { households, saves_together, canal }.tidied();
        if let Some(told) = settlement.fault() {
            let (en, th) = (format!("{code}: {}", told.en), format!("{code}: {}", told.th));
            let problem = PlanningProblem::new(Kind::OutOfRange, en, th);
            return Err(problem.with(json!({ "village": village })).into());
        }
        if known.insert(code, settlement).is_some() {
            return Err(Problem::MalformedQuery(format!("village {code} stands in the list twice")));
        }
    }
    known.retain(|_, settlement| *settlement != Settlement::default());
    let (made_by, made_at) = (office.actor(), app.clock.now());
    let line = office.line(made_at, "settlements.write", &tambon, &json!({ "settlements": known.len() }))?;
    app.block(move |app| {
        let view = app.database.write(move |tx| -> Result<_, PlanningError> {
            // The tambon's row orders those who write at once.
            if tambons::lock(tx, tambon)?.is_none() {
                return Ok(None);
            }
            let last = settlements::last(tx, tambon)?;
            let revision = last.as_ref().map_or(0, |list| list.revision);
            if revision != on_revision {
                let by = last.map_or_else(String::new, |list| list.made_by);
                return Err(PlanningProblem::written_since(&by, revision).into());
            }
            let (settlements, made_by) = (known.clone(), made_by.clone());
            let list = SettlementList { revision: revision + 1, settlements, made_by, made_at };
            settlements::insert(tx, tambon, &list)?;
            audit::append(tx, tambon, &line)?;
            Ok(Some(view(tx, tambon)?))
        })?;
        Ok(ok(view.ok_or_else(|| Problem::TambonNotServed(tambon.to_string()))?))
    })
    .await
}
