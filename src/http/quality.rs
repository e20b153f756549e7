//! What does not hold in merged households, for a coordinator to have mended.

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use survey_form::engine::Problem as Unmet;
use sync_protocol::ids::{HouseholdId, VillageCode};
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::{TambonPath, id, place, query};
use super::auth::{CARE, Office};
use super::households::scope;
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::views::time;
use crate::clock::Micros;
use crate::forms::quality::{self, Page, Touch, Unheld, Unsound};
use crate::forms::{FormsError, hash_text};
use crate::store::Conn;

/// Households that a page looks at, unless the client asks for another number; and at the most.
const EXAMINED: usize = 50;
const EXAMINED_MAX: usize = 200;

/// What is looked for, and where.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct QualityQuery {
    /// Only households of this village, 8 digits.
    village: Option<String>,
    /// Only this kind of problem.
    problem: Option<ProblemKind>,
    /// What an earlier page gave as `next`.
    after: Option<String>,
    /// Households that a page looks at, 1 to 200; 50 unless said.
    limit: Option<usize>,
}

/// What does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ProblemKind {
    /// A required answer is missing.
    Required,
    /// An answer does not satisfy its condition.
    Constraint,
    /// An answer should be looked at again.
    SoftConstraint,
    /// An answer is of the wrong kind, out of its range, or not among the choices.
    Value,
    /// There are more rows than the form asks for.
    Rows,
    /// An expression of the form has no value.
    Form,
}

/// Households in which something does not hold, among those that were looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QualityPage {
    /// Code of the tambon.
    tambon: String,
    /// How many households this page looked at.
    examined: usize,
    /// Those in which something does not hold.
    households: Vec<UnsoundView>,
    /// What to ask for as `after`; null on the last page. A page may have no households and a next one.
    next: Option<String>,
}

/// What does not hold in one household.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnsoundView {
    /// Id of the household.
    household_id: String,
    /// Code of its village.
    village: String,
    /// What does not hold, in the order of the form and of the rows.
    findings: Vec<UnheldView>,
    /// Whether there is more than is told.
    more: bool,
}

/// Something that does not hold.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnheldView {
    /// The form's id.
    form_id: String,
    /// Hash of its version.
    hash: String,
    /// What kind of problem it is.
    problem: ProblemKind,
    /// Id of the row, if the question is about a row.
    row_id: Option<String>,
    /// The repeat that the row is of.
    group: Option<String>,
    /// Key of the question.
    question: String,
    /// The question in Thai.
    label_th: String,
    /// The question in English.
    label_en: String,
    /// What does not hold, in Thai: the form's own words where it has some.
    message_th: String,
    /// What does not hold, in English.
    message_en: String,
    /// The answers that decide it, with who gave them: the question's own first. At most 60.
    answers: Vec<TouchView>,
}

/// An answer that has a part in it, and who gave it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TouchView {
    /// Id of its row, if it lies in one.
    row_id: Option<String>,
    /// Key of the answer: the question's, or `question/choice`; `group` where the row itself counts.
    question: String,
    /// The question in Thai.
    label_th: String,
    /// The question in English.
    label_en: String,
    /// The answer.
    #[schema(value_type = Value)]
    value: Value,
    /// Id of the device that wrote it.
    device_id: String,
    /// Who carries that device.
    person: Option<String>,
    /// When, by that device's clock.
    written_at: String,
    /// When the hub took it.
    received_at: String,
}

