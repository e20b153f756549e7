//! What a sync costs: bytes on the wire, requests, the hub's CPU time, bytes written, memory.
//!
//! `cargo bench --bench sync` runs everything and prints one table; `-- NAME …` runs the named parts:
//! `wire`, `size`, `push`, `group`. Costs of time are given as ratios to a floor, or to the
//! alternative, measured in the same run; counts of bytes and requests are exact.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs)]

mod floor;
mod group;
mod hub;
mod phone;
mod push;
mod size;
mod wire;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [word, listen, database] = arguments.as_slice()
        && word == floor::WORD
    {
        return floor::serve(listen, database);
    }
    let parts: [(&str, fn()); 4] =
        [("wire", wire::run), ("size", size::run), ("push", push::run), ("group", group::run)];
    let chosen = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    println!("load average before: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    for (name, run) in parts {
        if chosen(name) {
            println!("\n## {name}");
            run();
        }
    }
}
