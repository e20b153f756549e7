//! The database as a whole: opening it, reading from it, writing to it.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::Instrumentation;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, ConnectionError};

use super::conn::{Conn, Connect, Tx, catch};
use super::error::{StoreError, TxError};
use super::migrations;
use super::pool::Pool;
use super::url::{DatabaseUrl, sqlite_file};
use super::writer::{CommitMode, Writer};

/// Makes a watcher for each new connection; see [`Conn::watch`].
pub type Watch = Arc<dyn Fn() -> Box<dyn Instrumentation> + Send + Sync>;

/// How a database is used.
#[derive(Clone)]
pub struct Options {
    /// Connections of a SQLite database that only read.
    pub readers: usize,
    /// Connections to PostgreSQL.
    pub connections: usize,
    /// How SQLite's writer commits.
    pub commit: CommitMode,
    /// Writes that may wait for SQLite's writer.
    pub queue_len: usize,
    /// How long a task waits for a connection, or for room in the queue, before it is told that the
    /// database is busy.
    pub wait: Duration,
    /// How long one statement may take on PostgreSQL.
    pub statement_timeout: Duration,
    /// How long PostgreSQL may wait for a lock.
    pub lock_timeout: Duration,
    /// Whether an older schema is brought up to date; otherwise it is refused.
    pub migrate: bool,
    /// Watches every statement, for tests.
    pub watch: Option<Watch>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            connections: 8,
            commit: CommitMode::Group,
            queue_len: 256,
            wait: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(15),
            lock_timeout: Duration::from_secs(3),
            migrate: true,
            watch: None,
        }
    }
}

/// How often a transaction that was in another's way is run before that is reported.
const ATTEMPTS_MAX: u32 = 5;

/// The hub's database. Cloning it is cheap; the last clone closes it.
///
/// Both faces block: call them from a blocking thread.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    url: DatabaseUrl,
    pool: Pool,
    // Absent on PostgreSQL, where each write takes a connection of the pool.
    writer: Option<Writer>,
}

impl Database {
    /// Opens the database at `url`, bringing its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Url`], [`StoreError::Unreachable`], [`StoreError::TooNew`] or
    /// [`StoreError::Migration`].
    pub fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, Options::default())
    }

    /// Opens the database at `url`.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn open_with(url: &str, options: Options) -> Result<Self, StoreError> {
        let url = DatabaseUrl::parse(url)?;
        let mut first = connect(&url, &options, Use::Write)?;
        if options.migrate {
            for version in migrations::migrate(&mut first)? {
                tracing::info!(version, "migrated the database");
            }
        } else {
            migrations::check(&mut first)?;
        }
        drop(first);
        let connector = |purpose: Use| -> Connect {
            let (url, options) = (url.clone(), options.clone());
            Box::new(move || connect(&url, &options, purpose))
        };
        let (pool, writer) = match &url {
            DatabaseUrl::Sqlite(_) => (
                Pool::new(options.readers, options.wait, connector(Use::Read)),
                Some(Writer::start(connector(Use::Write), options.commit, options.queue_len, options.wait)?),
            ),
            DatabaseUrl::Postgres(_) => {
                (Pool::new(options.connections, options.wait, connector(Use::Write)), None)
            }
        };
        Ok(Self { inner: Arc::new(Inner { url, pool, writer }) })
    }

    /// Where the database is.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.inner.url
    }

    /// Runs `read` on one consistent view of the database. Nothing that it does is kept.
    ///
    /// # Errors
    /// What `read` says, or the database's own error.
    pub fn read<T, E: TxError>(&self, read: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let mut read = Some(read);
        let mut result = self.try_read(&mut read);
        if read.is_some() && result.as_ref().is_err_and(is_retryable) {
            // The server may have been restarted since the connection was used last.
            self.inner.pool.drop_idle();
            result = self.try_read(&mut read);
        }
        result
    }

    /// Takes `read` and runs it, unless no view can be had.
    fn try_read<T, E, F>(&self, read: &mut Option<F>) -> Result<T, E>
    where
        E: TxError,
        F: FnOnce(&mut Conn) -> Result<T, E>,
    {
        self.with_connection(|conn| {
            conn.begin_view()?;
            match read.take() {
                Some(read) => conn.finish(read),
                None => Err(StoreError::Closed.into()),
            }
        })
    }

    /// Runs `work` in a write transaction: all of what it writes is durable when this returns `Ok`,
    /// nothing of it otherwise. It may run several times, each time as if first.
    ///
    /// # Errors
    /// What `work` says, or the database's own error.
    pub fn write<T, E>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: TxError,
    {
        if let Some(writer) = &self.inner.writer {
            return writer.write(work);
        }
        let mut attempt = 1;
        loop {
            let result = self.with_connection(|conn| conn.transaction(&mut work));
            match &result {
                Err(error)
                    if attempt < ATTEMPTS_MAX && error.store().is_some_and(StoreError::is_retryable) =>
                {
                    // Connections of one pool often break together; the pool drops each as it is found.
                    std::thread::sleep(Duration::from_millis(u64::from(attempt) * 10));
                    attempt += 1;
                }
                _ => return result,
            }
        }
    }

    fn with_connection<T, E: TxError>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        // A panic outside the task itself leaves the connection within a transaction; the pool drops it.
        catch(|| self.inner.pool.with(work)).unwrap_or_else(|text| Err(StoreError::Panicked(text).into()))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Why it does not.
    pub fn ping(&self) -> Result<(), StoreError> {
        self.read(|conn| Ok(conn.batch("SELECT 1")?))
    }

    /// Lets the writes that wait finish and closes the connections, those of readers that are at work
    /// as they finish. Whoever asks from now on is told that the database is closed.
    pub fn close(&self) {
        self.inner.pool.close();
        if let Some(writer) = &self.inner.writer {
            writer.close();
        }
    }
}

