//! What programmes gave along a list: allocations, the one housing approval of a household in a year, and
//! the tranches in which the money comes.

use diesel::prelude::*;
use sync_protocol::ids::{HouseholdId, TambonCode};

use super::columns::{bytes_from, tambon_column};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::needy_lists::ListId;
use super::schema::{allocations, housing_approvals as approvals, tranches};
use crate::clock::Micros;

/// Tells an allocation from others of its tambon.
pub type AllocationId = [u8; 16];

/// The thresholds of rules that an older program made every allocation by.
const BUILT_IN: &str = "1";

/// Units and budget of a programme, given out along an approved list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocated {
    /// Its id.
    pub id: AllocationId,
    /// Fiscal year (พ.ศ.).
    pub fiscal_year: i16,
    /// Id of the programme.
    pub programme: String,
    /// The list, and which version of it.
    pub list: ListId,
    /// The version.
    pub list_version: u32,
    /// Households that it was for; `None` where only the budget counts.
    pub units: Option<u32>,
    /// Baht in all.
    pub budget: u64,
    /// Baht for a household at most.
    pub ceiling: Option<u64>,
    /// Whether the forum voted for backfill.
    pub backfill: bool,
    /// Version of the thresholds of rules that it was made by.
    pub rules: String,
    /// What was decided for each household, in the order of the list: JSON.
    pub decisions: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Micros,
    /// That it was withdrawn.
    pub withdrawn: Option<Withdrawn>,
}

/// Who withdrew an allocation, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// Who.
    pub by: String,
    /// When.
    pub at: Micros,
    /// Why; `None` where an older program did not ask.
    pub reason: Option<String>,
}

fn signed(baht: u64) -> i64 {
    i64::try_from(baht).unwrap_or(i64::MAX)
}

