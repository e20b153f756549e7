//! Forms on a hub: looked at, added, fetched, published, retired.

use reqwest::Method;
use samruat::forms::built_in;
use samruat::http::form_views::VersionView;
use samruat::store::api_keys::Role;
use serde_json::{Value, json};

use super::commands::samruat;
use super::world::{Answer, World, on_each_database};
use crate::forms::workbook;

pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

const HEADERS: &[&str] = &[
    "type",
    "name",
    "label::ไทย (th)",
    "label::English (en)",
    "constraint",
    "constraint_message::ไทย (th)",
    "constraint_message::English (en)",
    "pdpa",
];
const CHOICES: &[&[&str]] = &[
    &["list_name", "name", "label::ไทย (th)", "label::English (en)"],
    &["use", "drink", "ดื่ม", "Drinking"],
    &["use", "wash", "ซักล้าง", "Washing"],
    &["use", "farm", "เพาะปลูก", "Farming"],
    &["state", "good", "ใช้ได้ดี", "Good"],
    &["state", "dry", "แห้ง", "Dry"],
];

/// A form about wells, of this version.
pub(super) fn water(version: &str, change: impl FnOnce(&mut Vec<Vec<&'static str>>)) -> Vec<u8> {
    let mut survey: Vec<Vec<&'static str>> = vec![
        HEADERS.to_vec(),
        vec!["text", "well_owner", "เจ้าของบ่อ", "Owner of the wells", "", "", "", "P"],
        vec!["integer", "wells", "จำนวนบ่อ", "Wells", ". >= 0", "ต้องไม่ติดลบ", "Not below zero", "N"],
        vec!["select_multiple use", "water_uses", "ใช้น้ำทำอะไร", "Uses of water", "", "", "", "N"],
        vec!["date", "dug_on", "วันที่ขุด", "Dug on", "", "", "", "N"],
        vec!["begin repeat", "well", "บ่อน้ำ", "Well", "", "", "", ""],
        vec!["decimal", "depth_m", "ความลึก (เมตร)", "Depth (m)", "", "", "", "N"],
        vec!["select_one state", "well_state", "สภาพบ่อ", "State of the well", "", "", "", "N"],
        vec!["text", "well_remark", "หมายเหตุ", "Remark", "", "", "", "S"],
        vec!["end repeat", "", "", "", "", "", "", ""],
    ];
    change(&mut survey);
    let rows: Vec<&[&str]> = survey.iter().map(Vec::as_slice).collect();
    let settings: &[&[&str]] = &[
        &["form_title", "form_id", "version", "default_language"],
        &["น้ำกินน้ำใช้", "water", version, "ไทย (th)"],
    ];
    workbook(&[("survey", &rows), ("choices", CHOICES), ("settings", settings)])
}

pub(super) fn plain_water() -> Vec<u8> {
    water("1", |_| {})
}

pub(super) fn add(world: &World, key: &str, form: Vec<u8>) -> Answer {
    world.post("/api/v1/forms").bearer(key).body(XLSX, form).send()
}

/// Adds a form and gives its hash.
pub(super) fn added(world: &World, key: &str, form: Vec<u8>) -> String {
    add(world, key, form).json()["hash"].as_str().unwrap().to_owned()
}

pub(super) fn publish(world: &World, key: &str, form: &str, hash: &str, villages: &[&str]) -> Answer {
    let ask = world.ask(Method::PUT, &format!("/api/v1/tambons/650117/forms/{form}"));
    ask.bearer(key).json(&json!({ "hash": hash, "villages": villages })).send()
}

fn retire(world: &World, key: &str, form: &str, query: &str) -> Answer {
    world.ask(Method::DELETE, &format!("/api/v1/tambons/650117/forms/{form}{query}")).bearer(key).send()
}

