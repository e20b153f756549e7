//! Days and times. A moment is kept by the clock of the interview, so that a day is a whole number.
//!
//! The calendar is the Gregorian one in both directions; days are turned into dates and back by the
//! arithmetic of eras of 400 years (146,097 days) that begin in March.

/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

/// Days from 1970-01-01 beyond which nothing is a date: the years 0001 to 9999.
const DAYS: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

/// Minutes that the clock of the interview is ahead of UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Zone(pub i16);

/// A day, or a day with a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds from 1970-01-01T00:00 by the clock of the interview.
    local_ms: i64,
    /// Whether the time of day is meant as well.
    has_time: bool,
    zone: Zone,
}

impl Moment {
    /// A day, counted from 1970-01-01; `None` beyond the years 0001 to 9999.
    #[must_use]
    pub fn of_day(day: i64, zone: Zone) -> Option<Self> {
        DAYS.contains(&day).then_some(Self { local_ms: day * DAY_MS, has_time: false, zone })
    }

    /// A moment, in milliseconds from 1970-01-01T00:00 UTC; `None` beyond the years 0001 to 9999.
    #[must_use]
    pub fn of_utc(utc_ms: i64, zone: Zone) -> Option<Self> {
        Self::of_local(utc_ms.checked_add(i64::from(zone.0) * MINUTE_MS)?, zone)
    }

    fn of_local(local_ms: i64, zone: Zone) -> Option<Self> {
        DAYS.contains(&local_ms.div_euclid(DAY_MS)).then_some(Self { local_ms, has_time: true, zone })
    }

