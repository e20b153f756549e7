//! What an expression may refer to: the names of a form, before the form is whole.

use crate::model::{ChoiceSource, FieldId};
use std::collections::{BTreeMap, BTreeSet};

/// The names of a form. The reader makes it in a first pass over the sheets, then reads expressions.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// Every field, group and repeat, by [`FieldId`]: in the order of the sheet, a group before what
    /// lies in it.
    pub nodes: Vec<Node>,
    /// The form's choice lists, each with the names of its columns beyond `name` and `label`.
    pub lists: BTreeMap<String, BTreeSet<String>>,
    /// Instance names of the form's tables.
    pub tables: BTreeSet<String>,
}

/// One field, group or repeat of an [`Outline`].
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// As the sheet names it.
    pub name: String,
    /// The group or repeat around it.
    pub parent: Option<FieldId>,
    /// Whether it is a repeat.
    pub is_repeat: bool,
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The form's names.
    pub outline: &'a Outline,
    /// The field whose cell it is: what `.` means. `None` for the settings sheet.
    pub at: Option<FieldId>,
    /// For a choice_filter: what it filters. Bare names in it are columns of the choice.
    pub filtered: Option<&'a ChoiceSource>,
}
