//! Promise 11 where the network falls silent, at each step of a call to PostgreSQL. The server's own timeouts do not
//! help there: none of them ends while it waits for the client.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use tests::black_hole::{BlackHole, Lost};
use tests::deadlines::{DATABASE, Deadlines, POOL, SHORT, STREAM, assert_is_tried_again, longer_and_longer};
use tests::loading::Form;
use tests::{Database, LONGEST, Postgres};
use upsert::backend::AsyncBackend;
use upsert::deadpool_postgres::RecyclingMethod;
use upsert::report::{Outcome, Phase};
use upsert::{Atomicity, ErrorKind, UpsertFuture, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: String,
}

const ITEM: &str = "CREATE TABLE item (id bigint PRIMARY KEY, note text NOT NULL CHECK (note <> 'bad'))";

fn items(ids: std::ops::Range<i64>) -> Vec<Item> {
    ids.map(|id| Item { id, note: "new".to_owned() }).collect()
}

/// The silence begins with the message that holds a text, after so many others that do.
struct Step {
    text: &'static str,
    others: usize,
    phase: Phase,
    /// Rows that are committed before.
    before: u64,
}

const fn step(text: &'static str, phase: Phase) -> Step {
    Step { text, others: 0, phase, before: 0 }
}

impl Step {
    /// Later by so many messages; by then so many rows are committed.
    const fn later(self, others: usize, before: u64) -> Self {
        Self { others, before, ..self }
    }
}

const LOOK_UP: Step = step("pg_catalog.pg_class", Phase::Prepare);
const WRITE: Step = step("INSERT INTO", Phase::Write);
const STAGE: Step = step("CREATE TEMPORARY TABLE", Phase::Write);
const COPY: Step = step("FROM STDIN", Phase::Write);
const COPY_ROWS: Step = step("PGCOPY", Phase::Write);
const COUNT: Step = step("(SELECT DISTINCT", Phase::Write);
const WRITE_STAGED: Step = step("SELECT DISTINCT ON", Phase::Write);
const DROP_STAGE: Step = step("DROP TABLE", Phase::Write);
const BEGIN: Step = step("BEGIN", Phase::Write);
const BEGIN_WITH_LOOK: Step = step("BEGIN", Phase::Prepare);
const COMMIT: Step = step("COMMIT\0", Phase::Commit);
/// The first savepoint is set before the table is looked at; the next one behind the first one's end.
const SAVEPOINT: Step = step("SAVEPOINT", Phase::Prepare);
const NEXT_SAVEPOINT: Step = step("SAVEPOINT", Phase::Write).later(2, 3);
const RELEASE: Step = step("RELEASE", Phase::Commit);

