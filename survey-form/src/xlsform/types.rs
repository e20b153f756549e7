//! The type column: what a row is, under all the names that XLSForm has had for it.

use super::names::{similar, single_spaced};
use crate::fault::{Instead, SheetFault};
use crate::model::{Kind, Metadata, Range};

/// What a row of the survey sheet is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RowType {
    Begin(Container),
    End(Container),
    /// A question that takes nothing from elsewhere, and what its type adds to its cells.
    Question(Kind, Preset),
    /// A question with choices.
    Select(Select),
    /// A table that formulas read; its row's name is the table's.
    External(&'static str),
}

/// What rows between a begin and an end are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Container {
    Group,
    Repeat,
    /// Once for each choice of a list; empty in an end.
    Loop(String),
}

/// What an old type means beyond its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preset {
    None,
    /// Digits only.
    Digits,
    /// A whole number from 0 to this.
    UpTo(u32),
    /// The file of a program that is not called from here.
    MapFile,
}

/// A question with choices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Select {
    pub(super) picks: Picks,
    pub(super) from: ChoicesFrom,
    /// Whether the choice “other” and a question after it are added.
    pub(super) or_other: bool,
}

/// How many choices an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Picks {
    One,
    Several,
    Ranked,
}

/// Where choices come from, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ChoicesFrom {
    List(String),
    External(String),
    File(String),
    /// `${name}`.
    Answers(String),
}

const SELECTS: [(&str, Picks, bool); 16] = [
    ("select_one_from_file", Picks::One, true),
    ("select one from file", Picks::One, true),
    ("select_multiple_from_file", Picks::Several, true),
    ("select multiple from file", Picks::Several, true),
    ("add select one prompt using", Picks::One, false),
    ("add select multiple prompt using", Picks::Several, false),
    ("select all that apply from", Picks::Several, false),
    ("select one from", Picks::One, false),
    ("select all that apply", Picks::Several, false),
    ("select_one_external", Picks::One, false),
    ("select_multiple", Picks::Several, false),
    ("select multiple", Picks::Several, false),
    ("select_one", Picks::One, false),
    ("select one", Picks::One, false),
    ("select1", Picks::One, false),
    ("rank", Picks::Ranked, false),
];

const CONTAINERS: [&str; 5] = ["looped group", "lgroup", "group", "repeat", "loop"];

/// Types that a misspelt one may mean.
const COMMON: [&str; 37] = [
    "text",
    "integer",
    "decimal",
    "range",
    "date",
    "time",
    "dateTime",
    "geopoint",
    "geotrace",
    "geoshape",
    "image",
    "audio",
    "video",
    "file",
    "barcode",
    "note",
    "calculate",
    "acknowledge",
    "hidden",
    "rank",
    "start",
    "end",
    "today",
    "deviceid",
    "phonenumber",
    "username",
    "email",
    "audit",
    "csv-external",
    "select_one",
    "select_multiple",
    "select_one_from_file",
    "begin group",
    "end group",
    "begin repeat",
    "end repeat",
    "xml-external",
];

/// Reads a cell of the type column.
pub(super) fn read(written: &str) -> Result<RowType, SheetFault> {
    let text = single_spaced(written);
    let lower = text.to_lowercase();
    if let Some(container) = after(&lower, &text, &["begin ", "begin_"]) {
        return begin(container, written);
    }
    if let Some(container) = after(&lower, &text, &["end ", "end_"])
        && !matches!(lower.as_str(), "end time" | "end_time")
    {
        let (container, _) = container_of(container).ok_or_else(|| unknown(written))?;
        return Ok(RowType::End(container));
    }
    for (command, picks, is_file) in SELECTS {
        if lower == command {
            return Err(SheetFault::MissingListName { kind: text });
        }
        if let Some(rest) = after(&lower, &text, &[&format!("{command} ")]) {
            return select(command, picks, is_file, rest, written);
        }
    }
    plain(&lower, written)
}

/// What stands after one of these beginnings, in its own case.
fn after<'a>(lower: &str, text: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    let beginning = beginnings.iter().find(|beginning| lower.starts_with(**beginning))?;
    text.get(beginning.len()..)
}

fn begin(text: &str, written: &str) -> Result<RowType, SheetFault> {
    let (container, rest) = container_of(text).ok_or_else(|| unknown(written))?;
    let list = rest.strip_prefix("over ").unwrap_or(rest).trim();
    match container {
        Container::Loop(_) if list.is_empty() => {
            Err(SheetFault::MissingListName { kind: written.to_owned() })
        }
        Container::Loop(_) => Ok(RowType::Begin(Container::Loop(list.to_owned()))),
        container => Ok(RowType::Begin(container)),
    }
}

fn container_of(text: &str) -> Option<(Container, &str)> {
    let lower = text.to_lowercase();
    let name = CONTAINERS
        .into_iter()
        .find(|name| lower.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))?;
    let container = match name {
        "group" => Container::Group,
        "loop" => Container::Loop(String::new()),
        _ => Container::Repeat,
    };
    Some((container, text.get(name.len()..)?.trim_start()))
}

