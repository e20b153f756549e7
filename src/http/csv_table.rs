//! Households, or who lives in them, as a table that spreadsheets open: a column for each question, Thai headings.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::views::{Eye, HouseholdView, RowView};
use crate::papers::csv_cells::{BYTE_ORDER_MARK, Cell, defused, finish, writer};
use crate::planning::annex;
pub use crate::planning::told::Language;
use crate::planning::told::Told;
use crate::projection::form::{AnswerKind, Field, Form, HOUSEHOLD, MEMBER, PdpaClass};

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
    /// Which column a question has.
    places: HashMap<&'static str, usize>,
    language: Language,
    values: Values,
    of_members: bool,
}

struct Column {
    source: Source,
    th: String,
    en: String,
}

#[derive(Clone, Copy)]
enum Source {
    Id,
    Village,
    /// The id of the member's row.
    Row,
    HouseNo,
    /// An answer; also one that is no question, e.g. the date of the visit that counts.
    Answer(&'static str, Option<&'static Field>),
    /// The answers of rows of one kind, joined.
    Needs,
    Members,
    Conflicts,
    /// Answers without a column, as JSON.
    Others,
}

/// What stands in a row: a household, or one of its members.
struct Line<'a> {
    household: &'a HouseholdView,
    member: Option<&'a RowView>,
    /// Its answers by the columns that they have.
    placed: Vec<Option<&'a Value>>,
    /// Those that have none.
    others: Vec<(&'a str, &'a Value)>,
}

impl Table {
    /// The table of households as `eye` sees them.
    #[must_use]
    pub fn new(eye: &Eye, form: &'static Form, language: Language, values: Values) -> Self {
        let mut columns = vec![
            column(Source::Id, "รหัสครัวเรือน", "Household id"),
            column(Source::Village, "รหัสหมู่บ้าน", "Village code"),
        ];
        if eye.is_deidentified() {
            let derived = |key| Source::Answer(key, form.field(key));
            columns.push(column(derived("visit_outcome"), "ผลการเยี่ยม", "Visit outcome"));
            columns.push(column(derived("visit_date"), "วันที่เยี่ยม", "Visit date"));
            let band = "ช่วงรายได้ต่อปี (บาท)";
            columns.push(column(derived("income_band"), band, "Income a year (baht, band)"));
        }
        let shown = |field: &&Field| {
            let open = field.pdpa == PdpaClass::NotPersonal && field.kind != AnswerKind::Text;
            let told_by_village = matches!(field.name.as_str(), "tambon_code" | "moo");
            if eye.is_deidentified() { open && !told_by_village } else { eye.sees(&field.name) }
        };
        columns.extend(form.fields_of(HOUSEHOLD).filter(shown).map(question));
        if !eye.is_deidentified() {
            columns.push(column(Source::Members, "จำนวนสมาชิกที่บันทึก", "Members listed"));
            columns.push(column(Source::Needs, "ความต้องการ", "Needs"));
            columns.push(column(Source::Conflicts, "คำตอบที่ไม่ตรงกัน", "Answers in conflict"));
            columns.push(column(Source::Others, "คำตอบอื่น (JSON)", "Other answers (JSON)"));
        }
        Self::with(columns, language, values, false)
    }

    /// The table of who lives there, a row for each, as `eye` sees them: not for one that sees no names.
    #[must_use]
    pub fn of_members(eye: &Eye, form: &'static Form, language: Language, values: Values) -> Self {
        let mut columns = vec![
            column(Source::Row, "รหัสสมาชิก", "Member id"),
            column(Source::Id, "รหัสครัวเรือน", "Household id"),
            column(Source::Village, "รหัสหมู่บ้าน", "Village code"),
            column(Source::HouseNo, "บ้านเลขที่", "House number"),
        ];
        columns.extend(form.fields_of(MEMBER).filter(|field| eye.sees(&field.name)).map(question));
        columns.push(column(Source::Conflicts, "คำตอบที่ไม่ตรงกัน", "Answers in conflict"));
        columns.push(column(Source::Others, "คำตอบอื่น (JSON)", "Other answers (JSON)"));
        Self::with(columns, language, values, true)
    }

