//! Households of a tambon, page by page, or all of them as a file; and who lives in them.

use std::sync::Arc;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder};
use futures_util::future::ready;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};
use utoipa::{IntoParams, ToSchema};

use super::app::App;
use super::area_path::{TambonPath, cut, id, known_village, page_limit, place, query};
use super::auth::{LISTS, Office};
use super::csv_table::{Language, Table, Values};
use super::export::{Export, Format, stamp, unwritten};
use super::problem::{Problem, ProblemBody};
use super::reply::{self, Compression, Packer};
use super::views::{Extent, Eye, HouseholdView};
use crate::papers::{Book, Listing};
use crate::store::read_model::{self, Span};
use crate::store::{Conn, StoreError};

/// Households that one piece of a CSV file holds.
const PIECE: usize = 200;
/// Pieces of a file that are made at once.
const AT_ONCE: usize = 2;

/// Which households, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HouseholdsQuery {
    /// Only households of this village, 8 digits.
    village: Option<String>,
    /// What an earlier page gave as `next`.
    after: Option<String>,
    /// Households on a page, 1 to 1000; 100 unless said. A file holds all.
    limit: Option<usize>,
    /// `json`, `csv` or `xlsx`; what the `Accept` header likes best unless said.
    format: Option<Format>,
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    purpose: Option<String>,
    /// Language of a file's headings and choices: `th` unless said.
    lang: Option<Language>,
    /// Whether a file shows choices as `labels` (unless said) or as `codes`.
    values: Option<Values>,
}

/// A page of households.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HouseholdsPage {
    /// Code of the tambon.
    tambon: String,
    /// Whether what points to a person was left out.
    deidentified: bool,
    /// The households, in the order of their ids.
    households: Vec<HouseholdView>,
    /// What to ask for as `after`; null on the last page.
    next: Option<String>,
}

/// Households of a tambon.
///
/// A planner sees them without anything that points to a person; a fund sees names and needs, without
/// health and citizen IDs; a coordinator sees all of it. Pages are stable: a household that is
/// registered while they are read moves no other from its page. With `format=csv`, or
/// `Accept: text/csv`, all of them come as one file (UTF-8 with BOM, for Excel); so with `xlsx`.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/households",
    tag = "planners",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), HouseholdsQuery),
    responses(
        (status = 200, description = "A page, or a file", content(
            (HouseholdsPage = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let wanted: HouseholdsQuery = query(&request)?;
    let village = scope(&app, &office, tambon, wanted.village.as_deref())?;
    let format = wanted.format.unwrap_or_else(|| Format::accepted(&request, Format::OF_TABLES));
    if format != Format::Json {
        return file(app, office, Kind::Households, (tambon, village), &wanted, format, &request).await;
    }
    let page = page(app, office, tambon, village, &wanted).await?;
    Ok(reply::ok(page).respond_to(&request))
}

/// Households of a tambon as one file, `csv` or `xlsx`.
///
/// The same as `…/households?format=csv`. A workbook for whoever sees names has a second sheet of who lives there.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/households.{format}",
    tag = "planners",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("format" = String, Path, description = "csv or xlsx"),
        HouseholdsQuery,
    ),
    responses(
        (status = 200, description = "CSV is UTF-8 with BOM; texts that a spreadsheet would take for a formula begin with an apostrophe", content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = "4XX", description = "malformed-query, no-purpose, not-found, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn of_address(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let format = Format::of_address(&request, Format::OF_TABLES)?;
    let wanted: HouseholdsQuery = query(&request)?;
    let village = scope(&app, &office, tambon, wanted.village.as_deref())?;
    file(app, office, Kind::Households, (tambon, village), &wanted, format, &request).await
}

/// Who lives in the households of a tambon as one file, `csv` or `xlsx`: a row for each.
///
/// With the household's id, village and house number. A fund sees names, without health and citizen IDs; a coordinator
/// sees all of it.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/members.{format}",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("format" = String, Path, description = "csv or xlsx"),
        HouseholdsQuery,
    ),
    responses(
        (status = 200, description = "The file, as that of households is", content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = "4XX", description = "malformed-query, no-purpose, not-found, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn members(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    office.has_role(LISTS)?;
    let format = Format::of_address(&request, Format::OF_TABLES)?;
    let wanted: HouseholdsQuery = query(&request)?;
    let village = scope(&app, &office, tambon, wanted.village.as_deref())?;
    file(app, office, Kind::Members, (tambon, village), &wanted, format, &request).await
}

/// The village that is asked for, if any; refuses what lies outside the key's area.
pub(super) fn scope(
    app: &App,
    office: &Office,
    tambon: TambonCode,
    village: Option<&str>,
) -> Result<Option<VillageCode>, Problem> {
    let Some(village) = village else {
        office.covers(tambon)?;
        return Ok(None);
    };
    let village = known_village(app.areas, village)?;
    if village.tambon() != tambon {
        return Err(Problem::MalformedQuery(format!("village {village} does not lie in tambon {tambon}")));
    }
    office.covers(village)?;
    Ok(Some(village))
}

async fn page(
    app: App,
    office: Office,
    tambon: TambonCode,
    village: Option<VillageCode>,
    wanted: &HouseholdsQuery,
) -> Result<HouseholdsPage, Problem> {
    let limit = page_limit(wanted.limit)?;
    let eye = Eye::of(&office, &app);
    let after =
        place(wanted.after.as_deref(), |text| id::<HouseholdId>(text).ok())?.map(|name| eye.household(name));
    app.block(move |app| {
        let read = |conn: &mut Conn| -> Result<_, StoreError> {
            let rows = read_model::households(conn, tambon, village, after, limit + 1)?;
            let (rows, more) = cut(rows, limit);
            let next = rows.last().filter(|_| more).map(|(_, row)| eye.name(row.household).to_string());
            Ok((eye.views(conn, tambon, rows, Extent::Whole)?, next))
        };
        let (households, next) = if eye.is_deidentified() {
            app.database.read(read)?
        } else {
            office.read_personal(
                app,
                tambon,
                "households.read",
                |(views, _): &(Vec<_>, _)| views.len(),
                read,
            )?
        };
        Ok(HouseholdsPage {
            tambon: tambon.to_string(),
            deidentified: eye.is_deidentified(),
            households,
            next,
        })
    })
    .await
}

/// What a row of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Households,
    Members,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Households => "households",
            Self::Members => "members",
        }
    }
}

