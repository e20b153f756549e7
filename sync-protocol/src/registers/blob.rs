//! How registers lie in bytes.
//!
//! ```text
//! blob    = 01, actors, changes, rows, registers
//! actors  = count, (id: 16 bytes)*                      genesis' actor, index 0, is left out
//! changes = count, change*                              in order of arrival; genesis, index 0, is left out
//! change  = hash: 32 bytes, actor, operations, count of dependencies, (distance back)*, log seq (signed, from the one before)
//! rows    = count, (id: 16 bytes, change, offset)*      in order of arrival
//! registers = (count for answers, then for each row), entry*    in order of object, then of key
//! entry   = key, dead·2 + many, [live, if many], (change, offset, value)*live, (change, offset)*dead
//! key     = index·2 of a word | length·2+1, text
//! value   = type (null 0, false 1, true 2) | type (unsigned 3, signed 4, decimal 5), number
//!         | length·16 + 6, text | index·16 + 7 of a word
//! ```
//!
//! Numbers are LEB128. Sequence numbers, operation counters and heads follow from the rest. Live
//! values stand in Lamport order: the last one wins. An operation is named by the index of its
//! change and its offset in it, which takes two bytes where its id takes seventeen; the ids of
//! dead operations stay, because a change that was made elsewhere may still replace them.

use super::{Actor, ChangeRecord, Entry, OpRef, Registers, Row, Vocabulary};
use crate::ids::{ActorId, ChangeHash, RowId};
use crate::limits;
use crate::value::ScalarRef;

/// The blob is not one that [`Registers::encode`] wrote, or was written with another vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the registers are damaged at byte {offset}: {what}")]
pub struct Corrupt {
    /// Where in the blob.
    pub offset: usize,
    /// What is wrong there.
    pub what: &'static str,
}

const VERSION: u8 = 1;

/// Appends an unsigned LEB128 number.
#[inline]
pub(crate) fn put_unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed LEB128 number.
pub(crate) fn put_signed(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = value as u8 & 0x7f;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Reads a blob; an error carries the offset at which it was found.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[cold]
    fn corrupt(&self, what: &'static str) -> Corrupt {
        Corrupt { offset: self.at, what }
    }

    #[inline]
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Corrupt> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| self.corrupt("it ends too early"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Corrupt> {
        let corrupt = self.corrupt("it ends too early");
        self.take(N)?.try_into().map_err(|_| corrupt)
    }

    #[inline]
    pub(super) fn unsigned(&mut self) -> Result<u64, Corrupt> {
        match self.bytes.get(self.at) {
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Ok(u64::from(*byte))
            }
            _ => self.long_unsigned(),
        }
    }

    fn long_unsigned(&mut self) -> Result<u64, Corrupt> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.corrupt("a number is too long"))
    }

    fn signed(&mut self) -> Result<i64, Corrupt> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= i64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                let negative = byte & 0x40 != 0 && shift < 57;
                return Ok(if negative { value | (-1 << (shift + 7)) } else { value });
            }
        }
        Err(self.corrupt("a number is too long"))
    }

    /// A number up to `max`.
    #[inline]
    pub(super) fn index(&mut self, max: usize, what: &'static str) -> Result<usize, Corrupt> {
        let value = self.unsigned()?;
        if value <= max as u64 { Ok(value as usize) } else { Err(self.corrupt(what)) }
    }

    /// A count of things that take at least `bytes` each.
    fn count(&mut self, bytes: usize) -> Result<usize, Corrupt> {
        let left = self.bytes.len() - self.at;
        self.index(left / bytes, "a count is higher than the bytes allow")
    }

    /// A reference to an operation; whether it exists is for the caller to check.
    #[inline]
    pub(super) fn op(&mut self) -> Result<OpRef, Corrupt> {
        let change = self.index(limits::HOUSEHOLD_CHANGES_MAX, "no such change")?;
        let offset = self.index(limits::CHANGE_OPS_MAX, "no such operation")?;
        Ok(OpRef { change: change as u32, offset: offset as u32 })
    }

    #[inline]
    fn known_op(&mut self, changes: &[ChangeRecord]) -> Result<OpRef, Corrupt> {
        let op = self.op()?;
        match changes.get(op.change as usize) {
            Some(change) if op.offset < change.op_count => Ok(op),
            _ => Err(self.corrupt("no such operation")),
        }
    }

    /// A key.
    #[inline]
    pub(super) fn key<'r>(&mut self, vocabulary: &'r Vocabulary) -> Result<&'r str, Corrupt>
    where
        'a: 'r,
    {
        let header = self.unsigned()?;
        if header & 1 == 0 {
            return vocabulary.word(header >> 1).ok_or_else(|| self.corrupt("no such word"));
        }
        self.text((header >> 1) as usize)
    }

    fn text(&mut self, length: usize) -> Result<&'a str, Corrupt> {
        let corrupt = self.corrupt("a text is not UTF-8");
        std::str::from_utf8(self.take(length)?).map_err(|_| corrupt)
    }

    /// A value.
    #[inline]
    pub(super) fn value<'r>(&mut self, vocabulary: &'r Vocabulary) -> Result<ScalarRef<'r>, Corrupt>
    where
        'a: 'r,
    {
        let header = self.unsigned()?;
        let payload = header >> 4;
        Ok(match header & 0x0f {
            0 => ScalarRef::Null,
            1 => ScalarRef::Bool(false),
            2 => ScalarRef::Bool(true),
            3 => ScalarRef::Uint(self.unsigned()?),
            4 => ScalarRef::Int(self.signed()?),
            5 => ScalarRef::F64(f64::from_le_bytes(self.array()?)),
            6 => ScalarRef::Str(self.text(payload as usize)?),
            7 => ScalarRef::Str(vocabulary.word(payload).ok_or_else(|| self.corrupt("no such word"))?),
            _ => return Err(self.corrupt("no such type of value")),
        })
    }
}

