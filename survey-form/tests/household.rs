//! The built-in form says all of the questionnaire, and does what the questionnaire says in words.

use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use survey_form::engine::{Context, Entry, Plan, Problem, RowId, Session};
use survey_form::expr::Zone;
use survey_form::model::{ChoiceSource, Field, FieldId, Form, Kind, Piece, Text};
use survey_form::value::Scalar;
use survey_form::xlsform::compile;

/// 15 January 2026 in Thailand.
const NOW_MS: i64 = 1_768_446_000_000;
const WORKBOOK: &[u8] = include_bytes!("../../data/forms/household.xlsx");
const QUESTIONNAIRE: &str = include_str!("../../tests/fixtures/forms/questionnaire.json");

fn form() -> Form {
    static FORM: OnceLock<Form> = OnceLock::new();
    let form = FORM.get_or_init(|| {
        let compiled = compile(WORKBOOK, "household");
        assert_eq!(compiled.faults, [], "the built-in form has not even a warning");
        compiled.form.expect("a form without faults")
    });
    form.clone()
}

fn questionnaire() -> Json {
    serde_json::from_str(QUESTIONNAIRE).expect("the fixture is JSON")
}

fn questions(questionnaire: &Json) -> &Vec<Json> {
    questionnaire["fields"].as_array().expect("a list of fields")
}

/// What a text says in a language of the form, without values in it.
fn said(text: &Text, language: usize) -> String {
    let pieces = text.0.get(language).map(|template| template.0.as_slice()).unwrap_or_default();
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.as_str(),
        Piece::Value(_) => "…",
    });
    pieces.collect()
}

fn asked<'a>(form: &'a Form, name: &str) -> (FieldId, &'a Field) {
    form.ids().find(|(_, field)| field.name == name).unwrap_or_else(|| panic!("no field {name}"))
}

#[test]
fn every_question_is_in_the_form_with_its_type_texts_class_and_place() {
    let (form, questionnaire) = (form(), questionnaire());
    assert_eq!((form.id.as_str(), form.version.as_str()), ("thai-household-need", "1.0.0"));
    assert_eq!(form.languages, ["ไทย (th)", "English (en)"]);
    let mut order = Vec::new();
    for question in questions(&questionnaire) {
        let text = |name: &str| question[name].as_str().expect("a text");
        let (id, field) = asked(&form, text("name"));
        order.push(id);
        assert_eq!(field.key(), text("name"), "the key is the questionnaire's name");
        let scope = form.scope_of(id).map_or("household", |repeat| form.field(repeat).key());
        assert_eq!(scope, text("entity"), "{}", field.name);
        assert_eq!(said(&field.label, 0), text("label_th"), "{}", field.name);
        assert_eq!(said(&field.label, 1), text("label_en"), "{}", field.name);
        assert_eq!(field.extra["pdpa"], text("pdpa"), "{}", field.name);
        assert_eq!(field.extra.get("maps").map_or("", String::as_str), text("maps"), "{}", field.name);
        assert_eq!(field.required.is_some(), question["required"] == true, "{}", field.name);
        let format = field.extra.get("format").map(String::as_str);
        match text("type") {
            "text" => assert_eq!(field.kind, Kind::Text),
            "integer" => assert_eq!(field.kind, Kind::Integer),
            "decimal" => assert_eq!(field.kind, Kind::Decimal),
            "date" => assert_eq!(field.kind, Kind::Date),
            "geopoint" => assert_eq!(field.kind, Kind::Geopoint),
            "blob_ref" => assert_eq!(field.kind, Kind::Image),
            "code6" => assert_eq!((&field.kind, format), (&Kind::Text, Some("area_code"))),
            "code11" => assert_eq!((&field.kind, format), (&Kind::Text, Some("house_code"))),
            "phone_th" => assert_eq!((&field.kind, format), (&Kind::Text, Some("phone"))),
            "thai_id" => assert_eq!((&field.kind, format), (&Kind::Text, Some("citizen_id"))),
            "select_one" => assert!(matches!(field.kind, Kind::SelectOne(_)), "{}", field.name),
            "select_multiple" => assert!(matches!(field.kind, Kind::SelectMultiple(_)), "{}", field.name),
            other => panic!("{other} is no type of the questionnaire"),
        }
    }
    assert_eq!(order.len(), 65);
    assert!(order.is_sorted(), "questions are asked in the questionnaire's order");
    let names = questions(&questionnaire).iter().filter_map(|question| question["name"].as_str());
    let names = names.collect::<BTreeSet<_>>();
    let more =
        form.fields.iter().filter(|field| field.kind.is_stored() && !names.contains(field.name.as_str()));
    assert_eq!(more.map(|field| field.name.as_str()).collect::<Vec<_>>(), ["text"], "the note's text");
}

