//! What compiling a form costs: the built-in one, step by step, and how it grows.
//!
//! - the household form: bytes to cells, cells to model, both, and the hash of its meaning;
//! - growth: 100, 1,000 and 10,000 questions that each refer to the one before.
//!
//! `cargo bench -p survey-form --bench compile`

use std::hint::black_box;
use std::time::{Duration, Instant};
use survey_form::workbook::{Cell, Row, Sheet, Workbook, read};
use survey_form::xlsform::{compile, compile_workbook};

const HOUSEHOLD: &[u8] = include_bytes!("../../data/forms/household.xlsx");
const BATCH: Duration = Duration::from_millis(50);
const BATCHES: usize = 40;

fn main() {
    let workbook = read(HOUSEHOLD).expect("a workbook");
    let form = compile_workbook(&workbook, "household").form.expect("a form");
    println!(
        "the household form: {} bytes, {} fields, {} bytes as JSON",
        HOUSEHOLD.len(),
        form.fields.len(),
        serde_json::to_vec(&form).expect("JSON").len()
    );
    show("bytes to cells", || _ = black_box(read(black_box(HOUSEHOLD))));
    show("cells to model", || _ = black_box(compile_workbook(black_box(&workbook), "household")));
    show("bytes to model", || _ = black_box(compile(black_box(HOUSEHOLD), "household")));
    show("hash of its meaning", || _ = black_box(black_box(&form).hash()));

    println!("questions that each refer to the one before, cells to model");
    for count in [100, 1_000, 10_000] {
        let workbook = chain(count);
        show(&count.to_string(), || _ = black_box(compile_workbook(black_box(&workbook), "chain")));
    }
}

/// A survey of so many questions.
fn chain(count: u32) -> Workbook {
    let header = ["type", "name", "label", "relevant"].map(str::to_owned);
    let question = |number: u32| {
        let relevant = if number == 0 { String::new() } else { format!("${{q{}}} > 1", number - 1) };
        ["integer".to_owned(), format!("q{number}"), "Question".to_owned(), relevant]
    };
    let rows = std::iter::once(header).chain((0..count).map(question));
    let rows = (1..).zip(rows).map(|(number, texts)| {
        let cells = (1..).zip(texts).filter(|(_, text)| !text.is_empty());
        Row { number, cells: cells.map(|(column, text)| Cell { column, text }).collect() }
    });
    Workbook { sheets: vec![Sheet { name: "survey".to_owned(), rows: rows.collect() }] }
}

fn show(name: &str, mut work: impl FnMut()) {
    let start = Instant::now();
    work();
    let once = start.elapsed().max(Duration::from_nanos(100));
    let rounds = u32::try_from(BATCH.as_nanos() / once.as_nanos()).unwrap_or(u32::MAX).max(1);
    let batches = (0..BATCHES).map(|_| {
        let start = Instant::now();
        (0..rounds).for_each(|_| work());
        start.elapsed() / rounds
    });
    let fastest = batches.min().unwrap_or_default();
    println!("{name:>34} {:9.2} ms", fastest.as_secs_f64() * 1_000.0);
}
