//! The hub over real HTTP, on SQLite and on PostgreSQL.

mod bad_input;
mod commands;
mod device_check;
mod enrolment;
mod operations;
mod planners;
mod roles;
mod truth;
mod world;
