//! One story each: what a phone and a hub go through, and what both hold afterwards.

use std::collections::BTreeSet;

use sync_protocol::change::Edit;
use sync_protocol::device::{Mark, Presence};
use sync_protocol::hub::Reason;
use sync_protocol::ids::{HouseholdId, RowId};
use sync_protocol::value::Scalar;
use sync_protocol::wire::Verdict;

use super::hub::Hub;
use super::phone::{Mishap, Phone, Stopped, put, village};

const HOUSE: HouseholdId = HouseholdId([7; 16]);
const OTHER_HOUSE: HouseholdId = HouseholdId([8; 16]);

fn house(number: u8) -> HouseholdId {
    HouseholdId([number; 16])
}

/// A hub, and two phones of two villages.
fn world() -> (Hub, Phone, Phone) {
    let mut hub = Hub::new(1, 1_000);
    let (a, b) = (Phone::enrol(&mut hub, 1, &[4, 5]), Phone::enrol(&mut hub, 2, &[4, 5]));
    (hub, a, b)
}

/// Both phones and the hub hold the same, and both phones were shown so.
#[track_caller]
fn assert_in_step(hub: &mut Hub, phones: &mut [&mut Phone]) {
    for phone in phones.iter_mut() {
        assert_eq!(phone.sync(hub).equal, Some(true));
        assert!(phone.memory.outbox.iter().all(|(_, mark)| matches!(mark, Some(Mark::Refused(_)))));
        for moo in &phone.villages {
            let live = phone.memory.live();
            let ours: Vec<_> = live.iter().filter(|(_, (at, _))| at == moo).collect();
            let ours: Vec<_> = ours.into_iter().map(|(id, (_, heads))| (*id, heads.clone())).collect();
            assert_eq!(ours, hub.live(*moo));
        }
    }
}

#[test]
fn an_edit_takes_one_request_and_nothing_to_say_takes_one() {
    let (mut hub, mut a, mut b) = world();
    a.sync(&mut hub);
    b.sync(&mut hub);
    a.edit(HOUSE, &[put("head_name", "สมชาย ใจดี"), put("house_no", "12/3")]);
    let report = a.sync(&mut hub);
    assert_eq!((report.requests, report.accepted, report.received, report.equal), (1, 1, 0, Some(true)));
    let report = b.sync(&mut hub);
    assert_eq!((report.requests, report.received, report.equal), (1, 1, Some(true)));
    let report = b.sync(&mut hub);
    assert_eq!((report.requests, report.received, report.equal), (1, 0, Some(true)));
    assert!(a.memory.outbox.is_empty());
    assert_eq!(a.shows(HOUSE), b.shows(HOUSE));
}

#[test]
fn a_first_sync_takes_frames_and_then_the_log() {
    let (mut hub, mut a, mut b) = world();
    for number in 10..20 {
        a.edit(house(number), &[put("house_no", "12/3")]);
    }
    a.sync(&mut hub);
    hub.make_frames();
    a.edit(house(10), &[put("house_no", "12/4")]);
    a.edit(house(30), &[put("house_no", "88")]);
    a.sync(&mut hub);
    b.edit(house(10), &[put("phone", "0812345678")]);

    // Switched off after the second of four frames: the third is next.
    assert_eq!(b.sync_with(&mut hub, 8, Mishap::Crash), Stopped::Mishap(Mishap::Crash));
    assert_eq!(b.memory.state().plan.map(|plan| (plan.done, plan.frames.len())), Some((2, 4)));
    let report = b.sync(&mut hub);
    assert_eq!((report.frames, report.requests, report.received, report.equal), (2, 1, 3, Some(true)));
    assert_in_step(&mut hub, &mut [&mut a, &mut b]);
}

