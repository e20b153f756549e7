//! Maps, sets, the sort and the reader of numbers do what those of std do.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use light::number::read_number;
use light::sorted::{Map, Set, sort_by};
use proptest::prelude::*;

type Value = u16;

#[derive(Debug, Clone)]
enum Step {
    Insert(String, Value),
    OrInsert(String, Value),
    OrDefault(String),
    Change(String, Value),
    ChangeAll(Value),
    Remove(String),
    PopFirst,
    KeepAbove(Value),
    Extend(Vec<(String, Value)>),
    Append(Vec<(String, Value)>),
    Clear,
}

fn key() -> impl Strategy<Value = String> {
    "[a-e]{0,2}"
}

fn entries() -> impl Strategy<Value = Vec<(String, Value)>> {
    prop::collection::vec((key(), any::<Value>()), 0..12)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (key(), any::<Value>()).prop_map(|(key, value)| Step::Insert(key, value)),
        2 => (key(), any::<Value>()).prop_map(|(key, value)| Step::OrInsert(key, value)),
        2 => key().prop_map(Step::OrDefault),
        2 => (key(), any::<Value>()).prop_map(|(key, value)| Step::Change(key, value)),
        1 => any::<Value>().prop_map(Step::ChangeAll),
        4 => key().prop_map(Step::Remove),
        2 => Just(Step::PopFirst),
        1 => any::<Value>().prop_map(Step::KeepAbove),
        1 => entries().prop_map(Step::Extend),
        1 => entries().prop_map(Step::Append),
        1 => Just(Step::Clear),
    ]
}

/// What a step gives back, of either map.
macro_rules! take {
    ($step:expr, $map:expr) => {{
        let map = &mut $map;
        match $step.clone() {
            Step::Insert(key, value) => map.insert(key, value).map(|value| (String::new(), value)),
            Step::OrInsert(key, value) => Some((String::new(), *map.entry(key).or_insert(value))),
            Step::OrDefault(key) => Some((String::new(), *map.entry(key).or_default())),
            Step::Change(key, value) => {
                map.get_mut(key.as_str()).map(|held| (String::new(), std::mem::replace(held, value)))
            }
            Step::ChangeAll(value) => {
                map.values_mut().for_each(|held| *held ^= value);
                map.iter_mut().for_each(|(key, held)| *held ^= key.len() as Value);
                None
            }
            Step::Remove(key) => map.remove(key.as_str()).map(|value| (key, value)),
            Step::PopFirst => map.pop_first(),
            Step::KeepAbove(least) => {
                map.retain(|_, value| *value > least);
                None
            }
            Step::Extend(entries) => {
                map.extend(entries);
                None
            }
            Step::Append(entries) => {
                let mut other = entries.into_iter().collect();
                map.append(&mut other);
                assert!(other.is_empty());
                None
            }
            Step::Clear => {
                map.clear();
                None
            }
        }
    }};
}

