//! Requests and bytes of bodies, both directions together, for 2,000 households.

use crate::hub::Hub;
use crate::phone::{Phone, Took, samples, villages};

const HOUSEHOLDS: u16 = 2_000;

fn line(what: &str, took: &Took, limit: &str) {
    let bytes = took.traffic.up_bytes + took.traffic.down_bytes;
    println!(
        "{what:<44} {:>3} requests {:>3} frames {:>8} up {:>8} down {bytes:>8} bytes   (aim: {limit})",
        took.report.requests, took.report.frames, took.traffic.up_bytes, took.traffic.down_bytes
    );
}

pub(crate) fn run() {
    let hub = Hub::start("wire");
    let scope = villages().map(|village| village.code);
    let mut one = Phone::enrol(&hub, &scope, 1);
    for sample in samples(HOUSEHOLDS, 7) {
        one.register(&sample);
    }
    line("2,000 households go up", &one.sync(), "–");
    let mut two = Phone::enrol(&hub, &scope, 2);
    line("first sync of 2,000 households", &two.sync(), "0.8 MB");
    line("nothing changed", &two.sync(), "1 request, 600 bytes");

    let households = one.households();
    for household in households.iter().step_by(50) {
        two.revisit(*household);
    }
    line("reconnect, 40 changed here", &two.sync(), "1 request, 6 KB");
    one.sync();
    for household in households.iter().skip(7).step_by(50) {
        one.revisit(*household);
    }
    one.sync();
    line("reconnect, 40 changed elsewhere", &two.sync(), "1 request, 6 KB");
    for household in households.iter().skip(11).step_by(100) {
        one.revisit(*household);
    }
    one.sync();
    for household in households.iter().skip(23).step_by(100) {
        two.revisit(*household);
    }
    line("reconnect, 20 here and 20 elsewhere", &two.sync(), "1 request, 6 KB");
    println!("hub's memory with {HOUSEHOLDS} households: {:.0} MB   (aim: under 60 MB)", hub.resident_mb());
}
