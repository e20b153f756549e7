//! Made-up households of a tambon, for the demo, the simulation and the benches.
//!
//! **The people are invented.** Names are put together at random from lists of common ones; a
//! citizen ID names a registrar whose code begins with 0, as no province's does; telephone numbers
//! are of the block 06-0000-0xxx; house codes, points and all answers are drawn by chance. What is
//! real is the tambon and the codes of its villages.
//!
//! ```
//! use samruat::samples::{Chance, household, villages_of_aranyik};
//!
//! let mut chance = Chance::new(1);
//! let sample = household(&villages_of_aranyik()[3], 12, &mut chance);
//! assert_eq!(sample.village.to_string(), "65011704");
//! assert_eq!(sample, household(&villages_of_aranyik()[3], 12, &mut Chance::new(1)));
//! ```

mod chance;
mod people;

use sync_protocol::ids::VillageCode;
use sync_protocol::value::Scalar;

pub use chance::Chance;

use people::{Person, family};

/// Answers: key and value, as a document holds them.
pub type SampleAnswers = Vec<(String, Scalar)>;

/// A household that was made up.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The village that it lies in.
    pub village: VillageCode,
    /// The 11 digits of its house code, if the house is registered.
    pub house_code: Option<String>,
    /// The household's own answers.
    pub answers: SampleAnswers,
    /// Its rows: the group, and the answers of the row.
    pub rows: Vec<(&'static str, SampleAnswers)>,
}

/// A village to put households into.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleVillage {
    /// Its code.
    pub code: VillageCode,
    /// Latitude of its middle, degrees.
    pub lat: f64,
    /// Longitude of its middle, degrees.
    pub lon: f64,
}

/// The year (Buddhist era) in which the households were surveyed.
pub const YEAR_BE: i16 = 2569;

/// The twelve villages of ตำบลอรัญญิก, อำเภอเมืองพิษณุโลก. Their middles are laid out on a grid
/// around the tambon's, two kilometres apart; where the villages really lie is not told by it.
///
/// # Panics
/// Never: the codes are well formed.
#[must_use]
pub fn villages_of_aranyik() -> [SampleVillage; 12] {
    std::array::from_fn(|at| {
        let moo = u32::try_from(at).expect("twelve villages") + 1;
        let code = VillageCode::try_from(65_011_700 + moo).expect("a village code");
        let (row, column) = (f64::from((moo - 1) / 4), f64::from((moo - 1) % 4));
        SampleVillage { code, lat: 16.82 + (row - 1.0) * 0.018, lon: 100.28 + (column - 1.5) * 0.018 }
    })
}

/// Household number `number` of a village. The number decides where the house stands and what its
/// house number is, so that different numbers give different houses, at least 25 metres apart as
/// long as there are no more than 600 in a village. Of 20 visits 16 are completed, one in part;
/// the others find nobody, a refusal, or an empty house, and then little is known.
#[must_use]
pub fn household(village: &SampleVillage, number: u16, chance: &mut Chance) -> Sample {
    match chance.below(20) {
        0 => unsurveyed(village, number, "absent", chance),
        1 => unsurveyed(village, number, "refused", chance),
        2 => unsurveyed(village, number, "vacant", chance),
        3 => surveyed(village, number, "partial", chance),
        _ => surveyed(village, number, "done", chance),
    }
}

/// The same, always surveyed completely: one to eight members, up to four needs, one visit.
#[must_use]
pub fn surveyed_household(village: &SampleVillage, number: u16, chance: &mut Chance) -> Sample {
    surveyed(village, number, "done", chance)
}

/// A list of answers in the making.
#[derive(Default)]
struct Answered(SampleAnswers);

impl Answered {
    fn text(&mut self, question: &str, text: impl Into<String>) {
        self.0.push((question.to_owned(), Scalar::Str(text.into())));
    }

    fn number(&mut self, question: &str, number: i64) {
        self.0.push((question.to_owned(), Scalar::Int(number)));
    }

    fn decimal(&mut self, question: &str, number: f64) {
        self.0.push((question.to_owned(), Scalar::F64(number)));
    }

    fn choose(&mut self, question: &str, choices: &[&str]) {
        let chosen = choices.iter().map(|choice| (format!("{question}/{choice}"), Scalar::Bool(true)));
        self.0.extend(chosen);
    }

    /// One of the codes, with these odds.
    fn one_of(&mut self, question: &str, odds: &[(&str, u32)], chance: &mut Chance) {
        self.text(question, chance.weighted(odds));
    }
}

