//! Tables from outside: looked at, added to a form, fetched, replaced; and what they are used for.

use data_encoding::HEXLOWER;
use diesel::connection::{Connection, SimpleConnection};
use diesel::sqlite::SqliteConnection;
use reqwest::Method;
use samruat::config::Config;
use samruat::http::App;
use samruat::store::api_keys::Role;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sync_protocol::change::Edit;
use sync_protocol::value::Scalar;
use sync_protocol::wire::Fingerprint;

use super::commands::{file, samruat};
use super::forms::{add, added, publish};
use super::world::{Answer, TAMBON, World, house, on_each_database, put, put_number};
use crate::forms::workbook;

pub(super) const MARKETS: &str = "\u{FEFF}name,label,zone,trips_max\nm1,ตลาดใต้,a,4\nm2,ตลาดเหนือ,b,9\n";
const GOODS: &str = "name,label\nrice,ข้าว\nfish,ปลา\n";

/// A form about the way to the market, of this version, that reads two tables.
pub(super) fn market(version: &str) -> Vec<u8> {
    let survey: &[&[&str]] = &[
        &["type", "name", "label", "choice_filter", "constraint", "pdpa"],
        &["text", "zone", "Zone", "", "", "N"],
        &["select_one_from_file markets.csv", "market", "Market", "zone = ${zone}", "", "N"],
        &[
            "integer",
            "trips",
            "Trips",
            "",
            ". <= number(pulldata('markets', 'trips_max', 'name', ${market}))",
            "N",
        ],
        &["select_multiple_from_file goods.csv", "goods", "Goods", "", "", "N"],
    ];
    let settings: &[&[&str]] = &[&["form_title", "form_id", "version"], &["Market", "market", version]];
    workbook(&[("survey", survey), ("settings", settings)])
}

pub(super) fn put_table(world: &World, key: &str, form: &str, name: &str, content: &str) -> Answer {
    let ask = world.ask(Method::PUT, &format!("/api/v1/forms/{form}/tables/{name}"));
    ask.bearer(key).body("text/csv", content.as_bytes().to_vec()).send()
}

pub(super) fn sha256(content: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(content))
}

/// The form with its tables, published in village 4.
fn published(world: &World, key: &str) -> String {
    let hash = added(world, key, market("1"));
    assert_eq!(put_table(world, key, &hash, "markets", MARKETS).status, 201);
    assert_eq!(put_table(world, key, &hash, "goods.csv", GOODS).status, 201);
    assert_eq!(publish(world, key, "market", &hash, &["65011704"]).json()["changed"], json!(["65011704"]));
    hash
}

fn listed(world: &World, token: &str) -> Value {
    let forms = world.get("/api/v1/published-forms").bearer(token).send().json()["forms"].clone();
    let found = forms.as_array().unwrap().iter().find(|form| form["form_id"] == "market");
    found.cloned().unwrap_or_default()
}

