//! Families that were made up.

use super::Chance;

/// Somebody who does not exist.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) relation: &'static str,
    pub(super) sex: &'static str,
    pub(super) age: i16,
    pub(super) education: &'static str,
    /// From the age of 15 on.
    pub(super) occupation: Option<&'static str>,
    /// Baht in a year, from the age of 15 on.
    pub(super) income: Option<i64>,
    /// State of the welfare card, from the age of 18 on.
    pub(super) card: Option<&'static str>,
}

/// One to eight people: a head, then perhaps a spouse, a parent, children, grandchildren.
pub(super) fn family(chance: &mut Chance) -> Vec<Person> {
    let surname = any_of(include_str!("../../data/samples/surnames.txt"), chance);
    let head_age = 26 + between(60, chance);
    let head_sex = chance.pick(&["male", "male", "female"]);
    let mut people = vec![person(surname, "head", head_sex, head_age, chance)];
    if !chance.one_in(4) {
        let sex = if head_sex == "male" { "female" } else { "male" };
        let age = (head_age - 5 + between(8, chance)).max(20);
        people.push(person(surname, "spouse", sex, age, chance));
    }
    if head_age < 62 && chance.one_in(4) {
        let age = (head_age + 20 + between(12, chance)).min(98);
        people.push(person(surname, "parent", any_sex(chance), age, chance));
    }
    for _ in 0..chance.weighted(&[(0, 3), (1, 4), (2, 4), (3, 1)]) {
        let age = (head_age - 20 - between(15, chance)).max(0);
        people.push(person(surname, "child", any_sex(chance), age, chance));
    }
    if head_age > 50 {
        for _ in 0..chance.weighted(&[(0, 5), (1, 3), (2, 1)]) {
            people.push(person(surname, "grandchild", any_sex(chance), between(17, chance), chance));
        }
    }
    people
}

fn person(surname: &str, relation: &'static str, sex: &'static str, age: i16, chance: &mut Chance) -> Person {
    let given = match sex {
        "male" => any_of(include_str!("../../data/samples/given_names_male.txt"), chance),
        _ => any_of(include_str!("../../data/samples/given_names_female.txt"), chance),
    };
    let title = match (sex, age) {
        ("male", 15..) => "นาย",
        ("male", _) => "ด.ช.",
        (_, 15..) if relation == "spouse" || relation == "parent" => "นาง",
        (_, 15..) => chance.pick(&["นาง", "นางสาว"]),
        _ => "ด.ญ.",
    };
    let occupation = (age >= 15).then(|| occupation(age, chance));
    Person {
        name: format!("{title}{given} {surname}"),
        relation,
        sex,
        age,
        education: education(age, chance),
        occupation,
        income: occupation.map(|occupation| income(occupation, chance)),
        card: (age >= 18).then(|| card(chance)),
    }
}

fn card(chance: &mut Chance) -> &'static str {
    chance.weighted(&[("holder", 8), ("not_registered", 4), ("rejected", 2), ("applied", 1), ("unknown", 1)])
}

fn occupation(age: i16, chance: &mut Chance) -> &'static str {
    match age {
        ..=18 => chance.weighted(&[("student", 8), ("labour", 1)]),
        19..=64 => chance.weighted(&[
            ("farm_own", 4),
            ("farm_rent", 2),
            ("farm_labour", 3),
            ("labour", 6),
            ("trade", 3),
            ("business", 1),
            ("employee", 4),
            ("government", 1),
            ("home", 2),
            ("none", 2),
        ]),
        _ => chance.weighted(&[("unable", 4), ("farm_own", 2), ("home", 2), ("trade", 1)]),
    }
}

fn income(occupation: &str, chance: &mut Chance) -> i64 {
    let (least, steps) = match occupation {
        "student" | "home" | "none" | "unable" => return 0,
        "government" => (180_000, 200),
        "employee" | "business" => (96_000, 150),
        "trade" => (40_000, 120),
        _ => (18_000, 80),
    };
    least + i64::from(chance.below(steps)) * 1_000
}

fn education(age: i16, chance: &mut Chance) -> &'static str {
    match age {
        ..=11 => "below_primary",
        12..=14 => "primary",
        15..=17 => "lower_sec",
        18..=50 => chance.weighted(&[
            ("primary", 3),
            ("lower_sec", 4),
            ("upper_sec", 5),
            ("diploma", 2),
            ("bachelor", 2),
        ]),
        _ => chance.weighted(&[("none", 1), ("below_primary", 5), ("primary", 6), ("lower_sec", 1)]),
    }
}

/// A citizen ID with a right check digit that cannot be anybody's: digits 2 and 3 are the
/// province of the registrar, and no province's code begins with 0.
pub(super) fn citizen_id(chance: &mut Chance) -> String {
    let first = chance.pick(&[1, 2, 3, 5]);
    let twelve = format!("{first}0{:05}{:05}", chance.below(100_000), chance.below(100_000));
    let weighted = twelve.bytes().zip((2..=13).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    let check = (11 - weighted.sum::<u32>() % 11) % 10;
    format!("{twelve}{check}")
}

fn any_sex(chance: &mut Chance) -> &'static str {
    chance.pick(&["male", "female"])
}

/// From 0 to `most`.
fn between(most: u8, chance: &mut Chance) -> i16 {
    i16::try_from(chance.below(u32::from(most) + 1)).unwrap_or(0)
}

/// One line of a list.
fn any_of<'a>(list: &'a str, chance: &mut Chance) -> &'a str {
    let count = u32::try_from(list.lines().count()).unwrap_or(1);
    list.lines().nth(chance.below(count) as usize).unwrap_or("")
}
