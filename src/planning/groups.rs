//! Areas put together: province groups, regions, local authorities. Which areas belong together differs between
//! agencies, so that a group is a row of data.
//!
//! A group belongs to a tree, whose groups have nothing in common: what they count can be added up. Some of the
//! country may lie in none of them. A local authority can have a part of a tambon: it names villages.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use sync_protocol::ids::{TambonCode, VillageCode};

use super::csv_rows::{Cells, CsvFault, Faults, Limits, rows_within};
use super::programme::no_source;
use super::region::InvalidRegion;
use super::told::Told;
use crate::area::{Area, Areas};

/// The columns of the file. Areas are codes of 2, 4, 6 or 8 digits with blanks between.
pub const COLUMNS: [&str; 6] = ["tree", "group_code", "name_th", "name_en", "areas", "source"];

/// There are 7,852 local authorities, each with a few tambons.
pub const LIMITS: Limits = Limits { bytes_max: 8 << 20, rows_max: 20_000 };

/// The tree of a group that is named without one.
pub const REGIONS: &str = "region";

/// The most characters in the code of a tree or a group.
const CODE_CHARS_MAX: usize = 40;
/// The most characters of a name or a source.
const TEXT_CHARS_MAX: usize = 600;

/// Which group: its tree and its code there, `cluster/north-upper-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupName {
    /// The tree.
    pub tree: String,
    /// The group's own code.
    pub code: String,
}

/// Whether this can name a tree or a group: a-z, 0-9 and -.
#[must_use]
pub fn is_code(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=CODE_CHARS_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tree, self.code)
    }
}

impl FromStr for GroupName {
    type Err = InvalidRegion;

    /// Without a tree it is a region.
    fn from_str(text: &str) -> Result<Self, InvalidRegion> {
        let (tree, code) = text.split_once('/').unwrap_or((REGIONS, text));
        if is_code(tree) && is_code(code) {
            return Ok(Self { tree: tree.to_owned(), code: code.to_owned() });
        }
        Err(InvalidRegion::of(&format!("group:{text}")))
    }
}

/// Some areas under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaGroup {
    /// Which it is.
    pub name: GroupName,
    /// What it is called in Thai.
    pub name_th: String,
    /// What it is called in English.
    pub name_en: String,
    /// Its areas, by code; none lies in another.
    pub areas: Vec<Area>,
    /// Where it was read.
    pub source: String,
}

/// How much of a tambon lies in something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Nothing.
    None,
    /// All of it.
    Whole,
    /// These of its villages.
    Villages(Vec<VillageCode>),
}

impl AreaGroup {
    /// Whether all of `area` lies in it.
    #[must_use]
    pub fn covers(&self, area: Area) -> bool {
        self.areas.iter().any(|own| own.covers(area))
    }

    /// Whether all of it lies in `area`.
    #[must_use]
    pub fn lies_in(&self, area: Area) -> bool {
        self.areas.iter().all(|own| area.covers(*own))
    }

    /// How much of a tambon it has.
    #[must_use]
    pub fn part_of(&self, tambon: TambonCode) -> Part {
        let tambon = Area::from(tambon);
        if self.covers(tambon) {
            return Part::Whole;
        }
        let inside = self.areas.iter().filter(|own| own.digits() == 8 && tambon.covers(**own));
        let villages: Vec<VillageCode> =
            inside.filter_map(|village| VillageCode::try_from(village.code()).ok()).collect();
        if villages.is_empty() { Part::None } else { Part::Villages(villages) }
    }

    /// The narrower, the greater, beside [`super::region::Region::narrowness`]: it is wider than its widest area,
    /// and narrower than what could be around that.
    #[must_use]
    pub(super) fn narrowness(&self) -> (u8, Reverse<usize>) {
        let digits = self.areas.iter().map(|own| own.digits()).min().unwrap_or(2);
        (digits - 1, Reverse(self.areas.len()))
    }
}

/// Every group that there is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Groups(BTreeMap<GroupName, AreaGroup>);

