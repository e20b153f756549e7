//! The annex of a tambon plan: fourteen tables, from what is counted in its villages and what was decided.
//!
//! [`Annex::of`] puts them together from a [`Source`]; whoever writes a file or a page of them only lays them
//! out. Counts that planners may not see are hidden here, once, so that no file can forget it.

mod census;
mod housing;
mod plan;
mod table;
mod welfare;

use serde::{Deserialize, Serialize};

use super::indicators::Counts;
use super::told::Told;

pub use table::{Cell, Column, Row, Table};

/// A village, as far as an annex tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VillageCounts {
    /// Its code, 8 digits.
    pub code: String,
    /// What people call it, e.g. `หมู่ 4 บ้านอรัญญิก`.
    pub name: Told,
    /// Houses that it should have, if a register said.
    pub expected: Option<u32>,
    /// What is counted in it.
    pub counts: Counts,
}

/// What a programme came to in the tambon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeResult {
    /// What it is called.
    pub name: Told,
    /// Households that match it; `None` where nobody asked.
    pub matching: Option<u32>,
    /// Households that were approved.
    pub approved: u32,
    /// Households that wait.
    pub waiting: u32,
    /// Baht that were to be had.
    pub budget: u64,
    /// Baht that were granted.
    pub granted: u64,
    /// Baht that households bring themselves.
    pub local_contribution: u64,
}

/// A target and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetResult {
    /// What is aimed at.
    pub name: Told,
    /// How much of it.
    pub target: u64,
    /// How much was reached; `None` where no result is known, which is not zero.
    pub actual: Option<u64>,
    /// What is counted.
    pub unit: String,
    /// Where the figures were read, and as of when.
    pub source: String,
}

/// A project of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// What it is called.
    pub title: String,
    /// Which problem it answers: a table and row of this annex, in words.
    pub problem: String,
    /// Households that it serves.
    pub households: Option<u32>,
    /// Where.
    pub villages: String,
    /// Baht in all, and how they fall on the years.
    pub budget: u64,
    /// Fiscal years with baht, e.g. `2570: 100,000`.
    pub years: String,
    /// Who does it: the community itself, with others, or somebody who is asked to.
    pub owner: Told,
    /// Code in the strategy that it serves.
    pub strategy: String,
}

/// What an annex is made of.
pub struct Source<'a> {
    /// The villages, by code.
    pub villages: Vec<VillageCounts>,
    /// What a choice of the form is called: question, code.
    pub label: &'a dyn Fn(&str, &str) -> Told,
    /// What a flag means.
    pub flag: &'a dyn Fn(&str) -> Told,
    /// Baht that the repair of a house gets at most, by which a need is estimated.
    pub repair_ceiling: Option<u64>,
    /// What programmes came to.
    pub programmes: Vec<ProgrammeResult>,
    /// Targets of the fiscal year.
    pub targets: Vec<TargetResult>,
    /// Projects of the plan.
    pub projects: Vec<Project>,
    /// Counts of the tambon in an earlier snapshot, and what that is called.
    pub before: Option<(String, Counts)>,
    /// Whether counts of 1 to 4, and what would tell them, are hidden.
    pub hides: bool,
}

/// Fourteen tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Annex {
    /// The tables, in their order.
    pub tables: Vec<Table>,
}

impl Annex {
    /// Puts it together.
    #[must_use]
    pub fn of(source: &Source<'_>) -> Self {
        let mut tables = Vec::new();
        tables.extend(census::tables(source));
        tables.extend(welfare::tables(source));
        tables.extend(housing::tables(source));
        tables.extend(plan::tables(source));
        tables.sort_by_key(|table| table.number);
        Self { tables }
    }
}

impl Source<'_> {
    /// The counts of the whole tambon.
    #[must_use]
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.villages.iter().for_each(|village| total.merge(&village.counts));
        total
    }
}
