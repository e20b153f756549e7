//! How far each volunteer has come.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};
use sync_protocol::ids::HouseholdId;
use utoipa::ToSchema;

use super::app::App;
use super::area_path::{TambonPath, query};
use super::auth::{CARE, Office};
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::views::time;
use crate::clock::Micros;
use crate::store::devices::{self, Device};
use crate::sync::Visited;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoQuery {}

/// How far the volunteers of a tambon have come.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VolunteerList {
    /// Code of the tambon.
    tambon: String,
    /// The volunteers, by name.
    volunteers: Vec<VolunteerView>,
}

/// What a volunteer did, with all devices that bear the name, revoked ones too.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct VolunteerView {
    /// Name.
    person: String,
    /// Codes of the villages that the devices sync.
    villages: Vec<String>,
    /// Devices that may sync.
    devices: usize,
    /// When one last sent changes.
    last_sent: Option<String>,
    /// Households where the volunteer wrote down a visit.
    visited: usize,
    /// Those of them whose visit that counts was: surveyed.
    done: usize,
    /// Surveyed in part.
    partial: usize,
    /// Would not answer.
    refused: usize,
    /// Nobody at home.
    absent: usize,
    /// Anything else.
    others: usize,
    /// Answers that the volunteer wrote and that stand.
    answers: u64,
}

/// How far each volunteer has come: visits by their outcome, answers, when something was last sent.
///
/// Counted when it is asked for, from who put each value that stands: what somebody else wrote over counts for them.
/// It reads every document of the tambon, which for 5,000 households takes about a tenth of a second.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/volunteers",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    responses(
        (status = 200, body = VolunteerList),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<VolunteerList>, Problem> {
    let NoQuery {} = query(&request)?;
    office.has_role(CARE)?;
    office.covers(tambon)?;
    app.block(move |app| {
        let read = |conn: &mut _| devices::page(conn, tambon, None, usize::MAX);
        let mut people: BTreeMap<String, Vec<Device>> = BTreeMap::new();
        for device in office.read_personal(app, tambon, "volunteers.read", Vec::len, read)? {
            // A device of the office is carried by nobody.
            if !device.villages.is_empty() {
                people.entry(device.person.clone()).or_default().push(device);
            }
        }
        let progress = app.hub.progress(tambon)?;
        let volunteers = people.into_iter().map(|(person, devices)| {
            let mut view = VolunteerView { person, ..VolunteerView::default() };
            let mut visits: BTreeMap<HouseholdId, &Visited> = BTreeMap::new();
            for done in devices.iter().filter_map(|device| progress.get(&device.id)) {
                view.answers += done.answers;
                for (household, visit) in &done.visits {
                    let counts = visits.entry(*household).or_insert(visit);
                    *counts = (*counts).max(visit);
                }
            }
            view.count(visits.values());
            let villages: BTreeSet<_> = devices.iter().flat_map(|device| &device.villages).collect();
            view.villages = villages.into_iter().map(ToString::to_string).collect();
            view.devices = devices.iter().filter(|device| device.revoked_at.is_none()).count();
            let sent: Option<Micros> = devices.iter().filter_map(|device| device.pushed_at).max();
            view.last_sent = sent.map(time);
            view
        });
        Ok(ok(VolunteerList { tambon: tambon.to_string(), volunteers: volunteers.collect() }))
    })
    .await
}

impl VolunteerView {
    fn count<'a>(&mut self, visits: impl Iterator<Item = &'a &'a Visited>) {
        for visit in visits {
            self.visited += 1;
            let outcome = match visit.outcome.as_str() {
                "done" => &mut self.done,
                "partial" => &mut self.partial,
                "refused" => &mut self.refused,
                "absent" => &mut self.absent,
                _ => &mut self.others,
            };
            *outcome += 1;
        }
    }
}
