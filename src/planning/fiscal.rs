//! Fiscal years and the dates of an office: a fiscal year is named by the Buddhist year in which it ends,
//! and runs from 1 October to 30 September. FY2562 is October 2561 to September 2562.
//!
//! ```
//! use jiff::civil::date;
//! use samruat::planning::fiscal::FiscalYear;
//!
//! let year = FiscalYear::of(date(2018, 10, 1)).expect("a year of the plans");
//! assert_eq!((year.be(), year.first_day(), year.last_day()), (2562, date(2018, 10, 1), date(2019, 9, 30)));
//! ```

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use survey_form::thai;

use super::told::Told;
use crate::clock::Micros;

/// The Buddhist years that a plan can be of.
const YEARS_BE: RangeInclusive<i16> = 2500..=2700;

/// By how much the Buddhist era is ahead.
const BE_AHEAD: i16 = 543;

/// A fiscal year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiscalYear(i16);

/// A text or number that is no fiscal year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no fiscal year: it is a Buddhist year from 2500 to 2700, e.g. 2562")]
pub struct InvalidFiscalYear(String);

impl FiscalYear {
    /// The fiscal year that ends in the Buddhist year `be`.
    ///
    /// # Errors
    /// Where `be` is not from 2500 to 2700: who writes 2019 for 2562 is asked.
    pub fn new(be: i64) -> Result<Self, InvalidFiscalYear> {
        let year = i16::try_from(be).ok().filter(|year| YEARS_BE.contains(year));
        year.map(Self).ok_or_else(|| InvalidFiscalYear(be.to_string()))
    }

    /// The one in which a day lies; `None` outside of the years of the plans.
    #[must_use]
    pub fn of(day: Date) -> Option<Self> {
        let year = day.year().checked_add(BE_AHEAD)? + i16::from(day.month() >= 10);
        YEARS_BE.contains(&year).then_some(Self(year))
    }

    /// Its Buddhist year.
    #[must_use]
    pub fn be(self) -> i16 {
        self.0
    }

    /// 1 October of the year before.
    #[must_use]
    pub fn first_day(self) -> Date {
        jiff::civil::date(self.0 - BE_AHEAD - 1, 10, 1)
    }

    /// 30 September.
    #[must_use]
    pub fn last_day(self) -> Date {
        jiff::civil::date(self.0 - BE_AHEAD, 9, 30)
    }

    /// Whether a day lies in it.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        (self.first_day()..=self.last_day()).contains(&day)
    }

    /// The one before, if it is a year of the plans.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        Self::new(i64::from(self.0) - 1).ok()
    }
}

/// Its Buddhist year.
impl fmt::Display for FiscalYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for FiscalYear {
    type Err = InvalidFiscalYear;

    /// Takes four digits, Thai ones as well.
    fn from_str(text: &str) -> Result<Self, InvalidFiscalYear> {
        let digits = thai::bare_digits(text, "").filter(|digits| digits.len() == 4);
        let year = digits.and_then(|digits| digits.parse().ok()).map(Self::new);
        year.and_then(Result::ok).ok_or_else(|| InvalidFiscalYear(text.chars().take(64).collect()))
    }
}

/// The Buddhist year in which a day lies, as calendars have it.
#[must_use]
pub fn year_be(day: Date) -> i64 {
    i64::from(day.year()) + i64::from(BE_AHEAD)
}

/// The day that it is in Thailand, which has one time zone and no summer time.
#[must_use]
pub fn day_in_thailand(at: Micros) -> Date {
    moment_in_thailand(at).date()
}

fn moment_in_thailand(at: Micros) -> DateTime {
    let earliest_or_latest = if at.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let at = Timestamp::from_microsecond(at.0).unwrap_or(earliest_or_latest);
    Offset::constant(7).to_datetime(at)
}

/// A date as people write it: `2018-01-11` of the common era, `11 มกราคม 2561`, `11/1/2561`.
#[must_use]
pub fn read_date(text: &str) -> Option<Date> {
    match thai::iso_date(text) {
        Ok(iso) => iso.parse().ok(),
        Err(_) => thai::thai_date(text)?.parse().ok(),
    }
}

