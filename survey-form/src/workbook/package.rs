//! .xlsx: a zip of XML parts, read by calamine after what it would trust has been checked.
//!
//! calamine reserves as many texts as `uniqueCount` says and copies a font's name and a number's format
//! into every cell format; so the whole zip is unpacked once, counting, before calamine unpacks it.

use super::{Gathered, Refusal, shown};
use crate::fault::{Limit, SheetFault};
use crate::limits::{
    CELL_FORMATS_MAX, SHARED_TEXTS_MAX, WORKBOOK_PARTS_MAX, WORKBOOK_SHEETS_MAX, WORKBOOK_UNPACKED_BYTES_MAX,
};
use calamine::{DataRef, Reader, SheetType, Xlsx, XlsxError};
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Bytes of one tag in a part whose texts calamine copies many times.
const STYLE_TAG_BYTES_MAX: usize = 4_096;

pub(super) fn read(bytes: &[u8], into: &mut Gathered) -> Result<(), Refusal> {
    check(bytes)?;
    // calamine is not ours: should it panic on what passed the checks, the file is refused all the same.
    catch_unwind(AssertUnwindSafe(|| read_checked(bytes, into)))
        .unwrap_or_else(|_| Err(Refusal::new(SheetFault::Damaged)))
}

fn read_checked(bytes: &[u8], into: &mut Gathered) -> Result<(), Refusal> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|error| refusal(&error))?;
    let is_worksheet = |sheet: &&calamine::Sheet| sheet.typ == SheetType::WorkSheet;
    let sheets = workbook.sheets_metadata().iter().filter(is_worksheet);
    let names = sheets.map(|sheet| sheet.name.clone()).collect::<Vec<_>>();
    if names.len() > WORKBOOK_SHEETS_MAX {
        return Err(Refusal::limit(Limit::Sheets));
    }
    let is_1904 = workbook.has_1904_epoch();
    for name in names {
        let mut cells = match workbook.worksheet_cells_reader(&name) {
            Ok(cells) => cells,
            Err(XlsxError::NotAWorksheet(_)) => continue,
            Err(error) => return Err(Refusal { sheet: name, ..refusal(&error) }),
        };
        into.sheet(name.clone())?;
        loop {
            let cell = match cells.next_cell() {
                Ok(Some(cell)) => cell,
                Ok(None) => break,
                Err(error) => return Err(Refusal { sheet: name, ..refusal(&error) }),
            };
            let (row, column) = cell.get_position();
            match cell.get_value() {
                DataRef::Empty => {}
                DataRef::String(text) => into.cell(row, column, text)?,
                DataRef::SharedString(text) => into.cell(row, column, text)?,
                DataRef::Bool(true) => into.cell(row, column, "TRUE")?,
                DataRef::Bool(false) => into.cell(row, column, "FALSE")?,
                DataRef::Int(number) => into.cell(row, column, &number.to_string())?,
                DataRef::Float(number) => into.cell(row, column, &shown::number(*number))?,
                DataRef::DateTime(at) if at.is_duration() => {
                    into.cell(row, column, &shown::duration(at.as_f64()))?;
                }
                DataRef::DateTime(at) => into.cell(row, column, &shown::date(at.as_f64(), is_1904))?,
                DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                    into.cell(row, column, text.strip_suffix("T00:00:00").unwrap_or(text))?;
                }
                DataRef::Error(error) => into.cell(row, column, &error.to_string())?,
            }
        }
    }
    Ok(())
}

fn refusal(error: &XlsxError) -> Refusal {
    Refusal::new(match error {
        XlsxError::Password => SheetFault::Protected,
        _ => SheetFault::Damaged,
    })
}

