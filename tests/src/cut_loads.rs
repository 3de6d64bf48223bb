//! A small load that is done again and again, while its connections break.

use std::fmt::Display;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use upsert::backend::AsyncBackend;
use upsert::report::Outcome;
use upsert::{Atomicity, ChunkReports, Error, PostgresPool, UpsertOptions, UpsertReport, Upsertable, fit};

use crate::faulty_postgres::{FaultyPool, Front};
use crate::faulty_stream::{Cut, Direction};
use crate::rounds::{Lap, Rounds};
use crate::{Database, Postgres, seed};

/// Rows that are there before, rows of a load, and of a chunk of it. The first inserts, the second also updates, the
/// third updates.
const BEFORE: u64 = 2;
pub const ROWS: u64 = 6;
pub const CHUNK: u64 = 2;
const KEYS: u64 = 5;

/// How a load commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
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
    pub fn unit(self) -> u64 {
        match self {
            Self::Chunks | Self::Created => CHUNK,
            Self::Memory | Self::Staged => ROWS,
        }
    }

    fn before(self) -> u64 {
        if self == Self::Created { 0 } else { BEFORE }
    }
}

/// What a table is like, as far as it is written in other ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    /// Partitioned: each chunk takes two statements.
    Parted,
    /// Of keys that only the database can compare: each chunk goes through a staging table.
    Citext,
}

/// Loads of a sort.
#[derive(Clone)]
pub struct Setting {
    pub database: Postgres,
    /// Where the connections go that break.
    pub front: Front,
    pub kind: Kind,
    pub way: Way,
}

impl Setting {
    pub fn of(database: &Postgres, kind: Kind, way: Way) -> Self {
        Self { database: database.clone(), front: Front::from(database), kind, way }
    }

    /// A table of its own.
    pub async fn bench(&self, name: impl Display) -> Bench {
        let Self { database, kind, way, .. } = self;
        let rounds = Rounds { table: format!("{kind:?}_{way:?}_{name}").to_lowercase(), keys: KEYS };
        let columns = [("id", "BIGINT"), ("number", "BIGINT NOT NULL"), ("text", "TEXT NOT NULL")];
        match kind {
            _ if *way == Way::Created => {}
            Kind::Plain => database.batch(&rounds.create_statement()).await,
            Kind::Parted => database.batch(&Postgres::table_of_kind(1, &rounds.table, &columns, &["id"])).await,
            Kind::Citext => database.batch(&rounds.create_statement().replace("id BIGINT", "id CITEXT")).await,
        }
        Bench { setting: self.clone(), rounds }
    }

    /// Where a load into a pool may break: after every so many bytes; in a chunk amid others, where chunks commit by
    /// themselves, after so many; and around the last commit after each.
    pub async fn cuts(&self, every: usize, in_a_chunk: usize) -> Vec<Cut> {
        let bench = self.bench("measured").await;
        let mut cuts = Vec::new();
        for direction in DIRECTIONS {
            let chunk = if self.way == Way::Chunks { bench.measure_chunk(direction).await } else { 0..0 };
            let end = bench.measure(direction).await;
            let is_chosen = |after: &usize| {
                let every = if chunk.contains(after) { in_a_chunk } else { every };
                after.is_multiple_of(every) || is_of_commit(*after, end)
            };
            cuts.extend((0..=end).filter(is_chosen).map(|after| Cut { direction, after }));
        }
        cuts
    }

    /// Does something with each cut, a few at a time, each time with a table of its own.
    pub async fn with_each(&self, cuts: &[Cut], cut: impl AsyncFn(&Bench, Cut)) {
        const TABLES: usize = 4;
        let lane = async |first| {
            let bench = self.bench(first).await;
            for &at in cuts.iter().skip(first).step_by(TABLES) {
                bench.reset().await;
                cut(&bench, at).await;
            }
        };
        join_all((0..TABLES).map(lane)).await;
        self.database.assert_nothing_left().await;
    }
}

/// Whether a load breaks around the commit that ends it, where so many bytes pass in all.
pub fn is_of_commit(after: usize, end: usize) -> bool {
    // `COMMIT` takes 12 bytes, its answer 18.
    after + 24 >= end
}

pub const DIRECTIONS: [Direction; 2] = [Direction::Sent, Direction::Received];

/// A table, and what is loaded into it.
pub struct Bench {
    pub setting: Setting,
    rounds: Rounds,
}

