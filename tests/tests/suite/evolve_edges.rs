//! Changes that would leave a table other than it should be, and what is said of those that cannot be made.

use tests::loading::{PLACES, Place};
use tests::{Database, MariaDb, Postgres, Sqlite, row, run};
use upsert::change::Severity;
use upsert::{ColumnValue, Dialect, ErrorKind, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Stock {
    #[upsert(primary_key)]
    id: i64,
    note: Option<i32>,
}

fn adapt() -> UpsertOptions {
    UpsertOptions::new().adapt_empty_columns().widen().add_columns().rebuild_table()
}

#[derive(Clone, Copy, Debug, ColumnValue)]
enum Mood {
    Sad,
    Glad,
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "stock")]
struct Moody {
    #[upsert(primary_key)]
    id: i64,
    note: Option<Mood>,
}

/// Its NULLs would become numbers, were it an INTEGER then.
#[test]
fn promise_7_sqlite_adapts_no_column_of_the_tables_own_key() {
    run(async |database: Sqlite| {
        database
            .batch(
                "CREATE TABLE stock (note BLOB PRIMARY KEY, id INTEGER NOT NULL UNIQUE); INSERT INTO stock (id) VALUES (10), (20)",
            )
            .await;
        let before = database.table("stock").await;
        for place in PLACES {
            let error = database.migrate::<Stock>(place, adapt()).await.unwrap_err();
            assert!(
                error.to_string().contains("`note` of another type than the struct, and it is of the table's"),
                "{error}"
            );
            assert!(database.pending_changes::<Stock>(place, adapt()).await.is_err());
            assert_eq!(database.table("stock").await, before);
        }
    });
}

/// It takes integers, as their digits: an option that is asked for changes its type, and where it cannot, nothing is in the way.
#[test]
fn sqlite_adapts_an_empty_column_of_texts_to_integers() {
    run(async |database: Sqlite| {
        let create = "DROP TABLE IF EXISTS other; DROP TABLE IF EXISTS stock; CREATE TABLE stock (id INTEGER PRIMARY KEY NOT NULL, note TEXT) STRICT";
        let rows = || vec![Stock { id: 1, note: Some(7) }, Stock { id: 2, note: None }];
        for place in PLACES {
            for (value, refers, adapted) in [("NULL", false, true), ("'5'", false, false), ("NULL", true, false)] {
                database.batch(&format!("{create}; INSERT INTO stock VALUES (1, {value}), (3, NULL)")).await;
                if refers {
                    database.batch("CREATE TABLE other (stock INTEGER REFERENCES stock)").await;
                }
                let differences = database.diff::<Stock>(place, UpsertOptions::new()).await.unwrap();
                let told =
                    differences.iter().find(|one| one.column() == Some("note") && one.severity() == Severity::Note);
                let words = told.expect("integers would be held as text").to_string();
                assert!(words.contains("as the text of its digits (`UpsertOptions::adapt_empty_columns`"), "{words}");
                database.verify::<Stock>(place, UpsertOptions::new()).await.unwrap();
                let pending = database.pending_changes::<Stock>(place, adapt()).await.unwrap();
                let changes = database.migrate::<Stock>(place, adapt()).await.unwrap();
                assert_eq!(changes.len(), usize::from(adapted), "{value} {refers}: {changes:?}");
                assert_eq!(pending.len(), changes.len());
                // Nor does it matter to what is asked for less.
                for options in [adapt(), UpsertOptions::new().adapt_empty_columns(), UpsertOptions::new()] {
                    let report = database.aupsert(rows(), options).await.unwrap();
                    assert_eq!(report.rows, 2);
                }
                let found = database.query("SELECT typeof(note), note FROM stock WHERE id = 1").await;
                assert_eq!(found, [row([if adapted { "integer" } else { "text" }, "7"])], "{value} {refers}");
            }
        }
    });
}

#[test]
fn a_column_that_is_adapted_to_an_enum_is_checked_as_one_that_is_created() {
    async fn adapted<D: Database>(database: D, other: &str) {
        let create = UpsertOptions::new().create_table();
        database.migrate::<Moody>(Place::Pool, create).await.unwrap();
        let created = database.shape("stock").await;
        // On MySQL nothing is changed in a transaction of the caller's.
        for place in [Place::Pool, Place::Connection] {
            database.batch("DELETE FROM stock").await;
            database.batch("ALTER TABLE stock DROP COLUMN note").await;
            database.batch(&format!("ALTER TABLE stock ADD COLUMN note {other}")).await;
            database.migrate::<Moody>(place, adapt()).await.unwrap();
            assert_eq!(database.shape("stock").await, created);
            let rows = vec![Moody { id: 1, note: Some(Mood::Sad) }, Moody { id: 2, note: Some(Mood::Glad) }];
            database.aupsert(rows, UpsertOptions::new()).await.unwrap();
            assert!(database.diff::<Moody>(place, UpsertOptions::new()).await.unwrap().is_empty());
        }
    }
    run(async |database: Sqlite| {
        adapted(database.through_another_pool(), "BLOB").await;
        let refused = database.connect().execute("INSERT INTO stock VALUES (3, 'none of them')", []);
        assert!(refused.unwrap_err().to_string().contains("CHECK"));
    });
    run(async |database: Postgres| adapted(database, "boolean").await);
    run(async |database: MariaDb| adapted(database, "date").await);
}

