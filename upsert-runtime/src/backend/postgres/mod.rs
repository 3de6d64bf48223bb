//! PostgreSQL, through tokio-postgres and deadpool-postgres.

mod cancel;
mod catalogue;
mod doubt;
mod encode;
mod error;
mod facts;
mod look;
mod numeric;
mod session;
mod write;

use super::{Backend, sealed};
use crate::error::Error;
use crate::fit::Postgres;
pub use cancel::PostgresPool;
use session::PostgresSession;

/// The places of PostgreSQL.
macro_rules! place {
    ([$($generics:tt)*] $place:ty, $session:ty, $constructor:expr) => {
        impl<$($generics)*> sealed::Sealed for $place {}

        impl<$($generics)*> Backend for $place {
            type Database = Postgres;

            type Session = $session;

            async fn session(self) -> Result<Self::Session, Error> {
                $constructor(self).await
            }
        }

        async_place!([$($generics)*] $place);
    };
}

place!(['p] &'p deadpool_postgres::Pool, PostgresSession<'static>, PostgresSession::of_pool);
place!(['p] &'p PostgresPool, PostgresSession<'static>, PostgresSession::of_pool_that_is_told);
place!(['p] &'p mut deadpool_postgres::Client, PostgresSession<'p>, PostgresSession::of_pooled_client);
place!(['p] &'p mut tokio_postgres::Client, PostgresSession<'p>, PostgresSession::of_client);
place!(['p, 't] &'p mut tokio_postgres::Transaction<'t>, PostgresSession<'p>, PostgresSession::of_transaction);
place!(['p, 't] &'p mut deadpool_postgres::Transaction<'t>, PostgresSession<'p>, PostgresSession::of_pooled_transaction);
