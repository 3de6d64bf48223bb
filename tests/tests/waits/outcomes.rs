//! Promise 3 where it is the clock, or the database itself, that ends a commit.

use std::time::Duration;

use tests::loading::{Door, Form, Place};
use tests::mariadb_server::{MariaDbServer, is_mysql};
use tests::rounds::{Lap, Rounds};
use tests::sqlite::Journal;
use tests::verdict::assert_right;
use tests::{Database, MariaDb, Postgres, Sqlite, figure, row, seed};
use upsert::mysql_async::prelude::Queryable;
use upsert::report::{Outcome, Phase};
use upsert::{Atomicity, Dialect, ErrorKind, SqlitePool, UpsertOptions, Upsertable};

/// How long the first commit takes, more or less.
const SLOW: Duration = Duration::from_millis(50);

/// The ways of the test, as far as a database has them.
fn chosen<D: Database>() -> Vec<(Place, Form, Atomicity)> {
    let mut ways = Vec::new();
    for place in [Place::Pool, Place::Connection] {
        for form in [Form::Vec, Form::Iterator, Form::Stream] {
            // An iterator only where there are no streams.
            let is_chosen = D::offers(place, Door::Call, form)
                && (form != Form::Iterator || !D::offers(place, Door::Call, Form::Stream));
            let atomicities = [Atomicity::Chunk, Atomicity::Call];
            ways.extend(atomicities.into_iter().filter(|_| is_chosen).map(|atomicity| (place, form, atomicity)));
        }
    }
    ways
}

/// What came of deadlines.
#[derive(Debug, Default)]
struct Passed {
    in_commit: u32,
    went_on: u32,
    in_doubt: u32,
}

/// Deadlines that pass before, while and after commits are under way. How long it takes to come to a commit is the machine's
/// business: they are longer and longer, until enough of them were.
async fn pass_deadlines<D: Database>(database: &D, slow_down: impl AsyncFn()) {
    let mut passed = Passed::default();
    // The thread that blocks is the one that commits, and knows.
    let can_be_in_doubt = D::DIALECT != Dialect::Sqlite;
    for longest in (0..7).map(|doubled| 2 * SLOW * 2_u32.pow(doubled)) {
        pass_deadlines_up_to(longest, database, &slow_down, &mut passed).await;
        if passed.in_commit + passed.went_on > 0 && (passed.in_doubt > 0 || !can_be_in_doubt) {
            break;
        }
    }
    database.assert_nothing_left().await;
    let Passed { in_commit, went_on, in_doubt } = passed;
    figure(format!("deadlines_in_commit_failed_{}", D::NAME), in_commit);
    figure(format!("deadlines_in_commit_in_doubt_{}", D::NAME), in_doubt);
    figure(format!("deadlines_in_commit_committed_{}", D::NAME), went_on);
    assert!(in_commit + went_on > 0, "{in_commit} failed and {went_on} went on");
    assert_eq!(in_doubt > 0, can_be_in_doubt, "{in_doubt} are in doubt");
}

async fn pass_deadlines_up_to<D: Database>(
    longest: Duration,
    database: &D,
    slow_down: &impl AsyncFn(),
    passed: &mut Passed,
) {
    const CHUNK: u64 = 2;
    const ROWS: u64 = 3 * CHUNK;
    /// There is half a second to ask what became of a commit, in which a busy machine may not come to it.
    const TRIES: u32 = 8;
    let rounds = Rounds { table: "lap".to_owned(), keys: 5 };
    let deadlines = seed::cases(15);
    for (place, form, atomicity) in chosen::<D>() {
        let unit = if atomicity == Atomicity::Chunk { CHUNK } else { ROWS };
        let rows: Vec<Lap> = rounds.rows(0).take(ROWS.try_into().unwrap()).collect();
        for number in 0..deadlines {
            let deadline = longest * number / deadlines;
            for tried in 1.. {
                database.batch("DELETE FROM lap").await;
                slow_down().await;
                let options = rounds.options().chunk_rows(CHUNK.try_into().unwrap()).atomicity(atomicity);
                let said = database.write(place, Door::Call, form, &rows, options.chunk_timeout(deadline)).await;

                let case = format!("{place:?} {form:?} {atomicity:?} {deadline:?}: {said:?}");
                assert_right(&said, unit, rounds.progress_in(database).await);
                // What was in doubt may have come since.
                database.assert_nothing_goes_on(&case).await;
                assert_right(&said, unit, rounds.progress_in(database).await);
                let Err(error) = said else {
                    passed.went_on += u32::from(deadline <= SLOW / 2);
                    break;
                };
                assert_eq!(error.kind(), ErrorKind::Timeout, "{case}");
                let is_in_doubt = error.outcome() == Outcome::InDoubt;
                // Only of a pool another connection can be asked, and nobody on MySQL.
                if is_in_doubt && place == Place::Pool && D::DIALECT != Dialect::MySql {
                    assert!(tried < TRIES, "{case}");
                    continue;
                }
                passed.in_commit += u32::from(error.phase() == Phase::Commit);
                passed.in_doubt += u32::from(is_in_doubt);
                break;
            }
        }
    }
}

