//! The judges: pyxform makes an XForm of a workbook, `@getodk/xforms-engine` runs it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use form_interview::{State, Step};
use serde::{Deserialize, Serialize};

const NOT_SET_UP: &str = "`cargo xtask setup` installs what judges the forms";

/// What pyxform says of a workbook.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Converted {
    Xform(String),
    Error(String),
}

/// What the engine is asked.
#[derive(Serialize)]
pub(crate) struct Questions<'a> {
    /// Milliseconds since 1970 at which every interview takes place.
    pub(crate) now: i64,
    pub(crate) forms: Vec<FormQuestions<'a>>,
}

/// One form and its interviews.
#[derive(Serialize)]
pub(crate) struct FormQuestions<'a> {
    pub(crate) name: &'a str,
    pub(crate) xform: &'a str,
    pub(crate) files: &'a BTreeMap<String, String>,
    pub(crate) runs: Vec<&'a [Step]>,
}

/// What the engine answers of a form: for each interview the state before the first step and after
/// every step.
#[derive(Deserialize)]
pub(crate) struct FormAnswers {
    pub(crate) name: String,
    pub(crate) error: Option<String>,
    pub(crate) runs: Vec<Vec<Told>>,
}

/// A state, or what the engine threw.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Told {
    Error { error: String },
    State(State),
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges")
}

/// Lets pyxform judge workbooks, each by its name.
pub(crate) fn convert(workbooks: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Converted> {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("judged-forms");
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch).expect("a folder of its own");
    for (name, bytes) in workbooks {
        fs::write(scratch.join(format!("{name}.xlsx")), bytes).expect("a workbook is written");
    }
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../judges/python/bin/python");
    let mut converting = Command::new(python);
    converting.arg(folder().join("convert.py")).arg(&scratch);
    let answer = run(converting, b"");
    serde_json::from_slice(&answer).expect("convert.py writes JSON")
}

/// Lets the engine of ODK Web Forms run interviews.
pub(crate) fn interview(questions: &Questions<'_>) -> Vec<FormAnswers> {
    let mut node = Command::new("node");
    node.arg("interview.mjs").current_dir(folder()).env("TZ", crate::TIME_ZONE);
    let answer = run(node, &serde_json::to_vec(questions).expect("questions are JSON"));
    serde_json::from_slice(&answer).expect("interview.mjs writes JSON")
}

pub(crate) fn run(mut program: Command, input: &[u8]) -> Vec<u8> {
    let mut running = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect(NOT_SET_UP);
    let mut stdin = running.stdin.take().expect("standard input is piped");
    // Both scripts read all of their input before they write.
    stdin.write_all(input).expect(NOT_SET_UP);
    drop(stdin);
    let output = running.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{program:?} fails. {NOT_SET_UP}");
    output.stdout
}
