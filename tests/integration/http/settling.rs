//! What a coordinator does from the office: settles conflicts, and has changes judged anew.

use samruat::store::api_keys::Role;
use samruat::store::{conflicts, devices, quarantine};
use serde_json::{Value, json};
use sync_protocol::change::{Change, Edit};
use sync_protocol::document::Document;
use sync_protocol::ids::{ActorId, RowId};
use sync_protocol::value::Scalar;
use sync_protocol::wire::{Entry, PushGroup, Reply, Request, Verdict};

use super::sessions::{person, sign_in};
use super::world::{Answer, Phone, World, house, on_each_database, put, put_number, row, tambon, village};

/// Two phones that disagree on who heads the house, and on a member's name.
fn disagreeing(world: &World) -> [Phone; 2] {
    let mut phones = [world.phone("สมพร", &[4]), world.phone("วิชัย", &[4])];
    let mut edits = vec![put("head_name", "บุญมี ทองดี"), put_number("household_size", 4)];
    edits.extend(row(1, "member", &[("m_name", "มาลี")]));
    phones[0].edit(house(1), 4, &edits);
    phones[1].edit(house(1), 4, &[put("head_name", "บุญมา ทองดี"), put_number("household_size", 5)]);
    for phone in &phones {
        phone.push(world);
    }
    phones
}

fn settle(world: &World, cookie: &str, body: &Value) -> Answer {
    let ask = world.post("/api/v1/tambons/650117/conflicts/settle").header("cookie", cookie);
    ask.header("sec-fetch-site", "same-origin").json(body).send()
}

fn about(question: &str, value: impl Into<Value>) -> Value {
    json!({ "household_id": house(1).to_string(), "question": question, "value": value.into() })
}

#[test]
fn a_settled_conflict_is_a_change_that_every_phone_receives() {
    on_each_database(|world| {
        let [first, second] = disagreeing(world);
        person(world, "สมศรี ใจงาม", Role::Coordinator, "650117");
        let cookie = sign_in(world, "สมศรี ใจงาม");
        // Where the second phone stands before.
        let before =
            Reply::from_body(&second.post(world, Request::at(None, 64 * 1024).to_body()).body).unwrap();

        let settled = settle(world, &cookie, &about("head_name", "บุญมี ทองดี")).json();
        let key = world.key(Role::Coordinator, "650117");
        let open = world.read(&key, "/conflicts").json();
        assert_eq!(open["conflicts"].as_array().unwrap().len(), 1, "{open}");
        assert_eq!(open["conflicts"][0]["question"], "household_size");
        let all = world.read(&key, "/conflicts?open=false").json();
        let of = |question: &str| {
            all["conflicts"].as_array().unwrap().iter().find(|c| c["question"] == question).unwrap().clone()
        };
        assert_eq!(of("head_name")["settled"]["person"], "สำนักงาน (สมศรี ใจงาม)");
        assert_eq!(of("head_name")["settled"]["value"], "บุญมี ทองดี");

        let body = Request::at(Some(before.cursor), 64 * 1024).to_body();
        let down = Reply::from_body(&second.post(world, body).body).unwrap();
        let hash = settled["change"].as_str().unwrap();
        let changes: Vec<Change<'_>> = down
            .entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Changes { changes, .. } => Some(changes),
                _ => None,
            })
            .flatten()
            .map(|bytes| Change::read(bytes).unwrap())
            .collect();
        let change = changes.iter().find(|change| change.hash().to_string() == hash).unwrap();
        assert_ne!(change.actor().device(), first.id);

        let lines = world.audit();
        let line = lines.iter().find(|line| line.action == "conflict.settle").unwrap();
        assert_eq!(line.actor, "person:สมศรี ใจงาม");
        assert!(!line.details.contains("บุญมี"), "{}", line.details);
        assert_eq!(world.app.hub.verify(tambon(), |_, _| {}).unwrap(), []);
    });
}

#[test]
fn another_value_settles_too_if_the_question_takes_it() {
    on_each_database(|world| {
        disagreeing(world);
        let key = world.key(Role::Coordinator, "650117");
        let settle = |body: &Value| {
            world.post("/api/v1/tambons/650117/conflicts/settle").bearer(&key).json(body).send()
        };
        settle(&about("household_size", "หลายคน")).is_problem("answer-refused", 422);
        settle(&about("household_size", json!([4]))).is_problem("answer-refused", 422);
        settle(&about("house_no", "1")).is_problem("not-in-conflict", 409);
        let unknown = json!({ "household_id": house(9).to_string(), "question": "head_name", "value": "ก" });
        settle(&unknown).is_problem("unknown-household", 404);
        let malformed = json!({ "household_id": "x", "question": "head_name", "value": "ก" });
        settle(&malformed).is_problem("malformed-id", 400);
        settle(&json!({ "household_id": house(1).to_string() })).is_problem("malformed-json", 400);

        settle(&about("household_size", "๖")).json();
        let fund = world.key(Role::Fund, "650117");
        let seen = world.read(&fund, "/households").json();
        assert_eq!(seen["households"][0]["answers"]["household_size"], 6, "{seen}");

        let again = settle(&about("household_size", 4));
        let problem = again.is_problem("not-in-conflict", 409);
        assert_eq!(problem["settled"]["value"], 6);
        assert!(problem["settled"]["person"].as_str().unwrap().starts_with("สำนักงาน"), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("สำนักงาน"), "{problem}");
    });
}

