//! A document's changes as a device stores them.
//!
//! ```text
//! document = 01, actors, count of changes, change*, (hash of a head: 32 bytes)*
//! actors   = count, (id: 16 bytes)*           in order of their first change; genesis' actor, index 0, is left out
//! change   = author, time (signed, from the one before), count of dependencies, (distance back)*,
//!            count of other actors, (actor)*, length, column headers and columns
//! ```
//!
//! Numbers are LEB128, actors are named by their index, changes by how far back they stand (genesis is
//! the one before the first). It is what the raw changes say less what follows from the changes before:
//! half as long where edits are small. Sequence numbers, counters and hashes follow, and the heads prove
//! that all of it is as it was written: a hash is over the change and, through its dependencies, over
//! all that it builds on.

use super::Document;
use crate::change::columns::Bytes;
use crate::change::{Change, Heading, Refusal, chunk, hash};
use crate::ids::{ActorId, ChangeHash};
use crate::limits;
use crate::registers::Registers;
use crate::registers::bytes::{put_signed, put_unsigned};
use crate::registers::room::Room;

/// The first byte: another one than an Automerge chunk begins with.
const VERSION: u8 = 1;

/// The changes of a document, without genesis.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    /// The changes as they are stored, one after the other.
    bytes: Vec<u8>,
    places: Vec<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    /// Where the other actors begin.
    others: u32,
    time_ms: i64,
}

impl Log {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// When the change with this index in the registers was made.
    pub(super) fn time_ms(&self, index: usize) -> i64 {
        self.places[index - 1].time_ms
    }

    /// Appends a change, which the registers have just taken.
    pub(super) fn push(&mut self, change: &Change<'_>, registers: &Registers) {
        let index = self.places.len() + 1;
        let placed = registers.placed(index);
        let before = self.places.last().map_or(0, |place| place.time_ms);
        let out = &mut self.bytes;
        put_unsigned(out, u64::from(placed.actor));
        put_signed(out, change.time_ms() - before);
        put_unsigned(out, placed.deps.len() as u64);
        placed.deps.iter().for_each(|dep| put_unsigned(out, index as u64 - u64::from(*dep)));
        self.places.push(Place { others: out.len() as u32, time_ms: change.time_ms() });
        let others = &change.actors()[1..];
        put_unsigned(out, others.len() as u64);
        for other in others {
            // The operations that it is named for are here, or the change would not have been taken.
            let known = registers.actors().position(|actor| actor == *other);
            put_unsigned(out, known.unwrap_or_default() as u64);
        }
        put_unsigned(out, change.columns().len() as u64);
        out.extend_from_slice(change.columns());
    }

    /// The raw bytes of the change with this index in the registers.
    pub(super) fn raw(&self, index: usize, registers: &Registers) -> Vec<u8> {
        let place = self.places[index - 1];
        let mut stored = Bytes::new(&self.bytes[place.others as usize..]);
        let (others, columns) = read_rest(&mut stored, registers).expect(WRITTEN);
        let placed = registers.placed(index);
        let deps: Vec<ChangeHash> =
            placed.deps.iter().map(|dep| registers.placed(*dep as usize).hash).collect();
        let heading = Heading {
            deps: &deps,
            actor: registers.actor(placed.actor),
            seq: placed.seq,
            start_op: placed.start_op,
            time_ms: place.time_ms,
            others: &others,
        };
        chunk(&placed.hash, &heading.write(columns))
    }

    /// The document's bytes.
    pub(super) fn write(&self, registers: &Registers) -> Vec<u8> {
        let actors = registers.actors().skip(1);
        let (count, heads) = (actors.len(), registers.heads());
        let mut out = Vec::with_capacity(self.bytes.len() + 16 * count + 32 * heads.len() + 8);
        out.push(VERSION);
        put_unsigned(&mut out, count as u64);
        actors.for_each(|actor| out.extend_from_slice(&actor.0));
        put_unsigned(&mut out, self.places.len() as u64);
        out.extend_from_slice(&self.bytes);
        heads.iter().for_each(|head| out.extend_from_slice(&head.0));
        out
    }
}

