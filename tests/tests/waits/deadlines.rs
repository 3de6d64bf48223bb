//! Promise 11: every wait has a deadline, and the call returns within a second of it, leaving nothing behind.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use tests::deadlines::{DATABASE, Deadlines, POOL, SHORT, STREAM, assert_is_tried_again, longer_and_longer};
use tests::loading::{Door, Form, Place, watch};
use tests::mariadb::processes;
use tests::{Database, LONGEST, suite};
use upsert::report::{Outcome, Phase};
use upsert::{Atomicity, Dialect, Error, ErrorKind, UpsertOptions, Upsertable};

suite!(
    promise_11_a_busy_pool_is_not_waited_for_without_end,
    promise_11_a_locked_row_is_not_waited_for_without_end,
    promise_11_a_slow_statement_is_not_waited_for_without_end,
    promise_11_a_stalled_stream_is_not_waited_for_without_end,
    no_transaction_is_open_while_a_stream_stalls,
    deadlines_of_zero_and_for_ever,
);

const ITEM: &str = "CREATE TABLE item (id BIGINT PRIMARY KEY, note TEXT NOT NULL)";

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: String,
}

fn items(ids: std::ops::Range<i64>) -> Vec<Item> {
    ids.map(|id| Item { id, note: "new".to_owned() }).collect()
}

/// Nine rows that are there.
async fn some_items<D: Database>(database: &D) {
    database.batch(ITEM).await;
    let values: Vec<String> = (0..9).map(|id| format!("({id}, 'old')")).collect();
    database.batch(&format!("INSERT INTO item VALUES {}", values.join(", "))).await;
}

/// All ways that rows can take to a pool, in three chunks.
fn ways() -> impl Iterator<Item = (Door, Form, Atomicity)> {
    let doors = [Door::Call, Door::Chunks, Door::Cursor];
    let ways = doors.into_iter().flat_map(|door| {
        [Form::Vec, Form::Iterator, Form::Stream]
            .into_iter()
            .flat_map(move |form| [Atomicity::Call, Atomicity::Chunk].map(|atomicity| (door, form, atomicity)))
    });
    // A cursor commits chunk by chunk.
    ways.filter(|(door, _, atomicity)| *door != Door::Cursor || *atomicity == Atomicity::Chunk)
}

fn options(atomicity: Atomicity) -> UpsertOptions {
    UpsertOptions::new().chunk_rows(3).atomicity(atomicity)
}

/// Nothing was written.
fn assert_nothing_written(error: &Error, case: &str) {
    assert_eq!(error.outcome(), Outcome::NotCommitted, "{case}");
    assert_eq!((error.report().rows, error.checkpoint().next_row), (0, 0), "{case}");
}

/// The rows are what they were, and nothing comes later; and the next call finds nothing in its way.
async fn assert_untouched<D: Database>(database: &D, case: &str) {
    database.assert_nothing_left().await;
    let report = database.aupsert(items(0..9), UpsertOptions::new()).await.unwrap();
    assert_eq!(report.updated, 9, "{case}: something was written");
    database.batch("UPDATE item SET note = 'old'").await;
}

async fn promise_11_a_busy_pool_is_not_waited_for_without_end<D: Database>(database: D) {
    some_items(&database).await;
    let mut deadlines = Deadlines::default();
    for (door, form, atomicity) in ways() {
        let case = format!("{door:?} {form:?} {atomicity:?}");
        let (options, rows) = (options(atomicity).pool_timeout(SHORT), items(0..9));
        let taken = database.exhaust_pool().await;
        let error = deadlines.passes(&case, POOL, database.write(Place::Pool, door, form, &rows, options)).await;
        assert_eq!(error.phase(), Phase::Connect, "{case}");
        assert_nothing_written(&error, &case);
        drop(taken);
        assert_untouched(&database, &case).await;
    }

    // It gave its connection back while the stream was awaited, and others took all there are.
    for door in [Door::Call, Door::Chunks] {
        for deadline in longer_and_longer() {
            let (taken, pool) = (Arc::new(Mutex::new(None)), database.clone());
            let take_all = {
                let taken = Arc::clone(&taken);
                async move {
                    let all = pool.exhaust_pool().await;
                    *taken.lock().unwrap() = Some(all);
                    items(5..6).remove(0)
                }
            };
            let rows = stream::iter(items(0..5)).chain(stream::once(take_all)).chain(stream::iter(items(6..9)));
            let options = options(Atomicity::Chunk).pool_timeout(deadline);
            let call = async {
                match door {
                    Door::Chunks => watch(database.aupsert_chunks(rows, options)).await,
                    _ => database.aupsert(rows, options).await,
                }
            };
            let error = deadlines.passes_after(deadline, "resume", POOL, call).await;
            let are_taken = taken.lock().unwrap().is_some();
            drop(taken);
            database.assert_nothing_left().await;
            assert_eq!((error.phase(), error.outcome()), (Phase::Connect, Outcome::NotCommitted));
            if !are_taken {
                // The first connection was not had in time.
                assert_is_tried_again(deadline, "resume", &error);
                continue;
            }
            assert_eq!((error.report().rows, error.checkpoint().next_row), (3, 3), "the first chunk is there");
            assert_eq!(written(&database).await, [0, 1, 2]);
            database.batch("UPDATE item SET note = 'old'").await;
            break;
        }
    }
    deadlines.report("pool", D::NAME);
}

