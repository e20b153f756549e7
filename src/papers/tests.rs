//! An annex of made-up households, as each of the files. With `SAMRUAT_PAPERS_FOLDER` set, the files are left
//! there to be looked at.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::OnceLock;
use std::{env, fs};

use ::geojson::{FeatureCollection, GeometryValue};
use calamine::{Data, Reader, Xlsx};
use need_score::{Flag, Parameters};
use sync_protocol::ids::{HouseholdId, RowId};
use sync_protocol::value::{ScalarRef, Shown};

use super::*;
use crate::planning::annex::{ProgrammeResult, Project, Source, Table, TargetResult, Village};
use crate::planning::indicators::Counts;
use crate::planning::rollup::Rollup;
use crate::planning::veil;
use crate::projection::{Form, assess, project};
use crate::samples::{Chance, Sample, household, villages_of_aranyik};

const HOUSEHOLDS_OF_A_VILLAGE: u16 = 60;

/// The annex of twelve villages with invented households.
pub(super) fn example() -> Paper {
    static EXAMPLE: OnceLock<Paper> = OnceLock::new();
    EXAMPLE.get_or_init(|| paper(true)).clone()
}

fn paper(hides: bool) -> Paper {
    let rollup = |counted: &[(Village, Counts)]| {
        let counts: Vec<&Counts> = counted.iter().map(|(_, counts)| counts).collect();
        veil::of_villages(&counts, hides)
    };
    let counted_then = counted(20_250_115);
    let counted = counted(20_260_115);
    let rollup_then = rollup(&counted_then);
    let rollup = rollup(&counted);
    let villages: Vec<Village> = counted.into_iter().map(|(village, _)| village).collect();
    let label = |question: &str, code: &str| {
        let choice = Form::built_in().field(question).and_then(|field| field.choice(code));
        choice.map_or_else(|| Told::new(code, code), |choice| Told::new(&*choice.th, &*choice.en))
    };
    let flag = |name: &str| {
        let flag = Flag::ALL.into_iter().find(|flag| flag.name() == name).unwrap();
        Told::new(flag.reason_th(), flag.reason_en())
    };
    let points = points(&villages, &rollup);
    let annex = Annex::of(&Source {
        villages,
        rollup,
        label: &label,
        flag: &flag,
        repair_ceiling: Some(18_000),
        programmes: vec![ProgrammeResult {
            name: Told::new("บ้านพอเพียงชนบท", "Baan Por Piang Chonnabot"),
            matching: Some(140),
            approved: 38,
            waiting: 102,
            budget: 684_000,
            granted: 593_750,
            local_contribution: 42_300,
        }],
        targets: vec![TargetResult {
            name: Told::new("แผนพัฒนาตำบล", "Tambon plans"),
            target: 510,
            actual: None,
            unit: "ตำบล".to_owned(),
            source: "รายงานผลครึ่งปีแรก ปีงบประมาณ 2562".to_owned(),
        }],
        projects: vec![Project {
            title: "=ซ่อมบ้าน <ผู้สูงอายุ> & คนพิการ".to_owned(),
            problem: "ตาราง 8 สภาพบ้าน".to_owned(),
            households: Some(38),
            villages: "หมู่ 1, 4, 7".to_owned(),
            budget: 684_000,
            years: "2570: 342,000; 2571: 342,000".to_owned(),
            owner: Told::new("ชุมชนทำเอง", "The community itself"),
            strategy: "1.2".to_owned(),
        }],
        before: Some(("มกราคม 2568".to_owned(), rollup_then.total)),
        hides,
    });
    let heading = Heading {
        tambon: "650117".parse().unwrap(),
        tambon_name: Told::new("อรัญญิก", "Aranyik"),
        amphoe_name: Told::new("เมืองพิษณุโลก", "Mueang Phitsanulok"),
        province_name: Told::new("พิษณุโลก", "Phitsanulok"),
        as_of: Micros(1_768_457_100_000_000),
        log_seq: 4_812,
        list: Some(Cited { title: "3".to_owned(), hash: "5e1f".repeat(16) }),
        parameters: "1".to_owned(),
        hidden_below: hides.then_some(5),
        snapshot: None,
        points,
    };
    Paper { annex, heading }
}

