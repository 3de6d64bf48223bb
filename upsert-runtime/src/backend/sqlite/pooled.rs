//! The pool as a place: each step of a session is a piece of work on a blocking thread.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rusqlite::Connection;
use tokio::sync::OwnedSemaphorePermit;

use super::error::from_sqlite;
use super::pack::Packed;
use super::pool::{SqlitePool, Taken};
use super::table::{self, Script, StageError, Transaction};
use crate::backend::{AsyncBackend, Backend, Boxed, CommitError, Patience, Purpose, Session, Wrote, sealed};
use crate::error::{Error, Kind};
use crate::options::CreateTable;
use crate::plan::UpsertPlan;
use crate::report::{ChunkReport, Outcome, Phase, UpsertReport};
use crate::run::{self, Call, Chunk, CursorState};
use crate::sql::{self, Dialect};

impl sealed::Sealed for &SqlitePool {}

impl Backend for &SqlitePool {
    const DIALECT: Dialect = Dialect::Sqlite;
    type Session = PooledSession;

    async fn session(self, patience: Patience) -> Result<PooledSession, Error> {
        let connection = self.take().await?;
        // Programs other than this one may hold the file's lock; they are waited for as long as for any answer.
        connection.set_up(|connection| connection.busy_timeout(patience.chunk))?;
        Ok(PooledSession { pool: self.clone(), connection, script: None, turn: None, staging: false })
    }
}

impl AsyncBackend for &SqlitePool {
    fn run<'a>(self, call: Call<'a>) -> Boxed<'a, Result<UpsertReport, Error>>
    where
        Self: 'a,
    {
        Box::pin(run::run(self, call))
    }

    fn write_next<'a>(self, cursor: &'a mut CursorState<'_>) -> Boxed<'a, Result<Option<ChunkReport>, Error>>
    where
        Self: 'a,
    {
        Box::pin(run::write_next(self, cursor))
    }
}

/// A connection of the pool, for the length of a call.
#[doc(hidden)]
pub struct PooledSession {
    pool: SqlitePool,
    connection: Taken,
    /// Known once the table was looked up.
    script: Option<Arc<Script>>,
    /// Our turn to write, while a transaction is open.
    turn: Option<OwnedSemaphorePermit>,
    staging: bool,
}

impl PooledSession {
    async fn work<R: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection, &Script, &AtomicBool) -> R + Send + 'static,
    ) -> Result<R, Error> {
        let script = Arc::clone(self.script.as_ref().expect("`prepare` comes first"));
        self.connection.on_thread(move |connection, abandoned| work(connection, &script, abandoned)).await
    }

    async fn look_up(&mut self, plan: &UpsertPlan<'_>) -> Result<Option<table::Found>, Error> {
        let wanted = table::Wanted::of(plan);
        let found = self.connection.on_thread(move |connection, _| table::look_up(connection, &wanted)).await?;
        found.map_err(from_sqlite)
    }

    async fn create(&mut self, statement: String) -> Result<(), Error> {
        let turn = self.pool.turn().await;
        let created = self
            .connection
            .on_thread(move |connection, _| table::create(connection, Transaction::Own, &statement))
            .await;
        drop(turn);
        created?.map_err(from_sqlite)
    }

    async fn drop_stage(&mut self) -> Result<(), Error> {
        if std::mem::take(&mut self.staging) {
            self.work(|connection, _, _| table::drop_stage(connection)).await?.map_err(from_sqlite)?;
        }
        Ok(())
    }
}

impl Session for PooledSession {
    type Packet = Packed;

    async fn prepare(&mut self, plan: &mut UpsertPlan<'_>) -> Result<(), Error> {
        let mut found = self.look_up(plan).await?;
        if found.is_none() && plan.create_table == CreateTable::IfMissing {
            let in_main = UpsertPlan { schema: Some(table::Wanted::of(plan).schema), ..plan.clone() };
            self.create(sql::create_table(&in_main)).await?;
            found = self.look_up(plan).await?;
        }
        self.script = Some(Arc::new(table::script(plan, found)?));
        Ok(())
    }

    async fn begin(&mut self, purpose: Purpose) -> Result<(), Error> {
        match purpose {
            Purpose::Write => {
                self.turn = Some(self.pool.turn().await);
                self.work(|connection, _, _| Transaction::Own.begin(connection)).await?.map_err(from_sqlite)
            }
            // The staging table is the connection's own: the write lock is not taken while the caller's stream is awaited.
            Purpose::Stage => {
                self.staging = true;
                self.work(|connection, script, _| table::create_stage(connection, script)).await?.map_err(from_sqlite)
            }
        }
    }

    fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>, _: Purpose) -> Result<Packed, Error> {
        Packed::encode(plan, chunk)
    }

    async fn write(&mut self, _: &UpsertPlan<'_>, rows: Packed) -> Result<Wrote, Error> {
        self.work(move |connection, script, abandoned| table::write(connection, script, &rows, abandoned))
            .await?
            .map_err(from_sqlite)
    }

    async fn stage(&mut self, _: &UpsertPlan<'_>, rows: Packed) -> Result<(), Error> {
        self.work(move |connection, script, _| table::fill_stage(connection, script, &rows)).await?.map_err(from_sqlite)
    }

    async fn write_staged(&mut self, _: &UpsertPlan<'_>) -> Result<Wrote, Error> {
        self.turn = Some(self.pool.turn().await);
        self.work(|connection, script, abandoned| {
            Transaction::Own.begin(connection)?;
            table::write_stage(connection, script, abandoned)
        })
        .await?
        .map_err(StageError::into_error)
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        let committed = self.work(|connection, _, _| Transaction::Own.commit(connection)).await;
        let committed = committed.and_then(|committed| committed.map_err(from_sqlite));
        self.turn = None;
        // A commit that SQLite refuses has not happened.
        committed.map_err(|error| CommitError { error, in_doubt: false })?;
        // The rows are committed whatever becomes of the staging table; a connection that keeps it is not given back.
        self.staging = self.drop_stage().await.is_err();
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), Error> {
        let rolled_back = self.work(|connection, _, _| Transaction::Own.rollback(connection)).await;
        self.turn = None;
        rolled_back?.map_err(from_sqlite)?;
        self.drop_stage().await
    }

    fn outcome(&self) -> Outcome {
        Outcome::Committed
    }

    fn release(self) {
        if !self.staging {
            self.connection.give_back();
        }
    }
}

impl StageError {
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Sqlite(error) => from_sqlite(error),
            Self::RepeatedKey { row, earlier } => Error::new(Kind::RepeatedKey { row, earlier }, Phase::Write),
        }
    }
}
