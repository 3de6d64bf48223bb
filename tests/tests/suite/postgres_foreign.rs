//! What others do to a table, to the search path and to a pool's connections changes no row and no value of a call.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tests::loading::Place;
use tests::postgres::query;
use tests::{Database, Postgres, row};
use upsert::change::{Change, ChangeKind};
use upsert::deadpool_postgres::Manager;
use upsert::report::Outcome;
use upsert::tokio_postgres::NoTls;
use upsert::tokio_postgres::error::SqlState;
use upsert::{Atomicity, ColumnValue, ErrorKind, UpsertOptions, UpsertReport, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Price {
    #[upsert(primary_key)]
    id: i64,
    amount: Option<String>,
}

fn price(id: i64, amount: &str) -> Price {
    Price { id, amount: Some(amount.to_owned()) }
}

/// Somebody gave a connection back in the middle of a transaction, in which tables are other ones.
#[tokio::test]
async fn promise_4_a_transaction_that_was_left_open_leads_no_row_astray() {
    let database = Postgres::fresh().await;
    let table = "price (id bigint PRIMARY KEY, amount text)";
    database.batch(&format!("CREATE SCHEMA tenant; CREATE TABLE tenant.{table}; CREATE TABLE {table}")).await;
    for (number, left) in [
        "BEGIN; SET LOCAL search_path = tenant, public",
        "BEGIN; DROP TABLE price",
        "BEGIN; ALTER TABLE price RENAME TO cost; CREATE TABLE price (id text PRIMARY KEY, amount boolean)",
    ]
    .into_iter()
    .enumerate()
    {
        for _ in 0..database.pool.status().max_size {
            database.pool.get().await.unwrap().batch_execute("SELECT 1").await.unwrap();
        }
        database.pool.get().await.unwrap().batch_execute(left).await.unwrap();
        let id = i64::try_from(number).unwrap();
        let report = Price::aupsert(&database.pool, [price(id, "1")], UpsertOptions::new().create_table()).await;
        assert_eq!(report.expect(left).inserted, 1, "{left}");
    }
    assert_eq!(database.table("price").await.len(), 3);
    let client = database.connect().await;
    assert!(query(&client, "SELECT * FROM tenant.price").await.is_empty());
}

#[derive(Clone, Upsertable)]
#[upsert(table = "price", index(amount, name = "by_amount"))]
struct Indexed {
    #[upsert(primary_key)]
    id: i64,
    amount: i64,
}

/// An index that could not be made concurrently stays, and finds nothing.
#[tokio::test]
async fn an_index_that_is_not_valid_is_made_anew() {
    #[derive(Upsertable)]
    #[upsert(table = "price")]
    struct ByAmount {
        id: i64,
        #[upsert(primary_key)]
        amount: i64,
    }

    let database = Postgres::fresh().await;
    database.batch("CREATE TABLE price (id bigint PRIMARY KEY, amount bigint NOT NULL)").await;
    database.batch("INSERT INTO price VALUES (1, 1), (2, 1)").await;
    let options = || UpsertOptions::new().create_table().defer_indexes();
    let pending = async || {
        let pending = database.pending_changes::<Indexed>(Place::Pool, options()).await.unwrap();
        pending.iter().map(Change::kind).collect::<Vec<_>>()
    };

    // While it is being made, it is left alone.
    let writer = database.connect().await;
    writer.batch_execute("BEGIN; INSERT INTO price VALUES (3, 3)").await.unwrap();
    let maker = database.connect().await;
    let create = "CREATE UNIQUE INDEX CONCURRENTLY by_amount ON price (amount)";
    let making = tokio::spawn(async move { maker.batch_execute(create).await });
    while database.query("SELECT 1 FROM pg_index WHERE NOT indisvalid").await.is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(pending().await.is_empty());
    writer.batch_execute("COMMIT").await.unwrap();
    making.await.unwrap().unwrap_err();

    let error = ByAmount::verify(&database.pool, UpsertOptions::new()).await.unwrap_err();
    assert!(error.to_string().contains("unique"), "{error}");
    assert_eq!(pending().await, [ChangeKind::CreateIndexes]);
    let report = Indexed::aupsert(&database.pool, [Indexed { id: 4, amount: 1 }], options()).await.unwrap();
    assert_eq!(
        report.changes[0].sql(),
        ["DROP INDEX \"public\".\"by_amount\"", "CREATE INDEX \"by_amount\" ON \"public\".\"price\" (\"amount\")"]
    );
    let made = "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'by_amount'::regclass";
    assert_eq!(database.query(made).await, [row(["t", "f"])]);
    assert!(pending().await.is_empty());
    database.assert_nothing_left().await;
}

/// What is made is made at a level that sees what others commit, whatever the session's own is; and not in a transaction that
/// somebody left open, which has a level already.
#[tokio::test]
async fn tables_and_indexes_are_made_at_any_default_isolation() {
    for level in [r"read\ committed", r"repeatable\ read", "serializable"] {
        let database = Postgres::fresh().await;
        let mut config = database.config();
        config.options(format!("-c default_transaction_isolation={level}"));
        let database = database.through(Manager::new(config, NoTls));
        let pool = &database.pool;
        let options = || UpsertOptions::new().create_table().defer_indexes().add_columns().atomicity(Atomicity::Chunk);
        let kinds = |report: UpsertReport| report.changes.iter().map(Change::kind).collect::<Vec<_>>();
        let rows: Vec<_> = (0..9).map(|id| Indexed { id, amount: id }).collect();
        let report = Indexed::aupsert(pool, rows.clone(), options()).await.expect(level);
        assert_eq!(kinds(report), [ChangeKind::CreateTable, ChangeKind::CreateIndexes], "{level}");
        database.batch("ALTER TABLE price DROP amount").await;
        // The other column is new in a table with rows.
        database.batch("DELETE FROM price").await;
        let left_open = async {
            let mut clients = Vec::new();
            for _ in 0..pool.status().max_size {
                clients.push(pool.get().await.unwrap());
            }
            for client in clients {
                client.batch_execute("BEGIN; SELECT FROM price").await.unwrap();
            }
        };
        let rows = stream::iter(rows).chain(stream::once(left_open).filter_map(async |()| None));
        let report = Indexed::aupsert(pool, Box::pin(rows), options()).await.expect(level);
        assert_eq!(kinds(report), [ChangeKind::AddColumns, ChangeKind::CreateIndexes], "{level}");
        assert_eq!(database.query("SELECT count(*) FROM pg_indexes WHERE tablename = 'price'").await, [row(["2"])]);
        database.assert_nothing_left().await;
    }
}

/// A table that is altered between two chunks may do something else with values.
#[tokio::test]
async fn promise_7_a_table_that_is_changed_under_a_call_changes_no_value() {
    #[derive(Upsertable)]
    #[upsert(table = "price")]
    struct Exact {
        #[upsert(primary_key)]
        id: i64,
        amount: i64,
    }

    for change in [
        "ALTER TABLE price ALTER amount TYPE real",
        "ALTER TABLE price RENAME TO cost; CREATE TABLE price (id bigint PRIMARY KEY, amount real)",
    ] {
        for atomicity in [Atomicity::Chunk, Atomicity::Call] {
            let database = Postgres::fresh().await;
            database.batch("CREATE TABLE price (id bigint PRIMARY KEY, amount bigint)").await;
            let admin = database.connect().await;
            let rows = stream::iter(0..4).then(|id| {
                let admin = &admin;
                async move {
                    if id == 2 {
                        admin.batch_execute(change).await.unwrap();
                    }
                    Exact { id, amount: 16_777_217 }
                }
            });
            let options = UpsertOptions::new().chunk_rows(2).atomicity(atomicity);
            let error = Exact::aupsert(&database.pool, Box::pin(rows), options).await.unwrap_err();
            let case = format!("{change} {atomicity:?}: {error}");
            assert_eq!(error.kind(), ErrorKind::ChangedTable, "{case}");
            assert_eq!(error.outcome(), Outcome::NotCommitted, "{case}");
            assert!(error.is_retryable(), "{case}");
            let committed = if atomicity == Atomicity::Chunk { 2 } else { 0 };
            assert_eq!(error.checkpoint().next_row, committed, "{case}");
            assert!(query(&admin, "SELECT 1 FROM price WHERE id >= 2").await.is_empty(), "{case}");

            // Whoever calls again learns what the table is like.
            let again =
                Exact::aupsert(&database.pool, [Exact { id: 3, amount: 16_777_217 }], UpsertOptions::new()).await;
            let again = again.unwrap_err();
            assert_eq!((again.kind(), again.column()), (ErrorKind::InvalidValue, Some("amount")), "{case}");
        }
    }
}

/// Where a transaction keeps its snapshot, the catalogue tells what the table was like; that it is another is found all the same.
#[tokio::test]
async fn promise_7_a_table_that_is_changed_behind_a_snapshot_changes_no_value() {
    #[derive(Upsertable)]
    #[upsert(table = "price")]
    struct Scaled {
        #[upsert(primary_key)]
        id: i64,
        amount: rust_decimal::Decimal,
        note: Option<String>,
    }

    for level in ["read committed", "repeatable read", "serializable"] {
        let database = Postgres::fresh().await;
        database.batch("CREATE TABLE price (id bigint PRIMARY KEY, amount numeric(10, 4), note varchar(9))").await;
        let (admin, mut client) = (database.connect().await, database.connect().await);
        client.batch_execute(&format!("SET default_transaction_isolation = '{level}'")).await.unwrap();
        let scaled = |id| Scaled { id, amount: rust_decimal::Decimal::new(12_345, 4), note: None };
        for change in ["SELECT 1", "ALTER TABLE price ALTER amount TYPE numeric(10, 1)"] {
            let rows = stream::iter(0..4).then(|id| {
                let admin = &admin;
                async move {
                    if id == 2 {
                        admin.batch_execute(change).await.unwrap();
                    }
                    scaled(id)
                }
            });
            let options = UpsertOptions::new().chunk_rows(2).atomicity(Atomicity::Call);
            let written = Scaled::aupsert(&mut client, Box::pin(rows), options).await;
            if change == "SELECT 1" {
                database.batch("TRUNCATE price").await;
                assert_eq!(written.unwrap_or_else(|error| panic!("{level}: {error}")).inserted, 4, "{level}");
                continue;
            }
            let error = written.expect_err(level);
            assert_eq!(
                (error.kind(), error.outcome()),
                (ErrorKind::ChangedTable, Outcome::NotCommitted),
                "{level}: {error}"
            );
        }
    }
}

/// Changes that have nothing to do with the columns that are written are no concern of a call.
#[tokio::test]
async fn a_table_that_is_changed_elsewhere_goes_on() {
    let database = Postgres::fresh().await;
    database.batch("CREATE TABLE price (id bigint PRIMARY KEY, amount text)").await;
    let admin = database.connect().await;
    let rows = stream::iter(0..8).then(|id| {
        let admin = &admin;
        async move {
            let change = match id {
                2 => "ALTER TABLE price ADD seen timestamptz DEFAULT now()",
                4 => "CREATE INDEX ON price (amount); ANALYZE price; TRUNCATE price",
                6 => "ALTER TABLE price DROP seen; CREATE TABLE other ()",
                _ => "SELECT 1",
            };
            admin.batch_execute(change).await.unwrap();
            price(id, "1")
        }
    });
    let report = Price::aupsert(&database.pool, Box::pin(rows), UpsertOptions::new().chunk_rows(2)).await.unwrap();
    assert_eq!(report.inserted, 8);
    assert_eq!(database.table("price").await.len(), 4);
}

/// A function of somebody's own that fits better than the one that is meant.
#[tokio::test]
async fn promise_7_functions_on_the_search_path_are_not_ours() {
    let database = Postgres::fresh().await;
    database
        .batch(
            "CREATE TABLE price (id bigint PRIMARY KEY, amount text);
             CREATE FUNCTION unnest(text[]) RETURNS SETOF text LANGUAGE sql AS
                 $$ SELECT 'other' FROM pg_catalog.unnest($1) $$;
             CREATE FUNCTION unnest(bigint[]) RETURNS SETOF bigint LANGUAGE sql AS
                 $$ SELECT 7::bigint FROM pg_catalog.unnest($1) $$",
        )
        .await;
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(1);
        Price::aupsert(&database.pool, stream::iter([price(1, "a"), price(2, "b")]), options).await.unwrap();
    }
    assert_eq!(database.table("price").await, [row(["1", "a"]), row(["2", "b"])]);
}

