//! One sync of a device's file with its hub.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sync_protocol::change::Change;
use sync_protocol::device::{Report, Scope, Session, SessionError, State, Step, Task, carry_out};
use sync_protocol::document::Document;
use sync_protocol::ids::{DeviceId, VillageCode};
use sync_protocol::wire::{Fingerprint, FrameRef};

use super::{PEOPLE, Traffic, Transport, TransportError};
use crate::store::StoreError;
use crate::store::device::DeviceFile;

/// The setting that holds the hash of a frame and those of its bytes that have arrived.
const PARTIAL_FRAME: &str = "partial_frame";

/// Why a sync ended early. What was applied stays applied, and the next sync goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Between the device and its hub.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The hub's messages.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The device's file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The device's random source.
    #[error("this machine gives no random bytes: {0}")]
    Random(String),
}

/// What a sync did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SyncReport {
    /// Requests sent, frames apart.
    pub requests: u32,
    /// Frames of a first sync that were fetched.
    pub frames: u32,
    /// Bytes of the bodies, as they went over the wire.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// Changes that the hub accepted.
    pub accepted: u32,
    /// Changes that the hub had already.
    pub known: u32,
    /// Changes whose edits were made anew: this storage was restored or cloned.
    pub renewed: u32,
    /// Changes that the hub put into quarantine.
    pub quarantined: usize,
    /// Changes that wait for others.
    pub waiting: u32,
    /// Changes that came down.
    pub received: u32,
    /// Households that were compared one by one.
    pub reconciled: u32,
    /// Whether device and hub were seen to hold the same; `None` when it was not compared.
    pub digests_equal: Option<bool>,
    /// Hub's clock minus the device's, milliseconds.
    pub clock_offset_ms: i64,
    /// What the hub says is published in the tambon, if it says anything.
    #[serde(skip)]
    pub forms: Option<Fingerprint>,
}

impl SyncReport {
    fn of(report: &Report, traffic: Traffic, now_ms: i64) -> Self {
        Self {
            requests: report.requests,
            frames: report.frames,
            traffic,
            accepted: report.accepted,
            known: report.known,
            renewed: report.renewed,
            quarantined: report.refused.len(),
            waiting: report.waiting,
            received: report.received,
            reconciled: report.reconciled,
            digests_equal: report.equal,
            clock_offset_ms: report.hub_time_ms - now_ms,
            forms: report.forms,
        }
    }
}

/// Syncs a device's file with its hub. `now_ms` is the device's clock (Unix milliseconds),
/// `progress` is told after every step how many changes are left to push and how many of the
/// frames are done.
///
/// # Errors
/// [`SyncError`]; whatever had been applied by then stays so, nothing is half applied.
pub fn sync(
    file: &mut DeviceFile,
    transport: &mut dyn Transport,
    villages: BTreeSet<VillageCode>,
    budget_bytes: u32,
    now_ms: i64,
    progress: &mut dyn FnMut(&Session),
) -> Result<SyncReport, SyncError> {
    let state = State::from_bytes(&file.setting("state")?.unwrap_or_default());
    let before = transport.traffic();
    let mut session =
        Session::new(Scope { villages, budget_bytes }, state, file.live()?, file.away()?, file.unsent()?);
    let mut writers = BTreeSet::new();
    loop {
        match session.step() {
            Step::Post(body) => session.posted(&transport.sync(&body)?)?,
            Step::Fetch(frame) => match fetch(file, transport, &frame, budget_bytes) {
                Ok(bytes) => session.fetched(&bytes)?,
                Err(SyncError::Transport(error)) if error.is_not_found() => session.frame_is_gone(),
                Err(error) => return Err(error),
            },
            Step::Apply(tasks) => {
                writers.extend(tasks.iter().flat_map(writers_of));
                // A transaction must not stop half-way for want of randomness: one draw, then stretched.
                let mut seed = [0; 8];
                getrandom::fill(&mut seed).map_err(|error| SyncError::Random(error.to_string()))?;
                let mut random = stretched(seed);
                session
                    .applied(file.transaction(|tx| Ok::<_, SyncError>(carry_out(&tasks, tx, &mut random)?))?);
            }
            Step::Read(households) => {
                let mut documents = Vec::new();
                for household in households {
                    if let Some(stored) =
                        file.household(household)?.filter(|stored| !stored.document.is_empty())
                    {
                        documents.push((household, stored.document));
                    }
                }
                session.read(documents);
            }
            Step::Done => break,
        }
        progress(&session);
    }
    learn_names(file, transport, &writers)?;
    let after = transport.traffic();
    let traffic = Traffic {
        up_bytes: after.up_bytes - before.up_bytes,
        down_bytes: after.down_bytes - before.down_bytes,
    };
    Ok(SyncReport::of(session.report(), traffic, now_ms))
}

/// The devices that wrote what comes down.
fn writers_of(task: &Task) -> Vec<DeviceId> {
    match task {
        Task::Integrate { changes, .. } => {
            changes.iter().filter_map(|bytes| Some(Change::read(bytes).ok()?.actor().device())).collect()
        }
        Task::Adopt { document, .. } => {
            let changes = Document::load(document).map(|document| document.changes()).unwrap_or_default();
            changes.iter().map(|held| held.actor.device()).collect()
        }
        _ => Vec::new(),
    }
}

/// Asks the hub who is behind the devices, when one turns up that this device has no name for.
fn learn_names(
    file: &mut DeviceFile,
    transport: &mut dyn Transport,
    writers: &BTreeSet<DeviceId>,
) -> Result<(), SyncError> {
    let known = file.setting(PEOPLE)?.unwrap_or_default();
    let known: BTreeMap<String, String> = serde_json::from_slice(&known).unwrap_or_default();
    if writers.iter().all(|device| known.contains_key(&device.to_string())) {
        return Ok(());
    }
    file.set(&[(PEOPLE, &transport.people()?)])?;
    Ok(())
}

/// Gets a frame piece by piece. What has arrived is kept in the file, so that a transfer that breaks
/// off goes on from there, even after the device was switched off.
fn fetch(
    file: &mut DeviceFile,
    transport: &mut dyn Transport,
    frame: &FrameRef,
    budget_bytes: u32,
) -> Result<Vec<u8>, SyncError> {
    let kept = file.setting(PARTIAL_FRAME)?.unwrap_or_default();
    let mut partial = match kept.strip_prefix(&frame.sha256) {
        Some(_) => kept,
        None => frame.sha256.to_vec(),
    };
    let whole = frame.sha256.len() + usize::try_from(frame.bytes).unwrap_or(usize::MAX);
    while partial.len() < whole {
        let piece =
            transport.frame(frame, (partial.len() - frame.sha256.len()) as u64, u64::from(budget_bytes))?;
        if piece.is_empty() {
            return Err(TransportError::Unreachable("a frame broke off".to_owned()).into());
        }
        partial.extend_from_slice(&piece);
        file.set(&[(PARTIAL_FRAME, &partial)])?;
    }
    file.set(&[(PARTIAL_FRAME, &[])])?;
    Ok(partial.split_off(frame.sha256.len()))
}

/// As many different 8-byte values as are wanted, from one random seed.
pub(crate) fn stretched(seed: [u8; 8]) -> impl FnMut() -> [u8; 8] {
    use sha2::{Digest, Sha256};
    let mut drawn = 0_u64;
    move || {
        drawn += 1;
        let hash = Sha256::new().chain_update(seed).chain_update(drawn.to_be_bytes()).finalize();
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash[..8]);
        bytes
    }
}
