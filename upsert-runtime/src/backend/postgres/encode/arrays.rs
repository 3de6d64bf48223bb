//! Rows as an array of each column.

use std::fmt;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::block::{kind, put_block};
use super::cell::{length, put_array_head, types};
use crate::error::Error;
use crate::feed::Chunk;
use crate::options::OnConflict;
use crate::plan::{ColumnFacts, Sent, UpsertPlan};
use crate::rows::block::{self, Block, BlockColumn};
use crate::schema::Column;

/// One array parameter for each column.
#[doc(hidden)]
pub struct Arrays {
    columns: Vec<Array>,
    rows: u64,
    /// Bytes of the values alone.
    values: u64,
    /// The numbers of the rows in the input, where conflicts are errors that may be about one of them.
    numbers: Vec<u64>,
}

struct Array {
    encoded: Vec<u8>,
    array_type: Type,
    /// Bytes of this array and of those behind it, with their lengths.
    rest: usize,
}

/// As much as a chunk has unless the options say otherwise.
const MOST_LIKELY_BYTES: usize = 32 << 20;

/// A driver may log its parameters.
impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array").field("array_type", &self.array_type).finish_non_exhaustive()
    }
}

impl Array {
    /// Of so many rows.
    fn new(column: &Column<'_>, facts: &ColumnFacts, rows: usize) -> Self {
        let (element_type, array_type) = match facts.sent {
            Sent::AsInterval => (Type::INTERVAL, Type::INTERVAL_ARRAY),
            Sent::AsJson => (Type::JSON, Type::JSON_ARRAY),
            Sent::AsItIs | Sent::Cast(_) | Sent::AsDigits | Sent::Shortest | Sent::AsText => types(column.column_type),
        };
        let mut encoded = Vec::new();
        let rows = length(rows).expect("a chunk has fewer rows than 2^31");
        put_array_head(&mut encoded, &element_type, rows, column.nullable);
        Self { encoded, array_type, rest: 0 }
    }

    /// When the first rows are in: the others are likely about as large. If they are not, little is lost.
    fn make_room(&mut self, first: usize, rows: usize) {
        let likely = (self.encoded.len() / first.max(1) + 2).saturating_mul(rows - first);
        self.encoded.reserve(likely.min(MOST_LIKELY_BYTES));
    }
}

impl Arrays {
    /// Some rows at a time, which stay in the processor's cache from one column to the next; or all of them column by column, where
    /// columns lie by themselves.
    pub(super) fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        let rows = chunk.len();
        let columns = plan.columns.iter().zip(&plan.column_facts);
        let mut arrays: Vec<Array> = columns.map(|(column, facts)| Array::new(column, facts, rows)).collect();
        let latest: Vec<bool> = (0..arrays.len()).map(|column| plan.takes_latest(column)).collect();
        let mut values = 0;
        let mut push = |place: usize, column: usize, block: &BlockColumn<'_>| {
            let array = &mut arrays[column];
            let of_block = block::ROWS.min(rows - place);
            let (column, facts, latest) = (&plan.columns[column], &plan.column_facts[column], latest[column]);
            values += put_block(&mut array.encoded, column, facts, block, of_block).map_err(|(refused, invalid)| {
                let row = chunk.pick(place + refused).of(latest);
                Error::value(chunk.number(row), column, facts.keeps.longest(), invalid)
            })?;
            if place == 0 {
                array.make_room(of_block, rows);
            }
            Ok(())
        };
        let kinds = plan.columns.iter().zip(&plan.column_facts);
        if let Some(scattered) = chunk.scattered() {
            for (position, (column, facts)) in kinds.enumerate() {
                let blocks = chunk.read(&scattered, position, latest[position], || kind(column, facts));
                for (place, block) in (0..rows).step_by(block::ROWS).zip(&blocks) {
                    push(place, position, block)?;
                }
            }
        } else {
            let mut block = Block::new(kinds.map(|(column, facts)| kind(column, facts)).collect());
            for place in (0..rows).step_by(block::ROWS) {
                chunk.fill(place, &latest, &mut block);
                for (position, column) in block.columns().iter().enumerate() {
                    push(place, position, column)?;
                }
            }
        }
        let numbers = match plan.on_conflict {
            OnConflict::Error => (0..rows).map(|place| chunk.number(chunk.pick(place).updatable)).collect(),
            OnConflict::Update | OnConflict::Ignore => Vec::new(),
        };
        let mut rest = 0;
        for array in arrays.iter_mut().rev() {
            rest += size_of::<i32>() + array.encoded.len();
            array.rest = rest;
        }
        Ok(Self { columns: arrays, rows: rows as u64, values, numbers })
    }

    pub(super) fn size(&self) -> u64 {
        self.values
    }

    pub(in crate::backend::postgres) fn rows(&self) -> u64 {
        self.rows
    }

    /// The number of a row in the input; `place` counts from 1, as PostgreSQL does.
    pub(in crate::backend::postgres) fn number(&self, place: i64) -> Option<u64> {
        let place = usize::try_from(place.checked_sub(1)?).ok()?;
        self.numbers.get(place).copied()
    }

    pub(in crate::backend::postgres) fn parameters(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        (0..self.columns.len()).map(|column| self.parameter(column)).collect()
    }

    pub(in crate::backend::postgres) fn parameter(&self, column: usize) -> (&(dyn ToSql + Sync), Type) {
        let array = &self.columns[column];
        (array, array.array_type.clone())
    }
}

/// The bytes are encoded already; the statement names their type.
impl ToSql for Array {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        // Once for all of them: what has to grow is copied each time.
        out.reserve(self.rest);
        out.extend_from_slice(&self.encoded);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
