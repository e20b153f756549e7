//! The annex as a workbook: a sheet of contents with the stamp, and a sheet for each table.

use rust_xlsxwriter::{
    Chart, ChartFormat, ChartSolidFill, ChartType, DocProperties, ExcelDateTime, Format, FormatAlign,
    FormatBorder, Url, Workbook, Worksheet,
};

use super::figure::{Figure, Kind};
use super::listing::{Listing, headings, one_line};
use super::{Paper, show, stamp};
use crate::planning::annex::{Cell, Table};
use crate::planning::fiscal::day_in_thailand;
use crate::planning::told::{Language, Told};

/// A workbook that cannot be written, e.g. because a text is longer than a cell may be.
#[derive(Debug, thiserror::Error)]
#[error("the workbook cannot be written: {0}")]
pub struct XlsxError(#[from] rust_xlsxwriter::XlsxError);

/// Looped, and on every Windows and Mac with Thai.
const FONT: &str = "Tahoma";
/// ISO A4, as Excel numbers papers.
const PAPER_A4: u8 = 9;
/// Title, stamp, note: the headings come after them.
const HEADINGS_ROW: u32 = 4;
/// Widths of columns, in digits.
const NAME_WIDTH: (usize, usize) = (16, 48);
const COLUMN_WIDTH: (usize, usize) = (10, 40);
/// A column that is wider than this, and a heading's line.
const HEADING_WIDTH: usize = 14;
/// Letters of a stamp that fit on a sheet of contents.
const STAMP_WIDTH: f64 = 90.0;

/// The formats of cells.
struct Formats {
    title: Format,
    small: Format,
    heading: Format,
    text: Format,
}

/// The workbook's bytes. Counts are numbers with thousands, shares percentages; what is hidden is its mark
/// as text, what is not known a dash.
///
/// # Errors
/// Where a text is too long for a cell.
pub fn xlsx(paper: &Paper, language: Language) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let day = day_in_thailand(paper.heading.as_of);
    let (year, month, day) = (day.year(), day.month(), day.day());
    let mut about = DocProperties::new().set_title(stamp::title(&paper.heading).words(language));
    let (year, month, day) = (year.try_into().ok(), month.try_into().ok(), day.try_into().ok());
    if let (Some(year), Some(month), Some(day)) = (year, month, day) {
        about = about.set_creation_datetime(&ExcelDateTime::from_ymd(year, month, day)?);
    }
    workbook.set_properties(&about);

    let formats = formats();
    let names: Vec<String> = paper.numbers().iter().map(|number| sheet_name(number, language)).collect();
    contents(workbook.add_worksheet(), paper, &names, language, &formats)?;
    for (table, name) in paper.annex.tables.iter().zip(&names) {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name)?;
        page(sheet);
        let title = format!("{name} {}", table.title.words(language));
        let stamp = stamp::one_line(&paper.heading, language);
        head(sheet, table, (&title, &stamp), &headings(table, language), language, &formats)?;
        rows(sheet, table, language, &formats)?;
        if let Some(figure) = Figure::of(table) {
            draw(sheet, name, table, &figure, language)?;
        }
    }
    Ok(workbook.save_to_buffer()?)
}

/// A workbook of tables, sheet by sheet, so that no more than one of them is in memory beside it: words, in Thai unless
/// said, with the code of a column behind them.
pub struct Book {
    workbook: Workbook,
    formats: Formats,
    language: Language,
}

impl Book {
    /// One without sheets.
    #[must_use]
    pub fn new(language: Option<Language>) -> Self {
        Self { workbook: Workbook::new(), formats: formats(), language: language.unwrap_or_default() }
    }

