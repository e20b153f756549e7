//! The answers of one form in typed columns, under the form's own labels.
//!
//! A [`Table`] has the questions of one scope: the household's own, or those of the rows of one repeat.
//! Its columns are those of the newest version, then those that only older versions asked; each has the
//! type of the version that it is from. An answer that is not of its column's type, and one under a key
//! that no form of the hub asks for, is in [`Answered::other`]: nothing is dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};
use survey_form::compare::Address;
use survey_form::model::{ChoiceSource, Field, Form, Kind};
use sync_protocol::ids::{RowId, TambonCode};
use sync_protocol::registers::Registers;
use sync_protocol::value::{ScalarRef, Shown};

use super::catalogue;
use super::error::FormsError;
use super::tables::{ChosenFrom, Labels, labels};
use super::words::Words;
use crate::projection::form::{DELETED, GROUP, PdpaClass};
use crate::store::Conn;
use crate::store::forms::FormHash;

/// The reserved key that says in which row a row of a nested repeat lies.
const PARENT: &str = "parent";

/// The columns of one scope of a form.
#[derive(Debug)]
pub struct Table {
    /// The repeat whose rows these are; `None` for the household's own answers.
    pub repeat: Option<String>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Keys that other forms ask for in the same scope: their answers are no business of this table.
    elsewhere: BTreeSet<String>,
}

/// One question.
#[derive(Debug, Clone)]
pub struct Column {
    /// The key of its answers.
    pub key: String,
    /// What is asked.
    pub label: Words,
    /// What its answers are.
    pub kind: ColumnKind,
    /// Who may see them; `None` where the form does not say.
    pub class: Option<PdpaClass>,
    /// Its choices in order: name and label. None where they come from a table: see `labels`.
    pub choices: Vec<(String, Words)>,
    /// The labels of choices that come from tables, of the newest version first.
    pub labels: Vec<Arc<Labels>>,
    /// Whether only an older version asks it.
    pub is_old: bool,
    /// Whether an answer is one of `choices`; not where they come from elsewhere.
    is_closed: bool,
}

/// What the answers of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` where it was acknowledged.
    Boolean,
    /// `YYYY-MM-DD`, common era.
    Date,
    /// `HH:MM[:SS]`.
    Time,
    /// ISO 8601.
    DateTime,
    /// Text.
    Text,
    /// The name of one choice.
    Choice,
    /// Names of choices, in the order of the form.
    Choices,
    /// Names of choices in the order that was given.
    Ranking,
    /// `latitude longitude altitude accuracy`, or several of these with `;` between.
    Place,
    /// The name of a file: `sha256:…`.
    File,
}

impl ColumnKind {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "datetime",
            Self::Text => "text",
            Self::Choice => "choice",
            Self::Choices => "choices",
            Self::Ranking => "ranking",
            Self::Place => "place",
            Self::File => "file",
        }
    }

    /// Whether an answer can name somebody, whatever its question's class says.
    #[must_use]
    pub fn is_free(self) -> bool {
        matches!(self, Self::Text | Self::Place | Self::File)
    }

    fn of(kind: &Kind) -> Option<Self> {
        Some(match kind {
            Kind::Group | Kind::Repeat | Kind::Note => return None,
            Kind::Integer => Self::Integer,
            Kind::Range(range) if range.is_whole() => Self::Integer,
            Kind::Decimal | Kind::Range(_) => Self::Number,
            Kind::Acknowledge => Self::Boolean,
            Kind::Date => Self::Date,
            Kind::Time => Self::Time,
            Kind::DateTime => Self::DateTime,
            Kind::SelectOne(_) => Self::Choice,
            Kind::SelectMultiple(_) => Self::Choices,
            Kind::Rank(_) => Self::Ranking,
            Kind::Geopoint | Kind::Geotrace | Kind::Geoshape => Self::Place,
            Kind::Image | Kind::Audio | Kind::Video | Kind::File | Kind::Signature => Self::File,
            Kind::Text | Kind::Barcode | Kind::Hidden | Kind::Calculate | Kind::Metadata(_) => Self::Text,
        })
    }
}