impl Groups {
    /// Those that come with the program.
    ///
    /// # Panics
    /// If `data/planning/area_groups.csv` is not what it should be; a test reads it.
    #[must_use]
    pub fn bundled() -> &'static Self {
        static GROUPS: OnceLock<Groups> = OnceLock::new();
        GROUPS.get_or_init(|| {
            let file = include_bytes!("../../data/planning/area_groups.csv");
            Self::of(read(file, Areas::bundled()).expect("the bundled groups are well formed"))
        })
    }

    /// These groups.
    #[must_use]
    pub fn of(groups: Vec<AreaGroup>) -> Self {
        Self(groups.into_iter().map(|group| (group.name.clone(), group)).collect())
    }

    /// These groups, and of the trees that they leave out those that come with the program.
    #[must_use]
    pub fn with_bundled(groups: Vec<AreaGroup>) -> Self {
        let mut all = Self::of(groups);
        let trees = all.trees();
        let bundled = Self::bundled().all().filter(|group| !trees.contains(&group.name.tree));
        all.0.extend(bundled.map(|group| (group.name.clone(), group.clone())));
        all
    }

    /// All of them, by tree and code.
    pub fn all(&self) -> impl Iterator<Item = &AreaGroup> {
        self.0.values()
    }

    /// The trees that have a group.
    #[must_use]
    pub fn trees(&self) -> BTreeSet<String> {
        self.0.keys().map(|name| name.tree.clone()).collect()
    }

    /// The group of this name.
    #[must_use]
    pub fn get(&self, name: &GroupName) -> Option<&AreaGroup> {
        self.0.get(name)
    }
}

/// Reads groups from a CSV file: all of them, or what is wrong with the file.
///
/// # Errors
/// Faults by row and column.
pub fn read(content: &[u8], known: &Areas) -> Result<Vec<AreaGroup>, Vec<CsvFault>> {
    let mut faults = Faults::default();
    let mut found: Vec<AreaGroup> = Vec::new();
    let mut names = BTreeSet::new();
    let mut trees: BTreeMap<String, Taken> = BTreeMap::new();
    for row in rows_within(content, &COLUMNS, LIMITS)? {
        let mut cells = Cells::new(&COLUMNS, &row, &mut faults);
        let tree = cells.needed("tree").and_then(|_| cells.read("tree", code));
        let own = cells.needed("group_code").and_then(|_| cells.read("group_code", code));
        let name_th = cells.needed("name_th").and_then(|_| cells.read("name_th", text));
        let name_en = cells.needed("name_en").and_then(|_| cells.read("name_en", text));
        let areas = cells.needed("areas").map(|codes| (row.number(), codes));
        if cells.text("source").is_empty() {
            cells.fault("source", no_source());
        }
        let source = cells.read("source", text);
        let (Some(tree), Some((number, codes))) = (tree, areas) else { continue };
        let taken = trees.entry(tree.clone()).or_default();
        let mut areas = Vec::new();
        for code in codes.split_whitespace() {
            match member(code, known).and_then(|area| taken.take(area, number).map(|()| area)) {
                Ok(area) => areas.push(area),
                Err(what) => cells.fault("areas", what),
            }
        }
        areas.sort_unstable();
        let Some(name) = own.map(|code| GroupName { tree, code }) else { continue };
        if !names.insert(name.clone()) {
            cells.fault("group_code", twice(&name));
            continue;
        }
        let (Some(name_th), Some(name_en), Some(source)) = (name_th, name_en, source) else { continue };
        found.push(AreaGroup { name, name_th, name_en, areas, source });
    }
    faults.or(found)
}

/// The areas of a tree so far, each with its row, and what lies around them.
#[derive(Default)]
struct Taken {
    areas: BTreeMap<Area, u32>,
    around: BTreeMap<Area, (Area, u32)>,
}

