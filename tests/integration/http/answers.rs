//! The answers to a form, typed and under its own labels.

use samruat::store::api_keys::Role;
use serde_json::{Value, json};
use sync_protocol::change::Edit;
use sync_protocol::ids::RowId;
use sync_protocol::value::Scalar;

use super::commands::samruat;
use super::forms::{added, plain_water, publish, water};
use super::world::{TAMBON, World, house, on_each_database, put, put_number, row};

fn put_as(row: Option<u8>, key: &str, value: Scalar) -> Edit {
    Edit::Put { row: row.map(|row| RowId([row; 16])), key: key.to_owned(), value }
}

/// Two households with wells; the second was asked by the first version.
fn wells(world: &World) -> String {
    let key = world.key(Role::Coordinator, TAMBON);
    let older = water("1", |survey| {
        survey.insert(3, vec!["integer", "buckets", "จำนวนถัง", "Buckets", "", "", "", "N"]);
    });
    let older = added(world, &key, older);
    publish(world, &key, "water", &older, &["65011704"]).json();
    let mut phone = world.phone("สมศรี", &[4, 5]);
    let mut edits = vec![
        put("well_owner", "=HYPERLINK(\"http://x\")"),
        put_number("wells", 2),
        put_as(None, "water_uses/farm", Scalar::Bool(true)),
        put_as(None, "water_uses/drink", Scalar::Bool(true)),
        put_as(None, "water_uses/wash", Scalar::Bool(false)),
        put("dug_on", "2019-04-13"),
        put("head_name", "บุญมี ทองดี"),
        put("mood", "ร่าเริง"),
    ];
    edits.extend(row(9, "well", &[("well_state", "dry"), ("well_remark", "เจ้าของป่วย")]));
    edits.push(put_as(Some(9), "depth_m", Scalar::F64(12.5)));
    edits.extend(row(3, "well", &[("well_state", "flooded")]));
    edits.push(put_as(Some(3), "depth_m", Scalar::Int(8)));
    edits.extend(row(4, "well", &[("well_state", "good")]));
    edits.push(put_as(Some(4), "deleted", Scalar::Bool(true)));
    phone.edit(house(1), 4, &edits);
    phone.edit(house(2), 5, &[put_number("buckets", 7), put("wells", "สอง"), put("dug_on", "2562")]);
    phone.edit(house(3), 5, &[put("head_name", "ไม่เกี่ยว")]);
    phone.push(world);
    world.clock.set(samruat::clock::Micros(world.clock.now().0 + 1));
    let newer = added(world, &key, plain_water());
    publish(world, &key, "water", &newer, &["65011704", "65011705"]).json();
    newer
}

