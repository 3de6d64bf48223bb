//! A connection: of a pool, or one that the caller lent.

use mysql_async::consts::StatusFlags;
use mysql_async::prelude::Queryable;
use mysql_async::{
    BinaryProtocol, Column, Conn, Params, Pool, QueryResult, Row, Statement, TextProtocol, Transaction, Value,
};

use super::close::{break_off, close, keep_fuse};
use super::error::{NOT_PREPARED, from_pool, interruption, is_refusal, number};
use crate::backend::Boxed;
use crate::error::Error;
use crate::sql::mysql as sql;
use crate::wait::in_runtime;

type Answer<'a, T> = Boxed<'a, mysql_async::Result<T>>;

/// What a connection and a transaction of mysql_async have in common.
pub(super) trait Connected: Send {
    fn connection(&self) -> &Conn;

    fn query<'a>(&'a mut self, statements: &'a str) -> Answer<'a, QueryResult<'a, 'static, TextProtocol>>;

    fn prepare<'a>(&'a mut self, statement: &'a str) -> Answer<'a, Statement>;

    fn execute<'a>(
        &'a mut self,
        statement: &'a Statement,
        values: Params,
    ) -> Answer<'a, QueryResult<'a, 'static, BinaryProtocol>>;

    /// Executes a statement for each of some rows, whose values stand one behind the other: through the bulk protocol, or one
    /// by one where the server or the connection has none.
    fn execute_each<'a>(&'a mut self, statement: &'a Statement, values: Vec<Value>) -> Answer<'a, ()>;

    fn forget(&mut self, statement: Statement) -> Answer<'_, ()>;
}

macro_rules! connected {
    ($connected:ty) => {
        impl Connected for $connected {
            fn connection(&self) -> &Conn {
                self
            }

            fn query<'a>(&'a mut self, statements: &'a str) -> Answer<'a, QueryResult<'a, 'static, TextProtocol>> {
                self.query_iter(statements)
            }

            fn prepare<'a>(&'a mut self, statement: &'a str) -> Answer<'a, Statement> {
                self.prep(statement)
            }

            fn execute<'a>(
                &'a mut self,
                statement: &'a Statement,
                values: Params,
            ) -> Answer<'a, QueryResult<'a, 'static, BinaryProtocol>> {
                self.exec_iter(statement, values)
            }

            fn execute_each<'a>(&'a mut self, statement: &'a Statement, values: Vec<Value>) -> Answer<'a, ()> {
                self.exec_batch(statement, in_rows(values, statement.num_params().into()))
            }

            fn forget(&mut self, statement: Statement) -> Answer<'_, ()> {
                self.close(statement)
            }
        }
    };
}

connected!(Conn);
connected!(Transaction<'_>);

fn in_rows(values: Vec<Value>, width: usize) -> impl Iterator<Item = Params> + Send {
    let mut values = values.into_iter();
    std::iter::from_fn(move || {
        let row: Vec<Value> = values.by_ref().take(width).collect();
        (!row.is_empty()).then_some(Params::Positional(row))
    })
}

pub(super) enum Link<'p> {
    Pooled(Pooled),
    /// The caller's connection, or that of the caller's transaction.
    Lent(&'p mut dyn Connected),
}

pub(super) struct Pooled {
    pool: Pool,
    /// `None` while it is given back.
    connection: Option<Conn>,
}

impl Pooled {
    pub(super) async fn of(pool: &Pool) -> Result<Self, Error> {
        let mut pooled = Self { pool: pool.clone(), connection: None };
        pooled.take().await?;
        Ok(pooled)
    }

    pub(super) async fn take(&mut self) -> Result<(), Error> {
        if self.connection.is_none() {
            in_runtime()?;
            self.connection = Some(self.pool.get_conn().await.map_err(from_pool)?);
        }
        Ok(())
    }

    pub(super) fn give_back(&mut self) {
        drop(self.connection.take());
    }

    /// Takes the connection out of the pool for good.
    pub(super) fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            close(connection);
        }
    }
}

/// What the server says of a statement that it has done.
pub(super) struct Told {
    pub(super) affected: u64,
    /// As in `Records: 3  Duplicates: 1  Warnings: 0`; empty of a single row.
    pub(super) info: String,
}