impl Taken {
    /// Notes an area of the tree, unless some of it is in the tree already.
    fn take(&mut self, area: Area, row: u32) -> Result<(), Told> {
        let around = || [2, 4, 6].map(|digits| area.shortened(digits)).into_iter().filter(|it| *it != area);
        if let Some(before) = self.areas.get(&area) {
            return Err(overlaps(area, area, *before));
        }
        if let Some((outer, before)) = around().find_map(|it| Some((it, self.areas.get(&it)?))) {
            return Err(overlaps(area, outer, *before));
        }
        if let Some((inner, before)) = self.around.get(&area) {
            return Err(overlaps(area, *inner, *before));
        }
        self.areas.insert(area, row);
        self.around.extend(around().map(|it| (it, (area, row))));
        Ok(())
    }
}

/// An area that a group can have.
fn member(code: &str, known: &Areas) -> Result<Area, Told> {
    let area = code.parse::<Area>().ok().filter(|area| *area != Area::COUNTRY);
    let Some(area) = area else {
        return Err(Told::new(
            format!("{code} ไม่ใช่รหัสพื้นที่ กรุณาใส่รหัส 2 4 6 หรือ 8 หลัก คั่นด้วยช่องว่าง"),
            format!("{code} is no area code; write codes of 2, 4, 6 or 8 digits with blanks between"),
        ));
    };
    if known.contains(area) {
        return Ok(area);
    }
    let successors: Vec<String> = known.successors(area).iter().map(ToString::to_string).collect();
    let (th, en) = if successors.is_empty() {
        (String::new(), String::new())
    } else {
        let list = successors.join(" ");
        (format!(" รหัสนี้ยกเลิกแล้ว ปัจจุบันคือ {list}"), format!("; it was abolished for {list}"))
    };
    Err(Told::new(format!("ไม่พบพื้นที่รหัส {code}{th}"), format!("there is no area {code}{en}")))
}

fn code(text: &str) -> Result<String, Told> {
    if is_code(text) {
        return Ok(text.to_owned());
    }
    Err(Told::new(
        format!("{text} ใช้เป็นรหัสไม่ได้ กรุณาใช้ a-z 0-9 และ - ไม่เกิน {CODE_CHARS_MAX} ตัว"),
        format!("{text} cannot be a code: write a-z, 0-9 and -, at most {CODE_CHARS_MAX} of them"),
    ))
}

fn text(text: &str) -> Result<String, Told> {
    if text.chars().count() <= TEXT_CHARS_MAX {
        return Ok(text.to_owned());
    }
    Err(Told::new(
        format!("ข้อความยาวเกิน {TEXT_CHARS_MAX} ตัวอักษร กรุณาย่อ"),
        format!("the text has more than {TEXT_CHARS_MAX} characters; shorten it"),
    ))
}

fn overlaps(area: Area, other: Area, row: u32) -> Told {
    if area == other {
        return Told::new(
            format!("พื้นที่ {area} อยู่ในกลุ่มของแถวที่ {row} แล้ว พื้นที่หนึ่งอยู่ได้กลุ่มเดียวในชุดเดียวกัน"),
            format!("row {row} has {area} already; an area lies in one group of a tree"),
        );
    }
    Told::new(
        format!("พื้นที่ {area} ซ้อนกับ {other} ของแถวที่ {row} กรุณาให้เหลือกลุ่มเดียว"),
        format!("{area} and {other} of row {row} overlap; an area lies in one group of a tree"),
    )
}

