//! Judges a change against a household, and merges it.
//!
//! Both are one piece: [`Registers::check`] decides and notes where everything is, without
//! touching anything; [`Registers::apply`] does what was noted and cannot fail.

use smallvec::SmallVec;

use super::bytes::{Shape, put_key, put_op, put_value};
use super::past::Past;
use super::{Actor, ChangeRecord, Entry, Live, OpRef, Registers, Row, is_conflict};
use crate::change::{AUTHOR, Action, Change, LocalId, RawTarget, Refusal};
use crate::ids::{ChangeHash, RowId};
use crate::limits;

/// What becomes of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It is part of the household already.
    Known,
    /// It can be merged.
    Ready,
    /// It builds on changes that have not arrived.
    Waiting {
        /// Those changes, in ascending order.
        missing: Vec<ChangeHash>,
    },
    /// Another change of the same actor has this sequence number: two copies of one storage
    /// write under one actor. The device draws a new incarnation and makes its edits again.
    ActorConflict,
    /// It breaks a rule.
    Refused(Refusal),
}

/// What a merge has touched.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged<'a> {
    /// The registers that were written, each once: the household's own answers, then those of the
    /// rows in order of the rows' arrival; in ascending order of key.
    pub touched: Vec<Touched<'a>>,
    /// The rows that were made, in order.
    pub new_rows: Vec<RowId>,
}

/// One register that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched<'a> {
    /// The row; `None` for the household's own answers.
    pub row: Option<RowId>,
    /// Question name.
    pub key: &'a str,
    /// Whether nothing was ever put there before.
    pub is_new: bool,
    /// Whether its live values differed before.
    pub was_conflict: bool,
    /// Whether they differ now.
    pub is_conflict: bool,
}

/// A checked change, with everything found that merging it needs.
pub(super) struct Plan {
    /// The author's index; the number of actors if it is new.
    author: u32,
    deps: SmallVec<[u32; 4]>,
    /// The puts, in order of their registers; the puts to one register in order.
    steps: SmallVec<[Step; 8]>,
    new_rows: SmallVec<[(RowId, u32); 2]>,
}

/// One put.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// The register's place among the entries, or where it will stand.
    slot: u32,
    exists: bool,
    object: u32,
    /// The operation's position in the change.
    op: u32,
}

impl Step {
    fn is_same_register(&self, other: &Self, change: &Change<'_>) -> bool {
        let key = |step: &Self| change.raw_ops()[step.op as usize].key;
        self.slot == other.slot
            && self.exists == other.exists
            && (self.exists || (self.object == other.object && key(self) == key(other)))
    }
}

impl Registers {
    /// Whether the change can be merged; changes nothing.
    #[must_use]
    pub fn judge(&self, change: &Change<'_>) -> Judgement {
        match self.check(change) {
            Ok(_) => Judgement::Ready,
            Err(judgement) => judgement,
        }
    }

