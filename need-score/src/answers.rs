//! From the answers of a household document to what scores ask for.

use light::Map;

use survey_form::engine::{Entry, RowId};
use survey_form::value::Scalar;

use crate::household::{Household, Member, Need};

/// The answers of a household, or of one of its rows.
type Answers<'a> = Map<&'a str, &'a Scalar>;

impl Household {
    /// What the answers of the built-in form say, as every replica shows them; rows in the order in which
    /// they came to be. An answer of another type than its question's counts as not given.
    #[must_use]
    pub fn read(entries: &[Entry]) -> Self {
        let mut own = Answers::new();
        let mut order: Vec<RowId> = Vec::new();
        let mut rows: Map<RowId, Answers> = Map::new();
        for entry in entries {
            match entry.row {
                None => drop(own.insert(&entry.key, &entry.value)),
                Some(row) => {
                    let answers = rows.entry(row).or_insert_with(|| {
                        order.push(row);
                        Answers::new()
                    });
                    answers.insert(&entry.key, &entry.value);
                }
            }
        }
        let mut household = of_household(&own);
        for row in order.iter().filter_map(|row| rows.get(row)) {
            if matches!(row.get("deleted"), Some(Scalar::Bool(true))) {
                continue;
            }
            match row.get("group") {
                Some(Scalar::Str(group)) if group == "member" => household.members.push(of_member(row)),
                Some(Scalar::Str(group)) if group == "need" => household.needs.push(Need {
                    need_category: code(row, "need_category"),
                    need_urgency: code(row, "need_urgency"),
                }),
                // The last visit that asked counts.
                Some(Scalar::Str(group)) if group == "visit" => {
                    household.consent = code(row, "consent_given").or(household.consent);
                }
                _ => {}
            }
        }
        household
    }
}

fn of_household(own: &Answers) -> Household {
    Household {
        consent: None,
        household_size: number(own, "household_size"),
        income_year: number(own, "income_year"),
        debt_total: number(own, "debt_total"),
        debt_informal: code(own, "debt_informal"),
        savings_any: code(own, "savings_any"),
        tenure: code(own, "tenure"),
        eviction_risk: grade(own, "eviction_risk"),
        roof_condition: grade(own, "roof_condition"),
        wall_condition: grade(own, "wall_condition"),
        floor_condition: grade(own, "floor_condition"),
        structure_condition: grade(own, "structure_condition"),
        toilet: code(own, "toilet"),
        drinking_water: code(own, "drinking_water"),
        water_enough: code(own, "water_enough"),
        electricity: code(own, "electricity"),
        sleeping_rooms: number(own, "sleeping_rooms"),
        hazards: choices(own, "hazards"),
        housing_event: code(own, "housing_event"),
        house_registration: code(own, "house_registration"),
        reg_help_needed: code(own, "reg_help_needed"),
        members: Vec::new(),
        needs: Vec::new(),
    }
}

fn of_member(row: &Answers) -> Member {
    Member {
        m_birth_year_be: number(row, "m_birth_year_be"),
        m_disability: choices(row, "m_disability"),
        m_dependency: code(row, "m_dependency"),
        m_has_caregiver: code(row, "m_has_caregiver"),
        m_education: code(row, "m_education"),
        m_in_school: code(row, "m_in_school"),
        m_occupation: code(row, "m_occupation"),
        m_card_status: code(row, "m_card_status"),
        m_benefits: choices(row, "m_benefits"),
        m_health_scheme: code(row, "m_health_scheme"),
        m_id_status: code(row, "m_id_status"),
    }
}

fn number(answers: &Answers, key: &str) -> Option<i64> {
    match answers.get(key)? {
        Scalar::Int(number) => Some(*number),
        _ => None,
    }
}

fn code(answers: &Answers, key: &str) -> Option<String> {
    match answers.get(key)? {
        Scalar::Str(code) if !code.is_empty() => Some(code.clone()),
        _ => None,
    }
}

