//! The bounded reader of changes: untrusted bytes in, operations of two kinds out.
//!
//! A change is one uncompressed Automerge change chunk, exactly as `raw_bytes` of automerge 0.12
//! writes it:
//!
//! ```text
//! 85 6f 4a 83 | checksum: 4 bytes of the hash | 01 | length of the body
//! body: dependencies, author, sequence number, first operation counter, time, message,
//!       other actors, column headers, columns
//! hash: SHA-256(01 ‖ length ‖ body)
//! ```
//!
//! Automerge's own reader trusts such bytes: a run length of 2·10⁸ keeps it busy for a minute, a
//! hundred nested maps overflow its stack, and an operation that names what does not exist is
//! accepted, saved, and never loads again. So nothing reaches Automerge that [`Change::read`] and
//! [`Registers::judge`](crate::registers::Registers::judge) have not let through.
//!
//! **Why a change that was read is safe.**
//! - *Bounded.* Every count is checked against [`limits`] before anything is reserved for
//!   it, columns are never expanded, and reading touches each byte a constant number of times.
//! - *Canonical.* The reader accepts one way to write each change: shortest numbers, longest runs,
//!   no empty, unknown or unsorted column, no actor that is not used, no byte to spare. Automerge
//!   rebuilds changes from a saved document and compares hashes, so a change in any other form
//!   would make a document that does not load.
//! - *Two operations.* Put a scalar into `answers` or a row; make a row in `rows`. There is no
//!   nesting, no delete, no list, no text, no counter, so none of their code runs.
//!
//! **What a writer has to know about deletes.** Where live values are in conflict and the value
//! that is shown is put again, Automerge does not put it: it deletes the others. Such a change is
//! refused, because whoever settled the conflict would have left no value: a concurrent put of
//! somebody else would win over it without a trace. So to settle a conflict in favour of the value
//! that is shown, put another value first (null, or false if null is shown), then the value, in
//! one change.
//!
//! What a change alone cannot tell (are its dependencies known, do its row and the values that it
//! replaces exist where it was made) is the registers' part.

pub(crate) mod columns;
mod refusal;
mod writer;

use sha2::{Digest, Sha256};
use smallvec::SmallVec;

pub use self::refusal::Refusal;
pub use self::writer::{Draft, DraftOp};
pub(crate) use self::writer::{Heading, chunk, hash};
use crate::genesis;
use crate::ids::{ActorId, ChangeHash, RowId};
use crate::limits;
use crate::value::{Scalar, ScalarRef};
use columns::{Bytes, Deltas, Runs};

/// The id of one operation. Ids are ordered by counter, then by the actor's bytes (Lamport order);
/// of several live values the one with the greatest id is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId {
    /// Counter, from 1; the same for concurrent operations.
    pub counter: u64,
    /// The actor that made the operation.
    pub actor: ActorId,
}

/// Where an operation puts something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The household's own answers.
    Answers,
    /// The map of rows: only rows are made here.
    Rows,
    /// The row that this operation made.
    Row(OpId),
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action<'a> {
    /// Makes an empty row.
    MakeRow(RowId),
    /// Puts a value.
    Put(ScalarRef<'a>),
}

/// One operation of a change.
#[derive(Debug, Clone, Copy)]
pub struct Op<'c, 'a> {
    change: &'c Change<'a>,
    op: &'c RawOp<'a>,
    /// Its id.
    pub id: OpId,
    /// Where it puts something.
    pub target: Target,
    /// The question name, or the row id of a new row.
    pub key: &'a str,
    /// What it does.
    pub action: Action<'a>,
}

impl<'c> Op<'c, '_> {
    /// The operations whose values this one replaces, in ascending order.
    pub fn preds(&self) -> impl ExactSizeIterator<Item = OpId> + use<'c, '_> {
        let change = self.change;
        change.preds_of(self.op).iter().map(|pred| change.resolve(*pred))
    }
}