impl Bench {
    /// Sets the table to what it was before.
    pub async fn reset(&self) {
        let table = &self.rounds.table;
        let reset = match self.setting.way {
            Way::Created => format!("DROP TABLE IF EXISTS {table}"),
            _ => format!("DELETE FROM {table}; {}", self.rounds.fill_statement(BEFORE)),
        };
        self.setting.database.batch(&reset).await;
    }

    pub fn rows(&self, from: u64) -> impl Iterator<Item = Lap> + Send + use<> {
        self.rounds.rows(self.setting.way.before() + from).take(usize::try_from(ROWS - from).expect("they are few"))
    }

    pub fn options(&self) -> UpsertOptions {
        self.rounds.options().chunk_rows(usize::try_from(CHUNK).expect("they are few"))
    }

    /// Loads the rows from one of them on.
    pub async fn load(&self, pool: &PostgresPool, from: u64) -> Result<UpsertReport, Error> {
        match self.setting.way {
            Way::Chunks => report_all(Lap::aupsert_chunks(pool, self.rows(from), self.options())).await,
            Way::Created | Way::Memory | Way::Staged => self.call(pool, from).await,
        }
    }

    /// The same in one call, to any place.
    pub async fn call(
        &self,
        place: impl AsyncBackend<Database = fit::Postgres>,
        from: u64,
    ) -> Result<UpsertReport, Error> {
        let (rows, options) = (self.rows(from), self.options());
        match self.setting.way {
            Way::Chunks => Lap::aupsert(place, rows, options).await,
            Way::Created => Lap::aupsert(place, rows, options.create_table()).await,
            Way::Memory => Lap::aupsert(place, rows.collect::<Vec<_>>(), options).await,
            Way::Staged => Lap::aupsert(place, stream::iter(rows), options.atomicity(Atomicity::Call)).await,
        }
    }

    /// How many rows of the load are there.
    pub async fn there(&self) -> u64 {
        let Setting { database, way, .. } = &self.setting;
        if *way == Way::Created && database.columns(&self.rounds.table).await.is_empty() {
            return 0;
        }
        self.rounds.progress_in(database).await - way.before()
    }

    /// Goes on from the checkpoint, with connections that hold.
    pub async fn resume(&self, next: u64) {
        let pool = PostgresPool::new(&self.setting.database.pool);
        let report = self.load(&pool, next).await.expect("nothing breaks");
        assert_eq!((report.rows, report.outcome), (ROWS - next, Outcome::Committed));
        assert_eq!(self.there().await, ROWS);
    }

    /// How many bytes pass in a load without faults.
    async fn measure(&self, direction: Direction) -> usize {
        self.reset().await;
        let load = FaultyPool::new(&self.setting.front, |_| None);
        self.load(&load.pool, 0).await.expect("nothing breaks");
        load.meter.passed(direction)
    }

    /// The bytes of the second chunk of such a load, from `BEGIN` to the answer to `COMMIT`.
    async fn measure_chunk(&self, direction: Direction) -> Range<usize> {
        self.reset().await;
        let load = FaultyPool::new(&self.setting.front, |_| None);
        let mut chunks = Lap::aupsert_chunks(&load.pool, self.rows(0), self.options());
        let mut passed = [0; 2];
        for passed in &mut passed {
            // Nothing is sent before the next report is asked for.
            chunks.next().await.expect("there are three").expect("nothing breaks");
            *passed = load.meter.passed(direction);
        }
        passed[0]..passed[1]
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
#[derive(Debug, Default)]
pub struct Tally {
    pub cuts: AtomicUsize,
    /// Commits that were in doubt, and found out about through another connection.
    pub resolved: AtomicUsize,
    pub in_doubt: AtomicUsize,
}

impl Tally {
    /// So many cuts, so many of them resolved, so many in doubt.
    pub fn numbers(&self) -> [usize; 3] {
        [&self.cuts, &self.resolved, &self.in_doubt].map(|number| number.load(Ordering::Relaxed))
    }
}

pub fn count(number: &AtomicUsize) {
    number.fetch_add(1, Ordering::Relaxed);
}

/// Of so many numbers of bytes a quick run takes one.
pub fn one_in(numbers: u32) -> usize {
    usize::try_from((numbers / seed::cases(1)).max(1)).expect("it is small")
}
