//! The questions, each with what it may take.

use std::time::{Duration, Instant};

use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};

use crate::fill::Filled;
use crate::hub::{Hub, read_file, timed};

const ROUNDS: usize = 15;
/// Households of the export.
const EXPORTED: usize = 100_000;

pub(crate) fn run(filled: &Filled) {
    let hub = Hub::serve(&filled.database);
    let (first, own) = filled.tambons[0];
    let large = filled.tambons[5].0;
    let province = large.to_string()[..2].to_owned();
    let of_province = filled.tambons.iter().filter(|(code, _)| code.to_string().starts_with(&province));
    let in_province: usize = of_province.map(|(_, count)| count).sum();

    let path = format!("/tambons/{large}/assessments");
    ask("a tambon's list, first page", 5.0, || hub.get(&path), &is_full);
    let path = format!("/areas/{province}/assessments");
    ask("a province's list, thresholds in force", 1_000.0, || hub.get(&path), &is_full);
    let version = timed(hub.post("/scoring", &thresholds())).1["version"].as_str().unwrap().to_owned();
    let path = format!("/areas/{province}/assessments?scoring={version}");
    let what = format!("a province's list ({in_province}), other thresholds");
    ask(&what, 1_000.0, || hub.get(&path), &is_full);
    let path = format!("/areas/TH/assessments?scoring={version}");
    ask("the list of all tambons, other thresholds", f64::INFINITY, || hub.get(&path), &is_full);

    for (who, path) in
        [("TH by province", "/areas/TH/indicators"), ("TH by cluster", "/areas/TH/indicators?tree=cluster")]
    {
        let rows = |table: &Value| !table["rows"].as_array().unwrap().is_empty();
        ask(&format!("roll-up, {who}"), 20.0, || hub.get(path), &rows);
        ask(&format!("roll-up, {who}, planner's"), 20.0, || hub.get_as_planner(path), &rows);
    }
    for name in ["บุญ", "ทอง", "สมชาย ใจ", "ฮฮฮ"] {
        let body = json!({ "name": name });
        for (area, what) in [("TH", "all tambons"), (large.to_string().as_str(), "one tambon")] {
            let path = format!("/areas/{area}/people");
            ask(&format!("people, {name}, {what}"), 10.0, || hub.post(&path, &body), &|_| true);
        }
    }

    let path = format!("/tambons/{first}/scoring");
    let mut versions = [version.as_str(), "1"].into_iter().cycle();
    let mut next = || hub.put(&path, &json!({ "version": versions.next().unwrap() }));
    let scored = |answer: &Value| answer["households"] == own;
    ask_times(&format!("a tambon of {own} scored anew"), 300.0, 6, &mut next, &scored);

    let before = hub.own_mb();
    let mut most = before;
    let start = Instant::now();
    let (mut rows, mut bytes) = ([0, 0], 0);
    for (tambon, _) in &filled.tambons {
        if rows[0] >= EXPORTED {
            break;
        }
        for (of, rows) in ["households", "members"].into_iter().zip(&mut rows) {
            let (lines, read) = read_file(hub.get(&format!("/tambons/{tambon}/{of}.csv")));
            *rows += lines - 1;
            bytes += read;
            most = most.max(hub.own_mb());
        }
    }
    let [households, members] = rows;
    println!(
        "{:<52} {:>9.0} ms for {households} households and {members} members, {:.0} MB (aim: 5000 ms for {EXPORTED}); the hub's own memory {before:.0} MB before, then at most {most:.0} MB",
        "households with members as CSV",
        milliseconds(start.elapsed()),
        bytes as f64 / 1e6,
    );
}

/// Roll-ups of a whole country, as everybody in the office and as planners see them.
pub(crate) fn country(filled: &Filled) {
    let hub = Hub::serve(&filled.database);
    for (what, path) in [
        ("the country by province", "/areas/TH/indicators"),
        ("the country by province group", "/areas/TH/indicators?tree=cluster"),
        ("a province by tambon", "/areas/30/indicators?level=tambon"),
        ("the country by tambon, one block", "/areas/TH/indicators?level=tambon&blocks=dimension"),
        ("the country by tambon", "/areas/TH/indicators?level=tambon"),
    ] {
        let rows = |table: &Value| !table["rows"].as_array().unwrap().is_empty();
        let aim = if path.contains("level") { f64::INFINITY } else { 20.0 };
        ask_times(&format!("{} tambons, {what}", filled.tambons.len()), aim, 3, &mut || hub.get(path), &rows);
        ask_times("  for a planner", aim, 3, &mut || hub.get_as_planner(path), &rows);
    }
}

fn thresholds() -> Value {
    json!({
        "income_line": 60_000, "card_income_line": 80_000, "overcrowd": 2.5, "severe_cutoff": 0.2, "year_be": 2569,
    })
}

fn is_full(page: &Value) -> bool {
    page["households"].as_array().unwrap().len() == 100
}

fn ask(what: &str, aim_ms: f64, request: impl Fn() -> RequestBuilder, good: &dyn Fn(&Value) -> bool) {
    ask_times(what, aim_ms, ROUNDS, &mut || request(), good);
}

/// The first answer may wait for the disk; then the middle of several, and the slowest.
fn ask_times(
    what: &str,
    aim_ms: f64,
    rounds: usize,
    request: &mut dyn FnMut() -> RequestBuilder,
    good: &dyn Fn(&Value) -> bool,
) {
    let mut times = Vec::new();
    for _ in 0..rounds {
        let (took, answer) = timed(request());
        assert!(good(&answer), "{what}: {answer}");
        times.push(milliseconds(took));
    }
    let first = times[0];
    times.sort_by(f64::total_cmp);
    println!(
        "{what:<52} {:>9.1} ms (first {first:.1}, slowest {:.1}; aim {aim_ms})",
        times[rounds / 2],
        times[rounds - 1]
    );
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}
