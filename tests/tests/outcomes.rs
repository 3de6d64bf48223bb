//! Promise 3 where it is the clock, or the database itself, that ends a commit.

use std::time::Duration;

use tests::loading::{Door, Form, Place};
use tests::rounds::{Lap, Rounds};
use tests::sqlite::Journal;
use tests::verdict::assert_right;
use tests::{Database, Postgres, Sqlite, figure, row, seed};
use upsert::report::{Outcome, Phase};
use upsert::{Atomicity, ErrorKind, SqlitePool, UpsertOptions, Upsertable};

/// How long the first commit takes, more or less.
const SLOW: Duration = Duration::from_millis(50);

/// Deadlines that pass before, while and after commits are under way.
async fn pass_deadlines<D: Database>(database: &D, slow_down: impl AsyncFn()) {
    const CHUNK: u64 = 2;
    const ROWS: u64 = 3 * CHUNK;
    let rounds = Rounds { table: "lap".to_owned(), keys: 5 };
    let (mut in_commit, mut went_on, mut in_doubt) = (0, 0, 0);
    let cases = seed::cases(80);
    for case in 0..cases {
        database.batch("DELETE FROM lap").await;
        slow_down().await;
        let deadline = 2 * SLOW * (case % 40) / 40;
        let (atomicity, unit) = if case % 2 == 0 { (Atomicity::Chunk, CHUNK) } else { (Atomicity::Call, ROWS) };
        let options = rounds.options().chunk_rows(CHUNK.try_into().unwrap()).atomicity(atomicity);
        let rows: Vec<Lap> = rounds.rows(0).take(ROWS.try_into().unwrap()).collect();
        let said = database.aupsert(rows, options.chunk_timeout(deadline)).await;

        assert_right(&said, unit, rounds.progress_in(database).await);
        match &said {
            Ok(_) => went_on += u32::from(deadline <= SLOW / 2),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
                in_commit += u32::from(error.phase() == Phase::Commit);
                in_doubt += u32::from(error.outcome() == Outcome::InDoubt);
            }
        }
    }
    database.assert_nothing_left().await;
    figure(format!("deadlines_in_commit_not_committed_{}", D::NAME), in_commit);
    figure(format!("deadlines_in_commit_committed_{}", D::NAME), went_on);
    assert!(in_commit + went_on > 0, "{in_commit} failed and {went_on} went on");
    assert_eq!(in_doubt, 0);
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

#[derive(Clone, Upsertable)]
struct Child {
    #[upsert(primary_key)]
    id: i64,
    parent: i64,
}

/// A commit that is answered with a refusal: a deferred constraint is looked at only then.
async fn refuse_in_commit<D: Database>(database: &D) {
    database
        .batch(
            "CREATE TABLE parent (id BIGINT PRIMARY KEY);
             CREATE TABLE child (id BIGINT PRIMARY KEY, parent BIGINT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
             INSERT INTO parent VALUES (1)",
        )
        .await;
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