fn grade(answers: &Answers, key: &str) -> Option<u8> {
    code(answers, key)?.parse().ok().filter(|grade| *grade <= 3)
}

/// The ticked choices; `None` where none is ticked: the question has a choice "none" of its own.
fn choices(answers: &Answers, key: &str) -> Option<Vec<String>> {
    let prefix = format!("{key}/");
    let ticked: Vec<String> = answers
        .range(prefix.as_str()..)
        .take_while(|(key, _)| key.starts_with(&prefix))
        .filter(|(_, value)| matches!(value, Scalar::Bool(true)))
        .map(|(key, _)| key[prefix.len()..].to_owned())
        .collect();
    (!ticked.is_empty()).then_some(ticked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Flag, Known, Parameters, Tier, score};

    fn entry(row: Option<u8>, key: &str, value: impl Into<Answer>) -> Entry {
        Entry { row: row.map(|row| RowId([row; 16])), key: key.to_owned(), value: value.into().0 }
    }

    struct Answer(Scalar);

    impl From<&str> for Answer {
        fn from(text: &str) -> Self {
            Self(Scalar::Str(text.to_owned()))
        }
    }

    impl From<i64> for Answer {
        fn from(number: i64) -> Self {
            Self(Scalar::Int(number))
        }
    }

    impl From<bool> for Answer {
        fn from(ticked: bool) -> Self {
            Self(Scalar::Bool(ticked))
        }
    }

    #[test]
    fn a_document_is_read_as_the_form_writes_it() {
        let entries = [
            entry(None, "tenure", "own"),
            entry(None, "eviction_risk", "1"),
            entry(None, "hazards/flood", true),
            entry(None, "hazards/fire", false),
            entry(None, "income_year", 38_000),
            entry(None, "household_size", "สอง"),
            entry(Some(1), "group", "visit"),
            entry(Some(1), "consent_given", "refused"),
            entry(Some(2), "group", "visit"),
            entry(Some(2), "consent_given", "full"),
            entry(Some(3), "group", "visit"),
            entry(Some(4), "group", "member"),
            entry(Some(4), "m_card_status", "holder"),
            entry(Some(5), "group", "member"),
            entry(Some(5), "deleted", true),
            entry(Some(6), "group", "need"),
            entry(Some(6), "need_category", "food"),
            entry(Some(6), "need_urgency", "now"),
        ];
        let household = Household::read(&entries);
        assert_eq!(household.consent.as_deref(), Some("full"), "a visit that did not ask changes nothing");
        assert_eq!(household.eviction_risk, Some(1));
        assert_eq!(household.hazards, Some(vec!["flood".to_owned()]));
        assert_eq!(household.household_size, None, "not a number");
        assert_eq!((household.members.len(), household.needs.len()), (1, 1));
        let score = score(&household, &Parameters::default());
        assert_eq!(score.tier, Tier::Urgent);
        assert_eq!(score.deprived().collect::<Vec<_>>(), [Flag::H3]);
    }

    #[test]
    fn of_whom_the_age_is_not_known_nothing_that_depends_on_it_is() {
        let born =
            |year| Member { m_birth_year_be: year, m_in_school: Some("no".to_owned()), ..Member::default() };
        let flag = |members| {
            let household = Household { members, ..Household::default() };
            score(&household, &Parameters::for_year(2569)).flags.get(Flag::E1)
        };
        assert_eq!(flag(vec![born(Some(2560))]), Known::Yes);
        assert_eq!(flag(vec![born(Some(2500))]), Known::NotApplicable);
        assert_eq!(flag(vec![born(None)]), Known::Unknown);
        assert_eq!(flag(vec![born(None), born(Some(2560))]), Known::Yes);
    }

    #[test]
    fn nothing_known_is_nothing_claimed() {
        let score = score(&Household::default(), &Parameters::default());
        assert_eq!((score.need, score.tier, score.missed), (0, Tier::Sound, false));
        assert!(score.needs_check && score.need_max > 26, "{score:?}");
    }
}
