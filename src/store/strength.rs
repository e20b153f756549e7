//! Self-assessments of a tambon: what was written down last for each item and year counts.

use std::collections::BTreeMap;

use diesel::prelude::*;
use sync_protocol::ids::TambonCode;

use super::columns::tambon_column;
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::strength_scores as scores;
use crate::clock::Micros;

/// What was written down for an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Level, 0 to 3.
    pub level: u8,
    /// What shows it.
    pub evidence: String,
    /// Who wrote it.
    pub made_by: String,
    /// When.
    pub made_at: Micros,
}

/// What counts of a year (พ.ศ.), by the name of the item.
///
/// # Errors
/// The database's own.
pub fn of_year(
    conn: &mut Conn,
    tambon: TambonCode,
    year: i16,
) -> Result<BTreeMap<String, Written>, StoreError> {
    let query = scores::table
        .filter(scores::tambon_code.eq(tambon_column(tambon)))
        .filter(scores::year_be.eq(year))
        .order((scores::item, scores::number))
        .select((scores::item, scores::score, scores::evidence, scores::made_by, scores::made_at));
    let rows: Vec<(String, i16, String, String, i64)> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(item, level, evidence, made_by, made_at)| {
            let level = u8::try_from(level)
                .map_err(|_| StoreError::Corrupt(format!("item {item} of {year} has level {level}")))?;
            Ok((item, Written { level, evidence, made_by, made_at: Micros(made_at) }))
        })
        .collect()
}

/// Writes down an item; what was written before is kept.
///
/// # Errors
/// The database's own.
pub fn write(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    year: i16,
    item: &str,
    written: &Written,
) -> Result<(), StoreError> {
    let query = scores::table
        .filter(scores::tambon_code.eq(tambon_column(tambon)))
        .filter(scores::year_be.eq(year))
        .filter(scores::item.eq(item))
        .order(scores::number.desc())
        .select(scores::number);
    let last: Option<i32> = each!(&mut **tx, |c| query.first(c).optional())?;
    let insert = diesel::insert_into(scores::table).values((
        scores::tambon_code.eq(tambon_column(tambon)),
        scores::year_be.eq(year),
        scores::item.eq(item),
        scores::number.eq(last.unwrap_or_default() + 1),
        scores::score.eq(i16::from(written.level)),
        scores::evidence.eq(&written.evidence),
        scores::made_by.eq(&written.made_by),
        scores::made_at.eq(written.made_at.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}
