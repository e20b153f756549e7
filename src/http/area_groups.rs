//! Areas put together: province groups, regions, local authorities.

use actix_web::HttpRequest;
use actix_web::web::Payload;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::query;
use super::auth::Office;
use super::body::Body;
use super::problem::{Problem, ProblemBody};
use super::programmes::refused;
use super::reply::{Json, ok};
use crate::area::Area;
use crate::planning::groups::{self, AreaGroup};
use crate::planning::region::Region;
use crate::store::api_keys::Role;
use crate::store::{Tx, area_groups, audit};

/// Which groups.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct GroupsQuery {
    /// Only those of this tree, e.g. `cluster`.
    tree: Option<String>,
}

/// The groups that there are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AreaGroupList {
    /// The groups, by tree and code.
    groups: Vec<AreaGroupView>,
}

/// Areas under one name. The groups of a tree have nothing in common.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AreaGroupView {
    /// How it is written where an area or a region is asked for: `group:`, its tree, `/`, its code.
    area: String,
    /// Its tree.
    tree: String,
    /// Its code there.
    group_code: String,
    /// What it is called in Thai.
    name_th: String,
    /// What it is called in English.
    name_en: String,
    /// Codes of its areas.
    areas: Vec<String>,
    /// Where it was read.
    source: String,
}

impl AreaGroupView {
    fn of(group: &AreaGroup) -> Self {
        Self {
            area: Region::Group(group.name.clone()).to_string(),
            tree: group.name.tree.clone(),
            group_code: group.name.code.clone(),
            name_th: group.name_th.clone(),
            name_en: group.name_en.clone(),
            areas: group.areas.iter().map(ToString::to_string).collect(),
            source: group.source.clone(),
        }
    }
}

/// What was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AreaGroupsTaken {
    /// Trees that are now as the file has them.
    trees: Vec<String>,
    /// Groups in the file.
    groups: usize,
}

/// The groups that there are. They name nobody, and are for every office.
#[utoipa::path(
    get,
    path = "/api/v1/area-groups",
    tag = "planners",
    params(GroupsQuery),
    responses(
        (status = 200, body = AreaGroupList),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    _office: Office,
    request: HttpRequest,
) -> Result<Json<AreaGroupList>, Problem> {
    let GroupsQuery { tree } = query(&request)?;
    let groups = app.read(area_groups::all).await?;
    let wanted = groups.all().filter(|group| tree.as_ref().is_none_or(|tree| *tree == group.name.tree));
    Ok(ok(AreaGroupList { groups: wanted.map(AreaGroupView::of).collect() }))
}

/// Takes groups from a CSV file: the trees that it names become as it has them, others stay as they are.
///
/// Its columns are `tree`, `group_code`, `name_th`, `name_en`, `areas` (codes of 2, 4, 6 or 8 digits, with blanks
/// between) and `source`; at most 8 MiB and 20,000 rows.
#[utoipa::path(
    put,
    path = "/api/v1/area-groups",
    tag = "planners",
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, body = AreaGroupsTaken),
        (status = "4XX", description = "file-refused, unsupported-media-type, body-too-large, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn put(
    app: App,
    office: Office,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<AreaGroupsTaken>, Problem> {
    office.has_role(&[Role::Admin])?;
    office.covers(Area::COUNTRY)?;
    let bytes_max = groups::LIMITS.bytes_max;
    let content = Body::read(&request, payload, "text/csv", bytes_max).await?.inflate()?;
    app.block(move |app| {
        let groups = groups::read(&content, app.areas).map_err(|faults| refused(&faults))?;
        let mut trees: Vec<String> = groups.iter().map(|group| group.name.tree.clone()).collect();
        trees.dedup();
        trees.sort_unstable();
        trees.dedup();
        let taken = AreaGroupsTaken { groups: groups.len(), trees };
        let details = json!({ "groups": taken.groups });
        let line = office.line(app.clock.now(), "area-groups.put", &taken.trees.join(" "), &details)?;
        app.database.write(move |tx: &mut Tx<'_>| {
            area_groups::replace(tx, &groups)?;
            audit::append(tx, Area::COUNTRY, &line)
        })?;
        Ok(ok(taken))
    })
    .await
}
