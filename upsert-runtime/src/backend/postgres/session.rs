//! A connection for the length of a call.
//!
//! Transactions are begun and ended by plain statements, not by tokio-postgres' `Transaction`: that one borrows the
//! client, and a future that holds both the client's owner and the borrow is not `Send` for a place with a lifetime.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use deadpool_postgres::{Object, Pool};
use futures_util::FutureExt;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Transaction};

use super::cancel::{Canceller, PostgresPool};
use super::doubt;
use super::encode::Packet;
use super::error::{FOREIGN_KEY, from_driver, from_pool, is_aborted_transaction, is_begun, is_lost, leaves_doubt};
use super::facts::SeenColumn;
use super::write::Refused;
use crate::backend::{Against, CommitError, InTheWay, Next, Purpose, Session, Step, Undone, Wrote};
use crate::error::Error;
use crate::evolve::Look;
use crate::feed::Chunk;
use crate::options::OnConflict;
use crate::plan::{TableFacts, UpsertPlan};
use crate::report::{Count, Outcome, Phase};
use crate::snapshot::TableSnapshot;
use crate::sql::postgres as sql;
use crate::wait::in_runtime;

/// A connection of a pool, or one that the caller lent.
#[doc(hidden)]
pub struct PostgresSession<'p> {
    pub(super) handle: Handle<'p>,
    /// Whether a transaction or savepoint of ours is open.
    pub(super) open: bool,
    /// Whether the staging table is there.
    pub(super) staging: bool,
    /// The transaction of ours that was begun last.
    pub(super) transaction: Option<doubt::Transaction>,
    /// Whether that is open since the look, and nothing was done in it.
    pub(super) begun_ahead: bool,
    /// Whether the table is known to be the one that was looked at: it stays so to the transaction's end. (Another one in a schema that
    /// took the name of ours meanwhile is not seen.)
    pub(super) looked_again: bool,
    /// Whether a commit is under way.
    committing: bool,
    /// What to say if a statement that is being prepared is not awaited.
    pub(super) forget_copy: Option<String>,
    /// What the caller's `lock_timeout` was, in milliseconds, if it is another one now.
    lock_timeout: Option<i64>,
    /// Rows of which another one was in the way.
    pub(super) refused: Option<Refused>,
    /// What the table was found to be like, before the plan takes it in.
    pub(super) found: Option<(TableFacts, Seen)>,
    pub(super) seen: Seen,
}

/// What is remembered of the table that was looked at.
#[derive(Default)]
pub(super) struct Seen {
    /// The columns that are written.
    pub(super) columns: Vec<SeenColumn>,
    /// Whether triggers may change rows where two statements write them: then nobody tells which the second one updated.
    pub(super) may_change_rows: bool,
}

pub(super) enum Handle<'p> {
    Pooled(Pooled),
    /// The caller's connection.
    Lent(&'p Client),
    /// The connection of the caller's open transaction.
    InTransaction(&'p Client),
}

pub(super) struct Pooled {
    pool: Pool,
    /// `None` while it is given back.
    client: Option<Box<Object>>,
    canceller: Canceller,
}

impl Pooled {
    fn client(&self) -> &Client {
        self.client.as_ref().expect("nothing is asked of a session that is parked")
    }

    async fn take(&mut self) -> Result<(), Error> {
        in_runtime()?;
        let client = self.pool.get().await.map_err(from_pool)?;
        self.client = Some(Box::new(client));
        Ok(())
    }

    /// Asks what became of a transaction of another connection; `None` while that is open.
    async fn ask(&mut self, transaction: &doubt::Transaction) -> Result<Option<Outcome>, Error> {
        if self.client.is_none() {
            self.take().await?;
        }
        transaction.outcome(self.client()).await
    }

    /// Parts from a connection on which somebody left a transaction open.
    fn give_up(&mut self) -> Step {
        self.detach();
        Step::ConnectionGivenUp
    }

    /// Has the server stop what it does for us. The connection must not be given back any more.
    fn stop(&self, transaction: Option<doubt::Transaction>) {
        let client = self.client.as_deref().map(|client| &***client);
        self.canceller.stop(&self.pool, client, transaction);
    }

    /// Takes the connection out of the pool for good; it closes, and its server rolls back.
    pub(super) fn detach(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(*client));
        }
    }
}

