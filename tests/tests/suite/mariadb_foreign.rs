//! What others do to a table and to a pool's connections changes no row and no value of a call to MariaDB.

use futures_util::{StreamExt, stream};
use tests::loading::{Door, Form, Place};
use tests::mariadb_server::either;
use tests::{Database, MariaDb, row};
use upsert::mysql_async::prelude::Queryable;
use upsert::report::Outcome;
use upsert::{Atomicity, ColumnValue, ErrorKind, OnConflict, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Price {
    #[upsert(primary_key)]
    id: i64,
    amount: i64,
}

const PRICE: &str = "CREATE TABLE price (id BIGINT PRIMARY KEY, amount BIGINT)";

/// Somebody gave a connection back in the middle of a transaction: what was done in it is neither seen nor committed.
#[test]
fn promise_4_a_transaction_that_was_left_open_on_mariadb_is_not_committed() {
    tests::run(|database: MariaDb| async move {
        database.batch(PRICE).await;
        for left in [
            "BEGIN; INSERT INTO price VALUES (100, 1)",
            "SET autocommit = 0; INSERT INTO price VALUES (100, 1)",
            "START TRANSACTION READ ONLY",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT",
        ] {
            for atomicity in [Atomicity::Call, Atomicity::Chunk] {
                database.batch("DELETE FROM price").await;
                // No connection of this pool is another one.
                let another = database.through_another_pool();
                another.pool.get_conn().await.unwrap().query_drop(left).await.unwrap();
                let rows = [Price { id: 1, amount: 1 }, Price { id: 2, amount: 2 }];
                let options = UpsertOptions::new().create_table().chunk_rows(1).atomicity(atomicity);
                let report = another.aupsert(stream::iter(rows), options).await;
                assert_eq!(report.unwrap_or_else(|error| panic!("{left}: {error}")).inserted, 2, "{left}");
                drop(another);
                assert_eq!(database.table("price").await, [row(["1", "1"]), row(["2", "2"])], "{left} {atomicity:?}");
            }
        }
    });
}

/// Whoever may not see triggers is not told that nothing fills a column.
#[test]
fn a_trigger_that_is_not_shown_fills_a_column_on_mariadb() {
    #[derive(Clone, Upsertable)]
    #[upsert(table = "price")]
    struct Partial {
        #[upsert(primary_key)]
        id: i64,
        amount: Option<i64>,
    }
    tests::run(|database: MariaDb| async move {
        database.batch("CREATE TABLE price (id BIGINT PRIMARY KEY, amount BIGINT NOT NULL)").await;
        database
            .batch("CREATE TRIGGER fill BEFORE INSERT ON price FOR EACH ROW SET NEW.amount = coalesce(NEW.amount, 9)")
            .await;
        let user = format!("blind_{}", database.name);
        database
            .batch(&format!("CREATE USER {user}@localhost; GRANT SELECT, INSERT, UPDATE ON price TO {user}@localhost"))
            .await;
        let blind = database.through(database.config().user(Some(&user)));
        let rows = [Partial { id: 1, amount: Some(1) }, Partial { id: 2, amount: None }];
        let report = blind.aupsert(rows.to_vec(), UpsertOptions::new()).await.unwrap();
        assert_eq!(report.inserted, 2);
        assert_eq!(database.table("price").await, [row(["1", "1"]), row(["2", "9"])]);
        // Where there is none, those who would see it are told; the server tells the others.
        database.batch("DROP TRIGGER fill; DELETE FROM price").await;
        let seeing = database.aupsert(rows.to_vec(), UpsertOptions::new()).await.unwrap_err();
        assert_eq!((seeing.kind(), seeing.row(), seeing.column()), (ErrorKind::InvalidValue, Some(1), Some("amount")));
        let blind = blind.aupsert(rows.to_vec(), UpsertOptions::new()).await.unwrap_err();
        assert_eq!((blind.kind(), blind.column()), (ErrorKind::Database, Some("amount")), "{blind}");
        database.batch(&format!("DROP USER {user}@localhost")).await;
    });
}

/// A temporary table of the same name would swallow the rows.
#[test]
fn a_temporary_table_of_the_same_name_never_swallows_rows_on_mariadb() {
    tests::run(|database: MariaDb| async move {
        database.batch(PRICE).await;
        for atomicity in [Atomicity::Call, Atomicity::Chunk] {
            let mut connection = database.connect().await;
            connection.query_drop(PRICE.replace("TABLE", "TEMPORARY TABLE")).await.unwrap();
            let rows = stream::iter([Price { id: 1, amount: 1 }, Price { id: 2, amount: 2 }]);
            let options = UpsertOptions::new().chunk_rows(1).atomicity(atomicity);
            let written = Price::aupsert(&mut connection, rows, options).await;
            match written {
                // It is refused, or the rows are where they were meant to be.
                Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}"),
                Ok(report) => assert_eq!(database.table("price").await.len() as u64, report.rows),
            }
        }
    });
}

