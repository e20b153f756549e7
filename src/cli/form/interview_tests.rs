//! Interviews as they are typed: what is asked, what is said, and what comes of it.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use survey_form::expr::TableRows;
use survey_form::typed::THAILAND;
use survey_form::workbook::{Cell, Row, Sheet, Workbook};
use survey_form::xlsform::compile_workbook;

use super::super::outcome;
use super::super::play::play;
use super::*;

const HOUSEHOLD: &str = "
| survey | type | name | label::ไทย (th) | label::English (en) | hint::ไทย (th) | relevant | constraint | constraint_message::ไทย (th) | constraint_message::English (en) | required | calculation | choice_filter |
| | note | hello | สวัสดี | Hello | | | | | | | | |
| | text | house_no | บ้านเลขที่ | House number | | | regex(., '[0-9]+') | ตัวเลขเท่านั้น | Digits only | yes | | |
| | date | visited | วันที่เยี่ยม | Visited | เป็น พ.ศ. | | . <= today() | ยังไม่ถึงวันนั้น | Not yet | | | |
| | select_one province | province | จังหวัด | Province | | | | | | | | |
| | select_one amphoe | amphoe | อำเภอ | Amphoe | | | | | | | | province = ${province} |
| | select_multiple hazard | hazards | ภัย | Hazards | | | | | | | | |
| | integer | floods | น้ำท่วมกี่ครั้ง | How many floods | | selected(${hazards}, 'flood') | | | | | | |
| | begin repeat | member | สมาชิก | Member | | | | | | | | |
| | text | m_name | ชื่อ | Name | | | | | | yes | | |
| | integer | age | อายุ | Age | | | . >= 0 and . <= 120 | 0 ถึง 120 ปี | 0 to 120 | | | |
| | text | school | โรงเรียน | School | | ${age} < 18 and ${age} != '' | | | | | | |
| | end repeat | | | | | | | | | | | |
| | calculate | people | คนทั้งหมด | People | | | | | | | count(${member}) | |
| | text | remark | หมายเหตุ | Remark | | | | | | | | |
| choices | list_name | name | label::ไทย (th) | label::English (en) | province |
| | province | 65 | พิษณุโลก | Phitsanulok | |
| | province | 10 | กรุงเทพฯ | Bangkok | |
| | amphoe | mueang | เมือง | Mueang | 65 |
| | amphoe | nakhon_thai | นครไทย | Nakhon Thai | 65 |
| | amphoe | dusit | ดุสิต | Dusit | 10 |
| | hazard | flood | น้ำท่วม | Flood | |
| | hazard | fire | ไฟไหม้ | Fire | |
| settings | form_id | default_language |
| | house | ไทย (th) |
";

/// 2026-11-26 12:00 in Thailand.
const NOW_MS: i64 = 1_795_669_200_000;

fn workbook(text: &str) -> Workbook {
    let mut workbook = Workbook::default();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let name = cells.next().unwrap();
        if !name.is_empty() {
            workbook.sheets.push(Sheet { name: name.to_owned(), rows: Vec::new() });
        }
        let rows = &mut workbook.sheets.last_mut().unwrap().rows;
        let cells = (1..).zip(cells).filter(|(_, text)| !text.is_empty());
        let cells = cells.map(|(column, text)| Cell { column, text: text.to_owned() }).collect();
        rows.push(Row { number: u32::try_from(rows.len()).unwrap() + 1, cells });
    }
    workbook
}

fn begin_with(text: &str, tables: BTreeMap<String, TableRows>) -> Interview {
    let compiled = compile_workbook(&workbook(text), "form");
    let form = compiled.form.unwrap_or_else(|| panic!("{:?}", compiled.faults));
    let language = form.default_language;
    let plan = Arc::new(Plan::new(form).unwrap());
    let tables = Arc::new(tables);
    let context = Context { now_ms: NOW_MS, zone: THAILAND, language, tables, ..Context::default() };
    Interview::begin(plan, context, Tongue::Thai, "2026-11-26".to_owned())
}

fn begin(text: &str) -> Interview {
    begin_with(text, BTreeMap::new())
}

/// Types these lines; gives what was shown and said all along.
fn transcript(interview: &mut Interview, lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        let prompt = interview.prompt();
        let said = interview.take(line);
        text.push_str(&format!("{prompt}\n> {line}\n{said}\n"));
    }
    text
}

/// The question that is asked now.
fn asked(interview: &Interview) -> String {
    let here = interview.here();
    match here.what {
        What::End => "end".to_owned(),
        What::Another => format!("another {}", interview.field(here.field).name),
        _ => interview.field(here.field).name.clone(),
    }
}

fn answers(interview: &mut Interview) -> Value {
    outcome::json(interview)["answers"].clone()
}

