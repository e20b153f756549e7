//! The thresholds: data with a version, never constants of a rule.

/// The thresholds of the flags and tiers. A score names the version of those that made it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(default))]
pub struct Parameters {
    /// Names these thresholds, e.g. `1`.
    pub version: String,
    /// Below this income per person and year, in baht, a household is deprived of income (I1).
    pub income_line: i64,
    /// Above this income per person and year, in baht, the welfare card is not for it (A1, A3).
    pub card_income_line: i64,
    /// More persons than this to a sleeping room are crowded (L6).
    pub overcrowd: f64,
    /// From this need score on, of 1, a household is severely deprived: the cut-off of the national
    /// multidimensional poverty index.
    pub severe_cutoff: f64,
    /// The year of the survey (พ.ศ.), from which ages are counted.
    pub year_be: i64,
}

impl Parameters {
    /// Version 1, for a survey in the year `year_be` (พ.ศ.).
    #[must_use]
    pub fn for_year(year_be: i64) -> Self {
        Self { year_be, ..Self::default() }
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            version: "1".to_owned(),
            income_line: 40_000,
            card_income_line: 100_000,
            overcrowd: 3.0,
            severe_cutoff: 0.26,
            year_be: 2569,
        }
    }
}
