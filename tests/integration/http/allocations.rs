//! Programmes: whom they are for, and what is given out along an approved list.

use reqwest::Method;
use samruat::store::api_keys::Role;
use serde_json::{Value, json};
use sync_protocol::change::Edit;
use sync_protocol::value::Scalar;

use super::lists::worked_case;
use super::world::{Answer, World, house, on_each_database, put, put_number, row};

/// A decayed house on the household's own land, without help so far.
fn decayed(roof: &str, income: i64) -> Vec<Edit> {
    let (mut edits, _) = worked_case("A");
    edits.extend([put("roof_condition", roof), put_number("income_year", income)]);
    edits.push(Edit::Put { row: None, key: "past_housing_aid/none".to_owned(), value: Scalar::Bool(true) });
    edits
}

/// Three households that match the rule for house repairs, one that does not and one of which an answer is
/// missing; and the id of an approved list of them.
pub(super) fn approved(world: &World, first: u8) -> (String, String) {
    let mut phone = world.phone("สมศรี", &[4]);
    phone.edit(house(first), 4, &decayed("3", 12_000));
    phone.edit(house(first + 1), 4, &decayed("3", 15_000));
    phone.edit(house(first + 2), 4, &decayed("2", 18_000));
    phone.edit(house(first + 3), 4, &worked_case("A").0);
    let mut poor = row(
        1,
        "visit",
        &[("visit_outcome", "done"), ("visit_date", "2026-01-20"), ("consent_given", "full")],
    );
    poor.extend([
        put_number("household_size", 4),
        put_number("income_year", 90_000),
        put("tenure", "rent_house"),
    ]);
    phone.edit(house(first + 4), 4, &poor);
    phone.push(world);
    let key = world.key(Role::Fund, "650117");
    let post = |path: &str, body: Value| {
        world
            .post(&format!("/api/v1/tambons/650117/needy-lists{path}"))
            .bearer(&key)
            .json(&body)
            .send()
            .json()
    };
    let list = post("", json!({ "by": "housing" }))["list_id"].as_str().unwrap().to_owned();
    let drafted = world.read(&key, &format!("/needy-lists/{list}")).json();
    let confirm = |line: &Value| json!({ "act": "confirm", "household": line["household_id"] });
    let mut decisions = vec![json!({ "act": "open_forum" })];
    decisions.extend(drafted["lines"].as_array().unwrap().iter().map(confirm));
    decisions.push(json!({ "act": "hold_forum", "held_on": "2025-11-20", "villagers": 64 }));
    decisions.push(json!({ "act": "approve" }));
    let decided = post(
        &format!("/{list}/decisions"),
        json!({ "version": 1, "on_revision": 0, "decisions": decisions }),
    );
    assert_eq!(decided["state"], "approved", "{decided}");
    (key, list)
}

/// Those that come with the program.
pub(super) fn rule_parameters() -> Value {
    json!({
        "aid_years": 5, "event_days": 90, "floods_and_storms": false, "income_line": 100_000,
        "settlement_households": 5, "canals": ["ลาดพร้าว", "เปรมประชากร"], "elder_age": 60,
    })
}

