//! A list from its draft to its appeal, and what is refused on the way.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::process::{Command, Stdio};

use jiff::civil::date;
use need_score::{Household, Parameters, score};
use proptest::prelude::*;

use super::*;
use crate::planning::assessment::Assessment;

const DAY: i64 = 24 * 3_600 * 1_000_000;
/// 27 November 2026, noon in Thailand.
const NOW: Micros = Micros(1_795_755_600_000_000);

fn id(number: u8) -> HouseholdId {
    HouseholdId([number; 16])
}

fn village(moo: u8) -> VillageCode {
    VillageCode::new("650117".parse().unwrap(), moo)
}

/// `roof` 3 makes it deprived; an income that is not told leaves much open.
fn assessed(number: u8, roof: u8, income: Option<i64>) -> Assessed {
    let household = Household {
        household_size: Some(2),
        income_year: income,
        roof_condition: Some(roof),
        tenure: Some("own".to_owned()),
        ..Household::default()
    };
    Assessed {
        household: id(number),
        village: village(1 + number % 2),
        assessment: Assessment::of(&household, &score(&household, &Parameters::for_year(2569)), None),
    }
}

fn basis() -> Basis {
    let as_of = Cursor { epoch: [0xAB; 8], seq: 42, chain: [0xCD; 8] };
    Basis { as_of, parameters: "1".to_owned(), by: By::Need }
}

fn drafted(households: Vec<Assessed>) -> NeedyList {
    NeedyList::new(Opening::draft("650117".parse().unwrap(), basis(), households))
}

/// Four households, none of them to be checked.
fn list() -> NeedyList {
    let mut list =
        drafted((1..=4).map(|number| assessed(number, 3, Some(10_000 * i64::from(number)))).collect());
    for line in list.lines.values_mut() {
        line.check = false;
    }
    list.opening.lines = list.standing().cloned().collect();
    list
}

fn proposal(list: &NeedyList, act: Act) -> Proposal {
    Proposal { by: "สมศรี".to_owned(), at: NOW, on_revision: list.revision(), act }
}

#[track_caller]
fn act(list: &mut NeedyList, act: Act) {
    let event = list.judge(proposal(list, act)).unwrap();
    list.apply(event);
}

fn refused(list: &NeedyList, act: Act) -> Refusal {
    list.judge(proposal(list, act)).unwrap_err()
}

fn hold(village: Option<VillageCode>) -> Act {
    Act::HoldForum { village, held_on: date(2026, 11, 20), villagers: 61 }
}

fn remove(number: u8) -> Act {
    Act::Remove { household: id(number), reason: "ย้ายออกไปแล้ว".to_owned() }
}

fn order(list: &NeedyList) -> Vec<u8> {
    list.standing().map(|line| line.household.0[0]).collect()
}

fn in_forum() -> NeedyList {
    let mut list = list();
    act(&mut list, Act::OpenForum);
    list
}

fn approved() -> NeedyList {
    let mut list = in_forum();
    act(&mut list, remove(2));
    act(&mut list, hold(None));
    act(&mut list, Act::Approve);
    list
}

#[test]
fn a_draft_is_ranked_and_leaves_out_the_sound() {
    let mut sound = assessed(9, 0, Some(900_000));
    (sound.assessment.tier, sound.assessment.needs_check) = (need_score::Tier::Sound, false);
    let mut unclear = assessed(8, 0, None);
    (unclear.assessment.tier, unclear.assessment.needs_check) = (need_score::Tier::Sound, true);
    let list = drafted(vec![assessed(2, 3, Some(30_000)), sound, unclear, assessed(1, 3, Some(20_000))]);
    assert_eq!(order(&list), [1, 2, 8], "the poorer first; of whom too little is known is there");
    let queue: Vec<_> = list.check_queue().map(|line| line.household).collect();
    assert!(queue.contains(&id(8)));
    let places: Vec<u32> = list.standing().map(|line| line.computed.as_ref().unwrap().place).collect();
    assert_eq!(places, [1, 2, 3]);
}

