//! Targets and results by programme, fiscal year and region: the board.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::query;
use super::auth::Office;
use super::export::{Export, File, Format, TableFile};
use super::listing::{Column, coded, columns, listing, number, word};
use super::problem::{Problem, ProblemBody, shortened};
use super::programmes::{ImportView, import, year_or_now};
use super::reply::{Compression, Json, ok};
use crate::area::Area;
use crate::planning::annex::Cell;
use crate::planning::region::Region;
use crate::planning::targets::{self, TargetRow};
use crate::planning::told::{Language, Told};
use crate::store::planning_files::{self, Kind as FileKind};
use crate::store::{Conn, StoreError};

/// Which board.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct BoardQuery {
    /// Fiscal year (พ.ศ.); the one that it is unless said.
    fiscal_year: Option<i64>,
    /// `TH` (unless said), the code of an area, or a group, e.g. `group:cluster/north-upper-1`.
    region: Option<String>,
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    purpose: Option<String>,
    /// Language of a file: `th` unless said. The headings of CSV are codes unless it is said.
    lang: Option<Language>,
}

/// Targets and results of a fiscal year and region.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Board {
    /// Fiscal year (พ.ศ.).
    fiscal_year: i16,
    /// The region.
    region: String,
    /// The rows, in the order of their numbers.
    rows: Vec<BoardRow>,
    /// Fiscal years for which there are rows.
    years: Vec<i16>,
}

/// A row of the board.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardRow {
    /// Its number, e.g. `3.2.1`.
    item: String,
    /// What it counts, in Thai.
    name_th: String,
    /// What is to be reached.
    target: u64,
    /// What was reached; null where nobody told, which is not zero.
    actual: Option<u64>,
    /// Percent of the target, one decimal; may be above 100.
    percent: Option<f64>,
    /// The same in tenths.
    #[serde(skip)]
    tenths: Option<u32>,
    /// What is left; null where no result was told.
    left: Option<u64>,
    /// What both count.
    unit: &'static str,
    /// The unit in Thai.
    unit_th: String,
    /// Where the figures were read.
    source: String,
    /// The day for which they were given.
    as_of: String,
}

impl BoardRow {
    #[expect(clippy::cast_precision_loss, reason = "tenths of a percent are small")]
    fn of(row: &TargetRow) -> Self {
        Self {
            item: row.item.to_string(),
            name_th: row.programme_th.clone(),
            target: row.target,
            actual: row.actual,
            percent: row.percent().map(|percent| percent.tenths as f64 / 10.0),
            tenths: row.percent().and_then(|percent| u32::try_from(percent.tenths).ok()),
            left: row.left(),
            unit: row.unit.name(),
            unit_th: row.unit.told().th,
            source: row.source.clone(),
            as_of: row.as_of.to_string(),
        }
    }
}

/// The rows that count: those imported last, or those that come with the program.
///
/// # Errors
/// The database's own.
pub(super) fn rows(conn: &mut Conn) -> Result<Vec<TargetRow>, StoreError> {
    match planning_files::last(conn, FileKind::Targets)? {
        None => Ok(targets::bundled().to_vec()),
        Some(file) => targets::read(file.content.as_bytes())
            .map_err(|_| StoreError::Corrupt(format!("targets of import {}", file.number))),
    }
}

