//! Fills a hub with made-up households, as phones would: pushed, merged, projected, assessed, durable.

use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use samruat::area::{Areas, NamedArea};
use samruat::clock::{Clock, Micros};
use samruat::samples::{Chance, Sample, SampleVillage, household};
use samruat::store::devices::{self, Device};
use samruat::store::{Database, tambons};
use samruat::sync::Hub;
use sync_protocol::change::Edit;
use sync_protocol::device::edit;
use sync_protocol::device::memory::Memory;
use sync_protocol::ids::{DeviceId, HouseholdId, RowId, TambonCode, VillageCode};
use sync_protocol::value::Scalar;
use sync_protocol::wire::{PushGroup, Verdict};

/// Six provinces, so that each has about as many households as a province has.
const PROVINCES: [&str; 6] = ["16", "19", "30", "40", "50", "65"];
const TAMBONS: usize = 100;
const VILLAGES: u8 = 12;
/// Households of the first tambon, which is assessed anew.
pub(crate) const FIRST: usize = 5_000;
/// Households of a tambon that has only begun.
const BEGUN: usize = 20;
const PUSHED_AT_ONCE: usize = 250;
const START: Micros = Micros(1_763_800_000_000_000);

/// A hub that is filled.
pub(crate) struct Filled {
    pub(crate) database: String,
    /// Each tambon with how many households it has, the first with [`FIRST`].
    pub(crate) tambons: Vec<(TambonCode, usize)>,
}

fn tambons_of(households: usize) -> Vec<(TambonCode, usize)> {
    let areas = Areas::bundled();
    let first = FIRST.min(households / TAMBONS);
    let rest = households - first;
    let mut codes = Vec::new();
    for nth in 0.. {
        for province in PROVINCES {
            let tambon = areas.tambons_in(province.parse().unwrap()).nth(nth).unwrap();
            codes.push(TambonCode::try_from(tambon.area.code()).unwrap());
            if codes.len() == TAMBONS {
                let share = |at: usize| rest / (TAMBONS - 1) + usize::from(at <= rest % (TAMBONS - 1));
                let count = |(at, code)| (code, if at == 0 { first } else { share(at) });
                return codes.into_iter().enumerate().map(count).collect();
            }
        }
    }
    Vec::new()
}

/// The hub with so many households in a hundred tambons: that of an earlier run, or a new one.
pub(crate) fn hub_of(households: usize) -> Filled {
    hub(&households.to_string(), tambons_of(households))
}

/// A hub of all tambons of the country, each of which has only begun: most counts are small.
pub(crate) fn country() -> Filled {
    let tambons = Areas::bundled().tambons().iter();
    let begun = |tambon: &NamedArea| (TambonCode::try_from(tambon.area.code()).unwrap(), BEGUN);
    hub("country", tambons.map(begun).collect())
}

fn hub(name: &str, tambons: Vec<(TambonCode, usize)>) -> Filled {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-planning").join(name);
    let file: PathBuf = folder.join("hub.sqlite");
    let filled = Filled { database: format!("sqlite:{}", file.display()), tambons };
    if folder.join("whole").exists() {
        return filled;
    }
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    let start = Instant::now();
    fill(&filled);
    let bytes = std::fs::metadata(&file).unwrap().len();
    let households: usize = filled.tambons.iter().map(|(_, count)| count).sum();
    println!(
        "filled with {households} households in {:.0} s, {:.0} µs each; {:.2} GB",
        start.elapsed().as_secs_f64(),
        start.elapsed().as_secs_f64() * 1e6 / households as f64,
        bytes as f64 / 1e9
    );
    std::fs::write(folder.join("whole"), "").unwrap();
    filled
}

