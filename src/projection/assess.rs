//! From a household's registers to what lists and plans need of it.

use need_score::{Answer, Household, Inputs, Parameters, Score, Value, score};
use sync_protocol::value::{ScalarRef, Shown};

use super::form::{DELETED, GROUP, MEMBER};
use super::rows::HouseholdRow;
use crate::planning::assessment::Assessment;
use crate::planning::indicators::{Census, Share};
use crate::planning::programme::{Facts, Settlement};

/// Years between the Buddhist and the common era.
const BUDDHIST_ERA: i64 = 543;

/// A household as lists and plans see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    /// What its answers come to, if it was surveyed, wholly or in part, and did not refuse.
    pub assessment: Option<Assessment>,
    /// What it adds to the counts of its village.
    pub share: Share,
}

/// Assesses a household. `shown` are all its registers, `row` is its row of the read model. Ages are counted from the year of
/// the visit that counts, or that of the parameters where it has no date.
#[must_use]
pub fn assess(shown: &[Shown<'_>], row: &HouseholdRow, parameters: &Parameters) -> Assessed {
    let outcome = row.visit_outcome.as_deref();
    let surveyed = matches!(outcome, Some("done" | "partial"));
    if !surveyed || row.consent_given.as_deref() == Some("refused") {
        return Assessed { assessment: None, share: Share::of_visit(outcome) };
    }
    let (household, scored, year) = scored(shown, row, parameters);
    let of_the_year = Parameters { year_be: year, ..parameters.clone() };
    let inputs = Inputs::of(&household, &of_the_year, visit_year(row).is_some());
    Assessed {
        assessment: Some(Assessment::of(&household, &scored, inputs)),
        share: Share::of(outcome, &household, &scored, &census(shown), year),
    }
}

/// What the rules of programmes ask of a household, with its score.
#[must_use]
pub fn facts(shown: &[Shown<'_>], row: &HouseholdRow, parameters: &Parameters) -> (Facts, Score) {
    let (household, scored, _) = scored(shown, row, parameters);
    let census = census(shown);
    let own = |key: &str| {
        let of_key = |register: &&Shown<'_>| register.row.is_none() && register.key == key;
        shown.iter().find(of_key).map(|register| value(register.value))
    };
    let owned = |codes: &[&str]| {
        let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
        (!codes.is_empty()).then_some(codes)
    };
    let facts = Facts {
        household,
        past_housing_aid: owned(&census.past_aid),
        past_aid_year_be: match own("past_aid_year_be") {
            Some(Value::Int(year)) => Some(year),
            _ => None,
        },
        fund_membership: census.fund.map(str::to_owned),
        visited_on: row.visit_date.as_deref().and_then(|date| date.parse().ok()),
        settlement: Settlement::default(),
    };
    (facts, scored)
}

/// A household as scores see it, its score, and the year from which its ages were counted.
fn scored(shown: &[Shown<'_>], row: &HouseholdRow, parameters: &Parameters) -> (Household, Score, i64) {
    let year = visit_year(row).unwrap_or(parameters.year_be);
    let answers: Vec<Answer<'_>> = shown
        .iter()
        .map(|register| Answer {
            row: register.row.map(|row| row.0),
            key: register.key,
            value: value(register.value),
        })
        .collect();
    let mut household = Household::of_answers(&answers);
    household.consent.clone_from(&row.consent_given);
    let scored = score(&household, &Parameters { year_be: year, ..parameters.clone() });
    (household, scored, year)
}

/// The year (พ.ศ.) of the visit that counts, where it has a date.
fn visit_year(row: &HouseholdRow) -> Option<i64> {
    row.visit_date.as_deref()?.get(..4)?.parse::<i64>().ok().map(|year| year + BUDDHIST_ERA)
}

fn value(value: ScalarRef<'_>) -> Value<'_> {
    match value {
        ScalarRef::Str(text) => Value::Str(text),
        ScalarRef::Int(number) => Value::Int(number),
        ScalarRef::Uint(number) => i64::try_from(number).map_or(Value::Other, Value::Int),
        ScalarRef::Bool(ticked) => Value::Bool(ticked),
        ScalarRef::Null | ScalarRef::F64(_) => Value::Other,
    }
}

/// What the answers say beside what scores ask for.
fn census<'a>(shown: &[Shown<'a>]) -> Census<'a> {
    let (own, rows) = shown.split_at(shown.partition_point(|register| register.row.is_none()));
    let mut census = Census::default();
    for register in own {
        match (register.key, register.value) {
            ("fund_membership", ScalarRef::Str(code)) => census.fund = Some(code),
            (key, ScalarRef::Bool(true)) => {
                if let Some(barrier) = key.strip_prefix("reg_barrier/") {
                    census.barriers.push(barrier);
                } else if let Some(benefit) = key.strip_prefix("fund_benefits_12m/") {
                    census.benefits.push(benefit);
                } else if let Some(aid) = key.strip_prefix("past_housing_aid/") {
                    census.past_aid.push(aid);
                }
            }
            _ => {}
        }
    }
    for registers in rows.chunk_by(|a, b| a.row == b.row) {
        let get = |key| registers.iter().find(|register| register.key == key).map(|register| register.value);
        if get(GROUP) != Some(ScalarRef::Str(MEMBER)) || get(DELETED) == Some(ScalarRef::Bool(true)) {
            continue;
        }
        let sex = if let Some(ScalarRef::Str(code)) = get("m_sex") { Some(code) } else { None };
        let born = match get("m_birth_year_be").map(value) {
            Some(Value::Int(year)) => Some(year),
            _ => None,
        };
        census.people.push((sex, born));
    }
    census
}

#[cfg(test)]
mod tests {
    use need_score::{Flag, Tier};
    use sync_protocol::ids::{HouseholdId, RowId};

    use super::*;
    use crate::planning::indicators::Counts;
    use crate::projection::{Form, project};

    fn shown<'a>(row: Option<u8>, key: &'a str, value: ScalarRef<'a>) -> Shown<'a> {
        Shown { row: row.map(|row| RowId([row; 16])), key, value, conflict: false }
    }

    fn assessed(outcome: &str, consent: &str, date: &str) -> Assessed {
        let registers = [
            shown(None, "fund_membership", ScalarRef::Str("none")),
            shown(None, "household_size", ScalarRef::Int(1)),
            shown(None, "income_year", ScalarRef::Uint(12_000)),
            shown(None, "past_housing_aid/bpp", ScalarRef::Bool(true)),
            shown(None, "reg_barrier/no_id", ScalarRef::Bool(false)),
            shown(Some(1), "consent_given", ScalarRef::Str(consent)),
            shown(Some(1), "group", ScalarRef::Str("visit")),
            shown(Some(1), "visit_date", ScalarRef::Str(date)),
            shown(Some(1), "visit_outcome", ScalarRef::Str(outcome)),
            shown(Some(2), "group", ScalarRef::Str("member")),
            shown(Some(2), "m_birth_year_be", ScalarRef::Int(2550)),
            shown(Some(2), "m_card_status", ScalarRef::Str("not_registered")),
            shown(Some(2), "m_sex", ScalarRef::Str("female")),
            shown(Some(3), "deleted", ScalarRef::Bool(true)),
            shown(Some(3), "group", ScalarRef::Str("member")),
        ];
        let projection = project(Form::built_in(), HouseholdId([7; 16]), &registers);
        assess(&registers, &projection.household, &Parameters::default())
    }

    #[test]
    fn ages_are_counted_from_the_visit() {
        let Assessed { assessment, share } = assessed("done", "full", "2026-01-10");
        let of_age = assessment.expect("it was surveyed");
        assert!(of_age.missed && of_age.yes.contains(Flag::A1));
        assert_eq!(of_age.tier, Tier::Severe);
        let minor = assessed("done", "full", "2024-01-10").assessment.expect("it was surveyed");
        assert!(!minor.yes.contains(Flag::A1), "17 in the year of the visit");
        let mut counts = Counts::default();
        counts.add(&share);
        assert_eq!(counts.get("people", "female", Some("15-19")), 1);
        assert_eq!(counts.get("past_housing_aid", "bpp", None), 1);
        assert_eq!((counts.get("fund", "none", None), counts.get("barrier", "no_id", None)), (1, 0));
    }

    #[test]
    fn who_was_not_surveyed_or_refused_is_not_assessed() {
        for (outcome, consent) in [("absent", "full"), ("done", "refused")] {
            let Assessed { assessment, share } = assessed(outcome, consent, "2026-01-10");
            assert_eq!((assessment, share), (None, Share::of_visit(Some(outcome))));
        }
        assert!(assessed("partial", "no_sensitive", "2026-01-10").assessment.is_some());
    }
}
