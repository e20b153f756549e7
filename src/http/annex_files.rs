//! The annex of a tambon plan as it is read: JSON, a workbook, CSV, a page to print and its PDF, the villages on
//! a map.

use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Deserialize;
use serde_json::json;
use sync_protocol::ids::TambonCode;
use utoipa::IntoParams;

use super::annex::{self, AnnexView, Made};
use super::app::App;
use super::area_path::{TambonPath, query};
use super::auth::Office;
use super::export::{Export, File, Format, unwritten};
use super::planning_problem::{Kind, PlanningProblem};
use super::problem::{Problem, ProblemBody};
use super::programmes::year_or_now;
use super::reply::{Compression, ok};
use crate::area::Areas;
use crate::clock::Micros;
use crate::papers::{Cited, Heading, MapPoint, Paper, PdfError, csv, geojson, html, pdf, xlsx};
use crate::planning::annex::Annex;
use crate::planning::told::{Language, Told};
use crate::store::api_keys::Role;

const OFFERED: &[Format] = &[Format::Xlsx, Format::Csv, Format::GeoJson, Format::Html, Format::Pdf];

/// Which annex, and how it is written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AnnexQuery {
    /// Fiscal year (พ.ศ.) of programmes and targets; the one that it is unless said. A snapshot has its own.
    fiscal_year: Option<i64>,
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    purpose: Option<String>,
    /// Language of a file: `th` unless said.
    lang: Option<Language>,
    /// Which table a CSV file holds, by its name, e.g. `card`.
    table: Option<String>,
}

