//! What MySQL alone has: settings of a session that change values, unique keys that find rows of strangers, statements that end
//! transactions, packets, and collations.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tests::crowd::crowd;
use tests::loading::{Door, Form, Place, ways};
use tests::mariadb::{exact_collation, processes, query, settings};
use tests::mariadb_server::{MariaDbServer, USER, either, is_mysql};
use tests::rounds::{Lap, Rounds};
use tests::verdict::assert_right;
use tests::{Database, MariaDb, Table, figure, in_form, row, seed, through_door};
use upsert::mysql_async::prelude::Queryable;
use upsert::mysql_async::{Conn, IsolationLevel, OptsBuilder, Pool, TxOpts};
use upsert::report::{Count, Outcome};
use upsert::schema::ColumnType;
use upsert::value::{Invalid, Value};
use upsert::{Atomicity, ColumnValue, Error, ErrorKind, OnConflict, UpsertOptions, UpsertReport, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Word {
    #[upsert(primary_key, max_len = 100)]
    word: String,
    meaning: Option<String>,
    #[upsert(update = never)]
    first: Option<i64>,
}

fn word(word: &str, meaning: &str) -> Word {
    Word { word: word.to_owned(), meaning: Some(meaning.to_owned()), first: None }
}

const WORD: &str = "CREATE TABLE word (word VARCHAR(100) PRIMARY KEY, meaning VARCHAR(20), first BIGINT)";

/// The caller's own settings, each of them another than the library's, are there again after each call, whatever came of it.
#[test]
fn promise_4_the_settings_of_a_session_are_the_callers_again() {
    tests::run(|database: MariaDb| async move {
        database.batch(&format!("{WORD}; ALTER TABLE word ADD CHECK (meaning <> 'bad')")).await;
        let mut looked_at = 0;
        for (place, door, form, atomicity) in ways::<MariaDb>().into_iter().filter(|(place, ..)| *place != Place::Pool)
        {
            let mut connection = database.connect().await;
            connection
                .query_drop(
                    "SET SESSION sql_mode = 'ANSI_QUOTES', time_zone = '+02:00', innodb_lock_wait_timeout = 7,
                         lock_wait_timeout = 8, LIMIT, unique_checks = 0, foreign_key_checks = 0,
                         sql_notes = 0, sql_safe_updates = 1;
                     SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE; SET NAMES latin1"
                        .replace("LIMIT", either("max_statement_time = 9", "max_execution_time = 9000")),
                )
                .await
                .unwrap();
            let before = settings(&mut connection).await;
            for meaning in ["good", "bad", "a text that is longer than its column"] {
                let way = format!("{place:?} {door:?} {form:?} {atomicity:?} {meaning}");
                database.batch("DELETE FROM word").await;
                let rows = [word("é", "good"), word("b", meaning), word("c", "漢")];
                let options = UpsertOptions::new().chunk_rows(1).atomicity(atomicity);
                let written = if place == Place::Transaction {
                    let mut transaction = connection.start_transaction(TxOpts::default()).await.unwrap();
                    let written = in_form!(form, rows.as_slice(), given => through_door!(Word, door, &mut transaction, given, options));
                    transaction.commit().await.unwrap();
                    written
                } else {
                    in_form!(form, rows.as_slice(), given => through_door!(Word, door, &mut connection, given, options))
                };
                assert_eq!(written.is_ok(), meaning == "good", "{way}: {written:?}");
                assert_eq!(settings(&mut connection).await, before, "{way}");
                looked_at += 1;
            }
        }
        assert_eq!(database.query("SELECT word FROM word LIMIT 1").await.len(), 1, "rows were written");
        figure("mariadb_settings_restored", looked_at);
    });
}

/// Neither the zone nor the character set nor the mode of the caller's session changes a value.
#[test]
fn promise_7_the_settings_of_a_session_change_no_value() {
    #[derive(Clone, Debug, Upsertable)]
    struct Moment {
        #[upsert(primary_key)]
        id: i64,
        text: String,
        at: chrono::DateTime<chrono::Utc>,
        stamped: chrono::DateTime<chrono::Utc>,
    }
    tests::run(|database: MariaDb| async move {
        database
            .batch(
                "CREATE TABLE moment (id BIGINT AUTO_INCREMENT PRIMARY KEY, text TEXT NOT NULL, at DATETIME(6) NOT NULL,
                     stamped TIMESTAMP(6) NOT NULL)",
            )
            .await;
        let at = chrono::DateTime::from_timestamp_micros(1_795_776_000_123_456).unwrap();
        let moment = |id| Moment { id, text: "\\ ' é 漢 😀".to_owned(), at, stamped: at };
        for (number, setting) in [
            "SET time_zone = '+13:00'",
            "SET time_zone = 'SYSTEM'",
            "SET sql_mode = ''",
            "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT'",
            either("SET sql_mode = 'ORACLE'", "SET sql_mode = 'ANSI,HIGH_NOT_PRECEDENCE,REAL_AS_FLOAT'"),
            "SET NAMES latin1",
            "SET character_set_client = latin1",
            "SET autocommit = 0",
            "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
            "SET sql_select_limit = 1",
            "SET big_tables = 1, sql_safe_updates = 1, sql_auto_is_null = 1, div_precision_increment = 0",
        ]
        .into_iter()
        .enumerate()
        {
            let mut connection = database.connect().await;
            connection.query_drop(setting).await.unwrap();
            database.batch("DELETE FROM moment").await;
            // A key of 0 is no wish for a number.
            for rows in [[moment(0), moment(1)], [moment(0), moment(2)]] {
                let options = UpsertOptions::new().chunk_rows(1);
                Moment::aupsert(&mut connection, &rows, options.clone())
                    .await
                    .unwrap_or_else(|error| panic!("{setting}: {error}"));
                Moment::aupsert(&mut connection, stream::iter(rows), options.atomicity(Atomicity::Call)).await.unwrap();
            }
            let expected = |id| row([id, "\\ ' é 漢 😀", "2026-11-27 10:40:00.123456", "2026-11-27 10:40:00.123456"]);
            assert_eq!(
                database.table("moment").await,
                [expected("0"), expected("1"), expected("2")],
                "{number}: {setting}"
            );
        }
    });
}

/// Whether rows that are found count as affected is the caller's to say, and does not change what is counted.
#[test]
fn promise_9_exact_counts_where_found_rows_count() {
    tests::run(|database: MariaDb| async move {
        database.batch(WORD).await;
        let found_rows = database.through(database.config().client_found_rows(true));
        for (place, door, form, atomicity) in ways::<MariaDb>() {
            let way = format!("{place:?} {door:?} {form:?} {atomicity:?}");
            for chunk_rows in [1, 100] {
                for database in [&found_rows, &database] {
                    database
                        .batch("DELETE FROM word; INSERT INTO word VALUES ('a', 'x', 1), ('b', 'x', 1), ('c', 'y', 1)")
                        .await;
                    let rows = [
                        word("a", "x"),
                        word("b", "y"),
                        word("d", "x"),
                        word("c", "z"),
                        word("e", "x"),
                        word("f", "y"),
                    ];
                    let counts =
                        |report: &UpsertReport| [report.inserted, report.updated, report.unchanged, report.ignored];
                    let options = || UpsertOptions::new().chunk_rows(chunk_rows).atomicity(atomicity);
                    let report = database.write(place, door, form, &rows, options()).await.unwrap();
                    assert_eq!(counts(&report), [3, 2, 1, 0].map(Count::exact), "{way} {chunk_rows}");
                    let ignore = options().on_conflict(OnConflict::Ignore);
                    let report = database.write(place, door, form, &rows, ignore).await.unwrap();
                    assert_eq!(counts(&report), [0, 0, 0, 6].map(Count::exact), "{way} {chunk_rows}");
                    let rewrite = options().rewrite_unchanged();
                    let report = database.write(place, door, form, &rows, rewrite).await.unwrap();
                    assert_eq!(counts(&report), [0, 6, 0, 0].map(Count::exact), "{way} {chunk_rows}");
                }
            }
        }
    });
}

