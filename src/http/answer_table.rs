//! The answers of one form as rows: for JSON, and for a table that spreadsheets open.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};
use sync_protocol::registers::Registers;
use utoipa::ToSchema;

use super::csv_table::{Language, Values};
use super::views::Eye;
use crate::forms::answers::{self, Answered, Column, ColumnKind, Table};
use crate::forms::{FormsError, Words};
use crate::papers::csv_cells::{BYTE_ORDER_MARK, Cell, defused, finish, writer};
use crate::projection::Answers;
use crate::projection::form::PdpaClass;
use crate::store::documents::{self, State};
use crate::store::forms::FormHash;
use crate::store::{Conn, read_model};
use crate::sync::vocabulary;

/// How the choices of a select_multiple are written in CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Several {
    /// In one column, with `; ` between.
    #[default]
    Joined,
    /// A column of `true` and `false` for each choice.
    Columns,
}

/// A question of the form.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnView {
    /// Key of its answers.
    pub key: String,
    /// `integer`, `number`, `boolean`, `date`, `time`, `datetime`, `text`, `choice`, `choices` (a list),
    /// `ranking` (a list), `place` or `file`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What is asked, in Thai.
    pub label_th: String,
    /// What is asked, in English.
    pub label_en: String,
    /// Class of personal data: `N`, `P` or `S`; null where the form does not say.
    pub pdpa: Option<&'static str>,
    /// Whether only an older version of the form asks it.
    pub old: bool,
    /// Its choices, in order; of those that come from a table the ones that answers of the page name.
    pub choices: Vec<ChoiceView>,
}

/// A choice.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChoiceView {
    /// What answers hold.
    pub name: String,
    /// Its label in Thai.
    pub th: String,
    /// Its label in English.
    pub en: String,
}

/// The answers of one household, or of one row of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerRow {
    /// Id of the household; for a planner a pseudonym.
    pub household_id: String,
    /// Code of its village.
    pub village: String,
    /// Id of the row. Not for planners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_id: Option<String>,
    /// Id of the row that it lies in, where repeats are nested. Not for planners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_row_id: Option<String>,
    /// Answers by key, in the order of the columns; what was not answered is left out.
    #[schema(value_type = Object)]
    pub answers: Answers,
    /// Answers of another type than their question's, and those that no form asks for. For coordinators.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub other: Option<Map<String, Value>>,
}

/// One form's answers in a tambon, as one reader sees them.
pub struct Sheet {
    eye: Eye,
    table: Table,
    /// The version that the first columns are of.
    pub hash: FormHash,
    tambon: TambonCode,
    village: Option<VillageCode>,
}

/// What one step reads.
#[derive(Default)]
pub struct Step {
    rows: Vec<(HouseholdId, VillageCode, Answered)>,
    /// Where the next one begins; `None` after the last.
    pub next: Option<HouseholdId>,
}

impl Step {
    /// How many rows it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// The choices of a table that are answers in the column at this place, by name.
    fn chosen(&self, at: usize, column: &Column) -> BTreeMap<String, Words> {
        if column.labels.is_empty() {
            return BTreeMap::new();
        }
        let answers = self.rows.iter().filter_map(|(_, _, answered)| answered.answers.get(at)?.as_ref());
        let names = answers.flat_map(|answer| match answer {
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            one => Vec::from_iter(one.as_str()),
        });
        let others = names.filter(|name| !column.choices.iter().any(|(listed, _)| listed == name));
        others.map(|name| (name.to_owned(), column.choice(name))).collect()
    }
}

impl Sheet {
    /// The household's own answers, or the rows of a repeat.
    ///
    /// # Errors
    /// [`FormsError::UnknownForm`], [`FormsError::UnknownRepeat`], or the database's own.
    pub fn open(
        conn: &mut Conn,
        eye: Eye,
        (tambon, village): (TambonCode, Option<VillageCode>),
        form_id: &str,
        repeat: Option<&str>,
    ) -> Result<Self, FormsError> {
        let (hash, mut table) = answers::table(conn, tambon, form_id, repeat)?;
        table.retain(|column| eye.sees_column(column));
        Ok(Self { eye, table, hash, tambon, village })
    }

