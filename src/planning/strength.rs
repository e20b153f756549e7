//! How strong a community is: twelve short items that a tambon assesses itself by, once a year, each from 0
//! to 3 with what shows it. A tambon is compared with itself the year before, not with others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sync_protocol::ids::TambonCode;

use super::fiscal::FiscalYear;
use super::told::Told;

/// The highest level of an item.
pub const LEVEL_MAX: u8 = 3;
/// The most characters of what shows a level.
const EVIDENCE_CHARS_MAX: usize = 1_000;

/// What is assessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "`StrengthItem::told` says what each is")]
pub enum StrengthItem {
    CouncilMeets,
    CouncilPlan,
    PlanAdopted,
    SurveyCoverage,
    OwnAnalysis,
    FundMembers,
    FundSolvent,
    WomenAndYouth,
    SavingsGroup,
    HousingGroup,
    DisasterPlan,
    Partners,
}

impl StrengthItem {
    /// All twelve, in order.
    pub const ALL: [Self; 12] = [
        Self::CouncilMeets,
        Self::CouncilPlan,
        Self::PlanAdopted,
        Self::SurveyCoverage,
        Self::OwnAnalysis,
        Self::FundMembers,
        Self::FundSolvent,
        Self::WomenAndYouth,
        Self::SavingsGroup,
        Self::HousingGroup,
        Self::DisasterPlan,
        Self::Partners,
    ];

    /// Its name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CouncilMeets => "council_meets",
            Self::CouncilPlan => "council_plan",
            Self::PlanAdopted => "plan_adopted",
            Self::SurveyCoverage => "survey_coverage",
            Self::OwnAnalysis => "own_analysis",
            Self::FundMembers => "fund_members",
            Self::FundSolvent => "fund_solvent",
            Self::WomenAndYouth => "women_and_youth",
            Self::SavingsGroup => "savings_group",
            Self::HousingGroup => "housing_group",
            Self::DisasterPlan => "disaster_plan",
            Self::Partners => "partners",
        }
    }

    /// The item of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.name() == name)
    }

    /// What the highest level asks.
    #[must_use]
    pub fn told(self) -> Told {
        let (th, en) = match self {
            Self::CouncilMeets => {
                ("สภาองค์กรชุมชนประชุมอย่างน้อยปีละ 4 ครั้ง", "the council meets at least 4 times a year")
            }
            Self::CouncilPlan => ("สภามีแผนที่ทำไว้ไม่เกิน 3 ปี", "the council has a plan younger than 3 years"),
            Self::PlanAdopted => {
                ("อปท. นำเรื่องในแผนชุมชนไปใช้", "the local authority took up items of the plan")
            }
            Self::SurveyCoverage => {
                ("สำรวจครัวเรือนได้อย่างน้อยร้อยละ 80", "at least 80 % of households are surveyed")
            }
            Self::OwnAnalysis => ("ชุมชนวิเคราะห์ข้อมูลของตนเองได้", "the community can show its own analysis"),
            Self::FundMembers => (
                "มีกองทุนสวัสดิการและมีสมาชิกอย่างน้อยร้อยละ 30",
                "there is a welfare fund with at least 30 % as members",
            ),
            Self::FundSolvent => ("กองทุนมีเงินพอจ่ายสวัสดิการ", "the fund can pay what it promised"),
            Self::WomenAndYouth => {
                ("มีผู้หญิงและเยาวชนในคณะกรรมการ", "women and young people sit in the committee")
            }
            Self::SavingsGroup => ("มีกลุ่มออมทรัพย์", "there is a savings group"),
            Self::HousingGroup => ("มีกลุ่มที่อยู่อาศัย", "there is a housing group"),
            Self::DisasterPlan => ("มีแผนรับมือภัยพิบัติ", "there is a plan for disasters"),
            Self::Partners => ("มีภาคีที่ทำบันทึกข้อตกลงร่วมกัน", "there are partners with an agreement"),
        };
        Told::new(th, en)
    }
}

