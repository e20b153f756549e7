//! Wire messages: one request and one reply, each a version byte and then one CBOR array.
//!
//! Fields are array elements by position; a reader skips positions that it does not know and takes
//! lists that are missing at the end as empty, so a version can grow. Every length is bounded by
//! [`limits`].

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::cursor::Cursor;
use crate::digest::{Buckets, Digest};
use crate::ids::{ChangeHash, HouseholdId, ShortHash, VillageCode};
use crate::limits;

/// The version that this crate speaks: the first byte of every body.
pub const VERSION: u8 = 1;
/// The oldest version that a hub of this crate answers.
pub const VERSION_OLDEST: u8 = 1;

/// Why a body is not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The body is empty.
    #[error("the body is empty")]
    Empty,
    /// The first byte names a version that is not spoken here.
    #[error("protocol version {0} is not spoken here: this side speaks {VERSION_OLDEST} to {VERSION}")]
    Version(u8),
    /// The rest is not the CBOR that the version prescribes.
    #[error("the body is not a message of this protocol: {0}")]
    Malformed(String),
    /// A list or a string is longer than its limit.
    #[error("{what} is over its limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its limit.
        limit: usize,
    },
}

/// What a device says: where it is, what is new, and, while reconciling, what it holds.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Request {
    /// How far it has read; `None` asks for a first sync.
    #[n(0)]
    pub cursor: Option<Cursor>,
    /// Bytes that the reply's entries, or its answers, may take.
    #[n(1)]
    pub budget_bytes: u32,
    /// New changes, each after those that it depends on.
    #[cbor(n(2), default)]
    pub push: Vec<PushGroup>,
    /// First round of a reconciliation: bucket digests of the villages whose digests differ.
    #[cbor(n(3), default)]
    pub buckets: Vec<VillageBuckets>,
    /// Second round: the changes that the device holds of households that differ.
    #[cbor(n(4), default)]
    pub have: Vec<Have>,
}

/// Changes of one household on their way up.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct PushGroup {
    /// The household.
    #[n(0)]
    pub household: HouseholdId,
    /// The village in which it is registered; decides only when the hub has no such household yet.
    #[n(1)]
    pub village: VillageCode,
    /// Raw change chunks.
    #[n(2)]
    pub changes: Vec<ByteVec>,
}

/// Bucket digests of one village.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct VillageBuckets {
    /// The village.
    #[n(0)]
    pub village: VillageCode,
    /// Its buckets, as the sender has them.
    #[n(1)]
    pub buckets: Buckets,
}

/// The changes that a device holds of one household.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Have {
    /// The household.
    #[n(0)]
    pub household: HouseholdId,
    /// [`ShortHash`] of every change but the genesis, one after the other.
    #[n(1)]
    pub changes: ShortHashes,
}

/// A list of [`ShortHash`]es in one byte string.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShortHashes(Vec<u8>);

impl<C> Encode<C> for ShortHashes {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for ShortHashes {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        if bytes.len() % 8 != 0 {
            return Err(minicbor::decode::Error::message("not a list of short hashes"));
        }
        Ok(Self(bytes.to_vec()))
    }
}

impl FromIterator<ShortHash> for ShortHashes {
    fn from_iter<I: IntoIterator<Item = ShortHash>>(hashes: I) -> Self {
        Self(hashes.into_iter().flatten().collect())
    }
}

