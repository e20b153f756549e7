//! What planners, funds and coordinators read: the merge, page by page, as a file, as a feed.

use std::collections::BTreeSet;
use std::io::Read;

use samruat::clock::Micros;
use samruat::store::api_keys::Role;
use samruat::store::villages::{self, Expected};
use serde_json::{Value, json};
use sync_protocol::ids::HouseholdId;

use super::world::{World, house, on_each_database, put, put_number, row, village};

fn ids(page: &Value) -> Vec<String> {
    page["households"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| h["household_id"].as_str().unwrap().to_owned())
        .collect()
}

fn scattered(number: u8) -> HouseholdId {
    let mut bytes = [number; 16];
    bytes[0] = number.wrapping_mul(67);
    HouseholdId(bytes)
}

#[test]
fn pages_are_stable_while_others_register_households() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4, 5]);
        for number in 1..=25 {
            phone.edit(scattered(number), 4 + number % 2, &[put("house_no", &number.to_string())]);
        }
        phone.push(world);
        for role in [Role::Planner, Role::Coordinator] {
            let key = world.key(role, "65");
            let before: BTreeSet<String> = ids(&world.read(&key, "/households").json()).into_iter().collect();
            let mut seen = Vec::new();
            let mut after = String::new();
            let mut newcomer = if role == Role::Planner { 100 } else { 150 };
            loop {
                let page = world.read(&key, &format!("/households?limit=4{after}")).json();
                assert_eq!(page["deidentified"], role == Role::Planner);
                seen.extend(ids(&page));
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
                phone.edit(scattered(newcomer), 4, &[put("house_no", "99")]);
                phone.push(world);
                newcomer += 1;
            }
            let distinct: BTreeSet<String> = seen.iter().cloned().collect();
            assert_eq!(distinct.len(), seen.len(), "no household comes twice");
            assert!(before.is_subset(&distinct), "no household is skipped");
        }
    });
}

#[test]
fn a_page_can_be_of_one_village() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4, 5]);
        for number in 1..=6 {
            phone.edit(house(number), 4 + number % 2, &[put("house_no", &number.to_string())]);
        }
        phone.push(world);
        let key = world.key(Role::Fund, "65011704");
        let page = world.read(&key, "/households?village=65011704").json();
        assert_eq!(ids(&page).len(), 3);
        assert!(page["households"].as_array().unwrap().iter().all(|h| h["village"] == "65011704"));
        world.read(&key, "/households").is_problem("outside-area", 403);
        world.read(&key, "/households?village=65011705").is_problem("outside-area", 403);
    });
}

#[test]
fn a_planner_gets_pseudonyms_that_last_and_that_no_other_key_shares() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4]);
        phone.edit(house(1), 4, &[put("head_name", "บุญมี ทองดี"), put("roof_condition", "3")]);
        phone.push(world);
        let (one, other) = (world.key(Role::Planner, "650117"), world.key(Role::Planner, "650117"));
        let read = |key: &str| world.read(key, "/households").json();
        let page = read(&one);
        let name = ids(&page)[0].clone();
        assert_eq!(ids(&read(&one)), std::slice::from_ref(&name));
        assert_ne!(ids(&read(&other))[0], name);
        assert_ne!(name, house(1).to_string());
        assert_eq!(page["households"][0]["answers"], json!({ "roof_condition": "3" }));
        let feed = world.read(&one, "/changes").json();
        assert_eq!(feed["changes"][0]["household_id"], name.as_str());
        assert!(!feed.to_string().contains("บุญมี"));
    });
}

