//! Households in the order of need, and the thresholds that they are scored by.

use reqwest::Method;
use samruat::store::api_keys::Role;
use serde_json::{Value, json};
use sync_protocol::change::Edit;
use sync_protocol::ids::RowId;
use sync_protocol::value::Scalar;

use super::world::{World, house, on_each_database, put, put_number, row, tambon};

/// A household of the worked cases of scoring, as a volunteer writes it down.
pub(super) fn worked_case(id: &str) -> (Vec<Edit>, Value) {
    let file = crate::workspace().join("tests/fixtures/scoring/scoring_vectors.json");
    let cases: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut cases = cases["vectors"].as_array().unwrap().iter();
    let case = cases.find(|case| case["id"].as_str().unwrap().starts_with(id)).unwrap();
    let input = case["input"].as_object().unwrap();
    let mut edits = Vec::new();
    for (key, value) in
        input.iter().filter(|(key, _)| !["consent", "members", "needs"].contains(&key.as_str()))
    {
        edits.extend(answers(None, key, value));
    }
    let mut visit = row(1, "visit", &[("visit_outcome", "done"), ("visit_date", "2026-01-20")]);
    visit.extend(answers(Some(RowId([1; 16])), "consent_given", &input["consent"]));
    edits.extend(visit);
    for (group, name, first) in [("members", "member", 10), ("needs", "need", 50)] {
        for (id, of_row) in (first..).zip(input[group].as_array().unwrap()) {
            edits.extend(row(id, name, &[]));
            for (key, value) in of_row.as_object().unwrap() {
                edits.extend(answers(Some(RowId([id; 16])), key, value));
            }
        }
    }
    (edits, case["expected"].clone())
}

fn answers(row: Option<RowId>, key: &str, value: &Value) -> Vec<Edit> {
    let edit = |key: String, value: Scalar| Edit::Put { row, key, value };
    match value {
        Value::Array(choices) => choices
            .iter()
            .map(|choice| edit(format!("{key}/{}", choice.as_str().unwrap()), Scalar::Bool(true)))
            .collect(),
        Value::Number(number) => vec![edit(key.to_owned(), Scalar::Int(number.as_i64().unwrap()))],
        Value::String(text) => vec![edit(key.to_owned(), Scalar::Str(text.clone()))],
        other => panic!("{key} is {other}"),
    }
}

fn visited(outcome: &str) -> Vec<Edit> {
    row(1, "visit", &[("visit_outcome", outcome), ("visit_date", "2026-01-20"), ("consent_given", "full")])
}

/// Three surveyed households, one that refused and one that nobody visited yet.
fn surveyed(world: &World) {
    let mut phone = world.phone("สมศรี", &[4, 5]);
    let (mut needy, _) = worked_case("A");
    needy.push(put("head_name", "บุญมี ทองดี"));
    needy.push(put("house_no", "12/3"));
    phone.edit(house(1), 4, &needy);
    phone.edit(house(2), 5, &worked_case("C").0);
    let mut poor = visited("done");
    poor.extend([put_number("household_size", 4), put_number("income_year", 90_000)]);
    phone.edit(house(3), 5, &poor);
    phone.edit(house(4), 4, &visited("refused"));
    phone.edit(house(5), 4, &[put("house_no", "5")]);
    phone.push(world);
}

fn places(page: &Value) -> Vec<(u64, &str)> {
    let households = page["households"].as_array().unwrap().iter();
    households.map(|line| (line["place"].as_u64().unwrap(), line["household_id"].as_str().unwrap())).collect()
}