/// What rows are given as, how much commits at once, and the steps to take.
type Way = (Form, Atomicity, &'static [Step]);

/// The ways to a connection, and their steps. Rows come in three chunks of three.
const OWN: [Way; 3] = [
    (Form::Vec, Atomicity::Call, &[LOOK_UP, BEGIN, WRITE, WRITE.later(2, 0), COMMIT]),
    (
        Form::Stream,
        Atomicity::Chunk,
        &[LOOK_UP, BEGIN, WRITE, COMMIT, BEGIN.later(2, 6), WRITE.later(1, 3), COMMIT.later(1, 3)],
    ),
    (
        Form::Stream,
        Atomicity::Call,
        &[LOOK_UP, BEGIN, STAGE, COPY, COPY_ROWS, COPY_ROWS.later(2, 0), COUNT, WRITE_STAGED, DROP_STAGE, COMMIT],
    ),
];

/// Those to a pool. Where a chunk is at hand, its transaction begins with the look at the table.
const POOL_WAYS: [Way; 3] = [
    OWN[0],
    (
        Form::Stream,
        Atomicity::Chunk,
        &[LOOK_UP, BEGIN_WITH_LOOK, WRITE, COMMIT, BEGIN.later(2, 6), WRITE.later(1, 3), COMMIT.later(1, 3)],
    ),
    OWN[2],
];

/// Those to the caller's transaction.
const CALLERS: [Way; 3] = [
    (Form::Vec, Atomicity::Call, &[LOOK_UP, SAVEPOINT, WRITE, WRITE.later(2, 0), RELEASE]),
    (
        Form::Stream,
        Atomicity::Chunk,
        &[LOOK_UP, SAVEPOINT, WRITE, RELEASE, NEXT_SAVEPOINT, WRITE.later(1, 3), RELEASE.later(1, 3)],
    ),
    (Form::Stream, Atomicity::Call, &[SAVEPOINT, STAGE, COPY_ROWS, WRITE_STAGED, RELEASE]),
];

/// Each step and loss of a way, with a name.
fn cases(place: &str, (form, atomicity, steps): Way) -> impl Iterator<Item = (String, &'static Step, Lost)> {
    let cases = steps.iter().flat_map(|step| [Lost::Question, Lost::Answer].map(|lost| (step, lost)));
    cases.map(move |(step, lost)| {
        let Step { text, others, .. } = step;
        (format!("{place}, {form:?} {atomicity:?}, {text} ({others} before), {lost:?} lost"), step, lost)
    })
}

fn write<'a>(place: impl AsyncBackend + 'a, (form, atomicity, _): Way, deadline: Duration) -> UpsertFuture<'a> {
    let options = options(atomicity).chunk_timeout(deadline);
    match form {
        Form::Vec => Item::aupsert(place, items(0..9), options),
        _ => Item::aupsert(place, stream::iter(items(0..9)), options),
    }
}

fn options(atomicity: Atomicity) -> UpsertOptions {
    UpsertOptions::new().chunk_rows(3).atomicity(atomicity)
}

/// A database with the table, and a network before it.
async fn behind_a_network() -> (Postgres, BlackHole) {
    let database = Postgres::fresh().await;
    database.batch(ITEM).await;
    let hole = BlackHole::before(&database);
    (database, hole)
}

async fn count(database: &Postgres) -> i64 {
    database.judge.query_one("SELECT count(*) FROM item", &[]).await.unwrap().get(0)
}

/// Waits for a call that runs into the silence, and looks whether it tells the truth. Tells whether it came so far, and had the
/// time to ask what became of its commit: on a busy machine it is made again, with a longer deadline.
async fn judge(
    deadlines: &mut Deadlines,
    deadline: Duration,
    (database, hole): (&Postgres, &BlackHole),
    case: &str,
    step: &Step,
    call: UpsertFuture<'_>,
) -> bool {
    let error = deadlines.passes_after(deadline, case, DATABASE, call).await;
    let can_be_asked = case.starts_with("a pool");
    let is_in_doubt = error.outcome() == Outcome::InDoubt;
    if !hole.has_opened() || (is_in_doubt && can_be_asked) {
        assert_is_tried_again(deadline, case, &error);
        return false;
    }
    assert_eq!((error.phase(), error.checkpoint().next_row), (step.phase, step.before), "{case}");
    // Where there is no pool, nobody can be asked.
    assert_eq!(is_in_doubt, step.phase == Phase::Commit && !can_be_asked, "{case}");
    if !is_in_doubt {
        assert_eq!(error.outcome(), Outcome::NotCommitted, "{case}");
        assert_eq!(count(database).await, step.before.cast_signed(), "{case}");
    }
    true
}

/// The network works again, and nothing is left on the way: neither a lock, nor anything in the pool.
async fn assert_over(database: &Postgres, hole: &BlackHole, case: &str) {
    hole.closes();
    let writing = Item::aupsert(&database.pool, items(0..9), options(Atomicity::Call));
    let written = tokio::time::timeout(LONGEST, writing).await;
    written.unwrap_or_else(|_| panic!("{case}: something is left")).unwrap();
    database.assert_nothing_left().await;
    database.batch("DELETE FROM item").await;
}

/// All ways at the same time, each to a database of its own: nearly all of it is waiting.
async fn all<F: Future<Output = Deadlines>>(what: &str, ways: [Way; 3], test: impl Fn(Way) -> F) {
    let deadlines = join_all(ways.map(test)).await;
    deadlines.into_iter().sum::<Deadlines>().report(what, Postgres::NAME);
}

