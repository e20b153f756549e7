//! Registers: merging, judging, blobs.

#![allow(clippy::unwrap_used)]

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, Change as AutomergeChange, ObjId, ObjType, ROOT, ReadDoc};

use super::*;
use crate::change::{Change, Edit};
use crate::value::Scalar;

/// A phone with its own document of the household.
struct Phone(AutoCommit);

impl Phone {
    fn new(number: u8) -> Self {
        let mut document = AutoCommit::new().with_actor(automerge::ActorId::from([number; 16]));
        document.apply_changes([AutomergeChange::from_bytes(genesis::GENESIS.to_vec()).unwrap()]).unwrap();
        Self(document)
    }

    fn map(&self, name: &str) -> ObjId {
        self.0.get(ROOT, name).unwrap().unwrap().1
    }

    fn put(&mut self, key: &str, value: impl Into<automerge::ScalarValue>) -> AutomergeChange {
        self.0.put(self.map("answers"), key, value).unwrap();
        self.commit()
    }

    fn commit(&mut self) -> AutomergeChange {
        self.0.commit_with(CommitOptions::default().with_time(1_717_000_000_000));
        self.0.get_last_local_change().unwrap()
    }

    fn hear(&mut self, changes: &[&AutomergeChange]) {
        self.0.apply_changes(changes.iter().map(|change| (*change).clone())).unwrap();
    }
}

fn merge(registers: &mut Registers, made: &AutomergeChange) -> (bool, bool) {
    let change = Change::read(made.raw_bytes()).unwrap();
    let merged = registers.merge(&change, 7).unwrap();
    (merged.touched[0].was_conflict, merged.touched[0].is_conflict)
}

fn shown(registers: &Registers) -> Vec<(Option<RowId>, String, Scalar, bool)> {
    let own = |shown: Shown<'_>| (shown.row, shown.key.to_owned(), shown.value.to_owned(), shown.conflict);
    registers.shown().into_iter().map(own).collect()
}

#[test]
fn a_household_begins_empty() {
    let vocabulary = Vocabulary::default();
    let registers = Registers::genesis();
    assert_eq!(registers.heads(), [genesis::hash()]);
    assert!(registers.contains(&genesis::hash()));
    assert_eq!((registers.changes().len(), registers.rows().len(), registers.shown().len()), (0, 0, 0));
    let blob = registers.encode(&vocabulary);
    assert_eq!((blob[0], &blob[6..blob.len() - 8]), (1, &[0; 4][..]), "no actors, changes, rows, registers");
    assert_eq!(Registers::decode(&blob, &vocabulary).unwrap().heads(), [genesis::hash()]);
}

#[test]
fn two_values_are_a_conflict_until_somebody_settles_it() {
    let (mut anna, mut boon) = (Phone::new(1), Phone::new(2));
    let mut registers = Registers::genesis();
    let (tile, grass) = (anna.put("roof", "tile"), boon.put("roof", "grass"));
    assert_eq!(merge(&mut registers, &grass), (false, false));
    assert_eq!(merge(&mut registers, &tile), (false, true));
    assert_eq!(registers.heads().len(), 2);
    let register = registers.register(None, "roof").unwrap();
    let actors: Vec<_> = register.live.iter().map(|live| live.actor).collect();
    assert_eq!(actors, [ActorId([1; 16]), ActorId([2; 16])], "equal counters are ordered by actor");
    assert_eq!(shown(&registers), [(None, "roof".into(), Scalar::Str("grass".into()), true)]);

    anna.hear(&[&grass]);
    let settled = anna.put("roof", "concrete");
    assert_eq!(merge(&mut registers, &settled), (true, false));
    let register = registers.register(None, "roof").unwrap();
    assert_eq!((register.live.len(), register.live[0].actor), (1, ActorId([1; 16])));
    assert_eq!((register.live[0].change.0, register.live[0].log_seq), (settled.hash().0, 7));
}

#[test]
fn the_same_value_twice_is_no_conflict_and_another_type_is() {
    let mut registers = Registers::genesis();
    merge(&mut registers, &Phone::new(1).put("age", 71_i64));
    assert_eq!(merge(&mut registers, &Phone::new(2).put("age", 71_i64)), (false, false));
    assert_eq!(registers.register(None, "age").unwrap().live.len(), 2);
    assert_eq!(merge(&mut registers, &Phone::new(3).put("age", 71_u64)), (false, true));
    assert!(registers.register(None, "age").unwrap().conflict);
}

