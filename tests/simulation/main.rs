//! Deterministic simulation: a seed drives devices, a hub on the real store and a bad network.
//!
//! One number decides everything that happens: who edits what, which messages are lost, cut short,
//! doubled or late, who crashes in the middle of a write, which backup is restored, whose clock is
//! wrong. After every step the safety invariants hold; in the end the network heals, and then every
//! replica is equal to every other and nothing that anyone saved is missing.
//!
//! `SAMRUAT_SIM_SEEDS=5000` runs that many seeds, `SAMRUAT_SIM_SEED=42` or `=42..50` replays those and
//! prints each step. Seeds that once found a fault are in `seeds.txt` and run first.

#![allow(clippy::unwrap_used, missing_docs)]

mod hub;
mod oracle;
mod phone;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

const SEEDS: u64 = 500;

/// Seeds to run, and whether to tell the story.
fn seeds() -> (Vec<u64>, bool) {
    if let Ok(range) = std::env::var("SAMRUAT_SIM_SEED") {
        let number =
            |text: &str| text.trim().parse::<u64>().expect("SAMRUAT_SIM_SEED is a number or FIRST..END");
        let seeds = match range.split_once("..") {
            Some((first, end)) => (number(first)..number(end)).collect(),
            None => vec![number(&range)],
        };
        return (seeds, true);
    }
    let count = std::env::var("SAMRUAT_SIM_SEEDS")
        .map_or(SEEDS, |count| count.parse().expect("SAMRUAT_SIM_SEEDS is a number"));
    let found =
        include_str!("seeds.txt").lines().filter_map(|line| line.split('#').next()?.trim().parse().ok());
    (found.chain(0..count).collect(), false)
}

#[test]
fn every_seed_converges_and_loses_nothing() {
    let (seeds, told) = seeds();
    let next = AtomicU64::new(0);
    let failures = std::sync::Mutex::new(Vec::new());
    let totals = std::sync::Mutex::new(world::Totals::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(seeds.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) =
                    seeds.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap())
                {
                    match catch_unwind(AssertUnwindSafe(|| world::run(*seed, told))) {
                        Ok(run) => totals.lock().unwrap().add(&run),
                        Err(_) => failures.lock().unwrap().push(*seed),
                    }
                }
            });
        }
    });
    println!("{} seeds: {}", seeds.len(), totals.lock().unwrap());
    let failures = failures.into_inner().unwrap();
    let replay: Vec<String> = failures.iter().map(|seed| format!("cargo xtask sim {seed}")).collect();
    assert!(
        failures.is_empty(),
        "{} of {} seeds failed; replay with:\n{}",
        failures.len(),
        seeds.len(),
        replay.join("\n")
    );
}
