//! Enrolment: once, in time, by whoever has the whole code.

use std::num::NonZeroU32;
use std::sync::Barrier;
use std::time::Duration;

use samruat::clock::Micros;
use samruat::store::api_keys::Role;
use samruat::store::villages::{self, Expected};
use serde_json::json;

use super::world::{World, on_each_database, tambon, village};

#[test]
fn a_code_enrols_one_device() {
    on_each_database(|world| {
        let named = Expected {
            village: village(4),
            name_th: Some("บ้านอรัญญิก".to_owned()),
            houses: 120,
            source: "test".to_owned(),
            imported_at: Micros(0),
        };
        world.database().write(move |tx| villages::expect(tx, &named)).unwrap();
        let code = world.code("สมศรี ใจงาม", &[4, 5]);
        // As somebody types it.
        let typed = code.to_lowercase().replace('-', " ");
        let enrolled = world.post("/api/v1/enrol").json(&json!({ "code": typed })).send();
        assert_eq!(enrolled.status, 201, "{enrolled:?}");
        assert_eq!(enrolled.header("cache-control"), "no-store");
        let enrolled = enrolled.json();
        assert_eq!(enrolled["person"], "สมศรี ใจงาม");
        assert_eq!((&enrolled["tambon"], &enrolled["tambon_th"]), (&json!("650117"), &json!("อรัญญิก")));
        assert_eq!(
            enrolled["villages"],
            json!([
                { "code": "65011704", "moo": 4, "name_th": "บ้านอรัญญิก", "expected": 120 },
                { "code": "65011705", "moo": 5, "name_th": null, "expected": null },
            ])
        );
        let token = enrolled["token"].as_str().unwrap();
        let people = world.get("/api/v1/people").bearer(token).send().json();
        assert_eq!(people[enrolled["device"].as_str().unwrap()], "สมศรี ใจงาม");

        world.post("/api/v1/enrol").json(&json!({ "code": code })).send().is_problem("code-used", 410);
        assert_eq!(world.state().4.len(), 1);
    });
}

#[test]
fn a_device_whose_answer_was_lost_asks_again() {
    on_each_database(|world| {
        let code = world.code("สมศรี ใจงาม", &[4]);
        let ask = |attempt: &str| {
            world.post("/api/v1/enrol").json(&json!({ "code": code, "attempt": attempt })).send()
        };
        let first = ask(&"0a".repeat(16));
        assert_eq!(first.status, 201, "{first:?}");
        let again = ask(&"0A".repeat(16));
        assert_eq!((again.status, again.json()), (201, first.json()));
        ask(&"0b".repeat(16)).is_problem("code-used", 410);
        ask("0a").is_problem("malformed-id", 400);
        let token = again.json()["token"].as_str().unwrap().to_owned();
        assert_eq!(world.get("/api/v1/people").bearer(&token).send().status, 200);
        assert_eq!(world.state().4.len(), 1);
        let enrolments = world.audit().into_iter().filter(|line| line.action == "device.enrol");
        assert_eq!(enrolments.count(), 1);
    });
}

#[test]
fn of_two_devices_that_show_a_code_at_once_one_is_enrolled() {
    on_each_database(|world| {
        let code = world.code("สมศรี", &[4]);
        let together = Barrier::new(4);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        together.wait();
                        world.post("/api/v1/enrol").json(&json!({ "code": code })).send().status
                    })
                })
                .collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 410).count(), 3, "{statuses:?}");
        assert_eq!(world.state().4.len(), 1);
    });
}

#[test]
fn a_code_expires() {
    on_each_database(|world| {
        let code = world.code("สมศรี", &[4]);
        world.clock.set(world.clock.now().plus_seconds(7 * 86_400));
        world.post("/api/v1/enrol").json(&json!({ "code": code })).send().is_problem("code-expired", 410);
        assert_eq!(world.state().4, []);
    });
}

#[test]
fn codes_cannot_be_guessed_in_a_row() {
    let world = World::on_sqlite(|config| {
        config.enrolment_attempts = NonZeroU32::new(3).unwrap();
        config.enrolment_attempt_every = Duration::from_secs(60);
    });
    let code = world.code("สมศรี", &[4]);
    for _ in 0..3 {
        world
            .post("/api/v1/enrol")
            .json(&json!({ "code": "650117-AAAAA-AAAAA" }))
            .send()
            .is_problem("wrong-code", 403);
    }
    let refused = world.post("/api/v1/enrol").json(&json!({ "code": code })).send();
    refused.is_problem("too-many-attempts", 429);
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds));
}

#[test]
fn a_coordinator_enrols_and_revokes() {
    on_each_database(|world| {
        let key = world.key(Role::Coordinator, "6501");
        let wanted = json!({ "person": "วิชัย", "villages": ["65011705", "65011704", "65011704"], "days": 2 });
        let made = world.post("/api/v1/tambons/650117/enrolments").bearer(&key).json(&wanted).send();
        assert_eq!(made.status, 201, "{made:?}");
        let made = made.json();
        assert_eq!(made["villages"], json!(["65011704", "65011705"]));
        let enrolled = world.post("/api/v1/enrol").json(&json!({ "code": made["code"] })).send().json();
        let (device, token) = (enrolled["device"].as_str().unwrap(), enrolled["token"].as_str().unwrap());

        let listed = world.read(&key, "/devices").json();
        assert_eq!(listed["devices"][0]["device_id"], device);
        assert_eq!(listed["devices"][0]["revoked_at"], json!(null));
        let revoke = || {
            world.post(&format!("/api/v1/tambons/650117/devices/{device}/revoke")).bearer(&key).send().json()
        };
        let revoked = revoke();
        assert_eq!(revoked["person"], "วิชัย");
        assert!(revoked["revoked_at"].is_string());
        assert_eq!(revoke(), revoked, "a second time changes nothing");
        world.get("/api/v1/people").bearer(token).send().is_problem("device-revoked", 403);

        let actions: Vec<String> = world.audit().into_iter().map(|line| line.action).collect();
        for (action, times) in
            [("enrolment.issue", 1), ("device.enrol", 1), ("devices.read", 1), ("device.revoke", 1)]
        {
            assert_eq!(
                actions.iter().filter(|known| *known == action).count(),
                times,
                "{action}: {actions:?}"
            );
        }
        let log =
            world.database().read(|conn| samruat::store::audit::page(conn, tambon(), None, 100)).unwrap();
        assert!(log.iter().all(|line| !line.details.contains("วิชัย")), "the log names nobody");
    });
}
