//! Thai ways of writing: digits, texts, citizen IDs, house numbers, telephone numbers, dates.
//! Every function takes a text as a person typed it, and gives its stored form or nothing.

use std::borrow::Cow;

/// Thai digits (๐-๙) as 0-9; everything else as it is.
#[must_use]
pub fn fold_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(|c| ('๐'..='๙').contains(&c)) {
        return Cow::Borrowed(text);
    }
    let folded = text.chars().map(|c| match c {
        '๐'..='๙' => char::from(b'0' + (u32::from(c) - u32::from('๐')) as u8),
        other => other,
    });
    Cow::Owned(folded.collect())
}

/// A text without white space around it and without characters of no width, its Thai in the one
/// order that equal words share: a vowel below comes before the tone mark (NFC; never NFKC, which
/// splits SARA AM), and NIKHAHIT + SARA AA, with a tone mark anywhere between, is the tone mark
/// and SARA AM.
///
/// ```
/// use samruat::projection::thai::fold_text;
///
/// let water = "น้ำ";
/// assert_eq!(fold_text("น\u{E4D}\u{E49}\u{E32}"), water);
/// assert_eq!(fold_text("น\u{E49}\u{E4D}\u{E32}"), water);
/// ```
#[must_use]
pub fn fold_text(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    if !may_fold(trimmed.as_bytes()) {
        return Cow::Borrowed(trimmed);
    }
    let mut folded = String::with_capacity(trimmed.len());
    let mut chars = trimmed.chars().filter(|c| !is_zero_width(*c)).peekable();
    let mut marks: Vec<char> = Vec::new();
    while let Some(base) = chars.next() {
        if !is_mark(base) {
            folded.push(base);
            continue;
        }
        marks.clear();
        marks.push(base);
        while let Some(mark) = chars.next_if(|c| is_mark(*c)) {
            marks.push(mark);
        }
        // NIKHAHIT has combining class 0: marks do not move across it, but before a SARA AA it
        // is one half of SARA AM, and then the tone mark stands before the whole.
        if chars.peek() == Some(&SARA_AA)
            && let Some(nikhahit) = marks.iter().position(|mark| *mark == NIKHAHIT)
        {
            marks.remove(nikhahit);
            chars.next();
            marks.push(SARA_AM);
        }
        for run in marks.split_mut(|mark| combining_class(*mark) == 0) {
            run.sort_by_key(|mark| combining_class(*mark));
        }
        folded.extend(&marks);
    }
    let folded = folded.trim();
    if folded == trimmed { Cow::Borrowed(trimmed) } else { Cow::Owned(folded.to_owned()) }
}

const NIKHAHIT: char = '\u{E4D}';
const SARA_AA: char = '\u{E32}';
const SARA_AM: char = '\u{E33}';

fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}')
}

/// Marks that [`fold_text`] may move: vowels below, PHINTHU, tone marks, NIKHAHIT.
fn is_mark(c: char) -> bool {
    combining_class(c) != 0 || c == NIKHAHIT
}

fn combining_class(c: char) -> u8 {
    match c {
        '\u{E3A}' => 9,
        '\u{E38}' | '\u{E39}' => 103,
        '\u{E48}'..='\u{E4B}' => 107,
        _ => 0,
    }
}

/// Whether the UTF-8 bytes hold anything that [`fold_text`] could change. Nearly no text does, and
/// this is the path of every text answer.
fn may_fold(text: &[u8]) -> bool {
    let mut previous_tone = false;
    let mut at = 0;
    while at < text.len() {
        let (tone, width) = match text[at] {
            0..=0x7F => (false, 1),
            0xE0 => match (text.get(at + 1), text.get(at + 2)) {
                (Some(0xB9), Some(0x8D)) => return true,
                (Some(0xB9), Some(0x88..=0x8B)) => (true, 3),
                (Some(0xB8), Some(0xB8..=0xBA)) if previous_tone => return true,
                (Some(0xB8), Some(0xB8 | 0xB9)) if text.get(at + 3..at + 6) == Some(b"\xE0\xB8\xBA") => {
                    return true;
                }
                _ => (false, 3),
            },
            0xE2 | 0xEF | 0xC2 => return true,
            0xE1..=0xEE => (false, 3),
            0xF0..=0xFF => (false, 4),
            _ => (false, 2),
        };
        previous_tone = tone;
        at += width;
    }
    false
}

/// Why a text is no citizen ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CitizenIdFault {
    /// Not 13 digits.
    Length,
    /// The last digit does not fit the others.
    CheckDigit,
}