/// Unpacks every part once, into nothing, and looks at those that calamine takes at their word.
fn check(bytes: &[u8]) -> Result<(), Refusal> {
    let damaged = || Refusal::new(SheetFault::Damaged);
    if promised_parts(bytes) > WORKBOOK_PARTS_MAX as u64 {
        return Err(Refusal::limit(Limit::Parts));
    }
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if zip.len() > WORKBOOK_PARTS_MAX {
        return Err(Refusal::limit(Limit::Parts));
    }
    let mut left = WORKBOOK_UNPACKED_BYTES_MAX;
    let mut text = Vec::new();
    for index in 0..zip.len() {
        let part = zip.by_index(index).map_err(|_| damaged())?;
        let name = part.name().map_err(|_| damaged())?.to_ascii_lowercase();
        let is_shared_texts = name.ends_with("sharedstrings.xml");
        let is_styles = name.ends_with("styles.xml") || name.ends_with("theme1.xml");
        text.clear();
        // One byte more than is left, so that exactly the limit still passes.
        let mut part = part.take(left + 1);
        let unpacked = if is_shared_texts || is_styles {
            part.read_to_end(&mut text).map(|bytes| bytes as u64)
        } else {
            std::io::copy(&mut part, &mut std::io::sink())
        };
        let unpacked = unpacked.map_err(|_| damaged())?;
        left = left.checked_sub(unpacked).ok_or_else(|| Refusal::limit(Limit::UnpackedBytes))?;
        if is_shared_texts {
            check_shared_texts(&text)?;
        } else if is_styles {
            check_styles(&text)?;
        }
    }
    Ok(())
}

/// The most parts that any directory in the file claims to have: a zip's end record can be anywhere.
fn promised_parts(bytes: &[u8]) -> u64 {
    let mut most = 0;
    for start in places_of(bytes, b"PK\x05\x06") {
        let count = bytes.get(start + 10..start + 12).and_then(|count| count.try_into().ok());
        // 65,535 says that the larger record has the number.
        let count = count.map_or(0, u16::from_le_bytes);
        most = most.max(if count == u16::MAX { 0 } else { u64::from(count) });
    }
    for start in places_of(bytes, b"PK\x06\x06") {
        let count = bytes.get(start + 32..start + 40).and_then(|count| count.try_into().ok());
        most = most.max(count.map_or(0, u64::from_le_bytes));
    }
    most
}

fn places_of<'a>(bytes: &'a [u8], pattern: &'a [u8; 4]) -> impl Iterator<Item = usize> + 'a {
    bytes.windows(4).enumerate().filter(move |(_, window)| window == pattern).map(|(start, _)| start)
}

/// How many shared texts are promised. Only UTF-8, in which the attribute's name cannot hide.
fn check_shared_texts(xml: &[u8]) -> Result<(), Refusal> {
    let xml = utf8(xml)?;
    for (start, name) in xml.match_indices("uniqueCount") {
        let value = xml[start + name.len()..].trim_start_matches(|letter: char| !letter.is_ascii_digit());
        let digits = value.len() - value.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let count = value[..digits].parse::<usize>().unwrap_or(usize::MAX);
        if digits > 0 && count > SHARED_TEXTS_MAX {
            return Err(Refusal::limit(Limit::SharedTexts));
        }
    }
    if xml.matches("si>").count() + xml.matches("si ").count() > 2 * SHARED_TEXTS_MAX {
        return Err(Refusal::limit(Limit::SharedTexts));
    }
    Ok(())
}

/// How many cell formats there are and how much each may copy.
fn check_styles(xml: &[u8]) -> Result<(), Refusal> {
    let xml = utf8(xml)?;
    let longest = xml.split(['<', '>']).map(str::len).max().unwrap_or(0);
    if xml.matches("xf").count() > 2 * CELL_FORMATS_MAX || longest > STYLE_TAG_BYTES_MAX {
        return Err(Refusal::limit(Limit::CellFormats));
    }
    Ok(())
}

/// Every program that writes .xlsx writes UTF-8.
fn utf8(xml: &[u8]) -> Result<&str, Refusal> {
    let damaged = || Refusal::new(SheetFault::Damaged);
    let xml = std::str::from_utf8(xml).map_err(|_| damaged())?;
    let head = xml.trim_start_matches('\u{feff}').split('>').next().unwrap_or("").to_ascii_lowercase();
    if head.contains("encoding") && !head.contains("utf-8") {
        return Err(damaged());
    }
    Ok(xml)
}
