//! Thai digits and the one spelling that equal Thai texts share.

use std::borrow::Cow;

/// Thai digits (๐-๙) as 0-9; everything else as it is.
#[must_use]
pub fn fold_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(|c| ('๐'..='๙').contains(&c)) {
        return Cow::Borrowed(text);
    }
    let folded = text.chars().map(|c| match c {
        '๐'..='๙' => char::from(b'0' + (u32::from(c) - u32::from('๐')) as u8),
        other => other,
    });
    Cow::Owned(folded.collect())
}

/// The digits of a text, Thai ones folded, without the characters in `ignored`; nothing if any
/// other character is among them.
#[must_use]
pub fn bare_digits(text: &str, ignored: &str) -> Option<String> {
    let folded = fold_digits(text.trim());
    let digits: String = folded.chars().filter(|c| !ignored.contains(*c)).collect();
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(digits)
}

/// A text without white space around it and without characters of no width, its Thai in the one
/// order that equal words share.
///
/// - Marks stand as NFC orders them: a vowel below before the tone mark. (Never NFKC, which splits
///   SARA AM.) On Thai this equals Unicode's NFC, which a test holds; other scripts are left as
///   typed, because the tables of a full normaliser would take 27 to 51 KB, compressed, of what a
///   phone downloads.
/// - NIKHAHIT + SARA AA, with a tone mark anywhere between, and SARA AM + tone mark are the tone
///   mark and SARA AM.
/// - Two SARA E are one SARA AE: they look the same, and no word has the two.
///
/// ```
/// use survey_form::thai::fold_text;
///
/// let water = "น้ำ";
/// assert_eq!(fold_text("น\u{E4D}\u{E49}\u{E32}"), water);
/// assert_eq!(fold_text("น\u{E49}\u{E4D}\u{E32}"), water);
/// ```
#[must_use]
pub fn fold_text(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    if !may_fold(trimmed.as_bytes()) {
        return Cow::Borrowed(trimmed);
    }
    let mut chars: Vec<char> = trimmed.chars().filter(|c| !is_zero_width(*c)).collect();
    for run in chars.split_mut(|c| combining_class(*c) == 0) {
        light::sort_by_key(run, |mark| combining_class(*mark));
    }
    let folded = one_spelling(&chars);
    let folded = folded.trim();
    if folded == trimmed { Cow::Borrowed(trimmed) } else { Cow::Owned(folded.to_owned()) }
}

/// Folds what is spelt in more than one way; the marks are in order.
fn one_spelling(chars: &[char]) -> String {
    let mut folded = String::with_capacity(3 * chars.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += 1;
        let next = chars.get(at);
        match c {
            SARA_E if next == Some(&SARA_E) => {
                folded.push(SARA_AE);
                at += 1;
            }
            SARA_AM => at += tones_then_sara_am(&mut folded, &chars[at..]),
            NIKHAHIT => {
                let tones = tones_at(&chars[at..]);
                if chars.get(at + tones) == Some(&SARA_AA) {
                    folded.extend(&chars[at..at + tones]);
                    at += tones + 1;
                    at += tones_then_sara_am(&mut folded, &chars[at..]);
                } else {
                    folded.push(NIKHAHIT);
                }
            }
            other => folded.push(other),
        }
    }
    folded
}

/// Writes a SARA AM after the tone marks that were typed behind it; gives how many those are.
fn tones_then_sara_am(folded: &mut String, behind: &[char]) -> usize {
    let tones = tones_at(behind);
    let before = folded.trim_end_matches(SARA_AM).len();
    folded.push(SARA_AM);
    let vowels = folded.split_off(if tones > 0 { before } else { folded.len() });
    folded.extend(&behind[..tones]);
    folded.push_str(&vowels);
    tones
}

/// How many tone marks and no other marks stand here.
fn tones_at(chars: &[char]) -> usize {
    let marks = chars.iter().take_while(|c| combining_class(**c) != 0).count();
    if chars[..marks].iter().all(|c| combining_class(*c) == TONE) { marks } else { 0 }
}

const NIKHAHIT: char = '\u{E4D}';
const SARA_AA: char = '\u{E32}';
const SARA_AM: char = '\u{E33}';
const SARA_E: char = '\u{E40}';
const SARA_AE: char = '\u{E41}';

fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}')
}

/// The combining class of tone marks.
const TONE: u8 = 107;

fn combining_class(c: char) -> u8 {
    match c {
        '\u{E3A}' => 9,
        '\u{E38}' | '\u{E39}' => 103,
        '\u{E48}'..='\u{E4B}' => TONE,
        _ => 0,
    }
}

