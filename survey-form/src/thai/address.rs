//! An address in one line, taken apart. Names stay names: which tambon is meant is for whoever has
//! the table of areas, because 795 names of tambons repeat.

use super::house::house_number;
use super::text::{fold_digits, fold_text};

/// The parts of an address; names without their level (`ต.`, `อำเภอ` …).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressLine {
    /// บ้านเลขที่, as [`house_number`] gives it.
    pub house_number: Option<String>,
    /// หมู่ที่, 1 to 99. Bangkok has none.
    pub moo: Option<u8>,
    /// The village or estate by name (บ้าน…, หมู่บ้าน…), without that word.
    pub village: Option<String>,
    /// ซอย.
    pub soi: Option<String>,
    /// ถนน.
    pub road: Option<String>,
    /// ตำบล or แขวง.
    pub tambon: Option<String>,
    /// อำเภอ or เขต; `เมือง` where it is written so.
    pub amphoe: Option<String>,
    /// จังหวัด; also a bare name after the amphoe.
    pub province: Option<String>,
    /// รหัสไปรษณีย์: five digits at the end.
    pub postcode: Option<String>,
    /// Words that could not be placed, with a space between: nothing is dropped.
    pub rest: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    HouseNumber,
    Moo,
    Village,
    Soi,
    Road,
    Tambon,
    Amphoe,
    Province,
    Postcode,
}

/// What announces a part; where one begins with another, the longer comes first.
const MARKS: [(&str, Part); 23] = [
    ("บ้านเลขที่", Part::HouseNumber),
    ("เลขที่", Part::HouseNumber),
    ("หมู่บ้าน", Part::Village),
    ("หมู่ที่", Part::Moo),
    ("หมู่", Part::Moo),
    ("ม.", Part::Moo),
    ("บ้าน", Part::Village),
    ("บ.", Part::Village),
    ("ซอย", Part::Soi),
    ("ซ.", Part::Soi),
    ("ถนน", Part::Road),
    ("ถ.", Part::Road),
    ("ตำบล", Part::Tambon),
    ("ต.", Part::Tambon),
    ("แขวง", Part::Tambon),
    ("อำเภอ", Part::Amphoe),
    ("อ.", Part::Amphoe),
    ("เขต", Part::Amphoe),
    ("จังหวัด", Part::Province),
    ("จ.", Part::Province),
    ("รหัสไปรษณีย์", Part::Postcode),
    ("รหัส", Part::Postcode),
    ("ปณ.", Part::Postcode),
];

const BANGKOK: &str = "กรุงเทพมหานคร";
const ALSO_BANGKOK: [&str; 4] = ["กรุงเทพฯ", "กรุงเทพ", "กทม.", "กทม"];

impl AddressLine {
    /// Takes a line apart. It never fails: what has no place is in `rest`.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        let folded = fold_text(line);
        let folded = fold_digits(&folded);
        let words: Vec<&str> =
            folded.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
        let mut address = Self::default();
        let mut last = None;
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let (part, mut value) = match mark_of(word) {
                Some((part, joined)) => (Some(part), joined.to_owned()),
                None => (address.unmarked(word, last, at + 1 == words.len()), (*word).to_owned()),
            };
            at += 1;
            let Some(part) = part else {
                address.leave(word);
                continue;
            };
            // `ต. อรัญญิก`: the word after a bare mark is its value, whatever it looks like.
            if value.is_empty()
                && let Some(next) = words.get(at)
            {
                value.push_str(next);
                at += 1;
            }
            // The names of lanes and roads go on until something else is announced.
            while matches!(part, Part::Soi | Part::Road)
                && let Some(next) = words.get(at).filter(|next| mark_of(next).is_none() && !is_postcode(next))
            {
                value.push(' ');
                value.push_str(next);
                at += 1;
            }
            if !address.place(part, &value) {
                address.leave(word);
                if !word.ends_with(value.as_str()) {
                    address.leave(&value);
                }
            }
            last = Some(part);
        }
        address
    }

    /// What a word without a mark is: the number at the start, the province after the amphoe, the
    /// postcode at the end.
    fn unmarked(&self, word: &str, last: Option<Part>, at_end: bool) -> Option<Part> {
        let is_bangkok = word == BANGKOK || ALSO_BANGKOK.contains(&word);
        match last {
            _ if is_postcode(word) && at_end => Some(Part::Postcode),
            None if self.rest.is_empty() && house_number(word).is_some() => Some(Part::HouseNumber),
            _ if is_bangkok => Some(Part::Province),
            Some(Part::Amphoe) if word.chars().all(|c| ('ก'..='๎').contains(&c)) => Some(Part::Province),
            _ => None,
        }
    }

    /// Whether `value` fits as this part and the part was not yet known.
    fn place(&mut self, part: Part, value: &str) -> bool {
        if part == Part::Moo {
            let moo = value.parse().ok().filter(|moo| (1..=99).contains(moo) && self.moo.is_none());
            self.moo = self.moo.or(moo);
            return moo.is_some();
        }
        let (slot, value) = match part {
            Part::HouseNumber => {
                (&mut self.house_number, house_number(value).map(|number| number.into_owned()))
            }
            Part::Village => (&mut self.village, named(value)),
            Part::Soi => (&mut self.soi, named(value)),
            Part::Road => (&mut self.road, named(value)),
            Part::Tambon => (&mut self.tambon, named(value)),
            Part::Amphoe => (&mut self.amphoe, named(value)),
            Part::Province if ALSO_BANGKOK.contains(&value) => (&mut self.province, named(BANGKOK)),
            Part::Province => (&mut self.province, named(value)),
            Part::Moo | Part::Postcode => (&mut self.postcode, is_postcode(value).then(|| value.to_owned())),
        };
        let fits = slot.is_none() && value.is_some();
        if fits {
            *slot = value;
        }
        fits
    }

    fn leave(&mut self, word: &str) {
        if !self.rest.is_empty() {
            self.rest.push(' ');
        }
        self.rest.push_str(word);
    }
}