#[derive(Clone, Debug, Upsertable)]
struct Account {
    #[upsert(primary_key)]
    id: i64,
    email: String,
    name: String,
}

/// A row that another unique key than the one that is meant finds is left as it is, and the call fails, whole.
#[test]
fn promise_1_rows_that_other_unique_keys_find_are_never_touched() {
    let account = |id, email: &str| Account { id, email: email.to_owned(), name: "new".to_owned() };
    tests::run(|database: MariaDb| async move {
        let mut refused = 0;
        for unique in ["UNIQUE (email)", "UNIQUE (name, email)", "UNIQUE (email(4))"] {
            database
                .batch(&format!(
                    "DROP TABLE IF EXISTS account;
                     CREATE TABLE account (id BIGINT PRIMARY KEY, email VARCHAR(100) NOT NULL, name VARCHAR(100) NOT NULL, {unique})"
                ))
                .await;
            let name = if unique.contains("name") { "new" } else { "old" };
            let old = [row(["1", "ann@x", name]), row(["2", "bob@x", name])];
            for (place, door, form, atomicity) in ways::<MariaDb>() {
                for on_conflict in [OnConflict::Update, OnConflict::Ignore, OnConflict::Error] {
                    let way = format!("{unique}: {place:?} {door:?} {form:?} {atomicity:?} {on_conflict:?}");
                    database
                        .batch(&format!("DELETE FROM account; INSERT INTO account VALUES (1, 'ann@x', '{name}'), (2, 'bob@x', '{name}')"))
                        .await;
                    // A new key, and the address of somebody else; and the key of one with the address of the other.
                    let mut strangers = vec![account(3, "bob@x")];
                    if on_conflict == OnConflict::Update {
                        strangers.push(account(1, "bob@x"));
                    }
                    for stranger in strangers {
                        let rows = [account(7, "cyd@x"), stranger, account(8, "dan@x")];
                        let options = UpsertOptions::new().on_conflict(on_conflict).atomicity(atomicity);
                        let written = database.write(place, door, form, &rows, options).await;
                        let error = written.expect_err(&way);
                        assert_ne!(error.kind(), ErrorKind::InvalidValue, "{way}: {error}");
                        assert_eq!(error.outcome(), Outcome::NotCommitted, "{way}: {error}");
                        assert_eq!(database.table("account").await, old, "{way}: {error}");
                        refused += 1;
                    }
                }
            }
        }
        // Where nobody is in the way they are written.
        let report = database.aupsert([account(1, "ann@y"), account(3, "cyd@x")], UpsertOptions::new()).await.unwrap();
        assert_eq!((report.inserted, report.updated), (Count::exact(1), Count::exact(1)));
        database.assert_nothing_left().await;
        figure("mariadb_strangers_untouched", refused);
    });
}

/// A statement that would commit the caller's transaction is not sent.
#[test]
fn promise_2_the_callers_transaction_is_not_ended() {
    tests::run(|database: MariaDb| async move {
        database.batch("CREATE TABLE own (id BIGINT PRIMARY KEY)").await;
        for begin in ["", "BEGIN", "SET autocommit = 0"] {
            for form in [Form::Vec, Form::Stream] {
                let mut connection = database.connect().await;
                let create = UpsertOptions::new().create_table().atomicity(Atomicity::Call).chunk_rows(1);
                let rows = [word("a", "x"), word("b", "x")];
                let written = if begin.is_empty() {
                    let mut transaction = connection.start_transaction(TxOpts::default()).await.unwrap();
                    transaction.query_drop("INSERT INTO own VALUES (1)").await.unwrap();
                    let written = in_form!(form, rows.as_slice(), given => through_door!(Word, Door::Call, &mut transaction, given, create));
                    // It is still usable.
                    transaction.query_drop("INSERT INTO own VALUES (2)").await.unwrap();
                    transaction.rollback().await.unwrap();
                    written
                } else {
                    connection.query_drop(begin).await.unwrap();
                    connection.query_drop("INSERT INTO own VALUES (1)").await.unwrap();
                    let written = in_form!(form, rows.as_slice(), given => through_door!(Word, Door::Call, &mut connection, given, create));
                    connection.query_drop("INSERT INTO own VALUES (2)").await.unwrap();
                    connection.query_drop("ROLLBACK").await.unwrap();
                    written
                };
                let error = written.expect_err(begin);
                assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{begin}: {error}");
                assert!(error.to_string().contains("transaction"), "{begin}: {error}");
                assert_eq!(database.table("own").await, [[]; 0], "{begin} {form:?}: it was committed");
                assert!(database.columns("word").await.is_empty());
            }
        }
        // What is staged is staged in a table, which ends no transaction.
        database.batch(WORD).await;
        let mut connection = database.connect().await;
        let mut transaction = connection.start_transaction(TxOpts::default()).await.unwrap();
        transaction.query_drop("INSERT INTO own VALUES (1)").await.unwrap();
        let options = UpsertOptions::new().atomicity(Atomicity::Call).chunk_rows(1);
        let rows = stream::iter([word("a", "x"), word("b", "x")]);
        assert_eq!(Word::aupsert(&mut transaction, rows, options).await.unwrap().inserted, 2);
        transaction.rollback().await.unwrap();
        assert_eq!((database.table("own").await.len(), database.table("word").await.len()), (0, 0));
    });
}

/// The caller's transaction goes on after a call that failed, with all that was in it.
#[test]
fn a_failed_call_leaves_the_callers_transaction_usable() {
    tests::run(|database: MariaDb| async move {
        database.batch(&format!("{WORD}; ALTER TABLE word ADD CHECK (meaning <> 'bad')")).await;
        let levels = [None, Some(IsolationLevel::ReadCommitted), Some(IsolationLevel::Serializable)];
        for level in levels {
            for (_, door, form, atomicity) in
                ways::<MariaDb>().into_iter().filter(|(place, ..)| *place == Place::Transaction)
            {
                let way = format!("{level:?} {door:?} {form:?} {atomicity:?}");
                database.batch("DELETE FROM word").await;
                let mut connection = database.connect().await;
                let mut options = TxOpts::default();
                options.with_isolation_level(level);
                let mut transaction = connection.start_transaction(options).await.unwrap();
                transaction.query_drop("INSERT INTO word VALUES ('own', 'before', 1)").await.unwrap();
                let rows = [word("a", "x"), word("b", "x"), word("c", "bad"), word("own", "x")];
                let options = UpsertOptions::new().chunk_rows(2).atomicity(atomicity);
                let written = in_form!(form, rows.as_slice(), given => through_door!(Word, door, &mut transaction, given, options));
                assert_eq!(written.expect_err(&way).kind(), ErrorKind::Database, "{way}");
                transaction.query_drop("INSERT INTO word VALUES ('own 2', 'after', 1)").await.unwrap();
                transaction.commit().await.unwrap();
                let words = database.query("SELECT word, meaning FROM word ORDER BY word").await;
                let own = [row(["own", "before"]), row(["own 2", "after"])];
                let expected = match atomicity {
                    Atomicity::Chunk => [&[row(["a", "x"]), row(["b", "x"])], &own[..]].concat(),
                    _ => own.to_vec(),
                };
                assert_eq!(words, expected, "{way}");
            }
        }
    });
}

