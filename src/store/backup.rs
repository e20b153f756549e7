//! Backup and restore of a SQLite database. PostgreSQL has its own tools for both; after restoring
//! with them, [`begin_new_lives`] has to be run.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;

use super::conn::Tx;
use super::database::Database;
use super::error::StoreError;
use super::url::{DatabaseUrl, sqlite_file};
use super::{frames, tambons};
use crate::clock::Micros;

fn failed(what: &str, path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Backup(format!("{what} {}: {error}", path.display()))
}

fn only_sqlite() -> StoreError {
    StoreError::Backup("this is for SQLite; use pg_dump or pgBackRest for PostgreSQL".to_owned())
}

/// Writes a copy of the database, as of one moment, to a file that does not exist yet. The hub may go
/// on meanwhile.
///
/// # Errors
/// [`StoreError::Backup`].
pub fn backup(database: &Database, file: &Path) -> Result<(), StoreError> {
    let DatabaseUrl::Sqlite(path) = database.url() else { return Err(only_sqlite()) };
    if file.exists() {
        return Err(failed("cannot write", file, &"it exists already"));
    }
    let part = with_suffix(file, ".part");
    drop(std::fs::remove_file(&part));
    let mut conn = SqliteConnection::establish(&sqlite_file(path))
        .map_err(|error| failed("cannot open", path, &error))?;
    let target = sqlite_file(&part).replace('\'', "''");
    conn.batch_execute("PRAGMA busy_timeout = 5000")?;
    conn.batch_execute(&format!("VACUUM INTO '{target}'"))?;
    std::fs::File::open(&part)
        .and_then(|file| file.sync_all())
        .map_err(|error| failed("cannot sync", &part, &error))?;
    std::fs::rename(&part, file).map_err(|error| failed("cannot write", file, &error))
}

/// Puts a backup in the place of the database at `url`, which nobody may have open, and begins a new
/// life of every log in it: devices notice, and send what the backup lacks. What was there before is
/// kept beside it; its path is returned. `draw` gives random bytes.
///
/// # Errors
/// [`StoreError::Backup`] or [`StoreError::Url`]; the database is then as it was.
pub fn restore(
    file: &Path,
    url: &str,
    now: Micros,
    mut draw: impl FnMut() -> [u8; 8] + Send + 'static,
) -> Result<Option<PathBuf>, StoreError> {
    let DatabaseUrl::Sqlite(target) = DatabaseUrl::parse(url)? else { return Err(only_sqlite()) };
    let fresh = with_suffix(&target, ".restoring");
    for leftover in [fresh.clone(), with_suffix(&fresh, "-wal"), with_suffix(&fresh, "-shm")] {
        drop(std::fs::remove_file(leftover));
    }
    std::fs::copy(file, &fresh).map_err(|error| failed("cannot copy", file, &error))?;
    check_integrity(&fresh)?;
    let database = Database::open(&format!("sqlite:{}", fresh.display()))?;
    database.write(move |tx| begin_new_lives(tx, &mut draw))?;
    drop(database);
    leave_wal(&fresh)?;
    std::fs::File::open(&fresh)
        .and_then(|file| file.sync_all())
        .map_err(|error| failed("cannot sync", &fresh, &error))?;

    let aside = if target.exists() {
        leave_wal(&target).map_err(|error| failed("the hub must not run while", &target, &error))?;
        let aside = with_suffix(&target, &format!(".before-{}", now.millis() / 1_000));
        std::fs::rename(&target, &aside).map_err(|error| failed("cannot put aside", &target, &error))?;
        Some(aside)
    } else {
        None
    };
    std::fs::rename(&fresh, &target).map_err(|error| failed("cannot write", &target, &error))?;
    Ok(aside)
}

/// Begins a new life of every tambon's log, as is needed after a restore from an older state.
///
/// # Errors
/// The database's own.
pub fn begin_new_lives(tx: &mut Tx<'_>, draw: &mut dyn FnMut() -> [u8; 8]) -> Result<(), StoreError> {
    for tambon in tambons::all(tx)? {
        tambons::renew_epoch(tx, tambon.code, draw())?;
        frames::clear(tx, tambon.code)?;
    }
    Ok(())
}

/// Makes the file stand alone. Refused while anybody else has it open.
fn leave_wal(path: &Path) -> Result<(), StoreError> {
    let mut conn = SqliteConnection::establish(&sqlite_file(path))
        .map_err(|error| failed("cannot open", path, &error))?;
    conn.batch_execute("PRAGMA busy_timeout = 0")?;
    Ok(conn.batch_execute("PRAGMA journal_mode = DELETE")?)
}

fn check_integrity(path: &Path) -> Result<(), StoreError> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        integrity_check: String,
    }
    let mut conn = SqliteConnection::establish(&sqlite_file(path))
        .map_err(|error| failed("cannot open", path, &error))?;
    let lines: Result<Vec<Line>, _> = diesel::sql_query("PRAGMA integrity_check").load(&mut conn);
    match lines {
        Ok(lines) if lines.iter().all(|line| line.integrity_check == "ok") => Ok(()),
        Ok(lines) => Err(failed(
            "the backup is damaged:",
            path,
            &lines.first().map_or("", |line| &line.integrity_check),
        )),
        Err(error) => Err(failed("the backup is not a database:", path, &error)),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
