//! Writes a change, byte for byte as automerge 0.12 writes it: the reader's counterpart.

use sha2::{Digest, Sha256};

use super::{CHANGE_CHUNK, COLUMNS, MAGIC, MAKE_MAP, OpId, SET};
use crate::genesis;
use crate::ids::{ActorId, ChangeHash, RowId};
use crate::registers::bytes::{put_signed, put_unsigned};
use crate::value::ScalarRef;

/// A change that is to be written. It is written as it stands: whether anyone may take it is for
/// [`Change::read`](super::Change::read) and the registers to say.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// The changes that it is made on top of, in ascending order.
    pub deps: Vec<ChangeHash>,
    /// Its author.
    pub actor: ActorId,
    /// Its number among the author's changes, from 1.
    pub seq: u64,
    /// The counter of its first operation.
    pub start_op: u64,
    /// When it is made, in milliseconds of Unix time.
    pub time_ms: i64,
    /// Its operations, in order.
    pub ops: Vec<DraftOp<'a>>,
}

/// One operation of a [`Draft`].
#[derive(Debug, Clone, PartialEq)]
pub enum DraftOp<'a> {
    /// Makes an empty row.
    MakeRow(RowId),
    /// Puts a value.
    Put {
        /// The operation that made the row; `None` for the household's own answers.
        row: Option<OpId>,
        /// Question name.
        key: &'a str,
        /// The value.
        value: ScalarRef<'a>,
        /// The operations whose values it replaces, in ascending order.
        preds: Vec<OpId>,
    },
}

impl DraftOp<'_> {
    /// The operation that made what it puts something into.
    fn object(&self) -> OpId {
        match self {
            Self::MakeRow(_) => genesis::ROWS,
            Self::Put { row, .. } => row.unwrap_or(genesis::ANSWERS),
        }
    }

    fn preds(&self) -> &[OpId] {
        match self {
            Self::MakeRow(_) => &[],
            Self::Put { preds, .. } => preds,
        }
    }
}

impl Draft<'_> {
    /// Its raw bytes, and its hash.
    #[must_use]
    pub fn write(&self) -> (ChangeHash, Vec<u8>) {
        let named =
            self.ops.iter().flat_map(|op| std::iter::once(op.object()).chain(op.preds().iter().copied()));
        let mut others: Vec<ActorId> = Vec::new();
        for OpId { actor, .. } in named.filter(|id| id.actor != self.actor) {
            if let Err(place) = others.binary_search(&actor) {
                others.insert(place, actor);
            }
        }
        let heading = Heading {
            deps: &self.deps,
            actor: self.actor,
            seq: self.seq,
            start_op: self.start_op,
            time_ms: self.time_ms,
            others: &others,
        };
        let body = heading.write(&self.columns(&others));
        let hash = hash(&body);
        (hash, chunk(&hash, &body))
    }

    /// The column headers and the columns.
    fn columns(&self, others: &[ActorId]) -> Vec<u8> {
        let actor = |id: OpId| match others.binary_search(&id.actor) {
            Ok(index) => index as u64 + 1,
            Err(_) => 0,
        };
        let [mut object_actors, mut objects, mut keys, mut actions, mut types] = [const { Runs::new() }; 5];
        let [mut pred_counts, mut pred_actors, mut preds] = [const { Runs::new() }; 3];
        let (mut inserts, mut values) = (Vec::new(), Vec::new());
        let mut last_pred = 0;
        put_unsigned(&mut inserts, self.ops.len() as u64);
        for op in &self.ops {
            object_actors.unsigned(actor(op.object()));
            objects.unsigned(op.object().counter);
            match op {
                DraftOp::MakeRow(row) => {
                    keys.text(&row.to_string());
                    actions.unsigned(MAKE_MAP);
                    types.unsigned(0);
                }
                DraftOp::Put { key, value, .. } => {
                    keys.text(key);
                    actions.unsigned(SET);
                    types.unsigned(put_value(&mut values, *value));
                }
            }
            pred_counts.unsigned(op.preds().len() as u64);
            for pred in op.preds() {
                pred_actors.unsigned(actor(*pred));
                let counter = pred.counter.cast_signed();
                preds.signed(counter - last_pred);
                last_pred = counter;
            }
        }
        let columns = [
            object_actors.finish(),
            objects.finish(),
            keys.finish(),
            inserts,
            actions.finish(),
            types.finish(),
            values,
            pred_counts.finish(),
            pred_actors.finish(),
            preds.finish(),
        ];
        lay_out(&columns)
    }
}

/// Headers and columns; an empty column is left out.
fn lay_out(columns: &[Vec<u8>; COLUMNS.len()]) -> Vec<u8> {
    let present = || COLUMNS.iter().zip(columns).filter(|(_, column)| !column.is_empty());
    let mut out = Vec::new();
    put_unsigned(&mut out, present().count() as u64);
    for (specification, column) in present() {
        put_unsigned(&mut out, *specification);
        put_unsigned(&mut out, column.len() as u64);
    }
    columns.iter().for_each(|column| out.extend_from_slice(column));
    out
}

