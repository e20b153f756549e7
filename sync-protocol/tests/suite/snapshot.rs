//! Snapshots: what Automerge saved is read, and nothing that it did not save.

use std::time::{Duration, Instant};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, ROOT};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sync_protocol::document::Document;
use sync_protocol::ids::ChangeHash;
use sync_protocol::snapshot;

use crate::raw::{body_of, chunk, put_signed, put_unsigned, runs};
use crate::reference::heads;
use crate::world::{World, answers, genesis_document};

/// Mutants of snapshots.
const MUTANTS: usize = 60_000;
/// What reading the worst mutant may cost on a busy machine, with little optimisation: as much as the
/// largest household that a hub keeps.
const TIME_MAX: Duration = Duration::from_secs(2);

fn raw(world: &World) -> Vec<Vec<u8>> {
    world.history.iter().map(|change| change.raw_bytes().to_vec()).collect()
}

#[test]
fn a_snapshot_gives_back_the_changes_it_was_made_of() {
    for seed in 0..300 {
        let mut world = World::new(seed, 1 + (seed % 6) as usize);
        world.run(1 + (seed as usize * 7) % 120);
        let changes = raw(&world);
        let snapshot = snapshot::make(&changes).expect("honest changes");
        let mut held: Vec<_> =
            snapshot::read(&snapshot).expect("a snapshot").into_iter().map(|(_, bytes)| bytes).collect();
        held.sort_unstable();
        let mut given = changes.clone();
        given.sort_unstable();
        assert_eq!(held, given, "seed {seed}");
    }
    let empty = snapshot::make::<&[u8]>(&[]).expect("the genesis alone");
    assert_eq!(snapshot::read(&empty), Ok(vec![]));
}

/// Columns of a large document span several of the pieces in which Automerge keeps them.
#[test]
fn a_large_snapshot_is_read() {
    let mut world = World::new(77, 5);
    world.run(2_500);
    let snapshot = snapshot::make(&raw(&world)).expect("honest changes");
    let document = Document::load(&snapshot).expect("a snapshot");
    let mut judge = genesis_document();
    judge.apply_changes(world.history.clone()).expect("honest changes");
    assert_eq!(document.heads(), heads(&mut judge));
    assert_eq!(document.changes().len(), 2_500);
}

#[test]
fn a_snapshot_of_anything_else_is_refused() {
    let mut world = World::new(3, 2);
    world.run(10);
    let mut document = genesis_document();
    document.apply_changes(world.history.clone()).expect("honest changes");
    let load = |bytes: &[u8]| Document::load(bytes).map(|_| ());
    assert_eq!(load(&document.save_nocompress()), Ok(()));

    let mut large = World::new(4, 2);
    large.run(120);
    let mut deflated = genesis_document();
    deflated.apply_changes(large.history).expect("honest changes");
    let why = load(&deflated.save()).expect_err("it is deflated").to_string();
    assert!(why.contains("compressed"), "{why}");

    let mut without_genesis = AutoCommit::new();
    without_genesis.put(ROOT, "name", "สมหญิง").expect("a text is put");
    assert!(load(&without_genesis.save_nocompress()).is_err());
    let mut at_the_root = document.clone();
    at_the_root.put(ROOT, "name", "สมหญิง").expect("a text is put");
    assert!(load(&at_the_root.save_nocompress()).is_err());
    let mut with_delete = document.clone();
    with_delete.put(answers(), "phone", "1").expect("a text is put");
    with_delete.delete(answers(), "phone").expect("it is there");
    assert!(load(&with_delete.save_nocompress()).is_err());
    let mut with_message = document.clone();
    with_message.put(answers(), "phone", "2").expect("a text is put");
    with_message.commit_with(CommitOptions::default().with_message("hello").with_time(0));
    assert!(load(&with_message.save_nocompress()).is_err());
    let mut short_actor = document.clone().with_actor(automerge::ActorId::from([1, 2, 3]));
    short_actor.put(answers(), "phone", "3").expect("a text is put");
    assert!(load(&short_actor.save_nocompress()).is_err());
    assert!(load(world.history[0].raw_bytes()).is_err(), "a change is no snapshot");
    assert!(snapshot::make(&[world.history[9].raw_bytes()]).is_err(), "what it builds on is not there");
    assert!(snapshot::make(&[b"no change"]).is_err());
}

