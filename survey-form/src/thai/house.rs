//! House numbers, house codes and area codes.

use std::borrow::Cow;

use super::text::{bare_digits, fold_digits};

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

/// The 11 digits of a house code (รหัสประจำบ้าน), also written in groups as `3014-000123-4` or in
/// Thai digits.
///
/// How its check digit is made is not published, so that a code with a wrong digit passes and one
/// that fails is a reason to look again, not to refuse the house. The first four digits are a
/// registrar's office, which boundaries may have left behind: a tambon is never derived from them.
#[must_use]
pub fn house_code(text: &str) -> Option<String> {
    bare_digits(text, "- ").filter(|digits| digits.len() == 11)
}

/// A house code in its groups, `3014-000123-4`; takes what [`house_code`] gives.
#[must_use]
pub fn show_house_code(digits: &str) -> Option<String> {
    let code = house_code(digits)?;
    Some(format!("{}-{}-{}", &code[..4], &code[4..10], &code[10..]))
}

/// The digits of an area code as the Department of Provincial Administration writes it: 2 for a
/// province, 4 for an amphoe, 6 for a tambon, 8 for a village (00 at its end where there is none),
/// also in groups as `65-01-17-04` and in Thai digits. Whether there is such an area is not known
/// here.
#[must_use]
pub fn area_code(text: &str) -> Option<String> {
    let digits = bare_digits(text, "- ")?;
    (matches!(digits.len(), 2 | 4 | 6 | 8) && !digits.starts_with('0')).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn house_codes_have_eleven_digits() {
        for typed in ["3014-000123-4", "30140001234", "๓๐๑๔-๐๐๐๑๒๓-๔", " 3014 000123 4 "]
        {
            assert_eq!(house_code(typed).as_deref(), Some("30140001234"), "{typed}");
        }
        assert_eq!(house_code("3099-000001-0").as_deref(), Some("30990000010"));
        assert_eq!(show_house_code("30140001234").as_deref(), Some("3014-000123-4"));
        for bad in ["", "3014-000123", "3014-000123-45", "3014/000123/4", "3014-00012x-4"] {
            assert_eq!(house_code(bad), None, "{bad}");
        }
    }

    #[test]
    fn area_codes_have_two_to_eight_digits() {
        for (typed, stored) in [
            ("65", "65"),
            ("6501", "6501"),
            ("650117", "650117"),
            ("65-01-17-04", "65011704"),
            ("๖๕๐๑๑๗๐๔", "65011704"),
            ("65011700", "65011700"),
            ("103602", "103602"),
        ] {
            assert_eq!(area_code(typed).as_deref(), Some(stored), "{typed}");
        }
        for bad in ["", "6", "650", "065011", "650117041", "65x1", "ต.อรัญญิก"] {
            assert_eq!(area_code(bad), None, "{bad}");
        }
    }
}
