//! Expressions as JSON: a number, a text, or an array that begins with what it is.
//!
//! ```text
//! ["<name>", argument, …]          an operator or a function
//! ["$", field]                     a field of the household
//! ["$", field, repeat]             … in the row of `repeat` in which the expression stands
//! ["$?", field, repeat]            … in the row of `repeat` that is tested
//! ["$last", field]                 … as it was saved last
//! ["$", …, [step, keep], …]        … with tests
//! ["list", name, column, keep, …]  choices; column is null for the choices themselves
//! ["table", name, column, keep, …] rows of a table
//! ["#", digits]                    a number of many digits
//! ["none"]                         no node
//! ["col", name]                    a column of the choice or row that is tested
//! ```

use crate::expr::{Anchor, Expr, FieldPath, Function, ItemSource, Items, Test, number_text};
use crate::model::FieldId;
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

pub(super) const HERE: &str = "$";
pub(super) const TESTED: &str = "$?";
pub(super) const LAST_SAVED: &str = "$last";
pub(super) const LIST: &str = "list";
pub(super) const TABLE: &str = "table";
pub(super) const COLUMN: &str = "col";
pub(super) const NOTHING: &str = "none";
pub(super) const NUMBER: &str = "#";

/// Letters (a point, a sign, digits) of a number that every reader of JSON reads to the last bit.
const EXACT_LETTERS_MAX: usize = 16;

/// Whole numbers up to here are written without a fraction.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and in bounds")]
            Self::Number(number) if number.fract() == 0.0 && number.abs() <= WHOLE_MAX => {
                serializer.serialize_i64(*number as i64)
            }
            Self::Number(number) => {
                let text = number_text(*number);
                if text.len() <= EXACT_LETTERS_MAX {
                    serializer.serialize_f64(*number)
                } else {
                    (NUMBER, text).serialize(serializer)
                }
            }
            Self::Text(text) => serializer.serialize_str(text),
            Self::Column(name) => (COLUMN, name).serialize(serializer),
            Self::Nothing => (NOTHING,).serialize(serializer),
            Self::Call(function, arguments) => {
                let mut seq = serializer.serialize_seq(Some(1 + arguments.len()))?;
                seq.serialize_element(function.name())?;
                arguments.iter().try_for_each(|argument| seq.serialize_element(argument))?;
                seq.end()
            }
            Self::Field(path) => path.serialize(serializer),
            Self::Items(items) => {
                let (kind, name) = match &items.source {
                    ItemSource::List(name) => (LIST, name),
                    ItemSource::Table(name) => (TABLE, name),
                };
                let mut seq = serializer.serialize_seq(Some(3 + items.tests.len()))?;
                seq.serialize_element(kind)?;
                seq.serialize_element(name)?;
                seq.serialize_element(&items.column)?;
                items.tests.iter().try_for_each(|test| seq.serialize_element(test))?;
                seq.end()
            }
        }
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        let (kind, repeat) = match self.anchor {
            Anchor::Household => (HERE, None),
            Anchor::Here(repeat) => (HERE, Some(repeat)),
            Anchor::Tested(repeat) => (TESTED, Some(repeat)),
            Anchor::LastSaved => (LAST_SAVED, None),
        };
        seq.serialize_element(kind)?;
        seq.serialize_element(&self.field)?;
        if let Some(repeat) = repeat {
            seq.serialize_element(&repeat)?;
        }
        for test in &self.tests {
            seq.serialize_element(&(test.step, &test.keep))?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExprVisitor)
    }
}

struct ExprVisitor;

impl<'de> Visitor<'de> for ExprVisitor {
    type Value = Expr;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a number, a text or an array that begins with an operator, a function or a path")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Expr, E> {
        Ok(Expr::Number(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of expressions are doubles")]
    fn visit_i64<E>(self, number: i64) -> Result<Expr, E> {
        Ok(Expr::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of expressions are doubles")]
    fn visit_u64<E>(self, number: u64) -> Result<Expr, E> {
        Ok(Expr::Number(number as f64))
    }

    fn visit_str<E>(self, text: &str) -> Result<Expr, E> {
        Ok(Expr::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Expr, A::Error> {
        let kind: String = next(&mut seq)?;
        match kind.as_str() {
            HERE | TESTED => field(&kind, &mut seq),
            LAST_SAVED => {
                let field = next(&mut seq)?;
                let tests = rest(&mut seq)?;
                Ok(Expr::Field(FieldPath { field, anchor: Anchor::LastSaved, tests }))
            }
            LIST | TABLE => {
                let name = next(&mut seq)?;
                let source = if kind == LIST { ItemSource::List(name) } else { ItemSource::Table(name) };
                let column = next(&mut seq)?;
                let tests = rest(&mut seq)?;
                Ok(Expr::Items(Box::new(Items { source, tests, column })))
            }
            COLUMN => Ok(Expr::Column(next(&mut seq)?)),
            NOTHING => Ok(Expr::Nothing),
            NUMBER => {
                let text: String = next(&mut seq)?;
                let number = light::read_number(&text).ok_or_else(|| A::Error::custom("not a number"))?;
                Ok(Expr::Number(number))
            }
            name => {
                let function = Function::by_symbol(name)
                    .ok_or_else(|| A::Error::custom(format!("there is no function {name}")))?;
                let arguments: Vec<Expr> = rest(&mut seq)?;
                let (min, max) = function.arity();
                if !(min..=max).contains(&arguments.len()) {
                    return Err(A::Error::custom(format!("{name} has {} arguments", arguments.len())));
                }
                Ok(Expr::Call(function, arguments))
            }
        }
    }
}

/// What follows a field: the repeat of its anchor, then tests.
enum AfterField {
    Repeat(FieldId),
    Test(Test),
}

impl<'de> Deserialize<'de> for AfterField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AfterFieldVisitor)
    }
}

struct AfterFieldVisitor;

impl<'de> Visitor<'de> for AfterFieldVisitor {
    type Value = AfterField;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a repeat, or a test as step and expression")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<AfterField, E> {
        let id = u32::try_from(number).map_err(|_| E::custom("no form has so many fields"))?;
        Ok(AfterField::Repeat(FieldId(id)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AfterField, A::Error> {
        Ok(AfterField::Test(Test { step: next(&mut seq)?, keep: next(&mut seq)? }))
    }
}

fn field<'de, A: SeqAccess<'de>>(kind: &str, seq: &mut A) -> Result<Expr, A::Error> {
    let field = next(seq)?;
    let mut path = FieldPath { field, anchor: Anchor::Household, tests: Vec::new() };
    while let Some(part) = seq.next_element()? {
        match part {
            AfterField::Repeat(repeat) if kind == HERE => path.anchor = Anchor::Here(repeat),
            AfterField::Repeat(repeat) => path.anchor = Anchor::Tested(repeat),
            AfterField::Test(test) => path.tests.push(test),
        }
    }
    Ok(Expr::Field(path))
}

impl<'de> Deserialize<'de> for Test {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (step, keep) = Deserialize::deserialize(deserializer)?;
        Ok(Self { step, keep })
    }
}

fn next<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(seq: &mut A) -> Result<T, A::Error> {
    seq.next_element()?.ok_or_else(|| A::Error::custom("the array stops too early"))
}

fn rest<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(seq: &mut A) -> Result<Vec<T>, A::Error> {
    let mut found = Vec::new();
    while let Some(element) = seq.next_element()? {
        found.push(element);
    }
    Ok(found)
}
