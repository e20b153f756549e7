//! Whatever bytes a device takes for a document, reading them does not panic, and what it reads Automerge
//! applies, saves and loads, with the same heads.
//!
//! `cargo +nightly fuzz run snapshot fuzz/corpus/snapshot fuzz/seeds/snapshot`
//!
//! The first byte of an input says what the rest is: 0, whole stored bytes as they stand; anything else,
//! the body of a snapshot, which gets the right length.

#![no_main]

use automerge::{AutoCommit, Change as AutomergeChange};
use libfuzzer_sys::fuzz_target;
use sync_protocol::document::Document;
use sync_protocol::genesis::GENESIS;
use sync_protocol::snapshot;

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let bytes = if *kind == 0 { rest.to_vec() } else { chunk(rest) };
    let Ok(document) = Document::load(&bytes) else { return };

    let mut changes = vec![AutomergeChange::from_bytes(GENESIS.to_vec()).expect("genesis is a change")];
    for held in document.changes() {
        changes.push(AutomergeChange::from_bytes(held.bytes).expect("Automerge reads it"));
    }
    let mut judge = AutoCommit::new();
    judge.apply_changes(changes).expect("Automerge applies it");
    let mut loaded = AutoCommit::load(&judge.save_nocompress()).expect("Automerge loads it");
    let mut heads: Vec<_> = loaded.get_heads().iter().map(|head| head.0).collect();
    heads.sort_unstable();
    assert!(document.heads().iter().map(|head| head.0).eq(heads));

    let stored = document.save();
    assert_eq!(Document::load(&stored).expect("what was saved is loaded").save(), stored);
    assert!(!snapshot::is_snapshot(&stored));
});

/// A document chunk around a body; its checksum is not looked at.
fn chunk(body: &[u8]) -> Vec<u8> {
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 0];
    let mut length = body.len();
    while length >= 0x80 {
        chunk.push(length as u8 | 0x80);
        length >>= 7;
    }
    chunk.push(length as u8);
    chunk.extend(body);
    chunk
}
