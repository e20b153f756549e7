//! Bars and a pyramid of ages as SVG. Only what is shown is drawn; the table below a drawing says the rest.

use maud::{Markup, html};
use survey_form::thai::show_baht;

use super::figure::{Colour, Figure, Kind};
use super::show::{HIDDEN, width};
use crate::planning::annex::Table;
use crate::planning::told::Language;

/// Of a drawing, in its own units: about a pixel of a screen, a quarter of a millimetre on paper.
const WIDTH: f64 = 700.0;
const BAR: f64 = 18.0;
const LETTER: f64 = 7.4;

/// A bar: its name, and the counts that it is put together from; `None` is not shown.
type Bar<'a> = (&'a str, Vec<Option<u32>>);

/// The drawing of a table; `id` is unique on the page.
pub(super) fn chart(table: &Table, figure: &Figure, id: &str, language: Language) -> Markup {
    let title = table.title.words(language);
    let column = |at: &usize| table.columns[*at].name.words(language);
    let series: Vec<&str> = figure.columns.iter().map(column).collect();
    let drawn = figure.drawn(table, figure.rows.clone());
    let mut bars: Vec<Bar<'_>> =
        drawn.into_iter().map(|(name, counts)| (name.words(language), counts)).collect();
    match figure.kind {
        Kind::Plain => {
            bars.retain(|(_, counts)| counts[0] != Some(0));
            stacked(&bars, &series[..1], &figure.colours, id, title)
        }
        Kind::Stacked => {
            bars.retain(|(_, counts)| counts.iter().any(|count| *count != Some(0)));
            stacked(&bars, &series, &figure.colours, id, title)
        }
        // Of all villages together: a bar for each column.
        Kind::Grouped => {
            let total = figure.drawn(table, figure.rows.end..table.rows.len());
            let counts = total.into_iter().next().map_or_else(Vec::new, |(_, counts)| counts);
            let bars: Vec<Bar<'_>> =
                series.iter().zip(counts).map(|(name, count)| (*name, vec![count])).collect();
            stacked(&bars, &series[..1], &figure.colours, id, title)
        }
        Kind::Pyramid => pyramid(&bars, &series[..2], &figure.colours, id, title),
    }
}

/// What a reader who does not see it is told: every bar in words.
fn words(bars: &[Bar<'_>], series: &[&str]) -> String {
    let count = |count: &Option<u32>| count.map_or(HIDDEN.to_owned(), |count| show_baht(u64::from(count)));
    let bar = |(name, counts): &Bar<'_>| {
        let counts = counts.iter().zip(series).filter(|(count, _)| **count != Some(0));
        let counts = counts
            .map(|(one, name)| if series.len() == 1 { count(one) } else { format!("{name} {}", count(one)) });
        format!("{name}: {}", counts.collect::<Vec<_>>().join(", "))
    };
    bars.iter().map(bar).collect::<Vec<_>>().join("; ")
}

/// Marks on the axis up to `most`: their distance is 1, 2 or 5 times a power of ten.
fn marks(most: u32) -> Vec<u32> {
    let distance = (0..9).flat_map(|power| [1, 2, 5].map(|step| step * 10_u32.pow(power)));
    let distance = distance.into_iter().find(|distance| most / distance <= 6).unwrap_or(u32::MAX);
    (0..=most / distance).map(|at| at * distance).collect()
}

