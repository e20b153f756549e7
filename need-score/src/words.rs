//! What a flag says, for people.

use crate::flags::{Dimension, Flag};

impl Flag {
    /// Why a household is deprived, in Thai.
    #[must_use]
    pub const fn reason_th(self) -> &'static str {
        match self {
            Self::H1 => "มีคนในบ้านไม่มีสิทธิรักษาพยาบาล",
            Self::H2 => "มีคนที่ต้องพึ่งพิงแต่ไม่มีผู้ดูแล",
            Self::H3 => "ขาดแคลนอาหาร",
            Self::L1 => "ที่อยู่อาศัยไม่มั่นคง",
            Self::L2 => "บ้านชำรุดทรุดโทรม",
            Self::L3 => "น้ำไม่พอใช้ตลอดปี หรือน้ำดื่มไม่สะอาด",
            Self::L4 => "ไม่มีไฟฟ้าเป็นของตนเอง",
            Self::L5 => "ไม่มีส้วมถูกสุขลักษณะของตนเอง",
            Self::L6 => "อยู่กันแออัด",
            Self::E1 => "มีเด็กวัยเรียนไม่ได้เรียน",
            Self::E2 => "ไม่มีผู้ใหญ่ที่เรียนจบประถม",
            Self::I1 => "รายได้ต่อคนต่ำกว่าเส้นความยากจน",
            Self::I2 => "ไม่มีคนวัยทำงานที่มีงานทำ",
            Self::I3 => "ไม่มีเงินออม",
            Self::I4 => "มีหนี้นอกระบบ หรือหนี้เกินรายได้",
            Self::A1 => "มีรายได้น้อยแต่ไม่มีใครถือบัตรสวัสดิการแห่งรัฐ",
            Self::A2 => "ผู้สูงอายุหรือคนพิการไม่ได้รับเบี้ย",
            Self::A3 => "เด็กเล็กไม่ได้รับเงินอุดหนุน",
            Self::A4 => "ไม่มีทะเบียนบ้าน หรือมีคนไม่มีบัตรประชาชน",
        }
    }

    /// Why a household is deprived, in English.
    #[must_use]
    pub const fn reason_en(self) -> &'static str {
        match self {
            Self::H1 => "somebody has no health scheme",
            Self::H2 => "somebody depends on help and has no caregiver",
            Self::H3 => "short of food",
            Self::L1 => "tenure is not secure",
            Self::L2 => "the house is in decay",
            Self::L3 => "water does not last the year, or is not clean",
            Self::L4 => "no electricity of their own",
            Self::L5 => "no sanitary toilet of their own",
            Self::L6 => "crowded",
            Self::E1 => "a child of school age does not go to school",
            Self::E2 => "no adult finished primary school",
            Self::I1 => "income per person is below the line",
            Self::I2 => "nobody of working age works",
            Self::I3 => "no savings",
            Self::I4 => "informal debt, or debt above a year's income",
            Self::A1 => "low income, and nobody holds the welfare card",
            Self::A2 => "an elder or a disabled person without an allowance",
            Self::A3 => "a small child without the grant",
            Self::A4 => "the house is not registered, or somebody has no papers",
        }
    }
}

impl Dimension {
    /// Its name in Thai, as TPMAP has it.
    #[must_use]
    pub const fn name_th(self) -> &'static str {
        match self {
            Self::Health => "สุขภาพ",
            Self::Living => "ความเป็นอยู่",
            Self::Education => "การศึกษา",
            Self::Income => "รายได้",
            Self::Access => "การเข้าถึงบริการรัฐ",
        }
    }
}
