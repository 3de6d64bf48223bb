//! Rows on their way in: one shape for all that `rows` may be.

mod batches;
pub(crate) mod block;
mod bounds;
pub(crate) mod keys;

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use self::block::Block;
pub use self::bounds::Bounds;
use crate::error::BoxError;
use crate::options::Atomicity;
use crate::upsertable::Upsertable;
use crate::value::Value;

/// Rows in memory, seen cell by cell: the one form that everything below the doors knows.
pub trait Rows: Send + Sync {
    /// How many rows there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell of a row and a column, both counted from 0; the columns are those of the table's schema, in order. It is asked for
    /// the cells of a column, of some rows, before those of the next.
    fn value(&self, row: usize, column: usize) -> Value<'_>;

    /// About how many bytes the row takes; bounds the size of a chunk.
    fn size(&self, row: usize) -> usize;

    /// Puts some rows into a block.
    #[doc(hidden)]
    fn fill_block<'v>(&'v self, rows: &[usize], block: &mut Block<'v>) {
        for column in 0..block.columns().len() {
            block.fill(column, rows, |row| self.value(row, column));
        }
    }

    /// Whether the keys of some rows ascend, the first of them from that of the row before, if there is one.
    #[doc(hidden)]
    fn keys_ascend(&self, rows: Range<usize>, before: Option<usize>, key: &[usize]) -> bool {
        keys::keys_ascend(self, rows, before, key)
    }

    /// Appends a number that goes by the key of each of some rows.
    #[doc(hidden)]
    fn number_keys(&self, rows: Range<usize>, column: usize, numbers: &mut Vec<(u64, usize)>) {
        keys::number_keys(self, rows, column, numbers);
    }

    /// Where a chunk ends that starts with the first of some rows.
    #[doc(hidden)]
    fn chunk_end(&self, rows: Range<usize>, bounds: Bounds) -> usize {
        bounds.end(rows, |row| self.size(row))
    }

    /// Whether the cells of a row lie apart, as those of a DataFrame do, and not beside each other, as those of a struct.
    fn is_columnar(&self) -> bool {
        false
    }
}

impl<T: Upsertable> Rows for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn value(&self, row: usize, column: usize) -> Value<'_> {
        self[row].value(column)
    }

    fn size(&self, row: usize) -> usize {
        self[row].size()
    }

    fn fill_block<'v>(&'v self, rows: &[usize], block: &mut Block<'v>) {
        fill(self, rows, block);
    }
}

impl<T: Upsertable> Rows for &[T] {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn value(&self, row: usize, column: usize) -> Value<'_> {
        self[row].value(column)
    }

    fn size(&self, row: usize) -> usize {
        self[row].size()
    }

    fn fill_block<'v>(&'v self, rows: &[usize], block: &mut Block<'v>) {
        fill(self, rows, block);
    }
}

fn fill<'v, T: Upsertable>(all: &'v [T], rows: &[usize], block: &mut Block<'v>) {
    let taken: Vec<&T> = rows.iter().map(|&row| &all[row]).collect();
    T::fill_block(&taken, block);
}

/// What the argument `rows` may be.
///
/// In memory: `Vec<T>`, `&[T]`, `&Vec<T>`, `[T; N]`, `&[T; N]`, `Box<[T]>`. Lazy: any `Iterator` or `Stream` (of
/// `futures_core`) of `T` or of `Result<T, E>`; it is read chunk by chunk, never ahead of what is being written by more
/// than one chunk. An `IntoIterator` that is neither is made one by `.into_iter()`.
///
/// `Kind` is found by the compiler and never written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not rows of `{T}`",
    label = "expected rows of `{T}`",
    note = "in memory: `Vec<{T}>`, `&[{T}]`, `[{T}; N]`; lazy: an `Iterator` or `Stream` of `{T}` or of `Result<{T}, E>`",
    note = "for other collections, and for a `Vec` of results, call `.into_iter()`; for references, `.cloned()`",
    note = "an iterator or stream must be `Send`, and its error type must be an `Error + Send + Sync` (or a `String`)",
    note = "a struct with type parameters is a row where all its fields fit: write its type before `::aupsert`, and the compiler shows the field that does not"
)]
pub trait IntoRows<'r, T, Kind> {
    // The bound stands here and not at the implementations, where it can: what is no row is then told so, and not that a list of it
    // is no rows.
    #[doc(hidden)]
    fn into_source(self) -> Source<'r>
    where
        T: Upsertable;
}

