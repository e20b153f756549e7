//! `$filter`: comparisons, `and`, `or`, `not`, `in`, and the functions that report builders send for a text.
//!
//! Written here because a filter comes from outside: the parsers that there are recur without a bound.

use std::cmp::Ordering;

use super::{EntitySet, Fault, Kind, Value};

/// How deep expressions may lie in each other.
const DEPTH_MAX: usize = 32;
/// Bytes of a filter.
const BYTES_MAX: usize = 8 * 1024;

/// Which rows are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter(Expr);

#[derive(Debug, Clone, PartialEq)]
enum Expr {
    Or(Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Vec<Value>),
    Call(Function, Vec<Expr>),
    Property(usize, Kind),
    Literal(Value, Option<Kind>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Contains,
    StartsWith,
    EndsWith,
    ToLower,
    ToUpper,
    Trim,
    Length,
    Year,
    Month,
    Day,
}

impl Function {
    /// Name, kinds of what it takes, kind of what it gives.
    const ALL: [(Self, &'static str, &'static [Kind], Kind); 10] = [
        (Self::Contains, "contains", &[Kind::Text, Kind::Text], Kind::Bool),
        (Self::StartsWith, "startswith", &[Kind::Text, Kind::Text], Kind::Bool),
        (Self::EndsWith, "endswith", &[Kind::Text, Kind::Text], Kind::Bool),
        (Self::ToLower, "tolower", &[Kind::Text], Kind::Text),
        (Self::ToUpper, "toupper", &[Kind::Text], Kind::Text),
        (Self::Trim, "trim", &[Kind::Text], Kind::Text),
        (Self::Length, "length", &[Kind::Text], Kind::Int),
        (Self::Year, "year", &[Kind::Date], Kind::Int),
        (Self::Month, "month", &[Kind::Date], Kind::Int),
        (Self::Day, "day", &[Kind::Date], Kind::Int),
    ];

    fn face(self) -> (&'static str, &'static [Kind], Kind) {
        let found = Self::ALL.iter().find(|(function, ..)| *function == self);
        found.map_or(("", &[], Kind::Bool), |(_, name, takes, gives)| (name, takes, *gives))
    }
}

impl Filter {
    /// Reads a filter of this set.
    ///
    /// # Errors
    /// What cannot be read, with where it is; a property that there is not; kinds that do not compare.
    pub fn read(text: &str, set: &EntitySet) -> Result<Self, Fault> {
        if text.len() > BYTES_MAX {
            return Err(Fault::Wrong(format!("$filter has at most {BYTES_MAX} bytes")));
        }
        let mut parser = Parser { text, at: 0, set, depth: 0 };
        let expr = parser.or()?;
        parser.space();
        if parser.at < text.len() {
            return Err(parser.fault("an operator or the end"));
        }
        parser.is(&expr, &[Kind::Bool], "a condition")?;
        Ok(Self(expr))
    }

    /// Whether a row fits: what is not known does not.
    #[must_use]
    pub fn takes(&self, row: &[Value]) -> bool {
        self.0.value(row) == Value::Bool(true)
    }

    /// The text that this property has in every row that fits, if the filter says so.
    #[must_use]
    pub fn equals(&self, place: usize) -> Option<&str> {
        fn of(expr: &Expr, place: usize) -> Option<&str> {
            match expr {
                Expr::And(one, other) => of(one, place).or_else(|| of(other, place)),
                Expr::Compare(Comparison::Eq, one, other) => match (&**one, &**other) {
                    (Expr::Property(at, _), Expr::Literal(Value::Text(text), _))
                    | (Expr::Literal(Value::Text(text), _), Expr::Property(at, _))
                        if *at == place =>
                    {
                        Some(text)
                    }
                    _ => None,
                },
                _ => None,
            }
        }
        of(&self.0, place)
    }
}

impl Expr {
    /// Its kind; `None` of null, which compares with everything.
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Or(..) | Self::And(..) | Self::Not(_) | Self::Compare(..) | Self::In(..) => {
                Some(Kind::Bool)
            }
            Self::Call(function, _) => Some(function.face().2),
            Self::Property(_, kind) => Some(*kind),
            Self::Literal(_, kind) => *kind,
        }
    }

    /// What it comes to, in the three-valued logic of the standard: null where it is not known.
    fn value(&self, row: &[Value]) -> Value {
        match self {
            Self::Property(place, _) => row.get(*place).cloned().unwrap_or(Value::Null),
            Self::Literal(value, _) => value.clone(),
            Self::Not(expr) => match expr.value(row) {
                Value::Bool(holds) => Value::Bool(!holds),
                _ => Value::Null,
            },
            Self::And(one, other) => match (one.value(row), other.value(row)) {
                (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
                (Value::Bool(true), Value::Bool(true)) => Value::Bool(true),
                _ => Value::Null,
            },
            Self::Or(one, other) => match (one.value(row), other.value(row)) {
                (Value::Bool(true), _) | (_, Value::Bool(true)) => Value::Bool(true),
                (Value::Bool(false), Value::Bool(false)) => Value::Bool(false),
                _ => Value::Null,
            },
            Self::Compare(comparison, one, other) => comparison.holds(&one.value(row), &other.value(row)),
            Self::In(expr, values) => {
                let value = expr.value(row);
                Value::Bool(values.iter().any(|one| Comparison::Eq.holds(&value, one) == Value::Bool(true)))
            }
            Self::Call(function, given) => {
                let given: Vec<Value> = given.iter().map(|one| one.value(row)).collect();
                function.call(&given)
            }
        }
    }
}

