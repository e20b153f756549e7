//! What depends on what, field by field: made once for a form, walked row by row.
//!
//! A [`Part`] of a field is one thing that is kept of it in each row. Parts are ranked so that whatever
//! one needs has a lower rank; a ring of parts that need each other is refused.

use crate::engine::plan::{ChoiceValues, Plan, shown_expressions};
use crate::expr::{Anchor, Expr, FieldPath, Function};
use crate::fault::{Fault, FaultKind, Place, Severity};
use crate::model::{ChoiceSource, FieldId, Form, Kind};
use light::{Map, Set};
use std::collections::VecDeque;

/// One thing that is kept of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PartKind {
    /// What the document holds of it, relevant or not.
    Answer,
    /// Whether it is relevant.
    Relevant,
    /// Its value; of a repeat, its rows.
    Value,
    /// Whether it must be answered.
    Required,
    /// Whether its value satisfies its constraint.
    Valid,
    /// What is shown: labels, choices, whether it can be written.
    Shown,
}

const KINDS: [PartKind; 6] = [
    PartKind::Answer,
    PartKind::Relevant,
    PartKind::Value,
    PartKind::Required,
    PartKind::Valid,
    PartKind::Shown,
];

/// A part of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) field: FieldId,
    pub(super) kind: PartKind,
}

/// A part that needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dependent {
    pub(super) part: Part,
    /// Only rows are concerned that lie in the same row of this repeat; `None`: all rows.
    pub(super) within: Option<FieldId>,
    /// Only rows after the one that changed: the field refers to itself in rows before.
    pub(super) after: bool,
}

#[derive(Debug)]
pub(super) struct Graph {
    /// By part.
    dependents: Vec<Vec<Dependent>>,
    /// By part.
    ranks: Vec<u32>,
    /// All parts by rank.
    order: Vec<Part>,
}

impl Part {
    pub(super) fn new(field: FieldId, kind: PartKind) -> Self {
        Self { field, kind }
    }

    fn index(self) -> usize {
        self.field.index() * KINDS.len() + self.kind as usize
    }

    #[expect(clippy::cast_possible_truncation, reason = "a form's fields are counted in u32")]
    fn at(index: usize) -> Self {
        Self { field: FieldId((index / KINDS.len()) as u32), kind: KINDS[index % KINDS.len()] }
    }
}

impl Graph {
    pub(super) fn new(form: &Form, scopes: &[Option<FieldId>]) -> Result<Self, Vec<Fault>> {
        let mut edges = Edges {
            form,
            scopes,
            choices: ChoiceValues::of(form),
            named: Set::new(),
            found: vec![Set::new(); form.fields.len() * KINDS.len()],
        };
        for (id, _) in form.ids() {
            edges.of_field(id);
        }
        let dependents: Vec<Vec<Dependent>> =
            edges.found.into_iter().map(|found| found.into_iter().collect()).collect();
        let order = ranked(&dependents).map_err(|rings| faults(form, &rings))?;
        let mut ranks = vec![0; order.len()];
        for (rank, part) in (0..).zip(&order) {
            ranks[part.index()] = rank;
        }
        Ok(Self { dependents, ranks, order })
    }

    pub(super) fn dependents(&self, part: Part) -> &[Dependent] {
        &self.dependents[part.index()]
    }

    pub(super) fn rank(&self, part: Part) -> u32 {
        self.ranks[part.index()]
    }

    pub(super) fn by_rank(&self, rank: u32) -> Part {
        self.order[rank as usize]
    }

    pub(super) fn order(&self) -> &[Part] {
        &self.order
    }
}

struct Edges<'a> {
    form: &'a Form,
    scopes: &'a [Option<FieldId>],
    choices: ChoiceValues<'a>,
    /// The parts that call `jr:choice-name()`, with the list of each.
    named: Set<(Part, &'a str)>,
    found: Vec<Set<Dependent>>,
}

