//! A hub in a process of its own, so that its CPU time, memory and writes are its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use samruat::client::Hub as Client;

pub(crate) const SAMRUAT: &str = env!("CARGO_BIN_EXE_samruat");

/// A running hub, or the floor; killed when it is dropped.
pub(crate) struct Hub {
    child: Child,
    pub(crate) url: String,
    database: String,
    dir: PathBuf,
}

/// What a process has used so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    pub(crate) cpu: Duration,
    pub(crate) written_bytes: u64,
}

impl Used {
    pub(crate) fn since(self, before: Self) -> Self {
        Self { cpu: self.cpu - before.cpu, written_bytes: self.written_bytes - before.written_bytes }
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

impl Hub {
    /// Starts a hub on a new SQLite database.
    pub(crate) fn start(name: &str) -> Self {
        let dir = fresh_dir(name);
        let database = format!("sqlite:{}", dir.join("hub.sqlite").display());
        let listen = free_address();
        let mut command = Command::new(SAMRUAT);
        command.args(["serve", "--database-url", &database, "--listen", &listen]);
        Self::spawn(command, listen, database, dir)
    }

    /// Starts what only appends to the log.
    pub(crate) fn start_floor() -> Self {
        let dir = fresh_dir("floor");
        let database = format!("sqlite:{}", dir.join("floor.sqlite").display());
        let listen = free_address();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([crate::floor::WORD, &listen, &database]);
        Self::spawn(command, listen, database, dir)
    }

    fn spawn(mut command: Command, listen: String, database: String, dir: PathBuf) -> Self {
        let log = std::fs::File::create(dir.join("log")).unwrap();
        let child =
            command.stdout(Stdio::from(log.try_clone().unwrap())).stderr(Stdio::from(log)).spawn().unwrap();
        let hub = Self { child, url: format!("http://{listen}"), database, dir };
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut client = Client::new(&hub.url, None).unwrap();
        while client.get("/livez").is_err() {
            assert!(
                Instant::now() < deadline,
                "the hub does not start: see {}",
                hub.dir.join("log").display()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        hub
    }

    /// A one-time code for a device of these villages.
    pub(crate) fn code(&self, villages: &str) -> String {
        let output = Command::new(SAMRUAT)
            .args([
                "enroll",
                "--json",
                "--database-url",
                &self.database,
                "--person",
                "วัดผล",
                "--villages",
                villages,
            ])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        answer["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn used(&self) -> Used {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        let io = std::fs::read_to_string(format!("/proc/{}/io", self.child.id())).unwrap();
        let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")).unwrap();
        // A tick is 10 ms on every Linux that this is run on.
        Used { cpu: Duration::from_millis(ticks * 10), written_bytes: written.parse().unwrap() }
    }

    /// Resident memory that is the process's own, in MB.
    pub(crate) fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let kb = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        kb.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::fs::remove_dir_all(&self.dir).unwrap();
    }
}

pub(crate) fn fresh_dir(name: &str) -> PathBuf {
    let root = std::env::var_os("SAMRUAT_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = Path::new(&root).join(format!("samruat-bench-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}
