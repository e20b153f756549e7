//! One pass over a household's registers.

use sync_protocol::ids::{HouseholdId, RowId, TambonCode, VillageCode};
use sync_protocol::value::{ScalarRef, Shown};

use super::check::{Checked, check};
use super::columns::Columns;
use super::form::{AnswerKind, Column, DELETED, Field, Form, GROUP, HOUSEHOLD, Key, MEMBER, NEED, VISIT};
use super::json::{ObjectWriter, push_decimal, push_displayed, push_scalar, push_text, scalar_json};
use super::rows::{
    AnswerFault, FaultReason, HouseholdRow, MemberRow, NeedRow, OtherRow, Projection, VisitRow,
};
use super::visits::{consenting_visit, counting_visit};

/// The rows of the read model of one household. `shown` are all its registers, sorted by row
/// (`None` first), as the registers give them.
///
/// Deleted rows are counted and appear nowhere else. A row whose group the form does not know
/// keeps its answers as they are.
#[must_use]
pub fn project(form: &Form, household: HouseholdId, shown: &[Shown<'_>]) -> Projection {
    project_rows(form, household, shown, |_| true)
}

/// As [`project`], but without those rows that are not `wanted` and without their faults: they are
/// only counted, so that a change of one answer does not cost what the whole household does. Of
/// such rows `shown` needs to have no more than [`ROW_HEAD`] and what is in conflict. Visits are
/// always wanted: they say what the household's row does.
#[must_use]
pub fn project_rows(
    form: &Form,
    household: HouseholdId,
    shown: &[Shown<'_>],
    wanted: impl Fn(RowId) -> bool,
) -> Projection {
    let (answers, rows) = shown.split_at(shown.partition_point(|register| register.row.is_none()));
    let mut sheet = Sheet::new(form);
    let mut projection = Projection {
        household: HouseholdRow::empty(household),
        members: Vec::new(),
        needs: Vec::new(),
        visits: Vec::new(),
        other_rows: Vec::new(),
        faults: Vec::new(),
        hidden_rows: 0,
    };
    let mut conflicts = conflicts_in(answers);
    let (mut members, mut needs) = (0, 0);
    sheet.fill(None, form.group_at(HOUSEHOLD), answers);
    let row = &mut projection.household;
    row.village = sheet.take_village();
    row.answers = sheet.write(row, 640);

    for registers in rows.chunk_by(|a, b| a.row == b.row) {
        let Some(row) = registers.first().and_then(|register| register.row) else { continue };
        let head = RowHead::read(registers);
        if head.deleted {
            projection.hidden_rows += 1;
            conflicts += usize::from(head.deleted_conflict);
            continue;
        }
        let row_conflicts = conflicts_in(registers);
        conflicts += row_conflicts;
        members += usize::from(head.group == Some(MEMBER));
        needs += usize::from(head.group == Some(NEED));
        if head.group != Some(VISIT) && !wanted(row) {
            continue;
        }
        sheet.fill_row(row, &head, registers);
        project_row(&mut sheet, &mut projection, row, head.group, short(row_conflicts));
    }

    let row = &mut projection.household;
    row.members = short(members);
    row.needs = short(needs);
    row.conflicts = short(conflicts);
    if let Some(visit) = counting_visit(&projection.visits) {
        row.visit_outcome.clone_from(&visit.outcome);
        row.visit_date.clone_from(&visit.date);
    }
    if let Some(visit) = consenting_visit(&projection.visits) {
        row.consent_given.clone_from(&visit.consent_given);
        row.plan_consent = visit.plan_consent;
    }
    projection.faults = sheet.faults;
    projection.faults.sort_by(|a, b| (a.row, &a.question).cmp(&(b.row, &b.question)));
    projection
}

fn project_row(
    sheet: &mut Sheet<'_, '_>,
    projection: &mut Projection,
    row: RowId,
    group: Option<&str>,
    conflicts: i16,
) {
    match group {
        Some(MEMBER) => {
            let mut member = MemberRow { conflicts, ..MemberRow::empty(row) };
            member.answers = sheet.write(&mut member, 128);
            projection.members.push(member);
        }
        Some(NEED) => {
            let mut need =
                NeedRow { row, category: None, urgency: None, text: None, conflicts, answers: String::new() };
            need.answers = sheet.write(&mut need, 2);
            projection.needs.push(need);
        }
        Some(VISIT) => {
            let mut visit = VisitRow { conflicts, ..VisitRow::empty(row) };
            visit.answers = sheet.write(&mut visit, 128);
            projection.visits.push(visit);
        }
        group => {
            let mut other =
                OtherRow { row, group: group.map(str::to_owned), conflicts, answers: String::new() };
            other.answers = sheet.write(&mut other, 128);
            projection.other_rows.push(other);
        }
    }
}

/// The keys by which a row says which one it is.
pub const ROW_HEAD: [&str; 2] = [GROUP, DELETED];

/// What a row says about itself.
struct RowHead<'a> {
    group: Option<&'a str>,
    deleted: bool,
    deleted_conflict: bool,
    /// The registers of this row that say it wrongly.
    wrong: [Option<&'a Shown<'a>>; 2],
}

impl<'a> RowHead<'a> {
    fn read(registers: &'a [Shown<'a>]) -> Self {
        let mut head = Self { group: None, deleted: false, deleted_conflict: false, wrong: [None; 2] };
        for register in registers {
            match (register.key, register.value) {
                (GROUP, ScalarRef::Str(group)) => head.group = Some(group),
                (DELETED, ScalarRef::Bool(deleted)) => {
                    head.deleted = deleted;
                    head.deleted_conflict = register.conflict;
                }
                (GROUP | DELETED, ScalarRef::Null) => {}
                (GROUP, _) => head.wrong[0] = Some(register),
                (DELETED, _) => head.wrong[1] = Some(register),
                _ => {}
            }
        }
        head
    }
}

