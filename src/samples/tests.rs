//! The made-up households are plausible, and the same for the same seed.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use sync_protocol::ids::{HouseholdId, RowId};
use sync_protocol::value::{ScalarRef, Shown};

use super::*;
use crate::projection::duplicates::{Dwelling, candidates};
use crate::projection::{Form, Projection, project};

/// The registers of a sample, as its document shows them.
fn projected(sample: &Sample) -> Projection {
    let answer = |row, (key, value): &'static (String, Scalar)| Shown {
        row,
        key,
        value: value.as_ref(),
        conflict: false,
    };
    let sample: &'static Sample = Box::leak(Box::new(sample.clone()));
    let mut shown: Vec<Shown<'static>> = sample.answers.iter().map(|entry| answer(None, entry)).collect();
    for (n, (group, answers)) in (1_u8..).zip(&sample.rows) {
        let row = Some(RowId([n; 16]));
        shown.push(Shown { row, key: "group", value: ScalarRef::Str(group), conflict: false });
        shown.extend(answers.iter().map(|entry| answer(row, entry)));
    }
    shown.sort_by_key(|register| (register.row, register.key));
    project(Form::built_in(), HouseholdId([7; 16]), &shown)
}

fn samples(count: u16) -> Vec<Sample> {
    let villages = villages_of_aranyik();
    let mut chance = Chance::new(20_260_115);
    (0..count).map(|n| household(&villages[usize::from(n % 12)], n / 12 + 1, &mut chance)).collect()
}

#[test]
fn two_thousand_samples_have_no_fault() {
    let mut outcomes = BTreeSet::new();
    for sample in samples(2_000) {
        let projection = projected(&sample);
        assert!(projection.faults.is_empty(), "{:?} in {sample:?}", projection.faults);
        assert!(projection.other_rows.is_empty());
        let household = &projection.household;
        assert_eq!(household.village, Some(sample.village));
        assert_eq!(household.house_code, sample.house_code);
        assert!(household.lat.is_some() && household.house_no.is_some());
        assert_eq!(projection.visits.len(), 1);
        let outcome = household.visit_outcome.clone().unwrap();
        if outcome == "done" {
            assert_eq!(household.household_size, Some(household.members));
            assert!((1..=8).contains(&household.members) && (0..=4).contains(&household.needs));
            let heads = projection.members.iter().filter(|m| m.relation.as_deref() == Some("head"));
            assert_eq!(heads.count(), 1);
        }
        outcomes.insert(outcome);
    }
    assert!(["done", "partial", "absent", "refused", "vacant"].iter().all(|o| outcomes.contains(*o)));
}

#[test]
fn together_the_samples_answer_every_question_of_the_household() {
    let samples = samples(2_000);
    let answered: BTreeSet<&str> = samples
        .iter()
        .flat_map(|sample| sample.answers.iter().chain(sample.rows.iter().flat_map(|(_, answers)| answers)))
        .map(|(key, _)| key.split('/').next().unwrap())
        .collect();
    let form = Form::built_in();
    let unanswered: Vec<_> =
        form.fields().iter().filter(|field| !answered.contains(field.name.as_str())).collect();
    assert!(unanswered.iter().all(|field| field.group == "photo"), "{unanswered:?}");
}

#[test]
fn a_seed_gives_the_same_people_for_ever() {
    let village = &villages_of_aranyik()[3];
    let first = surveyed_household(village, 12, &mut Chance::new(1));
    assert_eq!(first, surveyed_household(village, 12, &mut Chance::new(1)));
    assert_ne!(first, surveyed_household(village, 12, &mut Chance::new(2)));
    let mut chance = Chance::new(0);
    assert_eq!(chance.bits(), 0xE220_A839_7B1D_CDAF, "the first number of SplitMix64's seed 0");
}

#[test]
fn no_two_samples_look_like_one_house() {
    let rows: Vec<_> = samples(2_400).iter().map(|sample| projected(sample).household).collect();
    let dwellings: Vec<_> = (1_u32..)
        .zip(&rows)
        .map(|(n, row)| {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&n.to_be_bytes());
            Dwelling {
                household: HouseholdId(id),
                village: row.village.unwrap(),
                house_no: row.house_no.as_deref(),
                house_code: row.house_code.as_deref(),
                point: row.lat.zip(row.lon),
                head_name: row.head_name.as_deref(),
            }
        })
        .collect();
    assert_eq!(candidates(&dwellings, &[]), []);
}
