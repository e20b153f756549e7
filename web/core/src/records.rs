//! What is stored, as bytes before they are sealed. A field is only ever added at an end.

use minicbor::{Decode, Encode};
use sync_protocol::device::{Mark, Outgoing, Presence, Stored};
use sync_protocol::ids::{ActorId, ChangeHash, HouseholdId, RowId, VillageCode};
use sync_protocol::value::Scalar;

use crate::facts::Facts;

/// The bytes of a record.
#[must_use]
pub fn bytes<T: Encode<()>>(record: &T) -> Vec<u8> {
    minicbor::to_vec(record).expect("a record encodes into memory")
}

/// Reads a record; `None` where the bytes are none.
#[must_use]
pub fn read<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Option<T> {
    minicbor::decode(bytes).ok()
}

/// A household.
#[derive(Debug, Encode, Decode)]
pub struct HouseholdRecord {
    #[n(0)]
    village: VillageCode,
    #[n(1)]
    actor: Option<ActorId>,
    #[n(2)]
    heads: Vec<ChangeHash>,
    #[n(3)]
    presence: PresenceRecord,
    #[cbor(n(4), with = "minicbor::bytes")]
    document: Vec<u8>,
}

/// Where a household is.
#[derive(Debug, Clone, Copy, Encode, Decode)]
pub enum PresenceRecord {
    /// Here.
    #[n(0)]
    Here,
    /// In another.
    #[n(1)]
    Folded(#[n(0)] HouseholdId),
    /// In a village outside the scope.
    #[n(2)]
    Moved(#[n(0)] VillageCode),
    /// Erased.
    #[n(3)]
    Erased,
}

impl From<Presence> for PresenceRecord {
    fn from(presence: Presence) -> Self {
        match presence {
            Presence::Here => Self::Here,
            Presence::Folded(into) => Self::Folded(into),
            Presence::Moved(to) => Self::Moved(to),
            Presence::Erased => Self::Erased,
        }
    }
}

impl From<PresenceRecord> for Presence {
    fn from(record: PresenceRecord) -> Self {
        match record {
            PresenceRecord::Here => Self::Here,
            PresenceRecord::Folded(into) => Self::Folded(into),
            PresenceRecord::Moved(to) => Self::Moved(to),
            PresenceRecord::Erased => Self::Erased,
        }
    }
}

impl From<&Stored> for HouseholdRecord {
    fn from(stored: &Stored) -> Self {
        Self {
            village: stored.village,
            actor: stored.actor,
            heads: stored.heads.clone(),
            presence: stored.presence.into(),
            document: stored.document.clone(),
        }
    }
}

impl From<HouseholdRecord> for Stored {
    fn from(record: HouseholdRecord) -> Self {
        Self {
            village: record.village,
            actor: record.actor,
            document: record.document,
            heads: record.heads,
            presence: record.presence.into(),
        }
    }
}

/// A change in the outbox.
#[derive(Debug, Encode, Decode)]
pub struct OutgoingRecord {
    #[n(0)]
    household: HouseholdId,
    #[n(1)]
    village: VillageCode,
    #[n(2)]
    hash: ChangeHash,
    /// 0 not sent, 1 accepted, 2 refused.
    #[n(3)]
    mark: u8,
    #[n(4)]
    reason: u8,
    #[cbor(n(5), with = "minicbor::bytes")]
    bytes: Vec<u8>,
}

/// A change in the outbox, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The change.
    pub outgoing: Outgoing,
    /// `None` until the hub said something.
    pub mark: Option<Mark>,
}

impl From<&Posted> for OutgoingRecord {
    fn from(posted: &Posted) -> Self {
        let Outgoing { household, village, hash, bytes } = posted.outgoing.clone();
        let (mark, reason) = match posted.mark {
            Some(Mark::Accepted) => (1, 0),
            Some(Mark::Refused(reason)) => (2, reason),
            Some(Mark::Replaced) | None => (0, 0),
        };
        Self { household, village, hash, mark, reason, bytes }
    }
}

impl From<OutgoingRecord> for Posted {
    fn from(record: OutgoingRecord) -> Self {
        let OutgoingRecord { household, village, hash, mark, reason, bytes } = record;
        let mark = match mark {
            1 => Some(Mark::Accepted),
            2 => Some(Mark::Refused(reason)),
            _ => None,
        };
        Self { outgoing: Outgoing { household, village, hash, bytes }, mark }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum ScalarRecord {
    /// Cleared.
    #[n(0)]
    Null,
    /// Yes or no.
    #[n(1)]
    Bool(#[n(0)] bool),
    /// A whole number.
    #[n(2)]
    Int(#[n(0)] i64),
    /// A whole number without sign.
    #[n(3)]
    Uint(#[n(0)] u64),
    /// A decimal.
    #[n(4)]
    F64(#[n(0)] f64),
    /// A text.
    #[n(5)]
    Str(#[n(0)] String),
}

impl From<&Scalar> for ScalarRecord {
    fn from(scalar: &Scalar) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(value) => Self::Bool(*value),
            Scalar::Int(value) => Self::Int(*value),
            Scalar::Uint(value) => Self::Uint(*value),
            Scalar::F64(value) => Self::F64(*value),
            Scalar::Str(value) => Self::Str(value.clone()),
        }
    }
}

impl From<ScalarRecord> for Scalar {
    fn from(record: ScalarRecord) -> Self {
        match record {
            ScalarRecord::Null => Self::Null,
            ScalarRecord::Bool(value) => Self::Bool(value),
            ScalarRecord::Int(value) => Self::Int(value),
            ScalarRecord::Uint(value) => Self::Uint(value),
            ScalarRecord::F64(value) => Self::F64(value),
            ScalarRecord::Str(value) => Self::Str(value),
        }
    }
}

/// Answers that are no change yet.
#[derive(Debug, Encode, Decode)]
pub struct DraftRecord {
    /// The village that the household is registered in, should it be new.
    #[n(0)]
    pub village: VillageCode,
    /// Rows to be made, in order.
    #[n(1)]
    pub rows: Vec<RowId>,
    /// The last put of each register.
    #[n(2)]
    pub puts: Vec<PutRecord>,
}

/// One put of a draft.
#[derive(Debug, Encode, Decode)]
pub struct PutRecord {
    /// The row; none for the household's own answers.
    #[n(0)]
    pub row: Option<RowId>,
    /// The register's key.
    #[n(1)]
    pub key: String,
    /// The answer.
    #[n(2)]
    pub value: ScalarRecord,
    /// When it was given, Unix milliseconds.
    #[n(3)]
    pub time_ms: i64,
}

/// What the list and a sync know of a village's households without their documents.
#[derive(Debug, Encode, Decode)]
pub struct VillageRecord {
    /// The households that lie in it, those that are gone included.
    #[n(0)]
    pub entries: Vec<EntryRecord>,
}

/// One household of the index.
#[derive(Debug, Encode, Decode)]
pub struct EntryRecord {
    /// Its id.
    #[n(0)]
    pub household: HouseholdId,
    /// Under which actor it is edited here.
    #[n(1)]
    pub actor: Option<ActorId>,
    /// Its document's heads.
    #[n(2)]
    pub heads: Vec<ChangeHash>,
    /// Where it is.
    #[n(3)]
    pub presence: PresenceRecord,
    /// Whether a document is stored.
    #[n(4)]
    pub has_document: bool,
    /// Whether the facts are older than the document.
    #[n(5)]
    pub is_stale: bool,
    /// What the list shows.
    #[n(6)]
    pub facts: Facts,
}
