//! What a device asks of registers to write a change, and to keep what it has read.

use light::Set;

use super::past::Past;
use super::{OpId, Registers, RowId};
use crate::ids::{ActorId, ChangeHash};

/// One change, as others refer to it. Index 0 is genesis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub(crate) hash: ChangeHash,
    /// The author's index.
    pub(crate) actor: u32,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    /// Indexes of its dependencies, in ascending order of their hashes.
    pub(crate) deps: &'a [u32],
}

impl Registers {
    /// The change with this index.
    pub(crate) fn placed(&self, index: usize) -> Placed<'_> {
        let change = &self.changes[index];
        Placed {
            hash: change.hash,
            actor: change.actor,
            seq: u64::from(change.seq),
            start_op: u64::from(change.start_op),
            deps: self.deps_of(change),
        }
    }

    /// The actors, genesis' actor at their head; the others in order of their first change.
    pub(crate) fn actors(&self) -> impl ExactSizeIterator<Item = ActorId> {
        self.actors.iter().map(|actor| actor.id)
    }

    /// The actor with this index.
    pub(crate) fn actor(&self, index: u32) -> ActorId {
        self.actors[index as usize].id
    }

    /// The actor's last change and its number.
    pub(crate) fn last_of(&self, actor: ActorId) -> Option<(ChangeHash, u64)> {
        let last = self.actors.iter().find(|known| known.id == actor)?.last?;
        let change = &self.changes[last as usize];
        Some((change.hash, u64::from(change.seq)))
    }

    /// The first counter of a change that depends on these, by their indexes.
    pub(crate) fn start_op_upon(&self, deps: impl Iterator<Item = usize>) -> u64 {
        deps.map(|dep| u64::from(self.changes[dep].end_op())).max().unwrap_or(0)
    }

    /// The first counter of a change that depends on the heads.
    pub(crate) fn next_op(&self) -> u64 {
        self.start_op_upon(0..self.changes.len())
    }

    /// The indexes of these changes and of all that they build on, ascending and without genesis;
    /// `None` when one of them is not here.
    pub(crate) fn indexes_up_to(&self, heads: &Set<ChangeHash>) -> Option<Vec<usize>> {
        let heads: Vec<u32> =
            heads.iter().map(|head| Some(self.index_of(head)? as u32)).collect::<Option<_>>()?;
        let past = Past::of(self, &heads);
        Some((1..self.changes.len()).filter(|index| past.has_change(*index as u32)).collect())
    }

    /// The operation that made a row.
    pub(crate) fn made(&self, row: RowId) -> Option<OpId> {
        let object = self.object_of(row)?;
        Some(self.op_id(self.rows[object as usize - 1].made))
    }

    /// The rows in ascending order, hidden ones included.
    pub(crate) fn row_ids(&self) -> Vec<RowId> {
        self.rows_by_id().into_iter().map(|(row, _)| row).collect()
    }
}
