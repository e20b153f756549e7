//! What a screen shows of a household: states, texts and choices. The screen itself holds no rules.

use crate::engine::answers;
use crate::engine::plan::{Choices, Plan};
use crate::engine::rows::Stored;
use crate::engine::session::{Refusal, Session};
use crate::engine::{Problem, RowId};
use crate::expr::{EvaluationFault, Evaluator, RowIndex, shuffled};
use crate::model::{FieldId, Shuffle, Text};
use crate::value::Scalar;

/// What is known of a field in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Whether it is asked or shown, its groups and its row with it.
    pub relevant: bool,
    /// Whether it must be answered.
    pub required: bool,
    /// Whether a person may not write it.
    pub read_only: bool,
    /// Its value: an answer, or what was derived; null where it is not relevant. Of a select_multiple the
    /// names of the ticked choices, in the order of the list, with spaces between.
    pub value: Scalar,
    /// What does not hold.
    pub problem: Option<Problem>,
}

/// A choice that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenChoice {
    /// What is stored.
    pub name: String,
    /// What is shown, in the language of the session.
    pub label: String,
}

impl Session {
    /// What is known of a field.
    ///
    /// # Errors
    ///
    /// Where it does not lie in that row.
    pub fn state(&self, row: Option<RowId>, id: FieldId) -> Result<State, Refusal> {
        let index = self.place(row, id)?;
        let field = self.plan.form().field(id);
        let cell = self.rows.cell(&self.plan, id, index);
        let is_written = Plan::is_stored(field) && !Plan::is_kept(field);
        let read_only = !is_written
            || field
                .read_only
                .as_ref()
                .is_some_and(|expr| self.value_of(expr, id, index).is_ok_and(|value| value.truth()));
        Ok(State {
            relevant: cell.relevant,
            required: cell.required,
            read_only,
            value: answers::scalar(&cell.value),
            problem: self.problem_at(id, index),
        })
    }

    /// What a document holds of a field whether it is relevant or not, as [`State::value`] has it.
    ///
    /// # Errors
    ///
    /// Where it does not lie in that row.
    pub fn stored(&self, row: Option<RowId>, id: FieldId) -> Result<Scalar, Refusal> {
        let index = self.place(row, id)?;
        Ok(match &self.rows.cell(&self.plan, id, index).stored {
            Stored::Scalar(scalar) => scalar.clone(),
            Stored::Choices(choices) => {
                let names = answers::names(self.plan.form(), &self.plan.form().field(id).kind, choices);
                if names.is_empty() { Scalar::Null } else { Scalar::Str(names.join(" ")) }
            }
        })
    }

    /// The label of a field, in the language of the session and with values in it.
    ///
    /// # Errors
    ///
    /// Where it does not lie in that row.
    pub fn label(&self, row: Option<RowId>, id: FieldId) -> Result<String, Refusal> {
        self.text(row, id, &self.plan.form().field(id).label)
    }

    /// The hint of a field, likewise.
    ///
    /// # Errors
    ///
    /// Where it does not lie in that row.
    pub fn hint(&self, row: Option<RowId>, id: FieldId) -> Result<String, Refusal> {
        self.text(row, id, &self.plan.form().field(id).hint)
    }

    /// Any of a field's texts, likewise: guidance, a medium's file.
    ///
    /// # Errors
    ///
    /// Where it does not lie in that row.
    pub fn text(&self, row: Option<RowId>, id: FieldId, text: &Text) -> Result<String, Refusal> {
        Ok(self.text_at(text, id, self.place(row, id)?))
    }

    pub(super) fn text_at(&self, text: &Text, id: FieldId, row: RowIndex) -> String {
        let template = text.in_language(self.context.language);
        Evaluator::new(self, Some(id), row).text(template).unwrap_or_default().into_owned()
    }

    /// How the household is called in lists; empty where the form does not say it.
    #[must_use]
    pub fn instance_name(&self) -> String {
        let Some(expr) = &self.plan.form().instance_name else { return String::new() };
        let value = Evaluator::new(self, None, RowIndex::HOUSEHOLD).value(expr);
        value.map(|value| value.text().into_owned()).unwrap_or_default()
    }

    /// The choices of a select that are open, in order.
    ///
    /// # Errors
    ///
    /// Where it does not lie in that row.
    pub fn choices(&self, row: Option<RowId>, id: FieldId) -> Result<Vec<OpenChoice>, Refusal> {
        let index = self.place(row, id)?;
        Ok(self.open_choices(id, index, true).unwrap_or_default())
    }

    /// As [`Session::choices`]; without labels and in the list's order where those are not asked for.
    pub(super) fn open_choices(
        &self,
        id: FieldId,
        row: RowIndex,
        as_shown: bool,
    ) -> Result<Vec<OpenChoice>, EvaluationFault> {
        let at = Evaluator::new(self, Some(id), row);
        let mut open = Vec::new();
        match self.plan.choices(id) {
            None => {}
            Some(Choices::Items { items, name, label }) => {
                for item in at.items(items)? {
                    let label = if as_shown { at.cell(item, label)?.into_owned() } else { String::new() };
                    open.push(OpenChoice { name: at.cell(item, name)?.into_owned(), label });
                }
            }
            Some(Choices::Rows(path)) => {
                let answered = at.rows_of(path)?.into_iter().filter(|(_, value)| !value.is_empty());
                open.extend(answered.map(|(_, value)| {
                    let name = value.text().into_owned();
                    OpenChoice { label: name.clone(), name }
                }));
            }
        }
        let seed = match self.plan.form().field(id).shuffle.as_ref().filter(|_| as_shown) {
            None => return Ok(open),
            Some(Shuffle::Unseeded) => at.drawn_seed(),
            Some(Shuffle::Seeded(seed)) => at.seed(&at.value(seed)?),
        };
        Ok(shuffled(&open, seed))
    }

    /// The rows of a repeat that count, in order.
    ///
    /// # Errors
    ///
    /// Where it does not lie in that row.
    pub fn row_ids(&self, parent: Option<RowId>, repeat: FieldId) -> Result<Vec<RowId>, Refusal> {
        let index = self.place(parent, repeat)?;
        let rows = self.rows.get(index).counted.get(&repeat);
        Ok(rows.into_iter().flatten().filter_map(|row| self.rows.get(*row).id).collect())
    }

    /// Whether rows are added and deleted by a person: not where a `repeat_count` says how many.
    #[must_use]
    pub fn is_free(&self, repeat: FieldId) -> bool {
        self.plan.form().field(repeat).repeat_count.is_none()
    }

    pub(super) fn place(&self, row: Option<RowId>, id: FieldId) -> Result<RowIndex, Refusal> {
        let index = self.index(row)?;
        let is_there =
            id.index() < self.plan.form().fields.len() && self.plan.scope(id) == self.rows.get(index).repeat;
        if is_there { Ok(index) } else { Err(Refusal::NotInRow) }
    }
}
