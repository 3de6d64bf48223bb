//! What tables and connections of SQLite may be like, and calls that were once answered wrongly.

use std::thread;
use std::time::Duration;

use tests::{Database, Sqlite};
use upsert::report::{Count, Outcome};
use upsert::rusqlite::limits::Limit;
use upsert::rusqlite::types::Value;
use upsert::rusqlite::{Connection, TransactionBehavior};
use upsert::{Atomicity, ErrorKind, OnConflict, UpsertOptions, UpsertReport, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Word {
    #[upsert(primary_key)]
    word: String,
    meaning: String,
}

fn word(word: &str, meaning: &str) -> Word {
    Word { word: word.to_owned(), meaning: meaning.to_owned() }
}

#[derive(Clone, Debug, Upsertable)]
struct Node {
    #[upsert(primary_key)]
    id: i64,
    parent: Option<i64>,
}

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: String,
}

fn items(count: i64) -> Vec<Item> {
    (0..count).map(|id| Item { id, note: "{}".to_owned() }).collect()
}

fn opened(sql: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    connection
}

/// SQLite reads a number no further than to a NUL, and makes a number of what stands before it.
#[test]
fn promise_7_a_text_with_a_nul_never_becomes_a_number() {
    let mut refused = 0;
    for declared in ["TEXT", "STRING", "NUMERIC", "DATETIME", "DECIMAL(10, 2)"] {
        for text in
            ["1\0", "1\0abc", "1.5\0x", "-3\0", "1 \0", "1e2\0", "9223372036854775808\0", "\x001", "\0", "x\x001"]
        {
            let table = format!("CREATE TABLE word (word {declared} NOT NULL UNIQUE, meaning {declared})");
            let mut connection = opened(&table);
            match Word::upsert(&mut connection, [word("a", "a"), word(text, text)], UpsertOptions::new()) {
                Ok(_) => {
                    let there = connection.query_row("SELECT word, meaning FROM word WHERE word <> 'a'", [], |row| {
                        Ok([row.get::<_, Value>(0)?, row.get(1)?])
                    });
                    assert_eq!(there, Ok([(); 2].map(|()| Value::Text(text.to_owned()))), "{declared} {text:?}");
                }
                Err(error) => {
                    assert_eq!((error.kind(), error.row()), (ErrorKind::InvalidValue, Some(1)), "{declared} {text:?}");
                    refused += 1;
                }
            }
        }
    }
    assert_eq!(refused, 4 * 7, "what SQLite would make a number is refused, and nothing else");
}

/// It is the index that finds conflicts, and it need not compare as the column does.
#[test]
fn promise_9_exact_counts_where_the_index_has_another_collation_than_the_column() {
    let counts = |report: &UpsertReport| [report.inserted, report.updated, report.unchanged].map(Count::get);
    let no_case =
        "CREATE TABLE word (word TEXT NOT NULL, meaning TEXT); CREATE UNIQUE INDEX k ON word (word COLLATE NOCASE);";
    let no_case_without_rowid =
        "CREATE TABLE word (id TEXT PRIMARY KEY DEFAULT (random()), word TEXT NOT NULL, meaning TEXT) WITHOUT ROWID;
        CREATE UNIQUE INDEX k ON word (word COLLATE NOCASE);";
    let binary = "CREATE TABLE word (word TEXT COLLATE NOCASE NOT NULL, meaning TEXT);
        CREATE UNIQUE INDEX k ON word (word COLLATE BINARY);";
    let trigger = "CREATE TABLE log (x); CREATE TRIGGER t AFTER INSERT ON word BEGIN INSERT INTO log VALUES (1); END;";
    // The last rowid of the connection is one that the table could give.
    let other = "CREATE TABLE other (id INTEGER PRIMARY KEY); INSERT INTO other VALUES (100);";
    for (table, more, inserted, updated) in [
        (no_case, "", 1, 1),
        (no_case, trigger, 1, 1),
        (no_case, other, 1, 1),
        (no_case_without_rowid, "", 1, 1),
        (binary, "", 2, 0),
        (binary, trigger, 2, 0),
        (binary, other, 2, 0),
    ] {
        let mut connection = opened(&format!("{table} {more}"));
        let rows = [word("b", "1"), word("B", "2")];
        let report = Word::upsert(&mut connection, &rows, UpsertOptions::new()).unwrap();
        assert_eq!(counts(&report), [Some(inserted), Some(updated), Some(0)], "{table} {more}");
        let report = Word::upsert(&mut connection, [word("B", "3")], UpsertOptions::new()).unwrap();
        assert_eq!(counts(&report), [Some(0), Some(1), Some(0)], "{table} {more}");
        let ignore = UpsertOptions::new().on_conflict(OnConflict::Ignore);
        let report = Word::upsert(&mut connection, [word("b", "4"), word("C", "5"), word("c", "6")], ignore).unwrap();
        assert_eq!(counts(&report), [Some(inserted), Some(0), Some(0)], "{table} {more}");
    }
}

