//! The forms of `tests/fixtures/forms`: text that is a workbook and what an interview answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::Workbook;

/// One form of the corpus.
pub(crate) struct Specimen {
    /// The file's name without its extension.
    pub(crate) name: String,
    /// Sheets in their order, each with its rows of cells; the first row is the header.
    sheets: Vec<(String, Vec<Vec<String>>)>,
    /// What a question is answered with, by its name.
    pub(crate) values: BTreeMap<String, Vec<String>>,
    /// Files beside the form, by name.
    pub(crate) files: BTreeMap<String, String>,
}

/// Where the corpus lies.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/forms")
}

/// Every form, by name.
pub(crate) fn read() -> Vec<Specimen> {
    let entries = fs::read_dir(folder()).expect("the corpus is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md"));
    paths.sort();
    paths.iter().map(|path| Specimen::parse(path)).collect()
}

impl Specimen {
    fn parse(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the form is read");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let mut form = Self { name, sheets: Vec::new(), values: BTreeMap::new(), files: BTreeMap::new() };
        let mut file: Option<String> = None;
        for line in text.lines() {
            if let Some(opened) = line.strip_prefix("```csv ") {
                file = Some(opened.to_owned());
            } else if line == "```" {
                file = None;
            } else if let Some(file) = &file {
                let text = form.files.entry(file.clone()).or_default();
                text.push_str(line);
                text.push('\n');
            } else if line.starts_with('|') {
                form.add_row(cells(line));
            }
        }
        form
    }

    fn add_row(&mut self, mut cells: Vec<String>) {
        let sheet = cells.remove(0);
        if !sheet.is_empty() {
            self.sheets.push((sheet, Vec::new()));
        }
        let (sheet, rows) = self.sheets.last_mut().expect("the first row names its sheet");
        if sheet != "values" {
            rows.push(cells);
            return;
        }
        let pool = cells[1].split(';').map(|value| value.trim().to_owned()).collect();
        self.values.insert(cells[0].clone(), pool);
    }

    /// The form as the bytes of an .xlsx. Numbers are numbers, as they are where somebody types them.
    pub(crate) fn workbook(&self) -> Vec<u8> {
        let mut workbook = Workbook::new();
        for (name, rows) in self.sheets.iter().filter(|(name, _)| name != "values") {
            let sheet = workbook.add_worksheet().set_name(name).expect("a sheet's name");
            for (at, row) in (0..).zip(rows) {
                for (column, cell) in (0..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
                    let number = cell.parse::<f64>().ok().filter(|number| number.to_string() == *cell);
                    let written = match number {
                        Some(number) => sheet.write_number(at, column, number),
                        None => sheet.write_string(at, column, cell),
                    };
                    written.expect("a cell");
                }
            }
        }
        workbook.save_to_buffer().expect("a workbook")
    }
}

/// The cells of a row between bars; `\|` is a bar in a cell.
fn cells(line: &str) -> Vec<String> {
    let line = line.replace(r"\|", "\u{1}");
    let inner = line.trim_end().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
}