#[test]
fn a_csv_file_opens_in_a_spreadsheet_and_runs_nothing_there() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4]);
        phone.edit(
            house(1),
            4,
            &[
                put("head_name", "=HYPERLINK(\"http://evil\",\"บุญมี\")"),
                put("landmark", "@SUM(A1:A9)"),
                put("phone", "+66812345678"),
                put("community_name", "-2+3"),
                put("roof_condition", "3"),
                put_number("household_size", 4),
            ],
        );
        phone.edit(house(2), 4, &row(1, "need", &[("need_category", "house_repair"), ("need_text", "=1+1")]));
        phone.push(world);
        let key = world.key(Role::Coordinator, "650117");
        let answer = world.read(&key, "/households.csv");
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert!(answer.header("content-disposition").contains("households-650117.csv"));
        let text = answer.text();
        assert!(text.starts_with('\u{FEFF}'));
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
        let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(head[0], "รหัสครัวเรือน");
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2);
        let form = samruat::projection::Form::built_in();
        let cell = |question: &str| {
            let label = &form.field(question).unwrap().label_th;
            let at = head.iter().position(|heading| heading == label).unwrap();
            rows[0].get(at).unwrap().to_owned()
        };
        assert_eq!(cell("head_name"), "'=HYPERLINK(\"http://evil\",\"บุญมี\")");
        assert_eq!(cell("landmark"), "'@SUM(A1:A9)");
        assert_eq!(cell("household_size"), "4");
        assert_eq!(cell("roof_condition"), form.field("roof_condition").unwrap().choice("3").unwrap().th);
        for cell in rows.iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }

        let english = world.read(&key, "/households?format=csv&lang=en&values=codes");
        assert!(english.text().starts_with("\u{FEFF}Household id,"));
        let accepted =
            world.get("/api/v1/tambons/650117/households").bearer(&key).header("accept", "text/csv").send();
        assert_eq!(accepted.body, answer.body);
        let exports = world.audit().into_iter().filter(|line| line.action == "households.export").count();
        assert_eq!(exports, 3);

        let planner = world.key(Role::Planner, "650117");
        let open = world.read(&planner, "/households.csv");
        assert!(
            open.text().contains('4') && !open.text().contains("บุญมี") && !open.text().contains("HYPERLINK")
        );
    });
}

#[test]
fn who_lives_in_the_households_is_a_file_of_its_own() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4]);
        phone.edit(house(1), 4, &[put("house_no", "12/3"), put("head_name", "บุญมี ทองดี")]);
        phone.edit(
            house(1),
            4,
            &row(
                1,
                "member",
                &[("m_name", "บุญมี ทองดี"), ("m_dependency", "bedridden"), ("m_citizen_id", "1100100000003")],
            ),
        );
        phone.edit(house(1), 4, &row(2, "member", &[("m_name", "=HYPERLINK(1)"), ("m_sex", "female")]));
        phone.edit(house(2), 4, &[put("house_no", "13")]);
        phone.push(world);
        let records = |role, query: &str| -> Vec<Vec<String>> {
            let answer = world.read(&world.key(role, "650117"), &format!("/members.csv{query}"));
            assert!(answer.header("content-disposition").contains("members-650117.csv"));
            let text = answer.text().trim_start_matches('\u{FEFF}').to_owned();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            reader.records().map(|record| record.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
        };
        let whole = records(Role::Coordinator, "?lang=en&values=codes");
        assert_eq!(whole.len(), 1 + 2, "a household without members has no row");
        assert_eq!(whole[0][..4], ["Member id", "Household id", "Village code", "House number"]);
        let at = |heading: &str| whole[0].iter().position(|one| one == heading).unwrap();
        let label = |question: &str| &samruat::projection::Form::built_in().field(question).unwrap().label_en;
        assert_eq!(whole[1][1..4], [house(1).to_string(), "65011704".to_owned(), "12/3".to_owned()]);
        assert_eq!(whole[1][at(label("m_name"))], "บุญมี ทองดี");
        assert_eq!(whole[1][at(label("m_dependency"))], "bedridden");
        assert_eq!(whole[2][at(label("m_name"))], "'=HYPERLINK(1)");
        let fund = records(Role::Fund, "?lang=en");
        assert!(fund[0].contains(label("m_name")) && !fund[0].contains(label("m_dependency")));
        assert!(!fund[0].contains(label("m_citizen_id")), "nor what a fund has no use for");
        let household = world.read(&world.key(Role::Coordinator, "650117"), "/households.csv?lang=en");
        assert!(household.text().contains("Members listed"));
        world
            .get("/api/v1/tambons/650117/members.csv")
            .bearer(&world.key(Role::Planner, "650117"))
            .send()
            .is_problem("role-not-sufficient", 403);
        let exports = world.audit().into_iter().filter(|line| line.action == "members.export").count();
        assert_eq!(exports, 2);
    });
}

