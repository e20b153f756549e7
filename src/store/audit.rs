//! Who read personal data and who decided what: appended, never altered.

use diesel::prelude::*;

use super::columns::{bytes_from, limit};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::audit;
use crate::area::Area;
use crate::clock::Micros;

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Micros,
    /// Tells it from others of the same microsecond; drawn by the caller.
    pub id: [u8; 8],
    /// Who, e.g. `key:planning-office` or `device:00112233445566ff`.
    pub actor: String,
    /// What, e.g. `households.export`.
    pub action: String,
    /// On what, e.g. a village's code or a household's id.
    pub subject: String,
    /// More, as JSON.
    pub details: String,
}

/// The first code of a tambon in the area.
fn column(area: Area) -> i32 {
    area.tambons().start().cast_signed()
}

/// Appends a line of a tambon, or of a larger area: that stands under the first code of a tambon in it.
///
/// # Errors
/// The database's own.
pub fn append(tx: &mut Tx<'_>, area: impl Into<Area>, entry: &AuditEntry) -> Result<(), StoreError> {
    let insert = diesel::insert_into(audit::table).values((
        audit::tambon_code.eq(column(area.into())),
        audit::at.eq(entry.at.0),
        audit::id.eq(entry.id.as_slice()),
        audit::actor.eq(&entry.actor),
        audit::action.eq(&entry.action),
        audit::subject.eq(&entry.subject),
        audit::details.eq(&entry.details),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// Lines of a tambon, or those that stand under a larger area, in order of time: at most `count`, after the one named.
///
/// # Errors
/// The database's own.
pub fn page(
    conn: &mut Conn,
    area: impl Into<Area>,
    after: Option<(Micros, [u8; 8])>,
    count: usize,
) -> Result<Vec<AuditEntry>, StoreError> {
    let (at, id) = after.map_or((i64::MIN, Vec::new()), |(at, id)| (at.0, id.to_vec()));
    let query = audit::table
        .filter(audit::tambon_code.eq(column(area.into())))
        .filter(audit::at.ge(at))
        .filter(audit::at.gt(at).or(audit::id.gt(id)))
        .order((audit::at, audit::id))
        .limit(limit(count))
        .select((audit::at, audit::id, audit::actor, audit::action, audit::subject, audit::details));
    let rows: Vec<(i64, Vec<u8>, String, String, String, String)> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(at, id, actor, action, subject, details)| {
            let id = bytes_from("an audit id", &id)?;
            Ok(AuditEntry { at: Micros(at), id, actor, action, subject, details })
        })
        .collect()
}
