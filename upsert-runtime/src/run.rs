//! The order of events of a call: this file alone knows it.
//!
//! ```text
//! plan → session → prepare → ┬ rows in memory, per call:  begin, write every chunk, commit
//!                          ├ per chunk:                 read, begin, write, commit; again
//!                          └ a stream, per call:        begin, read and stage; write at once, commit
//! ```

use std::future::{Future, poll_fn};
use std::ops::Range;
use std::pin::{Pin, pin};
use std::sync::atomic::{self, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::backend::{Backend, CommitError, Patience, Purpose, Session, Size as _, Wrote};
use crate::duplicates::{self, Order, Pick, Sorter};
use crate::error::{Error, Kind, Wait};
use crate::options::{Atomicity, CreateTable, UpsertOptions};
use crate::plan::UpsertPlan;
use crate::report::{ChunkReport, Count, Counts, Outcome, Phase, UpsertReport, Written};
use crate::rows::{Bounds, Read, Rows, Source};
use crate::schema::TableSchema;
use crate::value::Value;

/// What a door hands over.
#[doc(hidden)]
pub struct Call<'r> {
    pub(crate) schema: TableSchema<'r>,
    pub(crate) source: Source<'r>,
    pub(crate) options: UpsertOptions,
    pub(crate) reporter: Option<Reporter>,
}

/// Rows to encode: some places of an order of some rows.
#[doc(hidden)]
pub struct Chunk<'c> {
    rows: &'c dyn Rows,
    order: &'c Order,
    places: Range<usize>,
    /// What to add to a row's position to get its number in the input.
    offset: u64,
}

impl Chunk<'_> {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn picks(&self) -> impl Iterator<Item = Pick> + '_ {
        self.places.clone().map(|place| self.order.pick(place))
    }

    pub(crate) fn value(&self, row: usize, column: usize) -> Value<'_> {
        self.rows.value(row, column)
    }

    /// The number of a row in the input.
    pub(crate) fn number(&self, row: usize) -> u64 {
        self.offset + row as u64
    }
}

/// A run to its end.
pub(crate) async fn run<B: Backend>(place: B, call: Call<'_>) -> Result<UpsertReport, Error> {
    let Call { schema, source, options, reporter } = call;
    let mut plan = UpsertPlan::new(&schema, &options, B::DIALECT)?.numbered(call_number());
    let patience = Patience::of(&options);
    let mut tally = Tally::new(reporter);
    match load(place, &mut plan, Feed::new(source), patience, &mut tally).await {
        Ok(outcome) => Ok(tally.finish(outcome)),
        Err(error) => Err(tally.fail(error)),
    }
}

/// Tells the calls of this process apart, so that their staging tables do not meet a table of the caller's.
fn call_number() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    CALLS.fetch_add(1, atomic::Ordering::Relaxed)
}

/// A run of a place whose futures are all ready at once.
pub(crate) fn run_blocking<B: Backend>(place: B, call: Call<'_>) -> Result<UpsertReport, Error> {
    ready(run(place, call))
}

/// The result of a future that waits for nothing: blocking places do their work before they return one. It is pending
/// only to let others have a turn.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
    }
}

async fn load<B: Backend>(
    place: B,
    plan: &mut UpsertPlan<'_>,
    mut feed: Feed<'_>,
    patience: Patience,
    tally: &mut Tally,
) -> Result<Outcome, Error> {
    let atomicity = plan.atomicity.unwrap_or(match feed.source {
        Source::Memory(_) => Atomicity::Call,
        Source::Lazy(_) => Atomicity::Chunk,
    });
    // Reading begins before a connection is taken, so that a slow stream holds none.
    let bounds = match (&feed.source, atomicity) {
        (Source::Memory(rows), Atomicity::Call) => Bounds { rows: rows.len(), bytes: usize::MAX },
        _ => plan.bounds,
    };
    let first = feed.next(bounds, patience).await?;
    if first.is_none() && plan.create_table == CreateTable::Never {
        return Ok(Outcome::Committed);
    }

    let mut session = within(Wait::Pool, patience.pool, Phase::Connect, place.session(patience)).await?;
    let result = in_session(&mut session, plan, first, atomicity, &mut feed, patience, tally).await;
    give_back(session, result)
}

