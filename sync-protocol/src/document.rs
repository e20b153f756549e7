//! A household's document on a device: its changes, and the registers that they make.
//!
//! What Automerge would make of the same changes, without Automerge, which is most of what a phone would
//! have to fetch. The changes are the document; the registers follow from them. A hub makes Automerge
//! documents of them still ([`crate::snapshot`]), and the tests let Automerge judge what is made here.

mod drafting;
mod log;

use light::Set;

use crate::change::{Change, Draft, Edit, OpId, Refusal};
use crate::ids::{ActorId, ChangeHash, RowId};
use crate::limits;
use crate::registers::room::Room;
use crate::registers::{Judgement, Registers};
use crate::snapshot;
use crate::value::{Scalar, Shown};
use drafting::Drafting;
use log::Log;

/// Why a document could not be loaded, changed or edited. The document is as it was before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The stored bytes are not a document of this protocol.
    #[error("the stored document cannot be read: {0}")]
    Unreadable(String),
    /// A change that no replica may take.
    #[error("a change was refused: {0}")]
    Refused(Refusal),
    /// A change depends on one that is not here.
    #[error("a change depends on {0}, which is not here")]
    Missing(ChangeHash),
    /// There is another change with the same actor and number.
    #[error("there is another change with number {seq} of actor {actor}")]
    ActorConflict {
        /// The actor.
        actor: ActorId,
        /// The number that both changes have.
        seq: u64,
    },
    /// An edit that cannot be made.
    #[error("{0}")]
    Edit(EditError),
}

/// Why an edit cannot be made; nothing of its change is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// A question name that is empty, too long or has control characters.
    #[error(
        "{0:?} is not a question name: it has 1 to {max} bytes and no control characters",
        max = limits::KEY_BYTES_MAX
    )]
    Key(String),
    /// A text that is too long.
    #[error("the answer to {key} has {bytes} bytes; {max} are allowed", max = limits::STRING_BYTES_MAX)]
    TooLong {
        /// The question.
        key: String,
        /// Length of the answer.
        bytes: usize,
    },
    /// A decimal that is not a number, or infinite.
    #[error("the answer to {0} is not a finite number")]
    NotFinite(String),
    /// No such row.
    #[error("there is no row {0} in this household")]
    NoRow(RowId),
    /// The row is there already.
    #[error("there is already a row {0} in this household")]
    RowExists(RowId),
    /// More edits than one change can hold.
    #[error("one change holds at most {max} edits", max = limits::CHANGE_OPS_MAX)]
    TooMany,
}

/// A change that was made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its hash.
    pub hash: ChangeHash,
    /// Its raw bytes.
    pub bytes: Vec<u8>,
}

/// Draws up one change of these edits upon a household of which the registers are known, under `actor`, at
/// `time_ms` (Unix milliseconds). `None` when they say all of it already.
///
/// # Errors
/// [`EditError`] for an edit that no replica would take.
pub fn draft(
    registers: &Registers,
    actor: ActorId,
    time_ms: i64,
    edits: &[Edit],
) -> Result<Option<Made>, EditError> {
    let start = OpId { counter: registers.next_op(), actor };
    let ops = Drafting::new(registers, start).draw_up(edits)?;
    if ops.is_empty() {
        return Ok(None);
    }
    let mut deps = registers.heads().to_vec();
    let mut seq = 1;
    // An actor's changes are a chain, and Automerge names its last one even where others build on it.
    if let Some((last, last_seq)) = registers.last_of(actor) {
        seq = last_seq + 1;
        if let Err(place) = deps.binary_search(&last) {
            deps.insert(place, last);
        }
    }
    let (hash, bytes) = Draft { deps, actor, seq, start_op: start.counter, time_ms, ops }.write();
    Ok(Some(Made { hash, bytes }))
}

/// A change that a document holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who made it.
    pub actor: ActorId,
    /// When, by the author's clock: Unix milliseconds.
    pub time_ms: i64,
    /// What it depends on.
    pub deps: Vec<ChangeHash>,
    /// Its raw bytes.
    pub bytes: Vec<u8>,
}

