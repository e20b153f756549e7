//! What spreadsheets and report builders ask for by OData 4.0: entity sets, their metadata, and the options of a
//! query (`$select`, `$filter`, `$orderby`, `$top`, `$skip`, `$count`). Pure; the rows come from elsewhere.
//!
//! Source: OASIS, OData Version 4.0, parts 1 to 3, and OData JSON Format Version 4.0.
//!
//! ```
//! use samruat::odata::{EntitySet, Kind, Options, Property, Value};
//!
//! let set = EntitySet {
//!     name: "Households",
//!     entity: "Household",
//!     properties: vec![Property::new("Id", Kind::Text), Property::new("Rooms", Kind::Int)],
//! };
//! let options = Options::read("$filter=Rooms%20le%201&$select=Id&$top=5", &set)?;
//! let row = [Value::text("a"), Value::Int(1)];
//! assert!(options.takes(&row));
//! assert_eq!(options.select, Some(vec![0]));
//! # Ok::<(), samruat::odata::Fault>(())
//! ```

mod filter;
mod metadata;
mod options;

use std::cmp::Ordering;

use serde::Serialize;

pub use filter::Filter;
pub use metadata::metadata;
pub use options::Options;

/// What a query asks that cannot be answered, in English.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The standard does not have it, or the set does not.
    #[error("{0}")]
    Wrong(String),
    /// The standard has it, and this service does not do it.
    #[error("{0}")]
    NotDone(String),
}

/// What a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `Edm.String`.
    Text,
    /// `Edm.Int64`.
    Int,
    /// `Edm.Double`.
    Double,
    /// `Edm.Boolean`.
    Bool,
    /// `Edm.Date`.
    Date,
}

/// A property of an entity: a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Its name: an identifier.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

impl Property {
    /// A property of this name.
    #[must_use]
    pub fn new(name: &str, kind: Kind) -> Self {
        Self { name: name.to_owned(), kind }
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntitySet {
    /// Its name.
    pub name: &'static str,
    /// What one of its rows is called.
    pub entity: &'static str,
    /// Its columns; the first is the key.
    pub properties: Vec<Property>,
}

impl EntitySet {
    /// The place of the property with this name.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.properties.iter().position(|property| property.name == name)
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Not known.
    Null,
    /// A text, or a date as `YYYY-MM-DD`.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Double(f64),
    /// Yes or no.
    Bool(bool),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The order among values of a kind; null comes first, as the standard has it. Values of kinds that do not
    /// compare have none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts and amounts are small")]
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Null, Self::Null) => Some(Ordering::Equal),
            (Self::Null, _) => Some(Ordering::Less),
            (_, Self::Null) => Some(Ordering::Greater),
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            (Self::Bool(one), Self::Bool(other)) => Some(one.cmp(other)),
            (Self::Int(one), Self::Int(other)) => Some(one.cmp(other)),
            (Self::Double(one), Self::Double(other)) => one.partial_cmp(other),
            (Self::Int(one), Self::Double(other)) => (*one as f64).partial_cmp(other),
            (Self::Double(one), Self::Int(other)) => one.partial_cmp(&(*other as f64)),
            _ => None,
        }
    }
}
