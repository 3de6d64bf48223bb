//! A call that is taken one chunk at a time.

use super::indexes::index;
use super::prepare::prepare;
use super::{Failure, call_number, give_back, one_chunk, settled};
use crate::backend::{Backend, Next, Patience, Session};
use crate::error::Error;
use crate::feed::{Batch, Feed};
use crate::fit::Database as _;
use crate::options::{Allowed, Atomicity, UpsertOptions};
use crate::plan::UpsertPlan;
use crate::report::{ChunkReport, Outcome, Phase, UpsertReport, Written};
use crate::rows::Source;
use crate::schema::{AnySchema, TableSchema};
use crate::tally::Tally;
use crate::trace::CallSpan;
use crate::wait::within;

/// A call that is taken one chunk at a time, each time with a place of the caller's choice.
#[doc(hidden)]
pub struct CursorState<'r> {
    pub(crate) schema: AnySchema<'r>,
    pub(crate) options: UpsertOptions,
    feed: Feed<'r>,
    /// A chunk that was read and is not written yet.
    waiting: Option<Batch<'r>>,
    tally: Tally,
    /// Whether all is done that is done without rows: the table of an empty input, and indexes behind the last row.
    is_done: bool,
}

impl<'r> CursorState<'r> {
    pub(crate) fn new(schema: AnySchema<'r>, source: Source<'r>, options: UpsertOptions) -> Self {
        let feed = Feed::new(source);
        Self { schema, options, feed, waiting: None, tally: Tally::new(None), is_done: false }
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
    let schema = cursor.schema.clone();
    let mut columns = Vec::new();
    let schema = schema.lend(&mut columns);
    let span = CallSpan::new(&schema, &cursor.options, Atomicity::Chunk, B::Database::DIALECT);
    span.around(async {
        let result = step(place, &schema, cursor).await;
        cursor.tally.note_elapsed();
        result.map_err(|error| cursor.tally.tell(error.with_rule(cursor.options.on_conflict)))
    })
    .await
}

async fn step<B: Backend>(
    place: B,
    schema: &TableSchema<'_>,
    cursor: &mut CursorState<'_>,
) -> Result<Option<ChunkReport>, Error> {
    let mut plan = UpsertPlan::new(schema, &cursor.options, B::Database::DIALECT)?.numbered(call_number());
    if plan.atomicity == Some(Atomicity::Call) {
        return Err(Error::plan(
            "a cursor writes chunk by chunk: use `Atomicity::Chunk`, or write all chunks into one open transaction",
        ));
    }
    let patience = Patience::of(&cursor.options);
    if cursor.waiting.is_none() {
        cursor.waiting = cursor.feed.next(plan.bounds, patience).await?;
    }
    let is_left = plan.allowed.defer_indexes || plan.allowed != Allowed::NOTHING && cursor.report().chunks == 0;
    if cursor.waiting.is_none() && (cursor.is_done || !is_left) {
        return Ok(None);
    }

    let mut session = within(patience.pool(), Phase::Connect, place.session()).await?;
    let result = write_waiting(&mut session, &mut plan, cursor, patience).await;
    let result = settled(&mut session, result).await;
    let Some((written, next_row, outcome)) = give_back(session, result)? else {
        cursor.is_done = true;
        return Ok(None);
    };
    cursor.waiting = None;
    cursor.tally.reach_in(next_row, outcome);
    cursor.tally.became(outcome);
    Ok(Some(cursor.tally.count(written, outcome)))
}

async fn write_waiting<S: Session>(
    session: &mut S,
    plan: &mut UpsertPlan<'_>,
    cursor: &mut CursorState<'_>,
    patience: Patience,
) -> Result<Option<(Written, u64, Outcome)>, Failure> {
    let next = if cursor.waiting.is_some() { Next::Chunk } else { Next::Unknown };
    let prepared = prepare(session, plan, next, patience).await;
    let CursorState { waiting, tally, .. } = cursor;
    tally.report.changes.append(&mut plan.changes);
    prepared?;
    let Some(batch) = waiting else {
        let indexed = index(session, plan, patience).await;
        tally.report.changes.append(&mut plan.changes);
        indexed?;
        if tally.report.chunks == 0 {
            tally.became(session.outcome());
        }
        return Ok(None);
    };
    let written = one_chunk(session, plan, batch, patience, tally).await?;
    Ok(Some((written, batch.numbers().end, session.outcome())))
}
