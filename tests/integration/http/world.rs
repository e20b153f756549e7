//! A hub that listens, and those who ask it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use samruat::clock::{Clock, Micros};
use samruat::config::Config;
use samruat::http::credentials::{Secret, draw_key_id};
use samruat::http::devices::issue_code;
use samruat::http::{App, Server};
use samruat::store::api_keys::{self, ApiKey, Role};
use samruat::store::audit::{self, AuditEntry};
use samruat::store::tambons::Tambon;
use samruat::store::villages::Sums;
use samruat::store::{Database, devices, quarantine, read_model, tambons, villages};
use serde_json::{Value, json};
use sync_protocol::change::Edit;
use sync_protocol::device::edit;
use sync_protocol::device::memory::Memory;
use sync_protocol::ids::{DeviceId, HouseholdId, RowId, TambonCode, VillageCode};
use sync_protocol::value::Scalar;
use sync_protocol::wire::{PushGroup, Reply, Request};

use crate::postgres;

pub(super) const TAMBON: &str = "650117";
pub(super) const SYNC: &str = "application/vnd.samruat.sync+cbor";
const START: Micros = Micros(1_763_800_000_000_000);

/// A hub on a database of its own.
pub(super) struct World {
    pub(super) app: App,
    pub(super) url: String,
    pub(super) clock: Clock,
    pub(super) database_url: String,
    http: Client,
    server: Option<Server>,
    folder: PathBuf,
}

/// Runs one body on each database.
pub(super) fn on_each_database(body: impl Fn(&World)) {
    body(&World::on_sqlite(|_| {}));
    body(&World::new(postgres::Database::new().url().to_owned(), folder(), |_| {}));
}

fn folder() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("samruat-http-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub(super) fn tambon() -> TambonCode {
    TAMBON.parse().unwrap()
}

pub(super) fn village(moo: u8) -> VillageCode {
    VillageCode::new(tambon(), moo)
}

impl World {
    pub(super) fn on_sqlite(configure: impl FnOnce(&mut Config)) -> Self {
        Self::on_sqlite_with(|config, _| configure(config))
    }

    /// Configured with what lies in the folder that is removed with this world.
    pub(super) fn on_sqlite_with(configure: impl FnOnce(&mut Config, &Path)) -> Self {
        let folder = folder();
        let url = format!("sqlite:{}", folder.join("hub.sqlite").display());
        Self::new(url, folder.clone(), |config| configure(config, &folder))
    }

