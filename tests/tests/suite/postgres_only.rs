//! What only PostgreSQL has: several clients as places, collations and types whose equality is not that of bytes,
//! partitions, temporary tables, search paths.

use std::time::{Duration, Instant};

use chrono::DateTime;
use futures_util::future::join;
use futures_util::stream;
use tests::loading::{Door, Form, Place};
use tests::postgres::query;
use tests::{Database, LONGEST, Postgres, row};
use upsert::deadpool_postgres::{Manager, Pool};
use upsert::report::{Count, Outcome};
use upsert::tokio_postgres::NoTls;
use upsert::tokio_postgres::error::SqlState;
use upsert::{Atomicity, ColumnValue, Duplicates, ErrorKind, OnConflict, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Word {
    #[upsert(primary_key, max_len = 200)]
    word: String,
    meaning: String,
    #[upsert(update = never)]
    first_meaning: String,
}

fn word(word: &str, meaning: &str) -> Word {
    Word { word: word.to_owned(), meaning: meaning.to_owned(), first_meaning: meaning.to_owned() }
}

/// One transaction of each client: what is written in it goes with it.
#[tokio::test]
async fn a_callers_transaction_decides() {
    let database = Postgres::fresh().await;
    let create = || UpsertOptions::new().create_table();
    let rows = || [word("a", "1"), word("b", "2")];

    let mut client = database.connect().await;
    let mut transaction = client.transaction().await.unwrap();
    let report = Word::aupsert(&mut transaction, rows(), create()).await.unwrap();
    assert_eq!((report.outcome, report.inserted), (Outcome::InCallersTransaction, Count::exact(2)));
    transaction.rollback().await.unwrap();
    assert!(database.columns("word").await.is_empty(), "the table was part of the transaction");

    Word::aupsert(&mut client, Vec::<Word>::new(), create()).await.unwrap();
    let mut transaction = client.transaction().await.unwrap();
    Word::aupsert(&mut transaction, stream::iter(rows()), create().atomicity(Atomicity::Call).chunk_rows(1))
        .await
        .unwrap();
    assert!(database.table("word").await.is_empty());
    transaction.commit().await.unwrap();
    assert_eq!(database.table("word").await.len(), 2);

    let mut client = database.pool.get().await.unwrap();
    let mut transaction = client.transaction().await.unwrap();
    Word::aupsert(&mut transaction, [word("c", "3")], create()).await.unwrap();
    // A savepoint of the caller's is a transaction, too.
    let mut savepoint = transaction.savepoint("callers").await.unwrap();
    Word::aupsert(&mut savepoint, [word("d", "4")], create()).await.unwrap();
    savepoint.rollback().await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(database.table("word").await.len(), 3);
}

/// A transaction that keeps its snapshot does not see a table that is newer, and cannot create it either.
#[tokio::test]
async fn a_table_that_is_newer_than_the_callers_snapshot_is_not_called_missing() {
    let database = Postgres::fresh().await;
    database.batch("CREATE SEQUENCE sequence").await;
    let make = "CREATE SCHEMA mine; CREATE TABLE mine.word (word TEXT PRIMARY KEY, meaning TEXT, first_meaning TEXT)";
    let rows = || [word("a", "1")];
    let mine = || UpsertOptions::new().schema("mine");
    for isolation in ["REPEATABLE READ", "SERIALIZABLE", "READ COMMITTED"] {
        for options in [mine(), mine().create_table(), UpsertOptions::new(), UpsertOptions::new().create_table()] {
            let case = format!("{isolation} {options:?}");
            database.batch("DROP SCHEMA IF EXISTS mine CASCADE").await;
            let mut client = database.connect().await;
            let begin =
                format!("SET search_path TO mine, nowhere; BEGIN ISOLATION LEVEL {isolation}; SELECT FROM pg_class");
            client.batch_execute(&begin).await.unwrap();
            database.batch(make).await;
            let written = Word::aupsert(&mut client, rows(), options.clone()).await;
            if isolation == "READ COMMITTED" {
                assert_eq!(written.unwrap().inserted, 1, "{case}");
                client.batch_execute("COMMIT").await.unwrap();
                continue;
            }
            let error = written.unwrap_err();
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::MissingTable, true), "{case}: {error}");
            assert!(error.to_string().contains("exists, but was created after"), "{case}: {error}");
            // What is there and no table, or not there, is called missing; the transaction is usable, and can create it.
            let sequence = Word::aupsert(&mut client, rows(), UpsertOptions::new().table("sequence").schema("public"));
            let error = sequence.await.unwrap_err();
            assert!(error.to_string().contains("does not exist"), "{case}: {error}");
            let other = options.table("other");
            let other = Word::aupsert(&mut client, rows(), other.schema("pg_temp")).await;
            match other {
                Ok(report) => assert_eq!(report.inserted, 1, "{case}"),
                Err(error) => assert!(error.to_string().contains("does not exist"), "{case}: {error}"),
            }
            client.batch_execute("COMMIT").await.unwrap();
            assert_eq!(Word::aupsert(&mut client, rows(), mine()).await.unwrap().inserted, 1, "{case}");
        }
    }
}

