//! The annex of a tambon plan, as it stands now or frozen in a snapshot.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use sync_protocol::ids::TambonCode;
use utoipa::ToSchema;

use super::app::{App, AppState};
use super::area_path::{TambonPath, hex_id, query};
use super::auth::Office;
use super::body;
use super::credentials::random;
use super::planning_problem::{Kind, PlanningProblem};
use super::problem::{Problem, ProblemBody};
use super::reply::{Json, ok};
use super::targets;
use super::views::time;
use super::{indicators, programmes, projects};
use crate::area::{Area, Areas};
use crate::clock::Micros;
use crate::papers::{MapPoint, Middle};
use crate::planning::annex::{Annex, ProgrammeResult, Source, Table, TargetResult, Village};
use crate::planning::fiscal::FiscalYear;
use crate::planning::indicator_words;
use crate::planning::indicators::Counts;
use crate::planning::region::Region;
use crate::planning::rollup::{Rollup, Shown, Tree, open};
use crate::planning::suppression::SHOWN_MIN;
use crate::planning::targets::board;
use crate::planning::told::Told;
use crate::planning::veil::Veil;
use crate::projection::Form;
use crate::store::snapshots::{self, Snapshot, SnapshotId};
use crate::store::{
    Conn, StoreError, allocations, area_groups, audit, needy_lists, scoring, tambons, villages,
};

/// Characters of a snapshot's title.
const TITLE_CHARS_MAX: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoQuery {}

/// The annex of a tambon plan.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct AnnexView {
    /// Code of the tambon.
    tambon: String,
    /// Its name in Thai.
    name_th: String,
    /// Its name in English.
    name_en: String,
    /// The amphoe and the province, in Thai.
    place_th: String,
    /// Fiscal year (พ.ศ.) of programmes and targets.
    fiscal_year: i16,
    /// When it was put together.
    as_of: String,
    /// Place in the tambon's log up to which everything is in it.
    pub(super) as_of_seq: u64,
    /// Version of the thresholds of scores.
    pub(super) parameters: String,
    /// The last approved list: its version and hash.
    pub(super) list: Option<ListCited>,
    /// Counts below this, and what would tell them, are hidden.
    pub(super) hidden_below: Option<u64>,
    /// The tables, in their order. A table has a number, a name, a title, columns and rows with a cell for each.
    #[schema(value_type = Vec<Object>)]
    pub(super) tables: Vec<Table>,
}

/// A list that a plan cites.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(super) struct ListCited {
    /// Id of the list.
    list_id: String,
    /// Its version.
    pub(super) version: u32,
    /// Hash of its content.
    pub(super) sha256: String,
}

/// What is kept of a snapshot: the annex as planners see it with its map, and the counts of the villages that it
/// was made of, to compare with later ones. What was hidden or shown of it then stays so, whatever is hidden now.
#[derive(Serialize, Deserialize)]
pub(super) struct Frozen {
    pub(super) annex: AnnexView,
    counts: Vec<String>,
    /// Older snapshots have none.
    #[serde(default)]
    pub(super) points: Vec<MapPoint>,
    /// What planners are shown of all villages together. With older snapshots, which do not say it, nothing is
    /// compared for them.
    #[serde(default)]
    total: Option<Shown>,
}

impl Frozen {
    /// What is shown of all villages together; `None` if another registry counted them, with which nothing is
    /// compared.
    fn total(&self, hides: bool) -> Option<Shown> {
        let mut total = Counts::default();
        for counts in &self.counts {
            total.merge(&Counts::decode(&HEXLOWER.decode(counts.as_bytes()).ok()?)?);
        }
        if hides { self.total.clone() } else { Some(open(&total)) }
    }
}

/// What a snapshot is to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotTitle {
    /// E.g. `แผนพัฒนาตำบล พ.ศ. 2570`.
    title: String,
    /// Fiscal year (พ.ศ.) of programmes and targets; the one that it is unless said.
    fiscal_year: Option<i64>,
}

