//! The tag of a dwelling that no register knows, painted on its door: `65011704-0001-8`.

use std::fmt;
use std::str::FromStr;

use super::text::bare_digits;

/// Village, running number in it, and a check digit: 13 digits shown as 8-4-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DwellingTag {
    village: u32,
    sequence: u16,
}

/// Why a text is no dwelling tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DwellingTagFault {
    /// Not 13 digits.
    #[error("a dwelling tag has 13 digits, as in 65011704-0001-8")]
    Length,
    /// The last digit does not fit the others.
    #[error("the check digit of this dwelling tag is wrong")]
    CheckDigit,
}

impl DwellingTag {
    /// The tag number `sequence`, 0 to 9999, of the village with this code of 8 digits.
    #[must_use]
    pub fn new(village: u32, sequence: u16) -> Option<Self> {
        let known = (10_000_000..=99_999_999).contains(&village) && sequence <= 9999;
        known.then_some(Self { village, sequence })
    }

    /// The code of the village: 8 digits.
    #[must_use]
    pub fn village(self) -> u32 {
        self.village
    }

    /// The running number in the village.
    #[must_use]
    pub fn sequence(self) -> u16 {
        self.sequence
    }
}

impl fmt::Display for DwellingTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (village, sequence) = (self.village, self.sequence);
        let check = damm_digit(&format!("{village:08}{sequence:04}")).unwrap_or_default();
        write!(f, "{village:08}-{sequence:04}-{check}")
    }
}

impl FromStr for DwellingTag {
    type Err = DwellingTagFault;

    /// Takes 13 digits, in groups or not, in Thai digits or not.
    fn from_str(text: &str) -> Result<Self, DwellingTagFault> {
        let digits = bare_digits(text, "- ").filter(|digits| digits.len() == 13);
        let digits = digits.ok_or(DwellingTagFault::Length)?;
        let number = |range: std::ops::Range<usize>| digits[range].parse::<u32>().ok();
        let sequence = number(8..12).and_then(|number| u16::try_from(number).ok());
        let tag = number(0..8).zip(sequence).and_then(|(village, sequence)| Self::new(village, sequence));
        match damm_digit(&digits) {
            Some(0) => tag.ok_or(DwellingTagFault::Length),
            _ => Err(DwellingTagFault::CheckDigit),
        }
    }
}

/// The check digit of Damm's algorithm over the decimal digits of a text: it finds every single
/// wrong digit and every two neighbours that were exchanged. 0 over digits whose last one is the
/// check digit. Nothing if a character is no digit.
#[must_use]
pub fn damm_digit(digits: &str) -> Option<u8> {
    digits.bytes().try_fold(0, |interim, byte| {
        let digit = byte.is_ascii_digit().then(|| usize::from(byte - b'0'))?;
        QUASIGROUP.get(usize::from(interim))?.get(digit).copied()
    })
}

/// H. Michael Damm, *Total anti-symmetrische Quasigruppen* (2004): the table of order 10.
const QUASIGROUP: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn tags_carry_a_check_digit() {
        assert_eq!(damm_digit("572"), Some(4));
        assert_eq!(damm_digit("5724"), Some(0));
        assert_eq!(damm_digit("57x"), None);
        assert_eq!(DwellingTag::new(65_011_704, 1).unwrap().to_string(), "65011704-0001-8");
        assert_eq!(DwellingTag::new(65_011_704, 123).unwrap().to_string(), "65011704-0123-7");
        assert_eq!(DwellingTag::new(65_011_704, 10_000), None);
        assert_eq!(DwellingTag::new(650_117, 1), None);
    }

    #[test]
    fn a_tag_is_read_as_it_is_shown() {
        for sequence in [0, 1, 123, 9999] {
            let tag = DwellingTag::new(65_011_704, sequence).unwrap();
            assert_eq!(tag.to_string().parse(), Ok(tag));
        }
        let tag: DwellingTag = "๖๕๐๑๑๗๐๔ ๐๑๒๓ ๗".parse().unwrap();
        assert_eq!((tag.village(), tag.sequence()), (65_011_704, 123));
        for (typed, fault) in [
            ("65011704-0001-7", DwellingTagFault::CheckDigit),
            ("65011704-0010-8", DwellingTagFault::CheckDigit),
            ("65011740-0001-8", DwellingTagFault::CheckDigit),
            ("65011704-0001", DwellingTagFault::Length),
            ("", DwellingTagFault::Length),
            ("00000000-0000-0", DwellingTagFault::Length),
        ] {
            assert_eq!(typed.parse::<DwellingTag>(), Err(fault), "{typed}");
        }
    }

    #[test]
    fn every_wrong_digit_and_every_exchange_is_found() {
        let tag = DwellingTag::new(65_011_704, 123).unwrap().to_string().replace('-', "");
        for at in 0..tag.len() {
            for digit in b'0'..=b'9' {
                let mut wrong = tag.clone().into_bytes();
                wrong[at] = digit;
                let wrong = String::from_utf8(wrong).unwrap();
                assert_eq!(wrong.parse::<DwellingTag>().is_ok(), wrong == tag, "{wrong}");
            }
        }
        for at in 1..tag.len() {
            let mut wrong = tag.clone().into_bytes();
            wrong.swap(at - 1, at);
            let wrong = String::from_utf8(wrong).unwrap();
            assert_eq!(wrong.parse::<DwellingTag>().is_ok(), wrong == tag, "{wrong}");
        }
    }
}
