//! A household as its registers: what an Automerge document shows, kept so that a change can be
//! merged into it without loading a document.
//!
//! # How it works
//!
//! ```
//! # use sync_protocol::{change::Change, registers::{Judgement, Registers, Vocabulary}};
//! # fn merge(blob: &[u8], bytes: &[u8], vocabulary: &Vocabulary, log_seq: u64) -> Result<Option<Vec<u8>>, Box<dyn std::error::Error>> {
//! let mut household = Registers::decode(blob, vocabulary)?; // or Registers::genesis()
//! let change = Change::read(bytes)?;
//! Ok(match household.merge(&change, log_seq) {
//!     Ok(merged) => Some(household.encode(vocabulary)), // merged tells what was touched
//!     Err(Judgement::Known) => None,
//!     Err(Judgement::Waiting { missing }) => None,      // try again when these have arrived
//!     Err(refused_or_conflict) => None,
//! })
//! # }
//! ```
//!
//! A **register** is one key of one map: its *live* values (put by operations that no other
//! operation has replaced) and the ids of its *dead* operations. A put names the operations that
//! it replaces; merging removes those from the live ones and adds its own. That is all that
//! Automerge does with such operations, so both show the same: of several live values the one
//! with the greatest (counter, actor), and they keep the same heads. Live values that differ are a
//! **conflict**. Values are equal when type and value are: the integer 4, the unsigned 4 and the
//! decimal 4.0 are three values, decimals are compared by their bits; two people who write the
//! same value make no conflict.
//!
//! # Why it is safe
//!
//! [`judge`](Registers::judge) lets a change through only if Automerge would make of it exactly
//! the document that its author had: all dependencies are known, the sequence number and the first
//! counter are those that follow from them, its row and all that it replaces exist in its causal
//! past, and it replaces every live value of the register that lies in its past. What is let
//! through every Automerge applies, saves and loads. A refused change leaves no trace.
//!
//! Three answers depend on the order of arrival. A row is made once: a second making under the same
//! id is refused even where it is concurrent (ids are random; only a copied or hostile device
//! repeats one). The limits of a household refuse what comes last. And a hostile change that leaves
//! a value of its past unreplaced is let through if somebody else has replaced that value by then:
//! what it does is then the same. The state itself depends on nothing but the set of changes.

mod blob;
pub(crate) mod bytes;
mod merge;
mod past;
pub(crate) mod room;
#[cfg(test)]
mod tests;
mod vocabulary;
mod writing;

use smallvec::SmallVec;

pub use self::bytes::Corrupt;
pub use self::merge::{Judgement, Merged, Touched};
pub use self::vocabulary::Vocabulary;
use crate::change::OpId;
use crate::genesis;
use crate::ids::{ActorId, ChangeHash, RowId};
use crate::value::{ScalarRef, Shown};
use bytes::{Reader, Shape};
use room::Room;

/// The registers of one household.
#[derive(Debug, Clone)]
pub struct Registers {
    room: Room,
    vocabulary: Vocabulary,
    /// The blob that was decoded; what is merged is written anew at its end.
    arena: Vec<u8>,
    /// Genesis' actor, then the others in order of their first change.
    actors: Vec<Actor>,
    /// Genesis, then the others in order of arrival: after their dependencies.
    changes: Vec<ChangeRecord>,
    /// Indexes of dependencies; each change has a range of them.
    deps: Vec<u32>,
    /// In ascending order.
    heads: Vec<ChangeHash>,
    /// In order of arrival.
    rows: Vec<Row>,
    /// In ascending order of (object, key).
    entries: Vec<Entry>,
    /// The first changes as they lie in the arena: start, end, and how many.
    stored_changes: (usize, usize, usize),
    /// Bytes in the arena of registers that were written anew.
    garbage: usize,
}

#[derive(Debug, Clone)]
struct Actor {
    id: ActorId,
    /// Index of its last change.
    last: Option<u32>,
}

#[derive(Debug, Clone)]
struct ChangeRecord {
    hash: ChangeHash,
    actor: u32,
    seq: u32,
    start_op: u32,
    op_count: u32,
    /// Range in [`Registers::deps`].
    deps: (u32, u32),
    log_seq: u64,
}

impl ChangeRecord {
    /// The first counter after the change.
    fn end_op(&self) -> u32 {
        self.start_op + self.op_count
    }
}

/// An operation: the index of its change, and its offset there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OpRef {
    change: u32,
    offset: u32,
}

#[derive(Debug, Clone)]
struct Row {
    id: RowId,
    made: OpRef,
}