/// The 13 digits of a citizen ID (เลขประจำตัวประชาชน), also written in groups as
/// `1-1120-34563-56-2` or in Thai digits.
///
/// The check digit is (11 - Σ digit(i)·(14-i) mod 11) mod 10 for i = 1..12.
///
/// # Errors
/// [`CitizenIdFault`].
pub fn citizen_id(text: &str) -> Result<String, CitizenIdFault> {
    let digits = bare_digits(text, "- ").ok_or(CitizenIdFault::Length)?;
    let values: [u8; 13] = digits.as_bytes().try_into().map_err(|_| CitizenIdFault::Length)?;
    let sum: u32 =
        values[..12].iter().zip((2..=13).rev()).map(|(d, weight)| u32::from(d - b'0') * weight).sum();
    let check = (11 - sum % 11) % 10;
    if u32::from(values[12] - b'0') == check { Ok(digits) } else { Err(CitizenIdFault::CheckDigit) }
}

/// What is written where a house has no number.
pub const NO_HOUSE_NUMBER: &str = "ไม่มีเลขที่";

/// A house number: up to five digits, then `/` and up to five digits, then one Thai consonant
/// (`12`, `12/3`, `12/3ก`), or `ไม่มีเลขที่`.
#[must_use]
pub fn house_number(text: &str) -> Option<Cow<'_, str>> {
    let folded = fold_digits(text.trim());
    if folded == NO_HOUSE_NUMBER || is_house_number(&folded) {
        return Some(folded);
    }
    let dense: String = folded.chars().filter(|c| *c != ' ').collect();
    is_house_number(&dense).then_some(Cow::Owned(dense))
}

fn is_house_number(text: &str) -> bool {
    let last = text.chars().last();
    let numbers = match last {
        Some(consonant @ 'ก'..='ฮ') => &text[..text.len() - consonant.len_utf8()],
        _ => text,
    };
    let short_number = |part: &str| (1..=5).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    match numbers.split_once('/') {
        Some((house, part)) => short_number(house) && short_number(part),
        None => short_number(numbers),
    }
}

/// A Thai telephone number as it is dialled in Thailand: a mobile number has 10 digits and begins
/// with 06, 08 or 09, a fixed one has 9 and begins with 02 to 07. `+66` may stand for the 0.
#[must_use]
pub fn phone(text: &str) -> Option<String> {
    let digits = bare_digits(text.trim().trim_start_matches('+'), "- .()")?;
    let abroad = text.trim_start().starts_with('+');
    let digits = if abroad { format!("0{}", digits.strip_prefix("66")?) } else { digits };
    let second = *digits.as_bytes().get(1)?;
    let mobile = digits.len() == 10 && matches!(second, b'6' | b'8' | b'9');
    let fixed = digits.len() == 9 && (b'2'..=b'7').contains(&second);
    (digits.starts_with('0') && (mobile || fixed)).then_some(digits)
}

/// The same number as the whole world dials it (E.164): `+66…`.
#[must_use]
pub fn phone_e164(text: &str) -> Option<String> {
    phone(text).map(|digits| format!("+66{}", &digits[1..]))
}

/// The digits of a text, Thai ones folded, without the characters in `ignored`; nothing if any
/// other character is among them.
#[must_use]
pub fn bare_digits(text: &str, ignored: &str) -> Option<String> {
    let folded = fold_digits(text.trim());
    let digits: String = folded.chars().filter(|c| !ignored.contains(*c)).collect();
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(digits)
}

/// Why a text is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFault {
    /// Not a day of the calendar.
    Malformed,
    /// The year is after 2400: it was written in the Buddhist era.
    BuddhistYear,
}

/// A date of the common era, written `YYYY-MM-DD`, from 1900 on.
///
/// # Errors
/// [`DateFault`].
pub fn iso_date(text: &str) -> Result<Cow<'_, str>, DateFault> {
    let folded = fold_digits(text.trim());
    let bytes = folded.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return Err(DateFault::Malformed);
    }
    let number = |range: std::ops::Range<usize>| {
        bytes[range].iter().try_fold(0_u16, |n, b| b.is_ascii_digit().then(|| n * 10 + u16::from(b - b'0')))
    };
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else {
        return Err(DateFault::Malformed);
    };
    if year > 2400 {
        return Err(DateFault::BuddhistYear);
    }
    if year < 1900 || !is_day(year, month, day) {
        return Err(DateFault::Malformed);
    }
    Ok(folded)
}

