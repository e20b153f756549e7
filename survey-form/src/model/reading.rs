//! A form read from its JSON without serde's derived readers: a phone would download a fifth of its program
//! for them. A test sees to it that both read the same.

use super::{
    Choice, ChoiceList, Field, FieldId, Form, Initial, Kind, Metadata, Piece, Range, Shuffle, Table,
    Template, Text,
};
use crate::model::ChoiceSource;
use light::json::{FromJson, Json, Object};

impl Form {
    /// Reads the JSON of a form; `None` where it is none.
    #[must_use]
    pub fn read(json: &[u8]) -> Option<Self> {
        Self::from_json(Json::read(json)?)
    }
}

impl FromJson for Form {
    fn from_json(json: Json) -> Option<Self> {
        let mut form = json.object()?;
        Some(Self {
            id: form.take_or_default("id")?,
            version: form.take_or_default("version")?,
            title: form.take_or_default("title")?,
            languages: form.take_or_default("languages")?,
            default_language: form.take_or_default("default_language")?,
            instance_name: form.take("instance_name")?,
            settings: form.take_or_default("settings")?,
            fields: form.take_or_default("fields")?,
            lists: form.take_or_default("lists")?,
            tables: form.take_or_default("tables")?,
        })
    }
}

impl FromJson for Field {
    fn from_json(json: Json) -> Option<Self> {
        let mut field = json.object()?;
        Some(Self {
            name: field.take_or_default("name")?,
            other_key: field.take("key")?,
            kind: field.take_or_default("kind")?,
            parent: field.take("parent")?,
            row: field.take_or_default("row")?,
            label: field.take_or_default("label")?,
            hint: field.take_or_default("hint")?,
            guidance: field.take_or_default("guidance")?,
            media: field.take_or_default("media")?,
            relevant: field.take("relevant")?,
            required: field.take("required")?,
            required_message: field.take_or_default("required_message")?,
            constraint: field.take("constraint")?,
            constraint_message: field.take_or_default("constraint_message")?,
            soft_constraint: field.take("soft_constraint")?,
            soft_constraint_message: field.take_or_default("soft_constraint_message")?,
            calculation: field.take("calculation")?,
            default: field.take("default")?,
            trigger: field.take_or_default("trigger")?,
            read_only: field.take("read_only")?,
            choice_filter: field.take("choice_filter")?,
            shuffle: field.take("shuffle")?,
            repeat_count: field.take("repeat_count")?,
            appearance: field.take_or_default("appearance")?,
            parameters: field.take_or_default("parameters")?,
            extra: field.take_or_default("extra")?,
        })
    }
}

impl FromJson for FieldId {
    fn from_json(json: Json) -> Option<Self> {
        u32::from_json(json).map(Self)
    }
}

impl FromJson for Text {
    fn from_json(json: Json) -> Option<Self> {
        Vec::from_json(json).map(Self)
    }
}

impl FromJson for Template {
    fn from_json(json: Json) -> Option<Self> {
        match json {
            Json::Text(text) => Some(Self::plain(text)),
            pieces => Vec::from_json(pieces).map(Self),
        }
    }
}

impl FromJson for Piece {
    fn from_json(json: Json) -> Option<Self> {
        let (kind, piece) = json.variant()?;
        match kind.as_str() {
            "t" => String::from_json(piece).map(Self::Literal),
            "v" => FromJson::from_json(piece).map(Self::Value),
            _ => None,
        }
    }
}

impl FromJson for Initial {
    fn from_json(json: Json) -> Option<Self> {
        let (kind, initial) = json.variant()?;
        match kind.as_str() {
            "value" => FromJson::from_json(initial).map(Self::Value),
            "dynamic" => FromJson::from_json(initial).map(Self::Dynamic),
            _ => None,
        }
    }
}