/// So it is where another transaction was faster to create it.
#[tokio::test]
async fn a_table_that_another_transaction_creates_first_is_not_called_missing() {
    let database = Postgres::fresh().await;
    let (mut first, mut second) = (database.connect().await, database.connect().await);
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_class";
    first.batch_execute(begin).await.unwrap();
    second.batch_execute(begin).await.unwrap();
    let create = || UpsertOptions::new().create_table();
    Word::aupsert(&mut first, [word("a", "1")], create()).await.unwrap();
    let commit = async {
        database.until_so_many_wait_for_locks(1).await;
        first.batch_execute("COMMIT").await.unwrap();
    };
    let (written, ()) = join(Word::aupsert(&mut second, [word("b", "2")], create()), commit).await;
    let error = written.unwrap_err();
    assert!(error.to_string().contains("exists, but was created after"), "{error}");
    second.batch_execute("COMMIT").await.unwrap();
    assert_eq!(Word::aupsert(&mut second, [word("b", "2")], create()).await.unwrap().inserted, 1);
}

#[tokio::test]
async fn a_failed_call_leaves_the_callers_transaction_usable() {
    let database = Postgres::fresh().await;
    database
        .batch("CREATE TABLE word (word TEXT PRIMARY KEY, meaning TEXT CHECK (meaning <> 'bad'), first_meaning TEXT)")
        .await;
    let mut client = database.connect().await;
    let mut transaction = client.transaction().await.unwrap();
    transaction.execute("INSERT INTO word VALUES ('mine', '', '')", &[]).await.unwrap();

    let rows = [word("a", "good"), word("b", "bad")];
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        for chunk_rows in [1, 2] {
            let options = || UpsertOptions::new().atomicity(atomicity).chunk_rows(chunk_rows);
            let error = Word::aupsert(&mut transaction, stream::iter(rows.clone()), options()).await.unwrap_err();
            assert_eq!(error.sqlstate(), Some(SqlState::CHECK_VIOLATION.code()));
            assert!(error.constraint().is_some());
            Word::aupsert(&mut transaction, &rows, options()).await.unwrap_err();
        }
    }
    let missing = Word::aupsert(&mut transaction, &rows, UpsertOptions::new().table("nowhere")).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::MissingTable);
    // Dropped midway: what it wrote is rolled back before the caller's next statement.
    let options = UpsertOptions::new().atomicity(Atomicity::Call).chunk_rows(1);
    let mut writing =
        Box::pin(Word::aupsert(&mut transaction, stream::iter((0..9).map(|n| word(&n.to_string(), ""))), options));
    // As far as it goes in so short a time.
    drop(tokio::time::timeout(Duration::from_millis(3), &mut writing).await);
    drop(writing);

    transaction.commit().await.unwrap();
    let there = database.table("word").await;
    assert_eq!(there[there.len() - 1][0].as_deref(), Some("mine"));
    assert_eq!(
        there.iter().filter(|row| row[0].as_deref() == Some("a")).count(),
        1,
        "the chunk that was good: {there:?}"
    );
}