/// What a change says, without operation ids: it can be made again under another actor.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// A row is made.
    MakeRow(RowId),
    /// A value is put.
    Put {
        /// The row; `None` for the household's own answers.
        row: Option<RowId>,
        /// Question name.
        key: String,
        /// The value.
        value: Scalar,
    },
}

/// An operation id as the change writes it: the actor is an index, 0 the author, then the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LocalId {
    pub(crate) counter: u32,
    pub(crate) actor: u8,
}

/// The author's index in a [`LocalId`].
pub(crate) const AUTHOR: u8 = 0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum RawTarget {
    Answers,
    Rows,
    Row(LocalId),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct RawOp<'a> {
    pub(crate) target: RawTarget,
    pub(crate) key: &'a str,
    pub(crate) action: Action<'a>,
    preds: (u32, u32),
}

/// A change that was read: bounded, canonical, and made of the two operations only.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    bytes: &'a [u8],
    hash: ChangeHash,
    deps: SmallVec<[ChangeHash; 2]>,
    /// The author, then the others in ascending order.
    actors: SmallVec<[ActorId; 4]>,
    seq: u64,
    start_op: u64,
    time_ms: i64,
    /// Headers and columns.
    columns: &'a [u8],
    ops: Vec<RawOp<'a>>,
    preds: Vec<LocalId>,
}

