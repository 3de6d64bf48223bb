//! Promises 3 and 4 behind PgBouncer: what became of commits that were not answered, and of calls that were dropped.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::stream;
use tests::deadlines::{assert_is_tried_again, longer_and_longer};
use tests::pgbouncer::PgBouncer;
use tests::postgres::query;
use tests::rounds::{Lap, Rounds};
use tests::verdict::assert_right;
use tests::{Database, Postgres, figure};
use tokio::task::JoinHandle;
use upsert::deadpool_postgres::{Manager, Pool};
use upsert::report::{Outcome, Phase};
use upsert::tokio_postgres::NoTls;
use upsert::{Atomicity, ErrorKind, UpsertOptions, Upsertable};

/// Connections of the pooler to the server.
const CONNECTIONS: usize = 4;
const ROWS: u64 = 3;

fn rounds() -> Rounds {
    Rounds { table: "lap".to_owned(), keys: ROWS }
}

fn rows() -> Vec<Lap> {
    rounds().rows(0).take(3).collect()
}

/// A pool that goes through a pooler.
fn pool(pooler: &PgBouncer) -> Pool {
    Pool::builder(Manager::new(pooler.config(), NoTls)).max_size(16).build().expect("it needs no runtime")
}

/// What happens to a call while its commit runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Its deadline passes, and then it is committed.
    Late,
    /// Its deadline passes, and it is committed when nobody asks any more.
    TooLate,
    /// Its deadline passes, and then it is committed; but all connections of the pooler are with others.
    NobodyToAsk,
    /// The server ends the connection of the pooler.
    ServerEnds,
    /// The pooler is killed, and with it the connection to the server.
    PoolerDies,
}

const WAITING: &str = "FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = 'advisory'";

/// Commits wait for the judge, who can let them go on.
async fn hold_commits(database: &Postgres) {
    let wait = "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON lap DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();
        SELECT pg_advisory_lock(1)";
    database.batch(&format!("{}; {wait}", rounds().create_statement())).await;
}