/// The answers of one row (or of the household itself), each at the place of its question.
struct Sheet<'f, 'a> {
    form: &'f Form,
    row: Option<RowId>,
    group_at: usize,
    /// By position in the group.
    slots: Vec<Slot<'a>>,
    /// Chosen choices that the form does not have, with their question's position in the group.
    unknown_choices: Vec<(usize, &'a str)>,
    /// Answers that no question of the group can hold, by key.
    strangers: Vec<(&'a str, ScalarRef<'a>)>,
    /// Of all rows so far.
    faults: Vec<AnswerFault>,
}

#[derive(Clone, Copy, Default)]
struct Slot<'a> {
    value: Option<ScalarRef<'a>>,
    /// Whether any choice of a select_multiple was answered.
    answered: bool,
    chosen: u64,
}

/// The group of a row that the form does not know: no question belongs to it.
const NO_GROUP: usize = usize::MAX;

impl<'f, 'a> Sheet<'f, 'a> {
    fn new(form: &'f Form) -> Self {
        Self {
            form,
            row: None,
            group_at: NO_GROUP,
            slots: Vec::with_capacity(form.widest_group()),
            unknown_choices: Vec::new(),
            strangers: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn fill_row(&mut self, row: RowId, head: &RowHead<'a>, registers: &'a [Shown<'a>]) {
        self.fill(Some(row), head.group.and_then(|group| self.form.group_at(group)), registers);
        for register in head.wrong.into_iter().flatten() {
            self.fault(register.key, FaultReason::WrongType, register.value);
            self.strangers.push((register.key, register.value));
        }
    }

    fn fill(&mut self, row: Option<RowId>, group_at: Option<usize>, registers: &'a [Shown<'a>]) {
        self.row = row;
        self.group_at = group_at.unwrap_or(NO_GROUP);
        self.slots.clear();
        self.slots.resize(self.form.fields_at(self.group_at).count(), Slot::default());
        self.unknown_choices.clear();
        self.strangers.clear();
        for register in registers {
            let of_the_row = row.is_some() && matches!(register.key, GROUP | DELETED);
            if !of_the_row && register.value != ScalarRef::Null {
                self.place(register.key, register.value);
            }
        }
    }

    fn place(&mut self, key: &'a str, value: ScalarRef<'a>) {
        match self.form.lookup(key) {
            Some(Key::Question(at)) => {
                let field = self.form.field_at(at);
                if field.group_at == self.group_at {
                    self.slots[field.position].value = Some(value);
                } else {
                    self.misplaced(key, value);
                }
            }
            Some(Key::Choice(at, choice)) => {
                let field = self.form.field_at(at);
                match value {
                    _ if field.group_at != self.group_at => self.misplaced(key, value),
                    ScalarRef::Bool(chosen) => {
                        let slot = &mut self.slots[field.position];
                        slot.answered = true;
                        slot.chosen |= u64::from(chosen) << choice;
                    }
                    _ => self.wrong(key, FaultReason::WrongType, value),
                }
            }
            None => self.place_unknown(key, value),
        }
    }

    /// A key that the form does not have: a newer form's question, or a choice that is not one.
    fn place_unknown(&mut self, key: &'a str, value: ScalarRef<'a>) {
        let of_question = key.split_once('/').and_then(|(question, choice)| {
            let field = self.form.field(question)?;
            (field.group_at == self.group_at).then_some((field, choice))
        });
        match (of_question, value) {
            (Some((field, choice)), ScalarRef::Bool(chosen)) if field.kind == AnswerKind::SelectMultiple => {
                self.slots[field.position].answered = true;
                if chosen {
                    self.fault(key, FaultReason::UnknownChoice, value);
                    self.unknown_choices.push((field.position, choice));
                }
            }
            (Some(_), _) => self.wrong(key, FaultReason::WrongType, value),
            (None, _) => self.strangers.push((key, value)),
        }
    }

    fn misplaced(&mut self, key: &'a str, value: ScalarRef<'a>) {
        if self.group_at == NO_GROUP {
            self.strangers.push((key, value));
        } else {
            self.wrong(key, FaultReason::WrongGroup, value);
        }
    }

    fn wrong(&mut self, key: &'a str, reason: FaultReason, value: ScalarRef<'a>) {
        self.fault(key, reason, value);
        self.strangers.push((key, value));
    }

    fn fault(&mut self, question: &str, reason: FaultReason, value: ScalarRef<'_>) {
        let value = scalar_json(value);
        self.faults.push(AnswerFault { row: self.row, question: question.to_owned(), reason, value });
    }

    /// The village that `tambon_code` and `moo` name, if both are right; then neither is among the
    /// answers that are left.
    fn take_village(&mut self) -> Option<VillageCode> {
        let of = |column| self.form.fields_at(self.group_at).find(|field| field.column == Some(column));
        let (tambon, moo) = (of(Column::Tambon)?, of(Column::Moo)?);
        let village = {
            let tambon_code = check(tambon, self.slots[tambon.position].value?).ok()?;
            let number = check(moo, self.slots[moo.position].value?).ok()?;
            let (Checked::Text(code), Checked::Int(number)) = (tambon_code, number) else { return None };
            VillageCode::new(code.parse::<TambonCode>().ok()?, u8::try_from(number).ok()?)
        };
        self.slots[tambon.position].value = None;
        self.slots[moo.position].value = None;
        Some(village)
    }

    /// Sets the columns of `row`, and gives all answers that have none as a JSON object: those of
    /// the group's questions in form order, then the others by key.
    fn write(&mut self, row: &mut impl Columns, capacity: usize) -> String {
        let form = self.form;
        let mut out = ObjectWriter::with_capacity(capacity);
        for field in form.fields_at(self.group_at) {
            let slot = self.slots[field.position];
            if field.kind == AnswerKind::SelectMultiple {
                self.write_choices(row, field, slot, &mut out);
            } else if let Some(value) = slot.value {
                self.write_answer(row, field, value, &mut out);
            }
        }
        for (key, value) in &self.strangers {
            push_scalar(out.key(key), *value);
        }
        out.finish()
    }

    fn write_answer(
        &mut self,
        row: &mut impl Columns,
        field: &Field,
        value: ScalarRef<'a>,
        out: &mut ObjectWriter,
    ) {
        let answer = match check(field, value) {
            Ok(answer) => answer,
            Err(reason) => {
                self.fault(&field.name, reason, value);
                push_scalar(out.key(&field.name), value);
                return;
            }
        };
        if let Checked::Warned(_, reason) = &answer {
            self.fault(&field.name, *reason, value);
        }
        if !field.column.is_some_and(|column| row.set(column, field, &answer)) {
            push_answer(out.key(&field.name), field, &answer);
        }
    }

    /// A select_multiple: an array of its choices in form order, then those that the form does not
    /// have, then what was put in the place of choices.
    fn write_choices(
        &mut self,
        row: &mut impl Columns,
        field: &Field,
        slot: Slot<'a>,
        out: &mut ObjectWriter,
    ) {
        if !slot.answered && slot.value.is_none() {
            return;
        }
        if let Some(column) = field.column {
            row.set(column, field, &Checked::Choices(slot.chosen));
        }
        let array = out.key(&field.name);
        let begin = array.len();
        push_answer(array, field, &Checked::Choices(slot.chosen));
        if field.none.is_some_and(|none| slot.chosen >> none & 1 == 1 && slot.chosen.count_ones() > 1) {
            self.faults.push(AnswerFault {
                row: self.row,
                question: field.name.clone(),
                reason: FaultReason::NoneWithOthers,
                value: array[begin..].to_owned(),
            });
        }
        array.pop();
        for (_, code) in self.unknown_choices.iter().filter(|(position, _)| *position == field.position) {
            push_comma(array);
            push_text(array, code);
        }
        if let Some(value) = slot.value {
            self.fault(&field.name, FaultReason::WrongType, value);
            push_comma(array);
            push_scalar(array, value);
        }
        array.push(']');
    }
}

fn push_answer(out: &mut String, field: &Field, answer: &Checked<'_>) {
    match answer {
        Checked::Cleared => out.push_str("null"),
        Checked::Choice(choice) => push_text(out, &field.choices[*choice].code),
        Checked::Choices(chosen) => {
            out.push('[');
            for (at, choice) in field.choices.iter().enumerate() {
                if chosen >> at & 1 == 1 {
                    push_comma(out);
                    push_text(out, &choice.code);
                }
            }
            out.push(']');
        }
        Checked::Int(number) => push_displayed(out, *number),
        Checked::Decimal(number) => push_decimal(out, *number),
        Checked::Text(text) | Checked::Warned(text, _) | Checked::Point(_, _, text) => push_text(out, text),
    }
}

/// A comma, unless the array has just begun.
fn push_comma(array: &mut String) {
    if !array.ends_with('[') {
        array.push(',');
    }
}

fn conflicts_in(registers: &[Shown<'_>]) -> usize {
    registers.iter().filter(|register| register.conflict).count()
}

fn short(count: usize) -> i16 {
    i16::try_from(count).unwrap_or(i16::MAX)
}

#[cfg(test)]
#[path = "project_tests.rs"]
mod tests;
