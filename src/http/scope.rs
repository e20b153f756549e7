//! What a question is about: an area, or a group of areas.

use actix_web::HttpRequest;
use sync_protocol::ids::{TambonCode, VillageCode};

use super::auth::Office;
use super::problem::{Problem, shortened};
use crate::area::{Area, Areas};
use crate::planning::groups::{AreaGroup, Groups, Part};
use crate::planning::region::Region;

/// An area or a group that there is.
#[derive(Debug, Clone)]
pub(super) enum Scope {
    /// A country, province, amphoe, tambon or village.
    Area(Area),
    /// A group.
    Group(AreaGroup),
}

/// The area in an address as it was written. The `/` of a group may come as `%2F`.
pub(super) fn written(request: &HttpRequest) -> String {
    request.match_info().query("area").replace("%2F", "/").replace("%2f", "/")
}

impl Scope {
    /// What this code or name stands for.
    ///
    /// # Errors
    /// [`Problem::UnknownArea`].
    pub(super) fn find(areas: &Areas, groups: &Groups, text: &str) -> Result<Self, Problem> {
        let unknown = |successors: &[Area]| Problem::UnknownArea {
            code: shortened(text).into_owned(),
            successors: successors.iter().map(ToString::to_string).collect(),
        };
        match text.parse::<Region>().map_err(|_| unknown(&[]))? {
            Region::Country => Ok(Self::Area(Area::COUNTRY)),
            Region::Area(area) if areas.contains(area) => Ok(Self::Area(area)),
            Region::Area(area) => Err(unknown(areas.successors(area.shortened(6)))),
            Region::Group(name) => groups.get(&name).cloned().map(Self::Group).ok_or_else(|| unknown(&[])),
        }
    }

    /// Refuses what is not within the office's own area.
    ///
    /// # Errors
    /// [`Problem::OutsideArea`].
    pub(super) fn within(&self, office: &Office) -> Result<(), Problem> {
        match self {
            Self::Area(area) => office.covers(*area),
            Self::Group(group) if group.lies_in(office.area) => Ok(()),
            Self::Group(_) => {
                Err(Problem::OutsideArea { area: self.code(), allowed: office.area.to_string() })
            }
        }
    }

    /// How it is written.
    pub(super) fn code(&self) -> String {
        match self {
            Self::Area(area) => area.to_string(),
            Self::Group(group) => Region::Group(group.name.clone()).to_string(),
        }
    }

    /// Its names in Thai and English.
    pub(super) fn names(&self, areas: &Areas) -> (String, String) {
        match self {
            Self::Group(group) => (group.name_th.clone(), group.name_en.clone()),
            Self::Area(area) => match areas.get(*area) {
                Some(named) => (named.th.to_owned(), named.en.to_owned()),
                None if *area == Area::COUNTRY => ("ประเทศไทย".to_owned(), "Thailand".to_owned()),
                None => (area.to_string(), area.to_string()),
            },
        }
    }

    /// How much of a tambon it has.
    pub(super) fn part_of(&self, tambon: TambonCode) -> Part {
        match self {
            Self::Group(group) => group.part_of(tambon),
            Self::Area(area) if area.covers(tambon.into()) => Part::Whole,
            Self::Area(area) if Area::from(tambon).covers(*area) => {
                VillageCode::try_from(area.code()).map_or(Part::None, |village| Part::Villages(vec![village]))
            }
            Self::Area(_) => Part::None,
        }
    }

    /// Whether all of a group lies in it.
    pub(super) fn has(&self, group: &AreaGroup) -> bool {
        match self {
            Self::Area(area) => group.lies_in(*area),
            Self::Group(around) => group.areas.iter().all(|area| around.covers(*area)),
        }
    }
}
