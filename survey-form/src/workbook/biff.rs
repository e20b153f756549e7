//! .xls of Excel 97 and later: records of the binary format, as far as cells have texts.
//!
//! Not calamine: its reader follows a ring in the file's tables until memory ends, reserves what a
//! sheet claims as its size, and lays every sheet out as a full rectangle. Formulas are not read here,
//! only the results that are saved with them.

use super::compound::Compound;
use super::{Gathered, Refusal, shown};
use crate::fault::{Limit, SheetFault};
use crate::limits::{CELL_FORMATS_MAX, SHARED_TEXTS_MAX, WORKBOOK_SHEETS_MAX, WORKBOOK_TEXT_BYTES_MAX};
use std::collections::BTreeMap;

/// The only version that is read; the byte order of its numbers is little-endian.
const BIFF8: u16 = 0x0600;

mod record {
    pub(super) const FORMULA: u16 = 0x0006;
    pub(super) const END: u16 = 0x000a;
    pub(super) const DATE_MODE: u16 = 0x0022;
    pub(super) const PASSWORD: u16 = 0x002f;
    pub(super) const CONTINUED: u16 = 0x003c;
    pub(super) const SHEET: u16 = 0x0085;
    pub(super) const NUMBERS: u16 = 0x00bd;
    pub(super) const RICH_TEXT: u16 = 0x00d6;
    pub(super) const CELL_FORMAT: u16 = 0x00e0;
    pub(super) const SHARED_TEXTS: u16 = 0x00fc;
    pub(super) const SHARED_TEXT: u16 = 0x00fd;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const TEXT: u16 = 0x0204;
    pub(super) const BOOL_OR_ERROR: u16 = 0x0205;
    pub(super) const FORMULA_TEXT: u16 = 0x0207;
    pub(super) const SHORT_NUMBER: u16 = 0x027e;
    pub(super) const NUMBER_FORMAT: u16 = 0x041e;
    pub(super) const BEGIN: u16 = 0x0809;
}

/// How a number is shown, as far as it matters.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Number,
    Date,
    Duration,
}

/// What holds for the whole workbook.
#[derive(Default)]
struct Globals {
    is_1904: bool,
    shapes: Vec<Shape>,
    texts: Vec<String>,
    sheets: Vec<(usize, String)>,
}

pub(super) fn read(bytes: &[u8], into: &mut Gathered) -> Result<(), Refusal> {
    let file = Compound::open(bytes)?;
    let Some(stream) = file.stream("Workbook")? else {
        let kind = if file.stream("EncryptedPackage")?.is_some() {
            SheetFault::Protected
        } else if file.stream("Book")?.is_some() {
            SheetFault::OldExcel
        } else {
            SheetFault::NotAWorkbook
        };
        return Err(Refusal::new(kind));
    };
    let globals = Globals::read(&stream)?;
    for (start, name) in &globals.sheets {
        into.sheet(name.clone())?;
        let records = stream.get(*start..).ok_or_else(damaged)?;
        read_sheet(records, &globals, into).map_err(|refusal| {
            if refusal.sheet.is_empty() { Refusal { sheet: name.clone(), ..refusal } } else { refusal }
        })?;
    }
    Ok(())
}

impl Globals {
    fn read(stream: &[u8]) -> Result<Self, Refusal> {
        let mut globals = Self::default();
        let mut formats = BTreeMap::new();
        let mut records = Records(stream);
        let first = records.next().ok_or_else(damaged)??;
        if first.kind != record::BEGIN || first.body.u16(0)? != BIFF8 {
            return Err(Refusal::new(SheetFault::OldExcel));
        }
        while let Some(record) = records.next() {
            let Record { kind, body } = record?;
            match kind {
                record::PASSWORD => return Err(Refusal::new(SheetFault::Protected)),
                record::DATE_MODE => globals.is_1904 = body.u16(0)? == 1,
                record::NUMBER_FORMAT => {
                    let format = Letters::of(body.after(2)?).text()?;
                    formats.insert(body.u16(0)?, shape_of(&format));
                }
                record::CELL_FORMAT if globals.shapes.len() >= CELL_FORMATS_MAX => {
                    return Err(Refusal::limit(Limit::CellFormats));
                }
                record::CELL_FORMAT => {
                    let format = body.u16(2)?;
                    globals.shapes.push(formats.get(&format).copied().unwrap_or_else(|| built_in(format)));
                }
                record::SHEET if globals.sheets.len() >= WORKBOOK_SHEETS_MAX => {
                    return Err(Refusal::limit(Limit::Sheets));
                }
                // Of the kinds of sheets, 0 is a worksheet.
                record::SHEET if body.u8(5)? == 0 => {
                    let name = Letters::of(body.after(6)?).short_text()?;
                    globals.sheets.push((body.u32(0)? as usize, name));
                }
                record::SHARED_TEXTS => globals.texts = shared_texts(body, &mut records)?,
                record::END => break,
                _ => {}
            }
        }
        Ok(globals)
    }

