//! Whatever the judge lets through, Automerge applies, saves and loads; whatever it refuses costs
//! little. Tried with mutants of honest changes: bytes that are flipped, inserted, deleted and
//! spliced, and operations that are changed in meaning.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use automerge::{AutoCommit, Change as AutomergeChange};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use sync_protocol::change::{Change, OpId};
use sync_protocol::genesis;
use sync_protocol::ids::{ActorId, ChangeHash, RowId};
use sync_protocol::registers::{Judgement, Registers};

use crate::raw::{
    DELETE, INCREMENT, Key, MAKE_LIST, MAKE_MAP, MAKE_TEXT, RawChange, RawOp, SET, body_of, chunk,
};
use crate::reference::{assert_same, heads};
use crate::world::{World, genesis_document};

/// Mutants, at least.
const MUTANTS: usize = 200_000;
/// Mutants of the changes of one household.
const MUTANTS_EACH: usize = 500;
/// What judging the worst mutant may cost on a busy machine, without optimisation.
const TIME_MAX: Duration = Duration::from_millis(5);

#[test]
fn what_is_let_through_every_automerge_applies_saves_and_loads() {
    let next = AtomicUsize::new(0);
    let let_through = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed * MUTANTS_EACH >= MUTANTS {
                        return;
                    }
                    let outcome = catch_unwind(|| Household::new(seed as u64).try_mutants());
                    match outcome {
                        Ok(count) => _ = let_through.fetch_add(count, Ordering::Relaxed),
                        Err(_) => panic!("a mutant with seed {seed} gets through"),
                    }
                }
            });
        }
    });
    // A judge that refuses everything would prove nothing.
    let let_through = let_through.into_inner();
    println!("{let_through} mutants were let through");
    assert!(let_through > MUTANTS / 50, "only {let_through} mutants were let through");
}

/// Our own writer writes what Automerge writes, so that its mutants are off by one thing only.
#[test]
fn the_raw_writer_writes_what_automerge_writes() {
    let mut world = World::new(1, 4);
    world.run(200);
    for made in &world.history {
        let change = Change::read(made.raw_bytes()).expect("an honest change");
        assert_eq!(RawChange::from(&change).encode(), made.raw_bytes());
    }
}

/// A household in the middle of its history.
struct Household {
    world: World,
    registers: Registers,
    document: AutoCommit,
    /// Changes that are part of it.
    known: usize,
    /// Every operation id that it or its next changes name.
    ids: Vec<OpId>,
}