#[test]
fn every_choice_is_in_its_list() {
    let (form, questionnaire) = (form(), questionnaire());
    let mut count = 0;
    for question in questions(&questionnaire) {
        let (_, field) = asked(&form, question["name"].as_str().expect("a name"));
        let Some(choices) = question["choices"].as_array() else {
            assert_eq!(field.kind.choices(), None);
            continue;
        };
        let Some(ChoiceSource::List(list)) = field.kind.choices() else {
            panic!("{} has no list", field.name)
        };
        let choices = choices
            .iter()
            .map(|choice| ["code", "th", "en"].map(|part| choice[part].as_str().expect("a text").to_owned()));
        let listed = form.lists[list].choices.iter();
        let listed =
            listed.map(|choice| [choice.name.clone(), said(&choice.label, 0), said(&choice.label, 1)]);
        let listed = listed.collect::<Vec<_>>();
        assert_eq!(listed, choices.collect::<Vec<_>>(), "{}", field.name);
        count += listed.len();
    }
    assert_eq!(count, 248);
}

/// Which conditions and limits the questionnaire has in words, the form has as formulas.
#[test]
fn every_condition_and_limit_is_a_formula_with_a_message_in_both_languages() {
    let (form, questionnaire) = (form(), questionnaire());
    // What is not for an interview to check.
    let elsewhere = ["consent_given", "photo_kind", "photo_media", "income_year"];
    for question in questions(&questionnaire) {
        let (_, field) = asked(&form, question["name"].as_str().expect("a name"));
        assert_eq!(field.relevant.is_some(), question["relevant"] != "", "{}", field.name);
        let limit = question["constraint"].as_str().expect("a text");
        let has_rule = field.constraint.is_some() || field.soft_constraint.is_some();
        if !elsewhere.contains(&field.name.as_str()) && field.name != "fund_benefits_12m" {
            assert_eq!(has_rule, !limit.is_empty(), "{}: {limit}", field.name);
        }
        assert_eq!(
            field.soft_constraint.is_some(),
            has_soft_rule(&field.name, limit),
            "{}: {limit}",
            field.name
        );
        for (rule, message) in [
            (&field.constraint, &field.constraint_message),
            (&field.soft_constraint, &field.soft_constraint_message),
            (&field.required, &field.required_message),
        ] {
            for language in 0..form.languages.len() {
                assert_eq!(rule.is_some(), !said(message, language).is_empty(), "{}", field.name);
            }
        }
    }
    for (id, field) in form.ids().filter(|(_, field)| matches!(field.kind, Kind::SelectMultiple(_))) {
        let Some(ChoiceSource::List(list)) = field.kind.choices() else { continue };
        let has_none = form.lists[list].choices.iter().any(|choice| choice.name == "none");
        assert!(!has_none || form.field(id).constraint.is_some(), "none excludes others in {}", field.name);
    }
}

fn has_soft_rule(name: &str, limit: &str) -> bool {
    limit.contains("warn") || limit.contains("soft") || matches!(name, "visit_date" | "m_relation")
}

/// A household at an interview.
struct House {
    session: Session,
    rows: BTreeMap<&'static str, RowId>,
}

impl House {
    fn new(entries: &[(&'static str, &'static str, Scalar)]) -> Self {
        let mut rows = BTreeMap::new();
        let mut all = Vec::new();
        for (row, key, value) in entries {
            let id = (!row.is_empty()).then(|| {
                let next = RowId([rows.len() as u8 + 1; 16]);
                let is_new = !rows.contains_key(row);
                let id = *rows.entry(*row).or_insert(next);
                if is_new {
                    let group = row.trim_end_matches(|letter: char| letter.is_ascii_digit());
                    let value = Scalar::Str(group.to_owned());
                    all.push(Entry { row: Some(id), key: "group".to_owned(), value });
                }
                id
            });
            all.push(Entry { row: id, key: (*key).to_owned(), value: value.clone() });
        }
        let plan = Plan::new(form()).expect("no ring");
        let context = Context { now_ms: NOW_MS, zone: Zone(420), ..Context::default() };
        Self { session: Session::new(Arc::new(plan), context, all), rows }
    }

    /// A household that was surveyed with this consent.
    fn surveyed(consent: &'static str, more: &[(&'static str, &'static str, Scalar)]) -> Self {
        let mut entries = vec![
            ("visit1", "visit_outcome", text("done")),
            ("visit1", "visit_date", text("2026-01-10")),
            ("visit1", "consent_given", text(consent)),
        ];
        entries.extend_from_slice(more);
        Self::new(&entries)
    }

    fn at(&self, row: &str, name: &str) -> (Option<RowId>, FieldId) {
        (self.rows.get(row).copied(), asked(self.session.plan().form(), name).0)
    }

