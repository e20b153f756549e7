//! Versions of forms, and where each holds.
//!
//! A version is kept under the hash of its meaning and never changes. A publication says that a version
//! holds in a village from then on, until another version of the same form follows or it is retired;
//! publications are kept for good.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use sync_protocol::ids::{TambonCode, VillageCode};

use super::columns::{bytes_from, limit, tambon_column, tambon_from, village_column, village_from};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::{form_publications, form_versions, tambons};
use crate::clock::Micros;

/// SHA-256 over what a form means.
pub type FormHash = [u8; 32];

/// A version of a form, without its model and workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormVersion {
    /// Its hash.
    pub hash: FormHash,
    /// Which form it is a version of.
    pub form_id: String,
    /// As its author calls it.
    pub version: String,
    /// Its title, in the language that the form shows first.
    pub title: String,
    /// Who added it, e.g. `key:0123456789ab` or `cli:somsri`.
    pub added_by: String,
    /// When.
    pub added_at: Micros,
    /// The tables that it reads; `None` where a program added it that did not write that down.
    pub tables: Option<Vec<NeededTable>>,
}

/// A table from outside that a form reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeededTable {
    /// As formulas name it: `villages`.
    pub name: String,
    /// The file that the form names: `villages.csv`.
    pub file: String,
    /// The columns that the form names.
    pub columns: Vec<String>,
}

/// That a version holds in a village, or held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The village.
    pub village: VillageCode,
    /// Which form.
    pub form_id: String,
    /// Its number among the publications of this form in this village, from 1.
    pub number: i32,
    /// Which version.
    pub hash: FormHash,
    /// When it was published.
    pub published_at: Micros,
    /// By whom.
    pub published_by: String,
    /// When it was retired or followed by another version, and by whom; `None` while it holds.
    pub retired: Option<(Micros, String)>,
}

/// Keeps a version; whether it was not there yet.
///
/// # Errors
/// The database's own.
pub fn insert(tx: &mut Tx<'_>, form: &FormVersion, model: &str, workbook: &[u8]) -> Result<bool, StoreError> {
    let insert = diesel::insert_into(form_versions::table)
        .values((
            form_versions::form_hash.eq(form.hash.as_slice()),
            form_versions::form_id.eq(&form.form_id),
            form_versions::version.eq(&form.version),
            form_versions::title.eq(&form.title),
            form_versions::model.eq(model),
            form_versions::workbook.eq(workbook),
            form_versions::added_by.eq(&form.added_by),
            form_versions::added_at.eq(form.added_at.0),
            form_versions::tables.eq(form.tables.as_ref().and_then(|it| serde_json::to_string(it).ok())),
        ))
        .on_conflict_do_nothing();
    Ok(each!(&mut **tx, |c| insert.execute(c))? > 0)
}

type VersionColumns = (Vec<u8>, String, String, String, String, i64, Option<String>);

/// The columns of [`VersionColumns`], in its order.
macro_rules! version_columns {
    () => {
        (
            form_versions::form_hash,
            form_versions::form_id,
            form_versions::version,
            form_versions::title,
            form_versions::added_by,
            form_versions::added_at,
            form_versions::tables,
        )
    };
}

fn version_from(
    (hash, form_id, version, title, added_by, added_at, tables): VersionColumns,
) -> Result<FormVersion, StoreError> {
    let hash = bytes_from("a form's hash", &hash)?;
    let tables = tables.and_then(|text| serde_json::from_str(&text).ok());
    Ok(FormVersion { hash, form_id, version, title, added_by, added_at: Micros(added_at), tables })
}

/// One version.
///
/// # Errors
/// The database's own.
pub fn find(conn: &mut Conn, hash: &FormHash) -> Result<Option<FormVersion>, StoreError> {
    let query =
        form_versions::table.filter(form_versions::form_hash.eq(hash.as_slice())).select(version_columns!());
    let row: Option<VersionColumns> = each!(conn, |c| query.get_result(c).optional())?;
    row.map(version_from).transpose()
}

/// The model of a version, as JSON.
///
/// # Errors
/// The database's own.
pub fn model(conn: &mut Conn, hash: &FormHash) -> Result<Option<String>, StoreError> {
    let query = form_versions::table
        .filter(form_versions::form_hash.eq(hash.as_slice()))
        .select(form_versions::model);
    Ok(each!(conn, |c| query.get_result(c).optional())?)
}

/// The file that a version was made from.
///
/// # Errors
/// The database's own.
pub fn workbook(conn: &mut Conn, hash: &FormHash) -> Result<Option<Vec<u8>>, StoreError> {
    let query = form_versions::table
        .filter(form_versions::form_hash.eq(hash.as_slice()))
        .select(form_versions::workbook);
    Ok(each!(conn, |c| query.get_result(c).optional())?)
}

