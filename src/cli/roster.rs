//! `samruat import roster`: how many houses each village should have.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader, open_workbook_auto};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use serde_json::json;
use survey_form::thai::{NO_HOUSE_NUMBER, fold_digits, fold_text, house_number};
use sync_protocol::ids::{HouseCode, TambonCode, VillageCode};

use super::{CliError, DatabaseArgs, line};
use crate::area::Areas;
use crate::clock::Clock;
use crate::forms;
use crate::http::credentials::random;
use crate::store::audit;
use crate::store::villages::{self, Expected};
use crate::store::{StoreError, tambons};

/// Faults that are told of one file.
const FAULTS_TOLD: usize = 50;

/// What is imported.
#[derive(Debug, Subcommand)]
pub(super) enum Import {
    Roster(Roster),
}

/// Import the houses that each village should have, from CSV or Excel.
///
/// One row for each house, with the columns
///   village (รหัสหมู่บ้าน, 8 digits), or moo (หมู่ที่) with --tambon
///   house_no (บ้านเลขที่), house_code (รหัสประจำบ้าน): one of them or both
/// or one row for each village, with
///   village (รหัสหมู่บ้าน), houses (จำนวนบ้าน), name (ชื่อหมู่บ้าน)
///
/// Only numbers are kept, for the coverage of the survey: no name of a person (head_name,
/// หัวหน้าครัวเรือน) is read. A village that is in the file takes the place of what was known of it. If
/// a row has a fault, every fault is told and nothing is imported.
///
///   samruat import roster aranyik.xlsx
///   samruat import roster houses.csv --tambon 650117
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Roster {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The file: .csv (commas, semicolons, tabs or pipes), .xlsx, .xls or .ods
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The tambon of rows that tell the number of the village only
    #[arg(long, value_name = "CODE")]
    tambon: Option<TambonCode>,
}

/// What is wrong with a roster.
#[derive(Debug)]
pub(super) enum RosterError {
    Unreadable { file: String, reason: String },
    Columns { file: String, found: String },
    Faults { file: String, faults: Vec<Fault> },
    Empty { file: String },
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    row: usize,
    what: String,
}

impl fmt::Display for RosterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, reason } => write!(f, "{file} cannot be read: {reason}"),
            Self::Columns { file, found } => write!(
                f,
                "{file} lacks a column: it needs village (รหัสหมู่บ้าน), or moo (หมู่ที่) with --tambon, and house_no \
                 (บ้านเลขที่), house_code (รหัสประจำบ้าน) or houses (จำนวนบ้าน); found: {found}"
            ),
            Self::Empty { file } => write!(f, "{file} has no rows / ไม่มีข้อมูลในไฟล์"),
            Self::Faults { file, faults } => {
                write!(f, "{file}: nothing was imported, {} rows have faults / ไม่ได้นำเข้า", faults.len())?;
                for fault in faults.iter().take(FAULTS_TOLD) {
                    write!(f, "\n  row {} / แถวที่ {}: {}", fault.row, fault.row, fault.what)?;
                }
                if faults.len() > FAULTS_TOLD {
                    write!(f, "\n  … {} more", faults.len() - FAULTS_TOLD)?;
                }
                Ok(())
            }
        }
    }
}

impl Import {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let Self::Roster(roster) = self;
        roster.run(json, clock)
    }
}

impl Roster {
    fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let spinner = ProgressBar::new_spinner().with_message("import");
        let file = self.file.display().to_string();
        let rows = rows_of(&self.file)?;
        let villages = read(&file, &rows, self.tambon).map_err(CliError::Roster)?;
        let database = self.database.open_or_make()?;
        let now = clock.now();
        let source =
            self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let expected: Vec<Expected> = villages
            .into_iter()
            .map(|(village, known)| Expected {
                village,
                name_th: known.name,
                houses: known.houses,
                source: source.clone(),
                imported_at: now,
            })
            .collect();
        let told = told(&expected, &file, json);
        let mut lines = BTreeMap::new();
        for tambon in expected.iter().map(|expected| expected.village.tambon()) {
            let line = line(now, "roster.import", &tambon.to_string(), &json!({ "source": source }))?;
            lines.insert(tambon, (line, random()?));
        }
        // One transaction: all villages, or none.
        database.write(move |tx| -> Result<(), StoreError> {
            for (tambon, (line, epoch)) in &lines {
                tambons::ensure(tx, *tambon, *epoch, now)?;
                audit::append(tx, *tambon, line)?;
            }
            for expected in &expected {
                villages::expect(tx, expected)?;
            }
            for tambon in lines.keys() {
                tambons::lock(tx, *tambon)?;
                forms::note(tx, *tambon)?;
            }
            Ok(())
        })?;
        spinner.finish_and_clear();
        Ok(told)
    }
}

