//! What one answer costs: evaluating again what depends on it, and nothing else.
//!
//! - an interview: 65 fields and 10 members, with the conditions and sums that such forms have; one
//!   answer of the household, or of one member, is put;
//! - growth: the same ten fields beside 100, 1,000 and 10,000 others that they have nothing to do with.
//!
//! `cargo bench -p survey-form --bench engine`

#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{context, entry, field, form, member, row};
use survey_form::engine::{Entry, Plan, Session};
use survey_form::model::FieldId;
use survey_form::value::Scalar;

const MEMBERS: u8 = 10;
const MEMBER_FIELDS: usize = 15;
const HOUSEHOLD_FIELDS: usize = 50;
const BATCH: Duration = Duration::from_millis(20);
const BATCHES: usize = 40;

fn main() {
    let lines = interview();
    let plan = Arc::new(Plan::new(form(&lines, &[], &[])).expect("no rings"));
    println!("an interview of {} fields and {MEMBERS} members", plan.form().fields.len());
    let json = serde_json::to_string(plan.form()).expect("a model");
    let read = fastest(|| _ = black_box(serde_json::from_str::<survey_form::model::Form>(&json)));
    let planned = fastest(|| _ = black_box(Plan::new(plan.form().clone())));
    let opened = fastest(|| _ = black_box(Session::new(plan.clone(), context(), household())));
    println!("{:>34} {:9.2} µs, {} bytes", "model read from JSON", micros(read), json.len());
    println!("{:>34} {:9.2} µs", "plan made", micros(planned));
    println!("{:>34} {:9.2} µs", "household opened", micros(opened));

    let mut session = Session::new(plan, context(), household());
    let checked = fastest(|| _ = black_box(session.check_all()));
    println!("{:>34} {:9.2} µs", "household checked", micros(checked));
    for (name, at, question) in [
        ("answer that nothing depends on", None, "q9"),
        ("answer that much depends on", None, "q1"),
        ("age of a member, summed up", Some(row(5)), "m0"),
    ] {
        let id = field(&session, question);
        let touched = session.put(at, id, Scalar::Int(7)).expect("a question").touched.len();
        let cost = one_answer(&mut session, at, id);
        println!("{name:>34} {:9.2} µs, {touched} touched", micros(cost));
    }

    println!("ten fields that depend on one answer, beside others that do not");
    for others in [100, 1_000, 10_000] {
        let plan = Arc::new(Plan::new(form(&beside(others), &[], &[])).expect("no rings"));
        let mut session = Session::new(plan, context(), Vec::new());
        let id = field(&session, "asked");
        println!("{others:>34} {:9.2} µs", micros(one_answer(&mut session, None, id)));
    }
}

/// Puts two answers in turn.
fn one_answer(session: &mut Session, at: Option<survey_form::engine::RowId>, id: FieldId) -> Duration {
    let mut number = 0;
    fastest(|| {
        number = 1 - number;
        black_box(session.put(at, id, Scalar::Int(20 + number)).expect("a question"));
    })
}

/// Half of the questions depend on the one before, the others on the first; ages are summed up.
fn interview() -> String {
    let mut lines = String::new();
    for number in 0..HOUSEHOLD_FIELDS - 3 {
        let before = number.saturating_sub(1);
        _ = match number % 4 {
            0 => writeln!(lines, "integer q{number}; required: true(); constraint: . >= 0 and . < 100"),
            1 => writeln!(lines, "integer q{number}; relevant: ${{q{before}}} != '' or ${{q0}} = 1"),
            2 => writeln!(lines, "calculate q{number}; calculation: if(${{q1}} > 5, ${{q{before}}} + 1, 0)"),
            _ => writeln!(lines, "text q{number}; relevant: selected(${{q0}}, '1') or ${{q1}} > 3"),
        };
    }
    _ = writeln!(lines, "begin repeat member");
    for number in 0..MEMBER_FIELDS - 1 {
        _ = match number % 3 {
            0 => writeln!(lines, "integer m{number}; constraint: . < 120"),
            1 => writeln!(lines, "text m{number}; relevant: ${{m{}}} >= 18", number - 1),
            _ => writeln!(
                lines,
                "calculate m{number}; calculation: concat(${{m{}}}, '-', ${{q1}})",
                number - 1
            ),
        };
    }
    _ = writeln!(lines, "end");
    _ = writeln!(lines, "calculate ages; calculation: sum(${{m0}})");
    _ = writeln!(lines, "calculate adults; calculation: count(${{member}}[m0 >= 18])");
    _ = writeln!(lines, "integer size; constraint: . = count(${{member}})");
    lines
}

fn household() -> Vec<Entry> {
    let numbers = (0..HOUSEHOLD_FIELDS - 3).filter(|number| number % 4 < 2);
    let mut entries: Vec<Entry> = numbers.map(|number| entry(None, &format!("q{number}"), 6)).collect();
    for number in 1..=MEMBERS {
        let answers = [("m0", Scalar::Int(30)), ("m3", Scalar::Int(4)), ("m1", Scalar::Str("farmer".into()))];
        entries.extend(member(number, "member", &answers));
    }
    entries
}

fn beside(others: usize) -> String {
    let mut lines = "integer asked; constraint: . > 0\n".to_owned();
    for number in 0..10 {
        _ = writeln!(lines, "calculate d{number}; calculation: ${{asked}} + {number}");
    }
    for number in 0..others / 2 {
        _ = writeln!(lines, "integer o{number}; constraint: . > 0");
        _ = writeln!(lines, "calculate c{number}; calculation: ${{o{number}}} * 2");
    }
    lines
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The time of one call: the fastest of many short batches, since others share the processor.
fn fastest(mut run: impl FnMut()) -> Duration {
    let mut calls: u32 = 1;
    loop {
        let start = Instant::now();
        (0..calls).for_each(|_| run());
        if start.elapsed() >= BATCH || calls >= 1 << 20 {
            break;
        }
        calls *= 2;
    }
    let batches = (0..BATCHES).map(|_| {
        let start = Instant::now();
        (0..calls).for_each(|_| run());
        start.elapsed() / calls
    });
    batches.min().unwrap_or_default()
}
