//! Rows that are encoded together.

use std::ops::Range;

use crate::duplicates::{Order, Pick};
use crate::error::Error;
use crate::plan::UpsertPlan;
use crate::rows::Rows;
use crate::rows::block::{self, Block, BlockColumn, look_at};
use crate::value::Invalid;
use crate::wait::breathe;

/// Rows to encode: some places of an order of some rows.
#[doc(hidden)]
pub struct Chunk<'c> {
    pub(super) rows: &'c dyn Rows,
    pub(super) order: &'c Order,
    pub(super) places: Range<usize>,
    /// What to add to a row's position to get its number in the input.
    pub(super) offset: u64,
}

impl<'c> Chunk<'c> {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The row to write at a place.
    pub(crate) fn pick(&self, place: usize) -> Pick {
        self.order.pick(self.places.start + place)
    }

    /// The number of a row in the input.
    pub(crate) fn number(&self, row: usize) -> u64 {
        self.offset + row as u64
    }

    /// A row's value of a column is refused.
    pub(crate) fn refused(&self, plan: &UpsertPlan<'_>, pick: Pick, column: usize, invalid: Invalid) -> Error {
        let row = pick.of(plan.takes_latest(column));
        Error::value(self.number(row), &plan.columns[column], plan.column_facts[column].keeps.longest(), invalid)
    }

    /// The number in the input of a row to write, by which an error can name it; none where its values are of two rows.
    pub(crate) fn name(&self, plan: &UpsertPlan<'_>, pick: Pick) -> Option<u64> {
        name(pick, plan.mixes_rows(), self.offset)
    }

    /// The numbers of the rows to write, for whoever has them without the chunk.
    pub(crate) fn numbers(&self, plan: &UpsertPlan<'_>) -> Numbers {
        Numbers { order: self.order.part(self.places.clone()), offset: self.offset, mixes_rows: plan.mixes_rows() }
    }

    /// The first of the rows to write, half of them, and the others.
    pub(crate) fn halves(&self) -> [Self; 2] {
        let middle = self.places.start + self.places.len() / 2;
        [self.places.start..middle, middle..self.places.end].map(|places| Self { places, ..*self })
    }

    /// The rows to write, in that order, taken apart a few at a time.
    pub(crate) fn blocks(&self, plan: &UpsertPlan<'_>) -> Blocks<'_, 'c> {
        Blocks::new(self, plan)
    }