/// A snapshot.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SnapshotView {
    /// Its id.
    snapshot_id: String,
    /// What it is called.
    title: String,
    /// SHA-256 of what was frozen.
    sha256: String,
    /// Who made it.
    made_by: String,
    /// When.
    made_at: String,
}

/// The snapshots of a tambon.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SnapshotList {
    /// The newest first.
    snapshots: Vec<SnapshotView>,
}

/// A snapshot with what it froze.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SnapshotContent {
    /// The snapshot.
    #[serde(flatten)]
    snapshot: SnapshotView,
    /// The annex as it was.
    annex: AnnexView,
}

impl SnapshotView {
    fn of(snapshot: &Snapshot) -> Self {
        Self {
            snapshot_id: HEXLOWER.encode(&snapshot.id),
            title: snapshot.title.clone(),
            sha256: snapshot.sha256.clone(),
            made_by: snapshot.made_by.clone(),
            made_at: time(snapshot.made_at),
        }
    }
}

/// What a choice of the built-in form is called.
pub(super) fn choice(question: &str, code: &str) -> Told {
    let field = Form::built_in().field(question);
    let choice = field.and_then(|field| field.choices.iter().find(|choice| choice.code == code));
    match (choice, code) {
        (Some(choice), _) => Told::new(&*choice.th, &*choice.en),
        (None, "unknown") => Told::new("ไม่ทราบ", "Not known"),
        (None, code) => Told::new(code, code),
    }
}

/// The villages of a tambon as the annex tells of them, with what is counted in each.
fn counted(conn: &mut Conn, tambon: TambonCode) -> Result<Vec<(Village, Counts)>, StoreError> {
    let name = |village: &villages::Coverage| {
        let moo = village.village.moo();
        let named = village.expected.as_ref().and_then(|expected| expected.name_th.as_deref());
        match named {
            Some(named) => Told::new(format!("หมู่ {moo} {named}"), format!("Moo {moo} {named}")),
            None => Told::new(format!("หมู่ {moo}"), format!("Moo {moo}")),
        }
    };
    let all = villages::coverage(conn, tambon)?;
    Ok(all
        .into_iter()
        .map(|village| {
            let told = Village {
                code: village.village.to_string(),
                name: name(&village),
                expected: village.expected.as_ref().map(|expected| expected.houses),
            };
            (told, village.sums.counts)
        })
        .collect())
}

/// What is shown of the counts of these villages, and of the tambon.
fn rollup(
    conn: &mut Conn,
    tambon: TambonCode,
    villages: &[Village],
    hides: bool,
) -> Result<Rollup, StoreError> {
    // What is hidden of a tambon is decided among those around it.
    let mut tree = if hides { indicators::tree(conn)? } else { Tree::default() };
    indicators::open(conn, &mut tree, tambon)?;
    let sets: Vec<BTreeSet<Area>> =
        villages.iter().map(|village| village.code.parse().into_iter().collect()).collect();
    Ok(Veil::of_all(tree, hides).rollup(&sets.iter().collect::<Vec<_>>()))
}

/// The villages on a map. The middle of a few houses would tell where they are.
fn points(
    conn: &mut Conn,
    tambon: TambonCode,
    villages: &[Village],
    rollup: &Rollup,
) -> Result<Vec<MapPoint>, StoreError> {
    let places = villages::places(conn, tambon)?.into_iter().filter(|places| places.houses >= SHOWN_MIN);
    let middles: BTreeMap<String, Middle> = places
        .map(|places| {
            let (lat, lon) = places.middle;
            (places.village.to_string(), Middle { lat, lon }.rounded())
        })
        .collect();
    let of = |(village, shown): (&Village, &Vec<Option<u32>>)| {
        MapPoint::of(village, shown, middles.get(&village.code).copied())
    };
    Ok(villages.iter().zip(&rollup.rows).map(of).collect())
}