/// What is larger than a packet is refused before it is sent: the server would close the connection.
#[test]
fn promise_7_what_is_larger_than_a_packet_is_refused_before_it_is_sent() {
    #[derive(Clone, Debug, Upsertable)]
    struct Blob {
        #[upsert(primary_key)]
        id: i64,
        bytes: Vec<u8>,
    }
    const PACKET: usize = 1 << 20;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = MariaDbServer::start(&["--max-allowed-packet=1M"]).await;
        let mut admin = server.connect().await;
        admin.query_drop(format!("CREATE DATABASE blobs; GRANT ALL ON blobs.* TO {USER}@localhost; USE blobs")).await.unwrap();
        admin.query_drop("CREATE TABLE blob_ (id BIGINT PRIMARY KEY, bytes LONGBLOB)").await.unwrap();
        let config = OptsBuilder::default().socket(Some(server.socket())).user(Some(USER)).db_name(Some("blobs"));
        let mut connection = Conn::new(config.clone()).await.unwrap();
        let id = connection.id();
        let blob = |id, size| Blob { id, bytes: vec![b'x'; size] };
        for (form, atomicity) in [
            (Form::Vec, Atomicity::Call),
            (Form::Vec, Atomicity::Chunk),
            (Form::Stream, Atomicity::Call),
            (Form::Stream, Atomicity::Chunk),
        ] {
            for size in [PACKET - 2_000, PACKET, PACKET + 1, 3 * PACKET, 20 * PACKET] {
                let way = format!("{form:?} {atomicity:?} {size}");
                let rows = [blob(1, 10), blob(2, size), blob(3, 10)];
                let options = UpsertOptions::new().table("blob_").atomicity(atomicity);
                let written = in_form!(form, rows.as_slice(), given => through_door!(Blob, Door::Call, &mut connection, given, options));
                if size < PACKET {
                    assert_eq!(written.unwrap_or_else(|error| panic!("{way}: {error}")).inserted, 3, "{way}");
                } else {
                    let error = written.expect_err(&way);
                    assert_eq!((error.kind(), error.row()), (ErrorKind::InvalidValue, Some(1)), "{way}: {error}");
                    assert_eq!(error.column(), Some("bytes"), "{way}: {error}");
                    assert!(error.to_string().contains(&Invalid::TooLarge.to_string()), "{way}: {error}");
                }
                let same: Option<u32> = connection.query_first("SELECT CONNECTION_ID()").await.unwrap();
                assert_eq!(same, Some(id), "{way}: it was reconnected");
                let rows: Option<u64> = connection.query_first("SELECT COUNT(*) FROM blob_").await.unwrap();
                assert_eq!(rows, Some(if size < PACKET { 3 } else { 0 }), "{way}");
                admin.query_drop("DELETE FROM blob_").await.unwrap();
            }
            // Many rows that are larger together are written by several statements.
            let rows: Vec<Blob> = (0..50).map(|id| blob(id, 100_000)).collect();
            let options = UpsertOptions::new().table("blob_").atomicity(atomicity);
            let written = in_form!(form, rows.as_slice(), given => through_door!(Blob, Door::Call, &mut connection, given, options));
            assert_eq!(written.unwrap().inserted, 50, "{form:?} {atomicity:?}");
            let pool = Pool::new(config.clone());
            let again = Blob::aupsert(&pool, &rows, UpsertOptions::new().table("blob_")).await.unwrap();
            assert_eq!(again.unchanged, 50);
            admin.query_drop("DELETE FROM blob_").await.unwrap();
        }
    });
}

/// `OnConflict::Ignore` ignores rows whose key is there, and no error.
#[test]
fn promise_7_ignoring_rows_ignores_no_error() {
    tests::run(|database: MariaDb| async move {
        let ignore = || UpsertOptions::new().on_conflict(OnConflict::Ignore);
        let fine = word("a", "fine");
        let without = Word { meaning: None, ..fine.clone() };
        for (table, bad, kinds) in [
            ("meaning VARCHAR(3)", word("b", "four"), &[ErrorKind::InvalidValue, ErrorKind::Database][..]),
            (
                "meaning VARCHAR(9) NOT NULL",
                Word { word: "b".to_owned(), ..without },
                &[ErrorKind::InvalidValue, ErrorKind::Database],
            ),
            ("meaning VARCHAR(9) CHECK (meaning <> 'bad')", word("b", "bad"), &[ErrorKind::Database]),
            (
                "meaning VARCHAR(9), FOREIGN KEY (meaning) REFERENCES other (id)",
                word("b", "lost"),
                &[ErrorKind::Database],
            ),
            ("meaning ENUM('fine', 'x')", word("b", "other"), &[ErrorKind::InvalidValue]),
            (
                "meaning VARCHAR(9) CHARACTER SET latin1",
                word("b", "漢"),
                &[ErrorKind::InvalidValue, ErrorKind::Database],
            ),
        ] {
            database
                .batch(&format!(
                    "DROP TABLE IF EXISTS word; CREATE TABLE IF NOT EXISTS other (id VARCHAR(9) PRIMARY KEY);
                     CREATE TABLE word (word VARCHAR(100) PRIMARY KEY, {table}, first BIGINT)"
                ))
                .await;
            let fine =
                if table.contains("VARCHAR(3)") || table.contains("FOREIGN") { word("a", "x") } else { fine.clone() };
            database.batch("INSERT IGNORE INTO other VALUES ('x')").await;
            for (place, door, form, atomicity) in ways::<MariaDb>() {
                let way = format!("{table}: {place:?} {door:?} {form:?} {atomicity:?}");
                let rows = [fine.clone(), bad.clone()];
                let error =
                    database.write(place, door, form, &rows, ignore().atomicity(atomicity)).await.expect_err(&way);
                assert!(kinds.contains(&error.kind()), "{way}: {error}");
                assert!(database.table("word").await.is_empty(), "{way}");
            }
            assert_eq!(database.aupsert([fine.clone()], ignore()).await.unwrap().inserted, 1, "{table}");
            assert_eq!(database.aupsert([fine], ignore()).await.unwrap().ignored, 1, "{table}");
        }
        database.assert_nothing_left().await;
    });
}

const SPELLINGS: [&str; 12] = ["a", "A", "a ", "á", "a\u{301}", "ß", "ss", "SS", "", " ", "b", "b\t"];

