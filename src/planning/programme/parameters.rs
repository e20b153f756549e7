//! The thresholds of the rules: data with a default, never constants of a rule.

use serde::{Deserialize, Serialize};

use crate::planning::told::Told;

/// The thresholds of programmes' rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleParameters {
    /// Names these thresholds, e.g. `1`.
    pub version: String,
    /// For so many years after help with the house there is no other (Baan Por Piang).
    pub aid_years: i64,
    /// So many days after an event a household is housed for the time being.
    pub event_days: i64,
    /// Whether floods and storms count as fires, evictions and collapses do.
    pub floods_and_storms: bool,
    /// Above this income per person and year, in baht, Baan Por Piang is not for a household.
    pub income_line: i64,
    /// A settlement has at least so many households. No source gives a number: this default is a choice.
    pub settlement_households: i64,
    /// The canals of the canal-side programme, without the word คลอง.
    pub canals: Vec<String>,
    /// From this age on somebody is an elder.
    pub elder_age: i64,
    /// From this need score on, of 100, a household is severely deprived. It follows the parameters of the score and is
    /// no part of what is kept.
    #[serde(skip)]
    pub severe_need: u8,
}

impl Default for RuleParameters {
    fn default() -> Self {
        Self {
            version: "1".to_owned(),
            aid_years: 5,
            event_days: 90,
            floods_and_storms: false,
            income_line: 100_000,
            settlement_households: 5,
            canals: vec!["ลาดพร้าว".to_owned(), "เปรมประชากร".to_owned()],
            elder_age: 60,
            severe_need: 26,
        }
    }
}

impl RuleParameters {
    /// The same where scores call a household severely deprived from `cutoff` of 1 on.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held between 0 and 100")]
    pub fn with_severe_cutoff(self, cutoff: f64) -> Self {
        Self { severe_need: (cutoff * 100.0).round().clamp(0.0, 100.0) as u8, ..self }
    }

    /// What lies outside of its range: the name of the parameter, and what to do.
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static str, Told)> {
        let number = |name, th, value: i64, least: i64, most: i64| {
            let told = || {
                Told::new(
                    format!("{th} ({name}) = {value} อยู่นอกช่วง กรุณาใส่ {least} ถึง {most}"),
                    format!("{name} = {value} is out of range; write {least} to {most}"),
                )
            };
            (!(least..=most).contains(&value)).then(|| (name, told()))
        };
        let words = |name, th, fault: bool| {
            let told = || {
                Told::new(
                    format!("{th} ({name}) ต้องมีข้อความ 1 ถึง 100 ตัวอักษร"),
                    format!("{name} needs a text of 1 to 100 characters"),
                )
            };
            fault.then(|| (name, told()))
        };
        let is_bad = |text: &String| !(1..=100).contains(&text.trim().chars().count());
        [
            number("aid_years", "จำนวนปีที่เว้นหลังเคยได้ช่วยเรื่องบ้าน", self.aid_years, 0, 50),
            number("event_days", "จำนวนวันหลังเกิดเหตุ", self.event_days, 1, 365),
            number("income_line", "รายได้ต่อคนต่อปี", self.income_line, 0, 10_000_000),
            number("settlement_households", "จำนวนครัวเรือนของชุมชน", self.settlement_households, 1, 10_000),
            number("elder_age", "อายุของผู้สูงอายุ", self.elder_age, 40, 100),
            words("version", "ฉบับ", is_bad(&self.version)),
            words("canals", "คลอง", self.canals.len() > 100 || self.canals.iter().any(is_bad)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_parameter_out_of_its_range_is_named() {
        assert_eq!(RuleParameters::default().faults(), []);
        let bad = RuleParameters {
            event_days: 0,
            aid_years: -1,
            elder_age: 20,
            canals: vec![String::new()],
            ..RuleParameters::default()
        };
        let names: Vec<&str> = bad.faults().iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["aid_years", "event_days", "elder_age", "canals"]);
    }

    #[test]
    fn what_is_severe_follows_the_score_and_is_not_kept() {
        let parameters = RuleParameters::default().with_severe_cutoff(0.33);
        assert_eq!(parameters.severe_need, 33);
        assert_eq!(RuleParameters::default().with_severe_cutoff(0.26), RuleParameters::default());
        assert!(!serde_json::to_string(&parameters).unwrap().contains("severe"));
    }

    #[test]
    fn what_is_not_written_down_is_as_by_default() {
        let read: RuleParameters = serde_json::from_str(r#"{"floods_and_storms": true}"#).unwrap();
        assert_eq!(read, RuleParameters { floods_and_storms: true, ..RuleParameters::default() });
        assert!(serde_json::from_str::<RuleParameters>(r#"{"aid_year": 3}"#).is_err(), "a misspelt name");
    }
}
