//! Two phones and their questions, natively: what the worker asks in a browser, with a storage of maps.

#![allow(clippy::unwrap_used)]

mod shelf;

use serde_json::{Value, json};
use shelf::Shelf;

const VILLAGE: &str = "65011704";

fn registered(shelf: &mut Shelf, number: &str) -> String {
    let house = json!({ "register": { "village": VILLAGE, "house_number": number, "house_code": null, "family": 1 } });
    shelf.ask(house)["id"].as_str().unwrap().to_owned()
}

/// The page on which a question of the open household stands, with the question.
fn find(shelf: &mut Shelf, key: &str) -> (Value, Value) {
    let household = shelf.ask(json!({ "household": {} }));
    for head in household["outline"].as_array().unwrap() {
        let page = shelf.ask(json!({ "page": { "key": head["key"] } }));
        let nodes = page["nodes"].as_array().unwrap().clone();
        if let Some(node) = nodes.into_iter().find(|node| node["key"] == key) {
            return (page, node);
        }
    }
    panic!("{key} is not asked");
}

fn answer(shelf: &mut Shelf, key: &str, value: Value) -> Value {
    let (page, node) = find(shelf, key);
    let page = shelf.ask(json!({ "answer":
        { "page": page["key"], "row": node["row"], "field": node["field"], "value": value } }));
    page["nodes"].as_array().unwrap().iter().find(|node| node["key"] == key).unwrap().clone()
}

/// Visits the open household; everything is asked then.
fn visited(shelf: &mut Shelf) {
    shelf.ask(json!({ "visit": {} }));
    answer(shelf, "visit_outcome", json!("done"));
    answer(shelf, "consent_given", json!("full"));
}

fn rows(shelf: &mut Shelf) -> Vec<Value> {
    while shelf.ask(json!({ "refresh": { "limit": 1 } }))["left"] != 0 {}
    let parts = shelf.parts(json!({ "rows": { "at_once": 5 } }));
    let rows: Vec<Value> =
        parts.iter().flat_map(|part| serde_json::from_slice::<Vec<Value>>(part).unwrap()).collect();
    assert_eq!(parts.len(), rows.len().div_ceil(5).max(1));
    for limit in [0, 3, 100] {
        let top = shelf.ask(json!({ "top": { "rows": limit } }));
        assert_eq!(top["rows"].as_array().unwrap(), &rows[..limit.min(rows.len())]);
        for village in top["villages"].as_array().unwrap() {
            let here: Vec<_> = rows.iter().filter(|row| row["village"] == village["village"]).collect();
            let visited = here.iter().filter(|row| row["state"] != "new").count();
            assert_eq!((&village["all"], &village["visited"]), (&json!(here.len()), &json!(visited)));
        }
    }
    rows
}

#[test]
fn an_answer_is_a_draft_until_the_household_is_left_and_then_one_change() {
    let mut shelf = Shelf::new(1);
    registered(&mut shelf, "๑๒/๓");
    assert_eq!((shelf.count("drafts"), shelf.count("outbox")), (1, 0), "registering is durable at once");
    let visit = shelf.ask(json!({ "visit": {} }));
    let page = shelf.ask(json!({ "page": { "key": visit["first"] } }));
    assert_eq!(page["nodes"][0]["key"], "visit_outcome");
    answer(&mut shelf, "visit_outcome", json!("done"));
    answer(&mut shelf, "consent_given", json!("full"));
    let node = answer(&mut shelf, "head_name", json!("บุญมี สุขสวัสดิ์"));
    assert_eq!((&node["shown"], &node["written"]["mine"]), (&json!("บุญมี สุขสวัสดิ์"), &json!(true)));
    assert_eq!(shelf.count("outbox"), 0);
    shelf.ask(json!({ "close": {} }));
    assert_eq!((shelf.count("drafts"), shelf.count("outbox"), shelf.count("households")), (0, 1, 1));
    let rows = rows(&mut shelf);
    assert_eq!((&rows[0]["houseNumber"], &rows[0]["state"]), (&json!("12/3"), &json!("done")));
    assert_eq!((&rows[0]["name"], &rows[0]["unsent"]), (&json!("บุญมี สุขสวัสดิ์"), &json!(1)));
}

#[test]
fn what_the_storage_did_not_take_never_happened() {
    let mut shelf = Shelf::new(2);
    registered(&mut shelf, "1");
    visited(&mut shelf);
    answer(&mut shelf, "landmark", json!("ข้างวัด"));
    shelf.is_full = true;
    let (page, node) = find(&mut shelf, "landmark");
    let asked = json!({ "answer":
        { "page": page["key"], "row": null, "field": node["field"], "value": "ตรงข้ามโรงสี" } });
    assert!(shelf.try_ask(asked).is_err());
    assert!(shelf.try_ask(json!({ "close": {} })).is_err());
    shelf.is_full = false;
    assert_eq!(find(&mut shelf, "landmark").1["value"], "ข้างวัด");
    shelf.ask(json!({ "close": {} }));
    assert_eq!((shelf.count("drafts"), shelf.count("outbox")), (0, 1));
}