/// A day in words: `11 มกราคม 2561`, `11 January 2018`.
#[must_use]
pub fn show_date(day: Date) -> Told {
    let iso = day.to_string();
    let th = thai::show_date(&iso).unwrap_or(iso);
    Told::new(th, day.strftime("%-d %B %Y").to_string())
}

/// A moment in words, as the clocks of Thailand show it: `11 มกราคม 2561 เวลา 13.05 น.`,
/// `11 January 2018, 13:05`.
#[must_use]
pub fn show_moment(at: Micros) -> Told {
    let at = moment_in_thailand(at);
    let Told { th, en } = show_date(at.date());
    Told::new(
        format!("{th} เวลา {:02}.{:02} น.", at.hour(), at.minute()),
        format!("{en}, {:02}:{:02}", at.hour(), at.minute()),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn year(be: i64) -> FiscalYear {
        FiscalYear::new(be).unwrap()
    }

    #[test]
    fn a_fiscal_year_begins_in_october_of_the_year_before() {
        assert_eq!(FiscalYear::of(date(2018, 9, 30)), Some(year(2561)));
        assert_eq!(FiscalYear::of(date(2018, 10, 1)), Some(year(2562)));
        assert_eq!(year(2562).first_day(), date(2018, 10, 1));
        assert_eq!(year(2562).last_day(), date(2019, 9, 30));
        assert_eq!(year(2562).before(), Some(year(2561)));
        assert_eq!(year(2500).before(), None);
    }

    #[test]
    fn a_year_of_the_common_era_is_no_fiscal_year() {
        assert_eq!("๒๕๖๒".parse(), Ok(year(2562)));
        for bad in ["2019", "62", "", "+2562", "25620", "2562.0"] {
            assert!(bad.parse::<FiscalYear>().is_err(), "{bad}");
        }
        assert!(FiscalYear::new(i64::MAX).is_err());
        assert_eq!(FiscalYear::of(date(1900, 1, 1)), None);
        assert_eq!(FiscalYear::of(Date::MAX), None);
    }

    #[test]
    fn a_day_begins_in_thailand_seven_hours_before_it_does_in_greenwich() {
        let seven_hours = 7 * 3_600 * 1_000_000;
        let day = 24 * 3_600 * 1_000_000;
        assert_eq!(day_in_thailand(Micros(0)), date(1970, 1, 1));
        assert_eq!(day_in_thailand(Micros(day - seven_hours)), date(1970, 1, 2));
        assert_eq!(day_in_thailand(Micros(day - seven_hours - 1)), date(1970, 1, 1));
        assert!(day_in_thailand(Micros(i64::MAX)) > date(9999, 1, 1), "the far future is no panic");
    }

    #[test]
    fn dates_are_read_and_shown_in_the_buddhist_era() {
        assert_eq!(read_date("11 มกราคม 2561"), Some(date(2018, 1, 11)));
        assert_eq!(read_date("2018-01-11"), Some(date(2018, 1, 11)));
        assert_eq!(read_date("29 ก.พ. 2568"), None);
        assert_eq!(read_date("2561-01-11"), None, "a Buddhist year where a common one belongs");
        assert_eq!(show_date(date(2018, 1, 11)), Told::new("11 มกราคม 2561", "11 January 2018"));
        assert_eq!(year_be(date(2018, 10, 1)), 2561);
    }

    #[test]
    fn a_moment_is_shown_by_the_clocks_of_thailand() {
        let at = Micros((17_541 * 24 + 18) * 3_600 * 1_000_000 + 5 * 60 * 1_000_000);
        assert_eq!(show_moment(at), Told::new("11 มกราคม 2561 เวลา 01.05 น.", "11 January 2018, 01:05"));
    }

    proptest! {
        #[test]
        fn every_day_lies_in_exactly_one(day in 0_i64..60_000) {
            let day = date(1957, 10, 1).checked_add(jiff::Span::new().days(day)).unwrap();
            let year = FiscalYear::of(day).unwrap();
            prop_assert!(year.contains(day));
            prop_assert!(year.before().is_none_or(|before| !before.contains(day)));
            prop_assert!(FiscalYear::new(i64::from(year.be()) + 1).unwrap().first_day() > day);
        }
    }
}