#[test]
fn the_forum_moves_and_the_computed_place_stays_beside() {
    let mut list = in_forum();
    let reason = || "บ้านพังเมื่อวาน".to_owned();
    act(&mut list, Act::Move { household: id(4), place: 1, reason: reason() });
    assert_eq!(order(&list), [4, 1, 2, 3]);
    assert_eq!(list.line(id(4)).unwrap().computed.as_ref().unwrap().place, 4);
    assert_eq!(list.place(id(4)), Some(1));
    act(&mut list, remove(2));
    assert_eq!((order(&list), list.place(id(2))), (vec![4, 1, 3], None));
    act(&mut list, Act::Restore { household: id(2), reason: reason() });
    assert_eq!(order(&list), [2, 4, 1, 3], "before the first that was computed to stand behind it");
    act(&mut list, Act::Add { household: id(7), village: village(3), place: None, reason: reason() });
    act(&mut list, Act::Add { household: id(6), village: village(3), place: Some(1), reason: reason() });
    assert_eq!(order(&list), [6, 2, 4, 1, 3, 7]);
    act(&mut list, Act::Confirm { household: id(4) });
    assert_eq!(list.line(id(4)).unwrap().standing, Standing::Moved, "confirmed where it was moved to");
}

#[test]
fn what_was_decided_on_an_older_revision_is_refused_and_told_what_changed() {
    let mut list = in_forum();
    let late = proposal(&list, remove(1));
    act(&mut list, remove(3));
    let refusal = list.judge(late.clone()).unwrap_err();
    let Refusal::Stale { on_revision: 1, now: 2, since } = &refusal else { panic!("{refusal:?}") };
    assert_eq!(since.len(), 1);
    assert_eq!(since[0].act, remove(3));
    assert!(
        refusal.told().th.contains("นำออกจากบัญชี") && refusal.told().en.contains("taken out"),
        "{refusal}"
    );
    assert!(list.judge(Proposal { on_revision: 2, ..late.clone() }).is_ok());
    let future = list.judge(Proposal { on_revision: 9, ..late }).unwrap_err();
    assert!(matches!(future, Refusal::Stale { ref since, .. } if since.is_empty()));
}

#[test]
fn each_wrong_decision_is_refused_for_its_own_reason() {
    let mut list = in_forum();
    act(&mut list, remove(2));
    let to = |household: u8, place, reason: &str| Act::Move {
        household: id(household),
        place,
        reason: reason.into(),
    };
    let add = |household: u8, moo: VillageCode| Act::Add {
        household: id(household),
        village: moo,
        place: None,
        reason: "ตกสำรวจ".to_owned(),
    };
    let forum = |held_on, villagers| Act::HoldForum { village: None, held_on, villagers };
    let cases = [
        (to(1, 1, "  =+ \n"), Refusal::NothingWritten),
        (to(1, 1, &"ก".repeat(501)), Refusal::TooLong { chars: 501 }),
        (to(1, 4, "x"), Refusal::NoSuchPlace { place: 4, last: 3 }),
        (to(1, 0, "x"), Refusal::NoSuchPlace { place: 0, last: 3 }),
        (to(2, 1, "x"), Refusal::DoesNotStand(id(2))),
        (remove(2), Refusal::DoesNotStand(id(2))),
        (remove(77), Refusal::NotOnList(id(77))),
        (Act::Restore { household: id(1), reason: "x".into() }, Refusal::Stands(id(1))),
        (add(1, village(1)), Refusal::Stands(id(1))),
        (add(2, village(1)), Refusal::WasRemoved(id(2))),
        (
            add(7, "65011801".parse().unwrap()),
            Refusal::OtherTambon { village: "65011801".parse().unwrap(), tambon: "650117".parse().unwrap() },
        ),
        (
            forum(date(2026, 11, 28), 5),
            Refusal::ForumInFuture { held_on: date(2026, 11, 28), today: date(2026, 11, 27) },
        ),
        (forum(date(2026, 11, 27), 0), Refusal::Villagers(0)),
        (Act::Approve, Refusal::NoForum(Vec::new())),
        (Act::StartFieldCheck, Refusal::NotNow { act: Act::StartFieldCheck, state: State::Forum }),
    ];
    for (wrong, why) in cases {
        let refusal = refused(&list, wrong);
        assert_eq!(refusal, why);
        let told = refusal.told();
        assert!(!told.th.is_ascii() && told.en.len() > 8, "{told}");
    }
    assert_eq!(list.revision(), 2, "nothing of it happened");
}