fn counted(seed: u64) -> Vec<(Village, Counts)> {
    let mut chance = Chance::new(seed);
    let village = |village: &crate::samples::SampleVillage| {
        let mut counts = Counts::default();
        for number in 1..=HOUSEHOLDS_OF_A_VILLAGE {
            add(&mut counts, &household(village, number, &mut chance));
        }
        let code = village.code.to_string();
        let moo = village.code.get() % 100;
        let name = Told::new(format!("หมู่ {moo}"), format!("Village {moo}"));
        (Village { code, name, expected: Some(64) }, counts)
    };
    villages_of_aranyik().iter().map(village).collect()
}

fn add(counts: &mut Counts, sample: &Sample) {
    let mut shown: Vec<Shown<'_>> = Vec::new();
    let register = |row, key, value| Shown { row, key, value, conflict: false };
    shown.extend(sample.answers.iter().map(|(key, value)| register(None, key.as_str(), value.as_ref())));
    for (n, (group, answers)) in (1_u8..).zip(&sample.rows) {
        let row = Some(RowId([n; 16]));
        shown.push(register(row, "group", ScalarRef::Str(group)));
        shown.extend(answers.iter().map(|(key, value)| register(row, key.as_str(), value.as_ref())));
    }
    shown.sort_by_key(|register| (register.row, register.key));
    let projected = project(Form::built_in(), HouseholdId([7; 16]), &shown);
    counts.add(&assess(&shown, &projected.household, &Parameters::default()).share);
}

/// All but the sixth have a middle.
fn points(villages: &[Village], rollup: &Rollup) -> Vec<MapPoint> {
    let middles = villages_of_aranyik();
    let middle = |at: usize| (at != 5).then_some(Middle { lat: middles[at].lat, lon: middles[at].lon });
    let point = |(at, (village, shown)): (usize, (&Village, &Vec<Option<u32>>))| {
        MapPoint::of(village, shown, middle(at))
    };
    villages.iter().zip(&rollup.rows).enumerate().map(point).collect()
}

fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = env::var_os("SAMRUAT_PAPERS_FOLDER") {
        fs::create_dir_all(&folder).unwrap();
        fs::write(Path::new(&folder).join(name), bytes).unwrap();
    }
}

fn table<'a>(paper: &'a Paper, name: &str) -> &'a Table {
    paper.annex.tables.iter().find(|table| table.name == name).unwrap()
}

/// The reason why a hidden count is marked `*` and not `<5`.
#[test]
fn not_every_hidden_count_is_small() {
    let (hidden, open) = (paper(true), paper(false));
    let cells = |paper: &Paper| -> Vec<Cell> {
        let rows = paper.annex.tables.iter().filter(|table| table.name != "flag" && table.name != "barrier");
        rows.flat_map(|table| &table.rows).flat_map(|row| row.cells.clone()).collect()
    };
    let (hidden, open) = (cells(&hidden), cells(&open));
    assert_eq!(hidden.len(), open.len());
    let large = |(hidden, open): &(&Cell, &Cell)| {
        **hidden == Cell::Hidden && matches!(open, Cell::Count(count) if *count >= 5)
    };
    assert!(hidden.iter().zip(&open).any(|pair| large(&pair)));
}

#[test]
fn a_workbook_says_what_the_annex_says() {
    let paper = example();
    for (language, name, contents) in
        [(Language::Th, "annex.xlsx", "สารบัญ"), (Language::En, "annex-en.xlsx", "Contents")]
    {
        let bytes = xlsx(&paper, language).unwrap();
        keep(name, &bytes);
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let names = workbook.sheet_names();
        assert_eq!(names.len(), paper.annex.tables.len() + 1);
        assert_eq!(names[0], contents);
        let first = workbook.worksheet_range(&names[0]).unwrap();
        let stamped: Vec<String> = first.used_cells().map(|(_, _, cell)| cell.to_string()).collect();
        for (_, is) in stamp::lines(&paper.heading) {
            assert!(stamped.contains(&is.words(language).to_owned()), "{is}");
        }
        for (table, name) in paper.annex.tables.iter().zip(&names[1..]) {
            let range = workbook.worksheet_range(name).unwrap();
            assert!(range.get_value((1, 0)).unwrap().to_string().contains("4812"), "{name} is not stamped");
            for (at, column) in (1_u32..).zip(&table.columns) {
                assert_eq!(
                    range.get_value((4, at)),
                    Some(&Data::String(column.name.words(language).to_owned()))
                );
            }
            for (at, row) in (5_u32..).zip(&table.rows) {
                assert_eq!(
                    range.get_value((at, 0)),
                    Some(&Data::String(row.name.words(language).to_owned()))
                );
                for (column, cell) in (1_u32..).zip(&row.cells) {
                    assert_eq!(
                        range.get_value((at, column)),
                        Some(&read_back(cell, language)),
                        "{name} {at} {column}"
                    );
                }
            }
        }
    }
}

