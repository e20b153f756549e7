//! Projects of a tambon's plan: whole lists, the last one written counts.

use diesel::prelude::*;
use sync_protocol::ids::TambonCode;

use super::columns::tambon_column;
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::project_lists as lists;
use crate::clock::Micros;

/// A list as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectList {
    /// From 1; each writing has the next.
    pub revision: i32,
    /// The projects: JSON.
    pub projects: String,
    /// Who wrote it.
    pub made_by: String,
    /// When.
    pub made_at: Micros,
}

/// The list that counts of a fiscal year (พ.ศ.), if one was written.
///
/// # Errors
/// The database's own.
pub fn last(conn: &mut Conn, tambon: TambonCode, year: i16) -> Result<Option<ProjectList>, StoreError> {
    let query = lists::table
        .filter(lists::tambon_code.eq(tambon_column(tambon)))
        .filter(lists::year_be.eq(year))
        .order(lists::revision.desc())
        .select((lists::revision, lists::projects, lists::made_by, lists::made_at));
    let row: Option<(i32, String, String, i64)> = each!(conn, |c| query.first(c).optional())?;
    Ok(row.map(|(revision, projects, made_by, made_at)| ProjectList {
        revision,
        projects,
        made_by,
        made_at: Micros(made_at),
    }))
}

/// Keeps a list under its revision; those before it stay.
///
/// # Errors
/// The database's own, also if there is such a revision.
pub fn insert(tx: &mut Tx<'_>, tambon: TambonCode, year: i16, list: &ProjectList) -> Result<(), StoreError> {
    let insert = diesel::insert_into(lists::table).values((
        lists::tambon_code.eq(tambon_column(tambon)),
        lists::year_be.eq(year),
        lists::revision.eq(list.revision),
        lists::projects.eq(&list.projects),
        lists::made_by.eq(&list.made_by),
        lists::made_at.eq(list.made_at.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}
