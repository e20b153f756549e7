//! Areas put together: the groups that were imported. A tree that nobody imported is the one that comes with the
//! program.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::area_groups;
use crate::planning::groups::{AreaGroup, GroupName, Groups};

/// Rows that one statement inserts: PostgreSQL takes 65,535 values.
const INSERTED_AT_ONCE: usize = 500;

/// Every group that there is.
///
/// # Errors
/// The database's own.
pub fn all(conn: &mut Conn) -> Result<Groups, StoreError> {
    type Row = (String, String, String, String, String, String);
    let query = area_groups::table.order((area_groups::tree, area_groups::group_code));
    let rows: Vec<Row> = each!(conn, |c| query.load(c))?;
    let groups = rows.into_iter().map(|(tree, code, name_th, name_en, areas, source)| {
        let areas = areas.split(' ').map(str::parse).collect::<Result<_, _>>();
        let areas =
            areas.map_err(|error| StoreError::Corrupt(format!("the group {tree}/{code}: {error}")))?;
        Ok(AreaGroup { name: GroupName { tree, code }, name_th, name_en, areas, source })
    });
    Ok(Groups::with_bundled(groups.collect::<Result<_, StoreError>>()?))
}

/// Keeps these groups in place of all that their trees had.
///
/// # Errors
/// The database's own.
pub fn replace(tx: &mut Tx<'_>, groups: &[AreaGroup]) -> Result<(), StoreError> {
    let trees: BTreeSet<&str> = groups.iter().map(|group| group.name.tree.as_str()).collect();
    for tree in trees {
        let delete = diesel::delete(area_groups::table.filter(area_groups::tree.eq(tree)));
        each!(&mut **tx, |c| delete.execute(c))?;
    }
    for groups in groups.chunks(INSERTED_AT_ONCE) {
        let row = |group: &AreaGroup| {
            let areas: Vec<String> = group.areas.iter().map(ToString::to_string).collect();
            (
                area_groups::tree.eq(group.name.tree.clone()),
                area_groups::group_code.eq(group.name.code.clone()),
                area_groups::name_th.eq(group.name_th.clone()),
                area_groups::name_en.eq(group.name_en.clone()),
                area_groups::areas.eq(areas.join(" ")),
                area_groups::source.eq(group.source.clone()),
            )
        };
        let rows: Vec<_> = groups.iter().map(row).collect();
        each!(&mut **tx, |c| diesel::insert_into(area_groups::table).values(&rows).execute(c))?;
    }
    Ok(())
}
