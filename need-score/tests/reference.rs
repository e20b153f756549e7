//! The scores are those of the reference: for its worked cases, and for generated households on which the
//! reference itself is run.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use need_score::{Before, Household, Inputs, Parameters, Score, score};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

const GENERATED: usize = 12_000;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/scoring"))
}

fn scored(household: &Value, parameters: &Parameters) -> Value {
    let household: Household =
        serde_json::from_value(household.clone()).expect("a household of the reference");
    let score: Score = score(&household, parameters);
    serde_json::to_value(&score).expect("scores are JSON")
}

#[test]
fn the_worked_cases_come_out() {
    let file = std::fs::read(folder().join("scoring_vectors.json")).expect("the worked cases");
    let cases: Value = serde_json::from_slice(&file).expect("JSON");
    let parameters: Parameters = serde_json::from_value(cases["params"].clone()).expect("parameters");
    let cases = cases["vectors"].as_array().expect("cases");
    assert!(cases.len() >= 2);
    for case in cases {
        assert_eq!(scored(&case["input"], &parameters), case["expected"], "{}", case["id"]);
    }
}

#[test]
fn generated_households_score_as_the_reference_says() {
    let mut chance = ChaCha8Rng::seed_from_u64(2569);
    let households: Vec<Value> = (0..GENERATED).map(|_| household(&mut chance)).collect();
    let Some(expected) = reference(&Value::Array(households.clone())) else {
        println!("python3 is not there: the reference was not run");
        return;
    };
    let mut tiers = [0; 5];
    let expected = expected.as_array().expect("an array of scores");
    assert_eq!(expected.len(), households.len());
    for (household, expected) in households.iter().zip(expected) {
        assert_eq!(&scored(household, &Parameters::default()), expected, "{household}");
        tiers[expected["tier"].as_u64().expect("a tier") as usize] += 1;
    }
    assert!(tiers[1..].iter().all(|count| *count > GENERATED / 200), "every tier occurs: {tiers:?}");
}

#[test]
fn other_thresholds_score_from_what_was_kept_as_from_the_answers() {
    let mut chance = ChaCha8Rng::seed_from_u64(2570);
    let before = Parameters::default();
    let mut changed = 0;
    for _ in 0..GENERATED {
        let household: Household = serde_json::from_value(household(&mut chance)).expect("a household");
        let first = score(&household, &before);
        let inputs = Inputs::of(&household, &before, true).expect("numbers are small");
        assert_eq!(Inputs::unpack(inputs.pack()), Some(inputs));
        let persons = household.household_size.filter(|persons| *persons > 0);
        let then = Before {
            tier: first.tier,
            holds_card: household.members.iter().any(|m| m.m_card_status.as_deref() == Some("holder")),
            income_per_person: household
                .income_year
                .zip(persons)
                .map(|(income, persons)| (income * 100).div_euclid(persons)),
        };
        assert_eq!(inputs.score(&first.flags, then, &before), first, "{household:?}");
        for _ in 0..3 {
            let parameters = Parameters {
                income_line: chance.random_range(0..=120_000),
                card_income_line: chance.random_range(0..=200_000),
                overcrowd: *[1.0, 1.5, 2.0, 3.0, 4.5].choose(&mut chance).expect("one"),
                severe_cutoff: chance.random_range(0.01..=1.0),
                ..before.clone()
            };
            let anew = score(&household, &parameters);
            assert_eq!(inputs.score(&first.flags, then, &parameters), anew, "{parameters:?} {household:?}");
            changed += usize::from(anew != first);
        }
    }
    assert!(changed > GENERATED, "thresholds matter: {changed}");
    let crowd = Household { household_size: Some(100), ..Household::default() };
    assert_eq!(Inputs::of(&crowd, &before, true), None);
    assert_eq!((Inputs::unpack(-1), Inputs::unpack(1 << 32)), (None, None));
}

