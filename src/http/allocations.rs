//! Allocations: units and budget of a programme, given out along an approved list; and their tranches.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, Responder};
use data_encoding::HEXLOWER;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode};
use utoipa::ToSchema;

use super::allocation_files::{AllocationFileQuery, all_in_a_file};
use super::app::{App, AppState};
use super::area_path::{TambonPath, hex_id, id, query};
use super::auth::{LISTS, Office};
use super::body::Body;
use super::credentials::random;
use super::export::Format;
use super::needy_lists::{list_id_of, replayed, unknown_list};
use super::planning_problem::{Kind, PlanningError, PlanningProblem};
use super::problem::{Problem, ProblemBody};
use super::programmes::{programme, year_or_now};
use super::reply::{Json, ok};
use super::views::time;
use crate::clock::Micros;
use crate::planning::allocation::{Candidate, Decision, Means, allocate};
use crate::planning::fiscal::{FiscalYear, day_in_thailand};
use crate::planning::needy_list::{NeedyList, State};
use crate::planning::programme::{Programme, RuleParameters, Verdict, matches};
use crate::planning::region::Region;
use crate::planning::told::Told;
use crate::planning::tranches::{Payment, Satang, Status, Tranche, TrancheFault, Tranches};
use crate::store::allocations::{self, Allocated, AllocationId, TrancheRow};
use crate::store::{Conn, StoreError, Tx, audit, rules, tambons};

/// Characters of the reason of a withdrawal.
const REASON_CHARS_MAX: usize = 500;

/// Bytes of a request with estimates.
const REQUEST_BYTES_MAX: usize = 1024 * 1024;

/// What is to be given out, along which list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AllocationRequest {
    /// Id of the programme.
    programme: String,
    /// Fiscal year (พ.ศ.); the one that it is unless said.
    fiscal_year: Option<i64>,
    /// Id of the list, which has to be approved.
    list_id: String,
    /// Its version.
    version: u32,
    /// How many households; only the budget counts unless said.
    units: Option<u32>,
    /// Baht in all; what the programme has for this very tambon, with its units, unless said.
    #[schema(minimum = 0)]
    budget: Option<i64>,
    /// Baht for a household at most; that of the programme unless said.
    ceiling: Option<i64>,
    /// Whether the forum voted that a cheaper household further down may take what is left.
    #[serde(default)]
    backfill: bool,
    /// What the work on a house is estimated at, baht, by id of the household; the ceiling unless said.
    #[serde(default)]
    estimates: BTreeMap<String, i64>,
    /// Whether it is only to be tried: nothing is kept.
    #[serde(default)]
    dry_run: bool,
}

/// What was given out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AllocationView {
    /// Its id; null of one that was only tried.
    pub(super) allocation_id: Option<String>,
    /// Id of the programme.
    pub(super) programme: String,
    /// Fiscal year (พ.ศ.).
    pub(super) fiscal_year: i16,
    /// Id of the list.
    pub(super) list_id: String,
    /// Its version.
    pub(super) version: u32,
    /// How many households it was for.
    units: Option<u32>,
    /// Baht in all.
    pub(super) budget: u64,
    /// Baht for a household at most.
    ceiling: Option<u64>,
    /// Whether the forum voted for backfill.
    backfill: bool,
    /// Version of the thresholds by which it was judged who matches.
    pub(super) rule_parameters: String,
    /// Baht that are left.
    pub(super) budget_left: u64,
    /// Households that could still be helped.
    units_left: Option<u32>,
    /// Households that match, in the order of the list, and what was decided for each.
    pub(super) decisions: Vec<AllocationDecision>,
    /// Who made it.
    pub(super) made_by: String,
    /// When.
    pub(super) made_at: String,
    /// Whether it was withdrawn.
    pub(super) is_withdrawn: bool,
    /// Who withdrew it, when and why.
    withdrawal: Option<WithdrawalView>,
    /// Parts in which the money comes.
    tranches: Vec<TrancheView>,
    /// What is late of them, in words.
    #[schema(value_type = Vec<Object>)]
    overdue: Vec<Told>,
}

