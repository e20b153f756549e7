//! `samruat serve`: the hub.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::log::{self, LogFormat};
use super::{CliError, DatabaseArgs};
use crate::clock::Clock;
use crate::config::Config;
use crate::http::{App, Server};
use crate::store::{Options, people};

/// Run the hub.
///
/// The database is made, or brought up to date, when the hub starts. Put a reverse proxy with TLS before
/// a hub that the internet reaches, and say --behind-proxy. SIGTERM stops it: it finishes what it is at.
///
///   samruat serve
///   samruat serve --database-url postgres://samruat@db/samruat --listen 0.0.0.0:8080 --behind-proxy
///
/// SAMRUAT_LOG says what is logged (info unless said), e.g. warn or samruat=debug.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Serve {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", env = "SAMRUAT_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where photos are kept: a folder, or s3://BUCKET/PREFIX, with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
    /// AWS_REGION and AWS_ENDPOINT in the environment [default: beside the database]
    #[arg(long, value_name = "PLACE", env = "SAMRUAT_PHOTOS")]
    photos: Option<String>,
    /// The browser that PDFs are printed with [default: Chromium or Chrome, if one is on the PATH]
    #[arg(long, value_name = "PROGRAM", env = "SAMRUAT_CHROMIUM")]
    chromium: Option<PathBuf>,
    /// Serve the volunteer's app from this folder, and not the one in the program: for who changes the app
    #[arg(long, value_name = "DIR")]
    app: Option<PathBuf>,
    /// A reverse proxy stands before the hub and tells clients' addresses in X-Forwarded-For
    #[arg(long, env = "SAMRUAT_BEHIND_PROXY")]
    behind_proxy: bool,
    /// Threads that read requests and write replies [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    workers: Option<u8>,
    /// Connections to PostgreSQL
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..))]
    connections: u8,
    /// Seconds for which a hub that was told to stop goes on serving while /readyz says 503
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    drain: u16,
    /// How log lines are written [default: json, or text in a terminal]
    #[arg(long, value_name = "FORMAT")]
    log: Option<LogFormat>,
}

impl Serve {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        log::begin(self.log);
        if let Some(folder) = self.app.as_ref().filter(|folder| !folder.join("index.html").is_file()) {
            let folder = folder.display();
            return Err(CliError::Usage(format!("there is no index.html in {folder}: build the app first")));
        }
        let options = Options { connections: usize::from(self.connections), ..Options::default() };
        let database = self.database.open_or_make_with(options)?;
        let default = Config::default();
        let config = Config {
            listen: self.listen,
            app_folder: self.app,
            photos: self.photos,
            chromium: self.chromium,
            workers: self.workers.map_or(default.workers, usize::from),
            behind_proxy: self.behind_proxy,
            drain: Duration::from_secs(self.drain.into()),
            ..default
        };
        let app = App::new(database.clone(), config, clock.clone())?;
        if database.read(people::all)?.is_empty() {
            tracing::info!(
                "nobody can sign in at /office yet: samruat person add NAME --role coordinator --area CODE"
            );
        }
        let listen = |error| CliError::Listen { address: self.listen.to_string(), error };
        let server = Server::start(app).map_err(listen)?;
        let url = server.url();
        if json {
            println!("{}", json!({ "url": url }));
        } else {
            println!("ศูนย์กลางข้อมูลพร้อมที่ {url} / the hub is ready at {url}");
        }
        let served = server.wait();
        // Writes its log back into the file.
        database.close();
        served.map_err(CliError::Server)?;
        Ok(String::new())
    }
}
