//! The options of a query.

use std::cmp::Ordering;

use super::{EntitySet, Fault, Filter, Value};

/// Properties that one query may be ordered by.
const ORDERS_MAX: usize = 8;

/// What a query asks of a set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// Places of the properties that are wanted; all unless said.
    pub select: Option<Vec<usize>>,
    /// Which rows.
    pub filter: Option<Filter>,
    /// By which properties rows are ordered, and whether the greatest comes first.
    pub order: Vec<(usize, bool)>,
    /// How many rows at most.
    pub top: Option<usize>,
    /// How many rows are left out before the first.
    pub skip: usize,
    /// Whether all rows that fit are counted.
    pub count: bool,
    /// Where the page before ended.
    pub after: Option<String>,
    /// The options that are not the standard's, e.g. `purpose`, by name.
    pub custom: Vec<(String, String)>,
    /// All of it as it was asked.
    pub query: String,
}

impl Options {
    /// Reads the query of an address, as it is encoded there.
    ///
    /// # Errors
    /// What the standard does not have, or this service does not do, by name.
    pub fn read(query: &str, set: &EntitySet) -> Result<Self, Fault> {
        let mut options = Self { query: query.to_owned(), ..Self::default() };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "$select" => options.select = select(&value, set)?,
                "$filter" => options.filter = Some(Filter::read(&value, set)?),
                "$orderby" => options.order = order(&value, set)?,
                "$top" => options.top = Some(number(&name, &value)?),
                "$skip" => options.skip = number(&name, &value)?,
                "$count" => {
                    options.count = match &*value {
                        "true" => true,
                        "false" => false,
                        _ => return Err(Fault::Wrong("$count is true or false".to_owned())),
                    };
                }
                "$skiptoken" => options.after = Some(value.into_owned()),
                "$format" if matches!(&*value, "json" | "application/json") => {}
                name if name.starts_with('$') => {
                    return Err(Fault::NotDone(format!(
                        "{name} is not done here: there are $select, $filter, $orderby, $top, $skip and $count"
                    )));
                }
                _ => options.custom.push((name.into_owned(), value.into_owned())),
            }
        }
        Ok(options)
    }

    /// Whether a row fits.
    #[must_use]
    pub fn takes(&self, row: &[Value]) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.takes(row))
    }

    /// Which of two rows comes first.
    #[must_use]
    pub fn order(&self, one: &[Value], other: &[Value]) -> Ordering {
        let by = |(place, greatest_first): &(usize, bool)| {
            let order = one[*place].order(&other[*place]).unwrap_or(Ordering::Equal);
            if *greatest_first { order.reverse() } else { order }
        };
        self.order.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

fn number(name: &str, value: &str) -> Result<usize, Fault> {
    value.parse().map_err(|_| Fault::Wrong(format!("{name} is a whole number")))
}

fn place(name: &str, set: &EntitySet) -> Result<usize, Fault> {
    set.place(name).ok_or_else(|| Fault::Wrong(format!("{} has no property {name:?}", set.name)))
}

fn select(value: &str, set: &EntitySet) -> Result<Option<Vec<usize>>, Fault> {
    let mut places = Vec::new();
    for name in value.split(',').map(str::trim) {
        if name == "*" {
            return Ok(None);
        }
        let place = place(name, set)?;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Ok(Some(places))
}

fn order(value: &str, set: &EntitySet) -> Result<Vec<(usize, bool)>, Fault> {
    let each = value.split(',').map(|one| {
        let mut words = one.split_whitespace();
        let place = place(words.next().unwrap_or_default(), set)?;
        match (words.next(), words.next()) {
            (None | Some("asc"), None) => Ok((place, false)),
            (Some("desc"), None) => Ok((place, true)),
            _ => Err(Fault::Wrong(format!("$orderby is names with asc or desc, not {:?}", one.trim()))),
        }
    });
    let order: Vec<_> = each.collect::<Result<_, _>>()?;
    if order.len() > ORDERS_MAX {
        return Err(Fault::Wrong(format!("$orderby has at most {ORDERS_MAX} names")));
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::{Kind, Property};
    use super::*;

    fn set() -> EntitySet {
        let properties = vec![Property::new("Id", Kind::Text), Property::new("Rooms", Kind::Int)];
        EntitySet { name: "Households", entity: "Household", properties }
    }

    #[test]
    fn a_query_is_read_or_says_what_is_wrong() {
        let read = |query: &str| Options::read(query, &set());
        let all = read("$select=Rooms,Id&$orderby=Rooms%20desc,Id&$top=3&$skip=2&$count=true&purpose=plan")
            .unwrap();
        assert_eq!((all.select, all.order), (Some(vec![1, 0]), vec![(1, true), (0, false)]));
        assert_eq!((all.top, all.skip, all.count), (Some(3), 2, true));
        assert_eq!(all.custom, [("purpose".to_owned(), "plan".to_owned())]);
        assert_eq!(read("$select=*").unwrap().select, None);
        for (query, named) in [
            ("$select=Name", "\"Name\""),
            ("$orderby=Rooms%20down", "\"Rooms down\""),
            ("$top=-1", "$top"),
            ("$expand=Members", "$expand"),
            ("$count=yes", "$count"),
            ("$filter=Rooms", "$filter"),
        ] {
            let fault = read(query).unwrap_err().to_string();
            assert!(fault.contains(named), "{query}: {fault}");
        }
    }

    #[test]
    fn rows_are_ordered_by_one_name_after_the_other_and_null_first() {
        let options = Options::read("$orderby=Rooms,Id%20desc", &set()).unwrap();
        let row = |id: &str, rooms| [Value::text(id), rooms];
        let mut rows = [
            row("a", Value::Int(2)),
            row("b", Value::Int(1)),
            row("c", Value::Int(1)),
            row("d", Value::Null),
        ];
        rows.sort_by(|one, other| options.order(one, other));
        assert_eq!(rows.map(|[id, _]| id), ["d", "c", "b", "a"].map(Value::text));
    }
}
