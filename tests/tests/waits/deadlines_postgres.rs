//! Promise 11 at the places that only PostgreSQL has.

use futures_util::{StreamExt, stream};
use tests::deadlines::{DATABASE, Deadlines, POOL, SHORT, STREAM, assert_is_tried_again, longer_and_longer};
use tests::postgres::{left_in_session, query};
use tests::{Database, Postgres};
use upsert::deadpool_postgres::{Hook, HookError, Manager, Pool};
use upsert::report::{Outcome, Phase};
use upsert::tokio_postgres::{Client, NoTls};
use upsert::{Atomicity, Error, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: String,
}

fn items(ids: std::ops::Range<i64>) -> Vec<Item> {
    ids.map(|id| Item { id, note: "new".to_owned() }).collect()
}

async fn nine_items() -> Postgres {
    let database = Postgres::fresh().await;
    database.batch("CREATE TABLE item (id bigint PRIMARY KEY, note text NOT NULL)").await;
    database.batch("INSERT INTO item SELECT n, 'old' FROM generate_series(0, 8) AS ids(n)").await;
    database
}

fn in_chunks(atomicity: Atomicity) -> UpsertOptions {
    UpsertOptions::new().chunk_rows(3).atomicity(atomicity)
}

/// Loads rows as a call, or with a cursor, which stops at its first error.
macro_rules! load {
    ($place:expr, $rows:expr, $options:expr, $cursor:expr) => {
        async {
            if $cursor {
                let mut cursor = Item::cursor($rows, $options);
                loop {
                    if cursor.write_next($place).await?.is_none() {
                        break Ok(cursor.report().clone());
                    }
                }
            } else {
                Item::aupsert($place, $rows, $options).await
            }
        }
    };
}

/// How many rows a call has changed.
async fn written(client: &Client) -> i64 {
    client.query_one("SELECT count(*) FROM item WHERE note = 'new'", &[]).await.unwrap().get(0)
}

/// On a busy machine a deadline may pass in a commit before the row that is locked. Nobody else can be asked about it.
fn outcome_before(error: &Error) -> Outcome {
    if error.phase() == Phase::Commit { Outcome::InDoubt } else { Outcome::NotCommitted }
}

/// Locks the row with an id until it is dropped.
async fn lock_row(database: &Postgres, id: i64) -> Client {
    let holder = database.connect().await;
    holder.batch_execute(&format!("BEGIN; SELECT 1 FROM item WHERE id = {id} FOR UPDATE")).await.unwrap();
    holder
}

#[tokio::test]
async fn promise_11_a_locked_row_leaves_a_connection_without_a_transaction() {
    let database = nine_items().await;
    let mut client = database.connect().await;
    let mut deadlines = Deadlines::default();
    // The locked row is in the first chunk, and in the second.
    for (id, before) in [(1, 0), (4, 3)] {
        for atomicity in [Atomicity::Call, Atomicity::Chunk] {
            for streamed in [true, false] {
                let case = format!("row {id}, {atomicity:?}, streamed: {streamed}");
                let before = if atomicity == Atomicity::Chunk { before } else { 0 };
                for deadline in longer_and_longer() {
                    let locked = lock_row(&database, id).await;
                    let options = in_chunks(atomicity).chunk_timeout(deadline);
                    let call = if streamed {
                        Item::aupsert(&mut client, stream::iter(items(0..9)), options)
                    } else {
                        Item::aupsert(&mut client, items(0..9), options)
                    };
                    let error = deadlines.passes_after(deadline, &case, DATABASE, call).await;
                    assert_eq!(error.outcome(), outcome_before(&error), "{case}");
                    let told = error.checkpoint().next_row;

                    drop(locked);
                    // What the caller asks next comes behind the rollback.
                    let open =
                        "SELECT 1 WHERE now() <> statement_timestamp() OR pg_current_xact_id_if_assigned() IS NOT NULL";
                    assert!(query(&client, open).await.is_empty(), "{case}: a transaction is open");
                    if error.outcome() == Outcome::NotCommitted {
                        assert_eq!(written(&database.judge).await, told.cast_signed(), "{case}");
                    }
                    database.batch("UPDATE item SET note = 'old'").await;
                    if (error.phase(), told) == (Phase::Write, before) {
                        break;
                    }
                    assert_is_tried_again(deadline, &case, &error);
                }
            }
        }
    }
    Item::aupsert(&mut client, items(0..9), UpsertOptions::new()).await.unwrap();
    deadlines.report("locked_row_connection", Postgres::NAME);
}

