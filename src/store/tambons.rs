//! Tambons: for each the epoch, the length and the running hash of its log. The row is also the lock
//! that orders the tambon's writers.

use diesel::prelude::*;
use sync_protocol::cursor::{Chain, Cursor};
use sync_protocol::ids::TambonCode;
use sync_protocol::wire::Fingerprint;

use super::columns::{bytes_from, seq_column, seq_from, tambon_column, tambon_from};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::tambons;
use super::statement::statement;
use crate::clock::Micros;
use crate::planning::indicators::Counts;

/// Where a tambon's log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tambon {
    /// Its code.
    pub code: TambonCode,
    /// Which life of the log this is.
    pub epoch: [u8; 8],
    /// Sequence number of the last entry.
    pub last_seq: u64,
    /// The running hash of the log.
    pub chain: Chain,
    /// Stands for what is published there; `None` where nothing was.
    pub forms: Option<Fingerprint>,
    /// Number of the thresholds that its households are scored by; `None` stands for those built in.
    pub scoring: Option<i32>,
}

impl Tambon {
    /// The cursor at the end of the log.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        let chain = if self.last_seq == 0 { [0; 8] } else { self.chain.short() };
        Cursor { epoch: self.epoch, seq: self.last_seq, chain }
    }

    fn from_columns((code, epoch, last_seq, chain, forms, scoring): Columns) -> Result<Self, StoreError> {
        Ok(Self {
            code: tambon_from(code)?,
            epoch: bytes_from("an epoch", &epoch)?,
            last_seq: seq_from(last_seq)?,
            chain: Chain(bytes_from("a chain", &chain)?),
            forms: forms.map(|forms| bytes_from("a fingerprint", &forms).map(Fingerprint)).transpose()?,
            scoring,
        })
    }
}

/// Raised when rows of the read model hold more than they did; those of an older program are made anew.
const ROWS_VERSION: i32 = 1;

type Columns = (i32, Vec<u8>, i64, Vec<u8>, Option<Vec<u8>>, Option<i32>);

/// Takes the tambon's row and with it the right to append to its log, until the transaction ends.
#[derive(Debug, diesel::query_builder::QueryId)]
struct Lock {
    tambon_code: i32,
}

impl diesel::query_builder::Query for Lock {
    type SqlType = (
        diesel::sql_types::Integer,
        diesel::sql_types::Binary,
        diesel::sql_types::BigInt,
        diesel::sql_types::Binary,
        diesel::sql_types::Nullable<diesel::sql_types::Binary>,
        diesel::sql_types::Nullable<diesel::sql_types::Integer>,
        diesel::sql_types::Nullable<diesel::sql_types::Binary>,
    );
}

impl<DB> diesel::query_builder::QueryFragment<DB> for Lock
where
    DB: diesel::backend::Backend + diesel::sql_types::HasSqlType<diesel::sql_types::Integer>,
    i32: diesel::serialize::ToSql<diesel::sql_types::Integer, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: diesel::query_builder::AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE tambons SET last_seq = last_seq WHERE tambon_code = ");
        out.push_bind_param::<diesel::sql_types::Integer, _>(&self.tambon_code)?;
        out.push_sql(" RETURNING tambon_code, epoch, last_seq, chain, forms_fingerprint, scoring, counts");
        Ok(())
    }
}

impl<C> RunQueryDsl<C> for Lock {}

statement! {
    Advance = "UPDATE tambons SET last_seq = ?, chain = ?, counts = ? WHERE tambon_code = ?";
    last_seq: i64 => diesel::sql_types::BigInt,
    chain: &'a [u8] => diesel::sql_types::Binary,
    counts: &'a [u8] => diesel::sql_types::Binary,
    tambon_code: i32 => diesel::sql_types::Integer,
}

/// Locks the tambon for this transaction; `None` if the hub does not serve it.
///
/// # Errors
/// The database's own.
pub fn lock(tx: &mut Tx<'_>, tambon: TambonCode) -> Result<Option<Tambon>, StoreError> {
    Ok(lock_with_counts(tx, tambon)?.map(|(tambon, _)| tambon))
}

