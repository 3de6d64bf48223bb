//! A PostgreSQL server of our own, thrown away at the end: one for each test process that asks for it.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;
use upsert::tokio_postgres::{self, Client, NoTls};

/// A running server. It listens on a socket in its own folder only, so no port is taken and nobody else gets in.
#[derive(Debug)]
pub struct PostgresServer {
    home: PathBuf,
    /// Its standard input keeps the server alive; the system closes it when this process ends, however that happens.
    keeper: Child,
}

impl PostgresServer {
    /// The server of this process. The first to ask starts it.
    pub async fn shared() -> &'static Self {
        static SERVER: OnceCell<PostgresServer> = OnceCell::const_new();
        SERVER.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let programs = programs().unwrap_or_else(|| {
            panic!("these tests need PostgreSQL's server programs (initdb, postgres): apt-get install postgresql postgresql-contrib")
        });
        let home = std::env::temp_dir().join(format!("upsert-postgres-{}", std::process::id()));
        let script = include_str!("throw_away_postgres.sh");
        let mut keeper = as_ordinary_user();
        keeper.args(["sh", "-c", script, "throw_away_postgres.sh"]).arg(programs).arg(&home);
        // In a process group of its own, so that Ctrl-C does not take the one who cleans up.
        let keeper = keeper.stdin(Stdio::piped()).process_group(0).spawn().expect("a shell can be started");
        let mut server = Self { home, keeper };
        server.wait_until_it_answers().await;
        server
    }

    async fn wait_until_it_answers(&mut self) {
        let started = Instant::now();
        loop {
            let Err(error) = self.config("postgres").connect(NoTls).await else { return };
            if let Some(status) = self.keeper.try_wait().expect("the server's keeper can be asked") {
                panic!("PostgreSQL did not start ({status}); what it said stands above");
            }
            assert!(started.elapsed() < Duration::from_secs(120), "PostgreSQL does not answer: {error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How to connect to one of its databases.
    pub fn config(&self, database: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.home).user("postgres").dbname(database);
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

    /// The folder of its socket, for other processes that connect: the `host` of a connection string.
    pub fn socket_folder(&self) -> &Path {
        &self.home
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

/// PostgreSQL refuses to run as root; the user `postgres` comes with its package.
fn as_ordinary_user() -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]);
        command
    } else {
        Command::new("env")
    }
}
