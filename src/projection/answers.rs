//! All answers of a row in one place: its columns and its other answers, put together again.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::columns::Columns;
use super::form::{Form, HOUSEHOLD, MEMBER, NEED, VISIT};
use super::rows::{HouseholdRow, MemberRow, NeedRow, OtherRow, VisitRow};

/// Answers by question name: those of the form in its order, then the others. As JSON they are one
/// object in that order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers(pub Vec<(String, Value)>);

impl Answers {
    /// The answer to this question.
    #[must_use]
    pub fn get(&self, question: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == question).map(|(_, value)| value)
    }

    /// All answers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// A row whose answers can be put together.
pub trait AllAnswers {
    /// All answers of the row that were given. A conflict shows the value that every replica
    /// shows; a cleared answer is left out.
    ///
    /// # Errors
    /// If the row's `answers` are no JSON object, which a row of [`super::project()`] never has.
    fn all_answers(&self, form: &Form) -> Result<Answers, serde_json::Error>;
}

/// Implements [`AllAnswers`] for rows of a group with columns.
macro_rules! all_answers {
    ($($row:ty: $group:expr;)*) => {
        $(impl AllAnswers for $row {
            fn all_answers(&self, form: &Form) -> Result<Answers, serde_json::Error> {
                merged(self, &self.answers, $group, form)
            }
        })*
    };
}

all_answers! {
    HouseholdRow: HOUSEHOLD;
    MemberRow: MEMBER;
    NeedRow: NEED;
    VisitRow: VISIT;
}

impl AllAnswers for OtherRow {
    fn all_answers(&self, _: &Form) -> Result<Answers, serde_json::Error> {
        serde_json::from_str(&self.answers)
    }
}

fn merged(row: &impl Columns, answers: &str, group: &str, form: &Form) -> Result<Answers, serde_json::Error> {
    let rest: Answers = serde_json::from_str(answers)?;
    let mut rest = rest.0.into_iter().peekable();
    let fields = form.fields_of(group);
    let mut all = Vec::with_capacity(rest.len() + fields.size_hint().0);
    for field in fields {
        if let Some(value) = field.column.and_then(|column| row.get(column)) {
            all.push((field.name.clone(), value));
        } else {
            all.extend(rest.next_if(|(name, _)| *name == field.name));
        }
    }
    all.extend(rest);
    Ok(Answers(all))
}

impl Serialize for Answers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (question, value) in &self.0 {
            map.serialize_entry(question, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Answers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of answers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Answers, A::Error> {
                let mut answers = Vec::with_capacity(map.size_hint().unwrap_or(0));
                while let Some(entry) = map.next_entry()? {
                    answers.push(entry);
                }
                Ok(Answers(answers))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