/// Keys that are equal to PostgreSQL but not to Rust: by type, or by collation.
#[tokio::test]
async fn keys_that_only_the_database_finds_equal_are_folded() {
    let database = Postgres::fresh().await;
    database.batch("CREATE EXTENSION citext").await;
    database
        .batch("CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
        .await;
    for (kind, key) in [("citext", "citext"), ("collation", "text COLLATE caseless")] {
        let (upper, other) = ("A", "a");
        for (form, atomicity) in [
            (Form::Vec, Atomicity::Call),
            (Form::Vec, Atomicity::Chunk),
            (Form::Iterator, Atomicity::Chunk),
            (Form::Stream, Atomicity::Call),
        ] {
            for chunk_rows in [1, 2, 100] {
                let way = format!("{kind} {form:?} {atomicity:?} {chunk_rows}");
                for (on_conflict, meaning) in [(OnConflict::Update, "4"), (OnConflict::Ignore, "1")] {
                    database
                        .batch(&format!(
                            "DROP TABLE IF EXISTS word; CREATE TABLE word (word {key} PRIMARY KEY, meaning text, first_meaning text)"
                        ))
                        .await;
                    let rows = [word(upper, "1"), word("b", "2"), word(other, "3"), word(upper, "4"), word("c", "5")];
                    let options =
                        UpsertOptions::new().atomicity(atomicity).chunk_rows(chunk_rows).on_conflict(on_conflict);
                    let report = database.write(Place::Pool, Door::Call, form, &rows, options).await;
                    let report = report.unwrap_or_else(|error| panic!("{way}: {error}"));

                    // As one row after the other would have left it: the first spelling of the key stays.
                    let there = database.query("SELECT word, meaning, first_meaning FROM word ORDER BY word").await;
                    let expected = [row([upper, meaning, "1"]), row(["b", "2", "2"]), row(["c", "5", "5"])];
                    assert_eq!(there, expected, "{way} {on_conflict:?}");

                    let counted =
                        [report.inserted, report.updated, report.unchanged, report.ignored, report.duplicates]
                            .map(|count| count.get().expect("it is known"));
                    assert_eq!(counted.iter().sum::<u64>(), 5, "{way}: {report:?}");
                    if atomicity == Atomicity::Call || chunk_rows == 100 {
                        assert_eq!((counted[0], counted[4]), (3, 2), "{way}: {report:?}");
                    }
                }
            }
        }

        let refuse = UpsertOptions::new().duplicates(Duplicates::Error);
        let error = database.aupsert([word("x", "1"), word(upper, "1"), word(other, "2")], refuse).await.unwrap_err();
        assert_eq!((error.kind(), error.row()), (ErrorKind::RepeatedKey, Some(2)), "{kind}: {error}");
    }
    database.assert_nothing_left().await;
}

#[tokio::test]
async fn a_partitioned_table_counts_exactly_whatever_the_partition() {
    let database = Postgres::fresh().await;
    database
        .batch(
            "CREATE TABLE word (word text, meaning text, first_meaning text, PRIMARY KEY (word)) PARTITION BY RANGE (word);
             CREATE TABLE word_low PARTITION OF word FOR VALUES FROM (MINVALUE) TO ('m');
             CREATE TABLE word_high PARTITION OF word FOR VALUES FROM ('m') TO (MAXVALUE);
             INSERT INTO word VALUES ('a', 'same', ''), ('b', 'old', ''), ('y', 'same', ''), ('z', 'old', '')",
        )
        .await;
    let rows =
        [word("a", "same"), word("b", "new"), word("c", "new"), word("x", "new"), word("y", "same"), word("z", "new")];
    let report = database.aupsert(&rows, UpsertOptions::new()).await.unwrap();
    assert_eq!(
        (report.inserted, report.updated, report.unchanged),
        (Count::exact(2), Count::exact(2), Count::exact(2))
    );
    // A trigger of one partition that changes new rows: nobody tells which rows the second statement updated.
    database
        .batch(
            "DELETE FROM word WHERE word IN ('c', 'x');
             CREATE FUNCTION blur() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN NEW.meaning := clock_timestamp()::text; RETURN NEW; END $$;
             CREATE TRIGGER blur BEFORE INSERT ON word_high FOR EACH ROW WHEN (NEW.word = 'x') EXECUTE FUNCTION blur()",
        )
        .await;
    let report = database.aupsert(&rows, UpsertOptions::new()).await.unwrap();
    assert_eq!((report.inserted, report.updated, report.unchanged), (Count::exact(2), Count::UNKNOWN, Count::UNKNOWN));
    // No partition for it: refused, whole.
    database.batch("ALTER TABLE word DETACH PARTITION word_high").await;
    let error = database.aupsert([word("d", "new"), word("x", "new")], UpsertOptions::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database);
    assert_eq!(database.table("word").await.len(), 3);
}

/// Loads of the same rows wait for each other; where a transaction keeps its snapshot, the later one may be tried again.
#[tokio::test]
async fn a_load_of_rows_that_another_load_writes_waits_for_it() {
    for level in ["read committed", "repeatable read", "serializable"] {
        let database = Postgres::fresh().await;
        database.aupsert([word("a", "1"), word("b", "1")], UpsertOptions::new().create_table()).await.unwrap();
        let mut first = database.connect().await;
        let mut transaction = first.transaction().await.unwrap();
        Word::aupsert(&mut transaction, [word("a", "2")], UpsertOptions::new()).await.unwrap();

        let mut second = database.connect().await;
        second.batch_execute(&format!("SET default_transaction_isolation = '{level}'")).await.unwrap();
        let rows = [word("a", "3"), word("b", "3"), word("c", "3")];
        let finish_first = async {
            database.until_so_many_wait_for_locks(1).await;
            transaction.commit().await.unwrap();
        };
        let (written, ()) = join(Word::aupsert(&mut second, &rows, UpsertOptions::new()), finish_first).await;
        if level == "read committed" {
            let report = written.unwrap();
            assert_eq!((report.inserted, report.updated), (Count::exact(1), Count::exact(2)));
            continue;
        }
        let error = written.unwrap_err();
        assert_eq!(error.sqlstate(), Some(SqlState::T_R_SERIALIZATION_FAILURE.code()), "{level}: {error}");
        assert_eq!((error.is_retryable(), error.outcome()), (true, Outcome::NotCommitted), "{level}: {error}");
        assert_eq!(database.table("word").await, [row(["a", "2", "1"]), row(["b", "1", "1"])], "{level}");
        let report = Word::aupsert(&mut second, &rows, UpsertOptions::new()).await.unwrap();
        assert_eq!((report.inserted, report.updated), (Count::exact(1), Count::exact(2)), "{level}");
    }
}

#[tokio::test]
async fn a_server_that_ends_the_connection_has_lost_it() {
    let database = Postgres::fresh().await;
    database.aupsert(Vec::<Word>::new(), UpsertOptions::new().create_table()).await.unwrap();
    database
        .batch(
            "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
             CREATE TRIGGER leave BEFORE INSERT ON word FOR EACH ROW WHEN (NEW.word = 'x') EXECUTE FUNCTION leave()",
        )
        .await;
    let error = database.aupsert([word("a", "1"), word("x", "2")], UpsertOptions::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::ConnectionLost, Some("57P01")), "{error}");
    assert!(error.is_retryable(), "{error}");
    assert_eq!(error.outcome(), Outcome::NotCommitted, "{error}");
    assert!(database.table("word").await.is_empty());
}

