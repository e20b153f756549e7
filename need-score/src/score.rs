//! The need score and the tier.

use crate::flags::{Dimension, Flag, Flags, Known};
use crate::household::{Household, is};
use crate::housing::housing_score;
use crate::parameters::Parameters;

/// A share of a threshold that is lost in sums of tenths and thirds is no reason to miss it.
const SLACK: f64 = 1e-9;
/// Below this share of known flags, in hundredths, a household may have to be asked again.
const COMPLETE_ENOUGH: u8 = 80;

/// How pressing a household's need is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Help is needed at once, whatever the score.
    Urgent = 1,
    /// The need score is at the cut-off, or three dimensions are deprived.
    Severe = 2,
    /// One dimension is deprived, or two.
    Deprived = 3,
    /// None is.
    Sound = 4,
}

/// The scores of a household.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// What is known of each flag.
    pub flags: Flags,
    /// Dimensions with a deprivation.
    pub dimensions: u8,
    /// 0 to 100, over what is known: a fifth for each dimension, divided among its known flags.
    pub need: u8,
    /// The same if everything unknown were sound.
    pub need_min: u8,
    /// The same if everything unknown were deprived.
    pub need_max: u8,
    /// Known flags of those that apply, in hundredths.
    pub completeness: u8,
    /// Whether any dimension is deprived: poor by the union rule of TPMAP.
    pub mpi_poor: bool,
    /// Whether the need score is at the national cut-off.
    pub severe: bool,
    /// Poor, and somebody in the house holds the welfare card: those whom official lists see.
    pub tpmap_target: bool,
    /// Poor, and nobody in the house holds the card: those whom they do not see.
    pub missed: bool,
    /// How pressing it is.
    pub tier: Tier,
    /// Whether too little is known to let it stand so far down the list: it is to be asked again.
    pub needs_check: bool,
    /// The housing score, 0 to 100.
    pub housing: u8,
}

impl Score {
    /// The flags that say that it is deprived, in order.
    pub fn deprived(&self) -> impl Iterator<Item = Flag> + '_ {
        self.flags.iter().filter(|(_, known)| *known == Known::Yes).map(|(flag, _)| flag)
    }

    /// Whether a dimension is deprived.
    #[must_use]
    pub fn is_deprived_of(&self, dimension: Dimension) -> bool {
        dimension.flags().iter().any(|flag| self.flags.get(*flag) == Known::Yes)
    }
}

/// Scores a household.
#[must_use]
pub fn score(household: &Household, parameters: &Parameters) -> Score {
    let flags = Flags::of(household, parameters);
    let holds_card = household.members.iter().any(|member| is(member.m_card_status.as_ref(), &["holder"]));
    of_flags(flags, is_urgent(household), holds_card, housing_score(household, parameters), parameters)
}

/// The score that flags make.
pub(crate) fn of_flags(
    flags: Flags,
    is_urgent: bool,
    holds_card: bool,
    housing: u8,
    parameters: &Parameters,
) -> Score {
    let (mut need, mut low, mut high) = (0.0, 0.0, 0.0);
    let (mut known, mut applicable, mut dimensions) = (0, 0, 0);
    for dimension in Dimension::ALL {
        let count = |wanted: Known| {
            dimension.flags().iter().filter(|flag| flags.get(**flag) == wanted).count() as u32
        };
        let (yes, no, unknown) = (count(Known::Yes), count(Known::No), count(Known::Unknown));
        if yes + no > 0 {
            need += share(yes, yes + no);
        }
        if yes + no + unknown > 0 {
            low += share(yes, yes + no + unknown);
            high += share(yes + unknown, yes + no + unknown);
        }
        known += yes + no;
        applicable += yes + no + unknown;
        dimensions += u8::from(yes > 0);
    }
    let severe = need >= parameters.severe_cutoff - SLACK;
    let tier = match dimensions {
        _ if is_urgent => Tier::Urgent,
        _ if severe => Tier::Severe,
        0 => Tier::Sound,
        1 | 2 => Tier::Deprived,
        _ => Tier::Severe,
    };
    let completeness = hundredths(known, applicable);
    let mpi_poor = dimensions > 0;
    Score {
        flags,
        dimensions,
        need: half_up(100.0 * need),
        need_min: half_up(100.0 * low),
        need_max: half_up(100.0 * high),
        completeness,
        mpi_poor,
        severe,
        tpmap_target: mpi_poor && holds_card,
        missed: mpi_poor && flags.get(Flag::A1) == Known::Yes,
        tier,
        needs_check: completeness < COMPLETE_ENOUGH
            && tier > Tier::Severe
            && high >= parameters.severe_cutoff - SLACK,
        housing,
    }
}

