//! The filled hub in a process of its own, and somebody of the office who asks it.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, RequestBuilder};
use samruat::clock::Micros;
use samruat::http::credentials::{Secret, draw_key_id};
use samruat::store::Database;
use samruat::store::api_keys::{self, ApiKey, Role};
use serde_json::Value;

const SAMRUAT: &str = env!("CARGO_BIN_EXE_samruat");

pub(crate) struct Hub {
    child: Child,
    url: String,
    http: Client,
    admin: String,
    planner: String,
}

impl Hub {
    pub(crate) fn serve(database: &str) -> Self {
        let [admin, planner] = keys(database);
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = Command::new(SAMRUAT);
        command.args(["serve", "--database-url", database, "--listen", &listen]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(300)).build().unwrap();
        let hub = Self { child, url: format!("http://{listen}"), http, admin, planner };
        let deadline = Instant::now() + Duration::from_secs(60);
        while hub.http.get(format!("{}/livez", hub.url)).send().is_err() {
            assert!(Instant::now() < deadline, "the hub does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        hub
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.admin)
    }

    pub(crate) fn get_as_planner(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.planner)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = self.http.post(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.admin);
        request.header("content-type", "application/json").body(body.to_string())
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = self.http.put(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.admin);
        request.header("content-type", "application/json").body(body.to_string())
    }

    /// Memory of its own that the hub has now, in MB; pages of the database that it looks at where the system keeps
    /// them are not its own.
    pub(crate) fn own_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let kb = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        kb.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What came back, and how long it took until its last byte.
pub(crate) fn timed(request: RequestBuilder) -> (Duration, Value) {
    let start = Instant::now();
    let response = request.send().unwrap();
    let status = response.status();
    let body = response.bytes().unwrap();
    let took = start.elapsed();
    assert!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
    (took, serde_json::from_slice(&body).unwrap())
}

/// How many lines and bytes a file has, read as it comes.
pub(crate) fn read_file(request: RequestBuilder) -> (usize, usize) {
    let mut response = request.send().unwrap();
    assert!(response.status().is_success());
    let (mut lines, mut bytes) = (0, 0);
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = response.read(&mut piece).unwrap();
        if read == 0 {
            return (lines, bytes);
        }
        lines += piece[..read].iter().filter(|byte| **byte == b'\n').count();
        bytes += read;
    }
}

fn keys(database: &str) -> [String; 2] {
    let database = Database::open(database).unwrap();
    let keys = [Role::Admin, Role::Planner].map(|role| {
        let (id, secret) = (draw_key_id().unwrap(), Secret::draw().unwrap());
        let key = ApiKey {
            id: id.clone(),
            secret_hash: secret.hash().0,
            role,
            area: "TH".parse().unwrap(),
            label: "bench".to_owned(),
            created_at: Micros(0),
            revoked_at: None,
        };
        database.write(move |tx| api_keys::insert(tx, &key)).unwrap();
        secret.api_key(&id)
    });
    database.close();
    keys
}
