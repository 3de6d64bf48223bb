//! PostgreSQL servers of our own, thrown away at the end: one for each test process that asks for it, and those that tests
//! kill.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::OnceCell;
use upsert::tokio_postgres::{self, Client, NoTls};

use crate::keeper::{Keeper, children, signal, stop, until_dead};

/// A running server. It listens on a socket in its own folder only, so no port is taken and nobody else gets in.
#[derive(Debug)]
pub struct PostgresServer {
    keeper: Keeper,
}

impl PostgresServer {
    /// The server of this process. The first to ask starts it.
    pub async fn shared() -> &'static Self {
        static SERVER: OnceCell<PostgresServer> = OnceCell::const_new();
        SERVER.get_or_init(|| Self::start(&[])).await
    }

    /// A server of a test's own, with settings like `wal_writer_delay=1s`.
    pub async fn start(settings: &[&str]) -> Self {
        let programs = programs().unwrap_or_else(|| {
            panic!("these tests need PostgreSQL's server programs (initdb, postgres): apt-get install postgresql postgresql-contrib")
        });
        let settings = settings.iter().flat_map(|setting| ["-c", setting]).map(Into::into);
        let arguments = [programs.into_os_string()].into_iter().chain(settings);
        let script = include_str!("throw_away_postgres.sh");
        let mut server = Self { keeper: Keeper::start("PostgreSQL", "postgres", script, arguments) };
        server.wait_until_it_answers().await;
        server
    }

    async fn wait_until_it_answers(&mut self) {
        let config = self.config("postgres");
        self.keeper.until_it_answers(async || config.connect(NoTls).await.map(drop)).await;
    }

    /// Kills the server and all its processes. What they have written is not lost: the system still has it.
    pub fn kill(&self) {
        let server = self.process();
        // Stopped, it starts no others meanwhile.
        stop(&server);
        let children = children(&server);
        let all: Vec<&str> = [&server].into_iter().chain(&children).map(String::as_str).collect();
        signal("KILL", &all);
        until_dead(&all[1..]);
    }

    /// Kills one of its processes: then it ends all others, forgets what is not on the disk, and starts anew by itself.
    pub async fn crash(&mut self) {
        let [victim, witness] = [self.connect("postgres").await, self.connect("postgres").await];
        let process = victim.query_one("SELECT pg_backend_pid()", &[]).await.expect("it answers");
        signal("KILL", &[&process.get::<_, i32>(0).to_string()]);
        while !witness.is_closed() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.wait_until_it_answers().await;
    }

    fn process(&self) -> String {
        let file = std::fs::read_to_string(self.keeper.home().join("data/postmaster.pid")).expect("the server runs");
        file.lines().next().expect("the first line is its process id").to_owned()
    }

    /// Starts it again after it was killed.
    pub async fn restart(&mut self) {
        self.keeper.start_again();
        self.wait_until_it_answers().await;
    }

    /// How to connect to one of its databases.
    pub fn config(&self, database: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(self.keeper.home()).user("postgres").dbname(database);
        config
    }

    /// A connection to one of its databases.
    pub async fn connect(&self, database: &str) -> Client {
        let (client, connection) = self.config(database).connect(NoTls).await.expect("the server takes connections");
        tokio::spawn(connection);
        client
    }

    /// From now on connections to a database need their user's password, but for superusers without one.
    pub async fn ask_for_password(&self, database: &str) {
        let admin = self.connect("postgres").await;
        let write_rules = format!(
            "DO $$ BEGIN EXECUTE format($f$COPY (VALUES ('local {database} postgres trust'),
                 ('local {database} all scram-sha-256'), ('local all all trust')) TO %L$f$,
                 current_setting('hba_file')); END $$;
             SELECT pg_reload_conf()"
        );
        admin.batch_execute(&write_rules).await.expect("a superuser can write the server's files");
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.keeper.home().join(".s.PGSQL.5432")
    }

    /// The folder of its socket, for other processes that connect: the `host` of a connection string.
    pub fn socket_folder(&self) -> &Path {
        self.keeper.home()
    }
}

/// The folder of the newest server that is installed, or the one in the PATH.
fn programs() -> Option<PathBuf> {
    let mut installed: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| {
            let version = version.ok()?;
            Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin")))
        })
        .collect();
    installed.sort_unstable();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = installed.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(&path));
    installed.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}