/// Versions by form and by when they were added: at most `count`, after the one named.
///
/// # Errors
/// The database's own.
pub fn page(
    conn: &mut Conn,
    after: Option<&FormVersion>,
    count: usize,
) -> Result<Vec<FormVersion>, StoreError> {
    let (form_id, added_at, hash) = after
        .map_or(("", i64::MIN, Vec::new()), |form| (&*form.form_id, form.added_at.0, form.hash.to_vec()));
    let later = form_versions::added_at
        .gt(added_at)
        .or(form_versions::added_at.eq(added_at).and(form_versions::form_hash.gt(hash)));
    let query = form_versions::table
        .filter(form_versions::form_id.gt(form_id).or(form_versions::form_id.eq(form_id).and(later)))
        .order((form_versions::form_id, form_versions::added_at, form_versions::form_hash))
        .limit(limit(count))
        .select(version_columns!());
    let rows: Vec<VersionColumns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(version_from).collect()
}

/// The version of a form that was added last.
///
/// # Errors
/// The database's own.
pub fn latest(conn: &mut Conn, form_id: &str) -> Result<Option<FormVersion>, StoreError> {
    let query = form_versions::table
        .filter(form_versions::form_id.eq(form_id))
        .order((form_versions::added_at.desc(), form_versions::form_hash.desc()))
        .limit(1)
        .select(version_columns!());
    let row: Option<VersionColumns> = each!(conn, |c| query.get_result(c).optional())?;
    row.map(version_from).transpose()
}

