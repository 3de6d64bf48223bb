//! How PostgreSQL can be made to fail.

use std::time::Duration;

use chrono::NaiveDate;
use upsert::deadpool_postgres::{self, Manager, Pool, Runtime, Timeouts};
use upsert::tokio_postgres::config::SslMode;
use upsert::tokio_postgres::{Config, NoTls};
use upsert::value::Invalid;
use upsert::{Error, ErrorKind, UpsertOptions, Upsertable};

use super::{Failing, Refusal, When, bird, time};
use crate::canary::{Bird, PASSWORD, TEXT, leaks};
use crate::{Database, Postgres};

const COLUMNS: &str = "id bigint, text text, bytes bytea, small smallint, medium integer, large bigint, single real, \
    double double precision, day date, time time, local timestamp, instant timestamptz, uuid uuid, json jsonb, absent text";

impl Failing for Postgres {
    const NEVER: &'static [ErrorKind] = &[];

    fn keeps() -> Vec<Invalid> {
        vec![Invalid::NotANumber, Invalid::FinerThanColumn, Invalid::NotJson, Invalid::NotKeptByMySqlJson]
    }

    fn refused_values() -> Vec<(Invalid, String, Bird)> {
        let plain = format!("CREATE TABLE bird ({COLUMNS}, PRIMARY KEY (id))");
        let other = |column: &str, other: &str| plain.replace(column, other);
        vec![
            (Invalid::FinerThanMicrosecond, plain.clone(), bird(|bird| bird.time = time(11, 471_147_114))),
            (Invalid::LeapSecond, plain.clone(), bird(|bird| bird.time = time(59, 1_471_147_000))),
            (Invalid::OutOfRange, plain.clone(), bird(|bird| bird.day = NaiveDate::MIN)),
            (Invalid::OutOfRange, other("large bigint", "large integer"), bird(|_| {})),
            (Invalid::NulInText, plain.clone(), bird(|bird| bird.text.push('\0'))),
            (Invalid::NulInText, plain.clone(), bird(|bird| bird.json[TEXT] = "\0".into())),
            (Invalid::NotKeptByJsonb, plain.clone(), bird(|bird| bird.json["zero"] = (-0.0).into())),
            (Invalid::TooLarge, other("text text", "text varchar(5)"), bird(|_| {})),
            (Invalid::ChangedByColumn, other("large bigint", "large real"), bird(|_| {})),
            (
                Invalid::UnknownLabel,
                format!("CREATE TYPE label AS ENUM ('other'); {}", other("text text", "text label")),
                bird(|_| {}),
            ),
        ]
    }

