//! Households that may be one: what speaks for it, and what a coordinator decides.

use actix_web::HttpRequest;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};
use utoipa::ToSchema;

use super::app::App;
use super::area_path::{TambonPath, id, query};
use super::auth::{CARE, Office};
use super::body;
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::views::time;
use crate::projection::HouseholdRow;
use crate::projection::duplicates::{self, Candidate, DuplicateReason, Dwelling};
use crate::store::duplicates::{Decision, decide, decisions, shared_citizens};
use crate::store::{Conn, StoreError, audit, read_model};

/// Households that are read at a time.
const AT_ONCE: usize = 500;
/// Pairs that are given; the rest come up when these are decided.
const PAIRS_MAX: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoQuery {}

/// Households that may be one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DuplicatesList {
    /// Code of the tambon.
    tambon: String,
    /// The pairs, those with the most reasons first; those that somebody decided on are left out.
    duplicates: Vec<PairView>,
    /// How many pairs there are.
    count: usize,
}

/// Two households that may be one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PairView {
    /// The household with the lesser id.
    a: DwellingView,
    /// The other.
    b: DwellingView,
    /// What speaks for it: `citizen-id`, `house-number`, `near` (25 m), `head-name`.
    reasons: Vec<&'static str>,
}

/// What tells one house from another.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DwellingView {
    /// Id of the household.
    household_id: String,
    /// Code of the village.
    village: String,
    /// House number.
    house_no: Option<String>,
    /// House code, 11 digits.
    house_code: Option<String>,
    /// Name of the head of the household.
    head_name: Option<String>,
    /// People listed.
    members: i16,
    /// Date of the visit that counts.
    visit_date: Option<String>,
}

/// Two households that a coordinator looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Distinction {
    /// One household.
    a: String,
    /// The other.
    b: String,
}

/// What was decided.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionView {
    /// The household with the lesser id.
    a: String,
    /// The other.
    b: String,
    /// Whether they are one.
    same: bool,
    /// When it was decided.
    decided_at: String,
}

/// Households that may be one: the same house number in a village, points within 25 metres, or a
/// citizen ID listed in both. None of them is merged by itself.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/duplicates",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    responses(
        (status = 200, body = DuplicatesList),
        (status = "4XX", description = "missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<DuplicatesList>, Problem> {
    let NoQuery {} = query(&request)?;
    office.has_role(CARE)?;
    office.covers(tambon)?;
    app.block(move |app| {
        let count = |list: &DuplicatesList| list.duplicates.len();
        let list = office.read_personal(app, tambon, "duplicates.read", count, |conn| find(conn, tambon))?;
        Ok(ok(list))
    })
    .await
}

/// Says that two households are not one, so that they are not listed again.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/distinctions",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = Distinction,
    responses(
        (status = 200, body = DecisionView),
        (status = "4XX", description = "malformed-json, malformed-id, unknown-household, merge-refused, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn distinguish(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<DecisionView>, Problem> {
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let Distinction { a, b } = body::json(&request, payload).await?;
    let (a, b): (HouseholdId, HouseholdId) = (id(&a)?, id(&b)?);
    if a == b {
        return Err(Problem::MergeRefused("a household is the same as itself".to_owned()));
    }
    let now = app.clock.now();
    let line = office.line(
        now,
        "duplicate.distinguish",
        &tambon,
        &json!({ "a": a.to_string(), "b": b.to_string() }),
    )?;
    let decision =
        Decision { one: a.min(b), other: a.max(b), same: false, decided_by: office.actor(), decided_at: now };
    app.block(move |app| {
        let known = app.database.read(|conn| read_model::households_by_id(conn, tambon, &[a, b]))?;
        if let Some(unknown) = [a, b].iter().find(|id| !known.iter().any(|(_, row)| row.household == **id)) {
            return Err(Problem::UnknownHousehold(unknown.to_string()));
        }
        let kept = decision.clone();
        app.database.write(move |tx| -> Result<(), StoreError> {
            decide(tx, tambon, &kept)?;
            audit::append(tx, tambon, &line)
        })?;
        Ok(ok(DecisionView {
            a: decision.one.to_string(),
            b: decision.other.to_string(),
            same: decision.same,
            decided_at: time(decision.decided_at),
        }))
    })
    .await
}

/// What is compared of a household, taken out of its row.
struct Known {
    household: HouseholdId,
    village: VillageCode,
    house_no: Option<String>,
    house_code: Option<String>,
    head_name: Option<String>,
    point: Option<(f64, f64)>,
    members: i16,
    visit_date: Option<String>,
}

impl Known {
    fn of((village, row): (VillageCode, HouseholdRow)) -> Self {
        Self {
            household: row.household,
            village,
            house_no: row.house_no,
            house_code: row.house_code,
            head_name: row.head_name,
            point: row.lat.zip(row.lon),
            members: row.members,
            visit_date: row.visit_date,
        }
    }

    fn dwelling(&self) -> Dwelling<'_> {
        Dwelling {
            household: self.household,
            village: self.village,
            house_no: self.house_no.as_deref(),
            house_code: self.house_code.as_deref(),
            point: self.point,
            head_name: self.head_name.as_deref(),
        }
    }

    fn view(&self) -> DwellingView {
        DwellingView {
            household_id: self.household.to_string(),
            village: self.village.to_string(),
            house_no: self.house_no.clone(),
            house_code: self.house_code.clone(),
            head_name: self.head_name.clone(),
            members: self.members,
            visit_date: self.visit_date.clone(),
        }
    }
}

fn find(conn: &mut Conn, tambon: TambonCode) -> Result<DuplicatesList, StoreError> {
    let known = all(conn, tambon)?;
    let citizens = shared_citizens(conn, tambon)?;
    let citizens: Vec<(HouseholdId, &str)> = citizens
        .iter()
        .flat_map(|(citizen, households)| households.iter().map(|household| (*household, citizen.as_str())))
        .collect();
    let dwellings: Vec<Dwelling<'_>> = known.iter().map(Known::dwelling).collect();
    let decided = decisions(conn, tambon)?;
    let is_open = |candidate: &Candidate| {
        !decided.iter().any(|decision| (decision.one, decision.other) == (candidate.a, candidate.b))
    };
    let mut open: Vec<Candidate> =
        duplicates::candidates(&dwellings, &citizens).into_iter().filter(is_open).collect();
    open.sort_by_key(|candidate| (std::cmp::Reverse(candidate.reasons.len()), candidate.a, candidate.b));
    let view = |household: HouseholdId| {
        let at = known.binary_search_by_key(&household, |known| known.household).ok()?;
        known.get(at).map(Known::view)
    };
    let pairs = open.iter().take(PAIRS_MAX).filter_map(|candidate| {
        let reasons = candidate.reasons.iter().map(|reason: &DuplicateReason| reason.code()).collect();
        Some(PairView { a: view(candidate.a)?, b: view(candidate.b)?, reasons })
    });
    Ok(DuplicatesList { tambon: tambon.to_string(), duplicates: pairs.collect(), count: open.len() })
}

/// All households of a tambon, by id.
fn all(conn: &mut Conn, tambon: TambonCode) -> Result<Vec<Known>, StoreError> {
    let mut known = Vec::new();
    let mut after = None;
    loop {
        let page = read_model::households(conn, tambon, None, after, AT_ONCE)?;
        let is_last = page.len() < AT_ONCE;
        after = page.last().map(|(_, row)| row.household);
        known.extend(page.into_iter().map(Known::of));
        if is_last {
            return Ok(known);
        }
    }
}
