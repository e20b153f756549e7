//! What a planner may see: nothing that points to a person.
//!
//! Of a household: the answers that are not personal by themselves (PDPA class N) and are not free
//! text, its village, and its income as a band. Of a member: an age band. Of a need: its urgency.
//! No identifier of a household or row, no house number, no point: a list of these has running
//! numbers at most. An answer that is not what its question asks for is left out too, and so is
//! that of a question which the form does not know, because either may hold anything.
//!
//! A household that refuses, or keeps itself out of the tambon plan, shows its village and the
//! visit only. Counts of fewer than five are suppressed where counts are made.
//!
//! People of the fund and coordinators see whole rows of their area, and need none of this.

use serde_json::Value;
use sync_protocol::ids::VillageCode;
use sync_protocol::value::ScalarRef;

use super::answers::{AllAnswers, Answers};
use super::check::check;
use super::form::{AnswerKind, Field, Form, PdpaClass};
use super::rows::{HouseholdRow, MemberRow, NeedRow};

/// Bands of income in a year, in baht: name and first amount above the band. They part at the
/// lines that the field uses for a person, and above them widely, as few households are there.
const INCOME_BANDS: [(&str, i32); 6] = [
    ("0-39999", 40_000),
    ("40000-99999", 100_000),
    ("100000-199999", 200_000),
    ("200000-399999", 400_000),
    ("400000-999999", 1_000_000),
    ("1000000+", i32::MAX),
];

/// Bands of age in years: name and first age above the band. They part where school, work and the
/// steps of the old-age allowance begin.
const AGE_BANDS: [(&str, i16); 9] = [
    ("0-5", 6),
    ("6-14", 15),
    ("15-24", 25),
    ("25-44", 45),
    ("45-59", 60),
    ("60-69", 70),
    ("70-79", 80),
    ("80-89", 90),
    ("90+", i16::MAX),
];

/// What a planner sees of a household in `village`.
///
/// # Errors
/// If the row's `answers` are no JSON object.
pub fn household(
    row: &HouseholdRow,
    village: VillageCode,
    form: &Form,
) -> Result<Answers, serde_json::Error> {
    let mut seen = vec![("village".to_owned(), village.to_string().into())];
    seen.extend(row.visit_outcome.as_deref().map(|outcome| ("visit_outcome".to_owned(), outcome.into())));
    seen.extend(row.visit_date.as_deref().map(|date| ("visit_date".to_owned(), date.into())));
    if row.is_withheld() {
        return Ok(Answers(seen));
    }
    seen.extend(row.income_year.map(|income| ("income_band".to_owned(), income_band(income).into())));
    let answers = row.all_answers(form)?.0.into_iter();
    seen.extend(answers.filter_map(|(question, value)| open_answer(form.field(&question)?, value)));
    Ok(Answers(seen))
}

/// What a planner sees of a member, given the year (Buddhist era) in which ages are reckoned.
#[must_use]
pub fn member(row: &MemberRow, village: VillageCode, year_be: i16) -> Answers {
    let mut seen = vec![("village".to_owned(), village.to_string().into())];
    let age = row.birth_year_be.map(|birth| year_be.saturating_sub(birth));
    seen.extend(age.and_then(age_band).map(|band| ("age_band".to_owned(), band.into())));
    Answers(seen)
}

/// What a planner sees of a need.
#[must_use]
pub fn need(row: &NeedRow, village: VillageCode) -> Answers {
    let mut seen = vec![("village".to_owned(), village.to_string().into())];
    seen.extend(row.urgency.as_deref().map(|urgency| ("need_urgency".to_owned(), urgency.into())));
    Answers(seen)
}

/// The band of an income in a year, baht.
#[must_use]
pub fn income_band(baht: i32) -> &'static str {
    let band = INCOME_BANDS.iter().find(|(_, above)| baht < *above);
    band.or(INCOME_BANDS.last()).map_or("", |(name, _)| name)
}

/// The band of an age in years; none for somebody who is not born yet.
#[must_use]
pub fn age_band(years: i16) -> Option<&'static str> {
    let band = AGE_BANDS.iter().find(|(_, above)| years < *above);
    if years < 0 { None } else { band.or(AGE_BANDS.last()).map(|(name, _)| *name) }
}

/// The answer, if it points to nobody and is what the question asks for. The village is told once,
/// by its code.
fn open_answer(field: &Field, value: Value) -> Option<(String, Value)> {
    let personal = field.pdpa != PdpaClass::NotPersonal || field.kind == AnswerKind::Text;
    if personal || matches!(field.name.as_str(), "tambon_code" | "moo") {
        return None;
    }
    let value = match value {
        Value::Array(codes) if field.kind == AnswerKind::SelectMultiple => {
            let known = |code: &Value| code.as_str().is_some_and(|code| field.choice(code).is_some());
            Value::Array(codes.into_iter().filter(known).collect())
        }
        value => check(field, scalar(&value)?).is_ok().then_some(value)?,
    };
    Some((field.name.clone(), value))
}

