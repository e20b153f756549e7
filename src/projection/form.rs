//! The form: which questions there are, what they ask for, who may see the answers.

use std::sync::OnceLock;

use serde::Deserialize;
use survey_form::thai::{bare_digits, fold_digits};
use sync_protocol::value::Scalar;

/// Name of the register that says which group a row belongs to.
pub const GROUP: &str = "group";
/// Name of the register that hides a row.
pub const DELETED: &str = "deleted";

/// The group of the questions whose answers lie in the household itself, not in a row.
pub const HOUSEHOLD: &str = "household";
/// The group of rows for visits.
pub const VISIT: &str = "visit";
/// The group of rows for members.
pub const MEMBER: &str = "member";
/// The group of rows for needs.
pub const NEED: &str = "need";

/// Choices that a question may have: as many as there are bits in the mask of those chosen.
const CHOICES_MAX: usize = 64;
/// The widest range in which a year of the Buddhist era is believed.
const YEARS_BE: (i64, i64) = (2400, 2700);

/// A form.
#[derive(Debug)]
pub struct Form {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    fields: Vec<Field>,
    groups: Vec<Group>,
    index: Index,
}

/// Questions that are asked together: of the household, or of each row of a repeat.
#[derive(Debug)]
struct Group {
    name: String,
    /// The group's questions, as positions in the list of all, in form order.
    fields: Vec<u16>,
}

/// One question.
#[derive(Debug)]
pub struct Field {
    /// Its name, unique in the form.
    pub name: String,
    /// The group that it belongs to: `household`, `visit`, `member`, `need` or another repeat.
    pub group: String,
    /// What it asks for.
    pub kind: AnswerKind,
    /// The question in Thai.
    pub label_th: String,
    /// The question in English.
    pub label_en: String,
    /// Its choices, if it is a question with choices.
    pub choices: Vec<Choice>,
    /// When it is asked, in words.
    pub relevant: String,
    /// Which answers are right, in words; [`Field::limits`] is what a program needs of it.
    pub constraint: String,
    /// Who may see the answer.
    pub pdpa: PdpaClass,
    /// The official indicators and programmes that use it.
    pub maps: String,
    /// Whether it must be answered when the household is surveyed.
    pub required: bool,
    /// The limits stated by `constraint`.
    pub limits: Limits,
    /// The column that its answer has in the read model.
    pub(super) column: Option<Column>,
    /// Its group's place among the groups of the form.
    pub(super) group_at: usize,
    /// Its place among the questions of its group.
    pub(super) position: usize,
    /// Which of the choices is `none`, that excludes all others.
    pub(super) none: Option<usize>,
}

/// A choice of a question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Choice {
    /// What is stored.
    pub code: String,
    /// Its label in Thai.
    pub th: String,
    /// Its label in English.
    pub en: String,
}

/// What a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// One code.
    SelectOne,
    /// Codes, each stored as a boolean of its own under `question/choice`.
    SelectMultiple,
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// `YYYY-MM-DD`, common era.
    Date,
    /// `latitude longitude altitude accuracy` in degrees and metres, the last two optional.
    Geopoint,
    /// The code of a tambon: 6 digits.
    Code6,
    /// A house code: 11 digits.
    Code11,
    /// A Thai telephone number.
    PhoneTh,
    /// A citizen ID: 13 digits.
    ThaiId,
    /// The name of a file: `sha256:` and 64 hexadecimal digits.
    BlobRef,
}

/// Who may see an answer under the Personal Data Protection Act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum PdpaClass {
    /// Not personal by itself.
    #[serde(rename = "N")]
    NotPersonal,
    /// Personal.
    #[serde(rename = "P")]
    Personal,
    /// Sensitive in the sense of section 26: health, disability, free text.
    #[serde(rename = "S")]
    Sensitive,
}

/// The limits of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// The least number.
    pub min: Option<i64>,
    /// The greatest number.
    pub max: Option<i64>,
    /// The most characters of a text.
    pub chars_max: Option<usize>,
    /// Whether the number is a year of the Buddhist era.
    pub year_be: bool,
}