/// Where a register lies in the arena.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// 0 is `answers`, n the n-th row.
    object: u32,
    start: u32,
    end: u32,
}

/// An entry, read.
struct Body<'a> {
    live: SmallVec<[Live<'a>; 2]>,
    dead_count: usize,
    /// The dead operations as they are written.
    dead: &'a [u8],
}

#[derive(Debug, Clone, Copy)]
struct Live<'a> {
    op: OpRef,
    value: ScalarRef<'a>,
}

/// One register's live values.
#[derive(Debug, Clone, PartialEq)]
pub struct Register<'a> {
    /// In Lamport order: the last one is shown. At least one.
    pub live: Vec<LiveValue<'a>>,
    /// Whether the values differ.
    pub conflict: bool,
}

/// One live value, and who put it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveValue<'a> {
    /// The value.
    pub value: ScalarRef<'a>,
    /// Who put it.
    pub actor: ActorId,
    /// The counter of the operation that put it.
    pub counter: u64,
    /// The change of that operation.
    pub change: ChangeHash,
    /// That change's place in the log.
    pub log_seq: u64,
}

/// One change of the household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeEntry {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who made it.
    pub actor: ActorId,
    /// Its number among the actor's changes, from 1.
    pub seq: u64,
    /// The counter of its first operation.
    pub start_op: u64,
    /// Number of its operations.
    pub op_count: u64,
    /// Its place in the log, as given when it was merged.
    pub log_seq: u64,
}

impl Registers {
    /// A household that holds nothing but the genesis change.
    #[must_use]
    pub fn genesis() -> Self {
        Self::with_room(Room::HUB)
    }

    /// The same, with room for so much.
    pub(crate) fn with_room(room: Room) -> Self {
        let mut registers = Self { room, ..Self::empty(Vocabulary::default()) };
        registers.actors.push(Actor { id: genesis::GENESIS_ACTOR, last: None });
        registers.push_genesis();
        registers.heads.push(genesis::hash());
        registers
    }

    /// Nothing at all, not even the genesis change.
    fn empty(vocabulary: Vocabulary) -> Self {
        Self {
            room: Room::HUB,
            vocabulary,
            arena: Vec::new(),
            actors: Vec::new(),
            changes: Vec::new(),
            deps: Vec::new(),
            heads: Vec::new(),
            rows: Vec::new(),
            entries: Vec::new(),
            stored_changes: (0, 0, 1),
            garbage: 0,
        }
    }

    fn push_genesis(&mut self) {
        self.push_change(ChangeRecord {
            hash: genesis::hash(),
            actor: 0,
            seq: 0,
            start_op: 1,
            op_count: genesis::GENESIS_OPS as u32,
            deps: (0, 0),
            log_seq: 0,
        });
    }

    /// The changes that no other change depends on, in ascending order; at least one.
    #[must_use]
    pub fn heads(&self) -> &[ChangeHash] {
        &self.heads
    }

