//! The one writer of a SQLite database: a thread that takes all waiting tasks, runs them in one
//! transaction, commits once, and only then answers them.
//!
//! A durable commit costs the same for one task as for fifty. A task that fails or panics leaves no
//! trace and hurts no other: the others run again without it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::conn::{Conn, Connect, Tx, catch};
use super::error::{StoreError, TxError};
use crate::clock::Deadline;

/// How many tasks share a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitMode {
    /// All that wait, up to the queue's length.
    Group,
    /// One each: what the group is compared with.
    Each,
}

/// A task on its way through the writer.
trait Task: Send {
    /// Runs it; whether its writes are to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Forgets what it did and says what happened instead.
    fn fail(&mut self, error: StoreError);
    /// Tells whoever waits.
    fn answer(self: Box<Self>);
}

struct TaskOf<T, E, F> {
    work: F,
    result: Option<Result<T, E>>,
    reply: SyncSender<Result<T, E>>,
}

impl<T, E, F> Task for TaskOf<T, E, F>
where
    T: Send,
    E: TxError,
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let result = (self.work)(tx);
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn fail(&mut self, error: StoreError) {
        self.result = Some(Err(error.into()));
    }

    fn answer(self: Box<Self>) {
        let result = self.result.unwrap_or_else(|| Err(StoreError::Closed.into()));
        // Whoever asked may have gone; what was committed stays committed.
        drop(self.reply.send(result));
    }
}

/// The writer's thread and the queue before it.
pub(crate) struct Writer {
    queue: Mutex<Option<SyncSender<Box<dyn Task>>>>,
    wait: Duration,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// When the writer is idle for this long, it moves the write-ahead log into the database.
const IDLE_BEFORE_CHECKPOINT: Duration = Duration::from_secs(2);

impl Writer {
    /// A writer on its own connection; `queue_len` tasks may wait, the next one for `wait` until
    /// there is room.
    pub(crate) fn start(
        connect: Connect,
        mode: CommitMode,
        queue_len: usize,
        wait: Duration,
    ) -> Result<Self, StoreError> {
        let (queue, tasks) = sync_channel(queue_len);
        let group_max = if mode == CommitMode::Group { queue_len.max(1) } else { 1 };
        let conn = connect()?;
        let thread = std::thread::Builder::new()
            .name("samruat-writer".to_owned())
            .spawn(move || serve(conn, &connect, &tasks, group_max))
            .map_err(|error| {
                StoreError::Unreachable(format!("the writer's thread did not start: {error}"))
            })?;
        Ok(Self { queue: Mutex::new(Some(queue)), wait, thread: Mutex::new(Some(thread)) })
    }

    /// Runs `work` in a write transaction and waits until it is durable.
    pub(crate) fn write<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: TxError,
    {
        let (reply, answer) = sync_channel(1);
        self.enqueue(Box::new(TaskOf { work, result: None, reply }))?;
        answer.recv().unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Lets the tasks that wait finish, then closes the connection.
    pub(crate) fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the writer's thread panicked");
        }
    }

    fn enqueue(&self, mut task: Box<dyn Task>) -> Result<(), StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue = queue.ok_or(StoreError::Closed)?;
        let deadline = Deadline::after(self.wait);
        loop {
            match queue.try_send(task) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Disconnected(_)) => return Err(StoreError::Closed),
                Err(TrySendError::Full(_)) if deadline.left().is_zero() => {
                    return Err(StoreError::Busy("too many writes are waiting".to_owned()));
                }
                Err(TrySendError::Full(back)) => {
                    task = back;
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn serve(mut conn: Conn, connect: &Connect, tasks: &Receiver<Box<dyn Task>>, group_max: usize) {
    let mut unsaved = false;
    loop {
        let first = match tasks.recv_timeout(IDLE_BEFORE_CHECKPOINT) {
            Ok(task) => task,
            Err(RecvTimeoutError::Timeout) => {
                if std::mem::take(&mut unsaved) {
                    checkpoint(&mut conn, "PASSIVE");
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut group = vec![first];
        while group.len() < group_max
            && let Ok(task) = tasks.try_recv()
        {
            group.push(task);
        }
        let outcome = catch(|| run_group(&mut conn, &mut group));
        let is_lost = outcome.is_err() || conn.is_broken();
        if let Err(text) = outcome {
            group.iter_mut().for_each(|task| task.fail(StoreError::Panicked(text.clone())));
        }
        unsaved = true;
        group.into_iter().for_each(Task::answer);
        if is_lost {
            match connect() {
                Ok(fresh) => conn = fresh,
                Err(error) => tracing::error!(%error, "the writer lost its connection"),
            }
        }
    }
    checkpoint(&mut conn, "TRUNCATE");
}

fn checkpoint(conn: &mut Conn, mode: &str) {
    if let Err(error) = conn.batch(&format!("PRAGMA wal_checkpoint({mode})")) {
        tracing::warn!(%error, "the write-ahead log could not be moved into the database");
    }
}

/// Runs the tasks in one transaction. When one of them fails, which is rare, all are undone and each
/// runs again in a transaction of its own: that costs less than a savepoint for each that does not.
fn run_group(conn: &mut Conn, group: &mut [Box<dyn Task>]) {
    if !run_together(conn, group) && group.len() > 1 {
        for task in group {
            run_together(conn, std::slice::from_mut(task));
        }
    }
}

/// Runs the tasks in one transaction; whether none of them failed. If one did, nothing of any of them
/// is kept. The same if the transaction cannot begin or be committed, and each is told so.
fn run_together(conn: &mut Conn, tasks: &mut [Box<dyn Task>]) -> bool {
    if let Err(error) = conn.begin_write() {
        tasks.iter_mut().for_each(|task| task.fail(not_written(&error)));
        return true;
    }
    for task in &mut *tasks {
        let keep = catch(|| task.run(&mut Tx::of(conn))).unwrap_or_else(|text| {
            task.fail(StoreError::Panicked(text));
            false
        });
        if !keep {
            conn.roll_back();
            return false;
        }
    }
    if let Err(error) = conn.commit() {
        tasks.iter_mut().for_each(|task| task.fail(not_written(&error)));
        if conn.is_broken() {
            conn.roll_back();
        }
    }
    true
}

fn not_written(error: &StoreError) -> StoreError {
    match error {
        StoreError::Busy(message) => StoreError::Busy(message.clone()),
        other => StoreError::Unreachable(format!("nothing was written: {other}")),
    }
}