    fn with(columns: Vec<Column>, language: Language, values: Values, of_members: bool) -> Self {
        let place = |(at, column): (usize, &Column)| match column.source {
            Source::Answer(key, _) => Some((key, at)),
            _ => None,
        };
        let places = columns.iter().enumerate().filter_map(place).collect();
        Self { columns, places, language, values, of_members }
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

    /// A row for each household, or for each member.
    ///
    /// # Errors
    /// None while there is memory.
    pub fn rows(&self, households: &[HouseholdView]) -> io::Result<Vec<u8>> {
        let mut writer = writer(Vec::new());
        for line in self.lines(households) {
            for at in 0..self.columns.len() {
                writer.write_field(defused(self.cell(&line, at)))?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        finish(writer)
    }

    /// The same for a workbook: the first column says what a row is.
    #[must_use]
    pub fn cells(&self, households: &[HouseholdView]) -> annex::Table {
        let text = |text: &str| Told::new(text, text);
        let cell = |cell: Cell<'_>| match cell {
            Cell::Number(number) => {
                number.parse().map_or_else(|_| annex::Cell::Text(text(&number)), annex::Cell::Count)
            }
            Cell::Text(words) => annex::Cell::Text(text(&words)),
        };
        let mut columns = self.columns.iter().map(|column| Told::new(&*column.th, &*column.en));
        let row = |line: Line<'_>| {
            let mut cells = (0..self.columns.len()).map(|at| self.cell(&line, at));
            let name = cells.next().map_or_else(String::new, |first| first.text().to_owned());
            annex::Row { name: text(&name), is_total: false, cells: cells.map(cell).collect() }
        };
        let (name, title) = if self.of_members {
            ("members", Told::new("สมาชิกครัวเรือน", "Members of households"))
        } else {
            ("households", Told::new("ครัวเรือน", "Households"))
        };
        annex::Table {
            number: 0,
            name: name.to_owned(),
            title,
            row_heading: columns.next().unwrap_or_else(|| text("")),
            columns: columns.map(|name| annex::Column { name }).collect(),
            rows: self.lines(households).map(row).collect(),
            note: None,
        }
    }

    fn lines<'a>(&'a self, households: &'a [HouseholdView]) -> impl Iterator<Item = Line<'a>> {
        households.iter().flat_map(move |household| {
            let members = household.members.iter().flatten().filter(|_| self.of_members);
            let own = (!self.of_members).then_some(None);
            members.map(Some).chain(own).map(move |member| self.line(household, member))
        })
    }

    fn line<'a>(&self, household: &'a HouseholdView, member: Option<&'a RowView>) -> Line<'a> {
        let answers = member.map_or(&household.answers, |member| &member.answers);
        let mut line = Line { household, member, placed: vec![None; self.columns.len()], others: Vec::new() };
        for (question, value) in answers.iter() {
            match self.places.get(question) {
                Some(at) => line.placed[*at] = Some(value),
                None => line.others.push((question, value)),
            }
        }
        line
    }

    fn cell<'a>(&self, line: &Line<'a>, at: usize) -> Cell<'a> {
        let household = line.household;
        let conflicts = line.member.map_or(household.conflicts, |member| Some(member.conflicts));
        match self.columns[at].source {
            Source::Id => Cell::of_text(&household.household_id),
            Source::Village => Cell::of_text(&household.village),
            Source::Row => Cell::of_text(line.member.map_or("", |member| &member.row_id)),
            Source::HouseNo => {
                Cell::of_text(household.answers.get("house_no").and_then(Value::as_str).unwrap_or(""))
            }
            Source::Answer(_, field) => {
                line.placed[at].map_or_else(Cell::empty, |value| self.value(field, value))
            }
            Source::Members => Cell::of_number(household.listed),
            Source::Needs => Cell::of_text(self.needs(household)),
            Source::Conflicts => Cell::of_number(conflicts.unwrap_or(0)),
            Source::Others if line.others.is_empty() => Cell::empty(),
            Source::Others => {
                let others =
                    line.others.iter().map(|(question, value)| ((*question).to_owned(), (*value).clone()));
                Cell::of_text(Value::Object(others.collect()).to_string())
            }
        }
    }

    fn value<'a>(&self, field: Option<&'static Field>, value: &'a Value) -> Cell<'a> {
        match value {
            Value::Null => Cell::empty(),
            Value::Number(number) => Cell::of_number(number),
            Value::Bool(given) => Cell::of_text(if *given { "true" } else { "false" }),
            Value::String(text) => Cell::of_text(self.choice(field, text)),
            Value::Array(several) => {
                let word = |one: &'a Value| match one.as_str() {
                    Some(code) => self.choice(field, code).into(),
                    None => Cow::from(one.to_string()),
                };
                Cell::of_text(several.iter().map(word).collect::<Vec<_>>().join("; "))
            }
            Value::Object(_) => Cell::of_text(value.to_string()),
        }
    }

    fn choice<'a>(&self, field: Option<&'static Field>, code: &'a str) -> &'a str {
        let choice = field.filter(|_| self.values == Values::Labels).and_then(|field| field.choice(code));
        match (choice, self.language) {
            (Some(choice), Language::Th) => &choice.th,
            (Some(choice), Language::En) => &choice.en,
            (None, _) => code,
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
}

fn column(source: Source, th: &str, en: &str) -> Column {
    Column { source, th: th.to_owned(), en: en.to_owned() }
}

fn question(field: &'static Field) -> Column {
    column(Source::Answer(&field.name, Some(field)), &field.label_th, &field.label_en)
}
