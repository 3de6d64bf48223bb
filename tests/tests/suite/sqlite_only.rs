//! What only SQLite has: blocking connections, attached databases, tables whose keys are rowids or are not, collations,
//! types that are no more than advice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use tests::loading::{Door, Form, Place};
use tests::{Database, LONGEST, Sqlite, row};
use upsert::report::{Count, Outcome};
use upsert::rusqlite::Connection;
use upsert::rusqlite::functions::FunctionFlags;
use upsert::{Atomicity, Duplicates, ErrorKind, OnConflict, SqlitePool, UpsertOptions, UpsertReport, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: String,
}

fn item(id: i64, note: &str) -> Item {
    Item { id, note: note.to_owned() }
}

fn count(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Inserted, updated, unchanged, ignored, duplicates.
fn counts(report: &UpsertReport) -> [u64; 5] {
    let known = |count: Count| count.get().expect("it is known");
    [
        known(report.inserted),
        known(report.updated),
        known(report.unchanged),
        known(report.ignored),
        known(report.duplicates),
    ]
}

/// What was found out about a table holds for as long as its schema does.
#[tokio::test]
async fn promise_7_a_table_that_is_changed_under_a_call_changes_no_value() {
    let made = "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT) STRICT";
    for (change, is_another) in [
        ("DROP TABLE item; CREATE TABLE item (id INTEGER PRIMARY KEY, note NUMERIC)", true),
        (
            "CREATE TRIGGER twice AFTER INSERT ON item WHEN NEW.id < 100 BEGIN INSERT INTO item VALUES (NEW.id + 100, 'x'); END",
            true,
        ),
        ("CREATE TABLE other (id INTEGER PRIMARY KEY); CREATE INDEX by_note ON item (note); ANALYZE", false),
    ] {
        for atomicity in [Atomicity::Chunk, Atomicity::Call] {
            for pooled in [true, false] {
                let database = Sqlite::fresh().await;
                database.batch(made).await;
                let batch = |sql: &'static str| database.batch(sql);
                let options = UpsertOptions::new().chunk_rows(2).atomicity(atomicity);
                let case = format!("{change} {atomicity:?} {pooled}");
                let result = if pooled {
                    let rows = stream::iter(0..6).then(|id| async move {
                        if id == 2 {
                            batch(change).await;
                        }
                        item(id, "007")
                    });
                    Item::aupsert(&database.pool, Box::pin(rows), options).await
                } else {
                    let mut connection = database.connect();
                    let rows = (0..6).inspect(|&id| {
                        if id == 2 {
                            Connection::open(database.path()).unwrap().execute_batch(change).unwrap();
                        }
                    });
                    Item::upsert(&mut connection, rows.map(|id| item(id, "007")), options)
                };
                let written = database.table("item").await.len();
                if is_another {
                    let error = result.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::ChangedTable, "{case}: {error}");
                    let committed = if atomicity == Atomicity::Chunk { 2 } else { 0 };
                    assert_eq!(error.checkpoint().next_row, committed, "{case}");
                    let kept = if change.starts_with("DROP") { 0 } else { committed };
                    assert_eq!(written as u64, kept, "{case}");
                } else {
                    assert_eq!(counts(&result.unwrap()), [6, 0, 0, 0, 0], "{case}");
                    assert_eq!(written, 6, "{case}");
                }
            }
        }
    }
}

/// Chunks are as large as is allowed; the first row says little about the others.
#[test]
fn one_huge_row_takes_no_room_for_all_others() {
    let mut connection = Connection::open_in_memory().unwrap();
    let rows = (0..9_999).map(|id| item(id, &"x".repeat(if id == 0 { 50 << 20 } else { 1 })));
    let options = UpsertOptions::new().create_table().chunk_bytes(usize::MAX);
    assert_eq!(Item::upsert(&mut connection, rows, options).unwrap().inserted, 9_999);
}

#[test]
fn a_callers_transaction_decides() {
    let mut connection = Connection::open_in_memory().unwrap();
    let create = || UpsertOptions::new().create_table();

    let mut transaction = connection.transaction().unwrap();
    let report = Item::upsert(&mut transaction, [item(1, "a")], create()).unwrap();
    assert_eq!((report.outcome, report.inserted), (Outcome::InCallersTransaction, Count::exact(1)));
    transaction.rollback().unwrap();
    assert_eq!(count(&connection, "SELECT count(*) FROM sqlite_schema"), 0, "the table was part of the transaction");

    let report = Item::upsert(&mut connection, [item(1, "a")], create()).unwrap();
    assert_eq!(report.outcome, Outcome::Committed);
    assert!(connection.is_autocommit());
    let mut transaction = connection.transaction().unwrap();
    Item::upsert(&mut transaction, [item(2, "b")], create()).unwrap();
    let mut savepoint = transaction.savepoint().unwrap();
    Item::upsert(&mut savepoint, [item(3, "c")], create()).unwrap();
    savepoint.rollback().unwrap();
    drop(savepoint);
    transaction.commit().unwrap();
    assert_eq!(count(&connection, "SELECT sum(id) FROM item"), 3);

    // One that was begun by SQL is the caller's as well.
    connection.execute_batch("BEGIN").unwrap();
    let report = Item::upsert(&mut connection, [item(4, "d")], create()).unwrap();
    assert_eq!(report.outcome, Outcome::InCallersTransaction);
    connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!(count(&connection, "SELECT sum(id) FROM item"), 3);
}

