//! Tables from outside: which a form reads and what of them, and the CSV files that they come as.
//!
//! A table is UTF-8 with or without a byte order mark, its first row names the columns, and what separates
//! them is a comma (or, where the header has no comma, a semicolon or a tab). Cells are taken without the
//! blanks around them; rows of empty cells are left out. Faults name row and column as a spreadsheet shows
//! them.
//!
//! ```
//! # let form = survey_form::model::Form::default();
//! for (name, reads) in survey_form::table::read_by(&form) {
//!     let read = survey_form::table::read(b"name,label\nv4,Ban Dong\n", &reads);
//!     println!("{name}: {} faults", read.faults.len());
//! }
//! ```

use crate::engine::{ChoiceValues, expressions};
use crate::expr::{Expr, Function, ItemSource, TableRows, closest};
use crate::fault::{Fault, FaultKind, FileKind, Place, Severity, TableFault, letters};
use crate::limits::{
    TABLE_BYTES_MAX, TABLE_CELL_BYTES_MAX, TABLE_COLUMNS_MAX, TABLE_FAULTS_MAX, TABLE_ROWS_MAX,
};
use crate::model::{ChoiceSource, Form, Kind};
use csv_core::{ReadFieldResult, Reader, ReaderBuilder};
use light::Map;

/// What a form reads of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// The file that the form names: `villages.csv`.
    pub file: String,
    /// The columns that it names, those of the choices first.
    pub columns: Vec<String>,
    /// The columns whose cells are stored as answers, and whether several of one can be.
    stored: Map<String, bool>,
}

/// What became of a table's file.
#[derive(Debug, Clone, Default)]
pub struct Read {
    /// The table; `None` where a fault is an error.
    pub rows: Option<TableRows>,
    /// What is wrong, by row and column; the place names the file.
    pub faults: Vec<Fault>,
}

/// The tables that a form reads, by instance name, each once.
#[must_use]
pub fn read_by(form: &Form) -> Map<&str, Reads> {
    let reads = |file: &str| Reads { file: file.to_owned(), ..Reads::default() };
    let tables = form.tables.iter().map(|(name, table)| (name.as_str(), reads(&table.file)));
    let mut found = Found(tables.collect());
    for field in &form.fields {
        if let Some(ChoiceSource::Table { table, value, label }) = field.kind.choices() {
            found.column(table, value);
            found.column(table, label);
            if let Some(reads) = found.0.get_mut(table.as_str()) {
                *reads.stored.entry(value.clone()).or_default() |= !matches!(field.kind, Kind::SelectOne(_));
            }
        }
    }
    let choices = ChoiceValues::of(form);
    for field in &form.fields {
        for expr in expressions(&choices, field) {
            found.within(expr, None);
        }
        // Bare names in a filter are columns of what is chosen from.
        if let (Some(ChoiceSource::Table { table, .. }), Some(filter)) =
            (field.kind.choices(), &field.choice_filter)
        {
            found.within(filter, Some(table));
        }
    }
    if let Some(expr) = &form.instance_name {
        found.within(expr, None);
    }
    found.0
}

/// The tables of a form, while its expressions are gone through.
struct Found<'a>(Map<&'a str, Reads>);

impl Found<'_> {
    fn column(&mut self, table: &str, column: &str) {
        if let Some(reads) =
            self.0.get_mut(table).filter(|reads| !reads.columns.iter().any(|it| it == column))
        {
            reads.columns.push(column.to_owned());
        }
    }

    /// Finds the columns that an expression names; bare names in it are of the table `tested`.
    fn within(&mut self, expr: &Expr, tested: Option<&str>) {
        match expr {
            Expr::Number(_) | Expr::Text(_) | Expr::Nothing => {}
            Expr::Column(column) => {
                if let Some(table) = tested {
                    self.column(table, column);
                }
            }
            Expr::Call(function, arguments) => {
                if let (Function::Pulldata, [Expr::Text(table), Expr::Text(column), Expr::Text(key), ..]) =
                    (function, arguments.as_slice())
                {
                    self.column(table, column);
                    self.column(table, key);
                }
                arguments.iter().for_each(|argument| self.within(argument, tested));
            }
            Expr::Field(path) => path.tests.iter().for_each(|test| self.within(&test.keep, tested)),
            Expr::Items(items) => {
                let own = match &items.source {
                    ItemSource::Table(table) => Some(table.as_str()),
                    ItemSource::List(_) => None,
                };
                if let (Some(table), Some(column)) = (own, &items.column) {
                    self.column(table, column);
                }
                items.tests.iter().for_each(|test| self.within(test, own));
            }
        }
    }
}

