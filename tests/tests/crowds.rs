//! Promise 5: many tasks write the same keys at once, each in an order of its own, and nobody is in anybody's way.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use futures_util::stream;
use tests::serial_order::Writers;
use tests::{Database, figure, seed, suite};
use upsert::{Atomicity, UpsertOptions, Upsertable};

suite!(promise_5_no_deadlock_of_our_own_making);

/// A row says who wrote it last. Its key is a text of a long beginning, and a number.
#[derive(Clone, Debug, Upsertable)]
#[upsert(primary_key(shelf, place))]
struct Book {
    place: i64,
    shelf: String,
    writer: i64,
}

impl Book {
    fn new(key: i64, writer: u64) -> Self {
        let shelf = format!("the shelf of the number {}", key / PLACES_OF_A_SHELF);
        Self { place: key % PLACES_OF_A_SHELF, shelf, writer: i64::try_from(writer).expect("writers are few") }
    }
}

const PLACES_OF_A_SHELF: i64 = 10;
const KEYS: usize = 200;
const TASKS: usize = 32;
/// Each writes so many rows in a call,
const ROWS: usize = 60;
/// so many in a chunk.
const ROWS_OF_A_CHUNK: usize = 20;

/// The rows of a call: some keys, in an order of the call's own.
#[derive(Clone, Debug)]
struct Call {
    number: u64,
    keys: Vec<i64>,
    is_stream: bool,
    atomicity: Atomicity,
}

impl Call {
    /// Of two tasks one goes up and the other one down, and some go to and fro.
    fn draw(number: usize, task: usize, dice: &mut impl FnMut(usize) -> usize) -> Self {
        let first = dice(KEYS);
        let mut keys: Vec<i64> = (first..first + ROWS).map(|key| i64::try_from(key % KEYS).expect("small")).collect();
        match (dice(3), task % 2) {
            (0, _) => (1..keys.len()).rev().for_each(|last| keys.swap(last, dice(last + 1))),
            (_, 0) => keys.reverse(),
            _ => {}
        }
        let atomicity = if dice(2) == 0 { Atomicity::Call } else { Atomicity::Chunk };
        Self { number: number as u64, keys, is_stream: dice(2) == 0, atomicity }
    }

    /// What is written at once, and the keys of each.
    fn writers(&self) -> impl Iterator<Item = (u64, &[i64])> {
        let rows = match self.atomicity {
            Atomicity::Chunk => ROWS_OF_A_CHUNK,
            _ => ROWS,
        };
        let first = self.number * (ROWS / ROWS_OF_A_CHUNK) as u64;
        self.keys.chunks(rows).enumerate().map(move |(chunk, keys)| (first + chunk as u64, keys))
    }

    async fn write<D: Database>(&self, database: &D) -> Result<upsert::UpsertReport, upsert::Error> {
        let books = self.writers().flat_map(|(writer, keys)| keys.iter().map(move |&key| Book::new(key, writer)));
        let books: Vec<Book> = books.collect();
        let options = UpsertOptions::new().atomicity(self.atomicity).chunk_rows(ROWS_OF_A_CHUNK);
        if self.is_stream {
            database.aupsert(stream::iter(books), options).await
        } else {
            database.aupsert(books, options).await
        }
    }
}

async fn promise_5_no_deadlock_of_our_own_making<D: Database>(database: D) {
    database
        .batch(
            "CREATE TABLE book (place BIGINT, shelf VARCHAR(40), writer BIGINT NOT NULL, PRIMARY KEY (shelf, place))",
        )
        .await;
    // As if in several programs.
    let pools: Vec<D> = (0..TASKS / D::CONNECTIONS).map(|_| database.through_another_pool()).collect();
    let mut dice = seed::dice();
    let rounds = seed::cases(64) as usize;
    let mut writers = Writers::default();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let calls: Vec<Call> = (0..rounds)
                .map(|round| Call::draw(task * rounds + round, task, &mut |limit| seed::below(&mut dice, limit)))
                .collect();
            calls.iter().flat_map(Call::writers).for_each(|(writer, keys)| writers.note(writer, keys.iter().copied()));
            let pool = pools[task % pools.len()].clone();
            tokio::spawn(async move {
                let mut errors = Vec::new();
                for call in calls {
                    if let Err(error) = call.write(&pool).await {
                        errors.push(error);
                    }
                }
                errors
            })
        })
        .collect();
    let errors: Vec<_> = join_all(tasks).await.into_iter().flat_map(|errors| errors.expect("no task panics")).collect();
    let found = |codes: &[&str]| {
        errors
            .iter()
            .filter(|error| error.sqlstate().is_some_and(|code| codes.iter().any(|wanted| code.starts_with(wanted))))
            .count()
    };
    let (deadlocks, busy) = (found(&["40P01"]), found(&["SQLITE_BUSY", "SQLITE_LOCKED", "55P03"]));
    figure(format!("crowd_calls_{}", D::NAME), TASKS * rounds);
    figure(format!("crowd_deadlocks_{}", D::NAME), deadlocks);
    figure(format!("crowd_busy_{}", D::NAME), busy);
    assert!(errors.is_empty(), "{} calls failed, the first with: {}", errors.len(), errors[0]);

    let table: BTreeMap<i64, u64> = database
        .query("SELECT shelf, place, writer FROM book")
        .await
        .into_iter()
        .map(|row| {
            let cell = |column: usize| row[column].as_deref().expect("nothing is NULL");
            let shelf = cell(0).rsplit(' ').next().expect("it ends with a number");
            let number = |text: &str| text.parse::<i64>().expect("it is a number");
            (number(shelf) * PLACES_OF_A_SHELF + number(cell(1)), number(cell(2)).unsigned_abs())
        })
        .collect();
    let order = writers.serial_order(&table);
    assert!(order.is_some(), "no order of the writers leaves this table: {table:?}");
    figure(format!("crowd_last_writers_in_order_{}", D::NAME), order.map_or(0, |order| order.len()));
    for pool in pools {
        pool.assert_nothing_left().await;
    }
}
