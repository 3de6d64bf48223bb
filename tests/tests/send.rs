//! Futures of every door and every place can be spawned, also from code that is generic over the row and from code whose
//! rows borrow. What is tested is that this compiles; one of each runs.

use std::convert::Infallible;

use futures_util::{StreamExt, stream};
use tests::{Database, MariaDb, Postgres, Sqlite, row};
use tokio::task::JoinHandle;
use upsert::{
    Error, SqlitePool, UpsertOptions, UpsertReport, Upsertable, deadpool_postgres, mysql_async, tokio_postgres,
};

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: String,
}

/// A row that borrows.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "item")]
struct Line<'a> {
    #[upsert(primary_key)]
    id: i64,
    note: &'a str,
}

fn items() -> Vec<Item> {
    vec![Item { id: 1, note: "a".to_owned() }, Item { id: 2, note: "b".to_owned() }]
}

type Spawned = JoinHandle<Result<UpsertReport, Error>>;

/// Tasks that own a place; `$place` lends it to a door.
macro_rules! doors {
    ($module:ident, $owner:ty, $owned:ident => $place:expr) => {
        #[allow(unused_mut, reason = "some places are lent mutably")]
        mod $module {
            use super::*;

            pub(super) fn aupsert<T: tests::AnyRow + 'static>(mut $owned: $owner, rows: Vec<T>) -> Spawned {
                tokio::spawn(async move { T::aupsert($place, rows, UpsertOptions::new().create_table()).await })
            }

            pub(super) fn aupsert_of_stream<T: tests::AnyRow + 'static>(mut $owned: $owner, rows: Vec<T>) -> Spawned {
                tokio::spawn(async move {
                    let rows = stream::iter(rows).map(Ok::<_, Infallible>);
                    T::aupsert($place, rows, UpsertOptions::new()).await
                })
            }

            pub(super) fn chunks<T: tests::AnyRow + 'static>(mut $owned: $owner, rows: Vec<T>) -> Spawned {
                tokio::spawn(async move {
                    let mut chunks = T::aupsert_chunks($place, rows.into_iter(), UpsertOptions::new());
                    while let Some(chunk) = chunks.next().await {
                        chunk?;
                    }
                    Ok(chunks.report().expect("it has ended").clone())
                })
            }

            pub(super) fn cursor<T: tests::AnyRow + 'static>(mut $owned: $owner, rows: Vec<T>) -> Spawned {
                tokio::spawn(async move {
                    let mut cursor = T::cursor(rows, UpsertOptions::new());
                    while cursor.write_next($place).await?.is_some() {}
                    Ok(cursor.report().clone())
                })
            }

            /// Those that write no row.
            pub(super) fn looks<T: tests::AnyRow + 'static>(mut $owned: $owner) -> Spawned {
                tokio::spawn(async move {
                    T::verify($place, UpsertOptions::new()).await?;
                    let differences = T::diff($place, UpsertOptions::new()).await?;
                    let pending = T::pending_changes($place, UpsertOptions::new()).await?;
                    let changes = T::migrate($place, UpsertOptions::new()).await?;
                    assert!(differences.is_empty() && pending.is_empty() && changes.is_empty());
                    T::aupsert($place, Vec::new(), UpsertOptions::new()).await
                })
            }

            pub(super) fn borrowed_rows(mut $owned: $owner, text: String) -> Spawned {
                tokio::spawn(async move {
                    let lines: Vec<Line<'_>> =
                        text.lines().enumerate().map(|(id, note)| Line { id: id as i64, note }).collect();
                    Line::aupsert($place, &lines, UpsertOptions::new()).await?;
                    Line::aupsert($place, stream::iter(&lines).map(Line::clone), UpsertOptions::new()).await?;
                    let mut cursor = Line::cursor(lines.iter().cloned(), UpsertOptions::new());
                    while cursor.write_next($place).await?.is_some() {}
                    drop(cursor);
                    Line::aupsert($place, lines, UpsertOptions::new()).await
                })
            }
        }
    };
}

