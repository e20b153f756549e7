//! The log of a hub that serves.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// One JSON object on each line.
    Json,
    /// For people.
    Text,
}

/// What is logged unless SAMRUAT_LOG says otherwise.
const LEVEL: &str = "info,actix_server=warn";

/// Begins to log to stdout; as JSON, unless a person is watching. If the program logs already, that
/// stays as it is.
pub(super) fn begin(format: Option<LogFormat>) {
    let is_terminal = std::io::stdout().is_terminal();
    let format = format.unwrap_or(if is_terminal { LogFormat::Text } else { LogFormat::Json });
    let filter = EnvFilter::try_from_env("SAMRUAT_LOG").unwrap_or_else(|_| EnvFilter::new(LEVEL));
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    let begun = match format {
        LogFormat::Json => log.json().flatten_event(true).with_target(false).try_init(),
        LogFormat::Text => log.with_target(false).with_ansi(is_terminal).try_init(),
    };
    if let Err(error) = begun {
        tracing::debug!(%error, "the log had begun already");
    }
}
