//! Places that rows can be written to. A [`Backend`] is a place; a [`Session`] owns or borrows its connection for the
//! length of a call, and knows whether a transaction or savepoint of ours is open on it.
//!
//! None of the futures here is declared `Send`: each async place boxes its own run, where the compiler sees the concrete
//! types, and the blocking places need no `Send` at all.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::change::{Change, Difference};
use crate::error::{Error, Wait};
use crate::evolve::Look;
use crate::feed::Chunk;
use crate::fit::Database;
use crate::options::UpsertOptions;
use crate::plan::UpsertPlan;
use crate::report::{ChunkReport, Count, Counts, Outcome, UpsertReport};
use crate::run::{Call, CursorState};
use crate::schema::AnySchema;
use crate::snapshot::TableSnapshot;
use crate::wait::Deadline;

/// A place of `aupsert`: it boxes its own runs, where its type is concrete.
macro_rules! async_place {
    ([$($generics:tt)*] $place:ty) => {
        impl<$($generics)*> $crate::backend::AsyncBackend for $place {
            fn run<'a>(self, call: $crate::run::Call<'a>) -> $crate::backend::Answer<'a, $crate::report::UpsertReport>
            where
                Self: 'a,
            {
                Box::pin($crate::run::run(self, call))
            }

            fn write_next<'a>(
                self,
                cursor: &'a mut $crate::run::CursorState<'_>,
            ) -> $crate::backend::Answer<'a, Option<$crate::report::ChunkReport>>
            where
                Self: 'a,
            {
                Box::pin($crate::run::write_next(self, cursor))
            }

            fn verify<'a>(
                self,
                schema: $crate::schema::AnySchema<'a>,
                options: $crate::options::UpsertOptions,
            ) -> $crate::backend::Answer<'a, ()>
            where
                Self: 'a,
            {
                Box::pin($crate::run::verify(self, schema, options))
            }

            fn diff<'a>(
                self,
                schema: $crate::schema::AnySchema<'a>,
                options: $crate::options::UpsertOptions,
            ) -> $crate::backend::Answer<'a, Vec<$crate::change::Difference>>
            where
                Self: 'a,
            {
                Box::pin($crate::run::diff(self, schema, options))
            }

            fn pending_changes<'a>(
                self,
                schema: $crate::schema::AnySchema<'a>,
                options: $crate::options::UpsertOptions,
            ) -> $crate::backend::Answer<'a, Vec<$crate::change::Change>>
            where
                Self: 'a,
            {
                Box::pin($crate::run::pending_changes(self, schema, options))
            }

            fn snapshot<'a>(
                self,
                schema: Option<String>,
                tables: Vec<String>,
            ) -> $crate::backend::Answer<'a, Vec<$crate::snapshot::TableSnapshot>>
            where
                Self: 'a,
            {
                Box::pin($crate::run::snapshot(self, schema, tables))
            }

            fn migrate<'a>(
                self,
                schema: $crate::schema::AnySchema<'a>,
                options: $crate::options::UpsertOptions,
            ) -> $crate::backend::Answer<'a, Vec<$crate::change::Change>>
            where
                Self: 'a,
            {
                Box::pin($crate::run::migrate(self, schema, options))
            }
        }
    };
}

#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod memory;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "mysql")]
pub use ::mysql_async;
#[cfg(feature = "postgres")]
pub use {::deadpool_postgres, ::tokio_postgres, postgres::PostgresPool};
#[cfg(feature = "sqlite")]
pub use {::rusqlite, sqlite::SqlitePool};

/// A future on the heap, as the doors return it.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a run comes to.
pub(crate) type Answer<'a, T> = Boxed<'a, Result<T, Error>>;

/// A place that rows can be written to.
///
/// | place | transaction |
/// |---|---|
/// | a pool: `&deadpool_postgres::Pool`, `&PostgresPool`, `&SqlitePool`, `&mysql_async::Pool` | ours, on a connection that goes back clean or not at all |
/// | a connection: `&mut tokio_postgres::Client`, `&mut deadpool_postgres::Client`, `&mut rusqlite::Connection`, `&mut mysql_async::Conn` | ours |
/// | an open transaction: `&mut Transaction` of tokio-postgres, deadpool-postgres, rusqlite or mysql_async | yours; we set a savepoint in it |
///
/// Begin a transaction of SQLite as `IMMEDIATE`: one that has only read cannot wait for a writer (SQLITE_BUSY).
/// A connection of MySQL that holds tables by `LOCK TABLES` lets them go when we begin a transaction on it, as the server does.
///
/// It is sealed: the places are those of the enabled features.
pub trait Backend: Sized + sealed::Sealed {
    /// The database, as [`FitsDatabase`](crate::FitsDatabase) is asked about it.
    type Database: Database;

    #[doc(hidden)]
    type Session: Session;

    /// A connection to work on.
    #[doc(hidden)]
    fn session(self) -> impl Future<Output = Result<Self::Session, Error>>;
}

mod sealed {
    pub trait Sealed {}
}

