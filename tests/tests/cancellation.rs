//! Promise 4: whoever drops a call at any await, or panics in the middle of it, leaves whole chunks in the table and
//! clean connections in the pool.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::{FutureExt, stream};
use tests::dropped::{dropped_after, dropped_at};
use tests::loading::{Door, Form, Place, watch, ways};
use tests::slow_server::{slow, slow_mariadb};
use tests::sqlite::Journal;
use tests::{Database, MariaDb, Postgres, Sqlite, Table, figure, in_form, seed, suite, through_door};
use upsert::report::Checkpoint;
use upsert::rusqlite;
use upsert::schema::ColumnType;
use upsert::tokio_postgres::NoTls;
use upsert::value::Value;
use upsert::{Atomicity, ColumnValue, Dialect, PostgresPool, SqlitePool, UpsertOptions, Upsertable};

suite!(
    promise_4_a_call_that_is_dropped_leaves_whole_chunks,
    promise_4_a_call_that_is_dropped_at_any_moment_leaves_whole_chunks,
    promise_4_a_panic_leaves_whole_chunks,
    promise_4_the_next_borrower_does_not_wait_for_what_was_dropped,
    promise_4_a_cursor_goes_on_after_a_step_that_was_dropped,
);

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: Note,
}

/// A text whose copying, reading or dropping panics if it says so.
#[derive(Debug)]
struct Note(&'static str);

const GOOD: &str = "new";
const PANICS_WHEN_COPIED: &str = "panics when it is copied";
const PANICS_WHEN_READ: &str = "panics when it is read";
const PANICS_WHEN_DROPPED: &str = "panics when it is dropped";

impl Clone for Note {
    fn clone(&self) -> Self {
        assert!(self.0 != PANICS_WHEN_COPIED, "a row of the user's panics");
        Self(self.0)
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        assert!(self.0 != PANICS_WHEN_DROPPED || std::thread::panicking(), "a row of the user's panics");
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

/// What is tested: rows on their way into a table.
#[derive(Clone, Copy, Debug)]
struct Case {
    /// The table's kind, if there is a table, which then holds some of the keys; else the call makes it.
    kind: Option<usize>,
    place: Place,
    door: Door,
    form: Form,
    atomicity: Atomicity,
    rows: i64,
}

impl Case {
    /// Every way, with one row and with three chunks of them, into every kind of table and into none. What goes to a pool
    /// comes first.
    fn all<D: Database>() -> Vec<Self> {
        let mut cases = Vec::new();
        for (place, door, form, atomicity) in ways::<D>() {
            for kind in (0..D::KINDS).map(Some).chain([None]) {
                // Whether the table is made does not depend on the rows; and MySQL makes none in a transaction of the
                // caller's.
                let is_never_made = D::DIALECT == Dialect::MySql && place == Place::Transaction;
                if kind.is_none() && (is_never_made || !matches!(form, Form::Vec | Form::Iterator | Form::Stream)) {
                    continue;
                }
                let counts = if kind.is_some() { &[1, 3 * ROWS_OF_A_CHUNK][..] } else { &[2 * ROWS_OF_A_CHUNK] };
                for &rows in counts {
                    cases.push(Self { kind, place, door, form, atomicity, rows });
                }
            }
        }
        cases
    }

    /// The same; what blocks the thread cannot be dropped.
    fn all_that_can_be_dropped<D: Database>() -> Vec<Self> {
        Self::all::<D>().into_iter().filter(|case| D::can_be_dropped(case.place)).collect()
    }

    async fn set_up<D: Database>(&self, database: &D) {
        database.batch("DROP TABLE IF EXISTS item").await;
        if let Some(kind) = self.kind {
            let columns = [("id", "BIGINT NOT NULL"), ("note", "TEXT NOT NULL")];
            database.batch(&D::table_of_kind(kind, "item", &columns, &["id"])).await;
        }
        self.refill(database).await;
    }

    /// Every other key is there, or the table is not.
    async fn refill<D: Database>(&self, database: &D) {
        if self.kind.is_none() {
            return database.batch("DROP TABLE IF EXISTS item").await;
        }
        let old: Vec<String> = (0..self.rows).step_by(2).map(|id| format!("({id}, 'old')")).collect();
        database.batch(&format!("DELETE FROM item; INSERT INTO item VALUES {}", old.join(", "))).await;
    }

    fn options(&self) -> UpsertOptions {
        let options = options(self.atomicity);
        if self.kind.is_some() { options } else { options.create_table() }
    }

    /// The table after so many chunks.
    fn table(&self, chunks: i64) -> Table {
        let written = (chunks * ROWS_OF_A_CHUNK).min(self.rows);
        let row = |id: i64| {
            let was_there = self.kind.is_some() && id % 2 == 0;
            let note = if id < written { Some(GOOD) } else { was_there.then_some("old") };
            note.map(|note| vec![Some(id.to_string()), Some(note.to_owned())])
        };
        let mut table: Table = (0..self.rows).filter_map(row).collect();
        table.sort();
        table
    }

    fn chunks(&self) -> i64 {
        (self.rows + ROWS_OF_A_CHUNK - 1) / ROWS_OF_A_CHUNK
    }

    /// How many whole chunks the table holds; nothing else may be in it. What the call makes may not be there.
    async fn chunks_in<D: Database>(&self, database: &D) -> i64 {
        if self.kind.is_none() && database.columns("item").await.is_empty() {
            return 0;
        }
        let mut table = database.table("item").await;
        for note in table.iter_mut().flat_map(|row| &mut row[1]) {
            // What panics when it is dropped is written as every other.
            *note = note.replace(PANICS_WHEN_DROPPED, GOOD);
        }
        self.chunks_of(&table)
    }

    fn chunks_of(&self, table: &Table) -> i64 {
        let possible = match (self.place, self.atomicity) {
            // A transaction that is dropped with the call is rolled back by its owner.
            (Place::Transaction, _) | (_, Atomicity::Call) => vec![0, self.chunks()],
            _ => (0..=self.chunks()).collect(),
        };
        let found = possible.into_iter().find(|&chunks| *table == self.table(chunks));
        found.unwrap_or_else(|| panic!("{self:?}: {table:?}"))
    }

    async fn write<D: Database>(&self, database: &D, rows: &[Item]) -> Result<upsert::UpsertReport, upsert::Error> {
        database.write(self.place, self.door, self.form, rows, self.options()).await
    }
}

/// Keeps a table from one case to the next, where both have one of the same kind: to make one takes longer than to fill it.
#[derive(Default)]
struct Keeper {
    /// The kind of the last case.
    kind: Option<Option<usize>>,
}

impl Keeper {
    async fn set_up<D: Database>(&mut self, database: &D, case: &Case) {
        if self.kind.replace(case.kind) == Some(case.kind) {
            case.refill(database).await;
        } else {
            case.set_up(database).await;
        }
    }
}

/// Looks into the connections of the pool now and then.
#[derive(Default)]
struct Inspector {
    dropped: u32,
    /// Whether a connection was lent to a call that was dropped. tokio-postgres then forgets a statement whose preparation
    /// was under way, as that of a COPY may be, and the connection has it until it closes.
    lent: bool,
}

impl Inspector {
    /// After every n-th call that was dropped it looks.
    const LOOKS: u32 = 16;

    async fn after<D: Database>(&mut self, database: &D, case: &Case) {
        self.dropped += 1;
        self.lent |= case.place != Place::Pool;
        if self.dropped.is_multiple_of(Self::LOOKS) {
            self.look(database).await;
        }
    }

    async fn look<D: Database>(&self, database: &D) {
        let mut left = database.leftovers().await;
        left.retain(|left| !(self.lent && left.starts_with("statement ")));
        assert!(left.is_empty(), "left in a connection of the pool: {left:?}");
    }
}

async fn promise_4_a_call_that_is_dropped_leaves_whole_chunks<D: Database>(database: D) {
    let mut drops = 0;
    // How often a call waits is a matter of chance on SQLite, whose threads may be done at once.
    let (enough, least) = if D::DIALECT == Dialect::Sqlite { (1_000, 1) } else { (800, 500) };
    while drops < enough {
        let mut cases = Case::all_that_can_be_dropped::<D>();
        // How rows are given is nothing to the table: in all forms to one kind of it, and in those that differ to others. A
        // call to a server waits for so many answers that these do.
        let in_all_forms = (D::DIALECT == Dialect::Sqlite).then_some(Some(0));
        cases.retain(|case| {
            Some(case.kind) == in_all_forms || matches!(case.form, Form::Vec | Form::Iterator | Form::Stream)
        });
        // A call of one row is the same to all kinds of tables of a server, and of the others every second goes to each kind.
        if D::DIALECT != Dialect::Sqlite {
            let mut turn = 0;
            cases.retain(|case| match case.kind {
                Some(kind) if case.rows > 1 => {
                    turn += usize::from(kind == 0);
                    (turn + turn / D::KINDS) % D::KINDS == kind
                }
                Some(kind) => kind == 0,
                None => true,
            });
        }
        let more = drop_at_every_await(&database, cases).await;
        assert!(more >= least, "only {more}");
        drops += more;
    }
    figure(format!("cancellation_drops_at_awaits_{}", D::NAME), drops);
}

/// Drops calls each time they wait. Nothing but whole chunks may be in the table then, nothing goes on, and the
/// connections are clean.
async fn drop_at_every_await<D: Database>(database: &D, cases: Vec<Case>) -> u32 {
    let mut inspector = Inspector::default();
    for case in cases {
        case.set_up(database).await;
        let rows = items(case.rows);
        for polls in 1.. {
            let done = dropped_after(polls, case.write(database, &rows)).await;
            database.assert_nothing_goes_on(&(case, polls)).await;
            let chunks = case.chunks_in(database).await;
            if let Some(result) = done {
                result.unwrap_or_else(|error| panic!("{case:?}: {error}"));
                assert_eq!(chunks, case.chunks(), "{case:?}");
                break;
            }
            inspector.after(database, &case).await;
            case.refill(database).await;
        }
    }
    inspector.look(database).await;
    let options = UpsertOptions::new().create_table();
    let report = database.aupsert(items(20), options).await.expect("the pool still works");
    assert_eq!(report.rows, 20);
    inspector.dropped
}

/// Answers that arrive together are waited for one after the other without a pause between; from a slow server, each of
/// them is waited for.
#[test]
fn promise_4_a_call_to_a_slow_server_that_is_dropped_leaves_whole_chunks() {
    tests::run_on_one_thread(|database: Postgres| async move {
        // A stream where it is staged, and rows in memory where it makes no difference.
        let mut cases = Case::all_that_can_be_dropped::<Postgres>();
        cases.retain(|case| {
            let form = if case.atomicity == Atomicity::Call { Form::Stream } else { Form::Vec };
            // What a partitioned table takes, it takes at each place in the same way.
            case.form == form && case.rows > 1 && (case.kind != Some(1) || case.place == Place::Pool)
        });
        let drops = drop_at_every_await(&slow(&database), cases).await;
        assert!(drops >= 1_000, "only {drops}");
        figure("cancellation_drops_at_awaits_of_a_slow_server", drops);
    });
}

#[test]
fn promise_4_a_call_to_a_slow_mariadb_that_is_dropped_leaves_whole_chunks() {
    tests::run_on_one_thread(|database: MariaDb| async move {
        let mut cases = Case::all_that_can_be_dropped::<MariaDb>();
        cases.retain(|case| {
            let form = if case.atomicity == Atomicity::Call { Form::Stream } else { Form::Vec };
            case.form == form && case.rows > 1
        });
        let (slowly, _way) = slow_mariadb(&database);
        let drops = drop_at_every_await(&slowly, cases).await;
        assert!(drops >= 500, "only {drops}");
        figure("cancellation_drops_at_awaits_of_a_slow_mariadb", drops);
    });
}

#[test]
fn promise_4_a_call_that_is_dropped_leaves_whole_chunks_with_a_rollback_journal() {
    tests::run(|_: Sqlite| async {
        let mut drops = 0;
        while drops < 1_000 {
            let cases = Case::all_that_can_be_dropped::<Sqlite>();
            let more = drop_at_every_await(&Sqlite::with(Journal::Rollback), cases).await;
            assert!(more > 0, "none");
            drops += more;
        }
        figure("cancellation_drops_at_awaits_sqlite_rollback_journal", drops);
    });
}

/// A database in memory lives in the one connection of its pool, which must outlive whatever is dropped.
#[test]
fn promise_4_a_call_that_is_dropped_leaves_whole_chunks_in_memory() {
    tests::run(|_: Sqlite| async {
        let pool = SqlitePool::memory().expect("there is memory");
        let mut drops = 0;
        let cases = Case::all_that_can_be_dropped::<Sqlite>();
        // In whole rounds, until it was enough.
        let rounds = (1..=10).flat_map(|round| cases.iter().map(move |case| (round, *case)));
        for (round, case) in rounds {
            if drops >= 1_000 && round > 1 {
                break;
            }
            let rows = items(case.rows);
            for polls in 1.. {
                pool.with(|connection| connection.execute_batch("DROP TABLE IF EXISTS item")).await.unwrap().unwrap();
                // What is not made by the call is made before it.
                let ready = UpsertOptions::new().create_table();
                if case.kind.is_some() {
                    Item::aupsert(&pool, Vec::new(), ready.clone()).await.unwrap();
                }
                let case = Case { kind: None, ..case };
                let writing = async {
                    in_form!(case.form, rows.as_slice(), given => through_door!(Item, case.door, &pool, given, case.options()))
                };
                let done = dropped_after(polls, writing).await;
                let table = pool.with(|connection| {
                    assert!(connection.is_autocommit(), "a transaction is left open");
                    let is_there = connection.table_exists(None, "item")?;
                    Ok::<_, rusqlite::Error>(if is_there {
                        tests::sqlite::query(connection, "SELECT * FROM item ORDER BY id, note")
                    } else {
                        Table::new()
                    })
                });
                let mut table = table.await.unwrap().unwrap();
                table.sort();
                let chunks = case.chunks_of(&table);
                if let Some(result) = done {
                    result.unwrap_or_else(|error| panic!("{case:?}: {error}"));
                    assert_eq!(chunks, case.chunks(), "{case:?}");
                    break;
                }
                drops += 1;
            }
        }
        assert!(drops >= 1_000, "only {drops}");
        figure("cancellation_drops_at_awaits_sqlite_memory", drops);
    });
}

async fn promise_4_a_call_that_is_dropped_at_any_moment_leaves_whole_chunks<D: Database>(database: D) {
    let mut dice = seed::dice();
    let all = Case::all_that_can_be_dropped::<D>();
    // Some calls to SQLite are done before the moment has come.
    let moments = if D::DIALECT == Dialect::Sqlite { 600 } else { 350 };
    let mut cases: Vec<Case> = (0..seed::cases(moments)).map(|_| all[seed::below(&mut dice, all.len())]).collect();
    // What is lent comes last, as the inspector wants it.
    cases.sort_by_key(|case| case.place != Place::Pool);
    let mut inspector = Inspector::default();
    for case in cases {
        case.set_up(&database).await;
        let rows = items(case.rows);
        // As long as such a call takes, or less; most of them are short.
        let longest = 6_000 >> seed::below(&mut dice, 5);
        let moment = Duration::from_micros(seed::below(&mut dice, longest) as u64);
        let done = dropped_at(moment, case.write(&database, &rows)).await;
        database.assert_nothing_goes_on(&case).await;
        let chunks = case.chunks_in(&database).await;
        match done {
            Some(result) => {
                assert_eq!(result.map(|report| report.rows).ok(), u64::try_from(case.rows).ok(), "{case:?}");
            }
            None => inspector.after(&database, &case).await,
        }
        // What is missing can be written in the same way, and no more.
        case.write(&database, &rows).await.unwrap_or_else(|error| panic!("{case:?}, again: {error}"));
        assert_eq!(case.chunks_in(&database).await, case.chunks(), "{case:?} after {chunks} chunks");
    }
    inspector.look(&database).await;
    assert!(inspector.dropped >= 300, "only {}", inspector.dropped);
    figure(format!("cancellation_drops_at_moments_{}", D::NAME), inspector.dropped);
}

async fn promise_4_a_panic_leaves_whole_chunks<D: Database>(database: D) {
    const NOTES: [&str; 3] = [PANICS_WHEN_COPIED, PANICS_WHEN_READ, PANICS_WHEN_DROPPED];
    let (mut keeper, mut inspector) = (Keeper::default(), Inspector::default());
    let mut cases = Case::all::<D>();
    // In all forms to one kind of table.
    cases.retain(|case| match case.kind {
        Some(kind) => kind == 0 || matches!(case.form, Form::Vec | Form::Stream),
        None => false,
    });
    cases.sort_by_key(|case| (case.place != Place::Pool, case.kind));
    for case in cases {
        for (note, row) in NOTES.into_iter().flat_map(|note| [(note, 0), (note, 9)]) {
            // What is in memory is not copied by the library, and what is borrowed is not dropped.
            let never = match note {
                PANICS_WHEN_COPIED => case.form.is_memory(),
                PANICS_WHEN_DROPPED => case.form == Form::Slice,
                _ => false,
            };
            if row >= case.rows || never {
                continue;
            }
            keeper.set_up(&database, &case).await;
            let mut rows = items(case.rows);
            let odd = usize::try_from(row).expect("it is small");
            rows[odd].note = Note(note);
            let caught = AssertUnwindSafe(case.write(&database, &rows)).catch_unwind().await;
            std::mem::forget(std::mem::replace(&mut rows[odd].note, Note(GOOD)));
            assert!(caught.is_err(), "{case:?}: the panic of a row that {note} goes on");
            database.assert_nothing_goes_on(&case).await;
            let chunks = case.chunks_in(&database).await;
            if note == PANICS_WHEN_DROPPED {
                // It may have been written before.
                let whole = [0, row / ROWS_OF_A_CHUNK, row / ROWS_OF_A_CHUNK + 1, case.chunks()];
                assert!(
                    whole.contains(&chunks),
                    "{case:?}: {chunks} chunks, and row {row} panicked when it was dropped"
                );
            } else {
                // What was committed before is kept.
                let kept = match (case.place, case.atomicity) {
                    (Place::Transaction, _) | (_, Atomicity::Call) => 0,
                    (Place::Pool | Place::Connection, _) => row / ROWS_OF_A_CHUNK,
                };
                assert_eq!(chunks, kept, "{case:?}: row {row} {note}");
            }
            inspector.after(&database, &case).await;
        }
    }
    inspector.look(&database).await;
    figure(format!("cancellation_panics_{}", D::NAME), inspector.dropped);
}

async fn promise_4_the_next_borrower_does_not_wait_for_what_was_dropped<D: Database>(database: D) {
    // Far from the ten minutes of the statement, and from what a busy machine takes; the figure says how long it was.
    const LIMIT: Duration = Duration::from_secs(1);
    database.batch("CREATE TABLE item (id BIGINT PRIMARY KEY, note TEXT NOT NULL)").await;
    database.batch(&D::slow_down("item")).await;
    let mut worst = Duration::ZERO;
    let mut asked = 0;
    for round in 0..8 {
        // The machine may be busy with something else for a moment, and then another one is looked at.
        let mut best = Duration::MAX;
        for tried in 1_u32.. {
            // Every connection of the pool is with somebody whose statement would take ten minutes: that of a chunk, or the
            // one that writes what was staged.
            let calls = (0..D::CONNECTIONS).map(|number| {
                let options = options([Atomicity::Chunk, Atomicity::Call][round % 2]);
                let (rows, database) = (items(9), &database);
                async move {
                    match number % 3 {
                        0 => drop(database.aupsert(stream::iter(rows), options).await),
                        1 => drop(database.aupsert(rows, options).await),
                        _ => drop(watch(database.aupsert_chunks(stream::iter(rows), options)).await),
                    }
                }
            });
            let calls = tokio::time::timeout(Duration::from_millis(150), join_all(calls)).await;
            assert!(calls.is_err(), "they were not slow");
            let started = Instant::now();
            join_all((0..D::CONNECTIONS).map(|_| database.ask())).await;
            best = best.min(started.elapsed());
            asked += D::CONNECTIONS;
            database.assert_nothing_goes_on(&"slow").await;
            assert!(database.table("item").await.is_empty());
            if tried >= 10 || (tried >= 3 && best <= LIMIT) {
                break;
            }
        }
        worst = worst.max(best);
    }
    assert!(worst <= LIMIT, "the next borrower waited {worst:?}");
    figure(format!("cancellation_next_borrowers_{}", D::NAME), asked);
    figure(format!("cancellation_next_borrower_worst_ms_{}", D::NAME), worst.as_millis());
}

/// Every step of a cursor is dropped once, each time after more polls, and done again.
async fn promise_4_a_cursor_goes_on_after_a_step_that_was_dropped<D: Database>(database: D) {
    let mut drops = 0;
    for kind in (0..D::KINDS).map(Some).chain([None]) {
        let case = Case {
            kind,
            place: Place::Pool,
            door: Door::Cursor,
            form: Form::Iterator,
            atomicity: Atomicity::Chunk,
            rows: 3 * ROWS_OF_A_CHUNK,
        };
        for polls in 1.. {
            case.set_up(&database).await;
            let mut cursor = Item::cursor(items(case.rows).into_iter(), case.options());
            let mut was_dropped = false;
            loop {
                let done = dropped_after(polls, database.write_next(&mut cursor)).await;
                database.assert_nothing_goes_on(&(case, polls)).await;
                let Checkpoint { next_row, in_doubt, .. } = cursor.report().checkpoint.clone();
                let there = case.chunks_in(&database).await;
                let told = i64::try_from(next_row).unwrap() / ROWS_OF_A_CHUNK;
                assert!(
                    there == told || (there == told + 1 && in_doubt == Some(next_row..next_row + 4)),
                    "{case:?}, {polls} polls: {there} chunks are there, the cursor says {told}, in doubt: {in_doubt:?}"
                );
                if done.is_none() {
                    drops += 1;
                    was_dropped = true;
                    let chunk =
                        database.write_next(&mut cursor).await.unwrap_or_else(|error| panic!("{case:?}: {error}"));
                    assert!(chunk.is_some(), "{case:?}");
                } else if matches!(done, Some(Ok(None))) {
                    break;
                }
                if cursor.report().rows == u64::try_from(case.rows).unwrap() && was_dropped {
                    break;
                }
            }
            assert_eq!(case.chunks_in(&database).await, case.chunks(), "{case:?}");
            let report = cursor.report();
            assert_eq!((report.rows, report.chunks, report.checkpoint.next_row), (12, 3, 12), "{case:?}");
            if !was_dropped {
                break;
            }
        }
    }
    database.assert_nothing_left().await;
    figure(format!("cancellation_drops_of_cursors_{}", D::NAME), drops);
}

/// A server is asked to stop in the way that the caller says, or not at all.
#[test]
fn promise_4_a_server_is_asked_to_stop_in_the_callers_way() {
    tests::run(|database: Postgres| async move {
        database.batch("CREATE TABLE item (id BIGINT PRIMARY KEY, note TEXT NOT NULL)").await;
        database.batch(&Postgres::slow_down("item")).await;
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let pool = PostgresPool::new(&database.pool).cancel_with(move |token| {
            counter.fetch_add(1, Ordering::Relaxed);
            async move { drop(token.cancel_query(NoTls).await) }
        });
        let never_asks = PostgresPool::new(&database.pool).cancel_with(|_| async {});
        for (pool, is_asked) in [(pool, true), (never_asks, false)] {
            let sleeps = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
            let is_slow = async {
                while database.query(sleeps).await.is_empty() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            let written = tokio::select! {
                written = Item::aupsert(&pool, items(3), options(Atomicity::Call)) => Some(written),
                () = is_slow => None,
            };
            assert!(written.is_none(), "it was not slow: {written:?}");
            if is_asked {
                database.assert_nothing_goes_on(&"asked").await;
                assert_eq!(asked.load(Ordering::Relaxed), 1);
            } else {
                tokio::time::sleep(Duration::from_millis(300)).await;
                assert!(!database.under_way().await.is_empty(), "somebody asked the server to stop");
                database
                    .batch(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                         WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'",
                    )
                    .await;
                database.assert_nothing_goes_on(&"ended").await;
            }
            assert!(database.table("item").await.is_empty());
            assert_eq!(database.leftovers().await, [""; 0]);
        }
    });
}

/// On PostgreSQL the caller's own transaction outlives a call that was dropped, with all that the caller did in it; and so
/// does a connection that was lent. Both take the same rows again.
#[test]
fn promise_4_what_was_lent_outlives_a_call_that_was_dropped() {
    tests::run(|database: Postgres| async move {
        let mut drops = 0;
        for case in Case::all::<Postgres>() {
            let Case { place, door, form, .. } = case;
            let in_transaction = match place {
                Place::Pool => continue,
                Place::Connection => false,
                Place::Transaction => true,
            };
            // The caller's own rows want a table, or are written when it is there.
            if case.kind.is_none() && in_transaction {
                continue;
            }
            // In all forms where there is most to drop.
            let most = case.kind == Some(0) && case.rows > 1;
            if !most && !matches!((form, case.kind), (Form::Vec, _) | (Form::Stream, Some(0) | None)) {
                continue;
            }
            case.set_up(&database).await;
            let rows = items(case.rows);
            let mut client = database.connect().await;
            for polls in 1.. {
                // Every other time.
                let again = polls % 2 == 0;
                let done = if in_transaction {
                    let mut transaction = client.transaction().await.unwrap();
                    transaction.execute("INSERT INTO item VALUES (100, 'own')", &[]).await.unwrap();
                    let writing = async {
                        in_form!(form, rows.as_slice(), given => {
                            through_door!(Item, door, &mut transaction, given, case.options())
                        })
                    };
                    let done = dropped_after(polls, writing).await;
                    if again {
                        Item::aupsert(&mut transaction, &rows, case.options()).await.unwrap();
                    }
                    transaction.execute("INSERT INTO item VALUES (101, 'own')", &[]).await.unwrap();
                    transaction.commit().await.unwrap();
                    done
                } else {
                    let writing = async {
                        in_form!(form, rows.as_slice(), given => {
                            through_door!(Item, door, &mut client, given, case.options())
                        })
                    };
                    let done = dropped_after(polls, writing).await;
                    if again || case.kind.is_none() {
                        Item::aupsert(&mut client, &rows, case.options()).await.unwrap();
                    }
                    client.batch_execute("INSERT INTO item VALUES (100, 'own'), (101, 'own')").await.unwrap();
                    done
                };

                let mut table = database.table("item").await;
                let own = table.extract_if(.., |row| row[1].as_deref() == Some("own")).count();
                assert_eq!(own, 2, "{case:?} after {polls} polls");
                // Chunks whose savepoint was released stay.
                let chunks = Case { place: Place::Connection, ..case }.chunks_of(&table);
                case.refill(&database).await;
                if again || case.kind.is_none() || done.is_some() {
                    assert_eq!(chunks, case.chunks(), "{case:?}");
                }
                if done.is_some() {
                    break;
                }
                drops += 1;
            }
        }
        assert!(drops >= 1_000, "only {drops}");
        figure("cancellation_drops_of_what_was_lent", drops);
    });
}
