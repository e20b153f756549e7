//! Reads the columns of a change item by item, and proves on the way that they are written in the
//! one form that Automerge itself writes.
//!
//! A column is a row of runs: a count of two or more and one value, or a negative count and that
//! many values of which no two neighbours are equal. A reader never allocates and never expands a
//! run: it hands out as many items as there are operations, then demands that the column ends
//! exactly there. So a run length of two hundred million costs what a run length of one costs.

use super::Refusal;

/// Bytes that are read from the front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(crate) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Refusal::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(Refusal::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Refusal> {
        let (byte, rest) = self.rest.split_first().ok_or(Refusal::Truncated)?;
        self.rest = rest;
        Ok(*byte)
    }

    /// An unsigned LEB128 number in its shortest form.
    #[inline]
    pub(crate) fn unsigned(&mut self) -> Result<u64, Refusal> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut value = u64::from(first & 0x7f);
        let mut shift = 7;
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte holds the one bit that is left of 64.
            if shift == 63 && byte > 1 {
                return Err(Refusal::NotCanonical);
            }
            value |= bits << shift;
            if byte < 0x80 {
                return if byte == 0 { Err(Refusal::NotCanonical) } else { Ok(value) };
            }
            shift += 7;
        }
    }

    /// A signed LEB128 number in its shortest form.
    #[inline]
    pub(crate) fn signed(&mut self) -> Result<i64, Refusal> {
        let mut value = 0_i64;
        let mut shift = 0;
        let mut before = 0_u8;
        loop {
            let byte = self.byte()?;
            // The tenth byte can only repeat the sign.
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(Refusal::NotCanonical);
            }
            value |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                let negative = byte & 0x40 != 0;
                // A last byte that only repeats the sign of the byte before it could be left out.
                let idle = (byte == 0 && before & 0x40 == 0) || (byte == 0x7f && before & 0x40 != 0);
                if shift > 7 && idle {
                    return Err(Refusal::NotCanonical);
                }
                if negative && shift < 64 {
                    value |= -1 << shift;
                }
                return Ok(value);
            }
            before = byte;
        }
    }

    /// A number of things, each of which takes at least one of the bytes that are left or is
    /// bounded by `max`, so that nothing is reserved for a count that cannot be true.
    pub(crate) fn count(&mut self, max: usize, beyond: Refusal) -> Result<usize, Refusal> {
        match usize::try_from(self.unsigned()?) {
            Ok(count) if count <= max => Ok(count),
            _ => Err(beyond),
        }
    }
}

/// What a column holds.
pub(crate) trait Item<'a>: Copy + PartialEq {
    /// Reads one item.
    fn read(bytes: &mut Bytes<'a>) -> Result<Self, Refusal>;
}

impl Item<'_> for u64 {
    fn read(bytes: &mut Bytes<'_>) -> Result<Self, Refusal> {
        bytes.unsigned()
    }
}

impl Item<'_> for i64 {
    fn read(bytes: &mut Bytes<'_>) -> Result<Self, Refusal> {
        bytes.signed()
    }
}

/// A length and that many bytes; whether they are UTF-8 is for the caller to say.
impl<'a> Item<'a> for &'a [u8] {
    fn read(bytes: &mut Bytes<'a>) -> Result<Self, Refusal> {
        let length = bytes.count(usize::MAX, Refusal::Truncated)?;
        bytes.take(length)
    }
}

/// A run-length encoded column.
#[derive(Debug, Clone)]
pub(crate) struct Runs<'a, T> {
    bytes: Bytes<'a>,
    /// Items left in the current run or literal.
    left: u64,
    literal: bool,
    last: Option<T>,
}

impl<'a, T: Item<'a>> Runs<'a, T> {
    pub(crate) fn new(column: &'a [u8]) -> Self {
        Self { bytes: Bytes::new(column), left: 0, literal: false, last: None }
    }

    /// The next item; that there is none is an error.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<T, Refusal> {
        if self.left == 0 {
            self.begin()?;
        }
        self.left -= 1;
        match self.last {
            Some(value) if !self.literal => Ok(value),
            _ => self.distinct(),
        }
    }

    /// Whether no item is left.
    pub(crate) fn is_at_end(&self) -> bool {
        self.left == 0 && self.bytes.is_empty()
    }

    /// Proves that the column ends here.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        if self.is_at_end() { Ok(()) } else { Err(Refusal::ColumnLength) }
    }

    /// Begins the next run or literal. Automerge never writes a run of one, a literal after a
    /// literal, or neighbours that are equal and not in one run. Nulls (a zero, then a count) have
    /// no place in the columns of a put.
    fn begin(&mut self) -> Result<(), Refusal> {
        if self.bytes.is_empty() {
            return Err(Refusal::ColumnLength);
        }
        let count = self.bytes.signed()?;
        match count {
            0 => Err(Refusal::Columns),
            1 => Err(Refusal::NotCanonical),
            2.. => {
                self.literal = false;
                self.left = count.unsigned_abs();
                self.distinct().map(|_| ())
            }
            _ if self.literal => Err(Refusal::NotCanonical),
            _ => {
                self.literal = true;
                self.left = count.unsigned_abs();
                Ok(())
            }
        }
    }

    /// Reads a value, which must differ from the one before it.
    fn distinct(&mut self) -> Result<T, Refusal> {
        let value = T::read(&mut self.bytes)?;
        if self.last == Some(value) {
            return Err(Refusal::NotCanonical);
        }
        self.last = Some(value);
        Ok(value)
    }
}