    /// The answers of at most `count` households, by id, after `after`.
    ///
    /// # Errors
    /// [`FormsError::Registers`], or the database's own.
    pub fn step(
        &self,
        conn: &mut Conn,
        after: Option<HouseholdId>,
        count: usize,
    ) -> Result<Step, FormsError> {
        let mut documents = documents::page(conn, self.tambon, after, count + 1)?;
        let more = documents.len() > count;
        documents.truncate(count);
        let next = documents.last().map(|document| document.household).filter(|_| more);
        documents.retain(|document| {
            document.state == State::Live && self.village.is_none_or(|village| village == document.village)
        });
        let withheld = self.withheld(conn, documents.iter().map(|document| document.household).collect())?;
        let mut rows = Vec::new();
        for document in documents.iter().filter(|document| !withheld.contains(&document.household)) {
            let household = document.household;
            let registers = Registers::decode(&document.registers, &vocabulary())
                .map_err(|corrupt| FormsError::Registers { household, corrupt })?;
            let answered = self.table.answered(&registers).into_iter();
            rows.extend(answered.map(|answered| (household, document.village, answered)));
        }
        Ok(Step { rows, next })
    }

    /// The households that keep their answers from this reader.
    fn withheld(&self, conn: &mut Conn, ids: Vec<HouseholdId>) -> Result<BTreeSet<HouseholdId>, FormsError> {
        if !self.eye.is_deidentified() {
            return Ok(BTreeSet::new());
        }
        let rows = read_model::households_by_id(conn, self.tambon, &ids)?;
        let known: BTreeSet<HouseholdId> = rows
            .iter()
            .filter(|(_, row)| {
                row.consent_given.as_deref() != Some("refused") && row.plan_consent != Some(false)
            })
            .map(|(_, row)| row.household)
            .collect();
        Ok(ids.into_iter().filter(|id| !known.contains(id)).collect())
    }

    /// What its columns are, for the rows of a step.
    #[must_use]
    pub fn columns(&self, step: &Step) -> Vec<ColumnView> {
        let view = |(at, column): (usize, &Column)| ColumnView {
            key: column.key.clone(),
            kind: column.kind.name(),
            label_th: column.label.th.clone(),
            label_en: column.label.en.clone(),
            pdpa: column.class.map(class),
            old: column.is_old,
            choices: column
                .choices
                .iter()
                .cloned()
                .chain(step.chosen(at, column))
                .map(|(name, label)| ChoiceView { name, th: label.th, en: label.en })
                .collect(),
        };
        self.table.columns.iter().enumerate().map(view).collect()
    }

    /// The rows for JSON.
    #[must_use]
    pub fn views(&self, step: &Step) -> Vec<AnswerRow> {
        let is_open = !self.eye.is_deidentified();
        let view = |(household, village, answered): &(HouseholdId, VillageCode, Answered)| {
            let pairs = self.table.columns.iter().zip(&answered.answers);
            let pairs = pairs.filter_map(|(column, answer)| Some((column.key.clone(), answer.clone()?)));
            AnswerRow {
                household_id: self.eye.name(*household).to_string(),
                village: village.to_string(),
                row_id: answered.row.filter(|_| is_open).map(|row| row.to_string()),
                parent_row_id: answered.parent.clone().filter(|_| is_open),
                answers: Answers(pairs.collect()),
                other: self.eye.sees_unasked().then(|| answered.other.clone()),
            }
        };
        step.rows.iter().map(view).collect()
    }
}

fn class(class: PdpaClass) -> &'static str {
    match class {
        PdpaClass::NotPersonal => "N",
        PdpaClass::Personal => "P",
        PdpaClass::Sensitive => "S",
    }
}

/// How a sheet is written as CSV.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Language of headings and labels.
    pub language: Language,
    /// Labels or names of choices; with names the headings are keys.
    pub values: Values,
    /// How several choices are written.
    pub several: Several,
}

impl Style {
    fn words(self, words: &Words) -> String {
        match self.language {
            Language::Th => words.th.clone(),
            Language::En => words.en.clone(),
        }
    }

    fn heading(self, th: &str, en: &str, key: &str) -> String {
        match (self.values, self.language) {
            (Values::Codes, _) => key.to_owned(),
            (Values::Labels, Language::Th) => th.to_owned(),
            (Values::Labels, Language::En) => en.to_owned(),
        }
    }
}

