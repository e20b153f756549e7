//! A household's place in a needy list: what its scores come to, and why.

use need_score::{Before, Flag, Flags, Household, Inputs, Known, Parameters, Score, Tier};

use super::allocation::By;

/// Flags as bits, in the order of [`Flag::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FlagSet(pub u32);

impl FlagSet {
    fn of(flags: &Flags, wanted: Known) -> Self {
        let bit = |(flag, known): (Flag, Known)| u32::from(known == wanted) << flag as u32;
        Self(flags.iter().map(bit).sum())
    }

    /// Whether it holds a flag.
    #[must_use]
    pub fn contains(self, flag: Flag) -> bool {
        self.0 >> flag as u32 & 1 == 1
    }

    /// Its flags, in order.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |flag| self.contains(*flag))
    }
}

/// What a household as a whole has to do with the welfare card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i16)]
pub enum Card {
    /// Nobody was asked.
    Unknown = 0,
    /// Nobody registered.
    NotRegistered = 1,
    /// Somebody was rejected, and nobody applied since or holds one.
    Rejected = 2,
    /// Somebody waits for the result, and nobody holds one.
    Applied = 3,
    /// Somebody holds one.
    Holder = 4,
}

impl Card {
    /// Every standing with its code, which is that of the form's choice.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Unknown, "unknown"),
        (Self::NotRegistered, "not_registered"),
        (Self::Rejected, "rejected"),
        (Self::Applied, "applied"),
        (Self::Holder, "holder"),
    ];

    /// The standing with this code; [`Card::Unknown`] for any other.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == code).map_or(Self::Unknown, |(card, _)| *card)
    }

    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The standing that lies in a column.
    #[must_use]
    pub fn from_column(column: i16) -> Self {
        usize::try_from(column).ok().and_then(|at| Self::ALL.get(at)).map_or(Self::Unknown, |(card, _)| *card)
    }
}

/// Codes of the categories of needs, in the order of the bits of [`Assessment::needs`].
pub const NEEDS: [&str; 17] = [
    "house_repair",
    "house_land",
    "income",
    "debt",
    "food",
    "health",
    "care",
    "aid_device",
    "education",
    "child_care",
    "registration",
    "id_docs",
    "utilities",
    "toilet",
    "disaster",
    "legal",
    "other",
];

/// What a list needs to know of a household. All of it follows from its answers and the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessment {
    /// How pressing its need is.
    pub tier: Tier,
    /// Need score, 0 to 100, and how low and how high it could be.
    pub need: u8,
    /// If everything unknown were sound.
    pub need_min: u8,
    /// If everything unknown were deprived.
    pub need_max: u8,
    /// Housing score, 0 to 100.
    pub housing: u8,
    /// Known flags of those that apply, in hundredths.
    pub completeness: u8,
    /// Flags that say that it is deprived.
    pub yes: FlagSet,
    /// Flags that say that it is not.
    pub no: FlagSet,
    /// Flags of which it is not known.
    pub unknown: FlagSet,
    /// At the national cut-off.
    pub severe: bool,
    /// Poor, and somebody holds the welfare card.
    pub tpmap_target: bool,
    /// Poor, and nobody holds it.
    pub missed: bool,
    /// Too little is known of it: it is to be asked again.
    pub needs_check: bool,
    /// Its standing with the welfare card.
    pub card: Card,
    /// Income per person and year in satang, rounded down; `None` where it is not known.
    pub income_per_person: Option<i64>,
    /// Categories of what it needs: bits in the order of [`NEEDS`].
    pub needs: u32,
    /// What other thresholds are held against; `None` where only the answers tell.
    pub inputs: Option<Inputs>,
}

/// Satang per person and year above which incomes are not told apart in a rank: 99 million baht.
const INCOME_RANKED_MAX: i64 = 9_900_000_000;

impl Assessment {
    /// Sums up a household and its score.
    #[must_use]
    pub fn of(household: &Household, score: &Score, inputs: Option<Inputs>) -> Self {
        let cards = household.members.iter().filter_map(|member| member.m_card_status.as_deref());
        let need_bit =
            |category: &str| NEEDS.iter().position(|known| *known == category).map_or(0, |at| 1 << at);
        let persons = household.household_size.filter(|persons| *persons > 0);
        Self {
            tier: score.tier,
            need: score.need,
            need_min: score.need_min,
            need_max: score.need_max,
            housing: score.housing,
            completeness: score.completeness,
            yes: FlagSet::of(&score.flags, Known::Yes),
            no: FlagSet::of(&score.flags, Known::No),
            unknown: FlagSet::of(&score.flags, Known::Unknown),
            severe: score.severe,
            tpmap_target: score.tpmap_target,
            missed: score.missed,
            needs_check: score.needs_check,
            card: cards.map(Card::from_code).max().unwrap_or(Card::Unknown),
            income_per_person: household
                .income_year
                .zip(persons)
                .and_then(|(income, persons)| Some(income.checked_mul(100)?.div_euclid(persons))),
            needs: household
                .needs
                .iter()
                .filter_map(|need| need.need_category.as_deref())
                .fold(0, |bits, category| bits | need_bit(category)),
            inputs,
        }
    }