/// A run-length encoded column of differences; what it yields is their running sum.
#[derive(Debug, Clone)]
pub(crate) struct Deltas<'a> {
    runs: Runs<'a, i64>,
    sum: i64,
}

impl<'a> Deltas<'a> {
    pub(crate) fn new(column: &'a [u8]) -> Self {
        Self { runs: Runs::new(column), sum: 0 }
    }

    pub(crate) fn next(&mut self) -> Result<i64, Refusal> {
        self.sum = self.sum.checked_add(self.runs.next()?).ok_or(Refusal::Counter)?;
        Ok(self.sum)
    }

    pub(crate) fn finish(self) -> Result<(), Refusal> {
        self.runs.finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn numbers(column: &[u8], count: usize) -> Result<Vec<u64>, Refusal> {
        let mut runs = Runs::<u64>::new(column);
        let values = (0..count).map(|_| runs.next()).collect::<Result<_, _>>()?;
        runs.finish().map(|()| values)
    }

    #[test]
    fn runs_and_literals_are_read() {
        assert_eq!(numbers(&[0x03, 7, 0x7e, 8, 9, 0x02, 7], 7), Ok(vec![7, 7, 7, 8, 9, 7, 7]));
    }

    #[test]
    fn only_the_one_form_is_read() {
        for (column, count, why) in [
            (&[0x01, 7][..], 1, Refusal::NotCanonical),
            (&[0x7f, 7, 0x7f, 8], 2, Refusal::NotCanonical),
            (&[0x7e, 7, 7], 2, Refusal::NotCanonical),
            (&[0x02, 7, 0x02, 7], 4, Refusal::NotCanonical),
            (&[0x02, 7, 0x7f, 7], 3, Refusal::NotCanonical),
            (&[0x7f, 7, 0x02, 7], 3, Refusal::NotCanonical),
            (&[0x82, 0x00, 7], 2, Refusal::NotCanonical),
            (&[0x00, 0x02], 2, Refusal::Columns),
            (&[0x03, 7], 2, Refusal::ColumnLength),
            (&[0x02, 7], 3, Refusal::ColumnLength),
            (&[0x02, 7, 0x02, 8], 2, Refusal::ColumnLength),
            (&[0x7e, 7], 2, Refusal::Truncated),
        ] {
            assert_eq!(numbers(column, count), Err(why), "{column:02x?}");
        }
    }

    #[test]
    fn numbers_are_read_to_their_ends_in_the_shortest_form_only() {
        let unsigned = |bytes: &[u8]| Bytes::new(bytes).unsigned();
        let signed = |bytes: &[u8]| Bytes::new(bytes).signed();
        assert_eq!(unsigned(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), Ok(u64::MAX));
        assert!(unsigned(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]).is_err());
        assert!(unsigned(&[0xff; 12]).is_err());
        assert!(unsigned(&[0x80, 0x00]).is_err());
        assert_eq!(signed(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f]), Ok(i64::MIN));
        assert_eq!(signed(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]), Ok(i64::MAX));
        assert_eq!(signed(&[0x40]), Ok(-64));
        assert_eq!(signed(&[0xc0, 0x00]), Ok(64));
        for idle in [&[0x80, 0x00][..], &[0xff, 0x7f], &[0xbf, 0x00], &[0xff; 12]] {
            assert_eq!(signed(idle), Err(Refusal::NotCanonical), "{idle:02x?}");
        }
    }

    #[test]
    fn numbers_agree_with_what_is_written() {
        let mut values = vec![0, 1, -1, 63, 64, -64, -65, i64::MAX, i64::MIN];
        values.extend((0..63).flat_map(|bit| [1_i64 << bit, -(1_i64 << bit), (1 << bit) - 1]));
        for value in values {
            let mut bytes = Vec::new();
            crate::registers::bytes::put_signed(&mut bytes, value);
            let mut read = Bytes::new(&bytes);
            assert_eq!((read.signed(), read.is_empty()), (Ok(value), true));
            bytes.clear();
            crate::registers::bytes::put_unsigned(&mut bytes, value.unsigned_abs());
            let mut read = Bytes::new(&bytes);
            assert_eq!((read.unsigned(), read.is_empty()), (Ok(value.unsigned_abs()), true));
        }
    }
}
