//! A PgBouncer of a test's own in transaction mode, thrown away at the end.

use std::ffi::OsStr;
use std::path::PathBuf;

use upsert::tokio_postgres::{Config, NoTls};

use crate::Postgres;
use crate::keeper::{Keeper, signal};

/// A pooler between its clients and a database.
#[derive(Debug)]
pub struct PgBouncer {
    database: String,
    keeper: Keeper,
}

impl PgBouncer {
    /// Each transaction of a client is on any of so many connections to the server.
    pub async fn before(database: &Postgres, connections: usize) -> Self {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].map(PathBuf::from);
        let program = program.into_iter().find(|program| program.is_file());
        let program = program.unwrap_or_else(|| panic!("these tests need PgBouncer: apt-get install pgbouncer"));
        let connections = connections.to_string();
        let arguments: [&OsStr; 3] = [program.as_ref(), database.server.socket_folder().as_ref(), connections.as_ref()];
        let script = include_str!("throw_away_pgbouncer.sh");
        let keeper = Keeper::start("PgBouncer", "postgres", script, arguments);
        let mut pooler = Self { database: database.name.clone(), keeper };
        let config = pooler.config();
        pooler.keeper.until_it_answers(async || config.connect(NoTls).await.map(drop)).await;
        pooler
    }

    /// How to connect through it.
    pub fn config(&self) -> Config {
        let mut config = Config::new();
        config.host_path(self.keeper.home()).port(6432).user("postgres").dbname(&self.database);
        config
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.keeper.home().join(".s.PGSQL.6432")
    }

    /// Kills it.
    pub fn kill(&self) {
        let process = std::fs::read_to_string(self.keeper.home().join("pid")).expect("it runs");
        signal("KILL", &[process.trim()]);
    }
}
