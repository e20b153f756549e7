//! What plans are made of: targets, a community's strength, the annex, snapshots.

use reqwest::Method;
use samruat::area::Area;
use samruat::store::api_keys::Role;
use samruat::store::audit;
use serde_json::{Value, json};

use super::lists::worked_case;
use super::world::{World, house, on_each_database, put};

#[test]
fn the_board_is_that_of_its_source() {
    let world = World::on_sqlite(|_| {});
    let (planner, admin) = (world.key(Role::Planner, "650117"), world.key(Role::Admin, "TH"));
    let board = |query: &str| world.get(&format!("/api/v1/targets{query}")).bearer(&planner).send();
    let first_half = board("?fiscal_year=2562").json();
    let rows = first_half["rows"].as_array().unwrap();
    let row = |item: &str| rows.iter().find(|row| row["item"] == item).unwrap().clone();
    assert_eq!(rows.len(), 15);
    assert_eq!((&row("2.2")["percent"], &row("2.2")["actual"]), (&json!(109.1), &json!(12_543)));
    assert_eq!((&row("2.5")["percent"], &row("2.5")["actual"]), (&Value::Null, &Value::Null), "not zero");
    assert!(rows.iter().all(|row| row["source"] != "" && row["as_of"] == "2019-03-31"));
    assert_eq!(board("?fiscal_year=2563").json()["rows"], json!([]));
    board("?fiscal_year=2019").is_problem("malformed-query", 400);
    board("?region=ใต้").is_problem("malformed-query", 400);

    let put = |body: &str| {
        world
            .ask(Method::PUT, "/api/v1/targets")
            .bearer(&admin)
            .body("text/csv", body.as_bytes().to_vec())
            .send()
    };
    let file = std::fs::read_to_string(crate::workspace().join("data/planning/targets.csv")).unwrap();
    let faults = put(&file.replacen("12543", "-5", 1)).is_problem("file-refused", 422);
    assert_eq!(faults["faults"][0]["row"], 6, "{faults}");
    assert_eq!(board("?fiscal_year=2562").json(), first_half, "nothing half-applied");
    // What holds in the whole country is not for whoever looks after a tambon.
    let own = world.key(Role::Admin, "650117");
    for path in ["/api/v1/targets", "/api/v1/programmes"] {
        let ask = world.ask(Method::PUT, path).bearer(&own).body("text/csv", file.as_bytes().to_vec());
        ask.send().is_problem("outside-area", 403);
    }
    let lines = || world.database().read(|conn| audit::page(conn, Area::COUNTRY, None, 10)).unwrap();
    assert_eq!(lines().len(), 0, "what was refused changed nothing");
    assert_eq!(put(&file.replacen("510,172,tambon,33.7", "510,255,tambon,50.0", 1)).status, 200);
    assert_eq!(lines()[0].action, "targets.import");
    assert_eq!(board("?fiscal_year=2562").json()["rows"][0]["percent"], 50.0);
}

#[test]
fn a_tambon_is_compared_with_itself_the_year_before() {
    on_each_database(|world| {
        let key = world.key(Role::Fund, "650117");
        let path = "/api/v1/tambons/650117/strength";
        let items = world.get(path).bearer(&key).send().json()["items"].clone();
        assert_eq!(items.as_array().unwrap().len(), 12);
        let item = items[0]["item"].as_str().unwrap();
        let write = |year: i64, level: i64, evidence: &str| {
            let items = json!({ item: { "level": level, "evidence": evidence } });
            world
                .ask(Method::PUT, path)
                .bearer(&key)
                .json(&json!({ "fiscal_year": year, "items": items }))
                .send()
        };
        assert_eq!(write(2568, 1, "รายงานประชุม 2 ครั้ง").status, 200);
        assert_eq!(write(2569, 2, "รายงานประชุม 4 ครั้ง").status, 200);
        let written = write(2569, 3, "รายงานประชุม 6 ครั้ง").json();
        assert_eq!(
            (&written["items"][0]["level"], &written["items"][0]["level_before"]),
            (&json!(3), &json!(1))
        );
        assert_eq!((&written["sum"], &written["sum_max"]), (&json!(3), &json!(3)));
        write(2569, 4, "x").is_problem("out-of-range", 422);
        write(2569, 2, " ").is_problem("out-of-range", 422);
        let nonsense = json!({ "items": { "gold": { "level": 1, "evidence": "x" } } });
        let unknown = world.ask(Method::PUT, path).bearer(&key).json(&nonsense).send();
        unknown.is_problem("out-of-range", 422);
    });
}

fn cell<'a>(annex: &'a Value, table: &str, row: usize, column: usize) -> &'a Value {
    let tables = annex["tables"].as_array().unwrap();
    let table = tables.iter().find(|it| it["name"] == table).unwrap_or_else(|| panic!("no table {table}"));
    &table["rows"][row]["cells"][column]
}