impl<'a> Change<'a> {
    /// Reads one change that takes up all of `bytes`.
    ///
    /// # Errors
    /// The first rule that the bytes break. Refusing takes no longer than reading a valid change
    /// of the same length, and reserves no more memory than such a change needs.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let chunk = Chunk::read(bytes)?;
        let hash = chunk.hash();
        if hash.0[..4] != chunk.checksum {
            Err(Refusal::Checksum)
        } else {
            Self::read_body(bytes, hash, chunk.body)
        }
    }

    /// Reads a change that was written here, under the hash that it was given then.
    pub(crate) fn read_written(bytes: &'a [u8], hash: ChangeHash) -> Result<Self, Refusal> {
        Self::read_body(bytes, hash, Chunk::read(bytes)?.body)
    }

    fn read_body(bytes: &'a [u8], hash: ChangeHash, body: &'a [u8]) -> Result<Self, Refusal> {
        let mut body = Bytes::new(body);
        let deps = read_deps(&mut body)?;
        let mut actors = SmallVec::new();
        actors.push(read_actor(&mut body)?);
        let seq = body.unsigned()?;
        if seq == 0 || seq > limits::HOUSEHOLD_CHANGES_MAX as u64 {
            return Err(Refusal::Sequence);
        }
        let start_op = body.unsigned()?;
        if start_op <= genesis::GENESIS_OPS || start_op > limits::HOUSEHOLD_OPS_MAX {
            return Err(Refusal::Counter);
        }
        let time_ms = body.signed()?;
        if time_ms.unsigned_abs() > limits::TIME_MS_MAX {
            return Err(Refusal::Time);
        }
        if body.unsigned()? != 0 {
            return Err(Refusal::Message);
        }
        read_other_actors(&mut body, &mut actors)?;
        if actors[0] == genesis::GENESIS_ACTOR {
            return Err(Refusal::GenesisActor);
        }

        let columns = body.rest();
        let (ops, preds) = read_ops(&mut body, &actors, start_op)?;
        Ok(Self { bytes, hash, deps, actors, seq, start_op, time_ms, columns, ops, preds })
    }

    /// The chunk as it was read.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// SHA-256 of the change: its name.
    #[must_use]
    pub fn hash(&self) -> ChangeHash {
        self.hash
    }

    /// The actor that made the change.
    #[must_use]
    pub fn actor(&self) -> ActorId {
        self.actors[0]
    }

    /// Its number among the actor's changes, from 1.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The counter of its first operation; the others follow without a gap.
    #[must_use]
    pub fn start_op(&self) -> u64 {
        self.start_op
    }

    /// When it was made by the device's clock, in milliseconds of Unix time. Not to be trusted.
    #[must_use]
    pub fn time_ms(&self) -> i64 {
        self.time_ms
    }

    /// The changes that it was made on top of, in ascending order; at least one.
    #[must_use]
    pub fn deps(&self) -> &[ChangeHash] {
        &self.deps
    }

    /// Number of operations, at least one.
    #[must_use]
    pub fn op_count(&self) -> usize {
        self.ops.len()
    }

    /// The operations in the order in which they were made.
    pub fn ops(&self) -> impl ExactSizeIterator<Item = Op<'_, 'a>> {
        self.ops.iter().enumerate().map(|(position, op)| Op {
            change: self,
            op,
            id: OpId { counter: self.start_op + position as u64, actor: self.actor() },
            target: match op.target {
                RawTarget::Answers => Target::Answers,
                RawTarget::Rows => Target::Rows,
                RawTarget::Row(id) => Target::Row(self.resolve(id)),
            },
            key: op.key,
            action: op.action,
        })
    }

    /// What the change says, without operation ids. `row_of` tells which row an operation of an
    /// earlier change made; where it knows one of them not, there is no answer.
    pub fn edits(&self, row_of: impl Fn(OpId) -> Option<RowId>) -> Option<Vec<Edit>> {
        let edit = |op: &RawOp<'_>| match (op.action, op.target) {
            (Action::MakeRow(row), _) => Some(Edit::MakeRow(row)),
            (Action::Put(value), RawTarget::Row(id)) => {
                let row = self.row_made_here(id).or_else(|| row_of(self.resolve(id)))?;
                Some(Edit::Put { row: Some(row), key: op.key.to_owned(), value: value.to_owned() })
            }
            (Action::Put(value), _) => {
                Some(Edit::Put { row: None, key: op.key.to_owned(), value: value.to_owned() })
            }
        };
        self.ops.iter().map(edit).collect()
    }

    /// The column headers and the columns, as they were read.
    pub(crate) fn columns(&self) -> &'a [u8] {
        self.columns
    }

    pub(crate) fn raw_ops(&self) -> &[RawOp<'a>] {
        &self.ops
    }

    pub(crate) fn preds_of(&self, op: &RawOp<'_>) -> &[LocalId] {
        &self.preds[op.preds.0 as usize..op.preds.1 as usize]
    }

    /// The author, then the other actors that [`LocalId`]s point to.
    pub(crate) fn actors(&self) -> &[ActorId] {
        &self.actors
    }

    /// The position of the operation `id` in this change, if it is one of its own.
    pub(crate) fn position(&self, id: LocalId) -> Option<usize> {
        let position = u64::from(id.counter).checked_sub(self.start_op)?;
        (id.actor == AUTHOR).then_some(usize::try_from(position).ok()?)
    }

    fn row_made_here(&self, id: LocalId) -> Option<RowId> {
        match self.ops.get(self.position(id)?)?.action {
            Action::MakeRow(row) => Some(row),
            Action::Put(_) => None,
        }
    }

    pub(crate) fn resolve(&self, id: LocalId) -> OpId {
        OpId { counter: u64::from(id.counter), actor: self.actors[usize::from(id.actor)] }
    }
}

/// The chunk around a change, taken apart.
struct Chunk<'a> {
    checksum: [u8; 4],
    /// What the hash is over: type, length, body.
    hashed: &'a [u8],
    body: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        if bytes.len() > limits::CHANGE_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let mut chunk = Bytes::new(bytes);
        if chunk.array()? != MAGIC {
            return Err(Refusal::Magic);
        }
        let checksum = chunk.array()?;
        let hashed = chunk.rest();
        // Type 2 is a deflated change: inflating it would cost a thousand times what it weighs.
        if chunk.byte()? != CHANGE_CHUNK {
            return Err(Refusal::ChunkType);
        }
        let length = chunk.count(limits::CHANGE_BYTES_MAX, Refusal::TooLarge)?;
        let body = chunk.take(length)?;
        if chunk.is_empty() { Ok(Self { checksum, hashed, body }) } else { Err(Refusal::TrailingBytes) }
    }

    fn hash(&self) -> ChangeHash {
        ChangeHash(Sha256::digest(self.hashed).into())
    }
}