fn allocate(world: &World, key: &str, list: &str, more: &Value) -> Answer {
    let mut body = json!({
        "programme": "baan_por_piang", "fiscal_year": 2562, "list_id": list, "version": 1, "budget": 40_000,
        "ceiling": 18_000,
        "estimates": { house(1).to_string(): 25_000, house(2).to_string(): 17_500, house(3).to_string(): 4_000 },
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.post("/api/v1/tambons/650117/allocations").bearer(key).json(&body).send()
}

fn told(view: &Value) -> Vec<(String, String, u64, u64)> {
    let decision = |it: &Value| {
        let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
        let id = text("household_id");
        let number = (1..=5_u8).find(|number| house(*number).to_string() == id).unwrap();
        let what = if it["waits_for"].is_null() { text("decision") } else { text("waits_for") };
        (format!("h{number}"), what, it["granted"].as_u64().unwrap(), it["budget_left"].as_u64().unwrap())
    };
    view["decisions"].as_array().unwrap().iter().map(decision).collect()
}

#[test]
fn money_runs_down_an_approved_list() {
    on_each_database(|world| {
        let (key, list) = approved(world, 1);
        let matches = world.read(&key, "/programmes/baan_por_piang/matches?fiscal_year=2562").json();
        assert_eq!((&matches["matching"], &matches["unknown"]), (&json!(3), &json!(1)));
        assert_eq!(matches["households"][0]["verdict"], "yes");
        let missing =
            matches["households"].as_array().unwrap().iter().find(|it| it["verdict"] == "unknown").unwrap();
        assert_eq!(missing["missing"][0]["th"], "เคยได้รับความช่วยเหลือเรื่องบ้านหรือไม่");

        let expected = |last: (&str, &str, u64, u64)| {
            let decisions = [
                ("h1", "approved", 18_000, 22_000),
                ("h2", "approved", 17_500, 4_500),
                last,
                ("h4", "answers", 0, last.3),
            ];
            decisions
                .map(|(id, what, granted, left)| (id.to_owned(), what.to_owned(), granted, left))
                .to_vec()
        };
        let tried = allocate(world, &key, &list, &json!({ "dry_run": true }));
        assert_eq!(tried.status, 200, "{tried:?}");
        assert_eq!(told(&tried.json()), expected(("h3", "approved", 4_000, 500)));
        let tried = allocate(world, &key, &list, &json!({ "dry_run": true, "units": 2 })).json();
        assert_eq!(told(&tried), expected(("h3", "units", 0, 4_500)));
        assert_eq!(world.read(&key, "/allocations").json()["allocations"], json!([]), "nothing was kept");

        let made = allocate(world, &key, &list, &json!({ "units": 2 }));
        assert_eq!(made.status, 201, "{made:?}");
        let made = made.json();
        assert_eq!((&made["budget_left"], &made["units_left"]), (&json!(4_500), &json!(0)));
        assert_eq!(made["decisions"][0]["local_contribution"], 7_000);

        // One housing approval for a household in a fiscal year.
        let again = allocate(world, &key, &list, &json!({ "budget": 10_000 })).json();
        let again: Vec<(String, String)> =
            told(&again).into_iter().map(|(id, what, ..)| (id, what)).collect();
        let pairs = |pairs: [(&str, &str); 4]| pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
        assert_eq!(
            again,
            pairs([
                ("h3", "approved"),
                ("h1", "housing_approval"),
                ("h2", "housing_approval"),
                ("h4", "answers")
            ])
        );

        let path = format!("/api/v1/tambons/650117/allocations/{}", made["allocation_id"].as_str().unwrap());
        let plan = |tranches: Value| {
            let ask = world.ask(Method::PUT, &format!("{path}/tranches")).bearer(&key);
            ask.json(&json!({ "tranches": tranches })).send()
        };
        plan(json!([{ "percent": 70, "due_on": "2025-10-01" }])).is_problem("allocation-refused", 422);
        plan(json!([{ "percent": 100, "due_on": "2568-10-01x" }])).is_problem("allocation-refused", 422);
        let divided = plan(json!([
            { "percent": 70, "due_on": "2025-10-01", "paid_on": "2025-09-30" },
            { "percent": 20, "due_on": "2025-11-01" },
            { "percent": 10, "due_on": "2026-04-30" },
        ]));
        let tranches = divided.json()["tranches"].clone();
        let stands =
            |at: usize| (tranches[at]["amount"].as_f64().unwrap(), tranches[at]["status"].as_str().unwrap());
        assert_eq!(
            [stands(0), stands(1), stands(2)],
            [(28_000.0, "paid"), (8_000.0, "overdue"), (4_000.0, "waiting")]
        );
        assert_eq!(tranches[1]["days_overdue"], 21);

        let withdraw = |reason: &str| {
            let ask = world.post(&format!("{path}/withdrawal")).bearer(&key);
            ask.json(&json!({ "reason": reason })).send()
        };
        withdraw(" ").is_problem("allocation-refused", 422);
        let withdrawn = withdraw("งบถูกตัด");
        assert_eq!(withdrawn.json()["withdrawal"]["reason"], "งบถูกตัด");
        assert_eq!(withdrawn.json()["is_withdrawn"], true);
        let free = allocate(world, &key, &list, &json!({ "dry_run": true })).json();
        assert_eq!(told(&free)[0].1, "approved", "they are free for another");
    });
}

#[test]
fn what_cannot_be_given_out_is_refused_and_nothing_is_kept() {
    let world = World::on_sqlite(|_| {});
    let (key, list) = approved(&world, 1);
    let stranger = house(9).to_string();
    for (more, name, status) in [
        (json!({ "budget": -1 }), "allocation-refused", 422),
        (json!({ "ceiling": -5 }), "allocation-refused", 422),
        (json!({ "estimates": { house(1).to_string(): -1 } }), "allocation-refused", 422),
        (json!({ "estimates": { stranger: 1_000 } }), "allocation-refused", 422),
        (json!({ "estimates": { "nobody": 1_000 } }), "malformed-id", 400),
        (json!({ "programme": "gold" }), "unknown-programme", 404),
        (json!({ "fiscal_year": 2019 }), "malformed-query", 400),
        (json!({ "version": 2 }), "unknown-list", 404),
        (json!({ "list_id": "zz" }), "unknown-list", 404),
        (json!({ "colour": "red" }), "malformed-json", 400),
    ] {
        let problem = allocate(&world, &key, &list, &more).is_problem(name, status);
        assert!(name != "allocation-refused" || problem["detail_th"].is_string(), "{problem}");
    }
    let drafted =
        world.post("/api/v1/tambons/650117/needy-lists").bearer(&key).json(&json!({})).send().json();
    let draft = allocate(&world, &key, drafted["list_id"].as_str().unwrap(), &json!({}));
    draft.is_problem("allocation-refused", 422);
    assert_eq!(world.read(&key, "/allocations").json()["allocations"], json!([]));

    let admin = world.key(Role::Admin, "TH");
    let import = |body: &str| {
        world
            .ask(Method::PUT, "/api/v1/programmes")
            .bearer(&admin)
            .body("text/csv", body.as_bytes().to_vec())
            .send()
    };
    let faults = import("id,name\nx,y\n").is_problem("file-refused", 422);
    assert!(!faults["faults"].as_array().unwrap().is_empty(), "{faults}");
    let file = std::fs::read_to_string(crate::workspace().join("data/planning/programmes.csv")).unwrap();
    let broken = file.replacen(",18000,", ",-18000,", 1);
    let faults = import(&broken).is_problem("file-refused", 422);
    assert_eq!(
        (&faults["faults"][0]["row"], &faults["faults"][0]["column"]),
        (&json!(2), &json!("ceiling_baht"))
    );
    let raised = file.replacen(",18000,", ",19000,", 1);
    assert_eq!(import(&raised).json()["number"], 1);
    let programmes = world.read(&key, "/programmes?fiscal_year=2560").json();
    let rows = programmes["programmes"].as_array().unwrap();
    let repair = rows.iter().find(|row| row["programme"] == "baan_por_piang").unwrap();
    assert_eq!(repair["ceiling"], 19_000);
}

#[test]
fn other_thresholds_of_rules_are_in_force_where_they_were_chosen_and_are_named() {
    on_each_database(|world| {
        let (fund, list) = approved(world, 1);
        let (admin, care) = (world.key(Role::Admin, "TH"), world.key(Role::Coordinator, "650117"));
        let first = world.get("/api/v1/rule-parameters").bearer(&fund).send().json();
        let mut built_in = first["parameters"][0].clone();
        assert_eq!((&built_in["version"], &built_in["made_by"]), (&json!("1"), &Value::Null));
        for key in ["version", "made_by", "made_at"] {
            built_in.as_object_mut().unwrap().remove(key);
        }
        assert_eq!(built_in, rule_parameters());

        let add = |key: &str, name: &str, value: Value| {
            let mut body = rule_parameters();
            body[name] = value;
            world.post("/api/v1/rule-parameters").bearer(key).json(&body).send()
        };
        for (name, value) in [
            ("income_line", json!(-1)),
            ("event_days", json!(0)),
            ("elder_age", json!(39)),
            ("settlement_households", json!(0)),
            ("canals", json!([""])),
        ] {
            let problem = add(&admin, name, value).is_problem("out-of-range", 422);
            assert_eq!(problem["parameter"], name);
            assert!(problem["detail_th"].as_str().unwrap().contains(name), "{problem}");
        }
        add(&admin, "severe_need", json!(30)).is_problem("malformed-json", 400);
        add(&care, "income_line", json!(14_000)).is_problem("role-not-sufficient", 403);
        let sets = || world.get("/api/v1/rule-parameters").bearer(&fund).send().json();
        assert_eq!(sets()["parameters"].as_array().unwrap().len(), 1, "nothing was kept");
        // Income per person: 12,000, 15,000 and 18,000 baht.
        let made = add(&admin, "income_line", json!(16_000));
        assert_eq!((made.status, &made.json()["version"]), (201, &json!("2")));

        let matches = || world.read(&fund, "/programmes/baan_por_piang/matches?fiscal_year=2562").json();
        let before = matches();
        assert_eq!(
            (&before["rule_parameters"], &before["matching"]),
            (&json!("1"), &json!(3)),
            "chosen nowhere"
        );
        let kept = allocate(world, &fund, &list, &json!({ "fiscal_year": 2562 })).json();
        let choose = |key: &str, version: &str| {
            let ask = world.ask(Method::PUT, "/api/v1/tambons/650117/rule-parameters").bearer(key);
            ask.json(&json!({ "version": version })).send()
        };
        choose(&fund, "2").is_problem("role-not-sufficient", 403);
        choose(&care, "3").is_problem("unknown-rules", 404);
        assert_eq!(choose(&care, "2").json()["income_line"], 16_000);
        let after = matches();
        assert_eq!((&after["rule_parameters"], &after["matching"]), (&json!("2"), &json!(2)));
        let programmes = world.read(&fund, "/programmes?fiscal_year=2562").json();
        assert_eq!(programmes["rule_parameters"]["income_line"], 16_000);
        let tried = allocate(world, &fund, &list, &json!({ "dry_run": true })).json();
        assert_eq!(tried["rule_parameters"], "2");
        let all = world.read(&fund, "/allocations").json();
        assert_eq!(all["allocations"][0]["allocation_id"], kept["allocation_id"]);
        assert_eq!(all["allocations"][0]["rule_parameters"], "1", "it keeps what it was made by");
        assert_eq!(choose(&care, "1").json()["version"], "1");
        assert_eq!(matches()["matching"], 3);
        let lines = world.audit();
        assert_eq!(lines.iter().filter(|line| line.action == "rules.choose").count(), 2);
    });
}

#[test]
fn what_the_office_knows_of_a_settlement_decides_what_no_volunteer_asks() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4, 5]);
        for (number, moo) in [(1, 4), (2, 5)] {
            let mut edits = worked_case("A").0;
            edits.push(put("tenure", "canal"));
            phone.edit(house(number), moo, &edits);
        }
        phone.push(world);
        let key = world.key(Role::Fund, "650117");
        let path = "/api/v1/tambons/650117/settlements";
        let matches = |programme: &str| {
            let found = world.read(&key, &format!("/programmes/{programme}/matches?fiscal_year=2562")).json();
            let row = |row: &Value| (row["village"].clone(), row["verdict"].clone(), row["missing"].clone());
            let rows = found["households"].as_array().unwrap().iter().map(row);
            let mut rows: Vec<(Value, Value, Value)> = rows.collect();
            rows.sort_by_key(|(village, ..)| village.to_string());
            rows
        };
        let asked: Vec<Value> = matches("baan_mankong").into_iter().map(|(.., missing)| missing).collect();
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[0][0]["th"], "จำนวนครัวเรือนในชุมชน");
        let known = world.get(path).bearer(&key).send().json();
        assert_eq!((&known["revision"], &known["settlements"][0]["recorded"]), (&json!(0), &json!(1)));
        assert_eq!(known["settlements"][1]["households"], Value::Null);

        let write = |on_revision: i64, settlements: Value| {
            let body = json!({ "on_revision": on_revision, "settlements": settlements });
            world.ask(Method::PUT, path).bearer(&key).json(&body).send()
        };
        let four = json!({ "village": "65011704", "households": 24, "saves_together": true, "canal": "คลองลาดพร้าว" });
        let five = json!({ "village": "65011705", "households": 0 });
        write(0, json!([{ "village": "65011804", "households": 3 }])).is_problem("malformed-query", 400);
        write(0, json!([{ "village": "65011704", "households": 100_001 }])).is_problem("out-of-range", 422);
        write(0, json!([{ "village": "65011704", "households": -1 }])).is_problem("malformed-json", 400);
        write(0, json!([five, five])).is_problem("malformed-query", 400);
        assert_eq!(world.get(path).bearer(&key).send().json(), known, "nothing of it was kept");
        let written = write(0, json!([four, five])).json();
        assert_eq!(
            (&written["revision"], &written["settlements"][0]["canal"]),
            (&json!(1), &json!("ลาดพร้าว"))
        );
        let late = write(0, json!([five])).is_problem("stale-decision", 409);
        assert_eq!(late["revision"], 1, "{late}");

        let verdicts = |programme: &str| -> Vec<(String, String)> {
            let text = |value: Value| value.as_str().unwrap().to_owned();
            matches(programme)
                .into_iter()
                .map(|(village, verdict, _)| (text(village), text(verdict)))
                .collect()
        };
        let only_four = [("65011704".to_owned(), "yes".to_owned())];
        assert_eq!(verdicts("baan_mankong"), only_four, "houses of village 5 stand alone");
        let of_canal = [only_four[0].clone(), ("65011705".to_owned(), "unknown".to_owned())];
        assert_eq!(verdicts("canal_side"), of_canal, "which canal village 5 lies at nobody told");
        assert_eq!(write(1, json!([])).json()["settlements"][0]["households"], Value::Null);
        assert_eq!(verdicts("baan_mankong").len(), 2);
        assert_eq!(world.audit().iter().filter(|line| line.action == "settlements.write").count(), 2);
    });
}

