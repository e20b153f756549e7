//! The hub's side of the protocol, on its database.
//!
//! ```no_run
//! use samruat::clock::Clock;
//! use samruat::store::Database;
//! use samruat::sync::Hub;
//! # fn reply(device: &samruat::store::devices::Device, body: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
//! let hub = Hub::new(Database::open("sqlite:hub.sqlite")?, Clock::System)?;
//! let request = sync_protocol::wire::Request::from_body(body)?;
//! let reply = hub.sync(device, request)?;
//! # Ok(reply.to_body())
//! # }
//! ```
//!
//! A request is answered in two steps. What it pushes is taken in **one write transaction**: log,
//! registers, read model, conflicts, quarantine, sums and digests change together or not at all.
//! What it asks for is then read from **one consistent view**. The rules of the protocol, what is
//! refused and why, are in `sync_protocol`; the rows in [`projection`](crate::projection).
//!
//! Everything but the log, the quarantine and what people decided can be made anew from the log:
//! [`Hub::rebuild`] does it, [`Hub::verify`] says whether it would change anything.
//!
//! All of it blocks: call it from a blocking thread.

mod conflicts;
mod erase;
mod error;
mod fold;
mod frames;
mod household;
mod ledger;
mod office;
mod prints;
mod progress;
mod pull;
mod push;
mod reassess;
mod rebuild;
mod reconcile;
mod verify;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use need_score::{Parameters, Score};
use sync_protocol::cursor::Cursor;
use sync_protocol::ids::{ChangeHash, DeviceId, HouseholdId, TambonCode};
use sync_protocol::registers::Registers;
use sync_protocol::wire::{PushGroup, Reply, Request, Standing, VillageDigest};

pub use erase::Erased;
pub use error::SyncError;
pub use office::{Desk, Retried, Settled, Settling};
pub use progress::{Progress, Visited};
pub use push::Pushed;
pub use verify::Finding;
pub use vocabulary::vocabulary;

use crate::clock::Clock;
use crate::planning::assessment::Assessment;
use crate::planning::programme::Facts;
use crate::projection::Form;
use crate::store::audit::{self, AuditEntry};
use crate::store::devices::Device;
use crate::store::{Conn, Database, StoreError, tambons, villages};
use household::{Household, Knowledge};
use ledger::Ledger;
use reassess::Anew;

/// A hub on its database. Cloning it is cheap.
#[derive(Clone)]
pub struct Hub {
    database: Database,
    clock: Clock,
    knowledge: Knowledge,
    /// Held by the thread that makes frames.
    making_frames: Arc<Mutex<()>>,
}

impl Hub {
    /// A hub on this database, with the built-in form. What an older version left unassessed is assessed.
    ///
    /// # Errors
    /// [`StoreError::TooNew`] when a newer version wrote the database, or the database's own error.
    pub fn new(database: Database, clock: Clock) -> Result<Self, SyncError> {
        vocabulary::check(&database)?;
        let knowledge = Knowledge { vocabulary: vocabulary(), form: Form::built_in() };
        reassess::assess_stale(&database, &clock, &knowledge)?;
        Ok(Self { database, clock, knowledge, making_frames: Arc::default() })
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The questionnaire.
    #[must_use]
    pub fn form(&self) -> &'static Form {
        self.knowledge.form
    }

    /// Answers one request of a device, whose token was checked.
    ///
    /// # Errors
    /// [`SyncError`]; then nothing of the request was written, or (after a failure to read) all of it,
    /// and the same request can be sent again.
    pub fn sync(&self, device: &Device, mut request: Request) -> Result<Reply, SyncError> {
        let groups = std::mem::take(&mut request.push);
        let pushed = if groups.is_empty() { Pushed::default() } else { self.push(device, groups)? };
        if request.cursor.is_none() {
            let now = self.clock.now();
            frames::prepare(&self.database, device, &self.knowledge, now, &self.making_frames)?;
        }
        let answered = self.database.read(|conn| self.answer(conn, device, &request, &pushed.places))?;
        Ok(Reply {
            verdicts: pushed.verdicts.into_iter().map(|verdict| verdict as u8).collect(),
            notes: pushed.notes,
            time_ms: self.clock.now().millis(),
            ..answered
        })
    }