async fn in_session<S: Session>(
    session: &mut S,
    plan: &mut UpsertPlan<'_>,
    first: Option<Batch<'_>>,
    atomicity: Atomicity,
    feed: &mut Feed<'_>,
    patience: Patience,
    tally: &mut Tally,
) -> Result<Outcome, Failure> {
    prepare(session, plan, patience).await?;
    match (first, atomicity) {
        (None, _) => {}
        (Some(batch), Atomicity::Chunk) => by_chunk(session, plan, batch, feed, patience, tally).await?,
        (Some(batch), Atomicity::Call) => match feed.next(plan.bounds, patience).await.map_err(Failure::clean)? {
            None if plan.folds_in_database() => {
                staged(session, plan, batch.split(plan.bounds), feed, patience, tally).await?;
            }
            None => at_once(session, plan, &batch, patience, tally).await?,
            Some(second) => staged(session, plan, [batch, second].into_iter(), feed, patience, tally).await?,
        },
    }
    Ok(session.outcome())
}

async fn prepare<S: Session>(session: &mut S, plan: &mut UpsertPlan<'_>, patience: Patience) -> Result<(), Failure> {
    let preparing = within(Wait::Database, patience.chunk, Phase::Prepare, session.prepare(plan));
    preparing.await.map_err(Failure::of)
}

/// Gives the connection back if it is as it was; else the session is dropped, and the connection with it.
fn give_back<S: Session, T>(session: S, result: Result<T, Failure>) -> Result<T, Error> {
    match result {
        Ok(done) => {
            session.release();
            Ok(done)
        }
        Err(Failure { error, clean }) => {
            if clean {
                session.release();
            }
            Err(error)
        }
    }
}

/// An error, and whether the connection is as it was before.
struct Failure {
    error: Error,
    clean: bool,
}

impl Failure {
    fn clean(error: Error) -> Self {
        Self { error, clean: true }
    }

    fn dirty(error: Error) -> Self {
        Self { error, clean: false }
    }

    /// Of looking at the table: what the database refuses there (a transaction that somebody left aborted, say) may
    /// be refused again.
    fn of(error: Error) -> Self {
        let clean = matches!(error.inner_kind(), Kind::Plan(_) | Kind::MissingTable { .. });
        Self { error, clean }
    }
}

/// Whether what was sent last may still be on its way, so that the connection can be asked nothing more.
fn is_lost(error: &Error) -> bool {
    matches!(error.inner_kind(), Kind::Timeout { wait: Wait::Database, .. } | Kind::ConnectionLost)
}

/// Rows that are all here, in one transaction. They are ordered as a whole, so that its statements ascend together.
async fn at_once<S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    batch: &Batch<'_>,
    patience: Patience,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let order = batch.order(plan).await.map_err(Failure::clean)?;
    begin(session, Purpose::Write, patience).await?;
    let written = write_chunks(session, plan, batch, &order, patience, tally).await;
    finish(session, written, patience, tally, batch.numbers()).await?;
    tally.reach(batch.numbers().end);
    Ok(())
}

/// Writes the chunks of an order; the next one is encoded while the database works on the one before.
async fn write_chunks<S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    batch: &Batch<'_>,
    order: &Order,
    patience: Patience,
    tally: &mut Tally,
) -> Result<(), Error> {
    let mut duplicates = (batch.range.len() - order.len()) as u64;
    let mut chunks = batch.chunks(order, plan.bounds);
    let encode = |chunk: Chunk<'_>| S::encode(plan, &chunk, Purpose::Write).map(|packet| (packet, chunk.len() as u64));

    let mut next = chunks.next().map(encode).transpose()?;
    while let Some((packet, rows)) = next.take() {
        let bytes = packet.size();
        let writing = within(Wait::Database, patience.chunk, Phase::Write, session.write(plan, packet));
        let mut writing = pin!(writing);
        let early = poll_once(writing.as_mut()).await;
        let following = chunks.next().map(encode).transpose();
        let wrote = match early {
            Poll::Ready(wrote) => wrote,
            Poll::Pending => writing.await,
        }?;
        next = following?;

        // Rows that were folded belong to no chunk in particular; they are reported with the last.
        let folded = if next.is_none() { std::mem::take(&mut duplicates) } else { 0 };
        let duplicates = wrote.duplicates + folded.into();
        let written = Written { rows: rows + folded, counts: wrote.counts, duplicates, bytes };
        tally.wrote(written, Outcome::NotCommitted).await;
    }
    Ok(())
}