/// The table would fit, and take no row.
#[test]
fn sqlite_adapts_no_column_that_a_check_keeps_for_texts() {
    run(async |database: Sqlite| {
        let table = "DROP TABLE IF EXISTS stock; CREATE TABLE stock (id INTEGER PRIMARY KEY, note BLOB CHECK (note IN ('sad')))";
        database.batch(table).await;
        for place in PLACES {
            let error = database.migrate::<Stock>(place, adapt()).await.unwrap_err();
            assert!(error.to_string().contains("a `CHECK` of it that speaks of texts"), "{error}");
        }
        // Those of the struct are allowed already, or more than that.
        database.migrate::<Moody>(Place::Pool, adapt()).await.unwrap();
        let rows = vec![Moody { id: 1, note: Some(Mood::Sad) }];
        database.aupsert(rows, UpsertOptions::new()).await.unwrap();
    });
}

/// The server makes `note = 0` of `note = 'sad'`, and tells nobody.
#[test]
fn mariadb_adapts_no_column_whose_check_would_become_another() {
    run(async |database: MariaDb| {
        for of_table in ["note varchar(9) CHECK (note IN ('sad'))", "note varchar(9), CONSTRAINT c CHECK (note > 'a')"]
        {
            database
                .batch(&format!("DROP TABLE IF EXISTS stock; CREATE TABLE stock (id bigint PRIMARY KEY, {of_table})"))
                .await;
            let before = database.shape("stock").await;
            let error = database.migrate::<Stock>(Place::Pool, adapt()).await.unwrap_err();
            assert!(error.to_string().contains("a `CHECK` of it that speaks of texts"), "{error}");
            assert_eq!(database.shape("stock").await, before);
        }
        database.batch("DROP TABLE stock; CREATE TABLE stock (id bigint PRIMARY KEY, note json, CHECK (id > 0))").await;
        database.migrate::<Stock>(Place::Pool, adapt()).await.unwrap();
    });
}

#[test]
fn a_computed_default_that_sqlite_adds_to_no_rows_is_told_before_it_is_tried() {
    #[derive(Clone, Debug, Upsertable)]
    #[upsert(table = "stock")]
    struct Stamped {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(default = "CURRENT_TIMESTAMP")]
        at: String,
        #[upsert(default = "'new'")]
        state: String,
    }

    run(async |database: Sqlite| {
        let mut connection = database.connect();
        connection
            .execute_batch("CREATE TABLE stock (id INTEGER PRIMARY KEY) STRICT; INSERT INTO stock VALUES (1)")
            .unwrap();
        let words = "has no column `at`, and has rows, to which SQLite adds no column with a default that is computed";
        let pending = Stamped::pending_changes_blocking(&mut connection, adapt()).unwrap_err();
        assert!(
            pending.to_string().contains(words) && pending.to_string().contains("ADD COLUMN \"state\""),
            "{pending}"
        );
        let error = Stamped::migrate_blocking(&mut connection, adapt()).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        let differences = Stamped::diff_blocking(&mut connection, UpsertOptions::new()).unwrap();
        assert!(
            differences.iter().any(|one| one.to_string().contains(words) && one.change().is_none()),
            "{differences:?}"
        );
        connection.execute_batch("DELETE FROM stock").unwrap();
        assert_eq!(Stamped::migrate_blocking(&mut connection, adapt()).unwrap().len(), 1);
    });
}

#[test]
fn a_name_that_something_else_has_is_not_called_a_missing_table() {
    run(async |database: Postgres| {
        for (other, drop) in [
            ("CREATE SEQUENCE stock", "DROP SEQUENCE stock"),
            ("CREATE TABLE shelf (id bigint); CREATE INDEX stock ON shelf (id)", "DROP TABLE shelf"),
            ("CREATE MATERIALIZED VIEW stock AS SELECT 1 AS id", "DROP MATERIALIZED VIEW stock"),
        ] {
            database.batch(other).await;
            let error = database.migrate::<Stock>(Place::Pool, UpsertOptions::new().create_table()).await.unwrap_err();
            assert!(error.to_string().contains("something else has its name"), "{other}: {error}");
            assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{other}");
            database.batch(drop).await;
        }
        database.migrate::<Stock>(Place::Pool, UpsertOptions::new().create_table()).await.unwrap();
    });
}

