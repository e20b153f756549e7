//! What a device asks: the questions of the built-in form, and of the forms that are published in its
//! villages. Typed answers become edits by what their question asks for.

use std::collections::{BTreeMap, BTreeSet};

use survey_form::model::{ChoiceSource, Kind};
use sync_protocol::change::Edit;
use sync_protocol::document::Answer;
use sync_protocol::ids::RowId;
use sync_protocol::value::Scalar;

use super::device::{Device, DeviceError};
use super::held_forms::HeldForms;
use crate::projection::form::{AnswerKind, Form};

/// The questions of a device.
pub(super) struct Questions {
    published: Vec<Form>,
    /// Of questions that choose one from a table: the names by their labels, where only one has it.
    labelled: BTreeMap<String, BTreeMap<String, Option<String>>>,
}

impl Questions {
    /// Those of the forms that the device holds.
    ///
    /// # Errors
    /// [`DeviceError`] when its file cannot be read.
    pub(super) fn of(device: &mut Device) -> Result<Self, DeviceError> {
        let held = HeldForms::of(device)?;
        let mut questions = Self { published: Vec::new(), labelled: BTreeMap::new() };
        for form in &held.forms {
            let read = Form::of(&form.model).map_err(|error| DeviceError::Forms(error.to_string()))?;
            questions.published.push(read);
            let tables = form.tables(device)?;
            for field in &form.model.fields {
                if let Kind::SelectOne(ChoiceSource::Table { table, value, label }) = &field.kind
                    && let Some(rows) = tables.get(table)
                {
                    let labelled = questions.labelled.entry(field.key().to_owned()).or_default();
                    for (name, label) in rows.pairs(value, label) {
                        let only = labelled.entry(label.to_owned()).or_insert_with(|| Some(name.to_owned()));
                        only.take_if(|known| known != name);
                    }
                    // A name is itself, whatever else is labelled so.
                    let names = rows.pairs(value, value);
                    labelled.extend(names.map(|(name, _)| (name.to_owned(), Some(name.to_owned()))));
                }
            }
        }
        Ok(questions)
    }

    /// What is stored of a typed answer: the name, where the label of a choice from a table was typed.
    fn named<'a>(&'a self, question: &str, typed: &'a str) -> &'a str {
        let labelled = self.labelled.get(question).and_then(|labelled| labelled.get(typed.trim()));
        labelled.and_then(Option::as_deref).unwrap_or(typed)
    }

    /// The form that asks a question; the built-in one where none does.
    fn asking(&self, question: &str) -> &Form {
        let built_in = Form::built_in();
        let mut forms = std::iter::once(built_in).chain(&self.published);
        forms.find(|form| form.field(question).is_some()).unwrap_or(built_in)
    }

    /// The group in which a question, or the one of a `question/choice`, is asked.
    pub(super) fn group_of(&self, question: &str) -> Option<&str> {
        let question = question.split('/').next().unwrap_or(question);
        self.asking(question).field(question).map(|field| field.group.as_str())
    }

    /// A new row of a group with its answers.
    ///
    /// # Errors
    /// [`DeviceError::Elsewhere`].
    pub(super) fn row_edits(
        &self,
        group: &str,
        row: RowId,
        answers: &[(String, String)],
    ) -> Result<Vec<Edit>, DeviceError> {
        let mut edits = vec![Edit::MakeRow(row), put(Some(row), "group", Scalar::Str(group.to_owned()))];
        edits.extend(self.answer_edits(group, Some(row), answers, &BTreeSet::new())?);
        Ok(edits)
    }

    /// Answers as edits. A question with several choices is one boolean for each: those named become
    /// true, those that were `chosen` and are not named become false.
    ///
    /// # Errors
    /// [`DeviceError::Elsewhere`].
    pub(super) fn answer_edits(
        &self,
        group: &str,
        row: Option<RowId>,
        answers: &[(String, String)],
        chosen: &BTreeSet<String>,
    ) -> Result<Vec<Edit>, DeviceError> {
        let mut edits = Vec::new();
        for (question, value) in answers {
            if let Some(belongs) = self.group_of(question).filter(|belongs| *belongs != group) {
                return Err(DeviceError::Elsewhere { question: question.clone(), group: belongs.to_owned() });
            }
            let form = self.asking(question.split('/').next().unwrap_or(question));
            match form.field(question).map(|field| field.kind) {
                Some(AnswerKind::SelectMultiple) => {
                    let named: BTreeSet<String> = value
                        .split([',', ' '])
                        .filter(|code| !code.is_empty())
                        .map(|code| format!("{question}/{code}"))
                        .collect();
                    let prefix = format!("{question}/");
                    let dropped =
                        chosen.iter().filter(|key| key.starts_with(&prefix) && !named.contains(*key));
                    edits.extend(dropped.map(|key| put(row, key, Scalar::Bool(false))));
                    edits.extend(named.iter().map(|key| put(row, key, Scalar::Bool(true))));
                }
                _ => {
                    let value = form.scalar_from_text(question, self.named(question, value));
                    edits.push(put(row, question, value));
                }
            }
        }
        Ok(edits)
    }
}

/// The choices that are true now, as keys.
pub(super) fn chosen(shown: &[Answer], row: Option<RowId>) -> BTreeSet<String> {
    let chosen = shown.iter().filter(|answer| answer.row == row && answer.value == Scalar::Bool(true));
    chosen.map(|answer| answer.key.clone()).collect()
}

/// An answer as an edit.
pub(super) fn put(row: Option<RowId>, key: &str, value: Scalar) -> Edit {
    Edit::Put { row, key: key.to_owned(), value }
}