impl ShortHashes {
    /// The hashes.
    pub fn iter(&self) -> impl Iterator<Item = ShortHash> + '_ {
        self.0.chunks_exact(8).map(|bytes| {
            let mut hash = [0; 8];
            hash.copy_from_slice(bytes);
            hash
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len() / 8
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a hub answers.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Reply {
    /// One [`Verdict`] for each pushed change, in the order in which they were pushed.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub verdicts: Vec<u8>,
    /// What there is to say about a verdict.
    #[n(1)]
    pub notes: Vec<Note>,
    /// The log after the request's cursor, in its order, as far as the budget reached.
    #[n(2)]
    pub entries: Vec<Entry>,
    /// Where the device is once it has taken the entries (or the frames); where the hub is when it
    /// did not know the request's cursor.
    #[n(3)]
    pub cursor: Cursor,
    /// How the hub took the request's cursor.
    #[n(4)]
    pub standing: Standing,
    /// The digest of each village of the device's scope, at the end of the log.
    #[n(5)]
    pub digests: Vec<VillageDigest>,
    /// For a first sync: the frames to fetch before the log is read on from `cursor`.
    #[n(6)]
    pub frames: Vec<FrameRef>,
    /// Answer to `buckets`: where the hub's differ, one element for each village asked about.
    #[n(7)]
    pub differing: Vec<VillageDiffering>,
    /// Answer to `have`.
    #[n(8)]
    pub answers: Vec<Answer>,
    /// The hub's clock, Unix milliseconds: a device shows its own error, and never sets a value by it.
    #[n(9)]
    pub time_ms: i64,
    /// What is published in the tambon: where it is another than the device fetched its forms under, there
    /// is something to fetch. `None` from a hub that does not say; then it is not written.
    #[n(10)]
    pub forms: Option<Fingerprint>,
}

/// Stands for the forms that are published in a tambon, where, and with which tables: the same for the same,
/// on any hub. Zeros where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fingerprint(pub [u8; 8]);

impl<C> Encode<C> for Fingerprint {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Fingerprint {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?.try_into();
        bytes.map(Self).map_err(|_| minicbor::decode::Error::message("not a fingerprint"))
    }
}

/// How the hub took the request's cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Standing {
    /// Known, and the log was read to its end.
    #[n(0)]
    Complete,
    /// Known, and there is more of the log: ask again.
    #[n(1)]
    More,
    /// Not of this log (another hub, or one restored from a backup): reconcile by digests, then take
    /// `cursor` as one's own.
    #[n(2)]
    Unknown,
    /// There was none: fetch `frames`, then read on from `cursor`.
    #[n(3)]
    First,
}

/// What became of a pushed change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// Durable, merged and in the log.
    Accepted = 0,
    /// It was there already.
    Known = 1,
    /// It depends on changes that the hub has not; the note names them. Send those, then it again.
    Waiting = 2,
    /// The hub holds another change with this actor and number: the device's storage was restored or
    /// cloned. Take a new actor and make the edits anew.
    ActorConflict = 3,
    /// Kept for a person to look at, with the reason that the note gives; in no document.
    Quarantined = 4,
}

impl TryFrom<u8> for Verdict {
    type Error = u8;

    fn try_from(number: u8) -> Result<Self, u8> {
        match number {
            0 => Ok(Self::Accepted),
            1 => Ok(Self::Known),
            2 => Ok(Self::Waiting),
            3 => Ok(Self::ActorConflict),
            4 => Ok(Self::Quarantined),
            other => Err(other),
        }
    }
}

/// A word on one verdict.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Note {
    /// Position of the change among all pushed ones, from 0.
    #[n(0)]
    pub index: u32,
    /// For a quarantined change: the reason's code, see [`Reason`](crate::hub::Reason).
    #[n(1)]
    pub reason: u8,
    /// For a waiting change: what it waits for. For one that is quarantined because it builds on
    /// others that are: those.
    #[n(2)]
    pub missing: Vec<ChangeHash>,
}

/// One step of the log; consecutive changes of one household are one entry.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub enum Entry {
    /// Changes of a household, each after those that it depends on.
    #[n(0)]
    Changes {
        /// The household.
        #[n(0)]
        household: HouseholdId,
        /// Its village.
        #[n(1)]
        village: VillageCode,
        /// Raw change chunks.
        #[n(2)]
        changes: Vec<ByteVec>,
    },
    /// Two households turned out to be one.
    #[n(1)]
    Folded {
        /// The household that is no more; its changes are in `into`.
        #[n(0)]
        household: HouseholdId,
        /// Its village.
        #[n(1)]
        village: VillageCode,
        /// The household that goes on.
        #[n(2)]
        into: HouseholdId,
    },
    /// A household left a village.
    #[n(2)]
    Moved {
        /// The household.
        #[n(0)]
        household: HouseholdId,
        /// The village that it left.
        #[n(1)]
        village: VillageCode,
        /// The village where it is now.
        #[n(2)]
        to: VillageCode,
    },
    /// A household was erased: delete every copy.
    #[n(3)]
    Erased {
        /// The household.
        #[n(0)]
        household: HouseholdId,
        /// Its village.
        #[n(1)]
        village: VillageCode,
    },
}

/// The digest of one village.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct VillageDigest {
    /// The village.
    #[n(0)]
    pub village: VillageCode,
    /// Sum over its live households.
    #[n(1)]
    pub digest: Digest,
}

/// A file of a first sync, fetched by its name and kept whole or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct FrameRef {
    /// SHA-256 of the file's bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub sha256: [u8; 32],
    /// Its length in bytes.
    #[n(1)]
    pub bytes: u32,
}

/// Where a village's buckets differ.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct VillageDiffering {
    /// The village.
    #[n(0)]
    pub village: VillageCode,
    /// Numbers of the buckets that differ, one byte each.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub buckets: Vec<u8>,
    /// The hub's live households in those buckets.
    #[n(2)]
    pub households: Vec<HouseholdHeads>,
}

/// A household of the hub, with its heads.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HouseholdHeads {
    /// The household.
    #[n(0)]
    pub household: HouseholdId,
    /// [`ShortHash`] of each of its heads.
    #[n(1)]
    pub heads: ShortHashes,
}