fn scalar(value: &Value) -> Option<ScalarRef<'_>> {
    match value {
        Value::String(text) => Some(ScalarRef::Str(text)),
        Value::Number(number) => number.as_i64().map(ScalarRef::Int).or(number.as_f64().map(ScalarRef::F64)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sync_protocol::ids::{HouseholdId, RowId};
    use sync_protocol::value::Shown;

    use super::super::project;
    use super::*;

    fn village() -> VillageCode {
        "65011704".parse().unwrap()
    }

    fn row(registers: &[(&str, ScalarRef<'_>)]) -> HouseholdRow {
        let mut shown: Vec<_> = registers
            .iter()
            .map(|(key, value)| Shown { row: None, key, value: *value, conflict: false })
            .collect();
        shown.sort_by_key(|register| register.key);
        project(Form::built_in(), HouseholdId([7; 16]), &shown).household
    }

    fn seen(row: &HouseholdRow) -> String {
        serde_json::to_string(&household(row, village(), Form::built_in()).unwrap()).unwrap()
    }

    #[test]
    fn a_planner_sees_the_house_but_not_who_lives_in_it() {
        let mut row = row(&[
            ("tambon_code", ScalarRef::Str("650117")),
            ("moo", ScalarRef::Int(4)),
            ("community_name", ScalarRef::Str("ชุมชนของนายบุญมี")),
            ("house_no", ScalarRef::Str("12/3")),
            ("house_code", ScalarRef::Str("65010001234")),
            ("head_name", ScalarRef::Str("บุญมี ทองดี")),
            ("phone", ScalarRef::Str("0812345678")),
            ("landmark", ScalarRef::Str("หลังวัด")),
            ("gps", ScalarRef::Str("16.8201 100.2803 44.0 8.5")),
            ("household_size", ScalarRef::Int(4)),
            ("income_year", ScalarRef::Int(96_000)),
            ("tenure", ScalarRef::Str("canal")),
            ("roof_condition", ScalarRef::Str("3")),
            ("sleeping_rooms", ScalarRef::Str("ห้องของบุญมี")),
            ("hazards/flood", ScalarRef::Bool(true)),
            ("hazards/บุญมี", ScalarRef::Bool(true)),
            ("newer_question", ScalarRef::Str("บุญมี")),
        ]);
        row.visit_outcome = Some("done".to_owned());
        assert_eq!(
            seen(&row),
            concat!(
                r#"{"village":"65011704","visit_outcome":"done","income_band":"40000-99999","#,
                r#""household_size":4,"roof_condition":"3","hazards":["flood"]}"#
            )
        );
    }

    #[test]
    fn who_refuses_is_counted_and_nothing_more() {
        let mut row = row(&[("roof_condition", ScalarRef::Str("3")), ("income_year", ScalarRef::Int(1))]);
        row.consent_given = Some("refused".to_owned());
        row.visit_outcome = Some("refused".to_owned());
        let nothing = r#"{"village":"65011704","visit_outcome":"refused"}"#;
        assert_eq!(seen(&row), nothing);
        row.consent_given = Some("full".to_owned());
        row.plan_consent = Some(false);
        assert_eq!(seen(&row), nothing, "kept out of the tambon plan");
        row.plan_consent = Some(true);
        assert!(seen(&row).contains("roof_condition"));
    }

    #[test]
    fn every_personal_question_is_hidden() {
        let form = Form::built_in();
        let open = form.fields_of("household").filter(|field| {
            let value = field.choices.first().map_or("1".into(), |choice| Value::from(choice.code.as_str()));
            let value = match field.kind {
                AnswerKind::Integer => field.limits.max.unwrap_or(0).into(),
                AnswerKind::SelectMultiple => Value::Array(vec![value]),
                _ => value,
            };
            open_answer(field, value).is_some()
        });
        let open: Vec<_> = open.map(|field| field.name.as_str()).collect();
        assert_eq!(
            open,
            [
                "household_size",
                "roof_condition",
                "wall_condition",
                "floor_condition",
                "structure_condition",
                "toilet",
                "drinking_water",
                "water_enough",
                "electricity",
                "sleeping_rooms",
                "hazards",
                "housing_event",
                "past_housing_aid",
                "past_aid_year_be"
            ]
        );
    }

    #[test]
    fn members_and_needs_show_bands() {
        let born = |birth_year_be| MemberRow { birth_year_be, ..MemberRow::empty(RowId([1; 16])) };
        let text = |answers: Answers| serde_json::to_string(&answers).unwrap();
        assert_eq!(
            text(member(&born(Some(2489)), village(), 2569)),
            r#"{"village":"65011704","age_band":"80-89"}"#
        );
        assert_eq!(text(member(&born(None), village(), 2569)), r#"{"village":"65011704"}"#);
        let urgent = NeedRow {
            category: Some("house_repair".to_owned()),
            urgency: Some("now".to_owned()),
            text: Some("บุญมีเล่าว่า".to_owned()),
            ..NeedRow::empty(RowId([2; 16]))
        };
        assert_eq!(text(need(&urgent, village())), r#"{"village":"65011704","need_urgency":"now"}"#);
    }

    #[test]
    fn bands_meet_without_gaps() {
        assert_eq!(
            [0, 39_999, 40_000, 99_999, 100_000].map(income_band),
            ["0-39999", "0-39999", "40000-99999", "40000-99999", "100000-199999"]
        );
        assert_eq!((income_band(50_000_000), income_band(i32::MAX)), ("1000000+", "1000000+"));
        assert_eq!(
            [-1, 0, 5, 6, 59, 60, 120].map(age_band),
            [None, Some("0-5"), Some("0-5"), Some("6-14"), Some("45-59"), Some("60-69"), Some("90+")]
        );
    }
}