#[test]
fn answers_come_typed_under_the_forms_own_labels() {
    on_each_database(|world| {
        let hash = wells(world);
        let key = world.key(Role::Coordinator, TAMBON);
        let page = world.read(&key, "/forms/water/answers").json();
        assert_eq!(
            (&page["hash"], &page["repeat"], &page["next"]),
            (&json!(hash), &json!(null), &json!(null))
        );
        let columns: Vec<Value> = page["columns"].as_array().unwrap().clone();
        let told: Vec<_> =
            columns.iter().map(|it| (it["key"].as_str().unwrap(), it["type"].as_str().unwrap())).collect();
        let asked =
            [("well_owner", "text"), ("wells", "integer"), ("water_uses", "choices"), ("dug_on", "date")];
        assert_eq!(told[..4], asked);
        assert_eq!(
            (told[4], &columns[4]["old"], &columns[4]["label_th"]),
            (("buckets", "integer"), &json!(true), &json!("จำนวนถัง"))
        );
        assert_eq!(
            (&columns[2]["label_en"], &columns[2]["choices"][1]["th"]),
            (&json!("Uses of water"), &json!("ซักล้าง"))
        );
        let rows = page["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 2, "a household without answers to the form is left out");
        assert_eq!(
            rows[0]["answers"],
            json!({ "well_owner": "=HYPERLINK(\"http://x\")", "wells": 2, "water_uses": ["drink", "farm"], "dug_on": "2019-04-13" })
        );
        // Other forms ask for head_name; nobody asks for the mood.
        assert_eq!(rows[0]["other"], json!({ "mood": "ร่าเริง" }));
        assert_eq!(rows[1]["answers"], json!({ "buckets": 7 }), "an older version's answer stays");
        assert_eq!(
            rows[1]["other"],
            json!({ "wells": "สอง", "dug_on": "2562" }),
            "what is no number is kept"
        );

        let wells = world.read(&key, "/forms/water/answers?repeat=well").json();
        let depths: Vec<_> =
            wells["rows"].as_array().unwrap().iter().map(|it| &it["answers"]["depth_m"]).collect();
        assert_eq!(
            depths,
            [&json!(12.5), &json!(8)],
            "in the order in which rows were made, hidden ones left out"
        );
        assert_eq!(wells["rows"][0]["row_id"], RowId([9; 16]).to_string());
        assert_eq!(wells["rows"][1]["other"], json!({ "well_state": "flooded" }));
        world.read(&key, "/forms/water/answers?repeat=spring").is_problem("unknown-repeat", 404);
        world.read(&key, "/forms/fire/answers").is_problem("unknown-form", 404);

        let first = world.read(&key, "/forms/water/answers?limit=1").json();
        assert_eq!(first["rows"].as_array().unwrap().len(), 1);
        let after = first["next"].as_str().unwrap();
        let second = world.read(&key, &format!("/forms/water/answers?limit=1&after={after}")).json();
        assert_eq!(second["rows"][0], rows[1]);
        let village = world.read(&key, "/forms/water/answers?village=65011705").json();
        assert_eq!(village["rows"].as_array().unwrap(), &rows[1..]);
        let own = world.read(&key, "/forms/thai-household-need/answers").json();
        assert_eq!(own["rows"][0]["answers"], json!({ "head_name": "บุญมี ทองดี" }));
    });
}

#[test]
fn a_table_of_answers_opens_in_a_spreadsheet() {
    on_each_database(|world| {
        wells(world);
        let key = world.key(Role::Coordinator, TAMBON);
        let read = |query: &str| {
            let file = world.read(&key, &format!("/forms/water/answers?format=csv{query}"));
            assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present", "{file:?}");
            let text = file.text().strip_prefix('\u{FEFF}').unwrap().to_owned();
            text.split("\r\n").map(str::to_owned).collect::<Vec<_>>()
        };
        let thai = read("");
        assert_eq!(thai[0], "รหัสครัวเรือน,รหัสหมู่บ้าน,เจ้าของบ่อ,จำนวนบ่อ,ใช้น้ำทำอะไร,วันที่ขุด,จำนวนถัง,คำตอบอื่น (JSON)");
        let household = house(1);
        let expected = format!(
            "{household},65011704,\"'=HYPERLINK(\"\"http://x\"\")\",2,ดื่ม; เพาะปลูก,2019-04-13,,\"{{\"\"mood\"\":\"\"ร่าเริง\"\"}}\""
        );
        assert_eq!(thai[1], expected);
        let english = read("&lang=en&choices=columns");
        assert!(
            english[0].contains("Uses of water / Drinking,Uses of water / Washing,Uses of water / Farming")
        );
        assert!(english[1].contains(",true,false,true,2019-04-13,"), "{}", english[1]);
        assert!(english[2].contains(",,,,,7,"), "what was not asked is empty: {}", english[2]);
        let codes = read("&values=codes&repeat=well");
        assert_eq!(
            codes[0],
            "household_id,village,row_id,parent_row_id,depth_m,well_state,well_remark,other"
        );
        assert!(codes[1].contains(",12.5,dry,เจ้าของป่วย,"), "{}", codes[1]);

        let file =
            samruat(world, &["export", "answers", "--form", "water", "--area", TAMBON, "--format", "csv"])
                .ok();
        assert_eq!(file.trim_start_matches('\u{FEFF}').lines().next().unwrap(), thai[0]);
        let rows = samruat(
            world,
            &["export", "answers", "--form", "water", "--area", "65", "--repeat", "well", "--format", "json"],
        )
        .json();
        assert_eq!(rows[0]["answers"]["depth_m"], 12.5);
        let said =
            samruat(world, &["export", "answers", "--form", "fire", "--area", TAMBON, "--format", "csv"])
                .failed();
        assert!(said.contains("no form fire"), "{said}");
        let lines = world.audit().into_iter().filter(|line| line.action == "answers.export").count();
        assert_eq!(lines, 5);
    });
}

#[test]
fn a_planner_sees_answers_that_point_to_nobody_of_households_that_agreed() {
    on_each_database(|world| {
        wells(world);
        let planner = world.key(Role::Planner, TAMBON);
        let fund = world.key(Role::Fund, TAMBON);
        let page = world.read(&planner, "/forms/water/answers").json();
        assert_eq!(page["deidentified"], true);
        let text = page.to_string();
        assert!(
            !text.contains("HYPERLINK") && !text.contains("ร่าเริง") && !text.contains(&house(1).to_string()),
            "{text}"
        );
        assert_eq!(page["rows"][0]["answers"]["water_uses"], json!(["drink", "farm"]));
        let wells = world.read(&planner, "/forms/water/answers?repeat=well").json();
        assert!(
            wells["rows"].to_string().contains("12.5") && !wells.to_string().contains("row_id"),
            "{wells}"
        );
        assert!(!wells.to_string().contains("flooded"), "what is no choice may be anything");
        let seen = world.read(&fund, "/forms/water/answers?repeat=well").json().to_string();
        assert!(!seen.contains("เจ้าของป่วย") && seen.contains(&house(1).to_string()), "{seen}");
        assert!(world.read(&fund, "/forms/water/answers").text().contains("HYPERLINK"));

        let mut phone = world.phone("มาลี", &[4]);
        phone.edit(
            house(1),
            4,
            &row(7, "visit", &[("visit_date", "2025-11-22"), ("consent_given", "refused")]),
        );
        phone.push(world);
        let rows = world.read(&planner, "/forms/water/answers").json()["rows"].clone();
        assert!(!rows.to_string().contains("2019-04-13"), "who refuses is left out: {rows}");
        assert_eq!(rows.as_array().unwrap().len(), 1);
        assert_eq!(world.read(&planner, "/forms/water/answers?repeat=well").json()["rows"], json!([]));
        assert!(world.read(&fund, "/forms/water/answers").text().contains("2019-04-13"));
    });
}
