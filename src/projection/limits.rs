//! The bounds that a question's constraint states, read out of its expression once.
//!
//! The constraint itself is evaluated by the form's engine. What is read here is what follows from it
//! for the answer alone, cheap enough for every push: a number between two, a text no longer than so many
//! characters. It never refuses what the constraint allows: only what is joined by `and` is read, and
//! what it compares with another answer is left out.

use survey_form::expr::{Anchor, Expr, FieldPath, Function};
use survey_form::model::{FieldId, Form, Kind};

/// The widest range in which a year of the Buddhist era is believed.
const YEARS_BE: (i64, i64) = (2400, 2700);
/// Numbers up to which every whole one is a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The limits of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// The least number.
    pub min: Option<i64>,
    /// The greatest number.
    pub max: Option<i64>,
    /// The most characters of a text.
    pub chars_max: Option<usize>,
    /// Whether the number is a year of the Buddhist era.
    pub year_be: bool,
}

/// What a constraint compares with a number.
enum Measured {
    Answer,
    Length,
}

impl Limits {
    /// The limits of a question. A year of the Buddhist era that is compared with the year of the survey
    /// has, on that side, the widest bound in which any year is believed.
    pub(super) fn of(form: &Form, id: FieldId) -> Self {
        let field = form.field(id);
        let mut limits = Self::default();
        let is_whole = match field.kind {
            Kind::Integer => true,
            Kind::Range(range) => {
                limits.at_least(range.start.min(range.end), range.is_whole());
                limits.at_most(range.start.max(range.end), range.is_whole());
                range.is_whole()
            }
            _ => false,
        };
        let own = FieldPath {
            field: id,
            anchor: form.scope_of(id).map_or(Anchor::Household, Anchor::Here),
            tests: Vec::new(),
        };
        if let Some(constraint) = &field.constraint {
            limits.read(constraint, &Expr::Field(own), is_whole);
        }
        if field.extra.get("format").is_some_and(|format| format == "year_be") {
            limits.year_be = true;
            limits.min = limits.min.or(Some(YEARS_BE.0));
            limits.max = limits.max.or(Some(YEARS_BE.1));
        }
        limits
    }

    fn read(&mut self, constraint: &Expr, own: &Expr, is_whole: bool) {
        let Expr::Call(function, sides) = constraint else { return };
        if *function == Function::And {
            sides.iter().for_each(|side| self.read(side, own, is_whole));
            return;
        }
        let [left, right] = sides.as_slice() else { return };
        let (function, measured, number) = match (measured(left, own), number(right)) {
            (Some(measured), Some(number)) => (*function, measured, number),
            _ => match (number(left), measured(right, own)) {
                (Some(number), Some(measured)) => (turned(*function), measured, number),
                _ => return,
            },
        };
        match measured {
            Measured::Answer => self.compare(function, number, is_whole),
            Measured::Length => self.compare_length(function, number),
        }
    }

    fn compare(&mut self, function: Function, number: f64, is_whole: bool) {
        match function {
            Function::GreaterOrEqual => self.at_least(number, is_whole),
            Function::LessOrEqual => self.at_most(number, is_whole),
            // Above a whole number is at least the next one; of decimals, at least that number.
            Function::Greater if is_whole => self.at_least(number.floor() + 1.0, true),
            Function::Less if is_whole => self.at_most(number.ceil() - 1.0, true),
            Function::Greater => self.at_least(number, false),
            Function::Less => self.at_most(number, false),
            Function::Equal => {
                self.at_least(number, is_whole);
                self.at_most(number, is_whole);
            }
            _ => {}
        }
    }

    fn compare_length(&mut self, function: Function, number: f64) {
        let most = match function {
            Function::LessOrEqual | Function::Equal => number.floor(),
            Function::Less => number.ceil() - 1.0,
            _ => return,
        };
        if (0.0..=EXACT).contains(&most) {
            let most = most as usize;
            self.chars_max = Some(self.chars_max.map_or(most, |known| known.min(most)));
        }
    }