/// That an allocation was withdrawn.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WithdrawalView {
    /// Who.
    by: String,
    /// When.
    at: String,
    /// Why; null where an older program did not ask.
    reason: Option<String>,
}

/// Why an allocation is withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawalReason {
    /// In words, 1 to 500 characters.
    reason: String,
}

/// What was decided for a household.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct AllocationDecision {
    /// Id of the household.
    pub(super) household_id: String,
    /// `approved`, or `waiting`.
    decision: String,
    /// What it waits for: `units`, `budget`, `housing_approval` (it has one this year), `answers` (one is missing).
    waits_for: Option<String>,
    /// What the work is estimated at, baht.
    pub(super) estimate: u64,
    /// Baht from the programme.
    pub(super) granted: u64,
    /// Baht that the household or its neighbours bring.
    pub(super) local_contribution: u64,
    /// Baht of the budget that are left after it.
    pub(super) budget_left: u64,
}

/// The allocations of a tambon.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AllocationList {
    /// The newest first.
    allocations: Vec<AllocationView>,
}

/// In which parts the money comes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TranchePlan {
    /// The parts, in order; their percentages make 100.
    tranches: Vec<TrancheAsked>,
}

/// A part.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TrancheAsked {
    /// Of the whole.
    percent: u8,
    /// The day by which it is due, `YYYY-MM-DD`.
    due_on: String,
    /// The day on which it was paid.
    paid_on: Option<String>,
}

/// A part of an allocation's money.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TrancheView {
    /// From 1.
    number: i16,
    /// Of the whole.
    percent: u8,
    /// Baht, with satang.
    amount: f64,
    /// The day by which it is due.
    due_on: String,
    /// The day on which it was paid.
    paid_on: Option<String>,
    /// `paid`, `waiting` or `overdue`.
    status: &'static str,
    /// Days since it was due, if it is overdue.
    days_overdue: Option<i32>,
}

fn refused(en: impl Into<String>, th: impl Into<String>) -> PlanningProblem {
    PlanningProblem::new(Kind::AllocationRefused, en, th)
}

fn unfit(Told { th, en }: Told) -> PlanningProblem {
    refused(en, th)
}

fn unknown() -> PlanningProblem {
    PlanningProblem::new(
        Kind::UnknownAllocation,
        "this tambon has no such allocation; GET …/allocations lists those that there are",
        "ตำบลนี้ไม่มีการจัดสรรนี้ กรุณาเลือกจากรายการจัดสรร",
    )
}

/// Baht that may not be below zero.
fn baht(what: &'static str, what_th: &'static str, value: i64) -> Result<u64, PlanningProblem> {
    u64::try_from(value).map_err(|_| {
        refused(
            format!("{what} is {value} baht; it cannot be below zero"),
            format!("{what_th} เป็น {value} บาท ต้องไม่ติดลบ"),
        )
    })
}

/// A request that was checked: what there is to give.
struct Asked {
    programme: Programme,
    year: FiscalYear,
    parameters: RuleParameters,
    means: Means,
    backfill: bool,
    estimates: BTreeMap<HouseholdId, u64>,
}

