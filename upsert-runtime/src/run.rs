//! The order of events of a call: this module alone knows it.
//!
//! ```text
//! plan → session → prepare → ┬ rows in memory, per call:  begin, write every chunk, commit
//!                          ├ per chunk:                 read, begin, write, commit; again
//!                          └ a stream, per call:        begin, read and stage; write at once, commit
//! ```
//!
//! Indexes that were to wait for the rows are created behind all that ([`indexes`]).
//!
//! A cursor takes the chunks one at a time ([`cursor`]). A commit that is not answered is asked about, and the call goes on as
//! if the answer had come ([`transaction`]).

mod cursor;
mod indexes;
mod prepare;
mod search;
mod transaction;
mod without_rows;

use std::pin::pin;
use std::sync::atomic::{self, AtomicU64};
use std::task::Poll;

pub(crate) use self::cursor::{CursorState, write_next};
use self::indexes::index;
use self::prepare::prepare;
use self::search::name_row;
use self::transaction::{begin, finish};
pub(crate) use self::without_rows::{diff, migrate, pending_changes, snapshot, verify};
use crate::backend::{Backend, Next, Patience, Purpose, Session, Size as _, Wrote};
use crate::duplicates::Order;
use crate::error::{Error, Kind, Wait};
use crate::feed::{Batch, Chunk, Feed};
use crate::fit::Database as _;
use crate::options::{Allowed, Atomicity, UpsertOptions};
use crate::plan::UpsertPlan;
use crate::report::{Count, Counts, Outcome, Phase, UpsertReport, Written};
use crate::rows::{Bounds, Source};
use crate::schema::{AnySchema, TableSchema};
use crate::tally::{Reporter, Tally};
use crate::trace::{CallSpan, ChunkSpan, around_stage};
use crate::wait::{Deadline, both, breathe, poll_once, ready, within};

/// What a door hands over.
#[doc(hidden)]
pub struct Call<'r> {
    pub(crate) schema: AnySchema<'r>,
    pub(crate) source: Source<'r>,
    pub(crate) options: UpsertOptions,
    pub(crate) reporter: Option<Reporter>,
}

/// A run to its end.
pub(crate) async fn run<B: Backend>(place: B, call: Call<'_>) -> Result<UpsertReport, Error> {
    let Call { schema, source, options, reporter } = call;
    let mut columns = Vec::new();
    let schema = schema.lend(&mut columns);
    let atomicity = options.atomicity.unwrap_or(source.atomicity());
    let span = CallSpan::new(&schema, &options, atomicity, B::Database::DIALECT);
    span.around(planned(place, &schema, source, &options, reporter)).await
}

async fn planned<B: Backend>(
    place: B,
    schema: &TableSchema<'_>,
    source: Source<'_>,
    options: &UpsertOptions,
    reporter: Option<Reporter>,
) -> Result<UpsertReport, Error> {
    let mut plan = UpsertPlan::new(schema, options, B::Database::DIALECT)?.numbered(call_number());
    let patience = Patience::of(options);
    let mut tally = Tally::new(reporter);
    match load(place, &mut plan, Feed::new(source), patience, &mut tally).await {
        Ok(outcome) => Ok(tally.finish(outcome)),
        Err(error) => Err(tally.fail(error.with_rule(options.on_conflict))),
    }
}

/// Tells the calls of this process apart, so that their staging tables do not meet a table of the caller's.
fn call_number() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    CALLS.fetch_add(1, atomic::Ordering::Relaxed)
}

/// A run of a place whose futures wait for nothing.
pub(crate) fn run_blocking<B: Backend>(place: B, call: Call<'_>) -> Result<UpsertReport, Error> {
    ready(run(place, call))
}

async fn load<B: Backend>(
    place: B,
    plan: &mut UpsertPlan<'_>,
    mut feed: Feed<'_>,
    patience: Patience,
    tally: &mut Tally,
) -> Result<Outcome, Error> {
    let atomicity = plan.atomicity.unwrap_or(feed.source.atomicity());
    // Reading begins before a connection is taken, so that a slow stream holds none.
    let bounds = match (&feed.source, atomicity) {
        (Source::Memory(rows), Atomicity::Call) => Bounds { rows: rows.len(), bytes: usize::MAX },
        _ => plan.bounds,
    };
    let first = feed.next(bounds, patience).await?;
    if first.is_none() && plan.allowed == Allowed::NOTHING {
        return Ok(Outcome::Committed);
    }

    let mut session = within(patience.pool(), Phase::Connect, place.session()).await?;
    let result = in_session(&mut session, plan, first, atomicity, &mut feed, patience, tally).await;
    let result = settled(&mut session, result).await;
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
    let next = match (&first, atomicity, &feed.source) {
        (Some(_), Atomicity::Chunk, _) => Next::Chunk,
        (Some(batch), Atomicity::Call, Source::Memory(_)) if !batch.exceeds(plan.bounds) => Next::Chunk,
        // Many rows are ordered first, and a stream is asked whether it has more.
        _ => Next::Unknown,
    };
    let prepared = prepare(session, plan, next, patience).await;
    tally.report.changes.append(&mut plan.changes);
    prepared?;
    match (first, atomicity) {
        (None, _) => {}
        (Some(batch), Atomicity::Chunk) => by_chunk(session, plan, batch, feed, patience, tally).await?,
        (Some(batch), Atomicity::Call) => match feed.next(plan.bounds, patience).await.map_err(Failure::clean)? {
            None if plan.folds_in_database() || plan.writes_in_two() && batch.exceeds(plan.bounds) => {
                staged(session, plan, batch.split(plan.bounds), feed, patience, tally).await?;
            }
            None => at_once(session, plan, &batch, patience, tally).await?,
            Some(second) => staged(session, plan, [batch, second].into_iter(), feed, patience, tally).await?,
        },
    }
    let indexed = index(session, plan, patience).await;
    tally.report.changes.append(&mut plan.changes);
    if indexed.is_err() {
        // Of the rows, all of which are written.
        tally.report.outcome = session.outcome();
    }
    indexed?;
    Ok(session.outcome())
}

