//! The read model of one household, as plain rows. The store adds its keys (tambon, village,
//! household, sequence), hence at most 26 values in a row besides the identifier.
//!
//! A typed column holds a *valid* answer only, in the form that it is asked for: digits folded to
//! 0-9, spaces trimmed, choices checked. `answers` is a JSON object with every other answer: those
//! without a column, those of questions that the form does not know, and those whose value is not
//! what the question asks for. Columns and `answers` together are all answers: nothing is dropped.
//! [`super::answers`] puts them together again.

use sync_protocol::ids::{HouseholdId, RowId, VillageCode};

use super::names::NameKeys;

/// Everything that the read model holds of one household.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// The household itself.
    pub household: HouseholdRow,
    /// Rows of the group `member`, in the order of their ids.
    pub members: Vec<MemberRow>,
    /// Rows of the group `need`, in the order of their ids.
    pub needs: Vec<NeedRow>,
    /// Rows of the group `visit`, in the order of their ids.
    pub visits: Vec<VisitRow>,
    /// Rows of every other group (photo, note, one that a newer form brought, none at all).
    pub other_rows: Vec<OtherRow>,
    /// Answers that are not what their question asks for, hidden rows left out.
    pub faults: Vec<AnswerFault>,
    /// How many rows were deleted; they appear nowhere else.
    pub hidden_rows: usize,
}

/// One household.
#[derive(Debug, Clone, PartialEq)]
pub struct HouseholdRow {
    /// The document's id.
    pub household: HouseholdId,
    /// The village that the answers `tambon_code` and `moo` name; the village that the document
    /// belongs to is the store's own key, and may differ after a move or a slip of the pen.
    pub village: Option<VillageCode>,
    /// House number, e.g. `12/3`, or `ไม่มีเลขที่`.
    pub house_no: Option<String>,
    /// The 11 digits of the house code (รหัสประจำบ้าน).
    pub house_code: Option<String>,
    /// Name of the head of the household.
    pub head_name: Option<String>,
    /// What that name is found by.
    pub head_keys: NameKeys,
    /// Latitude in degrees (WGS 84), taken from `gps`; the answer itself stays in `answers`,
    /// because it also tells altitude and accuracy.
    pub lat: Option<f64>,
    /// Longitude in degrees.
    pub lon: Option<f64>,
    /// People who live here, 1-40.
    pub household_size: Option<i16>,
    /// Income of the household in a year, baht.
    pub income_year: Option<i32>,
    /// Code of the choice.
    pub tenure: Option<String>,
    /// 0 none, 1 worried, 2 notice received, 3 in court or being demolished.
    pub eviction_risk: Option<i16>,
    /// 0 good, 1 minor damage, 2 major damage, 3 failed, missing or dangerous.
    pub roof_condition: Option<i16>,
    /// As `roof_condition`.
    pub wall_condition: Option<i16>,
    /// As `roof_condition`.
    pub floor_condition: Option<i16>,
    /// As `roof_condition`: posts, beams, stairs.
    pub structure_condition: Option<i16>,
    /// Code of the choice.
    pub toilet: Option<String>,
    /// Code of the choice.
    pub drinking_water: Option<String>,
    /// Code of the choice.
    pub water_enough: Option<String>,
    /// Rooms used for sleeping, 0-30.
    pub sleeping_rooms: Option<i16>,
    /// Outcome of the visit that counts (see [`super::visits`]).
    pub visit_outcome: Option<String>,
    /// Date of that visit, `YYYY-MM-DD` of the common era.
    pub visit_date: Option<String>,
    /// What the latest visit that states a consent says: `full`, `no_sensitive` or `refused`.
    pub consent_given: Option<String>,
    /// Whether the household lets its de-identified answers into the tambon plan, said by that
    /// same visit; `None` where nobody asked.
    pub plan_consent: Option<bool>,
    /// Rows in the group `member`.
    pub members: i16,
    /// Rows in the group `need`.
    pub needs: i16,
    /// Registers in conflict, those of all visible rows included; of a deleted row only the
    /// question whether it is deleted counts.
    pub conflicts: i16,
    /// All other answers: a JSON object.
    pub answers: String,
}

/// One person who lives in the household.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberRow {
    /// The row's id.
    pub row: RowId,
    /// `m_name`
    pub name: Option<String>,
    /// `m_relation`: code of the choice.
    pub relation: Option<String>,
    /// `m_sex`: code of the choice.
    pub sex: Option<String>,
    /// `m_birth_year_be`: year of birth, Buddhist era.
    pub birth_year_be: Option<i16>,
    /// `m_citizen_id`: 13 digits with a right check digit.
    pub citizen_id: Option<String>,
    /// `m_id_status`: code of the choice.
    pub id_status: Option<String>,
    /// `m_dependency`: code of the choice.
    pub dependency: Option<String>,
    /// `m_has_caregiver`: code of the choice.
    pub has_caregiver: Option<String>,
    /// `m_education`: code of the choice.
    pub education: Option<String>,
    /// `m_in_school`: code of the choice.
    pub in_school: Option<String>,
    /// `m_occupation`: code of the choice.
    pub occupation: Option<String>,
    /// `m_income_year`: baht.
    pub income_year: Option<i32>,
    /// `m_card_status`: code of the choice.
    pub card_status: Option<String>,
    /// `m_health_scheme`: code of the choice.
    pub health_scheme: Option<String>,
    /// What the name is found by: see [`super::names`].
    pub given_key: Option<Vec<u8>>,
    /// The same of the family name.
    pub family_key: Option<Vec<u8>>,
    /// Registers of this row in conflict.
    pub conflicts: i16,
    /// All other answers of the row: a JSON object.
    pub answers: String,
}

