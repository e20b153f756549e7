//! What is counted of households for plans: one registry, with the same definitions at every level.
//!
//! An indicator has a place in the registry. A household adds a few small numbers at some places (its
//! [`Share`]), a village and a tambon hold the sums at all of them ([`Counts`]); both lie in the
//! database as few bytes. So a write keeps every count current by taking the household's old share
//! away and adding its new one, and the table of a whole country is a sum of one short row for each
//! tambon.

use need_score::{Dimension, Household, Known, Score};

use super::assessment::NEEDS;

/// Says which registry made a share or a sum. It is raised when a place changes its meaning; what
/// older ones made is made anew then.
pub const REGISTRY: u8 = 1;

/// Indicators that belong together: all combinations of the codes of one or two axes.
#[derive(Debug)]
pub struct Block {
    /// Its name, the first part of its indicators' names.
    pub name: &'static str,
    /// What is counted.
    pub unit: Unit,
    /// Codes of the first axis.
    pub codes: &'static [&'static str],
    /// Codes of the second axis, if it has one.
    pub second: &'static [&'static str],
    /// Place of its first indicator.
    first: usize,
}

/// What an indicator counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Households.
    Households,
    /// People.
    People,
    /// Needs.
    Needs,
}

/// Households by the outcome of the visit that counts; the last stands for those not visited.
pub const OUTCOMES: [&str; 8] =
    ["done", "partial", "absent", "refused", "vacant", "demolished", "not_found", "not_visited"];
/// What assessed households come to.
pub const STANDINGS: [&str; 6] = ["assessed", "poor", "severe", "target", "missed", "check"];
const TIERS: [&str; 4] = ["1", "2", "3", "4"];
const DIMENSIONS: [&str; 5] = ["health", "living", "education", "income", "access"];
const FLAGS: [&str; 19] = [
    "H1", "H2", "H3", "L1", "L2", "L3", "L4", "L5", "L6", "E1", "E2", "I1", "I2", "I3", "I4", "A1", "A2",
    "A3", "A4",
];
/// Sexes; the last stands for any other and for none given.
pub const SEXES: [&str; 3] = ["male", "female", "other"];
/// Bands of age of five years; the last stands for those whose year of birth is not known.
pub const AGES: [&str; 18] = [
    "0-4", "5-9", "10-14", "15-19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54", "55-59",
    "60-64", "65-69", "70-74", "75-79", "80+", "unknown",
];
const PEOPLE: [&str; 5] = ["child", "elderly", "disabled", "bedridden", "without_id"];
const CARDS: [&str; 5] = ["holder", "applied", "rejected", "not_registered", "unknown"];
const BARRIERS: [&str; 11] = [
    "not_aware",
    "no_id",
    "no_phone",
    "cannot_travel",
    "bedridden",
    "missed",
    "spouse_docs",
    "over_income",
    "over_asset",
    "not_want",
    "other",
];
const FUND: [&str; 5] = ["all", "some", "none", "no_fund", "unknown"];
const BENEFITS: [&str; 8] =
    ["none", "birth", "sickness", "old_age", "death", "education", "disaster", "hardship"];
const TENURES: [&str; 14] = [
    "own",
    "family_land",
    "rent_land",
    "rent_house",
    "other_land_permit",
    "state_permit",
    "state_no_permit",
    "canal",
    "railway",
    "forest",
    "temple",
    "private_squat",
    "homeless",
    "unknown",
];
const EVICTIONS: [&str; 5] = ["0", "1", "2", "3", "unknown"];
const HOUSING: [&str; 5] = ["0-19", "20-39", "40-59", "60-79", "80-100"];
const CONDITIONS: [&str; 5] = ["0", "1", "2", "3", "unknown"];
const URGENCIES: [&str; 5] = ["now", "month", "year", "later", "unknown"];
const HAZARDS: [&str; 7] = ["none", "flood", "fire", "storm", "landslide", "erosion", "drought"];
const EVENTS: [&str; 6] = ["none", "fire", "eviction", "flood", "storm", "collapse"];
const AIDS: [&str; 6] = ["none", "bpp", "bmk", "msdhs", "lao", "other"];
const HELP: [&str; 1] = ["yes"];

macro_rules! blocks {
    ($($constant:ident = $name:literal, $unit:ident, $codes:expr $(, $second:expr)?;)+) => {
        /// The place of each block among the blocks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum At { $($constant),+ }

        /// Every block, in the order of their places.
        pub static BLOCKS: &[Block] = &blocks(&[$(
            Block { name: $name, unit: Unit::$unit, codes: &$codes, second: blocks!(@second $($second)?), first: 0 }
        ),+]);
    };
    (@second) => { &[] };
    (@second $second:expr) => { &$second };
}

