//! Households of one tambon that may be one: a list for a person to judge, never a merge.

use std::collections::{BTreeMap, HashMap};

use survey_form::thai::{NO_HOUSE_NUMBER, fold_text};
use sync_protocol::ids::{HouseholdId, VillageCode};

/// What is compared of a household.
#[derive(Debug, Clone, Copy)]
pub struct Dwelling<'a> {
    /// Its id.
    pub household: HouseholdId,
    /// The village that it belongs to.
    pub village: VillageCode,
    /// Its house number, in the form that the projection stores.
    pub house_no: Option<&'a str>,
    /// Its house code, 11 digits.
    pub house_code: Option<&'a str>,
    /// Latitude and longitude in degrees.
    pub point: Option<(f64, f64)>,
    /// Name of its head.
    pub head_name: Option<&'a str>,
}

/// Two households that may be one, the lesser id first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The household with the lesser id.
    pub a: HouseholdId,
    /// The household with the greater id.
    pub b: HouseholdId,
    /// Why, in the order of [`DuplicateReason`]; never empty.
    pub reasons: Vec<DuplicateReason>,
}

/// Why two households may be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DuplicateReason {
    /// One citizen ID is listed in both.
    CitizenId,
    /// They have the same house number in the same village.
    HouseNumber,
    /// Their points are at most [`NEAR_M`] metres apart.
    Near,
    /// The names of their heads are alike. Never the only reason.
    HeadName,
}

impl DuplicateReason {
    /// Its stable name, in kebab case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CitizenId => "citizen-id",
            Self::HouseNumber => "house-number",
            Self::Near => "near",
            Self::HeadName => "head-name",
        }
    }
}

/// Two points closer than this may be one house, metres.
pub const NEAR_M: f64 = 25.0;
/// Households that share a number, a spot or a citizen ID are paired each with each up to this
/// many; of more, each is paired with the one before and the one after it only. A thousand points
/// on the tambon office are then a thousand pairs and not half a million.
const EACH_WITH_EACH_MAX: usize = 64;
/// Metres in a degree of latitude (mean radius of the earth, 6,371,009 m).
const METRES_PER_DEGREE: f64 = 111_195.08;

