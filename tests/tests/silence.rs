//! Promise 10: errors and traces say what is wrong and where, and show no value of a row and no password.

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use tests::canary::{Bird, TEXT, birds, leaks};
use tests::failing::{Failing, Refusal};
use tests::faulty_postgres::Front;
use tests::faulty_stream::{Cut, Direction, Meter};
use tests::listener::Listener;
use tests::loading::{Door, Form, Place, ways};
use tests::source_files::root;
use tests::{Database, Postgres, figure, seed, suite};
use upsert::report::Outcome;
use upsert::schema::ColumnType;
use upsert::value::{Invalid, Value};
use upsert::{Atomicity, ColumnValue, Dialect, Duplicates, Error, ErrorKind, OnConflict, UpsertOptions, Upsertable};

suite!(
    promise_10_no_error_and_no_trace_shows_a_value,
    what_the_database_says_is_told_to_those_who_ask,
    types_that_hold_rows_do_not_show_them,
);

/// Hears errors, and remembers what they showed.
#[derive(Default)]
struct Ear {
    kinds: BTreeSet<String>,
    paths: u32,
    leaks: Vec<String>,
}

impl Ear {
    fn hear(&mut self, what: impl fmt::Display, error: &Error) {
        self.paths += 1;
        self.kinds.insert(format!("{:?}", error.kind()));
        let mut said = vec![format!("{error}"), format!("{error:?}"), format!("{error:#?}")];
        let answers = [error.sqlstate(), error.constraint(), error.column()];
        said.extend(answers.into_iter().flatten().map(str::to_owned));
        let mut cause = StdError::source(error);
        // The caller's own error is the caller's own.
        assert!(cause.is_none() || error.kind() == ErrorKind::Source, "{what}: {error} has a source");
        while let Some(deeper) = cause.filter(|cause| !cause.is::<Torn>()) {
            said.extend([format!("{deeper}"), format!("{deeper:?}")]);
            cause = deeper.source();
        }
        for text in said {
            let shown = leaks(&text);
            if !shown.is_empty() {
                self.leaks.push(format!("{what} shows {shown:?}: {text}"));
            }
        }
        assert!(!error.to_string().is_empty());
    }

    async fn hear_failure<T: fmt::Debug>(&mut self, what: &str, call: impl Future<Output = Result<T, Error>>) -> Error {
        let error = call.await.expect_err(what);
        self.hear(what, &error);
        error
    }
}

async fn promise_10_no_error_and_no_trace_shows_a_value<D: Failing>(database: D) {
    let listener = Listener::of_process();
    let mut ear = Ear::default();
    refusals(&database, &mut ear).await;
    connections(&database, &mut ear).await;
    deadlines(&database, &mut ear).await;
    plans(&database, &mut ear).await;
    values(&database, &mut ear).await;
    repeated_keys(&database, &mut ear).await;
    sources(&database, &mut ear).await;
    changed_tables(&database, &mut ear).await;

    let kinds = variants("upsert-runtime/src/error.rs", "ErrorKind");
    let never: BTreeSet<String> = D::NEVER.iter().map(|kind| format!("{kind:?}")).collect();
    assert_eq!(ear.kinds, kinds.difference(&never).cloned().collect(), "every kind of error was heard");

    for line in listener.transcript().lines() {
        let shown = leaks(line);
        if !shown.is_empty() {
            ear.leaks.push(format!("a trace shows {shown:?}: {line}"));
        }
    }
    figure(format!("canary_error_paths_{}", D::NAME), ear.paths);
    figure(format!("canary_leaks_{}", D::NAME), ear.leaks.len());
    assert!(ear.leaks.is_empty(), "{} leaks:\n{}", ear.leaks.len(), ear.leaks.join("\n"));
    database.assert_nothing_left().await;
}

/// The ways that differ in what is sent.
fn chosen<D: Failing>() -> Vec<(Place, Door, Form, Atomicity)> {
    let mut ways = ways::<D>();
    if seed::cases(1) == 1 {
        ways.retain(|way| {
            matches!(
                way,
                (Place::Pool, Door::Call, Form::Vec | Form::Stream, Atomicity::Call)
                    | (Place::Pool, Door::Chunks, Form::TryStream, Atomicity::Chunk)
                    | (Place::Connection, Door::Call, Form::Iterator, _)
                    | (Place::Transaction, Door::Call, Form::Slice, Atomicity::Call)
                    | (Place::Transaction, Door::Cursor, Form::Iterator, Atomicity::Chunk)
            )
        });
    }
    assert!(ways.len() >= 6);
    ways
}