/// Appends a value's bytes; gives its type and their length.
fn put_value(out: &mut Vec<u8>, value: ScalarRef<'_>) -> u64 {
    let start = out.len();
    let kind = match value {
        ScalarRef::Null => 0,
        ScalarRef::Bool(false) => 1,
        ScalarRef::Bool(true) => 2,
        ScalarRef::Uint(value) => {
            put_unsigned(out, value);
            3
        }
        ScalarRef::Int(value) => {
            put_signed(out, value);
            4
        }
        ScalarRef::F64(value) => {
            out.extend_from_slice(&value.to_le_bytes());
            5
        }
        ScalarRef::Str(value) => {
            out.extend_from_slice(value.as_bytes());
            6
        }
    };
    ((out.len() - start) as u64) << 4 | kind
}

/// What stands in a change before its columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heading<'a> {
    pub(crate) deps: &'a [ChangeHash],
    pub(crate) actor: ActorId,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) time_ms: i64,
    /// The other actors that operations name, in ascending order.
    pub(crate) others: &'a [ActorId],
}

impl Heading<'_> {
    /// Type, length and body of the change with this heading and these columns: what its hash is over.
    pub(crate) fn write(&self, columns: &[u8]) -> Vec<u8> {
        let mut body = Vec::with_capacity(64 + 32 * self.deps.len() + 17 * self.others.len() + columns.len());
        put_unsigned(&mut body, self.deps.len() as u64);
        self.deps.iter().for_each(|dep| body.extend_from_slice(&dep.0));
        put_actor(&mut body, self.actor);
        put_unsigned(&mut body, self.seq);
        put_unsigned(&mut body, self.start_op);
        put_signed(&mut body, self.time_ms);
        // No message.
        body.push(0);
        put_unsigned(&mut body, self.others.len() as u64);
        self.others.iter().for_each(|actor| put_actor(&mut body, *actor));
        body.extend_from_slice(columns);

        let mut hashed = Vec::with_capacity(body.len() + 5);
        hashed.push(CHANGE_CHUNK);
        put_unsigned(&mut hashed, body.len() as u64);
        hashed.extend_from_slice(&body);
        hashed
    }
}

fn put_actor(out: &mut Vec<u8>, actor: ActorId) {
    put_unsigned(out, ActorId::LEN as u64);
    out.extend_from_slice(&actor.0);
}

/// The hash of a change, from its type, length and body.
pub(crate) fn hash(hashed: &[u8]) -> ChangeHash {
    ChangeHash(Sha256::digest(hashed).into())
}

/// The raw bytes of a change with this hash, from its type, length and body.
pub(crate) fn chunk(hash: &ChangeHash, hashed: &[u8]) -> Vec<u8> {
    [&MAGIC[..], &hash.0[..4], hashed].concat()
}

/// A run-length encoded column in the making. Each item has one encoding, so equal items are those
/// whose bytes are equal.
struct Runs {
    out: Vec<u8>,
    /// Items that have no equal beside them, and how many.
    literal: (Vec<u8>, i64),
    /// The last item, and how often it was given in a row.
    last: (Vec<u8>, i64),
    item: Vec<u8>,
}

impl Runs {
    const fn new() -> Self {
        Self { out: Vec::new(), literal: (Vec::new(), 0), last: (Vec::new(), 0), item: Vec::new() }
    }

    fn unsigned(&mut self, value: u64) {
        put_unsigned(&mut self.item, value);
        self.push();
    }

    fn signed(&mut self, value: i64) {
        put_signed(&mut self.item, value);
        self.push();
    }

    fn text(&mut self, text: &str) {
        put_unsigned(&mut self.item, text.len() as u64);
        self.item.extend_from_slice(text.as_bytes());
        self.push();
    }

    /// Takes the item over.
    fn push(&mut self) {
        if self.item != self.last.0 || self.last.1 == 0 {
            self.end_run();
            std::mem::swap(&mut self.item, &mut self.last.0);
        }
        self.last.1 += 1;
        self.item.clear();
    }

    fn end_run(&mut self) {
        let (item, count) = (&self.last.0, std::mem::take(&mut self.last.1));
        match count {
            0 => {}
            1 => {
                self.literal.0.extend_from_slice(item);
                self.literal.1 += 1;
            }
            _ => {
                end_literal(&mut self.literal, &mut self.out);
                put_signed(&mut self.out, count);
                self.out.extend_from_slice(item);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.end_run();
        end_literal(&mut self.literal, &mut self.out);
        self.out
    }
}

fn end_literal((items, count): &mut (Vec<u8>, i64), out: &mut Vec<u8>) {
    if *count > 0 {
        put_signed(out, -*count);
        out.append(items);
        *count = 0;
    }
}
