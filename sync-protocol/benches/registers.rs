//! What merging one edit costs: registers against Automerge, on the same household in one run.
//!
//! The household has 64 answers and 4 rows of 12, made in one change, then 19 edits of three
//! fields by three devices. The edit that is merged has three fields; it is made on the newest
//! state, or by a device that is five changes behind.
//!
//! - registers: blob and change in, blob out: decode, read, judge, merge, encode;
//! - Automerge: saved document and change in, heads and every value out: load, apply, iterate.
//!   Saving the document again is not even counted.
//!
//! Then what a device does with the same household: loads its document, makes the edit, saves it; against
//! what Automerge takes for the same, and for reading a snapshot.
//!
//! `cargo bench -p sync-protocol --bench registers`

use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, Automerge, Change as AutomergeChange, ObjId, ObjType, ReadDoc};
use data_encoding::BASE32_DNSSEC;
use sync_protocol::change::{Change, Edit};
use sync_protocol::document::Document;
use sync_protocol::genesis::{GENESIS, GENESIS_ACTOR};
use sync_protocol::ids;
use sync_protocol::registers::{Registers, Vocabulary};
use sync_protocol::value::Scalar;

const ANSWERS: usize = 64;
const ROWS: usize = 4;
const ROW_ANSWERS: usize = 12;
const EDITS: usize = 19;
const BEHIND: usize = 5;

const CHOICES: &[&str] =
    &["yes", "no", "tile", "grass", "concrete", "well", "pipe", "farmer", "fisher", "daily_wage"];
const TEXTS: &[&str] = &["สมหญิง ใจดี", "081-234-5678", "12/3 หมู่ 4", "1650117000123", "โรคเบาหวาน"];

fn main() {
    let history = history();
    let words = (0..ANSWERS).map(question).chain((0..ROW_ANSWERS).map(row_question));
    let vocabulary = Vocabulary::new(words.chain(CHOICES.iter().map(|word| (*word).to_owned())));
    let (linear, late) = (edit_after(&history, history.len()), edit_after(&history, history.len() - BEHIND));
    let creation = [history[0].clone()];

    println!(
        "one edit of three fields, on a household of {} registers and {} changes",
        64 + 48,
        history.len()
    );
    for (name, edit) in [("linear", &linear), ("concurrent", &late)] {
        compare(name, &history, edit, &vocabulary);
    }
    println!("the change that makes the household, on an empty one");
    compare("creation", &[], &creation[0], &vocabulary);
    println!("a device's document of the household");
    compare_documents(&history);
}

fn compare_documents(history: &[AutomergeChange]) {
    let raw: Vec<&[u8]> = history.iter().map(AutomergeChange::raw_bytes).collect();
    let mut ours = Document::new();
    ours.apply(&raw).expect("an honest history");
    let mut theirs = genesis_document();
    theirs.apply_changes(history.to_vec()).expect("the history applies");
    let (our_bytes, their_bytes) = (ours.save(), theirs.save_nocompress());
    let edits: Vec<Edit> =
        (0..3).map(|field| Edit::Put { row: None, key: question(field), value: Scalar::Int(-1) }).collect();

    let [our_load, their_load, our_snapshot] = fastest([
        &|| _ = black_box(Document::load(&our_bytes).expect("a document")),
        &|| _ = black_box(AutoCommit::load(&their_bytes).expect("a document")),
        &|| _ = black_box(Document::load(&their_bytes).expect("a snapshot")),
    ]);
    tell("load", our_load, our_bytes.len(), their_load, their_bytes.len());
    tell("snapshot", our_snapshot, their_bytes.len(), their_load, their_bytes.len());
    // A clone is edited each time; what cloning takes is taken off.
    let edit_ours = || {
        let made = ours.clone().edit(ids::ActorId([9; 16]), 0, &edits).expect("an edit");
        black_box(made.expect("a change").bytes.len())
    };
    let edit_theirs = || {
        let mut document = theirs.clone().with_actor(device(9));
        for field in 0..3 {
            document.put(answers(), question(field), -1_i64).expect("a number is put");
        }
        black_box(commit(&mut document).raw_bytes().len())
    };
    let (our_change, their_change) = (edit_ours(), edit_theirs());
    let [our_edit, our_clone, their_edit, their_clone] =
        fastest([&|| _ = edit_ours(), &|| _ = black_box(ours.clone()), &|| _ = edit_theirs(), &|| {
            _ = black_box(theirs.clone())
        }]);
    let (our_edit, their_edit) = (our_edit.saturating_sub(our_clone), their_edit.saturating_sub(their_clone));
    tell("edit", our_edit, our_change, their_edit, their_change);
    let saved = RefCell::new(theirs);
    let [our_save, their_save] =
        fastest([&|| _ = black_box(ours.save()), &|| _ = black_box(saved.borrow_mut().save_nocompress())]);
    tell("save", our_save, our_bytes.len(), their_save, their_bytes.len());
}

