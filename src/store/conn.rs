//! A connection of either backend, and the macro that writes one body for both.

use std::ops::{Deref, DerefMut};

use diesel::connection::{Instrumentation, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, QueryResult};

use super::error::{StoreError, TxError};

/// A connection to the database that was chosen at run time.
pub enum Conn {
    /// To the file of this process.
    Sqlite(SqliteConnection),
    /// To PostgreSQL, or to what speaks its protocol and dialect.
    Postgres(PgConnection),
}

/// Makes a connection.
pub(crate) type Connect = Box<dyn Fn() -> Result<Conn, StoreError> + Send + Sync>;

/// Runs one body on whichever connection there is; it is type-checked once for each.
macro_rules! each {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::store::Conn::Sqlite($c) => $body,
            $crate::store::Conn::Postgres($c) => $body,
        }
    };
}
pub(crate) use each;

impl Conn {
    /// Runs statements that are no business of either dialect, or of one alone.
    pub(crate) fn batch(&mut self, sql: &str) -> QueryResult<()> {
        each!(self, |c| c.batch_execute(sql))
    }

    /// Watches every statement that this connection runs.
    pub fn watch(&mut self, instrumentation: impl Instrumentation) {
        each!(self, |c| c.set_instrumentation(instrumentation));
    }

    /// Begins a transaction that sees one consistent state of the database and writes nothing.
    pub(crate) fn begin_view(&mut self) -> Result<(), StoreError> {
        self.begin(match self {
            Self::Sqlite(_) => "BEGIN",
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        })
    }

    /// Runs `write` in a transaction that is committed if it succeeds.
    pub(crate) fn transaction<T, E: TxError>(
        &mut self,
        write: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.begin_write()?;
        self.finish(|conn| write(&mut Tx { conn }))
    }

    /// Begins a transaction that writes.
    pub(crate) fn begin_write(&mut self) -> Result<(), StoreError> {
        self.begin(match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL READ COMMITTED",
        })
    }

    fn begin(&mut self, sql: &str) -> Result<(), StoreError> {
        use diesel::connection::AnsiTransactionManager as Manager;
        Ok(each!(self, |c| Manager::begin_transaction_sql(c, sql))?)
    }

    /// Ends the transaction that was begun, by what `work` says.
    pub(crate) fn finish<T, E: TxError>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        match catch(|| work(self)) {
            Ok(Ok(value)) => self.commit().map(|()| value).map_err(E::from),
            Ok(Err(error)) => {
                self.roll_back();
                Err(error)
            }
            Err(text) => {
                self.roll_back();
                Err(StoreError::Panicked(text).into())
            }
        }
    }

    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager};
        Ok(each!(self, |c| Manager::commit_transaction(c))?)
    }

    /// Undoes the transaction. A connection on which even that fails is broken, which
    /// [`Conn::is_broken`] tells whoever would use it next.
    pub(crate) fn roll_back(&mut self) {
        use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager};
        if let Err(error) = each!(self, |c| Manager::rollback_transaction(c)) {
            tracing::warn!(%error, "a transaction could not be rolled back");
        }
    }

    /// Whether the connection has to be replaced.
    pub(crate) fn is_broken(&mut self) -> bool {
        use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager};
        each!(self, |c| !matches!(Manager::transaction_manager_status_mut(c).transaction_depth(), Ok(None)))
    }
}

/// Runs `work`; if it panics, gives what the panic said. Whatever `work` had in its hands is then to
/// be undone or thrown away.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("it panicked")
            .to_owned()
    })
}

/// The write transaction. Reads take its connection; only writes ask for a `Tx`.
pub struct Tx<'a> {
    conn: &'a mut Conn,
}

impl<'a> Tx<'a> {
    pub(crate) fn of(conn: &'a mut Conn) -> Self {
        Self { conn }
    }
}

impl Deref for Tx<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.conn
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}