/// Keys that are equal to a collation of the table's and not to Rust: the table ends as single rows would leave it, and the
/// counts say what became of it.
#[test]
fn promise_1_sequential_equivalence_whatever_the_collation() {
    tests::run(|database: MariaDb| async move {
        let mut dice = seed::dice();
        let mut cases = 0;
        let any = ways::<MariaDb>();
        for collation in [
            "utf8mb4_bin",
            "utf8mb4_general_ci",
            "utf8mb4_unicode_ci",
            either("utf8mb4_uca1400_ai_ci", "utf8mb4_0900_ai_ci"),
            exact_collation(),
            "latin1_swedish_ci",
        ] {
            let fits =
                |key: &&str| !collation.starts_with("latin1") || key.chars().all(|character| character <= '\u{FF}');
            let keys: Vec<&str> = SPELLINGS.into_iter().filter(fits).collect();
            let of_set = collation.split('_').next().unwrap_or(collation);
            for table in ["word", "judged"] {
                database
                    .batch(&format!(
                        "DROP TABLE IF EXISTS {table}; CREATE TABLE {table} (
                             word VARCHAR(100) CHARACTER SET {of_set} COLLATE {collation} PRIMARY KEY, meaning VARCHAR(20), first BIGINT)"
                    ))
                    .await;
            }
            for number in 0..seed::cases(40) {
                let mut below = |limit| seed::below(&mut dice, limit);
                let mut some = |most: usize| -> Vec<Word> {
                    let count = below(most);
                    let one = |first| Word {
                        word: keys[below(keys.len())].to_owned(),
                        meaning: [None, Some("x"), Some("X"), Some("y")][below(4)].map(str::to_owned),
                        first: Some(i64::try_from(first).unwrap()),
                    };
                    (0..count).map(one).collect()
                };
                let (there, rows) = (some(8), some(12));
                let on_conflict = [OnConflict::Update, OnConflict::Update, OnConflict::Ignore][below(3)];
                let chunk_rows = [1, 2, 5, 100][below(4)];
                let (place, door, form, atomicity) = any[below(any.len())];
                let way = format!(
                    "{collation} {place:?} {door:?} {form:?} {atomicity:?} {on_conflict:?} {chunk_rows} {there:?} {rows:?}"
                );
                let statement = |table: &str, updates: &[&str]| {
                    format!(
                        "INSERT INTO {table} (word, meaning, first) VALUES (?, ?, ?){}",
                        MariaDb::on_conflict(table, &["word"], updates)
                    )
                };
                let fill = async |table: &str, rows: &[Word], updates: &[&str]| {
                    let values =
                        |row: &Word| vec![row.word.as_str().into(), row.meaning.as_deref().into(), row.first.into()];
                    database.execute_each(&statement(table, updates), rows.iter().map(values)).await;
                };
                for table in ["word", "judged"] {
                    database.batch(&format!("DELETE FROM {table}")).await;
                    fill(table, &there, &[]).await;
                }
                let before = database.table("judged").await.len() as u64;
                fill("judged", &rows, if on_conflict == OnConflict::Update { &["meaning"] } else { &[] }).await;

                let options = UpsertOptions::new().on_conflict(on_conflict).chunk_rows(chunk_rows).atomicity(atomicity);
                let report = database
                    .write(place, door, form, &rows, options)
                    .await
                    .unwrap_or_else(|error| panic!("{way}: {error}"));
                let judged = database.table("judged").await;
                assert_eq!(database.table("word").await, judged, "{way}: {report:?}");
                assert_eq!(report.inserted, judged.len() as u64 - before, "{way}");
                let counts = [report.inserted, report.updated, report.unchanged, report.ignored, report.duplicates];
                assert_eq!(
                    counts.iter().filter_map(|count| count.get()).sum::<u64>(),
                    rows.len() as u64,
                    "{way} {number}: {report:?}"
                );
                cases += 1;
            }
        }
        database.assert_nothing_left().await;
        figure("mariadb_collation_cases", cases);
    });
}

/// Connections that the server kills at any moment: what is said of the rows is so, and nothing is left.
#[test]
fn promise_3_three_outcomes_where_connections_are_killed() {
    const CHUNK: u64 = 2;
    const ROWS: u64 = 6;
    tests::run(|database: MariaDb| async move {
        let rounds = Rounds { table: "lap".to_owned(), keys: 5 };
        database.batch(&format!("CREATE TABLE lap {}", Rounds::COLUMNS)).await;
        let mut killer = database.server.connect().await;
        let mut dice = seed::dice();
        let (mut failed, mut in_doubt, mut committed) = (0, 0, 0);
        let cases = seed::cases(400);
        // Whether somebody is hit is a matter of chance.
        for number in 0..10 * cases {
            if number >= cases && failed >= 50 {
                break;
            }
            let atomicity = [Atomicity::Call, Atomicity::Chunk][number as usize % 2];
            let form = [Form::Vec, Form::Iterator, Form::Stream][number as usize / 2 % 3];
            let lent = number / 6 % 2 == 1;
            database.batch("DELETE FROM lap").await;
            let mut connection = database.connect().await;
            // A pool of its own has the connection that is killed.
            let pool = Pool::new(database.config());
            drop(pool.get_conn().await.unwrap());
            let victims: Vec<u64> = killer
                .exec(format!("SELECT id FROM {} WHERE db = ? AND user = ?", processes()), (&database.name, USER))
                .await
                .unwrap();
            let wait = Duration::from_micros(seed::below(&mut dice, 8_000) as u64);
            let rows: Vec<Lap> = rounds.rows(0).take(ROWS.try_into().unwrap()).collect();
            let options = rounds.options().chunk_rows(CHUNK.try_into().unwrap()).atomicity(atomicity);
            let writing = async {
                if lent {
                    in_form!(form, rows.as_slice(), given => through_door!(Lap, Door::Call, &mut connection, given, options))
                } else {
                    in_form!(form, rows.as_slice(), given => through_door!(Lap, Door::Call, &pool, given, options))
                }
            };
            let killing = async {
                tokio::time::sleep(wait).await;
                for victim in victims {
                    // It may have gone by itself.
                    killer.query_drop(format!("KILL CONNECTION {victim}")).await.unwrap_or_default();
                }
            };
            let (said, ()): (Result<UpsertReport, Error>, ()) = tokio::join!(writing, killing);
            database.assert_nothing_goes_on(&said).await;
            let unit = if atomicity == Atomicity::Chunk { CHUNK } else { ROWS };
            assert_right(&said, unit, rounds.progress_in(&database).await);
            match &said {
                Ok(_) => committed += 1,
                Err(error) => {
                    assert!(error.is_retryable() || error.outcome() == Outcome::InDoubt, "{error}");
                    failed += 1;
                    in_doubt += u32::from(error.outcome() == Outcome::InDoubt);
                }
            }
        }
        assert!(failed >= 50, "{failed} failed, {committed} went on");
        figure("mariadb_kills_of_connections_failed", failed);
        figure("mariadb_kills_of_connections_in_doubt", in_doubt);
        figure("mariadb_kills_of_connections_committed", committed);
    });
}

/// A stream whose connection is killed while it is awaited: what was staged is not written.
#[test]
fn promise_2_what_was_staged_on_a_killed_connection_is_not_committed() {
    tests::run(|database: MariaDb| async move {
        database.batch(WORD).await;
        for atomicity in [Atomicity::Call, Atomicity::Chunk] {
            database.batch("DELETE FROM word").await;
            let kill = {
                let database = database.clone();
                async move {
                    let ids = format!("SELECT id FROM {} WHERE db = DATABASE() AND id <> CONNECTION_ID()", processes());
                    for id in database.values(&ids).await {
                        database.batch(&format!("KILL CONNECTION {id}")).await;
                    }
                    word("d", "x")
                }
            };
            let rows = stream::iter([word("a", "x"), word("b", "x"), word("c", "x")]).chain(stream::once(kill));
            let rows = rows.chain(stream::iter([word("e", "x")]));
            let options = UpsertOptions::new().chunk_rows(2).atomicity(atomicity);
            let written = database.aupsert(rows, options).await;
            let there = database.query("SELECT COUNT(*) FROM word").await;
            if atomicity == Atomicity::Call {
                let error = written.unwrap_err();
                assert_eq!(
                    (error.kind(), error.outcome()),
                    (ErrorKind::ConnectionLost, Outcome::NotCommitted),
                    "{error}"
                );
                assert_eq!(there, [row(["0"])]);
            } else {
                // The pool had it, and gives out another.
                let rows = written.as_ref().map_or_else(|error| error.report().rows, |report| report.rows);
                assert_eq!(there, [row([&rows.to_string()])], "{written:?}");
            }
            database.assert_nothing_left().await;
        }
    });
}