#[test]
fn a_form_is_looked_at_added_once_and_fetched_by_its_hash() {
    on_each_database(|world| {
        let key = world.key(Role::Coordinator, "650117");
        let look = |form: Vec<u8>| {
            world.post("/api/v1/forms?dry_run=true").bearer(&key).body(XLSX, form).send().json()
        };
        let faulty = || water("1", |survey| survey[2][4] = ". >= ${nowhere}");
        let told = look(faulty());
        assert_eq!((&told["accepted"], &told["hash"]), (&json!(false), &json!(null)));
        let fault = &told["faults"][0];
        assert_eq!(
            (&fault["place"], &fault["row"], &fault["column"]),
            (&json!("survey!E3"), &json!(3), &json!(5))
        );
        assert!(fault["en"].as_str().unwrap().contains("nowhere"), "{fault}");
        assert!(fault["th"].as_str().unwrap().chars().any(|c| ('ก'..='๛').contains(&c)), "{fault}");
        let refused = add(world, &key, faulty()).is_problem("form-refused", 422);
        assert_eq!(refused["faults"], told["faults"]);
        assert!(refused["detail"].as_str().unwrap().starts_with("survey!E3: "), "{refused}");
        assert_eq!(add(world, &key, b"PK no zip".to_vec()).status, 422);
        add(world, &key, Vec::new()).is_problem("form-refused", 422);
        let text = world.post("/api/v1/forms").bearer(&key).body("text/csv", plain_water()).send();
        text.is_problem("unsupported-media-type", 415);
        let large = vec![0; 16 * 1024 * 1024 + 1];
        add(world, &key, large).is_problem("body-too-large", 413);

        let told = look(plain_water());
        assert_eq!(
            (&told["accepted"], &told["added"], &told["questions"]),
            (&json!(true), &json!(false), &json!(7))
        );
        let list = || world.get("/api/v1/forms").bearer(&key).send().json()["forms"].clone();
        assert_eq!(list().as_array().unwrap().len(), 1, "what was looked at is not there");
        // A workbook says when it was made; the form does not.
        let bytes = plain_water();
        let first = add(world, &key, bytes.clone());
        assert_eq!((first.status, &first.json()["added"]), (201, &json!(true)));
        let again = add(world, &key, plain_water());
        assert_eq!((again.status, &again.json()["added"]), (200, &json!(false)));

        let newer = water("2", |survey| {
            survey[2][3] = "Number of wells";
            survey.insert(4, vec!["text", "pump", "เครื่องสูบ", "Pump", "", "", "", ""]);
        });
        let told = look(newer.clone());
        assert_eq!(told["compared_with"]["version"], "1");
        let differences = told["differences"].to_string();
        assert!(
            differences.contains("“Pump” is asked anew") || differences.contains("เครื่องสูบ"),
            "{differences}"
        );
        assert_eq!(told["unclassified"], json!(["pump"]));
        added(world, &key, newer);
        let list = list();
        let of_form: Vec<_> =
            list.as_array().unwrap().iter().map(|it| (&it["form_id"], &it["version"])).collect();
        let water_id = json!("water");
        assert_eq!(of_form[1..], [(&water_id, &json!("1")), (&water_id, &json!("2"))]);
        assert_eq!(list[0]["built_in"], true);
        assert!(list[1]["added_by"].as_str().unwrap().starts_with("key:"));
        let pages = world.get("/api/v1/forms?limit=1").bearer(&key).send().json();
        let next = world.get(&format!("/api/v1/forms?limit=1&after={}", pages["next"].as_str().unwrap()));
        assert_eq!(next.bearer(&key).send().json()["forms"][0], list[1]);

        let hash = first.json()["hash"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/forms/{hash}");
        let phone = world.phone("สมศรี", &[4]);
        let by_phone = world.get(&path).bearer(&phone.token).send();
        assert_eq!(by_phone.json()["id"], "water");
        assert!(by_phone.header("cache-control").contains("immutable"));
        let known =
            |etag: &str| world.get(&path).bearer(&phone.token).header("if-none-match", etag).send().status;
        assert_eq!((known(by_phone.header("etag")), known("\"other\"")), (304, 200));
        assert_eq!(world.get(&path).bearer(&key).send().json(), by_phone.json());
        world.get(&path).send().is_problem("missing-credentials", 401);
        world.get(&path).bearer("smr_d_nonsense").send().is_problem("wrong-api-key", 401);
        world.get("/api/v1/forms/00").bearer(&key).send().is_problem("unknown-form", 404);
        world
            .get(&format!("/api/v1/forms/{}", "0".repeat(64)))
            .bearer(&key)
            .send()
            .is_problem("unknown-form", 404);
        let file = world.get(&format!("{path}/workbook")).bearer(&key).send();
        assert_eq!((file.status, file.header("content-type")), (200, XLSX));
        assert!(file.body == bytes, "it is not the file that was sent");
        world.revoke(&phone);
        world.get(&path).bearer(&phone.token).send().is_problem("device-revoked", 403);
        let lines: Vec<_> = world.audit().into_iter().filter(|line| line.action == "form.add").collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().any(|line| line.subject == hash));
    });
}