#[test]
fn a_phone_that_was_killed_has_every_answer() {
    let mut shelf = Shelf::new(3);
    let id = registered(&mut shelf, "7");
    visited(&mut shelf);
    answer(&mut shelf, "landmark", json!("ข้างวัด"));
    let mut shelf = shelf.restarted();
    assert_eq!(shelf.count("drafts"), 1);
    shelf.ask(json!({ "commit": {} }));
    assert_eq!((shelf.count("drafts"), shelf.count("outbox")), (0, 1));
    shelf.ask(json!({ "open": { "household": id } }));
    assert_eq!(find(&mut shelf, "landmark").1["value"], "ข้างวัด");
}

#[test]
fn thai_typing_is_read_and_what_cannot_be_read_is_kept_and_told() {
    let mut shelf = Shelf::new(4);
    registered(&mut shelf, "1");
    visited(&mut shelf);
    assert_eq!(answer(&mut shelf, "household_size", json!("๔"))["value"], 4);
    assert_eq!(answer(&mut shelf, "phone", json!("081-234-5678"))["value"], "0812345678");
    let node = answer(&mut shelf, "household_size", json!("หลายคน"));
    assert_eq!((&node["value"], &node["problem"]["hard"]), (&json!("หลายคน"), &json!(true)));
    let node = answer(&mut shelf, "visit_date", json!("๓ ก.พ. ๒๕๖๙"));
    assert_eq!((&node["value"], &node["shown"]), (&json!("2026-02-03"), &json!("3 กุมภาพันธ์ 2569")));
    let long = "ก".repeat(1_400);
    let (page, node) = find(&mut shelf, "landmark");
    let asked =
        json!({ "answer": { "page": page["key"], "row": null, "field": node["field"], "value": long } });
    assert_eq!(shelf.try_ask(asked).unwrap_err()["code"], "too-long");
    assert_eq!(find(&mut shelf, "landmark").1["value"], Value::Null);
}

#[test]
fn a_bundle_brings_a_colleagues_work_and_a_conflict_stays_one() {
    let (mut one, mut other) = (Shelf::new(5), Shelf::new(6));
    let id = registered(&mut one, "9");
    visited(&mut one);
    answer(&mut one, "landmark", json!("ข้างวัด"));
    one.ask(json!({ "close": {} }));
    let bundle = one.parts(json!({ "bundle_export": {} })).remove(0);
    assert_eq!(other.ask_with(json!({ "bundle_import": {} }), &[&bundle])["changes"], 1);
    assert_eq!(other.ask_with(json!({ "bundle_import": {} }), &[&bundle])["changes"], 0, "known by now");
    assert_eq!(other.ask(json!({ "counts": {} }))["unsent"], 1, "either phone sends it");

    // Both answer without knowing of each other; what comes in does not slip under what was answered here.
    for (shelf, place) in [(&mut one, "หน้าวัด"), (&mut other, "หลังวัด")] {
        shelf.ask(json!({ "open": { "household": id } }));
        answer(shelf, "landmark", json!(place));
    }
    one.ask(json!({ "close": {} }));
    let bundle = one.parts(json!({ "bundle_export": {} })).remove(0);
    other.ask_with(json!({ "bundle_import": {} }), &[&bundle]);
    let sides = find(&mut other, "landmark").1["conflict"].clone();
    let mut shown: Vec<_> =
        sides.as_array().unwrap().iter().map(|side| side["shown"].as_str().unwrap()).collect();
    shown.sort_unstable();
    assert_eq!(shown, ["หน้าวัด", "หลังวัด"]);
    let household = other.ask(json!({ "household": {} }));
    assert_eq!(household["conflicts"].as_array().unwrap().len(), 1);

    // One tap settles it, also for the value that is shown.
    let shown = find(&mut other, "landmark").1["value"].clone();
    assert_eq!(answer(&mut other, "landmark", shown.clone())["conflict"], Value::Null);
    other.ask(json!({ "close": {} }));
    other.ask(json!({ "open": { "household": id } }));
    let node = find(&mut other, "landmark").1;
    assert_eq!((&node["conflict"], &node["value"]), (&Value::Null, &shown));
    let damaged = other.try_ask_with(json!({ "bundle_import": {} }), &[b"nothing"]);
    assert_eq!(damaged.unwrap_err()["code"], "not-a-bundle");
}

#[test]
fn practice_has_every_state_and_nothing_to_send() {
    let mut shelf = Shelf::practice();
    shelf.ask(json!({ "practise": {} }));
    let rows = rows(&mut shelf);
    assert_eq!(rows.len(), 12);
    let states: std::collections::BTreeSet<&str> =
        rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states.into_iter().collect::<Vec<_>>(), ["absent", "done", "new", "part", "refused"]);
    assert!(rows.iter().any(|row| row["tier"] == 1) && rows.iter().any(|row| row["conflicts"] == 1));
    assert_eq!(rows.iter().filter(|row| row["duplicates"] != json!([])).count(), 2);
    assert_eq!(shelf.ask(json!({ "counts": {} }))["unsent"], 0);
}