/// What programmes came to in a fiscal year: those that were given out, and those that match somebody.
fn programme_results(
    conn: &mut Conn,
    tambon: TambonCode,
    year: FiscalYear,
    matching: &BTreeMap<String, u32>,
) -> Result<Vec<ProgrammeResult>, StoreError> {
    #[derive(Deserialize)]
    struct Decided {
        decision: String,
        granted: u64,
        local_contribution: u64,
    }
    let rows = programmes::standing(conn, year, tambon)?;
    let names: BTreeMap<&str, Told> =
        rows.iter().map(|row| (row.id.as_str(), Told::new(&*row.name_th, &*row.name_en))).collect();
    let result = |id: &str| ProgrammeResult {
        name: names.get(id).cloned().unwrap_or_else(|| Told::new(id, id)),
        matching: matching.get(id).copied(),
        approved: 0,
        waiting: 0,
        budget: 0,
        granted: 0,
        local_contribution: 0,
    };
    let matched = matching.iter().filter(|(_, count)| **count > 0);
    let mut results: BTreeMap<String, ProgrammeResult> =
        matched.map(|(id, _)| (id.clone(), result(id))).collect();
    let all = allocations::all(conn, tambon)?.into_iter();
    for kept in all.filter(|kept| kept.withdrawn.is_none() && kept.fiscal_year == year.be()) {
        let decided: Vec<Decided> = serde_json::from_str(&kept.decisions)
            .map_err(|error| StoreError::Corrupt(format!("the decisions of an allocation: {error}")))?;
        let result = results.entry(kept.programme.clone()).or_insert_with(|| result(&kept.programme));
        result.budget += kept.budget;
        for decision in decided {
            match decision.decision.as_str() {
                "approved" => result.approved += 1,
                _ => result.waiting += 1,
            }
            result.granted += decision.granted;
            result.local_contribution += decision.local_contribution;
        }
    }
    Ok(results.into_values().collect())
}

/// Targets of the narrowest region that has some: the tambon, its amphoe, its province, a group around it, the
/// country.
fn target_results(
    conn: &mut Conn,
    tambon: TambonCode,
    year: FiscalYear,
) -> Result<Vec<TargetResult>, StoreError> {
    let rows = targets::rows(conn)?;
    let area = Area::from(tambon);
    let groups = area_groups::all(conn)?;
    let around = groups.all().filter(|group| group.covers(area));
    let mut regions: Vec<Region> = [6, 4, 2].map(|digits| Region::Area(area.shortened(digits))).into();
    regions.extend(around.map(|group| Region::Group(group.name.clone())));
    regions.push(Region::Country);
    regions.sort_by_key(|region| Reverse(region.narrowness(&groups)));
    let found = regions.iter().map(|region| board(&rows, year, region));
    let board = found.into_iter().find(|board| !board.is_empty()).unwrap_or_default();
    Ok(board
        .into_iter()
        .map(|row| TargetResult {
            name: Told::new(&*row.programme_th, &*row.programme_th),
            target: row.target,
            actual: row.actual,
            unit: row.unit.told().th,
            source: format!("{} ({})", row.source, row.as_of),
        })
        .collect())
}

/// An annex as it stands, and what a snapshot keeps beside it.
pub(super) struct Made {
    pub(super) annex: AnnexView,
    pub(super) points: Vec<MapPoint>,
    counts: Vec<Counts>,
    total: Shown,
}