impl Edges<'_> {
    fn add(&mut self, from: Part, to: Part, within: Option<FieldId>, after: bool) {
        self.found[from.index()].insert(Dependent { part: to, within, after });
    }

    fn of_field(&mut self, id: FieldId) {
        let form = self.form;
        let field = form.field(id);
        let scope = self.scopes[id.index()];
        let [answer, relevant, value, required, valid, shown] = KINDS.map(|kind| Part::new(id, kind));
        self.add(answer, value, scope, false);
        if let Some(parent) = field.parent {
            let above = Part::new(parent, PartKind::Relevant);
            self.add(above, relevant, self.scopes[parent.index()], false);
            if form.field(parent).kind == Kind::Repeat && form.field(parent).repeat_count.is_some() {
                // Rows beyond the count are not relevant.
                self.add(Part::new(parent, PartKind::Value), relevant, self.scopes[parent.index()], false);
            }
        }
        self.add(relevant, value, scope, false);
        // An empty value stays empty where the field becomes relevant, and may be required now.
        self.add(relevant, required, scope, false);
        self.add(value, required, scope, false);
        self.add(value, valid, scope, false);
        self.add(value, shown, scope, false);
        for (part, expr) in [
            (relevant, field.relevant.as_ref()),
            (value, Plan::derivation(field)),
            (value, field.repeat_count.as_ref()),
            (required, field.required.as_ref()),
            (valid, field.constraint.as_ref()),
        ] {
            if let Some(expr) = expr {
                self.of_expression(expr, part);
            }
        }
        for expr in shown_expressions(&self.choices, field) {
            self.of_expression(expr, shown);
        }
        if let Some(ChoiceSource::Rows(source)) = field.kind.choices() {
            self.add(Part::new(*source, PartKind::Value), shown, None, false);
            if let Some(repeat) = self.scopes[source.index()] {
                self.add(Part::new(repeat, PartKind::Value), shown, None, false);
            }
        }
    }

    fn of_expression(&mut self, expr: &Expr, part: Part) {
        let form = self.form;
        expr.walk(&mut |expr| match expr {
            Expr::Field(path) => self.of_path(path, part),
            Expr::Call(Function::Position, arguments) if arguments.is_empty() => {
                if let Some(repeat) = self.scopes[part.field.index()] {
                    let within = self.scopes[repeat.index()];
                    self.add(Part::new(repeat, PartKind::Value), part, within, false);
                }
            }
            Expr::Call(Function::ChoiceName, arguments) => {
                if let Some(Expr::Field(path)) = arguments.get(1)
                    && let Some((list, values)) = self.choices.list_of(form.field(path.field))
                {
                    let values = values.to_vec();
                    if self.named.insert((part, list)) {
                        values.into_iter().for_each(|expr| self.of_expression(expr, part));
                    }
                }
            }
            _ => {}
        });
    }

    /// Whether a part reads what the document holds of `field`, relevant or not: a calculation of the
    /// field itself, a condition of relevance of it or of a group around it. As [`Session`] evaluates it.
    ///
    /// [`Session`]: crate::engine::Session
    fn reads_answer(&self, field: FieldId, part: Part) -> bool {
        match part.kind {
            PartKind::Value => field == part.field,
            PartKind::Relevant => {
                let is_derived = Plan::derivation(self.form.field(field)).is_some();
                !is_derived && is_within(self.form, field, part.field)
            }
            _ => false,
        }
    }

    fn of_path(&mut self, path: &FieldPath, part: Part) {
        let within = match path.anchor {
            Anchor::LastSaved => return,
            Anchor::Here(repeat) => Some(repeat),
            Anchor::Household | Anchor::Tested(_) => None,
        };
        let mut runs_over_rows = false;
        let bound = match path.anchor {
            Anchor::Here(repeat) | Anchor::Tested(repeat) => Some(repeat),
            Anchor::Household | Anchor::LastSaved => None,
        };
        let is_repeat = self.form.field(path.field).kind == Kind::Repeat;
        let mut repeat = if is_repeat { Some(path.field) } else { self.scopes[path.field.index()] };
        while let Some(over) = repeat.filter(|repeat| Some(*repeat) != bound) {
            runs_over_rows = true;
            self.add(Part::new(over, PartKind::Value), part, within, false);
            repeat = self.scopes[over.index()];
        }
        if is_repeat {
            // Its rows, or the place of a row among them.
            let around = self.scopes[path.field.index()];
            self.add(Part::new(path.field, PartKind::Value), part, around, false);
        }
        let target = Part::new(path.field, PartKind::Value);
        if !runs_over_rows && self.reads_answer(path.field, part) {
            self.add(Part::new(path.field, PartKind::Answer), part, within, false);
            return;
        }
        let after = target == part && runs_over_rows;
        self.add(target, part, within, after);
        // What is not relevant is no node, whether or not it has a value.
        self.add(Part::new(path.field, PartKind::Relevant), part, within, after);
    }
}

