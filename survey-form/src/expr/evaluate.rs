//! The value of an expression for one row of a household.

use crate::expr::calendar::{Moment, Zone};
use crate::expr::value::{Value, compares};
use crate::expr::{Anchor, Chance, Expr, FieldPath, Function, ItemSource, Items, Patterns, Test, functions};
use crate::limits::{EVALUATED_TEXT_BYTES_MAX, EVALUATION_STEPS_MAX};
use crate::model::{ChoiceList, FieldId, Form, Piece, Template};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::OnceLock;

/// A row's place among the rows of a [`World`]. The household's own answers are row 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowIndex(pub u32);

impl RowIndex {
    /// The household's own answers.
    pub const HOUSEHOLD: Self = Self(0);
}

/// What an expression sees of a household and of what is around it.
pub trait World {
    /// The form.
    fn form(&self) -> &Form;
    /// The innermost repeat around a field, the field itself counted where it is one.
    fn innermost(&self, field: FieldId) -> Option<FieldId>;
    /// The repeat of a row; `None` for the household.
    fn repeat_of(&self, row: RowIndex) -> Option<FieldId>;
    /// The row that a row lies in; of the household itself.
    fn parent_of(&self, row: RowIndex) -> RowIndex;
    /// The rows of `repeat` in `parent` that count, in order.
    fn rows(&self, repeat: FieldId, parent: RowIndex) -> &[RowIndex];
    /// A field's value; empty where it is not relevant.
    fn value(&self, field: FieldId, row: RowIndex) -> Value<'_>;
    /// Whether a field, its groups and its row are relevant.
    fn is_relevant(&self, field: FieldId, row: RowIndex) -> bool;
    /// A table from outside.
    fn table(&self, name: &str) -> Option<&TableRows>;
    /// The household as it was saved last.
    fn last_saved(&self) -> Option<&dyn World>;
    /// Milliseconds from 1970-01-01T00:00 UTC.
    fn now_ms(&self) -> i64;
    /// The clock of the interview.
    fn zone(&self) -> Zone;
    /// Place of the language in the form's list.
    fn language(&self) -> usize;
    /// Where chance begins for a field of a row.
    fn chance(&self, field: Option<FieldId>, row: RowIndex) -> Chance;
    /// Regular expressions, compiled once.
    fn patterns(&self) -> &Patterns;
}

/// Why an expression has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationFault {
    /// More steps than [`EVALUATION_STEPS_MAX`].
    #[error("the expression takes more than {EVALUATION_STEPS_MAX} steps")]
    TooManySteps,
    /// A text longer than [`EVALUATED_TEXT_BYTES_MAX`].
    #[error("the expression makes a text of more than {EVALUATED_TEXT_BYTES_MAX} bytes")]
    TextTooLong,
    /// A regular expression that is calculated and cannot be done.
    #[error("the expression calculates a regular expression that cannot be done")]
    Pattern,
}

pub(super) type Evaluated<'a> = Result<Value<'a>, EvaluationFault>;

/// The rows of a table from outside.
#[derive(Debug, Clone, Default)]
pub struct TableRows {
    /// Names of the columns.
    columns: Vec<String>,
    /// Cells in the order of `columns`.
    rows: Vec<Vec<String>>,
    /// By column: the rows in the order of their texts in it, made when first asked for.
    by_text: Vec<OnceLock<Vec<usize>>>,
}

impl TableRows {
    /// A table. Cells that a row lacks at its end are empty.
    #[must_use]
    pub fn new(columns: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        let by_text = columns.iter().map(|_| OnceLock::new()).collect();
        Self { columns, rows, by_text }
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The cells of two columns, row by row; none where it lacks the first, empty ones where the second.
    pub fn pairs<'a>(&'a self, first: &str, second: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let place = |column: &str| self.columns.iter().position(|name| name == column);
        let (first, second) = (place(first), place(second));
        let cell = |row: &'a [String], place: usize| row.get(place).map_or("", String::as_str);
        self.rows
            .iter()
            .filter_map(move |row| Some((cell(row, first?), second.map_or("", |second| cell(row, second)))))
    }

