//! A device's document, judged by Automerge: what it writes, shows, keeps and gives back, after any
//! history.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sync_protocol::change::{Change, Draft, DraftOp, Edit, OpId, Refusal, Target};
use sync_protocol::document::{Document, DocumentError, EditError, Parted};
use sync_protocol::ids::{ActorId, ChangeHash, RowId};
use sync_protocol::limits;
use sync_protocol::value::Scalar;

use crate::judge::Judge;
use crate::world::{QUESTIONS, World};

/// Histories; in each, devices edit and hear of each other.
const HISTORIES: usize = 1_500;
/// What happens in one history.
const EVENTS: usize = 60;
/// Events between two comparisons of everything.
const COMPARE_EVERY: usize = 10;

#[test]
fn a_document_is_what_automerge_makes_of_the_same_edits() {
    let next = AtomicUsize::new(0);
    let made = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= HISTORIES {
                        return;
                    }
                    let outcome = std::panic::catch_unwind(|| Village::new(seed as u64).run());
                    match outcome {
                        Ok(count) => _ = made.fetch_add(count, Ordering::Relaxed),
                        Err(_) => panic!("differs with seed {seed}"),
                    }
                }
            });
        }
    });
    let made = made.into_inner();
    println!("{made} changes were made");
    assert!(made > HISTORIES * EVENTS / 3, "only {made} changes were made");
}

/// Devices with one household, each with both kinds of document.
struct Village {
    rng: ChaCha8Rng,
    devices: Vec<Device>,
    /// Every change, after those that it depends on.
    history: Vec<Vec<u8>>,
    time_ms: i64,
}

#[derive(Clone)]
struct Device {
    actor: ActorId,
    document: Document,
    judge: Judge,
    has: BTreeSet<usize>,
}

impl Village {
    fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let device = |rng: &mut ChaCha8Rng| Device {
            actor: ActorId(rng.random()),
            document: Document::new(),
            judge: Judge::new(),
            has: BTreeSet::new(),
        };
        let devices = (0..2 + seed % 4).map(|_| device(&mut rng)).collect();
        Self { rng, devices, history: Vec::new(), time_ms: 1_763_000_000_000 }
    }

    /// Gives the number of changes that were made.
    fn run(mut self) -> usize {
        for event in 1..=EVENTS {
            let device = self.rng.random_range(0..self.devices.len());
            match self.rng.random_range(0..100) {
                0..60 => self.edit(device),
                60..90 => self.hear(device),
                90..93 => self.devices[device].actor = ActorId(self.rng.random()),
                93..97 => self.store(device),
                _ => self.look_back(device),
            }
            if event % COMPARE_EVERY == 0 {
                let device = &mut self.devices[device];
                device.judge.assert_same(&device.document);
            }
        }
        for device in &mut self.devices {
            device.judge.assert_same(&device.document);
        }
        self.history.len()
    }

    fn edit(&mut self, device: usize) {
        let Device { actor, document, judge, has } = &mut self.devices[device];
        let edits = some_edits(document, &mut self.rng);
        self.time_ms += self.rng.random_range(-5_000..60_000);
        let made = document.edit(*actor, self.time_ms, &edits).expect("honest edits");
        let judged = judge.edit(*actor, self.time_ms, &edits);
        assert_eq!(made.as_ref().map(|made| &made.bytes), judged.as_ref(), "{edits:?}");
        if let Some(made) = made {
            let change = Change::read(&made.bytes).expect("what was written is read");
            assert_eq!(change.hash(), made.hash);
            has.insert(self.history.len());
            self.history.push(made.bytes);
        }
    }

    /// The device receives what another has, or the older part of it.
    fn hear(&mut self, device: usize) {
        let other = self.rng.random_range(0..self.devices.len());
        let upto = match self.rng.random_bool(0.5) {
            true => self.history.len(),
            false => self.rng.random_range(0..=self.history.len()),
        };
        let news: Vec<usize> =
            self.devices[other].has.iter().copied().filter(|index| *index < upto).collect();
        let changes: Vec<Vec<u8>> = news.iter().map(|index| self.history[*index].clone()).collect();
        let Device { document, judge, has, .. } = &mut self.devices[device];
        let fresh = news.iter().filter(|index| has.insert(**index)).count();
        assert_eq!(document.apply(&changes), Ok(fresh));
        judge.apply(&changes);
    }

    /// The document is stored and read, in its own form and in Automerge's.
    fn store(&mut self, device: usize) {
        let Device { document, judge, .. } = &mut self.devices[device];
        let saved = document.save();
        let loaded = Document::load(&saved).expect("what was saved is loaded");
        assert_eq!(loaded.save(), saved);
        let raw: usize = document.changes().iter().map(|held| held.bytes.len()).sum();
        assert!(document.changes().len() < 2 || saved.len() < raw, "{} of {raw} bytes", saved.len());
        let theirs = Document::load(&judge.0.save_nocompress()).expect("an Automerge document is loaded");
        judge.assert_same(&theirs);
        *document = if self.rng.random() { loaded } else { theirs };
    }

    /// The document as it was, and without what was done since.
    fn look_back(&mut self, device: usize) {
        let Device { document, judge, .. } = &mut self.devices[device];
        let changes = document.changes();
        let Some(held) = changes.choose(&mut self.rng) else { return };
        let heads = BTreeSet::from([held.hash]);
        judge.at(&heads).assert_same(&document.at(&heads).expect("a change that is there"));

        let Parted { rest, taken } = document.without(&heads).expect("an honest document");
        assert_eq!(taken[0].0, *held);
        assert_eq!(rest.changes().len() + taken.len(), changes.len());
        let mut judge = Judge::new();
        judge.apply(&rest.changes().into_iter().map(|held| held.bytes).collect::<Vec<_>>());
        judge.assert_same(&rest);
        let mut whole = rest;
        whole.apply(&taken.into_iter().map(|(held, _)| held.bytes).collect::<Vec<_>>()).expect("they fit");
        self.devices[device].judge.assert_same(&whole);
    }
}

