//! Keeping up: what a change makes different is evaluated again, and nothing else.

use crate::engine::answers;
use crate::engine::graph::{Part, PartKind, is_within};
use crate::engine::plan::Plan;
use crate::engine::rows::CellState;
use crate::engine::session::Session;
use crate::expr::{
    Chance, EvaluationFault, Evaluator, Expr, Patterns, RowIndex, TableRows, Value, World, Zone,
};
use crate::limits::{OPERATION_STEPS_MAX, REPEAT_COUNT_MAX};
use crate::model::{FieldId, Form, Kind};
use light::Set;

/// Parts of rows that may be different now, the lowest rank first and within it the first row.
#[derive(Debug, Default)]
pub(super) struct Stale(Set<(u32, RowIndex)>);

impl Stale {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Session {
    /// Evaluates everything.
    pub(super) fn compute_all(&mut self) {
        self.steps.set(0);
        let plan = self.plan.clone();
        for part in plan.graph().order() {
            if matches!(part.kind, PartKind::Answer | PartKind::Shown) {
                continue;
            }
            for row in self.rows.under(&plan, RowIndex::HOUSEHOLD, plan.scope(part.field)) {
                self.compute(*part, row);
            }
        }
    }

    /// Marks what needs a part of a row.
    pub(super) fn mark_dependents(&self, stale: &mut Stale, part: Part, row: RowIndex) {
        let plan = &self.plan;
        for dependent in plan.graph().dependents(part) {
            let root = match dependent.within {
                Some(repeat) => self.rows.around(row, repeat).unwrap_or(row),
                None => RowIndex::HOUSEHOLD,
            };
            let rank = plan.graph().rank(dependent.part);
            for other in self.rows.under(plan, root, plan.scope(dependent.part.field)) {
                if !dependent.after || other > row {
                    stale.0.insert((rank, other));
                }
            }
        }
    }

    /// Marks a part of a row.
    pub(super) fn mark(&self, stale: &mut Stale, part: Part, row: RowIndex) {
        stale.0.insert((self.plan.graph().rank(part), row));
    }

    /// Marks every part of a new row.
    pub(super) fn mark_row(&self, stale: &mut Stale, row: RowIndex) {
        let kinds =
            [PartKind::Relevant, PartKind::Value, PartKind::Required, PartKind::Valid, PartKind::Shown];
        for field in self.plan.cells(self.rows.get(row).repeat) {
            for kind in kinds {
                self.mark(stale, Part::new(*field, kind), row);
            }
        }
    }

    /// Evaluates what is marked, and what that makes different; gives the fields that were touched and
    /// those whose value is another.
    pub(super) fn catch_up(&mut self, mut stale: Stale) -> Touched {
        self.steps.set(0);
        let plan = self.plan.clone();
        let mut touched = Touched::default();
        while let Some((rank, row)) = stale.0.pop_first() {
            let part = plan.graph().by_rank(rank);
            if part.kind == PartKind::Shown {
                touched.shown.insert((row, part.field));
                continue;
            }
            if part.kind == PartKind::Answer {
                self.mark_dependents(&mut stale, part, row);
                continue;
            }
            if self.compute(part, row) {
                touched.shown.insert((row, part.field));
                if part.kind == PartKind::Value {
                    touched.values.insert((row, part.field));
                }
                self.mark_dependents(&mut stale, part, row);
            }
        }
        touched
    }

    /// Evaluates a part of a row; gives whether it is different now.
    fn compute(&mut self, part: Part, row: RowIndex) -> bool {
        match part.kind {
            PartKind::Relevant => self.compute_relevant(part.field, row),
            PartKind::Value if self.plan.form().field(part.field).kind == Kind::Repeat => {
                self.compute_rows(part.field, row)
            }
            PartKind::Value => self.compute_value(part.field, row),
            PartKind::Required => self.compute_required(part.field, row),
            PartKind::Valid => self.compute_valid(part.field, row),
            PartKind::Answer | PartKind::Shown => false,
        }
    }