/// Puts the annex together from one consistent view; `None` where the hub does not serve the tambon.
fn put_together(
    conn: &mut Conn,
    areas: &Areas,
    tambon: TambonCode,
    year: FiscalYear,
    (hides, as_of): (bool, &str),
    matching: &BTreeMap<String, u32>,
) -> Result<Option<Made>, StoreError> {
    let Some(served) = tambons::find(conn, tambon)? else { return Ok(None) };
    let before = match snapshots::all(conn, tambon)?.first() {
        Some(last) => frozen(conn, tambon, last.id)?
            .and_then(|(_, frozen)| Some((last.title.clone(), frozen.total(hides)?))),
        None => None,
    };
    let (villages, counts): (Vec<_>, Vec<_>) = counted(conn, tambon)?.into_iter().unzip();
    let rollup = rollup(conn, tambon, &villages, hides)?;
    let total = rollup.total.clone();
    let points = points(conn, tambon, &villages, &rollup)?;
    let repair = programmes::standing(conn, year, tambon)?
        .into_iter()
        .find(|row| row.id == "baan_por_piang")
        .and_then(|row| row.ceiling);
    let source = Source {
        villages,
        rollup,
        label: &choice,
        flag: &indicator_words::flag,
        repair_ceiling: repair,
        programmes: programme_results(conn, tambon, year, matching)?,
        targets: target_results(conn, tambon, year)?,
        projects: projects::of_year(conn, tambon, year)?.iter().map(Into::into).collect(),
        before,
        hides,
    };
    let approved = needy_lists::all(conn, tambon)?.into_iter().find_map(|version| {
        let cited = matches!(version.state.as_str(), "approved" | "handed_over");
        let sha256 = version.sha256.filter(|_| cited)?;
        Some(ListCited { list_id: HEXLOWER.encode(&version.list), version: version.number, sha256 })
    });
    let place = areas.place(tambon);
    let annex = AnnexView {
        tambon: tambon.to_string(),
        name_th: place.map_or("", |place| place.tambon.th).to_owned(),
        name_en: place.map_or("", |place| place.tambon.en).to_owned(),
        place_th: place
            .map_or_else(String::new, |place| format!("อ.{} จ.{}", place.amphoe.th, place.province.th)),
        fiscal_year: year.be(),
        as_of: as_of.to_owned(),
        as_of_seq: served.last_seq,
        parameters: scoring::find(conn, served.scoring)?.version,
        list: approved,
        hidden_below: hides.then_some(SHOWN_MIN),
        tables: Annex::of(&source).tables,
    };
    Ok(Some(Made { annex, points, counts, total }))
}

fn frozen(
    conn: &mut Conn,
    tambon: TambonCode,
    id: SnapshotId,
) -> Result<Option<(Snapshot, Frozen)>, StoreError> {
    let Some((snapshot, content)) = snapshots::find(conn, tambon, id)? else { return Ok(None) };
    let frozen = serde_json::from_str(&content)
        .map_err(|error| StoreError::Corrupt(format!("snapshot {}: {error}", HEXLOWER.encode(&id))))?;
    Ok(Some((snapshot, frozen)))
}

/// The annex as it stands at this moment.
///
/// # Errors
/// [`Problem::TambonNotServed`], the database's own.
pub(super) fn made(
    app: &AppState,
    tambon: TambonCode,
    year: FiscalYear,
    hides: bool,
    as_of: Micros,
) -> Result<Made, Problem> {
    let as_of = time(as_of);
    // How many match a programme could tell what the tables hide.
    let matching = if hides { BTreeMap::new() } else { programmes::matching(app, tambon, year)? };
    let read =
        |conn: &mut Conn| put_together(conn, app.areas, tambon, year, (hides, as_of.as_str()), &matching);
    let made = app.database.read(read)?;
    made.ok_or_else(|| Problem::TambonNotServed(tambon.to_string()))
}

