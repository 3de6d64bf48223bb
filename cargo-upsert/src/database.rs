//! The database that a URL, or the path of a file, names.

use std::path::Path;

use upsert::deadpool_postgres::{Manager, Pool};
use upsert::rusqlite::{Connection, OpenFlags};
use upsert::tokio_postgres::{Config, NoTls};
use upsert::{Dialect, SqlitePool, mysql_async};

use crate::Failure;

pub(crate) enum Database {
    Sqlite(SqlitePool),
    Postgres(Pool),
    MySql(mysql_async::Pool),
}

const NO_TLS: &str = "the URL asks for TLS, which `cargo upsert` is built without: go through a tunnel, or take the snapshot of a \
                      database that has the same tables and lets you in without";
const NOT_UNDERSTOOD: &str = "the URL of the database is not understood";

impl Database {
    pub(crate) fn open(url: &str) -> Result<Self, Failure> {
        match url.split_once(':') {
            Some(("postgres" | "postgresql", _)) => {
                refuse_tls(url)?;
                let config: Config = url.parse().map_err(|_| NOT_UNDERSTOOD)?;
                Ok(Self::Postgres(Pool::builder(Manager::new(config, NoTls)).build()?))
            }
            Some(("mysql" | "mariadb", rest)) => {
                refuse_tls(url)?;
                let opts = mysql_async::Opts::from_url(&format!("mysql:{rest}")).map_err(|_| NOT_UNDERSTOOD)?;
                Ok(Self::MySql(mysql_async::Pool::new(opts)))
            }
            Some(("sqlite", path)) => sqlite(path.strip_prefix("//").unwrap_or(path)),
            // It is not repeated: what was meant for a URL may have a password in it.
            _ if !is_file(url) => {
                Err("there is no such file, and it is no URL: the database is the path of a file of SQLite, \
                                       sqlite:PATH, postgres://… or mysql://…"
                    .into())
            }
            _ => sqlite(url),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
            Self::MySql(_) => Dialect::MySql,
        }
    }
}

/// A file that is not there is a mistake, and no new database.
fn sqlite(path: &str) -> Result<Database, Failure> {
    if !is_file(path) {
        return Err(format!("there is no file `{path}`, which would be the database of SQLite").into());
    }
    let path = path.to_owned();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Ok(Database::Sqlite(SqlitePool::open_with(move || Connection::open_with_flags(&path, flags))?))
}

/// Whether there may be a file: SQLite takes URIs of its own, which have more in them than a path.
fn is_file(path: &str) -> bool {
    path.starts_with("file:") || Path::new(path).exists()
}

/// Refuses a URL that asks for what would not be done, in whichever program's words: drivers take some of them for mistakes.
fn refuse_tls(url: &str) -> Result<(), Failure> {
    let asks = |(key, value): (&str, &str)| {
        let value = value.to_ascii_lowercase().replace('_', "-");
        match key.to_ascii_lowercase().replace(['-', '_'], "").as_str() {
            "sslmode" | "tls" => {
                matches!(value.as_str(), "require" | "required" | "verify-ca" | "verify-full" | "verify-identity")
            }
            "requiressl" => matches!(value.as_str(), "true" | "1"),
            _ => false,
        }
    };
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    let asks_for_tls = parameters.split('&').filter_map(|parameter| parameter.split_once('=')).any(asks);
    if asks_for_tls { Err(NO_TLS.into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_asks_for_tls_is_refused_in_whichever_words() {
        for parameters in [
            "sslmode=require",
            "sslmode=verify-full",
            "connect_timeout=3&sslmode=verify-ca",
            "ssl-mode=REQUIRED",
            "ssl-mode=VERIFY_IDENTITY",
            "require_ssl=true",
        ] {
            for scheme in ["postgres", "postgresql", "mysql", "mariadb"] {
                let refused = Database::open(&format!("{scheme}://user:secret@host/name?{parameters}"));
                assert_eq!(
                    refused.err().map(|error| error.to_string()).as_deref(),
                    Some(NO_TLS),
                    "{scheme} {parameters}"
                );
            }
        }
        for parameters in ["", "?sslmode=disable", "?sslmode=prefer", "?require_ssl=false"] {
            let word = format!("?{parameters}");
            assert!(refuse_tls(&word).is_ok(), "{parameters}");
        }
        // What stands before the parameters is no parameter.
        assert!(refuse_tls("postgres://sslmode=require@host/name").is_ok());
    }
}
