//! What can be wrong with a table from outside, and what to do instead.

use super::Tongue;
use crate::limits::{TABLE_BYTES_MAX, TABLE_CELL_BYTES_MAX, TABLE_COLUMNS_MAX, TABLE_ROWS_MAX};

/// What is wrong with a table or a cell of it. Names and texts are as the author wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "a variant's line says what its fields hold")]
pub enum TableFault {
    /// The file is of another kind; the columns that the form reads.
    NotCsv { found: FileKind, columns: Vec<String> },
    /// The text is not UTF-8.
    NotUtf8,
    /// Nothing is in the file.
    Empty,
    /// More bytes than a table may have.
    TooManyBytes,
    /// More rows than a table may have.
    TooManyRows,
    /// More columns than a table may have.
    TooManyColumns,
    /// A cell with more text than it may have.
    CellTooLong,
    /// A quotation mark that begins the cell and is never closed.
    NeverClosed,
    /// More faults than are told.
    MoreFaults(usize),

    /// A column with cells and without a name.
    Nameless,
    /// Two columns of one name; the letters of the first.
    DuplicateColumn { first: String },
    /// A column that the form reads is missing; the one that may be meant, and those that there are.
    MissingColumn { column: String, similar: Option<String>, found: Vec<String> },

    /// A row with more cells than the header.
    LongRow { columns: usize },
    /// A row with fewer cells than the header.
    ShortRow { cells: usize, columns: usize },
    /// A table without rows under its header.
    NoRows,
    /// A row without the name that would be stored as the answer.
    NoName,
    /// A name with a space, in a table from which several are chosen.
    SpacedName { name: String },
    /// A name that an earlier row has.
    DuplicateName { name: String, first_row: u32 },
}

/// What a file is that is no CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A spreadsheet program's own file.
    Workbook,
    /// XML or HTML.
    Markup,
    /// JSON, GeoJSON among them.
    Json,
}

