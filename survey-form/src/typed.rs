//! What a person types as an answer, and an answer as a person reads it.

use std::borrow::Cow;

use crate::engine::OpenChoice;
use crate::expr::{Moment, Zone};
use crate::model::{Field, Kind};
use crate::thai::{self, Land, common_era_year, fold_digits, iso_date, show_date, thai_date};
use crate::value::Scalar;

/// Minutes that the clocks of Thailand are ahead of UTC.
pub const THAILAND: Zone = Zone(7 * 60);

/// Why a text is no answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// A whole number is asked for.
    WholeNumber,
    /// A number is asked for.
    Number,
    /// A day is asked for.
    Date,
    /// A time of day is asked for.
    Time,
    /// A day and a time are asked for.
    DateTime,
    /// Latitude and longitude are asked for, of a line several.
    Point,
    /// No open choice has this number or name.
    Choice(String),
    /// One choice is asked for, and there are several.
    OneChoice,
    /// Yes or no is asked for.
    Acknowledge,
    /// The name of a file, `sha256:…`, is asked for.
    File,
}

/// Reads what was typed as an answer. Digits may be Thai, years of dates are of the Buddhist era, and of
/// choices the numbers that [`choice_keys`] gives or the names are written. What the form gives a `format`
/// is written as people in Thailand write it. `today` is `YYYY-MM-DD`.
///
/// # Errors
/// [`Unreadable`]: what is asked for.
pub fn read(field: &Field, choices: &[OpenChoice], text: &str, today: &str) -> Result<Scalar, Unreadable> {
    let plain = read_kind(&field.kind, choices, text.trim(), today);
    let is_text = matches!(field.kind, Kind::Text);
    match in_format(format(field), text) {
        Some(answer) if is_text || plain.is_err() => Ok(answer),
        _ => plain,
    }
}

/// The column `format` of a question; empty where it has none.
fn format(field: &Field) -> &str {
    field.extra.get("format").map_or("", String::as_str)
}

/// A text that is written in one of the Thai ways, as it is stored.
fn in_format(format: &str, text: &str) -> Option<Scalar> {
    let stored = match format {
        "area_code" => thai::area_code(text)?,
        "house_number" => thai::house_number(text)?.into_owned(),
        "house_code" => thai::house_code(text)?,
        "citizen_id" => thai::citizen_id(text).ok()?,
        "phone" => thai::phone(text)?,
        "baht" => return i64::try_from(thai::baht(text)?).ok().map(Scalar::Int),
        "land_rai" => return Some(Scalar::F64(Land::parse(text)?.rai())),
        "land_wah" => return Some(Scalar::F64(Land::parse(text)?.square_wah())),
        _ => return None,
    };
    Some(Scalar::Str(stored))
}

fn read_kind(kind: &Kind, choices: &[OpenChoice], text: &str, today: &str) -> Result<Scalar, Unreadable> {
    let stored = |text: Option<String>, why| text.map(Scalar::Str).ok_or(why);
    match kind {
        Kind::Integer => match bare_number(text).parse() {
            Ok(number) => Ok(Scalar::Int(number)),
            Err(_) => Err(Unreadable::WholeNumber),
        },
        Kind::Range(range) if range.is_whole() => match bare_number(text).parse() {
            Ok(number) => Ok(Scalar::Int(number)),
            Err(_) => Err(Unreadable::WholeNumber),
        },
        Kind::Decimal | Kind::Range(_) => match light::read_number(&bare_number(text)) {
            Some(number) if number.is_finite() => Ok(Scalar::F64(number)),
            _ => Err(Unreadable::Number),
        },
        Kind::SelectOne(_) => {
            // A name may hold a space where it comes from a table.
            if let Some(choice) = chosen(choices, text) {
                return Ok(Scalar::Str(choice.name.clone()));
            }
            match names(choices, text)?.as_slice() {
                [name] => Ok(Scalar::Str((*name).to_owned())),
                _ => Err(Unreadable::OneChoice),
            }
        }
        Kind::SelectMultiple(_) | Kind::Rank(_) => Ok(Scalar::Str(names(choices, text)?.join(" "))),
        Kind::Date => stored(date(text, today), Unreadable::Date),
        Kind::Time => stored(time(text), Unreadable::Time),
        Kind::DateTime => stored(date_time(text, today), Unreadable::DateTime),
        Kind::Geopoint => stored(point(text), Unreadable::Point),
        Kind::Geotrace | Kind::Geoshape => {
            let points: Option<Vec<String>> =
                text.split(';').filter(|part| !part.trim().is_empty()).map(point).collect();
            let line = points.filter(|points| points.len() > 1).map(|points| points.join("; "));
            stored(line, Unreadable::Point)
        }
        Kind::Acknowledge if is_yes(text) => Ok(Scalar::Str("OK".to_owned())),
        Kind::Acknowledge if is_no(text) => Ok(Scalar::Null),
        Kind::Acknowledge => Err(Unreadable::Acknowledge),
        Kind::Image | Kind::Audio | Kind::Video | Kind::File | Kind::Signature => {
            let hex = text.strip_prefix("sha256:");
            let well_formed =
                hex.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
            if well_formed { Ok(Scalar::Str(text.to_ascii_lowercase())) } else { Err(Unreadable::File) }
        }
        _ => Ok(Scalar::Str(text.to_owned())),
    }
}