/// What a volunteer does on a form; sometimes an answer that is shown is given again.
fn some_edits(document: &Document, rng: &mut ChaCha8Rng) -> Vec<Edit> {
    let mut rows = document.rows();
    let mut edits = Vec::new();
    for _ in 0..rng.random_range(1..=4) {
        let key = (*QUESTIONS.choose(rng).expect("a question")).to_owned();
        match rng.random_range(0..10) {
            0..5 => edits.push(Edit::Put { row: None, key, value: some_value(rng) }),
            5 => {
                let row = RowId(rng.random());
                edits.push(Edit::MakeRow(row));
                rows.push(row);
            }
            6..8 => edits.extend(rows.choose(rng).map(|row| {
                let value = some_value(rng);
                Edit::Put { row: Some(*row), key, value }
            })),
            _ => {
                let shown = document.answers();
                let differing: Vec<_> = shown.iter().filter(|answer| answer.conflict).collect();
                let again = differing.choose(rng).copied().or_else(|| shown.choose(rng));
                edits.extend(again.map(|answer| Edit::Put {
                    row: answer.row,
                    key: answer.key.clone(),
                    value: answer.value.clone(),
                }));
            }
        }
    }
    edits
}

fn some_value(rng: &mut ChaCha8Rng) -> Scalar {
    match rng.random_range(0..12) {
        0 => Scalar::Null,
        1 | 2 => Scalar::Bool(rng.random()),
        3 | 4 => Scalar::Int(rng.random_range(-2..2)),
        5 => Scalar::Int(rng.random()),
        6 => Scalar::Uint(rng.random_range(0..2)),
        7 => Scalar::Uint(rng.random()),
        8 => Scalar::F64([0.0, -0.0, 2.0, 1e300, 16.8211][rng.random_range(0..5)]),
        _ => {
            Scalar::Str(["", "tile", "grass", "น้ำท่วมทุกปี", "16.8211,100.2659"][rng.random_range(0..5)].into())
        }
    }
}

/// Of histories in which Automerge alone wrote.
#[test]
fn a_draft_of_what_a_change_says_is_that_change() {
    for seed in 0..40 {
        let mut world = World::new(seed, 4);
        world.run(100);
        for made in &world.history {
            let change = Change::read(made.raw_bytes()).expect("an honest change");
            assert_eq!(draft_of(&change).write(), (change.hash(), made.raw_bytes().to_vec()));
        }
    }
}

