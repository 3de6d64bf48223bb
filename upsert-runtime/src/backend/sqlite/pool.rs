//! A small pool of SQLite connections for async code.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, InterruptHandle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::error::from_opening;
use crate::error::{Error, Kind};
use crate::report::Phase;
use crate::wait::in_runtime;

/// A pool of SQLite connections for async code: the work is done on threads that may block.
///
/// It needs a tokio runtime, whose threads these are, wherever something is awaited: without one, that is an
/// [`InvalidPlan`](crate::error::ErrorKind::InvalidPlan). Opening it, and dropping it, needs none.
///
/// It is cheap to clone; clones share the connections. A database in memory has one connection, because it lives in
/// it; one in a file has up to 4, of which one writes at a time. The settings of the database (journal mode, foreign
/// keys, …) are yours: [`open_with`](Self::open_with). `journal_mode = WAL` with `synchronous = NORMAL` suits most loads.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use upsert::SqlitePool;
///
/// let pool = SqlitePool::memory()?;
/// let two: i64 = pool.with(|connection| connection.query_row("SELECT 1 + 1", [], |row| row.get(0))).await??;
/// assert_eq!(two, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqlitePool(Arc<Shared>);

struct Shared {
    open: Opener,
    idle: Mutex<Vec<Connection>>,
    connections: Arc<Semaphore>,
    /// SQLite has one writer at a time; ours queue here, in order, instead of polling the file's lock.
    writer: Arc<Semaphore>,
}

enum Opener {
    Memory,
    File(PathBuf),
    Caller(Box<dyn Fn() -> rusqlite::Result<Connection> + Send + Sync>),
}

impl Opener {
    fn is_memory(&self) -> bool {
        matches!(self, Self::Memory)
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        match self {
            Self::Memory => Connection::open_in_memory(),
            Self::File(path) => Connection::open(path),
            Self::Caller(open) => open(),
        }
    }
}

impl SqlitePool {
    /// Connections to a database in a file.
    const FILE_CONNECTIONS: usize = 4;

    /// A pool of a database in a file, which is created if it is missing.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened. This call opens it, and so blocks for a moment.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::new(Opener::File(path.as_ref().to_owned()), Self::FILE_CONNECTIONS)
    }

    /// A pool of one connection to a new database in memory. The database is gone with the pool. A stream of rows that itself waits for
    /// the pool finds the connection taken while a call holds it, which one that commits as a whole does from its first row on: it waits
    /// in vain, until [`stall_timeout`](crate::options::UpsertOptions::stall_timeout).
    ///
    /// # Errors
    ///
    /// When SQLite cannot be set up.
    pub fn memory() -> Result<Self, Error> {
        Self::new(Opener::Memory, 1)
    }

    /// A pool whose connections a closure opens, all to the same database in a file, with the settings you like.
    ///
    /// ```
    /// use upsert::{SqlitePool, rusqlite::Connection};
    ///
    /// # let directory = std::env::temp_dir().join(format!("upsert-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # let path = directory.join("cities.sqlite");
    /// let pool = SqlitePool::open_with(move || {
    ///     let connection = Connection::open(&path)?;
    ///     connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")?;
    ///     Ok(connection)
    /// })?;
    /// # drop(pool);
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the closure fails. This call opens the first connection, and so blocks for a moment.
    pub fn open_with(open: impl Fn() -> rusqlite::Result<Connection> + Send + Sync + 'static) -> Result<Self, Error> {
        Self::new(Opener::Caller(Box::new(open)), Self::FILE_CONNECTIONS)
    }

    fn new(open: Opener, connections: usize) -> Result<Self, Error> {
        let first = open.open().map_err(from_opening)?;
        // `:memory:` and the like: every connection would have a database of its own.
        let in_memory = first.path().is_none_or(str::is_empty);
        let (open, connections) = if in_memory { (Opener::Memory, 1) } else { (open, connections) };
        Ok(Self(Arc::new(Shared {
            open,
            idle: Mutex::new(vec![first]),
            connections: Arc::new(Semaphore::new(connections)),
            writer: Arc::new(Semaphore::new(1)),
        })))
    }

    /// Does some work with a connection, on a thread that may block. A transaction that it leaves open is rolled back.
    ///
    /// # Errors
    ///
    /// When no connection can be opened, or there is no tokio runtime. What the work returns comes back as it is.
    ///
    /// # Cancellation
    ///
    /// Dropping the future interrupts the statement that is running. There is no deadline but yours
    /// (`tokio::time::timeout`).
    pub async fn with<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> R + Send + 'static,
    ) -> Result<R, Error> {
        let mut taken = self.take().await?;
        let result = taken.on_thread(|connection, _| work(connection)).await?;
        taken.give_back();
        Ok(result)
    }

    pub(super) async fn take(&self) -> Result<Taken, Error> {
        in_runtime()?;
        let permit = Arc::clone(&self.0.connections).acquire_owned().await.expect("the semaphore is never closed");
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            // It could not be cleaned, and was closed.
            None if self.0.open.is_memory() => return Err(lost()),
            None => {
                let shared = Arc::clone(&self.0);
                let opened = spawn_blocking(move || shared.open.open()).await.map_err(|_| lost())?;
                opened.map_err(from_opening)?
            }
        };
        let owned = Owned {
            connection: Some(connection),
            shared: Arc::clone(&self.0),
            clean: true,
            stage: None,
            _permit: permit,
        };
        Ok(Taken { owned: Some(owned) })
    }

    /// Waits for its turn to write.
    pub(super) async fn turn(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.0.writer).acquire_owned().await.expect("the semaphore is never closed")
    }
}