/// Rows of one statement may refer to those behind them; alone, they could not.
#[test]
fn a_row_that_refers_to_one_behind_it_is_never_named_for_another() {
    let table =
        "PRAGMA foreign_keys = ON; CREATE TABLE node (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES node (id));";
    let mut rows: Vec<_> = (0..20).map(|id| Node { id, parent: None }).collect();
    rows[0].parent = Some(5);
    assert_eq!(Node::upsert(&mut opened(table), &rows, UpsertOptions::new()).unwrap().inserted, 20);
    rows[10].parent = Some(1_000);
    let error = Node::upsert(&mut opened(table), &rows, UpsertOptions::new()).unwrap_err();
    assert_eq!((error.kind(), error.row()), (ErrorKind::Database, None), "{error}");

    let table = "PRAGMA foreign_keys = ON; CREATE TABLE other (id INTEGER PRIMARY KEY);
        CREATE TABLE node (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES other (id));";
    rows[0].parent = None;
    let error = Node::upsert(&mut opened(table), &rows, UpsertOptions::new()).unwrap_err();
    assert_eq!((error.kind(), error.row()), (ErrorKind::Database, Some(10)), "{error}");
}

/// Not all that is wrong with a row is a constraint.
#[test]
fn a_row_for_which_an_expression_fails_is_named() {
    for table in [
        "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT CHECK (json_extract(note, '$.a') IS NULL))",
        "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT, a TEXT AS (json_extract(note, '$.a')) STORED)",
        "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT); CREATE INDEX a ON item (json_extract(note, '$.a'))",
    ] {
        for count in [1, 5, 20, 60] {
            let mut rows = items(count);
            let last = rows.len() - 1;
            rows[last].note = "no JSON".to_owned();
            for atomicity in [Atomicity::Call, Atomicity::Chunk] {
                let options = UpsertOptions::new().chunk_rows(30).atomicity(atomicity);
                let error = Item::upsert(&mut opened(table), &rows, options).unwrap_err();
                let found = (error.kind(), error.sqlstate(), error.row());
                assert_eq!(
                    found,
                    (ErrorKind::Database, Some("SQLITE_ERROR"), Some(last as u64)),
                    "{table} {count}: {error}"
                );
                assert!(!format!("{error} {error:?}").contains("no JSON"), "{error}");
            }
        }
    }
}

/// A connection may allow less than SQLite does.
#[test]
fn a_connection_with_limits_of_its_own_writes_what_is_within_them() {
    const TABLE: &str = "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT)";
    for (limit, most) in [(Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 30), (Limit::SQLITE_LIMIT_SQL_LENGTH, 400)] {
        let mut connection = opened(TABLE);
        connection.set_limit(limit, most).unwrap();
        let report = Item::upsert(&mut connection, items(100), UpsertOptions::new()).unwrap();
        assert_eq!(report.inserted, 100, "{limit:?}");
    }
    for count in [1, 19, 20, 25, 100] {
        let mut connection = opened(TABLE);
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, 3_000).unwrap();
        let mut rows = items(count);
        let middle = rows.len() / 2;
        rows[middle].note = "x".repeat(4_000);
        let error = Item::upsert(&mut connection, &rows, UpsertOptions::new()).unwrap_err();
        assert_eq!((error.kind(), error.row()), (ErrorKind::Database, Some(middle as u64)), "{count}: {error}");
    }
}

