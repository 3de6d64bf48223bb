//! PostgreSQL, through tokio-postgres and deadpool-postgres.

mod cancel;
mod doubt;
mod encode;
mod error;
mod facts;
mod numeric;
mod session;

use super::{AsyncBackend, Backend, Boxed, sealed};
use crate::error::Error;
use crate::fit::Postgres;
use crate::options::UpsertOptions;
use crate::report::{ChunkReport, UpsertReport};
use crate::run::{self, Call, CursorState};
use crate::schema::TableSchema;
pub use cancel::PostgresPool;
use session::PostgresSession;

/// The places of PostgreSQL. Each boxes its own run, where its type is concrete.
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

        impl<$($generics)*> AsyncBackend for $place {
            fn run<'a>(self, call: Call<'a>) -> Boxed<'a, Result<UpsertReport, Error>>
            where
                Self: 'a,
            {
                Box::pin(run::run(self, call))
            }

            fn write_next<'a>(self, cursor: &'a mut CursorState<'_>) -> Boxed<'a, Result<Option<ChunkReport>, Error>>
            where
                Self: 'a,
            {
                Box::pin(run::write_next(self, cursor))
            }

            fn verify<'a>(self, schema: TableSchema<'a>, options: UpsertOptions) -> Boxed<'a, Result<(), Error>>
            where
                Self: 'a,
            {
                Box::pin(run::verify(self, schema, options))
            }
        }
    };
}

place!(['p] &'p deadpool_postgres::Pool, PostgresSession<'static>, PostgresSession::of_pool);
place!(['p] &'p PostgresPool, PostgresSession<'static>, PostgresSession::of_pool_that_is_told);
place!(['p] &'p mut deadpool_postgres::Client, PostgresSession<'p>, PostgresSession::of_pooled_client);
place!(['p] &'p mut tokio_postgres::Client, PostgresSession<'p>, PostgresSession::of_client);
place!(['p, 't] &'p mut tokio_postgres::Transaction<'t>, PostgresSession<'p>, PostgresSession::of_transaction);
place!(['p, 't] &'p mut deadpool_postgres::Transaction<'t>, PostgresSession<'p>, PostgresSession::of_pooled_transaction);
