//! `samruat demo`: a hub and three devices play the whole loop once; then the hub stays up.

mod story;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use sync_protocol::ids::TambonCode;

pub use story::DemoError;

use super::key::make_key;
use super::person::add_person;
use super::{CliError, operator};
use crate::clock::{Clock, Micros};
use crate::config::Config;
use crate::http::credentials::EnrolmentCode;
use crate::http::devices::issue_code;
use crate::http::passwords;
use crate::http::{App, Server};
use crate::samples::Sample;
use crate::store::api_keys::Role;
use crate::store::villages::{self, Expected};
use crate::store::{Database, StoreError};
use story::{PEOPLE, Stage, TAMBON, play, surveyed_before};

/// Houses that a village is expected to have beyond those surveyed before.
const NOT_YET_VISITED: usize = 12;

/// Show everything at work: a hub, three devices, a day without network.
///
/// All of it is real: the hub on SQLite, the devices with files of their own, HTTP in between. The
/// people are made up. When the story is told the hub stays up, with curl lines to try.
///
///   samruat demo
///   samruat demo --keep demo --listen 127.0.0.1:8090
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Demo {
    /// Where the hub listens
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Keep the hub's database and the devices in this new folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// How many households were surveyed before the story begins
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u16).range(1..=20_000))]
    households: u16,
    /// Tell the story and stop
    #[arg(long)]
    once: bool,
}

impl Demo {
    pub(super) fn run(self, clock: &Clock) -> Result<String, CliError> {
        let dir = match &self.keep {
            Some(dir) => dir.clone(),
            None => std::env::temp_dir().join(format!("samruat-demo-{}", std::process::id())),
        };
        if dir.join("hub.sqlite").exists() {
            return Err(CliError::Usage(format!(
                "{} holds a demo already; name a new folder with --keep",
                dir.display()
            )));
        }
        std::fs::create_dir_all(&dir).map_err(|error| CliError::file(&dir, error))?;
        let outcome = self.show(&dir, clock);
        if self.keep.is_none()
            && let Err(error) = std::fs::remove_dir_all(&dir)
        {
            eprintln!("{} could not be removed: {error}", dir.display());
        }
        outcome.map(|()| String::new())
    }

    fn show(&self, dir: &Path, clock: &Clock) -> Result<(), CliError> {
        let database = Database::open(&format!("sqlite:{}", dir.join("hub.sqlite").display()))?;
        let config = Config { listen: self.listen, ..Config::default() };
        let app = App::new(database.clone(), config, clock.clone())?;
        let listen = |error| CliError::Listen { address: self.listen.to_string(), error };
        let server = Server::start(app).map_err(listen)?;
        let url = server.url();
        println!("ศูนย์กลางข้อมูลพร้อมที่ {url}  (the hub is ready)");

        let tambon: TambonCode = TAMBON.parse().expect("a tambon code");
        let now = clock.now();
        let surveyed_before = surveyed_before(self.households);
        expect_houses(&database, &surveyed_before, now)?;
        let code = |person: &str| -> Result<String, CliError> {
            Ok(issue_code(&database, now, tambon, person.to_owned(), story::villages(), 1, &operator())?.code)
        };
        let codes = [code(PEOPLE[0])?, code(PEOPLE[1])?, code(PEOPLE[2])?];
        let key = |role| Ok::<_, CliError>(make_key(&database, role, tambon.into(), "demo", now)?.1);
        let stage = Stage {
            hub: &url,
            coordinator_key: &key(Role::Coordinator)?,
            fund_key: &key(Role::Fund)?,
            planner_key: &key(Role::Planner)?,
            codes: [&codes[0], &codes[1], &codes[2]],
            dir,
            surveyed_before: &surveyed_before,
        };
        play(&stage)?;
        let password = add_office(&database, tambon, now)?;
        println!("\nเข้าสู่ระบบสำนักงาน / sign in to the office's pages: {url}/office");
        println!("  coordinator, fund, planner    รหัสผ่าน / password: {password}");
        if self.once {
            server.stop().map_err(CliError::Server)
        } else {
            server.wait().map_err(CliError::Server)
        }
    }
}

/// Somebody of each role, with one password, which it gives.
fn add_office(database: &Database, tambon: TambonCode, now: Micros) -> Result<String, CliError> {
    let password = EnrolmentCode::draw(tambon)?.text().to_owned();
    let hash = passwords::hash(&password).map_err(|error| CliError::Usage(error.to_string()))?;
    for role in [Role::Coordinator, Role::Fund, Role::Planner] {
        add_person(database, role.name(), role, tambon.into(), hash.clone(), now)?;
    }
    Ok(password)
}

/// The roster of the demo's villages: the houses surveyed before, and some more.
fn expect_houses(database: &Database, surveyed: &[Sample], now: Micros) -> Result<(), StoreError> {
    let expected: Vec<Expected> = story::villages()
        .into_iter()
        .map(|village| Expected {
            village,
            name_th: None,
            houses: u32::try_from(
                surveyed.iter().filter(|sample| sample.village == village).count() + NOT_YET_VISITED,
            )
            .unwrap_or(u32::MAX),
            source: "demo".to_owned(),
            imported_at: now,
        })
        .collect();
    database.write(move |tx| expected.iter().try_for_each(|expected| villages::expect(tx, expected)))
}
