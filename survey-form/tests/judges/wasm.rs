//! What our engine tells natively, it tells in wasm32-unknown-unknown, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use form_interview::{Asked, Glance, Register, Script, TableText, tell};
use survey_form::engine::Entry;

use crate::support::cases::{Cases, RESULT};
use crate::support::{self, THAILAND};
use crate::{interviewer, odk};

/// Interviews for each form, and the steps of each.
const SEEDS: u64 = 2;
const STEPS: usize = 16;

#[test]
fn wasm_tells_what_native_code_tells() {
    let module = module();
    let mut asked = interviews();
    asked.extend(expressions());
    let lines: Vec<String> = asked.iter().map(|asked| serde_json::to_string(asked).expect("JSON")).collect();
    let mut node = Command::new("node");
    node.arg(odk::folder().join("wasm.mjs")).arg(module);
    let told = String::from_utf8(odk::run(node, lines.join("\n").as_bytes())).expect("UTF-8");
    let told: Vec<&str> = told.split('\n').collect();
    assert_eq!(told.len(), lines.len());
    let mut bytes = 0;
    for (line, wasm) in lines.iter().zip(told) {
        let native = String::from_utf8(tell(line.as_bytes())).expect("UTF-8");
        assert!(native.starts_with("[{") || native.starts_with("Ok("), "{native}");
        assert_eq!(native, wasm, "{line}");
        bytes += native.len();
    }
    println!("{} questions, {bytes} bytes of answers", lines.len());
}

/// Interviews over the whole corpus, by the clock of Thailand.
fn interviews() -> Vec<Asked> {
    let mut asked = Vec::new();
    for (name, specimen) in interviewer::specimens() {
        let (form, faults) = crate::compiled(&specimen.workbook());
        let form = form.unwrap_or_else(|| panic!("{name}: {faults}"));
        for seed in interviewer::seeds(SEEDS) {
            let steps = interviewer::interview(&specimen, &form, seed, STEPS).steps;
            let (files, now_ms) = (specimen.files.clone(), crate::NOW_MS);
            let script = Script { form: form.clone(), files, now_ms, zone_minutes: THAILAND.0, steps };
            asked.push(Asked::Interview(Box::new(script)));
        }
    }
    asked
}

/// The cases of `tests/fixtures/forms/expressions.json`.
fn expressions() -> Vec<Asked> {
    let cases = Cases::read();
    let registers = |entries: Vec<Entry>| entries.iter().map(Register::from).collect();
    let mut asked = Vec::new();
    for group in &cases.groups {
        for (expression, _) in &group.cases {
            let tables = cases.tables.iter().map(|(name, table)| {
                let (columns, rows) = (table.columns.clone(), table.rows.clone());
                (name.clone(), TableText { columns, rows })
            });
            let glance = Glance {
                form: cases.form(group, expression),
                tables: tables.collect(),
                household: registers(group.entries()),
                last_saved: registers(Cases::last_saved()),
                now_ms: support::NOW_MS,
                zone_minutes: THAILAND.0,
                row: group.row().map(|row| row.to_string()),
                field: RESULT.to_owned(),
            };
            asked.push(Asked::Glance(Box::new(glance)));
        }
    }
    asked
}

/// Builds the module as the step `wasm` of `cargo xtask test` builds what phones run.
fn module() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interview");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../wasm");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--lib", "--target", "wasm32-unknown-unknown"])
        .args(["--config", r#"profile.dev.package."*".opt-level=0"#])
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .status();
    assert!(
        built.expect("cargo starts").success(),
        "`rustup target add wasm32-unknown-unknown` brings the target"
    );
    let module = target.join("wasm32-unknown-unknown/debug/form_interview.wasm");
    assert!(fs::exists(&module).expect("a path"), "{}", module.display());
    module
}
