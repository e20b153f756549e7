//! The languages of a form: those that headers name, and the one of headers without any.

use super::cells::Columns;
use super::settings::Settings;
use super::sink::Sink;
use crate::fault::{Limit, SheetFault};
use crate::limits::FORM_LANGUAGES_MAX;

/// How a language is called that no header names.
const UNNAMED: &str = "default";

/// A language as a header names it; `None` for a header without.
pub(super) type Spoken = Option<String>;

/// A meaning that a column can have in several languages.
pub(super) trait Translatable {
    /// The header without its language, and the language.
    fn spoken(&self) -> Option<(&'static str, &Spoken)>;
}

impl<M: Translatable> Columns<M> {
    /// The languages of its columns, from left to right, as often as they come.
    pub(super) fn languages(&self) -> impl Iterator<Item = &Spoken> {
        self.columns.iter().filter_map(|column| column.means.spoken()).map(|(_, spoken)| spoken)
    }
}

/// The languages of a form, in the order in which the sheets name them first.
pub(super) struct Languages {
    pub(super) names: Vec<String>,
    pub(super) default: usize,
    /// The language of headers without one.
    unnamed: usize,
}

impl Languages {
    pub(super) fn of<'a>(
        settings: &Settings,
        spoken: impl Iterator<Item = &'a Spoken>,
        sink: &mut Sink,
    ) -> Self {
        let asked = settings.default_language.as_ref();
        let unnamed = asked.map_or(UNNAMED, |(name, _)| name.as_str());
        let mut names = Vec::<String>::new();
        let mut is_unnamed_used = false;
        for spoken in spoken {
            is_unnamed_used |= spoken.is_none();
            let name = spoken.as_deref().unwrap_or(unnamed);
            if names.iter().all(|known| known != name) {
                names.push(name.to_owned());
            }
        }
        if names.is_empty() {
            names.push(unnamed.to_owned());
        }
        if names.len() > FORM_LANGUAGES_MAX {
            sink.error(Default::default(), SheetFault::TooMuch(Limit::Languages));
            names.truncate(FORM_LANGUAGES_MAX);
        }
        let of = |name: &str| names.iter().position(|known| known == name);
        if let Some((name, place)) = asked
            && of(name).is_none()
        {
            sink.warning(place.clone(), SheetFault::UnknownLanguage { language: name.clone() });
        }
        let unnamed = of(unnamed).unwrap_or(0);
        let default = if asked.is_some() || is_unnamed_used { unnamed } else { 0 };
        Self { names, default, unnamed }
    }

    /// The place of a language in a [`Text`](crate::model::Text).
    pub(super) fn index(&self, spoken: &Spoken) -> usize {
        let known = spoken.as_ref().map(|name| self.names.iter().position(|known| known == name));
        known.map_or(self.unnamed, Option::unwrap_or_default)
    }

    /// Tells of columns that are in some of the sheet's languages but not in all, and of two in one.
    pub(super) fn check<M: Translatable>(&self, columns: &Columns<M>, sink: &mut Sink) {
        let mut all = columns.languages().map(|spoken| self.index(spoken)).collect::<Vec<_>>();
        all.sort_unstable();
        all.dedup();
        let translated =
            || columns.columns.iter().filter_map(|column| Some((column, column.means.spoken()?)));
        let mut told = Vec::new();
        for (at, (column, (header, spoken))) in translated().enumerate() {
            let same = translated().take(at).find(|(_, (other, other_spoken))| {
                *other == header && self.index(other_spoken) == self.index(spoken)
            });
            if let Some((first, _)) = same {
                let kind = SheetFault::DuplicateColumn { first: first.header.clone() };
                sink.warning(columns.header(column), kind);
            }
            if told.contains(&header) {
                continue;
            }
            told.push(header);
            for &language in &all {
                let is_there = |(_, (other, spoken)): (_, (&str, &Spoken))| {
                    other == header && self.index(spoken) == language
                };
                if !translated().any(is_there) {
                    let language = self.names[language].clone();
                    let kind = SheetFault::MissingTranslation { header: header.to_owned(), language };
                    sink.warning(columns.header(column), kind);
                }
            }
        }
    }

    /// Whether a language is Thai, for the few words that the program adds itself.
    pub(super) fn is_thai(name: &str) -> bool {
        let name = name.to_lowercase();
        name.contains("ไทย") || name.contains("thai") || name == "th" || name.ends_with("(th)")
    }
}