#[test]
fn a_form_holds_where_it_was_published_until_it_is_retired() {
    on_each_database(|world| {
        let key = world.key(Role::Coordinator, "650117");
        let phone = world.phone("สมศรี", &[4, 5]);
        let holds = || -> Vec<(String, String, Vec<String>)> {
            let forms = world.get("/api/v1/published-forms").bearer(&phone.token).send().json();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let villages = |value: &Value| value.as_array().unwrap().iter().map(text).collect();
            let each = forms["forms"].as_array().unwrap().iter();
            let mut held: Vec<_> = each
                .map(|it| (text(&it["form_id"]), text(&it["version"]), villages(&it["villages"])))
                .collect();
            held.sort();
            held
        };
        let held = |form: &str, version: &str, villages: &[&str]| {
            let villages = villages.iter().map(|code| (*code).to_owned()).collect();
            (form.to_owned(), version.to_owned(), villages)
        };
        let own = VersionView::of_about(&built_in().version());
        let (own, own_version) = (own.form_id, own.version);
        let built_in = || held(&own, &own_version, &["65011704", "65011705"]);
        assert_eq!(holds(), [built_in()]);

        let (first, second) = (
            added(world, &key, plain_water()),
            added(world, &key, water("2", |survey| survey[2][3] = "Number")),
        );
        let done = publish(world, &key, "water", &first, &["65011705", "65011704"]).json();
        assert_eq!(done["changed"], json!(["65011704", "65011705"]));
        assert_eq!(publish(world, &key, "water", &first, &["65011704"]).json()["changed"], json!([]));
        assert_eq!(holds(), [built_in(), held("water", "1", &["65011704", "65011705"])]);
        publish(world, &key, "water", &second, &["65011705"]).json();
        let both = [built_in(), held("water", "1", &["65011704"]), held("water", "2", &["65011705"])];
        assert_eq!(holds(), both);
        let list = world.read(&key, "/forms").json();
        let all: Vec<_> = list["publications"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (&it["village"], &it["retired_at"]))
            .collect();
        assert_eq!(all.len(), 3);
        assert_eq!(all.iter().filter(|(_, retired)| retired.is_null()).count(), 2);
        let page = world.read(&key, "/forms?limit=2").json();
        let rest =
            world.read(&key, &format!("/forms?limit=2&after={}", page["next"].as_str().unwrap())).json();
        assert_eq!((&rest["publications"][0], &rest["next"]), (&list["publications"][2], &json!(null)));

        assert_eq!(retire(world, &key, "water", "?villages=65011704").json()["changed"], json!(["65011704"]));
        assert_eq!(retire(world, &key, "water", "").json()["changed"], json!(["65011705"]));
        retire(world, &key, "water", "").is_problem("form-not-published", 409);
        retire(world, &key, "water", "?villages=65011704").is_problem("form-not-published", 409);
        assert_eq!(holds(), [built_in()]);

        publish(world, &key, "water", &"0".repeat(64), &["65011704"]).is_problem("unknown-form", 404);
        publish(world, &key, "fire", &first, &["65011704"]).is_problem("unknown-form", 404);
        publish(world, &key, "water", &first, &["65011801"]).is_problem("outside-area", 403);
        publish(world, &key, "water", &first, &[]).is_problem("malformed-json", 400);
        world.get("/api/v1/published-forms").bearer(&key).send().is_problem("wrong-token", 401);
        let count = |action: &str| world.audit().iter().filter(|line| line.action == action).count();
        assert_eq!((count("form.publish"), count("form.retire")), (2, 2));

        // A version of the built-in form takes its place, and gives it back.
        let survey: &[&[&str]] = &[&["type", "name", "label", "pdpa"], &["text", "house_no", "บ้านเลขที่", "P"]];
        let settings: &[&[&str]] = &[&["form_id", "version"], &[&own, "9"]];
        let newer = added(world, &key, workbook(&[("survey", survey), ("settings", settings)]));
        publish(world, &key, &own, &newer, &["65011704"]).json();
        assert_eq!(holds(), [held(&own, &own_version, &["65011705"]), held(&own, "9", &["65011704"])]);
        retire(world, &key, &own, "").json();
        assert_eq!(holds(), [built_in()]);
    });
}