async fn file(
    app: App,
    office: Office,
    kind: Kind,
    (tambon, village): (TambonCode, Option<VillageCode>),
    wanted: &HouseholdsQuery,
    format: Format,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    if wanted.after.is_some() || wanted.limit.is_some() {
        return Err(Problem::MalformedQuery(
            "a file holds all households: it has no after and no limit".to_owned(),
        ));
    }
    let export = Export::new(&office, format, wanted.purpose.as_deref())?;
    let eye = Eye::of(&office, &app);
    let language = wanted.lang.unwrap_or_default();
    let make = if kind == Kind::Members { Table::of_members } else { Table::new };
    let table = make(&eye, app.form, language, wanted.values.unwrap_or_default());
    let about = json!({ "village": village.map(|village| village.to_string()) });
    let export = app
        .block(move |app| {
            export.note(app, &office, tambon, &format!("{}.export", kind.name()), about)?;
            Ok(export)
        })
        .await?;
    let source = Source { kind, eye, tambon, village };
    if format == Format::Csv {
        return Ok(streamed(app, source, table, Packer::of(request)));
    }
    let values = wanted.values.unwrap_or_default();
    let file = app.block(move |app| {
        let mut book = Book::new(Some(language));
        let mut add = |source: &Source, table: &Table| -> Result<(), Problem> {
            let table = table.cells(&app.database.read(|conn| source.all(conn))?);
            let listing = Listing { table, stamp: stamp::of_area(app, tambon), codes: Vec::new() };
            book.add(&listing).map_err(unwritten)
        };
        add(&source, &table)?;
        if kind == Kind::Households && !source.eye.is_deidentified() {
            let table = Table::of_members(&source.eye, app.form, language, values);
            add(&Source { kind: Kind::Members, ..source }, &table)?;
        }
        let bytes = book.bytes().map_err(unwritten)?;
        export.file(&format!("{}-{tambon}", kind.name()), bytes, Compression::None)
    });
    Ok(file.await?.respond_to(request))
}