/// Targets and results of a fiscal year and region. They name nobody and no place smaller than a tambon, and
/// are for every office.
#[utoipa::path(
    get,
    path = "/api/v1/targets",
    tag = "planners",
    params(BoardQuery),
    responses(
        (status = 200, body = Board),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn board(app: App, office: Office, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked: BoardQuery = query(&request)?;
    let format = Format::accepted(&request, Format::OF_TABLES);
    if format != Format::Json {
        return Ok(board_file(app, office, asked, format, &request).await?.respond_to(&request));
    }
    Ok(ok(read_board(&app, &asked).await?).respond_to(&request))
}

/// Targets and results of a fiscal year and region, as a file: `csv` or `xlsx`.
#[utoipa::path(
    get,
    path = "/api/v1/targets.{format}",
    tag = "planners",
    params(
        ("format" = String, Path, description = "csv or xlsx"),
        BoardQuery,
    ),
    responses(
        TableFile,
        (status = "4XX", description = "malformed-query, no-purpose, not-found, missing-credentials, wrong-api-key, api-key-revoked, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn file(app: App, office: Office, request: HttpRequest) -> Result<File, Problem> {
    let format = Format::of_address(&request, Format::OF_TABLES)?;
    let asked: BoardQuery = query(&request)?;
    board_file(app, office, asked, format, &request).await
}

async fn board_file(
    app: App,
    office: Office,
    asked: BoardQuery,
    format: Format,
    request: &HttpRequest,
) -> Result<File, Problem> {
    const COLUMNS: &[Column<BoardRow>] = columns! {
        "รายการ", "What is counted", "name_th" => |it| word(&*it.name_th);
        "เป้าหมาย", "Target", "target" => |it| number(Some(it.target));
        "ผล", "Result", "actual" => |it| number(it.actual);
        "ร้อยละ", "Percent", "percent" => |it| it.tenths.map_or(Cell::Missing, Cell::PerMille);
        "คงเหลือ", "Left", "left" => |it| number(it.left);
        "หน่วยนับ", "Unit", "unit" => |it| Cell::Text(Told::new(&*it.unit_th, it.unit));
        "ที่มา", "Source", "source" => |it| word(&*it.source);
        "ณ วันที่", "As of", "as_of" => |it| word(&*it.as_of);
    };
    let export = Export::new(&office, format, asked.purpose.as_deref())?;
    let board = read_board(&app, &asked).await?;
    let compression = Compression::of(request);
    app.block(move |app| {
        let about = json!({ "fiscal_year": board.fiscal_year, "region": board.region });
        export.note(app, &office, Area::COUNTRY, "targets.export", about)?;
        let year = board.fiscal_year;
        let title = Told::new(
            format!("เป้าหมายและผล ปีงบประมาณ {year}"),
            format!("Targets and results, fiscal year {year}"),
        );
        let region = (Told::new("ภูมิภาค", "Region"), Told::new(&*board.region, &*board.region));
        let first = |it: &BoardRow| Told::new(&*it.item, &*it.item);
        let listing =
            listing("targets", title, vec![region], (Told::new("ข้อ", "Item"), first), COLUMNS, &board.rows);
        let listing = coded(listing, "item", COLUMNS);
        export.table(&format!("targets-{year}"), &listing, asked.lang, compression)
    })
    .await
}

async fn read_board(app: &App, asked: &BoardQuery) -> Result<Board, Problem> {
    let year = year_or_now(asked.fiscal_year, app)?;
    let region: Region = asked
        .region
        .as_deref()
        .unwrap_or("TH")
        .parse()
        .map_err(|error| Problem::MalformedQuery(shortened(&format!("{error}")).into_owned()))?;
    let rows = app.read(rows).await?;
    let mut years: Vec<i16> = rows.iter().map(|row| row.fiscal_year.be()).collect();
    years.sort_unstable();
    years.dedup();
    Ok(Board {
        fiscal_year: year.be(),
        region: region.to_string(),
        rows: targets::board(&rows, year, &region).into_iter().map(BoardRow::of).collect(),
        years,
    })
}

/// Takes targets and results from a CSV file, in place of those that there were.
#[utoipa::path(
    put,
    path = "/api/v1/targets",
    tag = "planners",
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, body = ImportView),
        (status = "4XX", description = "file-refused, unsupported-media-type, body-too-large, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn put(
    app: App,
    office: Office,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<ImportView>, Problem> {
    let check = |content: &[u8]| targets::read(content).map(|rows| rows.len());
    import(app, office, request, payload, FileKind::Targets, check).await
}
