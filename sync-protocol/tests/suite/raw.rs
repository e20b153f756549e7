//! Writes changes without asking whether they make sense: what a hostile device would send.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use sync_protocol::change::{Action, Change, OpId, Target};
use sync_protocol::genesis;
use sync_protocol::ids::{ActorId, ChangeHash};
use sync_protocol::value::ScalarRef;

/// A change, field by field.
#[derive(Debug, Clone)]
pub(crate) struct RawChange {
    pub(crate) deps: Vec<ChangeHash>,
    pub(crate) actor: ActorId,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) time_ms: i64,
    pub(crate) message: Vec<u8>,
    /// Actors in the table that no operation refers to.
    pub(crate) idle_actors: Vec<ActorId>,
    pub(crate) ops: Vec<RawOp>,
    /// Columns by specification, which come beside the others or in their place.
    pub(crate) more_columns: Vec<(u64, Vec<u8>)>,
    pub(crate) trailing: Vec<u8>,
}

/// An operation, field by field.
#[derive(Debug, Clone)]
pub(crate) struct RawOp {
    /// `None` is the root.
    pub(crate) object: Option<OpId>,
    pub(crate) key: Key,
    pub(crate) insert: bool,
    pub(crate) action: u64,
    pub(crate) value_type: u8,
    pub(crate) value: Vec<u8>,
    pub(crate) preds: Vec<OpId>,
}

#[derive(Debug, Clone)]
pub(crate) enum Key {
    Name(Vec<u8>),
    /// An element of a list; `None` is its head.
    Element(Option<OpId>),
}

pub(crate) const MAKE_MAP: u64 = 0;
pub(crate) const SET: u64 = 1;
pub(crate) const MAKE_LIST: u64 = 2;
pub(crate) const DELETE: u64 = 3;
pub(crate) const MAKE_TEXT: u64 = 4;
pub(crate) const INCREMENT: u64 = 5;

impl RawOp {
    /// Puts a text into `object`.
    pub(crate) fn put(object: OpId, key: &str, value: &str) -> Self {
        Self {
            object: Some(object),
            key: Key::Name(key.into()),
            insert: false,
            action: SET,
            value_type: 6,
            value: value.into(),
            preds: Vec::new(),
        }
    }

    /// Makes something in `object`.
    pub(crate) fn make(object: OpId, key: &str, action: u64) -> Self {
        Self { action, value_type: 0, value: Vec::new(), ..Self::put(object, key, "") }
    }
}

impl RawChange {
    /// The first change of `actor`, on top of genesis.
    pub(crate) fn first(actor: ActorId, ops: Vec<RawOp>) -> Self {
        Self {
            deps: vec![genesis::hash()],
            actor,
            seq: 1,
            start_op: 3,
            time_ms: 1_717_000_000_000,
            message: Vec::new(),
            idle_actors: Vec::new(),
            ops,
            more_columns: Vec::new(),
            trailing: Vec::new(),
        }
    }

    /// The id of the operation at this position.
    pub(crate) fn id(&self, position: usize) -> OpId {
        OpId { counter: self.start_op.wrapping_add(position as u64), actor: self.actor }
    }

    /// The whole chunk, with length and checksum in order.
    pub(crate) fn encode(&self) -> Vec<u8> {
        chunk(1, &self.body())
    }

