//! The lines of a needy list.

use need_score::{Flag, Tier};
use sync_protocol::ids::{HouseholdId, VillageCode};

use super::act::Finding;
use crate::planning::allocation::By;
use crate::planning::assessment::Assessment;
use crate::planning::told::Told;

/// A household with what its answers come to, to be ranked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    /// Which.
    pub household: HouseholdId,
    /// Where it lives.
    pub village: VillageCode,
    /// What its answers come to.
    pub assessment: Assessment,
}

/// What was computed of a line when the list was drafted. It does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computed {
    /// The place, from 1.
    pub place: u32,
    /// How pressing.
    pub tier: Tier,
    /// Need score, 0 to 100, with the least and the most that it can be.
    pub need: u8,
    /// If everything unknown were sound.
    pub need_min: u8,
    /// If everything unknown were deprived.
    pub need_max: u8,
    /// Housing score, 0 to 100.
    pub housing: u8,
    /// Known flags of those that apply, in hundredths.
    pub completeness: u8,
    /// Income per person and year, whole baht.
    pub income_per_person: Option<i64>,
    /// Whether official lists do not see it: poor, and nobody holds the card.
    pub missed: bool,
    /// The flags that say that it is deprived, in order: the reasons of the line.
    pub deprived: Vec<Flag>,
}

/// Why a line stands where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As computed; nobody decided anything.
    Computed,
    /// The forum confirmed it.
    Confirmed,
    /// The forum moved it.
    Moved,
    /// It was taken out and put back.
    Restored,
    /// The computation did not have it; people added it.
    Added,
    /// It does not stand: the forum took it out, or it appeals because it never stood.
    Removed,
}

impl Standing {
    /// All of them.
    pub(super) const ALL: [Self; 6] =
        [Self::Computed, Self::Confirmed, Self::Moved, Self::Restored, Self::Added, Self::Removed];

    /// Its name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::Confirmed => "confirmed",
            Self::Moved => "moved",
            Self::Restored => "restored",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }

    /// What a standing of this name is called.
    #[must_use]
    pub fn told(name: &str) -> Told {
        let words = match Self::ALL.into_iter().find(|standing| standing.name() == name) {
            Some(Self::Computed) | None => ("ตามที่คำนวณ", "as computed"),
            Some(Self::Confirmed) => ("ยืนยัน", "confirmed"),
            Some(Self::Moved) => ("ย้ายลำดับ", "moved"),
            Some(Self::Restored) => ("นำกลับ", "put back"),
            Some(Self::Added) => ("เพิ่ม", "added"),
            Some(Self::Removed) => ("นำออก", "taken out"),
        };
        Told::new(words.0, words.1)
    }
}

/// A household on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub household: HouseholdId,
    /// Where it lives.
    pub village: VillageCode,
    /// What was computed; `None` for one that people brought in.
    pub computed: Option<Computed>,
    /// Why it stands where it does.
    pub standing: Standing,
    /// The written reason of the last decision that had one; empty where none had.
    pub reason: String,
    /// Whether somebody has to look at it before the list is approved.
    pub check: bool,
    /// What a field check found, and its note.
    pub checked: Option<(Finding, String)>,
    /// Whether people decided on it.
    pub decided: bool,
}

impl Line {
    /// Whether it is in the check queue.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.check && !self.decided
    }

    pub(super) fn decide(&mut self, standing: Standing, reason: &str) {
        self.standing = standing;
        reason.clone_into(&mut self.reason);
        self.decided = true;
    }

    /// After an appeal: it has to be looked at again.
    pub(super) fn reopen(&mut self) {
        (self.check, self.decided, self.checked) = (true, false, None);
    }

    pub(super) fn added(household: HouseholdId, village: VillageCode, reason: &str) -> Self {
        let (standing, reason) = (Standing::Added, reason.to_owned());
        let (computed, checked) = (None, None);
        Self { household, village, computed, standing, reason, check: false, checked, decided: true }
    }

    /// Of a household that appeals because it never stood on the list.
    pub(super) fn appealed(household: HouseholdId, village: VillageCode) -> Self {
        Self {
            standing: Standing::Removed,
            check: true,
            decided: false,
            ..Self::added(household, village, "")
        }
    }
}

/// Lines in the order of rank; without the sound, of whom enough is known.
pub(super) fn ranked(mut households: Vec<Assessed>, by: By) -> Vec<Line> {
    households.retain(|it| it.assessment.tier < Tier::Sound || it.assessment.needs_check);
    households.sort_by_key(|it| (it.assessment.rank_by(by), it.household));
    (1..).zip(&households).map(|(place, it)| computed(place, it)).collect()
}

fn computed(place: u32, it: &Assessed) -> Line {
    let score = &it.assessment;
    let computed = Computed {
        place,
        tier: score.tier,
        need: score.need,
        need_min: score.need_min,
        need_max: score.need_max,
        housing: score.housing,
        completeness: score.completeness,
        income_per_person: score.income_per_person.map(|satang| satang.div_euclid(100)),
        missed: score.missed,
        deprived: score.yes.iter().collect(),
    };
    Line {
        household: it.household,
        village: it.village,
        computed: Some(computed),
        standing: Standing::Computed,
        reason: String::new(),
        check: score.needs_check,
        checked: None,
        decided: false,
    }
}