doors!(postgres_pool, deadpool_postgres::Pool, pool => &pool);
doors!(postgres_pooled_client, deadpool_postgres::Object, client => &mut client);
doors!(postgres_client, tokio_postgres::Client, client => &mut client);
doors!(sqlite_pool, SqlitePool, pool => &pool);
doors!(mysql_pool, mysql_async::Pool, pool => &pool);
doors!(mysql_connection, mysql_async::Conn, connection => &mut connection);
doors!(mysql_own_transaction, mysql_async::Transaction<'static>, transaction => &mut transaction);

/// Transactions borrow their client, so the task owns that. Generic over the row, too.
fn in_transactions<T: tests::AnyRow + Clone + 'static>(
    mut client: tokio_postgres::Client,
    mut pooled: deadpool_postgres::Object,
    rows: Vec<T>,
) -> Spawned {
    tokio::spawn(async move {
        let mut transaction = client.transaction().await.expect("it begins");
        T::verify(&mut transaction, UpsertOptions::new()).await?;
        T::migrate(&mut transaction, UpsertOptions::new().add_columns()).await?;
        T::aupsert(&mut transaction, &rows, UpsertOptions::new()).await?;
        T::aupsert(&mut transaction, stream::iter(rows.clone()), UpsertOptions::new()).await?;
        let mut chunks = T::aupsert_chunks(&mut transaction, rows.clone(), UpsertOptions::new());
        while let Some(chunk) = chunks.next().await {
            chunk?;
        }
        drop(chunks);
        let mut cursor = T::cursor(rows.clone(), UpsertOptions::new());
        while cursor.write_next(&mut transaction).await?.is_some() {}
        transaction.commit().await.expect("it commits");

        let mut transaction = pooled.transaction().await.expect("it begins");
        T::aupsert(&mut transaction, rows.iter().cloned(), UpsertOptions::new()).await?;
        let mut chunks = T::aupsert_chunks(&mut transaction, stream::iter(rows.clone()), UpsertOptions::new());
        while let Some(chunk) = chunks.next().await {
            chunk?;
        }
        drop(chunks);
        let mut cursor = T::cursor(rows.clone(), UpsertOptions::new());
        while cursor.write_next(&mut transaction).await?.is_some() {}
        drop(cursor);
        let report = T::aupsert(&mut transaction, rows, UpsertOptions::new()).await;
        transaction.commit().await.expect("it commits");
        report
    })
}

/// The same of MySQL, whose tables are there.
fn in_transactions_of_mysql<T: tests::AnyRow + Clone + 'static>(
    mut connection: mysql_async::Conn,
    rows: Vec<T>,
) -> Spawned {
    tokio::spawn(async move {
        let options = mysql_async::TxOpts::default();
        let mut transaction = connection.start_transaction(options).await.expect("it begins");
        T::aupsert(&mut transaction, &rows, UpsertOptions::new()).await?;
        T::aupsert(&mut transaction, stream::iter(rows.clone()), UpsertOptions::new()).await?;
        let mut chunks = T::aupsert_chunks(&mut transaction, rows.clone(), UpsertOptions::new());
        while let Some(chunk) = chunks.next().await {
            chunk?;
        }
        drop(chunks);
        let mut cursor = T::cursor(rows.clone(), UpsertOptions::new());
        while cursor.write_next(&mut transaction).await?.is_some() {}
        drop(cursor);
        let report = T::aupsert(&mut transaction, rows, UpsertOptions::new()).await;
        transaction.commit().await.expect("it commits");
        report
    })
}

/// Generic over the row, and a future rather than a task: the caller spawns it.
async fn load<T: tests::AnyRow + 'static>(pool: SqlitePool, rows: Vec<T>) -> Result<UpsertReport, Error> {
    T::aupsert(&pool, rows, UpsertOptions::new()).await
}

