//! The villages as GeoJSON (RFC 7946): the middle of each, never a house.

use geojson::{Feature, FeatureCollection, Geometry, GeometryValue, JsonObject, feature::Id};
use serde_json::{Value, json};

use super::{MapPoint, Paper, stamp};
use crate::planning::annex::Cell;
use crate::planning::told::Language;

/// A feature for each village. A count that is hidden or not known is `null`, so that a map program takes
/// the column for numbers; the property `hidden` names those that are hidden. A village whose middle nobody
/// knows has no geometry. The stamp is a member of the collection.
#[must_use]
pub fn geojson(paper: &Paper) -> String {
    let heading = &paper.heading;
    let stamp = json!({
        "title": stamp::title(heading),
        "tambon_code": heading.tambon.to_string(),
        "place": stamp::place(heading),
        "as_of": stamp::as_of(heading),
        "log_seq": heading.log_seq,
        "list": heading.list,
        "snapshot": heading.snapshot,
        "parameters": heading.parameters,
        "hidden_below": heading.hidden_below,
        "note": stamp::hiding(heading),
    });
    let mut members = JsonObject::new();
    members.insert("name".to_owned(), Value::from(stamp::title(heading).words(Language::Th)));
    members.insert("stamp".to_owned(), stamp);
    let features = heading.points.iter().map(feature).collect();
    FeatureCollection { bbox: None, features, foreign_members: Some(members) }.to_string()
}

fn feature(point: &MapPoint) -> Feature {
    let own = [("households", &point.households), ("poor", &point.poor)];
    let more = point.counts.iter().map(|(name, cell)| (name.as_str(), cell));
    let mut properties = JsonObject::new();
    properties.insert("village_code".to_owned(), Value::from(point.code.as_str()));
    properties.insert("name".to_owned(), Value::from(point.name.th.as_str()));
    properties.insert("name_en".to_owned(), Value::from(point.name.en.as_str()));
    let mut hidden = Vec::new();
    for (name, cell) in own.into_iter().chain(more) {
        properties.insert(name.to_owned(), number(cell));
        if *cell == Cell::Hidden {
            hidden.push(name);
        }
    }
    properties.insert("hidden".to_owned(), Value::from(hidden.join(",")));
    let known = point.middle.filter(|middle| middle.lat.is_finite() && middle.lon.is_finite());
    let geometry = known
        .map(|middle| Geometry::new(GeometryValue::new_point([rounded(middle.lon), rounded(middle.lat)])));
    let id = Some(Id::String(point.code.clone()));
    Feature { bbox: None, geometry, id, properties: Some(properties), foreign_members: None }
}

fn number(cell: &Cell) -> Value {
    match cell {
        Cell::Count(count) => Value::from(*count),
        Cell::Baht(baht) => Value::from(*baht),
        Cell::Change(change) => Value::from(*change),
        Cell::PerMille(tenths) => Value::from(f64::from(*tenths) / 10.0),
        Cell::Hidden | Cell::Missing | Cell::Text(_) => Value::Null,
    }
}

/// To about 10 centimetres, which is more than anyone knows of the middle of a village.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}