/// A table that is altered between two chunks may do something else with values.
#[test]
fn promise_7_a_table_of_mariadb_that_is_changed_under_a_call_changes_no_value() {
    tests::run(|database: MariaDb| async move {
        for change in [
            "ALTER TABLE price MODIFY amount FLOAT",
            "ALTER TABLE price MODIFY amount VARCHAR(8)",
            "DROP TABLE price; CREATE TABLE price (id BIGINT PRIMARY KEY, amount FLOAT)",
        ] {
            for atomicity in [Atomicity::Chunk, Atomicity::Call] {
                database.batch(&format!("DROP TABLE IF EXISTS price; {PRICE}")).await;
                let rows = stream::iter(0..4).then(|id| {
                    let database = &database;
                    async move {
                        if id == 2 {
                            database.batch(change).await;
                        }
                        Price { id, amount: 16_777_217 }
                    }
                });
                let options = UpsertOptions::new().chunk_rows(2).atomicity(atomicity);
                let error = database.aupsert(Box::pin(rows), options).await.unwrap_err();
                let case = format!("{change} {atomicity:?}: {error}");
                assert_eq!(error.kind(), ErrorKind::ChangedTable, "{case}");
                assert_eq!(error.outcome(), Outcome::NotCommitted, "{case}");
                let committed = if atomicity == Atomicity::Chunk { 2 } else { 0 };
                assert_eq!(error.checkpoint().next_row, committed, "{case}");
                assert!(database.query("SELECT 1 FROM price WHERE id >= 2").await.is_empty(), "{case}");
                database.assert_nothing_left().await;
            }
        }
    });
}

/// Changes that have nothing to do with the columns that are written are no concern of a call.
#[test]
fn a_table_of_mariadb_that_is_changed_elsewhere_goes_on() {
    tests::run(|database: MariaDb| async move {
        database.batch(PRICE).await;
        let rows = stream::iter(0..8).then(|id| {
            let database = &database;
            async move {
                let change = match id {
                    2 => "ALTER TABLE price ADD seen DATETIME DEFAULT CURRENT_TIMESTAMP",
                    4 => "CREATE INDEX i ON price (amount); ANALYZE TABLE price; TRUNCATE price",
                    6 => "ALTER TABLE price DROP seen; CREATE TABLE other (id INT)",
                    _ => "DO 1",
                };
                database.batch(change).await;
                Price { id, amount: 1 }
            }
        });
        let report = database.aupsert(Box::pin(rows), UpsertOptions::new().chunk_rows(2)).await.unwrap();
        assert_eq!(report.inserted, 8);
        assert_eq!(database.table("price").await.len(), 4);
    });
}

const WAYS: [(Form, Atomicity); 3] =
    [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)];

/// The server numbers rows, and a row with the next number is there already.
#[test]
fn promise_1_rows_that_the_next_number_finds_are_never_touched() {
    #[derive(Clone, Debug, Upsertable)]
    struct Reader {
        #[upsert(primary_key, max_len = 40)]
        email: String,
        n: i64,
    }
    const READER: &str = "CREATE TABLE reader (id TINYINT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(40) NOT NULL UNIQUE, n BIGINT NOT NULL";
    tests::run(|database: MariaDb| async move {
        let by_trigger = format!(
            "{READER}); INSERT INTO reader VALUES (2, 'ann@x', 1);
             CREATE TRIGGER numbers BEFORE INSERT ON reader FOR EACH ROW SET NEW.id = 2"
        );
        // The server does not count what a key of another table makes of a number.
        let by_cascade = format!(
            "{READER}, FOREIGN KEY (id) REFERENCES person (id) ON UPDATE CASCADE); INSERT INTO person VALUES (1);
             INSERT INTO reader VALUES (1, 'ann@x', 1); UPDATE person SET id = 2"
        );
        // MySQL gives the last number again, which MariaDB does not.
        let at_the_end = format!("{READER}); INSERT INTO reader VALUES (127, 'ann@x', 1)");
        for create in [by_trigger, by_cascade, at_the_end] {
            for (form, atomicity) in WAYS {
                for on_conflict in [OnConflict::Update, OnConflict::Ignore] {
                    let case = format!("{create} {form:?} {atomicity:?} {on_conflict:?}");
                    let person = "DROP TABLE IF EXISTS reader, person; CREATE TABLE person (id TINYINT PRIMARY KEY)";
                    database.batch(&format!("{person}; {create}")).await;
                    let rows = [Reader { email: "bob@x".to_owned(), n: 99 }];
                    let options = UpsertOptions::new().atomicity(atomicity).on_conflict(on_conflict);
                    let error = database.write(Place::Pool, Door::Call, form, &rows, options).await.expect_err(&case);
                    assert_eq!(error.report().rows, 0, "{case}: {error}");
                    assert_eq!(database.values("SELECT email, n FROM reader").await, ["ann@x", "1"], "{case}");
                }
            }
        }
    });
}

