//! `samruat backup` and `samruat restore`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::{HumanBytes, ProgressBar};
use serde_json::json;

use super::{CliError, DatabaseArgs};
use crate::http::credentials::random;
use crate::store::restore;

/// Copy the whole database into one file, while the hub goes on.
///
/// SQLite: a database that can be opened as it is. PostgreSQL: an archive of pg_dump, which has to be
/// installed. The copy is checked before it gets its name. Keep some of them on another machine.
///
///   samruat backup /media/usb/hub-2569-11-22.sqlite
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Backup {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The file to write; it must not be there
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Backup {
    pub(super) fn run(self, json: bool) -> Result<String, CliError> {
        let database = self.database.open()?;
        let spinner = spinner("backup");
        let written = database.back_up(&self.file);
        spinner.finish_and_clear();
        let bytes = written?;
        let file = self.file.display();
        Ok(if json {
            json!({ "file": file.to_string(), "bytes": bytes }).to_string()
        } else {
            format!("สำรองข้อมูลไว้ที่ {file} แล้ว / backed up to {file}, {}", HumanBytes(bytes))
        })
    }
}

/// Go back to a copy that `samruat backup` made. Stop the hub first.
///
/// What devices sent since the copy was made is not lost: every log gets a new epoch, devices notice
/// that at their next sync and send what the hub lacks.
///
///   samruat restore /media/usb/hub-2569-11-22.sqlite --force
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Restore {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The copy
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace a database that is there
    #[arg(long)]
    force: bool,
}

impl Restore {
    pub(super) fn run(self, json: bool) -> Result<String, CliError> {
        let spinner = spinner("restore");
        let restored =
            restore(&self.database.database_url, &self.file, self.force, || Ok::<_, CliError>(random()?));
        spinner.finish_and_clear();
        let (file, tambons) = (self.file.display(), restored?.tambons);
        Ok(if json {
            json!({ "file": file.to_string(), "tambons": tambons }).to_string()
        } else {
            format!(
                "นำข้อมูลจาก {file} กลับมาแล้ว {tambons} ตำบล เริ่มศูนย์กลางข้อมูลได้ / restored from {file}, {tambons} tambons; start the hub"
            )
        })
    }
}

fn spinner(what: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}