/// A pool as mysql_async makes it: it resets its connections by itself, and gives them up when it likes.
#[test]
fn promise_4_a_pool_of_the_drivers_own_making_is_left_clean() {
    tests::run(|database: MariaDb| async move {
        database.batch(&format!("{WORD}; ALTER TABLE word ADD CHECK (meaning <> 'bad')")).await;
        let pool = Pool::new(database.config());
        for (form, atomicity) in
            [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
        {
            for (meaning, is_fine) in [("x", true), ("bad", false)] {
                let rows = [word("a", "x"), word("b", meaning)];
                let options = UpsertOptions::new().chunk_rows(1).atomicity(atomicity);
                let written =
                    in_form!(form, rows.as_slice(), given => through_door!(Word, Door::Call, &pool, given, options));
                assert_eq!(written.is_ok(), is_fine);
                let mut connection = pool.get_conn().await.unwrap();
                let fresh = settings(&mut database.connect().await).await;
                let mut left = database.left_in_session(&mut connection, &fresh).await;
                // The server forgets what its own statement to reset them makes of these.
                left.retain(|left| {
                    !(left.contains("_DATABASE = ") || (is_mysql() && left.starts_with("COLLATION_CONNECTION = ")))
                });
                assert_eq!(left, [""; 0]);
            }
        }
        pool.disconnect().await.unwrap();
        database.assert_nothing_goes_on(&"disconnected").await;
    });
}

/// A database of another name is a schema, whose name is quoted like any other.
#[test]
fn promise_8_any_name_is_safe_for_another_database() {
    tests::run(|database: MariaDb| async move {
        let mut admin = database.server.connect().await;
        let names = (0..60).map(|number| tests::hostile_names::Name::hostile(number, '\u{FFFF}'));
        let mut written = 0;
        for name in names {
            let name = name.as_str();
            let by_hand = format!("`{}`", name.replace('`', "``"));
            // The name of its folder may be too long.
            if admin.query_drop(format!("CREATE DATABASE {by_hand}")).await.is_err() {
                continue;
            }
            let pattern = by_hand.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%");
            admin.query_drop(format!("GRANT ALL ON {pattern}.* TO {USER}@localhost")).await.unwrap();
            let rows = [word("a", "x"), word("b", "x")];
            for (form, atomicity) in [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call)] {
                let options = UpsertOptions::new().create_table().schema(name).chunk_rows(1).atomicity(atomicity);
                let report = database.write(Place::Pool, Door::Call, form, &rows, options).await;
                report.unwrap_or_else(|error| panic!("{name:?}: {error}"));
            }
            let found: Table = query(&mut admin, &format!("SELECT word FROM {by_hand}.word ORDER BY word")).await;
            assert_eq!(found, [row(["a"]), row(["b"])], "{name:?}");
            admin.query_drop(format!("DROP DATABASE {by_hand}")).await.unwrap();
            written += 1;
        }
        assert!(database.columns("word").await.is_empty(), "nothing went to the default database");
        assert!(written >= 40, "only {written}");
    });
}

/// One value beside its key, in a table that is there.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "one")]
struct One<T> {
    #[upsert(primary_key)]
    id: i64,
    value: T,
}

/// The same of a decimal, whose digits are said.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "one")]
struct Price {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(sql_type(mysql = "decimal(6, 2)"))]
    value: rust_decimal::Decimal,
}

async fn column(database: &MariaDb, sql_type: &str) {
    database
        .batch(&format!(
            "DROP TABLE IF EXISTS one; CREATE TABLE one (id BIGINT PRIMARY KEY, value {sql_type} NOT NULL)"
        ))
        .await;
}

async fn write<T: ColumnValue + Clone + Send + Sync + 'static>(database: &MariaDb, value: T) -> Result<String, Error> {
    let rows = [One { id: 1, value }];
    // In the statement itself, and by way of the staging table.
    let mut found = Vec::new();
    for (form, atomicity) in [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call)] {
        database.batch("DELETE FROM one").await;
        let options = || UpsertOptions::new().atomicity(atomicity);
        database.write(Place::Pool, Door::Call, form, &rows, options()).await?;
        found.push(database.query("SELECT value FROM one").await.remove(0).remove(0).expect("it is not NULL"));
        let again = database.write(Place::Pool, Door::Call, form, &rows, options()).await?;
        assert_eq!(again.unchanged, Count::exact(1), "{form:?}: {found:?}");
    }
    assert_eq!(found[0], found[1], "it was staged in another way");
    Ok(found.remove(0))
}

async fn keeps<T: ColumnValue + Clone + Send + Sync + 'static>(database: &MariaDb, value: T, expected: &str) {
    let found = write(database, value).await.unwrap_or_else(|error| panic!("{expected}: {error}"));
    assert_eq!(found, expected);
}

async fn refuses<T: ColumnValue + Clone + Send + Sync + 'static>(database: &MariaDb, value: T, why: Invalid) {
    let error = write(database, value).await.expect_err(&format!("{why:?}"));
    assert_eq!(
        (error.kind(), error.row(), error.column()),
        (ErrorKind::InvalidValue, Some(0), Some("value")),
        "{error}"
    );
    assert!(error.to_string().contains(&why.to_string()), "{error}");
}

async fn does_not_fit<T: ColumnValue + Clone + Send + Sync + 'static>(database: &MariaDb, value: T) {
    let error = write(database, value).await.expect_err("it does not fit");
    assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
    assert!(error.to_string().contains("`value`"), "{error}");
}