/// Kinds of rows; they tell the implementations of [`IntoRows`] apart.
pub mod kind {
    /// Rows in memory.
    #[derive(Debug)]
    pub struct Memory;
    /// An iterator of rows.
    #[derive(Debug)]
    pub struct Iter;
    /// An iterator of results.
    #[derive(Debug)]
    pub struct TryIter;
    /// A stream of rows.
    #[derive(Debug)]
    pub struct Streamed;
    /// A stream of results.
    #[derive(Debug)]
    pub struct TryStreamed;

    /// The kinds that blocking code can read: all but streams.
    #[diagnostic::on_unimplemented(
        message = "blocking code cannot read an async stream",
        note = "use `aupsert` with a pool, or turn the stream into an iterator"
    )]
    pub trait Blocking {}
    impl Blocking for Memory {}
    impl Blocking for Iter {}
    impl Blocking for TryIter {}
}

/// Where rows come from that are no structs, for [`DynamicTable`](crate::DynamicTable): all of them are in memory, or they come batch by
/// batch.
pub enum Source<'r> {
    #[doc(hidden)]
    Memory(Arc<dyn Rows + 'r>),
    #[doc(hidden)]
    Lazy(Box<dyn LazyRows<'r> + 'r>),
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Memory(_) => "Source(in memory)",
            Self::Lazy(_) => "Source(lazy)",
        })
    }
}

impl Source<'_> {
    /// How much commits at once, unless the options say so.
    pub(crate) fn atomicity(&self) -> Atomicity {
        match self {
            Self::Memory(_) => Atomicity::Call,
            Self::Lazy(_) => Atomicity::Chunk,
        }
    }
}

impl<'r, T: 'r> IntoRows<'r, T, kind::Memory> for Vec<T> {
    fn into_source(self) -> Source<'r>
    where
        T: Upsertable,
    {
        Source::Memory(Arc::new(self))
    }
}

impl<'r, T> IntoRows<'r, T, kind::Memory> for &'r [T] {
    fn into_source(self) -> Source<'r>
    where
        T: Upsertable,
    {
        Source::Memory(Arc::new(self))
    }
}

impl<'r, T> IntoRows<'r, T, kind::Memory> for &'r Vec<T> {
    fn into_source(self) -> Source<'r>
    where
        T: Upsertable,
    {
        self.as_slice().into_source()
    }
}

impl<'r, T: 'r, const N: usize> IntoRows<'r, T, kind::Memory> for [T; N] {
    fn into_source(self) -> Source<'r>
    where
        T: Upsertable,
    {
        Vec::from(self).into_source()
    }
}

impl<'r, T, const N: usize> IntoRows<'r, T, kind::Memory> for &'r [T; N] {
    fn into_source(self) -> Source<'r>
    where
        T: Upsertable,
    {
        self.as_slice().into_source()
    }
}

impl<'r, T: 'r> IntoRows<'r, T, kind::Memory> for Box<[T]> {
    fn into_source(self) -> Source<'r>
    where
        T: Upsertable,
    {
        self.into_vec().into_source()
    }
}

// Here it has to: what is a `Result` is told from what is a row by nothing else.
impl<'r, T, I> IntoRows<'r, T, kind::Iter> for I
where
    T: Upsertable + 'r,
    I: Iterator<Item = T> + Send + 'r,
{
    fn into_source(self) -> Source<'r>
    where
        T: Upsertable,
    {
        gather(FromIter(self.map(Ok)))
    }
}

impl<'r, T, E, I> IntoRows<'r, T, kind::TryIter> for I
where
    T: 'r,
    E: Into<BoxError>,
    I: Iterator<Item = Result<T, E>> + Send + 'r,
{
    fn into_source(self) -> Source<'r>
    where
        T: Upsertable,
    {
        gather(FromIter(self.map(|row| row.map_err(Into::into))))
    }
}

impl<'r, T, S> IntoRows<'r, T, kind::Streamed> for S
where
    T: Upsertable + 'r,
    S: Stream<Item = T> + Send + 'r,
{
    fn into_source(self) -> Source<'r>
    where
        T: Upsertable,
    {
        gather(FromStream(Box::pin(self), Ok))
    }
}

