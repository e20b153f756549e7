//! Programmes: what holds in a tambon in a fiscal year, and whom it is for.

use std::collections::BTreeMap;

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};
use utoipa::{IntoParams, ToSchema};

use super::app::{App, AppState};
use super::area_path::{TambonPath, query};
use super::auth::{LISTS, Office};
use super::body::Body;
use super::export::{Export, File, Format, TableFile, stamp};
use super::listing::{Column, columns, joined, known, listing, moo, word};
use super::planning_problem::{Kind, PlanningProblem};
use super::problem::{Problem, ProblemBody};
use super::reply::{Compression, Json, ok};
use super::rules::RuleSetView;
use super::views::time;
use crate::area::Area;
use crate::planning::allocation::By;
use crate::planning::annex::Cell;
use crate::planning::csv_rows::{BYTES_MAX, CsvFault};
use crate::planning::fiscal::{FiscalYear, day_in_thailand};
use crate::planning::programme::{Programme, Verdict, in_force, matches};
use crate::planning::told::{Language, Told};
use crate::store::api_keys::Role;
use crate::store::planning_files::{self, Kind as FileKind};
use crate::store::{Conn, StoreError, area_groups, audit, read_model, rules};

/// Which year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct YearQuery {
    /// Fiscal year (พ.ศ.), 1 October to 30 September; the one that it is unless said.
    fiscal_year: Option<i64>,
}

impl YearQuery {
    /// The year that is asked for.
    ///
    /// # Errors
    /// [`Problem::MalformedQuery`].
    pub(super) fn year(&self, app: &AppState) -> Result<FiscalYear, Problem> {
        year_or_now(self.fiscal_year, app)
    }
}

/// A fiscal year, or the one that it is.
///
/// # Errors
/// [`Problem::MalformedQuery`].
pub(super) fn year_or_now(asked: Option<i64>, app: &AppState) -> Result<FiscalYear, Problem> {
    match asked {
        Some(year) => FiscalYear::new(year).map_err(|error| Problem::MalformedQuery(error.to_string())),
        None => FiscalYear::of(day_in_thailand(app.clock.now()))
            .ok_or_else(|| Problem::Internal("the clock is outside of every fiscal year".to_owned())),
    }
}

/// The programmes of a tambon in a fiscal year.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProgrammeList {
    /// Code of the tambon.
    tambon: String,
    /// Fiscal year (พ.ศ.).
    fiscal_year: i16,
    /// The thresholds of their rules that are in force in the tambon.
    rule_parameters: RuleSetView,
    /// The programmes, by id.
    programmes: Vec<ProgrammeView>,
}

/// A programme in a fiscal year and region. What no source tells is null, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProgrammeView {
    /// Its id.
    programme: String,
    /// Its name in Thai.
    name_th: String,
    /// Its name in English.
    name_en: String,
    /// The rule that says whom it is for.
    rule: &'static str,
    /// Which score ranks: `need` or `housing`.
    ranked_by: &'static str,
    /// Whether it gives a house or work on one: a household has one such approval in a fiscal year.
    is_housing: bool,
    /// Where the row holds: `TH`, a code, or a group as `group:cluster/north-upper-1`.
    region: String,
    /// Baht that a household gets at most.
    ceiling: Option<u64>,
    /// Baht that it may borrow beside.
    loan_ceiling: Option<u64>,
    /// How many it is for, in the region.
    quota: Option<u32>,
    /// Baht in all, in the region.
    budget: Option<u64>,
    /// Where the figures were read.
    source: String,
    /// As of when.
    as_of: Option<String>,
}

impl ProgrammeView {
    fn of(programme: &Programme) -> Self {
        Self {
            programme: programme.id.clone(),
            name_th: programme.name_th.clone(),
            name_en: programme.name_en.clone(),
            rule: programme.rule.name(),
            ranked_by: match programme.by {
                By::Need => "need",
                By::Housing => "housing",
            },
            is_housing: programme.rule.is_housing(),
            region: programme.region.to_string(),
            ceiling: programme.ceiling,
            loan_ceiling: programme.loan_ceiling,
            quota: programme.quota,
            budget: programme.budget,
            source: programme.source.clone(),
            as_of: programme.as_of.map(|day| day.to_string()),
        }
    }
}

/// The rows that count: those imported last, or those that come with the program.
///
/// # Errors
/// The database's own.
pub(super) fn rows(conn: &mut Conn) -> Result<Vec<Programme>, StoreError> {
    match planning_files::last(conn, FileKind::Programmes)? {
        None => Ok(Programme::bundled().to_vec()),
        Some(file) => Programme::read(file.content.as_bytes())
            .map_err(|_| StoreError::Corrupt(format!("programmes of import {}", file.number))),
    }
}

