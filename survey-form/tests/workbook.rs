//! Workbooks as bytes: what their cells say, and that no file costs more than the limits allow.

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};
use survey_form::fault::{FaultKind, Limit, SheetFault};
use survey_form::limits::{WORKBOOK_BYTES_MAX, WORKBOOK_UNPACKED_BYTES_MAX};
use survey_form::workbook::{Workbook, read};
use survey_form::xlsform::compile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const HOUSEHOLD: &[u8] = include_bytes!("../../data/forms/household.xlsx");

/// The parts of an .xlsx with one sheet, whose rows are XML, and its shared texts and styles.
fn parts(rows: &str, shared: &str, styles: &str) -> Vec<(&'static str, String)> {
    let relationship = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    vec![
        (
            "_rels/.rels",
            format!(
                r#"<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relationship}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{main}" xmlns:r="{relationship}"><sheets><sheet name="survey" sheetId="1" r:id="r1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                r#"<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relationship}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(r#"<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>"#),
        ),
        ("xl/sharedStrings.xml", format!(r#"<sst xmlns="{main}" {shared}</sst>"#)),
        ("xl/styles.xml", format!(r#"<styleSheet xmlns="{main}">{styles}</styleSheet>"#)),
    ]
}

fn packed<T: AsRef<[u8]>>(parts: &[(&str, T)]) -> Vec<u8> {
    packed_by(CompressionMethod::Deflated, parts)
}

fn packed_by<T: AsRef<[u8]>>(method: CompressionMethod, parts: &[(&str, T)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in parts {
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(*name, options).expect("in memory");
        zip.write_all(part.as_ref()).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}

fn small(rows: &str) -> Vec<u8> {
    let shared = r#"uniqueCount="2"><si><t>type</t></si><si><r><t>na</t></r><r><t>me </t></r></si>"#;
    let styles = r#"<numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="46"/></cellXfs>"#;
    packed(&parts(rows, shared, styles))
}

fn cells(workbook: &Workbook) -> Vec<(u32, u32, &str)> {
    let rows = workbook.sheets.iter().flat_map(|sheet| &sheet.rows);
    rows.flat_map(|row| row.cells.iter().map(|cell| (row.number, cell.column, cell.text.as_str()))).collect()
}

fn refusal(bytes: &[u8]) -> SheetFault {
    let start = Instant::now();
    let fault = read(bytes).expect_err("it is refused");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?} took {:?}", fault.kind, start.elapsed());
    match fault.kind {
        FaultKind::Sheet(fault) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn cells_of_xlsx_say_what_their_author_sees() {
    let workbook = read(&small(
        r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="inlineStr"><is><t> a  b </t></is></c></row>
           <row r="3"><c r="A3"><v>3</v></c><c r="B3"><v>2.50</v></c><c r="C3" t="b"><v>1</v></c><c r="D3" t="e"><v>#REF!</v></c></row>
           <row r="4"><c r="A4" s="1"><v>46037</v></c><c r="B4" s="2"><v>1.5</v></c><c r="C4" t="str"><f>A1</f><v>type</v></c><c r="D4" t="str"><v>  </v></c></row>"#,
    ));
    let expected = [
        (1, 1, "type"),
        (1, 2, "name"),
        (1, 4, "a  b"),
        (3, 1, "3"),
        (3, 2, "2.5"),
        (3, 3, "TRUE"),
        (3, 4, "#REF!"),
        (4, 1, "2026-01-15"),
        (4, 2, "36:00:00"),
        (4, 3, "type"),
    ];
    assert_eq!(cells(&workbook.expect("a workbook")), expected);
}

#[test]
fn rows_and_cells_may_come_in_any_order() {
    let workbook = read(&small(
        r#"<row r="2"><c r="B2"><v>4</v></c><c r="A2"><v>3</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>
           <row r="2"><c r="A2"><v>5</v></c></row>"#,
    ));
    assert_eq!(cells(&workbook.expect("a workbook")), [(1, 1, "1"), (2, 1, "5"), (2, 2, "4")]);
}

#[test]
fn what_is_no_workbook_is_refused() {
    assert_eq!(refusal(b""), SheetFault::NotAWorkbook);
    assert_eq!(refusal(b"type,name,label\ntext,a,A\n"), SheetFault::NotAWorkbook);
    assert_eq!(refusal(&[0; 100]), SheetFault::NotAWorkbook);
    assert_eq!(refusal(b"PK\x03\x04"), SheetFault::Damaged);
    assert_eq!(refusal(&HOUSEHOLD[..HOUSEHOLD.len() / 2]), SheetFault::Damaged);
    assert_eq!(refusal(&packed(&[("a.txt", "a")])), SheetFault::Damaged);
    assert_eq!(refusal(&vec![b'P'; WORKBOOK_BYTES_MAX + 1]), SheetFault::TooMuch(Limit::FileBytes));
}

#[test]
fn a_part_that_unpacks_without_end_is_refused() {
    let rows = format!(
        r#"<row r="1"><c r="A1" t="str"><v>{}</v></c></row>"#,
        " ".repeat(WORKBOOK_UNPACKED_BYTES_MAX as usize)
    );
    let bomb = small(&rows);
    assert!(bomb.len() < 1024 * 1024, "{}", bomb.len());
    assert_eq!(refusal(&bomb), SheetFault::TooMuch(Limit::UnpackedBytes));
    let nothing = vec![0; 40 * 1024 * 1024];
    let many = (0..4).map(|at| format!("xl/media/{at}.bin")).collect::<Vec<_>>();
    let many = many.iter().map(|name| (name.as_str(), nothing.as_slice())).collect::<Vec<_>>();
    assert_eq!(refusal(&packed(&many)), SheetFault::TooMuch(Limit::UnpackedBytes));
    let many = (0..1_100).map(|at| format!("{at}.xml")).collect::<Vec<_>>();
    let many = many.iter().map(|name| (name.as_str(), "")).collect::<Vec<_>>();
    assert_eq!(refusal(&packed(&many)), SheetFault::TooMuch(Limit::Parts));
}

#[test]
fn what_a_workbook_claims_of_itself_is_bounded_before_it_is_believed() {
    let shared = |count: &str| packed(&parts("", &format!(r#"uniqueCount="{count}">"#), ""));
    assert!(read(&shared("3")).is_ok());
    for count in ["1000001", "18446744073709551615", "99999999999999999999999"] {
        assert_eq!(refusal(&shared(count)), SheetFault::TooMuch(Limit::SharedTexts), "{count}");
    }
    let formats = r#"<cellXfs>"#.to_owned() + &r#"<xf numFmtId="0"/>"#.repeat(20_000) + "</cellXfs>";
    assert_eq!(refusal(&packed(&parts("", ">", &formats))), SheetFault::TooMuch(Limit::CellFormats));
    let name = format!(r#"<fonts><font><name val="{}"/></font></fonts>"#, "x".repeat(100_000));
    assert_eq!(refusal(&packed(&parts("", ">", &name))), SheetFault::TooMuch(Limit::CellFormats));
    // The directory at the end of the zip says how many files there are.
    let mut lying = small("");
    let end = lying.len() - 22;
    lying[end + 10..end + 12].copy_from_slice(&60_000_u16.to_le_bytes());
    assert_eq!(refusal(&lying), SheetFault::TooMuch(Limit::Parts));
}

#[test]
fn cells_far_away_and_dimensions_cost_nothing() {
    let far = |cell: &str| small(&format!(r#"<row><c r="{cell}"><v>1</v></c></row>"#));
    assert_eq!(refusal(&far("A200001")), SheetFault::TooMuch(Limit::Rows));
    assert_eq!(refusal(&far("XFD1")), SheetFault::TooMuch(Limit::Columns));
    assert!(read(&far("ZZZZZZZZZZ99999999999")).is_err());
    // Empty cells to the last column are what spreadsheet programs leave behind.
    let empty = small(r#"<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/><c r="XFD1048576"/></row>"#);
    assert_eq!(cells(&read(&empty).expect("a workbook")), [(1, 1, "1")]);
}

#[test]
fn one_text_in_a_million_cells_is_bounded() {
    let shared = format!(r#"uniqueCount="1"><si><t>{}</t></si>"#, "x".repeat(100_000));
    let cells = (1..=1_000).map(|row| format!(r#"<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>"#));
    assert_eq!(
        refusal(&packed(&parts(&cells.collect::<String>(), &shared, ""))),
        SheetFault::TooMuch(Limit::TextBytes)
    );
    let long = small(&format!(r#"<row r="1"><c r="A1" t="str"><v>{}</v></c></row>"#, "x".repeat(200_000)));
    assert_eq!(refusal(&long), SheetFault::TooMuch(Limit::CellBytes));
}

/// Pseudo-random numbers, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }

    /// Changes bytes: one replaced, some dropped, some doubled, or a number of XML made another.
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            let end = (at + self.below(24)).min(bytes.len());
            match self.below(5) {
                0 if !bytes.is_empty() => bytes[at] = self.below(256) as u8,
                1 => drop(bytes.drain(at..end)),
                2 => {
                    let copied = bytes[at..end].to_vec();
                    bytes.splice(at..at, copied);
                }
                3 => {
                    let digits = bytes.iter().positions_of(|byte| byte.is_ascii_digit());
                    if let Some(&at) = digits.get(self.below(digits.len())) {
                        bytes.splice(at..=at, *b"99999999999");
                    }
                }
                _ if !bytes.is_empty() => bytes[at] = b"<>\"'&=/ 0A"[self.below(10)],
                _ => {}
            }
        }
    }
}

trait Positions: Iterator + Sized {
    fn positions_of(self, wanted: impl Fn(&Self::Item) -> bool) -> Vec<usize> {
        self.enumerate().filter(|(_, item)| wanted(item)).map(|(at, _)| at).collect()
    }
}

impl<I: Iterator> Positions for I {}

/// However a part of a workbook is changed, it is read or refused, and nothing panics.
#[test]
fn twenty_thousand_mutants_of_parts_are_read_or_refused() {
    let rows = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>label</t></is></c></row>
        <row r="2"><c r="A2" t="str"><v>text</v></c><c r="B2" t="b"><v>1</v></c><c r="C2" s="1"><v>46037</v></c></row>"#;
    let shared = r#"uniqueCount="2"><si><t>type</t></si><si><r><t>na</t></r><r><t>me </t></r></si>"#;
    let styles = r#"<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>"#;
    let whole = parts(rows, shared, styles)
        .into_iter()
        .map(|(name, part)| (name, part.into_bytes()))
        .collect::<Vec<_>>();
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    let mut reads = 0;
    for round in 0..20_000 {
        let mut mutant = whole.clone();
        let at = chance.below(mutant.len());
        chance.mutate(&mut mutant[at].1);
        let mut bytes = packed_by(CompressionMethod::Stored, &mutant);
        if round % 4 == 0 {
            chance.mutate(&mut bytes);
        }
        reads += usize::from(read(&bytes).is_ok());
    }
    assert!((2_000..18_000).contains(&reads), "{reads}");
}

#[test]
fn mutants_of_the_household_form_compile_or_are_refused() {
    let mut zip = zip::ZipArchive::new(Cursor::new(HOUSEHOLD)).expect("a zip");
    let mut whole = Vec::new();
    for at in 0..zip.len() {
        let mut part = zip.by_index(at).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        std::io::copy(&mut part, &mut bytes).expect("in memory");
        whole.push((name, bytes));
    }
    let mut chance = Chance(0x1234_5678_9abc_def1);
    for _ in 0..300 {
        let mut mutant = whole.iter().map(|(name, part)| (name.as_str(), part.clone())).collect::<Vec<_>>();
        let at = chance.below(mutant.len());
        chance.mutate(&mut mutant[at].1);
        let compiled = compile(&packed_by(CompressionMethod::Stored, &mutant), "household");
        assert!(compiled.form.is_some() || !compiled.faults.is_empty());
    }
}

mod old {
    //! .xls: records, and the little file system around them.

    use super::*;

    fn record(kind: u16, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).expect("a record is short");
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
    }

    fn letters(text: &str) -> Vec<u8> {
        let units = text.encode_utf16().collect::<Vec<_>>();
        let mut bytes = u16::try_from(units.len()).expect("a short text").to_le_bytes().to_vec();
        bytes.push(1);
        bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        bytes
    }

    fn cell(row: u16, column: u16, format: u16, rest: &[u8]) -> Vec<u8> {
        [&row.to_le_bytes()[..], &column.to_le_bytes(), &format.to_le_bytes(), rest].concat()
    }

    /// A workbook with a sheet of every kind of cell; the second shared text goes on in a new record.
    fn stream() -> Vec<u8> {
        let begin = |kind: u16| {
            record(0x0809, &[&0x0600_u16.to_le_bytes()[..], &kind.to_le_bytes(), &[0; 12]].concat())
        };
        let long = "ก".repeat(40);
        let (head, tail) = (letters(&long), letters(&long));
        let mut shared = [&2_u32.to_le_bytes()[..], &2_u32.to_le_bytes(), &letters("type")].concat();
        shared.extend(&head[..3 + 20]);
        let mut rest = vec![1];
        rest.extend(&tail[3 + 20..]);
        let mut globals = [
            begin(5),
            record(0x041e, &[&164_u16.to_le_bytes()[..], &letters("dd/mm/yyyy")].concat()),
            record(0x00e0, &[0; 20]),
            record(0x00e0, &[&[0, 0, 164, 0][..], &[0; 16]].concat()),
        ]
        .concat();
        let shared = [record(0x00fc, &shared), record(0x003c, &rest), record(0x000a, &[])].concat();
        let name = b"survey";
        let sheet_record_bytes = 4 + 8 + name.len();
        let start = u32::try_from(globals.len() + sheet_record_bytes + shared.len()).expect("short");
        globals.extend(record(0x0085, &[&start.to_le_bytes()[..], &[0, 0, 6, 0], name].concat()));
        globals.extend(shared);
        let number = 2.5_f64.to_le_bytes();
        let sheet = [
            begin(0x10),
            // Claims a size that no memory has.
            record(
                0x0200,
                &[&0_u32.to_le_bytes()[..], &u32::MAX.to_le_bytes(), &[0, 0, 255, 255, 0, 0]].concat(),
            ),
            record(0x00fd, &cell(0, 0, 0, &0_u32.to_le_bytes())),
            record(0x00fd, &cell(0, 1, 0, &1_u32.to_le_bytes())),
            record(0x0203, &cell(1, 0, 0, &number)),
            record(0x0203, &cell(1, 1, 1, &46_037_f64.to_le_bytes())),
            record(0x027e, &cell(1, 2, 0, &(7_u32 << 2 | 2).to_le_bytes())),
            record(0x0205, &cell(1, 3, 0, &[1, 0])),
            record(0x0205, &cell(1, 4, 0, &[0x17, 1])),
            record(0x0006, &cell(2, 0, 0, &[&[0, 0, 0, 0, 0, 0, 255, 255][..], &[0; 8]].concat())),
            record(0x0207, &letters("made")),
            record(
                0x00bd,
                &[
                    &cell(2, 1, 0, &(3_u32 << 2 | 3).to_le_bytes())[..],
                    &[0, 0],
                    &(5_u32 << 2 | 2).to_le_bytes(),
                    &[2, 0],
                ]
                .concat(),
            ),
            record(0x000a, &[]),
        ];
        globals.extend(sheet.concat());
        globals
    }

    /// A compound file with one stream.
    fn compound(stream: &[u8]) -> Vec<u8> {
        let mut stream = stream.to_vec();
        let length = stream.len().max(4_096);
        stream.resize(length.next_multiple_of(512), 0);
        let sectors = stream.len() / 512;
        let mut file = vec![0; 512];
        file[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
        file[24..34].copy_from_slice(&[0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0]);
        file[44..52].copy_from_slice(&[1, 0, 0, 0, 1, 0, 0, 0]);
        file[56..60].copy_from_slice(&4_096_u32.to_le_bytes());
        file[60..64].copy_from_slice(&0xffff_fffe_u32.to_le_bytes());
        file[68..72].copy_from_slice(&0xffff_fffe_u32.to_le_bytes());
        file[76..].fill(0xff);
        file[76..80].fill(0);
        let mut table = vec![0xffff_fffd_u32, 0xffff_fffe];
        table.extend((3..).take(sectors - 1));
        table.push(0xffff_fffe);
        table.resize(128, 0xffff_ffff);
        file.extend(table.iter().flat_map(|next| next.to_le_bytes()));
        let entry = |name: &str, kind: u8, start: u32, bytes: u32| {
            let mut entry = name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
            entry.resize(128, 0);
            entry[66] = kind;
            entry[116..120].copy_from_slice(&start.to_le_bytes());
            entry[120..124].copy_from_slice(&bytes.to_le_bytes());
            entry
        };
        file.extend(entry("Root Entry", 5, 0xffff_fffe, 0));
        file.extend(entry("Workbook", 2, 2, u32::try_from(length).expect("short")));
        file.extend([0; 256]);
        file.extend(stream);
        file
    }

    #[test]
    fn cells_of_xls_say_what_their_author_sees() {
        let workbook = read(&compound(&stream())).expect("a workbook");
        assert_eq!(workbook.sheets[0].name, "survey");
        let long = "ก".repeat(40);
        let expected = [
            (1, 1, "type"),
            (1, 2, long.as_str()),
            (2, 1, "2.5"),
            (2, 2, "2026-01-15"),
            (2, 3, "7"),
            (2, 4, "TRUE"),
            (2, 5, "#REF!"),
            (3, 1, "made"),
            (3, 2, "0.03"),
            (3, 3, "5"),
        ];
        assert_eq!(cells(&workbook), expected);
    }

    #[test]
    fn rings_and_claims_of_xls_are_refused() {
        let whole = compound(&stream());
        // The directory's chain leads back to itself.
        let mut ring = whole.clone();
        ring[512 + 4..512 + 8].copy_from_slice(&1_u32.to_le_bytes());
        assert_eq!(refusal(&ring), SheetFault::Damaged);
        // The list of tables does.
        let mut ring = whole.clone();
        ring[68..72].copy_from_slice(&0_u32.to_le_bytes());
        ring[1020..1024].fill(0);
        assert_eq!(refusal(&ring), SheetFault::Damaged);
        // The stream is longer than the file.
        let mut long = whole.clone();
        long[1024 + 128 + 120..1024 + 128 + 124].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(read(&long).is_ok(), "what there is of it is read");
        let old = [&0x0809_u16.to_le_bytes()[..], &[8, 0, 0, 5, 5, 0, 0, 0, 0, 0]].concat();
        assert_eq!(refusal(&compound(&old)), SheetFault::OldExcel);
        let locked = [&stream()[..20], &record(0x002f, &[1, 0])].concat();
        assert_eq!(refusal(&compound(&locked)), SheetFault::Protected);
    }

    #[test]
    fn ten_thousand_mutants_of_xls_are_read_or_refused() {
        let mut chance = Chance(0x0bad_cafe_dead_beef);
        let (stream, whole) = (stream(), compound(&stream()));
        for round in 0..10_000 {
            let mut mutant = if round % 2 == 0 { stream.clone() } else { whole.clone() };
            chance.mutate(&mut mutant);
            let mutant = if round % 2 == 0 { compound(&mutant) } else { mutant };
            let start = Instant::now();
            let _ = read(&mutant);
            assert!(start.elapsed() < Duration::from_secs(5));
        }
    }
}
