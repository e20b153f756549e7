//! Allocation: a programme's units and budget, given out in the order of need.
//!
//! [`rank`] orders those who match; [`allocate`] goes down that order. A household costs what its work is
//! estimated at, up to the programme's ceiling; the rest is told as its local contribution. The first that
//! does not fit stops the line, and those behind it wait, unless the forum voted for backfill: then a
//! cheaper household further down may take what is left.

use std::cmp::Reverse;

use need_score::Tier;
use serde::{Deserialize, Serialize};

/// A household that matches a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<Id> {
    /// Which household.
    pub id: Id,
    /// Its tier.
    pub tier: Tier,
    /// Its housing score, 0 to 100.
    pub housing: u8,
    /// Its need score, 0 to 100.
    pub need: u8,
    /// Income per person and year, baht; one that is not known comes last among equals.
    pub income_per_person: Option<i64>,
    /// What the work is estimated at, baht.
    pub estimate: u64,
}

/// Which score decides within a tier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Housing programmes.
    Housing,
    /// All others.
    #[default]
    Need,
}

/// What a programme has to give in a fiscal year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means {
    /// How many households; `None` where only the budget counts.
    pub units: Option<u32>,
    /// Baht in all.
    pub budget: u64,
    /// Baht for a household at most; `None` where there is no ceiling.
    pub ceiling: Option<u64>,
}

/// What is decided for a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is helped.
    Approved {
        /// Baht from the programme.
        granted: u64,
        /// Baht that the estimate is above the ceiling.
        local_contribution: u64,
    },
    /// It waits.
    Waiting(Lack),
}

/// What a household waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Every unit is given.
    Units,
    /// What is left of the budget does not suffice, or not for somebody before it.
    Budget,
}

impl Lack {
    /// Its name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Units => "units",
            Self::Budget => "budget",
        }
    }
}

/// Who gets what, and what is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation<Id> {
    /// In the order of rank.
    pub decisions: Vec<(Id, Decision)>,
    /// Baht.
    pub budget_left: u64,
    /// Households that could still be helped; `None` where only the budget counts.
    pub units_left: Option<u32>,
}

/// Puts candidates in order: tier, the score that decides, the other score, income per person, id.
pub fn rank<Id: Ord + Clone>(candidates: &mut [Candidate<Id>], by: By) {
    candidates.sort_by_cached_key(|candidate| {
        let (first, second) = match by {
            By::Housing => (candidate.housing, candidate.need),
            By::Need => (candidate.need, candidate.housing),
        };
        let income = candidate.income_per_person.unwrap_or(i64::MAX);
        (candidate.tier, Reverse(first), Reverse(second), income, candidate.id.clone())
    });
}

/// Goes down the candidates in their order and gives out what there is.
#[must_use]
pub fn allocate<Id: Clone>(ranked: &[Candidate<Id>], means: Means, backfill: bool) -> Allocation<Id> {
    let (mut budget, mut units) = (means.budget, means.units);
    let mut stopped = None;
    let mut decide = |candidate: &Candidate<Id>| {
        if let Some(lack) = stopped {
            return Decision::Waiting(lack);
        }
        let granted = means.ceiling.map_or(candidate.estimate, |ceiling| candidate.estimate.min(ceiling));
        let lack = match units {
            Some(0) => Some(Lack::Units),
            _ if granted > budget => Some(Lack::Budget),
            _ => None,
        };
        if let Some(lack) = lack {
            stopped = (lack == Lack::Units || !backfill).then_some(lack);
            return Decision::Waiting(lack);
        }
        budget -= granted;
        units = units.map(|units| units - 1);
        Decision::Approved { granted, local_contribution: candidate.estimate - granted }
    };
    let decisions = ranked.iter().map(|candidate| (candidate.id.clone(), decide(candidate))).collect();
    Allocation { decisions, budget_left: budget, units_left: units }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(id: u32, tier: Tier, housing: u8, estimate: u64) -> Candidate<u32> {
        Candidate { id, tier, housing, need: 10, income_per_person: None, estimate }
    }

    #[test]
    fn units_run_out_before_money() {
        let ranked = [1, 2].map(|id| candidate(id, Tier::Urgent, 50, 10_000));
        let means = Means { units: Some(1), budget: 100_000, ceiling: None };
        for backfill in [false, true] {
            let given = allocate(&ranked, means, backfill);
            assert_eq!(given.decisions[1], (2, Decision::Waiting(Lack::Units)));
            assert_eq!((given.budget_left, given.units_left), (90_000, Some(0)));
        }
    }

    #[test]
    fn the_score_of_the_programme_decides_within_a_tier() {
        let mut candidates = [
            Candidate { need: 90, ..candidate(1, Tier::Severe, 10, 0) },
            candidate(2, Tier::Severe, 80, 0),
            candidate(3, Tier::Urgent, 0, 0),
        ];
        rank(&mut candidates, By::Housing);
        assert_eq!(candidates.each_ref().map(|candidate| candidate.id), [3, 2, 1]);
        rank(&mut candidates, By::Need);
        assert_eq!(candidates.each_ref().map(|candidate| candidate.id), [3, 1, 2]);
    }

    #[test]
    fn an_income_that_is_not_known_comes_last_among_equals() {
        let income =
            |id, income_per_person| Candidate { income_per_person, ..candidate(id, Tier::Deprived, 5, 0) };
        let mut candidates = [income(1, None), income(2, Some(30_000)), income(3, Some(12_000))];
        rank(&mut candidates, By::Housing);
        assert_eq!(candidates.each_ref().map(|candidate| candidate.id), [3, 2, 1]);
    }

    proptest! {
        #[test]
        fn no_baht_is_made_or_lost(
            estimates in proptest::collection::vec(0_u64..50_000, 0..40),
            budget in 0_u64..500_000,
            units in proptest::option::of(0_u32..20),
            ceiling in proptest::option::of(0_u64..30_000),
            backfill: bool,
        ) {
            let ranked: Vec<_> =
                (0..).zip(&estimates).map(|(id, estimate)| candidate(id, Tier::Severe, 0, *estimate)).collect();
            let given = allocate(&ranked, Means { units, budget, ceiling }, backfill);
            let mut granted_in_all = 0;
            let mut approved = 0;
            for ((id, decision), candidate) in given.decisions.iter().zip(&ranked) {
                prop_assert_eq!(id, &candidate.id);
                if let Decision::Approved { granted, local_contribution } = decision {
                    prop_assert_eq!(granted + local_contribution, candidate.estimate);
                    prop_assert!(ceiling.is_none_or(|ceiling| *granted <= ceiling));
                    granted_in_all += granted;
                    approved += 1;
                }
            }
            prop_assert_eq!(granted_in_all + given.budget_left, budget);
            prop_assert_eq!(units.map(|units| units - approved), given.units_left);
            if !backfill {
                let waits = given.decisions.iter().position(|(_, d)| matches!(d, Decision::Waiting(_)));
                let after = &given.decisions[waits.unwrap_or(given.decisions.len())..];
                prop_assert!(after.iter().all(|(_, d)| matches!(d, Decision::Waiting(_))), "nobody is passed over");
            }
        }
    }
}