/// The rows that hold in a tambon and year, one for each programme.
///
/// # Errors
/// The database's own.
pub(super) fn standing(
    conn: &mut Conn,
    year: FiscalYear,
    tambon: TambonCode,
) -> Result<Vec<Programme>, StoreError> {
    let rows = rows(conn)?;
    let groups = area_groups::all(conn)?;
    Ok(in_force(&rows, year, tambon.into(), &groups).into_iter().cloned().collect())
}

/// The row of a programme in a tambon and year.
///
/// # Errors
/// `unknown-programme`, or the database's own.
pub(super) fn programme(
    conn: &mut Conn,
    id: &str,
    year: FiscalYear,
    tambon: TambonCode,
) -> Result<Programme, Problem> {
    let found = standing(conn, year, tambon)?.into_iter().find(|row| row.id == id);
    found.ok_or_else(|| {
        PlanningProblem::new(
            Kind::UnknownProgramme,
            format!("no programme {id:?} holds in this tambon in {}", year.be()),
            format!("ไม่มีโครงการนี้ในตำบลในปีงบประมาณ {}", year.be()),
        )
        .into()
    })
}

/// The programmes that hold in a tambon in a fiscal year.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/programmes",
    tag = "lists",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), YearQuery),
    responses(
        (status = 200, body = ProgrammeList),
        (status = "4XX", description = "malformed-query, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<ProgrammeList>, Problem> {
    let year = query::<YearQuery>(&request)?.year(&app)?;
    office.covers(tambon)?;
    let read = move |conn: &mut Conn| -> Result<_, StoreError> {
        Ok((RuleSetView::in_force(conn, tambon)?, standing(conn, year, tambon)?))
    };
    let (rule_parameters, programmes) = app.read(read).await?;
    Ok(ok(ProgrammeList {
        tambon: tambon.to_string(),
        fiscal_year: year.be(),
        rule_parameters,
        programmes: programmes.iter().map(ProgrammeView::of).collect(),
    }))
}

/// What was imported.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportView {
    /// Number of the import.
    number: i32,
    /// How many rows it has.
    rows: usize,
    /// Who brought it.
    made_by: String,
    /// When.
    made_at: String,
}

/// A file that has faults.
pub(super) fn refused(faults: &[CsvFault]) -> PlanningProblem {
    let Told { th, en } = faults.first().map_or_else(|| Told::new("", ""), CsvFault::told);
    let views: Vec<serde_json::Value> = faults
        .iter()
        .map(|fault| json!({ "row": fault.row, "column": fault.column, "th": fault.what.th, "en": fault.what.en }))
        .collect();
    PlanningProblem::new(Kind::FileRefused, en, th).with(json!({ "faults": views }))
}

/// Takes a CSV file that was checked by `check`, which tells how many rows it has.
///
/// # Errors
/// The problem that the request gets; then nothing of the file was taken.
pub(super) async fn import(
    app: App,
    office: Office,
    request: HttpRequest,
    payload: Payload,
    kind: FileKind,
    check: fn(&[u8]) -> Result<usize, Vec<CsvFault>>,
) -> Result<Json<ImportView>, Problem> {
    office.has_role(&[Role::Admin])?;
    office.covers(Area::COUNTRY)?;
    let content = Body::read(&request, payload, "text/csv", BYTES_MAX).await?.inflate()?;
    let (by, now) = (office.actor(), app.clock.now());
    app.block(move |app| {
        let rows = check(&content).map_err(|faults| refused(&faults))?;
        let text = String::from_utf8_lossy(&content).into_owned();
        let made_by = by.clone();
        let line =
            office.line(now, &format!("{}.import", kind.name()), &Area::COUNTRY, &json!({ "rows": rows }))?;
        let number = app.database.write(move |tx| -> Result<i32, StoreError> {
            audit::append(tx, Area::COUNTRY, &line)?;
            planning_files::add(tx, kind, &text, &by, now)
        })?;
        Ok(ok(ImportView { number, rows, made_by, made_at: time(now) }))
    })
    .await
}

/// Takes the rows of programmes from a CSV file, in place of those that there were.
#[utoipa::path(
    put,
    path = "/api/v1/programmes",
    tag = "lists",
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
    let check = |content: &[u8]| Programme::read(content).map(|rows| rows.len());
    import(app, office, request, payload, FileKind::Programmes, check).await
}

