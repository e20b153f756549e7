//! Tables 1 to 4: how far the survey came, who lives there, what they lack.

use super::table::{Cell, Column, Counted, Table, told};
use super::{Source, shown};
use crate::planning::indicator_words;
use crate::planning::indicators::{AGES, SEXES};
use crate::planning::told::Told;

pub(super) fn tables(source: &Source<'_>) -> Vec<Table> {
    vec![coverage(source), ages(source), people(source), dimensions(source), flags(source)]
}

pub(super) fn village() -> Told {
    told("หมู่บ้าน", "Village")
}

fn coverage(source: &Source<'_>) -> Table {
    const OUTCOMES: [(&str, &str, &str); 8] = [
        ("done", "สำรวจครบ", "Surveyed"),
        ("partial", "สำรวจไม่ครบ", "In part"),
        ("absent", "ไม่มีคนอยู่", "Absent"),
        ("refused", "ไม่ประสงค์ให้ข้อมูล", "Refused"),
        ("vacant", "บ้านร้าง", "Vacant"),
        ("demolished", "บ้านถูกรื้อ", "Demolished"),
        ("not_found", "หาไม่พบ", "Not found"),
        ("not_visited", "ยังไม่ได้เยี่ยม", "Not visited"),
    ];
    let registered = Counted {
        name: told("ขึ้นทะเบียน", "Registered"),
        read: Box::new(|counts| {
            OUTCOMES.iter().map(|(code, ..)| shown(counts, "coverage", code, None)).sum()
        }),
    };
    let outcomes = OUTCOMES.map(|(code, th, en)| Counted::of(told(th, en), "coverage", code));
    let columns: Vec<Counted> = std::iter::once(registered).chain(outcomes).collect();
    let title = told("ความครอบคลุมของการสำรวจ รายหมู่บ้าน", "Coverage of the survey, by village");
    let mut table = Table::new(1, "coverage", title, village()).by_village(source, &columns);
    table.columns.insert(0, Column { name: told("บ้านที่ควรมี", "Expected") });
    let expected: Vec<Option<u32>> = source.villages.iter().map(|village| village.expected).collect();
    let sum = expected.iter().copied().sum::<Option<u32>>();
    for (row, expected) in table.rows.iter_mut().zip(expected.into_iter().chain([sum])) {
        row.cells.insert(0, expected.map_or(Cell::Missing, Cell::Count));
    }
    table
}

fn ages(source: &Source<'_>) -> Table {
    let total = &source.rollup.total;
    let sexes = [told("ชาย", "Male"), told("หญิง", "Female"), told("อื่น ๆ/ไม่ระบุ", "Other or not given")];
    let rows = AGES.map(|age| match age {
        "unknown" => told("ไม่ทราบอายุ", "Age not known"),
        "80+" => told("80 ปีขึ้นไป", "80 and above"),
        age => Told::new(format!("{age} ปี"), age),
    });
    let counts = AGES
        .iter()
        .map(|age| SEXES.iter().map(|sex| shown(total, "people", sex, Some(age))).collect())
        .collect();
    let title = told("ประชากรตามอายุและเพศ", "People by age and sex");
    Table::new(2, "people", title, told("อายุ", "Age")).crossed(rows, sexes, counts).with_sums()
}

fn people(source: &Source<'_>) -> Table {
    let columns = ["child", "elderly", "disabled", "bedridden", "without_id"]
        .map(|code| Counted::of(indicator_words::person(code), "person", code));
    let title = told("กลุ่มที่ต้องดูแล รายหมู่บ้าน", "People to look after, by village");
    Table::new(2, "person", title, village()).by_village(source, &columns)
}

fn dimensions(source: &Source<'_>) -> Table {
    let assessed = Counted::of(told("ครัวเรือนที่ประเมิน", "Households assessed"), "households", "assessed");
    let columns = ["health", "living", "education", "income", "access"]
        .map(|code| Counted::of(indicator_words::dimension(code), "dimension", code));
    let columns: Vec<Counted> = std::iter::once(assessed).chain(columns).collect();
    let title = told("ครัวเรือนที่ขาดแคลนใน 5 มิติ รายหมู่บ้าน", "Households deprived in five dimensions, by village");
    Table::new(3, "dimension", title, village()).by_village(source, &columns).with_rates()
}

fn flags(source: &Source<'_>) -> Table {
    const FLAGS: [&str; 19] = [
        "H1", "H2", "H3", "L1", "L2", "L3", "L4", "L5", "L6", "E1", "E2", "I1", "I2", "I3", "I4", "A1", "A2",
        "A3", "A4",
    ];
    let total = &source.rollup.total;
    let counts = |flag: &&str| {
        ["flag", "flag_no", "flag_unknown"].map(|block| shown(total, block, flag, None)).to_vec()
    };
    let columns = [told("พบปัญหา", "Deprived"), told("ไม่พบ", "Not"), told("ไม่ทราบ", "Not known")];
    let names = FLAGS.iter().map(|flag| (source.flag)(flag));
    let title = told("ปัญหาที่พบมากที่สุด (ครัวเรือน)", "What most households lack");
    Table::new(4, "flag", title, told("ปัญหา", "What is lacking"))
        .crossed(names, columns, FLAGS.iter().map(counts).collect())
        .by_first_count()
}
