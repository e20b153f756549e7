//! The day's list: its rows, what is looked for in it, and which households may be one.

use light::Map;

use serde::Serialize;
use survey_form::thai::{fold_digits, fold_text};
use sync_protocol::ids::{HouseholdId, VillageCode};

use crate::desk::Desk;
use crate::facts::{Facts, VisitState};
use crate::index::{Entry, Index};

/// Metres that two points of one house may lie apart.
const NEAR_M: f64 = 25.0;
/// Metres in a degree of latitude.
const METRES_PER_DEGREE: f64 = 111_195.0;
/// Families of one house that are told apart by their ids.
const FAMILIES_MAX: u8 = 20;
/// Households that are shown as perhaps the same one.
const DUPLICATES_MAX: usize = 8;

/// A line of the list, as the app's interface has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    id: String,
    village: String,
    moo: u8,
    house_number: String,
    name: String,
    members: u32,
    state: &'static str,
    tier: Option<u8>,
    visited_at: Option<String>,
    unsent: u32,
    conflicts: u32,
    problems: u32,
    duplicates: Vec<String>,
    at: Option<At>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct At {
    latitude: f64,
    longitude: f64,
}

impl Row {
    /// A line of these facts.
    #[must_use]
    pub fn of(
        household: HouseholdId,
        village: VillageCode,
        facts: &Facts,
        unsent: u32,
        duplicates: &[HouseholdId],
    ) -> Self {
        Self {
            id: household.to_string(),
            village: village.to_string(),
            moo: village.moo(),
            house_number: facts.house_no.clone(),
            name: facts.name.clone(),
            members: facts.members,
            state: facts.state.name(),
            tier: facts.tier,
            visited_at: facts.visited_at.clone(),
            unsent,
            conflicts: facts.conflicts,
            problems: facts.problems,
            duplicates: duplicates.iter().map(ToString::to_string).collect(),
            at: facts.at.map(|(latitude, longitude)| At { latitude, longitude }),
        }
    }
}

/// The top of the list, for the first screen: it is there before all rows are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Top {
    rows: Vec<Row>,
    villages: Vec<VillageTop>,
}

/// How many houses of a village are on the list, and how many of them were visited.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct VillageTop {
    village: String,
    all: u32,
    visited: u32,
}

/// Changes that the hub has not acknowledged, by household; a draft is one.
#[must_use]
pub fn unsent(desk: &Desk) -> Map<HouseholdId, u32> {
    let mut unsent = Map::new();
    for posted in desk.outbox.values().filter(|posted| posted.mark.is_none()) {
        *unsent.entry(posted.outgoing.household).or_insert(0) += 1;
    }
    for household in desk.drafts.keys() {
        *unsent.entry(*household).or_insert(0) += 1;
    }
    unsent
}

