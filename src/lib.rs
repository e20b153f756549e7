//! Samruat, an offline-first backend for community surveys.

pub mod area;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod forms;
pub mod http;
pub mod odata;
pub mod papers;
pub mod photos;
pub mod planning;
pub mod projection;
pub mod samples;
pub mod store;
pub mod sync;
