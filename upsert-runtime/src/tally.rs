//! The running account of a call, and who is shown it.

use std::future::poll_fn;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Instant;

use crate::backend::Wrote;
use crate::error::Error;
use crate::report::{ChunkReport, Counts, Outcome, Phase, UpsertReport, Written};

/// The running account of a call.
pub(crate) struct Tally {
    pub(crate) report: UpsertReport,
    started: Instant,
    reporter: Option<Reporter>,
    /// Of a cursor, the first row since which all chunks went into callers' transactions. Whether those are committed,
    /// only the callers know.
    callers_since: Option<u64>,
}

impl Tally {
    pub(crate) fn new(reporter: Option<Reporter>) -> Self {
        Self { report: UpsertReport::empty(), started: Instant::now(), reporter, callers_since: None }
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.reporter.is_some()
    }

    /// Counts a chunk, and shows it to whoever watches.
    pub(crate) async fn wrote(&mut self, written: Written, outcome: Outcome) {
        let chunk = self.count(written, outcome);
        if let Some(reporter) = &self.reporter {
            reporter.show(chunk).await;
        }
    }

    pub(crate) fn count(&mut self, written: Written, outcome: Outcome) -> ChunkReport {
        let Written { rows, counts, duplicates, bytes } = written;
        let number = self.report.chunks;
        self.report.add(&written);
        self.report.in_callers |= outcome == Outcome::InCallersTransaction;
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
            elapsed_so_far: self.started.elapsed(),
        }
    }

    /// What was staged is written: now it is known what became of it.
    pub(crate) fn settle(&mut self, wrote: Wrote) {
        let Wrote { counts, duplicates } = wrote;
        let Counts { inserted, updated, unchanged, ignored } = counts;
        self.report.inserted = inserted;
        self.report.updated = updated;
        self.report.unchanged = unchanged;
        self.report.ignored = ignored;
        self.report.duplicates = duplicates;
    }

    pub(crate) fn reach(&mut self, next_row: u64) {
        self.report.checkpoint.next_row = next_row;
    }

    /// The same of a cursor, whose chunks go to places of the caller's choice.
    pub(crate) fn reach_in(&mut self, next_row: u64, outcome: Outcome) {
        self.callers_since = match outcome {
            Outcome::InCallersTransaction => self.callers_since.or(Some(self.report.checkpoint.next_row)),
            _ => None,
        };
        self.reach(next_row);
    }

    /// What became of a cursor's last chunk, or of the table without one. What was once in a caller's transaction, the caller knows of.
    pub(crate) fn became(&mut self, outcome: Outcome) {
        self.report.in_callers |= outcome == Outcome::InCallersTransaction;
        self.report.outcome = if self.report.in_callers { Outcome::InCallersTransaction } else { outcome };
    }

    /// From now on these rows are in doubt, or none; tells which were before.
    pub(crate) fn doubt(&mut self, rows: Option<Range<u64>>) -> Option<Range<u64>> {
        self.report.outcome = if rows.is_some() { Outcome::InDoubt } else { Outcome::NotCommitted };
        std::mem::replace(&mut self.report.checkpoint.in_doubt, rows)
    }

    pub(crate) fn finish(mut self, outcome: Outcome) -> UpsertReport {
        self.report.outcome = outcome;
        self.note_elapsed();
        self.report
    }

    pub(crate) fn note_elapsed(&mut self) {
        self.report.elapsed = self.started.elapsed();
    }

    /// The error of a chunk, with what the chunks before it came to. Where the database ended the caller's transaction, the
    /// chunks before it may have gone with it.
    pub(crate) fn tell(&mut self, error: Error) -> Error {
        if error.ended_transaction()
            && let Some(row) = self.callers_since.take()
        {
            self.reach(row);
        }
        let outcome = match error.phase() {
            // It is no chunk that failed.
            Phase::Index => self.report.outcome,
            _ => self.outcome_of_failure(),
        };
        error.with_report(UpsertReport { outcome, ..self.report.clone() })
    }

    /// What became of a chunk that failed.
    pub(crate) fn outcome_of_failure(&self) -> Outcome {
        if self.report.checkpoint.in_doubt.is_some() { Outcome::InDoubt } else { Outcome::NotCommitted }
    }

    /// The error with what is written all the same. Of a call that is rolled back as a whole, that is nothing; nor is
    /// anything left where the database ended the caller's transaction, and all chunks with it.
    pub(crate) fn fail(mut self, error: Error) -> Error {
        self.note_elapsed();
        if error.ended_transaction() {
            self.reach(0);
        }
        if self.report.checkpoint.next_row == 0 {
            let UpsertReport { elapsed, outcome, checkpoint, changes, .. } = self.report;
            self.report = UpsertReport { elapsed, outcome, checkpoint, changes, ..UpsertReport::empty() };
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
