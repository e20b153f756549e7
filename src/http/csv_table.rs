//! Households as a table that spreadsheets open: a column for each question, Thai headings.

use std::io;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::views::{Eye, HouseholdView};
use crate::papers::csv_cells::{BYTE_ORDER_MARK, Cell, defused, finish, writer};
use crate::planning::annex;
pub use crate::planning::told::Language;
use crate::planning::told::Told;
use crate::projection::form::{AnswerKind, Field, Form, HOUSEHOLD, PdpaClass};

/// How choices are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Values {
    /// In words.
    #[default]
    Labels,
    /// By their codes.
    Codes,
}

/// Which columns there are, and how they are written.
pub struct Table {
    columns: Vec<Column>,
    language: Language,
    values: Values,
}

struct Column {
    source: Source,
    th: String,
    en: String,
}

enum Source {
    Id,
    Village,
    /// An answer that is no question of the household, e.g. the date of the visit that counts.
    Derived(&'static str),
    Question(&'static Field),
    /// The answers of rows of one kind, joined.
    Needs,
    Members,
    Conflicts,
    /// Answers without a column, as JSON.
    Others,
}

impl Table {
    /// The table of what `eye` sees.
    #[must_use]
    pub fn new(eye: &Eye, form: &'static Form, language: Language, values: Values) -> Self {
        let column = |source, th: &str, en: &str| Column { source, th: th.to_owned(), en: en.to_owned() };
        let mut columns = vec![
            column(Source::Id, "รหัสครัวเรือน", "Household id"),
            column(Source::Village, "รหัสหมู่บ้าน", "Village code"),
        ];
        if eye.is_deidentified() {
            columns.push(column(Source::Derived("visit_outcome"), "ผลการเยี่ยม", "Visit outcome"));
            columns.push(column(Source::Derived("visit_date"), "วันที่เยี่ยม", "Visit date"));
            columns.push(column(
                Source::Derived("income_band"),
                "ช่วงรายได้ต่อปี (บาท)",
                "Income a year (baht, band)",
            ));
        }
        let shown = |field: &&Field| {
            let open = field.pdpa == PdpaClass::NotPersonal && field.kind != AnswerKind::Text;
            let told_by_village = matches!(field.name.as_str(), "tambon_code" | "moo");
            if eye.is_deidentified() { open && !told_by_village } else { eye.sees(&field.name) }
        };
        columns.extend(form.fields_of(HOUSEHOLD).filter(shown).map(|field| Column {
            source: Source::Question(field),
            th: field.label_th.clone(),
            en: field.label_en.clone(),
        }));
        if !eye.is_deidentified() {
            columns.push(column(Source::Members, "จำนวนสมาชิกที่บันทึก", "Members listed"));
            columns.push(column(Source::Needs, "ความต้องการ", "Needs"));
            columns.push(column(Source::Conflicts, "คำตอบที่ไม่ตรงกัน", "Answers in conflict"));
            columns.push(column(Source::Others, "คำตอบอื่น (JSON)", "Other answers (JSON)"));
        }
        Self { columns, language, values }
    }

    /// The beginning of the file: byte order mark and headings.
    ///
    /// # Errors
    /// None while there is memory.
    pub fn head(&self) -> io::Result<Vec<u8>> {
        let mut writer = writer(BYTE_ORDER_MARK.to_vec());
        writer.write_record(self.columns.iter().map(|column| match self.language {
            Language::Th => &column.th,
            Language::En => &column.en,
        }))?;
        finish(writer)
    }

    /// A row for each household.
    ///
    /// # Errors
    /// None while there is memory.
    pub fn rows(&self, households: &[HouseholdView]) -> io::Result<Vec<u8>> {
        let mut writer = writer(Vec::new());
        for household in households {
            writer.write_record(
                self.columns.iter().map(|column| defused(self.cell(household, &column.source))),
            )?;
        }
        finish(writer)
    }

    /// The same for a workbook: the first column says what a row is.
    #[must_use]
    pub fn cells(&self, households: &[HouseholdView]) -> annex::Table {
        let text = |text: &str| Told::new(text, text);
        let cell = |cell: Cell| match cell {
            Cell::Number(number) => {
                number.parse().map_or_else(|_| annex::Cell::Text(text(&number)), annex::Cell::Count)
            }
            Cell::Text(words) => annex::Cell::Text(text(&words)),
        };
        let mut columns = self.columns.iter().map(|column| Told::new(&*column.th, &*column.en));
        let row = |household: &HouseholdView| {
            let mut cells = self.columns.iter().map(|column| self.cell(household, &column.source));
            let name = cells.next().map_or_else(String::new, |first| first.text().to_owned());
            annex::Row { name: text(&name), is_total: false, cells: cells.map(cell).collect() }
        };
        annex::Table {
            number: 0,
            name: "households".to_owned(),
            title: Told::new("ครัวเรือน", "Households"),
            row_heading: columns.next().unwrap_or_else(|| text("")),
            columns: columns.map(|name| annex::Column { name }).collect(),
            rows: households.iter().map(row).collect(),
            note: None,
        }
    }

    fn cell(&self, household: &HouseholdView, source: &Source) -> Cell {
        match source {
            Source::Id => Cell::Text(household.household_id.clone()),
            Source::Village => Cell::Text(household.village.clone()),
            Source::Derived(key) => match household.answers.get(key) {
                Some(value) => self.value(Form::built_in().field(key), value),
                None => Cell::empty(),
            },
            Source::Question(field) => match household.answers.get(&field.name) {
                Some(value) => self.value(Some(field), value),
                None => Cell::empty(),
            },
            Source::Members => Cell::Number(household.members.as_ref().map_or(0, Vec::len).to_string()),
            Source::Needs => Cell::Text(self.needs(household)),
            Source::Conflicts => Cell::Number(household.conflicts.unwrap_or(0).to_string()),
            Source::Others => self.others(household),
        }
    }

    fn value(&self, field: Option<&Field>, value: &Value) -> Cell {
        match value {
            Value::Null => Cell::empty(),
            Value::Number(number) => Cell::Number(number.to_string()),
            Value::Bool(given) => Cell::Text(given.to_string()),
            Value::String(text) => Cell::Text(self.choice(field, text)),
            Value::Array(several) => {
                let words: Vec<String> = several
                    .iter()
                    .map(|one| one.as_str().map_or_else(|| one.to_string(), |code| self.choice(field, code)))
                    .collect();
                Cell::Text(words.join("; "))
            }
            Value::Object(_) => Cell::Text(value.to_string()),
        }
    }

    fn choice(&self, field: Option<&Field>, code: &str) -> String {
        let choice = field.filter(|_| self.values == Values::Labels).and_then(|field| field.choice(code));
        match (choice, self.language) {
            (Some(choice), Language::Th) => choice.th.clone(),
            (Some(choice), Language::En) => choice.en.clone(),
            (None, _) => code.to_owned(),
        }
    }

    fn needs(&self, household: &HouseholdView) -> String {
        let form = Form::built_in();
        let needs = household.needs.iter().flatten().map(|need| {
            let words = ["need_category", "need_urgency", "need_text"].iter().filter_map(|question| {
                let value = need.answers.get(question)?;
                Some(self.value(form.field(question), value).text().to_owned())
                    .filter(|text| !text.is_empty())
            });
            words.collect::<Vec<_>>().join(", ")
        });
        needs.collect::<Vec<_>>().join("; ")
    }

    fn others(&self, household: &HouseholdView) -> Cell {
        let has_column = |question: &str| {
            self.columns
                .iter()
                .any(|column| matches!(column.source, Source::Question(field) if field.name == question))
        };
        let others: serde_json::Map<String, Value> = household
            .answers
            .iter()
            .filter(|(question, _)| !has_column(question))
            .map(|(question, value)| (question.to_owned(), value.clone()))
            .collect();
        if others.is_empty() { Cell::empty() } else { Cell::Text(Value::Object(others).to_string()) }
    }
}
