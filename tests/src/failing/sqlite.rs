//! How SQLite can be made to fail.

use chrono::NaiveDate;
use upsert::rusqlite::{self, Connection};
use upsert::value::Invalid;
use upsert::{Error, ErrorKind, SqlitePool, UpsertOptions, Upsertable};

use super::{Failing, Refusal, When, bird, time};
use crate::Sqlite;
use crate::canary::{Bird, PASSWORD};

const COLUMNS: &str = "id INTEGER, text TEXT, bytes BLOB, small INTEGER, medium INTEGER, large INTEGER, single REAL, \
    double REAL, day TEXT, time TEXT, local TEXT, instant TEXT, uuid BLOB, json TEXT, absent TEXT";

impl Failing for Sqlite {
    /// A connection that cannot be opened is an error of SQLite's.
    const NEVER: &'static [ErrorKind] = &[ErrorKind::Pool];

    /// Too large is what has a billion bytes.
    fn keeps() -> Vec<Invalid> {
        vec![
            Invalid::NulInText,
            Invalid::TooLarge,
            Invalid::UnknownLabel,
            Invalid::FinerThanColumn,
            Invalid::NotJson,
            Invalid::NotKeptByJsonb,
            Invalid::GivenByDatabase,
            Invalid::NotKeptByMySqlJson,
        ]
    }

    fn refused_values() -> Vec<(Invalid, String, Bird)> {
        let plain = columns("CHECK (true)");
        vec![
            (Invalid::FinerThanMicrosecond, plain.clone(), bird(|bird| bird.time = time(11, 471_147_114))),
            (Invalid::LeapSecond, plain.clone(), bird(|bird| bird.time = time(59, 1_471_147_000))),
            (Invalid::OutOfRange, plain.clone(), bird(|bird| bird.day = NaiveDate::MIN)),
            (Invalid::NotANumber, plain.clone(), bird(|bird| bird.double = f64::NAN)),
            (
                Invalid::ChangedByColumn,
                plain.replace("text TEXT", "text NUMERIC"),
                bird(|bird| bird.text = bird.large.to_string()),
            ),
        ]
    }

    fn refusals() -> Vec<Refusal> {
        let rules = [
            ("SQLITE_CONSTRAINT_UNIQUE", "UNIQUE (text)"),
            ("SQLITE_CONSTRAINT_UNIQUE", "UNIQUE (large, uuid, day)"),
            ("SQLITE_CONSTRAINT_NOTNULL", "more TEXT NOT NULL DEFAULT (nullif('', ''))"),
            ("SQLITE_CONSTRAINT_CHECK", "CHECK (length(text) < 3)"),
            ("SQLITE_CONSTRAINT_CHECK", "CONSTRAINT positive CHECK (large < 0)"),
            ("SQLITE_CONSTRAINT_FOREIGNKEY", "FOREIGN KEY (large) REFERENCES other"),
            // Expressions of the table that cannot make anything of a value.
            ("SQLITE_ERROR", "CHECK (fault(text))"),
            ("SQLITE_ERROR", "CHECK (fault('no such table: ' || text))"),
            ("SQLITE_ERROR", "CHECK (fault('UNIQUE constraint failed: ' || text))"),
            ("SQLITE_ERROR", "CHECK (json_extract('{}', text) IS NULL)"),
            ("SQLITE_ERROR", "CHECK (json_extract(text, '$') IS NULL)"),
            ("SQLITE_ERROR", "CHECK (json('{\"a\":' || text) IS NULL)"),
            ("SQLITE_ERROR", "more ANY GENERATED ALWAYS AS (json_extract('{}', text)) STORED"),
            ("SQLITE_ERROR", "CHECK (text LIKE text ESCAPE text)"),
            ("SQLITE_ERROR", "CHECK (abs(-9223372036854775807 - large / large) > 0)"),
        ];
        let rules = rules.map(|(code, rule)| (code, columns(rule), When::Writing));

        let triggers = [
            ("SQLITE_CONSTRAINT_TRIGGER", "SELECT RAISE(ABORT, 'about ' || NEW.text)", When::Writing),
            ("SQLITE_CONSTRAINT_TRIGGER", "SELECT RAISE(FAIL, 'about ' || NEW.text)", When::Writing),
            ("SQLITE_CONSTRAINT_TRIGGER", "SELECT RAISE(ROLLBACK, NEW.text || NEW.uuid)", When::EndingTransaction),
            ("SQLITE_CONSTRAINT_PRIMARYKEY", "INSERT INTO other VALUES (NEW.large), (NEW.large)", When::Writing),
            ("SQLITE_ERROR", "SELECT count(*) FROM words WHERE words MATCH NEW.text || '\"'", When::Writing),
            (
                "SQLITE_ERROR",
                "SELECT count(*) FROM words WHERE words MATCH '\"' || NEW.text || '\" : word'",
                When::Writing,
            ),
        ];
        let triggers = triggers.map(|(code, body, when)| {
            let trigger = format!("CREATE TRIGGER objects BEFORE INSERT ON bird BEGIN {body}; END");
            (code, format!("{}; {trigger}", columns("CHECK (true)")), when)
        });

        let others = [
            ("SQLITE_CONSTRAINT_UNIQUE", columns("UNIQUE (text) ON CONFLICT ROLLBACK"), When::EndingTransaction),
            (
                "SQLITE_CONSTRAINT_NOTNULL",
                columns("more TEXT NOT NULL ON CONFLICT ROLLBACK DEFAULT (nullif('', ''))"),
                When::EndingTransaction,
            ),
            ("SQLITE_CONSTRAINT_UNIQUE", columns("UNIQUE (text) ON CONFLICT FAIL"), When::Writing),
            (
                "SQLITE_CONSTRAINT_DATATYPE",
                format!("{} STRICT", columns("more INTEGER GENERATED ALWAYS AS (text) STORED")),
                When::Writing,
            ),
            (
                "SQLITE_CONSTRAINT_FOREIGNKEY",
                columns("FOREIGN KEY (large) REFERENCES other DEFERRABLE INITIALLY DEFERRED"),
                When::Committing,
            ),
        ];
        let all = rules.into_iter().chain(triggers).chain(others);
        all.map(|(sqlstate, table, when)| Refusal { table, sqlstate, when }).collect()
    }