    /// Judges the change and, if it is ready, merges it. `log_seq` is its place in the log, which
    /// the registers keep for the caller.
    ///
    /// # Errors
    /// Any judgement but [`Judgement::Ready`]; the household is then as it was.
    pub fn merge<'a>(&mut self, change: &Change<'a>, log_seq: u64) -> Result<Merged<'a>, Judgement> {
        let plan = self.check(change)?;
        Ok(self.apply(change, &plan, log_seq))
    }

    fn check(&self, change: &Change<'_>) -> Result<Plan, Judgement> {
        if self.contains(&change.hash()) {
            return Err(Judgement::Known);
        }
        let author = self.actors.iter().position(|actor| actor.id == change.actor());
        let last = author.and_then(|author| self.actors[author].last);
        let last_seq = last.map_or(0, |last| u64::from(self.changes[last as usize].seq));
        if change.seq() <= last_seq {
            return Err(Judgement::ActorConflict);
        }
        let deps = self.find_deps(change)?;
        self.check_against_household(change, author, last, last_seq, &deps).map_err(Judgement::Refused)
    }

    fn find_deps(&self, change: &Change<'_>) -> Result<SmallVec<[u32; 4]>, Judgement> {
        let mut missing = Vec::new();
        let mut deps = SmallVec::new();
        for dep in change.deps() {
            match self.index_of(dep) {
                Some(index) => deps.push(index as u32),
                None => missing.push(*dep),
            }
        }
        if missing.is_empty() { Ok(deps) } else { Err(Judgement::Waiting { missing }) }
    }

    fn check_against_household(
        &self,
        change: &Change<'_>,
        author: Option<usize>,
        last: Option<u32>,
        last_seq: u64,
        deps: &[u32],
    ) -> Result<Plan, Refusal> {
        if change.seq() != last_seq + 1 {
            return Err(Refusal::SequenceGap);
        }
        let end_op = deps.iter().map(|dep| self.changes[*dep as usize].end_op()).max();
        if Some(change.start_op()) != end_op.map(u64::from) {
            return Err(Refusal::WrongCounter);
        }
        self.check_limits(change, author.is_none())?;
        let past = if change.deps() == self.heads { Past::Everything } else { Past::of(self, deps) };
        // Automerge requires that an actor's changes form a chain.
        if last.is_some_and(|last| !past.has_change(last)) {
            return Err(Refusal::SequenceFork);
        }
        let author = author.unwrap_or(self.actors.len()) as u32;
        let checker = Checker { registers: self, change, past, actors: self.find_actors(change, author) };
        let new_rows = checker.check_new_rows()?;
        let steps = checker.find_registers(&new_rows)?;
        let new_registers = checker.check_preds(&steps)?;
        if self.entries.len() + new_registers > self.room.registers {
            return Err(Refusal::TooManyRegisters);
        }
        Ok(Plan { author, deps: deps.into(), steps, new_rows })
    }

    fn check_limits(&self, change: &Change<'_>, new_actor: bool) -> Result<(), Refusal> {
        // Genesis and its actor are not counted.
        if self.changes.len() > self.room.changes {
            return Err(Refusal::TooManyChanges);
        }
        if new_actor && self.actors.len() > self.room.actors {
            return Err(Refusal::TooManyWriters);
        }
        if change.start_op() - 1 + change.op_count() as u64 > limits::HOUSEHOLD_OPS_MAX {
            return Err(Refusal::TooManyCounters);
        }
        let joined = change.deps().iter().filter(|dep| self.heads.binary_search(dep).is_ok()).count();
        if self.heads.len() - joined + 1 > self.room.heads {
            return Err(Refusal::TooManyHeads);
        }
        Ok(())
    }

    /// The indexes of the change's actors; that of an actor who is not known fits no operation.
    fn find_actors(&self, change: &Change<'_>, author: u32) -> SmallVec<[u32; 8]> {
        let find =
            |id| self.actors.iter().position(|actor| actor.id == id).map_or(u32::MAX, |index| index as u32);
        let mut actors: SmallVec<[u32; 8]> = change.actors().iter().map(|id| find(*id)).collect();
        actors[usize::from(AUTHOR)] = author;
        actors
    }

    /// Whether the operation `op` has the id `id`, whose actor's index is `actor`.
    fn is_op(&self, op: OpRef, counter: u32, actor: u32) -> bool {
        let change = &self.changes[op.change as usize];
        change.start_op + op.offset == counter && change.actor == actor
    }

    fn apply<'a>(&mut self, change: &Change<'a>, plan: &Plan, log_seq: u64) -> Merged<'a> {
        let index = self.changes.len() as u32;
        self.append_change(change, plan, log_seq);
        let made = |offset| OpRef { change: index, offset };
        self.rows.extend(plan.new_rows.iter().map(|(id, op)| Row { id: *id, made: made(*op) }));

        let mut touched = Vec::with_capacity(plan.steps.len());
        let mut new_entries = SmallVec::<[(u32, Entry); 8]>::new();
        let mut written = Vec::with_capacity(plan.steps.len() * 24);
        for steps in plan.steps.chunk_by(|one, other| one.is_same_register(other, change)) {
            let first = steps[0];
            let (entry, was_conflict, is_conflict) = self.write(change, index, steps, &mut written);
            if first.exists {
                let old = &mut self.entries[first.slot as usize];
                self.garbage += (old.end - old.start) as usize;
                *old = entry;
            } else {
                new_entries.push((first.slot, entry));
            }
            touched.push(Touched {
                row: (first.object > 0).then(|| self.rows[first.object as usize - 1].id),
                key: change.raw_ops()[first.op as usize].key,
                is_new: !first.exists,
                was_conflict,
                is_conflict,
            });
        }
        self.arena.extend_from_slice(&written);
        self.insert_entries(&new_entries);
        if self.garbage > GARBAGE_BYTES_MAX && self.garbage > self.arena.len() / 2 {
            self.compact();
        }
        Merged { touched, new_rows: plan.new_rows.iter().map(|(id, _)| *id).collect() }
    }

    fn append_change(&mut self, change: &Change<'_>, plan: &Plan, log_seq: u64) {
        if plan.author as usize == self.actors.len() {
            self.actors.push(Actor { id: change.actor(), last: None });
        }
        let deps_start = self.deps.len() as u32;
        self.deps.extend_from_slice(&plan.deps);
        self.push_change(ChangeRecord {
            hash: change.hash(),
            actor: plan.author,
            seq: 0,
            start_op: change.start_op() as u32,
            op_count: change.op_count() as u32,
            deps: (deps_start, self.deps.len() as u32),
            log_seq,
        });
        self.heads.retain(|head| change.deps().binary_search(head).is_err());
        let place = self.heads.partition_point(|head| *head < change.hash());
        self.heads.insert(place, change.hash());
    }

    /// Writes one register, after the puts `steps` of the change with this index, to `out`, which
    /// will lie at the end of the arena. Also tells whether it was and whether it is a conflict.
    fn write(
        &self,
        change: &Change<'_>,
        index: u32,
        steps: &[Step],
        out: &mut Vec<u8>,
    ) -> (Entry, bool, bool) {
        let first = steps[0];
        let ops = change.raw_ops();
        let position = |out: &Vec<u8>| (self.arena.len() + out.len()) as u32;
        let start = position(out);
        let mut live = SmallVec::new();
        let mut dead: (usize, &[u8]) = (0, &[]);
        put_key(out, ops[first.op as usize].key, &self.vocabulary);
        if first.exists {
            let old = self.body_of(&self.entries[first.slot as usize]);
            (live, dead) = (old.live, (old.dead_count, old.dead));
        }
        let was_conflict = is_conflict(&live);

        // The first put replaces what it names, each further one the put before it.
        let preds = change.preds_of(&ops[first.op as usize]);
        let mut newly_dead: SmallVec<[OpRef; 2]> = SmallVec::new();
        live.retain(|value| {
            let id = self.op_id(value.op);
            let is_replaced = preds.iter().any(|pred| change.resolve(*pred) == id);
            if is_replaced {
                newly_dead.push(value.op);
            }
            !is_replaced
        });
        let put = |step: &Step| OpRef { change: index, offset: step.op };
        let (last, earlier) = steps.split_last().expect("a register is touched by at least one put");
        newly_dead.extend(earlier.iter().map(put));
        if let Action::Put(value) = ops[last.op as usize].action {
            let op = put(last);
            let place = live.iter().position(|other| self.op_id(other.op) > self.op_id(op));
            live.insert(place.unwrap_or(live.len()), Live { op, value });
        }

        Shape { live: live.len(), dead: dead.0 + newly_dead.len() }.put(out);
        for Live { op, value } in &live {
            put_op(out, *op);
            put_value(out, *value, &self.vocabulary);
        }
        out.extend_from_slice(dead.1);
        for op in newly_dead {
            put_op(out, op);
        }
        (Entry { object: first.object, start, end: position(out) }, was_conflict, is_conflict(&live))
    }

    /// Inserts entries, each with its place among those that are there; in ascending order.
    fn insert_entries(&mut self, new: &[(u32, Entry)]) {
        if new.is_empty() {
            return;
        }
        let mut entries = Vec::with_capacity(self.entries.len() + new.len());
        let mut copied = 0;
        for (slot, entry) in new {
            entries.extend_from_slice(&self.entries[copied..*slot as usize]);
            entries.push(*entry);
            copied = *slot as usize;
        }
        entries.extend_from_slice(&self.entries[copied..]);
        self.entries = entries;
    }
}

