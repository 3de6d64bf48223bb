//! Promise 11 where only SQLite can wait: for another program's lock on the file, for its own turn, for a thread.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use futures_util::stream;
use tests::deadlines::{DATABASE, Deadlines, POOL, SHORT, assert_is_tried_again, longer_and_longer};
use tests::sqlite::Journal;
use tests::{Database, LONGEST, Sqlite};
use upsert::report::{Outcome, Phase};
use upsert::rusqlite::Connection;
use upsert::{Atomicity, SqlitePool, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: String,
}

const ITEM: &str = "CREATE TABLE item (id INTEGER PRIMARY KEY, note TEXT NOT NULL)";

fn items(ids: std::ops::Range<i64>) -> Vec<Item> {
    ids.map(|id| Item { id, note: "new".to_owned() }).collect()
}

fn in_time() -> UpsertOptions {
    in_time_of(SHORT)
}

fn in_time_of(deadline: Duration) -> UpsertOptions {
    UpsertOptions::new().chunk_rows(3).chunk_timeout(deadline)
}

/// A database with a rollback journal, where readers and writers lock each other out.
async fn with_rollback_journal() -> Sqlite {
    let database = Sqlite::with(Journal::Rollback);
    database.batch(ITEM).await;
    database
}

async fn count(database: &Sqlite) -> u64 {
    database.query("SELECT id FROM item").await.len() as u64
}

#[tokio::test]
async fn promise_11_a_database_that_is_locked_while_it_is_looked_at() {
    let database = with_rollback_journal().await;
    let mut deadlines = Deadlines::default();
    for options in [in_time(), in_time().create_table()] {
        let holder = database.connect();
        holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
        let error = deadlines.passes("look", DATABASE, Item::aupsert(&database.pool, items(0..9), options)).await;
        assert_eq!((error.phase(), error.outcome()), (Phase::Prepare, Outcome::NotCommitted));
        drop(holder);
        database.assert_nothing_left().await;
    }
    assert_eq!(count(&database).await, 0);
    deadlines.report("locked_look", Sqlite::NAME);
}

#[tokio::test]
async fn promise_11_a_database_that_is_locked_while_the_table_is_created() {
    let database = Sqlite::fresh().await;
    let mut deadlines = Deadlines::default();
    let holder = database.lock_rows("item").await;
    let call = Item::aupsert(&database.pool, items(0..9), in_time().create_table());
    let error = deadlines.passes("create", DATABASE, call).await;
    // Now the lock can be had, by whoever still waits for it.
    assert_eq!((error.phase(), error.outcome()), (Phase::Prepare, Outcome::NotCommitted));
    drop(holder);
    database.assert_nothing_left().await;
    assert!(database.columns("item").await.is_empty());
    deadlines.report("locked_create", Sqlite::NAME);
}

/// With a rollback journal a commit waits for all who read.
#[tokio::test]
async fn promise_11_a_database_that_is_read_while_a_commit_is_under_way() {
    let database = with_rollback_journal().await;
    let mut deadlines = Deadlines::default();
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        let reader = database.connect();
        reader.execute_batch("BEGIN; SELECT count(*) FROM item").unwrap();
        for deadline in longer_and_longer() {
            let rows = stream::iter(items(0..9));
            let call = Item::aupsert(&database.pool, rows, in_time_of(deadline).atomicity(atomicity));
            let error = deadlines.passes_after(deadline, "commit", DATABASE, call).await;
            assert_eq!(error.outcome(), Outcome::NotCommitted);
            if error.phase() == Phase::Commit {
                break;
            }
            assert_is_tried_again(deadline, "commit", &error);
        }
        drop(reader);
        database.assert_nothing_left().await;
        assert_eq!(count(&database).await, 0, "nothing comes after the deadline");
    }
    Item::aupsert(&database.pool, items(0..9), UpsertOptions::new()).await.unwrap();
    deadlines.report("locked_commit", Sqlite::NAME);
}

/// The writers of a pool wait for each other, and a slow one in front is no excuse.
#[tokio::test]
async fn promise_11_a_slow_writer_of_the_same_pool() {
    let database = Sqlite::fresh().await;
    database.batch(ITEM).await;
    database.batch("CREATE TABLE other (id INTEGER PRIMARY KEY, note TEXT NOT NULL)").await;
    database.batch(&Sqlite::slow_down("other")).await;
    let mut deadlines = Deadlines::default();

    let slow = tokio::spawn({
        let pool = database.pool.clone();
        async move { Item::aupsert(&pool, items(0..9), UpsertOptions::new().table("other")).await }
    });
    let began = Instant::now();
    while database.under_way().await.is_empty() {
        assert!(began.elapsed() < LONGEST, "it never begins to write");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        for deadline in longer_and_longer() {
            let rows = stream::iter(items(0..9));
            let call = Item::aupsert(&database.pool, rows, in_time_of(deadline).atomicity(atomicity));
            let error = deadlines.passes_after(deadline, "turn", DATABASE, call).await;
            assert_eq!(error.outcome(), Outcome::NotCommitted);
            if error.phase() == Phase::Write {
                break;
            }
            assert_is_tried_again(deadline, "turn", &error);
        }
    }
    slow.abort();
    Item::aupsert(&database.pool, items(0..9), UpsertOptions::new()).await.unwrap();
    database.assert_nothing_left().await;
    deadlines.report("turn", Sqlite::NAME);
}