/// Columns of the read model: each is the answer to the question of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Tambon,
    Moo,
    HouseNo,
    HouseCode,
    HeadName,
    Gps,
    HouseholdSize,
    IncomeYear,
    Tenure,
    EvictionRisk,
    RoofCondition,
    WallCondition,
    FloorCondition,
    StructureCondition,
    Toilet,
    DrinkingWater,
    WaterEnough,
    SleepingRooms,
    VisitOutcome,
    VisitDate,
    ConsentGiven,
    ConsentMethod,
    ConsentScopes,
    RespondentRelation,
    MemberName,
    MemberRelation,
    MemberSex,
    MemberBirthYear,
    MemberCitizenId,
    MemberIdStatus,
    MemberDependency,
    MemberHasCaregiver,
    MemberEducation,
    MemberInSchool,
    MemberOccupation,
    MemberIncomeYear,
    MemberCardStatus,
    MemberHealthScheme,
    NeedCategory,
    NeedUrgency,
    NeedText,
}

/// Why a text is no form.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// Not JSON of the right shape.
    #[error("the form is not readable: {0}")]
    Json(#[from] serde_json::Error),
    /// Two questions, or two choices of a question, have one name.
    #[error("the form names {0:?} twice")]
    Twice(String),
    /// More choices than a question may have, or more questions and choices than can be counted.
    #[error(
        "the form is too large at {0:?}: a question has at most {CHOICES_MAX} choices, a form 65,000 questions"
    )]
    TooLarge(String),
}

#[derive(Deserialize)]
struct FormFile {
    id: String,
    version: String,
    fields: Vec<FieldFile>,
}

#[derive(Deserialize)]
struct FieldFile {
    name: String,
    entity: String,
    #[serde(rename = "type")]
    kind: AnswerKind,
    label_th: String,
    label_en: String,
    choices: Option<Vec<Choice>>,
    relevant: String,
    constraint: String,
    pdpa: PdpaClass,
    maps: String,
    required: bool,
}

impl Form {
    /// The form that comes with the program: `data/forms/household.json`.
    ///
    /// # Panics
    /// If that file is not a form; a test reads it.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static FORM: OnceLock<Form> = OnceLock::new();
        FORM.get_or_init(|| {
            Self::parse(include_str!("../../data/forms/household.json"))
                .expect("the built-in form is well formed")
        })
    }

    /// Reads a form from JSON.
    ///
    /// # Errors
    /// [`FormError`].
    pub fn parse(json: &str) -> Result<Self, FormError> {
        let file: FormFile = serde_json::from_str(json)?;
        let mut groups: Vec<Group> = Vec::new();
        let mut fields = Vec::with_capacity(file.fields.len());
        for field in file.fields {
            let at = groups.iter().position(|group| group.name == field.entity).unwrap_or_else(|| {
                groups.push(Group { name: field.entity.clone(), fields: Vec::new() });
                groups.len() - 1
            });
            let field = Field::new(field, at, groups[at].fields.len())?;
            groups[at]
                .fields
                .push(u16::try_from(fields.len()).map_err(|_| FormError::TooLarge(field.name.clone()))?);
            fields.push(field);
        }
        let index = Index::new(&fields)?;
        Ok(Self { id: file.id, version: file.version, fields, groups, index })
    }

    /// All questions, in form order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The question of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        match self.lookup(name)? {
            Key::Question(at) => self.fields.get(usize::from(at)),
            Key::Choice(..) => None,
        }
    }

    /// The questions of a group, in form order.
    pub fn fields_of(&self, group: &str) -> impl Iterator<Item = &Field> {
        self.fields_at(self.group_at(group).unwrap_or(usize::MAX))
    }

    /// The names of all groups, `household` among them, in form order.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|group| group.name.as_str())
    }

    /// A typed text as the scalar that a document should hold under `key`: a question's name, or
    /// `question/choice`. What does not fit stays a text, so that it is kept, and flagged later.
    #[must_use]
    pub fn scalar_from_text(&self, key: &str, text: &str) -> Scalar {
        let as_text = || Scalar::Str(text.to_owned());
        if text.is_empty() {
            return Scalar::Null;
        }
        match self.lookup(key) {
            Some(Key::Choice(..)) => match text {
                "true" | "yes" => Scalar::Bool(true),
                "false" | "no" => Scalar::Bool(false),
                _ => as_text(),
            },
            Some(Key::Question(at)) => match self.field_at(at).kind {
                AnswerKind::Integer => {
                    fold_digits(text.trim()).parse().map_or_else(|_| as_text(), Scalar::Int)
                }
                AnswerKind::Decimal => match fold_digits(text.trim()).parse::<f64>() {
                    Ok(number) if number.is_finite() => Scalar::F64(number),
                    _ => as_text(),
                },
                AnswerKind::ThaiId => bare_digits(text, "- ").map_or_else(as_text, Scalar::Str),
                _ => as_text(),
            },
            None => match (key, text) {
                (DELETED, "true") => Scalar::Bool(true),
                (DELETED, "false") => Scalar::Bool(false),
                _ => as_text(),
            },
        }
    }

    pub(super) fn field_at(&self, at: u16) -> &Field {
        &self.fields[usize::from(at)]
    }

    /// Where the group of this name lies.
    pub(super) fn group_at(&self, name: &str) -> Option<usize> {
        self.groups.iter().position(|group| group.name == name)
    }

    /// The questions of the group at this place, in form order.
    pub(super) fn fields_at(&self, group_at: usize) -> impl Iterator<Item = &Field> {
        let fields = self.groups.get(group_at).map_or(&[][..], |group| &group.fields);
        fields.iter().map(|at| self.field_at(*at))
    }

    /// Questions of the largest group.
    pub(super) fn widest_group(&self) -> usize {
        self.groups.iter().map(|group| group.fields.len()).max().unwrap_or(0)
    }

    pub(super) fn lookup(&self, key: &str) -> Option<Key> {
        self.index.lookup(key)
    }
}

