//! Names as they are searched for: by how the given name or the family name begins.
//!
//! A key is as short as it can be, one byte for a Thai letter, because a country has twice as many of them as
//! people. Keys are compared byte by byte, so that a beginning is a range of an index in every database. Tone marks
//! and the mark of a silent letter are left out: they are what a name is misspelt by.

use survey_form::thai::fold_text;

/// Bytes of a key that are kept; a search looks at no more.
const KEY_BYTES_MAX: usize = 24;
/// Words of a search that are looked at.
const WORDS_MAX: usize = 2;
/// Letters without which a search would find everybody.
const LETTERS_MIN: usize = 2;

/// The titles that are written in front of a name, often without a blank, longer ones first.
const TITLES: [&str; 12] =
    ["เด็กหญิง", "เด็กชาย", "นางสาว", "น.ส.", "ด.ญ.", "ด.ช.", "นส.", "ดญ.", "ดช.", "นาง", "นาย", "คุณ"];

/// The parts of a name that it is found by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameKeys {
    /// Of the given name, without a title.
    pub given: Option<Vec<u8>>,
    /// Of the family name.
    pub family: Option<Vec<u8>>,
}

impl NameKeys {
    /// Of a name as it was written.
    #[must_use]
    pub fn of(name: Option<&str>) -> Self {
        let Some(name) = name else { return Self::default() };
        let name = fold_text(name);
        let mut words = without_title(&name).split_whitespace().map(key).filter(|key| !key.is_empty());
        let given = words.next();
        let rest: Vec<Vec<u8>> = words.collect();
        // The particle of a noble name says nothing.
        let rest: Vec<u8> = rest.into_iter().filter(|word| *word != key("ณ")).flatten().collect();
        let family = (!rest.is_empty()).then(|| shortened(rest));
        Self { given: given.map(shortened), family }
    }
}

/// What somebody who types looks for: beginnings of names, at most two. `None` if it is too little.
#[must_use]
pub fn searched(text: &str) -> Option<Vec<Vec<u8>>> {
    let text = fold_text(text);
    let bare = without_title(&text);
    let words: Vec<Vec<u8>> = bare.split_whitespace().map(key).filter(|key| !key.is_empty()).collect();
    let longest = words.iter().map(Vec::len).max().unwrap_or(0);
    let words = words.into_iter().take(WORDS_MAX).map(shortened).collect();
    (longest >= LETTERS_MIN).then_some(words)
}

/// The least key that does not begin with this one; `None` if every key after it does.
#[must_use]
pub fn after_all_that_begin_with(key: &[u8]) -> Option<Vec<u8>> {
    let mut end = key.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}

fn shortened(mut key: Vec<u8>) -> Vec<u8> {
    key.truncate(KEY_BYTES_MAX);
    key
}

/// A Thai letter is a byte above those of ASCII; any other letter is its code point after a byte that no letter has.
fn key(word: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(word.len());
    for letter in word.chars() {
        match letter {
            '\u{E47}'..='\u{E4E}' | '\u{E3A}' => {}
            '\u{E01}'..='\u{E5B}' => key.push((u32::from(letter) - 0xE00) as u8 | 0x80),
            _ if letter.is_ascii_alphanumeric() => key.push(letter.to_ascii_lowercase() as u8),
            _ if letter.is_ascii() || !letter.is_alphanumeric() => {}
            _ => {
                key.push(u8::MAX);
                key.extend_from_slice(&u32::from(letter).to_be_bytes()[1..]);
            }
        }
    }
    key
}

/// A name without its title. What is left has to be able to begin a name: นายิกา is no Mr Yika.
fn without_title(name: &str) -> &str {
    let begins_a_word = |rest: &str| {
        let letters = rest.trim_start().chars().take(2).collect::<Vec<_>>();
        letters.len() == 2 && matches!(letters[0], 'ก'..='ฮ' | 'เ'..='ไ' | 'A'..='Z' | 'a'..='z')
    };
    let rest = TITLES.iter().filter_map(|title| name.strip_prefix(title)).find(|rest| begins_a_word(rest));
    rest.map_or(name, str::trim_start)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn keys(name: &str) -> NameKeys {
        NameKeys::of(Some(name))
    }

    fn named(given: &str, family: &str) -> NameKeys {
        let of = |word: &str| (!word.is_empty()).then(|| key(word));
        NameKeys { given: of(given), family: of(family) }
    }

    #[test]
    fn a_name_is_found_by_either_of_its_parts_whatever_its_title() {
        for name in ["นายบุญมี ทองดี", "นาย บุญมี ทองดี", " บุญมี  ทองดี ", "คุณบุญมี ทองดี", "บุญมี ทองด์ี"]
        {
            assert_eq!(keys(name), named("บุญมี", "ทองดี"), "{name}");
        }
        assert_eq!(keys("เด็กหญิงมาลี"), named("มาลี", ""));
        assert_eq!(keys("นางสาวิตรี ใจดี"), named("สาวิตรี", "ใจดี"), "นางสาว would leave ิตรี");
        assert_eq!(keys("นายิกา"), named("นายิกา", ""));
        assert_eq!(keys("นาง"), named("นาง", ""));
        assert_eq!(keys("เจ้าดวงเดือน ณ เชียงใหม่"), named("เจ้าดวงเดือน", "เชียงใหม่"));
        assert_eq!(keys("Aung San Win"), named("aung", "sanwin"));
        assert_eq!(keys("၀င်း ထွန်း").given.unwrap()[0], u8::MAX);
        assert_eq!(keys("บุญมี").given.unwrap().len(), 5, "a byte for each letter");
        assert_eq!(keys("น้ำฝน").given, keys("นำฝน").given, "tone marks are what a name is misspelt by");
        assert_eq!((keys("--"), NameKeys::of(None)), (NameKeys::default(), NameKeys::default()));
    }

    #[test]
    fn a_search_is_at_least_two_letters_and_at_most_two_words() {
        assert_eq!(searched("บุญ"), Some(vec![key("บุญ")]));
        assert_eq!(searched("นายบุญ ทอง"), Some(vec![key("บุญ"), key("ทอง")]));
        assert_eq!(searched("ก ข ค"), None);
        assert_eq!(searched("กข ค ง").unwrap().len(), 2);
        assert!(searched("").is_none() && searched("ก").is_none() && searched("'%_").is_none());
    }

    proptest! {
        #[test]
        fn what_begins_with_a_key_lies_in_its_range(word in "[ก-ฮa-z\u{1000}-\u{1020}\u{FF}]{1,8}", more in "[ก-๙a-z\u{1020}]{0,6}") {
            let start = key(&word);
            let end = after_all_that_begin_with(&start);
            let whole = key(&format!("{word}{more}"));
            prop_assert!(start <= whole && end.as_ref().is_none_or(|end| whole < *end));
            if let Some(end) = end {
                prop_assert!(!end.starts_with(&start));
            }
        }
    }
}
