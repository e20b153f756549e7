//! The command line.
//!
//! Every command gives what it has to say as one text, or with `--json` as one JSON value; what goes
//! wrong is one line that says what to do next, and the exit code is 1.

pub mod demo;
pub mod device;
pub mod show;

mod analyst;
mod backup;
mod check;
mod enroll;
mod export;
mod form;
mod held_forms;
mod household;
mod key;
mod list;
mod log;
mod person;
mod questions;
mod roster;
mod serve;
mod upkeep;

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sync_protocol::ids::TambonCode;

use crate::area::Area;
use crate::clock::{Clock, Micros};
use crate::config::DATABASE_URL_DEFAULT;
use crate::forms::FormsError;
use crate::http::StartError;
use crate::http::credentials::{NoChance, random};
use crate::http::devices::IssueError;
use crate::http::erasures::ErasureError;
use crate::http::merges::MergeError;

use crate::store::audit::AuditEntry;
use crate::store::{Conn, Database, DatabaseUrl, Options, StoreError, tambons, without_password};
use crate::sync::SyncError;
use device::{DeviceCommand, DeviceError};

/// A hub for household surveys that work without a network.
///
/// Volunteers' devices sync to a hub; planners read the merge. To begin with:
///
///   samruat enroll --person 'สมศรี ใจงาม' --villages 65011704,65011705
///   samruat serve --listen 127.0.0.1:8080
///   samruat device init --dir phone --hub http://127.0.0.1:8080 --code CODE
#[derive(Debug, Parser)]
#[command(
    name = "samruat",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    verbatim_doc_comment
)]
struct Cli {
    /// Answer in JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Enroll(enroll::Enroll),
    ApiKey(key::ApiKeyCommand),
    /// People of the office: who signs in, as what, and where.
    Person {
        #[command(subcommand)]
        command: person::PersonCommand,
    },
    /// Import what other registers know.
    Import {
        #[command(subcommand)]
        what: roster::Import,
    },
    /// Write out what the hub holds.
    Export {
        #[command(subcommand)]
        what: export::Export,
    },
    Merge(household::Merge),
    /// What is done to one household.
    Household {
        #[command(subcommand)]
        command: household::HouseholdCommand,
    },
    /// Forms: spreadsheets that ask.
    Form {
        #[command(subcommand)]
        command: form::FormCommand,
    },
    List(list::List),
    Score(analyst::Score),
    Allocate(analyst::Allocate),
    Verify(upkeep::Verify),
    Reproject(upkeep::Reproject),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Demo(demo::Demo),
    /// A volunteer's device on the command line.
    Device {
        #[command(subcommand)]
        command: DeviceCommand,
    },
}

/// A language of headings and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    Th,
    En,
}

/// Which database.
#[derive(Debug, Clone, Args)]
struct DatabaseArgs {
    /// The hub's database: sqlite:PATH or postgres://USER@HOST/NAME
    #[arg(long, value_name = "URL", env = "SAMRUAT_DATABASE_URL", default_value = DATABASE_URL_DEFAULT, hide_env_values = true)]
    database_url: String,
}

impl DatabaseArgs {
    fn open_or_make(&self) -> Result<Database, CliError> {
        self.open_or_make_with(Options::default())
    }

    /// Opens the database, and makes it where it is not: a file that nobody else can read.
    fn open_or_make_with(&self, options: Options) -> Result<Database, CliError> {
        if let DatabaseUrl::Sqlite(path) = DatabaseUrl::parse(&self.database_url)?
            && !path.exists()
        {
            create_private(&path).map_err(|error| CliError::file(&path, error))?;
        }
        Ok(Database::open_with(&self.database_url, options)?)
    }

    /// Opens a database that has to be there: a misspelt path is not to become an empty database.
    fn open(&self) -> Result<Database, CliError> {
        if let DatabaseUrl::Sqlite(path) = DatabaseUrl::parse(&self.database_url)?
            && !path.exists()
        {
            return Err(CliError::NoDatabase(without_password(&self.database_url)));
        }
        self.open_or_make()
    }
}

/// Makes a file that only its owner can read; it must not be there.
fn create_private(path: &Path) -> std::io::Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

