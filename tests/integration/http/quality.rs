//! What each device satisfied and the union breaks is listed, with who gave the answers, until it is mended.

use samruat::store::api_keys::Role;
use serde_json::{Value, json};
use sync_protocol::change::Edit;
use sync_protocol::ids::{HouseholdId, RowId};
use sync_protocol::value::Scalar;

use super::forms::{added, publish, water};
use super::world::{TAMBON, World, house, on_each_database, put, put_number, row};

fn put_in(row: u8, key: &str, value: Scalar) -> Edit {
    Edit::Put { row: Some(RowId([row; 16])), key: key.to_owned(), value }
}

/// A whole interview by one person, with one member, who is the head.
fn interview(visit: u8, member: u8, name: &str) -> Vec<Edit> {
    let mut edits = row(
        visit,
        "visit",
        &[
            ("visit_outcome", "done"),
            ("visit_date", "2025-11-22"),
            ("consent_given", "full"),
            ("consent_method", "signature"),
        ],
    );
    edits.push(put_in(visit, "consent_scopes/welfare_fund", Scalar::Bool(true)));
    edits.extend(row(
        member,
        "member",
        &[("m_name", name), ("m_relation", "head"), ("m_card_status", "holder")],
    ));
    edits.push(put_in(member, "m_birth_year_be", Scalar::Int(2500)));
    edits.extend([put("tambon_code", TAMBON), put_number("moo", 4), put("house_no", "12/3")]);
    edits.extend([put_number("household_size", 1), put_number("income_year", 60_000), put("tenure", "own")]);
    edits
}

fn of_household(world: &World, key: &str, household: HouseholdId) -> Vec<Value> {
    let answer = world.read(key, &format!("/households/{household}/quality")).json();
    answer["findings"].as_array().unwrap().clone()
}

/// The findings of one question.
fn about<'a>(findings: &'a [Value], question: &str, problem: &str) -> Vec<&'a Value> {
    findings.iter().filter(|it| it["question"] == question && it["problem"] == problem).collect()
}

#[test]
fn what_the_union_breaks_is_listed_with_who_gave_it_until_it_is_mended() {
    on_each_database(|world| {
        let key = world.key(Role::Coordinator, TAMBON);
        let (mut one, mut other) = (world.phone("สมศรี", &[4]), world.phone("วิชัย", &[4]));
        let (hers, his) = (interview(1, 2, "บุญมี ทองดี"), interview(11, 12, "มาลี ทองดี"));
        // Each of the two alone holds.
        one.edit(house(1), 4, &hers);
        one.push(world);
        other.edit(house(2), 4, &his);
        other.push(world);
        for alone in [house(1), house(2)] {
            let found = of_household(world, &key, alone);
            assert!(found.is_empty(), "{alone}: {found:?}");
        }
        assert_eq!(world.read(&key, "/quality").json()["households"], json!([]));

        // Both visit the same house without knowing of each other.
        other.edit(house(1), 4, &his);
        other.push(world);
        let page = world.read(&key, "/quality").json();
        assert_eq!(page["households"].as_array().unwrap().len(), 1, "{page}");
        assert_eq!((&page["examined"], &page["next"]), (&json!(2), &json!(null)));
        assert_eq!(page["households"][0]["household_id"], house(1).to_string());
        let findings = page["households"][0]["findings"].as_array().unwrap().clone();
        assert_eq!(findings, of_household(world, &key, house(1)));
        let heads = about(&findings, "m_relation", "constraint");
        let rows: Vec<_> = heads.iter().map(|it| it["row_id"].clone()).collect();
        assert_eq!(rows.len(), 2, "{findings:?}");
        for row in [2, 12] {
            assert!(rows.contains(&json!(RowId([row; 16]).to_string())));
        }
        assert_eq!(heads[0]["message_th"], "มีหัวหน้าครัวเรือนได้คนเดียว");
        assert_eq!(heads[0]["message_en"], "There is exactly one head.");
        assert_eq!(heads[0]["label_en"], "relation to head");
        for head in &heads {
            let answers = head["answers"].as_array().unwrap();
            assert_eq!(answers[0]["row_id"], head["row_id"], "its own answer is the first");
            let people: Vec<_> = answers
                .iter()
                .filter(|it| it["question"] == "m_relation" && it["value"] == "head")
                .map(|it| it["person"].as_str().unwrap())
                .collect();
            assert!(people.len() == 2 && people.contains(&"สมศรี") && people.contains(&"วิชัย"), "{head}");
            assert!(answers.iter().all(|it| it["received_at"].as_str().unwrap().starts_with("2025-11-22T")));
            assert!(answers.iter().all(|it| it["written_at"].as_str().unwrap().starts_with("2025-11-22T")));
        }
        let size = about(&findings, "household_size", "soft_constraint");
        assert_eq!(size.len(), 1, "{findings:?}");
        assert!(size[0]["message_th"].as_str().unwrap().contains("2 คน"), "{}", size[0]);
        let who = size[0]["answers"].to_string();
        assert!(who.contains("สมศรี") && who.contains("วิชัย"), "{who}");
        let only = world.read(&key, "/quality?problem=constraint").json();
        assert_eq!(only["households"][0]["findings"].as_array().unwrap().len(), 2);
        assert_eq!(world.read(&key, "/quality?problem=required").json()["households"], json!([]));
        assert_eq!(world.read(&key, "/quality?village=65011705").json()["households"], json!([]));

        // One of them mends it.
        let spouse = put_in(12, "m_relation", Scalar::Str("spouse".to_owned()));
        other.edit(house(1), 4, &[spouse, put_number("household_size", 2)]);
        other.push(world);
        let found = of_household(world, &key, house(1));
        assert!(found.is_empty(), "{found:?}");
        assert_eq!(world.read(&key, "/quality").json()["households"], json!([]));
        let reads = world.audit().into_iter().filter(|line| line.action == "quality.read").count();
        assert!(reads > 5);
        let nowhere = format!("/households/{}/quality", house(99));
        world.read(&key, &nowhere).is_problem("unknown-household", 404);
        world.read(&key, "/households/x/quality").is_problem("malformed-id", 400);
        world.read(&key, "/quality?limit=201").is_problem("malformed-query", 400);
        world.read(&key, "/quality?problem=x").is_problem("malformed-query", 400);
    });
}

