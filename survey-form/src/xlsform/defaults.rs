//! Defaults that are answers as written, rather than formulas.

use super::choices::List;
use crate::model::Kind;
use crate::value::Scalar;

/// The answer that a text is for a question of this kind; `None` where it could not be one.
pub(super) fn answer(text: &str, kind: &Kind, list: Option<&List<'_>>) -> Option<Scalar> {
    let text = text.trim();
    let written = || Some(Scalar::Str(text.to_owned()));
    match kind {
        Kind::Integer => whole(text).map(Scalar::Int),
        Kind::Range(range) if range.is_whole() => whole(text).map(Scalar::Int),
        Kind::Decimal | Kind::Range(_) => decimal(text).map(Scalar::F64),
        Kind::SelectOne(_) => list.is_none_or(|list| list.has(text)).then(written)?,
        Kind::SelectMultiple(_) | Kind::Rank(_) => {
            let is_known = |name| list.is_none_or(|list| list.has(name));
            text.split_whitespace().all(is_known).then(written)?
        }
        Kind::Date => is_date(text).then(written)?,
        Kind::Time => is_time(text).then(written)?,
        Kind::DateTime => {
            let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
            (is_date(date) && is_time(time)).then(|| Some(Scalar::Str(format!("{date}T{time}"))))?
        }
        Kind::Geopoint => is_point(text).then(written)?,
        Kind::Geotrace | Kind::Geoshape => {
            text.split(';').map(str::trim).filter(|point| !point.is_empty()).all(is_point).then(written)?
        }
        Kind::Acknowledge => (text == "OK").then(written)?,
        _ => written(),
    }
}

fn whole(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| text.strip_suffix(".0")?.parse().ok())
}

fn decimal(text: &str) -> Option<f64> {
    let is_plain =
        text.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | '-' | '+' | 'e' | 'E'));
    text.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-').map(|part| part.parse::<u32>().ok().filter(|_| part.len() <= 4));
    let (Some(Some(_)), Some(Some(month)), Some(Some(day)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

fn is_time(text: &str) -> bool {
    let clock = text.trim_end_matches('Z');
    let clock = clock.split_once(['+', '-']).map_or(clock, |(clock, _)| clock);
    let mut parts = clock.split(':');
    let mut number = |below: f64| {
        parts.next().map(|part| part.parse::<f64>().is_ok_and(|number| (0.0..below).contains(&number)))
    };
    number(24.0) == Some(true)
        && number(60.0) == Some(true)
        && number(61.0) != Some(false)
        && parts.next().is_none()
}

fn is_point(text: &str) -> bool {
    let numbers = text.split_whitespace().map(|number| number.parse::<f64>().ok()).collect::<Vec<_>>();
    let is_between = |at: usize, most: f64| {
        numbers.get(at).is_some_and(|number| number.is_some_and(|number| number.abs() <= most))
    };
    (2..=4).contains(&numbers.len())
        && numbers.iter().all(Option::is_some)
        && is_between(0, 90.0)
        && is_between(1, 180.0)
}