#[tokio::test]
async fn promise_11_a_silent_network_before_a_pool() {
    all("black_hole_pool", POOL_WAYS, before_a_pool).await;
}

async fn before_a_pool(way: Way) -> Deadlines {
    let (_, hole) = behind_a_network().await;
    let database = hole.pool(RecyclingMethod::Fast);
    let mut deadlines = Deadlines::default();
    for (case, step, lost) in cases("a pool", way) {
        for deadline in longer_and_longer() {
            hole.opens_after(step.others, step.text, lost);
            let call = write(&database.pool, way, deadline);
            let is_judged = if step.phase == Phase::Commit && lost == Lost::Answer {
                goes_on(&mut deadlines, deadline, &database, &case, call).await
            } else {
                judge(&mut deadlines, deadline, (&database, &hole), &case, step, call).await
            };
            assert_over(&database, &hole, &case).await;
            if is_judged {
                break;
            }
        }
    }
    deadlines
}

/// Another connection can tell that it is committed, and the call goes on, if there was the time to ask.
async fn goes_on(
    deadlines: &mut Deadlines,
    deadline: Duration,
    database: &Postgres,
    case: &str,
    call: UpsertFuture<'_>,
) -> bool {
    match deadlines.in_time(deadline, case, call).await {
        Ok(report) => {
            assert_eq!(report.inserted, 9, "{case}");
            assert_eq!(count(database).await, 9, "{case}");
            true
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Timeout, "{case}: {error}");
            assert_is_tried_again(deadline, case, &error);
            false
        }
    }
}

#[tokio::test]
async fn promise_11_a_silent_network_before_a_connection() {
    all("black_hole_connection", OWN, before_a_connection).await;
}

async fn before_a_connection(way: Way) -> Deadlines {
    let (database, hole) = behind_a_network().await;
    let mut deadlines = Deadlines::default();
    for (case, step, lost) in cases("a connection", way) {
        for deadline in longer_and_longer() {
            let (mut client, connection) = hole.client().await;
            hole.opens_after(step.others, step.text, lost);
            let call = write(&mut client, way, deadline);
            let is_judged = judge(&mut deadlines, deadline, (&database, &hole), &case, step, call).await;
            drop((client, connection));
            assert_over(&database, &hole, &case).await;
            if is_judged {
                break;
            }
        }
    }
    deadlines
}

#[tokio::test]
async fn promise_11_a_silent_network_before_a_callers_transaction() {
    all("black_hole_transaction", CALLERS, before_a_callers_transaction).await;
}

async fn before_a_callers_transaction(way: Way) -> Deadlines {
    let (database, hole) = behind_a_network().await;
    let mut deadlines = Deadlines::default();
    for (case, step, lost) in cases("a transaction", way) {
        for deadline in longer_and_longer() {
            let (mut client, connection) = hole.client().await;
            let mut transaction = client.transaction().await.unwrap();
            hole.opens_after(step.others, step.text, lost);
            let call = write(&mut transaction, way, deadline);
            let error = deadlines.passes_after(deadline, &case, DATABASE, call).await;
            let is_silent = hole.has_opened();
            if is_silent {
                // What the server made of the savepoint's end is not known; the rows may be part of the transaction.
                let outcome = if step.phase == Phase::Commit { Outcome::InDoubt } else { Outcome::NotCommitted };
                assert_eq!((error.phase(), error.outcome()), (step.phase, outcome), "{case}");
                assert_eq!(error.checkpoint().next_row, step.before, "{case}");
                assert_eq!(error.checkpoint().in_doubt.is_some(), outcome == Outcome::InDoubt, "{case}");
            } else {
                assert_is_tried_again(deadline, &case, &error);
            }
            drop(transaction);
            drop((client, connection));
            assert_over(&database, &hole, &case).await;
            if is_silent {
                break;
            }
        }
    }
    deadlines
}

