//! PostgreSQL servers of our own, thrown away at the end: one for each test process that asks for it, and those that tests
//! kill.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
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
        SERVER.get_or_init(|| Self::start(&[])).await
    }

    /// A server of a test's own, with settings like `wal_writer_delay=1s`.
    pub async fn start(settings: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let programs = programs().unwrap_or_else(|| {
            panic!("these tests need PostgreSQL's server programs (initdb, postgres): apt-get install postgresql postgresql-contrib")
        });
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let home = std::env::temp_dir().join(format!("upsert-postgres-{}-{number}", std::process::id()));
        let script = include_str!("throw_away_postgres.sh");
        let mut keeper = as_ordinary_user();
        keeper.args(["sh", "-c", script, "throw_away_postgres.sh"]).arg(programs).arg(&home);
        keeper.args(settings.iter().flat_map(|setting| ["-c", setting]));
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

    /// Kills the server and all its processes. What they have written is not lost: the system still has it.
    pub fn kill(&self) {
        let server = self.process();
        // Stopped, it starts no others meanwhile.
        signal("STOP", &[&server]);
        let children = children(&server);
        let all: Vec<&str> = [&server].into_iter().chain(&children).map(String::as_str).collect();
        signal("KILL", &all);
        // While one of them is left, no other server starts.
        while !children.iter().all(|process| is_dead(process)) {
            std::thread::sleep(Duration::from_millis(1));
        }
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
        let file = std::fs::read_to_string(self.home.join("data/postmaster.pid")).expect("the server runs");
        file.lines().next().expect("the first line is its process id").to_owned()
    }

    /// Starts it again after it was killed.
    pub async fn restart(&mut self) {
        let keeper = self.keeper.stdin.as_mut().expect("it is a pipe");
        keeper.write_all(b"again\n").expect("the server's keeper listens");
        self.wait_until_it_answers().await;
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

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.home.join(".s.PGSQL.5432")
    }

    /// The folder of its socket, for other processes that connect: the `host` of a connection string.
    pub fn socket_folder(&self) -> &Path {
        &self.home
    }
}

pub(crate) fn signal(name: &str, processes: &[&str]) {
    // A shell has `kill` everywhere.
    let mut kill = Command::new("sh");
    let kill =
        kill.args(["-c", "kill -s \"$@\"", "sh", name]).args(processes).output().expect("a shell can be started");
    assert!(kill.status.success(), "kill {name} {processes:?}: {}", String::from_utf8_lossy(&kill.stderr));
}

/// The processes that a process has started.
fn children(parent: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("the system shows its processes");
    let ids = processes.filter_map(|process| process.ok()?.file_name().into_string().ok());
    ids.filter(|id| status(id).is_some_and(|[_, of]| of == parent)).collect()
}

fn is_dead(process: &str) -> bool {
    status(process).is_none_or(|[state, _]| state == "Z")
}

/// State and parent of a process.
fn status(process: &str) -> Option<[String; 2]> {
    // `id (name) state parent …`
    let line = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut rest = line.rsplit_once(')')?.1.split_whitespace();
    Some([rest.next()?.to_owned(), rest.next()?.to_owned()])
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
pub(crate) fn as_ordinary_user() -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if is_root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]);
        command
    } else {
        Command::new("env")
    }
}