impl fmt::Debug for SqlitePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlitePool").finish_non_exhaustive()
    }
}

/// A connection taken from the pool. Dropped without `give_back`, it is closed (or, in memory, cleaned), on a thread
/// that may block.
pub(super) struct Taken {
    /// `None` while a thread works with it.
    owned: Option<Owned>,
}

/// The connection, wherever it is; dropping it is what puts it back or closes it.
struct Owned {
    connection: Option<Connection>,
    shared: Arc<Shared>,
    /// Whether it is as it was when it was taken.
    clean: bool,
    /// A staging table that is there.
    stage: Option<String>,
    _permit: OwnedSemaphorePermit,
}

impl Taken {
    /// Does some work on a thread that may block. Whoever stops waiting for it interrupts it.
    pub(super) async fn on_thread<R: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Connection, &AtomicBool) -> R + Send + 'static,
    ) -> Result<R, Error> {
        let mut owned = self.owned.take().ok_or_else(lost)?;
        owned.clean = false;
        let connection = owned.connection.as_ref().ok_or_else(lost)?;
        let job = Arc::new(Job::new(connection.get_interrupt_handle()));
        let watch = Watch(Arc::clone(&job));
        let working = spawn_blocking(move || {
            let connection = owned.connection.as_mut().expect("it leaves only when it is dropped");
            // Work that nobody waits for any more when its turn comes is not begun.
            let wanted = !job.abandoned.load(Ordering::Relaxed);
            // Also when it panics, and before somebody else has the connection.
            let ending = Ending(&job);
            let result = wanted.then(|| work(connection, &job.abandoned));
            drop(ending);
            (owned, result)
        });
        let joined = working.await;
        // Also if it never ran, because the runtime shuts down.
        watch.0.end();
        match joined {
            Ok((owned, result)) => {
                self.owned = Some(owned);
                result.ok_or_else(lost)
            }
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(lost()),
            },
        }
    }

    /// Does some work that may find the database locked by another program: again and again, until nobody waits for it
    /// any more. SQLite's own wait cannot be interrupted, so it is a short one here. A busy handler of the caller's does as
    /// it likes.
    pub(super) async fn on_thread_patiently<R: Send + 'static>(
        &mut self,
        work: impl Fn(&Connection, &AtomicBool) -> rusqlite::Result<R> + Send + 'static,
    ) -> Result<rusqlite::Result<R>, Error> {
        self.on_thread(move |connection, abandoned| {
            let callers: u64 = connection.query_row("PRAGMA busy_timeout", [], |row| row.get::<_, u32>(0))?.into();
            let again_after = |pause: Duration| loop {
                match work(connection, abandoned) {
                    Err(error) if is_busy(&error) && !abandoned.load(Ordering::Relaxed) => std::thread::sleep(pause),
                    result => break result,
                }
            };
            if callers == 0 {
                // SQLite does not wait at all, or asks a busy handler, which could not be put back.
                return again_after(SHORTEST_WAIT);
            }
            connection.busy_timeout(SHORT_WAIT)?;
            let result = again_after(Duration::ZERO);
            connection.busy_timeout(Duration::from_millis(callers))?;
            result
        })
        .await
    }

    /// Remembers a staging table, for whoever has to clean up.
    pub(super) fn set_stage(&mut self, drop_statement: Option<String>) {
        if let Some(owned) = &mut self.owned {
            owned.stage = drop_statement;
        }
    }

    /// Puts the connection back, if it is clean: a transaction that was left open is rolled back first.
    pub(super) fn give_back(mut self) {
        if let Some(mut owned) = self.owned.take() {
            owned.clean = owned.stage.is_none() && owned.connection.as_ref().is_some_and(Connection::is_autocommit);
            owned.put_away();
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(owned) = self.owned.take() {
            owned.put_away();
        }
    }
}