/// Bytes of registers written over that are kept before the arena is written anew, so that a long
/// history replayed into one household does not keep every version of each register.
const GARBAGE_BYTES_MAX: usize = 64 * 1024;

/// A change under examination.
struct Checker<'c, 'a> {
    registers: &'c Registers,
    change: &'c Change<'a>,
    past: Past,
    /// The indexes of the change's actors.
    actors: SmallVec<[u32; 8]>,
}

impl Checker<'_, '_> {
    /// The rows that the change makes, each with the position of its operation.
    fn check_new_rows(&self) -> Result<SmallVec<[(RowId, u32); 2]>, Refusal> {
        let mut new_rows = SmallVec::<[(RowId, u32); 2]>::new();
        for (position, op) in (0..).zip(self.change.raw_ops()) {
            let Action::MakeRow(id) = op.action else { continue };
            let is_known =
                |row: &Row| row.id == id && (!self.registers.room.rows_twice || self.past.has(row.made));
            if self.registers.rows.iter().any(is_known) || new_rows.iter().any(|(row, _)| *row == id) {
                return Err(Refusal::RowExists);
            }
            if self.registers.rows.len() + new_rows.len() == self.registers.room.rows {
                return Err(Refusal::TooManyRows);
            }
            new_rows.push((id, position));
        }
        Ok(new_rows)
    }