impl Household {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed, 2 + (seed % 4) as usize);
        world.run(40);
        let known = world.rng.random_range(5..30);
        let mut registers = Registers::genesis();
        let mut document = genesis_document();
        let mut ids = vec![genesis::ANSWERS, genesis::ROWS];
        for made in &world.history[..known] {
            let change = Change::read(made.raw_bytes()).expect("an honest change");
            registers.merge(&change, 0).expect("an honest change");
            ids.extend(change.ops().map(|op| op.id));
        }
        document.apply_changes(world.history[..known].to_vec()).expect("honest changes apply");
        Self { world, registers, document, known, ids }
    }

    /// Gives the number of mutants that were let through.
    fn try_mutants(mut self) -> usize {
        let next: Vec<usize> = (self.known..self.world.history.len())
            .filter(|index| {
                let change = Change::read(self.world.history[*index].raw_bytes()).expect("an honest change");
                self.registers.judge(&change) == Judgement::Ready
            })
            .collect();
        let mut let_through = 0;
        for _ in 0..MUTANTS_EACH {
            let index = match next.len() {
                0 => self.known - 1,
                count => next[self.world.rng.random_range(0..count)],
            };
            let mutant = self.mutant(index);
            if self.is_let_through(&mutant) {
                let_through += 1;
                self.assert_harmless(&mutant);
            }
        }
        let_through
    }

    fn mutant(&mut self, index: usize) -> Vec<u8> {
        let rng = &mut self.world.rng;
        let honest = self.world.history[index].raw_bytes();
        if rng.random_bool(0.5) {
            return mutate_bytes(honest, self.world.history[index / 2].raw_bytes(), rng);
        }
        let change = Change::read(honest).expect("an honest change");
        let mut raw = RawChange::from(&change);
        for _ in 0..rng.random_range(1..=2) {
            mutate_meaning(&mut raw, &self.ids, &self.registers, rng);
        }
        raw.encode()
    }

    /// Judges the mutant, within bounded time.
    fn is_let_through(&self, mutant: &[u8]) -> bool {
        let judge = || {
            let start = Instant::now();
            let ready =
                Change::read(mutant).is_ok_and(|change| self.registers.judge(&change) == Judgement::Ready);
            (ready, start.elapsed())
        };
        let (ready, mut elapsed) = judge();
        for _ in 0..20 {
            if elapsed < TIME_MAX {
                break;
            }
            // Something else ran meanwhile: the best of several tries counts.
            elapsed = elapsed.min(judge().1);
        }
        assert!(elapsed < TIME_MAX, "it took {elapsed:?} to judge {mutant:02x?}");
        ready
    }

    fn assert_harmless(&mut self, mutant: &[u8]) {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let change = Change::read(mutant).expect("it was let through");
            let mut registers = self.registers.clone();
            registers.merge(&change, 0).expect("it was let through");
            let mut document = self.document.clone();
            let change = AutomergeChange::from_bytes(mutant.to_vec()).expect("Automerge reads it");
            document.apply_changes([change]).expect("Automerge applies it");
            assert_eq!(registers.heads(), heads(&mut document));
            let mut loaded = AutoCommit::load(&document.save()).expect("Automerge loads it");
            assert_same(&registers, &mut loaded);
            if self.world.rng.random_bool(0.1) {
                self.go_on(&mut registers, &mut loaded);
            }
        }));
        assert!(outcome.is_ok(), "harmful: {mutant:02x?}");
    }

    /// The rest of the history arrives, as far as it can, and all is still well.
    fn go_on(&self, registers: &mut Registers, document: &mut AutoCommit) {
        for made in &self.world.history[self.known..] {
            let change = Change::read(made.raw_bytes()).expect("an honest change");
            if registers.merge(&change, 0).is_ok() {
                document.apply_changes([made.clone()]).expect("Automerge applies it");
            }
        }
        let mut loaded = AutoCommit::load(&document.save()).expect("Automerge loads it");
        assert_same(registers, &mut loaded);
    }
}

/// Flips, inserts, deletes and splices bytes of the body; mostly puts length and checksum in order.
fn mutate_bytes(honest: &[u8], other: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    if rng.random_bool(0.05) {
        let mut bytes = honest.to_vec();
        let at = rng.random_range(0..bytes.len());
        bytes[at] ^= 1 << rng.random_range(0..8);
        return bytes;
    }
    let mut body = body_of(honest).to_vec();
    for _ in 0..rng.random_range(1..=3) {
        let at = rng.random_range(0..body.len());
        // Most of a change is hashes and actors, most of what can go wrong is behind them.
        let at = if rng.random_bool(0.7) { at.max(body.len() * 2 / 5) } else { at };
        match rng.random_range(0..6) {
            0 => body[at] ^= 1 << rng.random_range(0..8),
            1 => body[at] = rng.random(),
            2 => body[at] = body[at].wrapping_add([1, 0xff][rng.random_range(0..2)]),
            3 => body.insert(at, rng.random()),
            4 => _ = body.remove(at),
            _ => {
                let other = body_of(other);
                let from = rng.random_range(0..other.len());
                let piece = &other[from..other.len().min(from + rng.random_range(1..20))];
                let end = body.len().min(at + piece.len());
                body.splice(at..end, piece.iter().copied());
            }
        }
    }
    chunk(if rng.random_bool(0.99) { 1 } else { rng.random_range(0..4) }, &body)
}