fn told(expected: &[Expected], file: &str, json: bool) -> String {
    let houses: u64 = expected.iter().map(|expected| u64::from(expected.houses)).sum();
    if json {
        let villages: Vec<_> = expected
            .iter()
            .map(|expected| {
                json!({ "village": expected.village.to_string(), "name_th": expected.name_th, "expected": expected.houses })
            })
            .collect();
        return json!({ "file": file, "houses": houses, "villages": villages }).to_string();
    }
    let count = expected.len();
    let mut lines = vec![format!(
        "นำเข้าบ้าน {houses} หลัง ใน {count} หมู่บ้าน / imported {houses} houses in {count} villages"
    )];
    lines.extend(expected.iter().map(|expected| {
        let name = expected.name_th.as_deref().unwrap_or_default();
        format!("  {}  {:>5}  {name}", expected.village, expected.houses)
    }));
    lines.join("\n")
}

/// What a roster says of a village.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Known {
    houses: u32,
    name: Option<String>,
}

/// The cells of a file, with the number of each row as a spreadsheet shows it.
type Rows = Vec<(usize, Vec<String>)>;

fn rows_of(path: &Path) -> Result<Rows, CliError> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("xlsx" | "xls" | "ods" | "xlsm" | "xlsb") => sheet_rows(path),
        _ => {
            let bytes = fs::read(path).map_err(|error| CliError::file(path, error))?;
            csv_rows(&bytes).map_err(|reason| unreadable(path, reason))
        }
    }
}

fn unreadable(path: &Path, reason: impl ToString) -> CliError {
    CliError::Roster(RosterError::Unreadable { file: path.display().to_string(), reason: reason.to_string() })
}

fn sheet_rows(path: &Path) -> Result<Rows, CliError> {
    fs::metadata(path).map_err(|error| CliError::file(path, error))?;
    let mut workbook = open_workbook_auto(path).map_err(|error| unreadable(path, error))?;
    let sheet = workbook.worksheet_range_at(0).ok_or_else(|| unreadable(path, "it has no sheet"))?;
    let sheet = sheet.map_err(|error| unreadable(path, error))?;
    let first = sheet.start().map_or(1, |(row, _)| row as usize + 1);
    Ok((first..).zip(sheet.rows()).map(|(row, cells)| (row, cells.iter().map(cell_text).collect())).collect())
}

fn cell_text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        // A spreadsheet takes the house number 12/3 for a date.
        Data::DateTime(_) | Data::DateTimeIso(_) => DATE.to_owned(),
        other => other.to_string().trim().to_owned(),
    }
}

/// What stands for a cell that the spreadsheet made a date of.
const DATE: &str = "\u{0}date";

fn csv_rows(bytes: &[u8]) -> Result<Rows, String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{FEFF}').to_owned(),
        Err(_) => thai_code_page(bytes).ok_or("it is not UTF-8; save it as \"CSV UTF-8\"")?,
    };
    let head = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b'|', b';', b'\t']
        .into_iter()
        .max_by_key(|delimiter| head.bytes().filter(|byte| byte == delimiter).count());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter.unwrap_or(b','))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let row = record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(0));
        rows.push((row, record.iter().map(|cell| cell.trim().to_owned()).collect()));
    }
    Ok(rows)
}

/// Reads the code page in which a Thai Windows saves CSV (874, of which TIS-620 is the most).
fn thai_code_page(bytes: &[u8]) -> Option<String> {
    let read = |byte: &u8| match byte {
        0..=0x7F => Some(char::from(*byte)),
        0xA0 => Some(' '),
        0xA1..=0xDA | 0xDF..=0xFB => char::from_u32(0x0E00 + u32::from(*byte) - 0xA0),
        _ => None,
    };
    bytes.iter().map(read).collect()
}

/// Where the columns are.
#[derive(Debug, Default, PartialEq, Eq)]
struct Columns {
    village: Option<usize>,
    moo: Option<usize>,
    house_no: Option<usize>,
    house_code: Option<usize>,
    houses: Option<usize>,
    name: Option<usize>,
}