impl Field {
    fn new(file: FieldFile, group_at: usize, position: usize) -> Result<Self, FormError> {
        let choices = file.choices.unwrap_or_default();
        if choices.len() > CHOICES_MAX {
            return Err(FormError::TooLarge(file.name));
        }
        let limits = Limits::of(&file.constraint, file.name.ends_with("_be"));
        let none = choices.iter().position(|choice| choice.code == "none");
        Ok(Self {
            column: Column::of(&file.entity, &file.name),
            name: file.name,
            group: file.entity,
            kind: file.kind,
            label_th: file.label_th,
            label_en: file.label_en,
            choices,
            relevant: file.relevant,
            constraint: file.constraint,
            pdpa: file.pdpa,
            maps: file.maps,
            required: file.required,
            limits,
            group_at,
            position,
            none,
        })
    }

    /// The choice with this code.
    #[must_use]
    pub fn choice(&self, code: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.code == code)
    }
}

impl Limits {
    /// The limits in the first clause of a constraint: `0..50,000,000`, `>= 0`, `<= 80 chars`,
    /// `2546..current_be`. What the current year is, nobody knows here: a bound that names it is
    /// the widest in which any year is believed.
    fn of(constraint: &str, year_be: bool) -> Self {
        let clause = constraint.split(';').next().unwrap_or("").trim();
        let number = |text: &str| text.trim().replace(',', "").parse::<i64>().ok();
        let mut limits = Self { year_be, ..Self::default() };
        if let Some((min, max)) = clause.split_once("..") {
            limits.min = number(min);
            limits.max = number(max);
            if year_be {
                limits.min = limits.min.or(Some(YEARS_BE.0));
                limits.max = limits.max.or(Some(YEARS_BE.1));
            }
        } else if let Some(min) = clause.strip_prefix(">=") {
            limits.min = number(min);
        } else if let Some(max) = clause.strip_prefix("<=").and_then(|rest| rest.strip_suffix("chars")) {
            limits.chars_max = number(max).and_then(|max| usize::try_from(max).ok());
        }
        limits
    }
}

