//! Reads snapshots.
//!
//! ```text
//! 85 6f 4a 83 | checksum: 4 bytes | 00 | length of the body
//! body: actors, heads, column headers of changes, column headers of operations, columns of changes,
//!       columns of operations, places of the heads
//! ```
//!
//! The changes come each after those that it depends on. The operations come by object, key and id, and
//! each names those that replaced it, where a change names what it replaces. The two operations of
//! genesis come first, for only they are in the root.
//!
//! The checksum and the places are not looked at: the heads prove more.

use light::Set;

use super::SnapshotError;
use crate::change::columns::{Bytes, Deltas, Runs};
use crate::change::{Draft, DraftOp, MAGIC, MAKE_MAP, OpId, Refusal, SET, read_key, read_value};
use crate::genesis;
use crate::ids::{ActorId, ChangeHash};
use crate::limits;
use crate::registers::room::Room;
use crate::value::ScalarRef;

/// Operations in one snapshot, and what they replace. Columns tell of many in a few bytes.
const OPS_MAX: usize = limits::HOUSEHOLD_OPS_MAX as usize;
/// The type of a chunk that holds a document.
const DOCUMENT_CHUNK: u8 = 0;
/// In a column's specification: it is deflated.
const DEFLATED: u64 = 8;

/// The columns of changes: author, sequence number, last counter, time, count of dependencies, places
/// of dependencies, type and length of what is more, and that.
const CHANGE_COLUMNS: [u64; 8] = [0x01, 0x03, 0x13, 0x23, 0x40, 0x43, 0x56, 0x57];
/// The columns of operations: the actor and the counter of their object; key; actor and counter of
/// their id; insert; action; type and length of the value, value; count, actors and counters of what
/// replaced them.
const OP_COLUMNS: [u64; 12] = [0x01, 0x02, 0x15, 0x21, 0x23, 0x34, 0x42, 0x56, 0x57, 0x80, 0x81, 0x83];

/// Gives the changes that a snapshot was made of, without genesis, each after those that it depends on:
/// hash and raw bytes. What they say is for [`Change::read`](crate::change::Change::read) and the registers
/// to judge, as of any other change.
///
/// # Errors
/// [`SnapshotError`] where the bytes are not an uncompressed Automerge document that begins with the
/// genesis and holds puts and rows only. Whatever the bytes are, time and memory are bounded
/// by what the largest household takes.
pub fn read(bytes: &[u8]) -> Result<Vec<(ChangeHash, Vec<u8>)>, SnapshotError> {
    let mut body = body(bytes)?;
    let actors = read_actors(&mut body)?;
    let heads = read_hashes(&mut body)?;
    let change_layout = read_layout(&mut body, &CHANGE_COLUMNS)?;
    let op_layout = read_layout(&mut body, &OP_COLUMNS)?;
    let change_columns = cut(&mut body, &change_layout)?;
    let op_columns = cut(&mut body, &op_layout)?;

    let changes = Changes::read(change_columns, &actors)?;
    let ops = Ops::read(op_columns, &changes, &actors)?;
    write(&changes, ops, &actors, &heads)
}

fn body(bytes: &[u8]) -> Result<Bytes<'_>, Refusal> {
    let mut chunk = Bytes::new(bytes);
    if chunk.array()? != MAGIC {
        return Err(Refusal::Magic);
    }
    chunk.take(4)?;
    if chunk.byte()? != DOCUMENT_CHUNK {
        return Err(Refusal::ChunkType);
    }
    let length = chunk.count(usize::MAX, Refusal::Truncated)?;
    let body = chunk.take(length)?;
    if chunk.is_empty() { Ok(Bytes::new(body)) } else { Err(Refusal::TrailingBytes) }
}

/// The actors, in ascending order; genesis' actor, all zeros, is the first.
fn read_actors(body: &mut Bytes<'_>) -> Result<Vec<ActorId>, SnapshotError> {
    let mut actors: Vec<ActorId> = Vec::new();
    for _ in 0..body.count(Room::DEVICE.actors + 1, Refusal::TooManyWriters)? {
        if body.unsigned()? != ActorId::LEN as u64 {
            return Err(Refusal::ActorLength.into());
        }
        let actor = ActorId(body.array()?);
        if actors.last().is_some_and(|last| *last >= actor) {
            return Err(Refusal::ActorOrder.into());
        }
        actors.push(actor);
    }
    if actors.first() == Some(&genesis::GENESIS_ACTOR) { Ok(actors) } else { Err(NO_GENESIS) }
}

