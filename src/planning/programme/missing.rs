//! What has to be asked before a rule can decide.

use need_score::{Flag, Household, Member};

use crate::planning::told::Told;

/// An answer that a rule lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing(&'static str);

impl Missing {
    /// An answer by the name of its question.
    pub(super) const fn new(question: &'static str) -> Self {
        Self(question)
    }

    /// The question's name in the built-in form; names that are none of the form's are of what the village
    /// knows: `settlement_households`, `settlement_saves`, `canal`.
    #[must_use]
    pub const fn question(self) -> &'static str {
        self.0
    }

    /// What is to be asked, in words.
    #[must_use]
    pub fn told(self) -> Told {
        let (th, en) = match self.0 {
            "tenure" => ("สิทธิในที่อยู่อาศัย", "tenure"),
            "eviction_risk" => ("ความเสี่ยงถูกไล่รื้อ", "risk of eviction"),
            "roof_condition" => ("สภาพหลังคา", "condition of the roof"),
            "wall_condition" => ("สภาพฝา/ผนัง", "condition of the walls"),
            "floor_condition" => ("สภาพพื้น", "condition of the floor"),
            "structure_condition" => ("สภาพเสา คาน บันได", "condition of posts, beams and stairs"),
            "toilet" => ("ห้องส้วม", "toilet"),
            "income_year" => ("รายได้ของครัวเรือนต่อปี", "yearly income of the household"),
            "household_size" => ("จำนวนคนที่อยู่จริง", "people living here"),
            "past_housing_aid" => ("เคยได้รับความช่วยเหลือเรื่องบ้านหรือไม่", "past housing aid"),
            "past_aid_year_be" => ("ปีที่ได้รับความช่วยเหลือเรื่องบ้าน", "year of the past housing aid"),
            "housing_event" => ("เหตุเกิดกับบ้านใน 12 เดือน", "events to the house within 12 months"),
            "visit_date" => ("วันที่เยี่ยมบ้าน", "date of the visit"),
            "member" => ("รายชื่อคนในบ้าน", "members of the household"),
            "m_birth_year_be" => ("ปีเกิดของคนในบ้าน", "years of birth of the members"),
            "m_disability" => ("ความพิการของคนในบ้าน", "disabilities of the members"),
            "m_dependency" => ("การพึ่งพิงของคนในบ้าน", "whether members depend on care"),
            "m_has_caregiver" => ("ผู้ดูแลของคนติดเตียง", "who cares for the bedridden"),
            "m_card_status" => ("สถานะบัตรสวัสดิการแห่งรัฐ", "state of the welfare card"),
            "m_benefits" => ("สวัสดิการที่ได้รับ", "allowances received"),
            "reg_help_needed" => ("ต้องการให้ช่วยลงทะเบียนหรือไม่", "whether help with registering is wanted"),
            "m_health_scheme" => ("สิทธิรักษาพยาบาล", "health scheme"),
            "m_in_school" => ("กำลังเรียนอยู่หรือไม่", "attending school"),
            "m_education" => ("การศึกษาสูงสุด", "highest education"),
            "m_occupation" => ("อาชีพหลัก", "main occupation"),
            "need_category" => ("ความต้องการ", "needs"),
            "water_enough" => ("น้ำกินน้ำใช้พอตลอดปีหรือไม่", "whether water lasts the year"),
            "drinking_water" => ("น้ำดื่มหลัก", "main drinking water"),
            "electricity" => ("ไฟฟ้า", "electricity"),
            "sleeping_rooms" => ("จำนวนห้องนอน", "rooms used for sleeping"),
            "savings_any" => ("มีเงินออมหรือไม่", "whether there are savings"),
            "debt_total" => ("หนี้สินรวม", "total debt"),
            "house_registration" => ("ทะเบียนบ้าน", "house registration"),
            "fund_membership" => ("สมาชิกกองทุนสวัสดิการชุมชน", "membership of the welfare fund"),
            "settlement_households" => ("จำนวนครัวเรือนในชุมชน", "households in the settlement"),
            "settlement_saves" => ("ชุมชนออมทรัพย์ร่วมกันหรือไม่", "whether the settlement saves together"),
            "canal" => ("ชื่อคลอง", "which canal"),
            other => (other, other),
        };
        Told::new(th, en)
    }
}

