//! DataFrames, and batches of them, become frames.

use futures_core::Stream;
use polars_core::prelude::{DataFrame, SchemaRef};
use upsert::error::BoxError;
use upsert::frame::{Frame, FrameRows, Pick, UpsertFrame};
use upsert::rows::Source;

use crate::chunks::Chunks;
use crate::fields::column;

/// What makes frames of Polars' DataFrames; nothing is done with it.
#[derive(Debug)]
pub enum Polars {}

impl<'r> UpsertFrame<'r, Polars> for &DataFrame {
    fn into_frame(self) -> Frame<'r> {
        // Its columns are counted references.
        in_memory(self.clone())
    }
}

fn in_memory<'r>(frame: DataFrame) -> Frame<'r> {
    let columns = frame.columns().iter();
    let columns = columns.map(|own| column(own.name(), own.dtype()).nulls(own.null_count())).collect();
    Frame::new(columns, move |picks| match read(&frame, &picks) {
        Ok(rows) => Source::memory(rows),
        Err(error) => Source::failed(0, error),
    })
}

/// A frame of DataFrames that come one behind the other, all of this schema: the batches of a lazy query, or of files that are read
/// one by one. No more of them are held than a chunk is made of, and chunks commit by themselves unless the options say otherwise.
///
/// A batch whose columns are not those of the schema is an error of the input, as is one of the iterator.
///
/// ```
/// # extern crate polars_core as polars;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use polars::prelude::*;
/// # use upsert::{SqlitePool, UpsertOptions};
/// # let pool = SqlitePool::memory()?;
/// use std::sync::Arc;
///
/// use upsert_polars::UpsertFrame;
///
/// let months = [df!("day" => [1i64, 2], "visits" => [7i64, 8])?, df!("day" => [32i64], "visits" => [9i64])?];
///
/// let schema = Arc::clone(months[0].schema());
/// let frame = upsert_polars::frames(schema, months.into_iter().map(PolarsResult::Ok));
/// let report = frame.aupsert(&pool, "visits", &["day"], UpsertOptions::new().create_table()).await?;
/// assert_eq!(report.inserted, 3);
/// # Ok(())
/// # }
/// ```
pub fn frames<'r, E>(schema: SchemaRef, frames: impl Iterator<Item = Result<DataFrame, E>> + Send + 'r) -> Frame<'r>
where
    E: Into<BoxError> + 'r,
{
    Frame::new(columns_of(&schema), move |picks| {
        let mut reader = Reader { schema, picks, frames: 0 };
        Source::batches(frames.map(move |frame| reader.read(frame)))
    })
}

/// A frame of DataFrames that are waited for, all of this schema: see [`frames`].
pub fn stream<'r, E>(schema: SchemaRef, frames: impl Stream<Item = Result<DataFrame, E>> + Send + 'r) -> Frame<'r>
where
    E: Into<BoxError> + 'r,
{
    Frame::new(columns_of(&schema), move |picks| {
        let mut reader = Reader { schema, picks, frames: 0 };
        Source::batch_stream_with(frames, move |frame| reader.read(frame))
    })
}

fn columns_of(schema: &SchemaRef) -> Vec<upsert::frame::FrameColumn> {
    schema.iter().map(|(name, dtype)| column(name, dtype)).collect()
}

/// Makes rows of DataFrames of one schema.
struct Reader {
    schema: SchemaRef,
    picks: Vec<Pick>,
    frames: usize,
}

impl Reader {
    fn read<E: Into<BoxError>>(&mut self, frame: Result<DataFrame, E>) -> Result<FrameRows<Chunks>, BoxError> {
        let frame = frame.map_err(Into::into)?;
        let number = self.frames;
        self.frames += 1;
        let (own, others) = (self.schema.len(), frame.width());
        if own != others {
            return Err(format!("batch {number} has {others} columns, and the schema has {own}").into());
        }
        for ((name, dtype), other) in self.schema.iter().zip(frame.columns()) {
            let (other_name, other_dtype) = (other.name(), other.dtype());
            if name != other_name || dtype != other_dtype {
                return Err(format!(
                    "batch {number} has a column {other_name:?} of type {other_dtype} where the schema has {name:?} of type {dtype}"
                )
                .into());
            }
        }
        read(&frame, &self.picks)
    }
}

/// The rows of a DataFrame that has the picked columns.
fn read(frame: &DataFrame, picks: &[Pick]) -> Result<FrameRows<Chunks>, BoxError> {
    let columns = picks.iter().map(|&pick| {
        let chunks = match pick.column() {
            None => Chunks::None,
            Some(position) => Chunks::new(&frame.columns()[position])?,
        };
        Ok((chunks, pick))
    });
    let columns: Result<_, String> = columns.collect();
    Ok(FrameRows::new(frame.height(), columns?))
}