    /// Whether the change is part of the household; the genesis change always is.
    #[must_use]
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.index_of(hash).is_some()
    }

    /// The place in the log of a change of the household, as given when it was merged.
    #[must_use]
    pub fn log_seq_of(&self, hash: &ChangeHash) -> Option<u64> {
        self.index_of(hash).map(|index| self.changes[index].log_seq)
    }

    /// The changes in order of arrival, without the genesis change.
    pub fn changes(&self) -> impl ExactSizeIterator<Item = ChangeEntry> {
        self.changes[1..].iter().map(|change| ChangeEntry {
            hash: change.hash,
            actor: self.actors[change.actor as usize].id,
            seq: u64::from(change.seq),
            start_op: u64::from(change.start_op),
            op_count: u64::from(change.op_count),
            log_seq: change.log_seq,
        })
    }

    /// The rows in order of arrival, hidden ones included.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = RowId> {
        self.rows.iter().map(|row| row.id)
    }

    /// The rows in the order of the operations that made them, hidden ones included: the same on every
    /// replica, whatever arrived first.
    #[must_use]
    pub fn rows_by_making(&self) -> Vec<RowId> {
        let mut rows: Vec<(OpId, RowId)> =
            self.rows.iter().map(|row| (self.op_id(row.made), row.id)).collect();
        light::sort(&mut rows);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The row that an operation made; for [`Change::edits`](crate::change::Change::edits).
    #[must_use]
    pub fn row_made_by(&self, op: OpId) -> Option<RowId> {
        self.rows.iter().find(|row| self.op_id(row.made) == op).map(|row| row.id)
    }

    /// Every register with the value that is shown: the household's own answers, then each row's,
    /// in ascending order of row and key.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown<'_>> {
        let mut shown = Vec::with_capacity(self.entries.len());
        shown.extend(self.entries_of(0).iter().map(|entry| self.show(None, entry)));
        for (row, object) in self.rows_by_id() {
            shown.extend(self.entries_of(object).iter().map(|entry| self.show(Some(row), entry)));
        }
        shown
    }

    /// As [`shown`](Self::shown), each with who put the value.
    #[must_use]
    pub fn shown_with_writers(&self) -> Vec<(Shown<'_>, ActorId)> {
        let mut shown = Vec::with_capacity(self.entries.len());
        let own = std::iter::once((None, 0));
        for (row, object) in own.chain(self.rows_by_id().into_iter().map(|(row, object)| (Some(row), object)))
        {
            shown.extend(self.entries_of(object).iter().map(|entry| {
                let last = self.live_of(entry).1.last().expect(WRITTEN);
                (self.show(row, entry), self.op_id(last.op).actor)
            }));
        }
        shown
    }

    /// The rows in ascending order of their ids, each with its object.
    fn rows_by_id(&self) -> SmallVec<[(RowId, u32); 16]> {
        let mut rows: SmallVec<[(RowId, u32); 16]> =
            self.rows.iter().zip(1..).map(|(row, object)| (row.id, object)).collect();
        light::sort(&mut rows);
        // Of a row that was made twice the making with the greatest id is shown, as of any key.
        rows.dedup_by(|later, earlier| {
            let made = |object: u32| self.op_id(self.rows[object as usize - 1].made);
            let is_same = later.0 == earlier.0;
            if is_same && made(later.1) > made(earlier.1) {
                earlier.1 = later.1;
            }
            is_same
        });
        rows
    }

    /// The object of a row.
    fn object_of(&self, row: RowId) -> Option<u32> {
        let mut made = (1..).zip(&self.rows).filter(|(_, made)| made.id == row);
        let first = made.next()?;
        let last =
            made.fold(
                first,
                |one, other| {
                    if self.op_id(other.1.made) > self.op_id(one.1.made) { other } else { one }
                },
            );
        Some(last.0)
    }

    /// As [`shown`](Self::shown), but of a row that is not wanted only the registers with these `keys`
    /// and those in conflict. `wanted` is given a row and its registers with these keys.
    #[must_use]
    pub fn shown_of<'a>(
        &'a self,
        keys: &[&str],
        mut wanted: impl FnMut(RowId, &[Shown<'a>]) -> bool,
    ) -> Vec<Shown<'a>> {
        let mut shown = Vec::with_capacity(self.entries.len());
        shown.extend(self.entries_of(0).iter().map(|entry| self.show(None, entry)));
        for (row, object) in self.rows_by_id() {
            let entries = self.entries_of(object);
            let begin = shown.len();
            let of_keys = entries.iter().filter(|entry| keys.contains(&self.key_of(entry)));
            shown.extend(of_keys.map(|entry| self.show(Some(row), entry)));
            if wanted(row, &shown[begin..]) {
                shown.truncate(begin);
                shown.extend(entries.iter().map(|entry| self.show(Some(row), entry)));
            } else if entries.iter().any(|entry| self.has_several(entry)) {
                shown.truncate(begin);
                let registers = entries.iter().map(|entry| self.show(Some(row), entry));
                shown.extend(registers.filter(|register| register.conflict || keys.contains(&register.key)));
            }
        }
        shown
    }

    /// Whether a register has several live values, equal or not.
    fn has_several(&self, entry: &Entry) -> bool {
        let mut reader = self.reader(entry);
        reader.key(&self.vocabulary).expect(WRITTEN);
        Shape::read(&mut reader).expect(WRITTEN).live > 1
    }

    fn show(&self, row: Option<RowId>, entry: &Entry) -> Shown<'_> {
        let (key, live) = self.live_of(entry);
        let mut live = live.map(|live| live.value);
        let mut value = live.next().expect(WRITTEN);
        let mut conflict = false;
        for next in live {
            conflict |= !is_same(&value, &next);
            value = next;
        }
        Shown { row, key, value, conflict }
    }

    /// One register; `None` where nothing was ever put.
    #[must_use]
    pub fn register(&self, row: Option<RowId>, key: &str) -> Option<Register<'_>> {
        let object = match row {
            None => 0,
            Some(id) => self.object_of(id)?,
        };
        let slot = self.find(object, key).ok()?;
        let body = self.body_of(&self.entries[slot]);
        let live = body.live.iter().map(|live| {
            let change = &self.changes[live.op.change as usize];
            let id = self.op_id(live.op);
            let (actor, counter) = (id.actor, id.counter);
            LiveValue { value: live.value, actor, counter, change: change.hash, log_seq: change.log_seq }
        });
        Some(Register { live: live.collect(), conflict: is_conflict(&body.live) })
    }

    fn index_of(&self, hash: &ChangeHash) -> Option<usize> {
        // Most questions are about late changes.
        self.changes.iter().rposition(|change| change.hash == *hash)
    }

    fn deps_of(&self, change: &ChangeRecord) -> &[u32] {
        &self.deps[change.deps.0 as usize..change.deps.1 as usize]
    }

    fn op_id(&self, op: OpRef) -> OpId {
        let change = &self.changes[op.change as usize];
        OpId { counter: u64::from(change.start_op + op.offset), actor: self.actors[change.actor as usize].id }
    }

    /// Appends a change; its sequence number follows from its actor.
    fn push_change(&mut self, mut change: ChangeRecord) {
        let actor = &mut self.actors[change.actor as usize];
        change.seq = actor.last.map_or(0, |last| self.changes[last as usize].seq) + 1;
        actor.last = Some(self.changes.len() as u32);
        self.changes.push(change);
    }

    fn entries_of(&self, object: u32) -> &[Entry] {
        let start = self.entries.partition_point(|entry| entry.object < object);
        let end = self.entries[start..].partition_point(|entry| entry.object == object);
        &self.entries[start..start + end]
    }

    /// The register's place among the entries, or where it would stand.
    fn find(&self, object: u32, key: &str) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|entry| entry.object.cmp(&object).then_with(|| self.key_of(entry).cmp(key)))
    }

    /// Leaves what was written over behind.
    fn compact(&mut self) {
        let mut arena = Vec::with_capacity(self.arena.len() - self.garbage);
        self.copy_entries(&mut arena);
        let mut at = 0;
        for entry in &mut self.entries {
            let length = entry.end - entry.start;
            (entry.start, entry.end) = (at, at + length);
            at += length;
        }
        self.arena = arena;
        self.stored_changes = (0, 0, 1);
        self.garbage = 0;
    }

    fn key_of(&self, entry: &Entry) -> &str {
        self.reader(entry).key(&self.vocabulary).expect(WRITTEN)
    }

    /// The key, and the live values in Lamport order.
    fn live_of(&self, entry: &Entry) -> (&str, impl ExactSizeIterator<Item = Live<'_>>) {
        let mut reader = self.reader(entry);
        let key = reader.key(&self.vocabulary).expect(WRITTEN);
        let shape = Shape::read(&mut reader).expect(WRITTEN);
        (key, (0..shape.live).map(move |_| self.read_live(&mut reader)))
    }

    fn read_entry(&self, entry: &Entry) -> (&str, Body<'_>) {
        let mut reader = self.reader(entry);
        let key = reader.key(&self.vocabulary).expect(WRITTEN);
        let shape = Shape::read(&mut reader).expect(WRITTEN);
        let live = (0..shape.live).map(|_| self.read_live(&mut reader)).collect();
        (key, Body { live, dead_count: shape.dead, dead: reader.rest() })
    }

    fn body_of(&self, entry: &Entry) -> Body<'_> {
        self.read_entry(entry).1
    }

    fn reader(&self, entry: &Entry) -> Reader<'_> {
        Reader::new(&self.arena[..entry.end as usize], entry.start as usize)
    }

    fn read_live<'a>(&'a self, reader: &mut Reader<'a>) -> Live<'a> {
        let op = reader.op().expect(WRITTEN);
        Live { op, value: reader.value(&self.vocabulary).expect(WRITTEN) }
    }
}

impl<'a> Body<'a> {
    fn dead_ops(&self) -> impl Iterator<Item = OpRef> + use<'a> {
        let mut reader = Reader::new(self.dead, 0);
        (0..self.dead_count).map(move |_| reader.op().expect(WRITTEN))
    }
}

/// Why reading an entry cannot fail.
const WRITTEN: &str = "entries are written by merge alone, and a blob's checksum was verified";

/// Whether values differ.
fn is_conflict(live: &[Live<'_>]) -> bool {
    live.windows(2).any(|pair| !is_same(&pair[0].value, &pair[1].value))
}

/// Whether type and value are the same. Decimals are compared by their bits.
fn is_same(one: &ScalarRef<'_>, other: &ScalarRef<'_>) -> bool {
    match (one, other) {
        (ScalarRef::F64(one), ScalarRef::F64(other)) => one.to_bits() == other.to_bits(),
        _ => one == other,
    }
}
