//! Changes of tables that others read, write, hide and refer to meanwhile.

use std::time::{Duration, Instant};

use tests::loading::Place;
use tests::mariadb_server::either;
use tests::{Database, LONGEST, MariaDb, Postgres, Sqlite, row, run};
use upsert::change::ChangeKind;
use upsert::{ErrorKind, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Stock {
    #[upsert(primary_key)]
    id: i64,
    note: Option<i32>,
}

fn adapt() -> UpsertOptions {
    UpsertOptions::new().adapt_empty_columns().widen().add_columns().rebuild_table()
}

const STOCK: &str =
    "DROP TABLE IF EXISTS stock; CREATE TABLE stock (id bigint PRIMARY KEY, note text); INSERT INTO stock VALUES (1)";

/// What a transaction cannot see is there all the same.
#[test]
fn promise_7_a_change_loses_no_value_that_its_transaction_cannot_see() {
    run(async |database: Postgres| {
        for level in ["REPEATABLE READ", "SERIALIZABLE"] {
            database.batch(STOCK).await;
            let mut client = database.connect().await;
            client.batch_execute(&format!("BEGIN ISOLATION LEVEL {level}; SELECT 1 FROM pg_class")).await.unwrap();
            database.batch("INSERT INTO stock VALUES (2, 'precious')").await;
            let error = Stock::migrate(&mut client, adapt()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPlan);
            assert!(error.to_string().contains("REPEATABLE READ"), "{error}");
            client.batch_execute("COMMIT").await.unwrap();
            assert_eq!(database.query("SELECT note FROM stock WHERE id = 2").await, [row(["precious"])]);
        }
        // Where that is the session's own level, ours is another.
        let mut client = database.connect().await;
        client.batch_execute("SET default_transaction_isolation = 'repeatable read'").await.unwrap();
        database.batch("UPDATE stock SET note = NULL").await;
        let mut writer = database.connect().await;
        let writing = writer.transaction().await.unwrap();
        writing.execute("UPDATE stock SET note = 'precious' WHERE id = 2", &[]).await.unwrap();
        let migrating = tokio::spawn(async move { Stock::migrate(&mut client, adapt()).await });
        database.until_so_many_wait_for_locks(1).await;
        writing.commit().await.unwrap();
        let error = migrating.await.unwrap().unwrap_err();
        assert!(error.to_string().contains("not empty"), "{error}");
        assert_eq!(database.query("SELECT note FROM stock WHERE id = 2").await, [row(["precious"])]);
    });
}

#[test]
fn promise_7_a_change_loses_no_value_that_a_policy_hides() {
    run(async |database: Postgres| {
        database
            .batch(
                "CREATE ROLE keeper_of_stock; CREATE TABLE stock (id bigint PRIMARY KEY, note text, tenant int);
                 INSERT INTO stock VALUES (1, NULL, 1), (2, 'precious', 2);
                 ALTER TABLE stock OWNER TO keeper_of_stock; ALTER TABLE stock ENABLE ROW LEVEL SECURITY;
                 ALTER TABLE stock FORCE ROW LEVEL SECURITY; CREATE POLICY own ON stock USING (tenant = 1)",
            )
            .await;
        let mut client = database.connect().await;
        client.batch_execute("SET ROLE keeper_of_stock").await.unwrap();
        let error = Stock::migrate(&mut client, adapt()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database, "{error}");
        assert_eq!(database.query("SELECT note FROM stock WHERE id = 2").await, [row(["precious"])]);
        drop(client);
        database.batch("DROP TABLE stock; DROP ROLE keeper_of_stock").await;
    });
}

/// Everybody waits behind whoever waits for a table's lock: that is not for long, whatever became of the call.
#[test]
fn a_change_that_waits_for_a_reader_does_not_keep_others_waiting() {
    run(async |database: Postgres| {
        database.batch(STOCK).await;
        let mut reader = database.connect().await;
        let reading = reader.transaction().await.unwrap();
        reading.query("SELECT * FROM stock", &[]).await.unwrap();
        for dropped in [false, true] {
            let mut waited = Vec::new();
            // The machine may be busy with something else meanwhile, but not each time.
            while waited.last().is_none_or(|waited| *waited >= Duration::from_secs(5)) {
                assert!(waited.len() < 5, "{waited:?}");
                let mut client = database.connect().await;
                client.batch_execute("SET lock_timeout = 400").await.unwrap();
                let began = Instant::now();
                let migrating = Stock::migrate(&mut client, adapt());
                let limit = if dropped { Duration::from_millis(200) } else { Duration::MAX };
                let migrated = tokio::time::timeout(limit, migrating).await;
                assert!(dropped || migrated.is_ok());
                // A timer that is late drops what is over.
                if let Ok(migrated) = migrated {
                    let error = migrated.unwrap_err();
                    assert_eq!((error.sqlstate(), error.is_retryable()), (Some("55P03"), true), "{error}");
                }
                // The next reader is not kept.
                let other = database.connect().await;
                let reading = tokio::time::timeout(LONGEST, other.query("SELECT * FROM stock", &[]));
                reading.await.expect("it is kept").unwrap();
                waited.push(began.elapsed());
            }
        }
        drop(reading);
        database.migrate::<Stock>(Place::Pool, adapt()).await.unwrap();
        // In a transaction of the caller's it is as it was.
        let mut client = database.connect().await;
        let mut transaction = client.transaction().await.unwrap();
        transaction.batch_execute("SET LOCAL lock_timeout = 77777; ALTER TABLE stock DROP COLUMN note").await.unwrap();
        Stock::migrate(&mut transaction, adapt()).await.unwrap();
        let left: String = transaction.query_one("SHOW lock_timeout", &[]).await.unwrap().get(0);
        assert_eq!(left, "77777ms");
    });
}

#[derive(Clone, Debug, Upsertable)]
struct Parent {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Clone, Debug, Upsertable)]
struct Child {
    #[upsert(primary_key)]
    id: i64,
    parent: i64,
}