/// A form with these questions about a household.
fn asking(id: &str, rows: &[&[&str]], choices: &[&[&str]]) -> Vec<u8> {
    let headers: &[&str] = &["type", "name", "label", "pdpa"];
    let survey: Vec<&[&str]> = std::iter::once(headers).chain(rows.iter().copied()).collect();
    let lists: Vec<&[&str]> =
        std::iter::once(&["list_name", "name", "label"][..]).chain(choices.iter().copied()).collect();
    let settings: &[&[&str]] = &[&["form_id", "version"], &[id, "1"]];
    workbook(&[("survey", &survey), ("choices", &lists), ("settings", settings)])
}

#[test]
fn a_key_means_one_thing_in_a_tambon() {
    on_each_database(|world| {
        let key = world.key(Role::Coordinator, "650117");
        let refused = |form: Vec<u8>| {
            let hash = added(world, &key, form);
            publish(world, &key, "extra", &hash, &["65011704"]).is_problem("form-clashes", 409)
        };
        // The built-in form holds in every village.
        let retyped = refused(asking("extra", &[&["text", "household_size", "กี่คน", "N"]], &[]));
        let clash = &retyped["clashes"][0];
        assert_eq!(
            (&clash["at"], &clash["form_id"]),
            (&json!("household_size"), &json!("thai-household-need"))
        );
        assert!(
            clash["en"].as_str().unwrap().contains("household_size is text here and integer in"),
            "{clash}"
        );
        assert!(clash["th"].as_str().unwrap().contains("กรุณาตั้งชื่อ"), "{clash}");
        let choices: &[&[&str]] = &[&["t", "canal", "ใกล้ตลาด"]];
        let meant = refused(asking("extra", &[&["select_one t", "tenure", "สิทธิ", "P"]], choices));
        assert!(meant["clashes"][0]["th"].as_str().unwrap().contains("“ใกล้ตลาด”"), "{meant}");

        let choices: &[&[&str]] = &[&["t", "canal", "ริมคลอง/รุกล้ำลำน้ำ"], &["t", "boat", "ในเรือ"]];
        let rows: &[&[&str]] = &[
            &["integer", "household_size", "มีกี่คน", "N"],
            &["select_one t", "tenure", "สิทธิในที่อยู่", "P"],
            &["integer", "boats", "เรือ", "N"],
        ];
        let shared = added(world, &key, asking("extra", rows, choices));
        publish(world, &key, "extra", &shared, &["65011704"]).json();
        // Forms of other villages of the tambon count, of other tambons they do not.
        let boats = added(world, &key, asking("boats", &[&["text", "boats", "เรือ", "N"]], &[]));
        publish(world, &key, "boats", &boats, &["65011705"]).is_problem("form-clashes", 409);
        let elsewhere = world.key(Role::Coordinator, "650118");
        let ask = world.ask(Method::PUT, "/api/v1/tambons/650118/forms/boats").bearer(&elsewhere);
        let there = ask.json(&json!({ "hash": boats, "villages": ["65011801"] })).send();
        assert_eq!(there.json()["changed"], json!(["65011801"]));
    });
}

