//! What bad input gets: a problem of its own, in both languages, and nothing is changed by it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Method;
use samruat::store::api_keys::Role;
use serde_json::json;
use sync_protocol::cursor::Cursor;
use sync_protocol::hub::Reason;
use sync_protocol::wire::{PushGroup, Reply, Request, Standing, Verdict};

use super::world::{Phone, SYNC, World, house, on_each_database, put, village};

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Sends each request and fails unless it gets its problem and leaves the database as it was.
fn refused(world: &World, phone: &Phone) {
    let sync = || world.post("/api/v1/sync").bearer(&phone.token);
    let whole = phone.request().to_body();
    let mut newer = whole.clone();
    newer[0] = 99;
    let bomb = gzip(&vec![0; 64 * 1024 * 1024]);
    let stranger = format!("smr_d_650117_{}_{}", phone.id, "A".repeat(43));
    let other_tambon = phone.token.replace("650117", "650118");
    let packed = gzip(&whole);
    for (name, status, ask) in [
        ("missing-credentials", 401, world.post("/api/v1/sync").body(SYNC, whole.clone())),
        (
            "missing-credentials",
            401,
            world.post("/api/v1/sync").header("authorization", "Basic c2Ft").body(SYNC, whole.clone()),
        ),
        ("wrong-token", 401, world.post("/api/v1/sync").bearer("smr_d_nonsense").body(SYNC, whole.clone())),
        ("wrong-token", 401, world.post("/api/v1/sync").bearer(&stranger).body(SYNC, whole.clone())),
        ("wrong-token", 401, world.post("/api/v1/sync").bearer(&other_tambon).body(SYNC, whole.clone())),
        ("unknown-version", 400, sync().body(SYNC, newer)),
        ("body-too-large", 413, sync().body(SYNC, vec![1; 1024 * 1024 + 1])),
        ("body-too-large", 413, sync().gzipped(SYNC, bomb)),
        (
            "body-too-large",
            413,
            sync()
                .header("content-encoding", "zstd")
                .body(SYNC, zstd::bulk::compress(&vec![0; 64 * 1024 * 1024], 3).unwrap()),
        ),
        ("truncated-body", 400, sync().body(SYNC, whole[..whole.len() - 7].to_vec())),
        ("truncated-body", 400, sync().body(SYNC, Vec::new())),
        ("truncated-body", 400, sync().gzipped(SYNC, packed[..packed.len() - 20].to_vec())),
        ("malformed-encoding", 400, sync().gzipped(SYNC, whole.clone())),
        ("unsupported-encoding", 415, sync().header("content-encoding", "br").body(SYNC, whole.clone())),
        ("malformed-message", 400, sync().body(SYNC, b"\x01{\"push\": []}".to_vec())),
        ("malformed-message", 400, sync().body(SYNC, [whole.as_slice(), b"more"].concat())),
        ("unsupported-media-type", 415, sync().body("application/json", whole.clone())),
        ("malformed-json", 400, world.post("/api/v1/enrol").body("application/json", b"{\"code\":".to_vec())),
        ("malformed-json", 400, world.post("/api/v1/enrol").json(&json!({ "kode": "650117-AAAAA-AAAAA" }))),
        ("body-too-large", 413, world.post("/api/v1/enrol").json(&json!({ "code": "A".repeat(20_000) }))),
        ("wrong-code", 403, world.post("/api/v1/enrol").json(&json!({ "code": "650117-AAAAA-AAAAA" }))),
        ("wrong-code", 403, world.post("/api/v1/enrol").json(&json!({ "code": "' OR 1=1 --" }))),
        ("unknown-frame", 404, world.get(&format!("/api/v1/frames/{}", "0".repeat(64))).bearer(&phone.token)),
        ("unknown-frame", 404, world.get("/api/v1/frames/..%2f..%2fetc").bearer(&phone.token)),
        ("not-found", 404, world.get("/api/v2/sync")),
        ("method-not-allowed", 405, world.get("/api/v1/sync")),
        ("method-not-allowed", 405, world.ask(Method::DELETE, "/livez")),
    ] {
        let before = world.state();
        ask.send().is_problem(name, status);
        assert_eq!(world.state(), before, "{name}");
    }
}

#[test]
fn every_bad_request_of_a_device_gets_its_own_problem_and_changes_nothing() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี ใจงาม", &[4]);
        phone.edit(house(1), 4, &[put("head_name", "บุญมี ทองดี")]);
        refused(world, &phone);
        assert_eq!(
            phone.push(world).verdicts,
            [Verdict::Accepted as u8],
            "the phone is none the worse for it"
        );
        assert_eq!(phone.push(world).verdicts, [Verdict::Known as u8]);
    });
}