impl<'r, T, E, S> IntoRows<'r, T, kind::TryStreamed> for S
where
    T: 'r,
    E: Into<BoxError> + 'r,
    S: Stream<Item = Result<T, E>> + Send + 'r,
{
    fn into_source(self) -> Source<'r>
    where
        T: Upsertable,
    {
        gather(FromStream(Box::pin(self), |row: Result<T, E>| row.map_err(Into::into)))
    }
}

/// What reading came to.
#[doc(hidden)]
pub enum Read<'r> {
    /// Some rows came, and more may; ask again. It shows that the stream has not stalled.
    More,
    /// A chunk is full, or the last rows are here.
    Chunk(Arc<dyn Rows + 'r>),
    /// The source failed after so many rows of an unfinished chunk, which are dropped.
    Failed(usize, BoxError),
    /// There is nothing left.
    End,
}

/// Rows that come one by one, gathered into chunks.
#[doc(hidden)]
pub trait LazyRows<'r>: Send {
    /// Reads until a chunk is full. Rows read stay here when the caller stops polling.
    fn poll_chunk(&mut self, bounds: Bounds, cx: &mut Context<'_>) -> Poll<Read<'r>>;
}

/// One row at a time, from an iterator or a stream.
trait Pull<T>: Send {
    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, BoxError>>>;
}

struct FromIter<I>(I);

impl<T, I: Iterator<Item = Result<T, BoxError>> + Send> Pull<T> for FromIter<I> {
    fn poll_row(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<T, BoxError>>> {
        Poll::Ready(self.0.next())
    }
}

struct FromStream<S, F>(Pin<Box<S>>, F);

impl<T, S, F> Pull<T> for FromStream<S, F>
where
    S: Stream + Send,
    F: FnMut(S::Item) -> Result<T, BoxError> + Send,
{
    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, BoxError>>> {
        Poll::Ready(ready!(self.0.as_mut().poll_next(cx)).map(&mut self.1))
    }
}

fn gather<'r, T: Upsertable + 'r>(pull: impl Pull<T> + 'r) -> Source<'r> {
    Source::Lazy(Box::new(Gather { from: From::More(pull), rows: Vec::new(), bytes: 0 }))
}

struct Gather<T, P> {
    from: From<P>,
    rows: Vec<T>,
    bytes: usize,
}

const FAILED_BEFORE: &str = "the input has failed before";

/// What ended or failed is never asked again, and a failed input never looks as if it had ended.
enum From<P> {
    More(P),
    Ended,
    /// After so many rows of an unfinished chunk.
    Failed(usize),
}

impl<'r, T: Upsertable + 'r, P: Pull<T>> LazyRows<'r> for Gather<T, P> {
    fn poll_chunk(&mut self, bounds: Bounds, cx: &mut Context<'_>) -> Poll<Read<'r>> {
        let before = self.rows.len();
        loop {
            if self.rows.len() >= bounds.rows || self.bytes >= bounds.bytes {
                return Poll::Ready(Read::Chunk(self.take()));
            }
            let pull = match &mut self.from {
                From::More(pull) => pull,
                From::Ended if self.rows.is_empty() => return Poll::Ready(Read::End),
                From::Ended => return Poll::Ready(Read::Chunk(self.take())),
                From::Failed(dropped) => return Poll::Ready(Read::Failed(*dropped, FAILED_BEFORE.into())),
            };
            match pull.poll_row(cx) {
                Poll::Ready(Some(Ok(row))) => {
                    self.bytes += row.size();
                    self.rows.push(row);
                }
                Poll::Ready(Some(Err(error))) => {
                    self.bytes = 0;
                    let dropped = std::mem::take(&mut self.rows).len();
                    self.from = From::Failed(dropped);
                    return Poll::Ready(Read::Failed(dropped, error));
                }
                Poll::Ready(None) => self.from = From::Ended,
                Poll::Pending if self.rows.len() > before => return Poll::Ready(Read::More),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<T: Upsertable, P> Gather<T, P> {
    fn take<'r>(&mut self) -> Arc<dyn Rows + 'r>
    where
        T: 'r,
    {
        self.bytes = 0;
        let next = Vec::with_capacity(self.rows.len());
        Arc::new(std::mem::replace(&mut self.rows, next))
    }
}