/// One thing that the household needs.
#[derive(Debug, Clone, PartialEq)]
pub struct NeedRow {
    /// The row's id.
    pub row: RowId,
    /// `need_category`: code of the choice.
    pub category: Option<String>,
    /// `need_urgency`: code of the choice.
    pub urgency: Option<String>,
    /// `need_text`: free text, to be treated as sensitive.
    pub text: Option<String>,
    /// Registers of this row in conflict.
    pub conflicts: i16,
    /// All other answers of the row: a JSON object.
    pub answers: String,
}

/// One visit to the household.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitRow {
    /// The row's id.
    pub row: RowId,
    /// `visit_outcome`: code of the choice.
    pub outcome: Option<String>,
    /// `visit_date`: `YYYY-MM-DD` of the common era.
    pub date: Option<String>,
    /// `consent_given`: code of the choice.
    pub consent_given: Option<String>,
    /// `consent_method`: code of the choice.
    pub consent_method: Option<String>,
    /// `consent_scopes`, asked for the choice `plan_deidentified`; the answer itself is in `answers`.
    pub plan_consent: Option<bool>,
    /// `respondent_relation`: code of the choice.
    pub respondent_relation: Option<String>,
    /// Registers of this row in conflict.
    pub conflicts: i16,
    /// All other answers of the row: a JSON object.
    pub answers: String,
}

/// A row of a group that has no table of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherRow {
    /// The row's id.
    pub row: RowId,
    /// Its group, e.g. `photo` or `note`; `None` if the row does not say.
    pub group: Option<String>,
    /// Registers of this row in conflict.
    pub conflicts: i16,
    /// All answers of the row: a JSON object.
    pub answers: String,
}

/// An answer that is not what its question asks for. It is kept and shown all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerFault {
    /// The row that it lies in; `None` for the household's own answers.
    pub row: Option<RowId>,
    /// Key of the answer: question name, or `question/choice`.
    pub question: String,
    /// What is wrong.
    pub reason: FaultReason,
    /// The value as it was given: JSON.
    pub value: String,
}

/// A JSON object without answers.
const NO_ANSWERS: &str = "{}";

impl HouseholdRow {
    /// Whether it refused, or keeps itself out of the tambon plan.
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        self.consent_given.as_deref() == Some("refused") || self.plan_consent == Some(false)
    }
}

impl HouseholdRow {
    /// A household of which nothing is known.
    #[must_use]
    pub fn empty(household: HouseholdId) -> Self {
        Self {
            household,
            village: None,
            house_no: None,
            house_code: None,
            head_name: None,
            head_keys: NameKeys::default(),
            lat: None,
            lon: None,
            household_size: None,
            income_year: None,
            tenure: None,
            eviction_risk: None,
            roof_condition: None,
            wall_condition: None,
            floor_condition: None,
            structure_condition: None,
            toilet: None,
            drinking_water: None,
            water_enough: None,
            sleeping_rooms: None,
            visit_outcome: None,
            visit_date: None,
            consent_given: None,
            plan_consent: None,
            members: 0,
            needs: 0,
            conflicts: 0,
            answers: NO_ANSWERS.to_owned(),
        }
    }
}

impl MemberRow {
    /// A member of whom nothing is known.
    #[must_use]
    pub fn empty(row: RowId) -> Self {
        Self {
            row,
            name: None,
            relation: None,
            sex: None,
            birth_year_be: None,
            citizen_id: None,
            id_status: None,
            dependency: None,
            has_caregiver: None,
            education: None,
            in_school: None,
            occupation: None,
            income_year: None,
            card_status: None,
            health_scheme: None,
            given_key: None,
            family_key: None,
            conflicts: 0,
            answers: NO_ANSWERS.to_owned(),
        }
    }
}

impl NeedRow {
    /// A need of which nothing is known.
    #[must_use]
    pub fn empty(row: RowId) -> Self {
        Self { row, category: None, urgency: None, text: None, conflicts: 0, answers: NO_ANSWERS.to_owned() }
    }
}

impl VisitRow {
    /// A visit of which nothing is known.
    #[must_use]
    pub fn empty(row: RowId) -> Self {
        Self {
            row,
            outcome: None,
            date: None,
            consent_given: None,
            consent_method: None,
            plan_consent: None,
            respondent_relation: None,
            conflicts: 0,
            answers: NO_ANSWERS.to_owned(),
        }
    }
}

