//! `samruat form`: forms, which are spreadsheets.

mod interview;
mod outcome;
mod play;
mod test;
mod typed;
mod words;

use clap::Subcommand;

pub(super) use outcome::problem_name;

use super::CliError;
use crate::clock::Clock;

/// What is done with a form.
#[derive(Debug, Subcommand)]
pub(super) enum FormCommand {
    Test(test::Test),
}

impl FormCommand {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        match self {
            Self::Test(test) => test.run(json, clock),
        }
    }
}