    /// Adds a sheet; it is called as its table is, if a sheet can be.
    ///
    /// # Errors
    /// Where a text is too long for a cell, or there is a sheet of that name.
    pub fn add(&mut self, Listing { table, stamp, codes }: &Listing) -> Result<(), XlsxError> {
        let mut headings = headings(table, self.language);
        for (heading, code) in headings.iter_mut().zip(codes) {
            *heading = format!("{heading} ({code})");
        }
        let title = table.title.words(self.language);
        if self.workbook.worksheets().is_empty() {
            self.workbook.set_properties(&DocProperties::new().set_title(title));
        }
        let sheet = self.workbook.add_worksheet();
        if can_name_a_sheet(title) {
            sheet.set_name(title)?;
        }
        page(sheet);
        let stamp = one_line(stamp, self.language);
        head(sheet, table, (title, &stamp), &headings, self.language, &self.formats)?;
        rows(sheet, table, self.language, &self.formats)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// None while there is memory.
    pub fn bytes(mut self) -> Result<Vec<u8>, XlsxError> {
        Ok(self.workbook.save_to_buffer()?)
    }
}

/// Excel's own rule: at most 31 characters, and none of these.
fn can_name_a_sheet(name: &str) -> bool {
    const RESERVED: [char; 7] = ['[', ']', ':', '*', '?', '/', '\\'];
    let is_quoted = name.starts_with('\'') || name.ends_with('\'');
    (1..=31).contains(&name.encode_utf16().count()) && !is_quoted && !name.contains(RESERVED)
}

fn formats() -> Formats {
    let plain = || Format::new().set_font_name(FONT).set_font_size(11);
    Formats {
        title: plain().set_bold().set_font_size(14),
        small: plain().set_font_size(9),
        heading: plain()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Center)
            .set_align(FormatAlign::VerticalCenter)
            .set_background_color("#E6EEF2")
            .set_border(FormatBorder::Thin),
        text: plain().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::Top),
    }
}

fn sheet_name(number: &str, language: Language) -> String {
    format!("{} {number}", Told::new("ตาราง", "Table").words(language))
}

/// A4 across, as wide as the paper, with the page's number.
fn page(sheet: &mut Worksheet) {
    sheet.set_paper_size(PAPER_A4).set_landscape().set_print_fit_to_pages(1, 0).set_footer("&C&P / &N");
}

fn contents(
    sheet: &mut Worksheet,
    paper: &Paper,
    names: &[String],
    language: Language,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let words = |th: &str, en: &str| Told::new(th, en).words(language).to_owned();
    sheet.set_name(words("สารบัญ", "Contents"))?;
    page(sheet);
    sheet.set_column_width(0, 28)?.set_column_width(1, STAMP_WIDTH)?;
    sheet.write_with_format(0, 0, stamp::title(&paper.heading).words(language), &formats.title)?;
    let mut row = 2;
    for (what, is) in stamp::lines(&paper.heading) {
        sheet.write_with_format(row, 0, what.words(language), &formats.text)?;
        sheet.write_with_format(row, 1, is.words(language), &formats.text)?;
        row += 1;
    }
    row += 1;
    sheet.write_with_format(row, 0, words("ตาราง", "Table"), &formats.heading)?;
    sheet.write_with_format(row, 1, words("เรื่อง", "What it tells"), &formats.heading)?;
    for (table, name) in paper.annex.tables.iter().zip(names) {
        row += 1;
        sheet.write_url_with_format(
            row,
            0,
            Url::new(format!("internal:'{name}'!A1")).set_text(name),
            &Format::new()
                .set_font_name(FONT)
                .set_font_size(11)
                .set_border(FormatBorder::Thin)
                .set_font_color("#0B4F6C"),
        )?;
        sheet.write_with_format(row, 1, table.title.words(language), &formats.text)?;
    }
    Ok(())
}

fn head(
    sheet: &mut Worksheet,
    table: &Table,
    (title, stamp): (&str, &str),
    headings: &[String],
    language: Language,
    formats: &Formats,
) -> Result<(), XlsxError> {
    sheet.write_with_format(0, 0, title, &formats.title)?;
    sheet.write_with_format(1, 0, stamp, &formats.small)?;
    if let Some(note) = &table.note {
        sheet.write_with_format(2, 0, note.words(language), &formats.small)?;
    }
    for (at, heading) in (0_u16..).zip(headings) {
        sheet.write_with_format(HEADINGS_ROW, at, heading, &formats.heading)?;
        let width = column_width(table, usize::from(at), heading, language);
        sheet.set_column_width(at, u32::try_from(width).unwrap_or(u32::MAX))?;
    }
    sheet.set_freeze_panes(HEADINGS_ROW + 1, 1)?;
    sheet.set_repeat_rows(HEADINGS_ROW, HEADINGS_ROW)?;
    Ok(())
}

