//! Lists as tables: what a row of a file says, column by column.

use crate::papers::Listing;
use crate::planning::annex::{Cell, Column as Heading, Row, Table};
use crate::planning::told::Told;

use super::assessments::Reason;

/// A column: what it is called, and what it says of a row.
pub(super) struct Column<T> {
    pub(super) th: &'static str,
    pub(super) en: &'static str,
    /// Its name in data, for tables that programs read, too.
    pub(super) code: Option<&'static str>,
    pub(super) cell: fn(&T) -> Cell,
}

/// The columns in this order, each with its Thai and its English name; and all with a code, or none.
macro_rules! columns {
    ($($th:literal, $en:literal => $cell:expr;)+) => {
        &[$($crate::http::listing::Column { th: $th, en: $en, code: None, cell: $cell }),+]
    };
    ($($th:literal, $en:literal, $code:literal => $cell:expr;)+) => {
        &[$($crate::http::listing::Column { th: $th, en: $en, code: Some($code), cell: $cell }),+]
    };
}
pub(super) use columns;

/// Rows under a first column that says what they are.
pub(super) fn listing<T>(
    name: &str,
    title: Told,
    stamp: Vec<(Told, Told)>,
    (heading, first): (Told, impl Fn(&T) -> Told),
    columns: &[Column<T>],
    rows: &[T],
) -> Listing {
    let table = Table {
        number: 0,
        name: name.to_owned(),
        title,
        row_heading: heading,
        columns: columns.iter().map(|column| Heading { name: Told::new(column.th, column.en) }).collect(),
        rows: rows
            .iter()
            .map(|row| Row {
                name: first(row),
                is_total: false,
                cells: columns.iter().map(|column| (column.cell)(row)).collect(),
            })
            .collect(),
        note: None,
    };
    Listing { table, stamp, codes: Vec::new() }
}

/// The same with the codes of its columns; `first` is that of the rows' names.
pub(super) fn coded<T>(listing: Listing, first: &str, columns: &[Column<T>]) -> Listing {
    let codes = [first].into_iter().chain(columns.iter().filter_map(|column| column.code));
    Listing { codes: codes.map(str::to_owned).collect(), ..listing }
}

/// The same words in both languages: a name, a code.
pub(super) fn word(text: impl Into<String>) -> Cell {
    let text = text.into();
    Cell::Text(Told::new(text.clone(), text))
}

/// Words that may not be known.
pub(super) fn known(text: Option<impl Into<String>>) -> Cell {
    text.map_or(Cell::Missing, word)
}

/// A number that may not be known.
pub(super) fn number(count: Option<impl TryInto<u32>>) -> Cell {
    count.and_then(|count| count.try_into().ok()).map_or(Cell::Missing, Cell::Count)
}

/// Yes, or nothing: most rows say no.
pub(super) fn mark(yes: bool) -> Cell {
    if yes { Cell::Text(Told::new("ใช่", "yes")) } else { word("") }
}

/// Several in one cell.
pub(super) fn joined(all: impl IntoIterator<Item = Told>) -> Cell {
    let (th, en): (Vec<String>, Vec<String>) = all.into_iter().map(|told| (told.th, told.en)).unzip();
    Cell::Text(Told::new(th.join(" · "), en.join("; ")))
}

/// Why a household is where it is.
pub(super) fn reasons(reasons: &[Reason]) -> Cell {
    joined(reasons.iter().map(Reason::told))
}

/// What a tier is called.
pub(super) fn tier(tier: Option<u8>) -> Cell {
    let told = match tier {
        Some(1) => Told::new("1 เร่งด่วน", "1 urgent"),
        Some(2) => Told::new("2 จำเป็นมาก", "2 severe"),
        Some(3) => Told::new("3 ควรช่วย", "3 deprived"),
        Some(_) => Told::new("4 ดูแลเองได้", "4 none"),
        None => return Cell::Missing,
    };
    Cell::Text(told)
}

/// `หมู่ 4` of a village's code.
pub(super) fn moo(village: &str) -> Cell {
    let moo = village.get(6..).unwrap_or(village).trim_start_matches('0');
    Cell::Text(Told::new(format!("หมู่ {moo}"), format!("Moo {moo}")))
}