/// One live value of a register.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveAnswer {
    /// The value.
    pub value: Scalar,
    /// Who put it.
    pub actor: ActorId,
    /// When, by the author's clock: Unix milliseconds.
    pub time_ms: i64,
}

/// One register of a document, with its winning value.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The row it lies in; `None` for the household's own answers.
    pub row: Option<RowId>,
    /// Question name.
    pub key: String,
    /// The value that every replica shows.
    pub value: Scalar,
    /// Whether live values differ.
    pub conflict: bool,
}

impl Answer {
    /// The same, borrowed.
    #[must_use]
    pub fn as_shown(&self) -> Shown<'_> {
        Shown { row: self.row, key: &self.key, value: self.value.as_ref(), conflict: self.conflict }
    }
}

/// What is left of a document without some of its changes.
#[derive(Debug)]
pub struct Parted {
    /// The document without them and without what depends on them.
    pub rest: Document,
    /// The changes that were taken out, each after those that it depends on, as edits to make anew.
    pub taken: Vec<(Held, Vec<Edit>)>,
}

/// One household's document.
#[derive(Debug, Clone)]
pub struct Document {
    registers: Registers,
    /// The changes, in the order in which the registers took them.
    log: Log,
}

impl Document {
    /// A household of which nothing is known yet: the genesis.
    #[must_use]
    pub fn new() -> Self {
        Self { registers: Registers::with_room(Room::DEVICE), log: Log::default() }
    }

    /// Reads [`Document::save`], or an Automerge document saved without compression.
    ///
    /// # Errors
    /// [`DocumentError::Unreadable`] when the bytes are neither, or hold what no replica would take.
    pub fn load(bytes: &[u8]) -> Result<Self, DocumentError> {
        let unreadable = |why: &dyn std::fmt::Display| DocumentError::Unreadable(why.to_string());
        if !snapshot::is_snapshot(bytes) {
            return log::read(bytes).map_err(|why| unreadable(&why));
        }
        let mut document = Self::new();
        for (hash, bytes) in snapshot::read(bytes).map_err(|why| unreadable(&why))? {
            let change = Change::read_written(&bytes, hash).map_err(|why| unreadable(&why))?;
            document.take(&change).map_err(|why| unreadable(&why))?;
        }
        Ok(document)
    }

