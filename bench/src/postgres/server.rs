//! A server, thrown away at the end. The tests have one too, but theirs does not care for the disk: here a commit is
//! on it, as by default.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use upsert::deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use upsert::tokio_postgres::{Client, Config, NoTls};

use crate::Result;

pub(crate) struct Server {
    programs: PathBuf,
    home: PathBuf,
    keeper: Child,
}

impl Server {
    pub(crate) async fn start() -> Result<Self> {
        let programs = programs().ok_or("no initdb and postgres found: apt-get install postgresql")?;
        let home = std::env::temp_dir().join(format!("upsert-bench-{}", std::process::id()));
        let mut keeper = as_ordinary_user();
        keeper.args(["sh", "-c", include_str!("server.sh"), "server.sh"]).arg(&programs).arg(&home);
        // In a process group of its own, so that Ctrl-C does not take the one who cleans up.
        let keeper = keeper.stdin(Stdio::piped()).process_group(0).spawn()?;
        let mut server = Self { programs, home, keeper };
        let started = Instant::now();
        while let Err(error) = server.config().connect(NoTls).await {
            if let Some(status) = server.keeper.try_wait()? {
                return Err(format!("PostgreSQL did not start ({status}); what it said stands above").into());
            }
            if started.elapsed() > Duration::from_secs(120) {
                return Err(error.into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(server)
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        config.host_path(&self.home).user("postgres").dbname("postgres");
        config
    }

    pub(super) async fn connect(&self) -> Result<Client> {
        let (client, connection) = self.config().connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// A pool whose connections have some settings, as `name=value` words.
    pub(crate) fn pool(&self, settings: &[&str]) -> Result<Pool> {
        let mut config = self.config();
        config.options(settings.iter().map(|setting| format!("-c {setting} ")).collect::<String>());
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        Ok(Pool::builder(Manager::from_config(config, NoTls, recycling)).max_size(2).build()?)
    }

    pub(crate) fn socket_folder(&self) -> &Path {
        &self.home
    }

    /// A program that came with the server.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        let own = self.programs.join(name);
        if own.is_file() { own } else { name.into() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input tells the keeper to stop the server; what it cannot do, nobody can help.
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
    }
}

/// The folder of the newest server that is installed, or the one in the PATH.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin"))))
        .collect();
    installed.sort_unstable();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = installed.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(&path));
    folders.find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// PostgreSQL refuses to run as root; the user `postgres` comes with its package.
fn as_ordinary_user() -> Command {
    if rustix::process::geteuid().is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]);
        command
    } else {
        Command::new("env")
    }
}