    fn shown(&self, number: f64, format: u16) -> String {
        match self.shapes.get(usize::from(format)).unwrap_or(&Shape::Number) {
            Shape::Number => shown::number(number),
            Shape::Date => shown::date(number, self.is_1904),
            Shape::Duration => shown::duration(number),
        }
    }
}

fn read_sheet(stream: &[u8], globals: &Globals, into: &mut Gathered) -> Result<(), Refusal> {
    let mut depth = 0_usize;
    let mut formula_at = (0, 0);
    let mut records = Records(stream);
    while let Some(record) = records.next() {
        let Record { kind, body } = record?;
        match kind {
            // A chart inside the sheet has records of its own.
            record::BEGIN => depth += 1,
            record::END if depth <= 1 => break,
            record::END => depth -= 1,
            _ if depth > 1 => {}
            record::FORMULA_TEXT => {
                let text = Letters::continued(body, &mut records).text()?;
                into.cell(formula_at.0, formula_at.1, &text)?;
            }
            record::NUMBER
            | record::SHORT_NUMBER
            | record::TEXT
            | record::RICH_TEXT
            | record::SHARED_TEXT
            | record::BOOL_OR_ERROR
            | record::FORMULA
            | record::NUMBERS => {
                let (row, column) = (u32::from(body.u16(0)?), u32::from(body.u16(2)?));
                let text = match kind {
                    record::NUMBER => globals.shown(body.f64(6)?, body.u16(4)?),
                    record::SHORT_NUMBER => globals.shown(short_number(body.u32(6)?), body.u16(4)?),
                    record::TEXT | record::RICH_TEXT => Letters::of(body.after(6)?).text()?,
                    record::SHARED_TEXT => {
                        let text = globals.texts.get(body.u32(6)? as usize).ok_or_else(damaged)?;
                        into.cell(row, column, text)?;
                        continue;
                    }
                    record::BOOL_OR_ERROR => bool_or_error(body.u8(6)?, body.u8(7)? == 1),
                    record::NUMBERS => {
                        // Format and number of each cell, then the last column.
                        let cells = body.0.get(4..body.0.len().saturating_sub(2)).ok_or_else(damaged)?;
                        for (column, cell) in (column..).zip(cells.chunks_exact(6)) {
                            let cell = Body(cell);
                            into.cell(row, column, &globals.shown(short_number(cell.u32(2)?), cell.u16(0)?))?;
                        }
                        continue;
                    }
                    // A formula's result is a number, or says what it is instead.
                    _ if body.u16(12)? != 0xffff => globals.shown(body.f64(6)?, body.u16(4)?),
                    _ => match body.u8(6)? {
                        0 => {
                            formula_at = (row, column);
                            continue;
                        }
                        kind @ (1 | 2) => bool_or_error(body.u8(8)?, kind == 2),
                        _ => continue,
                    },
                };
                into.cell(row, column, &text)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn bool_or_error(value: u8, is_error: bool) -> String {
    let text = match (is_error, value) {
        (false, 0) => "FALSE",
        (false, _) => "TRUE",
        (true, 0x00) => "#NULL!",
        (true, 0x07) => "#DIV/0!",
        (true, 0x0f) => "#VALUE!",
        (true, 0x17) => "#REF!",
        (true, 0x1d) => "#NAME?",
        (true, 0x24) => "#NUM!",
        (true, _) => "#N/A",
    };
    text.to_owned()
}

/// A number in 30 bits: a whole one or the upper half of an f64; either may stand for its hundredth.
fn short_number(bits: u32) -> f64 {
    let number = if bits & 2 == 0 {
        f64::from_bits(u64::from(bits & !3) << 32)
    } else {
        f64::from(bits.cast_signed() >> 2)
    };
    if bits & 1 == 0 { number } else { number / 100.0 }
}

/// The shape of a number format that every spreadsheet has.
fn built_in(format: u16) -> Shape {
    match format {
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => Shape::Date,
        46 => Shape::Duration,
        _ => Shape::Number,
    }
}

/// The shape of a format's text: whether letters of dates are in it that are not quoted.
fn shape_of(format: &str) -> Shape {
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => while letters.next().is_some_and(|letter| letter != '"') {},
            '\\' | '_' | '*' => drop(letters.next()),
            '[' => {
                let inside = letters.by_ref().take_while(|&letter| letter != ']').collect::<String>();
                let is_time =
                    inside.chars().all(|letter| matches!(letter, 'h' | 'H' | 'm' | 'M' | 's' | 'S'));
                if is_time && !inside.is_empty() {
                    return Shape::Duration;
                }
            }
            'G' | 'g' if letters.as_str().to_ascii_lowercase().starts_with("eneral") => {
                letters.nth(5);
            }
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return Shape::Date,
            ';' => break,
            _ => {}
        }
    }
    Shape::Number
}

/// The texts that cells share, over as many records as they take.
fn shared_texts<'a>(body: Body<'a>, records: &mut Records<'a>) -> Result<Vec<String>, Refusal> {
    let count = body.u32(4)? as usize;
    if count > SHARED_TEXTS_MAX {
        return Err(Refusal::limit(Limit::SharedTexts));
    }
    let mut letters = Letters::continued(Body(body.after(8)?), records);
    let mut texts = Vec::new();
    let mut bytes = 0;
    for _ in 0..count {
        let text = letters.text()?;
        bytes += text.len();
        if bytes > WORKBOOK_TEXT_BYTES_MAX {
            return Err(Refusal::limit(Limit::TextBytes));
        }
        texts.push(text);
    }
    Ok(texts)
}

struct Record<'a> {
    kind: u16,
    body: Body<'a>,
}