    fn new(database_url: String, folder: PathBuf, configure: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            workers: 1,
            enrolment_attempts: NonZeroU32::new(1_000).unwrap(),
            photos: Some(folder.join("photos").display().to_string()),
            ..Config::default()
        };
        configure(&mut config);
        let clock = Clock::fixed(START);
        let database = Database::open(&database_url).unwrap();
        database.write(|tx| tambons::ensure(tx, tambon(), [9; 8], START)).unwrap();
        let app = App::new(database, config, clock.clone()).unwrap();
        let server = Server::start(app.clone()).unwrap();
        // Another test may have chosen the provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().unwrap();
        Self { app, url: server.url(), clock, database_url, http, server: Some(server), folder }
    }

    /// Stops the hub and starts it again on the same database and folder, at another address.
    pub(super) fn restart(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().unwrap();
        }
        self.app.database.close();
        let database = Database::open(&self.database_url).unwrap();
        self.app = App::new(database, self.app.config.clone(), self.clock.clone()).unwrap();
        let server = Server::start(self.app.clone()).unwrap();
        self.url = server.url();
        self.server = Some(server);
    }

    pub(super) fn database(&self) -> &Database {
        &self.app.database
    }

    pub(super) fn hub(&self) -> &samruat::sync::Hub {
        &self.app.hub
    }

    pub(super) fn folder(&self) -> &PathBuf {
        &self.folder
    }

    pub(super) fn ask(&self, method: Method, path: &str) -> Ask {
        Ask(self.http.request(method, format!("{}{path}", self.url)))
    }

    pub(super) fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, path)
    }

    pub(super) fn post(&self, path: &str) -> Ask {
        self.ask(Method::POST, path)
    }

    /// What a key of this role may read under `/api/v1/tambons/650117`.
    pub(super) fn read(&self, key: &str, path: &str) -> Answer {
        self.get(&format!("/api/v1/tambons/{TAMBON}{path}")).bearer(key).send()
    }

    pub(super) fn key(&self, role: Role, area: &str) -> String {
        let (id, secret) = (draw_key_id().unwrap(), Secret::draw().unwrap());
        let key = ApiKey {
            id: id.clone(),
            secret_hash: secret.hash().0,
            role,
            area: area.parse().unwrap(),
            label: "ทดสอบ".to_owned(),
            created_at: START,
            revoked_at: None,
        };
        self.database().write(move |tx| api_keys::insert(tx, &key)).unwrap();
        secret.api_key(&id)
    }

    pub(super) fn code(&self, person: &str, moos: &[u8]) -> String {
        let villages = moos.iter().map(|moo| village(*moo)).collect();
        issue_code(self.database(), self.clock.now(), tambon(), person.to_owned(), villages, 7, "test")
            .unwrap()
            .code
    }

    /// A phone that enrolled itself over HTTP.
    pub(super) fn phone(&self, person: &str, moos: &[u8]) -> Phone {
        self.phone_of(&self.code(person, moos))
    }

    /// The phone that this code enrols.
    pub(super) fn phone_of(&self, code: &str) -> Phone {
        let enrolled = self.post("/api/v1/enrol").json(&json!({ "code": code })).send();
        assert_eq!(enrolled.status, 201, "{enrolled:?}");
        let enrolled = enrolled.json();
        Phone {
            id: enrolled["device"].as_str().unwrap().parse().unwrap(),
            token: enrolled["token"].as_str().unwrap().to_owned(),
            memory: Memory::default(),
            drawn: 0,
        }
    }

    /// The same phone, with an empty memory.
    pub(super) fn twin_of(&self, phone: &Phone) -> Phone {
        Phone { id: phone.id, token: phone.token.clone(), memory: Memory::default(), drawn: 1_000 }
    }

    pub(super) fn revoke(&self, phone: &Phone) {
        let (id, now) = (phone.id, self.clock.now());
        assert!(self.database().write(move |tx| devices::revoke(tx, tambon(), id, now)).unwrap());
    }

    /// What the database holds, as far as a request of a device or of an office could change it.
    pub(super) fn state(&self) -> State {
        let read = |conn: &mut samruat::store::Conn| {
            Ok::<_, samruat::store::StoreError>((
                tambons::all(conn)?,
                read_model::count(conn, tambon())?,
                villages::all(conn, tambon())?,
                quarantine::count(conn, tambon())?,
                devices::page(conn, tambon(), None, 1_000)?,
            ))
        };
        self.database().read(read).unwrap()
    }

    pub(super) fn audit(&self) -> Vec<AuditEntry> {
        self.database().read(|conn| audit::page(conn, tambon(), None, 10_000)).unwrap()
    }
}

pub(super) type State =
    (Vec<Tambon>, read_model::Counts, Vec<(VillageCode, Sums)>, u64, Vec<devices::Device>);

impl Drop for World {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().unwrap();
        }
        self.app.database.close();
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// A request that is being put together.
pub(super) struct Ask(RequestBuilder);

impl Ask {
    pub(super) fn bearer(self, token: &str) -> Self {
        Self(self.0.bearer_auth(token))
    }

    pub(super) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().into_bytes())
    }

    pub(super) fn body(self, kind: &str, body: Vec<u8>) -> Self {
        Self(self.0.header(CONTENT_TYPE, kind).body(body))
    }

    pub(super) fn gzipped(self, kind: &str, body: Vec<u8>) -> Self {
        Self(self.0.header(CONTENT_ENCODING, "gzip").header(CONTENT_TYPE, kind).body(body))
    }

    pub(super) fn send(self) -> Answer {
        let response = self.0.send().unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().unwrap().to_vec(),
        }
    }
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}

