//! The words that a household's registers store as numbers.

/// Question names, `question/choice` keys, names of groups and codes of choices, in the order of
/// `data/forms/vocabulary.txt`. Registers lie in databases with the numbers of these words: the
/// file may only grow, at its end. The words with the least numbers take the fewest bytes.
pub fn vocabulary() -> impl Iterator<Item = &'static str> {
    include_str!("../../data/forms/vocabulary.txt").lines()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use data_encoding::HEXLOWER;
    use sha2::{Digest, Sha256};
    use survey_form::model::Kind;

    use super::super::form::{AnswerKind, DELETED, Form, GROUP, built_in_model};
    use super::*;

    /// How many words the file had when it first went into a database, and SHA-256 of those lines.
    /// Never change these.
    const FIRST_WORDS: usize = 296;
    const FIRST_WORDS_SHA256: &str = "b989beddf17279631ea82cc5ea5814b662745e23de69a805f8ab53a17c0554d9";

    #[test]
    fn the_words_that_databases_hold_keep_their_numbers() {
        let lines: String = vocabulary().take(FIRST_WORDS).flat_map(|word| [word, "\n"]).collect();
        assert_eq!(HEXLOWER.encode(&Sha256::digest(lines)), FIRST_WORDS_SHA256);
        assert!(vocabulary().count() >= FIRST_WORDS);
    }

    #[test]
    fn no_word_has_two_numbers() {
        let mut seen = HashSet::new();
        assert!(vocabulary().all(|word| !word.is_empty() && seen.insert(word)));
    }

    #[test]
    fn every_name_of_the_form_is_a_word() {
        let words: HashSet<&str> = vocabulary().collect();
        let form = Form::built_in();
        let mut names: Vec<String> = [GROUP, DELETED].map(str::to_owned).to_vec();
        names.extend(form.groups().map(str::to_owned));
        let model = built_in_model();
        let held = model.fields.iter().filter(|field| field.kind.is_stored() || field.kind == Kind::Repeat);
        names.extend(held.map(|field| field.key().to_owned()));
        for field in form.fields() {
            names.push(field.name.clone());
            names.extend(field.choices.iter().map(|choice| choice.code.clone()));
            if field.kind == AnswerKind::SelectMultiple {
                names.extend(field.choices.iter().map(|choice| format!("{}/{}", field.name, choice.code)));
            }
        }
        let missing: Vec<_> = names.iter().filter(|name| !words.contains(name.as_str())).collect();
        assert!(missing.is_empty(), "to be added at the end of vocabulary.txt: {missing:?}");
    }
}