#[tokio::test]
async fn promise_11_a_silent_network_while_the_table_is_created() {
    let (_, hole) = behind_a_network().await;
    let database = hole.pool(RecyclingMethod::Fast);
    let mut deadlines = Deadlines::default();
    let create = |deadline| options(Atomicity::Call).chunk_timeout(deadline).create_table();
    for text in ["BEGIN", "pg_advisory_xact_lock", "CREATE TABLE", "COMMIT"] {
        for deadline in longer_and_longer() {
            database.batch("DROP TABLE IF EXISTS item").await;
            hole.opens_at(text, Lost::Question);
            let call = Item::aupsert(&database.pool, items(0..9), create(deadline));
            let error = deadlines.passes_after(deadline, text, DATABASE, call).await;
            assert_eq!((error.phase(), error.outcome()), (Phase::Prepare, Outcome::NotCommitted), "{text}");
            let is_silent = hole.has_opened();
            database.batch(&ITEM.replace("TABLE", "TABLE IF NOT EXISTS")).await;
            assert_over(&database, &hole, text).await;
            if is_silent {
                break;
            }
            assert_is_tried_again(deadline, text, &error);
        }
    }
    for text in ["SAVEPOINT", "pg_advisory_xact_lock", "CREATE TABLE", "RELEASE"] {
        for deadline in longer_and_longer() {
            database.batch("DROP TABLE IF EXISTS item").await;
            let (mut client, connection) = hole.client().await;
            let mut transaction = client.transaction().await.unwrap();
            hole.opens_at(text, Lost::Question);
            let call = Item::aupsert(&mut transaction, items(0..9), create(deadline));
            let error = deadlines.passes_after(deadline, text, DATABASE, call).await;
            assert_eq!((error.phase(), error.outcome()), (Phase::Prepare, Outcome::NotCommitted), "{text}");
            let is_silent = hole.has_opened();
            drop(transaction);
            drop((client, connection));
            database.batch(&ITEM.replace("TABLE", "TABLE IF NOT EXISTS")).await;
            assert_over(&database, &hole, text).await;
            if is_silent {
                break;
            }
            assert_is_tried_again(deadline, text, &error);
        }
    }
    deadlines.report("black_hole_create", Postgres::NAME);
}

#[tokio::test]
async fn promise_11_a_silent_network_while_a_pool_connects() {
    let (database, hole) = behind_a_network().await;
    let mut deadlines = Deadlines::default();
    let options = |deadline| options(Atomicity::Chunk).pool_timeout(deadline);

    let (fresh, verified) = (hole.pool(RecyclingMethod::Fast), hole.pool(RecyclingMethod::Verified));
    drop(verified.pool.get().await.unwrap());
    for (case, pool) in [("a new connection", &fresh.pool), ("one that is looked at first", &verified.pool)] {
        hole.opens_at("", Lost::Question);
        let error = deadlines.passes(case, POOL, Item::aupsert(pool, items(0..9), options(SHORT))).await;
        assert_eq!((error.phase(), error.outcome()), (Phase::Connect, Outcome::NotCommitted), "{case}");
        hole.closes();
    }
    assert_over(&fresh, &hole, "a new connection").await;
    assert_over(&verified, &hole, "one that is looked at first").await;

    for deadline in longer_and_longer() {
        // The connection was given back while the stream was awaited.
        let silence = {
            let hole = hole.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                hole.opens_at("", Lost::Question);
                items(3..4).remove(0)
            }
        };
        let rows = stream::iter(items(0..3)).chain(stream::once(silence)).chain(stream::iter(items(4..9)));
        let call = Item::aupsert(&verified.pool, rows, options(deadline));
        let error = deadlines.passes_after(deadline, "resume", POOL, call).await;
        assert_eq!(error.phase(), Phase::Connect);
        assert_eq!(count(&database).await, error.checkpoint().next_row.cast_signed());
        assert_over(&verified, &hole, "resume").await;
        // Before, the first connection may not have been had in time.
        if error.checkpoint().next_row == 3 {
            break;
        }
        assert_is_tried_again(deadline, "resume", &error);
    }
    deadlines.report("black_hole_connect", Postgres::NAME);
}