#[test]
fn promise_7_columns_of_other_types_change_no_value() {
    let micros = |micros| chrono::DateTime::from_timestamp_micros(micros).unwrap();
    tests::run(|database: MariaDb| async move {
        let database = &database;
        column(database, "DECIMAL(6, 2)").await;
        for (value, kept) in [
            ("1234.5", Ok("1234.5")),
            ("-9999.99000", Ok("-9999.99")),
            ("1.239", Err(Invalid::FinerThanColumn)),
            ("12345", Err(Invalid::OutOfRange)),
        ] {
            database.batch("DELETE FROM one").await;
            let written =
                database.aupsert([Price { id: 1, value: value.parse().unwrap() }], UpsertOptions::new()).await;
            match kept {
                Ok(kept) => {
                    written.unwrap();
                    assert_eq!(database.query("SELECT value FROM one").await, [row([kept])]);
                }
                Err(why) => {
                    let error = written.unwrap_err();
                    assert_eq!((error.kind(), error.row()), (ErrorKind::InvalidValue, Some(0)), "{value}: {error}");
                    assert!(error.to_string().contains(&why.to_string()), "{value}: {error}");
                }
            }
        }
        keeps(database, 9_999_i64, "9999").await;
        refuses(database, 10_000_u64, Invalid::OutOfRange).await;
        does_not_fit(database, "text".to_owned()).await;

        for (sql_type, least, most) in [
            ("TINYINT", -128_i64, 127_i64),
            ("TINYINT UNSIGNED", 0, 255),
            ("SMALLINT UNSIGNED", 0, 65_535),
            ("MEDIUMINT", -8_388_608, 8_388_607),
            ("MEDIUMINT UNSIGNED", 0, 16_777_215),
            ("INT", i32::MIN.into(), i32::MAX.into()),
            ("INT UNSIGNED", 0, u32::MAX.into()),
        ] {
            column(database, sql_type).await;
            keeps(database, least, &least.to_string()).await;
            keeps(database, most, &most.to_string()).await;
            refuses(database, least - 1, Invalid::OutOfRange).await;
            refuses(database, most + 1, Invalid::OutOfRange).await;
            does_not_fit(database, 1.5_f64).await;
        }
        column(database, "BIGINT UNSIGNED").await;
        keeps(database, u64::MAX, &u64::MAX.to_string()).await;
        keeps(database, i64::MAX, &i64::MAX.to_string()).await;
        refuses(database, -1_i64, Invalid::OutOfRange).await;
        refuses(database, i128::MAX, Invalid::OutOfRange).await;

        column(database, "FLOAT").await;
        keeps(database, 0.1_f32, &f64::from(0.1_f32).to_string()).await;
        keeps(database, 1_i64 << 24, "16777216").await;
        refuses(database, (1_i64 << 24) + 1, Invalid::ChangedByColumn).await;

        column(database, "VARCHAR(4)").await;
        keeps(database, "äöü ".to_owned(), "äöü ").await;
        refuses(database, "äöüßx".to_owned(), Invalid::TooLarge).await;
        column(database, "CHAR(4)").await;
        keeps(database, "äö".to_owned(), "äö").await;
        refuses(database, "ä ".to_owned(), Invalid::ChangedByColumn).await;
        refuses(database, "äöüßx".to_owned(), Invalid::TooLarge).await;
        column(database, "TINYTEXT").await;
        keeps(database, "x".repeat(255), &"x".repeat(255)).await;
        refuses(database, "x".repeat(256), Invalid::TooLarge).await;
        refuses(database, "é".repeat(128), Invalid::TooLarge).await;
        column(database, "BINARY(3)").await;
        keeps(database, vec![1_u8, 0, 0], "[01, 00, 00]").await;
        refuses(database, vec![1_u8], Invalid::ChangedByColumn).await;
        refuses(database, vec![1_u8, 2, 3, 4], Invalid::TooLarge).await;
        column(database, "VARBINARY(3)").await;
        keeps(database, vec![1_u8, 0], "[01, 00]").await;
        refuses(database, vec![1_u8, 2, 3, 4], Invalid::TooLarge).await;
        column(database, "ENUM('it''s fine', 'other')").await;
        keeps(database, "it's fine".to_owned(), "it's fine").await;
        for label in ["third", "OTHER", "other ", "", "1"] {
            refuses(database, label.to_owned(), Invalid::UnknownLabel).await;
        }

        column(database, "DATETIME").await;
        keeps(database, micros(1_000_000), "1970-01-01 00:00:01.000000").await;
        refuses(database, micros(1_000_001), Invalid::FinerThanColumn).await;
        column(database, "DATETIME(3)").await;
        keeps(database, micros(1_001_000), "1970-01-01 00:00:01.001000").await;
        refuses(database, micros(1_001_001), Invalid::FinerThanColumn).await;
        column(database, "TIMESTAMP(6)").await;
        keeps(database, micros(1_000_001), "1970-01-01 00:00:01.000001").await;
        for beyond in [micros(0), micros(-1), micros(2_147_483_648_000_000), micros(4_000_000_000_000_000)] {
            refuses(database, beyond, Invalid::OutOfRange).await;
        }
        column(database, "TIME").await;
        let time = |micros| chrono::NaiveTime::from_hms_micro_opt(23, 59, 59, micros).unwrap();
        keeps(database, time(0), "23:59:59.000000").await;
        refuses(database, time(1), Invalid::FinerThanColumn).await;

        // Types that hold bytes or texts in a form of their own.
        let uuid = uuid::uuid!("c0a47114-7114-4711-8711-c0a471147114");
        column(database, "CHAR(36)").await;
        keeps(database, uuid, &uuid.to_string()).await;
        // MySQL has no types of their own.
        if !is_mysql() {
            column(database, "UUID").await;
            keeps(database, uuid, &uuid.to_string()).await;
            // It has no addresses of four bytes.
            column(database, "INET6").await;
            does_not_fit(database, "2001:db8::1".parse::<std::net::IpAddr>().unwrap()).await;
        }

        // What cannot be had of a character set.
        column(database, "VARCHAR(9) CHARACTER SET latin1").await;
        keeps(database, "é".to_owned(), "é").await;
        let error = write(database, "漢".to_owned()).await.unwrap_err();
        assert!([ErrorKind::InvalidValue, ErrorKind::Database].contains(&error.kind()), "{error}");

        // Types in which few values are what they were.
        for sql_type in ["SET('a', 'b')", "YEAR", "BIT(8)", "GEOMETRY"] {
            column(database, sql_type).await;
            let error = write(database, "a".to_owned()).await.unwrap_err();
            assert!([ErrorKind::InvalidPlan, ErrorKind::InvalidValue].contains(&error.kind()), "{sql_type}: {error}");
        }
        for sql_type in ["BOOLEAN", "DATE", "JSON", "VARBINARY(9)"] {
            column(database, sql_type).await;
            does_not_fit(database, 7.5_f64).await;
        }
    });
}

/// JSON as somebody has written it.
#[derive(Clone, Debug)]
struct Document(String);

impl ColumnValue for Document {
    const TYPE: ColumnType = ColumnType::Json;

    fn value(&self) -> Value<'_> {
        Value::Json(self.0.as_str().into())
    }
}