#[test]
fn a_long_csv_file_comes_piece_by_piece_and_whole() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4]);
        for number in 0..=255 {
            phone.edit(scattered(number), 4, &[put("house_no", &number.to_string())]);
            let mut other = scattered(number);
            other.0[15] ^= 0x55;
            phone.edit(other, 4, &[put("house_no", &format!("{number}/1"))]);
        }
        phone.push(world);
        let key = world.key(Role::Fund, "650117");
        let plain = world.read(&key, "/households.csv");
        assert_eq!(plain.text().lines().count(), 1 + 512);
        let packed = world
            .get("/api/v1/tambons/650117/households.csv")
            .bearer(&key)
            .header("accept-encoding", "gzip")
            .send();
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert!(packed.body.len() < plain.body.len() / 3);
        let mut inflated = Vec::new();
        flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut inflated).unwrap();
        assert_eq!(inflated, plain.body);
        phone.edit(scattered(255), 4, &row(1, "member", &[("m_name", "บุญมี ทองดี")]));
        phone.push(world);
        let members = world.read(&key, "/members.csv");
        assert_eq!(members.text().lines().count(), 1 + 1, "after pieces in which nobody lives");
    });
}

#[test]
fn the_feed_tells_each_household_that_changed_as_it_is_now() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4]);
        for number in 1..=5 {
            phone.edit(house(number), 4, &[put("house_no", &number.to_string())]);
        }
        phone.push(world);
        let key = world.key(Role::Coordinator, "650117");
        let mut next = String::new();
        let mut seen = Vec::new();
        loop {
            let page = world.read(&key, &format!("/changes?limit=2{next}")).json();
            for change in page["changes"].as_array().unwrap() {
                seen.push(change["household_id"].as_str().unwrap().to_owned());
                assert_eq!(change["state"], "live");
                assert_eq!(change["household"]["household_id"], change["household_id"]);
            }
            next = format!("&after={}", page["next"].as_str().unwrap());
            if page["more"] == false {
                break;
            }
        }
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), 5, "{seen:?}");
        let quiet = world.read(&key, &format!("/changes?limit=2{next}")).json();
        assert_eq!((quiet["changes"].as_array().unwrap().len(), &quiet["more"]), (0, &json!(false)));

        phone.edit(house(3), 4, &[put("house_no", "33")]);
        phone.push(world);
        let merged = json!({ "from": house(1).to_string(), "into": house(2).to_string() });
        assert_eq!(world.post("/api/v1/tambons/650117/merges").bearer(&key).json(&merged).send().status, 200);
        let page = world.read(&key, &format!("/changes?limit=50{next}")).json();
        let change = |number: u8| {
            let id = house(number).to_string();
            page["changes"].as_array().unwrap().iter().find(|c| c["household_id"] == id.as_str()).cloned()
        };
        assert_eq!(change(3).unwrap()["household"]["answers"]["house_no"], "33");
        assert_eq!(change(1).unwrap()["state"], "folded");
        assert_eq!(change(1).unwrap()["folded_into"], house(2).to_string());
        assert_eq!(change(1).unwrap()["household"], json!(null));
        assert!(change(4).is_none());

        // The hub is restored: what it numbers from now on, it numbers anew.
        world
            .database()
            .write(|tx| samruat::store::tambons::renew_epoch(tx, super::world::tambon(), [1; 8]))
            .unwrap();
        world.read(&key, &format!("/changes?limit=2{next}")).is_problem("unknown-cursor", 410);
    });
}