    fn is_asked(&self, row: &str, name: &str) -> bool {
        let (row, field) = self.at(row, name);
        self.session.state(row, field).expect("the field lies there").relevant
    }

    fn problem(&self, row: &str, name: &str) -> Option<Problem> {
        let (row, field) = self.at(row, name);
        self.session.state(row, field).expect("the field lies there").problem
    }

    fn value(&self, name: &str) -> Scalar {
        let (row, field) = self.at("", name);
        self.session.state(row, field).expect("the field lies there").value
    }
}

fn text(text: &str) -> Scalar {
    Scalar::Str(text.to_owned())
}

#[test]
fn without_consent_only_the_place_is_asked() {
    for (consent, is_asked) in [("full", true), ("no_sensitive", true), ("refused", false)] {
        let house = House::surveyed(consent, &[("member1", "m_name", text("ก"))]);
        for name in ["head_name", "household_size", "income_year", "tenure"] {
            assert_eq!(house.is_asked("", name), is_asked, "{name} with {consent}");
        }
        assert_eq!(house.is_asked("member1", "m_relation"), is_asked);
        assert!(["tambon_code", "moo", "house_no"].iter().all(|name| house.is_asked("", name)));
        let sensitive = ["m_disability", "m_dependency"];
        assert!(sensitive.iter().all(|name| house.is_asked("member1", name) == (consent == "full")));
    }
    let absent = House::new(&[("visit1", "visit_outcome", text("absent"))]);
    assert!(!absent.is_asked("visit1", "consent_given") && !absent.is_asked("", "tenure"));
    assert_eq!(absent.problem("", "tenure"), None, "what is not asked is not required");
    assert_eq!(absent.problem("", "house_no"), Some(Problem::Required));
}

#[test]
fn the_last_stated_consent_and_outcome_stand() {
    let entries = [
        ("visit1", "visit_outcome", text("done")),
        ("visit1", "consent_given", text("full")),
        ("visit2", "visit_outcome", text("absent")),
    ];
    let house = House::new(&entries);
    assert_eq!((house.value("consent"), house.value("outcome")), (text("full"), text("done")));
    let mut entries = entries.to_vec();
    entries.push(("visit3", "visit_outcome", text("partial")));
    entries.push(("visit3", "consent_given", text("refused")));
    let house = House::new(&entries);
    assert_eq!((house.value("consent"), house.value("surveyed")), (text("refused"), text("no")));
    assert_eq!(House::new(&[]).value("surveyed"), text("no"));
}

#[test]
fn questions_for_an_age_are_asked_at_that_age() {
    // Born 2569 - age, in the Buddhist era; the visit was in 2026, which is 2569.
    let cases: [(i64, &[&str]); 6] = [
        (2, &[]),
        (3, &["m_in_school"]),
        (6, &["m_in_school", "m_education"]),
        (15, &["m_in_school", "m_education", "m_occupation", "m_income_year"]),
        (18, &["m_in_school", "m_education", "m_occupation", "m_income_year", "m_card_status"]),
        (19, &["m_education", "m_occupation", "m_income_year", "m_card_status"]),
    ];
    for (age, asked) in cases {
        let house = House::surveyed("full", &[("member1", "m_birth_year_be", Scalar::Int(2569 - age))]);
        for name in ["m_in_school", "m_education", "m_occupation", "m_income_year", "m_card_status"] {
            assert_eq!(house.is_asked("member1", name), asked.contains(&name), "{name} at {age}");
        }
    }
}

#[test]
fn other_conditions_follow_their_answers() {
    let adult = ("member1", "m_birth_year_be", Scalar::Int(2520));
    let house = |entry: (&'static str, &'static str, Scalar)| {
        House::surveyed("full", &[adult.clone(), ("", "moo", Scalar::Int(4)), entry])
    };
    assert!(house(("member1", "m_card_status", text("rejected"))).is_asked("", "reg_barrier"));
    assert!(house(("member1", "m_card_status", text("not_registered"))).is_asked("", "reg_help_needed"));
    assert!(!house(("member1", "m_card_status", text("holder"))).is_asked("", "reg_barrier"));
    assert!(house(("member1", "m_dependency", text("bedridden"))).is_asked("member1", "m_has_caregiver"));
    assert!(!house(("member1", "m_dependency", text("well"))).is_asked("member1", "m_has_caregiver"));
    assert!(house(("", "fund_membership", text("some"))).is_asked("", "fund_benefits_12m"));
    assert!(!house(("", "fund_membership", text("none"))).is_asked("", "fund_benefits_12m"));
    assert!(!house(("", "tenure", text("homeless"))).is_asked("", "roof_condition"));
    assert!(house(("", "tenure", text("own"))).is_asked("", "toilet"));
    assert!(house(("", "past_housing_aid/bpp", Scalar::Bool(true))).is_asked("", "past_aid_year_be"));
    assert!(!house(("", "past_housing_aid/none", Scalar::Bool(true))).is_asked("", "past_aid_year_be"));
    assert!(!house(("", "tenure", text("own"))).is_asked("", "community_name"));
    assert!(House::new(&[("", "moo", Scalar::Int(0))]).is_asked("", "community_name"));
}