    fn body(&self) -> Vec<u8> {
        let objects = self.ops.iter().filter_map(|op| op.object);
        let elements = self.ops.iter().filter_map(|op| match op.key {
            Key::Element(id) => id,
            Key::Name(_) => None,
        });
        let preds = self.ops.iter().flat_map(|op| op.preds.iter().copied());
        let used = objects.chain(elements).chain(preds).map(|id| id.actor);
        let mut others: BTreeSet<ActorId> = used.chain(self.idle_actors.iter().copied()).collect();
        others.remove(&self.actor);
        let table: Vec<ActorId> = std::iter::once(self.actor).chain(others.iter().copied()).collect();

        let mut body = Vec::new();
        put_unsigned(&mut body, self.deps.len() as u64);
        self.deps.iter().for_each(|dep| body.extend(dep.0));
        put_unsigned(&mut body, 16);
        body.extend(self.actor.0);
        put_unsigned(&mut body, self.seq);
        put_unsigned(&mut body, self.start_op);
        put_signed(&mut body, self.time_ms);
        put_unsigned(&mut body, self.message.len() as u64);
        body.extend(&self.message);
        put_unsigned(&mut body, others.len() as u64);
        for actor in &others {
            put_unsigned(&mut body, 16);
            body.extend(actor.0);
        }
        let mut columns = self.columns(&table);
        columns.retain(|(specification, _)| self.more_columns.iter().all(|(more, _)| more != specification));
        columns.extend(self.more_columns.iter().cloned());
        columns.retain(|(_, column)| !column.is_empty());
        columns.sort_by_key(|(specification, _)| *specification);
        put_unsigned(&mut body, columns.len() as u64);
        for (specification, column) in &columns {
            put_unsigned(&mut body, *specification);
            put_unsigned(&mut body, column.len() as u64);
        }
        columns.iter().for_each(|(_, column)| body.extend(column));
        body.extend(&self.trailing);
        body
    }

    fn columns(&self, table: &[ActorId]) -> Vec<(u64, Vec<u8>)> {
        let index =
            |id: OpId| table.iter().position(|actor| *actor == id.actor).expect("a used actor") as u64;
        let ops = || self.ops.iter();
        let element = |op: &RawOp| match op.key {
            Key::Element(id) => Some(id),
            Key::Name(_) => None,
        };
        let name = |op: &RawOp| match &op.key {
            Key::Element(_) => None,
            Key::Name(name) => Some(name.clone()),
        };
        let preds = || ops().flat_map(|op| op.preds.iter().copied());
        vec![
            (0x01, runs(ops().map(|op| op.object.map(index)), put_unsigned_ref)),
            (0x02, runs(ops().map(|op| op.object.map(|id| id.counter)), put_unsigned_ref)),
            (0x11, runs(ops().map(|op| element(op).flatten().map(index)), put_unsigned_ref)),
            (0x13, deltas(ops().map(|op| element(op).map(|id| id.map_or(0, |id| id.counter))))),
            (0x15, runs(ops().map(name), put_bytes)),
            (0x34, booleans(ops().map(|op| op.insert))),
            (0x42, runs(ops().map(|op| Some(op.action)), put_unsigned_ref)),
            (
                0x56,
                runs(
                    ops().map(|op| Some((op.value.len() as u64) << 4 | u64::from(op.value_type))),
                    put_unsigned_ref,
                ),
            ),
            (0x57, ops().flat_map(|op| op.value.clone()).collect()),
            (0x70, runs(ops().map(|op| Some(op.preds.len() as u64)), put_unsigned_ref)),
            (0x71, runs(preds().map(|id| Some(index(id))), put_unsigned_ref)),
            (0x73, deltas(preds().map(|id| Some(id.counter)))),
        ]
    }
}

impl From<&Change<'_>> for RawChange {
    fn from(change: &Change<'_>) -> Self {
        let ops = change.ops().map(|op| {
            let object = match op.target {
                Target::Answers => genesis::ANSWERS,
                Target::Rows => genesis::ROWS,
                Target::Row(id) => id,
            };
            let (action, value_type, value) = match op.action {
                Action::MakeRow(_) => (MAKE_MAP, 0, Vec::new()),
                Action::Put(value) => (SET, value_type(value), value_bytes(value)),
            };
            RawOp {
                object: Some(object),
                key: Key::Name(op.key.into()),
                insert: false,
                action,
                value_type,
                value,
                preds: op.preds().collect(),
            }
        });
        Self {
            deps: change.deps().to_vec(),
            actor: change.actor(),
            seq: change.seq(),
            start_op: change.start_op(),
            time_ms: change.time_ms(),
            message: Vec::new(),
            idle_actors: Vec::new(),
            ops: ops.collect(),
            more_columns: Vec::new(),
            trailing: Vec::new(),
        }
    }
}

