//! A connection for the length of a call.
//!
//! Transactions are begun and ended by plain statements, not by tokio-postgres' `Transaction`: that one borrows the
//! client, and a future that holds both the client's owner and the borrow is not `Send` for a place with a lifetime.

use std::borrow::Cow;
use std::pin::pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use deadpool_postgres::{Object, Pool};
use futures_util::future::join;
use futures_util::{FutureExt, SinkExt};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row, SimpleQueryMessage, Transaction};

use super::cancel::{Canceller, PostgresPool};
use super::doubt;
use super::encode::{Arrays, Packet};
use super::error::{from_driver, from_pool, is_aborted_transaction, is_lost, leaves_doubt};
use super::facts::{Found, SeenColumn, are_as_seen, covering, defined_columns, described, facts, seen};
use crate::backend::{CommitError, InTheWay, Purpose, Session, Step, Undone, Wrote};
use crate::error::{Error, Kind};
use crate::evolve::{Definition, Look, State};
use crate::feed::Chunk;
use crate::misfit::Misfit;
use crate::options::{OnConflict, Unchanged};
use crate::plan::{Statements, TableFacts, UpsertPlan};
use crate::report::{Count, Counts, Outcome, Phase};
use crate::snapshot::TableSnapshot;
use crate::sql::Dialect;
use crate::sql::postgres::{self as sql, Stage, Told, Upsert};
use crate::wait::in_runtime;

/// A connection of a pool, or one that the caller lent.
#[doc(hidden)]
pub struct PostgresSession<'p> {
    handle: Handle<'p>,
    /// Whether a transaction or savepoint of ours is open.
    open: bool,
    /// Whether the staging table is there.
    staging: bool,
    /// The transaction of ours that was begun last.
    transaction: Option<doubt::Transaction>,
    /// Whether a commit is under way.
    committing: bool,
    /// What to say if a statement that is being prepared is not awaited.
    forget_copy: Option<String>,
    /// Rows of which another one was in the way.
    refused: Option<Refused>,
    /// What the table was found to be like, before the plan takes it in.
    found: Option<(TableFacts, Seen)>,
    seen: Seen,
}

/// What is remembered of the table that was looked at.
#[derive(Default)]
struct Seen {
    /// The columns that are written.
    columns: Vec<SeenColumn>,
    /// Whether triggers may change rows where two statements write them: then nobody tells which the second one updated.
    may_change_rows: bool,
}

/// A chunk that was refused, and what is asked to find the row that it was refused for.
struct Refused {
    first_there: String,
    key: Vec<usize>,
    rows: Arrays,
}