#[test]
fn a_form_is_published_once_its_tables_are_there_and_right() {
    on_each_database(|world| {
        let key = world.key(Role::Coordinator, TAMBON);
        let report = add(world, &key, market("1")).json();
        let hash = report["hash"].as_str().unwrap().to_owned();
        assert_eq!(report["tables"].as_array().unwrap().len(), 2);
        assert_eq!(
            (&report["tables"][1]["file"], &report["tables"][1]["columns"], &report["tables"][1]["sha256"]),
            (&json!("markets.csv"), &json!(["name", "label", "zone", "trips_max"]), &json!(null))
        );
        let refused =
            publish(world, &key, "market", &hash, &["65011704"]).is_problem("form-tables-missing", 409);
        assert_eq!(
            (&refused["tables"][0]["file"], &refused["tables"][1]["name"]),
            (&json!("goods.csv"), &json!("markets"))
        );
        assert!(refused["detail"].as_str().unwrap().contains("goods.csv, markets.csv"), "{refused}");
        assert!(refused["tables"][0]["th"].as_str().unwrap().contains("กรุณาเพิ่ม"), "{refused}");

        let faulty = "name,labels,zone,trips_max\nm1,ตลาดใต้,a\nm2,ตลาดเหนือ,b,9,x\n";
        let look = world.ask(Method::PUT, &format!("/api/v1/forms/{hash}/tables/markets?dry_run=true"));
        let told = look.bearer(&key).body("text/csv", faulty.into()).send().json();
        assert_eq!((&told["accepted"], &told["rows"]), (&json!(false), &json!(null)));
        let places: Vec<_> =
            told["faults"].as_array().unwrap().iter().map(|it| (&it["place"], &it["severity"])).collect();
        let (error, warning) = (json!("error"), json!("warning"));
        let at = |place: &str| json!(format!("markets.csv!{place}"));
        assert_eq!(places, [(&at("1"), &error), (&at("2"), &warning), (&at("E3"), &error)]);
        assert!(told["faults"][0]["en"].as_str().unwrap().contains("is “labels” meant?"), "{told}");
        let refused = put_table(world, &key, &hash, "markets", faulty).is_problem("table-refused", 422);
        assert_eq!(refused["faults"], told["faults"]);
        put_table(world, &key, &hash, "villages", MARKETS).is_problem("unknown-table", 404);
        put_table(world, &key, &"0".repeat(64), "markets", MARKETS).is_problem("unknown-form", 404);
        put_table(world, &key, "00", "markets", MARKETS).is_problem("unknown-form", 404);
        let large = "x".repeat(4 * 1024 * 1024 + 1);
        put_table(world, &key, &hash, "markets", &large).is_problem("body-too-large", 413);
        let ask = world.ask(Method::PUT, &format!("/api/v1/forms/{hash}/tables/markets"));
        ask.bearer(&key).json(&json!({})).send().is_problem("unsupported-media-type", 415);
        for role in [Role::Planner, Role::Fund] {
            let key = world.key(role, TAMBON);
            put_table(world, &key, &hash, "markets", MARKETS).is_problem("role-not-sufficient", 403);
        }

        let first = put_table(world, &key, &hash, "markets", MARKETS);
        assert_eq!((first.status, &first.json()["rows"]), (201, &json!(2)));
        assert_eq!(first.json()["sha256"], sha256(MARKETS));
        let again = put_table(world, &key, &hash, "markets", MARKETS);
        assert_eq!((again.status, &again.json()["added"]), (200, &json!(false)));
        let refused =
            publish(world, &key, "market", &hash, &["65011704"]).is_problem("form-tables-missing", 409);
        assert_eq!(refused["tables"].as_array().unwrap().len(), 1);
        put_table(world, &key, &hash, "goods", GOODS).json();
        publish(world, &key, "market", &hash, &["65011704"]).json();

        let list = world.get("/api/v1/forms").bearer(&key).send().json();
        let tables = &list["forms"][1]["tables"];
        assert_eq!(
            (&tables[0]["rows"], &tables[1]["sha256"]),
            (&json!(2), &json!(sha256(MARKETS))),
            "{list}"
        );
        assert_eq!(list["forms"][0]["tables"], json!([]), "the built-in form reads none");

        // A new version goes on with the tables.
        let newer = add(world, &key, market("2")).json();
        assert_eq!(newer["tables"][1]["sha256"], sha256(MARKETS), "{newer}");
        publish(world, &key, "market", newer["hash"].as_str().unwrap(), &["65011705"]).json();
        let lines: Vec<_> = world.audit().into_iter().filter(|line| line.action == "form.table").collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.subject == hash && line.details.contains("sha256")));
    });
}

#[test]
fn devices_fetch_the_tables_of_their_forms_and_those_that_take_their_place() {
    on_each_database(|world| {
        let key = world.key(Role::Coordinator, TAMBON);
        let hash = published(world, &key);
        let (phone, other) = (world.phone("สมศรี", &[4]), world.phone("มาลี", &[5]));
        let table = |phone: &str| listed(world, phone)["tables"][1].clone();
        assert_eq!(
            (&table(&phone.token)["sha256"], &table(&phone.token)["bytes"]),
            (&json!(sha256(MARKETS)), &json!(MARKETS.len()))
        );
        assert_eq!(listed(world, &other.token), json!(null));
        let path = |content: &str| format!("/api/v1/tables/{}", sha256(content));
        let fetched = world.get(&path(MARKETS)).bearer(&phone.token).send();
        assert_eq!((fetched.status, fetched.body.as_slice()), (200, MARKETS.as_bytes()));
        assert!(fetched.header("cache-control").contains("immutable"));
        assert!(fetched.header("content-type").starts_with("text/csv"));
        let known = world.get(&path(MARKETS)).bearer(&phone.token);
        assert_eq!(known.header("if-none-match", fetched.header("etag")).send().status, 304);
        world.get(&path(MARKETS)).bearer(&other.token).send().is_problem("unknown-table", 404);
        world.get(&path(MARKETS)).send().is_problem("missing-credentials", 401);
        world.get("/api/v1/tables/00").bearer(&phone.token).send().is_problem("unknown-table", 404);
        world.get(&path("no")).bearer(&key).send().is_problem("unknown-table", 404);
        assert_eq!(world.get(&path(MARKETS)).bearer(&key).send().body, MARKETS.as_bytes());
        let planner = world.key(Role::Planner, TAMBON);
        world.get(&path(MARKETS)).bearer(&planner).send().is_problem("role-not-sufficient", 403);

        let newer = MARKETS.replace("ตลาดใต้", "ตลาดริมน้ำ");
        let elsewhere = world.key(Role::Coordinator, "650118");
        put_table(world, &elsewhere, &hash, "markets", &newer).is_problem("outside-area", 403);
        let report = put_table(world, &key, &hash, "markets", &newer).json();
        assert_eq!((&report["before"], &report["added"]), (&json!(sha256(MARKETS)), &json!(true)));
        assert_eq!(table(&phone.token)["sha256"], sha256(&newer));
        assert_eq!(listed(world, &phone.token)["hash"], hash, "the form is the same");
        assert_eq!(world.get(&path(&newer)).bearer(&phone.token).send().body, newer.as_bytes());
        assert_eq!(world.get(&path(MARKETS)).bearer(&phone.token).send().status, 200, "what was is kept");
        world.revoke(&phone);
        world.get(&path(&newer)).bearer(&phone.token).send().is_problem("device-revoked", 403);
    });
}

