//! The tests that need the whole workspace: its sources, its manifests, its databases, its server.
//!
//! One binary, so that it links once and starts one PostgreSQL server for all of it.

#![allow(clippy::unwrap_used)]

mod analyst;
mod architecture;
mod forms;
mod http;
mod migrations;
mod postgres;
mod store;

use std::path::Path;

/// The root of the workspace, where the tests find what they read.
fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Fails with every fault on a line of its own.
#[track_caller]
fn assert_no_faults(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
