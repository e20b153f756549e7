//! Erasing a household over HTTP and from the command line.

use samruat::store::api_keys::Role;
use serde_json::json;

use super::commands::samruat;
use super::photos;
use super::world::{World, house, on_each_database, put};

fn address(number: u8) -> String {
    format!("/api/v1/tambons/650117/households/{}/erasure", house(number))
}

/// A hub with two households, each with a photo.
fn surveyed(world: &World) -> [Vec<u8>; 2] {
    let mut phone = world.phone("สมศรี", &[4]);
    let pictures = [photos::jpeg(700), photos::jpeg(900)];
    for (number, picture) in (1..).zip(&pictures) {
        let answer = format!("sha256:{}", photos::name(picture));
        phone.edit(house(number), 4, &[put("head_name", "บุญมี ทองดี"), put("photo", &answer)]);
        photos::send(world, &phone.token, picture);
    }
    phone.push(world);
    pictures
}

#[test]
fn a_coordinator_erases_a_household_with_its_photos_and_says_why() {
    on_each_database(|world| {
        let [picture, other] = surveyed(world);
        let phone = world.phone("วิชัย", &[4]);
        let key = world.key(Role::Coordinator, "650117");
        let (unfinished, _) = photos::offer(world, &phone.token, &photos::jpeg(500));
        let ask = |body| world.post(&address(1)).bearer(&key).json(&body).send();
        for body in [
            json!({}),
            json!({ "reason": " " }),
            json!({ "reason": "ก".repeat(501) }),
            json!({ "reason": "a\nb" }),
        ] {
            ask(body).is_problem("malformed-json", 400);
        }
        let erased = ask(json!({ "reason": " คำขอเลขที่ 12/2569 " })).json();
        assert_eq!(erased, json!({ "household": house(1).to_string(), "documents": 1, "photos": 1 }));
        assert_eq!(ask(json!({ "reason": "อีกครั้ง" })).json()["documents"], 0);
        let unknown = world.post(&address(9)).bearer(&key).json(&json!({ "reason": "x" })).send();
        unknown.is_problem("unknown-household", 404);

        let list = world.read(&key, "/households").json();
        assert_eq!(list["households"].as_array().unwrap().len(), 1);
        let feed = world.read(&key, "/changes").json();
        assert!(feed["changes"].as_array().unwrap().iter().any(|change| change["state"] == "erased"));
        let coverage = world.read(&key, "/coverage").json();
        assert!(coverage.to_string().contains("\"households\":1"), "{coverage}");
        let get = |bytes: &[u8]| {
            world.get(&format!("/api/v1/photos/{}", photos::name(bytes))).bearer(&phone.token).send()
        };
        get(&picture).is_problem("unknown-photo", 404);
        assert_eq!(get(&other).status, 200);
        let name = photos::name(&picture);
        assert!(!world.folder().join(format!("photos/650117/{}/{name}", &name[..2])).exists());
        photos::asking(world, &phone.token, &picture).send().is_problem("photo-erased", 410);
        assert_eq!(
            photos::tus(world.ask(reqwest::Method::HEAD, &unfinished), &phone.token).send().status,
            200
        );

        let audit = world.audit();
        let lines: Vec<_> = audit.iter().filter(|line| line.action == "household.erase").collect();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].details, "{\"reason\":\"คำขอเลขที่ 12/2569\"}");
        assert!(lines[0].actor.starts_with("key:") && lines[0].subject == house(1).to_string());
    });
}

#[test]
fn the_command_erases_a_household_with_its_photos() {
    let world = World::on_sqlite(|_| {});
    let [picture, _] = surveyed(&world);
    let photos_at = world.folder().join("photos").display().to_string();
    let id = house(1).to_string();
    let reason =
        samruat(&world, &["household", "erase", &id, "--reason", " ", "--photos", &photos_at]).failed();
    assert!(reason.contains("a reason has"), "{reason}");
    let arguments = ["household", "erase", &id, "--json", "--reason", "คำขอ", "--photos", &photos_at];
    let erased = samruat(&world, &arguments).json();
    assert_eq!(erased, json!({ "tambon": "650117", "household": id, "documents": 1, "photos": 1 }));
    let name = photos::name(&picture);
    assert!(!world.folder().join(format!("photos/650117/{}/{name}", &name[..2])).exists());
    assert_eq!(samruat(&world, &arguments).json()["documents"], 0);
    assert_eq!(samruat(&world, &["verify", "--json"]).json()["agrees"], true);
    assert!(
        samruat(&world, &["household", "erase", &house(9).to_string(), "--reason", "x"])
            .failed()
            .contains("not one of")
    );
}
