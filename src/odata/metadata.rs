//! The metadata document: which entity sets there are, in CSDL XML.

use std::fmt::Write;

use super::{EntitySet, Kind};

impl Kind {
    const fn edm(self) -> &'static str {
        match self {
            Self::Text => "Edm.String",
            Self::Int => "Edm.Int64",
            Self::Double => "Edm.Double",
            Self::Bool => "Edm.Boolean",
            Self::Date => "Edm.Date",
        }
    }
}

/// The document that describes these sets.
#[must_use]
pub fn metadata(sets: &[EntitySet]) -> String {
    let mut xml = String::from(concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        r#"<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>"#,
        r#"<Schema Namespace="samruat" xmlns="http://docs.oasis-open.org/odata/ns/edm">"#,
    ));
    for set in sets {
        entity(&mut xml, set);
    }
    xml.push_str(r#"<EntityContainer Name="Plan">"#);
    for EntitySet { name, entity, .. } in sets {
        let _ = write!(xml, r#"<EntitySet Name="{name}" EntityType="samruat.{entity}"/>"#);
    }
    xml.push_str("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>");
    xml
}

/// Names are identifiers: there is nothing to escape.
fn entity(xml: &mut String, set: &EntitySet) {
    let _ = write!(xml, r#"<EntityType Name="{}">"#, set.entity);
    for (at, property) in set.properties.iter().enumerate() {
        let name = &property.name;
        if at == 0 {
            let _ = write!(xml, r#"<Key><PropertyRef Name="{name}"/></Key>"#);
        }
        let nullable = if at == 0 { r#" Nullable="false""# } else { "" };
        let _ = write!(xml, r#"<Property Name="{name}" Type="{}"{nullable}/>"#, property.kind.edm());
    }
    xml.push_str("</EntityType>");
}

#[cfg(test)]
mod tests {
    use super::super::Property;
    use super::*;

    #[test]
    fn the_first_property_is_the_key() {
        let properties = vec![Property::new("Id", Kind::Text), Property::new("Rooms", Kind::Int)];
        let xml = metadata(&[EntitySet { name: "Households", entity: "Household", properties }]);
        for part in [
            r#"<EntityType Name="Household"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.String" Nullable="false"/>"#,
            r#"<Property Name="Rooms" Type="Edm.Int64"/>"#,
            r#"<EntitySet Name="Households" EntityType="samruat.Household"/>"#,
        ] {
            assert!(xml.contains(part), "{xml}");
        }
    }
}