/// Each chunk in a transaction of its own. Nothing of the caller's is awaited while one is open.
async fn by_chunk<S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    first: Batch<'_>,
    feed: &mut Feed<'_>,
    patience: Patience,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let mut next = Some(first);
    while let Some(batch) = next {
        let resuming = within(Wait::Pool, patience.pool, Phase::Connect, session.resume());
        resuming.await.map_err(Failure::clean)?;
        let written = one_chunk(session, plan, &batch, patience, tally).await?;
        tally.reach(batch.numbers().end);
        drop(batch);

        // Whoever watches, or feeds the rows, may need the connection meanwhile.
        if tally.is_watched() {
            session.park();
        }
        tally.wrote(written, session.outcome()).await;
        let mut reading = pin!(feed.next(plan.bounds, patience));
        next = match poll_once(reading.as_mut()).await {
            Poll::Ready(read) => read,
            Poll::Pending => {
                session.park();
                reading.await
            }
        }
        .map_err(Failure::clean)?;
    }
    Ok(())
}

async fn one_chunk<S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    batch: &Batch<'_>,
    patience: Patience,
    tally: &mut Tally,
) -> Result<Written, Failure> {
    let order = batch.order(plan).await.map_err(Failure::clean)?;
    let whole = Chunk { rows: &*batch.rows, order: &order, places: 0..order.len(), offset: batch.offset() };
    let packet = S::encode(plan, &whole, Purpose::Write).map_err(Failure::clean)?;
    let bytes = packet.size();

    begin(session, Purpose::Write, patience).await?;
    let wrote = within(Wait::Database, patience.chunk, Phase::Write, session.write(plan, packet)).await;
    let Wrote { counts, duplicates } = finish(session, wrote, patience, tally, batch.numbers()).await?;
    let folded = Count::exact((batch.range.len() - order.len()) as u64);
    Ok(Written { rows: batch.range.len() as u64, counts, duplicates: duplicates + folded, bytes })
}

/// A stream of any length in one transaction: its rows are staged in the database, and written by one statement in key
/// order at the end. Several statements, each sorted by itself, would deadlock with another call's.
///
/// So are rows in memory whose order only the database knows.
async fn staged<'r, S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    first: impl Iterator<Item = Batch<'r>>,
    feed: &mut Feed<'_>,
    patience: Patience,
    tally: &mut Tally,
) -> Result<(), Failure> {
    begin(session, Purpose::Stage, patience).await?;
    let written = stage_and_write(session, plan, first, feed, patience, tally).await;
    let rows = 0..feed.next_row;
    finish(session, written, patience, tally, rows.clone()).await?;
    tally.reach(rows.end);
    Ok(())
}

async fn stage_and_write<'r, S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    mut first: impl Iterator<Item = Batch<'r>>,
    feed: &mut Feed<'_>,
    patience: Patience,
    tally: &mut Tally,
) -> Result<(), Error> {
    loop {
        let batch = match first.next() {
            Some(batch) => batch,
            None => match feed.next(plan.bounds, patience).await? {
                Some(batch) => batch,
                None => break,
            },
        };
        let order = Order::Input(batch.range.clone());
        let whole = Chunk { rows: &*batch.rows, order: &order, places: 0..order.len(), offset: batch.offset() };
        let packet = S::encode(plan, &whole, Purpose::Stage)?;
        let written = Written {
            rows: order.len() as u64,
            counts: Counts::UNKNOWN,
            duplicates: Count::UNKNOWN,
            bytes: packet.size(),
        };
        within(Wait::Database, patience.chunk, Phase::Write, session.stage(plan, packet)).await?;
        tally.wrote(written, Outcome::NotCommitted).await;
    }
    let wrote = within(Wait::Database, patience.chunk, Phase::Write, session.write_staged(plan)).await?;
    tally.settle(wrote);
    Ok(())
}

async fn begin<S: Session>(session: &mut S, purpose: Purpose, patience: Patience) -> Result<(), Failure> {
    within(Wait::Database, patience.chunk, Phase::Write, session.begin(purpose)).await.map_err(Failure::dirty)
}