#[test]
fn a_failed_call_leaves_the_callers_transaction_usable() {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT CHECK (note <> 'bad'))").unwrap();
    let mut transaction = connection.transaction().unwrap();
    transaction.execute_batch("INSERT INTO item VALUES (100, 'mine')").unwrap();
    let rows = [item(1, "good"), item(2, "bad")];
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        let options = || UpsertOptions::new().atomicity(atomicity).chunk_rows(1);
        let error = Item::upsert(&mut transaction, rows.iter().cloned(), options()).unwrap_err();
        assert_eq!(error.sqlstate(), Some("SQLITE_CONSTRAINT_CHECK"));
        Item::upsert(&mut transaction, &rows, options()).unwrap_err();
        let there = count(&transaction, "SELECT count(*) FROM item");
        assert_eq!(there, if atomicity == Atomicity::Call { 1 } else { 2 });
    }
    let missing = Item::upsert(&mut transaction, &rows, UpsertOptions::new().table("nowhere")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::MissingTable);
    transaction.commit().unwrap();
    assert_eq!(count(&connection, "SELECT sum(id) FROM item"), 101);
}

#[test]
fn a_panic_of_the_callers_iterator_rolls_back() {
    let mut connection = Connection::open_in_memory().unwrap();
    Item::upsert(&mut connection, Vec::<Item>::new(), UpsertOptions::new().create_table()).unwrap();
    let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let rows = (0..10).map(|id| if id == 7 { panic!("the caller's") } else { item(id, "") });
        Item::upsert(&mut connection, rows, UpsertOptions::new().chunk_rows(2).atomicity(Atomicity::Call))
    }));
    assert!(panics.is_err());
    assert!(connection.is_autocommit());
    assert_eq!(count(&connection, "SELECT count(*) FROM item"), 0);
    assert_eq!(count(&connection, "SELECT count(*) FROM temp.sqlite_schema"), 0);
}

#[test]
fn an_attached_database_is_a_schema() {
    let mut connection = Connection::open_in_memory().unwrap();
    let hostile = "other\"'; --";
    connection.execute("ATTACH ':memory:' AS \"other\"\"'; --\"", []).unwrap();
    for (options, rows) in [
        (UpsertOptions::new().create_table().schema(hostile), 2),
        (UpsertOptions::new().create_table(), 1),
        (UpsertOptions::new().create_table().schema("temp"), 3),
    ] {
        let rows: Vec<Item> = (0..rows).map(|id| item(id, "")).collect();
        Item::upsert(&mut connection, &rows, options.clone()).unwrap();
        Item::upsert(&mut connection, rows.into_iter(), options.atomicity(Atomicity::Call).chunk_rows(1)).unwrap();
    }
    assert_eq!(count(&connection, "SELECT count(*) FROM \"other\"\"'; --\".item"), 2);
    assert_eq!(count(&connection, "SELECT count(*) FROM main.item"), 1);
    assert_eq!(count(&connection, "SELECT count(*) FROM temp.item"), 3);
    let error = Item::upsert(&mut connection, [item(1, "")], UpsertOptions::new().schema("nowhere")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingTable, "{error}");
}

#[test]
fn a_temporary_table_of_the_same_name_never_swallows_rows() {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT)").unwrap();
    connection.execute_batch("CREATE TEMPORARY TABLE item (id INTEGER PRIMARY KEY, note TEXT)").unwrap();
    connection.execute_batch("CREATE TEMPORARY TABLE mine (n); INSERT INTO mine VALUES (1)").unwrap();
    for (atomicity, create) in [(Atomicity::Call, false), (Atomicity::Chunk, true)] {
        let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(1);
        let options = if create { options.create_table() } else { options };
        Item::upsert(&mut connection, (0..3).map(|id| item(id, "")), options).unwrap();
    }
    assert_eq!(count(&connection, "SELECT count(*) FROM main.item"), 3);
    assert_eq!(count(&connection, "SELECT count(*) FROM temp.item"), 0);
    assert_eq!(
        count(&connection, "SELECT count(*) FROM temp.sqlite_schema"),
        2,
        "the caller's own are there, no other"
    );
    assert_eq!(count(&connection, "SELECT n FROM mine"), 1);
}

