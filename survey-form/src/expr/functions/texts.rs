//! Texts: searched, taken apart, put together, hashed.

use super::{Call, base64};
use crate::expr::evaluate::{Evaluated, EvaluationFault};
use crate::expr::function::Function;
use crate::expr::value::Value;
use crate::limits::REGEX_TEXT_BYTES_MAX;
use light::digits::{self, HEXADECIMAL};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Characters of the longest text that `uuid(length)` makes.
const UUID_CHARACTERS_MAX: f64 = 256.0;

impl<'a> Call<'_, 'a> {
    pub(super) fn of_texts(&self, function: Function) -> Evaluated<'a> {
        match function {
            Function::String => self.made(self.value_or_current(0)?.text().into_owned()),
            Function::StringLength => Ok(count(self.value_or_current(0)?.text().chars().count())),
            Function::NormalizeSpace => {
                let value = self.value_or_current(0)?;
                self.made(value.text().split_whitespace().collect::<Vec<_>>().join(" "))
            }
            Function::Concat => self.made(self.joined("", 0)?),
            Function::Join => {
                let separator = self.text(0)?;
                self.made(self.joined(&separator, 1)?)
            }
            Function::Contains => Ok(Value::Bool(self.text(0)?.contains(&self.text(1)?))),
            Function::StartsWith => Ok(Value::Bool(self.text(0)?.starts_with(&self.text(1)?))),
            Function::EndsWith => Ok(Value::Bool(self.text(0)?.ends_with(&self.text(1)?))),
            Function::Regex => self.regex(),
            Function::Substr => self.substr(),
            Function::Substring => self.substring(),
            Function::SubstringBefore => {
                let (text, sought) = (self.text(0)?, self.text(1)?);
                self.made(text.split_once(&sought).map_or("", |(before, _)| before).to_owned())
            }
            Function::SubstringAfter => {
                let (text, sought) = (self.text(0)?, self.text(1)?);
                self.made(text.split_once(&sought).map_or("", |(_, after)| after).to_owned())
            }
            Function::Translate => self.translate(),
            Function::Digest => self.digest(),
            Function::Base64Decode => {
                let decoded = base64::decode(self.text(0)?.trim()).unwrap_or_default();
                self.made(String::from_utf8_lossy(&decoded).into_owned())
            }
            Function::Uuid => self.uuid(),
            _ => Ok(Value::EMPTY),
        }
    }

    /// The values of the arguments from `first` on, with `separator` between them.
    fn joined(&self, separator: &str, first: usize) -> Result<String, EvaluationFault> {
        let mut all = String::new();
        for (index, value) in self.flat_from(first)?.iter().enumerate() {
            if index > 0 {
                all += separator;
            }
            all += &value.text();
            self.at.check_length(all.len())?;
        }
        Ok(all)
    }

    fn regex(&self) -> Evaluated<'a> {
        let (text, pattern) = (self.text(0)?, self.text(1)?);
        if text.len() > REGEX_TEXT_BYTES_MAX {
            return Err(EvaluationFault::TextTooLong);
        }
        self.at.step((text.len() * pattern.len()) as u64 / 16)?;
        let matches = self.at.world.patterns().matches(&text, &pattern).ok_or(EvaluationFault::Pattern)?;
        Ok(Value::Bool(matches))
    }

    /// From `start` up to, but not including, `end`, counted from 0; negative ones from the end.
    fn substr(&self) -> Evaluated<'a> {
        let text = self.text(0)?;
        let length = text.chars().count();
        let place = |number: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "saturates, and NaN is 0")]
            let place = number as i64;
            let length = i64::try_from(length).unwrap_or(i64::MAX);
            let from_start = if place < 0 { place.saturating_add(length) } else { place };
            usize::try_from(from_start.clamp(0, length)).unwrap_or(0)
        };
        let start = place(self.number(1)?);
        let end = if self.arguments.len() > 2 { place(self.number(2)?) } else { length };
        self.made(text.chars().skip(start).take(end.saturating_sub(start)).collect())
    }

    /// As XPath has it: from position `start`, counted from 1, `length` characters, both rounded.
    fn substring(&self) -> Evaluated<'a> {
        let text = self.text(0)?;
        let start = round_half_up(self.number(1)?);
        let end =
            if self.arguments.len() > 2 { start + round_half_up(self.number(2)?) } else { f64::INFINITY };
        let positions = (1_u32..).map(f64::from);
        let kept = text.chars().zip(positions).filter(|(_, place)| *place >= start && *place < end);
        self.made(kept.map(|(letter, _)| letter).collect())
    }

    fn translate(&self) -> Evaluated<'a> {
        let (text, from) = (self.text(0)?, self.text(1)?);
        let to: Vec<char> = self.text(2)?.chars().collect();
        self.at.step((text.len() * from.len()) as u64 / 16)?;
        let translated =
            text.chars().filter_map(|letter| match from.chars().position(|other| other == letter) {
                None => Some(letter),
                Some(place) => to.get(place).copied(),
            });
        self.made(translated.collect())
    }

    fn digest(&self) -> Evaluated<'a> {
        let (text, algorithm) = (self.text(0)?, self.text(1)?);
        let hash = match algorithm.as_str() {
            "SHA-256" => Sha256::digest(&text).to_vec(),
            "SHA-384" => Sha384::digest(&text).to_vec(),
            "SHA-512" => Sha512::digest(&text).to_vec(),
            _ => return Ok(Value::EMPTY),
        };
        let encoding = if self.arguments.len() > 2 { self.text(2)? } else { "base64".to_owned() };
        Ok(match encoding.as_str() {
            "hex" => Value::text_of(digits::encode(&hash, HEXADECIMAL)),
            "base64" => Value::text_of(base64::encode(&hash)),
            _ => Value::EMPTY,
        })
    }

    /// A UUID of version 4, or a random text of so many characters.
    fn uuid(&self) -> Evaluated<'a> {
        if self.arguments.is_empty() {
            let mut bytes = self.at.draw(crate::expr::Chance::bytes);
            bytes[6] = bytes[6] & 0x0f | 0x40;
            bytes[8] = bytes[8] & 0x3f | 0x80;
            let hex = digits::encode(&bytes[..16], HEXADECIMAL);
            let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
            return Ok(Value::text_of(parts.join("-")));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "in bounds, and NaN is 0"
        )]
        let length = self.number(0)?.clamp(0.0, UUID_CHARACTERS_MAX) as usize;
        let mut text = String::new();
        while text.len() < length {
            text += &digits::encode(&self.at.draw(crate::expr::Chance::bytes), HEXADECIMAL);
        }
        text.truncate(length);
        Ok(Value::text_of(text))
    }
}

/// To the nearest whole number, halves up, as XPath rounds.
fn round_half_up(number: f64) -> f64 {
    (number + 0.5).floor()
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
pub(super) fn count(number: usize) -> Value<'static> {
    Value::Number(number as f64)
}