/// Changes one thing that the change says.
fn mutate_meaning(raw: &mut RawChange, ids: &[OpId], registers: &Registers, rng: &mut ChaCha8Rng) {
    let known_id = |rng: &mut ChaCha8Rng| ids[rng.random_range(0..ids.len())];
    let count = raw.ops.len();
    let at = rng.random_range(0..count.max(1));
    let own = raw.id(rng.random_range(0..=count));
    match rng.random_range(0..20) {
        0 => raw.seq = near(raw.seq, rng),
        1 => raw.start_op = near(raw.start_op, rng),
        2 => mutate_deps(raw, registers, rng),
        3 => {
            raw.actor =
                [known_id(rng).actor, genesis::GENESIS_ACTOR, ActorId(rng.random())][rng.random_range(0..3)]
        }
        4 => raw.time_ms = [i64::MIN, i64::MAX, 0, -1, 1 << 53, 1 - (1 << 53)][rng.random_range(0..6)],
        5 => match rng.random_range(0..4) {
            0 => raw.message = b"hello".to_vec(),
            1 => raw.trailing = vec![rng.random()],
            2 => raw.idle_actors.push(ActorId(rng.random())),
            _ => raw.more_columns.push(([0x94, 0xa5, 0x09, 0x8a, 0x5e][rng.random_range(0..5)], vec![1, 0])),
        },
        6 => nest(raw, rng),
        7 => raw.ops.push(RawOp { preds: vec![own], ..RawOp::put(genesis::ANSWERS, "remark", "x") }),
        8 => {
            let known: Vec<RowId> = registers.rows().collect();
            let row = match known.len() {
                0 => RowId(rng.random()),
                rows => known[rng.random_range(0..rows)],
            };
            raw.ops.push(RawOp::make(genesis::ROWS, &row.to_string(), MAKE_MAP));
        }
        _ if count == 0 => {}
        9 => _ = raw.ops.remove(at),
        10 => raw.ops.swap(at, count - 1),
        11 => raw.ops.push(raw.ops[at].clone()),
        _ => mutate_op(&mut raw.ops[at], own, known_id(rng), rng),
    }
}

fn mutate_op(op: &mut RawOp, own: OpId, known: OpId, rng: &mut ChaCha8Rng) {
    let unknown = OpId { counter: rng.random_range(1..60), actor: ActorId(rng.random()) };
    let id = [own, known, unknown][rng.random_range(0..3)];
    match rng.random_range(0..12) {
        0 => _ = op.preds.pop(),
        1 => op.preds.extend(op.preds.first().copied()),
        2 => op.preds.push(id),
        3 => {
            op.preds.push(id);
            op.preds.sort_unstable();
        }
        4 => op.preds.reverse(),
        5 => op.preds = vec![id],
        6 => {
            op.object = [None, Some(id), Some(genesis::ROWS), Some(genesis::ANSWERS)][rng.random_range(0..4)]
        }
        7 => {
            op.action =
                [MAKE_MAP, SET, MAKE_LIST, DELETE, MAKE_TEXT, INCREMENT, 6, 7, 8][rng.random_range(0..9)]
        }
        8 => op.insert = true,
        9 => op.key = Key::Element([None, Some(id)][rng.random_range(0..2)]),
        10 => {
            let names: [&[u8]; 6] = [b"", b"remark", b"a\nb", &[b'x'; 129], &[0xff], "รายได้".as_bytes()];
            op.key = Key::Name(names[rng.random_range(0..names.len())].to_vec());
        }
        _ => {
            op.value_type = rng.random_range(0..16);
            op.value.truncate(rng.random_range(0..10));
        }
    }
}

fn mutate_deps(raw: &mut RawChange, registers: &Registers, rng: &mut ChaCha8Rng) {
    let known: Vec<ChangeHash> = registers.changes().map(|change| change.hash).collect();
    match rng.random_range(0..5) {
        0 => _ = raw.deps.pop(),
        1 => raw.deps.push(known[rng.random_range(0..known.len())]),
        2 => raw.deps.push(ChangeHash(rng.random())),
        3 => raw.deps = registers.heads().to_vec(),
        // The second half of a hash is as much of it as the first.
        _ => raw.deps.iter_mut().take(1).for_each(|dep| dep.0[31] ^= 1),
    }
    if rng.random_bool(0.8) {
        raw.deps.sort_unstable();
        raw.deps.dedup();
    }
}

/// A map, list or text in the change, and something in it.
fn nest(raw: &mut RawChange, rng: &mut ChaCha8Rng) {
    let made = raw.id(raw.ops.len());
    let action = [MAKE_MAP, MAKE_LIST, MAKE_TEXT][rng.random_range(0..3)];
    raw.ops.push(RawOp::make(genesis::ANSWERS, "nested", action));
    let mut inside = RawOp::put(made, "x", "x");
    if action != MAKE_MAP {
        (inside.key, inside.insert) = (Key::Element(None), true);
    }
    raw.ops.push(inside);
}

fn near(value: u64, rng: &mut ChaCha8Rng) -> u64 {
    let far = [0, 1, value.wrapping_add(7), u64::from(u32::MAX), 1 << 32, u64::MAX];
    [value.wrapping_sub(1), value.wrapping_add(1), far[rng.random_range(0..far.len())]]
        [rng.random_range(0..3)]
}
