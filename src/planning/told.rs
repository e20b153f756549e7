//! A sentence in both languages of an office: every reason and every refusal is one.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The language of headings and labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Thai.
    #[default]
    Th,
    /// English.
    En,
}

/// The same in Thai and in English.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Told {
    /// In Thai.
    pub th: String,
    /// In English.
    pub en: String,
}

impl Told {
    /// A sentence of these words.
    pub fn new(th: impl Into<String>, en: impl Into<String>) -> Self {
        Self { th: th.into(), en: en.into() }
    }

    /// The words of one language.
    #[must_use]
    pub fn words(&self, language: Language) -> &str {
        match language {
            Language::Th => &self.th,
            Language::En => &self.en,
        }
    }
}

/// Both, Thai first, for a log or a terminal.
impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.th, self.en)
    }
}
