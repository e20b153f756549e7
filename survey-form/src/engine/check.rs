//! What does not hold: in one field, or in a whole household after a merge. Constraints that each device
//! satisfied can be broken by the union of what they wrote.

use crate::engine::answers;
use crate::engine::rows::Stored;
use crate::engine::session::{Refusal, Session};
use crate::engine::{RowId, plan::Plan};
use crate::expr::{EvaluationFault, RowIndex};
use crate::fault::Tongue;
use crate::model::{ChoiceSource, FieldId, Kind};

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// In which row; `None`: in the household's own answers.
    pub row: Option<RowId>,
    /// Of which field.
    pub field: FieldId,
    /// What.
    pub problem: Problem,
    /// What the form says to it, in the language of the session; empty where it says nothing.
    pub message: String,
}

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A required answer is missing.
    Required,
    /// The answer does not satisfy the constraint.
    Constraint,
    /// The answer does not satisfy what it should: a hint to look again, not a refusal.
    SoftConstraint,
    /// The answer is of another kind than the question, or out of its range.
    WrongKind,
    /// The choice of this name is not in the list.
    UnknownChoice(String),
    /// The choice of this name is not open.
    ClosedChoice(String),
    /// The row is beyond the number that `repeat_count` gives: it is kept and counts for nothing.
    SurplusRow,
    /// An expression has no value.
    Unevaluated(EvaluationFault),
}

impl Problem {
    /// What does not hold, where the form itself does not say it.
    #[must_use]
    pub fn told(&self, tongue: Tongue) -> String {
        match (self, tongue) {
            (Self::Required, Tongue::Thai) => "ต้องตอบข้อนี้".into(),
            (Self::Required, Tongue::English) => "an answer is needed".into(),
            (Self::Constraint, Tongue::Thai) => "คำตอบไม่เป็นไปตามเงื่อนไข".into(),
            (Self::Constraint, Tongue::English) => "the answer does not satisfy its condition".into(),
            (Self::SoftConstraint, Tongue::Thai) => "คำตอบนี้ควรตรวจสอบอีกครั้ง".into(),
            (Self::SoftConstraint, Tongue::English) => "the answer should be looked at again".into(),
            (Self::WrongKind, Tongue::Thai) => "คำตอบผิดชนิดหรืออยู่นอกช่วง".into(),
            (Self::WrongKind, Tongue::English) => {
                "the answer is of the wrong kind or out of its range".into()
            }
            (Self::UnknownChoice(name), Tongue::Thai) => format!("ไม่มีตัวเลือก {name}"),
            (Self::UnknownChoice(name), Tongue::English) => format!("there is no choice {name}"),
            (Self::ClosedChoice(name), Tongue::Thai) => {
                format!("เลือก {name} ไม่ได้ เมื่อดูจากคำตอบข้ออื่น")
            }
            (Self::ClosedChoice(name), Tongue::English) => {
                format!("{name} cannot be chosen with the other answers as they are")
            }
            (Self::SurplusRow, Tongue::Thai) => "มีแถวเกินจำนวนที่แบบฟอร์มกำหนด".into(),
            (Self::SurplusRow, Tongue::English) => "there are more rows than the form asks for".into(),
            (Self::Unevaluated(_), Tongue::Thai) => "สูตรของข้อนี้คำนวณไม่ได้ภายในขีดจำกัด".into(),
            (Self::Unevaluated(fault), Tongue::English) => fault.to_string(),
        }
    }
}

impl Session {
    /// What does not hold of a field, the gravest first.
    ///
    /// # Errors
    ///
    /// Where it does not lie in that row.
    pub fn problem(&self, row: Option<RowId>, id: FieldId) -> Result<Option<Problem>, Refusal> {
        Ok(self.problem_at(id, self.place(row, id)?))
    }

    /// What the form says to a problem, in the language of the session; empty where it says nothing.
    ///
    /// # Errors
    ///
    /// Where the field does not lie in that row.
    pub fn message(&self, row: Option<RowId>, id: FieldId, problem: &Problem) -> Result<String, Refusal> {
        Ok(self.message_at(id, self.place(row, id)?, problem))
    }

