//! Brings a database's schema up to this binary's, forward only.
//!
//! `migrations/sqlite` and `migrations/postgres` hold the same dated names. A database that knows a
//! migration which this binary does not is newer, and is refused.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::{Conn, each};
use super::error::StoreError;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that no other program uses: only one process migrates at a time.
const MIGRATION_LOCK: &str = "83_417_650_117";

/// How often, and for how long, to look whether another process goes on migrating.
const WAITS: usize = 100;
const WAIT: Duration = Duration::from_millis(20);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Applies what is missing and says what that was.
pub(crate) fn migrate(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    if matches!(conn, Conn::Sqlite(_)) {
        return apply(conn);
    }
    let lock = MIGRATION_LOCK.replace('_', "");
    conn.batch(&format!("SELECT pg_advisory_lock({lock})"))?;
    let applied = apply(conn);
    conn.batch(&format!("SELECT pg_advisory_unlock({lock})"))?;
    applied
}

fn apply(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let mut there = refuse_newer(conn)?;
    loop {
        let applied = match conn {
            Conn::Sqlite(c) => c.run_pending_migrations(SQLITE).map(|done| names(&done)),
            Conn::Postgres(c) => c.run_pending_migrations(POSTGRES).map(|done| names(&done)),
        };
        let Err(failure) = applied else { return applied.map_err(failed) };
        // Another process may be faster, and on its way through them.
        let begun = there;
        for _ in 0..WAITS {
            if check(conn).is_ok() {
                return Ok(Vec::new());
            }
            there = refuse_newer(conn)?;
            if there > begun {
                break;
            }
            std::thread::sleep(WAIT);
        }
        if there == begun {
            return Err(failed(failure));
        }
    }
}

/// Refuses a database that this binary is too old for, or that was not migrated yet.
pub(crate) fn check(conn: &mut Conn) -> Result<(), StoreError> {
    refuse_newer(conn)?;
    let pending = match conn {
        Conn::Sqlite(c) => c.has_pending_migration(SQLITE),
        Conn::Postgres(c) => c.has_pending_migration(POSTGRES),
    };
    match pending.map_err(failed)? {
        true => Err(StoreError::Migration(
            "it is older than this binary; start the hub once to migrate it".to_owned(),
        )),
        false => Ok(()),
    }
}

/// Refuses a newer database; how many migrations this one has.
fn refuse_newer(conn: &mut Conn) -> Result<usize, StoreError> {
    let applied = each!(conn, |c| c.applied_migrations().map(|done| names(&done))).map_err(failed)?;
    let known = match conn {
        Conn::Sqlite(_) => known::<Sqlite>(&SQLITE),
        Conn::Postgres(_) => known::<Pg>(&POSTGRES),
    };
    let known = known.map_err(failed)?;
    match applied.iter().find(|version| !known.contains(*version)) {
        Some(version) => Err(StoreError::TooNew(format!("it has migration {version}"))),
        None => Ok(applied.len()),
    }
}

fn known<DB: diesel::backend::Backend>(source: &EmbeddedMigrations) -> Result<BTreeSet<String>, Failure> {
    let migrations = MigrationSource::<DB>::migrations(source)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

fn names(versions: &[diesel::migration::MigrationVersion<'_>]) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

fn failed(error: Failure) -> StoreError {
    StoreError::Migration(error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_backends_have_the_same_migrations() {
        assert_eq!(known::<Sqlite>(&SQLITE).unwrap(), known::<Pg>(&POSTGRES).unwrap());
    }
}