#[test]
fn promise_11_no_thread_to_work_on() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    let mut deadlines = Deadlines::default();
    runtime.block_on(async {
        let pool = SqlitePool::memory().unwrap();
        pool.with(|connection| connection.execute_batch(ITEM).unwrap()).await.unwrap();
        for atomicity in [Atomicity::Call, Atomicity::Chunk] {
            let (release, held) = channel::<()>();
            let busy = tokio::task::spawn_blocking(move || held.recv().is_err());
            let rows = stream::iter(items(0..9));
            let call = Item::aupsert(&pool, rows, in_time().atomicity(atomicity));
            let error = deadlines.passes("thread", DATABASE, call).await;
            assert_eq!((error.phase(), error.outcome()), (Phase::Prepare, Outcome::NotCommitted));
            drop(release);
            assert!(busy.await.unwrap(), "it waits until that is dropped");
        }
        let report = Item::aupsert(&pool, items(0..9), UpsertOptions::new()).await.unwrap();
        assert_eq!(report.inserted, 9);
    });
    deadlines.report("thread", Sqlite::NAME);
}

#[tokio::test]
async fn promise_11_a_file_that_takes_long_to_open() {
    let database = Sqlite::fresh().await;
    database.batch(ITEM).await;
    let mut deadlines = Deadlines::default();
    let (path, opened) = (database.path(), AtomicU32::new(0));
    let (open, may_open) = channel::<()>();
    let may_open = Mutex::new(may_open);
    let pool = SqlitePool::open_with(move || {
        // The second time it waits until that may end.
        if opened.fetch_add(1, Ordering::Relaxed) == 1 {
            let _ = may_open.lock().expect("nobody panics").recv();
        }
        Connection::open(&path)
    });
    let pool = pool.unwrap();
    let (release, held) = channel::<()>();
    let (taken, is_taken) = tokio::sync::oneshot::channel();
    let first = tokio::spawn({
        let pool = pool.clone();
        let work = move |_: &mut Connection| {
            taken.send(()).expect("somebody waits for it");
            held.recv()
        };
        async move { pool.with(work).await }
    });
    is_taken.await.unwrap();
    let options = UpsertOptions::new().pool_timeout(SHORT);
    let error = deadlines.passes("open", POOL, Item::aupsert(&pool, items(0..9), options)).await;
    assert_eq!((error.phase(), error.outcome()), (Phase::Connect, Outcome::NotCommitted));
    drop(open);
    drop(release);
    let _ = first.await.unwrap().unwrap();
    Item::aupsert(&pool, items(0..9), UpsertOptions::new()).await.unwrap();
    deadlines.report("open", Sqlite::NAME);
}

/// A database in memory lives in its connection, which is cleaned and not closed.
#[tokio::test]
async fn promise_11_a_slow_statement_leaves_a_database_in_memory_as_it_was() {
    let pool = SqlitePool::memory().unwrap();
    let mut deadlines = Deadlines::default();
    let set_up = format!("{ITEM}; INSERT INTO item VALUES (100, 'old'); {}", Sqlite::slow_down("item"));
    pool.with(move |connection| connection.execute_batch(&set_up).unwrap()).await.unwrap();
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        for deadline in longer_and_longer() {
            let rows = stream::iter(items(0..9));
            let call = Item::aupsert(&pool, rows, in_time_of(deadline).atomicity(atomicity));
            let error = deadlines.passes_after(deadline, "memory", DATABASE, call).await;
            assert_eq!(error.outcome(), Outcome::NotCommitted);
            if error.phase() == Phase::Write {
                break;
            }
            assert_is_tried_again(deadline, "memory", &error);
        }
        let look = "SELECT (SELECT group_concat(id) FROM item) || ' ' || (SELECT count(*) FROM temp.sqlite_schema)";
        let there = pool.with(move |connection| {
            (connection.query_row(look, [], |row| row.get::<_, String>(0)).unwrap(), connection.is_autocommit())
        });
        assert_eq!(there.await.unwrap(), ("100 0".to_owned(), true));
    }
    deadlines.report("memory", Sqlite::NAME);
}