impl Column {
    fn of(group: &str, question: &str) -> Option<Self> {
        Some(match (group, question) {
            (HOUSEHOLD, "tambon_code") => Self::Tambon,
            (HOUSEHOLD, "moo") => Self::Moo,
            (HOUSEHOLD, "house_no") => Self::HouseNo,
            (HOUSEHOLD, "house_code") => Self::HouseCode,
            (HOUSEHOLD, "head_name") => Self::HeadName,
            (HOUSEHOLD, "gps") => Self::Gps,
            (HOUSEHOLD, "household_size") => Self::HouseholdSize,
            (HOUSEHOLD, "income_year") => Self::IncomeYear,
            (HOUSEHOLD, "tenure") => Self::Tenure,
            (HOUSEHOLD, "eviction_risk") => Self::EvictionRisk,
            (HOUSEHOLD, "roof_condition") => Self::RoofCondition,
            (HOUSEHOLD, "wall_condition") => Self::WallCondition,
            (HOUSEHOLD, "floor_condition") => Self::FloorCondition,
            (HOUSEHOLD, "structure_condition") => Self::StructureCondition,
            (HOUSEHOLD, "toilet") => Self::Toilet,
            (HOUSEHOLD, "drinking_water") => Self::DrinkingWater,
            (HOUSEHOLD, "water_enough") => Self::WaterEnough,
            (HOUSEHOLD, "sleeping_rooms") => Self::SleepingRooms,
            (VISIT, "visit_outcome") => Self::VisitOutcome,
            (VISIT, "visit_date") => Self::VisitDate,
            (VISIT, "consent_given") => Self::ConsentGiven,
            (VISIT, "consent_method") => Self::ConsentMethod,
            (VISIT, "consent_scopes") => Self::ConsentScopes,
            (VISIT, "respondent_relation") => Self::RespondentRelation,
            (MEMBER, "m_name") => Self::MemberName,
            (MEMBER, "m_relation") => Self::MemberRelation,
            (MEMBER, "m_sex") => Self::MemberSex,
            (MEMBER, "m_birth_year_be") => Self::MemberBirthYear,
            (MEMBER, "m_citizen_id") => Self::MemberCitizenId,
            (MEMBER, "m_id_status") => Self::MemberIdStatus,
            (MEMBER, "m_dependency") => Self::MemberDependency,
            (MEMBER, "m_has_caregiver") => Self::MemberHasCaregiver,
            (MEMBER, "m_education") => Self::MemberEducation,
            (MEMBER, "m_in_school") => Self::MemberInSchool,
            (MEMBER, "m_occupation") => Self::MemberOccupation,
            (MEMBER, "m_income_year") => Self::MemberIncomeYear,
            (MEMBER, "m_card_status") => Self::MemberCardStatus,
            (MEMBER, "m_health_scheme") => Self::MemberHealthScheme,
            (NEED, "need_category") => Self::NeedCategory,
            (NEED, "need_urgency") => Self::NeedUrgency,
            (NEED, "need_text") => Self::NeedText,
            _ => return None,
        })
    }
}

/// What a register's key means in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The answer to this question.
    Question(u16),
    /// This choice of this select_multiple.
    Choice(u16, u8),
}

/// From keys to what they mean: an open hash table, built once, in which nearly every key lies
/// where its hash says.
#[derive(Debug)]
struct Index {
    keys: Vec<(Box<str>, Key)>,
    /// Position in `keys` plus one; 0 is free. The length is a power of two.
    table: Vec<u16>,
}

impl Index {
    fn new(fields: &[Field]) -> Result<Self, FormError> {
        let mut keys: Vec<(Box<str>, Key)> = Vec::new();
        for (at, field) in (0_u16..).zip(fields) {
            keys.push((field.name.as_str().into(), Key::Question(at)));
            if field.kind == AnswerKind::SelectMultiple {
                let choices = (0_u8..).zip(&field.choices);
                keys.extend(choices.map(|(choice, c)| {
                    (format!("{}/{}", field.name, c.code).into(), Key::Choice(at, choice))
                }));
            }
        }
        let slots = (keys.len() * 8).next_power_of_two();
        let mut index = Self { keys: Vec::with_capacity(keys.len()), table: vec![0; slots] };
        for (key, meaning) in keys {
            if index.lookup(&key).is_some() {
                return Err(FormError::Twice(key.into()));
            }
            let mut slot = index.slot(&key);
            while index.table[slot] != 0 {
                slot = (slot + 1) & (slots - 1);
            }
            let entry =
                u16::try_from(index.keys.len() + 1).map_err(|_| FormError::TooLarge(key.to_string()))?;
            index.table[slot] = entry;
            index.keys.push((key, meaning));
        }
        Ok(index)
    }

    fn lookup(&self, key: &str) -> Option<Key> {
        let mut slot = self.slot(key);
        loop {
            let entry = usize::from(self.table[slot]).checked_sub(1)?;
            let (stored, meaning) = &self.keys[entry];
            if **stored == *key {
                return Some(*meaning);
            }
            slot = (slot + 1) & (self.table.len() - 1);
        }
    }