enum Handle<'p> {
    Pooled(Pooled),
    /// The caller's connection.
    Lent(&'p Client),
    /// The connection of the caller's open transaction.
    InTransaction(&'p Client),
}

struct Pooled {
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
    fn detach(&mut self) {
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
            committing: false,
            forget_copy: None,
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

    fn client(&self) -> &Client {
        match &self.handle {
            Handle::Pooled(pooled) => pooled.client(),
            Handle::Lent(client) | Handle::InTransaction(client) => client,
        }
    }

    fn commit_statement(&self) -> &'static str {
        match self.handle {
            Handle::Pooled(_) | Handle::Lent(_) => "COMMIT",
            Handle::InTransaction(_) => "RELEASE SAVEPOINT upsert_call",
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
    async fn open(&mut self) -> Result<Step, Error> {
        let begin = match &mut self.handle {
            Handle::Pooled(pooled) => match pooled.client().simple_query(sql::BEGIN).await {
                Ok(answer) => {
                    // If one was open already, somebody left it behind.
                    let Some(transaction) = doubt::Transaction::begun(&answer) else { return Ok(pooled.give_up()) };
                    self.open = true;
                    self.transaction = Some(transaction);
                    return Ok(Step::Done);
                }
                Err(error) if is_aborted_transaction(&error) => return Ok(pooled.give_up()),
                Err(error) => return Err(from_driver(error)),
            },
            Handle::Lent(_) => "BEGIN",
            // The one that was set before the table was looked at.
            Handle::InTransaction(_) if self.open => return Ok(Step::Done),
            Handle::InTransaction(_) => SAVEPOINT,
        };
        // It is sent by the poll that comes here: whoever drops us later must roll it back.
        self.open = true;
        self.client().batch_execute(begin).await.map(|()| Step::Done).map_err(from_driver)
    }

    async fn is_in_transaction(&self) -> Result<bool, Error> {
        let answer = self.client().simple_query(sql::IS_IDLE).await.map_err(from_driver)?;
        Ok(!answer.iter().any(says_true))
    }

    /// Looks at the table for the first time. `None` if the connection was given up: it is the pool's, and somebody left a
    /// transaction open on it, which sees other tables than others do.
    ///
    /// In the caller's transaction there is a savepoint before that, so that an error leaves it usable. Whether one is open
    /// on a connection that was lent is known before anything is begun, so that whoever drops us midway knows what to roll
    /// back.
    async fn look_first(&mut self, plan: &UpsertPlan<'_>) -> Result<Option<Look>, Error> {
        if !matches!(self.handle, Handle::InTransaction(_)) {
            // Outside a transaction nothing is sent before the question ahead of it is answered: PgBouncer mixes the answers up.
            let asked = self.is_in_transaction().await;
            let is_left_open = match &asked {
                Ok(in_transaction) => *in_transaction,
                Err(error) => error.sqlstate() == Some("25P02"),
            };
            match &mut self.handle {
                Handle::Pooled(pooled) if is_left_open => {
                    pooled.detach();
                    return Ok(None);
                }
                Handle::Lent(client) if matches!(asked, Ok(true)) => self.handle = Handle::InTransaction(client),
                Handle::Pooled(_) | Handle::Lent(_) | Handle::InTransaction(_) => drop(asked?),
            }
        }
        if let Handle::InTransaction(client) = self.handle {
            self.open = true;
            // Both are sent before the first is answered.
            let (begun, looked_up) = join(client.batch_execute(SAVEPOINT), self.look_up(plan)).await;
            begun.map_err(from_driver)?;
            return looked_up.map(Some);
        }
        self.look_up(plan).await.map(Some)
    }

    /// What is found under the table's name; what it is like is remembered.
    async fn look_up(&mut self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
        self.found = None;
        let rows = self.table_facts(plan).await.map_err(from_driver)?;
        let Some(first) = rows.first() else { return self.nothing_found(plan).await };
        let schema: String = first.get(0);
        let client = self.client();
        let parameters: [Parameter<'_>; 2] = [(&schema, Type::TEXT), (&plan.table, Type::TEXT)];
        let beneath = self.types_beneath(&rows).await?;
        let defaults = if plan.given_by_database().next().is_some() {
            client.query_typed(sql::COLUMN_DEFAULTS, &parameters).await.map_err(from_driver)?
        } else {
            Vec::new()
        };
        let Found { schema, is_view, misfits, facts } = facts(plan, first, &rows, &beneath, &defaults);
        let mut seen = Seen { columns: seen(plan, &rows), may_change_rows: false };
        if facts.as_ref().is_some_and(|facts| !facts.counts_in_one) {
            let answer = client.query_typed_opt(sql::MAY_CHANGE_ROWS, &parameters).await.map_err(from_driver)?;
            seen.may_change_rows = answer.is_none_or(|row| row.get(0));
        }
        let mut definition = Definition { is_view, ..Definition::default() };
        if misfits.iter().any(Misfit::is_of_type) {
            let answer = client.query_typed(sql::COLUMN_DEFINITIONS, &parameters).await.map_err(from_driver)?;
            definition.columns = defined_columns(&answer);
        }
        self.found = facts.map(|facts| (facts, seen));
        Ok(Look { schema: Some(schema), state: State::Table { misfits, definition } })
    }

    async fn nothing_found(&self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
        self.refuse_unseen(plan).await?;
        match &plan.schema {
            Some(schema) => {
                let state = if self.has_schema(schema).await? { State::NoTable } else { State::NoSchema };
                Ok(Look { schema: Some(schema.clone()), state })
            }
            None => {
                let answer = self.client().query_typed_opt(sql::CURRENT_SCHEMA, &[]).await.map_err(from_driver)?;
                Ok(Look { schema: answer.map(|row| row.get(0)), state: State::NoTable })
            }
        }
    }

    /// Whether the table that was just written to is the one that was looked at.
    async fn is_as_seen(&self, plan: &UpsertPlan<'_>) -> Result<bool, Error> {
        let parameters: [Parameter<'_>; 1] = [(&plan.name(), Type::TEXT)];
        let rows = self.client().query_typed(sql::COLUMNS_NOW, &parameters).await.map_err(from_driver)?;
        Ok(are_as_seen(&self.seen.columns, &rows))
    }

    async fn table_facts(&self, plan: &UpsertPlan<'_>) -> Result<Vec<Row>, tokio_postgres::Error> {
        let mut key: Vec<&str> = plan.names(&plan.key).collect();
        key.sort_unstable();
        self.facts_of(plan.schema.as_deref(), &plan.table, &key).await
    }

    async fn facts_of(
        &self,
        schema: Option<&str>,
        table: &str,
        key: &[&str],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let parameters: [Parameter<'_>; 3] = [(&table, Type::TEXT), (&schema, Type::TEXT), (&key, Type::TEXT_ARRAY)];
        self.client().query_typed(sql::TABLE_FACTS, &parameters).await
    }

    /// What lies beneath the types of columns.
    async fn types_beneath(&self, rows: &[Row]) -> Result<Vec<Row>, Error> {
        let covering = covering(rows);
        if covering.is_empty() {
            return Ok(Vec::new());
        }
        let parameters: [Parameter<'_>; 1] = [(&covering, Type::OID_ARRAY)];
        self.client().query_typed(sql::TYPES_BENEATH, &parameters).await.map_err(from_driver)
    }

    async fn has_schema(&self, schema: &str) -> Result<bool, Error> {
        let answer = self.client().query_typed_one(sql::HAS_SCHEMA, &[(&schema, Type::TEXT)]).await;
        answer.map(|row| row.get(0)).map_err(from_driver)
    }

    /// Says so if a table was not found only because the caller's transaction does not see it.
    async fn refuse_unseen(&self, plan: &UpsertPlan<'_>) -> Result<(), Error> {
        let Handle::InTransaction(client) = self.handle else { return Ok(()) };
        let parameters: [Parameter<'_>; 2] = [(&plan.table, Type::TEXT), (&plan.schema, Type::TEXT)];
        let answer = client.query_typed_one(sql::IS_NEWER_THAN_SNAPSHOT, &parameters).await.map_err(from_driver)?;
        if answer.get(0) {
            return Err(Error::new(Kind::UnseenTable { table: plan.name() }, Phase::Prepare));
        }
        Ok(())
    }

    /// Writes the rows of a query, to the table that was looked at and no other.
    async fn write_rows(
        &self,
        plan: &UpsertPlan<'_>,
        query: &str,
        parameters: &[Parameter<'_>],
        rows: u64,
    ) -> Result<Counts, Error> {
        // Asked at once behind the first statement, which keeps others from changing the table.
        let (written, is_as_seen) =
            join(self.write_whatever_it_is(plan, query, parameters, rows), self.is_as_seen(plan)).await;
        let counts = written?;
        if is_as_seen? { Ok(counts) } else { Err(Error::new(Kind::ChangedTable { table: plan.name() }, Phase::Write)) }
    }

    async fn write_whatever_it_is(
        &self,
        plan: &UpsertPlan<'_>,
        query: &str,
        parameters: &[Parameter<'_>],
        rows: u64,
    ) -> Result<Counts, Error> {
        let (inserted, updated) = match plan.statements() {
            Statements::One => self.execute(&sql::upsert(plan, query), parameters).await?,
            Statements::Two => {
                let (inserted, updated) = self.in_two(plan, query, parameters, rows).await?;
                if self.seen.may_change_rows && inserted < rows {
                    return Ok(Counts { inserted: inserted.into(), ..Counts::UNKNOWN });
                }
                (inserted, updated)
            }
            Statements::OneUncounted => {
                let written = self.client().execute_typed(&sql::update_rest(plan, query), parameters).await;
                let left = rows.saturating_sub(written.map_err(from_driver)?);
                // Of rows that are rewritten whether they change or not, nobody tells which did.
                let unchanged = if plan.unchanged == Unchanged::Skip { Count::exact(left) } else { Count::UNKNOWN };
                return Ok(Counts { unchanged, ..Counts::UNKNOWN });
            }
        };
        Ok(counts(plan, rows, inserted, updated))
    }

    /// Inserted and updated rows of one statement.
    async fn execute(&self, upsert: &Upsert, parameters: &[Parameter<'_>]) -> Result<(u64, u64), Error> {
        match upsert.told {
            Told::ByTag => {
                let inserted = self.client().execute_typed(&upsert.sql, parameters).await.map_err(from_driver)?;
                Ok((inserted, 0))
            }
            Told::ByRow => {
                let row = self.client().query_typed_one(&upsert.sql, parameters).await.map_err(from_driver)?;
                Ok((unsigned(row.get(0)), unsigned(row.get(1))))
            }
        }
    }

    /// Inserted and updated rows where one statement cannot tell them apart. Rows that the first inserts are equal to
    /// what the second would set, so that only a rewrite counts them again.
    async fn in_two(
        &self,
        plan: &UpsertPlan<'_>,
        query: &str,
        parameters: &[Parameter<'_>],
        rows: u64,
    ) -> Result<(u64, u64), Error> {
        let (inserted, _) = self.execute(&sql::insert_missing(plan, query), parameters).await?;
        if inserted == rows {
            return Ok((inserted, 0));
        }
        let touched =
            self.client().execute_typed(&sql::update_rest(plan, query), parameters).await.map_err(from_driver)?;
        let updated = match plan.unchanged {
            Unchanged::Skip => touched,
            Unchanged::Rewrite => touched.saturating_sub(inserted),
        };
        Ok((inserted, updated))
    }

    async fn copy(&mut self, plan: &UpsertPlan<'_>, rows: Bytes) -> Result<(), Error> {
        let stage = Stage { plan };
        if !self.staging {
            self.client().batch_execute(&stage.create()).await.map_err(from_driver)?;
            self.staging = true;
        }
        self.forget_copy = Some(stage.forget_copy());
        let copy = self.client().prepare(&stage.copy()).await.map_err(from_driver)?;
        self.forget_copy = None;
        let mut sink = pin!(self.client().copy_in(&copy).await.map_err(from_driver)?);
        sink.send(rows).await.map_err(from_driver)?;
        sink.finish().await.map_err(from_driver)?;
        Ok(())
    }

    async fn write_stage(&mut self, plan: &UpsertPlan<'_>) -> Result<Wrote, Error> {
        let stage = Stage { plan };
        let client = self.client();
        if !plan.exact_keys {
            client.batch_execute(&stage.convert()).await.map_err(from_driver)?;
        }
        if plan.refuses_repeated_keys()
            && let Some(row) = client.query_typed_opt(&stage.repeated(), &[]).await.map_err(from_driver)?
        {
            let kind = Kind::RepeatedKey { row: unsigned(row.get(0)), earlier: unsigned(row.get(1)) };
            return Err(Error::new(kind, Phase::Write));
        }
        let numbers = client.query_typed_one(&stage.count_keys(), &[]).await.map_err(from_driver)?;
        let (keys, rows) = (unsigned(numbers.get(0)), unsigned(numbers.get(1)));

        let counts = self.write_rows(plan, &stage.rows_to_write(), &[], keys).await?;
        self.client().batch_execute(&stage.drop()).await.map_err(from_driver)?;
        self.staging = false;
        Ok(Wrote { counts, duplicates: Count::exact(rows - keys) })
    }
}

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

impl Session for PostgresSession<'_> {
    type Packet = Packet;

    async fn look(&mut self, plan: &mut UpsertPlan<'_>) -> Result<Option<Look>, Error> {
        if let (Handle::Pooled(_), Some("pg_temp")) = (&self.handle, plan.schema.as_deref()) {
            let message = "`pg_temp` holds the tables of one connection: lend that one, for a pool may take another";
            return Err(Error::plan(message).during(Phase::Prepare));
        }
        self.look_first(plan).await
    }

    fn take_in(&mut self, plan: &mut UpsertPlan<'_>) -> Result<(), Error> {
        let (facts, seen) = self.found.take().expect("a table that rows do not fit was refused");
        self.seen = seen;
        plan.resolve(facts)
    }

    async fn begin_change(&mut self, plan: &UpsertPlan<'_>) -> Result<Step, Error> {
        if self.open().await? == Step::ConnectionGivenUp {
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

    async fn hold(&mut self, plan: &UpsertPlan<'_>, _: bool) -> Result<(), Error> {
        self.execute_change(&sql::lock_table(plan)).await
    }

    async fn ask(&mut self, question: &str) -> Result<bool, Error> {
        self.client().query_typed_one(question, &[]).await.map(|row| row.get(0)).map_err(from_driver)
    }

    async fn describe(&mut self, schema: Option<&str>, table: &str) -> Result<Option<TableSnapshot>, Error> {
        let rows = self.facts_of(schema, table, &[]).await.map_err(from_driver)?;
        let Some(first) = rows.first() else { return Ok(None) };
        let schema: String = first.get(0);
        let columns = described(&rows, &self.types_beneath(&rows).await?);
        let parameters: [Parameter<'_>; 2] = [(&schema, Type::TEXT), (&table, Type::TEXT)];
        let is_table = self.client().query_typed_one(sql::IS_TABLE, &parameters).await.map_err(from_driver)?;
        let keys = self.client().query_typed(sql::UNIQUE_KEYS, &parameters).await.map_err(from_driver)?;
        let keys = is_table.get::<_, bool>(0).then(|| keys.iter().map(|row| row.get(0)).collect());
        Ok(Some(TableSnapshot::new(Dialect::Postgres, schema, table, columns, keys)))
    }

    async fn tables(&mut self, schema: Option<&str>) -> Result<Vec<String>, Error> {
        let rows = self.client().query_typed(sql::TABLES, &[(&schema, Type::TEXT)]).await.map_err(from_driver)?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    async fn execute_change(&mut self, statement: &str) -> Result<(), Error> {
        self.client().batch_execute(statement).await.map_err(from_driver)
    }

    async fn begin(&mut self, _: Purpose) -> Result<Step, Error> {
        self.open().await
    }

    fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>, purpose: Purpose) -> Result<Packet, Error> {
        // Where only the database can tell which keys are equal, and where arrays of arrays would be flattened, every chunk
        // goes through its staging table.
        match purpose {
            Purpose::Write if plan.exact_keys && !plan.has_arrays() => Packet::arrays(plan, chunk),
            Purpose::Write | Purpose::Stage => Packet::copy(plan, chunk),
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
        let committed = self.client().batch_execute(self.commit_statement()).await;
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
        self.staging = false;
        self.client().batch_execute(&self.rollback_statement()).await.map(|()| Undone::Ours).map_err(from_driver)
    }

    /// In a transaction of the caller's nothing is asked: should that be refused, the transaction would be lost.
    async fn row_in_the_way(&mut self) -> InTheWay {
        self.find_row_in_the_way().await.map_or(InTheWay::Unknown, InTheWay::Row)
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

impl PostgresSession<'_> {
    async fn find_row_in_the_way(&mut self) -> Option<u64> {
        let Refused { first_there, key, rows } = self.refused.take()?;
        if matches!(self.handle, Handle::InTransaction(_)) {
            return None;
        }
        let parameters: Vec<Parameter<'_>> = key.iter().map(|&column| rows.parameter(column)).collect();
        let answer = self.client().query_typed_one(&first_there, &parameters).await.ok()?;
        rows.number(answer.get::<_, Option<i64>>(0)?)
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

const SAVEPOINT: &str = "SAVEPOINT upsert_call";

/// The time in which a server notices that a client is gone, unless the network has swallowed the farewell.
const NOTICING: Duration = Duration::from_millis(100);
/// Pauses between two questions.
const SHORTEST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

fn says_true(message: &SimpleQueryMessage) -> bool {
    matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("t"))
}

/// What became of rows with different keys.
fn counts(plan: &UpsertPlan<'_>, rows: u64, inserted: u64, updated: u64) -> Counts {
    // A trigger that changes the rows that were inserted just now (where two statements are needed) blurs the numbers.
    let Some(left) = rows.checked_sub(inserted + updated).map(Count::exact) else { return Counts::UNKNOWN };
    let (unchanged, ignored) = match plan.on_conflict {
        OnConflict::Ignore => (Count::ZERO, left),
        OnConflict::Update | OnConflict::Error => (left, Count::ZERO),
    };
    Counts { inserted: inserted.into(), updated: updated.into(), unchanged, ignored }
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).expect("PostgreSQL counts from 0")
}