/// Appends a key.
pub(super) fn put_key(out: &mut Vec<u8>, key: &str, vocabulary: &Vocabulary) {
    match vocabulary.index_of(key) {
        Some(word) => put_unsigned(out, u64::from(word) << 1),
        None => {
            put_unsigned(out, (key.len() as u64) << 1 | 1);
            out.extend_from_slice(key.as_bytes());
        }
    }
}

/// Appends a value.
pub(super) fn put_value(out: &mut Vec<u8>, value: ScalarRef<'_>, vocabulary: &Vocabulary) {
    match value {
        ScalarRef::Null => out.push(0),
        ScalarRef::Bool(false) => out.push(1),
        ScalarRef::Bool(true) => out.push(2),
        ScalarRef::Uint(value) => {
            out.push(3);
            put_unsigned(out, value);
        }
        ScalarRef::Int(value) => {
            out.push(4);
            put_signed(out, value);
        }
        ScalarRef::F64(value) => {
            out.push(5);
            out.extend_from_slice(&value.to_le_bytes());
        }
        ScalarRef::Str(value) => match vocabulary.index_of(value) {
            Some(word) => put_unsigned(out, u64::from(word) << 4 | 7),
            None => {
                put_unsigned(out, (value.len() as u64) << 4 | 6);
                out.extend_from_slice(value.as_bytes());
            }
        },
    }
}

/// Appends a reference to an operation.
#[inline]
pub(super) fn put_op(out: &mut Vec<u8>, op: OpRef) {
    put_unsigned(out, u64::from(op.change));
    put_unsigned(out, u64::from(op.offset));
}

/// How many live values and dead operations an entry has.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) live: usize,
    pub(super) dead: usize,
}

impl Shape {
    /// Reads the shape of an entry.
    #[inline]
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let header = reader.unsigned()?;
        let dead = (header >> 1) as usize;
        let live =
            if header & 1 == 0 { 1 } else { reader.index(limits::REGISTER_VALUES_MAX, "too many values")? };
        if live == 0 { Err(reader.corrupt("a register without a value")) } else { Ok(Self { live, dead }) }
    }

    /// Appends the shape of an entry.
    pub(super) fn put(self, out: &mut Vec<u8>) {
        put_unsigned(out, (self.dead as u64) << 1 | u64::from(self.live != 1));
        if self.live != 1 {
            put_unsigned(out, self.live as u64);
        }
    }
}

