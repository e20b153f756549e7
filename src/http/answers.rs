//! The answers of one form in a tambon, typed and under the form's own labels: JSON pages, or one CSV file.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use actix_web::web::{Bytes, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};
use utoipa::{IntoParams, ToSchema};

use super::answer_table::{AnswerRow, ColumnView, Several, Sheet, Step, Style};
use super::app::App;
use super::area_path::{TambonPath, id, page_limit, place, query};
use super::auth::Office;
use super::csv_table::{Language, Values};
use super::export::{Export, Format};
use super::households::scope;
use super::problem::{Problem, ProblemBody};
use super::reply::{self, Packer};
use super::views::Eye;
use crate::forms::{FormsError, hash_text};
use crate::store::Conn;

/// Households that one piece of a CSV file is read from.
const PIECE: usize = 200;

/// Which answers, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AnswersQuery {
    /// The rows of this repeat, e.g. `member`, instead of the household's own answers.
    repeat: Option<String>,
    /// Only households of this village, 8 digits.
    village: Option<String>,
    /// What an earlier page gave as `next`.
    after: Option<String>,
    /// Households that a page is made from, 1 to 1000; 100 unless said. A CSV file holds all.
    limit: Option<usize>,
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    purpose: Option<String>,
    /// `json` (unless the `Accept` header says `text/csv`) or `csv`.
    format: Option<Format>,
    /// Language of a CSV file's headings and choices: `th` unless said.
    lang: Option<Language>,
    /// Whether a CSV file shows choices as `labels` (unless said) or as `codes`, with keys as headings.
    values: Option<Values>,
    /// Whether a CSV file joins several choices in one column (`joined`, unless said) or has a column of
    /// true and false for each (`columns`).
    choices: Option<Several>,
}

/// A page of answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnswersPage {
    /// Code of the tambon.
    tambon: String,
    /// The form.
    form_id: String,
    /// Hash of the version that the columns are in the order of. Answers given with older versions are
    /// among them.
    hash: String,
    /// The repeat whose rows these are; null for the household's own answers.
    repeat: Option<String>,
    /// Whether what points to a person was left out.
    deidentified: bool,
    /// The questions.
    columns: Vec<ColumnView>,
    /// The answers, by household and in the order in which rows were made.
    rows: Vec<AnswerRow>,
    /// What to ask for as `after`; null on the last page. A page may have no rows and a next one.
    next: Option<String>,
}

