//! Tests of the hub as a whole, in one binary.
#![allow(clippy::unwrap_used, missing_docs)]

mod store;
