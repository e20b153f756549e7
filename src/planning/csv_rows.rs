//! Rows of a CSV file with known columns, and what is wrong with a file, by row and column.
//!
//! UTF-8 with or without a byte order mark; the first row names the columns, in any order. Rows are counted
//! as a spreadsheet shows them: the header is row 1. Cells are taken without the blanks around them, and
//! rows of empty cells are left out.

use super::told::Told;

/// The most bytes that a file may have.
pub const BYTES_MAX: usize = 1 << 20;
/// The most rows below the header.
pub const ROWS_MAX: usize = 5_000;
/// How much a file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub bytes_max: usize,
    /// Rows below the header.
    pub rows_max: usize,
}

/// How many faults are told; a file with more is seldom mended one by one.
pub const FAULTS_MAX: usize = 100;

/// Something wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFault {
    /// From 1, as a spreadsheet shows it; 0 for the file.
    pub row: u32,
    /// Header of the column; empty for the whole row.
    pub column: String,
    /// What, and what to do.
    pub what: Told,
}

impl CsvFault {
    /// With its place before it.
    #[must_use]
    pub fn told(&self) -> Told {
        let Self { row, column, what: Told { th, en } } = self;
        match (row, column.as_str()) {
            (0, "") => Told::new(th.as_str(), en.as_str()),
            (0, column) => Told::new(format!("คอลัมน์ {column}: {th}"), format!("column {column}: {en}")),
            (row, "") => Told::new(format!("แถวที่ {row}: {th}"), format!("row {row}: {en}")),
            (row, column) => Told::new(
                format!("แถวที่ {row} คอลัมน์ {column}: {th}"),
                format!("row {row}, column {column}: {en}"),
            ),
        }
    }
}

/// A row, its cells in the order of the columns that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CsvRow {
    pub(super) row: u32,
    cells: Vec<String>,
}

impl CsvRow {
    /// Where it stands, as a spreadsheet shows it.
    pub(super) fn number(&self) -> u32 {
        self.row
    }
}

/// The faults of a file so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<CsvFault>);

impl Faults {
    /// Notes one; those after [`FAULTS_MAX`] are not told.
    pub(super) fn push(&mut self, row: u32, column: &str, what: Told) {
        if self.0.len() < FAULTS_MAX {
            self.0.push(CsvFault { row, column: column.to_owned(), what });
        }
    }

    /// `whole` if there is none.
    pub(super) fn or<T>(self, whole: T) -> Result<T, Vec<CsvFault>> {
        if self.0.is_empty() { Ok(whole) } else { Err(self.0) }
    }
}

/// A row being read: cells by column, and the faults that they have.
pub(super) struct Cells<'a> {
    columns: &'a [&'static str],
    row: &'a CsvRow,
    pub(super) faults: &'a mut Faults,
}

impl<'a> Cells<'a> {
    pub(super) fn new(columns: &'a [&'static str], row: &'a CsvRow, faults: &'a mut Faults) -> Self {
        Self { columns, row, faults }
    }

    /// The text of a cell; empty where the file has none.
    pub(super) fn text(&self, column: &str) -> &'a str {
        let at = self.columns.iter().position(|known| *known == column);
        at.and_then(|at| self.row.cells.get(at)).map_or("", String::as_str)
    }

    /// The text of a cell that has to be filled.
    pub(super) fn needed(&mut self, column: &str) -> Option<&'a str> {
        let text = self.text(column);
        if text.is_empty() {
            self.fault(column, Told::new("ช่องนี้ว่าง กรุณากรอก", "the cell is empty; fill it in"));
            return None;
        }
        Some(text)
    }

    /// What a cell holds, if anything; a fault if `read` makes nothing of it.
    pub(super) fn read<T>(
        &mut self,
        column: &str,
        read: impl FnOnce(&'a str) -> Result<T, Told>,
    ) -> Option<T> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        read(text).map_err(|what| self.fault(column, what)).ok()
    }

    /// Notes that a cell is wrong.
    pub(super) fn fault(&mut self, column: &str, what: Told) {
        self.faults.push(self.row.row, column, what);
    }
}

