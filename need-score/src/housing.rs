//! The housing score.

use crate::household::{Household, is};
use crate::parameters::Parameters;
use crate::score::half_up;

const WEIGHTS: [f64; 4] = [0.3, 0.2, 0.2, 0.3];

/// How badly a household is housed, 0 to 100: 40 for roof, walls, floor and structure, 20 for tenure, 15
/// for toilet, water and electricity, 10 for crowding, 5 for hazards, 10 for an eviction that is near.
/// Nobody's house is 100. What is not answered counts as sound, so that the score never rises by guessing.
#[must_use]
pub fn housing_score(household: &Household, parameters: &Parameters) -> u8 {
    if is(household.tenure.as_ref(), &["homeless"]) {
        return 100;
    }
    let points = |applies: bool, points: f64| if applies { points } else { 0.0 };
    let worn: f64 = WEIGHTS
        .iter()
        .zip(household.parts())
        .map(|(weight, part)| weight * f64::from(part.unwrap_or(0)) / 3.0)
        .sum();
    let condition = 40.0 * worn;
    let tenure = 20.0 * tenure_grade(household.tenure.as_deref()) / 3.0;
    let water = is(household.drinking_water.as_ref(), &["surface", "other"])
        || is(household.water_enough.as_ref(), &["no"]);
    let services = points(household.toilet.as_ref().is_some_and(|toilet| toilet != "own"), 7.0)
        + points(water, 4.0)
        + points(is(household.electricity.as_ref(), &["shared", "none"]), 4.0);
    let crowding =
        points(household.persons_per_room().is_some_and(|persons| persons > parameters.overcrowd), 10.0);
    let threatened = |hazard: &String| is(Some(hazard), &["flood", "fire", "landslide", "erosion"]);
    let hazard = points(household.hazards.iter().flatten().any(threatened), 5.0);
    let eviction = 10.0 * f64::from(household.eviction_risk.unwrap_or(0)) / 3.0;
    half_up(condition + tenure + services + crowding + hazard + eviction)
}

fn tenure_grade(tenure: Option<&str>) -> f64 {
    match tenure {
        None | Some("own") => 0.0,
        Some("family_land" | "rent_land" | "rent_house" | "other_land_permit" | "state_permit") => 1.0,
        Some("temple") => 2.0,
        Some(_) => 3.0,
    }
}
