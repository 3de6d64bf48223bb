//! Rows that come many at a time, as those of a DataFrame do: batches are cut, and put together, into chunks.

use std::ops::Range;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::{Bounds, FAILED_BEFORE, From, FromIter, FromStream, LazyRows, Pull, Read, Rows, Source};
use crate::error::BoxError;
use crate::value::Value;

impl<'r> Source<'r> {
    /// Rows that are all in memory: they are written wholly or not at all, unless the options say otherwise.
    pub fn memory(rows: impl Rows + 'r) -> Self {
        Self::Memory(Arc::new(rows))
    }

    /// Rows of several batches, all of which are in memory.
    #[must_use]
    pub fn memory_batches<R: Rows + 'r>(batches: Vec<R>) -> Self {
        let whole = |batch: R| Part { range: 0..batch.len(), batch: Arc::new(batch) };
        Self::Memory(joined(batches.into_iter().map(whole).collect()))
    }

    /// Rows in memory that are none after all, because of one of them: nothing is written, and the error names it, counted from 0.
    pub fn failed(row: usize, error: impl Into<BoxError>) -> Self {
        Self::Lazy(Box::new(Failed(row, Some(error.into()))))
    }

    /// Rows that come batch by batch, and of which no more are held than those of a chunk and a batch: chunks commit by
    /// themselves, unless the options say otherwise. A batch may be of any size.
    pub fn batches<R, E>(batches: impl Iterator<Item = Result<R, E>> + Send + 'r) -> Self
    where
        R: Rows + 'r,
        E: Into<BoxError>,
    {
        cut(FromIter(batches.map(|batch| batch.map_err(Into::into))))
    }

    /// The same of batches that are waited for.
    pub fn batch_stream<R, E>(batches: impl Stream<Item = Result<R, E>> + Send + 'r) -> Self
    where
        R: Rows + 'r,
        E: Into<BoxError> + 'r,
    {
        Self::batch_stream_with(batches, |batch| batch.map_err(Into::into))
    }

    /// The same of batches that are made rows of as they come.
    pub fn batch_stream_with<S, R>(batches: S, read: impl FnMut(S::Item) -> Result<R, BoxError> + Send + 'r) -> Self
    where
        S: Stream + Send + 'r,
        R: Rows + 'r,
    {
        cut(FromStream(Box::pin(batches), read))
    }
}

struct Failed(usize, Option<BoxError>);

impl<'r> LazyRows<'r> for Failed {
    fn poll_chunk(&mut self, _: Bounds, _: &mut Context<'_>) -> Poll<Read<'r>> {
        Poll::Ready(Read::Failed(self.0, self.1.take().unwrap_or_else(|| FAILED_BEFORE.into())))
    }
}

fn cut<'r, R: Rows + 'r>(pull: impl Pull<R> + 'r) -> Source<'r> {
    Source::Lazy(Box::new(Cut { from: From::More(pull), rest: None, parts: Vec::new(), rows: 0, bytes: 0 }))
}

/// Some rows of a batch.
struct Part<R> {
    batch: Arc<R>,
    range: Range<usize>,
}

struct Cut<R, P> {
    from: From<P>,
    /// What no chunk has taken yet of the batch that came last.
    rest: Option<Part<R>>,
    /// What the next chunk has taken.
    parts: Vec<Part<R>>,
    rows: usize,
    bytes: usize,
}

impl<'r, R: Rows + 'r, P: Pull<R>> LazyRows<'r> for Cut<R, P> {
    fn poll_chunk(&mut self, bounds: Bounds, context: &mut Context<'_>) -> Poll<Read<'r>> {
        let before = self.rows;
        loop {
            self.take_from_rest(bounds);
            if self.rows >= bounds.rows || self.bytes >= bounds.bytes {
                return Poll::Ready(Read::Chunk(self.take()));
            }
            let pull = match &mut self.from {
                From::More(pull) => pull,
                From::Ended if self.rows == 0 => return Poll::Ready(Read::End),
                From::Ended => return Poll::Ready(Read::Chunk(self.take())),
                From::Failed(dropped) => return Poll::Ready(Read::Failed(*dropped, FAILED_BEFORE.into())),
            };
            match pull.poll_row(context) {
                Poll::Ready(Some(Ok(batch))) => {
                    let range = 0..batch.len();
                    self.rest = Some(Part { batch: Arc::new(batch), range });
                }
                Poll::Ready(Some(Err(error))) => {
                    self.parts.clear();
                    self.bytes = 0;
                    let dropped = std::mem::take(&mut self.rows);
                    self.from = From::Failed(dropped);
                    return Poll::Ready(Read::Failed(dropped, error));
                }
                Poll::Ready(None) => self.from = From::Ended,
                Poll::Pending if self.rows > before => return Poll::Ready(Read::More),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<R: Rows, P> Cut<R, P> {
    /// As many rows of the batch as the chunk has room for.
    fn take_from_rest(&mut self, bounds: Bounds) {
        let Some(Part { batch, range }) = &mut self.rest else { return };
        let start = range.start;
        while range.start < range.end && self.rows < bounds.rows && self.bytes < bounds.bytes {
            self.bytes = self.bytes.saturating_add(batch.size(range.start));
            self.rows += 1;
            range.start += 1;
        }
        if start < range.start {
            self.parts.push(Part { batch: Arc::clone(batch), range: start..range.start });
        }
        if range.start == range.end {
            self.rest = None;
        }
    }

    fn take<'r>(&mut self) -> Arc<dyn Rows + 'r>
    where
        R: 'r,
    {
        self.rows = 0;
        self.bytes = 0;
        joined(std::mem::take(&mut self.parts))
    }
}

fn joined<'r, R: Rows + 'r>(mut parts: Vec<Part<R>>) -> Arc<dyn Rows + 'r> {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => Arc::new(only),
        (last, _) => {
            parts.extend(last);
            Arc::new(Joined::new(parts))
        }
    }
}

impl<R: Rows> Rows for Part<R> {
    fn len(&self) -> usize {
        self.range.len()
    }

    fn value(&self, row: usize, column: usize) -> Value<'_> {
        self.batch.value(self.range.start + row, column)
    }

    fn size(&self, row: usize) -> usize {
        self.batch.size(self.range.start + row)
    }

    fn is_columnar(&self) -> bool {
        self.batch.is_columnar()
    }
}

/// Rows of several batches as those of one.
struct Joined<R> {
    parts: Vec<Part<R>>,
    /// The row behind the last one of each part.
    ends: Vec<usize>,
}

impl<R: Rows> Joined<R> {
    fn new(parts: Vec<Part<R>>) -> Self {
        let mut end = 0;
        let ends = parts.iter().map(|part| {
            end += part.range.len();
            end
        });
        Self { ends: ends.collect(), parts }
    }

    fn part(&self, row: usize) -> (&Part<R>, usize) {
        let part = self.ends.partition_point(|&end| end <= row);
        let start = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        (&self.parts[part], row - start)
    }
}

impl<R: Rows> Rows for Joined<R> {
    fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    fn value(&self, row: usize, column: usize) -> Value<'_> {
        let (part, row) = self.part(row);
        part.value(row, column)
    }

    fn size(&self, row: usize) -> usize {
        let (part, row) = self.part(row);
        part.size(row)
    }

    fn is_columnar(&self) -> bool {
        self.parts.iter().any(Part::is_columnar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of one column, whose numbers they are.
    struct Numbers(Range<i64>);

    impl Rows for Numbers {
        fn len(&self) -> usize {
            usize::try_from(self.0.end - self.0.start).expect("it is small")
        }

        fn value(&self, row: usize, _: usize) -> Value<'_> {
            Value::BigInt(self.0.start + i64::try_from(row).expect("it is small"))
        }

        fn size(&self, _: usize) -> usize {
            8
        }
    }

    fn chunks(sizes: &[i64], bounds: Bounds) -> Vec<Vec<i64>> {
        let mut start = 0;
        let batches: Vec<Result<Numbers, BoxError>> = sizes
            .iter()
            .map(|size| {
                start += size;
                Ok(Numbers(start - size..start))
            })
            .collect();
        let Source::Lazy(mut rows) = Source::batches(batches.into_iter()) else { unreachable!("it is lazy") };
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut chunks = Vec::new();
        while let Poll::Ready(Read::Chunk(chunk)) = rows.poll_chunk(bounds, &mut context) {
            let numbers = (0..chunk.len()).map(|row| match chunk.value(row, 0) {
                Value::BigInt(number) => number,
                _ => unreachable!("it is a number"),
            });
            chunks.push(numbers.collect());
        }
        chunks
    }

    /// Whatever the sizes of batches and chunks, each row comes once, in order, and all chunks but the last are full.
    #[test]
    fn rows_come_once_and_in_order() {
        for sizes in [&[10][..], &[3, 4, 3], &[0, 1, 0, 9, 0], &[1; 10], &[7, 3], &[]] {
            let all: i64 = sizes.iter().sum();
            for most in 1..12 {
                let by_rows = chunks(sizes, Bounds { rows: most, bytes: usize::MAX });
                assert_eq!(by_rows, chunks(sizes, Bounds { rows: usize::MAX, bytes: most * 8 }), "{sizes:?}, {most}");
                assert_eq!(by_rows.concat(), (0..all).collect::<Vec<_>>(), "{sizes:?}, {most}");
                let full = by_rows.iter().rev().skip(1).all(|chunk| chunk.len() == most);
                assert!(full, "{sizes:?}, {most}: {by_rows:?}");
            }
        }
    }

    /// A source that fails says how many rows of the chunk were dropped, whenever it is asked, and never looks as if it had ended.
    #[test]
    fn what_fails_stays_failed() {
        let batches = [Ok(Numbers(0..3)), Err("broken"), Ok(Numbers(3..6))];
        let Source::Lazy(mut rows) = Source::batches(batches.into_iter()) else { unreachable!("it is lazy") };
        let mut context = Context::from_waker(std::task::Waker::noop());
        let bounds = Bounds { rows: 2, bytes: usize::MAX };
        assert!(matches!(rows.poll_chunk(bounds, &mut context), Poll::Ready(Read::Chunk(chunk)) if chunk.len() == 2));
        assert!(matches!(rows.poll_chunk(bounds, &mut context), Poll::Ready(Read::Failed(1, _))));
        assert!(matches!(rows.poll_chunk(bounds, &mut context), Poll::Ready(Read::Failed(1, _))));
    }
}