impl FromJson for Shuffle {
    fn from_json(json: Json) -> Option<Self> {
        let (kind, seed) = json.variant()?;
        match kind.as_str() {
            "unseeded" => Some(Self::Unseeded),
            "seeded" => FromJson::from_json(seed).map(Self::Seeded),
            _ => None,
        }
    }
}

impl FromJson for ChoiceList {
    fn from_json(json: Json) -> Option<Self> {
        let mut list = json.object()?;
        Some(Self { columns: list.take_or_default("columns")?, choices: list.take_or_default("choices")? })
    }
}

impl FromJson for Choice {
    fn from_json(json: Json) -> Option<Self> {
        let mut choice = json.object()?;
        Some(Self {
            name: choice.take_or_default("name")?,
            label: choice.take_or_default("label")?,
            media: choice.take_or_default("media")?,
            cells: choice.take_or_default("cells")?,
            row: choice.take_or_default("row")?,
        })
    }
}

impl FromJson for Table {
    fn from_json(json: Json) -> Option<Self> {
        Some(Self { file: json.object()?.take_or_default("file")? })
    }
}

impl FromJson for Kind {
    fn from_json(json: Json) -> Option<Self> {
        let (kind, more) = json.variant()?;
        Some(match kind.as_str() {
            "group" => Self::Group,
            "repeat" => Self::Repeat,
            "text" => Self::Text,
            "integer" => Self::Integer,
            "decimal" => Self::Decimal,
            "range" => {
                let mut range: Object = more.object()?;
                Self::Range(Range {
                    start: range.take("start")?,
                    end: range.take("end")?,
                    step: range.take("step")?,
                })
            }
            "select_one" => Self::SelectOne(FromJson::from_json(more)?),
            "select_multiple" => Self::SelectMultiple(FromJson::from_json(more)?),
            "rank" => Self::Rank(FromJson::from_json(more)?),
            "date" => Self::Date,
            "time" => Self::Time,
            "date_time" => Self::DateTime,
            "geopoint" => Self::Geopoint,
            "geotrace" => Self::Geotrace,
            "geoshape" => Self::Geoshape,
            "barcode" => Self::Barcode,
            "image" => Self::Image,
            "audio" => Self::Audio,
            "video" => Self::Video,
            "file" => Self::File,
            "signature" => Self::Signature,
            "note" => Self::Note,
            "acknowledge" => Self::Acknowledge,
            "calculate" => Self::Calculate,
            "hidden" => Self::Hidden,
            "metadata" => Self::Metadata(metadata(&String::from_json(more)?)?),
            _ => return None,
        })
    }
}

fn metadata(name: &str) -> Option<Metadata> {
    Some(match name {
        "start" => Metadata::Start,
        "end" => Metadata::End,
        "today" => Metadata::Today,
        "device_id" => Metadata::DeviceId,
        "phone_number" => Metadata::PhoneNumber,
        "sim_serial" => Metadata::SimSerial,
        "subscriber_id" => Metadata::SubscriberId,
        "username" => Metadata::Username,
        "email" => Metadata::Email,
        "audit" => Metadata::Audit,
        "start_geopoint" => Metadata::StartGeopoint,
        "background_audio" => Metadata::BackgroundAudio,
        _ => return None,
    })
}

