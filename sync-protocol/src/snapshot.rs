//! Snapshots: a household as one Automerge document, as a hub puts it into a frame.
//!
//! [`read`] gives the changes that such a document was made of, without Automerge: it takes the columns
//! apart, sorts the operations to their changes, and writes each change anew. A document does not hold
//! its changes' hashes, only its heads; where the hashes of the changes that were written lead to these
//! heads, every byte of them is as it was. So nothing else needs to be believed: the bytes may come from
//! anywhere. [`make`] makes a document, with Automerge, and sees to it that [`read`] reads it.

#[cfg(feature = "snapshots")]
mod making;
mod reading;

#[cfg(feature = "snapshots")]
pub use making::make;
pub use reading::read;

use crate::change::{MAGIC, Refusal};

/// Whether the bytes begin as an Automerge chunk does.
#[must_use]
pub fn is_snapshot(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Why bytes are not a snapshot of this protocol, or why none could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotError(&'static str);

impl std::fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for SnapshotError {}

impl From<Refusal> for SnapshotError {
    fn from(why: Refusal) -> Self {
        Self(why.sentence())
    }
}
