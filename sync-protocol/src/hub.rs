//! The hub's decisions, without its database: what to refuse and why, and what two sides that
//! reconcile have to give each other.
//!
//! A hub answers a request in this order, the first two in one write transaction:
//!
//! 1. each pushed change is read ([`Change::read`](crate::change::Change::read)), its author and
//!    village are checked, and it is judged against the household's registers
//!    ([`Registers::judge`](crate::registers::Registers::judge)); it is accepted, or gets another
//!    [`Verdict`](crate::wire::Verdict) and, if it is quarantined, a [`Reason`];
//! 2. accepted changes get the next sequence numbers of the tambon's log and its next
//!    [`Chain`](crate::cursor::Chain)s, and the village's [`Digest`](crate::digest::Digest) changes
//!    by the difference;
//! 3. from one consistent view: the log after the cursor within the budget, the digests, and the
//!    answers of a reconciliation ([`differing`], [`exchange`]).

use light::Set;

use crate::change::Refusal;
use crate::digest::{Buckets, bucket};
use crate::ids::{ChangeHash, HouseholdId, ShortHash, VillageCode};
use crate::wire::{HouseholdHeads, ShortHashes, VillageDiffering};

/// Why a change lies in quarantine. Codes under 100 are those of [`Refusal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its bytes, or what they say, are not allowed.
    Refused(Refusal),
    /// Its actor does not begin with the id of a device enrolled in this tambon.
    UnknownDevice,
    /// Its household lies in a village outside the sender's scope.
    OutsideScope,
    /// It depends on a change that lies in quarantine.
    DependencyQuarantined,
    /// Its household was erased.
    HouseholdErased,
}

impl Reason {
    /// The code that travels in a [`Note`](crate::wire::Note).
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::UnknownDevice => 100,
            Self::OutsideScope => 101,
            Self::DependencyQuarantined => 102,
            Self::HouseholdErased => 103,
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            100 => Some(Self::UnknownDevice),
            101 => Some(Self::OutsideScope),
            102 => Some(Self::DependencyQuarantined),
            103 => Some(Self::HouseholdErased),
            other => Refusal::from_code(other).map(Self::Refused),
        }
    }

    /// A stable name for machines, in kebab case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.name(),
            Self::UnknownDevice => "unknown-device",
            Self::OutsideScope => "outside-scope",
            Self::DependencyQuarantined => "dependency-quarantined",
            Self::HouseholdErased => "household-erased",
        }
    }

    /// What happened and what to do, in English.
    #[must_use]
    pub fn english(self) -> String {
        match self {
            Self::Refused(refusal) => format!("the change is not one that a hub takes: {refusal}"),
            Self::UnknownDevice => "the change was written by a device that is not enrolled here; enrol it, then retry".to_owned(),
            Self::OutsideScope => "the household lies in a village that the device is not enrolled for; extend its villages, then retry".to_owned(),
            Self::DependencyQuarantined => "the change builds on one that lies in quarantine; settle that one first".to_owned(),
            Self::HouseholdErased => "the household was erased at its members' request; nothing more is kept of it".to_owned(),
        }
    }

    /// What happened and what to do, in Thai.
    #[must_use]
    pub fn thai(self) -> String {
        match self {
            Self::Refused(refusal) => format!("ข้อมูลที่ส่งมาไม่อยู่ในรูปแบบที่รับได้ ({})", refusal.name()),
            Self::UnknownDevice => "ข้อมูลนี้เขียนโดยเครื่องที่ยังไม่ได้ลงทะเบียน กรุณาลงทะเบียนเครื่องแล้วลองใหม่".to_owned(),
            Self::OutsideScope => {
                "ครัวเรือนอยู่ในหมู่บ้านที่เครื่องนี้ไม่ได้รับมอบหมาย กรุณาเพิ่มหมู่บ้านให้เครื่องแล้วลองใหม่".to_owned()
            }
            Self::DependencyQuarantined => "ข้อมูลนี้ต่อจากข้อมูลที่ถูกพักไว้ กรุณาจัดการรายการก่อนหน้าก่อน".to_owned(),
            Self::HouseholdErased => "ครัวเรือนนี้ถูกลบตามคำขอแล้ว จึงไม่เก็บข้อมูลเพิ่ม".to_owned(),
        }
    }
}

/// Where the device's buckets of `village` differ from those of the hub's live households `ours`.
#[must_use]
pub fn differing(
    theirs: &Buckets,
    village: VillageCode,
    ours: &[(HouseholdId, Vec<ChangeHash>)],
) -> VillageDiffering {
    let buckets = Buckets::of(ours.iter().map(|(household, heads)| (*household, heads.as_slice())));
    let differing = buckets.differing(theirs);
    let households = ours
        .iter()
        .filter(|(household, _)| differing.contains(&bucket(*household)))
        .map(|(household, heads)| HouseholdHeads {
            household: *household,
            heads: heads.iter().map(ChangeHash::short).collect(),
        })
        .collect();
    VillageDiffering {
        village,
        buckets: differing.iter().filter_map(|bucket| u8::try_from(*bucket).ok()).collect(),
        households,
    }
}

/// What two holders of one household lack of each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Positions, in the hub's order of arrival, of the changes that the device lacks.
    pub lacks: Vec<usize>,
    /// Those of the device's changes that the hub lacks.
    pub want: ShortHashes,
}

/// Compares what a device says it holds with what the hub holds, in its order of arrival.
#[must_use]
pub fn exchange(theirs: &ShortHashes, ours: &[ShortHash]) -> Exchange {
    let device: Set<ShortHash> = theirs.iter().collect();
    let hub: Set<ShortHash> = ours.iter().copied().collect();
    Exchange {
        lacks: (0..ours.len()).filter(|position| !device.contains(&ours[*position])).collect(),
        want: theirs.iter().filter(|hash| !hub.contains(hash)).collect(),
    }
}