const NO_GENESIS: SnapshotError = SnapshotError("it does not begin with the genesis");

fn read_hashes(body: &mut Bytes<'_>) -> Result<Set<ChangeHash>, Refusal> {
    let count = body.count(Room::DEVICE.heads, Refusal::TooManyHeads)?;
    let mut hashes = Set::new();
    for _ in 0..count {
        hashes.insert(ChangeHash(body.array()?));
    }
    Ok(hashes)
}

/// Reads column headers: the length of each of these columns.
fn read_layout<const N: usize>(
    body: &mut Bytes<'_>,
    columns: &[u64; N],
) -> Result<[usize; N], SnapshotError> {
    let mut lengths = [0; N];
    let mut next = 0;
    for _ in 0..body.count(N, Refusal::Columns)? {
        let specification = body.unsigned()?;
        if specification & DEFLATED != 0 {
            return Err(SnapshotError("it is compressed"));
        }
        let known = columns[next..].iter().position(|column| *column == specification);
        let column = next + known.ok_or(Refusal::Columns)?;
        lengths[column] = body.count(usize::MAX, Refusal::Truncated)?;
        next = column + 1;
    }
    Ok(lengths)
}

fn cut<'a, const N: usize>(body: &mut Bytes<'a>, lengths: &[usize; N]) -> Result<[&'a [u8]; N], Refusal> {
    let mut columns = [&[][..]; N];
    for (column, length) in columns.iter_mut().zip(lengths) {
        *column = body.take(*length)?;
    }
    Ok(columns)
}

/// The changes, as a snapshot tells of them.
struct Changes {
    changes: Vec<Told>,
    /// The changes of each actor, in order.
    by_actor: Vec<Vec<u32>>,
    /// Operations in all, those of genesis included.
    op_count: usize,
}

/// One change.
struct Told {
    actor: u32,
    seq: u64,
    start_op: u64,
    time_ms: i64,
    /// Places of the changes that it depends on.
    deps: Vec<u32>,
    /// Its operations' places among all operations, by change.
    first: usize,
    op_count: usize,
}

impl Changes {
    fn read(columns: [&[u8]; CHANGE_COLUMNS.len()], actors: &[ActorId]) -> Result<Self, SnapshotError> {
        let [authors, seqs, last_ops, times, dep_counts, deps, _, more] = columns;
        // Nothing more is written in a change of this protocol.
        if !more.is_empty() {
            return Err(Refusal::Columns.into());
        }
        let mut authors = Runs::<u64>::new(authors);
        let (mut seqs, mut last_ops, mut times) =
            (Deltas::new(seqs), Deltas::new(last_ops), Deltas::new(times));
        let (mut dep_counts, mut deps) = (Runs::<u64>::new(dep_counts), Deltas::new(deps));
        let mut read = Self { changes: Vec::new(), by_actor: vec![Vec::new(); actors.len()], op_count: 0 };
        while !authors.is_at_end() {
            if read.changes.len() > Room::DEVICE.changes {
                return Err(Refusal::TooManyChanges.into());
            }
            let count = dep_counts.next()?;
            if count > limits::CHANGE_DEPS_MAX as u64 {
                return Err(Refusal::TooManyDependencies.into());
            }
            let places = (0..count).map(|_| deps.next()).collect::<Result<Vec<i64>, _>>()?;
            read.push(authors.next()?, seqs.next()?, last_ops.next()?, times.next()?, &places)?;
        }
        dep_counts.finish()?;
        for column in [seqs, last_ops, times, deps] {
            column.finish()?;
        }
        match read.changes.first() {
            Some(Told { actor: 0, seq: 1, time_ms: 0, op_count: 2, .. }) => Ok(read),
            _ => Err(NO_GENESIS),
        }
    }

    fn push(
        &mut self,
        actor: u64,
        seq: i64,
        last_op: i64,
        time_ms: i64,
        deps: &[i64],
    ) -> Result<(), Refusal> {
        let place = self.changes.len() as u32;
        let mut told = Told {
            actor: actor as u32,
            seq: u64::try_from(seq).map_err(|_| Refusal::Sequence)?,
            start_op: 1,
            time_ms,
            deps: Vec::with_capacity(deps.len()),
            first: self.op_count,
            op_count: 0,
        };
        for dep in deps {
            let known = usize::try_from(*dep).ok().and_then(|dep| self.changes.get(dep));
            let known = known.ok_or(Refusal::DependencyOrder)?;
            told.deps.push(*dep as u32);
            told.start_op = told.start_op.max(known.start_op + known.op_count as u64);
        }
        told.op_count =
            match u64::try_from(last_op).ok().and_then(|last| (last + 1).checked_sub(told.start_op)) {
                Some(count @ 1..) if count <= limits::CHANGE_OPS_MAX as u64 => count as usize,
                _ => return Err(Refusal::Counter),
            };
        self.op_count += told.op_count;
        if self.op_count > OPS_MAX {
            return Err(Refusal::TooManyCounters);
        }
        let of_actor = usize::try_from(actor).ok().and_then(|actor| self.by_actor.get_mut(actor));
        of_actor.ok_or(Refusal::ActorIndex)?.push(place);
        self.changes.push(told);
        Ok(())
    }