    async fn without_connection(&self, rows: &[Bird]) -> Vec<(&'static str, Error)> {
        let opened = |pool: Result<SqlitePool, Error>| pool.expect_err("it cannot be opened");
        let with = |work: fn(&Connection) -> rusqlite::Result<()>| {
            opened(SqlitePool::open_with(move || {
                let connection = Connection::open_in_memory()?;
                work(&connection)?;
                Ok(connection)
            }))
        };
        let own = |text: &str| Box::<dyn std::error::Error + Send + Sync>::from(text.to_owned());
        let mut failed = vec![
            ("no such folder", opened(SqlitePool::open(format!("file:/nowhere/birds?key={PASSWORD}")))),
            ("a folder", opened(SqlitePool::open(std::env::temp_dir()))),
            (
                "a mistake in the caller's SQL",
                with(|connection| connection.execute_batch("PRAGMA key = \"canary-password")),
            ),
            (
                "a mistake at a key",
                with(|connection| connection.execute_batch("SELECT 'key' canary_password canary_2")),
            ),
            (
                "no such table of the caller's",
                with(|connection| connection.execute_batch("SELECT * FROM \"canary-password\"")),
            ),
            (
                "the caller's own error",
                opened(SqlitePool::open_with(move || Err(rusqlite::Error::ToSqlConversionFailure(own(PASSWORD))))),
            ),
            (
                "the caller's own text",
                opened(SqlitePool::open_with(|| {
                    let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_AUTH);
                    Err(rusqlite::Error::SqliteFailure(error, Some(PASSWORD.to_owned())))
                })),
            ),
        ];
        let not_one = tempfile::NamedTempFile::new().expect("a file can be made");
        std::fs::write(
            not_one.path(),
            format!("{PASSWORD} is no database, and long enough to be looked at. ").repeat(50),
        )
        .expect("it can be written");
        let pool = SqlitePool::open(not_one.path()).expect("SQLite does not look at it yet");
        failed.push(("no database", Bird::aupsert(&pool, rows, UpsertOptions::new()).await.expect_err("it is none")));
        failed
    }

    /// Its threads are gone.
    async fn with_lost_connection(&self, rows: &[Bird]) -> Error {
        let (pool, rows) = (self.pool.clone(), rows.to_vec());
        let calling = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
            let handle = runtime.handle().clone();
            runtime.shutdown_background();
            handle.block_on(Bird::aupsert(&pool, rows, UpsertOptions::new()))
        });
        calling.join().expect("it does not panic").expect_err("nobody works")
    }
}

/// The table with a rule more, and the tables around it.
fn columns(rule: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS other (large INTEGER, PRIMARY KEY (large DESC));
         CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (word);
         CREATE TABLE bird ({COLUMNS}, {}PRIMARY KEY (id){})",
        if is_column(rule) { format!("{rule}, ") } else { String::new() },
        if is_column(rule) { String::new() } else { format!(", {rule}") },
    )
}

/// Whether it is a column: those stand before the rules of the table.
fn is_column(rule: &str) -> bool {
    rule.starts_with("more ")
}