    fn refusals() -> Vec<Refusal> {
        let rules = [
            ("23505", "UNIQUE (text)"),
            ("23505", "UNIQUE (large, uuid, day)"),
            ("23505", "UNIQUE (text) DEFERRABLE"),
            ("23P01", "EXCLUDE (double WITH =)"),
            ("23502", "more text NOT NULL DEFAULT nullif('', '')"),
            ("23502", "CHECK (true), more text NOT NULL DEFAULT nullif('', '')"),
            ("23514", "CHECK (length(text) < 3)"),
            ("23514", "CHECK (large < 0)"),
            ("23514", "CHECK (bytes = '')"),
            ("23503", "FOREIGN KEY (large) REFERENCES other"),
            // Expressions of the table that cannot make anything of a value.
            ("22P02", "CHECK (text::int > 0)"),
            ("22P02", "CHECK (text::json IS NOT NULL)"),
            ("22P02", "CHECK (text::uuid IS NOT NULL)"),
            ("22P02", "CHECK ((text || '}')::int[] IS NOT NULL)"),
            ("22P02", "more int GENERATED ALWAYS AS (text::int) STORED"),
            ("22007", "CHECK (text::date > '2000-01-01')"),
            ("22007", "CHECK (text::interval > '0')"),
            ("22008", "CHECK (replace(day::text, '-', '-9')::date > '2000-01-01')"),
            ("22003", "CHECK (large::text::int > 0)"),
            ("22003", "CHECK (large::int > 0)"),
            ("22003", "CHECK ((double * 1e300 * 1e300) > 0)"),
            ("22023", "CHECK (date_trunc(text, local) IS NOT NULL)"),
            ("22023", "CHECK ((local AT TIME ZONE text) IS NOT NULL)"),
            ("22023", "CHECK (convert_to('', text) IS NOT NULL)"),
            ("42P01", "CHECK (quote_ident(text)::regclass IS NOT NULL)"),
            ("3F000", "CHECK (quote_ident(text)::regnamespace IS NOT NULL)"),
            ("42704", "CHECK (quote_ident(text)::regrole IS NOT NULL)"),
            ("42704", "CHECK (quote_ident(text)::regtype IS NOT NULL)"),
            ("42883", "CHECK (quote_ident(text)::regproc IS NOT NULL)"),
            ("42704", "CHECK (current_setting(text) IS NOT NULL)"),
            ("42601", "CHECK (to_tsquery(text) IS NOT NULL)"),
            ("42601", "CHECK (text::jsonpath IS NOT NULL)"),
            ("54000", "CHECK (repeat(replace(text, ' ', ''), 200)::tsquery IS NOT NULL)"),
        ];
        let rules = rules.into_iter().map(|(code, rule)| refusal(code, format!("{}, {rule})", table()), When::Writing));

        let deferred =
            ["UNIQUE (text) DEFERRABLE INITIALLY DEFERRED", "FOREIGN KEY (large) REFERENCES other INITIALLY DEFERRED"];
        let deferred = ["23505", "23503"]
            .into_iter()
            .zip(deferred)
            .map(|(code, rule)| refusal(code, format!("{}, {rule})", table()), When::Committing));

        // What a function raises may hold anything, in all of its fields and under any code.
        let codes = ["P0001", "42501", "42P01", "23505", "23514", "22P02", "08006", "53100", "57014", "40001", "25006"];
        let raised = codes.into_iter().map(|code| {
            let body = format!(
                "RAISE EXCEPTION 'about %', NEW.text USING ERRCODE = '{code}', DETAIL = NEW.large, HINT = NEW.text, \
                 CONSTRAINT = NEW.text, COLUMN = NEW.uuid, TABLE = NEW.text, SCHEMA = NEW.day, DATATYPE = NEW.text"
            );
            (code, body)
        });
        let others = [
            ("42P01", "EXECUTE format('DELETE FROM %I', NEW.text)"),
            ("42703", "EXECUTE format('SELECT %I', NEW.text)"),
            ("42601", "EXECUTE NEW.text"),
            ("23505", "INSERT INTO other VALUES (NEW.large), (NEW.large)"),
            ("22P02", "NEW.large := NEW.text"),
            ("57014", "PERFORM pg_cancel_backend(pg_backend_pid()); PERFORM pg_sleep(10)"),
        ];
        let others = others.into_iter().map(|(code, body)| (code, body.to_owned()));
        let triggers = raised.chain(others).map(|(code, body)| {
            let trigger = format!(
                "CREATE OR REPLACE FUNCTION object() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$;
                 CREATE TRIGGER objects BEFORE INSERT ON bird FOR EACH ROW EXECUTE FUNCTION object()"
            );
            refusal(code, format!("{}); {trigger}", table()), When::Writing)
        });

        let domain = "CREATE DOMAIN short AS text CHECK (length(VALUE) < 3)";
        let partitioned = format!("CREATE TABLE bird ({COLUMNS}, PRIMARY KEY (id)) PARTITION BY RANGE (id)");
        let more = [
            refusal("23514", format!("{domain}; {}", table().replace("text text", "text short") + ")"), When::Writing),
            refusal("23514", partitioned, When::Writing),
        ];
        rules.chain(deferred).chain(triggers).chain(more).collect()
    }

