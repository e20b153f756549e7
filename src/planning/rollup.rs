//! Counts of several areas side by side, with their sums; for planners with small ones hidden.

use need_score::Flag;

use super::indicators::{BLOCKS, Block, Counts, indicator_count};
use super::suppression::{Keep, grid, parts};

/// Blocks whose indicators part the assessed households: with their number one could be told from the others.
const PARTS_OF_ASSESSED: [&str; 5] = ["tier", "fund", "tenure", "housing", "worst_part"];

/// What is shown of the counts of several areas: by area, by place of the indicator; `None` is hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollup {
    /// For each area, in their order.
    pub rows: Vec<Vec<Option<u32>>>,
    /// For all of them together.
    pub total: Vec<Option<u32>>,
}

impl Rollup {
    /// All of it.
    #[must_use]
    pub fn open(areas: &[&Counts]) -> Self {
        let shown = |counts: &Counts| (0..indicator_count()).map(|place| Some(counts.at(place))).collect();
        let mut total = Counts::default();
        areas.iter().for_each(|counts| total.merge(counts));
        Self { rows: areas.iter().map(|counts| shown(counts)).collect(), total: shown(&total) }
    }

    /// As planners see it: counts of 1 to 4 are hidden, and as many others as would tell them. How many
    /// households there are, and what came of visits, is no secret.
    #[must_use]
    pub fn for_planners(areas: &[&Counts]) -> Self {
        let mut rollup = Self::open(areas);
        for block in BLOCKS {
            match block.name {
                "coverage" => {}
                "flag" => Flag::ALL.iter().for_each(|flag| rollup.hide_flag(areas, flag.name())),
                "flag_no" | "flag_unknown" => {}
                name if PARTS_OF_ASSESSED.contains(&name) => {
                    let places: Vec<usize> = block.indicators().map(|(place, ..)| place).collect();
                    rollup.hide_parts(areas, &places, false);
                }
                _ => block.indicators().for_each(|(place, ..)| rollup.hide_column(areas, place)),
            }
        }
        rollup
    }

    /// Hides from planners what would tell them of a small rest. Of a tambon, whose own counts they know, `part` is in
    /// these rows and `rest` is not: where the part would be hidden beside the rest, the rows and the sum are.
    pub fn hide_parts_of(&mut self, rows: &[usize], part: &Counts, rest: &Counts) {
        let (known, beside) = (Self::open(&[part]), Self::for_planners(&[part, rest]));
        for place in (0..indicator_count()).filter(|place| beside.rows[0][*place] != known.rows[0][*place]) {
            rows.iter().for_each(|row| self.rows[*row][place] = None);
            self.total[place] = None;
        }
    }

    /// Hides what another table with some of the same rows hides; `rows` tells where each of its rows is here.
    pub fn hide_as(&mut self, rows: &[Option<usize>], other: &Self) {
        for (row, cells) in rows.iter().zip(&other.rows).filter_map(|(row, cells)| Some(((*row)?, cells))) {
            for place in (0..cells.len()).filter(|place| cells[*place].is_none()) {
                if self.rows[row][place].take().is_some() {
                    self.total[place] = None;
                }
            }
        }
    }

    /// A flag is known to hold, known not to, not known, or does not apply: that parts the assessed.
    fn hide_flag(&mut self, areas: &[&Counts], flag: &str) {
        let place = |block: &str| Block::named(block).and_then(|block| block.place(flag, None));
        let places: Vec<usize> = ["flag", "flag_no", "flag_unknown"].into_iter().filter_map(place).collect();
        self.hide_parts(areas, &places, true);
    }

    /// Hides among columns that make the assessed households; `and_rest` if some belong to none of them.
    fn hide_parts(&mut self, areas: &[&Counts], places: &[usize], and_rest: bool) {
        let counts = |area: &&Counts| -> Vec<u32> {
            let mut row: Vec<u32> = places.iter().map(|place| area.at(*place)).collect();
            if and_rest {
                let assessed = area.get("households", "assessed", None);
                row.push(assessed.saturating_sub(row.iter().sum()));
            }
            row
        };
        let counts: Vec<Vec<u32>> = areas.iter().map(counts).collect();
        let Ok(shown) = grid(&counts, Keep { row_totals: true, column_totals: true }) else { return };
        for (at, place) in places.iter().enumerate() {
            for (row, cells) in self.rows.iter_mut().zip(&shown.cells) {
                if cells[at].is_none() {
                    row[*place] = None;
                }
            }
            if shown.column_totals.get(at).is_none_or(Option::is_none) {
                self.total[*place] = None;
            }
        }
    }

