//! Projection of whole households, and that nothing is dropped.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sync_protocol::value::Scalar;

use super::ScalarRef::{Bool, F64, Int, Null, Str, Uint};
use super::*;
use crate::projection::answers::{AllAnswers, Answers};

const HOUSE: HouseholdId = HouseholdId([7; 16]);

fn row_id(n: u8) -> RowId {
    RowId([n; 16])
}

fn shown<'a>(row: Option<u8>, key: &'a str, value: ScalarRef<'a>) -> Shown<'a> {
    Shown { row: row.map(row_id), key, value, conflict: false }
}

/// Registers sorted as the document gives them.
fn projected(registers: &[(Option<u8>, &str, ScalarRef<'_>)]) -> Projection {
    let mut all: Vec<_> = registers.iter().map(|(row, key, value)| shown(*row, key, *value)).collect();
    all.sort_by_key(|register| (register.row, register.key));
    project(Form::built_in(), HOUSE, &all)
}

fn faults(projection: &Projection) -> Vec<(&str, &str, &str)> {
    projection.faults.iter().map(|f| (f.question.as_str(), f.reason.code(), f.value.as_str())).collect()
}

fn json(answers: &Answers) -> String {
    serde_json::to_string(answers).unwrap()
}

#[test]
fn answers_go_to_their_columns_and_the_rest_to_json_in_form_order() {
    let projection = projected(&[
        (None, "tambon_code", Str("650117")),
        (None, "moo", Int(4)),
        (None, "house_no", Str("๑๒/๓")),
        (None, "house_code", Str("6501-000123-4")),
        (None, "head_name", Str(" บุญมี ทองดี ")),
        (None, "phone", Str("081 234 5678")),
        (None, "gps", Str("16.8201 100.2803 44.0 8.5")),
        (None, "household_size", Int(4)),
        (None, "income_year", Int(96_000)),
        (None, "debt_total", Str("๕๐๐๐๐")),
        (None, "land_farm_rai", F64(2.375)),
        (None, "tenure", Str("canal")),
        (None, "eviction_risk", Str("2")),
        (None, "roof_condition", Str("3")),
        (None, "toilet", Str("shared")),
        (None, "hazards/flood", Bool(true)),
        (None, "hazards/drought", Bool(true)),
        (None, "hazards/fire", Bool(false)),
        (None, "landmark", Null),
        (None, "bicycles", Int(2)),
    ]);
    let household = &projection.household;
    assert!(projection.faults.is_empty(), "{:?}", projection.faults);
    assert_eq!(household.village.unwrap().to_string(), "65011704");
    assert_eq!(household.house_no.as_deref(), Some("12/3"));
    assert_eq!(household.house_code.as_deref(), Some("65010001234"));
    assert_eq!(household.head_name.as_deref(), Some("บุญมี ทองดี"));
    assert_eq!((household.lat, household.lon), (Some(16.8201), Some(100.2803)));
    assert_eq!((household.household_size, household.income_year), (Some(4), Some(96_000)));
    assert_eq!((household.eviction_risk, household.roof_condition), (Some(2), Some(3)));
    assert_eq!(
        household.answers,
        concat!(
            r#"{"gps":"16.8201 100.2803 44.0 8.5","phone":"0812345678","debt_total":50000,"#,
            r#""land_farm_rai":2.375,"hazards":["flood","drought"],"bicycles":2}"#
        )
    );
    assert_eq!(
        json(&household.all_answers(Form::built_in()).unwrap()),
        concat!(
            r#"{"tambon_code":"650117","moo":4,"house_no":"12/3","house_code":"65010001234","#,
            r#""gps":"16.8201 100.2803 44.0 8.5","head_name":"บุญมี ทองดี","phone":"0812345678","#,
            r#""household_size":4,"income_year":96000,"debt_total":50000,"land_farm_rai":2.375,"#,
            r#""tenure":"canal","eviction_risk":"2","roof_condition":"3","toilet":"shared","#,
            r#""hazards":["flood","drought"],"bicycles":2}"#
        )
    );
}

#[test]
fn rows_go_to_their_groups() {
    let projection = projected(&[
        (Some(1), "group", Str("member")),
        (Some(1), "m_name", Str("บุญมี ทองดี")),
        (Some(1), "m_birth_year_be", Int(2489)),
        (Some(1), "m_citizen_id", Str("1-1120-34563-56-2")),
        (Some(1), "m_benefits/old_age", Bool(true)),
        (Some(2), "group", Str("need")),
        (Some(2), "need_category", Str("house_repair")),
        (Some(2), "need_text", Str("หลังคารั่ว \"หลายแห่ง\"")),
        (Some(3), "group", Str("visit")),
        (Some(3), "visit_outcome", Str("done")),
        (Some(3), "visit_date", Str("2026-01-15")),
        (Some(3), "consent_given", Str("full")),
        (Some(3), "consent_scopes/plan_deidentified", Bool(true)),
        (Some(4), "group", Str("photo")),
        (Some(4), "photo_kind", Str("roof")),
        (Some(5), "group", Str("note")),
        (Some(5), "text", Str("สุนัขดุ")),
        (Some(6), "text", Str("ไม่มีหมวด")),
        (Some(7), "group", Str("member")),
        (Some(7), "m_name", Str("ลบแล้ว")),
        (Some(7), "deleted", Bool(true)),
    ]);
    assert!(projection.faults.is_empty(), "{:?}", projection.faults);
    let [member] = projection.members.as_slice() else { panic!("{:?}", projection.members) };
    assert_eq!((member.row, member.name.as_deref()), (row_id(1), Some("บุญมี ทองดี")));
    assert_eq!((member.birth_year_be, member.citizen_id.as_deref()), (Some(2489), Some("1112034563562")));
    assert_eq!(member.answers, r#"{"m_benefits":["old_age"]}"#);
    let [need] = projection.needs.as_slice() else { panic!("{:?}", projection.needs) };
    assert_eq!((need.category.as_deref(), need.answers.as_str()), (Some("house_repair"), "{}"));
    let [visit] = projection.visits.as_slice() else { panic!("{:?}", projection.visits) };
    assert_eq!(
        (visit.plan_consent, visit.answers.as_str()),
        (Some(true), r#"{"consent_scopes":["plan_deidentified"]}"#)
    );
    let groups: Vec<_> =
        projection.other_rows.iter().map(|row| (row.group.as_deref(), row.answers.as_str())).collect();
    assert_eq!(
        groups,
        [
            (Some("photo"), r#"{"photo_kind":"roof"}"#),
            (Some("note"), r#"{"text":"สุนัขดุ"}"#),
            (None, r#"{"text":"ไม่มีหมวด"}"#)
        ]
    );
    let household = &projection.household;
    assert_eq!((household.members, household.needs, projection.hidden_rows), (1, 1, 1));
    assert_eq!(
        (household.visit_outcome.as_deref(), household.visit_date.as_deref()),
        (Some("done"), Some("2026-01-15"))
    );
    assert_eq!((household.consent_given.as_deref(), household.plan_consent), (Some("full"), Some(true)));
    let all = json(&need.all_answers(Form::built_in()).unwrap());
    assert_eq!(all, r#"{"need_category":"house_repair","need_text":"หลังคารั่ว \"หลายแห่ง\""}"#);
}

#[test]
fn a_wrong_answer_is_kept_where_it_is_and_flagged() {
    let projection = projected(&[
        (None, "household_size", Str("สี่คน")),
        (None, "tenure", Str("castle")),
        (None, "gps", Str("หน้าวัด")),
        (None, "tambon_code", Str("104701")),
        (None, "moo", Int(4)),
        (None, "m_name", Str("บุญมี")),
        (None, "roof_condition/3", Bool(true)),
        (Some(1), "group", Str("member")),
        (Some(1), "m_citizen_id", Str("1112034563563")),
        (Some(2), "group", Str("member")),
        (Some(2), "m_citizen_id", Str("0000000000001")),
        (Some(3), "group", Int(3)),
        (Some(3), "deleted", Str("yes")),
        (Some(4), "group", Str("pet")),
        (Some(4), "m_name", Str("เจ้าด่าง")),
    ]);
    assert_eq!(
        faults(&projection),
        [
            ("gps", "malformed-point", "\"หน้าวัด\""),
            ("household_size", "not-a-number", "\"สี่คน\""),
            ("m_name", "wrong-group", "\"บุญมี\""),
            ("roof_condition/3", "wrong-type", "true"),
            ("tambon_code", "abolished-area", "\"104701\""),
            ("tenure", "unknown-choice", "\"castle\""),
            ("m_citizen_id", "wrong-check-digit", "\"1112034563563\""),
            ("m_citizen_id", "unusual-citizen-id", "\"0000000000001\""),
            ("deleted", "wrong-type", "\"yes\""),
            ("group", "wrong-type", "3"),
        ]
    );
    let household = &projection.household;
    assert_eq!(
        (household.household_size, household.tenure.as_deref(), household.village),
        (None, None, None)
    );
    assert_eq!(
        household.answers,
        concat!(
            r#"{"tambon_code":"104701","moo":4,"gps":"หน้าวัด","household_size":"สี่คน","tenure":"castle","#,
            r#""m_name":"บุญมี","roof_condition/3":true}"#
        )
    );
    assert_eq!(projection.members[0].answers, r#"{"m_citizen_id":"1112034563563"}"#);
    assert_eq!(projection.members[1].citizen_id.as_deref(), Some("0000000000001"), "a warning only");
    assert_eq!(projection.other_rows[0].answers, r#"{"group":3,"deleted":"yes"}"#);
    assert_eq!(projection.other_rows[1].answers, r#"{"m_name":"เจ้าด่าง"}"#, "an unknown group is not judged");
}

#[test]
fn choices_keep_the_order_of_the_form_and_lose_nothing() {
    let projection = projected(&[
        (None, "hazards/drought", Bool(true)),
        (None, "hazards/flood", Bool(true)),
        (None, "hazards/none", Bool(true)),
        (None, "hazards/tsunami", Bool(true)),
        (None, "hazards/volcano", Bool(false)),
        (None, "hazards/fire", Str("yes")),
        (None, "hazards", Str("flood fire")),
        (None, "past_housing_aid/bpp", Bool(false)),
        (None, "reg_barrier/missed", Null),
        (None, "newer/choice", Bool(true)),
    ]);
    assert_eq!(
        projection.household.answers,
        concat!(
            r#"{"hazards":["none","flood","drought","tsunami","flood fire"],"past_housing_aid":[],"#,
            r#""hazards/fire":"yes","newer/choice":true}"#
        )
    );
    assert_eq!(
        faults(&projection),
        [
            ("hazards", "none-with-others", r#"["none","flood","drought"]"#),
            ("hazards", "wrong-type", r#""flood fire""#),
            ("hazards/fire", "wrong-type", r#""yes""#),
            ("hazards/tsunami", "unknown-choice", "true"),
        ]
    );
}

#[test]
fn conflicts_are_counted_where_a_person_can_see_them() {
    let conflict = |row, key, value| Shown { conflict: true, ..shown(row, key, value) };
    let registers = [
        conflict(None, "tenure", Str("own")),
        shown(None, "toilet", Str("own")),
        conflict(Some(1), "deleted", Bool(true)),
        shown(Some(1), "group", Str("member")),
        conflict(Some(1), "m_name", Str("ลบแล้ว")),
        shown(Some(2), "group", Str("member")),
        conflict(Some(2), "m_name", Str("บุญมี ทองดี")),
        conflict(Some(2), "m_sex", Str("female")),
    ];
    let projection = project(Form::built_in(), HOUSE, &registers);
    assert_eq!(projection.household.conflicts, 1 + 1 + 2);
    assert_eq!(projection.members[0].conflicts, 2);
}

#[test]
fn a_household_without_answers_is_a_household() {
    let projection = project(Form::built_in(), HOUSE, &[]);
    assert_eq!(projection.household, HouseholdRow::empty(HOUSE));
    assert!(projection.household.all_answers(Form::built_in()).unwrap().0.is_empty());
}

fn any_scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        Just(Scalar::Null),
        any::<bool>().prop_map(Scalar::Bool),
        any::<i64>().prop_map(Scalar::Int),
        (0_i64..60).prop_map(Scalar::Int),
        any::<u64>().prop_map(Scalar::Uint),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Scalar::F64),
        "[0-9๐-๙/ ก-ฮ\"\\\\]{0,8}".prop_map(Scalar::Str),
        Just(Scalar::Str("none".into())),
        Just(Scalar::Str("3".into())),
        Just(Scalar::Str("650117".into())),
        Just(Scalar::Str("16.82 100.28".into())),
    ]
}

fn any_key() -> impl Strategy<Value = String> {
    let form = Form::built_in();
    let mut keys: Vec<String> =
        ["group", "deleted", "bicycles", "newer/choice", "tenure/own", "hazards/tsunami"]
            .map(str::to_owned)
            .to_vec();
    for field in form.fields() {
        keys.push(field.name.clone());
        keys.extend(field.choices.iter().map(|choice| format!("{}/{}", field.name, choice.code)));
    }
    proptest::sample::select(keys)
}

/// Whether an answer that was given is among all answers of its row.
fn is_kept(answers: &Answers, key: &str, value: ScalarRef<'_>) -> bool {
    let raw: serde_json::Value = serde_json::from_str(&scalar_json(value)).unwrap();
    let array_holds = |question: &str, item: &serde_json::Value| {
        answers.get(question).and_then(|array| array.as_array()).is_some_and(|array| array.contains(item))
    };
    if answers.get(key).is_some_and(|kept| *kept == raw) || array_holds(key, &raw) {
        return true;
    }
    let checked = Form::built_in().field(key).and_then(|field| check(field, value).ok());
    let chosen = key.split_once('/').is_some_and(|(question, code)| match value {
        Bool(true) => array_holds(question, &code.into()),
        Bool(false) => answers.get(question).is_some_and(|array| array.is_array()),
        _ => false,
    });
    chosen || (checked.is_some() && answers.get(key).is_some())
}

proptest! {
    #[test]
    fn nothing_that_was_answered_is_dropped(
        answers in proptest::collection::btree_map((0_u8..5, any_key()), any_scalar(), 0..60),
        groups in proptest::collection::vec(
            proptest::sample::select(vec!["member", "need", "visit", "photo", "note", "household"]), 5),
    ) {
        let mut registers: Vec<(Option<u8>, &str, ScalarRef<'_>)> = Vec::new();
        for ((row, key), value) in &answers {
            // Rows are visible here: what deleting hides, and what it does not, has its own test.
            if key != "group" && key != "deleted" {
                registers.push((row.checked_sub(1), key, value.as_ref()));
            }
        }
        for row in 0..4 {
            registers.push((Some(row), "group", Str(groups[usize::from(row)])));
        }
        let projection = projected(&registers);
        let form = Form::built_in();
        let mut by_row = vec![(None, projection.household.all_answers(form).unwrap())];
        by_row.extend(projection.members.iter().map(|r| (Some(r.row), r.all_answers(form).unwrap())));
        by_row.extend(projection.needs.iter().map(|r| (Some(r.row), r.all_answers(form).unwrap())));
        by_row.extend(projection.visits.iter().map(|r| (Some(r.row), r.all_answers(form).unwrap())));
        by_row.extend(projection.other_rows.iter().map(|r| (Some(r.row), r.all_answers(form).unwrap())));
        prop_assert_eq!(by_row.len(), 5);
        for (row, key, value) in registers {
            let (_, all) = by_row.iter().find(|(id, _)| *id == row.map(row_id)).unwrap();
            prop_assert!(
                key == "group" || value == Null || is_kept(all, key, value),
                "{key} = {value:?} is not in {}", json(all)
            );
        }
        for (_, all) in &by_row {
            let mut names: Vec<_> = all.iter().map(|(name, _)| name).collect();
            names.sort_unstable();
            prop_assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "no name twice: {names:?}");
        }
    }
}

#[test]
fn whole_numbers_of_any_type_are_one_answer() {
    for four in [Int(4), Uint(4), F64(4.0), Str("๔")] {
        let projection = projected(&[(None, "sleeping_rooms", four), (None, "debt_total", four)]);
        assert_eq!(projection.household.sleeping_rooms, Some(4));
        assert_eq!(projection.household.answers, r#"{"debt_total":4}"#);
    }
}
