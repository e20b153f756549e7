//! A form's own texts in Thai and English, and hashes as text.

use data_encoding::HEXLOWER;
use survey_form::model::{Field, Form, Piece, Template, Text};

use crate::store::forms::FormHash;

/// A text in both languages of an office. Where the form has only one, both are that one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// In Thai.
    pub th: String,
    /// In English.
    pub en: String,
}

impl Words {
    /// A text of a form. Values in it are shown as `…`.
    #[must_use]
    pub fn of(form: &Form, text: &Text) -> Self {
        let (th, en) = (thai(form), english(form));
        Self { th: plain(text.in_language(th)), en: plain(text.in_language(en)) }
    }

    /// The label of a field; its name where it has none.
    #[must_use]
    pub fn label(form: &Form, field: &Field) -> Self {
        let Self { th, en } = Self::of(form, &field.label);
        let or_name = |text: String| if text.is_empty() { field.name.clone() } else { text };
        Self { th: or_name(th), en: or_name(en) }
    }
}

/// Place of the language that a Thai reads best.
pub(super) fn thai(form: &Form) -> usize {
    language(form, &["th", "ไทย", "thai"])
}

/// Place of the language that somebody reads best who does not read Thai.
pub(super) fn english(form: &Form) -> usize {
    language(form, &["en", "english", "อังกฤษ"])
}

/// The language whose code in brackets, or whose name, is one of these; otherwise the one shown first.
fn language(form: &Form, names: &[&str]) -> usize {
    let is_meant = |language: &String| {
        let language = language.to_lowercase();
        let (name, code) = language.split_once('(').unwrap_or((&language, ""));
        let (name, code) = (name.trim(), code.trim_end_matches(')').trim());
        names.contains(&code) || names.contains(&name)
    };
    form.languages.iter().position(is_meant).unwrap_or(form.default_language)
}

fn plain(template: &Template) -> String {
    let pieces = template.0.iter().map(|piece| match piece {
        Piece::Literal(text) => text.as_str(),
        Piece::Value(_) => "…",
    });
    // A label in bold or of several lines is one line in a heading.
    pieces.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A hash as it is written: 64 hexadecimal digits.
#[must_use]
pub fn hash_text(hash: &FormHash) -> String {
    HEXLOWER.encode(hash)
}

/// Reads [`hash_text`].
#[must_use]
pub fn read_hash(text: &str) -> Option<FormHash> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_by_its_code_or_its_name() {
        let form = |languages: &[&str], default_language| Form {
            languages: languages.iter().map(|name| (*name).to_owned()).collect(),
            default_language,
            ..Form::default()
        };
        let both = form(&["English (en)", "ไทย (th)"], 0);
        assert_eq!((thai(&both), english(&both)), (1, 0));
        let named = form(&["Thai", "English"], 0);
        assert_eq!((thai(&named), english(&named)), (0, 1));
        let other = form(&["ลาว (lo)", "Malay (ms)"], 1);
        assert_eq!((thai(&other), english(&other)), (1, 1));
    }
}