/// The first bytes of each Automerge chunk.
pub(crate) const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// The type of a chunk that holds a change as it is.
const CHANGE_CHUNK: u8 = 1;

fn read_deps(body: &mut Bytes<'_>) -> Result<SmallVec<[ChangeHash; 2]>, Refusal> {
    let count = body.count(limits::CHANGE_DEPS_MAX, Refusal::TooManyDependencies)?;
    let mut deps: SmallVec<[ChangeHash; 2]> = SmallVec::with_capacity(count);
    for _ in 0..count {
        let dep = ChangeHash(body.array()?);
        if deps.last().is_some_and(|last| *last >= dep) {
            return Err(Refusal::DependencyOrder);
        }
        deps.push(dep);
    }
    if deps.is_empty() { Err(Refusal::NoDependencies) } else { Ok(deps) }
}

fn read_actor(body: &mut Bytes<'_>) -> Result<ActorId, Refusal> {
    if body.unsigned()? != ActorId::LEN as u64 {
        return Err(Refusal::ActorLength);
    }
    Ok(ActorId(body.array()?))
}

/// Appends the other actors to `actors`, which holds the author.
fn read_other_actors(body: &mut Bytes<'_>, actors: &mut SmallVec<[ActorId; 4]>) -> Result<(), Refusal> {
    let count = body.count(limits::CHANGE_ACTORS_MAX - 1, Refusal::TooManyActors)?;
    for index in 0..count {
        let actor = read_actor(body)?;
        if actor == actors[0] || (index > 0 && actors[index] >= actor) {
            return Err(Refusal::ActorOrder);
        }
        actors.push(actor);
    }
    Ok(())
}

/// The columns of puts into maps and of made maps, by their specification (column id ‖ type), in
/// the order in which they are written. Automerge knows more; what else it knows (keys of list
/// elements, marks, deflated columns) no such operation needs.
const COLUMNS: [u64; 10] = [0x01, 0x02, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73];

/// Reads the column headers and cuts the columns; a column that is absent is empty.
fn read_columns<'a>(body: &mut Bytes<'a>) -> Result<[&'a [u8]; COLUMNS.len()], Refusal> {
    let count = body.count(COLUMNS.len(), Refusal::Columns)?;
    let mut lengths = [0; COLUMNS.len()];
    let mut next = 0;
    for _ in 0..count {
        let specification = body.unsigned()?;
        let known = COLUMNS[next..].iter().position(|column| *column == specification);
        let column = next + known.ok_or(Refusal::Columns)?;
        lengths[column] = body.count(limits::CHANGE_BYTES_MAX, Refusal::Truncated)?;
        // Automerge leaves an empty column out.
        if lengths[column] == 0 {
            return Err(Refusal::NotCanonical);
        }
        next = column + 1;
    }
    let mut columns = [&[][..]; COLUMNS.len()];
    for (column, length) in columns.iter_mut().zip(lengths) {
        *column = body.take(length)?;
    }
    if body.is_empty() { Ok(columns) } else { Err(Refusal::TrailingBytes) }
}

/// Reads the operations and the ids of what they replace.
fn read_ops<'a>(
    body: &mut Bytes<'a>,
    actors: &[ActorId],
    start_op: u64,
) -> Result<(Vec<RawOp<'a>>, Vec<LocalId>), Refusal> {
    let [object_actors, objects, keys, inserts, actions, types, values, pred_counts, pred_actors, preds] =
        read_columns(body)?;
    let count = read_op_count(inserts)?;
    // The columns of objects are left out where every operation is on the root.
    if objects.is_empty() {
        return Err(Refusal::Target);
    }
    let mut reader = OpReader {
        actors,
        used: 1 << AUTHOR,
        start_op,
        object_actors: Runs::new(object_actors),
        objects: Runs::new(objects),
        keys: Runs::new(keys),
        actions: Runs::new(actions),
        types: Runs::new(types),
        values: Bytes::new(values),
        pred_counts: Runs::new(pred_counts),
        pred_actors: Runs::new(pred_actors),
        pred_counters: Deltas::new(preds),
        ops: Vec::with_capacity(count),
        preds: Vec::new(),
    };
    for _ in 0..count {
        reader.read_op()?;
    }
    reader.finish()
}