/// The answers of one household or row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answered {
    /// The row; `None` for the household's own answers.
    pub row: Option<RowId>,
    /// The row that it lies in, if that is not the household.
    pub parent: Option<String>,
    /// By column; `None` where nothing was answered.
    pub answers: Vec<Option<Value>>,
    /// Answers that are not of their column's type, or that no form asks for.
    pub other: Map<String, Value>,
}

/// The table of a form's answers in a tambon, with the version that its first columns are of.
///
/// # Errors
/// [`FormsError::UnknownForm`], [`FormsError::UnknownRepeat`], or the database's own.
pub fn table(
    conn: &mut Conn,
    tambon: TambonCode,
    form_id: &str,
    repeat: Option<&str>,
) -> Result<(FormHash, Table), FormsError> {
    let versions = catalogue::asked_in(conn, tambon, form_id)?;
    let mut others = Vec::new();
    for hash in catalogue::holding(conn, tambon)?.versions() {
        let other = catalogue::load(conn, &hash)?;
        if other.id != form_id {
            others.push(other);
        }
    }
    let newest = versions.first().map(|(hash, _)| *hash).unwrap_or_default();
    let mut asked = Vec::new();
    for (hash, form) in versions {
        asked.push((labels(conn, &hash, &form)?, form));
    }
    Ok((newest, Table::new(&asked, &others, repeat)?))
}