#[test]
fn quality_and_exports_know_the_tables() {
    on_each_database(|world| {
        let key = world.key(Role::Coordinator, TAMBON);
        let hash = published(world, &key);
        let mut phone = world.phone("สมศรี", &[4]);
        let chosen =
            |choice: &str| Edit::Put { row: None, key: format!("goods/{choice}"), value: Scalar::Bool(true) };
        let mut well = vec![put("zone", "a"), put("market", "m1"), put_number("trips", 4)];
        well.extend([chosen("fish"), chosen("rice")]);
        phone.edit(house(1), 4, &well);
        phone.edit(house(2), 4, &[put("zone", "a"), put("market", "m2"), put_number("trips", 10)]);
        phone.edit(house(3), 4, &[put("zone", "a"), put("market", "m7")]);
        phone.push(world);
        let about_market = |household: u8| -> Vec<(String, String)> {
            let path = format!("/households/{}/quality", house(household));
            let found = world.read(&key, &path).json()["findings"].clone();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let found = found.as_array().unwrap().iter().filter(|it| it["form_id"] == "market");
            found.map(|it| (text(&it["question"]), text(&it["problem"]))).collect()
        };
        let is = |question: &str, problem: &str| (question.to_owned(), problem.to_owned());
        assert_eq!(about_market(1), []);
        assert_eq!(about_market(2), [is("market", "value"), is("trips", "constraint")]);
        assert_eq!(about_market(3), [is("market", "value")]);

        let page = world.read(&key, "/forms/market/answers").json();
        let column = page["columns"].as_array().unwrap().iter().find(|it| it["key"] == "market").unwrap();
        let names: Vec<_> =
            column["choices"].as_array().unwrap().iter().map(|it| (&it["name"], &it["th"])).collect();
        let (m1, m2, m7) = (json!("m1"), json!("m2"), json!("m7"));
        let labels = [json!("ตลาดใต้"), json!("ตลาดเหนือ")];
        assert_eq!(names, [(&m1, &labels[0]), (&m2, &labels[1]), (&m7, &m7)]);
        let csv = |query: &str| {
            world.read(&key, &format!("/forms/market/answers?format=csv{query}")).text().to_owned()
        };
        assert!(csv("").contains(",a,ตลาดใต้,4,ปลา; ข้าว,"), "{}", csv(""));
        assert!(csv("&values=codes").contains(",a,m1,4,fish; rice,"), "{}", csv("&values=codes"));

        // What another table takes the place of keeps its label in what was answered, and is no longer a choice.
        put_table(world, &key, &hash, "markets", "name,label,zone,trips_max\nm2,ตลาดใหญ่,a,12\n").json();
        assert_eq!(about_market(1), [is("market", "value"), is("trips", "constraint")]);
        assert_eq!(about_market(2), []);
        let csv = csv("");
        assert!(csv.contains(",a,ตลาดใต้,4,") && csv.contains(",a,ตลาดใหญ่,10,"), "{csv}");
    });
}

