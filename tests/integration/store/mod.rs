//! The store's behaviour, the same on every backend.

mod backend;
mod transactions;
