//! The dictionary of a tambon: what each key means there. Two forms that ask under one key ask for the same.

use std::collections::BTreeMap;

use survey_form::compare::Address;
use survey_form::model::{ChoiceSource, Field, Form, Kind};

use super::words::Words;

/// Clashes that are told of one form.
const CLASHES_TOLD_MAX: usize = 100;

/// A key that two forms use for different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// Where the answers lie.
    pub at: Address,
    /// The other form: its id and version.
    pub other: (String, String),
    /// What the key means in the form that is to be published, and in the other.
    pub meanings: (Meaning, Meaning),
}

/// What a key means, as far as it clashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Answers of this kind.
    Kind(&'static str),
    /// A choice: its name and its label.
    Choice(String, Words),
}

impl Clash {
    /// What clashes and what to do, in English.
    #[must_use]
    pub fn english(&self) -> String {
        let (here, there) = (self.meanings.0.english(), self.meanings.1.english());
        let Self { at, other: (id, version), .. } = self;
        format!(
            "{at} is {here} here and {there} in {id} {version}, which holds in this tambon; give the question or choice another name"
        )
    }

    /// What clashes and what to do, in Thai.
    #[must_use]
    pub fn thai(&self) -> String {
        let (here, there) = (self.meanings.0.thai(), self.meanings.1.thai());
        let Self { at, other: (id, version), .. } = self;
        format!(
            "{at} ในแบบนี้คือ {here} แต่ใน {id} {version} ที่ใช้อยู่ในตำบลนี้คือ {there} กรุณาตั้งชื่อ (name) ของคำถามหรือตัวเลือกเป็นชื่ออื่น"
        )
    }
}

impl Meaning {
    fn english(&self) -> String {
        match self {
            Self::Kind(kind) => (*kind).to_owned(),
            Self::Choice(name, label) => format!("the choice {name} “{}”", label.en),
        }
    }

    fn thai(&self) -> String {
        match self {
            Self::Kind(kind) => (*kind).to_owned(),
            Self::Choice(name, label) => format!("ตัวเลือก {name} “{}”", label.th),
        }
    }
}

/// Where keys of `form` mean something else in one of the `others`.
#[must_use]
pub fn clashes<'a>(form: &Form, others: impl IntoIterator<Item = &'a Form>) -> Vec<Clash> {
    let ours = meanings(form);
    let mut found = Vec::new();
    for other in others {
        let name = || (other.id.clone(), other.version.clone());
        for (at, theirs) in meanings(other) {
            let Some(ours) = ours.get(&at) else { continue };
            let mut clash = |here, there| {
                found.push(Clash { at: at.clone(), other: name(), meanings: (here, there) });
            };
            if ours.kind != theirs.kind {
                clash(Meaning::Kind(ours.kind), Meaning::Kind(theirs.kind));
                continue;
            }
            for (name, there) in &theirs.choices {
                if let Some(here) = ours.choices.get(name).filter(|here| !is_same(here, there)) {
                    let meant = |label: &Words| Meaning::Choice(name.clone(), label.clone());
                    clash(meant(here), meant(there));
                }
            }
        }
    }
    found.truncate(CLASHES_TOLD_MAX);
    found
}

/// Whether a choice is called the same in either language.
fn is_same(one: &Words, other: &Words) -> bool {
    one.th == other.th || one.en.eq_ignore_ascii_case(&other.en)
}

struct Meant {
    kind: &'static str,
    choices: BTreeMap<String, Words>,
}

/// What each key of a form means.
fn meanings(form: &Form) -> BTreeMap<Address, Meant> {
    let asked = form.ids().filter_map(|(id, field)| {
        let kind = stored_as(&field.kind)?;
        Some((Address::of(form, id), Meant { kind, choices: choices(form, field) }))
    });
    asked.collect()
}

fn choices(form: &Form, field: &Field) -> BTreeMap<String, Words> {
    let list = match field.kind.choices() {
        Some(ChoiceSource::List(list)) => form.lists.get(list),
        _ => None,
    };
    let choices = list.into_iter().flat_map(|list| &list.choices);
    choices.map(|choice| (choice.name.clone(), Words::of(form, &choice.label))).collect()
}

/// How answers of a kind lie in a document, by the name that authors know; `None` where none does.
fn stored_as(kind: &Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Group | Kind::Note | Kind::Calculate => return None,
        Kind::Repeat => "repeat",
        Kind::Integer => "integer",
        Kind::Decimal => "decimal",
        Kind::Range(range) if range.is_whole() => "integer",
        Kind::Range(_) => "decimal",
        Kind::Text | Kind::Barcode | Kind::Hidden | Kind::Metadata(_) => "text",
        Kind::SelectOne(_) => "select_one",
        Kind::SelectMultiple(_) => "select_multiple",
        Kind::Rank(_) => "rank",
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::DateTime => "dateTime",
        Kind::Geopoint => "geopoint",
        Kind::Geotrace => "geotrace",
        Kind::Geoshape => "geoshape",
        Kind::Image | Kind::Signature => "image",
        Kind::Audio => "audio",
        Kind::Video => "video",
        Kind::File => "file",
        Kind::Acknowledge => "acknowledge",
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::built_in;
    use super::*;

    fn changed(change: impl FnOnce(&mut Form)) -> Form {
        let mut form = built_in().form.clone();
        form.id = "other".to_owned();
        change(&mut form);
        form
    }

    fn field<'a>(form: &'a mut Form, name: &str) -> &'a mut Field {
        form.fields.iter_mut().find(|field| field.name == name).unwrap()
    }

    #[test]
    fn the_same_key_with_the_same_meaning_is_shared() {
        assert_eq!(clashes(&changed(|_| {}), [built_in().form]), []);
        let relabelled = changed(|form| field(form, "house_no").label = survey_form::model::Text::default());
        assert_eq!(clashes(&relabelled, [built_in().form]), []);
    }

    #[test]
    fn another_kind_or_another_meaning_of_a_choice_clashes() {
        let retyped = changed(|form| field(form, "household_size").kind = Kind::Text);
        let found = clashes(&retyped, [built_in().form]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].english().contains("household_size is text here and integer in thai-household-need")
        );
        assert!(found[0].thai().contains("กรุณาตั้งชื่อ"));

        let swapped = changed(|form| {
            let list = form.lists.get_mut("tenure").unwrap();
            let label = list.choices[0].label.clone();
            list.choices[0].label = list.choices[1].label.clone();
            list.choices[1].label = label;
        });
        let found = clashes(&swapped, [built_in().form]);
        assert_eq!(found.len(), 2);
        assert!(found[0].english().contains("the choice"), "{}", found[0].english());
    }
}