/// The households of a tambon by what a programme's rule says of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MatchList {
    /// The programme.
    programme: ProgrammeView,
    /// Version of the thresholds that its rule was judged by.
    rule_parameters: String,
    /// How many match.
    matching: usize,
    /// Of how many an answer is missing.
    unknown: usize,
    /// Those that match and those of which an answer is missing, in the order of need.
    households: Vec<MatchView>,
}

/// A household and what a rule says of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MatchView {
    /// Id of the household.
    household_id: String,
    /// Code of its village.
    village: String,
    /// House number.
    house_no: Option<String>,
    /// Name of the head of the household.
    head_name: Option<String>,
    /// `yes`, or `unknown` where an answer is missing.
    verdict: &'static str,
    /// Why.
    #[schema(value_type = Vec<Object>)]
    reasons: Vec<Told>,
    /// What is to be asked.
    #[schema(value_type = Vec<Object>)]
    missing: Vec<Told>,
}

/// Of which year, and how a file is written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct MatchQuery {
    /// Fiscal year (พ.ศ.), 1 October to 30 September; the one that it is unless said.
    fiscal_year: Option<i64>,
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    purpose: Option<String>,
    /// Language of a file: `th` unless said.
    lang: Option<Language>,
}

/// Whom a programme is for: households that match its rule, and why; and what is to be asked of others.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/programmes/{programme}/matches",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("programme" = String, Path, description = "Id of the programme"),
        MatchQuery,
    ),
    responses(
        (status = 200, body = MatchList),
        (status = "4XX", description = "malformed-query, no-purpose, unknown-programme, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn find_matches(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let format = Format::accepted(&request, Format::OF_TABLES);
    if format != Format::Json {
        return Ok(matches_file(app, office, tambon, format, &request).await?.respond_to(&request));
    }
    let asked: MatchQuery = query(&request)?;
    let year = year_or_now(asked.fiscal_year, &app)?;
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let id = request.match_info().query("programme").to_owned();
    let list = app
        .block(move |app| {
            let list = matched(app, tambon, &id, year)?;
            office.note_read(app, "matches.read", &BTreeMap::from([(tambon, list.households.len())]))?;
            Ok(list)
        })
        .await?;
    Ok(ok(list).respond_to(&request))
}

/// Whom a programme is for, as a file: `csv` or `xlsx`.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/programmes/{programme}/matches.{format}",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("programme" = String, Path, description = "Id of the programme"),
        ("format" = String, Path, description = "csv or xlsx"),
        MatchQuery,
    ),
    responses(
        TableFile,
        (status = "4XX", description = "malformed-query, no-purpose, not-found, unknown-programme, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn file_of_matches(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<File, Problem> {
    let format = Format::of_address(&request, Format::OF_TABLES)?;
    matches_file(app, office, tambon, format, &request).await
}

async fn matches_file(
    app: App,
    office: Office,
    tambon: TambonCode,
    format: Format,
    request: &HttpRequest,
) -> Result<File, Problem> {
    const COLUMNS: &[Column<(usize, MatchView)>] = columns! {
        "หมู่บ้าน", "Village" => |(_, it)| moo(&it.village);
        "บ้านเลขที่", "House" => |(_, it)| known(it.house_no.clone());
        "หัวหน้าครัวเรือน", "Head of the household" => |(_, it)| known(it.head_name.clone());
        "ผล", "Result" => |(_, it)| Cell::Text(match it.verdict {
            "yes" => Told::new("เข้าเกณฑ์", "matches"),
            _ => Told::new("ต้องถามเพิ่ม", "ask first"),
        });
        "เพราะ", "Because" => |(_, it)| joined(it.reasons.iter().cloned());
        "ต้องถาม", "To be asked" => |(_, it)| joined(it.missing.iter().cloned());
        "รหัสครัวเรือน", "Household id" => |(_, it)| word(&*it.household_id);
    };
    let MatchQuery { fiscal_year, purpose, lang } = query(request)?;
    let year = year_or_now(fiscal_year, &app)?;
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let id = request.match_info().query("programme").to_owned();
    let export = Export::new(&office, format, purpose.as_deref())?;
    let compression = Compression::of(request);
    app.block(move |app| {
        let MatchList { programme, rule_parameters, households, .. } = matched(app, tambon, &id, year)?;
        let about = json!({ "programme": id, "fiscal_year": year.be(), "count": households.len() });
        export.note(app, &office, tambon, "matches.export", about)?;
        let title = Told::new(
            format!("{} ปีงบประมาณ {}", programme.name_th, year.be()),
            format!("{}, fiscal year {}", programme.name_en, year.be()),
        );
        let mut stamp = stamp::of_area(app, tambon);
        stamp.push(stamp::of_rules(&rule_parameters));
        let rows: Vec<(usize, MatchView)> = (1..).zip(households).collect();
        let first = |(place, _): &(usize, MatchView)| Told::new(place.to_string(), place.to_string());
        let place = (Told::new("ลำดับ", "Place"), first);
        let listing = listing("matches", title, stamp, place, COLUMNS, &rows);
        export.table(&format!("matches-{id}-{tambon}"), &listing, lang, compression)
    })
    .await
}

/// The households that match a programme or may do so, in the order of need.
fn matched(app: &AppState, tambon: TambonCode, id: &str, year: FiscalYear) -> Result<MatchList, Problem> {
    let programme = app.database.read(|conn| Ok::<_, StoreError>(programme(conn, id, year, tambon)))??;
    let households = app.database.read(|conn| in_order(conn, tambon, programme.by))?;
    let ids: Vec<HouseholdId> = households.iter().map(|(id, _)| *id).collect();
    let facts = app.hub.facts(tambon, &ids)?;
    let today = day_in_thailand(app.clock.now());
    let parameters = app.database.read(|conn| rules::in_force(conn, tambon))?;
    let mut found = Vec::new();
    for (household, village) in households {
        let Some((facts, score)) = facts.get(&household) else { continue };
        let matched = matches(programme.rule, facts, score, &parameters, today);
        if matched.verdict != Verdict::No {
            found.push((household, village, matched));
        }
    }
    let ids: Vec<HouseholdId> = found.iter().map(|(id, ..)| *id).collect();
    let rows = app.database.read(|conn| named(conn, tambon, &ids))?;
    let count = |verdict| found.iter().filter(|(.., matched)| matched.verdict == verdict).count();
    Ok(MatchList {
        programme: ProgrammeView::of(&programme),
        rule_parameters: parameters.version,
        matching: count(Verdict::Yes),
        unknown: count(Verdict::Unknown),
        households: found
            .iter()
            .zip(rows)
            .map(|((household, village, matched), (house_no, head_name))| MatchView {
                household_id: household.to_string(),
                village: village.to_string(),
                house_no,
                head_name,
                verdict: if matched.verdict == Verdict::Yes { "yes" } else { "unknown" },
                reasons: matched.reasons.clone(),
                missing: matched.missing.iter().map(|missing| missing.told()).collect(),
            })
            .collect(),
    })
}

/// How many households match each programme that holds in a tambon and year, as far as is known, by its id.
///
/// # Errors
/// The database's own.
pub(super) fn matching(
    app: &AppState,
    tambon: TambonCode,
    year: FiscalYear,
) -> Result<BTreeMap<String, u32>, Problem> {
    let programmes = app.database.read(|conn| standing(conn, year, tambon))?;
    let households = app.database.read(|conn| in_order(conn, tambon, By::Need))?;
    let ids: Vec<HouseholdId> = households.into_iter().map(|(id, _)| id).collect();
    let (today, parameters) =
        (day_in_thailand(app.clock.now()), app.database.read(|conn| rules::in_force(conn, tambon))?);
    let mut counts: BTreeMap<String, u32> = programmes.iter().map(|row| (row.id.clone(), 0)).collect();
    for ids in ids.chunks(1_000) {
        for (facts, score) in app.hub.facts(tambon, ids)?.values() {
            for programme in &programmes {
                let verdict = matches(programme.rule, facts, score, &parameters, today).verdict;
                if let Some(count) = counts.get_mut(&programme.id).filter(|_| verdict == Verdict::Yes) {
                    *count += 1;
                }
            }
        }
    }
    Ok(counts)
}

/// The assessed households of a tambon in the order of need.
pub(super) fn in_order(
    conn: &mut Conn,
    tambon: TambonCode,
    by: By,
) -> Result<Vec<(HouseholdId, VillageCode)>, StoreError> {
    let all = read_model::in_order(conn, tambon, by, None, usize::MAX)?;
    Ok(all.into_iter().map(|read| (read.household, read.village)).collect())
}

/// House number and name of the head.
pub(super) type Named = (Option<String>, Option<String>);

/// What tells these households from others, in their order.
pub(super) fn named(
    conn: &mut Conn,
    tambon: TambonCode,
    ids: &[HouseholdId],
) -> Result<Vec<Named>, StoreError> {
    let mut rows = BTreeMap::new();
    for ids in ids.chunks(1_000) {
        let page = read_model::households_by_id(conn, tambon, ids)?;
        rows.extend(page.into_iter().map(|(_, row)| (row.household, (row.house_no, row.head_name))));
    }
    Ok(ids.iter().map(|id| rows.remove(id).unwrap_or_default()).collect())
}
