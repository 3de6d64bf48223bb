//! Without a tokio runtime nothing asynchronous works; it is said, not panicked about.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use futures_util::{StreamExt, stream};
use tests::{Database, Postgres};
use upsert::rusqlite::Connection;
use upsert::{Atomicity, Error, ErrorKind, SqlitePool, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
}

fn items() -> Vec<Item> {
    vec![Item { id: 1 }, Item { id: 2 }]
}

/// What another executor than tokio's would do. Nobody wakes it, so a future has to end by itself.
fn poll<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    for _ in 0..1_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
    panic!("it waits for something");
}

fn assert_says_so(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
    assert!(error.to_string().contains("no tokio runtime"), "{error}");
    assert!(!error.is_retryable(), "{error}");
}

#[test]
fn a_pool_of_sqlite_says_that_there_is_no_runtime() {
    let pool = SqlitePool::memory().unwrap();
    let options = || UpsertOptions::new().create_table().chunk_rows(1);
    assert_says_so(&poll(Item::aupsert(&pool, items(), options())).unwrap_err());
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        let options = options().atomicity(atomicity);
        assert_says_so(&poll(Item::aupsert(&pool, stream::iter(items()), options)).unwrap_err());
    }
    let stalled = stream::iter(items()).chain(stream::pending());
    assert_says_so(&poll(Item::aupsert(&pool, stalled, options())).unwrap_err());
    assert_says_so(&poll(Item::aupsert_chunks(&pool, items(), options()).next()).unwrap().unwrap_err());
    let mut cursor = Item::cursor(items(), options());
    assert_says_so(&poll(cursor.write_next(&pool)).unwrap_err());
    assert_says_so(&poll(pool.with(|_| ())).unwrap_err());

    // Blocking code needs none, and neither does dropping the pool.
    let mut connection = Connection::open_in_memory().unwrap();
    assert!(cursor.write_next_blocking(&mut connection).unwrap().is_some());
    assert_eq!(Item::upsert(&mut connection, items(), options()).unwrap().rows, 2);
}

#[test]
fn places_of_postgres_say_that_there_is_no_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(Postgres::fresh());
    let mut client = runtime.block_on(database.connect());
    let options = || UpsertOptions::new().create_table();
    assert_says_so(&poll(Item::aupsert(&database.pool, items(), options())).unwrap_err());
    assert_says_so(&poll(Item::aupsert(&mut client, items(), options())).unwrap_err());
    // Nothing was written, and both are as good as before.
    runtime.block_on(async {
        assert!(database.columns("item").await.is_empty());
        assert_eq!(Item::aupsert(&mut client, items(), options()).await.unwrap().inserted, 2);
        assert_eq!(Item::aupsert(&database.pool, items(), options()).await.unwrap().unchanged, 2);
        database.assert_nothing_left().await;
    });
}