#[test]
fn a_forum_decides_only_when_it_is_open() {
    let list = list();
    for early in [remove(1), Act::Confirm { household: id(1) }, Act::Approve, hold(None)] {
        let refusal = refused(&list, early);
        assert!(matches!(refusal, Refusal::NotNow { .. }), "{refusal:?}");
        assert!(refusal.told().en.contains("open it first"));
    }
    assert!(
        refused(&list, Act::HandOver { to: "x".into(), recipient: None })
            .told()
            .en
            .contains("approve it first")
    );
}

#[test]
fn nobody_is_left_in_the_check_queue_when_a_list_is_approved() {
    let mut list = drafted(vec![assessed(1, 3, Some(10_000))]);
    list.lines.get_mut(&id(1)).unwrap().check = true;
    act(&mut list, Act::StartFieldCheck);
    let check = |finding| Act::Check { household: id(1), finding, note: String::new() };
    act(&mut list, check(Finding::NotReached));
    act(&mut list, Act::OpenForum);
    act(&mut list, hold(None));
    assert_eq!(refused(&list, Act::Approve), Refusal::Unchecked(vec![id(1)]));
    let decisions = [
        check(Finding::InNeed),
        Act::Confirm { household: id(1) },
        Act::Move { household: id(1), place: 1, reason: "x".into() },
        remove(1),
    ];
    for decision in decisions {
        let mut decided = list.clone();
        act(&mut decided, decision);
        act(&mut decided, Act::Approve);
        assert_eq!(decided.state(), State::Approved);
    }
    act(&mut list, check(Finding::NotInNeed));
    assert!(matches!(refused(&list, Act::Approve), Refusal::Unchecked(_)), "the forum decides on it");
}

#[test]
fn every_village_with_a_line_has_had_its_forum() {
    let mut list = in_forum();
    act(&mut list, hold(Some(village(1))));
    assert_eq!(refused(&list, Act::Approve), Refusal::NoForum(vec![village(2)]));
    act(&mut list, hold(Some(village(2))));
    act(&mut list, Act::Approve);
    assert_eq!(list.approval().unwrap().appeals_until, date(2026, 12, 12));
}

