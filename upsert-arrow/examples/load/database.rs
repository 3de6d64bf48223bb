//! The database that a URL names.

use upsert::deadpool_postgres::{Manager, Pool};
use upsert::tokio_postgres::config::SslMode;
use upsert::tokio_postgres::{Config, NoTls};
use upsert::{SqlitePool, mysql_async};

use crate::Failure;

pub(crate) enum Database {
    Sqlite(SqlitePool),
    Postgres(Pool),
    MySql(mysql_async::Pool),
}

const NO_TLS: &str = "the URL asks for TLS, which this example is built without: load through a tunnel, or give your own program's \
                      pool a TLS connector and call `aupsert` from there";

impl Database {
    pub(crate) fn open(url: &str) -> Result<Self, Failure> {
        match url.split_once(':') {
            Some(("sqlite", path)) => match path.strip_prefix("//").unwrap_or(path) {
                // SQLite would take it for a file that nobody finds.
                "" => Err("sqlite: names no file".into()),
                path => Ok(Self::Sqlite(SqlitePool::open(path)?)),
            },
            Some(("postgres" | "postgresql", _)) => {
                let config: Config = url.parse().map_err(|_| "the URL of the database is not understood")?;
                if config.get_ssl_mode() == SslMode::Require {
                    return Err(NO_TLS.into());
                }
                Ok(Self::Postgres(Pool::builder(Manager::new(config, NoTls)).max_size(2).build()?))
            }
            Some(("mysql" | "mariadb", rest)) => {
                let url = format!("mysql:{rest}");
                let opts =
                    mysql_async::Opts::from_url(&url).map_err(|_| "the URL of the database is not understood")?;
                if opts.ssl_opts().is_some() {
                    return Err(NO_TLS.into());
                }
                Ok(Self::MySql(mysql_async::Pool::new(opts)))
            }
            _ => Err("the database is sqlite:PATH, postgres://… or mysql://…".into()),
        }
    }
}
