//! The rows of a call, read batch by batch, put in key order and cut into chunks.

use std::borrow::Cow;
use std::future::poll_fn;
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;

use crate::backend::Patience;
use crate::duplicates::{self, Order, Ordered, Pick, Sorter};
use crate::error::{Error, Kind};
use crate::plan::UpsertPlan;
use crate::report::Phase;
use crate::rows::block::{self, Block, BlockColumn, look_at};
use crate::rows::{Bounds, Read, Rows, Source};
use crate::value::Value;
use crate::wait::{breathe, within};

/// The rows of a call, batch by batch.
pub(crate) struct Feed<'r> {
    pub(crate) source: Source<'r>,
    pub(crate) next_row: u64,
}

/// Rows that are written together.
pub(crate) struct Batch<'r> {
    rows: Arc<dyn Rows + 'r>,
    pub(crate) range: Range<usize>,
    /// The number in the input of the first row of the range.
    first_row: u64,
}

impl<'r> Feed<'r> {
    pub(crate) fn new(source: Source<'r>) -> Self {
        Self { source, next_row: 0 }
    }

    pub(crate) async fn next(&mut self, bounds: Bounds, patience: Patience) -> Result<Option<Batch<'r>>, Error> {
        let first_row = self.next_row;
        let batch = match &mut self.source {
            Source::Memory(rows) => {
                // The rows of memory have their positions as numbers.
                let start = usize::try_from(first_row).expect("it is the position of a row in memory");
                let end = rows.chunk_end(start..rows.len(), bounds);
                (start < end).then(|| Batch { rows: Arc::clone(rows), range: start..end, first_row })
            }
            Source::Lazy(rows) => loop {
                let reading = async {
                    match poll_fn(|context| rows.poll_chunk(bounds, context)).await {
                        Read::Failed(dropped, error) => {
                            let row = first_row + dropped as u64;
                            Err(Error::new(Kind::Source { row, error }, Phase::Read))
                        }
                        read => Ok(read),
                    }
                };
                match within(patience.stall(), Phase::Read, reading).await? {
                    Read::More | Read::Failed(..) => {}
                    Read::Chunk(rows) => break Some(Batch { range: 0..rows.len(), rows, first_row }),
                    Read::End => break None,
                }
            },
        };
        self.next_row += batch.as_ref().map_or(0, |batch| batch.range.len() as u64);
        Ok(batch)
    }
}

impl Batch<'_> {
    pub(crate) fn numbers(&self) -> Range<u64> {
        self.first_row..self.first_row + self.range.len() as u64
    }

    /// What to add to a row's position to get its number.
    pub(crate) fn offset(&self) -> u64 {
        self.first_row - self.range.start as u64
    }

    /// Puts its rows in order, and cuts them into chunks. Others on the same thread get a turn now and then.
    pub(crate) async fn order(&self, plan: &UpsertPlan<'_>, bounds: Bounds) -> Result<Ordered, Error> {
        let mut sorter = Sorter::new(&*self.rows, self.range.clone(), &plan.key, plan.fold(), bounds);
        let ordered = loop {
            match sorter.step() {
                Some(ordered) => break ordered,
                None if self.range.len() > duplicates::STEP => breathe().await,
                None => {}
            }
        };
        ordered.map_err(|repeated| {
            let kind = Kind::RepeatedKey {
                row: self.offset() + repeated.row as u64,
                earlier: self.offset() + repeated.earlier as u64,
            };
            Error::new(kind, Phase::Write)
        })
    }

    /// Whether it makes more than one chunk.
    pub(crate) fn exceeds(&self, bounds: Bounds) -> bool {
        self.rows.chunk_end(self.range.clone(), bounds) < self.range.end
    }

    /// Cuts an order, whose rows were not counted when it was made, into chunks.
    pub(crate) fn cut<'c>(&'c self, order: &'c Order, bounds: Bounds) -> impl Iterator<Item = Chunk<'c>> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let end = bounds.end(start..order.len(), |place| self.rows.size(order.pick(place).updatable));
            let places = start..end;
            start = end;
            (!places.is_empty()).then(|| Chunk { places, ..self.whole(order) })
        })
    }

    /// The same rows, in several batches.
    pub(crate) fn split(self, bounds: Bounds) -> impl Iterator<Item = Self> {
        let mut start = self.range.start;
        std::iter::from_fn(move || {
            let end = self.rows.chunk_end(start..self.range.end, bounds);
            let range = start..end;
            let first_row = self.offset() + start as u64;
            start = end;
            (!range.is_empty()).then(|| Self { rows: Arc::clone(&self.rows), range, first_row })
        })
    }

    /// All of an order as one chunk.
    pub(crate) fn whole<'c>(&'c self, order: &'c Order) -> Chunk<'c> {
        Chunk { rows: &*self.rows, order, places: 0..order.len(), offset: self.offset() }
    }

    pub(crate) fn chunks<'c>(&'c self, ordered: &'c Ordered) -> impl Iterator<Item = Chunk<'c>> {
        ordered.chunks().map(|places| Chunk { places, ..self.whole(&ordered.order) })
    }
}

