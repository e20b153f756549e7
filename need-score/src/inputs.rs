//! What a score needs beside its flags to be made anew by other thresholds, without the answers: a list by
//! thresholds that nobody uses yet is read from one short row for each household.

use crate::flags::{Flag, Flags, Known, Rules};
use crate::household::Household;
use crate::housing::{housing_of, thirds};
use crate::parameters::Parameters;
use crate::score::{Score, Tier, of_flags};

/// Persons and rooms that are kept; whoever has more is scored from the answers.
const KEPT_MAX: i64 = 99;
/// Baht a year that are kept.
const BAHT_MAX: i64 = 1 << 40;
/// Thirds of a point of the housing score that are kept; grades that the form allows make at most 270.
const THIRDS_MAX: u32 = 4_095;

/// What thresholds are held against, and what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inputs {
    /// Who lives in the house.
    persons: Option<u8>,
    /// Rooms to sleep in.
    rooms: Option<u8>,
    /// The housing score without crowding, in thirds of a point.
    housing_thirds: u16,
    is_homeless: bool,
    /// A1 and A3 where income is no bar.
    card: Known,
    grant: Known,
    /// Whether the year from which ages were counted was that of the visit, not that of the thresholds.
    pub is_dated: bool,
}

/// What is known of a household whose score is made anew.
#[derive(Debug, Clone, Copy)]
pub struct Before {
    /// Its tier: who is urgent stays so.
    pub tier: Tier,
    /// Whether somebody holds the welfare card.
    pub holds_card: bool,
    /// Income per person and year in satang, rounded down.
    pub income_per_person: Option<i64>,
}

impl Inputs {
    /// Of a household whose ages are counted from the year of `parameters`; `None` where numbers are too large to
    /// be kept.
    #[must_use]
    pub fn of(household: &Household, parameters: &Parameters, is_dated: bool) -> Option<Self> {
        let kept = |number: Option<i64>| match number {
            None => Some(None),
            Some(number) => u8::try_from(number).ok().filter(|n| i64::from(*n) <= KEPT_MAX).map(Some),
        };
        if household.income_year.is_some_and(|baht| !(0..=BAHT_MAX).contains(&baht)) {
            return None;
        }
        let rules = Rules { household, parameters };
        let housing_thirds = thirds(household);
        Some(Self {
            persons: kept(household.household_size)?,
            rooms: kept(household.sleeping_rooms)?,
            housing_thirds: u16::try_from(housing_thirds).ok().filter(|_| housing_thirds <= THIRDS_MAX)?,
            is_homeless: rules.is_homeless(),
            card: rules.card_of_the_grown(),
            grant: rules.grant_of_children(),
            is_dated,
        })
    }

    /// All of it in one number from 0 on.
    #[must_use]
    pub fn pack(self) -> i64 {
        let known = |known: Known| known as i64;
        let number = |number: Option<u8>| number.map_or(0, |number| i64::from(number) + 1);
        known(self.card)
            | known(self.grant) << 2
            | i64::from(self.is_homeless) << 4
            | i64::from(self.is_dated) << 5
            | number(self.persons) << 6
            | number(self.rooms) << 13
            | i64::from(self.housing_thirds) << 20
    }

    /// Reads [`Inputs::pack`]; `None` if it is none.
    #[must_use]
    pub fn unpack(packed: i64) -> Option<Self> {
        let bits = |from: u32, width: u32| packed >> from & ((1 << width) - 1);
        let known = |bits: i64| match bits {
            0 => Known::Yes,
            1 => Known::No,
            2 => Known::Unknown,
            _ => Known::NotApplicable,
        };
        let number = |bits: i64| u8::try_from(bits - 1).ok();
        (0..1 << 32).contains(&packed).then(|| Self {
            card: known(bits(0, 2)),
            grant: known(bits(2, 2)),
            is_homeless: bits(4, 1) == 1,
            is_dated: bits(5, 1) == 1,
            persons: number(bits(6, 7)),
            rooms: number(bits(13, 7)),
            housing_thirds: bits(20, 12) as u16,
        })
    }

    /// The score by other thresholds, which is that of the answers if [`Inputs::is_dated`] or the year of the
    /// thresholds is the same.
    #[must_use]
    pub fn score(&self, flags: &Flags, before: Before, parameters: &Parameters) -> Score {
        let persons = self.persons.map(i64::from);
        let household = Household {
            household_size: persons,
            sleeping_rooms: self.rooms.map(i64::from),
            // Fewer than a hundred persons: one whole number of baht alone makes so many satang.
            income_year: before
                .income_per_person
                .zip(persons)
                .map(|(satang, persons)| -(-satang * persons).div_euclid(100)),
            ..Household::default()
        };
        let rules = Rules { household: &household, parameters };
        let flags = flags.with([
            (Flag::I1, rules.flag(Flag::I1)),
            (Flag::A1, rules.card_by_income(self.card)),
            (Flag::A3, rules.grant_by_income(self.grant)),
            (Flag::L6, if self.is_homeless { Known::NotApplicable } else { rules.flag(Flag::L6) }),
        ]);
        let housing = housing_of(self.is_homeless, u32::from(self.housing_thirds), &household, parameters);
        of_flags(flags, before.tier == Tier::Urgent, before.holds_card, housing, parameters)
    }
}
