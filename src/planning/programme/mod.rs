//! Programmes: what each gives in a fiscal year and region, and whom it is for.
//!
//! A programme is rows of data, never of code: the rows that come with the program are
//! `data/planning/programmes.csv`, with amounts and quotas as public sources tell them; what no source tells is left
//! empty. What is code is the [`Rule`] that a row names. [`matches`] tells whether a household matches one,
//! with reasons.

mod conditions;
mod matching;
mod missing;
mod parameters;
mod read;
mod settlement;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::sync::OnceLock;

use jiff::civil::Date;

use super::allocation::{By, Means};
use super::csv_rows::CsvFault;
use super::fiscal::FiscalYear;
use super::groups::Groups;
use super::region::Region;
use crate::area::Area;

pub use matching::{Facts, Match, Verdict, matches};
pub use missing::Missing;
pub use parameters::RuleParameters;
pub(super) use read::{no_date, no_source, no_year, region as read_region, unknown};
pub use settlement::Settlement;

/// Whom a programme is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// บ้านพอเพียงชนบท: a decayed house is repaired where it stands.
    BaanPorPiang,
    /// บ้านมั่นคง: a settlement gets secure land and houses together.
    BaanMankong,
    /// Houses at canals move back from the water.
    Canal,
    /// Houses on land of the railway.
    Railway,
    /// Somewhere to live after fire, eviction or disaster.
    TemporaryHousing,
    /// Centres for those who have no dwelling.
    HomelessCentre,
    /// A house made fit for an elder or a disabled person.
    HouseAdaptation,
    /// Help to register for the welfare card.
    CardHelp,
    /// Help to apply for allowances that are due.
    AllowanceHelp,
    /// What a welfare fund gives in hardship.
    FundHardship,
}

impl Rule {
    /// All ten.
    pub const ALL: [Self; 10] = [
        Self::BaanPorPiang,
        Self::BaanMankong,
        Self::Canal,
        Self::Railway,
        Self::TemporaryHousing,
        Self::HomelessCentre,
        Self::HouseAdaptation,
        Self::CardHelp,
        Self::AllowanceHelp,
        Self::FundHardship,
    ];

    /// Its name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BaanPorPiang => "baan_por_piang",
            Self::BaanMankong => "baan_mankong",
            Self::Canal => "canal",
            Self::Railway => "railway",
            Self::TemporaryHousing => "temporary_housing",
            Self::HomelessCentre => "homeless_centre",
            Self::HouseAdaptation => "house_adaptation",
            Self::CardHelp => "card_help",
            Self::AllowanceHelp => "allowance_help",
            Self::FundHardship => "fund_hardship",
        }
    }

    /// The rule of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// Whether it gives a house or work on one: a household has one such approval in a fiscal year.
    #[must_use]
    pub const fn is_housing(self) -> bool {
        !matches!(self, Self::CardHelp | Self::AllowanceHelp | Self::FundHardship)
    }
}

/// What a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaUnit {
    /// Households.
    Household,
    /// Centres, each for many: they are built, not given out along a list.
    Centre,
}

/// A programme in a fiscal year and region. What no source tells is `None`, which is not zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programme {
    /// Which programme; the same in every year and region.
    pub id: String,
    /// The fiscal year; `None` for what stands in every year.
    pub fiscal_year: Option<FiscalYear>,
    /// Where the row holds.
    pub region: Region,
    /// Its name in Thai.
    pub name_th: String,
    /// Its name in English.
    pub name_en: String,
    /// Whom it is for.
    pub rule: Rule,
    /// Which score ranks those who match.
    pub by: By,
    /// Baht that a household gets at most.
    pub ceiling: Option<u64>,
    /// Baht that a household may borrow beside it.
    pub loan_ceiling: Option<u64>,
    /// How many it is for.
    pub quota: Option<u32>,
    /// What the quota counts.
    pub unit: QuotaUnit,
    /// Baht in all.
    pub budget: Option<u64>,
    /// Where the figures were read; empty where the row has none.
    pub source: String,
    /// The day for which the source gives them, where it says so.
    pub as_of: Option<Date>,
}

impl Programme {
    /// The rows that come with the program.
    ///
    /// # Panics
    /// If `data/planning/programmes.csv` is not what it should be; a test reads it.
    #[must_use]
    pub fn bundled() -> &'static [Self] {
        static PROGRAMMES: OnceLock<Vec<Programme>> = OnceLock::new();
        PROGRAMMES.get_or_init(|| {
            let file = include_bytes!("../../../data/planning/programmes.csv");
            Self::read(file).expect("the bundled programmes are well formed")
        })
    }

    /// Reads rows from a CSV file: all of them, or what is wrong with the file.
    ///
    /// # Errors
    /// Faults by row and column.
    pub fn read(content: &[u8]) -> Result<Vec<Self>, Vec<CsvFault>> {
        read::programmes(content)
    }

    /// What it has to give; `None` where the budget is not known, and nothing can be given out by it.
    #[must_use]
    pub fn means(&self) -> Option<Means> {
        let units = self.quota.filter(|_| self.unit == QuotaUnit::Household);
        Some(Means { units, budget: self.budget?, ceiling: self.ceiling })
    }
}

/// The rows that hold at a place in a fiscal year, one for each programme: that of the narrowest region,
/// and among those of one region the one for that very year.
#[must_use]
pub fn in_force<'rows>(
    programmes: &'rows [Programme],
    year: FiscalYear,
    place: Area,
    groups: &Groups,
) -> Vec<&'rows Programme> {
    let mut found: Vec<&Programme> = programmes
        .iter()
        .filter(|row| row.fiscal_year.is_none_or(|its| its == year) && row.region.covers(place, groups))
        .collect();
    let narrowest = |row: &&Programme| Reverse((row.region.narrowness(groups), row.fiscal_year));
    found.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| narrowest(a).cmp(&narrowest(b))));
    found.dedup_by_key(|row| row.id.as_str());
    found
}
