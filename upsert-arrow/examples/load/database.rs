//! The database that a URL names.

use std::error::Error;
use std::path::Path;

use upsert::SqlitePool;
use upsert::deadpool_postgres::{Manager, Pool};
use upsert::mysql_async::{self, UrlError};
use upsert::rusqlite::{Connection, OpenFlags};
use upsert::tokio_postgres::{Config, NoTls};

use crate::{Failure, Mistake};

/// Where the rows go; nothing is opened yet.
pub(crate) enum Database {
    Sqlite(String),
    Postgres(Pool),
    MySql(mysql_async::Pool),
}

const NO_TLS: &str = "the URL asks for TLS, which this example is built without: load through a tunnel, or give your own program's \
                      pool a TLS connector and call `aupsert` from there";

impl Database {
    pub(crate) fn of(url: &str) -> Result<Self, Failure> {
        match url.split_once(':') {
            Some(("sqlite", path)) => match path.strip_prefix("//").unwrap_or(path) {
                // SQLite would take it for a file that nobody finds.
                "" => Err(Mistake("sqlite: names no file".to_owned()).into()),
                path => Ok(Self::Sqlite(path.to_owned())),
            },
            Some(("postgres" | "postgresql" | "mysql" | "mariadb", _)) if asks_for_tls(url) => Err(NO_TLS.into()),
            // What stands behind the first `@` would be taken for the host.
            Some(("postgres" | "postgresql", rest)) if rest.matches('@').count() > 1 => Err(not_understood()),
            Some(("postgres" | "postgresql", _)) => {
                let config: Config = url.parse().map_err(|error| mistaken(&error))?;
                Ok(Self::Postgres(Pool::builder(Manager::new(config, NoTls)).max_size(2).build()?))
            }
            Some(("mysql" | "mariadb", rest)) => match mysql_async::Opts::from_url(&format!("mysql:{rest}")) {
                Ok(opts) => Ok(Self::MySql(mysql_async::Pool::new(opts))),
                Err(UrlError::Invalid | UrlError::Parse(_)) => Err(not_understood()),
                Err(error) => Err(mistaken(&error)),
            },
            _ => Err(Mistake("the database is sqlite:PATH, postgres://… or mysql://…".to_owned()).into()),
        }
    }
}

/// Each driver has words of its own for it, and those of the others are an error.
fn asks_for_tls(url: &str) -> bool {
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters).split('&');
    parameters.filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        let name = name.to_lowercase().replace(['-', '_'], "");
        let value = value.to_lowercase().replace('_', "-");
        match name.as_str() {
            "sslmode" => ["require", "required", "verify-ca", "verify-full", "verify-identity"].contains(&&*value),
            "requiressl" => value == "true",
            _ => false,
        }
    })
}

/// It is not shown, for it has a password.
fn not_understood() -> Failure {
    let mistake = "the URL of the database is not understood: characters such as @ : / ? # % of a password are percent-encoded (@ is %40)";
    Mistake(mistake.to_owned()).into()
}

/// A parameter, or the port, which the drivers name.
fn mistaken(error: &dyn Error) -> Failure {
    let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    Mistake(format!("the URL of the database is not understood: {cause}")).into()
}

/// To read only: whoever asks what would be done makes no file. `None` if there is none.
pub(crate) fn read_only(path: &str) -> Result<Option<SqlitePool>, Failure> {
    if !Path::new(path).exists() {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let path = path.to_owned();
    Ok(Some(SqlitePool::open_with(move || Connection::open_with_flags(&path, flags))?))
}
