//! The genesis change: the first change of every household, one constant byte string.
//!
//! It makes the two containers, `answers` (its first operation) and `rows` (its second), as actor
//! zero at time zero. Because every document begins with the same change, any two documents have a
//! common past and can be merged, and the ids of the containers are known before anything is read.
//! The Rust and the JavaScript library make these very bytes; the tests hold both to it.

use crate::change::OpId;
use crate::ids::{ActorId, ChangeHash};

/// The genesis change as Automerge writes it.
pub const GENESIS: &[u8] = &[
    0x85, 0x6f, 0x4a, 0x83, // magic
    0x49, 0x17, 0x6f, 0x2d, // checksum
    0x01, 0x37, // a change chunk of 55 bytes
    0x00, // no dependencies
    0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // actor
    0x01, 0x01, 0x00, // sequence number 1, first operation 1, time 0
    0x00, 0x00, // no message, no other actors
    0x05, 0x15, 0x0e, 0x34, 0x01, 0x42, 0x02, 0x56, 0x02, 0x70, 0x02, // five columns
    0x7e, 0x07, b'a', b'n', b's', b'w', b'e', b'r', b's', 0x04, b'r', b'o', b'w', b's', // keys
    0x02, 0x02, 0x00, 0x02, 0x00, 0x02, 0x00, // no inserts, two makeMap, no values, no predecessors
];

/// The actor of the genesis change; no device ever writes under it.
pub const GENESIS_ACTOR: ActorId = ActorId([0; 16]);

/// The operation that makes the `answers` map: an answer is put into this object.
pub const ANSWERS: OpId = OpId { counter: 1, actor: GENESIS_ACTOR };

/// The operation that makes the `rows` map: a row is made in this object.
pub const ROWS: OpId = OpId { counter: 2, actor: GENESIS_ACTOR };

/// Operations in the genesis change.
pub const GENESIS_OPS: u64 = 2;

/// The hash of the genesis change.
#[must_use]
pub const fn hash() -> ChangeHash {
    ChangeHash([
        0x49, 0x17, 0x6f, 0x2d, 0x59, 0x1e, 0xd5, 0xed, 0xc2, 0xb2, 0xb2, 0x5f, 0xb5, 0x5e, 0xda, 0x51, 0xbc,
        0xdd, 0x67, 0x9f, 0x32, 0xfe, 0xda, 0xd6, 0xbf, 0x3f, 0x94, 0x06, 0x88, 0xb8, 0xbc, 0xa0,
    ])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use automerge::transaction::{CommitOptions, Transactable};
    use automerge::{ActorId, AutoCommit, ObjType, ROOT};

    use super::*;

    #[test]
    fn automerge_makes_the_same_bytes() {
        let mut document = AutoCommit::new().with_actor(ActorId::from(GENESIS_ACTOR.0));
        document.put_object(ROOT, "answers", ObjType::Map).unwrap();
        document.put_object(ROOT, "rows", ObjType::Map).unwrap();
        document.commit_with(CommitOptions::default().with_time(0));
        let change = document.get_last_local_change().unwrap();
        assert_eq!(change.raw_bytes(), GENESIS);
        assert_eq!(change.hash().0, hash().0);
    }
}
