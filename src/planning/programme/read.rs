//! Programmes from a CSV file.

use std::collections::BTreeSet;

use super::{Programme, QuotaUnit, Rule};
use crate::planning::allocation::By;
use crate::planning::csv_rows::{Cells, CsvFault, Faults, rows, whole_number};
use crate::planning::fiscal::{FiscalYear, read_date};
use crate::planning::region::Region;
use crate::planning::told::Told;

/// The columns of the file.
const COLUMNS: [&str; 14] = [
    "id",
    "fiscal_year_be",
    "region",
    "name_th",
    "name_en",
    "rule",
    "ranked_by",
    "ceiling_baht",
    "loan_ceiling_baht",
    "quota",
    "quota_unit",
    "budget_baht",
    "source",
    "as_of",
];

const ID_CHARS_MAX: usize = 40;

pub(super) fn programmes(content: &[u8]) -> Result<Vec<Programme>, Vec<CsvFault>> {
    let mut faults = Faults::default();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows(content, &COLUMNS)? {
        let mut cells = Cells::new(&COLUMNS, &row, &mut faults);
        let Some(programme) = programme(&mut cells) else { continue };
        if !seen.insert((programme.id.clone(), programme.fiscal_year, programme.region.clone())) {
            cells.fault("id", twice());
            continue;
        }
        found.push(programme);
    }
    faults.or(found)
}

/// Every cell is looked at, so that all faults of a row are told at once.
fn programme(cells: &mut Cells) -> Option<Programme> {
    let id = cells.needed("id").and_then(|_| cells.read("id", id));
    let fiscal_year =
        cells.read("fiscal_year_be", |text| text.parse::<FiscalYear>().map_err(|_| no_year(text)));
    let region = cells.needed("region").and_then(|_| cells.read("region", region));
    let (name_th, name_en) = (cells.needed("name_th"), cells.needed("name_en"));
    let rule = cells.needed("rule").and_then(|_| cells.read("rule", rule));
    let by = cells.needed("ranked_by").and_then(|_| cells.read("ranked_by", ranked_by));
    let ceiling = cells.read("ceiling_baht", whole_number);
    let loan_ceiling = cells.read("loan_ceiling_baht", whole_number);
    let quota = cells.read("quota", |text| {
        u32::try_from(whole_number(text)?).map_err(|_| Told::new("จำนวนมากเกินไป", "the number is too large"))
    });
    let unit = cells.needed("quota_unit").and_then(|_| cells.read("quota_unit", unit));
    let budget = cells.read("budget_baht", whole_number);
    let as_of = cells.read("as_of", |text| read_date(text).ok_or_else(|| no_date(text)));
    let source = cells.text("source");
    if source.is_empty() && [ceiling, loan_ceiling, quota.map(u64::from), budget].iter().any(Option::is_some)
    {
        cells.fault("source", no_source());
    }
    Some(Programme {
        id: id?,
        fiscal_year,
        region: region?,
        name_th: name_th?.to_owned(),
        name_en: name_en?.to_owned(),
        rule: rule?,
        by: by?,
        ceiling,
        loan_ceiling,
        quota,
        unit: unit?,
        budget,
        source: source.to_owned(),
        as_of,
    })
}

fn id(text: &str) -> Result<String, Told> {
    let is_id = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if text.len() <= ID_CHARS_MAX && text.bytes().all(is_id) {
        return Ok(text.to_owned());
    }
    Err(Told::new(
        format!("{text} ใช้เป็นรหัสไม่ได้ กรุณาใช้ a-z 0-9 และ _ ไม่เกิน {ID_CHARS_MAX} ตัว"),
        format!("{text} cannot be an id: write a-z, 0-9 and _, at most {ID_CHARS_MAX} of them"),
    ))
}

/// A region from a cell; in other files as well.
pub(in crate::planning) fn region(text: &str) -> Result<Region, Told> {
    text.parse().map_err(|_| {
        Told::new(
            format!("ไม่รู้จักพื้นที่ {text} กรุณาใส่ TH รหัสพื้นที่ 2 4 6 หรือ 8 หลัก หรือ group:ชุด/กลุ่ม เช่น group:cluster/north-upper-1"),
            format!("{text} is no region; write TH, an area code of 2, 4, 6 or 8 digits, or group:tree/code"),
        )
    })
}

/// What a cell gets that should be a fiscal year.
pub(in crate::planning) fn no_year(text: &str) -> Told {
    Told::new(
        format!("{text} ไม่ใช่ปีงบประมาณ กรุณาใส่ปี พ.ศ. 4 หลัก เช่น 2562"),
        format!("{text} is no fiscal year; write a Buddhist year of 4 digits, e.g. 2562"),
    )
}

/// What a cell gets that should be a date.
pub(in crate::planning) fn no_date(text: &str) -> Told {
    Told::new(
        format!("{text} ไม่ใช่วันที่ กรุณาใส่แบบ 31/3/2562 หรือ 2019-03-31"),
        format!("{text} is no date; write 31/3/2562 or 2019-03-31"),
    )
}

fn rule(text: &str) -> Result<Rule, Told> {
    let known = Rule::ALL.map(Rule::name).join(", ");
    Rule::named(text).ok_or_else(|| unknown(text, &known))
}

fn ranked_by(text: &str) -> Result<By, Told> {
    match text {
        "housing" => Ok(By::Housing),
        "need" => Ok(By::Need),
        _ => Err(unknown(text, "housing, need")),
    }
}

fn unit(text: &str) -> Result<QuotaUnit, Told> {
    match text {
        "household" => Ok(QuotaUnit::Household),
        "centre" => Ok(QuotaUnit::Centre),
        _ => Err(unknown(text, "household, centre")),
    }
}

/// What a cell gets whose word is not one of those that are known.
pub(in crate::planning) fn unknown(text: &str, known: &str) -> Told {
    Told::new(format!("ไม่รู้จัก {text} ใช้ได้เฉพาะ {known}"), format!("{text} is not known; write one of {known}"))
}

fn twice() -> Told {
    Told::new(
        "โครงการนี้มีปีและพื้นที่เดียวกันอยู่แล้วในแถวก่อนหน้า กรุณาลบออกหนึ่งแถว",
        "an earlier row has this programme, year and region; take one out",
    )
}

/// What a cell gets that should say where a figure is from.
pub(in crate::planning) fn no_source() -> Told {
    Told::new("มีตัวเลขแต่ไม่มีที่มา กรุณาระบุที่มา", "there are figures without a source; say where they are from")
}
