//! The annex as one page that needs nothing else: to read on a screen, to print on A4, to make a PDF of.

use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::chart;
use super::figure::{Figure, Kind};
use super::map::map;
use super::{Paper, show, stamp};
use crate::planning::annex::{Cell, Table};
use crate::planning::told::{Language, Told};

const REGULAR: &[u8] = include_bytes!("../../web/field/static/fonts/noto-sans-thai-looped-400.woff2");
const SEMIBOLD: &[u8] = include_bytes!("../../web/field/static/fonts/noto-sans-thai-looped-600.woff2");
const STYLE: &str = include_str!("paper.css");

/// Nothing is fetched, nothing is run.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:";

/// Columns beside the names of the rows from which on a table is set smaller.
const WIDE_FROM: usize = 7;

/// Letters up to which the names of rows are not broken into lines.
const SHORT_NAME: usize = 20;

/// The page. Whatever comes from people is escaped.
#[must_use]
pub fn html(paper: &Paper, language: Language) -> String {
    let title = stamp::title(&paper.heading);
    let lang = match language {
        Language::Th => "th",
        Language::En => "en",
    };
    let numbers = paper.numbers();
    let tables: Vec<(&Table, &String)> = paper.annex.tables.iter().zip(&numbers).collect();
    let page = html! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title.words(language)) }
                style { (PreEscaped(style(paper, language))) }
            }
            body {
                main {
                    header {
                        h1 { (title.words(language)) }
                        p class="as-of" { (stamp::as_of(&paper.heading).words(language)) }
                        (stamped(paper, language))
                    }
                    nav aria-labelledby="contents" {
                        h2 id="contents" { (Told::new("สารบัญ", "Contents").words(language)) }
                        ol { @for (table, number) in &tables {
                            li { a href=(format!("#t{number}")) { (caption(table, number, language)) } }
                        } }
                    }
                    (map(&paper.heading.points, language))
                    @for (at, (table, number)) in tables.iter().enumerate() { (section(table, number, at, language)) }
                }
            }
        }
    };
    page.into_string()
}

fn stamped(paper: &Paper, language: Language) -> Markup {
    html! {
        dl { @for (what, is) in stamp::lines(&paper.heading) {
            div { dt { (what.words(language)) } dd { (is.words(language)) } }
        } }
    }
}

fn caption(table: &Table, number: &str, language: Language) -> String {
    let word = Told::new("ตาราง", "Table");
    format!("{} {number} {}", word.words(language), table.title.words(language))
}

fn section(table: &Table, number: &str, at: usize, language: Language) -> Markup {
    let is_wide = table.columns.len() >= WIDE_FROM;
    let is_short = table.rows.iter().all(|row| show::width(row.name.words(language)) <= SHORT_NAME);
    let class =
        [(is_wide, "wide"), (is_short, "short")].map(|(is, class)| if is { class } else { "" }).join(" ");
    html! {
        section id=(format!("t{number}")) {
            @let figure = Figure::of(table);
            // In one piece, as an inline block is: a browser parts a heading from its figure, whatever other styles say.
            div class="head" {
                h2 { (caption(table, number, language)) }
                @if let Some(figure) = &figure { (chart(table, figure, &format!("c{at}"), language)) }
            }
            @if let Some(figure) = &figure {
                @if figure.kind == Kind::Grouped {
                    p class="note" { (Told::new("แผนภูมิรวมทุกหมู่บ้าน", "Drawn for all villages together").words(language)) }
                }
            }
            @if table.rows.is_empty() {
                p { (Told::new("ไม่มีรายการ", "Nothing to list").words(language)) }
            } @else {
                table class=(class) {
                    thead { tr {
                        th scope="col" { (table.row_heading.words(language)) }
                        @for column in &table.columns { th scope="col" { (column.name.words(language)) } }
                    } }
                    tbody { @for row in &table.rows {
                        tr class=[row.is_total.then_some("total")] {
                            th scope="row" { (row.name.words(language)) }
                            @for cell in &row.cells { (told(cell, language)) }
                        }
                    } }
                }
            }
            @if let Some(note) = &table.note { p class="note" { (note.words(language)) } }
            @if show::hides(table) {
                p class="note" { (Told::new(
                    format!("{} คือจำนวนที่ไม่แสดง", show::HIDDEN),
                    format!("{} is a count that is not shown", show::HIDDEN),
                ).words(language)) }
            }
        }
    }
}

fn told(cell: &Cell, language: Language) -> Markup {
    let is_text = matches!(cell, Cell::Text(_));
    html! { td class=[is_text.then_some("text")] { (show::shown(cell, language)) } }
}

/// The style with the typeface inside, and what stands at the foot of every sheet.
fn style(paper: &Paper, language: Language) -> String {
    let face = |weight: u16, bytes: &[u8]| {
        let bytes = BASE64.encode(bytes);
        format!(
            "@font-face{{font-family:\"Noto Sans Thai Looped\";font-weight:{weight};\
             src:url(data:font/woff2;base64,{bytes}) format(\"woff2\")}}\n"
        )
    };
    let foot = format!(
        "{} · {}",
        stamp::place(&paper.heading).words(language),
        stamp::as_of(&paper.heading).words(language)
    );
    let foot = format!("@page{{@bottom-left{{content:{}}}}}\n", quoted(&foot));
    [face(400, REGULAR), face(600, SEMIBOLD), foot, STYLE.to_owned()].concat()
}

/// A text as a string of CSS, in which nothing ends the string or the style.
fn quoted(text: &str) -> String {
    let letter = |c: char| match c {
        '"' | '\\' | '<' | '>' | '&' | '\0'..='\u{1F}' => format!("\\{:X} ", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(letter).collect::<String>())
}