/// The annex of the tambon plan as it stands now: fourteen tables. `Accept` may ask for a file.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/annex",
    tag = "planners",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), AnnexQuery),
    responses(
        (status = 200, body = AnnexView),
        (status = "4XX", description = "malformed-query, no-purpose, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn show(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let asked: AnnexQuery = query(&request)?;
    office.covers(tambon)?;
    let format = Format::accepted(&request, OFFERED);
    if format != Format::Json {
        let file = as_it_stands(app, office, tambon, &asked, format, &request).await?;
        return Ok(file.respond_to(&request));
    }
    let year = year_or_now(asked.fiscal_year, &app)?;
    let hides = office.role == Role::Planner;
    let made = app.block(move |app| annex::made(app, tambon, year, hides, app.clock.now())).await?;
    Ok(ok(made.annex).respond_to(&request))
}

/// The annex as it stands now, as a file: `xlsx`, `csv` (one table), `geojson`, `html` or `pdf`.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/annex.{format}",
    tag = "planners",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("format" = String, Path, description = "xlsx, csv, geojson, html or pdf"),
        AnnexQuery,
    ),
    responses(
        (status = 200, description = "The file", content(
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "text/csv"),
            (Object = "application/geo+json"),
            (String = "text/html"),
            (Vec<u8> = "application/pdf"),
        )),
        (status = "4XX", description = "malformed-query, no-purpose, not-found, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
        (status = 501, description = "no-pdf", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn file(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<File, Problem> {
    let format = Format::of_address(&request, OFFERED)?;
    let asked: AnnexQuery = query(&request)?;
    office.covers(tambon)?;
    as_it_stands(app, office, tambon, &asked, format, &request).await
}

/// The annex that a snapshot froze, as a file: `xlsx`, `csv` (one table), `geojson`, `html` or `pdf`.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/snapshots/{snapshot}/annex.{format}",
    tag = "planners",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("snapshot" = String, Path, description = "Id of the snapshot"),
        ("format" = String, Path, description = "xlsx, csv, geojson, html or pdf"),
        AnnexQuery,
    ),
    responses(
        (status = 200, description = "The file", content(
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "text/csv"),
            (Object = "application/geo+json"),
            (String = "text/html"),
            (Vec<u8> = "application/pdf"),
        )),
        (status = "4XX", description = "malformed-query, no-purpose, not-found, unknown-snapshot, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
        (status = 501, description = "no-pdf", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn of_snapshot(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<File, Problem> {
    let format = Format::of_address(&request, OFFERED)?;
    let asked: AnnexQuery = query(&request)?;
    office.covers(tambon)?;
    if asked.fiscal_year.is_some() {
        return Err(Problem::MalformedQuery(
            "a snapshot keeps the fiscal year that it was made of".to_owned(),
        ));
    }
    let export = Export::new(&office, format, asked.purpose.as_deref())?;
    let (snapshot, frozen) = annex::found(&app, tambon, &request).await?;
    let cited = Cited { title: snapshot.title, hash: snapshot.sha256 };
    let paper = paper(app.areas, tambon, frozen.annex, snapshot.made_at, frozen.points, Some(cited));
    given(app, office, export, tambon, paper, &asked, &request).await
}

async fn as_it_stands(
    app: App,
    office: Office,
    tambon: TambonCode,
    asked: &AnnexQuery,
    format: Format,
    request: &HttpRequest,
) -> Result<File, Problem> {
    let export = Export::new(&office, format, asked.purpose.as_deref())?;
    let year = year_or_now(asked.fiscal_year, &app)?;
    let (hides, as_of) = (office.role == Role::Planner, app.clock.now());
    let Made { annex, points, .. } =
        app.block(move |app| annex::made(app, tambon, year, hides, as_of)).await?;
    let paper = paper(app.areas, tambon, annex, as_of, points, None);
    given(app, office, export, tambon, paper, asked, request).await
}

/// An annex as papers take it.
fn paper(
    areas: &Areas,
    tambon: TambonCode,
    annex: AnnexView,
    as_of: Micros,
    points: Vec<MapPoint>,
    snapshot: Option<Cited>,
) -> Paper {
    let name = |named: &crate::area::NamedArea| Told::new(named.th, named.en);
    let (tambon_name, amphoe_name, province_name) = match areas.place(tambon) {
        Some(place) => (name(place.tambon), name(place.amphoe), name(place.province)),
        None => (Told::new("", ""), Told::new("", ""), Told::new("", "")),
    };
    let heading = Heading {
        tambon,
        tambon_name,
        amphoe_name,
        province_name,
        as_of,
        log_seq: annex.as_of_seq,
        list: annex.list.map(|list| Cited { title: list.version.to_string(), hash: list.sha256 }),
        parameters: annex.parameters,
        hidden_below: annex.hidden_below,
        snapshot,
        points,
    };
    Paper { annex: Annex { tables: annex.tables }, heading }
}

/// Writes the file, and that it was given out.
async fn given(
    app: App,
    office: Office,
    export: Export,
    tambon: TambonCode,
    paper: Paper,
    asked: &AnnexQuery,
    request: &HttpRequest,
) -> Result<File, Problem> {
    let language = asked.lang.unwrap_or_default();
    let table = match (&asked.table, export.format()) {
        (named, Format::Csv) => Some(chosen(&paper, named.as_deref())?),
        (None, _) => None,
        (Some(_), _) => return Err(Problem::MalformedQuery("only a CSV file holds one table".to_owned())),
    };
    let printing = if export.format() == Format::Pdf { Some(app.print_place().await?) } else { None };
    let name = format!(
        "annex-{tambon}{}",
        table.map_or_else(String::new, |at| format!("-{}", paper.annex.tables[at].name))
    );
    let compression = Compression::of(request);
    app.block(move |app| {
        let _printing = printing;
        let about = json!({ "snapshot": paper.heading.snapshot.as_ref().map(|cited| &cited.hash) });
        let bytes = match export.format() {
            Format::Xlsx => xlsx(&paper, language).map_err(unwritten)?,
            Format::GeoJson => geojson(&paper).into_bytes(),
            Format::Html => html(&paper, language).into_bytes(),
            Format::Pdf => pdf(&html(&paper, language), app.config.chromium.as_deref()).map_err(unprinted)?,
            Format::Csv | Format::Json => {
                let table = &paper.annex.tables[table.unwrap_or_default()];
                csv(table, &paper.heading, language).map_err(unwritten)?
            }
        };
        export.note(app, &office, tambon, "annex.export", about)?;
        export.file(&name, bytes, compression)
    })
    .await
}

/// The place of the table with this name.
fn chosen(paper: &Paper, named: Option<&str>) -> Result<usize, Problem> {
    let tables = &paper.annex.tables;
    let found = tables.iter().position(|table| Some(table.name.as_str()) == named);
    found.ok_or_else(|| {
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        Problem::MalformedQuery(format!(
            "a CSV file holds one table: say in `table` which of {}",
            names.join(", ")
        ))
    })
}

fn unprinted(error: PdfError) -> Problem {
    match error {
        PdfError::NoChromium(_) => PlanningProblem::new(
            Kind::NoPdf,
            error.to_string(),
            "ต้องติดตั้ง Chromium บนเครื่องศูนย์กลางข้อมูลก่อน หรือเปิดหน้า annex.html แล้วสั่งพิมพ์เป็น PDF",
        )
        .into(),
        error => unwritten(error),
    }
}