/// The file, made piece by piece as the client takes it: however many households there are, the hub holds those of a few
/// pieces, two of which are made at once.
fn streamed(app: App, source: Source, table: Table, packer: Packer) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    let name = format!("attachment; filename=\"{}-{}.csv\"", source.kind.name(), source.tambon);
    response
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((VARY, "Accept, Accept-Encoding"));
    if let Some(name) = packer.name() {
        response.insert_header((CONTENT_ENCODING, name));
    }
    let head = ready(table.head().map_err(failed));
    let (source, table) = (Arc::new(source), Arc::new(table));
    let write = {
        let (app, source) = (app.clone(), source.clone());
        move |piece: Result<Span, Problem>| {
            let (app, source, table) = (app.clone(), source.clone(), table.clone());
            async move {
                let piece = piece?;
                app.block(move |app| {
                    let views = app.database.read(|conn| source.read(conn, piece))?;
                    table.rows(&views).map_err(failed)
                })
                .await
            }
        }
    };
    let written = stream::once(head).chain(pieces(app.clone(), source).map(write).buffered(AT_ONCE));
    let packed = packed(app, packer, Box::pin(written)).inspect_err(|problem| {
        tracing::error!(cause = problem.cause(), "a CSV file broke off");
    });
    // An empty piece would say that it is the last.
    response.streaming(packed.try_filter(|bytes| ready(!bytes.is_empty())))
}

fn failed(error: std::io::Error) -> Problem {
    Problem::Internal(format!("writing CSV: {error}"))
}

/// Where one piece of a file ends and the next begins.
fn pieces(app: App, source: Arc<Source>) -> impl Stream<Item = Result<Span, Problem>> {
    // The household after which the next begins; nothing when all is told.
    stream::unfold(Some(None), move |after: Option<Option<HouseholdId>>| {
        let (app, source) = (app.clone(), source.clone());
        async move {
            let after = after?;
            let next = app.block(move |app| Ok(app.database.read(|conn| source.next(conn, after))?));
            Some(match next.await {
                Ok(span) => (Ok(span), span.last.map(Some)),
                Err(problem) => (Err(problem), None),
            })
        }
    })
}

/// The same pieces as the client takes them.
fn packed(
    app: App,
    packer: Packer,
    pieces: impl Stream<Item = Result<Vec<u8>, Problem>> + Unpin,
) -> impl Stream<Item = Result<Bytes, Problem>> {
    stream::unfold(Some((pieces, packer)), move |rest| {
        let app = app.clone();
        async move {
            let (mut pieces, mut packer) = rest?;
            let piece = match pieces.next().await.transpose() {
                Ok(piece) => piece,
                Err(problem) => return Some((Err(problem), None)),
            };
            let packed = app.block(move |_| match piece {
                Some(piece) => Ok((packer.push(piece).map_err(failed)?, Some(packer))),
                None => Ok((packer.finish().map_err(failed)?, None)),
            });
            Some(match packed.await {
                Ok((bytes, packer)) => (Ok(bytes.into()), packer.map(|packer| (pieces, packer))),
                Err(problem) => (Err(problem), None),
            })
        }
    })
}

/// Where the rows of a file come from.
struct Source {
    kind: Kind,
    eye: Eye,
    tambon: TambonCode,
    village: Option<VillageCode>,
}

impl Source {
    /// The piece after a household; all that are left if they are fewer than a piece.
    fn next(&self, conn: &mut Conn, after: Option<HouseholdId>) -> Result<Span, StoreError> {
        let last = read_model::nth_household(conn, self.tambon, self.village, after, PIECE)?;
        Ok(Span { after, last })
    }

    /// All of it, piece by piece.
    fn all(&self, conn: &mut Conn) -> Result<Vec<HouseholdView>, StoreError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let span = self.next(conn, after)?;
            all.extend(self.read(conn, span)?);
            if span.last.is_none() {
                return Ok(all);
            }
            after = span.last;
        }
    }

    fn read(&self, conn: &mut Conn, span: Span) -> Result<Vec<HouseholdView>, StoreError> {
        match self.kind {
            Kind::Households => {
                let rows = read_model::households(conn, self.tambon, self.village, span, usize::MAX)?;
                self.eye.views(conn, self.tambon, rows, Extent::WithNeeds)
            }
            Kind::Members => {
                let houses = read_model::houses(conn, self.tambon, self.village, span, usize::MAX)?;
                self.eye.members(conn, self.tambon, houses)
            }
        }
    }
}