#[tokio::test]
async fn futures_of_every_door_can_be_spawned_on_postgres() {
    let database = Postgres::fresh().await;
    let pooled = async || database.pool.get().await.unwrap();
    let text = || "one\ntwo\nthree".to_owned();
    let mut spawned = vec![postgres_pool::aupsert(database.pool.clone(), items())];
    spawned.swap_remove(0).await.unwrap().unwrap();

    spawned.push(postgres_pool::aupsert_of_stream(database.pool.clone(), items()));
    spawned.push(postgres_pool::chunks(database.pool.clone(), items()));
    spawned.push(postgres_pool::cursor(database.pool.clone(), items()));
    spawned.push(postgres_pool::looks::<Item>(database.pool.clone()));
    spawned.push(postgres_pooled_client::looks::<Item>(pooled().await));
    spawned.push(postgres_client::looks::<Item>(database.connect().await));
    spawned.push(postgres_pool::borrowed_rows(database.pool.clone(), text()));
    spawned.push(postgres_pooled_client::aupsert(pooled().await, items()));
    spawned.push(postgres_pooled_client::aupsert_of_stream(pooled().await, items()));
    spawned.push(postgres_pooled_client::chunks(pooled().await, items()));
    spawned.push(postgres_pooled_client::cursor(pooled().await, items()));
    spawned.push(postgres_pooled_client::borrowed_rows(pooled().await, text()));
    spawned.push(postgres_client::aupsert(database.connect().await, items()));
    spawned.push(postgres_client::aupsert_of_stream(database.connect().await, items()));
    spawned.push(postgres_client::chunks(database.connect().await, items()));
    spawned.push(postgres_client::cursor(database.connect().await, items()));
    spawned.push(postgres_client::borrowed_rows(database.connect().await, text()));
    spawned.push(in_transactions(database.connect().await, pooled().await, items()));
    for task in spawned {
        task.await.unwrap().unwrap();
    }
    assert_eq!(database.query("SELECT id FROM item ORDER BY id").await, [row(["0"]), row(["1"]), row(["2"])]);
}

#[tokio::test]
async fn futures_of_every_door_can_be_spawned_on_sqlite() {
    let database = Sqlite::fresh().await;
    let pool = || database.pool.clone();
    sqlite_pool::aupsert(pool(), items()).await.unwrap().unwrap();
    let spawned = [
        sqlite_pool::aupsert_of_stream(pool(), items()),
        sqlite_pool::chunks(pool(), items()),
        sqlite_pool::cursor(pool(), items()),
        sqlite_pool::looks::<Item>(pool()),
        sqlite_pool::borrowed_rows(pool(), "one\ntwo\nthree".to_owned()),
        tokio::spawn(load(pool(), items())),
    ];
    for task in spawned {
        task.await.unwrap().unwrap();
    }
    assert_eq!(database.query("SELECT id FROM item ORDER BY id").await, [row(["0"]), row(["1"]), row(["2"])]);
}

#[tokio::test]
async fn futures_of_every_door_can_be_spawned_on_mariadb() {
    let database = MariaDb::fresh().await;
    let pooled = async || database.pool.get_conn().await.unwrap();
    let text = || "one\ntwo\nthree".to_owned();
    mysql_pool::aupsert(database.pool.clone(), items()).await.unwrap().unwrap();

    let spawned = [
        mysql_pool::aupsert_of_stream(database.pool.clone(), items()),
        mysql_pool::chunks(database.pool.clone(), items()),
        mysql_pool::cursor(database.pool.clone(), items()),
        mysql_pool::looks::<Item>(database.pool.clone()),
        mysql_connection::looks::<Item>(pooled().await),
        mysql_pool::borrowed_rows(database.pool.clone(), text()),
        mysql_connection::aupsert(pooled().await, items()),
        mysql_connection::aupsert_of_stream(database.connect().await, items()),
        mysql_connection::chunks(database.connect().await, items()),
        mysql_connection::cursor(database.connect().await, items()),
        mysql_connection::borrowed_rows(database.connect().await, text()),
        in_transactions_of_mysql(database.connect().await, items()),
    ];
    for task in spawned {
        task.await.unwrap().unwrap();
    }
    // A transaction that owns its connection is rolled back where it ends.
    let begun = async || database.pool.start_transaction(mysql_async::TxOpts::default()).await.unwrap();
    for spawned in [
        mysql_own_transaction::aupsert(begun().await, items()),
        mysql_own_transaction::aupsert_of_stream(begun().await, items()),
        mysql_own_transaction::chunks(begun().await, items()),
        mysql_own_transaction::cursor(begun().await, items()),
        mysql_own_transaction::looks::<Item>(begun().await),
        mysql_own_transaction::borrowed_rows(begun().await, text()),
    ] {
        spawned.await.unwrap().unwrap();
    }
    assert_eq!(database.query("SELECT id FROM item ORDER BY id").await, [row(["0"]), row(["1"]), row(["2"])]);
}
