//! What is stamped on every file: where, as of when, by which rules, of which list.

use super::show::HIDDEN;
use super::{Heading, listing};
use crate::planning::fiscal::show_moment;
use crate::planning::told::{Language, Told};

/// The codes of Bangkok begin with it; what is a tambon elsewhere is a khwaeng there.
const BANGKOK: u32 = 10;

/// What the paper is called.
pub(super) fn title(heading: &Heading) -> Told {
    let Told { th, en } = &heading.tambon_name;
    let kind = if is_in_bangkok(heading) { "แขวง" } else { "ตำบล" };
    Told::new(format!("ภาคผนวกแผนพัฒนา{kind}{th}"), format!("Annex to the plan of {en}"))
}

/// Where it is, with the names of the areas around.
pub(super) fn place(heading: &Heading) -> Told {
    let Heading { tambon_name, amphoe_name, province_name, .. } = heading;
    let th = if is_in_bangkok(heading) {
        format!("แขวง{} {} {}", tambon_name.th, amphoe_name.th, province_name.th)
    } else {
        format!("ตำบล{} อำเภอ{} จังหวัด{}", tambon_name.th, amphoe_name.th, province_name.th)
    };
    Told::new(th, format!("{}, {}, {}", tambon_name.en, amphoe_name.en, province_name.en))
}

/// Since when the figures hold, in words.
pub(super) fn as_of(heading: &Heading) -> Told {
    let Told { th, en } = show_moment(heading.as_of);
    Told::new(format!("ข้อมูล ณ วันที่ {th}"), format!("As of {en}"))
}

/// The stamp, line by line: what is told, and what it is.
pub(super) fn lines(heading: &Heading) -> Vec<(Told, Told)> {
    let same = |text: String| Told::new(text.clone(), text);
    let Told { th, en } = place(heading);
    let mut lines = vec![
        (
            Told::new("พื้นที่", "Area"),
            Told::new(format!("{th} ({})", heading.tambon), format!("{en} ({})", heading.tambon)),
        ),
        (Told::new("ข้อมูล ณ วันที่", "As of"), show_moment(heading.as_of)),
        (Told::new("ลำดับล่าสุดในบันทึก", "Last entry of the log"), same(heading.log_seq.to_string())),
    ];
    if let Some(snapshot) = &heading.snapshot {
        let what = Told::new("ชุดข้อมูลที่อ้างอิง", "Snapshot");
        lines.push((what, same(format!("{} (SHA-256 {})", snapshot.title, snapshot.hash))));
    }
    if let Some(list) = &heading.list {
        let what = Told::new("บัญชีผู้เดือดร้อน ฉบับที่", "Needy list, version");
        lines.push((what, same(format!("{} (SHA-256 {})", list.title, list.hash))));
    }
    lines.push((
        Told::new("เกณฑ์การประเมิน ฉบับที่", "Scoring parameters, version"),
        same(heading.parameters.clone()),
    ));
    lines.push((Told::new("การปกปิดข้อมูล", "Hidden counts"), hiding(heading)));
    lines
}

/// The stamp in one line.
pub(super) fn one_line(heading: &Heading, language: Language) -> String {
    listing::one_line(&lines(heading), language)
}

/// Which counts are hidden, and how that is marked.
pub(super) fn hiding(heading: &Heading) -> Told {
    let Some(shown_from) = heading.hidden_below else {
        return Told::new("แสดงทุกจำนวน ใช้ภายในเท่านั้น", "Every count is shown: for internal use only");
    };
    let most = shown_from.saturating_sub(1);
    Told::new(
        format!("{HIDDEN} คือจำนวนที่ไม่แสดง เพราะเป็น 1 ถึง {most} หรือเพราะจะทำให้ทราบจำนวนเช่นนั้นได้"),
        format!("{HIDDEN} is a count that is not shown: it is 1 to {most}, or would tell one that is"),
    )
}

fn is_in_bangkok(heading: &Heading) -> bool {
    heading.tambon.get() / 10_000 == BANGKOK
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::{Cited, tests::example};
    use super::*;

    #[test]
    fn a_stamp_says_where_when_and_by_which_rules() {
        let mut heading = example().heading;
        heading.list = Some(Cited { title: "3".to_owned(), hash: "ab12".to_owned() });
        let line = one_line(&heading, Language::Th);
        for part in [
            "ตำบลอรัญญิก อำเภอเมืองพิษณุโลก จังหวัดพิษณุโลก (650117)",
            "15 มกราคม 2569 เวลา 13.05 น.",
            "ลำดับล่าสุดในบันทึก: 4812",
            "ฉบับที่: 3 (SHA-256 ab12)",
            "1 ถึง 4",
        ] {
            assert!(line.contains(part), "{part} in {line}");
        }
        heading.hidden_below = None;
        assert!(one_line(&heading, Language::En).contains("for internal use only"));
    }

    #[test]
    fn bangkok_has_khwaengs() {
        let mut heading = example().heading;
        heading.tambon = "104702".parse().unwrap();
        heading.tambon_name = Told::new("บางนาเหนือ", "Bang Na Nuea");
        heading.amphoe_name = Told::new("เขตบางนา", "Bang Na");
        heading.province_name = Told::new("กรุงเทพมหานคร", "Bangkok");
        assert_eq!(place(&heading).th, "แขวงบางนาเหนือ เขตบางนา กรุงเทพมหานคร");
        assert_eq!(title(&heading).th, "ภาคผนวกแผนพัฒนาแขวงบางนาเหนือ");
    }
}
