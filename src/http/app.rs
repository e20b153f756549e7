//! What every handler is given: the database, the configuration, the clock, and a place at work.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::{Ready, ready};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sync_protocol::ids::DeviceId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::app_files::AppFiles;
use super::credentials::random;
use super::metrics::Metrics;
use super::problem::Problem;
use crate::area::Areas;
use crate::clock::{Clock, Stopwatch};
use crate::config::Config;
use crate::forms;
use crate::photos::{PhotoError, Photos, Place};
use crate::projection::Form;
use crate::store::{Database, StoreError, meta};
use crate::sync::{Hub, SyncError};

/// How long a PDF waits for those before it.
const PRINT_WAIT: Duration = Duration::from_secs(20);

/// The state of a hub. Cloning it is cheap.
#[derive(Clone)]
pub struct App {
    inner: Arc<AppState>,
}

/// What an [`App`] holds.
pub struct AppState {
    /// The hub's database.
    pub database: Database,
    /// The hub's side of the protocol, on that database.
    pub hub: Hub,
    /// The photos.
    pub photos: Photos,
    /// How it serves.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The form that the read model is made by.
    pub form: &'static Form,
    /// The areas that there are.
    pub areas: &'static Areas,
    /// The volunteer's app, as it is served.
    pub app_files: AppFiles,
    /// What is counted.
    pub metrics: Metrics,
    /// Since when the hub runs.
    pub started: Stopwatch,
    /// What pseudonyms are made with; the same for every hub of this database.
    pub secret: String,
    places: Arc<Semaphore>,
    password_places: Arc<Semaphore>,
    print_place: Arc<Semaphore>,
    enrolment_attempts: DefaultKeyedRateLimiter<IpAddr>,
    sign_in_attempts: DefaultKeyedRateLimiter<IpAddr>,
    name_attempts: DefaultKeyedRateLimiter<String>,
    upload_requests: DefaultKeyedRateLimiter<DeviceId>,
    draining: AtomicBool,
}

/// Why a hub cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database's own.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What an older version left unassessed could not be assessed.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// There is no place for photos.
    #[error(transparent)]
    Photos(#[from] PhotoError),
}

impl App {
    /// The state of a hub on this database.
    ///
    /// # Errors
    /// The database's own, and that photos cannot be kept where they were to be.
    pub fn new(database: Database, config: Config, clock: Clock) -> Result<Self, StartError> {
        let attempts = quota(config.enrolment_attempt_every, config.enrolment_attempts);
        let upload_requests = quota(config.upload_request_every, config.upload_requests);
        let place = match &config.photos {
            Some(place) => Place::parse(place)?,
            None => Place::beside(database.url()),
        };
        forms::note_all(&database)?;
        let state = AppState {
            places: Arc::new(Semaphore::new(config.blocking_tasks_max)),
            password_places: Arc::new(Semaphore::new(config.password_checks_max)),
            print_place: Arc::new(Semaphore::new(1)),
            enrolment_attempts: RateLimiter::keyed(attempts),
            sign_in_attempts: RateLimiter::keyed(quota(
                config.sign_in_attempt_every,
                config.sign_in_attempts,
            )),
            name_attempts: RateLimiter::keyed(quota(config.name_attempt_every, config.name_attempts)),
            upload_requests: RateLimiter::keyed(upload_requests),
            draining: AtomicBool::new(false),
            photos: Photos::open(&place)?,
            form: Form::built_in(),
            areas: Areas::bundled(),
            app_files: AppFiles::new(config.app_folder.clone()),
            metrics: Metrics::new(),
            started: Stopwatch::start(),
            secret: secret_of(&database)?,
            hub: Hub::new(database.clone(), clock.clone())?,
            database,
            config,
            clock,
        };
        Ok(Self { inner: Arc::new(state) })
    }

    /// Runs what blocks (the database, compression) on a thread for it. It is run to its end even if
    /// the client goes away, so that nothing is cut in half.
    ///
    /// # Errors
    /// [`Problem::Busy`] if no place was free in time; what `work` says.
    pub async fn block<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let place = tokio::time::timeout(self.config.blocking_wait, Arc::clone(&self.places).acquire_owned());
        let place = match place.await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) => return Err(Problem::NotReady("it is being stopped")),
            Err(_) => return Err(Problem::Busy("too many requests are at work".to_owned())),
        };
        let app = self.clone();
        let done = web::block(move || {
            let _place = place;
            work(&app)
        });
        done.await.map_err(|_| Problem::Internal("a handler panicked".to_owned()))?
    }

    /// Reads from the database on a thread for it.
    ///
    /// # Errors
    /// Those of [`App::block`] and of the database.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut crate::store::Conn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.block(move |app| Ok(app.database.read(read)?)).await
    }
}

impl AppState {
    /// From now on the hub says that it is not ready.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the hub is being stopped.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// How many more requests could be at work at once.
    #[must_use]
    pub fn free_places(&self) -> usize {
        self.places.available_permits()
    }