fn twice(name: &GroupName) -> Told {
    Told::new(
        format!("กลุ่ม {name} มีอยู่แล้วในแถวก่อนหน้า กรุณาลบออกหนึ่งแถว"),
        format!("an earlier row has the group {name}; take one out"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HEADER: &str = "tree,group_code,name_th,name_en,areas,source\n";

    fn group(name: &str) -> &'static AreaGroup {
        Groups::bundled().get(&name.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_bundled_groups_have_each_province_once_but_bangkok() {
        let groups = Groups::bundled();
        assert_eq!(groups.trees().into_iter().collect::<Vec<_>>(), ["cluster", "region"]);
        for (tree, count) in [("cluster", 18), ("region", 6)] {
            let of_tree = || groups.all().filter(|group| group.name.tree == tree);
            assert_eq!(of_tree().count(), count);
            let areas: BTreeSet<Area> = of_tree().flat_map(|group| group.areas.iter().copied()).collect();
            assert_eq!(areas.len(), 76, "{tree}");
            assert!(areas.iter().all(|area| area.digits() == 2) && !areas.contains(&"10".parse().unwrap()));
            assert!(of_tree().all(|group| group.source.contains("unverified")));
        }
        let clusters = groups.all().filter(|group| group.name.tree == "cluster");
        for cluster in clusters {
            let around = groups.all().filter(|group| group.name.tree == "region");
            let around = around.filter(|region| cluster.areas.iter().all(|area| region.covers(*area)));
            assert_eq!(around.count(), 1, "{} lies in one region", cluster.name);
        }
        assert!(group("cluster/north-lower-1").covers("650117".parse().unwrap()));
        assert_eq!(group("south-border").name_th, "ภาคใต้ชายแดน");
    }

    #[test]
    fn a_group_has_whole_tambons_and_villages_of_others() {
        let file = format!("{HEADER}local,a,ก,A,65011704 650118 65011703,x\n");
        let read = read(file.as_bytes(), Areas::bundled()).unwrap();
        let part = |tambon: &str| read[0].part_of(tambon.parse().unwrap());
        assert_eq!(part("650118"), Part::Whole);
        assert_eq!(part("650119"), Part::None);
        let villages = ["65011703", "65011704"].map(|code| code.parse().unwrap());
        assert_eq!(part("650117"), Part::Villages(villages.to_vec()));
        assert!(read[0].lies_in("65".parse().unwrap()) && !read[0].lies_in("650117".parse().unwrap()));
        assert!(read[0].covers("65011805".parse().unwrap()) && !read[0].covers("650117".parse().unwrap()));
    }

    #[test]
    fn each_wrong_cell_is_told_and_nothing_is_taken() {
        let good = "local,a,ก,A,6501 65020101,x\n";
        let at = |row: u32, column: &str| (row, column.to_owned());
        for (bad, column) in [
            ("local,b,ก,B,999999,x\n", "areas"),
            ("local,b,ก,B,650,x\n", "areas"),
            ("local,b,ก,B,TH,x\n", "areas"),
            ("local,b,ก,B,,x\n", "areas"),
            ("local,b,ก,B,6501,x\n", "areas"),
            ("local,b,ก,B,650117,x\n", "areas"),
            ("local,b,ก,B,650201,x\n", "areas"),
            ("local,b,ก,B,6503 6503,x\n", "areas"),
            ("local,a,ก,B,6503,x\n", "group_code"),
            ("local,B,ก,B,6503,x\n", "group_code"),
            ("อปท,b,ก,B,6503,x\n", "tree"),
            ("local,b,,B,6503,x\n", "name_th"),
            ("local,b,ก,B,6503,\n", "source"),
        ] {
            let faults = read(format!("{HEADER}{good}{bad}").as_bytes(), Areas::bundled()).unwrap_err();
            let places: Vec<_> = faults.iter().map(|fault| (fault.row, fault.column.clone())).collect();
            assert_eq!(places, [at(3, column)], "{bad}");
            assert!(faults.iter().all(|fault| !fault.told().th.is_ascii()), "{faults:?}");
        }
        let other_tree = format!("{HEADER}{good}other,a,ก,A,6501,x\n");
        assert_eq!(read(other_tree.as_bytes(), Areas::bundled()).unwrap().len(), 2);
        let abolished = format!("{HEADER}local,a,ก,A,104701,x\n");
        let faults = read(abolished.as_bytes(), Areas::bundled()).unwrap_err();
        assert!(faults[0].what.en.contains("104702 104703"), "{faults:?}");
        assert_eq!(read(b"tree,areas\n", Areas::bundled()).unwrap_err().len(), 4);
    }
}