#[tokio::test]
async fn promise_11_a_locked_row_leaves_the_callers_transaction_usable() {
    let database = nine_items().await;
    let mut client = database.connect().await;
    let mut deadlines = Deadlines::default();
    for (id, before) in [(1, 0), (4, 3)] {
        for atomicity in [Atomicity::Call, Atomicity::Chunk] {
            let case = format!("row {id}, {atomicity:?}");
            let before = if atomicity == Atomicity::Chunk { before } else { 0 };
            for deadline in longer_and_longer() {
                let mut transaction = client.transaction().await.unwrap();
                transaction.batch_execute("INSERT INTO item VALUES (100, 'new')").await.unwrap();
                let locked = lock_row(&database, id).await;
                let options = in_chunks(atomicity).chunk_timeout(deadline);
                let call = Item::aupsert(&mut transaction, stream::iter(items(0..9)), options);
                let error = deadlines.passes_after(deadline, &case, DATABASE, call).await;
                assert_eq!(error.outcome(), outcome_before(&error), "{case}");
                let told = error.checkpoint().next_row;

                drop(locked);
                transaction.batch_execute("INSERT INTO item VALUES (101, 'new')").await.unwrap();
                transaction.commit().await.unwrap();
                if error.outcome() == Outcome::NotCommitted {
                    let written = written(&database.judge).await;
                    assert_eq!(written, 2 + told.cast_signed(), "{case}: the caller's rows, and chunks before");
                }
                database.batch("DELETE FROM item WHERE id >= 100; UPDATE item SET note = 'old'").await;
                if (error.phase(), told) == (Phase::Write, before) {
                    break;
                }
                assert_is_tried_again(deadline, &case, &error);
            }
        }
    }
    deadlines.report("locked_row_transaction", Postgres::NAME);
}

/// A stream that stalls in the third chunk, before places that were lent.
#[tokio::test]
async fn promise_11_a_stalled_stream_leaves_what_was_lent_usable() {
    let database = nine_items().await;
    let mut client = database.connect().await;
    let mut deadlines = Deadlines::default();
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        for cursor in [false, true] {
            if cursor && atomicity == Atomicity::Call {
                continue;
            }
            let rows = || stream::iter(items(0..8)).chain(stream::pending());
            let options = || in_chunks(atomicity).stall_timeout(SHORT);
            let before = if atomicity == Atomicity::Chunk { 6 } else { 0 };

            let case = format!("a connection, {atomicity:?}, cursor: {cursor}");
            let error = deadlines.passes(&case, STREAM, load!(&mut client, rows(), options(), cursor)).await;
            assert_eq!((error.phase(), error.checkpoint().next_row), (Phase::Read, before), "{case}");
            let open = "SELECT 1 WHERE now() <> statement_timestamp() OR pg_current_xact_id_if_assigned() IS NOT NULL";
            assert!(query(&client, open).await.is_empty(), "{case}: a transaction is open");
            assert_eq!(left_in_session(&client).await, [""; 0], "{case}");
            assert_eq!(written(&database.judge).await, before.cast_signed(), "{case}");
            database.batch("UPDATE item SET note = 'old'").await;

            let case = format!("a transaction, {atomicity:?}, cursor: {cursor}");
            let mut transaction = client.transaction().await.unwrap();
            transaction.batch_execute("INSERT INTO item VALUES (100, 'new')").await.unwrap();
            let error = deadlines.passes(&case, STREAM, load!(&mut transaction, rows(), options(), cursor)).await;
            assert_eq!((error.phase(), error.checkpoint().next_row), (Phase::Read, before), "{case}");
            transaction.batch_execute("INSERT INTO item VALUES (101, 'new')").await.unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(written(&database.judge).await, 2 + before.cast_signed(), "{case}");
            database.batch("DELETE FROM item WHERE id >= 100; UPDATE item SET note = 'old'").await;
        }
    }
    deadlines.report("stalled_streams_lent", Postgres::NAME);
}

/// A connection on which somebody left a transaction open is given up, and another one is waited for as the first was.
#[tokio::test]
async fn promise_11_a_pool_of_foreign_transactions() {
    let database = nine_items().await;
    let mut deadlines = Deadlines::default();
    for left_open in ["BEGIN", "BEGIN; SELECT 1 / 0"] {
        let foreign = database.pool.get().await.unwrap();
        // The second one fails, and leaves its transaction aborted.
        drop(foreign.batch_execute(left_open).await);
        let others = [(); 3].map(|()| database.pool.get());
        let others = futures_util::future::join_all(others).await;
        drop(foreign);

        let options = UpsertOptions::new().pool_timeout(SHORT);
        // It has the connection once it was polled; somebody else waits for the room that it makes by giving it up.
        let call = deadlines.passes(left_open, POOL, Item::aupsert(&database.pool, items(0..9), options));
        let (error, room) = tokio::join!(call, database.pool.get());
        drop(room);
        assert_eq!((error.phase(), error.outcome()), (Phase::Connect, Outcome::NotCommitted), "{left_open}");
        drop(others);
        database.assert_nothing_left().await;
        assert_eq!(written(&database.judge).await, 0);
    }

    // Every new connection has one.
    let begin = Hook::async_fn(|client: &mut upsert::deadpool_postgres::ClientWrapper, _| {
        Box::pin(async move { client.batch_execute("BEGIN").await.map_err(HookError::Backend) })
    });
    let manager = Manager::new(database.config(), NoTls);
    let pool = Pool::builder(manager).post_create(begin).build().unwrap();
    let call = Item::aupsert(&pool, items(0..9), UpsertOptions::new().chunk_timeout(SHORT));
    let error = deadlines.passes("all of them", DATABASE, call).await;
    assert_eq!(error.outcome(), Outcome::NotCommitted);
    deadlines.report("foreign_transactions", Postgres::NAME);
}