/// As [`lock`], with what plans count in the tambon.
///
/// # Errors
/// The database's own.
pub fn lock_with_counts(tx: &mut Tx<'_>, tambon: TambonCode) -> Result<Option<(Tambon, Counts)>, StoreError> {
    type Locked = (i32, Vec<u8>, i64, Vec<u8>, Option<Vec<u8>>, Option<i32>, Option<Vec<u8>>);
    let lock = Lock { tambon_code: tambon_column(tambon) };
    let row: Option<Locked> = each!(&mut **tx, |c| lock.get_result(c).optional())?;
    row.map(|(code, epoch, last_seq, chain, forms, scoring, counts)| {
        let tambon = Tambon::from_columns((code, epoch, last_seq, chain, forms, scoring))?;
        Ok((tambon, counts.and_then(|counts| Counts::decode(&counts)).unwrap_or_default()))
    })
    .transpose()
}

/// What plans count in every tambon, by code; `None` for one that was not assessed since the registry is
/// this one.
///
/// # Errors
/// The database's own.
pub fn counts(conn: &mut Conn) -> Result<Vec<(TambonCode, Option<Counts>)>, StoreError> {
    let query = tambons::table.order(tambons::tambon_code).select((tambons::tambon_code, tambons::counts));
    let rows: Vec<(i32, Option<Vec<u8>>)> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(code, counts)| Ok((tambon_from(code)?, counts.and_then(|counts| Counts::decode(&counts)))))
        .collect()
}

/// The tambons that have rows which an older program made.
///
/// # Errors
/// The database's own.
pub fn with_old_rows(conn: &mut Conn) -> Result<Vec<TambonCode>, StoreError> {
    let query =
        tambons::table.order(tambons::tambon_code).select((tambons::tambon_code, tambons::rows_version));
    let rows: Vec<(i32, Option<i32>)> = each!(conn, |c| query.load(c))?;
    let old = rows.into_iter().filter(|(_, version)| version.is_none_or(|version| version < ROWS_VERSION));
    old.map(|(code, _)| tambon_from(code)).collect()
}

/// Writes down that all rows of the tambon are as this program makes them.
///
/// # Errors
/// The database's own.
pub fn set_rows_version(tx: &mut Tx<'_>, tambon: TambonCode) -> Result<(), StoreError> {
    let update = diesel::update(tambons::table.filter(tambons::tambon_code.eq(tambon_column(tambon))))
        .set(tambons::rows_version.eq(Some(ROWS_VERSION)));
    each!(&mut **tx, |c| update.execute(c))?;
    Ok(())
}

/// What plans count in one tambon; `None` where it is not served, or was not assessed.
///
/// # Errors
/// The database's own.
pub fn counts_of(conn: &mut Conn, tambon: TambonCode) -> Result<Option<Counts>, StoreError> {
    let query = tambons::table.filter(tambons::tambon_code.eq(tambon_column(tambon))).select(tambons::counts);
    let counts: Option<Option<Vec<u8>>> = each!(conn, |c| query.first(c).optional())?;
    Ok(counts.flatten().and_then(|counts| Counts::decode(&counts)))
}

/// Names the thresholds by which the tambon's households are scored. It is locked by the caller.
///
/// # Errors
/// The database's own.
pub fn set_scoring(tx: &mut Tx<'_>, tambon: TambonCode, number: i32) -> Result<(), StoreError> {
    let update = diesel::update(tambons::table.filter(tambons::tambon_code.eq(tambon_column(tambon))))
        .set(tambons::scoring.eq(Some(number)));
    each!(&mut **tx, |c| update.execute(c))?;
    Ok(())
}

/// The numbers of the thresholds that are in force in the tambon: of its scores, and of programmes' rules; `None` stands
/// for those built in.
///
/// # Errors
/// The database's own.
pub fn thresholds(conn: &mut Conn, tambon: TambonCode) -> Result<(Option<i32>, Option<i32>), StoreError> {
    let query = tambons::table
        .filter(tambons::tambon_code.eq(tambon_column(tambon)))
        .select((tambons::scoring, tambons::rules));
    let found: Option<(Option<i32>, Option<i32>)> = each!(conn, |c| query.first(c).optional())?;
    Ok(found.unwrap_or_default())
}

