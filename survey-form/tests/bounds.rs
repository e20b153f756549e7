//! Workbooks within every limit that used to cost minutes: each compiles, or is refused, in seconds.

use std::time::{Duration, Instant};
use survey_form::expr::ExprErrorKind;
use survey_form::fault::{Fault, FaultKind, Limit, SheetFault};
use survey_form::limits::{DYNAMIC_CHOICES_MAX, FORM_FORMULA_BYTES_MAX, SUGGESTIONS_MAX};
use survey_form::workbook::{Cell, Row, Sheet, Workbook};
use survey_form::xlsform::{Compiled, compile_workbook};

/// Far more than it takes where nothing is wrong, on a busy machine too.
const MOST: Duration = Duration::from_secs(20);

fn sheet<const COLUMNS: usize>(
    name: &str,
    header: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> Sheet {
    let rows = std::iter::once(header.map(str::to_owned)).chain(rows);
    let filled = |cells: [String; COLUMNS]| {
        let cells = (1..).zip(cells).filter(|(_, text)| !text.is_empty());
        cells.map(|(column, text)| Cell { column, text }).collect()
    };
    let rows = (1..).zip(rows).map(|(number, cells)| Row { number, cells: filled(cells) });
    Sheet { name: name.into(), rows: rows.collect() }
}

fn survey(rows: impl IntoIterator<Item = [String; 4]>) -> Sheet {
    sheet("survey", ["type", "name", "label", "constraint"], rows)
}

fn choices(rows: impl IntoIterator<Item = [String; 3]>) -> Sheet {
    sheet("choices", ["list_name", "name", "label"], rows)
}

/// Compiles the sheets, in time.
fn compiled(sheets: Vec<Sheet>) -> Compiled {
    let workbook = Workbook { sheets };
    let start = Instant::now();
    let compiled = compile_workbook(&workbook, "bounds");
    let spent = start.elapsed();
    assert!(spent < MOST, "{spent:?}, {:?}", compiled.faults.first());
    compiled
}

fn text(name: String, label: &str, constraint: String) -> [String; 4] {
    ["text".into(), name, label.into(), constraint]
}

#[test]
fn ten_thousand_misspelt_names() {
    let rows = (0..9_900).map(|number| {
        let name = format!("question_about_something_long_{number}");
        text(name, "A question", format!("${{question_abuot_something_long_{number}}} = 1"))
    });
    let compiled = compiled(vec![survey(rows)]);
    let last = &compiled.faults.last().expect("faults").kind;
    // The first are told the name that is meant; all are counted.
    let suggests = |fault: &&Fault| match &fault.kind {
        FaultKind::Expression(error) => {
            matches!(&error.kind, ExprErrorKind::UnknownField { closest: Some(_), .. })
        }
        _ => false,
    };
    assert!((150..=SUGGESTIONS_MAX).contains(&compiled.faults.iter().filter(suggests).count()));
    assert_eq!(*last, FaultKind::Sheet(SheetFault::MoreFaults(8_901)));
}

#[test]
fn names_and_functions_as_long_as_a_formula() {
    for written in ["${x}", "x(1)"] {
        let rows = (0..1_000).map(|number| {
            let written = written.replace('x', &"x".repeat(3_000));
            text(format!("question_{number}"), "A question", written)
        });
        assert!(compiled(vec![survey(rows)]).form.is_none(), "{written}");
    }
}

#[test]
fn types_and_lists_as_long_as_a_cell() {
    for written in ["", "select_one "] {
        let kind = format!("{written}{}", "x".repeat(100_000));
        let rows = (0..500).map(|number| [kind.clone(), format!("q{number}"), "Q".into(), String::new()]);
        let lists = (0..20_000).map(|number| [format!("list_{number}"), "a".into(), "A".into()]);
        assert!(compiled(vec![survey(rows), choices(lists)]).form.is_none(), "{kind:.12}");
    }
}

#[test]
fn misspelt_lists_among_a_hundred_thousand() {
    let kind = "select_one list_fo_mayn_things_x";
    let rows = (0..9_900).map(|number| [kind.into(), format!("q{number}"), "Q".into(), String::new()]);
    let lists = (0..99_000).map(|number| [format!("list_of_many_things_{number}"), "a".into(), "A".into()]);
    assert!(compiled(vec![survey(rows), choices(lists)]).form.is_none());
}

#[test]
fn a_long_list_that_every_question_takes() {
    let rows = (0..9_900)
        .map(|number| ["select_multiple place".into(), format!("q{number}"), "Where?".into(), String::new()]);
    let places = (0..99_000).map(|number| ["place".into(), format!("p{number}"), "A place".into()]);
    assert!(compiled(vec![survey(rows), choices(places)]).form.is_some());
}

#[test]
fn what_costs_too_much_together_is_refused_and_said() {
    let told = |compiled: &Compiled, limit: Limit| {
        let kind = FaultKind::Sheet(SheetFault::TooMuch(limit));
        let count = compiled.faults.iter().filter(|fault| fault.kind == kind).count();
        assert_eq!((count, compiled.form.is_none()), (1, true), "{limit:?} {:?}", compiled.faults.first());
    };
    let sum = vec!["1"; 3_000].join(" + ");
    let questions = FORM_FORMULA_BYTES_MAX / sum.len() + 2;
    let rows = (0..questions).map(|number| text(format!("q{number}"), "Q", format!("{sum} > .")));
    told(&compiled(vec![survey(rows)]), Limit::FormulaBytes);

    // Each stays below the size that one may have; a thousand others are in each formula.
    let patterns = (0..1_000).map(|number| format!("regex(., '[ก-๙]{{1,{}}}')", 100 + number % 400));
    let patterns = patterns.take(800).collect::<Vec<_>>().join(" and ");
    let rows = (0..100).map(|number| text(format!("q{number}"), "Q", patterns.clone()));
    told(&compiled(vec![survey(rows)]), Limit::Regexes);

    let names = "${q0}".repeat(20_000);
    let rows = (0..100).map(|number| text(format!("q{number}"), &names, String::new()));
    told(&compiled(vec![survey(rows)]), Limit::FormulaBytes);

    let rows = (0..5_000)
        .map(|number| ["select_one place".into(), format!("q{number}"), "Where?".into(), String::new()]);
    let places = (0..50_000).map(|number| ["place".into(), format!("p{number}"), "As ${q0}".into()]);
    told(&compiled(vec![survey(rows), choices(places)]), Limit::DynamicChoices);
}

#[test]
fn all_that_a_form_may_hold_of_what_costs_most() {
    let rows = (0..2_000).map(|number| {
        let named = (0..10).map(|_| "jr:choice-name(${q0}, '${q0}')").collect::<Vec<_>>().join(" = ");
        ["select_one place".into(), format!("q{number}"), "Where?".into(), named]
    });
    let places = (0..DYNAMIC_CHOICES_MAX)
        .map(|number| ["place".into(), format!("p{number}"), format!("As ${{q{number}}}")]);
    assert!(compiled(vec![survey(rows), choices(places)]).form.is_some());
}