#[test]
fn answers_are_held_to_their_limits() {
    use Problem::{Constraint, SoftConstraint};
    let cases: Vec<(&str, &str, Scalar, Option<Problem>)> = vec![
        ("", "tambon_code", text("650117"), None),
        ("", "tambon_code", text("050117"), Some(Constraint)),
        ("", "moo", Scalar::Int(99), None),
        ("", "moo", Scalar::Int(100), Some(Constraint)),
        ("", "house_no", text("12/3"), None),
        ("", "house_no", text("๑๒/๓ก"), None),
        ("", "house_no", text("ไม่มีเลขที่"), None),
        ("", "house_no", text("12/3/4"), Some(Constraint)),
        ("", "house_code", text("30140001234"), None),
        ("", "house_code", text("3014"), Some(SoftConstraint)),
        ("", "gps", text("16.82 100.26 0 8"), None),
        ("", "gps", text("16.82 100.26 0 45"), Some(SoftConstraint)),
        ("", "gps", text("13.0 90.0 0 5"), Some(Constraint)),
        ("", "phone", text("0812345678"), None),
        ("", "phone", text("055123456"), None),
        ("", "phone", text("081234567"), Some(Constraint)),
        ("", "income_year", Scalar::Int(50_000_001), Some(Constraint)),
        ("", "sleeping_rooms", Scalar::Int(31), Some(Constraint)),
        ("", "household_size", Scalar::Int(41), Some(Constraint)),
        ("", "household_size", Scalar::Int(1), None),
        ("", "household_size", Scalar::Int(3), Some(SoftConstraint)),
        ("visit1", "visit_date", text("2026-01-16"), Some(Constraint)),
        ("visit1", "visit_date", text("2026-01-15"), None),
        ("visit1", "visit_date", text("2025-09-30"), Some(SoftConstraint)),
        ("member1", "m_birth_year_be", Scalar::Int(1990), Some(Constraint)),
        ("member1", "m_birth_year_be", Scalar::Int(2570), Some(Constraint)),
        ("member1", "m_citizen_id", text("1101700230708"), None),
        ("member1", "m_citizen_id", text("1000000000131"), None),
        ("member1", "m_citizen_id", text("1000000000050"), None),
        ("member1", "m_citizen_id", text("1101700230705"), Some(Constraint)),
        ("member1", "m_income_year", Scalar::Int(1_000_001), Some(SoftConstraint)),
        ("member1", "m_relation", text("head"), None),
        ("member1", "m_relation", text("spouse"), Some(SoftConstraint)),
    ];
    for (row, name, value, expected) in cases {
        let adult = ("member1", "m_birth_year_be", Scalar::Int(2520));
        let house = House::surveyed("full", &[adult, (row, name, value.clone())]);
        assert_eq!(house.problem(row, name), expected, "{name} = {value:?}");
    }
}

#[test]
fn none_stands_alone_and_a_household_has_one_head() {
    let none = ("", "hazards/none", Scalar::Bool(true));
    let flood = ("", "hazards/flood", Scalar::Bool(true));
    assert_eq!(House::surveyed("full", std::slice::from_ref(&none)).problem("", "hazards"), None);
    assert_eq!(House::surveyed("full", &[none, flood]).problem("", "hazards"), Some(Problem::Constraint));
    let heads = [("member1", "m_relation", text("head")), ("member2", "m_relation", text("head"))];
    let house = House::surveyed("full", &heads);
    assert_eq!(house.problem("member1", "m_relation"), Some(Problem::Constraint));
    assert_eq!(
        house.problem("member2", "m_relation"),
        Some(Problem::Constraint),
        "both are told after a merge"
    );
}

#[test]
fn the_compiled_form_survives_json_and_has_a_hash_of_its_meaning() {
    let form = form();
    let json = serde_json::to_string(&form).expect("a form is JSON");
    let read = serde_json::from_str::<Form>(&json).expect("its JSON is a form");
    assert_eq!(Form::read(json.as_bytes()).as_ref(), Some(&read));
    assert_eq!(read, form);
    assert_eq!(read.hash(), form.hash());
    let mut moved = form.clone();
    moved.fields[3].row += 7;
    assert_eq!(moved.hash(), form.hash(), "rows of the sheet mean nothing");
    let mut renamed = form.clone();
    renamed.fields[3].label.0.swap(0, 1);
    assert_ne!(renamed.hash(), form.hash(), "labels mean something");
}
