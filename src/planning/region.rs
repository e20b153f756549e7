//! Where a programme or a target holds, and what is counted: the whole country, an area, or a group of areas that
//! somebody put together.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use super::groups::{GroupName, Groups};
use crate::area::Area;

/// A part of the country.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// All of it: `TH`.
    Country,
    /// A group of areas: `group:cluster/north-upper-1`; `group:south` is a region's.
    Group(GroupName),
    /// A province, an amphoe, a tambon or a village, by its code.
    Area(Area),
}

/// A text that is no region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no region: it is TH, an area code, or group: and a tree and a code of a-z, 0-9 and - with / between"
)]
pub struct InvalidRegion(String);

impl InvalidRegion {
    pub(super) fn of(text: &str) -> Self {
        Self(text.chars().take(64).collect())
    }
}

impl Region {
    /// Whether all of `area` lies in it.
    #[must_use]
    pub fn covers(&self, area: Area, groups: &Groups) -> bool {
        match self {
            Self::Country => true,
            Self::Group(name) => groups.get(name).is_some_and(|group| group.covers(area)),
            Self::Area(around) => around.covers(area),
        }
    }

    /// The narrower, the greater: of several that cover a place the greatest counts.
    #[must_use]
    pub fn narrowness(&self, groups: &Groups) -> (u8, Reverse<usize>) {
        match self {
            Self::Country => (0, Reverse(0)),
            Self::Group(name) => groups.get(name).map_or((0, Reverse(0)), |group| group.narrowness()),
            Self::Area(area) => (area.digits(), Reverse(0)),
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
        if text == "TH" {
            return Ok(Self::Country);
        }
        if let Some(name) = text.strip_prefix("group:") {
            return name.parse().map(Self::Group);
        }
        text.parse().map(Self::Area).map_err(|_| InvalidRegion::of(text))
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
        for text in ["TH", "19", "650117", "group:cluster/north-upper-1", "group:region/south"] {
            assert_eq!(region(text).to_string(), text);
        }
        assert_eq!(region("group:south"), region("group:region/south"));
        for bad in ["", "th", "1", "group:", "group:ใต้", "group:A", "group:a/", "group:a/b/c", "ทั่วประเทศ"]
        {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_narrowest_of_those_that_cover_a_place_is_the_greatest() {
        let groups = Groups::bundled();
        let tambon: Area = "190309".parse().unwrap();
        assert!(region("TH").covers(tambon, groups) && region("19").covers(tambon, groups));
        assert!(region("group:central").covers(tambon, groups));
        assert!(region("group:cluster/central-upper").covers(tambon, groups));
        for elsewhere in ["16", "group:south", "group:nowhere"] {
            assert!(!region(elsewhere).covers(tambon, groups), "{elsewhere}");
        }
        let regions = ["TH", "group:central", "group:cluster/central-upper", "19", "1903"];
        let narrowness = regions.map(|text| region(text).narrowness(groups));
        assert!(narrowness.is_sorted_by(|a, b| a < b), "{narrowness:?}");
    }
}
