//! Small counts stay hidden from planners across levels, groups, feeds and annexes, not only within one table.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use samruat::store::api_keys::Role;
use serde_json::{Value, json};
use sync_protocol::ids::VillageCode;

use super::areas::Elsewhere;
use super::lists::worked_case;
use super::odata::all;
use super::world::{World, house, on_each_database};

/// Villages with so many households that have a decayed house, and so many that have not.
const VILLAGES: [(&str, u8, u8); 7] = [
    ("65011704", 3, 6),
    ("65011705", 9, 6),
    ("65011706", 7, 6),
    ("65011801", 3, 6),
    ("65011802", 0, 6),
    ("65020101", 6, 6),
    ("65020102", 14, 6),
];

/// Decayed houses.
const DECAYED: &str = "flag.L2";

const GROUPS: &str = "tree,group_code,name_th,name_en,areas,source\n\
                      one,a,ก,A,650117 6502,x\n\
                      one,b,ข,B,650118,x\n\
                      two,a,ก,A,650117 650118,x\n\
                      two,b,ข,B,65020101,x\n\
                      three,a,ก,A,65011705 65011706,x\n\
                      three,b,ข,B,65011704 65020102,x\n\
                      four,a,ก,A,65011704 65011705 65011706 65011801 65011802 65020102,x\n";

fn surveyed(world: &World) {
    let mut number = 0;
    for tambon in ["650117", "650118", "650201"] {
        let own = VILLAGES.iter().filter(|(village, ..)| village.starts_with(tambon));
        let own: Vec<(VillageCode, u8, u8)> =
            own.map(|(village, decayed, sound)| (village.parse().unwrap(), *decayed, *sound)).collect();
        let villages: Vec<VillageCode> = own.iter().map(|(village, ..)| *village).collect();
        let mut phone = world.phone_in(tambon.parse().unwrap(), "สมศรี", &villages);
        for (village, decayed, sound) in own {
            for at in 0..decayed + sound {
                number += 1;
                phone.edit_in(house(number), village, &worked_case(if at < decayed { "A" } else { "C" }).0);
            }
        }
        phone.push(world);
    }
    let ask = world.ask(Method::PUT, "/api/v1/area-groups").bearer(&world.key(Role::Admin, "TH"));
    ask.body("text/csv", GROUPS.as_bytes().to_vec()).send().json();
}

/// What a table shows by area, its total under the area asked.
fn table(world: &World, key: &str, path: &str, indicator: &str) -> Vec<(String, Value)> {
    let answer = world.get(&format!("/api/v1/areas/{path}")).bearer(key).send();
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    let table = answer.json();
    let at = table["indicators"].as_array().unwrap().iter().position(|it| it["name"] == indicator).unwrap();
    let rows = table["rows"].as_array().unwrap().iter();
    let mut shown: Vec<(String, Value)> =
        rows.map(|row| (row["area"].as_str().unwrap().to_owned(), row["counts"][at].clone())).collect();
    if table["tree"].is_null() {
        shown.push((table["area"].as_str().unwrap().to_owned(), table["total"][at].clone()));
    }
    shown
}

/// Everything that the API says of an indicator, by area.
fn told(world: &World, key: &str, indicator: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut tell = |shown: Vec<(String, Value)>| {
        shown.into_iter().for_each(|(area, count)| {
            told.entry(area).or_default().insert(count.to_string());
        });
    };
    let mut paths: Vec<String> = Vec::new();
    for (area, levels) in [
        ("TH", &["province", "amphoe", "tambon"][..]),
        ("65", &["amphoe", "tambon"]),
        ("6501", &["tambon"]),
        ("6502", &["tambon"]),
        ("650117", &["village"]),
        ("650118", &["village"]),
        ("650201", &["village"]),
    ] {
        paths.extend(levels.iter().map(|level| format!("{area}/indicators?level={level}")));
    }
    for tree in ["one", "two", "three", "four"] {
        paths.extend(["TH", "65"].map(|area| format!("{area}/indicators?tree={tree}")));
    }
    for group in ["one/a", "one/b", "two/a", "two/b", "three/a", "three/b", "four/a"] {
        paths.push(format!("group:{group}/indicators"));
        paths.push(format!("group:{group}/indicators?level=village"));
    }
    paths.iter().for_each(|path| tell(table(world, key, path, indicator)));
    let (block, code) = indicator.split_once('.').unwrap();
    let filter = format!("$filter=Block%20eq%20%27{block}%27%20and%20Code%20eq%20%27{code}%27");
    let (rows, _) = all(world, key, &format!("/Counts?{filter}"));
    tell(rows.iter().map(|row| (row["Area"].as_str().unwrap().to_owned(), row["Count"].clone())).collect());
    told
}

