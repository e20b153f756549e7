//! What Excel and Power BI read: pages that lead from one to the next, filters, and nothing that points to a person.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use samruat::store::api_keys::Role;
use serde_json::{Value, json};

use super::lists::worked_case;
use super::world::{Answer, World, house, on_each_database, put};

fn surveyed(world: &World) {
    let mut phone = world.phone("สมศรี", &[4, 5]);
    for number in 1..=10 {
        let (moo, case) = if number <= 7 { (4, "A") } else { (5, "C") };
        let mut edits = worked_case(case).0;
        edits.push(put("head_name", "บุญมี ทองดี"));
        edits.push(put("house_no", &format!("4/{number}")));
        edits.push(put("roof_condition", &(number % 3).to_string()));
        phone.edit(house(number), moo, &edits);
    }
    phone.push(world);
}

/// As Excel asks: the key as a password.
fn read(world: &World, key: &str, path: &str) -> Answer {
    let pair = BASE64.encode(format!("อะไรก็ได้:{key}").as_bytes());
    world.get(&format!("/api/v1/odata{path}")).header("authorization", &format!("Basic {pair}")).send()
}

/// All rows, from page to page.
pub(super) fn all(world: &World, key: &str, path: &str) -> (Vec<Value>, usize) {
    let (mut rows, mut pages) = (Vec::new(), 0);
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let page = read(world, key, &path);
        assert_eq!((page.status, page.header("odata-version")), (200, "4.0"), "{page:?}");
        let page = page.json();
        rows.extend(page["value"].as_array().unwrap().iter().cloned());
        pages += 1;
        let after = |link: &str| link.split_once("/api/v1/odata").unwrap().1.to_owned();
        next = page["@odata.nextLink"].as_str().map(after);
    }
    (rows, pages)
}

#[test]
fn a_report_builder_finds_its_way_from_the_address_and_the_key() {
    let world = World::on_sqlite(|_| {});
    surveyed(&world);
    let key = world.key(Role::Planner, "650117");
    let stranger = world.get("/api/v1/odata").send();
    assert!(stranger.header("www-authenticate").starts_with("Basic"), "{stranger:?}");
    stranger.is_problem("missing-credentials", 401);
    read(&world, "sak_wrong", "").is_problem("wrong-api-key", 401);
    let root = read(&world, &key, "").json();
    assert_eq!(root["@odata.context"], format!("{}/api/v1/odata/$metadata", world.url));
    let metadata = read(&world, &key, "/$metadata");
    assert_eq!(metadata.header("content-type"), "application/xml");
    for set in root["value"].as_array().unwrap() {
        let name = set["url"].as_str().unwrap();
        assert!(metadata.text().contains(&format!("<EntitySet Name=\"{name}\"")), "{name}");
        let page = read(&world, &key, &format!("/{name}?$top=1")).json();
        assert_eq!(page["@odata.context"], format!("{}/api/v1/odata/$metadata#{name}", world.url));
        for property in page["value"][0].as_object().unwrap().keys() {
            assert!(metadata.text().contains(&format!("<Property Name=\"{property}\"")), "{name}.{property}");
        }
    }
    let refused =
        read(&world, &key, "/Households?$filter=roof_condition%20eq%203").is_problem("malformed-query", 400);
    assert!(refused["error"]["message"].as_str().unwrap().contains("not of one kind"), "{refused}");
    for unknown in [
        "/Households?$expand=Members",
        "/Counts?$apply=groupby((Block))",
        "/Counts?$filter=matchesPattern(Id,%27x%27)",
    ] {
        let refused = read(&world, &key, unknown).is_problem("not-implemented", 501);
        assert!(refused["error"]["message"].as_str().unwrap().contains("not done here"), "{refused}");
    }
    assert_eq!(read(&world, &key, "/").json(), root, "with a slash behind it, too");
    let rows = read(&world, &key, "/Counts?$top=3").json()["value"].clone();
    let id = rows[2]["Id"].as_str().unwrap();
    for address in [format!("/Counts('{id}')"), format!("/Counts(Id=%27{id}%27)")] {
        let one = read(&world, &key, &address).json();
        assert!(one["@odata.context"].as_str().unwrap().ends_with("$metadata#Counts/$entity"), "{one}");
        assert_eq!(
            (&one["Id"], &one["Count"], &one["Code"]),
            (&rows[2]["Id"], &rows[2]["Count"], &rows[2]["Code"])
        );
    }
    for nobody in ["/Counts('x')", "/Counts(1)", "/Counts('", "/Counts()", "/Counts('a'')"] {
        let answer = read(&world, &key, nobody);
        assert!([400, 404].contains(&answer.status), "{nobody}: {answer:?}");
    }
    for token in ["x", "650118~a"] {
        read(&world, &key, &format!("/Households?$skiptoken={token}")).is_problem("malformed-query", 400);
    }
    read(&world, &key, "/Secrets").is_problem("not-found", 404);
    let lines: Vec<String> = world.audit().into_iter().map(|line| line.action).collect();
    assert!(lines.iter().any(|action| action == "odata.read"), "{lines:?}");
}