blocks! {
    Coverage = "coverage", Households, OUTCOMES;
    Standing = "households", Households, STANDINGS;
    Tier = "tier", Households, TIERS;
    Dimension = "dimension", Households, DIMENSIONS;
    FlagYes = "flag", Households, FLAGS;
    FlagNo = "flag_no", Households, FLAGS;
    FlagUnknown = "flag_unknown", Households, FLAGS;
    Age = "people", People, SEXES, AGES;
    Person = "person", People, PEOPLE;
    Card = "card", People, CARDS;
    Barrier = "barrier", Households, BARRIERS;
    RegistrationHelp = "registration_help", Households, HELP;
    Fund = "fund", Households, FUND;
    Benefit = "fund_benefit", Households, BENEFITS;
    Tenure = "tenure", Households, TENURES, EVICTIONS;
    Housing = "housing", Households, HOUSING;
    Condition = "worst_part", Households, CONDITIONS;
    Need = "need", Needs, NEEDS, URGENCIES;
    Hazard = "hazard", Households, HAZARDS;
    Event = "housing_event", Households, EVENTS;
    Aid = "past_housing_aid", Households, AIDS;
}

const BLOCK_COUNT: usize = 21;

/// Gives each block its place.
const fn blocks(blocks: &[Block; BLOCK_COUNT]) -> [Block; BLOCK_COUNT] {
    let mut placed = [const { Block { name: "", unit: Unit::Households, codes: &[], second: &[], first: 0 } };
        BLOCK_COUNT];
    let (mut at, mut first) = (0, 0);
    while at < BLOCK_COUNT {
        let Block { name, unit, codes, second, .. } = blocks[at];
        placed[at] = Block { name, unit, codes, second, first };
        first += placed[at].len();
        at += 1;
    }
    placed
}

impl Block {
    /// How many indicators it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        let width = if self.second.is_empty() { 1 } else { self.second.len() };
        self.codes.len() * width
    }

    /// Whether it has none, which no block of the registry is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The block with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        BLOCKS.iter().find(|block| block.name == name)
    }

    /// Place of the indicator with these codes; `None` if there is none.
    #[must_use]
    pub fn place(&self, code: &str, second: Option<&str>) -> Option<usize> {
        let row = self.codes.iter().position(|known| *known == code)?;
        match second {
            None if self.second.is_empty() => Some(self.first + row),
            None => None,
            Some(code) => {
                let column = self.second.iter().position(|known| *known == code)?;
                Some(self.first + row * self.second.len() + column)
            }
        }
    }

    /// Its indicators: place, code on the first axis, code on the second.
    pub fn indicators(&self) -> impl Iterator<Item = (usize, &'static str, Option<&'static str>)> {
        let (first, codes, second) = (self.first, self.codes, self.second);
        (0..self.len()).map(move |at| match second.len() {
            0 => (first + at, codes[at], None),
            width => (first + at, codes[at / width], Some(second[at % width])),
        })
    }
}

/// How many indicators there are.
#[must_use]
pub fn indicator_count() -> usize {
    BLOCKS.last().map_or(0, |last| last.first + last.len())
}

/// What a household adds to the counts of its village: small numbers at few places, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Share(Vec<(u16, u16)>);

/// What a household's answers say beside what scores ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Census<'a> {
    /// Code of the sex and year of birth (พ.ศ.) of everybody who lives there.
    pub people: Vec<(Option<&'a str>, Option<i64>)>,
    /// Why somebody is not registered for the welfare card.
    pub barriers: Vec<&'a str>,
    /// Membership of the welfare fund.
    pub fund: Option<&'a str>,
    /// What the fund gave within a year.
    pub benefits: Vec<&'a str>,
    /// Help with the house that it had before.
    pub past_aid: Vec<&'a str>,
}

impl Share {
    /// What any household adds: that it is there, and what came of the visit that counts.
    #[must_use]
    pub fn of_visit(outcome: Option<&str>) -> Self {
        let mut tally = Tallying::default();
        tally.visit(outcome);
        tally.close()
    }