#[test]
fn a_revoked_device_is_told_so_and_nobody_else_is() {
    on_each_database(|world| {
        let mut phone = world.phone("วิชัย", &[4]);
        phone.edit(house(1), 4, &[put("head_name", "บุญมี ทองดี")]);
        world.revoke(&phone);
        let before = world.state();
        phone.post(world, phone.request().to_body()).is_problem("device-revoked", 403);
        world.get("/api/v1/people").bearer(&phone.token).send().is_problem("device-revoked", 403);
        let guess = format!("smr_d_650117_{}_{}", phone.id, "A".repeat(43));
        world.post("/api/v1/sync").bearer(&guess).body(SYNC, vec![1]).send().is_problem("wrong-token", 401);
        assert_eq!(world.state(), before);
    });
}

#[test]
fn a_bad_part_of_a_request_does_not_hurt_the_good_ones() {
    on_each_database(|world| {
        let mut phone = world.phone("มาลี", &[4]);
        phone.edit(house(1), 4, &[put("head_name", "บุญมี ทองดี")]);
        phone.edit(house(2), 5, &[put("head_name", "อยู่นอกเขต")]);
        phone.edit(house(3), 4, &[put("head_name", "สมชาย ใจดี")]);
        let mut request = phone.request();
        request.push.push(PushGroup {
            household: house(4),
            village: village(4),
            changes: vec![b"rubbish".to_vec().into()],
        });
        // Of a hub that this one knows nothing of.
        request.cursor = Some(Cursor { epoch: [7; 8], seq: 3, chain: [7; 8] });
        let answer = phone.post(world, request.to_body());
        assert_eq!(answer.status, 200, "{answer:?}");
        let reply = Reply::from_body(&answer.body).unwrap();
        let verdicts: Vec<Verdict> = reply.verdicts.iter().map(|v| (*v).try_into().unwrap()).collect();
        assert_eq!(
            verdicts,
            [Verdict::Accepted, Verdict::Quarantined, Verdict::Accepted, Verdict::Quarantined]
        );
        assert_eq!(reply.notes[0].reason, Reason::OutsideScope.code());
        assert_eq!(reply.standing, Standing::Unknown);

        let coordinator = world.key(Role::Coordinator, "650117");
        let quarantine = world.read(&coordinator, "/quarantine").json();
        let reasons: Vec<&str> = quarantine["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|kept| kept["reason"].as_str().unwrap())
            .collect();
        assert_eq!(reasons.len(), 2);
        assert!(reasons.contains(&"outside-scope"), "{quarantine}");
        assert!(
            quarantine["changes"][0]["reason_th"].as_str().unwrap().contains("ข้อมูล")
                || quarantine.to_string().contains("หมู่บ้าน")
        );
        assert_eq!(quarantine["changes"][0]["person"], "มาลี");
        assert_eq!(world.state().1.households, 2);
    });
}

#[test]
fn planners_bad_requests_get_their_own_problems() {
    on_each_database(|world| {
        let planner = world.key(Role::Planner, "650117");
        let coordinator = world.key(Role::Coordinator, "650117");
        let at = |path: &str| format!("/api/v1/tambons/{path}");
        for (name, status, ask) in [
            ("missing-credentials", 401, world.get(&at("650117/households"))),
            ("wrong-api-key", 401, world.get(&at("650117/households")).bearer("smr_k_00_00")),
            (
                "wrong-api-key",
                401,
                world.get(&at("650117/households")).bearer(&format!("{}x", &planner[..planner.len() - 1])),
            ),
            ("unknown-area", 404, world.get(&at("999999/households")).bearer(&planner)),
            ("unknown-area", 404, world.get(&at("65011/households")).bearer(&planner)),
            ("unknown-area", 404, world.get(&at("%E0%B9%96%E0%B9%95/coverage")).bearer(&planner)),
            ("unknown-area", 404, world.get(&at("104701/coverage")).bearer(&planner)),
            ("unknown-area", 404, world.get(&at("650117/households?village=99999901")).bearer(&planner)),
            ("outside-area", 403, world.get(&at("650118/households")).bearer(&planner)),
            ("malformed-query", 400, world.get(&at("650117/households?village=65011801")).bearer(&planner)),
            ("malformed-query", 400, world.get(&at("650117/households?limit=0")).bearer(&planner)),
            ("malformed-query", 400, world.get(&at("650117/households?limit=many")).bearer(&planner)),
            ("malformed-query", 400, world.get(&at("650117/households?after=1")).bearer(&planner)),
            ("malformed-query", 400, world.get(&at("650117/households?vilage=65011704")).bearer(&planner)),
            ("malformed-query", 400, world.get(&at("650117/households.csv?limit=5")).bearer(&planner)),
            ("malformed-query", 400, world.get(&at("650117/changes?after=1")).bearer(&planner)),
            (
                "unknown-cursor",
                410,
                world.get(&at("650117/changes?after=0707070707070707.3.BwcHBwcHBwc")).bearer(&planner),
            ),
            ("role-not-sufficient", 403, world.get(&at("650117/conflicts")).bearer(&planner)),
            ("malformed-id", 400, world.post(&at("650117/devices/zz/revoke")).bearer(&coordinator)),
            (
                "unknown-device",
                404,
                world.post(&at("650117/devices/0011223344556677/revoke")).bearer(&coordinator),
            ),
            (
                "malformed-json",
                400,
                world
                    .post(&at("650117/enrolments"))
                    .bearer(&coordinator)
                    .json(&json!({ "person": "", "villages": ["65011704"] })),
            ),
            (
                "malformed-json",
                400,
                world
                    .post(&at("650117/enrolments"))
                    .bearer(&coordinator)
                    .json(&json!({ "person": "ก", "villages": [] })),
            ),
            (
                "unknown-area",
                404,
                world
                    .post(&at("650117/enrolments"))
                    .bearer(&coordinator)
                    .json(&json!({ "person": "ก", "villages": ["6501"] })),
            ),
            (
                "outside-area",
                403,
                world
                    .post(&at("650117/enrolments"))
                    .bearer(&coordinator)
                    .json(&json!({ "person": "ก", "villages": ["65011801"] })),
            ),
            (
                "malformed-id",
                400,
                world
                    .post(&at("650117/merges"))
                    .bearer(&coordinator)
                    .json(&json!({ "from": "x", "into": "y" })),
            ),
            (
                "merge-refused",
                409,
                world
                    .post(&at("650117/merges"))
                    .bearer(&coordinator)
                    .json(&json!({ "from": house(1).to_string(), "into": house(1).to_string() })),
            ),
            (
                "unknown-household",
                404,
                world
                    .post(&at("650117/merges"))
                    .bearer(&coordinator)
                    .json(&json!({ "from": house(1).to_string(), "into": house(2).to_string() })),
            ),
            (
                "unknown-household",
                404,
                world
                    .post(&at("650117/distinctions"))
                    .bearer(&coordinator)
                    .json(&json!({ "a": house(1).to_string(), "b": house(2).to_string() })),
            ),
        ] {
            let before = world.state();
            ask.send().is_problem(name, status);
            assert_eq!(world.state(), before, "{name}");
        }
        let abolished = world.get(&at("104701/coverage")).bearer(&planner).send();
        let problem = abolished.is_problem("unknown-area", 404);
        assert_eq!(problem["successors"], json!(["104702", "104703"]));
    });
}

#[test]
fn a_body_that_stops_on_the_way_changes_nothing() {
    let world = World::on_sqlite(|_| {});
    let mut phone = world.phone("สมพร", &[4]);
    phone.edit(house(1), 4, &[put("head_name", "บุญมี ทองดี")]);
    let body = phone.request().to_body();
    let before = world.state();
    let mut socket = TcpStream::connect(world.url.trim_start_matches("http://")).unwrap();
    let head = format!(
        "POST /api/v1/sync HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {}\r\nContent-Type: {SYNC}\r\nContent-Length: {}\r\n\r\n",
        phone.token,
        body.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&body[..body.len() / 2]).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    // The hub may close without a word: nobody listens any more.
    drop(socket.read_to_string(&mut answer));
    assert!(
        answer.is_empty() || answer.contains("truncated-body") || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    assert_eq!(world.state(), before);
    assert_eq!(phone.push(&world).verdicts, [Verdict::Accepted as u8]);
}

#[test]
fn a_request_over_a_limit_of_the_protocol_is_refused_whole() {
    let world = World::on_sqlite(|_| {});
    let phone = world.phone("สมพร", &[4]);
    let group =
        PushGroup { household: house(1), village: village(4), changes: vec![vec![0; 8].into(); 2_001] };
    let request = Request { push: vec![group], ..Request::at(None, 1_024) };
    let before = world.state();
    phone.post(&world, request.to_body()).is_problem("message-over-limit", 413);
    assert_eq!(world.state(), before);
}

#[test]
fn a_client_that_falls_silent_in_the_middle_of_a_body_is_let_go() {
    let world = World::on_sqlite(|config| config.body_idle = Duration::from_millis(200));
    let phone = world.phone("สมพร", &[4]);
    let mut socket = TcpStream::connect(world.url.trim_start_matches("http://")).unwrap();
    let head = format!(
        "POST /api/v1/sync HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {}\r\nContent-Type: {SYNC}\r\nContent-Length: 500\r\n\r\n\x01",
        phone.token
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 4_096];
    let length = socket.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(
        answer.starts_with("HTTP/1.1 408") && answer.contains("urn:samruat:problem:request-timeout"),
        "{answer}"
    );
}
