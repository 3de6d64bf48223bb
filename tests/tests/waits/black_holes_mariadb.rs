//! Promise 11 where the network to MariaDB falls silent, at each step of a call.

use std::time::Duration;

use futures_util::stream;
use tests::black_hole::{BlackHole, Lost};
use tests::deadlines::{DATABASE, Deadlines, assert_is_tried_again, longer_and_longer};
use tests::loading::{Form, Place};
use tests::{Database, LONGEST, MariaDb};
use upsert::backend::AsyncBackend;
use upsert::mysql_async::{Conn, TxOpts};
use upsert::report::{Outcome, Phase};
use upsert::{Atomicity, Error, UpsertFuture, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: String,
}

const ITEM: &str = "CREATE TABLE item (id BIGINT PRIMARY KEY, note TEXT NOT NULL)";
/// Rows are sent as values of prepared statements, which hold nothing else that could be looked for.
const NOTE: &str = "a text of a row";

fn items() -> Vec<Item> {
    (0..9).map(|id| Item { id, note: NOTE.to_owned() }).collect()
}

/// The silence begins with the message that holds a text, after so many others that do; by then so many rows are committed.
#[derive(Clone, Copy)]
struct Step(&'static str, usize, Phase, u64);

const LOOK_UP: Step = Step("information_schema.SCHEMATA", 0, Phase::Prepare, 0);
const BEGIN: Step = Step("START TRANSACTION", 0, Phase::Write, 0);
const LOOK_AGAIN: Step = Step("WHERE 1 = 0", 0, Phase::Write, 0);
const PREPARE: Step = Step("VALUES (?", 0, Phase::Write, 0);
const ROWS: Step = Step(NOTE, 0, Phase::Write, 0);
const STAGE: Step = Step("CREATE TEMPORARY TABLE", 0, Phase::Write, 0);
const WRITE_STAGED: Step = Step("AS sent", 0, Phase::Write, 0);
const COMMIT: Step = Step("COMMIT AND", 0, Phase::Commit, 0);
const SAVEPOINT: Step = Step(";\nSAVEPOINT", 0, Phase::Write, 0);
const RELEASE: Step = Step("RELEASE SAVEPOINT", 0, Phase::Commit, 0);

impl Step {
    const fn later(self, others: usize, before: u64) -> Self {
        Self(self.0, others, self.2, before)
    }
}

type Way = (Form, Atomicity, &'static [Step]);

/// Rows come in three chunks of three.
const OWN: [Way; 3] = [
    (Form::Vec, Atomicity::Call, &[LOOK_UP, BEGIN, LOOK_AGAIN, PREPARE, ROWS, ROWS.later(2, 0), COMMIT]),
    (
        Form::Stream,
        Atomicity::Chunk,
        &[LOOK_UP, BEGIN, PREPARE, ROWS, COMMIT, BEGIN.later(2, 6), ROWS.later(1, 3), COMMIT.later(1, 3)],
    ),
    (Form::Stream, Atomicity::Call, &[BEGIN, STAGE, ROWS, ROWS.later(2, 0), WRITE_STAGED, COMMIT]),
];

/// Those in the caller's transaction.
const CALLERS: [Way; 3] = [
    (Form::Vec, Atomicity::Call, &[LOOK_UP, SAVEPOINT, ROWS, RELEASE]),
    (Form::Stream, Atomicity::Chunk, &[LOOK_UP, SAVEPOINT, ROWS, ROWS.later(1, 3), RELEASE.later(1, 3)]),
    (Form::Stream, Atomicity::Call, &[SAVEPOINT, STAGE, ROWS, WRITE_STAGED, RELEASE]),
];

fn write<'a>(place: impl AsyncBackend + 'a, (form, atomicity, _): Way, deadline: Duration) -> UpsertFuture<'a> {
    let options = UpsertOptions::new().chunk_rows(3).atomicity(atomicity).chunk_timeout(deadline);
    match form {
        Form::Vec => Item::aupsert(place, items(), options),
        _ => Item::aupsert(place, stream::iter(items()), options),
    }
}