    /// Counts an attempt to use an enrolment code.
    ///
    /// # Errors
    /// [`Problem::TooManyAttempts`].
    pub fn attempt_enrolment(&self, request: &HttpRequest) -> Result<(), Problem> {
        let address = client_address(request, self.config.behind_proxy);
        if self.enrolment_attempts.len() > 10_000 {
            self.enrolment_attempts.retain_recent();
        }
        let retry_seconds = wait_seconds(&self.enrolment_attempts, &address);
        retry_seconds.map_or(Ok(()), |retry_seconds| Err(Problem::TooManyAttempts { retry_seconds }))
    }

    /// Counts an attempt to sign in with this name.
    ///
    /// # Errors
    /// [`Problem::TooManyAttempts`].
    pub fn attempt_sign_in(&self, request: &HttpRequest, name: &str) -> Result<(), Problem> {
        let address = client_address(request, self.config.behind_proxy);
        if self.sign_in_attempts.len() > 10_000 {
            self.sign_in_attempts.retain_recent();
        }
        if self.name_attempts.len() > 10_000 {
            self.name_attempts.retain_recent();
        }
        let wait = wait_seconds(&self.sign_in_attempts, &address)
            .or_else(|| wait_seconds(&self.name_attempts, &name.to_owned()));
        wait.map_or(Ok(()), |retry_seconds| Err(Problem::TooManyAttempts { retry_seconds }))
    }

    /// A place to check a password at, which takes memory; it is given up when it is dropped.
    ///
    /// # Errors
    /// [`Problem::Busy`] if none was free in time.
    pub async fn password_place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let place = Arc::clone(&self.password_places).acquire_owned();
        match tokio::time::timeout(self.config.blocking_wait, place).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Problem::Busy("too many people sign in".to_owned())),
        }
    }

    /// The place to print a PDF at: a browser takes more memory than the hub.
    ///
    /// # Errors
    /// [`Problem::Busy`] if it was not free in time.
    pub async fn print_place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let place = Arc::clone(&self.print_place).acquire_owned();
        match tokio::time::timeout(PRINT_WAIT, place).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Problem::Busy("other papers are being printed".to_owned())),
        }
    }

    /// Counts a request of a device about its uploads.
    ///
    /// # Errors
    /// [`Problem::TooManyRequests`].
    pub fn count_upload_request(&self, device: DeviceId) -> Result<(), Problem> {
        if self.upload_requests.len() > 10_000 {
            self.upload_requests.retain_recent();
        }
        let retry_seconds = wait_seconds(&self.upload_requests, &device);
        retry_seconds.map_or(Ok(()), |retry_seconds| Err(Problem::TooManyRequests { retry_seconds }))
    }
}

/// So many in a row, and one more each time that this has passed.
fn quota(every: Duration, burst: NonZeroU32) -> Quota {
    Quota::with_period(every).unwrap_or_else(|| Quota::per_second(burst)).allow_burst(burst)
}

/// Counts one; if that is one too many, gives the seconds after which it would not be.
fn wait_seconds<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Option<u32> {
    let until = limiter.check_key(key).err()?;
    let wait = until.wait_time_from(DefaultClock::default().now());
    Some(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
}

/// The name under which the database keeps the secret.
const SECRET: &str = "pseudonym_secret";

/// The secret of this database; drawn when it is first asked for.
fn secret_of(database: &Database) -> Result<String, StoreError> {
    if let Some(secret) = database.read(|conn| meta::get(conn, SECRET))? {
        return Ok(secret);
    }
    let fresh: [u8; 32] = random().map_err(|error| StoreError::Unreachable(error.to_string()))?;
    let fresh = data_encoding::HEXLOWER.encode(&fresh);
    let written = database.write(move |tx| match meta::get(tx, SECRET)? {
        Some(secret) => Ok(secret),
        None => meta::set(tx, SECRET, &fresh).map(|()| fresh.clone()),
    });
    // Another hub on the same database may have been first.
    match written {
        Err(error) => database.read(|conn| meta::get(conn, SECRET))?.ok_or(error),
        written => written,
    }
}

/// The address that a request comes from; of an IPv6 address the network, which one client has many
/// addresses in. Behind a proxy it is the last one that the proxy wrote down: those before it are the
/// client's own words.
fn client_address(request: &HttpRequest, behind_proxy: bool) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
    let forwarded = behind_proxy.then(|| {
        let header = request.headers().get_all("x-forwarded-for").last()?;
        header.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
    });
    match forwarded.flatten().unwrap_or(peer) {
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => IpAddr::V4(mapped),
            None => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
        },
        address => address,
    }
}

impl Deref for App {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.inner
    }
}

impl FromRequest for App {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<Self>().cloned();
        ready(app.ok_or_else(|| Problem::Internal("the server has no state".to_owned())))
    }
}