    /// Where `key` lies, or the slots after it. Eight bytes at a time, folded by multiplication.
    fn slot(&self, key: &str) -> usize {
        const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut hash = key.len() as u64;
        let (words, rest) = key.as_bytes().as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        for word in words.iter().chain([&last]) {
            hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR);
            hash ^= hash >> 32;
        }
        hash as usize & (self.table.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_built_in_form_has_its_questions() {
        let form = Form::built_in();
        assert_eq!((form.id.as_str(), form.version.as_str()), ("thai-household-need", "1.0.0"));
        assert_eq!(form.fields().len(), 65);
        assert_eq!(form.fields().iter().map(|field| field.choices.len()).sum::<usize>(), 248);
        let count = |group| form.fields_of(group).count();
        assert_eq!(
            (count(VISIT), count(HOUSEHOLD), count(MEMBER), count(NEED), count("photo"), count("note")),
            (6, 38, 16, 3, 2, 0)
        );
        let tenure = form.field("tenure").unwrap();
        assert_eq!(tenure.choice("canal").unwrap().th, "ริมคลอง/รุกล้ำลำน้ำ");
        assert_eq!(
            (tenure.kind, tenure.pdpa, tenure.required),
            (AnswerKind::SelectOne, PdpaClass::Personal, true)
        );
        let sensitive = form.fields().iter().filter(|field| field.pdpa == PdpaClass::Sensitive);
        let sensitive: Vec<_> = sensitive.map(|field| field.name.as_str()).collect();
        assert_eq!(sensitive, ["m_disability", "m_dependency", "m_has_caregiver", "need_text"]);
    }

    #[test]
    fn limits_are_read_from_the_constraints() {
        let limits = |name| {
            let limits = Form::built_in().field(name).unwrap().limits;
            (limits.min, limits.max, limits.chars_max)
        };
        assert_eq!(limits("moo"), (Some(0), Some(99), None));
        assert_eq!(limits("household_size"), (Some(1), Some(40), None));
        assert_eq!(limits("income_year"), (Some(0), Some(50_000_000), None));
        assert_eq!(limits("debt_total"), (Some(0), None, None));
        assert_eq!(limits("land_farm_rai"), (Some(0), Some(10_000), None));
        assert_eq!(limits("land_home_wah"), (Some(0), None, None));
        assert_eq!(limits("sleeping_rooms"), (Some(0), Some(30), None));
        assert_eq!(limits("m_income_year"), (Some(0), Some(10_000_000), None));
        assert_eq!(limits("m_birth_year_be"), (Some(2400), Some(2700), None));
        assert_eq!(limits("past_aid_year_be"), (Some(2546), Some(2700), None));
        assert_eq!(limits("community_name"), (None, None, Some(80)));
        assert_eq!(limits("landmark"), (None, None, Some(200)));
        assert_eq!(limits("need_text"), (None, None, Some(500)));
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        let form = Form::built_in();
        for (at, field) in (0_u16..).zip(form.fields()) {
            assert_eq!(form.lookup(&field.name), Some(Key::Question(at)));
            for (choice, c) in (0_u8..).zip(&field.choices) {
                let expected = (field.kind == AnswerKind::SelectMultiple).then_some(Key::Choice(at, choice));
                assert_eq!(form.lookup(&format!("{}/{}", field.name, c.code)), expected);
            }
        }
        for stranger in
            ["", "group", "hazards/", "hazards/tsunami", "Tenure", "roof_conditio", "roof_condition2"]
        {
            assert_eq!(form.lookup(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn typed_texts_become_the_scalars_that_questions_ask_for() {
        let form = Form::built_in();
        let scalar = |key, text| form.scalar_from_text(key, text);
        assert_eq!(scalar("household_size", "๔"), Scalar::Int(4));
        assert_eq!(scalar("household_size", "สี่"), Scalar::Str("สี่".into()));
        assert_eq!(scalar("land_farm_rai", "2.375"), Scalar::F64(2.375));
        assert_eq!(scalar("land_farm_rai", "inf"), Scalar::Str("inf".into()));
        assert_eq!(scalar("roof_condition", "3"), Scalar::Str("3".into()));
        assert_eq!(scalar("house_code", "65010001234"), Scalar::Str("65010001234".into()));
        assert_eq!(scalar("hazards/flood", "true"), Scalar::Bool(true));
        assert_eq!(scalar("hazards/flood", "no"), Scalar::Bool(false));
        assert_eq!(scalar("m_citizen_id", "1-1120-34563-56-2"), Scalar::Str("1112034563562".into()));
        assert_eq!(scalar("landmark", ""), Scalar::Null);
        assert_eq!(scalar("deleted", "true"), Scalar::Bool(true));
        assert_eq!(
            scalar("bicycles", "2"),
            Scalar::Str("2".into()),
            "of an unknown question nothing is assumed"
        );
    }

    #[test]
    fn a_form_that_names_a_question_twice_is_refused() {
        let json =
            include_str!("../../data/forms/household.json").replace("\"visit_date\"", "\"visit_outcome\"");
        assert!(matches!(Form::parse(&json), Err(FormError::Twice(name)) if name == "visit_outcome"));
        assert!(matches!(Form::parse("{}"), Err(FormError::Json(_))));
    }
}
