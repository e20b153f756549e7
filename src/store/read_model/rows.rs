//! Members, needs, visits and other rows: one list of columns for each, from which come the upsert
//! and the reading.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Integer, Nullable, SmallInt, Text};
use sync_protocol::ids::{HouseholdId, RowId, TambonCode};

use crate::projection::rows::{MemberRow, NeedRow, OtherRow, VisitRow};
use crate::store::columns::{bytes_from, tambon_column};
use crate::store::conn::{Conn, Tx, each};
use crate::store::error::StoreError;
use crate::store::schema::{members, needs, other_rows, visits};

/// Declares how rows of one kind lie in their table; `answers` is every table's last column.
macro_rules! row_table {
    ($table:ident, $row:ident, $upsert:ident, $record:ident; $($column:ident = $field:ident: $ty:ty => $sql:ty),+ $(,)?) => {
        #[derive(Debug)]
        struct $upsert<'a> {
            tambon_code: i32,
            household_id: &'a [u8],
            row: &'a $row,
        }

        impl diesel::query_builder::QueryId for $upsert<'_> {
            type QueryId = $upsert<'static>;
        }

        impl<C> RunQueryDsl<C> for $upsert<'_> {}

        row_table!(@fragment diesel::sqlite::Sqlite, $table, $upsert; $($column = $field => $sql),+);
        row_table!(@fragment diesel::pg::Pg, $table, $upsert; $($column = $field => $sql),+);

        #[derive(Queryable)]
        struct $record {
            household_id: Vec<u8>,
            row_id: Vec<u8>,
            $($field: $ty,)+
            answers: String,
        }

        impl $record {
            fn into_row(self) -> Result<(HouseholdId, $row), StoreError> {
                let household = HouseholdId(bytes_from("a household id", &self.household_id)?);
                let row = RowId(bytes_from("a row id", &self.row_id)?);
                Ok((household, $row { row, $($field: self.$field,)+ answers: self.answers }))
            }
        }

        impl Row for $row {
            fn upsert(&self, tx: &mut Tx<'_>, tambon: TambonCode, household: HouseholdId) -> Result<(), StoreError> {
                let statement =
                    $upsert { tambon_code: tambon_column(tambon), household_id: &household.0, row: self };
                each!(&mut **tx, |c| statement.execute(c))?;
                Ok(())
            }

            fn delete(tx: &mut Tx<'_>, tambon: TambonCode, household: HouseholdId, row: RowId) -> Result<(), StoreError> {
                let delete = diesel::delete($table::table)
                    .filter($table::tambon_code.eq(tambon_column(tambon)))
                    .filter($table::household_id.eq(household.0.as_slice()))
                    .filter($table::row_id.eq(row.0.as_slice()));
                each!(&mut **tx, |c| delete.execute(c))?;
                Ok(())
            }

            fn delete_all(tx: &mut Tx<'_>, tambon: TambonCode, household: Option<HouseholdId>) -> Result<(), StoreError> {
                let all = diesel::delete($table::table).filter($table::tambon_code.eq(tambon_column(tambon)));
                match household {
                    Some(household) => {
                        let some = all.filter($table::household_id.eq(household.0.as_slice()));
                        each!(&mut **tx, |c| some.execute(c))?;
                    }
                    None => {
                        each!(&mut **tx, |c| all.execute(c))?;
                    }
                }
                Ok(())
            }

            fn of(conn: &mut Conn, tambon: TambonCode, households: &[HouseholdId]) -> Result<Vec<(HouseholdId, Self)>, StoreError> {
                let ids: Vec<&[u8]> = households.iter().map(HouseholdId::as_bytes).collect();
                let query = $table::table
                    .filter($table::tambon_code.eq(tambon_column(tambon)))
                    .filter($table::household_id.eq_any(ids))
                    .order(($table::household_id, $table::row_id))
                    .select(($table::household_id, $table::row_id, $($table::$column,)+ $table::answers));
                let records: Vec<$record> = each!(conn, |c| query.load(c))?;
                records.into_iter().map($record::into_row).collect()
            }
        }
    };
    (@fragment $backend:ty, $table:ident, $upsert:ident; $($column:ident = $field:ident => $sql:ty),+) => {
        impl diesel::query_builder::QueryFragment<$backend> for $upsert<'_> {
            fn walk_ast<'b>(&'b self, mut out: diesel::query_builder::AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                out.push_sql(concat!(
                    "INSERT INTO ", stringify!($table), " (tambon_code, household_id, row_id, ",
                    $(stringify!($column), ", ",)+ "answers) VALUES (",
                ));
                out.push_bind_param::<Integer, _>(&self.tambon_code)?;
                out.push_sql(", ");
                out.push_bind_param::<diesel::sql_types::Binary, _>(self.household_id)?;
                out.push_sql(", ");
                out.push_bind_param::<diesel::sql_types::Binary, _>(self.row.row.0.as_slice())?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<$sql, _>(&self.row.$field)?;
                )+
                out.push_sql(", ");
                out.push_bind_param::<Text, _>(&self.row.answers)?;
                out.push_sql(concat!(
                    ") ON CONFLICT (tambon_code, household_id, row_id) DO UPDATE SET ",
                    $(stringify!($column), " = excluded.", stringify!($column), ", ",)+
                    "answers = excluded.answers",
                ));
                Ok(())
            }

            // Its text never changes; to find that out diesel would walk it at each execution.
            fn is_safe_to_cache_prepared(&self, _: &$backend) -> QueryResult<bool> {
                Ok(true)
            }
        }
    };
}