impl Sheet {
    /// The beginning of a CSV file: byte order mark and headings.
    ///
    /// # Errors
    /// None while there is memory.
    pub fn csv_head(&self, style: Style) -> io::Result<Vec<u8>> {
        let mut headings = vec![
            (style.heading("รหัสครัวเรือน", "Household id", "household_id"), String::new()),
            (style.heading("รหัสหมู่บ้าน", "Village code", "village"), String::new()),
        ];
        if self.has_rows() {
            headings.push((style.heading("รหัสแถว", "Row id", "row_id"), String::new()));
            headings.push((style.heading("อยู่ในแถว", "Lies in row", "parent_row_id"), String::new()));
        }
        for column in &self.table.columns {
            let label = style.heading(&column.label.th, &column.label.en, &column.key);
            if !is_spread(column, style) {
                headings.push((label, column.key.clone()));
                continue;
            }
            headings.extend(column.choices.iter().map(|(name, words)| {
                let choice = if style.values == Values::Codes { name.clone() } else { style.words(words) };
                (format!("{label} / {choice}"), format!("{}/{name}", column.key))
            }));
        }
        if self.eye.sees_unasked() {
            headings.push((style.heading("คำตอบอื่น (JSON)", "Other answers (JSON)", "other"), String::new()));
        }
        let mut seen = HashSet::new();
        let mut writer = writer(BYTE_ORDER_MARK.to_vec());
        writer.write_record(headings.into_iter().map(|(label, key)| {
            // Two questions may be asked in the same words.
            let label = if seen.insert(label.clone()) { label } else { format!("{label} ({key})") };
            defused(Cell::of_text(label))
        }))?;
        finish(writer)
    }

    /// The rows of a CSV file.
    ///
    /// # Errors
    /// None while there is memory.
    pub fn csv_rows(&self, step: &Step, style: Style) -> io::Result<Vec<u8>> {
        let mut writer = writer(Vec::new());
        for (household, village, answered) in &step.rows {
            let mut cells = vec![
                Cell::of_text(self.eye.name(*household).to_string()),
                Cell::of_text(village.to_string()),
            ];
            if self.has_rows() {
                cells.push(answered.row.map_or_else(Cell::empty, |row| Cell::of_text(row.to_string())));
                cells.push(answered.parent.clone().map_or_else(Cell::empty, Cell::of_text));
            }
            for (column, answer) in self.table.columns.iter().zip(&answered.answers) {
                if is_spread(column, style) {
                    cells.extend(column.choices.iter().map(|(name, _)| spread(answer.as_ref(), name)));
                } else {
                    cells
                        .push(answer.as_ref().map_or_else(Cell::empty, |answer| cell(column, answer, style)));
                }
            }
            if self.eye.sees_unasked() {
                cells.push(if answered.other.is_empty() {
                    Cell::empty()
                } else {
                    Cell::of_text(Value::Object(answered.other.clone()).to_string())
                });
            }
            writer.write_record(cells.into_iter().map(defused))?;
        }
        finish(writer)
    }

    /// Whether it has columns that tell rows apart.
    fn has_rows(&self) -> bool {
        self.table.repeat.is_some() && !self.eye.is_deidentified()
    }
}

fn is_spread(column: &Column, style: Style) -> bool {
    column.kind == ColumnKind::Choices && style.several == Several::Columns && !column.choices.is_empty()
}

/// Whether one choice is among the answer; nothing where the question was not answered.
fn spread(answer: Option<&Value>, name: &str) -> Cell<'static> {
    let Some(Value::Array(chosen)) = answer else { return Cell::empty() };
    Cell::of_text(chosen.iter().any(|one| one == name).to_string())
}

fn cell(column: &Column, answer: &Value, style: Style) -> Cell<'static> {
    let choice = |name: &str| {
        let is_choice = matches!(column.kind, ColumnKind::Choice | ColumnKind::Choices | ColumnKind::Ranking);
        if is_choice && style.values == Values::Labels {
            style.words(&column.choice(name))
        } else {
            name.to_owned()
        }
    };
    match answer {
        Value::Null => Cell::empty(),
        Value::Number(number) => Cell::of_number(number),
        Value::Bool(given) => Cell::of_text(given.to_string()),
        Value::String(text) => Cell::of_text(choice(text)),
        Value::Array(several) => {
            let names = several.iter().filter_map(Value::as_str).map(choice);
            Cell::of_text(names.collect::<Vec<_>>().join("; "))
        }
        Value::Object(_) => Cell::of_text(answer.to_string()),
    }
}