/// What a change says, drafted anew.
fn draft_of<'a>(change: &Change<'a>) -> Draft<'a> {
    use sync_protocol::change::Action;
    let op = |op: sync_protocol::change::Op<'_, 'a>| match (op.action, op.target) {
        (Action::MakeRow(row), _) => DraftOp::MakeRow(row),
        (Action::Put(value), target) => {
            let row = if let Target::Row(made) = target { Some(made) } else { None };
            DraftOp::Put { row, key: op.key, value, preds: op.preds().collect() }
        }
    };
    Draft {
        deps: change.deps().to_vec(),
        actor: change.actor(),
        seq: change.seq(),
        start_op: change.start_op(),
        time_ms: change.time_ms(),
        ops: change.ops().map(op).collect(),
    }
}

fn put(key: &str, value: i64) -> Edit {
    Edit::Put { row: None, key: key.to_owned(), value: Scalar::Int(value) }
}

fn actor(number: u8) -> ActorId {
    ActorId([number; 16])
}

/// A document with one change of each of so many actors that knew nothing of each other.
fn with_heads(count: u8) -> Document {
    let mut document = Document::new();
    for number in 1..=count {
        let made = Document::new().edit(actor(number), 0, &[put("debt", number.into())]);
        document.apply(&[made.expect("an edit").expect("a change").bytes]).expect("room for it");
    }
    document
}

#[test]
fn a_device_takes_more_than_a_hub_and_can_join_it() {
    let mut document = with_heads(30);
    assert_eq!((document.heads().len(), document.live(None, "debt").len()), (30, 30));
    document.edit(actor(31), 1, &[put("debt", 0)]).expect("an edit").expect("a change");
    assert_eq!((document.heads().len(), document.live(None, "debt").len()), (1, 1));
    let mut judge = Judge::new();
    judge.apply(&document.changes().into_iter().map(|held| held.bytes).collect::<Vec<_>>());
    judge.assert_same(&document);
    let loaded = Document::load(&document.save()).expect("what was saved is loaded");
    judge.assert_same(&loaded);

    // Nor does it take whatever there is.
    let room = 2 * u8::try_from(limits::HOUSEHOLD_HEADS_MAX).expect("a few");
    let mut full = with_heads(room);
    let one_more =
        Document::new().edit(actor(99), 0, &[put("debt", 99)]).expect("an edit").expect("a change");
    assert_eq!(full.apply(&[one_more.bytes]), Err(DocumentError::Refused(Refusal::TooManyHeads)));
    assert_eq!(full.heads().len(), usize::from(room));
}

/// Two storages that were one may make the same edits anew.
#[test]
fn a_row_that_two_made_is_shown_once_as_automerge_shows_it() {
    let row = RowId([7; 16]);
    let of = |value| vec![Edit::MakeRow(row), Edit::Put { row: Some(row), key: "age".into(), value }];
    let mut one = Document::new();
    one.edit(actor(1), 0, &of(Scalar::Int(1))).expect("an edit");
    let mut other = Document::new();
    other.edit(actor(2), 0, &of(Scalar::Int(2))).expect("an edit");
    let raw = |document: &Document| document.changes().into_iter().map(|held| held.bytes).collect::<Vec<_>>();
    for (mut document, more) in [(one.clone(), raw(&other)), (other, raw(&one))] {
        assert_eq!(document.apply(&more), Ok(1));
        document
            .edit(actor(3), 1, &[Edit::Put { row: Some(row), key: "age".into(), value: Scalar::Int(3) }])
            .expect("an edit");
        let mut judge = Judge::new();
        judge.apply(&raw(&document));
        judge.assert_same(&document);
        judge.assert_same(&Document::load(&document.save()).expect("a stored document"));
        judge.assert_same(&Document::load(&judge.clone().0.save_nocompress()).expect("a snapshot"));
        assert_eq!(document.answers().len(), 1);
        let again = document.edit(actor(3), 2, &[Edit::MakeRow(row)]);
        assert_eq!(again, Err(DocumentError::Edit(EditError::RowExists(row))));
    }
}

