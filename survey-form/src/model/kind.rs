//! Kinds of fields.

use crate::model::FieldId;
use serde::{Deserialize, Serialize};

/// What a field asks or does, and so how its answer is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Fields that belong together.
    Group,
    /// Fields asked once for each row.
    Repeat,
    /// Stored as text.
    #[default]
    Text,
    /// Stored as a whole number.
    Integer,
    /// Stored as a decimal; a whole number is accepted.
    Decimal,
    /// A number between two, in steps. Whole where start, end and step are.
    Range(Range),
    /// One choice, stored by its name.
    SelectOne(ChoiceSource),
    /// Any choices, stored as `question/choice` -> true or false.
    SelectMultiple(ChoiceSource),
    /// Every choice in an order, stored as names with spaces between.
    Rank(ChoiceSource),
    /// Stored as `YYYY-MM-DD`.
    Date,
    /// Stored as `HH:MM[:SS]`.
    Time,
    /// Stored as ISO 8601.
    DateTime,
    /// Stored as `latitude longitude altitude accuracy`.
    Geopoint,
    /// Points with `;` between.
    Geotrace,
    /// Points with `;` between, the last one the first.
    Geoshape,
    /// Stored as text.
    Barcode,
    /// Stored as `sha256:…`; so are the next four.
    Image,
    /// A sound.
    Audio,
    /// A film.
    Video,
    /// Any file.
    File,
    /// A drawn signature.
    Signature,
    /// Text only; nothing is stored.
    Note,
    /// Stored as `OK`.
    Acknowledge,
    /// Derived by its calculation; never stored.
    Calculate,
    /// Not shown; holds its default, or what a trigger writes.
    Hidden,
    /// Known to the device.
    Metadata(Metadata),
}

/// Bounds of a [`Kind::Range`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The first value.
    pub start: f64,
    /// The last value; below `start` where the range goes down.
    pub end: f64,
    /// The distance of two values; positive.
    pub step: f64,
}

impl Range {
    /// Whether its values are whole numbers.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        [self.start, self.end, self.step].iter().all(|bound| bound.fract() == 0.0)
    }
}

/// Where a select takes its choices from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceSource {
    /// A list of the choices sheet.
    List(String),
    /// A table from outside (`select_one_from_file`): its instance name, and the columns that hold
    /// the stored name and the label.
    Table {
        /// Key of [`Form::tables`](crate::model::Form::tables).
        table: String,
        /// `name` unless the parameters say otherwise.
        value: String,
        /// `label` unless the parameters say otherwise.
        label: String,
    },
    /// The answers that a field of a repeat has in its rows (`select_one ${name}`).
    Rows(FieldId),
}

/// What a device knows of itself or of the interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metadata {
    /// When the interview began, dateTime.
    Start,
    /// When it was saved, dateTime.
    End,
    /// The day on which it began.
    Today,
    /// The device's id.
    DeviceId,
    /// The phone's number.
    PhoneNumber,
    /// The SIM card's serial number.
    SimSerial,
    /// The subscriber's id.
    SubscriberId,
    /// Who is signed in.
    Username,
    /// Their address.
    Email,
    /// Log of the interview.
    Audit,
    /// Where the interview began.
    StartGeopoint,
    /// A recording of the interview.
    BackgroundAudio,
}

impl Kind {
    /// Whether other fields lie in it.
    #[must_use]
    pub fn is_container(&self) -> bool {
        matches!(self, Self::Group | Self::Repeat)
    }

    /// Whether a household document can hold an answer of it.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        !matches!(self, Self::Group | Self::Repeat | Self::Note | Self::Calculate)
    }

    /// Where its choices come from.
    #[must_use]
    pub fn choices(&self) -> Option<&ChoiceSource> {
        match self {
            Self::SelectOne(source) | Self::SelectMultiple(source) | Self::Rank(source) => Some(source),
            _ => None,
        }
    }
}
