//! Promise 4: whoever drops a call at any await, or panics in the middle of it, leaves whole chunks in the table and
//! clean connections in the pool.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::{FutureExt, stream};
use tests::dropped::dropped_after;
use tests::loading::{Door, Form, Place, ways};
use tests::{Database, Table, figure, seed, suite};
use upsert::schema::ColumnType;
use upsert::value::Value;
use upsert::{Atomicity, ColumnValue, UpsertOptions, Upsertable};

suite!(
    promise_4_a_call_that_is_dropped_leaves_whole_chunks,
    promise_4_a_call_that_is_dropped_at_any_moment_leaves_whole_chunks,
    promise_4_a_panic_leaves_whole_chunks,
    promise_4_the_next_borrower_does_not_wait_for_what_was_dropped,
);

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: Note,
}

/// A text whose copying or reading panics if it says so.
#[derive(Debug)]
struct Note(&'static str);

const GOOD: &str = "new";
const PANICS_WHEN_COPIED: &str = "panics when it is copied";
const PANICS_WHEN_READ: &str = "panics when it is read";

impl Clone for Note {
    fn clone(&self) -> Self {
        assert!(self.0 != PANICS_WHEN_COPIED, "a row of the user's panics");
        Self(self.0)
    }
}

impl ColumnValue for Note {
    const TYPE: ColumnType = ColumnType::Text;

    fn value(&self) -> Value<'_> {
        assert!(self.0 != PANICS_WHEN_READ, "a row of the user's panics");
        Value::Text(self.0.into())
    }

    fn size(&self) -> usize {
        self.0.len()
    }
}

const ROWS_OF_A_CHUNK: i64 = 4;

fn items(count: i64) -> Vec<Item> {
    (0..count).map(|id| Item { id, note: Note(GOOD) }).collect()
}

fn options(atomicity: Atomicity) -> UpsertOptions {
    UpsertOptions::new().chunk_rows(4).atomicity(atomicity)
}

/// What is tested: rows on their way into a table of a kind that holds some of their keys.
#[derive(Clone, Copy, Debug)]
struct Case {
    kind: usize,
    place: Place,
    door: Door,
    form: Form,
    atomicity: Atomicity,
    rows: i64,
}

impl Case {
    /// Every way, with one row and with three chunks of them, into every kind of table. Only ways that can be dropped.
    fn all<D: Database>() -> Vec<Self> {
        let mut cases = Vec::new();
        for kind in 0..D::KINDS {
            for (place, door, form, atomicity) in ways::<D>() {
                for rows in [1, 3 * ROWS_OF_A_CHUNK] {
                    cases.push(Self { kind, place, door, form, atomicity, rows });
                }
            }
        }
        cases
    }

    /// Every other key is there already.
    async fn set_up<D: Database>(&self, database: &D) {
        database.batch("DROP TABLE IF EXISTS item").await;
        let columns = [("id", "BIGINT NOT NULL"), ("note", "TEXT NOT NULL")];
        database.batch(&D::table_of_kind(self.kind, "item", &columns, &["id"])).await;
        self.refill(database).await;
    }

    async fn refill<D: Database>(&self, database: &D) {
        let old: Vec<String> = (0..self.rows).step_by(2).map(|id| format!("({id}, 'old')")).collect();
        database.batch(&format!("DELETE FROM item; INSERT INTO item VALUES {}", old.join(", "))).await;
    }

    /// The table after so many chunks.
    fn table(&self, chunks: i64) -> Table {
        let written = (chunks * ROWS_OF_A_CHUNK).min(self.rows);
        let row = |id: i64| {
            let note = if id < written { Some(GOOD) } else { (id % 2 == 0).then_some("old") };
            note.map(|note| vec![Some(id.to_string()), Some(note.to_owned())])
        };
        let mut table: Table = (0..self.rows).filter_map(row).collect();
        table.sort();
        table
    }

    fn chunks(&self) -> i64 {
        (self.rows + ROWS_OF_A_CHUNK - 1) / ROWS_OF_A_CHUNK
    }

    /// How many whole chunks a table holds; nothing else may be in it.
    fn chunks_in(&self, table: &Table) -> i64 {
        let possible = match (self.place, self.atomicity) {
            // A transaction that is dropped with the call is rolled back by its owner.
            (Place::Transaction, _) | (_, Atomicity::Call) => vec![0, self.chunks()],
            _ => (0..=self.chunks()).collect(),
        };
        let found = possible.into_iter().find(|&chunks| *table == self.table(chunks));
        found.unwrap_or_else(|| panic!("{self:?}: {table:?}"))
    }

