//! Area codes: which areas there are, what they are called, what lies in what.
//!
//! A code has 2 digits for a province, 4 for an amphoe (khet), 6 for a tambon (khwaeng) and 8 for
//! a village, and begins with the code of the area around it. The names come from `data/areas`.
//!
//! ```
//! use samruat::area::{Area, Areas};
//!
//! let areas = Areas::bundled();
//! let place = areas.place("650117".parse()?).expect("a tambon of Phitsanulok");
//! assert_eq!((place.tambon.th, place.amphoe.th, place.province.en), ("อรัญญิก", "เมืองพิษณุโลก", "Phitsanulok"));
//!
//! let phitsanulok: Area = "65".parse()?;
//! assert!(phitsanulok.covers(place.tambon.area));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A name alone never decides: [`Areas::find`] gives every area of that name.

mod areas;

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use sync_protocol::ids::{TambonCode, VillageCode};

pub use areas::{Abolished, Areas, NamedArea, Place};

/// The area of a code with 2, 4, 6 or 8 digits: a province, an amphoe, a tambon or a village; or the whole
/// country, which has no digits and is written `TH`. Whether there is such an area, [`Areas`] knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Area {
    code: u32,
    digits: u8,
}

/// A text that is not an area code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an area code: it has 2, 4, 6 or 8 digits and does not begin with 0, or is TH")]
pub struct InvalidArea(String);

impl Area {
    /// The whole country.
    pub const COUNTRY: Self = Self { code: 0, digits: 0 };

    /// The code as a number.
    #[must_use]
    pub fn code(self) -> u32 {
        self.code
    }

    /// How many digits the code has.
    #[must_use]
    pub fn digits(self) -> u8 {
        self.digits
    }

    /// Whether `other` is this area or lies in it.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        other.digits >= self.digits && other.shortened(self.digits) == self
    }

    /// The area around this one, with `digits` digits; itself if it has no more than that.
    #[must_use]
    pub fn shortened(self, digits: u8) -> Self {
        if digits >= self.digits {
            return self;
        }
        Self { code: self.code / 10_u32.pow(u32::from(self.digits - digits)), digits }
    }

    /// The first and last code that a tambon in this area can have; of a village, its own tambon.
    #[must_use]
    pub fn tambons(self) -> RangeInclusive<u32> {
        self.shortened(6).range(6)
    }

    /// The first and last code that a village in this area can have.
    #[must_use]
    pub fn villages(self) -> RangeInclusive<u32> {
        self.range(8)
    }

    fn range(self, digits: u8) -> RangeInclusive<u32> {
        let each = 10_u32.pow(u32::from(digits - self.digits));
        self.code * each..=self.code * each + each - 1
    }
}

impl From<TambonCode> for Area {
    fn from(tambon: TambonCode) -> Self {
        Self { code: tambon.get(), digits: 6 }
    }
}

impl From<VillageCode> for Area {
    fn from(village: VillageCode) -> Self {
        Self { code: village.get(), digits: 8 }
    }
}

impl FromStr for Area {
    type Err = InvalidArea;

    fn from_str(text: &str) -> Result<Self, InvalidArea> {
        let invalid = || InvalidArea(text.chars().take(64).collect());
        if text == "TH" {
            return Ok(Self::COUNTRY);
        }
        let well_formed = matches!(text.len(), 2 | 4 | 6 | 8)
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && !text.starts_with('0');
        if !well_formed {
            return Err(invalid());
        }
        let digits = u8::try_from(text.len()).map_err(|_| invalid())?;
        Ok(Self { code: text.parse().map_err(|_| invalid())?, digits })
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::COUNTRY { f.write_str("TH") } else { write!(f, "{}", self.code) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn area(text: &str) -> Area {
        text.parse().unwrap()
    }

    #[test]
    fn an_area_covers_the_codes_that_begin_with_its_own() {
        let village: VillageCode = "65011704".parse().unwrap();
        for around in ["65", "6501", "650117", "65011704"] {
            assert!(area(around).covers(village.into()), "{around}");
        }
        assert!(area("TH").covers(village.into()) && !area("65").covers(area("TH")));
        for elsewhere in ["66", "6502", "650118", "65011705"] {
            assert!(!area(elsewhere).covers(village.into()), "{elsewhere}");
        }
        assert!(!area("650117").covers(area("6501")), "a part does not cover the whole");
    }

    #[test]
    fn ranges_hold_every_code_in_the_area() {
        assert_eq!(area("TH").tambons(), 0..=999_999);
        assert_eq!(area("65").tambons(), 650_000..=659_999);
        assert_eq!(area("6501").villages(), 65_010_000..=65_019_999);
        assert_eq!(area("65011704").tambons(), 650_117..=650_117);
        assert_eq!(area("65011704").villages(), 65_011_704..=65_011_704);
    }

    #[test]
    fn only_2_4_6_or_8_digits_are_an_area() {
        for bad in ["", "6", "650", "06", "65011", "๖๕", "+5", "650117044", "6501x7"] {
            assert!(bad.parse::<Area>().is_err(), "{bad}");
        }
        for text in ["650117", "TH"] {
            assert_eq!(area(text).to_string(), text);
        }
    }
}
