//! What is asked of a whole area or group: its households in one order, by thresholds in force or by others, and
//! people by name.

#![allow(clippy::cloned_ref_to_slice_refs, reason = "a list of one reads like the others")]

use reqwest::Method;
use samruat::store::api_keys::Role;
use samruat::store::audit;
use serde_json::{Value, json};
use sync_protocol::ids::{HouseholdId, TambonCode, VillageCode};

use super::lists::worked_case;
use super::world::{Phone, World, house, on_each_database, put, put_number, row};

const OTHER: &str = "650118";

fn other_village() -> VillageCode {
    VillageCode::new(OTHER.parse().unwrap(), 1)
}

/// Households of many kinds in two tambons, some visited on no known day.
fn surveyed(world: &World) {
    let mut phone = world.phone("สมศรี", &[4, 5]);
    let mut neighbour = world.phone_in(OTHER.parse().unwrap(), "มานะ", &[other_village()]);
    let visit = |number: u8| {
        let dated = [("visit_outcome", "done"), ("visit_date", "2026-01-20"), ("consent_given", "full")];
        let undated = [("visit_outcome", "done"), ("consent_given", "full")];
        if number.is_multiple_of(4) { row(1, "visit", &undated) } else { row(1, "visit", &dated) }
    };
    for number in 1..=24_u8 {
        let mut edits = match number % 3 {
            0 => worked_case("A").0.into_iter().filter(|_| !number.is_multiple_of(4)).collect(),
            1 => worked_case("C").0.into_iter().filter(|_| !number.is_multiple_of(4)).collect(),
            _ => Vec::new(),
        };
        if edits.is_empty() {
            edits = visit(number);
            let adult = [("m_card_status", "not_registered"), ("m_name", "บุญมี ทองดี")];
            edits.extend(row(2, "member", &adult));
            edits.push(super::world::put_row_number(2, "m_birth_year_be", 2551));
        }
        edits.extend([
            put_number("household_size", i64::from(number % 5) + 1),
            put_number("sleeping_rooms", i64::from(number % 3)),
            put_number("income_year", i64::from(number) * 17_000),
        ]);
        if number.is_multiple_of(2) {
            phone.edit(house(number), 4 + number % 3 / 2, &edits);
        } else {
            neighbour.edit_in(house(number), other_village(), &edits);
        }
    }
    phone.push(world);
    neighbour.push(world);
}

