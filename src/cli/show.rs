//! Households, conflicts and syncs as a person reads them in a terminal, and as JSON.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sync_protocol::document::{Answer, Document};
use sync_protocol::ids::{DeviceId, HouseholdId, RowId, VillageCode};
use sync_protocol::value::Scalar;

use crate::client::SyncReport;
use crate::projection::form::Form;

/// Thailand has one time zone, without summer time.
const THAILAND: Offset = Offset::constant(7);
const MONTHS: [&str; 12] =
    ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."];

/// A time (Unix milliseconds) as people in Thailand write it: `3 ก.พ. 2561 13.00 น.`
#[must_use]
pub fn thai_time(unix_ms: i64) -> String {
    let Ok(time) = Timestamp::from_millisecond(unix_ms) else { return "?".to_owned() };
    let local = THAILAND.to_datetime(time);
    let month = MONTHS[usize::from(local.month().unsigned_abs()) - 1];
    format!(
        "{} {month} {} {:02}.{:02} น.",
        local.day(),
        i32::from(local.year()) + 543,
        local.hour(),
        local.minute()
    )
}

/// A value as text.
#[must_use]
pub fn value_text(value: &Scalar) -> String {
    match value {
        Scalar::Null => "–".to_owned(),
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(value) => value.to_string(),
        Scalar::Uint(value) => value.to_string(),
        Scalar::F64(value) => value.to_string(),
        Scalar::Str(value) => value.clone(),
    }
}

fn value_json(value: &Scalar) -> Value {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => json!(value),
        Scalar::Int(value) => json!(value),
        Scalar::Uint(value) => json!(value),
        Scalar::F64(value) => json!(value),
        Scalar::Str(value) => json!(value),
    }
}

/// One household in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    household: String,
    village: String,
    house_no: String,
    head_name: String,
    visit_outcome: String,
    unsent: bool,
    conflicts: usize,
}

impl Summary {
    /// What a list shows of a household.
    #[must_use]
    pub fn of(household: HouseholdId, village: VillageCode, document: &Document, unsent: bool) -> Self {
        let answers = document.answers();
        let own = |key: &str| {
            let answer = answers.iter().find(|answer| answer.row.is_none() && answer.key == key);
            answer.map_or_else(String::new, |answer| value_text(&answer.value))
        };
        Self {
            household: household.to_string(),
            village: village.to_string(),
            house_no: own("house_no"),
            head_name: own("head_name"),
            visit_outcome: latest_outcome(&answers),
            unsent,
            conflicts: answers.iter().filter(|answer| answer.conflict).count(),
        }
    }

    /// By village, then house number as a number, then id.
    #[must_use]
    pub fn by_place(a: &Self, b: &Self) -> Ordering {
        let number = |summary: &Self| {
            let digits: String = summary.house_no.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u64>().unwrap_or(u64::MAX)
        };
        (&a.village, number(a), &a.house_no, &a.household).cmp(&(
            &b.village,
            number(b),
            &b.house_no,
            &b.household,
        ))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unsent = if self.unsent { " · ยังไม่ได้ส่ง" } else { "" };
        let conflicts = if self.conflicts > 0 {
            format!(" · ข้อมูลไม่ตรงกัน {}", self.conflicts)
        } else {
            String::new()
        };
        let outcome = choice_label("visit_outcome", &self.visit_outcome);
        write!(
            f,
            "{}  {}  บ้านเลขที่ {:<8} {} · {outcome}{unsent}{conflicts}",
            self.household, self.village, self.house_no, self.head_name
        )
    }
}

fn latest_outcome(answers: &[Answer]) -> String {
    let mut visits: BTreeMap<RowId, (String, String)> = BTreeMap::new();
    for answer in answers {
        let Some(row) = answer.row else { continue };
        match answer.key.as_str() {
            "visit_date" => visits.entry(row).or_default().0 = value_text(&answer.value),
            "visit_outcome" => visits.entry(row).or_default().1 = value_text(&answer.value),
            _ => {}
        }
    }
    visits.into_values().max().map_or_else(String::new, |(_, outcome)| outcome)
}

fn choice_label(question: &str, code: &str) -> String {
    let label =
        Form::built_in().field(question).and_then(|field| field.choice(code)).map(|choice| choice.th.clone());
    label.unwrap_or_else(|| code.to_owned())
}

/// One answer that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conflict {
    household: String,
    row: Option<String>,
    question: String,
    values: Vec<ConflictValue>,
}

/// One of the values of an answer that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConflictValue {
    value: Value,
    device: String,
    person: Option<String>,
    time_ms: i64,
    /// Whether it is the one that every replica shows.
    shown: bool,
}

/// The answers of a household that differ.
#[must_use]
pub fn conflicts_of(
    household: HouseholdId,
    document: &Document,
    people: &BTreeMap<DeviceId, String>,
) -> Vec<Conflict> {
    let differing: Vec<Answer> = document.answers().into_iter().filter(|answer| answer.conflict).collect();
    differing
        .into_iter()
        .map(|answer| {
            let live = document.live(answer.row, &answer.key);
            let last = live.len().saturating_sub(1);
            let values = live.into_iter().enumerate().map(|(at, live)| ConflictValue {
                value: value_json(&live.value),
                device: live.actor.device().to_string(),
                person: people.get(&live.actor.device()).cloned(),
                time_ms: live.time_ms,
                shown: at == last,
            });
            Conflict {
                household: household.to_string(),
                row: answer.row.map(|row| row.to_string()),
                question: answer.key,
                values: values.collect(),
            }
        })
        .collect()
}