    /// What an assessed household adds. `year` is the year (พ.ศ.) from which ages are counted.
    #[must_use]
    pub fn of(
        outcome: Option<&str>,
        household: &Household,
        score: &Score,
        census: &Census<'_>,
        year: i64,
    ) -> Self {
        let mut tally = Tallying::default();
        tally.visit(outcome);
        tally.score(score);
        tally.people(household, census, year);
        for barrier in &census.barriers {
            tally.count(At::Barrier, barrier, None);
        }
        if household.reg_help_needed.as_deref() == Some("yes") {
            tally.count(At::RegistrationHelp, "yes", None);
        }
        tally.count(At::Fund, census.fund.unwrap_or("unknown"), None);
        for benefit in &census.benefits {
            tally.count(At::Benefit, benefit, None);
        }
        tally.house(household, score);
        for need in &household.needs {
            let urgency = need.need_urgency.as_deref().unwrap_or("unknown");
            tally.count(At::Need, need.need_category.as_deref().unwrap_or("other"), Some(urgency));
        }
        for aid in &census.past_aid {
            tally.count(At::Aid, aid, None);
        }
        tally.close()
    }

    /// Its bytes: the registry, then each place as the step from the one before, and its number.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(self.0.iter().map(|(place, number)| (usize::from(*place), u32::from(*number))))
    }

    /// Reads [`Share::encode`]; `None` if it is none, or of another registry.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let pairs = decode(bytes)?;
        let short =
            |(place, number): (usize, u32)| Some((u16::try_from(place).ok()?, u16::try_from(number).ok()?));
        pairs.into_iter().map(short).collect::<Option<_>>().map(Self)
    }
}

/// A share while it is made.
#[derive(Default)]
struct Tallying(Vec<u16>);

impl Tallying {
    /// Counts one at a place; codes that the registry does not know are not counted.
    fn count(&mut self, at: At, code: &str, second: Option<&str>) {
        let place = BLOCKS[at as usize].place(code, second);
        self.0.extend(place.and_then(|place| u16::try_from(place).ok()));
    }

    /// Counts one at the `nth` code of a block with one axis.
    fn nth(&mut self, at: At, nth: usize) {
        self.0.extend(u16::try_from(BLOCKS[at as usize].first + nth));
    }

    fn visit(&mut self, outcome: Option<&str>) {
        let outcome = outcome.filter(|outcome| OUTCOMES.contains(outcome));
        self.count(At::Coverage, outcome.unwrap_or("not_visited"), None);
    }

    fn score(&mut self, score: &Score) {
        let standings =
            [true, score.mpi_poor, score.severe, score.tpmap_target, score.missed, score.needs_check];
        for (nth, holds) in standings.into_iter().enumerate() {
            if holds {
                self.nth(At::Standing, nth);
            }
        }
        self.nth(At::Tier, score.tier as usize - 1);
        for (nth, dimension) in Dimension::ALL.into_iter().enumerate() {
            if score.is_deprived_of(dimension) {
                self.nth(At::Dimension, nth);
            }
        }
        for (flag, known) in score.flags.iter() {
            match known {
                Known::Yes => self.nth(At::FlagYes, flag as usize),
                Known::No => self.nth(At::FlagNo, flag as usize),
                Known::Unknown => self.nth(At::FlagUnknown, flag as usize),
                Known::NotApplicable => {}
            }
        }
    }

    fn people(&mut self, household: &Household, census: &Census<'_>, year: i64) {
        for (sex, born) in &census.people {
            let sex = sex.filter(|sex| SEXES.contains(sex)).unwrap_or("other");
            let age = born.map(|born| year - born);
            let band = age.map_or(AGES.len() - 1, |age| {
                usize::try_from(age.max(0) / 5).unwrap_or(0).min(AGES.len() - 2)
            });
            self.count(At::Age, sex, Some(AGES[band]));
            match age {
                Some(..=6) => self.count(At::Person, "child", None),
                Some(60..) => self.count(At::Person, "elderly", None),
                _ => {}
            }
        }
        for member in &household.members {
            if member.m_disability.iter().flatten().any(|disability| disability != "none") {
                self.count(At::Person, "disabled", None);
            }
            if member.m_dependency.as_deref() == Some("bedridden") {
                self.count(At::Person, "bedridden", None);
            }
            if matches!(member.m_id_status.as_deref(), Some("stateless" | "no_card")) {
                self.count(At::Person, "without_id", None);
            }
            // Whoever is not of age has no standing with the card.
            if member.m_birth_year_be.is_none_or(|born| year - born >= 18) {
                self.count(At::Card, member.m_card_status.as_deref().unwrap_or("unknown"), None);
            }
        }
    }

