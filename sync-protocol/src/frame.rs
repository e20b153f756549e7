//! Frames: the files of a first sync.
//!
//! A frame holds many households of one village, compressed together: one household's document is
//! mostly the same question names and choice codes as the next one's. The file is a version byte,
//! then one Zstandard frame over the households, which lie there column by column. It never changes,
//! its name is the SHA-256 of its bytes, and a broken transfer goes on by HTTP Range.

mod columns;

use minicbor::{Decode, Decoder, Encoder};
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use sha2::{Digest, Sha256};

use crate::change::columns::Bytes;
use crate::ids::{HouseholdId, VillageCode};
use crate::limits::{FRAME_BYTES_MAX, FRAME_INFLATED_BYTES_MAX};
use crate::registers::bytes::put_unsigned;
use crate::wire::FrameRef;
use columns::{Apart, Together};

/// The first byte of a frame.
pub const FRAME_VERSION: u8 = 2;

/// What a frame holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The village that the households belong to.
    pub village: VillageCode,
    /// The households.
    pub households: Vec<(HouseholdId, Held)>,
}

/// How a frame holds a household. Of one that was written once its change is the shorter, of one
/// that was written many times its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// As an Automerge document, saved without Automerge's own compression.
    Document(Vec<u8>),
    /// As its changes, raw, each after those that it depends on.
    Changes(Vec<Vec<u8>>),
}

impl Held {
    /// Bytes before compression.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        match self {
            Self::Document(document) => document.len(),
            Self::Changes(changes) => changes.iter().map(Vec::len).sum(),
        }
    }
}

/// Why a file is not a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Its bytes are not those that its name promises.
    #[error("the frame's bytes do not have the hash of its name")]
    Hash,
    /// A version that is not spoken here.
    #[error("frame version {0:?} is not spoken here")]
    Version(Option<u8>),
    /// It is larger than a frame may be, or inflates to more.
    #[error("the frame is over its limit")]
    TooLarge,
    /// It does not inflate, or not to a list of documents.
    #[error("the frame is malformed: {0}")]
    Malformed(&'static str),
}

/// What to compress for a frame, in pieces of which each holds one kind of thing: a compressor that
/// begins a new block with each piece does best. The hub compresses them with Zstandard, as one
/// content, and puts [`FRAME_VERSION`] before it.
///
/// # Errors
/// [`FrameError::Malformed`] when what is to be a document or a change is none.
pub fn frame_content(frame: &Frame) -> Result<Vec<Vec<u8>>, FrameError> {
    let (mut ids, mut counts, mut apart) = (Vec::new(), Vec::new(), Apart::default());
    let broken = |_: columns::Broken| FrameError::Malformed(BROKEN_OFF);
    for (household, held) in &frame.households {
        ids.extend(household.0);
        match held {
            Held::Document(document) => {
                put_unsigned(&mut counts, 0);
                apart.add_document(document).map_err(broken)?;
            }
            Held::Changes(changes) if changes.is_empty() => {
                return Err(FrameError::Malformed("a household without changes"));
            }
            Held::Changes(changes) => {
                put_unsigned(&mut counts, changes.len() as u64);
                changes.iter().try_for_each(|change| apart.add_change(change)).map_err(broken)?;
            }
        }
    }
    Ok(pieces(frame.village, [&ids, &counts], &apart).expect("columns encode into memory"))
}

fn pieces(
    village: VillageCode,
    [ids, counts]: [&[u8]; 2],
    apart: &Apart,
) -> Result<Vec<Vec<u8>>, minicbor::encode::Error<std::convert::Infallible>> {
    let mut pieces = Vec::new();
    let mut encoder = Encoder::new(Vec::new());
    encoder.array(8)?.encode(village)?;
    for part in [ids, counts, &apart.hashes, &apart.authors, &apart.layouts] {
        encoder.bytes(part)?;
        pieces.push(std::mem::take(encoder.writer_mut()));
    }
    for columns in [&apart.changes, &apart.operations] {
        encoder.array(columns.len() as u64)?;
        for (number, column) in columns {
            encoder.array(2)?.u64(*number)?.bytes(column)?;
            pieces.push(std::mem::take(encoder.writer_mut()));
        }
    }
    pieces.push(encoder.into_writer());
    Ok(pieces)
}

/// The content of a frame as CBOR.
#[derive(Debug, Decode)]
struct Content<'a> {
    #[n(0)]
    village: VillageCode,
    #[cbor(b(1), with = "minicbor::bytes")]
    households: &'a [u8],
    /// Of each household how many changes follow, 0 for a document.
    #[cbor(b(2), with = "minicbor::bytes")]
    counts: &'a [u8],
    #[cbor(b(3), with = "minicbor::bytes")]
    hashes: &'a [u8],
    #[cbor(b(4), with = "minicbor::bytes")]
    authors: &'a [u8],
    #[cbor(b(5), with = "minicbor::bytes")]
    layouts: &'a [u8],
    #[b(6)]
    changes: Vec<Column<'a>>,
    #[b(7)]
    operations: Vec<Column<'a>>,
}