async fn before(place: Place, ways: [Way; 3]) {
    let mut deadlines = Deadlines::default();
    for way in ways {
        for &step in way.2 {
            for lost in [Lost::Question, Lost::Answer] {
                for deadline in longer_and_longer() {
                    if one(&mut deadlines, deadline, place, way, step, lost).await {
                        break;
                    }
                }
            }
        }
    }
    deadlines.report(&format!("black_hole_{place:?}").to_lowercase(), MariaDb::NAME);
}

/// Tells whether the call came so far before its deadline passed.
async fn one(deadlines: &mut Deadlines, deadline: Duration, place: Place, way: Way, step: Step, lost: Lost) -> bool {
    let Step(text, others, phase, before) = step;
    let case = format!("{place:?}, {:?} {:?}, {text:?} ({others} before), {lost:?} lost", way.0, way.1);
    let database = MariaDb::fresh().await;
    database.batch(ITEM).await;
    let hole = BlackHole::before(&database);
    let socket = hole.socket();
    let behind = database.through(socket.config());
    let error = match place {
        Place::Pool => {
            hole.opens_after(others, text, lost);
            deadlines.passes_after(deadline, &case, DATABASE, write(&behind.pool, way, deadline)).await
        }
        Place::Connection => {
            let mut connection = Conn::new(socket.config()).await.expect("it is not silent yet");
            // Whatever it has to prepare once in a process is prepared.
            Item::aupsert(&mut connection, [], UpsertOptions::new()).await.expect("there are no rows");
            hole.opens_after(others, text, lost);
            deadlines.passes_after(deadline, &case, DATABASE, write(&mut connection, way, deadline)).await
        }
        Place::Transaction => {
            let mut connection = Conn::new(socket.config()).await.expect("it is not silent yet");
            let begun = connection.start_transaction(TxOpts::default()).await;
            let mut transaction = begun.expect("it is not silent yet");
            hole.opens_after(others, text, lost);
            deadlines.passes_after(deadline, &case, DATABASE, write(&mut transaction, way, deadline)).await
        }
    };
    if !hole.has_opened() {
        assert_is_tried_again(deadline, &case, &error);
        return false;
    }
    judge(&database, place, &case, &error, phase, before, lost).await;
    // Nothing is in the way of others, though the network is silent. But whoever has not heard of a commit holds what it holds
    // until the server notices that nobody is there any more.
    hole.closes();
    if phase == Phase::Commit {
        drop(socket);
    }
    let writing = Item::aupsert(&database.pool, items(), UpsertOptions::new());
    let written = tokio::time::timeout(LONGEST, writing).await;
    written.unwrap_or_else(|_| panic!("{case}: something is left")).unwrap();
    database.assert_nothing_left().await;
    true
}

/// Whether the error tells the truth.
async fn judge(database: &MariaDb, place: Place, case: &str, error: &Error, phase: Phase, before: u64, lost: Lost) {
    // Nobody can be asked what became of it.
    let outcome = if phase == Phase::Commit { Outcome::InDoubt } else { Outcome::NotCommitted };
    assert_eq!((error.phase(), error.outcome()), (phase, outcome), "{case}");
    assert_eq!(
        (error.checkpoint().next_row, error.checkpoint().in_doubt.is_some()),
        (before, phase == Phase::Commit),
        "{case}"
    );
    if place == Place::Transaction {
        return;
    }
    let there = database.query("SELECT count(*) FROM item").await;
    let there: u64 = there[0][0].as_deref().expect("it is not NULL").parse().expect("it is a number");
    match (phase, lost) {
        (Phase::Commit, Lost::Answer) => assert!(there > before, "{case}: {there}"),
        _ => assert_eq!(there, before, "{case}"),
    }
}

#[tokio::test]
async fn promise_11_a_silent_network_before_a_pool_of_mariadb() {
    before(Place::Pool, OWN).await;
}

#[tokio::test]
async fn promise_11_a_silent_network_before_a_connection_to_mariadb() {
    before(Place::Connection, OWN).await;
}

#[tokio::test]
async fn promise_11_a_silent_network_before_a_callers_transaction_on_mariadb() {
    before(Place::Transaction, CALLERS).await;
}
