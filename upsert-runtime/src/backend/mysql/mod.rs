//! MySQL and MariaDB, through mysql_async.

mod bulk;
mod close;
mod count;
mod encode;
mod error;
mod facts;
mod link;
mod session;
mod types;
mod write;

use super::{AsyncBackend, Backend, Boxed, sealed};
use crate::error::Error;
use crate::fit::MySql;
use crate::options::UpsertOptions;
use crate::report::{ChunkReport, UpsertReport};
use crate::run::{self, Call, CursorState};
use crate::schema::TableSchema;
use session::MySqlSession;

/// The places of MySQL. Each boxes its own run, where its type is concrete.
macro_rules! place {
    ([$($generics:tt)*] $place:ty, $session:ty, $constructor:expr) => {
        impl<$($generics)*> sealed::Sealed for $place {}

        impl<$($generics)*> Backend for $place {
            type Database = MySql;

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

place!(['p] &'p mysql_async::Pool, MySqlSession<'static>, MySqlSession::of_pool);
place!(['p] &'p mut mysql_async::Conn, MySqlSession<'p>, MySqlSession::of_connection);
place!(['p, 't] &'p mut mysql_async::Transaction<'t>, MySqlSession<'p>, MySqlSession::of_transaction);
