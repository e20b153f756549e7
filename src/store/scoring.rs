//! Sets of thresholds for scores. A set is never altered: a score names the one that made it.

use diesel::prelude::*;
use need_score::Parameters;

use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::scoring_parameters;
use crate::clock::Micros;

/// A set of thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct Scoring {
    /// Its number; the first set, which is built in, has 1.
    pub number: i32,
    /// The thresholds.
    pub parameters: Parameters,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Micros,
}

/// The thresholds with this number; those built in for `None` and 1.
///
/// # Errors
/// [`StoreError::Corrupt`] where there is no such set, or the database's own.
pub fn find(conn: &mut Conn, number: Option<i32>) -> Result<Parameters, StoreError> {
    let Some(number) = number.filter(|number| *number > 1) else { return Ok(Parameters::default()) };
    let query = scoring_parameters::table
        .filter(scoring_parameters::number.eq(number))
        .select(scoring_parameters::parameters);
    let text: Option<String> = each!(conn, |c| query.get_result(c).optional())?;
    let text = text.ok_or_else(|| StoreError::Corrupt(format!("there are no thresholds {number}")))?;
    read(number, &text)
}

fn read(number: i32, text: &str) -> Result<Parameters, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("thresholds {number}: {error}")))
}

/// Every set that was made, by number; the one built in is not among them.
///
/// # Errors
/// The database's own.
pub fn all(conn: &mut Conn) -> Result<Vec<Scoring>, StoreError> {
    let query = scoring_parameters::table.order(scoring_parameters::number);
    let rows: Vec<(i32, String, String, i64)> = each!(conn, |c| query.load(c))?;
    rows.into_iter()
        .map(|(number, text, made_by, made_at)| {
            Ok(Scoring { number, parameters: read(number, &text)?, made_by, made_at: Micros(made_at) })
        })
        .collect()
}

/// Keeps a new set under the next number, which becomes its version.
///
/// # Errors
/// The database's own.
pub fn add(
    tx: &mut Tx<'_>,
    parameters: &Parameters,
    made_by: &str,
    now: Micros,
) -> Result<Scoring, StoreError> {
    let number = all(tx)?.last().map_or(2, |last| last.number + 1);
    let parameters = Parameters { version: number.to_string(), ..parameters.clone() };
    let text = serde_json::to_string(&parameters)
        .map_err(|error| StoreError::Corrupt(format!("thresholds {number}: {error}")))?;
    let insert = diesel::insert_into(scoring_parameters::table).values((
        scoring_parameters::number.eq(number),
        scoring_parameters::parameters.eq(text),
        scoring_parameters::made_by.eq(made_by),
        scoring_parameters::made_at.eq(now.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(Scoring { number, parameters, made_by: made_by.to_owned(), made_at: now })
}