    /// Relevant where its own condition holds, its group is relevant, and its row counts.
    fn compute_relevant(&mut self, id: FieldId, row: RowIndex) -> bool {
        let plan = self.plan.clone();
        let field = plan.form().field(id);
        let around = match field.parent {
            None => true,
            Some(parent) if plan.form().field(parent).kind == Kind::Repeat => {
                let at = self.rows.get(row);
                at.counts && self.rows.cell(&plan, parent, at.parent).relevant
            }
            Some(parent) => self.rows.cell(&plan, parent, row).relevant,
        };
        self.looks_at.set(Some((id, row)));
        let held = field.relevant.as_ref().filter(|_| around).map(|expr| self.truth(expr, id, row));
        self.looks_at.set(None);
        let cell = self.rows.cell_mut(&plan, id, row);
        let relevant = around && cell.noted(PartKind::Relevant, held, true, false);
        std::mem::replace(&mut cell.relevant, relevant) != relevant
    }

    /// The rows of a repeat that count: no more than its count, and none where it is not relevant.
    fn compute_rows(&mut self, repeat: FieldId, row: RowIndex) -> bool {
        let plan = self.plan.clone();
        let field = plan.form().field(repeat);
        let relevant = self.rows.cell(&plan, repeat, row).relevant;
        let all = self.rows.get(row).children.get(&repeat).cloned().unwrap_or_default();
        let mut room = usize::MAX;
        if let Some(count) = &field.repeat_count {
            let number = self.value_of(count, repeat, row).map(|value| value.number(self.context.zone));
            room = match number {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in bounds")]
                Ok(number) if number > 0.0 => number.min(f64::from(REPEAT_COUNT_MAX)) as usize,
                _ => 0,
            };
            let asked = if relevant { room } else { 0 };
            self.rows.get_mut(row).asked.insert(repeat, asked);
        }
        let kept = if relevant { room.min(all.len()) } else { 0 };
        let mut changed = false;
        for (place, child) in all.iter().enumerate() {
            let child = self.rows.get_mut(*child);
            changed |= child.counts != (place < room);
            child.counts = place < room;
        }
        let counted = all[..kept].to_vec();
        let before = self.rows.get_mut(row).counted.insert(repeat, counted);
        changed || before.as_ref() != self.rows.get(row).counted.get(&repeat)
    }

    fn compute_value(&mut self, id: FieldId, row: RowIndex) -> bool {
        let plan = self.plan.clone();
        let field = plan.form().field(id);
        self.looks_at.set(Some((id, row)));
        let cell = self.rows.cell(&plan, id, row);
        let evaluated = if !cell.relevant || field.kind == Kind::Group {
            Ok(Value::EMPTY)
        } else {
            match Plan::derivation(field) {
                Some(expr) if !Plan::is_kept(field) || cell.stored.is_empty() => self
                    .value_of(expr, id, row)
                    .map(|value| answers::typed(&field.kind, value, self.context.zone)),
                _ => Ok(answers::seen(plan.form(), &field.kind, &cell.stored)),
            }
        };
        self.looks_at.set(None);
        let cell = self.rows.cell_mut(&plan, id, row);
        let value = match evaluated {
            Ok(value) => {
                cell.faults.remove(&PartKind::Value);
                value
            }
            Err(fault) => {
                cell.faults.insert(PartKind::Value, fault);
                Value::EMPTY
            }
        };
        let is_same = same(&cell.value, &value);
        cell.value = value;
        !is_same
    }

    fn compute_required(&mut self, id: FieldId, row: RowIndex) -> bool {
        let plan = self.plan.clone();
        let relevant = self.rows.cell(&plan, id, row).relevant;
        let required = plan.form().field(id).required.as_ref();
        let held = required.filter(|_| relevant).map(|expr| self.truth(expr, id, row));
        let cell = self.rows.cell_mut(&plan, id, row);
        let required = cell.noted(PartKind::Required, held, false, false);
        std::mem::replace(&mut cell.required, required) != required
    }

    /// An empty value satisfies every constraint.
    fn compute_valid(&mut self, id: FieldId, row: RowIndex) -> bool {
        let plan = self.plan.clone();
        let answered = !self.rows.cell(&plan, id, row).value.is_empty();
        let constraint = plan.form().field(id).constraint.as_ref();
        let held = constraint.filter(|_| answered).map(|expr| self.truth(expr, id, row));
        let cell = self.rows.cell_mut(&plan, id, row);
        let valid = cell.noted(PartKind::Valid, held, true, true);
        std::mem::replace(&mut cell.valid, valid) != valid
    }

