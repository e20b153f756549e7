//! The words that register blobs write as numbers: question names and choice codes of the built-in
//! form, in `data/vocabulary.txt`. The list grows at its end and never changes otherwise, because
//! stored blobs hold positions in it.

use std::sync::OnceLock;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use sync_protocol::registers::Vocabulary;

use crate::store::{Database, StoreError, meta};

const WORDS: &str = include_str!("../../data/vocabulary.txt");
const META_KEY: &str = "vocabulary";

/// The hub's vocabulary.
#[must_use]
pub fn vocabulary() -> Vocabulary {
    static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
    VOCABULARY.get_or_init(|| Vocabulary::new(WORDS.lines())).clone()
}

/// How many words there are, and what the first `count` are.
fn print(count: usize) -> String {
    let mut hash = Sha256::new();
    for word in WORDS.lines().take(count) {
        hash.update(word);
        hash.update([0]);
    }
    format!("{count} {}", HEXLOWER.encode(&hash.finalize()))
}

/// Refuses a database whose blobs were written with a longer or another list, and notes the length of
/// this one.
///
/// # Errors
/// [`StoreError::TooNew`], [`StoreError::Corrupt`] or the database's own.
pub(super) fn check(database: &Database) -> Result<(), StoreError> {
    let ours = print(WORDS.lines().count());
    if database.read(|conn| meta::get(conn, META_KEY))?.as_ref() == Some(&ours) {
        return Ok(());
    }
    database.write(move |tx| {
        let Some(noted) = meta::get(tx, META_KEY)? else { return meta::set(tx, META_KEY, &ours) };
        let count = noted.split_once(' ').and_then(|(count, _)| count.parse().ok()).unwrap_or(usize::MAX);
        if count > WORDS.lines().count() {
            return Err(StoreError::TooNew(
                "its registers use words that this version does not know".to_owned(),
            ));
        }
        if print(count) != noted {
            return Err(StoreError::Corrupt(
                "its registers were written with another list of words".to_owned(),
            ));
        }
        meta::set(tx, META_KEY, &ours)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::projection::Form;
    use crate::projection::form::AnswerKind;

    /// Of the first release. A list that was longer in a later one gets a line of its own here.
    const RELEASED: &[&str] = &["261 1f3fb11016fa6814117bfbfb271b0d52876ab2a5939b44a51b7b781590d2e6bd"];

    #[test]
    fn words_are_only_added_at_the_end() {
        for released in RELEASED {
            let count = released.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0);
            assert_eq!(print(count), *released);
        }
    }

    #[test]
    fn every_question_and_choice_of_the_form_is_a_word_and_no_word_comes_twice() {
        let words: BTreeSet<&str> = WORDS.lines().collect();
        assert_eq!(words.len(), WORDS.lines().count());
        for field in Form::built_in().fields() {
            assert!(words.contains(field.name.as_str()), "{}", field.name);
            for choice in &field.choices {
                let word = match field.kind {
                    AnswerKind::SelectMultiple => format!("{}/{}", field.name, choice.code),
                    _ => choice.code.clone(),
                };
                assert!(words.contains(word.as_str()), "{word}");
            }
        }
    }
}