fn select(
    command: &str,
    picks: Picks,
    is_file: bool,
    rest: &str,
    written: &str,
) -> Result<RowType, SheetFault> {
    let lower = rest.to_lowercase();
    let endings = [" or specify other", " or_other", " or other"];
    let ending = endings.into_iter().find(|ending| lower.ends_with(ending));
    let list = rest[..rest.len() - ending.map_or(0, str::len)].trim();
    if list.contains(' ') && !list.starts_with("${") {
        return Err(unknown(written));
    }
    let (_, extension) = list.rsplit_once('.').unwrap_or_default();
    let is_table = matches!(extension, "csv" | "xml" | "geojson");
    let from = if let Some(name) = list.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        ChoicesFrom::Answers(name.trim().to_owned())
    } else if is_file && !is_table {
        return Err(SheetFault::BadFileName { file: list.to_owned() });
    } else if is_table {
        ChoicesFrom::File(list.to_owned())
    } else if command == "select_one_external" {
        ChoicesFrom::External(list.to_owned())
    } else {
        ChoicesFrom::List(list.to_owned())
    };
    Ok(RowType::Select(Select { picks, from, or_other: ending.is_some() }))
}

fn plain(lower: &str, written: &str) -> Result<RowType, SheetFault> {
    let plain = |kind| Ok(RowType::Question(kind, Preset::None));
    let unsupported = |instead| Err(SheetFault::UnsupportedType { written: written.to_owned(), instead });
    match lower {
        "text" | "string" | "q string" | "add text prompt" => plain(Kind::Text),
        "integer" | "int" | "q int" | "add integer prompt" => plain(Kind::Integer),
        "decimal" | "q decimal" | "add decimal prompt" => plain(Kind::Decimal),
        "range" => plain(Kind::Range(Range { start: 1.0, end: 10.0, step: 1.0 })),
        "date" | "q date" | "add date prompt" => plain(Kind::Date),
        "time" => plain(Kind::Time),
        "datetime"
        | "date time"
        | "q datetime"
        | "q date time"
        | "add datetime prompt"
        | "add date time prompt" => plain(Kind::DateTime),
        "geopoint" | "gps" | "location" | "q geopoint" | "q location" | "add location prompt" => {
            plain(Kind::Geopoint)
        }
        "geotrace" | "q geotrace" => plain(Kind::Geotrace),
        "geoshape" | "q geoshape" => plain(Kind::Geoshape),
        "image" | "photo" | "q image" | "q picture" | "add image prompt" | "add photo prompt" => {
            plain(Kind::Image)
        }
        "signature" => plain(Kind::Signature),
        "audio" | "q audio" | "add audio prompt" => plain(Kind::Audio),
        "video" | "q video" | "add video prompt" => plain(Kind::Video),
        "file" | "add file prompt" => plain(Kind::File),
        "barcode" | "q barcode" | "add barcode prompt" => plain(Kind::Barcode),
        "note" | "q note" | "add note prompt" => plain(Kind::Note),
        "calculate" | "q calculate" | "add calculate prompt" => plain(Kind::Calculate),
        "acknowledge" | "trigger" | "q acknowledge" | "add acknowledge prompt" => plain(Kind::Acknowledge),
        "hidden" => plain(Kind::Hidden),
        "phone number" => Ok(RowType::Question(Kind::Text, Preset::Digits)),
        "percentage" => Ok(RowType::Question(Kind::Integer, Preset::UpTo(100))),
        "number of days in last month" => Ok(RowType::Question(Kind::Integer, Preset::UpTo(31))),
        "number of days in last six months" => Ok(RowType::Question(Kind::Integer, Preset::UpTo(183))),
        "number of days in last year" => Ok(RowType::Question(Kind::Integer, Preset::UpTo(365))),
        "csv-external" => Ok(RowType::External("csv")),
        "xml-external" => Ok(RowType::External("xml")),
        "background-geopoint" => unsupported(Instead::Geopoint),
        "include" => unsupported(Instead::CopyRows),
        "tel" => unsupported(Instead::Text),
        lower if lower == "osm" || lower.starts_with("osm ") => {
            Ok(RowType::Question(Kind::File, Preset::MapFile))
        }
        lower if lower.starts_with("db:") => unsupported(Instead::Households),
        lower if lower.starts_with("cascading") => unsupported(Instead::ChoiceFilter),
        lower => metadata(lower).map(Kind::Metadata).map_or_else(|| Err(unknown(written)), plain),
    }
}

fn metadata(lower: &str) -> Option<Metadata> {
    Some(match lower {
        "start" | "start time" | "get start time" => Metadata::Start,
        "end" | "end time" | "get end time" => Metadata::End,
        "today" | "get today" => Metadata::Today,
        "deviceid" | "device id" | "get device id" | "imei" | "uri:deviceid" => Metadata::DeviceId,
        "phonenumber" | "get phone number" | "uri:phonenumber" => Metadata::PhoneNumber,
        "simserial" | "sim id" | "get sim id" | "uri:simserial" => Metadata::SimSerial,
        "subscriberid" | "subscriber id" | "get subscriber id" | "uri:subscriberid" => Metadata::SubscriberId,
        "username" | "uri:username" => Metadata::Username,
        "email" | "uri:email" => Metadata::Email,
        "audit" => Metadata::Audit,
        "start-geopoint" => Metadata::StartGeopoint,
        "background-audio" => Metadata::BackgroundAudio,
        _ => return None,
    })
}

fn unknown(written: &str) -> SheetFault {
    let first = single_spaced(written);
    let word = first.split(' ').next().unwrap_or_default();
    let similar = similar(&first, COMMON).or_else(|| similar(word, COMMON));
    SheetFault::UnknownType { written: written.to_owned(), similar }
}

impl Container {
    /// As an author writes it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Repeat => "repeat",
            Self::Loop(_) => "loop",
        }
    }
}

/// What yes and no are in cells that say one of them.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "true()" => Some(true),
        "no" | "false" | "false()" => Some(false),
        _ => None,
    }
}
