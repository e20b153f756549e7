//! Targets and results of programmes: the board of a fiscal year and region.
//!
//! Rows come from a CSV file, all of them or none. Each keeps where its figures are from and for which day
//! they were given: the same figure differs between documents. A result that is not there is not zero. More
//! than a hundred percent is a result like any other.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::OnceLock;

use jiff::civil::Date;

use super::csv_rows::{Cells, CsvFault, Faults, rows, whole_number};
use super::fiscal::{FiscalYear, read_date};
use super::programme::{no_date, no_source, no_year, read_region, unknown};
use super::region::Region;
use super::told::Told;

/// The columns of the file: those of the board that the first figures are from, then where and when they
/// hold.
pub const COLUMNS: [&str; 10] = [
    "item",
    "programme_th",
    "target",
    "actual",
    "unit",
    "pct",
    "fiscal_year_be",
    "region",
    "source",
    "as_of",
];

/// The most characters of a text in a cell.
const TEXT_CHARS_MAX: usize = 300;
/// The most levels of an item's number.
const ITEM_LEVELS_MAX: usize = 6;

/// What a target counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "`Unit::told` says what each is")]
pub enum Unit {
    Household,
    Person,
    Village,
    Tambon,
    Province,
    Region,
    Centre,
    Organisation,
    KnowledgeSet,
    Baht,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Household,
        Self::Person,
        Self::Village,
        Self::Tambon,
        Self::Province,
        Self::Region,
        Self::Centre,
        Self::Organisation,
        Self::KnowledgeSet,
        Self::Baht,
    ];

    /// Its name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Person => "person",
            Self::Village => "village",
            Self::Tambon => "tambon",
            Self::Province => "province",
            Self::Region => "region",
            Self::Centre => "centre",
            Self::Organisation => "organisation",
            Self::KnowledgeSet => "knowledge set",
            Self::Baht => "baht",
        }
    }

    /// In words.
    #[must_use]
    pub fn told(self) -> Told {
        let th = match self {
            Self::Household => "ครัวเรือน",
            Self::Person => "คน",
            Self::Village => "หมู่บ้าน",
            Self::Tambon => "ตำบล",
            Self::Province => "จังหวัด",
            Self::Region => "ภาค/กลุ่มจังหวัด",
            Self::Centre => "ศูนย์",
            Self::Organisation => "องค์กร",
            Self::KnowledgeSet => "ชุดความรู้",
            Self::Baht => "บาท",
        };
        Told::new(th, self.name())
    }
}

/// The number of an item on a board: `2`, `3.2.1`. Numbers are ordered as people count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item(Vec<u16>);

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let levels: Vec<String> = self.0.iter().map(u16::to_string).collect();
        f.write_str(&levels.join("."))
    }
}

/// A percentage to one decimal, halves up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent {
    /// Tenths of a percent.
    pub tenths: u64,
}

impl Percent {
    /// Of a result and its target; `None` where the target is zero.
    #[must_use]
    pub fn of(result: u64, target: u64) -> Option<Self> {
        let (result, target) = (u128::from(result), u128::from(target));
        let tenths = (2_000 * result + target).checked_div(2 * target)?;
        u64::try_from(tenths).ok().map(|tenths| Self { tenths })
    }
}

/// `109.1`
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.tenths / 10, self.tenths % 10)
    }
}

/// A row of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRow {
    /// Its number on the board.
    pub item: Item,
    /// What it counts, in Thai.
    pub programme_th: String,
    /// What is to be reached in the fiscal year.
    pub target: u64,
    /// What was reached until `as_of`; `None` where nobody told.
    pub actual: Option<u64>,
    /// What both count.
    pub unit: Unit,
    /// The fiscal year.
    pub fiscal_year: FiscalYear,
    /// Where.
    pub region: Region,
    /// Where the figures were read.
    pub source: String,
    /// The day for which they were given.
    pub as_of: Date,
}

impl TargetRow {
    /// How much of the target was reached; `None` where no result was told, or nothing was to be reached.
    #[must_use]
    pub fn percent(&self) -> Option<Percent> {
        Percent::of(self.actual?, self.target)
    }

