//! Documents and changes, taken apart by column and put together again.
//!
//! An Automerge chunk, be it a document or a change, is columns behind a layout that says how long
//! each is. The same columns of many households, one after another, are much more alike than the
//! chunks are. The checksum and the length are left out: they follow from the rest.

use light::Map;

use sha2::{Digest, Sha256};

use crate::change::Refusal;
use crate::change::columns::Bytes;
use crate::registers::bytes::put_unsigned;

/// The first bytes of each Automerge chunk.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// The type of a chunk that holds a document.
const DOCUMENT: u8 = 0;
/// The type of a chunk that holds a change.
const CHANGE: u8 = 1;
const HASH_BYTES: usize = 32;

/// A chunk that is none, or columns that end too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

impl From<Refusal> for Broken {
    fn from(_: Refusal) -> Self {
        Self
    }
}

/// The same columns of many chunks, by Automerge's number of the column.
pub(super) type Columns = Map<u64, Vec<u8>>;

/// Chunks, by column.
#[derive(Debug, Default)]
pub(super) struct Apart {
    /// The heads of each document, what each change depends on: how many, then the hashes.
    pub(super) hashes: Vec<u8>,
    /// The actors of each document; of each change all that stands between its dependencies and its
    /// layout.
    pub(super) authors: Vec<u8>,
    /// The layouts: how many columns, then number and length of each. A document has one of its
    /// changes, one of its operations, and behind them the places of its heads.
    pub(super) layouts: Vec<u8>,
    /// The columns of a document's changes.
    pub(super) changes: Columns,
    /// The columns of operations.
    pub(super) operations: Columns,
}

impl Apart {
    /// Adds a document as Automerge saves it without compression.
    ///
    /// # Errors
    /// When the bytes are not a document chunk; then some of its columns may have been added.
    pub(super) fn add_document(&mut self, chunk: &[u8]) -> Result<(), Broken> {
        let mut bytes = body(chunk, DOCUMENT)?;
        self.authors.extend(counted(&mut bytes, actor)?);
        self.hashes.extend(counted(&mut bytes, hash)?);
        let start = bytes.rest();
        let (changes, operations) = (columns(&mut bytes)?, columns(&mut bytes)?);
        self.layouts.extend(before(start, &bytes));
        append(&mut self.changes, &changes, &mut bytes)?;
        append(&mut self.operations, &operations, &mut bytes)?;
        self.layouts.extend(bytes.rest());
        Ok(())
    }

    /// Adds a change as a device made it.
    ///
    /// # Errors
    /// When the bytes are not a change chunk; then some of its columns may have been added.
    pub(super) fn add_change(&mut self, chunk: &[u8]) -> Result<(), Broken> {
        let mut bytes = body(chunk, CHANGE)?;
        self.hashes.extend(counted(&mut bytes, hash)?);
        let start = bytes.rest();
        author(&mut bytes)?;
        self.authors.extend(before(start, &bytes));
        let start = bytes.rest();
        let operations = columns(&mut bytes)?;
        self.layouts.extend(before(start, &bytes));
        append(&mut self.operations, &operations, &mut bytes)?;
        if bytes.is_empty() { Ok(()) } else { Err(Broken) }
    }
}

