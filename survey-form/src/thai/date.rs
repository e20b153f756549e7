//! Dates. They are stored in the common era, `YYYY-MM-DD`, and shown in the Buddhist era.

use std::borrow::Cow;

use super::text::fold_digits;

/// Why a text is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFault {
    /// Not a day of the calendar.
    Malformed,
    /// The year is after 2400: it was written in the Buddhist era.
    BuddhistYear,
}

/// The years of the common era that a survey knows.
const YEARS: std::ops::RangeInclusive<u16> = 1900..=2400;

/// A date of the common era, written `YYYY-MM-DD`, from 1900 on.
///
/// # Errors
/// [`DateFault`].
pub fn iso_date(text: &str) -> Result<Cow<'_, str>, DateFault> {
    let folded = fold_digits(text.trim());
    let (year, month, day) = parts(&folded).ok_or(DateFault::Malformed)?;
    if year > *YEARS.end() {
        return Err(DateFault::BuddhistYear);
    }
    if !YEARS.contains(&year) || !is_day(year, month, day) {
        return Err(DateFault::Malformed);
    }
    Ok(folded)
}

fn parts(text: &str) -> Option<(u16, u16, u16)> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        bytes[range].iter().try_fold(0_u16, |n, b| b.is_ascii_digit().then(|| n * 10 + u16::from(b - b'0')))
    };
    Some((number(0..4)?, number(5..7)?, number(8..10)?))
}