fn tell(name: &str, ours: Duration, our_bytes: usize, theirs: Duration, their_bytes: usize) {
    println!(
        "{name:>12}: ours {:7.2} µs, {our_bytes} bytes | Automerge {:7.1} µs, {their_bytes} bytes | {:.1} times",
        micros(ours),
        micros(theirs),
        theirs.as_secs_f64() / ours.as_secs_f64(),
    );
}

fn compare(name: &str, history: &[AutomergeChange], edit: &AutomergeChange, vocabulary: &Vocabulary) {
    let mut registers = Registers::genesis();
    let mut document = genesis_document();
    for made in history {
        registers.merge(&read(made), 1).expect("the history is honest");
    }
    document.apply_changes(history.to_vec()).expect("the history applies");
    let blob = registers.encode(vocabulary);
    let saved = document.save_nocompress();

    let ours = || {
        let mut registers = Registers::decode(&blob, vocabulary).expect("a blob");
        let change = Change::read(edit.raw_bytes()).expect("an honest change");
        let merged = registers.merge(&change, 2).expect("an honest change");
        black_box(merged);
        registers.encode(vocabulary)
    };
    let theirs = || {
        let mut document = Automerge::load(&saved).expect("a document");
        let change = AutomergeChange::from_bytes(edit.raw_bytes().to_vec()).expect("an honest change");
        document.apply_changes([change]).expect("an honest change");
        let values = document.iter().count();
        (values, document.get_heads())
    };
    let (ours_bytes, theirs_bytes) = (ours().len(), saved.len());
    let [ours, theirs] = fastest([&|| _ = black_box(ours()), &|| _ = black_box(theirs())]);
    println!(
        "{name:>12}: registers {:7.2} µs, {ours_bytes} bytes | Automerge {:7.1} µs, {theirs_bytes} bytes | {:.0} times",
        micros(ours),
        micros(theirs),
        theirs.as_secs_f64() / ours.as_secs_f64(),
    );
    steps(&blob, edit, vocabulary);
}

/// Where the time goes.
fn steps(blob: &[u8], edit: &AutomergeChange, vocabulary: &Vocabulary) {
    let registers = Registers::decode(blob, vocabulary).expect("a blob");
    let change = read(edit);
    let [decode, read, judge, encode, shown] = fastest([
        &|| _ = black_box(Registers::decode(blob, vocabulary)),
        &|| _ = black_box(Change::read(edit.raw_bytes())),
        &|| _ = black_box(registers.judge(&change)),
        &|| _ = black_box(registers.encode(vocabulary)),
        &|| _ = black_box(registers.shown()),
    ]);
    println!(
        "{:>12}  decode {:.2}, read {:.2}, judge {:.2}, encode {:.2}; shown {:.2} µs",
        "",
        micros(decode),
        micros(read),
        micros(judge),
        micros(encode),
        micros(shown),
    );
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The time of one call of each of `runs`: the fastest of many short batches, taken in turns. What
/// else the machine does slows batches down; the fastest of each ran undisturbed.
fn fastest<const N: usize>(runs: [&dyn Fn(); N]) -> [Duration; N] {
    const TURNS: usize = 400;
    let calls = runs.map(|run| {
        let start = Instant::now();
        (0..10).for_each(|_| run());
        (Duration::from_millis(10).as_nanos() / start.elapsed().as_nanos().max(1)).clamp(1, 1_000) as u32
    });
    let mut times = [Duration::MAX; N];
    for _ in 0..TURNS {
        for ((run, calls), time) in runs.iter().zip(calls).zip(&mut times) {
            let start = Instant::now();
            (0..calls).for_each(|_| run());
            *time = (start.elapsed() / calls).min(*time);
        }
    }
    times
}

fn read(made: &AutomergeChange) -> Change<'_> {
    Change::read(made.raw_bytes()).expect("an honest change")
}