/// What a level means, of any item; `None` above [`LEVEL_MAX`].
#[must_use]
pub fn level_told(level: u8) -> Option<Told> {
    let (th, en) = match level {
        0 => ("ยังไม่มี", "not there yet"),
        1 => ("เริ่มทำแล้ว", "begun"),
        2 => ("ทำได้บางส่วน", "there in part"),
        LEVEL_MAX => ("ทำได้ครบถ้วน", "there in full"),
        _ => return None,
    };
    Some(Told::new(th, en))
}

/// The assessment of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// 0 to 3.
    pub level: u8,
    /// What shows it: minutes, a document, a list.
    pub evidence: String,
}

/// What a tambon says of itself in a year. An item that is not there was not assessed, which is not level 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strength {
    /// Which tambon.
    pub tambon: TambonCode,
    /// Which fiscal year.
    pub year: FiscalYear,
    /// Its items.
    pub items: BTreeMap<StrengthItem, Assessment>,
}

/// How an item stands against the year before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// By so many levels; below zero where it lost some.
    By(i8),
    /// Assessed in this year only.
    New,
    /// Assessed in the year before only.
    Gone,
    /// Assessed in neither.
    Neither,
}

/// Why two assessments are not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotComparable {
    /// They are of different tambons.
    OtherTambon,
    /// The other is not of the year before.
    OtherYear {
        /// Its year.
        year: FiscalYear,
    },
}

impl NotComparable {
    /// Why, and what to do.
    #[must_use]
    pub fn told(self) -> Told {
        match self {
            Self::OtherTambon => Told::new(
                "เปรียบเทียบได้เฉพาะตำบลเดียวกัน กรุณาเลือกการประเมินของตำบลนี้",
                "a tambon is compared with itself only; choose an assessment of this tambon",
            ),
            Self::OtherYear { year } => Told::new(
                format!("การประเมินปี {year} ไม่ใช่ปีก่อนหน้า กรุณาเลือกปีก่อนหน้า"),
                format!("the assessment of {year} is not of the year before; choose that year"),
            ),
        }
    }
}

impl Strength {
    /// What is wrong with it: a level above 3, a level above 0 that nothing shows, a text that is too long.
    #[must_use]
    pub fn faults(&self) -> Vec<(StrengthItem, Told)> {
        let fault = |(item, assessment): (&StrengthItem, &Assessment)| {
            let Assessment { level, evidence } = assessment;
            let chars = evidence.chars().count();
            let told = if *level > LEVEL_MAX {
                Told::new(
                    format!("ระดับ {level} ไม่มี กรุณาเลือก 0 ถึง {LEVEL_MAX}"),
                    format!("there is no level {level}; choose 0 to {LEVEL_MAX}"),
                )
            } else if *level > 0 && evidence.trim().is_empty() {
                Told::new(
                    format!("ระดับ {level} ต้องมีหลักฐาน กรุณาเขียนว่าดูได้จากอะไร"),
                    format!("level {level} needs something that shows it; write what does"),
                )
            } else if chars > EVIDENCE_CHARS_MAX {
                Told::new(
                    format!("หลักฐานยาว {chars} ตัวอักษร กรุณาย่อให้ไม่เกิน {EVIDENCE_CHARS_MAX}"),
                    format!("the evidence has {chars} characters; shorten it to {EVIDENCE_CHARS_MAX}"),
                )
            } else {
                return None;
            };
            Some((*item, told))
        };
        self.items.iter().filter_map(fault).collect()
    }