/// As wide as the longest cell; a heading is broken into lines.
fn column_width(table: &Table, at: usize, heading: &str, language: Language) -> usize {
    let of_cell = |row: &crate::planning::annex::Row| match at.checked_sub(1) {
        None => show::width(row.name.words(language)),
        Some(at) => row.cells.get(at).map_or(0, |cell| show::width(&show::shown(cell, language))),
    };
    let (least, most) = if at == 0 { NAME_WIDTH } else { COLUMN_WIDTH };
    let heading = show::width(heading).min(HEADING_WIDTH);
    let longest = table.rows.iter().map(of_cell).max().unwrap_or(0).max(heading);
    (longest + 2).clamp(least, most)
}

fn rows(
    sheet: &mut Worksheet,
    table: &Table,
    language: Language,
    formats: &Formats,
) -> Result<(), XlsxError> {
    for (at, row) in (HEADINGS_ROW + 1..).zip(&table.rows) {
        let of_row = |format: Format| {
            if row.is_total { format.set_bold().set_background_color("#F2F2F2") } else { format }
        };
        let number =
            |code: &str| of_row(formats.text.clone().set_align(FormatAlign::Right).set_num_format(code));
        sheet.write_with_format(at, 0, row.name.words(language), &of_row(formats.text.clone()))?;
        for (column, cell) in (1_u16..).zip(&row.cells) {
            match cell {
                Cell::Count(count) => sheet.write_with_format(at, column, *count, &number("#,##0"))?,
                // Excel's numbers are whole up to 2^53, which no sum of baht comes near.
                #[allow(clippy::cast_precision_loss)]
                Cell::Baht(baht) => sheet.write_with_format(at, column, *baht as f64, &number("#,##0"))?,
                Cell::PerMille(tenths) => {
                    sheet.write_with_format(at, column, f64::from(*tenths) / 1_000.0, &number("#,##0.0%"))?
                }
                #[allow(clippy::cast_precision_loss)]
                Cell::Change(change) => {
                    sheet.write_with_format(at, column, *change as f64, &number("+#,##0;-#,##0;0"))?
                }
                Cell::Hidden | Cell::Missing => {
                    sheet.write_with_format(at, column, show::shown(cell, language), &number("@"))?
                }
                Cell::Text(told) => sheet.write_with_format(
                    at,
                    column,
                    told.words(language),
                    &of_row(formats.text.clone()),
                )?,
            };
        }
    }
    if show::hides(table) {
        let below = HEADINGS_ROW + 1 + u32::try_from(table.rows.len()).unwrap_or(0);
        sheet.write_with_format(below, 0, hidden(language), &formats.small)?;
    }
    Ok(())
}

fn hidden(language: Language) -> String {
    let told = Told::new("คือจำนวนที่ไม่แสดง", "is a count that is not shown");
    format!("{} {}", show::HIDDEN, told.words(language))
}

/// A chart of the workbook's own, below the table.
fn draw(
    sheet: &mut Worksheet,
    name: &str,
    table: &Table,
    figure: &Figure,
    language: Language,
) -> Result<(), XlsxError> {
    let kind = match figure.kind {
        Kind::Stacked => ChartType::BarStacked,
        Kind::Grouped => ChartType::Column,
        Kind::Plain | Kind::Pyramid => ChartType::Bar,
    };
    let row = |at: usize| HEADINGS_ROW + 1 + u32::try_from(at).unwrap_or(0);
    let (first, last) = (row(figure.rows.start), row(figure.rows.end) - 1);
    let mut chart = Chart::new(kind);
    for (at, (colour, _)) in figure.columns.iter().zip(figure.colours.iter().cycle()) {
        let column = u16::try_from(at + 1).unwrap_or(u16::MAX);
        let fill = ChartSolidFill::new().set_color(*colour).clone();
        chart
            .add_series()
            .set_name((name, HEADINGS_ROW, column))
            .set_categories((name, first, 0, last, 0))
            .set_values((name, first, column, last, column))
            .set_format(ChartFormat::new().set_solid_fill(&fill));
    }
    let title = table.title.words(language);
    chart.title().set_name(title);
    chart.set_alt_text(title).set_width(960);
    let bars = u32::try_from(figure.rows.len()).unwrap_or(0);
    chart.set_height(if figure.kind == Kind::Grouped { 420 } else { 160 + 28 * bars });
    if matches!(figure.kind, Kind::Plain | Kind::Stacked) {
        // The first row is the topmost bar, as in the table.
        chart.x_axis().set_reverse();
    }
    sheet.insert_chart(row(table.rows.len()) + 2, 0, &chart)?;
    Ok(())
}