    /// Reads `YYYY-MM-DD`, alone or with `Thh`, `Thh:mm`, `Thh:mm:ss` or `Thh:mm:ss.sss` and perhaps
    /// `Z` or `±hh:mm` after it.
    #[must_use]
    pub fn read(text: &str, zone: Zone) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' || !text.is_char_boundary(10) {
            return None;
        }
        let (year, month, day) = (digits(&text[..4])?, digits(&text[5..7])?, digits(&text[8..10])?);
        let day = day_of(year, month, day)?;
        let Some(time) = text[10..].strip_prefix('T') else {
            return if text.len() == 10 { Self::of_day(day, zone) } else { None };
        };
        let (time, offset) = split_offset(time)?;
        let local = day * DAY_MS + time_ms(time)?;
        match offset {
            None => Self::of_local(local, zone),
            Some(minutes) => Self::of_utc(local - minutes * MINUTE_MS, zone),
        }
    }

    /// The moment of a number of days from 1970-01-01 by the clock of the interview.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in bounds")]
    pub fn of_days(days: f64, has_time: bool, zone: Zone) -> Option<Self> {
        if !(days.is_finite() && DAYS.contains(&(days.clamp(-1e9, 1e9).floor() as i64))) {
            return None;
        }
        if has_time {
            #[expect(clippy::cast_precision_loss, reason = "a day's milliseconds fit")]
            Self::of_local((days * DAY_MS as f64).round() as i64, zone)
        } else {
            Self::of_day(days.floor() as i64, zone)
        }
    }

    /// The same day, without the time.
    #[must_use]
    pub fn day(self) -> Self {
        Self { local_ms: self.local_ms.div_euclid(DAY_MS) * DAY_MS, has_time: false, ..self }
    }

    /// The same moment, with the time.
    #[must_use]
    pub fn with_time(self) -> Self {
        Self { has_time: true, ..self }
    }

    /// So many months later; a day that the month does not have is its last one.
    pub(super) fn plus_months(self, months: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "clamped")]
        let months = months.clamp(-200_000.0, 200_000.0) as i64;
        let Date { year, month, day } = self.date();
        let total = year * 12 + month - 1 + months;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        let day =
            (28..=day).rev().find_map(|day| day_of(year, month, day)).or_else(|| day_of(year, month, day))?;
        let local_ms = day * DAY_MS + self.local_ms.rem_euclid(DAY_MS);
        DAYS.contains(&day).then_some(Self { local_ms, ..self })
    }

    /// So many minutes later; with its time where the day alone cannot hold it.
    pub(super) fn plus_minutes(self, minutes: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "clamped")]
        let minutes = minutes.clamp(-6.0e9, 6.0e9) as i64;
        let local_ms = self.local_ms + minutes * MINUTE_MS;
        let has_time = self.has_time || local_ms % DAY_MS != 0;
        DAYS.contains(&local_ms.div_euclid(DAY_MS)).then_some(Self { local_ms, has_time, ..self })
    }

    /// The whole months from this day to another; negative backwards.
    #[expect(clippy::cast_precision_loss, reason = "months of 10,000 years fit")]
    pub(super) fn whole_months_to(self, other: Self) -> f64 {
        let (from, to) = (self.date(), other.date());
        let months = (to.year - from.year) * 12 + to.month - from.month;
        let short = match months {
            1.. => to.day < from.day,
            0 => false,
            _ => to.day > from.day,
        };
        (months - months.signum() * i64::from(short)) as f64
    }

    /// Days from 1970-01-01 by the clock of the interview.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of 10,000 years fit")]
    pub fn days(self) -> f64 {
        self.local_ms as f64 / DAY_MS as f64
    }

    /// `YYYY-MM-DD`, or `YYYY-MM-DDThh:mm:ss.sss±hh:mm`.
    #[must_use]
    pub fn text(self) -> String {
        let Date { year, month, day } = self.date();
        let date = format!("{year:04}-{month:02}-{day:02}");
        if !self.has_time {
            return date;
        }
        let Time { hour, minute, second, milli } = self.time();
        let (sign, ahead) = if self.zone.0 < 0 { ('-', -self.zone.0) } else { ('+', self.zone.0) };
        let (hours, minutes) = (ahead / 60, ahead % 60);
        format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}{sign}{hours:02}:{minutes:02}")
    }

    /// By the identifiers of `format-date` and `format-date-time`: `%Y %y %m %n %b %d %e %a` and, with
    /// the time, `%H %h %M %S %3`. Names of months and days are English, as in ODK without a locale.
    pub(super) fn formatted(self, format: &str, with_time: bool) -> String {
        let (date, time) = (self.date(), self.time());
        let mut text = String::new();
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                text.push(letter);
                continue;
            }
            let Some(which) = letters.next() else {
                text.push('%');
                break;
            };
            match date.part(which, self.weekday()).or_else(|| time.part(which).filter(|_| with_time)) {
                Some(part) => text += &part,
                None => text.extend(['%', which]),
            }
        }
        text
    }

    /// The time of day as a part of it: 0.5 at noon.
    #[expect(clippy::cast_precision_loss, reason = "a day's milliseconds fit")]
    pub(super) fn part_of_day(self) -> f64 {
        self.local_ms.rem_euclid(DAY_MS) as f64 / DAY_MS as f64
    }

    fn date(self) -> Date {
        let days = self.local_ms.div_euclid(DAY_MS) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Date { year, month, day: of_year - (153 * from_march + 2) / 5 + 1 }
    }

    fn time(self) -> Time {
        let ms = self.local_ms.rem_euclid(DAY_MS);
        Time { hour: ms / 3_600_000, minute: ms / MINUTE_MS % 60, second: ms / 1_000 % 60, milli: ms % 1_000 }
    }

    /// 0 is Sunday.
    fn weekday(self) -> i64 {
        (self.local_ms.div_euclid(DAY_MS) + 4).rem_euclid(7)
    }
}

struct Date {
    year: i64,
    month: i64,
    day: i64,
}

struct Time {
    hour: i64,
    minute: i64,
    second: i64,
    milli: i64,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

#[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "months and weekdays are small")]
impl Date {
    fn part(&self, which: char, weekday: i64) -> Option<String> {
        Some(match which {
            'Y' => format!("{:04}", self.year),
            'y' => format!("{:02}", self.year % 100),
            'm' => format!("{:02}", self.month),
            'n' => self.month.to_string(),
            'b' => MONTHS[self.month as usize - 1].to_owned(),
            'd' => format!("{:02}", self.day),
            'e' => self.day.to_string(),
            'a' => WEEKDAYS[weekday as usize].to_owned(),
            _ => return None,
        })
    }
}

impl Time {
    fn part(&self, which: char) -> Option<String> {
        Some(match which {
            'H' => format!("{:02}", self.hour),
            'h' => self.hour.to_string(),
            'M' => format!("{:02}", self.minute),
            'S' => format!("{:02}", self.second),
            '3' => format!("{:03}", self.milli),
            _ => return None,
        })
    }
}

/// Days from 1970-01-01 to a date that exists.
fn day_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) || year < 1 {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    Some(era * 146_097 + of_era - 719_468)
}

