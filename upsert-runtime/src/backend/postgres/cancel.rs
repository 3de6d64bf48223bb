//! Asks a server to stop what nobody waits for any more.

use std::fmt;
use std::sync::Arc;

use deadpool_postgres::Pool;
use tokio::runtime::Handle;
use tokio_postgres::{CancelToken, Client, NoTls};

use crate::backend::Boxed;

/// A pool of PostgreSQL that is told how a busy server is asked to stop, when a call is dropped or a deadline passes.
///
/// Of a `deadpool_postgres::Pool` alone nobody can tell how its connections are secured, so the request goes out in plain
/// text, by a connection of its own, and not at all where the configuration demands TLS; the server then goes on with the
/// statement to its end, and rolls back. Where that matters, or where no request must be sent (PgBouncer 1.18
/// [can crash](https://github.com/pgbouncer/pgbouncer/issues/801) of one), write to this instead.
///
/// ```no_run
/// # async fn example(pool: upsert::deadpool_postgres::Pool) -> Result<(), upsert::Error> {
/// use upsert::tokio_postgres::{CancelToken, NoTls};
/// use upsert::{PostgresPool, UpsertOptions, Upsertable};
///
/// #[derive(Upsertable)]
/// struct City {
///     #[upsert(primary_key)]
///     id: i64,
///     name: String,
/// }
///
/// // With TLS: the connector that the pool's manager was made with, in place of `NoTls`.
/// let asked = PostgresPool::new(&pool).cancel_with(|token: CancelToken| async move {
///     drop(token.cancel_query(NoTls).await); // nobody is told whether it helped
/// });
/// City::aupsert(&asked, [City { id: 1, name: "Oslo".into() }], UpsertOptions::new()).await?;
///
/// let never_asked = PostgresPool::new(&pool).cancel_with(|_| async {});
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PostgresPool {
    pub(super) pool: Pool,
    pub(super) canceller: Canceller,
}

impl PostgresPool {
    /// The same connections; a server is asked in plain text.
    #[must_use]
    pub fn new(pool: &Pool) -> Self {
        Self { pool: pool.clone(), canceller: Canceller::PlainText }
    }

    /// A server is asked by a future of the caller's, which runs as a task of its own. It gets the token of a connection
    /// that is given up, and may take its time.
    #[must_use]
    pub fn cancel_with<F>(self, cancel: impl Fn(CancelToken) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { canceller: Canceller::Callers(Arc::new(move |token| Box::pin(cancel(token)))), ..self }
    }
}

/// How a server is asked.
#[derive(Clone, Default)]
pub(super) enum Canceller {
    /// By a connection in plain text, because a pool does not show its TLS connector. What it tells is worth nothing once
    /// the connection is gone. Where plain text is not allowed, nobody is asked.
    #[default]
    PlainText,
    Callers(Arc<dyn Fn(CancelToken) -> Boxed<'static, ()> + Send + Sync>),
}

impl Canceller {
    /// Asks the server to stop the statement that is running on a connection, without waiting for it. The connection must
    /// be one that is given up: a request that comes late would hit whatever statement is next.
    pub(super) fn cancel(&self, client: &Client) {
        let Ok(runtime) = Handle::try_current() else { return };
        if client.is_closed() {
            return;
        }
        let token = client.cancel_token();
        match self {
            // Nobody is told whether it helped, so there is nothing to do about an error either.
            Self::PlainText => drop(runtime.spawn(async move { drop(token.cancel_query(NoTls).await) })),
            Self::Callers(cancel) => drop(runtime.spawn(cancel(token))),
        }
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PlainText => "PlainText",
            Self::Callers(_) => "Callers",
        })
    }
}