/// Every reason for an [`AnswerFault`]: name, code, Thai text, English text.
macro_rules! fault_reasons {
    ($($(#[$meta:meta])* $name:ident = $code:literal, $th:literal, $en:literal;)*) => {
        /// What is wrong with an answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FaultReason { $($(#[$meta])* $name,)* }

        impl FaultReason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its stable name, in kebab case.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What to tell a person, in Thai.
            #[must_use]
            pub fn text_th(self) -> &'static str {
                match self { $(Self::$name => $th,)* }
            }

            /// What to tell a person, in English.
            #[must_use]
            pub fn text_en(self) -> &'static str {
                match self { $(Self::$name => $en,)* }
            }

            /// The reason with this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

fault_reasons! {
    /// E.g. a number where a choice is asked for.
    WrongType = "wrong-type", "ชนิดของคำตอบไม่ตรงกับคำถาม", "the answer is not of the question's type";
    /// A code that is not among the choices.
    UnknownChoice = "unknown-choice", "ไม่มีตัวเลือกนี้ในแบบสำรวจ", "the form has no such choice";
    /// `none` and another choice of the same question.
    NoneWithOthers = "none-with-others", "เลือก \"ไม่มี\" พร้อมกับตัวเลือกอื่น", "\"none\" is chosen together with others";
    /// A question that belongs to another group, e.g. a member's name among the household's answers.
    WrongGroup = "wrong-group", "คำถามนี้อยู่ในหมวดอื่นของแบบสำรวจ", "the question belongs to another group of the form";
    /// A text where a number is asked for.
    NotANumber = "not-a-number", "คำตอบไม่ใช่ตัวเลข", "the answer is not a number";
    /// A fraction where a whole number is asked for.
    NotWhole = "not-whole", "ต้องเป็นจำนวนเต็ม", "the number is not whole";
    /// A number outside the question's range.
    OutOfRange = "out-of-range", "ตัวเลขอยู่นอกช่วงที่กำหนด", "the number is outside the stated range";
    /// A text with too many characters.
    TooLong = "too-long", "ข้อความยาวเกินกำหนด", "the text is too long";
    /// Not a day of the calendar, written `YYYY-MM-DD`.
    MalformedDate = "malformed-date", "วันที่ไม่ถูกต้อง", "not a date (YYYY-MM-DD)";
    /// A year of the Buddhist era where the common era is stored.
    BuddhistYear = "buddhist-year", "ปีเป็น พ.ศ. ต้องบันทึกเป็น ค.ศ.", "the year is of the Buddhist era; the common era is stored";
    /// A year of the common era where the Buddhist era is asked for.
    ChristianYear = "christian-year", "ปีเป็น ค.ศ. คำถามนี้ใช้ พ.ศ.", "the year is of the common era; the Buddhist era is asked for";
    /// Not `latitude longitude altitude accuracy`.
    MalformedPoint = "malformed-point", "พิกัดไม่ถูกต้อง", "not a point (latitude longitude altitude accuracy)";
    /// A point that does not lie in Thailand.
    OutsideThailand = "outside-thailand", "พิกัดอยู่นอกประเทศไทย", "the point lies outside Thailand";
    /// A code with the wrong number of digits.
    MalformedCode = "malformed-code", "จำนวนหลักของรหัสไม่ถูกต้อง", "the code has the wrong number of digits";
    /// No such tambon.
    UnknownArea = "unknown-area", "ไม่มีรหัสตำบลนี้", "there is no tambon with this code";
    /// A tambon that no longer exists.
    AbolishedArea = "abolished-area", "รหัสตำบลนี้ยกเลิกแล้ว", "the tambon with this code was abolished";
    /// Not `12`, `12/3`, `12/3ก` or `ไม่มีเลขที่`.
    MalformedHouseNumber = "malformed-house-number", "บ้านเลขที่ไม่ถูกต้อง", "not a house number";
    /// Neither a mobile nor a fixed Thai number.
    MalformedPhone = "malformed-phone", "เบอร์โทรศัพท์ไม่ถูกต้อง", "not a Thai telephone number";
    /// Not 13 digits.
    MalformedCitizenId = "malformed-citizen-id", "เลขประจำตัวประชาชนต้องมี 13 หลัก", "a citizen ID has 13 digits";
    /// The last digit does not fit the others.
    WrongCheckDigit = "wrong-check-digit", "เลขประจำตัวประชาชนไม่ถูกต้อง (หลักตรวจสอบ)", "the citizen ID's check digit is wrong";
    /// A warning only: the number is used all the same.
    UnusualCitizenId = "unusual-citizen-id", "เลขประจำตัวขึ้นต้นด้วย 0 หรือ 9 ซึ่งไม่ได้ออกให้คนไทย", "a number that begins with 0 or 9 is not issued to Thais";
    /// Not `sha256:` and 64 hexadecimal digits.
    MalformedBlobName = "malformed-blob-name", "ชื่อไฟล์ไม่ถูกต้อง", "not the name of a file (sha256:…)";
}

impl FaultReason {
    /// Whether the value is good enough to be used, and a person should merely look at it.
    #[must_use]
    pub fn is_warning(self) -> bool {
        self == Self::UnusualCitizenId
    }
}