/// A place that is written to by `aupsert`, without blocking the executor.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a place that `aupsert` can write to",
    label = "expected a pool, a connection or an open transaction",
    note = "with the feature `postgres`: `&Pool` or `&mut Client` of deadpool-postgres, `&mut Client` of tokio-postgres, `&mut Transaction` of either",
    note = "with the feature `mysql`: `&Pool`, `&mut Conn` or `&mut Transaction` of mysql_async",
    note = "with the feature `sqlite`: `&SqlitePool`; for a `rusqlite::Connection` or `Transaction` call `upsert`, which blocks"
)]
pub trait AsyncBackend: Backend {
    #[doc(hidden)]
    fn run<'a>(self, call: Call<'a>) -> Answer<'a, UpsertReport>
    where
        Self: 'a;

    #[doc(hidden)]
    fn write_next<'a>(self, cursor: &'a mut CursorState<'_>) -> Answer<'a, Option<ChunkReport>>
    where
        Self: 'a;

    #[doc(hidden)]
    fn verify<'a>(self, schema: AnySchema<'a>, options: UpsertOptions) -> Answer<'a, ()>
    where
        Self: 'a;

    #[doc(hidden)]
    fn diff<'a>(self, schema: AnySchema<'a>, options: UpsertOptions) -> Answer<'a, Vec<Difference>>
    where
        Self: 'a;

    #[doc(hidden)]
    fn pending_changes<'a>(self, schema: AnySchema<'a>, options: UpsertOptions) -> Answer<'a, Vec<Change>>
    where
        Self: 'a;

    #[doc(hidden)]
    fn snapshot<'a>(self, schema: Option<String>, tables: Vec<String>) -> Answer<'a, Vec<TableSnapshot>>
    where
        Self: 'a;

    #[doc(hidden)]
    fn migrate<'a>(self, schema: AnySchema<'a>, options: UpsertOptions) -> Answer<'a, Vec<Change>>
    where
        Self: 'a;
}

/// A place that is written to by `upsert`, blocking the thread.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a place that `upsert` can write to",
    label = "expected `&mut rusqlite::Connection` or `&mut rusqlite::Transaction`",
    note = "pools and connections of async drivers are written to by `aupsert(…).await`"
)]
pub trait BlockingBackend: Backend {}

/// The longest waits of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pool: Duration,
    chunk: Duration,
    stall: Duration,
}

impl Patience {
    pub(crate) fn of(options: &UpsertOptions) -> Self {
        Self { pool: options.pool_timeout, chunk: options.chunk_timeout, stall: options.stall_timeout }
    }

    pub(crate) fn pool(self) -> Deadline {
        Deadline::after(self.pool, Wait::Pool)
    }

    pub(crate) fn chunk(self) -> Deadline {
        Deadline::after(self.chunk, Wait::Database)
    }

    pub(crate) fn stall(self) -> Deadline {
        Deadline::after(self.stall, Wait::Stream)
    }

    /// For what is left to do after an error: the rollback, or to ask about a commit. Once a deadline has passed, no other
    /// one is waited for.
    pub(crate) fn afterwards() -> Deadline {
        Deadline::after(Duration::from_millis(500), Wait::Database)
    }
}

/// What comes after a look at the table.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing is changed.
    Nothing,
    /// A chunk that is at hand is written; nothing of the caller's is awaited before.
    Chunk,
    /// Whatever it may be.
    Unknown,
}

/// What a session is begun for.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Rows go into the table.
    Write,
    /// Rows are gathered aside first, because the caller's stream is awaited meanwhile.
    Stage,
}

/// What others are kept from while a table is changed.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// Changing it.
    Changes,
    /// The same, and writing to it, for its rows are asked about.
    ChangesAndWrites,
    /// Writing to it, while an index is made.
    Writes,
}

/// Of which row of the input another one is in the way.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InTheWay {
    Row(u64),
    Unknown,
    /// Of none: what was refused are rows of another table, that a trigger writes.
    Elsewhere,
}

/// A connection for the length of a call, and the transaction or savepoint of ours that may be open on it.
///
/// Where somebody left a transaction open on a pool's connection, that is none of ours: the connection is given up, and
/// the step is to be done again on the one that [`resume`](Self::resume) takes.
///
/// Dropped without [`release`](Self::release), it rolls back what is open, and never gives its connection back to a pool.
#[doc(hidden)]
pub trait Session: Sized {
    /// An encoded chunk. It borrows nothing, so that it can be sent again.
    type Packet: Size;