/// Takes a connection of the pool again, where there is none at hand.
async fn resume<S: Session>(session: &mut S, patience: Patience) -> Result<(), Failure> {
    within(patience.pool(), Phase::Connect, session.resume()).await.map_err(Failure::clean)
}

/// What came of a session, on which no transaction is left that was begun ahead of what was not done.
async fn settled<S: Session, T>(session: &mut S, result: Result<T, Failure>) -> Result<T, Failure> {
    if matches!(result, Err(Failure { clean: false, .. })) {
        return result;
    }
    let settled = within(Patience::afterwards(), Phase::Write, session.settle()).await;
    match (result, settled) {
        // The first error says why.
        (Err(Failure { error, .. }), Err(_)) | (Ok(_), Err(error)) => Err(Failure::dirty(error)),
        (result, Ok(())) => result,
    }
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
        let clean = matches!(
            error.inner_kind(),
            Kind::Plan(_) | Kind::MissingTable { .. } | Kind::MissingSchema(_) | Kind::UnseenTable { .. }
        );
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
    let order = order::<S>(plan, batch).await.map_err(Failure::clean)?;
    let folded = (batch.range.len() - order.len()) as u64;
    let mut encoder = Encoder { plan, chunks: batch.cut(&order, plan.bounds), folded };
    let first = encoder.next::<S>().await.map_err(Failure::clean)?;
    let mut writing = Writing { deadline: patience.chunk(), chunk: None };
    begin(session, Purpose::Write, patience, writing.deadline).await?;
    let written = write_chunks(session, first, encoder, patience, &mut writing, tally).await;
    let Writing { deadline, chunk } = writing;
    match (finish(session, written, patience, deadline, tally, batch.numbers()).await, chunk) {
        (Ok(()), _) => {
            tally.reach(batch.numbers().end);
            Ok(())
        }
        (Err(failure), Some(chunk)) => Err(name_row(session, plan, chunk, failure, patience).await),
        (Err(failure), None) => Err(failure),
    }
}

/// The rows to write. Those that others of their key take the place of would be refused if they came alone, and so they are:
/// which rows are together in a chunk makes no difference.
async fn order<S: Session>(plan: &UpsertPlan<'_>, batch: &Batch<'_>) -> Result<Order, Error> {
    let order = batch.order(plan).await?;
    if let Some(folded) = order.folded(&batch.range) {
        for chunk in batch.cut(&folded, plan.bounds) {
            drop(S::encode(plan, &chunk, Purpose::Write).await?);
            breathe().await;
        }
    }
    Ok(order)
}

/// What is under way: until when it is waited for, and the chunk.
struct Writing<'c> {
    deadline: Deadline,
    chunk: Option<Chunk<'c>>,
}

/// Encodes the chunks of an order, one when it is asked for it.
struct Encoder<'p, C> {
    plan: &'p UpsertPlan<'p>,
    chunks: C,
    /// How many rows others of their key take the place of. They belong to no chunk in particular.
    folded: u64,
}

impl<'c, C: Iterator<Item = Chunk<'c>>> Encoder<'_, C> {
    async fn next<S: Session>(&mut self) -> Result<Option<(S::Packet, Chunk<'c>)>, Error> {
        let Some(chunk) = self.chunks.next() else { return Ok(None) };
        S::encode(self.plan, &chunk, Purpose::Write).await.map(|packet| Some((packet, chunk)))
    }
}