/// Why what was appended can be read.
const WRITTEN: &str = "a log is written by push alone";

/// Why bytes are not a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable(&'static str);

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl From<Refusal> for Unreadable {
    fn from(_: Refusal) -> Self {
        Self("it is damaged")
    }
}

/// Reads what [`Log::write`] wrote.
pub(super) fn read(bytes: &[u8]) -> Result<Document, Unreadable> {
    let mut stored = Bytes::new(bytes);
    if bytes.first() != Some(&VERSION) {
        return Err(Unreadable("its first byte is that of no document"));
    }
    stored.byte()?;
    let count = stored.count(Room::DEVICE.actors, Refusal::TooManyActors)?;
    let actors: Vec<ActorId> = (0..count).map(|_| stored.array().map(ActorId)).collect::<Result<_, _>>()?;
    let mut document = Document::new();
    let mut time_ms = 0_i64;
    for _ in 0..stored.count(Room::DEVICE.changes, Refusal::TooManyChanges)? {
        let author = stored.count(actors.len(), Refusal::ActorIndex)?;
        let actor = *actors.get(author.wrapping_sub(1)).ok_or(Refusal::ActorIndex)?;
        time_ms = time_ms.checked_add(stored.signed()?).ok_or(Refusal::Time)?;
        let (hash, bytes) = read_change(&mut stored, &document.registers, actor, time_ms)?;
        let change = Change::read_written(&bytes, hash)?;
        document.take(&change).map_err(|_| Unreadable("a change in it does not fit the others"))?;
    }
    let (heads, []) = stored.rest().as_chunks::<32>() else { return Err(Refusal::Truncated.into()) };
    let as_written = heads.iter().eq(document.registers.heads().iter().map(|head| &head.0));
    if as_written { Ok(document) } else { Err(Unreadable("it is damaged")) }
}

/// Reads a change from its dependencies on, and puts it together: its hash and its raw bytes.
fn read_change(
    stored: &mut Bytes<'_>,
    registers: &Registers,
    actor: ActorId,
    time_ms: i64,
) -> Result<(ChangeHash, Vec<u8>), Refusal> {
    let index = registers.changes().len() + 1;
    let mut deps = Vec::new();
    for _ in 0..stored.count(limits::CHANGE_DEPS_MAX, Refusal::TooManyDependencies)? {
        let back = stored.count(index, Refusal::DependencyOrder)?;
        deps.push(index - back);
    }
    let start_op = registers.start_op_upon(deps.iter().copied().filter(|dep| *dep < index));
    let hashes: Vec<ChangeHash> = deps
        .iter()
        .map(|dep| if *dep < index { Ok(registers.placed(*dep).hash) } else { Err(Refusal::DependencyOrder) })
        .collect::<Result<_, _>>()?;
    let (others, columns) = read_rest(stored, registers)?;
    let seq = registers.last_of(actor).map_or(0, |(_, seq)| seq) + 1;
    let heading = Heading { deps: &hashes, actor, seq, start_op, time_ms, others: &others };
    let hashed = heading.write(columns);
    let hash = hash(&hashed);
    Ok((hash, chunk(&hash, &hashed)))
}

/// Reads the other actors of a change and its columns.
fn read_rest<'a>(stored: &mut Bytes<'a>, registers: &Registers) -> Result<(Vec<ActorId>, &'a [u8]), Refusal> {
    let mut others = Vec::new();
    for _ in 0..stored.count(limits::CHANGE_ACTORS_MAX, Refusal::TooManyActors)? {
        let other = stored.count(registers.actors().len() - 1, Refusal::ActorIndex)?;
        others.push(registers.actor(other as u32));
    }
    let length = stored.count(limits::CHANGE_BYTES_MAX, Refusal::TooLarge)?;
    Ok((others, stored.take(length)?))
}
