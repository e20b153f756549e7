//! Days and times.

use super::Call;
use crate::expr::calendar::{Moment, time_of_day};
use crate::expr::evaluate::Evaluated;
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
            _ => {
                let format = self.text(1)?;
                let with_time = function == Function::FormatDateTime;
                let made = self.date(&given, true).map(|moment| moment.formatted(&format, with_time));
                return self.made(made.unwrap_or_default());
            }
        })
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
