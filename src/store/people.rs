//! People of the office who sign in, and the sessions of those who did.

use diesel::prelude::*;

use super::api_keys::Role;
use super::columns::bytes_from;
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::{people, sessions};
use crate::area::Area;
use crate::clock::Micros;

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What they sign in with, and what the audit log calls them; nobody else has it.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Where.
    pub area: Area,
    /// Their password's hash, in the PHC string format.
    pub password_hash: String,
    /// Since when.
    pub created_at: Micros,
}

type Columns = (String, String, String, String, i64);

fn from_columns((name, role, area, password_hash, created_at): Columns) -> Result<Person, StoreError> {
    Ok(Person {
        role: Role::from_name(&role).ok_or_else(|| StoreError::Corrupt(format!("unknown role {role:?}")))?,
        area: area.parse().map_err(|_| StoreError::Corrupt(format!("{area:?} is not an area")))?,
        name,
        password_hash,
        created_at: Micros(created_at),
    })
}

/// Adds somebody; `false`, and nothing else, if the name is taken.
///
/// # Errors
/// The database's own.
pub fn add(tx: &mut Tx<'_>, person: &Person) -> Result<bool, StoreError> {
    let insert = diesel::insert_into(people::table)
        .values((
            people::name.eq(&person.name),
            people::role.eq(person.role.name()),
            people::area.eq(person.area.to_string()),
            people::password_hash.eq(&person.password_hash),
            people::created_at.eq(person.created_at.0),
        ))
        .on_conflict_do_nothing();
    Ok(each!(&mut **tx, |c| insert.execute(c))? > 0)
}

/// The person of this name.
///
/// # Errors
/// The database's own.
pub fn find(conn: &mut Conn, name: &str) -> Result<Option<Person>, StoreError> {
    let query = people::table.filter(people::name.eq(name));
    let row: Option<Columns> = each!(conn, |c| query.get_result(c).optional())?;
    row.map(from_columns).transpose()
}

/// Everybody, by name.
///
/// # Errors
/// The database's own.
pub fn all(conn: &mut Conn) -> Result<Vec<Person>, StoreError> {
    let query = people::table.order(people::name);
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(from_columns).collect()
}

/// Removes somebody and signs them out everywhere; whom, if there was such a person.
///
/// # Errors
/// The database's own.
pub fn remove(tx: &mut Tx<'_>, name: &str) -> Result<Option<Person>, StoreError> {
    let Some(person) = find(tx, name)? else { return Ok(None) };
    end_all(tx, name)?;
    let delete = diesel::delete(people::table.filter(people::name.eq(name)));
    each!(&mut **tx, |c| delete.execute(c))?;
    Ok(Some(person))
}

/// Gives somebody another password and signs them out everywhere; whom, if there is such a person.
///
/// # Errors
/// The database's own.
pub fn set_password(tx: &mut Tx<'_>, name: &str, password_hash: &str) -> Result<Option<Person>, StoreError> {
    let update = diesel::update(people::table.filter(people::name.eq(name)))
        .set(people::password_hash.eq(password_hash));
    each!(&mut **tx, |c| update.execute(c))?;
    end_all(tx, name)?;
    find(tx, name)
}

/// Somebody signed in with one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of what the browser shows.
    pub token_hash: [u8; 32],
    /// Whose it is.
    pub person: String,
    /// When they signed in.
    pub begun_at: Micros,
    /// When the browser asked for something, to about a minute.
    pub seen_at: Micros,
}

/// Keeps a new session, and forgets those that began before `expired_before`.
///
/// # Errors
/// The database's own.
pub fn begin(tx: &mut Tx<'_>, session: &Session, expired_before: Micros) -> Result<(), StoreError> {
    let delete = diesel::delete(sessions::table.filter(sessions::begun_at.lt(expired_before.0)));
    each!(&mut **tx, |c| delete.execute(c))?;
    let insert = diesel::insert_into(sessions::table).values((
        sessions::token_hash.eq(session.token_hash.as_slice()),
        sessions::person.eq(&session.person),
        sessions::begun_at.eq(session.begun_at.0),
        sessions::seen_at.eq(session.seen_at.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// The session with this hash and whose it is, expired or not.
///
/// # Errors
/// The database's own.
pub fn session(conn: &mut Conn, token_hash: [u8; 32]) -> Result<Option<(Session, Person)>, StoreError> {
    let query = sessions::table.filter(sessions::token_hash.eq(token_hash.as_slice())).select((
        sessions::token_hash,
        sessions::person,
        sessions::begun_at,
        sessions::seen_at,
    ));
    let row: Option<(Vec<u8>, String, i64, i64)> = each!(conn, |c| query.get_result(c).optional())?;
    let Some((hash, person, begun_at, seen_at)) = row else { return Ok(None) };
    let session = Session {
        token_hash: bytes_from("a session's hash", &hash)?,
        person,
        begun_at: Micros(begun_at),
        seen_at: Micros(seen_at),
    };
    Ok(find(conn, &session.person)?.map(|person| (session, person)))
}

/// Notes that a session is in use.
///
/// # Errors
/// The database's own.
pub fn note_seen(tx: &mut Tx<'_>, token_hash: [u8; 32], now: Micros) -> Result<(), StoreError> {
    let update = diesel::update(sessions::table.filter(sessions::token_hash.eq(token_hash.to_vec())))
        .set(sessions::seen_at.eq(now.0));
    each!(&mut **tx, |c| update.execute(c))?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// The database's own.
pub fn end(tx: &mut Tx<'_>, token_hash: [u8; 32]) -> Result<(), StoreError> {
    let delete = diesel::delete(sessions::table.filter(sessions::token_hash.eq(token_hash.to_vec())));
    each!(&mut **tx, |c| delete.execute(c))?;
    Ok(())
}

fn end_all(tx: &mut Tx<'_>, name: &str) -> Result<(), StoreError> {
    let delete = diesel::delete(sessions::table.filter(sessions::person.eq(name)));
    each!(&mut **tx, |c| delete.execute(c))?;
    Ok(())
}
