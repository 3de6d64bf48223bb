//! A PgBouncer of a test's own in transaction mode, thrown away at the end.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use upsert::tokio_postgres::{Config, NoTls};

use crate::Postgres;
use crate::postgres_server::{as_ordinary_user, signal};

/// A pooler between its clients and a database.
#[derive(Debug)]
pub struct PgBouncer {
    home: PathBuf,
    database: String,
    /// Its standard input keeps the pooler alive.
    keeper: Child,
}

impl PgBouncer {
    /// Each transaction of a client is on any of so many connections to the server.
    pub async fn before(database: &Postgres, connections: usize) -> Self {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].map(PathBuf::from);
        let program = program.into_iter().find(|program| program.is_file());
        let program = program.unwrap_or_else(|| panic!("these tests need PgBouncer: apt-get install pgbouncer"));
        let home = std::env::temp_dir().join(format!("upsert-pgbouncer-{}-{}", std::process::id(), database.name));
        let mut keeper = as_ordinary_user();
        keeper.args(["sh", "-c", include_str!("throw_away_pgbouncer.sh"), "throw_away_pgbouncer.sh"]);
        keeper.arg(program).arg(&home).arg(database.server.socket_folder()).arg(connections.to_string());
        // In a process group of its own, so that Ctrl-C does not take the one who cleans up.
        let keeper = keeper.stdin(Stdio::piped()).process_group(0).spawn().expect("a shell can be started");
        let pooler = Self { home, database: database.name.clone(), keeper };
        pooler.wait_until_it_answers().await
    }

    async fn wait_until_it_answers(mut self) -> Self {
        let started = Instant::now();
        loop {
            let Err(error) = self.config().connect(NoTls).await else { return self };
            if let Some(status) = self.keeper.try_wait().expect("the pooler's keeper can be asked") {
                panic!("PgBouncer did not start ({status}); what it said stands above");
            }
            assert!(started.elapsed() < Duration::from_secs(30), "PgBouncer does not answer: {error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How to connect through it.
    pub fn config(&self) -> Config {
        let mut config = Config::new();
        config.host_path(&self.home).port(6432).user("postgres").dbname(&self.database);
        config
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.home.join(".s.PGSQL.6432")
    }
}

impl PgBouncer {
    /// Kills it.
    pub fn kill(&self) {
        let process = std::fs::read_to_string(self.home.join("pid")).expect("it runs");
        signal("KILL", &[process.trim()]);
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
    }
}
