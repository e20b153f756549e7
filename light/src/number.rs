//! The double that is nearest to a decimal, with big integers where doubles do not do: std reads numbers
//! with ten kilobytes of powers of five.

use std::cmp::Ordering;

/// Digits that tell any two doubles and the middle between them apart; of those beyond counts only whether
/// there is one that is not zero.
const DIGITS_MAX: usize = 770;
/// Whole numbers up to here are doubles, and so are the powers of ten up to the 22nd.
const EXACT_DIGITS_MAX: usize = 15;
const EXACT_POWER_MAX: u32 = 22;
/// Bits of a double's fraction, and what is taken off the exponent of its last bit.
const FRACTION_BITS: i32 = 52;
const EXPONENT_MIN: i32 = -1074;

/// Reads a number as std does: the nearest double, the even one of two that are as near.
#[must_use]
pub fn read_number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is = |name: &str| unsigned.eq_ignore_ascii_case(name);
    let magnitude = if is("inf") || is("infinity") {
        f64::INFINITY
    } else if is("nan") {
        f64::NAN
    } else {
        decimal(unsigned)?
    };
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

fn decimal(text: &str) -> Option<f64> {
    let (mantissa, power) = match text.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, exponent(power)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut digits = Vec::new();
    let mut power = power.saturating_sub(fraction.len() as i64);
    for letter in whole.bytes().chain(fraction.bytes()) {
        let digit = letter.wrapping_sub(b'0');
        match digit {
            0 if digits.is_empty() => {}
            0..=9 if digits.len() < DIGITS_MAX => digits.push(digit),
            0..=9 => {
                power = power.saturating_add(1);
                if digit > 0 {
                    digits[DIGITS_MAX - 1] |= 1;
                }
            }
            _ => return None,
        }
    }
    // Where the last digit that is kept was even it is odd now, and one that was odd is as it was: neither
    // reaches a middle between doubles, which has fewer digits.
    Some(nearest(&digits, power))
}

fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|letter| letter.is_ascii_digit()) {
        return None;
    }
    let size = digits.bytes().fold(0_i64, |size, digit| (size * 10 + i64::from(digit - b'0')).min(1 << 40));
    Some(if text.starts_with('-') { -size } else { size })
}

/// The double nearest to `digits` times ten to the `power`.
fn nearest(digits: &[u8], power: i64) -> f64 {
    let size = digits.len() as i64 + power;
    if digits.is_empty() || size < -330 {
        return 0.0;
    }
    if size > 310 {
        return f64::INFINITY;
    }
    let ten_times = power.unsigned_abs() as u32;
    if digits.len() <= EXACT_DIGITS_MAX && ten_times <= EXACT_POWER_MAX {
        let whole = digits.iter().fold(0.0, |whole, digit| whole * 10.0 + f64::from(*digit));
        let scale = (0..ten_times).fold(1.0, |scale, _| scale * 10.0);
        return if power < 0 { whole / scale } else { whole * scale };
    }
    let mut above = Big(Vec::new());
    digits.iter().for_each(|digit| above.times_plus(10, u32::from(*digit)));
    let mut below = Big(vec![1]);
    let scaled = if power < 0 { &mut below } else { &mut above };
    (0..ten_times).for_each(|_| scaled.times_plus(10, 0));
    quotient(above, below)
}

/// The double nearest to `above / below`, neither of them zero.
fn quotient(mut above: Big, mut below: Big) -> f64 {
    // The quotient lies between the powers of two of this difference less one and of it.
    let magnitude = above.bits() as i32 - below.bits() as i32;
    let mut last_bit = (magnitude - 1 - FRACTION_BITS).max(EXPONENT_MIN);
    if last_bit < 0 { &mut above } else { &mut below }.double(last_bit.unsigned_abs());
    let mut whole = 0_u64;
    below.double(54);
    for bit in (0..=54).rev() {
        if above.compare(&below) != Ordering::Less {
            above.take(&below);
            whole |= 1 << bit;
        }
        if bit > 0 {
            below.halve();
        }
    }
    let mut rest = above.0.iter().any(|limb| *limb > 0);
    let half = if whole >> (FRACTION_BITS + 1) > 0 {
        let half = whole & 1 == 1;
        whole >>= 1;
        last_bit += 1;
        half
    } else {
        above.double(1);
        let order = above.compare(&below);
        rest = order == Ordering::Greater;
        order != Ordering::Less
    };
    if half && (rest || whole & 1 == 1) {
        whole += 1;
    }
    // Adding the fraction to the exponent's bits carries over where rounding reached the next power of two.
    let is_normal = whole >> FRACTION_BITS > 0;
    let exponent = if is_normal { (last_bit - EXPONENT_MIN) as u64 } else { 0 };
    let bits = (exponent << FRACTION_BITS) + whole;
    f64::from_bits(bits.min(f64::INFINITY.to_bits()))
}

/// A large whole number, its least 32 bits first.
struct Big(Vec<u32>);

impl Big {
    fn times_plus(&mut self, factor: u32, addend: u32) {
        let mut carried = u64::from(addend);
        for limb in &mut self.0 {
            carried += u64::from(*limb) * u64::from(factor);
            *limb = carried as u32;
            carried >>= 32;
        }
        if carried > 0 {
            self.0.push(carried as u32);
        }
    }

    fn double(&mut self, times: u32) {
        self.0.splice(0..0, std::iter::repeat_n(0, times as usize / 32));
        self.times_plus(1 << (times % 32), 0);
    }

    fn halve(&mut self) {
        let mut carried = 0;
        for limb in self.0.iter_mut().rev() {
            let next = *limb << 31;
            *limb = *limb >> 1 | carried;
            carried = next;
        }
    }

    fn bits(&self) -> u32 {
        self.0.last().map_or(0, |limb| self.0.len() as u32 * 32 - limb.leading_zeros())
    }

    fn limb(&self, place: usize) -> u32 {
        self.0.get(place).copied().unwrap_or(0)
    }

    fn compare(&self, other: &Self) -> Ordering {
        let places = (0..self.0.len().max(other.0.len())).rev();
        places
            .map(|place| self.limb(place).cmp(&other.limb(place)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Takes off what is not larger.
    fn take(&mut self, other: &Self) {
        let mut borrowed = false;
        for (place, limb) in self.0.iter_mut().enumerate() {
            let (less, first) = limb.overflowing_sub(other.limb(place));
            let (less, second) = less.overflowing_sub(u32::from(borrowed));
            *limb = less;
            borrowed = first || second;
        }
    }
}