/// Counting goes by rowids, and there are tables without, with other, and with hidden ones; and rowids that are as high
/// as can be, or the one that was inserted last.
#[test]
fn promise_9_exact_counts_on_every_kind_of_table() {
    let tables = [
        "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT)",
        "CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT)",
        "CREATE TABLE item (id INTEGER PRIMARY KEY DESC, note TEXT)",
        "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT) STRICT",
        "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT) WITHOUT ROWID",
        "CREATE TABLE item (id INT PRIMARY KEY, note TEXT)",
        "CREATE TABLE item (rowid TEXT, id INT PRIMARY KEY, note TEXT)",
        "CREATE TABLE item (rowid TEXT, oid TEXT, _rowid_ TEXT, id INT PRIMARY KEY, note TEXT)",
        "CREATE TABLE item (own INTEGER PRIMARY KEY, id INT UNIQUE, note TEXT)",
        "CREATE TABLE item (own INTEGER PRIMARY KEY AUTOINCREMENT, id INT UNIQUE, note TEXT)",
        "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT);
         CREATE TABLE log (n INTEGER PRIMARY KEY, id);
         CREATE TRIGGER logs AFTER INSERT ON item BEGIN INSERT INTO log (id) VALUES (new.id); END;
         CREATE TRIGGER logs_too AFTER UPDATE ON item BEGIN INSERT INTO log (id) VALUES (new.id); END",
        "CREATE TABLE item (id INT PRIMARY KEY, note TEXT);
         CREATE TABLE log (n INTEGER PRIMARY KEY, id);
         INSERT INTO log VALUES (4, 0);
         CREATE TRIGGER logs BEFORE UPDATE ON item BEGIN INSERT INTO log (id) VALUES (new.id); END",
    ];
    for table in tables {
        for highest in [15, i64::MAX] {
            let mut connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(table).unwrap();
            let mut write = |ids: &[i64], note: &str, options: UpsertOptions| {
                let rows: Vec<Item> = ids.iter().map(|&id| item(id, note)).collect();
                counts(&Item::upsert(&mut connection, rows, options).unwrap_or_else(|error| panic!("{table}: {error}")))
            };
            let new = UpsertOptions::new;
            let ignore = || UpsertOptions::new().on_conflict(OnConflict::Ignore);
            let way = format!("{table}, {highest}");
            assert_eq!(write(&[5], "a", new()), [1, 0, 0, 0, 0], "{way}");
            assert_eq!(write(&[5], "b", new()), [0, 1, 0, 0, 0], "the one inserted last, updated: {way}");
            assert_eq!(write(&[5], "b", new()), [0, 0, 1, 0, 0], "and unchanged: {way}");
            assert_eq!(write(&[5], "c", ignore()), [0, 0, 0, 1, 0], "and ignored: {way}");
            assert_eq!(write(&[5, 1, 9, 1], "c", new()), [2, 1, 0, 0, 1], "{way}");
            assert_eq!(write(&[i64::MIN, -1, 0, 5], "d", new()), [3, 1, 0, 0, 0], "{way}");
            if highest != i64::MAX || !table.contains("AUTOINCREMENT") {
                assert_eq!(write(&[highest], "e", new()), [1, 0, 0, 0, 0], "{way}");
                assert_eq!(write(&[highest, 1, 9], "f", new()), [0, 3, 0, 0, 0], "{way}");
                assert_eq!(write(&[highest, 2, 3, 9], "f", new()), [2, 0, 2, 0, 0], "{way}");
            }
            assert_eq!(write(&[0, 5, 7], "g", ignore()), [1, 0, 0, 2, 0], "{way}");
            assert_eq!(write(&[0, 5, 7], "d", new().rewrite_unchanged()), [0, 3, 0, 0, 0], "{way}");
        }
    }
}

