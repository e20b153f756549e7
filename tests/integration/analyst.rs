//! `samruat score` and `samruat allocate` as an analyst uses them: JSON in, JSON out, without a hub.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const SCORES: &str = include_str!("../fixtures/scoring/scoring_vectors.json");
const ALLOCATIONS: &str = include_str!("../fixtures/scoring/allocation_vectors.json");

fn samruat(arguments: &[&str], input: &str) -> Result<Value, String> {
    let mut running = Command::new(env!("CARGO_BIN_EXE_samruat"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    running.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = running.wait_with_output().unwrap();
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

#[test]
fn households_are_scored_as_the_worked_cases_say() {
    let cases: Value = serde_json::from_str(SCORES).unwrap();
    let cases = cases["vectors"].as_array().unwrap();
    let inputs: Vec<&Value> = cases.iter().map(|case| &case["input"]).collect();
    let expected: Vec<&Value> = cases.iter().map(|case| &case["expected"]).collect();
    assert_eq!(samruat(&["score"], &json!(inputs).to_string()).unwrap(), json!(expected));
}

#[test]
fn a_budget_is_given_out_as_the_worked_case_says() {
    let case: Value = serde_json::from_str(ALLOCATIONS).unwrap();
    assert_eq!(samruat(&["allocate"], ALLOCATIONS).unwrap(), case["result"]);
}

#[test]
fn what_is_wrong_is_one_line_that_says_where() {
    for (command, input, said) in [
        ("score", "{}", "a JSON array of households"),
        ("score", r#"[{}, {"roof_condition": "bad"}]"#, "household 2: `bad` is no grade"),
        ("allocate", "[]", "an allocation case"),
        ("allocate", r#"{"budget": -1, "candidates": []}"#, "invalid value: integer `-1`"),
        (
            "allocate",
            r#"{"budget": 1, "candidates": [{"id": "h1", "tier": 5, "housing": 1, "need": 1, "est": 1}]}"#,
            "h1: 5 is no tier: 1 to 4",
        ),
    ] {
        let told = samruat(&[command], input).unwrap_err();
        assert!(told.contains(said) && told.trim_end().lines().count() == 1, "{told}");
    }
}