#[test]
fn a_frame_that_is_gone_makes_a_phone_ask_for_new_ones() {
    let (mut hub, mut a, mut b) = world();
    for number in 10..20 {
        a.edit(house(number), &[put("house_no", "12/3")]);
    }
    a.sync(&mut hub);
    hub.make_frames();
    b.sync_with(&mut hub, 5, Mishap::RequestLost);
    hub.erase(house(12));
    let report = b.sync(&mut hub);
    assert_eq!((report.frames, report.equal), (3, Some(true)));
    assert_eq!(b.memory.live().len(), 9);
}

#[test]
fn a_small_budget_takes_more_requests_and_never_too_large_replies() {
    let (mut hub, mut a, mut b) = world();
    for number in 0..60 {
        a.edit(house(number), &[put("remark", &"น้ำท่วมทุกปี ".repeat(10))]);
    }
    a.budget_bytes = 4 * 1024;
    b.budget_bytes = 4 * 1024;
    let report = a.sync(&mut hub);
    assert!(report.requests > 5, "{report:?}");
    b.sync_with(&mut hub, 9, Mishap::ReplyLost);
    let had = b.memory.live().len();
    assert!((1..60).contains(&had));
    let report = b.sync(&mut hub);
    assert_eq!((report.received as usize, report.equal), (60 - had, Some(true)));
}

#[test]
fn what_a_lost_reply_accepted_is_known_the_next_time() {
    let (mut hub, mut a, mut b) = world();
    for number in 0..40 {
        a.edit(house(number), &[put("remark", &"น้ำท่วมทุกปี ".repeat(10))]);
    }
    // Another run of the same sync reached the hub, and none of its replies was kept.
    a.clone().sync(&mut hub);
    a.budget_bytes = 1024;
    let report = a.sync(&mut hub);
    assert_eq!((report.accepted, report.known, report.equal), (0, 40, Some(true)));
    assert_in_step(&mut hub, &mut [&mut a, &mut b]);
}

#[test]
fn two_phones_meet_in_one_household() {
    let (mut hub, mut a, mut b) = world();
    let row = RowId([9; 16]);
    a.edit(HOUSE, &[put("head_name", "สมชาย ใจดี"), put("house_no", "12/3")]);
    b.edit(HOUSE, &[put("head_name", "สมชาย ใจงาม"), Edit::MakeRow(row)]);
    a.sync(&mut hub);
    b.sync(&mut hub);
    assert_in_step(&mut hub, &mut [&mut a, &mut b]);
    assert_eq!(a.shows(HOUSE), b.shows(HOUSE));
    assert_eq!(a.document(HOUSE).live(None, "head_name").len(), 2);

    // Who settles the conflict by the value that is shown makes a change like any other.
    let Scalar::Str(shown) = &a.shows(HOUSE)["head_name"] else { panic!("a name") };
    a.edit(HOUSE, &[put("head_name", &shown.clone())]);
    let report = a.sync(&mut hub);
    assert_eq!((report.accepted, report.refused), (1, vec![]));
    assert_in_step(&mut hub, &mut [&mut a, &mut b]);
    assert_eq!(b.document(HOUSE).live(None, "head_name").len(), 1);
}

#[test]
fn a_change_that_waits_is_sent_after_those_that_it_waits_for() {
    let (mut hub, mut a, mut b) = world();
    a.edit(HOUSE, &[put("house_no", "12/3")]);
    let backup = hub.clone();
    a.sync(&mut hub);
    b.sync(&mut hub);
    hub.restore(&backup, 2);
    // The hub lost the change that this one builds on; the phone holds it in its document.
    b.edit(HOUSE, &[put("phone", "0812345678")]);
    let report = b.sync(&mut hub);
    assert_eq!((report.accepted, report.waiting, report.equal), (2, 0, Some(true)));
    assert_in_step(&mut hub, &mut [&mut a, &mut b]);
}

