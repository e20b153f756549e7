//! How registers lie in bytes.
//!
//! ```text
//! blob    = 01, vocabulary, actors, changes, rows, registers, XXH64 of all this: 8 bytes
//! vocabulary = number of words, fingerprint of these words: 4 bytes
//! actors  = count, (id: 16 bytes)*                      genesis' actor, index 0, is left out
//! changes = count, change*                              in order of arrival; genesis, index 0, is left out
//! change  = hash: 32 bytes, actor, operations, count of dependencies, (distance back)*, log seq (signed, from the one before)
//! rows    = count, (id: 16 bytes, change, offset)*      in order of arrival
//! registers = (count for answers, then for each row), (length of an entry)*, entry*
//!                                                     in order of object, then of key
//! entry   = key, dead·2 + many, [live, if many], (change, offset, value)*live, (change, offset)*dead
//! key     = index·2 of a word | length·2+1, text
//! value   = type (null 0, false 1, true 2) | type (unsigned 3, signed 4, decimal 5), number
//!         | length·16 + 6, text | index·16 + 7 of a word
//! ```
//!
//! Numbers are LEB128. Sequence numbers, operation counters and heads follow from the rest. Reading
//! a blob reads no entry, only how long each is: whoever needs one reads it then, and the checksum
//! has said that it is as it was written.
//!
//! Live values stand in Lamport order: the last one wins. An operation is named by the index of its
//! change and its offset in it, which takes two bytes where its id takes seventeen. The ids of dead
//! operations stay, because a change that was made elsewhere may still replace them. Hashes are
//! kept whole: a change may depend on any known change, and half a hash is easily forged.

use smallvec::SmallVec;
use twox_hash::XxHash64;

use super::bytes::{Corrupt, Reader, Shape, put_key, put_op, put_signed, put_unsigned, put_value};
use super::{Actor, ChangeRecord, Entry, Registers, Row, Vocabulary};
use crate::genesis;
use crate::ids::{ActorId, ChangeHash, RowId};
use crate::limits;

const VERSION: u8 = 1;

impl Registers {
    /// Reads a blob that [`encode`](Self::encode) wrote with this vocabulary or a shorter one.
    ///
    /// # Errors
    /// Where the blob is damaged, or the vocabulary is not the one it was written with.
    pub fn decode(blob: &[u8], vocabulary: &Vocabulary) -> Result<Self, Corrupt> {
        let damaged = |what| Corrupt { offset: 0, what };
        let (blob, checksum) = blob.split_last_chunk().ok_or(damaged("it is too short"))?;
        if XxHash64::oneshot(0, blob).to_le_bytes() != *checksum {
            return Err(damaged("the checksum does not match"));
        }
        if u32::try_from(blob.len()).is_err() {
            return Err(damaged("it is too large"));
        }
        let mut reader = Reader::new(blob, 0);
        if reader.array()? != [VERSION] {
            return Err(damaged("its version is unknown"));
        }
        let words = reader.index(vocabulary.len(), "words are missing")?;
        if reader.array()? != vocabulary.fingerprint(words) {
            return Err(reader.corrupt("the vocabulary is another"));
        }
        let mut registers = Self::empty(vocabulary.clone());
        registers.decode_actors(&mut reader)?;
        registers.decode_changes(&mut reader)?;
        registers.decode_rows(&mut reader)?;
        registers.decode_entries(&mut reader)?;
        // Room for what an edit appends, so that the bytes do not move.
        registers.arena.reserve_exact(blob.len() + 512);
        registers.arena.extend_from_slice(blob);
        Ok(registers)
    }

    fn decode_actors(&mut self, reader: &mut Reader<'_>) -> Result<(), Corrupt> {
        let count = reader.count(ActorId::LEN)?;
        self.actors.reserve_exact(count + 2);
        self.actors.push(Actor { id: genesis::GENESIS_ACTOR, last: None });
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
        self.changes.reserve_exact(count + 2);
        self.deps.reserve_exact(count + count / 4 + 8);
        self.push_genesis();
        let start = reader.at();
        // Whether another change depends on it.
        let mut joined: SmallVec<[bool; 64]> = SmallVec::from_elem(false, count + 1);
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
        self.stored_changes = (start, reader.at(), count + 1);
        let heads = self.changes.iter().zip(joined).filter(|(_, joined)| !joined);
        self.heads = heads.map(|(change, _)| change.hash).collect();
        light::sort(&mut self.heads);
        Ok(())
    }

    fn decode_rows(&mut self, reader: &mut Reader<'_>) -> Result<(), Corrupt> {
        let count = reader.count(RowId::LEN + 2)?;
        self.rows.reserve_exact(count);
        for _ in 0..count {
            let id = RowId(reader.array()?);
            self.rows.push(Row { id, made: reader.known_op(&self.changes)? });
        }
        Ok(())
    }

    fn decode_entries(&mut self, reader: &mut Reader<'_>) -> Result<(), Corrupt> {
        let mut total = 0;
        let mut counts = SmallVec::<[usize; 32]>::new();
        for _ in 0..=self.rows.len() {
            let count = reader.count(1)?;
            total += count;
            counts.push(count);
        }
        if total > reader.left() {
            return Err(reader.corrupt("a count is higher than the bytes allow"));
        }
        self.entries.reserve_exact(total);
        // Where an entry ends, counted from the end of the lengths.
        let mut end = 0;
        for (object, count) in (0..).zip(counts) {
            for _ in 0..count {
                let start = end;
                let left = reader.left().saturating_sub(end as usize);
                end += reader.index(left, "a length is higher than the bytes allow")? as u32;
                self.entries.push(Entry { object, start, end });
            }
        }
        let first = reader.at() as u32;
        for entry in &mut self.entries {
            entry.start += first;
            entry.end += first;
        }
        if end as usize == reader.left() { Ok(()) } else { Err(reader.corrupt("the lengths do not add up")) }
    }

    /// Writes the registers, with the words of `vocabulary` as numbers.
    #[must_use]
    pub fn encode(&self, vocabulary: &Vocabulary) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.arena.len() + 256);
        out.push(VERSION);
        put_unsigned(&mut out, vocabulary.len() as u64);
        out.extend_from_slice(&vocabulary.fingerprint(vocabulary.len()));
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
            for entry in &self.entries {
                put_unsigned(&mut out, u64::from(entry.end - entry.start));
            }
            self.copy_entries(&mut out);
        } else {
            self.translate_entries(&mut out, vocabulary);
        }
        let checksum = XxHash64::oneshot(0, &out);
        out.extend_from_slice(&checksum.to_le_bytes());
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

    /// Writes the entries, lengths first, with the words of another vocabulary.
    fn translate_entries(&self, out: &mut Vec<u8>, vocabulary: &Vocabulary) {
        let mut entries = Vec::with_capacity(self.arena.len());
        for entry in &self.entries {
            let start = entries.len();
            let (key, body) = self.read_entry(entry);
            put_key(&mut entries, key, vocabulary);
            Shape { live: body.live.len(), dead: body.dead_count }.put(&mut entries);
            for live in &body.live {
                put_op(&mut entries, live.op);
                put_value(&mut entries, live.value, vocabulary);
            }
            entries.extend_from_slice(body.dead);
            put_unsigned(out, (entries.len() - start) as u64);
        }
        out.extend_from_slice(&entries);
    }
}