#[test]
fn matches_and_allocations_are_files_for_a_purpose() {
    on_each_database(|world| {
        let (key, list) = approved(world, 1);
        let made = allocate(world, &key, &list, &json!({})).json();
        let id = made["allocation_id"].as_str().unwrap();
        let matches = "/programmes/baan_por_piang/matches";
        let text = |path: &str| {
            let answer = world.read(&key, path);
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            answer.text().to_owned()
        };
        let ask = |path: &str| world.get(&format!("/api/v1/tambons/650117{path}")).bearer(&key);
        let csv = text(&format!("{matches}.csv?fiscal_year=2562&purpose=meeting&lang=en"));
        assert!(
            csv.contains("Place,Village,House,Head of the household,Result,Because,To be asked"),
            "{csv}"
        );
        assert_eq!((csv.lines().count(), csv.matches(",ask first,").count()), (5, 1));
        assert!(csv.contains("Thresholds of programmes, version: 1"), "{csv}");
        let by_accept =
            ask(&format!("{matches}?fiscal_year=2562&purpose=meeting")).header("Accept", "text/csv");
        assert!(by_accept.send().text().contains("ลำดับ,หมู่บ้าน,บ้านเลขที่"));

        let csv = text(&format!("/allocations/{id}/decisions.csv?purpose=meeting&lang=en"));
        assert_eq!((csv.lines().count(), csv.matches(",approved,").count()), (5, 3));
        assert!(csv.lines().nth(1).unwrap().contains(",25000,18000,7000,22000,"), "{csv}");
        let csv = text("/allocations.csv?purpose=meeting&lang=en");
        assert!(
            csv.lines().nth(1).unwrap().starts_with("baan_por_piang,2562,1,1,40000,500,3,1,valid,"),
            "{csv}"
        );
        let workbook = world.read(&key, "/allocations.xlsx?purpose=meeting");
        assert_eq!(&workbook.body[..2], b"PK");
        world
            .read(&key, &format!("/allocations/{}/decisions.csv?purpose=meeting", "0".repeat(32)))
            .is_problem("unknown-allocation", 404);
        let person = world.get("/api/v1/tambons/650117/allocations.pdf").bearer(&key).send();
        person.is_problem("not-found", 404);
        let count = |action: &str| world.audit().iter().filter(|line| line.action == action).count();
        assert_eq!(
            [count("matches.export"), count("allocation.export"), count("allocations.export")],
            [2, 1, 2]
        );
    });
}
