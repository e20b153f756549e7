//! What each function does. Names, order and meaning of arguments are those of the ODK documentation
//! ("Form Operators and Functions").

mod base64;
mod geometry;
mod numbers;
mod sets;
mod texts;
mod times;

use crate::expr::Expr;
use crate::expr::evaluate::{Evaluated, EvaluationFault, Evaluator, Tested};
use crate::expr::function::Function;
use crate::expr::value::Value;

/// A call as it is evaluated: its arguments, each when it is asked for.
pub(super) struct Call<'c, 'a> {
    at: &'c Evaluator<'a>,
    arguments: &'a [Expr],
    tested: Tested<'a>,
}

/// Calls a function other than operators, `if` and those that shuffle nodes.
pub(super) fn call<'a>(
    at: &Evaluator<'a>,
    function: Function,
    arguments: &'a [Expr],
    tested: Tested<'a>,
) -> Evaluated<'a> {
    let call = Call { at, arguments, tested };
    match function {
        Function::True => Ok(Value::Bool(true)),
        Function::False => Ok(Value::Bool(false)),
        Function::Boolean => Ok(Value::Bool(call.value(0)?.truth())),
        Function::Not => Ok(Value::Bool(!call.value(0)?.truth())),
        Function::BooleanFromString => Ok(Value::Bool(matches!(call.text(0)?.as_str(), "true" | "1"))),
        Function::Coalesce => call.coalesce(),
        Function::Once => match at.current() {
            current if current.is_empty() => call.value(0),
            current => Ok(current),
        },
        Function::Checklist | Function::WeightedChecklist => call.checklist(function),
        Function::Selected
        | Function::SelectedAt
        | Function::CountSelected
        | Function::ChoiceName
        | Function::Itext
        | Function::Count
        | Function::CountNonEmpty
        | Function::Sum
        | Function::Min
        | Function::Max
        | Function::Position
        | Function::Last
        | Function::Pulldata => call.of_sets(function),
        Function::Today
        | Function::Now
        | Function::Date
        | Function::DateTime
        | Function::DecimalDateTime
        | Function::DecimalTime
        | Function::AddDate
        | Function::DifferenceInDays
        | Function::DifferenceInWeeks
        | Function::DifferenceInMonths
        | Function::DifferenceInYears
        | Function::FormatDate
        | Function::FormatDateTime => call.of_times(function),
        Function::Area | Function::Distance | Function::Geofence | Function::Intersects => {
            call.of_places(function)
        }
        Function::Number
        | Function::Int
        | Function::Round
        | Function::Floor
        | Function::Ceiling
        | Function::Abs
        | Function::Pow
        | Function::Sqrt
        | Function::Exp
        | Function::Exp10
        | Function::Log
        | Function::Log10
        | Function::Sin
        | Function::Cos
        | Function::Tan
        | Function::Asin
        | Function::Acos
        | Function::Atan
        | Function::Atan2
        | Function::Pi
        | Function::Random => call.of_numbers(function),
        _ => call.of_texts(function),
    }
}

impl<'a> Call<'_, 'a> {
    fn value(&self, which: usize) -> Evaluated<'a> {
        self.at.eval(&self.arguments[which], self.tested)
    }

    /// The argument, or where it is left out the current question.
    fn value_or_current(&self, which: usize) -> Evaluated<'a> {
        if which < self.arguments.len() { self.value(which) } else { Ok(self.at.current()) }
    }

    fn text(&self, which: usize) -> Result<String, EvaluationFault> {
        Ok(self.value(which)?.text().into_owned())
    }

    fn number(&self, which: usize) -> Result<f64, EvaluationFault> {
        self.at.number(&self.arguments[which], self.tested)
    }

    /// The values of the arguments from `first` on, those of several nodes one by one.
    fn flat_from(&self, first: usize) -> Result<Vec<Value<'a>>, EvaluationFault> {
        let mut all = Vec::new();
        for which in first..self.arguments.len() {
            all.append(&mut self.value(which)?.flat());
        }
        Ok(all)
    }

    fn made(&self, text: String) -> Evaluated<'a> {
        self.at.check_length(text.len())?;
        self.at.step(text.len() as u64 / 16)?;
        Ok(Value::text_of(text))
    }

    fn coalesce(&self) -> Evaluated<'a> {
        for which in 0..self.arguments.len() {
            let value = self.value(which)?;
            if !value.is_empty() {
                return Ok(value);
            }
        }
        Ok(Value::EMPTY)
    }

    /// Whether as many answers are true, or as much weight, as the first two arguments say; -1 bounds
    /// nothing.
    fn checklist(&self, function: Function) -> Evaluated<'a> {
        let (min, max) = (self.number(0)?, self.number(1)?);
        let mut sum = 0.0;
        if function == Function::Checklist {
            sum += self.flat_from(2)?.iter().map(|answer| f64::from(u8::from(answer.truth()))).sum::<f64>();
        } else {
            for pair in (2..self.arguments.len()).step_by(2) {
                let answers = self.value(pair)?.flat();
                let weights = self.value(pair + 1)?.flat();
                let weighed = answers.iter().zip(&weights).filter(|(answer, _)| answer.truth());
                sum += weighed.map(|(_, weight)| weight.number(self.at.world.zone())).sum::<f64>();
            }
        }
        let holds = |bound: f64, within: bool| bound == -1.0 || within;
        Ok(Value::Bool(holds(min, sum >= min) && holds(max, sum <= max)))
    }
}