/// Every sequence of three short calls, on tables that tell what was inserted in different ways.
#[test]
fn promise_9_exact_counts_in_every_order() {
    for table in [
        "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT)",
        "CREATE TABLE item (id INT PRIMARY KEY, note TEXT)",
        "CREATE TABLE item (id INT PRIMARY KEY, note TEXT) WITHOUT ROWID",
    ] {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(table).unwrap();
        for case in 0..4_i64.pow(6) {
            // The rows of a call are sorted: one order of the first two calls' is enough.
            if (0..2).any(|call| case / 4_i64.pow(call * 2) % 4 > case / 4_i64.pow(call * 2 + 1) % 4) {
                continue;
            }
            connection.execute_batch("DELETE FROM item").unwrap();
            let mut there = std::collections::BTreeMap::new();
            for call in 0..3 {
                let ids = [case / 4_i64.pow(call * 2) % 4, case / 4_i64.pow(call * 2 + 1) % 4];
                let note = if call == 2 { "1".to_owned() } else { call.to_string() };
                let mut expected = [0; 5];
                for (place, id) in ids.into_iter().enumerate() {
                    if ids[..place].contains(&id) {
                        expected[4] += 1;
                        continue;
                    }
                    let kind = match there.insert(id, note.clone()) {
                        None => 0,
                        Some(before) if before != note => 1,
                        Some(_) => 2,
                    };
                    expected[kind] += 1;
                }
                let report =
                    Item::upsert(&mut connection, ids.map(|id| item(id, &note)), UpsertOptions::new()).unwrap();
                assert_eq!(counts(&report), expected, "{table}, case {case}, call {call}");
            }
        }
    }
}

/// Many rows go through statements of several rows, and are counted range by range: the rows to write are as dense as
/// those that are there, or beside them, or far apart among them, new among old ones, or none of them new.
#[test]
fn promise_9_exact_counts_of_many_rows() {
    for table in [
        "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT)",
        "CREATE TABLE item (id INT PRIMARY KEY, note TEXT)",
        "CREATE TABLE item (id INT PRIMARY KEY, note TEXT) WITHOUT ROWID",
    ] {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(table).unwrap();
        let mut there = std::collections::BTreeMap::new();
        let dense = 0..6_000_i64;
        type Note = fn(i64) -> i64;
        let calls: [(&str, Vec<i64>, Note); 9] = [
            ("every third", dense.clone().step_by(3).collect(), |_| 0),
            // As many as are there, in the same range, but some are others.
            ("some beside them", dense.clone().step_by(3).map(|id| id + i64::from(id % 300 == 150)).collect(), |id| {
                id % 2
            }),
            ("old ones, then new ones", (0..3_000).step_by(3).chain(3_000..6_000).collect(), |id| id % 3),
            ("every second, some of them new", dense.clone().step_by(2).collect(), |id| id % 5),
            ("new at the end", (4_500..9_000).collect(), |id| id % 7),
            ("none new", dense.clone().step_by(6).collect(), |id| id % 4),
            ("all", (0..9_000).collect(), |id| id % 4),
            ("few among many", (-50..9_100).step_by(50).collect(), |id| id % 3),
            ("far apart", (0..1_200).map(|id| id * 1_000_003).collect(), |id| id % 2),
        ];
        for (name, ids, note) in calls {
            let mut expected = [0; 5];
            for &id in &ids {
                let kind = match there.insert(id, note(id)) {
                    None => 0,
                    Some(before) if before != note(id) => 1,
                    Some(_) => 2,
                };
                expected[kind] += 1;
            }
            let rows: Vec<Item> = ids.iter().map(|&id| item(id, &note(id).to_string())).collect();
            let report = Item::upsert(&mut connection, rows, UpsertOptions::new()).unwrap();
            assert_eq!(counts(&report), expected, "{table}: {name}");
        }
        assert_eq!(count(&connection, "SELECT count(*) FROM item"), i64::try_from(there.len()).unwrap(), "{table}");
    }
}