#[test]
fn an_area_is_shown_the_same_everywhere() {
    on_each_database(|world| {
        surveyed(world);
        let planner = world.key(Role::Planner, "TH");
        for indicator in [DECAYED, "flag_no.L2", "households.missed", "households.assessed", "tier.4"] {
            let told = told(world, &planner, indicator);
            for (area, counts) in &told {
                assert_eq!(counts.len(), 1, "{indicator} of {area}: {counts:?}");
            }
            assert_eq!(told.len(), 1 + 1 + 2 + 3 + 7 + 7, "{told:?}");
        }
        let told = told(world, &planner, DECAYED);
        let of = |area: &str| told[area].first().unwrap().as_str();
        assert_eq!(
            (of("TH"), of("65"), of("6501"), of("6502"), of("650201")),
            ("42", "42", "22", "20", "20")
        );
        for hidden in ["650117", "650118", "65011704", "65011705", "65011706", "65011801", "65011802"] {
            assert_eq!(of(hidden), "null", "{hidden}");
        }
        assert_eq!((of("65020101"), of("65020102")), ("6", "14"));
        // The sum with a whole amphoe, or of a tambon's other villages, would tell the 3.
        for hidden in ["one/a", "one/b", "three/a", "three/b"] {
            assert_eq!(of(&format!("group:{hidden}")), "null", "{hidden}");
        }
        assert_eq!((of("group:two/a"), of("group:two/b")), ("22", "6"), "as everybody can compute");
        assert_eq!(of("group:four/a"), "36", "a whole amphoe and a village that is shown");
    });
}

/// The tables of an annex.
fn tables(world: &World, key: &str, path: &str) -> Vec<Value> {
    let answer = world.get(&format!("/api/v1/tambons/650117/{path}")).bearer(key).send().json();
    let annex = if answer["annex"].is_null() { &answer } else { &answer["annex"] };
    annex["tables"].as_array().unwrap().clone()
}

fn rows<'a>(tables: &'a [Value], name: &str) -> &'a [Value] {
    tables.iter().find(|table| table["name"] == name).unwrap()["rows"].as_array().unwrap()
}

#[test]
fn an_annex_and_what_it_is_compared_with_hide_what_other_tables_hide() {
    on_each_database(|world| {
        surveyed(world);
        let (planner, fund) = (world.key(Role::Planner, "TH"), world.key(Role::Fund, "TH"));
        let title = json!({ "title": "แผน" });
        let made = world.post("/api/v1/tambons/650117/snapshots").bearer(&planner).json(&title).send().json();
        let frozen = tables(world, &planner, &format!("snapshots/{}", made["snapshot_id"].as_str().unwrap()));
        let (now, open) = (tables(world, &planner, "annex"), tables(world, &fund, "annex"));
        let hides = |tables: &[Value], column: usize| -> Vec<bool> {
            rows(tables, "dimension").iter().map(|row| row["cells"][column] == "hidden").collect()
        };
        for (column, code) in ["health", "living", "education", "income", "access"].into_iter().enumerate() {
            let shown = table(world, &planner, "650117/indicators", &format!("dimension.{code}"));
            // Each is followed by its share, but the first column is of those assessed.
            let is_hidden: Vec<bool> = shown.iter().map(|(_, count)| count.is_null()).collect();
            assert_eq!(hides(&now, 1 + 2 * column), is_hidden, "{code}");
            assert_eq!(hides(&frozen, 1 + 2 * column), is_hidden, "{code}");
        }
        let (hidden, open) = (rows(&now, "change"), rows(&open, "change"));
        assert!(hidden.iter().any(|row| row["cells"][0] == "hidden"), "{hidden:?}");
        for (hidden, open) in hidden.iter().zip(open) {
            assert_eq!(hidden["cells"][0], hidden["cells"][1], "what was hidden then is hidden now");
            assert!(hidden["cells"][0] == "hidden" || hidden["cells"] == open["cells"], "{hidden} {open}");
        }
    });
}
