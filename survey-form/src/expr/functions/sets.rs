//! Choices, rows and the values of several nodes.

use super::Call;
use super::texts::count;
use crate::expr::evaluate::{Evaluated, EvaluationFault, NodeRef, RowIndex, Tested};
use crate::expr::function::Function;
use crate::expr::value::Value;
use crate::expr::{Expr, ItemRef};
use crate::model::{ChoiceSource, FieldId};

impl<'a> Call<'_, 'a> {
    pub(super) fn of_sets(&self, function: Function) -> Evaluated<'a> {
        match function {
            Function::Selected => {
                let (chosen, sought) = (self.text(0)?, self.text(1)?);
                let sought = sought.trim();
                // Forms ask whether nothing is selected by `selected(${question}, '')`.
                let none = sought.is_empty() && chosen.trim().is_empty();
                Ok(Value::Bool(none || chosen.split_whitespace().any(|name| name == sought)))
            }
            Function::SelectedAt => {
                let (chosen, place) = (self.text(0)?, self.number(1)?);
                #[expect(clippy::cast_possible_truncation, reason = "saturates")]
                let place = if place.is_nan() { -1 } else { place as i64 };
                let name = usize::try_from(place).ok().and_then(|place| chosen.split_whitespace().nth(place));
                self.made(name.unwrap_or_default().to_owned())
            }
            Function::CountSelected => Ok(count(self.text(0)?.split_whitespace().count())),
            Function::ChoiceName => self.choice_name(),
            Function::Itext => self.value(0),
            Function::Count => Ok(count(self.nodes(0)?.len())),
            Function::CountNonEmpty => {
                let values = self.at.values(&self.nodes(0)?)?;
                Ok(count(values.iter().filter(|value| !value.is_empty()).count()))
            }
            Function::Sum => Ok(Value::Number(self.numbers(0)?.iter().sum())),
            Function::Min => {
                Ok(Value::Number(self.numbers(0)?.into_iter().reduce(f64::min).unwrap_or(f64::NAN)))
            }
            Function::Max => {
                Ok(Value::Number(self.numbers(0)?.into_iter().reduce(f64::max).unwrap_or(f64::NAN)))
            }
            Function::Position => self.position(),
            Function::Last => Ok(count(match self.tested {
                Tested::Item { size, .. } | Tested::Node { size, .. } => size,
                Tested::Nothing => 1,
            })),
            Function::Pulldata => {
                let (table, column, key) = (self.text(0)?, self.text(1)?, self.text(2)?);
                let text = self.text(3)?;
                Ok(Value::text_of(self.at.pulled(&table, &column, &key, &text)))
            }
            _ => Ok(Value::EMPTY),
        }
    }

    fn nodes(&self, which: usize) -> Result<Vec<NodeRef<'a>>, EvaluationFault> {
        Ok(self.at.nodes(&self.arguments[which], self.tested)?.unwrap_or_default())
    }

    /// The numbers among the values of the arguments; what is empty or no number is left out.
    fn numbers(&self, first: usize) -> Result<Vec<f64>, EvaluationFault> {
        let zone = self.at.world.zone();
        let values = self.flat_from(first)?;
        Ok(values.iter().map(|value| value.number(zone)).filter(|number| !number.is_nan()).collect())
    }

    /// Of the first node among its siblings, from 1; without an argument, of what is tested or of the
    /// row.
    fn position(&self) -> Evaluated<'a> {
        if self.arguments.is_empty() {
            return Ok(match self.tested {
                Tested::Item { position, .. } | Tested::Node { position, .. } => count(position),
                Tested::Nothing => self.place(self.at.row),
            });
        }
        let is_repeat = |field: FieldId| self.at.world.innermost(field) == Some(field);
        Ok(match self.nodes(0)?.first() {
            Some(NodeRef::Field { saved: false, field, row }) if is_repeat(*field) => self.place(*row),
            Some(_) => count(1),
            None => count(0),
        })
    }

    /// The place of a row among those of its repeat that count, from 1.
    fn place(&self, row: RowIndex) -> Value<'a> {
        let world = self.at.world;
        let Some(repeat) = world.repeat_of(row) else { return count(1) };
        let rows = world.rows(repeat, world.parent_of(row));
        count(rows.iter().position(|other| *other == row).map_or(0, |index| index + 1))
    }

    /// The label that the choice of this name has in the select that is named.
    fn choice_name(&self) -> Evaluated<'a> {
        let name = self.text(0)?;
        let Some(Expr::Field(path)) = self.arguments.get(1) else { return Ok(Value::EMPTY) };
        let form = self.at.world.form();
        match form.field(path.field).kind.choices() {
            Some(ChoiceSource::List(list)) => {
                let Some(list) = form.lists.get(list) else { return Ok(Value::EMPTY) };
                self.at.step(list.choices.len() as u64)?;
                match list.choices.iter().position(|choice| choice.name == name) {
                    Some(index) => Ok(Value::Text(self.at.cell(ItemRef::Choice(list, index), "label")?)),
                    None => Ok(Value::EMPTY),
                }
            }
            Some(ChoiceSource::Table { table, value, label }) => {
                Ok(Value::text_of(self.at.pulled(table, label, value, &name)))
            }
            Some(ChoiceSource::Rows(_)) => Ok(Value::text_of(name)),
            None => Ok(Value::EMPTY),
        }
    }
}