/// The households that may be one, by id. `citizens` are the citizen IDs listed in each household.
///
/// Families that were registered as several in one house, each with the id derived from the same
/// house code, are no duplicates by house number or place. Houses without a number
/// (`ไม่มีเลขที่`) do not share one.
#[must_use]
pub fn candidates(dwellings: &[Dwelling<'_>], citizens: &[(HouseholdId, &str)]) -> Vec<Candidate> {
    let mut dwellings: Vec<&Dwelling<'_>> = dwellings.iter().collect();
    dwellings.sort_by_key(|dwelling| dwelling.household);
    let mut pairs = Pairs::default();
    pair_citizens(&mut pairs, citizens);
    pair_house_numbers(&mut pairs, &dwellings);
    pair_neighbours(&mut pairs, &dwellings);

    let by_id: HashMap<HouseholdId, &Dwelling<'_>> =
        dwellings.iter().map(|dwelling| (dwelling.household, *dwelling)).collect();
    let mut found = Vec::with_capacity(pairs.0.len());
    for ((a, b), mut reasons) in pairs.0 {
        let both = by_id.get(&a).zip(by_id.get(&b));
        if let Some((one, other)) = both {
            if are_families_of_one_house(one, other) {
                reasons.retain(|reason| *reason == DuplicateReason::CitizenId);
            }
            let alike = one.head_name.zip(other.head_name).is_some_and(|(a, b)| are_alike(a, b));
            if alike && !reasons.is_empty() {
                reasons.push(DuplicateReason::HeadName);
            }
        }
        if !reasons.is_empty() {
            reasons.sort_unstable();
            found.push(Candidate { a, b, reasons });
        }
    }
    found
}

/// Pairs of ids, the lesser first, with the reasons found so far.
#[derive(Default)]
struct Pairs(BTreeMap<(HouseholdId, HouseholdId), Vec<DuplicateReason>>);

impl Pairs {
    fn add(&mut self, one: HouseholdId, other: HouseholdId, reason: DuplicateReason) {
        if one == other {
            return;
        }
        let reasons = self.0.entry((one.min(other), one.max(other))).or_default();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }

    /// Pairs the households of a cluster, which are sorted by id.
    fn add_cluster(&mut self, cluster: &[HouseholdId], reason: DuplicateReason) {
        let reach = if cluster.len() > EACH_WITH_EACH_MAX { 1 } else { cluster.len() };
        for (at, one) in cluster.iter().enumerate() {
            for other in cluster[at + 1..].iter().take(reach) {
                self.add(*one, *other, reason);
            }
        }
    }
}

fn pair_citizens(pairs: &mut Pairs, citizens: &[(HouseholdId, &str)]) {
    let mut listed: BTreeMap<&str, Vec<HouseholdId>> = BTreeMap::new();
    for (household, citizen) in citizens {
        listed.entry(citizen).or_default().push(*household);
    }
    for households in listed.values_mut() {
        households.sort_unstable();
        households.dedup();
        pairs.add_cluster(households, DuplicateReason::CitizenId);
    }
}

fn pair_house_numbers(pairs: &mut Pairs, dwellings: &[&Dwelling<'_>]) {
    let mut numbered: BTreeMap<(VillageCode, &str), Vec<HouseholdId>> = BTreeMap::new();
    for dwelling in dwellings {
        if let Some(number) = dwelling.house_no.filter(|number| *number != NO_HOUSE_NUMBER) {
            numbered.entry((dwelling.village, number)).or_default().push(dwelling.household);
        }
    }
    for households in numbered.values() {
        pairs.add_cluster(households, DuplicateReason::HouseNumber);
    }
}

/// Pairs the points that are near each other: each is compared with those of its own square of
/// 25 metres and of the eight around it.
fn pair_neighbours(pairs: &mut Pairs, dwellings: &[&Dwelling<'_>]) {
    let placed: Vec<(HouseholdId, f64, f64)> =
        dwellings.iter().filter_map(|d| d.point.map(|(lat, lon)| (d.household, lat, lon))).collect();
    // A tambon is small: one scale for its longitudes is exact to centimetres over 25 metres.
    let Some(mid) = placed.get(placed.len() / 2).map(|(_, lat, _)| *lat) else { return };
    let metres_per_lon = METRES_PER_DEGREE * mid.to_radians().cos();
    let metres = |(_, lat, lon): &(HouseholdId, f64, f64)| (lat * METRES_PER_DEGREE, lon * metres_per_lon);
    let square = |(y, x): (f64, f64)| ((y / NEAR_M).floor() as i64, (x / NEAR_M).floor() as i64);

    let mut squares: HashMap<(i64, i64), Vec<usize>> = HashMap::with_capacity(placed.len());
    for (at, point) in placed.iter().enumerate() {
        squares.entry(square(metres(point))).or_default().push(at);
    }
    for (at, point) in placed.iter().enumerate() {
        let (y, x) = metres(point);
        let (row, column) = square((y, x));
        let around = (row - 1..=row + 1).flat_map(|r| (column - 1..=column + 1).map(move |c| (r, c)));
        let later = around.filter_map(|key| squares.get(&key)).flat_map(|square| {
            square[square.partition_point(|other| *other <= at)..].iter().take(EACH_WITH_EACH_MAX * 4)
        });
        let is_near = |other: &usize| {
            let (other_y, other_x) = metres(&placed[*other]);
            (other_y - y).hypot(other_x - x) <= NEAR_M
        };
        let mut near: Vec<usize> = later.copied().filter(is_near).collect();
        near.sort_unstable();
        let reach = if near.len() > EACH_WITH_EACH_MAX { 1 } else { near.len() };
        for other in near.iter().take(reach) {
            pairs.add(point.0, placed[*other].0, DuplicateReason::Near);
        }
    }
}

/// Whether both ids are derived from one house code, for different families.
fn are_families_of_one_house(one: &Dwelling<'_>, other: &Dwelling<'_>) -> bool {
    const FAMILIES_MAX: u8 = 20;
    let Some(code) = one.house_code.filter(|code| Some(*code) == other.house_code) else { return false };
    let Ok(code) = code.parse() else { return false };
    let derived =
        |id: HouseholdId| (1..=FAMILIES_MAX).any(|family| HouseholdId::derived(&code, family) == id);
    derived(one.household) && derived(other.household)
}

/// Whether two names may be one name: equal without titles and spaces, or so with one letter in
/// six written otherwise.
fn are_alike(one: &str, other: &str) -> bool {
    let (one, other) = (bare_name(one), bare_name(other));
    let longer = one.len().max(other.len());
    longer > 0 && edits(&one, &other) <= longer / 6
}

fn bare_name(name: &str) -> Vec<char> {
    const TITLES: [&str; 8] = ["นางสาว", "เด็กชาย", "เด็กหญิง", "น.ส.", "ด.ช.", "ด.ญ.", "นาง", "นาย"];
    let name = fold_text(name);
    let name = TITLES.iter().find_map(|title| name.strip_prefix(title)).unwrap_or(&name);
    name.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Letters that must be added, dropped or changed to make one of the other (Levenshtein).
fn edits(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::DuplicateReason::{CitizenId, HeadName, HouseNumber, Near};
    use super::*;

    fn id(n: u32) -> HouseholdId {
        let mut bytes = [0; 16];
        bytes[12..].copy_from_slice(&n.to_be_bytes());
        HouseholdId(bytes)
    }

    fn dwelling(n: u32, village: u32, house_no: &'static str, head_name: &'static str) -> Dwelling<'static> {
        let text = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        Dwelling {
            household: id(n),
            village: village.try_into().unwrap(),
            house_no: text(house_no),
            house_code: None,
            point: None,
            head_name: text(head_name),
        }
    }

    fn at(dwelling: Dwelling<'static>, north_m: f64, east_m: f64) -> Dwelling<'static> {
        let lat = 16.82 + north_m / METRES_PER_DEGREE;
        let lon = 100.28 + east_m / (METRES_PER_DEGREE * 16.82_f64.to_radians().cos());
        Dwelling { point: Some((lat, lon)), ..dwelling }
    }

    fn found(
        dwellings: &[Dwelling<'_>],
        citizens: &[(HouseholdId, &str)],
    ) -> Vec<(u8, u8, Vec<DuplicateReason>)> {
        let candidates = candidates(dwellings, citizens);
        candidates.into_iter().map(|c| (c.a.0[15], c.b.0[15], c.reasons)).collect()
    }

    #[test]
    fn a_house_number_counts_within_its_village() {
        let dwellings = [
            dwelling(1, 65_011_704, "12/3", "นายบุญมี ทองดี"),
            dwelling(2, 65_011_705, "12/3", "นายบุญมี ทองดี"),
            dwelling(3, 65_011_704, "12/3", "บุญมี  ทองดี"),
            dwelling(4, 65_011_704, "12", "สมศรี ใจงาม"),
            dwelling(5, 65_011_704, NO_HOUSE_NUMBER, ""),
            dwelling(6, 65_011_704, NO_HOUSE_NUMBER, ""),
        ];
        assert_eq!(found(&dwellings, &[]), [(1, 3, vec![HouseNumber, HeadName])]);
    }

    #[test]
    fn points_count_within_25_metres_also_across_squares_and_villages() {
        let place = |n, north, east| at(dwelling(n, 65_011_700 + n, "", ""), north, east);
        let dwellings =
            [place(1, 0.0, 0.0), place(2, 24.0, 0.0), place(3, 0.0, -25.5), place(4, -17.0, -17.0)];
        assert_eq!(found(&dwellings, &[]), [(1, 2, vec![Near]), (1, 4, vec![Near]), (3, 4, vec![Near])]);
    }

    #[test]
    fn a_citizen_listed_twice_joins_households_of_any_village() {
        let dwellings = [dwelling(1, 65_011_704, "1", "บุญมี ทองดี"), dwelling(2, 65_011_709, "9", "บุญมา ทองดี")];
        let citizens = [
            (id(2), "1000000000131"),
            (id(1), "1000000000131"),
            (id(1), "1000000000131"),
            (id(1), "1000000000050"),
        ];
        assert_eq!(found(&dwellings, &citizens), [(1, 2, vec![CitizenId, HeadName])]);
    }

    #[test]
    fn a_name_alone_is_no_reason() {
        let dwellings = [dwelling(1, 65_011_704, "1", "บุญมี ทองดี"), dwelling(2, 65_011_704, "2", "บุญมี ทองดี")];
        assert!(found(&dwellings, &[]).is_empty());
        assert!(are_alike("น.ส.สมศรี ใจงาม", "นางสาว สมศรี ใจงาม"));
        assert!(!are_alike("สมศรี ใจงาม", "สมชาย ใจดี"));
        assert!(!are_alike("", ""));
    }

    #[test]
    fn two_families_registered_in_one_house_are_two() {
        let code = "65010001234";
        let family = |n| Dwelling {
            household: HouseholdId::derived(&code.parse().unwrap(), n),
            house_code: Some(code),
            ..at(dwelling(0, 65_011_704, "12", ""), 0.0, 0.0)
        };
        assert!(candidates(&[family(1), family(2)], &[]).is_empty());
        let stray = Dwelling { household: id(1), ..family(1) };
        let reasons = candidates(&[family(1), stray], &[]).remove(0).reasons;
        assert_eq!(reasons, [HouseNumber, Near], "a random id in the same house is a candidate");
        let both = [(family(1).household, "1000000000131"), (family(2).household, "1000000000131")];
        assert_eq!(candidates(&[family(1), family(2)], &both).remove(0).reasons, [CitizenId]);
    }

    #[test]
    fn many_points_on_one_spot_give_few_pairs_in_any_order() {
        let crowd: Vec<_> = (1..=2_000).map(|n| at(dwelling(n, 65_011_704, "", ""), 0.0, 0.0)).collect();
        let pairs = candidates(&crowd, &[]);
        assert!((1_999..5_000).contains(&pairs.len()), "{}", pairs.len());
        let backwards: Vec<_> = crowd.iter().rev().copied().collect();
        assert_eq!(pairs, candidates(&backwards, &[]));
    }
}
