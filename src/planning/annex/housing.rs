//! Tables 7, 8, 10: tenure, the state of houses, hazards.

use super::census::village;
use super::table::{Cell, Column, Counted, Table, told};
use super::welfare::{choice, columns};
use super::{Row, Source, shown};
use crate::planning::indicators::Block;

pub(super) fn tables(source: &Source<'_>) -> Vec<Table> {
    vec![tenure(source), condition(source), repairs(source), hazards(source)]
}

fn tenure(source: &Source<'_>) -> Table {
    const EVICTIONS: [&str; 5] = ["0", "1", "2", "3", "unknown"];
    let codes = Block::named("tenure").map_or(&[][..], |block| block.codes);
    let total = &source.rollup.total;
    let rows = codes.iter().map(|code| choice(source, "tenure", code));
    let columns = EVICTIONS.iter().map(|code| choice(source, "eviction_risk", code));
    let counts = codes
        .iter()
        .map(|tenure| EVICTIONS.iter().map(|risk| shown(total, "tenure", tenure, Some(risk))).collect())
        .collect();
    let title = told("สิทธิในที่อยู่อาศัย กับความเสี่ยงถูกไล่รื้อ (ครัวเรือน)", "Tenure and risk of eviction (households)");
    Table::new(7, "tenure", title, told("สิทธิในที่อยู่อาศัย", "Tenure")).crossed(rows, columns, counts).with_sums()
}

fn condition(source: &Source<'_>) -> Table {
    let columns = columns(source, "worst_part", "roof_condition");
    let title = told(
        "สภาพบ้าน ตามส่วนที่ชำรุดที่สุด (ครัวเรือน) รายหมู่บ้าน",
        "State of houses by their worst part (households), by village",
    );
    Table::new(8, "worst_part", title, village()).by_village(source, &columns)
}

/// Houses in decay, and what their repair would cost at the programme's ceiling.
fn repairs(source: &Source<'_>) -> Table {
    let decay = Counted::of(told("บ้านชำรุดที่ควรซ่อม", "Houses in decay"), "flag", "L2");
    let title = told("ประมาณการงบซ่อมบ้าน รายหมู่บ้าน", "Estimate of repairs, by village");
    let mut table = Table::new(8, "repair", title, village()).by_village(source, &[decay]);
    table.columns.push(Column {
        name: told("งบประมาณที่ต้องใช้ (บาท)", "Baht needed")
    });
    for Row { cells, .. } in &mut table.rows {
        let cost = match (cells.first(), source.repair_ceiling) {
            (Some(Cell::Count(houses)), Some(ceiling)) => Cell::Baht(u64::from(*houses) * ceiling),
            (Some(Cell::Hidden), Some(_)) => Cell::Hidden,
            _ => Cell::Missing,
        };
        cells.push(cost);
    }
    table.noted(
        "คิดจากเพดานต่อหลังของโครงการบ้านพอเพียง งบจริงขึ้นกับการประเมินแต่ละหลัง",
        "At the ceiling for a house of Baan Por Piang; what each house really takes is estimated there",
    )
}

fn hazards(source: &Source<'_>) -> Table {
    let columns = columns(source, "hazard", "hazards");
    let title = told("ภัยที่เกิดซ้ำ (ครัวเรือน) รายหมู่บ้าน", "Recurring hazards (households), by village");
    Table::new(10, "hazard", title, village()).by_village(source, &columns)
}
