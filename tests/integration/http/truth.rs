//! The OpenAPI document is true: every route is in it, and what each really answers is what it says.

use std::collections::BTreeSet;

use reqwest::Method;
use samruat::http::routes::SERVED;
use samruat::store::api_keys::Role;
use samruat::store::quarantine;
use serde_json::{Value, json};
use sync_protocol::wire::Request;

use super::app_files::put_app;
use super::forms;
use super::photos;
use super::sessions::{PASSWORD, person, sign_in};
use super::tables;
use super::world::{Answer, Ask, Phone, SYNC, World, house, put, row, tambon};

#[test]
fn the_document_has_every_route_that_is_served_and_no_other() {
    let world = World::on_sqlite(|_| {});
    let document = world.get("/api/openapi.json").send().json();
    let described: BTreeSet<(String, String)> =
        operations(&document).map(|(path, method, _)| (path, method)).collect();
    let served = SERVED
        .iter()
        .flat_map(|(path, methods)| methods.iter().map(|method| ((*path).to_owned(), method.to_lowercase())));
    assert_eq!(described, served.collect());
    for (path, methods) in SERVED {
        let path = path.replace("{tambon}", "650117");
        let allowed = world.ask(Method::TRACE, &path).send();
        allowed.is_problem("method-not-allowed", 405);
        for method in *methods {
            assert!(allowed.header("allow").contains(method), "{path}");
        }
    }
}

#[test]
fn every_route_answers_as_the_document_says() {
    let world = World::on_sqlite_with(|config, folder| config.app_folder = Some(put_app(folder)));
    let mut phone = world.phone("สมพร", &[4]);
    let mut other = world.phone("วิชัย", &[4]);
    let mut edits = vec![put("house_no", "12/3"), put("head_name", "บุญมี ทองดี"), put("household_size", "สี่")];
    edits.extend(row(1, "member", &[("m_name", "มาลี ทองดี")]));
    edits.extend(row(2, "need", &[("need_text", "หลังคารั่ว")]));
    edits.extend(row(3, "visit", &[("visit_outcome", "done"), ("visit_date", "2025-11-22")]));
    edits.extend(row(4, "note", &[("text", "สุนัขดุ")]));
    phone.edit(house(1), 4, &edits);
    phone.edit(house(2), 4, &[put("house_no", "12/3")]);
    phone.edit(house(4), 4, &[put("house_no", "ลบ")]);
    phone.edit(house(3), 5, &[put("house_no", "นอกเขต")]);
    phone.push(&world);
    let kept = world.database().read(|conn| quarantine::page(conn, tambon(), None, 1)).unwrap();
    person(&world, "สมศรี", Role::Coordinator, "650117");
    other.edit(house(1), 4, &[put("head_name", "บุญมา ทองดี")]);
    other.push(&world);
    let frame = world.phone("ใหม่", &[4]).push(&world).frames[0].sha256;
    let key = world.key(Role::Coordinator, "650117");
    let form = forms::added(&world, &key, forms::plain_water());
    forms::publish(&world, &key, "water", &form, &["65011704", "65011705"]).json();
    let document = world.get("/api/openapi.json").send().json();
    let photo = photos::jpeg(1_000);
    photos::send(&world, &phone.token, &photo);
    let market = forms::added(&world, &key, tables::market("1"));
    tables::put_table(&world, &key, &market, "markets", tables::MARKETS).json();
    let hands = Hands {
        world: &world,
        phone: &phone,
        frame: data_encoding::HEXLOWER.encode(&frame),
        form,
        market,
        photo: photos::name(&photo),
        kept: kept[0].hash.to_string(),
    };
    let mut asked = 0;
    for (path, method, operation) in operations(&document) {
        let answer = hands.good(&path, &method).send();
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
        assert_described(&document, &operation, &answer, &format!("{method} {path}"));
        asked += 1;
        if operation["security"].is_array() {
            let stranger = world.ask(method.to_uppercase().parse().unwrap(), &hands.filled(&path)).send();
            if method == "head" {
                assert_eq!((stranger.status, stranger.body.len()), (401, 0), "{path}");
                continue;
            }
            stranger.is_problem("missing-credentials", 401);
            assert_described(&document, &operation, &stranger, &format!("{method} {path} by a stranger"));
        }
    }
    assert_eq!(asked, SERVED.iter().map(|(_, methods)| methods.len()).sum::<usize>());
    for role in [Role::Planner, Role::Fund] {
        let key = world.key(role, "650117");
        for path in ["/households", "/changes", "/coverage"] {
            let operation = &document["paths"][format!("/api/v1/tambons/{{tambon}}{path}")]["get"];
            assert_described(&document, operation, &world.read(&key, path), path);
        }
    }
}

