//! What the doors return: calls that are under way.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::backend::{AsyncBackend, BlockingBackend, Boxed};
use crate::error::Error;
use crate::fit::FitsDatabase;
use crate::report::{ChunkReport, UpsertReport};
use crate::rows::kind;
use crate::run::{self, CursorState};
use crate::tally::Reporter;
use crate::wait::ready;

/// The future of [`Upsertable::aupsert`](crate::Upsertable::aupsert), of a step of a cursor, [`UpsertCursor::write_next`], and of
/// [`Upsertable::verify`](crate::Upsertable::verify), [`Upsertable::diff`](crate::Upsertable::diff), [`Upsertable::pending_changes`](crate::Upsertable::pending_changes), [`Upsertable::migrate`](crate::Upsertable::migrate) and [`snapshot()`](crate::snapshot()).
#[must_use = "nothing is done until it is awaited"]
pub struct UpsertFuture<'a, T = UpsertReport>(pub(crate) Boxed<'a, Result<T, Error>>);

impl<'a, T: Send + 'a> UpsertFuture<'a, T> {
    /// A call that fails before it begins: what an adapter of other rows returns if they cannot be made rows.
    pub fn failed(error: Error) -> Self {
        Self(Box::pin(std::future::ready(Err(error))))
    }
}

impl<T> Future for UpsertFuture<'_, T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for UpsertFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpsertFuture").finish_non_exhaustive()
    }
}

/// The stream of [`Upsertable::aupsert_chunks`](crate::Upsertable::aupsert_chunks).
#[must_use = "nothing is written until it is read"]
pub struct ChunkReports<'a> {
    /// `None` once it has ended.
    pub(crate) run: Option<Boxed<'a, Result<UpsertReport, Error>>>,
    pub(crate) reporter: Reporter,
    pub(crate) report: Option<UpsertReport>,
}

impl ChunkReports<'_> {
    /// A call that fails before it begins: what an adapter of other rows returns if they cannot be made rows.
    pub fn failed(error: Error) -> Self {
        Self { run: Some(Box::pin(std::future::ready(Err(error)))), reporter: Reporter::default(), report: None }
    }

    /// The report of the whole call, once the stream has ended without an error.
    #[must_use]
    pub fn report(&self) -> Option<&UpsertReport> {
        self.report.as_ref()
    }
}

impl Stream for ChunkReports<'_> {
    type Item = Result<ChunkReport, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(run) = &mut self.run else { return Poll::Ready(None) };
        match run.as_mut().poll(context) {
            Poll::Pending => match self.reporter.take() {
                Some(chunk) => Poll::Ready(Some(Ok(chunk))),
                None => Poll::Pending,
            },
            Poll::Ready(result) => {
                self.run = None;
                Poll::Ready(match result {
                    Ok(report) => {
                        self.report = Some(report);
                        None
                    }
                    Err(error) => Some(Err(error)),
                })
            }
        }
    }
}

impl fmt::Debug for ChunkReports<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkReports").field("report", &self.report).finish_non_exhaustive()
    }
}

/// Rows of `T` that are written one chunk at a time: [`Upsertable::cursor`](crate::Upsertable::cursor).
pub struct UpsertCursor<'r, T, K> {
    pub(crate) state: CursorState<'r>,
    pub(crate) kind: PhantomData<fn() -> (T, K)>,
}

impl<T, K> UpsertCursor<'_, T, K> {
    /// Writes the next chunk; `None` when there are no more rows.
    ///
    /// # Errors
    ///
    /// As [`Upsertable::aupsert`](crate::Upsertable::aupsert). The chunk that failed is kept: the next call writes it again, to whatever place it is
    /// given. If the commit of a chunk is in doubt, writing it again is safe unless conflicts are errors. An input that failed stays
    /// failed: its rows since the last chunk are gone, and each further call names the same row.
    ///
    /// # Cancellation
    ///
    /// Dropping the future rolls the chunk back; its rows are kept, and the next call writes them. If it is dropped while
    /// the commit is under way, the [`report`](Self::report) says that the chunk is in doubt.
    ///
    /// # Panics
    ///
    /// As [`Upsertable::aupsert`](crate::Upsertable::aupsert), which also says what happens without a tokio runtime.
    pub fn write_next<'c, P>(&'c mut self, place: P) -> UpsertFuture<'c, Option<ChunkReport>>
    where
        P: AsyncBackend + 'c,
        T: FitsDatabase<P::Database>,
    {
        UpsertFuture(place.write_next(&mut self.state))
    }

    /// Writes the next chunk in blocking code; `None` when there are no more rows.
    ///
    /// # Errors
    ///
    /// As [`write_next`](Self::write_next).
    pub fn write_next_blocking<P>(&mut self, place: P) -> Result<Option<ChunkReport>, Error>
    where
        P: BlockingBackend,
        T: FitsDatabase<P::Database>,
        K: kind::Blocking,
    {
        ready(run::write_next(place, &mut self.state))
    }

    /// What is written so far.
    #[must_use]
    pub fn report(&self) -> &UpsertReport {
        self.state.report()
    }
}

impl<T, K> fmt::Debug for UpsertCursor<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpsertCursor").field("report", self.report()).finish_non_exhaustive()
    }
}
