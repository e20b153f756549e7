//! What a device asks: the questions of the built-in form, and of the forms that are published in its
//! villages. Typed answers become edits by what their question asks for.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;
use survey_form::model;
use sync_protocol::change::Edit;
use sync_protocol::document::Answer;
use sync_protocol::ids::RowId;
use sync_protocol::value::Scalar;

use super::device::{Device, DeviceError};
use crate::client::TransportError;
use crate::projection::form::{AnswerKind, Form};

/// Under this name a device keeps the models of its published forms, as a JSON array.
const PUBLISHED: &str = "published_forms";

/// The questions of a device.
pub(super) struct Questions {
    published: Vec<Form>,
}

impl Questions {
    /// Those that the device knows: see [`fetch`].
    ///
    /// # Errors
    /// [`DeviceError`] when its file cannot be read.
    pub(super) fn of(device: &mut Device) -> Result<Self, DeviceError> {
        let kept = device.file.setting(PUBLISHED)?.unwrap_or_default();
        let models: Vec<model::Form> = if kept.is_empty() {
            Vec::new()
        } else {
            serde_json::from_slice(&kept).map_err(|error| DeviceError::Forms(error.to_string()))?
        };
        let forms = models.iter().map(Form::of).collect::<Result<_, _>>();
        Ok(Self { published: forms.map_err(|error| DeviceError::Forms(error.to_string()))? })
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
                _ => edits.push(put(row, question, form.scalar_from_text(question, value))),
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

/// What the hub says of a device's forms.
#[derive(Deserialize)]
struct Listed {
    forms: Vec<ListedForm>,
}

#[derive(Deserialize)]
struct ListedForm {
    hash: String,
    form_id: String,
    version: String,
    built_in: bool,
}

/// Fetches the forms that are published in the device's villages, and keeps them in the place of those
/// that it had; says which they are.
///
/// # Errors
/// [`DeviceError`]; then the device keeps those that it had.
pub(super) fn fetch(device: &mut Device, json: bool) -> Result<String, DeviceError> {
    let mut hub = device.way_to_hub()?;
    let unreadable = |error: serde_json::Error| TransportError::Unreadable(error.to_string());
    let listed: Listed = serde_json::from_slice(&hub.get("/api/v1/published-forms")?).map_err(unreadable)?;
    let mut models: Vec<model::Form> = Vec::new();
    for form in listed.forms.iter().filter(|form| !form.built_in) {
        let model = hub.get(&format!("/api/v1/forms/{}", form.hash))?;
        models.push(serde_json::from_slice(&model).map_err(unreadable)?);
    }
    for model in &models {
        Form::of(model).map_err(|error| DeviceError::Forms(error.to_string()))?;
    }
    let kept = serde_json::to_vec(&models).map_err(unreadable)?;
    device.file.set(&[(PUBLISHED, &kept)])?;
    Ok(if json {
        let forms = listed.forms.iter().map(|form| {
            json!({ "form_id": form.form_id, "version": form.version, "hash": form.hash, "built_in": form.built_in })
        });
        json!({ "forms": forms.collect::<Vec<_>>() }).to_string()
    } else {
        let forms = listed.forms.iter().map(|form| {
            format!("{}  {}  {}", form.hash.get(..12).unwrap_or(&form.hash), form.form_id, form.version)
        });
        forms.collect::<Vec<_>>().join("\n")
    })
}