/// Keys that are equal to SQLite but not to Rust are written one by one: then nobody knows which of them repeat a key.
#[tokio::test]
async fn keys_that_only_the_database_finds_equal_are_folded() {
    #[derive(Clone, Upsertable)]
    struct Word {
        #[upsert(primary_key, max_len = 100)]
        word: String,
        meaning: String,
        #[upsert(update = never)]
        first_meaning: String,
    }
    let word = |word: &str, meaning: &str| Word {
        word: word.to_owned(),
        meaning: meaning.to_owned(),
        first_meaning: meaning.to_owned(),
    };

    let database = Sqlite::fresh().await;
    for (key, first, other, end) in [
        ("TEXT COLLATE NOCASE", "A", "a", ""),
        ("TEXT COLLATE RTRIM", "a", "a  ", ""),
        ("TEXT COLLATE NOCASE", "A", "a", " WITHOUT ROWID"),
    ] {
        for (form, atomicity) in [
            (Form::Vec, Atomicity::Call),
            (Form::Vec, Atomicity::Chunk),
            (Form::Iterator, Atomicity::Chunk),
            (Form::Stream, Atomicity::Call),
        ] {
            for chunk_rows in [1, 2, 100] {
                for (on_conflict, meaning) in [(OnConflict::Update, "4"), (OnConflict::Ignore, "1")] {
                    let way = format!("{key}{end} {form:?} {atomicity:?} {chunk_rows} {on_conflict:?}");
                    database.batch("DROP TABLE IF EXISTS word").await;
                    let table =
                        format!("CREATE TABLE word (word {key} PRIMARY KEY, meaning TEXT, first_meaning TEXT){end}");
                    database.batch(&table).await;
                    let rows = [word(first, "1"), word("b", "2"), word(other, "3"), word(first, "4"), word("c", "5")];
                    let options =
                        UpsertOptions::new().atomicity(atomicity).chunk_rows(chunk_rows).on_conflict(on_conflict);
                    let report = database.write(Place::Pool, Door::Call, form, &rows, options).await;
                    let report = report.unwrap_or_else(|error| panic!("{way}: {error}"));
                    let there = database.query("SELECT word, meaning, first_meaning FROM word ORDER BY word").await;
                    let expected = [row([first, meaning, "1"]), row(["b", "2", "2"]), row(["c", "5", "5"])];
                    assert_eq!(there, expected, "{way}");
                    assert_eq!((report.inserted, report.duplicates), (Count::exact(3), Count::UNKNOWN), "{way}");
                    let rest = report.updated + report.unchanged + report.ignored;
                    assert_eq!(rest, 2, "{way}: {report:?}");
                    assert_eq!(report.chunks, 5_u64.div_ceil(chunk_rows as u64), "{way}");
                }
            }
        }
        let refuse = UpsertOptions::new().duplicates(Duplicates::Error);
        let error = database.aupsert([word("x", "1"), word(other, "2")], refuse).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidPlan | ErrorKind::RepeatedKey), "{error}");
    }
    database.assert_nothing_left().await;
}

/// A case that changes is a change, also where the column compares without case.
#[tokio::test]
async fn promise_7_values_that_are_equal_and_not_the_same_are_updated() {
    let database = Sqlite::fresh().await;
    database.batch("CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT COLLATE NOCASE)").await;
    database.aupsert([item(1, "case")], UpsertOptions::new()).await.unwrap();
    let report = database.aupsert([item(1, "CASE")], UpsertOptions::new()).await.unwrap();
    assert_eq!(report.updated, 1);
    assert_eq!(database.table("item").await, [row(["1", "CASE"])]);
}

/// The one exception, which the README names: SQLite has one zero in a table.
#[tokio::test]
async fn minus_zero_comes_back_as_zero() {
    #[derive(Clone, Upsertable)]
    struct Number {
        #[upsert(primary_key)]
        id: i64,
        double: f64,
    }
    let database = Sqlite::fresh().await;
    let minus_zero = [Number { id: 1, double: -0.0 }];
    database.aupsert(&minus_zero, UpsertOptions::new().create_table()).await.unwrap();
    assert_eq!(database.table("number").await, [row(["1", "0"])]);
    assert_eq!(database.aupsert(&minus_zero, UpsertOptions::new()).await.unwrap().unchanged, 1);
    let readme = std::fs::read_to_string(tests::source_files::root().join("README.md")).unwrap();
    assert!(readme.contains("-0.0 comes back as 0.0"));
}