    /// Hands each column over, a block at a time, in the order in which the rows are written: the place of its first row, how many
    /// rows it has, the column's position, and the values. Some rows at a time, which stay in the processor's cache from one column
    /// to the next; or all of them column by column, where columns lie by themselves.
    ///
    /// A value may be refused, by its place in the block. The error is about the first row of which one is, as they are written.
    pub(crate) async fn each_column(
        &self,
        plan: &UpsertPlan<'_>,
        mut hand_over: impl FnMut(usize, usize, usize, &BlockColumn<'c>) -> Result<(), (usize, Invalid)>,
    ) -> Result<(), Error> {
        let mut refused = FirstRefused::default();
        if let Some(scattered) = self.scattered() {
            let mut pace = Pace::default();
            for column in 0..plan.columns.len() {
                let blocks = self.read(&scattered, plan, column);
                for (place, block) in (0..self.len()).step_by(block::ROWS).zip(&blocks) {
                    let rows = block::ROWS.min(self.len() - place);
                    pace.next(rows).await;
                    if !refused.note(place, column, hand_over(place, rows, column, block)) {
                        break;
                    }
                }
            }
        } else {
            let mut blocks = self.blocks(plan);
            let mut place = 0;
            while refused.first.is_none()
                && let Some((picks, columns)) = blocks.take().await
            {
                for (column, block) in columns.iter().enumerate() {
                    refused.note(place, column, hand_over(place, picks.len(), column, block));
                }
                place += picks.len();
            }
        }
        match refused.first {
            Some((place, column, invalid)) => Err(self.refused(plan, self.pick(place), column, invalid)),
            None => Ok(()),
        }
    }

    /// The rows to write, each with its place among them, as they lie in memory: if they are written in another order, and their cells
    /// lie apart. Whoever reads these in the order in which they are written waits for each cell by itself.
    fn scattered(&self) -> Option<Vec<(usize, Pick)>> {
        if !self.rows.is_columnar() || matches!(self.order, Order::Input(_)) {
            return None;
        }
        let mut scattered: Vec<_> = (0..self.len()).map(|place| (place, self.pick(place))).collect();
        scattered.sort_unstable_by_key(|(_, pick)| pick.updatable);
        Some(scattered)
    }

    /// The values of a column, in the order in which they are written, read as they lie in memory.
    fn read(&self, scattered: &[(usize, Pick)], plan: &UpsertPlan<'_>, column: usize) -> Vec<BlockColumn<'c>> {
        let latest = plan.takes_latest(column);
        let blocks = scattered.len().div_ceil(block::ROWS);
        let mut blocks: Vec<_> =
            std::iter::repeat_with(|| BlockColumn::of(plan.columns[column].column_type)).take(blocks).collect();
        for (place, pick) in scattered {
            let value = self.rows.value(pick.of(latest), column);
            // It will be looked at where nothing is beside it any more.
            look_at(&value);
            blocks[place / block::ROWS].put(place % block::ROWS, value);
        }
        blocks
    }
}

fn name(pick: Pick, mixes_rows: bool, offset: u64) -> Option<u64> {
    (!mixes_rows || !pick.is_of_two()).then(|| offset + pick.updatable as u64)
}

/// The numbers in the input of the rows of a chunk, by their places in it.
pub(crate) struct Numbers {
    order: Order,
    offset: u64,
    mixes_rows: bool,
}

impl Numbers {
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn number(&self, place: usize) -> u64 {
        self.offset + self.order.pick(place).updatable as u64
    }

    /// See [`Chunk::name`].
    pub(crate) fn name(&self, place: usize) -> Option<u64> {
        name(self.order.pick(place), self.mixes_rows, self.offset)
    }
}

/// Counts the cells that were encoded since others had a turn.
#[derive(Default)]
pub(crate) struct Pace {
    cells: usize,
}

impl Pace {
    /// A fraction of a millisecond.
    pub(crate) const MOST_CELLS: usize = 8_192;

    /// So many will be encoded next.
    pub(crate) async fn next(&mut self, cells: usize) {
        if self.cells >= Self::MOST_CELLS {
            self.cells = 0;
            breathe().await;
        }
        self.cells += cells;
    }
}

/// The first row, by its place, of which a value was refused.
#[derive(Default)]
struct FirstRefused {
    first: Option<(usize, usize, Invalid)>,
}

impl FirstRefused {
    /// Notes what became of a block of a column; returns whether it was taken.
    fn note(&mut self, place: usize, column: usize, taken: Result<(), (usize, Invalid)>) -> bool {
        let Err((in_block, invalid)) = taken else { return true };
        let place = place + in_block;
        // Of one row, the first column.
        if self.first.is_none_or(|(first, ..)| place < first) {
            self.first = Some((place, column, invalid));
        }
        false
    }
}

/// The rows of a chunk, a block at a time: they stay in the processor's cache while they are encoded.
pub(crate) struct Blocks<'b, 'c> {
    chunk: &'b Chunk<'c>,
    /// Of each column, from which row of a pick it comes.
    latest: Vec<bool>,
    /// How many rows were taken.
    taken: usize,
    pace: Pace,
    picks: Vec<Pick>,
    /// Of each pick, the row of most of its columns.
    updatable: Vec<usize>,
    block: Block<'c>,
}

impl<'b, 'c> Blocks<'b, 'c> {
    fn new(chunk: &'b Chunk<'c>, plan: &UpsertPlan<'_>) -> Self {
        Self {
            chunk,
            latest: (0..plan.columns.len()).map(|column| plan.takes_latest(column)).collect(),
            taken: 0,
            pace: Pace::default(),
            picks: Vec::with_capacity(block::ROWS),
            updatable: Vec::with_capacity(block::ROWS),
            block: Block::new(plan.columns.iter().map(|column| BlockColumn::of(column.column_type)).collect()),
        }
    }

    /// Takes the next rows: which they are, and the values of each column. Others on the same thread get a turn now and then.
    pub(crate) async fn take(&mut self) -> Option<(&[Pick], &[BlockColumn<'c>])> {
        let places = self.taken..self.chunk.len().min(self.taken + block::ROWS);
        if places.is_empty() {
            return None;
        }
        self.taken = places.end;
        self.pace.next(places.len() * self.latest.len()).await;
        self.picks.clear();
        self.picks.extend(places.map(|place| self.chunk.pick(place)));
        self.updatable.clear();
        self.updatable.extend(self.picks.iter().map(|pick| pick.updatable));
        self.fill();
        Some((&self.picks, self.block.columns()))
    }

    fn fill(&mut self) {
        let rows = self.chunk.rows;
        let lie_anywhere = matches!(self.chunk.order, Order::Picked(_));
        self.block.take(rows, &self.updatable);
        for (place, pick) in self.picks.iter().enumerate().filter(|(_, pick)| pick.is_of_two()) {
            for column in (0..self.latest.len()).filter(|&column| !self.latest[column]) {
                self.block.put_at(place, column, rows.value(pick.insert_only, column));
            }
        }
        if lie_anywhere {
            self.block.look_at_texts();
        }
    }
}