    fn house(&mut self, household: &Household, score: &Score) {
        const GRADES: [&str; 4] = ["0", "1", "2", "3"];
        let grade = |grade: Option<u8>| {
            grade.and_then(|grade| GRADES.get(usize::from(grade))).copied().unwrap_or("unknown")
        };
        let tenure = household.tenure.as_deref().unwrap_or("unknown");
        self.count(At::Tenure, tenure, Some(grade(household.eviction_risk)));
        self.nth(At::Housing, usize::from(score.housing / 20).min(HOUSING.len() - 1));
        let parts = [
            household.roof_condition,
            household.wall_condition,
            household.floor_condition,
            household.structure_condition,
        ];
        self.count(At::Condition, grade(parts.into_iter().flatten().max()), None);
        for hazard in household.hazards.iter().flatten() {
            self.count(At::Hazard, hazard, None);
        }
        if let Some(event) = &household.housing_event {
            self.count(At::Event, event, None);
        }
    }

    fn close(mut self) -> Share {
        self.0.sort_unstable();
        let number = |run: &[u16]| (run[0], u16::try_from(run.len()).unwrap_or(u16::MAX));
        Share(self.0.chunk_by(|a, b| a == b).map(number).collect())
    }
}

/// Sums over households: a number for every indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts(Vec<u32>);

impl Default for Counts {
    fn default() -> Self {
        Self(vec![0; indicator_count()])
    }
}

impl Counts {
    /// Adds what a household adds.
    pub fn add(&mut self, share: &Share) {
        for (place, number) in &share.0 {
            if let Some(sum) = self.0.get_mut(usize::from(*place)) {
                *sum += u32::from(*number);
            }
        }
    }

    /// Takes it away again.
    pub fn take(&mut self, share: &Share) {
        for (place, number) in &share.0 {
            if let Some(sum) = self.0.get_mut(usize::from(*place)) {
                *sum = sum.saturating_sub(u32::from(*number));
            }
        }
    }

    /// Adds the sums of another area.
    pub fn merge(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(&other.0) {
            *sum += more;
        }
    }

    /// With so many more at the indicator with these codes.
    #[cfg(test)]
    pub(crate) fn with(mut self, block: &str, code: &str, more: u32) -> Self {
        let place = Block::named(block).and_then(|block| block.place(code, None)).unwrap_or_default();
        self.0[place] += more;
        self
    }

    /// The sum at a place; 0 at one that there is not.
    #[must_use]
    pub fn at(&self, place: usize) -> u32 {
        self.0.get(place).copied().unwrap_or_default()
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|sum| *sum == 0)
    }

    /// The sum of the indicator with these codes; 0 if there is none.
    #[must_use]
    pub fn get(&self, block: &str, code: &str, second: Option<&str>) -> u32 {
        Block::named(block).and_then(|block| block.place(code, second)).map_or(0, |place| self.at(place))
    }

    /// Its bytes, as those of a [`Share`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(self.0.iter().copied().enumerate().filter(|(_, sum)| *sum != 0))
    }

    /// Reads [`Counts::encode`]; `None` if it is none, or of another registry.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut counts = Self::default();
        for (place, sum) in decode(bytes)? {
            *counts.0.get_mut(place)? = sum;
        }
        Some(counts)
    }
}

fn encode(pairs: impl Iterator<Item = (usize, u32)>) -> Vec<u8> {
    let mut bytes = vec![REGISTRY];
    let mut before = 0;
    for (place, number) in pairs {
        push_number(&mut bytes, place - before);
        push_number(&mut bytes, number as usize);
        before = place;
    }
    bytes
}

fn decode(bytes: &[u8]) -> Option<Vec<(usize, u32)>> {
    let (registry, mut rest) = bytes.split_first()?;
    let mut pairs = Vec::with_capacity(rest.len() / 2);
    let mut place = 0_usize;
    while !rest.is_empty() {
        place = place.checked_add(take_number(&mut rest)?)?;
        pairs.push((place, u32::try_from(take_number(&mut rest)?).ok()?));
    }
    (*registry == REGISTRY).then_some(pairs)
}