/// The insert column is a row of boolean runs that begins with false. Puts into maps are never
/// inserts, so it is one run: the number of operations.
fn read_op_count(inserts: &[u8]) -> Result<usize, Refusal> {
    if inserts.is_empty() {
        return Err(Refusal::NoOperations);
    }
    let mut inserts = Bytes::new(inserts);
    match inserts.count(limits::CHANGE_OPS_MAX, Refusal::TooManyOperations)? {
        count if inserts.is_empty() && count > 0 => Ok(count),
        _ => Err(Refusal::Target),
    }
}

/// The columns of a change, read in step.
struct OpReader<'r, 'a> {
    actors: &'r [ActorId],
    /// One bit for each actor that something refers to.
    used: u64,
    start_op: u64,
    object_actors: Runs<'a, u64>,
    objects: Runs<'a, u64>,
    keys: Runs<'a, &'a [u8]>,
    actions: Runs<'a, u64>,
    types: Runs<'a, u64>,
    values: Bytes<'a>,
    pred_counts: Runs<'a, u64>,
    pred_actors: Runs<'a, u64>,
    pred_counters: Deltas<'a>,
    ops: Vec<RawOp<'a>>,
    preds: Vec<LocalId>,
}

// One bit for each actor that a change may name.
const _: () = assert!(limits::CHANGE_ACTORS_MAX <= u64::BITS as usize);

impl<'a> OpReader<'_, 'a> {
    fn read_op(&mut self) -> Result<(), Refusal> {
        let target = self.read_target()?;
        let key = read_key(self.keys.next()?)?;
        let action = self.actions.next()?;
        let value = read_value(self.types.next()?, &mut self.values)?;
        let preds = self.read_preds()?;
        let action = match (action, target) {
            (MAKE_MAP, RawTarget::Rows) if value == ScalarRef::Null => {
                // A row is made once, under an id that was never used: it replaces nothing.
                if preds.0 != preds.1 {
                    return Err(Refusal::WrongPredecessor);
                }
                Action::MakeRow(key.parse().map_err(|_| Refusal::RowId)?)
            }
            (SET, RawTarget::Answers | RawTarget::Row(_)) => Action::Put(value),
            (DELETE, _) => return Err(Refusal::Delete),
            _ => return Err(Refusal::Target),
        };
        self.ops.push(RawOp { target, key, action, preds });
        Ok(())
    }

    fn read_target(&mut self) -> Result<RawTarget, Refusal> {
        let actor = self.object_actors.next()?;
        let counter = self.objects.next()?;
        let id = self.local_id(actor, counter)?;
        if self.actors[usize::from(id.actor)] == genesis::GENESIS_ACTOR {
            return match u64::from(id.counter) {
                counter if counter == genesis::ANSWERS.counter => Ok(RawTarget::Answers),
                counter if counter == genesis::ROWS.counter => Ok(RawTarget::Rows),
                _ => Err(Refusal::Target),
            };
        }
        // A row that this change makes must have been made by an operation before this one.
        if id.actor == AUTHOR
            && let Some(position) = counter.checked_sub(self.start_op)
        {
            let made = usize::try_from(position).ok().and_then(|position| self.ops.get(position));
            if !made.is_some_and(|op| matches!(op.action, Action::MakeRow(_))) {
                return Err(Refusal::UnknownRow);
            }
        }
        Ok(RawTarget::Row(id))
    }

    /// Reads what the operation replaces; gives the range in `preds`.
    fn read_preds(&mut self) -> Result<(u32, u32), Refusal> {
        let count = self.pred_counts.next()?;
        let start = self.preds.len();
        if count > limits::OP_PREDS_MAX as u64 || start + count as usize > limits::CHANGE_PREDS_MAX {
            return Err(Refusal::TooManyPredecessors);
        }
        for _ in 0..count {
            let actor = self.pred_actors.next()?;
            let counter = u64::try_from(self.pred_counters.next()?).map_err(|_| Refusal::Counter)?;
            let pred = self.local_id(actor, counter)?;
            if let Some(last) = self.preds[start..].last() {
                let order = |id: &LocalId| (id.counter, self.actors[usize::from(id.actor)]);
                if order(last) >= order(&pred) {
                    return Err(Refusal::PredecessorOrder);
                }
            }
            self.preds.push(pred);
        }
        Ok((start as u32, self.preds.len() as u32))
    }

    /// An operation id, whose actor is thereby used.
    fn local_id(&mut self, actor: u64, counter: u64) -> Result<LocalId, Refusal> {
        if counter == 0 || counter > limits::HOUSEHOLD_OPS_MAX {
            return Err(Refusal::Counter);
        }
        match u8::try_from(actor) {
            Ok(actor) if usize::from(actor) < self.actors.len() => {
                self.used |= 1 << actor;
                Ok(LocalId { counter: counter as u32, actor })
            }
            _ => Err(Refusal::ActorIndex),
        }
    }

    /// Proves that every column ends with the last operation and every actor is used.
    fn finish(self) -> Result<(Vec<RawOp<'a>>, Vec<LocalId>), Refusal> {
        self.object_actors.finish()?;
        self.objects.finish()?;
        self.keys.finish()?;
        self.actions.finish()?;
        self.types.finish()?;
        self.pred_counts.finish()?;
        self.pred_actors.finish()?;
        self.pred_counters.finish()?;
        if !self.values.is_empty() {
            return Err(Refusal::ColumnLength);
        }
        if self.used.count_ones() as usize != self.actors.len() {
            return Err(Refusal::UnusedActor);
        }
        Ok((self.ops, self.preds))
    }
}