/// Conflicts as text.
#[must_use]
pub fn conflicts_text(conflicts: &[Conflict]) -> String {
    if conflicts.is_empty() {
        return "ไม่มีข้อมูลที่ไม่ตรงกัน  (no conflicts)".to_owned();
    }
    let mut lines = Vec::new();
    for conflict in conflicts {
        let row = conflict.row.as_ref().map_or_else(String::new, |row| format!(" {row}"));
        lines.push(format!(
            "{}{row} {}: ข้อมูลไม่ตรงกัน {} ชุด",
            conflict.household,
            conflict.question,
            conflict.values.len()
        ));
        lines.extend(conflict.values.iter().map(|value| format!("    {}", conflict_line(value))));
    }
    lines.join("\n")
}

fn conflict_line(value: &ConflictValue) -> String {
    let who = value.person.as_deref().unwrap_or(&value.device);
    let text = value.value.as_str().map_or_else(|| value.value.to_string(), str::to_owned);
    let shown = if value.shown { "  ← แสดงอยู่ (shown)" } else { "" };
    format!("{text}  — {who}, {}{shown}", thai_time(value.time_ms))
}

/// A household as JSON: answers, rows, conflicts.
#[must_use]
pub fn household_json(
    household: HouseholdId,
    village: VillageCode,
    document: &Document,
    people: &BTreeMap<DeviceId, String>,
) -> Value {
    let mut own = Map::new();
    let mut rows: BTreeMap<RowId, Map<String, Value>> =
        document.rows().into_iter().map(|row| (row, Map::new())).collect();
    for answer in document.answers() {
        let place = answer.row.map_or(&mut own, |row| rows.entry(row).or_default());
        place.insert(answer.key, value_json(&answer.value));
    }
    let rows: BTreeMap<String, Value> =
        rows.into_iter().map(|(row, answers)| (row.to_string(), json!(answers))).collect();
    json!({
        "household": household.to_string(),
        "village": village.to_string(),
        "heads": document.heads().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "answers": own,
        "rows": rows,
        "conflicts": conflicts_of(household, document, people),
    })
}

/// A household as text.
#[must_use]
pub fn household_text(
    household: HouseholdId,
    village: VillageCode,
    document: &Document,
    people: &BTreeMap<DeviceId, String>,
) -> String {
    let mut lines = vec![format!("{household}  หมู่บ้าน {village}")];
    let mut row = None;
    for answer in document.answers() {
        if answer.row != row {
            row = answer.row;
            lines.extend(row.map(|row| format!("  {row}")));
        }
        let indent = if row.is_some() { "    " } else { "  " };
        let label = Form::built_in()
            .field(&answer.key)
            .map_or_else(|| answer.key.clone(), |field| field.label_th.clone());
        let value = match &answer.value {
            Scalar::Str(code) => choice_label(&answer.key, code),
            other => value_text(other),
        };
        lines.push(format!("{indent}{label} [{}]: {value}", answer.key));
    }
    let conflicts = conflicts_of(household, document, people);
    if !conflicts.is_empty() {
        lines.push(conflicts_text(&conflicts));
    }
    lines.join("\n")
}

/// What a sync did, as text.
#[must_use]
pub fn sync_text(report: &SyncReport) -> String {
    let mut lines = vec![
        format!(
            "ส่ง {} รับ {} รายการ · {} คำขอ · ขึ้น {} ลง {} ไบต์  (sent {}, received {}, {} requests, {} frames, {} bytes up, {} down)",
            report.accepted + report.known,
            report.received,
            report.requests,
            report.traffic.up_bytes,
            report.traffic.down_bytes,
            report.accepted + report.known,
            report.received,
            report.requests,
            report.frames,
            report.traffic.up_bytes,
            report.traffic.down_bytes,
        ),
        match report.digests_equal {
            Some(true) => "ข้อมูลในเครื่องตรงกับศูนย์แล้ว  (device and hub hold the same)".to_owned(),
            Some(false) => {
                "ข้อมูลในเครื่องยังไม่ตรงกับศูนย์ กรุณาส่งข้อมูลอีกครั้ง  (device and hub still differ: sync again)"
                    .to_owned()
            }
            None => "ยังไม่ได้เปรียบเทียบ กรุณาส่งข้อมูลอีกครั้ง  (not compared: sync again)".to_owned(),
        },
    ];
    if report.quarantined > 0 {
        lines.push(format!(
            "ศูนย์พักไว้ {} รายการ ดูเหตุผลด้วย samruat device status  ({} in quarantine: see samruat device status)",
            report.quarantined, report.quarantined
        ));
    }
    if report.clock_offset_ms.abs() > 5 * 60 * 1000 {
        let minutes = report.clock_offset_ms / 60_000;
        lines.push(format!(
            "นาฬิกาของเครื่องคลาดเคลื่อน {minutes} นาที  (this device's clock is off by {minutes} minutes)"
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_in_thailand() {
        // 2018-02-03 13:00 in Bangkok.
        assert_eq!(thai_time(1_517_637_600_000), "3 ก.พ. 2561 13.00 น.");
    }
}
