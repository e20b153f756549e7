//! What is published in a tambon and what is expected of its villages, in 8 bytes: a sync carries it, so that
//! devices know when to fetch that.
//!
//! It is a hash, not a counter: a hub that was restored from a backup says the same of the same. It is made
//! when something is published, retired or replaced, or a roster is imported, in that transaction; a sync reads
//! it with the tambon's row.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use sync_protocol::ids::TambonCode;
use sync_protocol::wire::Fingerprint;

use crate::store::forms::{self, FormHash};
use crate::store::{Conn, Database, StoreError, Tx, tables, tambons, villages};

/// Writes down what is published and expected in a tambon now. It is locked by the caller.
///
/// # Errors
/// The database's own.
pub fn note(tx: &mut Tx<'_>, tambon: TambonCode) -> Result<(), StoreError> {
    let now = of(tx, tambon)?;
    tambons::set_forms(tx, tambon, now)
}

/// Writes it down where a program published that did not.
///
/// # Errors
/// The database's own.
pub fn note_all(database: &Database) -> Result<(), StoreError> {
    let tambons = database.read(|conn: &mut Conn| forms::tambons_without_fingerprint(conn))?;
    for tambon in tambons {
        database.write(move |tx| {
            tambons::lock(tx, tambon)?;
            note(tx, tambon)
        })?;
    }
    Ok(())
}

/// Over which version holds in which village, then over the files of the tables of each, then over the names and
/// houses of villages.
fn of(conn: &mut Conn, tambon: TambonCode) -> Result<Fingerprint, StoreError> {
    let holding = forms::holding(conn, tambon)?;
    let expected = villages::expected(conn, tambon)?;
    if holding.is_empty() && expected.is_empty() {
        return Ok(Fingerprint::default());
    }
    let mut hash = Sha256::new();
    let mut versions: BTreeSet<FormHash> = BTreeSet::new();
    for publication in &holding {
        hash.update(publication.village.get().to_be_bytes());
        hash.update(publication.hash);
        versions.insert(publication.hash);
    }
    for version in versions {
        hash.update(version);
        for table in tables::of_form(conn, &version)? {
            hash.update(table.name.as_bytes());
            hash.update([0]);
            hash.update(table.sha256);
        }
    }
    for of_village in expected {
        hash.update(of_village.village.get().to_be_bytes());
        hash.update(of_village.houses.to_be_bytes());
        hash.update(of_village.name_th.unwrap_or_default().as_bytes());
        hash.update([0]);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    Ok(Fingerprint(first))
}
