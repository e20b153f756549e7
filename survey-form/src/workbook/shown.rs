//! Numbers and dates as a spreadsheet shows them.

/// A number: whole ones without `.0`.
pub(super) fn number(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    // Every f64 that is whole prints without a point; the rest print the shortest text that means them.
    format!("{number}")
}

/// A date, a time, or both, from a spreadsheet's count of days. What no calendar has stays a number.
pub(super) fn date(serial: f64, is_1904: bool) -> String {
    const DAYS_MAX: f64 = 2_958_466.0;
    if !(0.0..DAYS_MAX).contains(&serial) {
        return number(serial);
    }
    let mut days = serial.floor() as i64;
    let mut seconds = ((serial - serial.floor()) * 86_400.0).round() as i64;
    if seconds == 86_400 {
        (days, seconds) = (days + 1, 0);
    }
    let time = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if days == 0 && !is_1904 {
        return time;
    }
    // Days since 1970. Spreadsheets that begin in 1900 count a 29 February of that year.
    let since_1970 = match (is_1904, days) {
        (true, days) => days - 24_107,
        (false, days) if days < 60 => days - 25_568,
        (false, days) => days - 25_569,
    };
    let (year, month, day) = civil(since_1970);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if seconds == 0 { date } else { format!("{date} {time}") }
}

/// Hours, minutes and seconds of a length of time in days.
pub(super) fn duration(days: f64) -> String {
    if !(0.0..10_000.0).contains(&days) {
        return number(days);
    }
    let seconds = (days * 86_400.0).round() as i64;
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Year, month and day of a day since 1970: counted in 400-year rounds that begin on 1 March.
fn civil(since_1970: i64) -> (i64, i64, i64) {
    let days = since_1970 + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{date, duration, number};

    #[test]
    fn numbers_look_as_their_author_sees_them() {
        for (value, text) in [(1.0, "1"), (-0.0, "0"), (2.5, "2.5"), (0.1, "0.1"), (1e15, "1000000000000000")]
        {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let cases = [
            (43_111.0, false, "2018-01-11"),
            (43_111.75, false, "2018-01-11 18:00:00"),
            (0.5, false, "12:00:00"),
            (1.0, false, "1900-01-01"),
            (59.0, false, "1900-02-28"),
            (61.0, false, "1900-03-01"),
            (45_351.0, false, "2024-02-29"),
            (43_111.0 - 1_462.0, true, "2018-01-11"),
            (-1.0, false, "-1"),
        ];
        for (serial, is_1904, text) in cases {
            assert_eq!(date(serial, is_1904), text);
        }
        assert_eq!(duration(1.5), "36:00:00");
    }
}
