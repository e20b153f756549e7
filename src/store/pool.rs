//! A bounded set of connections: made when they are needed, kept while they are sound.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::conn::{Conn, Connect};
use super::error::StoreError;
use crate::clock::Deadline;

/// Connections to one database.
pub(crate) struct Pool {
    connect: Connect,
    size: usize,
    wait: Duration,
    state: Mutex<State>,
    returned: Condvar,
}

struct State {
    idle: Vec<Conn>,
    out: usize,
    closed: bool,
}

impl Pool {
    /// At most `size` connections; whoever finds all of them out waits for `wait` at most.
    pub(crate) fn new(size: usize, wait: Duration, connect: Connect) -> Self {
        let state = State { idle: Vec::new(), out: 0, closed: false };
        Self { connect, size: size.max(1), wait, state: Mutex::new(state), returned: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock is held cannot leave the counts wrong: nothing between two updates panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` with a connection.
    pub(crate) fn with<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut lease = self.lease()?;
        work(lease.conn()?)
    }

    fn lease(&self) -> Result<Lease<'_>, StoreError> {
        let deadline = Deadline::after(self.wait);
        let mut state = self.state();
        loop {
            if state.closed {
                return Err(StoreError::Closed);
            }
            if let Some(conn) = state.idle.pop() {
                state.out += 1;
                return Ok(Lease { pool: self, conn: Some(conn) });
            }
            if state.out < self.size {
                state.out += 1;
                drop(state);
                return Ok(Lease { pool: self, conn: None });
            }
            let left = deadline.left();
            if left.is_zero() {
                return Err(StoreError::Busy(format!("all {} connections are in use", self.size)));
            }
            state = self.returned.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Drops the connections that are idle: where one was found broken, they often all are.
    pub(crate) fn drop_idle(&self) {
        self.state().idle.clear();
    }

    /// Closes idle connections, and the others as they come back.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.idle.clear();
        self.returned.notify_all();
    }
}

/// A connection on loan; it goes back by itself, also when its user panics.
struct Lease<'a> {
    pool: &'a Pool,
    conn: Option<Conn>,
}

impl Lease<'_> {
    fn conn(&mut self) -> Result<&mut Conn, StoreError> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => (self.pool.connect)()?,
        };
        Ok(self.conn.insert(conn))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let sound = self.conn.take().and_then(|mut conn| (!conn.is_broken()).then_some(conn));
        let mut state = self.pool.state();
        state.out -= 1;
        if let Some(conn) = sound
            && !state.closed
        {
            state.idle.push(conn);
        }
        self.pool.returned.notify_one();
    }
}
