//! Samruat, an offline-first backend for community surveys.

pub mod area;
pub mod projection;
pub mod samples;
