//! 64 devices push one household each at once: one commit for those that wait together, against a
//! commit for each.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use samruat::clock::{Clock, Micros};
use samruat::samples::Chance;
use samruat::store::devices::{self, Device};
use samruat::store::{CommitMode, Database, Options, tambons};
use samruat::sync::Hub;
use sync_protocol::change::Edit;
use sync_protocol::device::edit;
use sync_protocol::device::memory::Memory;
use sync_protocol::ids::{DeviceId, HouseholdId, TambonCode};
use sync_protocol::value::Scalar;
use sync_protocol::wire::PushGroup;

use crate::hub::fresh_dir;
use crate::phone::{surveyed, villages};

const DEVICES: u64 = 64;
const ROUNDS: usize = 30;

pub(crate) fn run() {
    let each = throughput(CommitMode::Each, "each");
    let group = throughput(CommitMode::Group, "group");
    println!("ratio: {:.1}   (aim: at least 5)", group / each);
}

fn throughput(commit: CommitMode, name: &str) -> f64 {
    let dir = fresh_dir(name);
    let url = format!("sqlite:{}", dir.join("hub.sqlite").display());
    let options = Options { commit, queue_len: 1_024, wait: Duration::from_secs(60), ..Options::default() };
    let hub = Hub::new(Database::open_with(&url, options).unwrap(), Clock::System).unwrap();
    let tambon: TambonCode = "650117".parse().unwrap();
    hub.database().write(move |tx| tambons::ensure(tx, tambon, [7; 8], Micros(0))).unwrap();
    let phones: Vec<(Device, Vec<PushGroup>)> =
        (1..=DEVICES).map(|number| phone(&hub, tambon, number)).collect();

    let barrier = Barrier::new(usize::try_from(DEVICES).unwrap() + 1);
    let mut latencies: Vec<Duration> = Vec::new();
    let mut took = Duration::ZERO;
    std::thread::scope(|scope| {
        let threads: Vec<_> = phones
            .into_iter()
            .map(|(device, groups)| {
                let (hub, barrier) = (&hub, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let push = |group: PushGroup| {
                        let start = Instant::now();
                        let pushed = hub.push(&device, vec![group]).unwrap();
                        assert_eq!(pushed.notes, []);
                        start.elapsed()
                    };
                    groups.into_iter().map(push).collect::<Vec<_>>()
                })
            })
            .collect();
        barrier.wait();
        let start = Instant::now();
        for thread in threads {
            latencies.extend(thread.join().unwrap());
        }
        took = start.elapsed();
    });
    latencies.sort_unstable();
    let pushes = latencies.len() as f64;
    let rate = pushes / took.as_secs_f64();
    println!("{name:<6} {rate:>8.0} pushes/s, 99 of 100 under {:?}", latencies[latencies.len() * 99 / 100]);
    hub.database().close();
    std::fs::remove_dir_all(dir).unwrap();
    rate
}

/// A device and the households that it pushes, one at a time.
fn phone(hub: &Hub, tambon: TambonCode, number: u64) -> (Device, Vec<PushGroup>) {
    let mut chance = Chance::new(number);
    let village = villages()[0].code;
    let device = Device {
        tambon,
        id: DeviceId(number.to_be_bytes()),
        token_hash: [0; 32],
        person: "วัดผล".to_owned(),
        villages: vec![village],
        enrolled_at: Micros(0),
        pushed_at: None,
        revoked_at: None,
    };
    let row = device.clone();
    hub.database().write(move |tx| devices::enrol(tx, &row)).unwrap();
    let mut memory = Memory::default();
    for round in 0..ROUNDS {
        let sample = surveyed(u16::try_from(round).unwrap(), &mut chance);
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        id[8..].copy_from_slice(&chance.bits().to_be_bytes());
        let answers = sample.answers.iter().filter(|(key, _)| key != "moo" && key != "tambon_code").take(12);
        let edits: Vec<Edit> = answers
            .map(|(key, value): &(String, Scalar)| Edit::Put {
                row: None,
                key: key.clone(),
                value: value.clone(),
            })
            .collect();
        let mut random = || chance.bits().to_be_bytes();
        edit(&mut memory, device.id, &mut random, (HouseholdId(id), village), 1_763_800_000_000, &edits)
            .unwrap();
    }
    let outgoing = memory.all_unsent().into_iter();
    let groups = outgoing.map(|out| PushGroup {
        household: out.household,
        village: out.village,
        changes: vec![out.bytes.into()],
    });
    (device, groups.collect())
}
