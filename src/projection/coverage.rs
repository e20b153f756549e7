//! What one household adds to the sums of its village.

use std::ops::{Add, AddAssign, Sub, SubAssign};

use super::rows::HouseholdRow;

/// A household's share in the sums of its village; also such sums. The store adds what a household
/// is now and subtracts what it was, and never counts a village anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contribution(pub [i64; Contribution::LEN]);

/// What is summed, in this order: name, what it counts.
const SUMS: [(&str, &str); Contribution::LEN] = [
    ("households", "households that are registered"),
    ("visited", "households where somebody has been, whatever came of it"),
    ("done", "households whose counting visit surveyed them completely"),
    ("partial", "… surveyed them in part"),
    ("refused", "… was refused"),
    ("absent", "households where nobody was ever at home"),
    ("vacant", "… found a house that nobody lives in"),
    ("demolished", "… found no house any more"),
    ("not_found", "… did not find the house"),
    ("members", "people who are listed"),
    ("needs", "needs that are listed"),
    ("conflicts", "registers in conflict"),
];

impl Contribution {
    /// How many sums there are.
    pub const LEN: usize = 12;

    /// The names of the sums, in their order.
    #[must_use]
    pub fn names() -> [&'static str; Self::LEN] {
        SUMS.map(|(name, _)| name)
    }

    /// The sum of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<i64> {
        let at = SUMS.iter().position(|(sum, _)| *sum == name)?;
        self.0.get(at).copied()
    }

    /// Whether every sum is zero, so that nothing has to be written.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0 == [0; Self::LEN]
    }
}

impl From<&HouseholdRow> for Contribution {
    fn from(row: &HouseholdRow) -> Self {
        let outcome = row.visit_outcome.as_deref();
        let is = |name| i64::from(outcome == Some(name));
        Self([
            1,
            i64::from(outcome.is_some()),
            is("done"),
            is("partial"),
            is("refused"),
            is("absent"),
            is("vacant"),
            is("demolished"),
            is("not_found"),
            row.members.into(),
            row.needs.into(),
            row.conflicts.into(),
        ])
    }
}

impl AddAssign for Contribution {
    fn add_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, more)| *sum += more);
    }
}

impl SubAssign for Contribution {
    fn sub_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, less)| *sum -= less);
    }
}

impl Add for Contribution {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sub for Contribution {
    type Output = Self;

    fn sub(mut self, other: Self) -> Self {
        self -= other;
        self
    }
}

#[cfg(test)]
mod tests {
    use sync_protocol::ids::HouseholdId;

    use super::super::form::Form;
    use super::*;

    fn household(outcome: Option<&str>, members: i16) -> HouseholdRow {
        let visit_outcome = outcome.map(str::to_owned);
        HouseholdRow { visit_outcome, members, ..HouseholdRow::empty(HouseholdId([7; 16])) }
    }

    #[test]
    fn a_household_counts_once_in_its_outcome() {
        let done = Contribution::from(&household(Some("done"), 4));
        let sums = ["households", "visited", "done", "absent", "members"].map(|name| done.get(name));
        assert_eq!(sums, [1, 1, 1, 0, 4].map(Some));
        let unvisited = Contribution::from(&household(None, 0));
        assert_eq!((unvisited.get("households"), unvisited.get("visited")), (Some(1), Some(0)));
        assert_eq!(done.get("ghosts"), None);
    }

    #[test]
    fn every_outcome_of_the_form_has_its_sum() {
        let outcomes = Form::built_in().field("visit_outcome").map(|field| field.choices.as_slice());
        for choice in outcomes.unwrap_or_default() {
            assert_eq!(Contribution::from(&household(Some(&choice.code), 0)).get(&choice.code), Some(1));
        }
    }

    #[test]
    fn sums_are_kept_by_difference() {
        let (before, after) = (household(Some("absent"), 0), household(Some("done"), 4));
        let mut village = Contribution::from(&household(Some("refused"), 0)) + Contribution::from(&before);
        village += Contribution::from(&after) - Contribution::from(&before);
        let counted = Contribution::from(&household(Some("refused"), 0)) + Contribution::from(&after);
        assert_eq!(village, counted);
        village -= counted;
        assert!(village.is_zero());
    }
}