fn fill(filled: &Filled) {
    let database = Database::open(&filled.database).unwrap();
    let (send, receive) = sync_channel::<(Device, Vec<PushGroup>)>(8);
    let tambons = filled.tambons.clone();
    let hub = {
        let codes: Vec<TambonCode> = tambons.iter().map(|(code, _)| *code).collect();
        let rows: Vec<Device> = codes.iter().map(|code| device_of(*code)).collect();
        database
            .write(move |tx| {
                codes.iter().try_for_each(|code| tambons::ensure(tx, *code, [7; 8], START))?;
                rows.iter().try_for_each(|device| devices::enrol(tx, device))
            })
            .unwrap();
        Hub::new(database.clone(), Clock::System).unwrap()
    };
    let volunteers = std::thread::spawn(move || {
        let mut volunteer = Volunteer { chance: Chance::new(1), now_ms: START.millis() };
        for (tambon, count) in tambons {
            let device = device_of(tambon);
            for from in (0..count).step_by(PUSHED_AT_ONCE) {
                let groups = volunteer.round(&device, from, PUSHED_AT_ONCE.min(count - from));
                send.send((device.clone(), groups)).unwrap();
            }
        }
    });
    for (device, groups) in receive {
        let pushed = hub.push(&device, groups).unwrap();
        assert!(pushed.verdicts.iter().all(|verdict| *verdict == Verdict::Accepted));
    }
    volunteers.join().unwrap();
    drop(hub);
    database.close();
}

fn device_of(tambon: TambonCode) -> Device {
    Device {
        tambon,
        id: DeviceId([9; 8]),
        token_hash: [9; 32],
        person: "วัดผล".to_owned(),
        villages: (1..=VILLAGES).map(|moo| VillageCode::new(tambon, moo)).collect(),
        enrolled_at: START,
        pushed_at: None,
        revoked_at: None,
    }
}

/// Somebody who goes from door to door.
struct Volunteer {
    chance: Chance,
    now_ms: i64,
}

impl Volunteer {
    /// The next `count` households of a tambon, of which there were `from`.
    fn round(&mut self, device: &Device, from: usize, count: usize) -> Vec<PushGroup> {
        let mut memory = Memory::default();
        for nth in from..from + count {
            let moo = 1 + u8::try_from(nth % usize::from(VILLAGES)).unwrap();
            let code = VillageCode::new(device.tambon, moo);
            let village = SampleVillage { code, lat: 16.8, lon: 100.2 + f64::from(moo) / 50.0 };
            let number = 1 + u16::try_from(nth / usize::from(VILLAGES)).unwrap();
            let sample = household(&village, number, &mut self.chance);
            self.register(&mut memory, device.id, &sample);
        }
        let outgoing = memory.all_unsent().into_iter();
        let group = |outgoing: sync_protocol::device::Outgoing| PushGroup {
            household: outgoing.household,
            village: outgoing.village,
            changes: vec![outgoing.bytes.into()],
        };
        outgoing.map(group).collect()
    }

    fn register(&mut self, memory: &mut Memory, device: DeviceId, sample: &Sample) {
        let household = HouseholdId(self.sixteen());
        let put =
            |row, (key, value): &(String, Scalar)| Edit::Put { row, key: key.clone(), value: value.clone() };
        let mut edits: Vec<Edit> = sample.answers.iter().map(|answer| put(None, answer)).collect();
        for (group, answers) in &sample.rows {
            let row = RowId(self.sixteen());
            edits.push(Edit::MakeRow(row));
            edits.push(put(Some(row), &("group".to_owned(), Scalar::Str((*group).to_owned()))));
            edits.extend(answers.iter().map(|answer| put(Some(row), answer)));
        }
        self.now_ms += 1_000;
        let chance = &mut self.chance;
        let mut random = || chance.bits().to_be_bytes();
        edit(memory, device, &mut random, (household, sample.village), self.now_ms, &edits).unwrap();
    }

    fn sixteen(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.chance.bits().to_be_bytes());
        bytes[8..].copy_from_slice(&self.chance.bits().to_be_bytes());
        bytes
    }
}