#[test]
fn an_answer_of_a_row_is_settled_like_the_households_own() {
    on_each_database(|world| {
        let [first, second] = disagreeing(world);
        let member = RowId([1; 16]);
        let mut document = Document::new();
        document.apply(&[first.groups()[0].changes[0].to_vec()]).unwrap();
        let rename = |phone: &Phone, name: &str| {
            let value = Scalar::Str(name.to_owned());
            let edit = Edit::Put { row: Some(member), key: "m_name".to_owned(), value };
            let made = document.clone().edit(ActorId::new(phone.id, [7; 8]), 1_763_800_100_000, &[edit]);
            let change = made.unwrap().unwrap().bytes.into();
            let group = PushGroup { household: house(1), village: village(4), changes: vec![change] };
            let answer =
                phone.post(world, Request { push: vec![group], ..Request::at(None, 4_096) }.to_body());
            assert_eq!(Reply::from_body(&answer.body).unwrap().verdicts, [Verdict::Accepted as u8]);
        };
        rename(&first, "มาลี ทองดี");
        rename(&second, "มาลี ทองคำ");
        let key = world.key(Role::Coordinator, "650117");
        let body = json!({ "household_id": house(1).to_string(), "row_id": member.to_string(),
                           "question": "m_name", "value": "มาลี ทองดี" });
        world.post("/api/v1/tambons/650117/conflicts/settle").bearer(&key).json(&body).send().json();
        let seen = world.read(&key, "/households").json();
        assert_eq!(seen["households"][0]["members"][0]["answers"]["m_name"], "มาลี ทองดี", "{seen}");
        let open = world.read(&key, "/conflicts").json();
        assert!(open["conflicts"].as_array().unwrap().iter().all(|c| c["question"] != "m_name"), "{open}");
    });
}

#[test]
fn offices_write_under_devices_that_nobody_can_sync_as() {
    let world = World::on_sqlite(|_| {});
    disagreeing(&world);
    person(&world, "สมศรี", Role::Coordinator, "650117");
    person(&world, "มาลี", Role::Admin, "TH");
    settle(&world, &sign_in(&world, "สมศรี"), &about("head_name", "บุญมี ทองดี")).json();
    settle(&world, &sign_in(&world, "มาลี"), &about("household_size", 4)).json();
    let all = world.database().read(|conn| devices::page(conn, tambon(), None, 100)).unwrap();
    let desks: Vec<_> = all.iter().filter(|device| device.villages.is_empty()).collect();
    let mut people: Vec<_> = desks.iter().map(|device| device.person.as_str()).collect();
    people.sort_unstable();
    assert_eq!(people, ["สำนักงาน (มาลี)", "สำนักงาน (สมศรี)"]);
    let conflicts = world.database().read(|conn| conflicts::page(conn, tambon(), true, None, 10)).unwrap();
    assert_eq!(conflicts, []);
}

#[test]
fn a_change_from_elsewhere_is_taken_when_a_coordinator_says_so() {
    on_each_database(|world| {
        let mut phone = world.phone("สมพร", &[4]);
        phone.edit(house(1), 5, &[put("head_name", "นอกเขต")]);
        let reply = phone.push(world);
        assert_eq!(reply.verdicts, [Verdict::Quarantined as u8]);
        let key = world.key(Role::Coordinator, "650117");
        let kept = world.read(&key, "/quarantine").json();
        let hash = kept["changes"][0]["hash"].as_str().unwrap().to_owned();
        let retry = |hash: &str| {
            world.post(&format!("/api/v1/tambons/650117/quarantine/{hash}/retry")).bearer(&key).send()
        };
        retry("x").is_problem("malformed-id", 400);
        retry(&"0".repeat(64)).is_problem("unknown-change", 404);
        let verdict = retry(&hash).json();
        assert_eq!((verdict["verdict"].as_str(), verdict["reason"].as_str()), (Some("accepted"), None));
        assert_eq!(world.read(&key, "/quarantine").json()["changes"], json!([]));
        let households = world.read(&key, "/households").json();
        assert_eq!(households["households"][0]["answers"]["head_name"], "นอกเขต", "{households}");
        assert!(world.audit().iter().any(|line| line.action == "quarantine.retry" && line.subject == hash));
        retry(&hash).is_problem("unknown-change", 404);
        assert_eq!(world.app.hub.verify(tambon(), |_, _| {}).unwrap(), []);
    });
}

#[test]
fn a_change_that_no_replica_may_take_stays_with_its_sender_and_its_time() {
    on_each_database(|world| {
        let mut phone = world.phone("สมพร", &[4]);
        phone.edit(house(1), 4, &[put("head_name", "บุญมี")]);
        let mut groups = phone.groups();
        let mut broken = groups[0].changes[0].to_vec();
        let last = broken.len() - 1;
        broken[last] ^= 1;
        groups[0].changes = vec![broken.into()];
        let request = Request { push: groups, ..Request::at(None, 64 * 1024) };
        phone.post(world, request.to_body());
        let kept = || world.database().read(|conn| quarantine::page(conn, tambon(), None, 10)).unwrap();
        let before = kept();
        assert_eq!(before.len(), 1);
        world.clock.set(world.clock.now().plus_seconds(3_600));
        let key = world.key(Role::Coordinator, "650117");
        let path = format!("/api/v1/tambons/650117/quarantine/{}/retry", before[0].hash);
        let verdict = world.post(&path).bearer(&key).send().json();
        assert_eq!(verdict["verdict"], "quarantined");
        assert!(verdict["reason_th"].is_string() && verdict["reason_en"].is_string(), "{verdict}");
        assert_eq!(kept(), before);
        assert_eq!(before[0].village, village(4));
    });
}