    /// Everything that does not hold, in the order of the sheet and of the rows.
    #[must_use]
    pub fn check_all(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (id, field) in self.plan.form().ids() {
            for row in self.rows.under(&self.plan, RowIndex::HOUSEHOLD, self.plan.scope(id)) {
                if field.kind == Kind::Repeat {
                    self.find_surplus(id, row, &mut findings);
                }
                if let Some(problem) = self.problem_at(id, row) {
                    let message = self.message_at(id, row, &problem);
                    findings.push(Finding { row: self.rows.get(row).id, field: id, problem, message });
                }
            }
        }
        findings
    }

    fn find_surplus(&self, repeat: FieldId, row: RowIndex, findings: &mut Vec<Finding>) {
        let row = self.rows.get(row);
        for child in row.children.get(&repeat).into_iter().flatten() {
            let child = self.rows.get(*child);
            if !child.counts {
                let problem = Problem::SurplusRow;
                findings.push(Finding { row: child.id, field: repeat, problem, message: String::new() });
            }
        }
    }

    pub(super) fn problem_at(&self, id: FieldId, row: RowIndex) -> Option<Problem> {
        let field = self.plan.form().field(id);
        let cell = self.rows.cell(&self.plan, id, row);
        if let Some(fault) = cell.faults.values().next() {
            return Some(Problem::Unevaluated(*fault));
        }
        if !cell.relevant || field.kind.is_container() {
            return None;
        }
        if cell.value.is_empty() {
            let is_asked = cell.required && !matches!(field.kind, Kind::Note | Kind::Calculate);
            return is_asked.then_some(Problem::Required);
        }
        if Plan::is_stored(field) {
            if let Stored::Scalar(scalar) = &cell.stored
                && !answers::fits(&field.kind, scalar)
            {
                return Some(Problem::WrongKind);
            }
            if let Some(problem) = self.choice_problem(id, row) {
                return Some(problem);
            }
        }
        if !cell.valid {
            return Some(Problem::Constraint);
        }
        match self.value_of(field.soft_constraint.as_ref()?, id, row) {
            Ok(value) => (!value.truth()).then_some(Problem::SoftConstraint),
            Err(fault) => Some(Problem::Unevaluated(fault)),
        }
    }

    /// The first chosen name that is not in the list, or not open.
    fn choice_problem(&self, id: FieldId, row: RowIndex) -> Option<Problem> {
        let field = self.plan.form().field(id);
        let source = field.kind.choices()?;
        let value = &self.rows.cell(&self.plan, id, row).value;
        let text = value.text();
        let chosen: Vec<&str> = match field.kind {
            Kind::SelectOne(_) => vec![&text],
            _ => text.split_whitespace().collect(),
        };
        if let ChoiceSource::List(list) = source {
            let list = self.plan.form().lists.get(list)?;
            let is_known = |name: &&&str| !list.choices.iter().any(|choice| choice.name == **name);
            if let Some(name) = chosen.iter().find(is_known) {
                return Some(Problem::UnknownChoice((*name).to_owned()));
            }
            // Without a filter, a choice that is in the list is open.
            field.choice_filter.as_ref()?;
        }
        let open = match self.open_choices(id, row, false) {
            Ok(open) => open,
            Err(fault) => return Some(Problem::Unevaluated(fault)),
        };
        let closed = chosen.iter().find(|name| !open.iter().any(|choice| choice.name == **name))?;
        Some(Problem::ClosedChoice((*closed).to_owned()))
    }

    fn message_at(&self, id: FieldId, row: RowIndex, problem: &Problem) -> String {
        let field = self.plan.form().field(id);
        match problem {
            Problem::Required => self.text_at(&field.required_message, id, row),
            Problem::Constraint => self.text_at(&field.constraint_message, id, row),
            Problem::SoftConstraint => self.text_at(&field.soft_constraint_message, id, row),
            _ => String::new(),
        }
    }
}
