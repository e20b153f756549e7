//! Between checked answers and the typed columns of rows, both ways.

use serde_json::Value;

use super::check::Checked;
use super::form::{Column, Field};
use super::names::NameKeys;
use super::rows::{HouseholdRow, MemberRow, NeedRow, VisitRow};

/// The choice of `consent_scopes` that lets de-identified answers into the tambon plan.
const PLAN_SCOPE: &str = "plan_deidentified";

/// A row with typed columns.
pub(super) trait Columns {
    /// Puts a right answer into its column. Gives `false` where the answer has to be kept among
    /// the row's other answers (too).
    fn set(&mut self, column: Column, field: &Field, answer: &Checked<'_>) -> bool;

    /// The answer that a column holds, as JSON.
    fn get(&self, column: Column) -> Option<Value>;
}

impl Columns for HouseholdRow {
    fn set(&mut self, column: Column, field: &Field, answer: &Checked<'_>) -> bool {
        match column {
            Column::HouseNo => text(&mut self.house_no, field, answer),
            Column::HouseCode => text(&mut self.house_code, field, answer),
            Column::HeadName => {
                let is_set = text(&mut self.head_name, field, answer);
                self.head_keys = NameKeys::of(self.head_name.as_deref());
                is_set
            }
            Column::Gps => {
                if let Checked::Point(lat, lon, _) = answer {
                    (self.lat, self.lon) = (Some(*lat), Some(*lon));
                }
                false
            }
            Column::HouseholdSize => number(&mut self.household_size, field, answer),
            Column::IncomeYear => number(&mut self.income_year, field, answer),
            Column::Tenure => text(&mut self.tenure, field, answer),
            Column::EvictionRisk => number(&mut self.eviction_risk, field, answer),
            Column::RoofCondition => number(&mut self.roof_condition, field, answer),
            Column::WallCondition => number(&mut self.wall_condition, field, answer),
            Column::FloorCondition => number(&mut self.floor_condition, field, answer),
            Column::StructureCondition => number(&mut self.structure_condition, field, answer),
            Column::Toilet => text(&mut self.toilet, field, answer),
            Column::DrinkingWater => text(&mut self.drinking_water, field, answer),
            Column::WaterEnough => text(&mut self.water_enough, field, answer),
            Column::SleepingRooms => number(&mut self.sleeping_rooms, field, answer),
            _ => false,
        }
    }

    fn get(&self, column: Column) -> Option<Value> {
        match column {
            Column::Tambon => self.village.map(|village| village.tambon().to_string().into()),
            Column::Moo => self.village.map(|village| village.moo().into()),
            Column::HouseNo => text_value(&self.house_no),
            Column::HouseCode => text_value(&self.house_code),
            Column::HeadName => text_value(&self.head_name),
            Column::HouseholdSize => self.household_size.map(Value::from),
            Column::IncomeYear => self.income_year.map(Value::from),
            Column::Tenure => text_value(&self.tenure),
            Column::EvictionRisk => grade_value(self.eviction_risk),
            Column::RoofCondition => grade_value(self.roof_condition),
            Column::WallCondition => grade_value(self.wall_condition),
            Column::FloorCondition => grade_value(self.floor_condition),
            Column::StructureCondition => grade_value(self.structure_condition),
            Column::Toilet => text_value(&self.toilet),
            Column::DrinkingWater => text_value(&self.drinking_water),
            Column::WaterEnough => text_value(&self.water_enough),
            Column::SleepingRooms => self.sleeping_rooms.map(Value::from),
            _ => None,
        }
    }
}

impl Columns for MemberRow {
    fn set(&mut self, column: Column, field: &Field, answer: &Checked<'_>) -> bool {
        match column {
            Column::MemberName => {
                let is_set = text(&mut self.name, field, answer);
                let NameKeys { given, family } = NameKeys::of(self.name.as_deref());
                (self.given_key, self.family_key) = (given, family);
                is_set
            }
            Column::MemberRelation => text(&mut self.relation, field, answer),
            Column::MemberSex => text(&mut self.sex, field, answer),
            Column::MemberBirthYear => number(&mut self.birth_year_be, field, answer),
            Column::MemberCitizenId => text(&mut self.citizen_id, field, answer),
            Column::MemberIdStatus => text(&mut self.id_status, field, answer),
            Column::MemberDependency => text(&mut self.dependency, field, answer),
            Column::MemberHasCaregiver => text(&mut self.has_caregiver, field, answer),
            Column::MemberEducation => text(&mut self.education, field, answer),
            Column::MemberInSchool => text(&mut self.in_school, field, answer),
            Column::MemberOccupation => text(&mut self.occupation, field, answer),
            Column::MemberIncomeYear => number(&mut self.income_year, field, answer),
            Column::MemberCardStatus => text(&mut self.card_status, field, answer),
            Column::MemberHealthScheme => text(&mut self.health_scheme, field, answer),
            _ => false,
        }
    }