/// A Thai date such as `11 มกราคม 2561`, `3 ก.พ. 61`, `3 ก.พ. พ.ศ. 2561` or `3/2/2561`, as
/// `YYYY-MM-DD` of the common era. A year of two digits means 25xx. Leap years go by the common
/// era. Until 2483 the year began on 1 April, so that January to March of those years lie one year
/// later. A year in which no survey can lie gives nothing: who writes `2018` for 2561 is asked.
#[must_use]
pub fn thai_date(text: &str) -> Option<String> {
    let folded = fold_digits(text.trim());
    let spaced = folded.replace("พ.ศ.", " ");
    let separator = |c: char| c.is_whitespace() || c == '/';
    let mut words = spaced.split(separator).filter(|word| !word.is_empty());
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let day = number(day, 2)?;
    let month = match MONTHS.iter().position(|names| names.contains(&month)) {
        Some(at) => 1 + u16::try_from(at).ok()?,
        None => number(month, 2)?,
    };
    let year_be = match year.len() {
        2 => 2500 + number(year, 2)?,
        4 => number(year, 4)?,
        _ => return None,
    };
    let year = common_era_year(year_be, month)?;
    let known = YEARS.contains(&year) && is_day(year, month, day);
    known.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

fn number(text: &str, digits_max: usize) -> Option<u16> {
    let well_formed = (1..=digits_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

/// The year of the common era in which this month of a Buddhist year lies.
#[must_use]
pub fn common_era_year(year_be: u16, month: u16) -> Option<u16> {
    let year_began_in_april = year_be < 2484 && month < 4;
    year_be.checked_sub(if year_began_in_april { 542 } else { 543 })
}

/// The Buddhist year in which this month of a year of the common era lies.
#[must_use]
pub fn buddhist_year(year: u16, month: u16) -> u16 {
    let year_began_in_april = year < 1941 && month < 4;
    year.saturating_add(if year_began_in_april { 542 } else { 543 })
}

/// `2018-01-11` as `11 มกราคม 2561`.
#[must_use]
pub fn show_date(iso: &str) -> Option<String> {
    shown(iso, 0)
}

/// `2018-02-03` as `3 ก.พ. 2561`.
#[must_use]
pub fn show_short_date(iso: &str) -> Option<String> {
    shown(iso, 1)
}

fn shown(iso: &str, name: usize) -> Option<String> {
    let date = iso_date(iso).ok()?;
    let (year, month, day) = parts(&date)?;
    let month_name = MONTHS.get(usize::from(month.checked_sub(1)?))?.get(name)?;
    Some(format!("{day} {month_name} {}", buddhist_year(year, month)))
}

const MONTHS: [[&str; 2]; 12] = [
    ["มกราคม", "ม.ค."],
    ["กุมภาพันธ์", "ก.พ."],
    ["มีนาคม", "มี.ค."],
    ["เมษายน", "เม.ย."],
    ["พฤษภาคม", "พ.ค."],
    ["มิถุนายน", "มิ.ย."],
    ["กรกฎาคม", "ก.ค."],
    ["สิงหาคม", "ส.ค."],
    ["กันยายน", "ก.ย."],
    ["ตุลาคม", "ต.ค."],
    ["พฤศจิกายน", "พ.ย."],
    ["ธันวาคม", "ธ.ค."],
];

fn is_day(year: u16, month: u16, day: u16) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn dates_are_stored_in_the_common_era() {
        assert_eq!(iso_date("2018-02-03").as_deref(), Ok("2018-02-03"));
        assert_eq!(iso_date("๒๐๑๘-๐๒-๐๓").as_deref(), Ok("2018-02-03"));
        assert_eq!(iso_date("2024-02-29").as_deref(), Ok("2024-02-29"));
        for buddhist in ["2569-01-15", "2401-01-01"] {
            assert_eq!(
                iso_date(buddhist),
                Err(DateFault::BuddhistYear),
                "a phone that counts in the Buddhist era"
            );
        }
        for bad in [
            "2025-02-29",
            "2018-13-01",
            "2018-00-10",
            "2018-4-31",
            "2018-04-31",
            "3 ก.พ. 61",
            "",
            "0000-01-01",
        ] {
            assert_eq!(iso_date(bad), Err(DateFault::Malformed), "{bad}");
        }
    }

    #[test]
    fn thai_dates_are_read() {
        for (typed, stored) in [
            ("11 มกราคม 2561", Some("2018-01-11")),
            ("3 ก.พ. 61", Some("2018-02-03")),
            ("๓ ก.พ. พ.ศ. ๒๕๖๑", Some("2018-02-03")),
            ("11 มกราคม พ.ศ.2561", Some("2018-01-11")),
            ("3/2/2561", Some("2018-02-03")),
            ("03/02/61", Some("2018-02-03")),
            ("๒๙ ก.พ. ๒๕๖๗", Some("2024-02-29")),
            ("29 ก.พ. 2568", None),
            ("31 กันยายน 2561", None),
            ("มกราคม 2561", None),
            ("11 มกราคม 2018", None),
            ("11 มกราคม 561", None),
            ("+1 มกราคม 2561", None),
            ("1 13 2561", None),
            ("", None),
        ] {
            assert_eq!(thai_date(typed).as_deref(), stored, "{typed}");
        }
    }

    #[test]
    fn the_year_began_in_april_until_2483() {
        for (typed, stored) in [
            ("15 มกราคม 2480", Some("1938-01-15")),
            ("15 เมษายน 2480", Some("1937-04-15")),
            ("31 ธันวาคม 2483", Some("1940-12-31")),
            ("1 มกราคม 2484", Some("1941-01-01")),
            ("29 ก.พ. 2482", Some("1940-02-29")),
            ("29 ก.พ. 2483", None),
        ] {
            assert_eq!(thai_date(typed).as_deref(), stored, "{typed}");
        }
        for year in 1900..=2100 {
            for month in 1..=12 {
                assert_eq!(common_era_year(buddhist_year(year, month), month), Some(year), "{year}-{month}");
            }
        }
    }

    #[test]
    fn dates_are_shown_in_the_buddhist_era() {
        assert_eq!(show_date("2018-01-11").as_deref(), Some("11 มกราคม 2561"));
        assert_eq!(show_short_date("2018-02-03").as_deref(), Some("3 ก.พ. 2561"));
        assert_eq!(show_date("1938-01-15").as_deref(), Some("15 มกราคม 2480"));
        assert_eq!(show_date("2569-01-15"), None);
        for iso in ["1938-03-31", "1940-02-29", "1941-01-01", "2024-02-29", "2026-12-31"] {
            assert_eq!(thai_date(&show_date(iso).unwrap()).as_deref(), Some(iso));
            assert_eq!(thai_date(&show_short_date(iso).unwrap()).as_deref(), Some(iso));
        }
    }
}
