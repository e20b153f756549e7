//! The program `samruat`: the hub, the office's commands, a device on the command line.

use std::process::ExitCode;

/// A push makes and drops thousands of small texts; glibc's allocator takes twice as long over them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    samruat::cli::run(std::env::args_os())
}