proptest! {
    #[test]
    fn a_map_does_what_std_does(steps in prop::collection::vec(step(), 0..60), probe in key()) {
        let (mut map, mut std) = (Map::new(), BTreeMap::new());
        for step in &steps {
            prop_assert_eq!(take!(step, map), take!(step, std), "{:?}", step);
            prop_assert_eq!(map.len(), std.len());
        }
        prop_assert_eq!(map.is_empty(), std.is_empty());
        prop_assert!(map.iter().eq(&std));
        prop_assert!(map.iter().rev().eq(std.iter().rev()));
        prop_assert!(map.keys().eq(std.keys()));
        prop_assert!(map.values().rev().eq(std.values().rev()));
        prop_assert_eq!(map.first_key_value(), std.first_key_value());
        prop_assert_eq!(map.last_key_value(), std.last_key_value());
        prop_assert_eq!(map.get(&probe), std.get(&probe));
        prop_assert_eq!(map.get_key_value(probe.as_str()), std.get_key_value(probe.as_str()));
        prop_assert_eq!(map.contains_key(&probe), std.contains_key(&probe));
        prop_assert_eq!(format!("{map:?}"), format!("{std:?}"));
        prop_assert_eq!(serde_json::to_value(&map).ok(), serde_json::to_value(&std).ok());
        prop_assert!(map.clone().into_iter().eq(std.clone()));
        prop_assert!(map.clone().into_keys().eq(std.clone().into_keys()));
        prop_assert!(map.into_values().eq(std.into_values()));
    }

    #[test]
    fn a_range_is_that_of_std(entries in entries(), one in key(), other in key()) {
        let (map, std): (Map<_, _>, BTreeMap<_, _>) = (entries.iter().cloned().collect(), entries.into_iter().collect());
        let (from, to) = if one < other { (one, other) } else { (other, one) };
        prop_assert!(map.range(from.clone()..).eq(std.range(from.clone()..)));
        prop_assert!(map.range(..to.clone()).eq(std.range(..to.clone())));
        prop_assert!(map.range(from.clone()..=to.clone()).rev().eq(std.range(from.clone()..=to.clone()).rev()));
        let within = (Bound::Excluded(from.as_str()), Bound::Unbounded);
        prop_assert!(map.range::<str>(within).eq(std.range::<str, _>(within)));
        if from < to {
            prop_assert!(map.range(to.clone()..from).next().is_none(), "std panics there");
        }
    }

    #[test]
    fn a_set_does_what_std_does(
        steps in prop::collection::vec((key(), 0..5_u8), 0..60),
        others in prop::collection::vec(key(), 0..12),
        probe in key(),
    ) {
        let (mut set, mut std) = (Set::new(), BTreeSet::new());
        for (key, kind) in steps {
            match kind {
                0 => prop_assert_eq!(set.remove(&key), std.remove(&key)),
                1 => prop_assert_eq!(set.pop_first(), std.pop_first()),
                _ => prop_assert_eq!(set.insert(key.clone()), std.insert(key)),
            }
        }
        prop_assert!(set.iter().eq(&std));
        prop_assert!(set.iter().rev().eq(std.iter().rev()));
        prop_assert_eq!((set.first(), set.last(), set.len()), (std.first(), std.last(), std.len()));
        prop_assert_eq!(set.contains(&probe), std.contains(&probe));
        prop_assert!(set.range(probe.clone()..).eq(std.range(probe.clone()..)));
        let (mut more, mut std_more) = (Set::from_iter(others.clone()), BTreeSet::from_iter(others));
        prop_assert!(set.difference(&more).eq(std.difference(&std_more)));
        more.append(&mut set);
        std_more.append(&mut std);
        more.retain(|item| *item != probe);
        std_more.retain(|item| *item != probe);
        prop_assert_eq!(format!("{more:?}"), format!("{std_more:?}"));
        prop_assert!(more.into_iter().eq(std_more));
    }

    #[test]
    fn a_sort_is_that_of_std(mut items in prop::collection::vec((0..20_u8, any::<u16>()), 0..200)) {
        let mut std = items.clone();
        sort_by(&mut items, |one, other| one.0.cmp(&other.0));
        std.sort_by_key(|item| item.0);
        prop_assert_eq!(items, std);
    }
}

#[test]
fn of_two_entries_with_one_key_the_later_is_read() {
    let json = r#"{"b":1,"a":2,"b":3}"#;
    let map: Map<String, u8> = serde_json::from_str(json).expect("a map");
    let std: BTreeMap<String, u8> = serde_json::from_str(json).expect("a map");
    assert!(map.iter().eq(&std), "{map:?}");
}

proptest! {
    #[test]
    fn a_number_is_that_of_std(bits in any::<u64>(), digits in "[0-9]{0,30}", point in "\\.?", power in -350..350_i32) {
        let number = f64::from_bits(bits);
        for text in [format!("{number}"), format!("{number:e}"), format!("{digits}{point}{digits}e{power}"), digits] {
            prop_assert_eq!(read(&text), std_reads(&text), "{}", text);
        }
    }

    #[test]
    fn the_middle_between_two_doubles_goes_to_the_even_one(fraction in 1_u128 << 52..1 << 53, zeros in 0..60_u32) {
        let middle = (2 * fraction + 1) << zeros;
        for text in [middle, middle - 1, middle + 1].map(|number| number.to_string()) {
            let beyond = format!("{text}.{}1", "0".repeat(900));
            prop_assert_eq!(read(&text), std_reads(&text), "{}", text);
            prop_assert_eq!(read(&beyond), std_reads(&beyond), "{}", beyond);
        }
    }
}

fn read(text: &str) -> Option<u64> {
    read_number(text).map(f64::to_bits)
}

fn std_reads(text: &str) -> Option<u64> {
    text.parse().ok().map(f64::to_bits)
}

#[test]
fn the_ends_of_what_is_a_number_are_those_of_std() {
    let texts = "|-|+|.|1.|.5|-.5e1|e5|1e|1e+|inf|-Infinity|NaN|nano|0|-0|0e99999999999999999999|1e309|1e308|1 |1_0|๑|--1\
        |1.7976931348623158e308|1.7976931348623159e308|4.9e-324|2.4703282292062327e-324|2.4703282292062328e-324\
        |2.2250738585072014e-308|2.2250738585072011e-308|9007199254740993|9007199254740992.5|1e99999999999999999999\
        |0.00e-99999999999999999999|1e5.5|0x10";
    for text in texts.split('|') {
        assert_eq!(read(text), std_reads(text), "{text:?}");
    }
}
