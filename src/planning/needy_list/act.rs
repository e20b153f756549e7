//! What can happen to a needy list: who did what, when, and why.

use jiff::civil::Date;
use sync_protocol::ids::{HouseholdId, VillageCode};

use serde::{Deserialize, Serialize};

use super::recipient::Recipient;
use super::refusal::label;
use crate::clock::Micros;
use crate::planning::told::Told;

/// What a field check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The household is in need.
    InNeed,
    /// It is not; the forum decides whether it stands.
    NotInNeed,
    /// Nobody was met; the forum decides.
    NotReached,
}

impl Finding {
    /// Its name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InNeed => "in_need",
            Self::NotInNeed => "not_in_need",
            Self::NotReached => "not_reached",
        }
    }
}

/// Something that is done to a list. It is written as JSON with its kind under `act`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are what their names say")]
pub enum Act {
    /// Unclear households are visited again.
    StartFieldCheck,
    /// One was visited.
    Check {
        #[serde(with = "as_text")]
        household: HouseholdId,
        finding: Finding,
        note: String,
    },
    /// The list goes before the village.
    OpenForum,
    /// A forum was held: of a village, or of the whole tambon.
    HoldForum {
        #[serde(default, with = "as_text_or_none", skip_serializing_if = "Option::is_none")]
        village: Option<VillageCode>,
        #[serde(with = "as_text")]
        held_on: Date,
        villagers: u32,
    },
    /// A line stays as it is.
    Confirm {
        #[serde(with = "as_text")]
        household: HouseholdId,
    },
    /// A line goes to another place, from 1.
    Move {
        #[serde(with = "as_text")]
        household: HouseholdId,
        place: u32,
        reason: String,
    },
    /// A line is taken out.
    Remove {
        #[serde(with = "as_text")]
        household: HouseholdId,
        reason: String,
    },
    /// A line that was taken out comes back, to the place that the computation gives it.
    Restore {
        #[serde(with = "as_text")]
        household: HouseholdId,
        reason: String,
    },
    /// A household comes onto the list that the computation did not have; at the end if no place is named.
    Add {
        #[serde(with = "as_text")]
        household: HouseholdId,
        #[serde(with = "as_text")]
        village: VillageCode,
        place: Option<u32>,
        reason: String,
    },
    /// Fund or council approves.
    Approve,
    /// The list is given to somebody who acts by it: what of it follows from the recipient, to whom each household
    /// agreed or did not. Older programs did not ask who that is.
    HandOver {
        to: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recipient: Option<Recipient>,
    },
    /// A household appealed, and this was decided. If it was accepted the next version opens.
    Appeal {
        #[serde(with = "as_text")]
        household: HouseholdId,
        #[serde(with = "as_text")]
        village: VillageCode,
        accepted: bool,
        reason: String,
    },
}

/// What somebody wants to do to a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Who.
    pub by: String,
    /// When.
    pub at: Micros,
    /// The revision of the list that was looked at.
    pub on_revision: u64,
    /// What.
    pub act: Act,
}

/// What somebody did to a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The revision that it made, from 1.
    pub number: u64,
    /// Who.
    pub by: String,
    /// When.
    pub at: Micros,
    /// What.
    pub act: Act,
}

impl Event {
    /// What happened, in a few words.
    #[must_use]
    pub fn told(&self) -> Told {
        let Told { th, en } = label(&self.act);
        let of = self.act.household().map(|household| format!(" {household}")).unwrap_or_default();
        Told::new(format!("{th}{of} โดย {}", self.by), format!("{en}{of}, by {}", self.by))
    }
}

impl Act {
    /// The household that it is about.
    #[must_use]
    pub const fn household(&self) -> Option<HouseholdId> {
        match self {
            Self::Check { household, .. }
            | Self::Confirm { household }
            | Self::Move { household, .. }
            | Self::Remove { household, .. }
            | Self::Restore { household, .. }
            | Self::Add { household, .. }
            | Self::Appeal { household, .. } => Some(*household),
            Self::StartFieldCheck
            | Self::OpenForum
            | Self::HoldForum { .. }
            | Self::Approve
            | Self::HandOver { .. } => None,
        }
    }

    pub(super) const fn village_of_appeal(&self) -> Option<VillageCode> {
        match self {
            Self::Appeal { village, accepted: true, .. } => Some(*village),
            _ => None,
        }
    }
}

/// What has a text of its own.
mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<T: Display, S: Serializer>(it: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(it)
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr,
        T::Err: Display,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The same, or nothing.
mod as_text_or_none {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<T, S>(it: &Option<T>, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Display,
        S: Serializer,
    {
        match it {
            Some(it) => serializer.collect_str(it),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr,
        T::Err: Display,
        D: Deserializer<'de>,
    {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}
