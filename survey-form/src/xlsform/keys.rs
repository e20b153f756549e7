//! The key of each field's answers in the household document.

use super::cells::Columns;
use super::headers::Survey;
use super::sink::Sink;
use crate::fault::SheetFault;
use crate::model::{FieldId, Form};
use std::collections::HashMap;

/// Sets the key of every field: its name where no other field of its scope has it, else its path from
/// there. Tells where two fields come to one key.
pub(super) fn set(form: &mut Form, columns: &Columns<Survey>, sink: &mut Sink) {
    let scopes = form.ids().map(|(id, _)| form.scope_of(id)).collect::<Vec<_>>();
    let mut counts = HashMap::<(Option<FieldId>, &str), usize>::new();
    for ((_, field), scope) in form.ids().zip(&scopes) {
        if !field.kind.is_container() {
            *counts.entry((*scope, field.name.as_str())).or_default() += 1;
        }
    }
    let is_shared = |id: FieldId| {
        let field = form.field(id);
        !field.kind.is_container() && counts[&(scopes[id.index()], field.name.as_str())] > 1
    };
    let keys = form.ids().map(|(id, _)| is_shared(id).then(|| path(form, id))).collect::<Vec<_>>();
    for (field, key) in form.fields.iter_mut().zip(keys) {
        field.other_key = key;
    }
    let mut rows = HashMap::<(Option<FieldId>, &str), u32>::new();
    for ((_, field), scope) in form.ids().zip(&scopes) {
        if field.kind.is_container() {
            continue;
        }
        if let Some(&first_row) = rows.get(&(*scope, field.key())) {
            let kind = SheetFault::DuplicateKey { key: field.key().to_owned(), first_row };
            sink.error(columns.row(field.row), kind);
        }
        rows.insert((*scope, field.key()), field.row);
    }
}

/// The names from a field's scope down to it, with `.` between.
fn path(form: &Form, id: FieldId) -> String {
    let scope = form.scope_of(id);
    let mut names = vec![form.field(id).name.as_str()];
    let mut above = form.field(id).parent;
    while above != scope
        && let Some(group) = above
    {
        names.push(&form.field(group).name);
        above = form.field(group).parent;
    }
    names.reverse();
    names.join(".")
}