async fn refusals<D: Failing>(database: &D, ear: &mut Ear) {
    for Refusal { table, sqlstate, when } in D::refusals() {
        database.batch(&format!("DROP TABLE IF EXISTS bird; {table}")).await;
        for (place, door, form, atomicity) in chosen::<D>() {
            if !when.leaves_transaction(place) {
                continue;
            }
            let way = format!("{place:?} {door:?} {form:?} {atomicity:?} of {table}");
            let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(2);
            let error = database.write(place, door, form, &birds(3), options).await.expect_err(&way);
            assert_eq!(error.sqlstate(), Some(sqlstate), "{way}: {error}, {:?}", error.database_message());
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Database, Outcome::NotCommitted), "{way}");
            ear.hear(&way, &error);
            assert!(database.table("bird").await.is_empty(), "{way}");
        }
    }
    database.batch("DROP TABLE bird").await;
}

async fn connections<D: Failing>(database: &D, ear: &mut Ear) {
    for (what, error) in database.without_connection(&birds(2)).await {
        ear.hear(what, &error);
    }
    let error = database.with_lost_connection(&birds(2)).await;
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
    ear.hear("a lost connection", &error);
}

const SHORT: Duration = Duration::from_millis(100);

async fn deadlines<D: Failing>(database: &D, ear: &mut Ear) {
    let create = || UpsertOptions::new().create_table().chunk_rows(2);
    let taken = database.exhaust_pool().await;
    ear.hear_failure("an exhausted pool", database.aupsert(birds(1), create().pool_timeout(SHORT))).await;
    drop(taken);

    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        let options = create().atomicity(atomicity).stall_timeout(SHORT);
        let rows = stream::iter(birds(3)).chain(stream::pending());
        ear.hear_failure("a stream that stalls", database.aupsert(rows, options)).await;
    }

    let (lock, unlock) = match D::DIALECT {
        Dialect::Sqlite => ("BEGIN IMMEDIATE", "ROLLBACK"),
        Dialect::MySql => ("LOCK TABLES bird WRITE", "UNLOCK TABLES"),
        _ => ("BEGIN; LOCK TABLE bird", "ROLLBACK"),
    };
    database.batch(lock).await;
    for (form, atomicity) in [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Chunk)] {
        let options = UpsertOptions::new().atomicity(atomicity).chunk_timeout(SHORT);
        ear.hear_failure("a lock", database.write(Place::Pool, Door::Call, form, &birds(2), options)).await;
    }
    database.batch(&format!("{unlock}; DROP TABLE bird")).await;
}

async fn plans<D: Failing>(database: &D, ear: &mut Ear) {
    let new = UpsertOptions::new;
    ear.hear_failure("a missing table", database.aupsert(birds(2), new())).await;
    ear.hear_failure("a missing schema", database.aupsert(birds(2), new().schema("nowhere").create_table())).await;
    ear.hear_failure("an empty name", database.aupsert(birds(2), new().table(""))).await;
    ear.hear_failure("a NUL in a name", database.aupsert(birds(2), new().table("a\0b"))).await;
    ear.hear_failure("no conflict target", database.aupsert(birds(2), new().conflict_target([]))).await;
    ear.hear_failure("the key is updated", database.aupsert(birds(2), new().update_columns([Bird::COL.id]))).await;
    for table in ["id BIGINT PRIMARY KEY", r#"id BIGINT PRIMARY KEY, text TEXT, bytes TEXT, "double" TEXT"#] {
        database.batch(&format!("CREATE TABLE bird ({table})")).await;
        ear.hear_failure("another table", database.aupsert(birds(2), new())).await;
        database.batch("DROP TABLE bird").await;
    }
    database.aupsert(birds(0), new().create_table()).await.unwrap();
    for form in [Form::Vec, Form::Stream] {
        let options = new().conflict_target([Bird::COL.text]).atomicity(Atomicity::Call).chunk_rows(1);
        let rows = birds(2);
        let writing = database.write(Place::Pool, Door::Call, form, &rows, options);
        ear.hear_failure("no unique index", writing).await;
    }
    database.batch("DROP TABLE bird").await;
}

