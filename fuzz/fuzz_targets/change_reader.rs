//! Whatever the reader and the registers let through, Automerge applies, saves and loads, and both
//! keep the same heads.
//!
//! `cargo +nightly fuzz run change_reader fuzz/corpus/change_reader fuzz/seeds/change_reader`
//!
//! The first byte of an input says what the rest is: 0, a whole chunk as it stands; anything else,
//! the body of a change, which gets the right length and checksum. Otherwise the fuzzer would
//! never come past the checksum.

#![no_main]

use std::sync::LazyLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, Change as AutomergeChange, ObjId, ObjType, ReadDoc};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use sync_protocol::change::Change;
use sync_protocol::genesis::{GENESIS, GENESIS_ACTOR};
use sync_protocol::registers::Registers;

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let bytes = if *kind == 0 { rest.to_vec() } else { chunk(rest) };
    let Ok(change) = Change::read(&bytes) else { return };
    let mut registers = HOUSEHOLD.registers.clone();
    if registers.merge(&change, 1).is_err() {
        return;
    }

    let mut document = HOUSEHOLD.document.clone();
    let change = AutomergeChange::from_bytes(bytes).expect("Automerge reads it");
    document.apply_changes([change]).expect("Automerge applies it");
    assert_same(&registers, &mut document);
    let mut loaded = AutoCommit::load(&document.save()).expect("Automerge loads it");
    assert_same(&registers, &mut loaded);
});

fn assert_same(registers: &Registers, document: &mut AutoCommit) {
    let mut heads: Vec<_> = document.get_heads().iter().map(|head| head.0).collect();
    heads.sort_unstable();
    assert!(registers.heads().iter().map(|head| head.0).eq(heads));
    let rows = document.keys(rows()).map(|row| document.get(rows(), row).expect("a row").expect("a row").1);
    let values = rows.map(|row| document.length(row)).sum::<usize>() + document.length(answers());
    assert_eq!(registers.shown().len(), values);
}

/// A chunk around the body of a change.
fn chunk(body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![1];
    let mut length = body.len();
    while length >= 0x80 {
        hashed.push(length as u8 | 0x80);
        length >>= 7;
    }
    hashed.push(length as u8);
    hashed.extend(body);
    let hash = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat()
}

/// What the fuzzed change is merged into.
struct Household {
    registers: Registers,
    document: AutoCommit,
}

/// Two concurrent changes with a conflict, a row, and a change that builds on one of them.
static HOUSEHOLD: LazyLock<Household> = LazyLock::new(|| {
    let mut anna = genesis_document(1);
    anna.put(answers(), "name", "สมหญิง ใจดี").expect("a text is put");
    anna.put(answers(), "roof", "tile").expect("a text is put");
    let row = anna.put_object(rows(), "0".repeat(26), ObjType::Map).expect("a row is made");
    anna.put(&row, "group", "member").expect("a text is put");
    let first = commit(&mut anna);
    anna.put(answers(), "income", 12_500).expect("a number is put");
    let second = commit(&mut anna);
    let mut boon = genesis_document(2);
    boon.put(answers(), "roof", "grass").expect("a text is put");
    let third = commit(&mut boon);

    let mut registers = Registers::genesis();
    for made in [&first, &second, &third] {
        let change = Change::read(made.raw_bytes()).expect("an honest change");
        registers.merge(&change, 0).expect("an honest change");
    }
    let mut document = genesis_document(3);
    document.apply_changes([first, second, third]).expect("honest changes apply");
    Household { registers, document }
});

fn genesis_document(number: u8) -> AutoCommit {
    let mut document = AutoCommit::new().with_actor(ActorId::from([number; 16]));
    let genesis = AutomergeChange::from_bytes(GENESIS.to_vec()).expect("genesis is a change");
    document.apply_changes([genesis]).expect("genesis applies");
    document
}

fn commit(document: &mut AutoCommit) -> AutomergeChange {
    document.commit_with(CommitOptions::default().with_time(0));
    document.get_last_local_change().expect("something was put")
}

fn answers() -> ObjId {
    ObjId::Id(1, ActorId::from(GENESIS_ACTOR.0), 0)
}

fn rows() -> ObjId {
    ObjId::Id(2, ActorId::from(GENESIS_ACTOR.0), 0)
}