/// On a machine that is busy, the look at the table may take as long as the deadline; then another call is made.
async fn passes_in_write<D: Database>(
    database: &D,
    deadlines: &mut Deadlines,
    case: &str,
    (door, form, atomicity): (Door, Form, Atomicity),
) {
    let rows = items(0..9);
    for deadline in longer_and_longer() {
        let options = options(atomicity).chunk_timeout(deadline);
        let writing = database.write(Place::Pool, door, form, &rows, options);
        let error = deadlines.passes_after(deadline, case, DATABASE, writing).await;
        assert_nothing_written(&error, case);
        if error.phase() == Phase::Write {
            return;
        }
        assert_eq!(error.phase(), Phase::Prepare, "{case}: {error}");
        assert_is_tried_again(deadline, case, &error);
    }
}

async fn promise_11_a_locked_row_is_not_waited_for_without_end<D: Database>(database: D) {
    some_items(&database).await;
    let mut deadlines = Deadlines::default();
    for (door, form, atomicity) in ways() {
        let case = format!("{door:?} {form:?} {atomicity:?}");
        let locked = database.lock_rows("item").await;
        passes_in_write(&database, &mut deadlines, &case, (door, form, atomicity)).await;
        drop(locked);
        assert_untouched(&database, &case).await;
    }
    deadlines.report("locked_row", D::NAME);
}

async fn promise_11_a_slow_statement_is_not_waited_for_without_end<D: Database>(database: D) {
    some_items(&database).await;
    database.batch(&D::slow_down("item")).await;
    let mut deadlines = Deadlines::default();
    for (door, form, atomicity) in ways() {
        let case = format!("{door:?} {form:?} {atomicity:?}");
        passes_in_write(&database, &mut deadlines, &case, (door, form, atomicity)).await;
        database.assert_nothing_left().await;
    }
    assert!(written(&database).await.is_empty());
    deadlines.report("slow_statement", D::NAME);
}

async fn promise_11_a_stalled_stream_is_not_waited_for_without_end<D: Database>(database: D) {
    some_items(&database).await;
    let mut deadlines = Deadlines::default();
    for (door, _, atomicity) in ways().filter(|(_, form, _)| form.is_stream()) {
        for before in [0, 1, 3, 8] {
            let case = format!("{door:?} {atomicity:?} after {before} rows");
            let rows = stream::iter(items(0..before)).chain(stream::pending());
            let options = options(atomicity).stall_timeout(SHORT);
            let error = match door {
                Door::Call => deadlines.passes(&case, STREAM, database.aupsert(rows, options)).await,
                Door::Chunks => deadlines.passes(&case, STREAM, watch(database.aupsert_chunks(rows, options))).await,
                Door::Cursor => {
                    let mut cursor = Item::cursor(rows, options);
                    let all = async {
                        while database.write_next(&mut cursor).await?.is_some() {}
                        Ok(())
                    };
                    deadlines.passes(&case, STREAM, all).await
                }
            };
            let whole = if atomicity == Atomicity::Chunk { before / 3 * 3 } else { 0 };
            assert_eq!((error.phase(), error.outcome()), (Phase::Read, Outcome::NotCommitted), "{case}");
            assert_eq!(error.checkpoint().next_row, whole.cast_unsigned(), "{case}");
            database.assert_nothing_left().await;
            assert_eq!(written(&database).await, (0..whole).collect::<Vec<_>>(), "{case}");
            database.batch("UPDATE item SET note = 'old'").await;
        }
    }
    deadlines.report("stream", D::NAME);
}

