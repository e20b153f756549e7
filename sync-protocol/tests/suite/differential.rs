//! Registers show what Automerge shows, after any history in any order of arrival.

use std::sync::atomic::{AtomicUsize, Ordering};

use automerge::Change as AutomergeChange;
use rand::RngExt;
use sync_protocol::change::{Action, Change};
use sync_protocol::ids::ChangeHash;
use sync_protocol::registers::{Judgement, Registers, Vocabulary};

use crate::reference::assert_same;
use crate::world::{QUESTIONS, WORDS, World, genesis_document};

/// Changes that the test generates, at least.
const CHANGES: usize = 100_000;
/// Changes of one history.
const HISTORY: usize = 80;
/// Changes between two comparisons of every value.
const COMPARE_EVERY: usize = 12;

#[test]
fn registers_show_what_automerge_shows() {
    let seeds = (CHANGES / HISTORY + 1) as u64;
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed) as u64;
                    if seed >= seeds {
                        return;
                    }
                    let outcome = std::panic::catch_unwind(|| compare(seed));
                    assert!(outcome.is_ok(), "differs with seed {seed}");
                }
            });
        }
    });
}

/// One history, delivered in a random order with repetitions.
fn compare(seed: u64) {
    let mut world = World::new(seed, 2 + (seed % 5) as usize);
    world.run(HISTORY);
    let vocabulary = Vocabulary::new(WORDS.iter().chain(&QUESTIONS[..10]).copied());

    let mut document = genesis_document();
    let mut registers = Registers::genesis();
    let mut waiting: Vec<usize> = (0..world.history.len()).collect();
    let mut arrived: Vec<usize> = Vec::new();
    let mut unapplied: Vec<AutomergeChange> = Vec::new();
    while !waiting.is_empty() {
        if !arrived.is_empty() && world.rng.random_bool(0.1) {
            let again = arrived[world.rng.random_range(0..arrived.len())];
            let change = Change::read(world.history[again].raw_bytes()).expect("an honest change");
            assert_eq!(registers.judge(&change), Judgement::Known);
        }
        let pick = world.rng.random_range(0..waiting.len().min(6));
        let made = &world.history[waiting[pick]];
        let change = read(made);
        let missing: Vec<_> = change.deps().iter().copied().filter(|dep| !registers.contains(dep)).collect();
        let judgement = registers.judge(&change);
        match registers.merge(&change, arrived.len() as u64 * 3 + 7) {
            Ok(merged) => {
                assert_eq!((judgement, missing), (Judgement::Ready, vec![]));
                for touched in &merged.touched {
                    let register = registers.register(touched.row, touched.key).expect("it was touched");
                    assert_eq!(register.conflict, touched.is_conflict);
                }
                arrived.push(waiting.remove(pick));
                unapplied.push(made.clone());
            }
            Err(Judgement::Waiting { missing: found }) => assert_eq!(found, missing),
            Err(other) => panic!("an honest change is {other:?}"),
        }

        let blob = registers.encode(&vocabulary);
        let decoded = Registers::decode(&blob, &vocabulary).expect("what was encoded is decoded");
        assert_eq!(decoded.encode(&vocabulary), blob);
        assert_eq!(decoded.heads(), registers.heads());
        registers = decoded;

        if waiting.is_empty() || unapplied.len() == COMPARE_EVERY {
            document.apply_changes(std::mem::take(&mut unapplied)).expect("honest changes apply");
            assert_same(&registers, &mut document);
        }
    }
    let log: Vec<_> = registers.changes().map(|change| (change.hash, change.log_seq)).collect();
    let order = arrived
        .iter()
        .enumerate()
        .map(|(place, index)| (ChangeHash(world.history[*index].hash().0), place as u64 * 3 + 7));
    assert_eq!(log, order.collect::<Vec<_>>());
}

/// Reads a change and compares what it says with what Automerge says.
fn read(made: &AutomergeChange) -> Change<'_> {
    let change = Change::read(made.raw_bytes()).unwrap_or_else(|why| panic!("{why:?}: {:?}", made.decode()));
    let mut deps: Vec<_> = made.deps().iter().map(|dep| ChangeHash(dep.0)).collect();
    deps.sort_unstable();
    assert_eq!(change.hash().0, made.hash().0);
    assert_eq!(change.actor().as_bytes(), made.actor_id().to_bytes());
    assert_eq!((change.seq(), change.start_op()), (made.seq(), made.start_op().get()));
    assert_eq!((change.time_ms(), change.op_count()), (made.timestamp(), made.len()));
    assert_eq!(change.deps(), deps);
    assert_eq!(change.ops().len(), change.op_count());
    assert!(change.ops().all(|op| op.preds().len() == 0 || matches!(op.action, Action::Put(_))));
    change
}
