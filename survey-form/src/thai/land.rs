//! Land in rai, ngan and square wah.

use std::fmt;

use super::text::fold_digits;

/// Square metres of a square wah.
pub const SQUARE_METRES_PER_SQUARE_WAH: u64 = 4;

/// The tenths of a square wah in a square wah, a ngan and a rai: 1 ไร่ = 4 งาน = 400 ตร.ว.
const TENTHS: u64 = 10;
const NGAN_TENTHS: u64 = 100 * TENTHS;
const RAI_TENTHS: u64 = 4 * NGAN_TENTHS;

/// More than all of Thailand, in rai.
const RAI_MAX: u64 = 400_000_000;

/// An area of land, exact to a tenth of a square wah, as a title deed states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Land {
    tenths: u64,
}

impl Land {
    /// Reads `2-1-50` (rai, ngan, square wah, the last with one decimal at most) or words in this
    /// order: `2 ไร่ 1 งาน 50 ตร.ว.`, each of them optional. In both a ngan is less than 4 and a
    /// square wah less than 100 where the bigger unit is written; `50 ตร.ว.` alone may be any number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold_digits(text.trim());
        let [rai, ngan, wah] = in_dashes(&folded).or_else(|| in_words(&folded))?;
        let rai_given = rai.is_some();
        let too_many = |part: Option<u64>, max: u64, bigger: bool| bigger && part.is_some_and(|n| n >= max);
        if too_many(ngan, 4, rai_given) || too_many(wah, NGAN_TENTHS, rai_given || ngan.is_some()) {
            return None;
        }
        let [rai, ngan, wah] = [rai, ngan, wah].map(Option::unwrap_or_default);
        let tenths =
            rai.checked_mul(RAI_TENTHS)?.checked_add(ngan.checked_mul(NGAN_TENTHS)?)?.checked_add(wah)?;
        (tenths <= RAI_MAX * RAI_TENTHS).then_some(Self { tenths })
    }

    /// The area in rai.
    #[must_use]
    pub fn rai(self) -> f64 {
        self.tenths as f64 / RAI_TENTHS as f64
    }

    /// The area in square wah.
    #[must_use]
    pub fn square_wah(self) -> f64 {
        self.tenths as f64 / TENTHS as f64
    }

    /// The area in square metres.
    #[must_use]
    pub fn square_metres(self) -> f64 {
        (self.tenths * SQUARE_METRES_PER_SQUARE_WAH) as f64 / TENTHS as f64
    }
}

/// `2-1-50`, `2-1-50.5`.
impl fmt::Display for Land {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rai, rest) = (self.tenths / RAI_TENTHS, self.tenths % RAI_TENTHS);
        let (ngan, wah) = (rest / NGAN_TENTHS, rest % NGAN_TENTHS);
        write!(f, "{rai}-{ngan}-{}", wah / TENTHS)?;
        match wah % TENTHS {
            0 => Ok(()),
            tenth => write!(f, ".{tenth}"),
        }
    }
}

/// Rai, ngan, and tenths of a square wah.
type Parts = [Option<u64>; 3];

fn in_dashes(text: &str) -> Option<Parts> {
    let mut parts = text.split('-').map(str::trim);
    let (rai, ngan, wah) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next().is_none();
    whole.then_some([Some(whole_number(rai)?), Some(whole_number(ngan)?), Some(in_tenths(wah)?)])
}

fn in_words(text: &str) -> Option<Parts> {
    const WAH: [&str; 4] = ["ตารางวา", "ตร.ว.", "ตร.ว", "วา"];
    let mut rest = text;
    let mut parts: Parts = [None; 3];
    for (at, units) in [&["ไร่"][..], &["งาน"], &WAH].into_iter().enumerate() {
        let found = units.iter().find_map(|unit| rest.split_once(unit));
        if let Some((number, after)) = found {
            let number = number.trim();
            parts[at] = Some(if at == 2 { in_tenths(number)? } else { whole_number(number)? });
            rest = after;
        }
    }
    (rest.trim().is_empty() && parts.iter().any(Option::is_some)).then_some(parts)
}

fn whole_number(text: &str) -> Option<u64> {
    let well_formed = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

fn in_tenths(text: &str) -> Option<u64> {
    let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
    if tenth.len() != 1 {
        return None;
    }
    Some(whole_number(whole)? * TENTHS + whole_number(tenth)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn one_rai_is_four_ngan_and_sixteen_hundred_square_metres() {
        let land = Land::parse("2-1-50").unwrap();
        assert_eq!((land.rai(), land.square_wah(), land.square_metres()), (2.375, 950.0, 3800.0));
        let rai = Land::parse("1-0-0").unwrap();
        assert_eq!((rai.square_wah(), rai.square_metres()), (400.0, 1600.0));
        assert_eq!(Land::parse("4 งาน"), Some(rai));
        assert_eq!(Land::parse("400 ตร.ว."), Some(rai));
    }

    #[test]
    fn land_is_read_in_dashes_and_in_words() {
        for (typed, shown) in [
            ("2-1-50", "2-1-50"),
            ("๒-๑-๕๐", "2-1-50"),
            ("2 ไร่ 1 งาน 50 ตารางวา", "2-1-50"),
            ("2ไร่1งาน50วา", "2-1-50"),
            ("3 ไร่", "3-0-0"),
            ("25 ตร.ว.", "0-0-25"),
            ("0-3-99.5", "0-3-99.5"),
            ("150 ตารางวา", "0-1-50"),
            ("10 ไร่ 25 ตร.ว", "10-0-25"),
        ] {
            assert_eq!(Land::parse(typed).map(|land| land.to_string()).as_deref(), Some(shown), "{typed}");
        }
        for bad in [
            "",
            "2",
            "2-1",
            "2-4-0",
            "2-1-100",
            "2-1-50-1",
            "1-0--5",
            "งาน",
            "1 งาน 2 ไร่",
            "2-1-50.25",
            "x ไร่",
        ] {
            assert_eq!(Land::parse(bad), None, "{bad}");
        }
        assert_eq!(Land::parse("999999999999-0-0"), None);
    }
}
