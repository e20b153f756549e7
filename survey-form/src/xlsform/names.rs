//! Names: which letters they may have, and which known word a misspelt one may mean.

use crate::expr::closest;

/// Whether a field or list parameter can have this name: as an XML element, with `:` once at most.
pub(super) fn is_valid(name: &str) -> bool {
    let mut parts = name.split(':');
    let is_part = |part: &str| {
        let mut letters = part.chars();
        letters.next().is_some_and(begins) && letters.all(|letter| begins(letter) || goes_on(letter))
    };
    parts.by_ref().take(2).all(is_part) && parts.next().is_none()
}

fn begins(letter: char) -> bool {
    matches!(letter, 'A'..='Z' | 'a'..='z' | '_' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}' | '\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn goes_on(letter: char) -> bool {
    matches!(letter, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}')
}

/// The known word that is nearest to what was written, if it is near enough to be meant.
pub(super) fn similar<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    closest(written, known)
}

/// White space within a text made single spaces.
pub(super) fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{is_valid, similar};

    #[test]
    fn names_are_those_of_xml_elements() {
        for name in ["a", "_1", "house_no", "บ้านเลขที่", "น้ำ", "a-b.c", "addr:street"]
        {
            assert!(is_valid(name), "{name}");
        }
        for name in ["", "1a", "a b", "a/b", "a$", "-a", "a:b:c", ":a", "๑ก/"] {
            assert!(!is_valid(name), "{name}");
        }
    }

    #[test]
    fn a_misspelt_word_finds_the_one_that_is_meant() {
        assert_eq!(similar("intger", ["text", "integer"]), Some("integer"));
        assert_eq!(similar("SURVEYS", ["survey", "choices"]), Some("survey"));
        assert_eq!(similar("xyz", ["text", "integer"]), None);
    }
}