/// A value that is not what its column says.
#[derive(Clone)]
struct OddValue(Value<'static>);

impl ColumnValue for OddValue {
    const TYPE: ColumnType = ColumnType::Text;

    fn value(&self) -> Value<'_> {
        self.0.clone()
    }
}

#[derive(Clone, Upsertable)]
struct Odd {
    #[upsert(primary_key)]
    id: i64,
    value: OddValue,
}

#[derive(Clone, Upsertable)]
#[upsert(conflict_target(text))]
struct Numbered {
    #[upsert(primary_key, identity)]
    id: Option<i64>,
    #[upsert(max_len = 100)]
    text: String,
}

async fn values<D: Failing>(database: &D, ear: &mut Ear) {
    let mut invalids = BTreeSet::new();
    let mut refused = |ear: &mut Ear, invalid: Invalid, error: &Error| {
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{error}");
        assert!(error.to_string().contains(&invalid.to_string()), "{invalid}: {error}");
        invalids.insert(format!("{invalid:?}"));
        ear.hear(invalid, error);
    };
    for (invalid, table, bird) in D::refused_values() {
        database.batch(&table).await;
        for (place, door, form, atomicity) in chosen::<D>() {
            let rows = [birds(1).remove(0), bird.clone()];
            let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(1);
            let error = database.write(place, door, form, &rows, options).await.expect_err("it is refused");
            assert!(error.row().is_some() && error.column().is_some(), "{error}");
            refused(ear, invalid, &error);
        }
        database.batch("DROP TABLE bird").await;
    }

    database.batch("CREATE TABLE odd (id BIGINT PRIMARY KEY, value TEXT)").await;
    let read = |text: String, column_type| Value::from_text(text, column_type).unwrap_or_else(Value::Invalid);
    let odd = [
        (Invalid::Null, Value::Null),
        (Invalid::WrongKind, Value::BigInt(birds(1)[0].id)),
        (Invalid::TimeOfDay, Value::Invalid(Invalid::TimeOfDay)),
        (Invalid::Malformed, read(birds(1).remove(0).text, ColumnType::Date)),
        (Invalid::MoreDigits, read(format!("{}.00000000000000001", birds(1)[0].id), ColumnType::Double)),
    ];
    for (invalid, value) in odd {
        let odd = Odd { id: birds(1)[0].id, value: OddValue(value) };
        refused(ear, invalid, &database.aupsert([odd], UpsertOptions::new()).await.expect_err("it is odd"));
    }
    if D::DIALECT == Dialect::Postgres {
        let id = "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
        database.batch(&format!("CREATE TABLE numbered ({id}, text TEXT UNIQUE)")).await;
        let bird = birds(1).remove(0);
        let numbered = Numbered { id: Some(bird.id), text: bird.text };
        let error = database.aupsert([numbered], UpsertOptions::new()).await.expect_err("it has a number of its own");
        assert!(error.row().is_some() && error.column().is_some(), "{error}");
        refused(ear, Invalid::GivenByDatabase, &error);
    }
    let never: BTreeSet<String> = D::keeps().iter().map(|invalid| format!("{invalid:?}")).collect();
    let all = variants("upsert-runtime/src/value/mod.rs", "Invalid");
    assert_eq!(invalids, all.difference(&never).cloned().collect(), "every reason was heard");
}

async fn repeated_keys<D: Failing>(database: &D, ear: &mut Ear) {
    let twice = [birds(2), birds(1)].concat();
    for (place, door, form, atomicity) in chosen::<D>() {
        let options = UpsertOptions::new().create_table().duplicates(Duplicates::Error).atomicity(atomicity);
        let error = database.write(place, door, form, &twice, options).await.expect_err("a key is repeated");
        assert_eq!(error.kind(), ErrorKind::RepeatedKey, "{error}");
        ear.hear("a repeated key", &error);
    }
    database.aupsert(birds(2), UpsertOptions::new()).await.unwrap();
    let refuse = UpsertOptions::new().on_conflict(OnConflict::Error);
    ear.hear_failure("a key that is there", database.aupsert(birds(1), refuse)).await;
}

/// An error of the caller's, which shows a value.
#[derive(Debug)]
struct Torn(&'static str);

impl fmt::Display for Torn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}", self.0)
    }
}

