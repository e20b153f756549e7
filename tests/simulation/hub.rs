//! The hub of the simulation: the real one, on a real SQLite file, without HTTP in between.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Once};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use samruat::clock::{Clock, Micros};
use samruat::store::audit::AuditEntry;
use samruat::store::devices::{self, Device};
use samruat::store::documents::{self, State};
use samruat::store::{Database, Options, changes, quarantine, tambons};
use samruat::sync::{Hub as RealHub, vocabulary};
use sync_protocol::cursor::EntryKind;
use sync_protocol::document::Answer;
use sync_protocol::ids::{ChangeHash, DeviceId, HouseholdId, TambonCode, VillageCode};
use sync_protocol::registers::Registers;
use sync_protocol::wire::{FrameRef, Reply, Request, Verdict};

const TAMBON: &str = "650117";
/// What the panic says that stands for the hub's death.
const DEATH: &str = "the hub dies here";
const UNARMED: i64 = -1;

/// A device's place at the hub.
#[derive(Debug, Clone)]
pub(crate) struct Enrolled {
    pub(crate) device: DeviceId,
    pub(crate) villages: BTreeSet<VillageCode>,
}

/// A copy of the hub's database.
pub(crate) struct Backup {
    file: PathBuf,
    number: u64,
}

pub(crate) struct Hub {
    dir: PathBuf,
    /// `None` only while its file is replaced.
    hub: Option<RealHub>,
    clock: Clock,
    time: Arc<AtomicI64>,
    /// Statements until the hub dies.
    fuse: Arc<AtomicI64>,
    enrolled: BTreeMap<DeviceId, Device>,
    /// What a delivered or lost reply said is accepted, since the last restore.
    accepted: BTreeSet<ChangeHash>,
    backups: u64,
    epochs: u64,
}

/// Kills the hub when the fuse has burnt down.
struct Fuse(Arc<AtomicI64>);

impl Instrumentation for Fuse {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) && self.0.load(Ordering::SeqCst) > UNARMED
        {
            let left = self.0.fetch_sub(1, Ordering::SeqCst) - 1;
            assert!(left > UNARMED, "{DEATH}");
        }
    }
}

/// A death that was meant says nothing.
fn be_quiet_about_deaths() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let meant = info.payload().downcast_ref::<String>().is_some_and(|text| text.contains(DEATH))
                || info.payload().downcast_ref::<&str>().is_some_and(|text| text.contains(DEATH));
            if !meant {
                usual(info);
            }
        }));
    });
}

