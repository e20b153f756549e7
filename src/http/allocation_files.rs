//! Allocations as files: all of a tambon, and how the money of one runs down its list.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use serde::Deserialize;
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode};
use utoipa::IntoParams;

use super::allocations::{AllocationDecision, AllocationView, all, one};
use super::app::{App, AppState};
use super::area_path::{TambonPath, id, query};
use super::auth::{LISTS, Office};
use super::export::{Export, File, Format, TableFile, stamp};
use super::listing::{Column, columns, known, listing, moo, number, word};
use super::needy_lists::{list_id_of, replayed};
use super::problem::{Problem, ProblemBody};
use super::programmes::named;
use super::reply::Compression;
use crate::planning::annex::Cell;
use crate::planning::needy_list::Line;
use crate::planning::told::{Language, Told};

/// How a file is written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AllocationFileQuery {
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    purpose: Option<String>,
    /// Language of a file: `th` unless said.
    lang: Option<Language>,
}

/// The allocations of a tambon as a file, `csv` or `xlsx`: a row for each, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/allocations.{format}",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("format" = String, Path, description = "csv or xlsx"),
        AllocationFileQuery,
    ),
    responses(
        TableFile,
        (status = "4XX", description = "malformed-query, no-purpose, not-found, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
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
    all_in_a_file(app, office, tambon, format, &request).await
}

/// The same, in the format that was asked for.
pub(super) async fn all_in_a_file(
    app: App,
    office: Office,
    tambon: TambonCode,
    format: Format,
    request: &HttpRequest,
) -> Result<File, Problem> {
    const COLUMNS: &[Column<AllocationView>] = columns! {
        "ปีงบประมาณ", "Fiscal year" => |it| number(Some(it.fiscal_year));
        "บัญชีฉบับที่", "Version of the list" => |it| number(Some(it.version));
        "เกณฑ์ฉบับที่", "Thresholds" => |it| word(&*it.rule_parameters);
        "งบประมาณ (บาท)", "Budget (baht)" => |it| Cell::Baht(it.budget);
        "เงินเหลือ (บาท)", "Left (baht)" => |it| Cell::Baht(it.budget_left);
        "อนุมัติ (ครัวเรือน)", "Households approved" => |it| number(Some(it.count("approved")));
        "รอ (ครัวเรือน)", "Households waiting" => |it| number(Some(it.count("waiting")));
        "สถานะ", "State" => |it| Cell::Text(if it.is_withdrawn {
            Told::new("ยกเลิกแล้ว", "withdrawn")
        } else {
            Told::new("ใช้อยู่", "valid")
        });
        "ทำโดย", "Made by" => |it| word(&*it.made_by);
        "เมื่อ", "At" => |it| word(&*it.made_at);
        "รหัสการจัดสรร", "Allocation id" => |it| known(it.allocation_id.clone());
    };
    let AllocationFileQuery { purpose, lang } = query(request)?;
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let export = Export::new(&office, format, purpose.as_deref())?;
    let compression = Compression::of(request);
    app.block(move |app| {
        let views = all(app, tambon)?;
        export.note(app, &office, tambon, "allocations.export", json!({ "count": views.len() }))?;
        let title = Told::new("การจัดสรรของตำบล", "Allocations of the tambon");
        let programme = |it: &AllocationView| Told::new(&*it.programme, &*it.programme);
        let first = (Told::new("โครงการ", "Programme"), programme);
        let listing = listing("allocations", title, stamp::of_area(app, tambon), first, COLUMNS, &views);
        export.table(&format!("allocations-{tambon}"), &listing, lang, compression)
    })
    .await
}

/// How the money of an allocation runs down its list, as a file: `csv` or `xlsx`.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/allocations/{allocation}/decisions.{format}",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("allocation" = String, Path, description = "Id of the allocation"),
        ("format" = String, Path, description = "csv or xlsx"),
        AllocationFileQuery,
    ),
    responses(
        TableFile,
        (status = "4XX", description = "malformed-query, no-purpose, not-found, unknown-allocation, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn decisions(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<File, Problem> {
    const COLUMNS: &[Column<DecidedLine>] = columns! {
        "หมู่บ้าน", "Village" => |it| moo(&it.village);
        "บ้านเลขที่", "House" => |it| known(it.house_no.clone());
        "หัวหน้าครัวเรือน", "Head of the household" => |it| known(it.head_name.clone());
        "ผล", "Result" => |it| Cell::Text(it.decision.told());
        "ประมาณการ (บาท)", "Estimate (baht)" => |it| Cell::Baht(it.decision.estimate);
        "ได้รับ (บาท)", "Granted (baht)" => |it| Cell::Baht(it.decision.granted);
        "สมทบในพื้นที่ (บาท)", "Local contribution (baht)" => |it| Cell::Baht(it.decision.local_contribution);
        "เงินเหลือ (บาท)", "Left (baht)" => |it| Cell::Baht(it.decision.budget_left);
        "รหัสครัวเรือน", "Household id" => |it| word(&*it.decision.household_id);
    };
    let format = Format::of_address(&request, Format::OF_TABLES)?;
    let AllocationFileQuery { purpose, lang } = query(&request)?;
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let allocation = super::allocations::allocation_id(&request)?;
    let export = Export::new(&office, format, purpose.as_deref())?;
    let compression = Compression::of(&request);
    app.block(move |app| {
        let view = one(app, tambon, allocation)?;
        let lines = lines(app, tambon, &view)?;
        let about = json!({ "allocation": view.allocation_id, "count": lines.len() });
        export.note(app, &office, tambon, "allocation.export", about)?;
        let (programme, year) = (&view.programme, view.fiscal_year);
        let title = Told::new(
            format!("การจัดสรร {programme} ปีงบประมาณ {year}"),
            format!("Allocation of {programme}, fiscal year {year}"),
        );
        let mut stamp = stamp::of_area(app, tambon);
        stamp.push(stamp::of_rules(&view.rule_parameters));
        let place = |it: &DecidedLine| {
            let place = it.place.map_or_else(|| "–".to_owned(), |place| place.to_string());
            Told::new(place.clone(), place)
        };
        let first = (Told::new("ลำดับ", "Place"), place);
        let listing = listing("allocation", title, stamp, first, COLUMNS, &lines);
        let name = format!("allocation-{tambon}-{programme}-{year}");
        export.table(&name, &listing, lang, compression)
    })
    .await
}

/// A household of an allocation: its place on the list, what tells it from others, what was decided.
struct DecidedLine {
    place: Option<u32>,
    village: String,
    house_no: Option<String>,
    head_name: Option<String>,
    decision: AllocationDecision,
}

fn lines(app: &AppState, tambon: TambonCode, view: &AllocationView) -> Result<Vec<DecidedLine>, Problem> {
    let list = list_id_of(&view.list_id)?;
    let found = app.database.read(|conn| replayed(conn, tambon, list, Some(view.version)))?;
    let (_, list) = found.ok_or_else(super::needy_lists::unknown_list)?;
    let ids: Vec<HouseholdId> =
        view.decisions.iter().map(|decision| id(&decision.household_id)).collect::<Result<_, Problem>>()?;
    let names = app.database.read(|conn| named(conn, tambon, &ids))?;
    let places: BTreeMap<HouseholdId, (u32, &Line)> =
        (1..).zip(list.standing()).map(|(place, line)| (line.household, (place, line))).collect();
    let line = |((household, decision), (house_no, head_name)): ((&HouseholdId, &AllocationDecision), _)| {
        let found = places.get(household);
        DecidedLine {
            place: found.map(|(place, _)| *place),
            village: found.map_or_else(String::new, |(_, line)| line.village.to_string()),
            house_no,
            head_name,
            decision: decision.clone(),
        }
    };
    Ok(ids.iter().zip(&view.decisions).zip(names).map(line).collect())
}
