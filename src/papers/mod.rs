//! The annex of a plan as files: a workbook, CSV, a page to print and its PDF, the villages on a map.
//!
//! Each takes a [`Paper`] and says the same in its own way. Counts are hidden where the annex was put
//! together; here nothing is counted, so no file shows what another hides. Every file bears the stamp of
//! its [`Heading`]: where, as of when, by which rules, of which list. Pure but for [`pdf()`], which
//! runs a browser.
//!
//! ```
//! use samruat::clock::Micros;
//! use samruat::papers::{Heading, Language, Paper, csv, html};
//! use samruat::planning::annex::Annex;
//! use samruat::planning::told::Told;
//!
//! let heading = Heading {
//!     tambon: "650117".parse()?,
//!     tambon_name: Told::new("อรัญญิก", "Aranyik"),
//!     amphoe_name: Told::new("เมืองพิษณุโลก", "Mueang Phitsanulok"),
//!     province_name: Told::new("พิษณุโลก", "Phitsanulok"),
//!     as_of: Micros(1_764_136_800_000_000),
//!     log_seq: 4_812,
//!     list: None,
//!     parameters: "1".to_owned(),
//!     hidden_below: Some(5),
//!     snapshot: None,
//!     points: Vec::new(),
//! };
//! let paper = Paper { annex: Annex { tables: Vec::new() }, heading };
//! assert!(html(&paper, Language::Th).contains("ข้อมูล ณ วันที่ 26 พฤศจิกายน 2568 เวลา 13.00 น."));
//! # Ok::<(), sync_protocol::ids::InvalidId>(())
//! ```

mod chart;
mod csv;
pub(crate) mod csv_cells;
mod figure;
mod geojson;
mod html;
mod listing;
mod map;
mod pdf;
mod show;
mod stamp;
#[cfg(test)]
mod tests;
mod xlsx;

use serde::{Deserialize, Serialize};
use sync_protocol::ids::TambonCode;

use crate::clock::Micros;
use crate::planning::annex::{Annex, Cell, Village};
use crate::planning::indicators::{BLOCKS, Block};
use crate::planning::told::Told;

pub use self::csv::csv;
pub use self::geojson::geojson;
pub use self::html::html;
pub use self::listing::Listing;
pub use self::pdf::{PdfError, pdf};
pub use self::xlsx::{Book, XlsxError, xlsx};
pub use crate::planning::told::Language;

/// An annex and what is stamped on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    /// The tables, with small counts hidden already where they have to be.
    pub annex: Annex,
    /// What it is of.
    pub heading: Heading,
}

/// What an annex is of, and what its figures come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    /// The tambon.
    pub tambon: TambonCode,
    /// What it is called, without `ตำบล` or `แขวง`.
    pub tambon_name: Told,
    /// What its amphoe is called, without `อำเภอ`; a khet of Bangkok keeps its `เขต`.
    pub amphoe_name: Told,
    /// What its province is called, without `จังหวัด`.
    pub province_name: Told,
    /// When the figures held.
    pub as_of: Micros,
    /// The last entry of the tambon's log that is in them.
    pub log_seq: u64,
    /// The needy list that is cited; its version is its title.
    pub list: Option<Cited>,
    /// The version of the parameters that scores were computed with.
    pub parameters: String,
    /// Below which number counts were hidden; `None` where all are shown.
    pub hidden_below: Option<u64>,
    /// The snapshot that this is, if it is one.
    pub snapshot: Option<Cited>,
    /// The villages on the map, by code.
    pub points: Vec<MapPoint>,
}

/// Something frozen that is cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cited {
    /// What it is called.
    pub title: String,
    /// Its hash, hexadecimal.
    pub hash: String,
}

/// A village on the map, never a house.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapPoint {
    /// The village's code, 8 digits.
    pub code: String,
    /// What it is called.
    pub name: Told,
    /// Its middle; `None` where nobody knows it.
    pub middle: Option<Middle>,
    /// Households that were assessed.
    pub households: Cell,
    /// Those of them that are deprived in a dimension.
    pub poor: Cell,
    /// Whatever else is counted, by block and code, e.g. `dimension.health`.
    pub counts: Vec<(String, Cell)>,
}

impl MapPoint {
    /// A village with what is shown of its counts, by place of the indicator. What is crossed with something
    /// else is left out: a map has no room for it.
    #[must_use]
    pub fn of(village: &Village, shown: &[Option<u32>], middle: Option<Middle>) -> Self {
        let cell = |place: usize| shown.get(place).copied().flatten().map_or(Cell::Hidden, Cell::Count);
        let standing = |code: &str| {
            let place = Block::named("households").and_then(|block| block.place(code, None));
            place.map_or(Cell::Missing, cell)
        };
        let plain = BLOCKS.iter().filter(|block| block.second.is_empty());
        let counts = plain
            .flat_map(|block| block.indicators().map(|(place, code, _)| (block.name, place, code)))
            .map(|(block, place, code)| (format!("{block}.{code}"), cell(place)))
            .collect();
        let (code, name) = (village.code.clone(), village.name.clone());
        Self { code, name, middle, households: standing("assessed"), poor: standing("poor"), counts }
    }
}

/// Where the middle of a village is, degrees of WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Middle {
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lon: f64,
}

impl Middle {
    /// To about a hundred metres: a village is found by it, and no house.
    #[must_use]
    pub fn rounded(self) -> Self {
        let round = |degrees: f64| (degrees * 1_000.0).round() / 1_000.0;
        Self { lat: round(self.lat), lon: round(self.lon) }
    }
}

impl Paper {
    /// The numbers of the tables as they are cited: `3`, or `2.1` and `2.2` where a table has two parts.
    fn numbers(&self) -> Vec<String> {
        let tables = &self.annex.tables;
        let number = |(at, table): (usize, &crate::planning::annex::Table)| {
            let same = |other: &&crate::planning::annex::Table| other.number == table.number;
            if tables.iter().filter(same).count() == 1 {
                return table.number.to_string();
            }
            format!("{}.{}", table.number, tables[..at].iter().filter(same).count() + 1)
        };
        tables.iter().enumerate().map(number).collect()
    }
}
