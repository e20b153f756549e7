//! What plans count: kept up by every write, the same at every level, with small counts hidden.

use samruat::store::api_keys::Role;
use samruat::store::audit;
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
    assert_eq!(count(&seen, &rows[1]["counts"], "flag_no.L2"), Value::Null, "17 of 20 would tell the 3");
    assert_eq!(count(&seen, &rows[1]["counts"], "coverage.done"), 9);
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

const GROUPS: &str = "tree,group_code,name_th,name_en,areas,source\n\
                      local,aranyik,ทต.อรัญญิก,Aranyik,65011704 650118,ทดสอบ\n\
                      local,rest,อบต.อรัญญิก,Rest,65011705 65011706,ทดสอบ\n";

fn put_groups(world: &World, role: Role, area: &str, file: &str) -> super::world::Answer {
    let ask = world.ask(reqwest::Method::PUT, "/api/v1/area-groups").bearer(&world.key(role, area));
    ask.body("text/csv", file.as_bytes().to_vec()).send()
}

#[test]
fn groups_are_taken_whole_or_refused_by_row() {
    on_each_database(|world| {
        let planner = world.key(Role::Planner, "6501");
        let list =
            |query: &str| world.get(&format!("/api/v1/area-groups{query}")).bearer(&planner).send().json();
        let bundled = list("");
        assert_eq!(bundled["groups"].as_array().unwrap().len(), 24);
        assert_eq!(list("?tree=local")["groups"], json!([]));
        assert_eq!(list("?tree=region")["groups"][0]["area"], "group:region/central");

        put_groups(world, Role::Planner, "TH", GROUPS).is_problem("role-not-sufficient", 403);
        put_groups(world, Role::Admin, "65", GROUPS).is_problem("outside-area", 403);
        let twice = format!("{GROUPS}local,third,ก,A,65011801,x\nlocal,fourth,ก,A,999999,x\n");
        let faults = put_groups(world, Role::Admin, "TH", &twice).is_problem("file-refused", 422);
        let places: Vec<_> =
            faults["faults"].as_array().unwrap().iter().map(|it| it["row"].clone()).collect();
        assert_eq!(places, [4, 5], "{faults}");
        put_groups(world, Role::Admin, "TH", "tree,areas\n").is_problem("file-refused", 422);
        assert_eq!(list(""), bundled, "nothing half-applied");

        let taken = put_groups(world, Role::Admin, "TH", GROUPS).json();
        assert_eq!(taken, json!({ "trees": ["local"], "groups": 2 }));
        assert_eq!(list("?tree=local")["groups"][0]["areas"], json!(["650118", "65011704"]));
        assert_eq!(list("")["groups"].as_array().unwrap().len(), 26, "other trees stay");
        let smaller = GROUPS.lines().take(2).collect::<Vec<_>>().join("\n");
        put_groups(world, Role::Admin, "TH", &smaller).json();
        assert_eq!(
            list("?tree=local")["groups"].as_array().unwrap().len(),
            1,
            "a tree is as its file has it"
        );
        let lines =
            world.database().read(|conn| audit::page(conn, samruat::area::Area::COUNTRY, None, 10)).unwrap();
        let told: Vec<_> = lines.iter().map(|line| (line.action.as_str(), line.subject.as_str())).collect();
        assert_eq!(told, [("area-groups.put", "local"); 2]);
    });
}

#[test]
fn a_group_counts_what_its_areas_count() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4, 5, 6]);
        for (number, moo) in (1..=18).zip([4, 5, 6].into_iter().cycle()) {
            phone.edit(house(number), moo, &worked_case("A").0);
        }
        phone.edit(house(19), 4, &worked_case("C").0);
        phone.push(world);
        put_groups(world, Role::Admin, "TH", GROUPS).json();

        let all = table(world, Role::Fund, "650117/indicators");
        for group in ["group:cluster/north-lower-1", "group:cluster%2Fnorth-lower-1", "group:north"] {
            let counted = table(world, Role::Fund, &format!("{group}/indicators"));
            assert_eq!(
                (&counted["total"], &counted["level"]),
                (&all["total"], &json!("province")),
                "{group}"
            );
        }
        let clusters = table(world, Role::Fund, "TH/indicators?tree=cluster");
        let rows = clusters["rows"].as_array().unwrap();
        assert_eq!(
            (rows.len(), &clusters["level"], &clusters["tree"]),
            (18, &json!("group"), &json!("cluster"))
        );
        let own = rows.iter().find(|row| row["area"] == "group:cluster/north-lower-1").unwrap();
        assert_eq!((&own["counts"], &own["name_th"]), (&all["total"], &json!("กลุ่มจังหวัดเหนือตอนล่าง 1")));
        assert_eq!(clusters["total"], all["total"]);
        let north = table(world, Role::Fund, "group:region/north/indicators?tree=cluster");
        assert_eq!(north["rows"].as_array().unwrap().len(), 4);
        assert_eq!(north["total"], all["total"]);

        let local = table(world, Role::Fund, "group:local/rest/indicators?level=village");
        assert_eq!(local["rows"].as_array().unwrap().len(), 2);
        assert_eq!(count(&local, &local["total"], "households.assessed"), 12);
        let part = table(world, Role::Fund, "group:local/aranyik/indicators?level=tambon");
        assert_eq!((&part["rows"][0]["area"], part["rows"].as_array().unwrap().len()), (&json!("650117"), 1));
        assert_eq!(count(&part, &part["total"], "households.assessed"), 7);
        let locals = table(world, Role::Fund, "65/indicators?tree=local");
        assert_eq!(count(&locals, &locals["total"], "households.assessed"), 19);
        let hidden = table(world, Role::Planner, "group:local/aranyik/indicators?level=tambon");
        assert_eq!(count(&hidden, &hidden["total"], "tier.4"), Value::Null);
    });
}

