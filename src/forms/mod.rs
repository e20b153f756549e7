//! Forms on the hub: which there are, where each holds, what was answered, and what does not hold.
//!
//! ```no_run
//! use samruat::clock::Clock;
//! use samruat::forms::{self, Author};
//! use samruat::store::Database;
//!
//! # use samruat::store::audit::AuditEntry;
//! # use sync_protocol::ids::VillageCode;
//! # fn add(bytes: &[u8], villages: &[VillageCode], line: AuditEntry) -> Result<(), Box<dyn std::error::Error>> {
//! let database = Database::open("sqlite:hub.sqlite")?;
//! let author = Author { name: "cli:somsri", now: Clock::System.now() };
//! let examined = forms::examine(&database, bytes, "water")?; // faults by cell, what differs from before
//! let added = forms::add(&database, &examined, bytes, &author, None)?;
//! forms::publish(&database, &added.version.hash, villages, &author, ([1; 8], line))?;
//! # Ok(())
//! # }
//! ```
//!
//! A version of a form is named by the hash of its meaning and never changes. It is added once, and
//! published to villages: there it holds until another version of the same form follows or it is retired.
//! The built-in form holds wherever no version of it was published.
//!
//! A form may read tables from outside; each is a CSV file that is added to the version ([`examine_table`],
//! [`add_table`]) before it is published, and may be replaced later.
//!
//! In a tambon a question's key means one thing: a form that asks for something else under a key of
//! another form that holds there is not published ([`Clash`]).
//!
//! [`answers`] lays answers out in typed columns under the form's own labels, [`quality`] evaluates forms
//! over merged households. Both read registers, and both are computed when they are asked for.

mod built_in;
mod catalogue;
mod dictionary;
mod error;
mod fingerprint;
mod tables;
mod words;

pub mod answers;
pub mod quality;

pub use built_in::{BuiltIn, built_in};
pub use catalogue::{
    Added, Author, Examined, Holding, Published, Version, VersionTable, add, asked_in, examine, find,
    holding, load, model, page, publish, retire, workbook,
};
pub use dictionary::{Clash, Meaning, clashes};
pub use error::FormsError;
pub use fingerprint::{note, note_all};
pub use tables::{
    ChosenFrom, ExaminedTable, Labels, Tables, add_table, examine_table, labels, needed, table_for, tables_of,
};
pub use words::{Words, hash_text, read_hash};