#[test]
fn rows_are_shown_in_order_of_their_ids_after_the_answers() {
    let mut phone = Phone::new(1);
    let mut registers = Registers::genesis();
    let ids = [RowId([9; 16]), RowId([3; 16])];
    for id in ids {
        let row = phone.0.put_object(phone.map("rows"), id.to_string(), ObjType::Map).unwrap();
        phone.0.put(&row, "group", "member").unwrap();
        let made = phone.commit();
        let change = Change::read(made.raw_bytes()).unwrap();
        let merged = registers.merge(&change, 1).unwrap();
        assert_eq!((merged.new_rows.as_slice(), merged.touched[0].row), (&[id][..], Some(id)));
        assert!(merged.touched[0].is_new);
    }
    merge(&mut registers, &phone.put("name", "สมหญิง ใจดี"));
    assert_eq!(registers.rows().collect::<Vec<_>>(), ids);
    let order: Vec<_> = registers.shown().iter().map(|shown| (shown.row, shown.key)).collect();
    assert_eq!(order, [(None, "name"), (Some(ids[1]), "group"), (Some(ids[0]), "group")]);
}

#[test]
fn rows_have_one_order_whatever_arrived_first() {
    let row = |phone: &mut Phone, id: u8| {
        let id = RowId([id; 16]).to_string();
        let row = phone.0.put_object(phone.map("rows"), id, ObjType::Map).unwrap();
        phone.0.put(&row, "group", "member").unwrap();
        phone.commit()
    };
    let (mut anna, mut boon) = (Phone::new(1), Phone::new(2));
    let (first, second, other) = (row(&mut anna, 9), row(&mut anna, 3), row(&mut boon, 5));
    // Equal counters are ordered by actor: both began at once.
    let expected = [9, 5, 3].map(|id| RowId([id; 16]));
    for order in [[&first, &second, &other], [&other, &first, &second], [&first, &other, &second]] {
        let mut registers = Registers::genesis();
        for made in order {
            registers.merge(&Change::read(made.raw_bytes()).unwrap(), 1).unwrap();
        }
        assert_eq!(registers.rows_by_making(), expected);
    }
}

#[test]
fn edits_say_what_a_change_does_without_its_ids() {
    let mut phone = Phone::new(1);
    let mut registers = Registers::genesis();
    let id = RowId([9; 16]);
    let row = phone.0.put_object(phone.map("rows"), id.to_string(), ObjType::Map).unwrap();
    phone.0.put(&row, "group", "need").unwrap();
    phone.0.put(phone.map("answers"), "income", 12_500_i64).unwrap();
    let first = phone.commit();
    phone.0.put(&row, "deleted", true).unwrap();
    let second = phone.commit();

    let put = |row, key: &str, value| Edit::Put { row, key: key.to_owned(), value };
    let change = Change::read(first.raw_bytes()).unwrap();
    let group = put(Some(id), "group", Scalar::Str("need".into()));
    let expected = vec![Edit::MakeRow(id), group, put(None, "income", Scalar::Int(12_500))];
    assert_eq!(change.edits(|_| None), Some(expected));

    let change = Change::read(second.raw_bytes()).unwrap();
    assert_eq!(change.edits(|op| registers.row_made_by(op)), None, "the row is not known yet");
    registers.merge(&Change::read(first.raw_bytes()).unwrap(), 1).unwrap();
    let edits = change.edits(|op| registers.row_made_by(op));
    assert_eq!(edits, Some(vec![put(Some(id), "deleted", Scalar::Bool(true))]));
}

#[test]
fn what_is_refused_leaves_no_trace() {
    let vocabulary = Vocabulary::default();
    let (mut anna, mut boon) = (Phone::new(1), Phone::new(2));
    let mut registers = Registers::genesis();
    let first = anna.put("roof", "tile");
    let second = anna.put("roof", "grass");
    let copied = Phone::new(1).put("roof", "concrete");
    boon.hear(&[&first, &second]);
    let third = boon.put("roof", "tile");

    let blob = registers.encode(&vocabulary);
    let change = Change::read(third.raw_bytes()).unwrap();
    let missing = vec![ChangeHash(second.hash().0)];
    assert_eq!(registers.merge(&change, 1), Err(Judgement::Waiting { missing }));
    assert_eq!(registers.encode(&vocabulary), blob);

    merge(&mut registers, &first);
    let blob = registers.encode(&vocabulary);
    let change = Change::read(first.raw_bytes()).unwrap();
    assert_eq!(registers.merge(&change, 1), Err(Judgement::Known));
    let change = Change::read(copied.raw_bytes()).unwrap();
    assert_eq!(registers.merge(&change, 1), Err(Judgement::ActorConflict));
    assert_eq!(registers.encode(&vocabulary), blob);
}