/// MariaDB keeps it as it is written; MySQL's type keeps what it means, or the row and the column are named.
#[test]
fn promise_7_json_means_what_it_meant() {
    const CHANGED: &[&str] = &[
        r#"{"a":1,"a":2}"#,
        "-0",
        "[18446744073709551616]",
        "123456789.123456789123456789",
        "1e-400",
        "[1e400]",
        r#"["\ud83d"]"#,
    ];
    tests::run(|database: MariaDb| async move {
        let database = &database;
        let mut dice = seed::dice();
        let mut kept: Vec<String> =
            ["-0.0", "1e5", "18446744073709551615", "[0.10, 5e-324, 1.7976931348623157e308]"].map(str::to_owned).into();
        kept.extend([r#"{"b":1,"a":[{}, null, "\u0000 \ud83e\udd80"]}"#.to_owned()]);
        let doubles = (0..seed::cases(2_000)).map(|_| {
            let bits = [0, 1].map(|_| seed::below(&mut dice, 1 << 32) as u64);
            f64::from_bits(bits[0] << 32 | bits[1])
        });
        let doubles: Vec<f64> = doubles.filter(|double| double.is_finite()).collect();
        kept.push(serde_json::to_string(&doubles).unwrap());
        let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
        for sql_type in ["JSON", "LONGTEXT"] {
            column(database, sql_type).await;
            for document in &kept {
                let found = write(database, Document(document.clone())).await.unwrap();
                let [found, sent]: [serde_json::Value; 2] =
                    [&found, document].map(|text| serde_json::from_str(text).unwrap());
                assert_eq!(found, sent, "{sql_type}");
            }
            for changed in CHANGED.iter().map(|text| (*text).to_owned()).chain([deep.clone()]) {
                let rows =
                    [One { id: 1, value: Document("1".to_owned()) }, One { id: 2, value: Document(changed.clone()) }];
                for (form, atomicity) in [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call)] {
                    database.batch("DELETE FROM one").await;
                    let options = UpsertOptions::new().atomicity(atomicity);
                    let written = database.write(Place::Pool, Door::Call, form, &rows, options).await;
                    if is_mysql() && sql_type == "JSON" {
                        let error = written.expect_err(&changed);
                        let said = (error.kind(), error.row(), error.column());
                        assert_eq!(said, (ErrorKind::InvalidValue, Some(1), Some("value")), "{changed}: {error}");
                        assert!(error.to_string().contains(&Invalid::NotKeptByMySqlJson.to_string()), "{error}");
                        assert!(database.table("one").await.is_empty(), "{changed}");
                    } else if written.is_ok() {
                        let found = database.values("SELECT value FROM one WHERE id = 2").await;
                        assert_eq!(found, [changed.as_str()]);
                    } else {
                        // MariaDB counts levels too, and asks what is called JSON whether it is some.
                        assert!(!is_mysql() && sql_type == "JSON", "{changed}: {written:?}");
                    }
                }
            }
        }
    });
}

/// A value beside a default in an expression is no value of the default's type, which may have fewer digits.
#[test]
fn promise_7_a_default_changes_no_value_beside_it() {
    #[derive(Clone, Debug, Upsertable)]
    struct Beside {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(default, sql_type(mysql = "decimal(20, 4)"))]
        price: Option<rust_decimal::Decimal>,
        #[upsert(default)]
        double: Option<f64>,
        #[upsert(default)]
        single: Option<f32>,
        #[upsert(default)]
        large: Option<u64>,
        #[upsert(default)]
        at: Option<chrono::DateTime<chrono::Utc>>,
        #[upsert(default)]
        time: Option<chrono::NaiveTime>,
        #[upsert(default, max_len = 300)]
        text: Option<String>,
        #[upsert(default)]
        bytes: Option<Vec<u8>>,
        #[upsert(default)]
        json: Option<serde_json::Value>,
        #[upsert(default)]
        huge: Option<i128>,
    }
    tests::run(|database: MariaDb| async move {
        database
            .batch(
                "CREATE TABLE beside (id BIGINT PRIMARY KEY, price DECIMAL(20, 4) NOT NULL DEFAULT 7, \"double\" DOUBLE NOT NULL DEFAULT 1,
                 single FLOAT NOT NULL DEFAULT 1, large BIGINT UNSIGNED NOT NULL DEFAULT 1,
                 at DATETIME(6) NOT NULL DEFAULT '2020-01-01', time TIME(6) NOT NULL DEFAULT '00:00:01',
                 text VARCHAR(300) NOT NULL DEFAULT 'x', bytes VARBINARY(300) DEFAULT 'x', json JSON NOT NULL DEFAULT ('[]'),
                 huge DECIMAL(39, 0) NOT NULL DEFAULT 0)",
            )
            .await;
        let none = |id| Beside {
            id,
            price: None,
            double: None,
            single: None,
            large: None,
            at: None,
            time: None,
            text: None,
            bytes: None,
            json: None,
            huge: None,
        };
        let some = |id| Beside {
            id,
            price: Some(rust_decimal::Decimal::new(12_345_678_901_234_567, 4)),
            double: Some(0.1 + 0.2),
            single: Some(0.1),
            large: Some(u64::MAX),
            at: chrono::DateTime::from_timestamp_micros(1_795_776_000_123_456),
            time: chrono::NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999),
            text: Some("漢".repeat(300)),
            bytes: Some(vec![0xFF; 300]),
            json: Some(serde_json::json!({ "n": 1.5 })),
            huge: Some(i128::MAX),
        };
        let defaults = ["7", "1", "1", "1", "2020-01-01 00:00:00.000000", "00:00:01.000000", "x", "[78]", "[]", "0"];
        let (text, bytes) = ("漢".repeat(300), format!("{:02x?}", [0xFF_u8; 300]));
        let (single, huge) = (f64::from(0.1_f32).to_string(), i128::MAX.to_string());
        let given = [
            "1234567890123.4567",
            "0.30000000000000004",
            &single,
            "18446744073709551615",
            "2026-11-27 10:40:00.123456",
            "23:59:59.999999",
            &text,
            &bytes,
            "{\"n\":1.5}",
            &huge,
        ];
        for (form, atomicity) in [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call)] {
            for chunk_rows in [1, 100] {
                // Either may come first, and as many rows as have a statement that was prepared for others.
                for rows in [vec![none(1), some(2)], vec![some(2), none(1)], vec![some(2), some(3), some(4)]] {
                    database.batch("DELETE FROM beside").await;
                    let options = || UpsertOptions::new().chunk_rows(chunk_rows).atomicity(atomicity);
                    for again in [false, true] {
                        let written = in_form!(form, rows.as_slice(), given => through_door!(Beside, Door::Call, &database.pool, given, options()));
                        let report = written.unwrap();
                        assert_eq!(report.inserted, if again { 0 } else { rows.len() as u64 });
                        for there in database.table("beside").await {
                            let expected = if there[0].as_deref() == Some("1") { defaults } else { given };
                            assert_eq!(there[1..], row(expected), "{form:?} {chunk_rows}");
                        }
                    }
                }
            }
        }
    });
}

