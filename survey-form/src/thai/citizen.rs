//! Citizen IDs (เลขประจำตัวประชาชน).

use super::text::bare_digits;

/// Why a text is no citizen ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CitizenIdFault {
    /// Not 13 digits.
    Length,
    /// The last digit does not fit the others.
    CheckDigit,
}

/// What the first digit of a citizen ID says of how its holder was registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstDigit {
    /// 1: birth registered on time, from 1 January 2527 on.
    BirthOnTime,
    /// 2: birth registered late.
    BirthLate,
    /// 3: in the register by 31 May 2527.
    FirstRegister,
    /// 4: moved into the register at that time.
    MovedIn,
    /// 5: added to the register later.
    Added,
    /// 6: lives in Thailand for a time or without a permit.
    Temporary,
    /// 7: a child of someone with a 6, born in Thailand.
    ChildOfTemporary,
    /// 8: a lawful alien, or naturalised.
    LawfulAlien,
    /// 0 or 9: not issued to Thais by the civil registry; a form warns.
    NotIssued,
}

impl FirstDigit {
    /// Whether a Thai may be presumed. Nobody's nationality is to be concluded from the digit where not.
    #[must_use]
    pub fn presumes_thai(self) -> bool {
        !matches!(self, Self::Temporary | Self::ChildOfTemporary | Self::LawfulAlien | Self::NotIssued)
    }
}

/// The 13 digits of a citizen ID, also written in groups as `1-1120-34563-56-2` or in Thai digits.
/// The first digit is not judged: see [`first_digit`].
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

/// What the first digit of `id`, as [`citizen_id`] gives it, says.
#[must_use]
pub fn first_digit(id: &str) -> FirstDigit {
    match id.as_bytes().first() {
        Some(b'1') => FirstDigit::BirthOnTime,
        Some(b'2') => FirstDigit::BirthLate,
        Some(b'3') => FirstDigit::FirstRegister,
        Some(b'4') => FirstDigit::MovedIn,
        Some(b'5') => FirstDigit::Added,
        Some(b'6') => FirstDigit::Temporary,
        Some(b'7') => FirstDigit::ChildOfTemporary,
        Some(b'8') => FirstDigit::LawfulAlien,
        _ => FirstDigit::NotIssued,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn first_digits_that_presume_no_thai_nationality() {
        assert_eq!(first_digit("0000000000001"), FirstDigit::NotIssued);
        for (digit, presumed) in [
            ("0", false),
            ("1", true),
            ("2", true),
            ("3", true),
            ("4", true),
            ("5", true),
            ("6", false),
            ("7", false),
        ] {
            assert_eq!(first_digit(digit).presumes_thai(), presumed, "{digit}");
        }
        assert_eq!(first_digit("8"), FirstDigit::LawfulAlien);
    }
}