impl Table {
    /// The table of the household's own answers, or of one repeat. `versions` are those of one form, the
    /// one that is shown first, each with the labels of its tables; `others` every other form of the tambon.
    ///
    /// # Errors
    /// [`FormsError::UnknownRepeat`].
    pub fn new(
        versions: &[(BTreeMap<ChosenFrom, Arc<Labels>>, Form)],
        others: &[Form],
        repeat: Option<&str>,
    ) -> Result<Self, FormsError> {
        if let Some(wanted) = repeat {
            let known: BTreeSet<&str> = versions.iter().flat_map(|(_, form)| repeats(form)).collect();
            if !known.contains(wanted) {
                let known = known.into_iter().map(str::to_owned).collect();
                return Err(FormsError::UnknownRepeat { wanted: wanted.to_owned(), known });
            }
        }
        let mut columns: Vec<Column> = Vec::new();
        for (age, (labels, form)) in versions.iter().enumerate() {
            for (key, field) in asked(form, repeat) {
                let labels = field.kind.choices().and_then(ChosenFrom::of).and_then(|from| labels.get(&from));
                match columns.iter_mut().find(|column| column.key == key) {
                    None => columns.extend(Column::new((form, field, labels), key, age > 0)),
                    // Its choices of before keep their labels.
                    Some(column) if ColumnKind::of(&field.kind) == Some(column.kind) => {
                        column.labels.extend(labels.cloned());
                        for (name, label) in choices(form, field) {
                            if !column.choices.iter().any(|(known, _)| *known == name) {
                                column.choices.push((name, label));
                            }
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        let elsewhere = others.iter().flat_map(|form| asked(form, repeat));
        let elsewhere = elsewhere.map(|(key, _)| key.to_owned()).collect();
        Ok(Self { repeat: repeat.map(str::to_owned), columns, elsewhere })
    }

    /// The answers of a household, or of its rows that are not hidden, in the order in which these were
    /// made. None where nothing of the form was answered.
    #[must_use]
    pub fn answered(&self, registers: &Registers) -> Vec<Answered> {
        let shown = registers.shown();
        let Some(repeat) = &self.repeat else {
            let own: Vec<&Shown<'_>> = shown.iter().filter(|register| register.row.is_none()).collect();
            let answered = self.of_registers(None, &own);
            let is_begun = answered.answers.iter().any(Option::is_some);
            return if is_begun { vec![answered] } else { Vec::new() };
        };
        let mut rows: BTreeMap<RowId, Vec<&Shown<'_>>> = BTreeMap::new();
        for register in &shown {
            if let Some(row) = register.row {
                rows.entry(row).or_default().push(register);
            }
        }
        let is_meant = |registers: &[&Shown<'_>]| {
            let has = |key, value| registers.iter().any(|it| it.key == key && it.value == value);
            has(GROUP, ScalarRef::Str(repeat)) && !has(DELETED, ScalarRef::Bool(true))
        };
        let made = registers.rows_by_making().into_iter();
        let made = made.filter_map(|row| Some((row, rows.get(&row)?)));
        made.filter(|(_, registers)| is_meant(registers))
            .map(|(row, registers)| self.of_registers(Some(row), registers))
            .collect()
    }

    fn of_registers(&self, row: Option<RowId>, registers: &[&Shown<'_>]) -> Answered {
        let mut answered = Answered { row, answers: vec![None; self.columns.len()], ..Answered::default() };
        let mut chosen: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for Shown { key, value, .. } in registers {
            if matches!(value, ScalarRef::Null) || (row.is_some() && [GROUP, DELETED].contains(key)) {
                continue;
            }
            if let (Some(_), PARENT, ScalarRef::Str(parent)) = (row, *key, value) {
                answered.parent = Some((*parent).to_owned());
                continue;
            }
            let (name, choice) =
                key.split_once('/').map_or((*key, None), |(name, choice)| (name, Some(choice)));
            let at = self.columns.iter().position(|column| column.key == name);
            let Some((at, column)) = at.map(|at| (at, &self.columns[at])) else {
                if !self.elsewhere.contains(name) {
                    answered.other.insert((*key).to_owned(), json(*value));
                }
                continue;
            };
            match (choice, value) {
                (Some(choice), ScalarRef::Bool(is_chosen)) if column.takes_choice(choice) => {
                    let chosen = chosen.entry(at).or_default();
                    if *is_chosen {
                        chosen.insert(choice);
                    }
                }
                (None, value) if column.value(*value).is_some() => {
                    answered.answers[at] = column.value(*value)
                }
                _ => _ = answered.other.insert((*key).to_owned(), json(*value)),
            }
        }
        for (at, chosen) in chosen {
            answered.answers[at] = Some(self.columns[at].in_order(&chosen));
        }
        answered
    }

    /// Leaves columns out.
    pub fn retain(&mut self, mut keep: impl FnMut(&Column) -> bool) {
        // Their answers are not to turn up among the others.
        let (kept, left): (Vec<Column>, Vec<Column>) =
            self.columns.drain(..).partition(|column| keep(column));
        self.columns = kept;
        self.elsewhere.extend(left.into_iter().map(|column| column.key));
    }
}

impl Column {
    fn new(
        (form, field, labels): (&Form, &Field, Option<&Arc<Labels>>),
        key: &str,
        is_old: bool,
    ) -> Option<Self> {
        let kind = ColumnKind::of(&field.kind)?;
        let class = match field.extra.get("pdpa").map(|class| class.trim()) {
            Some("N") => Some(PdpaClass::NotPersonal),
            Some("P") => Some(PdpaClass::Personal),
            Some("S") => Some(PdpaClass::Sensitive),
            _ => None,
        };
        Some(Self {
            key: key.to_owned(),
            label: Words::label(form, field),
            kind,
            class,
            choices: choices(form, field),
            labels: labels.cloned().into_iter().collect(),
            is_old,
            is_closed: matches!(field.kind.choices(), Some(ChoiceSource::List(_))),
        })
    }

    /// The label of a choice; its name where it has none.
    #[must_use]
    pub fn choice(&self, name: &str) -> Words {
        let listed = self.choices.iter().find(|(known, _)| known == name).map(|(_, label)| label);
        let known = listed.or_else(|| self.labels.iter().find_map(|labels| labels.get(name)));
        let same = || Words { th: name.to_owned(), en: name.to_owned() };
        known.cloned().filter(|label| !label.th.is_empty()).unwrap_or_else(same)
    }

    fn is_choice(&self, name: &str) -> bool {
        !self.is_closed || self.choices.iter().any(|(known, _)| known == name)
    }

    fn takes_choice(&self, name: &str) -> bool {
        self.kind == ColumnKind::Choices && self.is_choice(name)
    }

    /// The answer as the column has it, if it is one.
    fn value(&self, answer: ScalarRef<'_>) -> Option<Value> {
        match (self.kind, answer) {
            (ColumnKind::Integer | ColumnKind::Number, ScalarRef::Int(number)) => Some(number.into()),
            (ColumnKind::Integer | ColumnKind::Number, ScalarRef::Uint(number)) => Some(number.into()),
            (ColumnKind::Number, ScalarRef::F64(number)) => Some(number.into()),
            (ColumnKind::Integer, ScalarRef::F64(number)) if number.fract() == 0.0 => Some(number.into()),
            (ColumnKind::Boolean, ScalarRef::Str("OK")) => Some(true.into()),
            (ColumnKind::Date, ScalarRef::Str(text)) if is_day(text) => Some(text.into()),
            (ColumnKind::Choice, ScalarRef::Str(name)) if self.is_choice(name) => Some(name.into()),
            (ColumnKind::Ranking, ScalarRef::Str(names)) => {
                let names: Vec<&str> = names.split_whitespace().collect();
                names.iter().all(|name| self.is_choice(name)).then(|| names.into())
            }
            (
                ColumnKind::Time
                | ColumnKind::DateTime
                | ColumnKind::Text
                | ColumnKind::Place
                | ColumnKind::File,
                ScalarRef::Str(text),
            ) => Some(text.into()),
            _ => None,
        }
    }

    /// Chosen names in the order of the form.
    fn in_order(&self, chosen: &BTreeSet<&str>) -> Value {
        let known = self.choices.iter().map(|(name, _)| name.as_str()).filter(|name| chosen.contains(name));
        let known: Vec<&str> = known.collect();
        let others = chosen.iter().copied().filter(|name| !known.contains(name));
        known.iter().copied().chain(others).collect::<Vec<_>>().into()
    }
}

/// A day of the calendar, `YYYY-MM-DD`.
fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// The names of a form's repeats: what their rows have as `group`.
fn repeats(form: &Form) -> impl Iterator<Item = &str> {
    form.fields.iter().filter(|field| field.kind == Kind::Repeat).map(Field::key)
}

/// The questions of one scope whose answers a document can hold, by key.
fn asked<'a>(form: &'a Form, repeat: Option<&str>) -> impl Iterator<Item = (&'a str, &'a Field)> {
    let scope = repeat.unwrap_or_default().to_owned();
    form.ids().filter_map(move |(id, field)| {
        let is_derived =
            field.kind == Kind::Calculate || (field.calculation.is_some() && field.trigger.is_empty());
        let is_asked = field.kind.is_stored() && !is_derived;
        (is_asked && Address::of(form, id).group == scope).then(|| (field.key(), field))
    })
}

fn choices(form: &Form, field: &Field) -> Vec<(String, Words)> {
    let list = match field.kind.choices() {
        Some(ChoiceSource::List(list)) => form.lists.get(list),
        _ => None,
    };
    let choices = list.into_iter().flat_map(|list| &list.choices);
    choices.map(|choice| (choice.name.clone(), Words::of(form, &choice.label))).collect()
}

/// An answer as JSON.
pub(super) fn json(value: ScalarRef<'_>) -> Value {
    match value {
        ScalarRef::Null => Value::Null,
        ScalarRef::Bool(value) => value.into(),
        ScalarRef::Int(value) => value.into(),
        ScalarRef::Uint(value) => value.into(),
        ScalarRef::F64(value) => value.into(),
        ScalarRef::Str(value) => value.into(),
    }
}
