//! `samruat form table add`: the tables from outside that a form of the hub reads.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use survey_form::limits::TABLE_BYTES_MAX;

use super::hub::{named_by, short};
use crate::cli::{CliError, DatabaseArgs, line, operator};
use crate::clock::Clock;
use crate::forms::{self, Author, hash_text};
use crate::http::form_views::{FaultView, TableReport};

/// What is done with the tables of a form.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TableCommand {
    Add(Add),
}

/// Add a table that a form reads (select_one_from_file, pulldata, csv-external), from its CSV file.
///
/// The file is in UTF-8 (a spreadsheet program calls it "CSV UTF-8") and names its columns in the first
/// row. What is wrong is told by row and column. A form that reads tables is published once it has them
/// all; a table may be replaced later, and phones fetch it with their forms. A new version of a form goes
/// on with the tables of the one before where they fit.
///
///   samruat form table add water villages.csv --dry-run
///   samruat form table add water villages.csv
///   samruat form table add 3fb2c41d9a07 export-2026.csv --name villages
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct Add {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The form: its id (the version added last), or the beginning of a version's hash
    #[arg(value_name = "FORM")]
    form: String,
    /// The table: a CSV file
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Which table of the form it is, where the file has another name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Look only: add nothing
    #[arg(long)]
    dry_run: bool,
}

impl TableCommand {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let Self::Add(add) = self;
        add.run(json, clock)
    }
}

impl Add {
    fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let size = fs::metadata(&self.file).map_err(|error| CliError::file(&self.file, error))?.len();
        if size > TABLE_BYTES_MAX as u64 {
            let most = TABLE_BYTES_MAX / (1024 * 1024);
            return Err(CliError::Usage(format!("{} has more than {most} MiB", self.file.display())));
        }
        let content = fs::read(&self.file).map_err(|error| CliError::file(&self.file, error))?;
        let stem = || self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = self.name.clone().unwrap_or_else(stem);
        let database = self.database.open()?;
        let version = named_by(&database, &self.form)?.about;
        let examined = forms::examine_table(&database, &version.hash, &name, &content)?;
        let is_added = !self.dry_run && examined.rows.is_some() && {
            let (actor, now) = (operator(), clock.now());
            let details = json!({ "form": version.form_id, "table": examined.table.needed.name,
                                  "sha256": hash_text(&examined.sha256) });
            let line = line(now, "form.table", &hash_text(&version.hash), &details)?;
            let author = Author { name: &actor, now };
            forms::add_table(&database, &examined, &content, &author, (None, None), &line)?
        };
        let report = TableReport::of(&examined, self.dry_run, is_added);
        let text = if json { serde_json::to_string(&report).unwrap_or_default() } else { self.told(&report) };
        if report.accepted { Ok(text) } else { Err(CliError::Disagrees(text)) }
    }

    /// The report for a person.
    fn told(&self, report: &TableReport) -> String {
        let mut text = String::new();
        for FaultView { severity, place, th, en, .. } in &report.faults {
            // Writing to a text does not fail.
            let _ = writeln!(text, "{severity:7} {place}\n        {th}\n        {en}");
        }
        let (path, file, form) = (self.file.display(), &report.file, &report.form_id);
        let Some(rows) = report.rows else {
            let columns = report.columns.join(", ");
            let _ = write!(
                text,
                "ยังใช้ {path} เป็นตาราง {file} ไม่ได้ แบบสำรวจ {form} อ่านคอลัมน์ {columns}\n\
                 {path} is not the table {file} yet; the form {form} reads its columns {columns}"
            );
            return text;
        };
        let sha256 = short(&report.sha256);
        let _ = match (report.dry_run, report.added) {
            (true, _) => write!(
                text,
                "{path} ใช้เป็นตาราง {file} ได้ มี {rows} แถว (ยังไม่ได้เพิ่ม)\n\
                 {path} is the table {file} of {form}, {rows} rows; nothing was added"
            ),
            (false, true) => write!(
                text,
                "เพิ่มตาราง {file} ของแบบสำรวจ {form} แล้ว มี {rows} แถว ({sha256})\n\
                 {file} of {form} has {rows} rows now ({sha256})"
            ),
            (false, false) => write!(
                text,
                "ตาราง {file} ของแบบสำรวจ {form} เหมือนเดิม\n{file} of {form} was the same file already"
            ),
        };
        text
    }
}