    /// The place of an operation among all, by change.
    fn place_of(&self, (actor, counter): (u64, u64)) -> Result<usize, Refusal> {
        let of_actor = usize::try_from(actor).ok().and_then(|actor| self.by_actor.get(actor));
        let of_actor = of_actor.ok_or(Refusal::ActorIndex)?;
        let change = |place: &u32| &self.changes[*place as usize];
        let after = of_actor.partition_point(|place| change(place).start_op <= counter);
        let change = change(after.checked_sub(1).and_then(|at| of_actor.get(at)).ok_or(Refusal::Counter)?);
        match counter.checked_sub(change.start_op) {
            Some(offset) if offset < change.op_count as u64 => Ok(change.first + offset as usize),
            _ => Err(Refusal::Counter),
        }
    }
}

/// The operations of all changes, in the order of the changes.
struct Ops<'a> {
    /// `None` where the snapshot tells of none.
    ops: Vec<Option<Op<'a>>>,
    /// What each of them replaces. A snapshot tells of the operations on one key in ascending order, and
    /// that is the order in which a change names them.
    preds: Vec<Vec<OpId>>,
    /// How many are replaced in all.
    replaced: usize,
}

#[derive(Clone, Copy)]
struct Op<'a> {
    /// Actor and counter of the object.
    object: (u64, u64),
    key: &'a str,
    action: u64,
    value: ScalarRef<'a>,
}

impl<'a> Ops<'a> {
    fn read(
        columns: [&'a [u8]; OP_COLUMNS.len()],
        changes: &Changes,
        actors: &[ActorId],
    ) -> Result<Self, SnapshotError> {
        let [
            object_actors,
            objects,
            keys,
            id_actors,
            ids,
            inserts,
            actions,
            types,
            values,
            counts,
            by_actors,
            by,
        ] = columns;
        let mut reader = OpReader {
            object_actors: Runs::new(after_genesis(object_actors, changes)?),
            objects: Runs::new(after_genesis(objects, changes)?),
            keys: Runs::new(keys),
            id_actors: Runs::new(id_actors),
            ids: Deltas::new(ids),
            actions: Runs::new(actions),
            types: Runs::new(types),
            values: Bytes::new(values),
            counts: Runs::new(counts),
            by_actors: Runs::new(by_actors),
            by: Deltas::new(by),
        };
        let mut inserts = Bytes::new(inserts);
        if inserts.unsigned()? != changes.op_count as u64 || !inserts.is_empty() {
            return Err(Refusal::Target.into());
        }
        let mut read = Self {
            ops: vec![None; changes.op_count],
            preds: vec![Vec::new(); changes.op_count],
            replaced: 0,
        };
        for index in 0..changes.op_count as u64 {
            // The object of the two that genesis made is the root.
            let object = if index < genesis::GENESIS_OPS { (0, 0) } else { reader.object()? };
            reader.read_op(object, changes, actors, &mut read)?;
        }
        reader.finish()?;
        let is_genesis = |place: usize, key: &str| {
            let replaces_nothing = read.preds.get(place).is_some_and(Vec::is_empty);
            replaces_nothing
                && read.ops[place].is_some_and(|op| {
                    op.object == (0, 0)
                        && op.key == key
                        && op.action == MAKE_MAP
                        && op.value == ScalarRef::Null
                })
        };
        let whole = is_genesis(0, "answers") && is_genesis(1, "rows");
        if whole { Ok(read) } else { Err(NO_GENESIS) }
    }
}

/// A column of objects behind the two operations on the root, which have none.
fn after_genesis<'a>(column: &'a [u8], changes: &Changes) -> Result<&'a [u8], SnapshotError> {
    if changes.op_count as u64 == genesis::GENESIS_OPS && column.is_empty() {
        return Ok(column);
    }
    column.strip_prefix(&[0, genesis::GENESIS_OPS as u8]).ok_or(NO_GENESIS)
}