/// `docs/openapi.json` is what clients are made from without a hub at hand.
#[test]
fn the_committed_document_is_fresh() {
    let path = crate::workspace().join("docs/openapi.json");
    let fresh = format!("{}\n", serde_json::to_string_pretty(&samruat::http::openapi::document()).unwrap());
    if std::env::var_os("SAMRUAT_WRITE_FIXTURES").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "{} is old: run this test with SAMRUAT_WRITE_FIXTURES=1", path.display());
}

fn operations(document: &Value) -> impl Iterator<Item = (String, String, Value)> {
    document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods
            .as_object()
            .unwrap()
            .iter()
            .map(|(method, operation)| (path.clone(), method.clone(), operation.clone()))
    })
}

/// Whoever asks every route once.
struct Hands<'a> {
    world: &'a World,
    phone: &'a Phone,
    frame: String,
    form: String,
    photo: String,
    /// A change in quarantine.
    kept: String,
    /// Another, with a table.
    market: String,
}

impl Hands<'_> {
    fn filled(&self, path: &str) -> String {
        let hash = if path.contains("/photos/") { &self.photo } else { &self.frame };
        path.replace("{tambon}", "650117")
            .replace("{sha256}", hash)
            .replace("{device}", &self.phone.id.to_string())
            .replace("{hash}", &self.form)
            .replace("{change}", &self.kept)
            .replace("{form_id}", "water")
            .replace("{name}", "markets")
            .replace("{household}", &house(1).to_string())
            .replace("{format}", "xlsx")
            .replace("{set}", "Households")
    }

    /// A request of this route that is as it should be.
    fn good(&self, path: &str, method: &str) -> Ask {
        let ask = self.world.ask(method.to_uppercase().parse().unwrap(), &self.filled(path));
        let office = || self.world.key(Role::Coordinator, "650117");
        match path {
            "/assets/{file}" => self.world.get("/assets/main-0a1b2c3d.js"),
            "/{file}" => self.world.get("/sw.js"),
            "/office/{file}" => self.world.get("/office/main-0a1b2c3d.js"),
            "/" | "/office" | "/livez" | "/readyz" | "/metrics" | "/api/openapi.json" => ask,
            "/api/v1/session" if method == "post" => {
                ask.json(&json!({ "name": "สมศรี", "password": PASSWORD }))
            }
            "/api/v1/session" => {
                ask.header("cookie", &sign_in(self.world, "สมศรี")).header("sec-fetch-site", "same-origin")
            }
            "/api/v1/tambons/{tambon}/conflicts/settle" => ask.bearer(&office()).json(&json!({
                "household_id": house(1).to_string(), "question": "head_name", "value": "บุญมี ทองดี",
            })),
            "/api/v1/tambons/{tambon}/quarantine/{change}/retry" => ask.bearer(&office()),
            "/api/v1/enrol" => ask.json(&json!({ "code": self.world.code("มาลี", &[4]) })),
            "/api/v1/sync" => ask.bearer(&self.phone.token).body(SYNC, Request::at(None, 4_096).to_body()),
            "/api/v1/photos" if method == "options" => ask,
            "/api/v1/photos" => photos::asking(self.world, &self.phone.token, &photos::jpeg(900)),
            "/api/v1/photos/uploads/{upload}" => {
                let photo = photos::jpeg(800);
                let (upload, _) = photos::offer(self.world, &self.phone.token, &photo);
                if method == "head" {
                    photos::tus(self.world.ask(Method::HEAD, &upload), &self.phone.token)
                } else {
                    photos::sending(self.world, &self.phone.token, &upload, 0, &photo)
                }
            }
            "/api/v1/photos/{sha256}" => ask.bearer(&self.phone.token),
            "/api/v1/people"
            | "/api/v1/frames/{sha256}"
            | "/api/v1/published-forms"
            | "/api/v1/forms/{hash}" => ask.bearer(&self.phone.token),
            "/api/v1/forms/{hash}/tables/{name}" => {
                let path = format!("/api/v1/forms/{}/tables/markets", self.market);
                self.world.ask(Method::PUT, &path).bearer(&office()).body("text/csv", tables::MARKETS.into())
            }
            "/api/v1/tables/{sha256}" => self
                .world
                .get(&format!("/api/v1/tables/{}", tables::sha256(tables::MARKETS)))
                .bearer(&office()),
            "/api/v1/forms" if method == "post" => {
                ask.bearer(&office()).body(forms::XLSX, forms::water("2", |survey| survey[2][3] = "Number"))
            }
            "/api/v1/forms" | "/api/v1/forms/{hash}/workbook" => ask.bearer(&office()),
            "/api/v1/tambons/{tambon}/forms/{form_id}" if method == "put" => {
                ask.bearer(&office()).json(&json!({ "hash": self.form, "villages": ["65011704"] }))
            }
            // In a village of its own: the others are needed.
            "/api/v1/tambons/{tambon}/forms/{form_id}" => {
                let path = "/api/v1/tambons/650117/forms/water?villages=65011705";
                self.world.ask(Method::DELETE, path).bearer(&office())
            }
            "/api/v1/tambons/{tambon}/needy-lists" if method == "post" => {
                ask.bearer(&office()).json(&json!({}))
            }
            "/api/v1/tambons/{tambon}/needy-lists/{list}/handover.{format}" => {
                let (key, list) = super::allocations::approved(self.world, 51);
                let at = format!("/api/v1/tambons/650117/needy-lists/{list}");
                let read = self.world.get(&at).bearer(&key).send().json();
                let act = json!({ "act": "hand_over", "to": "อบต.", "recipient": "lao" });
                let decisions = json!({ "version": 1, "on_revision": read["revision"], "decisions": [act] });
                self.world.post(&format!("{at}/decisions")).bearer(&key).json(&decisions).send();
                self.world.get(&format!("{at}/handover.xlsx?recipient=lao")).bearer(&key)
            }
            path if path.starts_with("/api/v1/tambons/{tambon}/needy-lists/{list}") => {
                let drafted = self.world.post("/api/v1/tambons/650117/needy-lists").bearer(&office());
                let list = drafted.json(&json!({ "by": "housing" })).send().json();
                let path = self.filled(path).replace("{list}", list["list_id"].as_str().unwrap());
                let ask = self.world.ask(method.to_uppercase().parse().unwrap(), &path).bearer(&office());
                if method == "get" {
                    return ask;
                }
                let decisions = json!([{ "act": "start_field_check" }]);
                ask.json(&json!({ "version": 1, "on_revision": 0, "decisions": decisions }))
            }
            path if path.starts_with("/api/v1/areas/{area}/indicators") => {
                self.world.get(&self.filled(path).replace("{area}", "650117")).bearer(&office())
            }
            "/api/v1/areas/{area}/assessments" => {
                self.world.get("/api/v1/areas/650117/assessments?scoring=1").bearer(&office())
            }
            "/api/v1/areas/{area}/people" => {
                let ask = self.world.post("/api/v1/areas/650117/people").bearer(&office());
                ask.json(&json!({ "name": "บุญมา" }))
            }
            "/api/v1/area-groups" if method == "put" => {
                let file = std::fs::read(crate::workspace().join("data/planning/area_groups.csv")).unwrap();
                ask.bearer(&self.world.key(Role::Admin, "TH")).body("text/csv", file)
            }
            "/api/v1/area-groups" => ask.bearer(&office()),
            "/api/v1/programmes" => {
                let file = std::fs::read(crate::workspace().join("data/planning/programmes.csv")).unwrap();
                ask.bearer(&self.world.key(Role::Admin, "TH")).body("text/csv", file)
            }
            path if path.starts_with("/api/v1/tambons/{tambon}/programmes/{programme}/matches") => {
                self.world.get(&self.filled(path).replace("{programme}", "card_help")).bearer(&office())
            }
            "/api/v1/tambons/{tambon}/allocations/{allocation}/decisions.{format}" => {
                let (key, list) = super::allocations::approved(self.world, 41);
                let made = self.world.post("/api/v1/tambons/650117/allocations").bearer(&key).json(&json!({
                    "programme": "card_help", "fiscal_year": 2570, "list_id": list, "version": 1, "budget": 1_000,
                    "ceiling": 100,
                }));
                let id = made.send().json()["allocation_id"].as_str().unwrap().to_owned();
                self.world.get(&self.filled(path).replace("{allocation}", &id)).bearer(&key)
            }
            path if path.starts_with("/api/v1/tambons/{tambon}/allocations") && method != "get" => {
                let (key, list) = super::allocations::approved(self.world, 31);
                let body = json!({
                    "programme": "card_help", "fiscal_year": 2570, "list_id": list, "version": 1, "budget": 1_000,
                    "ceiling": 100,
                });
                let make = self.world.post("/api/v1/tambons/650117/allocations").bearer(&key).json(&body);
                if method == "post" && !path.ends_with("withdrawal") {
                    return make;
                }
                let made = make.send().json();
                let path = self.filled(path).replace("{allocation}", made["allocation_id"].as_str().unwrap());
                let ask = self.world.ask(method.to_uppercase().parse().unwrap(), &path).bearer(&key);
                if method == "post" {
                    return ask.json(&json!({ "reason": "งบถูกตัด" }));
                }
                ask.json(&json!({ "tranches": [{ "percent": 100, "due_on": "2026-01-31" }] }))
            }
            "/api/v1/targets" if method == "put" => {
                let file = std::fs::read(crate::workspace().join("data/planning/targets.csv")).unwrap();
                ask.bearer(&self.world.key(Role::Admin, "TH")).body("text/csv", file)
            }
            "/api/v1/targets" => self.world.get("/api/v1/targets?fiscal_year=2562").bearer(&office()),
            "/api/v1/targets.{format}" => ask.bearer(&office()),
            "/api/v1/tambons/{tambon}/strength" if method == "put" => {
                ask.bearer(&office()).json(&json!({ "items": {} }))
            }
            "/api/v1/tambons/{tambon}/settlements" if method == "put" => {
                ask.bearer(&office()).json(&json!({ "on_revision": 0, "settlements": [] }))
            }
            "/api/v1/tambons/{tambon}/projects" if method == "put" => {
                ask.bearer(&office()).json(&json!({ "on_revision": 0, "projects": [] }))
            }
            "/api/v1/tambons/{tambon}/snapshots" if method == "post" => {
                ask.bearer(&office()).json(&json!({ "title": "แผน 2570" }))
            }
            path if path.starts_with("/api/v1/tambons/{tambon}/snapshots/{snapshot}") => {
                let freeze = self.world.post("/api/v1/tambons/650117/snapshots").bearer(&office());
                let made = freeze.json(&json!({ "title": "แผน 2571" })).send().json();
                let path = self.filled(path).replace("{snapshot}", made["snapshot_id"].as_str().unwrap());
                self.world.get(&path).bearer(&office())
            }
            "/api/v1/scoring" if method == "post" => {
                ask.bearer(&self.world.key(Role::Admin, "TH")).json(&json!({
                    "income_line": 40_000, "card_income_line": 100_000, "overcrowd": 3, "severe_cutoff": 0.26,
                    "year_be": 2570,
                }))
            }
            "/api/v1/scoring" => ask.bearer(&office()),
            "/api/v1/rule-parameters" if method == "post" => {
                ask.bearer(&self.world.key(Role::Admin, "TH")).json(&super::allocations::rule_parameters())
            }
            "/api/v1/rule-parameters" => ask.bearer(&office()),
            "/api/v1/tambons/{tambon}/rule-parameters" => {
                ask.bearer(&office()).json(&json!({ "version": "1" }))
            }
            "/api/v1/tambons/{tambon}/scoring" => ask.bearer(&office()).json(&json!({ "version": "1" })),
            "/api/v1/tambons/{tambon}/enrolments" => ask
                .bearer(&office())
                .json(&json!({ "person": "มาลี", "villages": ["65011704"], "hub": self.world.url })),
            "/api/v1/tambons/{tambon}/merges" => ask
                .bearer(&office())
                .json(&json!({ "from": house(2).to_string(), "into": house(1).to_string() })),
            // A household of its own: the others are needed.
            "/api/v1/tambons/{tambon}/households/{household}/erasure" => {
                let path = format!("/api/v1/tambons/650117/households/{}/erasure", house(4));
                self.world.post(&path).bearer(&office()).json(&json!({ "reason": "คำขอ" }))
            }
            "/api/v1/tambons/{tambon}/distinctions" => {
                ask.bearer(&office()).json(&json!({ "a": house(1).to_string(), "b": house(2).to_string() }))
            }
            // A device of its own: the others are needed.
            "/api/v1/tambons/{tambon}/devices/{device}/revoke" => {
                let lost = self.world.phone("หาย", &[4]);
                self.world
                    .post(&format!("/api/v1/tambons/650117/devices/{}/revoke", lost.id))
                    .bearer(&office())
            }
            path if path.starts_with("/api/v1/odata") => ask.bearer(&office()),
            path if path.starts_with("/api/v1/tambons/{tambon}/") && method == "get" => ask.bearer(&office()),
            path => panic!("nobody asks {method} {path}"),
        }
    }
}