/// Names the thresholds by which programmes' rules are judged in the tambon.
///
/// # Errors
/// The database's own.
pub fn set_rules(tx: &mut Tx<'_>, tambon: TambonCode, number: i32) -> Result<(), StoreError> {
    let update = diesel::update(tambons::table.filter(tambons::tambon_code.eq(tambon_column(tambon))))
        .set(tambons::rules.eq(Some(number)));
    each!(&mut **tx, |c| update.execute(c))?;
    Ok(())
}

/// Writes down where the log ends now, and what plans count.
///
/// # Errors
/// The database's own.
pub fn advance(tx: &mut Tx<'_>, tambon: &Tambon, counts: &Counts) -> Result<(), StoreError> {
    let statement = Advance {
        last_seq: seq_column(tambon.last_seq),
        chain: &tambon.chain.0,
        counts: &counts.encode(),
        tambon_code: tambon_column(tambon.code),
    };
    statement.execute(tx).map(drop)
}

/// The tambon as it is, if the hub serves it.
///
/// # Errors
/// The database's own.
pub fn find(conn: &mut Conn, tambon: TambonCode) -> Result<Option<Tambon>, StoreError> {
    let query = tambons::table.filter(tambons::tambon_code.eq(tambon_column(tambon))).select((
        tambons::tambon_code,
        tambons::epoch,
        tambons::last_seq,
        tambons::chain,
        tambons::forms_fingerprint,
        tambons::scoring,
    ));
    let row: Option<Columns> = each!(conn, |c| query.first(c).optional())?;
    row.map(Tambon::from_columns).transpose()
}

/// The codes of all tambons that the hub serves, in order.
///
/// # Errors
/// The database's own.
pub fn codes(conn: &mut Conn) -> Result<Vec<TambonCode>, StoreError> {
    let query = tambons::table.order(tambons::tambon_code).select(tambons::tambon_code);
    let codes: Vec<i32> = each!(conn, |c| query.load(c))?;
    codes.into_iter().map(tambon_from).collect()
}

/// Every tambon that the hub serves, by code.
///
/// # Errors
/// The database's own.
pub fn all(conn: &mut Conn) -> Result<Vec<Tambon>, StoreError> {
    let query = tambons::table.order(tambons::tambon_code).select((
        tambons::tambon_code,
        tambons::epoch,
        tambons::last_seq,
        tambons::chain,
        tambons::forms_fingerprint,
        tambons::scoring,
    ));
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(Tambon::from_columns).collect()
}

/// Begins to serve a tambon, unless it is served already; `epoch` is drawn by the caller.
///
/// # Errors
/// The database's own.
pub fn ensure(tx: &mut Tx<'_>, tambon: TambonCode, epoch: [u8; 8], now: Micros) -> Result<(), StoreError> {
    let start = Chain::default();
    let values = (
        tambons::tambon_code.eq(tambon_column(tambon)),
        tambons::epoch.eq(epoch.as_slice()),
        tambons::last_seq.eq(0),
        tambons::chain.eq(start.0.as_slice()),
        tambons::created_at.eq(now.0),
        tambons::counts.eq(Some(Counts::default().encode())),
        tambons::rows_version.eq(Some(ROWS_VERSION)),
    );
    let insert = diesel::insert_into(tambons::table).values(values).on_conflict_do_nothing();
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// Writes down what is published in the tambon. It is locked by the caller.
///
/// # Errors
/// The database's own.
pub fn set_forms(tx: &mut Tx<'_>, tambon: TambonCode, forms: Fingerprint) -> Result<(), StoreError> {
    let update = diesel::update(tambons::table.filter(tambons::tambon_code.eq(tambon_column(tambon))))
        .set(tambons::forms_fingerprint.eq(Some(forms.0.as_slice())));
    each!(&mut **tx, |c| update.execute(c))?;
    Ok(())
}

/// Begins a new life of the tambon's log, after a restore: no cursor of the old one is known any more.
///
/// # Errors
/// The database's own.
pub fn renew_epoch(tx: &mut Tx<'_>, tambon: TambonCode, epoch: [u8; 8]) -> Result<(), StoreError> {
    let update = diesel::update(tambons::table.filter(tambons::tambon_code.eq(tambon_column(tambon))))
        .set(tambons::epoch.eq(epoch.as_slice()));
    each!(&mut **tx, |c| update.execute(c))?;
    Ok(())
}