/// A row of the read model, keyed by tambon, household and its own id.
pub trait Row: Sized {
    /// Writes it, whether it is there or not.
    ///
    /// # Errors
    /// The database's own.
    fn upsert(&self, tx: &mut Tx<'_>, tambon: TambonCode, household: HouseholdId) -> Result<(), StoreError>;

    /// Takes one row away, if it is there.
    ///
    /// # Errors
    /// The database's own.
    fn delete(
        tx: &mut Tx<'_>,
        tambon: TambonCode,
        household: HouseholdId,
        row: RowId,
    ) -> Result<(), StoreError>;

    /// Takes away all rows of one household, or of the tambon.
    ///
    /// # Errors
    /// The database's own.
    fn delete_all(
        tx: &mut Tx<'_>,
        tambon: TambonCode,
        household: Option<HouseholdId>,
    ) -> Result<(), StoreError>;

    /// The rows of these households, by household and id. Ask for one page of households at a time.
    ///
    /// # Errors
    /// The database's own.
    fn of(
        conn: &mut Conn,
        tambon: TambonCode,
        households: &[HouseholdId],
    ) -> Result<Vec<(HouseholdId, Self)>, StoreError>;
}

row_table! {
    members, MemberRow, UpsertMember, MemberRecord;
    name = name: Option<String> => Nullable<Text>,
    relation = relation: Option<String> => Nullable<Text>,
    sex = sex: Option<String> => Nullable<Text>,
    birth_year_be = birth_year_be: Option<i16> => Nullable<SmallInt>,
    citizen_id = citizen_id: Option<String> => Nullable<Text>,
    id_status = id_status: Option<String> => Nullable<Text>,
    dependency = dependency: Option<String> => Nullable<Text>,
    has_caregiver = has_caregiver: Option<String> => Nullable<Text>,
    education = education: Option<String> => Nullable<Text>,
    in_school = in_school: Option<String> => Nullable<Text>,
    occupation = occupation: Option<String> => Nullable<Text>,
    income_year = income_year: Option<i32> => Nullable<Integer>,
    card_status = card_status: Option<String> => Nullable<Text>,
    health_scheme = health_scheme: Option<String> => Nullable<Text>,
    given_key = given_key: Option<Vec<u8>> => Nullable<Binary>,
    family_key = family_key: Option<Vec<u8>> => Nullable<Binary>,
    conflicts = conflicts: i16 => SmallInt,
}

row_table! {
    needs, NeedRow, UpsertNeed, NeedRecord;
    category = category: Option<String> => Nullable<Text>,
    urgency = urgency: Option<String> => Nullable<Text>,
    details = text: Option<String> => Nullable<Text>,
    conflicts = conflicts: i16 => SmallInt,
}

row_table! {
    visits, VisitRow, UpsertVisit, VisitRecord;
    outcome = outcome: Option<String> => Nullable<Text>,
    visited_on = date: Option<String> => Nullable<Text>,
    consent_given = consent_given: Option<String> => Nullable<Text>,
    consent_method = consent_method: Option<String> => Nullable<Text>,
    plan_consent = plan_consent: Option<bool> => Nullable<Bool>,
    respondent_relation = respondent_relation: Option<String> => Nullable<Text>,
    conflicts = conflicts: i16 => SmallInt,
}

row_table! {
    other_rows, OtherRow, UpsertOtherRow, OtherRecord;
    group_name = group: Option<String> => Nullable<Text>,
    conflicts = conflicts: i16 => SmallInt,
}

/// Takes a row away from whichever table it lies in.
///
/// # Errors
/// The database's own.
pub fn delete_row(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    household: HouseholdId,
    row: RowId,
) -> Result<(), StoreError> {
    MemberRow::delete(tx, tambon, household, row)?;
    NeedRow::delete(tx, tambon, household, row)?;
    VisitRow::delete(tx, tambon, household, row)?;
    OtherRow::delete(tx, tambon, household, row)
}
