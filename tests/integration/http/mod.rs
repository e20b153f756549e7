//! The hub over real HTTP, on SQLite and on PostgreSQL.

mod allocations;
mod answers;
mod app_files;
mod areas;
mod bad_input;
mod commands;
mod device_forms;
mod enrolment;
mod erasures;
mod files;
mod forms;
mod indicators;
mod lists;
mod odata;
mod operations;
mod photos;
mod planners;
mod plans;
mod quality;
mod roles;
mod sessions;
mod settling;
mod tables;
mod truth;
mod volunteers;
mod world;