#[allow(clippy::cast_precision_loss)]
fn read_back(cell: &Cell, language: Language) -> Data {
    match cell {
        Cell::Count(count) => Data::Float(f64::from(*count)),
        Cell::Baht(baht) => Data::Float(*baht as f64),
        Cell::Change(change) => Data::Float(*change as f64),
        Cell::PerMille(tenths) => Data::Float(f64::from(*tenths) / 1_000.0),
        Cell::Hidden => Data::String("*".to_owned()),
        Cell::Missing => Data::String("–".to_owned()),
        Cell::Text(told) => Data::String(told.words(language).to_owned()),
    }
}

#[test]
fn the_same_paper_makes_the_same_workbook() {
    let paper = example();
    assert!(xlsx(&paper, Language::Th).unwrap() == xlsx(&paper, Language::Th).unwrap());
}

#[test]
fn a_table_as_csv_has_bare_numbers_and_no_formula() {
    let paper = example();
    let bytes = csv(table(&paper, "project"), &paper.heading, Language::Th).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with('\u{FEFF}') && text.contains("\r\n'=ซ่อมบ้าน <ผู้สูงอายุ> & คนพิการ,"), "{text}");
    for table in &paper.annex.tables {
        let bytes = csv(table, &paper.heading, Language::En).unwrap();
        keep(&format!("{}.csv", table.name), &bytes);
        let mut reader = ::csv::Reader::from_reader(&bytes[3..]);
        assert_eq!(reader.headers().unwrap().len(), table.columns.len() + 2);
        let read: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(read.len(), table.rows.len());
        for (read, row) in read.iter().zip(&table.rows) {
            assert!(read[read.len() - 1].contains("15 January 2026, 13:05"), "{read:?}");
            for (text, cell) in read.iter().skip(1).zip(&row.cells) {
                match cell {
                    Cell::Count(count) => assert_eq!(text.parse(), Ok(*count)),
                    Cell::Baht(baht) => assert_eq!(text.parse(), Ok(*baht)),
                    Cell::Change(change) => assert_eq!(text.parse(), Ok(*change)),
                    Cell::PerMille(tenths) => assert_eq!(text.replace('.', "").parse(), Ok(*tenths)),
                    Cell::Hidden => assert_eq!(text, "*"),
                    Cell::Missing => assert_eq!(text, ""),
                    Cell::Text(told) => assert!(text.ends_with(&told.en)),
                }
            }
        }
    }
}

#[test]
fn the_map_has_the_middles_of_villages_and_hides_what_the_annex_hides() {
    let paper = example();
    let text = geojson(&paper);
    keep("villages.geojson", text.as_bytes());
    let read: FeatureCollection = text.parse().unwrap();
    assert_eq!(read.features.len(), 12);
    for (feature, point) in read.features.iter().zip(&paper.heading.points) {
        let at = feature.geometry.as_ref().map(|geometry| match &geometry.value {
            GeometryValue::Point { coordinates } => (coordinates[0], coordinates[1]),
            other => panic!("{other:?}"),
        });
        let near = |(lon, lat): (f64, f64), middle: Middle| {
            (lon - middle.lon).abs() + (lat - middle.lat).abs() < 1e-5
        };
        assert!(match (at, point.middle) {
            (Some(at), Some(middle)) => near(at, middle),
            (at, middle) => at.is_none() && middle.is_none(),
        });
        let property = |name: &str| feature.property(name).unwrap().clone();
        assert_eq!(property("village_code"), point.code.as_str());
        let hidden: Vec<String> =
            property("hidden").as_str().unwrap().split(',').map(ToOwned::to_owned).collect();
        for (name, cell) in &point.counts {
            let is_hidden = *cell == Cell::Hidden;
            assert_eq!((property(name).is_null(), hidden.contains(name)), (is_hidden, is_hidden), "{name}");
        }
        assert!(property("households").is_u64() || point.households == Cell::Hidden);
    }
    let members: BTreeMap<String, serde_json::Value> = read.foreign_members.unwrap().into_iter().collect();
    assert_eq!(members["stamp"]["log_seq"], 4_812);
}

