//! Tables from outside: what a form reads of them, how their files are read, and what is said of faults.

use std::collections::BTreeMap;
use std::sync::Arc;

use survey_form::engine::{Context, Entry, Plan, Session};
use survey_form::expr::TableRows;
use survey_form::fault::{Fault, FaultKind, FileKind, Severity, TableFault, Tongue};
use survey_form::limits::{TABLE_BYTES_MAX, TABLE_CELL_BYTES_MAX, TABLE_COLUMNS_MAX, TABLE_ROWS_MAX};
use survey_form::model::{FieldId, Form};
use survey_form::table::{Reads, read, read_by};
use survey_form::value::Scalar;
use survey_form::workbook::{Cell, Row, Sheet, Workbook};
use survey_form::xlsform::compile_workbook;

/// The form of these rows, which must have no error.
fn form(survey: &str) -> Form {
    let rows = (1..).zip(survey.lines().map(str::trim).filter(|line| !line.is_empty()));
    let cells = |line: &str| {
        let cells = (1..).zip(line.split('|').map(str::trim)).filter(|(_, text)| !text.is_empty());
        cells.map(|(column, text)| Cell { column, text: text.to_owned() }).collect()
    };
    let rows = rows.map(|(number, line)| Row { number, cells: cells(line) }).collect();
    let workbook = Workbook { sheets: vec![Sheet { name: "survey".into(), rows }] };
    let compiled = compile_workbook(&workbook, "test");
    let errors: Vec<_> = compiled.faults.iter().filter(|fault| fault.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    compiled.form.expect("no errors")
}

const VILLAGES: &str = "type | name | label | choice_filter | calculation
    text | tambon | Tambon | |
    select_one_from_file villages.csv | village | Village | tambon_code = ${tambon} |
    calculate | size | | | pulldata('villages', 'size', 'name', ${village})";

fn villages() -> Reads {
    read_by(&form(VILLAGES)).remove("villages").expect("the form reads it")
}

/// The faults as `E villages.csv!B3` with what is wrong.
fn faults(bytes: &[u8]) -> Vec<(String, TableFault)> {
    read(bytes, &villages()).faults.iter().map(told).collect()
}

fn told(fault: &Fault) -> (String, TableFault) {
    let grade = if fault.severity == Severity::Error { "E" } else { "W" };
    let FaultKind::Table(kind) = &fault.kind else { panic!("{fault:?}") };
    let (thai, english) = (kind.told(Tongue::Thai), kind.told(Tongue::English));
    assert!(thai.chars().any(|letter| ('ก'..='๛').contains(&letter)), "{thai}");
    assert!(english.is_ascii() || english.contains(['“', 'ก', 'บ']), "{english}");
    (format!("{grade} {}", fault.place), kind.clone())
}

fn one(bytes: &[u8]) -> (String, TableFault) {
    let mut faults = faults(bytes);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

fn rows(text: &str) -> TableRows {
    let read = read(text.as_bytes(), &villages());
    assert_eq!(read.faults, [], "{text}");
    read.rows.expect("no faults")
}

fn pairs(table: &TableRows) -> Vec<(&str, &str)> {
    table.pairs("name", "label").collect()
}

#[test]
fn a_form_says_which_tables_and_columns_it_reads() {
    let form = form(
        "type | name | label | parameters | calculation
         select_one_from_file villages.csv | a | A | value=code label=thai |
         select_multiple_from_file things.csv | b | B | |
         csv-external | prices | | |
         csv-external | unread | | |
         calculate | c | | | pulldata('people', 'age', 'id', ${a})
         calculate | d | | | instance('prices')/root/item[kind = ${a} and instance('villages')/root/item[code = 'x']/area > size]/baht
         calculate | e | | | count(instance('things')/root/item[weight > 3])",
    );
    let read = read_by(&form);
    let columns: BTreeMap<&str, Vec<&str>> = read
        .iter()
        .map(|(name, reads)| (*name, reads.columns.iter().map(String::as_str).collect()))
        .collect();
    let expected = BTreeMap::from([
        ("people", vec!["age", "id"]),
        ("prices", vec!["baht", "kind", "size"]),
        ("things", vec!["name", "label", "weight"]),
        ("unread", vec![]),
        ("villages", vec!["code", "thai", "area"]),
    ]);
    assert_eq!(columns, expected);
    assert_eq!(read["villages"].file, "villages.csv");
    assert_eq!(villages().columns, ["name", "label", "tambon_code", "size"]);
}

#[test]
fn a_file_is_read_as_spreadsheet_programs_write_it() {
    let expected = [("v4", "บ้านดง, หมู่ 4"), ("v5", "ท่า \"ใหม่\"")];
    let plain = "name,label,tambon_code,size\nv4,\"บ้านดง, หมู่ 4\",650117,20\nv5,\"ท่า \"\"ใหม่\"\"\",650117,3\n";
    assert_eq!(pairs(&rows(plain)), expected);
    assert_eq!(pairs(&rows(&format!("\u{FEFF}{plain}"))), expected);
    assert_eq!(pairs(&rows(&plain.replace('\n', "\r\n"))), expected);
    assert_eq!(pairs(&rows(&plain.replace('\n', "\r"))), expected);
    assert_eq!(pairs(&rows(plain.trim_end())), expected, "without an end to the last line");
    assert_eq!(pairs(&rows(&plain.replace('\n', "\n\n,,,\n"))), expected, "empty rows are no rows");
    let spaced = "name ; label; tambon_code;size;;\n v4 ;\"บ้านดง, หมู่ 4\"; 650117;20;;\nv5;\"ท่า \"\"ใหม่\"\"\";650117;3;;\n";
    assert_eq!(pairs(&rows(spaced)), expected);
    let lines = "name,label,tambon_code,size\nv4,\"บ้าน\nดง\",1,2\n";
    assert_eq!(pairs(&rows(lines)), [("v4", "บ้าน\nดง")]);
    assert_eq!(pairs(&rows("name\tlabel\ttambon_code\tsize\nv4\tA, B\t1\t2")), [("v4", "A, B")]);
    // Columns that the form does not read are kept: another expression may come.
    assert_eq!(pairs(&rows("note,name,label,tambon_code,size\nx,v4,A,1,2")), [("v4", "A")]);
}

#[test]
fn what_is_wrong_is_told_by_row_and_column() {
    let head = "name,label,tambon_code,size\n";
    let at = |place: &str, kind: TableFault| (place.to_owned(), kind);
    let text = |rest: &str| format!("{head}{rest}").into_bytes();
    assert_eq!(one(b""), at("E villages.csv", TableFault::Empty));
    assert_eq!(one(b"\n,,\n"), at("E villages.csv", TableFault::Empty));
    assert_eq!(one(head.as_bytes()), at("W villages.csv", TableFault::NoRows));
    let columns = villages().columns;
    for (bytes, found) in [
        (&b"PK\x03\x04rest"[..], FileKind::Workbook),
        (b"\xD0\xCF\x11\xE0rest", FileKind::Workbook),
        (b"\xEF\xBB\xBF <?xml version=\"1.0\"?>", FileKind::Markup),
        (b"{\"type\": \"FeatureCollection\"}", FileKind::Json),
    ] {
        let kind = TableFault::NotCsv { found, columns: columns.clone() };
        assert_eq!(one(bytes), at("E villages.csv", kind));
    }
    // "บ้าน" in the code page of a Thai Windows, in the third row.
    let mut windows = text("v4,A,1,2\nv5,");
    windows.extend(b"\xBA\xE9\xD2\xB9,1,2\n");
    assert_eq!(one(&windows), at("E villages.csv!B3", TableFault::NotUtf8));
    assert_eq!(one(b"\xFF\xFEn\0a\0"), at("E villages.csv", TableFault::NotUtf8));
    assert_eq!(
        one(&text("v4,A,1,2\nv5,\"B,1,2\nv6,C,1,2\n")),
        at("E villages.csv!B3", TableFault::NeverClosed)
    );
    assert_eq!(one(&text("v4,A,1,2,x\n")), at("E villages.csv!E2", TableFault::LongRow { columns: 4 }));
    let short = TableFault::ShortRow { cells: 2, columns: 4 };
    assert_eq!(one(&text("v4,A\n")), at("W villages.csv!2", short));
    assert_eq!(
        one(b"name,label,tambon_code,size,label\nv,A,1,2,3\n"),
        at("E villages.csv!E1", TableFault::DuplicateColumn { first: "B".into() })
    );
    assert_eq!(
        one(b"name,label,,tambon_code,size\nv,A,x,1,2\n"),
        at("E villages.csv!C2", TableFault::Nameless)
    );
    let missing = |column: &str, similar: Option<&str>, found: &[&str]| TableFault::MissingColumn {
        column: column.to_owned(),
        similar: similar.map(str::to_owned),
        found: found.iter().map(|name| (*name).to_owned()).collect(),
    };
    let found = ["name", "labels", "tambon_code", "size"];
    assert_eq!(
        one(b"name,labels,tambon_code,size\nv,A,1,2\n"),
        at("E villages.csv!1", missing("label", Some("labels"), &found))
    );
    let both = faults("รหัส,ชื่อ,tambon_code,size\nv,A,1,2\n".as_bytes());
    assert_eq!(both.len(), 2, "{both:?}");
    assert_eq!(one(&text("v4,A,1,2\n,B,1,2\n")), at("E villages.csv!A3", TableFault::NoName));
    let twice = TableFault::DuplicateName { name: "v4".into(), first_row: 2 };
    assert_eq!(one(&text("v4,A,1,2\nv5,B,1,2\nv4,C,1,2\n")), at("W villages.csv!A4", twice));
    // Rows are counted as a spreadsheet shows them: empty ones count, lines within a cell do not.
    assert_eq!(
        one(&text("v4,\"A\nB\",1,2\n\nv5,C,1,2,x\n")),
        at("E villages.csv!E4", TableFault::LongRow { columns: 4 })
    );
    let several = form("type | name | label\nselect_multiple_from_file villages.csv | a | A");
    let reads = &read_by(&several)["villages"];
    let spaced = read(b"name,label\nv 4,A\n", reads);
    assert_eq!(told(&spaced.faults[0]).1, TableFault::SpacedName { name: "v 4".into() });
    assert!(spaced.rows.is_none());
    assert!(read(&text("v 4,A,1,2\n"), &villages()).rows.is_some(), "of one choice a space is no harm");
}

#[test]
fn what_is_too_large_is_refused_and_faults_are_counted() {
    let head = "name,label,tambon_code,size\n";
    let large = vec![b'a'; TABLE_BYTES_MAX + 1];
    assert_eq!(one(&large).1, TableFault::TooManyBytes);
    let long = format!("{head}v,{},1,2\n", "a".repeat(TABLE_CELL_BYTES_MAX + 1));
    assert_eq!(one(long.as_bytes()), ("E villages.csv!B2".to_owned(), TableFault::CellTooLong));
    let wide = ",".repeat(TABLE_COLUMNS_MAX + 1);
    assert_eq!(one(wide.as_bytes()).1, TableFault::TooManyColumns);
    let many =
        format!("{head}{}", (0..=TABLE_ROWS_MAX).map(|row| format!("{row},A,1,2\n")).collect::<String>());
    let (place, kind) = one(many.as_bytes());
    assert_eq!((place.as_str(), kind), ("E villages.csv!100002", TableFault::TooManyRows));
    let faulty = format!("{head}{}", ",A,1,2\n".repeat(150));
    let read = read(faulty.as_bytes(), &villages());
    assert!(read.rows.is_none());
    assert_eq!(told(&read.faults[100]), ("E villages.csv".to_owned(), TableFault::MoreFaults(50)));
}

#[test]
fn an_interview_chooses_and_calculates_by_the_table() {
    let table = rows("name,label,tambon_code,size\nv4,บ้านดง,650117,20\nv5,ท่าโพธิ์,650118,7\n");
    let context =
        Context { tables: Arc::new(BTreeMap::from([("villages".to_owned(), table)])), ..Context::default() };
    let plan = Plan::new(form(VILLAGES)).map(Arc::new).expect("no ring");
    let answer =
        |key: &str, value: &str| Entry { row: None, key: key.into(), value: Scalar::Str(value.into()) };
    let mut session = Session::new(plan, context, vec![answer("tambon", "650118"), answer("village", "v5")]);
    session.resume();
    let open = session.choices(None, FieldId(1)).expect("a select");
    assert_eq!(open.iter().map(|choice| choice.label.as_str()).collect::<Vec<_>>(), ["ท่าโพธิ์"]);
    assert_eq!(session.state(None, FieldId(2)).expect("a field").value, Scalar::Str("7".into()));
    assert_eq!(session.check_all(), []);
}