fn is_retryable<E: TxError>(error: &E) -> bool {
    error.store().is_some_and(StoreError::is_retryable)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
}

fn connect(url: &DatabaseUrl, options: &Options, purpose: Use) -> Result<Conn, StoreError> {
    let mut conn = match url {
        DatabaseUrl::Sqlite(path) => connect_sqlite(&sqlite_file(path), purpose)?,
        DatabaseUrl::Postgres(url) => connect_postgres(url, options)?,
    };
    if let Some(watch) = &options.watch {
        conn.watch(watch());
    }
    Ok(conn)
}

fn unreachable(error: ConnectionError) -> StoreError {
    StoreError::Unreachable(error.to_string())
}

fn connect_sqlite(file: &str, purpose: Use) -> Result<Conn, StoreError> {
    let connection = SqliteConnection::establish(file)
        .map_err(|error| StoreError::Unreachable(format!("{file}: {error}; does its folder exist?")))?;
    let mut conn = Conn::Sqlite(connection);
    // One statement at a time: busy_timeout has to hold for those after it.
    // The page size counts for a new file only: a household's registers take about 2 KB, of which a
    // page of 4 KB would hold one and waste the rest.
    let common = [
        "busy_timeout = 5000",
        "page_size = 8192",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ];
    for pragma in common {
        patiently(&mut conn, &format!("PRAGMA {pragma}"))?;
    }
    let own: &[&str] = match purpose {
        // A large log before a checkpoint writes a page that changes often once, not each time. The
        // writer moves the log when it is idle; the limit gives the disk back after a long rush.
        Use::Write => &["wal_autocheckpoint = 8000", "journal_size_limit = 67108864", "cache_size = -16384"],
        // A reader's own pages are worth nothing after each commit: it reads where the system keeps them.
        Use::Read => &["query_only = ON", "cache_size = -4096", "mmap_size = 2147418112"],
    };
    for pragma in own {
        conn.batch(&format!("PRAGMA {pragma}"))?;
    }
    Ok(conn)
}

/// Runs a statement that SQLite refuses at once, whatever its busy timeout, while another process makes the
/// file what it is to be.
fn patiently(conn: &mut Conn, sql: &str) -> Result<(), StoreError> {
    for _ in 0..250 {
        match conn.batch(sql).map_err(StoreError::from) {
            Err(StoreError::Busy(_)) => std::thread::sleep(Duration::from_millis(20)),
            ran => return ran,
        }
    }
    Ok(conn.batch(sql)?)
}

fn connect_postgres(url: &str, options: &Options) -> Result<Conn, StoreError> {
    let mut conn = Conn::Postgres(PgConnection::establish(url).map_err(unreachable)?);
    conn.batch(&format!(
        "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}",
        options.statement_timeout.as_millis(),
        options.lock_timeout.as_millis(),
        options.statement_timeout.as_millis(),
    ))?;
    Ok(conn)
}
