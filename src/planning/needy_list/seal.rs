//! The hash of a needy list: what it says, in one text that anyone can put together again.
//!
//! The text has a row for each line of the list, the cells of [`COLUMNS`] with commas between. Each row is
//! UTF-8 and ends with a line feed; rows are sorted by their bytes. A cell is quoted only if it holds a comma
//! or a quote, which is then doubled. Numbers are decimal, hashes and the cursor lower-case hexadecimal, what
//! is not known is empty, and several values in a cell have a space between. A list without lines has one
//! row with only what holds for the whole list. The hash is SHA-256 of the text.
//!
//! A CSV export with the same columns has the rows in the order of places, below a header, with or without
//! byte order mark and with either line ending. So its hash is
//!
//! ```sh
//! tail -n +2 list.csv | tr -d '\r' | LC_ALL=C sort | sha256sum
//! ```

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use need_score::Flag;
use sha2::{Digest, Sha256};

use super::line::Line;
use super::{NeedyList, Standing};
use crate::planning::allocation::By;

/// The columns of a row. From `tambon` on they are the same in every row.
pub const COLUMNS: [&str; 23] = [
    "place",
    "computed_place",
    "household",
    "village",
    "tier",
    "need",
    "need_min",
    "need_max",
    "housing",
    "completeness",
    "income_per_person",
    "flags",
    "field_check",
    "decision",
    "reason",
    "tambon",
    "version",
    "replaces",
    "ranked_by",
    "parameters",
    "cursor_epoch",
    "cursor_seq",
    "cursor_chain",
];

/// What a list says, and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The rows in the order of places, those that do not stand last, by id; without line endings.
    pub rows: Vec<String>,
    /// The hash of the sorted rows, 64 hexadecimal digits.
    pub sha256: String,
}

impl NeedyList {
    /// What the list says now. Of an approved list it never changes: who approved it, and when, is not in it.
    #[must_use]
    pub fn seal(&self) -> Seal {
        let whole = self.of_the_whole();
        let standing = (1..).zip(self.standing()).map(|(place, line)| row(Some(place), Some(line), &whole));
        let removed = self.removed().map(|line| row(None, Some(line), &whole));
        let mut rows: Vec<String> = standing.chain(removed).collect();
        if rows.is_empty() {
            rows.push(row(None, None, &whole));
        }
        let mut sorted: Vec<&str> = rows.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        let mut hash = Sha256::new();
        for row in sorted {
            hash.update(row.as_bytes());
            hash.update(b"\n");
        }
        let sha256 = HEXLOWER.encode(hash.finalize().as_slice());
        Seal { rows, sha256 }
    }

    fn of_the_whole(&self) -> [String; 8] {
        let opening = self.opening();
        let basis = &opening.basis;
        let replaces = opening.replaces.as_ref().map(|(version, hash)| format!("{version} {hash}"));
        let by = match basis.by {
            By::Housing => "housing",
            By::Need => "need",
        };
        [
            opening.tambon.to_string(),
            opening.version.to_string(),
            replaces.unwrap_or_default(),
            by.to_owned(),
            basis.parameters.clone(),
            HEXLOWER.encode(&basis.as_of.epoch),
            basis.as_of.seq.to_string(),
            HEXLOWER.encode(&basis.as_of.chain),
        ]
    }
}

fn row(place: Option<u32>, line: Option<&Line>, whole: &[String; 8]) -> String {
    let computed = line.and_then(|line| line.computed.as_ref());
    let number = |it: Option<u8>| it.map(|it| it.to_string()).unwrap_or_default();
    let flags = computed.map(|it| it.deprived.iter().map(|flag| Flag::name(*flag)).collect::<Vec<_>>());
    let finding = line.and_then(|line| line.checked.as_ref()).map(|(finding, _)| finding.name());
    let of_line = [
        place.map(|place| place.to_string()).unwrap_or_default(),
        computed.map(|it| it.place.to_string()).unwrap_or_default(),
        line.map(|line| line.household.to_string()).unwrap_or_default(),
        line.map(|line| line.village.to_string()).unwrap_or_default(),
        number(computed.map(|it| it.tier as u8)),
        number(computed.map(|it| it.need)),
        number(computed.map(|it| it.need_min)),
        number(computed.map(|it| it.need_max)),
        number(computed.map(|it| it.housing)),
        number(computed.map(|it| it.completeness)),
        computed.and_then(|it| it.income_per_person).map(|baht| baht.to_string()).unwrap_or_default(),
        flags.unwrap_or_default().join(" "),
        finding.unwrap_or_default().to_owned(),
        line.map_or("", |line| Standing::name(line.standing)).to_owned(),
        line.map(|line| line.reason.clone()).unwrap_or_default(),
    ];
    let mut row = String::new();
    for (at, cell) in of_line.iter().chain(whole).enumerate() {
        if at > 0 {
            row.push(',');
        }
        push_cell(&mut row, cell);
    }
    row
}

fn push_cell(row: &mut String, cell: &str) {
    if cell.contains([',', '"']) {
        // Writing to a string does not fail.
        let _ = write!(row, "\"{}\"", cell.replace('"', "\"\""));
    } else {
        row.push_str(cell);
    }
}
