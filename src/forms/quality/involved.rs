//! Which answers decide that something does not hold, and who gave them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use survey_form::compare::Address;
use survey_form::engine::{Finding, Problem};
use survey_form::expr::{Anchor, Expr};
use survey_form::model::{Field, FieldId, Form, Kind};
use sync_protocol::ids::{DeviceId, RowId};
use sync_protocol::registers::Registers;
use sync_protocol::value::ScalarRef;

use super::super::answers::json;
use super::super::words::Words;
use crate::clock::Micros;
use crate::projection::form::{DELETED, GROUP};

/// Answers that are told of one finding.
const TOUCHES_MAX: usize = 60;

/// An answer that has a part in a finding, or a row that was made, and who gave or made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Touch {
    /// Where it lies: of a row that was made, the repeat.
    pub at: Address,
    /// In which row.
    pub row: Option<RowId>,
    /// The key as the document has it: the question's, or `question/choice`.
    pub key: String,
    /// What is asked.
    pub label: Words,
    /// The answer.
    pub value: Value,
    /// The device that wrote it.
    pub device: DeviceId,
    /// Who carries that device.
    pub person: Option<String>,
    /// When, by that device's clock: Unix milliseconds.
    pub written_at_ms: i64,
    /// When the hub took it.
    pub received_at: Micros,
    /// Place of its change, as the registers have it: on a hub, in the tambon's log.
    pub seq: u64,
}

/// Which rows of a field are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rows {
    /// The row of the finding.
    Same,
    /// All of them.
    All,
}

/// The answers that decide a finding: the field's own first, then in the order of the form and of the rows.
pub(super) fn touched(form: &Form, registers: &Registers, finding: &Finding) -> Vec<Touch> {
    let visible = visible_rows(registers);
    let row = finding.row.map(|row| RowId(row.0));
    let mut touched = Vec::new();
    let mut seen = BTreeSet::new();
    let own = std::iter::once((finding.field, Rows::Same));
    for (id, rows) in own.chain(involved(form, finding)) {
        let at = Address::of(form, id);
        let is_repeat = form.field(id).kind == Kind::Repeat;
        let rows: Vec<Option<RowId>> = match (at.group.is_empty(), rows) {
            (true, _) => vec![None],
            (false, Rows::Same) => vec![row],
            (false, Rows::All) => {
                let of_group = visible.iter().filter(|(_, group)| *group == at.group);
                of_group.map(|(row, _)| Some(*row)).collect()
            }
        };
        let label = Words::label(form, form.field(id));
        for row in rows {
            for key in keys(form.field(id), is_repeat, registers, row) {
                if !seen.insert((row, key.clone())) {
                    continue;
                }
                let live = registers.register(row, &key).map(|register| register.live).unwrap_or_default();
                touched.extend(live.into_iter().filter(|live| live.value != ScalarRef::Null).map(|live| {
                    Touch {
                        at: at.clone(),
                        row,
                        key: key.clone(),
                        label: label.clone(),
                        value: json(live.value),
                        device: live.actor.device(),
                        person: None,
                        written_at_ms: 0,
                        received_at: Micros(0),
                        seq: live.log_seq,
                    }
                }));
            }
        }
        if touched.len() > TOUCHES_MAX {
            break;
        }
    }
    touched.truncate(TOUCHES_MAX);
    touched
}

/// The rows that are not hidden, in the order in which they were made, with their groups.
fn visible_rows(registers: &Registers) -> Vec<(RowId, String)> {
    let mut groups = BTreeMap::new();
    let mut hidden = BTreeSet::new();
    for register in registers.shown() {
        match (register.row, register.key, register.value) {
            (Some(row), GROUP, ScalarRef::Str(group)) => _ = groups.insert(row, group.to_owned()),
            (Some(row), DELETED, ScalarRef::Bool(true)) => _ = hidden.insert(row),
            _ => {}
        }
    }
    let made = registers.rows_by_making().into_iter().filter(|row| !hidden.contains(row));
    made.filter_map(|row| Some((row, groups.remove(&row)?))).collect()
}

/// The registers that hold the answer of a field.
fn keys(field: &Field, is_repeat: bool, registers: &Registers, row: Option<RowId>) -> Vec<String> {
    if is_repeat {
        return vec![GROUP.to_owned()];
    }
    if !matches!(field.kind, Kind::SelectMultiple(_)) {
        return vec![field.key().to_owned()];
    }
    let prefix = format!("{}/", field.key());
    let shown = registers.shown();
    let of_field = shown.iter().filter(|register| register.row == row && register.key.starts_with(&prefix));
    of_field.map(|register| register.key.to_owned()).collect()
}

/// The fields that a finding depends on, through whatever calculations lie between.
fn involved(form: &Form, finding: &Finding) -> BTreeMap<FieldId, Rows> {
    let field = form.field(finding.field);
    let first: Vec<&Expr> = match finding.problem {
        Problem::Constraint => field.constraint.iter().collect(),
        Problem::SoftConstraint => field.soft_constraint.iter().collect(),
        Problem::Required => field.required.iter().chain(relevance(form, finding.field)).collect(),
        Problem::ClosedChoice(_) => field.choice_filter.iter().collect(),
        Problem::SurplusRow => field.repeat_count.iter().collect(),
        Problem::Unevaluated(_) => field.calculation.iter().chain(&field.constraint).collect(),
        Problem::WrongKind | Problem::UnknownChoice(_) => Vec::new(),
    };
    let mut found: BTreeMap<FieldId, Rows> = BTreeMap::new();
    let mut open: Vec<(&Expr, Option<FieldId>, Rows)> =
        first.into_iter().map(|expr| (expr, form.scope_of(finding.field), Rows::Same)).collect();
    while let Some((expr, scope, rows)) = open.pop() {
        expr.walk(&mut |expr| {
            let Expr::Field(path) = expr else { return };
            for id in std::iter::once(path.field).chain(path.tests.iter().map(|test| test.step)) {
                let its_scope = form.scope_of(id);
                let is_here = matches!(path.anchor, Anchor::Here(repeat) if Some(repeat) == its_scope);
                let rows = if is_here && its_scope == scope { rows } else { Rows::All };
                let known = found.get(&id).copied();
                if known.is_some_and(|known| known >= rows) {
                    continue;
                }
                found.insert(id, rows);
                let field = form.field(id);
                let derived = field.calculation.as_ref().filter(|_| field.trigger.is_empty());
                open.extend(derived.map(|expr| (expr, its_scope, rows)));
            }
        });
    }
    found.retain(|id, _| form.field(*id).kind.is_stored() || form.field(*id).kind == Kind::Repeat);
    found
}

/// The conditions under which a field is asked: its own and those of the groups around it.
fn relevance(form: &Form, id: FieldId) -> impl Iterator<Item = &Expr> {
    let around = std::iter::successors(Some(id), |id| form.field(*id).parent);
    around.filter_map(|id| form.field(id).relevant.as_ref())
}