    /// What is still to be reached; `None` where no result was told.
    #[must_use]
    pub fn left(&self) -> Option<u64> {
        Some(self.target.saturating_sub(self.actual?))
    }
}

/// The rows that come with the program: the first half of fiscal year 2562, whole country.
///
/// # Panics
/// If `data/planning/targets.csv` is not what it should be; a test reads it.
#[must_use]
pub fn bundled() -> &'static [TargetRow] {
    static TARGETS: OnceLock<Vec<TargetRow>> = OnceLock::new();
    TARGETS.get_or_init(|| {
        let file = include_bytes!("../../data/planning/targets.csv");
        read(file).expect("the bundled targets are well formed")
    })
}

/// Reads rows from a CSV file: all of them, or what is wrong with the file. An item stands once in a fiscal
/// year and region.
///
/// # Errors
/// Faults by row and column.
pub fn read(content: &[u8]) -> Result<Vec<TargetRow>, Vec<CsvFault>> {
    let mut faults = Faults::default();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows(content, &COLUMNS)? {
        let mut cells = Cells::new(&COLUMNS, &row, &mut faults);
        let Some(target) = target_row(&mut cells) else { continue };
        if seen.insert((target.fiscal_year, target.region.clone(), target.item.clone())) {
            found.push(target);
        } else {
            cells.fault("item", twice(&target.item));
        }
    }
    faults.or(found)
}

/// The board of a fiscal year and region, in the order of its items.
#[must_use]
pub fn board<'a>(rows: &'a [TargetRow], year: FiscalYear, region: &Region) -> Vec<&'a TargetRow> {
    let is_on = |row: &&TargetRow| row.fiscal_year == year && row.region == *region;
    let mut board: Vec<&TargetRow> = rows.iter().filter(is_on).collect();
    board.sort_by(|a, b| a.item.cmp(&b.item));
    board
}

/// Every cell is looked at, so that all faults of a row are told at once.
fn target_row(cells: &mut Cells) -> Option<TargetRow> {
    let item = cells.needed("item").and_then(|_| cells.read("item", item));
    let programme_th = cells.needed("programme_th").and_then(|_| cells.read("programme_th", text));
    let target = cells.needed("target").and_then(|_| cells.read("target", whole_number));
    let actual_is_good = cells.text("actual").is_empty() || whole_number(cells.text("actual")).is_ok();
    let actual = cells.read("actual", whole_number);
    let unit = cells.needed("unit").and_then(|_| cells.read("unit", unit));
    if let (Some(target), true) = (target, actual_is_good) {
        let follows = actual.and_then(|actual| Percent::of(actual, target));
        cells.read("pct", |given| percent_follows(given, follows));
    }
    let year = |text: &str| text.parse::<FiscalYear>().map_err(|_| no_year(text));
    let fiscal_year = cells.needed("fiscal_year_be").and_then(|_| cells.read("fiscal_year_be", year));
    let region = cells.needed("region").and_then(|_| cells.read("region", read_region));
    if cells.text("source").is_empty() {
        cells.fault("source", no_source());
    }
    let source = cells.read("source", text);
    let as_of = |text: &str| read_date(text).ok_or_else(|| no_date(text));
    let as_of = cells.needed("as_of").and_then(|_| cells.read("as_of", as_of));
    Some(TargetRow {
        item: item?,
        programme_th: programme_th?,
        target: target?,
        actual,
        unit: unit?,
        fiscal_year: fiscal_year?,
        region: region?,
        source: source?,
        as_of: as_of?,
    })
}

fn item(text: &str) -> Result<Item, Told> {
    let levels: Option<Vec<u16>> = text.split('.').map(level).collect();
    levels.filter(|levels| levels.len() <= ITEM_LEVELS_MAX).map(Item).ok_or_else(|| {
        Told::new(
            format!("{text} ไม่ใช่เลขข้อ กรุณาใส่แบบ 2 หรือ 3.2.1"),
            format!("{text} is no number of an item; write it as 2 or 3.2.1"),
        )
    })
}