/// Reads a table's file for a form that reads this of it.
#[must_use]
pub fn read(bytes: &[u8], reads: &Reads) -> Read {
    let mut reading = Reading { reads, faults: Vec::new(), more: 0, more_is_error: false };
    let rows = reading.table(bytes);
    let is_table = !reading.more_is_error && reading.faults.iter().all(|it| it.severity == Severity::Warning);
    Read { rows: rows.filter(|_| is_table), faults: reading.finish() }
}

/// The faults of a file so far.
struct Reading<'a> {
    reads: &'a Reads,
    faults: Vec<Fault>,
    more: usize,
    more_is_error: bool,
}

/// A place in the file.
#[derive(Clone, Copy)]
struct At<'a> {
    row: u32,
    column: usize,
    header: &'a str,
}

/// Somewhere in the file.
const ANYWHERE: At<'static> = At { row: 0, column: 0, header: "" };

impl Reading<'_> {
    fn error(&mut self, at: At<'_>, kind: TableFault) {
        self.tell(at, Severity::Error, kind);
    }

    fn tell(&mut self, at: At<'_>, severity: Severity, kind: TableFault) {
        if self.faults.len() >= TABLE_FAULTS_MAX {
            self.more += 1;
            self.more_is_error |= severity == Severity::Error;
            return;
        }
        let place = Place {
            sheet: self.reads.file.clone(),
            row: at.row,
            column: u32::try_from(at.column).unwrap_or(u32::MAX),
            header: at.header.to_owned(),
        };
        self.faults.push(Fault { place, severity, kind: FaultKind::Table(kind) });
    }

    fn finish(mut self) -> Vec<Fault> {
        light::sort_by_key(&mut self.faults, |fault| (fault.place.row, fault.place.column));
        if self.more > 0 {
            let severity = if self.more_is_error { Severity::Error } else { Severity::Warning };
            let place = Place { sheet: self.reads.file.clone(), ..Place::default() };
            let kind = FaultKind::Table(TableFault::MoreFaults(self.more));
            self.faults.push(Fault { place, severity, kind });
        }
        self.faults
    }

    fn table(&mut self, bytes: &[u8]) -> Option<TableRows> {
        if bytes.len() > TABLE_BYTES_MAX {
            self.error(ANYWHERE, TableFault::TooManyBytes);
            return None;
        }
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if let Some(found) = other_kind(text) {
            self.error(ANYWHERE, TableFault::NotCsv { found, columns: self.reads.columns.clone() });
            return None;
        }
        // Byte order marks of UTF-16.
        if text.starts_with(b"\xFF\xFE") || text.starts_with(b"\xFE\xFF") {
            self.error(ANYWHERE, TableFault::NotUtf8);
            return None;
        }
        let mut lines = Lines::new(text);
        let Some((at, mut columns)) = self.next(&mut lines)? else {
            self.error(ANYWHERE, TableFault::Empty);
            return None;
        };
        while columns.last().is_some_and(String::is_empty) {
            columns.pop();
        }
        self.check_header(at, &columns);
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut numbers: Vec<u32> = Vec::new();
        while let Some((number, row)) = self.next(&mut lines)? {
            if rows.len() == TABLE_ROWS_MAX {
                self.error(At { row: number, ..ANYWHERE }, TableFault::TooManyRows);
                return None;
            }
            rows.push(self.fitted(number, row, &columns));
            numbers.push(number);
        }
        if rows.is_empty() {
            self.tell(ANYWHERE, Severity::Warning, TableFault::NoRows);
        }
        for (column, several) in &self.reads.stored {
            if let Some(place) = columns.iter().position(|name| name == column) {
                self.check_names((place, column), *several, &rows, &numbers);
            }
        }
        // Cells under no name were told of; without any the column is not there.
        if columns.iter().any(String::is_empty) {
            let is_named: Vec<bool> = columns.iter().map(|name| !name.is_empty()).collect();
            for row in std::iter::once(&mut columns).chain(&mut rows) {
                let mut named = is_named.iter();
                row.retain(|_| named.next().is_some_and(|named| *named));
            }
        }
        Some(TableRows::new(columns, rows))
    }

    /// The next row that holds something, with its number. `None` where reading cannot go on.
    #[expect(clippy::option_option, reason = "an end and a failure are two things")]
    fn next(&mut self, lines: &mut Lines<'_>) -> Option<Option<(u32, Vec<String>)>> {
        loop {
            match lines.next() {
                Ok(None) => return Some(None),
                Ok(Some(cells)) if cells.iter().all(String::is_empty) => {}
                Ok(Some(cells)) => return Some(Some((lines.row, cells))),
                Err((column, fault)) => {
                    self.error(At { row: lines.row, column, header: "" }, fault);
                    return None;
                }
            }
        }
    }

    fn check_header(&mut self, row: u32, columns: &[String]) {
        let mut seen: Map<&str, usize> = Map::new();
        for (column, name) in (1..).zip(columns).filter(|(_, name)| !name.is_empty()) {
            let first = *seen.entry(name).or_insert(column);
            if first != column {
                let first = letters(u32::try_from(first).unwrap_or(0));
                self.error(At { row, column, header: name }, TableFault::DuplicateColumn { first });
            }
        }
        for column in &self.reads.columns {
            if !seen.contains_key(column.as_str()) {
                let similar = closest(column, seen.keys().copied()).map(str::to_owned);
                let found = columns.iter().filter(|name| !name.is_empty()).cloned().collect();
                let kind = TableFault::MissingColumn { column: column.clone(), similar, found };
                self.error(At { row, ..ANYWHERE }, kind);
            }
        }
    }

    /// A row with as many cells as there are columns.
    fn fitted(&mut self, row: u32, mut cells: Vec<String>, columns: &[String]) -> Vec<String> {
        if cells.len() < columns.len() {
            let kind = TableFault::ShortRow { cells: cells.len(), columns: columns.len() };
            self.tell(At { row, ..ANYWHERE }, Severity::Warning, kind);
        }
        let filled = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        if filled > columns.len() {
            let kind = TableFault::LongRow { columns: columns.len() };
            self.error(At { row, column: columns.len() + 1, header: "" }, kind);
        }
        cells.truncate(columns.len());
        for (column, (name, cell)) in (1..).zip(columns.iter().zip(&cells)) {
            if name.is_empty() && !cell.is_empty() {
                self.error(At { row, column, header: "" }, TableFault::Nameless);
            }
        }
        cells
    }

    /// The cells that are stored as answers.
    fn check_names(
        &mut self,
        (place, header): (usize, &str),
        several: bool,
        rows: &[Vec<String>],
        numbers: &[u32],
    ) {
        let name_of = |row: usize| rows[row].get(place).map_or("", String::as_str);
        let mut by_name: Vec<usize> = (0..rows.len()).collect();
        light::sort_by(&mut by_name, |one, other| name_of(*one).cmp(name_of(*other)));
        let mut first_rows = numbers.to_vec();
        for same in by_name.chunk_by(|one, other| name_of(*one) == name_of(*other)) {
            same.iter().for_each(|row| first_rows[*row] = numbers[same[0]]);
        }
        for (index, row) in numbers.iter().enumerate() {
            let at = At { row: *row, column: place + 1, header };
            let name = name_of(index);
            if name.is_empty() {
                self.error(at, TableFault::NoName);
                continue;
            }
            if several && name.contains(char::is_whitespace) {
                self.error(at, TableFault::SpacedName { name: name.to_owned() });
            }
            let first_row = first_rows[index];
            if first_row != *row {
                let kind = TableFault::DuplicateName { name: name.to_owned(), first_row };
                self.tell(at, Severity::Warning, kind);
            }
        }
    }
}