/// One column of all chunks.
#[derive(Debug, Decode)]
struct Column<'a> {
    #[n(0)]
    number: u64,
    #[cbor(b(1), with = "minicbor::bytes")]
    bytes: &'a [u8],
}

impl<'a> Content<'a> {
    /// What each household is held as.
    fn households(&self) -> Result<Vec<(HouseholdId, Held)>, &'static str> {
        let (ids, []) = self.households.as_chunks::<16>() else {
            return Err("a household's id is broken off");
        };
        let mut counts = Bytes::new(self.counts);
        let mut together = Together {
            hashes: Bytes::new(self.hashes),
            authors: Bytes::new(self.authors),
            layouts: Bytes::new(self.layouts),
            changes: by_number(&self.changes)?,
            operations: by_number(&self.operations)?,
        };
        let mut households = Vec::new();
        for id in ids {
            let held = match counts.unsigned().map_err(|_| "a household's count is missing")? {
                0 => together.document().map(Held::Document),
                count => (0..count).map(|_| together.change()).collect::<Result<_, _>>().map(Held::Changes),
            };
            households.push((HouseholdId(*id), held.map_err(|_| BROKEN_OFF)?));
        }
        if !counts.is_empty() || !together.is_at_its_end() {
            return Err("there is more in its columns than in its households");
        }
        Ok(households)
    }
}

/// Readers of columns by number, of which there are a few.
fn by_number<'a>(columns: &[Column<'a>]) -> Result<Vec<(u64, Bytes<'a>)>, &'static str> {
    let is_twice = |(index, column): (usize, &Column<'_>)| {
        columns[..index].iter().any(|other| other.number == column.number)
    };
    if columns.len() > COLUMNS_MAX || columns.iter().enumerate().any(is_twice) {
        return Err("it holds a column twice, or many that no chunk has");
    }
    Ok(columns.iter().map(|column| (column.number, Bytes::new(column.bytes))).collect())
}

/// Columns of one kind: more than Automerge knows.
const COLUMNS_MAX: usize = 64;

/// The name of a frame.
#[must_use]
pub fn frame_name(file: &[u8]) -> FrameRef {
    FrameRef { sha256: Sha256::digest(file).into(), bytes: u32::try_from(file.len()).unwrap_or(u32::MAX) }
}

/// Reads a frame that was fetched under `name`.
///
/// # Errors
/// [`FrameError`] when the bytes are not that frame. Memory stays under three times
/// [`FRAME_INFLATED_BYTES_MAX`], whatever the bytes are.
pub fn read_frame(name: &FrameRef, file: &[u8]) -> Result<Frame, FrameError> {
    if file.len() > FRAME_BYTES_MAX {
        return Err(FrameError::TooLarge);
    }
    if frame_name(file) != *name {
        return Err(FrameError::Hash);
    }
    let Some((&FRAME_VERSION, compressed)) = file.split_first() else {
        return Err(FrameError::Version(file.first().copied()));
    };
    let content = inflate(compressed)?;
    let mut decoder = Decoder::new(&content);
    let inside = decoder.decode().map_err(|_| FrameError::Malformed("it is not CBOR of this version"));
    let inside: Content<'_> = inside?;
    if decoder.position() != content.len() {
        return Err(FrameError::Malformed(BYTES_BEHIND));
    }
    let households = inside.households().map_err(FrameError::Malformed)?;
    Ok(Frame { village: inside.village, households })
}

/// One Zstandard frame, inflated.
fn inflate(mut compressed: &[u8]) -> Result<Vec<u8>, FrameError> {
    let malformed = |_: FrameDecoderError| FrameError::Malformed("it does not inflate");
    let mut decoder = FrameDecoder::new();
    // A decoder keeps a window of what it wrote: one larger than a frame has no use but to fill memory.
    decoder.set_max_window_size(FRAME_INFLATED_BYTES_MAX as u64);
    decoder.init(&mut compressed).map_err(malformed)?;
    let mut content = Vec::new();
    while !decoder.is_finished() {
        let some = BlockDecodingStrategy::UptoBytes(INFLATED_AT_ONCE);
        decoder.decode_blocks(&mut compressed, some).map_err(malformed)?;
        if content.len() + decoder.can_collect() > FRAME_INFLATED_BYTES_MAX {
            return Err(FrameError::TooLarge);
        }
        content.append(&mut decoder.collect().unwrap_or_default());
    }
    if compressed.is_empty() { Ok(content) } else { Err(FrameError::Malformed(BYTES_BEHIND)) }
}

/// Bytes that are inflated before they are looked at.
const INFLATED_AT_ONCE: usize = 256 * 1024;

const BYTES_BEHIND: &str = "bytes after its end";
const BROKEN_OFF: &str = "a document or a change is broken off";