/// A whole number from 0 on; thousands may be parted by commas, digits may be Thai.
pub(super) fn whole_number(text: &str) -> Result<u64, Told> {
    if text.starts_with('-') {
        return Err(Told::new(
            format!("{text} ติดลบไม่ได้ กรุณาใส่ตัวเลขตั้งแต่ 0 ขึ้นไป"),
            format!("{text} is below zero; write a number from 0 on"),
        ));
    }
    let digits = survey_form::thai::bare_digits(text, ",").filter(|digits| !digits.is_empty());
    digits.and_then(|digits| digits.parse().ok()).filter(|number| *number <= NUMBER_MAX).ok_or_else(|| {
        Told::new(
            format!("{text} ไม่ใช่จำนวนเต็ม กรุณาใส่เฉพาะตัวเลข หรือเว้นว่างถ้ายังไม่ทราบ"),
            format!("{text} is no whole number; write digits only, or leave it empty if it is not known"),
        )
    })
}

/// More than a country's baht; sums of many stay within 64 bits.
const NUMBER_MAX: u64 = 100_000_000_000_000;

/// The rows of a file that has exactly these columns.
pub(super) fn rows(content: &[u8], columns: &[&'static str]) -> Result<Vec<CsvRow>, Vec<CsvFault>> {
    rows_within(content, columns, Limits { bytes_max: BYTES_MAX, rows_max: ROWS_MAX })
}

/// As [`rows`], of a file that may have as much as `limits` says.
pub(super) fn rows_within(
    content: &[u8],
    columns: &[&'static str],
    limits: Limits,
) -> Result<Vec<CsvRow>, Vec<CsvFault>> {
    let mut faults = Faults::default();
    if content.len() > limits.bytes_max {
        faults.push(0, "", too_large(limits.bytes_max));
        return faults.or(Vec::new());
    }
    let content = content.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(content);
    let Ok(text) = std::str::from_utf8(content) else {
        faults.push(0, "", not_utf8());
        return faults.or(Vec::new());
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut places: Option<Vec<usize>> = None;
    let mut found = Vec::new();
    let mut width = 0;
    let mut counting = Counting { text, at: 0, row: 1 };
    for record in reader.records() {
        let Ok(record) = record else { break };
        let row = counting.row_of(&record);
        let Some(places) = &places else {
            width = record.len();
            places = Some(header(&record, columns, row, &mut faults));
            continue;
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if record.len() != width {
            faults.push(row, "", uneven(record.len(), width));
            continue;
        }
        if found.len() == limits.rows_max {
            faults.push(row, "", too_many_rows(limits.rows_max));
            break;
        }
        let cells = places.iter().map(|at| record.get(*at).unwrap_or("").trim().to_owned()).collect();
        found.push(CsvRow { row, cells });
    }
    if places.is_none() {
        faults.push(0, "", empty(columns));
    }
    faults.or(found)
}

/// Tells at which row of the spreadsheet a record stands: line breaks inside of cells make no row.
struct Counting<'a> {
    text: &'a str,
    at: usize,
    row: u32,
}

impl Counting<'_> {
    /// Of the record after the last that was asked for.
    fn row_of(&mut self, record: &csv::StringRecord) -> u32 {
        let breaks = |text: &str| u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX);
        let start = record.position().map_or(self.at, |position| position.byte() as usize);
        let rest = self.text.get(start..).unwrap_or("");
        let start = start + (rest.len() - rest.trim_start_matches(['\r', '\n']).len());
        self.row = self.row.saturating_add(breaks(self.text.get(self.at..start).unwrap_or("")));
        self.at = start;
        let row = self.row;
        let inside: u32 = record.iter().map(breaks).sum();
        self.row = row.saturating_sub(inside);
        row
    }
}

/// Where each wanted column stands.
fn header(record: &csv::StringRecord, columns: &[&'static str], row: u32, faults: &mut Faults) -> Vec<usize> {
    let known = columns.join(", ");
    for (at, name) in record.iter().map(str::trim).enumerate() {
        if !columns.contains(&name) {
            faults.push(
                row,
                name,
                Told::new(
                    format!("ไม่รู้จักคอลัมน์นี้ คอลัมน์ที่ใช้ได้คือ {known}"),
                    format!("there is no such column; the columns are {known}"),
                ),
            );
        } else if record.iter().take(at).any(|before| before.trim() == name) {
            faults.push(
                row,
                name,
                Told::new("คอลัมน์นี้ซ้ำ กรุณาลบออกหนึ่งคอลัมน์", "the column is there twice; take one out"),
            );
        }
    }
    let place = |column: &&'static str| record.iter().position(|name| name.trim() == *column);
    for column in columns.iter().filter(|column| place(column).is_none()) {
        faults.push(
            row,
            column,
            Told::new("ไม่มีคอลัมน์นี้ในไฟล์ กรุณาเพิ่ม", "the file does not have this column; add it"),
        );
    }
    columns.iter().filter_map(place).collect()
}

fn too_large(bytes_max: usize) -> Told {
    let mib = bytes_max >> 20;
    Told::new(
        format!("ไฟล์ใหญ่เกิน {mib} MiB กรุณาแบ่งเป็นหลายไฟล์"),
        format!("the file has more than {mib} MiB; divide it"),
    )
}

fn not_utf8() -> Told {
    Told::new(
        "ไฟล์ไม่ได้บันทึกเป็น UTF-8 กรุณาบันทึกใหม่เป็น CSV UTF-8",
        "the file is not UTF-8; save it again as CSV UTF-8",
    )
}

fn empty(columns: &[&str]) -> Told {
    let known = columns.join(", ");
    Told::new(
        format!("ไฟล์ว่างเปล่า แถวแรกต้องเป็นชื่อคอลัมน์ {known}"),
        format!("the file is empty; its first row names the columns {known}"),
    )
}

fn uneven(cells: usize, width: usize) -> Told {
    Told::new(
        format!("มี {cells} ช่อง แต่หัวตารางมี {width} ช่อง กรุณาตรวจเครื่องหมายจุลภาคและอัญประกาศ"),
        format!("there are {cells} cells, and the header has {width}; look at its commas and quotes"),
    )
}

fn too_many_rows(rows_max: usize) -> Told {
    Told::new(
        format!("มีเกิน {rows_max} แถว กรุณาแบ่งเป็นหลายไฟล์"),
        format!("there are more than {rows_max} rows; divide the file"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const COLUMNS: [&str; 2] = ["item", "target"];

    fn faults(content: &[u8]) -> Vec<(u32, String)> {
        rows(content, &COLUMNS).unwrap_err().into_iter().map(|fault| (fault.row, fault.column)).collect()
    }

    #[test]
    fn columns_may_stand_in_any_order_and_rows_are_those_of_a_spreadsheet() {
        let file = "\u{FEFF}target,item\r\n 5 ,\"two\nlines\"\r\n\r\n,\r\n6,x\r\n";
        let read = rows(file.as_bytes(), &COLUMNS).unwrap();
        let cells: Vec<_> = read.iter().map(|row| (row.row, row.cells.clone())).collect();
        let of = |item: &str, target: &str| vec![item.to_owned(), target.to_owned()];
        assert_eq!(cells, [(2, of("two\nlines", "5")), (5, of("x", "6"))]);
    }

    #[test]
    fn a_file_with_other_columns_or_none_is_told_by_column() {
        assert_eq!(faults(b""), [(0, String::new())]);
        assert_eq!(faults(b"item,goal\n"), [(1, "goal".to_owned()), (1, "target".to_owned())]);
        assert_eq!(faults(b"item,target,item\n"), [(1, "item".to_owned())]);
        assert_eq!(faults(b"item,target\na,1\na,1,2\n"), [(3, String::new())]);
        assert_eq!(faults(b"item,target\n\xE1,1\n"), [(0, String::new())]);
        assert_eq!(faults(&vec![b'x'; BYTES_MAX + 1]), [(0, String::new())]);
    }

    #[test]
    fn more_rows_than_the_limit_are_refused() {
        let file = format!("item,target\n{}", "a,1\n".repeat(ROWS_MAX));
        assert_eq!(rows(file.as_bytes(), &COLUMNS).unwrap().len(), ROWS_MAX);
        assert_eq!(faults(format!("{file}b,2\n").as_bytes()).len(), 1);
    }

    #[test]
    fn a_number_is_whole_and_not_below_zero() {
        assert_eq!(whole_number("๑๑,๕๐๐"), Ok(11_500));
        for bad in ["-1", "1.5", "", ",", "x", "1e3", "99999999999999999999"] {
            assert!(whole_number(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_fault_says_its_place_first() {
        let fault =
            CsvFault { row: 3, column: "target".to_owned(), what: Told::new("ว่าง", "it is empty") };
        assert_eq!(fault.told(), Told::new("แถวที่ 3 คอลัมน์ target: ว่าง", "row 3, column target: it is empty"));
    }
}