    /// Looks at the table for the first time. `None` if the connection of the pool was not clean, and is given up.
    ///
    /// Where a chunk is at hand that comes next, the transaction may be begun in the same round trip: [`begin`](Self::begin) has
    /// nothing left to do then, and whoever does not come to it has to [`settle`](Self::settle).
    fn look(&mut self, plan: &mut UpsertPlan<'_>, next: Next) -> impl Future<Output = Result<Option<Look>, Error>>;

    /// Ends a transaction that was begun with the look, if nothing was done in it.
    fn settle(&mut self) -> impl Future<Output = Result<(), Error>> {
        async { Ok(()) }
    }

    /// Completes the plan with what the last look found.
    fn take_in(&mut self, plan: &mut UpsertPlan<'_>) -> Result<(), Error>;

    /// Begins a transaction in which the table may be changed: until its end no other call changes it.
    fn begin_change(&mut self, plan: &UpsertPlan<'_>) -> impl Future<Output = Result<Step, Error>>;

    /// Looks again, in that transaction.
    fn look_again(&mut self, plan: &UpsertPlan<'_>) -> impl Future<Output = Result<Look, Error>>;

    /// Keeps everybody from something until the end of that transaction.
    fn hold(&mut self, plan: &UpsertPlan<'_>, against: Against) -> impl Future<Output = Result<(), Error>>;

    /// The answer to a query that is yes or no.
    fn ask(&mut self, question: &str) -> impl Future<Output = Result<bool, Error>>;

    /// What a table is like, whatever is to be written to it; `None` if there is none of this name.
    fn describe(
        &mut self,
        schema: Option<&str>,
        table: &str,
    ) -> impl Future<Output = Result<Option<TableSnapshot>, Error>>;

    /// The names of the tables of a schema, or of the connection's own.
    fn tables(&mut self, schema: Option<&str>) -> impl Future<Output = Result<Vec<String>, Error>>;

    /// Executes a statement that changes the table.
    fn execute_change(&mut self, statement: &str) -> impl Future<Output = Result<(), Error>>;

    /// Begins a transaction, or a savepoint in the caller's.
    fn begin(&mut self, purpose: Purpose) -> impl Future<Output = Result<Step, Error>>;

    /// Encodes a chunk; refuses values that cannot be stored. It waits for nothing but lets others have a turn.
    fn encode(
        plan: &UpsertPlan<'_>,
        chunk: &Chunk<'_>,
        purpose: Purpose,
    ) -> impl Future<Output = Result<Self::Packet, Error>>;

    /// How a chunk will be sent, in a word, for whoever watches.
    fn strategy(&self, packet: &Self::Packet, purpose: Purpose) -> &'static str;

    fn write(&mut self, plan: &UpsertPlan<'_>, packet: Self::Packet) -> impl Future<Output = Result<Wrote, Error>>;

    /// Puts a chunk aside, where `begin` was told so.
    fn stage(&mut self, plan: &UpsertPlan<'_>, packet: Self::Packet) -> impl Future<Output = Result<(), Error>>;

    /// Writes all that was put aside.
    fn write_staged(&mut self, plan: &UpsertPlan<'_>) -> impl Future<Output = Result<Wrote, Error>>;

    fn commit(&mut self) -> impl Future<Output = Result<(), CommitError>>;

    /// Finds out what became of a commit that was not answered, however long that takes: committed, not committed, or in
    /// doubt where nobody can tell. Where it was found out, the session has another connection, or is parked.
    fn resolve(&mut self) -> impl Future<Output = Outcome> {
        async { Outcome::InDoubt }
    }

    fn rollback(&mut self) -> impl Future<Output = Result<Undone, Error>>;

    /// The row of the input for which the last chunk was refused, because another one is in the way, if the database has
    /// to be asked about that: it is once the chunk is rolled back.
    fn row_in_the_way(&mut self) -> impl Future<Output = InTheWay> {
        async { InTheWay::Unknown }
    }

    /// Whether the row that a chunk was refused for would be refused alone as well: it is where rows do not depend on each other. It
    /// is asked once the chunk is rolled back.
    fn is_refused_alone(&mut self, _: &UpsertPlan<'_>, _: &Error) -> impl Future<Output = Result<bool, Error>> {
        async { Ok(true) }
    }

    /// Gives a pool's connection back for the time being; nothing may be open on it.
    fn park(&mut self);

    /// Takes a connection again, if it was parked or given up.
    fn resume(&mut self) -> impl Future<Output = Result<(), Error>>;

    /// What becomes of rows that are committed here.
    fn outcome(&self) -> Outcome;

    /// Gives the connection back.
    fn release(self);
}

/// What was rolled back.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Undone {
    Ours,
    /// The whole transaction of the caller's: the server had ended it.
    CallersToo,
}

/// What came of a step.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    Done,
    /// The connection of the pool was not clean, and is given up.
    ConnectionGivenUp,
}

/// What the database did with the rows it was sent.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Wrote {
    pub(crate) counts: Counts,
    /// Repeated keys that only the database could find.
    pub(crate) duplicates: Count,
}

/// A commit that was not acknowledged.
#[doc(hidden)]
#[derive(Debug)]
pub struct CommitError {
    pub(crate) error: Error,
    /// Whether the transaction may be committed all the same.
    pub(crate) in_doubt: bool,
}

/// Bytes of an encoded chunk.
#[doc(hidden)]
pub trait Size {
    fn size(&self) -> u64;
}
