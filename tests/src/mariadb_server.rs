//! MariaDB servers of our own, thrown away at the end: one for each test process that asks for it, and those that tests kill.
//! Where the environment says so, they are servers of MySQL.

use std::path::PathBuf;

use tokio::sync::OnceCell;
use upsert::mysql_async::prelude::Queryable;
use upsert::mysql_async::{Conn, Error, Opts, OptsBuilder};

use crate::keeper::{Keeper, signal, until_dead};

/// A running server. It listens on a socket in its own folder only, so no port is taken and nobody else gets in.
#[derive(Debug)]
pub struct MariaDbServer {
    keeper: Keeper,
}

/// Who uses the library: somebody without rights but those on a database of its own.
pub const USER: &str = "somebody";

/// The variable that names the program of a server of MySQL, on which the tests of MariaDB run then.
const MYSQLD: &str = "UPSERT_MYSQLD";

/// Whether the server of these tests is MySQL's.
pub fn is_mysql() -> bool {
    std::env::var_os(MYSQLD).is_some()
}

/// What is written in another way for either server.
pub fn either<T>(mariadb: T, mysql: T) -> T {
    if is_mysql() { mysql } else { mariadb }
}

impl MariaDbServer {
    /// The server of this process. The first to ask starts it.
    pub async fn shared() -> &'static Self {
        static SERVER: OnceCell<MariaDbServer> = OnceCell::const_new();
        SERVER.get_or_init(|| Self::start(&[])).await
    }

    /// A server of a test's own, with settings like `--max-allowed-packet=1M`.
    pub async fn start(settings: &[&str]) -> Self {
        let program = program().unwrap_or_else(|| {
            panic!("these tests need MariaDB's server programs (mariadbd, mariadb-install-db): apt-get install mariadb-server")
        });
        let settings = settings.iter().map(Into::into);
        let arguments = [program.into_os_string()].into_iter().chain(settings);
        let (name, script) =
            either(("MariaDB", include_str!("throw_away_mariadb.sh")), ("MySQL", include_str!("throw_away_mysql.sh")));
        let mut server = Self { keeper: Keeper::start(name, "mysql", script, arguments) };
        server.wait_until_it_answers().await;
        let mut admin = server.connect().await;
        admin.query_drop(format!("CREATE USER {USER}@localhost")).await.expect("it is the first of this name");
        server
    }

    /// The same, for as long as the process lives.
    pub async fn of_its_own(settings: &[&str]) -> &'static Self {
        Box::leak(Box::new(Self::start(settings).await))
    }

    async fn wait_until_it_answers(&mut self) {
        let config = Opts::from(self.config());
        let connect = async || Conn::new(config.clone()).await?.disconnect().await;
        self.keeper.until_it_answers::<(), Error>(connect).await;
    }

    /// Kills the server. What it has written is not lost: the system still has it.
    pub fn kill(&self) {
        let server = std::fs::read_to_string(self.keeper.home().join("pid")).expect("the server runs");
        signal("KILL", &[server.trim()]);
        until_dead(&[server.trim()]);
    }

    /// Starts it again after it was killed.
    pub async fn restart(&mut self) {
        self.keeper.start_again();
        self.wait_until_it_answers().await;
    }

    /// How the administrator connects, who may do everything, to no database.
    pub fn config(&self) -> OptsBuilder {
        OptsBuilder::default().socket(Some(self.socket())).user(Some("root"))
    }

    /// A connection of the administrator.
    pub async fn connect(&self) -> Conn {
        Conn::new(self.config()).await.expect("the server takes connections")
    }

    /// Its socket.
    pub fn socket(&self) -> String {
        self.keeper.home().join("socket").into_os_string().into_string().expect("it is text")
    }
}

/// The server's program, which is not in everybody's PATH.
fn program() -> Option<PathBuf> {
    if let Some(program) = std::env::var_os(MYSQLD) {
        return Some(program.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join("mariadbd")).find(|program| program.is_file())
}
