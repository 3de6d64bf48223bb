//! A server, thrown away at the end. The tests have one too, but theirs does not care for the disk: here a commit is
//! on it, as by default.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use upsert::mysql_async::{Conn, OptsBuilder};

use crate::Result;

pub(super) struct Server {
    home: PathBuf,
    keeper: Child,
}

impl Server {
    pub(super) async fn start() -> Result<Self> {
        let program = program().ok_or("no mariadbd found: apt-get install mariadb-server")?;
        let home = std::env::temp_dir().join(format!("upsert-bench-mariadb-{}", std::process::id()));
        let mut keeper = as_ordinary_user();
        keeper.args(["sh", "-c", include_str!("server.sh"), "server.sh"]).arg(program).arg(&home);
        // In a process group of its own, so that Ctrl-C does not take the one who cleans up.
        let keeper = keeper.stdin(Stdio::piped()).process_group(0).spawn()?;
        let mut server = Self { home, keeper };
        let started = Instant::now();
        while let Err(error) = server.connect(server.config(None)?).await {
            if let Some(status) = server.keeper.try_wait()? {
                return Err(format!("MariaDB did not start ({status}); what it said stands above").into());
            }
            if started.elapsed() > Duration::from_secs(120) {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(server)
    }

    /// How its administrator connects.
    pub(super) fn config(&self, database: Option<&str>) -> Result<OptsBuilder> {
        let socket = self.home.join("socket").into_os_string().into_string().map_err(|_| "its folder is no text")?;
        Ok(OptsBuilder::default().socket(Some(socket)).user(Some("root")).db_name(database))
    }

    pub(super) async fn connect(&self, config: OptsBuilder) -> Result<Conn> {
        Ok(Conn::new(config).await?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input tells the keeper to stop the server; what it cannot do, nobody can help.
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
    }
}

/// The server's program, which is not in everybody's PATH.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join("mariadbd")).find(|program| program.is_file())
}

/// MariaDB refuses to run as root; the user `mysql` comes with its package.
fn as_ordinary_user() -> Command {
    if rustix::process::geteuid().is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "mysql", "--"]);
        command
    } else {
        Command::new("env")
    }
}
