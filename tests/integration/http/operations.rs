//! Health, metrics, frames, the page at the root, and going away.

use std::sync::mpsc;
use std::time::Duration;

use reqwest::Method;
use samruat::store::StoreError;
use sha2::{Digest, Sha256};
use sync_protocol::frame::read_frame;
use sync_protocol::wire::Standing;

use super::world::{World, house, on_each_database, put};

#[test]
fn the_hub_says_that_it_lives_and_is_ready() {
    on_each_database(|world| {
        assert_eq!(world.get("/livez").send().json()["status"], "alive");
        let ready = world.get("/readyz").send().json();
        assert_eq!(ready["status"], "ready");
        assert!(ready["schema"].as_str().unwrap().starts_with("2026"));
        let sqlite = world.database_url.starts_with("sqlite");
        assert_eq!(ready["database"], if sqlite { "sqlite" } else { "postgres" });
        world.app.drain();
        world.get("/readyz").send().is_problem("not-ready", 503);
        assert_eq!(world.get("/livez").send().status, 200);
    });
}

#[test]
fn a_hub_whose_database_is_gone_is_not_ready_and_shows_nothing_of_the_reason() {
    let world = World::on_sqlite(|_| {});
    let phone = world.phone("สมศรี", &[4]);
    world.database().close();
    let answer = world.get("/readyz").send();
    answer.is_problem("not-ready", 503);
    let answer = phone.post(&world, phone.request().to_body());
    answer.is_problem("busy", 503);
    assert_eq!(answer.header("retry-after"), "5");
    assert!(!answer.text().contains("closed"), "{answer:?}");
}

#[test]
fn metrics_count_and_name_nobody() {
    let world = World::on_sqlite(|_| {});
    let mut phone = world.phone("สมศรี", &[4]);
    phone.edit(house(1), 4, &[put("head_name", "บุญมี ทองดี")]);
    phone.push(&world);
    let text = world.get("/metrics").send();
    let text = text.text();
    assert!(text.contains("samruat_sync_changes_total{verdict=\"accepted\"} 1"), "{text}");
    assert!(text.contains("samruat_requests_total{route=\"/api/v1/sync\",status=\"200\"} 1"), "{text}");
    assert!(text.contains("samruat_request_seconds_bucket"));
    for secret in ["บุญมี", "สมศรี", &phone.id.to_string(), &house(1).to_string(), "650117"]
    {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn a_frame_is_fetched_in_pieces_and_by_its_own_devices_only() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4]);
        for number in 1..=60 {
            phone.edit(
                house(number),
                4,
                &[put("house_no", &number.to_string()), put("head_name", "บุญมี ทองดี")],
            );
        }
        phone.push(world);
        let reply = world.phone("ใหม่", &[4]).push(world);
        assert_eq!(reply.standing, Standing::First);
        let name = &reply.frames[0];
        let path = format!("/api/v1/frames/{}", data_encoding::HEXLOWER.encode(&name.sha256));
        let get = |range: &str| world.get(&path).bearer(&phone.token).header("range", range).send();
        let whole = world.get(&path).bearer(&phone.token).send();
        assert_eq!((whole.status, whole.body.len()), (200, name.bytes as usize));
        assert_eq!(<[u8; 32]>::from(Sha256::digest(&whole.body)), name.sha256);
        assert_eq!(read_frame(name, &whole.body).unwrap().households.len(), 60);
        assert!(whole.header("cache-control").contains("immutable"));
        let middle = get("bytes=100-199");
        assert_eq!((middle.status, middle.body.as_slice()), (206, &whole.body[100..200]));
        assert_eq!(middle.header("content-range"), format!("bytes 100-199/{}", name.bytes));
        assert_eq!(get("bytes=100-").body, whole.body[100..]);
        assert_eq!(get("bytes=-7").body, whole.body[whole.body.len() - 7..]);
        get("bytes=9999999-").is_problem("range-not-satisfiable", 416);
        let known =
            world.get(&path).bearer(&phone.token).header("if-none-match", whole.header("etag")).send();
        assert_eq!((known.status, known.body.len()), (304, 0));
        let head = world.ask(Method::HEAD, &path).bearer(&phone.token).send();
        assert_eq!((head.status, head.header("content-length")), (200, name.bytes.to_string().as_str()));

        let elsewhere = world.phone("หมู่ 5", &[5]);
        world.get(&path).bearer(&elsewhere.token).send().is_problem("unknown-frame", 404);
        world.get(&path).send().is_problem("missing-credentials", 401);
    });
}

/// Only where this very program was built without the app; with it, the app is at the root.
#[test]
fn the_page_at_the_root_says_what_this_is_and_loads_nothing_from_elsewhere() {
    let world = World::on_sqlite(|_| {});
    let page = world.get("/").send();
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(!page.text().contains("http://") && !page.text().contains("https://"));
    let policy = page.header("content-security-policy");
    if world.get("/sw.js").send().status == 200 {
        assert!(policy.starts_with("default-src 'self'; script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
        return;
    }
    assert!(page.text().contains("สำรวจ") && page.text().contains("/api/openapi.json"));
    assert!(page.text().contains("cargo xtask build") && !page.text().contains("<script"));
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
}

#[test]
fn a_request_keeps_the_id_that_a_proxy_gave_it() {
    let world = World::on_sqlite(|_| {});
    let given = world.get("/livez").header("x-request-id", "0123456789-abcdef").send();
    assert_eq!(given.header("x-request-id"), "0123456789-abcdef");
    let odd = world.get("/livez").header("x-request-id", "a b\"c").send();
    assert_eq!(odd.header("x-request-id").len(), 16);
}

#[test]
fn a_busy_hub_says_when_to_come_back() {
    let world = World::on_sqlite(|config| {
        config.blocking_tasks_max = 1;
        config.blocking_wait = Duration::from_millis(50);
    });
    let phone = world.phone("สมศรี", &[4]);
    let (hold, held) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let database = world.database().clone();
    // Somebody's transaction keeps the writer, and with it the only place of the request that waits.
    let holder = std::thread::spawn(move || {
        database.write(move |_| {
            hold.send(()).unwrap();
            released.recv().unwrap();
            Ok::<_, StoreError>(())
        })
    });
    held.recv().unwrap();
    let mut writer = world.twin_of(&phone);
    writer.edit(house(1), 4, &[put("house_no", "1")]);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| writer.push(&world).verdicts.len());
        while world.app.free_places() > 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let refused = phone.post(&world, phone.request().to_body());
        refused.is_problem("busy", 503);
        assert_eq!(refused.header("retry-after"), "5");
        assert_eq!(world.get("/livez").send().status, 200);
        release.send(()).unwrap();
        assert_eq!(waiting.join().unwrap(), 1);
    });
    holder.join().unwrap().unwrap();
    assert_eq!(phone.push(&world).verdicts.len(), 0);
}
