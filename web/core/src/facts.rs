//! What the list shows of a household, read off its answers. Keys mean one thing in a tambon, so those of
//! the household form are looked for whatever form asked them.

use light::{Map, Set};

use minicbor::{Decode, Encode};
use need_score::{Parameters, Tier, score};
use survey_form::engine::{Entry, RowId};
use survey_form::thai::{NO_HOUSE_NUMBER, buddhist_year, iso_date};
use survey_form::value::Scalar;

/// Share of known flags, in hundredths, from which on a household's need is known.
const COMPLETE_ENOUGH: u8 = 80;

/// How far a household's survey is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub enum VisitState {
    /// Nobody was there yet.
    #[default]
    #[n(0)]
    New,
    /// Begun.
    #[n(1)]
    Part,
    /// Done, or there is nobody to ask: the house stands empty or is gone.
    #[n(2)]
    Done,
    /// They do not want to.
    #[n(3)]
    Refused,
    /// Nobody was at home, or the house was not found.
    #[n(4)]
    Absent,
}

impl VisitState {
    /// As the app's interface has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Part => "part",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Absent => "absent",
        }
    }

    fn of_outcome(outcome: &str) -> Self {
        match outcome {
            "done" | "vacant" | "demolished" => Self::Done,
            "refused" => Self::Refused,
            "absent" | "not_found" => Self::Absent,
            _ => Self::Part,
        }
    }
}

/// What the list shows of a household.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub struct Facts {
    /// House number as it is stored; empty where it is not known.
    #[n(0)]
    pub house_no: String,
    /// House code, 11 digits, where it is known.
    #[n(1)]
    pub house_code: Option<String>,
    /// How the household is called: its head, else its first member.
    #[n(2)]
    pub name: String,
    /// Members that are listed.
    #[n(3)]
    pub members: u32,
    /// How far its survey is.
    #[n(4)]
    pub state: VisitState,
    /// Need tier, 1 to 4; none where too little is known.
    #[n(5)]
    pub tier: Option<u8>,
    /// Day of the visit that counts, `YYYY-MM-DD`.
    #[n(6)]
    pub visited_at: Option<String>,
    /// Questions with answers that differ.
    #[n(7)]
    pub conflicts: u32,
    /// What does not hold: missing answers count once the survey is said to be done.
    #[n(8)]
    pub problems: u32,
    /// Latitude and longitude.
    #[n(9)]
    pub at: Option<(f64, f64)>,
    /// What the last visit that asked for it says of consent.
    #[n(10)]
    pub consent: Option<String>,
}

impl Facts {
    /// Reads the facts off a household's entries, rows in the order in which they were made; conflicts and
    /// problems are for the caller. `today` (`YYYY-MM-DD`) counts where no visit has a day.
    #[must_use]
    pub fn of(entries: &[Entry], today: &str) -> Self {
        let household = Household::of(entries);
        let head_name = household.text("head_name");
        let members = household.rows_of("member");
        let named = |member: &&Answers<'_>| !text(member, "m_name").is_empty();
        let is_head = |member: &&Answers<'_>| text(member, "m_relation") == "head";
        let member = members.iter().copied().filter(named).find(is_head);
        let member =
            member.or_else(|| members.iter().copied().find(named)).map_or("", |it| text(it, "m_name"));
        let visits = household.visits();
        let counting = visits.iter().filter(|visit| !visit.outcome.is_empty());
        let counting = counting.max_by_key(|visit| (visit.outcome != "absent", visit.date, visit.row));
        let consenting = visits.iter().filter(|visit| !visit.consent.is_empty());
        let consenting = consenting.max_by_key(|visit| (visit.date, visit.row));
        let state = match counting {
            Some(visit) => VisitState::of_outcome(visit.outcome),
            None if visits.is_empty() => VisitState::New,
            None => VisitState::Part,
        };
        let code = household.text("house_code");
        let visited_at = counting.and_then(|visit| iso_date(visit.date).ok()).map(|date| date.into_owned());
        let tier = match state {
            VisitState::Part | VisitState::Done => tier(entries, visited_at.as_deref().unwrap_or(today)),
            VisitState::New | VisitState::Refused | VisitState::Absent => None,
        };
        Self {
            house_no: household.text("house_no").to_owned(),
            house_code: (!code.is_empty()).then(|| code.to_owned()),
            name: if head_name.is_empty() { member } else { head_name }.to_owned(),
            members: u32::try_from(members.len()).unwrap_or(u32::MAX),
            state,
            tier,
            visited_at,
            conflicts: 0,
            problems: 0,
            at: point(household.text("gps")),
            consent: consenting.map(|visit| visit.consent.to_owned()),
        }
    }

    /// The house number, unless the house has none.
    #[must_use]
    pub fn numbered(&self) -> Option<&str> {
        Some(self.house_no.as_str()).filter(|number| !number.is_empty() && *number != NO_HOUSE_NUMBER)
    }
}

