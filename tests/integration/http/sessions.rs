//! Signing in: who may, for how long, from where, and what the audit log says of it.

use std::num::NonZeroU32;

use reqwest::Method;
use samruat::http::passwords;
use samruat::store::StoreError;
use samruat::store::api_keys::Role;
use samruat::store::people::{self, Person};
use serde_json::json;

use super::world::{Answer, Ask, World, house, on_each_database, put};

pub(super) const PASSWORD: &str = "ข้าวเหนียวมะม่วง สามจาน";

/// Adds somebody of this role.
pub(super) fn person(world: &World, name: &str, role: Role, area: &str) {
    let person = Person {
        name: name.to_owned(),
        role,
        area: area.parse().unwrap(),
        password_hash: passwords::hash(PASSWORD).unwrap(),
        created_at: world.clock.now(),
    };
    assert!(world.database().write(move |tx| people::add(tx, &person)).unwrap());
}

fn try_sign_in(world: &World, name: &str, password: &str) -> Answer {
    world.post("/api/v1/session").json(&json!({ "name": name, "password": password })).send()
}

/// Signs in; gives the cookie.
pub(super) fn sign_in(world: &World, name: &str) -> String {
    let answer = try_sign_in(world, name, PASSWORD);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

fn by(ask: Ask, cookie: &str) -> Ask {
    ask.header("cookie", cookie)
}

fn later(world: &World, minutes: i64) {
    world.clock.set(world.clock.now().plus_seconds(minutes * 60));
}

#[test]
fn whoever_signs_in_may_do_what_the_role_may_until_signing_out() {
    on_each_database(|world| {
        person(world, "สมศรี ใจงาม", Role::Coordinator, "6501");
        let answer = try_sign_in(world, "  สมศรี   ใจงาม ", PASSWORD);
        let session = answer.json();
        assert_eq!(session["name"], "สมศรี ใจงาม");
        assert_eq!((session["role"].as_str(), session["area"].as_str()), (Some("coordinator"), Some("6501")));
        assert_eq!(session["tambons"][0]["code"], "650117");
        assert_eq!(session["tambons"][0]["name_th"], "อรัญญิก");
        let cookie = answer.header("set-cookie");
        for word in ["samruat_session=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
            assert!(cookie.contains(word), "{cookie}");
        }
        assert!(!cookie.contains("Secure"), "the test's hub is plain HTTP on loopback: {cookie}");
        let cookie = cookie.split(';').next().unwrap();

        let mut phone = world.phone("สมพร", &[4]);
        phone.edit(house(1), 4, &[put("head_name", "บุญมี ทองดี")]);
        phone.push(world);
        let read = |path: &str| by(world.get(&format!("/api/v1/tambons/650117{path}")), cookie).send();
        assert!(read("/households").text().contains("บุญมี"));
        read("/conflicts").json();
        by(world.get("/api/v1/tambons/660101/coverage"), cookie).send().is_problem("outside-area", 403);
        let line = world.audit().into_iter().find(|line| line.action == "households.read").unwrap();
        assert_eq!(line.actor, "person:สมศรี ใจงาม");

        let out = world.ask(Method::DELETE, "/api/v1/session").header("sec-fetch-site", "same-origin");
        let out = by(out, cookie).send();
        assert_eq!((out.status, out.body.len()), (204, 0));
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        read("/households").is_problem("signed-out", 401);
    });
}

#[test]
fn a_wrong_name_and_a_wrong_password_get_the_same_answer() {
    on_each_database(|world| {
        person(world, "มาลี", Role::Fund, "650117");
        let [wrong, unknown, odd] =
            [("มาลี", "ไม่ใช่รหัสผ่านนี้"), ("มาลา", PASSWORD), ("", PASSWORD)].map(|(name, password)| {
                let answer = try_sign_in(world, name, password);
                answer.is_problem("wrong-sign-in", 401);
                assert_eq!(answer.header("set-cookie"), "");
                answer.body
            });
        assert!(wrong == unknown && unknown == odd);
        world.get("/api/v1/session").send().is_problem("missing-credentials", 401);
        for cookie in ["samruat_session=", "samruat_session=abc", "other=1"] {
            by(world.get("/api/v1/session"), cookie).send().is_problem("missing-credentials", 401);
        }
        let drawn = format!("samruat_session={}", "A".repeat(43));
        by(world.get("/api/v1/session"), &drawn).send().is_problem("signed-out", 401);
    });
}

#[test]
fn attempts_are_counted_for_a_name_and_for_an_address() {
    let few = |config: &mut samruat::config::Config| config.name_attempts = NonZeroU32::new(3).unwrap();
    let world = World::on_sqlite(few);
    person(&world, "มาลี", Role::Fund, "650117");
    for _ in 0..3 {
        try_sign_in(&world, "มาลี", "ไม่ใช่รหัสผ่านนี้").is_problem("wrong-sign-in", 401);
    }
    let refused = try_sign_in(&world, "มาลี", PASSWORD);
    refused.is_problem("too-many-attempts", 429);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    try_sign_in(&world, "คนอื่น", PASSWORD).is_problem("wrong-sign-in", 401);

    let world = World::on_sqlite(|config| config.sign_in_attempts = NonZeroU32::new(2).unwrap());
    for name in ["ก", "ข"] {
        try_sign_in(&world, name, PASSWORD).is_problem("wrong-sign-in", 401);
    }
    try_sign_in(&world, "ค", PASSWORD).is_problem("too-many-attempts", 429);
}

#[test]
fn a_session_ends_when_nobody_uses_it_and_after_half_a_day() {
    on_each_database(|world| {
        person(world, "มาลี", Role::Fund, "650117");
        let asks = |cookie: &str| by(world.get("/api/v1/session"), cookie).send();
        let idle = sign_in(world, "มาลี");
        later(world, 59);
        asks(&idle).json();
        later(world, 59);
        asks(&idle).json();
        later(world, 61);
        asks(&idle).is_problem("signed-out", 401);

        let busy = sign_in(world, "มาลี");
        for _ in 0..23 {
            later(world, 30);
            asks(&busy).json();
        }
        later(world, 31);
        asks(&busy).is_problem("signed-out", 401);
    });
}

#[test]
fn whoever_is_removed_or_gets_another_password_is_signed_out_at_once() {
    on_each_database(|world| {
        person(world, "มาลี", Role::Fund, "650117");
        let asks = |cookie: &str| by(world.get("/api/v1/session"), cookie).send();
        let cookie = sign_in(world, "มาลี");
        asks(&cookie).json();
        let hash = passwords::hash("อีกหนึ่งรหัสผ่าน").unwrap();
        let set = world.database().write(move |tx| people::set_password(tx, "มาลี", &hash)).unwrap();
        assert!(set.is_some());
        asks(&cookie).is_problem("signed-out", 401);
        try_sign_in(world, "มาลี", PASSWORD).is_problem("wrong-sign-in", 401);

        let cookie = try_sign_in(world, "มาลี", "อีกหนึ่งรหัสผ่าน").header("set-cookie").to_owned();
        let removed = world.database().write(|tx| people::remove(tx, "มาลี")).unwrap();
        assert_eq!(removed.unwrap().role, Role::Fund);
        asks(cookie.split(';').next().unwrap()).is_problem("signed-out", 401);
        assert!(world.database().read(people::all).unwrap().is_empty());
        let again =
            world.database().write(|tx| -> Result<_, StoreError> { people::remove(tx, "มาลี") });
        assert_eq!(again.unwrap(), None);
    });
}

#[test]
fn a_page_of_another_site_changes_nothing_with_the_cookie() {
    on_each_database(|world| {
        person(world, "สมศรี", Role::Coordinator, "650117");
        let cookie = sign_in(world, "สมศรี");
        let host = world.url.trim_start_matches("http://");
        let enrol = |headers: &[(&str, &str)]| {
            let body = json!({ "person": "มาลี", "villages": ["65011704"] });
            let ask = by(world.post("/api/v1/tambons/650117/enrolments"), &cookie).json(&body);
            headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send()
        };
        for foreign in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://elsewhere.example")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site"), ("origin", &world.url)],
        ] {
            enrol(foreign).is_problem("cross-site", 403);
        }
        for own in [
            &[("sec-fetch-site", "same-origin")][..],
            &[("origin", &world.url)],
            &[("origin", &format!("https://{host}"))],
        ] {
            assert_eq!(enrol(own).status, 201, "{own:?}");
        }
        let key = world.key(Role::Coordinator, "650117");
        let body = json!({ "person": "มาลี", "villages": ["65011704"] });
        let by_key = world.post("/api/v1/tambons/650117/enrolments").bearer(&key).json(&body);
        assert_eq!(by_key.header("sec-fetch-site", "cross-site").send().status, 201, "a key is no cookie");
        let body = json!({ "name": "สมศรี", "password": PASSWORD });
        let foreign = world.post("/api/v1/session").header("sec-fetch-site", "cross-site").json(&body).send();
        foreign.is_problem("cross-site", 403);
    });
}

