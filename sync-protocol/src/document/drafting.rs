//! Edits become the operations of a change: each put names the values that it replaces.

use std::collections::BTreeMap;

use super::EditError;
use crate::change::{DraftOp, Edit, OpId};
use crate::ids::RowId;
use crate::limits;
use crate::registers::Registers;
use crate::value::{Scalar, ScalarRef};

/// A change that is being drawn up.
pub(super) struct Drafting<'a> {
    registers: &'a Registers,
    ops: Vec<DraftOp<'a>>,
    /// The id of the next operation.
    next: OpId,
    /// The rows that it makes, with the operations that make them.
    rows: BTreeMap<RowId, OpId>,
    /// What it has put, with the last operation that did.
    written: BTreeMap<(Option<RowId>, &'a str), (ScalarRef<'a>, OpId)>,
}

impl<'a> Drafting<'a> {
    /// A change upon these registers whose first operation has this id.
    pub(super) fn new(registers: &'a Registers, first: OpId) -> Self {
        let (rows, written) = (BTreeMap::new(), BTreeMap::new());
        Self { registers, ops: Vec::new(), next: first, rows, written }
    }

    /// The operations of these edits; none where the registers say all of it already.
    pub(super) fn draw_up(mut self, edits: &'a [Edit]) -> Result<Vec<DraftOp<'a>>, EditError> {
        if edits.len() > limits::CHANGE_OPS_MAX {
            return Err(EditError::TooMany);
        }
        for edit in edits {
            match edit {
                Edit::MakeRow(row) => self.make_row(*row)?,
                Edit::Put { row, key, value } => self.put(*row, key, value)?,
            }
        }
        Ok(self.ops)
    }

    fn make_row(&mut self, row: RowId) -> Result<(), EditError> {
        if self.made(row).is_some() {
            return Err(EditError::RowExists(row));
        }
        let made = self.push(DraftOp::MakeRow(row));
        self.rows.insert(row, made);
        Ok(())
    }

    /// The operation that made a row, here or before.
    fn made(&self, row: RowId) -> Option<OpId> {
        self.rows.get(&row).copied().or_else(|| self.registers.made(row))
    }

    /// Puts a value. Where several differ and this one is shown, Automerge would delete the others
    /// instead of putting it, and who settles a conflict so would lose it to any concurrent put. So
    /// another value is put first.
    fn put(&mut self, row: Option<RowId>, key: &'a str, value: &'a Scalar) -> Result<(), EditError> {
        check_answer(key, value)?;
        let made = row.map(|row| self.made(row).ok_or(EditError::NoRow(row))).transpose()?;
        let value = value.as_ref();
        let live = self.live(row, key);
        let is_it = |(live, _): &(ScalarRef<'_>, OpId)| *live == value;
        let mut preds: Vec<OpId> = live.iter().map(|(_, id)| *id).collect();
        if live.last().is_some_and(is_it) {
            if live.iter().all(is_it) {
                return Ok(());
            }
            let other = if value == ScalarRef::Null { ScalarRef::Bool(false) } else { ScalarRef::Null };
            preds = vec![self.push(DraftOp::Put { row: made, key, value: other, preds })];
        }
        let put = self.push(DraftOp::Put { row: made, key, value, preds });
        self.written.insert((row, key), (value, put));
        Ok(())
    }

    /// The live values of a register as the operations so far leave it, in ascending order of their ids.
    fn live(&self, row: Option<RowId>, key: &'a str) -> Vec<(ScalarRef<'a>, OpId)> {
        if let Some(written) = self.written.get(&(row, key)) {
            return vec![*written];
        }
        let live = self.registers.register(row, key).map(|register| register.live).unwrap_or_default();
        live.into_iter().map(|live| (live.value, OpId { counter: live.counter, actor: live.actor })).collect()
    }

    fn push(&mut self, op: DraftOp<'a>) -> OpId {
        let id = self.next;
        self.next.counter += 1;
        self.ops.push(op);
        id
    }
}

fn check_answer(key: &str, value: &Scalar) -> Result<(), EditError> {
    if key.is_empty() || key.len() > limits::KEY_BYTES_MAX || key.bytes().any(|byte| byte.is_ascii_control())
    {
        return Err(EditError::Key(key.to_owned()));
    }
    match value {
        Scalar::Str(text) if text.len() > limits::STRING_BYTES_MAX => {
            Err(EditError::TooLong { key: key.to_owned(), bytes: text.len() })
        }
        Scalar::F64(number) if !number.is_finite() => Err(EditError::NotFinite(key.to_owned())),
        _ => Ok(()),
    }
}
