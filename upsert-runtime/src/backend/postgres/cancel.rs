//! Stops what a server does for nobody any more.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::Manager as _;
use deadpool_postgres::Pool;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::{CancelToken, Client};

use super::doubt::Transaction;
use crate::backend::Boxed;

/// A pool of PostgreSQL that is told how a busy server is made to stop, when a call is dropped or a deadline passes.
///
/// With a `deadpool_postgres::Pool` alone, its manager makes one more connection, secured as all others are, and through a
/// pooler where they go through one; by that the transaction of the call is ended, which takes no more rights than it had:
/// a role may end what it began, unless somebody took that from it (`EXECUTE` on `pg_terminate_backend`, `track_activities`,
/// another role set by `ALTER ROLE … SET role`). Where a request to cancel is better, by a proxy's own rules say, or where
/// the server has no connection to spare, write to this instead. Never send such a request to PgBouncer 1.18: it
/// [crashes](https://github.com/pgbouncer/pgbouncer/issues/801) of many of them, for all its clients.
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
/// // A request to cancel; with TLS, by the connector that the pool's manager was made with in place of `NoTls`.
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
    /// The same connections; a server is made to stop by one more of them.
    #[must_use]
    pub fn new(pool: &Pool) -> Self {
        Self { pool: pool.clone(), canceller: Canceller::OneMoreConnection }
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

/// How a server is made to stop.
#[derive(Clone, Default)]
pub(super) enum Canceller {
    /// By a connection of its own, and not one of the pool: those may all be with calls that wait for our locks.
    #[default]
    OneMoreConnection,
    Callers(Arc<dyn Fn(CancelToken) -> Boxed<'static, ()> + Send + Sync>),
}

impl Canceller {
    /// Stops what runs for a transaction, if one is open, without waiting for it. The connection must be one that is given
    /// up: a request to cancel that comes late would hit whatever statement is next.
    pub(super) fn stop(&self, pool: &Pool, client: Option<&Client>, transaction: Option<Transaction>) {
        let Ok(runtime) = Handle::try_current() else { return };
        match (self, client, transaction) {
            (Self::OneMoreConnection, _, Some(transaction)) => {
                // If that fails, the server goes on to the end of the statement, and rolls back.
                drop(runtime.spawn(end(pool.clone(), transaction)));
            }
            (Self::Callers(cancel), Some(client), _) if !client.is_closed() => {
                drop(runtime.spawn(cancel(client.cancel_token())));
            }
            (Self::OneMoreConnection | Self::Callers(_), ..) => {}
        }
    }
}

/// Nobody waits for it; but it must not go on for ever where the network is silent.
const LONGEST_EFFORT: Duration = Duration::from_secs(10);

async fn end(pool: Pool, transaction: Transaction) {
    let manager = pool.manager();
    let until = Instant::now() + LONGEST_EFFORT;
    // Nobody is told whether it helped, so there is nothing to do about an error either.
    let Ok(Ok(mut client)) = timeout_at(until, manager.create()).await else { return };
    drop(timeout_at(until, transaction.end(&client)).await);
    // The manager remembers each connection that it made until it is told of its end.
    manager.detach(&mut client);
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OneMoreConnection => "OneMoreConnection",
            Self::Callers(_) => "Callers",
        })
    }
}