/// A foreign key is made anew with either of its tables.
#[test]
fn promise_5_no_deadlock_of_changes_of_two_tables() {
    run(async |database: Postgres| {
        for round in 0..8 {
            database
                .batch(
                    "DROP TABLE IF EXISTS child, parent; CREATE TABLE parent (id int PRIMARY KEY);
                     CREATE TABLE child (id int PRIMARY KEY, parent int NOT NULL REFERENCES parent);
                     INSERT INTO parent SELECT generate_series(1, 3000); INSERT INTO child SELECT n, n FROM generate_series(1, 3000) AS n",
                )
                .await;
            let widen = || UpsertOptions::new().widen();
            let (parent, child) = tokio::join!(
                database.migrate::<Parent>(Place::Pool, widen()),
                database.migrate::<Child>(Place::Pool, widen())
            );
            assert!(parent.is_ok() && child.is_ok(), "round {round}: {parent:?} {child:?}");
        }
    });
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(
    unique(expr = "lower(email)", name = "one_for_each_email"),
    index(name, where = "email <> ''"),
    unique(name, city)
)]
struct Person {
    #[upsert(primary_key)]
    id: i64,
    name: Option<String>,
    city: Option<String>,
    email: Option<String>,
}

/// Keys on expressions, and of some rows, may name a column that is added; others are made once all of their columns are there.
#[test]
fn what_depends_on_columns_that_are_added_comes_with_them() {
    run(async |database: Postgres| {
        database.batch("CREATE TABLE person (id bigint PRIMARY KEY)").await;
        let differences = Person::diff(&database.pool, UpsertOptions::new()).await.unwrap();
        assert_eq!(differences.len(), 3);
        // Each tells all that is of its kind, so that it can be done.
        database.batch(&differences[0].change().unwrap().to_string()).await;
        let added = database.shape("person").await;
        database.batch("DROP TABLE person").await;
        Person::migrate(&database.pool, UpsertOptions::new().create_table()).await.unwrap();
        assert_eq!(added, database.shape("person").await);
        database.batch("ALTER TABLE person DROP COLUMN city").await;
        Person::migrate(&database.pool, UpsertOptions::new().add_columns()).await.unwrap();
        assert_eq!(added, database.shape("person").await);
    });
}

#[test]
fn a_partitioned_table_has_columns_that_are_not_null() {
    run(async |database: Postgres| {
        database
            .batch(
                "CREATE TABLE stock (id bigint PRIMARY KEY, note int NOT NULL, must text NOT NULL) PARTITION BY RANGE (id);
                 CREATE TABLE low PARTITION OF stock FOR VALUES FROM (0) TO (100)",
            )
            .await;
        let error = database.verify::<Stock>(Place::Pool, UpsertOptions::new()).await.unwrap_err();
        assert!(error.to_string().contains("`must`"), "{error}");
        let told = database.snapshot(&["stock"]).await.remove(0).to_string();
        assert!(told.contains("column \"must\" \"text\" not_null takes"), "{told}");
        database.batch("ALTER TABLE stock ALTER must SET DEFAULT 'x'").await;
        let error = database.aupsert(vec![Stock { id: 1, note: None }], UpsertOptions::new()).await.unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(0), Some("note")));
        // A trigger of a partition may fill it.
        database
            .batch(
                "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := 7; RETURN NEW; END';
                 CREATE TRIGGER fill BEFORE INSERT ON low FOR EACH ROW EXECUTE FUNCTION fill()",
            )
            .await;
        assert_eq!(
            database.aupsert(vec![Stock { id: 1, note: None }], UpsertOptions::new()).await.unwrap().inserted,
            1
        );
    });
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "numbered")]
struct Numbered {
    #[upsert(primary_key)]
    id: i64,
    n: i32,
}