/// Tells whether one does before the call is over.
async fn until_a_commit_waits<T>(database: &Postgres, call: &JoinHandle<T>) -> bool {
    while database.query(&format!("SELECT 1 {WAITING}")).await.is_empty() {
        if call.is_finished() {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    true
}

/// What is said of a commit is right, or that it is in doubt.
#[tokio::test]
async fn promise_3_what_became_of_a_commit_is_asked_through_a_pooler() {
    for fate in [Fate::Late, Fate::TooLate, Fate::NobodyToAsk, Fate::ServerEnds, Fate::PoolerDies] {
        for deadline in longer_and_longer().map(|deadline| 2 * deadline) {
            if meet(fate, deadline).await {
                break;
            }
            assert_is_tried_again(deadline / 2, &format!("{fate:?}"), "another fate");
        }
    }
}

/// Tells whether the commit met its fate. On a busy machine it may not have come so far when the deadline passes; or there was no
/// time to ask about it, for which half a second is left.
async fn meet(fate: Fate, deadline: Duration) -> bool {
    let database = Postgres::fresh().await;
    hold_commits(&database).await;
    let pooler = PgBouncer::before(&database, CONNECTIONS).await;
    let pool = pool(&pooler);
    let options = match fate {
        Fate::ServerEnds => rounds().options(),
        _ => rounds().options().chunk_timeout(deadline),
    };
    let writing = tokio::spawn({
        let pool = pool.clone();
        async move { Lap::aupsert(&pool, rows(), options).await }
    });
    if !until_a_commit_waits(&database, &writing).await {
        let error = writing.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{fate:?}: {error}");
        return false;
    }
    let mut others = Vec::new();
    match fate {
        Fate::Late => {
            tokio::time::sleep(deadline + Duration::from_millis(100)).await;
            database.batch("SELECT pg_advisory_unlock(1)").await;
        }
        Fate::TooLate => {}
        Fate::NobodyToAsk => {
            for _ in 0..CONNECTIONS {
                let (client, connection) = pooler.config().connect(NoTls).await.unwrap();
                tokio::spawn(connection);
                others.push(client);
            }
            // The one whose commit waits is given up when its deadline passes, and taken by the last of them.
            let taking = others.iter().map(|client| client.batch_execute("BEGIN"));
            join_all(taking).await.into_iter().for_each(Result::unwrap);
            database.batch("SELECT pg_advisory_unlock(1)").await;
        }
        Fate::ServerEnds => database.batch(&format!("SELECT pg_terminate_backend(pid) {WAITING}")).await,
        Fate::PoolerDies => pooler.kill(),
    }
    let said = writing.await.unwrap();
    let outcome = said.as_ref().map_or_else(upsert::Error::outcome, |report| report.outcome);
    let right = match fate {
        Fate::Late => Outcome::Committed,
        Fate::TooLate | Fate::NobodyToAsk | Fate::PoolerDies => Outcome::InDoubt,
        Fate::ServerEnds => Outcome::NotCommitted,
    };
    if let Err(error) = &said {
        assert_eq!(error.phase(), Phase::Commit, "{fate:?}: {error}");
        assert!(error.is_retryable(), "{fate:?}: {error}");
    }
    drop(others);
    // In doubt is all or nothing, whatever became of it.
    database.batch("SELECT pg_advisory_unlock_all()").await;
    database.assert_nothing_goes_on(&fate).await;
    assert_right(&said, ROWS, rounds().progress_in(&database).await);
    if fate != Fate::PoolerDies {
        let report = Lap::aupsert(&pool, rows(), rounds().options()).await.unwrap();
        assert_eq!(report.rows, ROWS, "{fate:?}");
    }
    // Late by more than was meant, it is another fate.
    if fate == Fate::Late && outcome == Outcome::InDoubt {
        return false;
    }
    assert_eq!(outcome, right, "{fate:?}: {said:?}");
    true
}

/// A commit that waits for a standby is done; the server ends its connection before it says so, and the pooler knows no
/// more than its client.
#[tokio::test]
async fn promise_3_a_commit_whose_answer_is_lost_behind_a_pooler_is_found_out() {
    let database = Postgres::fresh().await;
    database.batch(&rounds().create_statement()).await;
    // No other commit on the server waits for one.
    database.batch("ALTER SYSTEM SET synchronous_standby_names = 'nobody'").await;
    database.batch("SELECT pg_reload_conf()").await;
    database.batch(&format!("ALTER DATABASE {} SET synchronous_commit = on", database.name)).await;
    let pooler = PgBouncer::before(&database, CONNECTIONS).await;
    let pool = pool(&pooler);
    let writing = tokio::spawn(async move { Lap::aupsert(&pool, rows(), rounds().options()).await });
    let end =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = 'SyncRep'";
    while database.query(end).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let report = writing.await.unwrap().unwrap();
    assert_eq!((report.outcome, report.inserted.get()), (Outcome::Committed, Some(ROWS)));
    assert_eq!(rounds().progress_in(&database).await, ROWS);
}

/// The pooler has fewer connections than there are calls; all of them are dropped. What runs for nobody is ended, so that
/// neither its locks nor its connections are waited for.
#[tokio::test]
async fn promise_4_what_was_dropped_is_ended_through_a_pooler() {
    const CALLS: usize = 12;
    let database = Postgres::fresh().await;
    database.batch(&rounds().create_statement()).await;
    database.batch(&Postgres::slow_down("lap")).await;
    let pooler = PgBouncer::before(&database, CONNECTIONS).await;
    let pool = pool(&pooler);
    let (mut dropped, mut worst) = (0, Duration::ZERO);
    for round in 0..12 {
        let atomicity = [Atomicity::Chunk, Atomicity::Call][round % 2];
        let options = || rounds().options().chunk_rows(1).atomicity(atomicity);
        let calls = (0..CALLS).map(|number| {
            if number % 2 == 0 {
                Lap::aupsert(&pool, rows(), options())
            } else {
                Lap::aupsert(&pool, stream::iter(rows()), options())
            }
        });
        let writing = tokio::time::timeout(Duration::from_millis(150), join_all(calls)).await;
        assert!(writing.is_err(), "they were not slow");
        dropped += CALLS;
        let began = Instant::now();
        database.assert_nothing_goes_on(&"slow").await;
        worst = worst.max(began.elapsed());
        assert!(database.table("lap").await.is_empty());
        let client = pool.get().await.expect("the pooler has survived");
        assert_eq!(query(&client, "SELECT 1").await.len(), 1);
    }
    figure("pgbouncer_slow_calls_dropped", dropped);
    figure("pgbouncer_slow_calls_ended_after_ms", worst.as_millis());
}

/// A deadline gives a call up just as a drop does.
#[tokio::test]
async fn promise_11_a_deadline_ends_what_runs_behind_a_pooler() {
    let database = Postgres::fresh().await;
    database.batch(&rounds().create_statement()).await;
    database.batch(&Postgres::slow_down("lap")).await;
    let pooler = PgBouncer::before(&database, CONNECTIONS).await;
    let pool = pool(&pooler);
    let options = || UpsertOptions::new().table("lap").chunk_timeout(Duration::from_millis(150));
    let calls = join_all((0..12).map(|_| Lap::aupsert(&pool, rows(), options()))).await;
    for error in calls.into_iter().map(Result::unwrap_err) {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotCommitted), "{error}");
    }
    database.assert_nothing_goes_on(&"slow").await;
    assert!(database.table("lap").await.is_empty());
}
