//! A few facts about the database itself, by name.

use diesel::prelude::*;

use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::meta;

/// The value with this name.
///
/// # Errors
/// The database's own.
pub fn get(conn: &mut Conn, key: &str) -> Result<Option<String>, StoreError> {
    let query = meta::table.filter(meta::key.eq(key)).select(meta::value);
    Ok(each!(conn, |c| query.get_result(c).optional())?)
}

/// Writes the value with this name.
///
/// # Errors
/// The database's own.
pub fn set(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<(), StoreError> {
    let update = diesel::update(meta::table.filter(meta::key.eq(key))).set(meta::value.eq(value));
    if each!(&mut **tx, |c| update.execute(c))? == 0 {
        let insert = diesel::insert_into(meta::table).values((meta::key.eq(key), meta::value.eq(value)));
        each!(&mut **tx, |c| insert.execute(c))?;
    }
    Ok(())
}
