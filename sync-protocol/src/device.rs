//! The device's machine: what a phone, or the command line, does to be in step with its hub.
//!
//! It has no network, no storage, no clock and no chance. [`edit`] makes a change and puts it into
//! the outbox. A [`Session`] is one sync, from the first request until nothing is left to say; its
//! shell does what [`Session::step`] asks, one step after the other, and gives back what came of it:
//!
//! ```text
//! let mut session = Session::new(scope, state, households, away, unsent);
//! loop {
//!     match session.step() {
//!         Step::Post(body)   => session.posted(http.post("/api/v1/sync", body)?)?,
//!         Step::Fetch(frame) => session.fetched(http.get_range("/api/v1/frames/…", …)?)?,
//!         Step::Apply(tasks) => session.applied(storage.transaction(|s| carry_out(&tasks, s, random))?),
//!         Step::Read(ids)    => session.read(storage.documents(ids)?),
//!         Step::Done         => break,
//!     }
//! }
//! ```
//!
//! Everything that a reply brings is applied in **one** storage transaction together with the cursor
//! that it leads to, so a device can be killed at any moment: it either has the reply or asks again.
//! An outgoing change is forgotten only when the hub has accepted it *and* a later reply's digests
//! have shown that both sides hold the same documents.

mod apply;
pub mod memory;
mod session;
#[cfg(test)]
mod tests;

use minicbor::{Decode, Encode};

pub use apply::{EditFailed, Outcome, Storage, Task, carry_out, edit};
pub use session::{Report, Scope, Session, SessionError, Step};

use crate::cursor::Cursor;
use crate::genesis;
use crate::ids::{ActorId, ChangeHash, HouseholdId, VillageCode};
use crate::wire::FrameRef;

/// A household as a device stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The village that it lies in, as far as the device knows.
    pub village: VillageCode,
    /// The actor under which this device edits it; `None` before its first edit here.
    pub actor: Option<ActorId>,
    /// [`Document::save`](crate::document::Document::save); empty when the household is gone.
    pub document: Vec<u8>,
    /// The document's heads, ascending.
    pub heads: Vec<ChangeHash>,
    /// Whether it is still a household here.
    pub presence: Presence,
}

impl Stored {
    /// Whether it is a household here of which more than the genesis is known: one that counts in
    /// its village's digest.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.presence == Presence::Here && !self.heads.is_empty() && self.heads != [genesis::hash()]
    }

    /// Whether it moved away and its document is kept all the same: to be offered to a hub that was
    /// restored from a backup.
    #[must_use]
    pub fn is_kept_away(&self) -> bool {
        matches!(self.presence, Presence::Moved(_)) && !self.document.is_empty()
    }
}

/// Whether a household is still one of this device's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Here,
    /// It turned out to be one with another; edits go there.
    Folded(HouseholdId),
    /// It moved to a village outside the device's scope.
    Moved(VillageCode),
    /// It was erased.
    Erased,
}

/// A change on its way to the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its household.
    pub household: HouseholdId,
    /// The household's village.
    pub village: VillageCode,
    /// Its hash.
    pub hash: ChangeHash,
    /// Its raw bytes.
    pub bytes: Vec<u8>,
}

/// What became of an outgoing change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The hub has it; to be forgotten at the next [`Storage::confirm`].
    Accepted,
    /// The hub keeps it in quarantine, for the reason with this code. Kept here to be shown.
    Refused(u8),
    /// Its edits were made anew under another actor; it can be forgotten.
    Replaced,
}

/// What a device remembers of its hub between two sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct State {
    /// How far it has read the hub's log.
    #[n(0)]
    pub cursor: Option<Cursor>,
    /// A first sync that is under way.
    #[n(1)]
    pub plan: Option<FramePlan>,
}

/// The frames of a first sync that are still to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct FramePlan {
    /// In the order in which to fetch them.
    #[n(0)]
    pub frames: Vec<FrameRef>,
    /// How many are done.
    #[n(1)]
    pub done: u32,
    /// Where to read the log on from afterwards.
    #[n(2)]
    pub cursor: Cursor,
}

impl State {
    /// The bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("a state encodes into memory")
    }

    /// Reads [`State::to_bytes`]. What cannot be read is a first sync: nothing but traffic is lost.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        minicbor::decode(bytes).unwrap_or_default()
    }
}