/// A table that somebody else made may turn text into numbers, and numbers into others.
#[tokio::test]
async fn promise_7_a_column_of_another_type_changes_no_value() {
    #[derive(Clone, Upsertable)]
    #[upsert(table = "item")]
    struct Number {
        #[upsert(primary_key)]
        id: i64,
        note: i64,
    }
    let database = Sqlite::fresh().await;
    for declared in ["NUMERIC", "INTEGER", "REAL", "DATE", "ANY", "TEXT", "BLOB", ""] {
        database
            .batch(&format!("DROP TABLE IF EXISTS item; CREATE TABLE item (id INTEGER PRIMARY KEY, note {declared})"))
            .await;
        for note in ["1.50", "007", " 7", "1e3", "0x10", "inf", "plain", ""] {
            for (form, atomicity) in
                [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
            {
                let rows = [item(1, note), item(2, note)];
                let options = UpsertOptions::new().chunk_rows(1).atomicity(atomicity);
                let result = database.write(Place::Pool, Door::Call, form, &rows, options).await;
                if result.is_ok() {
                    let expected = [row(["1", note]), row(["2", note])];
                    assert_eq!(database.table("item").await, expected, "a column of type {declared}");
                } else {
                    assert!(!["TEXT", ""].contains(&declared), "{result:?}");
                }
            }
        }
        for note in [i64::MAX, (1 << 53) + 1, 7] {
            let result = database.aupsert([Number { id: 1, note }], UpsertOptions::new()).await;
            if result.is_ok() {
                let there: i64 = database
                    .connect()
                    .query_row("SELECT CAST(note AS INTEGER) FROM item", [], |row| row.get(0))
                    .unwrap();
                assert_eq!(there, note, "a column of type {declared}");
            } else {
                assert!(["REAL", "BLOB"].contains(&declared), "{result:?}");
            }
        }
    }
}

/// Where others keep UUIDs as text, ours are found by it.
#[tokio::test]
async fn a_uuid_in_a_column_of_text_is_text() {
    #[derive(Clone, Upsertable)]
    #[upsert(table = "item")]
    struct Keyed {
        #[upsert(primary_key)]
        id: uuid::Uuid,
        note: i64,
    }
    const KEY: &str = "0a1b2c3d-0000-4000-8000-00000000beef";
    let rows = [Keyed { id: KEY.parse().unwrap(), note: 2 }];
    let database = Sqlite::fresh().await;
    for declared in ["TEXT", "CHAR(36)", "VARCHAR(40)", "CLOB"] {
        database
            .batch(&format!(
                "DROP TABLE IF EXISTS item; CREATE TABLE item (id {declared} PRIMARY KEY, note INT);
                 INSERT INTO item VALUES ('{KEY}', 1)"
            ))
            .await;
        for (form, atomicity) in
            [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
        {
            let options = UpsertOptions::new().atomicity(atomicity);
            let report = database.write(Place::Pool, Door::Call, form, &rows, options).await.unwrap();
            assert_eq!(report.inserted, 0, "{declared}");
            assert_eq!(database.table("item").await, [row([KEY, "2"])], "{declared}");
            database.batch("UPDATE item SET note = 1").await;
        }
    }
    // 32 digits have no room for the hyphens: somebody writes them in another way.
    for declared in ["CHAR(32)", "varchar( 32 )"] {
        database.batch(&format!("DROP TABLE item; CREATE TABLE item (id {declared} PRIMARY KEY, note INT)")).await;
        let error = database.aupsert(rows.to_vec(), UpsertOptions::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{declared}: {error}");
    }
    // What `create_table` makes of it by the struct's own word.
    #[derive(Upsertable)]
    #[upsert(table = "made", db(sqlite))]
    struct Made {
        #[upsert(primary_key, sql_type(sqlite = "TEXT"))]
        id: uuid::Uuid,
    }
    database.aupsert([Made { id: KEY.parse().unwrap() }], UpsertOptions::new().create_table()).await.unwrap();
    assert_eq!(database.table("made").await, [row([KEY])]);
}

/// An instant beside the integers of a Unix time would be no key of theirs, and nobody would read it.
#[tokio::test]
async fn a_column_of_another_kind_is_refused() {
    #[derive(Upsertable)]
    #[upsert(table = "one")]
    struct One<T: upsert::ColumnValue + Send + Sync> {
        #[upsert(primary_key)]
        id: i64,
        value: T,
    }
    async fn fits<T: upsert::ColumnValue + Send + Sync + 'static>(declared: &str, value: T) -> bool {
        let database = Sqlite::fresh().await;
        database.batch(&format!("CREATE TABLE one (id INTEGER PRIMARY KEY, value {declared})")).await;
        let result = database.aupsert([One { id: 1, value }], UpsertOptions::new()).await;
        if let Err(error) = &result {
            assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
            assert!(error.to_string().contains(&format!("`value` of type {}", declared.to_uppercase())), "{error}");
        }
        result.is_ok()
    }
    for (declared, expected) in [
        // Of integers, booleans, floats, texts, instants, UUIDs, bytes and addresses.
        ("", [true, true, true, true, true, true, true, true]),
        ("ANY", [true, true, true, true, true, true, true, true]),
        ("INTEGER", [true, true, false, false, false, false, false, false]),
        ("bigint", [true, true, false, false, false, false, false, false]),
        ("REAL", [true, false, true, false, false, false, false, false]),
        ("NUMERIC", [true, true, true, true, true, true, true, true]),
        ("DATETIME", [true, true, true, true, true, true, true, true]),
        ("TEXT", [true, false, false, true, true, true, false, true]),
        ("VARCHAR(36)", [true, false, false, true, true, true, false, true]),
        ("BLOB", [false, false, false, false, false, true, true, false]),
    ] {
        let found = [
            fits(declared, 7_i64).await,
            fits(declared, true).await,
            fits(declared, 2.5_f64).await,
            fits(declared, "seven".to_owned()).await,
            fits(declared, std::time::SystemTime::UNIX_EPOCH).await,
            fits(declared, uuid::Uuid::nil()).await,
            fits(declared, vec![7_u8]).await,
            fits(declared, std::net::IpAddr::from([127, 0, 0, 1])).await,
        ];
        assert_eq!(found, expected, "a column of type {declared}");
    }
}

#[tokio::test]
async fn a_pool_in_memory_has_one_database() {
    let pool = SqlitePool::memory().unwrap();
    let create = || UpsertOptions::new().create_table();
    Item::aupsert(&pool, [item(1, "a")], create()).await.unwrap();
    // Failures, panics and dropped futures do not lose it.
    Item::aupsert(&pool, stream::iter([Ok(item(2, "b")), Err("torn")]), create().atomicity(Atomicity::Call))
        .await
        .unwrap_err();
    let panicking = tokio::spawn({
        let pool = pool.clone();
        async move { pool.with(|_| panic!("the caller's work panics")).await }
    });
    assert!(panicking.await.unwrap_err().is_panic());
    for milliseconds in 0..20 {
        let rows = (0..20_000).map(|id| item(id, "dropped"));
        let options = create().atomicity(Atomicity::Call).chunk_rows(1_000);
        drop(tokio::time::timeout(Duration::from_millis(milliseconds), Item::aupsert(&pool, rows, options)).await);
        let there: (i64, i64) = pool
            .with(|connection| {
                assert!(connection.is_autocommit());
                assert_eq!(count(connection, "SELECT count(*) FROM temp.sqlite_schema"), 0);
                let whole = "SELECT count(*), count(*) FILTER (WHERE note = 'dropped') FROM item";
                connection.query_row(whole, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
            })
            .await
            .unwrap();
        assert!([(1, 0), (20_000, 20_000)].contains(&there), "{there:?} after {milliseconds} ms");
        pool.with(|connection| {
            connection.execute_batch("DELETE FROM item WHERE id <> 1; UPDATE item SET note = ''").unwrap();
        })
        .await
        .unwrap();
    }
}

/// While a chunk is written, the one thread of this runtime has time for others.
#[test]
fn the_executor_is_never_blocked() {
    const TICKS: u32 = 10;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = Sqlite::fresh().await;
        // One row takes until the executor has had time for others, however long that is.
        let (ticks, ticked) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let (path, counters) = (database.path(), (Arc::clone(&ticks), Arc::clone(&ticked)));
        let pool = SqlitePool::open_with(move || {
            let (connection, (ticks, ticked)) = (Connection::open(&path)?, counters.clone());
            connection.create_scalar_function("until_it_ticks", 0, FunctionFlags::SQLITE_UTF8, move |_| {
                let (first, began) = (ticks.load(Ordering::Relaxed), Instant::now());
                while ticked.load(Ordering::Relaxed) < TICKS && began.elapsed() < LONGEST {
                    std::thread::sleep(Duration::from_millis(1));
                    ticked.store(ticks.load(Ordering::Relaxed) - first, Ordering::Relaxed);
                }
                Ok(true)
            })?;
            Ok(connection)
        })
        .unwrap();
        database
            .batch(
                "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT);
                 CREATE TRIGGER slow AFTER INSERT ON item WHEN NEW.id = 250 BEGIN SELECT until_it_ticks(); END",
            )
            .await;
        let rows: Vec<Item> = (0..500).map(|id| item(id, "")).collect();
        let ticking = async {
            loop {
                tokio::time::sleep(Duration::from_millis(1)).await;
                ticks.fetch_add(1, Ordering::Relaxed);
            }
        };
        let report = tokio::select! {
            () = ticking => unreachable!("it ticks for ever"),
            report = Item::aupsert(&pool, rows, UpsertOptions::new()) => report.unwrap(),
        };
        assert_eq!((report.chunks, report.inserted), (1, Count::exact(500)));
        let ticked = ticked.load(Ordering::Relaxed);
        assert!(ticked >= TICKS, "{ticked} ticks of 1 ms in {:?}", report.elapsed);
    });
}

/// Work that is interrupted because nobody waits for it, and then panics over it.
const ENDLESS: &str = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n";
/// Some hundred milliseconds.
const LONG: &str =
    "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 1000000) SELECT count(*) FROM n";

#[test]
fn promise_4_work_that_is_dropped_and_panics_disturbs_nobody_after_it() {
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let file = Sqlite::fresh().await;
            for pool in [SqlitePool::memory().unwrap(), file.pool.clone()] {
                for _ in 0..2 {
                    let working = pool.with(|connection| count(connection, ENDLESS));
                    assert!(tokio::time::timeout(Duration::from_millis(20), working).await.is_err(), "it ends");
                    for _ in 0..3 {
                        assert_eq!(pool.with(|connection| count(connection, LONG)).await.unwrap(), 1_000_000);
                    }
                }
            }
        });
        // It waits for all threads that may block.
        drop(runtime);
        done.send(()).unwrap();
    });
    ended.recv_timeout(5 * LONGEST).expect("no thread goes on for ever");
}

