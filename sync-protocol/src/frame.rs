//! Frames: the files of a first sync.
//!
//! A frame holds many documents, compressed together: one household's document is mostly the same
//! question names and choice codes as the next one's. The file is a version byte, then one Zstandard
//! frame over a CBOR array of [`FrameDocument`]s. It never changes, its name is the SHA-256 of its
//! bytes, and a broken transfer goes on by HTTP Range.

use std::io::Read;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Decoder, Encode};
use ruzstd::decoding::StreamingDecoder;
use sha2::{Digest, Sha256};

use crate::ids::{HouseholdId, VillageCode};
use crate::limits::{FRAME_BYTES_MAX, FRAME_INFLATED_BYTES_MAX};
use crate::wire::FrameRef;

/// The first byte of a frame.
pub const FRAME_VERSION: u8 = 1;

/// One household in a frame.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct FrameDocument {
    /// The household.
    #[n(0)]
    pub household: HouseholdId,
    /// Its village.
    #[n(1)]
    pub village: VillageCode,
    /// Its Automerge document, saved without Automerge's own compression.
    #[n(2)]
    pub document: ByteVec,
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
    Malformed(String),
}

/// What to compress for a frame: the CBOR array of the documents. The hub compresses it with
/// Zstandard and puts [`FRAME_VERSION`] before it.
#[must_use]
pub fn frame_content(documents: &[FrameDocument]) -> Vec<u8> {
    minicbor::to_vec(documents).expect("documents encode into memory")
}

/// The name of a frame.
#[must_use]
pub fn frame_name(file: &[u8]) -> FrameRef {
    FrameRef { sha256: Sha256::digest(file).into(), bytes: u32::try_from(file.len()).unwrap_or(u32::MAX) }
}

/// Reads a frame that was fetched under `name`.
///
/// # Errors
/// [`FrameError`] when the bytes are not that frame. Memory stays under
/// [`FRAME_INFLATED_BYTES_MAX`], whatever the bytes are.
pub fn read_frame(name: &FrameRef, file: &[u8]) -> Result<Vec<FrameDocument>, FrameError> {
    if file.len() > FRAME_BYTES_MAX {
        return Err(FrameError::TooLarge);
    }
    if frame_name(file) != *name {
        return Err(FrameError::Hash);
    }
    let Some((&FRAME_VERSION, compressed)) = file.split_first() else {
        return Err(FrameError::Version(file.first().copied()));
    };
    let malformed = |error: &dyn std::fmt::Display| FrameError::Malformed(error.to_string());
    let mut content = Vec::new();
    // A decoder keeps a window of what it wrote: one larger than a frame has no use but to fill memory.
    let decoder = StreamingDecoder::new_with_max_window_size(compressed, FRAME_INFLATED_BYTES_MAX as u64);
    let mut bounded = decoder.map_err(|error| malformed(&error))?.take(FRAME_INFLATED_BYTES_MAX as u64 + 1);
    bounded.read_to_end(&mut content).map_err(|error| malformed(&error))?;
    if content.len() > FRAME_INFLATED_BYTES_MAX {
        return Err(FrameError::TooLarge);
    }
    let mut decoder = Decoder::new(&content);
    let documents = decoder.decode().map_err(|error| malformed(&error))?;
    if decoder.position() != content.len() || !bounded.into_inner().into_inner().is_empty() {
        return Err(malformed(&"bytes after its end"));
    }
    Ok(documents)
}
