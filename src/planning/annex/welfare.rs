//! Tables 5, 6, 9: cards, the welfare fund, needs.

use super::census::village;
use super::table::{Counted, Table, told};
use super::{Source, shown};
use crate::planning::assessment::NEEDS;
use crate::planning::indicators::Block;
use crate::planning::told::Told;

pub(super) fn tables(source: &Source<'_>) -> Vec<Table> {
    vec![cards(source), barriers(source), fund(source), benefits(source), needs(source)]
}

/// A column for each code of a block, called as the form calls its choices.
pub(super) fn columns(source: &Source<'_>, block: &'static str, question: &str) -> Vec<Counted> {
    let codes = Block::named(block).map_or(&[][..], |block| block.codes);
    codes.iter().map(|code| Counted::of(choice(source, question, code), block, code)).collect()
}

/// What a choice is called.
pub(super) fn choice(source: &Source<'_>, question: &str, code: &str) -> Told {
    if code == "unknown" {
        told("ไม่ทราบ", "Not known")
    } else {
        (source.label)(question, code)
    }
}

fn cards(source: &Source<'_>) -> Table {
    let mut columns = columns(source, "card", "m_card_status");
    let missed = told("ครัวเรือนที่ตกหล่น", "Households missed by official lists");
    columns.push(Counted::of(missed, "households", "missed"));
    let title = told("บัตรสวัสดิการแห่งรัฐ (คน) รายหมู่บ้าน", "State welfare card (people), by village");
    Table::new(5, "card", title, village()).by_village(source, &columns).noted(
        "ตกหล่น: ขาดแคลนอย่างน้อยหนึ่งมิติ รายได้ไม่เกินเกณฑ์ และไม่มีใครในบ้านถือบัตร",
        "Missed: deprived in a dimension, with an income within the line, and nobody in the house holds a card",
    )
}

fn barriers(source: &Source<'_>) -> Table {
    let title = told("เหตุที่ยังไม่ได้ลงทะเบียนหรือไม่ผ่าน (ครัวเรือน)", "Why people are not registered (households)");
    ranking(source, 5, "barrier", "reg_barrier", title)
}

/// The codes of a block, the most frequent first.
fn ranking(source: &Source<'_>, number: u8, block: &'static str, question: &str, title: Told) -> Table {
    let total = &source.rollup.total;
    let codes = Block::named(block).map_or(&[][..], |block| block.codes);
    let names = codes.iter().map(|code| choice(source, question, code));
    let counts = codes.iter().map(|code| vec![shown(total, block, code, None)]).collect();
    Table::new(number, block, title, told("รายการ", "Item"))
        .crossed(names, [told("ครัวเรือน", "Households")], counts)
        .by_first_count()
}

fn fund(source: &Source<'_>) -> Table {
    let columns = columns(source, "fund", "fund_membership");
    let title = told("สมาชิกกองทุนสวัสดิการชุมชน (ครัวเรือน)", "Membership of the welfare fund (households)");
    Table::new(6, "fund", title, village()).by_village(source, &columns)
}

fn benefits(source: &Source<'_>) -> Table {
    let title = told("สวัสดิการที่ได้รับจากกองทุนใน 12 เดือน", "What the fund gave within 12 months");
    ranking(source, 6, "fund_benefit", "fund_benefits_12m", title)
}

fn needs(source: &Source<'_>) -> Table {
    const URGENCIES: [&str; 5] = ["now", "month", "year", "later", "unknown"];
    let total = &source.rollup.total;
    let rows = NEEDS.iter().map(|code| choice(source, "need_category", code));
    let columns = URGENCIES.iter().map(|code| choice(source, "need_urgency", code));
    let counts = NEEDS
        .iter()
        .map(|need| URGENCIES.iter().map(|urgency| shown(total, "need", need, Some(urgency))).collect())
        .collect();
    let title = told("ความต้องการ ตามประเภทและความเร่งด่วน", "Needs by category and urgency");
    Table::new(9, "need", title, told("ความต้องการ", "Need")).crossed(rows, columns, counts).with_sums()
}
