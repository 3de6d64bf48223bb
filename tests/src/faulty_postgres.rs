//! Connections to PostgreSQL that break.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use upsert::deadpool_postgres::{Connect, Manager, ManagerConfig, Pool};
use upsert::tokio_postgres::{Client, Config, Error};

use crate::faulty_stream::{Cut, FaultyStream, Meter};
use crate::postgres::Postgres;
use crate::raw_connection::{Connected, connect_through};

/// A pool whose connections break where it is said.
#[derive(Clone, Debug)]
pub struct FaultyPool {
    pub pool: Pool,
    pub meter: Meter,
    opened: Arc<AtomicUsize>,
}

impl FaultyPool {
    /// Says of each connection, by its number from 0, where it breaks.
    pub fn new(database: &Postgres, cut: impl Fn(usize) -> Option<Cut> + Send + Sync + 'static) -> Self {
        let (meter, opened) = (Meter::default(), Arc::<AtomicUsize>::default());
        let connect = Connections {
            socket: database.server.socket(),
            cut: Box::new(cut),
            meter: meter.clone(),
            opened: Arc::clone(&opened),
        };
        let manager = Manager::from_connect(database.config(), connect, ManagerConfig::default());
        let pool = database.through(manager).pool;
        Self { pool, meter, opened }
    }

    /// How many connections were opened.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }
}

/// A connection without a pool that breaks somewhere, if it does not before it is made.
pub async fn connect(database: &Postgres, cut: Cut) -> Result<Client, Error> {
    open(database.server.socket(), database.config(), Some(cut), Meter::default()).await.map(|(client, _)| client)
}

struct Connections {
    socket: PathBuf,
    cut: Box<dyn Fn(usize) -> Option<Cut> + Send + Sync>,
    meter: Meter,
    opened: Arc<AtomicUsize>,
}

impl Connect for Connections {
    fn connect(&self, config: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        let cut = (self.cut)(self.opened.fetch_add(1, Ordering::Relaxed));
        Box::pin(open(self.socket.clone(), config.clone(), cut, self.meter.clone()))
    }
}

async fn open(socket: PathBuf, config: Config, cut: Option<Cut>, meter: Meter) -> Connected {
    connect_through(socket, config, |server| FaultyStream::new(server, cut, meter)).await
}