/// Freezes the annex as it stands now, for a plan to cite. It never changes.
#[utoipa::path(
    post,
    path = "/api/v1/tambons/{tambon}/snapshots",
    tag = "planners",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    request_body = SnapshotTitle,
    responses(
        (status = 201, body = SnapshotView),
        (status = "4XX", description = "malformed-json, malformed-query, out-of-range, tambon-not-served, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn freeze(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<SnapshotView>, Problem> {
    office.covers(tambon)?;
    let SnapshotTitle { title, fiscal_year } = body::json(&request, payload).await?;
    let title = title.trim().to_owned();
    if !(1..=TITLE_CHARS_MAX).contains(&title.chars().count()) {
        return Err(PlanningProblem::new(
            Kind::OutOfRange,
            format!("a title has 1 to {TITLE_CHARS_MAX} characters"),
            format!("ชื่อต้องมี 1 ถึง {TITLE_CHARS_MAX} ตัวอักษร"),
        )
        .into());
    }
    let year = programmes::year_or_now(fiscal_year, &app)?;
    let (made_by, made_at) = (office.actor(), app.clock.now());
    let id: SnapshotId = random().map_err(|error| Problem::Internal(error.to_string()))?;
    let line =
        office.line(made_at, "snapshot.make", &tambon, &json!({ "snapshot": HEXLOWER.encode(&id) }))?;
    app.block(move |app| {
        let Made { annex, points, counts, total } = made(app, tambon, year, true, made_at)?;
        let counts = counts.iter().map(|counts| HEXLOWER.encode(&counts.encode())).collect();
        let frozen = Frozen { annex, counts, points, total: Some(total) };
        let content = serde_json::to_string(&frozen).map_err(|error| Problem::Internal(error.to_string()))?;
        let sha256 = HEXLOWER.encode(&Sha256::digest(&content));
        let snapshot = Snapshot { id, title, sha256, made_by, made_at };
        let kept = snapshot.clone();
        app.database.write(move |tx| -> Result<(), StoreError> {
            snapshots::insert(tx, tambon, &kept, &content)?;
            audit::append(tx, tambon, &line)
        })?;
        Ok(Json(StatusCode::CREATED, SnapshotView::of(&snapshot)))
    })
    .await
}

/// The snapshots of a tambon.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/snapshots",
    tag = "planners",
    params(("tambon" = String, Path, description = "Code of the tambon, 6 digits")),
    responses(
        (status = 200, body = SnapshotList),
        (status = "4XX", description = "missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn list(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<SnapshotList>, Problem> {
    let NoQuery {} = query(&request)?;
    office.covers(tambon)?;
    let all = app.read(move |conn: &mut Conn| snapshots::all(conn, tambon)).await?;
    Ok(ok(SnapshotList { snapshots: all.iter().map(SnapshotView::of).collect() }))
}

/// A snapshot with what it froze.
#[utoipa::path(
    get,
    path = "/api/v1/tambons/{tambon}/snapshots/{snapshot}",
    tag = "planners",
    params(
        ("tambon" = String, Path, description = "Code of the tambon, 6 digits"),
        ("snapshot" = String, Path, description = "Id of the snapshot"),
    ),
    responses(
        (status = 200, body = SnapshotContent),
        (status = "4XX", description = "unknown-snapshot, missing-credentials, wrong-api-key, api-key-revoked, outside-area, unknown-area", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn content(
    app: App,
    office: Office,
    TambonPath(tambon): TambonPath,
    request: HttpRequest,
) -> Result<Json<SnapshotContent>, Problem> {
    let NoQuery {} = query(&request)?;
    office.covers(tambon)?;
    let (snapshot, frozen) = found(&app, tambon, &request).await?;
    Ok(ok(SnapshotContent { snapshot: SnapshotView::of(&snapshot), annex: frozen.annex }))
}

/// The snapshot that the address names.
///
/// # Errors
/// [`Kind::UnknownSnapshot`].
pub(super) async fn found(
    app: &App,
    tambon: TambonCode,
    request: &HttpRequest,
) -> Result<(Snapshot, Frozen), Problem> {
    let unknown = || {
        PlanningProblem::new(
            Kind::UnknownSnapshot,
            "this tambon has no such snapshot; GET …/snapshots lists those that there are",
            "ตำบลนี้ไม่มีข้อมูลที่บันทึกไว้ชุดนี้ กรุณาเลือกจากรายการ",
        )
    };
    let id: SnapshotId = hex_id(request.match_info().query("snapshot")).ok_or_else(unknown)?;
    let found = app.read(move |conn: &mut Conn| frozen(conn, tambon, id)).await?;
    Ok(found.ok_or_else(unknown)?)
}
