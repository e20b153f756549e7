//! How far the survey has come, village by village.

use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::TambonCode;
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::{TambonPath, query};
use super::auth::Office;
use super::export::{Export, File, Format, TableFile, stamp};
use super::listing::{Column, coded, columns, listing, number, word};
use super::problem::{Problem, ProblemBody};
use super::reply::{Compression, ok};
use super::views::time;
use crate::planning::annex::Cell;
use crate::planning::told::{Language, Told};
use crate::store::api_keys::Role;
use crate::store::documents::Outcome;
use crate::store::villages::{self, Coverage};

/// A planner is not told a number of people or needs below this.
const SUPPRESSED_BELOW: i32 = 5;

/// How a file is written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CoverageQuery {
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    purpose: Option<String>,
    /// Language of a file: `th` unless said. The headings of CSV are codes unless it is said.
    lang: Option<Language>,
}

/// How far the survey of a tambon has come.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CoverageView {
    /// Code of the tambon.
    tambon: String,
    /// Its name in Thai.
    name_th: String,
    /// Its name in English.
    name_en: String,
    /// Village by village, by code.
    villages: Vec<VillageCoverage>,
    /// All villages together.
    total: Counts,
}

/// How far the survey of a village has come.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VillageCoverage {
    /// Code of the village.
    village: String,
    /// Number of the village in its tambon (หมู่ที่).
    moo: u8,
    /// Its name, if a roster told it.
    name_th: Option<String>,
    /// Where the number of expected houses comes from.
    expected_source: Option<String>,
    /// When that was imported.
    expected_imported_at: Option<String>,
    /// What the hub holds.
    #[serde(flatten)]
    counts: Counts,
}

/// Households by the outcome of the visit that counts: the latest that found somebody.
#[derive(Debug, Default, Clone, Serialize, ToSchema)]
pub(super) struct Counts {
    /// Houses that there should be; null if nobody imported a roster.
    expected: Option<u32>,
    /// Households that were registered.
    households: i32,
    /// Households where somebody has been, whatever came of it.
    visited: i32,
    /// Surveyed.
    done: i32,
    /// Surveyed in part.
    partial: i32,
    /// Would not answer.
    refused: i32,
    /// Nobody at home.
    absent: i32,
    /// Nobody lives there.
    vacant: i32,
    /// The house is gone.
    demolished: i32,
    /// The house was not found.
    not_found: i32,
    /// People listed. Null where a planner would be told of 1 to 4.
    members: Option<i32>,
    /// Needs listed. Null where a planner would be told of 1 to 4.
    needs: Option<i32>,
    /// Answers in conflict.
    conflicts: i32,
}