#[test]
fn a_snapshot_stays_what_it_was_and_later_annexes_compare_with_it() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4, 5]);
        for number in 1..=7 {
            phone.edit(house(number), 4, &worked_case("A").0);
        }
        for number in 8..=10 {
            phone.edit(house(number), 5, &worked_case("C").0);
        }
        phone.push(world);
        let (planner, fund) = (world.key(Role::Planner, "650117"), world.key(Role::Fund, "650117"));
        let annex = world.read(&fund, "/annex?fiscal_year=2562").json();
        let numbers: std::collections::BTreeSet<u64> = annex["tables"]
            .as_array()
            .unwrap()
            .iter()
            .map(|table| table["number"].as_u64().unwrap())
            .collect();
        assert_eq!(numbers, (1..=14).collect());
        assert_eq!(cell(&annex, "dimension", 0, 0), &json!({ "count": 7 }));
        assert_eq!(cell(&annex, "dimension", 1, 0), &json!({ "count": 3 }));
        assert_eq!(cell(&annex, "dimension", 2, 0), &json!({ "count": 10 }));
        assert_eq!(cell(&annex, "dimension", 0, 4), &json!({ "per_mille": 1_000 }), "all lack in living");
        assert_eq!(cell(&annex, "target", 4, 2), &json!({ "per_mille": 1_091 }));
        let programmes =
            annex["tables"].as_array().unwrap().iter().find(|it| it["name"] == "programme").unwrap();
        for row in programmes["rows"].as_array().unwrap() {
            let all = world.read(&fund, "/programmes?fiscal_year=2562").json();
            let is_it = |it: &&Value| it["name_th"] == row["name"]["th"];
            let id = all["programmes"].as_array().unwrap().iter().find(is_it).unwrap()["programme"].clone();
            let path = format!("/programmes/{}/matches?fiscal_year=2562", id.as_str().unwrap());
            assert_eq!(
                row["cells"][0],
                json!({ "count": world.read(&fund, &path).json()["matching"] }),
                "{row}"
            );
        }
        assert!(!programmes["rows"].as_array().unwrap().is_empty());
        assert_eq!(
            (&annex["name_th"], &annex["place_th"]),
            (&json!("อรัญญิก"), &json!("อ.เมืองพิษณุโลก จ.พิษณุโลก"))
        );
        let hidden = world.read(&planner, "/annex").json();
        assert_eq!(hidden["hidden_below"], 5);
        assert_eq!(cell(&hidden, "dimension", 1, 0), "hidden");
        assert_eq!(cell(&hidden, "coverage", 1, 1), &json!({ "count": 3 }), "visits are no secret");

        let post = |title: &str| {
            let ask = world.post("/api/v1/tambons/650117/snapshots").bearer(&planner);
            ask.json(&json!({ "title": title })).send()
        };
        post(" ").is_problem("out-of-range", 422);
        let made = post("แผนพัฒนาตำบล พ.ศ. 2570");
        assert_eq!(made.status, 201, "{made:?}");
        let id = made.json()["snapshot_id"].as_str().unwrap().to_owned();
        let then = world.read(&planner, &format!("/snapshots/{id}")).json();
        for number in 1..=6 {
            phone.edit(house(number), 4, &[put("savings_any", "yes"), put("eviction_risk", "3")]);
        }
        phone.push(world);
        assert_eq!(world.read(&planner, &format!("/snapshots/{id}")).json(), then, "it never changes");
        let now = world.read(&fund, "/annex").json();
        assert_eq!(cell(&now, "change", 0, 2), &json!({ "change": 0 }));
        let listed = world.read(&planner, "/snapshots").json();
        assert_eq!(listed["snapshots"][0]["title"], "แผนพัฒนาตำบล พ.ศ. 2570");
        world.read(&planner, "/snapshots/00").is_problem("unknown-snapshot", 404);
    });
}

#[test]
fn projects_of_a_plan_are_written_by_one_at_a_time_and_stand_in_its_annex() {
    on_each_database(|world| {
        world.phone("สมศรี", &[4]).push(world);
        let planner = world.key(Role::Planner, "650117");
        let project = |title: &str, baht: Value| {
            json!({
                "title": title, "problem": "ตาราง 8 สภาพบ้าน", "households": 38, "villages": "หมู่ 1, 4", "baht": baht,
                "owner": "community", "strategy": "1.2",
            })
        };
        let put = |on_revision: u64, projects: Value| {
            let body = json!({ "fiscal_year": 2570, "on_revision": on_revision, "projects": projects });
            world.ask(Method::PUT, "/api/v1/tambons/650117/projects").bearer(&planner).json(&body).send()
        };
        assert_eq!(world.read(&planner, "/projects?fiscal_year=2570").json()["revision"], 0);
        let both = json!([
            project("ซ่อมบ้านผู้สูงอายุ", json!({ "2570": 342_000, "2571": 342_000 })),
            project("ทางลาดคนพิการ", json!({ "2570": 50_000 })),
        ]);
        assert_eq!(put(0, both.clone()).json()["revision"], 1);
        let stale = put(0, json!([])).is_problem("stale-decision", 409);
        assert_eq!(stale["revision"], 1);
        for wrong in [project(" ", json!({})), project("ก", json!({ "2026": 1 }))] {
            let refused = put(1, json!([both[0], wrong])).is_problem("out-of-range", 422);
            assert_eq!(refused["row"], 2);
        }
        put(1, json!([project("ก", json!({ "2570": -1 }))])).is_problem("malformed-json", 400);
        let kept = world.read(&planner, "/projects?fiscal_year=2570").json();
        assert_eq!((&kept["projects"], &kept["revision"]), (&both, &json!(1)), "nothing half-applied");
        let annex = world.read(&planner, "/annex?fiscal_year=2570").json();
        assert_eq!(cell(&annex, "project", 0, 3), &json!({ "baht": 684_000 }));
        assert_eq!(world.read(&planner, "/projects?fiscal_year=2571").json()["projects"], json!([]));
    });
}