/// A call that ends where it looked at the table leaves nothing behind in the caller's transaction.
#[tokio::test]
async fn a_look_that_fails_leaves_no_savepoint() {
    let database = Postgres::fresh().await;
    database.batch("CREATE TABLE price (id bigint PRIMARY KEY, amount text)").await;
    let mut client = database.connect().await;
    let misfit = || UpsertOptions::new().table("pg_class").schema("pg_catalog");
    client.batch_execute("BEGIN").await.unwrap();
    let error = Price::aupsert(&mut client, [price(1, "a")], misfit()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan);
    Price::aupsert(&mut client, [price(2, "b")], UpsertOptions::new()).await.unwrap();
    let mut transaction = client.transaction().await.unwrap();
    let error = Price::aupsert(&mut transaction, [price(1, "a")], misfit()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan);
    Price::aupsert(&mut transaction, [price(3, "c")], UpsertOptions::new()).await.unwrap();
    let left = transaction.batch_execute("RELEASE SAVEPOINT upsert_call").await.unwrap_err();
    assert_eq!(left.code(), Some(&SqlState::S_E_INVALID_SPECIFICATION));
}

/// What may not be looked at is no reason to lose what the caller has done.
#[tokio::test]
async fn a_schema_that_may_not_be_used_leaves_the_callers_transaction_usable() {
    #[derive(Upsertable)]
    #[upsert(schema = "secret", conflict_target(name))]
    struct Numbered {
        #[upsert(primary_key, identity)]
        id: Option<i64>,
        name: String,
    }

    let database = Postgres::fresh().await;
    database
        .batch(
            "CREATE SCHEMA secret;
             CREATE TABLE secret.numbered (
                 id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE
             );
             CREATE TABLE price (id bigint PRIMARY KEY, amount text)",
        )
        .await;
    let role = format!("reader_of_{}", database.name);
    database.batch(&format!("CREATE ROLE {role}; GRANT ALL ON price TO {role}")).await;
    let mut client = database.connect().await;
    client.batch_execute(&format!("SET ROLE {role}")).await.unwrap();
    let mut transaction = client.transaction().await.unwrap();
    Price::aupsert(&mut transaction, [price(1, "a")], UpsertOptions::new()).await.unwrap();
    let error = Numbered::aupsert(&mut transaction, [Numbered { id: None, name: "a".into() }], UpsertOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.sqlstate(), Some("42501"), "{error}");
    Price::aupsert(&mut transaction, [price(2, "b")], UpsertOptions::new()).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(database.table("price").await.len(), 2);
}

