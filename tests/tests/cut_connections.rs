//! Promise 3 on PostgreSQL, whose connections break after every byte.
//!
//! A quick run breaks after every byte of a chunk that has others before and behind it, and after every sixteenth of all
//! else, which holds the same statements; `UPSERT_CASES_FACTOR=16` breaks after every byte of everything.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use proptest::collection::vec;
use proptest::prelude::*;
use tests::faulty_postgres::{FaultyPool, connect};
use tests::faulty_stream::{Cut, Direction};
use tests::rounds::{Lap, Rounds};
use tests::verdict::assert_right;
use tests::{Database, Postgres, figure, seed};
use upsert::deadpool_postgres::Pool;
use upsert::report::Outcome;
use upsert::{Atomicity, ChunkReports, Error, UpsertOptions, UpsertReport, Upsertable};

/// Rows that are there before, rows of a load, and of a chunk of it. The first inserts, the second also updates, the
/// third updates.
const BEFORE: u64 = 2;
const ROWS: u64 = 6;
const CHUNK: u64 = 2;
const KEYS: u64 = 5;

/// How a load commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Chunk by chunk.
    Chunks,
    /// Chunk by chunk, into a table that is created first.
    Created,
    /// Rows in memory, in one transaction.
    Memory,
    /// A stream, staged and written at once.
    Staged,
}

impl Way {
    /// Rows that commit at once.
    fn unit(self) -> u64 {
        match self {
            Self::Chunks | Self::Created => CHUNK,
            Self::Memory | Self::Staged => ROWS,
        }
    }

    fn before(self) -> u64 {
        if self == Self::Created { 0 } else { BEFORE }
    }
}

/// A table, and what is loaded into it.
struct Bench {
    database: Postgres,
    rounds: Rounds,
    way: Way,
}

impl Bench {
    async fn new(database: &Postgres, table: String, way: Way) -> Self {
        let bench = Self { database: database.clone(), rounds: Rounds { table, keys: KEYS }, way };
        if way != Way::Created {
            bench.database.batch(&bench.rounds.create_statement()).await;
        }
        bench
    }

    /// Sets the table to what it was before.
    async fn reset(&self) {
        let table = &self.rounds.table;
        let reset = match self.way {
            Way::Created => format!("DROP TABLE IF EXISTS {table}"),
            _ => format!("DELETE FROM {table}; {}", self.rounds.fill_statement(BEFORE)),
        };
        self.database.batch(&reset).await;
    }

    fn rows(&self, from: u64) -> impl Iterator<Item = Lap> + Send + use<> {
        self.rounds.rows(self.way.before() + from).take(usize::try_from(ROWS - from).unwrap())
    }

    fn options(&self) -> UpsertOptions {
        self.rounds.options().chunk_rows(usize::try_from(CHUNK).unwrap())
    }

    /// Loads the rows from one of them on.
    async fn load(&self, pool: &Pool, from: u64) -> Result<UpsertReport, Error> {
        let (rows, options) = (self.rows(from), self.options());
        match self.way {
            Way::Chunks => report_all(Lap::aupsert_chunks(pool, rows, options)).await,
            Way::Created => Lap::aupsert(pool, rows, options.create_table()).await,
            Way::Memory => Lap::aupsert(pool, rows.collect::<Vec<_>>(), options).await,
            Way::Staged => Lap::aupsert(pool, stream::iter(rows), options.atomicity(Atomicity::Call)).await,
        }
    }

    /// How many rows of the load are there.
    async fn there(&self) -> u64 {
        if self.way == Way::Created && self.database.columns(&self.rounds.table).await.is_empty() {
            return 0;
        }
        self.rounds.progress_in(&self.database).await - self.way.before()
    }

    /// Goes on from the checkpoint, with connections that hold.
    async fn resume(&self, next: u64) {
        let report = self.load(&self.database.pool, next).await.unwrap();
        assert_eq!((report.rows, report.outcome), (ROWS - next, Outcome::Committed));
        assert_eq!(self.there().await, ROWS);
    }