fn unsurveyed(village: &SampleVillage, number: u16, outcome: &str, chance: &mut Chance) -> Sample {
    let mut answers = Answered::default();
    let house_code = place(&mut answers, village, number, chance);
    let mut visit = Answered::default();
    visit.text("visit_outcome", outcome);
    visit.text("visit_date", visit_date(chance));
    Sample { village: village.code, house_code, answers: answers.0, rows: vec![("visit", visit.0)] }
}

fn surveyed(village: &SampleVillage, number: u16, outcome: &str, chance: &mut Chance) -> Sample {
    let people = family(chance);
    let sensitive = !chance.one_in(7);
    let mut answers = Answered::default();
    let house_code = place(&mut answers, village, number, chance);
    answers.number("household_size", people.len().try_into().unwrap_or(8));
    answers.text("head_name", people[0].name.as_str());
    if chance.one_in(2) {
        answers.text("phone", format!("0600000{:03}", chance.below(1_000)));
    }
    economy(&mut answers, &people, chance);
    registration(&mut answers, &people, chance);
    housing(&mut answers, chance);

    let mut rows = vec![("visit", visit(outcome, sensitive, chance))];
    rows.extend(people.iter().map(|person| ("member", member(person, sensitive, chance))));
    rows.extend(needs(&answers.0, sensitive, chance).into_iter().map(|need| ("need", need)));
    Sample { village: village.code, house_code, answers: answers.0, rows }
}

/// Where the house is; gives its house code.
fn place(
    answers: &mut Answered,
    village: &SampleVillage,
    number: u16,
    chance: &mut Chance,
) -> Option<String> {
    let moo = village.code.moo();
    answers.text("tambon_code", village.code.tambon().to_string());
    answers.number("moo", moo.into());
    if chance.one_in(5) {
        answers.text("community_name", format!("ชุมชนหมู่ที่ {moo}"));
    }
    let part = chance.below(9) + 1;
    let house_no = if chance.one_in(3) { format!("{number}/{part}") } else { number.to_string() };
    answers.text("house_no", house_no);
    let house_code = (!chance.one_in(4)).then(|| format!("6599{moo:02}{number:04}{}", chance.below(10)));
    let book = if house_code.is_some() { "blue" } else { chance.weighted(&[("none", 2), ("temporary", 1)]) };
    answers.text("house_registration", book);
    if let Some(code) = &house_code {
        answers.text("house_code", code.as_str());
    }
    if chance.one_in(3) {
        answers.text(
            "landmark",
            chance.pick(&["หลังวัด", "ใกล้ศาลาประชาคม", "ซอยข้างโรงเรียน", "ริมคลอง", "ตรงข้ามร้านค้า"]),
        );
    }
    answers.text("gps", point(village, number, chance));
    house_code
}

/// Houses stand in lanes of 25, 32 metres apart, up to 3 metres out of line.
fn point(village: &SampleVillage, number: u16, chance: &mut Chance) -> String {
    const DEGREES_PER_METRE: f64 = 1.0 / 111_195.0;
    const LON_DEGREES_PER_METRE: f64 = DEGREES_PER_METRE / 0.957;
    let mut offset = |lane: f64| lane * 32.0 + f64::from(chance.below(61)) / 10.0 - 3.0;
    let (north, east) = (offset(f64::from(number / 25) - 12.0), offset(f64::from(number % 25) - 12.0));
    let lat = village.lat + north * DEGREES_PER_METRE;
    let lon = village.lon + east * LON_DEGREES_PER_METRE;
    let accuracy = f64::from(chance.below(200)) / 10.0 + 4.0;
    format!("{lat:.6} {lon:.6} {}.0 {accuracy:.1}", 40 + chance.below(10))
}

fn visit_date(chance: &mut Chance) -> String {
    let year = YEAR_BE - 543;
    format!("{year}-{:02}-{:02}", chance.below(3) + 1, chance.below(28) + 1)
}

fn visit(outcome: &str, sensitive: bool, chance: &mut Chance) -> SampleAnswers {
    let mut visit = Answered::default();
    visit.text("visit_outcome", outcome);
    visit.text("visit_date", visit_date(chance));
    visit.text("consent_given", if sensitive { "full" } else { "no_sensitive" });
    visit.one_of("consent_method", &[("signature", 6), ("thumbprint", 2), ("verbal_witnessed", 2)], chance);
    visit.choose("consent_scopes", &["welfare_fund", "tambon_council"]);
    for (scope, odds) in [("lao", 2), ("msdhs", 3), ("codi", 3)] {
        if chance.one_in(odds) {
            visit.choose("consent_scopes", &[scope]);
        }
    }
    if !chance.one_in(15) {
        visit.choose("consent_scopes", &["plan_deidentified"]);
    }
    visit.one_of(
        "respondent_relation",
        &[("head", 6), ("spouse", 3), ("member", 2), ("caregiver", 1)],
        chance,
    );
    visit.0
}

