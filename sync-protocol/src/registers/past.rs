//! What a change had seen: its causal past.

use smallvec::SmallVec;

use super::{OpRef, Registers};

/// The changes that a change builds on, directly or through others.
pub(super) enum Past {
    /// All that are known: its dependencies are the heads.
    Everything,
    /// One bit for each change.
    Some(SmallVec<[u64; 4]>),
}

impl Past {
    /// The past of a change with these dependencies, which are not the heads.
    ///
    /// A change stands after its dependencies, so one pass from the last dependency down to
    /// genesis finds everything, without a stack.
    pub(super) fn of(registers: &Registers, deps: &[u32]) -> Self {
        let last = deps.iter().copied().max().unwrap_or(0) as usize;
        let mut bits: SmallVec<[u64; 4]> = SmallVec::from_elem(0, last / 64 + 1);
        for dep in deps {
            bits[*dep as usize / 64] |= 1 << (dep % 64);
        }
        for index in (0..=last).rev() {
            if bits[index / 64] >> (index % 64) & 1 == 1 {
                for dep in registers.deps_of(&registers.changes[index]) {
                    bits[*dep as usize / 64] |= 1 << (dep % 64);
                }
            }
        }
        Self::Some(bits)
    }

    pub(super) fn has_change(&self, index: u32) -> bool {
        match self {
            Self::Everything => true,
            Self::Some(bits) => {
                bits.get(index as usize / 64).is_some_and(|bits| bits >> (index % 64) & 1 == 1)
            }
        }
    }

    pub(super) fn has(&self, op: OpRef) -> bool {
        self.has_change(op.change)
    }
}
