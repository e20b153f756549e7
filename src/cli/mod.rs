//! The command line.

pub mod device;
pub mod show;
