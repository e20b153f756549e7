//! The command line.

pub mod demo;
pub mod device;
pub mod show;