/// What is typed for each choice: its number in the list, or the names themselves where one of them is a
/// number, so that a number never means two things.
#[must_use]
pub fn choice_keys(choices: &[OpenChoice]) -> Vec<String> {
    let is_number = |choice: &OpenChoice| choice.name.bytes().all(|b| b.is_ascii_digit());
    if choices.iter().any(is_number) {
        return choices.iter().map(|choice| choice.name.clone()).collect();
    }
    (1..=choices.len()).map(|number| number.to_string()).collect()
}

/// The choice that was typed.
#[must_use]
pub fn chosen<'c>(choices: &'c [OpenChoice], typed: &str) -> Option<&'c OpenChoice> {
    let folded = fold_digits(typed);
    let by_key = choice_keys(choices).iter().position(|key| *key == *folded);
    let by_name = || choices.iter().position(|choice| choice.name == typed);
    choices.get(by_key.or_else(by_name)?)
}

fn names<'c>(choices: &'c [OpenChoice], text: &str) -> Result<Vec<&'c str>, Unreadable> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    words
        .map(|word| match chosen(choices, word) {
            Some(choice) => Ok(choice.name.as_str()),
            None => Err(Unreadable::Choice(word.to_owned())),
        })
        .collect()
}

/// Whether a person says yes.
#[must_use]
pub fn is_yes(text: &str) -> bool {
    matches!(fold(text).as_str(), "+" | "y" | "yes" | "ok" | "true" | "1" | "ใช่" | "ตกลง" | "เพิ่ม")
}

/// Whether a person says no.
#[must_use]
pub fn is_no(text: &str) -> bool {
    matches!(fold(text).as_str(), "n" | "no" | "false" | "0" | "ไม่" | "ไม่ใช่" | "พอ")
}

fn fold(text: &str) -> String {
    light::lowercase(&fold_digits(text.trim()))
}

fn bare_number(text: &str) -> String {
    fold_digits(text).replace([',', ' '], "")
}

/// A day as `YYYY-MM-DD` of the common era. An ISO date may be of either era: their years do not meet.
fn date(text: &str, today: &str) -> Option<String> {
    if matches!(light::lowercase(text).as_str(), "today" | "วันนี้") {
        return Some(today.to_owned());
    }
    if let Ok(date) = iso_date(text) {
        return Some(date.into_owned());
    }
    buddhist_iso_date(&fold_digits(text)).or_else(|| thai_date(text))
}

/// `2569-02-03` as `2026-02-03`.
fn buddhist_iso_date(text: &str) -> Option<String> {
    let (year, rest) = text.split_once('-')?;
    let month = rest.split('-').next()?.parse().ok()?;
    let year = common_era_year(year.parse().ok().filter(|year| *year > 2400)?, month)?;
    iso_date(&format!("{year:04}-{rest}")).ok().map(Cow::into_owned)
}

/// A time of day as `HH:MM` or `HH:MM:SS`; `13.30 น.` is how it is written in Thailand.
fn time(text: &str) -> Option<String> {
    let folded = fold_digits(text.trim().trim_end_matches('.').trim_end_matches('น').trim_end()).into_owned();
    let parts: Option<Vec<u8>> = folded
        .split([':', '.'])
        .map(|part| part.parse().ok().filter(|_| (1..=2).contains(&part.len())))
        .collect();
    match parts?.as_slice() {
        [hour @ 0..24, minute @ 0..60] => Some(format!("{hour:02}:{minute:02}")),
        [hour @ 0..24, minute @ 0..60, second @ 0..60] => Some(format!("{hour:02}:{minute:02}:{second:02}")),
        _ => None,
    }
}