#[test]
fn what_cannot_be_taken_leaves_the_document_as_it_was() {
    let mut document = Document::new();
    let row = RowId([1; 16]);
    document.edit(actor(1), 0, &[put("debt", 1), Edit::MakeRow(row)]).expect("an edit");
    let before = document.save();
    let no_row = RowId([2; 16]);
    let in_no_row = Edit::Put { row: Some(no_row), key: "age".into(), value: Scalar::Null };
    for (edits, why) in [
        (vec![put("debt", 2), put("", 1)], EditError::Key(String::new())),
        (vec![put("debt", 2), in_no_row], EditError::NoRow(no_row)),
        (vec![put("debt", 2), Edit::MakeRow(row)], EditError::RowExists(row)),
        (vec![put("debt", 2); limits::CHANGE_OPS_MAX + 1], EditError::TooMany),
    ] {
        assert_eq!(document.edit(actor(1), 1, &edits), Err(DocumentError::Edit(why)));
    }
    let long = "ก".repeat(limits::STRING_BYTES_MAX / 3);
    let much = |n| Edit::Put { row: None, key: format!("q{n}"), value: Scalar::Str(long.clone()) };
    let refused = document.edit(actor(1), 1, &(0..20).map(much).collect::<Vec<_>>());
    assert_eq!(refused, Err(DocumentError::Refused(Refusal::TooLarge)));
    let late = document.edit(actor(1), i64::MAX, &[put("debt", 2)]);
    assert_eq!(late, Err(DocumentError::Refused(Refusal::Time)));

    // A change that fits, then one that does not.
    let mut elsewhere = document.clone();
    let first = elsewhere.edit(actor(2), 1, &[put("debt", 2)]).expect("an edit").expect("a change").bytes;
    elsewhere.edit(actor(2), 2, &[put("debt", 3)]).expect("an edit");
    let third = elsewhere.edit(actor(2), 3, &[put("debt", 4)]).expect("an edit").expect("a change").bytes;
    let missing = elsewhere.changes()[2].hash;
    assert_eq!(document.apply(&[first.clone(), third]), Err(DocumentError::Missing(missing)));
    let clone =
        document.clone().edit(actor(1), 1, &[put("debt", 5)]).expect("an edit").expect("a change").bytes;
    document.edit(actor(1), 9, &[put("debt", 6)]).expect("an edit");
    let conflict = DocumentError::ActorConflict { actor: actor(1), seq: 2 };
    assert_eq!(document.apply(&[first, clone]), Err(conflict));
    let parted = document.without(&BTreeSet::from([document.heads()[0]])).expect("an honest document");
    assert_eq!(parted.rest.save(), before);
    assert_eq!(document.at(&BTreeSet::from([ChangeHash([1; 32])])).map(|_| ()), None);
    assert_eq!(document.at(&BTreeSet::new()).map(|_| ()), None);
}

#[test]
fn a_stored_document_that_was_damaged_is_not_read() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for seed in 0..20 {
        let mut world = World::new(seed, 3);
        world.run(25);
        let mut document = Document::new();
        document
            .apply(&world.history.iter().map(automerge::Change::raw_bytes).collect::<Vec<_>>())
            .expect("honest");
        let saved = document.save();
        for _ in 0..500 {
            let mut damaged = saved.clone();
            let at = rng.random_range(0..damaged.len());
            match rng.random_range(0..4) {
                0 => damaged.truncate(at),
                1 => _ = damaged.remove(at),
                2 => damaged.insert(at, rng.random()),
                _ => damaged[at] ^= 1 << rng.random_range(0..8),
            }
            if let Ok(read) = Document::load(&damaged) {
                assert!(damaged == saved || read.heads() == document.heads());
            }
        }
    }
    assert!(Document::load(&[]).is_err());
    assert!(Document::load(&[1]).is_err());
    assert!(Document::load(&[2, 0, 0]).is_err());
}

/// Ids of operations are the document's own matter; what a put replaces is not.
#[test]
fn an_author_whose_last_change_was_built_upon_names_it_as_automerge_does() {
    let mut document = Document::new();
    let first = document.edit(actor(1), 0, &[put("debt", 1)]).expect("an edit").expect("a change");
    document.edit(actor(2), 1, &[put("debt", 2)]).expect("an edit");
    let made = document.edit(actor(1), 2, &[put("debt", 3)]).expect("an edit").expect("a change");
    let change = Change::read(&made.bytes).expect("a change");
    assert_eq!((change.deps().len(), change.deps().contains(&first.hash)), (2, true));
    let preds: Vec<OpId> = change.ops().flat_map(|op| op.preds().collect::<Vec<_>>()).collect();
    assert_eq!(preds, [OpId { counter: 4, actor: actor(2) }]);
}