/// How far the survey has come, village by village: houses expected, visited, done, refused, absent.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/coverage",
    tag = "planners",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), CoverageQuery),
    responses(
        (status = 200, body = CoverageView),
        (status = "4XX", description = "missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn show(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let asked: CoverageQuery = query(&request)?;
    let format = Format::accepted(&request, Format::OF_TABLES);
    if format != Format::Json {
        return Ok(coverage_file(app, office, tambon, asked, format, &request).await?.respond_to(&request));
    }
    Ok(ok(read_coverage(&app, &office, tambon).await?).respond_to(&request))
}

/// How far the survey has come, village by village, as a file: `csv` or `xlsx`.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/coverage.{format}",
    tag = "planners",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("format" = String, Path, description = "csv or xlsx"),
        CoverageQuery,
    ),
    responses(
        TableFile,
        (status = "4XX", description = "malformed-query, no-purpose, not-found, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn file(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<File, Problem> {
    let format = Format::of_address(&request, Format::OF_TABLES)?;
    let asked: CoverageQuery = query(&request)?;
    coverage_file(app, office, tambon, asked, format, &request).await
}

async fn coverage_file(
    app: App,
    office: Office,
    tambon: TambonCode,
    asked: CoverageQuery,
    format: Format,
    request: &HttpRequest,
) -> Result<File, Problem> {
    const COLUMNS: &[Column<VillageCoverage>] = columns! {
        "รหัสหมู่บ้าน", "Village code", "village" => |it| word(&*it.village);
        "บ้านที่ควรมี", "Expected", "expected" => |it| number(it.counts.expected);
        "ครัวเรือน", "Households", "households" => |it| number(Some(it.counts.households));
        "เยี่ยมแล้ว", "Visited", "visited" => |it| number(Some(it.counts.visited));
        "สำรวจเสร็จ", "Done", "done" => |it| number(Some(it.counts.done));
        "สำรวจบางส่วน", "In part", "partial" => |it| number(Some(it.counts.partial));
        "ไม่ให้ข้อมูล", "Refused", "refused" => |it| number(Some(it.counts.refused));
        "ไม่พบคน", "Absent", "absent" => |it| number(Some(it.counts.absent));
        "บ้านว่าง", "Vacant", "vacant" => |it| number(Some(it.counts.vacant));
        "รื้อแล้ว", "Demolished", "demolished" => |it| number(Some(it.counts.demolished));
        "หาบ้านไม่พบ", "Not found", "not_found" => |it| number(Some(it.counts.not_found));
        "คน", "People", "members" => |it| it.counts.members.map_or(Cell::Hidden, |count| number(Some(count)));
        "ความต้องการ", "Needs", "needs" => |it| it.counts.needs.map_or(Cell::Hidden, |count| number(Some(count)));
        "ข้อมูลไม่ตรงกัน", "Conflicts", "conflicts" => |it| number(Some(it.counts.conflicts));
    };
    office.covers(tambon)?;
    let export = Export::new(&office, format, asked.purpose.as_deref())?;
    let view = read_coverage(&app, &office, tambon).await?;
    let compression = Compression::of(request);
    app.block(move |app| {
        export.note(app, &office, tambon, "coverage.export", json!({}))?;
        let title = Told::new("ความก้าวหน้าการสำรวจ", "How far the survey has come");
        let first = |it: &VillageCoverage| {
            let name = it.name_th.as_ref().map_or_else(String::new, |name| format!(" {name}"));
            Told::new(format!("หมู่ {}{name}", it.moo), format!("Moo {}{name}", it.moo))
        };
        let stamp = stamp::of_area(app, tambon);
        let listing = listing(
            "coverage",
            title,
            stamp,
            (Told::new("หมู่บ้าน", "Village"), first),
            COLUMNS,
            &view.villages,
        );
        let listing = coded(listing, "name", COLUMNS);
        export.table(&format!("coverage-{tambon}"), &listing, asked.lang, compression)
    })
    .await
}

async fn read_coverage(app: &App, office: &Office, tambon: TambonCode) -> Result<CoverageView, Problem> {
    office.covers(tambon)?;
    let coverage = app.read(move |conn| villages::coverage(conn, tambon)).await?;
    let suppress = office.role == Role::Planner;
    let total = total(&coverage, suppress);
    let villages = coverage.into_iter().map(|coverage| VillageCoverage::of(coverage, suppress)).collect();
    let name = app.areas.get(tambon.into());
    Ok(CoverageView {
        tambon: tambon.to_string(),
        name_th: name.map_or("", |name| name.th).to_owned(),
        name_en: name.map_or("", |name| name.en).to_owned(),
        villages,
        total,
    })
}

impl VillageCoverage {
    fn of(coverage: Coverage, suppress: bool) -> Self {
        let counts = Counts::of(&coverage, suppress);
        let expected = coverage.expected;
        Self {
            village: coverage.village.to_string(),
            moo: coverage.village.moo(),
            expected_imported_at: expected.as_ref().map(|expected| time(expected.imported_at)),
            expected_source: expected.as_ref().map(|expected| expected.source.clone()),
            name_th: expected.and_then(|expected| expected.name_th),
            counts,
        }
    }
}

impl Counts {
    fn of(coverage: &Coverage, suppress: bool) -> Self {
        let sums = &coverage.sums;
        let hidden =
            |count: i32| Some(count).filter(|count| !suppress || *count == 0 || *count >= SUPPRESSED_BELOW);
        Self {
            expected: coverage.expected.as_ref().map(|expected| expected.houses),
            households: sums.households,
            visited: sums.visited(),
            done: sums.with(Outcome::Done),
            partial: sums.with(Outcome::Partial),
            refused: sums.with(Outcome::Refused),
            absent: sums.with(Outcome::Absent),
            vacant: sums.with(Outcome::Vacant),
            demolished: sums.with(Outcome::Demolished),
            not_found: sums.with(Outcome::NotFound),
            members: hidden(sums.members),
            needs: hidden(sums.needs),
            conflicts: sums.conflicts,
        }
    }
}

/// The sums of all villages. Where one village's number is hidden the sum is hidden too, or it would
/// tell that number.
fn total(coverage: &[Coverage], suppress: bool) -> Counts {
    let mut total = Counts { members: Some(0), needs: Some(0), ..Counts::default() };
    for counts in coverage.iter().map(|coverage| Counts::of(coverage, suppress)) {
        total.expected = match (total.expected, counts.expected) {
            (Some(sum), Some(more)) => Some(sum.saturating_add(more)),
            (sum, more) => sum.or(more),
        };
        total.households += counts.households;
        total.visited += counts.visited;
        total.done += counts.done;
        total.partial += counts.partial;
        total.refused += counts.refused;
        total.absent += counts.absent;
        total.vacant += counts.vacant;
        total.demolished += counts.demolished;
        total.not_found += counts.not_found;
        total.members = total.members.zip(counts.members).map(|(sum, more)| sum + more);
        total.needs = total.needs.zip(counts.needs).map(|(sum, more)| sum + more);
        total.conflicts += counts.conflicts;
    }
    total
}
