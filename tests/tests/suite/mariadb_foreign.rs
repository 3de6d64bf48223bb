//! What others do to a table and to a pool's connections changes no row and no value of a call to MariaDB.

use futures_util::{StreamExt, stream};
use tests::{Database, MariaDb, row};
use upsert::mysql_async::prelude::Queryable;
use upsert::report::Outcome;
use upsert::{Atomicity, ErrorKind, UpsertOptions, Upsertable};

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
