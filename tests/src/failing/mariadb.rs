//! How MariaDB can be made to fail.

use chrono::NaiveDate;
use upsert::mysql_async::{Opts, OptsBuilder, Pool};
use upsert::value::Invalid;
use upsert::{Error, ErrorKind, UpsertOptions, Upsertable};

use super::{Failing, Refusal, When, bird, time};
use crate::canary::{Bird, PASSWORD};
use crate::mariadb_server::{either, is_mysql};
use crate::{Database, MariaDb};

const COLUMNS: &str = "id BIGINT PRIMARY KEY, text VARCHAR(200), bytes LONGBLOB, small SMALLINT, medium INT, large BIGINT, \
    single FLOAT, \"double\" DOUBLE, day DATE, time TIME(6), local DATETIME(6), instant DATETIME(6), uuid BINARY(16), \
    json JSON, absent VARCHAR(9)";

impl Failing for MariaDb {
    const NEVER: &'static [ErrorKind] = &[];

    fn keeps() -> Vec<Invalid> {
        let mut keeps = vec![Invalid::NulInText, Invalid::NotJson, Invalid::NotKeptByJsonb, Invalid::GivenByDatabase];
        // What MariaDB calls JSON is text.
        keeps.extend((!is_mysql()).then_some(Invalid::NotKeptByMySqlJson));
        keeps
    }

    fn refused_values() -> Vec<(Invalid, String, Bird)> {
        let plain = table("");
        let other = |column: &str, other: &str| plain.replace(column, other);
        let deep = |bird: &mut Bird| (0..100).for_each(|_| bird.json = vec![bird.json.take()].into());
        let document = is_mysql().then(|| (Invalid::NotKeptByMySqlJson, plain.clone(), bird(deep)));
        let values = vec![
            (Invalid::FinerThanMicrosecond, plain.clone(), bird(|bird| bird.time = time(11, 471_147_114))),
            (Invalid::LeapSecond, plain.clone(), bird(|bird| bird.time = time(59, 1_471_147_000))),
            (Invalid::OutOfRange, plain.clone(), bird(|bird| bird.day = NaiveDate::MIN)),
            (Invalid::OutOfRange, plain.clone(), bird(|bird| bird.double = f64::INFINITY)),
            (Invalid::NotANumber, plain.clone(), bird(|bird| bird.double = f64::NAN)),
            (Invalid::TooLarge, plain.clone(), bird(|bird| bird.text = "canary".repeat(100))),
            (Invalid::OutOfRange, other("large BIGINT", "large INT"), bird(|_| {})),
            (Invalid::FinerThanColumn, other("time TIME(6)", "time TIME(3)"), bird(|_| {})),
            (Invalid::ChangedByColumn, other("large BIGINT", "large FLOAT"), bird(|_| {})),
            (Invalid::UnknownLabel, other("text VARCHAR(200)", "text ENUM('other')"), bird(|_| {})),
        ];
        values.into_iter().chain(document).collect()
    }