#[test]
fn forms_are_added_and_published_by_commands() {
    on_each_database(|world| {
        let path = |name: &str, form: &[u8]| {
            let path = world.folder().join(name);
            std::fs::write(&path, form).unwrap();
            path.display().to_string()
        };
        let faulty = path("faulty.xlsx", &water("1", |survey| survey[2][4] = ". >= ${nowhere}"));
        let told = samruat(world, &["form", "add", &faulty]).failed_saying();
        assert!(
            told.contains("survey!E3") && told.contains("nowhere") && told.contains("แก้ตามรายการ"),
            "{told}"
        );
        let file = path("water.xlsx", &plain_water());
        let told = samruat(world, &["form", "add", &file, "--dry-run"]).ok();
        assert!(told.contains("nothing was added"), "{told}");
        assert_eq!(samruat(world, &["form", "list", "--json"]).json().as_array().unwrap().len(), 1);
        let report = samruat(world, &["form", "add", &file, "--json"]).json();
        assert_eq!((&report["added"], &report["form_id"]), (&json!(true), &json!("water")));
        let told = samruat(world, &["form", "add", &file]).ok();
        assert!(told.contains("was there already"), "{told}");
        let newer = path("newer.xlsx", &water("2", |survey| survey[2][3] = "Number of wells"));
        let told = samruat(world, &["form", "add", &newer]).ok();
        assert!(
            told.contains("what differs from version 1") && told.contains("samruat form publish"),
            "{told}"
        );
        let list = samruat(world, &["form", "list"]).ok();
        assert_eq!(list.lines().count(), 3, "{list}");
        let hash = report["hash"].as_str().unwrap();
        let model = samruat(world, &["form", "show", &hash[..12], "--json"]).json();
        assert_eq!((&model["id"], &model["version"]), (&json!("water"), &json!("1")));

        let done =
            samruat(world, &["form", "publish", "water", "--villages", "65011704,65011705", "--json"]).json();
        assert_eq!(done["changed"], json!(["65011704", "65011705"]));
        let shown = samruat(world, &["form", "show", "water"]).ok();
        assert!(shown.contains("holds in: 65011704, 65011705") && shown.contains("depth_m"), "{shown}");
        let done = samruat(world, &["form", "retire", "water", "--area", "650117", "--json"]).json();
        assert_eq!(done["changed"], json!(["65011704", "65011705"]));
        for (arguments, part) in [
            (
                &["form", "retire", "water", "--area", "650117"][..],
                "was not published in any of these villages",
            ),
            (&["form", "publish", "fire", "--villages", "65011704"], "samruat form list"),
            (&["form", "publish", "water", "--villages", "65011704,65011801"], "one tambon at a time"),
            (&["form", "add", "nowhere.xlsx"], "nowhere.xlsx: No such file"),
        ] {
            let said = samruat(world, arguments).failed();
            assert!(said.starts_with("error: ") && said.contains(part), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
        let actions: Vec<_> = world.audit().into_iter().map(|line| line.action).collect();
        assert_eq!(actions.iter().filter(|action| action.starts_with("form.")).count(), 2, "{actions:?}");
    });
}