fn stacked(bars: &[Bar<'_>], series: &[&str], colours: &[Colour], id: &str, title: &str) -> Markup {
    let sum = |counts: &[Option<u32>]| counts.iter().flatten().sum::<u32>();
    let most = bars.iter().map(|(_, counts)| sum(counts)).max().unwrap_or(0).max(1);
    let letters = bars.iter().map(|(name, _)| width(name)).max().unwrap_or(0) as f64;
    let left = (letters * LETTER + 12.0).min(WIDTH / 2.0);
    let scale = (WIDTH - left - 50.0) / f64::from(most);
    let bottom = bars.len() as f64 * (BAR + 8.0) + 6.0;
    html! {
        figure {
            svg viewBox=(format!("0 0 {WIDTH} {:.0}", bottom + 20.0)) role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
                title id=(format!("{id}-t")) { (title) }
                desc id=(format!("{id}-d")) { (words(bars, series)) }
                @for mark in marks(most) {
                    @let x = left + f64::from(mark) * scale;
                    line x1=(at(x)) x2=(at(x)) y1="0" y2=(at(bottom)) stroke="#b5bfc4" {}
                    text x=(at(x)) y=(at(bottom + 15.0)) text-anchor="middle" { (show_baht(u64::from(mark))) }
                }
                @for (row, (name, counts)) in bars.iter().enumerate() {
                    @let y = row as f64 * (BAR + 8.0) + 4.0;
                    text x=(at(left - 8.0)) y=(at(y + 14.0)) text-anchor="end" { (name) }
                    @for (part, count) in counts.iter().enumerate() {
                        @let x = left + f64::from(sum(&counts[..part])) * scale;
                        @let wide = f64::from(count.unwrap_or(0)) * scale;
                        @let (colour, ink) = colours[part % colours.len()];
                        rect x=(at(x)) y=(at(y)) width=(at(wide)) height=(at(BAR)) fill=(colour) stroke="#ffffff" {}
                        @if series.len() > 1 && wide > 24.0 {
                            text x=(at(x + wide / 2.0)) y=(at(y + 14.0)) text-anchor="middle" fill=(ink) { (count.unwrap_or(0)) }
                        }
                    }
                    @if series.len() == 1 {
                        @let end = left + f64::from(sum(counts)) * scale;
                        text x=(at(end + 6.0)) y=(at(y + 14.0)) { (counts[0].map_or(HIDDEN.to_owned(), |count| show_baht(u64::from(count)))) }
                    }
                }
            }
            @if series.len() > 1 { (legend(series, colours)) }
        }
    }
}

/// Ages from below, the first column to the left, the second to the right.
fn pyramid(bars: &[Bar<'_>], series: &[&str], colours: &[Colour], id: &str, title: &str) -> Markup {
    let most = bars.iter().flat_map(|(_, counts)| counts.iter().flatten().copied()).max().unwrap_or(0).max(1);
    let (middle, half) = (WIDTH / 2.0, WIDTH / 2.0 - 110.0);
    let scale = half / f64::from(most);
    let bottom = bars.len() as f64 * (BAR + 3.0);
    html! {
        figure {
            svg viewBox=(format!("0 0 {WIDTH} {:.0}", bottom + 10.0)) role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
                title id=(format!("{id}-t")) { (title) }
                desc id=(format!("{id}-d")) { (words(bars, series)) }
                @for (row, (name, counts)) in bars.iter().rev().enumerate() {
                    @let y = row as f64 * (BAR + 3.0) + 2.0;
                    text x=(at(middle)) y=(at(y + 14.0)) text-anchor="middle" { (name) }
                    @for (side, count) in counts.iter().take(2).enumerate() {
                        @let wide = f64::from(count.unwrap_or(0)) * scale;
                        @let inner = if side == 0 { middle - 60.0 } else { middle + 60.0 };
                        @let (start, end) = if side == 0 { (inner - wide, inner - wide - 6.0) } else { (inner, inner + wide + 6.0) };
                        rect x=(at(start)) y=(at(y)) width=(at(wide)) height=(at(BAR)) fill=(colours[side].0) {}
                        text x=(at(end)) y=(at(y + 14.0)) text-anchor=(if side == 0 { "end" } else { "start" }) {
                            (count.map_or(HIDDEN.to_owned(), |count| show_baht(u64::from(count))))
                        }
                    }
                }
            }
            (legend(series, colours))
        }
    }
}

fn legend(series: &[&str], colours: &[Colour]) -> Markup {
    html! {
        figcaption {
            @for (name, (colour, _)) in series.iter().zip(colours.iter().cycle()) {
                span { svg class="key" viewBox="0 0 10 10" aria-hidden="true" { rect width="10" height="10" fill=(colour) {} } (name) }
            }
        }
    }
}

/// A place in a drawing, to a tenth.
pub(super) fn at(place: f64) -> String {
    format!("{place:.1}")
}
