//! Looking for people by name.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpRequest;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};
use utoipa::ToSchema;

use super::app::App;
use super::auth::{LISTS, Office};
use super::body;
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::scope::{Scope, written};
use crate::planning::groups::Part;
use crate::projection::HouseholdRow;
use crate::projection::names::searched;
use crate::store::read_model::{self, NameHit};
use crate::store::{Conn, StoreError, area_groups, tambons};

/// People who are shown; whoever is not among them is found with more letters.
const FOUND_MAX: usize = 50;
/// Tambons that one statement looks into.
const TAMBONS_AT_ONCE: usize = 500;

/// Whom to look for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PeopleSought {
    /// How the given or the family name begins, or both with a blank between, at least two letters. A title in front
    /// is passed over, and so are tone marks.
    name: String,
}

/// Who was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PeopleFound {
    /// Where was looked.
    area: String,
    /// People, by tambon and name; at most 50.
    people: Vec<PersonFound>,
    /// Whether there are more than these: write more letters, or look in a smaller area.
    more: bool,
}

/// Somebody of that name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PersonFound {
    /// Code of the tambon.
    tambon: String,
    /// Code of the village.
    village: String,
    /// Id of the household.
    household_id: String,
    /// Id of the member's row; null for the head of a household of whom there is no row.
    row_id: Option<String>,
    /// The name.
    name: String,
    /// House number.
    house_no: Option<String>,
    /// Name of the head of the household.
    head_name: Option<String>,
}

/// Looks for people by how their names begin, in an area or a group.
///
/// The name is in the body, not in the address, which proxies write down.
#[utoipa::path(
    post,
    path = "/api/v1/areas/{area}/people",
    tag = "lists",
    params(("area" = String, Path, description = "Code of the area, 2, 4, 6 or 8 digits, TH, or a group: group:cluster/north-upper-1")),
    request_body = PeopleSought,
    responses(
        (status = 200, body = PeopleFound),
        (status = "4XX", description = "malformed-json, malformed-query, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn find(
    app: App,
    office: Office,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<PeopleFound>, Problem> {
    office.has_role(LISTS)?;
    let area = written(&request);
    let sought: PeopleSought = body::json(&request, payload).await?;
    let too_little =
        || Problem::MalformedQuery("write at least two letters of a given or family name".to_owned());
    let keys = searched(&sought.name).ok_or_else(too_little)?;
    app.block(move |app| {
        let groups = app.database.read(area_groups::all)?;
        let scope = Scope::find(app.areas, &groups, &area)?;
        scope.within(&office)?;
        let (people, more) = app.database.read(|conn| {
            let hits = hits(conn, &scope, &keys)?;
            let more = hits.len() > FOUND_MAX;
            Ok::<_, StoreError>((named(conn, hits)?, more))
        })?;
        let mut counts: BTreeMap<TambonCode, usize> = BTreeMap::new();
        people.iter().for_each(|(hit, _)| *counts.entry(hit.tambon).or_default() += 1);
        office.note_read(app, "people.search", &counts)?;
        let people = people.into_iter().map(|(hit, row)| PersonFound::of(hit, row)).collect();
        Ok(ok(PeopleFound { area: scope.code(), people, more }))
    })
    .await
}

impl PersonFound {
    fn of(hit: NameHit, (village, row): (VillageCode, HouseholdRow)) -> Self {
        Self {
            tambon: hit.tambon.to_string(),
            village: village.to_string(),
            household_id: hit.household.to_string(),
            row_id: hit.row.map(|row| row.to_string()),
            name: hit.name,
            house_no: row.house_no,
            head_name: row.head_name,
        }
    }
}

/// People in `scope`, one more than are shown where there are more.
fn hits(conn: &mut Conn, scope: &Scope, keys: &[Vec<u8>]) -> Result<Vec<NameHit>, StoreError> {
    let mut whole = Vec::new();
    let mut parts: Vec<(TambonCode, Vec<VillageCode>)> = Vec::new();
    for tambon in tambons::codes(conn)? {
        match scope.part_of(tambon) {
            Part::None => {}
            Part::Whole => whole.push(tambon),
            Part::Villages(villages) => parts.push((tambon, villages)),
        }
    }
    let mut found = Vec::new();
    let searches = whole.chunks(TAMBONS_AT_ONCE).map(|tambons| (tambons, None));
    let searches = searches.chain(
        parts.iter().map(|(tambon, villages)| (std::slice::from_ref(tambon), Some(villages.as_slice()))),
    );
    for (tambons, villages) in searches {
        if found.len() > FOUND_MAX {
            break;
        }
        // Each head may be found as a member, too.
        let hits = read_model::people_by_name(conn, tambons, villages, keys, 2 * FOUND_MAX + 1)?;
        found.extend(without_doubles(hits));
    }
    Ok(found)
}

/// A head who is among the members is shown once.
fn without_doubles(hits: Vec<NameHit>) -> Vec<NameHit> {
    let members: BTreeSet<(HouseholdId, String)> =
        hits.iter().filter(|hit| hit.row.is_some()).map(|hit| (hit.household, hit.name.clone())).collect();
    let is_double = |hit: &NameHit| hit.row.is_none() && members.contains(&(hit.household, hit.name.clone()));
    hits.into_iter().filter(|hit| !is_double(hit)).collect()
}

type Named = Vec<(NameHit, (VillageCode, HouseholdRow))>;

/// Those who are shown, each with the household's row.
fn named(conn: &mut Conn, mut hits: Vec<NameHit>) -> Result<Named, StoreError> {
    hits.truncate(FOUND_MAX);
    let mut by_tambon: BTreeMap<TambonCode, Vec<HouseholdId>> = BTreeMap::new();
    hits.iter().for_each(|hit| by_tambon.entry(hit.tambon).or_default().push(hit.household));
    let mut rows: BTreeMap<(TambonCode, HouseholdId), (VillageCode, HouseholdRow)> = BTreeMap::new();
    for (tambon, ids) in by_tambon {
        let found = read_model::households_by_id(conn, tambon, &ids)?;
        rows.extend(found.into_iter().map(|(village, row)| ((tambon, row.household), (village, row))));
    }
    hits.sort_by(|a, b| (a.tambon, &a.name, a.household).cmp(&(b.tambon, &b.name, b.household)));
    let row = |hit: NameHit| Some((rows.get(&(hit.tambon, hit.household))?.clone(), hit));
    Ok(hits.into_iter().filter_map(row).map(|(row, hit)| (hit, row)).collect())
}