#[test]
fn questions_come_one_at_a_time_with_what_helps_to_answer() {
    let mut interview = begin(HOUSEHOLD);
    let first = interview.prompt();
    assert!(first.starts_with("  สวัสดี\nบ้านเลขที่ *  [house_no]"), "{first}");
    interview.take("๑๒");
    let second = interview.prompt();
    assert_eq!(second, "วันที่เยี่ยม  [visited]\n  เป็น พ.ศ.", "the note is not said again");
    interview.take("3 ก.พ. 2569");
    let third = interview.prompt();
    assert!(third.contains("65  พิษณุโลก") && third.contains("10  กรุงเทพฯ"), "{third}");
    interview.take("65");
    let fourth = interview.prompt();
    assert!(fourth.contains("  1  เมือง\n    2  นครไทย") && !fourth.contains("ดุสิต"), "{fourth}");
    interview.take("2");
    let expected =
        json!({ "house_no": "12", "visited": "2026-02-03", "province": "65", "amphoe": "nakhon_thai" });
    assert_eq!(answers(&mut interview), expected);
}

#[test]
fn what_does_not_hold_is_said_at_once_and_asked_again() {
    let mut interview = begin(HOUSEHOLD);
    assert!(interview.take("").contains("✗ ต้องตอบข้อนี้"));
    assert!(interview.take("สิบสอง").contains("✗ ตัวเลขเท่านั้น"));
    assert!(interview.prompt().contains("= สิบสอง"), "it is kept, and shown");
    assert!(interview.take("en").is_empty());
    assert!(interview.take("").contains("✗ Digits only"));
    assert_eq!(interview.take("12"), "");
    assert!(interview.take("1 ม.ค. 2570").contains("✗ Not yet"));
    assert!(interview.take("yesterday").contains("✗ write a day"));
    assert_eq!(interview.take(">"), "", "on all the same");
    assert_eq!(asked(&interview), "province");
    let found = outcome::json(&mut interview)["does_not_hold"].clone();
    let expected = json!([{
        "row": null, "question": "visited", "problem": "constraint",
        "message_th": "ยังไม่ถึงวันนั้น", "message_en": "Not yet",
    }]);
    assert_eq!(found, expected);
}

#[test]
fn a_person_goes_back_clears_jumps_and_changes_the_language() {
    let mut interview = begin(HOUSEHOLD);
    assert_eq!(interview.take("<"), "นี่คือคำถามแรก");
    transcript(&mut interview, &["12", "", ""]);
    assert_eq!(asked(&interview), "amphoe");
    transcript(&mut interview, &["<", "<", "<"]);
    assert_eq!(asked(&interview), "house_no");
    assert!(interview.prompt().contains("= 12"));
    transcript(&mut interview, &["-", "@remark"]);
    assert_eq!(asked(&interview), "remark");
    assert_eq!(interview.take("=th"), "", "an answer, not the language");
    assert_eq!(answers(&mut interview), json!({ "remark": "th" }));
    assert_eq!(interview.take("@floods"), "floods: ยังไม่ถูกถาม เมื่อดูจากคำตอบข้ออื่น");
    assert_eq!(interview.take("@roof"), "แบบฟอร์มไม่มีคำถามชื่อ roof");
    transcript(&mut interview, &["@hazards", "flood fire"]);
    assert_eq!(asked(&interview), "floods", "the answer opened it");
    transcript(&mut interview, &["en", "@hazards"]);
    let prompt = interview.prompt();
    assert!(prompt.contains("Hazards") && prompt.contains("= Flood, Fire"), "{prompt}");
    assert!(interview.take("?").contains("delete row"));
    interview.take("q");
    assert!(interview.is_over());
}

#[test]
fn rows_are_added_and_deleted_where_the_form_repeats() {
    let mut interview = begin(HOUSEHOLD);
    transcript(&mut interview, &["12", "", "", "", ""]);
    assert_eq!(asked(&interview), "another member");
    let first = transcript(&mut interview, &["+", "บุญมี", "200"]);
    assert!(first.contains("── สมาชิก 1 ──\nชื่อ *  [m_name]") && first.contains("✗ 0 ถึง 120 ปี"), "{first}");
    transcript(&mut interview, &["๑๒", "บ้านใหม่", "y", "สมศรี", "40"]);
    assert_eq!(asked(&interview), "another member", "the school of a grown-up is not asked");
    let last = transcript(&mut interview, &["y", "เด็ก", "3", "", "-1"]);
    assert!(last.contains("มี 3 แถว"), "{last}");
    let expected = json!([{ "m_name": "สมศรี", "age": 40 }, { "m_name": "เด็ก", "age": 3 }]);
    assert_eq!(answers(&mut interview)["member"], expected);
    interview.take("@age 2");
    assert!(interview.prompt().contains("= 3"));
    interview.take("<");
    let prompt = interview.prompt();
    assert!(prompt.contains("── สมาชิก 2 ──") || prompt.contains("= เด็ก"), "{prompt}");
    let end = transcript(&mut interview, &["@member", "", "", "@remark", "", ""]);
    assert!(interview.is_over() && end.contains("จบแบบสอบถาม"), "{end}");
    let told = outcome::text(&mut interview);
    assert!(told.contains("  คนทั้งหมด = 2") && told.contains("── สมาชิก 2 ──\n  ชื่อ: เด็ก"), "{told}");
    assert!(told.ends_with("✓ ทุกข้อเป็นไปตามแบบฟอร์ม"), "{told}");
}

