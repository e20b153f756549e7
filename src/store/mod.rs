//! The hub's database, and the only place that knows diesel.
//!
//! ```no_run
//! use samruat::store::{Database, StoreError, tambons};
//!
//! # fn main() -> Result<(), StoreError> {
//! let database = Database::open("sqlite:hub.sqlite")?;
//! let served = database.read(|conn| tambons::all(conn))?;
//! # drop(served);
//! # Ok(())
//! # }
//! ```
//!
//! [`Database::read`] gives a consistent view, [`Database::write`] a transaction that is durable when
//! it returns. Each aggregate is one module of functions that take a [`Conn`] to read and a [`Tx`]
//! to write; the rows that they give and take are typed. One body serves SQLite and PostgreSQL.
//!
//! Errors: functions here give [`StoreError`]; a room above wraps it in its own error and implements
//! [`TxError`] for that.

mod columns;
mod conn;
mod database;
mod error;
mod health;
mod migrations;
mod pool;
pub mod projects;
mod schema;
mod statement;
mod url;
mod writer;

pub mod allocations;
pub mod api_keys;
pub mod archive;
pub mod area_groups;
pub mod audit;
pub mod backup;
pub mod changes;
pub mod conflicts;
pub mod device;
pub mod devices;
pub mod documents;
pub mod duplicates;
pub mod erasure;
pub mod forms;
pub mod frames;
pub mod meta;
pub mod needy_lists;
pub mod people;
pub mod photos;
pub mod planning_files;
pub mod quarantine;
pub mod read_model;
pub mod rules;
pub mod scoring;
pub mod settlements;
pub mod snapshots;
pub mod strength;
pub mod tables;
pub mod tambons;
pub mod villages;

pub use conn::{Conn, Tx};
pub use database::{Database, Options, Watch};
pub use error::{StoreError, TxError};
pub use url::{DatabaseUrl, without_password};
pub use writer::CommitMode;
