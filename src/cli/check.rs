//! `samruat device check`: what the forms say does not hold in the households of a device, after a merge.
//!
//! As the hub does it: a household's changes are merged into registers, and each form that holds in its
//! village and was begun there is evaluated over those.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Value, json};
use sync_protocol::change::Change;
use sync_protocol::document::Document;
use sync_protocol::ids::{DeviceId, HouseholdId, VillageCode};
use sync_protocol::registers::Registers;

use super::device::{Device, DeviceError, people};
use super::form::problem_name;
use super::held_forms::HeldForms;
use super::show::thai_time;
use crate::clock::Micros;
use crate::forms::hash_text;
use crate::forms::quality::{Ready, Touch, Unheld, unheld_of_all};

/// A household in which something does not hold.
struct Unsound {
    household: HouseholdId,
    village: VillageCode,
    findings: Vec<Unheld>,
}

/// Lists what does not hold, in one household or in all of them.
///
/// # Errors
/// [`DeviceError`].
pub(super) fn run(
    device: &mut Device,
    household: Option<HouseholdId>,
    json: bool,
) -> Result<String, DeviceError> {
    let people = people(device)?;
    let now = device.clock.now();
    let mut documents = Vec::new();
    match household {
        Some(household) => documents.push(device.document(household)?),
        None => {
            for (household, stored) in device.file.documents()? {
                documents.push((household, stored.village, Document::load(&stored.document)?));
            }
        }
    }
    let examined = documents.len();
    let mut unsound = Vec::new();
    let held = HeldForms::of(device)?;
    let mut ready: BTreeMap<VillageCode, Vec<Ready>> = BTreeMap::new();
    for (household, village, document) in documents {
        let forms = match ready.entry(village) {
            Entry::Occupied(forms) => forms.into_mut(),
            Entry::Vacant(place) => place.insert(held.ready_in(device, village)?),
        };
        let findings = findings(forms, household, &document, now, &people)?;
        if !findings.is_empty() {
            unsound.push(Unsound { household, village, findings });
        }
    }
    Ok(if json {
        let households: Vec<Value> = unsound.iter().map(household_json).collect();
        json!({ "examined": examined, "households": households }).to_string()
    } else {
        text(examined, &unsound)
    })
}

/// How much does not hold in a household of this village.
///
/// # Errors
/// [`DeviceError`].
pub(super) fn count(
    device: &mut Device,
    (household, village): (HouseholdId, VillageCode),
    document: &Document,
) -> Result<usize, DeviceError> {
    let forms = HeldForms::of(device)?.ready_in(device, village)?;
    Ok(findings(&forms, household, document, device.clock.now(), &BTreeMap::new())?.len())
}

/// That something does not hold, where a household is shown.
pub(super) fn mention(count: usize) -> String {
    format!(
        "ไม่เป็นไปตามแบบฟอร์ม {count} ข้อ ดูด้วย samruat device check  ({count} answers do not hold: see samruat device check)"
    )
}

/// What does not hold in a household, with who answered.
fn findings(
    forms: &[Ready],
    household: HouseholdId,
    document: &Document,
    now: Micros,
    people: &BTreeMap<DeviceId, String>,
) -> Result<Vec<Unheld>, DeviceError> {
    let unreadable = |why: String| DeviceError::Unreadable { household, why };
    let changes = document.changes();
    let mut registers = Registers::genesis();
    for (place, held) in (0_u64..).zip(&changes) {
        let change = Change::read(&held.bytes).map_err(|refusal| unreadable(refusal.to_string()))?;
        registers.merge(&change, place).map_err(|judgement| unreadable(format!("{judgement:?}")))?;
    }
    let mut findings = unheld_of_all(forms, &registers, household, &|_| true, now);
    for touch in findings.iter_mut().flat_map(|finding| &mut finding.touched) {
        let change = usize::try_from(touch.seq).ok().and_then(|place| changes.get(place));
        touch.written_at_ms = change.map_or(0, |change| change.time_ms);
        touch.person = people.get(&touch.device).cloned();
    }
    Ok(findings)
}

fn household_json(unsound: &Unsound) -> Value {
    let answer = |touch: &Touch| {
        json!({
            "row": touch.row.map(|row| row.to_string()), "question": touch.key,
            "label_th": touch.label.th, "label_en": touch.label.en, "value": touch.value,
            "device": touch.device.to_string(), "person": touch.person, "time_ms": touch.written_at_ms,
        })
    };
    let finding = |finding: &Unheld| {
        json!({
            "form_id": finding.form.0, "hash": hash_text(&finding.form.1),
            "row": finding.row.map(|row| row.to_string()),
            "group": finding.row.map(|_| &finding.at.group),
            "question": finding.at.key, "label_th": finding.label.th, "label_en": finding.label.en,
            "problem": problem_name(&finding.problem),
            "message_th": finding.message.th, "message_en": finding.message.en,
            "answers": finding.touched.iter().map(answer).collect::<Vec<_>>(),
        })
    };
    json!({
        "household": unsound.household.to_string(),
        "village": unsound.village.to_string(),
        "findings": unsound.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn text(examined: usize, unsound: &[Unsound]) -> String {
    let holds = examined - unsound.len();
    let mut lines = vec![format!(
        "ตรวจ {examined} ครัวเรือน เป็นไปตามแบบฟอร์ม {holds}  (of {examined} households {holds} are as the form wants them)"
    )];
    for household in unsound {
        lines.push(format!("{}  หมู่บ้าน {}", household.household, household.village));
        let mut form = None;
        for finding in &household.findings {
            if form.replace(&finding.form) != Some(&finding.form) {
                lines.push(format!("  แบบ / form {}", finding.form.0));
            }
            let row = finding.row.map_or_else(String::new, |row| format!("{} {row} · ", finding.at.group));
            lines.push(format!(
                "    {row}{} [{}]: {} / {}",
                finding.label.th, finding.at.key, finding.message.th, finding.message.en
            ));
            lines.extend(finding.touched.iter().map(|touch| format!("        {}", touch_line(touch))));
        }
    }
    lines.join("\n")
}

fn touch_line(touch: &Touch) -> String {
    let device = touch.device.to_string();
    let who = touch.person.as_deref().unwrap_or(&device);
    let value = touch.value.as_str().map_or_else(|| touch.value.to_string(), str::to_owned);
    format!("{} = {value}  — {who}, {}", touch.key, thai_time(touch.written_at_ms))
}
