//! Reads and writes what a blob is made of: numbers, operations, keys, values.

use super::room::Room;
use super::{ChangeRecord, OpRef, Vocabulary};
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
    /// Length of the whole.
    length: usize,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from offset `at`.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { length: bytes.len(), rest: &bytes[at..] }
    }

    /// The offset that is read next.
    #[inline]
    pub(super) fn at(&self) -> usize {
        self.length - self.rest.len()
    }

    /// How many bytes are left.
    #[inline]
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[cold]
    pub(super) fn corrupt(&self, what: &'static str) -> Corrupt {
        Corrupt { offset: self.at(), what }
    }

    #[inline]
    fn take(&mut self, count: usize) -> Result<&'a [u8], Corrupt> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.corrupt(TOO_EARLY))?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Corrupt> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(|| self.corrupt(TOO_EARLY))?;
        self.rest = rest;
        Ok(*array)
    }

    #[inline]
    pub(super) fn unsigned(&mut self) -> Result<u64, Corrupt> {
        match *self.rest {
            [first, ref rest @ ..] if first < 0x80 => {
                self.rest = rest;
                Ok(u64::from(first))
            }
            [first, second, ref rest @ ..] if second < 0x80 => {
                self.rest = rest;
                Ok(u64::from(first & 0x7f) | u64::from(second) << 7)
            }
            _ => self.long_number().map(|(value, _)| value),
        }
    }

    #[inline]
    pub(super) fn signed(&mut self) -> Result<i64, Corrupt> {
        let (value, unused) = self.long_number()?;
        // The highest bit that was written is the sign.
        Ok((value << unused).cast_signed() >> unused)
    }

    /// A number, and how many bits of 64 it leaves unused.
    fn long_number(&mut self) -> Result<(u64, u32), Corrupt> {
        let mut value = 0;
        for (index, byte) in (0..10).zip(self.rest) {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                self.rest = &self.rest[index as usize + 1..];
                return Ok((value, 64_u32.saturating_sub(7 * (index + 1))));
            }
        }
        Err(self.corrupt("a number does not end"))
    }

    /// A number up to `max`.
    #[inline]
    pub(super) fn index(&mut self, max: usize, what: &'static str) -> Result<usize, Corrupt> {
        let value = self.unsigned()?;
        if value <= max as u64 { Ok(value as usize) } else { Err(self.corrupt(what)) }
    }

    /// A count of things that take at least `bytes` each.
    pub(super) fn count(&mut self, bytes: usize) -> Result<usize, Corrupt> {
        self.index(self.left() / bytes, "a count is higher than the bytes allow")
    }

    /// A reference to an operation, of which only the form is checked.
    #[inline]
    pub(super) fn op(&mut self) -> Result<OpRef, Corrupt> {
        let change = self.index(Room::DEVICE.changes, "no such change")?;
        let offset = self.index(limits::CHANGE_OPS_MAX, "no such operation")?;
        Ok(OpRef { change: change as u32, offset: offset as u32 })
    }

    /// A reference to an operation of one of `changes`.
    pub(super) fn known_op(&mut self, changes: &[ChangeRecord]) -> Result<OpRef, Corrupt> {
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
            return vocabulary.word(header >> 1).ok_or_else(|| self.corrupt(NO_WORD));
        }
        self.text((header >> 1) as usize)
    }

    #[inline]
    fn text(&mut self, length: usize) -> Result<&'a str, Corrupt> {
        std::str::from_utf8(self.take(length)?).map_err(|_| self.corrupt("a text is not UTF-8"))
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
            7 => ScalarRef::Str(vocabulary.word(payload).ok_or_else(|| self.corrupt(NO_WORD))?),
            _ => return Err(self.corrupt("no such type of value")),
        })
    }
}

const TOO_EARLY: &str = "it ends too early";
const NO_WORD: &str = "no such word";

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
        let live = if header & 1 == 0 { 1 } else { reader.index(Room::DEVICE.values, "too many values")? };
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