/// The part of a day that `hh:mm`, `hh:mm:ss` or `hh:mm:ss.sss` is, perhaps with an offset, by the clock
/// of the interview.
pub(super) fn time_of_day(text: &str, zone: Zone) -> Option<f64> {
    let (time, offset) = split_offset(text)?;
    let ms = time_ms(time).filter(|_| time.contains(':'))?;
    let shift = offset.map_or(0, |minutes| (i64::from(zone.0) - minutes) * MINUTE_MS);
    #[expect(clippy::cast_precision_loss, reason = "a day's milliseconds fit")]
    Some((ms + shift).rem_euclid(DAY_MS) as f64 / DAY_MS as f64)
}

/// What stands before `Z` or `±hh:mm`, and the minutes ahead of UTC.
fn split_offset(time: &str) -> Option<(&str, Option<i64>)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, Some(0)));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, None)) };
    let (hours, minutes) = match time[at + 1..].split_once(':') {
        Some((hours, minutes)) if hours.len() == 2 && minutes.len() == 2 => {
            (digits(hours)?, digits(minutes)?)
        }
        None if time.len() == at + 3 => (digits(&time[at + 1..])?, 0),
        _ => return None,
    };
    let ahead = hours * 60 + minutes;
    let in_bounds = hours <= 14 && minutes < 60;
    in_bounds.then_some((&time[..at], Some(if time.as_bytes()[at] == b'-' { -ahead } else { ahead })))
}

/// Milliseconds of `hh`, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.sss`; more digits are cut.
fn time_ms(time: &str) -> Option<i64> {
    let mut parts = time.splitn(3, ':');
    let hour = digits(parts.next().filter(|part| part.len() == 2)?)?;
    let minute = parts.next().map_or(Some(0), |part| digits(part).filter(|_| part.len() == 2))?;
    let (second, milli) = match parts.next() {
        None => (0, 0),
        Some(rest) => {
            let (second, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
            let fraction = fraction.get(..fraction.len().min(9))?;
            let scale = 10_i64.pow(u32::try_from(fraction.len()).ok()?);
            (digits(second).filter(|_| second.len() == 2)?, digits(fraction)? * 1_000 / scale)
        }
    };
    let in_bounds = hour < 24 && minute < 60 && second < 60;
    in_bounds.then_some(((hour * 60 + minute) * 60 + second) * 1_000 + milli)
}

/// A number of ASCII digits only.
fn digits(text: &str) -> Option<i64> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THAILAND: Zone = Zone(420);

    #[test]
    fn every_day_of_ten_thousand_years_is_read_as_it_is_written() {
        for day in DAYS.step_by(13) {
            let moment = Moment::of_day(day, THAILAND).expect("in bounds");
            assert_eq!(Moment::read(&moment.text(), THAILAND), Some(moment));
        }
        assert_eq!(Moment::read("1970-01-01", THAILAND).map(Moment::days), Some(0.0));
        assert_eq!(Moment::read("2024-02-29", THAILAND).map(Moment::days), Some(19_782.0));
    }

    #[test]
    fn days_that_do_not_exist_are_not_read() {
        for text in ["2023-02-29", "2024-13-01", "2024-00-01", "0000-01-01", "2024-1-01", "2024-01-01x", "ก"]
        {
            assert_eq!(Moment::read(text, THAILAND), None, "{text}");
        }
    }

    #[test]
    fn a_time_is_by_the_clock_of_the_interview() {
        let noon = Moment::read("2024-01-01T05:00:00Z", THAILAND).expect("a time");
        assert_eq!(noon.text(), "2024-01-01T12:00:00.000+07:00");
        assert_eq!(noon.part_of_day(), 0.5);
        assert_eq!(noon.day().text(), "2024-01-01");
        let late = Moment::read("2023-12-31T18:30:00.5Z", THAILAND).expect("a time");
        assert_eq!(late.text(), "2024-01-01T01:30:00.500+07:00");
        assert_eq!(
            late.formatted("%a %e %b %Y %H:%M:%S.%3 %y%m%d %n %h %q", true),
            "Mon 1 Jan 2024 01:30:00.500 240101 1 1 %q"
        );
        assert_eq!(late.formatted("%Y %H", false), "2024 %H");
    }
}
