//! An expression read from its JSON, as [`super::json`] has it, without serde.

use crate::expr::json::{COLUMN, HERE, LAST_SAVED, LIST, NOTHING, NUMBER, TABLE, TESTED};
use crate::expr::{Anchor, Expr, FieldPath, Function, ItemSource, Items, Test};
use light::json::{FromJson, Json};

impl FromJson for Expr {
    #[expect(clippy::cast_precision_loss, reason = "numbers of expressions are doubles")]
    fn from_json(json: Json) -> Option<Self> {
        match json {
            Json::Int(number) => Some(Self::Number(number as f64)),
            Json::Float(number) => Some(Self::Number(number)),
            Json::Text(text) => Some(Self::Text(text)),
            Json::List(items) => {
                let mut items = items.into_iter();
                let kind: String = next(&mut items)?;
                read(&kind, items)
            }
            _ => None,
        }
    }
}

type Parts = std::vec::IntoIter<Json>;

fn next<T: FromJson>(parts: &mut Parts) -> Option<T> {
    T::from_json(parts.next()?)
}

fn read(kind: &str, mut parts: Parts) -> Option<Expr> {
    Some(match kind {
        HERE | TESTED | LAST_SAVED => Expr::Field(path(kind, parts)?),
        LIST | TABLE => {
            let name = next(&mut parts)?;
            let source = if kind == LIST { ItemSource::List(name) } else { ItemSource::Table(name) };
            let column = next(&mut parts)?;
            let tests = parts.map(Expr::from_json).collect::<Option<_>>()?;
            Expr::Items(Box::new(Items { source, tests, column }))
        }
        COLUMN => Expr::Column(next(&mut parts)?),
        NOTHING => Expr::Nothing,
        NUMBER => Expr::Number(light::read_number(&next::<String>(&mut parts)?)?),
        name => {
            let function = Function::by_symbol(name)?;
            let arguments: Vec<Expr> = parts.map(Expr::from_json).collect::<Option<_>>()?;
            let (min, max) = function.arity();
            (min..=max).contains(&arguments.len()).then_some(Expr::Call(function, arguments))?
        }
    })
}

/// A field, then the repeat of its anchor where it has one, then tests.
fn path(kind: &str, mut parts: Parts) -> Option<FieldPath> {
    let anchor = if kind == LAST_SAVED { Anchor::LastSaved } else { Anchor::Household };
    let mut path = FieldPath { field: next(&mut parts)?, anchor, tests: Vec::new() };
    for part in parts {
        match part {
            Json::List(test) => {
                let mut test = test.into_iter();
                path.tests.push(Test { step: next(&mut test)?, keep: next(&mut test)? });
            }
            repeat if kind == HERE => path.anchor = Anchor::Here(FromJson::from_json(repeat)?),
            repeat if kind == TESTED => path.anchor = Anchor::Tested(FromJson::from_json(repeat)?),
            _ => return None,
        }
    }
    Some(path)
}