impl StdError for Torn {}

async fn sources<D: Failing>(database: &D, ear: &mut Ear) {
    let torn = || birds(5).into_iter().map(|bird| if bird.id % 10 == 3 { Err(Torn(TEXT)) } else { Ok(bird) });
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        let options = || UpsertOptions::new().atomicity(atomicity).chunk_rows(2);
        for error in [
            ear.hear_failure("an iterator that fails", database.aupsert(torn(), options())).await,
            ear.hear_failure("a stream that fails", database.aupsert(stream::iter(torn()), options())).await,
        ] {
            // It is the caller's own, as it came.
            let source = error.source().and_then(|source| source.downcast_ref::<Torn>());
            assert_eq!(source.map(ToString::to_string), Some(format!("cannot read {TEXT}")), "{error}");
            assert_eq!((error.kind(), error.row()), (ErrorKind::Source, Some(3)));
        }

        let panics = birds(5).into_iter().inspect(|bird| assert!(bird.id % 10 != 3, "a row of the caller's panics"));
        let writing = AssertUnwindSafe(database.aupsert(panics, options()));
        assert!(writing.catch_unwind().await.is_err(), "the panic goes on");
    }
}

/// A table that is another one from the second chunk on.
async fn changed_tables<D: Failing>(database: &D, ear: &mut Ear) {
    let tables = D::refused_values();
    let (_, plain, _) = &tables[0];
    // One that would take a value, and change it.
    let changes = |invalid: Invalid| invalid == Invalid::ChangedByColumn;
    let other = tables.iter().find(|(invalid, table, _)| changes(*invalid) && table != plain);
    let (_, other, _) = other.expect("every database has columns that change values");
    database.batch(&format!("DROP TABLE IF EXISTS bird; {plain}")).await;
    let mut chunks = database.aupsert_chunks(birds(4).into_iter(), UpsertOptions::new().chunk_rows(2));
    chunks.next().await.expect("it is the first of two").unwrap();
    database.batch(&format!("DROP TABLE bird; {other}")).await;
    let second = async { chunks.next().await.expect("it is the second") };
    let error = ear.hear_failure("a table that is changed", second).await;
    drop(chunks);
    assert_eq!(error.kind(), ErrorKind::ChangedTable, "{error}");
    assert!(database.table("bird").await.is_empty());
}

async fn what_the_database_says_is_told_to_those_who_ask<D: Failing>(database: D) {
    let refusal = D::refusals().remove(0);
    database.batch(&refusal.table).await;
    let error = database.aupsert(birds(2), UpsertOptions::new()).await.unwrap_err();
    let said = error.database_message().expect("the database said something").to_owned();
    assert!(!error.to_string().contains(TEXT), "{error}");
    assert!(said.contains("text"), "{said}");
    assert_eq!(said.contains(TEXT), D::DIALECT == Dialect::Postgres, "PostgreSQL quotes the key: {said}");
    for error in [
        database.aupsert(birds(1), UpsertOptions::new().table("missing")).await.unwrap_err(),
        database
            .aupsert([birds(1), birds(1)].concat(), UpsertOptions::new().duplicates(Duplicates::Error))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.database_message(), None, "it is not the database's: {error}");
    }
}

/// A connection that breaks anywhere, also while it commits, so that the outcome is in doubt.
#[tokio::test]
async fn promise_10_connections_that_break_show_nothing() {
    let listener = Listener::of_process();
    let database = Postgres::fresh().await;
    let mut ear = Ear::default();
    let mut in_doubt = 0;
    let options = |atomicity| UpsertOptions::new().create_table().atomicity(atomicity).chunk_rows(2);
    Bird::aupsert(&database.pool, Vec::new(), options(Atomicity::Call)).await.unwrap();
    let front = Front::from(&database);
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        for is_stream in [false, true] {
            let write = async |cut: Option<Cut>, meter: &Meter| {
                let Ok(mut client) = front.connect(cut, meter).await else { return Ok(()) };
                let written = if is_stream {
                    Bird::aupsert(&mut client, stream::iter(birds(5)), options(atomicity)).await
                } else {
                    Bird::aupsert(&mut client, birds(5), options(atomicity)).await
                };
                written.map(drop)
            };
            let whole = Meter::default();
            write(None, &whole).await.unwrap();
            for direction in [Direction::Sent, Direction::Received] {
                let bytes = whole.passed(direction);
                // Everywhere, and byte by byte at the end, where the commit is.
                for after in (1..=bytes).step_by(bytes.div_ceil(30)).chain(bytes.saturating_sub(24)..=bytes) {
                    let Err(error) = write(Some(Cut { direction, after }), &Meter::default()).await else { continue };
                    in_doubt += u32::from(error.outcome() == Outcome::InDoubt);
                    ear.hear(format!("{after} bytes {direction:?}"), &error);
                }
            }
        }
    }
    assert!(ear.paths >= 100 && in_doubt > 0, "{} errors, {in_doubt} in doubt", ear.paths);
    for line in listener.transcript().lines() {
        let shown = leaks(line);
        if !shown.is_empty() {
            ear.leaks.push(format!("a trace shows {shown:?}: {line}"));
        }
    }
    figure("canary_error_paths_broken_connections", ear.paths);
    assert!(ear.leaks.is_empty(), "{} leaks:\n{}", ear.leaks.len(), ear.leaks.join("\n"));
}

