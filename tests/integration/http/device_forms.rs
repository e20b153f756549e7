//! Forms on a device: those of its villages are asked, and what does not hold after a merge is listed.

use std::path::Path;
use std::process::Command;

use samruat::store::api_keys::Role;
use serde_json::{Value, json};

use super::forms::{added, plain_water, publish};
use super::tables::{MARKETS, market, put_table};
use super::world::{TAMBON, World};

/// Runs `samruat device` with these arguments; gives what it said.
#[track_caller]
fn device(dir: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_samruat"))
        .arg("device")
        .args(arguments)
        .env("SAMRUAT_DEVICE_DIR", dir)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn check(dir: &Path) -> Value {
    serde_json::from_str(&device(dir, &["check", "--json"])).unwrap()
}

/// The questions that do not hold in the only household where something does not.
fn questions(found: &Value) -> Vec<&str> {
    let findings = found["households"][0]["findings"].as_array().into_iter().flatten();
    findings.map(|finding| finding["question"].as_str().unwrap()).collect()
}

#[test]
fn a_device_lists_what_does_not_hold_after_a_merge_and_who_answered() {
    let world = World::on_sqlite(|_| {});
    let [somsri, mali] = ["สมศรี", "มาลี"].map(|person| {
        let dir = world.folder().join(person);
        device(&dir, &["init", "--hub", &world.url, "--code", &world.code(person, &[4])]);
        dir
    });
    let house = ["new", "--village", "65011704", "--house-code", "65011700017", "house_no=12"];
    let household = device(&somsri, &house).trim().to_owned();
    assert_eq!(device(&mali, &house).trim(), household);
    assert_eq!(check(&somsri), json!({ "examined": 1, "households": [] }));

    let visit = ["visit_outcome=done", "visit_date=2026-02-03", "consent_given=full"];
    let consent = ["consent_method=signature", "consent_scopes=lao"];
    device(&somsri, &[&["set", &household, "--new-row", "visit"][..], &visit, &consent].concat());
    device(&somsri, &["set", &household, "household_size=2", "income_year=60000", "tenure=own"]);
    let head = |name| {
        let answers = ["m_relation=head", "m_birth_year_be=2500", "m_card_status=holder"];
        [&["set", household.as_str(), "--new-row", "member", name][..], &answers].concat()
    };
    device(&somsri, &head("m_name=บุญมี"));
    device(&mali, &head("m_name=บุญมา"));
    assert_eq!(questions(&check(&somsri)), ["household_size"], "a hint: there is one member of two");
    for dir in [&somsri, &mali, &somsri] {
        device(dir, &["sync"]);
    }

    let found = check(&somsri);
    assert_eq!(found, check(&mali), "both hold the same, and say the same of it");
    assert_eq!(questions(&found), ["m_relation", "m_relation"]);
    let finding = &found["households"][0]["findings"][0];
    assert_eq!((&finding["group"], &finding["problem"]), (&json!("member"), &json!("constraint")));
    assert_eq!(finding["message_th"], "มีหัวหน้าครัวเรือนได้คนเดียว");
    assert_eq!(finding["message_en"], "There is exactly one head.");
    let answers = finding["answers"].as_array().unwrap();
    let mut people: Vec<_> = answers.iter().map(|answer| answer["person"].as_str().unwrap()).collect();
    people.sort_unstable();
    assert_eq!(people, ["มาลี", "สมศรี"]);
    assert!(answers.iter().all(|answer| answer["time_ms"].as_i64() > Some(1_700_000_000_000)));

    let told = device(&somsri, &["check", &household]);
    for part in [
        "ตรวจ 1 ครัวเรือน เป็นไปตามแบบฟอร์ม 0",
        "ความสัมพันธ์กับหัวหน้าครัวเรือน [m_relation]: มีหัวหน้าครัวเรือนได้คนเดียว / There is exactly one head.",
        "m_relation = head  — มาลี, ",
    ] {
        assert!(told.contains(part), "{part}\n\n{told}");
    }
    let shown = device(&somsri, &["show", &household]);
    assert!(shown.ends_with("(2 answers do not hold: see samruat device check)\n"), "{shown}");

    let row = finding["row"].as_str().unwrap();
    device(&mali, &["set", &household, "--row", row, "m_relation=spouse"]);
    assert_eq!(check(&mali), json!({ "examined": 1, "households": [] }));
}

#[test]
fn a_device_that_fetched_its_forms_knows_what_their_questions_ask_for() {
    let world = World::on_sqlite(|_| {});
    let key = world.key(Role::Coordinator, TAMBON);
    let hash = added(&world, &key, plain_water());
    publish(&world, &key, "water", &hash, &["65011704"]).json();
    let dir = world.folder().join("somsri");
    device(&dir, &["init", "--hub", &world.url, "--code", &world.code("สมศรี", &[4])]);
    let household = device(&dir, &["new", "--village", "65011704", "house_no=12"]).trim().to_owned();

    let forms: Value = serde_json::from_str(&device(&dir, &["forms", "--json"])).unwrap();
    let listed: Vec<_> =
        forms["forms"].as_array().unwrap().iter().map(|form| form["form_id"].clone()).collect();
    assert!(listed.contains(&json!("water")), "{forms}");
    device(&dir, &["set", &household, "wells=๒", "water_uses=drink,farm"]);
    device(&dir, &["set", &household, "--new-row", "well", "depth_m=12.5", "well_state=dry"]);
    device(&dir, &["sync"]);

    let page = world.read(&key, "/forms/water/answers").json();
    let answers = &page["rows"][0]["answers"];
    assert_eq!((&answers["wells"], &answers["water_uses"]), (&json!(2), &json!(["drink", "farm"])), "{page}");
    let wells = world.read(&key, "/forms/water/answers?repeat=well").json();
    assert_eq!(wells["rows"][0]["answers"]["depth_m"], json!(12.5), "{wells}");
}

#[test]
fn a_device_fetches_tables_once_and_uses_them() {
    let world = World::on_sqlite(|_| {});
    let key = world.key(Role::Coordinator, TAMBON);
    let hash = added(&world, &key, market("1"));
    put_table(&world, &key, &hash, "markets", MARKETS).json();
    put_table(&world, &key, &hash, "goods", "name,label\nrice,ข้าว\n").json();
    publish(&world, &key, "market", &hash, &["65011704"]).json();
    let dir = world.folder().join("somsri");
    device(&dir, &["init", "--hub", &world.url, "--code", &world.code("สมศรี", &[4, 5])]);
    let fetch = || -> Value { serde_json::from_str(&device(&dir, &["forms", "--json"])).unwrap() };
    let first = fetch();
    assert_eq!(
        (&first["fetched"], &first["tables_fetched"]),
        (&json!(1), &json!(["goods.csv", "markets.csv"]))
    );
    let again = fetch();
    assert_eq!((&again["fetched"], &again["tables_fetched"]), (&json!(0), &json!([])));

    let household = device(&dir, &["new", "--village", "65011704", "house_no=12"]).trim().to_owned();
    // A label that was typed is stored as its name; what is no choice stays as it is.
    device(&dir, &["set", &household, "house_no=บ้านสีฟ้า", "zone=a", "market=ตลาดใต้", "trips=5"]);
    let shown: Value = serde_json::from_str(&device(&dir, &["show", &household, "--json"])).unwrap();
    assert!(shown.to_string().contains("\"m1\""), "{shown}");
    let found = check(&dir);
    let findings = found["households"][0]["findings"].as_array().unwrap();
    let market_says: Vec<_> = findings.iter().filter(|it| it["form_id"] == "market").collect();
    assert_eq!(market_says.len(), 1, "{found}");
    assert_eq!((&market_says[0]["question"], &market_says[0]["hash"]), (&json!("trips"), &json!(hash)));
    assert!(findings.len() > 1, "the household form was begun as well: {found}");
    let told = device(&dir, &["check"]);
    let forms = told.lines().filter(|line| line.starts_with("  แบบ / form ")).count();
    assert_eq!(forms, 2, "{told}");

    put_table(&world, &key, &hash, "markets", &MARKETS.replace(",4\n", ",5\n")).json();
    assert_eq!(fetch()["tables_fetched"], json!(["markets.csv"]));
    assert!(!check(&dir).to_string().contains("\"trips\""), "five trips are few enough now");
    // Where the form does not hold it is not asked about.
    let elsewhere = device(&dir, &["new", "--village", "65011705", "zone=a", "market=m9"]).trim().to_owned();
    let found: Value = serde_json::from_str(&device(&dir, &["check", &elsewhere, "--json"])).unwrap();
    assert!(!found.to_string().contains("\"market\""), "{found}");
}

#[test]
fn a_device_learns_of_forms_as_it_syncs() {
    let world = World::on_sqlite(|_| {});
    let key = world.key(Role::Coordinator, TAMBON);
    let dir = world.folder().join("somsri");
    device(&dir, &["init", "--hub", &world.url, "--code", &world.code("สมศรี", &[4])]);
    let household = device(&dir, &["new", "--village", "65011704", "house_no=12"]).trim().to_owned();
    let sync = || -> Value {
        let told: Value = serde_json::from_str(&device(&dir, &["sync", "--json"])).unwrap();
        told["forms"].clone()
    };
    assert_eq!(sync(), json!(null), "nothing is published");
    let hash = added(&world, &key, plain_water());
    publish(&world, &key, "water", &hash, &["65011704"]).json();
    assert_eq!(sync(), json!({ "fetched": 1, "tables_fetched": [] }));
    assert_eq!(sync(), json!(null), "nothing else is published");
    device(&dir, &["set", &household, "wells=๒", "water_uses=drink,farm"]);
    sync();
    let page = world.read(&key, "/forms/water/answers").json();
    assert_eq!(page["rows"][0]["answers"]["wells"], json!(2), "{page}");

    let hash = added(&world, &key, market("1"));
    put_table(&world, &key, &hash, "markets", MARKETS).json();
    put_table(&world, &key, &hash, "goods", "name,label\nrice,ข้าว\n").json();
    publish(&world, &key, "market", &hash, &["65011704"]).json();
    assert_eq!(sync(), json!({ "fetched": 1, "tables_fetched": ["goods.csv", "markets.csv"] }));
    put_table(&world, &key, &hash, "markets", &MARKETS.replace(",4\n", ",5\n")).json();
    let told = device(&dir, &["sync"]);
    assert!(told.contains("(forms changed: 0 forms and 1 tables fetched)"), "{told}");
    // What is published elsewhere in the tambon is looked at once, and is nothing to fetch.
    publish(&world, &key, "market", &hash, &["65011705"]).json();
    assert_eq!(sync(), json!({ "fetched": 0, "tables_fetched": [] }));
    assert_eq!(sync(), json!(null));
}
