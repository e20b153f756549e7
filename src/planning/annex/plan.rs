//! Tables 11 to 14: programmes, targets, projects, what changed.

use super::table::{Cell, Column, Row, Table, share, told};
use super::{Source, shown};
use crate::planning::indicator_words;
use crate::planning::indicators::{Block, STANDINGS};
use crate::planning::told::Told;

pub(super) fn tables(source: &Source<'_>) -> Vec<Table> {
    vec![programmes(source), targets(source), projects(source), change(source)]
}

fn named(columns: &[(&str, &str)]) -> Vec<Column> {
    columns.iter().map(|(th, en)| Column { name: told(th, en) }).collect()
}

fn text(text: &str) -> Cell {
    Cell::Text(told(text, text))
}

fn programmes(source: &Source<'_>) -> Table {
    let title = told(
        "โครงการช่วยเหลือ: เข้าเกณฑ์ อนุมัติ รอ และงบประมาณ",
        "Programmes: matching, approved, waiting, budget",
    );
    let mut table = Table::new(11, "programme", title, told("โครงการ", "Programme"));
    table.columns = named(&[
        ("เข้าเกณฑ์", "Matching"),
        ("อนุมัติ", "Approved"),
        ("รอ", "Waiting"),
        ("งบประมาณ (บาท)", "Budget (baht)"),
        ("อนุมัติแล้ว (บาท)", "Granted (baht)"),
        ("สมทบเอง (บาท)", "Local contribution (baht)"),
    ]);
    for programme in &source.programmes {
        let count = |count: u32| match count {
            1..=4 if source.hides => Cell::Hidden,
            count => Cell::Count(count),
        };
        // What a few households got is as telling as how many they are.
        let of_few = matches!(count(programme.approved), Cell::Hidden);
        let baht = |baht: u64| if of_few { Cell::Hidden } else { Cell::Baht(baht) };
        let cells = vec![
            programme.matching.map_or(if source.hides { Cell::Hidden } else { Cell::Missing }, count),
            count(programme.approved),
            count(programme.waiting),
            Cell::Baht(programme.budget),
            baht(programme.granted),
            baht(programme.local_contribution),
        ];
        table.rows.push(Row { name: programme.name.clone(), is_total: false, cells });
    }
    table
}

fn targets(source: &Source<'_>) -> Table {
    let title = told("เป้าหมายและผล", "Targets and results");
    let mut table = Table::new(12, "target", title, told("รายการ", "Item"));
    table.columns = named(&[
        ("เป้าหมาย", "Target"),
        ("ผล", "Result"),
        ("ร้อยละ", "Percent"),
        ("หน่วย", "Unit"),
        ("แหล่งข้อมูล", "Source"),
    ]);
    for target in &source.targets {
        let count = |count: u64| Cell::Count(u32::try_from(count).unwrap_or(u32::MAX));
        let actual = target.actual.map_or(Cell::Missing, count);
        let goal = count(target.target);
        let percent = share(&actual, Some(&goal));
        let cells = vec![goal, actual, percent, text(&target.unit), text(&target.source)];
        table.rows.push(Row { name: target.name.clone(), is_total: false, cells });
    }
    table.noted("ช่องว่างหมายถึงยังไม่มีผลรายงาน ไม่ใช่ศูนย์", "An empty result was not reported; it is not zero")
}

fn projects(source: &Source<'_>) -> Table {
    let title = told("โครงการในแผน", "Projects of the plan");
    let mut table = Table::new(13, "project", title, told("โครงการ", "Project"));
    table.columns = named(&[
        ("ปัญหาที่แก้", "Problem"),
        ("ครัวเรือนที่ได้ประโยชน์", "Households served"),
        ("พื้นที่", "Where"),
        ("งบประมาณ (บาท)", "Budget (baht)"),
        ("ปีงบประมาณ", "By fiscal year"),
        ("ผู้ดำเนินการ", "Done by"),
        ("รหัสยุทธศาสตร์", "Strategy"),
    ]);
    for project in &source.projects {
        let cells = vec![
            text(&project.problem),
            project.households.map_or(Cell::Missing, Cell::Count),
            text(&project.villages),
            Cell::Baht(project.budget),
            text(&project.years),
            Cell::Text(project.owner.clone()),
            text(&project.strategy),
        ];
        table.rows.push(Row { name: Told::new(&*project.title, &*project.title), is_total: false, cells });
    }
    table
}

fn change(source: &Source<'_>) -> Table {
    let title = told("การเปลี่ยนแปลงจากครั้งก่อน (ครัวเรือน)", "Change since the last time (households)");
    let mut table = Table::new(14, "change", title, told("รายการ", "Item"));
    let Some((name, before)) = &source.before else {
        return table.noted("ยังไม่มีข้อมูลครั้งก่อนให้เปรียบเทียบ", "There is no earlier snapshot to compare with");
    };
    table.columns = vec![
        Column {
            name: Told::new(format!("ครั้งก่อน ({name})"), format!("Before ({name})"))
        },
        Column { name: told("ครั้งนี้", "Now") },
        Column { name: told("เปลี่ยนแปลง", "Change") },
    ];
    for (name, block, code) in compared() {
        let then = shown(before, block, code, None);
        let now = shown(&source.rollup.total, block, code, None);
        let change = then.zip(now).map(|(then, now)| Cell::Change(i64::from(now) - i64::from(then)));
        let cells = vec![Cell::of(then), Cell::of(now), change.unwrap_or(Cell::Hidden)];
        table.rows.push(Row { name, is_total: false, cells });
    }
    table
}

/// What is compared: what households come to, and the five dimensions.
fn compared() -> Vec<(Told, &'static str, &'static str)> {
    let standings = STANDINGS.iter().map(|code| (indicator_words::standing(code), "households", *code));
    let dimensions = Block::named("dimension").map_or(&[][..], |block| block.codes);
    let dimensions = dimensions.iter().map(|code| (indicator_words::dimension(code), "dimension", *code));
    standings.chain(dimensions).collect()
}