fn households(world: &World, key: &str, area: &str, query: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/api/v1/areas/{area}/assessments?limit=5{query}{after}");
        let page = world.get(&path).bearer(key).send().json();
        all.extend(page["households"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { return all };
        after = format!("&after={next}");
    }
}

#[test]
fn an_area_is_listed_by_other_thresholds_as_it_is_once_they_are_in_force() {
    on_each_database(|world| {
        surveyed(world);
        let (fund, admin) = (world.key(Role::Fund, "65"), world.key(Role::Admin, "TH"));
        let thresholds = json!({
            "income_line": 90_000, "card_income_line": 60_000, "overcrowd": 1.5, "severe_cutoff": 0.12,
            "year_be": 2566,
        });
        world.post("/api/v1/scoring").bearer(&admin).json(&thresholds).send().json();
        let now = households(world, &fund, "65", "");
        assert_eq!(now.len(), 24);
        let places: Vec<u64> = now.iter().map(|line| line["place"].as_u64().unwrap()).collect();
        assert_eq!(places, (1..=24).collect::<Vec<_>>());
        let ranks = |line: &Value| (line["tier"].as_u64(), std::cmp::Reverse(line["need"].as_u64()));
        assert!(now.is_sorted_by_key(ranks), "one order over both tambons");
        assert_eq!(now, households(world, &fund, "65", "&scoring=1"), "the thresholds in force");

        for by in ["need", "housing"] {
            let would_be = households(world, &fund, "65", &format!("&scoring=2&by={by}"));
            assert_eq!(would_be.len(), 24);
            let before = households(world, &fund, "65", &format!("&by={by}"));
            let changed = would_be.iter().filter(|line| !before.contains(line)).count();
            assert!(changed > 8, "other thresholds make another list: {changed}");
            for tambon in ["650117", OTHER] {
                let path = format!("/api/v1/tambons/{tambon}/scoring");
                let choose = |version: &str| {
                    let ask = world.ask(Method::PUT, &path).bearer(&admin);
                    ask.json(&json!({ "version": version })).send().json()
                };
                let part = households(world, &fund, tambon, &format!("&scoring=2&by={by}"));
                choose("2");
                assert_eq!(part, households(world, &fund, tambon, &format!("&by={by}")), "{tambon}");
            }
            let is = households(world, &fund, "65", &format!("&by={by}"));
            assert_eq!(is, would_be, "{by}");
            let back = households(world, &fund, "65", &format!("&scoring=1&by={by}"));
            assert_eq!(back, before, "and back, from what the new ones made");
            for tambon in ["650117", OTHER] {
                let ask = world.ask(Method::PUT, &format!("/api/v1/tambons/{tambon}/scoring")).bearer(&admin);
                ask.json(&json!({ "version": "1" })).send().json();
            }
        }
        let missed = households(world, &fund, "65", "&scoring=2&missed=true");
        assert!(!missed.is_empty() && missed.iter().all(|line| line["missed"] == true));
        let north = households(world, &world.key(Role::Fund, "TH"), "group:cluster/north-lower-1", "");
        assert_eq!(north, now);
        let village = households(world, &fund, "65011805", "");
        assert_eq!(village, Vec::<Value>::new());
        let village = households(world, &fund, &other_village().to_string(), "&scoring=2");
        assert_eq!(village.len(), 12);
        let reads = world.audit().into_iter().filter(|line| line.action == "assessments.read").count();
        assert!(reads > 10, "who read is written down in each tambon: {reads}");
    });
}

#[test]
fn a_list_of_an_area_is_for_those_who_draw_up_lists_there() {
    let world = World::on_sqlite(|_| {});
    surveyed(&world);
    let ask = |role, area: &str, path: &str| {
        world.get(&format!("/api/v1/areas/{path}")).bearer(&world.key(role, area)).send()
    };
    ask(Role::Planner, "65", "65/assessments").is_problem("role-not-sufficient", 403);
    ask(Role::Fund, "650117", "65/assessments").is_problem("outside-area", 403);
    ask(Role::Fund, "650117", "65/assessments?scoring=1").is_problem("outside-area", 403);
    ask(Role::Fund, "65", "group:cluster/north-lower-1/assessments").is_problem("outside-area", 403);
    ask(Role::Fund, "65", "65/assessments?scoring=9").is_problem("unknown-scoring", 404);
    ask(Role::Fund, "TH", "99/assessments").is_problem("unknown-area", 404);
    for query in ["scoring", "after=1", "limit=0", "tier=5", "flag=L9"] {
        assert!(ask(Role::Fund, "65", &format!("65/assessments?{query}")).status >= 400, "{query}");
    }
    for area in ["65011704", "650117", "65", "TH"] {
        assert_eq!(ask(Role::Fund, area, &format!("{area}/assessments")).status, 200, "{area}");
    }
}

fn found(world: &World, role: Role, own: &str, area: &str, name: &str) -> Vec<(String, String)> {
    let ask = world.post(&format!("/api/v1/areas/{area}/people")).bearer(&world.key(role, own));
    let answer = ask.json(&json!({ "name": name })).send().json();
    let people = answer["people"].as_array().unwrap();
    let text = |person: &Value, key: &str| person[key].as_str().unwrap().to_owned();
    people.iter().map(|person| (text(person, "household_id"), text(person, "name"))).collect()
}

fn person(number: u8, name: &str) -> (String, String) {
    (house(number).to_string(), name.to_owned())
}

#[test]
fn people_are_found_by_how_their_names_begin_until_they_are_erased_or_called_otherwise() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4, 5]);
        let mut neighbour = world.phone_in(OTHER.parse().unwrap(), "มานะ", &[other_village()]);
        let member = |id: u8, name: &str| row(id, "member", &[("m_name", name)]);
        let mut first = vec![put("head_name", "นายบุญมี ทองดี"), put("house_no", "12/3")];
        first.extend(member(1, "นายบุญมี ทองดี"));
        first.extend(member(2, "มาลี ทองดี"));
        phone.edit(house(1), 4, &first);
        phone.edit(house(2), 5, &[put("head_name", "ทองคำ บุญเรือง")]);
        phone.edit(house(3), 5, &[put("head_name", "ด.ช.สมชาย ใจดี")]);
        phone.push(world);
        neighbour.edit_in(house(4), other_village(), &member(1, "บุญมา ณ พิษณุโลก"));
        neighbour.push(world);

        let at = |area: &str, name: &str| found(world, Role::Fund, "TH", area, name);
        let (boonmee, malee) = (person(1, "นายบุญมี ทองดี"), person(1, "มาลี ทองดี"));
        let thongkham = person(2, "ทองคำ บุญเรือง");
        assert_eq!(at("650117", "บุญ"), [thongkham.clone(), boonmee.clone()], "given or family name");
        assert_eq!(at("65", "บุญม"), [boonmee.clone(), person(4, "บุญมา ณ พิษณุโลก")], "two tambons");
        assert_eq!(at("group:cluster/north-lower-1", "พิษณุ"), [person(4, "บุญมา ณ พิษณุโลก")]);
        assert_eq!(at("TH", "ทอง"), [thongkham.clone(), boonmee.clone(), malee.clone()]);
        assert_eq!(at("TH", "ทองดี บุญ"), [boonmee.clone()], "both, in whichever order");
        assert_eq!(at("TH", "นายบุญมี"), [boonmee.clone()], "with a title");
        assert_eq!(at("65011704", "ทอง"), [boonmee.clone(), malee.clone()]);
        assert_eq!(at("65011705", "ทอง"), [thongkham.clone()]);
        assert_eq!(at("TH", "สมชาย"), [person(3, "ด.ช.สมชาย ใจดี")]);
        assert_eq!(at("66", "ทอง"), []);
        assert_eq!(at("TH", "%อง"), []);

        let edit = |name: &str| vec![put("head_name", name)];
        phone.edit(house(3), 5, &edit("ด.ช.สมหมาย ใจดี"));
        phone.edit(house(1), 4, &super::world::put_row_text(2, "m_name", "มาลัย ทองดี"));
        phone.edit(house(2), 5, &[put("house_no", "9")]);
        phone.push(world);
        assert_eq!((at("TH", "สมชาย"), at("TH", "สมหมาย").len()), (vec![], 1), "a head called otherwise");
        assert_eq!((at("TH", "มาลี"), at("TH", "มาลัย").len()), (vec![], 1), "a member called otherwise");
        assert_eq!(at("TH", "ทองคำ"), [thongkham.clone()], "another answer changes nothing");

        let admin = world.key(Role::Admin, "650117");
        let merge = world.post("/api/v1/tambons/650117/merges").bearer(&admin);
        let (from, into) = (house(3).to_string(), house(2).to_string());
        merge.json(&json!({ "from": from, "into": into })).send().json();
        assert_eq!(at("TH", "ใจดี").len() + at("TH", "ทองคำ").len(), 1, "two households are one");
        let erase = world.post(&format!("/api/v1/tambons/650117/households/{}/erasure", house(1)));
        erase.bearer(&admin).json(&json!({ "reason": "คำขอ" })).send().json();
        assert_eq!((at("TH", "บุญมี"), at("TH", "มาลัย")), (vec![], vec![]), "the erased are not found");
        for tambon in ["650117", OTHER] {
            let tambon: TambonCode = tambon.parse().unwrap();
            assert_eq!(world.hub().verify(tambon, |_, _| {}).unwrap(), []);
        }

        let lines = world
            .database()
            .read(|conn| audit::page(conn, OTHER.parse::<samruat::area::Area>().unwrap(), None, 100))
            .unwrap();
        let searches: Vec<_> = lines.iter().filter(|line| line.action == "people.search").collect();
        assert!(!searches.is_empty());
        assert!(searches.iter().all(|line| line.details.contains("count") && !line.details.contains("บุญ")));
    });
}