#[test]
fn a_change_whose_past_is_lost_holds_up_nothing_else() {
    let (mut hub, mut a, mut b) = world();
    a.edit(HOUSE, &[put("house_no", "12/3")]);
    a.edit(HOUSE, &[put("phone", "0812345678")]);
    a.memory.outbox.remove(0);
    a.memory.households.remove(&HOUSE);
    b.edit(OTHER_HOUSE, &[put("house_no", "14")]);
    b.sync(&mut hub);
    let report = a.sync(&mut hub);
    assert_eq!((report.waiting, report.equal), (1, Some(true)));
    assert_eq!(a.memory.all_unsent().len(), 1, "it stays, should the other ever turn up");
}

#[test]
fn a_refused_change_is_kept_apart_and_what_builds_on_it_goes_through() {
    let mut hub = Hub::new(1, 1);
    let mut a = Phone::enrol(&mut hub, 1, &[4, 5]);
    a.edit(HOUSE, &[Edit::MakeRow(RowId([1; 16])), put("head_name", "บุญมี สุขสวัสดิ์")]);
    let refused = a.edit(HOUSE, &[Edit::MakeRow(RowId([2; 16]))]);
    a.edit(HOUSE, &[put("phone", "0812345678")]);
    let report = a.sync(&mut hub);
    assert_eq!(report.equal, Some(true));
    assert_eq!(a.memory.outbox.len(), 1);
    assert_eq!((a.memory.outbox[0].0.hash, a.memory.outbox[0].1), (refused, Some(Mark::Refused(82))));
    assert_eq!(hub.households[&HOUSE].registers.shown().len(), 2, "the name and the phone");
    assert_eq!(a.document(HOUSE).rows(), [RowId([1; 16])]);

    // Its number is not used again: a person may yet let it in.
    let number = |bytes: &[u8]| {
        let change = sync_protocol::change::Change::read(bytes).expect("a change");
        (change.actor(), change.seq())
    };
    let kept = number(&hub.quarantine[&refused].1);
    assert!(hub.households[&HOUSE].changes.iter().all(|bytes| number(bytes) != kept));
}

#[test]
fn a_household_outside_of_the_scope_is_refused_and_the_rest_goes_through() {
    let (mut hub, mut a, _) = world();
    a.try_edit(HOUSE, village(9), &[put("house_no", "12/3")]);
    a.edit(OTHER_HOUSE, &[put("house_no", "14")]);
    let report = a.sync(&mut hub);
    assert_eq!((report.accepted, report.refused.len(), report.equal), (1, 1, Some(true)));
    assert_eq!(report.refused[0].2, Reason::OutsideScope.code());
    assert_eq!(a.memory.live().len(), 1);
}

#[test]
fn a_cloned_phone_makes_its_edits_anew_and_both_answers_stay() {
    let (mut hub, mut a, _) = world();
    a.edit(HOUSE, &[put("head_name", "ทองดี แก้วใส")]);
    a.sync(&mut hub);
    let mut clone = a.with_storage_of(&a, 77);
    a.edit(HOUSE, &[put("phone", "0812345678")]);
    a.edit(HOUSE, &[put("landmark", "หลังวัด")]);
    clone.edit(HOUSE, &[put("phone", "0898765432")]);
    clone.edit(HOUSE, &[put("house_no", "12/3")]);
    a.sync(&mut hub);
    let report = clone.sync(&mut hub);
    assert_eq!((report.renewed, report.equal), (2, Some(true)));
    assert_in_step(&mut hub, &mut [&mut a, &mut clone]);
    assert_eq!(clone.shows(HOUSE).len(), 4);
    let document = clone.document(HOUSE);
    assert_eq!(document.live(None, "phone").len(), 2, "neither number is overwritten");
    assert_eq!(document.live(None, "landmark").len(), 1);
}