    /// What it comes to by other thresholds, `after`, than those that made it, `before`; `None` where only the
    /// answers tell.
    #[must_use]
    pub fn by(&self, before: &Parameters, after: &Parameters) -> Option<Self> {
        let inputs = self.inputs.filter(|inputs| inputs.is_dated || before.year_be == after.year_be)?;
        let known = |flag: Flag| match flag {
            flag if self.yes.contains(flag) => Known::Yes,
            flag if self.no.contains(flag) => Known::No,
            flag if self.unknown.contains(flag) => Known::Unknown,
            _ => Known::NotApplicable,
        };
        let then = Before {
            tier: self.tier,
            holds_card: self.card == Card::Holder,
            income_per_person: self.income_per_person,
        };
        let score = inputs.score(&Flags::from_fn(known), then, after);
        Some(Self {
            tier: score.tier,
            need: score.need,
            need_min: score.need_min,
            need_max: score.need_max,
            housing: score.housing,
            completeness: score.completeness,
            yes: FlagSet::of(&score.flags, Known::Yes),
            no: FlagSet::of(&score.flags, Known::No),
            unknown: FlagSet::of(&score.flags, Known::Unknown),
            severe: score.severe,
            tpmap_target: score.tpmap_target,
            missed: score.missed,
            needs_check: score.needs_check,
            ..*self
        })
    }

    /// Whether any dimension is deprived.
    #[must_use]
    pub fn is_poor(&self) -> bool {
        self.yes.0 != 0
    }

    /// A number that is less for who comes first: tier, the score that decides, the other, income per person,
    /// one that is not known last.
    #[must_use]
    pub fn rank_by(&self, by: By) -> i64 {
        match by {
            By::Need => self.need_rank(),
            By::Housing => self.housing_rank(),
        }
    }

    /// [`Assessment::rank_by`] where the need score decides.
    #[must_use]
    pub fn need_rank(&self) -> i64 {
        self.rank(self.need, self.housing)
    }

    /// [`Assessment::rank_by`] where the housing score decides.
    #[must_use]
    pub fn housing_rank(&self) -> i64 {
        self.rank(self.housing, self.need)
    }

    fn rank(&self, first: u8, second: u8) -> i64 {
        let income =
            self.income_per_person.map_or(INCOME_RANKED_MAX + 1, |income| income.clamp(0, INCOME_RANKED_MAX));
        let most_first = |score: u8| i64::from(100 - score.min(100));
        ((self.tier as i64) << 48) | (most_first(first) << 41) | (most_first(second) << 34) | income
    }
}

#[cfg(test)]
mod tests {
    use need_score::{Member, Need, score};
    use proptest::prelude::*;

    use super::*;
    use crate::planning::allocation::{Candidate, rank};

    fn assess(household: &Household) -> Assessment {
        Assessment::of(household, &score(household, &Parameters::default()), None)
    }

    #[test]
    fn what_scores_say_is_kept() {
        let member = |card: &str| Member { m_card_status: Some(card.to_owned()), ..Member::default() };
        let need = |category: &str| Need { need_category: Some(category.to_owned()), need_urgency: None };
        let household = Household {
            household_size: Some(3),
            income_year: Some(50_000),
            members: vec![member("rejected"), member("not_registered")],
            needs: vec![need("food"), need("house_repair"), need("โค้ดที่ไม่รู้จัก")],
            ..Household::default()
        };
        let assessment = assess(&household);
        assert_eq!(assessment.income_per_person, Some(1_666_666));
        assert_eq!(assessment.card, Card::Rejected);
        assert_eq!(assessment.needs, 1 | 1 << 4);
        assert_eq!(assessment.yes.iter().collect::<Vec<_>>(), [Flag::I1]);
        assert!(assessment.is_poor() && assessment.unknown.contains(Flag::L1));
        for (card, code) in Card::ALL {
            assert_eq!((Card::from_code(code), Card::from_column(card as i16)), (card, card));
        }
    }

    proptest! {
        /// One number orders as the rule of allocation does.
        #[test]
        fn ranks_order_as_allocation_does(
            scored in proptest::collection::vec((1_u8..=4, 0_u8..=100, 0_u8..=100, proptest::option::of(0_i64..200_000)), 1..30),
            by_housing: bool,
        ) {
            let by = if by_housing { By::Housing } else { By::Need };
            let base = assess(&Household::default());
            let tiers = [Tier::Urgent, Tier::Severe, Tier::Deprived, Tier::Sound];
            let mut candidates = Vec::new();
            let mut keyed = Vec::new();
            for (id, (tier, need, housing, income)) in (0..).zip(scored) {
                let tier = tiers[usize::from(tier - 1)];
                candidates.push(Candidate { id, tier, housing, need, income_per_person: income, estimate: 0 });
                let income_per_person = income.map(|baht| baht * 100);
                let assessment = Assessment { tier, need, housing, income_per_person, ..base };
                keyed.push((assessment.rank_by(by), id));
            }
            rank(&mut candidates, by);
            keyed.sort_unstable();
            let ranked: Vec<u32> = candidates.iter().map(|candidate| candidate.id).collect();
            prop_assert_eq!(ranked, keyed.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
        }
    }
}