#[test]
fn households_come_in_the_order_of_need_with_reasons() {
    on_each_database(|world| {
        surveyed(world);
        let key = world.key(Role::Fund, "650117");
        let page = world.read(&key, "/assessments").json();
        let ids: Vec<String> = [1, 3, 2].map(|number| house(number).to_string()).into();
        assert_eq!(
            places(&page),
            [(1, ids[0].as_str()), (2, &ids[1]), (3, &ids[2])],
            "who refused or was not visited is not in it: {page}"
        );
        assert_eq!(page["parameters"], "1");
        for (at, case) in [(0, "A"), (2, "C")] {
            let (line, expected) = (&page["households"][at], worked_case(case).1);
            for score in ["need", "need_min", "need_max", "housing", "tier"] {
                assert_eq!(line[score], expected[score], "{case}: {score}");
            }
            for mark in ["missed", "severe", "tpmap_target", "needs_check"] {
                assert_eq!(line[mark], json!(expected[mark] == 1), "{case}: {mark}");
            }
            let flags: Vec<&Value> =
                line["reasons"].as_array().unwrap().iter().map(|reason| &reason["flag"]).collect();
            let expected = expected["flags"].as_object().unwrap();
            let deprived = [
                "H1", "H2", "H3", "L1", "L2", "L3", "L4", "L5", "L6", "E1", "E2", "I1", "I2", "I3", "I4",
                "A1", "A2", "A3", "A4",
            ];
            let deprived: Vec<&&str> = deprived.iter().filter(|flag| expected[**flag] == 1).collect();
            assert_eq!(json!(flags), json!(deprived), "{case}");
        }
        let first = &page["households"][0];
        assert_eq!((&first["head_name"], &first["house_no"]), (&json!("บุญมี ทองดี"), &json!("12/3")));
        assert_eq!(first["reasons"][1]["th"], "น้ำไม่พอใช้ตลอดปี หรือน้ำดื่มไม่สะอาด");
        assert_eq!((&first["card"], &first["needs"]), (&json!("not_registered"), &json!(["house_repair"])));
        assert_eq!(first["income_per_person"], 19_200);

        for (query, expected) in [
            ("by=housing", vec![(1, 1), (2, 3), (3, 2)]),
            ("village=65011705", vec![(2, 3), (3, 2)]),
            ("tier=2", vec![(1, 1)]),
            ("flag=I1", vec![(1, 1), (2, 3)]),
            ("need=house_repair", vec![(1, 1)]),
            ("card=not_registered", vec![(1, 1), (3, 2)]),
            ("missed=true", vec![(1, 1)]),
            ("check=true", vec![(2, 3)]),
            ("check=false&missed=false", vec![(3, 2)]),
        ] {
            let page = world.read(&key, &format!("/assessments?{query}")).json();
            let expected: Vec<(u64, String)> =
                expected.into_iter().map(|(place, number)| (place, house(number).to_string())).collect();
            let expected: Vec<(u64, &str)> =
                expected.iter().map(|(place, id)| (*place, id.as_str())).collect();
            assert_eq!(places(&page), expected, "{query}");
        }
        let audited = world.audit();
        assert!(
            audited
                .iter()
                .any(|line| line.action == "assessments.read" && line.details.contains("\"count\":3"))
        );
    });
}

#[test]
fn a_list_is_read_page_by_page() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4]);
        for number in 1..=23_u8 {
            let mut edits = visited("done");
            // Many are alike in all but their ids.
            edits.extend([
                put_number("household_size", 4),
                put_number("income_year", i64::from(number / 5) * 9_000),
            ]);
            phone.edit(house(number), 4, &edits);
        }
        phone.push(world);
        let key = world.key(Role::Coordinator, "65");
        let all = world.read(&key, "/assessments?limit=1000").json();
        assert_eq!(places(&all).len(), 23);
        assert_eq!(all["next"], Value::Null);
        let mut seen = Vec::new();
        let mut after = String::new();
        loop {
            let page = world.read(&key, &format!("/assessments?limit=4{after}")).json();
            seen.extend(places(&page).into_iter().map(|(place, id)| (place, id.to_owned())));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let seen: Vec<(u64, &str)> = seen.iter().map(|(place, id)| (*place, id.as_str())).collect();
        assert_eq!(seen, places(&all));
    });
}