/// A notice is no error: tokio-postgres logs it in the trigger's own words, and nobody else does.
#[tokio::test]
async fn a_notice_of_a_trigger_is_logged_by_the_driver_alone() {
    const WORD: &str = "robin-0815";
    let listener = Listener::of_process();
    let database = Postgres::fresh().await;
    database
        .batch(
            "CREATE TABLE robin (id bigint PRIMARY KEY, word text);
             CREATE FUNCTION sing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'it sings %', NEW.word; RETURN NEW; END $$;
             CREATE TRIGGER sings BEFORE INSERT ON robin FOR EACH ROW EXECUTE FUNCTION sing()",
        )
        .await;
    database.aupsert([Robin { id: 1, word: WORD.to_owned() }], UpsertOptions::new()).await.unwrap();
    let transcript = listener.transcript();
    let said: Vec<&str> = transcript.lines().filter(|line| line.contains(WORD)).collect();
    assert!(!said.is_empty() && said.iter().all(|line| line.starts_with("INFO tokio_postgres")), "{said:?}");
}

#[derive(Clone, Upsertable)]
struct Robin {
    #[upsert(primary_key)]
    id: i64,
    word: String,
}

async fn types_that_hold_rows_do_not_show_them<D: Failing>(database: D) {
    let options = UpsertOptions::new().create_table().chunk_rows(1).schema("main_or_public");
    let mut shown = format!("{options:?} {options:#?}");
    shown += &format!("{:?}", database.aupsert(birds(3), options.clone()));
    let options = UpsertOptions::new().create_table().chunk_rows(1);
    let mut chunks = database.aupsert_chunks(birds(3).into_iter(), options.clone());
    shown += &format!("{chunks:?}");
    while let Some(chunk) = chunks.next().await {
        shown += &format!("{:?} {chunks:?}", chunk.unwrap());
    }
    let mut cursor = Bird::cursor(stream::iter(birds(3)), options);
    shown += &format!("{cursor:?}");
    while let Some(chunk) = database.write_next(&mut cursor).await.unwrap() {
        shown += &format!("{chunk:?} {cursor:?} {:?}", cursor.report());
    }
    for bird in birds(1) {
        for column in 0..Bird::SCHEMA.columns.len() {
            shown += &format!("{:?} {:#?}", bird.value(column), Some(bird.value(column)));
        }
    }
    shown += &format!("{:?} {}", Bird::SCHEMA, Bird::SCHEMA);
    assert_eq!(leaks(&shown), [""; 0], "{shown}");
}

/// The variants of an enum, as the source has them.
fn variants(file: &str, name: &str) -> BTreeSet<String> {
    let source = std::fs::read_to_string(root().join(file)).unwrap();
    let body = source.split_once(&format!("pub enum {name} {{\n")).unwrap_or_else(|| panic!("{file} has no {name}")).1;
    let lines = body.split_once("\n}").unwrap().0.lines().map(str::trim);
    let variants: BTreeSet<String> =
        lines.filter(|line| !line.starts_with("//")).map(|line| line.trim_end_matches(',').to_owned()).collect();
    assert!(variants.len() > 3 && variants.iter().all(|name| name.chars().all(char::is_alphanumeric)), "{variants:?}");
    variants
}