/// A transaction that has read is not let wait for the lock: two of them would wait for each other. So the lock comes first.
#[tokio::test]
async fn a_callers_transaction_waits_for_the_lock() {
    let database = Sqlite::fresh().await;
    database.batch("CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT)").await;
    let mut connection = database.connect();
    connection.busy_timeout(Duration::from_secs(60)).unwrap();
    for options in [UpsertOptions::new(), UpsertOptions::new().create_table()] {
        let writer = database.connect();
        writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM item").unwrap();
        let ends = thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            writer.execute_batch("COMMIT").unwrap();
        });
        let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred).unwrap();
        let report = Item::upsert(&mut transaction, items(100), options).unwrap();
        assert_eq!(report.inserted, 100);
        transaction.commit().unwrap();
        ends.join().unwrap();
    }
    // Whoever only looks takes no lock.
    let writer = database.connect();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection.busy_timeout(Duration::ZERO).unwrap();
    let mut transaction = connection.transaction().unwrap();
    Item::verify_blocking(&mut transaction, UpsertOptions::new()).unwrap();
    let error = Item::upsert(&mut transaction, items(1), UpsertOptions::new()).unwrap_err();
    assert!(error.is_retryable(), "{error}");
}

/// What becomes of it nobody knows but the caller, whatever is written elsewhere later.
#[test]
fn promise_3_a_cursor_never_says_that_what_is_in_a_callers_transaction_is_committed() {
    let mut connection = opened("");
    let mut cursor = Item::cursor(items(4), UpsertOptions::new().create_table().chunk_rows(2));
    let mut transaction = connection.transaction().unwrap();
    cursor.write_next_blocking(&mut transaction).unwrap();
    transaction.rollback().unwrap();
    assert_eq!(cursor.report().outcome, Outcome::InCallersTransaction);
    let chunk = cursor.write_next_blocking(&mut connection).unwrap().unwrap();
    assert_eq!(chunk.outcome, Outcome::Committed);
    assert_eq!(cursor.report().outcome, Outcome::InCallersTransaction);
    assert!(cursor.report().to_string().starts_with("4 rows written, the caller's transaction decides"));

    // The table of no rows at all.
    for in_transaction in [true, false] {
        let mut connection = opened("");
        let mut cursor = Item::cursor(items(0), UpsertOptions::new().create_table());
        let mut transaction = connection.transaction().unwrap();
        if in_transaction {
            assert_eq!(cursor.write_next_blocking(&mut transaction).unwrap(), None);
            assert_eq!(cursor.report().outcome, Outcome::InCallersTransaction);
        } else {
            drop(transaction);
            assert_eq!(cursor.write_next_blocking(&mut connection).unwrap(), None);
            assert_eq!(cursor.report().outcome, Outcome::Committed);
        }
    }
}

/// Where a trigger has rolled the caller's transaction back, nothing commits by itself in its name.
#[test]
fn a_callers_transaction_that_the_database_has_ended_takes_no_rows() {
    let mut connection = opened(
        "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT);
         CREATE TRIGGER ends BEFORE INSERT ON item WHEN NEW.id = 7 BEGIN SELECT RAISE(ROLLBACK, 'no'); END",
    );
    let mut transaction = connection.transaction().unwrap();
    Item::upsert(&mut transaction, items(3), UpsertOptions::new()).unwrap();
    let error = Item::upsert(&mut transaction, items(9), UpsertOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert!(transaction.is_autocommit());
    let error = Item::upsert(&mut transaction, items(3), UpsertOptions::new()).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidPlan, Outcome::NotCommitted), "{error}");
    drop(transaction);
    assert_eq!(connection.query_row("SELECT count(*) FROM item", [], |row| row.get(0)), Ok(0));
    // The connection is as good as ever.
    assert_eq!(Item::upsert(&mut connection, items(3), UpsertOptions::new()).unwrap().inserted, 3);
}