#[test]
fn a_sequence_is_widened_and_never_narrowed() {
    run(async |database: Postgres| {
        database
            .batch(
                "CREATE TABLE numbered (id bigint PRIMARY KEY, n smallint NOT NULL); CREATE SEQUENCE large OWNED BY numbered.n;
                 ALTER TABLE numbered ALTER n SET DEFAULT nextval('large'); SELECT setval('large', 5000000000)",
            )
            .await;
        database.migrate::<Numbered>(Place::Pool, UpsertOptions::new().widen()).await.unwrap();
        assert_eq!(database.query("SELECT nextval('large')::text").await, [row(["5000000001"])]);
    });
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "stock")]
struct Counted {
    #[upsert(primary_key)]
    id: i64,
    note: Option<i32>,
}

#[test]
fn sqlite_rebuilds_a_table_with_its_numbers_and_never_its_key() {
    run(async |database: Sqlite| {
        database
            .batch(
                "CREATE TABLE Stock (id INTEGER PRIMARY KEY /* not AUTOINCREMENT? */ AUTOINCREMENT, note BLOB);
                 INSERT INTO stock (id) VALUES (1), (1000); DELETE FROM stock WHERE id = 1000",
            )
            .await;
        let changes = database.migrate::<Counted>(Place::Pool, adapt()).await.unwrap();
        assert_eq!(
            changes.iter().map(upsert::change::Change::kind).collect::<Vec<_>>(),
            [ChangeKind::AdaptEmptyColumns]
        );
        database.batch("INSERT INTO stock (note) VALUES (1)").await;
        assert_eq!(database.query("SELECT max(id) FROM stock").await, [row(["1001"])]);

        database
            .batch(
                "DROP TABLE stock; CREATE TABLE stock (id BLOB PRIMARY KEY, note INTEGER);
                 INSERT INTO stock (rowid, id) VALUES (5, NULL), (9, NULL)",
            )
            .await;
        let before = database.table("stock").await;
        let error = database.migrate::<Counted>(Place::Pool, adapt()).await.unwrap_err();
        assert!(error.to_string().contains("`id` of type BLOB"), "{error}");
        assert_eq!(database.table("stock").await, before);
        // A word in a comment makes no numbers.
        database
            .batch("DROP TABLE stock; CREATE TABLE stock (id INTEGER PRIMARY KEY, note BLOB /* AUTOINCREMENT */)")
            .await;
        database.migrate::<Counted>(Place::Pool, adapt()).await.unwrap();
    });
}

#[test]
fn a_foreign_key_that_holds_a_column_is_named_on_mariadb() {
    #[derive(Clone, Debug, Upsertable)]
    struct Parent {
        #[upsert(primary_key)]
        id: i64,
    }

    #[derive(Clone, Debug, Upsertable)]
    struct Child {
        #[upsert(primary_key)]
        id: i64,
        parent: Option<i64>,
    }

    run(async |database: MariaDb| {
        database
            .batch(
                "CREATE TABLE parent (id int PRIMARY KEY);
                 CREATE TABLE child (id bigint PRIMARY KEY, parent int, CONSTRAINT `its parent` FOREIGN KEY (parent) REFERENCES parent (id))",
            )
            .await;
        let of_child = database.migrate::<Child>(Place::Pool, adapt()).await.unwrap_err();
        let of_parent = database.migrate::<Parent>(Place::Pool, adapt()).await.unwrap_err();
        for (error, column) in [(of_child, "parent"), (of_parent, "id")] {
            assert_eq!((error.column(), error.constraint()), (Some(column), Some("its parent")), "{error}");
            let condition = either("FK_COLUMN_CANNOT_CHANGE", "FK_INCOMPATIBLE_COLUMNS");
            assert!(error.to_string().contains(condition), "{error}");
        }
    });
}