/// The columns of operations, read in step.
struct OpReader<'a> {
    object_actors: Runs<'a, u64>,
    objects: Runs<'a, u64>,
    keys: Runs<'a, &'a [u8]>,
    id_actors: Runs<'a, u64>,
    ids: Deltas<'a>,
    actions: Runs<'a, u64>,
    types: Runs<'a, u64>,
    values: Bytes<'a>,
    counts: Runs<'a, u64>,
    by_actors: Runs<'a, u64>,
    by: Deltas<'a>,
}

impl<'a> OpReader<'a> {
    fn object(&mut self) -> Result<(u64, u64), Refusal> {
        Ok((self.object_actors.next()?, self.objects.next()?))
    }

    fn read_op(
        &mut self,
        object: (u64, u64),
        changes: &Changes,
        actors: &[ActorId],
        read: &mut Ops<'a>,
    ) -> Result<(), Refusal> {
        let key = read_key(self.keys.next()?)?;
        let counter = |counter: i64| u64::try_from(counter).map_err(|_| Refusal::Counter);
        let id = (self.id_actors.next()?, counter(self.ids.next()?)?);
        let action = self.actions.next()?;
        let value = read_value(self.types.next()?, &mut self.values)?;
        if object.0 >= actors.len() as u64 {
            return Err(Refusal::ActorIndex);
        }
        let place = changes.place_of(id)?;
        if read.ops[place].replace(Op { object, key, action, value }).is_some() {
            return Err(Refusal::Counter);
        }
        let count = self.counts.next()?;
        if count > (OPS_MAX - read.replaced) as u64 {
            return Err(Refusal::TooManyPredecessors);
        }
        read.replaced += count as usize;
        for _ in 0..count {
            let by = (self.by_actors.next()?, counter(self.by.next()?)?);
            read.preds[changes.place_of(by)?].push(self::id(id, actors));
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Refusal> {
        self.object_actors.finish()?;
        self.objects.finish()?;
        self.keys.finish()?;
        self.id_actors.finish()?;
        self.ids.finish()?;
        self.actions.finish()?;
        self.types.finish()?;
        self.counts.finish()?;
        self.by_actors.finish()?;
        self.by.finish()?;
        if self.values.is_empty() { Ok(()) } else { Err(Refusal::ColumnLength) }
    }
}

/// Writes the changes anew; what they replace is in order.
fn write(
    changes: &Changes,
    mut ops: Ops<'_>,
    actors: &[ActorId],
    heads: &Set<ChangeHash>,
) -> Result<Vec<(ChangeHash, Vec<u8>)>, SnapshotError> {
    let mut hashes = vec![genesis::hash()];
    let mut found = Set::from_iter([genesis::hash()]);
    let mut written = Vec::with_capacity(changes.changes.len() - 1);
    for told in &changes.changes[1..] {
        let deps = Set::from_iter(told.deps.iter().map(|dep| hashes[*dep as usize]));
        let mut drafts = Vec::with_capacity(told.op_count);
        for place in told.first..told.first + told.op_count {
            let preds = std::mem::take(&mut ops.preds[place]);
            drafts.push(draft(ops.ops[place].ok_or(Refusal::Delete)?, preds, actors)?);
        }
        deps.iter().for_each(|dep| _ = found.remove(dep));
        let deps = deps.into_iter().collect();
        let (seq, start_op, time_ms) = (told.seq, told.start_op, told.time_ms);
        let actor = actors[told.actor as usize];
        let (hash, bytes) = Draft { deps, actor, seq, start_op, time_ms, ops: drafts }.write();
        found.insert(hash);
        hashes.push(hash);
        written.push((hash, bytes));
    }
    if found == *heads { Ok(written) } else { Err(SnapshotError("its heads are not those of its changes")) }
}

fn id((actor, counter): (u64, u64), actors: &[ActorId]) -> OpId {
    OpId { counter, actor: actors[actor as usize] }
}

fn draft<'a>(op: Op<'a>, preds: Vec<OpId>, actors: &[ActorId]) -> Result<DraftOp<'a>, Refusal> {
    let object = id(op.object, actors);
    match op.action {
        MAKE_MAP if object == genesis::ROWS && op.value == ScalarRef::Null && preds.is_empty() => {
            op.key.parse().map(DraftOp::MakeRow).map_err(|_| Refusal::RowId)
        }
        SET => {
            let row = if object == genesis::ANSWERS { None } else { Some(object) };
            Ok(DraftOp::Put { row, key: op.key, value: op.value, preds })
        }
        _ => Err(Refusal::Target),
    }
}
