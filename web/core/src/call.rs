//! How questions and answers lie in memory. Numbers are little endian.
//!
//! ```text
//! question = time (i64, Unix milliseconds) ‖ chance (32 bytes) ‖ head ‖ parts
//! answer   = head ‖ parts
//! head     = length (u32) ‖ JSON
//! parts    = how many (u32) ‖ for each: length (u32) ‖ bytes
//! ```

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::desk::Write;
use crate::fault::Fault;

/// A question, read.
#[derive(Debug)]
pub struct Question<'a> {
    /// The device's clock, Unix milliseconds.
    pub now_ms: i64,
    /// Where chance begins.
    pub seed: [u8; 32],
    /// What is asked, as JSON.
    pub head: &'a [u8],
    /// What goes with it.
    pub parts: Vec<&'a [u8]>,
}

impl<'a> Question<'a> {
    /// Reads a question; `None` where it ends too early.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let now_ms = i64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?);
        let seed = take(&mut rest, 32)?.try_into().ok()?;
        let head = take_sized(&mut rest)?;
        let count = take_u32(&mut rest)?;
        let mut parts = Vec::new();
        for _ in 0..count {
            parts.push(take_sized(&mut rest)?);
        }
        Some(Self { now_ms, seed, head, parts })
    }

    /// The part at `place`; empty where there is none.
    #[must_use]
    pub fn part(&self, place: usize) -> &'a [u8] {
        self.parts.get(place).copied().unwrap_or_default()
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(take(rest, 4)?.try_into().ok()?))
}

fn take_sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_u32(rest)?).ok()?;
    take(rest, length)
}

/// What is answered: told as JSON, with what is to be written and with further bytes.
#[derive(Debug, Default)]
pub struct Told {
    json: Vec<u8>,
    /// To be written in one transaction, before `settle`.
    pub writes: Vec<Write>,
    /// Further bytes; they come before those of the writes.
    pub parts: Vec<Vec<u8>>,
}

impl Told {
    /// An answer without more.
    #[must_use]
    pub fn of<T: Serialize>(told: &T) -> Self {
        Self { json: serde_json::to_vec(told).unwrap_or_default(), ..Self::default() }
    }

    /// The same, with what is to be written.
    #[must_use]
    pub fn with(self, writes: Vec<Write>) -> Self {
        Self { writes, ..self }
    }
}

#[derive(Serialize)]
struct Refused<'a> {
    fault: &'a Fault,
}

/// The bytes of an answer: `{"told": …, "parts": n, "writes": [[store, key, has bytes], …]}` or
/// `{"fault": …}`.
#[must_use]
pub fn encode(answer: Result<Told, Fault>) -> Vec<u8> {
    let (head, parts) = match answer {
        Ok(told) => {
            let mut head = b"{\"told\":".to_vec();
            head.extend(if told.json.is_empty() { b"null".as_slice() } else { &told.json });
            head.extend(b",\"parts\":");
            head.extend(told.parts.len().to_string().bytes());
            head.extend(b",\"writes\":");
            let listed: Vec<_> =
                told.writes.iter().map(|write| (write.store, &write.key, write.bytes.is_some())).collect();
            head.extend(serde_json::to_vec(&listed).unwrap_or_default());
            head.push(b'}');
            let mut parts = told.parts;
            parts.extend(told.writes.into_iter().filter_map(|write| write.bytes));
            (head, parts)
        }
        Err(fault) => (serde_json::to_vec(&Refused { fault: &fault }).unwrap_or_default(), Vec::new()),
    };
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(0).to_le_bytes();
    let mut answer =
        Vec::with_capacity(head.len() + parts.iter().map(|part| part.len() + 4).sum::<usize>() + 8);
    answer.extend(length(&head));
    answer.extend(head);
    answer.extend(u32::try_from(parts.len()).unwrap_or(0).to_le_bytes());
    for part in parts {
        answer.extend(length(&part));
        answer.extend(part);
    }
    answer
}

/// Chance: as many different values as are wanted, from one random seed.
#[derive(Debug, Clone)]
pub struct Chance {
    seed: [u8; 32],
    drawn: u64,
}

impl Chance {
    /// Begins at a seed that was drawn by chance.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// Sixteen bytes.
    pub fn sixteen(&mut self) -> [u8; 16] {
        self.drawn += 1;
        let hash = Sha256::new().chain_update(self.seed).chain_update(self.drawn.to_be_bytes()).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        bytes
    }

    /// Eight bytes.
    pub fn eight(&mut self) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.sixteen()[..8]);
        bytes
    }
}
