//! `samruat form add|list|show|publish|retire`: the forms of a hub.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use survey_form::limits::WORKBOOK_BYTES_MAX;
use survey_form::model::Form;
use sync_protocol::ids::{TambonCode, VillageCode};

use crate::area::Area;
use crate::cli::{CliError, DatabaseArgs, known, line, operator, served};
use crate::clock::Clock;
use crate::forms::{self, Author, FormsError, Words, hash_text, read_hash};
use crate::http::credentials::random;
use crate::http::form_views::{ClashView, FaultView, FormReport, MissingTable, TableView, VersionView};
use crate::store::forms::{FormHash, Publication};
use crate::store::{Conn, Database, StoreError};

/// Versions that are read at a time.
const AT_ONCE: usize = 500;
/// Digits of a hash that are shown, and that name a version where they are enough.
const SHORT: usize = 12;

/// Add a form to the hub from its spreadsheet (XLSForm, .xlsx or .xls).
///
/// What is wrong is told by cell, with what to write instead; then what differs from the version before
/// and what that does to answers already collected. The form holds nowhere before it is published.
/// Adding the same form again changes nothing.
///
///   samruat form add water.xlsx --dry-run
///   samruat form add water.xlsx
///   samruat form publish water --villages 65011704,65011705
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Add {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The form: .xlsx or .xls
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Look only: add nothing
    #[arg(long)]
    dry_run: bool,
}

/// List the forms of the hub, every version.
///
///   samruat form list
///   samruat form list --json | jq -r '.[].hash'
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Show a form: its questions, and where it holds.
///
///   samruat form show water
///   samruat form show 3fb2c41d9a07 --workbook water.xlsx
///
/// With --json the model itself is printed, as phones fetch it.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Show {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The form: its id (the version added last), or the beginning of a version's hash
    #[arg(value_name = "FORM")]
    form: String,
    /// Write the spreadsheet that it was made from into this file
    #[arg(long, value_name = "FILE")]
    workbook: Option<PathBuf>,
}

/// Publish a form: phones of these villages ask it from their next sync on.
///
/// It takes the place of the version of the same form that holds there. In a tambon a question's name
/// means one thing: a form that asks something else under a name of another form there is refused. So is
/// one that reads tables which were not added (samruat form table add).
///
///   samruat form publish water --villages 65011704,65011705
///   samruat form publish 3fb2c41d9a07 --villages 65011704
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Publish {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The form: its id (the version added last), or the beginning of a version's hash
    #[arg(value_name = "FORM")]
    form: String,
    /// Where: 8-digit codes with commas between, all of one tambon
    #[arg(long, value_name = "CODES", value_delimiter = ',', required = true)]
    villages: Vec<VillageCode>,
}

/// Retire a form: phones of these villages no longer ask it. Answers stay.
///
/// The form that comes with the program cannot be retired: it holds again where a version of it is.
///
///   samruat form retire water --villages 65011704,65011705
///   samruat form retire water --area 650117
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Retire {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The form's id
    #[arg(value_name = "FORM_ID")]
    form: String,
    /// Where: 8-digit codes with commas between, all of one tambon
    #[arg(long, value_name = "CODES", value_delimiter = ',', required_unless_present = "area")]
    villages: Vec<VillageCode>,
    /// Where: every village of this tambon in which it holds
    #[arg(long, value_name = "CODE", conflicts_with = "villages")]
    area: Option<Area>,
}

impl Add {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let bytes = fs::read(&self.file).map_err(|error| CliError::file(&self.file, error))?;
        if bytes.len() > WORKBOOK_BYTES_MAX {
            return Err(CliError::Usage(format!(
                "{} has more than {} MiB; a form has no pictures in it",
                self.file.display(),
                WORKBOOK_BYTES_MAX / (1024 * 1024)
            )));
        }
        let name = self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let database = self.database.open_or_make()?;
        let examined = forms::examine(&database, &bytes, &name)?;
        let actor = operator();
        let author = Author { name: &actor, now: clock.now() };
        let is_added = !self.dry_run && examined.is_form() && {
            forms::add(&database, &examined, &bytes, &author, None)?.is_new
        };
        let report = FormReport::of(&examined, self.dry_run, is_added);
        let text =
            if json { serde_json::to_string(&report).unwrap_or_default() } else { told(&report, &self.file) };
        if report.accepted { Ok(text) } else { Err(CliError::Disagrees(text)) }
    }
}