    /// Takes a device's changes: one write transaction.
    ///
    /// # Errors
    /// [`SyncError`]; then nothing was written.
    pub fn push(&self, device: &Device, groups: Vec<PushGroup>) -> Result<Pushed, SyncError> {
        let (device, knowledge, now) = (device.clone(), self.knowledge.clone(), self.clock.now());
        self.database.write(move |tx| push::push(tx, &device, &groups, &knowledge, now))
    }

    /// What is read for a request, without what becomes of its push.
    fn answer(
        &self,
        conn: &mut Conn,
        device: &Device,
        request: &Request,
        own: &BTreeSet<u64>,
    ) -> Result<Reply, SyncError> {
        let tambon = tambons::find(conn, device.tambon)?.ok_or(SyncError::UnknownTambon(device.tambon))?;
        let differing = reconcile::compare(conn, device, &request.buckets, &self.knowledge)?;
        let (answers, budget) =
            reconcile::answer(conn, device, &request.have, request.budget(), &self.knowledge)?;
        let mut reply = Reply {
            verdicts: Vec::new(),
            notes: Vec::new(),
            entries: Vec::new(),
            cursor: tambon.cursor(),
            standing: Standing::Unknown,
            digests: digests(conn, device)?,
            frames: Vec::new(),
            differing,
            answers,
            time_ms: 0,
            forms: Some(tambon.forms.unwrap_or_default()),
        };
        match &request.cursor {
            None => {
                let plan = frames::plan(conn, &tambon, device)?;
                (reply.frames, reply.cursor, reply.standing) = (plan.frames, plan.cursor, Standing::First);
            }
            Some(cursor) if pull::knows(conn, &tambon, cursor)? => {
                let pulled = pull::pull(conn, &tambon, &device.villages, cursor.seq, own, budget)?;
                let standing = if pulled.is_complete { Standing::Complete } else { Standing::More };
                (reply.entries, reply.cursor, reply.standing) = (pulled.entries, pulled.cursor, standing);
            }
            Some(Cursor { .. }) => {}
        }
        Ok(reply)
    }

    /// A frame by its name, if it is of one of the device's villages.
    ///
    /// # Errors
    /// The database's own.
    pub fn frame(&self, device: &Device, sha256: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.database.read(|conn| crate::store::frames::find(conn, device.tambon, sha256))?;
        Ok(found.filter(|(village, _)| device.sees(*village)).map(|(_, bytes)| bytes))
    }

    /// Makes `from` one with `into`, which goes on.
    ///
    /// # Errors
    /// [`SyncError::UnknownHousehold`], [`SyncError::Unfoldable`], or the database's own.
    pub fn fold(&self, tambon: TambonCode, from: HouseholdId, into: HouseholdId) -> Result<(), SyncError> {
        let (knowledge, now) = (self.knowledge.clone(), self.clock.now());
        self.database.write(move |tx| fold::fold(tx, tambon, from, into, &knowledge, now))
    }

    /// Erases a household, and what was folded into it: nothing of what it said is kept. `line` goes into the
    /// audit log with it. A household that was erased before is left alone.
    ///
    /// # Errors
    /// [`SyncError::UnknownHousehold`], or the database's own; then nothing was changed.
    pub fn erase(
        &self,
        tambon: TambonCode,
        household: HouseholdId,
        line: AuditEntry,
    ) -> Result<Erased, SyncError> {
        let (knowledge, now) = (self.knowledge.clone(), self.clock.now());
        self.database.write(move |tx| {
            let erased = erase::erase(tx, tambon, household, &knowledge, now)?;
            if !erased.households.is_empty() {
                audit::append(tx, tambon, &line)?;
            }
            Ok(erased)
        })
    }

    /// Settles a conflict from the office: one write transaction.
    ///
    /// # Errors
    /// [`SyncError::UnknownHousehold`], or the database's own; then nothing was changed.
    pub fn settle(&self, desk: Desk, settling: Settling) -> Result<Settled, SyncError> {
        let (knowledge, now) = (self.knowledge.clone(), self.clock.now());
        self.database.write(move |tx| office::settle(tx, &desk, &settling, &knowledge, now))
    }