impl Hub {
    pub(crate) fn new(seed: u64, now_ms: i64) -> Self {
        be_quiet_about_deaths();
        let dir = std::env::temp_dir().join(format!("samruat-sim-{}-{seed}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let time = Arc::new(AtomicI64::new(now_ms * 1_000));
        let clock = Clock::Fixed(Arc::clone(&time));
        let fuse = Arc::new(AtomicI64::new(UNARMED));
        let hub = open(&dir, &clock, &fuse);
        let mut epoch = [0; 8];
        epoch.copy_from_slice(&seed.to_be_bytes());
        hub.database()
            .write(move |tx| tambons::ensure(tx, TAMBON.parse().unwrap(), epoch, Micros(now_ms * 1_000)))
            .unwrap();
        Self {
            dir,
            hub: Some(hub),
            clock,
            time,
            fuse,
            enrolled: BTreeMap::new(),
            accepted: BTreeSet::new(),
            backups: 0,
            epochs: 0,
        }
    }

    pub(crate) fn set_time(&self, now_ms: i64) {
        self.time.store(now_ms * 1_000, Ordering::SeqCst);
    }

    pub(crate) fn enrol(&mut self, villages: Vec<VillageCode>, now_ms: i64) -> Enrolled {
        let number = u64::try_from(self.enrolled.len()).unwrap() + 1;
        let device = Device {
            tambon: TAMBON.parse().unwrap(),
            id: DeviceId(number.to_be_bytes()),
            token_hash: [0; 32],
            person: format!("อาสาสมัคร {number}"),
            villages: villages.clone(),
            enrolled_at: Micros(now_ms * 1_000),
            pushed_at: None,
            revoked_at: None,
        };
        let row = device.clone();
        self.hub().database().write(move |tx| devices::enrol(tx, &row)).unwrap();
        self.enrolled.insert(device.id, device.clone());
        Enrolled { device: device.id, villages: villages.into_iter().collect() }
    }

    /// Answers a request's body; nothing when it is not a request.
    pub(crate) fn sync(&mut self, from: &Enrolled, body: &[u8]) -> Option<Vec<u8>> {
        let request = Request::from_body(body).ok()?;
        let pushed: Vec<ChangeHash> = request
            .push
            .iter()
            .flat_map(|group| group.changes.iter().map(|bytes| quarantine::hash_of(bytes)))
            .collect();
        let reply: Reply = self.hub().sync(&self.enrolled[&from.device], request).unwrap();
        for (hash, verdict) in pushed.into_iter().zip(&reply.verdicts) {
            if matches!(Verdict::try_from(*verdict).unwrap(), Verdict::Accepted | Verdict::Known) {
                self.accepted.insert(hash);
            }
        }
        Some(reply.to_body())
    }

    /// Begins to answer, dies at a statement of it, and is started again.
    pub(crate) fn sync_and_die(&mut self, from: &Enrolled, body: &[u8], statement: u32) {
        let Ok(request) = Request::from_body(body) else { return };
        self.fuse.store(i64::from(statement), Ordering::SeqCst);
        // It may be done before it dies; then the reply is lost.
        let hub = self.hub();
        let death =
            catch_unwind(AssertUnwindSafe(|| hub.sync(&self.enrolled[&from.device], request).map(drop)));
        drop(death);
        self.fuse.store(UNARMED, Ordering::SeqCst);
        self.stop();
        self.start();
    }

    fn hub(&self) -> &RealHub {
        self.hub.as_ref().expect("the hub runs")
    }

    /// Stops the hub: its file is whole and nobody's.
    fn stop(&mut self) {
        if let Some(hub) = self.hub.take() {
            hub.database().close();
        }
    }

    fn start(&mut self) {
        self.hub = Some(open(&self.dir, &self.clock, &self.fuse));
    }

    pub(crate) fn frame(&self, from: &Enrolled, frame: &FrameRef) -> Option<Vec<u8>> {
        self.hub().frame(&self.enrolled[&from.device], &frame.sha256).unwrap()
    }

    pub(crate) fn back_up(&mut self) -> Backup {
        self.backups += 1;
        let file = self.dir.join(format!("backup-{}.sqlite", self.backups));
        self.stop();
        std::fs::copy(self.dir.join("hub.sqlite"), &file).unwrap();
        self.start();
        Backup { file, number: self.backups }
    }

    pub(crate) fn restore(&mut self, backup: &Backup, new_epoch: bool) {
        self.stop();
        for leftover in ["hub.sqlite-wal", "hub.sqlite-shm"] {
            let path = self.dir.join(leftover);
            if path.exists() {
                std::fs::remove_file(path).unwrap();
            }
        }
        std::fs::copy(&backup.file, self.dir.join("hub.sqlite")).unwrap();
        self.start();
        if new_epoch {
            self.epochs += 1;
            let epoch = (u64::MAX - self.epochs * 1_000 - backup.number).to_be_bytes();
            self.hub()
                .database()
                .write(move |tx| tambons::renew_epoch(tx, TAMBON.parse().unwrap(), epoch))
                .unwrap();
        }
        let held = self.log_hashes();
        self.accepted.retain(|hash| held.contains(hash));
    }

    pub(crate) fn fold(&self, from: HouseholdId, into: HouseholdId) {
        self.hub().fold(TAMBON.parse().unwrap(), from, into).unwrap();
    }

    /// Gives all that was erased: the household, and what had been folded into it.
    pub(crate) fn erase(&self, household: HouseholdId) -> Vec<HouseholdId> {
        let line = AuditEntry {
            at: self.clock.now(),
            id: [0; 8],
            actor: "simulation".to_owned(),
            action: "household.erase".to_owned(),
            subject: household.to_string(),
            details: "{}".to_owned(),
        };
        self.hub().erase(TAMBON.parse().unwrap(), household, line).unwrap().households
    }

    fn log(&self) -> Vec<changes::LogEntry> {
        let tambon: TambonCode = TAMBON.parse().unwrap();
        let mut log: Vec<changes::LogEntry> = Vec::new();
        loop {
            let after = log.last().map_or(0, |entry| entry.seq);
            let page = self.hub().database().read(|conn| changes::page(conn, tambon, after, 1_000)).unwrap();
            if page.is_empty() {
                return log;
            }
            log.extend(page);
        }
    }

    fn log_hashes(&self) -> BTreeSet<ChangeHash> {
        self.log()
            .into_iter()
            .filter(|entry| entry.kind == EntryKind::Change)
            .map(|entry| entry.hash)
            .collect()
    }

    /// Invariant: what was accepted is in the log.
    pub(crate) fn keeps_what_it_accepted(&self) {
        let held = self.log_hashes();
        let lost: Vec<&ChangeHash> = self.accepted.iter().filter(|hash| !held.contains(hash)).collect();
        assert!(lost.is_empty(), "accepted and not in the log: {lost:?}");
    }

    /// Invariant: log, registers, rows, sums and digests agree.
    pub(crate) fn verify(&self) {
        let findings = self.hub().verify(TAMBON.parse().unwrap(), |_, _| {}).unwrap();
        assert!(findings.is_empty(), "{findings:#?}");
    }

    /// The live households with their villages and heads.
    pub(crate) fn live(&self) -> BTreeMap<HouseholdId, (VillageCode, Vec<ChangeHash>)> {
        let tambon: TambonCode = TAMBON.parse().unwrap();
        let documents =
            self.hub().database().read(|conn| documents::page(conn, tambon, None, 10_000)).unwrap();
        let live = documents.into_iter().filter(|document| document.state == State::Live);
        live.map(|document| {
            let registers = Registers::decode(&document.registers, &vocabulary()).unwrap();
            (document.household, (document.village, registers.heads().to_vec()))
        })
        .collect()
    }

    /// What the hub shows of a household, by row and question.
    pub(crate) fn shown(&self, household: HouseholdId) -> Vec<Answer> {
        let (_, registers) = self.hub().registers(TAMBON.parse().unwrap(), household).unwrap().unwrap();
        let shown = registers.shown().into_iter().map(|shown| Answer {
            row: shown.row,
            key: shown.key.to_owned(),
            value: shown.value.to_owned(),
            conflict: shown.conflict,
        });
        shown.collect()
    }

    /// The bytes of every change that the hub keeps, in its log or in quarantine.
    pub(crate) fn all_payloads(&self) -> Vec<Vec<u8>> {
        let tambon: TambonCode = TAMBON.parse().unwrap();
        let kept = self.hub().database().read(|conn| quarantine::page(conn, tambon, None, 100_000)).unwrap();
        self.log()
            .into_iter()
            .map(|entry| entry.payload)
            .chain(kept.into_iter().map(|kept| kept.bytes))
            .collect()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.stop();
        // A leftover folder is no reason to fail.
        drop(std::fs::remove_dir_all(&self.dir));
    }
}

fn open(dir: &std::path::Path, clock: &Clock, fuse: &Arc<AtomicI64>) -> RealHub {
    let fuse = Arc::clone(fuse);
    let options = Options {
        readers: 1,
        watch: Some(Arc::new(move || Box::new(Fuse(Arc::clone(&fuse))))),
        ..Options::default()
    };
    let url = format!("sqlite:{}", dir.join("hub.sqlite").display());
    RealHub::new(Database::open_with(&url, options).unwrap(), clock.clone()).unwrap()
}