#[tokio::test]
async fn a_temporary_table_of_the_same_name_never_swallows_rows() {
    let database = Postgres::fresh().await;
    database.batch("CREATE TABLE word (word text PRIMARY KEY, meaning text, first_meaning text)").await;
    let mut client = database.connect().await;
    client
        .batch_execute("CREATE TEMPORARY TABLE word (word text PRIMARY KEY, meaning text, first_meaning text)")
        .await
        .unwrap();
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(1).create_table();
        Word::aupsert(&mut client, stream::iter([word("a", "1"), word("b", "2")]), options).await.unwrap();
    }
    assert_eq!(database.table("word").await.len(), 2);
    assert!(query(&client, "SELECT * FROM pg_temp.word").await.is_empty());

    // Unless it is asked for, where it is known whose it is.
    let error = database.aupsert([word("c", "3")], UpsertOptions::new().schema("pg_temp").create_table()).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidPlan);
    Word::aupsert(&mut client, [word("c", "3")], UpsertOptions::new().schema("pg_temp")).await.unwrap();
    assert_eq!(query(&client, "SELECT word FROM pg_temp.word").await, [row(["c"])]);
    assert_eq!(database.table("word").await.len(), 2);
}

#[tokio::test]
async fn staging_leaves_no_table_and_touches_none_of_the_callers() {
    let database = Postgres::fresh().await;
    let mut client = database.connect().await;
    client
        .batch_execute("CREATE TEMPORARY TABLE mine (n int); INSERT INTO mine VALUES (1); CREATE TEMPORARY TABLE gone (n int) ON COMMIT DELETE ROWS")
        .await
        .unwrap();
    let options = || UpsertOptions::new().create_table().atomicity(Atomicity::Call).chunk_rows(1);
    let rows = || stream::iter([word("a", "1"), word("b", "2"), word("a", "3")]);
    let temporary = "SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() ORDER BY 1";
    for _ in 0..2 {
        Word::aupsert(&mut client, rows(), options()).await.unwrap();
        assert_eq!(query(&client, temporary).await, [row(["gone"]), row(["mine"])]);
    }
    // Twice in one transaction of the caller's.
    let mut transaction = client.transaction().await.unwrap();
    Word::aupsert(&mut transaction, rows(), options()).await.unwrap();
    Word::aupsert(&mut transaction, rows(), options()).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(query(&client, temporary).await, [row(["gone"]), row(["mine"])]);
    assert_eq!(query(&client, "SELECT n FROM mine").await, [row(["1"])]);
    assert_eq!(database.table("word").await, [row(["a", "3", "1"]), row(["b", "2", "2"])]);
}