/// Answers to one form, typed and under its own labels.
///
/// A planner sees questions of class N that are no free text, of households that agreed to be part of the
/// plan; a fund sees those that are not sensitive; a coordinator sees all, and what no question asks for.
/// Answers given with an older version of the form stay readable: its questions are columns too.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/forms/{form_id}/answers",
    tag = "planners",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("form_id" = String, Path, description = "The form's id"),
        AnswersQuery,
    ),
    responses(
        (status = 200, description = "A page, or a file (UTF-8 with BOM; texts that a spreadsheet would take for a formula begin with an apostrophe)", content(
            (AnswersPage = "application/json"),
            (String = "text/csv"),
        )),
        (status = "4XX", description = "malformed-query, no-purpose, unknown-form, unknown-repeat, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let wanted: AnswersQuery = query(&request)?;
    let village = scope(&app, &office, tambon, wanted.village.as_deref())?;
    let (_, form_id) = path.into_inner();
    let about = About { tambon, village, form_id };
    let format = wanted.format.unwrap_or_else(|| Format::accepted(&request, &[Format::Csv]));
    match format {
        Format::Json => {}
        Format::Csv => return file(app, office, about, &wanted, &request).await,
        _ => return Err(Problem::MalformedQuery("format is json or csv".to_owned())),
    }
    let page = page(app, office, about, wanted).await?;
    Ok(reply::ok(page).respond_to(&request))
}

/// Whose answers to what.
struct About {
    tambon: TambonCode,
    village: Option<VillageCode>,
    form_id: String,
}

async fn page(app: App, office: Office, about: About, wanted: AnswersQuery) -> Result<AnswersPage, Problem> {
    let limit = page_limit(wanted.limit)?;
    let eye = Eye::of(&office, &app);
    let after =
        place(wanted.after.as_deref(), |text| id::<HouseholdId>(text).ok())?.map(|name| eye.household(name));
    app.block(move |app| {
        let About { tambon, village, form_id } = about;
        let repeat = wanted.repeat;
        let read = |conn: &mut Conn| -> Result<(Sheet, Step), FormsError> {
            let sheet = Sheet::open(conn, eye.clone(), (tambon, village), &form_id, repeat.as_deref())?;
            let step = sheet.step(conn, after, limit)?;
            Ok((sheet, step))
        };
        let (sheet, step) = if eye.is_deidentified() {
            app.database.read(read)?
        } else {
            let count = |(_, step): &(Sheet, Step)| step.count();
            office.read_personal(app, tambon, "answers.read", count, read)?
        };
        Ok(AnswersPage {
            tambon: tambon.to_string(),
            hash: hash_text(&sheet.hash),
            deidentified: eye.is_deidentified(),
            columns: sheet.columns(&step),
            rows: sheet.views(&step),
            next: step.next.map(|last| eye.name(last).to_string()),
            form_id,
            repeat,
        })
    })
    .await
}

/// The file, made piece by piece as the client takes it.
async fn file(
    app: App,
    office: Office,
    about: About,
    wanted: &AnswersQuery,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    if wanted.after.is_some() || wanted.limit.is_some() {
        return Err(Problem::MalformedQuery(
            "a CSV file holds all answers: it has no after and no limit".to_owned(),
        ));
    }
    let style = Style {
        language: wanted.lang.unwrap_or_default(),
        values: wanted.values.unwrap_or_default(),
        several: wanted.choices.unwrap_or_default(),
    };
    let About { tambon, village, form_id } = about;
    let (eye, repeat, name) = (Eye::of(&office, &app), wanted.repeat.clone(), form_id.clone());
    let export = Export::new(&office, Format::Csv, wanted.purpose.as_deref())?;
    let about =
        json!({ "form": form_id, "repeat": repeat, "village": village.map(|village| village.to_string()) });
    let sheet = app
        .block(move |app| {
            let open =
                |conn: &mut Conn| Sheet::open(conn, eye, (tambon, village), &form_id, repeat.as_deref());
            let sheet = app.database.read(open)?;
            export.note(app, &office, tambon, "answers.export", about)?;
            Ok(sheet)
        })
        .await?;
    let packer = Packer::of(request);
    // A header holds ASCII.
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"answers-{tambon}-{name}.csv\"")))
        .insert_header((VARY, "Accept, Accept-Encoding"));
    if let Some(name) = packer.name() {
        response.insert_header((CONTENT_ENCODING, name));
    }
    let start = Pieces { app, sheet, style, packer, after: None };
    Ok(response.streaming(stream::unfold(Some(start), |export| async {
        match export?.piece().await {
            Ok((bytes, export)) => Some((Ok(Bytes::from(bytes)), export)),
            Err(problem) => {
                tracing::error!(cause = problem.cause(), "a CSV file broke off");
                Some((Err(problem), None))
            }
        }
    })))
}

struct Pieces {
    app: App,
    sheet: Sheet,
    style: Style,
    packer: Packer,
    after: Option<HouseholdId>,
}

impl Pieces {
    /// The next piece, and what comes after it.
    async fn piece(mut self) -> Result<(Vec<u8>, Option<Self>), Problem> {
        let app = self.app.clone();
        app.block(move |app| {
            let failed = |error: std::io::Error| Problem::Internal(format!("writing CSV: {error}"));
            let mut text = match self.after {
                None => self.sheet.csv_head(self.style).map_err(failed)?,
                Some(_) => Vec::new(),
            };
            let step = app.database.read(|conn: &mut Conn| self.sheet.step(conn, self.after, PIECE))?;
            text.extend(self.sheet.csv_rows(&step, self.style).map_err(failed)?);
            let mut bytes = self.packer.push(text).map_err(failed)?;
            if step.next.is_some() {
                self.after = step.next;
                return Ok((bytes, Some(self)));
            }
            bytes.extend(self.packer.finish().map_err(failed)?);
            Ok((bytes, None))
        })
        .await
    }
}