impl FromJson for ChoiceSource {
    fn from_json(json: Json) -> Option<Self> {
        let (kind, source) = json.variant()?;
        match kind.as_str() {
            "list" => String::from_json(source).map(Self::List),
            "table" => {
                let mut table = source.object()?;
                Some(Self::Table {
                    table: table.take("table")?,
                    value: table.take("value")?,
                    label: table.take("label")?,
                })
            }
            "rows" => FieldId::from_json(source).map(Self::Rows),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same<T: FromJson + serde::Serialize + PartialEq + std::fmt::Debug>(value: T) {
        let json = serde_json::to_vec(&value).expect("JSON");
        assert_eq!(Json::read(&json).and_then(T::from_json), Some(value));
    }

    #[test]
    fn every_kind_of_field_is_read_as_it_is_written() {
        let list = || ChoiceSource::List("yes_no".to_owned());
        let table =
            || ChoiceSource::Table { table: "v".to_owned(), value: "name".to_owned(), label: "l".to_owned() };
        let kinds = [
            Kind::Group,
            Kind::Repeat,
            Kind::Text,
            Kind::Integer,
            Kind::Decimal,
            Kind::Range(Range { start: 0.0, end: 1.5, step: 0.1 }),
            Kind::SelectOne(list()),
            Kind::SelectMultiple(table()),
            Kind::Rank(ChoiceSource::Rows(FieldId(7))),
            Kind::Date,
            Kind::Time,
            Kind::DateTime,
            Kind::Geopoint,
            Kind::Geotrace,
            Kind::Geoshape,
            Kind::Barcode,
            Kind::Image,
            Kind::Audio,
            Kind::Video,
            Kind::File,
            Kind::Signature,
            Kind::Note,
            Kind::Acknowledge,
            Kind::Calculate,
            Kind::Hidden,
        ];
        kinds.into_iter().for_each(same);
        let known = [
            Metadata::Start,
            Metadata::End,
            Metadata::Today,
            Metadata::DeviceId,
            Metadata::PhoneNumber,
            Metadata::SimSerial,
            Metadata::SubscriberId,
            Metadata::Username,
            Metadata::Email,
            Metadata::Audit,
            Metadata::StartGeopoint,
            Metadata::BackgroundAudio,
        ];
        known.into_iter().map(Kind::Metadata).for_each(same);
    }

    #[test]
    fn every_part_of_a_form_is_read_as_it_is_written() {
        let expr = || crate::expr::Expr::Number(0.1);
        let text = |text: &str| {
            Text(vec![
                Template::default(),
                Template(vec![Piece::Literal(text.to_owned()), Piece::Value(expr())]),
            ])
        };
        let words = || [("a".to_owned(), "ข".to_owned())].into();
        let field = Field {
            name: "n".to_owned(),
            other_key: Some("k".to_owned()),
            kind: Kind::Integer,
            parent: Some(FieldId(0)),
            row: 3,
            label: text("label"),
            hint: text("hint"),
            guidance: text("guidance"),
            media: [("image".to_owned(), text("image"))].into(),
            relevant: Some(expr()),
            required: Some(expr()),
            required_message: text("required"),
            constraint: Some(expr()),
            constraint_message: text("constraint"),
            soft_constraint: Some(expr()),
            soft_constraint_message: text("soft"),
            calculation: Some(expr()),
            default: Some(Initial::Dynamic(expr())),
            trigger: vec![FieldId(1)],
            read_only: Some(expr()),
            choice_filter: Some(expr()),
            shuffle: Some(Shuffle::Seeded(expr())),
            repeat_count: Some(expr()),
            appearance: "w1".to_owned(),
            parameters: words(),
            extra: words(),
        };
        let initial = Some(Initial::Value(crate::value::Scalar::Bool(true)));
        let other = Field { default: initial, shuffle: Some(Shuffle::Unseeded), ..Field::default() };
        let choice = Choice {
            name: "1".to_owned(),
            label: text("one"),
            media: [("audio".to_owned(), text("audio"))].into(),
            cells: vec![String::new()],
            row: 9,
        };
        same(Form {
            id: "id".to_owned(),
            version: "2".to_owned(),
            title: text("title"),
            languages: vec!["ไทย (th)".to_owned()],
            default_language: 1,
            instance_name: Some(expr()),
            settings: words(),
            fields: vec![field, other],
            lists: [("l".to_owned(), ChoiceList { columns: vec!["c".to_owned()], choices: vec![choice] })]
                .into(),
            tables: [("t".to_owned(), Table { file: "t.csv".to_owned() })].into(),
        });
        same(Form::default());
    }
}
