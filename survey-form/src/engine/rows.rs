//! A household's rows and what is kept in them.

use crate::engine::graph::PartKind;
use crate::engine::plan::Plan;
use crate::engine::{Entry, RowId};
use crate::expr::{EvaluationFault, RowIndex, Value};
use crate::model::{FieldId, Kind};
use crate::value::Scalar;
use light::Map;

/// Keys of a row that are no question's.
pub(super) const GROUP: &str = "group";
pub(super) const DELETED: &str = "deleted";
pub(super) const PARENT: &str = "parent";

/// What a household document holds of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stored {
    Scalar(Scalar),
    /// A select_multiple: which choices were ticked or unticked.
    Choices(Map<String, bool>),
}

/// What is kept of a field in a row.
#[derive(Debug, Clone)]
pub(super) struct CellState {
    pub(super) stored: Stored,
    pub(super) relevant: bool,
    /// What expressions see; empty where it is not relevant.
    pub(super) value: Value<'static>,
    pub(super) required: bool,
    /// Whether the value is empty or satisfies its constraint.
    pub(super) valid: bool,
    /// What stood in the way of evaluating.
    pub(super) faults: Map<PartKind, EvaluationFault>,
}

/// The household itself, or a row of a repeat.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: Option<RowId>,
    pub(super) repeat: Option<FieldId>,
    pub(super) parent: RowIndex,
    /// Hidden, or its parent is not there.
    pub(super) gone: bool,
    /// Whether its repeat has room for it.
    pub(super) counts: bool,
    /// By slot.
    pub(super) cells: Vec<CellState>,
    /// Rows of the repeats right inside, in order, those that are gone left out.
    pub(super) children: Map<FieldId, Vec<RowIndex>>,
    /// Those of `children` that count: their repeat is relevant and has room for them.
    pub(super) counted: Map<FieldId, Vec<RowIndex>>,
    /// How many rows a `repeat_count` asks for.
    pub(super) asked: Map<FieldId, usize>,
}

/// All rows, the household first.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    rows: Vec<Row>,
    by_id: Map<RowId, RowIndex>,
}

impl Row {
    fn new(plan: &Plan, id: Option<RowId>, repeat: Option<FieldId>, parent: RowIndex) -> Self {
        let cells = plan.cells(repeat).iter().map(|field| CellState::new(&plan.form().field(*field).kind));
        Self {
            id,
            repeat,
            parent,
            gone: false,
            counts: true,
            cells: cells.collect(),
            children: Map::new(),
            counted: Map::new(),
            asked: Map::new(),
        }
    }
}

impl CellState {
    fn new(kind: &Kind) -> Self {
        let stored = match kind {
            Kind::SelectMultiple(_) => Stored::Choices(Map::new()),
            _ => Stored::Scalar(Scalar::Null),
        };
        Self { stored, relevant: true, value: Value::EMPTY, required: false, valid: true, faults: Map::new() }
    }
}

impl Stored {
    /// Whether nothing is answered.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Scalar(scalar) => scalar.is_empty(),
            Self::Choices(choices) => !choices.values().any(|ticked| *ticked),
        }
    }
}

impl Rows {
    /// A household of these entries. What the form does not know is left alone.
    pub(super) fn read(plan: &Plan, entries: impl IntoIterator<Item = Entry>) -> Self {
        let household = Row::new(plan, None, None, RowIndex::HOUSEHOLD);
        let mut rows = Self { rows: vec![household], by_id: Map::new() };
        rows.merge(plan, entries);
        rows
    }

    /// Takes entries in: newer values, or further rows. Gives the answers that are new or otherwise, and
    /// whether rows came or went.
    pub(super) fn merge(
        &mut self,
        plan: &Plan,
        entries: impl IntoIterator<Item = Entry>,
    ) -> (Vec<(FieldId, RowIndex)>, bool) {
        let mut order: Vec<RowId> = Vec::new();
        let mut by_row: Map<Option<RowId>, Vec<(String, Scalar)>> = Map::new();
        for Entry { row, key, value } in entries {
            let answers = by_row.entry(row).or_insert_with(|| {
                order.extend(row);
                Vec::new()
            });
            answers.push((key, value));
        }
        let mut changed = Vec::new();
        let mut moved = false;
        let mut parents: Vec<(RowIndex, RowId)> = Vec::new();
        for answer in by_row.remove(&None).unwrap_or_default() {
            changed.extend(self.take(plan, RowIndex::HOUSEHOLD, answer));
        }
        for id in order {
            let answers = by_row.remove(&Some(id)).unwrap_or_default();
            let index = match self.by_id.get(&id) {
                Some(index) => *index,
                None => {
                    let Some(repeat) = group_of(plan, &answers) else { continue };
                    moved = true;
                    self.add(plan, id, repeat, RowIndex::HOUSEHOLD)
                }
            };
            for (key, value) in answers {
                match (key.as_str(), value) {
                    (GROUP, _) => {}
                    (DELETED, value) => {
                        let gone = value == Scalar::Bool(true);
                        let row = &mut self.rows[index.0 as usize];
                        moved |= row.gone != gone;
                        row.gone = gone;
                    }
                    (PARENT, Scalar::Str(text)) => {
                        parents.extend(RowId::read(&text).map(|parent| (index, parent)));
                    }
                    (_, value) => changed.extend(self.take(plan, index, (key, value))),
                }
            }
        }
        for (row, parent) in parents {
            if let Some(parent) = self.by_id.get(&parent) {
                moved |= self.rows[row.0 as usize].parent != *parent;
                self.rows[row.0 as usize].parent = *parent;
            }
        }
        if moved {
            self.arrange(plan);
        }
        (changed, moved)
    }