    /// The document's bytes, for [`Document::load`].
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.log.write(&self.registers)
    }

    /// The hashes of the changes that no other change depends on, ascending.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.registers.heads().to_vec()
    }

    /// Makes one change of these edits, under `actor`, at `time_ms` (Unix milliseconds).
    /// `None` when the document says all of it already.
    ///
    /// # Errors
    /// [`DocumentError::Edit`] for an edit that no replica would take, [`DocumentError::Refused`] for
    /// a change that no replica would take, e.g. because all of it together is too large.
    pub fn edit(
        &mut self,
        actor: ActorId,
        time_ms: i64,
        edits: &[Edit],
    ) -> Result<Option<Made>, DocumentError> {
        let made = draft(&self.registers, actor, time_ms, edits).map_err(DocumentError::Edit)?;
        let Some(made) = made else { return Ok(None) };
        self.take(&Change::read_written(&made.bytes, made.hash).map_err(DocumentError::Refused)?)?;
        Ok(Some(made))
    }

    /// Takes changes that were made elsewhere, each after those that it depends on; known ones are
    /// passed over. Returns how many were new.
    ///
    /// # Errors
    /// The first change that cannot be taken; then none is.
    pub fn apply<B: AsRef<[u8]>>(&mut self, changes: &[B]) -> Result<usize, DocumentError> {
        // A single change is taken or it is not.
        let before = (changes.len() > 1).then(|| self.clone());
        let mut fresh = 0;
        for bytes in changes {
            let taken = Change::read(bytes.as_ref()).map_err(DocumentError::Refused);
            match taken.and_then(|change| self.take(&change)) {
                Ok(is_new) => fresh += usize::from(is_new),
                Err(error) => {
                    if let Some(before) = before {
                        *self = before;
                    }
                    return Err(error);
                }
            }
        }
        Ok(fresh)
    }

    /// Takes one change; tells whether it is new.
    fn take(&mut self, change: &Change<'_>) -> Result<bool, DocumentError> {
        match self.registers.merge(change, self.log.len() as u64) {
            Ok(_) => self.log.push(change, &self.registers),
            Err(Judgement::Known | Judgement::Ready) => return Ok(false),
            Err(Judgement::Waiting { missing }) => return Err(DocumentError::Missing(missing[0])),
            Err(Judgement::ActorConflict) => {
                return Err(DocumentError::ActorConflict { actor: change.actor(), seq: change.seq() });
            }
            Err(Judgement::Refused(why)) => return Err(DocumentError::Refused(why)),
        }
        Ok(true)
    }

    /// Whether the document holds this change.
    #[must_use]
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.registers.contains(hash)
    }

    /// All changes but the genesis, each after those that it depends on.
    #[must_use]
    pub fn changes(&self) -> Vec<Held> {
        (1..=self.log.len()).map(|index| self.held(index)).collect()
    }

    /// The change with this index in the registers.
    fn held(&self, index: usize) -> Held {
        let placed = self.registers.placed(index);
        let hash_of = |dep: &u32| self.registers.placed(*dep as usize).hash;
        Held {
            hash: placed.hash,
            actor: self.registers.actor(placed.actor),
            time_ms: self.log.time_ms(index),
            deps: placed.deps.iter().map(hash_of).collect(),
            bytes: self.log.raw(index, &self.registers),
        }
    }

    /// The document without these changes and without what depends on them.
    ///
    /// # Errors
    /// [`DocumentError::Unreadable`] when the document holds what no replica would have taken.
    pub fn without(&self, hashes: &Set<ChangeHash>) -> Result<Parted, DocumentError> {
        let row_of = |made: OpId| self.registers.row_made_by(made);
        let unreadable =
            |held: &Held| DocumentError::Unreadable(format!("it holds the change {}", held.hash));
        let mut gone = hashes.clone();
        let (mut rest, mut taken) = (Self::new(), Vec::new());
        for held in self.changes() {
            let change = Change::read_written(&held.bytes, held.hash).map_err(|_| unreadable(&held))?;
            if gone.contains(&held.hash) || held.deps.iter().any(|dep| gone.contains(dep)) {
                gone.insert(held.hash);
                let edits = change.edits(row_of).ok_or_else(|| unreadable(&held))?;
                taken.push((held, edits));
            } else {
                rest.take(&change)?;
            }
        }
        Ok(Parted { rest, taken })
    }

    /// The document as it was for whoever knew these changes and what they build on; `None` when one
    /// of them is not here, or none is named.
    #[must_use]
    pub fn at(&self, heads: &Set<ChangeHash>) -> Option<Self> {
        if heads.is_empty() {
            return None;
        }
        let mut past = Self::new();
        for index in self.registers.indexes_up_to(heads)? {
            let hash = self.registers.placed(index).hash;
            let bytes = self.log.raw(index, &self.registers);
            past.take(&Change::read_written(&bytes, hash).ok()?).ok()?;
        }
        Some(past)
    }

    /// Every register with the value that every replica shows, by row and key; the household's own
    /// answers first.
    #[must_use]
    pub fn answers(&self) -> Vec<Answer> {
        let owned = |shown: Shown<'_>| Answer {
            row: shown.row,
            key: shown.key.to_owned(),
            value: shown.value.to_owned(),
            conflict: shown.conflict,
        };
        self.registers.shown().into_iter().map(owned).collect()
    }

    /// The rows, by id, hidden ones included.
    #[must_use]
    pub fn rows(&self) -> Vec<RowId> {
        self.registers.row_ids()
    }

    /// The live values of one register; the last one is shown. Empty when nothing was ever put.
    #[must_use]
    pub fn live(&self, row: Option<RowId>, key: &str) -> Vec<LiveAnswer> {
        let live = self.registers.register(row, key).map(|register| register.live).unwrap_or_default();
        live.into_iter()
            .map(|live| LiveAnswer {
                value: live.value.to_owned(),
                actor: live.actor,
                time_ms: self.log.time_ms(live.log_seq as usize + 1),
            })
            .collect()
    }
}

impl Default for Document {
    fn default() -> Self {
        Self::new()
    }
}
