//! An answer as a household document holds it.

use light::json::{FromJson, Json};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// One scalar. As JSON it is the scalar itself: `null`, `true`, `3`, `2.5`, `"text"`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Never answered, or the answer was cleared.
    #[default]
    Null,
    /// One choice of a select_multiple.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite decimal.
    F64(f64),
    /// A text, a choice's name, a date, a time, a point, or the name of a blob.
    Str(String),
}

impl Scalar {
    /// Whether nothing is answered: null or an empty text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Str(text) => text.is_empty(),
            Self::Bool(_) | Self::Int(_) | Self::F64(_) => false,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

impl FromJson for Scalar {
    fn from_json(json: Json) -> Option<Self> {
        Some(match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(truth),
            Json::Int(number) => Self::Int(number),
            Json::Float(number) => Self::F64(number),
            Json::Text(text) => Self::Str(text),
            Json::List(_) | Json::Object(_) => return None,
        })
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("null, true, false, a number or a text")
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
        i64::try_from(number).map(Scalar::Int).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::F64(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Str(text.to_owned()))
    }
}
