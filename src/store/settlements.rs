//! What the office knows of the settlements of a tambon, by village: whole lists, the last one written counts.

use std::collections::BTreeMap;

use diesel::prelude::*;
use sync_protocol::ids::{TambonCode, VillageCode};

use super::columns::tambon_column;
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::settlement_lists as lists;
use crate::clock::Micros;
use crate::planning::programme::Settlement;

/// A list as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementList {
    /// From 1; each writing has the next.
    pub revision: i32,
    /// The settlement of each village of which something is known.
    pub settlements: BTreeMap<VillageCode, Settlement>,
    /// Who wrote it.
    pub made_by: String,
    /// When.
    pub made_at: Micros,
}

/// The list that counts, if one was written.
///
/// # Errors
/// The database's own.
pub fn last(conn: &mut Conn, tambon: TambonCode) -> Result<Option<SettlementList>, StoreError> {
    let query = lists::table
        .filter(lists::tambon_code.eq(tambon_column(tambon)))
        .order(lists::revision.desc())
        .select((lists::revision, lists::settlements, lists::made_by, lists::made_at));
    let row: Option<(i32, String, String, i64)> = each!(conn, |c| query.first(c).optional())?;
    row.map(|(revision, text, made_by, made_at)| {
        let settlements = read(&text)
            .map_err(|error| StoreError::Corrupt(format!("revision {revision} of settlements: {error}")))?;
        Ok(SettlementList { revision, settlements, made_by, made_at: Micros(made_at) })
    })
    .transpose()
}

fn read(text: &str) -> Result<BTreeMap<VillageCode, Settlement>, Box<dyn std::error::Error>> {
    let by_code: BTreeMap<String, Settlement> = serde_json::from_str(text)?;
    by_code.into_iter().map(|(code, settlement)| Ok((code.parse()?, settlement))).collect()
}

/// Keeps a list under its revision; those before it stay.
///
/// # Errors
/// The database's own, also if there is such a revision.
pub fn insert(tx: &mut Tx<'_>, tambon: TambonCode, list: &SettlementList) -> Result<(), StoreError> {
    let by_code: BTreeMap<String, &Settlement> =
        list.settlements.iter().map(|(village, settlement)| (village.to_string(), settlement)).collect();
    let text = serde_json::to_string(&by_code)
        .map_err(|error| StoreError::Corrupt(format!("settlements: {error}")))?;
    let insert = diesel::insert_into(lists::table).values((
        lists::tambon_code.eq(tambon_column(tambon)),
        lists::revision.eq(list.revision),
        lists::settlements.eq(text),
        lists::made_by.eq(&list.made_by),
        lists::made_at.eq(list.made_at.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}
