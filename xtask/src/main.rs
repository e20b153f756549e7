//! `cargo xtask`: one command sets the machine up and runs what was asked for.
//!
//! `main` reads the words of the command line; [`setup`] installs what the machine lacks; [`steps`] holds
//! the steps of `cargo xtask test`; [`command`] runs other programs and knows how to print them, so that
//! every line shown here can be typed again by hand. There are no dependencies: xtask is the first thing a
//! newcomer waits for.

mod command;
mod setup;
mod steps;

use command::Command;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask: sets the machine up and runs Samruat

  cargo xtask run [ARGUMENT…]       set up, build, run the demo and leave its hub on http://127.0.0.1:8080;
                                    arguments are passed on to `samruat demo`, e.g. --listen 127.0.0.1:9000
                                    or --keep DIR. Built with the dev profile, whose dependencies are
                                    optimised: the quickest first run, and it shares its build with the tests.
  cargo xtask test                  set up and run every test
  cargo xtask test --only STEP      run one step of it; steps: {steps}
  cargo xtask build                 the volunteers' app, and the release binary with it, target/release/samruat
  cargo xtask bench [NAME]          every benchmark, or benches/NAME.rs, and where to write the figures
  cargo xtask sim SEED              replay one seed of the simulation with its full trace
  cargo xtask sim FIRST..END        run the seeds from FIRST up to, not including, END
  cargo xtask setup                 only install what is missing, and say what that is

What is needed: Debian with Rust and Node.js. The rest (the wasm32 target, libpq, a C compiler; for the tests
also a C++ compiler, PostgreSQL, Python, Chromium) is installed by apt-get as root or by `sudo -n`; otherwise the one line that does it is printed.

Environment:
  SAMRUAT_SIM_SEEDS=N               how many seeds `cargo xtask test` simulates ({seeds} if not set)
  CARGO_TARGET_DIR=DIR              build there and not in target/
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = go_to_workspace().and_then(|()| dispatch(&words));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("\n{trouble}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Result<(), String> {
    match words {
        [] | ["help" | "--help" | "-h", ..] | [_, "--help" | "-h"] => {
            print!("{}", help());
            Ok(())
        }
        ["run", rest @ ..] => run(rest),
        ["test"] => steps::test(None),
        ["test", "--only", step] => steps::test(Some(step)),
        ["build"] => build(),
        ["bench"] => bench(None),
        ["bench", name] => bench(Some(name)),
        ["sim", seeds] => simulate(seeds),
        ["setup"] => setup::for_tests(),
        _ => Err(format!("`cargo xtask {}` is not understood.\n\n{}", words.join(" "), help())),
    }
}

fn help() -> String {
    HELP.replace("{steps}", &steps::names()).replace("{seeds}", steps::SIMULATION_SEEDS)
}

fn run(arguments: &[&str]) -> Result<(), String> {
    setup::for_builds()?;
    steps::build_web()?;
    Command::new("cargo build --bin samruat").run()?;
    let mut demo = Command::new(target_dir().join("debug/samruat").display()).arg("demo");
    if !arguments.iter().any(|a| *a == "--listen" || a.starts_with("--listen=")) {
        demo = demo.arg("--listen").arg("127.0.0.1:8080");
    }
    for argument in arguments {
        demo = demo.arg(argument);
    }
    demo.replace_this_process()
}

fn build() -> Result<(), String> {
    setup::for_builds()?;
    steps::build_web()?;
    Command::new("cargo build --release --bin samruat").run()?;
    println!("\n{}", target_dir().join("release/samruat").display());
    Ok(())
}

fn bench(name: Option<&str>) -> Result<(), String> {
    setup::for_tests()?;
    match name {
        Some(name) => Command::new("cargo bench --bench").arg(name).run()?,
        None => Command::new("cargo bench --workspace --benches").run()?,
    }
    println!("\nThe figures go into docs/BENCHMARKS.md, each with its command and the machine it ran on:");
    let page = fs::read_to_string("docs/BENCHMARKS.md").unwrap_or_default();
    for (number, line) in page.lines().enumerate().filter(|(_, line)| line.starts_with("## ")) {
        println!("  docs/BENCHMARKS.md:{}  {}", number + 1, line.trim_start_matches("## "));
    }
    Ok(())
}

/// Replays seeds. `SAMRUAT_SIM_SEED` is what the simulation reads: one seed to trace in full, or `A..B`.
fn simulate(seeds: &str) -> Result<(), String> {
    let numbers: Vec<&str> = seeds.splitn(2, "..").collect();
    if numbers.iter().any(|n| n.parse::<u64>().is_err()) {
        return Err(format!(
            "`{seeds}` is not a seed. A seed is a whole number, two of them make a range:\n  \
             cargo xtask sim 42\n  cargo xtask sim 0..10000"
        ));
    }
    setup::for_tests()?;
    Command::new("cargo test --test simulation -- --nocapture").env("SAMRUAT_SIM_SEED", seeds).run()
}

/// Every path and command here is relative to the workspace, wherever `cargo xtask` was typed.
fn go_to_workspace() -> Result<(), String> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")), // the binary was started by hand, not by cargo
        PathBuf::from,
    );
    let workspace = package.parent().unwrap_or(Path::new("."));
    std::env::set_current_dir(workspace).map_err(|e| format!("cannot enter {}: {e}", workspace.display()))
}

fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_answered_with_the_help() {
        for words in [&["tset"][..], &["sim"], &["test", "--only"], &["build", "--fast"]] {
            let answer = dispatch(words).expect_err("must be refused");
            assert!(answer.contains("cargo xtask sim SEED"), "{answer}");
        }
    }

    #[test]
    fn a_seed_is_a_number_or_two() {
        for seeds in ["x", "", "1..", "..2", "1..x", "-1"] {
            let answer = simulate(seeds).expect_err("must be refused");
            assert!(answer.contains("is not a seed"), "{answer}");
        }
    }

    #[test]
    fn help_names_every_step() {
        assert!(help().contains("setup, fmt, web, clippy, test, wasm, e2e, fuzz, deny"));
        assert!(!help().contains('{'));
    }
}
