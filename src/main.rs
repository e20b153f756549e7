//! The program `samruat`: the hub, the office's commands, a device on the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    samruat::cli::run(std::env::args_os())
}
