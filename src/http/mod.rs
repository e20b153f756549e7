//! The hub over HTTP, and the only place that knows actix.
//!
//! ```no_run
//! use samruat::clock::Clock;
//! use samruat::config::Config;
//! use samruat::http::{App, Server};
//! use samruat::store::Database;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = App::new(Database::open("sqlite:hub.sqlite")?, Config::default(), Clock::System)?;
//! let server = Server::start(app)?; // in a thread of its own
//! println!("listening on {}", server.address());
//! server.wait()?; // until somebody stops it, or the system asks it to
//! # Ok(())
//! # }
//! ```
//!
//! [`routes`] is the one table of routes; each noun has a file; a handler authenticates, loads,
//! decides, answers. What a client gets that cannot be answered is one of [`problem::Problem`].
//! Whatever blocks runs on a thread for it, by [`App::block`].

#![allow(unused_qualifications, reason = "utoipa writes them for the parameters of a query")]

mod allocation_files;
mod allocations;
mod annex;
mod annex_files;
mod answers;
mod app;
mod app_files;
mod area_assessments;
mod area_groups;
mod area_path;
mod auth;
mod body;
mod changes;
mod conflicts;
mod coverage;
mod duplicates;
mod enrol;
pub mod erasures;
mod faults;
mod forms;
mod frames;
mod handover;
mod households;
mod indicators;
mod listing;
mod metrics;
mod named_bytes;
mod needy_lists;
mod odata;
mod odata_sets;
mod operations;
mod people;
mod photos;
mod planning_problem;
mod programmes;
mod projects;
mod pseudonym;
mod publications;
mod quality;
mod quarantine;
mod reply;
mod rules;
mod scope;
mod scoring;
mod server;
mod settlements;
mod strength;
mod sync;
mod tables;
mod targets;
mod trace;
mod volunteers;
mod welcome;

pub mod answer_table;
pub mod assessments;
pub mod credentials;
pub mod csv_table;
pub mod devices;
pub mod export;
pub mod form_views;
pub mod merges;
pub mod openapi;
pub mod passwords;
pub mod problem;
pub mod routes;
pub mod session;
pub mod views;

pub use app::{App, AppState, StartError};
pub use server::Server;
