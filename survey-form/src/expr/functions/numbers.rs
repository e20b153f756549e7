//! Numbers. What a processor may round its own way (sine, power, logarithm) comes from `libm`, so that
//! a phone and the hub calculate the same to the last bit.

use super::Call;
use crate::expr::Chance;
use crate::expr::evaluate::Evaluated;
use crate::expr::function::Function;
use crate::expr::value::Value;

/// Places beyond which `round` rounds nothing sensible.
const PLACES: std::ops::RangeInclusive<f64> = -30.0..=30.0;

impl<'a> Call<'_, 'a> {
    pub(super) fn of_numbers(&self, function: Function) -> Evaluated<'a> {
        match function {
            Function::Pi => return Ok(Value::Number(std::f64::consts::PI)),
            Function::Random => return Ok(Value::Number(self.at.draw(Chance::unit))),
            Function::Number => {
                return Ok(Value::Number(self.value_or_current(0)?.number(self.at.world.zone())));
            }
            _ => {}
        }
        let number = self.number(0)?;
        Ok(Value::Number(match function {
            Function::Int => number.trunc(),
            Function::Round => {
                let places = if self.arguments.len() > 1 { self.number(1)? } else { 0.0 };
                round(number, places)
            }
            Function::Floor => number.floor(),
            Function::Ceiling => number.ceil(),
            Function::Abs => number.abs(),
            Function::Sqrt => number.sqrt(),
            Function::Exp => libm::exp(number),
            Function::Exp10 => libm::pow(10.0, number),
            Function::Log => libm::log(number),
            Function::Log10 => libm::log10(number),
            Function::Sin => libm::sin(number),
            Function::Cos => libm::cos(number),
            Function::Tan => libm::tan(number),
            Function::Asin => libm::asin(number),
            Function::Acos => libm::acos(number),
            Function::Atan => libm::atan(number),
            Function::Pow => libm::pow(number, self.number(1)?),
            Function::Atan2 => libm::atan2(number, self.number(1)?),
            _ => f64::NAN,
        }))
    }
}

/// Rounds the number as it is written in decimals, halves up (towards zero below it): 1.005 to two
/// places is 1.01, as a person does it. Negative places round to tens, hundreds and so on.
fn round(number: f64, places: f64) -> f64 {
    if !number.is_finite() || number == 0.0 {
        return number;
    }
    if !PLACES.contains(&places) {
        return f64::NAN;
    }
    let written = number.abs().to_string();
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
    #[expect(clippy::cast_possible_truncation, reason = "in bounds")]
    let places = places.trunc() as i64;
    let keep = i64::try_from(whole.len()).unwrap_or(0) + places;
    let Ok(keep) = usize::try_from(keep) else { return 0.0 };
    if keep >= digits.len() {
        return number;
    }
    let (kept, cut) = digits.split_at(keep);
    let is_half = cut[0] == 5 && cut[1..].iter().all(|digit| *digit == 0);
    let up = cut[0] >= 5 && !(is_half && number < 0.0);
    let rounded = carried(kept, up);
    let text: String = rounded.iter().map(|digit| char::from(digit + b'0')).collect();
    let magnitude = light::read_number(&format!("{text}e{}", -places)).unwrap_or(f64::NAN);
    if number < 0.0 { -magnitude } else { magnitude }
}

/// The digits, with one more in the last place where `up`.
fn carried(digits: &[u8], up: bool) -> Vec<u8> {
    let mut digits: Vec<u8> = std::iter::once(0).chain(digits.iter().copied()).collect();
    if up {
        let nines = digits.iter().rev().take_while(|digit| **digit == 9).count();
        let last = digits.len() - 1 - nines;
        digits[last] += 1;
        digits[last + 1..].fill(0);
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_as_a_person_does() {
        for (number, places, expected) in [
            (1.005, 2.0, 1.01),
            (2.5, 0.0, 3.0),
            (-2.5, 0.0, -2.0),
            (-2.6, 0.0, -3.0),
            (33.33, -1.0, 30.0),
            (1234.0, -5.0, 0.0),
            (999.96, 1.0, 1000.0),
            (0.4, 0.0, 0.0),
            (75.0, -2.0, 100.0),
            (1e300, 2.0, 1e300),
        ] {
            assert_eq!(round(number, places), expected, "{number} {places}");
        }
        assert!(round(1.0, 31.0).is_nan());
    }
}