#[tokio::test]
async fn promise_4_a_busy_handler_of_the_callers_stays() {
    let database = Sqlite::fresh().await;
    let path = database.path();
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let pool = SqlitePool::open_with(move || {
        let mut connection = Connection::open(&path)?;
        counter.fetch_add(1, Ordering::Relaxed);
        connection.busy_handler(Some(|_| {
            ASKED.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(1));
            true
        }))?;
        Ok(connection)
    })
    .unwrap();
    Item::aupsert(&pool, [item(1, "a")], UpsertOptions::new().create_table()).await.unwrap();
    assert!(asked.load(Ordering::Relaxed) > 0);

    let lock = database.lock_rows("item").await;
    let before = ASKED.load(Ordering::Relaxed);
    let waiting =
        tokio::spawn(
            async move { pool.with(|connection| connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")).await },
        );
    let began = Instant::now();
    while ASKED.load(Ordering::Relaxed) == before {
        assert!(began.elapsed() < LONGEST, "the handler is not asked");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(lock);
    waiting.await.unwrap().unwrap().expect("the handler waits");
}

/// A connection that does not wait for locks: the library waits in its place.
#[tokio::test]
async fn a_connection_without_a_busy_timeout_waits_as_well() {
    let database = Sqlite::fresh().await;
    database.batch("CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT NOT NULL)").await;
    let path = database.path();
    let pool = SqlitePool::open_with(move || {
        let connection = Connection::open(&path)?;
        connection.busy_timeout(Duration::ZERO)?;
        Ok(connection)
    })
    .unwrap();
    let lock = database.lock_rows("item").await;
    let waiting = tokio::spawn(async move { Item::aupsert(&pool, [item(1, "a")], UpsertOptions::new()).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    drop(lock);
    assert_eq!(waiting.await.unwrap().unwrap().inserted, 1);
}

/// No deadline runs, and no lock is held, while the first chunk is encoded: what it has that is wrong is told while somebody
/// else holds the lock. The third one is encoded while others are written.
#[tokio::test]
async fn the_first_chunk_is_encoded_before_the_transaction_begins() {
    #[derive(Clone, Upsertable)]
    struct Measure {
        #[upsert(primary_key)]
        id: i64,
        value: f64,
    }
    let database = Sqlite::fresh().await;
    database.batch("CREATE TABLE measure (id INTEGER PRIMARY KEY, value REAL NOT NULL)").await;
    let _lock = database.lock_rows("measure").await;
    for (bad, kind, named) in [(1, ErrorKind::InvalidValue, Some(1)), (5, ErrorKind::Timeout, None)] {
        let rows: Vec<_> = (0..6).map(|id| Measure { id, value: if id == bad { f64::NAN } else { 0.0 } }).collect();
        let options = UpsertOptions::new().chunk_rows(2).chunk_timeout(Duration::from_millis(100));
        let error = Measure::aupsert(database.pool(), rows, options).await.unwrap_err();
        assert_eq!((error.kind(), error.row()), (kind, named), "{error}");
    }
}

/// Of the chunks that a cursor wrote into a transaction which SQLite ended nothing is left.
#[test]
fn promise_2_a_cursor_goes_back_where_sqlite_ends_the_transaction() {
    const TABLE: &str = "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT NOT NULL);
        CREATE TRIGGER ends BEFORE INSERT ON item WHEN NEW.id = 4 BEGIN SELECT RAISE(ROLLBACK, 'no'); END";
    let rows = || (1..6).map(|id| item(id, "a")).collect::<Vec<_>>();
    for own_first in [false, true] {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLE).unwrap();
        let mut cursor = Item::cursor(rows(), UpsertOptions::new().chunk_rows(1));
        if own_first {
            cursor.write_next_blocking(&mut connection).unwrap().unwrap();
        }
        let mut transaction = connection.transaction().unwrap();
        let error = loop {
            match cursor.write_next_blocking(&mut transaction) {
                Ok(chunk) => assert!(chunk.is_some(), "the fourth row is refused"),
                Err(error) => break error,
            }
        };
        assert!(transaction.is_autocommit(), "SQLite has left the transaction open");
        drop(transaction);
        let kept = u64::from(own_first);
        assert_eq!(error.checkpoint().next_row, kept, "{error}");
        assert_eq!(cursor.report().checkpoint.next_row, kept);
        assert_eq!(count(&connection, "SELECT count(*) FROM item"), i64::from(own_first));
    }
}
