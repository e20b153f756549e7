//! Tables from outside: their files, and which file a table of a form is now.
//!
//! A file is kept under the SHA-256 of its bytes and never changes. A table of a version is the file that
//! was added last; those before it are kept.

use diesel::prelude::*;

use super::columns::bytes_from;
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::forms::FormHash;
use super::schema::{form_tables, table_contents};
use crate::clock::Micros;

/// SHA-256 over a table's file.
pub type TableHash = [u8; 32];

/// The file of a table of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormTable {
    /// As formulas name it: `villages`.
    pub name: String,
    /// Its number among the files of this table, from 1.
    pub number: i32,
    /// SHA-256 of the file.
    pub sha256: TableHash,
    /// Bytes of the file.
    pub bytes: usize,
    /// Rows under its header.
    pub rows: usize,
    /// Who added it, e.g. `key:0123456789ab` or `cli:somsri`.
    pub added_by: String,
    /// When.
    pub added_at: Micros,
}

/// Keeps a file, unless it is there already.
///
/// # Errors
/// The database's own.
pub fn keep(tx: &mut Tx<'_>, sha256: &TableHash, content: &[u8], now: Micros) -> Result<(), StoreError> {
    let insert = diesel::insert_into(table_contents::table)
        .values((
            table_contents::sha256.eq(sha256.as_slice()),
            table_contents::content.eq(content),
            table_contents::added_at.eq(now.0),
        ))
        .on_conflict_do_nothing();
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// A file by its hash.
///
/// # Errors
/// The database's own.
pub fn content(conn: &mut Conn, sha256: &TableHash) -> Result<Option<Vec<u8>>, StoreError> {
    let query = table_contents::table
        .filter(table_contents::sha256.eq(sha256.as_slice()))
        .select(table_contents::content);
    Ok(each!(conn, |c| query.get_result(c).optional())?)
}

/// Makes a kept file the table of a version; the table's number is the next one, whatever `table` says.
///
/// # Errors
/// The database's own.
pub fn put(tx: &mut Tx<'_>, hash: &FormHash, table: &FormTable) -> Result<(), StoreError> {
    let last = form_tables::table
        .filter(form_tables::form_hash.eq(hash.as_slice()))
        .filter(form_tables::name.eq(&table.name))
        .select(diesel::dsl::max(form_tables::number));
    let last: Option<i32> = each!(&mut **tx, |c| last.get_result(c))?;
    let column = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let insert = diesel::insert_into(form_tables::table).values((
        form_tables::form_hash.eq(hash.as_slice()),
        form_tables::name.eq(&table.name),
        form_tables::number.eq(last.unwrap_or(0) + 1),
        form_tables::sha256.eq(table.sha256.as_slice()),
        form_tables::size_bytes.eq(column(table.bytes)),
        form_tables::row_count.eq(column(table.rows)),
        form_tables::added_by.eq(&table.added_by),
        form_tables::added_at.eq(table.added_at.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// Every file that tables of a version are or were, by name, the one that was added last first.
///
/// # Errors
/// The database's own.
pub fn history(conn: &mut Conn, hash: &FormHash) -> Result<Vec<FormTable>, StoreError> {
    let query = form_tables::table
        .filter(form_tables::form_hash.eq(hash.as_slice()))
        .order((form_tables::name, form_tables::number.desc()))
        .select((
            form_tables::name,
            form_tables::number,
            form_tables::sha256,
            form_tables::size_bytes,
            form_tables::row_count,
            form_tables::added_by,
            form_tables::added_at,
        ));
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(table_from).collect()
}

type Columns = (String, i32, Vec<u8>, i32, i32, String, i64);

fn table_from(
    (name, number, sha256, bytes, rows, added_by, added_at): Columns,
) -> Result<FormTable, StoreError> {
    let count = |number: i32| usize::try_from(number).unwrap_or(0);
    Ok(FormTable {
        name,
        number,
        sha256: bytes_from("a table's hash", &sha256)?,
        bytes: count(bytes),
        rows: count(rows),
        added_by,
        added_at: Micros(added_at),
    })
}

/// The files that the tables of a version are, by name.
///
/// # Errors
/// The database's own.
pub fn of_form(conn: &mut Conn, hash: &FormHash) -> Result<Vec<FormTable>, StoreError> {
    let mut tables = history(conn, hash)?;
    tables.dedup_by(|later, first| later.name == first.name);
    Ok(tables)
}
