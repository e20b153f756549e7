//! What a new version of a form does to answers already collected.

use survey_form::compare::{Address, Change, Difference, Effect, How, Rule, compare};
use survey_form::fault::Tongue;
use survey_form::model::Form;
use survey_form::workbook::{Cell, Row, Sheet, Workbook};
use survey_form::xlsform::{compile, compile_workbook};

const CHOICES: &str = "roof | tile | Tile\nroof | grass | Grass";

/// A form of these rows of the survey and choices sheets.
fn form(survey: &str, choices: &str) -> Form {
    let sheet = |name: &str, header: &str, rows: &str| {
        let lines = std::iter::once(header).chain(rows.lines());
        let rows = (1..).zip(lines).map(|(number, line)| {
            let cells = (1..).zip(line.split('|').map(str::trim)).filter(|(_, text)| !text.is_empty());
            Row {
                number,
                cells: cells.map(|(column, text)| Cell { column, text: text.to_owned() }).collect(),
            }
        });
        Sheet { name: name.to_owned(), rows: rows.collect() }
    };
    let survey = sheet(
        "survey",
        "type | name | label | relevant | constraint | required | pdpa | calculation",
        survey,
    );
    let choices = sheet("choices", "list_name | name | label", choices);
    let compiled = compile_workbook(&Workbook { sheets: vec![survey, choices] }, "f");
    compiled.form.unwrap_or_else(|| panic!("{:?}", compiled.faults))
}

fn differences(old: &str, new: &str) -> Vec<Difference> {
    compare(&form(old, CHOICES), &form(new, CHOICES))
}

fn at(key: &str) -> Vec<Address> {
    let (group, key) = key.split_once('.').unwrap_or(("", key));
    vec![Address { group: group.to_owned(), key: key.to_owned() }]
}

#[test]
fn the_same_form_has_no_differences_wherever_its_rows_stand() {
    let old = "text | a | A\ninteger | b | B | ${a} != ''\ncalculate | c | | | | | | ${b} + 1";
    assert_eq!(differences(old, old), []);
    let moved =
        "calculate | c | | | | | | ${b} + 1\nnote | n | N\ninteger | b | B | ${a} != ''\ntext | a | A";
    assert_eq!(differences(old, moved), [], "formulas name the same fields, and a note has no answers");
    let household = compile(include_bytes!("../../data/forms/household.xlsx"), "").form.expect("a form");
    assert_eq!(compare(&household, &household), []);
}

#[test]
fn fields_come_go_and_change_their_type() {
    let old = "text | a | A\nselect_one roof | r | Roof\ninteger | n | N\nbegin repeat | p | P\ntext | q | Q\nend repeat";
    let new = "text | z | Z | | | yes\nselect_multiple roof | r | Roof\ndecimal | n | N\ntext | q | Q";
    let expected = [
        (at("z"), Change::Added { label: "Z".into(), is_required: true }, Effect::Missing),
        (
            at("r"),
            Change::Retyped { from: "select_one".into(), to: "select_multiple".into() },
            Effect::Unreadable,
        ),
        (at("n"), Change::Retyped { from: "integer".into(), to: "decimal".into() }, Effect::MayNotHold),
        (at("q"), Change::Added { label: "Q".into(), is_required: false }, Effect::None),
        (at("a"), Change::Dropped { label: "A".into() }, Effect::KeptUnseen),
        (at("p."), Change::RowsDropped { label: "P".into() }, Effect::KeptUnseen),
        (at("p.q"), Change::Dropped { label: "Q".into() }, Effect::KeptUnseen),
    ];
    let expected = expected.map(|(at, change, effect)| Difference { at, change, effect });
    assert_eq!(differences(old, new), expected);
}

