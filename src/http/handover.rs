//! Handing a needy list over: to each recipient the households whose people agreed to that, and no others.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpRequest;
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode};
use utoipa::IntoParams;

use super::app::{App, AppState};
use super::area_path::{TambonPath, query};
use super::auth::{LISTS, Office};
use super::export::{Export, File, Format, TableFile, stamp};
use super::listing::{Column, columns, known, listing, moo, number, reasons, tier, word};
use super::needy_lists::{LineView, NeedyListView, list_id, replayed, unknown_list, view};
use super::planning_problem::{Kind, PlanningProblem};
use super::problem::{Problem, ProblemBody};
use super::reply::Compression;
use crate::papers::Listing;
use crate::planning::annex::{Cell, Row};
use crate::planning::needy_list::Recipient;
use crate::planning::told::{Language, Told};
use crate::projection::VisitRow;
use crate::projection::visits::agreed_to;
use crate::store::read_model::Row as _;
use crate::store::{Conn, StoreError};

/// Households whose visits are read at a time.
const AT_ONCE: usize = 1_000;

/// To whom, and how a file is written.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HandoverQuery {
    /// `welfare_fund`, `tambon_council`, `lao`, `msdhs` or `codi`: the list was handed over to it.
    #[param(value_type = String)]
    recipient: Recipient,
    /// The version; the last unless said.
    version: Option<u32>,
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    purpose: Option<String>,
    /// Language of a file: `th` unless said.
    lang: Option<Language>,
}

/// What a recipient of a list gets, as a file: `csv` or `xlsx`.
///
/// The households that stand on the list and whose people agree, as of now, that their data go to this recipient, in
/// the order of the list and numbered anew; and how many others there are, not which.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/needy-lists/{list}/handover.{format}",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("list" = String, Path, description = "Id of the list"),
        ("format" = String, Path, description = "csv or xlsx"),
        HandoverQuery,
    ),
    responses(
        TableFile,
        (status = "4XX", description = "malformed-query, no-purpose, not-found, unknown-list, not-handed-over, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
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
    let HandoverQuery { recipient, version, purpose, lang } = query(&request)?;
    office.has_role(LISTS)?;
    office.covers(tambon)?;
    let id = list_id(&request)?;
    let export = Export::new(&office, format, purpose.as_deref())?;
    let compression = Compression::of(&request);
    app.block(move |app| {
        let read = |conn: &mut Conn| -> Result<_, StoreError> {
            let Some((version, list)) = replayed(conn, tambon, id, version)? else { return Ok(None) };
            let standing: Vec<HouseholdId> = list.standing().map(|line| line.household).collect();
            let agreed = agreed(conn, tambon, &standing, recipient)?;
            let is_with = list.is_with(recipient);
            Ok(Some((view(conn, tambon, &version, &list)?, agreed, is_with)))
        };
        let (mut view, agreed, is_with) = app.database.read(read)?.ok_or_else(unknown_list)?;
        if !is_with {
            return Err(not_handed_over(recipient).into());
        }
        view.lines.retain(|line| line.place.is_some());
        let all = view.lines.len();
        view.lines.retain(|line| agreed.contains(&line.household_id));
        let (count, others) = (view.lines.len(), all - view.lines.len());
        let about = json!({
            "list": HEXLOWER.encode(&id), "version": view.version.version, "recipient": recipient.name(),
            "count": count, "others": others,
        });
        export.note(app, &office, tambon, "needy-list.hand-over", about)?;
        let name = format!("handover-{tambon}-{}-{}", view.version.version, recipient.name());
        let listing = in_columns(app, tambon, view, recipient, others);
        export.table(&name, &listing, lang, compression)
    })
    .await
}

/// Which of these households agree to the recipient, by id.
fn agreed(
    conn: &mut Conn,
    tambon: TambonCode,
    households: &[HouseholdId],
    recipient: Recipient,
) -> Result<BTreeSet<String>, StoreError> {
    let mut visits: BTreeMap<HouseholdId, Vec<VisitRow>> = BTreeMap::new();
    for ids in households.chunks(AT_ONCE) {
        for (household, visit) in VisitRow::of(conn, tambon, ids)? {
            visits.entry(household).or_default().push(visit);
        }
    }
    let agreeing = visits.iter().filter(|(_, visits)| agreed_to(visits, recipient.name()));
    Ok(agreeing.map(|(household, _)| household.to_string()).collect())
}

fn in_columns(
    app: &AppState,
    tambon: TambonCode,
    view: NeedyListView,
    recipient: Recipient,
    others: usize,
) -> Listing {
    const COLUMNS: &[Column<(usize, LineView)>] = columns! {
        "หมู่บ้าน", "Village" => |(_, it)| moo(&it.village);
        "บ้านเลขที่", "House" => |(_, it)| known(it.house_no.clone());
        "หัวหน้าครัวเรือน", "Head of the household" => |(_, it)| known(it.head_name.clone());
        "ระดับ", "Tier" => |(_, it)| tier(it.tier);
        "เหตุผล", "Reasons" => |(_, it)| reasons(&it.reasons);
        "คะแนนความต้องการ", "Need score" => |(_, it)| number(it.need);
        "คะแนนบ้าน", "Housing score" => |(_, it)| number(it.housing);
        "รหัสครัวเรือน", "Household id" => |(_, it)| word(&*it.household_id);
    };
    let version = view.version.version;
    let title = Told::new(
        format!("บัญชีผู้เดือดร้อน ฉบับที่ {version} ส่งมอบให้ {}", recipient.told().th),
        format!("Needy list, version {version}, for {}", recipient.told().en),
    );
    let same = |text: String| Told::new(text.clone(), text);
    let mut stamp = stamp::of_tambon(app, tambon, view.as_of_seq, &view.parameters);
    if let Some(hash) = view.version.sha256 {
        stamp.push((same("SHA-256".to_owned()), same(hash)));
    }
    let rows: Vec<(usize, LineView)> = (1..).zip(view.lines).collect();
    let first = |(place, _): &(usize, LineView)| Told::new(place.to_string(), place.to_string());
    let mut listing = listing("handover", title, stamp, (Told::new("ลำดับ", "Place"), first), COLUMNS, &rows);
    let mut cells = vec![Cell::Text(Told::new(
        format!("อีก {others} ครัวเรือนในบัญชีไม่ได้ยินยอมให้ส่งต่อแก่ผู้รับนี้"),
        format!("{others} others on the list did not agree to this recipient"),
    ))];
    cells.resize(COLUMNS.len(), word(""));
    listing.table.rows.push(Row { name: Told::new("", ""), is_total: true, cells });
    listing
}

fn not_handed_over(recipient: Recipient) -> PlanningProblem {
    let Told { th, en } = recipient.told();
    PlanningProblem::new(
        Kind::NotHandedOver,
        format!(
            "the list is not handed over to {en}; decide that first (`hand_over`), on the version that holds"
        ),
        format!("บัญชีนี้ยังไม่ได้ส่งมอบให้ {th} กรุณาบันทึกการส่งมอบก่อน ในฉบับที่ใช้อยู่"),
    )
}
