//! What a person of the office writes into households: a change like any other, by a device of the office, taken
//! in the way in which a phone's changes are taken.

use serde_json::Value;
use sync_protocol::change::Edit;
use sync_protocol::document::draft;
use sync_protocol::hub::Reason;
use sync_protocol::ids::{ActorId, ChangeHash, DeviceId, HouseholdId, RowId, TambonCode, VillageCode};
use sync_protocol::registers::{Register, Registers};
use sync_protocol::value::{Scalar, Shown};
use sync_protocol::wire::{PushGroup, Verdict};

use super::conflicts::json;
use super::error::SyncError;
use super::household::{Household, Knowledge};
use super::push::{Pushed, push};
use crate::clock::Micros;
use crate::projection::{Form, project};
use crate::store::audit::{self, AuditEntry};
use crate::store::conflicts::{self, Settlement};
use crate::store::devices::{self, Device};
use crate::store::documents::State;
use crate::store::quarantine::{self, Quarantined};
use crate::store::{StoreError, Tx, tambons};

/// Under which device somebody of the office writes. It has no villages and no token that anybody knows: nothing
/// can sync as it.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Its tambon.
    pub tambon: TambonCode,
    /// Its id, the same whenever the same person writes in this tambon.
    pub device: DeviceId,
    /// Whom its answers are shown to be by.
    pub person: String,
    /// Drawn anew for each request: the second half of the actor, and what nobody can show a token for.
    pub drawn: ([u8; 8], [u8; 32]),
    /// The line for the audit log.
    pub line: AuditEntry,
}

/// Which conflict is to be settled, and how.
#[derive(Debug, Clone)]
pub struct Settling {
    /// The household.
    pub household: HouseholdId,
    /// Its row, if the question is about a row.
    pub row: Option<RowId>,
    /// The question, or `question/choice`.
    pub question: String,
    /// The value that is to stand.
    pub value: Value,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// It is settled, by this change.
    By(ChangeHash),
    /// Nothing is in conflict there now; how it was settled, if something ever was.
    NotInConflict(Option<Settlement>),
    /// The value is none that the question takes; why.
    Unfit(String),
}

/// What became of a change that was judged anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    /// The verdict. [`Verdict::Accepted`] and [`Verdict::Known`] take it out of quarantine.
    pub verdict: Verdict,
    /// Why it stays, if it does.
    pub reason: Option<Reason>,
    /// What it waits for.
    pub missing: Vec<ChangeHash>,
}

/// Settles a conflict.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    desk: &Desk,
    settling: &Settling,
    knowledge: &Knowledge,
    now: Micros,
) -> Result<Settled, SyncError> {
    tambons::lock(tx, desk.tambon)?.ok_or(SyncError::UnknownTambon(desk.tambon))?;
    let unknown = SyncError::UnknownHousehold(settling.household);
    let found = Household::resolve(tx, desk.tambon, settling.household, knowledge)?;
    let (household, _) = found.filter(|(found, _)| found.document.state == State::Live).ok_or(unknown)?;
    let register = household.registers.register(settling.row, &settling.question);
    let Some(register) = register.filter(|register| register.conflict) else {
        let last = last_settlement(tx, desk.tambon, household.id(), settling)?;
        return Ok(Settled::NotInConflict(last));
    };
    let value = match chosen(&register, settling, &household.registers, knowledge.form) {
        Ok(value) => value,
        Err(why) => return Ok(Settled::Unfit(why)),
    };
    let edit = Edit::Put { row: settling.row, key: settling.question.clone(), value };
    let actor = ActorId::new(desk.device, desk.drawn.0);
    let made = match draft(&household.registers, actor, now.millis(), &[edit]) {
        Ok(Some(made)) => made,
        Ok(None) => return Ok(Settled::NotInConflict(None)),
        Err(why) => return Ok(Settled::Unfit(why.to_string())),
    };
    let (id, village) = (household.id(), household.document.village);
    let pushed = bring(tx, desk, (id, village), &[village], made.bytes, knowledge, now)?;
    if pushed.verdicts != [Verdict::Accepted] {
        return Ok(Settled::Unfit(format!("the hub does not take it: {:?}", pushed.verdicts)));
    }
    audit::append(tx, desk.tambon, &desk.line)?;
    Ok(Settled::By(made.hash))
}

/// How the conflict that was there last was settled.
fn last_settlement(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    household: HouseholdId,
    settling: &Settling,
) -> Result<Option<Settlement>, StoreError> {
    let mut all = conflicts::of_household(tx, tambon, household)?;
    all.retain(|conflict| conflict.row == settling.row && conflict.question == settling.question);
    Ok(all.pop().and_then(|conflict| conflict.settled))
}

/// The value to put: one of those that live, as it is, or another that the question takes; else why not.
fn chosen(
    register: &Register<'_>,
    settling: &Settling,
    registers: &Registers,
    form: &Form,
) -> Result<Scalar, String> {
    if let Some(live) = register.live.iter().find(|live| json(live.value) == settling.value) {
        return Ok(live.value.to_owned());
    }
    let value = match &settling.value {
        Value::Null => Scalar::Null,
        Value::Bool(value) => Scalar::Bool(*value),
        Value::String(text) => form.scalar_from_text(&settling.question, text),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Scalar::Int(whole),
            (None, Some(decimal)) => Scalar::F64(decimal),
            (None, None) => return Err("a number is a whole number or a decimal".to_owned()),
        },
        Value::Array(_) | Value::Object(_) => return Err("an answer is one value".to_owned()),
    };
    let group = settling.row.and_then(|row| {
        let group = registers.register(Some(row), GROUP)?.live.last()?.value;
        Some(Shown { row: Some(row), key: GROUP, value: group, conflict: false })
    });
    let answer = Shown { row: settling.row, key: &settling.question, value: value.as_ref(), conflict: false };
    let shown: Vec<Shown<'_>> = group.into_iter().chain([answer]).collect();
    let projection = project(form, HouseholdId([0; 16]), &shown);
    let fault = projection.faults.iter().find(|fault| fault.question == settling.question);
    match fault.filter(|fault| !fault.reason.is_warning()) {
        Some(fault) => Err(fault.reason.text_en().to_owned()),
        None => Ok(value),
    }
}

