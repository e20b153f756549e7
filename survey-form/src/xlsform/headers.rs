//! Headers of the survey and choices sheets: what each column means, under all of its names.

use super::cells::{Column, Columns, Grid};
use super::languages::{Spoken, Translatable};
use super::names::{is_valid, similar, single_spaced};
use super::sink::Sink;
use crate::fault::{Instead, Place, SheetFault};

/// What a column of the survey sheet means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Survey {
    Type,
    Name,
    Label(Spoken),
    Hint(Spoken),
    Guidance(Spoken),
    Media(&'static str, Spoken),
    Relevant,
    Required,
    RequiredMessage(Spoken),
    Constraint,
    ConstraintMessage(Spoken),
    SoftConstraint,
    SoftConstraintMessage(Spoken),
    Calculation,
    Default,
    Trigger,
    ReadOnly,
    ChoiceFilter,
    RepeatCount,
    Appearance,
    Parameters,
    Disabled,
    Pdpa,
    Maps,
    Format,
    /// Kept with the field under this name.
    Kept(String),
}

/// What a column of the choices sheet means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Choices {
    List,
    Name,
    Label(Spoken),
    Media(&'static str, Spoken),
    /// For choice filters, by this name.
    Column(String),
}

const MEDIA: [&str; 4] = ["image", "big-image", "audio", "video"];

/// Headers that a misspelt one may mean.
const SURVEY_HEADERS: [&str; 30] = [
    "type",
    "name",
    "label",
    "hint",
    "guidance_hint",
    "image",
    "audio",
    "video",
    "relevant",
    "required",
    "required_message",
    "constraint",
    "constraint_message",
    "soft_constraint",
    "soft_constraint_message",
    "calculation",
    "default",
    "trigger",
    "read_only",
    "choice_filter",
    "repeat_count",
    "appearance",
    "parameters",
    "pdpa",
    "maps",
    "format",
    "big-image",
    "save_to",
    "body",
    "bind",
];

impl Translatable for Survey {
    fn spoken(&self) -> Option<(&'static str, &Spoken)> {
        Some(match self {
            Self::Label(spoken) => ("label", spoken),
            Self::Hint(spoken) => ("hint", spoken),
            Self::Guidance(spoken) => ("guidance_hint", spoken),
            Self::Media(kind, spoken) => (kind, spoken),
            Self::RequiredMessage(spoken) => ("required_message", spoken),
            Self::ConstraintMessage(spoken) => ("constraint_message", spoken),
            Self::SoftConstraintMessage(spoken) => ("soft_constraint_message", spoken),
            _ => return None,
        })
    }
}

impl Translatable for Choices {
    fn spoken(&self) -> Option<(&'static str, &Spoken)> {
        match self {
            Self::Label(spoken) => Some(("label", spoken)),
            Self::Media(kind, spoken) => Some((kind, spoken)),
            _ => None,
        }
    }
}

/// What becomes of a column.
enum Verdict<M> {
    Means(M),
    /// Means something, but nothing here acts on it.
    Kept(M),
    Unsupported(Instead),
    /// A note of the author.
    Note,
    Unknown,
}

/// The meaning of a header: of its first name in snake case, the names after it, and the whole.
type Meaning<M> = fn(&str, &[&str], &str) -> Verdict<M>;

/// The columns of the survey sheet; `None` where it has no type column.
pub(super) fn survey_columns(grid: &Grid<'_>, sink: &mut Sink) -> Option<Columns<Survey>> {
    let columns = columns(grid, SURVEY_HEADERS, survey_meaning, sink)?;
    need(&columns, &Survey::Type, "type", sink)?;
    need(&columns, &Survey::Name, "name", sink)?;
    Some(columns)
}

/// The columns of the choices or external_choices sheet; `None` where one that it needs is missing.
pub(super) fn choice_columns(grid: &Grid<'_>, sink: &mut Sink) -> Option<Columns<Choices>> {
    let columns = columns(grid, ["list_name", "name", "label", "image"], choices_meaning, sink)?;
    if grid.rows().next().is_none() {
        return Some(columns);
    }
    need(&columns, &Choices::List, "list_name", sink)?;
    need(&columns, &Choices::Name, "name", sink)?;
    Some(columns)
}