/// Digits only: `+1` and `01` would be other spellings of one number.
fn level(text: &str) -> Option<u16> {
    let well_formed = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    if well_formed { text.parse().ok() } else { None }
}

fn text(text: &str) -> Result<String, Told> {
    let chars = text.chars().count();
    if chars <= TEXT_CHARS_MAX {
        return Ok(text.to_owned());
    }
    Err(Told::new(
        format!("ข้อความยาว {chars} ตัวอักษร กรุณาย่อให้ไม่เกิน {TEXT_CHARS_MAX}"),
        format!("the text has {chars} characters; shorten it to {TEXT_CHARS_MAX}"),
    ))
}

fn unit(text: &str) -> Result<Unit, Told> {
    let known = Unit::ALL.map(Unit::name).join(", ");
    Unit::ALL.into_iter().find(|unit| unit.name() == text).ok_or_else(|| unknown(text, &known))
}

/// Whether a percentage that is given is the one that follows from result and target.
fn percent_follows(given: &str, follows: Option<Percent>) -> Result<(), Told> {
    let Some(follows) = follows else {
        return Err(Told::new(
            format!("มีร้อยละ {given} แต่ไม่มีผล หรือเป้าหมายเป็น 0 กรุณาใส่ผลหรือเว้นร้อยละว่างไว้"),
            format!(
                "{given} percent of what is not told, or of a target of 0; write the result, or no percentage"
            ),
        ));
    };
    let shown = follows.to_string();
    let whole = shown.strip_suffix(".0");
    if given == shown || Some(given) == whole {
        return Ok(());
    }
    Err(Told::new(
        format!("ร้อยละ {given} ไม่ตรงกับผลและเป้าหมายซึ่งคิดได้ {shown} กรุณาตรวจสอบตัวเลข"),
        format!(
            "{given} percent does not follow from result and target, which make {shown}; look at the numbers"
        ),
    ))
}