fn economy(answers: &mut Answered, people: &[Person], chance: &mut Chance) {
    let earned: i64 = people.iter().filter_map(|person| person.income).sum();
    answers.number("income_year", earned + i64::from(chance.below(12)) * 1_000);
    answers.number("debt_total", if chance.one_in(3) { 0 } else { i64::from(chance.below(40)) * 5_000 });
    answers.one_of("debt_informal", &[("no", 7), ("yes", 2), ("unknown", 1)], chance);
    answers.one_of("savings_any", &[("no", 5), ("yes", 5), ("unknown", 1)], chance);
    answers.one_of("assets_over_100k", &[("no", 9), ("yes", 1), ("unknown", 1)], chance);
    let rai = if chance.one_in(2) { 0 } else { chance.below(60) };
    answers.decimal("land_farm_rai", f64::from(rai) / 4.0);
    answers.decimal("land_home_wah", f64::from(chance.below(120)));
}

fn registration(answers: &mut Answered, people: &[Person], chance: &mut Chance) {
    if people.iter().any(|person| matches!(person.card, Some("rejected" | "not_registered"))) {
        let barriers = ["not_aware", "no_phone", "cannot_travel", "missed", "spouse_docs", "over_income"];
        answers.choose("reg_barrier", &[chance.pick(&barriers)]);
        answers.one_of("reg_help_needed", &[("yes", 3), ("no", 2), ("unknown", 1)], chance);
    }
    let membership = chance.weighted(&[("all", 2), ("some", 3), ("none", 4), ("unknown", 1)]);
    answers.text("fund_membership", membership);
    if matches!(membership, "all" | "some") {
        let benefits = ["none", "birth", "sickness", "old_age", "death", "education", "disaster", "hardship"];
        answers.choose("fund_benefits_12m", &[chance.pick(&benefits)]);
    }
}

fn housing(answers: &mut Answered, chance: &mut Chance) {
    let tenures = [
        ("own", 10),
        ("family_land", 4),
        ("rent_land", 1),
        ("rent_house", 2),
        ("other_land_permit", 1),
        ("state_permit", 1),
        ("canal", 1),
        ("railway", 1),
    ];
    let tenure = chance.weighted(&tenures);
    answers.text("tenure", tenure);
    let document = match tenure {
        "own" | "family_land" => chance.weighted(&[("chanote", 4), ("ns3", 2), ("spk", 1)]),
        "rent_land" | "rent_house" => chance.weighted(&[("lease_written", 1), ("lease_verbal", 2)]),
        "state_permit" => "permit",
        _ => "none",
    };
    answers.text("tenure_doc", document);
    let settled = matches!(tenure, "own" | "family_land" | "state_permit");
    let risk = if settled { "0" } else { chance.weighted(&[("0", 4), ("1", 3), ("2", 2), ("3", 1)]) };
    answers.text("eviction_risk", risk);
    for part in ["roof_condition", "wall_condition", "floor_condition", "structure_condition"] {
        answers.one_of(part, &[("0", 10), ("1", 6), ("2", 3), ("3", 1)], chance);
    }
    answers.one_of("toilet", &[("own", 16), ("shared", 2), ("unsanitary", 2), ("none", 1)], chance);
    let waters = [("piped", 8), ("bottled", 6), ("rain", 3), ("well", 2), ("surface", 1), ("other", 1)];
    answers.one_of("drinking_water", &waters, chance);
    answers.one_of("water_enough", &[("yes", 8), ("no", 2), ("unknown", 1)], chance);
    answers.one_of("electricity", &[("own_meter", 17), ("shared", 2), ("offgrid", 1), ("none", 1)], chance);
    answers.number("sleeping_rooms", i64::from(chance.below(4)) + 1);
    let hazards: &[&str] =
        chance.pick(&[&["none"][..], &["flood"], &["flood", "drought"], &["storm"], &["none"]]);
    answers.choose("hazards", hazards);
    answers.one_of("housing_event", &[("none", 18), ("flood", 1), ("storm", 1)], chance);
    let aid = chance.weighted(&[("none", 12), ("bpp", 1), ("msdhs", 1), ("lao", 1)]);
    answers.choose("past_housing_aid", &[aid]);
    if aid != "none" {
        answers.number("past_aid_year_be", 2560 + i64::from(chance.below(9)));
    }
}