    fn cell(&self, row: usize, column: &str) -> &str {
        let place = self.columns.iter().position(|name| name == column);
        place.and_then(|place| self.rows.get(row)?.get(place)).map_or("", String::as_str)
    }

    /// The rows that have `text` in `column`, in order.
    fn with(&self, column: &str, text: &str) -> &[usize] {
        let Some(place) = self.columns.iter().position(|name| name == column) else { return &[] };
        let text_of = |row: usize| self.rows[row].get(place).map_or("", String::as_str);
        let by_text = self.by_text[place].get_or_init(|| {
            let mut rows: Vec<usize> = (0..self.rows.len()).collect();
            light::sort_by(&mut rows, |one, other| text_of(*one).cmp(text_of(*other)));
            rows
        });
        let start = by_text.partition_point(|row| text_of(*row) < text);
        let count = by_text[start..].partition_point(|row| text_of(*row) == text);
        &by_text[start..start + count]
    }
}

/// A node: what `count()` counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum NodeRef<'a> {
    /// A field of a row, of the household as it is or as it was saved last.
    Field { saved: bool, field: FieldId, row: RowIndex },
    /// An item, or a cell of it.
    Item { item: ItemRef<'a>, column: Option<&'a str> },
}

/// A choice, or a row of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ItemRef<'a> {
    Choice(&'a ChoiceList, usize),
    Row(&'a TableRows, usize),
}

/// What a predicate is about.
#[derive(Clone, Copy)]
pub(super) enum Tested<'a> {
    Nothing,
    Item { item: ItemRef<'a>, position: usize, size: usize },
    Node { row: RowIndex, position: usize, size: usize },
}

/// Evaluates expressions where they stand.
pub struct Evaluator<'a> {
    pub(super) world: &'a dyn World,
    /// The field whose cell the expression is.
    pub(super) field: Option<FieldId>,
    pub(super) row: RowIndex,
    steps: Cell<u64>,
    chance: RefCell<Option<Chance>>,
}

impl<'a> Evaluator<'a> {
    /// For an expression of a cell of `field` in `row`; `None` for the settings sheet.
    #[must_use]
    pub fn new(world: &'a dyn World, field: Option<FieldId>, row: RowIndex) -> Self {
        Self { world, field, row, steps: Cell::new(0), chance: RefCell::new(None) }
    }

