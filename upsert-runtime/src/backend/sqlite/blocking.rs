//! Plain connections and transactions of rusqlite as places for blocking code. The futures here do their work before
//! they are returned; only an encoder is ever pending, to let others have a turn.

use std::sync::atomic::AtomicBool;

use rusqlite::{Connection, Savepoint, Transaction as Callers};

use super::catalogue::{MAIN, describe, tables};
use super::error::{from_sqlite, is_locked};
use super::look::{Found, Wanted, look_up};
use super::pack::Packed;
use super::script::Script;
use super::stage;
use super::transaction::{Transaction, ask};
use super::write::{WriteError, write};
use crate::backend::{
    Against, Backend, BlockingBackend, CommitError, Next, Purpose, Session, Step, Undone, Wrote, sealed,
};
use crate::error::Error;
use crate::evolve::Look;
use crate::feed::Chunk;
use crate::fit::Sqlite;
use crate::plan::UpsertPlan;
use crate::report::Outcome;
use crate::snapshot::TableSnapshot;
use crate::sql::sqlite;

macro_rules! place {
    ($place:ty, $is_transaction:literal) => {
        impl<'p> sealed::Sealed for $place {}

        impl<'p> Backend for $place {
            type Database = Sqlite;

            type Session = BlockingSession<'p>;

            async fn session(self) -> Result<BlockingSession<'p>, Error> {
                let session = BlockingSession::new(self);
                if $is_transaction && session.transaction == Transaction::Own {
                    return Err(Error::plan(
                        "the transaction is open no more: the database has rolled it back, and what is written would commit by itself",
                    ));
                }
                Ok(session)
            }
        }

        impl<'p> BlockingBackend for $place {}
    };
}

place!(&'p mut Connection, false);
place!(&'p mut Callers<'_>, true);
place!(&'p mut Savepoint<'_>, true);

/// The caller's connection, for the length of a call.
#[doc(hidden)]
pub struct BlockingSession<'p> {
    connection: &'p Connection,
    transaction: Transaction,
    /// What the last look at the table found.
    found: Option<Found>,
    /// Known once the plan is complete.
    script: Option<Script>,
    open: bool,
    staging: bool,
}

impl<'p> BlockingSession<'p> {
    /// A transaction that is open, however it was begun, is the caller's.
    fn new(connection: &'p Connection) -> Self {
        let transaction = if connection.is_autocommit() { Transaction::Own } else { Transaction::InCallers };
        Self { connection, transaction, found: None, script: None, open: false, staging: false }
    }

    fn script(&self) -> &Script {
        self.script.as_ref().expect("`prepare` comes first")
    }

    fn look_up(&mut self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
        let looked_up = look_up(self.connection, &Wanted::of(plan)).map_err(from_sqlite)?;
        let (look, found) = looked_up.judged(plan);
        self.found = found;
        Ok(look)
    }

    /// Takes the write lock, and waits for it as the caller's connection does. In a transaction that has read, SQLite would not wait:
    /// two of them would wait for each other.
    fn lock(&self, plan: &UpsertPlan<'_>) -> Result<(), Error> {
        let key = plan.columns[plan.key[0]].name;
        match self.connection.execute(&sqlite::lock(&Wanted::schema_of(plan), &plan.table, key), []) {
            Err(error) if is_locked(&error) => Err(self.refused(error)),
            // What is wrong with the table, the look will tell.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn open(&mut self) -> Result<(), Error> {
        self.transaction.begin(self.connection).map_err(|error| self.refused(error))?;
        self.open = true;
        Ok(())
    }

    fn drop_stage(&mut self) -> Result<(), Error> {
        match (std::mem::take(&mut self.staging), &self.script) {
            (true, Some(script)) => stage::drop_table(self.connection, script).map_err(from_sqlite),
            _ => Ok(()),
        }
    }

    /// Some errors (a full disk, `ON CONFLICT ROLLBACK`) end the whole transaction, and then it matters whose it was.
    fn refused(&self, error: impl Into<WriteError>) -> Error {
        let error = error.into().into_error();
        let ended = self.transaction == Transaction::InCallers && self.connection.is_autocommit();
        if ended { error.transaction_ended() } else { error }
    }
}

impl Session for BlockingSession<'_> {
    type Packet = Packed;

    async fn look(&mut self, plan: &mut UpsertPlan<'_>, next: Next) -> Result<Option<Look>, Error> {
        if next != Next::Nothing && self.transaction == Transaction::InCallers {
            self.lock(plan)?;
        }
        self.look_up(plan).map(Some)
    }

    fn take_in(&mut self, plan: &mut UpsertPlan<'_>) -> Result<(), Error> {
        let found = self.found.take().expect("a table that rows do not fit was refused");
        self.script = Some(Script::complete(plan, found)?);
        Ok(())
    }

    async fn begin_change(&mut self, _: &UpsertPlan<'_>) -> Result<Step, Error> {
        self.open().map(|()| Step::Done)
    }

