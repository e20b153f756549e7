//! The steps of `cargo xtask test`: each has a name, runs alone by `--only`, and is timed.

use crate::command::Command;
use crate::{setup, target_dir};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// How many seeds the simulation runs where `SAMRUAT_SIM_SEEDS` does not say it.
pub(crate) const SIMULATION_SEEDS: &str = "500";

/// The crates that a phone runs, each by its folder, and how a phone has it: it makes no snapshots and
/// reads no workbooks.
const WASM_CRATES: [(&str, &[&str]); 4] = [
    ("light", &[]),
    ("sync-protocol", &["--no-default-features"]),
    ("survey-form", &["--no-default-features"]),
    ("web/core", &[]),
];

/// What builds the volunteers' app.
const WEB_BUILD: &str = "web/build.mjs";
/// What is there when it was built.
const WEB_BUILT: &str = "web/dist/index.html";

/// The fuzz targets, each with the folder of the inputs that it must hold on.
const FUZZ_TARGETS: [(&str, &str); 6] = [
    ("change_reader", "fuzz/seeds/change_reader"),
    ("wire_messages", "fuzz/seeds/wire_messages"),
    ("snapshot", "fuzz/seeds/snapshot"),
    ("workbook", "fuzz/seeds/workbook"),
    ("expression", "fuzz/seeds/expression"),
    ("interview", "tests/fixtures/forms"),
];

struct Step {
    name: &'static str,
    says: &'static str,
    run: fn() -> Result<Outcome, String>,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Done,
    Skipped(&'static str),
}

const STEPS: [Step; 9] = [
    Step { name: "setup", says: "what the machine needs", run: set_up },
    Step { name: "fmt", says: "formatting", run: fmt },
    Step { name: "web", says: "the volunteers' app: types, tests, build, size", run: web },
    Step { name: "clippy", says: "lints; a warning is an error", run: clippy },
    Step { name: "test", says: "every Rust test, the simulation among them", run: test_workspace },
    Step { name: "wasm", says: "what phones run builds for wasm32-unknown-unknown", run: wasm },
    Step { name: "e2e", says: "a real browser and a real hub", run: e2e },
    Step { name: "fuzz", says: "the fuzz targets hold on their seeds", run: fuzz },
    Step { name: "deny", says: "licences, bans and sources of the dependencies", run: deny },
];

/// The names of the steps, in order.
pub(crate) fn names() -> String {
    STEPS.map(|step| step.name).join(", ")
}

/// Runs every step, or only the one of this name, up to the first that fails; then prints the table.
pub(crate) fn test(only: Option<&str>) -> Result<(), String> {
    let chosen: Vec<&Step> = STEPS.iter().filter(|step| only.is_none_or(|name| name == step.name)).collect();
    if chosen.is_empty() {
        return Err(format!("there is no step `{}`; steps: {}", only.unwrap_or_default(), names()));
    }
    let (rows, failure) = run_in_order(&chosen);
    println!("\n{}", table(&rows));
    failure.map_or(Ok(()), Err)
}

/// What the table says of one step; no duration where it was not run.
type Row = (&'static str, String, Option<Duration>);

fn run_in_order(steps: &[&Step]) -> (Vec<Row>, Option<String>) {
    let mut rows = Vec::new();
    let mut failure = None;
    for step in steps {
        if failure.is_some() {
            rows.push((step.name, "not run".to_owned(), None));
            continue;
        }
        println!("\n=== {}: {}", step.name, step.says);
        let start = Instant::now();
        let outcome = (step.run)();
        let spent = start.elapsed();
        let said = match outcome {
            Ok(Outcome::Done) => "ok".to_owned(),
            Ok(Outcome::Skipped(why)) => format!("skipped: {why}"),
            Err(trouble) => {
                let name = step.name;
                let again = format!("Only this step again:\n  cargo xtask test --only {name}");
                failure = Some(format!("Step `{name}` {trouble}\n{again}"));
                "FAILED".to_owned()
            }
        };
        println!("=== {}: {said} ({:.1} s)", step.name, spent.as_secs_f64());
        rows.push((step.name, said, Some(spent)));
    }
    (rows, failure)
}

fn table(rows: &[Row]) -> String {
    let mut text = format!("{:<8} {:>8}  result\n", "step", "seconds");
    for (name, said, spent) in rows {
        let seconds = spent.map_or_else(|| "-".to_owned(), |spent| format!("{:.1}", spent.as_secs_f64()));
        text += &format!("{name:<8} {seconds:>8}  {said}\n");
    }
    let total: Duration = rows.iter().filter_map(|(_, _, spent)| *spent).sum();
    text + &format!("{:<8} {:>8.1}", "total", total.as_secs_f64())
}

fn set_up() -> Result<Outcome, String> {
    setup::for_tests().map(done)
}

fn fmt() -> Result<Outcome, String> {
    Command::new("cargo fmt --all --check").run().map(done)
}

/// Before the hub is built: it takes the app in.
fn web() -> Result<Outcome, String> {
    if !Path::new(WEB_BUILD).is_file() {
        return Ok(Outcome::Skipped("there is no web/build.mjs here"));
    }
    Command::new("npm run --silent check").folder("web").run()?;
    build_web()?;
    // They run what was built.
    let folders = ["web/field/tests", "web/office/tests"].map(Path::new);
    let tests: Vec<_> = folders.into_iter().flat_map(|folder| files_ending_in(folder, ".test.mjs")).collect();
    if !tests.is_empty() {
        tests.iter().fold(Command::new("node --test"), |test, file| test.arg(file)).run()?;
    }
    Ok(Outcome::Done)
}

/// Builds the volunteers' app into `web/dist`; fails when it is larger than a phone is to install.
pub(crate) fn build_web() -> Result<(), String> {
    if !Path::new(WEB_BUILD).is_file() {
        return Ok(());
    }
    Command::new("node build.mjs").folder("web").run()
}

/// One after the other: they measure times.
fn e2e() -> Result<Outcome, String> {
    let tests = files_ending_in(Path::new("tests/e2e"), ".test.mjs");
    if tests.is_empty() {
        return Ok(Outcome::Skipped("there is no tests/e2e here"));
    }
    if !Path::new(WEB_BUILT).is_file() {
        build_web()?;
    }
    Command::new("cargo build --bin samruat").run()?;
    let test = Command::new("node --test --test-concurrency=1");
    tests.iter().fold(test, |test, file| test.arg(file)).run().map(done)
}

/// The files below a folder whose names end so, in order.
fn files_ending_in(folder: &Path, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_ending_in(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path.display().to_string());
        }
    }
    found.sort();
    found
}