#[test]
fn a_mutant_is_refused_in_bounded_time_or_is_what_it_was() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut read = 0;
    for seed in 0..60 {
        let mut world = World::new(seed, 1 + (seed % 4) as usize);
        world.run(3 + seed as usize % 30);
        let snapshot = snapshot::make(&raw(&world)).expect("honest changes");
        let body = body_of(&snapshot);
        let hashes = |bytes: &[u8]| {
            snapshot::read(bytes)
                .map(|held| held.into_iter().map(|(hash, _)| hash).collect::<Vec<ChangeHash>>())
        };
        let expected = hashes(&snapshot).expect("a snapshot");
        for _ in 0..MUTANTS / 60 {
            let mut mutant = body.to_vec();
            for _ in 0..rng.random_range(1..=2) {
                let at = rng.random_range(0..mutant.len());
                match rng.random_range(0..5) {
                    0 => _ = mutant.remove(at),
                    1 => mutant.insert(at, rng.random()),
                    2 => mutant[at] = rng.random(),
                    3 => {
                        let mut run = Vec::new();
                        put_signed(&mut run, [200_000_000, -5_000_000, 65, 1_999][rng.random_range(0..4)]);
                        mutant.splice(at..at, run);
                    }
                    _ => mutant[at] ^= 1 << rng.random_range(0..8),
                }
            }
            let mutant = chunk(0, &mutant);
            let start = Instant::now();
            let found = hashes(&mutant);
            assert!(start.elapsed() < TIME_MAX, "{:?} for {mutant:02x?}", start.elapsed());
            if let Ok(found) = found {
                assert_eq!(found, expected, "the heads are proof of all");
                read += 1;
            }
        }
    }
    println!("{read} mutants were read");
}

/// A few bytes that tell of as much as may be told of.
#[test]
fn a_snapshot_that_swells_is_read_in_bounded_time() {
    // All that one household may hold.
    const CHANGES: u64 = 99;
    const OPS: u64 = 2_000;
    let mut body = Vec::new();
    put_unsigned(&mut body, 2);
    for actor in [[0; 16], [1; 16]] {
        put_unsigned(&mut body, 16);
        body.extend(actor);
    }
    put_unsigned(&mut body, 1);
    body.extend([7; 32]);
    let all = CHANGES * OPS;
    let each = |first: &[u64], then: u64, count: u64| -> Vec<u8> {
        let rest = std::iter::repeat_n(then, usize::try_from(count).expect("a count"));
        runs(first.iter().copied().chain(rest).map(Some), |out, value| put_unsigned(out, *value))
    };
    let steps = |first: &[i64], then: i64, count: u64| -> Vec<u8> {
        let rest = std::iter::repeat_n(then, usize::try_from(count).expect("a count"));
        runs(first.iter().copied().chain(rest).map(Some), |out, value| put_signed(out, *value))
    };
    let changes: [(u64, Vec<u8>); 6] = [
        (0x01, each(&[0], 1, CHANGES)),
        (0x03, steps(&[1, 0], 1, CHANGES - 1)),
        (0x13, steps(&[2], OPS.cast_signed(), CHANGES)),
        (0x23, steps(&[], 0, CHANGES + 1)),
        (0x40, each(&[0], 1, CHANGES)),
        (0x43, steps(&[0], 1, CHANGES - 1)),
    ];
    let keys = ["answers", "rows"]
        .into_iter()
        .chain(std::iter::repeat_n("a", usize::try_from(all).expect("a count")));
    let in_answers = |value: u64| [vec![0, 2], each(&[], value, all)].concat();
    let ops: [(u64, Vec<u8>); 11] = [
        (0x01, in_answers(0)),
        (0x02, in_answers(1)),
        (
            0x15,
            runs(keys.map(Some), |out, key| {
                put_unsigned(out, key.len() as u64);
                out.extend(key.as_bytes());
            }),
        ),
        (0x21, each(&[0, 0], 1, all)),
        (0x23, steps(&[], 1, all + 2)),
        (0x34, {
            let mut all_false = Vec::new();
            put_unsigned(&mut all_false, all + 2);
            all_false
        }),
        (0x42, each(&[0, 0], 1, all)),
        (0x56, each(&[], 0, all + 2)),
        (0x80, [each(&[0, 0], 1, all - 1), vec![0x7f, 0]].concat()),
        (0x81, each(&[], 1, all - 1)),
        (0x83, steps(&[4], 1, all - 2)),
    ];
    for columns in [&changes[..], &ops[..]] {
        put_unsigned(&mut body, columns.len() as u64);
        for (specification, column) in columns {
            put_unsigned(&mut body, *specification);
            put_unsigned(&mut body, column.len() as u64);
        }
    }
    changes.iter().chain(&ops).for_each(|(_, column)| body.extend(column));
    body.push(CHANGES as u8);
    let bomb = chunk(0, &body);
    let start = Instant::now();
    let why = snapshot::read(&bomb).expect_err("its heads are made up").to_string();
    println!("{} bytes: {why}, after {:?}", bomb.len(), start.elapsed());
    assert_eq!(why, "its heads are not those of its changes", "all of it was read");
    assert!(start.elapsed() < TIME_MAX);
}
