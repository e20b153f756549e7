//! `samruat backup` and `samruat restore`.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::{HumanBytes, ProgressBar};
use serde_json::json;

use super::{CliError, DatabaseArgs};
use crate::clock::Clock;
use crate::http::credentials::random;
use crate::store::{DatabaseUrl, StoreError, archive, backup};

/// Copy the whole database into one file, while the hub goes on.
///
/// SQLite: a database that can be opened as it is. PostgreSQL: an archive of pg_dump, which has to be
/// installed. Keep some copies on another machine, and try now and then whether they come back.
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
        let written = match database.url() {
            DatabaseUrl::Sqlite(_) => backup::backup(&database, &self.file),
            DatabaseUrl::Postgres(url) => archive::dump(url, &self.file),
        };
        spinner.finish_and_clear();
        written?;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&self.file, private).map_err(|error| CliError::file(&self.file, error))?;
        let bytes = std::fs::metadata(&self.file).map_err(|error| CliError::file(&self.file, error))?.len();
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
/// What devices sent since the copy was made is not lost: every log begins a new life, devices notice
/// that at their next sync and send what the hub lacks. A SQLite database that was there is kept beside
/// the new one; PostgreSQL replaces what is there with --force only.
///
///   samruat restore /media/usb/hub-2569-11-22.sqlite
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Restore {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The copy
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace what a PostgreSQL database holds
    #[arg(long)]
    force: bool,
}

impl Restore {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        // Drawn before anything is touched: without chance nothing is restored.
        let seed = random::<32>()?;
        let url = &self.database.database_url;
        let spinner = spinner("restore");
        let restored = match DatabaseUrl::parse(url)? {
            DatabaseUrl::Sqlite(_) => backup::restore(&self.file, url, clock.now(), epochs(seed)),
            DatabaseUrl::Postgres(url) => {
                archive::load(&url, &self.file, self.force, epochs(seed)).map(|()| None)
            }
        };
        spinner.finish_and_clear();
        let aside: Result<Option<PathBuf>, StoreError> = restored;
        let (file, aside) = (self.file.display(), aside?);
        if json {
            let aside = aside.map(|aside| aside.display().to_string());
            return Ok(json!({ "file": file.to_string(), "aside": aside }).to_string());
        }
        let mut text =
            format!("นำข้อมูลจาก {file} กลับมาแล้ว เริ่มศูนย์กลางข้อมูลได้ / restored from {file}; start the hub");
        if let Some(aside) = aside {
            text.push_str(&format!("\nข้อมูลเดิมอยู่ที่ / what was there before: {}", aside.display()));
        }
        Ok(text)
    }
}

/// Epochs, one after the other, that nobody can foretell: each is the hash of the seed and its number.
fn epochs(seed: [u8; 32]) -> impl FnMut() -> [u8; 8] + Send + 'static {
    use sha2::{Digest, Sha256};
    let mut number = 0_u64;
    move || {
        number += 1;
        let hash: [u8; 32] =
            Sha256::new().chain_update(seed).chain_update(number.to_be_bytes()).finalize().into();
        let mut epoch = [0; 8];
        epoch.copy_from_slice(&hash[..8]);
        epoch
    }
}

fn spinner(what: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}