fn value_type(value: ScalarRef<'_>) -> u8 {
    match value {
        ScalarRef::Null => 0,
        ScalarRef::Bool(value) => 1 + u8::from(value),
        ScalarRef::Uint(_) => 3,
        ScalarRef::Int(_) => 4,
        ScalarRef::F64(_) => 5,
        ScalarRef::Str(_) => 6,
    }
}

fn value_bytes(value: ScalarRef<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    match value {
        ScalarRef::Null | ScalarRef::Bool(_) => {}
        ScalarRef::Uint(value) => put_unsigned(&mut bytes, value),
        ScalarRef::Int(value) => put_signed(&mut bytes, value),
        ScalarRef::F64(value) => bytes.extend(value.to_le_bytes()),
        ScalarRef::Str(value) => bytes.extend(value.as_bytes()),
    }
    bytes
}

/// A chunk around `body`, with its length and its checksum.
pub(crate) fn chunk(chunk_type: u8, body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![chunk_type];
    put_unsigned(&mut hashed, body.len() as u64);
    hashed.extend(body);
    let hash = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat()
}

/// The body of a chunk.
pub(crate) fn body_of(chunk: &[u8]) -> &[u8] {
    let length = chunk[9..].iter().position(|byte| *byte < 0x80).expect("a length") + 1;
    &chunk[9 + length..]
}

pub(crate) fn put_unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn put_signed(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let (byte, rest) = (value as u8 & 0x7f, value >> 7);
        if rest == i64::from(byte & 0x40 != 0).wrapping_neg() {
            return out.push(byte);
        }
        out.push(byte | 0x80);
        value = rest;
    }
}

fn put_unsigned_ref(out: &mut Vec<u8>, value: &u64) {
    put_unsigned(out, *value);
}

fn put_bytes(out: &mut Vec<u8>, value: &Vec<u8>) {
    put_unsigned(out, value.len() as u64);
    out.extend(value);
}

/// A run-length encoded column; one of nulls alone is left out.
pub(crate) fn runs<T: PartialEq>(
    values: impl Iterator<Item = Option<T>>,
    put: fn(&mut Vec<u8>, &T),
) -> Vec<u8> {
    let values: Vec<Option<T>> = values.collect();
    let mut out = Vec::new();
    if values.iter().all(Option::is_none) {
        return out;
    }
    let groups: Vec<&[Option<T>]> = values.chunk_by(|one, other| one == other).collect();
    let is_lone = |group: &&[Option<T>]| group.len() == 1 && group[0].is_some();
    for groups in groups.chunk_by(|one, other| is_lone(one) && is_lone(other)) {
        if is_lone(&groups[0]) {
            put_signed(&mut out, -(groups.len() as i64));
            groups.iter().flat_map(|group| &group[0]).for_each(|value| put(&mut out, value));
        } else if let Some(value) = &groups[0][0] {
            put_signed(&mut out, groups[0].len() as i64);
            put(&mut out, value);
        } else {
            put_signed(&mut out, 0);
            put_unsigned(&mut out, groups[0].len() as u64);
        }
    }
    out
}

fn deltas(values: impl Iterator<Item = Option<u64>>) -> Vec<u8> {
    let mut before = 0;
    let differences = values.map(|value| {
        value.map(|value| {
            let difference = value.cast_signed().wrapping_sub(before);
            before = value.cast_signed();
            difference
        })
    });
    runs(differences, |out, value| put_signed(out, *value))
}

fn booleans(values: impl Iterator<Item = bool>) -> Vec<u8> {
    let values: Vec<bool> = values.collect();
    let mut out = Vec::new();
    if values.first() == Some(&true) {
        put_unsigned(&mut out, 0);
    }
    values.chunk_by(|one, other| one == other).for_each(|run| put_unsigned(&mut out, run.len() as u64));
    out
}