/// 0 equals -0, and 1.0 equals 1.00: but they are not the same value.
#[tokio::test]
async fn promise_7_values_that_are_equal_and_not_the_same_are_updated() {
    #[derive(Clone, Upsertable)]
    #[upsert(table = "number")]
    struct Number {
        #[upsert(primary_key)]
        id: i64,
        double: Option<f64>,
        single: Option<f32>,
        json: serde_json::Value,
    }

    let database = Postgres::fresh().await;
    let number = |sign: f64, json: &str| Number {
        id: 1,
        double: Some(0.0 * sign),
        single: Some(if sign < 0.0 { -0.0 } else { 0.0 }),
        json: serde_json::from_str(json).unwrap(),
    };
    let create = || UpsertOptions::new().create_table();
    for (before, after) in [(1.0, -1.0), (-1.0, 1.0)] {
        for (form, atomicity) in [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Chunk)] {
            database.aupsert([number(before, "1")], create()).await.unwrap();
            let options = create().atomicity(atomicity);
            let report = database.write(Place::Pool, Door::Call, form, &[number(after, "1")], options).await.unwrap();
            assert_eq!(report.updated, 1);
            let zero = if after < 0.0 { "-0" } else { "0" };
            assert_eq!(database.query("SELECT double, single FROM number").await, [row([zero, zero])]);
        }
    }
    for same in [f64::NAN, f64::INFINITY] {
        let numbers = [Number { id: 2, double: Some(same), single: None, json: serde_json::Value::Null }];
        database.aupsert(numbers.clone(), create()).await.unwrap();
        assert_eq!(database.aupsert(numbers, create()).await.unwrap().unchanged, 1, "{same} over itself");
    }
    // The library sends the document as it was parsed, so the other spelling is the judge's.
    database.batch("UPDATE number SET json = '1.00' WHERE id = 1").await;
    let report = database.aupsert([number(1.0, "1.0")], create()).await.unwrap();
    assert_eq!(report.updated, 1);
    assert_eq!(database.query("SELECT json FROM number WHERE id = 1").await, [row(["1.0"])]);
}

#[tokio::test]
async fn the_search_path_says_where_a_table_without_a_schema_is() {
    let database = Postgres::fresh().await;
    database
        .batch("CREATE SCHEMA mine; CREATE TABLE mine.word (word text PRIMARY KEY, meaning text, first_meaning text)")
        .await;
    let mut client = database.connect().await;
    client.batch_execute("SET search_path TO nowhere, mine, public").await.unwrap();
    Word::aupsert(&mut client, [word("a", "1")], UpsertOptions::new().create_table()).await.unwrap();
    assert_eq!(database.query("SELECT word FROM mine.word").await, [row(["a"])]);
    let error = database.aupsert([word("a", "1")], UpsertOptions::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingTable, "the default path does not have it: {error}");
    database.aupsert([word("b", "1")], UpsertOptions::new().schema("mine")).await.unwrap();
    assert_eq!(database.query("SELECT count(*) FROM mine.word").await, [row(["2"])]);
    assert_eq!(query(&client, "SHOW search_path").await, [row(["nowhere, mine, public"])]);
}

/// Types of the table that are wider or narrower than those of the struct: a value is stored as it is, or refused.
#[tokio::test]
async fn promise_7_a_column_of_another_type_changes_no_value() {
    #[derive(Clone, Upsertable)]
    #[upsert(table = "sample")]
    struct Sample<T: ColumnValue + Send + Sync> {
        #[upsert(primary_key)]
        id: i64,
        value: T,
    }

    /// Writes a value in each way; whatever comes of it, the table has the value or nothing.
    async fn kept_or_refused<T>(database: &Postgres, declared: &str, value: T, text: &str) -> bool
    where
        T: ColumnValue + Clone + Send + Sync + 'static,
    {
        let mut kept = 0;
        for (form, atomicity) in
            [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
        {
            let way = format!("{text:?} in {declared}, {form:?} {atomicity:?}");
            database
                .batch(&format!(
                    "DROP TABLE IF EXISTS sample; CREATE TABLE sample (id BIGINT PRIMARY KEY, value {declared})"
                ))
                .await;
            let rows = [Sample { id: 1, value: value.clone() }, Sample { id: 2, value: value.clone() }];
            let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(1);
            let result = database.write(Place::Pool, Door::Call, form, &rows, options).await;
            let there = database.query("SELECT DISTINCT value::text FROM sample").await;
            if let Err(error) = result {
                assert!(there.is_empty(), "{way}: {error}, and {there:?}");
            } else {
                assert_eq!(there, [row([text])], "{way}");
                kept += 1;
            }
        }
        assert!(kept == 0 || kept == 3, "{text:?} in {declared}: the ways do not agree");
        kept == 3
    }

    let database = Postgres::fresh().await;
    database.batch("SET TimeZone = 'UTC'").await;
    let instant = DateTime::from_timestamp_micros(1_763_900_000_123_456).unwrap();

    // What fits is taken; what does not is refused, not cut and not rounded.
    for (declared, text, fits) in [
        ("varchar(3)", "abc", true),
        ("varchar(3)", "éèê", true),
        ("varchar(3)", "abcd", false),
        ("varchar(3)", "ab    ", false),
        ("char(3)", "abc", true),
        ("text", "ab    ", true),
        ("citext", "Ab", true),
    ] {
        if declared == "citext" {
            database.batch("CREATE EXTENSION citext").await;
        }
        assert_eq!(kept_or_refused(&database, declared, text.to_owned(), text).await, fits, "{text:?} in {declared}");
    }
    for (declared, fits) in
        [("bigint", true), ("integer", false), ("smallint", false), ("double precision", false), ("numeric", true)]
    {
        let most = i64::MAX;
        assert_eq!(kept_or_refused(&database, declared, most, &most.to_string()).await, fits, "{declared}");
    }
    for declared in ["integer", "bigint", "real", "double precision", "numeric(10,1)", "text"] {
        let is_kept = kept_or_refused(&database, declared, 2.71_f64, "2.71").await;
        assert!(is_kept || declared != "double precision");
    }
    for declared in ["timestamptz", "timestamptz(3)", "timestamp", "date", "text", "time"] {
        let is_kept = kept_or_refused(&database, declared, instant, "2025-11-23 12:13:20.123456+00").await;
        assert!(is_kept || declared != "timestamptz");
    }
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "numbered", conflict_target(name))]
struct Numbered {
    #[upsert(primary_key, identity)]
    id: Option<i64>,
    name: String,
    #[upsert(default)]
    mood: Option<String>,
}

