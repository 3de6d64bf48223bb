//! Looks at the table, and at the connection that it is looked at through.

use futures_util::future::join;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, SimpleQueryMessage};

use super::error::from_driver;
use super::facts::{Beside, Found, are_as_seen, covering, defined_columns, described, facts, seen};
use super::session::{Handle, Parameter, PostgresSession, SAVEPOINT, Seen};
use crate::error::{Error, Kind};
use crate::evolve::{Definition, Look, State};
use crate::misfit::Misfit;
use crate::plan::UpsertPlan;
use crate::report::Phase;
use crate::snapshot::TableSnapshot;
use crate::sql::Dialect;
use crate::sql::postgres as sql;

impl PostgresSession<'_> {
    pub(super) async fn is_in_transaction(&self) -> Result<bool, Error> {
        let answer = self.client().simple_query(sql::IS_IDLE).await.map_err(from_driver)?;
        Ok(!answer.iter().any(says_true))
    }

    /// Looks at the table for the first time. `None` if the connection was given up: it is the pool's, and somebody left a
    /// transaction open on it, which sees other tables than others do.
    ///
    /// In the caller's transaction there is a savepoint before that, so that an error leaves it usable. Whether one is open
    /// on a connection that was lent is known before anything is begun, so that whoever drops us midway knows what to roll
    /// back.
    pub(super) async fn look_first(&mut self, plan: &UpsertPlan<'_>) -> Result<Option<Look>, Error> {
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
    pub(super) async fn look_up(&mut self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
        self.found = None;
        let rows = self.table_facts(plan).await.map_err(from_driver)?;
        let Some(first) = rows.first() else { return self.nothing_found(plan).await };
        let schema: String = first.get(0);
        let client = self.client();
        let parameters: [Parameter<'_>; 2] = [(&schema, Type::TEXT), (&plan.table, Type::TEXT)];
        let beneath = self.types_beneath(&rows).await?;
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
        let Found { schema, is_view, misfits, facts } = facts(plan, first, &rows, &beside);
        let mut seen = Seen { columns: seen(plan, &rows), may_change_rows: false };
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
        Ok(Look { schema: Some(schema), state: State::Table { misfits, definition } })
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
        Ok(are_as_seen(&self.seen.columns, &rows))
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
    pub(super) async fn types_beneath(&self, rows: &[Row]) -> Result<Vec<Row>, Error> {
        let covering = covering(rows);
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
        let Some(first) = rows.first() else { return Ok(None) };
        let schema: String = first.get(0);
        let columns = described(&rows, &self.types_beneath(&rows).await?);
        let parameters: [Parameter<'_>; 2] = [(&schema, Type::TEXT), (&table, Type::TEXT)];
        let is_table = self.client().query_typed_one(sql::IS_TABLE, &parameters).await.map_err(from_driver)?;
        let keys = self.client().query_typed(sql::UNIQUE_KEYS, &parameters).await.map_err(from_driver)?;
        let keys = is_table.get::<_, bool>(0).then(|| keys.iter().map(|row| row.get(0)).collect());
        Ok(Some(TableSnapshot::new(Dialect::Postgres, schema, table, columns, keys)))
    }
}

fn says_true(message: &SimpleQueryMessage) -> bool {
    matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("t"))
}