/// What cannot be rolled back is no table for a call that is atomic.
#[test]
fn promise_2_tables_without_transactions_are_refused() {
    tests::run(|database: MariaDb| async move {
        for engine in either(&["MyISAM", "MEMORY", "Aria"][..], &["MyISAM", "MEMORY"]) {
            database.batch(&format!("DROP TABLE IF EXISTS word; {WORD} ENGINE = {engine}")).await;
            let error = database.aupsert([word("a", "x")], UpsertOptions::new()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{engine}: {error}");
            assert!(database.table("word").await.is_empty());
        }
    });
}

/// Rows that the table numbers are found by another key. Nobody waits for a number in a circle.
#[test]
fn promise_5_no_deadlock_over_tables_that_number_their_rows() {
    #[derive(Clone, Debug, Upsertable)]
    #[upsert(conflict_target(email))]
    struct Member {
        #[upsert(primary_key, identity)]
        id: Option<i64>,
        #[upsert(max_len = 100)]
        email: String,
        writer: i64,
    }
    const TASKS: usize = 8;
    // A call that writes a stream at once keeps others like it waiting, and is not for the same table at the same time as
    // calls of another kind.
    let ways = [
        &[(Form::Vec, Atomicity::Call), (Form::Iterator, Atomicity::Chunk), (Form::Stream, Atomicity::Chunk)][..],
        &[(Form::Stream, Atomicity::Call)],
    ];
    tests::run(|database: MariaDb| async move {
        let rounds = seed::cases(15) as usize;
        for ways in ways {
            database.batch("DROP TABLE IF EXISTS member").await;
            database.aupsert(Vec::<Member>::new(), UpsertOptions::new().create_table()).await.unwrap();
            let shared = database.clone();
            let failed = crowd(TASKS, move |task| {
                let database = shared.through_another_pool();
                async move {
                    let mut failed = Vec::new();
                    for round in 0..rounds {
                        // Keys of a window that moves on, up or down.
                        let mut rows: Vec<Member> = (0..40)
                            .map(|key| Member {
                                id: None,
                                email: format!("{}@x", (key * 7 + task) % 40 + round * 10),
                                writer: i64::try_from(task).unwrap(),
                            })
                            .collect();
                        if task % 2 == 0 {
                            rows.reverse();
                        }
                        let (form, atomicity) = ways[(task + round) % ways.len()];
                        let options = UpsertOptions::new().chunk_rows(10).atomicity(atomicity);
                        failed.extend(database.write(Place::Pool, Door::Call, form, &rows, options).await.err());
                    }
                    failed
                }
            });
            let failed: Vec<Error> = failed.await.into_iter().flatten().collect();
            assert!(failed.is_empty(), "{ways:?}: {} calls failed, the first with {}", failed.len(), failed[0]);
            let numbers = "SELECT COUNT(*), COUNT(DISTINCT id), COUNT(DISTINCT email) FROM member";
            let all = (40 + (rounds - 1) * 10).to_string();
            assert_eq!(database.query(numbers).await, [row([&all, &all, &all])]);
        }
        database.assert_nothing_left().await;
        figure("mariadb_numbering_calls", ways.len() * TASKS * rounds);
    });
}

/// A row of a table, through whatever it is written.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "one")]
struct Maybe<T> {
    #[upsert(primary_key)]
    id: i64,
    value: Option<T>,
}

/// Where the server would make a number or the present time of a NULL, it is refused.
#[test]
fn promise_7_null_becomes_no_other_value() {
    tests::run(|database: MariaDb| async move {
        let init = vec!["SET SESSION explicit_defaults_for_timestamp = 0"];
        let another = database.through(database.config().init(init));
        let now = chrono::DateTime::from_timestamp_micros(1_000_000).unwrap();
        for (form, atomicity) in
            [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
        {
            let options = || UpsertOptions::new().atomicity(atomicity);
            let refused = |written: Result<UpsertReport, Error>, case: &str| {
                let error = written.expect_err(case);
                let said = (error.kind(), error.row(), error.column().map(str::to_owned));
                assert_eq!(said, (ErrorKind::InvalidValue, Some(1), Some("value".to_owned())), "{case}: {error}");
            };
            another
                .batch(
                    "DROP TABLE IF EXISTS one; CREATE TABLE one (id BIGINT PRIMARY KEY, value TIMESTAMP(6) NOT NULL)",
                )
                .await;
            let rows = [Maybe { id: 1, value: Some(now) }, Maybe { id: 2, value: None }];
            refused(another.write(Place::Pool, Door::Call, form, &rows, options()).await, "timestamp");
            another.batch("DROP TABLE one; CREATE TABLE one (id BIGINT PRIMARY KEY, value BIGINT NOT NULL AUTO_INCREMENT UNIQUE)").await;
            let rows = [Maybe { id: 1, value: Some(7_i64) }, Maybe { id: 2, value: None }];
            refused(another.write(Place::Pool, Door::Call, form, &rows, options()).await, "number");
            assert!(another.table("one").await.is_empty());
            // Where they are kept, they are written.
            another.batch("DROP TABLE one; CREATE TABLE one (id BIGINT PRIMARY KEY, value TIMESTAMP(6) NULL)").await;
            let rows = [Maybe { id: 1, value: Some(now) }, Maybe { id: 2, value: None }];
            another.write(Place::Pool, Door::Call, form, &rows, options()).await.unwrap();
            assert_eq!(another.values("SELECT id FROM one WHERE value IS NULL").await, ["2"]);
        }
    });
}

/// What a session does behind the end of a transaction is for transactions of its own.
#[test]
fn promise_4_no_transaction_is_chained_to_ours() {
    tests::run(|database: MariaDb| async move {
        database.batch(WORD).await;
        for completion in ["CHAIN", "RELEASE"] {
            for (form, atomicity) in
                [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
            {
                for meaning in ["good", "a text that is longer than its column"] {
                    let case = format!("{completion} {form:?} {atomicity:?} {meaning}");
                    let mut connection = database.connect().await;
                    connection.query_drop(format!("SET SESSION completion_type = '{completion}'")).await.unwrap();
                    let rows = [word("a", "good"), word("b", meaning)];
                    let options = UpsertOptions::new().chunk_rows(1).atomicity(atomicity);
                    let written = in_form!(form, rows.as_slice(), given => through_door!(Word, Door::Call, &mut connection, given, options));
                    assert_eq!(written.is_ok(), meaning == "good", "{case}");
                    let left = database.left_in_session(&mut connection, &Table::new()).await;
                    assert!(!left.iter().any(|left| left == "a transaction"), "{case}: a transaction is open");
                    assert!(connection.ping().await.is_ok(), "{case}: it was released");
                }
            }
        }
    });
}

/// MySQL knows no table that keeps its history.
async fn assert_no_history(database: &MariaDb) {
    let versioned = database.judge().await.query_drop("CREATE TABLE versioned (id INT) WITH SYSTEM VERSIONING").await;
    assert!(matches!(versioned.unwrap_err(), upsert::mysql_async::Error::Server(error) if error.code == 1064));
}

/// A table that keeps its history has unique keys all the same.
#[test]
fn promise_1_rows_that_other_unique_keys_find_are_never_touched_in_a_table_with_a_history() {
    const TABLE: &str = "CREATE TABLE account (id BIGINT PRIMARY KEY, email VARCHAR(100) NOT NULL UNIQUE, \
        name VARCHAR(100) NOT NULL) WITH SYSTEM VERSIONING";
    tests::run(|database: MariaDb| async move {
        if is_mysql() {
            return assert_no_history(&database).await;
        }
        database.batch(TABLE).await;
        let account = |id, email: &str| Account { id, email: email.to_owned(), name: "new".to_owned() };
        for (form, atomicity) in
            [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
        {
            for on_conflict in [OnConflict::Update, OnConflict::Ignore] {
                let case = format!("{form:?} {atomicity:?} {on_conflict:?}");
                database.batch("DELETE FROM account; INSERT INTO account VALUES (1, 'ann@x', 'old')").await;
                let options = || UpsertOptions::new().on_conflict(on_conflict).atomicity(atomicity);
                let rows = [account(7, "cyd@x"), account(8, "ann@x")];
                let written = database.write(Place::Pool, Door::Call, form, &rows, options()).await;
                written.expect_err(&case);
                assert_eq!(database.table("account").await, [row(["1", "ann@x", "old"])], "{case}");
                // Where nobody is in the way they are written.
                let rows = [account(1, "ann@y"), account(3, "dan@x")];
                let written = database.write(Place::Pool, Door::Call, form, &rows, options()).await;
                written.unwrap_or_else(|error| panic!("{case}: {error}"));
                assert_eq!(database.table("account").await.len(), 2, "{case}");
            }
        }
    });
}

/// What is beneath a view may have no unique key of the conflict target, so that each call inserts the rows again, and no
/// transactions, so that rows stay that were not to be written.
#[test]
fn promise_1_a_view_is_refused_before_anything_is_written() {
    tests::run(|database: MariaDb| async move {
        let columns = "(word VARCHAR(100), meaning VARCHAR(20), first BIGINT)";
        database
            .batch(&format!(
                "CREATE TABLE keyless {columns}; CREATE TABLE lasting {columns} ENGINE = MyISAM;
                 CREATE TABLE fine (word VARCHAR(100) PRIMARY KEY, meaning VARCHAR(20), first BIGINT)"
            ))
            .await;
        for beneath in ["keyless", "lasting", "fine"] {
            database.batch(&format!("CREATE OR REPLACE VIEW word AS SELECT * FROM {beneath}")).await;
            for (place, door, form, atomicity) in ways::<MariaDb>() {
                let case = format!("{beneath} {place:?} {door:?} {form:?} {atomicity:?}");
                let options = UpsertOptions::new().atomicity(atomicity).create_table();
                let error = database.write(place, door, form, &[word("a", "b")], options).await.expect_err(&case);
                assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{case}: {error}");
                assert!(error.to_string().contains("is a view"), "{case}: {error}");
                assert!(database.table(beneath).await.is_empty(), "{case}");
            }
        }
        assert!(Word::verify(&database.pool, UpsertOptions::new()).await.is_err());
        database.assert_nothing_left().await;
    });
}

/// Of a table that keeps what its rows were before, the server does not tell which rows were changed: then no count is wrong.
#[test]
fn promise_9_no_count_is_guessed_where_a_table_keeps_its_history() {
    tests::run(|database: MariaDb| async move {
        if is_mysql() {
            return assert_no_history(&database).await;
        }
        database.batch(&format!("{WORD} WITH SYSTEM VERSIONING")).await;
        for (form, atomicity) in
            [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
        {
            for (found_rows, chunk_rows) in [(false, 1), (false, 9), (true, 1), (true, 9)] {
                let case = format!("{form:?} {atomicity:?} {found_rows} {chunk_rows}");
                database.batch("DELETE FROM word; INSERT INTO word VALUES ('a', 'old', 1), ('b', 'old', 1)").await;
                let way = database.through(database.config().client_found_rows(found_rows));
                let rows = [word("a", "old"), word("b", "new"), word("c", "new")];
                let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(chunk_rows);
                let report = way.write(Place::Pool, Door::Call, form, &rows, options).await.unwrap();
                for (count, right) in [(report.inserted, 1), (report.updated, 1), (report.unchanged, 1)] {
                    assert!(count.get().is_none_or(|count| count == right), "{case}: {report}");
                }
                let meanings = database.values("SELECT meaning FROM word ORDER BY word").await;
                assert_eq!(meanings, ["old", "new", "new"], "{case}");
            }
        }
    });
}