#[test]
fn other_thresholds_score_a_tambon_anew_and_are_named() {
    on_each_database(|world| {
        surveyed(world);
        let (admin, key) = (world.key(Role::Admin, "TH"), world.key(Role::Coordinator, "650117"));
        let thresholds = |income_line: i64| json!({ "income_line": income_line, "card_income_line": 100_000, "overcrowd": 3, "severe_cutoff": 0.26, "year_be": 2569 });
        let post = |body: &Value| world.post("/api/v1/scoring").bearer(&admin).json(body).send();
        let problem = post(&thresholds(-1)).is_problem("out-of-range", 422);
        assert_eq!(problem["parameter"], "income_line");
        assert!(problem["detail_th"].as_str().unwrap().contains("ต้องอยู่ระหว่าง"), "{problem}");
        assert_eq!(post(&thresholds(20_000)).json()["version"], "2");
        let country = samruat::area::Area::COUNTRY;
        let lines =
            world.database().read(|conn| samruat::store::audit::page(conn, country, None, 10)).unwrap();
        let made: Vec<&str> = lines.iter().map(|line| line.action.as_str()).collect();
        assert_eq!(made, ["scoring.add"], "what was refused was not made");

        let choose = |version: &str| {
            let ask = world.ask(Method::PUT, "/api/v1/tambons/650117/scoring").bearer(&key);
            ask.json(&json!({ "version": version })).send()
        };
        choose("3").is_problem("unknown-scoring", 404);
        assert_eq!(choose("2").json()["households"], 5);
        let page = world.read(&key, "/assessments?flag=I1").json();
        assert_eq!(page["parameters"], "2");
        assert_eq!(places(&page), [(1, house(1).to_string().as_str())], "22,500 is above the new line");
        let findings = world.hub().verify(tambon(), |_, _| {}).unwrap();
        assert_eq!(findings, [], "a hub that scored anew is sound");
        // What is written from now on is scored by them, too.
        let mut phone = world.phone("มาลี", &[4]);
        let mut edits = visited("done");
        edits.extend([put_number("household_size", 1), put_number("income_year", 30_000)]);
        phone.edit(house(9), 4, &edits);
        phone.push(world);
        assert_eq!(places(&world.read(&key, "/assessments?flag=I1").json()).len(), 1);
        assert_eq!(choose("1").json()["households"], 6);
        assert_eq!(places(&world.read(&key, "/assessments?flag=I1").json()).len(), 3);
    });
}

#[test]
fn what_a_list_cannot_be_asked_for_is_said() {
    let world = World::on_sqlite(|_| {});
    surveyed(&world);
    let key = world.key(Role::Fund, "650117");
    for query in [
        "tier=0",
        "tier=5",
        "flag=L7",
        "need=gold",
        "card=lost",
        "limit=0",
        "after=1.2",
        "by=luck",
        "village=65011801",
    ] {
        let answer = world.read(&key, &format!("/assessments?{query}"));
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
        answer.is_problem("malformed-query", 400);
    }
    let elsewhere = world.key(Role::Admin, "TH");
    let ask = world.get("/api/v1/tambons/650118/assessments").bearer(&elsewhere).send();
    ask.is_problem("tambon-not-served", 404);
}

/// The address of a list under the tambon's, and how it is decided on.
struct Listed<'a> {
    world: &'a World,
    key: String,
    id: String,
}

impl<'a> Listed<'a> {
    fn draft(world: &'a World) -> Self {
        let key = world.key(Role::Fund, "650117");
        let drafted = world.post("/api/v1/tambons/650117/needy-lists").bearer(&key).json(&json!({})).send();
        assert_eq!(drafted.status, 201, "{drafted:?}");
        let id = drafted.json()["list_id"].as_str().unwrap().to_owned();
        Self { world, key, id }
    }

    fn read(&self, path: &str) -> Value {
        self.world.read(&self.key, &format!("/needy-lists/{}{path}", self.id)).json()
    }

    fn decide(&self, version: u32, on_revision: u64, decisions: Value) -> super::world::Answer {
        let path = format!("/api/v1/tambons/650117/needy-lists/{}/decisions", self.id);
        let body = json!({ "version": version, "on_revision": on_revision, "decisions": decisions });
        self.world.post(&path).bearer(&self.key).json(&body).send()
    }
}

fn standing(list: &Value) -> Vec<&str> {
    let lines = list["lines"].as_array().unwrap().iter();
    lines.filter(|line| !line["place"].is_null()).map(|line| line["household_id"].as_str().unwrap()).collect()
}

