//! What an expression can be, and how one kind of value is turned into another.

use crate::expr::calendar::{Moment, Zone};
use crate::expr::function::Function;
use crate::value::Scalar;
use std::borrow::Cow;

/// The value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// A text; empty where there is no answer.
    Text(Cow<'a, str>),
    /// A number, or what is none (NaN).
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A day or a moment.
    Moment(Moment),
    /// The values of several nodes, or of none.
    Many(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    /// No answer.
    pub const EMPTY: Self = Self::Text(Cow::Borrowed(""));

    /// A text.
    pub fn text_of(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// The same, holding on to nothing.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Number(number) => Value::Number(number),
            Self::Bool(truth) => Value::Bool(truth),
            Self::Moment(moment) => Value::Moment(moment),
            Self::Many(values) => Value::Many(values.into_iter().map(Value::into_owned).collect()),
        }
    }

    /// The same, borrowed.
    #[must_use]
    pub fn borrowed(&'a self) -> Self {
        match self {
            Self::Text(text) => Self::Text(Cow::Borrowed(text)),
            other => other.clone(),
        }
    }

    /// As a text: of several nodes the first.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number_text(*number)),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Moment(moment) => Cow::Owned(moment.text()),
            Self::Many(values) => values.first().map_or(Cow::Borrowed(""), Self::text),
        }
    }

    /// As a number: a date is its days, a text that is no number NaN, of several nodes the first.
    #[must_use]
    pub fn number(&self, zone: Zone) -> f64 {
        match self {
            Self::Text(text) => read_number(text, zone),
            Self::Number(number) => *number,
            Self::Bool(truth) => f64::from(u8::from(*truth)),
            Self::Moment(moment) => moment.days(),
            Self::Many(values) => values.first().map_or(f64::NAN, |value| value.number(zone)),
        }
    }

    /// As true or false: an empty text, zero and NaN are false, of several nodes the first counts.
    #[must_use]
    pub fn truth(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Bool(truth) => *truth,
            Self::Moment(_) => true,
            Self::Many(values) => values.first().is_some_and(Self::truth),
        }
    }

    /// Whether it is no answer: an empty text, NaN, no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Number(number) => number.is_nan(),
            Self::Bool(_) | Self::Moment(_) => false,
            Self::Many(values) => values.first().is_none_or(Self::is_empty),
        }
    }

    /// As a day or moment: of a text that reads as one, of a number of days.
    #[must_use]
    pub fn moment(&self, has_time: bool, zone: Zone) -> Option<Moment> {
        match self {
            Self::Text(text) => Moment::read(text, zone),
            Self::Number(days) => Moment::of_days(*days, has_time, zone),
            Self::Moment(moment) => Some(*moment),
            Self::Bool(_) => None,
            Self::Many(values) => values.first().and_then(|value| value.moment(has_time, zone)),
        }
    }

    /// The values of its nodes, or itself.
    pub(super) fn flat(self) -> Vec<Self> {
        match self {
            Self::Many(values) => values,
            one => vec![one],
        }
    }
}

impl<'a> From<&'a Scalar> for Value<'a> {
    #[expect(clippy::cast_precision_loss, reason = "numbers of expressions are doubles")]
    fn from(scalar: &'a Scalar) -> Self {
        match scalar {
            Scalar::Null => Self::EMPTY,
            Scalar::Bool(truth) => Self::Bool(*truth),
            Scalar::Int(number) => Self::Number(*number as f64),
            Scalar::F64(number) => Self::Number(*number),
            Scalar::Str(text) => Self::Text(Cow::Borrowed(text)),
        }
    }
}

/// Whether `left` and `right` compare as `function` says. Several nodes do if one of them does; no
/// node is an empty text.
pub(super) fn compares(function: Function, left: &Value<'_>, right: &Value<'_>, zone: Zone) -> bool {
    match (left, right) {
        (Value::Many(values), _) if values.is_empty() => compares(function, &Value::EMPTY, right, zone),
        (_, Value::Many(values)) if values.is_empty() => compares(function, left, &Value::EMPTY, zone),
        (Value::Many(values), _) => values.iter().any(|left| compares(function, left, right, zone)),
        (_, Value::Many(values)) => values.iter().any(|right| compares(function, left, right, zone)),
        _ => match function {
            Function::Equal => equals(left, right, zone),
            Function::NotEqual => !equals(left, right, zone),
            Function::Less => left.number(zone) < right.number(zone),
            Function::LessOrEqual => left.number(zone) <= right.number(zone),
            Function::Greater => left.number(zone) > right.number(zone),
            _ => left.number(zone) >= right.number(zone),
        },
    }
}

fn equals(left: &Value<'_>, right: &Value<'_>, zone: Zone) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left == right,
        // A truth that was calculated in another field is often compared with its name.
        (Value::Bool(truth), Value::Text(text)) | (Value::Text(text), Value::Bool(truth)) => {
            match text.as_ref() {
                "true" => *truth,
                "false" => !*truth,
                text => *truth != text.is_empty(),
            }
        }
        (Value::Bool(truth), other) | (other, Value::Bool(truth)) => *truth == other.truth(),
        _ => left.number(zone) == right.number(zone),
    }
}

/// A number as XPath writes it: without an exponent, whole numbers without a point.
pub(crate) fn number_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

/// A number as XPath reads it (a minus sign, digits, a point), or the days of a date.
fn read_number(text: &str, zone: Zone) -> f64 {
    let text = text.trim();
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    match light::read_number(text) {
        Some(number) if is_number => number,
        _ => Moment::read(text, zone).map_or(f64::NAN, Moment::days),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_and_read_as_in_xpath() {
        for (number, text) in [
            (0.1 + 0.2, "0.30000000000000004"),
            (1e21, "1000000000000000000000"),
            (-0.0, "0"),
            (5.0, "5"),
            (-2.5, "-2.5"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(number_text(number), text);
        }
        for (text, number) in [(" 12 ", 12.0), ("-1.5", -1.5), (".5", 0.5), ("2024-02-29", 19_782.0)] {
            assert_eq!(read_number(text, Zone(0)), number, "{text}");
        }
        for text in ["", "1e3", "inf", "+1", "0x10", "1,5", "๕"] {
            assert!(read_number(text, Zone(0)).is_nan(), "{text}");
        }
    }

    #[test]
    fn no_node_is_an_empty_text() {
        let none = Value::Many(Vec::new());
        assert!(compares(Function::Equal, &none, &Value::EMPTY, Zone(0)));
        assert!(!compares(Function::NotEqual, &Value::EMPTY, &none, Zone(0)));
        assert!(!compares(Function::Less, &none, &Value::Number(1.0), Zone(0)));
    }
}