#[test]
fn the_cookie_is_secure_where_somebody_could_listen() {
    let world = World::on_sqlite(|config| config.behind_proxy = true);
    person(&world, "สมศรี", Role::Admin, "TH");
    let answer = try_sign_in(&world, "สมศรี", PASSWORD);
    assert!(answer.header("set-cookie").ends_with("; Secure"), "{}", answer.header("set-cookie"));
    assert_eq!(answer.json()["area_th"], "ประเทศไทย");
}

#[test]
fn planners_who_sign_in_see_pseudonyms_of_their_own() {
    let world = World::on_sqlite(|_| {});
    let mut phone = world.phone("สมพร", &[4]);
    phone.edit(house(1), 4, &[put("head_name", "บุญมี ทองดี")]);
    phone.push(&world);
    let seen = ["หนึ่ง", "สอง"].map(|name| {
        person(&world, name, Role::Planner, "650117");
        let page = by(world.get("/api/v1/tambons/650117/households"), &sign_in(&world, name)).send().json();
        assert!(!page.to_string().contains("บุญมี"));
        page["households"][0]["household_id"].clone()
    });
    assert_ne!(seen[0], seen[1]);
    assert!(seen.iter().all(|id| id.is_string() && *id != house(1).to_string()));
    let key = world.key(Role::Planner, "650117");
    assert_ne!(world.read(&key, "/households").json()["households"][0]["household_id"], seen[0]);
}
