//! The form model: what a workbook says, with its expressions parsed and its references resolved.
//!
//! As JSON it is compact (what is empty is left out) and the same for the same form, so that its
//! hash can name a version. Fields lie in one list, in the order of the sheet, each group before what
//! lies in it; a [`FieldId`] is a field's place in that list.

mod kind;
mod reading;
mod text;

pub use kind::{ChoiceSource, Kind, Metadata, Range};
pub use text::{Piece, Template, Text};

use crate::expr::Expr;
use crate::value::Scalar;
use light::Map;
use light::digits::{self, HEXADECIMAL};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A form, compiled.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// `form_id` of the settings sheet: which form this is a version of.
    pub id: String,
    /// `version` of the settings sheet, as the author writes it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// `form_title`, by language where it is translated.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub title: Text,
    /// Languages in the order of [`Text`], as the columns name them: `ไทย (th)`. A form without
    /// translations has one, named `default`.
    pub languages: Vec<String>,
    /// Place in `languages` of the one that is shown unless another is asked for.
    #[serde(skip_serializing_if = "is_zero")]
    pub default_language: usize,
    /// How a household is called in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_name: Option<Expr>,
    /// Settings that nothing here acts on, kept as written.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, String>,
    /// All fields, groups and repeats.
    pub fields: Vec<Field>,
    /// The choices sheet, by list name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub lists: Map<String, ChoiceList>,
    /// Tables from outside that the form reads, by instance name (`villages` of `villages.csv`).
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub tables: Map<String, Table>,
}

/// A field's place in [`Form::fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldId(pub u32);

impl FieldId {
    /// As an index of [`Form::fields`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A question, note, calculation, group or repeat.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Field {
    /// As the sheet names it.
    pub name: String,
    /// The key of its answers in the household document: the name, or where that is not unique in
    /// its scope the path from there, joined by `.`. Of a repeat: the value of its rows' `group`.
    /// Left out where it is the name; read it by [`Field::key`].
    #[serde(rename = "key", skip_serializing_if = "Option::is_none")]
    pub other_key: Option<String>,
    /// What it asks or does.
    pub kind: Kind,
    /// The group or repeat that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<FieldId>,
    /// Row of the survey sheet, from 1, for messages. Not part of the form's meaning.
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub row: u32,
    /// What is asked.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub label: Text,
    /// What helps to answer.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub hint: Text,
    /// What helps whoever is trained for the survey.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub guidance: Text,
    /// Files shown beside the label, by `image`, `big-image`, `audio`, `video`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub media: Map<String, Text>,
    /// Whether it is asked at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevant: Option<Expr>,
    /// Whether it must be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<Expr>,
    /// What is said where a required answer is missing.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub required_message: Text,
    /// What an answer must satisfy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint: Option<Expr>,
    /// What is said where an answer does not.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub constraint_message: Text,
    /// What an answer should satisfy: one that does not is kept, and pointed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soft_constraint: Option<Expr>,
    /// What is said where an answer does not.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub soft_constraint_message: Text,
    /// Where its value comes from, if not from a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calculation: Option<Expr>,
    /// The answer that a new household or row starts with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Initial>,
    /// Changes of these fields make `calculation` run (and at no other time).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trigger: Vec<FieldId>,
    /// Whether a person may not write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<Expr>,
    /// Which choices are open: evaluated for each choice, whose columns are bare names in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice_filter: Option<Expr>,
    /// Whether and how the choices are put in a random order (`randomize=true`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shuffle: Option<Shuffle>,
    /// How many rows a repeat has, if not as many as a person adds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_count: Option<Expr>,
    /// How it is drawn; the engine does not read it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub appearance: String,
    /// `parameters`, by name; those that decide a [`Kind`] are in it as well.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, String>,
    /// Further columns that mean something to the hub: `pdpa` (N, P or S), `maps`, `body::…`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, String>,
}

impl Field {
    /// The key of its answers in the household document; see `other_key`.
    #[must_use]
    pub fn key(&self) -> &str {
        self.other_key.as_deref().unwrap_or(&self.name)
    }
}

/// What an answer starts with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initial {
    /// An answer as written; of a select_multiple the names of the choices with spaces between.
    Value(Scalar),
    /// An expression that is evaluated when the interview of the household or row begins.
    Dynamic(Expr),
}

/// How choices are shuffled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shuffle {
    /// By chance; the same order for the same household, field and row.
    Unseeded,
    /// By the seed of the parameters, a number or an expression.
    Seeded(Expr),
}

/// One list of the choices sheet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChoiceList {
    /// Names of the columns beyond name, label and media, for choice filters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// In the order of the sheet.
    pub choices: Vec<Choice>,
}

/// One choice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// What is stored.
    pub name: String,
    /// What is shown.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub label: Text,
    /// Files shown beside the label, by `image`, `big-image`, `audio`, `video`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub media: Map<String, Text>,
    /// Cells in the order of [`ChoiceList::columns`]; those after the last may be missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<String>,
    /// Row of the choices sheet, from 1, for messages. Not part of the form's meaning.
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub row: u32,
}

/// A table from outside, which whoever runs the form gives by its instance name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Table {
    /// The file that the sheet names: `villages.csv`.
    pub file: String,
}

impl Form {
    /// The field at `id`.
    ///
    /// # Panics
    ///
    /// Where `id` is of another form.
    #[must_use]
    pub fn field(&self, id: FieldId) -> &Field {
        &self.fields[id.index()]
    }

    /// Every field with its id, in the order of the sheet.
    pub fn ids(&self) -> impl Iterator<Item = (FieldId, &Field)> {
        (0..).map(FieldId).zip(&self.fields)
    }

    /// SHA-256 over what the form means, as lower-case hexadecimal: all of it but the rows of the sheets.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut bare = self.clone();
        bare.fields.iter_mut().for_each(|field| field.row = 0);
        bare.lists.values_mut().flat_map(|list| &mut list.choices).for_each(|choice| choice.row = 0);
        let json = serde_json::to_vec(&bare).unwrap_or_default();
        digits::encode(&Sha256::digest(json), HEXADECIMAL)
    }

    /// The innermost repeat around `id`, itself not counted; `None` in the household's own answers.
    #[must_use]
    pub fn scope_of(&self, id: FieldId) -> Option<FieldId> {
        let mut above = self.field(id).parent;
        while let Some(group) = above {
            if self.field(group).kind == Kind::Repeat {
                return above;
            }
            above = self.field(group).parent;
        }
        None
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero_u32(number: &u32) -> bool {
    *number == 0
}