    /// How many bytes pass in a load without faults.
    async fn measure(&self, direction: Direction) -> usize {
        self.reset().await;
        let load = FaultyPool::new(&self.database, |_| None);
        self.load(&load.pool, 0).await.unwrap();
        load.meter.passed(direction)
    }

    /// The bytes of the second chunk of such a load, from `BEGIN` to the answer to `COMMIT`.
    async fn measure_chunk(&self, direction: Direction) -> Range<usize> {
        self.reset().await;
        let load = FaultyPool::new(&self.database, |_| None);
        let mut chunks = Lap::aupsert_chunks(&load.pool, self.rows(0), self.options());
        // Nothing is sent before the next report is asked for.
        chunks.next().await.unwrap().unwrap();
        let first = load.meter.passed(direction);
        chunks.next().await.unwrap().unwrap();
        first..load.meter.passed(direction)
    }
}

/// All chunks that are committed are reported, and no others.
async fn report_all(mut chunks: ChunkReports<'_>) -> Result<UpsertReport, Error> {
    let mut reported = 0;
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => reported = chunk.rows_so_far,
            Err(error) => {
                assert_eq!(error.checkpoint().next_row, reported, "{error:?}");
                return Err(error);
            }
        }
    }
    Ok(chunks.report().expect("it came to its end").clone())
}

/// What came of many cuts.
#[derive(Default)]
struct Tally {
    cuts: AtomicUsize,
    /// Commits that were not answered, and found out about.
    resolved: AtomicUsize,
    in_doubt: AtomicUsize,
}

fn is_in_doubt(error: &Error) -> bool {
    error.outcome() == Outcome::InDoubt
}

fn count(number: &AtomicUsize) {
    number.fetch_add(1, Ordering::Relaxed);
}

/// Does something with each cut, a few at a time, each time with a table of its own.
async fn with_each(cuts: &[Cut], database: &Postgres, way: Way, cut: impl AsyncFn(&Bench, Cut)) {
    const TABLES: usize = 4;
    let lane = async |first| {
        let bench = Bench::new(database, format!("{way:?}_{first}").to_lowercase(), way).await;
        for &at in cuts.iter().skip(first).step_by(TABLES) {
            bench.reset().await;
            cut(&bench, at).await;
        }
    };
    join_all((0..TABLES).map(lane)).await;
    database.assert_nothing_left().await;
}

/// Of so many numbers of bytes a quick run takes one.
fn one_in(numbers: u32) -> usize {
    (numbers / seed::cases(1)).max(1) as usize
}

/// Breaks the first connection of a pool; the others hold.
async fn cut_pool(bench: &Bench, cut: Cut, tally: &Tally) {
    let faulty = FaultyPool::new(&bench.database, move |number| (number == 0).then_some(cut));
    let said = bench.load(&faulty.pool, 0).await;
    let next = assert_right(&said, bench.way.unit(), bench.there().await);
    assert!(!said.as_ref().is_err_and(is_in_doubt), "the server could be asked: {said:?}");
    count(&tally.cuts);
    if faulty.opened() > 1 {
        count(&tally.resolved);
    }
    bench.resume(next).await;
}

