//! `samruat score` and `samruat allocate`: a list checked without a hub.

use std::io::Read;

use clap::Args;
use need_score::{Household, Parameters, Tier, score};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::CliError;
use crate::planning::allocation::{Allocation, By, Candidate, Decision, Means, allocate, rank};

/// Score households: flags, need and housing score, tier.
///
/// Reads a JSON array of households from standard input and writes the array of their scores. The names
/// of answers are those of the built-in form, with `members`, `needs` and `consent` beside them:
///
///   echo '[{"consent": "full", "household_size": 2, "income_year": 50000}]' | samruat score
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Score {
    /// Year of the survey (พ.ศ.), from which ages are counted
    #[arg(long, value_name = "YEAR", default_value_t = Parameters::default().year_be, value_parser = clap::value_parser!(i64).range(2500..=2700))]
    year: i64,
}

impl Score {
    pub(super) fn run(&self) -> Result<String, CliError> {
        let households: Vec<Value> = read("a JSON array of households / รายการครัวเรือนแบบ JSON")?;
        let parameters = Parameters::for_year(self.year);
        let mut scores = Vec::with_capacity(households.len());
        for (place, household) in (1..).zip(households) {
            let household: Household = serde_json::from_value(household)
                .map_err(|error| refused(&format!("household {place}: {error}")))?;
            scores.push(score(&household, &parameters));
        }
        written(&scores)
    }
}

/// Give out a programme's units and budget in the order of need.
///
/// Reads one case from standard input and writes who is approved and who waits, without and with
/// backfill: whether a cheaper household further down may take what is left when one does not fit.
///
///   echo '{"units": 1, "budget": 20000, "ceiling": 18000, "candidates":
///         [{"id": "h1", "tier": 1, "housing": 55, "need": 30, "pc": 30000, "est": 25000}]}' | samruat allocate
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Allocate;

/// A case: who matches, and what there is to give. Baht.
#[derive(Debug, Deserialize)]
struct Case {
    candidates: Vec<Line>,
    units: Option<u32>,
    budget: u64,
    ceiling: Option<u64>,
    #[serde(default = "housing")]
    by: By,
}

fn housing() -> By {
    By::Housing
}

/// A candidate: `pc` is the income per person, `est` the estimate.
#[derive(Debug, Deserialize)]
struct Line {
    id: String,
    tier: u8,
    housing: u8,
    need: u8,
    pc: Option<i64>,
    est: u64,
}

impl Line {
    fn candidate(self) -> Result<Candidate<String>, CliError> {
        let tier = match self.tier {
            1 => Tier::Urgent,
            2 => Tier::Severe,
            3 => Tier::Deprived,
            4 => Tier::Sound,
            other => return Err(refused(&format!("{}: {other} is no tier: 1 to 4", self.id))),
        };
        let Self { id, housing, need, pc, est, .. } = self;
        Ok(Candidate { id, tier, housing, need, income_per_person: pc, estimate: est })
    }
}

impl Allocate {
    pub(super) fn run(&self) -> Result<String, CliError> {
        let case: Case = read("an allocation case, a JSON object / กรณีจัดสรรแบบ JSON")?;
        let means = Means { units: case.units, budget: case.budget, ceiling: case.ceiling };
        let mut candidates =
            case.candidates.into_iter().map(Line::candidate).collect::<Result<Vec<_>, CliError>>()?;
        rank(&mut candidates, case.by);
        let given = |backfill| told(&allocate(&candidates, means, backfill));
        written(&json!({ "False": given(false), "True": given(true) }))
    }
}

/// In the form of the reference: id, decision, what it waits for, granted, local contribution.
fn told(allocation: &Allocation<String>) -> Value {
    let decisions: Vec<Value> = allocation
        .decisions
        .iter()
        .map(|(id, decision)| match decision {
            Decision::Approved { granted, local_contribution } => {
                json!([id, "approve", "", granted, local_contribution])
            }
            Decision::Waiting(lack) => json!([id, "wait", lack.name(), 0, 0]),
        })
        .collect();
    json!({
        "decisions": decisions,
        "budget_left": allocation.budget_left,
        "units_left": allocation.units_left,
    })
}

fn read<T: for<'de> Deserialize<'de>>(what: &str) -> Result<T, CliError> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).map_err(|error| refused(&error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| refused(&format!("{error}; it has to be {what}")))
}

fn refused(why: &str) -> CliError {
    CliError::Usage(format!("standard input: {why}"))
}

fn written(value: &impl Serialize) -> Result<String, CliError> {
    serde_json::to_string(value).map_err(|error| refused(&error.to_string()))
}
