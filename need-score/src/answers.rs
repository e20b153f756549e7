//! From the answers of a household document to what scores ask for.

use survey_form::engine::Entry;
use survey_form::value::Scalar;

use crate::household::{Household, Member, Need};

/// One answer of a household, as every replica shows it.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The row that it lies in; `None` for the household's own.
    pub row: Option<[u8; 16]>,
    /// Question name, or `question/choice`.
    pub key: &'a str,
    /// What was answered.
    pub value: Value<'a>,
}

/// What was answered, as far as scores can use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A text, or the code of a choice.
    Str(&'a str),
    /// A whole number.
    Int(i64),
    /// Whether a choice is ticked.
    Bool(bool),
    /// Anything else, null included.
    Other,
}

impl<'a> From<&'a Scalar> for Value<'a> {
    fn from(scalar: &'a Scalar) -> Self {
        match scalar {
            Scalar::Str(text) => Self::Str(text),
            Scalar::Int(number) => Self::Int(*number),
            Scalar::Bool(ticked) => Self::Bool(*ticked),
            _ => Self::Other,
        }
    }
}

impl Value<'_> {
    fn number(self) -> Option<i64> {
        if let Self::Int(number) = self { Some(number) } else { None }
    }

    fn code(self) -> Option<String> {
        match self {
            Self::Str(code) if !code.is_empty() => Some(code.to_owned()),
            _ => None,
        }
    }

    fn grade(self) -> Option<u8> {
        if let Self::Str(code) = self { code.parse().ok().filter(|grade| *grade <= 3) } else { None }
    }
}

/// Adds a choice if it is ticked. Where none is ticked nothing is known: such a question has a choice
/// "none" of its own.
fn tick(choices: &mut Option<Vec<String>>, choice: &str, value: Value<'_>) {
    if value == Value::Bool(true) {
        choices.get_or_insert_default().push(choice.to_owned());
    }
}

impl Household {
    /// As [`Household::of_answers`], from what the engine of forms works on.
    #[must_use]
    pub fn read(entries: &[Entry]) -> Self {
        let answers: Vec<Answer<'_>> = entries
            .iter()
            .map(|entry| Answer {
                row: entry.row.map(|row| row.0),
                key: &entry.key,
                value: Value::from(&entry.value),
            })
            .collect();
        Self::of_answers(&answers)
    }

    /// What the answers of the built-in form say; rows in the order in which they are first named, of
    /// which the last visit that asked gives the consent. An answer of another type than its question's
    /// counts as not given.
    #[must_use]
    pub fn of_answers(answers: &[Answer<'_>]) -> Self {
        let mut household = Self::default();
        let mut rows: Vec<([u8; 16], Vec<&Answer<'_>>)> = Vec::new();
        for answer in answers {
            let Some(row) = answer.row else {
                household.take(answer.key, answer.value);
                continue;
            };
            // The answers of a row mostly stand together.
            match rows.iter_mut().rev().find(|(known, _)| *known == row) {
                Some((_, answers)) => answers.push(answer),
                None => rows.push((row, vec![answer])),
            }
        }
        for (_, row) in rows {
            household.take_row(&row);
        }
        household
    }

    fn take_row(&mut self, row: &[&Answer<'_>]) {
        let last = |key| row.iter().rfind(|answer| answer.key == key).map(|answer| answer.value);
        if last("deleted") == Some(Value::Bool(true)) {
            return;
        }
        match last("group") {
            Some(Value::Str("member")) => {
                let mut member = Member::default();
                row.iter().for_each(|answer| member.take(answer.key, answer.value));
                self.members.push(member);
            }
            Some(Value::Str("need")) => {
                let code = |key| last(key).and_then(Value::code);
                self.needs
                    .push(Need { need_category: code("need_category"), need_urgency: code("need_urgency") });
            }
            Some(Value::Str("visit")) => {
                self.consent = last("consent_given").and_then(Value::code).or(self.consent.take());
            }
            _ => {}
        }
    }

    fn take(&mut self, key: &str, value: Value<'_>) {
        match key {
            "household_size" => self.household_size = value.number(),
            "income_year" => self.income_year = value.number(),
            "debt_total" => self.debt_total = value.number(),
            "debt_informal" => self.debt_informal = value.code(),
            "savings_any" => self.savings_any = value.code(),
            "tenure" => self.tenure = value.code(),
            "eviction_risk" => self.eviction_risk = value.grade(),
            "roof_condition" => self.roof_condition = value.grade(),
            "wall_condition" => self.wall_condition = value.grade(),
            "floor_condition" => self.floor_condition = value.grade(),
            "structure_condition" => self.structure_condition = value.grade(),
            "toilet" => self.toilet = value.code(),
            "drinking_water" => self.drinking_water = value.code(),
            "water_enough" => self.water_enough = value.code(),
            "electricity" => self.electricity = value.code(),
            "sleeping_rooms" => self.sleeping_rooms = value.number(),
            "housing_event" => self.housing_event = value.code(),
            "house_registration" => self.house_registration = value.code(),
            "reg_help_needed" => self.reg_help_needed = value.code(),
            key => {
                if let Some(hazard) = key.strip_prefix("hazards/") {
                    tick(&mut self.hazards, hazard, value);
                }
            }
        }
    }
}

impl Member {
    fn take(&mut self, key: &str, value: Value<'_>) {
        match key {
            "m_birth_year_be" => self.m_birth_year_be = value.number(),
            "m_dependency" => self.m_dependency = value.code(),
            "m_has_caregiver" => self.m_has_caregiver = value.code(),
            "m_education" => self.m_education = value.code(),
            "m_in_school" => self.m_in_school = value.code(),
            "m_occupation" => self.m_occupation = value.code(),
            "m_card_status" => self.m_card_status = value.code(),
            "m_health_scheme" => self.m_health_scheme = value.code(),
            "m_id_status" => self.m_id_status = value.code(),
            key => {
                if let Some(disability) = key.strip_prefix("m_disability/") {
                    tick(&mut self.m_disability, disability, value);
                } else if let Some(benefit) = key.strip_prefix("m_benefits/") {
                    tick(&mut self.m_benefits, benefit, value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use survey_form::engine::RowId;

    use super::*;
    use crate::{Flag, Known, Parameters, Tier, score};

    fn entry(row: Option<u8>, key: &str, value: impl Into<Given>) -> Entry {
        Entry { row: row.map(|row| RowId([row; 16])), key: key.to_owned(), value: value.into().0 }
    }

    struct Given(Scalar);

    impl From<&str> for Given {
        fn from(text: &str) -> Self {
            Self(Scalar::Str(text.to_owned()))
        }
    }

    impl From<i64> for Given {
        fn from(number: i64) -> Self {
            Self(Scalar::Int(number))
        }
    }

    impl From<bool> for Given {
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
