//! Edits become the operations of a change: each put names the values that it replaces.

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
    /// The id of the first operation; the others follow.
    first: OpId,
}

impl<'a> Drafting<'a> {
    /// A change upon these registers whose first operation has this id.
    pub(super) fn new(registers: &'a Registers, first: OpId) -> Self {
        Self { registers, ops: Vec::new(), first }
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
        self.push(DraftOp::MakeRow(row));
        Ok(())
    }

    /// The operation that made a row, here or before.
    fn made(&self, row: RowId) -> Option<OpId> {
        let here = self.ops.iter().rposition(|op| *op == DraftOp::MakeRow(row));
        here.map(|place| self.id(place)).or_else(|| self.registers.made(row))
    }

    /// Puts a value. Where several differ and this one is shown, Automerge would delete the others
    /// instead of putting it, and who settles a conflict so would lose it to any concurrent put. So
    /// another value is put first.
    fn put(&mut self, row: Option<RowId>, key: &'a str, value: &'a Scalar) -> Result<(), EditError> {
        check_answer(key, value)?;
        let made = row.map(|row| self.made(row).ok_or(EditError::NoRow(row))).transpose()?;
        let value = value.as_ref();
        let live = self.live(row, made, key);
        let is_it = |(live, _): &(ScalarRef<'_>, OpId)| *live == value;
        let mut preds: Vec<OpId> = live.iter().map(|(_, id)| *id).collect();
        if live.last().is_some_and(is_it) {
            if live.iter().all(is_it) {
                return Ok(());
            }
            let other = if value == ScalarRef::Null { ScalarRef::Bool(false) } else { ScalarRef::Null };
            preds = vec![self.push(DraftOp::Put { row: made, key, value: other, preds })];
        }
        self.push(DraftOp::Put { row: made, key, value, preds });
        Ok(())
    }

    /// The live values of a register as the operations so far leave it, in ascending order of their ids.
    fn live(&self, row: Option<RowId>, made: Option<OpId>, key: &'a str) -> Vec<(ScalarRef<'a>, OpId)> {
        for (place, op) in self.ops.iter().enumerate().rev() {
            match op {
                DraftOp::Put { row, key: put, value, .. } if *row == made && *put == key => {
                    return vec![(*value, self.id(place))];
                }
                _ => {}
            }
        }
        let live = self.registers.register(row, key).map(|register| register.live).unwrap_or_default();
        live.into_iter().map(|live| (live.value, OpId { counter: live.counter, actor: live.actor })).collect()
    }

    fn push(&mut self, op: DraftOp<'a>) -> OpId {
        self.ops.push(op);
        self.id(self.ops.len() - 1)
    }

    /// The id of the operation at this place.
    fn id(&self, place: usize) -> OpId {
        OpId { counter: self.first.counter + place as u64, ..self.first }
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
