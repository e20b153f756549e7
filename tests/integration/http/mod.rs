//! The hub over real HTTP, on SQLite and on PostgreSQL.

mod answers;
mod bad_input;
mod commands;
mod device_forms;
mod enrolment;
mod forms;
mod operations;
mod planners;
mod quality;
mod roles;
mod tables;
mod truth;
mod world;