impl<'p> PostgresSession<'p> {
    fn new(handle: Handle<'p>) -> Self {
        Self {
            handle,
            open: false,
            staging: false,
            transaction: None,
            begun_ahead: false,
            looked_again: false,
            committing: false,
            forget_copy: None,
            lock_timeout: None,
            refused: None,
            found: None,
            seen: Seen::default(),
        }
    }

    pub(super) async fn of_pool(pool: &Pool) -> Result<PostgresSession<'static>, Error> {
        Self::of(pool, Canceller::default()).await
    }

    pub(super) async fn of_pool_that_is_told(pool: &PostgresPool) -> Result<PostgresSession<'static>, Error> {
        Self::of(&pool.pool, pool.canceller.clone()).await
    }

    async fn of(pool: &Pool, canceller: Canceller) -> Result<PostgresSession<'static>, Error> {
        let mut pooled = Pooled { pool: pool.clone(), client: None, canceller };
        pooled.take().await?;
        Ok(PostgresSession::new(Handle::Pooled(pooled)))
    }

    pub(super) async fn of_client(client: &'p mut Client) -> Result<Self, Error> {
        Ok(Self::new(Handle::Lent(client)))
    }

    pub(super) async fn of_pooled_client(client: &'p mut Object) -> Result<Self, Error> {
        Ok(Self::new(Handle::Lent(client)))
    }

    pub(super) async fn of_transaction(transaction: &'p mut Transaction<'_>) -> Result<Self, Error> {
        Ok(Self::new(Handle::InTransaction(transaction.client())))
    }

    pub(super) async fn of_pooled_transaction(
        transaction: &'p mut deadpool_postgres::Transaction<'_>,
    ) -> Result<Self, Error> {
        Ok(Self::new(Handle::InTransaction(transaction.client())))
    }

    pub(super) fn client(&self) -> &Client {
        match &self.handle {
            Handle::Pooled(pooled) => pooled.client(),
            Handle::Lent(client) | Handle::InTransaction(client) => client,
        }
    }

    fn commit_statement(&mut self) -> Cow<'static, str> {
        let lock_timeout = self.lock_timeout.take();
        match (&self.handle, lock_timeout) {
            (Handle::Pooled(_) | Handle::Lent(_), _) => "COMMIT".into(),
            (Handle::InTransaction(_), None) => "RELEASE SAVEPOINT upsert_call".into(),
            // It would stay set to the end of the caller's.
            (Handle::InTransaction(_), Some(milliseconds)) => {
                format!("SET LOCAL lock_timeout = {milliseconds}; RELEASE SAVEPOINT upsert_call").into()
            }
        }
    }

    fn rollback_statement(&self) -> Cow<'static, str> {
        let rollback = match self.handle {
            Handle::Pooled(_) | Handle::Lent(_) => "ROLLBACK",
            Handle::InTransaction(_) => "ROLLBACK TO SAVEPOINT upsert_call; RELEASE SAVEPOINT upsert_call",
        };
        match &self.forget_copy {
            None => rollback.into(),
            Some(forget_copy) => format!("{rollback}; {forget_copy}").into(),
        }
    }

    /// Begins a transaction of ours, or a savepoint in the caller's.
    async fn open(&mut self, isolation: Isolation) -> Result<Step, Error> {
        let (begin, begin_and_tell) = match isolation {
            Isolation::OfSession => ("BEGIN", sql::BEGIN),
            Isolation::ReadCommitted => ("BEGIN ISOLATION LEVEL READ COMMITTED", sql::BEGIN_READ_COMMITTED),
        };
        let begin = match &mut self.handle {
            Handle::Pooled(pooled) => match pooled.client().simple_query(begin_and_tell).await {
                Ok(answer) => {
                    // If one was open already, somebody left it behind.
                    let Some(transaction) = doubt::Transaction::begun(&answer) else { return Ok(pooled.give_up()) };
                    self.open = true;
                    self.transaction = Some(transaction);
                    return Ok(Step::Done);
                }
                Err(error) if is_aborted_transaction(&error) || is_begun(&error) => return Ok(pooled.give_up()),
                Err(error) => return Err(from_driver(error)),
            },
            Handle::Lent(_) => begin,
            // The one that was set before the table was looked at.
            Handle::InTransaction(_) if self.open => return Ok(Step::Done),
            Handle::InTransaction(_) => SAVEPOINT,
        };
        // It is sent by the poll that comes here: whoever drops us later must roll it back.
        self.open = true;
        self.client().batch_execute(begin).await.map(|()| Step::Done).map_err(from_driver)
    }
}

pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

impl Session for PostgresSession<'_> {
    type Packet = Packet;

    async fn look(&mut self, plan: &mut UpsertPlan<'_>, next: Next) -> Result<Option<Look>, Error> {
        if let (Handle::Pooled(_), Some("pg_temp")) = (&self.handle, plan.schema.as_deref()) {
            let message = "`pg_temp` holds the tables of one connection: lend that one, for a pool may take another";
            return Err(Error::plan(message).during(Phase::Prepare));
        }
        self.look_first(plan, next).await
    }

    async fn settle(&mut self) -> Result<(), Error> {
        if !self.begun_ahead {
            return Ok(());
        }
        self.rollback().await.map(|_| ())
    }

    fn take_in(&mut self, plan: &mut UpsertPlan<'_>) -> Result<(), Error> {
        let (facts, seen) = self.found.take().expect("a table that rows do not fit was refused");
        self.seen = seen;
        plan.resolve(facts)
    }

    async fn begin_change(&mut self, plan: &UpsertPlan<'_>) -> Result<Step, Error> {
        self.settle().await?;
        // What others have committed meanwhile is seen: their values, and their changes of the table.
        if self.open(Isolation::ReadCommitted).await? == Step::ConnectionGivenUp {
            return Ok(Step::ConnectionGivenUp);
        }
        let schema = plan.schema.as_ref().filter(|_| plan.allowed.create_schema);
        let locks = schema.map(|schema| (sql::LOCK_SCHEMA_NAME, schema)).into_iter();
        for (lock, name) in locks.chain([(sql::LOCK_TABLE_NAME, &plan.table)]) {
            self.client().query_typed(lock, &[(name, Type::TEXT)]).await.map_err(from_driver)?;
        }
        Ok(Step::Done)
    }

    async fn look_again(&mut self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
        self.look_up(plan).await
    }

    /// Behind a long reader, everybody waits who comes after us: so we do not wait long. One change at a time: a foreign key is
    /// made anew with either of its tables, which two would lock crosswise.
    async fn hold(&mut self, plan: &UpsertPlan<'_>, against: Against) -> Result<(), Error> {
        let changes = against != Against::Writes;
        if changes && matches!(self.handle, Handle::InTransaction(_)) && self.ask(sql::KEEPS_SNAPSHOT).await? {
            let message = format!(
                "the table {} cannot be changed in a transaction that sees none of what others commit (`REPEATABLE READ`, \
                 `SERIALIZABLE`): what they wrote to it meanwhile would be lost",
                plan.name()
            );
            return Err(Error::plan(message).during(Phase::Prepare));
        }
        if changes {
            self.client().query_typed(sql::LOCK_CHANGES, &[]).await.map_err(from_driver)?;
        }
        let patience = self.client().query_typed_one(sql::LOCK_TIMEOUT, &[]).await.map_err(from_driver)?;
        let milliseconds: i64 = patience.get(0);
        if !(1..=LONGEST_QUEUE_MILLISECONDS).contains(&milliseconds) {
            self.lock_timeout = Some(milliseconds);
            self.execute_change(&format!("SET LOCAL lock_timeout = {LONGEST_QUEUE_MILLISECONDS}")).await?;
        }
        let lock = if changes { sql::lock_table(plan) } else { sql::lock_writes(plan) };
        self.execute_change(&lock).await
    }

    async fn ask(&mut self, question: &str) -> Result<bool, Error> {
        self.client().query_typed_one(question, &[]).await.map(|row| row.get(0)).map_err(from_driver)
    }

    async fn describe(&mut self, schema: Option<&str>, table: &str) -> Result<Option<TableSnapshot>, Error> {
        self.described(schema, table).await
    }

    async fn tables(&mut self, schema: Option<&str>) -> Result<Vec<String>, Error> {
        let rows = self.client().query_typed(sql::TABLES, &[(&schema, Type::TEXT)]).await.map_err(from_driver)?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    async fn execute_change(&mut self, statement: &str) -> Result<(), Error> {
        self.client().batch_execute(statement).await.map_err(from_driver)
    }

    async fn begin(&mut self, _: Purpose) -> Result<Step, Error> {
        self.looked_again = false;
        if std::mem::take(&mut self.begun_ahead) {
            return Ok(Step::Done);
        }
        self.open(Isolation::OfSession).await
    }

    async fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>, purpose: Purpose) -> Result<Packet, Error> {
        // Where only the database can tell which keys are equal, and where arrays of arrays would be flattened, every chunk
        // goes through its staging table.
        match purpose {
            Purpose::Write if plan.exact_keys && !plan.has_arrays() => Packet::arrays(plan, chunk).await,
            Purpose::Write | Purpose::Stage => Packet::copy(plan, chunk).await,
        }
    }

    fn strategy(&self, packet: &Packet, _: Purpose) -> &'static str {
        match packet {
            Packet::Arrays(_) => "arrays",
            Packet::Copy(_) => "copy",
        }
    }

    async fn write(&mut self, plan: &UpsertPlan<'_>, packet: Packet) -> Result<Wrote, Error> {
        match packet {
            Packet::Arrays(rows) => {
                let counts = self.write_rows(plan, &sql::parameters(plan), &rows.parameters(), rows.rows()).await;
                let wrote = counts.map(|counts| Wrote { counts, duplicates: Count::ZERO });
                if let (OnConflict::Error, Err(error)) = (plan.on_conflict, &wrote)
                    && error.is_of_unknown_conflict()
                    && let Some(constraint) = error.constraint()
                {
                    let first_there = sql::first_there(plan, constraint);
                    self.refused = Some(Refused { first_there, key: plan.key.clone(), rows });
                }
                wrote
            }
            Packet::Copy(copy) => {
                self.copy(plan, copy.into_bytes()).await?;
                self.write_stage(plan).await
            }
        }
    }

    async fn stage(&mut self, plan: &UpsertPlan<'_>, packet: Packet) -> Result<(), Error> {
        match packet {
            Packet::Copy(copy) => self.copy(plan, copy.into_bytes()).await,
            Packet::Arrays(_) => unreachable!("chunks to stage are encoded for COPY"),
        }
    }

    async fn write_staged(&mut self, plan: &UpsertPlan<'_>) -> Result<Wrote, Error> {
        self.write_stage(plan).await
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        // The statement is sent by the poll that comes here: whoever drops us later must not send another one.
        self.open = false;
        self.committing = true;
        let statement = self.commit_statement();
        let committed = self.client().batch_execute(&statement).await;
        self.committing = false;
        committed.map_err(|error| {
            let in_transaction = matches!(self.handle, Handle::InTransaction(_));
            // A savepoint that cannot be released is still there.
            self.open = in_transaction && !is_lost(&error);
            CommitError { in_doubt: !in_transaction && leaves_doubt(&error), error: from_driver(error) }
        })
    }

    async fn resolve(&mut self) -> Outcome {
        let (Handle::Pooled(pooled), Some(transaction)) = (&mut self.handle, self.transaction.take()) else {
            return Outcome::InDoubt;
        };
        self.staging = false;
        self.committing = false;
        pooled.detach();
        let began = Instant::now();
        let mut pause = SHORTEST_PAUSE;
        loop {
            match pooled.ask(&transaction).await {
                Ok(Some(outcome)) => return outcome,
                Ok(None) if began.elapsed() > NOTICING => transaction.end_if_idle(pooled.client()).await,
                Ok(None) => {}
                // The server may be going or coming; or somebody left an aborted transaction on the pool's connection.
                Err(error) if error.is_retryable() || error.sqlstate() == Some("25P02") => pooled.detach(),
                Err(_) => return Outcome::InDoubt,
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(2 * pause);
        }
    }

    async fn rollback(&mut self) -> Result<Undone, Error> {
        self.open = false;
        self.begun_ahead = false;
        self.staging = false;
        self.client().batch_execute(&self.rollback_statement()).await.map(|()| Undone::Ours).map_err(from_driver)
    }

    /// In a transaction of the caller's nothing is asked: should that be refused, the transaction would be lost.
    async fn row_in_the_way(&mut self) -> InTheWay {
        self.find_row_in_the_way().await.map_or(InTheWay::Unknown, InTheWay::Row)
    }

    /// But the row that another one refers to may be in the same chunk. In a transaction of the caller's nothing is asked.
    async fn is_refused_alone(&mut self, _: &UpsertPlan<'_>, error: &Error) -> Result<bool, Error> {
        match (error.constraint(), &self.handle) {
            (Some(_), Handle::InTransaction(_)) if error.sqlstate() == Some(FOREIGN_KEY) => Ok(false),
            (Some(key), _) if error.sqlstate() == Some(FOREIGN_KEY) => self.ask(&sql::refers_to_others(key)).await,
            _ => Ok(true),
        }
    }

    fn park(&mut self) {
        if let Handle::Pooled(pooled) = &mut self.handle {
            drop(pooled.client.take());
        }
    }

    async fn resume(&mut self) -> Result<(), Error> {
        match &mut self.handle {
            Handle::Pooled(pooled) if pooled.client.is_none() => pooled.take().await,
            Handle::Pooled(_) | Handle::Lent(_) | Handle::InTransaction(_) => Ok(()),
        }
    }

    fn outcome(&self) -> Outcome {
        match &self.handle {
            Handle::Pooled(_) | Handle::Lent(_) => Outcome::Committed,
            Handle::InTransaction(_) => Outcome::InCallersTransaction,
        }
    }

    fn release(mut self) {
        self.park();
    }
}