impl Asked {
    fn read(
        app: &AppState,
        tambon: TambonCode,
        request: &AllocationRequest,
        list: &NeedyList,
    ) -> Result<Self, Problem> {
        let year = year_or_now(request.fiscal_year, app)?;
        let programme = app
            .database
            .read(|conn| Ok::<_, StoreError>(programme(conn, &request.programme, year, tambon)))??;
        if !matches!(list.state(), State::Approved | State::HandedOver) {
            let problem = refused(
                "the list is not approved; only an approved list is given out along",
                "บัญชียังไม่ได้รับอนุมัติ จัดสรรได้เฉพาะบัญชีที่อนุมัติแล้ว",
            );
            return Err(problem.into());
        }
        let ceiling =
            request.ceiling.map(|ceiling| baht("the ceiling", "เพดานต่อหลัง", ceiling)).transpose()?;
        let mut estimates = BTreeMap::new();
        for (household, estimate) in &request.estimates {
            let household: HouseholdId = id(household)?;
            if list.line(household).is_none() {
                let problem = refused(
                    format!("there is an estimate for household {household}, which is not on the list"),
                    format!("มีประมาณการของครัวเรือน {household} ซึ่งไม่อยู่ในบัญชี"),
                );
                return Err(problem.into());
            }
            estimates.insert(household, baht("an estimate", "ประมาณการ", *estimate)?);
        }
        // What a programme has for a larger region is not one tambon's to give out.
        let is_its_own = programme.region == Region::Area(tambon.into());
        let own = programme.means().filter(|_| is_its_own);
        let means = match (request.budget, own) {
            (Some(budget), _) => Means {
                units: request.units,
                budget: baht("the budget", "งบประมาณ", budget)?,
                ceiling: ceiling.or(programme.ceiling),
            },
            (None, Some(own)) => {
                Means { units: request.units.or(own.units), ceiling: ceiling.or(own.ceiling), ..own }
            }
            (None, None) => {
                let problem = refused(
                    "the programme has no budget for this very tambon; say how much there is to give out",
                    "โครงการนี้ไม่ได้กำหนดงบประมาณของตำบลไว้ กรุณาระบุงบประมาณที่จะจัดสรร",
                );
                return Err(problem.into());
            }
        };
        let parameters = app.database.read(|conn| rules::in_force(conn, tambon))?;
        Ok(Self { programme, year, parameters, means, backfill: request.backfill, estimates })
    }

    fn estimate(&self, household: HouseholdId) -> Result<u64, PlanningProblem> {
        self.estimates.get(&household).copied().or(self.means.ceiling).ok_or_else(|| {
            refused(
                format!(
                    "household {household} has no estimate, and the programme no ceiling; give one of them"
                ),
                format!("ครัวเรือน {household} ยังไม่มีประมาณการ และโครงการไม่มีเพดาน กรุณาใส่อย่างใดอย่างหนึ่ง"),
            )
        })
    }
}

/// Gives out along a list: who matches, in the decided order, until units or budget end.
fn decided(
    app: &AppState,
    tambon: TambonCode,
    asked: &Asked,
    list: &NeedyList,
    taken: &[HouseholdId],
) -> Result<Vec<AllocationDecision>, Problem> {
    let households: Vec<HouseholdId> = list.standing().map(|line| line.household).collect();
    let facts = app.hub.facts(tambon, &households)?;
    let today = day_in_thailand(app.clock.now());
    let (mut candidates, mut waiting) = (Vec::new(), Vec::new());
    for household in households {
        // One that was folded or erased since has no answers that could match.
        let Some((facts, score)) = facts.get(&household) else { continue };
        let lacks = match matches(asked.programme.rule, facts, score, &asked.parameters, today).verdict {
            Verdict::No => continue,
            Verdict::Unknown => Some("answers"),
            Verdict::Yes if taken.contains(&household) => Some("housing_approval"),
            Verdict::Yes => None,
        };
        let estimate = asked.estimate(household)?;
        match lacks {
            Some(lacks) => waiting.push((household, lacks, estimate)),
            None => candidates.push(Candidate {
                id: household,
                tier: score.tier,
                housing: score.housing,
                need: score.need,
                income_per_person: None,
                estimate,
            }),
        }
    }
    // The forum's order is the list's: nothing is ranked anew.
    let given = allocate(&candidates, asked.means, asked.backfill);
    let mut left = asked.means.budget;
    let mut decisions = Vec::new();
    for ((household, decision), candidate) in given.decisions.iter().zip(&candidates) {
        let (decision, waits_for, granted, local_contribution) = match decision {
            Decision::Approved { granted, local_contribution } => {
                ("approved", None, *granted, *local_contribution)
            }
            Decision::Waiting(lack) => ("waiting", Some(lack.name().to_owned()), 0, 0),
        };
        left -= granted;
        decisions.push(AllocationDecision {
            household_id: household.to_string(),
            decision: decision.to_owned(),
            waits_for,
            estimate: candidate.estimate,
            granted,
            local_contribution,
            budget_left: left,
        });
    }
    decisions.extend(waiting.into_iter().map(|(household, lacks, estimate)| AllocationDecision {
        household_id: household.to_string(),
        decision: "waiting".to_owned(),
        waits_for: Some(lacks.to_owned()),
        estimate,
        granted: 0,
        local_contribution: 0,
        budget_left: left,
    }));
    Ok(decisions)
}