/// Rows to encode: some places of an order of some rows.
#[doc(hidden)]
pub struct Chunk<'c> {
    rows: &'c dyn Rows,
    order: &'c Order,
    places: Range<usize>,
    /// What to add to a row's position to get its number in the input.
    offset: u64,
}

impl<'c> Chunk<'c> {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The rows to write, a few at a time. Rows that were put in order lie anywhere in memory: those of a block are fetched
    /// from there before the first is encoded.
    pub(crate) fn blocks(&self, columns: usize) -> impl Iterator<Item = Vec<Pick>> + '_ {
        (0..self.len()).step_by(block::ROWS).map(move |place| {
            let picks: Vec<Pick> = self.block(place).collect();
            if let Order::Picked(_) = self.order {
                (0..columns).for_each(|column| self.fetch(&picks, column));
            }
            picks
        })
    }

    /// The rows to write, each with its place among them, as they lie in memory: if they are written in another order, and their cells
    /// lie apart. Whoever reads these in the order in which they are written waits for each cell by itself.
    pub(crate) fn scattered(&self) -> Option<Vec<(usize, Pick)>> {
        if !self.rows.is_columnar() || matches!(self.order, Order::Input(_)) {
            return None;
        }
        let mut scattered: Vec<_> = self.places.clone().map(|place| self.order.pick(place)).enumerate().collect();
        scattered.sort_unstable_by_key(|(_, pick)| pick.updatable);
        Some(scattered)
    }

    /// The values of a column, in the order in which they are written, read as they lie in memory. `kind` makes room for a block.
    pub(crate) fn read(
        &self,
        scattered: &[(usize, Pick)],
        column: usize,
        latest: bool,
        kind: impl FnMut() -> BlockColumn<'c>,
    ) -> Vec<BlockColumn<'c>> {
        let blocks = scattered.len().div_ceil(block::ROWS);
        let mut blocks: Vec<BlockColumn<'c>> = std::iter::repeat_with(kind).take(blocks).collect();
        for (place, pick) in scattered {
            let value = self.rows.value(pick.of(latest), column);
            // It will be looked at where nothing is beside it any more.
            look_at(&value);
            blocks[place / block::ROWS].put(place % block::ROWS, value);
        }
        blocks
    }

    /// Fills a block with the rows to write from a place on. `latest` says of each column from which row of a pick it comes.
    pub(crate) fn fill(&self, place: usize, latest: &[bool], block: &mut Block<'c>) {
        let rows: Vec<usize> = self.block(place).map(|pick| pick.updatable).collect();
        let lie_anywhere = matches!(self.order, Order::Picked(_));
        // All are on their way to the processor's cache before the first is waited for. A value that may have to be made is not made twice.
        if lie_anywhere && let Some(column) = block.usual_column() {
            rows.iter().for_each(|&row| black_box(self.rows.value(row, column)).discard());
        }
        block.take(self.rows, &rows);
        for (place, pick) in self.block(place).enumerate().filter(|(_, pick)| pick.updatable != pick.insert_only) {
            for column in (0..latest.len()).filter(|&column| !latest[column]) {
                block.put_at(place, column, self.rows.value(pick.insert_only, column));
            }
        }
        if lie_anywhere {
            block.look_at_texts();
        }
    }

    /// The rows to write from a place on, as many as a block takes.
    fn block(&self, place: usize) -> impl Iterator<Item = Pick> + '_ {
        (place..self.len().min(place + block::ROWS)).map(|place| self.pick(place))
    }

    /// The row to write at a place.
    pub(crate) fn pick(&self, place: usize) -> Pick {
        self.order.pick(self.places.start + place)
    }

    /// The rows to write, each with its place among them, in the order in which they are best read.
    pub(crate) fn as_they_lie(&self, columns: usize) -> impl Iterator<Item = (usize, Pick)> + '_ {
        let scattered = self.scattered();
        let others = scattered.is_none().then(|| self.blocks(columns).flatten().enumerate());
        scattered.into_iter().flatten().chain(others.into_iter().flatten())
    }

    /// Looks at the text or bytes of a column. So little is done with each that the processor has many of them on their way
    /// at once; when they are encoded it would wait for one after the other.
    fn fetch(&self, picks: &[Pick], column: usize) {
        for pick in picks {
            match self.value(pick.updatable, column) {
                // The others lie in the row itself, or are not worth making twice.
                Value::Text(Cow::Owned(_)) | Value::Bytes(Cow::Owned(_)) => return,
                value @ (Value::Text(_) | Value::Bytes(_) | Value::Null) => look_at(&value),
                _ => return,
            }
        }
    }

    pub(crate) fn value(&self, row: usize, column: usize) -> Value<'_> {
        self.rows.value(row, column)
    }

    /// The first of the rows to write, half of them, and the others.
    pub(crate) fn halves(&self) -> [Self; 2] {
        let middle = self.places.start + self.places.len() / 2;
        [self.places.start..middle, middle..self.places.end].map(|places| Self { places, ..*self })
    }

    /// The number in the input of the first of the rows to write.
    pub(crate) fn first_number(&self) -> u64 {
        self.number(self.order.pick(self.places.start).updatable)
    }

    /// The number of a row in the input.
    pub(crate) fn number(&self, row: usize) -> u64 {
        self.offset + row as u64
    }
}