/// The records of a stream: kind, length, body.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_first_chunk::<4>()?;
        let kind = u16::from_le_bytes([head[0], head[1]]);
        let Some((body, rest)) = rest.split_at_checked(usize::from(u16::from_le_bytes([head[2], head[3]])))
        else {
            self.0 = &[];
            return Some(Err(damaged()));
        };
        self.0 = rest;
        Some(Ok(Record { kind, body: Body(body) }))
    }
}

impl<'a> Records<'a> {
    /// The bodies that go on with the record before.
    fn continuations(&mut self) -> Vec<&'a [u8]> {
        let mut bodies = Vec::new();
        while self.0.starts_with(&record::CONTINUED.to_le_bytes()) {
            let Some(Ok(record)) = self.next() else { break };
            bodies.push(record.body.0);
        }
        bodies
    }
}

/// The body of a record.
#[derive(Clone, Copy)]
struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn after(self, start: usize) -> Result<&'a [u8], Refusal> {
        self.0.get(start..).ok_or_else(damaged)
    }

    fn bytes<const N: usize>(self, start: usize) -> Result<[u8; N], Refusal> {
        self.0.get(start..start + N).and_then(|bytes| bytes.try_into().ok()).ok_or_else(damaged)
    }

    fn u8(self, start: usize) -> Result<u8, Refusal> {
        self.bytes::<1>(start).map(|[byte]| byte)
    }

    fn u16(self, start: usize) -> Result<u16, Refusal> {
        self.bytes(start).map(u16::from_le_bytes)
    }

    fn u32(self, start: usize) -> Result<u32, Refusal> {
        self.bytes(start).map(u32::from_le_bytes)
    }

    fn f64(self, start: usize) -> Result<f64, Refusal> {
        self.bytes(start).map(f64::from_le_bytes)
    }
}

/// Texts in the bodies of a record and its continuations. Letters that go on in the next body begin
/// there with a new width.
struct Letters<'a> {
    bodies: std::vec::IntoIter<&'a [u8]>,
    body: &'a [u8],
}

impl<'a> Letters<'a> {
    fn of(body: &'a [u8]) -> Self {
        Self { bodies: Vec::new().into_iter(), body }
    }

    fn continued(body: Body<'a>, records: &mut Records<'a>) -> Self {
        Self { bodies: records.continuations().into_iter(), body: body.0 }
    }

    /// A text whose length takes two bytes.
    fn text(&mut self) -> Result<String, Refusal> {
        let count = u16::from_le_bytes(self.take()?);
        self.letters(usize::from(count))
    }

    /// A text whose length takes one byte.
    fn short_text(&mut self) -> Result<String, Refusal> {
        let [count] = self.take::<1>()?;
        self.letters(usize::from(count))
    }

    fn letters(&mut self, mut count: usize) -> Result<String, Refusal> {
        let [flags] = self.take::<1>()?;
        let runs = if flags & 8 == 0 { 0 } else { usize::from(u16::from_le_bytes(self.take()?)) };
        let phonetic = if flags & 4 == 0 { 0 } else { u32::from_le_bytes(self.take()?) as usize };
        let mut is_wide = flags & 1 == 1;
        let mut units = Vec::new();
        while count > 0 {
            if self.body.is_empty() {
                self.next_body()?;
                let [flags] = self.take::<1>()?;
                is_wide = flags & 1 == 1;
            }
            let width = if is_wide { 2 } else { 1 };
            let here = count.min(self.body.len() / width);
            if here == 0 {
                return Err(damaged());
            }
            let (letters, rest) = self.body.split_at(here * width);
            if is_wide {
                units.extend(letters.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])));
            } else {
                units.extend(letters.iter().map(|&letter| u16::from(letter)));
            }
            self.body = rest;
            count -= here;
        }
        self.skip(4 * runs + phonetic)?;
        Ok(String::from_utf16_lossy(&units))
    }

    /// The next bytes, which never lie in two bodies.
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        if self.body.is_empty() {
            self.next_body()?;
        }
        let (bytes, rest) = self.body.split_first_chunk::<N>().ok_or_else(damaged)?;
        self.body = rest;
        Ok(*bytes)
    }

    fn skip(&mut self, mut count: usize) -> Result<(), Refusal> {
        while count > self.body.len() {
            count -= self.body.len();
            self.next_body()?;
        }
        self.body = &self.body[count..];
        Ok(())
    }

    fn next_body(&mut self) -> Result<(), Refusal> {
        self.body = self.bodies.next().ok_or_else(damaged)?;
        Ok(())
    }
}

fn damaged() -> Refusal {
    Refusal::new(SheetFault::Damaged)
}
