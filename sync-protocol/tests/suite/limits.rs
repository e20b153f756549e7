//! A household at its limits: the last that fits is let through, the next is refused, and neither
//! takes long.

use std::time::{Duration, Instant};

use sync_protocol::change::{Change, OpId, Refusal};
use sync_protocol::genesis::{ANSWERS, ROWS};
use sync_protocol::ids::{ActorId, ChangeHash, RowId};
use sync_protocol::limits;
use sync_protocol::registers::{Judgement, Registers, Vocabulary};

use crate::raw::{MAKE_MAP, RawChange, RawOp};

/// What the worst change may cost on a busy machine, hardly optimised.
const TIME_MAX: Duration = Duration::from_millis(100);

/// A household that is filled by hand-written changes.
struct Household {
    registers: Registers,
    /// What the last change ends with.
    end_op: u64,
}

impl Household {
    fn new() -> Self {
        Self { registers: Registers::genesis(), end_op: 3 }
    }

    /// A change on top of everything, by the actor with this number; `seq` is its next.
    fn change(&self, actor: u64, seq: u64, ops: Vec<RawOp>) -> RawChange {
        let deps = self.registers.heads().to_vec();
        RawChange { deps, seq, start_op: self.end_op, ..RawChange::first(actor_id(actor), ops) }
    }

    fn judge(&self, raw: &RawChange) -> Judgement {
        let bytes = raw.encode();
        let judge = || {
            let start = Instant::now();
            let judgement = self.registers.judge(&Change::read(&bytes).expect("it is well formed"));
            (judgement, start.elapsed())
        };
        let fastest = (0..5).map(|_| judge()).min_by_key(|(_, time)| *time).expect("it was tried");
        assert!(fastest.1 < TIME_MAX, "it took {:?}", fastest.1);
        fastest.0
    }

    fn merge(&mut self, raw: &RawChange) -> ChangeHash {
        let bytes = raw.encode();
        let change = Change::read(&bytes).expect("it is well formed");
        self.registers.merge(&change, 1).expect("it is within the limits");
        self.end_op = self.end_op.max(raw.start_op + raw.ops.len() as u64);
        change.hash()
    }
}

