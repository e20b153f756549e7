//! Searching for people by how their names begin.

use diesel::prelude::*;
use sync_protocol::ids::{HouseholdId, RowId, TambonCode, VillageCode};

use crate::projection::names::after_all_that_begin_with;
use crate::store::columns::{bytes_from, limit, tambon_column, tambon_from, village_column};
use crate::store::conn::{Conn, each};
use crate::store::error::StoreError;
use crate::store::schema::{documents, households, members};

/// Somebody who was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameHit {
    /// The tambon.
    pub tambon: TambonCode,
    /// The household.
    pub household: HouseholdId,
    /// The member's row; `None` for the head as the household's own answer has the name.
    pub row: Option<RowId>,
    /// The name.
    pub name: String,
}

/// Keys that begin with one: from, and before.
type Range = (Vec<u8>, Vec<u8>);

fn range(key: &[u8]) -> Range {
    (key.to_vec(), after_all_that_begin_with(key).unwrap_or_else(|| vec![u8::MAX; key.len() + 1]))
}

/// People in these tambons whose names begin with these keys: at most `count`, in no order. One key may be of either
/// name; of two, one is of the given and one of the family name. Only those in `villages`, if some are named.
///
/// # Errors
/// The database's own.
pub fn people_by_name(
    conn: &mut Conn,
    tambons: &[TambonCode],
    villages: Option<&[VillageCode]>,
    keys: &[Vec<u8>],
    count: usize,
) -> Result<Vec<NameHit>, StoreError> {
    let tambons: Vec<i32> = tambons.iter().map(|tambon| tambon_column(*tambon)).collect();
    let villages: Option<Vec<i32>> =
        villages.map(|villages| villages.iter().map(|village| village_column(*village)).collect());
    let ranges: Vec<Range> = keys.iter().map(|key| range(key)).collect();
    let searches: Vec<(Option<&Range>, Option<&Range>)> = match ranges.as_slice() {
        [] => return Ok(Vec::new()),
        [one] => vec![(Some(one), None), (None, Some(one))],
        [one, other, ..] => vec![(Some(one), Some(other)), (Some(other), Some(one))],
    };
    let mut found = Vec::new();
    for (given, family) in searches {
        macro_rules! search {
            ($table:ident, $given:ident, $family:ident, $row:expr, $name:ident) => {{
                type Found = (i32, Vec<u8>, Vec<u8>, Option<String>);
                let rows: Vec<Found> = each!(&mut *conn, |c| {
                    let mut query = $table::table
                        .filter($table::tambon_code.eq_any(&tambons))
                        .limit(limit(count))
                        .select(($table::tambon_code, $table::household_id, $row, $table::$name))
                        .into_boxed();
                    if let Some((from, before)) = given {
                        query = query.filter($table::$given.ge(from)).filter($table::$given.lt(before));
                    }
                    if let Some((from, before)) = family {
                        query = query.filter($table::$family.ge(from)).filter($table::$family.lt(before));
                    }
                    if let Some(villages) = &villages {
                        let there = documents::table
                            .filter(documents::tambon_code.eq_any(&tambons))
                            .filter(documents::village_code.eq_any(villages))
                            .select(documents::household_id);
                        query = query.filter($table::household_id.eq_any(there));
                    }
                    query.load(c)
                })?;
                for (tambon, household, row, name) in rows {
                    found.push(NameHit {
                        tambon: tambon_from(tambon)?,
                        household: HouseholdId(bytes_from("a household id", &household)?),
                        row: RowId(bytes_from("a row id", &row)?).into(),
                        name: name.unwrap_or_default(),
                    });
                }
            }};
        }
        search!(members, given_key, family_key, members::row_id, name);
        let members_found = found.len();
        // The head has no row: the household's own id stands in its place.
        search!(households, head_given_key, head_family_key, households::household_id, head_name);
        found[members_found..].iter_mut().for_each(|head| head.row = None);
    }
    found.sort();
    found.dedup();
    Ok(found)
}