impl Columns {
    fn read(head: &[String]) -> Self {
        let mut columns = Self::default();
        for (at, heading) in head.iter().enumerate() {
            let heading = fold_text(heading).to_lowercase().replace([' ', '-'], "_");
            let column = match heading.as_str() {
                "village" | "village_code" | "ccaattmm_code" | "รหัสหมู่บ้าน" => {
                    &mut columns.village
                }
                "moo" | "หมู่ที่" | "หมู่" => &mut columns.moo,
                "house_no" | "บ้านเลขที่" | "เลขที่บ้าน" => {
                    &mut columns.house_no
                }
                "house_code" | "รหัสประจำบ้าน" | "รหัสบ้าน" => {
                    &mut columns.house_code
                }
                "houses" | "house" | "จำนวนบ้าน" | "จำนวนหลังคาเรือน" | "จำนวนครัวเรือน" => {
                    &mut columns.houses
                }
                "name" | "village_name" | "ชื่อหมู่บ้าน" | "หมู่บ้าน" => {
                    &mut columns.name
                }
                _ => continue,
            };
            column.get_or_insert(at);
        }
        columns
    }

    fn suffice(&self, tambon: Option<TambonCode>) -> bool {
        let place = self.village.is_some() || (self.moo.is_some() && tambon.is_some());
        place && (self.houses.is_some() || self.house_no.is_some() || self.house_code.is_some())
    }
}

/// What a roster says of each village; or every fault in it.
fn read(
    file: &str,
    rows: &Rows,
    tambon: Option<TambonCode>,
) -> Result<BTreeMap<VillageCode, Known>, RosterError> {
    let mut rows = rows.iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
    let empty = || RosterError::Empty { file: file.to_owned() };
    let (_, head) = rows.next().ok_or_else(empty)?;
    let columns = Columns::read(head);
    if !columns.suffice(tambon) {
        return Err(RosterError::Columns { file: file.to_owned(), found: head.join(", ") });
    }
    let mut reading = Reading { columns, tambon, villages: BTreeMap::new(), seen: BTreeMap::new() };
    let mut faults = Vec::new();
    for (row, cells) in rows {
        if let Err(what) = reading.take(*row, cells) {
            faults.push(Fault { row: *row, what });
        }
    }
    if !faults.is_empty() {
        return Err(RosterError::Faults { file: file.to_owned(), faults });
    }
    if reading.villages.is_empty() { Err(empty()) } else { Ok(reading.villages) }
}

struct Reading {
    columns: Columns,
    tambon: Option<TambonCode>,
    villages: BTreeMap<VillageCode, Known>,
    /// Which row named a house, or a village, first.
    seen: BTreeMap<(VillageCode, String), usize>,
}

impl Reading {
    fn take(&mut self, row: usize, cells: &[String]) -> Result<(), String> {
        let cell = |column: Option<usize>| {
            column.and_then(|at| cells.get(at)).map(String::as_str).filter(|text| !text.is_empty())
        };
        let village = self.village(cell(self.columns.village), cell(self.columns.moo))?;
        let (houses, key) = if self.columns.houses.is_some() {
            (count(cell(self.columns.houses))?, Some(String::new()))
        } else {
            (1, house(cell(self.columns.house_no), cell(self.columns.house_code))?)
        };
        if let Some(key) = key {
            let what = if key.is_empty() { "the village".to_owned() } else { key.clone() };
            if let Some(first) = self.seen.insert((village, key), row) {
                return Err(format!("{what} is listed in row {first} already / ซ้ำกับแถวที่ {first}"));
            }
        }
        let name = cell(self.columns.name).map(|name| fold_text(name).into_owned());
        let known = self.villages.entry(village).or_default();
        known.houses = known.houses.saturating_add(houses);
        known.name = known.name.take().or(name);
        Ok(())
    }

    fn village(&self, code: Option<&str>, moo: Option<&str>) -> Result<VillageCode, String> {
        let village = match (code, moo, self.tambon) {
            (Some(code), ..) => {
                let code = fold_digits(code);
                code.parse()
                    .map_err(|_| format!("{code:?} is not a village code of 8 digits / รหัสหมู่บ้านต้องมี 8 หลัก"))?
            }
            (None, Some(moo), Some(tambon)) => {
                let number = fold_digits(moo).parse::<u8>().ok().filter(|number| (1..=99).contains(number));
                let number =
                    number.ok_or_else(|| format!("{moo:?} is not a village's number / หมู่ที่ไม่ถูกต้อง"))?;
                VillageCode::new(tambon, number)
            }
            _ => return Err("the village is missing / ไม่มีรหัสหมู่บ้าน".to_owned()),
        };
        if Areas::bundled().contains(village.into()) {
            Ok(village)
        } else {
            Err(format!("there is no tambon {} / ไม่มีรหัสตำบล {}", village.tambon(), village.tambon()))
        }
    }
}