#[test]
fn a_conflict_that_was_there_stays_one_when_edits_are_made_anew() {
    let mut hub = Hub::new(1, 0);
    let (mut a, mut b) = (Phone::enrol(&mut hub, 1, &[4]), Phone::enrol(&mut hub, 2, &[4]));
    b.edit(HOUSE, &[put("phone", "0898765432")]);
    b.sync(&mut hub);
    a.edit(HOUSE, &[Edit::MakeRow(RowId([1; 16]))]);
    a.edit(HOUSE, &[put("phone", "0812345678")]);
    // The verdicts are lost; the neighbour's number arrives; then the first change is refused.
    let outbox = std::mem::take(&mut a.memory.outbox);
    a.sync(&mut hub);
    a.memory.outbox = outbox;
    assert_eq!(a.document(HOUSE).live(None, "phone").len(), 2);
    a.sync(&mut hub);
    assert_in_step(&mut hub, &mut [&mut a, &mut b]);
    assert_eq!(b.document(HOUSE).live(None, "phone").len(), 2);
}

#[test]
fn making_another_devices_edits_anew_does_not_lend_its_name() {
    let (mut hub, mut a, mut b) = world();
    a.edit(HOUSE, &[put("head_name", "ทองดี แก้วใส")]);
    a.sync(&mut hub);
    let backup = hub.clone();
    let mut clone = a.with_storage_of(&a, 77);
    a.edit(HOUSE, &[put("phone", "0812345678")]);
    a.sync(&mut hub);
    b.sync(&mut hub);
    hub.restore(&backup, 2);
    clone.edit(HOUSE, &[put("landmark", "หลังวัด")]);
    clone.sync(&mut hub);
    // Now only the neighbour has the phone number, under an actor and number that are taken.
    assert!(b.sync(&mut hub).renewed > 0);
    b.edit(HOUSE, &[put("remark", "เพื่อนบ้านเล่าให้ฟัง")]);
    assert_eq!(b.document(HOUSE).live(None, "remark")[0].actor.device(), b.device);
    assert_eq!(b.document(HOUSE).live(None, "phone")[0].actor.device(), a.device);
    assert_in_step(&mut hub, &mut [&mut b, &mut clone]);
    assert_eq!(clone.shows(HOUSE).len(), 4);
}

#[test]
fn a_hub_that_was_restored_gets_back_what_it_lost() {
    let (mut hub, mut a, mut b) = world();
    a.edit(HOUSE, &[put("house_no", "12/3")]);
    a.sync(&mut hub);
    b.sync(&mut hub);
    let backup = hub.clone();
    for number in 10..40 {
        a.edit(house(number), &[put("house_no", "12/3")]);
    }
    a.edit(HOUSE, &[put("phone", "0812345678")]);
    a.sync(&mut hub);
    b.sync(&mut hub);
    b.edit(HOUSE, &[put("landmark", "ข้างสหกรณ์")]);
    b.sync(&mut hub);
    hub.restore(&backup, 2);
    // Three requests: digests, buckets, changes held; then what the hub asked for.
    let report = b.sync(&mut hub);
    assert_eq!((report.requests, report.reconciled, report.accepted), (4, 31, 32));
    assert_in_step(&mut hub, &mut [&mut a, &mut b]);
    assert_eq!(b.sync(&mut hub).requests, 1, "the new log is known");
}

#[test]
fn a_phone_that_was_restored_takes_what_it_had_sent() {
    let (mut hub, mut a, mut b) = world();
    a.edit(HOUSE, &[put("house_no", "12/3")]);
    a.sync(&mut hub);
    let backup = a.clone();
    a.edit(HOUSE, &[put("phone", "0812345678")]);
    a.sync(&mut hub);
    let mut a = a.with_storage_of(&backup, 5);
    a.edit(HOUSE, &[put("phone", "0898765432")]);
    let report = a.sync(&mut hub);
    assert_eq!((report.renewed, report.equal), (1, Some(true)));
    assert_eq!(a.document(HOUSE).live(None, "phone").len(), 2);
    assert_in_step(&mut hub, &mut [&mut a, &mut b]);
}

