//! Sets of thresholds for programmes' rules. A set is never altered: an allocation names the one that it was made by.

use diesel::prelude::*;
use sync_protocol::ids::TambonCode;

use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::rule_parameters;
use super::{scoring, tambons};
use crate::clock::Micros;
use crate::planning::programme::RuleParameters;

/// A set of thresholds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// Its number; the first set, which is built in, has 1.
    pub number: i32,
    /// The thresholds.
    pub parameters: RuleParameters,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Micros,
}

/// The thresholds that are in force in a tambon; where a household is severely deprived is as its scores have it.
///
/// # Errors
/// The database's own.
pub fn in_force(conn: &mut Conn, tambon: TambonCode) -> Result<RuleParameters, StoreError> {
    let (scoring, rules) = tambons::thresholds(conn, tambon)?;
    let cutoff = scoring::find(conn, scoring)?.severe_cutoff;
    Ok(find(conn, rules)?.with_severe_cutoff(cutoff))
}

/// The thresholds with this number; those built in for `None` and 1.
fn find(conn: &mut Conn, number: Option<i32>) -> Result<RuleParameters, StoreError> {
    let Some(number) = number.filter(|number| *number > 1) else { return Ok(RuleParameters::default()) };
    let query =
        rule_parameters::table.filter(rule_parameters::number.eq(number)).select(rule_parameters::parameters);
    let text: Option<String> = each!(conn, |c| query.get_result(c).optional())?;
    let text =
        text.ok_or_else(|| StoreError::Corrupt(format!("there are no thresholds of rules {number}")))?;
    read(number, &text)
}

fn read(number: i32, text: &str) -> Result<RuleParameters, StoreError> {
    let corrupt = |error| StoreError::Corrupt(format!("thresholds of rules {number}: {error}"));
    serde_json::from_str(text).map_err(corrupt)
}

/// Every set that was made, by number; the one built in is not among them.
///
/// # Errors
/// The database's own.
pub fn all(conn: &mut Conn) -> Result<Vec<RuleSet>, StoreError> {
    let query = rule_parameters::table.order(rule_parameters::number);
    let rows: Vec<(i32, String, String, i64)> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(number, text, made_by, made_at)| {
            Ok(RuleSet { number, parameters: read(number, &text)?, made_by, made_at: Micros(made_at) })
        })
        .collect()
}

/// Keeps a new set under the next number, which becomes its version.
///
/// # Errors
/// The database's own.
pub fn add(
    tx: &mut Tx<'_>,
    parameters: &RuleParameters,
    made_by: &str,
    now: Micros,
) -> Result<RuleSet, StoreError> {
    let number = all(tx)?.last().map_or(2, |last| last.number + 1);
    let parameters = RuleParameters { version: number.to_string(), ..parameters.clone() };
    let text = serde_json::to_string(&parameters)
        .map_err(|error| StoreError::Corrupt(format!("thresholds of rules {number}: {error}")))?;
    let insert = diesel::insert_into(rule_parameters::table).values((
        rule_parameters::number.eq(number),
        rule_parameters::parameters.eq(text),
        rule_parameters::made_by.eq(made_by),
        rule_parameters::made_at.eq(now.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(RuleSet { number, parameters, made_by: made_by.to_owned(), made_at: now })
}
