//! Which of a household's visits counts.

use super::rows::VisitRow;

/// Outcome of a visit that found nobody at home.
pub const ABSENT: &str = "absent";

/// The visit whose outcome stands for the household: the latest that found out anything, that is,
/// whose outcome is stated and is not `absent`; if there is none, the latest `absent`. A house
/// that was surveyed in January and found closed in February was surveyed.
///
/// The latest is the one with the latest date, one without a date being older than any, and among
/// equals the one with the greatest row id, so that every replica picks the same.
#[must_use]
pub fn counting_visit(visits: &[VisitRow]) -> Option<&VisitRow> {
    let stated = visits.iter().filter(|visit| visit.outcome.is_some());
    stated.max_by_key(|visit| (visit.outcome.as_deref() != Some(ABSENT), &visit.date, visit.row))
}

/// The visit whose consent stands for the household: the latest that states one, so that a
/// consent can be withdrawn, and is not forgotten by a later visit that did not ask.
#[must_use]
pub fn consenting_visit(visits: &[VisitRow]) -> Option<&VisitRow> {
    visits.iter().filter(|visit| visit.consent_given.is_some()).max_by_key(|visit| (&visit.date, visit.row))
}

/// Whether the people of a household agreed that their data go to this choice of `consent_scopes`: the visit whose
/// consent stands says so, and nothing in it is in conflict.
#[must_use]
pub fn agreed_to(visits: &[VisitRow], scope: &str) -> bool {
    let Some(visit) = consenting_visit(visits) else { return false };
    if visit.conflicts > 0 || !matches!(visit.consent_given.as_deref(), Some("full" | "no_sensitive")) {
        return false;
    }
    let answers: serde_json::Value = serde_json::from_str(&visit.answers).unwrap_or_default();
    answers["consent_scopes"].as_array().is_some_and(|scopes| scopes.iter().any(|chosen| chosen == scope))
}

#[cfg(test)]
mod tests {
    use sync_protocol::ids::RowId;

    use super::*;

    fn visit(id: u8, outcome: &str, date: Option<&str>, consent: Option<&str>) -> VisitRow {
        VisitRow {
            outcome: (!outcome.is_empty()).then(|| outcome.to_owned()),
            date: date.map(str::to_owned),
            consent_given: consent.map(str::to_owned),
            ..VisitRow::empty(RowId([id; 16]))
        }
    }

    fn counting(visits: &[VisitRow]) -> Option<u8> {
        counting_visit(visits).map(|visit| visit.row.0[0])
    }

    #[test]
    fn the_latest_visit_that_found_somebody_counts() {
        let done = visit(1, "done", Some("2026-01-10"), Some("full"));
        let absent = visit(2, "absent", Some("2026-02-03"), None);
        let refused = visit(3, "refused", Some("2026-02-01"), None);
        assert_eq!(counting(&[done.clone(), absent.clone()]), Some(1));
        assert_eq!(counting(&[done.clone(), refused.clone(), absent.clone()]), Some(3));
        assert_eq!(counting(&[visit(1, "absent", Some("2026-01-10"), None), absent]), Some(2));
        assert_eq!(counting(&[]), None);
        assert_eq!(counting(&[visit(1, "", Some("2026-01-10"), None)]), None);
    }

    #[test]
    fn ties_are_broken_by_row_and_undated_visits_are_oldest() {
        let dated = visit(1, "partial", Some("2026-01-10"), None);
        let undated = visit(9, "done", None, None);
        assert_eq!(counting(&[dated.clone(), undated]), Some(1));
        assert_eq!(counting(&[visit(2, "done", Some("2026-01-10"), None), dated]), Some(2));
    }

    #[test]
    fn the_latest_stated_consent_stands() {
        let full = visit(1, "done", Some("2026-01-10"), Some("full"));
        let unasked = visit(2, "done", Some("2026-02-10"), None);
        let withdrawn = visit(3, "refused", Some("2026-03-10"), Some("refused"));
        let consent = |visits: &[VisitRow]| consenting_visit(visits).map(|visit| visit.row.0[0]);
        assert_eq!(consent(&[full.clone(), unasked.clone()]), Some(1));
        assert_eq!(consent(&[full, unasked, withdrawn]), Some(3));
    }

    #[test]
    fn a_household_agrees_to_whom_it_chose_and_to_nobody_else() {
        let chose = |id, date, consent, scopes: &str| VisitRow {
            answers: format!(r#"{{"consent_scopes":[{scopes}]}}"#),
            ..visit(id, "done", Some(date), Some(consent))
        };
        let to_two = chose(1, "2026-01-10", "full", r#""welfare_fund","lao""#);
        assert!(agreed_to(std::slice::from_ref(&to_two), "lao"));
        assert!(!agreed_to(std::slice::from_ref(&to_two), "codi"));
        let fewer = chose(2, "2026-02-10", "no_sensitive", r#""welfare_fund""#);
        assert!(!agreed_to(&[to_two.clone(), fewer.clone()], "lao"), "the later consent stands");
        assert!(agreed_to(&[to_two.clone(), fewer], "welfare_fund"));
        let refused = chose(3, "2026-03-10", "refused", r#""lao""#);
        assert!(!agreed_to(&[to_two.clone(), refused], "lao"));
        assert!(!agreed_to(&[VisitRow { conflicts: 1, ..to_two.clone() }], "lao"), "not settled");
        assert!(!agreed_to(&[VisitRow { answers: "{}".to_owned(), ..to_two }], "lao"));
        assert!(!agreed_to(&[], "lao"));
    }

    #[test]
    fn a_household_can_agree_to_every_recipient_of_a_list() {
        let scopes = crate::projection::form::Form::built_in().field("consent_scopes");
        for recipient in crate::planning::needy_list::Recipient::ALL {
            assert!(scopes.is_some_and(|field| field.choice(recipient.name()).is_some()), "{recipient:?}");
        }
    }
}