/// Who has privileges on some columns alone is not told of the keys of others.
#[test]
fn promise_1_rows_that_hidden_unique_keys_find_are_never_touched() {
    tests::run(|database: MariaDb| async move {
        let name = &database.name;
        database
            .batch(
                "CREATE TABLE price (id BIGINT PRIMARY KEY, amount BIGINT, code VARCHAR(9) NOT NULL DEFAULT '' UNIQUE)",
            )
            .await;
        let mut admin = database.server.connect().await;
        let grant = format!(
            "CREATE USER some_columns@localhost; GRANT CREATE TEMPORARY TABLES ON {name}.* TO some_columns@localhost;
             GRANT SELECT (id, amount), INSERT (id, amount), UPDATE (id, amount) ON {name}.price TO some_columns@localhost"
        );
        admin.query_drop(grant).await.unwrap();
        let theirs = database.through(database.config().user(Some("some_columns")));
        for (form, atomicity) in WAYS {
            for on_conflict in [OnConflict::Update, OnConflict::Ignore] {
                let case = format!("{form:?} {atomicity:?} {on_conflict:?}");
                database.batch("DELETE FROM price; INSERT INTO price VALUES (1, 1, '')").await;
                let options = || UpsertOptions::new().atomicity(atomicity).on_conflict(on_conflict);
                let rows = [Price { id: 2, amount: 99 }];
                let error = theirs.write(Place::Pool, Door::Call, form, &rows, options()).await.expect_err(&case);
                assert!(error.to_string().contains("another unique key of the table"), "{case}: {error}");
                assert_eq!(database.table("price").await, [row(["1", "1", ""])], "{case}");
                let rows = [Price { id: 1, amount: 5 }];
                let report = theirs.write(Place::Pool, Door::Call, form, &rows, options()).await.expect(&case);
                assert_eq!(report.inserted, 0, "{case}");
            }
        }
    });
}

/// A backslash is an escape where the server tells of labels.
#[test]
fn labels_have_backslashes_on_mariadb() {
    #[derive(Clone, Copy, Debug, PartialEq, ColumnValue)]
    enum Share {
        #[upsert(rename = "\\\\host\\it's")]
        Host,
        #[upsert(rename = "a\nb\\")]
        Lines,
    }
    #[derive(Clone, Debug, Upsertable)]
    struct Mount {
        #[upsert(primary_key)]
        id: i64,
        share: Share,
    }
    tests::run(|database: MariaDb| async move {
        let rows = vec![Mount { id: 1, share: Share::Host }, Mount { id: 2, share: Share::Lines }];
        let report = database.aupsert(rows, UpsertOptions::new().create_table()).await.unwrap();
        assert_eq!(report.inserted, 2);
        assert_eq!(database.values("SELECT share FROM mount ORDER BY id").await, ["\\\\host\\it's", "a\nb\\"]);
    });
}

/// A text without a length may be a unique key of MariaDB, and no primary key.
#[test]
fn keys_without_a_length_are_staged() {
    #[derive(Clone, Debug, Upsertable)]
    struct Page {
        #[upsert(primary_key, max_len = 40)]
        url: String,
        n: i64,
    }
    tests::run(|database: MariaDb| async move {
        let page = |url: &str, n| Page { url: url.to_owned(), n };
        for collation in ["utf8mb4_bin", "utf8mb4_general_ci"] {
            let create = format!(
                "DROP TABLE IF EXISTS page; CREATE TABLE page (url TEXT COLLATE {collation} NOT NULL, n BIGINT, UNIQUE (url))"
            );
            let created = database.judge().await.query_drop(create).await;
            if either(false, true) {
                created.unwrap_err();
                continue;
            }
            created.unwrap();
            for (form, atomicity) in WAYS {
                database.batch("DELETE FROM page; INSERT INTO page VALUES ('a', 1)").await;
                let rows = [page("b", 2), page("a", 2), page("c", 2), page("a", 3)];
                let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(2);
                let report = database.write(Place::Pool, Door::Call, form, &rows, options).await;
                let report = report.unwrap_or_else(|error| panic!("{collation} {form:?} {atomicity:?}: {error}"));
                assert_eq!(report.inserted, 2, "{collation} {form:?} {atomicity:?}");
                let expected = [["a", "3"], ["b", "2"], ["c", "2"]].map(row);
                assert_eq!(database.query("SELECT url, n FROM page ORDER BY url").await, expected);
            }
        }
    });
}