    /// Finds the register of each put.
    fn find_registers(&self, new_rows: &[(RowId, u32)]) -> Result<SmallVec<[Step; 8]>, Refusal> {
        let ops = self.change.raw_ops();
        let mut steps = SmallVec::with_capacity(ops.len() - new_rows.len());
        // Neighbours mostly lie in the same row.
        let mut found = (RawTarget::Answers, 0);
        for (position, op) in (0..).zip(ops) {
            if matches!(op.action, Action::MakeRow(_)) {
                continue;
            }
            if found.0 != op.target {
                found = (op.target, self.find_object(op.target, new_rows)?);
            }
            let object = found.1;
            let (slot, exists) = match self.registers.find(object, op.key) {
                Ok(slot) => (slot as u32, true),
                Err(slot) => (slot as u32, false),
            };
            steps.push(Step { slot, exists, object, op: position });
        }
        light::sort_by(&mut steps, |one, other| {
            let place = |step: &Step| (step.slot, step.exists, step.object);
            let key = |step: &Step| (ops[step.op as usize].key, step.op);
            place(one).cmp(&place(other)).then_with(|| key(one).cmp(&key(other)))
        });
        Ok(steps)
    }

    /// The object's number: 0 for answers, n for the n-th row; new rows follow those that are there.
    fn find_object(&self, target: RawTarget, new_rows: &[(RowId, u32)]) -> Result<u32, Refusal> {
        let RawTarget::Row(id) = target else { return Ok(0) };
        let rows = &self.registers.rows;
        if let Some(position) = self.change.position(id) {
            let made = new_rows.binary_search_by_key(&(position as u32), |(_, op)| *op);
            return made.map(|made| (rows.len() + made) as u32 + 1).map_err(|_| Refusal::UnknownRow);
        }
        let actor = self.actors[usize::from(id.actor)];
        let row = rows.iter().position(|row| self.registers.is_op(row.made, id.counter, actor));
        match row {
            Some(row) if self.past.has(rows[row].made) => Ok(row as u32 + 1),
            _ => Err(Refusal::UnknownRow),
        }
    }

    /// Checks what every put replaces; gives the number of registers that are new.
    fn check_preds(&self, steps: &[Step]) -> Result<usize, Refusal> {
        let mut new_registers = 0;
        for steps in steps.chunk_by(|one, other| one.is_same_register(other, self.change)) {
            let preds = self.preds(&steps[0]);
            if steps[0].exists {
                self.check_replaced(steps[0].slot, preds)?;
            } else if preds.is_empty() {
                new_registers += 1;
            } else {
                return Err(Refusal::WrongPredecessor);
            }
            for pair in steps.windows(2) {
                match self.preds(&pair[1]) {
                    [pred] if self.change.position(*pred) == Some(pair[0].op as usize) => {}
                    _ => return Err(Refusal::WrongPredecessor),
                }
            }
        }
        Ok(new_registers)
    }

    fn preds(&self, step: &Step) -> &[LocalId] {
        self.change.preds_of(&self.change.raw_ops()[step.op as usize])
    }

    /// A put replaces the values that its author saw: all live ones that lie in its past, and of
    /// the others only such as have been replaced meanwhile by somebody else.
    fn check_replaced(&self, slot: u32, preds: &[LocalId]) -> Result<(), Refusal> {
        let body = self.registers.body_of(&self.registers.entries[slot as usize]);
        let mut matched = 0;
        for live in &body.live {
            match (self.past.has(live.op), self.is_among(live.op, preds)) {
                (true, true) => matched += 1,
                (true, false) => return Err(Refusal::MissingPredecessor),
                (false, true) => return Err(Refusal::WrongPredecessor),
                (false, false) => {}
            }
        }
        if body.live.len() - matched + 1 > self.registers.room.values {
            return Err(Refusal::TooManyValues);
        }
        if matched < preds.len() && matches!(self.past, Past::Some(_)) {
            matched += body.dead_ops().filter(|op| self.past.has(*op) && self.is_among(*op, preds)).count();
        }
        // Both sides hold no id twice, so equal numbers mean that every one was found.
        if matched == preds.len() { Ok(()) } else { Err(Refusal::WrongPredecessor) }
    }

    /// Whether the operation is one of `preds`, which are in order of their counters.
    fn is_among(&self, op: OpRef, preds: &[LocalId]) -> bool {
        let made = &self.registers.changes[op.change as usize];
        let counter = made.start_op + op.offset;
        let first = preds.partition_point(|pred| pred.counter < counter);
        let equal = preds[first..].iter().take_while(|pred| pred.counter == counter);
        equal.into_iter().any(|pred| self.actors[usize::from(pred.actor)] == made.actor)
    }
}