impl Registers {
    /// Reads a blob that [`encode`](Self::encode) wrote with this vocabulary or a shorter one.
    ///
    /// Everything is checked in this one pass, so that nothing that is read later can fail.
    ///
    /// # Errors
    /// Where the blob is damaged, or the vocabulary is not the one it was written with.
    pub fn decode(blob: &[u8], vocabulary: &Vocabulary) -> Result<Self, Corrupt> {
        let mut registers = Self::genesis();
        registers.vocabulary = vocabulary.clone();
        // Room for what a few edits append, so that the bytes do not move.
        registers.arena.reserve(blob.len() + 512);
        registers.arena.extend_from_slice(blob);

        let mut reader = Reader::new(blob, 0);
        if u32::try_from(blob.len()).is_err() {
            return Err(reader.corrupt("it is too large"));
        }
        if reader.take(1)?[0] != VERSION {
            return Err(Corrupt { offset: 0, what: "unknown version" });
        }
        registers.decode_actors(&mut reader)?;
        registers.decode_changes(&mut reader)?;
        registers.decode_rows(&mut reader)?;
        registers.decode_entries(&mut reader)?;
        if reader.at == blob.len() { Ok(registers) } else { Err(reader.corrupt("bytes follow the end")) }
    }

    fn decode_actors(&mut self, reader: &mut Reader<'_>) -> Result<(), Corrupt> {
        let count = reader.count(ActorId::LEN)?;
        self.actors.reserve(count + 1);
        for _ in 0..count {
            self.actors.push(Actor { id: ActorId(reader.array()?), last: None });
        }
        Ok(())
    }

    fn decode_changes(&mut self, reader: &mut Reader<'_>) -> Result<(), Corrupt> {
        let count = reader.count(ChangeHash::LEN + 4)?;
        if count > limits::HOUSEHOLD_CHANGES_MAX {
            return Err(reader.corrupt("too many changes"));
        }
        self.changes.reserve(count + 1);
        self.deps.reserve(count + count / 2 + 1);
        self.heads.reserve(2);
        let start = reader.at;
        // Whether a change has a child.
        let mut joined = vec![false; count + 1];
        for index in 1..=count {
            let hash = ChangeHash(reader.array()?);
            let actor = reader.index(self.actors.len() - 1, "no such actor")?;
            let op_count = reader.index(limits::CHANGE_OPS_MAX, "too many operations")?;
            let deps_start = self.deps.len();
            let mut start_op = 1;
            for _ in 0..reader.index(limits::CHANGE_DEPS_MAX, "too many dependencies")? {
                let distance = reader.index(index, "no such dependency")?;
                if distance == 0 {
                    return Err(reader.corrupt("a change depends on itself"));
                }
                let dep = index - distance;
                joined[dep] = true;
                start_op = start_op.max(self.changes[dep].end_op());
                self.deps.push(dep as u32);
            }
            let log_seq = self.changes[index - 1].log_seq.wrapping_add_signed(reader.signed()?);
            self.push_change(ChangeRecord {
                hash,
                actor: actor as u32,
                seq: 0,
                start_op,
                op_count: op_count as u32,
                deps: (deps_start as u32, self.deps.len() as u32),
                log_seq,
            });
        }
        self.stored_changes = (start, reader.at, count + 1);
        let heads = self.changes.iter().zip(&joined).filter(|(_, joined)| !**joined);
        self.heads.clear();
        self.heads.extend(heads.map(|(change, _)| change.hash));
        self.heads.sort_unstable();
        Ok(())
    }

    fn decode_rows(&mut self, reader: &mut Reader<'_>) -> Result<(), Corrupt> {
        let count = reader.count(RowId::LEN + 2)?;
        self.rows.reserve(count);
        for _ in 0..count {
            let id = RowId(reader.array()?);
            self.rows.push(Row { id, made: reader.known_op(&self.changes)? });
        }
        Ok(())
    }

