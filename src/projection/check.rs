//! Whether an answer is what its question asks for, and the form in which it is then stored.

use std::borrow::Cow;

use survey_form::thai::{self, CitizenIdFault, DateFault, FirstDigit};
use sync_protocol::ids::TambonCode;
use sync_protocol::value::ScalarRef;

use super::form::{AnswerKind, Field, Limits};
use super::rows::FaultReason;
use crate::area::Areas;

/// A right answer.
#[derive(Debug, PartialEq)]
pub(super) enum Checked<'a> {
    /// No answer: it was cleared.
    Cleared,
    /// The choice at this place.
    Choice(usize),
    /// The choices whose bits are set.
    Choices(u64),
    Int(i64),
    Decimal(f64),
    Text(Cow<'a, str>),
    /// Latitude and longitude in degrees, and the whole text.
    Point(f64, f64, Cow<'a, str>),
    /// Good enough to be used, but a person should look at it.
    Warned(Cow<'a, str>, FaultReason),
}

/// The least and greatest latitude and longitude of Thailand, degrees.
const LATITUDES: (f64, f64) = (5.5, 20.6);
const LONGITUDES: (f64, f64) = (97.2, 105.8);

/// Checks the answer to any question but a select_multiple, whose choices are answers of their own.
pub(super) fn check<'a>(field: &Field, value: ScalarRef<'a>) -> Result<Checked<'a>, FaultReason> {
    let text = match value {
        ScalarRef::Null => return Ok(Checked::Cleared),
        ScalarRef::Str(text) => text,
        number => return check_number(field, number),
    };
    match field.kind {
        AnswerKind::SelectOne => {
            let choice = field.choices.iter().position(|choice| choice.code == text);
            choice.map(Checked::Choice).ok_or(FaultReason::UnknownChoice)
        }
        AnswerKind::SelectMultiple => Err(FaultReason::WrongType),
        AnswerKind::Text => check_text(field, text),
        AnswerKind::Integer => match thai::fold_digits(text.trim()).parse() {
            Ok(number) => in_limits(field.limits, number).map(Checked::Int),
            Err(_) => Err(FaultReason::NotANumber),
        },
        AnswerKind::Decimal => match thai::fold_digits(text.trim()).parse::<f64>() {
            Ok(number) if number.is_finite() => check_decimal(field.limits, number),
            _ => Err(FaultReason::NotANumber),
        },
        AnswerKind::Date => match thai::iso_date(text) {
            Ok(date) => Ok(Checked::Text(date)),
            Err(DateFault::Malformed) => Err(FaultReason::MalformedDate),
            Err(DateFault::BuddhistYear) => Err(FaultReason::BuddhistYear),
        },
        AnswerKind::Geopoint => check_point(text),
        AnswerKind::Code6 => check_tambon(text),
        AnswerKind::Code11 => thai::house_code(text)
            .map(|code| Checked::Text(Cow::Owned(code)))
            .ok_or(FaultReason::MalformedCode),
        AnswerKind::PhoneTh => {
            thai::phone(text).map(|phone| Checked::Text(Cow::Owned(phone))).ok_or(FaultReason::MalformedPhone)
        }
        AnswerKind::ThaiId => match thai::citizen_id(text) {
            Ok(id) if thai::first_digit(&id) == FirstDigit::NotIssued => {
                Ok(Checked::Warned(Cow::Owned(id), FaultReason::UnusualCitizenId))
            }
            Ok(id) => Ok(Checked::Text(Cow::Owned(id))),
            Err(CitizenIdFault::Length) => Err(FaultReason::MalformedCitizenId),
            Err(CitizenIdFault::CheckDigit) => Err(FaultReason::WrongCheckDigit),
        },
        AnswerKind::BlobRef => {
            let hex = text.strip_prefix("sha256:").ok_or(FaultReason::MalformedBlobName)?;
            let well_formed = hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            if well_formed {
                Ok(Checked::Text(Cow::Borrowed(text)))
            } else {
                Err(FaultReason::MalformedBlobName)
            }
        }
    }
}

fn check_number<'a>(field: &Field, value: ScalarRef<'a>) -> Result<Checked<'a>, FaultReason> {
    match (field.kind, value) {
        (AnswerKind::Integer, ScalarRef::Int(number)) => in_limits(field.limits, number).map(Checked::Int),
        (AnswerKind::Integer, ScalarRef::Uint(number)) => {
            let number = i64::try_from(number).map_err(|_| FaultReason::OutOfRange)?;
            in_limits(field.limits, number).map(Checked::Int)
        }
        (AnswerKind::Integer, ScalarRef::F64(number)) => {
            let number = whole(number)?;
            in_limits(field.limits, number).map(Checked::Int)
        }
        (AnswerKind::Decimal, ScalarRef::F64(number)) => check_decimal(field.limits, number),
        (AnswerKind::Decimal, ScalarRef::Int(number)) => check_decimal(field.limits, number as f64),
        (AnswerKind::Decimal, ScalarRef::Uint(number)) => check_decimal(field.limits, number as f64),
        _ => Err(FaultReason::WrongType),
    }
}

