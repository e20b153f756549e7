//! The device's machine against a hub: a hub in memory, honest and simple, and a phone that a
//! network and a storage may fail at any step.

mod bytes;
mod histories;
pub(crate) mod hub;
mod lies;
pub(crate) mod phone;
mod scenarios;
