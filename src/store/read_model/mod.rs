//! The read model: what planners read, written in the transaction of the change that caused it and
//! rebuilt from the log by `samruat reproject`.

mod assessments;
mod faults;
mod household;
mod names;
mod rows;

use sync_protocol::ids::{HouseholdId, TambonCode};

pub use assessments::{
    Assessed, Place, assessments_after, assessments_of, delete_assessments, in_order, upsert_assessment,
};
pub use faults::{Fault, faults, faults_of, replace_faults};
pub use household::{
    Head, House, Span, delete_households, heads_by_id, households, households_by_id, houses, nth_household,
    upsert_household,
};
pub use names::{NameHit, people_by_name};
pub use rows::{Row, delete_row};

use super::conn::{Conn, Tx};
use super::error::StoreError;
use crate::projection::rows::{MemberRow, NeedRow, OtherRow, VisitRow};

/// Takes away all that the read model holds of one household, or of the tambon.
///
/// # Errors
/// The database's own.
pub fn clear(tx: &mut Tx<'_>, tambon: TambonCode, household: Option<HouseholdId>) -> Result<(), StoreError> {
    delete_households(tx, tambon, household)?;
    MemberRow::delete_all(tx, tambon, household)?;
    NeedRow::delete_all(tx, tambon, household)?;
    VisitRow::delete_all(tx, tambon, household)?;
    OtherRow::delete_all(tx, tambon, household)?;
    delete_assessments(tx, tambon, household)?;
    faults::delete(tx, tambon, household)
}

/// Whether an answer of any household of a tambon holds this text, which is of letters, digits and colons.
/// Reads all of them.
///
/// # Errors
/// The database's own.
pub fn mentions(conn: &mut Conn, tambon: TambonCode, text: &str) -> Result<bool, StoreError> {
    use diesel::prelude::*;

    use super::columns::tambon_column;
    use super::conn::each;
    use super::schema;

    let pattern = format!("%{text}%");
    macro_rules! mentions {
        ($table:ident) => {{
            use schema::$table::dsl;
            let query = dsl::$table
                .filter(dsl::tambon_code.eq(tambon_column(tambon)))
                .filter(dsl::answers.like(&pattern))
                .limit(1)
                .select(dsl::tambon_code);
            let found: Option<i32> = each!(&mut *conn, |c| query.get_result(c).optional())?;
            found.is_some()
        }};
    }
    Ok(mentions!(households)
        || mentions!(members)
        || mentions!(needs)
        || mentions!(visits)
        || mentions!(other_rows))
}

/// How many rows the read model holds of a tambon, table by table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Households.
    pub households: u64,
    /// Members.
    pub members: u64,
    /// Needs.
    pub needs: u64,
    /// Visits.
    pub visits: u64,
    /// Other rows.
    pub other_rows: u64,
    /// Faults.
    pub faults: u64,
    /// Assessments.
    pub assessments: u64,
}

/// Counts the rows of a tambon.
///
/// # Errors
/// The database's own.
pub fn count(conn: &mut Conn, tambon: TambonCode) -> Result<Counts, StoreError> {
    use diesel::prelude::*;

    use super::columns::{seq_from, tambon_column};
    use super::conn::each;
    use super::schema;

    macro_rules! count {
        ($table:ident) => {{
            let rows =
                schema::$table::table.filter(schema::$table::tambon_code.eq(tambon_column(tambon))).count();
            seq_from(each!(&mut *conn, |c| rows.get_result::<i64>(c))?)?
        }};
    }
    Ok(Counts {
        households: count!(households),
        members: count!(members),
        needs: count!(needs),
        visits: count!(visits),
        other_rows: count!(other_rows),
        faults: count!(answer_faults),
        assessments: count!(assessments),
    })
}
