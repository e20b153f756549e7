//! Between what documents hold and what expressions see.

use crate::engine::rows::Stored;
use crate::expr::{Value, Zone, number_text};
use crate::model::{ChoiceSource, Form, Kind};
use crate::value::Scalar;
use light::{Map, Set};
use std::borrow::Cow;

/// What expressions see of a stored answer.
pub(super) fn seen(form: &Form, kind: &Kind, stored: &Stored) -> Value<'static> {
    match stored {
        Stored::Scalar(scalar) => Value::from(scalar).into_owned(),
        Stored::Choices(choices) => Value::text_of(names(form, kind, choices).join(" ")),
    }
}

/// The ticked choices in the order of their list; those that it does not have come after, by name.
pub(super) fn names(form: &Form, kind: &Kind, choices: &Map<String, bool>) -> Vec<String> {
    let list = match kind.choices() {
        Some(ChoiceSource::List(name)) => form.lists.get(name),
        _ => None,
    };
    let place = |name: &str| {
        list.and_then(|list| list.choices.iter().position(|choice| choice.name == name)).unwrap_or(usize::MAX)
    };
    let ticked = choices.iter().filter(|(_, ticked)| **ticked).map(|(name, _)| name);
    let mut ordered = Set::new();
    ordered.extend(ticked.map(|name| (place(name), name)));
    ordered.into_iter().map(|(_, name)| name.clone()).collect()
}

/// The value of a calculation, as a field of this kind has it.
pub(super) fn typed(kind: &Kind, value: Value<'_>, zone: Zone) -> Value<'static> {
    let value = match value {
        Value::Many(values) => values.into_iter().next().unwrap_or(Value::EMPTY),
        one => one,
    };
    if value.is_empty() {
        return Value::EMPTY;
    }
    let number = || value.number(zone);
    match kind {
        Kind::Integer if number().is_finite() => Value::Number(number().trunc()),
        Kind::Decimal | Kind::Range(_) if number().is_finite() => Value::Number(number()),
        Kind::Date => match value.moment(false, zone) {
            Some(moment) => Value::text_of(moment.day().text()),
            None => Value::text_of(value.text().into_owned()),
        },
        Kind::DateTime => match value.moment(true, zone) {
            Some(moment) if !matches!(value, Value::Text(_)) => Value::text_of(moment.with_time().text()),
            _ => Value::text_of(value.text().into_owned()),
        },
        Kind::Calculate | Kind::Hidden | Kind::Note => match value {
            Value::Moment(moment) => Value::text_of(moment.text()),
            other => other.into_owned(),
        },
        _ => Value::text_of(value.text().into_owned()),
    }
}

/// A value as a document holds it.
#[expect(clippy::cast_possible_truncation, reason = "it is whole and in bounds")]
pub(super) fn scalar(value: &Value<'_>) -> Scalar {
    match value {
        value if value.is_empty() => Scalar::Null,
        Value::Number(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
            Scalar::Int(*number as i64)
        }
        Value::Number(number) if number.is_finite() => Scalar::F64(*number),
        Value::Number(number) => Scalar::Str(number_text(*number)),
        Value::Bool(truth) => Scalar::Bool(*truth),
        other => Scalar::Str(other.text().into_owned()),
    }
}

/// An answer as its field's kind has it: a decimal that is whole is a decimal still.
#[expect(clippy::cast_precision_loss, reason = "decimals are doubles")]
pub(super) fn fitted(kind: &Kind, scalar: Scalar) -> Scalar {
    match (kind, scalar) {
        (Kind::Decimal, Scalar::Int(number)) => Scalar::F64(number as f64),
        (Kind::Range(range), Scalar::Int(number)) if !range.is_whole() => Scalar::F64(number as f64),
        (Kind::Integer, Scalar::Str(text)) => match text.trim().parse() {
            Ok(number) => Scalar::Int(number),
            Err(_) => Scalar::Str(text),
        },
        (Kind::Decimal | Kind::Range(_), Scalar::Str(text)) => {
            match Value::text_of(text.as_str()).number(Zone(0)) {
                number if number.is_finite() => fitted(kind, self::scalar(&Value::Number(number))),
                _ => Scalar::Str(text),
            }
        }
        (_, Scalar::Str(text)) if text.is_empty() => Scalar::Null,
        (_, scalar) => scalar,
    }
}

/// Whether a stored answer is one that its field's kind can have.
pub(super) fn fits(kind: &Kind, scalar: &Scalar) -> bool {
    match (kind, scalar) {
        (_, Scalar::Null) | (Kind::Calculate | Kind::Hidden, _) => true,
        (Kind::Integer, Scalar::Int(_)) => true,
        (Kind::Integer, Scalar::F64(number)) => number.fract() == 0.0,
        (Kind::Decimal, Scalar::Int(_) | Scalar::F64(_)) => true,
        (Kind::Range(range), Scalar::Int(_) | Scalar::F64(_)) => {
            let number = Value::from(scalar).number(Zone(0));
            let (low, high) = (range.start.min(range.end), range.start.max(range.end));
            (low..=high).contains(&number)
        }
        (Kind::Integer | Kind::Decimal | Kind::Range(_), _) => false,
        (Kind::Date, Scalar::Str(text)) => text.len() == 10 && day(text),
        (Kind::DateTime, Scalar::Str(text)) => day(text),
        (Kind::Acknowledge, Scalar::Str(text)) => text == "OK",
        (_, Scalar::Str(_)) => true,
        (_, Scalar::Bool(_) | Scalar::Int(_) | Scalar::F64(_)) => false,
    }
}

fn day(text: &str) -> bool {
    Value::Text(Cow::Borrowed(text)).moment(true, Zone(0)).is_some()
}