    async fn write<D: Database>(&self, database: &D, rows: &[Item]) -> Result<upsert::UpsertReport, upsert::Error> {
        database.write(self.place, self.door, self.form, rows, options(self.atomicity)).await
    }
}

/// Nothing of a call that was dropped goes on, or is left behind. The server needs a moment to hear of it.
async fn assert_nothing_goes_on<D: Database>(database: &D, case: &dyn std::fmt::Debug) {
    let started = Instant::now();
    loop {
        let under_way = database.under_way().await;
        if under_way.is_empty() {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(5), "{case:?}: {under_way:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The connections of the pool are clean, those included that were lent to a call. (tokio-postgres forgets a statement
/// whose preparation is dropped, as that of a COPY may be; the connection has it until it closes, and so it does not
/// count here.)
async fn assert_clean<D: Database>(database: &D) {
    let left: Vec<String> =
        database.leftovers().await.into_iter().filter(|left| !left.starts_with("statement ")).collect();
    assert!(left.is_empty(), "left in a connection of the pool: {left:?}");
}

/// After every n-th case all connections of the pool are looked at from within.
const LOOKED_AT: u32 = 16;

async fn promise_4_a_call_that_is_dropped_leaves_whole_chunks<D: Database>(database: D) {
    let mut drops = 0;
    for case in Case::all::<D>() {
        // What blocks the thread cannot be dropped.
        if !D::can_be_dropped(case.place) {
            continue;
        }
        case.set_up(&database).await;
        let rows = items(case.rows);
        for polls in 0.. {
            let done = dropped_after(polls, case.write(&database, &rows)).await;
            assert_nothing_goes_on(&database, &(case, polls)).await;
            let table = database.table("item").await;
            let chunks = case.chunks_in(&table);
            if let Some(result) = done {
                result.unwrap_or_else(|error| panic!("{case:?}: {error}"));
                assert_eq!(chunks, case.chunks(), "{case:?}");
                break;
            }
            drops += 1;
            if drops % LOOKED_AT == 0 {
                assert_clean(&database).await;
            }
            case.refill(&database).await;
        }
    }
    assert_clean(&database).await;
    let report = database.aupsert(items(20), UpsertOptions::new()).await.expect("the pool still works");
    assert_eq!(report.rows, 20);
    figure(format!("cancellation_drops_at_awaits_{}", D::NAME), drops);
}

async fn promise_4_a_call_that_is_dropped_at_any_moment_leaves_whole_chunks<D: Database>(database: D) {
    let mut dice = seed::dice();
    let cases: Vec<Case> = Case::all::<D>().into_iter().filter(|case| D::can_be_dropped(case.place)).collect();
    let mut drops = 0;
    for _ in 0..seed::cases(1_200) {
        let case = cases[seed::below(&mut dice, cases.len())];
        case.set_up(&database).await;
        let rows = items(case.rows);
        // As long as such a call takes, or less; most of them are short.
        let longest = 6_000 >> seed::below(&mut dice, 5);
        let moment = Duration::from_micros(seed::below(&mut dice, longest) as u64);
        let done = tokio::time::timeout(moment, case.write(&database, &rows)).await;
        assert_nothing_goes_on(&database, &case).await;
        let chunks = case.chunks_in(&database.table("item").await);
        match done {
            Ok(result) => assert_eq!(result.map(|report| report.rows).ok(), u64::try_from(case.rows).ok(), "{case:?}"),
            Err(_) => {
                drops += 1;
                if drops % LOOKED_AT == 0 {
                    assert_clean(&database).await;
                }
            }
        }
        // What is missing can be written, and no more.
        database.aupsert(items(case.rows), UpsertOptions::new()).await.expect("the pool still works");
        assert_eq!(case.chunks_in(&database.table("item").await), case.chunks(), "{case:?} after {chunks} chunks");
    }
    assert_clean(&database).await;
    figure(format!("cancellation_drops_at_moments_{}", D::NAME), drops);
}

async fn promise_4_a_panic_leaves_whole_chunks<D: Database>(database: D) {
    let mut panics = 0;
    for case in Case::all::<D>() {
        for (note, row) in [PANICS_WHEN_COPIED, PANICS_WHEN_READ].into_iter().flat_map(|note| [(note, 0), (note, 9)]) {
            // What is in memory is not copied by the library.
            if row >= case.rows || (note == PANICS_WHEN_COPIED && case.form.is_memory()) {
                continue;
            }
            case.set_up(&database).await;
            let mut rows = items(case.rows);
            rows[usize::try_from(row).expect("it is small")].note = Note(note);
            let caught = AssertUnwindSafe(case.write(&database, &rows)).catch_unwind().await;
            assert!(caught.is_err(), "{case:?}: the panic of row {row} goes on");
            assert_nothing_goes_on(&database, &case).await;
            let chunks = case.chunks_in(&database.table("item").await);
            assert!(chunks <= row / ROWS_OF_A_CHUNK, "{case:?}: {chunks} chunks before row {row}");
            panics += 1;
            if panics % LOOKED_AT == 0 {
                assert_clean(&database).await;
            }
        }
    }
    assert_clean(&database).await;
    figure(format!("cancellation_panics_{}", D::NAME), panics);
}

async fn promise_4_the_next_borrower_does_not_wait_for_what_was_dropped<D: Database>(database: D) {
    const LIMIT: Duration = Duration::from_millis(100);
    database.batch("CREATE TABLE item (id BIGINT PRIMARY KEY, note TEXT NOT NULL)").await;
    database.batch(&D::slow_down("item")).await;
    let mut worst = Duration::ZERO;
    let mut asked = 0;
    for round in 0..8 {
        // The machine may be busy with something else for a moment, and then another one is looked at.
        let mut best = Duration::MAX;
        for _ in 0..3 {
            // Every connection of the pool is with somebody whose statement would take half a minute.
            let calls = (0..D::CONNECTIONS).map(|_| {
                let atomicity = [Atomicity::Chunk, Atomicity::Call][round % 2];
                database.aupsert(stream::iter(items(3)), options(atomicity))
            });
            let calls = tokio::time::timeout(Duration::from_millis(150), join_all(calls)).await;
            assert!(calls.is_err(), "they were not slow");
            let started = Instant::now();
            join_all((0..D::CONNECTIONS).map(|_| database.ask())).await;
            best = best.min(started.elapsed());
            asked += D::CONNECTIONS;
            assert_nothing_goes_on(&database, &"slow").await;
            assert!(database.table("item").await.is_empty());
        }
        worst = worst.max(best);
    }
    assert!(worst <= LIMIT, "the next borrower waited {worst:?}");
    figure(format!("cancellation_next_borrowers_{}", D::NAME), asked);
    figure(format!("cancellation_next_borrower_worst_ms_{}", D::NAME), worst.as_millis());
}

/// On PostgreSQL the caller's own transaction outlives a call that was dropped, with all that the caller did in it.
#[test]
fn promise_4_a_callers_transaction_outlives_a_call_that_was_dropped() {
    tests::run(|database: tests::Postgres| async move {
        let mut drops = 0;
        for (place, door, form, atomicity) in ways::<tests::Postgres>() {
            if place != Place::Transaction {
                continue;
            }
            let case = Case { kind: 0, place, door, form, atomicity, rows: 3 * ROWS_OF_A_CHUNK };
            case.set_up(&database).await;
            let rows = items(case.rows);
            let mut client = database.connect().await;
            for polls in 0.. {
                let mut transaction = client.transaction().await.unwrap();
                transaction.execute("INSERT INTO item VALUES (100, 'own')", &[]).await.unwrap();
                let writing = async {
                    tests::in_form!(form, rows.as_slice(), given => {
                        tests::through_door!(Item, door, &mut transaction, given, options(atomicity))
                    })
                };
                let done = dropped_after(polls, writing).await;
                transaction.execute("INSERT INTO item VALUES (101, 'own')", &[]).await.unwrap();
                transaction.commit().await.unwrap();

                let mut table = database.table("item").await;
                let own = table.extract_if(.., |row| row[1].as_deref() == Some("own")).count();
                assert_eq!(own, 2, "{case:?} after {polls} polls");
                // Chunks whose savepoint was released stay.
                let chunks = Case { place: Place::Connection, ..case }.chunks_in(&table);
                database.batch("DELETE FROM item WHERE id >= 100").await;
                case.refill(&database).await;
                if done.is_some() {
                    assert_eq!(chunks, case.chunks(), "{case:?}");
                    break;
                }
                drops += 1;
            }
        }
        figure("cancellation_drops_in_callers_transactions", drops);
    });
}