    fn get(&self, column: Column) -> Option<Value> {
        match column {
            Column::MemberName => text_value(&self.name),
            Column::MemberRelation => text_value(&self.relation),
            Column::MemberSex => text_value(&self.sex),
            Column::MemberBirthYear => self.birth_year_be.map(Value::from),
            Column::MemberCitizenId => text_value(&self.citizen_id),
            Column::MemberIdStatus => text_value(&self.id_status),
            Column::MemberDependency => text_value(&self.dependency),
            Column::MemberHasCaregiver => text_value(&self.has_caregiver),
            Column::MemberEducation => text_value(&self.education),
            Column::MemberInSchool => text_value(&self.in_school),
            Column::MemberOccupation => text_value(&self.occupation),
            Column::MemberIncomeYear => self.income_year.map(Value::from),
            Column::MemberCardStatus => text_value(&self.card_status),
            Column::MemberHealthScheme => text_value(&self.health_scheme),
            _ => None,
        }
    }
}

impl Columns for NeedRow {
    fn set(&mut self, column: Column, field: &Field, answer: &Checked<'_>) -> bool {
        match column {
            Column::NeedCategory => text(&mut self.category, field, answer),
            Column::NeedUrgency => text(&mut self.urgency, field, answer),
            Column::NeedText => text(&mut self.text, field, answer),
            _ => false,
        }
    }

    fn get(&self, column: Column) -> Option<Value> {
        match column {
            Column::NeedCategory => text_value(&self.category),
            Column::NeedUrgency => text_value(&self.urgency),
            Column::NeedText => text_value(&self.text),
            _ => None,
        }
    }
}

impl Columns for VisitRow {
    fn set(&mut self, column: Column, field: &Field, answer: &Checked<'_>) -> bool {
        match column {
            Column::VisitOutcome => text(&mut self.outcome, field, answer),
            Column::VisitDate => text(&mut self.date, field, answer),
            Column::ConsentGiven => text(&mut self.consent_given, field, answer),
            Column::ConsentMethod => text(&mut self.consent_method, field, answer),
            Column::ConsentScopes => {
                let plan = field.choices.iter().position(|choice| choice.code == PLAN_SCOPE);
                if let (Checked::Choices(chosen), Some(plan)) = (answer, plan) {
                    self.plan_consent = Some(chosen >> plan & 1 == 1);
                }
                false
            }
            Column::RespondentRelation => text(&mut self.respondent_relation, field, answer),
            _ => false,
        }
    }

    fn get(&self, column: Column) -> Option<Value> {
        match column {
            Column::VisitOutcome => text_value(&self.outcome),
            Column::VisitDate => text_value(&self.date),
            Column::ConsentGiven => text_value(&self.consent_given),
            Column::ConsentMethod => text_value(&self.consent_method),
            Column::RespondentRelation => text_value(&self.respondent_relation),
            _ => None,
        }
    }
}

fn text(column: &mut Option<String>, field: &Field, answer: &Checked<'_>) -> bool {
    *column = match answer {
        Checked::Choice(choice) => Some(field.choices[*choice].code.clone()),
        Checked::Text(text) | Checked::Warned(text, _) => Some(text.as_ref().to_owned()),
        _ => None,
    };
    column.is_some()
}

/// A number, or the number that is a choice's code.
fn number<T: TryFrom<i64>>(column: &mut Option<T>, field: &Field, answer: &Checked<'_>) -> bool {
    let number = match answer {
        Checked::Int(number) => Some(*number),
        Checked::Choice(choice) => field.choices[*choice].code.parse().ok(),
        _ => None,
    };
    *column = number.and_then(|number| T::try_from(number).ok());
    column.is_some()
}

fn text_value(column: &Option<String>) -> Option<Value> {
    column.as_deref().map(Value::from)
}

/// A grade as the choice's code that it is.
fn grade_value(column: Option<i16>) -> Option<Value> {
    column.map(|grade| grade.to_string().into())
}

/// Rows of other groups have no columns.
impl Columns for super::rows::OtherRow {
    fn set(&mut self, _: Column, _: &Field, _: &Checked<'_>) -> bool {
        false
    }

    fn get(&self, _: Column) -> Option<Value> {
        None
    }
}
