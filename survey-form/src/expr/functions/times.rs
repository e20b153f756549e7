//! Days and times.

use super::Call;
use crate::expr::calendar::{Moment, time_of_day};
use crate::expr::evaluate::{Evaluated, EvaluationFault};
use crate::expr::function::Function;
use crate::expr::value::Value;

impl<'a> Call<'_, 'a> {
    pub(super) fn of_times(&self, function: Function) -> Evaluated<'a> {
        let moment = |moment: Option<Moment>| moment.map_or(Value::EMPTY, Value::Moment);
        match function {
            Function::Today => return Ok(moment(self.at.today())),
            Function::Now => return Ok(moment(self.at.now())),
            _ => {}
        }
        let zone = self.at.world.zone();
        let given = self.value(0)?;
        Ok(match function {
            Function::Date => moment(self.date(&given, false).map(Moment::day)),
            Function::DateTime => moment(self.date(&given, true).map(Moment::with_time)),
            Function::DecimalDateTime => match given {
                Value::Number(days) => Value::Number(days),
                given => Value::Number(given.moment(true, zone).map_or(f64::NAN, Moment::days)),
            },
            Function::DecimalTime => Value::Number(match given.moment(true, zone) {
                Some(moment) => moment.part_of_day(),
                None => time_of_day(&given.text(), zone).unwrap_or(f64::NAN),
            }),
            Function::AddDate => moment(self.added(&given)?),
            Function::DifferenceInDays
            | Function::DifferenceInWeeks
            | Function::DifferenceInMonths
            | Function::DifferenceInYears => {
                let (from, to) = (self.date(&given, true), self.date(&self.value(1)?, true));
                let (Some(from), Some(to)) = (from, to) else { return Ok(Value::EMPTY) };
                let days = to.day().days() - from.day().days();
                Value::Number(match function {
                    Function::DifferenceInDays => days,
                    Function::DifferenceInWeeks => (days / 7.0).trunc(),
                    Function::DifferenceInMonths => from.whole_months_to(to),
                    _ => (from.whole_months_to(to) / 12.0).trunc(),
                })
            }
            _ => {
                let format = self.text(1)?;
                let with_time = function == Function::FormatDateTime;
                let made = self.date(&given, true).map(|moment| moment.formatted(&format, with_time));
                return self.made(made.unwrap_or_default());
            }
        })
    }

    /// `add-date(date, years, months, days, hours, minutes)`: a day that the month does not have is its
    /// last one.
    fn added(&self, given: &Value<'_>) -> Result<Option<Moment>, EvaluationFault> {
        let mut amounts = [0.0; 5];
        for (which, amount) in amounts.iter_mut().enumerate().take(self.arguments.len() - 1) {
            let number = self.number(which + 1)?;
            *amount = if number.is_finite() { number.trunc() } else { 0.0 };
        }
        let [years, months, days, hours, minutes] = amounts;
        let moved = self.date(given, true).and_then(|moment| moment.plus_months(years * 12.0 + months));
        Ok(moved.and_then(|moment| moment.plus_minutes((days * 24.0 + hours) * 60.0 + minutes)))
    }

    /// A day or moment; months and days may lack their zero: `2024-1-5`.
    fn date(&self, given: &Value<'_>, has_time: bool) -> Option<Moment> {
        let zone = self.at.world.zone();
        given.moment(has_time, zone).or_else(|| {
            let text = given.text();
            let mut parts = text.splitn(3, '-');
            let (year, month, rest) = (parts.next()?, parts.next()?, parts.next()?);
            let (day, time) = rest.find('T').map_or((rest, ""), |at| rest.split_at(at));
            Moment::read(&format!("{year}-{month:0>2}-{day:0>2}{time}"), zone)
        })
    }
}