fn member(person: &Person, sensitive: bool, chance: &mut Chance) -> SampleAnswers {
    let mut member = Answered::default();
    member.text("m_name", person.name.as_str());
    member.text("m_relation", person.relation);
    member.text("m_sex", person.sex);
    member.number("m_birth_year_be", i64::from(YEAR_BE - person.age));
    if chance.one_in(2) {
        member.text("m_citizen_id", people::citizen_id(chance));
    }
    member.one_of("m_id_status", &[("thai_id", 30), ("no_card", 1), ("unknown", 1)], chance);
    let disabled = chance.one_in(25);
    if sensitive {
        health(&mut member, person.age, disabled, chance);
    }
    if person.age >= 6 {
        member.text("m_education", person.education);
    }
    if (3..=18).contains(&person.age) {
        member.text(
            "m_in_school",
            if person.occupation == Some("student") || person.age < 15 { "yes" } else { "no" },
        );
    }
    if let Some(occupation) = person.occupation {
        member.text("m_occupation", occupation);
        member.number("m_income_year", person.income.unwrap_or(0));
    }
    if let Some(card) = person.card {
        member.text("m_card_status", card);
    }
    let benefit = match person.age {
        60.. => "old_age",
        0..=6 if chance.one_in(2) => "child",
        _ if disabled => "disability",
        20..=59 if chance.one_in(3) => "sso",
        _ => "none",
    };
    member.choose("m_benefits", &[benefit]);
    member.one_of("m_health_scheme", &[("uc", 15), ("sso", 4), ("csmbs", 1), ("none", 1)], chance);
    member.0
}

fn health(member: &mut Answered, age: i16, disabled: bool, chance: &mut Chance) {
    let kinds = ["seeing", "hearing", "physical", "mental", "intellectual"];
    member.choose("m_disability", &[if disabled { chance.pick(&kinds) } else { "none" }]);
    let dependency = match age {
        60.. => chance.weighted(&[
            ("well", 4),
            ("chronic_self", 5),
            ("chronic_help", 2),
            ("homebound", 1),
            ("bedridden", 1),
        ]),
        _ => chance.weighted(&[("well", 14), ("chronic_self", 2), ("chronic_help", 1)]),
    };
    member.text("m_dependency", dependency);
    if matches!(dependency, "chronic_help" | "homebound" | "bedridden") {
        member.one_of("m_has_caregiver", &[("yes", 3), ("no", 1)], chance);
    }
}

/// Up to four needs; a bad roof asks for repair first.
fn needs(answers: &[(String, Scalar)], sensitive: bool, chance: &mut Chance) -> Vec<SampleAnswers> {
    const NEEDS: [(&str, &str); 9] = [
        ("house_repair", "หลังคารั่ว ฝาผุ ต้องเปลี่ยนสังกะสี"),
        ("income", "ต้องการอาชีพเสริมช่วงว่างจากทำนา"),
        ("debt", "หนี้กองทุนหมู่บ้านและหนี้ร้านค้า"),
        ("health", "ต้องไปโรงพยาบาลทุกเดือน ไม่มีค่ารถ"),
        ("care", "ไม่มีคนดูแลตอนกลางวัน"),
        ("aid_device", "ขอไม้เท้าและรถเข็น"),
        ("education", "ขาดค่าเดินทางไปโรงเรียน"),
        ("registration", "ยังไม่ได้ลงทะเบียนบัตรสวัสดิการ"),
        ("utilities", "น้ำประปาไหลไม่ถึงในหน้าแล้ง"),
    ];
    let bad_roof = answers.contains(&("roof_condition".to_owned(), Scalar::Str("3".to_owned())));
    let count = chance.weighted(&[(0, 5), (1, 5), (2, 3), (3, 2), (4, 1)]).max(i32::from(bad_roof));
    let first = if bad_roof { 0 } else { chance.below(9) };
    let need = |at: i32| {
        let at = (i64::from(first) + i64::from(at) * 2).unsigned_abs() as usize % NEEDS.len();
        let (category, text) = NEEDS[at];
        let mut need = Answered::default();
        need.text("need_category", category);
        need.one_of("need_urgency", &[("now", 1), ("month", 3), ("year", 5), ("later", 3)], chance);
        if sensitive && !chance.one_in(3) {
            need.text("need_text", text);
        }
        need.0
    };
    (0..count).map(need).collect()
}

#[cfg(test)]
mod tests;