/// It refuses what is written, whatever it says of the rows that were there, or of tables that inherit.
#[test]
fn labels_are_told_of_a_check_that_is_not_valid_or_not_inherited() {
    run(async |database: Postgres| {
        for behind in ["NOT VALID", "NO INHERIT", "NO INHERIT NOT VALID"] {
            database.batch("DROP TABLE IF EXISTS stock; CREATE TABLE stock (id bigint PRIMARY KEY, note text)").await;
            database.batch(&format!("ALTER TABLE stock ADD CHECK (note IN ('sad', 'so so')) {behind}")).await;
            let differences = database.diff::<Moody>(Place::Pool, UpsertOptions::new()).await.unwrap();
            let [difference] = &differences[..] else { panic!("{behind}: {differences:?}") };
            assert!(difference.to_string().contains("without `glad`"), "{behind}: {difference}");
            // Nobody else's is made anew without what stands behind it.
            database.batch("ALTER TABLE stock DROP CONSTRAINT stock_note_check").await;
            database.batch(&format!("ALTER TABLE stock ADD CHECK (note IN ('sad')) {behind}")).await;
            assert!(database.migrate::<Moody>(Place::Pool, adapt()).await.unwrap().is_empty(), "{behind}");
            let rows = vec![Moody { id: 1, note: Some(Mood::Sad) }, Moody { id: 2, note: Some(Mood::Glad) }];
            let error = database.aupsert(rows, UpsertOptions::new()).await.unwrap_err();
            assert_eq!((error.kind(), error.row()), (ErrorKind::InvalidValue, Some(1)), "{behind}: {error}");
        }
    });
}

#[test]
fn how_values_are_stored_survives_a_longer_type() {
    #[derive(Clone, Debug, Upsertable)]
    #[upsert(table = "stock")]
    struct Noted {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(max_len = 20)]
        note: String,
        more: Option<Vec<u8>>,
    }

    run(async |database: Postgres| {
        database
            .batch(
                "CREATE TABLE stock (id bigint PRIMARY KEY, note varchar(10) COLLATE \"C\" NOT NULL, more text);
                 ALTER TABLE stock ALTER note SET STORAGE EXTERNAL, ALTER note SET STATISTICS 77, ALTER more SET STORAGE MAIN",
            )
            .await;
        let compression = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'pg_attribute'::regclass AND attname = 'attcompression'";
        let has_compression = database.query(compression).await == [row(["1"])];
        if has_compression {
            database.batch("ALTER TABLE stock ALTER note SET COMPRESSION pglz").await;
        }
        let changes = database.migrate::<Noted>(Place::Pool, adapt()).await.unwrap();
        assert_eq!(changes.len(), 2, "{changes:?}");
        let stored =
            "SELECT attname, format_type(atttypid, atttypmod), attstorage, attstattarget = 77 FROM pg_attribute
            WHERE attrelid = 'stock'::regclass AND attnum > 1 ORDER BY 1";
        let stored = database.query(stored).await;
        assert_eq!(stored[1], row(["note", "character varying(20)", "e", "t"]));
        // Another kind of type has its own way.
        assert_eq!(stored[0][..3], row(["more", "bytea", "x"])[..]);
        if has_compression {
            let kept =
                "SELECT attcompression FROM pg_attribute WHERE attrelid = 'stock'::regclass AND attname = 'note'";
            assert_eq!(database.query(kept).await, [row(["p"])]);
        }
    });
}

/// No option changes a view, whatever it lacks.
#[test]
fn no_option_is_named_that_would_change_a_view() {
    async fn told<D: Database>(database: D) {
        database.batch("CREATE TABLE shelf (id int PRIMARY KEY); CREATE VIEW stock AS SELECT id FROM shelf").await;
        let differences = database.diff::<Stock>(Place::Pool, UpsertOptions::new()).await.unwrap();
        // MySQL and SQLite tell so little of a view that no row is written to it.
        let is_compared = D::DIALECT == Dialect::Postgres;
        assert_eq!(differences.iter().any(|one| one.column() == Some("note")), is_compared, "{differences:?}");
        assert!(!differences.is_empty());
        for difference in &differences {
            assert!(!difference.to_string().contains("UpsertOptions::"), "{difference}");
        }
        let error = database.migrate::<Stock>(Place::Pool, adapt()).await.unwrap_err();
        assert!(!error.to_string().contains("UpsertOptions::"), "{error}");
        database.batch("DROP VIEW stock; DROP TABLE shelf").await;
    }
    run(async |database: Postgres| told(database).await);
    run(async |database: Sqlite| told(database).await);
    run(async |database: MariaDb| told(database).await);
}