/// Commits what was written, or rolls it back.
async fn finish<S: Session, T>(
    session: &mut S,
    written: Result<T, Error>,
    patience: Patience,
    tally: &mut Tally,
    rows: Range<u64>,
) -> Result<T, Failure> {
    match written {
        Ok(written) => {
            // Until the commit is answered nobody knows; in the caller's transaction nothing of ours is ever final.
            let in_doubt_meanwhile = session.outcome() == Outcome::Committed;
            if in_doubt_meanwhile {
                tally.doubt(rows);
            }
            let committing = async { Ok(session.commit().await) };
            match within(Wait::Database, patience.chunk, Phase::Commit, committing).await {
                Ok(Ok(())) => {
                    tally.settle_doubt();
                    Ok(written)
                }
                Ok(Err(CommitError { error, in_doubt })) => {
                    if !in_doubt {
                        tally.settle_doubt();
                    }
                    Err(Failure::dirty(error.during(Phase::Commit)))
                }
                Err(error) => Err(Failure::dirty(error)),
            }
        }
        Err(error) if is_lost(&error) => Err(Failure::dirty(error)),
        Err(error) => {
            let rolled_back = within(Wait::Database, patience.chunk, Phase::Write, session.rollback()).await;
            Err(Failure { error, clean: rolled_back.is_ok() })
        }
    }
}

impl Patience {
    pub(crate) fn of(options: &UpsertOptions) -> Self {
        Self { pool: options.pool_timeout, chunk: options.chunk_timeout, stall: options.stall_timeout }
    }
}

/// Waits no longer than a limit. The timer is made only when there is something to wait for, so that blocking places
/// need no runtime.
async fn within<T>(
    wait: Wait,
    limit: Duration,
    phase: Phase,
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut future = pin!(future);
    let result = match poll_once(future.as_mut()).await {
        Poll::Ready(result) => result,
        Poll::Pending => match tokio::time::timeout(limit, future).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(Kind::Timeout { wait, after: limit }, phase)),
        },
    };
    result.map_err(|error| error.during(phase))
}

/// Lets other tasks of the thread have a turn.
async fn breathe() {
    let mut breathed = false;
    poll_fn(|context| {
        if std::mem::replace(&mut breathed, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

/// The rows of a call, batch by batch.
pub(crate) struct Feed<'r> {
    source: Source<'r>,
    next_row: u64,
}

/// Rows that are written together.
pub(crate) struct Batch<'r> {
    rows: Arc<dyn Rows + 'r>,
    range: Range<usize>,
    /// The number in the input of the first row of the range.
    first_row: u64,
}

impl<'r> Feed<'r> {
    pub(crate) fn new(source: Source<'r>) -> Self {
        Self { source, next_row: 0 }
    }

    async fn next(&mut self, bounds: Bounds, patience: Patience) -> Result<Option<Batch<'r>>, Error> {
        let first_row = self.next_row;
        let batch = match &mut self.source {
            Source::Memory(rows) => {
                // The rows of memory have their positions as numbers.
                let start = usize::try_from(first_row).expect("it is the position of a row in memory");
                let end = bounds.end(start, rows.len(), |row| rows.size(row));
                (start < end).then(|| Batch { rows: Arc::clone(rows), range: start..end, first_row })
            }
            Source::Lazy(rows) => loop {
                let reading = async {
                    match poll_fn(|context| rows.poll_chunk(bounds, context)).await {
                        Read::Failed(dropped, error) => {
                            let row = first_row + dropped as u64;
                            Err(Error::new(Kind::Source { row, error }, Phase::Read))
                        }
                        read => Ok(read),
                    }
                };
                match within(Wait::Stream, patience.stall, Phase::Read, reading).await? {
                    Read::More | Read::Failed(..) => {}
                    Read::Chunk(rows) => break Some(Batch { range: 0..rows.len(), rows, first_row }),
                    Read::End => break None,
                }
            },
        };
        self.next_row += batch.as_ref().map_or(0, |batch| batch.range.len() as u64);
        Ok(batch)
    }
}

impl Bounds {
    /// Where a chunk that starts at a row ends.
    fn end(self, start: usize, len: usize, size: impl Fn(usize) -> usize) -> usize {
        let most = start.saturating_add(self.rows).min(len);
        if self.bytes == usize::MAX {
            return most;
        }
        let mut bytes = 0;
        for row in start..most {
            bytes += size(row);
            if bytes >= self.bytes {
                return row + 1;
            }
        }
        most
    }
}

impl Batch<'_> {
    fn numbers(&self) -> Range<u64> {
        self.first_row..self.first_row + self.range.len() as u64
    }

    /// What to add to a row's position to get its number.
    fn offset(&self) -> u64 {
        self.first_row - self.range.start as u64
    }

    /// Others on the same thread get a turn now and then.
    async fn order(&self, plan: &UpsertPlan<'_>) -> Result<Order, Error> {
        let mut sorter = Sorter::new(&*self.rows, self.range.clone(), &plan.key, plan.fold());
        let ordered = loop {
            match sorter.step() {
                Some(ordered) => break ordered,
                None if self.range.len() > duplicates::STEP => breathe().await,
                None => {}
            }
        };
        ordered.map_err(|repeated| {
            let kind = Kind::RepeatedKey {
                row: self.offset() + repeated.row as u64,
                earlier: self.offset() + repeated.earlier as u64,
            };
            Error::new(kind, Phase::Write)
        })
    }

    /// The same rows, in several batches.
    fn split(self, bounds: Bounds) -> impl Iterator<Item = Self> {
        let mut start = self.range.start;
        std::iter::from_fn(move || {
            let end = bounds.end(start, self.range.end, |row| self.rows.size(row));
            let range = start..end;
            let first_row = self.offset() + start as u64;
            start = end;
            (!range.is_empty()).then(|| Self { rows: Arc::clone(&self.rows), range, first_row })
        })
    }

    fn chunks<'c>(&'c self, order: &'c Order, bounds: Bounds) -> impl Iterator<Item = Chunk<'c>> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let size = |place| self.rows.size(order.pick(place).updatable);
            let end = bounds.end(start, order.len(), size);
            let places = start..end;
            start = end;
            (!places.is_empty()).then(|| Chunk { rows: &*self.rows, order, places, offset: self.offset() })
        })
    }
}

