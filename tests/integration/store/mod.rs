//! The store's and the hub's behaviour, the same on every backend.

mod backend;
mod enrolment;
mod erasure;
mod frames;
mod histories;
mod opening;
mod phones;
mod read_model;
mod scopes;
mod statements;
mod sync;
mod transactions;