    /// The items that were not assessed, in order.
    pub fn open(&self) -> impl Iterator<Item = StrengthItem> + '_ {
        StrengthItem::ALL.into_iter().filter(|item| !self.items.contains_key(item))
    }

    /// The sum of the levels, and the most that it could be over the items that were assessed.
    #[must_use]
    pub fn sum(&self) -> (u32, u32) {
        let of = |assessment: &Assessment| u32::from(assessment.level);
        let assessed = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        (self.items.values().map(of).sum(), assessed.saturating_mul(u32::from(LEVEL_MAX)))
    }

    /// Each item against the year before, in order.
    ///
    /// # Errors
    /// Where `before` is of another tambon, or not of the year before.
    pub fn against(&self, before: &Self) -> Result<Vec<(StrengthItem, Change)>, NotComparable> {
        if before.tambon != self.tambon {
            return Err(NotComparable::OtherTambon);
        }
        if self.year.before() != Some(before.year) {
            return Err(NotComparable::OtherYear { year: before.year });
        }
        let level = |strength: &Self, item| strength.items.get(&item).map(|it| it.level.min(LEVEL_MAX));
        let change = |item| match (level(before, item), level(self, item)) {
            (Some(then), Some(now)) => Change::By(now.cast_signed() - then.cast_signed()),
            (None, Some(_)) => Change::New,
            (Some(_), None) => Change::Gone,
            (None, None) => Change::Neither,
        };
        Ok(StrengthItem::ALL.into_iter().map(|item| (item, change(item))).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn strength(year: i64, items: &[(StrengthItem, u8)]) -> Strength {
        let assessed = |(item, level): &(StrengthItem, u8)| {
            (
                *item,
                Assessment {
                    level: *level, evidence: "รายงานการประชุม".to_owned()
                },
            )
        };
        Strength {
            tambon: "650117".parse().unwrap(),
            year: FiscalYear::new(year).unwrap(),
            items: items.iter().map(assessed).collect(),
        }
    }

    use StrengthItem::{CouncilMeets, DisasterPlan, FundSolvent, Partners};

    #[test]
    fn a_tambon_is_compared_with_itself_the_year_before() {
        let before = strength(2568, &[(CouncilMeets, 1), (FundSolvent, 3), (Partners, 2)]);
        let now = strength(2569, &[(CouncilMeets, 3), (FundSolvent, 2), (DisasterPlan, 0)]);
        let changes: BTreeMap<_, _> = now.against(&before).unwrap().into_iter().collect();
        assert_eq!(changes.len(), 12);
        assert_eq!((changes[&CouncilMeets], changes[&FundSolvent]), (Change::By(2), Change::By(-1)));
        assert_eq!((changes[&DisasterPlan], changes[&Partners]), (Change::New, Change::Gone));
        assert_eq!(changes[&StrengthItem::CouncilPlan], Change::Neither);
        assert_eq!((now.sum(), now.open().count()), ((5, 9), 9), "what was not assessed counts for nothing");
    }

    #[test]
    fn other_tambons_and_other_years_are_not_compared() {
        let now = strength(2569, &[]);
        for year in [2567, 2569, 2570] {
            let other = strength(year, &[]);
            let refusal = now.against(&other).unwrap_err();
            assert_eq!(refusal, NotComparable::OtherYear { year: other.year });
            assert!(refusal.told().en.contains(&year.to_string()));
        }
        let elsewhere = Strength { tambon: "650118".parse().unwrap(), ..strength(2568, &[]) };
        assert_eq!(now.against(&elsewhere), Err(NotComparable::OtherTambon));
    }

    #[test]
    fn a_level_above_zero_needs_something_that_shows_it() {
        let mut it = strength(2569, &[(CouncilMeets, 4), (FundSolvent, 1), (Partners, 0), (DisasterPlan, 3)]);
        assert_eq!(it.faults().iter().map(|(item, _)| *item).collect::<Vec<_>>(), [CouncilMeets]);
        for assessment in it.items.values_mut() {
            assessment.evidence = " ".to_owned();
        }
        let faults: Vec<_> = it.faults().into_iter().map(|(item, _)| item).collect();
        assert_eq!(faults, [CouncilMeets, FundSolvent, DisasterPlan], "level 0 needs nothing");
        it.items.insert(Partners, Assessment { level: 0, evidence: "ก".repeat(1_001) });
        assert!(it.faults().iter().any(|(item, told)| *item == Partners && told.en.contains("1001")));
    }

    #[test]
    fn items_and_levels_have_names_and_words() {
        for item in StrengthItem::ALL {
            assert_eq!(StrengthItem::named(item.name()), Some(item));
            assert_eq!(serde_json::to_string(&item).unwrap(), format!("\"{}\"", item.name()));
            assert!(!item.told().th.is_ascii() && item.told().en.is_ascii());
        }
        assert!((0..=3).all(|level| level_told(level).is_some()) && level_told(4).is_none());
    }
}