impl Answer {
    #[track_caller]
    pub(super) fn json(&self) -> Value {
        assert!(self.status < 300, "{self:?}");
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Fails unless it is this problem, told in both languages.
    #[track_caller]
    pub(super) fn is_problem(&self, name: &str, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["type"], format!("urn:samruat:problem:{name}"), "{self:?}");
        assert_eq!(problem["status"], status);
        assert!(problem["title"].as_str().unwrap().is_ascii());
        assert!(problem["title_th"].as_str().unwrap().chars().any(|c| ('ก'..='๛').contains(&c)));
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        assert!(!self.header("x-request-id").is_empty());
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        problem
    }
}

/// A volunteer's phone: the device's own machine, over HTTP.
pub(super) struct Phone {
    pub(super) id: DeviceId,
    pub(super) token: String,
    memory: Memory,
    drawn: u64,
}

pub(super) fn put(key: &str, value: &str) -> Edit {
    Edit::Put { row: None, key: key.to_owned(), value: Scalar::Str(value.to_owned()) }
}

pub(super) fn put_number(key: &str, value: i64) -> Edit {
    Edit::Put { row: None, key: key.to_owned(), value: Scalar::Int(value) }
}

/// An answer of a row that is there.
pub(super) fn put_row_number(id: u8, key: &str, value: i64) -> Edit {
    Edit::Put { row: Some(RowId([id; 16])), key: key.to_owned(), value: Scalar::Int(value) }
}

/// An answer of a row that is there.
pub(super) fn put_row_text(id: u8, key: &str, value: &str) -> Vec<Edit> {
    vec![Edit::Put { row: Some(RowId([id; 16])), key: key.to_owned(), value: Scalar::Str(value.to_owned()) }]
}

/// A new row of this group.
pub(super) fn row(id: u8, group: &str, answers: &[(&str, &str)]) -> Vec<Edit> {
    let row = RowId([id; 16]);
    let mut edits = vec![Edit::MakeRow(row)];
    for (key, value) in [("group", group)].iter().chain(answers) {
        edits.push(Edit::Put {
            row: Some(row),
            key: (*key).to_owned(),
            value: Scalar::Str((*value).to_owned()),
        });
    }
    edits
}

pub(super) fn house(number: u8) -> HouseholdId {
    HouseholdId([number; 16])
}

impl Phone {
    pub(super) fn edit(&mut self, household: HouseholdId, moo: u8, edits: &[Edit]) {
        self.edit_in(household, village(moo), edits);
    }

    pub(super) fn edit_in(&mut self, household: HouseholdId, village: VillageCode, edits: &[Edit]) {
        let drawn = &mut self.drawn;
        let mut random = || {
            *drawn += 1;
            drawn.to_be_bytes()
        };
        let time_ms = START.millis() + 60_000;
        edit(&mut self.memory, self.id, &mut random, (household, village), time_ms, edits).unwrap();
    }

    /// What it would push now.
    pub(super) fn groups(&self) -> Vec<PushGroup> {
        let outgoing = self.memory.all_unsent().into_iter();
        let group = |outgoing: sync_protocol::device::Outgoing| PushGroup {
            household: outgoing.household,
            village: outgoing.village,
            changes: vec![outgoing.bytes.into()],
        };
        outgoing.map(group).collect()
    }

    pub(super) fn request(&self) -> Request {
        Request { push: self.groups(), ..Request::at(None, 64 * 1024) }
    }

    pub(super) fn post(&self, world: &World, body: Vec<u8>) -> Answer {
        world.post("/api/v1/sync").bearer(&self.token).body(SYNC, body).send()
    }

    /// Sends all that it has.
    pub(super) fn push(&self, world: &World) -> Reply {
        let answer = self.post(world, self.request().to_body());
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), SYNC);
        Reply::from_body(&answer.body).unwrap()
    }
}
