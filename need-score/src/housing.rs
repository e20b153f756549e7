//! The housing score.

use crate::household::{Household, is};
use crate::parameters::Parameters;

/// Thirds of a point for each grade of roof, walls, floor and structure: of the 40 points 12, 8, 8 and 12.
const PARTS: [u32; 4] = [12, 8, 8, 12];
const CROWDING_POINTS: u32 = 10;

/// How badly a household is housed, 0 to 100: 40 for roof, walls, floor and structure, 20 for tenure, 15
/// for toilet, water and electricity, 10 for crowding, 5 for hazards, 10 for an eviction that is near.
/// Nobody's house is 100. What is not answered counts as sound, so that the score never rises by guessing.
#[must_use]
pub fn housing_score(household: &Household, parameters: &Parameters) -> u8 {
    let is_homeless = is(household.tenure.as_ref(), &["homeless"]);
    housing_of(is_homeless, thirds(household), household, parameters)
}

/// The housing score of all but crowding, in thirds of a point, and of how crowded the house is.
pub(crate) fn housing_of(
    is_homeless: bool,
    thirds: u32,
    household: &Household,
    parameters: &Parameters,
) -> u8 {
    if is_homeless {
        return 100;
    }
    let is_crowded = household.persons_per_room().is_some_and(|persons| persons > parameters.overcrowd);
    let thirds = thirds + if is_crowded { 3 * CROWDING_POINTS } else { 0 };
    // To the nearest point: thirds are never halfway.
    u8::try_from((thirds + 1) / 3).unwrap_or(u8::MAX)
}

/// All but crowding, in thirds of a point.
pub(crate) fn thirds(household: &Household) -> u32 {
    let points = |applies: bool, points: u32| if applies { 3 * points } else { 0 };
    let worn =
        PARTS.iter().zip(household.parts()).map(|(thirds, part)| thirds * u32::from(part.unwrap_or(0)));
    let worn: u32 = worn.sum();
    let tenure = 20 * tenure_grade(household.tenure.as_deref());
    let water = is(household.drinking_water.as_ref(), &["surface", "other"])
        || is(household.water_enough.as_ref(), &["no"]);
    let services = points(household.toilet.as_ref().is_some_and(|toilet| toilet != "own"), 7)
        + points(water, 4)
        + points(is(household.electricity.as_ref(), &["shared", "none"]), 4);
    let threatened = |hazard: &String| is(Some(hazard), &["flood", "fire", "landslide", "erosion"]);
    let hazard = points(household.hazards.iter().flatten().any(threatened), 5);
    let eviction = 10 * u32::from(household.eviction_risk.unwrap_or(0));
    worn + tenure + services + hazard + eviction
}

fn tenure_grade(tenure: Option<&str>) -> u32 {
    match tenure {
        None | Some("own") => 0,
        Some("family_land" | "rent_land" | "rent_house" | "other_land_permit" | "state_permit") => 1,
        Some("temple") => 2,
        Some(_) => 3,
    }
}
