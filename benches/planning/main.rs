//! What planners and funds wait for on a hub with a million households in a hundred tambons, on SQLite.
//!
//! `cargo bench --bench planning` fills the hub once, by its own write path, and keeps it in `target/`; after that only
//! the questions are asked, over HTTP, of a hub in a process of its own. `SAMRUAT_BENCH_HOUSEHOLDS` sets another number.
//! A second hub has all tambons of the country with few households each. `-- country` asks that one alone.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs)]

mod ask;
mod fill;
mod hub;

fn main() {
    let households =
        std::env::var("SAMRUAT_BENCH_HOUSEHOLDS").map_or(1_000_000, |text| text.parse().unwrap());
    println!("load average before: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    if !std::env::args().any(|word| word == "country") {
        ask::run(&fill::hub_of(households));
    }
    ask::country(&fill::country());
    println!("load average after: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
}
