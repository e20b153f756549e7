//! What plans count: kept up by every write, the same at every level, with small counts hidden.

use samruat::store::api_keys::Role;
use serde_json::{Value, json};

use super::lists::worked_case;
use super::world::{World, house, on_each_database, put, put_number};

fn count(table: &Value, row: &Value, indicator: &str) -> Value {
    let indicators = table["indicators"].as_array().unwrap();
    let at = indicators.iter().position(|it| it["name"] == indicator).unwrap();
    row[at].clone()
}

fn table(world: &World, role: Role, path: &str) -> Value {
    let key = world.key(role, "TH");
    let answer = world.get(&format!("/api/v1/areas/{path}")).bearer(&key).send();
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.json()
}

#[test]
fn counts_follow_every_write_at_every_level() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4, 5]);
        for number in 1..=7 {
            phone.edit(house(number), 4, &worked_case("A").0);
        }
        phone.edit(house(8), 5, &worked_case("C").0);
        phone.edit(house(9), 5, &[put("house_no", "9")]);
        phone.push(world);

        let villages = table(world, Role::Fund, "650117/indicators");
        assert_eq!((&villages["level"], &villages["name_th"]), (&json!("village"), &json!("อรัญญิก")));
        let rows = villages["rows"].as_array().unwrap();
        let of = |row: usize, indicator| count(&villages, &rows[row]["counts"], indicator);
        assert_eq!((of(0, "households.missed"), of(1, "households.missed")), (json!(7), json!(0)));
        assert_eq!((of(0, "flag.L2"), of(1, "coverage.not_visited")), (json!(7), json!(1)));
        assert_eq!(of(0, "need.house_repair.month"), 7);
        for (path, rows) in [("6501/indicators", 1), ("65/indicators?level=tambon", 1), ("TH/indicators", 1)]
        {
            let larger = table(world, Role::Fund, path);
            assert_eq!(larger["rows"].as_array().unwrap().len(), rows, "{path}");
            assert_eq!(larger["total"], villages["total"], "{path}: the same definitions");
        }
        // One answer changes, and every level with it.
        phone.edit(house(1), 4, &[put("water_enough", "yes"), put_number("income_year", 500_000)]);
        phone.push(world);
        let now = table(world, Role::Fund, "TH/indicators?blocks=households,flag");
        assert_eq!(count(&now, &now["total"], "households.missed"), 6);
        assert_eq!(count(&now, &now["total"], "flag.L3"), 6);
        assert_eq!(now["indicators"].as_array().unwrap().len(), 25);
    });
}

#[test]
fn planners_are_told_no_small_count_nor_what_would_tell_it() {
    let world = World::on_sqlite(|_| {});
    let mut phone = world.phone("สมศรี", &[4, 5]);
    for number in 1..=3 {
        phone.edit(house(number), 4, &worked_case("A").0);
    }
    for number in 4..=20 {
        phone.edit(house(number), if number < 12 { 4 } else { 5 }, &worked_case("C").0);
    }
    phone.push(&world);
    let seen = table(&world, Role::Planner, "650117/indicators");
    assert_eq!(seen["hidden_below"], 5);
    let rows = seen["rows"].as_array().unwrap();
    assert_eq!(count(&seen, &rows[0]["counts"], "flag.L2"), Value::Null);
    assert_eq!(count(&seen, &seen["total"], "flag.L2"), Value::Null, "the other village has none");
    assert_eq!(count(&seen, &rows[0]["counts"], "flag_no.L2"), Value::Null);
    assert_eq!(count(&seen, &rows[0]["counts"], "households.assessed"), 11);
    assert_eq!(count(&seen, &rows[1]["counts"], "flag_no.L2"), 9);
}

