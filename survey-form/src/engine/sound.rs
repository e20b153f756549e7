//! Whether a model holds together. The reader makes no other; but a phone reads models that it kept for
//! long, and what is damaged must be an error and no panic.

use crate::engine::plan::{ChoiceValues, shown_expressions};
use crate::expr::{Anchor, Expr, FieldPath};
use crate::fault::{Fault, FaultKind, Place, Severity};
use crate::model::{ChoiceSource, Field, FieldId, Form, Initial, Kind};

/// Every field stands after its group, and every reference leads to a field from a row around it.
pub(super) fn check(form: &Form) -> Result<(), Vec<Fault>> {
    for (id, field) in form.ids() {
        let is_placed =
            field.parent.is_none_or(|parent| parent < id && form.field(parent).kind.is_container());
        if !is_placed {
            return Err(vec![fault(&field.name)]);
        }
    }
    let choices = ChoiceValues::of(form);
    // From here on, whoever climbs from group to group arrives.
    for (id, field) in form.ids() {
        let is_sound = expressions(&choices, field).into_iter().all(|expr| is_sound(form, Some(id), expr))
            && field.trigger.iter().all(|source| source.index() < form.fields.len())
            && match field.kind.choices() {
                Some(ChoiceSource::Rows(source)) => source.index() < form.fields.len(),
                _ => true,
            };
        if !is_sound {
            return Err(vec![fault(&field.name)]);
        }
    }
    match &form.instance_name {
        Some(expr) if !is_sound(form, None, expr) => Err(vec![fault(&form.id)]),
        _ => Ok(()),
    }
}

/// Every expression of a field.
pub(crate) fn expressions<'a>(choices: &ChoiceValues<'a>, field: &'a Field) -> Vec<&'a Expr> {
    let mut all = shown_expressions(choices, field);
    let default = match &field.default {
        Some(Initial::Dynamic(expr)) => Some(expr),
        _ => None,
    };
    let cells =
        [&field.relevant, &field.required, &field.constraint, &field.calculation, &field.repeat_count];
    all.extend(cells.into_iter().flatten().chain(default));
    all
}

fn is_sound(form: &Form, at: Option<FieldId>, expr: &Expr) -> bool {
    let mut is_sound = true;
    expr.walk(&mut |expr| {
        if let Expr::Field(path) = expr {
            is_sound &= leads_somewhere(form, at, path);
        }
    });
    is_sound
}

fn leads_somewhere(form: &Form, at: Option<FieldId>, path: &FieldPath) -> bool {
    let exists = |id: FieldId| id.index() < form.fields.len();
    if !exists(path.field) || !path.tests.iter().all(|test| exists(test.step)) {
        return false;
    }
    let is_around = |repeat: FieldId, field: FieldId| {
        exists(repeat) && (repeat == field || repeats_around(form, field).any(|around| around == repeat))
    };
    match path.anchor {
        Anchor::Household | Anchor::LastSaved => true,
        Anchor::Here(repeat) => {
            is_repeat(form, repeat)
                && is_around(repeat, path.field)
                && at.is_some_and(|at| is_around(repeat, at))
        }
        Anchor::Tested(repeat) => is_repeat(form, repeat) && is_around(repeat, path.field),
    }
}

fn is_repeat(form: &Form, id: FieldId) -> bool {
    form.fields.get(id.index()).is_some_and(|field| field.kind == Kind::Repeat)
}

fn repeats_around(form: &Form, field: FieldId) -> impl Iterator<Item = FieldId> {
    std::iter::successors(form.scope_of(field), |repeat| form.scope_of(*repeat))
}

fn fault(name: &str) -> Fault {
    Fault { place: Place::default(), severity: Severity::Error, kind: FaultKind::Unsound(name.to_owned()) }
}