impl TableFault {
    /// What is wrong and what to do instead.
    #[must_use]
    pub fn told(&self, tongue: Tongue) -> String {
        match tongue {
            Tongue::Thai => self.thai(),
            Tongue::English => self.english(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NotCsv { found: FileKind::Workbook, .. } => {
                "this is a spreadsheet program's own file; save the sheet as “CSV UTF-8” and upload that".into()
            }
            Self::NotCsv { found, columns } => {
                let found = if *found == FileKind::Json { "JSON" } else { "XML" };
                format!(
                    "this is {found}, and tables are read as CSV; write the columns {} in the first row and one \
                     row for each item under it",
                    columns.join(",")
                )
            }
            Self::NotUtf8 => {
                "this is not UTF-8, so Thai cannot be read; in the spreadsheet program save it as “CSV UTF-8”".into()
            }
            Self::Empty => "the file is empty; the first row has to name the columns".into(),
            Self::TooManyBytes => format!("a table may have {} MiB", TABLE_BYTES_MAX / (1024 * 1024)),
            Self::TooManyRows => format!("a table may have {TABLE_ROWS_MAX} rows; leave out what is never chosen"),
            Self::TooManyColumns => format!("a table may have {TABLE_COLUMNS_MAX} columns; leave out the others"),
            Self::CellTooLong => format!(
                "a cell may have {} KiB; perhaps a quotation mark (\") is not closed",
                TABLE_CELL_BYTES_MAX / 1024
            ),
            Self::NeverClosed => {
                "the quotation mark (\") that begins this cell is never closed; close it, or double it if it is \
                 part of the text"
                    .into()
            }
            Self::MoreFaults(count) => format!("{count} further faults are not shown; mend those above first"),
            Self::Nameless => "this column has cells and no name; name it in the first row".into(),
            Self::DuplicateColumn { first } => {
                format!("column {first} has this name as well; rename or take out one of them")
            }
            Self::MissingColumn { column, similar: Some(similar), .. } => {
                format!("the form reads the column “{column}”, which is missing; is “{similar}” meant?")
            }
            Self::MissingColumn { column, similar: None, found } => format!(
                "the form reads the column “{column}”, which is missing; add it, or name another in the form. \
                 There are: {}",
                found.join(", ")
            ),
            Self::LongRow { columns } => format!(
                "this row goes on where the header ends, after {columns} columns; put a text with commas between \
                 quotation marks (\")"
            ),
            Self::ShortRow { cells, columns } => {
                format!("this row has {cells} of {columns} cells; the others are taken as empty")
            }
            Self::NoRows => "there is nothing under the header; nobody could choose anything".into(),
            Self::NoName => "the answer that is stored is missing here; write it, or take the row out".into(),
            Self::SpacedName { name } => format!(
                "“{name}” has a space in it, and several of these can be chosen; write it without, e.g. with _"
            ),
            Self::DuplicateName { name, first_row } => {
                format!("“{name}” stands in row {first_row} already; answers do not tell the two apart")
            }
        }
    }

    fn thai(&self) -> String {
        match self {
            Self::NotCsv { found: FileKind::Workbook, .. } => {
                "ไฟล์นี้เป็นสมุดงานของโปรแกรมตาราง กรุณาบันทึกแผ่นงานเป็น “CSV UTF-8” แล้วส่งไฟล์นั้น".into()
            }
            Self::NotCsv { found, columns } => {
                let found = if *found == FileKind::Json { "JSON" } else { "XML" };
                format!(
                    "ไฟล์นี้เป็น {found} แต่ตารางต้องเป็น CSV กรุณาเขียนคอลัมน์ {} ในแถวแรก แล้วเขียนรายการละหนึ่งแถวต่อลงไป",
                    columns.join(",")
                )
            }
            Self::NotUtf8 => "ไฟล์ไม่ได้เข้ารหัสแบบ UTF-8 จึงอ่านภาษาไทยไม่ได้ กรุณาบันทึกใหม่เป็น “CSV UTF-8”".into(),
            Self::Empty => "ไฟล์ว่างเปล่า แถวแรกต้องเป็นชื่อคอลัมน์".into(),
            Self::TooManyBytes => format!("ตารางใหญ่ได้ไม่เกิน {} MiB", TABLE_BYTES_MAX / (1024 * 1024)),
            Self::TooManyRows => format!("ตารางมีได้ไม่เกิน {TABLE_ROWS_MAX} แถว กรุณาตัดแถวที่ไม่มีใครเลือกออก"),
            Self::TooManyColumns => format!("ตารางมีได้ไม่เกิน {TABLE_COLUMNS_MAX} คอลัมน์ กรุณาตัดคอลัมน์อื่นออก"),
            Self::CellTooLong => format!(
                "ข้อความในหนึ่งเซลล์ยาวได้ไม่เกิน {} KiB อาจลืมปิดเครื่องหมายคำพูด (\")",
                TABLE_CELL_BYTES_MAX / 1024
            ),
            Self::NeverClosed => {
                "เครื่องหมายคำพูด (\") ที่ขึ้นต้นเซลล์นี้ไม่มีตัวปิด กรุณาใส่ตัวปิด หรือพิมพ์ซ้ำสองตัวถ้าเป็นส่วนหนึ่งของข้อความ".into()
            }
            Self::MoreFaults(count) => format!("ยังมีอีก {count} จุดที่ไม่ได้แสดง กรุณาแก้ข้างบนก่อน"),
            Self::Nameless => "คอลัมน์นี้มีข้อมูลแต่ไม่มีชื่อ กรุณาตั้งชื่อในแถวแรก".into(),
            Self::DuplicateColumn { first } => {
                format!("คอลัมน์ {first} ใช้ชื่อนี้แล้ว กรุณาเปลี่ยนชื่อหรือเอาออกหนึ่งคอลัมน์")
            }
            Self::MissingColumn { column, similar: Some(similar), .. } => {
                format!("แบบสำรวจอ่านคอลัมน์ “{column}” แต่ไม่มีในตาราง หมายถึง “{similar}” หรือไม่")
            }
            Self::MissingColumn { column, similar: None, found } => format!(
                "แบบสำรวจอ่านคอลัมน์ “{column}” แต่ไม่มีในตาราง กรุณาเพิ่ม หรือระบุคอลัมน์อื่นในแบบสำรวจ ที่มีคือ {}",
                found.join(", ")
            ),
            Self::LongRow { columns } => {
                format!("แถวนี้มีเซลล์เกินหัวตารางซึ่งมี {columns} คอลัมน์ ข้อความที่มีจุลภาคต้องอยู่ในเครื่องหมายคำพูด (\")")
            }
            Self::ShortRow { cells, columns } => {
                format!("แถวนี้มี {cells} จาก {columns} เซลล์ ที่เหลือถือว่าว่าง")
            }
            Self::NoRows => "ใต้หัวตารางไม่มีแถวข้อมูล จึงไม่มีอะไรให้เลือก".into(),
            Self::NoName => "ไม่มีค่าที่จะเก็บเป็นคำตอบ กรุณาเขียน หรือเอาแถวนี้ออก".into(),
            Self::SpacedName { name } => {
                format!("“{name}” มีช่องว่าง แต่ข้อนี้เลือกได้หลายข้อ กรุณาเขียนให้ติดกัน เช่น ใช้ _")
            }
            Self::DuplicateName { name, first_row } => {
                format!("“{name}” มีแล้วในแถว {first_row} คำตอบจะแยกสองแถวนี้ไม่ได้")
            }
        }
    }
}
