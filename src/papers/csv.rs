//! A table as CSV: for spreadsheets, and for programs that read columns.

use std::io;

use super::csv_cells::{self, BYTE_ORDER_MARK, defused, finish, writer};
use super::{Heading, show, stamp};
use crate::planning::annex::{Cell, Table};
use crate::planning::told::{Language, Told};

/// The table with a byte order mark and a row of headings. Numbers are bare (`12543`, `109.1`), what is not
/// known is empty, what is hidden has its mark. The last column repeats what the figures come from, so that
/// a row that is copied elsewhere still says it.
///
/// # Errors
/// None while there is memory and the rows have a cell for each column.
pub fn csv(table: &Table, heading: &Heading, language: Language) -> io::Result<Vec<u8>> {
    table_csv(table, &stamp::one_line(heading, language), language)
}

/// The same with this stamp.
pub(super) fn table_csv(table: &Table, stamp: &str, language: Language) -> io::Result<Vec<u8>> {
    let text = |told: &Told| defused(csv_cells::Cell::of_text(told.words(language).to_owned()));
    let source = format!("{} · {stamp}", table.title.words(language));
    let source = defused(csv_cells::Cell::of_text(source));
    let mut writer = writer(BYTE_ORDER_MARK.to_vec());
    let columns = table.columns.iter().map(|column| text(&column.name));
    let last = text(&Told::new("ที่มาของข้อมูล", "Where it comes from"));
    writer.write_record([text(&table.row_heading)].into_iter().chain(columns).chain([last]))?;
    for row in &table.rows {
        let cells = row.cells.iter().map(|cell| defused(written(cell, language)));
        writer.write_record([text(&row.name)].into_iter().chain(cells).chain([source.clone()]))?;
    }
    finish(writer)
}

fn written(cell: &Cell, language: Language) -> csv_cells::Cell<'static> {
    match cell {
        Cell::Count(count) => csv_cells::Cell::of_number(count),
        Cell::Baht(baht) => csv_cells::Cell::of_number(baht),
        Cell::PerMille(tenths) => csv_cells::Cell::of_number(format_args!("{}.{}", tenths / 10, tenths % 10)),
        Cell::Change(change) => csv_cells::Cell::of_number(change),
        Cell::Missing => csv_cells::Cell::empty(),
        Cell::Hidden | Cell::Text(_) => csv_cells::Cell::of_text(show::shown(cell, language)),
    }
}
