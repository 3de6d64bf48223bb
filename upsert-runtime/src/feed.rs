//! The rows of a call, read batch by batch, put in key order and cut into chunks.

mod chunk;

use std::future::poll_fn;
use std::ops::Range;
use std::sync::Arc;

#[cfg(test)]
pub(crate) use self::chunk::Pace;
pub(crate) use self::chunk::{Chunk, Numbers};
use crate::backend::Patience;
use crate::duplicates::{self, Order, Sorter};
use crate::error::{Error, Kind};
use crate::plan::UpsertPlan;
use crate::report::Phase;
use crate::rows::{Bounds, Read, Rows, Source};
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

    /// Puts its rows in order. Others on the same thread get a turn now and then.
    pub(crate) async fn order(&self, plan: &UpsertPlan<'_>) -> Result<Order, Error> {
        let mut sorter = Sorter::new(&*self.rows, self.range.clone(), &plan.key, plan.fold());
        let order = loop {
            match sorter.step() {
                Some(order) => break order,
                None if self.range.len() > duplicates::STEP => breathe().await,
                None => {}
            }
        };
        order.map_err(|repeated| {
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

    /// Cuts an order into chunks, each when it is asked for: rows that lie anywhere are on their way to the processor's cache all at
    /// once when their sizes are taken, and nearer when they are encoded.
    pub(crate) fn cut<'c>(&'c self, order: &'c Order, bounds: Bounds) -> impl Iterator<Item = Chunk<'c>> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let end = match order {
                Order::Input(range) => self.rows.chunk_end(range.start + start..range.end, bounds) - range.start,
                Order::Picked(picks) => bounds.end(start..picks.len(), |place| self.rows.size(picks[place].updatable)),
            };
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::Pick;
    use crate::value::Value;

    /// Rows that take so many bytes each.
    struct Sized(Vec<usize>);

    impl Rows for Sized {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn value(&self, _: usize, _: usize) -> Value<'_> {
            Value::Null
        }

        fn size(&self, row: usize) -> usize {
            self.0[row]
        }
    }

    /// Whatever the order, chunks end where they would if the rows to write were counted one after the other.
    #[test]
    fn chunks_end_by_rows_and_bytes() {
        for len in [0, 1, 2, 10, 1_000] {
            let sizes: Vec<_> = (0..len).map(|row| row * row % 97).collect();
            let picked = |rows: Vec<usize>| {
                Order::Picked(rows.into_iter().map(|row| Pick { updatable: row, insert_only: row / 2 }).collect())
            };
            let orders = [
                Order::Input(0..len),
                Order::Input(len.min(3)..len),
                picked((0..len).map(|row| row * 7_919 % len).collect()),
                picked((0..len).filter(|row| row % 3 == 0).rev().collect()),
            ];
            for order in orders {
                for (rows, bytes) in
                    [(1, usize::MAX), (7, usize::MAX), (100, 500), (usize::MAX, 1), (7, 97), (usize::MAX, usize::MAX)]
                {
                    let mut expected = Vec::new();
                    let (mut start, mut taken) = (0, 0);
                    for place in 0..order.len() {
                        taken += sizes[order.pick(place).updatable];
                        if place + 1 - start == rows || taken >= bytes || place + 1 == order.len() {
                            expected.push(start..place + 1);
                            (start, taken) = (place + 1, 0);
                        }
                    }
                    let batch = Batch { rows: Arc::new(Sized(sizes.clone())), range: 0..len, first_row: 0 };
                    let chunks = batch.cut(&order, Bounds { rows, bytes }).map(|chunk| chunk.places);
                    assert_eq!(chunks.collect::<Vec<_>>(), expected, "{len} rows, {order:?}, {rows}, {bytes}");
                }
            }
        }
    }
}