/// The key by which a row says what it is one of.
const GROUP: &str = "group";

/// Judges a change that lies in quarantine anew. Whoever looks after the tambon answers for the village in which
/// it is: one that was outside its sender's scope is taken.
///
/// `None` if there is no such change.
pub(super) fn retry(
    tx: &mut Tx<'_>,
    desk: &Desk,
    hash: ChangeHash,
    knowledge: &Knowledge,
    now: Micros,
) -> Result<Option<Retried>, SyncError> {
    tambons::lock(tx, desk.tambon)?.ok_or(SyncError::UnknownTambon(desk.tambon))?;
    let Some(kept) = quarantine::find(tx, desk.tambon, hash)? else { return Ok(None) };
    let found = Household::resolve(tx, desk.tambon, kept.household, knowledge)?;
    let lives_in = found.map(|(household, _)| household.document.village);
    let villages: Vec<VillageCode> = [Some(kept.village), lives_in].into_iter().flatten().collect();
    quarantine::release(tx, desk.tambon, hash)?;
    let place = (kept.household, kept.village);
    let pushed = bring(tx, desk, place, &villages, kept.bytes.clone(), knowledge, now)?;
    let verdict = pushed.verdicts.first().copied().unwrap_or(Verdict::Quarantined);
    let note = pushed.notes.into_iter().next();
    let judged = note.as_ref().and_then(|note| Reason::from_code(note.reason));
    let reason = match verdict {
        Verdict::Accepted | Verdict::Known => None,
        Verdict::Quarantined => Some(judged.unwrap_or(kept.reason)),
        Verdict::Waiting | Verdict::ActorConflict => Some(kept.reason),
    };
    // It came when it came first, from whom it came.
    if let Some(reason) = reason.filter(|reason| *reason != Reason::HouseholdErased) {
        quarantine::release(tx, desk.tambon, hash)?;
        quarantine::keep(tx, desk.tambon, &Quarantined { reason, ..kept })?;
    }
    audit::append(tx, desk.tambon, &desk.line)?;
    let missing = note.map(|note| note.missing).unwrap_or_default();
    Ok(Some(Retried { verdict, reason, missing }))
}

/// Takes a change as one that the office's device brings; the device is there from now on.
fn bring(
    tx: &mut Tx<'_>,
    desk: &Desk,
    (household, village): (HouseholdId, VillageCode),
    villages: &[VillageCode],
    bytes: Vec<u8>,
    knowledge: &Knowledge,
    now: Micros,
) -> Result<Pushed, SyncError> {
    let mut device = Device {
        tambon: desk.tambon,
        id: desk.device,
        token_hash: desk.drawn.1,
        person: desk.person.clone(),
        villages: Vec::new(),
        enrolled_at: now,
        pushed_at: None,
        revoked_at: None,
    };
    if devices::find(tx, desk.tambon, desk.device)?.is_none() {
        devices::enrol(tx, &device)?;
    }
    device.villages = villages.to_vec();
    let group = PushGroup { household, village, changes: vec![bytes.into()] };
    push(tx, &device, &[group], knowledge, now)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sync_protocol::ids::DeviceId;
    use sync_protocol::registers::LiveValue;
    use sync_protocol::value::ScalarRef;

    use super::*;

    fn choose(question: &str, live: &[ScalarRef<'_>], value: Value) -> Result<Scalar, String> {
        let live = live.iter().map(|value| LiveValue {
            value: *value,
            actor: ActorId::new(DeviceId([1; 8]), [1; 8]),
            counter: 9,
            change: ChangeHash([1; 32]),
            log_seq: 1,
        });
        let register = Register { live: live.collect(), conflict: true };
        let settling =
            Settling { household: HouseholdId([1; 16]), row: None, question: question.to_owned(), value };
        chosen(&register, &settling, &Registers::genesis(), Form::built_in())
    }

    #[test]
    fn a_value_that_lives_is_taken_as_it_is_and_another_has_to_fit() {
        let live = [ScalarRef::Uint(4), ScalarRef::Str("สี่")];
        assert_eq!(choose("household_size", &live, 4.into()), Ok(Scalar::Uint(4)));
        assert_eq!(choose("household_size", &live, "สี่".into()), Ok(Scalar::Str("สี่".to_owned())));
        assert_eq!(choose("household_size", &live, "๕".into()), Ok(Scalar::Int(5)));
        assert_eq!(choose("household_size", &live, Value::Null), Ok(Scalar::Null));
        assert!(choose("household_size", &live, "หลายคน".into()).is_err());
        assert!(choose("roof_condition", &[], "99".into()).is_err());
        assert!(choose("household_size", &live, serde_json::json!([4])).is_err());
        assert_eq!(choose("of_another_form", &[], "ได้".into()), Ok(Scalar::Str("ได้".to_owned())));
    }
}
