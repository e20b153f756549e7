//! The households of a tambon in the order of need, as they stand now, each with its reasons.

use actix_web::{HttpRequest, HttpResponse, Responder};
use need_score::{Dimension, Flag};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};
use utoipa::{IntoParams, ToSchema};

use super::annex::choice;
use super::app::App;
use super::area_path::{TambonPath, page_limit, place, query};
use super::auth::{LISTS, Office};
use super::export::{Export, File, Format, TableFile, stamp};
use super::households::scope;
use super::listing::{Column, columns, joined, known, listing, mark, moo, number, reasons, tier, word};
use super::problem::{Problem, ProblemBody};
use super::reply::{Compression, ok};
use crate::area::Areas;
use crate::clock::Micros;
use crate::papers::Listing;
use crate::planning::allocation::By;
use crate::planning::annex::Cell;
use crate::planning::assessment::{Assessment, Card, NEEDS};
use crate::planning::told::{Language, Told};
use crate::store::read_model::{self, Assessed};
use crate::store::{Conn, StoreError, scoring, tambons};

/// Assessments that are read at a time while those that are asked for are looked for.
const AT_ONCE: usize = 500;

/// Which households, and in what order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AssessmentsQuery {
    /// Which score decides within a tier: `need` (unless said) or `housing`.
    #[param(value_type = Option<String>)]
    pub(super) by: Option<By>,
    /// Only households of this village, 8 digits.
    pub(super) village: Option<String>,
    /// Only those of this tier or a more pressing one, 1 to 4.
    pub(super) tier: Option<u8>,
    /// Only those with this flag, e.g. `L2`.
    pub(super) flag: Option<String>,
    /// Only those with a need of this category, e.g. `house_repair`.
    pub(super) need: Option<String>,
    /// Only those with this standing with the welfare card: `holder`, `applied`, `rejected`,
    /// `not_registered`, `unknown`.
    pub(super) card: Option<String>,
    /// Only those that official lists do not see.
    pub(super) missed: Option<bool>,
    /// Only those of which too little is known (`true`), or only the others.
    pub(super) check: Option<bool>,
    /// What an earlier page gave as `next`.
    pub(super) after: Option<String>,
    /// Households on a page, 1 to 1000; 100 unless said. A file holds all.
    pub(super) limit: Option<usize>,
    /// What a file is for, 3 to 200 characters; a program may have it as the label of its API key.
    pub(super) purpose: Option<String>,
    /// Language of a file: `th` unless said.
    pub(super) lang: Option<Language>,
}

/// A page of households, those that need help most first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentsPage {
    /// Code of the tambon.
    tambon: String,
    /// Which score decided.
    #[schema(value_type = String)]
    by: By,
    /// Version of the thresholds of scores.
    parameters: String,
    /// Place in the tambon's log up to which everything is in it.
    as_of_seq: u64,
    /// The households.
    pub households: Vec<AssessedView>,
    /// What to ask for as `after`; null on the last page.
    next: Option<String>,
}

/// A household and why it stands where it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssessedView {
    /// Its place, from 1: among all households of the tambon.
    place: u64,
    /// Its id.
    household_id: String,
    /// Code of its village.
    village: String,
    /// House number.
    house_no: Option<String>,
    /// Name of the head of the household.
    head_name: Option<String>,
    /// People listed.
    members: i16,
    /// What its answers come to.
    #[serde(flatten)]
    assessment: AssessmentView,
}

/// What a household's answers come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssessmentView {
    /// 1 urgent, 2 severe, 3 deprived, 4 none.
    tier: u8,
    /// Need score, 0 to 100.
    need: u8,
    /// The least that it can be, whatever is not known.
    need_min: u8,
    /// The most.
    need_max: u8,
    /// Housing score, 0 to 100.
    housing: u8,
    /// Known flags of those that apply, in hundredths.
    completeness: u8,
    /// Dimensions that are deprived.
    dimensions: Vec<&'static str>,
    /// Why: every flag that says that it is deprived.
    reasons: Vec<Reason>,
    /// Flags of which it is not known.
    unknown: Vec<&'static str>,
    /// Deprived in a dimension.
    poor: bool,
    /// At the national cut-off.
    severe: bool,
    /// Poor, and somebody holds the welfare card.
    tpmap_target: bool,
    /// Poor, and nobody holds it: official lists do not see it.
    missed: bool,
    /// Too little is known: it is to be asked again.
    needs_check: bool,
    /// Standing with the welfare card.
    card: &'static str,
    /// Income per person and year, baht; null where it is not known.
    income_per_person: Option<i64>,
    /// Categories of what it needs.
    needs: Vec<&'static str>,
}

