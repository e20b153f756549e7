//! Makes snapshots, with Automerge.

use light::Set;

use automerge::AutoCommit;

use super::{SnapshotError, read};
use crate::change::Change;
use crate::genesis;
use crate::ids::ChangeHash;

/// Makes a snapshot of a household's changes, each after those that it depends on, without Automerge's
/// own compression: documents compress better together.
///
/// # Errors
/// When a change is none that this protocol reads, or [`read`] would not give these very changes back.
pub fn make<B: AsRef<[u8]>>(changes: &[B]) -> Result<Vec<u8>, SnapshotError> {
    let mut given = Set::new();
    let mut parsed = vec![automerge(genesis::GENESIS)?];
    for bytes in changes {
        given.insert(Change::read(bytes.as_ref())?.hash());
        parsed.push(automerge(bytes.as_ref())?);
    }
    let mut document = AutoCommit::new();
    document.apply_changes(parsed).map_err(|_| SnapshotError("Automerge does not take the changes"))?;
    let snapshot = document.save_nocompress();
    let held: Set<ChangeHash> = read(&snapshot)?.into_iter().map(|(hash, _)| hash).collect();
    if held == given { Ok(snapshot) } else { Err(SnapshotError("it does not hold all of the changes")) }
}

fn automerge(bytes: &[u8]) -> Result<automerge::Change, SnapshotError> {
    automerge::Change::from_bytes(bytes.to_vec())
        .map_err(|_| SnapshotError("Automerge does not read a change"))
}
