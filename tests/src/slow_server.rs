//! A server whose answers trickle in a few bytes at a time, so that no two of them arrive together.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use upsert::deadpool_postgres::{Connect, Manager, ManagerConfig};
use upsert::tokio_postgres::Config;

use crate::mariadb_way::MariaDbWay;
use crate::raw_connection::{Connected, connect_through};
use crate::{MariaDb, Postgres};

/// The database through a pool to which it answers slowly. On a runtime of one thread, whoever waits for an answer gets
/// a turn after each few bytes.
pub fn slow(database: &Postgres) -> Postgres {
    let connect = SlowServer(database.clone());
    database.through(Manager::from_connect(database.config(), connect, ManagerConfig::default()))
}

/// The same of MariaDB, for as long as the way to it is there.
pub fn slow_mariadb(database: &MariaDb) -> (MariaDb, MariaDbWay) {
    let way = MariaDbWay::before(database, |_, server| SlowStream { server, pausing: false });
    (database.through(way.config()), way)
}

struct SlowServer(Postgres);

impl Connect for SlowServer {
    fn connect(&self, config: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        let slowly = |server| SlowStream { server, pausing: false };
        Box::pin(connect_through(self.0.server.socket(), config.clone(), slowly))
    }
}

struct SlowStream {
    server: UnixStream,
    /// Whether the last time something was read, so that it is not this time.
    pausing: bool,
}

/// As many bytes come at once: the shortest messages have five.
const BYTES: usize = 5;

impl AsyncRead for SlowStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.pausing = !self.pausing;
        if self.pausing {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut few = [0; BYTES];
        let most = out.remaining().min(BYTES);
        let mut read = ReadBuf::new(&mut few[..most]);
        ready!(Pin::new(&mut self.server).poll_read(context, &mut read))?;
        out.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SlowStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.server).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.server).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.server).poll_shutdown(context)
    }
}