#[tokio::test]
async fn promise_3_three_outcomes_whenever_a_deadline_passes_on_postgres() {
    let database = Postgres::fresh().await;
    let statement = format!(
        "CREATE TABLE lap {};
         CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep({}); RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON lap DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW WHEN (NEW.id = 0) EXECUTE FUNCTION slow()",
        Rounds::COLUMNS,
        SLOW.as_secs_f64()
    );
    database.batch(&statement).await;
    pass_deadlines(&database, async || ()).await;
}

/// With a rollback journal, a commit waits for those who read.
#[tokio::test]
async fn promise_3_three_outcomes_whenever_a_deadline_passes_on_sqlite() {
    let database = Sqlite::with(Journal::Rollback);
    database.batch(&format!("CREATE TABLE lap {}", Rounds::COLUMNS)).await;
    pass_deadlines(&database, async || {
        let reader = database.connect();
        reader.execute_batch("BEGIN; SELECT * FROM lap").unwrap();
        std::thread::spawn(move || {
            std::thread::sleep(SLOW);
            drop(reader);
        });
    })
    .await;
}

/// A backup keeps everybody from committing for a while. On MySQL commits wait for others, to be logged together.
#[tokio::test]
async fn promise_3_three_outcomes_whenever_a_deadline_passes_on_mariadb() {
    if is_mysql() {
        let delay = format!("--binlog-group-commit-sync-delay={}", SLOW.as_micros());
        let server = MariaDbServer::of_its_own(&["--log-bin", &delay]).await;
        let database = MariaDb::on(server).await;
        database.batch(&format!("CREATE TABLE lap {}", Rounds::COLUMNS)).await;
        return pass_deadlines(&database, async || ()).await;
    }
    let database = MariaDb::fresh().await;
    database.batch(&format!("CREATE TABLE lap {}", Rounds::COLUMNS)).await;
    pass_deadlines(&database, async || {
        let mut backup = database.server.connect().await;
        backup.query_drop("BACKUP STAGE START; BACKUP STAGE BLOCK_COMMIT").await.unwrap();
        tokio::spawn(async move {
            tokio::time::sleep(SLOW).await;
            backup.query_drop("BACKUP STAGE END").await.unwrap();
        });
    })
    .await;
}

#[derive(Clone, Upsertable)]
struct Child {
    #[upsert(primary_key)]
    id: i64,
    parent: i64,
}

const FAMILIES: &str = "
    CREATE TABLE parent (id BIGINT PRIMARY KEY);
    CREATE TABLE child (id BIGINT PRIMARY KEY, parent BIGINT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO parent VALUES (1)";

/// A commit that is answered with a refusal: a deferred constraint is looked at only then.
async fn refuse_in_commit<D: Database>(database: &D) {
    database.batch(FAMILIES).await;
    let children = [1, 1, 2].into_iter().zip(1..).map(|(parent, id)| Child { id, parent }).collect::<Vec<_>>();
    for (form, atomicity, kept) in
        [(Form::Vec, Atomicity::Call, 0), (Form::Stream, Atomicity::Call, 0), (Form::Stream, Atomicity::Chunk, 2)]
    {
        let options = || UpsertOptions::new().chunk_rows(1).atomicity(atomicity);
        let error = database.write(Place::Pool, Door::Call, form, &children, options()).await.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (ErrorKind::Database, Phase::Commit), "{error}");
        assert_eq!((error.outcome(), error.checkpoint().next_row), (Outcome::NotCommitted, kept), "{error}");
        assert_eq!(error.checkpoint().in_doubt, None);
        assert!(!error.is_retryable());
        assert_eq!(database.table("child").await.len() as u64, kept);
        database.assert_nothing_left().await;

        database.batch("INSERT INTO parent VALUES (2)").await;
        let rest = &children[usize::try_from(kept).unwrap()..];
        database.write(Place::Pool, Door::Call, form, rest, options()).await.unwrap();
        assert_eq!(database.table("child").await, [row(["1", "1"]), row(["2", "1"]), row(["3", "2"])]);
        database.batch("DELETE FROM child; DELETE FROM parent WHERE id = 2").await;
    }
}

#[tokio::test]
async fn promise_3_a_commit_that_is_refused_on_postgres() {
    refuse_in_commit(&Postgres::fresh().await).await;
}

#[tokio::test]
async fn promise_3_a_commit_that_is_refused_on_sqlite() {
    let mut database = Sqlite::fresh().await;
    let file = database.clone();
    let open = move || {
        let connection = file.connect();
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    };
    database.pool = SqlitePool::open_with(open).unwrap();
    refuse_in_commit(&database).await;
}

/// It costs the pool no connection: what was refused is rolled back, and all is as it was.
#[tokio::test]
async fn promise_4_a_commit_that_is_refused_leaves_its_connection_clean() {
    let database = Postgres::fresh().await;
    database.batch(FAMILIES).await;
    // All connections of the pool are made for it.
    database.assert_nothing_left().await;
    let before = database.pool.status().size;
    let orphan = [Child { id: 1, parent: 2 }];
    let error = Child::aupsert(&database.pool, orphan, UpsertOptions::new()).await.unwrap_err();
    assert_eq!((error.phase(), error.outcome()), (Phase::Commit, Outcome::NotCommitted), "{error}");
    assert_eq!(database.pool.status().size, before, "a connection was given up");
    database.assert_nothing_left().await;
}