/// The report for a person.
fn told(report: &FormReport, file: &std::path::Path) -> String {
    let mut text = String::new();
    let path = file.display();
    for fault in &report.faults {
        let FaultView { severity, place, th, en, .. } = fault;
        // Writing to a text does not fail.
        let _ = writeln!(text, "{severity:7} {place}\n        {th}\n        {en}");
    }
    let (Some(id), Some(hash)) = (&report.form_id, &report.hash) else {
        let _ = write!(
            text,
            "ยังใช้ {path} เป็นแบบสำรวจไม่ได้ กรุณาแก้ตามรายการแล้วลองใหม่\n\
             {path} makes no form yet: mend the cells above and try again"
        );
        return text;
    };
    if let Some(before) = &report.compared_with {
        let _ = writeln!(
            text,
            "ต่างจากรุ่น {version} ดังนี้ / what differs from version {version}:",
            version = named(&before.version, &before.hash)
        );
        for difference in &report.differences {
            let _ = writeln!(text, "  {}\n  {}", difference.th, difference.en);
        }
        if report.differences.is_empty() {
            text.push_str("  ไม่มีผลต่อคำตอบ / nothing that answers would notice\n");
        }
    }
    if !report.unclassified.is_empty() {
        let _ = writeln!(
            text,
            "ยังไม่ระบุชั้นข้อมูลส่วนบุคคล (คอลัมน์ pdpa: N P S) {count} คำถาม เฉพาะผู้ประสานงานจึงเห็นคำตอบ\n\
             {count} questions have no class of personal data (column pdpa: N, P or S); only coordinators see \
             their answers: {keys}",
            count = report.unclassified.len(),
            keys = report.unclassified.join(", ")
        );
    }
    tables(&report.tables, &mut text);
    let version = named(report.version.as_deref().unwrap_or_default(), hash);
    let questions = report.questions;
    let _ = match (report.dry_run, report.added) {
        (true, _) => write!(
            text,
            "{path}: แบบสำรวจ {id} รุ่น {version} ใช้ได้ มี {questions} คำถาม (ยังไม่ได้เพิ่ม)\n\
             {path} makes form {id}, version {version}, {questions} questions; nothing was added"
        ),
        (false, true) => write!(
            text,
            "เพิ่มแบบสำรวจ {id} รุ่น {version} แล้ว มี {questions} คำถาม\n\
             added form {id}, version {version}, {questions} questions; to use it:\n\n    \
             samruat form publish {} --villages CODES",
            short(hash)
        ),
        (false, false) => {
            write!(text, "มีแบบสำรวจ {id} รุ่น {version} อยู่แล้ว\nform {id}, version {version}, was there already")
        }
    };
    text
}

/// The tables that a form reads, each on a line, and what to do about those that are missing.
fn tables(tables: &[TableView], text: &mut String) {
    for TableView { file, columns, sha256, rows, .. } in tables {
        let columns = columns.join(",");
        let _ = match (sha256, rows) {
            (Some(sha256), Some(rows)) => {
                writeln!(text, "ตาราง / table {file} [{columns}]: {rows} แถว / rows ({})", short(sha256))
            }
            _ => writeln!(
                text,
                "ตาราง / table {file} [{columns}]: ยังไม่มี / missing; samruat form table add FORM {file}"
            ),
        };
    }
}

pub(super) fn short(hash: &str) -> &str {
    hash.get(..SHORT).unwrap_or(hash)
}

fn named(version: &str, hash: &str) -> String {
    if version.is_empty() { short(hash).to_owned() } else { format!("{version} ({})", short(hash)) }
}

impl List {
    pub(super) fn run(self, json: bool) -> Result<String, CliError> {
        let database = self.database.open()?;
        let views: Vec<VersionView> = versions(&database)?.iter().map(VersionView::of).collect();
        if json {
            return Ok(serde_json::to_string(&views).unwrap_or_default());
        }
        let lines = views.iter().map(|view| {
            let since = view.added_at.as_deref().unwrap_or("มากับโปรแกรม / built in");
            let tables = view.tables.iter().map(|table| match table.sha256 {
                Some(_) => format!("  {}", table.file),
                None => format!("  {} (ยังไม่มี / missing)", table.file),
            });
            let tables: String = tables.collect();
            format!(
                "{}  {}  {}  {}  {since}{tables}",
                short(&view.hash),
                view.form_id,
                view.version,
                view.title
            )
        });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }
}