fn clippy() -> Result<Outcome, String> {
    Command::new("cargo clippy --workspace --all-targets -- -D warnings").run().map(done)
}

fn test_workspace() -> Result<Outcome, String> {
    let seeds = std::env::var("SAMRUAT_SIM_SEEDS").unwrap_or_else(|_| SIMULATION_SEEDS.to_owned());
    Command::new("cargo test --workspace").env("SAMRUAT_SIM_SEEDS", seeds).run().map(done)
}

/// In the target folder into which a test of survey-form builds its module, too.
/// Not optimised: nothing runs it, and optimising takes four times as long.
fn wasm() -> Result<Outcome, String> {
    for (folder, options) in WASM_CRATES.into_iter().filter(|(folder, _)| Path::new(folder).is_dir()) {
        let build = Command::new("cargo build --lib --target wasm32-unknown-unknown --manifest-path")
            .arg(format!("{folder}/Cargo.toml"));
        options
            .iter()
            .fold(build, Command::arg)
            .arg("--target-dir")
            .arg(target_dir().join("wasm").display())
            .arg("--config")
            .arg(r#"profile.dev.package."*".opt-level=0"#)
            .run()?;
    }
    Ok(Outcome::Done)
}

/// Runs each seed once, without feedback: that needs no nightly compiler. `fuzz/README.md` says how to fuzz.
fn fuzz() -> Result<Outcome, String> {
    if !Path::new("fuzz/Cargo.toml").is_file() {
        return Ok(Outcome::Skipped("there is no fuzz/ here"));
    }
    let built = target_dir().join("fuzz");
    Command::new("cargo build --manifest-path fuzz/Cargo.toml --target-dir").arg(built.display()).run()?;
    for (target, seeds) in FUZZ_TARGETS {
        Command::new(built.join("debug").join(target).display())
            .arg("-runs=0")
            .arg(format!("-artifact_prefix={}/", built.display()))
            .arg(seeds)
            .run()?;
    }
    Ok(Outcome::Done)
}

/// Advisories are left out: their database is fetched from the network, and a test must not change by itself.
fn deny() -> Result<Outcome, String> {
    if !Command::new("cargo deny --version").succeeds() {
        return Ok(Outcome::Skipped("no cargo-deny; `cargo install cargo-deny --locked` brings it"));
    }
    Command::new("cargo deny --workspace check --hide-inclusion-graph licenses bans sources").run().map(done)
}

fn done(_: ()) -> Outcome {
    Outcome::Done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(name: &'static str, run: fn() -> Result<Outcome, String>) -> Step {
        Step { name, says: "", run }
    }

    #[test]
    fn a_failure_stops_the_run_and_says_how_to_repeat_just_it() {
        let steps = [
            step("first", || Ok(Outcome::Done)),
            step("second", || Command::new("false").run().map(done)),
            step("third", || panic!("must not be run")),
        ];
        let (rows, failure) = run_in_order(&steps.iter().collect::<Vec<_>>());
        let failure = failure.expect("the second step fails");
        assert!(failure.starts_with("Step `second` failed"), "{failure}");
        assert!(failure.contains("\n  false\n"), "{failure}");
        assert!(failure.ends_with("\n  cargo xtask test --only second"), "{failure}");
        let said: Vec<&str> = rows.iter().map(|(_, said, _)| said.as_str()).collect();
        assert_eq!(said, ["ok", "FAILED", "not run"]);
    }

    #[test]
    fn the_table_adds_the_seconds_up() {
        let rows: [Row; 3] = [
            ("fmt", "ok".to_owned(), Some(Duration::from_millis(400))),
            ("deny", "skipped: none".to_owned(), Some(Duration::from_millis(100))),
            ("test", "not run".to_owned(), None),
        ];
        assert_eq!(
            table(&rows),
            "step      seconds  result\n\
             fmt           0.4  ok\n\
             deny          0.1  skipped: none\n\
             test            -  not run\n\
             total         0.5"
        );
    }

    #[test]
    fn tests_of_the_browser_are_found() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/e2e");
        let found = files_ending_in(&folder, ".test.mjs");
        assert!(found.iter().any(|file| file.ends_with("/hub.test.mjs")), "{found:?}");
        assert_eq!(files_ending_in(Path::new("no-such-folder"), ".mjs"), [""; 0]);
    }

    #[test]
    fn an_unknown_step_is_answered_with_the_names() {
        let answer = test(Some("tests")).expect_err("must be refused");
        assert!(answer.contains("web, clippy, test, wasm"), "{answer}");
    }
}
