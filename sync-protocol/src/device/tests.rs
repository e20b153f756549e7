//! The device's storage tasks, without a hub.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::memory::Memory;
use super::*;
use crate::change::Edit;
use crate::document::Document;
use crate::ids::{DeviceId, RowId};
use crate::value::Scalar;

const VILLAGER: DeviceId = DeviceId([1; 8]);
const NEIGHBOUR: DeviceId = DeviceId([2; 8]);

fn village() -> VillageCode {
    "65011704".parse().unwrap()
}

fn put(key: &str, value: &str) -> Edit {
    Edit::Put { row: None, key: key.to_owned(), value: Scalar::Str(value.to_owned()) }
}

fn counter() -> impl FnMut() -> [u8; 8] {
    let mut drawn = 0_u64;
    move || {
        drawn += 1;
        drawn.to_be_bytes()
    }
}

struct Phone {
    memory: Memory,
    device: DeviceId,
    random: Box<dyn FnMut() -> [u8; 8]>,
    time_ms: i64,
}

impl Phone {
    fn new(device: DeviceId) -> Self {
        Self { memory: Memory::default(), device, random: Box::new(counter()), time_ms: 1_763_800_000_000 }
    }

    fn edit(&mut self, household: HouseholdId, edits: &[Edit]) -> ChangeHash {
        self.time_ms += 60_000;
        let place = (household, village());
        let made = edit(&mut self.memory, self.device, &mut self.random, place, self.time_ms, edits);
        made.unwrap().1.unwrap().hash
    }

    fn apply(&mut self, tasks: &[Task]) -> Vec<Outcome> {
        carry_out(tasks, &mut self.memory, &mut self.random).unwrap()
    }

    fn shows(&self, household: HouseholdId) -> BTreeMap<String, Scalar> {
        let document = Document::load(&self.memory.households[&household].document).unwrap();
        document.answers().into_iter().map(|answer| (answer.key, answer.value)).collect()
    }

    fn changes(&self) -> Vec<Vec<u8>> {
        self.memory.all_unsent().into_iter().map(|outgoing| outgoing.bytes).collect()
    }
}

const HOUSE: HouseholdId = HouseholdId([7; 16]);
const OTHER_HOUSE: HouseholdId = HouseholdId([8; 16]);

#[test]
fn two_phones_that_swap_their_changes_show_the_same() {
    let (mut a, mut b) = (Phone::new(VILLAGER), Phone::new(NEIGHBOUR));
    let row = RowId([9; 16]);
    a.edit(HOUSE, &[put("head_name", "สมชาย ใจดี"), put("house_no", "12/3")]);
    b.edit(HOUSE, &[put("head_name", "สมชาย ใจงาม"), Edit::MakeRow(row)]);
    b.edit(
        HOUSE,
        &[Edit::Put {
            row: Some(row), key: "m_name".into(), value: Scalar::Str("มาลี ใจดี".into())
        }],
    );
    let (from_a, from_b) = (a.changes(), b.changes());
    a.apply(&[Task::Integrate { household: HOUSE, village: village(), changes: from_b }]);
    b.apply(&[Task::Integrate { household: HOUSE, village: village(), changes: from_a }]);
    assert_eq!(a.memory.live(), b.memory.live());
    assert_eq!(a.shows(HOUSE), b.shows(HOUSE));
    let document = Document::load(&a.memory.households[&HOUSE].document).unwrap();
    let live = document.live(None, "head_name");
    assert_eq!(live.iter().map(|live| live.actor.device()).collect::<Vec<_>>(), [VILLAGER, NEIGHBOUR]);
    assert!(document.answers().iter().any(|answer| answer.key == "head_name" && answer.conflict));
}

#[test]
fn a_refused_change_leaves_the_document_and_what_built_on_it_is_made_anew() {
    let mut phone = Phone::new(VILLAGER);
    let bad = phone.edit(HOUSE, &[put("landmark", "หลังวัด")]);
    phone.edit(HOUSE, &[put("head_name", "บุญมี สุขสวัสดิ์")]);
    let outcomes =
        phone.apply(&[Task::Refused { household: HOUSE, changes: vec![(bad, 101)], quarantined: vec![] }]);
    assert_eq!(
        phone.shows(HOUSE),
        BTreeMap::from([("head_name".to_owned(), Scalar::Str("บุญมี สุขสวัสดิ์".into()))])
    );
    assert_eq!(outcomes[0].unsent.len(), 1, "the name goes up without the landmark");
    assert_eq!(phone.memory.outbox[0].1, Some(Mark::Refused(101)), "the landmark is kept to be shown");
}