/// A Thai date such as `11 มกราคม 2561` or `3 ก.พ. 61`, as `YYYY-MM-DD` of the common era. A year
/// of two digits means 25xx. Leap years go by the common era. Until 2483 the year began on 1 April,
/// so that January to March of those years lie one year later.
#[must_use]
pub fn thai_date(text: &str) -> Option<String> {
    let folded = fold_digits(text);
    let mut words = folded.split_whitespace();
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let day: u16 = day.parse().ok()?;
    let month = 1 + MONTHS.iter().position(|names| names.contains(&month))?;
    let month = u16::try_from(month).ok()?;
    let year_be: u16 = match (year.len(), year.parse().ok()?) {
        (2, short) => 2500 + short,
        (4, long) => long,
        _ => return None,
    };
    let year = common_era_year(year_be, month)?;
    is_day(year, month, day).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// The year of the common era in which this month of a Buddhist year lies.
#[must_use]
pub fn common_era_year(year_be: u16, month: u16) -> Option<u16> {
    let until_1940 = year_be < 2484 && month < 4;
    year_be.checked_sub(if until_1940 { 542 } else { 543 })
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
    fn thai_digits_are_folded() {
        assert_eq!(fold_digits("๑๒/๓"), "12/3");
        assert_eq!(fold_digits("หมู่ ๔"), "หมู่ 4");
        assert!(matches!(fold_digits("บ้านอรัญญิก"), Cow::Borrowed(_)));
    }

    #[test]
    fn sara_am_has_one_spelling() {
        let water = "\u{E19}\u{E49}\u{E33}";
        for typed in ["\u{E19}\u{E4D}\u{E49}\u{E32}", "\u{E19}\u{E49}\u{E4D}\u{E32}", water, " น้ำ\u{200B} "]
        {
            assert_eq!(fold_text(typed), water, "{:?}", typed.chars().collect::<Vec<_>>());
        }
        assert_eq!(fold_text("\u{E04}\u{E4D}\u{E32}"), "คำ");
        assert_eq!(fold_text("สังข\u{E4D}"), "สังข\u{E4D}", "a NIKHAHIT alone stays");
    }

    #[test]
    fn vowels_below_come_before_tones_and_nothing_else_moves() {
        assert_eq!(fold_text("ผ\u{E49}\u{E39}ใหญ่"), "ผ\u{E39}\u{E49}ใหญ่");
        for settled in ["นางบุญมี ทองดี", "ผู้ใหญ่บ้าน", "กุฎิ์", "ครัวเรือนที่ ๑๒", "Café 12 m²", ""]
        {
            assert!(matches!(fold_text(settled), Cow::Borrowed(text) if text == settled), "{settled}");
        }
        assert_eq!(fold_text("\u{FEFF}สมชาย\u{200C} ใจดี\n"), "สมชาย ใจดี");
    }

    #[test]
    fn citizen_ids_have_a_check_digit() {
        for valid in [
            "1112034563562",
            "1101700230708",
            "1234567890121",
            "3249800008341",
            "1100000000008",
            "1000000000131",
            "1000000000050",
            "0000000000001",
        ] {
            assert_eq!(citizen_id(valid).as_deref(), Ok(valid));
        }
        assert_eq!(citizen_id("1-1120-34563-56-2").as_deref(), Ok("1112034563562"));
        assert_eq!(citizen_id("๑๑๑๒๐๓๔๕๖๓๕๖๒").as_deref(), Ok("1112034563562"));
        for wrong in ["1112034563563", "1101700230705"] {
            assert_eq!(citizen_id(wrong), Err(CitizenIdFault::CheckDigit), "{wrong}");
        }
        for no_id in ["11120345635", "abcdefghijklm", "", "11120345635622"] {
            assert_eq!(citizen_id(no_id), Err(CitizenIdFault::Length), "{no_id}");
        }
    }

    #[test]
    fn house_numbers_follow_their_rule() {
        for (typed, stored) in
            [("๑๒/๓", "12/3"), ("12/3ก", "12/3ก"), (" 45 ", "45"), ("12 / 3", "12/3"), ("ไม่มีเลขที่", "ไม่มีเลขที่")]
        {
            assert_eq!(house_number(typed).as_deref(), Some(stored));
        }
        for bad in ["", "ก", "12/", "123456", "12/3/4", "12-3", "12 หมู่ 4", "12กข", "ฯ"] {
            assert_eq!(house_number(bad), None, "{bad}");
        }
    }

    #[test]
    fn phones_are_thai_numbers() {
        assert_eq!(phone_e164("081 234 5678").as_deref(), Some("+66812345678"));
        assert_eq!(phone_e164("02-123-4567").as_deref(), Some("+6621234567"));
        assert_eq!(phone("๐๘๑-๒๓๔-๕๖๗๘").as_deref(), Some("0812345678"));
        assert_eq!(phone("+66 81 234 5678").as_deref(), Some("0812345678"));
        for bad in
            ["", "0", "081 234 567", "0112345678", "8123456789", "081234567x", "+1 555 0100", "021234567 8"]
        {
            assert_eq!(phone(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_are_stored_in_the_common_era() {
        assert_eq!(iso_date("2018-02-03").as_deref(), Ok("2018-02-03"));
        assert_eq!(iso_date("๒๐๑๘-๐๒-๐๓").as_deref(), Ok("2018-02-03"));
        assert_eq!(iso_date("2024-02-29").as_deref(), Ok("2024-02-29"));
        assert_eq!(iso_date("2569-01-15"), Err(DateFault::BuddhistYear));
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
            ("๒๙ ก.พ. ๒๕๖๗", Some("2024-02-29")),
            ("29 ก.พ. 2568", None),
            ("15 มกราคม 2480", Some("1938-01-15")),
            ("15 เมษายน 2480", Some("1937-04-15")),
            ("31 กันยายน 2561", None),
            ("มกราคม 2561", None),
        ] {
            assert_eq!(thai_date(typed).as_deref(), stored, "{typed}");
        }
    }
}
