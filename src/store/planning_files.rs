//! Files that planners bring: programmes and targets. Each import is kept; the last of a kind counts.

use diesel::prelude::*;

use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::programme_files as files;
use crate::clock::Micros;

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Programmes: ceilings, quotas, budgets.
    Programmes,
    /// Targets and results.
    Targets,
}

impl Kind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Programmes => "programmes",
            Self::Targets => "targets",
        }
    }
}

/// A file that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its number among all imports.
    pub number: i32,
    /// Its content, which was checked.
    pub content: String,
    /// Who brought it.
    pub made_by: String,
    /// When.
    pub made_at: Micros,
}

/// The last import of a kind; `None` while what comes with the program counts.
///
/// # Errors
/// The database's own.
pub fn last(conn: &mut Conn, kind: Kind) -> Result<Option<Imported>, StoreError> {
    let query = files::table.filter(files::kind.eq(kind.name())).order(files::number.desc()).select((
        files::number,
        files::content,
        files::made_by,
        files::made_at,
    ));
    let row: Option<(i32, String, String, i64)> = each!(conn, |c| query.first(c).optional())?;
    Ok(row.map(|(number, content, made_by, made_at)| Imported {
        number,
        content,
        made_by,
        made_at: Micros(made_at),
    }))
}

/// Keeps a file that was checked; its number.
///
/// # Errors
/// The database's own.
pub fn add(
    tx: &mut Tx<'_>,
    kind: Kind,
    content: &str,
    made_by: &str,
    now: Micros,
) -> Result<i32, StoreError> {
    let query = files::table.order(files::number.desc()).select(files::number);
    let last: Option<i32> = each!(&mut **tx, |c| query.first(c).optional())?;
    let number = last.unwrap_or_default() + 1;
    let insert = diesel::insert_into(files::table).values((
        files::number.eq(number),
        files::kind.eq(kind.name()),
        files::content.eq(content),
        files::made_by.eq(made_by),
        files::made_at.eq(now.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(number)
}