/// The rollback after an error is not waited for as long again.
#[tokio::test]
async fn promise_11_a_silent_network_while_a_call_is_rolled_back() {
    let (_, hole) = behind_a_network().await;
    let database = hole.pool(RecyclingMethod::Fast);
    let mut deadlines = Deadlines::default();

    let mut refused = items(0..9);
    refused[8].note = "bad".to_owned();
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        let case = format!("a refused row, {atomicity:?}");
        for deadline in longer_and_longer() {
            let options = options(atomicity).chunk_timeout(deadline);
            hole.opens_at("ROLLBACK", Lost::Question);
            let call = Item::aupsert(&database.pool, stream::iter(refused.clone()), options);
            let error = deadlines.returns_after(deadline, &case, call).await;
            assert_eq!(error.outcome(), Outcome::NotCommitted, "{case}: {error}");
            assert_over(&database, &hole, &case).await;
            if error.kind() != ErrorKind::Timeout {
                assert_eq!(error.kind(), ErrorKind::Database, "{case}: {error}");
                break;
            }
            assert_is_tried_again(deadline, &case, &error);
        }
    }

    for before in [4, 7] {
        let case = format!("a stream that stalls after {before} rows");
        let options = options(Atomicity::Call).stall_timeout(SHORT);
        hole.opens_at("ROLLBACK", Lost::Question);
        let stalls = stream::iter(items(0..before)).chain(stream::pending());
        let error = deadlines.passes(&case, STREAM, Item::aupsert(&database.pool, stalls, options)).await;
        assert_eq!(error.outcome(), Outcome::NotCommitted, "{case}");
        assert_over(&database, &hole, &case).await;
    }

    let case = "a stream that fails";
    for deadline in longer_and_longer() {
        let fails = stream::iter(items(0..7)).map(Ok).chain(stream::iter([Err("it failed")]));
        hole.opens_at("ROLLBACK", Lost::Question);
        let options = options(Atomicity::Call).chunk_timeout(deadline);
        let error = deadlines.returns_after(deadline, case, Item::aupsert(&database.pool, fails, options)).await;
        assert_eq!(error.outcome(), Outcome::NotCommitted, "{error}");
        assert_over(&database, &hole, case).await;
        if error.kind() != ErrorKind::Timeout {
            assert_eq!(error.kind(), ErrorKind::Source, "{error}");
            break;
        }
        assert_is_tried_again(deadline, case, &error);
    }
    deadlines.report("black_hole_rollback", Postgres::NAME);
}

/// Where nobody can be asked what became of a commit, that is said, and in time.
#[tokio::test]
async fn promise_11_a_silent_network_while_it_is_asked_what_became_of_a_commit() {
    all("black_hole_resolve", OWN, while_it_is_asked).await;
}

async fn while_it_is_asked(way: Way) -> Deadlines {
    let (_, hole) = behind_a_network().await;
    let database = hole.pool(RecyclingMethod::Fast);
    let mut deadlines = Deadlines::default();
    for lost in [Lost::Question, Lost::Answer] {
        // An idle connection may be asked, and a new one.
        for idle in [0, 3] {
            let case = format!("{lost:?} lost, {idle} idle");
            for deadline in longer_and_longer() {
                database.pool.retain(|_, _| false);
                drop(join_all((0..idle).map(|_| database.pool.get())).await);
                hole.opens_for_all_at("COMMIT\0", lost);
                let call = write(&database.pool, way, deadline);
                let error = deadlines.passes_after(deadline, &case, DATABASE, call).await;
                let is_silent = hole.has_opened();
                if is_silent {
                    assert_eq!((error.phase(), error.outcome()), (Phase::Commit, Outcome::InDoubt), "{case}");
                    assert!(error.checkpoint().in_doubt.is_some(), "{case}");
                } else {
                    assert_is_tried_again(deadline, &case, &error);
                }
                assert_over(&database, &hole, &case).await;
                if is_silent {
                    break;
                }
            }
        }
    }
    deadlines
}
