//! Regular expressions: of linear time, anchored at both ends, within limits of size.

use crate::expr::error::RegexFault;
use crate::limits::{REGEX_BYTES_MAX, REGEX_COMPILED_BYTES_MAX};
use light::Map;
use regex_lite::{Regex, RegexBuilder};
use std::cell::RefCell;
use std::rc::Rc;

/// Compiled patterns that are kept; beyond them all are let go.
const KEPT_MAX: usize = 64;

/// Patterns compiled once.
#[derive(Debug, Default)]
pub struct Patterns(RefCell<Map<String, Option<Rc<Regex>>>>);

impl Patterns {
    /// Whether all of `text` matches; `None` where the pattern cannot be done.
    pub(super) fn matches(&self, text: &str, pattern: &str) -> Option<bool> {
        let known = self.0.borrow().get(pattern).cloned();
        let regex = known.unwrap_or_else(|| {
            let regex = compile(pattern).ok().map(Rc::new);
            let mut kept = self.0.borrow_mut();
            if kept.len() >= KEPT_MAX {
                kept.clear();
            }
            kept.insert(pattern.to_owned(), regex.clone());
            regex
        });
        regex.map(|regex| regex.is_match(text))
    }
}

/// A pattern that must match the whole text.
pub(super) fn compile(pattern: &str) -> Result<Regex, RegexFault> {
    if pattern.len() > REGEX_BYTES_MAX {
        return Err(RegexFault::TooLarge);
    }
    let anchored = format!("^(?:{})$", with_plain_hyphens(pattern));
    let mut builder = RegexBuilder::new(&anchored);
    builder.size_limit(REGEX_COMPILED_BYTES_MAX).build().map_err(|error| fault(pattern, &error.to_string()))
}

/// In brackets, a hyphen beside `\w`, `\d` or `\s` is a hyphen, as other engines have it.
fn with_plain_hyphens(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len());
    let mut letters = pattern.chars().peekable();
    let (mut in_brackets, mut after_class) = (false, false);
    while let Some(letter) = letters.next() {
        let is_class = |next: Option<&char>| next.is_some_and(|next| "wdsWDS".contains(*next));
        let mut ends_class = false;
        match letter {
            '\\' => {
                ends_class = in_brackets && is_class(letters.peek());
                plain.push(letter);
                plain.extend(letters.next());
            }
            '-' if in_brackets => {
                let mut ahead = letters.clone();
                let before_class = ahead.next() == Some('\\') && is_class(ahead.peek());
                plain.push_str(if after_class || before_class { "\\-" } else { "-" });
            }
            _ => {
                in_brackets = (in_brackets || letter == '[') && letter != ']';
                plain.push(letter);
            }
        }
        after_class = ends_class;
    }
    plain
}

/// What the pattern asks for that cannot be done; `(` and `\` that are escaped or in brackets are not
/// told apart, since the pattern is faulty in any case.
fn fault(pattern: &str, said: &str) -> RegexFault {
    let has = |parts: &[&str]| parts.iter().any(|part| pattern.contains(part));
    if said.contains("size limit") || said.contains("too big") {
        RegexFault::TooLarge
    } else if has(&["(?=", "(?!", "(?<=", "(?<!"]) {
        RegexFault::LookAround
    } else if has(&["\\p", "\\P"]) {
        RegexFault::UnicodeClass
    } else if has(&["\\1", "\\2", "\\3", "\\4", "\\5", "\\6", "\\7", "\\8", "\\9", "\\k<"]) {
        RegexFault::Backreference
    } else {
        RegexFault::Invalid(said.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_text_or_not_at_all() {
        let patterns = Patterns::default();
        for (text, pattern, expected) in [
            ("0812345678", "0[0-9]{9}", true),
            ("08123456789", "0[0-9]{9}", false),
            ("ab", "a|b", false),
            ("๑๒", r"\d+", false),
            ("สมชาย", "[ก-๙]+", true),
            ("a\n", "a", false),
            ("a.b-c@d.co", r"[\w-\.]+@([\w-]+\.)+[\w-]{2,}", true),
            ("a-1", r"[a-\d-]+", true),
        ] {
            assert_eq!(patterns.matches(text, pattern), Some(expected), "{text} {pattern}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        for (pattern, expected) in [
            ("(?=a)b", RegexFault::LookAround),
            (r"(a)\1", RegexFault::Backreference),
            (r"\p{L}+", RegexFault::UnicodeClass),
            ("(((((a{1,99}){1,99}){1,99}){1,99}){1,99})", RegexFault::TooLarge),
        ] {
            assert_eq!(compile(pattern).err(), Some(expected), "{pattern}");
        }
        assert!(matches!(compile("(a"), Err(RegexFault::Invalid(_))));
    }
}
