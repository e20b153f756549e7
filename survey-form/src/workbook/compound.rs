//! Compound files, the little file system around an .xls: one stream out of one, in bounded steps.

use super::Refusal;
use crate::fault::SheetFault;

/// The first bytes of a compound file.
pub(super) const SIGNATURE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Sector numbers from here on mean something else than a sector.
const RESERVED_FROM: u32 = 0xffff_fffa;
/// Streams shorter than this lie in sectors of 64 bytes.
const SHORT_BELOW: u64 = 4_096;
const SHORT_SECTOR_BYTES: usize = 64;
const ENTRY_BYTES: usize = 128;
/// Table sectors whose numbers the header itself holds.
const TABLES_IN_HEADER: usize = 109;

/// A compound file whose tables have been read.
pub(super) struct Compound<'a> {
    sectors: Sectors<'a>,
    next: Vec<u32>,
    short_next: Vec<u32>,
    short_sectors: Vec<u8>,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    start: u32,
    bytes: u64,
}

struct Sectors<'a> {
    file: &'a [u8],
    shift: u32,
}

impl<'a> Compound<'a> {
    /// Reads the header, the tables and the directory. Every chain has at most as many sectors as the
    /// file, so a ring ends.
    pub(super) fn open(file: &'a [u8]) -> Result<Self, Refusal> {
        let shift = u32::from(u16_at(file, 30)?);
        if !matches!(shift, 9 | 12) || u16_at(file, 32)? != 6 {
            return Err(damaged());
        }
        let sectors = Sectors { file, shift };
        let mut next = Vec::new();
        for table in sectors.tables()? {
            next.extend(sectors.get(table)?.chunks_exact(4).map(u32_of));
        }
        let directory = sectors.chain(u32_at(file, 48)?, &next, u64::MAX)?;
        let entries = directory.chunks_exact(ENTRY_BYTES).map(|entry| Entry::of(entry, shift));
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let root = entries.first().ok_or_else(damaged)?;
        let short_table = sectors.chain(u32_at(file, 60)?, &next, u64::MAX)?;
        let short_next = short_table.chunks_exact(4).map(u32_of).collect();
        let short_sectors = sectors.chain(root.start, &next, root.bytes)?;
        Ok(Self { sectors, next, short_next, short_sectors, entries })
    }

    /// The bytes of a stream; `None` where there is none of this name.
    pub(super) fn stream(&self, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)) else {
            return Ok(None);
        };
        if entry.bytes >= SHORT_BELOW {
            return self.sectors.chain(entry.start, &self.next, entry.bytes).map(Some);
        }
        let mut stream = Vec::new();
        let mut sector = entry.start;
        while (stream.len() as u64) < entry.bytes {
            let start = sector as usize * SHORT_SECTOR_BYTES;
            let end = (start + SHORT_SECTOR_BYTES).min(self.short_sectors.len());
            stream.extend_from_slice(self.short_sectors.get(start..end).ok_or_else(damaged)?);
            if start == end {
                return Err(damaged());
            }
            sector = *self.short_next.get(sector as usize).unwrap_or(&RESERVED_FROM);
        }
        stream.truncate(entry.bytes as usize);
        Ok(Some(stream))
    }
}

impl Entry {
    fn of(entry: &[u8], shift: u32) -> Result<Self, Refusal> {
        let letters = entry[..64].chunks_exact(2).map(|letter| u16::from_le_bytes([letter[0], letter[1]]));
        let letters = letters.take_while(|&letter| letter != 0);
        let name = char::decode_utf16(letters).map(|letter| letter.unwrap_or('\u{fffd}')).collect();
        let low = u64::from(u32_at(entry, 120)?);
        // Files of the older version leave rubbish in the upper half.
        let high = if shift == 9 { 0 } else { u64::from(u32_at(entry, 124)?) };
        Ok(Self { name, start: u32_at(entry, 116)?, bytes: high << 32 | low })
    }
}

impl<'a> Sectors<'a> {
    /// One sector; the file's last one may be cut short.
    fn get(&self, sector: u32) -> Result<&'a [u8], Refusal> {
        let start = (u64::from(sector) + 1) << self.shift;
        let end = (start + (1 << self.shift)).min(self.file.len() as u64);
        self.file.get(start as usize..end as usize).filter(|bytes| !bytes.is_empty()).ok_or_else(damaged)
    }

    /// Numbers of the sectors that hold the table of chains: from the header, then from a chain of
    /// lists, each of which ends with the number of the next.
    fn tables(&self) -> Result<Vec<u32>, Refusal> {
        let header = self.file.get(76..76 + 4 * TABLES_IN_HEADER).ok_or_else(damaged)?;
        let mut tables = header.chunks_exact(4).map(u32_of).collect::<Vec<_>>();
        let mut list = u32_at(self.file, 68)?;
        for _ in 0..self.count() {
            if list >= RESERVED_FROM {
                break;
            }
            tables.extend(self.get(list)?.chunks_exact(4).map(u32_of));
            list = tables.pop().ok_or_else(damaged)?;
        }
        tables.retain(|&table| table < RESERVED_FROM);
        if tables.len() > self.count() { Err(damaged()) } else { Ok(tables) }
    }

    /// The bytes of a chain, at most `bytes`.
    fn chain(&self, start: u32, next: &[u32], bytes: u64) -> Result<Vec<u8>, Refusal> {
        let mut chain = Vec::new();
        let mut sector = start;
        for _ in 0..=self.count() {
            if sector >= RESERVED_FROM || chain.len() as u64 >= bytes {
                chain.truncate(usize::try_from(bytes).unwrap_or(usize::MAX));
                return Ok(chain);
            }
            chain.extend_from_slice(self.get(sector)?);
            sector = *next.get(sector as usize).ok_or_else(damaged)?;
        }
        Err(damaged())
    }

    fn count(&self) -> usize {
        (self.file.len() >> self.shift) + 1
    }
}

fn damaged() -> Refusal {
    Refusal::new(SheetFault::Damaged)
}

fn u16_at(bytes: &[u8], start: usize) -> Result<u16, Refusal> {
    let two = bytes.get(start..start + 2).and_then(|two| two.try_into().ok());
    two.map(u16::from_le_bytes).ok_or_else(damaged)
}

fn u32_at(bytes: &[u8], start: usize) -> Result<u32, Refusal> {
    bytes.get(start..start + 4).map(u32_of).ok_or_else(damaged)
}

fn u32_of(four: &[u8]) -> u32 {
    four.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte))
}