#[test]
fn a_form_is_evaluated_where_it_holds_and_was_begun() {
    on_each_database(|world| {
        let key = world.key(Role::Coordinator, TAMBON);
        let form = water("1", |survey| {
            survey[2][4] = ". = count(${well})";
            survey[2][5] = "จำนวนบ่อไม่ตรงกับรายการ";
            survey[2][6] = "It is not the number of wells below";
        });
        let hash = added(world, &key, form);
        publish(world, &key, "water", &hash, &["65011704"]).json();
        let mut phone = world.phone("สมศรี", &[4, 5]);
        for number in 1..=5 {
            let mut edits = vec![put_number("wells", i64::from(number % 2))];
            edits.extend(row(number, "well", &[("well_state", if number == 4 { "wet" } else { "good" })]));
            phone.edit(house(number), if number == 5 { 5 } else { 4 }, &edits);
        }
        phone.edit(house(6), 4, &[put("head_name", "บุญมี")]);
        phone.push(world);
        let mut found = Vec::new();
        let (mut after, mut examined) = (String::new(), 0);
        loop {
            let page = world.read(&key, &format!("/quality?limit=2{after}")).json();
            examined += page["examined"].as_u64().unwrap();
            for household in page["households"].as_array().unwrap() {
                let of_water =
                    household["findings"].as_array().unwrap().iter().filter(|it| it["form_id"] == "water");
                found.extend(of_water.map(|it| {
                    (household["household_id"].clone(), it["problem"].clone(), it["question"].clone())
                }));
            }
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(examined, 6);
        let broken = |number: u8, problem: &str, question: &str| {
            (json!(house(number).to_string()), json!(problem), json!(question))
        };
        assert_eq!(
            found,
            [
                broken(2, "constraint", "wells"),
                broken(4, "constraint", "wells"),
                broken(4, "value", "well_state"),
            ],
            "house 5 lies where the form does not hold, house 6 was not asked"
        );
        let wells = of_household(world, &key, house(2));
        let wells = about(&wells, "wells", "constraint");
        assert_eq!(
            (&wells[0]["message_th"], &wells[0]["label_th"]),
            (&json!("จำนวนบ่อไม่ตรงกับรายการ"), &json!("จำนวนบ่อ"))
        );
        let touched: Vec<_> =
            wells[0]["answers"].as_array().unwrap().iter().map(|it| it["question"].clone()).collect();
        assert_eq!(touched, [json!("wells"), json!("group")], "the number, and who made the row");
    });
}