/// Runs the reference, where Python is present.
fn reference(households: &Value) -> Option<Value> {
    let mut python = Command::new("python3")
        .arg(folder().join("scoring_reference.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = python.stdin.take().expect("a pipe");
    let json = households.to_string();
    let writer = std::thread::spawn(move || input.write_all(json.as_bytes()));
    let output = python.wait_with_output().expect("the reference runs");
    assert!(output.status.success());
    writer.join().expect("the reference reads").expect("all of it");
    Some(serde_json::from_slice(&output.stdout).expect("scores"))
}

fn household(chance: &mut ChaCha8Rng) -> Value {
    let mut answers = Map::new();
    answers.insert("household_size".into(), json!(chance.random_range(1..=9)));
    let members: Vec<Value> = (0..chance.random_range(0..=6)).map(|_| member(chance)).collect();
    answers.insert("members".into(), members.into());
    let needs: Vec<Value> = (0..chance.random_range(0..=2)).map(|_| need(chance)).collect();
    answers.insert("needs".into(), needs.into());
    // Of some households nearly everything is known, of others little.
    let missing = *[0.0, 0.05, 0.4].choose(chance).expect("one");
    for (key, choices) in CODES {
        if let Some(code) = code(chance, choices, missing) {
            answers.insert((*key).into(), code);
        }
    }
    // A household that is well off is drawn often enough to see every tier.
    if chance.random_bool(0.3) {
        for (key, sound) in SOUND {
            answers.insert((*key).into(), json!(sound));
        }
    }
    for (key, largest) in [("income_year", 900_000), ("debt_total", 400_000), ("sleeping_rooms", 4)] {
        if !chance.random_bool(missing) {
            answers.insert(key.into(), json!(chance.random_range(0..=largest)));
        }
    }
    if !chance.random_bool(missing) {
        answers.insert(
            "hazards".into(),
            several(chance, &["none", "flood", "fire", "storm", "landslide", "drought"]),
        );
    }
    Value::Object(answers)
}

fn member(chance: &mut ChaCha8Rng) -> Value {
    let missing = *[0.0, 0.1, 0.5].choose(chance).expect("one");
    let mut answers = Map::new();
    answers.insert("m_birth_year_be".into(), json!(2569 - chance.random_range(0..=95)));
    for (key, choices) in MEMBER_CODES {
        if let Some(code) = code(chance, choices, missing) {
            answers.insert((*key).into(), code);
        }
    }
    for (key, choices) in [
        ("m_benefits", &["none", "old_age", "disability", "child", "sso", "pension"][..]),
        ("m_disability", &["none", "seeing", "physical", "mental"]),
    ] {
        if !chance.random_bool(missing) {
            answers.insert(key.into(), several(chance, choices));
        }
    }
    Value::Object(answers)
}

fn need(chance: &mut ChaCha8Rng) -> Value {
    let category = ["house_repair", "food", "health", "registration", "other"].choose(chance);
    let urgency = ["now", "month", "year", "later", "later", "later"].choose(chance);
    json!({ "need_category": category, "need_urgency": urgency })
}

fn code(chance: &mut ChaCha8Rng, choices: &[&str], missing: f64) -> Option<Value> {
    (!chance.random_bool(missing)).then(|| json!(choices.choose(chance)))
}

fn several(chance: &mut ChaCha8Rng, choices: &[&str]) -> Value {
    let ticked: Vec<&str> = choices.iter().copied().filter(|_| chance.random_bool(0.25)).collect();
    json!(ticked)
}

const SOUND: &[(&str, &str)] = &[
    ("tenure", "own"),
    ("eviction_risk", "0"),
    ("roof_condition", "0"),
    ("wall_condition", "1"),
    ("floor_condition", "0"),
    ("structure_condition", "0"),
    ("toilet", "own"),
    ("drinking_water", "piped"),
    ("water_enough", "yes"),
    ("electricity", "own_meter"),
    ("savings_any", "yes"),
    ("debt_informal", "no"),
    ("housing_event", "none"),
    ("house_registration", "blue"),
];

const CODES: &[(&str, &[&str])] = &[
    ("consent", &["full", "no_sensitive", "refused"]),
    (
        "tenure",
        &[
            "own",
            "family_land",
            "rent_land",
            "rent_house",
            "other_land_permit",
            "state_permit",
            "state_no_permit",
            "canal",
            "railway",
            "forest",
            "temple",
            "private_squat",
            "homeless",
        ],
    ),
    ("eviction_risk", &["0", "0", "1", "2", "3"]),
    ("roof_condition", &["0", "1", "2", "3"]),
    ("wall_condition", &["0", "1", "2", "3"]),
    ("floor_condition", &["0", "1", "2", "3"]),
    ("structure_condition", &["0", "1", "2", "3"]),
    ("toilet", &["own", "shared", "unsanitary", "none"]),
    ("drinking_water", &["piped", "bottled", "rain", "well", "surface", "other"]),
    ("water_enough", &["yes", "no", "unknown"]),
    ("electricity", &["own_meter", "shared", "offgrid", "none"]),
    ("housing_event", &["none", "none", "none", "fire", "eviction", "flood", "storm", "collapse"]),
    ("house_registration", &["blue", "yellow", "temporary", "elsewhere", "none", "unknown"]),
    ("debt_informal", &["yes", "no", "unknown"]),
    ("savings_any", &["yes", "no", "unknown"]),
];

const MEMBER_CODES: &[(&str, &[&str])] = &[
    ("m_dependency", &["well", "chronic_self", "chronic_help", "homebound", "bedridden"]),
    ("m_has_caregiver", &["yes", "no", "unknown"]),
    ("m_education", &["none", "below_primary", "primary", "lower_sec", "upper_sec", "bachelor"]),
    ("m_in_school", &["yes", "no", "unknown"]),
    ("m_occupation", &["farm_own", "labour", "employee", "student", "home", "none", "unable"]),
    ("m_card_status", &["holder", "applied", "rejected", "not_registered", "unknown"]),
    ("m_health_scheme", &["uc", "sso", "csmbs", "other", "none", "unknown"]),
    ("m_id_status", &["thai_id", "thai_id", "thai_id", "no_card", "stateless", "unknown"]),
];