/// The running account of a call.
struct Tally {
    report: UpsertReport,
    started: Instant,
    reporter: Option<Reporter>,
}

impl Tally {
    fn new(reporter: Option<Reporter>) -> Self {
        Self { report: UpsertReport::empty(), started: Instant::now(), reporter }
    }

    fn is_watched(&self) -> bool {
        self.reporter.is_some()
    }

    /// Counts a chunk, and shows it to whoever watches.
    async fn wrote(&mut self, written: Written, outcome: Outcome) {
        let chunk = self.count(written, outcome);
        if let Some(reporter) = &self.reporter {
            reporter.show(chunk).await;
        }
    }

    fn count(&mut self, written: Written, outcome: Outcome) -> ChunkReport {
        let Written { rows, counts, duplicates, bytes } = written;
        let number = self.report.chunks;
        self.report.add(&written);
        ChunkReport {
            chunk: number,
            rows,
            inserted: counts.inserted,
            updated: counts.updated,
            unchanged: counts.unchanged,
            ignored: counts.ignored,
            duplicates,
            bytes,
            outcome,
            rows_so_far: self.report.rows,
            elapsed: self.started.elapsed(),
        }
    }

    /// What was staged is written: now it is known what became of it.
    fn settle(&mut self, wrote: Wrote) {
        let Wrote { counts, duplicates } = wrote;
        let Counts { inserted, updated, unchanged, ignored } = counts;
        self.report.inserted = inserted;
        self.report.updated = updated;
        self.report.unchanged = unchanged;
        self.report.ignored = ignored;
        self.report.duplicates = duplicates;
    }

    fn reach(&mut self, next_row: u64) {
        self.report.checkpoint.next_row = next_row;
    }

    fn doubt(&mut self, rows: Range<u64>) {
        self.report.checkpoint.in_doubt = Some(rows);
        self.report.outcome = Outcome::InDoubt;
    }

    fn settle_doubt(&mut self) {
        self.report.checkpoint.in_doubt = None;
        self.report.outcome = Outcome::NotCommitted;
    }

    fn finish(mut self, outcome: Outcome) -> UpsertReport {
        self.report.outcome = outcome;
        self.report.elapsed = self.started.elapsed();
        self.report
    }