impl Owned {
    /// Drops it where that may block, unless there is nothing to do.
    fn put_away(self) {
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if !self.clean => drop(runtime.spawn_blocking(move || drop(self))),
            _ => drop(self),
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // A database in memory lives in its connection: it is cleaned instead of closed.
        let keep = self.clean || self.shared.open.is_memory() && clean(&connection, self.stage.take()).is_ok();
        if keep {
            self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

fn clean(connection: &Connection, stage: Option<String>) -> rusqlite::Result<()> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    stage.map_or(Ok(()), |drop_stage| connection.execute_batch(&drop_stage))
}

/// The wait between two tries where SQLite does not wait itself.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);
/// The longest wait of SQLite for a lock, between two looks at whether anybody still waits.
const SHORT_WAIT: Duration = Duration::from_millis(50);

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy))
}

/// Work on a thread, as both sides see it.
struct Job {
    abandoned: AtomicBool,
    /// Locked while it is decided whether to interrupt: what comes after the work must not be.
    ended: Mutex<bool>,
    handle: InterruptHandle,
}

impl Job {
    fn new(handle: InterruptHandle) -> Self {
        Self { abandoned: AtomicBool::new(false), ended: Mutex::new(false), handle }
    }

    fn end(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Interrupts the statement that is running, if there is one; tells whether the work has ended.
    fn interrupt(&self) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if !*ended {
            self.handle.interrupt();
        }
        *ended
    }
}

/// Ends a job when its work is done, or has panicked.
struct Ending<'j>(&'j Job);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Interrupts the work of a thread that nobody waits for any more.
struct Watch(Arc<Job>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abandoned.store(true, Ordering::Relaxed);
        if self.0.interrupt() {
            return;
        }
        // SQLite forgets an interrupt that comes between two statements.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let job = Arc::clone(&self.0);
            runtime.spawn_blocking(move || {
                let mut wait = Duration::from_millis(1);
                while !job.interrupt() {
                    std::thread::sleep(wait);
                    wait = (wait * 2).min(SHORT_WAIT);
                }
            });
        }
    }
}

/// The runtime is shutting down, and its threads with it.
fn lost() -> Error {
    Error::new(Kind::ConnectionLost, Phase::Write)
}
