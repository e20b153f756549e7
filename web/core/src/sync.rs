//! One sync with the hub: the session of the protocol, over the desk.

use light::Set;

use serde::Serialize;
use sync_protocol::device::{Outcome, Report, Scope, Session, SessionError, State, Step, Task, carry_out};
use sync_protocol::ids::{HouseholdId, VillageCode};

use crate::call::{Chance, Told};
use crate::desk::Desk;
use crate::fault::Fault;

/// A sync that is going on.
#[derive(Debug)]
pub struct Sync {
    session: Session,
    /// What is to be carried out; kept until it is in the storage.
    tasks: Option<Vec<Task>>,
}

/// What the worker is to do next.
#[derive(Debug, Serialize)]
#[serde(tag = "step", rename_all = "lowercase")]
enum Next {
    /// Send the part to `/api/v1/sync`.
    Post,
    /// Get a frame; so many of a first sync's are done already.
    Fetch { sha256: String, bytes: u32, done: u32, of: usize },
    /// Write what is to be written.
    Apply { done: u32, of: usize },
    /// Nothing is left to do.
    Done { report: Reported },
}

/// What a sync did.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reported {
    requests: u32,
    frames: u32,
    accepted: u32,
    known: u32,
    renewed: u32,
    refused: usize,
    waiting: u32,
    received: u32,
    reconciled: u32,
    equal: Option<bool>,
    hub_time_ms: i64,
    /// What is published in the tambon, as hexadecimal digits, if the hub said it.
    forms: Option<String>,
}

impl From<&Report> for Reported {
    fn from(report: &Report) -> Self {
        Self {
            requests: report.requests,
            frames: report.frames,
            accepted: report.accepted,
            known: report.known,
            renewed: report.renewed,
            refused: report.refused.len(),
            waiting: report.waiting,
            received: report.received,
            reconciled: report.reconciled,
            equal: report.equal,
            hub_time_ms: report.hub_time_ms,
            forms: report.forms.map(|print| hex(&print.0)),
        }
    }
}

impl Sync {
    /// Begins a sync of what lies on the desk.
    #[must_use]
    pub fn begin(desk: &Desk, villages: Set<VillageCode>, budget_bytes: u32) -> Self {
        let state = State::from_bytes(&desk.state);
        let scope = Scope { villages, budget_bytes };
        let session = Session::new(scope, state, desk.index.live(), desk.index.away(), desk.unsent());
        Self { session, tasks: None }
    }

    /// What to do next. What is carried out is staged on the desk.
    ///
    /// # Errors
    /// `need` where documents have to be lent first; then ask again.
    pub fn step(&mut self, desk: &mut Desk, chance: &mut Chance) -> Result<Told, Fault> {
        loop {
            if let Some(tasks) = &self.tasks {
                return self.apply(tasks, desk, chance);
            }
            match self.session.step() {
                Step::Post(body) => {
                    let mut told = Told::of(&Next::Post);
                    told.parts.push(body);
                    return Ok(told);
                }
                Step::Fetch(frame) => {
                    let sha256 = hex(&frame.sha256);
                    let (done, of) = self.session.frames().unwrap_or((0, 0));
                    return Ok(Told::of(&Next::Fetch { sha256, bytes: frame.bytes, done, of }));
                }
                Step::Apply(tasks) => self.tasks = Some(tasks),
                Step::Read(households) => {
                    desk.all_at_hand(households.iter().copied())?;
                    let mut documents = Vec::new();
                    for household in households {
                        let stored = desk.household(household)?.filter(|it| !it.document.is_empty());
                        documents.extend(stored.map(|stored| (household, stored.document)));
                    }
                    self.session.read(documents);
                }
                Step::Done => return Ok(Told::of(&Next::Done { report: self.session.report().into() })),
            }
        }
    }

    /// Before anything from elsewhere comes into a household, what was answered there becomes a change of
    /// its own: so what is a conflict stays one.
    fn apply(&self, tasks: &[Task], desk: &mut Desk, chance: &mut Chance) -> Result<Told, Fault> {
        let touched: Set<HouseholdId> =
            tasks.iter().flat_map(households).map(|household| desk.index.current(household)).collect();
        let drafts: Vec<HouseholdId> =
            desk.drafts.keys().copied().filter(|id| touched.contains(&desk.index.current(*id))).collect();
        desk.all_at_hand(tasks.iter().flat_map(households).chain(drafts.iter().copied()))?;
        let mut sheet = desk.sheet();
        for household in drafts {
            sheet.commit_draft(household, chance)?;
        }
        let outcomes = carry_out(tasks, &mut sheet, &mut || chance.eight())?;
        let done = sheet.done();
        let writes = desk.stage(done, Some(outcomes));
        let (done, of) = self.session.frames().unwrap_or((0, 0));
        Ok(Told::of(&Next::Apply { done, of }).with(writes))
    }

    /// What was staged is in the storage.
    pub fn applied(&mut self, outcomes: Vec<Outcome>) {
        self.tasks = None;
        self.session.applied(outcomes);
    }

    /// The hub's reply.
    ///
    /// # Errors
    /// `hub-fault` where it is none; the sync is over.
    pub fn posted(&mut self, body: &[u8]) -> Result<(), Fault> {
        self.session.posted(body).map_err(|error| fault(&error))
    }

    /// The bytes of the frame that was asked for, `None` where the hub has it no more.
    ///
    /// # Errors
    /// `hub-fault` where they are not that frame; the sync is over.
    pub fn fetched(&mut self, file: Option<&[u8]>) -> Result<(), Fault> {
        match file {
            Some(file) => self.session.fetched(file).map_err(|error| fault(&error)),
            None => {
                self.session.frame_is_gone();
                Ok(())
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fault(error: &SessionError) -> Fault {
    Fault { code: "hub-fault", detail: error.to_string(), need: Vec::new() }
}

/// The households that a task is about.
fn households(task: &Task) -> Vec<HouseholdId> {
    match task {
        Task::Accepted { household, .. }
        | Task::Refused { household, .. }
        | Task::Renew { household, .. }
        | Task::Integrate { household, .. }
        | Task::Adopt { household, .. }
        | Task::Move { household, .. }
        | Task::Revive { household, .. }
        | Task::Erase { household } => vec![*household],
        Task::Fold { household, into } => vec![*household, *into],
        Task::Confirm | Task::SaveState(_) => Vec::new(),
    }
}