/// Gives out a programme's units and budget along an approved list.
///
/// In the decided order: each household that matches costs its estimate up to the ceiling, and the first that
/// does not fit stops the line unless the forum voted for backfill. A household has one housing approval in a
/// fiscal year. With `dry_run` it is only shown how the money would run down.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/allocations",
    tag = "lists",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = AllocationRequest,
    responses(
        (status = 200, description = "It was only tried", body = AllocationView),
        (status = 201, body = AllocationView),
        (status = "4XX", description = "malformed-json, malformed-query, malformed-id, unknown-list, unknown-programme, allocation-refused, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn make(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<AllocationView>, Problem> {
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let body = Body::read(&request, payload, "application/json", REQUEST_BYTES_MAX).await?;
    let asked: AllocationRequest = body.json()?;
    let (by, now) = (office.actor(), app.clock.now());
    let allocation: AllocationId = random().map_err(|error| Problem::Internal(error.to_string()))?;
    let details = json!({ "programme": asked.programme, "budget": asked.budget, "list": asked.list_id });
    let line = office.line(now, "allocation.make", &tambon, &details)?;
    app.block(move |app| {
        let list = list_id_of(&asked.list_id)?;
        let found = app.database.read(|conn| replayed(conn, tambon, list, Some(asked.version)))?;
        let (_, needy) = found.ok_or_else(unknown_list)?;
        let checked = Asked::read(app, tambon, &asked, &needy)?;
        let year = checked.year.be();
        let taken: Vec<HouseholdId> = if checked.programme.rule.is_housing() {
            let approved = app.database.read(|conn| allocations::approved(conn, tambon, year))?;
            approved.into_iter().map(|(household, _)| household).collect()
        } else {
            Vec::new()
        };
        let decisions = decided(app, tambon, &checked, &needy, &taken)?;
        let kept = Allocated {
            id: allocation,
            fiscal_year: year,
            programme: checked.programme.id.clone(),
            list,
            list_version: asked.version,
            units: checked.means.units,
            budget: checked.means.budget,
            ceiling: checked.means.ceiling,
            backfill: asked.backfill,
            rules: checked.parameters.version.clone(),
            decisions: serde_json::to_string(&decisions)
                .map_err(|error| Problem::Internal(error.to_string()))?,
            made_by: by,
            made_at: now,
            withdrawn: None,
        };
        let mut view = AllocationView::of(&kept, decisions);
        if asked.dry_run {
            view.allocation_id = None;
            return Ok(ok(view));
        }
        let is_housing = checked.programme.rule.is_housing();
        let approved = view.approved()?;
        app.database.write(move |tx: &mut Tx<'_>| -> Result<(), PlanningError> {
            keep(tx, tambon, &kept, &approved, is_housing)?;
            Ok(audit::append(tx, tambon, &line)?)
        })?;
        Ok(Json(StatusCode::CREATED, view))
    })
    .await
}

/// Keeps an allocation, unless a household got its housing approval meanwhile.
fn keep(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    kept: &Allocated,
    approved: &[(HouseholdId, u64)],
    is_housing: bool,
) -> Result<(), PlanningError> {
    // The tambon's row orders those who allocate at once.
    tambons::lock(tx, tambon)?;
    allocations::insert(tx, tambon, kept)?;
    if !is_housing {
        return Ok(());
    }
    let taken = allocations::approved(tx, tambon, kept.fiscal_year)?;
    for (household, granted) in approved {
        if taken.iter().any(|(known, _)| known == household) {
            return Err(PlanningError::Refused(refused(
                format!("household {household} got a housing approval meanwhile; try again"),
                format!("ครัวเรือน {household} ได้รับอนุมัติเรื่องบ้านไปแล้วเมื่อครู่ กรุณาลองใหม่"),
            )));
        }
        allocations::approve(tx, tambon, kept.fiscal_year, *household, kept.id, *granted)?;
    }
    Ok(())
}