    fn decode_entries(&mut self, reader: &mut Reader<'_>) -> Result<(), Corrupt> {
        let mut total = 0;
        let mut counts = smallvec::SmallVec::<[usize; 16]>::new();
        for _ in 0..=self.rows.len() {
            let count = reader.count(1)?;
            total += count;
            counts.push(count);
        }
        if total > reader.bytes.len() {
            return Err(reader.corrupt("a count is higher than the bytes allow"));
        }
        self.entries.reserve(total + 16);
        for (object, count) in (0..).zip(counts) {
            let mut before = None;
            for _ in 0..count {
                let start = reader.at as u32;
                let key = reader.key(&self.vocabulary)?;
                if before.is_some_and(|before| before >= key) {
                    return Err(reader.corrupt("the keys are not in order: was the vocabulary another?"));
                }
                before = Some(key);
                let body = reader.at as u32;
                let shape = Shape::read(reader)?;
                for _ in 0..shape.live {
                    reader.known_op(&self.changes)?;
                    reader.value(&self.vocabulary)?;
                }
                for _ in 0..shape.dead {
                    reader.known_op(&self.changes)?;
                }
                self.entries.push(Entry { object, start, body, end: reader.at as u32 });
            }
        }
        Ok(())
    }

    /// Writes the registers, with the words of `vocabulary` as numbers.
    #[must_use]
    pub fn encode(&self, vocabulary: &Vocabulary) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.arena.len() + 256);
        out.push(VERSION);
        put_unsigned(&mut out, self.actors.len() as u64 - 1);
        for actor in &self.actors[1..] {
            out.extend_from_slice(&actor.id.0);
        }
        self.encode_changes(&mut out);
        put_unsigned(&mut out, self.rows.len() as u64);
        for row in &self.rows {
            out.extend_from_slice(&row.id.0);
            put_op(&mut out, row.made);
        }
        self.encode_counts(&mut out);
        if vocabulary.is(&self.vocabulary) {
            self.copy_entries(&mut out);
        } else {
            self.translate_entries(&mut out, vocabulary);
        }
        out
    }

    fn encode_changes(&self, out: &mut Vec<u8>) {
        let (start, end, stored) = self.stored_changes;
        put_unsigned(out, self.changes.len() as u64 - 1);
        out.extend_from_slice(&self.arena[start..end]);
        for (index, change) in self.changes.iter().enumerate().skip(stored) {
            out.extend_from_slice(&change.hash.0);
            put_unsigned(out, u64::from(change.actor));
            put_unsigned(out, u64::from(change.op_count));
            let deps = self.deps_of(change);
            put_unsigned(out, deps.len() as u64);
            for dep in deps {
                put_unsigned(out, (index - *dep as usize) as u64);
            }
            put_signed(out, change.log_seq.wrapping_sub(self.changes[index - 1].log_seq).cast_signed());
        }
    }

    fn encode_counts(&self, out: &mut Vec<u8>) {
        let mut entries = &self.entries[..];
        for object in 0..=self.rows.len() as u32 {
            let count = entries.partition_point(|entry| entry.object <= object);
            put_unsigned(out, count as u64);
            entries = &entries[count..];
        }
    }

    /// Copies the entries, neighbours that also lie side by side in one piece.
    pub(super) fn copy_entries(&self, out: &mut Vec<u8>) {
        let mut piece = 0..0;
        for entry in &self.entries {
            if entry.start as usize != piece.end {
                out.extend_from_slice(&self.arena[piece]);
                piece = entry.start as usize..0;
            }
            piece.end = entry.end as usize;
        }
        out.extend_from_slice(&self.arena[piece]);
    }

    /// Writes the entries with the words of another vocabulary.
    fn translate_entries(&self, out: &mut Vec<u8>, vocabulary: &Vocabulary) {
        for entry in &self.entries {
            put_key(out, self.key_of(entry), vocabulary);
            let body = self.body_of(entry);
            Shape { live: body.live.len(), dead: body.dead_count }.put(out);
            for live in &body.live {
                put_op(out, live.op);
                put_value(out, live.value, vocabulary);
            }
            out.extend_from_slice(body.dead);
        }
    }
}
