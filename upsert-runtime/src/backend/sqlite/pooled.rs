//! The pool as a place: each step of a session is a piece of work on a blocking thread.

use std::cell::Cell;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::catalogue::{MAIN, describe, tables};
use super::error::from_sqlite;
use super::look::{Found, Wanted, look_up};
use super::pack::Packed;
use super::pool::{SqlitePool, Taken};
use super::script::Script;
use super::stage;
use super::transaction::{Transaction, ask};
use super::write::{Abandoned, WriteError, write};
use crate::backend::{Against, Backend, CommitError, Next, Purpose, Session, Step, Undone, Wrote, sealed};
use crate::error::Error;
use crate::evolve::Look;
use crate::feed::Chunk;
use crate::fit::Sqlite;
use crate::plan::UpsertPlan;
use crate::report::Outcome;
use crate::snapshot::TableSnapshot;

impl sealed::Sealed for &SqlitePool {}

impl Backend for &SqlitePool {
    type Database = Sqlite;

    type Session = PooledSession;

    async fn session(self) -> Result<PooledSession, Error> {
        let connection = Some(self.take().await?);
        let pool = self.clone();
        Ok(PooledSession { pool, connection, found: None, script: None, turn: None, staging: false, committing: None })
    }
}

async_place!(['p] &'p SqlitePool);

/// A connection of the pool, for the length of a call.
#[doc(hidden)]
pub struct PooledSession {
    pool: SqlitePool,
    /// `None` while it is given back.
    connection: Option<Taken>,
    /// What the last look at the table found.
    found: Option<Found>,
    /// Known once the plan is complete.
    script: Option<Arc<Script>>,
    /// Our turn to write, while a transaction is open.
    turn: Option<OwnedSemaphorePermit>,
    staging: bool,
    /// Tells that the last commit has happened; gone when it can happen no more.
    committing: Option<oneshot::Receiver<()>>,
}

impl PooledSession {
    fn connection(&mut self) -> &mut Taken {
        self.connection.as_mut().expect("nothing is asked of a session that is parked")
    }

    fn script(&self) -> Arc<Script> {
        Arc::clone(self.script.as_ref().expect("`prepare` comes first"))
    }

    /// Work that cannot find the database locked, because the lock is held or not needed.
    async fn work<R: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection, &Script, &Abandoned) -> R + Send + 'static,
    ) -> Result<R, Error> {
        let script = self.script();
        self.connection().on_thread(move |connection, abandoned| work(connection, &script, abandoned)).await
    }

    /// Work that may find the database locked, and then is done again.
    async fn patiently<R: Send + 'static>(
        &mut self,
        work: impl Fn(&Connection, &Abandoned) -> rusqlite::Result<R> + Send + 'static,
    ) -> Result<R, Error> {
        let done = self.connection().on_thread_patiently(work).await?;
        done.map_err(from_sqlite)
    }

    async fn look_up(&mut self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
        let wanted = Wanted::of(plan);
        let looked_up = self.patiently(move |connection, _| look_up(connection, &wanted)).await?;
        let (look, found) = looked_up.judged(plan);
        self.found = found;
        Ok(look)
    }

    async fn begin_own(&mut self) -> Result<(), Error> {
        self.turn = Some(self.pool.turn().await);
        self.patiently(|connection, _| Transaction::Own.begin(connection)).await
    }

    async fn drop_stage(&mut self) -> Result<(), Error> {
        if std::mem::take(&mut self.staging) {
            self.work(|connection, script, _| stage::drop_table(connection, script)).await?.map_err(from_sqlite)?;
            self.connection().set_stage(None);
        }
        Ok(())
    }
}

impl Session for PooledSession {
    type Packet = Packed;

    async fn look(&mut self, plan: &mut UpsertPlan<'_>, _: Next) -> Result<Option<Look>, Error> {
        self.look_up(plan).await.map(Some)
    }

    fn take_in(&mut self, plan: &mut UpsertPlan<'_>) -> Result<(), Error> {
        let found = self.found.take().expect("a table that rows do not fit was refused");
        self.script = Some(Arc::new(Script::complete(plan, found)?));
        Ok(())
    }

    async fn begin_change(&mut self, _: &UpsertPlan<'_>) -> Result<Step, Error> {
        self.begin_own().await.map(|()| Step::Done)
    }

    async fn look_again(&mut self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
        self.look_up(plan).await
    }

