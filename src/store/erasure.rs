//! What goes when a household is erased goes from the disk as well.

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::sqlite::SqliteConnection;

use super::database::Database;
use super::error::StoreError;
use super::url::{DatabaseUrl, sqlite_file};

/// Writes a SQLite database anew: without it, what was deleted or replaced stays in the free parts of the
/// file and in the write-ahead log. Reading goes on meanwhile, writing waits; the disk needs room for a second
/// copy. PostgreSQL gives such parts to what is written next (autovacuum).
///
/// # Errors
/// The database's own.
pub fn overwrite_what_went(database: &Database) -> Result<(), StoreError> {
    let DatabaseUrl::Sqlite(path) = database.url() else { return Ok(()) };
    let opened = SqliteConnection::establish(&sqlite_file(path));
    let mut conn = opened.map_err(|error| StoreError::Unreachable(error.to_string()))?;
    conn.batch_execute("PRAGMA busy_timeout = 5000")?;
    conn.batch_execute("VACUUM")?;
    conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}
