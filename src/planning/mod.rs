//! What follows from scores: who is helped first, how far a budget goes, what is counted. Pure.

pub mod allocation;
pub mod assessment;
pub mod indicators;