impl Link<'_> {
    /// `None` while a pool has it.
    pub(super) fn connected(&self) -> Option<&Conn> {
        match self {
            Self::Pooled(pooled) => pooled.connection.as_ref(),
            Self::Lent(connected) => Some(connected.connection()),
        }
    }

    fn connection(&self) -> &Conn {
        self.connected().expect(PARKED)
    }

    fn connected_mut(&mut self) -> &mut dyn Connected {
        match self {
            Self::Pooled(pooled) => pooled.connection.as_mut().expect(PARKED),
            Self::Lent(connected) => *connected,
        }
    }

    /// Whether a transaction was open after the last statement.
    pub(super) fn is_in_transaction(&self) -> bool {
        self.has_status(StatusFlags::SERVER_STATUS_IN_TRANS)
    }

    /// Whether statements outside of transactions commit by themselves.
    pub(super) fn is_in_autocommit(&self) -> bool {
        self.has_status(StatusFlags::SERVER_STATUS_AUTOCOMMIT)
    }

    fn has_status(&self, flag: StatusFlags) -> bool {
        self.connection().last_ok_packet().is_some_and(|answer| answer.status_flags().contains(flag))
    }

    /// Whether a row that is found but not changed counts as affected.
    pub(super) fn counts_found_rows(&self) -> bool {
        self.connection().opts().client_found_rows()
    }

    /// The longest statement that the driver sends, if that was said.
    pub(super) fn most_bytes(&self) -> Option<usize> {
        self.connection().opts().max_allowed_packet()
    }

    /// Sends statements, and waits until all are done.
    pub(super) async fn run(&mut self, statements: &str) -> mysql_async::Result<()> {
        self.connected_mut().query(statements).await?.drop_result().await
    }

    /// Sends statements; the first of them is done when the outer result comes, and all others with the inner one.
    pub(super) async fn run_first(&mut self, statements: &str) -> mysql_async::Result<mysql_async::Result<()>> {
        let others = self.connected_mut().query(statements).await?;
        Ok(others.drop_result().await)
    }

    /// Sends statements, and takes the rows of each.
    pub(super) async fn ask(&mut self, statements: &str) -> mysql_async::Result<Vec<Vec<Row>>> {
        let (rows, end) = self.ask_to_the_end(statements).await;
        end.map(|()| rows)
    }

    /// The same, where what comes after so many answers may be refused.
    pub(super) async fn ask_at_least(
        &mut self,
        answers: usize,
        statements: &str,
    ) -> mysql_async::Result<Vec<Vec<Row>>> {
        match self.ask_to_the_end(statements).await {
            (rows, Err(refused)) if rows.len() >= answers && is_refusal(&refused) => Ok(rows),
            (rows, end) => end.map(|()| rows),
        }
    }

    /// Sends statements, and takes the rows of each, up to one that is refused: instead of an answer, or in the middle of its
    /// rows. Either way nothing is still to come: the server does and sends nothing behind a refusal, and the driver knows.
    ///
    /// But MariaDB has a gap between two statements of a message: a `KILL QUERY` (or a limit of time) that strikes there ends the
    /// message without a word, behind an answer that said that more would come. Nothing can be asked then, for the driver first
    /// waits for the rest; what is left is the deadline, and to close the connection.
    ///
    /// Warnings that were asked for are no answers: where they tell that the answer before them was cut short, all is refused.
    pub(super) async fn ask_to_the_end(&mut self, statements: &str) -> (Vec<Vec<Row>>, mysql_async::Result<()>) {
        let mut rows = Vec::new();
        let mut cut = None;
        let asking = async {
            let mut answer = self.connected_mut().query(statements).await?;
            while !answer.is_empty() {
                let names = answer.columns_ref().iter().map(Column::name_str);
                let are_warnings = names.eq(sql::OF_WARNINGS);
                let told = answer.collect().await?;
                match are_warnings {
                    true => cut = cut.take().or_else(|| told.iter().find_map(interruption)),
                    false => rows.push(told),
                }
            }
            answer.drop_result().await
        };
        let end = asking.await;
        match (end, cut) {
            (Ok(()), Some(cut)) => (Vec::new(), Err(mysql_async::Error::Server(cut))),
            (end, _) => (rows, end),
        }
    }

    /// Executes a statement. It is prepared when it is first met; the driver remembers it.
    pub(super) async fn execute(&mut self, statement: &str, values: Vec<Value>) -> mysql_async::Result<Told> {
        let prepared = self.connected_mut().prepare(statement).await?;
        keep_fuse(&prepared);
        let executed = async {
            let values = if values.is_empty() { Params::Empty } else { Params::Positional(values) };
            let answer = self.connected_mut().execute(&prepared, values).await?;
            let told = Told { affected: answer.affected_rows(), info: answer.info().into_owned() };
            answer.drop_result().await?;
            Ok(told)
        };
        let executed = executed.await;
        self.forget(prepared).await?;
        executed
    }

    /// Executes a statement once for each of some rows, through the bulk protocol: where there is [one](Self::has_bulk), and in
    /// one packet, for only the last one's answer is kept.
    pub(super) async fn execute_bulk(&mut self, statement: &str, values: Vec<Value>) -> mysql_async::Result<Told> {
        let prepared = self.connected_mut().prepare(statement).await?;
        keep_fuse(&prepared);
        let executed = self.connected_mut().execute_each(&prepared, values).await;
        let executed = executed.map(|()| {
            let connection = self.connection();
            Told { affected: connection.affected_rows(), info: connection.info().into_owned() }
        });
        self.forget(prepared).await?;
        executed
    }

    /// Whether there is a bulk protocol. The driver does not tell; but of the two ways in which it executes a statement for
    /// each of some rows, only that one refuses this.
    pub(super) async fn has_bulk(&mut self) -> mysql_async::Result<bool> {
        match self.execute_bulk("DO ?", vec![Value::Int(0)]).await {
            Ok(_) => Ok(false),
            Err(error) if number(&error) == Some(NOT_PREPARED) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The first row of the answer to a question with values.
    pub(super) async fn ask_first(&mut self, question: &str, values: Vec<Value>) -> mysql_async::Result<Option<Row>> {
        let prepared = self.connected_mut().prepare(question).await?;
        let answer = self.connected_mut().execute(&prepared, Params::Positional(values)).await?;
        let row = answer.collect_and_drop().await?.into_iter().next();
        self.forget(prepared).await?;
        Ok(row)
    }

    /// A driver that remembers no statement never closes one by itself.
    async fn forget(&mut self, prepared: Statement) -> mysql_async::Result<()> {
        if self.connection().opts().stmt_cache_size() == 0 {
            self.connected_mut().forget(prepared).await?;
        }
        Ok(())
    }

    /// Ends the connection, whatever it is doing.
    pub(super) fn close(&mut self) {
        match self {
            Self::Pooled(pooled) => pooled.close(),
            Self::Lent(connected) => break_off(*connected),
        }
    }
}

const PARKED: &str = "nothing is asked of a session that is parked";
