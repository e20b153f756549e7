//! The annex of a tambon plan: fourteen tables, from what is counted in its villages and what was decided.
//!
//! [`Annex::of`] puts them together from a [`Source`]; whoever writes a file or a page of them only lays them
//! out. Every count is one of a [`Rollup`], from which a veil takes what planners may not see, or a sum of counts
//! that it shows: so an annex tells nothing that the counts beside it do not.

mod census;
mod housing;
mod plan;
mod table;
mod welfare;

use serde::{Deserialize, Serialize};

use super::indicators::Block;
use super::rollup::{Rollup, Shown};
use super::told::Told;

pub use table::{Cell, Column, Row, Table};

/// A village, as far as an annex tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Village {
    /// Its code, 8 digits.
    pub code: String,
    /// What people call it, e.g. `หมู่ 4 บ้านอรัญญิก`.
    pub name: Told,
    /// Houses that it should have, if a register said.
    pub expected: Option<u32>,
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
    pub villages: Vec<Village>,
    /// What is shown of their counts, in their order.
    pub rollup: Rollup,
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
    /// What an earlier snapshot is called, and what is shown of all its villages together.
    pub before: Option<(String, Shown)>,
    /// Whether small counts of what programmes did are hidden, too.
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

/// What is shown of the indicator with these codes, among all of an area; `None` is hidden.
fn shown(counts: &[Option<u32>], block: &str, code: &str, second: Option<&str>) -> Option<u32> {
    let place = Block::named(block).and_then(|block| block.place(code, second));
    place.map_or(Some(0), |place| counts.get(place).copied().flatten())
}

#[cfg(test)]
mod tests {
    use need_score::{Household, Parameters, score};

    use super::*;
    use crate::planning::indicators::{Census, Counts, Share};
    use crate::planning::veil;

    /// `decayed` households with a bad roof and `sound` ones, all of whom would be helped to register.
    fn village(decayed: usize, sound: usize, barrier: &'static str) -> Counts {
        let mut counts = Counts::default();
        for at in 0..decayed + sound {
            let household = Household {
                household_size: Some(2),
                income_year: Some(30_000),
                roof_condition: Some(if at < decayed { 3 } else { 0 }),
                wall_condition: Some(0),
                floor_condition: Some(0),
                structure_condition: Some(0),
                ..Household::default()
            };
            let census = Census { barriers: vec![barrier], ..Census::default() };
            let scored = score(&household, &Parameters::default());
            counts.add(&Share::of(Some("done"), &household, &scored, &census, 2569));
        }
        counts
    }

    fn annex(villages: &[&Counts], before: Option<&[&Counts]>) -> Annex {
        let village = |at: usize| Village {
            code: format!("650117{at:02}"),
            name: Told::new(format!("หมู่ {at}"), format!("Moo {at}")),
            expected: None,
        };
        Annex::of(&Source {
            villages: (1..=villages.len()).map(village).collect(),
            rollup: veil::of_villages(villages, true),
            label: &|_, code| Told::new(code, code),
            flag: &|flag| Told::new(flag, flag),
            repair_ceiling: Some(18_000),
            programmes: Vec::new(),
            targets: Vec::new(),
            projects: Vec::new(),
            before: before.map(|before| ("2568".to_owned(), veil::of_villages(before, true).total)),
            hides: true,
        })
    }

    fn table<'a>(annex: &'a Annex, name: &str) -> &'a Table {
        annex.tables.iter().find(|table| table.name == name).expect("there is such a table")
    }

    #[test]
    fn the_order_of_rows_tells_no_hidden_count() {
        let (one, other) = (village(3, 40, "no_id"), village(0, 30, "no_phone"));
        let few = village(0, 2, "missed");
        let annex = annex(&[&one, &other, &few], None);
        for name in ["barrier", "flag"] {
            let first: Vec<&Cell> = table(&annex, name).rows.iter().map(|row| &row.cells[0]).collect();
            let hidden = first.iter().position(|cell| **cell == Cell::Hidden).unwrap_or(first.len());
            assert!(hidden < first.len(), "{name}: something is hidden");
            assert!(first[hidden..].iter().all(|cell| **cell == Cell::Hidden), "{name}: {first:?}");
            let shown: Vec<u32> = first[..hidden]
                .iter()
                .map(|cell| if let Cell::Count(count) = cell { *count } else { unreachable!("{cell:?}") })
                .collect();
            assert!(shown.is_sorted_by(|a, b| a >= b), "{name}: {shown:?}");
        }
    }

    #[test]
    fn a_count_that_is_hidden_once_is_hidden_in_every_table() {
        let (one, other) = (village(3, 40, "no_id"), village(20, 30, "no_phone"));
        let annex = annex(&[&one, &other], Some(&[&village(3, 10, "no_id")]));
        let decay = &table(&annex, "repair").rows;
        assert_eq!((&decay[0].cells[0], &decay[0].cells[1]), (&Cell::Hidden, &Cell::Hidden));
        assert_eq!(decay[2].cells, [Cell::Count(23), Cell::Baht(23 * 18_000)]);
        // A sum over what is hidden in part would tell it.
        let tenure = table(&annex, "tenure");
        let sums = tenure.rows.last().expect("a row of sums");
        assert!(sums.is_total);
        for (at, sum) in sums.cells.iter().enumerate() {
            let parts: Vec<&Cell> =
                tenure.rows[..tenure.rows.len() - 1].iter().map(|row| &row.cells[at]).collect();
            assert_eq!(*sum == Cell::Hidden, parts.contains(&&Cell::Hidden));
        }
        let change = table(&annex, "change");
        for row in &change.rows {
            let hides = row.cells[..2].contains(&Cell::Hidden);
            assert_eq!(row.cells[2] == Cell::Hidden, hides, "{row:?}");
        }
    }
}