#[test]
fn names_are_searched_by_those_who_may_see_them_and_not_by_a_letter() {
    let world = World::on_sqlite(|_| {});
    let mut phone = world.phone("สมศรี", &[4]);
    for number in 1..=60 {
        let mut edits = vec![put("head_name", "บุญมี ทองดี")];
        edits.extend(row(1, "member", &[("m_name", "บุญมี ทองดี")]));
        phone.edit(HouseholdId([number; 16]), 4, &edits);
    }
    phone.push(&world);
    let ask = |role, own: &str, area: &str, body: &Value| {
        let ask = world.post(&format!("/api/v1/areas/{area}/people")).bearer(&world.key(role, own));
        ask.json(body).send()
    };
    let name = json!({ "name": "บุญ" });
    ask(Role::Planner, "TH", "650117", &name).is_problem("role-not-sufficient", 403);
    ask(Role::Fund, "650118", "650117", &name).is_problem("outside-area", 403);
    ask(Role::Fund, "65011704", "650117", &name).is_problem("outside-area", 403);
    ask(Role::Fund, "650117", "99", &name).is_problem("unknown-area", 404);
    for short in ["", "บ", "ก ข", "*"] {
        ask(Role::Fund, "TH", "TH", &json!({ "name": short })).is_problem("malformed-query", 400);
    }
    ask(Role::Fund, "TH", "TH", &json!({ "name": "บุญ", "x": 1 })).is_problem("malformed-json", 400);
    for area in ["TH", "650117", "65011704"] {
        let many = ask(Role::Fund, area, area, &name).json();
        assert_eq!((many["people"].as_array().unwrap().len(), &many["more"]), (50, &json!(true)), "{area}");
        assert!(many["people"].as_array().unwrap().iter().all(|it| it["row_id"].is_string()), "once each");
    }
}

/// A phone of another tambon than the one that worlds begin with.
pub(super) trait Elsewhere {
    fn phone_in(&self, tambon: TambonCode, person: &str, villages: &[VillageCode]) -> Phone;
}

impl Elsewhere for World {
    fn phone_in(&self, tambon: TambonCode, person: &str, villages: &[VillageCode]) -> Phone {
        use samruat::http::devices::issue_code;
        use samruat::store::tambons;

        let now = self.clock.now();
        self.database().write(move |tx| tambons::ensure(tx, tambon, [8; 8], now)).unwrap();
        let villages = villages.to_vec();
        let code = issue_code(self.database(), now, tambon, person.to_owned(), villages, 7, "test").unwrap();
        self.phone_of(&code.code)
    }
}