impl Show {
    pub(super) fn run(self, json: bool) -> Result<String, CliError> {
        let database = self.database.open()?;
        let version = named_by(&database, &self.form)?;
        let hash = version.about.hash;
        if let Some(path) = &self.workbook {
            let read = |conn: &mut Conn| -> Result<_, StoreError> { forms::workbook(conn, &hash) };
            let bytes = database.read(read)?.unwrap_or_default();
            fs::write(path, bytes).map_err(|error| CliError::file(path, error))?;
        }
        if json {
            let read = |conn: &mut Conn| -> Result<_, StoreError> { forms::model(conn, &hash) };
            return Ok(database.read(read)?.unwrap_or_default());
        }
        let form = database.read(|conn: &mut Conn| forms::load(conn, &hash))?;
        let about = &version.about;
        let mut text =
            format!("{} {}\n{}\n{}\n", about.form_id, about.version, about.title, hash_text(&hash));
        questions(&form, &mut text);
        tables(&version.tables.iter().map(TableView::of).collect::<Vec<_>>(), &mut text);
        for tambon in served(&database, None)? {
            let held = held(&database, tambon, &about.form_id)?;
            let here = held.iter().filter(|publication| publication.hash == hash);
            let here: Vec<String> = here.map(|publication| publication.village.to_string()).collect();
            if !here.is_empty() {
                let _ = writeln!(text, "ใช้อยู่ที่ / holds in: {}", here.join(", "));
            }
        }
        if version.is_built_in {
            text.push_str("ใช้ทุกหมู่บ้านที่ไม่ได้เผยแพร่รุ่นอื่น / holds wherever no other version was published\n");
        }
        Ok(text.trim_end().to_owned())
    }
}

/// The questions of a form, each on a line, indented by the groups around it.
fn questions(form: &Form, text: &mut String) {
    for (id, field) in form.ids() {
        let depth = std::iter::successors(form.field(id).parent, |above| form.field(*above).parent).count();
        let Words { th, en } = Words::label(form, field);
        let label = if th == en { th } else { format!("{th} / {en}") };
        let _ = writeln!(text, "  {:indent$}{}  {label}", "", field.name, indent = depth * 2);
    }
}

impl Publish {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let villages = villages(self.villages)?;
        let database = self.database.open_or_make()?;
        let about = named_by(&database, &self.form)?.about;
        let (actor, now) = (operator(), clock.now());
        let line = line(now, "form.publish", &hash_text(&about.hash), &details(&about.form_id, &villages))?;
        let author = Author { name: &actor, now };
        let published = forms::publish(&database, &about.hash, &villages, &author, (random()?, line));
        let changed = match published {
            Ok(published) => published.changed,
            Err(FormsError::Clashes(clashes)) => {
                let clashes: Vec<ClashView> = clashes.iter().map(ClashView::of).collect();
                let text = if json {
                    json!({ "clashes": clashes }).to_string()
                } else {
                    let told = clashes.iter().map(|clash| format!("{}\n{}", clash.th, clash.en));
                    told.collect::<Vec<_>>().join("\n")
                };
                return Err(CliError::Disagrees(text));
            }
            Err(FormsError::TablesMissing(tables)) => {
                let tables: Vec<MissingTable> = tables.iter().map(MissingTable::of).collect();
                let text = if json {
                    json!({ "tables": tables }).to_string()
                } else {
                    let told = tables.iter().map(|table| {
                        let command = format!("samruat form table add {} {}", about.form_id, table.file);
                        format!("{}\n{}:\n    {command}", table.th, table.en)
                    });
                    told.collect::<Vec<_>>().join("\n")
                };
                return Err(CliError::Disagrees(text));
            }
            Err(error) => return Err(error.into()),
        };
        let codes: Vec<String> = changed.iter().map(ToString::to_string).collect();
        let hash = hash_text(&about.hash);
        Ok(if json {
            json!({ "form_id": about.form_id, "hash": hash, "changed": codes }).to_string()
        } else if codes.is_empty() {
            format!("แบบ {} ใช้อยู่ในหมู่บ้านเหล่านี้แล้ว / {} holds there already", about.form_id, about.form_id)
        } else {
            format!(
                "เผยแพร่แบบ {id} รุ่น {version} ใน {villages} แล้ว\n{id}, version {version}, holds in {villages} now",
                id = about.form_id,
                version = named(&about.version, &hash),
                villages = codes.join(", ")
            )
        })
    }
}