#[test]
fn a_cloned_phone_makes_its_edits_anew_when_the_other_was_first() {
    let mut phone = Phone::new(VILLAGER);
    phone.edit(HOUSE, &[put("head_name", "ทองดี แก้วใส")]);
    let mut clone = Phone { memory: phone.memory.clone(), ..Phone::new(VILLAGER) };
    clone.random = Box::new(|| [0xcc; 8]);
    let first = phone.edit(HOUSE, &[put("phone", "0812345678")]);
    let second = clone.edit(HOUSE, &[put("landmark", "ข้างสหกรณ์")]);
    assert_ne!(first, second);

    // Told by a verdict, or found out when the other's change comes down: the same in the end.
    let theirs = Task::Integrate { household: HOUSE, village: village(), changes: phone.changes() };
    let mut told = Phone { memory: clone.memory.clone(), ..Phone::new(VILLAGER) };
    told.random = Box::new(|| [0xcc; 8]);
    told.apply(&[Task::Renew { household: HOUSE, change: second }, theirs.clone()]);
    let outcomes = clone.apply(&[theirs]);
    for phone in [&told, &clone] {
        assert_eq!(phone.shows(HOUSE).len(), 3, "head, phone and landmark");
        let unsent = phone.memory.all_unsent();
        assert!(unsent.iter().all(|outgoing| outgoing.hash != second), "the old change is not sent again");
    }
    assert_eq!(outcomes[0].fault, None);
    assert_eq!(clone.memory.households[&HOUSE].actor.unwrap().0[8..], [0xcc; 8]);
}

#[test]
fn folding_brings_unsent_edits_along_and_later_edits_go_to_the_household_that_goes_on() {
    let mut phone = Phone::new(VILLAGER);
    phone.edit(HOUSE, &[put("house_no", "12/3")]);
    phone.edit(OTHER_HOUSE, &[put("head_name", "สมศรี มั่นคง")]);
    phone.apply(&[Task::Fold { household: OTHER_HOUSE, into: HOUSE }]);
    assert_eq!(phone.shows(HOUSE).len(), 2);
    assert!(phone.memory.all_unsent().iter().all(|outgoing| outgoing.household == HOUSE));
    let place = (OTHER_HOUSE, village());
    let (went_to, made) =
        edit(&mut phone.memory, VILLAGER, &mut phone.random, place, 1, &[put("phone", "0898765432")])
            .unwrap();
    assert_eq!((went_to, made.is_some()), (HOUSE, true));
    assert_eq!(phone.memory.live().len(), 1);
}

#[test]
fn saying_the_same_again_makes_no_change() {
    let mut phone = Phone::new(VILLAGER);
    phone.edit(HOUSE, &[put("house_no", "12/3")]);
    let place = (HOUSE, village());
    let again =
        edit(&mut phone.memory, VILLAGER, &mut phone.random, place, 5, &[put("house_no", "12/3")]).unwrap();
    assert_eq!(again, (HOUSE, None));
    assert_eq!(phone.memory.outbox.len(), 1);
}

#[test]
fn an_erased_household_leaves_nothing_behind() {
    let mut phone = Phone::new(VILLAGER);
    phone.edit(HOUSE, &[put("head_name", "คำปัน ยอดแก้ว")]);
    let outcomes = phone.apply(&[Task::Erase { household: HOUSE }]);
    assert_eq!((outcomes[0].now.clone(), outcomes[0].unsent.len()), (None, 0));
    assert!(phone.memory.households[&HOUSE].document.is_empty());
    let place = (HOUSE, village());
    let late = edit(&mut phone.memory, VILLAGER, &mut phone.random, place, 5, &[put("house_no", "1")]);
    assert!(matches!(late, Err(EditFailed::Gone(HOUSE))));
}