/// How pressing the need is. That there is little or none is said only where enough is known.
fn tier(entries: &[Entry], day: &str) -> Option<u8> {
    let mut parts = day.split('-');
    let year = buddhist_year(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let score = score(&need_score::Household::read(entries), &Parameters::for_year(i64::from(year)));
    let is_certain = score.tier <= Tier::Severe || score.completeness >= COMPLETE_ENOUGH;
    is_certain.then_some(score.tier as u8)
}

type Answers<'a> = Map<&'a str, &'a Scalar>;

struct Household<'a> {
    own: Answers<'a>,
    /// The rows that are not hidden, as they come.
    rows: Vec<(RowId, Answers<'a>)>,
}

struct Visit<'a> {
    row: RowId,
    outcome: &'a str,
    date: &'a str,
    consent: &'a str,
}

impl<'a> Household<'a> {
    fn of(entries: &'a [Entry]) -> Self {
        let mut own = Answers::new();
        let mut order = Vec::new();
        let mut by_row: Map<RowId, Answers<'a>> = Map::new();
        let mut hidden = Set::new();
        for Entry { row, key, value } in entries {
            let Some(row) = row else {
                own.insert(key, value);
                continue;
            };
            let answers = by_row.entry(*row).or_insert_with(|| {
                order.push(*row);
                Answers::new()
            });
            answers.insert(key, value);
            if key == "deleted" {
                if *value == Scalar::Bool(true) {
                    hidden.insert(*row)
                } else {
                    hidden.remove(row)
                };
            }
        }
        order.retain(|row| !hidden.contains(row));
        let rows = order.into_iter().filter_map(|row| Some((row, by_row.remove(&row)?))).collect();
        Self { own, rows }
    }

    fn text(&self, key: &str) -> &'a str {
        text(&self.own, key)
    }

    fn rows_of(&self, group: &str) -> Vec<&Answers<'a>> {
        self.rows.iter().filter(|(_, row)| text(row, "group") == group).map(|(_, row)| row).collect()
    }

    fn visits(&self) -> Vec<Visit<'a>> {
        let visits = self.rows.iter().filter(|(_, row)| text(row, "group") == "visit");
        visits
            .map(|(id, row)| Visit {
                row: *id,
                outcome: text(row, "visit_outcome"),
                date: text(row, "visit_date"),
                consent: text(row, "consent_given"),
            })
            .collect()
    }
}

fn text<'a>(answers: &Answers<'a>, key: &str) -> &'a str {
    match answers.get(key) {
        Some(Scalar::Str(text)) => text,
        _ => "",
    }
}

/// Latitude and longitude of a stored point, where it lies on the earth.
fn point(text: &str) -> Option<(f64, f64)> {
    let mut numbers = text.split_whitespace().map(light::read_number);
    let (latitude, longitude) = (numbers.next()??, numbers.next()??);
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some((latitude, longitude))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: &str = "2026-11-26";

    fn entry(row: Option<u8>, key: &str, value: &str) -> Entry {
        let row = row.map(|row| RowId([row; 16]));
        Entry { row, key: key.to_owned(), value: Scalar::Str(value.to_owned()) }
    }

    fn visit(row: u8, date: &str, outcome: &str) -> Vec<Entry> {
        vec![
            entry(Some(row), "group", "visit"),
            entry(Some(row), "visit_date", date),
            entry(Some(row), "visit_outcome", outcome),
        ]
    }

    #[test]
    fn a_household_is_called_by_its_head_else_by_its_first_member() {
        let mut entries = vec![
            entry(Some(2), "group", "member"),
            entry(Some(2), "m_name", "คำปัน"),
            entry(Some(1), "group", "member"),
            entry(Some(1), "m_name", "บุญมี"),
        ];
        assert_eq!(Facts::of(&entries, TODAY).name, "คำปัน");
        entries.push(entry(Some(1), "m_relation", "head"));
        assert_eq!(Facts::of(&entries, TODAY).name, "บุญมี");
        entries.push(entry(None, "head_name", "ทองดี"));
        assert_eq!(
            (Facts::of(&entries, TODAY).name.as_str(), Facts::of(&entries, TODAY).members),
            ("ทองดี", 2)
        );
        entries.push(Entry { row: Some(RowId([2; 16])), key: "deleted".into(), value: Scalar::Bool(true) });
        assert_eq!(Facts::of(&entries, TODAY).members, 1);
    }

    #[test]
    fn the_latest_visit_that_found_somebody_counts() {
        let state = |visits: &[Vec<Entry>]| Facts::of(&visits.concat(), TODAY).state;
        let (done, absent) = (visit(1, "2026-01-10", "done"), visit(2, "2026-02-03", "absent"));
        assert_eq!(state(&[]), VisitState::New);
        assert_eq!(state(&[done.clone(), absent.clone()]), VisitState::Done);
        assert_eq!(state(&[absent]), VisitState::Absent);
        assert_eq!(state(&[done.clone(), visit(3, "2026-03-01", "partial")]), VisitState::Part);
        assert_eq!(state(&[vec![entry(Some(4), "group", "visit")]]), VisitState::Part);
        assert_eq!(Facts::of(&done, TODAY).visited_at.as_deref(), Some("2026-01-10"));
    }

    #[test]
    fn a_point_has_to_lie_on_the_earth() {
        assert_eq!(point("16.82 100.28 45 5"), Some((16.82, 100.28)));
        assert_eq!((point("100.28 16.82"), point(""), point("16.82")), (None, None, None));
    }
}
