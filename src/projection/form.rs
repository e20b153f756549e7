//! The form: which questions there are, what they ask for, who may see the answers.

use std::sync::OnceLock;

use survey_form::model::{self, ChoiceSource, FieldId, Kind, Piece, Text};
use survey_form::thai::{bare_digits, fold_digits};
use survey_form::xlsform::compile;
use sync_protocol::value::Scalar;

pub use super::limits::Limits;

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
/// The group of rows for notes. A note is kept as it was written: nothing in it is checked.
const NOTE: &str = "note";

/// The workbook of the form that comes with the program.
pub const WORKBOOK: &[u8] = include_bytes!("../../data/forms/household.xlsx");

/// Choices that a question may have: as many as there are bits in the mask of those chosen.
const CHOICES_MAX: usize = 64;

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
    /// Who may see the answer.
    pub pdpa: PdpaClass,
    /// The official indicators and programmes that use it.
    pub maps: String,
    /// Whether it must be answered when the household is surveyed.
    pub required: bool,
    /// The limits that its constraint states.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is stored.
    pub code: String,
    /// Its label in Thai.
    pub th: String,
    /// Its label in English.
    pub en: String,
}

/// What a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PdpaClass {
    /// Not personal by itself.
    NotPersonal,
    /// Personal.
    Personal,
    /// Sensitive in the sense of section 26: health, disability, free text.
    Sensitive,
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

/// Why the read model cannot be made of a form.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// Two questions, or two choices of a question, have one name.
    #[error("the form names {0:?} twice")]
    Twice(String),
    /// More choices than a question may have, or more questions and choices than can be counted.
    #[error(
        "the form is too large at {0:?}: a question has at most {CHOICES_MAX} choices, a form 65,000 questions"
    )]
    TooLarge(String),
}

/// The form that comes with the program, compiled from `data/forms/household.xlsx` when it is first asked
/// for: a few milliseconds.
///
/// # Panics
/// If that workbook makes no form; a test compiles it.
#[must_use]
pub fn built_in_model() -> &'static model::Form {
    static MODEL: OnceLock<model::Form> = OnceLock::new();
    MODEL.get_or_init(|| compile(WORKBOOK, "household").form.expect("the built-in form is well formed"))
}