/// What a command of the office came to.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sync(#[from] SyncError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Demo(#[from] demo::DemoError),
    #[error(transparent)]
    Merge(#[from] MergeError),
    #[error(transparent)]
    Erasure(#[from] ErasureError),
    #[error(transparent)]
    Forms(#[from] FormsError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    NoChance(#[from] NoChance),
    #[error(
        "there is no database at {0}; `samruat enroll` or `samruat serve` makes one, --database-url names another"
    )]
    NoDatabase(String),
    #[error("there is no area with the code {code} / ไม่มีรหัสพื้นที่ {code}{hint}")]
    UnknownArea { code: Area, hint: String },
    #[error("{0}")]
    Usage(String),
    #[error("{path}: {error}")]
    File { path: String, error: std::io::Error },
    #[error("{0}")]
    Roster(roster::RosterError),
    #[error("no tambon in {0} is served by this hub yet; `samruat enroll` begins one")]
    NothingServed(Area),
    #[error("the hub could not listen on {address}: {error}; name another address with --listen")]
    Listen { address: String, error: std::io::Error },
    #[error("the server failed: {0}")]
    Server(std::io::Error),
    /// What was found is printed; the exit code says that it is not as it should be.
    #[error("{0}")]
    Disagrees(String),
}

impl From<IssueError> for CliError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Store(error) => Self::Store(error),
            IssueError::NoChance(error) => Self::NoChance(error),
        }
    }
}

impl CliError {
    fn file(path: &Path, error: std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), error }
    }
}

/// Runs the program with these arguments, the first of which is its name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let json = cli.json;
    match execute(cli.command, json, &Clock::System) {
        Ok(text) => print(&text),
        Err(CliError::Disagrees(text)) => {
            print(&text);
            ExitCode::FAILURE
        }
        Err(error) => {
            if json {
                eprintln!("{}", serde_json::json!({ "error": error.to_string() }));
            } else {
                eprintln!("error: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Prints what a command has to say. Whoever reads it may have gone (`| head`): that is no failure.
fn print(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let written = if text.is_empty() { Ok(()) } else { writeln!(out, "{text}") };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

fn execute(command: Command, json: bool, clock: &Clock) -> Result<String, CliError> {
    match command {
        Command::Serve(serve) => serve.run(json, clock),
        Command::Enroll(enroll) => enroll.run(json, clock),
        Command::ApiKey(key) => key.run(json, clock),
        Command::Person { command } => command.run(json, clock),
        Command::Import { what } => what.run(json, clock),
        Command::Export { what } => what.run(json, clock),
        Command::Merge(merge) => merge.run(json, clock),
        Command::Household { command } => command.run(json, clock),
        Command::Form { command } => command.run(json, clock),
        Command::List(list) => list.run(json, clock),
        Command::Score(score) => score.run(),
        Command::Allocate(allocate) => allocate.run(),
        Command::Verify(verify) => verify.run(json, clock),
        Command::Reproject(reproject) => reproject.run(json, clock),
        Command::Backup(backup) => backup.run(json),
        Command::Restore(restore) => restore.run(json, clock),
        Command::Demo(demo) => demo.run(clock),
        Command::Device { command } => Ok(device::run(command, json, clock.clone())?),
    }
}

/// Who works at this machine, for the audit log.
fn operator() -> String {
    let name = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).unwrap_or_default();
    let name: String =
        name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')).take(64).collect();
    if name.is_empty() { "cli".to_owned() } else { format!("cli:{name}") }
}

/// What the audit log says of a command.
fn line(
    now: Micros,
    action: &str,
    subject: &str,
    details: &serde_json::Value,
) -> Result<AuditEntry, CliError> {
    Ok(AuditEntry {
        at: now,
        id: random()?,
        actor: operator(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        details: details.to_string(),
    })
}

/// Refuses the code of an area that there is not; says what took its place if it was abolished.
fn known(area: Area) -> Result<Area, CliError> {
    let areas = crate::area::Areas::bundled();
    if areas.contains(area) {
        return Ok(area);
    }
    let successors: Vec<String> =
        areas.successors(area.shortened(6)).iter().map(ToString::to_string).collect();
    let hint = match successors.as_slice() {
        [] => String::new(),
        some => format!("; it was abolished, now: {}", some.join(", ")),
    };
    Err(CliError::UnknownArea { code: area, hint })
}

/// The tambons in an area (all of them, if none is named) that the hub serves.
fn served(database: &Database, area: Option<Area>) -> Result<Vec<TambonCode>, CliError> {
    let all = database.read(|conn: &mut Conn| tambons::all(conn))?;
    let wanted = |code: &TambonCode| area.is_none_or(|area| area.shortened(6).covers((*code).into()));
    let codes: Vec<TambonCode> = all.into_iter().map(|tambon| tambon.code).filter(wanted).collect();
    match area {
        Some(area) if codes.is_empty() => Err(CliError::NothingServed(area)),
        _ => Ok(codes),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_well_formed() {
        super::Cli::command().debug_assert();
    }
}
