//! `samruat form test`: a form tried in the terminal, as a script runs it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use super::workspace;

/// Runs `samruat form test` with these lines typed.
fn form_test(file: &Path, options: &[&str], lines: &[&str]) -> Output {
    let mut running = Command::new(env!("CARGO_BIN_EXE_samruat"))
        .args(["form", "test"])
        .arg(file)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What was not read when all was answered is nobody's fault.
    let _ = running.stdin.take().unwrap().write_all(lines.join("\n").as_bytes());
    running.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn household() -> PathBuf {
    workspace().join("data/forms/household.xlsx")
}

/// A folder that goes when its test ends.
struct Folder(PathBuf);

impl Folder {
    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A folder of this test, with these files.
fn folder(name: &str, files: &[(&str, &[u8])]) -> Folder {
    let folder = std::env::temp_dir().join(format!("samruat-forms-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    Folder(folder)
}

pub(crate) fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(*name).unwrap();
        for (row, cells) in (0..).zip(*rows) {
            for (column, cell) in (0..).zip(*cells).filter(|(_, cell)| !cell.is_empty()) {
                sheet.write_string(row, column, *cell).unwrap();
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn the_built_in_form_is_an_interview() {
    let lines = [
        "+",
        "1",
        "วันนี้",
        "1",
        "3",
        "1 3",
        "",
        "",
        "๖๕๐๑๑๗",
        "๔",
        "๑๒/๓",
        "@household_size",
        "2",
        "@member",
        "+",
        "บุญมี สุขสวัสดิ์",
        "1",
        "",
        "1990",
        "2500",
        "1-1120",
        "@roof_condition",
        "en",
        "3",
        "q",
    ];
    let output = form_test(&household(), &[], &lines);
    let said = text(&output);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for part in [
        "── การเยี่ยมบ้าน 1 ──\nผลการเยี่ยมบ้าน *  [visit_outcome]",
        "    1  สำรวจครบ",
        "หมู่ที่ *  [moo]\n  0 ถ้าไม่มีหมู่ หรืออยู่ในเขตเมือง\n> ๔",
        "! จำนวนคนไม่ตรงกับรายชื่อสมาชิกที่กรอก (0 คน)",
        "✗ ปีเกิดต้องเป็น พ.ศ.",
        "✗ เลขประจำตัวประชาชนไม่ถูกต้อง",
        "roof condition  [roof_condition]\n    0  ",
        "── The answers 12/3 ──",
        "The citizen ID is not right",
    ] {
        assert!(said.contains(part), "{part}\n\n{said}");
    }
    let output = form_test(&household(), &["--json"], &lines);
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
    let answers = &outcome["answers"];
    assert_eq!(answers["tambon_code"], "650117");
    assert_eq!((&answers["moo"], &answers["roof_condition"]), (&json!(4), &json!("3")));
    assert_eq!(answers["visit"][0]["consent_scopes"], json!(["welfare_fund", "lao"]));
    assert_eq!(answers["member"][0]["m_birth_year_be"], 2500);
    assert_eq!(outcome["derived"]["surveyed"], "yes");
    let asked = String::from_utf8_lossy(&output.stderr);
    assert!(asked.contains("บ้านเลขที่ *  [house_no]"), "{asked}");
}

#[test]
fn answers_of_a_file_are_given_and_what_comes_of_them_is_told() {
    let answers = json!({
        "visit": [{ "visit_outcome": "done", "visit_date": "3 ก.พ. 2569", "consent_given": "full",
                    "consent_method": "signature", "consent_scopes": ["lao"] }],
        "tambon_code": "650117", "moo": 4, "house_no": "12", "household_size": 1, "income_year": "60,000",
        "member": [{ "m_name": "บุญมี", "m_relation": "head", "m_birth_year_be": 2500, "m_card_status": "holder" }],
        "tenure": "own",
    });
    let folder = folder("answers", &[("answers.json", answers.to_string().as_bytes())]);
    let path = folder.join("answers.json").display().to_string();
    let output = form_test(&household(), &["--answers", &path, "--json"], &[]);
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(outcome["does_not_hold"], json!([]), "{outcome:#}");
    assert!(output.status.success());
    assert_eq!(outcome["answers"]["visit"][0]["visit_date"], "2026-02-03");
    assert_eq!(outcome["answers"]["income_year"], 60_000);

    // The outcome's answers are answers again.
    std::fs::write(folder.join("again.json"), outcome["answers"].to_string()).unwrap();
    let again = folder.join("again.json").display().to_string();
    let again = form_test(&household(), &["--answers", &again, "--json"], &[]);
    assert_eq!(serde_json::from_slice::<Value>(&again.stdout).unwrap(), outcome);

    let faulty =
        json!({ "visit": [{ "visit_outcome": "done" }], "moo": 100, "roof": 3, "house_no": "บ้านสีฟ้า" });
    std::fs::write(folder.join("faulty.json"), faulty.to_string()).unwrap();
    let faulty = folder.join("faulty.json").display().to_string();
    let output = form_test(&household(), &["--answers", &faulty, "--language", "en"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    for part in [
        "village number (0 = none/urban) [moo]: Between 0 and 99.",
        "Visit 1 · visit date [visit_date]: Please answer this question.",
        "[house_no]: Such as 12,",
        "in the file, but not asked: roof",
    ] {
        assert!(said.contains(part), "{part}\n\n{said}");
    }
}

#[test]
fn tables_are_read_from_beside_the_form() {
    let form = workbook(&[(
        "survey",
        &[
            &["type", "name", "label", "calculation"],
            &["select_one_from_file villages.csv", "village", "Village", ""],
            &["calculate", "size", "", "pulldata('villages', 'size', 'name', ${village})"],
        ],
    )]);
    let table = "\u{FEFF}name,label,size\nv4,ท่าโพธิ์,20\n";
    let folder = folder("tables", &[("village.xlsx", &form), ("villages.csv", table.as_bytes())]);
    let output = form_test(&folder.join("village.xlsx"), &["--json"], &["1"]);
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(outcome["form"], "village");
    assert_eq!((&outcome["answers"]["village"], &outcome["derived"]["size"]), (&json!("v4"), &json!("20")));
    std::fs::remove_file(folder.join("villages.csv")).unwrap();
    let output = form_test(&folder.join("village.xlsx"), &[], &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("villages.csv: No such file"), "{said}");
}

#[test]
fn faults_of_a_workbook_are_told_by_cell_in_the_language_that_was_chosen() {
    let faulty = workbook(&[(
        "survey",
        &[
            &["type", "name", "label", "relevant"],
            &["integer", "age", "Age", ""],
            &["text", "school", "School", "${agee} < 18"],
        ],
    )]);
    let folder = folder("faults", &[("faulty.xlsx", &faulty), ("rubbish.xlsx", b"not a workbook")]);
    let output = form_test(&folder.join("faulty.xlsx"), &[], &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    assert!(said.contains("survey!D3 · แถว 3 · คอลัมน์ relevant") && said.contains("${age}"), "{said}");
    let output = form_test(&folder.join("faulty.xlsx"), &["--language", "en", "--json"], &[]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let fault = told["faults"].as_array().unwrap().iter().find(|fault| fault["severity"] == "error").unwrap();
    assert_eq!((&fault["sheet"], &fault["row"], &fault["column"]), (&json!("survey"), &json!(3), &json!(4)));
    assert!(fault["en"].as_str().unwrap().contains("${age}"), "{fault}");
    let output = form_test(&folder.join("rubbish.xlsx"), &["--language", "en"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).starts_with("error"), "{}", text(&output));
}
