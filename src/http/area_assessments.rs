//! The households of an area in the order of need, by the thresholds in force or by others: what a list would be.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use need_score::Parameters;
use serde::{Deserialize, Serialize};
use sync_protocol::ids::{HouseholdId, TambonCode};
use utoipa::{IntoParams, ToSchema};

use super::app::{App, AppState};
use super::area_path::{page_limit, place, query};
use super::assessments::{AssessedView, AssessmentsQuery, Wanted, views};
use super::auth::{LISTS, Office};
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::scope::{Scope, written};
use super::scoring;
use crate::planning::allocation::By;
use crate::planning::groups::Part;
use crate::store::read_model::{self, Assessed};
use crate::store::tambons::Tambon;
use crate::store::{Conn, StoreError, area_groups, scoring as sets, tambons};

/// Assessments that are read at a time.
const AT_ONCE: usize = 2_000;
/// Tambons whose households are scored anew for one page: more than any province or group of provinces has.
const TAMBONS_SCORED_MAX: usize = 1_000;

/// Which households, and in what order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AreaAssessmentsQuery {
    /// Version of the thresholds by which all are scored, as `GET /api/v1/scoring` lists them; in each tambon those
    /// in force there unless said.
    scoring: Option<String>,
    /// Which score decides within a tier: `need` (unless said) or `housing`.
    #[param(value_type = Option<String>)]
    by: Option<By>,
    /// Only those of this tier or a more pressing one, 1 to 4.
    tier: Option<u8>,
    /// Only those with this flag, e.g. `L2`.
    flag: Option<String>,
    /// Only those with a need of this category, e.g. `house_repair`.
    need: Option<String>,
    /// Only those with this standing with the welfare card: `holder`, `applied`, `rejected`,
    /// `not_registered`, `unknown`.
    card: Option<String>,
    /// Only those that official lists do not see.
    missed: Option<bool>,
    /// Only those of which too little is known (`true`), or only the others.
    check: Option<bool>,
    /// What an earlier page gave as `next`.
    after: Option<String>,
    /// Households on a page, 1 to 1000; 100 unless said.
    limit: Option<usize>,
}

/// A page of households, those that need help most first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AreaAssessmentsPage {
    /// Code of the area.
    area: String,
    /// Version of the thresholds; null where each tambon's own were used.
    scoring: Option<String>,
    /// Which score decided.
    #[schema(value_type = String)]
    by: By,
    /// How many tambons were looked into.
    tambons: usize,
    /// The households.
    households: Vec<AreaAssessedView>,
    /// What to ask for as `after`; null on the last page.
    next: Option<String>,
}

/// A household and why it stands where it stands; its place is that among those asked for, from 1.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AreaAssessedView {
    /// Code of its tambon.
    tambon: String,
    /// The household.
    #[serde(flatten)]
    household: AssessedView,
}

/// Where a household stands: its rank, and among equals its tambon and id.
type Key = (i64, TambonCode, HouseholdId);

/// Where a page ended: how many there were until there, and the last.
#[derive(Debug, Clone, Copy)]
struct Ended {
    place: u64,
    key: Key,
}

impl Ended {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '.');
        let place = parts.next()?.parse().ok()?;
        let key = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { place, key })
    }

    fn text(self) -> String {
        let (rank, tambon, household) = self.key;
        format!("{}.{rank}.{tambon}.{household}", self.place)
    }
}

/// The first households after a place: as many as there is room for, whatever is offered.
struct First<'a> {
    wanted: &'a Wanted,
    by: By,
    after: Option<Key>,
    room: usize,
    found: BTreeMap<Key, Assessed>,
}

impl First<'_> {
    /// Takes a household in if it is among the first; whether one behind it could be.
    fn offer(&mut self, tambon: TambonCode, assessed: Assessed) -> bool {
        let key = (assessed.assessment.rank_by(self.by), tambon, assessed.household);
        if self.found.len() == self.room && self.found.last_key_value().is_some_and(|(last, _)| key > *last) {
            return false;
        }
        if self.after.is_none_or(|after| key > after) && self.wanted.takes(&assessed) {
            self.found.insert(key, assessed);
            if self.found.len() > self.room {
                self.found.pop_last();
            }
        }
        true
    }

    /// The place in the order of a tambon after which its households come after the page before.
    fn start_in(&self, tambon: TambonCode) -> Option<read_model::Place> {
        let (rank, last, household) = self.after?;
        let end = HouseholdId([u8::MAX; 16]);
        Some(match tambon.cmp(&last) {
            std::cmp::Ordering::Less => (rank, end),
            std::cmp::Ordering::Equal => (rank, household),
            std::cmp::Ordering::Greater => (rank - 1, end),
        })
    }
}