    fn refusals() -> Vec<Refusal> {
        // MySQL has no state of its own for some.
        let (checked, no_number, no_result) = either(("23000", "22007", "22003"), ("HY000", "HY000", "HY000"));
        let rules = [
            (checked, "CONSTRAINT short_text CHECK (CHAR_LENGTH(text) < 3)"),
            (checked, "CHECK (large < 0)"),
            ("23000", "UNIQUE (text)"),
            ("23000", "UNIQUE (large, uuid, day)"),
            ("23000", "FOREIGN KEY (large) REFERENCES other (large)"),
            ("23000", "more VARCHAR(9) NOT NULL DEFAULT (IF(RAND() > 2, '', NULL))"),
            // Expressions of the table that cannot make anything of a value.
            (no_number, "more INT GENERATED ALWAYS AS (text) STORED"),
            ("22007", "more DATE GENERATED ALWAYS AS (text) STORED"),
            ("22001", "more VARCHAR(3) GENERATED ALWAYS AS (text) STORED"),
            ("22003", "more SMALLINT GENERATED ALWAYS AS (large) STORED"),
            (no_result, "CHECK (large * large * large > 0)"),
            (no_result, "CHECK (EXP(\"double\") > 0)"),
        ];
        let rules = rules.map(|(code, rule)| (code, table(rule)));

        // What a trigger signals may hold anything, in all of its fields and under any code.
        let codes = ["45000", "23000", "22001", "42S02", "08006", "40001", "70100", "HY000"];
        let signalled = codes.map(|code| {
            let body = format!(
                "DECLARE about VARCHAR(99) DEFAULT CONCAT('about ', NEW.text); SIGNAL SQLSTATE '{code}' SET
                     MESSAGE_TEXT = about, CONSTRAINT_NAME = about, COLUMN_NAME = about, TABLE_NAME = about"
            );
            (code, body)
        });
        let others = [
            ("23000", "INSERT INTO other VALUES (NEW.large), (NEW.large)"),
            (no_number, "SET NEW.large = NEW.text"),
            ("22001", "SET NEW.absent = NEW.text"),
            ("22003", "SET NEW.small = NEW.large"),
            ("70100", "KILL QUERY CONNECTION_ID()"),
        ];
        let others = others.map(|(code, body)| (code, body.to_owned()));
        let triggers = signalled.into_iter().chain(others).map(|(code, body)| {
            let trigger = format!("CREATE TRIGGER objects BEFORE INSERT ON bird FOR EACH ROW BEGIN {body}; END");
            (code, format!("{}; {trigger}", table("")))
        });

        let parted = format!("{} PARTITION BY RANGE (id) (PARTITION low VALUES LESS THAN (5))", table(""));
        let all = rules.into_iter().chain(triggers).chain([("HY000", parted)]);
        // No constraint is looked at later, and no error but a deadlock ends a transaction.
        all.map(|(sqlstate, table)| Refusal { table, sqlstate, when: When::Writing }).collect()
    }

    async fn without_connection(&self, rows: &[Bird]) -> Vec<(&'static str, Error)> {
        self.batch(
            "CREATE USER keyless@localhost IDENTIFIED BY 'another'; CREATE USER locked_out@localhost ACCOUNT LOCK",
        )
        .await;
        let ours = || self.config().pass(Some(PASSWORD));
        let url = |url: &str| {
            let opts = Opts::from_url(&url.replace("PASSWORD", PASSWORD)).expect("it is a URL");
            OptsBuilder::from_opts(opts)
        };
        let attempts = [
            ("a wrong password", ours().user(Some("keyless"))),
            ("no password", self.config().user(Some("keyless"))),
            ("no such user", ours().user(Some("nobody_of_this_name"))),
            ("a user who may not connect", self.config().user(Some("locked_out"))),
            ("no such database", self.config().db_name(Some("no_such_database"))),
            ("a mistake in the caller's SQL", self.config().init(vec!["SET PASSWORD = 'canary-password"])),
            ("no such variable", self.config().setup(vec!["SET SESSION canary_password = 'canary-password'"])),
            ("no such host", url("mysql://ann:PASSWORD@no-such-host.invalid/birds")),
            ("nobody listens", url("mysql://ann:PASSWORD@127.0.0.1:9/birds")),
            ("no such socket", url("mysql://ann:PASSWORD@localhost/birds?socket=%2Fnowhere")),
        ];
        let mut failed = Vec::new();
        for (what, config) in attempts {
            failed.push((what, refused(&Pool::new(config), rows).await));
        }
        let closed = Pool::new(self.config());
        closed.clone().disconnect().await.expect("it has no connections");
        failed.push(("a pool that is closed", refused(&closed, rows).await));
        self.batch("DROP USER keyless@localhost, locked_out@localhost").await;
        failed
    }

    async fn with_lost_connection(&self, rows: &[Bird]) -> Error {
        let mut connection = self.connect().await;
        self.batch(&format!("KILL CONNECTION {}", connection.id())).await;
        Bird::aupsert(&mut connection, rows, UpsertOptions::new()).await.expect_err("the connection is gone")
    }
}

/// The table with a rule more, or a column more, and the table beside it.
fn table(rule: &str) -> String {
    let comma = if rule.is_empty() { "" } else { ", " };
    format!("CREATE TABLE IF NOT EXISTS other (large BIGINT PRIMARY KEY); CREATE TABLE bird ({COLUMNS}{comma}{rule})")
}

async fn refused(pool: &Pool, rows: &[Bird]) -> Error {
    Bird::aupsert(pool, rows, UpsertOptions::new()).await.expect_err("there is no connection")
}