/// Whether the UTF-8 bytes hold anything that [`fold_text`] could change. Nearly no text does, and
/// this is the path of every text answer.
fn may_fold(text: &[u8]) -> bool {
    /// What stood just before, as far as it matters.
    #[derive(PartialEq)]
    enum Before {
        Tone,
        SaraAm,
        SaraE,
        VowelBelow,
        Other,
    }
    let mut before = Before::Other;
    let mut at = 0;
    while at < text.len() {
        let (now, width) = match text[at] {
            0..=0x7F => (Before::Other, 1),
            0xE0 => match (text.get(at + 1), text.get(at + 2)) {
                (Some(0xB9), Some(0x8D)) => return true, // NIKHAHIT
                (Some(0xB9), Some(0x88..=0x8B)) if before == Before::SaraAm => return true,
                (Some(0xB9), Some(0x88..=0x8B)) => (Before::Tone, 3),
                (Some(0xB9), Some(0x80)) if before == Before::SaraE => return true,
                (Some(0xB9), Some(0x80)) => (Before::SaraE, 3),
                (Some(0xB8), Some(0xB3)) => (Before::SaraAm, 3),
                (Some(0xB8), Some(0xB8..=0xBA)) if before == Before::Tone => return true,
                (Some(0xB8), Some(0xBA)) if before == Before::VowelBelow => return true,
                (Some(0xB8), Some(0xB8 | 0xB9)) => (Before::VowelBelow, 3),
                _ => (Before::Other, 3),
            },
            0xE2 | 0xEF | 0xC2 => return true, // characters of no width begin with one of these
            0xE1..=0xEE => (Before::Other, 3),
            0xF0..=0xFF => (Before::Other, 4),
            _ => (Before::Other, 2),
        };
        before = now;
        at += width;
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn thai_digits_are_folded() {
        assert_eq!(fold_digits("๑๒/๓"), "12/3");
        assert_eq!(fold_digits("หมู่ ๔"), "หมู่ 4");
        assert_eq!(fold_digits("๐๑๒๓๔๕๖๗๘๙"), "0123456789");
        assert!(matches!(fold_digits("บ้านอรัญญิก"), Cow::Borrowed(_)));
    }

    #[test]
    fn sara_am_has_one_spelling() {
        let water = "\u{E19}\u{E49}\u{E33}";
        for typed in [
            "\u{E19}\u{E4D}\u{E49}\u{E32}",
            "\u{E19}\u{E49}\u{E4D}\u{E32}",
            "\u{E19}\u{E4D}\u{E32}\u{E49}",
            "\u{E19}\u{E33}\u{E49}",
            water,
            " น้ำ\u{200B} ",
        ] {
            assert_eq!(fold_text(typed), water, "{:?}", typed.chars().collect::<Vec<_>>());
        }
        assert_eq!(fold_text("\u{E04}\u{E4D}\u{E32}"), "คำ");
        assert_eq!(fold_text("สังข\u{E4D}"), "สังข\u{E4D}", "a NIKHAHIT alone stays");
        assert_eq!(fold_text("เเม่"), "แม่");
    }

    #[test]
    fn vowels_below_come_before_tones_and_nothing_else_moves() {
        assert_eq!(fold_text("ผ\u{E49}\u{E39}ใหญ่"), "ผ\u{E39}\u{E49}ใหญ่");
        for settled in ["นางบุญมี ทองดี", "ผู้ใหญ่บ้าน", "กุฎิ์", "ครัวเรือนที่ ๑๒", "Café 12 m²", "จำเป็น", ""]
        {
            assert!(matches!(fold_text(settled), Cow::Borrowed(text) if text == settled), "{settled}");
        }
        assert_eq!(fold_text("\u{FEFF}สมชาย\u{200C} ใจดี\n"), "สมชาย ใจดี");
    }

    /// Texts of Thai characters in any order, from a seed.
    fn any_thai(seed: u64) -> String {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let chars = (0..next(12)).map(|_| match next(3) {
            0 => char::from_u32(0xE01 + next(46) as u32).unwrap(),
            1 => char::from_u32(0xE30 + next(11) as u32).unwrap(),
            _ => char::from_u32(0xE40 + next(15) as u32).unwrap(),
        });
        chars.collect()
    }

    #[test]
    fn folded_thai_is_in_nfc_and_folds_no_further() {
        for seed in 0..20_000 {
            let typed = any_thai(seed);
            let folded = fold_text(&typed).into_owned();
            assert_eq!(folded.nfc().collect::<String>(), folded, "{typed:?}");
            assert_eq!(fold_text(&folded), folded, "{typed:?}");
            let normal: String = typed.nfc().collect();
            assert_eq!(fold_text(&normal), folded, "texts that are equal in NFC fold alike: {typed:?}");
            let spelled_alike = [NIKHAHIT, SARA_AM, SARA_E].iter().any(|c| typed.contains(*c));
            assert!(spelled_alike || normal == folded, "nothing but NFC happens here: {typed:?}");
        }
    }
}