    /// Keeps an answer; gives its field where it is known and the answer another.
    fn take(
        &mut self,
        plan: &Plan,
        row: RowIndex,
        (key, value): (String, Scalar),
    ) -> Option<(FieldId, RowIndex)> {
        let scope = self.get(row).repeat;
        let (field, choice) = match plan.field_of_key(scope, &key) {
            Some(field) => (field, None),
            None => {
                let (question, choice) = key.split_once('/')?;
                (plan.field_of_key(scope, question)?, Some(choice))
            }
        };
        let stored = &mut self.cell_mut(plan, field, row).stored;
        let is_other = match (stored, choice) {
            (Stored::Choices(choices), Some(choice)) => {
                let ticked = value == Scalar::Bool(true);
                choices.insert(choice.to_owned(), ticked).unwrap_or(false) != ticked
            }
            (Stored::Scalar(scalar), None) => std::mem::replace(scalar, value.clone()) != value,
            _ => false,
        };
        is_other.then_some((field, row))
    }

    /// Makes a row, after all others.
    pub(super) fn add(&mut self, plan: &Plan, id: RowId, repeat: FieldId, parent: RowIndex) -> RowIndex {
        let index = RowIndex(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
        self.rows.push(Row::new(plan, Some(id), Some(repeat), parent));
        self.by_id.insert(id, index);
        index
    }

    /// Puts every row into its parent, in order. A row whose parent is gone, or of another repeat, is
    /// gone.
    pub(super) fn arrange(&mut self, plan: &Plan) {
        for row in &mut self.rows {
            row.children.clear();
        }
        let indexes = (1..).map(RowIndex).take(self.rows.len() - 1);
        for index in indexes {
            let row = self.get(index);
            let Some(repeat) = row.repeat else { continue };
            let parent = row.parent;
            if !self.is_gone(index) && self.get(parent).repeat == plan.scope(repeat) {
                self.rows[parent.0 as usize].children.entry(repeat).or_default().push(index);
            }
        }
    }

    /// Whether a row or one around it is hidden.
    pub(super) fn is_gone(&self, mut index: RowIndex) -> bool {
        // A ring of parents cannot be longer than there are rows.
        for _ in 0..self.rows.len() {
            if index == RowIndex::HOUSEHOLD {
                return false;
            }
            let row = self.get(index);
            if row.gone {
                return true;
            }
            index = row.parent;
        }
        true
    }

    pub(super) fn get(&self, row: RowIndex) -> &Row {
        &self.rows[row.0 as usize]
    }

    pub(super) fn get_mut(&mut self, row: RowIndex) -> &mut Row {
        &mut self.rows[row.0 as usize]
    }

    pub(super) fn cell(&self, plan: &Plan, field: FieldId, row: RowIndex) -> &CellState {
        &self.get(row).cells[plan.slot(field)]
    }

    pub(super) fn cell_mut(&mut self, plan: &Plan, field: FieldId, row: RowIndex) -> &mut CellState {
        &mut self.get_mut(row).cells[plan.slot(field)]
    }

    pub(super) fn index_of(&self, id: RowId) -> Option<RowIndex> {
        self.by_id.get(&id).copied()
    }

    /// The row of `repeat` around `row`, itself counted.
    pub(super) fn around(&self, mut row: RowIndex, repeat: FieldId) -> Option<RowIndex> {
        while row != RowIndex::HOUSEHOLD {
            let here = self.get(row);
            if here.repeat == Some(repeat) {
                return Some(row);
            }
            row = here.parent;
        }
        None
    }

    /// The rows of `scope` in `root`, in order; `root` itself where it is of `scope`.
    pub(super) fn under(&self, plan: &Plan, root: RowIndex, scope: Option<FieldId>) -> Vec<RowIndex> {
        let top = self.get(root).repeat;
        let mut way = Vec::new();
        let mut at = scope;
        while at != top {
            let Some(repeat) = at else { return Vec::new() };
            way.push(repeat);
            at = plan.scope(repeat);
        }
        let mut rows = vec![root];
        for repeat in way.into_iter().rev() {
            let children = rows.iter().filter_map(|row| self.get(*row).children.get(&repeat));
            rows = children.flatten().copied().collect();
        }
        rows
    }
}

fn group_of(plan: &Plan, answers: &[(String, Scalar)]) -> Option<FieldId> {
    let (_, group) = answers.iter().find(|(key, _)| key == GROUP)?;
    match group {
        Scalar::Str(group) => plan.repeat_of_group(group),
        _ => None,
    }
}
