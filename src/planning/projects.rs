//! Projects of a tambon's plan (table 13 of its annex): what is to be done about which problem, for how much, by whom.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::annex;
use super::told::Told;

/// Projects of one fiscal year's plan.
pub const PROJECTS_MAX: usize = 200;
/// Characters of a text.
const TEXT_CHARS: usize = 300;
/// Baht of one year of a project: more than any tambon's plan has.
const BAHT_MAX: u64 = 10_000_000_000;
/// Fiscal years (พ.ศ.) that a plan can speak of.
const YEARS: std::ops::RangeInclusive<i16> = 2500..=2700;

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// ชุมชนทำเอง
    Community,
    /// ทำร่วมกับหน่วยงาน
    Shared,
    /// ขอให้หน่วยงานทำ
    Requested,
}

impl Owner {
    fn told(self) -> Told {
        match self {
            Self::Community => Told::new("ชุมชนทำเอง", "The community itself"),
            Self::Shared => Told::new("ทำร่วมกับหน่วยงาน", "With an agency"),
            Self::Requested => Told::new("ขอหน่วยงานทำ", "An agency is asked to"),
        }
    }
}

/// A project of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// What it is called, 1 to 300 characters.
    pub title: String,
    /// Which problem it answers: a table and row of the annex, in words.
    pub problem: String,
    /// Households that it serves; null where nobody said.
    pub households: Option<u32>,
    /// Where, e.g. `หมู่ 1, 4`.
    pub villages: String,
    /// Baht by fiscal year (พ.ศ.), e.g. `{"2570": 100000}`.
    pub baht: BTreeMap<i16, u64>,
    /// `community`, `shared` or `requested`.
    pub owner: Owner,
    /// Code in the strategy that it serves.
    pub strategy: String,
}

impl Project {
    /// What is wrong with it, if anything.
    #[must_use]
    pub fn fault(&self) -> Option<Told> {
        if self.title.trim().is_empty() {
            return Some(Told::new("โครงการต้องมีชื่อ", "a project has a title"));
        }
        let texts = [&self.title, &self.problem, &self.villages, &self.strategy];
        if texts.iter().any(|text| text.chars().count() > TEXT_CHARS) {
            return Some(Told::new(
                format!("ข้อความยาวได้ไม่เกิน {TEXT_CHARS} ตัวอักษร"),
                format!("a text has at most {TEXT_CHARS} characters"),
            ));
        }
        if self.baht.iter().any(|(year, baht)| !YEARS.contains(year) || *baht > BAHT_MAX) {
            return Some(Told::new(
                "งบประมาณต้องระบุเป็นบาทรายปี พ.ศ. เช่น 2570: 100000",
                "money is told in baht by fiscal year of the Buddhist era, e.g. 2570: 100000",
            ));
        }
        None
    }
}

impl From<&Project> for annex::Project {
    fn from(project: &Project) -> Self {
        let years = project
            .baht
            .iter()
            .map(|(year, baht)| format!("{year}: {}", survey_form::thai::show_baht(*baht)));
        Self {
            title: project.title.clone(),
            problem: project.problem.clone(),
            households: project.households,
            villages: project.villages.clone(),
            budget: project.baht.values().sum(),
            years: years.collect::<Vec<_>>().join("; "),
            owner: project.owner.told(),
            strategy: project.strategy.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_told_by_year_and_as_a_sum() {
        let project = Project {
            title: "ซ่อมบ้านผู้สูงอายุ".to_owned(),
            problem: "ตาราง 8".to_owned(),
            households: Some(38),
            villages: "หมู่ 1, 4".to_owned(),
            baht: BTreeMap::from([(2571, 342_000), (2570, 342_000)]),
            owner: Owner::Community,
            strategy: "1.2".to_owned(),
        };
        assert_eq!(project.fault(), None);
        let row = annex::Project::from(&project);
        assert_eq!((row.budget, row.years.as_str()), (684_000, "2570: 342,000; 2571: 342,000"));
        for wrong in [
            Project { title: " ".to_owned(), ..project.clone() },
            Project { baht: BTreeMap::from([(2026, 1)]), ..project.clone() },
            Project { problem: "ก".repeat(301), ..project },
        ] {
            assert!(wrong.fault().is_some(), "{wrong:?}");
        }
    }
}