    async fn look_again(&mut self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
        self.look_up(plan)
    }

    /// Whoever holds the write lock is the only one to write.
    async fn hold(&mut self, _: &UpsertPlan<'_>, _: Against) -> Result<(), Error> {
        Ok(())
    }

    async fn ask(&mut self, question: &str) -> Result<bool, Error> {
        ask(self.connection, question).map_err(from_sqlite)
    }

    async fn describe(&mut self, schema: Option<&str>, table: &str) -> Result<Option<TableSnapshot>, Error> {
        describe(self.connection, schema.unwrap_or(MAIN), table).map_err(from_sqlite)
    }

    async fn tables(&mut self, schema: Option<&str>) -> Result<Vec<String>, Error> {
        tables(self.connection, schema.unwrap_or(MAIN)).map_err(from_sqlite)
    }

    async fn execute_change(&mut self, statement: &str) -> Result<(), Error> {
        self.connection.execute_batch(statement).map_err(|error| self.refused(error))
    }

    async fn begin(&mut self, purpose: Purpose) -> Result<Step, Error> {
        // Within the caller's transaction the staging table is made in the savepoint, and goes with it.
        if purpose == Purpose::Write || self.transaction == Transaction::InCallers {
            self.open()?;
        }
        if purpose == Purpose::Stage {
            stage::create(self.connection, self.script()).map_err(|error| self.refused(error))?;
            // A table of that name that was there before is not ours to drop.
            self.staging = true;
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
        write(self.connection, self.script(), &rows, &AtomicBool::new(false)).map_err(|error| self.refused(error))
    }

    async fn stage(&mut self, _: &UpsertPlan<'_>, rows: Packed) -> Result<(), Error> {
        stage::fill(self.connection, self.script(), &rows).map_err(|error| self.refused(error))
    }

    async fn write_staged(&mut self, _: &UpsertPlan<'_>) -> Result<Wrote, Error> {
        if !self.open {
            self.open()?;
        }
        stage::write(self.connection, self.script(), &AtomicBool::new(false)).map_err(|error| self.refused(error))
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        let committed = self.transaction.commit(self.connection);
        committed.map_err(|error| CommitError { error: from_sqlite(error), in_doubt: false })?;
        self.open = false;
        // The rows are committed whatever becomes of the staging table, which is the connection's own.
        drop(self.drop_stage());
        Ok(())
    }

    async fn rollback(&mut self) -> Result<Undone, Error> {
        if std::mem::take(&mut self.open) {
            self.transaction.rollback(self.connection).map_err(from_sqlite)?;
        }
        // Made in the caller's transaction, it went with the savepoint.
        self.staging &= self.transaction == Transaction::Own;
        self.drop_stage().map(|()| Undone::Ours)
    }

    // The caller's connection stays the caller's.
    fn park(&mut self) {}

    async fn resume(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn outcome(&self) -> Outcome {
        match self.transaction {
            Transaction::Own => Outcome::Committed,
            Transaction::InCallers => Outcome::InCallersTransaction,
        }
    }

    fn release(self) {}
}

/// What is still open after a failed commit or a panic of the caller's iterator is rolled back.
impl Drop for BlockingSession<'_> {
    fn drop(&mut self) {
        drop(crate::wait::ready(self.rollback()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;
    use crate::options::UpsertOptions;
    use crate::schema::{Column, ColumnType, TableSchema};
    use crate::wait::ready;

    #[test]
    fn a_table_that_has_the_name_of_a_staging_table_stays() -> rusqlite::Result<()> {
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE item (id INTEGER PRIMARY KEY);
             CREATE TEMPORARY TABLE upsert_stage_7 (mine); INSERT INTO upsert_stage_7 VALUES (1)",
        )?;
        let columns = [Column::new("id", ColumnType::BigInt)];
        let schema = TableSchema::new("item", &columns, &[0]);
        let options = UpsertOptions::new();
        let stays = |connection: &Connection| {
            let mut plan = UpsertPlan::new(&schema, &options, Dialect::Sqlite).expect("the options fit").numbered(7);
            let mut session = BlockingSession::new(connection);
            ready(session.look(&mut plan, Next::Unknown)).expect("it is there");
            session.take_in(&mut plan).expect("it fits");
            let error = ready(session.begin(Purpose::Stage)).expect_err("the name is taken");
            assert!(error.database_message().is_some_and(|said| said.contains("already exists")), "{error}");
            assert_eq!(ready(session.rollback()).expect("the connection is sound"), Undone::Ours);
            drop(session);
            connection.query_row("SELECT mine FROM temp.upsert_stage_7", [], |_| Ok(()))
        };
        stays(&connection)?;
        assert!(connection.is_autocommit());
        let transaction = connection.transaction()?;
        stays(&transaction)?;
        assert!(!transaction.is_autocommit());
        Ok(())
    }
}