#[test]
fn a_page_needs_nothing_and_escapes_what_people_wrote() {
    let mut paper = example();
    let evil = Told::new("</style><script>alert(1)</script>\"\\", "<img src=x onerror=alert(1)>");
    paper.heading.tambon_name = evil.clone();
    paper.heading.points[0].name = evil.clone();
    paper.annex.tables[0].rows[0].name = evil;
    for language in [Language::Th, Language::En] {
        let page = html(&paper, language);
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("\"\\\""));
        assert_eq!(page.matches("</style>").count(), 1);
        // The typeface in base64 can hold anything.
        let parts = page.split("src:url(").map(|part| part.split_once(')').map_or(part, |(_, rest)| rest));
        let elsewhere: String = parts.collect();
        for outside in ["http:", "https:", "<link", "@import", "url(", "//"] {
            assert!(!elsewhere.contains(outside), "{outside}");
        }
    }
    let page = html(&example(), Language::Th);
    assert!(page.contains("<html lang=\"th\">") && page.contains("=ซ่อมบ้าน &lt;ผู้สูงอายุ&gt; &amp; คนพิการ"));
    assert_eq!(page.matches("<svg viewBox").count(), page.matches("role=\"img\"").count());
    assert!(page.matches("role=\"img\"").count() >= 6, "drawings are missing");
}

/// Every number that is drawn stands in the table as well.
#[test]
fn a_drawing_shows_no_hidden_count() {
    let paper = example();
    for table in &paper.annex.tables {
        let Some(figure) = figure::Figure::of(table) else { continue };
        for row in figure.rows.clone() {
            for column in &figure.columns {
                let cell = &table.rows[row].cells[*column];
                assert_eq!(figure.count(table, row, *column).map(Cell::Count).as_ref().unwrap_or(cell), cell);
            }
        }
        let words = chart::chart(table, &figure, "x", Language::Th).into_string();
        assert_eq!(
            show::hides(table) && figure.kind != figure::Kind::Grouped,
            words.contains('*'),
            "{}",
            table.name
        );
    }
}

#[test]
fn numbers_of_tables_tell_their_parts_apart() {
    let numbers = example().numbers();
    assert!(numbers.contains(&"1".to_owned()) && numbers.contains(&"2.2".to_owned()), "{numbers:?}");
    let distinct: std::collections::BTreeSet<&String> = numbers.iter().collect();
    assert_eq!(distinct.len(), numbers.len());
}

#[test]
fn a_pdf_has_the_typeface_inside() {
    for (language, name) in [(Language::Th, "annex"), (Language::En, "annex-en")] {
        let page = html(&example(), language);
        keep(&format!("{name}.html"), page.as_bytes());
        let bytes = match pdf(&page, None) {
            Err(error @ PdfError::NoChromium(_)) => return eprintln!("skipped: {error}"),
            printed => printed.unwrap(),
        };
        keep(&format!("{name}.pdf"), &bytes);
        let text = String::from_utf8_lossy(&bytes);
        let fonts: Vec<&str> =
            text.split("/FontName /").skip(1).filter_map(|rest| rest.lines().next()).collect();
        assert!(text.contains("/FontFile") && !fonts.is_empty(), "no typeface is embedded");
        let ours = |font: &&str| font.contains("+NotoSansThaiLooped-");
        assert!(fonts.iter().all(ours), "a letter is missing in the typeface: {fonts:?}");
        let sheets = text.matches("/Type /Page\n").count();
        assert!(sheets > 5, "{sheets} sheets");
    }
}