#[test]
fn a_list_goes_from_its_draft_to_its_approval_and_is_sealed() {
    on_each_database(|world| {
        surveyed(world);
        let (needy, poor) = (house(1).to_string(), house(3).to_string());
        let list = Listed::draft(world);
        let drafted = list.read("");
        assert_eq!(standing(&drafted), [&needy, &poor], "the sound are not on it");
        assert_eq!((&drafted["state"], &drafted["check_queue"]), (&json!("draft"), &json!(1)));
        assert_eq!(drafted["lines"][0]["head_name"], "บุญมี ทองดี");

        list.decide(1, 0, json!([{ "act": "approve" }])).is_problem("decision-refused", 422);
        let opened =
            list.decide(1, 0, json!([{ "act": "start_field_check" }, { "act": "open_forum" }])).json();
        assert_eq!((&opened["state"], &opened["revision"]), (&json!("forum"), &json!(2)));

        // Two decide at once: the second is told what the first did.
        let moved = json!([{ "act": "move", "household": poor, "place": 1, "reason": "ผู้สูงอายุอยู่ลำพัง" }]);
        assert_eq!(list.decide(1, 2, moved).status, 200);
        let removed = json!([{ "act": "remove", "household": poor, "reason": "ย้ายออกแล้ว" }]);
        let stale = list.decide(1, 2, removed).is_problem("stale-decision", 409);
        assert_eq!(stale["since"][0]["act"]["act"], "move");
        assert!(stale["detail_th"].as_str().unwrap().contains("บัญชีเปลี่ยนไปแล้ว"), "{stale}");
        // All or nothing.
        let half = json!([{ "act": "confirm", "household": needy }, { "act": "move", "household": needy, "place": 9, "reason": "x" }]);
        list.decide(1, 3, half).is_problem("decision-refused", 422);
        assert_eq!(list.read("")["revision"], 3);

        let unchecked = list.decide(1, 3, json!([{ "act": "approve" }]));
        unchecked.is_problem("decision-refused", 422);
        let decided = list.decide(
            1,
            3,
            json!([
                { "act": "check", "household": poor, "finding": "in_need", "note": "พบแล้ว" },
                { "act": "confirm", "household": needy },
                { "act": "hold_forum", "held_on": "2025-11-20", "villagers": 64 },
                { "act": "approve" },
            ]),
        );
        let approved = decided.json();
        assert_eq!(approved["state"], "approved", "{decided:?}");
        let seal = approved["sha256"].as_str().unwrap().to_owned();
        assert_eq!(standing(&list.read("")), [&poor, &needy]);

        // Anyone can compute the hash from the export.
        let export = world.read(&list.key, &format!("/needy-lists/{}/sealed.csv", list.id));
        let mut rows: Vec<&str> = export.text().trim_start_matches('\u{feff}').lines().skip(1).collect();
        assert_eq!(rows.len(), 2);
        rows.sort_unstable();
        let text: String = rows.iter().flat_map(|row| [*row, "\n"]).collect();
        assert_eq!(data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(text)), seal);

        // What is written later changes no approved list.
        let mut phone = world.phone("มาลี", &[4]);
        phone.edit(house(1), 4, &[put("water_enough", "yes")]);
        phone.push(world);
        let confirm = json!([{ "act": "remove", "household": needy, "reason": "ย้าย" }]);
        let closed = list.decide(1, 7, confirm).is_problem("decision-refused", 422);
        assert!(closed["detail"].as_str().unwrap().contains("appeal"), "{closed}");
        assert_eq!(list.read("")["sha256"], json!(seal));

        // An appeal opens the next version, which names the one whose place it takes.
        let appeal = json!([{ "act": "appeal", "household": house(2).to_string(), "village": "65011705", "accepted": true, "reason": "รายได้ลดลง" }]);
        let next = list.decide(1, 7, appeal).json();
        assert_eq!((&next["version"], &next["state"]), (&json!(2), &json!("field_check")));
        let reopened = list.read("");
        assert_eq!((&reopened["replaces"], &reopened["check_queue"]), (&json!(1), &json!(1)));
        let superseded = list.decide(1, 8, json!([{ "act": "hand_over", "to": "อบต.", "recipient": "lao" }]));
        superseded.is_problem("decision-refused", 422);
        assert_eq!(list.read("?version=1")["state"], "superseded");
        let events = list.read("/events?version=1");
        assert_eq!(events["events"].as_array().unwrap().len(), 8);
        assert!(events["events"][2]["th"].as_str().unwrap().starts_with("ย้ายลำดับ"), "{events}");
        let all = world.read(&list.key, "/needy-lists").json();
        assert_eq!(all["lists"].as_array().unwrap().len(), 2);
        world
            .read(&list.key, "/needy-lists/00112233445566778899aabbccddeeff")
            .is_problem("unknown-list", 404);
    });
}