/// A flag and what it says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reason {
    /// Its name.
    flag: &'static str,
    /// What it says, in Thai.
    th: &'static str,
    /// What it says, in English.
    en: &'static str,
}

impl Reason {
    pub(super) fn of(flag: Flag) -> Self {
        Self { flag: flag.name(), th: flag.reason_th(), en: flag.reason_en() }
    }

    /// What it says.
    pub(super) fn told(&self) -> Told {
        Told::new(self.th, self.en)
    }
}

impl AssessmentView {
    pub(super) fn of(assessment: &Assessment) -> Self {
        let yes = assessment.yes;
        let is_deprived = |dimension: &Dimension| dimension.flags().iter().any(|flag| yes.contains(*flag));
        let needs = NEEDS.iter().enumerate().filter(|(bit, _)| assessment.needs >> bit & 1 == 1);
        Self {
            tier: assessment.tier as u8,
            need: assessment.need,
            need_min: assessment.need_min,
            need_max: assessment.need_max,
            housing: assessment.housing,
            completeness: assessment.completeness,
            dimensions: Dimension::ALL.into_iter().filter(is_deprived).map(Dimension::name).collect(),
            reasons: yes.iter().map(Reason::of).collect(),
            unknown: assessment.unknown.iter().map(Flag::name).collect(),
            poor: assessment.is_poor(),
            severe: assessment.severe,
            tpmap_target: assessment.tpmap_target,
            missed: assessment.missed,
            needs_check: assessment.needs_check,
            card: assessment.card.code(),
            income_per_person: assessment.income_per_person.map(|satang| satang.div_euclid(100)),
            needs: needs.map(|(_, code)| *code).collect(),
        }
    }
}

/// The households that are asked for.
pub(super) struct Wanted {
    village: Option<VillageCode>,
    tier_max: u8,
    flag: Option<Flag>,
    need: Option<usize>,
    card: Option<Card>,
    missed: Option<bool>,
    check: Option<bool>,
}

impl Wanted {
    pub(super) fn read(query: &AssessmentsQuery, village: Option<VillageCode>) -> Result<Self, Problem> {
        let wrong = |what: String| Problem::MalformedQuery(what);
        let flag = |name: &String| {
            let found = Flag::ALL.into_iter().find(|flag| flag.name() == name);
            found.ok_or_else(|| wrong("flag is one of H1-H3, L1-L6, E1-E2, I1-I4, A1-A4".to_owned()))
        };
        let need = |code: &String| {
            let found = NEEDS.iter().position(|known| known == code);
            found.ok_or_else(|| wrong(format!("need is one of {}", NEEDS.join(", "))))
        };
        let card = |code: &String| {
            let found = Card::ALL.into_iter().find(|(_, known)| known == code);
            let codes = || Card::ALL.map(|(_, code)| code).join(", ");
            found.map(|(card, _)| card).ok_or_else(|| wrong(format!("card is one of {}", codes())))
        };
        let tier_max = query.tier.unwrap_or(4);
        if !(1..=4).contains(&tier_max) {
            return Err(wrong("tier is 1 to 4".to_owned()));
        }
        Ok(Self {
            village,
            tier_max,
            flag: query.flag.as_ref().map(flag).transpose()?,
            need: query.need.as_ref().map(need).transpose()?,
            card: query.card.as_ref().map(card).transpose()?,
            missed: query.missed,
            check: query.check,
        })
    }

    pub(super) fn takes(&self, assessed: &Assessed) -> bool {
        let assessment = &assessed.assessment;
        self.village.is_none_or(|village| village == assessed.village)
            && assessment.tier as u8 <= self.tier_max
            && self.flag.is_none_or(|flag| assessment.yes.contains(flag))
            && self.need.is_none_or(|bit| assessment.needs >> bit & 1 == 1)
            && self.card.is_none_or(|card| card == assessment.card)
            && self.missed.is_none_or(|missed| missed == assessment.missed)
            && self.check.is_none_or(|check| check == assessment.needs_check)
    }
}

/// Where a page ended: the place of its last household, its rank and its id.
#[derive(Debug, Clone, Copy)]
struct Ended {
    place: u64,
    rank: i64,
    household: HouseholdId,
}

impl Ended {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let place = parts.next()?.parse().ok()?;
        let rank = parts.next()?.parse().ok()?;
        Some(Self { place, rank, household: parts.next()?.parse().ok()? })
    }

    fn text(self) -> String {
        format!("{}.{}.{}", self.place, self.rank, self.household)
    }
}

