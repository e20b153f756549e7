//! Answers that are not what their question asks for.

use diesel::prelude::*;
use sync_protocol::ids::{HouseholdId, RowId, TambonCode};

use crate::projection::rows::{AnswerFault, FaultReason};
use crate::store::columns::{bytes_from, limit, tambon_column};
use crate::store::conn::{Conn, Tx, each};
use crate::store::error::StoreError;
use crate::store::schema::answer_faults;

/// A fault, with where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The household.
    pub household: HouseholdId,
    /// Its number among the household's faults; with the household the place to read on from.
    pub position: u32,
    /// What is wrong.
    pub fault: AnswerFault,
}

/// Writes a household's list of faults in place of the one that is there.
///
/// # Errors
/// The database's own.
pub fn replace_faults(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    household: HouseholdId,
    faults: &[AnswerFault],
) -> Result<(), StoreError> {
    delete(tx, tambon, Some(household))?;
    for (position, fault) in (0_i32..).zip(faults) {
        let insert = diesel::insert_into(answer_faults::table).values((
            answer_faults::tambon_code.eq(tambon_column(tambon)),
            answer_faults::household_id.eq(household.0.as_slice()),
            answer_faults::position.eq(position),
            answer_faults::row_id.eq(fault.row.as_ref().map(RowId::as_bytes)),
            answer_faults::question.eq(&fault.question),
            answer_faults::reason.eq(fault.reason.code()),
            answer_faults::value.eq(&fault.value),
        ));
        each!(&mut **tx, |c| insert.execute(c))?;
    }
    Ok(())
}

pub(super) fn delete(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    household: Option<HouseholdId>,
) -> Result<(), StoreError> {
    let all =
        diesel::delete(answer_faults::table).filter(answer_faults::tambon_code.eq(tambon_column(tambon)));
    match household {
        Some(household) => {
            let some = all.filter(answer_faults::household_id.eq(household.0.as_slice()));
            each!(&mut **tx, |c| some.execute(c))?;
        }
        None => {
            each!(&mut **tx, |c| all.execute(c))?;
        }
    }
    Ok(())
}

type Columns = (Vec<u8>, i32, Option<Vec<u8>>, String, String, String);

fn from_columns((household, position, row, question, reason, value): Columns) -> Result<Fault, StoreError> {
    let reason = FaultReason::from_code(&reason)
        .ok_or_else(|| StoreError::Corrupt(format!("a fault has the unknown reason {reason:?}")))?;
    let row = row.map(|row| bytes_from("a row id", &row)).transpose()?.map(RowId);
    Ok(Fault {
        household: HouseholdId(bytes_from("a household id", &household)?),
        position: position.unsigned_abs(),
        fault: AnswerFault { row, question, reason, value },
    })
}

/// The faults of a tambon by household and number: at most `count`, after the one named.
///
/// # Errors
/// The database's own.
pub fn faults(
    conn: &mut Conn,
    tambon: TambonCode,
    after: Option<(HouseholdId, u32)>,
    count: usize,
) -> Result<Vec<Fault>, StoreError> {
    let (household, position) = after.map_or((Vec::new(), -1), |(household, position)| {
        (household.0.to_vec(), i32::try_from(position).unwrap_or(i32::MAX))
    });
    let later = answer_faults::household_id
        .gt(household.clone())
        .or(answer_faults::household_id.eq(household.clone()).and(answer_faults::position.gt(position)));
    let query = answer_faults::table
        .filter(answer_faults::tambon_code.eq(tambon_column(tambon)))
        // The second condition is the one that the index can use.
        .filter(answer_faults::household_id.ge(household))
        .filter(later)
        .order((answer_faults::household_id, answer_faults::position))
        .limit(limit(count))
        .select((
            answer_faults::household_id,
            answer_faults::position,
            answer_faults::row_id,
            answer_faults::question,
            answer_faults::reason,
            answer_faults::value,
        ));
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(from_columns).collect()
}

/// The faults of one household, in the order in which its projection lists them.
///
/// # Errors
/// The database's own.
pub fn faults_of(
    conn: &mut Conn,
    tambon: TambonCode,
    household: HouseholdId,
) -> Result<Vec<AnswerFault>, StoreError> {
    let query = answer_faults::table
        .filter(answer_faults::tambon_code.eq(tambon_column(tambon)))
        .filter(answer_faults::household_id.eq(household.0.as_slice()))
        .order(answer_faults::position)
        .select((
            answer_faults::household_id,
            answer_faults::position,
            answer_faults::row_id,
            answer_faults::question,
            answer_faults::reason,
            answer_faults::value,
        ));
    let rows: Vec<Columns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(|row| from_columns(row).map(|fault| fault.fault)).collect()
}