fn numbered(id: Option<i64>, name: &str) -> Numbered {
    Numbered { id, name: name.to_owned(), mood: None }
}

/// Tables that number their rows in each of PostgreSQL's ways, with a default that has a type of its own.
#[tokio::test]
async fn numbers_and_defaults_are_those_of_the_table() {
    let database = Postgres::fresh().await;
    database.batch("CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE SCHEMA \"o'der\"").await;
    for (id, alone) in [
        ("bigserial PRIMARY KEY", false),
        ("int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", false),
        ("bigint GENERATED ALWAYS AS IDENTITY (START 10) PRIMARY KEY", true),
        ("bigint PRIMARY KEY DEFAULT (random() * 1000000)::bigint", false),
    ] {
        let name = "\"o'der\".numbered";
        database
            .batch(&format!(
                "DROP TABLE IF EXISTS {name}; \
                 CREATE TABLE {name} (id {id}, name text NOT NULL UNIQUE, mood mood NOT NULL DEFAULT 'glad')"
            ))
            .await;
        for (round, atomicity) in [Atomicity::Chunk, Atomicity::Call].into_iter().enumerate() {
            let options = || UpsertOptions::new().schema("o'der").atomicity(atomicity).chunk_rows(2);
            let names: Vec<String> = (0..5).map(|number| format!("{round} {number}")).collect();
            let rows = stream::iter(names.iter().map(|name| numbered(None, name)).collect::<Vec<_>>());
            let report =
                Numbered::aupsert(&database.pool, rows, options()).await.unwrap_or_else(|e| panic!("{id}: {e}"));
            assert_eq!(report.inserted, 5, "{id}");
            // Rows that are there use up no numbers.
            let before = database.query(&format!("SELECT id, name FROM {name} ORDER BY name")).await;
            for _ in 0..3 {
                let rows = stream::iter(names.iter().map(|name| numbered(None, name)).collect::<Vec<_>>());
                assert_eq!(Numbered::aupsert(&database.pool, rows, options()).await.unwrap().unchanged, 5, "{id}");
            }
            assert_eq!(database.query(&format!("SELECT id, name FROM {name} ORDER BY name")).await, before, "{id}");
            if !id.contains("random") {
                let next = format!("SELECT nextval(pg_get_serial_sequence($${name}$$, 'id')) - max(id) FROM {name}");
                let next = database.query(&next).await;
                assert_eq!(next, [row(["1"])], "{id}");
            }
            let own = Numbered::aupsert(&database.pool, [numbered(Some(-7), "own")], options()).await;
            if alone {
                let error = own.unwrap_err();
                assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidValue, Some("id")), "{error}");
            } else {
                own.unwrap();
            }
        }
        let sql = format!("SELECT count(*), count(DISTINCT id), bool_and(mood = 'glad') FROM {name}");
        let rows = if alone { "10" } else { "11" };
        assert_eq!(database.query(&sql).await, [row([rows, rows, "t"])], "{id}");
    }
}