    /// Of decimals the bound is the whole number on its outer side.
    fn at_least(&mut self, number: f64, is_whole: bool) {
        let least = if is_whole { number.ceil() } else { number.floor() };
        if least.abs() <= EXACT {
            let least = least as i64;
            self.min = Some(self.min.map_or(least, |known| known.max(least)));
        }
    }

    fn at_most(&mut self, number: f64, is_whole: bool) {
        let most = if is_whole { number.floor() } else { number.ceil() };
        if most.abs() <= EXACT {
            let most = most as i64;
            self.max = Some(self.max.map_or(most, |known| known.min(most)));
        }
    }
}

fn measured(expr: &Expr, own: &Expr) -> Option<Measured> {
    match expr {
        expr if expr == own => Some(Measured::Answer),
        Expr::Call(Function::StringLength, of) => {
            let is_own = of.first().is_none_or(|text| text == own);
            is_own.then_some(Measured::Length)
        }
        _ => None,
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Number(number) => Some(*number),
        Expr::Call(Function::Negate, of) => match of.as_slice() {
            [Expr::Number(number)] => Some(-number),
            _ => None,
        },
        _ => None,
    }
}

/// The comparison with its sides exchanged.
fn turned(function: Function) -> Function {
    match function {
        Function::Less => Function::Greater,
        Function::LessOrEqual => Function::GreaterOrEqual,
        Function::Greater => Function::Less,
        Function::GreaterOrEqual => Function::LessOrEqual,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use survey_form::engine::{Context, Plan, Problem, RowId, Session};
    use survey_form::expr::{Node, Outline, Scope, Zone, parse};
    use survey_form::model::Field;
    use survey_form::value::Scalar as Answer;

    use super::super::form::{Form as Questions, built_in_model};
    use super::*;

    #[test]
    fn limits_are_read_from_the_constraints() {
        let limits = |name| {
            let limits = Questions::built_in().field(name).unwrap().limits;
            (limits.min, limits.max, limits.chars_max)
        };
        assert_eq!(limits("moo"), (Some(0), Some(99), None));
        assert_eq!(limits("household_size"), (Some(1), Some(40), None));
        assert_eq!(limits("income_year"), (Some(0), Some(50_000_000), None));
        assert_eq!(limits("debt_total"), (Some(0), None, None));
        assert_eq!(limits("land_farm_rai"), (Some(0), Some(10_000), None));
        assert_eq!(limits("land_home_wah"), (Some(0), None, None));
        assert_eq!(limits("sleeping_rooms"), (Some(0), Some(30), None));
        assert_eq!(limits("m_income_year"), (Some(0), Some(10_000_000), None));
        assert_eq!(limits("m_birth_year_be"), (Some(2400), Some(2700), None));
        assert_eq!(limits("past_aid_year_be"), (Some(2546), Some(2700), None));
        assert_eq!(limits("community_name"), (None, None, Some(80)));
        assert_eq!(limits("landmark"), (None, None, Some(200)));
        assert_eq!(limits("need_text"), (None, None, Some(500)));
    }

    /// The limits of a question of this kind with this constraint; `other` is another question.
    fn stated(kind: Kind, constraint: &str) -> (Option<i64>, Option<i64>, Option<usize>) {
        let node = |name: &str| Node { name: name.to_owned(), ..Node::default() };
        let outline =
            Outline::new(vec![node("asked"), node("other")], Default::default(), Default::default());
        let scope = Scope { outline: &outline, at: Some(FieldId(0)), filtered: None };
        let constraint = Some(parse(constraint, &scope).unwrap());
        let asked = Field { name: "asked".to_owned(), kind, constraint, ..Field::default() };
        let form = Form { fields: vec![asked, Field::default()], ..Form::default() };
        let limits = Limits::of(&form, FieldId(0));
        (limits.min, limits.max, limits.chars_max)
    }

    #[test]
    fn what_follows_from_a_constraint_is_read_and_nothing_else() {
        for (constraint, expected) in [
            (". >= 0 and . <= 99", (Some(0), Some(99), None)),
            ("0 <= . and 99 >= .", (Some(0), Some(99), None)),
            (". > 0 and . < 30", (Some(1), Some(29), None)),
            (". > 0.5 and . < 29.5", (Some(1), Some(29), None)),
            (". >= -5 and (. >= 3 and . <= 7)", (Some(3), Some(7), None)),
            (". = 4", (Some(4), Some(4), None)),
            (". >= 18 or . = 0", (None, None, None)),
            ("not(. > 5)", (None, None, None)),
            (". >= 1 and (. <= 40 or ${other} = 1)", (Some(1), None, None)),
            (". <= ${other}", (None, None, None)),
            ("${other} >= 3", (None, None, None)),
            (". + 1 <= 10", (None, None, None)),
            (". != 3", (None, None, None)),
        ] {
            assert_eq!(stated(Kind::Integer, constraint), expected, "{constraint}");
        }
        assert_eq!(stated(Kind::Decimal, ". > 0.5 and . <= 2.25"), (Some(0), Some(3), None));
        for (constraint, chars_max) in [
            ("string-length(.) <= 80", Some(80)),
            ("string-length(.) < 80 and string-length(.) <= 100", Some(79)),
            ("80 >= string-length(.)", Some(80)),
            ("string-length(.) >= 3", None),
            ("string-length(${other}) <= 3", None),
            ("regex(., '[0-9]+') or string-length(.) <= 3", None),
        ] {
            assert_eq!(stated(Kind::Text, constraint), (None, None, chars_max), "{constraint}");
        }
    }

    /// Whether the form allows an answer, next to nothing else being answered.
    fn allows(session: &mut Session, id: FieldId, answer: Answer) -> bool {
        let form = built_in_model();
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&id.0.to_be_bytes());
        let row = form.scope_of(id).map(|repeat| {
            let row = RowId(bytes);
            let _ = session.new_row(repeat, None, row);
            row
        });
        session.put(row, id, answer).unwrap();
        session.problem(row, id).unwrap() != Some(Problem::Constraint)
    }

    #[test]
    fn no_limit_refuses_what_its_constraint_allows() {
        // Everything is asked, whatever was answered elsewhere.
        let mut form = built_in_model().clone();
        form.fields.iter_mut().for_each(|field| field.relevant = None);
        let form = &form;
        let plan = Arc::new(Plan::new(form.clone()).unwrap());
        // 2026-11-26 in Thailand.
        let context = Context { now_ms: 1_795_669_200_000, zone: Zone(420), ..Context::default() };
        let mut session = Session::new(plan, context, []);
        let (mut allowed, mut refused) = (0, 0);
        for (id, _) in form.ids().filter(|(_, field)| field.constraint.is_some() && field.kind.is_stored()) {
            let limits = Limits::of(form, id);
            let bounds = [limits.min, limits.max].into_iter().flatten();
            for number in bounds.flat_map(|bound| [bound - 1, bound, bound + 1]) {
                let is_within =
                    limits.min.is_none_or(|min| number >= min) && limits.max.is_none_or(|max| number <= max);
                let is_allowed = allows(&mut session, id, Answer::Int(number));
                assert!(is_within || !is_allowed, "{}: {number}", form.field(id).name);
                allowed += usize::from(is_allowed);
                refused += usize::from(!is_within);
            }
            for chars in limits.chars_max.into_iter().flat_map(|most| [most, most + 1]) {
                let is_allowed = allows(&mut session, id, Answer::Str("ก".repeat(chars)));
                assert_eq!(is_allowed, Some(chars) <= limits.chars_max, "{}: {chars}", form.field(id).name);
                allowed += usize::from(is_allowed);
                refused += usize::from(!is_allowed);
            }
        }
        assert!(allowed > 20 && refused > 10, "{allowed} allowed, {refused} refused");
    }
}