impl Retire {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let database = self.database.open()?;
        let villages = match self.area.map(known).transpose()? {
            None => villages(self.villages)?,
            Some(area) => {
                let mut found = Vec::new();
                for tambon in served(&database, Some(area))? {
                    let held = held(&database, tambon, &self.form)?;
                    let here = held.into_iter().map(|publication| publication.village);
                    found.extend(here.filter(|village| area.covers((*village).into())));
                }
                found
            }
        };
        if villages.is_empty() {
            return Err(FormsError::NotPublished(self.form).into());
        }
        let (actor, now) = (operator(), clock.now());
        let line = line(now, "form.retire", &self.form, &details(&self.form, &villages))?;
        let changed = forms::retire(&database, &self.form, &villages, &Author { name: &actor, now }, line)?;
        let codes: Vec<String> = changed.iter().map(ToString::to_string).collect();
        Ok(if json {
            json!({ "form_id": self.form, "changed": codes }).to_string()
        } else {
            let (form, codes) = (self.form, codes.join(", "));
            format!("เลิกใช้แบบ {form} ใน {codes} แล้ว คำตอบยังอยู่ / {form} is retired in {codes}; answers stay")
        })
    }
}

/// Every version, the built-in one first.
fn versions(database: &Database) -> Result<Vec<forms::Version>, CliError> {
    let mut all = Vec::new();
    let mut after: Option<FormHash> = None;
    loop {
        let read = |conn: &mut Conn| forms::page(conn, after.as_ref(), AT_ONCE);
        let page = database.read(read)?;
        after = page.last().map(|version| version.about.hash);
        let is_last = page.len() < AT_ONCE;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

/// The version that a person means: by a form's id the one added last, or by the beginning of its hash.
pub(super) fn named_by(database: &Database, name: &str) -> Result<forms::Version, CliError> {
    if let Some(hash) = read_hash(name) {
        let read = |conn: &mut Conn| forms::find(conn, &hash);
        return database.read(read)?.ok_or_else(|| FormsError::UnknownForm(name.to_owned()).into());
    }
    let all = versions(database)?;
    // Those of one form stand in the order in which they were added.
    if let Some(latest) = all.iter().rev().find(|version| version.about.form_id == name) {
        return Ok(latest.clone());
    }
    let is_meant = |version: &&forms::Version| hash_text(&version.about.hash).starts_with(name);
    let found: Vec<&forms::Version> = all.iter().filter(is_meant).collect();
    match found.as_slice() {
        [one] if name.len() >= 4 => Ok((*one).clone()),
        [] => Err(CliError::Usage(format!(
            "there is no form {name} on this hub; `samruat form list` lists them, `samruat form add FILE.xlsx` adds one"
        ))),
        _ => Err(CliError::Usage(format!("{name} names several versions: write more of the hash"))),
    }
}

/// Where a form holds in a tambon.
fn held(database: &Database, tambon: TambonCode, form_id: &str) -> Result<Vec<Publication>, CliError> {
    let read = |conn: &mut Conn| -> Result<_, StoreError> { forms::holding(conn, tambon) };
    let holding = database.read(read)?;
    let of_form = holding.publications().iter().filter(|publication| publication.form_id == form_id);
    Ok(of_form.cloned().collect())
}

/// Villages that there are, of one tambon, each once.
fn villages(mut villages: Vec<VillageCode>) -> Result<Vec<VillageCode>, CliError> {
    villages.sort_unstable();
    villages.dedup();
    for village in &villages {
        known((*village).into())?;
        if let Some(first) = villages.first().filter(|first| first.tambon() != village.tambon()) {
            return Err(CliError::Usage(format!(
                "{village} does not lie in tambon {}: publish in one tambon at a time / ครั้งละหนึ่งตำบล",
                first.tambon()
            )));
        }
    }
    Ok(villages)
}

/// What the audit log says of a form and the villages that it was published to, or taken from.
fn details(form_id: &str, villages: &[VillageCode]) -> serde_json::Value {
    let codes: Vec<String> = villages.iter().map(ToString::to_string).collect();
    json!({ "form": form_id, "villages": codes })
}