#[test]
fn households_are_filtered_ordered_and_counted_and_point_to_nobody() {
    on_each_database(|world| {
        surveyed(world);
        let fund = world.key(Role::Fund, "650117");
        let (households, _) = all(world, &fund, "/Households");
        let (members, _) = all(world, &fund, "/Members");
        let (needs, _) = all(world, &fund, "/Needs");
        assert_eq!(households.len(), 10);
        assert!(members.len() > 10 && needs.len() > 5, "{} {}", members.len(), needs.len());
        let real: BTreeSet<String> = (1..=10).map(|number| house(number).to_string()).collect();
        let told = json!([households, members, needs]).to_string();
        assert!(!told.contains("บุญมี") && !told.contains("4/1"), "{told}");
        assert!(real.iter().all(|id| !told.contains(id)), "ids are enciphered, for every role");
        let keys = |rows: &[Value]| -> Vec<String> {
            rows.iter().map(|row| row["Id"].as_str().unwrap().to_owned()).collect()
        };
        let distinct: BTreeSet<String> = keys(&members).into_iter().collect();
        assert_eq!(distinct.len(), members.len());
        let planner = world.key(Role::Planner, "650117");
        let named = world.read(&planner, "/households").json();
        let seen = |rows: &[Value]| rows.iter().filter(|row| row["roof_condition"] == "2").count();
        let by_list = named["households"].as_array().unwrap();
        let of_list = by_list.iter().filter(|it| it["answers"]["roof_condition"] == "2").count();
        assert_eq!((seen(&households), of_list), (3, 3));

        let filter = "$filter=roof_condition%20eq%20%272%27%20and%20Village%20eq%20%2765011704%27";
        let page = read(world, &fund, &format!("/Households?{filter}&$count=true&$select=Village,Id")).json();
        assert_eq!(page["@odata.count"], 2);
        let columns = |row: &Value| row.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(columns(&page["value"][0]), BTreeSet::from(["Id".to_owned(), "Village".to_owned()]));
        assert!(page["@odata.context"].as_str().unwrap().ends_with("#Households(Village,Id)"));
        assert_eq!(read(world, &fund, &format!("/Households/$count?{filter}")).text(), "2");
        let of_village = world.key(Role::Planner, "65011705");
        for (key, count) in [(&fund, 10), (&of_village, 3)] {
            assert_eq!(read(world, key, "/Households/$count").text(), count.to_string());
            let filtered = read(world, key, "/Households/$count?$filter=Id%20ne%20%27%27").text().to_owned();
            assert_eq!(filtered, count.to_string(), "as many as are read");
        }
        let elsewhere = "/Households?$filter=Tambon%20eq%20%27650118%27";
        assert_eq!(read(world, &fund, elsewhere).json()["value"], json!([]));

        let (ordered, _) =
            all(world, &fund, "/Households?$orderby=roof_condition%20desc,Id&$select=roof_condition,Id");
        let mut sorted = ordered.clone();
        sorted
            .sort_by_key(|row| (std::cmp::Reverse(row["roof_condition"].to_string()), row["Id"].to_string()));
        assert_eq!((ordered.len(), &ordered), (10, &sorted));
        let (some, _) = all(world, &fund, "/Households?$skip=3&$top=4");
        assert_eq!(keys(&some), keys(&households)[3..7]);
        let part = "/Households?$orderby=Id&$skip=3&$top=4";
        assert_eq!(keys(&all(world, &fund, part).0), keys(&households)[3..7]);
        let village = world.key(Role::Planner, "65011705");
        assert_eq!(all(world, &village, "/Households").0.len(), 3);
        assert_eq!(all(world, &world.key(Role::Planner, "66"), "/Households").0.len(), 0);
    });
}

#[test]
fn counts_are_those_of_the_indicators_at_every_level_from_page_to_page() {
    on_each_database(|world| {
        surveyed(world);
        let (planner, country) = (world.key(Role::Planner, "TH"), world.key(Role::Admin, "TH"));
        let (rows, pages) = all(world, &country, "/Counts");
        assert_eq!(pages, 2, "{} rows", rows.len());
        let ids: BTreeSet<&str> = rows.iter().map(|row| row["Id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), rows.len(), "no row comes twice");
        let whole = read(world, &country, "/Counts?$count=true&$top=1").json();
        assert_eq!(whole["@odata.count"], rows.len());
        let levels: BTreeSet<&str> = rows.iter().map(|row| row["Level"].as_str().unwrap()).collect();
        assert_eq!(levels, BTreeSet::from(["country", "province", "amphoe", "tambon", "village"]));
        for (key, hides) in [(&country, false), (&planner, true)] {
            let filter = "$filter=Level%20eq%20%27village%27%20and%20Block%20eq%20%27households%27";
            let (rows, _) = all(world, key, &format!("/Counts?{filter}"));
            let table =
                world.get("/api/v1/areas/650117/indicators?blocks=households").bearer(key).send().json();
            let width = table["indicators"].as_array().unwrap().len();
            assert_eq!(rows.len(), 2 * width);
            for (at, row) in rows.iter().enumerate() {
                assert_eq!(row["Count"], table["rows"][at / width]["counts"][at % width], "{row}");
            }
            assert_eq!(rows.iter().any(|row| row["Count"].is_null()), hides);
        }
        let (ordered, pages) = all(world, &country, "/Counts?$orderby=Count%20desc&$select=Count");
        assert_eq!((ordered.len(), pages), (rows.len(), 2));
        assert!(ordered.is_sorted_by_key(|row| std::cmp::Reverse(row["Count"].as_i64().unwrap_or(-1))));
        let far = read(world, &country, "/Counts?$orderby=Count&$skip=200000&$top=1");
        assert_eq!(far.status, 400);
        assert!(far.text().contains("$filter=Tambon eq '650117'"), "{}", far.text());
        assert_eq!(read(world, &country, "/Counts?$skip=200000&$top=1").json()["value"], json!([]));
        let last =
            read(world, &country, &format!("/Counts?$orderby=Id%20desc&$top=1&$skip={}", rows.len() - 1));
        assert_eq!(
            last.json()["value"][0]["Id"],
            rows.iter().map(|row| row["Id"].as_str().unwrap()).min().unwrap()
        );
    });
}