fn count(cell: Option<&str>) -> Result<u32, String> {
    let text = fold_digits(cell.unwrap_or_default()).replace(',', "");
    let number = text.parse::<u32>().ok().filter(|number| *number <= 100_000);
    number.ok_or_else(|| format!("{text:?} is not a number of houses / จำนวนบ้านไม่ถูกต้อง"))
}

/// What tells this house from the others of its village, if anything does.
fn house(number: Option<&str>, code: Option<&str>) -> Result<Option<String>, String> {
    if number == Some(DATE) || code == Some(DATE) {
        return Err("the spreadsheet made a date of the house number; format the column as text / \
                    โปรแกรมเปลี่ยนบ้านเลขที่เป็นวันที่ กรุณาตั้งคอลัมน์เป็นข้อความ"
            .to_owned());
    }
    let code = code.map(|code| {
        let code = fold_digits(code);
        code.parse::<HouseCode>()
            .map_err(|_| format!("{code:?} is not a house code of 11 digits / รหัสประจำบ้านต้องมี 11 หลัก"))
    });
    let code = code.transpose()?;
    let number = number
        .map(|number| {
            house_number(number).ok_or_else(|| format!("{number:?} is not a house number / บ้านเลขที่ไม่ถูกต้อง"))
        })
        .transpose()?;
    match (code, number) {
        (Some(code), _) => Ok(Some(code.to_string())),
        (None, Some(number)) if number == NO_HOUSE_NUMBER => Ok(None),
        (None, Some(number)) => Ok(Some(number.into_owned())),
        (None, None) => Err("the house has neither number nor code / ไม่มีบ้านเลขที่และรหัสประจำบ้าน".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read_csv(
        text: &str,
        tambon: Option<&str>,
    ) -> Result<BTreeMap<String, (u32, Option<String>)>, RosterError> {
        let rows = csv_rows(text.as_bytes()).unwrap();
        let villages = read("roster.csv", &rows, tambon.map(|code| code.parse().unwrap()))?;
        Ok(villages
            .into_iter()
            .map(|(village, known)| (village.to_string(), (known.houses, known.name)))
            .collect())
    }

    #[test]
    fn houses_are_counted_by_village() {
        let thai = "\u{FEFF}รหัสหมู่บ้าน,บ้านเลขที่,รหัสประจำบ้าน,ชื่อหัวหน้าครัวเรือน\r\n\
                    65011704,12/3,65010001234,บุญมี ทองดี\r\n65011704,๑๒/๔,,\r\n65011705,1,,\r\n65011704,ไม่มีเลขที่,,\r\n65011704,ไม่มีเลขที่,,\r\n";
        let villages = read_csv(thai, None).unwrap();
        assert_eq!(villages["65011704"], (4, None));
        assert_eq!(villages["65011705"], (1, None));

        let by_number = read_csv("moo;house_no\n4;1\n4;2\n๕;1\n", Some("650117")).unwrap();
        assert_eq!((by_number["65011704"].0, by_number["65011705"].0), (2, 1));
    }

    #[test]
    fn villages_with_counts_are_taken_as_they_are() {
        let villages = read_csv("CCAATTMM-CODE|ชื่อหมู่บ้าน|HOUSE\n65011704|บ้านอรัญญิก|1,204\n", None).unwrap();
        assert_eq!(villages["65011704"], (1_204, Some("บ้านอรัญญิก".to_owned())));
    }

    #[test]
    fn every_fault_is_told_by_its_row() {
        let text = "village,house_no\n65011704,12/3\n6501170,1\n65011704,12/3\n99999901,2\n65011704,\n65011704,บ้าน\n";
        let Err(RosterError::Faults { faults, .. }) = read_csv(text, None) else { panic!("it has faults") };
        assert_eq!(faults.iter().map(|fault| fault.row).collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
        assert!(faults[1].what.contains("row 2"), "{}", faults[1].what);
        assert!(matches!(read_csv("a,b\n1,2\n", None), Err(RosterError::Columns { .. })));
        assert!(matches!(read_csv("moo,house_no\n4,1\n", None), Err(RosterError::Columns { .. })));
        assert!(matches!(read_csv("village,house_no\n", None), Err(RosterError::Empty { .. })));
        assert!(matches!(read_csv("", None), Err(RosterError::Empty { .. })));
    }

    #[test]
    fn a_thai_windows_file_is_read() {
        assert_eq!(thai_code_page(&[0xCB, 0xC1, 0xD9, 0xE8, b' ', b'4']).unwrap(), "หมู่ 4");
        assert_eq!(thai_code_page(&[0xFF]), None);
    }
}