    /// The error with what is written all the same. Of a call that is rolled back as a whole, that is nothing.
    fn fail(mut self, error: Error) -> Error {
        self.report.elapsed = self.started.elapsed();
        if self.report.checkpoint.next_row == 0 {
            let UpsertReport { elapsed, outcome, checkpoint, .. } = self.report;
            self.report = UpsertReport { elapsed, outcome, checkpoint, ..UpsertReport::empty() };
        }
        error.with_report(self.report)
    }
}

/// Hands chunk reports, one at a time, from a run to the stream that polls it; the run waits until each is taken.
#[derive(Clone, Default)]
pub(crate) struct Reporter(Arc<Mutex<Option<ChunkReport>>>);

impl Reporter {
    async fn show(&self, chunk: ChunkReport) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(chunk);
        // The stream sees the report when this returns `Pending`, and polls again when it is asked for the next.
        let mut shown = false;
        poll_fn(|_| if std::mem::replace(&mut shown, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    pub(crate) fn take(&self) -> Option<ChunkReport> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A call that is taken one chunk at a time, each time with a place of the caller's choice.
#[doc(hidden)]
pub struct CursorState<'r> {
    pub(crate) schema: TableSchema<'r>,
    pub(crate) options: UpsertOptions,
    feed: Feed<'r>,
    /// A chunk that was read and is not written yet.
    waiting: Option<Batch<'r>>,
    tally: Tally,
    /// Whether the table of an empty input was created.
    set_up: bool,
}

impl<'r> CursorState<'r> {
    pub(crate) fn new(schema: TableSchema<'r>, source: Source<'r>, options: UpsertOptions) -> Self {
        let feed = Feed::new(source);
        Self { schema, options, feed, waiting: None, tally: Tally::new(None), set_up: false }
    }

    pub(crate) fn report(&self) -> &UpsertReport {
        &self.tally.report
    }
}

/// Writes the next chunk of a cursor. A chunk that fails stays, and is written by the next call.
pub(crate) async fn write_next<B: Backend>(
    place: B,
    cursor: &mut CursorState<'_>,
) -> Result<Option<ChunkReport>, Error> {
    let result = step(place, cursor).await;
    let tally = &mut cursor.tally;
    tally.report.elapsed = tally.started.elapsed();
    result.map_err(|error| {
        let doubted = tally.report.checkpoint.in_doubt.is_some();
        let outcome = if doubted { Outcome::InDoubt } else { Outcome::NotCommitted };
        error.with_report(UpsertReport { outcome, ..tally.report.clone() })
    })
}

async fn step<B: Backend>(place: B, cursor: &mut CursorState<'_>) -> Result<Option<ChunkReport>, Error> {
    let mut plan = UpsertPlan::new(&cursor.schema, &cursor.options, B::DIALECT)?.numbered(call_number());
    if plan.atomicity == Some(Atomicity::Call) {
        return Err(Error::plan(
            "a cursor writes chunk by chunk: use `Atomicity::Chunk`, or write all chunks into one open transaction",
        ));
    }
    let patience = Patience::of(&cursor.options);
    if cursor.waiting.is_none() {
        cursor.waiting = cursor.feed.next(plan.bounds, patience).await?;
    }
    let to_set_up = plan.create_table == CreateTable::IfMissing && cursor.report().chunks == 0 && !cursor.set_up;
    if cursor.waiting.is_none() && !to_set_up {
        return Ok(None);
    }

    let mut session = within(Wait::Pool, patience.pool, Phase::Connect, place.session(patience)).await?;
    let result = write_waiting(&mut session, &mut plan, cursor, patience).await;
    let Some((written, next_row, outcome)) = give_back(session, result)? else {
        cursor.set_up = true;
        return Ok(None);
    };
    cursor.waiting = None;
    cursor.tally.reach(next_row);
    cursor.tally.report.outcome = outcome;
    Ok(Some(cursor.tally.count(written, outcome)))
}

async fn write_waiting<S: Session>(
    session: &mut S,
    plan: &mut UpsertPlan<'_>,
    cursor: &mut CursorState<'_>,
    patience: Patience,
) -> Result<Option<(Written, u64, Outcome)>, Failure> {
    prepare(session, plan, patience).await?;
    let CursorState { waiting, tally, .. } = cursor;
    let Some(batch) = waiting else { return Ok(None) };
    let written = one_chunk(session, plan, batch, patience, tally).await?;
    Ok(Some((written, batch.numbers().end, session.outcome())))
}