/// Whether `field` is `group` or lies in it.
pub(super) fn is_within(form: &Form, field: FieldId, group: FieldId) -> bool {
    // A group stands before what lies in it.
    let mut at = Some(field);
    while let Some(id) = at.filter(|id| *id > group) {
        at = form.field(id).parent;
    }
    at == Some(group)
}

/// The parts, each after all that it needs; or the rings.
fn ranked(dependents: &[Vec<Dependent>]) -> Result<Vec<Part>, Vec<Vec<Part>>> {
    let mut needs = vec![0_usize; dependents.len()];
    for dependent in dependents.iter().flatten().filter(|dependent| !dependent.after) {
        needs[dependent.part.index()] += 1;
    }
    let mut ready: VecDeque<usize> = (0..needs.len()).filter(|index| needs[*index] == 0).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(index) = ready.pop_front() {
        order.push(Part::at(index));
        for dependent in dependents[index].iter().filter(|dependent| !dependent.after) {
            let count = &mut needs[dependent.part.index()];
            *count -= 1;
            if *count == 0 {
                ready.push_back(dependent.part.index());
            }
        }
    }
    if order.len() == needs.len() { Ok(order) } else { Err(rings(dependents, &needs)) }
}

/// Among the parts that still need something, rings that share no part.
fn rings(dependents: &[Vec<Dependent>], needs: &[usize]) -> Vec<Vec<Part>> {
    // From each part to one that it needs and that is not ranked either: such a walk ends in a ring.
    let mut needed: Map<usize, usize> = Map::new();
    for (index, found) in dependents.iter().enumerate().filter(|(index, _)| needs[*index] > 0) {
        for dependent in found.iter().filter(|dependent| !dependent.after) {
            if needs[dependent.part.index()] > 0 {
                needed.entry(dependent.part.index()).or_insert(index);
            }
        }
    }
    let mut seen = Set::new();
    let mut rings = Vec::new();
    for start in needed.keys() {
        let mut walk = Vec::new();
        let mut at = *start;
        while seen.insert(at) {
            walk.push(at);
            let Some(next) = needed.get(&at) else { break };
            at = *next;
        }
        if let Some(first) = walk.iter().position(|index| *index == at) {
            rings.push(walk[first..].iter().map(|index| Part::at(*index)).collect());
        }
    }
    rings
}

/// One fault for each ring, at the row of the field that stands first in the sheet.
fn faults(form: &Form, rings: &[Vec<Part>]) -> Vec<Fault> {
    let fault = |ring: &Vec<Part>| {
        let mut fields: Vec<FieldId> = Vec::new();
        for part in ring {
            if fields.last() != Some(&part.field) {
                fields.push(part.field);
            }
        }
        if fields.len() > 1 && fields.first() == fields.last() {
            fields.pop();
        }
        let first = (0..fields.len()).min_by_key(|place| fields[*place]).unwrap_or(0);
        fields.rotate_left(first);
        let at = fields.first().map(|id| form.field(*id));
        let header = ring
            .iter()
            .filter(|part| Some(&part.field) == fields.first())
            .find_map(|part| column(form, *part))
            .unwrap_or_default();
        Fault {
            place: Place {
                sheet: "survey".to_owned(),
                row: at.map_or(0, |field| field.row),
                column: 0,
                header: header.to_owned(),
            },
            severity: Severity::Error,
            kind: FaultKind::Cycle(fields.iter().map(|id| form.field(*id).name.clone()).collect()),
        }
    };
    rings.iter().map(fault).collect()
}

/// The column of the survey sheet whose expression a part is.
fn column(form: &Form, part: Part) -> Option<&'static str> {
    let field = form.field(part.field);
    match part.kind {
        PartKind::Relevant => field.relevant.as_ref().map(|_| "relevant"),
        PartKind::Value if field.repeat_count.is_some() => Some("repeat_count"),
        PartKind::Value => field.calculation.as_ref().map(|_| "calculation"),
        PartKind::Answer | PartKind::Required | PartKind::Valid | PartKind::Shown => None,
    }
}
