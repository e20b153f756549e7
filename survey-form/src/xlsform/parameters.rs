//! The parameters column: `name=value`, by type.

use super::cells::{Column, Columns};
use super::choices::Lists;
use super::headers::Survey;
use super::names;
use super::sink::Sink;
use super::types::{ChoicesFrom, truth};
use crate::fault::{Expected, Place, SheetFault};
use crate::model::{Kind, Metadata, Range};
use std::collections::BTreeMap;

/// Reads a cell into names in lower case and values, as far as it can be read.
pub(super) fn read(text: &str, place: &Place, sink: &mut Sink) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    // White space may stand around the sign.
    let text = text.split('=').map(str::trim).collect::<Vec<_>>().join("=");
    for pair in text.split([' ', '\t', '\n', '\r', ',', ';']).filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some((name, value)) if !name.is_empty() && !value.is_empty() && !value.contains('=') => {
                let name = name.to_lowercase();
                // Those two name columns of a file, whose case counts.
                let is_cased = matches!(name.as_str(), "value" | "label" | "seed");
                parameters.insert(name, if is_cased { value.to_owned() } else { value.to_lowercase() });
            }
            _ => sink.error(place.clone(), SheetFault::BadParameters { written: pair.to_owned() }),
        }
    }
    parameters
}

/// The names of the parameters of a type.
pub(super) fn known(kind: &Kind, is_from_file: bool) -> &'static str {
    match kind {
        Kind::Text => "rows",
        Kind::Image | Kind::Signature => "max-pixels, app",
        Kind::Audio | Kind::Metadata(Metadata::BackgroundAudio) => "quality",
        Kind::Geopoint => "capture-accuracy, warning-accuracy, allow-mock-accuracy, reference-geometry",
        Kind::Geotrace | Kind::Geoshape => "incremental, allow-mock-accuracy, reference-geometry",
        Kind::Range(_) => "start, end, step, tick_interval, placeholder, tick_labelset",
        Kind::SelectOne(_) | Kind::SelectMultiple(_) | Kind::Rank(_) if is_from_file => {
            "randomize, seed, value, label"
        }
        Kind::SelectOne(_) | Kind::SelectMultiple(_) | Kind::Rank(_) => "randomize, seed",
        Kind::Metadata(Metadata::Audit) => {
            "location-priority, location-min-interval, location-max-age, track-changes, track-changes-reasons, identify-user"
        }
        _ => "",
    }
}

/// Tells of parameters that the type does not have, and of values that they cannot have.
pub(super) fn check(
    parameters: &BTreeMap<String, String>,
    known: &'static str,
    place: &Place,
    lists: &mut Lists<'_>,
    sink: &mut Sink,
) {
    for (name, value) in parameters {
        if !known.split(", ").any(|known| known == name) {
            sink.error(place.clone(), SheetFault::UnknownParameter { name: name.clone(), known });
            continue;
        }
        let is_number = value.parse::<f64>().is_ok_and(f64::is_finite);
        let is_reference = value.starts_with("${") && value.ends_with('}');
        let expected = match name.as_str() {
            "rows" | "max-pixels" | "location-min-interval" | "location-max-age" => {
                value.parse::<u32>().is_err().then_some(Expected::WholeNumber)
            }
            "start" | "end" | "step" | "tick_interval" | "placeholder" | "capture-accuracy"
            | "warning-accuracy" => (!is_number).then_some(Expected::Number),
            "randomize" | "track-changes" | "identify-user" | "allow-mock-accuracy" | "incremental" => {
                truth(value).is_none().then_some(Expected::Truth)
            }
            "seed" => (!is_number && !is_reference).then_some(Expected::NumberOrReference),
            "value" | "label" => (!names::is_valid(value)).then_some(Expected::ColumnName),
            "quality" => {
                let words = "voice-only, low, normal, external";
                (!words.split(", ").any(|word| word == value)).then_some(Expected::OneOf(words))
            }
            "location-priority" => {
                let words = "no-power, low-power, balanced, high-accuracy";
                (!words.split(", ").any(|word| word == value)).then_some(Expected::OneOf(words))
            }
            "tick_labelset" => {
                let list = lists.used(&ChoicesFrom::List(value.clone()));
                list.is_none().then_some(Expected::List)
            }
            _ => None,
        };
        if let Some(expected) = expected {
            let (name, value) = (name.clone(), value.clone());
            sink.error(place.clone(), SheetFault::BadParameter { name, value, expected });
        }
    }
    if parameters.contains_key("seed") && !parameters.contains_key("randomize") {
        let (name, value) = ("randomize".to_owned(), String::new());
        sink.error(place.clone(), SheetFault::BadParameter { name, value, expected: Expected::Truth });
    }
}

/// The bounds of a range, from 1 to 10 by 1 where they are not written.
pub(super) fn range(parameters: &BTreeMap<String, String>, place: &Place, sink: &mut Sink) -> Range {
    let number = |name: &str, otherwise: f64| {
        parameters
            .get(name)
            .and_then(|value| value.parse().ok())
            .filter(|value: &f64| value.is_finite())
            .unwrap_or(otherwise)
    };
    let mut range =
        Range { start: number("start", 1.0), end: number("end", 10.0), step: number("step", 1.0).abs() };
    if range.step == 0.0 || range.step > (range.end - range.start).abs() {
        let value = parameters.get("step").cloned().unwrap_or_else(|| range.step.to_string());
        let kind = SheetFault::BadParameter { name: "step".to_owned(), value, expected: Expected::Step };
        sink.error(place.clone(), kind);
        range.step = 1.0;
    }
    range
}

/// Where the parameters of a row stand, or the row itself.
pub(super) fn place(columns: &Columns<Survey>, row: u32, column: Option<&Column<Survey>>) -> Place {
    column.map_or_else(|| columns.row(row), |column| columns.cell(row, column))
}