#[test]
fn an_approved_list_does_not_change_and_says_what_to_do() {
    let mut list = approved();
    let refusal = refused(&list, remove(1));
    assert!(
        matches!(refusal, Refusal::Closed { .. }) && refusal.told().en.contains("12 December 2026"),
        "{refusal}"
    );
    assert!(refusal.told().th.contains("12 ธันวาคม 2569"));
    act(&mut list, Act::HandOver { to: "อบต. อรัญญิก".to_owned(), recipient: Some(Recipient::Lao) });
    assert_eq!(list.state(), State::HandedOver);
    assert_eq!((list.is_with(Recipient::Lao), list.is_with(Recipient::Codi)), (true, false));
    act(&mut list, Act::HandOver { to: "พอช.".to_owned(), recipient: Some(Recipient::Codi) });
    assert!(list.is_with(Recipient::Lao) && list.is_with(Recipient::Codi), "one after the other");
    let older: Act = serde_json::from_str(r#"{"act":"hand_over","to":"อบต."}"#).unwrap();
    assert_eq!(
        older,
        Act::HandOver { to: "อบต.".to_owned(), recipient: None },
        "older programs asked nobody"
    );
    assert!(matches!(refused(&list, remove(1)), Refusal::Closed { .. }));
}

#[test]
fn an_accepted_appeal_opens_a_version_that_names_the_old_one() {
    let mut list = approved();
    let sealed = list.seal().sha256;
    let appeal = |household: u8, accepted| Act::Appeal {
        household: id(household),
        village: village(1),
        accepted,
        reason: "ยังเดือดร้อน".to_owned(),
    };
    act(&mut list, appeal(2, false));
    assert_eq!((list.state(), list.reopened()), (State::Approved, None));
    let mut late = proposal(&list, appeal(2, true));
    late.at = Micros(NOW.0 + 16 * DAY);
    assert_eq!(list.judge(late.clone()), Err(Refusal::AppealTooLate { until: date(2026, 12, 12) }));
    late.at = Micros(NOW.0 + 15 * DAY);
    let event = list.judge(late).unwrap();
    list.apply(event);
    assert_eq!(list.state(), State::Superseded);
    assert_eq!(list.seal().sha256, sealed, "what was approved is still what it was");
    assert_eq!(refused(&list, remove(1)), Refusal::Superseded { by: 2 });

    let mut next = NeedyList::new(list.reopened().unwrap());
    assert_eq!((next.opening().version, next.state()), (2, State::FieldCheck));
    assert_eq!(next.opening().replaces, Some((1, sealed)));
    assert_eq!(order(&next), [1, 3, 4], "what was decided stands");
    act(&mut next, Act::OpenForum);
    act(&mut next, hold(None));
    assert_eq!(refused(&next, Act::Approve), Refusal::Unchecked(vec![id(2)]));
    act(&mut next, Act::Restore { household: id(2), reason: "ตรวจแล้วยังอยู่".to_owned() });
    act(&mut next, Act::Approve);
    assert_eq!(order(&next), [1, 2, 3, 4]);
    assert_ne!(next.seal().sha256, list.seal().sha256);
}

#[test]
fn who_never_stood_on_the_list_can_appeal() {
    let mut list = approved();
    let appeal =
        Act::Appeal {
            household: id(9), village: village(2), accepted: true, reason: "ตกสำรวจ".into()
        };
    act(&mut list, appeal);
    let mut next = NeedyList::new(list.reopened().unwrap());
    assert_eq!(order(&next), [1, 3, 4]);
    act(&mut next, Act::OpenForum);
    let mut denied = next.clone();
    act(&mut denied, remove(9));
    assert_eq!(denied.check_queue().count(), 0, "the forum may also leave it out");
    act(&mut next, Act::Restore { household: id(9), reason: "เดือดร้อนจริง".to_owned() });
    assert_eq!(order(&next), [1, 3, 4, 9]);
}

#[test]
fn reasons_are_kept_on_one_line_and_are_no_formula() {
    let mut list = in_forum();
    let reason = "=cmd()\nบ้าน \"พัง\", น้ำท่วม".to_owned();
    act(&mut list, Act::Remove { household: id(1), reason });
    assert_eq!(list.line(id(1)).unwrap().reason, "cmd() บ้าน \"พัง\", น้ำท่วม");
}

/// As the page of the module tells it, with the tools that every Linux has.
#[test]
fn anyone_can_compute_the_hash_from_the_export() {
    let mut list = in_forum();
    act(
        &mut list,
        Act::Move {
            household: id(3), place: 1, reason: "บ้าน \"พัง\", น้ำท่วม".to_owned()
        },
    );
    act(&mut list, remove(2));
    for list in [list, drafted(Vec::new())] {
        let seal = list.seal();
        let export = format!("\u{FEFF}{}\r\n{}\r\n", COLUMNS.join(","), seal.rows.join("\r\n"));
        let mut shell = Command::new("sh")
            .args(["-c", "tail -n +2 | tr -d '\\r' | LC_ALL=C sort | sha256sum"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        shell.stdin.take().unwrap().write_all(export.as_bytes()).unwrap();
        let told = String::from_utf8(shell.wait_with_output().unwrap().stdout).unwrap();
        assert_eq!(told.split(' ').next(), Some(seal.sha256.as_str()));
        let mut reader = csv::Reader::from_reader(export.trim_start_matches('\u{FEFF}').as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        assert!(rows.iter().all(|row| row.len() == COLUMNS.len() && &row[20] == "abababababababab"));
    }
}

#[test]
fn acts_are_written_and_read_as_json() {
    let text = serde_json::to_string(&hold(Some(village(1)))).unwrap();
    assert_eq!(text, r#"{"act":"hold_forum","village":"65011701","held_on":"2026-11-20","villagers":61}"#);
    for act in [hold(None), remove(1), Act::Approve, Act::Confirm { household: id(3) }] {
        let text = serde_json::to_string(&act).unwrap();
        assert_eq!(serde_json::from_str::<Act>(&text).unwrap(), act);
    }
    assert!(serde_json::from_str::<Act>(r#"{"act":"confirm","household":"x"}"#).is_err());
}

/// Any act, sensible or not.
fn any_act() -> impl Strategy<Value = Act> {
    let household = (0_u8..7).prop_map(id);
    let reason = prop_oneof![Just(String::new()), Just("เหตุผล".to_owned()), Just("a, \"b\"".to_owned())];
    (0_u8..13, household, reason, 0_u32..7, 1_u8..4).prop_map(|(kind, household, reason, place, moo)| {
        match kind {
            0 => Act::StartFieldCheck,
            1 => Act::OpenForum,
            2 => hold(None),
            3 => Act::Approve,
            4 => Act::HandOver { to: reason, recipient: None },
            5 => Act::Confirm { household },
            6 | 7 => Act::Move { household, place, reason },
            8 => Act::Remove { household, reason },
            9 => Act::Restore { household, reason },
            10 => Act::Add { household, village: village(moo), place: Some(place), reason },
            11 => Act::Check { household, finding: Finding::InNeed, note: reason },
            _ => Act::Appeal { household, village: village(moo), accepted: place > 5, reason },
        }
    })
}

proptest! {
    #[test]
    fn a_list_is_its_opening_and_its_events(acts in proptest::collection::vec(any_act(), 0..60)) {
        let mut list = list();
        let mut sealed: Option<String> = None;
        for act in acts {
            let before = list.clone();
            let on_line = act.household();
            match list.judge(proposal(&list, act)) {
                Err(refusal) => {
                    prop_assert_eq!(&list, &before);
                    prop_assert!(!refusal.told().th.is_empty());
                }
                Ok(event) => list.apply(event),
            }
            // Nobody is twice on the list, nobody vanishes from it, and nobody else's line changes.
            let mut ids: Vec<HouseholdId> = list.standing().chain(list.removed()).map(|line| line.household).collect();
            ids.sort();
            prop_assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
            for line in before.standing().chain(before.removed()) {
                prop_assert!(Some(line.household) == on_line || list.line(line.household) == Some(line));
                prop_assert_eq!(&list.line(line.household).unwrap().computed, &line.computed);
            }
            // What is approved says the same for ever.
            if list.state() >= State::Approved {
                let now = list.seal().sha256;
                prop_assert_eq!(sealed.get_or_insert(now.clone()), &now);
            }
        }
        let again = NeedyList::replay(list.opening().clone(), list.events()).unwrap();
        prop_assert_eq!(again, list);
    }

    /// The hash is of everything that the list says.
    #[test]
    fn another_list_has_another_hash(place in 1_u32..5, number in 1_u8..5, seq in 0_u64..3) {
        let list = in_forum();
        let mut other = list.clone();
        act(&mut other, Act::Move { household: id(number), place, reason: "x".to_owned() });
        prop_assert_ne!(list.seal().sha256, other.seal().sha256);
        let mut later = list.clone();
        later.opening.basis.as_of.seq = 43 + seq;
        prop_assert_ne!(list.seal().sha256, later.seal().sha256);
    }
}
