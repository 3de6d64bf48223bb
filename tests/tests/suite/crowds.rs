//! Promise 5: many tasks write the same keys at once, each in an order of its own, and nobody is in anybody's way.
//!
//! Each row says who wrote it, which is a call where that is written at once, or a chunk. Afterwards the table must be as
//! some order of the writers, one after the other, would leave it.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::test_runner::TestRng;
use tests::crowd::crowd;
use tests::loading::{Door, Form, Place};
use tests::serial_order::Writers;
use tests::sqlite::Journal;
use tests::{Database, MariaDb, Postgres, Sqlite, figure, seed, suite};
use upsert::{Atomicity, Error, OnConflict, UpsertOptions, UpsertReport, Upsertable};

suite!(promise_5_no_deadlock_of_our_own_making);

/// Its key is a text, which sorts otherwise by its bytes than by the alphabet, and a number.
#[derive(Clone, Debug, Upsertable)]
#[upsert(primary_key(shelf, place))]
struct Book {
    place: i64,
    #[upsert(max_len = 100)]
    shelf: String,
    writer: i64,
}

const COLUMNS: [(&str, &str); 3] = [("place", "BIGINT"), ("shelf", "TEXT"), ("writer", "BIGINT NOT NULL")];
const KEY: [&str; 2] = ["shelf", "place"];
const PLACES_OF_A_SHELF: i64 = 10;

impl Book {
    fn new(key: i64, writer: u64, spelling: Spelling) -> Self {
        let shelf = key / PLACES_OF_A_SHELF;
        let in_capitals = match spelling {
            Spelling::OfShelf => shelf % 2 == 0,
            Spelling::OfWriter => writer.is_multiple_of(2),
        };
        let shelf = if in_capitals { format!("SHELF {shelf}") } else { format!("shelf {shelf}") };
        Self { place: key % PLACES_OF_A_SHELF, shelf, writer: i64::try_from(writer).expect("writers are few") }
    }
}

/// On what it depends whether the name of a shelf is in capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    OfShelf,
    /// For a table that does not tell capitals.
    OfWriter,
}

const TASKS: usize = 32;
/// Each call has keys of a window, which moves on from round to round: there are rows to insert until the end.
const WINDOW: usize = 120;
const MOVE: usize = 20;
const ROWS: usize = 60;
const ROWS_OF_A_CHUNK: usize = 20;
/// Every fifth key is updated by nobody.
const NEVER_UPDATED: i64 = 5;

/// A call of a task: some keys, in an order of the call's own.
#[derive(Clone, Debug)]
struct Call {
    number: usize,
    keys: Vec<i64>,
    place: Place,
    form: Form,
    atomicity: Atomicity,
    on_conflict: OnConflict,
}

impl Call {
    /// Of two tasks one goes up and the other one down, and some go to and fro.
    fn draw(number: usize, task: usize, round: usize, dice: &mut TestRng) -> Self {
        let mut below = |limit| seed::below(dice, limit);
        let first = round * MOVE + below(WINDOW - ROWS);
        let on_conflict = if below(4) == 0 { OnConflict::Ignore } else { OnConflict::Update };
        let mut keys: Vec<i64> = (first..first + ROWS)
            .map(|key| i64::try_from(key).expect("keys are few"))
            .filter(|key| on_conflict == OnConflict::Ignore || key % NEVER_UPDATED != 0)
            .collect();
        match (below(3), task % 2) {
            (0, _) => (1..keys.len()).rev().for_each(|last| keys.swap(last, below(last + 1))),
            (_, 0) => keys.reverse(),
            _ => {}
        }
        Self {
            number,
            keys,
            place: [Place::Pool, Place::Pool, Place::Connection][below(3)],
            form: [Form::Vec, Form::Iterator, Form::Stream][below(3)],
            atomicity: [Atomicity::Call, Atomicity::Chunk][below(2)],
            on_conflict,
        }
    }

    /// What is written at once, and the keys of each.
    fn writers(&self) -> impl Iterator<Item = (u64, &[i64])> {
        let rows = match self.atomicity {
            Atomicity::Chunk => ROWS_OF_A_CHUNK,
            _ => ROWS,
        };
        let first = self.number * ROWS.div_ceil(ROWS_OF_A_CHUNK);
        self.keys.chunks(rows).enumerate().map(move |(chunk, keys)| ((first + chunk) as u64, keys))
    }