/// Households in the order of need, with reasons.
///
/// Computed from the answers as they are now: the draft of a needy list. Tier first, then the score that
/// decides, then the other, then income per person. Households that refused, or that nobody surveyed yet,
/// are not in it. `Accept` may ask for a file.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/assessments",
    tag = "lists",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits"), AssessmentsQuery),
    responses(
        (status = 200, body = AssessmentsPage),
        (status = "4XX", description = "malformed-query, no-purpose, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area, tambon-not-served", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let asked: AssessmentsQuery = query(&request)?;
    let format = Format::accepted(&request, Format::OF_TABLES);
    if format != Format::Json {
        return Ok(whole(app, office, tambon, &asked, format, &request).await?.respond_to(&request));
    }
    office.has_role(LISTS)?;
    let village = scope(&app, &office, tambon, asked.village.as_deref())?;
    let wanted = Wanted::read(&asked, village)?;
    let limit = page_limit(asked.limit)?;
    let after = place(asked.after.as_deref(), Ended::read)?;
    let by = asked.by.unwrap_or_default();
    let page = app.block(move |app| {
        let read = |conn: &mut Conn| read_page(conn, tambon, by, &wanted, after, limit);
        let count = |page: &Option<AssessmentsPage>| page.as_ref().map_or(0, |page| page.households.len());
        let page = office.read_personal(app, tambon, "assessments.read", count, read)?;
        page.ok_or_else(|| Problem::TambonNotServed(tambon.to_string()))
    });
    Ok(ok(page.await?).respond_to(&request))
}

/// All households that are asked for, as a file: `csv` or `xlsx`.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/assessments.{format}",
    tag = "lists",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("format" = String, Path, description = "csv or xlsx"),
        AssessmentsQuery,
    ),
    responses(
        TableFile,
        (status = "4XX", description = "malformed-query, no-purpose, not-found, missing-credentials, wrong-api-key, api-key-revoked, role-not-sufficient, outside-area, unknown-area, tambon-not-served", body = ProblemBody<'_>, content_type = "application/problem+json"),
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
    let asked: AssessmentsQuery = query(&request)?;
    whole(app, office, tambon, &asked, format, &request).await
}

async fn whole(
    app: App,
    office: Office,
    tambon: TambonCode,
    asked: &AssessmentsQuery,
    format: Format,
    request: &HttpRequest,
) -> Result<File, Problem> {
    office.has_role(LISTS)?;
    let village = scope(&app, &office, tambon, asked.village.as_deref())?;
    let wanted = Wanted::read(asked, village)?;
    if asked.after.is_some() || asked.limit.is_some() {
        return Err(Problem::MalformedQuery(
            "a file holds all households: it has no after and no limit".to_owned(),
        ));
    }
    let export = Export::new(&office, format, asked.purpose.as_deref())?;
    let (by, language) = (asked.by.unwrap_or_default(), asked.lang.unwrap_or_default());
    let compression = Compression::of(request);
    app.block(move |app| {
        let page = app.database.read(|conn| read_page(conn, tambon, by, &wanted, None, usize::MAX))?;
        let page = page.ok_or_else(|| Problem::TambonNotServed(tambon.to_string()))?;
        let about =
            json!({ "count": page.households.len(), "village": village.map(|village| village.to_string()) });
        export.note(app, &office, tambon, "assessments.export", about)?;
        let listing = in_columns(app.areas, app.clock.now(), tambon, &page);
        export.table(&format!("assessments-{tambon}"), &listing, Some(language), compression)
    })
    .await
}

/// The households of a tambon, or of one of its villages, in the order of need: at most `limit` of this tier or a more
/// pressing one. `None` where the hub does not serve the tambon.
///
/// # Errors
/// The database's own.
pub fn in_order_of_need(
    conn: &mut Conn,
    tambon: TambonCode,
    village: Option<VillageCode>,
    by: By,
    tier_max: u8,
    limit: usize,
) -> Result<Option<AssessmentsPage>, StoreError> {
    let wanted = Wanted { village, tier_max, flag: None, need: None, card: None, missed: None, check: None };
    read_page(conn, tambon, by, &wanted, None, limit)
}

/// The next page, as it is shown; `None` where the hub does not serve the tambon.
fn read_page(
    conn: &mut Conn,
    tambon: TambonCode,
    by: By,
    wanted: &Wanted,
    after: Option<Ended>,
    limit: usize,
) -> Result<Option<AssessmentsPage>, StoreError> {
    let Some(served) = tambons::find(conn, tambon)? else { return Ok(None) };
    let parameters = scoring::find(conn, served.scoring)?;
    let (lines, next) = page(conn, tambon, by, wanted, after, limit)?;
    let mut households = Vec::with_capacity(lines.len());
    for lines in lines.chunks(AT_ONCE) {
        households.extend(views(conn, tambon, lines)?);
    }
    Ok(Some(AssessmentsPage {
        tambon: tambon.to_string(),
        by,
        parameters: parameters.version,
        as_of_seq: served.last_seq,
        households,
        next: next.map(Ended::text),
    }))
}

/// A row for each household, its place first.
#[must_use]
pub fn in_columns(areas: &Areas, now: Micros, tambon: TambonCode, page: &AssessmentsPage) -> Listing {
    const COLUMNS: &[Column<AssessedView>] = columns! {
        "หมู่บ้าน", "Village" => |it| moo(&it.village);
        "บ้านเลขที่", "House" => |it| known(it.house_no.clone());
        "หัวหน้าครัวเรือน", "Head of the household" => |it| known(it.head_name.clone());
        "คน", "People" => |it| number(Some(it.members));
        "ระดับ", "Tier" => |it| tier(Some(it.assessment.tier));
        "เหตุผล", "Reasons" => |it| reasons(&it.assessment.reasons);
        "ต้องการ", "Needs" => |it| joined(it.assessment.needs.iter().map(|code| choice("need_category", code)));
        "คะแนนความต้องการ", "Need score" => |it| number(Some(it.assessment.need));
        "อย่างน้อย", "At least" => |it| number(Some(it.assessment.need_min));
        "อย่างมาก", "At most" => |it| number(Some(it.assessment.need_max));
        "คะแนนบ้าน", "Housing score" => |it| number(Some(it.assessment.housing));
        "ข้อมูลครบ (%)", "Known (%)" => |it| number(Some(it.assessment.completeness));
        "รายได้ต่อคนต่อปี (บาท)", "Income per person and year (baht)" => |it| number(it.assessment.income_per_person);
        "บัตรสวัสดิการ", "Welfare card" => |it| Cell::Text(choice("m_card_status", it.assessment.card));
        "ตกหล่น", "Missed by official lists" => |it| mark(it.assessment.missed);
        "ต้องตรวจเพิ่ม", "To be checked" => |it| mark(it.assessment.needs_check);
        "รหัสครัวเรือน", "Household id" => |it| word(&*it.household_id);
    };
    let title = Told::new("ครัวเรือนเรียงตามความต้องการ", "Households in the order of need");
    let stamp = stamp::scored(areas, now, tambon, page.as_of_seq, &page.parameters);
    let first = |it: &AssessedView| Told::new(it.place.to_string(), it.place.to_string());
    listing("assessments", title, stamp, (Told::new("ลำดับ", "Place"), first), COLUMNS, &page.households)
}

pub(super) type Lines = Vec<(u64, Assessed)>;

/// The next households that are wanted, each with its place among all; and where the page ended, unless
/// it is the last.
fn page(
    conn: &mut Conn,
    tambon: TambonCode,
    by: By,
    wanted: &Wanted,
    after: Option<Ended>,
    limit: usize,
) -> Result<(Lines, Option<Ended>), StoreError> {
    let mut at = after;
    let mut lines = Vec::new();
    // A page of all is one batch, and one more tells whether it is the last.
    let mut at_once = AT_ONCE.min(limit.saturating_add(1));
    loop {
        let read_from = at.map(|at| (at.rank, at.household));
        let batch = read_model::in_order(conn, tambon, by, read_from, at_once)?;
        let is_last = batch.len() < at_once;
        at_once = AT_ONCE;
        for assessed in batch {
            let place = at.map_or(0, |at| at.place) + 1;
            if wanted.takes(&assessed) {
                if lines.len() == limit {
                    return Ok((lines, at));
                }
                lines.push((place, assessed));
            }
            at = Some(Ended { place, rank: assessed.assessment.rank_by(by), household: assessed.household });
        }
        if is_last {
            return Ok((lines, None));
        }
    }
}

/// With what tells one house from another.
pub(super) fn views(
    conn: &mut Conn,
    tambon: TambonCode,
    lines: &[(u64, Assessed)],
) -> Result<Vec<AssessedView>, StoreError> {
    let ids: Vec<HouseholdId> = lines.iter().map(|(_, assessed)| assessed.household).collect();
    let heads = read_model::heads_by_id(conn, tambon, &ids)?;
    let view = |(place, assessed): &(u64, Assessed)| {
        let head = heads.get(&assessed.household);
        AssessedView {
            place: *place,
            household_id: assessed.household.to_string(),
            village: assessed.village.to_string(),
            house_no: head.and_then(|head| head.house_no.clone()),
            head_name: head.and_then(|head| head.head_name.clone()),
            members: head.map_or(0, |head| head.members),
            assessment: AssessmentView::of(&assessed.assessment),
        }
    };
    Ok(lines.iter().map(view).collect())
}