#[test]
fn a_conflict_shows_both_values_and_who_wrote_them() {
    on_each_database(|world| {
        let (mut one, mut other) = (world.phone("สมพร", &[4]), world.phone("วิชัย", &[4]));
        one.edit(house(1), 4, &[put("phone", "0811111111")]);
        other.edit(house(1), 4, &[put("phone", "0822222222")]);
        one.push(world);
        other.push(world);
        let key = world.key(Role::Coordinator, "650117");
        let page = world.read(&key, "/conflicts").json();
        let conflict = &page["conflicts"][0];
        assert_eq!(
            (&conflict["question"], &conflict["household_id"]),
            (&json!("phone"), &json!(house(1).to_string()))
        );
        assert!(conflict["label_th"].is_string() && conflict["settled"].is_null());
        let values: BTreeSet<(String, String)> = conflict["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| (v["person"].as_str().unwrap().to_owned(), v["value"].as_str().unwrap().to_owned()))
            .collect();
        let expected = [("สมพร", "0811111111"), ("วิชัย", "0822222222")];
        assert_eq!(values, expected.map(|(who, what)| (who.to_owned(), what.to_owned())).into());
        assert_eq!(world.read(&key, "/coverage").json()["total"]["conflicts"], 1);
        assert_eq!(world.read(&key, "/households").json()["households"][0]["conflicts"], 1);
    });
}

#[test]
fn duplicates_are_listed_until_somebody_decides() {
    on_each_database(|world| {
        let mut phone = world.phone("สมพร", &[4]);
        for number in 1..=3 {
            phone.edit(house(number), 4, &[put("house_no", "12/3"), put("head_name", "บุญมี ทองดี")]);
        }
        phone.push(world);
        let key = world.key(Role::Coordinator, "650117");
        let pairs = || world.read(&key, "/duplicates").json()["duplicates"].as_array().unwrap().len();
        let listed = world.read(&key, "/duplicates").json();
        assert_eq!(listed["count"], 3);
        assert_eq!(listed["duplicates"][0]["reasons"], json!(["house-number", "head-name"]));
        assert_eq!(listed["duplicates"][0]["a"]["house_no"], "12/3");
        let pair = json!({ "a": house(2).to_string(), "b": house(1).to_string() });
        let decided =
            world.post("/api/v1/tambons/650117/distinctions").bearer(&key).json(&pair).send().json();
        assert_eq!(decided["same"], false);
        assert_eq!(pairs(), 2);
        let merge = json!({ "from": house(3).to_string(), "into": house(2).to_string() });
        let merged = world.post("/api/v1/tambons/650117/merges").bearer(&key).json(&merge).send();
        assert_eq!((merged.status, merged.json()), (200, merge.clone()), "{merged:?}");
        assert_eq!(pairs(), 0);
        let again = world.post("/api/v1/tambons/650117/merges").bearer(&key).json(&merge).send();
        assert_eq!(again.status, 200, "{again:?}");
        let merges = world.audit().into_iter().filter(|line| line.action == "households.merge").count();
        assert_eq!(merges, 1);

        // A phone that knows only the old one goes on.
        phone.edit(house(3), 4, &[put("landmark", "หลังวัด")]);
        phone.push(world);
        let page = world.read(&key, "/households").json();
        let household =
            page["households"].as_array().unwrap().iter().find(|h| h["household_id"] == house(2).to_string());
        assert_eq!(household.unwrap()["answers"]["landmark"], "หลังวัด");
    });
}

#[test]
fn coverage_counts_visits_and_faults_tell_what_is_wrong() {
    on_each_database(|world| {
        let expected = Expected {
            village: village(4),
            name_th: Some("บ้านอรัญญิก".to_owned()),
            houses: 10,
            source: "roster.csv".to_owned(),
            imported_at: Micros(0),
        };
        world.database().write(move |tx| villages::expect(tx, &expected)).unwrap();
        let mut phone = world.phone("สมพร", &[4]);
        for (number, outcome) in [(1, "done"), (2, "done"), (3, "refused"), (4, "absent")] {
            let visit = row(number, "visit", &[("visit_outcome", outcome), ("visit_date", "2025-11-22")]);
            phone.edit(house(number), 4, &visit);
        }
        phone.edit(house(5), 4, &[put("household_size", "สี่คน")]);
        phone.edit(house(5), 4, &row(9, "member", &[("m_name", "มาลี")]));
        phone.push(world);
        let key = world.key(Role::Coordinator, "650117");
        let coverage = world.read(&key, "/coverage").json();
        let counts = &coverage["villages"][0];
        let of = |name: &str| counts[name].clone();
        assert_eq!(
            (of("village"), of("name_th"), of("moo")),
            (json!("65011704"), json!("บ้านอรัญญิก"), json!(4))
        );
        assert_eq!(
            ["expected", "households", "visited", "done", "refused", "absent", "members"].map(of),
            [10, 5, 4, 2, 1, 1, 1].map(|n| json!(n))
        );
        let planner = world.key(Role::Planner, "65");
        let planned = world.read(&planner, "/coverage").json();
        assert_eq!((&planned["total"]["done"], &planned["total"]["members"]), (&json!(2), &json!(null)));

        let faults = world.read(&key, "/faults").json();
        assert_eq!(faults["faults"][0]["question"], "household_size");
        assert_eq!(faults["faults"][0]["value"], "สี่คน");
        assert!(faults["faults"][0]["reason_th"].is_string());
    });
}

#[test]
fn a_big_reply_is_compressed_as_the_client_likes_it() {
    let world = World::on_sqlite(|_| {});
    let mut phone = world.phone("สมพร", &[4]);
    for number in 1..=40 {
        phone.edit(house(number), 4, &[put("house_no", &number.to_string()), put("roof_condition", "2")]);
    }
    phone.push(&world);
    let key = world.key(Role::Fund, "650117");
    let plain = world.read(&key, "/households");
    let with = |encoding: &str| {
        world.get("/api/v1/tambons/650117/households").bearer(&key).header("accept-encoding", encoding).send()
    };
    let gzip = with("gzip;q=1, zstd;q=0");
    assert_eq!((gzip.header("content-encoding"), gzip.header("vary")), ("gzip", "Accept-Encoding"));
    let mut inflated = Vec::new();
    flate2::read::GzDecoder::new(gzip.body.as_slice()).read_to_end(&mut inflated).unwrap();
    assert_eq!(inflated, plain.body);
    let zstd = with("gzip, deflate, zstd");
    assert_eq!(zstd.header("content-encoding"), "zstd");
    assert_eq!(zstd::bulk::decompress(&zstd.body, 1 << 20).unwrap(), plain.body);
    assert_eq!(with("br").header("content-encoding"), "");
}

#[test]
fn who_has_a_list_as_it_is_gets_none_of_it_again() {
    let world = World::on_sqlite(|_| {});
    let mut phone = world.phone("สมศรี", &[4]);
    phone.edit(house(1), 4, &[put("house_no", "12/3")]);
    phone.push(&world);
    let key = world.key(Role::Planner, "650117");
    let path = "/api/v1/tambons/650117/households";
    let first = world.get(path).bearer(&key).send();
    let tag = first.header("etag").to_owned();
    let again = world.get(path).bearer(&key).header("if-none-match", &tag).send();
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, tag.as_str()));
    phone.edit(house(2), 4, &[put("house_no", "12/4")]);
    phone.push(&world);
    let changed = world.get(path).bearer(&key).header("if-none-match", &tag).send();
    assert_eq!(changed.json()["households"].as_array().unwrap().len(), 2);
}
