//! What stands in a cell, for people to read.

use survey_form::thai::show_baht;

use crate::planning::annex::{Cell, Table};
use crate::planning::told::Language;

/// Stands for a count that is hidden. Not `<5`: larger counts are hidden as well where they, with a sum
/// that is shown, would tell a small one.
pub(super) const HIDDEN: &str = "*";

/// Stands for what is not known.
pub(super) const MISSING: &str = "–";

/// A cell in words: thousands parted by commas, a percentage with one decimal.
pub(super) fn shown(cell: &Cell, language: Language) -> String {
    match cell {
        Cell::Count(count) => show_baht(u64::from(*count)),
        Cell::Hidden => HIDDEN.to_owned(),
        Cell::Missing => MISSING.to_owned(),
        Cell::Baht(baht) => show_baht(*baht),
        Cell::PerMille(tenths) => format!("{}.{}", show_baht(u64::from(tenths / 10)), tenths % 10),
        Cell::Change(0) => "0".to_owned(),
        Cell::Change(change) => {
            let sign = if *change < 0 { '-' } else { '+' };
            format!("{sign}{}", show_baht(change.unsigned_abs()))
        }
        Cell::Text(told) => told.words(language).to_owned(),
    }
}

/// Whether something in a table is hidden.
pub(super) fn hides(table: &Table) -> bool {
    table.rows.iter().any(|row| row.cells.contains(&Cell::Hidden))
}

/// About how many letters wide a text is: Thai vowels and tones above and below take no room.
pub(super) fn width(text: &str) -> usize {
    let takes_no_room =
        |c: &char| matches!(c, '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}' | '\u{200B}');
    text.chars().filter(|c| !takes_no_room(c)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planning::told::Told;

    #[test]
    fn cells_are_shown_as_an_office_writes_them() {
        let show = |cell| shown(&cell, Language::Th);
        assert_eq!(show(Cell::Count(12_543)), "12,543");
        assert_eq!(show(Cell::Baht(3_562_500)), "3,562,500");
        assert_eq!(show(Cell::PerMille(1_091)), "109.1");
        assert_eq!(show(Cell::PerMille(5)), "0.5");
        assert_eq!(
            [show(Cell::Change(1_200)), show(Cell::Change(-3)), show(Cell::Change(0))],
            ["+1,200", "-3", "0"]
        );
        assert_eq!([show(Cell::Hidden), show(Cell::Missing)], ["*", "–"]);
        assert_eq!(shown(&Cell::Text(Told::new("บ้าน", "house")), Language::En), "house");
    }

    #[test]
    fn marks_above_and_below_take_no_room() {
        assert_eq!(width("ที่อยู่"), 3);
        assert_eq!(width("น้ำ"), 2);
        assert_eq!(width("Total"), 5);
    }
}