/// What a file is that does not begin as a CSV does.
fn other_kind(text: &[u8]) -> Option<FileKind> {
    // A ZIP is an .xlsx, a compound file an .xls.
    if text.starts_with(b"PK\x03\x04") || text.starts_with(b"\xD0\xCF\x11\xE0") {
        return Some(FileKind::Workbook);
    }
    match text.trim_ascii_start().first() {
        Some(b'<') => Some(FileKind::Markup),
        Some(b'{' | b'[') => Some(FileKind::Json),
        _ => None,
    }
}

/// The rows of a CSV text.
struct Lines<'a> {
    reader: Reader,
    rest: &'a [u8],
    /// Room for one cell.
    cell: Vec<u8>,
    /// Number of the row that was read last, from 1.
    row: u32,
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8]) -> Self {
        let head = text.split(|byte| matches!(byte, b'\r' | b'\n')).find(|line| !line.is_empty());
        let head = head.unwrap_or_default();
        let separator = [b',', b';', b'\t'].into_iter().find(|separator| head.contains(separator));
        let reader = ReaderBuilder::new().delimiter(separator.unwrap_or(b',')).build();
        Self { reader, rest: text, cell: vec![0; TABLE_CELL_BYTES_MAX], row: 0 }
    }

    /// The cells of the next line, without the blanks around them; `None` at the end. A fault with its column.
    fn next(&mut self) -> Result<Option<Vec<String>>, (usize, TableFault)> {
        self.row = self.row.saturating_add(1);
        let mut cells = Vec::new();
        let mut written = 0;
        if self.rest.is_empty() {
            return Ok(None);
        }
        if matches!(self.rest, [b'\r' | b'\n', ..]) {
            self.end_line();
            return Ok(Some(cells));
        }
        loop {
            let column = cells.len() + 1;
            // What ends without a line's end gets one; a quotation mark that was not closed goes on even so.
            let is_end = self.rest.is_empty();
            let input: &[u8] = if is_end { b"\n" } else { self.rest };
            let (result, read, wrote) = self.reader.read_field(input, &mut self.cell[written..]);
            let ends_line = matches!(result, ReadFieldResult::Field { record_end: true });
            if !is_end {
                // The line's end is read by `end_line`.
                let read = if ends_line { read.saturating_sub(1) } else { read };
                self.rest = &self.rest[read..];
            }
            written += wrote;
            match result {
                ReadFieldResult::InputEmpty if is_end => {
                    self.rest = &[];
                    return Err((column, TableFault::NeverClosed));
                }
                ReadFieldResult::InputEmpty => continue,
                ReadFieldResult::OutputFull => return Err((column, TableFault::CellTooLong)),
                ReadFieldResult::Field { .. } => {}
                ReadFieldResult::End => return Ok(Some(cells)),
            }
            let text = std::str::from_utf8(&self.cell[..written]);
            let text = text.map_err(|_| (column, TableFault::NotUtf8))?;
            cells.push(text.trim().to_owned());
            written = 0;
            if cells.len() > TABLE_COLUMNS_MAX {
                return Err((column, TableFault::TooManyColumns));
            }
            if ends_line {
                self.end_line();
                return Ok(Some(cells));
            }
        }
    }

    /// Goes beyond the end of a line: `\n`, `\r\n` or `\r`.
    fn end_line(&mut self) {
        self.rest = match self.rest {
            [b'\r', b'\n', rest @ ..] | [b'\r' | b'\n', rest @ ..] => rest,
            rest => rest,
        };
    }
}
