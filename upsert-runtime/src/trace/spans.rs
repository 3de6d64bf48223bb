//! With the feature `tracing`. Futures are instrumented, so that a span is entered for each poll and never held over an
//! await.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::field::Empty;
use tracing::{Instrument as _, Span, debug_span, info_span, warn};

use crate::error::Error;
use crate::options::{Atomicity, UpsertOptions};
use crate::report::{ChunkReport, Count, Outcome, UpsertReport};
use crate::schema::TableSchema;
use crate::sql::Dialect;

/// The span of a call, or of one step of a cursor.
pub(crate) struct CallSpan {
    span: Span,
    ended: bool,
}

impl CallSpan {
    pub(crate) fn new(
        schema: &TableSchema<'_>,
        options: &UpsertOptions,
        atomicity: Atomicity,
        dialect: Dialect,
    ) -> Self {
        let span = info_span!(
            target: "upsert",
            "upsert",
            schema = options.schema.as_deref().or(schema.schema),
            table = options.table.as_deref().unwrap_or(schema.table),
            ?dialect,
            on_conflict = ?options.on_conflict,
            ?atomicity,
            rows = Empty,
            inserted = Empty,
            updated = Empty,
            unchanged = Empty,
            ignored = Empty,
            duplicates = Empty,
            chunks = Empty,
            bytes = Empty,
            outcome = Empty,
            elapsed_ms = Empty,
        );
        Self { span, ended: false }
    }

    /// Runs a call within the span, and notes how it ended.
    pub(crate) async fn around<R: Told>(mut self, call: impl Future<Output = Result<R, Error>>) -> Result<R, Error> {
        let result = call.instrument(self.span.clone()).await;
        self.ended = true;
        match &result {
            Ok(report) => report.tell(&self.span),
            Err(error) => {
                R::tell_what_is_left(error.report(), &self.span);
                self.warn(error);
            }
        }
        result
    }

    /// The error's own words, which hold no values; its source, which is the caller's, is left to the caller.
    fn warn(&self, error: &Error) {
        warn!(
            target: "upsert",
            parent: &self.span,
            kind = ?error.kind(),
            phase = ?error.phase(),
            sqlstate = error.sqlstate(),
            constraint = error.constraint(),
            column = error.column(),
            row = error.row(),
            next_row = error.checkpoint().next_row,
            outcome = ?error.outcome(),
            retryable = error.is_retryable(),
            %error,
            "upsert failed",
        );
    }
}

/// Nobody waited for the end.
impl Drop for CallSpan {
    fn drop(&mut self) {
        if !self.ended {
            self.span.record("outcome", "Abandoned");
        }
    }
}

/// What a span is told at its end.
pub(crate) trait Told {
    fn tell(&self, span: &Span);

    /// What is written all the same, when it failed.
    fn tell_what_is_left(report: &UpsertReport, span: &Span);
}

impl Told for UpsertReport {
    fn tell(&self, span: &Span) {
        let Self { rows, inserted, updated, unchanged, ignored, duplicates, chunks, bytes, .. } = self;
        span.record("rows", rows).record("chunks", chunks).record("bytes", bytes);
        tell_counts(span, [*inserted, *updated, *unchanged, *ignored, *duplicates]);
        tell_outcome(span, self.outcome);
        span.record("elapsed_ms", self.elapsed.as_secs_f64() * 1_000.0);
    }

    fn tell_what_is_left(report: &UpsertReport, span: &Span) {
        report.tell(span);
    }
}

/// One step of a cursor: its chunk, or none when there are no more rows.
impl Told for Option<ChunkReport> {
    fn tell(&self, span: &Span) {
        span.record("chunks", u64::from(self.is_some()));
        let Some(chunk) = self else { return };
        let ChunkReport { rows, inserted, updated, unchanged, ignored, duplicates, bytes, outcome, .. } = chunk;
        span.record("rows", rows).record("bytes", bytes);
        tell_counts(span, [*inserted, *updated, *unchanged, *ignored, *duplicates]);
        tell_outcome(span, *outcome);
    }

    /// The report is about the chunks before, too.
    fn tell_what_is_left(report: &UpsertReport, span: &Span) {
        tell_outcome(span, report.outcome);
    }
}

/// A count that is unknown is left out.
fn tell_counts(span: &Span, counts: [Count; 5]) {
    for (field, count) in ["inserted", "updated", "unchanged", "ignored", "duplicates"].into_iter().zip(counts) {
        span.record(field, count.get());
    }
}

fn tell_outcome(span: &Span, outcome: Outcome) {
    span.record("outcome", tracing::field::debug(outcome));
}

/// The span of a chunk.
pub(crate) struct ChunkSpan {
    span: Span,
    ended: bool,
    /// Whether a commit is under way, or was before: whoever is dropped now knows nothing of the end.
    in_doubt: AtomicBool,
}

impl ChunkSpan {
    /// The first row's number in the input, unless the rows of the chunk come from all over it.
    pub(crate) fn new(chunk: u64, first_row: Option<u64>, rows: u64, bytes: u64, strategy: &'static str) -> Self {
        let span = debug_span!(target: "upsert", "chunk", chunk, first_row, rows, bytes, strategy, outcome = Empty);
        Self { span, ended: false, in_doubt: AtomicBool::new(false) }
    }

    pub(crate) fn around<F: Future>(&self, chunk: F) -> impl Future<Output = F::Output> + use<F> {
        chunk.instrument(self.span.clone())
    }

    /// From now on the chunk may be there.
    pub(crate) fn doubt(&self) {
        self.in_doubt.store(true, Ordering::Relaxed);
    }

    pub(crate) fn end(mut self, outcome: Outcome) {
        self.ended = true;
        tell_outcome(&self.span, outcome);
    }
}

/// It failed, or nobody waited for the end.
impl Drop for ChunkSpan {
    fn drop(&mut self) {
        if !self.ended {
            let in_doubt = *self.in_doubt.get_mut();
            tell_outcome(&self.span, if in_doubt { Outcome::InDoubt } else { Outcome::NotCommitted });
        }
    }
}

/// What is written again, and rolled back, to find the row that a chunk was refused for.
pub(crate) fn around_search<F: Future>(searching: F) -> impl Future<Output = F::Output> {
    searching.instrument(debug_span!(target: "upsert", "find_row"))
}

/// The statement that writes all that was staged.
pub(crate) fn around_stage<F: Future>(writing: F) -> impl Future<Output = F::Output> {
    writing.instrument(debug_span!(target: "upsert", "write_staged"))
}
