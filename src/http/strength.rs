//! Community strength: what a tambon says of itself in twelve items, year by year.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::TambonCode;
use utoipa::ToSchema;

use super::app::App;
use super::area_path::{TambonPath, query};
use super::auth::{LISTS, Office};
use super::body;
use super::planning_problem::{Kind, PlanningProblem};
use super::problem::{Problem, ProblemBody};
use super::programmes::YearQuery;
use super::reply::{Json, ok};
use super::views::time;
use crate::planning::fiscal::FiscalYear;
use crate::planning::strength::{Assessment, Strength, StrengthItem};
use crate::store::strength::{self, Written};
use crate::store::{Conn, StoreError, audit};

/// What a tambon says of itself in a fiscal year.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StrengthView {
    /// Code of the tambon.
    tambon: String,
    /// Fiscal year (พ.ศ.).
    fiscal_year: i16,
    /// Sum of the levels of the items that were assessed.
    sum: u32,
    /// The most that it could be.
    sum_max: u32,
    /// The twelve items, in order.
    items: Vec<ItemView>,
}

/// An item.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ItemView {
    /// Its name.
    item: &'static str,
    /// What it asks, in Thai.
    th: String,
    /// The same in English.
    en: String,
    /// 0 to 3; null where it was not assessed, which is not 0.
    level: Option<u8>,
    /// What shows it.
    evidence: Option<String>,
    /// Its level in the year before.
    level_before: Option<u8>,
    /// Who assessed it.
    made_by: Option<String>,
    /// When.
    made_at: Option<String>,
}

/// What is written down of a year: the items that are given, beside those that were.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StrengthWritten {
    /// Fiscal year (พ.ศ.); the one that it is unless said.
    fiscal_year: Option<i64>,
    /// The items, by name.
    items: BTreeMap<String, ItemWritten>,
}

/// What is written down of an item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemWritten {
    /// 0 to 3.
    level: u8,
    /// What shows it; needed above 0.
    #[serde(default)]
    evidence: String,
}

fn view(conn: &mut Conn, tambon: TambonCode, year: FiscalYear) -> Result<StrengthView, StoreError> {
    let now = strength::of_year(conn, tambon, year.be())?;
    let before = match year.before() {
        Some(before) => strength::of_year(conn, tambon, before.be())?,
        None => BTreeMap::new(),
    };
    let assessed = |item: &StrengthItem| {
        let Written { level, evidence, .. } = now.get(item.name())?.clone();
        Some((*item, Assessment { level, evidence }))
    };
    let items = StrengthItem::ALL.iter().filter_map(assessed).collect();
    let (sum, sum_max) = Strength { tambon, year, items }.sum();
    let item = |item: StrengthItem| {
        let (told, written) = (item.told(), now.get(item.name()));
        ItemView {
            item: item.name(),
            th: told.th,
            en: told.en,
            level: written.map(|written| written.level),
            evidence: written.map(|written| written.evidence.clone()),
            level_before: before.get(item.name()).map(|written| written.level),
            made_by: written.map(|written| written.made_by.clone()),
            made_at: written.map(|written| time(written.made_at)),
        }
    };
    Ok(StrengthView {
        tambon: tambon.to_string(),
        fiscal_year: year.be(),
        sum,
        sum_max,
        items: StrengthItem::ALL.map(item).into(),
    })
}

/// What a tambon says of itself in a fiscal year, beside the year before.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/strength",
    tag = "planners",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), YearQuery),
    responses(
        (status = 200, body = StrengthView),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn show(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<StrengthView>, Problem> {
    let year = query::<YearQuery>(&request)?.year(&app)?;
    office.covers(tambon)?;
    Ok(ok(app.read(move |conn: &mut Conn| view(conn, tambon, year)).await?))
}

/// Writes down items of a year. What was written before is kept, with who wrote it.
#[utoipa::path(
    put,
    path = "/api/v1/tambons/{tambon}/strength",
    tag = "lists",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = StrengthWritten,
    responses(
        (status = 200, body = StrengthView),
        (status = "4XX", description = "malformed-json, malformed-query, out-of-range, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn put(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<StrengthView>, Problem> {
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let written: StrengthWritten = body::json(&request, payload).await?;
    let year = super::programmes::year_or_now(written.fiscal_year, &app)?;
    let mut items = BTreeMap::new();
    for (name, ItemWritten { level, evidence }) in written.items {
        let item = StrengthItem::named(&name).ok_or_else(|| {
            let known = StrengthItem::ALL.map(StrengthItem::name).join(", ");
            PlanningProblem::new(
                Kind::OutOfRange,
                format!("there is no item {:?}; items are {known}", super::problem::shortened(&name)),
                format!("ไม่มีข้อนี้ ข้อที่มีคือ {known}"),
            )
        })?;
        items.insert(item, Assessment { level, evidence });
    }
    let said = Strength { tambon, year, items };
    if let Some((item, told)) = said.faults().into_iter().next() {
        let problem = PlanningProblem::new(Kind::OutOfRange, told.en, told.th);
        return Err(problem.with(json!({ "item": item.name() })).into());
    }
    let (by, now) = (office.actor(), app.clock.now());
    let line = office.line(now, "strength.write", &tambon, &json!({ "items": said.items.len() }))?;
    app.block(move |app| {
        let view = app.database.write(move |tx| -> Result<StrengthView, StoreError> {
            for (item, Assessment { level, evidence }) in &said.items {
                let (evidence, made_by) = (evidence.trim().to_owned(), by.clone());
                let written = Written { level: *level, evidence, made_by, made_at: now };
                strength::write(tx, tambon, year.be(), item.name(), &written)?;
            }
            audit::append(tx, tambon, &line)?;
            view(tx, tambon, year)
        })?;
        Ok(ok(view))
    })
    .await
}