#[test]
fn a_fold_brings_late_edits_along() {
    let (mut hub, mut a, mut b) = world();
    a.edit(HOUSE, &[put("house_no", "12/3")]);
    b.edit(OTHER_HOUSE, &[put("head_name", "สมศรี มั่นคง")]);
    a.sync(&mut hub);
    b.sync(&mut hub);
    assert!(hub.fold(OTHER_HOUSE, HOUSE));
    b.edit(OTHER_HOUSE, &[put("phone", "0898765432")]);
    let report = b.sync(&mut hub);
    assert_eq!((report.requests, report.accepted, report.equal), (1, 1, Some(true)));
    assert_in_step(&mut hub, &mut [&mut a, &mut b]);
    assert_eq!(a.shows(HOUSE).len(), 3);
    assert_eq!(a.memory.live().len(), 1);

    // A phone that never heard of the other one registers it again.
    let mut c = Phone::enrol(&mut hub, 3, &[4]);
    c.sync(&mut hub);
    c.edit(OTHER_HOUSE, &[put("landmark", "หลังวัด")]);
    assert_in_step(&mut hub, &mut [&mut c, &mut a]);
    assert_eq!(c.shows(HOUSE).len(), 4);
}

#[test]
fn a_household_moves_between_scopes() {
    let mut hub = Hub::new(1, 1_000);
    let (mut four, mut five) = (Phone::enrol(&mut hub, 1, &[4]), Phone::enrol(&mut hub, 2, &[5]));
    let mut both = Phone::enrol(&mut hub, 3, &[4, 5]);
    four.edit(HOUSE, &[put("house_no", "12/3")]);
    for phone in [&mut four, &mut five, &mut both] {
        phone.sync(&mut hub);
    }
    let mut reader = Phone::enrol(&mut hub, 4, &[4]);
    reader.sync(&mut hub);
    hub.move_to(HOUSE, village(5));
    assert_in_step(&mut hub, &mut [&mut four, &mut five, &mut both, &mut reader]);
    assert_eq!((four.memory.live().len(), five.memory.live().len(), both.memory.live().len()), (0, 1, 1));
    assert!(
        reader.memory.households[&HOUSE].document.is_empty(),
        "nothing stays behind of what others wrote"
    );
    assert_eq!(four.memory.away(), [HOUSE], "what was written here is kept, unseen");
    five.edit(HOUSE, &[put("phone", "0812345678")]);
    five.sync(&mut hub);
    hub.move_to(HOUSE, village(4));
    assert_in_step(&mut hub, &mut [&mut four, &mut five, &mut both]);
    assert_eq!(four.shows(HOUSE).len(), 2);
}

#[test]
fn what_is_unsent_when_a_household_moves_away_is_sent_before_it_is_let_go() {
    let mut hub = Hub::new(1, 1_000);
    let mut four = Phone::enrol(&mut hub, 1, &[4]);
    four.edit(HOUSE, &[put("house_no", "12/3")]);
    four.sync(&mut hub);
    hub.move_to(HOUSE, village(5));
    let late = four.edit(HOUSE, &[put("phone", "0812345678")]);
    four.sync(&mut hub);
    assert_in_step(&mut hub, &mut [&mut four]);
    assert_eq!(hub.quarantine[&late].0, Reason::OutsideScope);
    assert!(four.memory.households[&HOUSE].document.is_empty());
}

#[test]
fn a_restored_hub_gets_what_only_a_phone_of_the_new_village_holds() {
    let mut hub = Hub::new(1, 1_000);
    let (mut four, mut five) = (Phone::enrol(&mut hub, 1, &[4]), Phone::enrol(&mut hub, 2, &[5]));
    four.edit(HOUSE, &[put("house_no", "12/3")]);
    four.sync(&mut hub);
    let backup = hub.clone();
    hub.move_to(HOUSE, village(5));
    four.sync(&mut hub);
    five.sync(&mut hub);
    let only = five.edit(HOUSE, &[put("phone", "0812345678")]);
    five.sync(&mut hub);
    hub.restore(&backup, 2);
    assert_in_step(&mut hub, &mut [&mut five, &mut four]);
    assert_eq!(hub.quarantine[&only].0, Reason::OutsideScope);
    assert_eq!(four.shows(HOUSE).len(), 1, "it lies in village 4 again");
}