fn actor_id(number: u64) -> ActorId {
    let mut id = [0xac; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    ActorId(id)
}

fn put(key: &str, preds: Vec<OpId>) -> RawOp {
    RawOp { preds, value_type: 2, value: Vec::new(), ..RawOp::put(ANSWERS, key, "") }
}

const REFUSED_FOR: fn(Refusal) -> Judgement = Judgement::Refused;

#[test]
fn heads_are_limited_and_can_always_be_joined() {
    let mut household = Household::new();
    for actor in 0..limits::HOUSEHOLD_HEADS_MAX as u64 {
        let raw = RawChange::first(actor_id(actor), vec![put("roof", vec![])]);
        household.merge(&raw);
    }
    assert_eq!(household.registers.heads().len(), limits::HOUSEHOLD_HEADS_MAX);
    let one_more = RawChange::first(actor_id(99), vec![put("roof", vec![])]);
    assert_eq!(household.judge(&one_more), REFUSED_FOR(Refusal::TooManyHeads));

    let values =
        (0..limits::HOUSEHOLD_HEADS_MAX as u64).map(|actor| OpId { counter: 3, actor: actor_id(actor) });
    let joined = household.change(99, 1, vec![put("roof", values.collect())]);
    assert_eq!(household.judge(&joined), Judgement::Ready);
}

#[test]
fn values_of_a_register_are_limited_and_can_always_be_replaced() {
    let mut household = Household::new();
    let mut values = Vec::new();
    // Each writes concurrently to all that came before, and the heads are joined on the way.
    for actor in 0..limits::REGISTER_VALUES_MAX as u64 {
        let raw = RawChange::first(actor_id(actor), vec![put("roof", vec![])]);
        household.merge(&raw);
        values.push(OpId { counter: 3, actor: actor_id(actor) });
        let joined = household.change(1_000, actor + 1, vec![put(&format!("q{actor}"), vec![])]);
        household.merge(&joined);
    }
    let one_more = RawChange::first(actor_id(99), vec![put("roof", vec![])]);
    assert_eq!(household.judge(&one_more), REFUSED_FOR(Refusal::TooManyValues));
    let settled = household.change(99, 1, vec![put("roof", values)]);
    assert_eq!(household.judge(&settled), Judgement::Ready);
}

#[test]
fn rows_are_limited() {
    let row = |number: usize| {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        RawOp::make(ROWS, &RowId(id).to_string(), MAKE_MAP)
    };
    let mut household = Household::new();
    let all = household.change(1, 1, (0..limits::HOUSEHOLD_ROWS_MAX).map(row).collect());
    household.merge(&all);
    let one_more = household.change(1, 2, vec![row(limits::HOUSEHOLD_ROWS_MAX)]);
    assert_eq!(household.judge(&one_more), REFUSED_FOR(Refusal::TooManyRows));
    let again = household.change(1, 2, vec![row(0)]);
    assert_eq!(household.judge(&again), REFUSED_FOR(Refusal::RowExists));
}

#[test]
fn registers_and_operations_are_limited() {
    let mut household = Household::new();
    let per_change = limits::CHANGE_OPS_MAX;
    let turns = limits::HOUSEHOLD_REGISTERS_MAX / per_change;
    for turn in 0..turns {
        let ops = (0..per_change).map(|index| put(&format!("q{}", turn * per_change + index), vec![]));
        let raw = household.change(1, turn as u64 + 1, ops.collect());
        assert_eq!(household.judge(&raw), Judgement::Ready);
        household.merge(&raw);
    }
    let one_more = household.change(1, turns as u64 + 1, vec![put("one more", vec![])]);
    assert_eq!(household.judge(&one_more), REFUSED_FOR(Refusal::TooManyRegisters));

    // The same questions again and again, until the counters are used up.
    let mut seq = turns as u64;
    while household.end_op + per_change as u64 <= limits::HOUSEHOLD_OPS_MAX + 1 {
        seq += 1;
        let last = |index: usize| OpId {
            counter: household.end_op - per_change as u64 + index as u64,
            actor: actor_id(1),
        };
        let first = household.end_op == 3 + limits::HOUSEHOLD_REGISTERS_MAX as u64;
        let start = limits::HOUSEHOLD_REGISTERS_MAX - per_change;
        assert!(first || seq > turns as u64 + 1);
        let ops = (0..per_change).map(|index| put(&format!("q{}", start + index), vec![last(index)]));
        let raw = household.change(1, seq, ops.collect());
        household.merge(&raw);
    }
    let beyond = household.change(1, seq + 1, (0..per_change).map(|_| put("q0", vec![])).collect());
    assert_eq!(household.judge(&beyond), REFUSED_FOR(Refusal::TooManyCounters));

    let vocabulary = Vocabulary::default();
    let blob = household.registers.encode(&vocabulary);
    let decoded = Registers::decode(&blob, &vocabulary).expect("it is a blob");
    assert_eq!(decoded.encode(&vocabulary), blob);
}

#[test]
fn changes_and_actors_are_limited() {
    let mut household = Household::new();
    for index in 0..limits::HOUSEHOLD_CHANGES_MAX as u64 {
        let (actor, seq) =
            (index % limits::HOUSEHOLD_ACTORS_MAX as u64, index / limits::HOUSEHOLD_ACTORS_MAX as u64 + 1);
        let last = OpId {
            counter: household.end_op - 1,
            actor: actor_id((index.wrapping_sub(1)) % limits::HOUSEHOLD_ACTORS_MAX as u64),
        };
        let preds = if index == 0 { vec![] } else { vec![last] };
        let raw = household.change(actor, seq, vec![put("remark", preds.clone())]);
        if index == limits::HOUSEHOLD_ACTORS_MAX as u64 {
            let newcomer = household.change(5_000, 1, vec![put("remark", preds)]);
            assert_eq!(household.judge(&newcomer), REFUSED_FOR(Refusal::TooManyWriters));
        }
        household.merge(&raw);
    }
    let one_more = household.change(0, limits::HOUSEHOLD_CHANGES_MAX as u64, vec![put("roof", vec![])]);
    assert_eq!(household.judge(&one_more), REFUSED_FOR(Refusal::SequenceGap));
    let one_more = household.change(0, 11, vec![put("roof", vec![])]);
    assert_eq!(household.judge(&one_more), REFUSED_FOR(Refusal::TooManyChanges));
    let vocabulary = Vocabulary::default();
    let blob = household.registers.encode(&vocabulary);
    assert!(Registers::decode(&blob, &vocabulary).is_ok());
}