#[test]
fn a_second_field_of_a_name_moves_the_answers_of_the_first() {
    let old = "begin group | g | G\ntext | a | A\nend group";
    let new = "begin group | g | G\ntext | a | A\nend group\nbegin group | h | H\ntext | a | A\nend group";
    let household = |key: &str| Address { group: String::new(), key: key.to_owned() };
    let moved = Change::Moved { from: household("a") };
    let added = Change::Added { label: "A".into(), is_required: false };
    let expected = [
        Difference { at: vec![household("g.a")], change: moved, effect: Effect::KeptUnseen },
        Difference { at: vec![household("h.a")], change: added, effect: Effect::None },
    ];
    assert_eq!(differences(old, new), expected);
}

#[test]
fn choices_come_go_and_are_called_otherwise() {
    let survey = "select_one roof | r | Roof\nselect_multiple roof | s | Roofs";
    let new = "roof | tile | Tiles\nroof | zinc | Zinc";
    let both = [at("r"), at("s")].concat();
    let expected = [
        (
            Change::ChoiceRelabelled { name: "tile".into(), from: "Tile".into(), to: "Tiles".into() },
            Effect::ShownOtherwise,
        ),
        (Change::ChoiceAdded { name: "zinc".into(), label: "Zinc".into() }, Effect::None),
        (Change::ChoiceDropped { name: "grass".into(), label: "Grass".into() }, Effect::MayNotHold),
    ];
    let expected = expected.map(|(change, effect)| Difference { at: both.clone(), change, effect });
    assert_eq!(compare(&form(survey, CHOICES), &form(survey, new)), expected);
}

#[test]
fn rules_and_classes_change() {
    let rule = |rule, how| Change::Rule { rule, how };
    let cases = [
        (
            "integer | a | A",
            "integer | a | A | | . > 1",
            rule(Rule::Constraint, How::Added),
            Effect::MayNotHold,
        ),
        ("integer | a | A | | . > 1", "integer | a | A", rule(Rule::Constraint, How::Dropped), Effect::None),
        (
            "integer | a | A | | . > 1",
            "integer | a | A | | . > 2",
            rule(Rule::Constraint, How::Changed),
            Effect::MayNotHold,
        ),
        ("integer | a | A", "integer | a | A | | | yes", rule(Rule::Required, How::Added), Effect::Missing),
        ("integer | a | A", "integer | a | A | 1 = 1", rule(Rule::Relevant, How::Added), Effect::MayNotHold),
        (
            "calculate | a | | | | | | 1",
            "calculate | a | | | | | | 2",
            rule(Rule::Calculation, How::Changed),
            Effect::DerivedAnew,
        ),
        (
            "text | a | A | | | | S",
            "text | a | A | | | | P",
            Change::Class { from: "S".into(), to: "P".into() },
            Effect::SeenByOthers,
        ),
        (
            "text | a | A",
            "text | a | B",
            Change::Relabelled { from: "A".into(), to: "B".into() },
            Effect::ShownOtherwise,
        ),
    ];
    for (old, new, change, effect) in cases {
        assert_eq!(differences(old, new), [Difference { at: at("a"), change, effect }], "{old} -> {new}");
    }
}

#[test]
fn every_difference_is_told_in_both_languages() {
    let old = "text | a | A | 1 = 1 | . != '' | yes | P\nselect_one roof | r | Roof\nbegin repeat | p | P\nend repeat";
    let new = "integer | a | B\nselect_one roof | r | Roof\ntext | z | Z | | | yes";
    let mut found = compare(&form(old, CHOICES), &form(new, "roof | tile | Tiles\nroof | zinc | Zinc"));
    found.push(Difference {
        at: Vec::new(),
        change: Change::LanguageAdded { language: "ลาว".into() },
        effect: Effect::ShownOtherwise,
    });
    assert!(found.len() > 8, "{found:?}");
    for difference in &found {
        let (thai, english) = (difference.told(Tongue::Thai), difference.told(Tongue::English));
        assert!(thai.chars().any(|letter| ('ก'..='๛').contains(&letter)), "{thai}");
        assert!(!english.is_empty() && english != thai);
        let json = serde_json::to_string(difference).expect("JSON");
        assert_eq!(serde_json::from_str::<Difference>(&json).expect("its own JSON"), *difference);
    }
}