/// Households of an area or a group in the order of need, with reasons.
///
/// With `scoring` they are scored by thresholds that may be in force nowhere, from what was kept of each when it was
/// assessed: what a list would be.
#[utoipa::path(
    get,
    path = "/api/v1/areas/{area}/assessments",
    tag = "lists",
    params(("area" = String, Path, description = "Code of the area, 2, 4, 6 or 8 digits, TH, or a group: group:cluster/north-upper-1"), AreaAssessmentsQuery),
    responses(
        (status = 200, body = AreaAssessmentsPage),
        (status = "4XX", description = "malformed-query, unknown-scoring, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    request: HttpRequest,
) -> Result<Json<AreaAssessmentsPage>, Problem> {
    let asked: AreaAssessmentsQuery = query(&request)?;
    office.has_role(LISTS)?;
    let area = written(&request);
    let limit = page_limit(asked.limit)?;
    let after = place(asked.after.as_deref(), Ended::read)?;
    let by = asked.by.unwrap_or_default();
    let version = asked.scoring.clone();
    let wanted = Wanted::read(&asked.of_a_tambon(), None)?;
    app.block(move |app| {
        let groups = app.database.read(area_groups::all)?;
        let scope = Scope::find(app.areas, &groups, &area)?;
        scope.within(&office)?;
        let number = version.as_deref().map(|version| scoring::number(app, version)).transpose()?;
        let served = app.database.read(tambons::all)?;
        let served: Vec<(Tambon, Part)> = served
            .into_iter()
            .map(|tambon| (tambon, scope.part_of(tambon.code)))
            .filter(|(_, part)| *part != Part::None)
            .collect();
        let others = served.iter().filter(|(tambon, _)| number.is_some_and(|n| n != in_force(tambon)));
        if others.count() > TAMBONS_SCORED_MAX {
            let what = format!("by other thresholds {TAMBONS_SCORED_MAX} tambons are scored at a time");
            return Err(Problem::MalformedQuery(what));
        }
        let mut first = First {
            wanted: &wanted,
            by,
            after: after.map(|at| at.key),
            room: limit + 1,
            found: BTreeMap::new(),
        };
        for (tambon, part) in &served {
            look_into(app, tambon, part, number, &mut first)?;
        }
        let mut found = first.found;
        let more = found.len() > limit;
        if more {
            found.pop_last();
        }
        let before = after.map_or(0, |at| at.place);
        let last = found.last_key_value().filter(|_| more).map(|(key, _)| *key);
        let next = last.map(|key| Ended { place: before + found.len() as u64, key }.text());
        let mut counts: BTreeMap<TambonCode, usize> = BTreeMap::new();
        found.keys().for_each(|(_, tambon, _)| *counts.entry(*tambon).or_default() += 1);
        let households = app.database.read(|conn| shown(conn, before, found))?;
        office.note_read(app, "assessments.read", &counts)?;
        Ok(ok(AreaAssessmentsPage {
            area: scope.code(),
            scoring: version,
            by,
            tambons: served.len(),
            households,
            next,
        }))
    })
    .await
}

impl AreaAssessmentsQuery {
    fn of_a_tambon(&self) -> AssessmentsQuery {
        AssessmentsQuery {
            by: self.by,
            village: None,
            tier: self.tier,
            flag: self.flag.clone(),
            need: self.need.clone(),
            card: self.card.clone(),
            missed: self.missed,
            check: self.check,
            after: None,
            limit: None,
            purpose: None,
            lang: None,
        }
    }
}

fn in_force(tambon: &Tambon) -> i32 {
    tambon.scoring.unwrap_or(1)
}

/// Offers the households of a tambon: in their order, or all of them where it is by other thresholds.
fn look_into(
    app: &AppState,
    tambon: &Tambon,
    part: &Part,
    number: Option<i32>,
    first: &mut First<'_>,
) -> Result<(), Problem> {
    let code = tambon.code;
    let is_inside = |assessed: &Assessed| match part {
        Part::Villages(villages) => villages.contains(&assessed.village),
        _ => true,
    };
    let Some(number) = number.filter(|number| *number != in_force(tambon)) else {
        let mut at = first.start_in(code);
        let by = first.by;
        let pages = first.room.min(AT_ONCE);
        loop {
            let page = app.database.read(|conn| read_model::in_order(conn, code, by, at, pages))?;
            let is_last = page.len() < pages;
            for assessed in page {
                at = Some((assessed.assessment.rank_by(by), assessed.household));
                if is_inside(&assessed) && !first.offer(code, assessed) {
                    return Ok(());
                }
            }
            if is_last {
                return Ok(());
            }
        }
    };
    let sets = |conn: &mut Conn| -> Result<(Parameters, Parameters), StoreError> {
        Ok((sets::find(conn, Some(in_force(tambon)))?, sets::find(conn, Some(number))?))
    };
    let (before, after) = app.database.read(sets)?;
    let mut at = None;
    loop {
        let page = app.database.read(|conn| read_model::assessments_after(conn, code, at, AT_ONCE))?;
        let Some(last) = page.last() else { return Ok(()) };
        at = Some(last.household);
        // Those of which only the answers tell.
        let mut open = BTreeMap::new();
        for assessed in page.into_iter().filter(is_inside) {
            match assessed.assessment.by(&before, &after) {
                Some(assessment) => {
                    first.offer(code, Assessed { assessment, ..assessed });
                }
                None => {
                    open.insert(assessed.household, assessed.village);
                }
            }
        }
        let ids: Vec<HouseholdId> = open.keys().copied().collect();
        if !ids.is_empty() {
            for (household, assessment) in app.hub.assess_by(code, &ids, &after)? {
                first.offer(code, Assessed { household, village: open[&household], assessment });
            }
        }
    }
}

/// The households of a page, in their order, with what tells one house from another.
fn shown(
    conn: &mut Conn,
    before: u64,
    found: BTreeMap<Key, Assessed>,
) -> Result<Vec<AreaAssessedView>, StoreError> {
    let mut by_tambon: BTreeMap<TambonCode, Vec<(u64, Assessed)>> = BTreeMap::new();
    for (place, ((_, tambon, _), assessed)) in (before + 1..).zip(found) {
        by_tambon.entry(tambon).or_default().push((place, assessed));
    }
    let mut households: BTreeMap<u64, AreaAssessedView> = BTreeMap::new();
    for (tambon, lines) in by_tambon {
        let views = views(conn, tambon, &lines)?;
        households.extend(lines.iter().zip(views).map(|((place, _), household)| {
            (*place, AreaAssessedView { tambon: tambon.to_string(), household })
        }));
    }
    Ok(households.into_values().collect())
}
