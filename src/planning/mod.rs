//! What follows from scores: who is helped first and by what, how far a budget goes, and what a plan says of
//! it. Pure: the time, ids and rows are arguments.

pub mod allocation;
pub mod annex;
pub mod assessment;
pub mod csv_rows;
pub mod fiscal;
pub mod groups;
pub mod indicator_words;
pub mod indicators;
pub mod needy_list;
pub mod programme;
pub mod projects;
pub mod region;
pub mod rollup;
pub mod strength;
pub mod suppression;
pub mod targets;
pub mod told;
pub mod tranches;
pub mod veil;