fn twice(item: &Item) -> Told {
    Told::new(
        format!("ข้อ {item} ของปีและพื้นที่นี้มีอยู่แล้วในแถวก่อนหน้า กรุณาลบออกหนึ่งแถว"),
        format!("an earlier row has item {item} of this year and region; take one out"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const HEADER: &str = "item,programme_th,target,actual,unit,pct,fiscal_year_be,region,source,as_of\n";

    fn faults(rows: &str) -> Vec<(u32, String)> {
        let faults = read(format!("{HEADER}{rows}").as_bytes()).unwrap_err();
        assert!(faults.iter().all(|fault| !fault.told().th.is_ascii()), "{faults:?}");
        faults.into_iter().map(|fault| (fault.row, fault.column)).collect()
    }

    #[test]
    fn the_bundled_rows_come_out_as_the_board_of_their_source() {
        let year = FiscalYear::new(2562).unwrap();
        let board = board(bundled(), year, &Region::Country);
        let shown: Vec<(String, u64, Option<u64>, String)> = board
            .iter()
            .map(|row| {
                let percent = row.percent().map(|percent| percent.to_string()).unwrap_or_default();
                (row.item.to_string(), row.target, row.actual, percent)
            })
            .collect();
        let row =
            |item: &str, target, actual, percent: &str| (item.to_owned(), target, actual, percent.to_owned());
        let expected = [
            row("1.1", 510, Some(172), "33.7"),
            row("1.2", 39, Some(9), "23.1"),
            row("1.3", 5, Some(2), "40.0"),
            row("2.1", 5_500, Some(3_335), "60.6"),
            row("2.2", 11_500, Some(12_543), "109.1"),
            row("2.3", 7_069, Some(3_084), "43.6"),
            row("2.4", 1_000, Some(473), "47.3"),
            row("2.5", 2, None, ""),
            row("3.1", 2_000, Some(1_602), "80.1"),
            row("3.2.1", 534, Some(58), "10.9"),
            row("3.2.2", 1_670, Some(21), "1.3"),
            row("3.3", 1_700, Some(1_481), "87.1"),
            row("4", 400, Some(159), "39.8"),
            row("5", 50, Some(12), "24.0"),
            row("6", 500, Some(134), "26.8"),
        ];
        assert_eq!(shown, expected);
        assert!(board.iter().all(|row| !row.source.is_empty() && row.as_of == date(2019, 3, 31)));
        assert_eq!((board[4].left(), board[7].left(), board[0].left()), (Some(0), None, Some(338)));
    }

    #[test]
    fn each_wrong_cell_is_told_and_nothing_is_taken() {
        let good = "1,ก,10,5,tambon,50.0,2562,TH,ข่าว,31/3/2562\n";
        let at = |row: u32, column: &str| (row, column.to_owned());
        assert_eq!(read(format!("{HEADER}{good}").as_bytes()).unwrap().len(), 1);
        let cases = [
            ("1,ก,-10,5,tambon,50.0,2562,TH,ข่าว,31/3/2562\n", "target"),
            ("2,ก,10,-5,tambon,,2562,TH,ข่าว,31/3/2562\n", "actual"),
            ("2,ก,10,5,tambon,51,2562,TH,ข่าว,31/3/2562\n", "pct"),
            ("2,ก,10,,tambon,0.0,2562,TH,ข่าว,31/3/2562\n", "pct"),
            ("2,ก,0,5,tambon,100,2562,TH,ข่าว,31/3/2562\n", "pct"),
            ("2,ก,10,5,tambons,50,2562,TH,ข่าว,31/3/2562\n", "unit"),
            ("2,ก,10,5,tambon,50,2019,TH,ข่าว,31/3/2562\n", "fiscal_year_be"),
            ("2,ก,10,5,tambon,50,2562,ใต้,ข่าว,31/3/2562\n", "region"),
            ("2,ก,10,5,tambon,50,2562,TH,,31/3/2562\n", "source"),
            ("2,ก,10,5,tambon,50,2562,TH,ข่าว,\n", "as_of"),
            ("2,ก,10,5,tambon,50,2562,TH,ข่าว,31/2/2562\n", "as_of"),
            ("2,,10,5,tambon,50,2562,TH,ข่าว,31/3/2562\n", "programme_th"),
            ("x,ก,10,5,tambon,50,2562,TH,ข่าว,31/3/2562\n", "item"),
            ("1.01,ก,10,5,tambon,50,2562,TH,ข่าว,31/3/2562\n", "item"),
            ("1,ข,10,5,tambon,50,2562,TH,ข่าว,31/3/2562\n", "item"),
        ];
        for (bad, column) in cases {
            assert_eq!(faults(&format!("{good}{bad}")), [at(3, column)], "{bad}");
        }
        assert!(read(format!("{HEADER}{good}1,ก,10,5,tambon,50,2562,16,ข่าว,31/3/2562\n").as_bytes()).is_ok());
        let other_columns = read(b"item,programme_th,target\n").unwrap_err();
        assert_eq!(other_columns.len(), 7, "each column that is not there");
    }

    #[test]
    fn a_result_that_is_not_told_is_not_zero() {
        let rows = "1,ก,10,,tambon,,2562,TH,ข่าว,31/3/2562\n2,ข,10,0,tambon,0,2562,TH,ข่าว,31/3/2562\n";
        let read = read(format!("{HEADER}{rows}").as_bytes()).unwrap();
        assert_eq!(read.iter().map(|row| row.actual).collect::<Vec<_>>(), [None, Some(0)]);
        assert_eq!(read[0].percent(), None);
        assert_eq!(read[1].percent().map(|percent| percent.to_string()).as_deref(), Some("0.0"));
    }

    #[test]
    fn items_are_ordered_as_people_count() {
        let mut items = ["10", "2", "3.10", "3.2", "3"].map(|text| item(text).unwrap());
        items.sort();
        assert_eq!(items.map(|item| item.to_string()), ["2", "3", "3.2", "3.10", "10"]);
    }

    proptest! {
        #[test]
        fn a_percentage_is_the_nearest_tenth(result in 0_u64..1_000_000, target in 1_u64..1_000_000) {
            let tenths = Percent::of(result, target).unwrap().tenths;
            // |tenths / 1000 - result / target| <= 1 / 2000, in whole numbers.
            prop_assert!((tenths * target).abs_diff(1_000 * result) * 2 <= target);
        }
    }
}