async fn no_transaction_is_open_while_a_stream_stalls<D: Database>(database: D) {
    database.batch(ITEM).await;
    let rows = stream::iter(items(0..8)).chain(stream::pending());
    let mut chunks = database.aupsert_chunks(rows, options(Atomicity::Chunk));
    for _ in 0..2 {
        chunks.next().await.unwrap().unwrap();
    }
    let stalled = tokio::time::timeout(Duration::from_millis(100), chunks.next()).await;
    assert!(stalled.is_err());
    assert_nothing_is_held(&database).await;
    drop(chunks);

    // Nor where nobody watches: the call is polled, and dropped by the end of the test.
    database.batch("DELETE FROM item").await;
    let rows = stream::iter(items(0..8)).chain(stream::pending());
    let mut call = database.aupsert(rows, options(Atomicity::Chunk));
    while database.query("SELECT 1 FROM item").await.len() < 6 {
        let waited = tokio::time::timeout(Duration::from_millis(20), &mut call).await;
        assert!(waited.is_err(), "its stream never ends");
    }
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut call).await.is_err());
    // It may still have to hear that they are committed.
    tokio::select! {
        _ = &mut call => panic!("its stream never ends"),
        () = assert_nothing_is_held(&database) => {}
    }
}

/// Nobody stands in the way, and nobody has a transaction open, or a connection of the pool.
async fn assert_nothing_is_held<D: Database>(database: &D) {
    database.batch("UPDATE item SET note = 'by the judge'").await;
    database.assert_nothing_left().await;
    let open_transactions = match D::DIALECT {
        Dialect::Postgres => Some(
            "SELECT state FROM pg_stat_activity
             WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()",
        ),
        Dialect::MySql => Some(
            "SELECT id FROM information_schema.innodb_trx JOIN PROCESSES ON id = trx_mysql_thread_id
             WHERE db = DATABASE() AND id <> CONNECTION_ID()",
        ),
        // Only one can write, and the judge has written.
        _ => None,
    };
    if let Some(open_transactions) = open_transactions {
        // One whose rows are seen already may not have come to its very end. The stream stalls for ever.
        let (open_transactions, began) = (open_transactions.replace("PROCESSES", processes()), Instant::now());
        while !database.query(&open_transactions).await.is_empty() {
            assert!(began.elapsed() < LONGEST, "a transaction is open");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert_eq!(written(database).await, [0_i64; 0]);
}

async fn deadlines_of_zero_and_for_ever<D: Database>(database: D) {
    some_items(&database).await;
    let mut deadlines = Deadlines::default();
    for (door, form, atomicity) in ways() {
        let case = format!("{door:?} {form:?} {atomicity:?}");
        let rows = items(0..9);
        let of = |timeout| options(atomicity).pool_timeout(timeout).chunk_timeout(timeout).stall_timeout(timeout);
        database.write(Place::Pool, door, form, &rows, of(Duration::MAX)).await.unwrap();

        // The database is too slow for that, or by chance it is not.
        let written = database.write(Place::Pool, door, form, &rows, of(Duration::ZERO));
        if let Err(error) = deadlines.in_time(Duration::ZERO, &case, written).await {
            assert_eq!(error.kind(), ErrorKind::Timeout, "{case}: {error}");
        }
        database.assert_nothing_left().await;
    }
    // A connection that is idle is there without waiting, and so is the next row of a stream that has it.
    let zero = UpsertOptions::new().pool_timeout(Duration::ZERO).stall_timeout(Duration::ZERO);
    database.aupsert(items(0..1), UpsertOptions::new()).await.unwrap();
    // The pool may need a moment to have it back.
    let began = Instant::now();
    while let Err(error) = database.aupsert(stream::iter(items(0..9)), zero.clone().chunk_rows(3)).await {
        assert!(error.phase() == Phase::Connect && began.elapsed() < LONGEST, "{error}");
        database.ask().await;
    }
}

/// The rows that a call has changed.
async fn written<D: Database>(database: &D) -> Vec<i64> {
    let rows = database.query("SELECT id FROM item WHERE note = 'new' ORDER BY id").await;
    rows.iter().map(|row| row[0].as_ref().unwrap().parse().unwrap()).collect()
}