    /// Judges a change that lies in quarantine anew; `None` if there is none. One write transaction.
    ///
    /// # Errors
    /// The database's own; then nothing was changed.
    pub fn retry(&self, desk: Desk, hash: ChangeHash) -> Result<Option<Retried>, SyncError> {
        let (knowledge, now) = (self.knowledge.clone(), self.clock.now());
        self.database.write(move |tx| office::retry(tx, &desk, hash, &knowledge, now))
    }

    /// The registers of a household, or of the one that it was folded into, with its id.
    ///
    /// # Errors
    /// [`SyncError::Registers`] or the database's own.
    pub fn registers(
        &self,
        tambon: TambonCode,
        household: HouseholdId,
    ) -> Result<Option<(HouseholdId, Registers)>, SyncError> {
        let found =
            self.database.read(|conn| Household::resolve(conn, tambon, household, &self.knowledge))?;
        Ok(found.map(|(household, _)| (household.id(), household.registers)))
    }

    /// Makes everything of a tambon anew from its log. `progress` is told how many entries are done,
    /// and of how many.
    ///
    /// # Errors
    /// [`SyncError::Log`] when the log does not fit; then nothing was changed.
    pub fn rebuild(
        &self,
        tambon: TambonCode,
        mut progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<(), SyncError> {
        let knowledge = self.knowledge.clone();
        self.database.write(move |tx| rebuild::rebuild(tx, tambon, &knowledge, &mut progress))
    }

    /// What the rules of programmes ask of these households, with the score of each; by id. Those that are not
    /// live are left out.
    ///
    /// # Errors
    /// [`SyncError::Registers`] or the database's own.
    pub fn facts(
        &self,
        tambon: TambonCode,
        households: &[HouseholdId],
    ) -> Result<BTreeMap<HouseholdId, (Facts, Score)>, SyncError> {
        self.database.read(|conn| reassess::facts(conn, tambon, households, &self.knowledge))
    }

    /// What each device wrote in a tambon, as far as it stands: read from every document, so ask for it seldom.
    ///
    /// # Errors
    /// [`SyncError::Registers`] or the database's own.
    pub fn progress(&self, tambon: TambonCode) -> Result<BTreeMap<DeviceId, Progress>, SyncError> {
        self.database.read(|conn| progress::by_device(conn, tambon, &self.knowledge))
    }

    /// What the answers of these households come to by other thresholds than those in force, by id. Those that are not
    /// assessed are left out.
    ///
    /// # Errors
    /// [`SyncError::Registers`] or the database's own.
    pub fn assess_by(
        &self,
        tambon: TambonCode,
        households: &[HouseholdId],
        parameters: &Parameters,
    ) -> Result<BTreeMap<HouseholdId, Assessment>, SyncError> {
        self.database.read(|conn| reassess::assess_by(conn, tambon, households, parameters, &self.knowledge))
    }

    /// Scores the households of a tambon by other thresholds; how many there are. 1 stands for those that
    /// are built in. `line` says in the audit log who wanted it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where there are no such thresholds, or the database's own; then nothing was
    /// changed.
    pub fn rescore(&self, tambon: TambonCode, scoring: i32, line: AuditEntry) -> Result<usize, SyncError> {
        let (knowledge, now) = (self.knowledge.clone(), self.clock.now());
        self.database.write(move |tx| {
            let mut ledger = Ledger::open(tx, tambon, DeviceId([0; 8]), now)?;
            ledger.set_scoring(tx, scoring)?;
            audit::append(tx, tambon, &line)?;
            reassess::reassess(tx, ledger, &knowledge, Anew::Assess)
        })
    }

    /// What does not agree in a tambon: its log, its registers, its rows, its sums, its digests.
    /// Nothing if all does. `progress` is told how many entries of the log are done, and of how many.
    ///
    /// # Errors
    /// [`SyncError::Registers`] when a blob cannot be read, or the database's own.
    pub fn verify(
        &self,
        tambon: TambonCode,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Vec<Finding>, SyncError> {
        self.database.read(|conn| verify::verify(conn, tambon, &self.knowledge, &mut progress))
    }
}

/// The digests of the device's villages.
fn digests(conn: &mut Conn, device: &Device) -> Result<Vec<VillageDigest>, StoreError> {
    let villages = device.villages.iter().filter(|village| village.tambon() == device.tambon);
    let digest = |village| Ok(VillageDigest { village, digest: villages::sums(conn, village)?.digest });
    villages.copied().map(digest).collect()
}
