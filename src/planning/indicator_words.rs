//! What the blocks of indicators and their codes are called, for whoever shows counts to people.
//!
//! A code that is an answer is called as the form calls its choice.

use need_score::Flag;

use super::indicators::Block;
use super::told::Told;

/// What a choice of the form is called: question, code.
type Label<'a> = &'a dyn Fn(&str, &str) -> Told;

fn told(th: &str, en: &str) -> Told {
    Told::new(th, en)
}

/// What a block counts.
#[must_use]
pub fn block(block: &Block) -> Told {
    let (th, en) = match block.name {
        "coverage" => ("ผลการเยี่ยมบ้าน", "Outcome of visits"),
        "households" => ("ผลการประเมิน", "What was assessed"),
        "tier" => ("ระดับความเดือดร้อน", "Tiers of need"),
        "dimension" => ("ขาดแคลนใน 5 มิติ", "Deprived in five dimensions"),
        "flag" => ("ปัญหาที่พบ", "What is lacking"),
        "flag_no" => ("ไม่พบปัญหา", "What is not lacking"),
        "flag_unknown" => ("ยังไม่ทราบว่ามีปัญหาหรือไม่", "What is not known"),
        "people" => ("ประชากรตามเพศและอายุ", "People by sex and age"),
        "person" => ("กลุ่มที่ต้องดูแล", "People to look after"),
        "card" => ("บัตรสวัสดิการแห่งรัฐ", "State welfare card"),
        "barrier" => ("เหตุที่ยังไม่ได้ลงทะเบียนหรือไม่ผ่าน", "Why people are not registered"),
        "registration_help" => ("ต้องการให้ช่วยลงทะเบียน", "Help to register"),
        "fund" => ("สมาชิกกองทุนสวัสดิการชุมชน", "Membership of the welfare fund"),
        "fund_benefit" => ("สวัสดิการที่ได้จากกองทุนใน 12 เดือน", "What the fund gave within 12 months"),
        "tenure" => ("สิทธิในที่อยู่อาศัย กับความเสี่ยงถูกไล่รื้อ", "Tenure and risk of eviction"),
        "housing" => ("คะแนนที่อยู่อาศัย", "Housing score"),
        "worst_part" => ("สภาพบ้าน ตามส่วนที่ชำรุดที่สุด", "State of houses by their worst part"),
        "need" => ("ความต้องการ ตามความเร่งด่วน", "Needs by urgency"),
        "hazard" => ("ภัยที่เกิดซ้ำ", "Recurring hazards"),
        "housing_event" => ("เหตุที่เกิดกับบ้าน", "What happened to houses"),
        "past_housing_aid" => ("ความช่วยเหลือเรื่องบ้านที่เคยได้", "Help with the house before"),
        other => (other, other),
    };
    told(th, en)
}

/// What an indicator is called: its code on each axis.
#[must_use]
pub fn indicator(block: &Block, code: &str, second: Option<&str>, label: Label<'_>) -> Vec<Told> {
    let mut words = vec![first(block.name, code, label)];
    words.extend(second.map(|code| self::second(block.name, code, label)));
    words
}

/// The question whose choices are the codes of a block's first axis.
fn question(block: &str) -> Option<&'static str> {
    Some(match block {
        "coverage" => "visit_outcome",
        "people" => "m_sex",
        "card" => "m_card_status",
        "barrier" => "reg_barrier",
        "registration_help" => "reg_help_needed",
        "fund" => "fund_membership",
        "fund_benefit" => "fund_benefits_12m",
        "tenure" => "tenure",
        "worst_part" => "roof_condition",
        "need" => "need_category",
        "hazard" => "hazards",
        "housing_event" => "housing_event",
        "past_housing_aid" => "past_housing_aid",
        _ => return None,
    })
}

fn first(block: &str, code: &str, label: Label<'_>) -> Told {
    match block {
        "households" => standing(code),
        "tier" => tier(code),
        "dimension" => dimension(code),
        "person" => person(code),
        "housing" => told(&format!("{code} คะแนน"), &format!("{code} points")),
        "flag" | "flag_no" | "flag_unknown" => flag(code),
        "coverage" if code == "not_visited" => told("ยังไม่ได้ไป", "Not visited"),
        block => match question(block) {
            Some(question) if code != "unknown" => label(question, code),
            _ => unknown(code),
        },
    }
}

fn second(block: &str, code: &str, label: Label<'_>) -> Told {
    match (block, code) {
        (_, "unknown") => unknown(code),
        ("tenure", code) => label("eviction_risk", code),
        ("need", code) => label("need_urgency", code),
        (_, "80+") => told("80 ปีขึ้นไป", "80 and above"),
        (_, code) => told(&format!("{code} ปี"), code),
    }
}

fn unknown(code: &str) -> Told {
    if code == "unknown" { told("ไม่ทราบ", "Not known") } else { told(code, code) }
}

/// What households come to.
pub(super) fn standing(code: &str) -> Told {
    let (th, en) = match code {
        "assessed" => ("ประเมินแล้ว", "Assessed"),
        "poor" => ("ขาดแคลนอย่างน้อยหนึ่งมิติ", "Deprived in a dimension"),
        "severe" => ("ขาดแคลนรุนแรง", "Severely deprived"),
        "target" => ("เป้าหมายตาม TPMAP", "Target by TPMAP"),
        "missed" => ("ตกหล่น", "Missed by official lists"),
        "check" => ("ต้องตรวจสอบเพิ่ม", "To be asked again"),
        other => (other, other),
    };
    told(th, en)
}

fn tier(code: &str) -> Told {
    let (th, en) = match code {
        "1" => ("ระดับ 1 เร่งด่วน", "Tier 1, urgent"),
        "2" => ("ระดับ 2 มาก", "Tier 2, great"),
        "3" => ("ระดับ 3 ปานกลาง", "Tier 3, some"),
        "4" => ("ระดับ 4 ไม่มี", "Tier 4, none"),
        other => (other, other),
    };
    told(th, en)
}

/// The five dimensions, as TPMAP has them.
pub(super) fn dimension(code: &str) -> Told {
    let (th, en) = match code {
        "health" => ("สุขภาพ", "Health"),
        "living" => ("ความเป็นอยู่", "Living"),
        "education" => ("การศึกษา", "Education"),
        "income" => ("รายได้", "Income"),
        "access" => ("การเข้าถึงบริการรัฐ", "Access to services"),
        other => (other, other),
    };
    told(th, en)
}

/// Who has to be looked after.
pub(super) fn person(code: &str) -> Told {
    let (th, en) = match code {
        "child" => ("เด็กเล็ก 0-6 ปี", "Children of 0 to 6"),
        "elderly" => ("ผู้สูงอายุ 60 ปีขึ้นไป", "Elders of 60 and above"),
        "disabled" => ("คนพิการ", "Disabled people"),
        "bedridden" => ("ผู้ป่วยติดเตียง", "Bedridden people"),
        "without_id" => ("คนไม่มีบัตร/ไม่มีสถานะ", "People without papers"),
        other => (other, other),
    };
    told(th, en)
}

/// What a flag means.
#[must_use]
pub fn flag(name: &str) -> Told {
    let flag = Flag::ALL.into_iter().find(|flag| flag.name() == name);
    flag.map_or_else(|| told(name, name), |flag| told(flag.reason_th(), flag.reason_en()))
}
