//! What merges do to conflicts: written down when they arise, grow and are settled.

use serde_json::Value;
use sync_protocol::change::Change;
use sync_protocol::ids::{ActorId, DeviceId, HouseholdId, RowId, TambonCode};
use sync_protocol::registers::{Registers, Touched};
use sync_protocol::value::ScalarRef;

use super::error::SyncError;
use crate::clock::Micros;
use crate::store::conflicts::{self, Candidate, Conflict, Settlement};
use crate::store::{Tx, changes};

/// A register that was, or is, in conflict and was written.
pub(super) struct Transition {
    seq: u64,
    author: DeviceId,
    row: Option<RowId>,
    question: String,
    was_conflict: bool,
    is_conflict: bool,
    /// The values that live now, the one that is shown last.
    live: Vec<Live>,
}

struct Live {
    value: Value,
    actor: ActorId,
    seq: u64,
}

impl Transition {
    /// What `change`, which was just merged as number `seq`, did to a register.
    pub(super) fn of(touched: &Touched<'_>, registers: &Registers, change: &Change<'_>, seq: u64) -> Self {
        let register = registers.register(touched.row, touched.key);
        let live = register.map(|register| register.live).unwrap_or_default();
        Self {
            seq,
            author: change.actor().device(),
            row: touched.row,
            question: touched.key.to_owned(),
            was_conflict: touched.was_conflict,
            is_conflict: touched.is_conflict,
            live: live
                .into_iter()
                .map(|live| Live { value: json(live.value), actor: live.actor, seq: live.log_seq })
                .collect(),
        }
    }
}

/// A value as JSON.
pub(super) fn json(value: ScalarRef<'_>) -> Value {
    match value {
        ScalarRef::Null => Value::Null,
        ScalarRef::Bool(value) => value.into(),
        ScalarRef::Int(value) => value.into(),
        ScalarRef::Uint(value) => value.into(),
        ScalarRef::F64(value) => value.into(),
        ScalarRef::Str(value) => value.into(),
    }
}

/// Writes down what merges did, in their order. The log holds their changes already.
pub(super) fn record(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    household: HouseholdId,
    transitions: Vec<Transition>,
) -> Result<(), SyncError> {
    if transitions.is_empty() {
        return Ok(());
    }
    let mut open = conflicts::of_household(tx, tambon, household)?;
    open.retain(|conflict| conflict.settled.is_none());
    let mut position = (0, 0);
    for transition in transitions {
        let candidates = candidates(tx, tambon, &transition.live)?;
        let at = received_at(tx, tambon, transition.seq)?;
        let found = open
            .iter()
            .position(|conflict| conflict.row == transition.row && conflict.question == transition.question);
        match (found, transition.is_conflict) {
            (None, true) => {
                position = if position.0 == transition.seq {
                    (position.0, position.1 + 1)
                } else {
                    (transition.seq, 0)
                };
                let conflict = Conflict {
                    arisen_seq: transition.seq,
                    position: position.1,
                    household,
                    row: transition.row,
                    question: transition.question,
                    arisen_at: at,
                    candidates,
                    settled: None,
                };
                conflicts::open(tx, tambon, &conflict)?;
                open.push(conflict);
            }
            (Some(found), true) => {
                let conflict = &mut open[found];
                join(&mut conflict.candidates, candidates);
                conflicts::update(tx, tambon, conflict)?;
            }
            (Some(found), false) => {
                let mut conflict = open.swap_remove(found);
                conflict.settled = Some(Settlement {
                    seq: transition.seq,
                    at,
                    by: Some(transition.author),
                    value: transition.live.into_iter().next_back().map(|live| live.value),
                });
                conflicts::update(tx, tambon, &conflict)?;
            }
            (None, false) => debug_assert!(!transition.was_conflict, "a conflict was never written down"),
        }
    }
    Ok(())
}

/// Closes the open conflicts of a household that is one no more.
pub(super) fn close_all(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    household: HouseholdId,
    seq: u64,
    at: Micros,
) -> Result<(), SyncError> {
    for mut conflict in conflicts::of_household(tx, tambon, household)? {
        if conflict.settled.is_none() {
            conflict.settled = Some(Settlement { seq, at, by: None, value: None });
            conflicts::update(tx, tambon, &conflict)?;
        }
    }
    Ok(())
}

/// The values with who wrote them and when, from the log.
fn candidates(tx: &mut Tx<'_>, tambon: TambonCode, live: &[Live]) -> Result<Vec<Candidate>, SyncError> {
    live.iter()
        .map(|live| {
            let entry = changes::at(tx, tambon, &[live.seq])?.pop();
            let change = entry.as_ref().and_then(|entry| Change::read(&entry.payload).ok());
            Ok(Candidate {
                value: live.value.clone(),
                device: live.actor.device().to_string(),
                written_at_ms: change.map_or(0, |change| change.time_ms()),
                received_at: entry.as_ref().map_or(0, |entry| entry.received_at.0),
                seq: live.seq,
            })
        })
        .collect()
}

fn received_at(tx: &mut Tx<'_>, tambon: TambonCode, seq: u64) -> Result<Micros, SyncError> {
    Ok(changes::at(tx, tambon, &[seq])?.pop().map_or(Micros(0), |entry| entry.received_at))
}

/// All values that ever took part: those of before that are gone now, then those that live.
fn join(before: &mut Vec<Candidate>, now: Vec<Candidate>) {
    before.retain(|old| !now.iter().any(|new| new.seq == old.seq && new.value == old.value));
    before.extend(now);
}
