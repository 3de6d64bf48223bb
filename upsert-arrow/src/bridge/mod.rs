//! Arrow to rows: `fields` says what a column is, `cells` reads an array, and here both become frames.

mod cells;
mod fields;
mod nested;

use futures_core::Stream;
use upsert::error::BoxError;
use upsert::frame::{Frame, FrameRows, Pick, UpsertFrame};
use upsert::rows::Source;

use self::arrow_array::{Array, RecordBatch, RecordBatchReader};
use self::arrow_schema::SchemaRef;
use self::cells::Cells;
use super::{arrow_array, arrow_buffer, arrow_schema};

/// What makes frames of Arrow's record batches; nothing is done with it.
#[derive(Debug)]
pub enum Arrow {}

impl<'r> UpsertFrame<'r, Arrow> for &RecordBatch {
    fn into_frame(self) -> Frame<'r> {
        // Its columns are counted references.
        in_memory(vec![self.clone()])
    }
}

impl<'r> UpsertFrame<'r, Arrow> for &[RecordBatch] {
    fn into_frame(self) -> Frame<'r> {
        in_memory(self.to_vec())
    }
}

impl<'r> UpsertFrame<'r, Arrow> for &Vec<RecordBatch> {
    fn into_frame(self) -> Frame<'r> {
        in_memory(self.clone())
    }
}

/// A frame of batches that come one behind the other: of a Parquet or CSV file, or whatever else reads record batches. No more of
/// them are held than a chunk is made of, and chunks commit by themselves unless the options say otherwise.
///
/// A batch whose columns are not those of the reader's schema is an error of the input, as is one of the reader.
pub fn reader<'r>(reader: impl RecordBatchReader + Send + 'r) -> Frame<'r> {
    let schema = reader.schema();
    let columns = fields::columns(&schema);
    Frame::new(columns, move |picks| {
        let mut rows = BatchReader::new(schema, picks);
        Source::batches(reader.map(move |batch| rows.read(&batch?)))
    })
}

/// A frame of batches that are waited for, all of this schema: see [`reader`].
pub fn stream<'r, E>(schema: SchemaRef, batches: impl Stream<Item = Result<RecordBatch, E>> + Send + 'r) -> Frame<'r>
where
    E: Into<BoxError> + 'r,
{
    let columns = fields::columns(&schema);
    Frame::new(columns, move |picks| {
        let mut rows = BatchReader::new(schema, picks);
        Source::batch_stream_with(batches, move |batch| rows.read(&batch.map_err(Into::into)?))
    })
}

/// All batches are of the first one's schema; what is not is told when the rows are read, by the first row of its batch.
fn in_memory<'r>(batches: Vec<RecordBatch>) -> Frame<'r> {
    let Some(first) = batches.first() else { return Frame::new(Vec::new(), |_| Source::batches(no_batches())) };
    let schema = first.schema();
    let mut columns = fields::columns(&schema);
    for (position, column) in columns.iter_mut().enumerate() {
        let nulls = batches.iter().filter_map(|batch| batch.columns().get(position)).map(Array::logical_null_count);
        let nulls = nulls.sum();
        column.nulls = Some(nulls);
        column.nullable |= nulls > 0;
    }
    Frame::new(columns, move |picks| {
        let mut rows = BatchReader::new(schema, picks);
        let mut read = Vec::new();
        let mut first_row = 0;
        for batch in &batches {
            match rows.read(batch) {
                Ok(batch) => read.push(batch),
                Err(error) => return Source::failed(first_row, error),
            }
            first_row += batch.num_rows();
        }
        Source::memory_batches(read)
    })
}

fn no_batches() -> impl Iterator<Item = Result<FrameRows<Cells>, BoxError>> + Send {
    std::iter::empty()
}

/// Makes rows of batches of one schema.
struct BatchReader {
    schema: SchemaRef,
    picks: Vec<Pick>,
    batches: usize,
}

impl BatchReader {
    fn new(schema: SchemaRef, picks: Vec<Pick>) -> Self {
        Self { schema, picks, batches: 0 }
    }

    fn read(&mut self, batch: &RecordBatch) -> Result<FrameRows<Cells>, BoxError> {
        let number = self.batches;
        self.batches += 1;
        let own = &self.schema;
        let (columns, others) = (own.fields(), batch.schema_ref().fields());
        if columns.len() != others.len() {
            let (own, others) = (columns.len(), others.len());
            return Err(format!("batch {number} has {others} columns, and the schema has {own}").into());
        }
        for (own, other) in columns.iter().zip(others) {
            let ((name, data_type), (other_name, other_type)) =
                ((own.name(), own.data_type()), (other.name(), other.data_type()));
            if name != other_name || !data_type.equals_datatype(other_type) {
                return Err(format!(
                    "batch {number} has a column {other_name:?} of type {other_type} where the schema has {name:?} of type {data_type}"
                )
                .into());
            }
        }
        let columns = self.picks.iter().map(|&pick| {
            let cells = match pick.column() {
                None => Cells::Null,
                Some(column) => Cells::new(batch.column(column), own.field(column))?,
            };
            Ok((cells, pick))
        });
        let columns: Result<_, String> = columns.collect();
        Ok(FrameRows::new(batch.num_rows(), columns?))
    }
}