impl Comparison {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Eq, "eq"),
        (Self::Ne, "ne"),
        (Self::Gt, "gt"),
        (Self::Ge, "ge"),
        (Self::Lt, "lt"),
        (Self::Le, "le"),
    ];

    fn holds(self, one: &Value, other: &Value) -> Value {
        let is_null = *one == Value::Null || *other == Value::Null;
        let Some(order) = one.order(other) else { return Value::Null };
        Value::Bool(match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            // The standard: null is neither greater nor less than anything.
            _ if is_null => false,
            Self::Gt => order == Ordering::Greater,
            Self::Ge => order != Ordering::Less,
            Self::Lt => order == Ordering::Less,
            Self::Le => order != Ordering::Greater,
        })
    }
}

impl Function {
    fn call(self, given: &[Value]) -> Value {
        let text =
            |at: usize| if let Some(Value::Text(text)) = given.get(at) { Some(text.as_str()) } else { None };
        let Some(first) = text(0) else { return Value::Null };
        let with = |test: fn(&str, &str) -> bool| {
            text(1).map_or(Value::Null, |second| Value::Bool(test(first, second)))
        };
        let part = |range: std::ops::Range<usize>| {
            first.get(range).and_then(|digits| digits.parse().ok()).map_or(Value::Null, Value::Int)
        };
        match self {
            Self::Contains => with(|text, part| text.contains(part)),
            Self::StartsWith => with(|text, part| text.starts_with(part)),
            Self::EndsWith => with(|text, part| text.ends_with(part)),
            Self::ToLower => Value::Text(first.to_lowercase()),
            Self::ToUpper => Value::Text(first.to_uppercase()),
            Self::Trim => Value::text(first.trim()),
            Self::Length => Value::Int(i64::try_from(first.chars().count()).unwrap_or(i64::MAX)),
            Self::Year => part(0..4),
            Self::Month => part(5..7),
            Self::Day => part(8..10),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    set: &'a EntitySet,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn fault(&self, wanted: &str) -> Fault {
        let found: String = self.rest().trim_start().chars().take(20).collect();
        let found = if found.is_empty() { "the end".to_owned() } else { format!("{found:?}") };
        Fault::Wrong(format!("$filter: {wanted} is wanted at byte {}, where {found} is", self.at))
    }

    /// Takes a word, if it is the next and ends there.
    fn word(&mut self, word: &str) -> bool {
        self.space();
        let after = self.rest().strip_prefix(word).filter(|after| !after.starts_with(is_of_name));
        if after.is_some() {
            self.at += word.len();
        }
        after.is_some()
    }

    fn sign(&mut self, sign: char) -> bool {
        self.space();
        let is_next = self.rest().starts_with(sign);
        if is_next {
            self.at += sign.len_utf8();
        }
        is_next
    }

    fn or(&mut self) -> Result<Expr, Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Fault::Wrong(format!("$filter lies more than {DEPTH_MAX} deep")));
        }
        let mut expr = self.and()?;
        while self.word("or") {
            self.is(&expr, &[Kind::Bool], "a condition")?;
            let other = self.and()?;
            self.is(&other, &[Kind::Bool], "a condition")?;
            expr = Expr::Or(Box::new(expr), Box::new(other));
        }
        self.depth -= 1;
        Ok(expr)
    }

    fn and(&mut self) -> Result<Expr, Fault> {
        let mut expr = self.not()?;
        while self.word("and") {
            self.is(&expr, &[Kind::Bool], "a condition")?;
            let other = self.not()?;
            self.is(&other, &[Kind::Bool], "a condition")?;
            expr = Expr::And(Box::new(expr), Box::new(other));
        }
        Ok(expr)
    }

    fn not(&mut self) -> Result<Expr, Fault> {
        let mut denied = 0;
        while self.word("not") {
            denied += 1;
        }
        let expr = self.comparison()?;
        if denied > 0 {
            self.is(&expr, &[Kind::Bool], "a condition")?;
        }
        Ok(if denied % 2 == 1 { Expr::Not(Box::new(expr)) } else { expr })
    }

    fn comparison(&mut self) -> Result<Expr, Fault> {
        let one = self.primary()?;
        if self.word("in") {
            return self.list(one);
        }
        let Some((comparison, _)) = Comparison::ALL.into_iter().find(|(_, word)| self.word(word)) else {
            return Ok(one);
        };
        let other = self.primary()?;
        self.compare(&one, &other)?;
        Ok(Expr::Compare(comparison, Box::new(one), Box::new(other)))
    }

    fn list(&mut self, one: Expr) -> Result<Expr, Fault> {
        if !self.sign('(') {
            return Err(self.fault("( after in"));
        }
        let mut values = Vec::new();
        loop {
            let other = self.primary()?;
            self.compare(&one, &other)?;
            let Expr::Literal(value, _) = other else { return Err(self.fault("a value in the list")) };
            values.push(value);
            if self.sign(')') {
                return Ok(Expr::In(Box::new(one), values));
            }
            if !self.sign(',') {
                return Err(self.fault(", or )"));
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        if self.sign('(') {
            let expr = self.or()?;
            return if self.sign(')') { Ok(expr) } else { Err(self.fault(")")) };
        }
        self.space();
        let rest = self.rest();
        if rest.starts_with('\'') {
            return self.quoted();
        }
        let word =
            &rest[..rest.find(|c| !is_of_name(c) && !matches!(c, '-' | '.' | '+')).unwrap_or(rest.len())];
        if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return self.number(word);
        }
        let name = &word[..word.find(|c| !is_of_name(c)).unwrap_or(word.len())];
        let literal = match name {
            "true" => Some((Value::Bool(true), Some(Kind::Bool))),
            "false" => Some((Value::Bool(false), Some(Kind::Bool))),
            "null" => Some((Value::Null, None)),
            _ => None,
        };
        if let Some((value, kind)) = literal {
            self.at += name.len();
            return Ok(Expr::Literal(value, kind));
        }
        if rest[name.len()..].starts_with('(') {
            return self.call(name);
        }
        let Some(place) = self.set.place(name) else {
            let has = format!("a property of {} or a value", self.set.name);
            return Err(self.fault(&has));
        };
        self.at += name.len();
        Ok(Expr::Property(place, self.set.properties[place].kind))
    }

    /// `'…'`, with a quote written twice.
    fn quoted(&mut self) -> Result<Expr, Fault> {
        let mut text = String::new();
        let mut rest = &self.rest()[1..];
        loop {
            let Some(end) = rest.find('\'') else { return Err(self.fault("a text that ends")) };
            text.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('\'') {
                Some(after) => {
                    text.push('\'');
                    rest = after;
                }
                None => break,
            }
        }
        self.at = self.text.len() - rest.len();
        Ok(Expr::Literal(Value::Text(text), Some(Kind::Text)))
    }

    /// A number, or a date `YYYY-MM-DD`.
    fn number(&mut self, word: &str) -> Result<Expr, Fault> {
        let is_date = word.len() == 10
            && word
                .bytes()
                .enumerate()
                .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
        let literal = if is_date {
            Some((Value::text(word), Kind::Date))
        } else if let Ok(whole) = word.parse() {
            Some((Value::Int(whole), Kind::Int))
        } else {
            word.parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .map(|number| (Value::Double(number), Kind::Double))
        };
        let Some((value, kind)) = literal else { return Err(self.fault("a number or a date")) };
        self.at += word.len();
        Ok(Expr::Literal(value, Some(kind)))
    }

    fn call(&mut self, name: &str) -> Result<Expr, Fault> {
        let Some((function, _, takes, _)) = Function::ALL.into_iter().find(|(_, known, ..)| *known == name)
        else {
            let known: Vec<&str> = Function::ALL.iter().map(|(_, name, ..)| *name).collect();
            return Err(Fault::NotDone(format!(
                "$filter: {name} is not done here; there are {}",
                known.join(", ")
            )));
        };
        self.at += name.len() + 1;
        let mut given = Vec::new();
        for (at, kind) in takes.iter().enumerate() {
            if at > 0 && !self.sign(',') {
                return Err(self.fault(","));
            }
            let expr = self.or()?;
            self.is(&expr, &[*kind], name)?;
            given.push(expr);
        }
        if self.sign(')') { Ok(Expr::Call(function, given)) } else { Err(self.fault(")")) }
    }

    fn is(&self, expr: &Expr, kinds: &[Kind], what: &str) -> Result<(), Fault> {
        match expr.kind() {
            Some(kind) if !kinds.contains(&kind) => Err(Fault::Wrong(format!(
                "$filter: {what} is wanted before byte {}, not a value of another kind",
                self.at
            ))),
            _ => Ok(()),
        }
    }

    /// Numbers compare with numbers, everything else with its kind.
    fn compare(&self, one: &Expr, other: &Expr) -> Result<(), Fault> {
        let class = |kind: Kind| if kind == Kind::Double { Kind::Int } else { kind };
        match (one.kind().map(class), other.kind().map(class)) {
            (Some(one), Some(other)) if one != other => Err(Fault::Wrong(format!(
                "$filter: what is compared before byte {} is not of one kind",
                self.at
            ))),
            _ => Ok(()),
        }
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::super::Property;
    use super::*;

    fn set() -> EntitySet {
        let property = |(name, kind)| Property::new(name, kind);
        let properties = [
            ("Id", Kind::Text),
            ("Rooms", Kind::Int),
            ("Rai", Kind::Double),
            ("VisitDate", Kind::Date),
            ("Missed", Kind::Bool),
        ];
        EntitySet { name: "Households", entity: "Household", properties: properties.map(property).to_vec() }
    }

    fn row() -> Vec<Value> {
        let date = Value::text("2026-01-20");
        vec![Value::text("บ้าน 'ก'"), Value::Int(2), Value::Null, date, Value::Bool(true)]
    }

    #[test]
    fn a_filter_holds_as_the_standard_says() {
        for (filter, holds) in [
            ("Rooms eq 2", true),
            ("Rooms eq 2.0", true),
            ("Rooms gt 1 and Rooms lt 3", true),
            ("Rooms eq 1 or Rooms eq 2 and Missed", true),
            ("(Rooms eq 1 or Rooms eq 2) and not Missed", false),
            ("not (Rooms eq 1)", true),
            ("not not Missed", true),
            ("Rai eq null", true),
            ("Rai ne null", false),
            ("Rai gt 1", false),
            ("not (Rai gt 1)", true),
            ("Rai le null", false),
            ("Missed eq true", true),
            ("VisitDate ge 2026-01-20 and year(VisitDate) eq 2026 and month(VisitDate) eq 1", true),
            ("Id eq 'บ้าน ''ก'''", true),
            ("contains(Id,'ก') and startswith(Id, 'บ้าน') and not endswith(Id,'x')", true),
            ("length(trim(Id)) eq 8", true),
            ("tolower(Id) ne toupper('x')", true),
            ("Rooms in (1, 2, 3)", true),
            ("Id in ('a','b')", false),
            ("2 eq Rooms", true),
        ] {
            assert_eq!(Filter::read(filter, &set()).unwrap().takes(&row()), holds, "{filter}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        for (filter, said) in [
            ("Rooms", "a condition"),
            ("Rooms eq", "the end"),
            ("Rooms eq 'two'", "not of one kind"),
            ("Room eq 2", "\"Room eq 2\""),
            ("Rooms eq 2 or", "the end"),
            ("Id eq 'a", "a text that ends"),
            ("contains(Rooms,'a')", "contains"),
            ("indexof(Id,'a') eq 1", "indexof is not done here"),
            ("Rooms in 1", "( after in"),
            ("Rooms eq 2)", "an operator or the end"),
        ] {
            let fault = Filter::read(filter, &set()).unwrap_err().to_string();
            assert!(fault.contains(said), "{filter}: {fault}");
        }
        let deep = format!("{}Missed{}", "(".repeat(5_000 / 2), ")".repeat(5_000 / 2));
        assert!(Filter::read(&deep, &set()).unwrap_err().to_string().contains("deep"));
        assert!(Filter::read(&"not ".repeat(1_500), &set()).is_err());
    }

    #[test]
    fn what_every_row_equals_is_known_beforehand() {
        let equals = |filter: &str| Filter::read(filter, &set()).unwrap().equals(0).map(ToOwned::to_owned);
        assert_eq!(equals("Rooms gt 1 and (Id eq 'a' and Missed)"), Some("a".to_owned()));
        assert_eq!(equals("'b' eq Id"), Some("b".to_owned()));
        assert_eq!(equals("Id eq 'a' or Missed"), None);
        assert_eq!(equals("not (Id eq 'a')"), None);
    }

    proptest! {
        #[test]
        fn no_filter_panics(words in proptest::collection::vec(
            prop_oneof![
                Just("("), Just(")"), Just("not "), Just(" and "), Just(" or "), Just(" eq "), Just("Rooms"), Just("Id"),
                Just("'ก'"), Just("''"), Just("-1"), Just("2026-01-20"), Just("contains("), Just(","), Just(" in "),
                Just("null"), Just("true"), Just("ก"), Just("1e999"), Just("."),
            ],
            0..24,
        )) {
            if let Ok(filter) = Filter::read(&words.concat(), &set()) {
                let _ = filter.takes(&row());
            }
        }
    }
}
