//! The doors of frames, on what frames are made of.

use super::{Frame, FrameTable};
use crate::backend::{AsyncBackend, BlockingBackend};
use crate::error::Error;
use crate::fit::FitsDatabase;
use crate::options::UpsertOptions;
use crate::report::UpsertReport;
use crate::upsertable::{ChunkReports, UpsertFuture, Upsertable};

/// What can be written as a DataFrame, by an adapter: `upsert-arrow` has the record batches of Arrow, `upsert-polars` the DataFrames of
/// Polars, and [`Frame`]s are frames already.
///
/// Take the trait from the adapter, `use upsert_polars::UpsertFrame`: a crate that is nowhere named is not seen by the compiler.
///
/// `table` is a name, or a [`FrameTable`] with more to say; `key` names the columns by which rows that are already there are found.
/// Options, reports and errors are those of structs; see [`Upsertable`] for what each door does.
///
/// `Adapter` is found by the compiler and never written. It is a type of the adapter's, which may so say of a type of another crate
/// what frame it is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no DataFrame",
    note = "of Polars a `&DataFrame` is one (`upsert-polars`), of Arrow a `&RecordBatch` or `&[RecordBatch]` (`upsert-arrow`), of the version that the adapter is for",
    note = "readers, iterators and streams are made frames by the functions of the adapter"
)]
pub trait UpsertFrame<'r, Adapter>: Sized {
    /// As a frame, for the doors that have no method here: [`Frame::into_parts`] has them all.
    fn into_frame(self) -> Frame<'r>;

    /// Writes rows: inserts those that are new, and updates those whose key is already there.
    ///
    /// # Errors
    ///
    /// As [`Upsertable::aupsert`], and as [`Frame::table`].
    ///
    /// # Cancellation
    ///
    /// As [`Upsertable::aupsert`].
    fn aupsert<P>(
        self,
        place: P,
        table: impl Into<FrameTable>,
        key: &[&str],
        options: UpsertOptions,
    ) -> UpsertFuture<'r>
    where
        P: AsyncBackend + 'r,
    {
        match self.into_frame().into_parts(table, key) {
            Ok((table, rows)) => table.aupsert(place, rows, options),
            Err(error) => UpsertFuture::failed(error),
        }
    }

    /// The same as a stream of reports, one for each chunk.
    ///
    /// # Errors
    ///
    /// As [`Upsertable::aupsert`], and as [`Frame::table`]; an error is the last item.
    ///
    /// # Cancellation
    ///
    /// As [`Upsertable::aupsert_chunks`].
    fn aupsert_chunks<P>(
        self,
        place: P,
        table: impl Into<FrameTable>,
        key: &[&str],
        options: UpsertOptions,
    ) -> ChunkReports<'r>
    where
        P: AsyncBackend + 'r,
    {
        match self.into_frame().into_parts(table, key) {
            Ok((table, rows)) => table.aupsert_chunks(place, rows, options),
            Err(error) => ChunkReports::failed(error),
        }
    }

    /// The same in blocking code, for a plain `rusqlite::Connection` or `Transaction`.
    ///
    /// # Errors
    ///
    /// As [`Upsertable::aupsert`], and as [`Frame::table`].
    fn upsert<P>(
        self,
        place: P,
        table: impl Into<FrameTable>,
        key: &[&str],
        options: UpsertOptions,
    ) -> Result<UpsertReport, Error>
    where
        P: BlockingBackend + 'r,
    {
        let (table, rows) = self.into_frame().into_parts(table, key)?;
        table.upsert(place, rows, options)
    }
}

impl<'r> UpsertFrame<'r, Frame<'r>> for Frame<'r> {
    fn into_frame(self) -> Self {
        self
    }
}

/// Frames as rows of a struct: `City::aupsert_frame(&pool, frame, options)`.
///
/// The struct's schema is what is agreed on. Whether the frame has its columns, of its types and without NULL where it has none, is
/// looked at before anything is sent, and everything in which they differ is told at once.
pub trait UpsertableFrame: Upsertable {
    /// Writes the rows of a frame to the struct's table.
    ///
    /// # Errors
    ///
    /// As [`Frame::aupsert_as`].
    ///
    /// # Cancellation
    ///
    /// As [`Upsertable::aupsert`].
    fn aupsert_frame<'r, P, Adapter>(
        place: P,
        frame: impl UpsertFrame<'r, Adapter>,
        options: UpsertOptions,
    ) -> UpsertFuture<'r>
    where
        P: AsyncBackend + 'r,
        Self: FitsDatabase<P::Database>,
    {
        frame.into_frame().aupsert_as::<Self, P>(place, options)
    }

    /// The same in blocking code, for a plain `rusqlite::Connection` or `Transaction`.
    ///
    /// # Errors
    ///
    /// As [`Frame::upsert_as`].
    fn upsert_frame<'r, P, Adapter>(
        place: P,
        frame: impl UpsertFrame<'r, Adapter>,
        options: UpsertOptions,
    ) -> Result<UpsertReport, Error>
    where
        P: BlockingBackend + 'r,
        Self: FitsDatabase<P::Database>,
    {
        frame.into_frame().upsert_as::<Self, P>(place, options)
    }
}

impl<T: Upsertable> UpsertableFrame for T {}
