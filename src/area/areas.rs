//! The areas that there are, read once from the files in `data/areas`.

use std::sync::OnceLock;

use sync_protocol::ids::TambonCode;

use super::Area;

/// All provinces, amphoes and tambons, and the codes that were abolished.
#[derive(Debug)]
pub struct Areas {
    provinces: Vec<NamedArea>,
    amphoes: Vec<NamedArea>,
    tambons: Vec<NamedArea>,
    abolished: Vec<Abolished>,
}

/// An area with its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedArea {
    /// Its code.
    pub area: Area,
    /// Thai name, without `ตำบล` or `อำเภอ`; a khet of Bangkok keeps its `เขต`.
    pub th: &'static str,
    /// English name.
    pub en: &'static str,
    postcodes: &'static str,
}

/// A tambon, its amphoe and its province.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The tambon (khwaeng).
    pub tambon: &'a NamedArea,
    /// The amphoe (khet) that it lies in.
    pub amphoe: &'a NamedArea,
    /// The province that it lies in.
    pub province: &'a NamedArea,
}

/// An amphoe or tambon code that is no longer in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abolished {
    /// The old code.
    pub area: Area,
    /// Thai name.
    pub th: &'static str,
    /// The day on which the registry ended it, `YYYY-MM-DD`.
    pub abolished: &'static str,
    /// What took its place: none known, one, or several, of which a person has to choose.
    pub successors: Vec<Area>,
}

impl NamedArea {
    /// The postcodes in use here (tambons only). A postcode is not a key.
    pub fn postcodes(&self) -> impl Iterator<Item = &'static str> {
        self.postcodes.split_ascii_whitespace()
    }

    fn is_called(&self, name: &str) -> bool {
        self.th == name || self.th.strip_prefix("เขต") == Some(name) || self.en.eq_ignore_ascii_case(name)
    }
}

impl Areas {
    /// The areas that come with the program.
    ///
    /// # Panics
    /// If the files in `data/areas` are not what they should be; a test reads them.
    #[must_use]
    pub fn bundled() -> &'static Self {
        static AREAS: OnceLock<Areas> = OnceLock::new();
        AREAS.get_or_init(|| {
            let areas = include_str!("../../data/areas/areas.csv");
            let abolished = include_str!("../../data/areas/abolished.csv");
            Self::parse(areas, abolished).expect("the bundled area files are well formed")
        })
    }

    fn parse(areas: &'static str, abolished: &'static str) -> Option<Self> {
        let mut levels = [Vec::with_capacity(80), Vec::with_capacity(1_000), Vec::with_capacity(7_500)];
        for line in areas.lines().skip(1) {
            let [code, th, en, postcodes] = columns(line)?;
            let area: Area = code.parse().ok()?;
            let level = usize::from(area.digits() / 2 - 1);
            levels.get_mut(level)?.push(NamedArea { area, th, en, postcodes });
        }
        let abolished = abolished.lines().skip(1).map(|line| {
            let [code, th, _en, abolished, successors, _basis] = columns(line)?;
            let successors = successors.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>();
            Some(Abolished { area: code.parse().ok()?, th, abolished, successors: successors.ok()? })
        });
        let mut abolished: Vec<Abolished> = abolished.collect::<Option<_>>()?;
        abolished.sort_by_key(|old| old.area);
        let [provinces, amphoes, tambons] = levels;
        Some(Self { provinces, amphoes, tambons, abolished })
    }

    /// All provinces, by code.
    #[must_use]
    pub fn provinces(&self) -> &[NamedArea] {
        &self.provinces
    }

    /// All amphoes and khets, by code.
    #[must_use]
    pub fn amphoes(&self) -> &[NamedArea] {
        &self.amphoes
    }

    /// All tambons and khwaengs, by code.
    #[must_use]
    pub fn tambons(&self) -> &[NamedArea] {
        &self.tambons
    }

    /// The province, amphoe or tambon with this code. Villages have no names here.
    #[must_use]
    pub fn get(&self, area: Area) -> Option<&NamedArea> {
        let level = match area.digits() {
            2 => &self.provinces,
            4 => &self.amphoes,
            6 => &self.tambons,
            _ => return None,
        };
        let at = level.binary_search_by_key(&area.code(), |named| named.area.code()).ok()?;
        level.get(at)
    }

    /// Whether there is such an area; of a village, whether there is its tambon.
    #[must_use]
    pub fn contains(&self, area: Area) -> bool {
        area == Area::COUNTRY || self.get(area.shortened(6)).is_some()
    }

    /// A tambon with the areas around it.
    #[must_use]
    pub fn place(&self, tambon: TambonCode) -> Option<Place<'_>> {
        self.place_of(self.get(tambon.into())?)
    }

    fn place_of<'a>(&'a self, tambon: &'a NamedArea) -> Option<Place<'a>> {
        let amphoe = self.get(tambon.area.shortened(4))?;
        let province = self.get(tambon.area.shortened(2))?;
        Some(Place { tambon, amphoe, province })
    }

    /// The tambons in an area, by code.
    pub fn tambons_in(&self, area: Area) -> impl Iterator<Item = &NamedArea> {
        let codes = area.tambons();
        let start = self.tambons.partition_point(|tambon| tambon.area.code() < *codes.start());
        self.tambons[start..].iter().take_while(move |tambon| tambon.area.code() <= *codes.end())
    }

    /// What became of an abolished code.
    #[must_use]
    pub fn abolished(&self, area: Area) -> Option<&Abolished> {
        let at = self.abolished.binary_search_by_key(&area, |old| old.area).ok()?;
        self.abolished.get(at)
    }

    /// The areas that took the place of an abolished one; empty if none is known.
    #[must_use]
    pub fn successors(&self, area: Area) -> &[Area] {
        self.abolished(area).map_or(&[], |old| &old.successors)
    }

    /// Every area of this Thai or English name, provinces first, then by code. The name may be
    /// written with its level, as in `ต.อรัญญิก`, which then limits the search to that level.
    #[must_use]
    pub fn find(&self, name: &str) -> Vec<&NamedArea> {
        let (digits, name) = level_of(name);
        let all = self.provinces.iter().chain(&self.amphoes).chain(&self.tambons);
        all.filter(|named| digits.is_none_or(|d| d == named.area.digits()) && named.is_called(name)).collect()
    }

    /// Every tambon of this name, in an amphoe and a province of these names where they are given.
    /// `อ.เมือง` is the amphoe of the province's own name.
    #[must_use]
    pub fn find_tambons(&self, tambon: &str, amphoe: Option<&str>, province: Option<&str>) -> Vec<Place<'_>> {
        let tambon = level_of(tambon).1;
        let amphoe = amphoe.map(|name| level_of(name).1);
        let province = province.map(|name| level_of(name).1);
        let called = |named: &&NamedArea| named.is_called(tambon);
        let places = self.tambons.iter().filter(called).filter_map(|named| self.place_of(named));
        let places = places.filter(|place| {
            amphoe.is_none_or(|name| place.amphoe.is_called(name) || place.is_capital_called(name))
                && province.is_none_or(|name| place.province.is_called(name))
        });
        places.collect()
    }
}