fn is_urgent(household: &Household) -> bool {
    household.needs.iter().any(|need| is(need.need_urgency.as_ref(), &["now"]))
        || is(household.housing_event.as_ref(), &["fire", "eviction", "collapse"])
        || household.eviction_risk == Some(3)
        || is(household.tenure.as_ref(), &["homeless"])
        || household.members.iter().any(|member| {
            is(member.m_dependency.as_ref(), &["bedridden"]) && is(member.m_has_caregiver.as_ref(), &["no"])
        })
}

/// A dimension's part of the need score.
fn share(deprived: u32, of: u32) -> f64 {
    0.2 * f64::from(deprived) / f64::from(of)
}

/// `part / whole` in hundredths, halves to the even one.
fn hundredths(part: u32, whole: u32) -> u8 {
    if whole == 0 {
        return 0;
    }
    let (floor, rest) = (100 * part / whole, 100 * part % whole);
    let up = 2 * rest > whole || (2 * rest == whole && floor % 2 == 1);
    u8::try_from(floor + u32::from(up)).unwrap_or(u8::MAX)
}

/// To the nearest whole number, halves up. Scores lie between 0 and 100.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
pub(crate) fn half_up(points: f64) -> u8 {
    (points + 0.5 + SLACK) as u8
}

#[cfg(feature = "serde")]
mod json {
    use serde::ser::{Serialize, SerializeMap, Serializer};

    use super::{Dimension, Known, Score};

    impl Serialize for Known {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Yes => serializer.serialize_u8(1),
                Self::No => serializer.serialize_u8(0),
                Self::Unknown => serializer.serialize_none(),
                Self::NotApplicable => serializer.serialize_str("na"),
            }
        }
    }

    struct FlagsByName<'a>(&'a Score);

    impl Serialize for FlagsByName<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.flags.iter().map(|(flag, known)| (flag.name(), known)))
        }
    }

    struct DimensionsByName<'a>(&'a Score);

    impl Serialize for DimensionsByName<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let deprived = |dimension: Dimension| u8::from(self.0.is_deprived_of(dimension));
            serializer.collect_map(Dimension::ALL.map(|dimension| (dimension.name(), deprived(dimension))))
        }
    }

    /// In the form of the reference.
    impl Serialize for Score {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("flags", &FlagsByName(self))?;
            map.serialize_entry("dim", &DimensionsByName(self))?;
            map.serialize_entry("dims", &self.dimensions)?;
            map.serialize_entry("need", &self.need)?;
            map.serialize_entry("need_min", &self.need_min)?;
            map.serialize_entry("need_max", &self.need_max)?;
            map.serialize_entry("completeness", &(f64::from(self.completeness) / 100.0))?;
            map.serialize_entry("mpi_poor", &u8::from(self.mpi_poor))?;
            map.serialize_entry("severe", &u8::from(self.severe))?;
            map.serialize_entry("tpmap_target", &u8::from(self.tpmap_target))?;
            map.serialize_entry("missed", &u8::from(self.missed))?;
            map.serialize_entry("tier", &(self.tier as u8))?;
            map.serialize_entry("needs_check", &u8::from(self.needs_check))?;
            map.serialize_entry("housing", &self.housing)?;
            map.end()
        }
    }
}