    async fn without_connection(&self, rows: &[Bird]) -> Vec<(&'static str, Error)> {
        self.server.ask_for_password("locked").await;
        self.batch("CREATE ROLE keyless LOGIN PASSWORD 'another'; CREATE ROLE one_too_many LOGIN CONNECTION LIMIT 0")
            .await;
        self.batch("CREATE DATABASE locked").await;
        let ours = |database: &str| {
            let mut config = self.server.config(database);
            config.password(PASSWORD);
            config
        };
        let url = |url: &str| url.replace("PASSWORD", PASSWORD).parse::<Config>().expect("it is a URL");
        let mut keyless = self.server.config("locked");
        keyless.user("keyless");
        let with = |change: &dyn Fn(&mut Config)| {
            let mut config = ours("locked");
            change(&mut config);
            config
        };
        let attempts = [
            (
                "a wrong password",
                with(&|config| {
                    config.user("keyless");
                }),
            ),
            ("no password", keyless),
            (
                "no such role",
                with(&|config| {
                    config.user("nobody_of_this_name");
                }),
            ),
            ("no such database", ours("no_such_database")),
            ("a role that may not connect", {
                let mut config = ours(&self.name);
                config.user("one_too_many");
                config
            }),
            (
                "TLS that the server does not have",
                with(&|config| {
                    config.ssl_mode(SslMode::Require);
                }),
            ),
            (
                "an option that the server does not know",
                with(&|config| {
                    config.options("-c no_such_option=1");
                }),
            ),
            ("no such host", url("postgres://ann:PASSWORD@no-such-host.invalid/birds?connect_timeout=5")),
            ("nobody listens", url("postgres://ann:PASSWORD@127.0.0.1:9/birds")),
            ("no such socket", url("postgres://ann:PASSWORD@%2Fnowhere/birds")),
            ("a port too few", url("postgres://ann:PASSWORD@one,two,three:1,2/birds")),
        ];
        let mut failed = Vec::new();
        for (what, config) in attempts {
            let shown = format!("{config:?}");
            assert!(leaks(&shown).is_empty(), "the driver shows passwords: {shown}");
            let pool = Pool::builder(Manager::new(config, NoTls)).build().expect("it needs no runtime");
            assert!(leaks(&format!("{pool:?}")).is_empty(), "the pool shows passwords");
            failed.push((what, refused(&pool, rows).await));
        }

        let closed = Pool::builder(Manager::new(ours(&self.name), NoTls)).build().expect("it needs no runtime");
        closed.close();
        failed.push(("a pool that is closed", refused(&closed, rows).await));
        let impatient = Timeouts { create: Some(Duration::ZERO), ..Timeouts::default() };
        let builder = Pool::builder(Manager::new(ours(&self.name), NoTls)).timeouts(impatient);
        let pool = builder.runtime(Runtime::Tokio1).build().expect("it has a runtime");
        failed.push(("the pool's own timeout", refused(&pool, rows).await));
        let hook = deadpool_postgres::Hook::sync_fn(|_, _| Err(deadpool_postgres::HookError::message(PASSWORD)));
        let pool = Pool::builder(Manager::new(ours(&self.name), NoTls)).post_create(hook).build();
        failed.push(("a hook of the pool", refused(&pool.expect("it needs no runtime"), rows).await));
        failed
    }

    async fn with_lost_connection(&self, rows: &[Bird]) -> Error {
        let mut client = self.connect().await;
        let id: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.expect("it answers").get(0);
        self.batch(&format!("SELECT pg_terminate_backend({id}, 60000)")).await;
        Bird::aupsert(&mut client, rows, UpsertOptions::new()).await.expect_err("the connection is gone")
    }
}

fn table() -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS other (large bigint PRIMARY KEY); CREATE TABLE bird ({COLUMNS}, PRIMARY KEY (id)"
    )
}

fn refusal(sqlstate: &'static str, table: String, when: When) -> Refusal {
    Refusal { table, sqlstate, when }
}

async fn refused(pool: &Pool, rows: &[Bird]) -> Error {
    Bird::aupsert(pool, rows, UpsertOptions::new()).await.expect_err("there is no connection")
}