    /// Whoever holds the write lock is the only one to write.
    async fn hold(&mut self, _: &UpsertPlan<'_>, _: Against) -> Result<(), Error> {
        Ok(())
    }

    async fn ask(&mut self, question: &str) -> Result<bool, Error> {
        let question = question.to_owned();
        self.patiently(move |connection, _| ask(connection, &question)).await
    }

    async fn describe(&mut self, schema: Option<&str>, table: &str) -> Result<Option<TableSnapshot>, Error> {
        let (schema, table) = (schema.unwrap_or(MAIN).to_owned(), table.to_owned());
        self.patiently(move |connection, _| describe(connection, &schema, &table)).await
    }

    async fn tables(&mut self, schema: Option<&str>) -> Result<Vec<String>, Error> {
        let schema = schema.unwrap_or(MAIN).to_owned();
        self.patiently(move |connection, _| tables(connection, &schema)).await
    }

    async fn execute_change(&mut self, statement: &str) -> Result<(), Error> {
        let statement = statement.to_owned();
        self.patiently(move |connection, _| connection.execute_batch(&statement)).await
    }

    async fn begin(&mut self, purpose: Purpose) -> Result<Step, Error> {
        match purpose {
            Purpose::Write => self.begin_own().await?,
            // The staging table is the connection's own: the write lock is not taken while the caller's stream is awaited.
            Purpose::Stage => {
                self.staging = true;
                let drop_stage = self.script().drop_stage.clone();
                self.connection().set_stage(Some(drop_stage));
                let created = self.work(|connection, script, _| stage::create(connection, script)).await?;
                if created.is_err() {
                    // A table of that name that was there before is not ours to drop.
                    self.staging = false;
                    self.connection().set_stage(None);
                }
                created.map_err(from_sqlite)?;
            }
        }
        Ok(Step::Done)
    }

    async fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>, _: Purpose) -> Result<Packed, Error> {
        Packed::encode(plan, chunk).await
    }

    fn strategy(&self, rows: &Packed, purpose: Purpose) -> &'static str {
        self.script().strategy(rows.len(), purpose)
    }

    async fn write(&mut self, _: &UpsertPlan<'_>, rows: Packed) -> Result<Wrote, Error> {
        self.work(move |connection, script, abandoned| write(connection, script, &rows, abandoned))
            .await?
            .map_err(WriteError::into_error)
    }

    async fn stage(&mut self, _: &UpsertPlan<'_>, rows: Packed) -> Result<(), Error> {
        self.work(move |connection, script, _| stage::fill(connection, script, &rows)).await?.map_err(from_sqlite)
    }

    async fn write_staged(&mut self, _: &UpsertPlan<'_>) -> Result<Wrote, Error> {
        self.begin_own().await?;
        self.work(stage::write).await?.map_err(WriteError::into_error)
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        let (tell, committing) = oneshot::channel();
        self.committing = Some(committing);
        let tell = Cell::new(Some(tell));
        let committed = self.patiently(move |connection, _| {
            Transaction::Own.commit(connection)?;
            if let Some(tell) = tell.take() {
                let _ = tell.send(());
            }
            Ok(())
        });
        let committed = committed.await;
        self.turn = None;
        // A commit that SQLite refuses has not happened.
        committed.map_err(|error| CommitError { error, in_doubt: false })?;
        // The rows are committed whatever becomes of the staging table; a connection that keeps it is not given back.
        self.staging = self.drop_stage().await.is_err();
        Ok(())
    }

    /// A thread works on when nobody waits for it any more, if not for long: it is interrupted.
    async fn resolve(&mut self) -> Outcome {
        let Some(committing) = self.committing.take() else { return Outcome::InDoubt };
        let outcome = if committing.await.is_ok() { Outcome::Committed } else { Outcome::NotCommitted };
        // The thread has closed the connection, or cleaned it.
        self.connection = None;
        self.turn = None;
        self.staging = false;
        outcome
    }

    async fn rollback(&mut self) -> Result<Undone, Error> {
        let rolled_back = self.patiently(|connection, _| Transaction::Own.rollback(connection)).await;
        self.turn = None;
        rolled_back?;
        self.drop_stage().await.map(|()| Undone::Ours)
    }

    fn outcome(&self) -> Outcome {
        Outcome::Committed
    }

    fn park(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.give_back();
        }
    }

    async fn resume(&mut self) -> Result<(), Error> {
        if self.connection.is_none() {
            self.connection = Some(self.pool.take().await?);
        }
        Ok(())
    }

    fn release(mut self) {
        self.park();
    }
}