/// A decimal that states a whole number, as one.
fn whole(number: f64) -> Result<i64, FaultReason> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() != 0.0 {
        return Err(FaultReason::NotWhole);
    }
    if number.abs() > EXACT {
        return Err(FaultReason::OutOfRange);
    }
    Ok(number as i64)
}

fn in_limits(limits: Limits, number: i64) -> Result<i64, FaultReason> {
    let within = limits.min.is_none_or(|min| number >= min) && limits.max.is_none_or(|max| number <= max);
    match number {
        _ if within => Ok(number),
        1900..=2100 if limits.year_be => Err(FaultReason::ChristianYear),
        _ => Err(FaultReason::OutOfRange),
    }
}

fn check_decimal<'a>(limits: Limits, number: f64) -> Result<Checked<'a>, FaultReason> {
    let within = limits.min.is_none_or(|min| number >= min as f64)
        && limits.max.is_none_or(|max| number <= max as f64);
    if within && number.is_finite() { Ok(Checked::Decimal(number)) } else { Err(FaultReason::OutOfRange) }
}

fn check_text<'a>(field: &Field, text: &'a str) -> Result<Checked<'a>, FaultReason> {
    if field.name == "house_no" {
        let number = thai::house_number(text).ok_or(FaultReason::MalformedHouseNumber)?;
        return Ok(Checked::Text(number));
    }
    let text = thai::fold_text(text);
    // A text with few bytes cannot have many characters: most are never counted.
    match field.limits.chars_max {
        Some(max) if text.len() > max && text.chars().count() > max => Err(FaultReason::TooLong),
        _ => Ok(Checked::Text(text)),
    }
}

fn check_tambon(text: &str) -> Result<Checked<'_>, FaultReason> {
    let code = thai::fold_digits(text.trim());
    let tambon: TambonCode = code.parse().map_err(|_| FaultReason::MalformedCode)?;
    let areas = Areas::bundled();
    if areas.contains(tambon.into()) {
        Ok(Checked::Text(code))
    } else if areas.abolished(tambon.into()).is_some() {
        Err(FaultReason::AbolishedArea)
    } else {
        Err(FaultReason::UnknownArea)
    }
}

