//! Connections to PostgreSQL that break.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use upsert::PostgresPool;
use upsert::deadpool_postgres::{Connect, Manager, ManagerConfig};
use upsert::tokio_postgres::{Client, Config, Error};

use crate::faulty_stream::{Cut, FaultyStream, Meter};
use crate::pgbouncer::PgBouncer;
use crate::postgres::{self, Postgres};
use crate::raw_connection::{Connected, connect_through};

/// What connections are made to: a server, or a pooler before it.
#[derive(Clone, Debug)]
pub struct Front {
    socket: PathBuf,
    config: Config,
}

impl From<&Postgres> for Front {
    fn from(database: &Postgres) -> Self {
        Self { socket: database.server.socket(), config: database.config() }
    }
}

impl From<&PgBouncer> for Front {
    fn from(pooler: &PgBouncer) -> Self {
        Self { socket: pooler.socket(), config: pooler.config() }
    }
}

impl Front {
    /// A connection without a pool that breaks where it is said, if not before it is made.
    pub async fn connect(&self, cut: Option<Cut>, meter: &Meter) -> Result<Client, Error> {
        self.open(cut, meter).await.map(|(client, _)| client)
    }

    async fn open(&self, cut: Option<Cut>, meter: &Meter) -> Connected {
        let through = |server| FaultyStream::new(server, cut, meter.clone());
        connect_through(self.socket.clone(), self.config.clone(), through).await
    }
}

/// A pool whose connections break where it is said. The server sees it, and needs nobody to tell it to stop.
#[derive(Clone, Debug)]
pub struct FaultyPool {
    pub pool: PostgresPool,
    pub meter: Meter,
}

impl FaultyPool {
    /// Says of each connection, by its number from 0, where it breaks.
    pub fn new(front: &Front, cut: impl Fn(usize) -> Option<Cut> + Send + Sync + 'static) -> Self {
        Self::that_looks_for("pg_xact_status", front, cut)
    }

    /// The same, and counts messages that hold a text.
    pub fn that_looks_for(
        text: &'static str,
        front: &Front,
        cut: impl Fn(usize) -> Option<Cut> + Send + Sync + 'static,
    ) -> Self {
        let meter = Meter::that_looks_for(text);
        let connect =
            Connections { front: front.clone(), cut: Box::new(cut), meter: meter.clone(), opened: AtomicUsize::new(0) };
        let manager = Manager::from_connect(front.config.clone(), connect, ManagerConfig::default());
        let pool = PostgresPool::new(&postgres::pool(manager)).cancel_with(|_| async {});
        Self { pool, meter }
    }

    /// How often it was asked what became of a commit.
    pub fn questions(&self) -> usize {
        self.meter.sent_with_text()
    }
}

struct Connections {
    front: Front,
    cut: Box<dyn Fn(usize) -> Option<Cut> + Send + Sync>,
    meter: Meter,
    opened: AtomicUsize,
}

impl Connect for Connections {
    fn connect(&self, _: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        let cut = (self.cut)(self.opened.fetch_add(1, Ordering::Relaxed));
        Box::pin(self.front.open(cut, &self.meter))
    }
}