/// The rows of these households, of all where none are named, by village and house number.
#[must_use]
pub fn rows(desk: &Desk, wanted: Option<&[HouseholdId]>) -> Vec<Row> {
    let unsent = unsent(desk);
    let duplicates = match wanted {
        Some(wanted) => wanted.iter().map(|id| (*id, duplicates_of(&desk.index, *id))).collect(),
        None => duplicates(&desk.index),
    };
    let row = |household: &HouseholdId, entry: &Entry| {
        let unsent = unsent.get(household).copied().unwrap_or(0);
        let duplicates = duplicates.get(household).map_or(&[] as &[_], Vec::as_slice);
        Row::of(*household, entry.village, &entry.facts, unsent, duplicates)
    };
    let entries: Vec<(&HouseholdId, &Box<Entry>)> = match wanted {
        Some(wanted) => wanted.iter().filter_map(|id| desk.index.0.get_key_value(id)).collect(),
        None => desk.index.0.iter().collect(),
    };
    let here = entries.into_iter().filter(|(_, entry)| entry.is_here());
    let mut placed: Vec<(Place<'_>, &Entry)> = here.map(|(id, entry)| (place(id, entry), &**entry)).collect();
    light::sort_by(&mut placed, |(one, _), (other, _)| one.cmp(other));
    placed.into_iter().map(|((.., household), entry)| row(household, entry)).collect()
}

/// The first rows of [`rows`], found without putting the others in order.
#[must_use]
pub fn top(desk: &Desk, limit: usize) -> Top {
    let mut villages: Map<VillageCode, (u32, u32)> = Map::new();
    let mut first: Vec<Place<'_>> = Vec::new();
    for (household, entry) in desk.index.0.iter().filter(|(_, entry)| entry.is_here()) {
        let (all, visited) = villages.entry(entry.village).or_insert((0, 0));
        *all += 1;
        *visited += u32::from(entry.facts.state != VisitState::New);
        if first.len() == limit && first.last().is_none_or(|last| last.0 < entry.village) {
            continue;
        }
        let place = place(household, entry);
        let at = first.partition_point(|other| *other < place);
        first.insert(at, place);
        first.truncate(limit);
    }
    let households: Vec<HouseholdId> = first.into_iter().map(|(.., household)| *household).collect();
    let told = |(village, (all, visited)): (&VillageCode, &(u32, u32))| VillageTop {
        village: village.to_string(),
        all: *all,
        visited: *visited,
    };
    Top { rows: rows(desk, Some(&households)), villages: villages.iter().map(told).collect() }
}

/// What the list is ordered by; read once for each household, since the number is taken apart for it.
type Place<'a> = (VillageCode, (u32, u32), &'a str, &'a HouseholdId);

fn place<'a>(household: &'a HouseholdId, entry: &'a Entry) -> Place<'a> {
    (entry.village, number_parts(&entry.facts.house_no), &entry.facts.house_no, household)
}

/// `12/3ก` as (12, 3): 9 comes before 10. What begins with no digit comes last.
fn number_parts(number: &str) -> (u32, u32) {
    let mut parts = number.split('/').map(|part| {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        digits.parse().ok()
    });
    (parts.next().flatten().unwrap_or(u32::MAX), parts.next().flatten().unwrap_or(0))
}

/// The households that `text` finds, best first: every word of it is in the house number, the name or
/// the village.
#[must_use]
pub fn search(index: &Index, text: &str) -> Vec<HouseholdId> {
    let folded = folded(text);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let mut found: Vec<(u8, Place<'_>)> = Vec::new();
    for (household, entry) in index.0.iter().filter(|(_, entry)| entry.is_here()) {
        if let Some(rank) = rank(entry, &words) {
            found.push((rank, place(household, entry)));
        }
    }
    light::sort(&mut found);
    found.into_iter().map(|(_, (.., household))| *household).collect()
}

/// How well a household fits, 0 the best; `None` where it does not.
fn rank(entry: &Entry, words: &[&str]) -> Option<u8> {
    let number = folded(&entry.facts.house_no);
    let name = folded(&entry.facts.name);
    let village = format!("หมู่ {}", entry.village.moo());
    let mut best = 4;
    for word in words {
        let rank = if number == *word {
            0
        } else if number.starts_with(word) {
            1
        } else if name.split_whitespace().any(|part| part.starts_with(word)) {
            2
        } else if name.contains(word) || number.contains(word) {
            3
        } else if village.split_whitespace().any(|part| part == *word) {
            4
        } else {
            return None;
        };
        best = best.min(rank);
    }
    Some(best)
}

fn folded(text: &str) -> String {
    light::lowercase(&fold_digits(&fold_text(text)))
}

/// In what two households may be alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Alike<'a> {
    Number(VillageCode, &'a str),
    Name(&'a str),
}

/// The households that may be the same one: the same house number in a village, or the same name a few
/// steps apart. Families that were registered as several in one house are not.
#[must_use]
pub fn duplicates(index: &Index) -> Map<HouseholdId, Vec<HouseholdId>> {
    let mut alike: Vec<(Alike<'_>, Known<'_>)> = Vec::new();
    for (household, entry) in index.0.iter().filter(|(_, entry)| entry.is_here()) {
        if let Some(number) = entry.facts.numbered() {
            alike.push((Alike::Number(entry.village, number), (household, &**entry)));
        }
        if entry.facts.at.is_some() && !entry.facts.name.is_empty() {
            alike.push((Alike::Name(&entry.facts.name), (household, &**entry)));
        }
    }
    light::sort_by(&mut alike, |(one, (id, _)), (other, (other_id, _))| (one, id).cmp(&(other, other_id)));
    let mut pairs: Map<HouseholdId, Vec<HouseholdId>> = Map::new();
    let mut pair = |one: &HouseholdId, other: &HouseholdId| {
        for (one, other) in [(one, other), (other, one)] {
            let others = pairs.entry(*one).or_default();
            if !others.contains(other) && others.len() < DUPLICATES_MAX {
                others.push(*other);
            }
        }
    };
    for group in alike.chunk_by(|(one, _), (other, _)| one == other) {
        for (at, (_, one)) in group.iter().enumerate() {
            for (_, other) in group.iter().skip(at + 1).take(DUPLICATES_MAX) {
                if may_be_one(*one, *other) {
                    pair(one.0, other.0);
                }
            }
        }
    }
    pairs
}

/// The households that may be the same one as this.
#[must_use]
pub fn duplicates_of(index: &Index, household: HouseholdId) -> Vec<HouseholdId> {
    let Some(one) = index.0.get(&household) else { return Vec::new() };
    let others = index.0.iter().map(|(other, with)| (other, &**with));
    let others = others.filter(|other| *other.0 != household && may_be_one((&household, one), *other));
    others.take(DUPLICATES_MAX).map(|(other, _)| *other).collect()
}

/// A household with what is known of it.
type Known<'a> = (&'a HouseholdId, &'a Entry);

fn may_be_one((one, entry): Known<'_>, (other, with): Known<'_>) -> bool {
    let (a, b) = (&entry.facts, &with.facts);
    let same_number =
        || entry.village == with.village && a.numbered().is_some() && a.numbered() == b.numbered();
    let same_name = || !a.name.is_empty() && a.name == b.name && are_near(a, b);
    entry.is_here()
        && with.is_here()
        && (same_number() || same_name())
        && !are_families_of_one_house((*one, a), (*other, b))
}

fn are_near(one: &Facts, other: &Facts) -> bool {
    let Some(((lat, lon), (other_lat, other_lon))) = one.at.zip(other.at) else { return false };
    let across = (lon - other_lon) * METRES_PER_DEGREE * libm::cos(lat.to_radians());
    libm::hypot((lat - other_lat) * METRES_PER_DEGREE, across) <= NEAR_M
}

fn are_families_of_one_house(one: (HouseholdId, &Facts), other: (HouseholdId, &Facts)) -> bool {
    let Some(code) = one.1.house_code.as_ref().filter(|code| Some(*code) == other.1.house_code.as_ref())
    else {
        return false;
    };
    let Ok(code) = code.parse() else { return false };
    let is_derived = |id| (1..=FAMILIES_MAX).any(|family| HouseholdId::derived(&code, family) == id);
    is_derived(one.0) && is_derived(other.0)
}

#[cfg(test)]
mod tests {
    use sync_protocol::device::Presence;

    use super::*;

    fn index(households: &[(u8, &str, &str)]) -> Index {
        let entry = |house_no: &str, name: &str| Entry {
            village: "65011704".parse().expect("a village"),
            actor: None,
            heads: Vec::new(),
            presence: Presence::Here,
            has_document: true,
            is_stale: false,
            facts: Facts { house_no: house_no.to_owned(), name: name.to_owned(), ..Facts::default() },
        };
        let entries = households
            .iter()
            .map(|(id, number, name)| (HouseholdId([*id; 16]), Box::new(entry(number, name))));
        Index(entries.collect())
    }

    fn found(index: &Index, text: &str) -> Vec<u8> {
        search(index, text).iter().map(|household| household.0[0]).collect()
    }

    #[test]
    fn a_house_is_found_by_number_or_name_as_people_type_it() {
        let index = index(&[(1, "12/3", "บุญมี สุขสวัสดิ์"), (2, "12", "คำปัน น้ำใจ"), (3, "112", "มี ทองดี")]);
        assert_eq!(found(&index, "๑๒"), [2, 1, 3]);
        assert_eq!(found(&index, "มี"), [3, 1]);
        assert_eq!(found(&index, "น\u{E4D}\u{E49}\u{E32}ใจ"), [2]);
        assert_eq!(found(&index, "12 สุข"), [1]);
        assert_eq!(found(&index, "ไม่มีใคร"), [] as [u8; 0]);
        assert_eq!(found(&index, "  ").len(), 3);
    }

    #[test]
    fn numbers_are_in_the_order_in_which_people_count() {
        let numbers = ["9", "10", "12", "12/3", "12/10", "ไม่มีเลขที่"];
        assert!(numbers.is_sorted_by_key(|number| number_parts(number)));
    }

    #[test]
    fn houses_with_one_number_may_be_one() {
        let mut index = index(&[(1, "12", "ก"), (2, "12", "ข"), (3, "13", "ก"), (4, "ไม่มีเลขที่", "ก")]);
        let one = |id: u8| HouseholdId([id; 16]);
        assert_eq!(duplicates(&index), Map::from([(one(1), vec![one(2)]), (one(2), vec![one(1)])]));
        for id in [3, 4] {
            let entry = index.0.get_mut(&one(id)).expect("it is there");
            entry.facts.at = Some((16.82, 100.28 + f64::from(id) * 0.0001));
        }
        assert_eq!(duplicates(&index).get(&one(3)), Some(&vec![one(4)]), "11 metres, one name");
        assert!((1..=4).all(|id| duplicates(&index).get(&one(id)).cloned().unwrap_or_default()
            == duplicates_of(&index, one(id))));
    }
}