/// A point as ODK writes it: latitude and longitude in degrees, then, where the phone knows them,
/// altitude and accuracy in metres.
fn check_point(text: &str) -> Result<Checked<'_>, FaultReason> {
    let text = thai::fold_digits(text.trim());
    let mut numbers = [0.0; 4];
    let mut count = 0;
    for word in text.split_ascii_whitespace() {
        let number: f64 = word.parse().map_err(|_| FaultReason::MalformedPoint)?;
        *numbers.get_mut(count).ok_or(FaultReason::MalformedPoint)? = number;
        count += 1;
    }
    let [lat, lon, ..] = numbers;
    let malformed =
        count < 2 || numbers.iter().any(|n| !n.is_finite()) || lat.abs() > 90.0 || lon.abs() > 180.0;
    if malformed {
        return Err(FaultReason::MalformedPoint);
    }
    let inside = (LATITUDES.0..=LATITUDES.1).contains(&lat) && (LONGITUDES.0..=LONGITUDES.1).contains(&lon);
    if inside { Ok(Checked::Point(lat, lon, text)) } else { Err(FaultReason::OutsideThailand) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::form::Form;
    use super::ScalarRef::{Bool, F64, Int, Null, Str, Uint};
    use super::*;

    fn check_named(question: &str, value: ScalarRef<'static>) -> Result<Checked<'static>, FaultReason> {
        check(Form::built_in().field(question).unwrap(), value)
    }

    fn text(text: &'static str) -> Result<Checked<'static>, FaultReason> {
        Ok(Checked::Text(text.into()))
    }

    #[test]
    fn right_answers_take_their_stored_form() {
        assert_eq!(check_named("tenure", Str("canal")), Ok(Checked::Choice(7)));
        assert_eq!(check_named("tenure", Null), Ok(Checked::Cleared));
        for four in [Int(4), Uint(4), F64(4.0), Str("4"), Str("๔")] {
            assert_eq!(check_named("household_size", four), Ok(Checked::Int(4)), "{four:?}");
        }
        for decimal in [F64(2.0), Int(2), Uint(2), Str("๒.0")] {
            assert_eq!(check_named("land_farm_rai", decimal), Ok(Checked::Decimal(2.0)), "{decimal:?}");
        }
        assert_eq!(check_named("house_no", Str("๑๒/๓")), text("12/3"));
        assert_eq!(check_named("house_code", Str("3014-000123-4")), text("30140001234"));
        assert_eq!(check_named("tambon_code", Str("๖๕๐๑๑๗")), text("650117"));
        assert_eq!(check_named("phone", Str("081 234 5678")), text("0812345678"));
        assert_eq!(check_named("m_citizen_id", Str("1-1120-34563-56-2")), text("1112034563562"));
        assert_eq!(check_named("visit_date", Str("2026-01-15")), text("2026-01-15"));
        assert_eq!(
            check_named("gps", Str("16.8201 100.2803 44.0 8.5")),
            Ok(Checked::Point(16.8201, 100.2803, "16.8201 100.2803 44.0 8.5".into()))
        );
        let blob = concat!("sha256:", "00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff");
        assert_eq!(check_named("photo_media", Str(blob)), text(blob));
    }

    #[test]
    fn wrong_answers_have_their_reason() {
        use FaultReason::*;
        for (question, value, reason) in [
            ("tenure", Str("castle"), UnknownChoice),
            ("tenure", Int(3), WrongType),
            ("roof_condition", Int(3), WrongType),
            ("hazards", Str("flood fire"), WrongType),
            ("household_size", Str("สี่คน"), NotANumber),
            ("household_size", Bool(true), WrongType),
            ("household_size", Int(41), OutOfRange),
            ("household_size", F64(2.5), NotWhole),
            ("household_size", F64(1e300), OutOfRange),
            ("income_year", Uint(u64::MAX), OutOfRange),
            ("debt_total", Int(-1), OutOfRange),
            ("land_farm_rai", F64(10_001.0), OutOfRange),
            ("land_farm_rai", Str("2-1-50"), NotANumber),
            ("land_farm_rai", Str("NaN"), NotANumber),
            ("m_birth_year_be", Int(1962), ChristianYear),
            ("m_birth_year_be", Int(62), OutOfRange),
            ("past_aid_year_be", Int(2018), ChristianYear),
            ("past_aid_year_be", Int(2500), OutOfRange),
            ("visit_date", Str("2569-01-15"), BuddhistYear),
            ("visit_date", Str("15/1/2026"), MalformedDate),
            ("visit_date", Int(20_260_115), WrongType),
            ("gps", Str("16.82"), MalformedPoint),
            ("gps", Str("16.82 100.28 x"), MalformedPoint),
            ("gps", Str("16.82 100.28 1 2 3"), MalformedPoint),
            ("gps", Str("nan 100.28"), MalformedPoint),
            ("gps", Str("100.28 16.82"), MalformedPoint),
            ("gps", Str("51.5 -0.1"), OutsideThailand),
            ("tambon_code", Str("6501"), MalformedCode),
            ("tambon_code", Str("650199"), UnknownArea),
            ("tambon_code", Str("104701"), AbolishedArea),
            ("tambon_code", Int(650_117), WrongType),
            ("house_code", Str("123"), MalformedCode),
            ("house_no", Str("12 หมู่ 4"), MalformedHouseNumber),
            ("phone", Str("12345"), MalformedPhone),
            ("m_citizen_id", Str("1112034563563"), WrongCheckDigit),
            ("m_citizen_id", Str("11120345635"), MalformedCitizenId),
            ("photo_media", Str("sha256:xyz"), MalformedBlobName),
            ("photo_media", Str("front.jpg"), MalformedBlobName),
        ] {
            assert_eq!(check_named(question, value), Err(reason), "{question} = {value:?}");
        }
    }

    #[test]
    fn texts_are_counted_in_characters() {
        let field = Form::built_in().field("community_name").unwrap();
        let name = "บ".repeat(80);
        assert_eq!(check(field, Str(&name)), Ok(Checked::Text(name.as_str().into())));
        assert_eq!(check(field, Str(&"บ".repeat(81))), Err(FaultReason::TooLong));
    }

    #[test]
    fn a_number_not_issued_to_thais_is_used_with_a_warning() {
        let warned = Checked::Warned("0000000000001".into(), FaultReason::UnusualCitizenId);
        assert_eq!(check_named("m_citizen_id", Str("0000000000001")), Ok(warned));
        assert!(FaultReason::UnusualCitizenId.is_warning());
    }

    #[test]
    fn every_reason_has_a_code_of_its_own_and_two_texts() {
        for reason in FaultReason::ALL {
            assert_eq!(FaultReason::from_code(reason.code()), Some(*reason));
            assert!(!reason.text_th().is_empty() && !reason.text_en().is_empty());
            assert!(reason.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", reason.code());
        }
    }
}