/// What the hub says to a [`Have`].
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Answer {
    /// The household that was asked about.
    #[n(0)]
    pub household: HouseholdId,
    /// What the hub has under that id.
    #[n(1)]
    pub fate: Fate,
    /// Changes that the device lacks, in dependency order, as far as the budget reached.
    #[n(2)]
    pub changes: Vec<ByteVec>,
    /// Those of the device's changes that the hub lacks: push them.
    #[n(3)]
    pub want: ShortHashes,
}

/// What a hub has under a household's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Fate {
    /// A household of this village.
    #[n(0)]
    Live {
        /// Where it is.
        #[n(0)]
        village: VillageCode,
    },
    /// Nothing: push everything.
    #[n(1)]
    Unknown,
    /// It is one with another.
    #[n(2)]
    Folded {
        /// The household that goes on.
        #[n(0)]
        into: HouseholdId,
    },
    /// It is in a village outside the device's scope.
    #[n(3)]
    Moved {
        /// Where it is.
        #[n(0)]
        to: VillageCode,
    },
    /// It was erased.
    #[n(4)]
    Erased,
}

/// Bytes that an entry or an answer takes of a budget, beside its changes.
pub const ENTRY_OVERHEAD_BYTES: usize = 32;

fn encode<T: Encode<()>>(message: &T) -> Vec<u8> {
    let mut body = vec![VERSION];
    minicbor::encode(message, &mut body).expect("a message encodes into memory");
    body
}

/// Reads a message; `tell` says what is wrong with its CBOR.
fn decode<'b, T: Decode<'b, ()>>(
    body: &'b [u8],
    tell: fn(minicbor::decode::Error) -> String,
) -> Result<T, WireError> {
    let (version, message) = body.split_first().ok_or(WireError::Empty)?;
    if !(VERSION_OLDEST..=VERSION).contains(version) {
        return Err(WireError::Version(*version));
    }
    let mut decoder = Decoder::new(message);
    let decoded = decoder.decode().map_err(|error| WireError::Malformed(tell(error)))?;
    if decoder.position() != message.len() {
        return Err(WireError::Malformed("bytes after the end of the message".to_owned()));
    }
    Ok(decoded)
}

fn at_most(what: &'static str, count: usize, limit: usize) -> Result<(), WireError> {
    if count <= limit { Ok(()) } else { Err(WireError::TooLarge { what, limit }) }
}

impl Request {
    /// A request that says nothing but where the device is.
    #[must_use]
    pub fn at(cursor: Option<Cursor>, budget_bytes: u32) -> Self {
        Self { cursor, budget_bytes, push: Vec::new(), buckets: Vec::new(), have: Vec::new() }
    }

    /// The body of the request, uncompressed.
    #[must_use]
    pub fn to_body(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads a request's body, uncompressed.
    ///
    /// # Errors
    /// [`WireError`] for anything that is not a request of a spoken version within its limits.
    pub fn from_body(body: &[u8]) -> Result<Self, WireError> {
        at_most("the request body", body.len(), limits::REQUEST_BYTES_MAX)?;
        // Whoever writes a client wants to know.
        let request: Self = decode(body, |error| error.to_string())?;
        at_most("the list of households pushed", request.push.len(), limits::REQUEST_HOUSEHOLDS_MAX)?;
        at_most("the list of changes pushed", request.pushed(), limits::REQUEST_CHANGES_MAX)?;
        at_most("the list of villages", request.buckets.len(), limits::SCOPE_VILLAGES_MAX)?;
        at_most("the list of households held", request.have.len(), limits::REQUEST_HOUSEHOLDS_MAX)?;
        for have in &request.have {
            at_most("the list of changes held", have.changes.len(), limits::HOUSEHOLD_CHANGES_MAX)?;
        }
        Ok(request)
    }

    /// How many changes are pushed.
    #[must_use]
    pub fn pushed(&self) -> usize {
        self.push.iter().map(|group| group.changes.len()).sum()
    }

    /// The budget that the hub grants.
    #[must_use]
    pub fn budget(&self) -> usize {
        let granted = self.budget_bytes.clamp(limits::BUDGET_BYTES_MIN, limits::BUDGET_BYTES_MAX);
        usize::try_from(granted).unwrap_or(usize::MAX)
    }
}

impl Reply {
    /// The body of the reply, uncompressed.
    #[must_use]
    pub fn to_body(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads a reply's body, uncompressed.
    ///
    /// # Errors
    /// [`WireError`] for anything that is not a reply of a spoken version within its limits.
    pub fn from_body(body: &[u8]) -> Result<Self, WireError> {
        at_most("the reply body", body.len(), limits::REPLY_BYTES_MAX)?;
        decode(body, |_| "it is not CBOR of this version".to_owned())
    }
}