#[test]
fn an_erased_household_is_deleted_everywhere() {
    let (mut hub, mut a, mut b) = world();
    a.edit(HOUSE, &[put("head_name", "คำปัน ยอดแก้ว")]);
    a.sync(&mut hub);
    b.sync(&mut hub);
    b.edit(HOUSE, &[put("phone", "0812345678")]);
    hub.erase(HOUSE);
    assert_in_step(&mut hub, &mut [&mut a, &mut b]);
    for phone in [&a, &b] {
        assert!(phone.memory.households[&HOUSE].document.is_empty());
        assert!(phone.memory.outbox.is_empty(), "what was refused is not kept either");
    }
}

#[test]
fn a_hub_restored_to_before_a_fold_an_erasure_or_a_move_is_followed() {
    let mut hub = Hub::new(1, 1_000);
    let (mut a, mut four) = (Phone::enrol(&mut hub, 1, &[4, 5]), Phone::enrol(&mut hub, 2, &[4]));
    for number in 10..14 {
        a.edit(house(number), &[put("house_no", "12/3")]);
    }
    a.sync(&mut hub);
    let backup = hub.clone();
    assert!(hub.fold(house(10), house(11)));
    hub.erase(house(12));
    hub.move_to(house(13), village(5));
    assert_in_step(&mut hub, &mut [&mut a, &mut four]);
    assert_eq!((a.memory.live().len(), four.memory.live().len()), (2, 1));
    hub.restore(&backup, 2);
    assert_in_step(&mut hub, &mut [&mut a, &mut four]);
    for phone in [&a, &four] {
        assert_eq!(phone.memory.live().len(), 4);
        assert_eq!(phone.memory.households[&house(10)].presence, Presence::Here);
    }
    // An edit that is made now and the one that was made before the fold have not one actor.
    four.edit(house(10), &[put("phone", "0812345678")]);
    assert_in_step(&mut hub, &mut [&mut four, &mut a]);
    assert!(hub.fold(house(10), house(11)));
    assert_in_step(&mut hub, &mut [&mut four, &mut a]);
}

#[test]
fn a_hub_restored_to_before_a_fold_may_fold_the_other_way() {
    let mut hub = Hub::new(1, 1_000);
    let mut four = Phone::enrol(&mut hub, 1, &[4]);
    four.edit(HOUSE, &[put("house_no", "12/3")]);
    four.edit(OTHER_HOUSE, &[put("head_name", "สมศรี มั่นคง")]);
    four.sync(&mut hub);
    let backup = hub.clone();
    assert!(hub.fold(HOUSE, OTHER_HOUSE));
    assert_in_step(&mut hub, &mut [&mut four]);
    hub.restore(&backup, 2);
    assert!(hub.fold(OTHER_HOUSE, HOUSE));
    let mut away = four.clone();
    assert_in_step(&mut hub, &mut [&mut four]);
    assert_eq!(four.shows(HOUSE).len(), 2);
    hub.move_to(HOUSE, village(5));
    assert_in_step(&mut hub, &mut [&mut away, &mut four]);
    assert!(four.memory.live().is_empty() && away.memory.live().is_empty());
}

#[test]
fn a_log_of_nothing_but_goodbyes_is_read_to_its_end() {
    let (mut hub, mut a, mut b) = world();
    for number in 0..200 {
        a.edit(house(number), &[put("house_no", "12/3")]);
    }
    a.sync(&mut hub);
    b.sync(&mut hub);
    for number in 0..200 {
        hub.erase(house(number));
    }
    b.budget_bytes = 1024;
    let report = b.sync(&mut hub);
    assert_eq!((report.requests, report.equal), (7, Some(true)));
}

#[test]
fn verdicts_have_the_numbers_of_the_specification() {
    let numbers: BTreeSet<u8> = (0..=u8::MAX).filter(|n| Verdict::try_from(*n).is_ok()).collect();
    assert_eq!(numbers, BTreeSet::from([0, 1, 2, 3, 4]));
}