/// A visit at which the people of a house agreed to these recipients.
fn consenting(id: u8, consent: &str, scopes: &[&str]) -> Vec<Edit> {
    let given = [("visit_outcome", "done"), ("visit_date", "2026-02-20"), ("consent_given", consent)];
    let mut edits = row(id, "visit", &given);
    let row = edits.iter().find_map(|edit| if let Edit::Put { row, .. } = edit { *row } else { None });
    edits.extend(scopes.iter().map(|scope| Edit::Put {
        row,
        key: format!("consent_scopes/{scope}"),
        value: Scalar::Bool(true),
    }));
    edits
}

#[test]
fn a_recipient_gets_the_households_that_agreed_to_it_and_the_number_of_the_others() {
    on_each_database(|world| {
        let (key, id) = super::allocations::approved(world, 1);
        let mut phone = world.phone("มาลี", &[4]);
        phone.edit(house(1), 4, &consenting(11, "full", &["welfare_fund", "lao"]));
        phone.edit(house(2), 4, &consenting(12, "no_sensitive", &["lao"]));
        phone.edit(house(3), 4, &consenting(13, "full", &["welfare_fund"]));
        phone.push(world);
        let list = Listed { world, key, id };
        let standing = list.read("")["standing"].as_u64().unwrap();
        let revision = list.read("")["revision"].as_u64().unwrap();
        let file = |more: &str| {
            let path = format!("/needy-lists/{}/handover.csv?purpose=handing+over&lang=en{more}", list.id);
            world.read(&list.key, &path)
        };
        file("&recipient=lao").is_problem("not-handed-over", 409);
        file("&recipient=plan_deidentified").is_problem("malformed-query", 400);
        file("").is_problem("malformed-query", 400);
        let nobody = list.decide(1, revision, json!([{ "act": "hand_over", "to": "อบต." }]));
        let problem = nobody.is_problem("decision-refused", 422);
        assert!(problem["detail_th"].as_str().unwrap().contains("recipient"), "{problem}");
        let to = |recipient: &str| json!([{ "act": "hand_over", "to": "อบต.", "recipient": recipient }]);
        assert_eq!(list.decide(1, revision, to("lao")).json()["state"], "handed_over");
        assert_eq!(list.decide(1, revision + 1, to("welfare_fund")).status, 200, "and to another");

        let ids = |csv: &str| -> Vec<String> {
            (1..=5_u8).map(|number| house(number).to_string()).filter(|id| csv.contains(id)).collect()
        };
        let lao = file("&recipient=lao").text().to_owned();
        assert_eq!(ids(&lao), [house(1).to_string(), house(2).to_string()]);
        let others = format!("{} others on the list did not agree to this recipient", standing - 2);
        assert!(lao.contains(&others), "{lao}");
        assert!(lao.lines().nth(1).unwrap().starts_with("1,"), "numbered anew: {lao}");
        assert_eq!(ids(file("&recipient=welfare_fund").text()), [house(1).to_string(), house(3).to_string()]);
        file("&recipient=codi").is_problem("not-handed-over", 409);

        // A consent that is taken back holds for the next file.
        phone.edit(house(1), 4, &consenting(21, "refused", &[]));
        phone.push(world);
        assert_eq!(ids(file("&recipient=lao").text()), [house(2).to_string()]);
        let lines: Vec<Value> = world
            .audit()
            .into_iter()
            .filter(|line| line.action == "needy-list.hand-over")
            .map(|line| serde_json::from_str(&line.details).unwrap())
            .collect();
        let mut told: Vec<(String, u64, u64)> = lines
            .iter()
            .map(|line| {
                let number = |key: &str| line[key].as_u64().unwrap();
                (line["recipient"].as_str().unwrap().to_owned(), number("count"), number("others"))
            })
            .collect();
        told.sort_unstable();
        let expected =
            [("lao", 1, standing - 1), ("lao", 2, standing - 2), ("welfare_fund", 2, standing - 2)];
        assert_eq!(told, expected.map(|(to, count, others)| (to.to_owned(), count, others)));
        assert_eq!(lines[0]["purpose"], "handing over");
    });
}