#[test]
fn commands_add_tables_and_say_what_is_missing() {
    on_each_database(|world| {
        let form = world.folder().join("market.xlsx");
        std::fs::write(&form, market("1")).unwrap();
        let markets = file(world, "markets.csv", MARKETS);
        let other = file(world, "list.csv", GOODS);
        let said = samruat(world, &["form", "add", &form.display().to_string()]).ok();
        assert!(said.contains("markets.csv [name,label,zone,trips_max]: ยังไม่มี / missing"), "{said}");
        let publish = ["form", "publish", "market", "--villages", "65011704"];
        let said = samruat(world, &publish).failed_saying();
        assert!(said.contains("samruat form table add market goods.csv"), "{said}");
        assert!(said.contains("ยังไม่มีตาราง markets.csv"), "{said}");
        let told =
            samruat(world, &["form", "table", "add", "market", &markets, "--dry-run", "--json"]).json();
        assert_eq!((&told["accepted"], &told["added"]), (&json!(true), &json!(false)));
        assert!(samruat(world, &["form", "table", "add", "market", &other]).failed().contains("goods.csv"));
        let wrong = ["form", "table", "add", "market", &other, "--name", "markets"];
        let said = samruat(world, &wrong).failed_saying();
        assert!(said.contains("markets.csv!1") && said.contains("“zone”"), "{said}");
        let said = samruat(world, &["form", "table", "add", "market", &markets]).ok();
        assert!(said.contains("markets.csv of market has 2 rows now"), "{said}");
        let said = samruat(world, &["form", "list"]).ok();
        assert!(said.contains("goods.csv (ยังไม่มี / missing)"), "{said}");
        samruat(world, &["form", "table", "add", "market", &other, "--name", "goods"]).ok();
        samruat(world, &publish).ok();
        let newer = file(world, "markets.csv", &MARKETS.replace("ใต้", "ล่าง"));
        samruat(world, &["form", "table", "add", "market", &newer]).ok();
        let shown = samruat(world, &["form", "show", "market"]).ok();
        assert!(shown.contains(&sha256(&MARKETS.replace("ใต้", "ล่าง"))[..12]), "{shown}");
        let lines = world.audit().into_iter().filter(|line| line.action == "form.table").count();
        assert_eq!(lines, 1, "what was added before the form held anywhere is in no tambon's log");
    });
}

#[test]
fn a_sync_says_what_is_published_the_same_for_the_same() {
    on_each_database(|world| {
        let key = world.key(Role::Coordinator, TAMBON);
        let phone = world.phone("สมศรี", &[4]);
        let told = || {
            let told = phone.push(world).forms.expect("a hub says it");
            let listed = world.get("/api/v1/published-forms").bearer(&phone.token).send().json();
            assert_eq!(listed["fingerprint"], HEXLOWER.encode(&told.0));
            told
        };
        assert_eq!(told(), Fingerprint::default());
        let hash = added(world, &key, market("1"));
        put_table(world, &key, &hash, "markets", MARKETS).json();
        put_table(world, &key, &hash, "goods", GOODS).json();
        assert_eq!(told(), Fingerprint::default(), "it holds nowhere yet");
        publish(world, &key, "market", &hash, &["65011704"]).json();
        let first = told();
        assert_ne!(first, Fingerprint::default());
        publish(world, &key, "market", &hash, &["65011704"]).json();
        assert_eq!(told(), first, "nothing changed");
        put_table(world, &key, &hash, "goods", "name,label\nrice,ข้าวสาร\n").json();
        let second = told();
        assert_ne!(second, first);
        put_table(world, &key, &hash, "goods", GOODS).json();
        assert_eq!(told(), first, "what was is again: it is a hash, no counter");
        publish(world, &key, "market", &hash, &["65011705"]).json();
        assert!(![first, second].contains(&told()), "where it holds counts");
        let retire = |query: &str| {
            let path = format!("/api/v1/tambons/650117/forms/market{query}");
            world.ask(Method::DELETE, &path).bearer(&key).send().json()
        };
        retire("?villages=65011705");
        assert_eq!(told(), first);
        retire("");
        assert_eq!(told(), Fingerprint::default());
    });
}

#[test]
fn a_hub_that_starts_says_what_an_older_program_published() {
    let world = World::on_sqlite(|_| {});
    let key = world.key(Role::Coordinator, TAMBON);
    published(&world, &key);
    let phone = world.phone("สมศรี", &[4]);
    let told = phone.push(&world).forms;
    let mut sqlite = SqliteConnection::establish(world.database_url.trim_start_matches("sqlite:")).unwrap();
    sqlite.batch_execute("UPDATE tambons SET forms_fingerprint = NULL").unwrap();
    assert_ne!(phone.push(&world).forms, told);
    App::new(world.database().clone(), Config::default(), world.clock.clone()).unwrap();
    assert_eq!(phone.push(&world).forms, told);
}
