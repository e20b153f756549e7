//! What an expression may refer to: the names of a form, before the form is whole.

use crate::model::{ChoiceSource, FieldId};
use light::{Map, Set};

/// The names of a form. The reader makes it in a first pass over the sheets, then reads expressions.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    nodes: Vec<Node>,
    lists: Map<String, Set<String>>,
    tables: Set<String>,
    by_name: Map<String, Vec<FieldId>>,
    suggests_nothing: bool,
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
    /// Whether it has choices.
    pub is_select: bool,
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The form's names.
    pub outline: &'a Outline,
    /// The field whose cell it is: what `.` means. `None` for the settings sheet. The cells of a
    /// repeat itself stand outside of its rows.
    pub at: Option<FieldId>,
    /// For a choice_filter: what it filters. Bare names in it are columns of the choice.
    pub filtered: Option<&'a ChoiceSource>,
}

impl Outline {
    /// `nodes` by [`FieldId`]: in the order of the sheet, a group before what lies in it. `lists` with
    /// the names of their columns beyond `name` and `label`. `tables` by instance name.
    #[must_use]
    pub fn new(nodes: Vec<Node>, lists: Map<String, Set<String>>, tables: Set<String>) -> Self {
        let mut by_name: Map<String, Vec<FieldId>> = Map::new();
        for (id, node) in (0..).map(FieldId).zip(&nodes) {
            by_name.entry(node.name.clone()).or_default().push(id);
        }
        Self { nodes, lists, tables, by_name, suggests_nothing: false }
    }

    /// The same names, of which errors suggest none.
    #[must_use]
    pub fn without_suggestions(&self) -> Self {
        Self { suggests_nothing: true, ..self.clone() }
    }

    pub(super) fn node(&self, id: FieldId) -> &Node {
        &self.nodes[id.index()]
    }

    /// Every field of this name.
    pub(super) fn named(&self, name: &str) -> &[FieldId] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names that an error may suggest.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str).take(self.suggested())
    }

    /// The field of this name right inside `parent`.
    pub(super) fn child(&self, parent: Option<FieldId>, name: &str) -> Option<FieldId> {
        self.named(name).iter().copied().find(|id| self.node(*id).parent == parent)
    }

    /// The innermost repeat around `id`, itself not counted.
    pub(super) fn repeat_around(&self, id: FieldId) -> Option<FieldId> {
        let mut above = self.node(id).parent;
        while let Some(group) = above {
            if self.node(group).is_repeat {
                return above;
            }
            above = self.node(group).parent;
        }
        None
    }

    /// The repeats around `id` from the inside out, itself not counted.
    pub(super) fn repeats_around(&self, id: FieldId) -> impl Iterator<Item = FieldId> {
        std::iter::successors(self.repeat_around(id), |repeat| self.repeat_around(*repeat))
    }

    /// The columns of a list beyond `name` and `label`.
    pub(super) fn columns(&self, list: &str) -> Option<&Set<String>> {
        self.lists.get(list)
    }

    pub(super) fn has_table(&self, name: &str) -> bool {
        self.tables.contains(name)
    }

    /// How many names of each sort.
    fn suggested(&self) -> usize {
        if self.suggests_nothing { 0 } else { usize::MAX }
    }

    /// The names of lists and tables that an error may suggest.
    pub(super) fn instances(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().chain(&self.tables).map(String::as_str).take(self.suggested())
    }
}
