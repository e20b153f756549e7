//! The JavaScript library and this crate read each other's changes, from the same genesis.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};
use sync_protocol::change::Change;
use sync_protocol::genesis::GENESIS;
use sync_protocol::ids::RowId;
use sync_protocol::registers::Registers;
use sync_protocol::value::{ScalarRef, Shown};

use crate::world::World;

const NO_NODE: &str = "Node.js is needed for this test; on Debian: apt-get install nodejs npm";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures")
}

#[test]
fn the_genesis_fixture_is_the_genesis_change() {
    let fixture = std::fs::read_to_string(fixtures().join("genesis.hex")).expect("the fixture is read");
    assert_eq!(fixture.trim_end(), HEXLOWER.encode(GENESIS));
}

#[test]
fn javascript_makes_the_same_genesis_and_the_same_document() {
    let mut world = World::new(42, 4);
    world.run(60);
    let mut registers = Registers::genesis();
    for made in &world.history {
        merge(&mut registers, made.raw_bytes());
    }
    let changes = world.history.iter().map(|change| HEXLOWER.encode(change.raw_bytes()));
    let answer = run_script(&json!({ "changes": changes.collect::<Vec<_>>() }));

    assert_eq!(answer["genesis"], HEXLOWER.encode(GENESIS));
    assert_eq!(as_decimals(answer["document"].clone()), document(&registers));

    let made = HEXLOWER.decode(answer["change"].as_str().expect("hex").as_bytes()).expect("hex");
    merge(&mut registers, &made);
    let row = Some(RowId([0; 16]));
    for (row, key, value) in [
        (None, "name", ScalarRef::Str("สมหญิง ใจดี")),
        (None, "income", ScalarRef::Int(12_500)),
        (None, "latitude", ScalarRef::F64(16.8211)),
        (None, "phone", ScalarRef::Null),
        (None, "hazards/flood", ScalarRef::Bool(true)),
        (row, "group", ScalarRef::Str("member")),
        (row, "age", ScalarRef::Int(71)),
    ] {
        let register = registers.register(row, key).expect("JavaScript has put it");
        assert_eq!(register.live.last().map(|live| live.value), Some(value), "{key}");
    }
}

fn merge(registers: &mut Registers, bytes: &[u8]) {
    let change = Change::read(bytes).expect("the change is read");
    registers.merge(&change, 0).expect("the change is merged");
}

/// The document as JSON, as JavaScript shows it.
fn document(registers: &Registers) -> Value {
    let mut answers = Map::new();
    let mut rows: Map<String, Value> = registers.rows().map(|row| (row.to_string(), json!({}))).collect();
    for Shown { row, key, value, .. } in registers.shown() {
        let into = match row {
            None => &mut answers,
            Some(row) => rows[&row.to_string()].as_object_mut().expect("a row is an object"),
        };
        into.insert(key.to_owned(), json_of(value));
    }
    json!({ "answers": answers, "rows": rows })
}

/// JavaScript has one type of number, and writes its negative zero without the sign.
fn json_of(value: ScalarRef<'_>) -> Value {
    match value {
        ScalarRef::Null => Value::Null,
        ScalarRef::Bool(value) => json!(value),
        ScalarRef::Int(value) => json!(value as f64),
        ScalarRef::Uint(value) => json!(value as f64),
        ScalarRef::F64(value) => json!(value + 0.0),
        ScalarRef::Str(value) => json!(value),
    }
}

fn as_decimals(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, as_decimals(value))).collect(),
        other => other,
    }
}

fn run_script(input: &Value) -> Value {
    let directory = fixtures().join("js");
    if !directory.join("node_modules").exists() {
        let status = Command::new("npm").arg("ci").current_dir(&directory).status();
        assert!(status.expect(NO_NODE).success(), "npm ci fails in {}", directory.display());
    }
    let mut node = Command::new("node")
        .arg("genesis.mjs")
        .current_dir(&directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect(NO_NODE);
    let mut stdin = node.stdin.take().expect("standard input is piped");
    stdin.write_all(input.to_string().as_bytes()).expect("the script reads");
    drop(stdin);
    let output = node.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "the script fails");
    serde_json::from_slice(&output.stdout).expect("the script writes JSON")
}