impl AllocationView {
    /// Without its tranches.
    fn of(kept: &Allocated, decisions: Vec<AllocationDecision>) -> Self {
        let granted: u64 = decisions.iter().map(|decision| decision.granted).sum();
        let approved = decisions.iter().filter(|decision| decision.decision == "approved").count();
        let approved = u32::try_from(approved).unwrap_or(u32::MAX);
        Self {
            allocation_id: Some(HEXLOWER.encode(&kept.id)),
            programme: kept.programme.clone(),
            fiscal_year: kept.fiscal_year,
            list_id: HEXLOWER.encode(&kept.list),
            version: kept.list_version,
            units: kept.units,
            budget: kept.budget,
            ceiling: kept.ceiling,
            backfill: kept.backfill,
            rule_parameters: kept.rules.clone(),
            budget_left: kept.budget.saturating_sub(granted),
            units_left: kept.units.map(|units| units.saturating_sub(approved)),
            decisions,
            made_by: kept.made_by.clone(),
            made_at: time(kept.made_at),
            is_withdrawn: kept.withdrawn.is_some(),
            withdrawal: kept.withdrawn.as_ref().map(|withdrawn| WithdrawalView {
                by: withdrawn.by.clone(),
                at: time(withdrawn.at),
                reason: withdrawn.reason.clone(),
            }),
            tranches: Vec::new(),
            overdue: Vec::new(),
        }
    }

    /// How many households this was decided for.
    pub(super) fn count(&self, decision: &str) -> usize {
        self.decisions.iter().filter(|it| it.decision == decision).count()
    }

    fn approved(&self) -> Result<Vec<(HouseholdId, u64)>, Problem> {
        let approved = self.decisions.iter().filter(|decision| decision.decision == "approved");
        approved.map(|decision| Ok((id(&decision.household_id)?, decision.granted))).collect()
    }
}

impl AllocationDecision {
    /// In words.
    pub(super) fn told(&self) -> Told {
        match (&*self.decision, self.waits_for.as_deref()) {
            ("approved", _) => Told::new("อนุมัติ", "approved"),
            (_, Some("units")) => Told::new("รอจำนวนเพิ่ม", "waits for units"),
            (_, Some("budget")) => Told::new("รองบประมาณ", "waits for budget"),
            (_, Some("housing_approval")) => {
                Told::new("ได้รับอนุมัติเรื่องบ้านในปีนี้แล้ว", "has a housing approval this year")
            }
            (_, Some("answers")) => Told::new("ต้องถามเพิ่ม", "ask first"),
            _ => Told::new("รอ", "waits"),
        }
    }
}

impl TrancheView {
    #[expect(clippy::cast_precision_loss, reason = "baht are far below 2^53")]
    fn of(row: &TrancheRow, tranche: &Tranche, today: Date) -> Self {
        let (status, days_overdue) = match tranche.status(today) {
            Status::Paid => ("paid", None),
            Status::Waiting { .. } => ("waiting", None),
            Status::Overdue { days, .. } => ("overdue", Some(days)),
        };
        Self {
            number: row.number,
            percent: row.percent,
            amount: tranche.amount.0 as f64 / 100.0,
            due_on: row.due_on.clone(),
            paid_on: row.paid.as_ref().map(|(on, _)| on.clone()),
            status,
            days_overdue,
        }
    }
}

/// A day as a request or a row names it.
fn day(text: &str) -> Result<Date, Told> {
    text.parse().map_err(|_| {
        Told::new(
            format!("{text:?} ไม่ใช่วันที่ (ปี ค.ศ.-เดือน-วัน)"),
            format!("{text:?} is not a day, YYYY-MM-DD of the common era"),
        )
    })
}