/// A household with a conflict, a row, and each type of value.
fn household() -> Registers {
    let (mut anna, mut boon) = (Phone::new(1), Phone::new(2));
    let mut registers = Registers::genesis();
    let answers = anna.map("answers");
    anna.0.put(&answers, "name", "สมหญิง ใจดี").unwrap();
    anna.0.put(&answers, "roof", "tile").unwrap();
    anna.0.put(&answers, "income", 12_500_i64).unwrap();
    anna.0.put(&answers, "debt", -3_000_000_000_i64).unwrap();
    anna.0.put(&answers, "plots", 300_u64).unwrap();
    anna.0.put(&answers, "latitude", 16.8211).unwrap();
    anna.0.put(&answers, "phone", ()).unwrap();
    anna.0.put(&answers, "hazards/flood", true).unwrap();
    let row = anna.0.put_object(anna.map("rows"), RowId([9; 16]).to_string(), ObjType::Map).unwrap();
    anna.0.put(&row, "group", "member").unwrap();
    merge(&mut registers, &anna.commit());
    merge(&mut registers, &anna.put("roof", "grass"));
    merge(&mut registers, &boon.put("roof", "concrete"));
    registers
}

#[test]
fn a_vocabulary_may_grow_and_may_be_exchanged() {
    let registers = household();
    let small = Vocabulary::new(["roof", "tile", "grass"]);
    let grown = Vocabulary::new(["roof", "tile", "grass", "group", "member", "income"]);
    let text = registers.encode(&Vocabulary::default());
    let short = registers.encode(&small);
    assert!(short.len() < text.len());

    let mut read = Registers::decode(&short, &grown).unwrap();
    assert_eq!(shown(&read), shown(&registers));
    merge(&mut read, &Phone::new(3).put("income", "member"));
    let blob = read.encode(&grown);
    assert_eq!(shown(&Registers::decode(&blob, &grown).unwrap()), shown(&read));
    assert_eq!(read.encode(&Vocabulary::default()).len(), {
        let again = Registers::decode(&blob, &grown).unwrap();
        again.encode(&Vocabulary::default()).len()
    });

    assert!(Registers::decode(&short, &Vocabulary::default()).is_err(), "words are missing");
    let other = Vocabulary::new(["zone", "tile", "grass"]);
    assert!(Registers::decode(&short, &other).is_err(), "a word is another");
}

#[test]
fn a_damaged_blob_is_an_error() {
    let vocabulary = Vocabulary::new(["roof", "tile", "group"]);
    let blob = household().encode(&vocabulary);
    assert!(Registers::decode(&blob, &vocabulary).is_ok());
    for length in 0..blob.len() {
        assert!(Registers::decode(&blob[..length], &vocabulary).is_err(), "it is cut at {length}");
    }
    for at in 0..blob.len() {
        for bit in 0..8 {
            let mut damaged = blob.clone();
            damaged[at] ^= 1 << bit;
            assert!(Registers::decode(&damaged, &vocabulary).is_err(), "bit {bit} of byte {at}");
        }
    }
    assert!(Registers::decode(&[&blob[..], &[0]].concat(), &vocabulary).is_err());
}

#[test]
fn a_long_history_does_not_pile_up() {
    let mut phone = Phone::new(1);
    let mut registers = Registers::genesis();
    let vocabulary = Vocabulary::default();
    for turn in 0..2_000_i64 {
        if turn == 10 {
            registers = Registers::decode(&registers.encode(&vocabulary), &vocabulary).unwrap();
        }
        merge(&mut registers, &phone.put("remark", format!("{turn} {}", "น้ำท่วม ".repeat(20))));
    }
    assert!(registers.arena.len() < 200_000, "{} bytes", registers.arena.len());
    let decoded = Registers::decode(&registers.encode(&vocabulary), &vocabulary).unwrap();
    assert_eq!(shown(&decoded), shown(&registers));
    assert_eq!(decoded.changes().len(), 2_000);
}