impl Form {
    /// The form that comes with the program, as [`built_in_model`] compiles it.
    ///
    /// # Panics
    /// If that is too large for a read model; a test makes it.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static FORM: OnceLock<Form> = OnceLock::new();
        FORM.get_or_init(|| Self::of(built_in_model()).expect("the built-in form is well formed"))
    }

    /// What the read model needs of a form: the questions that people answer, in form order.
    ///
    /// # Errors
    /// [`FormError`].
    pub fn of(model: &model::Form) -> Result<Self, FormError> {
        let mut groups: Vec<Group> = Vec::new();
        let mut fields = Vec::with_capacity(model.fields.len());
        for (id, field) in model.ids() {
            let name = model.scope_of(id).map_or(HOUSEHOLD, |repeat| model.field(repeat).key());
            let is_answered = field.kind.is_stored() && field.calculation.is_none();
            if !is_answered || name == NOTE {
                continue;
            }
            let at = groups.iter().position(|group| group.name == name).unwrap_or_else(|| {
                groups.push(Group { name: name.to_owned(), fields: Vec::new() });
                groups.len() - 1
            });
            let number = u16::try_from(fields.len());
            fields.push(Field::new(model, id, name, at, groups[at].fields.len())?);
            groups[at].fields.push(number.map_err(|_| FormError::TooLarge(field.key().to_owned()))?);
        }
        let index = Index::new(&fields)?;
        Ok(Self { id: model.id.clone(), version: model.version.clone(), fields, groups, index })
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
    fn new(
        model: &model::Form,
        id: FieldId,
        group: &str,
        group_at: usize,
        position: usize,
    ) -> Result<Self, FormError> {
        let field = model.field(id);
        let list = match field.kind.choices() {
            Some(ChoiceSource::List(name)) => model.lists.get(name),
            _ => None,
        };
        let listed = list.into_iter().flat_map(|list| &list.choices);
        let choices: Vec<Choice> = listed
            .map(|choice| {
                let (th, en) = words(model, &choice.label);
                Choice { code: choice.name.clone(), th, en }
            })
            .collect();
        if choices.len() > CHOICES_MAX {
            return Err(FormError::TooLarge(field.key().to_owned()));
        }
        let extra = |name: &str| field.extra.get(name).map_or("", String::as_str);
        let (label_th, label_en) = words(model, &field.label);
        let none = choices.iter().position(|choice| choice.code == "none");
        Ok(Self {
            name: field.key().to_owned(),
            group: group.to_owned(),
            kind: AnswerKind::of(&field.kind, extra("format")),
            label_th,
            label_en,
            choices,
            pdpa: match extra("pdpa") {
                "N" => PdpaClass::NotPersonal,
                "P" => PdpaClass::Personal,
                // Whatever has no class is shown to nobody who need not see it.
                _ => PdpaClass::Sensitive,
            },
            maps: extra("maps").to_owned(),
            required: field.required.is_some(),
            limits: Limits::of(model, id),
            column: Column::of(group, field.key()),
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

impl AnswerKind {
    /// By the question's type and, of a text, by the column `format`.
    fn of(kind: &Kind, format: &str) -> Self {
        match kind {
            Kind::SelectOne(_) => Self::SelectOne,
            Kind::SelectMultiple(_) => Self::SelectMultiple,
            Kind::Integer => Self::Integer,
            Kind::Range(range) if range.is_whole() => Self::Integer,
            Kind::Decimal | Kind::Range(_) => Self::Decimal,
            Kind::Date => Self::Date,
            Kind::Geopoint => Self::Geopoint,
            Kind::Image | Kind::Audio | Kind::Video | Kind::File | Kind::Signature => Self::BlobRef,
            _ => match format {
                "area_code" => Self::Code6,
                "house_code" => Self::Code11,
                "phone" => Self::PhoneTh,
                "citizen_id" => Self::ThaiId,
                _ => Self::Text,
            },
        }
    }
}

/// A text in Thai and in English.
fn words(model: &model::Form, text: &Text) -> (String, String) {
    let spoken = |code: &str| {
        let language = model.languages.iter().position(|language| language.ends_with(code));
        let template = text.in_language(language.unwrap_or(model.default_language));
        let literals = template.0.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            Piece::Value(_) => None,
        });
        literals.collect::<String>()
    };
    (spoken("(th)"), spoken("(en)"))
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
        let mut model = built_in_model().clone();
        let again = model.fields.iter_mut().find(|field| field.name == "visit_date").unwrap();
        again.name = "visit_outcome".to_owned();
        assert!(matches!(Form::of(&model), Err(FormError::Twice(name)) if name == "visit_outcome"));
        let list = model.lists.get_mut("tenure").unwrap();
        let choice = list.choices[0].clone();
        list.choices.resize(CHOICES_MAX + 1, choice);
        assert!(matches!(Form::of(&model), Err(FormError::TooLarge(name)) if name == "tenure"));
    }

    #[test]
    fn the_workbook_says_what_the_questionnaire_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/forms/questionnaire.json");
        let text = std::fs::read_to_string(path).unwrap();
        let questionnaire: serde_json::Value = serde_json::from_str(&text).unwrap();
        let form = Form::built_in();
        let asked = questionnaire["fields"].as_array().unwrap();
        assert_eq!(asked.len(), form.fields().len());
        for (asked, field) in asked.iter().zip(form.fields()) {
            let text = |name: &str| asked[name].as_str().unwrap();
            assert_eq!((text("name"), text("entity")), (field.name.as_str(), field.group.as_str()));
            assert_eq!((text("label_th"), text("label_en")), (&*field.label_th, &*field.label_en));
            let kind = format!("{:?}", field.kind).to_lowercase();
            assert_eq!(text("type").replace('_', ""), kind, "{}", field.name);
            let class = ["N", "P", "S"][field.pdpa as usize];
            assert_eq!((text("pdpa"), text("maps")), (class, &*field.maps), "{}", field.name);
            assert_eq!(asked["required"], field.required, "{}", field.name);
            let choices = asked["choices"].as_array().into_iter().flatten().map(|choice| {
                let [code, th, en] =
                    ["code", "th", "en"].map(|name| choice[name].as_str().unwrap().to_owned());
                Choice { code, th, en }
            });
            assert_eq!(choices.collect::<Vec<_>>(), field.choices, "{}", field.name);
        }
    }
}
