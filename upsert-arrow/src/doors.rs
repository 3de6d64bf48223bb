//! The doors of frames: those of [`Frame`], on what frames are made of.

use upsert::backend::{AsyncBackend, BlockingBackend};
use upsert::frame::{Frame, FrameTable};
use upsert::{ChunkReports, Error, FitsDatabase, UpsertFuture, UpsertOptions, UpsertReport, Upsertable};

/// What can be written as a DataFrame: `RecordBatch`, `&RecordBatch`, `Vec<RecordBatch>` and `&[RecordBatch]`, whose rows are in
/// memory and are written wholly or not at all, and [`Frame`]s, such as those of readers and streams of batches.
///
/// `table` is a name, or a [`FrameTable`] with more to say; `key` names the columns by which rows that are already there are found.
/// Options, reports and errors are those of structs; see [`Upsertable`] for what each door does.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use arrow_array_60 as arrow_array;
/// # use std::sync::Arc;
/// # use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
/// # let id: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
/// # let name: ArrayRef = Arc::new(StringArray::from(vec!["Oslo", "Rome"]));
/// # let cities = RecordBatch::try_from_iter([("id", id), ("name", name)])?;
/// use upsert::frame::FrameTable;
/// use upsert::{SqlitePool, UpsertOptions};
/// use upsert_arrow::UpsertFrame;
///
/// let pool = SqlitePool::memory()?;
/// let table = FrameTable::new("cities").rename("name", "city").max_len("name", 80);
/// cities.aupsert(&pool, table, &["id"], UpsertOptions::new().create_table()).await?;
/// # Ok(())
/// # }
/// ```
pub trait UpsertFrame<'r>: Sized {
    /// As a frame, for the doors that have no method here: [`Frame::into_parts`] has them all.
    fn into_frame(self) -> Frame<'r>;

    /// Writes rows: inserts those that are new, and updates those whose key is already there.
    ///
    /// # Errors
    ///
    /// As [`Frame::aupsert`].
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
        self.into_frame().aupsert(place, table, key, options)
    }

    /// The same as a stream of reports, one for each chunk.
    ///
    /// # Errors
    ///
    /// As [`Frame::aupsert`]; an error is the last item.
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
        self.into_frame().aupsert_chunks(place, table, key, options)
    }

    /// The same in blocking code, for a plain `rusqlite::Connection` or `Transaction`.
    ///
    /// # Errors
    ///
    /// As [`Frame::aupsert`].
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
        self.into_frame().upsert(place, table, key, options)
    }
}

impl<'r> UpsertFrame<'r> for Frame<'r> {
    fn into_frame(self) -> Self {
        self
    }
}

/// Frames as rows of a struct: `City::aupsert_frame(&pool, batch, options)`.
///
/// The struct's schema is what is agreed on. Whether the frame has its columns, of its types and without NULL where it has none, is
/// looked at before anything is sent, and everything in which they differ is told at once.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use arrow_array_60 as arrow_array;
/// # use std::sync::Arc;
/// use arrow_array::{ArrayRef, Int64Array, RecordBatch};
/// use upsert::{SqlitePool, UpsertOptions, Upsertable};
/// use upsert_arrow::UpsertableFrame;
///
/// #[derive(Upsertable)]
/// struct City {
///     #[upsert(primary_key)]
///     id: i32,
///     name: String,
/// }
///
/// let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
/// let batch = RecordBatch::try_from_iter([("id", Arc::clone(&ids)), ("name", ids)])?;
/// let error = City::aupsert_frame(&SqlitePool::memory()?, batch, UpsertOptions::new()).await.unwrap_err();
/// assert!(error.to_string().contains(r#"column "name" is bigint in the frame and text in the struct"#));
/// # Ok(())
/// # }
/// ```
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
    fn aupsert_frame<'r, P>(place: P, frame: impl UpsertFrame<'r>, options: UpsertOptions) -> UpsertFuture<'r>
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
    fn upsert_frame<'r, P>(place: P, frame: impl UpsertFrame<'r>, options: UpsertOptions) -> Result<UpsertReport, Error>
    where
        P: BlockingBackend + 'r,
        Self: FitsDatabase<P::Database>,
    {
        frame.into_frame().upsert_as::<Self, P>(place, options)
    }
}

impl<T: Upsertable> UpsertableFrame for T {}
