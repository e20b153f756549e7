//! Brings a database's schema up to this binary's, forward only.
//!
//! `migrations/sqlite` and `migrations/postgres` hold the same dated names. A database that knows a
//! migration which this binary does not is newer, and is refused.

use std::collections::BTreeSet;

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
    refuse_newer(conn)?;
    let applied = match conn {
        Conn::Sqlite(c) => c.run_pending_migrations(SQLITE).map(|done| names(&done)),
        Conn::Postgres(c) => c.run_pending_migrations(POSTGRES).map(|done| names(&done)),
    };
    match applied {
        // Another process was faster.
        Err(_) if is_up_to_date(conn) => Ok(Vec::new()),
        applied => applied.map_err(failed),
    }
}

fn is_up_to_date(conn: &mut Conn) -> bool {
    check(conn).is_ok()
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

fn refuse_newer(conn: &mut Conn) -> Result<(), StoreError> {
    let applied = each!(conn, |c| c.applied_migrations().map(|done| names(&done))).map_err(failed)?;
    let known = match conn {
        Conn::Sqlite(_) => known::<Sqlite>(&SQLITE),
        Conn::Postgres(_) => known::<Pg>(&POSTGRES),
    };
    let known = known.map_err(failed)?;
    match applied.into_iter().find(|version| !known.contains(version)) {
        Some(version) => Err(StoreError::TooNew(format!("it has migration {version}"))),
        None => Ok(()),
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