/// A connection of a pool that was not given back may be in any state: it is taken out for good, and closes; and because
/// a server that is busy does not notice that, it is made to stop. But a commit is left to its end: one that waits for a
/// standby would be seen by others before it is safe.
///
/// On a connection that was lent, what is still open is rolled back: the statement is queued behind whatever is being
/// sent, and its answer is not waited for. Nothing is cancelled there: nobody tells when a request to do so has reached
/// the server, and late it would hit the caller's next statement.
impl Drop for PostgresSession<'_> {
    fn drop(&mut self) {
        match &mut self.handle {
            Handle::Pooled(pooled) => {
                if !self.committing {
                    pooled.stop(self.transaction.take().filter(|_| self.open));
                }
                pooled.detach();
            }
            Handle::Lent(_) | Handle::InTransaction(_) if self.open => {
                // One poll sends it; the connection's task drops the answer that nobody waits for.
                drop(self.client().batch_execute(&self.rollback_statement()).now_or_never());
            }
            Handle::Lent(_) | Handle::InTransaction(_) => {}
        }
    }
}

/// How others' commits are seen in a transaction of ours.
#[derive(Clone, Copy)]
enum Isolation {
    OfSession,
    ReadCommitted,
}

/// How long a table's lock is waited for, for all others wait behind us.
const LONGEST_QUEUE_MILLISECONDS: i64 = 10_000;

pub(super) const SAVEPOINT: &str = "SAVEPOINT upsert_call";

/// The time in which a server notices that a client is gone, unless the network has swallowed the farewell.
const NOTICING: Duration = Duration::from_millis(100);
/// Pauses between two questions.
const SHORTEST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