/// What does not hold in merged households.
///
/// Every device checks what it writes; the union of what several wrote may break a condition all the
/// same: two heads of one household, a number that no longer fits the list. Each form that holds in the
/// village and was begun in the household is evaluated over what was merged, when this is asked: what was
/// mended is gone from it at once.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/quality",
    tag = "coordinators",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), QualityQuery),
    responses(
        (status = 200, body = QualityPage),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<QualityPage>, Problem> {
    let wanted: QualityQuery = query(&request)?;
    office.has_role(CARE)?;
    let village: Option<VillageCode> = scope(&app, &office, tambon, wanted.village.as_deref())?;
    let limit = match wanted.limit {
        None => EXAMINED,
        Some(limit @ 1..=EXAMINED_MAX) => limit,
        Some(_) => return Err(Problem::MalformedQuery(format!("limit is 1 to {EXAMINED_MAX}"))),
    };
    let after = place(wanted.after.as_deref(), |text| id::<HouseholdId>(text).ok())?;
    let now = app.clock.now();
    app.block(move |app| {
        let is_wanted = |problem: &Unmet| wanted.problem.is_none_or(|kind| kind == kind_of(problem));
        let page = office.read_personal(
            app,
            tambon,
            "quality.read",
            |page: &Page| page.unsound.len(),
            |conn: &mut Conn| quality::page(conn, tambon, village, (after, limit), &is_wanted, now),
        )?;
        Ok(ok(QualityPage {
            tambon: tambon.to_string(),
            examined: page.examined,
            households: page.unsound.into_iter().map(view).collect(),
            next: page.next.map(|last| last.to_string()),
        }))
    })
    .await
}

/// What does not hold in one household: nothing, if all does.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/households/{household}/quality",
    tag = "coordinators",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("household" = String, Path, description = "Id of the household"),
    ),
    responses(
        (status = 200, body = UnsoundView),
        (status = "4XX", description = "malformed-id, unknown-household, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn of_household(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<UnsoundView>, Problem> {
    office.has_role(CARE)?;
    office.covers(tambon)?;
    let household: HouseholdId = id(request.match_info().query("household"))?;
    let now = app.clock.now();
    let found = app
        .block(move |app| {
            office.read_personal(
                app,
                tambon,
                "quality.read",
                |found: &Option<Unsound>| usize::from(found.is_some()),
                |conn: &mut Conn| -> Result<_, FormsError> {
                    quality::of_household(conn, tambon, household, now)
                },
            )
        })
        .await?;
    found.map(|found| ok(view(found))).ok_or_else(|| Problem::UnknownHousehold(household.to_string()))
}

fn kind_of(problem: &Unmet) -> ProblemKind {
    match problem {
        Unmet::Required => ProblemKind::Required,
        Unmet::Constraint => ProblemKind::Constraint,
        Unmet::SoftConstraint => ProblemKind::SoftConstraint,
        Unmet::WrongKind | Unmet::UnknownChoice(_) | Unmet::ClosedChoice(_) => ProblemKind::Value,
        Unmet::SurplusRow => ProblemKind::Rows,
        Unmet::Unevaluated(_) => ProblemKind::Form,
    }
}

fn view(unsound: Unsound) -> UnsoundView {
    UnsoundView {
        household_id: unsound.household.to_string(),
        village: unsound.village.to_string(),
        findings: unsound.findings.into_iter().map(unheld).collect(),
        more: unsound.is_cut,
    }
}

fn unheld(unheld: Unheld) -> UnheldView {
    let (form_id, hash) = unheld.form;
    UnheldView {
        form_id,
        hash: hash_text(&hash),
        problem: kind_of(&unheld.problem),
        row_id: unheld.row.map(|row| row.to_string()),
        group: Some(unheld.at.group).filter(|group| !group.is_empty()),
        question: unheld.at.key,
        label_th: unheld.label.th,
        label_en: unheld.label.en,
        message_th: unheld.message.th,
        message_en: unheld.message.en,
        answers: unheld.touched.into_iter().map(touch).collect(),
    }
}

fn touch(touch: Touch) -> TouchView {
    TouchView {
        row_id: touch.row.map(|row| row.to_string()),
        question: touch.key,
        label_th: touch.label.th,
        label_en: touch.label.en,
        value: touch.value,
        device_id: touch.device.to_string(),
        person: touch.person,
        written_at: time(Micros(touch.written_at_ms.saturating_mul(1_000))),
        received_at: time(touch.received_at),
    }
}
