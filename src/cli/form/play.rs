//! Answers from a file, given in an interview in the order of the form.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use survey_form::model::FieldId;
use survey_form::value::Scalar;

use super::interview::{Interview, Key, Stop, What};

/// What was not simply answered.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Played {
    /// Answers that are none to their question, with what to write instead: where in the file, and what.
    pub(super) refused: Vec<(String, String)>,
    /// Answers to questions that are not asked, or that the form does not have: where in the file.
    pub(super) not_asked: Vec<String>,
}

/// Gives the answers, as an object by question; rows of a repeat are an array of such objects, and the
/// questions of a group may lie in an object of its name. An answer is what is typed for it, or a number,
/// or an array of choices.
///
/// An answer may open a question that stands before it: the file is gone through until nothing new is asked.
pub(super) fn play(interview: &mut Interview, answers: &Map<String, Value>) -> Played {
    let mut played = Played::default();
    let mut given = BTreeSet::new();
    loop {
        let before = given.len();
        pass_through(interview, answers, &mut given, &mut played);
        if given.len() == before {
            break;
        }
    }
    let mut all = Vec::new();
    leaves("", answers, &mut all);
    played.not_asked = all.into_iter().filter(|place| !given.contains(place)).collect();
    played
}

fn pass_through(
    interview: &mut Interview,
    answers: &Map<String, Value>,
    given: &mut BTreeSet<String>,
    played: &mut Played,
) {
    let mut at = None;
    loop {
        let next = interview.stops().into_iter().find(|stop| Some(&stop.key) > at.as_ref());
        let Some(stop) = next else { return };
        at = Some(stop.key.clone());
        match stop.what {
            What::Question => {
                let Some((place, value)) = lookup(interview, answers, &stop) else { continue };
                if !given.insert(place.clone()) {
                    continue;
                }
                match read(interview, &stop, value) {
                    Ok(answer) => interview.write(&stop, answer),
                    Err(said) => played.refused.push((place, said)),
                }
            }
            What::Another => {
                let Some((_, Value::Array(rows))) = lookup(interview, answers, &stop) else { continue };
                let there = interview.session.row_ids(stop.row, stop.field).map_or(0, |rows| rows.len());
                if there < rows.len() {
                    let before = stop.key.clone();
                    interview.add_row(&stop);
                    // What lies in the new row stands before this stop.
                    at = last_before(interview, &before, there);
                }
            }
            What::Shown | What::End => {}
        }
    }
}

/// The last stop before those of the row after the `there` first rows of a repeat.
fn last_before(interview: &Interview, another: &Key, there: usize) -> Option<Key> {
    let stops = interview.stops();
    let repeat = stops.iter().find(|stop| stop.key == *another)?;
    let is_new = |stop: &&Stop| {
        let depth = repeat.around.len();
        stop.around.len() > depth
            && stop.around[..depth] == repeat.around[..]
            && stop.around[depth].field == repeat.field
            && stop.around[depth].number > Some(there)
    };
    let first = stops.iter().position(|stop| is_new(&stop)).unwrap_or(stops.len());
    let end = stops.iter().position(|stop| stop.key == *another)?;
    stops.get(first.min(end).checked_sub(1)?).map(|stop| stop.key.clone())
}

/// Where the file has something for a stop, and what.
fn lookup<'a>(
    interview: &Interview,
    answers: &'a Map<String, Value>,
    stop: &Stop,
) -> Option<(String, &'a Value)> {
    let mut scopes: Vec<(String, &Map<String, Value>)> = vec![(String::new(), answers)];
    for place in &stop.around {
        let found = find(interview, &scopes, place.field);
        match (found, place.number) {
            (Some((at, Value::Array(rows))), Some(number)) => {
                let Value::Object(row) = rows.get(number - 1)? else { return None };
                scopes = vec![(format!("{at}[{number}]"), row)];
            }
            (_, Some(_)) => return None,
            (Some((at, Value::Object(group))), None) => scopes.push((at, group)),
            (_, None) => {}
        }
    }
    find(interview, &scopes, stop.field)
}

fn find<'a>(
    interview: &Interview,
    scopes: &[(String, &'a Map<String, Value>)],
    id: FieldId,
) -> Option<(String, &'a Value)> {
    let field = interview.field(id);
    scopes.iter().rev().find_map(|(at, scope)| {
        let named = scope.get_key_value(field.key()).or_else(|| scope.get_key_value(&field.name));
        named.map(|(name, value)| (joined(at, name), value))
    })
}

fn joined(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn read(interview: &Interview, stop: &Stop, value: &Value) -> Result<Scalar, String> {
    match value {
        Value::Null => Ok(Scalar::Null),
        Value::String(text) => interview.read(stop, text),
        Value::Bool(true) => interview.read(stop, "yes"),
        Value::Bool(false) => interview.read(stop, "no"),
        Value::Array(names) => {
            let names: Vec<String> = names.iter().map(text_of).collect();
            interview.read(stop, &names.join(" "))
        }
        other => interview.read(stop, &text_of(other)),
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Where in the file there are answers: everything but objects and arrays of objects.
fn leaves(at: &str, scope: &Map<String, Value>, found: &mut Vec<String>) {
    for (name, value) in scope {
        let place = joined(at, name);
        match value {
            Value::Object(group) => leaves(&place, group, found),
            Value::Array(rows) if rows.iter().any(Value::is_object) => {
                for (number, row) in (1..).zip(rows) {
                    if let Value::Object(row) = row {
                        leaves(&format!("{place}[{number}]"), row, found);
                    }
                }
            }
            _ => found.push(place),
        }
    }
}
