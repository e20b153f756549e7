//! Statements of the hot path, written by hand.
//!
//! Diesel parses its own `ON CONFLICT` and `UPDATE` statements anew each time, which costs more than
//! running them. A statement declared here has one text for ever, so that it is prepared once for
//! each connection.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::AstPass;

/// Declares a statement: its text, with `?` for each bind in order, and the binds with their SQL
/// types. Its `execute` runs it and tells how many rows it touched.
macro_rules! statement {
    (
        $(#[$meta:meta])*
        $name:ident = $sql:expr;
        $($field:ident: $ty:ty => $sql_ty:ty),+ $(,)?
    ) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub(crate) struct $name<'a> {
            $(pub(crate) $field: $ty,)+
        }

        impl diesel::query_builder::QueryId for $name<'_> {
            type QueryId = $name<'static>;
        }

        $crate::store::statement::fragment!($name, diesel::sqlite::Sqlite, $sql; $($field => $sql_ty),+);
        $crate::store::statement::fragment!($name, diesel::pg::Pg, $sql; $($field => $sql_ty),+);

        impl<Conn> diesel::RunQueryDsl<Conn> for $name<'_> {}

        impl $name<'_> {
            /// Runs it; how many rows it touched.
            pub(crate) fn execute(self, conn: &mut $crate::store::Conn) -> Result<usize, $crate::store::StoreError> {
                Ok($crate::store::conn::each!(conn, |c| diesel::RunQueryDsl::execute(self, c))?)
            }
        }
    };
}
pub(crate) use statement;

macro_rules! fragment {
    ($name:ident, $backend:ty, $sql:expr; $($field:ident => $sql_ty:ty),+) => {
        impl diesel::query_builder::QueryFragment<$backend> for $name<'_> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, $backend>,
            ) -> diesel::QueryResult<()> {
                let mut parts = const { $crate::store::statement::Parts::of($sql) };
                $(
                    parts.push_next(&mut out)?;
                    out.push_bind_param::<$sql_ty, _>(&self.$field)?;
                )+
                parts.push_last(&mut out)
            }
        }
    };
}
pub(crate) use fragment;

/// A statement's text, cut at its binds.
pub(crate) struct Parts {
    rest: Option<&'static str>,
}

impl Parts {
    pub(crate) const fn of(sql: &'static str) -> Self {
        Self { rest: Some(sql) }
    }

    /// Gives the text up to the next bind.
    pub(crate) fn push_next<DB: Backend>(&mut self, out: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
        let (part, rest) = self.rest.and_then(|rest| rest.split_once('?')).ok_or_else(mismatch)?;
        self.rest = Some(rest);
        out.push_sql(part);
        Ok(())
    }

    /// Gives the text after the last bind.
    pub(crate) fn push_last<DB: Backend>(&mut self, out: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
        let rest = self.rest.take().filter(|rest| !rest.contains('?')).ok_or_else(mismatch)?;
        out.push_sql(rest);
        Ok(())
    }
}

fn mismatch() -> diesel::result::Error {
    diesel::result::Error::QueryBuilderError("a statement has other binds than its text".into())
}