/// Keeps a new allocation.
///
/// # Errors
/// The database's own.
pub fn insert(tx: &mut Tx<'_>, tambon: TambonCode, allocated: &Allocated) -> Result<(), StoreError> {
    let insert = diesel::insert_into(allocations::table).values((
        (
            allocations::tambon_code.eq(tambon_column(tambon)),
            allocations::allocation_id.eq(allocated.id.as_slice()),
            allocations::fiscal_year.eq(allocated.fiscal_year),
            allocations::programme.eq(&allocated.programme),
            allocations::list_id.eq(allocated.list.as_slice()),
            allocations::list_version.eq(allocated.list_version.cast_signed()),
        ),
        (
            allocations::units.eq(allocated.units.map(u32::cast_signed)),
            allocations::budget.eq(signed(allocated.budget)),
            allocations::ceiling.eq(allocated.ceiling.map(signed)),
            allocations::backfill.eq(allocated.backfill),
            allocations::rules.eq(Some(&allocated.rules)),
            allocations::decisions.eq(&allocated.decisions),
            allocations::made_by.eq(&allocated.made_by),
            allocations::made_at.eq(allocated.made_at.0),
        ),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

#[derive(Queryable)]
struct Record {
    allocation_id: Vec<u8>,
    fiscal_year: i16,
    programme: String,
    list_id: Vec<u8>,
    list_version: i32,
    units: Option<i32>,
    budget: i64,
    ceiling: Option<i64>,
    backfill: bool,
    decisions: String,
    made_by: String,
    made_at: i64,
    withdrawn_by: Option<String>,
    withdrawn_at: Option<i64>,
    withdrawn_reason: Option<String>,
    rules: Option<String>,
}

impl TryFrom<Record> for Allocated {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, StoreError> {
        Ok(Self {
            id: bytes_from("an allocation's id", &record.allocation_id)?,
            fiscal_year: record.fiscal_year,
            programme: record.programme,
            list: bytes_from("a list's id", &record.list_id)?,
            list_version: record.list_version.unsigned_abs(),
            units: record.units.map(i32::unsigned_abs),
            budget: record.budget.unsigned_abs(),
            ceiling: record.ceiling.map(i64::unsigned_abs),
            backfill: record.backfill,
            rules: record.rules.unwrap_or_else(|| BUILT_IN.to_owned()),
            decisions: record.decisions,
            made_by: record.made_by,
            made_at: Micros(record.made_at),
            withdrawn: record.withdrawn_by.zip(record.withdrawn_at).map(|(by, at)| Withdrawn {
                by,
                at: Micros(at),
                reason: record.withdrawn_reason,
            }),
        })
    }
}

/// The columns of a [`Record`], in its order.
macro_rules! columns {
    () => {
        (
            allocations::allocation_id,
            allocations::fiscal_year,
            allocations::programme,
            allocations::list_id,
            allocations::list_version,
            allocations::units,
            allocations::budget,
            allocations::ceiling,
            allocations::backfill,
            allocations::decisions,
            allocations::made_by,
            allocations::made_at,
            allocations::withdrawn_by,
            allocations::withdrawn_at,
            allocations::withdrawn_reason,
            allocations::rules,
        )
    };
}

/// Every allocation of a tambon, the newest first.
///
/// # Errors
/// The database's own.
pub fn all(conn: &mut Conn, tambon: TambonCode) -> Result<Vec<Allocated>, StoreError> {
    let query = allocations::table
        .filter(allocations::tambon_code.eq(tambon_column(tambon)))
        .order((allocations::made_at.desc(), allocations::allocation_id))
        .select(columns!());
    let records: Vec<Record> = each!(conn, |c| query.load(c))?;
    records.into_iter().map(Allocated::try_from).collect()
}

/// One of them.
///
/// # Errors
/// The database's own.
pub fn find(conn: &mut Conn, tambon: TambonCode, id: AllocationId) -> Result<Option<Allocated>, StoreError> {
    let query = allocations::table
        .filter(allocations::tambon_code.eq(tambon_column(tambon)))
        .filter(allocations::allocation_id.eq(id.as_slice()))
        .select(columns!());
    let record: Option<Record> = each!(conn, |c| query.first(c).optional())?;
    record.map(Allocated::try_from).transpose()
}

/// Withdraws an allocation, with the housing approvals that it gave; whether it stood.
///
/// # Errors
/// The database's own.
pub fn withdraw(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    id: AllocationId,
    by: &str,
    reason: &str,
    now: Micros,
) -> Result<bool, StoreError> {
    let update = diesel::update(allocations::table)
        .filter(allocations::tambon_code.eq(tambon_column(tambon)))
        .filter(allocations::allocation_id.eq(id.as_slice()))
        .filter(allocations::withdrawn_at.is_null())
        .set((
            allocations::withdrawn_by.eq(Some(by)),
            allocations::withdrawn_at.eq(Some(now.0)),
            allocations::withdrawn_reason.eq(Some(reason)),
        ));
    let stood = each!(&mut **tx, |c| update.execute(c))? > 0;
    let delete = diesel::delete(approvals::table)
        .filter(approvals::tambon_code.eq(tambon_column(tambon)))
        .filter(approvals::allocation_id.eq(id.as_slice()));
    each!(&mut **tx, |c| delete.execute(c))?;
    Ok(stood)
}

/// The households that have a housing approval in a fiscal year, with the allocation that gave it.
///
/// # Errors
/// The database's own.
pub fn approved(
    conn: &mut Conn,
    tambon: TambonCode,
    fiscal_year: i16,
) -> Result<Vec<(HouseholdId, AllocationId)>, StoreError> {
    let query = approvals::table
        .filter(approvals::tambon_code.eq(tambon_column(tambon)))
        .filter(approvals::fiscal_year.eq(fiscal_year))
        .order(approvals::household_id)
        .select((approvals::household_id, approvals::allocation_id));
    let rows: Vec<(Vec<u8>, Vec<u8>)> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(household, id)| {
            let household = HouseholdId(bytes_from("a household id", &household)?);
            Ok((household, bytes_from("an allocation's id", &id)?))
        })
        .collect()
}

/// Notes that a household has its approval of a fiscal year.
///
/// # Errors
/// The database's own, also where it has one already.
pub fn approve(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    fiscal_year: i16,
    household: HouseholdId,
    id: AllocationId,
    granted: u64,
) -> Result<(), StoreError> {
    let insert = diesel::insert_into(approvals::table).values((
        approvals::tambon_code.eq(tambon_column(tambon)),
        approvals::fiscal_year.eq(fiscal_year),
        approvals::household_id.eq(household.0.as_slice()),
        approvals::allocation_id.eq(id.as_slice()),
        approvals::granted.eq(signed(granted)),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// Shares are kept in hundredths of a percent.
const SHARE_OF_PERCENT: i32 = 100;

/// A part of an allocation's money. How much it is follows from the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrancheRow {
    /// From 1.
    pub number: i16,
    /// Of the whole.
    pub percent: u8,
    /// The day by which it is due, `YYYY-MM-DD`.
    pub due_on: String,
    /// The day on which it was paid, and who noted it.
    pub paid: Option<(String, String)>,
}

/// Keeps the tranches of an allocation, in place of those that there were.
///
/// # Errors
/// The database's own.
pub fn set_tranches(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    id: AllocationId,
    rows: &[TrancheRow],
) -> Result<(), StoreError> {
    let delete = diesel::delete(tranches::table)
        .filter(tranches::tambon_code.eq(tambon_column(tambon)))
        .filter(tranches::allocation_id.eq(id.as_slice()));
    each!(&mut **tx, |c| delete.execute(c))?;
    for row in rows {
        let insert = diesel::insert_into(tranches::table).values((
            tranches::tambon_code.eq(tambon_column(tambon)),
            tranches::allocation_id.eq(id.as_slice()),
            tranches::number.eq(row.number),
            tranches::share.eq(i32::from(row.percent) * SHARE_OF_PERCENT),
            tranches::due_on.eq(&row.due_on),
            tranches::paid_on.eq(row.paid.as_ref().map(|(on, _)| on)),
            tranches::paid_by.eq(row.paid.as_ref().map(|(_, by)| by)),
        ));
        each!(&mut **tx, |c| insert.execute(c))?;
    }
    Ok(())
}

/// The tranches of an allocation, in order.
///
/// # Errors
/// The database's own.
pub fn tranches_of(
    conn: &mut Conn,
    tambon: TambonCode,
    id: AllocationId,
) -> Result<Vec<TrancheRow>, StoreError> {
    type Columns = (i16, i32, String, Option<String>, Option<String>);
    let query = tranches::table
        .filter(tranches::tambon_code.eq(tambon_column(tambon)))
        .filter(tranches::allocation_id.eq(id.as_slice()))
        .order(tranches::number)
        .select((tranches::number, tranches::share, tranches::due_on, tranches::paid_on, tranches::paid_by));
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(number, share, due_on, paid_on, paid_by)| {
            let percent = u8::try_from(share / SHARE_OF_PERCENT)
                .map_err(|_| StoreError::Corrupt(format!("tranche {number} has a share of {share}")))?;
            Ok(TrancheRow { number, percent, due_on, paid: paid_on.zip(paid_by) })
        })
        .collect()
}