    fn truth(&self, expr: &Expr, field: FieldId, row: RowIndex) -> Result<bool, EvaluationFault> {
        self.value_of(expr, field, row).map(|value| value.truth())
    }

    pub(super) fn value_of<'a>(
        &'a self,
        expr: &'a Expr,
        field: FieldId,
        row: RowIndex,
    ) -> Result<Value<'a>, EvaluationFault> {
        if self.steps.get() > OPERATION_STEPS_MAX {
            return Err(EvaluationFault::TooManySteps);
        }
        let evaluator = Evaluator::new(self, Some(field), row);
        let value = evaluator.value(expr);
        self.steps.set(self.steps.get() + evaluator.steps());
        value
    }
}

/// What was evaluated again.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Fields that may look different.
    pub(super) shown: Set<(RowIndex, FieldId)>,
    /// Fields whose value is another.
    pub(super) values: Set<(RowIndex, FieldId)>,
}

/// Whether two values look the same to every expression; NaN is NaN.
fn same(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.to_bits() == right.to_bits(),
        _ => left == right,
    }
}

impl World for Session {
    fn form(&self) -> &Form {
        self.plan.form()
    }

    fn innermost(&self, field: FieldId) -> Option<FieldId> {
        if self.plan.form().field(field).kind == Kind::Repeat { Some(field) } else { self.plan.scope(field) }
    }

    fn repeat_of(&self, row: RowIndex) -> Option<FieldId> {
        self.rows.get(row).repeat
    }

    fn parent_of(&self, row: RowIndex) -> RowIndex {
        self.rows.get(row).parent
    }

    fn rows(&self, repeat: FieldId, parent: RowIndex) -> &[RowIndex] {
        self.rows.get(parent).counted.get(&repeat).map_or(&[], Vec::as_slice)
    }

    fn value(&self, field: FieldId, row: RowIndex) -> Value<'_> {
        if self.rows.get(row).repeat != self.plan.scope(field) {
            return Value::EMPTY;
        }
        let cell = self.rows.cell(&self.plan, field, row);
        let form = self.plan.form();
        match self.looks_at.get() {
            // Itself, or what lies in it: what the document holds, since the value is not known yet.
            Some((around, at)) if at == row && is_within(form, field, around) => {
                answers::seen(form, &form.field(field).kind, &cell.stored)
            }
            _ => cell.value.borrowed(),
        }
    }

    fn is_relevant(&self, field: FieldId, row: RowIndex) -> bool {
        // A repeat's rows are those that count; a field's row holds its relevance.
        let is_there = self.rows.get(row).repeat == self.plan.scope(field);
        !is_there || self.rows.cell(&self.plan, field, row).relevant
    }

    fn table(&self, name: &str) -> Option<&TableRows> {
        self.context.tables.get(name)
    }

    fn last_saved(&self) -> Option<&dyn World> {
        self.last_saved.as_deref().map(|session| session as &dyn World)
    }

    fn now_ms(&self) -> i64 {
        self.context.now_ms
    }

    fn zone(&self) -> Zone {
        self.context.zone
    }

    fn language(&self) -> usize {
        self.context.language
    }

    fn chance(&self, field: Option<FieldId>, row: RowIndex) -> Chance {
        let name = field.map_or("", |field| self.plan.form().field(field).key());
        let row = self.rows.get(row).id.map_or([0; 16], |id| id.0);
        Chance::new(&self.context.seed, name, &row)
    }

    fn patterns(&self) -> &Patterns {
        &self.patterns
    }
}

impl CellState {
    /// What a condition gave: `unasked` where there is none to evaluate, `failed` where it has no value,
    /// which is noted.
    fn noted(
        &mut self,
        part: PartKind,
        held: Option<Result<bool, EvaluationFault>>,
        unasked: bool,
        failed: bool,
    ) -> bool {
        self.faults.remove(&part);
        match held {
            None => unasked,
            Some(Ok(held)) => held,
            Some(Err(fault)) => {
                self.faults.insert(part, fault);
                failed
            }
        }
    }
}
