//! Rows in a form that borrows nothing and is ready to bind, column by column: text of dates is made, and texts lie behind each other.
//! Made before the blocking thread sees the rows, which may borrow from the caller.

mod cells;

use std::ops::Range;

use rusqlite::Statement;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use self::cells::Cells;
use crate::backend::Size;
use crate::error::Error;
use crate::feed::{Chunk, Numbers};
use crate::plan::UpsertPlan;
use crate::rows::block::BlockColumn;

/// An encoded chunk.
#[doc(hidden)]
pub struct Packed {
    columns: Vec<Cells>,
    numbers: Numbers,
    /// Bytes of the values.
    values: u64,
}

impl Size for Packed {
    fn size(&self) -> u64 {
        self.values
    }
}

impl Packed {
    pub(super) async fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        let rows = chunk.len();
        let mut columns: Vec<Cells> = plan.columns.iter().map(|_| Cells::new(rows)).collect();
        let mut values = 0;
        let append = |place: usize, of_block: usize, column: usize, block: &BlockColumn<'_>| {
            let (cells, facts) = (&mut columns[column], &plan.column_facts[column]);
            values += cells.push_block(&plan.columns[column], facts, block, of_block)?;
            if place == 0 {
                cells.make_room(of_block);
            }
            Ok(())
        };
        chunk.each_column(plan, append).await?;
        Ok(Self { columns, numbers: chunk.numbers(plan), values })
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The number of a row in the input.
    pub(super) fn number(&self, row: usize) -> u64 {
        self.numbers.number(row)
    }

    /// The same where the row is one of the input.
    pub(super) fn name(&self, row: usize) -> Option<u64> {
        self.numbers.name(row)
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> Bound<'_> {
        self.columns[column].get(row)
    }

    /// Binds the cells of some rows, one row behind the other. It goes by columns, each of which has cells of one kind.
    pub(super) fn bind(&self, statement: &mut Statement<'_>, rows: Range<usize>) -> rusqlite::Result<()> {
        for (column, cells) in self.columns.iter().enumerate() {
            cells.bind(statement, rows.clone(), column + 1, self.columns.len())?;
        }
        Ok(())
    }
}

/// A cell as rusqlite binds it.
#[derive(Clone, Copy)]
pub(super) struct Bound<'p>(pub(super) ValueRef<'p>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}
