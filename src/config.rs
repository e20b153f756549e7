//! What a hub is told when it starts: one typed value, handed down; there is no global.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// The database that a hub uses unless it is told another.
pub const DATABASE_URL_DEFAULT: &str = "sqlite:samruat.sqlite";

/// How a hub serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The folder of the volunteer's app, where it is not the one in the program that is served.
    pub app_folder: Option<PathBuf>,
    /// Where photos are kept: a folder, or `s3://bucket/prefix`; beside the database where nothing is said.
    pub photos: Option<String>,
    /// The browser that PDFs are printed with; where nothing is said one is looked for on the `PATH`.
    pub chromium: Option<PathBuf>,
    /// How many times in a row one device may ask something about its uploads of photos.
    pub upload_requests: NonZeroU32,
    /// After how long it may ask once more.
    pub upload_request_every: Duration,
    /// Threads that read requests and write replies.
    pub workers: usize,
    /// Requests that may be at work on the database at the same time; the next one waits.
    pub blocking_tasks_max: usize,
    /// How long a request waits for that before it is told to come back later.
    pub blocking_wait: Duration,
    /// Connections that one worker keeps open.
    pub connections_max: usize,
    /// How long a client may take to send the head of its request.
    pub request_timeout: Duration,
    /// How long a client may be silent in the middle of a body.
    pub body_idle: Duration,
    /// How many times in a row one client address may try enrolment codes. A village's volunteers may
    /// all come from one address on the day of their training.
    pub enrolment_attempts: NonZeroU32,
    /// After how long one more attempt is allowed.
    pub enrolment_attempt_every: Duration,
    /// For how many days an enrolment code is valid.
    pub enrolment_days: u16,
    /// How many times in a row one client address may try to sign in: an office's people may share one.
    pub sign_in_attempts: NonZeroU32,
    /// After how long one more attempt is allowed.
    pub sign_in_attempt_every: Duration,
    /// How many times in a row somebody may try to sign in with one name.
    pub name_attempts: NonZeroU32,
    /// After how long one more attempt is allowed.
    pub name_attempt_every: Duration,
    /// Passwords that may be checked at the same time; each takes memory.
    pub password_checks_max: usize,
    /// After how long without a request somebody is signed out.
    pub session_idle: Duration,
    /// After how long somebody is signed out in any case.
    pub session_max: Duration,
    /// Whether a proxy stands before the hub, whose `X-Forwarded-For` tells the client's address.
    pub behind_proxy: bool,
    /// How long a hub that was told to stop goes on serving, so that a proxy can see that it is not
    /// ready any more.
    pub drain: Duration,
    /// How long it then waits for the requests that it is at.
    pub shutdown_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
            app_folder: None,
            photos: None,
            chromium: None,
            upload_requests: NonZeroU32::MIN.saturating_add(599),
            upload_request_every: Duration::from_millis(500),
            workers: std::thread::available_parallelism().map_or(2, |count| count.get().min(8)),
            blocking_tasks_max: 128,
            blocking_wait: Duration::from_secs(2),
            connections_max: 4_096,
            request_timeout: Duration::from_secs(30),
            body_idle: Duration::from_secs(60),
            enrolment_attempts: NonZeroU32::MIN.saturating_add(29),
            enrolment_attempt_every: Duration::from_secs(2),
            enrolment_days: 7,
            sign_in_attempts: NonZeroU32::MIN.saturating_add(29),
            sign_in_attempt_every: Duration::from_secs(10),
            name_attempts: NonZeroU32::MIN.saturating_add(9),
            name_attempt_every: Duration::from_secs(30),
            password_checks_max: 4,
            session_idle: Duration::from_secs(60 * 60),
            session_max: Duration::from_secs(12 * 60 * 60),
            behind_proxy: false,
            drain: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}
