//! Telephone numbers.

use super::text::bare_digits;

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