fn need<M: PartialEq>(columns: &Columns<M>, means: &M, header: &'static str, sink: &mut Sink) -> Option<()> {
    let has = columns.columns.iter().any(|column| column.means == *means);
    if !has {
        sink.error(columns.row(columns.header_row), SheetFault::MissingColumn { header });
    }
    has.then_some(())
}

fn columns<M: PartialEq>(
    grid: &Grid<'_>,
    known: impl IntoIterator<Item = &'static str> + Clone,
    meaning: Meaning<M>,
    sink: &mut Sink,
) -> Option<Columns<M>> {
    let header = grid.header()?;
    grid.tell_stray(sink);
    let mut columns =
        Columns { sheet: grid.name().to_owned(), header_row: header.number, columns: Vec::new() };
    for cell in &header.cells {
        let written = single_spaced(&cell.text);
        let place = Place {
            sheet: columns.sheet.clone(),
            row: header.number,
            column: cell.column,
            header: written.clone(),
        };
        let means = match read_header(&written, meaning) {
            Verdict::Means(means) => means,
            Verdict::Kept(means) => {
                sink.warning(place.clone(), SheetFault::KeptColumn);
                means
            }
            Verdict::Unsupported(instead) => {
                sink.warning(place, SheetFault::UnsupportedColumn { instead });
                continue;
            }
            Verdict::Note => continue,
            Verdict::Unknown => {
                let base = written.split(':').next().unwrap_or_default().replace(' ', "_");
                let similar = similar(&base, known.clone());
                sink.warning(place, SheetFault::UnknownColumn { similar });
                continue;
            }
        };
        if let Some(first) = columns.columns.iter().find(|column| column.means == means) {
            sink.error(place, SheetFault::DuplicateColumn { first: first.header.clone() });
            continue;
        }
        columns.columns.push(Column { number: cell.column, header: written, means });
    }
    Some(columns)
}

/// A header is a name, or names with `::` between, for which `:` will do.
fn read_header<M>(written: &str, meaning: Meaning<M>) -> Verdict<M> {
    let tokens = if written.contains("::") {
        written.split("::").map(|token| token.trim().to_owned()).collect()
    } else {
        single_colons(written)
    };
    let rest = tokens[1..].iter().map(String::as_str).collect::<Vec<_>>();
    match meaning(&snake_case(&tokens[0]), &rest, written) {
        Verdict::Unknown if written.starts_with(['_', '#']) => Verdict::Note,
        Verdict::Unknown if !rest.is_empty() => meaning(&snake_case(written), &[], written),
        verdict => verdict,
    }
}

/// The names with `:` between; the prefix of a namespace belongs to the name after it.
fn single_colons(written: &str) -> Vec<String> {
    let mut tokens = Vec::<String>::new();
    for token in written.split(':').map(str::trim) {
        match tokens.last_mut() {
            Some(last) if matches!(last.as_str(), "jr" | "entities" | "orx" | "odk") => {
                last.push(':');
                last.push_str(token);
            }
            _ => tokens.push(token.to_owned()),
        }
    }
    tokens
}

fn snake_case(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase()
}

