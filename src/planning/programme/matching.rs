//! Whether a household matches a programme's rule, and why: the ten rules.
//!
//! A rule is a few conditions that all have to hold. Each holds, does not hold, or is open because an
//! answer is missing. One that does not hold decides; else one that is open leaves the rule open and says
//! what to ask: a missing answer alone never makes a No.

use std::collections::BTreeSet;

use jiff::civil::Date;
use need_score::{Flag, Household, Known, Score};

use super::Rule;
use super::conditions::Asking;
use super::missing::Missing;
use super::parameters::RuleParameters;
use super::settlement::Settlement;
use crate::planning::told::Told;

/// What is known of a household, as far as rules ask. What was not answered is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The answers that scores are made of.
    pub household: Household,
    /// What kinds of help with the house it had before; `none` for none.
    pub past_housing_aid: Option<Vec<String>>,
    /// The year (พ.ศ.) of it.
    pub past_aid_year_be: Option<i64>,
    /// How many of the house are members of the welfare fund; `no_fund` where the tambon has none.
    pub fund_membership: Option<String>,
    /// The day of the visit that counts: what happened to the house happened before it.
    pub visited_on: Option<Date>,
    /// What the office knows of the settlement.
    pub settlement: Settlement,
}

/// Whether a household matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// An answer is missing.
    Unknown,
}

/// Whether a household matches, with why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Whether.
    pub verdict: Verdict,
    /// Of a Yes what holds, of a No what does not, of an Unknown what holds so far.
    pub reasons: Vec<Told>,
    /// Of an Unknown what is to be asked, each once, by name; else empty.
    pub missing: Vec<Missing>,
}

/// A condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// It holds, for these reasons.
    Holds(Vec<Told>),
    /// It does not.
    Fails(Told),
    /// It is open until this is answered.
    Open(Vec<Missing>),
}

impl Condition {
    /// Holds if `holds`.
    pub(super) fn of(holds: bool, yes: Told, no: Told) -> Self {
        if holds { Self::Holds(vec![yes]) } else { Self::Fails(no) }
    }

    /// One of several is enough; an open one leaves it open.
    pub(super) fn any(several: impl IntoIterator<Item = Self>, none: Told) -> Self {
        let (mut reasons, mut missing) = (Vec::new(), Vec::new());
        for condition in several {
            match condition {
                Self::Holds(why) => reasons.extend(why),
                Self::Open(questions) => missing.extend(questions),
                Self::Fails(_) => {}
            }
        }
        match (reasons.is_empty(), missing.is_empty()) {
            (false, _) => Self::Holds(reasons),
            (true, false) => Self::Open(missing),
            (true, true) => Self::Fails(none),
        }
    }
}

impl Match {
    fn all(conditions: Vec<Condition>) -> Self {
        let (mut holding, mut failing) = (Vec::new(), Vec::new());
        let mut missing = BTreeSet::new();
        let mut is_open = false;
        for condition in conditions {
            match condition {
                Condition::Holds(why) => holding.extend(why),
                Condition::Fails(why) => failing.push(why),
                Condition::Open(questions) => {
                    is_open = true;
                    missing.extend(questions);
                }
            }
        }
        if !failing.is_empty() {
            return Self { verdict: Verdict::No, reasons: failing, missing: Vec::new() };
        }
        let verdict = if is_open { Verdict::Unknown } else { Verdict::Yes };
        Self { verdict, reasons: holding, missing: missing.into_iter().collect() }
    }
}

/// Whether a household with this score matches a rule on the day `today`.
#[must_use]
pub fn matches(rule: Rule, facts: &Facts, score: &Score, parameters: &RuleParameters, today: Date) -> Match {
    let ask = Asking { facts, score, parameters, today };
    Match::all(match rule {
        Rule::BaanPorPiang => vec![
            ask.decay_or_toilet("บ้านและห้องส้วมอยู่ในสภาพดี", "house and toilet are sound"),
            ask.may_build_where_it_stands(),
            ask.income_within_line(),
            ask.no_recent_aid(),
        ],
        Rule::BaanMankong => {
            vec![ask.insecure(), ask.settlement_large_enough(), ask.settlement_saves()]
        }
        Rule::Canal => vec![
            ask.tenure_is(
                "canal",
                Told::new("อยู่ริมคลอง", "lives at a canal"),
                Told::new("ไม่ได้อยู่ริมคลอง", "does not live at a canal"),
            ),
            ask.canal_listed(),
        ],
        Rule::Railway => vec![ask.tenure_is(
            "railway",
            Told::new("อยู่บนที่ดินการรถไฟ", "lives on land of the railway"),
            Told::new("ไม่ได้อยู่บนที่ดินการรถไฟ", "does not live on land of the railway"),
        )],
        Rule::TemporaryHousing => vec![ask.event_counts(), ask.event_recent()],
        Rule::HomelessCentre => vec![ask.tenure_is(
            "homeless",
            Told::new("ไม่มีที่อยู่อาศัย", "has nowhere to live"),
            Told::new("มีที่อยู่อาศัย", "has somewhere to live"),
        )],
        Rule::HouseAdaptation => vec![
            ask.decay_or_toilet("บ้านและห้องส้วมอยู่ในสภาพดี", "house and toilet are sound"),
            ask.elder_or_disabled(),
        ],
        Rule::CardHelp => vec![ask.missed_or_wants_help()],
        Rule::AllowanceHelp => vec![ask.allowance_due()],
        Rule::FundHardship => vec![ask.fund_exists(), ask.pressing_enough()],
    })
}

/// Whether a flag is known to be this.
pub(super) fn is(score: &Score, flag: Flag, known: Known) -> bool {
    score.flags.get(flag) == known
}