/// Writes chunks, from the first one on, which is encoded; each other one is while the database works on the one before. The
/// deadline of the first has begun already; a new one is left for the commit, because a watcher may have taken its time.
async fn write_chunks<'c, S: Session>(
    session: &mut S,
    first: Option<(S::Packet, Chunk<'c>)>,
    mut encoder: Encoder<'_, impl Iterator<Item = Chunk<'c>>>,
    patience: Patience,
    under_way: &mut Writing<'c>,
    tally: &mut Tally,
) -> Result<(), Error> {
    let mut next = first;
    while let Some((packet, chunk)) = next.take() {
        let rows = chunk.len() as u64;
        under_way.chunk = Some(chunk);
        let bytes = packet.size();
        let strategy = session.strategy(&packet, Purpose::Write);
        let span = ChunkSpan::new(tally.report.chunks, None, rows, bytes, strategy);
        let writing = within(under_way.deadline, Phase::Write, session.write(encoder.plan, packet));
        let meanwhile = async {
            // A driver that sends from a task of its own has its turn first.
            breathe().await;
            encoder.next::<S>().await
        };
        let (wrote, following) = both(span.around(writing), meanwhile).await?;
        next = following?;

        // They are reported with the last.
        let folded = if next.is_none() { encoder.folded } else { 0 };
        let duplicates = wrote.duplicates + folded.into();
        let written = Written { rows: rows + folded, counts: wrote.counts, duplicates, bytes };
        span.end(Outcome::NotCommitted);
        tally.wrote(written, Outcome::NotCommitted).await;
        under_way.deadline = patience.chunk();
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
        resume(session, patience).await?;
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
    let order = order::<S>(plan, batch).await.map_err(Failure::clean)?;
    let whole = batch.whole(&order);
    let packet = S::encode(plan, &whole, Purpose::Write).await.map_err(Failure::clean)?;
    let (rows, bytes) = (batch.range.len() as u64, packet.size());

    let strategy = session.strategy(&packet, Purpose::Write);
    let span = ChunkSpan::new(tally.report.chunks, Some(batch.numbers().start), rows, bytes, strategy);
    if tally.outcome_of_failure() == Outcome::InDoubt {
        // A cursor has tried to commit it before.
        span.doubt();
    }
    let transaction = async {
        let deadline = patience.chunk();
        begin(session, Purpose::Write, patience, deadline).await?;
        let wrote = within(deadline, Phase::Write, session.write(plan, packet)).await;
        if wrote.is_ok() {
            span.doubt();
        }
        finish(session, wrote, patience, deadline, tally, batch.numbers()).await
    };
    let wrote = span.around(transaction).await;
    span.end(if wrote.is_ok() { session.outcome() } else { tally.outcome_of_failure() });
    let Wrote { counts, duplicates } = match wrote {
        Ok(wrote) => wrote,
        Err(failure) => return Err(name_row(session, plan, whole, failure, patience).await),
    };
    let folded = Count::exact(rows - order.len() as u64);
    Ok(Written { rows, counts, duplicates: duplicates + folded, bytes })
}

/// A stream of any length in one transaction: its rows are staged in the database, and written by one statement in key
/// order at the end. Several statements, each sorted by itself, would deadlock with another call's.
///
/// So are rows in memory whose order only the database knows, and those of several chunks where one takes two statements
/// (see [`UpsertPlan::writes_in_two`]): the second of a chunk may lock a row while the first of the next one inserts.
async fn staged<'r, S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    first: impl Iterator<Item = Batch<'r>>,
    feed: &mut Feed<'_>,
    patience: Patience,
    tally: &mut Tally,
) -> Result<(), Failure> {
    plan.check_room_to_stage().map_err(Failure::clean)?;
    let mut deadline = patience.chunk();
    begin(session, Purpose::Stage, patience, deadline).await?;
    let written = stage_and_write(session, plan, first, feed, patience, &mut deadline, tally).await;
    let rows = 0..feed.next_row;
    finish(session, written, patience, deadline, tally, rows.clone()).await?;
    tally.reach(rows.end);
    Ok(())
}

async fn stage_and_write<'r, S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    mut first: impl Iterator<Item = Batch<'r>>,
    feed: &mut Feed<'_>,
    patience: Patience,
    deadline: &mut Deadline,
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
        let whole = batch.whole(&order);
        let packet = S::encode(plan, &whole, Purpose::Stage).await?;
        let written = Written {
            rows: order.len() as u64,
            counts: Counts::UNKNOWN,
            duplicates: Count::UNKNOWN,
            bytes: packet.size(),
        };
        let strategy = session.strategy(&packet, Purpose::Stage);
        let first_row = Some(batch.numbers().start);
        let span = ChunkSpan::new(tally.report.chunks, first_row, written.rows, written.bytes, strategy);
        *deadline = patience.chunk();
        span.around(within(*deadline, Phase::Write, session.stage(plan, packet))).await?;
        span.end(Outcome::NotCommitted);
        tally.wrote(written, Outcome::NotCommitted).await;
    }
    *deadline = patience.chunk();
    let wrote = around_stage(within(*deadline, Phase::Write, session.write_staged(plan))).await?;
    tally.settle(wrote);
    Ok(())
}
