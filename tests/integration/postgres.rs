//! A PostgreSQL server for the tests: Debian's own binaries, a temporary folder, a free port of the loopback
//! interface. It is started by the first test that asks for a [`Database`], about two seconds, and it stops
//! when the test process ends, however that ends: a shell holds the server and reads a pipe whose other end
//! only the test process has.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const INSTALL: &str = "PostgreSQL is not installed. This line installs it:\n  \
    sudo apt-get update && sudo apt-get install --yes --no-install-recommends postgresql";

/// What the shell does that holds the server. Arguments: the folder of PostgreSQL's programs, the port; the
/// password comes as the first line of standard input. Durability is off: nothing outlives the tests.
const KEEPER: &str = r#"
set -eu
umask 077
programs=$1 port=$2
read -r password
folder=$(mktemp -d /tmp/samruat-postgres.XXXXXX)
trap 'rm -rf "$folder"' EXIT
printf '%s\n' "$password" >"$folder/password"
"$programs/initdb" --pgdata="$folder/cluster" --username=samruat --pwfile="$folder/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
"$programs/pg_ctl" --pgdata="$folder/cluster" --log="$folder/log" --wait --silent --options="-p $port \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c timezone=UTC \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off" \
    start >&2 || { cat "$folder/log" >&2; exit 1; }
echo "$folder"
cat >/dev/null
"$programs/pg_ctl" --pgdata="$folder/cluster" --mode=immediate --silent stop
"#;

/// An empty database of its own for one test.
pub(crate) struct Database {
    url: String,
}

impl Database {
    /// Makes a database on the server of this test process, which is started if it is not running yet.
    pub(crate) fn new() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let server = SERVER.get_or_init(|| Server::start().unwrap_or_else(|trouble| panic!("{trouble}")));
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        psql(&server.url("postgres"), &["--command", &create]).unwrap();
        Self { url: server.url(&name) }
    }

    /// The URL that a hub is given: `postgres://user:password@127.0.0.1:port/name`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements; gives the rows, a line for each, the columns parted by tabs.
    pub(crate) fn run(&self, sql: &str) -> Result<String, String> {
        psql(&self.url, &["--command", sql])
    }

    /// Runs a file of statements as one transaction, as a migration is run.
    pub(crate) fn run_file(&self, path: &Path) -> Result<String, String> {
        psql(&self.url, &["--single-transaction", "--file", path.to_str().unwrap()])
    }
}

/// A running server. It lives as long as the pipe to its keeper is open.
struct Server {
    keeper: Child,
    lifeline: ChildStdin,
    folder: PathBuf,
    port: u16,
    password: String,
}

impl Server {
    fn start() -> Result<Self, String> {
        let programs = programs().ok_or(INSTALL)?;
        // Between our look for a free port and the server's start somebody else may take it.
        let mut attempts = (0..3).map(|_| Self::start_on(&programs, free_port()));
        attempts.by_ref().find(Result::is_ok).unwrap_or_else(|| Self::start_on(&programs, free_port()))
    }

    fn start_on(programs: &Path, port: u16) -> Result<Self, String> {
        let password = random_word();
        let mut keeper = unprivileged("sh")
            .args(["-c", KEEPER, "sh", programs.to_str().unwrap(), &port.to_string()])
            .current_dir("/")
            .process_group(0) // Ctrl-C ends the tests first; then the pipe closes and the server is stopped
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("cannot start the keeper of PostgreSQL: {e}"))?;
        let mut lifeline = keeper.stdin.take().unwrap();
        let mut said = String::new();
        let written = writeln!(lifeline, "{password}");
        let read = BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said);
        if written.is_ok() && read.is_ok_and(|length| length > 0) {
            let folder = PathBuf::from(said.trim_end());
            return Ok(Self { keeper, lifeline, folder, port, password });
        }
        let mut complaint = String::new();
        let _ = keeper.stderr.take().unwrap().read_to_string(&mut complaint);
        let _ = keeper.wait();
        Err(format!("PostgreSQL did not start on port {port}:\n{complaint}"))
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://samruat:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    fn listens(&self) -> bool {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
    }
}

/// Runs psql to its end: the rows, or what it complained of.
fn psql(url: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(programs().ok_or(INSTALL)?.join("psql"))
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator", "\t"])
        .args(["--set", "ON_ERROR_STOP=1", "--dbname", url])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("cannot start psql: {e}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The folder of PostgreSQL's own programs: the newest version of Debian's, or what the `PATH` has.
fn programs() -> Option<PathBuf> {
    let version = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let mut folders: Vec<PathBuf> =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|e| e.path()).collect();
    folders.sort_by_key(version);
    let debian = folders.into_iter().rev().map(|folder| folder.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian.chain(std::env::split_paths(&path)).find(|folder| folder.join("initdb").is_file())
}

/// PostgreSQL refuses to run as root; Debian's package brings a user for it.
fn unprivileged(program: &str) -> Command {
    if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", program]);
        command
    } else {
        Command::new(program)
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn random_word() -> String {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn each_test_has_a_database_of_its_own() {
    let (one, other) = (Database::new(), Database::new());
    assert_ne!(one.url(), other.url());
    for database in [&one, &other] {
        database.run("CREATE TABLE visits (note TEXT)").unwrap();
    }
    one.run("INSERT INTO visits VALUES ('ไม่มีคนอยู่บ้าน')").unwrap();
    assert_eq!(one.run("SELECT note, 1 FROM visits").unwrap(), "ไม่มีคนอยู่บ้าน\t1\n");
    assert_eq!(other.run("SELECT note, 1 FROM visits").unwrap(), "");
    assert!(one.run("SELECT nothing").unwrap_err().contains("does not exist"));
}

#[test]
fn the_server_stops_and_leaves_nothing_when_its_pipe_closes() {
    let server = Server::start().unwrap();
    assert!(server.listens());
    let stranger = server.url("postgres").replace(&server.password, "guessed");
    assert!(psql(&stranger, &["--command", "SELECT 1"]).unwrap_err().contains("authentication failed"));

    let Server { mut keeper, lifeline, folder, port, .. } = server;
    drop(lifeline); // what the kernel does when a test process is killed
    assert!(keeper.wait().unwrap().success());
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
    assert!(!folder.exists());
}
