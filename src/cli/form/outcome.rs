//! What came of an interview: the answers, what was derived, and what does not hold.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value, json};
use survey_form::engine::{Finding, Problem, RowId};
use survey_form::fault::Tongue;
use survey_form::model::{FieldId, Kind};
use survey_form::value::Scalar;

use super::interview::{Around, Interview, What, language_of};
use super::words::either;

/// Something that does not hold, in both languages.
pub(super) struct Told {
    pub(super) finding: Finding,
    pub(super) thai: String,
    pub(super) english: String,
}

/// Everything that does not hold. The form's own message, where it has one, else what the engine says.
pub(super) fn findings(interview: &mut Interview) -> Vec<Told> {
    let spoken = |interview: &mut Interview, code, tongue| {
        let language = language_of(interview.form(), code).unwrap_or(interview.form().default_language);
        interview.session.set_language(language);
        interview.session.check_all().into_iter().map(move |finding| {
            let said = if finding.message.is_empty() {
                finding.problem.told(tongue)
            } else {
                finding.message.clone()
            };
            (finding, said)
        })
    };
    let thai: Vec<_> = spoken(interview, "th", Tongue::Thai).collect();
    let english: Vec<_> = spoken(interview, "en", Tongue::English).collect();
    let code = either(interview.tongue, "th", "en");
    let shown = language_of(interview.form(), code).unwrap_or(interview.form().default_language);
    interview.session.set_language(shown);
    let pairs = thai.into_iter().zip(english);
    pairs.map(|((finding, thai), (_, english))| Told { finding, thai, english }).collect()
}

/// The name of a problem, for programs: as the hub calls it.
pub(in crate::cli) fn problem_name(problem: &Problem) -> &'static str {
    match problem {
        Problem::Required => "required",
        Problem::Constraint => "constraint",
        Problem::SoftConstraint => "soft_constraint",
        Problem::WrongKind | Problem::UnknownChoice(_) | Problem::ClosedChoice(_) => "value",
        Problem::SurplusRow => "rows",
        Problem::Unevaluated(_) => "form",
    }
}

/// The rows that count, each with its place.
fn rows(interview: &Interview) -> BTreeMap<RowId, Around> {
    let mut rows = BTreeMap::new();
    rows_in(interview, None, None, &mut rows);
    rows
}

fn rows_in(
    interview: &Interview,
    scope: Option<FieldId>,
    row: Option<RowId>,
    rows: &mut BTreeMap<RowId, Around>,
) {
    for (id, field) in interview.form().ids() {
        if field.kind != Kind::Repeat || interview.form().scope_of(id) != scope {
            continue;
        }
        for (number, child) in (1..).zip(interview.session.row_ids(row, id).unwrap_or_default()) {
            rows.insert(child, Around { row, field: id, number: Some(number) });
            rows_in(interview, Some(id), Some(child), rows);
        }
    }
}

/// The outcome as text, in the language of the interview.
pub(super) fn text(interview: &mut Interview) -> String {
    let tongue = interview.tongue;
    let found = findings(interview);
    let name = interview.session.instance_name();
    let title = format!("{} {}", either(tongue, "สรุปคำตอบ", "The answers"), name.trim());
    let mut text = format!("── {} ──\n", title.trim_end());
    let mut trail = Vec::new();
    for stop in interview.stops() {
        let value = match stop.what {
            What::Question | What::Shown => interview.answer_text(stop.row, stop.field),
            What::Another | What::End => continue,
        };
        if value.is_empty() {
            continue;
        }
        let shared = trail.iter().zip(&stop.around).take_while(|(old, new)| old == new).count();
        for place in &stop.around[shared..] {
            let name = interview.name_of(place);
            if !name.is_empty() {
                let _ = writeln!(text, "── {name} ──");
            }
        }
        let derived = if stop.what == What::Shown { " =" } else { ":" };
        let _ = writeln!(text, "  {}{derived} {value}", interview.label(stop.row, stop.field));
        trail.clone_from(&stop.around);
    }
    let _ = match (found.len(), tongue) {
        (0, Tongue::Thai) => write!(text, "✓ ทุกข้อเป็นไปตามแบบฟอร์ม"),
        (0, Tongue::English) => write!(text, "✓ everything holds"),
        (count, Tongue::Thai) => write!(text, "✗ ยังไม่เป็นไปตามแบบฟอร์ม {count} ข้อ"),
        (count, Tongue::English) => write!(text, "✗ {count} do not hold"),
    };
    let places = rows(interview);
    for Told { finding, thai, english } in &found {
        let row = finding.row.and_then(|row| places.get(&row));
        let row = row.map_or_else(String::new, |place| format!("{} · ", interview.name_of(place)));
        let _ = write!(
            text,
            "\n  {row}{} [{}]: {}",
            interview.label(finding.row, finding.field),
            interview.field(finding.field).name,
            either(tongue, thai, english)
        );
    }
    text
}

/// The outcome as JSON. The answers in it can be given to another interview; what does not hold is told
/// in both languages.
pub(super) fn json(interview: &mut Interview) -> Value {
    let found = findings(interview);
    let places = rows(interview);
    let (mut answers, mut derived) = (Map::new(), Map::new());
    gather(interview, None, None, &mut answers, &mut derived);
    let does_not_hold: Vec<Value> = found
        .iter()
        .map(|Told { finding, thai, english }| {
            let row = finding.row.and_then(|row| places.get(&row));
            json!({
                "row": row.map(|place| json!({
                    "group": interview.field(place.field).key(), "number": place.number,
                })),
                "question": interview.field(finding.field).key(),
                "problem": problem_name(&finding.problem),
                "message_th": thai,
                "message_en": english,
            })
        })
        .collect();
    let form = interview.form();
    json!({
        "form": form.id, "version": form.version, "hash": form.hash(),
        "name": interview.session.instance_name(),
        "answers": answers, "derived": derived, "does_not_hold": does_not_hold,
    })
}

/// The values of a household or row, by key: those that people answered and those that were derived.
fn gather(
    interview: &Interview,
    scope: Option<FieldId>,
    row: Option<RowId>,
    answers: &mut Map<String, Value>,
    derived: &mut Map<String, Value>,
) {
    for (id, field) in interview.form().ids() {
        if interview.form().scope_of(id) != scope || field.kind == Kind::Group {
            continue;
        }
        let key = field.key().to_owned();
        if field.kind == Kind::Repeat {
            let (mut given, mut found) = (Vec::new(), Vec::new());
            for child in interview.session.row_ids(row, id).unwrap_or_default() {
                let (mut own, mut own_derived) = (Map::new(), Map::new());
                gather(interview, Some(id), Some(child), &mut own, &mut own_derived);
                given.push(Value::Object(own));
                found.push(own_derived);
            }
            if !given.is_empty() {
                answers.insert(key.clone(), Value::Array(given));
            }
            if found.iter().any(|row| !row.is_empty()) {
                derived.insert(key, json!(found));
            }
            continue;
        }
        let Ok(state) = interview.session.state(row, id) else { continue };
        if !state.relevant || state.value.is_empty() {
            continue;
        }
        let is_written = !interview.session.stored(row, id).unwrap_or_default().is_empty();
        let place = if is_written { &mut *answers } else { &mut *derived };
        place.insert(key, value_json(&field.kind, &state.value));
    }
}

fn value_json(kind: &Kind, value: &Scalar) -> Value {
    match (kind, value) {
        (Kind::SelectMultiple(_) | Kind::Rank(_), Scalar::Str(names)) => {
            json!(names.split_whitespace().collect::<Vec<_>>())
        }
        _ => json!(value),
    }
}
