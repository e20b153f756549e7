//! The same sync in a small hub and in a large one: what it costs must not depend on what is there.

use std::time::{Duration, Instant};

use samruat::samples::Chance;

use crate::hub::Hub;
use crate::phone::{Phone, surveyed, villages};

const SIZES: [u32; 2] = [1_000, 100_000];
const ROUNDS: usize = 25;
const CHANGED: usize = 40;

pub(crate) fn run() {
    let mut cost = Vec::new();
    for size in SIZES {
        let hub = Hub::start(&format!("size-{size}"));
        fill(&hub, size);
        let village = villages()[0].code;
        let mut phone = Phone::enrol(&hub, &[village], 99);
        phone.sync();
        let households = phone.households();
        let mut times = Vec::new();
        let before = hub.used();
        for round in 0..ROUNDS {
            for at in 0..CHANGED {
                phone.revisit(households[(round * 7 + at) % households.len().min(80)]);
            }
            let start = Instant::now();
            phone.sync();
            times.push(start.elapsed());
        }
        let cpu = hub.used().since(before).cpu / u32::try_from(ROUNDS).unwrap();
        times.sort_unstable();
        println!(
            "{size:>7} households: a sync of {CHANGED} changes takes {:?} (median), {cpu:?} of the hub's CPU; hub's memory {:.0} MB",
            times[ROUNDS / 2],
            hub.resident_mb()
        );
        cost.push((times[ROUNDS / 2], cpu));
    }
    let ratio =
        |of: fn(&(Duration, Duration)) -> Duration| of(&cost[1]).as_secs_f64() / of(&cost[0]).as_secs_f64();
    println!(
        "ratio: {:.2} in time, {:.2} in CPU   (aim: at most 1.3; memory under 150 MB)",
        ratio(|c| c.0),
        ratio(|c| c.1)
    );
}

/// 80 households in the first village, the others spread over the rest of the tambon.
fn fill(hub: &Hub, size: u32) {
    let villages = villages();
    let mut chance = Chance::new(u64::from(size));
    let mut loaded = 0;
    let mut phone = Phone::enrol(hub, &villages.map(|village| village.code), u64::from(size));
    while loaded < size {
        for _ in 0..500.min(size - loaded) {
            let number = u16::try_from(loaded % 60_000).unwrap();
            let mut sample = surveyed(number, &mut chance);
            let at = if loaded < 80 { 0 } else { 1 + usize::try_from(loaded).unwrap() % 11 };
            sample.village = villages[at].code;
            sample.answers.retain(|(key, _)| key != "moo" && key != "tambon_code");
            sample.answers.truncate(24);
            sample.rows.truncate(2);
            phone.register(&sample);
            loaded += 1;
        }
        phone.push_and_forget();
    }
}