    /// The value of `expr`.
    ///
    /// # Errors
    ///
    /// Where it goes beyond the limits, or calculates a regular expression that cannot be done.
    pub fn value(&self, expr: &'a Expr) -> Evaluated<'a> {
        self.eval(expr, Tested::Nothing)
    }

    /// The steps that it has taken.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// `template` with its values in it, in the language of the world.
    ///
    /// # Errors
    ///
    /// As [`Evaluator::value`].
    pub fn text(&self, template: &'a Template) -> Result<Cow<'a, str>, EvaluationFault> {
        match template.0.as_slice() {
            [] => Ok(Cow::Borrowed("")),
            [Piece::Literal(text)] => Ok(Cow::Borrowed(text)),
            pieces => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Literal(literal) => text += literal,
                        Piece::Value(expr) => text += &self.value(expr)?.text(),
                    }
                    self.check_length(text.len())?;
                }
                Ok(Cow::Owned(text))
            }
        }
    }

    /// The values of a field in the rows that a path leads to, with those rows.
    ///
    /// # Errors
    ///
    /// As [`Evaluator::value`].
    pub(crate) fn rows_of(&self, path: &'a FieldPath) -> Result<Vec<(RowIndex, Value<'a>)>, EvaluationFault> {
        let nodes = self.field_nodes(path, Tested::Nothing)?;
        let rows = nodes.into_iter().filter_map(|node| match node {
            NodeRef::Field { saved: false, field, row } => Some((row, self.world.value(field, row))),
            NodeRef::Field { .. } | NodeRef::Item { .. } => None,
        });
        Ok(rows.collect())
    }

    pub(super) fn eval(&self, expr: &'a Expr, tested: Tested<'a>) -> Evaluated<'a> {
        self.step(1)?;
        match expr {
            Expr::Number(number) => Ok(Value::Number(*number)),
            Expr::Text(text) => Ok(Value::text_of(text.as_str())),
            Expr::Column(name) => Ok(match tested {
                Tested::Item { item, .. } => Value::Text(self.cell(item, name)?),
                Tested::Nothing | Tested::Node { .. } => Value::EMPTY,
            }),
            Expr::Nothing => Ok(Value::Many(Vec::new())),
            Expr::Field(path) => self.field(path, tested),
            Expr::Items(items) => self.items_value(items),
            Expr::Call(function, arguments) => self.call(*function, arguments, tested),
        }
    }

    fn call(&self, function: Function, arguments: &'a [Expr], tested: Tested<'a>) -> Evaluated<'a> {
        match function {
            Function::Or => self.any(arguments, tested, true).map(Value::Bool),
            Function::And => self.any(arguments, tested, false).map(|found| Value::Bool(!found)),
            Function::Equal
            | Function::NotEqual
            | Function::Less
            | Function::LessOrEqual
            | Function::Greater
            | Function::GreaterOrEqual => {
                let left = self.eval(&arguments[0], tested)?;
                let right = self.eval(&arguments[1], tested)?;
                Ok(Value::Bool(compares(function, &left, &right, self.world.zone())))
            }
            Function::Add | Function::Subtract | Function::Multiply | Function::Divide | Function::Modulo => {
                let mut result = self.number(&arguments[0], tested)?;
                for argument in &arguments[1..] {
                    let operand = self.number(argument, tested)?;
                    result = match function {
                        Function::Add => result + operand,
                        Function::Subtract => result - operand,
                        Function::Multiply => result * operand,
                        Function::Divide => result / operand,
                        _ => result % operand,
                    };
                }
                Ok(Value::Number(result))
            }
            Function::Negate => Ok(Value::Number(-self.number(&arguments[0], tested)?)),
            Function::If => {
                let chosen = if self.eval(&arguments[0], tested)?.truth() { 1 } else { 2 };
                self.eval(&arguments[chosen], tested)
            }
            Function::Union | Function::Randomize => {
                let nodes = self.call_nodes(function, arguments, tested)?;
                self.values(&nodes).map(Value::Many)
            }
            _ => functions::call(self, function, arguments, tested),
        }
    }

    /// Whether one of `arguments` is as true as `sought`, from the left and no further than needed.
    fn any(&self, arguments: &'a [Expr], tested: Tested<'a>, sought: bool) -> Result<bool, EvaluationFault> {
        for argument in arguments {
            if self.eval(argument, tested)?.truth() == sought {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn number(&self, expr: &'a Expr, tested: Tested<'a>) -> Result<f64, EvaluationFault> {
        Ok(self.eval(expr, tested)?.number(self.world.zone()))
    }

    /// The value of one field, or those of several nodes.
    fn field(&self, path: &'a FieldPath, tested: Tested<'a>) -> Evaluated<'a> {
        if let Some(row) = self.only_row(path, tested) {
            return Ok(self.world.value(path.field, row));
        }
        let nodes = self.field_nodes(path, tested)?;
        self.values(&nodes).map(Value::Many)
    }

    /// The row of a path that leads to one node whatever the answers are.
    fn only_row(&self, path: &FieldPath, tested: Tested<'a>) -> Option<RowIndex> {
        let (start, bound) = self.start(path.anchor, tested);
        let is_single = path.tests.is_empty()
            && path.anchor != Anchor::LastSaved
            && self.world.innermost(path.field) == bound;
        is_single.then_some(start)
    }

    /// The row at which a path begins, and the repeat that it is a row of.
    fn start(&self, anchor: Anchor, tested: Tested<'a>) -> (RowIndex, Option<FieldId>) {
        match (anchor, tested) {
            (Anchor::Household | Anchor::LastSaved, _) => (RowIndex::HOUSEHOLD, None),
            (Anchor::Tested(repeat), Tested::Node { row, .. }) => (self.row_of(repeat, row), Some(repeat)),
            (Anchor::Here(repeat) | Anchor::Tested(repeat), _) => {
                (self.row_of(repeat, self.row), Some(repeat))
            }
        }
    }

    /// The row of `repeat` around `row`, itself counted; the household where there is none.
    fn row_of(&self, repeat: FieldId, mut row: RowIndex) -> RowIndex {
        while row != RowIndex::HOUSEHOLD && self.world.repeat_of(row) != Some(repeat) {
            row = self.world.parent_of(row);
        }
        row
    }

    /// The nodes of a path; those that are not relevant are none.
    fn field_nodes(
        &self,
        path: &'a FieldPath,
        tested: Tested<'a>,
    ) -> Result<Vec<NodeRef<'a>>, EvaluationFault> {
        let saved = path.anchor == Anchor::LastSaved;
        let Some(world) = self.world_of(saved) else { return Ok(Vec::new()) };
        let (start, bound) = self.start(path.anchor, tested);
        let mut rows = vec![start];
        let mut tests = path.tests.as_slice();
        for repeat in self.repeats_between(bound, path.field) {
            (rows, tests) = self.kept_before(repeat, rows, tests)?;
            let mut found = Vec::new();
            for parent in rows {
                let children = world.rows(repeat, parent);
                self.step(children.len() as u64)?;
                let mut children = children.to_vec();
                for test in tests.iter().take_while(|test| test.step == repeat) {
                    children = self.kept(&test.keep, &children)?;
                }
                found.append(&mut children);
            }
            rows = found;
            tests = &tests[tests.iter().take_while(|test| test.step == repeat).count()..];
        }
        for test in tests {
            let mut found = Vec::new();
            for row in rows {
                found.append(&mut self.kept(&test.keep, &[row])?);
            }
            rows = found;
        }
        rows.retain(|row| world.is_relevant(path.field, *row));
        Ok(rows.into_iter().map(|row| NodeRef::Field { saved, field: path.field, row }).collect())
    }

    /// Applies the tests of groups that stand before `repeat` on the way.
    fn kept_before(
        &self,
        repeat: FieldId,
        mut rows: Vec<RowIndex>,
        tests: &'a [Test],
    ) -> Result<(Vec<RowIndex>, &'a [Test]), EvaluationFault> {
        let before = tests.iter().take_while(|test| test.step < repeat).count();
        for test in &tests[..before] {
            let mut found = Vec::new();
            for row in rows {
                found.append(&mut self.kept(&test.keep, &[row])?);
            }
            rows = found;
        }
        Ok((rows, &tests[before..]))
    }

    /// Those of `rows` that `keep` is true for, or the one at the position that it names.
    fn kept(&self, keep: &'a Expr, rows: &[RowIndex]) -> Result<Vec<RowIndex>, EvaluationFault> {
        let size = rows.len();
        let mut kept = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let tested = Tested::Node { row: *row, position: index + 1, size };
            if self.is_kept(keep, tested, index + 1)? {
                kept.push(*row);
            }
        }
        Ok(kept)
    }

    #[expect(clippy::cast_precision_loss, reason = "positions are small")]
    fn is_kept(&self, keep: &'a Expr, tested: Tested<'a>, position: usize) -> Result<bool, EvaluationFault> {
        Ok(match self.eval(keep, tested)? {
            Value::Number(number) if !keep.is_path() => number == position as f64,
            value => value.truth(),
        })
    }

    /// The repeats on the way from a row of `bound` to `field`, from the outside in.
    fn repeats_between(&self, bound: Option<FieldId>, field: FieldId) -> Vec<FieldId> {
        let form = self.world.form();
        let inner = self.world.innermost(field);
        let mut way: Vec<FieldId> = std::iter::successors(inner, |repeat| form.scope_of(*repeat))
            .take_while(|repeat| Some(*repeat) != bound)
            .collect();
        way.reverse();
        way
    }

    pub(super) fn world_of(&self, saved: bool) -> Option<&'a dyn World> {
        if saved { self.world.last_saved() } else { Some(self.world) }
    }

    /// The nodes that an expression stands for; `None` where it stands for a value.
    pub(super) fn nodes(
        &self,
        expr: &'a Expr,
        tested: Tested<'a>,
    ) -> Result<Option<Vec<NodeRef<'a>>>, EvaluationFault> {
        self.step(1)?;
        match expr {
            Expr::Nothing => Ok(Some(Vec::new())),
            Expr::Field(path) => self.field_nodes(path, tested).map(Some),
            Expr::Items(items) => self.items(items).map(|found| {
                let column = items.column.as_deref();
                Some(found.into_iter().map(|item| NodeRef::Item { item, column }).collect())
            }),
            Expr::Call(function @ (Function::Union | Function::Randomize), arguments) => {
                self.call_nodes(*function, arguments, tested).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn call_nodes(
        &self,
        function: Function,
        arguments: &'a [Expr],
        tested: Tested<'a>,
    ) -> Result<Vec<NodeRef<'a>>, EvaluationFault> {
        if function == Function::Union {
            let mut all = Vec::new();
            for argument in arguments {
                all.append(&mut self.nodes(argument, tested)?.unwrap_or_default());
            }
            return Ok(all);
        }
        let nodes = self.nodes(&arguments[0], tested)?.unwrap_or_default();
        let seed = match arguments.get(1) {
            Some(seed) => self.seed(&self.eval(seed, tested)?),
            None => self.drawn_seed(),
        };
        Ok(super::shuffled(&nodes, seed))
    }

    /// The seed of a shuffle that a value is: its number, or the hash of its text.
    #[expect(clippy::cast_possible_truncation, reason = "as ODK cuts it")]
    pub(crate) fn seed(&self, value: &Value<'_>) -> i64 {
        let number = value.number(self.world.zone());
        if number.is_nan() { super::chance::hashed_seed(&value.text()) } else { number as i64 }
    }

    /// A seed by chance.
    #[expect(clippy::cast_possible_truncation, reason = "31 bits fit")]
    pub(crate) fn drawn_seed(&self) -> i64 {
        (self.draw(Chance::unit) * 2_147_483_646.0) as i64
    }

    pub(super) fn values(&self, nodes: &[NodeRef<'a>]) -> Result<Vec<Value<'a>>, EvaluationFault> {
        self.step(nodes.len() as u64)?;
        nodes
            .iter()
            .map(|node| match *node {
                NodeRef::Field { saved, field, row } => {
                    Ok(self.world_of(saved).map_or(Value::EMPTY, |world| world.value(field, row)))
                }
                NodeRef::Item { item, column } => Ok(match column {
                    Some(column) => Value::Text(self.cell(item, column)?),
                    None => Value::EMPTY,
                }),
            })
            .collect()
    }

    fn items_value(&self, items: &'a Items) -> Evaluated<'a> {
        let found = self.items(items)?;
        let column = items.column.as_deref();
        let nodes: Vec<_> = found.into_iter().map(|item| NodeRef::Item { item, column }).collect();
        self.values(&nodes).map(Value::Many)
    }

    /// The items that the tests keep.
    pub(crate) fn items(&self, items: &'a Items) -> Result<Vec<ItemRef<'a>>, EvaluationFault> {
        let mut tests = items.tests.as_slice();
        let mut kept = match self.looked_up(items)? {
            Some(found) => {
                tests = &tests[1..];
                found
            }
            None => self.all_items(&items.source),
        };
        for test in tests {
            let size = kept.len();
            let mut still = Vec::new();
            for (index, item) in kept.into_iter().enumerate() {
                let tested = Tested::Item { item, position: index + 1, size };
                if self.is_kept(test, tested, index + 1)? {
                    still.push(item);
                }
            }
            kept = still;
        }
        self.step(kept.len() as u64)?;
        Ok(kept)
    }

    /// Where the first test of a table is `column = text`: the rows, from the index.
    fn looked_up(&self, items: &'a Items) -> Result<Option<Vec<ItemRef<'a>>>, EvaluationFault> {
        let (ItemSource::Table(name), Some(Expr::Call(Function::Equal, sides))) =
            (&items.source, items.tests.first())
        else {
            return Ok(None);
        };
        let (column, other) = match sides.as_slice() {
            [Expr::Column(column), other] | [other, Expr::Column(column)] => (column, other),
            _ => return Ok(None),
        };
        let mut names_item = false;
        other.walk(&mut |expr| {
            let is_position =
                matches!(expr, Expr::Call(Function::Position | Function::Last, given) if given.is_empty());
            names_item |= is_position || matches!(expr, Expr::Column(_));
        });
        let Some(table) = self.world.table(name).filter(|_| !names_item) else { return Ok(None) };
        match self.eval(other, Tested::Nothing)? {
            Value::Text(text) => {
                let found = table.with(column, &text);
                Ok(Some(found.iter().map(|row| ItemRef::Row(table, *row)).collect()))
            }
            _ => Ok(None),
        }
    }

    /// Every choice of a list or row of a table.
    fn all_items(&self, source: &'a ItemSource) -> Vec<ItemRef<'a>> {
        match source {
            ItemSource::List(name) => self.world.form().lists.get(name).map_or(Vec::new(), |list| {
                (0..list.choices.len()).map(|index| ItemRef::Choice(list, index)).collect()
            }),
            ItemSource::Table(name) => self.world.table(name).map_or(Vec::new(), |table| {
                (0..table.rows.len()).map(|index| ItemRef::Row(table, index)).collect()
            }),
        }
    }

    /// A cell of an item; empty where there is none.
    pub(crate) fn cell(&self, item: ItemRef<'a>, column: &str) -> Result<Cow<'a, str>, EvaluationFault> {
        match item {
            ItemRef::Row(table, row) => Ok(Cow::Borrowed(table.cell(row, column))),
            ItemRef::Choice(list, index) => {
                let choice = &list.choices[index];
                match column {
                    "name" => Ok(Cow::Borrowed(&choice.name)),
                    "label" | "itextId" => self.text(choice.label.in_language(self.world.language())),
                    column => {
                        let place = list.columns.iter().position(|name| name == column);
                        let cell = place.and_then(|place| choice.cells.get(place));
                        Ok(Cow::Borrowed(cell.map_or("", String::as_str)))
                    }
                }
            }
        }
    }

    /// The cell of the first row of a table that has `text` in `key`; empty where there is none.
    pub(super) fn pulled(&self, table: &str, column: &str, key: &str, text: &str) -> &'a str {
        let Some(table) = self.world.table(table) else { return "" };
        table.with(key, text).first().map_or("", |row| table.cell(*row, column))
    }

    /// The value of the question that the expression belongs to.
    pub(super) fn current(&self) -> Value<'a> {
        self.field.map_or(Value::EMPTY, |field| self.world.value(field, self.row))
    }

    pub(super) fn today(&self) -> Option<Moment> {
        self.now().map(Moment::day)
    }

    pub(super) fn now(&self) -> Option<Moment> {
        Moment::of_utc(self.world.now_ms(), self.world.zone())
    }

    /// Draws by chance; the same draws for the same seed, field and row.
    pub(super) fn draw<T>(&self, draw: impl Fn(&mut Chance) -> T) -> T {
        let mut chance = self.chance.borrow_mut();
        draw(chance.get_or_insert_with(|| self.world.chance(self.field, self.row)))
    }

    /// Counts steps towards the limit.
    pub(super) fn step(&self, count: u64) -> Result<(), EvaluationFault> {
        let steps = self.steps.get().saturating_add(count);
        self.steps.set(steps);
        if steps > EVALUATION_STEPS_MAX { Err(EvaluationFault::TooManySteps) } else { Ok(()) }
    }

    pub(super) fn check_length(&self, bytes: usize) -> Result<(), EvaluationFault> {
        if bytes > EVALUATED_TEXT_BYTES_MAX { Err(EvaluationFault::TextTooLong) } else { Ok(()) }
    }
}
