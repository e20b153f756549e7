//! The words that register blobs write as numbers. Stored blobs hold positions in the list, so a
//! database remembers which list it was written with.

use std::sync::OnceLock;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use sync_protocol::registers::Vocabulary;

use crate::projection::vocabulary::vocabulary as words;
use crate::store::{Database, StoreError, meta};

const META_KEY: &str = "vocabulary";

/// The hub's vocabulary.
#[must_use]
pub fn vocabulary() -> Vocabulary {
    static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
    VOCABULARY.get_or_init(|| Vocabulary::new(words())).clone()
}

/// How many words there are, and what the first `count` are.
fn print(count: usize) -> String {
    let mut hash = Sha256::new();
    for word in words().take(count) {
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
    let ours = print(words().count());
    if database.read(|conn| meta::get(conn, META_KEY))?.as_ref() == Some(&ours) {
        return Ok(());
    }
    database.write(move |tx| {
        let Some(noted) = meta::get(tx, META_KEY)? else { return meta::set(tx, META_KEY, &ours) };
        let count = noted.split_once(' ').and_then(|(count, _)| count.parse().ok()).unwrap_or(usize::MAX);
        if count > words().count() {
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