#[test]
fn planners_are_not_told_of_a_rest_by_the_group_that_has_the_other_part() {
    let world = World::on_sqlite(|_| {});
    let mut phone = world.phone("สมศรี", &[4, 5]);
    for number in 1..=3 {
        phone.edit(house(number), 4, &worked_case("A").0);
    }
    for number in 4..=12 {
        phone.edit(house(number), 5, &worked_case("A").0);
    }
    phone.push(&world);
    put_groups(&world, Role::Admin, "TH", GROUPS).json();
    let tambon = table(&world, Role::Planner, "6501/indicators");
    assert_eq!(count(&tambon, &tambon["total"], "flag.L2"), 12);
    for path in [
        "group:local/rest/indicators",
        "group:local/rest/indicators?level=tambon",
        "65/indicators?tree=local",
    ] {
        let seen = table(&world, Role::Planner, path);
        let rows = seen["rows"].as_array().unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            let told = count(&seen, &row["counts"], "flag.L2");
            assert!(told.is_null(), "{path}: 12 less {told} is what village 4 has");
        }
        let total = if path.starts_with("group") { Value::Null } else { json!(12) };
        assert_eq!(count(&seen, &seen["total"], "flag.L2"), total, "{path}: both parts are the tambon");
    }
}

#[test]
fn a_role_sees_a_group_only_if_it_lies_within_its_area() {
    let world = World::on_sqlite(|_| {});
    put_groups(&world, Role::Admin, "TH", GROUPS).json();
    let ask = |area: &str, path: &str| {
        world.get(&format!("/api/v1/areas/{path}")).bearer(&world.key(Role::Planner, area)).send()
    };
    assert_eq!(ask("6501", "group:local/rest/indicators").status, 200);
    ask("65011705", "group:local/rest/indicators").is_problem("outside-area", 403);
    ask("65", "group:cluster/north-lower-1/indicators").is_problem("outside-area", 403);
    assert_eq!(ask("TH", "group:cluster/north-lower-1/indicators").status, 200);
    let locals = ask("650117", "650117/indicators?tree=local").json();
    assert_eq!(locals["rows"].as_array().unwrap().len(), 1, "the other has a part of another tambon");
    for unknown in ["group:nowhere", "group:cluster/x", "group:", "TH/65", "650199"] {
        ask("TH", &format!("{unknown}/indicators")).is_problem("unknown-area", 404);
    }
    for query in ["tree=streets", "tree=local&level=tambon", "level=group"] {
        ask("TH", &format!("TH/indicators?{query}")).is_problem("malformed-query", 400);
    }
}

#[test]
fn a_programme_and_a_target_of_a_group_hold_in_its_tambons() {
    let world = World::on_sqlite(|_| {});
    let admin = world.key(Role::Admin, "TH");
    let put = |path: &str, file: &str| {
        let ask = world.ask(reqwest::Method::PUT, path).bearer(&admin);
        ask.body("text/csv", file.as_bytes().to_vec()).send().json()
    };
    put(
        "/api/v1/programmes",
        "id,fiscal_year_be,region,name_th,name_en,rule,ranked_by,ceiling_baht,loan_ceiling_baht,quota,quota_unit,\
         budget_baht,source,as_of\n\
         a,2570,TH,ก,A,canal,need,1,,,household,,x,\n\
         a,2570,group:north,ก,A,canal,need,2,,,household,,x,\n\
         a,2570,group:cluster/north-lower-1,ก,A,canal,need,3,,,household,,x,\n\
         a,2570,group:south,ก,A,canal,need,4,,,household,,x,\n",
    );
    put(
        "/api/v1/targets",
        "item,programme_th,target,actual,unit,pct,fiscal_year_be,region,source,as_of\n\
         1,ทั้งประเทศ,10,,tambon,,2570,TH,ข่าว,31/3/2570\n\
         1,กลุ่มจังหวัด,5,,tambon,,2570,group:cluster/north-lower-1,ข่าว,31/3/2570\n",
    );
    let key = world.key(Role::Fund, "TH");
    let programmes = world.read(&key, "/programmes?fiscal_year=2570").json();
    assert_eq!(programmes["programmes"][0]["region"], "group:cluster/north-lower-1", "the narrowest");
    assert_eq!(programmes["programmes"][0]["ceiling"], 3);
    let board = |region: &str| {
        let path = format!("/api/v1/targets?fiscal_year=2570&region={region}");
        world.get(&path).bearer(&key).send().json()["rows"][0]["target"].clone()
    };
    assert_eq!((board("group:cluster/north-lower-1"), board("TH")), (json!(5), json!(10)));
    let annex = world.read(&key, "/annex?fiscal_year=2570").json();
    assert!(annex.to_string().contains("กลุ่มจังหวัด") && !annex.to_string().contains("ทั้งประเทศ"));
}