/// How many versions there are.
///
/// # Errors
/// The database's own.
pub fn count(conn: &mut Conn) -> Result<u64, StoreError> {
    let query = form_versions::table.count();
    let count: i64 = each!(conn, |c| query.get_result(c))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

type PublicationColumns = (i32, String, i32, Vec<u8>, i64, String, Option<i64>, Option<String>);

/// The columns of [`PublicationColumns`], in its order.
macro_rules! publication_columns {
    () => {
        (
            form_publications::village_code,
            form_publications::form_id,
            form_publications::number,
            form_publications::form_hash,
            form_publications::published_at,
            form_publications::published_by,
            form_publications::retired_at,
            form_publications::retired_by,
        )
    };
}

fn publication_from(
    (village, form_id, number, hash, published_at, published_by, retired_at, retired_by): PublicationColumns,
) -> Result<Publication, StoreError> {
    Ok(Publication {
        village: village_from(village)?,
        form_id,
        number,
        hash: bytes_from("a form's hash", &hash)?,
        published_at: Micros(published_at),
        published_by,
        retired: retired_at.map(|at| (Micros(at), retired_by.unwrap_or_default())),
    })
}

/// The publications that hold in a tambon, by village and form.
///
/// # Errors
/// The database's own.
pub fn holding(conn: &mut Conn, tambon: TambonCode) -> Result<Vec<Publication>, StoreError> {
    let query = form_publications::table
        .filter(form_publications::tambon_code.eq(tambon_column(tambon)))
        .filter(form_publications::retired_at.is_null())
        .order((form_publications::village_code, form_publications::form_id, form_publications::number))
        .select(publication_columns!());
    let rows: Vec<PublicationColumns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(publication_from).collect()
}

/// Every publication of a tambon, those that no longer hold included: at most `count`, after the
/// village, form and number named.
///
/// # Errors
/// The database's own.
pub fn history(
    conn: &mut Conn,
    tambon: TambonCode,
    after: Option<&(VillageCode, String, i32)>,
    count: usize,
) -> Result<Vec<Publication>, StoreError> {
    let (village, form_id, number) = after.map_or((i32::MIN, "", 0), |(village, form_id, number)| {
        (village_column(*village), form_id.as_str(), *number)
    });
    let later = form_publications::form_id
        .gt(form_id)
        .or(form_publications::form_id.eq(form_id).and(form_publications::number.gt(number)));
    let query = form_publications::table
        .filter(form_publications::tambon_code.eq(tambon_column(tambon)))
        .filter(
            form_publications::village_code
                .gt(village)
                .or(form_publications::village_code.eq(village).and(later)),
        )
        .order((form_publications::village_code, form_publications::form_id, form_publications::number))
        .limit(limit(count))
        .select(publication_columns!());
    let rows: Vec<PublicationColumns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(publication_from).collect()
}

/// The tambons in which a version holds, by code.
///
/// # Errors
/// The database's own.
pub fn tambons_of(conn: &mut Conn, hash: &FormHash) -> Result<Vec<TambonCode>, StoreError> {
    let query = form_publications::table
        .filter(form_publications::form_hash.eq(hash.as_slice()))
        .filter(form_publications::retired_at.is_null())
        .order(form_publications::tambon_code)
        .distinct()
        .select(form_publications::tambon_code);
    let codes: Vec<i32> = each!(conn, |c| query.load(c))?;
    codes.into_iter().map(tambon_from).collect()
}

/// The tambons in which some version holds and that do not say what is published there.
///
/// # Errors
/// The database's own.
pub fn tambons_without_fingerprint(conn: &mut Conn) -> Result<Vec<TambonCode>, StoreError> {
    let query = form_publications::table
        .inner_join(tambons::table.on(tambons::tambon_code.eq(form_publications::tambon_code)))
        .filter(tambons::forms_fingerprint.is_null())
        .filter(form_publications::retired_at.is_null())
        .order(form_publications::tambon_code)
        .distinct()
        .select(form_publications::tambon_code);
    let codes: Vec<i32> = each!(conn, |c| query.load(c))?;
    codes.into_iter().map(tambon_from).collect()
}

/// The versions of a form that hold or held anywhere in a tambon, the one published last first.
///
/// # Errors
/// The database's own.
pub fn ever_published(
    conn: &mut Conn,
    tambon: TambonCode,
    form_id: &str,
) -> Result<Vec<FormHash>, StoreError> {
    let query = form_publications::table
        .filter(form_publications::tambon_code.eq(tambon_column(tambon)))
        .filter(form_publications::form_id.eq(form_id))
        .group_by(form_publications::form_hash)
        .select((form_publications::form_hash, diesel::dsl::max(form_publications::published_at)));
    let mut rows: Vec<(Vec<u8>, Option<i64>)> = each!(conn, |c| query.load(c))?;
    rows.sort_unstable_by(|(one, at), (other, other_at)| other_at.cmp(at).then_with(|| other.cmp(one)));
    rows.into_iter().map(|(hash, _)| bytes_from("a form's hash", &hash)).collect()
}

/// Publishes a version in a village, in place of the version of the same form that holds there; whether
/// it did not hold there already. The tambon is locked by the caller.
///
/// # Errors
/// The database's own.
pub fn publish(
    tx: &mut Tx<'_>,
    village: VillageCode,
    form_id: &str,
    hash: &FormHash,
    (now, actor): (Micros, &str),
) -> Result<bool, StoreError> {
    let last = last(tx, village, form_id)?;
    if last.as_ref().is_some_and(|last| last.retired.is_none() && last.hash == *hash) {
        return Ok(false);
    }
    retire(tx, village, form_id, (now, actor))?;
    let number = last.map_or(0, |last| last.number) + 1;
    let insert = diesel::insert_into(form_publications::table).values((
        form_publications::tambon_code.eq(tambon_column(village.tambon())),
        form_publications::village_code.eq(village_column(village)),
        form_publications::form_id.eq(form_id),
        form_publications::number.eq(number),
        form_publications::form_hash.eq(hash.as_slice()),
        form_publications::published_at.eq(now.0),
        form_publications::published_by.eq(actor),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(true)
}

/// Retires the version of a form that holds in a village; whether there was one.
///
/// # Errors
/// The database's own.
pub fn retire(
    tx: &mut Tx<'_>,
    village: VillageCode,
    form_id: &str,
    (now, actor): (Micros, &str),
) -> Result<bool, StoreError> {
    let update = diesel::update(form_publications::table)
        .filter(form_publications::tambon_code.eq(tambon_column(village.tambon())))
        .filter(form_publications::village_code.eq(village_column(village)))
        .filter(form_publications::form_id.eq(form_id))
        .filter(form_publications::retired_at.is_null())
        .set((form_publications::retired_at.eq(now.0), form_publications::retired_by.eq(actor)));
    Ok(each!(&mut **tx, |c| update.execute(c))? > 0)
}

/// The last publication of a form in a village.
fn last(conn: &mut Conn, village: VillageCode, form_id: &str) -> Result<Option<Publication>, StoreError> {
    let query = form_publications::table
        .filter(form_publications::tambon_code.eq(tambon_column(village.tambon())))
        .filter(form_publications::village_code.eq(village_column(village)))
        .filter(form_publications::form_id.eq(form_id))
        .order(form_publications::number.desc())
        .limit(1)
        .select(publication_columns!());
    let row: Option<PublicationColumns> = each!(conn, |c| query.get_result(c).optional())?;
    row.map(publication_from).transpose()
}