/// A default with a zone would take values that have none through the session's, where an hour of spring is missing.
#[tokio::test]
async fn promise_7_a_default_of_another_type_changes_no_value() {
    #[derive(Clone, Upsertable)]
    struct Seen {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(default)]
        at: Option<chrono::NaiveDateTime>,
        #[upsert(default)]
        code: Option<String>,
    }

    let database = Postgres::fresh().await;
    let table = "id bigint PRIMARY KEY, at timestamp NOT NULL DEFAULT now(), code char(3) NOT NULL DEFAULT 'abc'";
    database.batch(&format!("CREATE TABLE seen ({table})")).await;
    let at = DateTime::from_timestamp(1_774_751_400, 0).unwrap().naive_utc();
    let mut client = database.connect().await;
    client.batch_execute("SET TimeZone = 'Europe/Oslo'").await.unwrap();
    let rows = [Seen { id: 1, at: Some(at), code: None }, Seen { id: 2, at: None, code: Some("xyz".to_owned()) }];
    Seen::aupsert(&mut client, rows, UpsertOptions::new()).await.unwrap();
    let there = database.query("SELECT id, CASE id WHEN 1 THEN at END, code FROM seen ORDER BY id").await;
    assert_eq!(there, [row(["1", "2026-03-29 02:30:00", "abc"]), row(["2", "NULL", "xyz"])]);
}

/// What decides whether a key is there is the index; where it takes more for equal than the column does, repeated keys
/// would be found by nobody.
#[tokio::test]
async fn promise_1_an_index_with_a_collation_of_its_own_is_refused() {
    let database = Postgres::fresh().await;
    let collation = "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)";
    let table = "CREATE TABLE word (word text NOT NULL, meaning text, first_meaning text)";
    database.batch(&format!("{collation}; {table}; CREATE UNIQUE INDEX ON word (word COLLATE ci)")).await;
    let error =
        Word::aupsert(&database.pool, [word("a", "1"), word("A", "2")], UpsertOptions::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
    assert!(error.to_string().contains("collation"), "{error}");
    let table = "CREATE TABLE word (word text COLLATE ci PRIMARY KEY, meaning text, first_meaning text)";
    database.batch(&format!("DROP TABLE word; {table}")).await;
    Word::aupsert(&database.pool, [word("a", "1"), word("A", "2")], UpsertOptions::new()).await.unwrap();
    assert_eq!(database.table("word").await, [row(["a", "2", "1"])]);
}

/// A partitioned table whose default is another each time: rows are written once, and what cannot be counted is unknown.
#[tokio::test]
async fn defaults_that_change_are_taken_once() {
    #[derive(Clone, Upsertable)]
    struct Drawn {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(default)]
        number: Option<i64>,
        note: String,
    }

    let database = Postgres::fresh().await;
    let drawn = |id, note: &str| Drawn { id, number: None, note: note.to_owned() };
    for atomicity in [Atomicity::Chunk, Atomicity::Call] {
        let table =
            "CREATE TABLE drawn (id bigint PRIMARY KEY, number bigint NOT NULL DEFAULT nextval('s'), note text)";
        let parts = "CREATE TABLE drawn_rest PARTITION OF drawn DEFAULT";
        database
            .batch(&format!("DROP TABLE IF EXISTS drawn; DROP SEQUENCE IF EXISTS s; CREATE SEQUENCE s; {table} PARTITION BY RANGE (id); {parts}"))
            .await;
        let options = || UpsertOptions::new().atomicity(atomicity).chunk_rows(2);
        let rows = || stream::iter([drawn(1, "a"), drawn(2, "b"), drawn(3, "c")]);
        let report = Drawn::aupsert(&database.pool, rows(), options()).await.unwrap();
        assert_eq!((report.inserted, report.unchanged), (Count::UNKNOWN, Count::ZERO));
        let numbers = database.query("SELECT number FROM drawn ORDER BY id").await;
        assert_eq!(numbers, [row(["1"]), row(["2"]), row(["3"])], "each was drawn once");
    }
}