/// Automerge's number for making a map.
pub(crate) const MAKE_MAP: u64 = 0;
/// Automerge's number for putting a scalar.
pub(crate) const SET: u64 = 1;
/// Automerge's number for deleting.
const DELETE: u64 = 3;

/// A question name: no control characters, so that it can be shown, logged and written to CSV.
pub(crate) fn read_key(key: &[u8]) -> Result<&str, Refusal> {
    if key.is_empty() || key.len() > limits::KEY_BYTES_MAX || key.iter().any(u8::is_ascii_control) {
        return Err(Refusal::Key);
    }
    std::str::from_utf8(key).map_err(|_| Refusal::Key)
}

/// Reads a value: its type is the low four bits of `meta`, its length in `values` the rest.
pub(crate) fn read_value<'a>(meta: u64, values: &mut Bytes<'a>) -> Result<ScalarRef<'a>, Refusal> {
    let length = usize::try_from(meta >> 4).map_err(|_| Refusal::Truncated)?;
    let raw = values.take(length)?;
    let mut number = Bytes::new(raw);
    let value = match meta & 0x0f {
        0 if raw.is_empty() => ScalarRef::Null,
        1 if raw.is_empty() => ScalarRef::Bool(false),
        2 if raw.is_empty() => ScalarRef::Bool(true),
        0..=2 => return Err(Refusal::Value),
        3 => ScalarRef::Uint(number.unsigned().map_err(|_| Refusal::Value)?),
        4 => ScalarRef::Int(number.signed().map_err(|_| Refusal::Value)?),
        // JSON has no infinities and no NaN.
        5 => match f64::from_le_bytes(number.array().map_err(|_| Refusal::Value)?) {
            value if value.is_finite() => ScalarRef::F64(value),
            _ => return Err(Refusal::Value),
        },
        6 if length > limits::STRING_BYTES_MAX => return Err(Refusal::StringTooLong),
        6 => {
            number = Bytes::new(&[]);
            ScalarRef::Str(std::str::from_utf8(raw).map_err(|_| Refusal::Value)?)
        }
        _ => return Err(Refusal::ValueType),
    };
    if number.is_empty() { Ok(value) } else { Err(Refusal::Value) }
}
