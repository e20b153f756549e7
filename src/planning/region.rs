//! Where a programme or a target holds: the whole country, an area, or a group of areas that somebody put
//! together. Which provinces a region has differs between agencies, so that a group is a row of data.

use std::fmt;
use std::str::FromStr;

use crate::area::Area;

/// The most characters in the name of a group.
const GROUP_CHARS_MAX: usize = 40;

/// A part of the country.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// All of it: `TH`.
    Country,
    /// A group of areas by its name in data: `group:south`.
    Group(String),
    /// A province, an amphoe, a tambon or a village, by its code.
    Area(Area),
}

/// A text that is no region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no region: it is TH, an area code, or group: and a name of a-z, 0-9 and -")]
pub struct InvalidRegion(String);

impl Region {
    /// Whether `area` lies in it; `within` says whether it lies in a group.
    #[must_use]
    pub fn covers(&self, area: Area, within: impl Fn(&str, Area) -> bool) -> bool {
        match self {
            Self::Country => true,
            Self::Group(name) => within(name, area),
            Self::Area(around) => around.covers(area),
        }
    }

    /// The narrower, the greater: of several that cover a place the greatest counts.
    #[must_use]
    pub fn narrowness(&self) -> u8 {
        match self {
            Self::Country => 0,
            Self::Group(_) => 1,
            Self::Area(area) => area.digits(),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country => f.write_str("TH"),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::Area(area) => write!(f, "{area}"),
        }
    }
}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, InvalidRegion> {
        let invalid = || InvalidRegion(text.chars().take(64).collect());
        if text == "TH" {
            return Ok(Self::Country);
        }
        if let Some(name) = text.strip_prefix("group:") {
            let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            let well_formed = (1..=GROUP_CHARS_MAX).contains(&name.len()) && name.bytes().all(is_name);
            return if well_formed { Ok(Self::Group(name.to_owned())) } else { Err(invalid()) };
        }
        text.parse().map(Self::Area).map_err(|_| invalid())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn region(text: &str) -> Region {
        text.parse().unwrap()
    }

    #[test]
    fn a_region_is_written_as_it_is_read() {
        for text in ["TH", "19", "650117", "group:upper-north"] {
            assert_eq!(region(text).to_string(), text);
        }
        for bad in ["", "th", "1", "group:", "group:ใต้", "group:A", "ทั่วประเทศ"] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_narrowest_of_those_that_cover_a_place_is_the_greatest() {
        let tambon: Area = "190309".parse().unwrap();
        let south = |name: &str, area: Area| name == "south" && area.to_string().starts_with('8');
        assert!(region("TH").covers(tambon, south) && region("19").covers(tambon, south));
        assert!(!region("16").covers(tambon, south) && !region("group:south").covers(tambon, south));
        assert!(region("group:south").covers("80".parse().unwrap(), south));
        let narrowness = ["TH", "group:south", "19", "1903"].map(|text| region(text).narrowness());
        assert!(narrowness.is_sorted_by(|a, b| a < b));
    }
}