/// Fails unless the answer's status, type and body are what the operation says.
#[track_caller]
fn assert_described(document: &Value, operation: &Value, answer: &Answer, what: &str) {
    let responses = &operation["responses"];
    let exact = &responses[answer.status.to_string()];
    let response = if exact.is_null() { &responses[format!("{}XX", answer.status / 100)] } else { exact };
    assert!(response.is_object(), "{what}: {} is not described", answer.status);
    if response["content"].is_null() {
        assert_eq!(answer.body.len(), 0, "{what}: a body is not described");
        return;
    }
    let kind = answer.header("content-type").split(';').next().unwrap();
    let content = &response["content"][kind];
    assert!(content.is_object(), "{what}: {kind} is not described: {response}");
    if kind.ends_with("json") {
        let value: Value = serde_json::from_slice(&answer.body).unwrap();
        let faults = faults(document, &content["schema"], &value, "$");
        assert_eq!(faults, [""; 0], "{what}: {value}");
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => {
            document.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("there is no {name}"))
        }
        None => schema,
    }
}

/// Where a value is not as a schema says. Knows what the document uses of JSON Schema.
fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let name = schema["$ref"].as_str().unwrap_or_default();
    let schema = resolved(document, schema);
    if let Some(options) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let fits = options.iter().any(|option| faults(document, option, value, at).is_empty());
        return if fits { Vec::new() } else { vec![format!("{at}: {value} is none of {schema}")] };
    }
    let mut found = Vec::new();
    if !schema["type"].is_null() && !types(&schema["type"]).iter().any(|kind| is_of(value, kind)) {
        return vec![format!("{at}: {value} is not of type {}", schema["type"])];
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        found.push(format!("{at}: {value} is not one of {choices:?}"));
    }
    if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
        let each = list.iter().enumerate();
        found.extend(each.flat_map(|(n, item)| faults(document, items, item, &format!("{at}[{n}]"))));
    }
    if let Some(members) = value.as_object() {
        let known = properties(document, schema);
        for (name, of) in &known {
            if let Some(member) = members.get(name) {
                found.extend(faults(document, of, member, &format!("{at}.{name}")));
            }
        }
        for required in required(document, schema) {
            if !members.contains_key(&required) {
                found.push(format!("{at}: {required} is missing"));
            }
        }
        // Problems have more members, by type.
        if !known.is_empty() && !name.ends_with("/Problem") {
            let strangers = members.keys().filter(|member| !known.iter().any(|(name, _)| name == *member));
            found.extend(strangers.map(|stranger| format!("{at}.{stranger} is not described")));
        }
        if let Some(of) = schema.get("additionalProperties").filter(|of| of.is_object()) {
            found.extend(
                members
                    .iter()
                    .flat_map(|(name, member)| faults(document, of, member, &format!("{at}.{name}"))),
            );
        }
    }
    found
}

fn types(kind: &Value) -> Vec<&str> {
    kind.as_array().map_or_else(
        || kind.as_str().into_iter().collect(),
        |list| list.iter().filter_map(Value::as_str).collect(),
    )
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn parts<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let mut all = vec![schema];
    for part in schema["allOf"].as_array().into_iter().flatten() {
        all.extend(parts(document, resolved(document, part)));
    }
    all
}

fn properties<'a>(document: &'a Value, schema: &'a Value) -> Vec<(String, &'a Value)> {
    let parts = parts(document, schema).into_iter();
    let objects = parts.filter_map(|part| part["properties"].as_object());
    objects.flatten().map(|(name, of)| (name.clone(), of)).collect()
}

fn required(document: &Value, schema: &Value) -> Vec<String> {
    let parts = parts(document, schema).into_iter();
    let lists = parts.filter_map(|part| part["required"].as_array());
    lists.flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
