//! What is known of a household, as far as scores ask. A code is the name of a choice of the form.

/// A household. What was not answered is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(default))]
pub struct Household {
    /// What the last visit that asked was answered: `full`, `no_sensitive` or `refused`.
    pub consent: Option<String>,
    /// Who lives in the house.
    pub household_size: Option<i64>,
    /// Income of all together in a year, baht.
    pub income_year: Option<i64>,
    /// All debts, baht.
    pub debt_total: Option<i64>,
    /// Whether there are debts outside the system: `yes`, `no`, `unknown`.
    pub debt_informal: Option<String>,
    /// Whether there are savings.
    pub savings_any: Option<String>,
    /// By what right they live there.
    pub tenure: Option<String>,
    /// How close an eviction is, 0 to 3.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "json::grade"))]
    pub eviction_risk: Option<u8>,
    /// State of the roof, 0 sound to 3 unfit to live under; so are the next three.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "json::grade"))]
    pub roof_condition: Option<u8>,
    /// State of the walls.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "json::grade"))]
    pub wall_condition: Option<u8>,
    /// State of the floor.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "json::grade"))]
    pub floor_condition: Option<u8>,
    /// State of posts, beams and stairs.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "json::grade"))]
    pub structure_condition: Option<u8>,
    /// The toilet.
    pub toilet: Option<String>,
    /// Where drinking water comes from.
    pub drinking_water: Option<String>,
    /// Whether water lasts through the year.
    pub water_enough: Option<String>,
    /// Where electricity comes from.
    pub electricity: Option<String>,
    /// Rooms to sleep in.
    pub sleeping_rooms: Option<i64>,
    /// What threatens the house again and again.
    pub hazards: Option<Vec<String>>,
    /// What happened to the house within a year.
    pub housing_event: Option<String>,
    /// How the house is registered.
    pub house_registration: Option<String>,
    /// Whether help with registering is wanted.
    pub reg_help_needed: Option<String>,
    /// The members that were written down.
    pub members: Vec<Member>,
    /// What they need.
    pub needs: Vec<Need>,
}

/// A member of a household.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(default))]
pub struct Member {
    /// Year of birth (พ.ศ.).
    pub m_birth_year_be: Option<i64>,
    /// Kinds of disability.
    pub m_disability: Option<Vec<String>>,
    /// How far they depend on others.
    pub m_dependency: Option<String>,
    /// Whether somebody cares for them.
    pub m_has_caregiver: Option<String>,
    /// Highest education.
    pub m_education: Option<String>,
    /// Whether they go to school.
    pub m_in_school: Option<String>,
    /// Main occupation.
    pub m_occupation: Option<String>,
    /// State of the welfare card.
    pub m_card_status: Option<String>,
    /// Allowances they receive.
    pub m_benefits: Option<Vec<String>>,
    /// Who pays when they are ill.
    pub m_health_scheme: Option<String>,
    /// Papers of the person.
    pub m_id_status: Option<String>,
}

/// Something that a household needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(default))]
pub struct Need {
    /// What.
    pub need_category: Option<String>,
    /// How soon: `now`, `month`, `year`, `later`.
    pub need_urgency: Option<String>,
}

/// Whether a code is one of these.
pub(crate) fn is(code: Option<&String>, any: &[&str]) -> bool {
    code.is_some_and(|code| any.contains(&code.as_str()))
}

impl Household {
    /// Whether health and disability may be looked at.
    pub(crate) fn has_full_consent(&self) -> bool {
        is(self.consent.as_ref(), &["full"])
    }

    /// Income per person and year, baht, where both are known.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "baht are far below 2^53")]
    pub fn income_per_person(&self) -> Option<f64> {
        let persons = self.household_size.filter(|persons| *persons > 0)?;
        Some(self.income_year? as f64 / persons as f64)
    }

    /// Persons to a sleeping room; a house without one counts as one room.
    #[expect(clippy::cast_precision_loss, reason = "persons and rooms are few")]
    pub(crate) fn persons_per_room(&self) -> Option<f64> {
        Some(self.household_size? as f64 / self.sleeping_rooms?.max(1) as f64)
    }

    /// The states of roof, walls, floor and structure.
    pub(crate) fn parts(&self) -> [Option<u8>; 4] {
        [self.roof_condition, self.wall_condition, self.floor_condition, self.structure_condition]
    }
}

#[cfg(feature = "serde")]
mod json {
    use serde::{Deserialize, Deserializer};

    /// A grade is a choice named by its number: `"2"`; a number is taken, too.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Grade {
        Name(String),
        Number(u8),
    }

    pub(super) fn grade<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
        let name = match Option::<Grade>::deserialize(deserializer)? {
            None => return Ok(None),
            Some(Grade::Number(number)) => return Ok(Some(number)),
            Some(Grade::Name(name)) => name,
        };
        name.parse()
            .map(Some)
            .map_err(|_| serde::de::Error::custom(format!("`{name}` is no grade: 0, 1, 2 or 3")))
    }
}