#[test]
fn calculations_are_shown_as_they_are_passed() {
    let mut interview = begin(HOUSEHOLD);
    transcript(&mut interview, &["12", "", "", "", "", "+", "บุญมี", "", "n"]);
    assert_eq!(interview.prompt(), "  คนทั้งหมด: 1\nหมายเหตุ  [remark]");
}

#[test]
fn rows_that_a_form_counts_are_there_and_lie_in_each_other() {
    let mut interview = begin(
        "
| survey | type | name | label | repeat_count |
| | integer | houses | Houses | |
| | begin repeat | house | House | ${houses} |
| | begin repeat | person | Person | |
| | text | who | Who | |
| | end repeat | | | |
| | end repeat | | | |
",
    );
    let typed = ["2", "+", "A", "+", "B", "", "+", "C", ""];
    transcript(&mut interview, &typed);
    assert_eq!(asked(&interview), "end");
    let expected = json!({
        "houses": 2,
        "house": [{ "person": [{ "who": "A" }, { "who": "B" }] }, { "person": [{ "who": "C" }] }],
    });
    assert_eq!(answers(&mut interview), expected);
    let mut again = begin_again(&interview);
    let played = play(&mut again, expected.as_object().unwrap());
    assert_eq!((played.refused, played.not_asked), (vec![], vec![]));
    assert_eq!(answers(&mut again), expected);
}

/// Another interview with the same form.
fn begin_again(interview: &Interview) -> Interview {
    let context = Context { now_ms: NOW_MS, zone: THAILAND, ..Context::default() };
    Interview::begin(interview.plan.clone(), context, Tongue::Thai, "2026-11-26".to_owned())
}

#[test]
fn tables_beside_the_form_give_choices() {
    let rows = |text: &str| {
        let mut lines = text.split(';').map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        TableRows::new(lines.next().unwrap(), lines.collect())
    };
    let tables = [("villages".to_owned(), rows("name,label,size;v1,บ้านใหม่,60;v4,ท่าโพธิ์,20"))];
    let mut interview = begin_with(
        "
| survey | type | name | label | choice_filter | calculation |
| | select_one_from_file villages.csv | village | Village | size > 30 | |
| | calculate | size | Size | | pulldata('villages', 'size', 'name', ${village}) |
| | text | end | End | | |
",
        BTreeMap::from(tables),
    );
    let prompt = interview.prompt();
    assert!(prompt.contains("1  บ้านใหม่") && !prompt.contains("ท่าโพธิ์"), "{prompt}");
    interview.take("1");
    assert!(interview.prompt().starts_with("  Size: 60\n"));
}

#[test]
fn names_of_choices_come_before_commands() {
    let mut interview = begin(
        "
| survey | type | name | label |
| | select_one tongue | tongue | Spoken |
| | text | rest | Rest |
| choices | list_name | name | label |
| | tongue | th | ไทย |
| | tongue | q | Q |
",
    );
    interview.take("th");
    interview.take("<");
    interview.take("q");
    assert_eq!((answers(&mut interview), interview.is_over()), (json!({ "tongue": "q" }), false));
}

#[test]
fn the_answers_of_a_file_are_given_in_the_order_of_the_form() {
    let mut interview = begin(HOUSEHOLD);
    let file = json!({
        "floods": 2,
        "hazards": ["flood"],
        "house_no": "๑๒",
        "visited": "พรุ่งนี้",
        "member": [{ "m_name": "บุญมี", "age": "๗๐", "school": "ไม่มี" }, { "age": 130 }],
        "roof": 3,
    });
    let played = play(&mut interview, file.as_object().unwrap());
    assert_eq!(played.refused.len(), 1);
    assert_eq!(played.refused[0].0, "visited");
    assert_eq!(played.not_asked, ["member[1].school", "roof"]);
    let outcome = outcome::json(&mut interview);
    let expected = json!({
        "house_no": "12", "hazards": ["flood"], "floods": 2,
        "member": [{ "m_name": "บุญมี", "age": 70 }, { "age": 130 }],
    });
    assert_eq!(outcome["answers"], expected);
    assert_eq!(outcome["derived"], json!({ "people": 2 }));
    let found = outcome["does_not_hold"].as_array().unwrap();
    let found: Vec<_> = found.iter().map(|one| (&one["question"], &one["problem"], &one["row"])).collect();
    let second = json!({ "group": "member", "number": 2 });
    assert_eq!(
        found,
        [(&json!("m_name"), &json!("required"), &second), (&json!("age"), &json!("constraint"), &second),]
    );
}
