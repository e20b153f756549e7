//! A pushed edit, guarded, merged, projected and durable, against only appending it to the log.

use sync_protocol::wire::{PushGroup, Reply, Request};

use samruat::client::Transport;
use samruat::samples::Chance;

use crate::hub::{Hub, Used};
use crate::phone::{Phone, surveyed, villages};

const HOUSEHOLDS: u16 = 1_200;
const EDITS_A_REQUEST: usize = 100;
const REQUESTS: usize = 120;

pub(crate) fn run() {
    let hub = Hub::start("push");
    let floor = Hub::start_floor();
    let scope = villages().map(|village| village.code);
    let mut phone = Phone::enrol(&hub, &scope, 5);
    let mut chance = Chance::new(5);
    // Volunteers go from house to house and sync in the evening; a year later they go the same way, so
    // the edits of a request are of households that once arrived together.
    let mut households = Vec::new();
    for number in 0..HOUSEHOLDS {
        households.push(phone.register(&surveyed(number, &mut chance)));
        if households.len() % EDITS_A_REQUEST == 0 {
            phone.sync();
        }
    }
    let requests: Vec<Request> = (0..REQUESTS)
        .map(|request| {
            let start = request * EDITS_A_REQUEST % households.len();
            for household in households.iter().cycle().skip(start).take(EDITS_A_REQUEST) {
                phone.revisit(*household);
            }
            let mut next = Request::at(phone.memory.state().cursor, 1_024);
            next.push = phone
                .memory
                .all_unsent()
                .into_iter()
                .map(|out| PushGroup {
                    household: out.household,
                    village: out.village,
                    changes: vec![out.bytes.into()],
                })
                .collect();
            phone.memory.outbox.clear();
            next
        })
        .collect();

    let measured = measure(&hub, &requests, &mut |body| phone.post(body));
    let mut client = phone.redirected(&floor.url);
    let least = measure(&floor, &requests, &mut |body| client.sync(body).unwrap());
    let changes = (REQUESTS * EDITS_A_REQUEST) as f64;
    let line = |what: &str, used: Used| {
        let (cpu, bytes) = (used.cpu.as_secs_f64() * 1e6 / changes, used.written_bytes as f64 / changes);
        println!("{what:<40} {cpu:>7.1} µs of CPU and {bytes:>7.0} bytes written for each change");
        (cpu, bytes)
    };
    let (cpu, bytes) = line("checked, merged, projected, durable", measured);
    let (floor_cpu, floor_bytes) = line("floor: only appended to the log", least);
    println!(
        "ratio: {:.1} in CPU, {:.1} in bytes   (aim: at most 6 in each)",
        cpu / floor_cpu,
        bytes / floor_bytes
    );
}

/// Sends the requests one after another; each goes on from the cursor that the one before it got.
fn measure(hub: &Hub, requests: &[Request], post: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> Used {
    let before = hub.used();
    let mut cursor = requests[0].cursor;
    for request in requests {
        let body = Request { cursor, ..request.clone() }.to_body();
        let reply = Reply::from_body(&post(&body)).unwrap();
        assert_eq!(reply.verdicts, [0; EDITS_A_REQUEST], "{:?}", reply.notes);
        cursor = Some(reply.cursor);
    }
    hub.used().since(before)
}