fn question(index: usize) -> String {
    format!("section_{}/question_{index:02}", index / 8)
}

fn row_question(index: usize) -> String {
    format!("row_question_{index:02}")
}

fn answers() -> ObjId {
    ObjId::Id(1, ActorId::from(GENESIS_ACTOR.0), 0)
}

fn rows() -> ObjId {
    ObjId::Id(2, ActorId::from(GENESIS_ACTOR.0), 0)
}

fn genesis_document() -> AutoCommit {
    let mut document = AutoCommit::new();
    let genesis = AutomergeChange::from_bytes(GENESIS.to_vec()).expect("genesis is a change");
    document.apply_changes([genesis]).expect("genesis applies");
    document
}

fn device(number: u8) -> ActorId {
    ActorId::from([number; 16])
}

/// Puts an answer of one of the kinds that a questionnaire has: mostly choices and numbers.
fn put(document: &mut AutoCommit, object: &ObjId, key: String, turn: usize) {
    let done = match turn % 8 {
        0..3 => document.put(object, key, CHOICES[turn / 3 % CHOICES.len()]),
        3 | 4 => document.put(object, key, (turn * 37 % 9_000) as i64),
        5 | 6 => document.put(object, key, turn.is_multiple_of(3)),
        _ => document.put(object, key, TEXTS[turn / 8 % TEXTS.len()]),
    };
    done.expect("a scalar is put");
}

fn commit(document: &mut AutoCommit) -> AutomergeChange {
    document.get_last_local_change().expect("something was put")
}

/// The change that makes the household, then edits; every fourth is made two changes behind.
fn history() -> Vec<AutomergeChange> {
    let mut document = genesis_document().with_actor(device(1));
    for index in 0..ANSWERS {
        put(&mut document, &answers(), question(index), index);
    }
    for row in 0..ROWS {
        let row = BASE32_DNSSEC.encode(&[row as u8 * 61 + 7; 16]);
        let row = document.put_object(rows(), row, ObjType::Map).expect("a row is made");
        (0..ROW_ANSWERS).for_each(|index| put(&mut document, &row, row_question(index), index));
    }
    let mut history = vec![commit(&mut document)];
    for edit in 0..EDITS {
        let seen = if edit % 4 == 3 { history.len() - 2 } else { history.len() };
        history.push(edit_by(
            &history[..seen],
            device(2 + edit as u8 % 3 + if edit % 4 == 3 { 3 } else { 0 }),
            edit,
        ));
    }
    history
}

/// An edit by a device that has seen so many changes.
fn edit_after(history: &[AutomergeChange], seen: usize) -> AutomergeChange {
    edit_by(&history[..seen], device(9), 1_000)
}

fn edit_by(seen: &[AutomergeChange], actor: ActorId, turn: usize) -> AutomergeChange {
    let mut document = genesis_document().with_actor(actor);
    document.apply_changes(seen.to_vec()).expect("the history applies");
    for field in 0..3 {
        let key = question((turn * 7 + field * 11) % ANSWERS);
        // A number that no other edit puts, so that it is never a mere repetition.
        document.put(answers(), key, (turn * 10 + field) as i64 + 100_000).expect("a number is put");
    }
    commit(&mut document)
}
