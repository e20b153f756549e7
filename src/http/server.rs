//! The server: it listens, serves, and goes when it is told to, without cutting anything in half.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{HttpServer, rt};
use tokio::sync::oneshot;

use super::app::App;
use super::routes;
use super::trace::trace;

/// Requests that wait for a thread to take them.
const BACKLOG: u32 = 1_024;

/// A running server. It is stopped when it is dropped.
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Server {
    /// Starts to serve on the address of the configuration, in a thread of its own. Port 0 takes a
    /// free one; [`Server::address`] tells which.
    ///
    /// # Errors
    /// The system's, e.g. that the address is in use.
    pub fn start(app: App) -> io::Result<Self> {
        let listener = TcpListener::bind(app.config.listen)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("samruat-http".to_owned())
            .spawn(move || rt::System::new().block_on(serve(app, listener, stopped)))?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until the system asks the program to end (SIGTERM or SIGINT) and the server has finished
    /// what it was at.
    ///
    /// # Errors
    /// The system's.
    pub fn wait(mut self) -> io::Result<()> {
        self.join()
    }

    /// Lets the server finish what it is at, and stops it.
    ///
    /// # Errors
    /// The system's.
    pub fn stop(mut self) -> io::Result<()> {
        self.tell();
        self.join()
    }

    fn tell(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have stopped by itself.
            let _gone = stop.send(());
        }
    }

    fn join(&mut self) -> io::Result<()> {
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("the server's thread panicked")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tell();
        if let Err(error) = self.join() {
            tracing::error!(%error, "the server failed");
        }
    }
}

async fn serve(app: App, listener: TcpListener, stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let config = app.config.clone();
    let state = app.clone();
    let server = HttpServer::new(move || {
        actix_web::App::new().app_data(state.clone()).configure(routes::configure).wrap(from_fn(trace))
    })
    .workers(config.workers)
    .backlog(BACKLOG)
    .max_connections(config.connections_max)
    .worker_max_blocking_threads(config.blocking_tasks_max)
    .client_request_timeout(config.request_timeout)
    .shutdown_timeout(config.shutdown_timeout.as_secs())
    .disable_signals()
    .listen(listener)?
    .run();
    rt::spawn(stop_when(app, server.handle(), stopped));
    server.await
}

/// Waits for a reason to stop; then the hub says that it is not ready, goes on for a while, so that a
/// proxy can see that, and stops.
async fn stop_when(app: App, server: ServerHandle, stopped: oneshot::Receiver<()>) {
    let asked = async {
        // Only a server whose owner is gone without a word waits for the system alone.
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = asked => {}
        () = signal() => {
            tracing::info!("asked to stop");
            app.drain();
            tokio::time::sleep(app.config.drain).await;
        }
    }
    app.drain();
    server.stop(true).await;
}

/// Waits until the system asks the program to end.
fn signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    async {
        let (mut term, mut interrupt) =
            match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
                (Ok(term), Ok(interrupt)) => (term, interrupt),
                (Err(error), _) | (_, Err(error)) => {
                    tracing::error!(%error, "signals cannot be received");
                    return std::future::pending().await;
                }
            };
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}