fn survey_meaning(first: &str, rest: &[&str], _: &str) -> Verdict<Survey> {
    use Survey as S;
    let spoken = || rest.first().map(|language| (*language).to_owned());
    let means = match (first, rest) {
        ("bind", [inner, rest @ ..]) => return bind_meaning(inner, rest),
        ("control" | "body", [inner]) => return body_meaning(inner),
        ("media", [kind, rest @ ..]) => return media(kind, rest, S::Media),
        ("instance", [name]) => return Verdict::Kept(S::Kept(format!("instance::{name}"))),
        ("label" | "caption", [] | [_]) => S::Label(spoken()),
        ("hint", [] | [_]) => S::Hint(spoken()),
        ("guidance_hint", [] | [_]) => S::Guidance(spoken()),
        ("required_message" | "requiredmsg", [] | [_]) => S::RequiredMessage(spoken()),
        ("constraint_message" | "constraining_message", [] | [_]) => S::ConstraintMessage(spoken()),
        ("soft_constraint_message", [] | [_]) => S::SoftConstraintMessage(spoken()),
        (kind, rest) if MEDIA.contains(&kind) => return media(kind, rest, S::Media),
        (_, [_, ..]) => return Verdict::Unknown,
        ("type" | "command", _) => S::Type,
        ("name" | "tag" | "value", _) => S::Name,
        ("relevant" | "relevance", _) => S::Relevant,
        ("required", _) => S::Required,
        ("constraint", _) => S::Constraint,
        ("soft_constraint", _) => S::SoftConstraint,
        ("calculation" | "calculate", _) => S::Calculation,
        ("default", _) => S::Default,
        ("trigger", _) => S::Trigger,
        ("read_only" | "readonly", _) => S::ReadOnly,
        ("choice_filter", _) => S::ChoiceFilter,
        ("repeat_count" | "count" | "jr:count", _) => S::RepeatCount,
        ("appearance", _) => S::Appearance,
        ("parameters", _) => S::Parameters,
        ("disabled", _) => S::Disabled,
        ("pdpa", _) => S::Pdpa,
        ("maps", _) => S::Maps,
        ("format", _) => S::Format,
        ("save_to", _) => return Verdict::Unsupported(Instead::Households),
        ("rows" | "autoplay" | "intent" | "query" | "no_app_error_string" | "noapperrorstring", _) => {
            return Verdict::Kept(S::Kept(first.to_owned()));
        }
        (name, _) if name.starts_with("sms_") || name == "compact_tag" => {
            return Verdict::Unsupported(Instead::Sync);
        }
        _ => return Verdict::Unknown,
    };
    Verdict::Means(means)
}

/// `bind::…`: the names of XForms, of which the common ones have a column of their own.
fn bind_meaning(inner: &str, rest: &[&str]) -> Verdict<Survey> {
    use Survey as S;
    let spoken = || rest.first().map(|language| (*language).to_owned());
    Verdict::Means(match (inner, rest) {
        ("relevant", []) => S::Relevant,
        ("required", []) => S::Required,
        ("readonly", []) => S::ReadOnly,
        ("constraint", []) => S::Constraint,
        ("calculate", []) => S::Calculation,
        ("jr:constraintMsg", [] | [_]) => S::ConstraintMessage(spoken()),
        ("jr:requiredMsg", [] | [_]) => S::RequiredMessage(spoken()),
        ("entities:saveto", []) => return Verdict::Unsupported(Instead::Households),
        (name, []) => return Verdict::Kept(S::Kept(format!("bind::{name}"))),
        _ => return Verdict::Unknown,
    })
}

/// `body::…` and `control::…`: attributes of what is drawn.
fn body_meaning(inner: &str) -> Verdict<Survey> {
    match inner {
        "appearance" => Verdict::Means(Survey::Appearance),
        "jr:count" => Verdict::Means(Survey::RepeatCount),
        name => Verdict::Kept(Survey::Kept(format!("body::{name}"))),
    }
}

fn media<M>(kind: &str, rest: &[&str], means: fn(&'static str, Spoken) -> M) -> Verdict<M> {
    let known = MEDIA.into_iter().find(|known| *known == kind);
    match (known, rest) {
        (Some(kind), []) => Verdict::Means(means(kind, None)),
        (Some(kind), [language]) => Verdict::Means(means(kind, Some((*language).to_owned()))),
        _ => Verdict::Unknown,
    }
}

fn choices_meaning(first: &str, rest: &[&str], written: &str) -> Verdict<Choices> {
    use Choices as C;
    let spoken = || rest.first().map(|language| (*language).to_owned());
    Verdict::Means(match (first, rest) {
        ("list_name", []) => C::List,
        ("name" | "value", []) => C::Name,
        ("label" | "caption", [] | [_]) => C::Label(spoken()),
        ("media", [kind, rest @ ..]) => return media(kind, rest, C::Media),
        (kind, rest) if MEDIA.contains(&kind) => return media(kind, rest, C::Media),
        _ if is_valid(written) && !written.starts_with('_') => C::Column(written.to_owned()),
        _ => return Verdict::Unknown,
    })
}