/// What is to be asked where a flag is open: the answers that are none; the question that matters most where
/// each was given, but not to be looked at or not known.
pub(super) fn of_flag(household: &Household, flag: Flag) -> Vec<Missing> {
    let questions = questions(flag);
    let open = questions.iter().filter(|question| is_missing(household, question)).copied();
    let open: Vec<Missing> = open.map(Missing).collect();
    if open.is_empty() { questions.iter().take(1).copied().map(Missing).collect() } else { open }
}

/// The questions that decide a flag, the one that matters most first.
fn questions(flag: Flag) -> &'static [&'static str] {
    match flag {
        Flag::H1 => &["m_health_scheme"],
        Flag::H2 => &["m_has_caregiver", "m_dependency"],
        Flag::H3 => &["need_category"],
        Flag::L1 => &["tenure", "eviction_risk"],
        Flag::L2 => &["roof_condition", "wall_condition", "floor_condition", "structure_condition"],
        Flag::L3 => &["water_enough", "drinking_water"],
        Flag::L4 => &["electricity"],
        Flag::L5 => &["toilet"],
        Flag::L6 => &["sleeping_rooms", "household_size"],
        Flag::E1 => &["m_in_school", "m_birth_year_be"],
        Flag::E2 => &["m_education", "m_birth_year_be"],
        Flag::I1 => &["income_year", "household_size"],
        Flag::I2 => &["m_occupation", "m_birth_year_be"],
        Flag::I3 => &["savings_any"],
        Flag::I4 => &["debt_total", "income_year"],
        Flag::A1 => &["m_card_status", "income_year", "household_size", "m_birth_year_be"],
        Flag::A2 | Flag::A3 => &["m_benefits", "m_birth_year_be"],
        Flag::A4 => &["house_registration"],
    }
}

fn is_missing(household: &Household, question: &str) -> bool {
    let h = household;
    match question {
        "tenure" => h.tenure.is_none(),
        "eviction_risk" => h.eviction_risk.is_none(),
        "roof_condition" => h.roof_condition.is_none(),
        "wall_condition" => h.wall_condition.is_none(),
        "floor_condition" => h.floor_condition.is_none(),
        "structure_condition" => h.structure_condition.is_none(),
        "toilet" => h.toilet.is_none(),
        "drinking_water" => h.drinking_water.is_none(),
        "water_enough" => is_open(h.water_enough.as_deref()),
        "electricity" => h.electricity.is_none(),
        "sleeping_rooms" => h.sleeping_rooms.is_none(),
        "household_size" => h.household_size.is_none_or(|size| size <= 0),
        "income_year" => h.income_year.is_none(),
        "debt_total" => h.debt_total.is_none(),
        "savings_any" => is_open(h.savings_any.as_deref()),
        "house_registration" => is_open(h.house_registration.as_deref()),
        "m_birth_year_be" => any(h, |m| m.m_birth_year_be.is_none()),
        "m_health_scheme" => any(h, |m| is_open(m.m_health_scheme.as_deref())),
        "m_dependency" => any(h, |m| m.m_dependency.is_none()),
        "m_has_caregiver" => any(h, |m| is_open(m.m_has_caregiver.as_deref())),
        "m_in_school" => any(h, |m| is_open(m.m_in_school.as_deref())),
        "m_education" => any(h, |m| m.m_education.is_none()),
        "m_occupation" => any(h, |m| m.m_occupation.is_none()),
        "m_card_status" => any(h, |m| is_open(m.m_card_status.as_deref())),
        "m_benefits" => any(h, |m| m.m_benefits.is_none()),
        _ => false,
    }
}

fn any(household: &Household, open: impl Fn(&Member) -> bool) -> bool {
    household.members.iter().any(open)
}

/// Whether an answer is none: not given, or "not known".
pub(super) fn is_open(answer: Option<&str>) -> bool {
    matches!(answer, None | Some("unknown"))
}