    fn hide_column(&mut self, areas: &[&Counts], place: usize) {
        let counts: Vec<u32> = areas.iter().map(|area| area.at(place)).collect();
        let shown = parts(&counts);
        for (row, cell) in self.rows.iter_mut().zip(&shown.parts) {
            if cell.is_none() {
                row[place] = None;
            }
        }
        if shown.total.is_none() {
            self.total[place] = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planning::indicators::Share;

    fn place(block: &str, code: &str) -> usize {
        Block::named(block).and_then(|block| block.place(code, None)).expect("there is such an indicator")
    }

    /// Households of one kind each, as few answers make them.
    fn village(needy: usize, sound: usize) -> Counts {
        use need_score::{Household, Parameters, score};
        let mut counts = Counts::default();
        let mut add = |roof: u8| {
            let household = Household {
                household_size: Some(2),
                income_year: Some(500_000),
                roof_condition: Some(roof),
                wall_condition: Some(0),
                floor_condition: Some(0),
                structure_condition: Some(0),
                tenure: Some("own".to_owned()),
                eviction_risk: Some(0),
                ..Household::default()
            };
            let scored = score(&household, &Parameters::default());
            counts.add(&Share::of(Some("done"), &household, &scored, &Default::default(), 2569));
        };
        (0..needy).for_each(|_| add(3));
        (0..sound).for_each(|_| add(0));
        counts
    }

    #[test]
    fn a_small_count_is_hidden_wherever_it_would_be_told() {
        let (few, many) = (village(3, 40), village(20, 30));
        let shown = Rollup::for_planners(&[&few, &many]);
        let decay = place("flag", "L2");
        assert_eq!(shown.rows[0][decay], None);
        assert_eq!(shown.total[decay], Some(23));
        assert_eq!(shown.rows[1][decay], None, "or the sum would tell the other");
        assert_eq!(shown.rows[0][place("flag_no", "L2")], None, "or the households assessed would");
        assert_eq!(shown.rows[0][place("households", "assessed")], Some(43));
        let tiers: Vec<Option<u32>> =
            ["1", "2", "3", "4"].map(|tier| shown.rows[0][place("tier", tier)]).into();
        assert!(tiers.iter().filter(|tier| tier.is_none()).count() >= 2, "{tiers:?}");
        assert_eq!(shown.rows[0][place("coverage", "done")], Some(43));
        let open = Rollup::open(&[&few, &many]);
        assert_eq!((open.rows[0][decay], open.total[decay]), (Some(3), Some(23)));
    }

    #[test]
    fn a_part_of_a_tambon_does_not_tell_what_is_hidden_of_the_rest() {
        let (part, rest, other) = (village(20, 30), village(3, 40), village(9, 30));
        let mut row = part.clone();
        row.merge(&other);
        let mut shown = Rollup::for_planners(&[&row, &other]);
        let decay = place("flag", "L2");
        assert_eq!((shown.rows[0][decay], shown.total[decay]), (Some(29), Some(38)));
        shown.hide_parts_of(&[0], &part, &rest);
        assert_eq!(
            (shown.rows[0][decay], shown.total[decay]),
            (None, None),
            "or the tambon's 23 would tell the 3"
        );
        assert_eq!(shown.rows[1][decay], Some(9));
        assert_eq!(shown.rows[0][place("coverage", "done")], Some(89), "visits are no secret");
    }

    #[test]
    fn where_every_count_is_large_or_zero_nothing_is_hidden() {
        let (one, other) = (village(6, 40), village(20, 30));
        assert_eq!(Rollup::for_planners(&[&one, &other]), Rollup::open(&[&one, &other]));
    }
}
