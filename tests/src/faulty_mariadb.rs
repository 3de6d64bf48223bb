//! Connections to MariaDB that break.

use upsert::mysql_async::{OptsBuilder, Pool};

use crate::MariaDb;
use crate::faulty_stream::{Cut, FaultyStream, Meter};
use crate::mariadb_way::MariaDbWay;

/// A socket in front of a server's.
#[derive(Debug)]
pub struct FaultyMariaDb {
    way: MariaDbWay,
    pub meter: Meter,
}

impl FaultyMariaDb {
    /// Says of each connection, by its number from 0, where it breaks. Both sides see it.
    pub fn before(database: &MariaDb, cut: impl Fn(usize) -> Option<Cut> + Send + 'static) -> Self {
        Self::that_looks_for("", database, cut)
    }

    /// The same, and counts messages that hold a text.
    pub fn that_looks_for(
        text: &'static str,
        database: &MariaDb,
        cut: impl Fn(usize) -> Option<Cut> + Send + 'static,
    ) -> Self {
        let meter = Meter::that_looks_for(text);
        let counted = meter.clone();
        let way = move |number, server| FaultyStream::new(server, cut(number), counted.clone());
        Self { way: MariaDbWay::before(database, way), meter }
    }

    /// How to connect through it.
    pub fn config(&self) -> OptsBuilder {
        self.way.config()
    }

    /// A pool of such connections.
    pub fn pool(&self) -> Pool {
        Pool::new(self.config())
    }
}
