//! Looks at the table, and at the connection that it is looked at through.

use futures_util::future::join;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, SimpleQueryMessage};

use super::catalogue::Catalogue;
use super::doubt::Transaction;
use super::error::{from_driver, is_aborted_transaction};
use super::facts::{Beside, Found, SeenColumn, are_as_seen, covering, defined_columns, described, facts, seen};
use super::session::{Handle, Parameter, PostgresSession, SAVEPOINT, Seen};
use crate::backend::Next;
use crate::error::{Error, Kind};
use crate::evolve::{Definition, Look, State};
use crate::misfit::Misfit;
use crate::plan::UpsertPlan;
use crate::report::Phase;
use crate::snapshot::TableSnapshot;
use crate::sql::postgres::{self as sql, Asked};
use crate::sql::{Dialect, quoted};

impl PostgresSession<'_> {
    /// Looks at the table for the first time. `None` if the connection was given up: it is the pool's, and somebody left a
    /// transaction open on it, which sees other tables than others do.
    ///
    /// Whether one is open is known before anything is sent that depends on it, so that whoever drops us midway knows what to
    /// roll back; nothing is sent before it is answered, because PgBouncer mixes the answers up. So it is asked in one message
    /// with what most tables are; and on a connection of the pool, with the `BEGIN` of rows that are at hand.
    pub(super) async fn look_first(&mut self, plan: &UpsertPlan<'_>, next: Next) -> Result<Option<Look>, Error> {
        self.found = None;
        let answer = match self.handle {
            Handle::InTransaction(_) => return self.look_in_callers(plan).await.map(Some),
            Handle::Pooled(_) if next == Next::Chunk => {
                self.open = true;
                let begin = with_table(sql::BEGIN, plan, Asked::InAnyCase);
                self.client().simple_query(&begin).await
            }
            Handle::Pooled(_) | Handle::Lent(_) => {
                let is_idle = with_table(sql::IS_IDLE, plan, Asked::OutsideTransactions);
                self.client().simple_query(&is_idle).await
            }
        };
        let is_idle = answer.as_ref().is_ok_and(|answer| answer.iter().find_map(first_cell) == Some("t"));
        let is_aborted = answer.as_ref().is_err_and(is_aborted_transaction);
        match (&mut self.handle, &answer) {
            (Handle::Pooled(pooled), _) if is_aborted || answer.is_ok() && !is_idle => {
                pooled.detach();
                self.open = false;
                return Ok(None);
            }
            (Handle::Pooled(_), Ok(answer)) if self.open => {
                self.transaction = Transaction::begun(answer);
                self.begun_ahead = true;
            }
            (&mut Handle::Lent(client), Ok(_)) if !is_idle => {
                self.handle = Handle::InTransaction(client);
                return self.look_in_callers(plan).await.map(Some);
            }
            _ => {}
        }
        let answer = answer.map_err(from_driver)?;
        self.look_at(plan, &answer).await.map(Some)
    }

    /// In the caller's transaction there is a savepoint before the look, so that an error leaves it usable.
    async fn look_in_callers(&mut self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
        self.open = true;
        let Some(question) = short_question(plan, Asked::InAnyCase) else {
            self.client().batch_execute(SAVEPOINT).await.map_err(from_driver)?;
            return self.look_up(plan).await;
        };
        // Both are sent before the first is answered.
        let client = self.client();
        let (begun, answer) = join(client.batch_execute(SAVEPOINT), client.simple_query(&question)).await;
        begun.map_err(from_driver)?;
        self.look_at(plan, &answer.map_err(from_driver)?).await
    }

    /// What the answer to the short question tells; what it does not, is asked.
    async fn look_at(&mut self, plan: &UpsertPlan<'_>, answer: &[SimpleQueryMessage]) -> Result<Look, Error> {
        if let Some(catalogue) = Catalogue::read_ordinary(plan, answer) {
            let look = self.judge(plan, &catalogue).await?;
            if !(catalogue.may_be_filled && has_unfilled(&look)) {
                return Ok(look);
            }
        }
        self.look_up(plan).await
    }

    /// What is found under the table's name, whatever that is; what it is like is remembered.
    pub(super) async fn look_up(&mut self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
        self.found = None;
        let rows = self.table_facts(plan).await.map_err(from_driver)?;
        match Catalogue::read(&rows) {
            Some(catalogue) => self.judge(plan, &catalogue).await,
            None => self.nothing_found(plan).await,
        }
    }

    /// How a table fits; what it is like is remembered.
    async fn judge(&mut self, plan: &UpsertPlan<'_>, catalogue: &Catalogue) -> Result<Look, Error> {
        let client = self.client();
        let parameters: [Parameter<'_>; 2] = [(&catalogue.schema, Type::TEXT), (&plan.table, Type::TEXT)];
        let beneath = self.types_beneath(catalogue).await?;
        let checks = if plan.columns.iter().any(|column| column.enum_type.is_some()) {
            client.query_typed(sql::COLUMN_CHECKS, &parameters).await.map_err(from_driver)?
        } else {
            Vec::new()
        };
        let defaults = if plan.given_by_database().next().is_some() {
            client.query_typed(sql::COLUMN_DEFAULTS, &parameters).await.map_err(from_driver)?
        } else {
            Vec::new()
        };
        let beside = Beside { beneath, defaults, checks };
        let Found { is_view, misfits, facts } = facts(plan, catalogue, &beside);
        let mut seen = Seen { columns: seen(plan, catalogue), may_change_rows: false };
        if facts.as_ref().is_some_and(|facts| !facts.counts_in_one) {
            let answer = client.query_typed_opt(sql::MAY_CHANGE_ROWS, &parameters).await.map_err(from_driver)?;
            seen.may_change_rows = answer.is_none_or(|row| row.get(0));
        }
        let mut definition = Definition { is_view, ..Definition::default() };
        if misfits.iter().any(Misfit::is_of_type) {
            let answer = client.query_typed(sql::COLUMN_DEFINITIONS, &parameters).await.map_err(from_driver)?;
            definition.columns = defined_columns(&answer, &beside.checks, &misfits);
        }
        self.found = facts.map(|facts| (facts, seen));
        Ok(Look { schema: Some(catalogue.schema.clone()), state: State::Table { misfits, definition } })
    }

    pub(super) async fn nothing_found(&self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
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
    pub(super) async fn is_as_seen(&self, plan: &UpsertPlan<'_>) -> Result<bool, Error> {
        let parameters: [Parameter<'_>; 1] = [(&plan.name(), Type::TEXT)];
        let rows = self.client().query_typed(sql::COLUMNS_NOW, &parameters).await.map_err(from_driver)?;
        if !are_as_seen(&self.seen.columns, &rows) {
            return Ok(false);
        }
        let keeps_snapshot = rows.first().is_some_and(|row| row.get(5));
        if keeps_snapshot { self.would_return_as_seen(plan).await } else { Ok(true) }
    }

    /// Whether a query of the columns would return values of the types that were seen: what the server says of that goes by the table
    /// itself, and by no snapshot. It is not executed. Types that are not the server's own cannot be told so.
    async fn would_return_as_seen(&self, plan: &UpsertPlan<'_>) -> Result<bool, Error> {
        let own: Vec<&SeenColumn> = self.seen.columns.iter().filter(|column| column.is_of_own_type()).collect();
        let names: Vec<String> = own.iter().map(|column| quoted(column.name())).collect();
        let query = format!("SELECT {} FROM {}", names.join(", "), plan.name());
        let statement = self.client().prepare(&query).await.map_err(from_driver)?;
        Ok(own.iter().zip(statement.columns()).all(|(seen, now)| seen.is_returned_as(now)))
    }

    pub(super) async fn table_facts(&self, plan: &UpsertPlan<'_>) -> Result<Vec<Row>, tokio_postgres::Error> {
        let mut key: Vec<&str> = plan.names(&plan.key).collect();
        key.sort_unstable();
        self.facts_of(plan.schema.as_deref(), &plan.table, &key).await
    }

    pub(super) async fn facts_of(
        &self,
        schema: Option<&str>,
        table: &str,
        key: &[&str],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let parameters: [Parameter<'_>; 3] = [(&table, Type::TEXT), (&schema, Type::TEXT), (&key, Type::TEXT_ARRAY)];
        self.client().query_typed(sql::TABLE_FACTS, &parameters).await
    }

    /// What lies beneath the types of columns.
    async fn types_beneath(&self, catalogue: &Catalogue) -> Result<Vec<Row>, Error> {
        let covering = covering(catalogue);
        if covering.is_empty() {
            return Ok(Vec::new());
        }
        let parameters: [Parameter<'_>; 1] = [(&covering, Type::OID_ARRAY)];
        self.client().query_typed(sql::TYPES_BENEATH, &parameters).await.map_err(from_driver)
    }

    pub(super) async fn has_schema(&self, schema: &str) -> Result<bool, Error> {
        let answer = self.client().query_typed_one(sql::HAS_SCHEMA, &[(&schema, Type::TEXT)]).await;
        answer.map(|row| row.get(0)).map_err(from_driver)
    }

    /// Says so if a table was not found only because the caller's transaction does not see it.
    pub(super) async fn refuse_unseen(&self, plan: &UpsertPlan<'_>) -> Result<(), Error> {
        let Handle::InTransaction(client) = self.handle else { return Ok(()) };
        let parameters: [Parameter<'_>; 2] = [(&plan.table, Type::TEXT), (&plan.schema, Type::TEXT)];
        let answer = client.query_typed_one(sql::IS_NEWER_THAN_SNAPSHOT, &parameters).await.map_err(from_driver)?;
        if answer.get(0) {
            return Err(Error::new(Kind::UnseenTable { table: plan.name() }, Phase::Prepare));
        }
        Ok(())
    }

    pub(super) async fn described(&self, schema: Option<&str>, table: &str) -> Result<Option<TableSnapshot>, Error> {
        let rows = self.facts_of(schema, table, &[]).await.map_err(from_driver)?;
        let Some(catalogue) = Catalogue::read(&rows) else { return Ok(None) };
        let beneath = self.types_beneath(&catalogue).await?;
        let parameters: [Parameter<'_>; 2] = [(&catalogue.schema, Type::TEXT), (&table, Type::TEXT)];
        let checks = self.client().query_typed(sql::COLUMN_CHECKS, &parameters).await.map_err(from_driver)?;
        let columns = described(&catalogue, &beneath, &checks);
        let is_table = self.client().query_typed_one(sql::IS_TABLE, &parameters).await.map_err(from_driver)?;
        let keys = self.client().query_typed(sql::UNIQUE_KEYS, &parameters).await.map_err(from_driver)?;
        let keys = is_table.get::<_, bool>(0).then(|| keys.iter().map(|row| row.get(0)).collect());
        Ok(Some(TableSnapshot::new(Dialect::Postgres, catalogue.schema, table, columns, keys)))
    }
}

/// A question, and the short one about the table behind it.
fn with_table(question: &str, plan: &UpsertPlan<'_>, asked: Asked) -> String {
    match short_question(plan, asked) {
        Some(about_table) => format!("{question};\n{about_table}"),
        None => question.to_owned(),
    }
}

/// What most tables are is asked in short. `pg_temp` is the name of no schema.
fn short_question(plan: &UpsertPlan<'_>, asked: Asked) -> Option<String> {
    (plan.schema.as_deref() != Some("pg_temp")).then(|| sql::ordinary_table(plan, asked))
}

/// Whether values seem to be missing, which a trigger might fill.
fn has_unfilled(look: &Look) -> bool {
    let is_unfilled = |misfit: &Misfit| matches!(misfit, Misfit::NotFilled { .. } | Misfit::TakesNoNull { .. });
    matches!(&look.state, State::Table { misfits, .. } if misfits.iter().any(is_unfilled))
}

/// The first cell of the first row.
fn first_cell(message: &SimpleQueryMessage) -> Option<&str> {
    match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    }
}