    async fn write<D: Database>(&self, database: &D, table: &str, spelling: Spelling) -> Result<UpsertReport, Error> {
        let books: Vec<Book> = self
            .writers()
            .flat_map(|(writer, keys)| keys.iter().map(move |&key| Book::new(key, writer, spelling)))
            .collect();
        let options = UpsertOptions::new()
            .table(table)
            .atomicity(self.atomicity)
            .on_conflict(self.on_conflict)
            .chunk_rows(ROWS_OF_A_CHUNK);
        let form = if D::offers(self.place, Door::Call, self.form) { self.form } else { Form::Iterator };
        database.write(self.place, Door::Call, form, &books, options).await
    }
}

/// What came of the calls of a crowd.
#[derive(Debug, Default)]
struct Outcome {
    calls: usize,
    errors: Vec<Error>,
    /// Tables that no order of the writers would leave.
    cycles: usize,
    /// Writers of which something is left.
    writers_in_order: usize,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.errors.extend(other.errors);
        self.cycles += other.cycles;
        self.writers_in_order += other.writers_in_order;
    }

    fn with_code(&self, codes: &[&str]) -> usize {
        let has_code =
            |error: &&Error| error.sqlstate().is_some_and(|code| codes.iter().any(|of| code.starts_with(of)));
        self.errors.iter().filter(has_code).count()
    }

    fn check(&self, name: &str) {
        figure(format!("crowd_calls_{name}"), self.calls);
        figure(format!("crowd_deadlocks_{name}"), self.with_code(&["40P01", "40001"]));
        figure(format!("crowd_busy_{name}"), self.with_code(&["SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "HY000"]));
        assert!(self.errors.is_empty(), "{} calls failed, the first with: {}", self.errors.len(), self.errors[0]);
        figure(format!("crowd_cycles_{name}"), self.cycles);
        figure(format!("crowd_writers_in_order_{name}"), self.writers_in_order);
        assert_eq!(self.cycles, 0, "tables that no order of the writers leaves");
    }
}

/// Half of the tasks share one pool, as in one program; the others have pools of their own, as in several.
async fn write_all<D: Database>(database: &D, table: &'static str, rounds: usize, spelling: Spelling) -> Outcome {
    let mut dice = seed::dice();
    let calls: Vec<Vec<Call>> = (0..TASKS)
        .map(|task| (0..rounds).map(|round| Call::draw(task * rounds + round, task, round, &mut dice)).collect())
        .collect();
    let mut writers = Writers::default();
    for call in calls.iter().flatten() {
        call.writers().for_each(|(writer, keys)| writers.note(writer, keys.iter().copied(), call.on_conflict));
    }
    let pools: Vec<D> = (0..=TASKS / 2).map(|_| database.through_another_pool()).collect();
    let (calls, pools) = (Arc::new(calls), Arc::new(pools));
    let of_tasks = crowd(TASKS, {
        let pools = Arc::clone(&pools);
        move |task| {
            let (calls, pools) = (Arc::clone(&calls), Arc::clone(&pools));
            async move {
                let pool = &pools[if task < TASKS / 2 { TASKS / 2 } else { task - TASKS / 2 }];
                let mut errors = Vec::new();
                for call in &calls[task] {
                    errors.extend(call.write(pool, table, spelling).await.err());
                }
                errors
            }
        }
    });
    let errors: Vec<Error> = of_tasks.await.into_iter().flatten().collect();
    for pool in &*pools {
        pool.assert_nothing_left().await;
    }
    if !errors.is_empty() {
        return Outcome { calls: TASKS * rounds, errors, ..Outcome::default() };
    }
    let order = writers.serial_order(&found(database, table).await);
    Outcome {
        calls: TASKS * rounds,
        errors,
        cycles: usize::from(order.is_none()),
        writers_in_order: order.map_or(0, |order| order.len()),
    }
}

/// Who wrote each key last.
async fn found<D: Database>(database: &D, table: &str) -> BTreeMap<i64, u64> {
    let rows = database.query(&format!("SELECT shelf, place, writer FROM {table}")).await;
    let rows = rows.iter().map(|row| {
        let cell = |column: usize| row[column].as_deref().expect("nothing is NULL");
        let number = |text: &str| text.parse::<i64>().expect("it is a number");
        let shelf = cell(0).rsplit(' ').next().expect("it ends with a number");
        (number(shelf) * PLACES_OF_A_SHELF + number(cell(1)), number(cell(2)).unsigned_abs())
    });
    rows.collect()
}

async fn promise_5_no_deadlock_of_our_own_making<D: Database>(database: D) {
    const TABLES: [&str; 4] = ["book_0", "book_1", "book_2", "book_3"];
    let mut outcome = Outcome::default();
    for (kind, table) in TABLES.into_iter().enumerate().take(D::KINDS) {
        database.batch(&D::table_of_kind(kind, table, &COLUMNS, &KEY)).await;
        let rounds = seed::cases(64) as usize / D::KINDS;
        outcome.add(write_all(&database, table, rounds, Spelling::OfShelf).await);
    }
    outcome.check(D::NAME);
}

/// Only the server can put such keys in order.
#[test]
fn promise_5_no_deadlock_over_keys_that_only_the_database_can_compare() {
    tests::run(|database: Postgres| async move {
        database
            .batch(
                "CREATE EXTENSION citext;
                 CREATE TABLE book (place BIGINT, shelf CITEXT, writer BIGINT NOT NULL, PRIMARY KEY (shelf, place))",
            )
            .await;
        write_all(&database, "book", seed::cases(16) as usize, Spelling::OfWriter).await.check("postgres_citext");
    });
}

/// The same of a collation of MariaDB that does not tell capitals.
#[test]
fn promise_5_no_deadlock_over_keys_that_only_mariadb_can_compare() {
    tests::run(|database: MariaDb| async move {
        database
            .batch(
                "CREATE TABLE book (place BIGINT, shelf VARCHAR(100) COLLATE utf8mb4_general_ci, writer BIGINT NOT NULL,
                     PRIMARY KEY (shelf, place))",
            )
            .await;
        write_all(&database, "book", seed::cases(16) as usize, Spelling::OfWriter).await.check("mariadb_general_ci");
    });
}

/// What is staged is put in order by the server, and what is in memory by us.
#[test]
fn promise_5_no_deadlock_where_the_server_sorts_otherwise_than_we_do() {
    tests::run(|_: Postgres| async move {
        let database = Postgres::sorting_as_people_do().await;
        database.batch(&Postgres::table_of_kind(0, "book", &COLUMNS, &KEY)).await;
        write_all(&database, "book", seed::cases(16) as usize, Spelling::OfShelf).await.check("postgres_icu");
    });
}

/// Where readers and writers lock each other out.
#[test]
fn promise_5_nobody_finds_a_file_with_a_rollback_journal_busy() {
    tests::run(|_: Sqlite| async move {
        let database = Sqlite::with(Journal::Rollback);
        database.batch(&Sqlite::table_of_kind(0, "book", &COLUMNS, &KEY)).await;
        let rounds = seed::cases(16) as usize;
        write_all(&database, "book", rounds, Spelling::OfShelf).await.check("sqlite_rollback_journal");
    });
}

/// A call of several chunks to a partitioned table, which takes two statements: one inserts what is missing, the other
/// updates the rest. It must not insert when it has updated, or even only looked at, a row that another call waits for.
#[test]
fn promise_5_what_is_missing_in_a_partitioned_table_is_inserted_before_the_rest_is_locked() {
    tests::run(|database: Postgres| async move {
        database.batch(&Postgres::table_of_kind(1, "book", &COLUMNS, &KEY)).await;
        let book = |place, writer| Book { place, shelf: "the only one".to_owned(), writer };
        let options = || UpsertOptions::new().table("book").chunk_rows(1);
        for form in [Form::Vec, Form::Iterator] {
            database.batch("TRUNCATE book; INSERT INTO book (shelf, place, writer) VALUES ('the only one', 10, 0), ('the only one', 20, 0)").await;
            let holder = database.connect().await;
            holder.batch_execute("BEGIN; SELECT FROM book WHERE place = 20 FOR UPDATE").await.expect("nobody locks it");

            let rows = [book(10, 0), book(20, 1), book(25, 1)];
            let call = options().atomicity(Atomicity::Call);
            let several_chunks = database.write(Place::Pool, Door::Call, form, &rows, call);
            let one_chunk = async {
                database.until_so_many_wait_for_locks(1).await;
                let rows = vec![book(10, 2), book(25, 2)];
                let one_chunk = tokio::spawn({
                    let database = database.clone();
                    let options = options().chunk_rows(10);
                    async move { database.aupsert(rows, options).await }
                });
                database.until_so_many_wait_for_locks(2).await;
                holder.batch_execute("ROLLBACK").await.expect("the transaction is open");
                one_chunk.await.expect("it does not panic")
            };
            let (several_chunks, one_chunk) = tokio::join!(several_chunks, one_chunk);
            assert_eq!(several_chunks.expect("nobody is in its way").inserted, 1, "{form:?}");
            assert_eq!(one_chunk.expect("nobody is in its way").updated, 2, "{form:?}");
        }
    });
}
