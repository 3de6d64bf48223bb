//! MySQL and MariaDB, through mysql_async.

mod bulk;
mod close;
mod count;
mod encode;
mod error;
mod facts;
mod known;
mod link;
mod look;
mod session;
mod types;
mod write;

use super::{Backend, sealed};
use crate::error::Error;
use crate::fit::MySql;
use session::MySqlSession;

/// The places of MySQL.
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

        async_place!([$($generics)*] $place);
    };
}

place!(['p] &'p mysql_async::Pool, MySqlSession<'static>, MySqlSession::of_pool);
place!(['p] &'p mut mysql_async::Conn, MySqlSession<'p>, MySqlSession::of_connection);
place!(['p, 't] &'p mut mysql_async::Transaction<'t>, MySqlSession<'p>, MySqlSession::of_transaction);
