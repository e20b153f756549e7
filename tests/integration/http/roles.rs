//! Who may do what.

use reqwest::Method;
use samruat::store::api_keys::Role;
use serde_json::json;

use super::world::{house, on_each_database, put, row};

const PLANNER: u8 = 1;
const FUND: u8 = 2;
const COORDINATOR: u8 = 4;
const ADMIN: u8 = 8;
const EVERYBODY: u8 = PLANNER | FUND | COORDINATOR | ADMIN;

#[test]
fn each_role_may_do_what_it_is_for_and_nothing_else() {
    let care = COORDINATOR | ADMIN;
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4]);
        phone.edit(house(1), 4, &[put("head_name", "บุญมี ทองดี")]);
        phone.push(world);
        let photo = format!("/photos/{}", "0".repeat(64));
        let erasure = json!({ "reason": "คำขอ" });
        let enrolment = json!({ "person": "มาลี", "villages": ["65011704"] });
        let publication = json!({ "hash": "0".repeat(64), "villages": ["65011704"] });
        let same = json!({ "from": house(1).to_string(), "into": house(1).to_string() });
        let settle = json!({ "household_id": house(1).to_string(), "question": "head_name", "value": "ก" });
        let retry = format!("/quarantine/{}/retry", "0".repeat(64));
        let rules = json!({ "version": "1" });
        let settlements = json!({ "on_revision": 0, "settlements": [] });
        let pair = json!({ "a": house(1).to_string(), "b": house(1).to_string() });
        for (method, path, body, allowed) in [
            (Method::GET, "/households", None, EVERYBODY),
            (Method::GET, "/households.csv", None, EVERYBODY),
            (Method::GET, "/changes", None, EVERYBODY),
            (Method::GET, "/households.xlsx", None, EVERYBODY),
            (Method::GET, "/members.csv", None, FUND | care),
            (Method::GET, "/coverage", None, EVERYBODY),
            (Method::GET, "/coverage.xlsx", None, EVERYBODY),
            (Method::GET, "/assessments", None, FUND | care),
            (Method::GET, "/assessments.xlsx", None, FUND | care),
            (Method::GET, "/needy-lists", None, FUND | care),
            (Method::GET, "/programmes", None, EVERYBODY),
            (Method::GET, "/programmes/card_help/matches", None, FUND | care),
            (Method::GET, "/programmes/card_help/matches.csv", None, FUND | care),
            (Method::GET, "/allocations", None, FUND | care),
            (Method::GET, "/allocations.csv", None, FUND | care),
            (Method::PUT, "/rule-parameters", Some(&rules), care),
            (Method::GET, "/settlements", None, FUND | care),
            (Method::PUT, "/settlements", Some(&settlements), FUND | care),
            (Method::GET, "/strength", None, EVERYBODY),
            (Method::GET, "/annex", None, EVERYBODY),
            (Method::GET, "/annex.csv?table=card", None, EVERYBODY),
            (Method::GET, "/snapshots", None, EVERYBODY),
            (Method::GET, "/projects", None, EVERYBODY),
            (Method::GET, &photo, None, FUND | care),
            (Method::GET, "/conflicts", None, care),
            (Method::POST, "/conflicts/settle", Some(&settle), care),
            (Method::GET, "/quarantine", None, care),
            (Method::POST, &retry, None, care),
            (Method::GET, "/faults", None, care),
            (Method::GET, "/duplicates", None, care),
            (Method::GET, "/devices", None, care),
            (Method::GET, "/volunteers", None, care),
            (Method::GET, "/forms", None, care),
            (Method::PUT, "/forms/water", Some(&publication), care),
            (Method::DELETE, "/forms/water", None, care),
            (Method::GET, "/forms/thai-household-need/answers", None, EVERYBODY),
            (Method::GET, "/quality", None, care),
            (Method::GET, "/households/04000000000000000000000000/quality", None, care),
            (Method::POST, "/households/04000000000000000000000000/erasure", Some(&erasure), care),
            (Method::POST, "/enrolments", Some(&enrolment), care),
            (Method::POST, "/devices/0011223344556677/revoke", None, care),
            (Method::POST, "/merges", Some(&same), care),
            (Method::POST, "/distinctions", Some(&pair), care),
        ] {
            for (role, bit) in [
                (Role::Planner, PLANNER),
                (Role::Fund, FUND),
                (Role::Coordinator, COORDINATOR),
                (Role::Admin, ADMIN),
            ] {
                let ask = |area: &str| {
                    let ask = world.ask(method.clone(), &format!("/api/v1/tambons/650117{path}"));
                    let ask = ask.bearer(&world.key(role, area));
                    match body {
                        Some(body) => ask.json(body).send(),
                        None => ask.send(),
                    }
                };
                for area in ["650117", "6501", "65"] {
                    let answer = ask(area);
                    if allowed & bit == 0 {
                        answer.is_problem("role-not-sufficient", 403);
                    } else {
                        assert!(
                            ![401, 403, 500].contains(&answer.status),
                            "{} {path}: {answer:?}",
                            role.name()
                        );
                    }
                }
                for area in ["650118", "6502", "66"] {
                    let name = if allowed & bit == 0 { "role-not-sufficient" } else { "outside-area" };
                    ask(area).is_problem(name, 403);
                }
            }
        }
    });
}

#[test]
fn each_role_sees_as_much_of_a_household_as_it_needs() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4]);
        let mut edits = vec![
            put("head_name", "บุญมี ทองดี"),
            put("phone", "0812345678"),
            put("roof_condition", "3"),
            put("bicycles", "2"),
        ];
        edits.extend(row(
            1,
            "member",
            &[("m_name", "มาลี ทองดี"), ("m_citizen_id", "1112034563562"), ("m_dependency", "bedridden")],
        ));
        edits.extend(row(2, "need", &[("need_category", "house_repair"), ("need_text", "หลังคารั่ว")]));
        edits.extend(row(3, "note", &[("text", "สุนัขดุ")]));
        phone.edit(house(1), 4, &edits);
        phone.push(world);
        let seen =
            |role| world.read(&world.key(role, "650117"), "/households").json()["households"][0].clone();
        let has = |role, text: &str| seen(role).to_string().contains(text);
        for (text, roles) in [
            ("roof_condition", EVERYBODY),
            ("บุญมี", FUND | COORDINATOR | ADMIN),
            ("0812345678", FUND | COORDINATOR | ADMIN),
            ("มาลี", FUND | COORDINATOR | ADMIN),
            ("หลังคารั่ว", FUND | COORDINATOR | ADMIN),
            ("1112034563562", COORDINATOR | ADMIN),
            ("bedridden", COORDINATOR | ADMIN),
            ("bicycles", COORDINATOR | ADMIN),
            ("สุนัขดุ", COORDINATOR | ADMIN),
        ] {
            for (role, bit) in [
                (Role::Planner, PLANNER),
                (Role::Fund, FUND),
                (Role::Coordinator, COORDINATOR),
                (Role::Admin, ADMIN),
            ] {
                assert_eq!(has(role, text), roles & bit != 0, "{} and {text}: {}", role.name(), seen(role));
            }
        }
        let reads = world.audit().into_iter().filter(|line| line.action == "households.read");
        let reads: Vec<_> = reads.collect();
        assert!(!reads.is_empty() && reads.iter().all(|line| line.details.contains("\"count\":1")));
        assert!(reads.iter().all(|line| !line.details.contains("planner") && !line.details.contains("บุญมี")));
    });
}
