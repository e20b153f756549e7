//! Statements of the hot path, written by hand.
//!
//! Diesel parses its own `ON CONFLICT` and `UPDATE` statements anew each time, which costs more than
//! running them. A statement declared here has one text for ever, so that it is prepared once for
//! each connection.

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

        $crate::store::statement::fragment!($name, diesel::sqlite::Sqlite, $sql; $($field: $sql_ty),+);
        $crate::store::statement::fragment!($name, diesel::pg::Pg, $sql; $($field: $sql_ty),+);

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
    ($name:ident, $backend:ty, $sql:expr; $($field:ident: $sql_ty:ty),+) => {
        impl diesel::query_builder::QueryFragment<$backend> for $name<'_> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, $backend>,
            ) -> diesel::QueryResult<()> {
                const PIECES: [&str; 1 + [$(stringify!($field)),+].len()] = $crate::store::statement::pieces($sql);
                let mut pieces = PIECES.into_iter();
                $(
                    out.push_sql(pieces.next().unwrap_or_default());
                    out.push_bind_param::<$sql_ty, _>(&self.$field)?;
                )+
                out.push_sql(pieces.next().unwrap_or_default());
                Ok(())
            }

            // Its text never changes; to find that out diesel would walk it at each execution.
            fn is_safe_to_cache_prepared(&self, _: &$backend) -> diesel::QueryResult<bool> {
                Ok(true)
            }
        }
    };
}
pub(crate) use fragment;

/// A statement's text cut at its binds, of which there is one less than pieces. Anything else does
/// not compile.
pub(crate) const fn pieces<const N: usize>(sql: &'static str) -> [&'static str; N] {
    let mut pieces = [""; N];
    let mut rest = sql;
    let mut piece = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest.as_bytes()[at] == b'?' {
            let (before, after) = rest.split_at(at);
            pieces[piece] = before;
            rest = after.split_at(1).1;
            piece += 1;
            at = 0;
        } else {
            at += 1;
        }
    }
    assert!(piece + 1 == N, "a statement has other binds than its text");
    pieces[piece] = rest;
    pieces
}
