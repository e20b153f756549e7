//! What can go wrong in the store. HTTP maps each arm to its own answer; nothing here is swallowed.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use sync_protocol::ids::InvalidId;

/// An error of the database, by what its caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database's URL is not one that this program understands.
    #[error("{url:?} is not a database: {reason}. Write sqlite:PATH or postgres://USER@HOST/NAME")]
    Url {
        /// What was given, without a password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The database cannot be reached or opened.
    #[error("the database cannot be opened: {0}")]
    Unreachable(String),
    /// Too many are waiting, or a statement took too long: try again later.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The connection broke; what was asked was not done, or was done and not confirmed.
    #[error("the connection to the database broke: {0}")]
    Disconnected(String),
    /// Another transaction was in the way, several times.
    #[error("another transaction was in the way: {0}")]
    Contended(String),
    /// A newer version of this program has written the database.
    #[error("the database was written by a newer samruat ({0}): use that version")]
    TooNew(String),
    /// The schema could not be brought up to date.
    #[error("the database could not be migrated: {0}")]
    Migration(String),
    /// A stored value that this program would not have written.
    #[error("the database holds something that it should not: {0}")]
    Corrupt(String),
    /// A backup could not be written, or not restored.
    #[error("{0}")]
    Backup(String),
    /// The task itself failed (a panic); nothing of it was written.
    #[error("the task failed and nothing of it was written: {0}")]
    Panicked(String),
    /// The database is being closed.
    #[error("the database is closed")]
    Closed,
    /// Any other refusal of the database.
    #[error("the database refused a statement: {0}")]
    Query(#[source] DieselError),
}

impl StoreError {
    /// Whether the same transaction may succeed if it is run again at once.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Contended(_) | Self::Disconnected(_))
    }

    /// Whether it is worth asking again later (HTTP 503 with Retry-After).
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Busy(_) | Self::Disconnected(_) | Self::Contended(_) | Self::Unreachable(_) | Self::Closed
        )
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, information) = &error else {
            return match &error {
                DieselError::BrokenTransactionManager => Self::Disconnected(error.to_string()),
                DieselError::RollbackErrorOnCommit { commit_error, .. } => {
                    Self::Disconnected(commit_error.to_string())
                }
                DieselError::DeserializationError(inner) => Self::Corrupt(inner.to_string()),
                _ => Self::Query(error),
            };
        };
        let message = information.message();
        match kind {
            DatabaseErrorKind::SerializationFailure => Self::Contended(message.to_owned()),
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                Self::Disconnected(message.to_owned())
            }
            // Diesel keeps no SQLSTATE: 40P01, 57014, 57P01-57P03 and 53300 are told by their messages.
            DatabaseErrorKind::Unknown if message.contains("deadlock detected") => {
                Self::Contended(message.to_owned())
            }
            DatabaseErrorKind::Unknown if ended_by_server(message) => Self::Disconnected(message.to_owned()),
            DatabaseErrorKind::Unknown if cut_short(message) => Self::Busy(message.to_owned()),
            _ => Self::Query(error),
        }
    }
}

fn cut_short(message: &str) -> bool {
    ["canceling statement due to", "database is locked", "too many clients", "could not obtain lock"]
        .iter()
        .any(|part| message.contains(part))
}

fn ended_by_server(message: &str) -> bool {
    [
        "terminating connection",
        "the database system is",
        "connection to the remote node",
        "server closed the connection",
    ]
    .iter()
    .any(|part| message.contains(part))
}

impl From<InvalidId> for StoreError {
    /// A stored identifier that breaks its rule; what comes from outside is parsed before it gets here.
    fn from(invalid: InvalidId) -> Self {
        Self::Corrupt(invalid.to_string())
    }
}

/// The error of a transaction: it can hold a [`StoreError`], and tells whether it does, so that the
/// store knows whether to run the transaction again.
pub trait TxError: From<StoreError> + Send + 'static {
    /// The database's error in it, if that is what it is.
    fn store(&self) -> Option<&StoreError>;
}

impl TxError for StoreError {
    fn store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database_error(kind: DatabaseErrorKind, message: &str) -> StoreError {
        DieselError::DatabaseError(kind, Box::new(message.to_owned())).into()
    }

    #[test]
    fn errors_say_whether_to_try_again() {
        let unknown = DatabaseErrorKind::Unknown;
        for (error, retryable, temporary) in [
            (database_error(unknown, "deadlock detected"), true, true),
            (
                database_error(DatabaseErrorKind::SerializationFailure, "could not serialize access"),
                true,
                true,
            ),
            (database_error(DatabaseErrorKind::ClosedConnection, "server closed the connection"), true, true),
            (database_error(unknown, "connection to the remote node w2:5432 failed"), true, true),
            (database_error(unknown, "canceling statement due to statement timeout"), false, true),
            (database_error(unknown, "canceling statement due to lock timeout"), false, true),
            (database_error(unknown, "database is locked"), false, true),
            (database_error(unknown, "no such table: households"), false, false),
            (database_error(DatabaseErrorKind::UniqueViolation, "duplicate key"), false, false),
        ] {
            assert_eq!((error.is_retryable(), error.is_temporary()), (retryable, temporary), "{error}");
        }
    }
}