/// LEB128.
fn push_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use need_score::{Flag, Member, Need, Parameters, score};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_place_is_one_indicators() {
        let places: Vec<usize> =
            BLOCKS.iter().flat_map(|block| block.indicators().map(|(place, ..)| place)).collect();
        assert_eq!(places, (0..indicator_count()).collect::<Vec<_>>());
        for block in BLOCKS {
            for (place, code, second) in block.indicators() {
                assert_eq!(block.place(code, second), Some(place), "{} {code} {second:?}", block.name);
            }
        }
        assert_eq!(FLAGS, Flag::ALL.map(Flag::name));
        assert_eq!(DIMENSIONS, Dimension::ALL.map(Dimension::name));
        assert_eq!(BLOCKS[At::Aid as usize].name, "past_housing_aid", "the last block");
        assert_eq!(BLOCKS.len(), At::Aid as usize + 1);
    }

    fn household() -> (Household, Census<'static>) {
        let member = |born, card: &str| Member {
            m_birth_year_be: Some(born),
            m_card_status: Some(card.to_owned()),
            ..Member::default()
        };
        let household = Household {
            consent: Some("full".to_owned()),
            household_size: Some(3),
            income_year: Some(60_000),
            tenure: Some("canal".to_owned()),
            eviction_risk: Some(2),
            roof_condition: Some(3),
            hazards: Some(vec!["flood".to_owned(), "storm".to_owned()]),
            members: vec![
                member(2489, "holder"),
                member(2519, "rejected"),
                Member {
                    m_birth_year_be: Some(2565),
                    m_disability: Some(vec!["hearing".to_owned()]),
                    ..Member::default()
                },
            ],
            needs: vec![Need {
                need_category: Some("house_repair".to_owned()),
                need_urgency: Some("month".to_owned()),
            }],
            ..Household::default()
        };
        let people = vec![(Some("female"), Some(2489)), (Some("male"), Some(2519)), (None, Some(2565))];
        let census = Census { people, barriers: vec!["no_id"], fund: Some("some"), ..Census::default() };
        (household, census)
    }

    #[test]
    fn a_household_is_counted_where_it_belongs() {
        let (household, census) = household();
        let scored = score(&household, &Parameters::for_year(2569));
        let mut counts = Counts::default();
        counts.add(&Share::of(Some("done"), &household, &scored, &census, 2569));
        counts.add(&Share::of_visit(None));
        let of = |block, code, second| counts.get(block, code, second);
        assert_eq!((of("coverage", "done", None), of("coverage", "not_visited", None)), (1, 1));
        assert_eq!((of("households", "assessed", None), of("households", "target", None)), (1, 1));
        assert_eq!((of("flag", "L1", None), of("flag", "L2", None), of("flag_no", "L1", None)), (1, 1, 0));
        assert_eq!(of("people", "female", Some("80+")), 1);
        assert_eq!(of("people", "male", Some("50-54")), 1);
        assert_eq!(of("people", "other", Some("0-4")), 1);
        assert_eq!((of("person", "elderly", None), of("person", "child", None)), (1, 1));
        assert_eq!(of("person", "disabled", None), 1);
        assert_eq!((of("card", "holder", None), of("card", "rejected", None)), (1, 1));
        assert_eq!(of("card", "unknown", None), 0, "a child has no standing with the card");
        assert_eq!(of("tenure", "canal", Some("2")), 1);
        assert_eq!((of("worst_part", "3", None), of("hazard", "storm", None)), (1, 1));
        assert_eq!(of("need", "house_repair", Some("month")), 1);
        assert_eq!((of("barrier", "no_id", None), of("fund", "some", None)), (1, 1));
        assert_eq!(of("need", "house_repair", None), 0, "a block of two axes has no sum of its own");
    }

    #[test]
    fn of_another_registry_nothing_is_read() {
        let (household, census) = household();
        let share = Share::of(None, &household, &score(&household, &Parameters::default()), &census, 2569);
        let mut bytes = share.encode();
        assert!(bytes.len() < 140, "{} bytes", bytes.len());
        assert_eq!(Share::decode(&bytes).unwrap(), share);
        assert_eq!(Share::decode(&bytes[..bytes.len() - 1]), None);
        bytes[0] = REGISTRY + 1;
        assert_eq!(Share::decode(&bytes), None);
        assert_eq!(Counts::decode(&[]), None);
    }

    proptest! {
        #[test]
        fn what_was_added_can_be_taken_away(
            shares in proptest::collection::vec(proptest::collection::btree_map(0_u16..400, 1_u16..40, 0..30), 1..20),
        ) {
            let shares: Vec<Share> =
                shares.into_iter().map(|share| Share(share.into_iter().collect())).collect();
            let mut counts = Counts::default();
            shares.iter().for_each(|share| counts.add(share));
            prop_assert_eq!(&Counts::decode(&counts.encode()).unwrap(), &counts);
            shares[1..].iter().for_each(|share| counts.take(share));
            let mut first = Counts::default();
            first.add(&Share::decode(&shares[0].encode()).unwrap());
            prop_assert_eq!(counts, first);
        }
    }
}