impl Place<'_> {
    fn is_capital_called(&self, name: &str) -> bool {
        matches!(name, "เมือง" | "Mueang" | "Muang")
            && self.amphoe.th.strip_prefix("เมือง") == Some(self.province.th)
    }
}

/// The level that a written name states, as its number of digits, and the bare name.
fn level_of(name: &str) -> (Option<u8>, &str) {
    const LEVELS: [(&str, u8); 8] =
        [("จังหวัด", 2), ("จ.", 2), ("อำเภอ", 4), ("อ.", 4), ("เขต", 4), ("ตำบล", 6), ("แขวง", 6), ("ต.", 6)];
    let name = name.trim();
    for (prefix, digits) in LEVELS {
        if let Some(bare) = name.strip_prefix(prefix).map(str::trim_start)
            && !bare.is_empty()
        {
            return (Some(digits), bare);
        }
    }
    (None, name)
}

fn columns<const N: usize>(line: &'static str) -> Option<[&'static str; N]> {
    let mut columns = line.split(',');
    let mut row = [""; N];
    for cell in &mut row {
        *cell = columns.next()?;
    }
    columns.next().is_none().then_some(row)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use survey_form::thai::AddressLine;

    fn area(text: &str) -> Area {
        text.parse().unwrap()
    }

    fn codes(areas: &[&NamedArea]) -> Vec<String> {
        areas.iter().map(|named| named.area.to_string()).collect()
    }

    #[test]
    fn every_tambon_lies_in_an_amphoe_and_a_province() {
        let areas = Areas::bundled();
        assert_eq!((areas.provinces().len(), areas.amphoes().len(), areas.tambons().len()), (77, 928, 7_436));
        assert!(areas.tambons().iter().all(|tambon| areas.place_of(tambon).is_some()));
        assert!(areas.amphoes().iter().all(|amphoe| areas.contains(amphoe.area.shortened(2))));
        for level in [areas.provinces(), areas.amphoes(), areas.tambons()] {
            assert!(level.is_sorted_by(|a, b| a.area < b.area), "codes are unique and sorted");
            assert!(level.iter().all(|named| !named.th.is_empty() && !named.en.is_empty()));
        }
        let in_bangkok = area("10");
        assert_eq!(areas.tambons_in(in_bangkok).count(), 180);
        assert_eq!(areas.amphoes().iter().filter(|khet| in_bangkok.covers(khet.area)).count(), 50);
    }

    #[test]
    fn known_codes_have_their_names() {
        let areas = Areas::bundled();
        for (code, th) in [
            ("65", "พิษณุโลก"),
            ("6501", "เมืองพิษณุโลก"),
            ("650117", "อรัญญิก"),
            ("130114", "หลักหก"),
            ("19", "สระบุรี"),
            ("16", "ลพบุรี"),
            ("40", "ขอนแก่น"),
            ("103602", "สีกัน"),
        ] {
            assert_eq!(areas.get(area(code)).unwrap().th, th, "{code}");
        }
        assert_eq!(areas.get(area("650117")).unwrap().en, "Aranyik");
        assert!(areas.contains(area("65011704")), "a village of a tambon that there is");
        assert!(!areas.contains(area("650199")));
        assert!(areas.get(area("65011704")).is_none(), "villages have no names here");
    }

    #[test]
    fn an_abolished_code_leads_to_its_successors() {
        let areas = Areas::bundled();
        assert_eq!(areas.successors(area("104701")), [area("104702"), area("104703")]);
        assert_eq!(areas.abolished(area("104701")).unwrap().abolished, "2022-04-22");
        assert!(!areas.contains(area("104701")));
        assert!(areas.successors(area("650117")).is_empty());
        let successors = areas.abolished.iter().flat_map(|old| &old.successors);
        assert!(successors.clone().all(|code| areas.contains(*code)));
        let count = |n: usize| areas.abolished.iter().filter(|old| old.successors.len() == n).count();
        assert_eq!((areas.abolished.len(), count(0)), (1_583, 401));
        assert!(areas.abolished.iter().all(|old| !areas.contains(old.area)));
    }

    #[test]
    fn a_name_gives_every_area_that_has_it() {
        let areas = Areas::bundled();
        assert_eq!(codes(&areas.find("หนองแคน")), ["450303", "490404"]);
        assert_eq!(codes(&areas.find("ต.ห้วยขมิ้น")), ["190309", "720303"]);
        assert_eq!(codes(&areas.find("จ.สระบุรี")), ["19"]);
        assert_eq!(codes(&areas.find("aranyik")).last().unwrap(), "650117");
        assert_eq!(codes(&areas.find("เขตพระนคร")), ["1001"]);
        assert!(areas.find("ไม่มีตำบลนี้").is_empty());
        assert!(areas.find("").is_empty());

        let found = areas.find_tambons("ต.อรัญญิก", Some("อ.เมือง"), Some("จ.พิษณุโลก"));
        assert_eq!(found.iter().map(|place| place.tambon.area).collect::<Vec<_>>(), [area("650117")]);
        let within = |province| areas.find_tambons("หนองแคน", None, province).len();
        assert_eq!((within(None), within(Some("มุกดาหาร")), within(Some("พิษณุโลก"))), (2, 1, 0));
    }

    #[test]
    fn an_address_as_written_leads_to_its_village() {
        let address = AddressLine::parse("๑๒/๓ หมู่ ๔ ต.อรัญญิก อ.เมือง จ.พิษณุโลก");
        assert_eq!(address.house_number.as_deref(), Some("12/3"));
        let tambon = address.tambon.as_deref().unwrap();
        let found =
            Areas::bundled().find_tambons(tambon, address.amphoe.as_deref(), address.province.as_deref());
        assert_eq!(found.iter().map(|place| place.tambon.area).collect::<Vec<_>>(), [area("650117")]);
        let village = format!("{}{:02}", found[0].tambon.area, address.moo.unwrap());
        assert_eq!(village.parse::<Area>(), Ok(area("65011704")));
    }

    #[test]
    fn a_tambon_may_have_several_postcodes() {
        let areas = Areas::bundled();
        let postcodes = |code| areas.get(area(code)).unwrap().postcodes().collect::<Vec<_>>();
        assert_eq!(postcodes("190309"), ["18140", "18230"]);
        assert_eq!(areas.tambons().iter().filter(|tambon| tambon.postcodes().count() > 1).count(), 160);
    }
}
