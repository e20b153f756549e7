//! The words that a register blob writes as numbers.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// A list of strings that many households share: question names, choice codes. A blob writes a
/// string of the list as its index, one or two bytes, and any other string as text.
///
/// A blob records indexes, so a list may grow at its end and never change otherwise. The blob also
/// holds a fingerprint of the words there were, so that a list that changed is noticed and not
/// read as other answers. Cloning is cheap: clones share the list.
#[derive(Clone)]
pub struct Vocabulary(Arc<Words>);

struct Words {
    words: Vec<Box<str>>,
    indexes: HashMap<Box<str>, u32>,
    longest: usize,
    /// Fingerprints of the first 0, 1, 2, … words.
    fingerprints: Vec<[u8; 4]>,
}

impl Vocabulary {
    /// A vocabulary of `words`. Of a word that is given twice, the first index is written and both
    /// are read.
    pub fn new<W: Into<Box<str>>>(words: impl IntoIterator<Item = W>) -> Self {
        let words: Vec<Box<str>> = words.into_iter().map(Into::into).collect();
        let mut indexes = HashMap::with_capacity(words.len());
        for (index, word) in (0..).zip(&words) {
            indexes.entry(word.clone()).or_insert(index);
        }
        let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
        let fingerprints = fingerprints(&words);
        Self(Arc::new(Words { words, indexes, longest, fingerprints }))
    }

    /// Number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.words.len()
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.words.is_empty()
    }

    /// What tells the first `words` words from others.
    pub(crate) fn fingerprint(&self, words: usize) -> [u8; 4] {
        self.0.fingerprints[words]
    }

    #[inline]
    pub(crate) fn word(&self, index: u64) -> Option<&str> {
        self.0.words.get(usize::try_from(index).ok()?).map(|word| &**word)
    }

    pub(crate) fn index_of(&self, word: &str) -> Option<u32> {
        // Most texts are longer than any word; they are not worth hashing.
        if word.len() > self.0.longest { None } else { self.0.indexes.get(word).copied() }
    }

    /// Whether both are the same list, so that the indexes of one are those of the other.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vocabulary({} words)", self.len())
    }
}

impl Default for Vocabulary {
    /// A vocabulary without words: everything is written as text.
    fn default() -> Self {
        Self::new(std::iter::empty::<Box<str>>())
    }
}

/// FNV-1a over the words, each ended by a byte that no UTF-8 text holds, folded to 4 bytes. It
/// guards against mistakes, not against malice: the list is the caller's own.
fn fingerprints(words: &[Box<str>]) -> Vec<[u8; 4]> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let fold = |hash: u64| ((hash >> 32) as u32 ^ hash as u32).to_le_bytes();
    let mut fingerprints = vec![fold(hash)];
    for word in words {
        for byte in word.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        fingerprints.push(fold(hash));
    }
    fingerprints
}
