//! The settlement (ชุมชน) that a household lives in: no question of the form asks for it, the office knows it.

use serde::{Deserialize, Serialize};

use crate::planning::told::Told;

/// Households of a settlement, at most.
const HOUSEHOLDS_MAX: u32 = 100_000;
/// Letters of a canal's name, at most.
const CANAL_MAX: usize = 100;

/// What is known of it. What nobody told is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settlement {
    /// Its households; 0 for a house that stands alone.
    pub households: Option<u32>,
    /// Whether they save together.
    pub saves_together: Option<bool>,
    /// The canal that it lies at, by name, without the word คลอง.
    pub canal: Option<String>,
}

impl Settlement {
    /// The same with the name of its canal as lists of canals have it.
    #[must_use]
    pub fn tidied(self) -> Self {
        let bare = |canal: String| {
            let canal = canal.trim();
            let canal = canal.strip_prefix("คลอง").unwrap_or(canal).trim();
            Some(canal.to_owned()).filter(|canal| !canal.is_empty())
        };
        Self { canal: self.canal.and_then(bare), ..self }
    }

    /// Why this cannot be.
    #[must_use]
    pub fn fault(&self) -> Option<Told> {
        if self.households.is_some_and(|households| households > HOUSEHOLDS_MAX) {
            return Some(Told::new(
                format!("ชุมชนหนึ่งมีได้ไม่เกิน {HOUSEHOLDS_MAX} ครัวเรือน"),
                format!("a settlement has at most {HOUSEHOLDS_MAX} households"),
            ));
        }
        let is_long = self.canal.as_ref().is_some_and(|canal| canal.chars().count() > CANAL_MAX);
        is_long.then(|| {
            Told::new(
                format!("ชื่อคลองยาวได้ไม่เกิน {CANAL_MAX} ตัวอักษร"),
                format!("the name of a canal has at most {CANAL_MAX} characters"),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canal_is_named_as_lists_of_canals_name_it() {
        let at = |canal: &str| Settlement { canal: Some(canal.to_owned()), ..Settlement::default() };
        assert_eq!(at(" คลองลาดพร้าว ").tidied(), at("ลาดพร้าว"));
        assert_eq!(at("เปรมประชากร").tidied(), at("เปรมประชากร"));
        assert_eq!(at("คลอง ").tidied(), Settlement::default());
    }

    #[test]
    fn what_cannot_be_is_told() {
        assert_eq!(Settlement::default().fault(), None);
        let many = Settlement { households: Some(100_001), ..Settlement::default() };
        let long = Settlement { canal: Some("ก".repeat(101)), ..Settlement::default() };
        assert!(many.fault().is_some_and(|told| told.en.contains("100000")));
        assert!(long.fault().is_some_and(|told| told.th.contains("คลอง")));
    }
}