/// A day and a time, with the zone of Thailand.
fn date_time(text: &str, today: &str) -> Option<String> {
    if let Some(moment) = Moment::read(text, THAILAND).filter(|_| text.contains('T')) {
        return Some(moment.text());
    }
    let text = text.trim_end_matches('.').trim_end_matches('น').trim_end();
    let (day, hour) = text.rsplit_once([' ', 'T'])?;
    let moment = format!("{}T{}", date(day.trim(), today)?, time(hour)?);
    Some(Moment::read(&moment, THAILAND)?.text())
}

/// Latitude and longitude in degrees, then perhaps altitude and accuracy in metres.
fn point(text: &str) -> Option<String> {
    let folded = fold_digits(text).replace(',', " ");
    let numbers: Option<Vec<f64>> =
        folded.split_whitespace().map(|word| light::read_number(word).filter(|n| n.is_finite())).collect();
    let numbers = numbers.filter(|numbers| (2..=4).contains(&numbers.len()))?;
    let on_earth = numbers[0].abs() <= 90.0 && numbers[1].abs() <= 180.0;
    on_earth.then(|| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

/// An answer as it is shown: a choice by its label, a date in the Buddhist era, baht with commas.
#[must_use]
pub fn shown(field: &Field, choices: &[OpenChoice], value: &Scalar) -> String {
    let text = plain(value);
    if format(field) == "baht"
        && let Ok(amount) = text.parse()
    {
        return thai::show_baht(amount);
    }
    let label = |name: &str| {
        let choice = choices.iter().find(|choice| choice.name == name && !choice.label.is_empty());
        choice.map_or_else(|| name.to_owned(), |choice| choice.label.clone())
    };
    match &field.kind {
        Kind::SelectOne(_) => label(&text),
        Kind::SelectMultiple(_) => text.split_whitespace().map(label).collect::<Vec<_>>().join(", "),
        Kind::Rank(_) => text.split_whitespace().map(label).collect::<Vec<_>>().join(" > "),
        _ => show_date(&text).unwrap_or(text),
    }
}

/// A value as text; nothing where there is no answer.
#[must_use]
pub fn plain(value: &Scalar) -> String {
    match value {
        Scalar::Null => String::new(),
        Scalar::Bool(truth) => truth.to_string(),
        Scalar::Int(number) => number.to_string(),
        Scalar::F64(number) => number.to_string(),
        Scalar::Str(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::model::{ChoiceSource, Range};

    use super::*;

    const TODAY: &str = "2026-11-26";

    fn typed(kind: &Kind, text: &str) -> Option<String> {
        read_kind(kind, &[], text, TODAY).ok().map(|value| plain(&value))
    }

    fn field(kind: Kind, format: &str) -> Field {
        let extra = [("format".to_owned(), format.to_owned())].into();
        Field { kind, extra, ..Field::default() }
    }

    fn open(names: &[&str]) -> Vec<OpenChoice> {
        names
            .iter()
            .map(|name| OpenChoice { name: (*name).to_owned(), label: format!("label of {name}") })
            .collect()
    }

    #[test]
    fn dates_and_times_are_typed_as_in_thailand() {
        for (text, stored) in [
            ("3 ก.พ. 2569", Some("2026-02-03")),
            ("๓/๒/๒๕๖๙", Some("2026-02-03")),
            ("3/2/69", Some("2026-02-03")),
            ("2026-02-03", Some("2026-02-03")),
            ("2569-02-03", Some("2026-02-03")),
            ("๒๕๖๙-๐๒-๐๓", Some("2026-02-03")),
            ("2483-02-03", Some("1941-02-03")),
            ("วันนี้", Some(TODAY)),
            ("31/2/2569", None),
            ("2569-02-31", None),
            ("3/2/2018", None),
            ("พรุ่งนี้", None),
        ] {
            assert_eq!(typed(&Kind::Date, text).as_deref(), stored, "{text}");
        }
        for (text, stored) in [
            ("13.30 น.", Some("13:30")),
            ("๘:๐๕", Some("08:05")),
            ("23:59:59", Some("23:59:59")),
            ("24:00", None),
            ("8", None),
        ] {
            assert_eq!(typed(&Kind::Time, text).as_deref(), stored, "{text}");
        }
        for (text, stored) in [
            ("3 ก.พ. 2569 13.30 น.", Some("2026-02-03T13:30:00.000+07:00")),
            ("2026-02-03T06:30:00Z", Some("2026-02-03T13:30:00.000+07:00")),
            ("3 ก.พ. 2569", None),
        ] {
            assert_eq!(typed(&Kind::DateTime, text).as_deref(), stored, "{text}");
        }
    }

    #[test]
    fn numbers_may_have_thai_digits_and_commas() {
        let range = Kind::Range(Range { start: 0.0, end: 1.0, step: 0.5 });
        for (kind, text, stored) in [
            (&Kind::Integer, "๑,๒๐๐", Some("1200")),
            (&Kind::Integer, "-5", Some("-5")),
            (&Kind::Integer, "1.5", None),
            (&Kind::Integer, "สี่", None),
            (&Kind::Decimal, "2.375", Some("2.375")),
            (&Kind::Decimal, "inf", None),
            (&range, "0.5", Some("0.5")),
            (&Kind::Geopoint, "๑๖.๘๒, 100.28", Some("16.82 100.28")),
            (&Kind::Geopoint, "16.82 100.28 45 5", Some("16.82 100.28 45 5")),
            (&Kind::Geopoint, "100.28 16.82", None),
            (&Kind::Geopoint, "16.82", None),
            (&Kind::Geotrace, "16.82 100.28; 16.83 100.28", Some("16.82 100.28; 16.83 100.28")),
            (&Kind::Geotrace, "16.82 100.28", None),
            (&Kind::Acknowledge, "ใช่", Some("OK")),
            (&Kind::Image, "front.jpg", None),
        ] {
            assert_eq!(typed(kind, text).as_deref(), stored, "{kind:?} {text}");
        }
    }

    #[test]
    fn a_number_never_means_two_choices() {
        let one = Kind::SelectOne(ChoiceSource::List("list".into()));
        let many = Kind::SelectMultiple(ChoiceSource::List("list".into()));
        let read = |kind: &Kind, names: &[&str], text: &str| read_kind(kind, &open(names), text, TODAY);
        let words = ["flood", "fire", "storm"];
        assert_eq!(read(&one, &words, "๒"), Ok(Scalar::Str("fire".into())));
        assert_eq!(read(&one, &words, "storm"), Ok(Scalar::Str("storm".into())));
        assert_eq!(read(&one, &words, "4"), Err(Unreadable::Choice("4".into())));
        assert_eq!(read(&one, &words, "1 2"), Err(Unreadable::OneChoice));
        assert_eq!(read(&many, &words, "3, 1"), Ok(Scalar::Str("storm flood".into())));
        assert_eq!(read(&many, &words, "3 none"), Err(Unreadable::Choice("none".into())));
        assert_eq!(read(&one, &["0", "1", "2"], "1"), Ok(Scalar::Str("1".into())), "by its name");
        assert_eq!(choice_keys(&open(&["0", "1", "unknown"])), ["0", "1", "unknown"]);
        assert_eq!(read(&one, &["บ้าน ใหม่"], "บ้าน ใหม่"), Ok(Scalar::Str("บ้าน ใหม่".into())));
    }

    #[test]
    fn answers_are_shown_as_people_read_them() {
        let many = Kind::SelectMultiple(ChoiceSource::List("list".into()));
        let date = Scalar::Str("2026-02-03".into());
        assert_eq!(shown(&field(Kind::Date, ""), &[], &date), "3 กุมภาพันธ์ 2569");
        let two = Scalar::Str("flood tsunami".into());
        assert_eq!(shown(&field(many, ""), &open(&["flood"]), &two), "label of flood, tsunami");
        assert_eq!(shown(&field(Kind::Text, ""), &[], &Scalar::Null), "");
        assert_eq!(shown(&field(Kind::Integer, "baht"), &[], &Scalar::Int(3_562_500)), "3,562,500");
    }

    #[test]
    fn formats_are_typed_the_thai_way_and_stored_the_same() {
        for (kind, format, text, stored) in [
            (Kind::Text, "house_number", "๑๒/๓", "12/3"),
            (Kind::Text, "area_code", "๖๕๐๑๑๗", "650117"),
            (Kind::Text, "phone", "081-234-5678", "0812345678"),
            (Kind::Text, "phone", "ไม่มี", "ไม่มี"),
            (Kind::Text, "citizen_id", "1-1120-34563-56-2", "1112034563562"),
            (Kind::Integer, "baht", "๖๐,๐๐๐ บาท", "60000"),
            (Kind::Decimal, "land_rai", "2-1-50", "2.375"),
            (Kind::Decimal, "land_rai", "2.5", "2.5"),
            (Kind::Decimal, "land_wah", "1 งาน 50 ตร.ว.", "150"),
        ] {
            let answer = read(&field(kind, format), &[], text, TODAY);
            assert_eq!(answer.map(|value| plain(&value)).as_deref(), Ok(stored), "{format} {text}");
        }
    }
}
