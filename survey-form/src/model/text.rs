//! Texts by language, with values in them.

use crate::expr::Expr;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A text in each language, in the order of [`Form::languages`](crate::model::Form::languages).
/// A language without one has an empty template; those after the last may be missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(pub Vec<Template>);

impl Text {
    /// Whether no language has a text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Template::is_empty)
    }

    /// Sets the text of one language.
    pub fn set(&mut self, language: usize, template: Template) {
        if self.0.len() <= language {
            self.0.resize_with(language + 1, Template::default);
        }
        self.0[language] = template;
    }

    /// The text in this language or, where it has none, in the first that has one.
    #[must_use]
    pub fn in_language(&self, language: usize) -> &Template {
        static EMPTY: Template = Template(Vec::new());
        let spoken = self.0.get(language).filter(|template| !template.is_empty());
        spoken.or_else(|| self.0.iter().find(|template| !template.is_empty())).unwrap_or(&EMPTY)
    }
}

/// A text with the values of fields in it. As JSON it is the list of its pieces, and a plain string
/// where it is only that.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Template(pub Vec<Piece>);

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Shown as it is.
    #[serde(rename = "t")]
    Literal(String),
    /// `${name}`: the value is shown.
    #[serde(rename = "v")]
    Value(Expr),
}

impl Template {
    /// A text without values.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::default() } else { Self(vec![Piece::Literal(text)]) }
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [] => serializer.serialize_str(""),
            [Piece::Literal(text)] => serializer.serialize_str(text),
            pieces => pieces.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TemplateVisitor)
    }
}

struct TemplateVisitor;

impl<'de> Visitor<'de> for TemplateVisitor {
    type Value = Template;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text or a list of pieces")
    }

    fn visit_str<E>(self, text: &str) -> Result<Template, E> {
        Ok(Template::plain(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Template, A::Error> {
        let mut pieces = Vec::new();
        while let Some(piece) = seq.next_element()? {
            pieces.push(piece);
        }
        Ok(Template(pieces))
    }
}