/// A budget as rows divide it and tell what was paid of it; else why it cannot be so.
fn divided(budget: u64, rows: &[TrancheRow]) -> Result<Tranches, Told> {
    let mut parts = Vec::new();
    for row in rows {
        parts.push((row.percent, Some(day(&row.due_on)?)));
    }
    let mut tranches = Tranches::new(Satang::baht(budget), &parts).map_err(TrancheFault::told)?;
    for (part, row) in (1..).zip(rows) {
        let Some((on, _)) = &row.paid else { continue };
        let amount = tranches.parts()[part - 1].amount;
        tranches.pay(part, Payment { on: day(on)?, amount }).map_err(TrancheFault::told)?;
    }
    Ok(tranches)
}

fn read_view(
    conn: &mut Conn,
    tambon: TambonCode,
    kept: &Allocated,
    today: Date,
) -> Result<AllocationView, StoreError> {
    let decisions: Vec<AllocationDecision> = serde_json::from_str(&kept.decisions)
        .map_err(|error| StoreError::Corrupt(format!("the decisions of an allocation: {error}")))?;
    let mut view = AllocationView::of(kept, decisions);
    let rows = allocations::tranches_of(conn, tambon, kept.id)?;
    if !rows.is_empty() {
        let tranches = divided(kept.budget, &rows)
            .map_err(|told| StoreError::Corrupt(format!("the tranches of an allocation: {}", told.en)))?;
        let each = rows.iter().zip(tranches.parts());
        view.tranches = each.map(|(row, tranche)| TrancheView::of(row, tranche, today)).collect();
        view.overdue = tranches.overdue(today).into_iter().map(|(_, told)| told).collect();
    }
    Ok(view)
}