#[test]
fn counts_say_what_they_are_called() {
    let world = World::on_sqlite(|_| {});
    let one = table(&world, Role::Planner, "650117/indicators?blocks=need");
    assert_eq!(one["blocks"].as_array().unwrap().len(), 21, "also those that were not asked for");
    let named = table(&world, Role::Planner, "650117/indicators");
    let is_thai = |words: &Value| words["th"].as_str().unwrap().chars().any(|c| ('ก'..='๙').contains(&c));
    let blocks = named["blocks"].as_array().unwrap();
    let indicators = named["indicators"].as_array().unwrap();
    assert_eq!(indicators.len(), 353);
    assert!(blocks.iter().all(|block| is_thai(&block["words"]) && block["words"]["en"] != block["name"]));
    for indicator in indicators {
        let words = indicator["words"].as_array().unwrap();
        let codes = indicator["name"].as_str().unwrap().split('.').skip(1);
        assert_eq!(words.len(), codes.count(), "{indicator}");
        assert!(words.iter().all(|words| is_thai(words) && words["en"].as_str() > Some("")), "{indicator}");
    }
    let need = blocks.iter().find(|block| block["name"] == "need").unwrap();
    assert_eq!((&need["unit"], &need["words"]["en"]), (&json!("needs"), &json!("Needs by urgency")));
    let words = |name: &str| indicators.iter().find(|it| it["name"] == name).unwrap()["words"].clone();
    let repair = words("need.house_repair.month");
    assert_eq!((&repair[0]["th"], &repair[1]["th"]), (&json!("ซ่อม/สร้างบ้าน"), &json!("ภายใน 1 เดือน")));
    assert_eq!(words("people.male.80+")[1], json!({ "th": "80 ปีขึ้นไป", "en": "80 and above" }));
}

#[test]
fn an_area_is_in_the_middle_of_its_houses_if_they_are_five() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4, 5]);
        for number in 1..=6 {
            phone.edit(house(number), 4, &[put("gps", &format!("16.8{number} 100.2{number} 40 5"))]);
        }
        for number in 7..=10 {
            phone.edit(house(number), 5, &[put("gps", "16.9 100.4 40 5")]);
        }
        phone.edit(house(11), 5, &[put("house_no", "11")]);
        phone.push(world);
        let middles = |path: &str| {
            let found = table(world, Role::Planner, path);
            found["rows"].as_array().unwrap().iter().map(|row| row["middle"].clone()).collect::<Vec<_>>()
        };
        let middle = json!({ "lat": 16.835, "lon": 100.235 });
        assert_eq!(middles("650117/indicators?middles=true"), [middle, Value::Null], "four houses of five");
        let of_all = json!([{ "lat": 16.861, "lon": 100.301 }]);
        for around in ["6501", "65"] {
            let path = format!("{around}/indicators?level=tambon&middles=true");
            assert_eq!(json!(middles(&path)), of_all, "{around}");
        }
        let plain = table(world, Role::Planner, "650117/indicators");
        assert!(plain["rows"][0].get("middle").is_none(), "nobody asked");
    });
}

#[test]
fn what_cannot_be_counted_is_said() {
    let world = World::on_sqlite(|_| {});
    let key = world.key(Role::Planner, "6501");
    let ask = |path: &str| world.get(&format!("/api/v1/areas/{path}/indicators")).bearer(&key).send();
    ask("9999").is_problem("unknown-area", 404);
    ask("65011704").is_problem("unknown-area", 404);
    ask("TH").is_problem("outside-area", 403);
    for query in
        ["level=village", "level=province", "level=street", "blocks=gold", "colour=red", "middles=often"]
    {
        let answer = world.get(&format!("/api/v1/areas/6501/indicators?{query}")).bearer(&key).send();
        answer.is_problem("malformed-query", 400);
    }
    let country = world.key(Role::Planner, "TH");
    for path in [
        "TH/indicators?middles=true",
        "TH/indicators?level=tambon&middles=true",
        "65/indicators?middles=true",
    ] {
        let answer = world.get(&format!("/api/v1/areas/{path}")).bearer(&country).send();
        answer.is_problem("malformed-query", 400);
    }
    let empty = ask("650118");
    assert_eq!(empty.json()["rows"], json!([]));
}