/// A setting may give the backslash another meaning in texts.
#[tokio::test]
async fn labels_mean_themselves_whatever_a_backslash_means() {
    #[derive(ColumnValue)]
    enum Slash {
        #[upsert(rename = r"a\b'\n")]
        Back,
    }

    #[derive(Upsertable)]
    struct Path {
        #[upsert(primary_key)]
        id: i64,
        slash: Slash,
    }

    let database = Postgres::fresh().await;
    let mut client = database.connect().await;
    client.batch_execute("SET standard_conforming_strings = off").await.unwrap();
    let options = || UpsertOptions::new().create_table().schema(r"s\' \t");
    client.batch_execute(r#"CREATE SCHEMA "s\' \t""#).await.unwrap();
    Path::aupsert(&mut client, [Path { id: 1, slash: Slash::Back }], options()).await.unwrap();
    assert_eq!(query(&client, r#"SELECT slash FROM "s\' \t".path"#).await, [row([r"a\b'\n"])]);
}

/// A search path may begin with the temporary schema.
#[tokio::test]
async fn a_table_is_created_where_it_is_found() {
    let database = Postgres::fresh().await;
    let mut client = database.connect().await;
    client.batch_execute("SET search_path = pg_temp, public").await.unwrap();
    let report = Price::aupsert(&mut client, [price(1, "a")], UpsertOptions::new().create_table()).await.unwrap();
    assert_eq!(report.inserted, 1);
    assert_eq!(database.table("price").await.len(), 1);
}