/// The allocations of a tambon, with their tranches.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/allocations",
    tag = "lists",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), AllocationFileQuery),
    responses(
        (status = 200, body = AllocationList),
        (status = "4XX", description = "malformed-query, no-purpose, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let format = Format::accepted(&request, Format::OF_TABLES);
    if format != Format::Json {
        return Ok(all_in_a_file(app, office, tambon, format, &request).await?.respond_to(&request));
    }
    query::<AllocationFileQuery>(&request)?;
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let allocations = app.block(move |app| all(app, tambon)).await?;
    Ok(ok(AllocationList { allocations }).respond_to(&request))
}

/// The allocations of a tambon, the newest first.
///
/// # Errors
/// The database's own.
pub(super) fn all(app: &AppState, tambon: TambonCode) -> Result<Vec<AllocationView>, Problem> {
    let today = day_in_thailand(app.clock.now());
    let read = |conn: &mut Conn| -> Result<Vec<AllocationView>, StoreError> {
        let all = allocations::all(conn, tambon)?;
        all.iter().map(|kept| read_view(conn, tambon, kept, today)).collect()
    };
    Ok(app.database.read(read)?)
}

/// One of them.
///
/// # Errors
/// `unknown-allocation`, or the database's own.
pub(super) fn one(app: &AppState, tambon: TambonCode, id: AllocationId) -> Result<AllocationView, Problem> {
    let today = day_in_thailand(app.clock.now());
    let read = |conn: &mut Conn| -> Result<Option<AllocationView>, StoreError> {
        let kept = allocations::find(conn, tambon, id)?;
        kept.map(|kept| read_view(conn, tambon, &kept, today)).transpose()
    };
    Ok(app.database.read(read)?.ok_or_else(unknown)?)
}

/// The allocation that an address names.
pub(super) fn allocation_id(request: &HttpRequest) -> Result<AllocationId, Problem> {
    hex_id(request.match_info().query("allocation")).ok_or_else(|| unknown().into())
}

/// Withdraws an allocation: the households that it approved are free for another.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/allocations/{allocation}/withdrawal",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("allocation" = String, Path, description = "Id of the allocation"),
    ),
    request_body = WithdrawalReason,
    responses(
        (status = 200, body = AllocationView),
        (status = "4XX", description = "malformed-json, allocation-refused, unknown-allocation, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn withdraw(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<AllocationView>, Problem> {
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let id = allocation_id(&request)?;
    let WithdrawalReason { reason } = super::body::json(&request, payload).await?;
    let reason = reason.trim().to_owned();
    if !(1..=REASON_CHARS_MAX).contains(&reason.chars().count()) {
        return Err(PlanningProblem::new(
            Kind::AllocationRefused,
            format!("a withdrawal needs its reason, in 1 to {REASON_CHARS_MAX} characters"),
            format!("กรุณาเขียนเหตุผลที่ยกเลิก ยาวไม่เกิน {REASON_CHARS_MAX} ตัวอักษร"),
        )
        .into());
    }
    let (by, now) = (office.actor(), app.clock.now());
    let line =
        office.line(now, "allocation.withdraw", &tambon, &json!({ "allocation": HEXLOWER.encode(&id) }))?;
    change(app, tambon, id, now, move |tx, _| {
        allocations::withdraw(tx, tambon, id, &by, &reason, now)?;
        Ok(audit::append(tx, tambon, &line)?)
    })
    .await
}

/// Says in which parts the money of an allocation comes, when each is due and which were paid.
#[utoipa::path(
    put,
    path = "/api/v1/tambons/{tambon}/allocations/{allocation}/tranches",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("allocation" = String, Path, description = "Id of the allocation"),
    ),
    request_body = TranchePlan,
    responses(
        (status = 200, body = AllocationView),
        (status = "4XX", description = "malformed-json, unknown-allocation, allocation-refused, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn put_tranches(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<AllocationView>, Problem> {
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let id = allocation_id(&request)?;
    let plan: TranchePlan = super::body::json(&request, payload).await?;
    let (by, now) = (office.actor(), app.clock.now());
    let line =
        office.line(now, "allocation.tranches", &tambon, &json!({ "allocation": HEXLOWER.encode(&id) }))?;
    let today = day_in_thailand(now);
    change(app, tambon, id, now, move |tx, kept| {
        let rows = planned(&plan, &by, today).map_err(unfit)?;
        divided(kept.budget, &rows).map_err(unfit)?;
        allocations::set_tranches(tx, tambon, id, &rows)?;
        Ok(audit::append(tx, tambon, &line)?)
    })
    .await
}

/// The rows of a plan of parts, unless one was paid on a day that is to come.
fn planned(plan: &TranchePlan, by: &str, today: Date) -> Result<Vec<TrancheRow>, Told> {
    let row = |(number, asked): (i16, &TrancheAsked)| {
        if let Some(on) = asked.paid_on.as_deref().map(day).transpose()?.filter(|on| *on > today) {
            return Err(Told::new(
                format!("งวดที่ {number} จ่ายวันที่ {on} ไม่ได้ เพราะยังมาไม่ถึง"),
                format!("part {number} cannot have been paid on {on}, which is to come"),
            ));
        }
        Ok(TrancheRow {
            number,
            percent: asked.percent,
            due_on: asked.due_on.clone(),
            paid: asked.paid_on.clone().map(|on| (on, by.to_owned())),
        })
    };
    (1..).zip(&plan.tranches).map(row).collect()
}

/// Changes an allocation and shows it.
async fn change(
    app: App,
    tambon: TambonCode,
    id: AllocationId,
    now: Micros,
    change: impl Fn(&mut Tx<'_>, &Allocated) -> Result<(), PlanningError> + Send + 'static,
) -> Result<Json<AllocationView>, Problem> {
    app.block(move |app| {
        let view = app.database.write(move |tx: &mut Tx<'_>| -> Result<AllocationView, PlanningError> {
            tambons::lock(tx, tambon)?;
            let kept = allocations::find(tx, tambon, id)?.ok_or_else(unknown)?;
            change(tx, &kept)?;
            let kept = allocations::find(tx, tambon, id)?.unwrap_or(kept);
            Ok(read_view(tx, tambon, &kept, day_in_thailand(now))?)
        })?;
        Ok(ok(view))
    })
    .await
}
