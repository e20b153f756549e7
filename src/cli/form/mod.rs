//! `samruat form`: forms, which are spreadsheets.

mod hub;
mod interview;
mod outcome;
mod play;
mod table;
mod test;
mod words;

use clap::Subcommand;

pub(super) use outcome::problem_name;

use super::CliError;
use crate::clock::Clock;

/// What is done with a form.
#[derive(Debug, Subcommand)]
pub(super) enum FormCommand {
    Test(test::Test),
    Add(hub::Add),
    List(hub::List),
    Show(hub::Show),
    /// The tables from outside that a form reads
    #[command(subcommand)]
    Table(table::TableCommand),
    Publish(hub::Publish),
    Retire(hub::Retire),
}

impl FormCommand {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        match self {
            Self::Test(test) => test.run(json, clock),
            Self::Add(add) => add.run(json, clock),
            Self::List(list) => list.run(json),
            Self::Show(show) => show.run(json),
            Self::Table(table) => table.run(json, clock),
            Self::Publish(publish) => publish.run(json, clock),
            Self::Retire(retire) => retire.run(json, clock),
        }
    }
}