#[tokio::test]
async fn promise_3_three_outcomes_wherever_a_connection_of_a_pool_breaks() {
    let every = one_in(16);
    let database = Postgres::fresh().await;
    let tally = Tally::default();
    for way in [Way::Chunks, Way::Created, Way::Memory, Way::Staged] {
        let mut cuts = Vec::new();
        for direction in [Direction::Sent, Direction::Received] {
            let bench = Bench::new(&database, format!("{direction:?}_{way:?}").to_lowercase(), way).await;
            let chunk = if way == Way::Chunks { bench.measure_chunk(direction).await } else { 0..0 };
            let all = 0..=bench.measure(direction).await;
            let chosen = all.filter(|after| chunk.contains(after) || after.is_multiple_of(every));
            cuts.extend(chosen.map(|after| Cut { direction, after }));
        }
        with_each(&cuts, &database, way, async |bench, cut| cut_pool(bench, cut, &tally).await).await;
    }
    let [cuts, resolved] = [tally.cuts, tally.resolved].map(AtomicUsize::into_inner);
    figure("cuts", cuts);
    figure("cuts_in_doubt_resolved", resolved);
    assert!(cuts >= 2_000 && resolved >= 20, "{cuts} cuts, {resolved} resolved");
}

/// Without a pool there is nobody to ask: what is said is right, or that it is in doubt.
#[tokio::test]
async fn promise_3_three_outcomes_wherever_a_lent_connection_breaks() {
    let every = one_in(24);
    let database = Postgres::fresh().await;
    let tally = Tally::default();
    for way in [Way::Chunks, Way::Memory] {
        let bench = Bench::new(&database, format!("{way:?}").to_lowercase(), way).await;
        let mut cuts = Vec::new();
        for direction in [Direction::Sent, Direction::Received] {
            let all = 0..=bench.measure(direction).await;
            cuts.extend(all.step_by(every).map(|after| Cut { direction, after }));
        }
        with_each(&cuts, &database, way, async |bench, cut| cut_lent(bench, cut, &tally).await).await;
    }
    figure("cuts_lent", tally.cuts.into_inner());
    figure("cuts_lent_in_doubt", tally.in_doubt.into_inner());
}

async fn cut_lent(bench: &Bench, cut: Cut, tally: &Tally) {
    let Ok(mut client) = connect(&bench.database, cut).await else { return };
    let (rows, options) = (bench.rows(0), bench.options());
    let said = match bench.way {
        Way::Memory => Lap::aupsert(&mut client, rows.collect::<Vec<_>>(), options).await,
        _ => Lap::aupsert(&mut client, rows, options).await,
    };
    let next = assert_right(&said, bench.way.unit(), bench.there().await);
    count(&tally.cuts);
    if said.as_ref().is_err_and(is_in_doubt) {
        count(&tally.in_doubt);
    }
    bench.resume(next).await;
}

/// Every connection breaks somewhere, also those that ask about others, until the load is through.
#[test]
fn promise_3_resuming_from_the_checkpoint_ends_in_the_right_table() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cut = (any::<bool>(), 0..6_000_usize).prop_map(|(sent, after)| Cut {
        direction: if sent { Direction::Sent } else { Direction::Received },
        after: if sent { after } else { after / 2 },
    });
    let way = prop::sample::select(vec![Way::Chunks, Way::Created, Way::Memory, Way::Staged]);
    let histories = seed::cases(100);
    let database = runtime.block_on(Postgres::fresh());
    let (calls, tables) = (AtomicUsize::new(0), AtomicUsize::new(0));
    seed::check(histories, (way, vec(cut, 0..12)), |(way, cuts)| {
        runtime.block_on(async {
            let table = format!("lap_{}", tables.fetch_add(1, Ordering::Relaxed));
            let bench = Bench::new(&database, table, way).await;
            bench.reset().await;
            let faulty = FaultyPool::new(&bench.database, move |number| cuts.get(number).copied());
            let mut next = 0;
            loop {
                count(&calls);
                let said = bench.load(&faulty.pool, next).await;
                let there = bench.there().await;
                assert!(!said.as_ref().is_err_and(is_in_doubt), "the server could be asked: {said:?}");
                next += assert_right(&said, bench.way.unit(), there - next);
                if said.is_ok() {
                    break;
                }
            }
            assert_eq!(next, ROWS);
        });
        Ok(())
    });
    figure("cut_histories", histories);
    figure("cut_histories_calls", calls.into_inner());
}