/// The part that a word announces, and what of its value is joined to the mark.
fn mark_of(word: &str) -> Option<(Part, &str)> {
    MARKS.iter().find_map(|(mark, part)| {
        let joined = word.strip_prefix(mark)?;
        // `หมู่` is a mark only before a number: a name can begin with it.
        let other_word =
            *part == Part::Moo && !joined.is_empty() && !joined.starts_with(|c: char| c.is_ascii_digit());
        (!other_word).then_some((*part, joined))
    })
}

fn named(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

fn is_postcode(word: &str) -> bool {
    word.len() == 5 && word.bytes().all(|b| b.is_ascii_digit()) && !word.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(line: &str) -> [String; 10] {
        let a = AddressLine::parse(line);
        let moo = a.moo.map(|moo| moo.to_string());
        let shown =
            [a.house_number, moo, a.village, a.soi, a.road, a.tambon, a.amphoe, a.province, a.postcode];
        let mut shown = shown.map(Option::unwrap_or_default).to_vec();
        shown.push(a.rest);
        shown.try_into().expect("ten parts")
    }

    #[test]
    fn an_address_is_taken_apart() {
        for (line, expected) in [
            (
                "๑๒/๓ หมู่ ๔ ต.อรัญญิก อ.เมือง จ.พิษณุโลก",
                ["12/3", "4", "", "", "", "อรัญญิก", "เมือง", "พิษณุโลก", "", ""],
            ),
            (
                "บ้านเลขที่ 12/3 หมู่ที่ 4 บ้านอรัญญิก ตำบลอรัญญิก อำเภอเมืองพิษณุโลก จังหวัดพิษณุโลก 65000",
                ["12/3", "4", "อรัญญิก", "", "", "อรัญญิก", "เมืองพิษณุโลก", "พิษณุโลก", "65000", ""],
            ),
            (
                "เลขที่ 45 ม.4 ต. บ้านกร่าง อ. เมือง พิษณุโลก 65000",
                ["45", "4", "", "", "", "บ้านกร่าง", "เมือง", "พิษณุโลก", "65000", ""],
            ),
            (
                "99/1 ซอยสุขุมวิท 71 ถนนสุขุมวิท แขวงพระโขนงเหนือ เขตวัฒนา กรุงเทพฯ 10110",
                ["99/1", "", "", "สุขุมวิท 71", "สุขุมวิท", "พระโขนงเหนือ", "วัฒนา", "กรุงเทพมหานคร", "10110", ""],
            ),
            (
                "12 หมู่4 หมู่บ้านสุขใจ ซ.2 ถ.มิตรภาพ ต.หนองแคน",
                ["12", "4", "สุขใจ", "2", "มิตรภาพ", "หนองแคน", "", "", "", ""],
            ),
        ] {
            assert_eq!(parts(line), expected.map(str::to_owned), "{line}");
        }
    }

    #[test]
    fn what_has_no_place_is_left_and_not_dropped() {
        for (line, rest) in [
            ("", ""),
            ("หลังวัดใหญ่ 12/3", "หลังวัดใหญ่ 12/3"),
            ("12 หมู่ สี่ ต.อรัญญิก", "หมู่ สี่"),
            ("12 ม.100 ต.อรัญญิก", "ม.100"),
            ("12 ต.อรัญญิก ต.หัวรอ", "ต.หัวรอ"),
            ("12 ต.อรัญญิก 65000 ใกล้ตลาด", "65000 ใกล้ตลาด"),
            ("12 อรัญญิก เมือง พิษณุโลก", "อรัญญิก เมือง พิษณุโลก"),
            ("12 ต.", "ต."),
        ] {
            assert_eq!(AddressLine::parse(line).rest, rest, "{line}");
        }
    }
}