/// Its own columns are of types beside which a default has no place by itself.
#[tokio::test]
async fn defaults_stand_beside_values_of_any_type() {
    #[derive(Clone, Upsertable)]
    struct Odd {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(default)]
        document: Option<serde_json::Value>,
        #[upsert(default)]
        small: Option<i64>,
    }

    let database = Postgres::fresh().await;
    database
        .batch("CREATE TABLE odd (id bigint PRIMARY KEY, document json NOT NULL DEFAULT '[1]', small smallint NOT NULL DEFAULT 7)")
        .await;
    let rows = [
        Odd { id: 1, document: None, small: None },
        Odd { id: 2, document: Some(serde_json::json!([2])), small: Some(8) },
    ];
    for _ in 0..2 {
        Odd::aupsert(&database.pool, &rows, UpsertOptions::new()).await.unwrap();
        assert_eq!(database.table("odd").await, [row(["1", "[1]", "7"]), row(["2", "[2]", "8"])]);
    }
    database.batch("DROP TABLE odd").await;
    database
        .batch("CREATE TABLE odd (id bigint PRIMARY KEY, document json NOT NULL DEFAULT '[1]', small bigint GENERATED ALWAYS AS IDENTITY)")
        .await;
    let error = Odd::aupsert(&database.pool, &rows, UpsertOptions::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
}

/// What a dropped call leaves running is ended by a role that may do nothing but write its rows.
#[tokio::test]
async fn promise_4_a_dropped_call_of_an_ordinary_role_is_ended() {
    let database = Postgres::fresh().await;
    let role = format!("app_{}", database.name);
    let table = "CREATE TABLE word (word text PRIMARY KEY, meaning text, first_meaning text)";
    database.batch(&format!("{table}; CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE ON word TO {role}")).await;
    let mut config = database.server.config(&database.name);
    config.user(&role);
    let pool = Pool::builder(Manager::new(config, NoTls)).max_size(1).build().unwrap();
    let lock = database.connect().await;
    lock.batch_execute("BEGIN; LOCK TABLE word IN SHARE MODE").await.unwrap();

    let of_the_role =
        format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{role}' AND wait_event_type = 'Lock'");
    let waits = async |wanted: &str| {
        let began = Instant::now();
        while database.query(&of_the_role).await != [row([wanted])] {
            assert!(began.elapsed() < LONGEST, "there are not {wanted} that wait");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let writing = tokio::spawn(async move { Word::aupsert(&pool, [word("a", "1")], UpsertOptions::new()).await });
    waits("1").await;
    writing.abort();
    waits("0").await;
    lock.batch_execute("COMMIT").await.unwrap();
    assert!(database.table("word").await.is_empty());
    drop(lock);
    database.batch(&format!("REVOKE ALL ON word FROM {role}; DROP ROLE {role}")).await;
}

/// Of a repeated key `jsonb` would keep one value, and of a zero no sign; `json` keeps the text.
#[test]
fn promise_7_jsonb_drops_no_value_and_no_sign() {
    use std::collections::BTreeMap;

    #[derive(Clone, serde::Serialize)]
    struct Document {
        kind: &'static str,
        #[serde(flatten)]
        rest: BTreeMap<String, f64>,
    }

    #[derive(Clone, Upsertable)]
    #[upsert(table = "page")]
    struct Page {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(json)]
        document: Document,
        parts: Vec<serde_json::Value>,
    }

    let page = |id, key: &str, value, part: &str| Page {
        id,
        document: Document { kind: "a", rest: BTreeMap::from([(key.to_owned(), value)]) },
        parts: vec![serde_json::from_str(part).unwrap()],
    };
    tests::run(|database: Postgres| async move {
        let create = || UpsertOptions::new().create_table();
        let sound = page(1, "kinds", 0.5, r#"{"b": [0.0, -1]}"#);
        database.aupsert([sound.clone()], create()).await.unwrap();
        for (changed, column) in [
            (page(2, "kind", 5.0, "1"), "document"),
            (page(2, "zero", -0.0, "1"), "document"),
            (page(2, "one", 1.0, r#"{"z": -0.0}"#), "parts"),
        ] {
            let error = database.aupsert([sound.clone(), changed], UpsertOptions::new()).await.unwrap_err();
            assert_eq!(
                (error.kind(), error.row(), error.column()),
                (ErrorKind::InvalidValue, Some(1), Some(column)),
                "{error}"
            );
        }
        assert_eq!(database.table("page").await.len(), 1);
        database.batch("ALTER TABLE page ALTER document TYPE json").await;
        database.aupsert([page(2, "kind", -0.0, "1")], UpsertOptions::new()).await.unwrap();
        let text = "SELECT document::text FROM page WHERE id = 2";
        assert_eq!(database.query(text).await, [row([r#"{"kind":"a","kind":-0.0}"#])]);
        // Its elements go as those of a `jsonb[]` do.
        database.batch("ALTER TABLE page ALTER parts TYPE json[] USING '{1}'::json[]").await;
        database.aupsert([sound], UpsertOptions::new()).await.unwrap();
        let error = database.aupsert([page(3, "one", 1.0, "[-0.0]")], UpsertOptions::new()).await.unwrap_err();
        assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidValue, Some("parts")), "{error}");
    });
}