/// Readers of what [`Apart`] holds.
#[derive(Debug)]
pub(super) struct Together<'a> {
    pub(super) hashes: Bytes<'a>,
    pub(super) authors: Bytes<'a>,
    pub(super) layouts: Bytes<'a>,
    pub(super) changes: Vec<(u64, Bytes<'a>)>,
    pub(super) operations: Vec<(u64, Bytes<'a>)>,
}

impl Together<'_> {
    /// The next chunk, which is a document.
    ///
    /// # Errors
    /// When a column ends before the document does.
    pub(super) fn document(&mut self) -> Result<Vec<u8>, Broken> {
        let mut body = counted(&mut self.authors, actor)?.to_vec();
        let heads = counted(&mut self.hashes, hash)?;
        body.extend(heads);
        let start = self.layouts.rest();
        let (changes, operations) = (columns(&mut self.layouts)?, columns(&mut self.layouts)?);
        body.extend(before(start, &self.layouts));
        take(&mut self.changes, &changes, &mut body)?;
        take(&mut self.operations, &operations, &mut body)?;
        for _ in 0..Bytes::new(heads).unsigned()? {
            put_unsigned(&mut body, self.layouts.unsigned()?);
        }
        Ok(chunk(DOCUMENT, &body))
    }

    /// The next chunk, which is a change.
    ///
    /// # Errors
    /// When a column ends before the change does.
    pub(super) fn change(&mut self) -> Result<Vec<u8>, Broken> {
        let mut body = counted(&mut self.hashes, hash)?.to_vec();
        let start = self.authors.rest();
        author(&mut self.authors)?;
        body.extend(before(start, &self.authors));
        let start = self.layouts.rest();
        let operations = columns(&mut self.layouts)?;
        body.extend(before(start, &self.layouts));
        take(&mut self.operations, &operations, &mut body)?;
        Ok(chunk(CHANGE, &body))
    }

    /// Whether every column has ended.
    pub(super) fn is_at_its_end(&self) -> bool {
        let ended = |readers: &[(u64, Bytes<'_>)]| readers.iter().all(|(_, bytes)| bytes.is_empty());
        let rest = [&self.hashes, &self.authors, &self.layouts];
        rest.into_iter().all(Bytes::is_empty) && ended(&self.changes) && ended(&self.operations)
    }
}

/// The body of a chunk of this type.
fn body(chunk: &[u8], kind: u8) -> Result<Bytes<'_>, Broken> {
    let mut bytes = Bytes::new(chunk);
    let magic: [u8; 4] = bytes.array()?;
    bytes.take(4)?;
    let is_of_kind = magic == MAGIC && bytes.byte()? == kind;
    let length = bytes.unsigned()?;
    if is_of_kind && length == bytes.rest().len() as u64 { Ok(bytes) } else { Err(Broken) }
}

/// A chunk of this type with this body.
fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    put_unsigned(&mut hashed, body.len() as u64);
    hashed.extend(body);
    let hash = Sha256::digest(&hashed);
    [&MAGIC[..], &hash[..4], &hashed].concat()
}

/// Moves columns of these numbers and lengths from `bytes` to the ends of `columns`.
fn append(columns: &mut Columns, layout: &[(u64, usize)], bytes: &mut Bytes<'_>) -> Result<(), Broken> {
    for (number, length) in layout {
        columns.entry(*number).or_default().extend(bytes.take(*length)?);
    }
    Ok(())
}

/// Moves columns of these numbers and lengths from the fronts of `readers` to `body`.
fn take(readers: &mut [(u64, Bytes<'_>)], layout: &[(u64, usize)], body: &mut Vec<u8>) -> Result<(), Broken> {
    for (number, length) in layout {
        let reader = readers.iter_mut().find(|(known, _)| known == number).ok_or(Broken)?;
        body.extend(reader.1.take(*length)?);
    }
    Ok(())
}

/// What was read of `from` up to where `bytes` stands.
fn before<'a>(from: &'a [u8], bytes: &Bytes<'a>) -> &'a [u8] {
    from.get(..from.len() - bytes.rest().len()).unwrap_or_default()
}

/// A count and as many items, as the bytes that they take up.
fn counted<'a>(
    bytes: &mut Bytes<'a>,
    item: fn(&mut Bytes<'a>) -> Result<(), Broken>,
) -> Result<&'a [u8], Broken> {
    let start = bytes.rest();
    for _ in 0..bytes.unsigned()? {
        item(bytes)?;
    }
    Ok(before(start, bytes))
}

fn actor(bytes: &mut Bytes<'_>) -> Result<(), Broken> {
    let length = bytes.unsigned()?;
    bytes.take(size(length))?;
    Ok(())
}

fn hash(bytes: &mut Bytes<'_>) -> Result<(), Broken> {
    bytes.take(HASH_BYTES)?;
    Ok(())
}

/// What stands in a change between its dependencies and its layout: author, sequence number, first
/// counter, time, message, other actors.
fn author(bytes: &mut Bytes<'_>) -> Result<(), Broken> {
    actor(bytes)?;
    bytes.unsigned()?;
    bytes.unsigned()?;
    bytes.signed()?;
    let message = bytes.unsigned()?;
    bytes.take(size(message))?;
    counted(bytes, actor).map(drop)
}

/// The columns of a layout: number and length of each. Each takes two bytes at the least, so there
/// are no more of them than there are bytes.
fn columns(bytes: &mut Bytes<'_>) -> Result<Vec<(u64, usize)>, Broken> {
    let mut columns = Vec::new();
    for _ in 0..bytes.unsigned()? {
        columns.push((bytes.unsigned()?, size(bytes.unsigned()?)));
    }
    Ok(columns)
}

/// A length; one that no memory holds is longer than whatever is there.
fn size(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
